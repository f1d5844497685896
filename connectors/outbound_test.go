package connectors_test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"signalbox/connectors"
	"signalbox/release"
)

// The first hop of every test is allowed at 127.0.0.2; 127.0.0.1 stands for what must not be reached.
var (
	allowed = netip.MustParsePrefix("127.0.0.2/32")
	trapped = netip.MustParseAddr("127.0.0.1")
)

// trap counts who connects.
type trap struct {
	net.Listener
	accepts atomic.Int64
}

func (l *trap) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err == nil {
		l.accepts.Add(1)
	}
	return c, err
}

func (l *trap) port() string {
	_, p, _ := net.SplitHostPort(l.Addr().String())
	return p
}

// lay listens at an address and serves whoever comes; the test ends with a check that nobody did.
func lay(t *testing.T, network, address string) *trap {
	t.Helper()
	l := listen(t, network, address)
	serve(t, l, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "the secrets of the machine") }))
	t.Cleanup(func() {
		if n := l.accepts.Load(); n != 0 {
			t.Errorf("%d connections to %s", n, l.Addr())
		}
	})
	return l
}

func listen(t *testing.T, network, address string) *trap {
	t.Helper()
	l, err := net.Listen(network, address)
	if err != nil {
		t.Fatal(err)
	}
	return &trap{Listener: l}
}

func serve(t *testing.T, l net.Listener, h http.Handler) *httptest.Server {
	s := httptest.NewUnstartedServer(h)
	s.Listener.Close()
	s.Listener = l
	s.Start()
	t.Cleanup(s.Close)
	return s
}

// pair listens at one port of the allowed and of the trapped address.
func pair(t *testing.T, h http.Handler) (good, bad *trap) {
	t.Helper()
	for range 50 {
		good = listen(t, "tcp4", "127.0.0.2:0")
		l, err := net.Listen("tcp4", "127.0.0.1:"+good.port())
		if err == nil {
			bad = &trap{Listener: l}
			serve(t, good, h)
			serve(t, bad, h)
			return good, bad
		}
		good.Close()
	}
	t.Fatal("no port is free at both addresses")
	return nil, nil
}

// names is a DNS server. Each question for a name takes the next of its answers, the last for ever; a name
// that it was not told of is at 127.0.0.1, as "2130706433" is for a resolver of the C library.
type names struct {
	mu      sync.Mutex
	answers map[string][]string
	asked   map[string]int
}

func (n *names) resolver(t *testing.T) *net.Resolver {
	t.Helper()
	c, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	n.asked = map[string]int{}
	go func() {
		b := make([]byte, 1500)
		for {
			size, from, err := c.ReadFrom(b)
			if err != nil {
				return
			}
			if answer := n.answer(b[:size]); answer != nil {
				c.WriteTo(answer, from)
			}
		}
	}()
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "udp4", c.LocalAddr().String())
	}}
}

// answer writes the header, the question as it came and one A record for each address (RFC 1035).
func (n *names) answer(question []byte) []byte {
	if len(question) < 12 {
		return nil
	}
	var labels []string
	at := 12
	for at < len(question) && question[at] != 0 {
		end := at + 1 + int(question[at])
		if end >= len(question) {
			return nil
		}
		labels = append(labels, string(question[at+1:end]))
		at = end
	}
	end := at + 5
	if end > len(question) {
		return nil
	}
	var addresses []string
	if binary.BigEndian.Uint16(question[at+1:]) == 1 {
		addresses = n.next(strings.ToLower(strings.Join(labels, ".")))
	}
	out := append([]byte{question[0], question[1], 0x81, 0x80, 0, 1, 0, byte(len(addresses)), 0, 0, 0, 0}, question[12:end]...)
	for _, a := range addresses {
		ip := netip.MustParseAddr(a).As4()
		out = append(out, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4)
		out = append(out, ip[:]...)
	}
	return out
}

func (n *names) next(name string) []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	all, known := n.answers[name]
	if !known {
		return []string{"127.0.0.1"}
	}
	i := min(n.asked[name], len(all)-1)
	n.asked[name]++
	return strings.Fields(all[i])
}

