// Package httpserver is the door for machines: forges and monitors deliver webhooks, pipelines ask the
// gate, a supervisor asks for health and Prometheus for metrics. It owns who may come in, how much, and
// what each refusal says; it knows nothing of changes and keeps no state of the domain.
//
// Order at a hook: rate, size, signature over the raw bytes, and only then the connector's Map. Nothing of
// a body is parsed before its sender is known.
//
// It imports release, connectors and control only; never a store, a view, a theme or the SSH door.
package httpserver

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"signalbox/release"
	"signalbox/release/access"
	"signalbox/release/fact"
	"signalbox/release/gate"
	"signalbox/release/port"
)

// Service is what the door needs of the control floor. Its methods are called from many goroutines; their
// errors are release.Error.
type Service interface {
	// Ingest stores a delivery and what its facts mean, and returns after it is durable. fresh is false for
	// a delivery that was stored before: it had no second effect. Unavailable asks the sender to come again.
	Ingest(ctx context.Context, connector string, d port.Delivery, facts []fact.Fact) (fresh bool, err error)
	// RefusedHook counts a delivery that was turned away on the feed's row. It does not block.
	RefusedHook(connector, why string)
	// DeadHook keeps a delivery whose sender is known and whose body was not understood, with the reason.
	DeadHook(ctx context.Context, connector string, d port.Delivery, body []byte, why string)
	// Gate answers for a subject at an instant (UTC); the zero time is now.
	Gate(ctx context.Context, s gate.Subject, at time.Time) (gate.Answer, error)
	// Token finds the living token with a secret and a scope and returns its name; Unauthenticated where
	// there is none.
	Token(ctx context.Context, secret, scope string) (name string, err error)
	// Ready returns nil where the store can read and write now, else the sentence.
	Ready(ctx context.Context) error
}

// Observe says who may read /healthz, /readyz and /metrics.
type Observe string

const (
	// Loopback: a process on this machine, asking directly. It is the default.
	Loopback Observe = "loopback"
	// All: everybody who reaches the port.
	All Observe = "all"
)

// Options of the door. Service is required, the rest has defaults.
type Options struct {
	Service Service
	// Receivers are the push connectors that have a secret; one without is left out, so that its hook does
	// not exist. Names are unique.
	Receivers []port.Receiver
	// Calendar renders the calendar of a scope as iCalendar for GET /v1/calendar.ics; nil: there is none.
	Calendar func(ctx context.Context, scope access.Scope) ([]byte, error)
	// Registry gets the door's metrics and is what /metrics shows. Nil: one of its own.
	Registry *prometheus.Registry
	Limits   Limits
	// Proxies are the networks whose X-Forwarded-For is believed. From anywhere else the header is ignored.
	Proxies []netip.Prefix
	Observe Observe
	// Now is the clock of the domain (UTC): the instant at which a delivery was received. Nil: time.Now.
	// Rates, timeouts and latencies are of the machine's clock whatever it says.
	Now func() time.Time
	// Log gets a line a request, without query, headers or body. Nil: none.
	Log *slog.Logger
}

// Server is the door. It is an http.Handler; Serve and Shutdown run it on a listener.
type Server struct {
	service   Service
	receivers atomic.Pointer[map[string]port.Receiver]
	calendar  func(ctx context.Context, scope access.Scope) ([]byte, error)
	limits    Limits
	proxies   []netip.Prefix
	observe   Observe
	now       func() time.Time
	clock     func() time.Time // the machine's, for rates and latencies
	log       *slog.Logger

	meters   *meters
	metrics  http.Handler
	hookRate *buckets
	askRate  *buckets
	failures *buckets
	bodies   *budget
	conns    *conns
	writing  chan struct{} // places at work of the hooks, which wait for the store's one writer
	asking   chan struct{} // and of all others, which only read
	http     *http.Server
}

// New returns a door, or a Usage error that names the option that is wrong.
func New(o Options) (*Server, error) {
	if o.Service == nil {
		return nil, release.Errorf(release.Internal, "the HTTP door was given no service")
	}
	limits := o.Limits.withDefaults()
	if err := limits.check(); err != nil {
		return nil, err
	}
	s := &Server{
		service:  o.Service,
		calendar: o.Calendar,
		limits:   limits,
		proxies:  o.Proxies,
		observe:  cmp.Or(o.Observe, Loopback),
		now:      o.Now,
		clock:    time.Now,
		log:      o.Log,
		hookRate: newBuckets(limits.HookRate, limits.Sources),
		askRate:  newBuckets(limits.AskRate, limits.Sources),
		failures: newBuckets(limits.FailureRate, limits.Sources),
		bodies:   newBudget(limits.Bodies, limits.BodiesPerSource),
		writing:  make(chan struct{}, limits.Concurrent),
		asking:   make(chan struct{}, limits.Concurrent),
	}
	if s.observe != Loopback && s.observe != All {
		return nil, release.Errorf(release.Usage, "%q does not say who may observe", release.Clean(string(o.Observe), 40)).
			Advise("write loopback or all")
	}
	if s.now == nil {
		s.now = time.Now
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if err := s.Receive(o.Receivers); err != nil {
		return nil, err
	}
	registry := o.Registry
	if registry == nil {
		registry = prometheus.NewRegistry()
	}
	var err error
	if s.meters, err = newMeters(registry); err != nil {
		return nil, release.Errorf(release.Internal, "the metrics of the HTTP door could not be registered").Because(err)
	}
	s.meters.announce(*s.receivers.Load())
	s.metrics = exposition(registry, s.log)
	s.conns = &conns{total: limits.Conns, each: limits.ConnsPerSource, exempt: s.isProxy, meters: s.meters, held: map[netip.Addr]int{}}
	s.http = &http.Server{
		Handler:           s,
		ReadHeaderTimeout: limits.ReadHeader,
		ReadTimeout:       limits.Read,
		WriteTimeout:      limits.Write,
		IdleTimeout:       limits.Idle,
		MaxHeaderBytes:    limits.Header,
		ConnState:         s.conns.moved,
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
	return s, nil
}

// Receive replaces the connectors whose hooks exist, from the next request on. A Usage error leaves them as
// they were.
func (s *Server) Receive(list []port.Receiver) error {
	by := make(map[string]port.Receiver, len(list))
	for _, r := range list {
		if _, twice := by[r.Name()]; twice || r.Name() == "" {
			return release.Errorf(release.Usage, "two connectors are called %q, or one has no name", release.Clean(r.Name(), 80)).
				Advise("give each connector a name of its own")
		}
		by[r.Name()] = r
	}
	s.receivers.Store(&by)
	if s.meters != nil {
		s.meters.announce(by)
	}
	return nil
}

// Serve answers on ln until Shutdown, then returns nil. It closes ln. A listener that speaks TLS is
// the caller's to make.
func (s *Server) Serve(ln net.Listener) error {
	err := s.http.Serve(ln)
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return release.Errorf(release.Unavailable, "the HTTP door on %s has closed", ln.Addr()).Because(err)
}

// Shutdown stops accepting, waits for the requests that are under way, and cuts them off when ctx ends; it
// then returns ctx's error. What was answered before that is durable.
func (s *Server) Shutdown(ctx context.Context) error {
	err := s.http.Shutdown(ctx)
	if err != nil {
		return errors.Join(err, s.http.Close())
	}
	return nil
}
