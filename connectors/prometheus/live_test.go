package prometheus_test

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"signalbox/connectors"
	"signalbox/connectors/peertest"
	"signalbox/connectors/prometheus"
	"signalbox/release"
	"signalbox/release/fact"
	"signalbox/release/health"
	"signalbox/release/port"
)

var (
	stable = peertest.Series{Service: "checkout", Environment: "production", Version: "v1"}
	canary = peertest.Series{Service: "checkout", Environment: "production", Version: "v2"}
	idle   = peertest.Series{Service: "parked", Environment: "production", Version: "v1"}
)

func connect(t *testing.T, address string, change func(*prometheus.Config)) *prometheus.Puller {
	t.Helper()
	c := prometheus.Config{
		URL: address, Interval: time.Second, Metrics: prometheus.Metrics{Window: 10 * time.Second},
		Outbound: connectors.Outbound{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}},
	}
	if change != nil {
		change(&c)
	}
	p, err := prometheus.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func samples(p port.Pulled) []health.Sample {
	if len(p.Facts) == 0 {
		return nil
	}
	return p.Facts[0].(fact.Measured).Samples
}

// of finds the newest sample of a series.
func of(p port.Pulled, s peertest.Series) (out health.Sample) {
	for _, m := range samples(p) {
		if m.Service == s.Service && m.Environment == s.Environment && m.Version == s.Version {
			out = m
		}
	}
	return out
}

// near reports whether a value was measured within a share of what is true.
func near(got *float64, want, share float64) bool {
	return got != nil && math.Abs(*got-want) <= share*want
}

func show(v *float64) string {
	if v == nil {
		return "none"
	}
	return fmt.Sprintf("%.4g", *v)
}

// TestRealPrometheus measures traffic that the test makes. The rate and the ratio agree within 5 %: scrapes are
// not exactly a second apart, and a rate is drawn out to its window's ends. The quantiles are those of the
// bucket that holds the latency: of (0.1, 0.25] for 200 ms and of (0.25, 0.5] for 300 ms, linear in between.
func TestRealPrometheus(t *testing.T) {
	t.Parallel()
	exporter := peertest.NewExporter(t)
	exporter.Drive(stable, peertest.Traffic{Rate: 200, Errors: 0.01, Latency: 200 * time.Millisecond})
	exporter.Drive(canary, peertest.Traffic{Rate: 50, Errors: 0.2, Latency: 300 * time.Millisecond})
	exporter.Add(idle, 0, 0, 0)
	monitor := peertest.Prometheus(t, exporter.Target)
	p := connect(t, monitor.URL, nil)
	native := connect(t, monitor.URL, func(c *prometheus.Config) { c.Metrics.Latency = "http_request_duration_native_seconds" })

	// Before the window is full a rate is an estimate from less.
	var got port.Pulled
	peertest.Eventually(t, "a full window", func() bool {
		var err error
		if got, err = p.Pull(context.Background(), "", time.Now()); err != nil {
			t.Fatal(err)
		}
		v1, v2 := of(got, stable), of(got, canary)
		return near(v1.Rate, 200, 0.05) && near(v2.Rate, 50, 0.05) && near(v1.Errors, 0.01, 0.05) && near(v2.Errors, 0.2, 0.05)
	})
	v1, v2, parked := of(got, stable), of(got, canary), of(got, idle)
	t.Logf("v1 rate %s errors %s p50 %s p95 %s p99 %s", show(v1.Rate), show(v1.Errors), show(v1.P50), show(v1.P95), show(v1.P99))
	t.Logf("v2 rate %s errors %s p50 %s p95 %s p99 %s", show(v2.Rate), show(v2.Errors), show(v2.P50), show(v2.P95), show(v2.P99))
	for i, c := range []struct {
		got  *float64
		want float64
	}{
		{v1.P50, 0.175}, {v1.P95, 0.2425}, {v1.P99, 0.2485},
		{v2.P50, 0.375}, {v2.P95, 0.4875}, {v2.P99, 0.4975},
	} {
		if !near(c.got, c.want, 0.001) {
			t.Errorf("quantile %d is %s, want %v", i, show(c.got), c.want)
		}
	}
	if parked.Rate == nil || *parked.Rate != 0 || parked.Errors != nil || parked.P50 != nil {
		t.Errorf("a service without traffic: %+v", parked)
	}
	if len(samples(got)) != 3 || len(got.Refused) != 0 || v1.Step != time.Second || v1.At.Nanosecond() != 0 {
		t.Errorf("%d samples, refused %v, %+v", len(samples(got)), got.Refused, v1)
	}

	// A native histogram knows the latency within its bucket's width, 10 %.
	fine, err := native.Pull(context.Background(), "", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	for s, want := range map[peertest.Series]float64{stable: 0.2, canary: 0.3} {
		if m := of(fine, s); !near(m.P50, want, 0.1) || !near(m.P99, want, 0.1) {
			t.Errorf("%s: p50 %s, p99 %s, want %v", s.Version, show(m.P50), show(m.P99), want)
		}
	}
}

// TestRealPrometheusGone: the monitor is killed and started again on its data. The gap is caught up, and no
// instant comes twice.
func TestRealPrometheusGone(t *testing.T) {
	t.Parallel()
	exporter := peertest.NewExporter(t)
	exporter.Drive(stable, peertest.Traffic{Rate: 100, Latency: 10 * time.Millisecond})
	monitor := peertest.Prometheus(t, exporter.Target)
	p := connect(t, monitor.URL, nil)
	cursor, seen := "", map[time.Time]bool{}
	read := func() error {
		got, err := p.Pull(context.Background(), cursor, time.Now())
		if err != nil {
			return err
		}
		for _, s := range samples(got) {
			if seen[s.At] {
				t.Fatalf("%s came twice", s.At)
			}
			seen[s.At] = true
		}
		cursor = got.Cursor
		return nil
	}
	peertest.Eventually(t, "three samples", func() bool {
		if err := read(); err != nil {
			t.Fatal(err)
		}
		return len(seen) >= 3
	})

	monitor.Stop()
	before, at := len(seen), cursor
	err := read()
	if release.CodeOf(err) != release.Unavailable || !strings.Contains(err.Error(), "refuses the connection") {
		t.Fatalf("got %v", err)
	}
	gone, err := time.Parse(time.RFC3339, at)
	if err != nil {
		t.Fatal(err)
	}
	peertest.Eventually(t, "a gap of four instants", func() bool { return time.Since(gone) > 5*time.Second })

	monitor.Start()
	if err := read(); err != nil {
		t.Fatal(err)
	}
	missed := 0
	for i := gone.Add(time.Second); i.Before(gone.Add(5 * time.Second)); i = i.Add(time.Second) {
		if seen[i] {
			missed++
		}
	}
	if missed != 4 {
		t.Errorf("%d of four instants of the gap were caught up", missed)
	}
	peertest.Eventually(t, "new samples", func() bool {
		if err := read(); err != nil {
			t.Fatal(err)
		}
		return len(seen) > before+8
	})
}

// TestRealPrometheusBehindDoor: a proxy in front asks for a bearer, as those who run Prometheus in the open do.
func TestRealPrometheusBehindDoor(t *testing.T) {
	t.Parallel()
	exporter := peertest.NewExporter(t)
	exporter.Drive(stable, peertest.Traffic{Rate: 100})
	monitor, err := url.Parse(peertest.Prometheus(t, exporter.Target).URL)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(monitor)
	door := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer open sesame" {
			http.Error(w, "who is there", http.StatusUnauthorized)
			return
		}
		proxy.ServeHTTP(w, r)
	}))
	defer door.Close()

	for _, secret := range []string{"", "wrong"} {
		_, err := connect(t, door.URL, func(c *prometheus.Config) { c.Secret = []byte(secret) }).Pull(context.Background(), "", time.Now())
		if release.CodeOf(err) != release.Unauthenticated || secret != "" && strings.Contains(err.Error(), secret) {
			t.Errorf("with %q: %v", secret, err)
		}
	}
	p := connect(t, door.URL, func(c *prometheus.Config) { c.Secret = []byte("open sesame") })
	peertest.Eventually(t, "a sample", func() bool {
		got, err := p.Pull(context.Background(), "", time.Now())
		if err != nil {
			t.Fatal(err)
		}
		return len(samples(got)) == 1
	})
}