// TestRefusedAddresses is the corpus of SECURITY check 25: nothing that is not public is connected to, in
// whatever form it is written.
func TestRefusedAddresses(t *testing.T) {
	four := lay(t, "tcp4", "127.0.0.1:0")
	six := lay(t, "tcp6", "[::1]:0")
	any4 := lay(t, "tcp4", "0.0.0.0:0")
	dns := &names{answers: map[string][]string{
		"metadata.test": {"169.254.169.254"}, "private.test": {"10.0.0.1"}, "both.test": {"127.0.0.1 10.1.2.3"},
	}}
	o := connectors.Outbound{Resolver: dns.resolver(t), Timeout: 30 * time.Second}
	for _, c := range []struct {
		host   string
		noName bool // not a name either, so that it is not even asked for
	}{
		{host: "127.0.0.1"}, {host: "127.1.2.3"}, {host: "0.0.0.0"}, {host: "0.1.2.3"}, {host: "localhost"}, {host: "LOCALHOST"},
		{host: "localhost."}, {host: "loopback.test"}, {host: "metadata.test"}, {host: "private.test"}, {host: "both.test"},
		{host: "0x7f.1"}, {host: "0x7f000001"}, {host: "0x7f.0x0.0x0.0x1"}, {host: "127.0.0.1.nip.test"},
		{host: "2130706433", noName: true}, {host: "0177.0.0.1", noName: true}, {host: "017700000001", noName: true}, {host: "127.1", noName: true},
		{host: "169.254.169.254"}, {host: "169.254.170.2"}, {host: "100.100.100.200"}, {host: "192.0.0.192"},
		{host: "10.0.0.1"}, {host: "172.16.0.1"}, {host: "172.31.255.255"}, {host: "192.168.0.1"}, {host: "100.64.0.1"}, {host: "100.127.255.255"},
		{host: "198.18.0.1"}, {host: "192.0.2.1"}, {host: "198.51.100.1"}, {host: "203.0.113.1"}, {host: "224.0.0.1"}, {host: "240.0.0.1"}, {host: "255.255.255.255"},
		{host: "::1"}, {host: "::"}, {host: "::127.0.0.1"}, {host: "::ffff:127.0.0.1"}, {host: "::ffff:7f00:1"}, {host: "::ffff:169.254.169.254"}, {host: "::ffff:0:127.0.0.1"},
		{host: "64:ff9b::7f00:1"}, {host: "64:ff9b::a9fe:a9fe"}, {host: "64:ff9b:1::7f00:1"}, {host: "2002:7f00:1::"}, {host: "2001::7f00:1"},
		{host: "fe80::1"}, {host: "fe80::1%lo"}, {host: "fec0::1"}, {host: "5f00::1"}, {host: "4000::1"}, {host: "fc00::1"}, {host: "fd00:ec2::254"}, {host: "ff02::1"}, {host: "100::1"}, {host: "2001:db8::1"}, {host: "3fff::1"},
	} {
		for _, l := range []*trap{four, six, any4} {
			address := net.JoinHostPort(c.host, l.port())
			conn, err := o.Dial(t.Context(), "tcp", address)
			if err == nil {
				conn.Close()
				t.Fatalf("%s was dialled", address)
			}
			refused(t, address, err, c.noName)
			link := url.URL{Scheme: "http", Host: address, Path: "/latest/meta-data/"}
			r, err := o.Client().Get(link.String())
			if err == nil {
				r.Body.Close()
				t.Fatalf("%s was asked", link.String())
			}
			refused(t, link.String(), err, c.noName)
		}
	}
}

// refused wants ErrAddress, and a Usage error once it is put in words. What is no name to the resolver of the
// product ends there.
func refused(t *testing.T, what string, err error, noName bool) {
	t.Helper()
	var dns *net.DNSError
	switch {
	case noName && errors.As(err, &dns):
	case !errors.Is(err, connectors.ErrAddress):
		t.Errorf("%s: %v, want ErrAddress", what, err)
	case release.CodeOf(connectors.Unreached("x", err)) != release.Usage:
		t.Errorf("%s: %v, want a usage error", what, connectors.Unreached("x", err))
	}
}

func TestRefusedSocket(t *testing.T) {
	path := filepath.Join(t.TempDir(), "docker.sock")
	lay(t, "unix", path)
	_, err := connectors.Outbound{}.Dial(t.Context(), "unix", path)
	refused(t, "a socket", err, false)
}

func TestNoProxy(t *testing.T) {
	proxy := lay(t, "tcp4", "127.0.0.1:0")
	for _, v := range []string{"HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy", "ALL_PROXY"} {
		t.Setenv(v, "http://127.0.0.1:"+proxy.port())
	}
	good := listen(t, "tcp4", "127.0.0.2:0")
	serve(t, good, http.NotFoundHandler())
	o := connectors.Outbound{Allow: []netip.Prefix{allowed, netip.PrefixFrom(trapped, 32)}}
	r, err := o.Client().Get("http://127.0.0.2:" + good.port())
	if err != nil {
		t.Fatal(err)
	}
	r.Body.Close()
	if r.StatusCode != http.StatusNotFound || good.accepts.Load() != 1 {
		t.Errorf("HTTP %d after %d connections", r.StatusCode, good.accepts.Load())
	}
}

