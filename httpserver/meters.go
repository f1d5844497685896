package httpserver

import (
	"errors"
	"log/slog"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"signalbox/release/gate"
	"signalbox/release/port"
)

// Outcomes of a delivery at a hook.
const (
	outcomeStored      = "stored"
	outcomeRepeat      = "repeat"
	outcomeRefused     = "refused"     // sender, size or shape
	outcomeDead        = "dead"        // let in and not understood
	outcomeLimited     = "limited"     // too many, or too many bytes at once
	outcomeUnavailable = "unavailable" // to be sent again
	outcomeFault       = "fault"
)

// meters are the door's own metrics. Every label is one of a list fixed at the start: routes, status codes,
// configured connectors, outcomes and verdicts. Nothing that a sender writes becomes a label.
type meters struct {
	requests     *prometheus.CounterVec   // route, code
	seconds      *prometheus.HistogramVec // route
	hooks        *prometheus.CounterVec   // connector, outcome
	verdicts     *prometheus.CounterVec   // verdict
	panics       prometheus.Counter
	working      prometheus.Gauge
	bodyBytes    prometheus.Gauge
	conns        prometheus.Gauge
	connsRefused prometheus.Counter
}

func newMeters(reg *prometheus.Registry) (*meters, error) {
	m := &meters{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "signalbox_http_requests_total",
			Help: "Requests answered, by route and status."}, []string{"route", "code"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "signalbox_http_request_seconds",
			Help:    "From the end of the headers to the end of the answer.",
			Buckets: []float64{.0005, .001, .002, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10}}, []string{"route"}),
		hooks: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "signalbox_hook_deliveries_total",
			Help: "Deliveries at a configured hook, by what became of them."}, []string{"connector", "outcome"}),
		verdicts: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "signalbox_gate_verdicts_total",
			Help: "Verdicts given over HTTP."}, []string{"verdict"}),
		panics: prometheus.NewCounter(prometheus.CounterOpts{Name: "signalbox_http_panics_total",
			Help: "Faults of the program that ended a request, not the server."}),
		working: prometheus.NewGauge(prometheus.GaugeOpts{Name: "signalbox_http_working",
			Help: "Requests being worked on."}),
		bodyBytes: prometheus.NewGauge(prometheus.GaugeOpts{Name: "signalbox_http_body_bytes",
			Help: "Bytes of bodies under way."}),
		conns: prometheus.NewGauge(prometheus.GaugeOpts{Name: "signalbox_http_connections",
			Help: "Open connections."}),
		connsRefused: prometheus.NewCounter(prometheus.CounterOpts{Name: "signalbox_http_connections_refused_total",
			Help: "Connections closed unread, because there were too many."}),
	}
	var errs []error
	for _, c := range []prometheus.Collector{m.requests, m.seconds, m.hooks, m.verdicts, m.panics, m.working, m.bodyBytes, m.conns, m.connsRefused} {
		errs = append(errs, reg.Register(c))
	}
	for _, v := range []gate.Verdict{gate.Pass, gate.Warn, gate.NeedsApproval, gate.Unknown, gate.Block} {
		m.verdicts.WithLabelValues(string(v))
	}
	return m, errors.Join(errs...)
}

// announce begins the series of connectors: one that is absent until the first event hides that event from
// rate().
func (m *meters) announce(receivers map[string]port.Receiver) {
	for c := range receivers {
		for _, o := range []string{outcomeStored, outcomeRepeat, outcomeRefused, outcomeDead, outcomeLimited, outcomeUnavailable, outcomeFault} {
			m.hooks.WithLabelValues(c, o)
		}
	}
}

// exposition serves what is registered; a collector that fails costs its own series only.
func exposition(reg *prometheus.Registry, log *slog.Logger) http.Handler {
	return promhttp.HandlerFor(reg, promhttp.HandlerOpts{
		ErrorHandling:       promhttp.ContinueOnError,
		ErrorLog:            slog.NewLogLogger(log.Handler(), slog.LevelWarn),
		MaxRequestsInFlight: 4,
	})
}
