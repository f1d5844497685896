package main

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/charmbracelet/x/vt"
	"github.com/creack/pty"
)

// The world of the end-to-end tests: the real binary, the real OpenSSH client on a pty, real payloads over
// HTTP. Everything waits for text or state with one ceiling, never for time.
const ceiling = 30 * time.Second

var binary = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "signalbox-bin")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "signalbox")
	cmd := exec.Command("go", "build", "-o", path, ".")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	out, err := cmd.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, out)
	}
	return path, nil
})

func TestMain(m *testing.M) {
	code := m.Run()
	if path, err := binary(); err == nil {
		_ = os.RemoveAll(filepath.Dir(path))
	}
	os.Exit(code)
}

// box is one data directory, with the flags that reach its store.
type box struct {
	t        *testing.T
	dir      string
	database string // PostgreSQL URL; "" for SQLite
	bin      string
}

func newBox(t *testing.T, database string) *box {
	t.Helper()
	bin, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	return &box{t: t, dir: t.TempDir(), database: database, bin: bin}
}

func (b *box) flags() []string {
	f := []string{"--data", b.dir}
	if b.database != "" {
		f = append(f, "--database", b.database)
	}
	return f
}

// result is how a command ended.
type result struct {
	out, err string
	code     int
}

// cli runs one verb on the machine.
func (b *box) cli(args ...string) result {
	b.t.Helper()
	return runCommand(b.t, exec.Command(b.bin, append(args, b.flags()...)...), nil)
}

// must is cli for what has to succeed.
func (b *box) must(args ...string) string {
	b.t.Helper()
	r := b.cli(args...)
	if r.code != 0 {
		b.t.Fatalf("signalbox %s: exit %d\n%s%s", strings.Join(args, " "), r.code, r.out, r.err)
	}
	return r.out
}

func runCommand(t *testing.T, cmd *exec.Cmd, in io.Reader) result {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*ceiling)
	defer cancel()
	bound := exec.CommandContext(ctx, cmd.Path, cmd.Args[1:]...)
	bound.Env, bound.Dir, bound.Stdin = cmd.Env, cmd.Dir, in
	var out, errs bytes.Buffer
	bound.Stdout, bound.Stderr = &out, &errs
	err := bound.Run()
	code := 0
	if err != nil {
		code = bound.ProcessState.ExitCode()
		if code < 0 {
			t.Fatalf("%s: %v\n%s%s", strings.Join(cmd.Args, " "), err, out.String(), errs.String())
		}
	}
	return result{out.String(), errs.String(), code}
}

// write puts a file into the data directory.
func (b *box) write(name, text string) string {
	b.t.Helper()
	path := filepath.Join(b.dir, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		b.t.Fatal(err)
	}
	return path
}

// key makes an SSH key pair and returns the path of the private half.
func (b *box) key(name string) string {
	b.t.Helper()
	path := filepath.Join(b.dir, name)
	out, err := exec.Command("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", path).CombinedOutput()
	if err != nil {
		b.t.Fatalf("ssh-keygen: %v\n%s", err, out)
	}
	return path
}

const hookSecret = "a secret of the tests"

// server is one running `signalbox serve`.
type server struct {
	*box
	cmd       *exec.Cmd
	ssh, http string
	log       *watched
}

// serve starts a server over the box.
func (b *box) serve() *server {
	b.t.Helper()
	return b.start(exec.Command(b.bin, append([]string{"serve", "--ssh", "127.0.0.1:0", "--http", "127.0.0.1:0"}, b.flags()...)...))
}

// start starts a command that serves, and waits until both doors are open.
func (b *box) start(cmd *exec.Cmd) *server {
	b.t.Helper()
	log := &watched{}
	cmd.Stderr = log
	cmd.Env = append(os.Environ(), "SIGNALBOX_TEST_HOOK="+hookSecret)
	if err := cmd.Start(); err != nil {
		b.t.Fatal(err)
	}
	s := &server{box: b, cmd: cmd, log: log}
	b.t.Cleanup(func() { s.kill(syscall.SIGKILL) })
	until(b.t, "both doors to open", func() bool {
		s.ssh, s.http = log.after("ssh: listening on "), log.after("http: listening on ")
		return s.ssh != "" && s.http != "" || cmd.ProcessState != nil
	}, log.String)
	return s
}

// kill sends a signal and waits for the end; a server that has ended is left alone.
func (s *server) kill(sig os.Signal) {
	if s.cmd.ProcessState != nil {
		return
	}
	_ = s.cmd.Process.Signal(sig)
	_ = s.cmd.Wait()
}

// watched is a buffer that is written and read at once.
type watched struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (w *watched) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.b.Write(p)
}

func (w *watched) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.b.String()
}

// after returns the rest of the line that begins with a prefix, "" while there is none.
func (w *watched) after(prefix string) string {
	for line := range strings.Lines(w.String()) {
		if rest, ok := strings.CutPrefix(line, prefix); ok && strings.HasSuffix(rest, "\n") {
			return strings.TrimSpace(rest)
		}
	}
	return ""
}

