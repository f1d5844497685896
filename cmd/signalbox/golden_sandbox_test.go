package main

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"fmt"
	"log/slog"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/crypto/ssh"

	"signalbox/release/access"
	"signalbox/release/port"
	"signalbox/release/verb"
	"signalbox/sandbox"
)

// simulated opens a sandbox as `signalbox sandbox` does, with keys that are no chance, its clock standing still.
// It must be called in a synctest bubble.
func simulated(t *testing.T, seed uint64, scenario string) *still {
	t.Helper()
	sim, err := sandbox.New(sandbox.Options{Seed: seed, Scenario: scenario, Machine: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	lines, prints := map[string]string{}, map[access.PersonID]string{}
	for _, seat := range sandbox.Seats {
		from := sha256.Sum256([]byte("seat " + seat.Name))
		key, err := ssh.NewPublicKey(ed25519.NewKeyFromSeed(from[:]).Public())
		if err != nil {
			t.Fatal(err)
		}
		lines[seat.Name], prints[seat.Person] = string(ssh.MarshalAuthorizedKey(key)), ssh.FingerprintSHA256(key)
	}
	h, err := drill(t.Context(), sim, t.TempDir(), lines, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	worked := make(chan struct{})
	go func() { h.control.Run(ctx); close(worked) }()
	t.Cleanup(func() { stop(); <-worked; h.Close() })
	s := &still{house: h, t: t, keys: prints}
	s.as("guest", "sandbox pause", "")
	return s
}

// steer runs a verb of the sandbox as the person who holds every role.
func (s *still) steer(name string, args ...string) verb.Answer {
	s.t.Helper()
	return s.do(s.actor("guest"), name, args, nil)
}

// TestGoldenSandbox: every screen has the rail and the edge, and ids have their mark.
func TestGoldenSandbox(t *testing.T) {
	for _, size := range sizes {
		synctest.Test(t, func(t *testing.T) {
			s := simulated(t, 7, "")
			s.steer("sandbox jump", "+9m")
			s.steer("sandbox inject", "dark")
			for _, m := range []struct {
				name string
				who  access.PersonID
				keys []string
			}{{"sandbox", "guest", []string{"g", "z"}}, {"sandbox-scenarios", "guest", []string{"g", "z", "\t"}}, {"sandbox-queue", "guest", nil},
				{"sandbox-approve", "guest", []string{"A"}}, {"sandbox-viewer", "k.sato", []string{"g", "z"}}} {
				g := s.open(m.who, "dark", size.w, size.h)
				g.press(m.keys...)
				edged(t, m.name, g.cells())
				s.keep(m.name+"-"+size.name, g)
			}
		})
	}
}

// edged checks that nothing on a screen can be taken for production.
func edged(t *testing.T, name string, f frame) {
	t.Helper()
	lines := strings.Split(strings.TrimSuffix(f.text(), "\n"), "\n")
	if !strings.HasPrefix(lines[0], " SIGNALBOX ▸ SANDBOX") || !strings.HasPrefix(lines[2], "░ SANDBOX ░ nothing here reaches production") {
		t.Errorf("%s: the title or the rail is missing:\n%s", name, f.text())
	}
	for y, l := range lines[3:] {
		if !strings.HasPrefix(l, "░") && !strings.HasPrefix(l, "▌") {
			t.Errorf("%s: row %d has no edge: %q", name, y+4, l)
		}
	}
	if text := strings.ReplaceAll(f.text(), "s-CHG-", ""); strings.Contains(text, "CHG-") {
		t.Errorf("%s: an id has no mark:\n%s", name, f.text())
	}
}

// TestSandboxSeeds: the same seed, the same acts, the same screens to the byte, and the same log; after a reset
// too, and where one jump goes in several steps. Another seed gives others.
func TestSandboxSeeds(t *testing.T) {
	if testing.Short() {
		t.Skip("five companies are founded")
	}
	type run struct {
		screens []string
		log     string
	}
	play := func(s *still, hops ...string) (r run) {
		for _, hop := range hops {
			s.steer("sandbox jump", hop)
		}
		s.as("guest", "approve", "s-CHG-24", "message", "read it twice, and it is small")
		s.steer("sandbox inject", "errors", "store-bff")
		s.steer("sandbox jump", "+20m")
		for _, keys := range [][]string{{"g", "z"}, {"g", "q"}, {"g", "f"}, {"g", "q", "\r"}} {
			g := s.open("guest", "dark", 120, 36)
			g.press(keys...)
			r.screens = append(r.screens, g.cells().ansi())
			g.end()
		}
		err := s.runs.Read(s.t.Context(), func(rd port.Reader) error {
			rows, err := rd.AuditEntries(s.t.Context(), 0, 10_000)
			var b strings.Builder
			for _, row := range rows {
				e, err := row.Entry()
				if err != nil {
					return err
				}
				if e.Seq = 0; !strings.HasPrefix(e.Verb, "sandbox ") { // how it came there is told, and differs
					fmt.Fprintf(&b, "%+v\n", e)
				}
			}
			r.log = b.String()
			return err
		})
		if err != nil {
			t.Error(err)
		}
		return r
	}
	bubble := func(seed uint64, f func(s *still)) {
		synctest.Test(t, func(t *testing.T) { f(simulated(t, seed, "")) })
	}
	var one, again, hops, anew, other run
	bubble(7, func(s *still) { one = play(s, "+15m") })
	bubble(7, func(s *still) {
		again = play(s, "+15m")
		s.steer("sandbox reset")
		anew = play(s, "+15m")
	})
	bubble(7, func(s *still) { hops = play(s, "+4m", "+6m", "+5m") })
	bubble(8, func(s *still) { other = play(s, "+15m") })
	which := regexp.MustCompile("run((\x1b\\[[0-9;]*m)| )+[12]\\b")
	for i := range one.screens {
		if one.screens[i] != again.screens[i] {
			t.Errorf("screen %d of the same seed differs:\n%s\n%s", i, one.screens[i], again.screens[i])
		}
		if which.ReplaceAllString(anew.screens[i], "run") != which.ReplaceAllString(one.screens[i], "run") {
			t.Errorf("screen %d after a reset differs:\n%s\n%s", i, one.screens[i], anew.screens[i])
		}
		if one.screens[i] == other.screens[i] {
			t.Errorf("screen %d of another seed is the same:\n%s", i, one.screens[i])
		}
	}
	for name, r := range map[string]run{"again": again, "in hops": hops, "after a reset": anew} {
		if r.log != one.log {
			t.Errorf("%s: the log differs:\n%s", name, firstDifference(one.log, r.log))
		}
	}
	if other.log == one.log {
		t.Error("another seed wrote the same log")
	}
}

// firstDifference is the first line in which two texts differ.
func firstDifference(a, b string) string {
	x, y := strings.Split(a, "\n"), strings.Split(b, "\n")
	for i := range min(len(x), len(y)) {
		if x[i] != y[i] {
			return x[i] + "\n" + y[i]
		}
	}
	return fmt.Sprintf("%d lines and %d", len(x), len(y))
}

// TestSandboxScenarios: each scenario plays to its end, and every step of it can happen, but for what is meant
// to be refused.
func TestSandboxScenarios(t *testing.T) {
	if testing.Short() {
		t.Skip("five companies are founded")
	}
	refused := map[string]string{"j.ruiz, who wrote it, tries to give the second and is refused": "j.ruiz was told: you are the author"}
	for _, sc := range sandbox.Scenarios() {
		t.Run(sc.Name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := simulated(t, 1, sc.Name)
				s.steer("sandbox jump", "+"+(time.Duration(sc.Steps[len(sc.Steps)-1].At)+time.Minute).String())
				st := s.control.Sandbox.State()
				if len(st.Steps) != len(sc.Steps) {
					t.Fatalf("%d steps of %d are on the timeline", len(st.Steps), len(sc.Steps))
				}
				for _, x := range st.Steps {
					why, meant := refused[x.Text]
					if !x.Done || meant != (x.Failed != "") || meant && !strings.Contains(x.Failed, why) {
						t.Errorf("%s: done %v, failed %q", x.Text, x.Done, x.Failed)
					}
				}
				for _, i := range st.Injects {
					if _, err := s.control.Do(t.Context(), verb.Call{Verb: "sandbox inject", Actor: s.actor("guest"), Args: []string{i.Name}}); err != nil {
						t.Logf("inject %s: %v", i.Name, err)
					}
				}
			})
		})
	}
}

