package httpserver

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// maxHops is how far a chain of proxies is followed.
const maxHops = 16

// peer is the address at the other end of the connection; the zero Addr where it has none (a Unix socket).
func peer(addr string) netip.Addr {
	a, err := netip.ParseAddrPort(addr)
	if err != nil {
		return netip.Addr{}
	}
	return a.Addr().Unmap().WithZone("")
}

func connPeer(c net.Conn) netip.Addr { return peer(c.RemoteAddr().String()) }

// source is whom a request is charged to: its peer, or, where that is a believed proxy, the last address of
// X-Forwarded-For that is none. Whoever is further left in the header was named by a stranger.
func (s *Server) source(r *http.Request) netip.Addr {
	from := peer(r.RemoteAddr)
	if !s.isProxy(from) {
		return from
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	slices.Reverse(hops)
	for _, h := range hops[:min(len(hops), maxHops)] {
		a, err := netip.ParseAddr(strings.TrimSpace(h))
		if err != nil {
			break
		}
		if from = a.Unmap().WithZone(""); !s.isProxy(from) {
			break
		}
	}
	return from
}

func (s *Server) isProxy(a netip.Addr) bool {
	return slices.ContainsFunc(s.proxies, func(p netip.Prefix) bool { return p.Contains(a) })
}

// holder is the owner of an address: the address itself in IPv4; in IPv6 its /64, which one host has whole.
func holder(a netip.Addr) netip.Addr {
	if !a.Is6() {
		return a
	}
	p, err := a.Prefix(64)
	if err != nil {
		return a
	}
	return p.Addr()
}

// local reports whether a process on this machine asks directly. A request that was passed on by a proxy
// on this machine has a peer on loopback and a sender anywhere.
func local(r *http.Request) bool {
	for _, h := range []string{"Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-Ip", "Via"} {
		if len(r.Header.Values(h)) > 0 {
			return false
		}
	}
	return peer(r.RemoteAddr).IsLoopback()
}
