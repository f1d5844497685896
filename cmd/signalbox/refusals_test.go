package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/creack/pty"

	"signalbox/release/audit"
)

// TestRefusals: each refusal says its sentence, ends with its status, leaves its audit entry or none, and
// changes nothing.
func TestRefusals(t *testing.T) {
	b := newBox(t, "")
	bob, cody := company(b)
	b.write("signalbox.yaml", hookConfig+"ssh:\n  trusted: [127.0.0.0/8]\n") // more connections than one place may open in a while
	stranger, vera := b.key("stranger"), b.key("vera")
	b.must("person", "add", "vera", "--role", "viewer", "--key", vera+".pub")
	// cody wrote the payloads' commits and may also approve: not his own.
	b.must("person", "grant", "cody", "approver")
	s := b.serve()
	body := payload(t, "deployment/payload.json", aimed(artistRepo, digestA, "1.2.0"))
	if code, text := s.deliver("deployment", "first", hookSecret, body); code != 200 {
		t.Fatalf("%d %s", code, text)
	}
	if code, text := s.deliver("deployment", "unknown", hookSecret, payload(t, "deployment/payload.json", nil)); code != 200 {
		t.Fatalf("%d %s", code, text)
	}
	why := `"read it, the rollback is rehearsed"`

	for _, c := range []struct {
		name  string
		do    func() result
		code  int
		says  string
		entry string // verb of the audit entry, "" for none
	}{
		{"unknown key", func() result { return s.exec(stranger, "queue") }, 255, "nobody", ""},
		{"own change", func() result { return s.exec(cody, "approve", "CHG-1", "-m", why) }, 4, "the approver must be another", "approve"},
		{"a role that may not", func() result { return s.exec(vera, "approve", "CHG-1", "-m", why) }, 4, "it needs the role approver", "approve"},
		{"reason too short", func() result { return s.exec(bob, "approve", "CHG-1", "-m", "ok") }, 4, "the reason has 2 characters; say why in 15 or more", "approve"},
		{"no reason to reject", func() result { return s.exec(bob, "reject", "CHG-1") }, 4, "your own words", "reject"},
		{"stale revision", func() result { return s.exec(bob, "approve", "CHG-1", "--revision", "99", "-m", why) }, 5, "is not what you saw", ""},
		{"unknown service", func() result { return s.exec(bob, "approve", "CHG-2", "-m", why) }, 4, "no service has the repository codertocat/hello-world", "approve"},
		{"no such change", func() result { return s.exec(bob, "approve", "CHG-77", "-m", why) }, 3, "CHG-77", ""},
		{"no such verb", func() result { return s.exec(bob, "aprove", "CHG-1") }, 2, `there is no verb "aprove"; did you mean approve?`, ""},
		{"a shell's words", func() result { return s.exec(bob, "queue; touch /tmp/x") }, 2, "there is no verb", ""},
		{"a verb of the machine", func() result { return s.exec(bob, "init") }, 4, "machine", "door"},
		{"port forwarding", func() result { return s.asks(bob, nil, "-W", "127.0.0.1:22") }, 255, "prohibited", "door"},
		{"remote forwarding", func() result {
			return s.asks(bob, nil, "-o", "ExitOnForwardFailure=yes", "-R", "0:127.0.0.1:22", "--", "version")
		}, 255, "", "door"},
		{"agent", func() result { return s.asks(bob, agent(t), "-A", "--", "version") }, 0, "signalbox", "door"},
		{"x11", func() result { return s.asks(bob, []string{"DISPLAY=127.0.0.1:9"}, "-Y", "--", "version") }, 0, "signalbox", "door"},
		{"subsystem", func() result {
			return runCommand(t, exec.Command("/usr/bin/ssh", append([]string{"-s"}, append(s.sshArgs(bob), "sftp")...)...), nil)
		}, 255, "", "door"},
		{"bad signature", func() result { return s.hook("deployment", "x1", "another secret", body) }, 401, "signature", ""},
		{"replay", func() result { return s.hook("deployment", "first", hookSecret, body) }, 200, "repeat", ""},
		{"oversized body", func() result { return s.hook("deployment", "x2", hookSecret, bytes.Repeat([]byte(" "), 8<<20)) }, 413, "", ""},
		{"broken JSON", func() result { return s.hook("deployment", "x3", hookSecret, []byte(`{"deployment":`)) }, 400, "", ""},
		{"too deep JSON", func() result {
			return s.hook("deployment", "x4", hookSecret, []byte(strings.Repeat(`{"a":`, 10_000)+"1"+strings.Repeat("}", 10_000)))
		}, 400, "deep", ""},
		{"gate without token", func() result { return s.get("/v1/gate?service=a&environment=b&digest="+digestA, "") }, 401, "token", ""},
		{"unknown hook", func() result { return s.post("/v1/hooks/gitlab", body) }, 404, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			before, entries := s.state(), s.refused()
			r := c.do()
			if r.code != c.code || !strings.Contains(flat(r.out+" "+r.err), c.says) {
				t.Errorf("status %d, want %d and %q:\n%s%s", r.code, c.code, c.says, r.out, r.err)
			}
			if after := s.state(); after != before {
				t.Errorf("the state changed:\n%s\n%s", before, after)
			}
			if c.entry == "" {
				if now := s.refused(); len(now) != len(entries) {
					t.Errorf("an audit entry was written: %+v", now[0])
				}
				return
			}
			var now []audit.Entry
			until(t, "an audit entry", func() bool { now = s.refused(); return len(now) == len(entries)+1 }, func() string { return fmt.Sprint(now) })
			if e := now[0]; e.Verb != c.entry || e.Actor == "" || e.Reason == "" {
				t.Errorf("the audit entry: %+v", e)
			}
		})
	}

	// A terminal of absurd size is clamped, and the session lives.
	term := s.screen(bob, 80, 24, "queue")
	term.wait("CHG-1")
	if err := resize(term, 20000, 20000); err != nil {
		t.Fatal(err)
	}
	if err := resize(term, 80, 24); err != nil {
		t.Fatal(err)
	}
	term.press("?")
	term.wait("HELP")
}

