package sshserver

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/creack/pty"
	gossh "golang.org/x/crypto/ssh"

	"signalbox/release"
	"signalbox/release/access"
	"signalbox/release/verb"
)

// ceiling bounds every wait for a condition; no test passes or fails by being fast.
const ceiling = 30 * time.Second

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(ceiling); !ok(); {
		if time.Now().After(end) {
			t.Fatalf("it never came to pass that %s", what)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// house is the Service: people, keys and verbs in memory.
type house struct {
	mu      sync.Mutex
	people  map[string]*access.Person // by fingerprint
	down    bool
	refused []string
	calls   []verb.Call
	table   verb.Table
	do      map[string]func(context.Context, verb.Call) (verb.Answer, error)
}

func newHouse() *house {
	h := &house{people: map[string]*access.Person{}, do: map[string]func(context.Context, verb.Call) (verb.Answer, error){}}
	h.table = verb.Table{
		{Name: "q", Short: "list what waits for approval", Permission: access.Read, Danger: verb.Look},
		{Name: "go", Short: "open one object", Args: []verb.Arg{{Name: "ID"}}, Permission: access.Read, Danger: verb.Look},
		{Name: "reject", Short: "reject a change", Long: "The requester is told why.", Example: "reject CHG-12 -m 'no window'",
			Args:  []verb.Arg{{Name: "CHANGE", Help: "the change's id"}},
			Flags: []verb.Flag{{Name: "message", Short: "m", Kind: verb.String, Help: "why", Required: true}}, Permission: access.Approve},
		{Name: "gate", Short: "ask for the verdict", Args: []verb.Arg{{Name: "SERVICE"}}, Permission: access.AskGate},
		{Name: "import", Short: "read facts from standard input", Permission: access.Catalog},
		{Name: "slow", Short: "take a while", Permission: access.Read},
		{Name: "fall", Short: "panic", Permission: access.Read},
		{Name: "export", Short: "write all of it", Permission: access.ReadAudit},
		{Name: "help", Short: "list the verbs, or explain one", Args: []verb.Arg{{Name: "VERB", Optional: true}, {Name: "WORD", Optional: true}}, Permission: access.Public},
		{Name: "init", Short: "make a store", Machine: true},
	}
	return h
}

func (h *house) add(id string, key gossh.PublicKey, roles ...access.Role) {
	h.mu.Lock()
	defer h.mu.Unlock()
	p := &access.Person{ID: access.PersonID(id)}
	for _, r := range roles {
		p.Grants = append(p.Grants, access.Grant{Person: p.ID, Role: r, Scope: access.Org})
	}
	h.people[gossh.FingerprintSHA256(key)] = p
}

func (h *house) revoke(key gossh.PublicKey) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.people, gossh.FingerprintSHA256(key))
}

func (h *house) set(down bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.down = down
}

var storeDown = release.Errorf(release.Unavailable, "the store does not answer").Advise("try again in a minute")

func (h *house) PersonByKey(_ context.Context, fingerprint string) (*access.Person, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.down {
		return nil, storeDown
	}
	if p, ok := h.people[fingerprint]; ok {
		return p, nil
	}
	return nil, release.Errorf(release.NotFound, "no such key")
}

func (h *house) PersonByPrincipal(_ context.Context, principal string) (*access.Person, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.down {
		return nil, storeDown
	}
	for _, p := range h.people {
		if string(p.ID) == principal {
			return p, nil
		}
	}
	return nil, release.Errorf(release.NotFound, "no such person")
}

func (h *house) StillIn(ctx context.Context, a access.Actor) (*access.Person, error) {
	if a.Certificate != "" {
		return h.PersonByPrincipal(ctx, string(a.Person))
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.down {
		return nil, storeDown
	}
	p, ok := h.people[a.Fingerprint]
	if !ok || p.ID != a.Person {
		return nil, release.Errorf(release.Unauthenticated, "your key was taken away").Advise("ask an admin")
	}
	return p, nil
}

func (h *house) Verbs() verb.Table { return h.table }

func (h *house) Do(ctx context.Context, c verb.Call) (verb.Answer, error) {
	h.mu.Lock()
	h.calls = append(h.calls, c)
	do := h.do[c.Verb]
	h.mu.Unlock()
	if do != nil {
		return do(ctx, c)
	}
	return verb.Answer{
		Lines: []string{c.Actor.String() + " " + c.Verb + " " + strings.Join(c.Args, "|")},
		Value: map[string]any{"actor": c.Actor.String(), "verb": c.Verb, "args": c.Args},
	}, nil
}

func (h *house) on(name string, do func(context.Context, verb.Call) (verb.Answer, error)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.do[name] = do
}

func (h *house) RefusedAtDoor(_ context.Context, a access.Actor, what, sentence string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.refused = append(h.refused, a.String()+": "+what)
	if sentence == "" {
		h.refused = append(h.refused, "no sentence for "+what)
	}
}

func (h *house) refusals() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	out := slices.Clone(h.refused)
	slices.Sort(out)
	return out
}

