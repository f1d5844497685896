package httpserver

import (
	"context"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"runtime/debug"
	"strings"

	"signalbox/connectors"
	"signalbox/release"
	"signalbox/release/fact"
	"signalbox/release/port"
)

// maxDeliveryID is the longest id of a delivery, in bytes. Forges send a UUID.
const maxDeliveryID = 255

// hook takes one delivery: POST /v1/hooks/{connector}. It answers 200 after the delivery is durable, with
// {"status":"stored"}, or {"status":"repeat"} where it was stored before and had no second effect.
func (s *Server) hook(c *call) answer {
	if a, spent := s.enough(c); spent {
		return a
	}
	name := strings.TrimPrefix(c.r.URL.Path, hooksPath)
	receiver, known := (*s.receivers.Load())[name]
	if !known {
		return noHook(name)
	}
	c.connector = name
	if c.r.Method != http.MethodPost {
		return wrongMethod(c.r, http.MethodPost)
	}
	key := bucketKey{holder(c.from), name}
	if wait := s.failures.spent(key, s.clock()); wait > 0 {
		c.outcome = outcomeLimited
		return tooMany(wait, "this source could not prove itself too often")
	}

	b, bad := s.read(c, s.limits.Body)
	defer b.done()
	if bad != nil {
		switch bad.status {
		case http.StatusTooManyRequests:
			c.outcome = outcomeLimited
		case http.StatusServiceUnavailable:
			c.outcome = outcomeUnavailable
		default:
			s.turnAway(c, bad.err)
		}
		return *bad
	}
	// A sender who hangs up now will send it again; what has begun is finished all the same.
	ctx, done, err := s.work(context.WithoutCancel(c.r.Context()), s.writing)
	if err != nil {
		c.outcome = outcomeUnavailable
		return refuse(err)
	}
	defer done()

	d, err := receiver.Authenticate(c.r.Header.Get, b.bytes)
	if err == nil && (d.ID == "" || len(d.ID) > maxDeliveryID) {
		err = release.Errorf(release.Usage, "the delivery has no id, or one longer than %d bytes", maxDeliveryID).
			Advise("send the id that the sender's kind gives to each delivery")
	}
	if err != nil {
		if release.CodeOf(err) == release.NotFound {
			c.connector = ""
			return noHook(name)
		}
		s.failures.take(key, s.clock())
		err = unproven(err)
		s.turnAway(c, err)
		return refuse(err)
	}
	c.delivery = d.ID
	return s.deliver(ctx, c, receiver, d, b.bytes)
}

// deliver understands and stores a delivery whose sender is known.
func (s *Server) deliver(ctx context.Context, c *call, receiver port.Receiver, d port.Delivery, body []byte) answer {
	facts, bad := s.understand(c, receiver, d, body)
	if bad != nil {
		c.outcome = outcomeDead
		if bad.status == http.StatusInternalServerError {
			c.outcome = outcomeFault
		}
		s.service.DeadHook(ctx, c.connector, d, body, release.AsError(bad.err).Message)
		return *bad
	}
	fresh, err := s.service.Ingest(ctx, c.connector, d, facts)
	switch {
	case err != nil:
		err = late(err)
		c.outcome = outcomeFault
		if release.CodeOf(err) == release.Unavailable {
			c.outcome = outcomeUnavailable
		}
		return refuse(err)
	case fresh:
		c.outcome = outcomeStored
	default:
		c.outcome = outcomeRepeat
	}
	return ok(stored{Status: c.outcome})
}

type stored struct {
	Status string `json:"status"`
}

// understand asks the connector what a body says. A connector that panics over a body has not understood
// it, and the feed's row must show that as well as the log.
func (s *Server) understand(c *call, receiver port.Receiver, d port.Delivery, body []byte) (facts []fact.Fact, bad *answer) {
	defer func() {
		if p := recover(); p != nil {
			s.meters.panics.Inc()
			a := refuse(release.Errorf(release.Internal, "the connector %s met a fault of its own over this body", c.connector).
				Advise("nothing was stored; the server log has the cause").
				Because(fmt.Errorf("panic: %v\n%s", p, debug.Stack())))
			facts, bad = nil, &a
		}
	}()
	if t := c.r.Header.Get("Content-Type"); t != "" && !isJSON(t) {
		a := refuseAs(http.StatusUnsupportedMediaType, release.Errorf(release.Usage, "a body of type %s is not taken", quote(t)).
			Advise("choose application/json where the sender is configured"))
		return nil, &a
	}
	if err := connectors.Guard(body, connectors.MaxBody, connectors.MaxDepth); err != nil {
		a := refuse(err)
		return nil, &a
	}
	facts, err := receiver.Map(d, body, s.now().UTC())
	if err == nil {
		return facts, nil
	}
	var known *release.Error
	if !errors.As(err, &known) {
		known = release.Errorf(release.Usage, "the body cannot be understood: %s", release.Clean(err.Error(), 200)).Because(err)
	}
	a := refuseAs(http.StatusBadRequest, known)
	return nil, &a
}

// turnAway counts a delivery on its feed's row.
func (s *Server) turnAway(c *call, err error) {
	c.outcome = outcomeRefused
	s.service.RefusedHook(c.connector, release.AsError(err).Message)
}

// unproven is what Authenticate's error means at the door: a missing header is Usage, and everything else
// is a sender who is not believed, whatever went wrong in finding out.
func unproven(err error) error {
	switch release.CodeOf(err) {
	case release.Usage, release.Unauthenticated:
		return err
	}
	return release.Errorf(release.Unauthenticated, "the sender could not be verified").
		Advise("compare the secret here with the sender's").Because(err)
}

// noHook does not say whether a connector of that name exists without a secret.
func noHook(name string) answer {
	a := refuse(release.Errorf(release.NotFound, "there is no hook %s", quote(name)).
		Advise("a hook exists for each connector of the configuration that has a secret"))
	a.hangUp = true
	return a
}

// isJSON reports whether a media type is JSON or one of its kinds (application/cloudevents+json).
func isJSON(contentType string) bool {
	t, _, err := mime.ParseMediaType(contentType)
	return err == nil && (t == "application/json" || strings.HasSuffix(t, "+json"))
}
