package sshserver

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/creack/pty"
	gossh "golang.org/x/crypto/ssh"

	"signalbox/release/access"
)

func TestScreenOpensResizesAndQuits(t *testing.T) {
	f := open(t)
	key, file := f.person("j.ruiz")
	x := f.terminal(file, nil)
	x.waitFor("BOARD j.ruiz <> 90x30")
	s := f.lastOpened()
	if s.Width != 90 || s.Height != 30 || s.Term != "xterm-256color" || s.Words != nil || s.Person.ID != "j.ruiz" ||
		s.Actor != (access.Actor{Person: "j.ruiz", Door: access.SSH, Fingerprint: gossh.FingerprintSHA256(key.PublicKey())}) {
		t.Errorf("%+v", s)
	}
	if err := pty.Setsize(x.file, &pty.Winsize{Cols: 132, Rows: 43}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the screen has the new size", func() bool { return f.lastSize() == tea.WindowSizeMsg{Width: 132, Height: 43} })
	x.press("z") // a suspend would stop the server
	x.press("qqqqqqqq")
	if status := x.status(); status != 0 {
		t.Errorf("status %d, %q", status, x.seen)
	}
	x.waitFor("\x1b[?1049l") // the alternate screen is left
	select {
	case <-s.Done:
	case <-time.After(ceiling):
		t.Error("Done is not closed")
	}
	eventually(t, "nobody is left", func() bool { return f.server.Sessions() == 0 })
}

func TestDeepLink(t *testing.T) {
	f := open(t)
	_, file := f.person("j.ruiz")
	x := f.terminal(file, nil, "go RO-1")
	x.waitFor("BOARD j.ruiz <go|RO-1>")
	if got := f.lastOpened().Words; !slices.Equal(got, []string{"go", "RO-1"}) {
		t.Errorf("%q", got)
	}
	x.press("q")
	x.status()
	for _, words := range []string{"calendar", "calendar retail/US-Thanksgiving@acme.test/2026-11-26T05:00:00Z"} { // a screen that no verb is called by
		x = f.terminal(file, nil, words)
		x.waitFor("BOARD j.ruiz <" + strings.ReplaceAll(words, " ", "|") + ">")
		x.press("q")
		x.status()
	}
	x = f.terminal(file, nil, "q")
	x.waitFor("BOARD j.ruiz <q>")
	x.press("q")
	x.status()
	if f.called() != 0 {
		t.Error("a deep link ran a verb")
	}
	opened := len(f.opened)
	// What names no screen runs as a command, what is no verb is refused, on a terminal too.
	for command, want := range map[string]struct {
		status int
		says   string
	}{
		"gate checkout":  {0, "j.ruiz gate checkout\r\n"},
		"go RO-1 --json": {0, "\"verb\": \"go\"\r\n"},
		"nonsense":       {2, "usage: there is no verb \"nonsense\"\r\n"},
		"go":             {2, "usage: go: ID is missing\r\n"},
		"init":           {4, "refused: init works on the machine's own files"},
		"help go":        {0, "j.ruiz help go\r\n"},
	} {
		x := f.terminal(file, nil, command)
		if status := x.status(); status != want.status {
			t.Errorf("%s: status %d", command, status)
		}
		x.waitFor(want.says)
	}
	if len(f.opened) != opened {
		t.Error("one of them opened a screen")
	}
}

// TestWallWithoutKeyboard is a wall display whose standard input is closed: it goes on.
func TestWallWithoutKeyboard(t *testing.T) {
	f := open(t)
	_, file := f.person("wall", access.Viewer)
	cmd := f.ssh(file, []string{"-t", "-t"})
	out := &lockedBuffer{}
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Start(); err != nil { // standard input is /dev/null
		t.Fatal(err)
	}
	eventually(t, "the wall shows", func() bool { return strings.Contains(out.String(), "BOARD wall") })
	v := f.visits()[0]
	v.resize(size{100, 50})
	eventually(t, "the wall is alive after its input ended", func() bool { return f.lastSize() == tea.WindowSizeMsg{Width: 100, Height: 50} })
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	eventually(t, "it has gone with its client", func() bool { return f.server.Sessions() == 0 })
}

func (f *fixture) visits() []*visit {
	f.server.mu.Lock()
	defer f.server.mu.Unlock()
	var out []*visit
	for v := range f.server.visits {
		out = append(out, v)
	}
	return out
}

func TestPanicEndsItsOwnSessionOnly(t *testing.T) {
	f := open(t)
	_, file := f.person("j.ruiz")
	other := f.terminal(file, nil)
	other.waitFor("BOARD")
	for _, key := range []string{"p", "v", "c"} {
		x := f.terminal(file, nil)
		x.waitFor("BOARD")
		x.press(key)
		x.waitFor("signalbox: this session met a fault of its own and was closed; what was answered is done, nothing else is; connect again")
		if status := x.status(); status != 1 {
			t.Errorf("%s: status %d", key, status)
		}
		if !strings.Contains(x.seen.String(), "\x1b[?1049l") {
			t.Errorf("%s: the terminal is left in the alternate screen: %q", key, x.seen)
		}
	}
	for _, what := range []string{"update", "view", "command"} {
		if !strings.Contains(f.log.String(), "panic="+what) {
			t.Errorf("the log lacks the panic in %s", what)
		}
	}
	other.press("k")
	eventually(t, "the other session still hears", func() bool { return strings.HasSuffix(f.keys(), "k") })
	other.press("q")
	if status := other.status(); status != 0 {
		t.Errorf("status %d", status)
	}
}

func TestRevokedKeyEndsItsSession(t *testing.T) {
	f := open(t, func(o *Options) { o.Limits.Recheck = 20 * time.Millisecond })
	key, file := f.person("j.ruiz")
	_, stays := f.person("a.lind")
	x, y := f.terminal(file, nil), f.terminal(stays, nil)
	x.waitFor("BOARD")
	y.waitFor("BOARD")
	// An outage of the store ends nobody's session.
	f.set(true)
	eventually(t, "re-checks meet the outage", func() bool { return strings.Contains(f.log.String(), "could not be re-checked") })
	f.set(false)
	f.revoke(key.PublicKey())
	x.waitFor("signalbox: your key was taken away; ask an admin")
	if status := x.status(); status != 4 {
		t.Errorf("status %d", status)
	}
	y.press("q")
	if status := y.status(); status != 0 {
		t.Errorf("the other session: status %d, %q", status, y.seen)
	}
}

func TestIdleHandEndsAtTheNextKey(t *testing.T) {
	f := open(t, func(o *Options) { o.Limits.Recheck = 20 * time.Millisecond })
	_, file := f.person("j.ruiz")
	viewer, wall := f.person("wall", access.Viewer, access.Auditor)
	x, w := f.terminal(file, nil), f.terminal(wall, nil)
	x.waitFor("BOARD")
	w.waitFor("BOARD")
	f.clock.Add(int64(9 * time.Minute))
	x.press("j")
	eventually(t, "a key after nine minutes is heard", func() bool { return f.keys() == "j" })
	f.clock.Add(int64(9 * time.Minute))
	x.press("k")
	eventually(t, "the clock runs from the last key", func() bool { return f.keys() == "jk" })
	f.clock.Add(int64(10 * time.Minute))
	w.press("w")
	eventually(t, "a viewer's wall is exempt", func() bool { return f.keys() == "jkw" })
	x.press("A")
	x.waitFor("signalbox: no key was pressed for too long, so the levers were disarmed and this key did nothing; reconnect")
	if status := x.status(); status != 0 {
		t.Errorf("status %d", status)
	}
	if f.keys() != "jkw" {
		t.Errorf("the late key reached the screen: %q", f.keys())
	}
	// A grant that comes meanwhile brings the rule with it.
	f.add("wall", viewer.PublicKey(), access.Executor)
	eventually(t, "the wall is exempt no more", func() bool { return !f.visits()[0].idle.isExempt() })
	f.clock.Add(int64(time.Hour))
	w.press("X")
	w.waitFor("reconnect")
	w.status()
}

func TestStalledReaderIsCut(t *testing.T) {
	f := open(t, func(o *Options) { o.Limits.Stall = 300 * time.Millisecond })
	key, file := f.person("j.ruiz")
	before := runtime.NumGoroutine()
	c, conn := f.client(key)
	s, err := c.NewSession()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.StdoutPipe(); err != nil { // and nobody reads it
		t.Fatal(err)
	}
	in, err := s.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.RequestPty("xterm-256color", 200, 500, nil); err != nil {
		t.Fatal(err)
	}
	if err := s.Shell(); err != nil {
		t.Fatal(err)
	}
	fmt.Fprint(in, "f")
	// Somebody else is served meanwhile.
	if stdout, _, status := run(t, f.ssh(file, nil, "q")); status != 0 || stdout != "j.ruiz q \n" {
		t.Errorf("status %d, %q", status, stdout)
	}
	eventually(t, "the stalled session is cut", func() bool { return f.server.Sessions() == 0 })
	if !strings.Contains(f.log.String(), "its caller reads no more") {
		t.Error("the log does not say why")
	}
	_ = c.Close()
	_ = conn.Close()
	eventually(t, "nothing of it is left", func() bool { return runtime.NumGoroutine() <= before+5 })
}

func TestSilentClientIsCut(t *testing.T) {
	f := open(t, func(o *Options) { o.Limits.Alive = 100 * time.Millisecond })
	key, _ := f.person("j.ruiz")
	// This client answers no sign of life: nobody takes its global requests.
	conn, err := dialTCP(f.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	c, chans, reqs, err := gossh.NewClientConn(conn, f.addr, f.clientConfig(key))
	if err != nil {
		t.Fatal(err)
	}
	asked := make(chan struct{})
	go func() {
		for range chans {
		}
	}()
	go func() {
		<-reqs
		close(asked)
	}()
	ch, in, err := c.OpenChannel("session", nil)
	if err != nil {
		t.Fatal(err)
	}
	go gossh.DiscardRequests(in)
	pty := ptyRequest{Term: "xterm", Width: 80, Height: 24, Modes: "\x00"}
	if ok, err := ch.SendRequest("pty-req", true, gossh.Marshal(&pty)); !ok || err != nil {
		t.Fatal(ok, err)
	}
	if ok, err := ch.SendRequest("shell", true, nil); !ok || err != nil {
		t.Fatal(ok, err)
	}
	<-asked
	eventually(t, "the silent one is cut", func() bool { return f.server.Sessions() == 0 })
}

func TestLivingClientStays(t *testing.T) {
	f := open(t, func(o *Options) { o.Limits.Alive = time.Second })
	_, file := f.person("j.ruiz")
	x := f.terminal(file, []string{"-v"})
	x.waitFor("BOARD")
	eventually(t, "it was asked twice", func() bool {
		return strings.Count(x.seen.String(), "client_input_global_request: rtype keepalive@openssh.com") >= 2
	})
	x.press("k")
	eventually(t, "it is still there", func() bool { return f.keys() == "k" })
}

// TestKeysBehindAQuitLeakNothing types on while the screen closes: those keys are delivered to nobody.
func TestKeysBehindAQuitLeakNothing(t *testing.T) {
	f := open(t)
	key, _ := f.person("j.ruiz")
	before := runtime.NumGoroutine()
	for range 20 {
		c, _ := f.client(key)
		s, err := c.NewSession()
		if err != nil {
			t.Fatal(err)
		}
		s.Stdin = strings.NewReader(strings.Repeat("q", 500))
		if err := s.RequestPty("xterm", 24, 80, nil); err != nil {
			t.Fatal(err)
		}
		if err := s.Shell(); err != nil {
			t.Fatal(err)
		}
		if err := s.Wait(); err != nil {
			t.Fatal(err)
		}
		c.Close()
	}
	eventually(t, "every goroutine has gone", func() bool { return runtime.NumGoroutine() <= before+5 })
}

func TestShutdownDrains(t *testing.T) {
	f := open(t)
	key, file := f.person("j.ruiz")
	started, finish := make(chan struct{}), make(chan struct{})
	f.on("slow", blockUntil(started, finish, "decided"))
	cmd := f.ssh(file, nil, "slow")
	out := &lockedBuffer{}
	cmd.Stdout = out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	<-started
	x := f.terminal(file, nil)
	x.waitFor("BOARD")
	silent, err := dialTCP(f.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	c, _ := f.client(key) // let in, without a session
	down := make(chan error, 1)
	go func() { down <- f.server.Shutdown(context.Background()) }()
	x.waitFor("signalbox: the server is shutting down; what was answered is done; reconnect in a moment")
	if status := x.status(); status != 1 {
		t.Errorf("the screen: status %d", status)
	}
	if conn, err := dialTCP(f.addr); err == nil {
		if n, err := conn.Read(make([]byte, 1)); err == nil {
			t.Errorf("a new caller read %d bytes", n)
		}
		conn.Close()
	}
	_ = c.Wait()
	select {
	case err := <-down:
		t.Fatalf("Shutdown did not wait for the command: %v", err)
	default:
	}
	close(finish)
	if status := wait(t, cmd, out.String); status != 0 || out.String() != "decided\n" {
		t.Errorf("the command: status %d, %q", status, out)
	}
	if err := <-down; err != nil {
		t.Errorf("Shutdown: %v", err)
	}
	if f.server.Sessions() != 0 {
		t.Error("somebody is left")
	}
}

func TestShutdownCutsWhoDoesNotLeave(t *testing.T) {
	f := open(t, func(o *Options) {
		o.Limits.Drain = 300 * time.Millisecond
		o.Limits.Grace = 100 * time.Millisecond
	})
	_, file := f.person("j.ruiz")
	started, finish := make(chan struct{}), make(chan struct{})
	f.on("slow", blockUntil(started, finish, "decided"))
	cmd := f.ssh(file, nil, "slow")
	out := &lockedBuffer{}
	cmd.Stdout = out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	<-started
	err := f.server.Shutdown(context.Background())
	if err == nil || !strings.Contains(err.Error(), "1 ssh connections were cut") || !strings.Contains(err.Error(), "still runs") {
		t.Errorf("Shutdown: %v", err)
	}
	if status := wait(t, cmd, out.String); status != 255 || out.String() != "" {
		t.Errorf("the command that was cut: status %d, %q", status, out)
	}
	close(finish)
}