// flat joins advice to its sentence, so that one text can be looked for.
func flat(s string) string {
	return regexp.MustCompile(`\s*\n\s+`).ReplaceAllString(s, "; ")
}

// asks runs the client with options, and with the words after "--" if there are any.
func (s *server) asks(key string, env []string, options ...string) result {
	s.t.Helper()
	var words []string
	if i := slices.Index(options, "--"); i >= 0 {
		options, words = options[:i], options[i+1:]
	}
	cmd := exec.Command("/usr/bin/ssh", append(append(options, s.sshArgs(key)...), words...)...)
	cmd.Env = append(os.Environ(), env...)
	return runCommand(s.t, cmd, nil)
}

// agent starts an ssh-agent and returns the environment that names it.
func agent(t *testing.T) []string {
	t.Helper()
	sock := filepath.Join(t.TempDir(), "agent")
	cmd := exec.Command("ssh-agent", "-D", "-a", sock)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	until(t, "the agent", func() bool { there, _ := exists(sock); return there }, func() string { return sock })
	return []string{"SSH_AUTH_SOCK=" + sock}
}

func (s *server) hook(event, id, secret string, body []byte) result {
	code, text := s.deliver(event, id, secret, body)
	return result{out: text, code: code}
}

func (s *server) get(path, token string) result {
	s.t.Helper()
	req, err := http.NewRequest(http.MethodGet, "http://"+s.http+path, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	code, text := do(s.t, req)
	return result{out: text, code: code}
}

func (s *server) post(path string, body []byte) result {
	s.t.Helper()
	req, err := http.NewRequest(http.MethodPost, "http://"+s.http+path, bytes.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	code, text := do(s.t, req)
	return result{out: text, code: code}
}

// asOf is the instant of a reading, which differs between two readings of one state.
var asOf = regexp.MustCompile(`"(as_of|at|evaluated_at)": "[^"]*"`)

// state is what the store holds, without the instants of reading: people, the changes with their approvals,
// and every act that was done (not refused).
func (s *server) state() string {
	s.t.Helper()
	kept := []string{asOf.ReplaceAllString(s.must("person", "list", "--json"), "")}
	r := s.exec(filepath.Join(s.dir, "bob"), "queue", "--json")
	if r.code != 0 {
		s.t.Fatalf("queue: %s%s", r.out, r.err)
	}
	kept = append(kept, asOf.ReplaceAllString(r.out, ""))
	for line := range strings.Lines(s.must("audit", "export")) {
		if !strings.Contains(line, `"outcome":"refused"`) {
			kept = append(kept, line)
		}
	}
	return strings.Join(kept, "")
}

// refused lists the refused entries, newest first.
func (b *box) refused() []audit.Entry {
	b.t.Helper()
	var list struct {
		Items []audit.Entry `json:"items"`
	}
	if err := json.Unmarshal([]byte(b.must("audit", "show", "--limit", "1000", "--json")), &list); err != nil {
		b.t.Fatal(err)
	}
	var out []audit.Entry
	for _, e := range list.Items {
		if e.Outcome == audit.Refused {
			out = append(out, e)
		}
	}
	return out
}

func resize(m *terminal, w, h uint16) error {
	return pty.Setsize(m.pty, &pty.Winsize{Cols: w, Rows: h})
}