// TestCheck pairs what is public with what is not, at the edges of the networks.
func TestCheck(t *testing.T) {
	for _, a := range []string{"1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "169.253.255.255", "169.255.0.0", "172.15.255.255",
		"172.32.0.0", "192.167.255.255", "192.169.0.0", "198.17.255.255", "198.20.0.0", "223.255.255.255", "::ffff:8.8.8.8", "2606:4700:4700::1111", "2a00:1450::1"} {
		if err := (connectors.Outbound{}).Check(netip.MustParseAddr(a)); err != nil {
			t.Errorf("%s: %v", a, err)
		}
	}
	if err := (connectors.Outbound{}).Check(netip.Addr{}); !errors.Is(err, connectors.ErrAddress) {
		t.Errorf("no address: %v", err)
	}
	o := connectors.Outbound{Allow: []netip.Prefix{netip.MustParsePrefix("10.1.0.0/16"), netip.MustParsePrefix("fd00:1::/32")}}
	for a, want := range map[string]bool{"10.1.2.3": true, "::ffff:10.1.2.3": true, "10.2.0.0": false, "fd00:1::9": true, "fd00:2::9": false, "127.0.0.1": false} {
		if err := o.Check(netip.MustParseAddr(a)); (err == nil) != want {
			t.Errorf("%s: %v", a, err)
		}
	}
}

// TestCheckForms: the ways to write an IPv4 address within IPv6 change nothing, and a private network stays so.
func TestCheckForms(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var four [4]byte
		copy(four[:], rapid.SliceOfN(rapid.Byte(), 4, 4).Draw(t, "address"))
		if rapid.Bool().Draw(t, "private") {
			four[0] = rapid.SampledFrom([]byte{0, 10, 127, 240, 255}).Draw(t, "network")
		}
		a := netip.AddrFrom4(four)
		plain, mapped := connectors.Outbound{}.Check(a), connectors.Outbound{}.Check(netip.AddrFrom16(a.As16()))
		if (plain == nil) != (mapped == nil) {
			t.Fatalf("%s: %v, mapped: %v", a, plain, mapped)
		}
		if (a.IsPrivate() || a.IsLoopback() || four[0] == 0 || four[0] >= 224) && plain == nil {
			t.Fatalf("%s passed", a)
		}
		if (connectors.Outbound{Allow: []netip.Prefix{netip.PrefixFrom(a, 32)}}).Check(a) != nil {
			t.Fatalf("%s was allowed and did not pass", a)
		}
	})
}

// TestRebinding: a name that was good once is looked at again at each connection, and each of its addresses
// for itself.
func TestRebinding(t *testing.T) {
	good, bad := pair(t, http.NotFoundHandler())
	dns := &names{answers: map[string][]string{"rebind.test": {"127.0.0.2", "127.0.0.1"}, "mixed.test": {"127.0.0.1 127.0.0.2"}}}
	o := connectors.Outbound{Allow: []netip.Prefix{allowed}, Resolver: dns.resolver(t)}
	first, err := o.Client().Get("http://rebind.test.:" + good.port())
	if err != nil {
		t.Fatal(err)
	}
	first.Body.Close()
	_, err = o.Client().Get("http://rebind.test.:" + good.port())
	refused(t, "the second time", err, false)
	if good.accepts.Load() != 1 {
		t.Errorf("%d connections to the allowed address", good.accepts.Load())
	}
	conn, err := o.Dial(t.Context(), "tcp", "mixed.test.:"+good.port())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if got := conn.RemoteAddr().(*net.TCPAddr).AddrPort().Addr(); got != allowed.Addr() {
		t.Errorf("connected to %s", got)
	}
	if n := bad.accepts.Load(); n != 0 {
		t.Errorf("%d connections to the trap", n)
	}
}

// TestRedirects: an allowed server that sends us on to what is not.
func TestRedirects(t *testing.T) {
	four, six := lay(t, "tcp4", "127.0.0.1:0"), lay(t, "tcp6", "[::1]:0")
	first := listen(t, "tcp4", "127.0.0.2:0")
	var to atomic.Value
	serve(t, first, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, to.Load().(string), http.StatusTemporaryRedirect)
	}))
	o := connectors.Outbound{Allow: []netip.Prefix{allowed}, Resolver: (&names{}).resolver(t)}
	for _, host := range []string{"127.0.0.1", "localhost", "0.0.0.0", "[::ffff:127.0.0.1]", "0x7f.1", "loopback.test", "[::1]", "169.254.169.254", "[fd00:ec2::254]"} {
		for _, l := range []*trap{four, six} {
			to.Store("http://" + host + ":" + l.port() + "/latest/meta-data/")
			r, err := o.Client().Post("http://127.0.0.2:"+first.port(), "text/plain", strings.NewReader("x"))
			if err == nil {
				r.Body.Close()
			}
			refused(t, "a redirect to "+host, err, false)
		}
	}
	for _, away := range []string{"file:///etc/passwd", "gopher://127.0.0.1:" + four.port() + "/", "ftp://127.0.0.1/"} {
		to.Store(away)
		_, err := o.Client().Get("http://127.0.0.2:" + first.port())
		if err == nil || release.CodeOf(connectors.Unreached("x", err)) != release.Usage {
			t.Errorf("%s: %v", away, err)
		}
	}
}

