package httpserver

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"signalbox/release"
	"signalbox/release/gate"
	"signalbox/release/port"
)

func TestPanicEndsOneRequest(t *testing.T) {
	bad := []port.Receiver{&receiver{name: "a", secret: "x", panics: "authenticate"}, &receiver{name: "m", secret: hookSecret, panics: "map"}}
	d := open(t, func(o *Options) { o.Receivers = append(o.Receivers, bad...) })
	d.service.answer = func(gate.Subject) (gate.Answer, error) { panic("gate") }
	at := func(name string) *http.Request {
		r := d.delivery("d-1", goodBody)
		r.URL.Path = "/v1/hooks/" + name
		return r
	}
	for _, r := range []*http.Request{at("a"), at("m"), d.question("GET", asking, "")} {
		got := d.do(r)
		expect(t, r.URL.Path, got.status, 500)
		expect(t, "code", got.fault(t).Error.Code, release.Internal)
		always(t, got)
		if strings.Contains(got.body, "goroutine") || strings.Contains(got.body, "panic") {
			t.Errorf("the stack was shown: %s", got.body)
		}
	}
	d.service.ingest = func(context.Context) error { panic("ingest") }
	expect(t, "in Ingest", d.do(d.delivery("d-1", goodBody)).status, 500)
	d.service.ingest = nil
	expect(t, "the next delivery", d.do(d.delivery("d-1", goodBody)).status, 200)
	expect(t, "places at work still taken", len(d.writing)+len(d.asking), 0)
	expect(t, "bytes still held", d.bodies.used, 0)
	// The body that its connector fell over is on the feed's row.
	expect(t, "dead letters", strings.Join(d.service.dead, ";"), "m/d-1: the connector m met a fault of its own over this body")
	metrics := d.do(d.request("GET", "/metrics", nil)).body
	for _, line := range []string{"signalbox_http_panics_total 4", `signalbox_hook_deliveries_total{connector="m",outcome="fault"} 1`,
		`signalbox_hook_deliveries_total{connector="forge",outcome="fault"} 1`} {
		if !strings.Contains(metrics, line) {
			t.Errorf("/metrics lacks %s", line)
		}
	}
}

func TestPathsThatLeadNowhere(t *testing.T) {
	d := open(t, nil)
	for _, path := range []string{"/", "/v1", "/v1/", "/v1/hooks", "/v1/gate/", "//v1/gate", "/v1/../v1/gate", "/V1/gate", "/metrics/", "/%2e%2e/healthz", "/debug/pprof/"} {
		r := d.request("GET", "/", nil)
		r.URL.Opaque = strings.TrimPrefix(d.base, "http:") + path
		got := d.do(r)
		expect(t, path, got.status, 404)
		always(t, got)
		f := got.fault(t)
		expect(t, "code", f.Error.Code, release.NotFound)
		for _, there := range []string{"/v1/hooks/NAME", "/v1/gate", "/healthz"} {
			if !strings.Contains(f.Error.Try, there) {
				t.Errorf("%s: the advice does not name %s: %s", path, there, f.Error.Try)
			}
		}
	}
	far := d.serveFrom("192.0.2.1:1", d.request("GET", "/", nil))
	if strings.Contains(far.body, "healthz") {
		t.Errorf("a stranger was told of what he may not see: %s", far.body)
	}
}

func TestObservationIsForThisMachine(t *testing.T) {
	d := open(t, nil)
	for _, path := range []string{"/healthz", "/readyz", "/metrics"} {
		expect(t, path+" here", d.do(d.request("GET", path, nil)).status, 200)
		expect(t, path+" from afar", d.serveFrom("192.0.2.1:5", d.request("GET", path, nil)).status, 404)
		expect(t, path+" from afar", d.serveFrom("[2001:db8::1]:5", d.request("GET", path, nil)).status, 404)
		expect(t, path+" from nowhere", d.serveFrom("@", d.request("GET", path, nil)).status, 404)
		expect(t, path+" on ::1", d.serveFrom("[::1]:5", d.request("GET", path, nil)).status, 200)
		for _, h := range []string{"X-Forwarded-For", "Forwarded", "Via", "X-Real-IP"} {
			r := d.request("GET", path, nil)
			r.Header.Set(h, "127.0.0.1")
			expect(t, path+" passed on with "+h, d.do(r).status, 404)
		}
		got := d.do(d.request("POST", path, nil))
		expect(t, path+" POST", got.status, 405)
		expect(t, "Allow", got.header.Get("Allow"), "GET, HEAD")
	}
	for _, path := range []string{"/healthz", "/readyz", "/metrics"} {
		all := bare(t, func(o *Options) { o.Observe = All })
		expect(t, path+" for all", all.serveFrom("192.0.2.1:5", all.request("GET", path, nil)).status, 200)
	}
}

