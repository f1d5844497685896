// Package peertest starts the real systems that connectors talk to, as processes of their own, for tests: a
// Prometheus, an Alertmanager, and an exporter whose figures the test knows. It is linked into tests only and
// imports no other package of signalbox.
package peertest

import (
	"bytes"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// Ceiling is how long a test waits for anything.
const Ceiling = 30 * time.Second

// Peer is a running program with an HTTP address. It ends with the test.
type Peer struct {
	// URL is its address, the same after a restart.
	URL string

	t    testing.TB
	path string
	args []string
	cmd  *exec.Cmd
	done chan struct{} // closed when cmd has ended
	log  *log
}

// log keeps what a program writes, for the report of a failure.
type log struct {
	sync.Mutex
	bytes.Buffer
}

func (l *log) Write(b []byte) (int, error) {
	l.Lock()
	defer l.Unlock()
	return l.Buffer.Write(b)
}

func (l *log) tail() string {
	l.Lock()
	defer l.Unlock()
	b := l.Bytes()
	return string(b[max(0, len(b)-4000):])
}

// launch starts a program of a Debian package on a free port of this machine. args are given the address
// to listen on.
func launch(t testing.TB, program, debian string, args func(address string) []string) *Peer {
	t.Helper()
	path, err := exec.LookPath(program)
	if err != nil {
		t.Fatalf("%s is not installed: apt-get install -y %s", program, debian)
	}
	for try := 1; ; try++ {
		address := free(t)
		p := &Peer{URL: "http://" + address, t: t, path: path, args: args(address), log: &log{}}
		err := p.start()
		if err == nil {
			t.Cleanup(p.Stop)
			return p
		}
		p.Stop()
		if try == 3 { // another process may take the port between its choice and its use
			t.Fatalf("%s: %v\n%s", program, err, p.log.tail())
		}
	}
}

// Start starts the program again, on the same data and the same port, and waits until it is ready.
func (p *Peer) Start() {
	p.t.Helper()
	if err := p.start(); err != nil {
		p.t.Fatalf("%s: %v\n%s", filepath.Base(p.path), err, p.log.tail())
	}
}

func (p *Peer) start() error {
	cmd := exec.Command(p.path, p.args...)
	cmd.Stdout, cmd.Stderr = p.log, p.log
	if err := cmd.Start(); err != nil {
		return err
	}
	done := make(chan struct{})
	p.cmd, p.done = cmd, done
	go func() {
		_ = cmd.Wait() // it is killed, so it never ends well
		close(done)
	}()
	for end := time.Now().Add(Ceiling); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		select {
		case <-done:
			return fmt.Errorf("it ended at once")
		default:
		}
		if r, err := http.Get(p.URL + "/-/ready"); err == nil {
			_ = r.Body.Close()
			if r.StatusCode == http.StatusOK {
				return nil
			}
		}
	}
	return fmt.Errorf("it is not ready after %s", Ceiling)
}

// Stop kills the program and waits for its end. Its data stay.
func (p *Peer) Stop() {
	if p.cmd == nil {
		return
	}
	_ = p.cmd.Process.Kill() // it may have ended by itself
	<-p.done
	p.cmd = nil
}

// free is an address of this machine that nothing listens on now.
func free(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// Eventually waits until fn reports true, and fails the test with what it waited for.
func Eventually(t testing.TB, what string, fn func() bool) {
	t.Helper()
	for end := time.Now().Add(Ceiling); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if fn() {
			return
		}
	}
	t.Fatalf("not within %s: %s", Ceiling, what)
}

func file(t testing.TB, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// Prometheus starts a Prometheus that scrapes targets (host:port) every second. Native histograms are on.
func Prometheus(t testing.TB, targets ...string) *Peer {
	t.Helper()
	config := "global: {scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s}\nscrape_configs:\n- job_name: exporter\n  static_configs:\n  - targets: ['" +
		strings.Join(targets, "', '") + "']\n"
	if len(targets) == 0 {
		config = "global: {scrape_interval: 1s, scrape_timeout: 1s}\n"
	}
	path, data := file(t, "prometheus.yml", config), t.TempDir()
	return launch(t, "prometheus", "prometheus", func(address string) []string {
		return []string{"--config.file=" + path, "--storage.tsdb.path=" + data, "--web.listen-address=" + address,
			"--enable-feature=native-histograms", "--log.level=warn"}
	})
}