func TestRedirectAwayFromHTTPS(t *testing.T) {
	plain := listen(t, "tcp4", "127.0.0.2:0")
	serve(t, plain, http.NotFoundHandler())
	s := httptest.NewTLSServer(http.RedirectHandler("http://127.0.0.2:"+plain.port(), http.StatusFound))
	defer s.Close()
	o := connectors.Outbound{Allow: []netip.Prefix{allowed, netip.PrefixFrom(trapped, 32)}}
	client := o.Client()
	client.Transport.(*http.Transport).TLSClientConfig = s.Client().Transport.(*http.Transport).TLSClientConfig
	_, err := client.Get(s.URL)
	if got := connectors.Unreached("prometheus at x", err); release.CodeOf(got) != release.Usage || !strings.Contains(got.Error(), "sends us on") {
		t.Errorf("got %v", got)
	}
	if n := plain.accepts.Load(); n != 0 {
		t.Errorf("%d connections in the clear", n)
	}
}

func TestRedirectsEnd(t *testing.T) {
	hops := 0
	first := listen(t, "tcp4", "127.0.0.2:0")
	serve(t, first, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var left int
		fmt.Sscanf(r.URL.Path, "/%d", &left)
		if hops++; left > 0 {
			http.Redirect(w, r, fmt.Sprintf("/%d", left-1), http.StatusFound)
		}
	}))
	o := connectors.Outbound{Allow: []netip.Prefix{allowed}}
	r, err := o.Client().Get("http://127.0.0.2:" + first.port() + "/5")
	if err != nil || hops != 6 {
		t.Fatalf("five redirects: %v after %d requests", err, hops)
	}
	r.Body.Close()
	hops = 0
	if _, err := o.Client().Get("http://127.0.0.2:" + first.port() + "/99"); err == nil || hops != 6 {
		t.Errorf("endless redirects: %v after %d requests", err, hops)
	}
}

// TestRedirectLosesCredentials: to another host and to another port of the same one, by whatever header they
// were sent, and also on the way back; within one host they stay.
func TestRedirectLosesCredentials(t *testing.T) {
	secret := http.Header{"Authorization": {"Bearer hunter2"}, "Cookie": {"session=hunter2"}, "Private-Token": {"hunter2"},
		"X-Api-Key": {"hunter2"}, "x-raw": {"hunter2"}, "Accept": {"application/json"}}
	var mu sync.Mutex
	seen := map[string]http.Header{}
	note := func(r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		seen[r.URL.Path] = r.Header.Clone()
	}
	var home, other *trap
	other = listen(t, "tcp4", "127.0.0.2:0")
	home = listen(t, "tcp4", "127.0.0.2:0")
	serve(t, other, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		note(r)
		http.Redirect(w, r, "http://127.0.0.2:"+home.port()+"/back", http.StatusFound)
	}))
	serve(t, home, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		note(r)
		switch r.URL.Path {
		case "/start":
			http.Redirect(w, r, "/same?password=hunter2", http.StatusFound)
		case "/same":
			http.Redirect(w, r, "http://127.0.0.2:"+other.port()+"/other", http.StatusFound)
		}
	}))
	q, err := http.NewRequest(http.MethodGet, "http://127.0.0.2:"+home.port()+"/start", nil)
	if err != nil {
		t.Fatal(err)
	}
	q.Header = secret.Clone()
	r, err := connectors.Outbound{Allow: []netip.Prefix{allowed}}.Client().Do(q)
	if err != nil {
		t.Fatal(err)
	}
	r.Body.Close()
	for _, path := range []string{"/start", "/same"} {
		if h := seen[path]; h.Get("Private-Token") != "hunter2" || h.Get("Authorization") != "Bearer hunter2" {
			t.Errorf("%s got %v, want the credentials", path, h)
		}
	}
	for _, path := range []string{"/other", "/back"} {
		h, asked := seen[path]
		if !asked || h.Get("Accept") != "application/json" {
			t.Errorf("%s got %v, want a request with Accept", path, h)
		}
		if strings.Contains(fmt.Sprint(h), "hunter2") {
			t.Errorf("%s got the credentials: %v", path, h)
		}
	}
}
