package sshserver

import (
	"fmt"
	"net"
	"runtime"
	"slices"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	gossh "golang.org/x/crypto/ssh"
)

// TestEverythingButASessionIsRefusedAndAudited asks with the real client for all that sshd would give.
func TestEverythingButASessionIsRefusedAndAudited(t *testing.T) {
	f := open(t)
	_, file := f.person("j.ruiz")
	peer, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer peer.Close()
	reached := make(chan struct{}, 1)
	go func() {
		if c, err := peer.Accept(); err == nil {
			c.Close()
			reached <- struct{}{}
		}
	}()
	for _, c := range []struct {
		name, audit, says string
		status            int
		options, words    []string
	}{
		{"local port", "port forwarding", "administratively prohibited: signalbox forwards no ports", 255, []string{"-W", peer.Addr().String()}, nil},
		{"remote port", "reverse port forwarding", "remote port forwarding failed", 255, []string{"-N", "-o", "ExitOnForwardFailure=yes", "-R", "0:" + peer.Addr().String()}, nil},
		{"remote socket", "socket forwarding", "remote port forwarding failed", 255, []string{"-N", "-o", "ExitOnForwardFailure=yes", "-R", "/tmp/x.sock:" + peer.Addr().String()}, nil},
		{"sftp", "subsystem", "subsystem request failed", 255, []string{"-s"}, []string{"sftp"}},
	} {
		f.house.mu.Lock()
		f.house.refused = nil
		f.house.mu.Unlock()
		_, stderr, status := run(t, f.ssh(file, c.options, c.words...))
		if status != c.status || !strings.Contains(stderr, c.says) {
			t.Errorf("%s: status %d, %q", c.name, status, stderr)
		}
		eventually(t, c.name+" is audited", func() bool { return slices.Equal(f.refusals(), []string{"j.ruiz: " + c.audit}) })
	}
	select {
	case <-reached:
		t.Error("a forwarded connection reached its target")
	default:
	}
	if f.called() != 0 {
		t.Error("a refused request ran a verb")
	}
}

// TestListeningForwardIsRefused is ssh -L: the client listens, and what connects there gets nothing.
func TestListeningForwardIsRefused(t *testing.T) {
	f := open(t)
	key, file := f.person("j.ruiz")
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	local := free.Addr().String()
	free.Close()
	x := f.terminal(file, []string{"-L", local + ":127.0.0.1:1"})
	x.waitFor("BOARD")
	conn, err := net.Dial("tcp", local)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := conn.Read(make([]byte, 1)); err == nil {
		t.Errorf("%d bytes came through", n)
	}
	conn.Close()
	eventually(t, "the forward is audited", func() bool { return slices.Equal(f.refusals(), []string{"j.ruiz: port forwarding"}) })
	x.press("q")
	x.status()
	// The same kind again on one connection is audited once.
	c, _ := f.client(key)
	for range 20 {
		if _, err := c.Dial("tcp", "127.0.0.1:1"); err == nil {
			t.Fatal("forwarded")
		}
	}
	eventually(t, "the second connection is audited", func() bool { return len(f.refusals()) == 2 })
}

func TestAgentAndX11AreRefusedAndTheSessionGoesOn(t *testing.T) {
	f := open(t)
	key, _ := f.person("j.ruiz")
	c, _ := f.client(key)
	s, err := c.NewSession()
	if err != nil {
		t.Fatal(err)
	}
	x11 := struct {
		Single           bool
		Protocol, Cookie string
		Screen           uint32
	}{false, "MIT-MAGIC-COOKIE-1", "00", 0}
	for name, payload := range map[string][]byte{"auth-agent-req@openssh.com": nil, "x11-req": gossh.Marshal(x11)} {
		for range 3 {
			if ok, err := s.SendRequest(name, true, payload); ok || err != nil {
				t.Errorf("%s: %v, %v", name, ok, err)
			}
		}
	}
	if out, err := s.Output("q"); err != nil || string(out) != "j.ruiz q \n" {
		t.Errorf("%q, %v", out, err)
	}
	eventually(t, "each is audited once", func() bool {
		return slices.Equal(f.refusals(), []string{"j.ruiz: agent forwarding", "j.ruiz: x11 forwarding"})
	})
}

func TestSecondSessionIsRefused(t *testing.T) {
	f := open(t)
	key, _ := f.person("j.ruiz")
	c, _ := f.client(key)
	s := f.screenOf(c, 80, 24)
	for range 5 {
		_, err := c.NewSession()
		if err == nil || !strings.Contains(err.Error(), "one session on a connection") {
			t.Fatalf("a second session: %v", err)
		}
	}
	eventually(t, "the first goes on", func() bool { return f.lastSize() == tea.WindowSizeMsg{Width: 80, Height: 24} })
	if _, err := s.SendRequest("shell", true, nil); err != nil {
		t.Fatal(err)
	}
	if ok, _ := s.SendRequest("exec", true, gossh.Marshal(struct{ C string }{"q"})); ok {
		t.Error("a second command on one session was taken")
	}
	eventually(t, "it is audited once", func() bool { return slices.Equal(f.refusals(), []string{"j.ruiz: second session"}) })
	if f.called() != 0 {
		t.Error("the second command ran")
	}
}

