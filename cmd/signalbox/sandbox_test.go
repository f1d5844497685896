package main

import (
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"signalbox/control"
	"signalbox/release"
	"signalbox/release/port"
	"signalbox/sandbox"
)

// drilled starts `signalbox sandbox` over the box's directory.
func (b *box) drilled(flags ...string) *server {
	b.t.Helper()
	return b.start(exec.Command(b.bin, append([]string{"sandbox", "--data", b.dir, "--ssh", "127.0.0.1:0", "--http", "127.0.0.1:0"}, flags...)...))
}

func (b *box) seat(name string) string { return filepath.Join(b.dir, "keys", "seat-"+name) }

// TestSandbox: a newcomer starts it, comes in by the line that is printed, approves, jumps, injects; a viewer
// steers nothing; nobody outside is spoken to; and it begins anew the next time.
func TestSandbox(t *testing.T) {
	b := newBox(t, "")
	s := b.drilled("--seed", "7")
	you := b.seat("everything")
	line := strings.Fields(s.log.after("sandbox: ssh "))
	if len(line) == 0 || !strings.Contains(s.log.String(), "nothing here reaches production") {
		t.Fatalf("no line says how to come in:\n%s", s.log)
	}
	if r := runCommand(t, exec.Command("/usr/bin/ssh", append([]string{"-F", "/dev/null", "-o", "StrictHostKeyChecking=yes"}, append(line[1:], "sandbox", "pause")...)...), nil); r.code != 0 || !strings.Contains(r.out, "guest stopped the clock") {
		t.Fatalf("the printed line: exit %d\n%s%s", r.code, r.out, r.err)
	}
	must := func(key string, words ...string) string {
		t.Helper()
		r := s.exec(key, words...)
		if r.code != 0 {
			t.Fatalf("%v: exit %d\n%s%s", words, r.code, r.out, r.err)
		}
		return r.out
	}
	says := func(text string, wants ...string) {
		t.Helper()
		for _, want := range wants {
			if !strings.Contains(text, want) {
				t.Errorf("nothing says %q:\n%s", want, text)
			}
		}
	}
	says(must(you, "queue"), "s-CHG-24", "promo 3.9.6")
	says(must(you, "approve", "24", "-m", "'read it twice, and it is small'"), "guest approved promo 3.9.6 (1/1)")
	must(you, "sandbox", "jump", "+30m")
	says(must(you, "change", "show", "s-CHG-24"), "closed", "done")
	says(must(you, "service", "show", "promo"), "3.9.6 production")
	for _, words := range [][]string{{"go", "s-RO-21"}, {"go", "RO-21"}, {"rollout", "show", "s-RO-21"}, {"rollout", "show", "RO-21"}, {"rollout", "show", "21"}} {
		says(must(you, words...), "s-RO-21")
	}
	says(must(b.seat("trainer"), "sandbox", "inject", "dark", "prometheus"), "d.moreau injected: prometheus falls silent")
	must(you, "sandbox", "jump", "+10m")
	says(must(you, "feeds", "prometheus"), "DARK", "connection refused")
	says(must(you, "sandbox", "--json"), `"seed": 7`, `"paused": true`)
	if r := s.exec(b.seat("viewer"), "sandbox", "jump", "+5m"); r.code != 4 || !strings.Contains(r.err, "it needs the role trainer") {
		t.Errorf("a viewer jumps: exit %d\n%s%s", r.code, r.out, r.err)
	}
	says(must(you, "audit", "show"), "sandbox jump", "needs the role trainer")
	says(must(you, "audit", "verify"), "the log verifies")

	screen := s.screen(you, 80, 24)
	screen.wait("SIGNALBOX ▸ SANDBOX", "░ SANDBOX ░ nothing here reaches production", "clock 12:10 paused ×1")
	screen.press("gz")
	screen.wait("TIMELINE", "INJECTS", "SCENARIOS", "c go on")
	screen.press("c")
	screen.wait("f pause", "guest let the clock go on")
	reachesNobody(t, s)
	must(you, "sandbox", "speed", "120")
	until(t, "the clock to run", func() bool {
		_, clock, _ := strings.Cut(screen.text(), "clock ")
		return clock > "12:20" && strings.Contains(clock, "×120")
	}, screen.text)

	r := s.exec(you, "sandbox", "scenario", "feed-dark")
	if r.code != 0 || !strings.Contains(r.out, "guest began feed-dark") {
		t.Errorf("another scenario: exit %d\n%s%s", r.code, r.out, r.err)
	}
	screen.wait("feed-dark A feed goes dark", "run 2")
	says(must(you, "queue"), "s-CHG-24") // it waits again
	s.kill(syscall.SIGTERM)
	if code := s.cmd.ProcessState.ExitCode(); code != 0 {
		t.Errorf("it ended with %d:\n%s", code, s.log)
	}

	before, err := os.ReadFile(you)
	if err != nil {
		t.Fatal(err)
	}
	s = b.drilled("--seed", "7", "--as", "approver", "--speed", "0")
	says(s.log.String(), "clock stands still at Tue 24 Nov 11:30Z")
	says(must(you, "sandbox", "--json"), `"paused": true`, `"now": "2026-11-24T11:30:00Z"`)
	if after, err := os.ReadFile(you); err != nil || string(after) != string(before) {
		t.Errorf("the keys were not kept: %v", err)
	}
	says(s.log.String(), "you sit as approver, p.lind")
	if r := b.cli("sandbox", "--ssh", "127.0.0.1:0", "--http", "127.0.0.1:0"); r.code != 4 || !strings.Contains(r.err, "another sandbox lives in") {
		t.Errorf("a second one in the same directory: exit %d\n%s%s", r.code, r.out, r.err)
	}
	if r := s.exec(you, "sandbox"); r.code != 0 || !strings.Contains(r.out, "canary-at-peak") || !strings.Contains(r.out, "run 1") {
		t.Errorf("it did not begin anew: exit %d\n%s%s", r.code, r.out, r.err)
	}
}