func (h *house) lastCall(t *testing.T) verb.Call {
	t.Helper()
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.calls) == 0 {
		t.Fatal("no verb was called")
	}
	return h.calls[len(h.calls)-1]
}

func (h *house) called() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.calls)
}

// fixture is a running door, its house and what its screens saw.
type fixture struct {
	*house
	t       *testing.T
	server  *Server
	addr    string
	hostKey gossh.Signer
	log     *lockedBuffer
	served  chan error

	clock  atomic.Int64 // nanoseconds added to the wall clock
	screen sync.Mutex
	opened []Session
	sizes  []tea.WindowSizeMsg
	typed  string
	colour string
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// open starts a door on loopback. Its bucket is wide, so that only the tests of the bucket meet it.
func open(t *testing.T, adjust ...func(*Options)) *fixture {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	f := &fixture{house: newHouse(), t: t, addr: l.Addr().String(), hostKey: newKey(t), log: &lockedBuffer{}, served: make(chan error, 1)}
	o := Options{
		Listener: l, HostKey: f.hostKey, Service: f.house, Open: f.openScreen,
		Limits: Limits{Rate: 1e6, Burst: 1e6, PerSource: 1000, Startups: 1000, Drain: 5 * time.Second},
		Now:    func() time.Time { return time.Now().Add(time.Duration(f.clock.Load())) },
		Log:    slog.New(slog.NewTextHandler(f.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	for _, a := range adjust {
		a(&o)
	}
	if f.server, err = New(o); err != nil {
		t.Fatal(err)
	}
	go func() { f.served <- f.server.Serve() }()
	t.Cleanup(func() {
		_ = f.server.Shutdown(context.Background())
		if err := <-f.served; err != nil {
			t.Errorf("Serve: %v", err)
		}
	})
	return f
}

func newKey(t *testing.T) gossh.Signer {
	t.Helper()
	_, priv, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	s, err := gossh.NewSignerFromKey(priv)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// person makes a key, writes it where ssh can read it, and gives it to somebody. No roles: an approver.
func (f *fixture) person(id string, roles ...access.Role) (gossh.Signer, string) {
	signer, file := keyFile(f.t)
	if len(roles) == 0 {
		roles = []access.Role{access.Approver}
	}
	f.add(id, signer.PublicKey(), roles...)
	return signer, file
}

func keyFile(t *testing.T) (gossh.Signer, string) {
	t.Helper()
	_, priv, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	block, err := gossh.MarshalPrivateKey(priv, "")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "id")
	if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
		t.Fatal(err)
	}
	signer, err := gossh.NewSignerFromKey(priv)
	if err != nil {
		t.Fatal(err)
	}
	return signer, path
}

// ssh is the real client. The words follow the host; options stand before it.
func (f *fixture) ssh(key string, options []string, words ...string) *exec.Cmd {
	f.t.Helper()
	host, port, _ := net.SplitHostPort(f.addr)
	known := filepath.Join(f.t.TempDir(), "known_hosts")
	text := fmt.Sprintf("[%s]:%s %s", host, port, gossh.MarshalAuthorizedKey(f.hostKey.PublicKey()))
	if err := os.WriteFile(known, []byte(text), 0o600); err != nil {
		f.t.Fatal(err)
	}
	args := []string{"-F", "none", "-o", "IdentitiesOnly=yes", "-o", "IdentityAgent=none", "-o", "BatchMode=yes",
		"-o", "StrictHostKeyChecking=yes", "-o", "GlobalKnownHostsFile=/dev/null", "-o", "UserKnownHostsFile=" + known,
		"-i", key, "-p", port}
	args = append(args, options...)
	args = append(args, "somebody@"+host)
	cmd := exec.Command("/usr/bin/ssh", append(args, words...)...)
	cmd.Env = []string{"PATH=/usr/bin:/bin", "HOME=" + f.t.TempDir(), "TERM=xterm-256color", "LANG=C.UTF-8"}
	f.t.Cleanup(func() {
		if cmd.Process != nil {
			_ = cmd.Process.Kill()
		}
	})
	return cmd
}

// run lets the client run to its end.
func run(t *testing.T, cmd *exec.Cmd) (stdout, stderr string, status int) {
	t.Helper()
	var out, errs lockedBuffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	status = wait(t, cmd, func() string { return out.String() + errs.String() })
	return out.String(), errs.String(), status
}

func wait(t *testing.T, cmd *exec.Cmd, said func() string) int {
	t.Helper()
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	select {
	case err := <-done:
		var exit *exec.ExitError
		if err != nil && !errors.As(err, &exit) {
			t.Fatal(err)
		}
		return cmd.ProcessState.ExitCode()
	case <-time.After(ceiling):
		_ = cmd.Process.Kill()
		<-done
		t.Fatalf("ssh did not end; it had said %q", said())
	}
	return -1
}

// caller is a client on a pty of its own.
type caller struct {
	t    *testing.T
	cmd  *exec.Cmd
	file *os.File
	seen *lockedBuffer
}

func (f *fixture) terminal(key string, options []string, words ...string) *caller {
	f.t.Helper()
	cmd := f.ssh(key, append([]string{"-t"}, options...), words...)
	file, err := pty.StartWithSize(cmd, &pty.Winsize{Cols: 90, Rows: 30})
	if err != nil {
		f.t.Fatal(err)
	}
	x := &caller{t: f.t, cmd: cmd, file: file, seen: &lockedBuffer{}}
	go func() { _, _ = io.Copy(x.seen, file) }()
	f.t.Cleanup(func() { _ = file.Close() })
	return x
}

func (x *caller) waitFor(text string) {
	x.t.Helper()
	for end := time.Now().Add(ceiling); !strings.Contains(x.seen.String(), text); {
		if time.Now().After(end) {
			x.t.Fatalf("the screen never showed %q but %q", text, x.seen.String())
		}
		time.Sleep(5 * time.Millisecond)
	}
}

func (x *caller) press(keys string) {
	x.t.Helper()
	if _, err := io.WriteString(x.file, keys); err != nil {
		x.t.Fatal(err)
	}
}

func (x *caller) status() int { return wait(x.t, x.cmd, x.seen.String) }

// dial is the client of x/crypto, for what OpenSSH cannot do.
func (f *fixture) dial(auth ...gossh.Signer) (*gossh.Client, net.Conn, error) {
	conn, err := net.Dial("tcp", f.addr)
	if err != nil {
		return nil, nil, err
	}
	c, chans, reqs, err := gossh.NewClientConn(conn, f.addr, f.clientConfig(auth...))
	if err != nil {
		_ = conn.Close()
		return nil, nil, err
	}
	return gossh.NewClient(c, chans, reqs), conn, nil
}

func (f *fixture) clientConfig(auth ...gossh.Signer) *gossh.ClientConfig {
	return &gossh.ClientConfig{User: "root", Auth: []gossh.AuthMethod{gossh.PublicKeys(auth...)},
		HostKeyCallback: gossh.FixedHostKey(f.hostKey.PublicKey())}
}

func (f *fixture) client(key gossh.Signer) (*gossh.Client, net.Conn) {
	f.t.Helper()
	c, conn, err := f.dial(key)
	if err != nil {
		f.t.Fatal(err)
	}
	f.t.Cleanup(func() { _ = c.Close() })
	return c, conn
}

// screenOf opens a shell of the given size with x/crypto and returns the session.
func (f *fixture) screenOf(c *gossh.Client, width, height int) *gossh.Session {
	f.t.Helper()
	s, err := c.NewSession()
	if err != nil {
		f.t.Fatal(err)
	}
	if err := s.RequestPty("xterm-256color", height, width, nil); err != nil {
		f.t.Fatal(err)
	}
	if err := s.Shell(); err != nil {
		f.t.Fatal(err)
	}
	return s
}