func TestSizesAreClamped(t *testing.T) {
	f := open(t)
	key, _ := f.person("j.ruiz")
	const most = 1<<32 - 1
	for _, c := range []struct {
		width, height uint32
		want          tea.WindowSizeMsg
	}{
		{20000, 20000, tea.WindowSizeMsg{Width: 500, Height: 200}},
		{0, 0, tea.WindowSizeMsg{Width: 80, Height: 24}},
		{1, 1, tea.WindowSizeMsg{Width: 1, Height: 1}},
		{65535, 1, tea.WindowSizeMsg{Width: 500, Height: 1}},
		{0, 65535, tea.WindowSizeMsg{Width: 80, Height: 200}},
		{most, most, tea.WindowSizeMsg{Width: 500, Height: 200}},
	} {
		cl, _ := f.client(key)
		s, err := cl.NewSession()
		if err != nil {
			t.Fatal(err)
		}
		pty := ptyRequest{Term: "xterm", Width: c.width, Height: c.height, PixelX: most, PixelY: most, Modes: "\x00"}
		if ok, err := s.SendRequest("pty-req", true, gossh.Marshal(&pty)); !ok || err != nil {
			t.Fatal(ok, err)
		}
		if err := s.Shell(); err != nil {
			t.Fatal(err)
		}
		eventually(t, fmt.Sprintf("%dx%d opens as %v", c.width, c.height, c.want), func() bool { return f.lastSize() == c.want })
		// The same by a change of size, from another one.
		change := func(w, h uint32) {
			if _, err := s.SendRequest("window-change", false, gossh.Marshal(&windowChange{w, h, most, most})); err != nil {
				t.Fatal(err)
			}
		}
		change(80, 24)
		change(c.width, c.height)
		eventually(t, fmt.Sprintf("%dx%d changes to %v", c.width, c.height, c.want), func() bool { return f.lastSize() == c.want })
		cl.Close()
	}
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	if m.HeapAlloc > 100<<20 {
		t.Errorf("the heap holds %d MB", m.HeapAlloc>>20)
	}
}

func TestTwentyThousandResizes(t *testing.T) {
	f := open(t)
	key, file := f.person("j.ruiz")
	c, _ := f.client(key)
	s := f.screenOf(c, 80, 24)
	eventually(t, "the screen is open", func() bool { return f.sizeCount() > 0 })
	for i := range uint32(20000) {
		if _, err := s.SendRequest("window-change", false, gossh.Marshal(&windowChange{40 + i%100, 20 + i%50, 0, 0})); err != nil {
			t.Fatal(err)
		}
	}
	// Another session answers while they come in.
	if stdout, _, status := run(t, f.ssh(file, nil, "q")); status != 0 || stdout != "j.ruiz q \n" {
		t.Errorf("status %d, %q", status, stdout)
	}
	if _, err := s.SendRequest("window-change", true, gossh.Marshal(&windowChange{123, 45, 0, 0})); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the last size is shown", func() bool { return f.lastSize() == tea.WindowSizeMsg{Width: 123, Height: 45} })
	t.Logf("of 20,001 sizes the screen saw %d", f.sizeCount())
}

// TestWindowChangesWithoutShellLeakNothing is the attack that blocks the framework's only reader.
func TestWindowChangesWithoutShellLeakNothing(t *testing.T) {
	f := open(t)
	key, _ := f.person("j.ruiz")
	before := runtime.NumGoroutine()
	for range 50 {
		c, conn, err := f.dial(key)
		if err != nil {
			t.Fatal(err)
		}
		s, err := c.NewSession()
		if err != nil {
			t.Fatal(err)
		}
		if err := s.RequestPty("xterm", 24, 80, nil); err != nil {
			t.Fatal(err)
		}
		for i := range uint32(200) {
			if _, err := s.SendRequest("window-change", false, gossh.Marshal(&windowChange{80 + i, 24, 0, 0})); err != nil {
				t.Fatal(err)
			}
		}
		reset(conn)
	}
	eventually(t, "every goroutine has gone", func() bool { return runtime.NumGoroutine() <= before+5 })
	eventually(t, "every session has gone", func() bool { return f.server.Sessions() == 0 && len(f.server.gate.all()) == 0 })
}

func reset(conn net.Conn) {
	_ = conn.(*net.TCPConn).SetLinger(0)
	_ = conn.Close()
}

