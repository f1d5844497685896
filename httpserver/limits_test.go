package httpserver

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"signalbox/release"
	"signalbox/release/port"
)

// still stops the clock of a door's rates; the returned function moves it.
func (d *door) still() (advance func(time.Duration)) {
	var now atomic.Int64
	now.Store(time.Now().UnixNano())
	d.clock = func() time.Time { return time.Unix(0, now.Load()) }
	return func(by time.Duration) { now.Add(int64(by)) }
}

// bare is a door without a listener.
func bare(t *testing.T, change func(o *Options)) *door {
	t.Helper()
	d := &door{t: t, service: &service{}, receiver: &receiver{name: "forge", secret: hookSecret}, base: "http://box"}
	o := Options{Service: d.service, Receivers: []port.Receiver{d.receiver}}
	if change != nil {
		change(&o)
	}
	var err error
	if d.Server, err = New(o); err != nil {
		t.Fatal(err)
	}
	return d
}

// serveFrom serves a request as if it came from an address.
func (d *door) serveFrom(addr string, r *http.Request) reply {
	r.RemoteAddr = addr
	if r.Body == nil {
		r.Body = http.NoBody // as the server has it
	}
	w := httptest.NewRecorder()
	d.ServeHTTP(w, r)
	return reply{w.Code, w.Header(), w.Body.String()}
}

func TestSourceThatSendsTooMuchIsTurnedAway(t *testing.T) {
	d := bare(t, func(o *Options) { o.Limits.HookRate, o.Limits.AskRate = Rate{2, 5}, Rate{2, 5} })
	advance := d.still()
	send := func(from string, i int) reply {
		return d.serveFrom(from, d.delivery(fmt.Sprint(from, i), goodBody))
	}
	for i := range 5 {
		expect(t, "within the burst", send("192.0.2.1:1", i).status, 200)
	}
	got := send("192.0.2.1:2", 5)
	expect(t, "beyond it", got.status, 429)
	expect(t, "code", got.fault(t).Error.Code, release.Refused)
	expect(t, "Retry-After", got.header.Get("Retry-After"), "1")
	always(t, got)
	expect(t, "another source", send("192.0.2.2:1", 0).status, 200)
	expect(t, "the gate is another door", d.serveFrom("192.0.2.1:1", d.question("GET", asking, "")).status, 200)
	advance(time.Second)
	expect(t, "a second later", send("192.0.2.1:1", 6).status, 200)
	expect(t, "a second later", send("192.0.2.1:1", 7).status, 200)
	expect(t, "and no more", send("192.0.2.1:1", 8).status, 429)
	for range 5 {
		d.serveFrom("192.0.2.9:1", d.request("GET", "/no/such", nil))
	}
	expect(t, "paths that lead nowhere", d.serveFrom("192.0.2.9:1", d.request("GET", "/no/such", nil)).status, 429)

	// One holder has a whole /64 in IPv6.
	for i := range 5 {
		expect(t, "IPv6", send(fmt.Sprintf("[2001:db8::%d]:1", i), i).status, 200)
	}
	expect(t, "the same /64", send("[2001:db8::ffff:1:2:3]:1", 9).status, 429)
	expect(t, "the next /64", send("[2001:db8:0:1::1]:1", 9).status, 200)
	expect(t, "the same IPv4 in IPv6", send("[::ffff:192.0.2.1]:1", 10).status, 429)
}