// TestSandboxReachesNobody: the wiring of a sandbox has nothing that could send or dial: no sender, no notice, no
// engine of jobs, and readers that the simulation itself answers.
func TestSandboxReachesNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := simulated(t, 1, "")
		w := s.control.Sandbox.(*sandbox.Sandbox).Wiring()
		if len(w.Senders) != 0 || len(w.Notices) != 0 || len(w.Receivers) != 0 || s.control.Jobs != nil || s.control.Importers != nil {
			t.Errorf("%d senders, %d notices, %d receivers, jobs %v", len(w.Senders), len(w.Notices), len(w.Receivers), s.control.Jobs)
		}
		for _, p := range w.Pullers {
			if from := reflect.TypeOf(p).Elem().PkgPath(); from != "signalbox/sandbox" {
				t.Errorf("the feed %s is read by %s", p.Name(), from)
			}
		}
	})
	for _, p := range packages(t) {
		if room(p.ImportPath) != "sandbox" {
			continue
		}
		for _, imp := range p.Imports {
			for _, bad := range []string{"net", "net/", "os", "os/", "syscall", "signalbox/store", "signalbox/connectors/webhook", "signalbox/connectors/smtp", "signalbox/connectors/prometheus"} {
				if imp == bad || strings.HasSuffix(bad, "/") && strings.HasPrefix(imp, bad) {
					t.Errorf("package sandbox imports %s", imp)
				}
			}
		}
	}
}

