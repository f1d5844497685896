package peertest

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Series is what an exporter's figures are about.
type Series struct{ Service, Environment, Version string }

// Traffic is steady: requests a second, the share of them that fails (code 500), and how long each takes.
type Traffic struct {
	Rate    float64
	Errors  float64
	Latency time.Duration
}

// Buckets are the bounds of the classic histogram, in seconds.
var Buckets = prometheus.DefBuckets

// Exporter serves the metrics http_requests_total by code, http_request_duration_seconds (a classic histogram)
// and http_request_duration_native_seconds (a native one), with the labels service, environment and version.
type Exporter struct {
	// Target is its host:port, for Prometheus.
	Target string

	requests        *prometheus.CounterVec
	classic, native *prometheus.HistogramVec

	mu     sync.Mutex
	driven map[Series]*driven
}

// driven is traffic that has been counted up to some number of requests.
type driven struct {
	Traffic
	since                  time.Time
	requests, failed       int // counted since then
	totalAll, totalFailing int // counted since ever
}

// NewExporter starts an exporter without series. It ends with the test.
func NewExporter(t testing.TB) *Exporter {
	t.Helper()
	labels := []string{"service", "environment", "version"}
	e := &Exporter{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "http_requests_total", Help: "Requests."}, append(labels, "code")),
		classic:  prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "http_request_duration_seconds", Help: "Latency.", Buckets: Buckets}, labels),
		native: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "http_request_duration_native_seconds", Help: "Latency.",
			NativeHistogramBucketFactor: 1.1}, labels),
		driven: map[Series]*driven{},
	}
	registry := prometheus.NewRegistry()
	registry.MustRegister(e.requests, e.classic, e.native)
	handler := promhttp.HandlerFor(registry, promhttp.HandlerOpts{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		e.mu.Lock()
		defer e.mu.Unlock()
		for s := range e.driven {
			e.settle(s, time.Now())
		}
		handler.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	e.Target = strings.TrimPrefix(server.URL, "http://")
	return e
}

// Drive gives a series steady traffic from now on, in place of that which it had. What a scrape reads is
// computed from the time that has passed, so that the counters rise evenly.
func (e *Exporter) Drive(s Series, t Traffic) {
	e.mu.Lock()
	defer e.mu.Unlock()
	now := time.Now()
	d := e.settle(s, now)
	d.Traffic, d.since, d.requests, d.failed = t, now, 0, 0
}

// Add counts requests of which some failed, each of a latency, at once.
func (e *Exporter) Add(s Series, requests, failed int, latency time.Duration) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.count(e.settle(s, time.Now()), s, requests, failed, latency)
}

// Counted returns how many requests of a series have been counted, and how many of them failed.
func (e *Exporter) Counted(s Series) (requests, failed int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	d := e.settle(s, time.Now())
	return d.totalAll, d.totalFailing
}

// settle counts what is due of a series at an instant.
func (e *Exporter) settle(s Series, now time.Time) *driven {
	d := e.driven[s]
	if d == nil {
		d = &driven{since: now}
		e.driven[s] = d
		e.count(d, s, 0, 0, 0)
	}
	requests := int(d.Rate*now.Sub(d.since).Seconds()) - d.requests
	d.requests += requests
	failed := int(float64(d.requests)*d.Errors) - d.failed
	d.failed += failed
	e.count(d, s, requests, failed, d.Latency)
	return d
}

func (e *Exporter) count(d *driven, s Series, requests, failed int, latency time.Duration) {
	d.totalAll += requests
	d.totalFailing += failed
	e.requests.WithLabelValues(s.Service, s.Environment, s.Version, "200").Add(float64(requests - failed))
	e.requests.WithLabelValues(s.Service, s.Environment, s.Version, "500").Add(float64(failed))
	classic, native := e.classic.WithLabelValues(s.Service, s.Environment, s.Version), e.native.WithLabelValues(s.Service, s.Environment, s.Version)
	for range requests {
		classic.Observe(latency.Seconds())
		native.Observe(latency.Seconds())
	}
}