func TestSourceThatCannotProveItselfIsTurnedAwayUnread(t *testing.T) {
	other := &receiver{name: "other", secret: hookSecret}
	d := bare(t, func(o *Options) {
		o.Receivers = append(o.Receivers, other)
		o.Limits.FailureRate = Rate{1, 3}
	})
	advance := d.still()
	const from = "192.0.2.1:1"
	forged := func() *http.Request {
		r := d.delivery("d", goodBody)
		r.Header.Set("X-Signature", "sha256=00")
		return r
	}
	for range 3 {
		expect(t, "forged", d.serveFrom(from, forged()).status, 401)
	}
	unread := forged()
	unread.Body = io.NopCloser(readerFunc(func([]byte) (int, error) { t.Error("the body was read"); return 0, io.EOF }))
	expect(t, "forged too often", d.serveFrom(from, unread).status, 429)
	if _, refused, _ := d.service.counts(); refused != 3 {
		t.Errorf("refusals counted: %d", refused)
	}
	elsewhere := d.delivery("d-1", goodBody)
	elsewhere.URL.Path = "/v1/hooks/other"
	expect(t, "another hook", d.serveFrom(from, elsewhere).status, 200)
	expect(t, "another source", d.serveFrom("192.0.2.2:1", d.delivery("d-2", goodBody)).status, 200)
	expect(t, "the gate", d.serveFrom(from, d.question("GET", asking, "")).status, 200)
	advance(time.Second)
	expect(t, "a second later", d.serveFrom(from, d.delivery("d-3", goodBody)).status, 200)

	for range 3 {
		expect(t, "no token", d.serveFrom(from, d.request("GET", asking, nil)).status, 401)
	}
	expect(t, "no token too often", d.serveFrom(from, d.request("GET", asking, nil)).status, 429)
	// A store that is away is not the caller's failure.
	d.service.token = func() error { return release.Errorf(release.Unavailable, "the store is locked") }
	for range 9 {
		expect(t, "store away", d.serveFrom("192.0.2.3:1", d.question("GET", asking, "")).status, 503)
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(b []byte) (int, error) { return f(b) }

func TestForwardedAddressIsBelievedOfProxiesOnly(t *testing.T) {
	d := bare(t, func(o *Options) { o.Proxies = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")} })
	for _, c := range []struct {
		peer, want string
		forwarded  []string
	}{
		{"192.0.2.1:9", "192.0.2.1", nil},
		{"192.0.2.1:9", "192.0.2.1", []string{"198.51.100.7"}},
		{"10.0.0.1:9", "10.0.0.1", nil},
		{"10.0.0.1:9", "198.51.100.7", []string{"198.51.100.7"}},
		{"10.0.0.1:9", "198.51.100.7", []string{"203.0.113.5, 198.51.100.7"}},
		{"10.0.0.1:9", "198.51.100.7", []string{"203.0.113.5", "198.51.100.7,10.0.0.2"}},
		{"10.0.0.1:9", "10.0.0.1", []string{"unknown"}},
		{"10.0.0.1:9", "10.0.0.2", []string{"198.51.100.7, _hidden, 10.0.0.2"}},
		{"[::ffff:10.0.0.1]:9", "2001:db8::1", []string{"2001:db8::1%eth0"}},
		{"@", "invalid IP", []string{"198.51.100.7"}},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr, r.Header["X-Forwarded-For"] = c.peer, c.forwarded
		expect(t, fmt.Sprint(c.peer, c.forwarded), d.source(r).String(), c.want)
	}
}

func TestBucketsAreForgotten(t *testing.T) {
	b := newBuckets(Rate{1, 10}, 100)
	now := time.Now()
	key := func(i int) bucketKey {
		return bucketKey{netip.AddrFrom4([4]byte{192, 0, byte(i >> 8), byte(i)}), "d"}
	}
	for i := range 10_000 {
		expect(t, "wait", b.take(key(i), now), 0)
	}
	expect(t, "remembered at once", b.len(), 100)
	for range 9 {
		b.take(key(9_999), now)
	}
	if b.spent(key(9_999), now) != time.Second || b.take(key(9_999), now) != time.Second {
		t.Error("the newest bucket was forgotten")
	}
	b.take(key(1), now.Add(10*time.Second))
	expect(t, "remembered when all are full again", b.len(), 1)
	expect(t, "spent of a stranger", b.spent(key(2), now), 0)
	expect(t, "a question remembers nobody", b.len(), 1)
}

func TestBodiesHaveABudget(t *testing.T) {
	const limit = 64 << 10
	d := open(t, func(o *Options) {
		o.Limits.Body, o.Limits.BodiesPerSource, o.Limits.Bodies = limit, 3*limit, 4*limit
	})
	stalled := make([]net.Conn, 3)
	for i := range stalled {
		stalled[i] = d.dial()
		_, _ = fmt.Fprintf(stalled[i], "POST /v1/hooks/forge HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s", limit, strings.Repeat(" ", limit-1))
	}
	used := func() int64 { d.bodies.mu.Lock(); defer d.bodies.mu.Unlock(); return d.bodies.used }
	eventually(t, "three bodies under way", func() bool { return used() == 3*limit })
	got := d.do(d.delivery("d-1", goodBody))
	expect(t, "of the same source", got.status, 429)
	if here := d.serveFrom("192.0.2.1:1", d.delivery("d-2", strings.Repeat(" ", limit/2)+goodBody)); here.status != 200 {
		t.Errorf("another source got %d", here.status)
	}
	full, taken := d.bodies.take(netip.MustParseAddr("192.0.2.7"), limit+1)
	expect(t, "room for another", taken, false)
	expect(t, "beyond the budget of all", full.status, 503)
	for _, c := range stalled {
		_ = c.Close()
	}
	eventually(t, "the room given back", func() bool { return used() == 0 })
	expect(t, "sources remembered", len(d.bodies.held), 0)
	expect(t, "afterwards", d.do(d.delivery("d-1", goodBody)).status, 200)
}

func TestPlacesAtWorkAreLimited(t *testing.T) {
	d := open(t, func(o *Options) { o.Limits.Concurrent, o.Limits.Handle = 1, 300*time.Millisecond })
	began, leave := make(chan struct{}), make(chan struct{})
	var once sync.Once
	d.service.ingest = func(context.Context) error {
		once.Do(func() { close(began); <-leave })
		return nil
	}
	first := make(chan reply, 1)
	go func() {
		got, _ := d.try(d.delivery("d-1", goodBody))
		first <- got
	}()
	<-began
	got := d.do(d.delivery("d-2", goodBody))
	expect(t, "another delivery", got.status, 503)
	expect(t, "code", got.fault(t).Error.Code, release.Unavailable)
	expect(t, "Retry-After", got.header.Get("Retry-After"), "10")
	// Deliveries that wait for the store's writer take no place of those who only ask.
	expect(t, "the gate meanwhile", d.do(d.question("GET", asking, "")).status, 200)
	expect(t, "health meanwhile", d.do(d.request("GET", "/healthz", nil)).status, 200)
	close(leave)
	expect(t, "the first", (<-first).status, 200)
	expect(t, "afterwards", d.do(d.delivery("d-2", goodBody)).status, 200)
}

func TestConnectionsAreLimited(t *testing.T) {
	d := open(t, func(o *Options) { o.Limits.ConnsPerSource = 2 })
	a, b := d.dial(), d.dial()
	for _, c := range []net.Conn{a, b} {
		_, _ = fmt.Fprintf(c, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
		if line := readStatus(t, c); !strings.Contains(line, "200") {
			t.Errorf("a connection within the limit got %q", line)
		}
	}
	c := d.dial()
	if n, err := c.Read(make([]byte, 1)); n != 0 || err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("a third connection was kept: %d, %v", n, err)
	}
	_ = c.Close()
	_ = a.Close()
	_ = b.Close()
	eventually(t, "none counted", func() bool {
		d.conns.mu.Lock()
		defer d.conns.mu.Unlock()
		return d.conns.open == 0 && len(d.conns.held) == 0
	})
	expect(t, "afterwards", d.do(d.request("GET", "/healthz", nil)).status, 200)

	all := &conns{total: 3, each: 2, held: map[netip.Addr]int{}, meters: d.meters, exempt: func(a netip.Addr) bool { return a.Is6() }}
	for i, want := range []struct {
		from string
		in   bool
	}{{"192.0.2.1", true}, {"2001:db8::1", true}, {"2001:db8::1", true}, {"192.0.2.2", false}} {
		expect(t, fmt.Sprint("connection ", i), all.enter(netip.MustParseAddr(want.from)), want.in)
	}
}

func TestOptionsThatAreRefused(t *testing.T) {
	forge := &receiver{name: "forge", secret: "x"}
	for words, o := range map[string]Options{
		"no service":                {},
		"two connectors are called": {Receivers: []port.Receiver{forge, forge}},
		"or one has no name":        {Receivers: []port.Receiver{&receiver{}}},
		"who may observe":           {Observe: "everybody"},
		"lets nobody in":            {Limits: Limits{HookRate: Rate{PerSecond: 1}}},
		"is negative":               {Limits: Limits{Conns: -1}},
		"timeout":                   {Limits: Limits{Idle: -1}},
		"no connector reads":        {Limits: Limits{Body: 1 << 30}},
		"all may take together":     {Limits: Limits{Bodies: 1}},
		"cuts an answer off":        {Limits: Limits{Write: time.Second}},
	} {
		if words != "no service" {
			o.Service = &service{}
		}
		if _, err := New(o); err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("got %v, want %q", err, words)
		}
	}
}