func TestTwoHundredResetsLeakNothing(t *testing.T) {
	f := open(t)
	key, _ := f.person("j.ruiz")
	before := runtime.NumGoroutine()
	for round := range 4 {
		var conns []net.Conn
		for range 50 {
			c, conn, err := f.dial(key)
			if err != nil {
				t.Fatal(err)
			}
			s := f.screenOf(c, 80, 24)
			if _, err := s.SendRequest("window-change", true, gossh.Marshal(&windowChange{90, 30, 0, 0})); err != nil {
				t.Fatal(err)
			}
			conns = append(conns, conn)
		}
		if round == 0 {
			eventually(t, "fifty screens are open", func() bool { return f.server.Sessions() == 50 })
		}
		for _, conn := range conns {
			reset(conn)
		}
	}
	eventually(t, "every session has gone", func() bool { return f.server.Sessions() == 0 && len(f.server.gate.all()) == 0 })
	eventually(t, "every goroutine has gone", func() bool { return runtime.NumGoroutine() <= before+5 })
}

func TestEnvironmentIsAllowListed(t *testing.T) {
	f := open(t)
	key, file := f.person("j.ruiz")
	c, _ := f.client(key)
	s, err := c.NewSession()
	if err != nil {
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	big := strings.Repeat("x", 32<<10)
	for i := range 3000 {
		if err := s.Setenv(fmt.Sprintf("SIGNALBOX_%d", i), big); err == nil {
			t.Fatal("32 KB were let in")
		}
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 2<<20 {
		t.Errorf("3,000 variables of 32 KB left %d KB", grown>>10)
	}
	for _, name := range []string{"PATH", "LD_PRELOAD", "TERM", "CLICOLOR_FORCE", "TTY_FORCE", "LC_", "LC_a b", "SIGNALBOX_\x1b[31m"} {
		if err := s.Setenv(name, "1"); err == nil {
			t.Errorf("%q was let in", name)
		}
	}
	if err := s.Setenv("LANG", "\x1b]0;x\a"); err == nil {
		t.Error("an escape was let in")
	}
	kept := 0
	for i := range 100 {
		if s.Setenv(fmt.Sprintf("SIGNALBOX_N%d", i), "1") == nil {
			kept++
		}
	}
	if kept != maxEnv {
		t.Errorf("%d variables were kept, not %d", kept, maxEnv)
	}
	c.Close()

	cmd := f.ssh(file, []string{"-t", "-t", "-o", "SendEnv=LC_ALL", "-o", "SetEnv=NO_COLOR=yes COLORTERM=truecolor SIGNALBOX_ZONE=UTC HOME=/root"})
	cmd.Env = append(cmd.Env, "LC_ALL=C.UTF-8")
	cmd.Stdin = strings.NewReader("q")
	if _, stderr, status := run(t, cmd); status != 0 {
		t.Fatalf("status %d, %q", status, stderr)
	}
	env := f.lastOpened().Env
	want := map[string]string{"NO_COLOR": "1", "COLORTERM": "truecolor", "SIGNALBOX_ZONE": "UTC", "LC_ALL": "C.UTF-8"}
	for k, v := range want {
		if env[k] != v {
			t.Errorf("%s is %q, not %q", k, env[k], v)
		}
	}
	if len(env) != len(want) {
		t.Errorf("the environment is %v", env)
	}
}

func TestTerminalTypeIsAPlainWord(t *testing.T) {
	f := open(t)
	key, file := f.person("j.ruiz")
	for _, term := range []string{"xterm\x1b]0;x\a", "a b", "../../etc", "x'y", strings.Repeat("x", 65), "xtérm"} {
		c, _ := f.client(key)
		s, err := c.NewSession()
		if err != nil {
			t.Fatal(err)
		}
		if err := s.RequestPty(term, 24, 80, nil); err == nil {
			t.Errorf("%q was taken", term)
		}
		c.Close()
	}
	for term, colour := range map[string]string{"xterm": "ANSI", "xterm-256color": "ANSI256", "xterm-kitty": "TrueColor", "dumb": "NoTTY"} {
		cmd := f.ssh(file, []string{"-t", "-t"})
		cmd.Env = append(slices.DeleteFunc(cmd.Env, func(s string) bool { return strings.HasPrefix(s, "TERM=") }), "TERM="+term)
		keys, err := cmd.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		eventually(t, term+" has a colour profile", func() bool {
			f.screen.Lock()
			defer f.screen.Unlock()
			return f.colour != ""
		})
		fmt.Fprint(keys, "q")
		keys.Close()
		wait(t, cmd, func() string { return "" })
		if got := f.lastOpened().Term; got != term {
			t.Errorf("TERM is %q, not %q", got, term)
		}
		f.screen.Lock()
		if !strings.EqualFold(f.colour, colour) {
			t.Errorf("%s draws in %s, not %s", term, f.colour, colour)
		}
		f.colour = ""
		f.screen.Unlock()
	}
}