// until waits for a condition; show describes what is there when it never comes.
func until(t *testing.T, what string, ok func() bool, show func() string) {
	t.Helper()
	for end := time.Now().Add(ceiling); ; time.Sleep(10 * time.Millisecond) {
		if ok() {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("waited in vain for %s; there is:\n%s", what, show())
		}
	}
}

// payload reads a recorded GitHub payload and applies edits to it.
func payload(t *testing.T, name string, edit func(map[string]any)) []byte {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("..", "..", "testdata", "webhooks", "octokit+webhooks", "payload-examples", "api.github.com", name))
	if err != nil {
		t.Fatal(err)
	}
	if edit == nil {
		return raw
	}
	var m map[string]any
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	if err := dec.Decode(&m); err != nil {
		t.Fatal(err)
	}
	edit(m)
	out, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// aimed edits a payload to speak of a repository, and of a digest and version where those are not "".
func aimed(repo, digest, version string) func(map[string]any) {
	return func(m map[string]any) {
		m["repository"].(map[string]any)["full_name"] = repo
		if d, ok := m["deployment"].(map[string]any); ok && digest != "" {
			d["payload"] = map[string]any{"digest": digest, "version": version}
		}
	}
}

// deliver posts a hook, signed with a secret, and returns status and body.
func (s *server) deliver(event, id, secret string, body []byte) (int, string) {
	s.t.Helper()
	req, err := http.NewRequest(http.MethodPost, "http://"+s.http+"/v1/hooks/github", bytes.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(body)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-GitHub-Event", event)
	req.Header.Set("X-GitHub-Delivery", id)
	req.Header.Set("X-Hub-Signature-256", "sha256="+hex.EncodeToString(mac.Sum(nil)))
	return do(s.t, req)
}

func do(t *testing.T, req *http.Request) (int, string) {
	t.Helper()
	resp, err := (&http.Client{Timeout: ceiling}).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(body)
}

// sshArgs are the options with which the client trusts this server and offers one key.
func (s *server) sshArgs(key string) []string {
	host, port, _ := strings.Cut(s.ssh, ":")
	return []string{"-F", "/dev/null", "-i", key, "-p", port, "-o", "IdentitiesOnly=yes", "-o", "StrictHostKeyChecking=accept-new",
		"-o", "UserKnownHostsFile=" + filepath.Join(s.dir, "known_hosts"), "-o", "ConnectTimeout=20", host}
}

// exec runs one verb over SSH without a terminal.
func (s *server) exec(key string, words ...string) result {
	s.t.Helper()
	return runCommand(s.t, exec.Command("/usr/bin/ssh", append(s.sshArgs(key), words...)...), nil)
}

// terminal is /usr/bin/ssh on a pty, its output kept as the cells of a screen.
type terminal struct {
	t    *testing.T
	pty  *os.File
	mu   sync.Mutex // guards the cells of emu
	emu  *vt.Emulator
	cmd  *exec.Cmd
	done sync.WaitGroup
}

// Write takes what the program prints.
func (m *terminal) Write(p []byte) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.emu.Write(p)
}

// screen opens a session at a size.
func (s *server) screen(key string, w, h int, words ...string) *terminal {
	s.t.Helper()
	args := append([]string{"-tt"}, append(s.sshArgs(key), words...)...)
	cmd := exec.Command("/usr/bin/ssh", args...)
	cmd.Env = append(os.Environ(), "TERM=xterm-256color", "LANG=C.UTF-8")
	f, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: uint16(h), Cols: uint16(w)})
	if err != nil {
		s.t.Fatal(err)
	}
	term := &terminal{t: s.t, pty: f, emu: vt.NewEmulator(w, h), cmd: cmd}
	term.done.Go(func() { _, _ = io.Copy(f, term.emu) }) // the terminal's answers to queries
	term.done.Go(func() { _, _ = io.Copy(term, f) })
	s.t.Cleanup(term.close)
	return term
}

func (m *terminal) close() {
	_ = m.cmd.Process.Kill()
	_ = m.cmd.Wait()
	_ = m.pty.Close()
	_ = m.emu.InputPipe().(io.Closer).Close() // ends the answers; emu.Close would race with their reading
	m.done.Wait()
}

// text is the screen as lines of text.
func (m *terminal) text() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	var b strings.Builder
	for y := range m.emu.Height() {
		for x := 0; x < m.emu.Width(); {
			c := m.emu.CellAt(x, y)
			if c == nil || c.Content == "" {
				b.WriteByte(' ')
				x++
				continue
			}
			b.WriteString(c.Content)
			x += max(1, c.Width)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// wait waits until the screen shows each of the texts.
func (m *terminal) wait(texts ...string) {
	m.t.Helper()
	for _, want := range texts {
		until(m.t, fmt.Sprintf("%q on the screen", want), func() bool { return strings.Contains(m.text(), want) }, m.text)
	}
}

// press types keys.
func (m *terminal) press(keys string) {
	m.t.Helper()
	if _, err := m.pty.WriteString(keys); err != nil {
		m.t.Fatal(err)
	}
}
