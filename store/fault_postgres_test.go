package store_test

import (
	"bytes"
	"context"
	"net"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"signalbox/release"
	"signalbox/release/port"
	"signalbox/store"
	"signalbox/store/storetest"
)

func TestPostgresStopped(t *testing.T) {
	server := storetest.StartPostgres(t)
	hub := &storetest.Hub{}
	s := create(t, store.Options{URL: server.URL, Publisher: hub})
	l := crisis(t, s, func() {
		server.Stop(t)
		says(t, s.Ping(context.Background()), release.Unavailable, "PostgreSQL does not answer")
		err := s.Read(context.Background(), func(r port.Reader) error { _, err := r.AuditSize(context.Background()); return err })
		says(t, err, release.Unavailable, "PostgreSQL does not answer")
		hub.Drain()
	}, func() {
		server.Start(t)
	})
	says(t, l.refusals[len(l.refusals)-1], release.Unavailable, "PostgreSQL does not answer")
	if err := s.Ping(context.Background()); err != nil {
		t.Fatal(err)
	}
	// What others wrote while nobody listened is told of afterwards: every topic.
	hub.Wait(t, port.Catalog)
}

// cutter is a wire between the store and the server that can be cut at a COMMIT.
type cutter struct {
	listener net.Listener
	server   string
	how      atomic.Int32 // how the next commit is cut
	wires    sync.WaitGroup

	mu     sync.Mutex
	down   bool // no connection is let through
	fronts []net.Conn
}

const (
	answerLost = 1 + iota // the server gets the commit, and its answer is lost
	commitLost            // the server never gets it
	allLost               // the answer is lost, and so is every connection, and none is let through again
)

// hang cuts every connection and lets none through, or lets them through again.
func (c *cutter) hang(down bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.down = down
	for _, f := range c.fronts {
		_ = f.Close()
	}
	c.fronts = nil
}

// admit reports whether a connection is let through.
func (c *cutter) admit(front net.Conn) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.down {
		c.fronts = append(c.fronts, front)
	}
	return !c.down
}

func newCutter(t *testing.T, server string) (*cutter, string) {
	t.Helper()
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := &cutter{listener: l, server: u.Host}
	c.wires.Go(c.serve)
	t.Cleanup(func() { _ = l.Close(); c.wires.Wait() })
	u.Host = l.Addr().String()
	return c, u.String()
}

func (c *cutter) serve() {
	for {
		front, err := c.listener.Accept()
		if err != nil {
			return
		}
		if !c.admit(front) {
			_ = front.Close()
			continue
		}
		back, err := net.Dial("tcp", c.server)
		if err != nil {
			_ = front.Close()
			continue
		}
		cut := make(chan struct{})
		var once sync.Once
		c.wires.Go(func() {
			defer func() { _ = front.Close(); _ = back.Close() }()
			buf := make([]byte, 64<<10)
			for {
				n, err := front.Read(buf)
				if err != nil {
					return
				}
				if how := c.how.Load(); how != 0 && bytes.Contains(buf[:n], []byte("commit\x00")) {
					c.how.Store(0)
					once.Do(func() { close(cut) })
					if how != commitLost {
						_, _ = back.Write(buf[:n])
					}
					if how == allLost {
						c.hang(true)
					}
					return
				}
				if _, err := back.Write(buf[:n]); err != nil {
					return
				}
			}
		})
		c.wires.Go(func() {
			buf := make([]byte, 64<<10)
			for {
				_ = back.SetReadDeadline(time.Now().Add(5 * time.Millisecond))
				n, err := back.Read(buf)
				select {
				case <-cut:
					return
				default:
				}
				if n > 0 {
					if _, err := front.Write(buf[:n]); err != nil {
						return
					}
				}
				if e, ok := err.(net.Error); err != nil && (!ok || !e.Timeout()) {
					_ = front.Close()
					return
				}
			}
		})
	}
}

// TestPostgresCommitCutOff: a COMMIT whose answer never came is looked up, and its command is told the
// truth.
func TestPostgresCommitCutOff(t *testing.T) {
	server := storetest.Postgres(t)
	straight := create(t, store.Options{URL: server})
	c, through := newCutter(t, server)
	hub := &storetest.Hub{}
	s, err := store.Open(context.Background(), store.Options{URL: through, Publisher: hub})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	ctx := context.Background()
	if err := decide(ctx, s, "whole"); err != nil {
		t.Fatal(err)
	}
	hub.Drain()
	c.how.Store(answerLost)
	if err := decide(ctx, s, "answer-lost"); err != nil {
		t.Fatalf("it was committed, and its command was told: %v", err)
	}
	hub.Wait(t, port.Audit)
	c.how.Store(commitLost)
	says(t, decide(ctx, s, "commit-lost"), release.Unavailable, "PostgreSQL does not answer", "nothing was written")
	if got := stored(t, straight); len(got) != 2 || got[0] != "answer-lost" || got[1] != "whole" {
		t.Fatalf("stored: %v", got)
	}
	s.ResolveWithin(500 * time.Millisecond)
	c.how.Store(allLost)
	err = decide(ctx, s, "unknown")
	if err == nil {
		t.Fatal("acknowledged although the lookup could not be made")
	}
	says(t, err, release.Unavailable, "it is not known whether this was written", "look at it before you do it again")
	c.hang(false)
	if err := decide(ctx, s, "afterwards"); err != nil {
		t.Fatal(err)
	}
}

// TestPostgresStandstill: a process that stands still in the middle of its command loses it, and the
// others go on.
func TestPostgresStandstill(t *testing.T) {
	server := storetest.Postgres(t)
	still := create(t, store.Options{URL: server + "&idle_in_transaction_session_timeout=300ms"})
	other := create(t, store.Options{URL: server})
	ctx := context.Background()
	inside, wake := make(chan struct{}), make(chan struct{})
	lost := make(chan error)
	go func() {
		first := true
		lost <- still.Write(ctx, func(tx port.Tx) error {
			if err := tx.SetMeta(ctx, "decided/still", "yes"); err != nil {
				return err
			}
			if first {
				first = false
				close(inside)
				<-wake
			}
			_, err := tx.Append(ctx, entry("still"))
			return err
		})
	}()
	<-inside
	if err := decide(ctx, other, "other"); err != nil {
		t.Fatalf("stopped by one that stands still: %v", err)
	}
	close(wake)
	says(t, <-lost, release.Unavailable, "nothing was written")
	if got := stored(t, other); len(got) != 1 || got[0] != "other" {
		t.Fatalf("stored: %v", got)
	}
}
