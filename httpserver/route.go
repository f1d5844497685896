package httpserver

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"runtime/debug"
	"strconv"
	"strings"

	"signalbox/release"
)

// call is one request on its way through the door, and what is known of it for the log.
type call struct {
	r         *http.Request
	from      netip.Addr
	route     string // one of the routes below
	connector string // a configured one, or ""
	outcome   string // of a hook
	delivery  string // foreign
	token     string // the name of the one that let it in
}

// Routes, as they are counted. Whatever is none of them is routeNone.
const (
	routeHooks   = "hooks"
	routeGate    = "gate"
	routeICS     = "calendar"
	routeHealthz = "healthz"
	routeReadyz  = "readyz"
	routeMetrics = "metrics"
	routeNone    = "none"
)

const hooksPath = "/v1/hooks/"

// ServeHTTP answers one request. A panic in it is answered 500 and ends nothing else.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	began := s.clock()
	c := &call{r: r, from: s.source(r)}
	handle := s.route(c)
	a := s.guard(c, handle)
	status := a.write(w, r)
	took := s.clock().Sub(began)

	s.meters.requests.WithLabelValues(c.route, strconv.Itoa(status)).Inc()
	s.meters.seconds.WithLabelValues(c.route).Observe(took.Seconds())
	if c.outcome != "" {
		s.meters.hooks.WithLabelValues(c.connector, c.outcome).Inc()
	}
	s.record(c, a, status, slog.Duration("took", took))
}

// route names a request and finds who answers it. The path is compared as it is: nothing is cleaned,
// redirected or completed.
func (s *Server) route(c *call) func(*call) answer {
	path := c.r.URL.Path
	switch {
	case strings.HasPrefix(path, hooksPath):
		c.route = routeHooks
		return s.hook
	case path == "/v1/gate":
		c.route = routeGate
		return s.gate
	case path == calendarPath && s.calendar != nil:
		c.route = routeICS
		return s.showCalendar
	case path == "/healthz" && s.mayObserve(c.r):
		c.route = routeHealthz
		return s.healthz
	case path == "/readyz" && s.mayObserve(c.r):
		c.route = routeReadyz
		return s.readyz
	case path == "/metrics" && s.mayObserve(c.r):
		c.route = routeMetrics
		return s.showMetrics
	}
	c.route = routeNone
	return s.nothingHere
}

// guard turns a panic into an answer.
func (s *Server) guard(c *call, handle func(*call) answer) (a answer) {
	defer func() {
		if p := recover(); p != nil {
			s.meters.panics.Inc()
			if c.route == routeHooks && c.connector != "" {
				c.outcome = outcomeFault
			}
			a = refuse(release.AsError(fmt.Errorf("panic: %v\n%s", p, debug.Stack())))
			a.hangUp = true
		}
	}()
	return handle(c)
}

// enough takes a token of the route's rate and returns the 429 of a source that has none left.
func (s *Server) enough(c *call) (a answer, spent bool) {
	table := s.askRate
	if c.route == routeHooks {
		table = s.hookRate
	}
	if wait := table.take(bucketKey{holder(c.from), c.route}, s.clock()); wait > 0 {
		return tooMany(wait, "too many requests came from "+c.from.String()), true
	}
	return answer{}, false
}

// work gives ctx its end and waits for one of the places at work. done gives the place back.
func (s *Server) work(ctx context.Context, slots chan struct{}) (_ context.Context, done func(), err error) {
	ctx, cancel := context.WithTimeout(ctx, s.limits.Handle)
	select {
	case slots <- struct{}{}:
		s.meters.working.Inc()
		return ctx, func() { <-slots; s.meters.working.Dec(); cancel() }, nil
	case <-ctx.Done():
		cancel()
		return nil, nil, release.Errorf(release.Unavailable, "signalbox is busy with %d other requests", cap(slots)).
			Advise("come again in %d s", seconds(retryUnavailable)).Because(ctx.Err())
	}
}

// late makes Unavailable of an error that is only the end of our own patience.
func late(err error) error {
	var known *release.Error
	if !errors.As(err, &known) && (errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled)) {
		return release.Errorf(release.Unavailable, "the store gave no answer in time").
			Advise("come again in %d s", seconds(retryUnavailable)).Because(err)
	}
	return err
}

func (s *Server) nothingHere(c *call) answer {
	if a, spent := s.enough(c); spent {
		return a
	}
	there := "POST /v1/hooks/NAME takes deliveries, GET or POST /v1/gate gives a verdict, GET /v1/calendar.ics is for calendar clients"
	if s.mayObserve(c.r) {
		there += ", GET /healthz, /readyz and /metrics show how signalbox is"
	}
	return refuse(release.Errorf(release.NotFound, "there is nothing at %s", quote(c.r.URL.Path)).Advise("%s", there))
}

// record writes the request's line: what was expected at Debug, refusals at Info, faults above. The query
// and the headers may hold secrets and are never part of it.
func (s *Server) record(c *call, a answer, status int, took slog.Attr) {
	level := slog.LevelDebug
	switch {
	case status == http.StatusServiceUnavailable:
		level = slog.LevelWarn
	case status >= 500:
		level = slog.LevelError
	case status == http.StatusTooManyRequests:
		// Each of them is counted; a line each would be the flood again.
	case status >= 400 || c.outcome == outcomeStored:
		level = slog.LevelInfo
	}
	ctx := c.r.Context()
	if !s.log.Enabled(ctx, level) {
		return
	}
	line := []slog.Attr{slog.String("route", c.route), slog.String("method", quote(c.r.Method)),
		slog.String("path", quote(c.r.URL.Path)), slog.String("from", c.from.String()), slog.Int("status", status), took}
	for _, f := range [][2]string{{"connector", c.connector}, {"outcome", c.outcome}, {"token", c.token}} {
		if f[1] != "" {
			line = append(line, slog.String(f[0], f[1]))
		}
	}
	if c.delivery != "" {
		line = append(line, slog.String("delivery", quote(c.delivery)))
	}
	if a.err != nil {
		e := release.AsError(a.err)
		line = append(line, slog.String("code", string(e.Code)), slog.String("error", e.Message))
		if e.Cause != nil {
			line = append(line, slog.String("cause", fmt.Sprintf("%q", e.Cause.Error())))
		}
	}
	s.log.LogAttrs(ctx, level, "request", line...)
}
