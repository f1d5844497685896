package httpserver

import (
	"net"
	"net/http"
	"net/netip"
	"sync"
)

// conns counts open connections, in all and of each holder, and closes a new one that is too many before
// a byte of it is read. Believed proxies have no cap of their own.
type conns struct {
	total, each int
	exempt      func(netip.Addr) bool
	meters      *meters

	mu   sync.Mutex
	open int
	held map[netip.Addr]int
}

// moved is the http.Server's ConnState hook: each connection comes as StateNew once and as StateClosed once.
func (c *conns) moved(conn net.Conn, state http.ConnState) {
	switch state {
	case http.StateNew:
		if !c.enter(connPeer(conn)) {
			c.meters.connsRefused.Inc()
			_ = conn.Close() // the server finds it closed and says StateClosed
		}
	case http.StateClosed, http.StateHijacked:
		c.leave(connPeer(conn))
	}
}

func (c *conns) enter(a netip.Addr) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	k := holder(a)
	c.open++
	c.held[k]++
	c.meters.conns.Set(float64(c.open))
	return c.open <= c.total && (c.held[k] <= c.each || c.exempt(a))
}

func (c *conns) leave(a netip.Addr) {
	c.mu.Lock()
	defer c.mu.Unlock()
	k := holder(a)
	c.open--
	if c.held[k]--; c.held[k] <= 0 {
		delete(c.held, k)
	}
	c.meters.conns.Set(float64(c.open))
}