func TestReadyAsksTheStore(t *testing.T) {
	d := open(t, nil)
	expect(t, "healthz", strings.TrimSpace(d.do(d.request("GET", "/healthz", nil)).body), `{"status":"up"}`)
	expect(t, "readyz", strings.TrimSpace(d.do(d.request("GET", "/readyz", nil)).body), `{"status":"ready"}`)
	for _, err := range []error{release.Errorf(release.Unavailable, "the store's file is gone"), errors.New("x"), context.DeadlineExceeded} {
		d.service.ready = func() error { return err }
		got := d.do(d.request("GET", "/readyz", nil))
		expect(t, err.Error(), got.status, 503)
		expect(t, "Retry-After", got.header.Get("Retry-After"), "10")
		got.fault(t)
		expect(t, "healthz meanwhile", d.do(d.request("GET", "/healthz", nil)).status, 200)
	}
	d.service.ready = func() error { return release.Errorf(release.Unavailable, "the store's file is gone") }
	expect(t, "sentence", d.do(d.request("GET", "/readyz", nil)).fault(t).Error.Message, "the store's file is gone")
}

func TestMetricsAreBounded(t *testing.T) {
	reg := prometheus.NewRegistry()
	reg.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "of_another_part"}, func() float64 { return 7 }))
	d := open(t, func(o *Options) { o.Registry = reg })
	read := func() string {
		got := d.do(d.request("GET", "/metrics", nil))
		expect(t, "status", got.status, 200)
		expect(t, "no-store", got.header.Get("Cache-Control"), "no-store")
		return got.body
	}
	first := read()
	for _, line := range []string{"of_another_part 7", `signalbox_hook_deliveries_total{connector="forge",outcome="stored"} 0`,
		`signalbox_hook_deliveries_total{connector="forge",outcome="limited"} 0`, `signalbox_gate_verdicts_total{verdict="block"} 0`} {
		if !strings.Contains(first, line) {
			t.Errorf("a fresh /metrics lacks %s", line)
		}
	}
	d.do(d.delivery("d-1", goodBody))
	d.do(d.delivery("d-1", goodBody))
	d.do(d.delivery("d-2", "{"))
	forged := d.delivery("d-3", goodBody)
	forged.Header.Del("X-Signature")
	d.do(forged)
	d.service.ingest = func(context.Context) error { return release.Errorf(release.Unavailable, "locked") }
	d.do(d.delivery("d-4", goodBody))
	d.do(d.question("GET", asking, ""))
	read()
	before := strings.Count(read(), "\n")
	for i := range 200 {
		d.do(d.request("GET", fmt.Sprintf("/stranger/%d", i), nil))
		d.do(d.request("POST", fmt.Sprintf("/v1/hooks/stranger-%d", i), nil))
		d.do(d.request(fmt.Sprintf("M%d", i), "/v1/gate", nil))
	}
	last := read()
	for _, line := range []string{
		`signalbox_hook_deliveries_total{connector="forge",outcome="stored"} 1`,
		`signalbox_hook_deliveries_total{connector="forge",outcome="repeat"} 1`,
		`signalbox_hook_deliveries_total{connector="forge",outcome="dead"} 1`,
		`signalbox_hook_deliveries_total{connector="forge",outcome="refused"} 1`,
		`signalbox_hook_deliveries_total{connector="forge",outcome="unavailable"} 1`,
		`signalbox_http_requests_total{code="200",route="hooks"} 2`,
		`signalbox_http_requests_total{code="404",route="hooks"} 200`,
		`signalbox_http_requests_total{code="404",route="none"} 200`,
		`signalbox_http_requests_total{code="405",route="gate"} 200`,
		`signalbox_http_request_seconds_count{route="gate"} 201`,
		`signalbox_gate_verdicts_total{verdict="pass"} 1`,
		"signalbox_http_body_bytes 0", "signalbox_http_working 0",
	} {
		if !strings.Contains(last, line+"\n") {
			t.Errorf("/metrics lacks %s", line)
		}
	}
	if strings.Contains(last, "stranger") {
		t.Error("a label holds what a stranger wrote")
	}
	// New are: hooks 404, none 404 with its histogram, gate 405.
	if grown := strings.Count(last, "\n") - before; grown > 20 {
		t.Errorf("600 requests of strangers made %d lines", grown)
	}
	if _, err := New(Options{Service: d.service, Registry: reg}); release.CodeOf(err) != release.Internal {
		t.Errorf("a second door on one registry: %v", err)
	}
}