// TestRealPrometheusRefuses: sentences for a query that is none, for one without labels, and for an address that
// must not be dialled.
func TestRealPrometheusRefuses(t *testing.T) {
	t.Parallel()
	exporter := peertest.NewExporter(t)
	exporter.Drive(stable, peertest.Traffic{Rate: 100})
	monitor := peertest.Prometheus(t, exporter.Target)

	_, err := connect(t, monitor.URL, func(c *prometheus.Config) { c.Queries.P99 = "sum(" }).Pull(context.Background(), "", time.Now())
	if release.CodeOf(err) != release.Usage || !strings.Contains(err.Error(), "the query for p99") || !strings.Contains(err.Error(), "parse error") {
		t.Errorf("got %v", err)
	}
	_, err = connect(t, monitor.URL, func(c *prometheus.Config) { c.Queries.Rate = "time()" }).Pull(context.Background(), "", time.Now())
	if release.CodeOf(err) != release.Usage || !strings.Contains(err.Error(), "the query for rate gives no series") {
		t.Errorf("got %v", err)
	}
	_, err = connect(t, monitor.URL, func(c *prometheus.Config) { c.Outbound = connectors.Outbound{} }).Pull(context.Background(), "", time.Now())
	if release.CodeOf(err) != release.Usage || !strings.Contains(err.Error(), "not public") {
		t.Errorf("got %v", err)
	}
	p := connect(t, monitor.URL, func(c *prometheus.Config) { c.Labels.Service = "app" })
	peertest.Eventually(t, "a series without the label", func() bool {
		got, err := p.Pull(context.Background(), "", time.Now())
		if err != nil || len(samples(got)) != 0 || len(got.Refused)+len(got.Notes) == 0 {
			t.Fatalf("%+v, %v", got, err)
		}
		return got.Read > 0 && got.Refused[0].Item == "rate" && got.Refused[0].Reason == `series without the label "app": 1`
	})
}
