package storetest

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// Server is a PostgreSQL server of the test's own, on a free port of the loopback.
type Server struct {
	// URL is the connection string of its database "postgres", as superuser "signalbox".
	URL string

	bin, dir string
	port     int
	as       *syscall.Credential

	guard *exec.Cmd
	hold  io.Closer // the guard cleans up when this is closed, by us or by the end of the process

	mu  sync.Mutex
	cmd *exec.Cmd
	out *os.File
}

// StartPostgres starts a server that ends with the test. It fails the test, naming the packages, where
// PostgreSQL is not installed.
func StartPostgres(t testing.TB) *Server {
	t.Helper()
	s, err := newServer()
	if err != nil {
		t.Fatalf("PostgreSQL: %v", err)
	}
	t.Cleanup(s.remove)
	return s
}

// shared is the one server of a test binary that Postgres hands out databases of.
var shared = sync.OnceValues(newServer)

// Postgres returns the URL of a fresh, empty database on a server that is started once for the test binary
// and dies with it.
func Postgres(t testing.TB) string {
	t.Helper()
	s, err := shared()
	if err != nil {
		t.Fatalf("PostgreSQL: %v", err)
	}
	return s.Database(t)
}

// Database makes a fresh, empty database and returns its URL.
func (s *Server) Database(t testing.TB) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), ceiling)
	defer cancel()
	conn, err := pgx.Connect(ctx, s.URL)
	if err != nil {
		t.Fatalf("PostgreSQL: %v", err)
	}
	defer conn.Close(ctx)
	name := "t" + strings.ToLower(rand.Text())
	if _, err := conn.Exec(ctx, "CREATE DATABASE "+name); err != nil {
		t.Fatalf("PostgreSQL: %v", err)
	}
	return s.url(name)
}

func (s *Server) url(name string) string {
	u := url.URL{Scheme: "postgres", User: url.User("signalbox"), Host: net.JoinHostPort("127.0.0.1", strconv.Itoa(s.port)),
		Path: "/" + name, RawQuery: "sslmode=disable"}
	return u.String()
}

func newServer() (*Server, error) {
	bin, err := binaries()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "signalbox-pg-")
	if err != nil {
		return nil, err
	}
	s := &Server{bin: bin, dir: dir}
	if err := s.watch(); err != nil {
		return nil, err
	}
	if err := s.prepare(); err != nil {
		s.remove()
		return nil, err
	}
	if err := s.start(); err != nil {
		s.remove()
		return nil, err
	}
	return s, nil
}

// watch starts a shell that waits for the end of this process, however it ends, then stops the server and
// removes its directory.
func (s *Server) watch() error {
	const script = `trap "" HUP INT TERM
cat >/dev/null
pid=$(head -n 1 "$0/data/postmaster.pid" 2>/dev/null)
if [ -n "$pid" ]; then
	kill -QUIT "$pid" 2>/dev/null
	while kill -0 "$pid" 2>/dev/null; do sleep 0.1; done
fi
rm -rf "$0"`
	s.guard = exec.Command("/bin/sh", "-c", script, s.dir)
	s.guard.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	hold, err := s.guard.StdinPipe()
	if err != nil {
		return err
	}
	s.hold = hold
	return s.guard.Start()
}

// binaries finds the newest PostgreSQL that is installed.
func binaries() (string, error) {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if len(found) == 0 {
		if p, err := exec.LookPath("initdb"); err == nil {
			return filepath.Dir(p), nil
		}
		return "", fmt.Errorf("it is not installed; these tests need a real server: apt-get install postgresql")
	}
	version := func(p string) int {
		n, _ := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(p))))
		return n
	}
	return filepath.Dir(slices.MaxFunc(found, func(a, b string) int { return version(a) - version(b) })), nil
}

// prepare makes the cluster. initdb refuses root, so root hands the directory to the user postgres.
func (s *Server) prepare() error {
	if os.Geteuid() == 0 {
		u, err := user.Lookup("postgres")
		if err != nil {
			return fmt.Errorf("%w; apt-get install postgresql makes it", err)
		}
		uid, _ := strconv.Atoi(u.Uid)
		gid, _ := strconv.Atoi(u.Gid)
		if err := os.Chown(s.dir, uid, gid); err != nil {
			return err
		}
		s.as = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	}
	cmd := s.command("initdb", "-D", filepath.Join(s.dir, "data"), "-A", "trust", "-U", "signalbox", "--no-sync", "-E", "UTF8", "--locale=C.UTF-8")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w\n%s", err, out)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	s.port = l.Addr().(*net.TCPAddr).Port
	s.URL = s.url("postgres")
	return l.Close()
}

func (s *Server) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(s.bin, name), args...)
	cmd.Dir = s.dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Credential: s.as}
	return cmd
}

// Start starts the server again after Stop, and waits until it answers.
func (s *Server) Start(t testing.TB) {
	t.Helper()
	if err := s.start(); err != nil {
		t.Fatalf("PostgreSQL: %v", err)
	}
}

// Stop ends the server at once, as a machine that fails would, and waits until it is gone.
func (s *Server) Stop(t testing.TB) {
	t.Helper()
	s.stop(syscall.SIGQUIT)
}

func (s *Server) start() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	out, err := os.OpenFile(filepath.Join(s.dir, "log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	args := []string{"-D", filepath.Join(s.dir, "data"), "-k", "", "-p", strconv.Itoa(s.port)}
	for _, c := range []string{"listen_addresses=127.0.0.1", "fsync=off", "full_page_writes=off", "max_connections=200", "deadlock_timeout=200ms"} {
		args = append(args, "-c", c)
	}
	cmd := s.command("postgres", args...)
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Start(); err != nil {
		return err
	}
	s.cmd, s.out = cmd, out
	for end := time.Now().Add(ceiling); ; time.Sleep(20 * time.Millisecond) {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		conn, err := pgx.Connect(ctx, s.URL)
		if err == nil {
			err = conn.Close(ctx)
			cancel()
			return err
		}
		cancel()
		if time.Now().After(end) {
			text, _ := os.ReadFile(filepath.Join(s.dir, "log"))
			return fmt.Errorf("the server does not answer: %w\n%s", err, text)
		}
	}
}

func (s *Server) stop(sig syscall.Signal) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cmd == nil {
		return
	}
	_ = s.cmd.Process.Signal(sig)
	_ = s.cmd.Wait()
	_ = s.out.Close()
	s.cmd = nil
}

func (s *Server) remove() {
	s.stop(syscall.SIGQUIT)
	_ = s.hold.Close()
	_ = s.guard.Wait()
}
