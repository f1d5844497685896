package control

import (
	"context"
	"time"

	"signalbox/release"
	"signalbox/release/access"
	"signalbox/release/gate"
	"signalbox/release/port"
	"signalbox/release/verb"
)

// Gate answers for one subject at an instant; the zero instant is now. It is what the HTTP door asks.
func (c *Control) Gate(ctx context.Context, s gate.Subject, at time.Time) (gate.Answer, error) {
	if at.IsZero() {
		at = c.now()
	}
	var a gate.Answer
	err := c.judging(ctx, func(r port.Reader) error {
		var err error
		a, err = c.ask(ctx, r, s, at.UTC())
		return err
	})
	return a, err
}

func (c *Control) gateVerb(ctx context.Context, call verb.Call) (verb.Answer, error) {
	var at time.Time
	var err error
	if s := call.Flag("at"); s != "" {
		if at, err = verb.ParseTime(s, c.now()); err != nil {
			return verb.Answer{}, err
		}
	}
	id := ""
	s := gate.Subject{Service: release.Clean(call.Flag("service"), 100), Environment: release.Clean(call.Flag("environment"), 60),
		Version: release.Clean(call.Flag("version"), 100)}
	switch {
	case call.Arg(0) != "":
		if id, err = c.changeID(call.Arg(0)); err != nil {
			return verb.Answer{}, err
		}
	case s.Service == "" || s.Environment == "" || call.Flag("digest") == "":
		v, _ := c.verbs.Find("gate")
		return verb.Answer{}, release.Errorf(release.Usage, "gate: name a change, or --service, --environment and --digest").Advise("%s", v.Usage())
	default:
		if s.Digest, err = release.ParseDigest(call.Flag("digest")); err != nil {
			return verb.Answer{}, err
		}
	}
	var a gate.Answer
	err = c.look(ctx, call, func(r port.Reader, _ *access.Person, now time.Time) error {
		if at.IsZero() {
			at = now
		}
		subject := s
		if id != "" {
			ch, err := r.Change(ctx, id)
			if err != nil {
				return err
			}
			subject = subjectOf(ch)
		}
		var err error
		a, err = c.ask(ctx, r, subject, at)
		return err
	})
	if err != nil {
		return verb.Answer{}, err
	}
	return verb.Answer{Value: a, Lines: gateLines(a), Exit: a.Verdict.Exit()}, nil
}
