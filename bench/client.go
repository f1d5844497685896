package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/crypto/ssh"
)

const columns, rows = 120, 40

// counting counts what a connection brings in.
type counting struct {
	net.Conn
	in atomic.Int64
}

func (c *counting) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.in.Add(int64(n))
	return n, err
}

// session is one caller with a screen.
type session struct {
	conn   *counting
	client *ssh.Client
	keys   io.Writer
	down   bool // the next key is k

	mu      sync.Mutex
	payload int
	chunks  []int // bytes of each piece since Reset
	tail    []byte
	want    []byte
	got     chan time.Time
	err     error
}

// signer is the key with which a caller comes in: that of the server's person, or any.
func signer(pem []byte) (ssh.Signer, error) {
	if pem != nil {
		return ssh.ParsePrivateKey(pem)
	}
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	return ssh.NewSignerFromKey(private)
}

// dial opens a screen. The channel gets the instant at which what it brings contains want.
func dial(addr string, key ssh.Signer, want string) (*session, <-chan time.Time, error) {
	raw, err := net.Dial("tcp", addr)
	if err != nil {
		return nil, nil, err
	}
	s := &session{conn: &counting{Conn: raw}}
	c, channels, requests, err := ssh.NewClientConn(s.conn, addr, &ssh.ClientConfig{User: "x", Auth: []ssh.AuthMethod{ssh.PublicKeys(key)},
		HostKeyCallback: ssh.InsecureIgnoreHostKey(), Timeout: 30 * time.Second}) //nolint:gosec // a benchmark's own server
	if err != nil {
		return nil, nil, err
	}
	s.client = ssh.NewClient(c, channels, requests)
	sess, err := s.client.NewSession()
	if err != nil {
		return nil, nil, err
	}
	if s.keys, err = sess.StdinPipe(); err != nil {
		return nil, nil, err
	}
	out, err := sess.StdoutPipe()
	if err != nil {
		return nil, nil, err
	}
	_ = sess.Setenv("LANG", "C.UTF-8")
	_ = sess.Setenv("COLORTERM", "truecolor")
	if err := sess.RequestPty("xterm-256color", rows, columns, nil); err != nil {
		return nil, nil, err
	}
	seen := s.expect(want)
	if err := sess.Shell(); err != nil {
		return nil, nil, err
	}
	go s.read(out)
	return s, seen, nil
}

func (s *session) read(out io.Reader) {
	b := make([]byte, 32<<10)
	for {
		n, err := out.Read(b)
		at := time.Now()
		s.mu.Lock()
		s.payload += n
		if len(s.chunks) < 4096 {
			s.chunks = append(s.chunks, n)
		}
		if s.want != nil {
			s.tail = append(s.tail, b[:n]...)
			if bytes.Contains(s.tail, s.want) {
				s.want, s.tail = nil, s.tail[:0]
				s.got <- at
			}
			if len(s.tail) > 64<<10 {
				s.tail = append(s.tail[:0], s.tail[len(s.tail)-64:]...)
			}
		}
		if err != nil {
			s.err = err
			s.mu.Unlock()
			return
		}
		s.mu.Unlock()
	}
}

// expect waits for a text among what comes from now on.
func (s *session) expect(text string) <-chan time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.want, s.tail = []byte(text), s.tail[:0]
	s.got = make(chan time.Time, 1)
	return s.got
}

// take returns what came since it was called last: the bytes inside of the channel, piece by piece, and those
// on the wire.
func (s *session) take() (chunks []int, wire int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	chunks, s.chunks = s.chunks, nil
	return chunks, int(s.conn.in.Swap(0))
}

var errSilent = errors.New("nothing came within 20 s")

// key presses a key that moves the cursor and returns how long the marker took to arrive. An answer without the
// marker, such as a clock's, does not count.
func (s *session) key() (time.Duration, error) {
	k := "j"
	if s.down {
		k = "k"
	}
	s.down = !s.down
	got := s.expect("▌")
	begun := time.Now()
	if _, err := io.WriteString(s.keys, k); err != nil {
		return 0, err
	}
	select {
	case at := <-got:
		return at.Sub(begun), nil
	case <-time.After(20 * time.Second):
		return 0, errSilent
	}
}

func (s *session) close() {
	_ = s.conn.Conn.(*net.TCPConn).SetLinger(0)
	_ = s.conn.Close()
}

// crowd opens n screens, some at a time, each until its first frame.
func crowd(addr string, key ssh.Signer, n int, want string) ([]*session, error) {
	out := make([]*session, n)
	errs := make(chan error, n)
	turn := make(chan struct{}, 16)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			turn <- struct{}{}
			defer func() { <-turn }()
			s, seen, err := dial(addr, key, want)
			if err != nil {
				errs <- err
				return
			}
			out[i] = s
			select {
			case <-seen:
			case <-time.After(60 * time.Second):
				errs <- fmt.Errorf("a screen without %q", want)
			}
		})
	}
	wg.Wait()
	select {
	case err := <-errs:
		return out, err
	default:
		return out, nil
	}
}
