package main

import (
	"bufio"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net"
	"net/netip"
	"os"
	"runtime/debug"
	"runtime/pprof"
	"strings"
	"sync"
	"time"

	tea "charm.land/bubbletea/v2"
	wishssh "charm.land/ssh"
	"charm.land/wish/v2"
	"charm.land/wish/v2/bubbletea"
	"golang.org/x/crypto/ssh"

	"signalbox/httpserver"
	"signalbox/release/verb"
	"signalbox/sshserver"
)

// order is one line on a server's standard input, and answer the line with which it answers.
type order struct {
	Do   string `json:"do"` // gc, change, sizes
	N    int    `json:"n,omitempty"`
	Key  int    `json:"key,omitempty"`
	Tick int    `json:"tick,omitempty"`
}

type answer struct {
	SSH       string    `json:"ssh,omitempty"`
	HTTP      string    `json:"http,omitempty"`
	Key       []byte    `json:"key,omitempty"` // of the person who may come in
	Token     string    `json:"token,omitempty"`
	Dir       string    `json:"dir,omitempty"`
	Committed time.Time `json:"committed,omitzero"`
	Reads     int64     `json:"reads,omitempty"`
	Err       string    `json:"err,omitempty"`
}

// echo is what the raw server answers, in bytes: the first frame, a key, a second.
type echo struct{ first, key, tick int }

// serve is the process of one server: ours, stock or raw. It ends with its standard input.
func serve(kind, root string, size echo) error {
	dir, err := os.MkdirTemp("", "signalbox-bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return err
	}
	host, err := ssh.NewSignerFromKey(private)
	if err != nil {
		return err
	}
	hello := answer{SSH: listener.Addr().String(), Dir: dir}
	var h *house
	switch kind {
	case "raw":
		go serveRaw(listener, host, size)
	default:
		if h, err = newHouse(context.Background(), root, dir); err != nil {
			return err
		}
		defer h.stop()
		if kind == "stock" {
			err = serveStock(h, listener, host)
		} else {
			err = serveOurs(h, listener, host, &hello)
		}
		if err != nil {
			return err
		}
	}
	if file := os.Getenv("BENCH_PROFILE"); file != "" {
		f, err := os.Create(file + "." + kind)
		if err != nil {
			return err
		}
		if err := pprof.StartCPUProfile(f); err != nil {
			return err
		}
		defer func() {
			pprof.StopCPUProfile()
			_ = f.Close()
			if heap, err := os.Create(file + "." + kind + ".heap"); err == nil {
				_ = pprof.Lookup("heap").WriteTo(heap, 0)
				_ = heap.Close()
			}
		}()
	}
	out := json.NewEncoder(os.Stdout)
	_ = out.Encode(hello)
	in := json.NewDecoder(bufio.NewReader(os.Stdin))
	for {
		var o order
		if err := in.Decode(&o); err != nil {
			return nil
		}
		var a answer
		switch o.Do {
		case "gc":
			debug.FreeOSMemory()
			if file := os.Getenv("BENCH_PROFILE"); file != "" {
				if heap, err := os.Create(file + "." + kind + ".live"); err == nil {
					_ = pprof.Lookup("heap").WriteTo(heap, 0)
					_ = heap.Close()
				}
			}
		case "change":
			a = h.disturb(o.N)
		}
		_ = out.Encode(a)
	}
}

// watched begins a version whose letters stand nowhere else, so that a screen shows them only when it shows it.
const watched = "jqjqjq."

// disturb asks for one more change, which every queue shows, and tells when that was durable and how often the
// store was read in the second after.
func (h *house) disturb(n int) answer {
	_, err := h.change(context.Background(), "k.ito", "status-page", fmt.Sprintf("%s%d", watched, n), "normal", "watched by a thousand")
	if err != nil {
		return answer{Err: err.Error()}
	}
	a := answer{Committed: time.Now()}
	before := h.store.reads.Load()
	time.Sleep(700 * time.Millisecond)
	a.Reads = h.store.reads.Load() - before
	return a
}

