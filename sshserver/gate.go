package sshserver

import (
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"
)

// gate is the listener: it lets a connection in while its source and all sources together are within the
// limits, and closes it unread where they are not.
type gate struct {
	net.Listener
	limits Limits
	now    func() time.Time
	log    *slog.Logger

	mu       sync.Mutex
	open     map[*admitted]struct{}
	startups int
	sources  map[netip.Prefix]*source
	swept    time.Time
	empty    chan struct{} // set while draining; closed when nobody is left
}

// source is one address, or one IPv6 /64.
type source struct {
	open   int
	bucket *rate.Limiter
}

// admitted is a connection that was let in. Close may be called often.
type admitted struct {
	net.Conn
	gate   *gate
	source netip.Prefix
	// verified is guarded by gate.mu: the caller has proved a key.
	verified bool
	// busy is set while a session is open, so that a drain lets it finish.
	busy   atomic.Bool
	closed sync.Once
}

func newGate(l net.Listener, limits Limits, now func() time.Time, log *slog.Logger) *gate {
	return &gate{Listener: l, limits: limits, now: now, log: log,
		open: map[*admitted]struct{}{}, sources: map[netip.Prefix]*source{}}
}

// Accept returns the next connection within the limits.
func (g *gate) Accept() (net.Conn, error) {
	for {
		conn, err := g.Listener.Accept()
		if err != nil {
			return nil, err
		}
		a, why := g.admit(conn)
		if a != nil {
			return a, nil
		}
		g.log.Debug("ssh connection refused", "remote", conn.RemoteAddr().String(), "why", why)
		_ = conn.Close()
	}
}

// admit returns nil and the reason where the connection is one too many.
func (g *gate) admit(conn net.Conn) (*admitted, string) {
	addr := sourceOf(conn.RemoteAddr())
	trusted := g.trusts(addr)
	key := network(addr)
	now := g.now()
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.empty != nil {
		return nil, "the server is shutting down"
	}
	g.sweep(now)
	src := g.sources[key]
	if src == nil {
		src = &source{bucket: rate.NewLimiter(rate.Limit(g.limits.Rate), g.limits.Burst)}
		g.sources[key] = src
	}
	switch {
	case !trusted && !src.bucket.AllowN(now, 1):
		return nil, "too many new connections from one address"
	case !trusted && src.open >= g.limits.PerSource:
		return nil, "too many connections from one address"
	case g.startups >= g.limits.Startups:
		return nil, "too many connections without a verified key"
	case len(g.open) >= g.limits.Total:
		return nil, "too many connections"
	}
	a := &admitted{Conn: conn, gate: g, source: key}
	g.open[a] = struct{}{}
	src.open++
	g.startups++
	return a, ""
}

// sweep forgets sources that hold nothing and owe nothing, at most once a second.
func (g *gate) sweep(now time.Time) {
	if now.Sub(g.swept) < time.Second {
		return
	}
	g.swept = now
	for key, src := range g.sources {
		if src.open == 0 && src.bucket.TokensAt(now) >= float64(g.limits.Burst) {
			delete(g.sources, key)
		}
	}
}

func (g *gate) trusts(addr netip.Addr) bool {
	for _, p := range g.limits.Trusted {
		if p.Contains(addr) {
			return true
		}
	}
	return false
}

// drain lets nobody in any more, closes who has no session and returns a channel that is closed when all
// have left.
func (g *gate) drain() <-chan struct{} {
	_ = g.Listener.Close()
	g.mu.Lock()
	if g.empty == nil {
		g.empty = make(chan struct{})
		if len(g.open) == 0 {
			close(g.empty)
		}
	}
	empty := g.empty
	g.mu.Unlock()
	for _, a := range g.all() {
		if !a.busy.Load() {
			_ = a.Close()
		}
	}
	return empty
}

// cutAll closes every connection and returns how many there were.
func (g *gate) cutAll() int {
	all := g.all()
	for _, a := range all {
		a.cut()
	}
	return len(all)
}

func (g *gate) all() []*admitted {
	g.mu.Lock()
	defer g.mu.Unlock()
	out := make([]*admitted, 0, len(g.open))
	for a := range g.open {
		out = append(out, a)
	}
	return out
}

// verify counts the connection as one of a known person.
func (a *admitted) verify() {
	a.gate.mu.Lock()
	defer a.gate.mu.Unlock()
	if _, open := a.gate.open[a]; open && !a.verified {
		a.verified = true
		a.gate.startups--
	}
}

// Close ends the connection; what was written is still sent.
func (a *admitted) Close() error {
	err := net.ErrClosed
	a.closed.Do(func() {
		err = a.Conn.Close()
		g := a.gate
		g.mu.Lock()
		defer g.mu.Unlock()
		delete(g.open, a)
		if !a.verified {
			g.startups--
		}
		if src := g.sources[a.source]; src != nil {
			src.open--
		}
		if g.empty != nil && len(g.open) == 0 {
			close(g.empty)
		}
	})
	return err
}

// cut ends the connection at once and throws away what the peer does not read, so that the kernel does
// not keep it for minutes.
func (a *admitted) cut() {
	if tcp, ok := a.Conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = a.Close()
}

func sourceOf(addr net.Addr) netip.Addr {
	if tcp, ok := addr.(*net.TCPAddr); ok {
		return tcp.AddrPort().Addr().Unmap()
	}
	return netip.Addr{}
}

// network is what one caller can easily choose its addresses from: a /64 for IPv6.
func network(addr netip.Addr) netip.Prefix {
	bits := addr.BitLen()
	if addr.Is6() {
		bits = 64
	}
	p, err := addr.WithZone("").Prefix(bits)
	if err != nil {
		return netip.Prefix{}
	}
	return p
}