func TestLogHoldsNoSecretAndNoControl(t *testing.T) {
	var out syncBuffer
	d := open(t, func(o *Options) {
		o.Log = slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug}))
	})
	d.do(d.delivery("d-\u202e\u00851", goodBody))
	d.do(d.delivery("d-1", goodBody))
	d.do(d.question("GET", asking, ""))
	r := d.request("GET", "/a%1b%5b31m%0alevel=ERROR?token=SECRET-IN-QUERY", nil)
	r.Header.Set("Authorization", "Bearer SECRET-IN-HEADER")
	d.do(r)
	d.service.ingest = func(context.Context) error { return errors.New("cause\nlevel=ERROR msg=forged") }
	d.do(d.delivery("d-2", `{"version":"SECRET-IN-BODY"}`))
	eventually(t, "five lines", func() bool { return strings.Count(out.String(), "msg=request") >= 5 })
	log := out.String()
	for _, secret := range []string{gateSecret, hookSecret, sign(hookSecret, []byte(goodBody)), "SECRET-IN-QUERY", "SECRET-IN-HEADER", "SECRET-IN-BODY"} {
		if strings.Contains(log, secret) {
			t.Errorf("the log holds %q", secret)
		}
	}
	for _, line := range strings.Split(strings.TrimSuffix(log, "\n"), "\n") {
		if !strings.HasPrefix(line, "time=") || strings.ContainsAny(line, "\x1b\u202e\u0085") {
			t.Errorf("a line was forged: %q", line)
		}
	}
	for _, want := range []string{"route=hooks", "connector=forge", "outcome=stored", "token=ci", "level=INFO", "level=ERROR", `cause\\nlevel=ERROR`} {
		if !strings.Contains(log, want) {
			t.Errorf("the log lacks %s:\n%s", want, log)
		}
	}
}

type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

func TestShutdownWaitsThenCuts(t *testing.T) {
	for _, patient := range []bool{true, false} {
		t.Run(fmt.Sprint("patient ", patient), func(t *testing.T) {
			s := &service{}
			began, leave := make(chan struct{}), make(chan struct{})
			s.ingest = func(context.Context) error { close(began); <-leave; return nil }
			d := &door{t: t, service: s, client: &http.Client{Transport: &http.Transport{}, Timeout: ceiling}}
			var err error
			if d.Server, err = New(Options{Service: s, Receivers: []port.Receiver{&receiver{name: "forge", secret: hookSecret}}}); err != nil {
				t.Fatal(err)
			}
			ln, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			d.base = "http://" + ln.Addr().String()
			served := make(chan error, 1)
			go func() { served <- d.Serve(ln) }()
			type outcome struct {
				reply
				err error
			}
			answered := make(chan outcome, 1)
			go func() {
				got, err := d.try(d.delivery("d-1", goodBody))
				answered <- outcome{got, err}
			}()
			<-began
			ctx, cancel := context.WithTimeout(context.Background(), ceiling)
			defer cancel()
			down := make(chan error, 1)
			if patient {
				go func() { down <- d.Shutdown(ctx) }()
				if err := <-served; err != nil {
					t.Errorf("Serve: %v", err)
				}
				close(leave)
				if got := <-answered; got.err != nil || got.status != 200 {
					t.Errorf("the delivery under way: %+v", got)
				}
				if err := <-down; err != nil {
					t.Errorf("Shutdown: %v", err)
				}
			} else {
				cancel()
				if err := d.Shutdown(ctx); !errors.Is(err, context.Canceled) {
					t.Errorf("Shutdown: %v", err)
				}
				if err := <-served; err != nil {
					t.Errorf("Serve: %v", err)
				}
				if got := <-answered; got.err == nil {
					t.Errorf("the delivery was not cut off: %+v", got)
				}
				close(leave)
			}
			if _, err := net.Dial("tcp", ln.Addr().String()); err == nil {
				t.Error("the port is still open")
			}
		})
	}
	gone, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = gone.Close()
	d := bare(t, nil)
	if err := d.Serve(gone); release.CodeOf(err) != release.Unavailable {
		t.Errorf("Serve on a closed listener: %v", err)
	}
}

// BenchmarkGate is one question over a kept connection on loopback, answered by a service in memory: what
// the door itself costs.
func BenchmarkGate(b *testing.B) {
	s, err := New(Options{Service: &service{}, Limits: Limits{AskRate: Rate{1e9, 1e9}}})
	if err != nil {
		b.Fatal(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- s.Serve(ln) }()
	d := &door{client: &http.Client{Transport: &http.Transport{}}, base: "http://" + ln.Addr().String()}
	b.ReportAllocs()
	for b.Loop() {
		if got, err := d.try(d.question("GET", asking, "")); err != nil || got.status != 200 {
			b.Fatal(got, err)
		}
	}
	d.client.CloseIdleConnections()
	_ = s.Shutdown(context.Background())
	<-served
}
