package main

import (
	"database/sql"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
)

// TestNothingIsLeftOf200CutSessions: two hundred screens are opened and their connections cut without a
// word; the server's goroutines and open files return to what they were.
func TestNothingIsLeftOf200CutSessions(t *testing.T) {
	n := 200
	if testing.Short() {
		n = 20
	}
	b := newBox(t, "")
	bob, _ := company(b)
	b.write("signalbox.yaml", hookConfig+"ssh:\n  trusted: [127.0.0.0/8]\n")
	b.pending("cut", 3)
	s := b.serve()
	term := s.screen(bob, 80, 24) // the runtime is warm once one session has come and gone
	term.wait("CHG-1")
	term.press("q")
	until(t, "the first session to end", func() bool { return s.gauge("signalbox_ssh_sessions") <= 1 }, term.text)
	term.close()
	until(t, "the first session to be gone", func() bool { return s.gauge("signalbox_ssh_sessions") == 0 }, s.log.String)
	// The job engine's own parts start once it has learned that it leads, some seconds after the start.
	until(t, "the job engine to lead", func() bool { return leads(t, b) }, s.log.String)
	goroutines, files := settled(s)
	for since := time.Now(); time.Since(since) < 4*time.Second; time.Sleep(100 * time.Millisecond) {
		if g, f := settled(s); g > goroutines || f > files {
			goroutines, files, since = max(g, goroutines), max(f, files), time.Now()
		}
	}

	raw, err := os.ReadFile(bob)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := ssh.ParsePrivateKey(raw)
	if err != nil {
		t.Fatal(err)
	}
	conns := make([]net.Conn, n)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			conn, err := net.Dial("tcp", s.ssh)
			if err != nil {
				t.Error(err)
				return
			}
			conns[i] = conn
			c, chans, reqs, err := ssh.NewClientConn(conn, s.ssh, &ssh.ClientConfig{User: "x", Auth: []ssh.AuthMethod{ssh.PublicKeys(signer)},
				HostKeyCallback: func(string, net.Addr, ssh.PublicKey) error { return nil }})
			if err != nil {
				t.Error(err)
				return
			}
			client := ssh.NewClient(c, chans, reqs)
			sess, err := client.NewSession()
			if err == nil {
				err = sess.RequestPty("xterm-256color", 24, 80, nil)
			}
			if err == nil {
				err = sess.Shell() // its output is never read
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	until(t, "all sessions to be open", func() bool { return s.gauge("signalbox_ssh_sessions") == float64(n) }, s.log.String)
	for _, c := range conns {
		if c != nil {
			_ = c.(*net.TCPConn).SetLinger(0) // RST
			_ = c.Close()
		}
	}
	until(t, "goroutines and files to be as before", func() bool {
		return s.gauge("signalbox_ssh_sessions") == 0 && s.gauge("go_goroutines") <= goroutines+5 && s.gauge("process_open_fds") <= files+5
	}, func() string {
		return strconv.FormatFloat(s.gauge("go_goroutines"), 'f', 0, 64) + " goroutines, before " + strconv.FormatFloat(goroutines, 'f', 0, 64) +
			"; files " + strconv.FormatFloat(s.gauge("process_open_fds"), 'f', 0, 64) + ", before " + strconv.FormatFloat(files, 'f', 0, 64)
	})
	t.Logf("goroutines before %v, after %v; files before %v, after %v", goroutines, s.gauge("go_goroutines"), files, s.gauge("process_open_fds"))
}

// leads reports whether the process leads the job engine of a box.
func leads(t *testing.T, b *box) bool {
	t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(b.dir, "jobs.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	n := 0
	return db.QueryRow("SELECT COUNT(*) FROM river_leader").Scan(&n) == nil && n > 0
}

// settled are the most goroutines and files of many readings, each of which has a connection of its own.
func settled(s *server) (goroutines, files float64) {
	for range 20 {
		goroutines, files = max(goroutines, s.gauge("go_goroutines")), max(files, s.gauge("process_open_fds"))
	}
	return goroutines, files
}

// gauge reads one value of /metrics, -1 where it is not there.
func (s *server) gauge(name string) float64 {
	s.t.Helper()
	req, err := http.NewRequest(http.MethodGet, "http://"+s.http+"/metrics", nil)
	if err != nil {
		s.t.Fatal(err)
	}
	_, body := do(s.t, req)
	for line := range strings.Lines(body) {
		if rest, ok := strings.CutPrefix(line, name+" "); ok {
			v, err := strconv.ParseFloat(strings.TrimSpace(rest), 64)
			if err != nil {
				s.t.Fatal(err)
			}
			return v
		}
	}
	return -1
}