// reachesNobody looks at every socket of a server: it listens on its two doors, and all others are of those who
// came in by them.
func reachesNobody(t *testing.T, s *server) {
	t.Helper()
	own := map[string]bool{}
	links, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", s.cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range links {
		if to, err := os.Readlink(fmt.Sprintf("/proc/%d/fd/%s", s.cmd.Process.Pid, l.Name())); err == nil && strings.HasPrefix(to, "socket:[") {
			own[strings.Trim(strings.TrimPrefix(to, "socket:"), "[]")] = true
		}
	}
	doors := map[string]bool{}
	for _, addr := range []string{s.ssh, s.http} {
		_, port, err := net.SplitHostPort(addr)
		n, perr := strconv.Atoi(port)
		if err != nil || perr != nil {
			t.Fatal(addr)
		}
		doors[fmt.Sprintf("%04X", n)] = true
	}
	seen := 0
	for _, table := range []string{"tcp", "tcp6", "udp", "udp6"} {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/net/%s", s.cmd.Process.Pid, table))
		if err != nil {
			continue
		}
		for row := range strings.Lines(string(text)) {
			f := strings.Fields(row)
			if len(f) < 10 || !own[f[9]] {
				continue
			}
			seen++
			if _, port, _ := strings.Cut(f[1], ":"); !doors[port] {
				t.Errorf("a socket of %s is no door: %s", table, row)
			}
		}
	}
	if seen < 3 {
		t.Errorf("only %d sockets were seen: two doors and a session are open", seen)
	}
}

// TestSandboxRefuses: a directory that is no sandbox is left as it is, and what makes no sense is said.
func TestSandboxRefuses(t *testing.T) {
	full := t.TempDir()
	write(t, filepath.Join(full, "signalbox.db"), "production")
	for _, c := range []struct {
		args []string
		want string
		code int
	}{
		{[]string{"--data", full}, "is no directory of a sandbox, and is left as it is", 4},
		{[]string{"--database", "postgres://u@h/d"}, "a sandbox has a store of its own", 2},
		{[]string{"--config", "x.yaml"}, "a sandbox has a store of its own", 2},
		{[]string{"--scenario", "moon"}, "there is no scenario", 3},
		{[]string{"--as", "moon"}, "there is no seat", 2},
		{[]string{"--speed", "900"}, "is no speed", 2},
		{[]string{"--speed", "NaN"}, "is no speed", 2},
		{[]string{"--speed", "-1"}, "0 for a clock that stands still", 2},
		{[]string{"--start", "noon"}, "--start takes an instant", 2},
	} {
		if r := line(t, append([]string{"sandbox"}, c.args...)...); r.code != c.code || !strings.Contains(r.err, c.want) {
			t.Errorf("%v: exit %d\n%s", c.args, r.code, r.err)
		}
	}
	list, err := os.ReadDir(full)
	if err != nil || len(list) != 1 {
		t.Errorf("the directory was touched: %v %v", list, err)
	}
	drilled := t.TempDir()
	write(t, filepath.Join(drilled, sandboxMark), "")
	for _, args := range [][]string{{"init", "--admin", "ada"}, {"serve"}, {"queue"}, {"approve", "12"}} {
		if r := line(t, append(args, "--data", drilled)...); r.code != 4 || !strings.Contains(r.err, "is the directory of a sandbox") {
			t.Errorf("%v in a sandbox's directory: exit %d\n%s", args, r.code, r.err)
		}
	}
	text := lined(t, "sandbox", "scenarios")
	for _, sc := range sandbox.Scenarios() {
		if !strings.Contains(text, sc.Name) || !strings.Contains(text, sc.Title) {
			t.Errorf("%s is not listed:\n%s", sc.Name, text)
		}
	}
}

// TestBeginsAnew: while a store is founded nobody is answered but the simulation, so that nobody is taken for
// somebody who is not known.
func TestBeginsAnew(t *testing.T) {
	sim, err := sandbox.New(sandbox.Options{Machine: clock})
	if err != nil {
		t.Fatal(err)
	}
	r := &runs{dir: t.TempDir(), hub: control.NewHub(), now: sim.Now, log: slog.New(slog.DiscardHandler)}
	look := func() error { return r.Read(t.Context(), func(port.Reader) error { return nil }) }
	act := func() error { return r.Write(t.Context(), func(port.Tx) error { return nil }) }
	for n := range 2 {
		if err := r.Renew(t.Context()); err != nil {
			t.Fatal(err)
		}
		for _, f := range []func() error{look, act} {
			if err := f(); release.CodeOf(err) != release.Unavailable || !strings.Contains(err.Error(), "begins anew") {
				t.Errorf("run %d, before it is ready: %v", n, err)
			}
		}
		r.Ready()
		for _, f := range []func() error{look, act} {
			if err := f(); err != nil {
				t.Errorf("run %d: %v", n, err)
			}
		}
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
}

// TestNextFree: a port that is taken gives way to the next, and it is said.
func TestNextFree(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	var said strings.Builder
	l, err := nextFree("ssh", taken.Addr().String(), &said)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if l.Addr().String() == taken.Addr().String() || !strings.Contains(said.String(), "another program listens on "+taken.Addr().String()) {
		t.Errorf("%s: %s", l.Addr(), said.String())
	}
}