func serveOurs(h *house, l net.Listener, host ssh.Signer, hello *answer) error {
	door, err := sshserver.New(sshserver.Options{Listener: l, HostKey: host, Service: h.control, Open: h.model,
		Limits: sshserver.Limits{Trusted: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, Idle: time.Hour}})
	if err != nil {
		return err
	}
	go door.Serve() //nolint:errcheck
	fast := httpserver.Rate{PerSecond: 1e6, Burst: 1e6}
	hooks, err := httpserver.New(httpserver.Options{Service: h.control, Receivers: h.control.Wiring.Receivers, Now: clock,
		Limits: httpserver.Limits{HookRate: fast, AskRate: fast, FailureRate: fast}})
	if err != nil {
		return err
	}
	web, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	go hooks.Serve(web) //nolint:errcheck
	hello.HTTP = web.Addr().String()
	a, err := h.control.Do(context.Background(), verb.Call{Verb: "token add", Actor: h.actors["you"], Args: []string{"bench"}, Flags: map[string][]string{"scope": {"gate"}}})
	if err != nil {
		return err
	}
	var b strings.Builder
	if err := verb.Write(&b, a, true); err != nil {
		return err
	}
	var t struct {
		Token string `json:"token"`
	}
	if err := json.Unmarshal([]byte(b.String()), &t); err != nil {
		return err
	}
	hello.Token = t.Token
	hello.Key = h.private
	return nil
}

// serveStock serves the same screens under Bubble Tea's own renderer and wish's own middleware.
func serveStock(h *house, l net.Listener, host ssh.Signer) error {
	srv, err := wish.NewServer(
		func(s *wishssh.Server) error { s.AddHostKey(host); return nil },
		wishssh.PublicKeyAuth(func(wishssh.Context, wishssh.PublicKey) bool { return true }),
		wish.WithMiddleware(bubbletea.Middleware(func(s wishssh.Session) (tea.Model, []tea.ProgramOption) {
			pty, _, _ := s.Pty()
			m, _ := h.model(sshserver.Session{Actor: h.actors["you"], Person: h.people["you"], Term: pty.Term, Env: map[string]string{"LANG": "C.UTF-8"},
				Width: pty.Window.Width, Height: pty.Window.Height, Done: s.Context().Done()})
			return m, nil
		})),
		wishssh.EmulatePty(),
	)
	if err != nil {
		return err
	}
	go srv.Serve(l) //nolint:errcheck
	return nil
}

// serveRaw is the limit: x/crypto/ssh with nothing behind it. It answers a shell, a key and a second with as
// many bytes as ours does.
func serveRaw(l net.Listener, host ssh.Signer, size echo) {
	config := &ssh.ServerConfig{PublicKeyCallback: func(ssh.ConnMetadata, ssh.PublicKey) (*ssh.Permissions, error) { return nil, nil }}
	config.AddHostKey(host)
	fill := func(n int) []byte { return []byte("▌" + strings.Repeat("x", max(0, n-len("▌")))) }
	first, key, tick := fill(size.first), fill(size.key), []byte(strings.Repeat("x", size.tick))
	for {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		go func() {
			_, channels, requests, err := ssh.NewServerConn(conn, config)
			if err != nil {
				return
			}
			go ssh.DiscardRequests(requests)
			for c := range channels {
				ch, in, err := c.Accept()
				if err != nil {
					return
				}
				shell := make(chan struct{})
				go func() {
					for r := range in {
						_ = r.Reply(true, nil)
						if r.Type == "shell" {
							close(shell)
						}
					}
				}()
				go func() {
					<-shell
					var mu sync.Mutex
					send := func(b []byte) error {
						mu.Lock()
						defer mu.Unlock()
						_, err := ch.Write(b)
						return err
					}
					_ = send(first)
					gone := make(chan struct{})
					go func() {
						t := time.NewTicker(time.Second)
						defer t.Stop()
						for {
							select {
							case <-t.C:
								_ = send(tick)
							case <-gone:
								return
							}
						}
					}()
					b := make([]byte, 64)
					for {
						if _, err := ch.Read(b); err != nil {
							break
						}
						_ = send(key)
					}
					close(gone)
				}()
			}
		}()
	}
}