// TestSandboxRights: who is no trainer steers nothing, and the refusal is written down; what was steered is too.
func TestSandboxRights(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := simulated(t, 1, "")
		for _, who := range []access.PersonID{"n.okafor", "p.lind", "a.osei", "k.sato"} {
			for _, name := range []string{"sandbox jump", "sandbox reset", "sandbox resume"} {
				before := s.control.Now()
				_, err := s.control.Do(t.Context(), verb.Call{Verb: name, Actor: s.actor(who), Args: []string{"+5m"}})
				if err == nil || !strings.Contains(err.Error(), "trainer") || !s.control.Now().Equal(before) {
					t.Errorf("%s %s: %v, clock %s", who, name, err, s.control.Now())
				}
			}
		}
		s.do(s.actor("d.moreau"), "sandbox speed", []string{"10"}, nil)
		s.do(s.actor("d.moreau"), "sandbox note", nil, map[string][]string{"message": {"nobody looked at the feeds"}})
		if st := s.control.Sandbox.State(); st.Steps[0].Text != "note: nobody looked at the feeds" || st.Steps[0].By != "d.moreau" || !st.Steps[0].Done {
			t.Errorf("the note is not on the timeline: %+v", st.Steps)
		}
		for words, want := range map[string]string{"sandbox jump -5m": "is no instant", "sandbox jump 2026-11-24T10:00:00Z": "does not go back", "sandbox jump +13h": "12h at most",
			"sandbox speed 500": "is no speed", "sandbox inject rain": "there is no inject", "sandbox inject errors moon": "there is no service", "sandbox inject dark moon": "no feed",
			"sandbox scenario moon": "there is no scenario", "sandbox pause": "stands still already"} {
			f := strings.Fields(words)
			_, err := s.control.Do(t.Context(), verb.Call{Verb: strings.Join(f[:2], " "), Actor: s.actor("guest"), Args: f[2:]})
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v, want %q", words, err, want)
			}
		}
		log := strings.Join(s.do(s.actor("guest"), "audit show", []string{}, nil).Lines, "\n")
		for _, want := range []string{"d.moreau set the clock to ×10", "guest stopped the clock", "needs the role trainer"} {
			if !strings.Contains(log, want) {
				t.Errorf("the log does not say %q:\n%s", want, log)
			}
		}
	})
}
