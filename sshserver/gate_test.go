package sshserver

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/netip"
	"testing"
	"time"

	"signalbox/release/verb"
)

func dialTCP(addr string) (net.Conn, error) { return net.Dial("tcp", addr) }

func blockUntil(started, finish chan struct{}, says string) func(context.Context, verb.Call) (verb.Answer, error) {
	return func(context.Context, verb.Call) (verb.Answer, error) {
		close(started)
		<-finish
		return verb.Answer{Lines: []string{says}}, nil
	}
}

// knock connects and reports whether the server introduces itself.
func knock(t *testing.T, addr string) (net.Conn, bool) {
	t.Helper()
	conn, err := dialTCP(addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	_ = conn.SetReadDeadline(time.Now().Add(ceiling))
	hello := make([]byte, len("SSH-2.0-signalbox"))
	_, err = io.ReadFull(conn, hello)
	return conn, err == nil && bytes.Equal(hello, []byte("SSH-2.0-signalbox"))
}

func TestSlowHandshakeIsCut(t *testing.T) {
	f := open(t, func(o *Options) { o.Limits.Handshake = 300 * time.Millisecond })
	conn, ok := knock(t, f.addr)
	if !ok {
		t.Fatal("no greeting")
	}
	// One byte after the other: each is progress, and none moves the end.
	for sent := 0; ; sent++ {
		if sent == 100_000 {
			t.Fatal("the connection is still open")
		}
		if _, err := conn.Write([]byte("S")); err != nil {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	eventually(t, "its place is free", func() bool { return len(f.server.gate.all()) == 0 })
	// So is one that says nothing.
	silent, _ := knock(t, f.addr)
	_, err := io.Copy(io.Discard, silent)
	if ne, ok := err.(net.Error); ok && ne.Timeout() {
		t.Error("a silent connection was kept")
	}
}

func TestAuthenticatedButIdleConnectionIsCut(t *testing.T) {
	f := open(t, func(o *Options) { o.Limits.Open = 100 * time.Millisecond })
	key, _ := f.person("j.ruiz")
	c, _ := f.client(key)
	_ = c.Wait()
	c, _ = f.client(key) // with a session, but without a shell
	if _, err := c.NewSession(); err != nil {
		t.Fatal(err)
	}
	_ = c.Wait()
	eventually(t, "both have gone", func() bool { return f.server.Sessions() == 0 && len(f.server.gate.all()) == 0 })
}

func TestConnectionsOfOneAddressAreCapped(t *testing.T) {
	f := open(t, func(o *Options) { o.Limits.PerSource = 5 })
	var first net.Conn
	for i := range 5 {
		conn, ok := knock(t, f.addr)
		if !ok {
			t.Fatalf("connection %d was refused", i+1)
		}
		first = conn
	}
	if _, ok := knock(t, f.addr); ok {
		t.Fatal("the sixth connection was let in")
	}
	first.Close()
	eventually(t, "a place is free again", func() bool { _, ok := knock(t, f.addr); return ok })
}

func TestConnectionsWithoutAKeyAreCapped(t *testing.T) {
	f := open(t, func(o *Options) { o.Limits.Startups = 3; o.Limits.Total = 5 })
	key, _ := f.person("j.ruiz")
	f.client(key)
	f.client(key) // they have a key and do not count
	var last net.Conn
	for range 3 {
		conn, ok := knock(t, f.addr)
		if !ok {
			t.Fatal("refused too early")
		}
		last = conn
	}
	if _, ok := knock(t, f.addr); ok {
		t.Fatal("a fourth connection without a key was let in")
	}
	last.Close()
	eventually(t, "somebody with a key comes in again", func() bool {
		c, _, err := f.dial(key)
		if err == nil {
			t.Cleanup(func() { c.Close() })
		}
		return err == nil
	})
	if _, ok := knock(t, f.addr); ok {
		t.Error("the total of five was passed")
	}
}

func TestNewConnectionsOfOneAddressAreMetered(t *testing.T) {
	f := open(t, func(o *Options) {
		o.Limits.Rate, o.Limits.Burst = 1, 3
		start := time.Now()
		o.Now = func() time.Time { return start } // no token comes back
	})
	for i := range 6 {
		if _, ok := knock(t, f.addr); ok != (i < 3) {
			t.Errorf("connection %d: let in: %v", i+1, ok)
		}
	}
}

func TestTrustedNetworksAreNotMetered(t *testing.T) {
	f := open(t, func(o *Options) {
		o.Limits.Rate, o.Limits.Burst, o.Limits.PerSource = 1e-9, 1, 1
		o.Limits.Trusted = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	})
	for i := range 6 {
		if _, ok := knock(t, f.addr); !ok {
			t.Errorf("connection %d was refused", i+1)
		}
	}
}

func TestDefaultBucketStaysUnderTwentyASecond(t *testing.T) {
	l := Limits{}.withDefaults()
	// A scanner opens what it can for a second and a half.
	if perSecond := (float64(l.Burst) + 1.5*l.Rate) / 1.5; perSecond >= 20 {
		t.Errorf("%.1f connections a second", perSecond)
	}
}

func TestSourcesAreForgotten(t *testing.T) {
	now := time.Now()
	g := newGate(nil, Limits{}.withDefaults(), func() time.Time { return now }, nil)
	for i := range 1000 {
		a, why := g.admit(fakeConn{addr: netip.AddrFrom16([16]byte{0x20, 1, 0, 0, 0, 0, byte(i >> 8), byte(i), 1})})
		if a == nil {
			t.Fatal(why)
		}
		_ = a.Close()
	}
	if len(g.sources) != 1000 {
		t.Errorf("%d sources of 1,000 networks", len(g.sources))
	}
	now = now.Add(time.Minute)
	if a, _ := g.admit(fakeConn{addr: netip.MustParseAddr("2001:db8::1")}); a == nil || len(g.sources) != 1 {
		t.Errorf("%d sources are kept", len(g.sources))
	}
	// One /64 is one source, and an IPv4 address is the same in both notations.
	if network(netip.MustParseAddr("2001:db8::1")) != network(netip.MustParseAddr("2001:db8::ffff:1")) ||
		network(netip.MustParseAddr("192.0.2.1")) == network(netip.MustParseAddr("192.0.2.2")) {
		t.Error("networks are not told apart as they should be")
	}
	if sourceOf(&net.TCPAddr{IP: net.ParseIP("::ffff:192.0.2.1")}) != netip.MustParseAddr("192.0.2.1") {
		t.Error("a mapped address is a source of its own")
	}
}

type fakeConn struct {
	net.Conn
	addr netip.Addr
}

func (c fakeConn) RemoteAddr() net.Addr {
	return net.TCPAddrFromAddrPort(netip.AddrPortFrom(c.addr, 1))
}
func (c fakeConn) Close() error { return nil }
