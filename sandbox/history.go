package sandbox

import (
	"container/heap"
	"context"
	"fmt"
	"time"

	"signalbox/release/change"
	"signalbox/release/fact"
	"signalbox/release/health"
	"signalbox/release/port"
	"signalbox/release/simulation"
)

// How far back the company was watched before the start, and how finely.
const (
	watched     = 30 * 24 * time.Hour
	sparse      = 6 * time.Hour
	roughSince  = 8 * 24 * time.Hour
	rough       = time.Hour
	coarseSince = 24 * time.Hour
	coarse      = 10 * time.Minute
	fineSince   = 2 * time.Hour
)

// Build founds the company in the empty store of its house, and lives through the two days before the start, so
// that every screen has a past.
func (s *Sandbox) Build(ctx context.Context) error {
	s.turn.Lock()
	defer s.turn.Unlock()
	return s.build(withTurn(ctx))
}

func (s *Sandbox) build(ctx context.Context) error {
	run, sc := s.run+1, s.scenario
	s.world = world{run: run, scenario: sc, ships: map[string]*ship{}, newest: map[string]*ship{}, rolling: map[string]bool{}, silent: map[string]bool{},
		extra: map[string][]item{}, telemetry: newTelemetry(s.o.Seed)}
	s.remember()
	begin := s.o.Start.Add(-50 * time.Hour)
	s.clock.pin(begin)
	if err := s.operator(ctx, "init", nil, nil); err != nil {
		return err
	}
	if err := s.people(ctx); err != nil {
		return err
	}
	if err := s.house.Control.Rewire(ctx, s.Wiring()); err != nil {
		return err
	}
	for _, r := range s.readers() {
		s.house.Control.PullOnce(ctx, r)
	}
	if err := s.past(ctx); err != nil {
		return err
	}
	s.clock.pin(s.o.Start)
	if err := s.backfill(ctx); err != nil {
		return err
	}
	for i := range sc.Steps {
		st := &sc.Steps[i]
		step := &simulation.Step{At: s.o.Start.Add(time.Duration(st.At)), Text: st.Text}
		s.steps = append(s.steps, step)
		s.put(step.At, step, func(ctx context.Context) error { return s.carry(ctx, st) })
	}
	if err := s.beat(ctx); err != nil {
		return err
	}
	s.clock.set(s.o.Start, s.soonest())
	s.show()
	s.house.Ready()
	return nil
}

// trips are versions that were on their way before the start: when each was asked for, and what became of it.
// What waits is left for the people at the screens.
var trips = []struct {
	before  time.Duration // of the start
	service string
	end     string // success, failure, live, waits, half, question, red, rejected, stranger
}{
	{49 * time.Hour, "content", "success"}, {46 * time.Hour, "catalogue", "success"}, {29 * time.Hour, "search", "success"},
	{28 * time.Hour, "tax", "success"}, {27*time.Hour + 20*time.Minute, "identity", "success"}, {26 * time.Hour, "cart", "success"},
	{25 * time.Hour, "recommend", "failure"}, {24 * time.Hour, "payments-api", "success"}, {22 * time.Hour, "notify-svc", "success"},
	{21*time.Hour + 30*time.Minute, "rate-limit", "success"}, {20 * time.Hour, "wallet", "success"}, {19 * time.Hour, "recommend", "success"},
	{18 * time.Hour, "reviews", "rejected"}, {17 * time.Hour, "mobile-gw", "success"},
	{6 * time.Hour, "status-page", "success"}, {5 * time.Hour, "feature-flags", "success"}, {4*time.Hour + 30*time.Minute, "currency", "success"},
	{4 * time.Hour, "sanctions", "half"}, {3*time.Hour + 40*time.Minute, "store-bff", "success"}, {3 * time.Hour, "consent", "question"},
	{2*time.Hour + 30*time.Minute, "search-index", "failure"}, {2 * time.Hour, "event-bus", "success"}, {100 * time.Minute, "ledger", "half"},
	{80 * time.Minute, "promo", "waits"}, {66 * time.Minute, "edge-gw", "red"}, {60 * time.Minute, "returns", "waits"}, {50 * time.Minute, "mailer", "waits"}, {44 * time.Minute, "catalogue", "live"},
	{40 * time.Minute, "gift-cards", "stranger"}, {33 * time.Minute, "invoicing", "waits"}, {30 * time.Minute, "push-gw", "live"}, {18 * time.Minute, "loyalty", "waits"},
}

// past lives through what was before the start. Whatever of it ends later stays on the agenda.
func (s *Sandbox) past(ctx context.Context) error {
	for k, t := range trips {
		asked := s.o.Start.Add(-t.before + time.Duration(s.below(300, "trip", k))*time.Second)
		quorum := change.Quorum(int(offered(t.service).tier))
		d := deployStep{Service: t.service, Held: t.end == "success" || t.end == "failure" || t.end == "live"}
		if t.end == "red" {
			d.Failing = "contract"
		}
		if t.end == "stranger" { // somebody whom nobody here knows
			d.Author = "ext-dev7"
		}
		var p *ship
		s.plan(asked, func(ctx context.Context) error {
			err := s.ask(ctx, d)
			p = s.newest[t.service]
			return err
		})
		decide := func(at time.Time, verb, by, message string) {
			s.plan(at, func(ctx context.Context) error {
				id, err := s.changeOf(ctx, p)
				if err == nil {
					_, err = s.act(ctx, by, verb, []string{id}, "message", message)
				}
				return err
			})
		}
		status := func(at time.Time, state string) {
			s.plan(at, func(ctx context.Context) error {
				if state == "success" {
					return s.end(ctx, p)
				}
				return s.status(ctx, p, state)
			})
		}
		first := asked.Add(8*time.Minute + time.Duration(s.below(200, "first", k))*time.Second)
		switch t.end {
		case "waits", "red", "stranger":
			continue
		case "question":
			decide(first, "question", "p.lind", "which consumers read the old answer, and until when?")
			continue
		case "rejected":
			decide(first, "reject", "p.lind", "the rollback was not tried on staging")
			continue
		}
		decide(first, "approve", "p.lind", "read it, and the rollback is rehearsed")
		if t.end == "half" {
			continue
		}
		ready := first
		if quorum > 1 {
			ready = first.Add(3 * time.Minute)
			decide(ready, "approve", "r.costa", "watched it on staging for a day")
		}
		begun := ready.Add(4 * time.Minute)
		status(begun, "in_progress")
		switch t.end {
		case "failure":
			status(begun.Add(11*time.Minute), "failure")
		case "live":
			status(s.o.Start.Add(12*time.Minute+time.Duration(k%3)*4*time.Minute), "success")
		default:
			status(begun.Add(15*time.Minute), "success")
		}
	}
	raised := s.o.Start.Add(-41 * time.Minute) // something is always not quite right
	s.plan(raised, func(ctx context.Context) error {
		s.telemetry.faults = append(s.telemetry.faults, fault{service: "mailer", from: raised, errors: 0.011, latency: 2})
		return s.alarm(ctx, "MailQueueGrows", "mailer", "warning", "mail waits for more than 4m", raised, false)
	})
	s.acts()
	for len(s.due.list) > 0 && s.soonest().Before(s.o.Start) {
		e := heap.Pop(&s.due).(event)
		s.clock.pin(e.at)
		if err := s.readDue(ctx, e.at); err != nil { // who decides looks at what is fresh
			return err
		}
		if err := s.idle(ctx, e.at); err != nil {
			return err
		}
		if err := e.do(ctx); err != nil {
			return fmt.Errorf("before the start, at %s: %w", e.at.Format(time.RFC3339), err)
		}
		for s.house.Control.FollowUpOnce(ctx) {
		}
	}
	return nil
}

// acts are what people did by hand before the start: freezes in force and to come, times for changes, and an emergency.
func (s *Sandbox) acts() {
	freeze := func(before time.Duration, kind, scope string, from, long time.Duration, why string) {
		s.plan(s.o.Start.Add(-before), func(ctx context.Context) error {
			from := s.o.Start.Add(from)
			_, err := s.act(ctx, "n.okafor", "freeze declare", nil, "kind", kind, "scope", scope, "from", stamp(from), "to", stamp(from.Add(long)), "message", why)
			return err
		})
	}
	freeze(70*time.Minute, "hard", "service:returns", -70*time.Minute, 6*time.Hour, "the files of refunds are compared by hand")
	freeze(3*time.Hour, "soft", "unit:data", 20*time.Hour, 10*time.Hour, "the warehouse moves to other disks")
	// After the retail weekend, two that depend on each other at the same time; one in the middle of it; and
	// one that gives no notice.
	schedule := func(service string, in, long time.Duration) {
		s.plan(s.o.Start.Add(-11*time.Minute), func(ctx context.Context) error {
			p, err := s.newestOf(service)
			if err != nil {
				return err
			}
			id, err := s.changeOf(ctx, p)
			if err != nil {
				return err
			}
			_, err = s.act(ctx, "n.okafor", "move", []string{id}, "to", stamp(s.o.Start.Add(in)), "for", long.String(), "verify", "15m", "message", "as the teams asked for it this morning")
			return err
		})
	}
	after := 8*24*time.Hour - 90*time.Minute
	schedule("ledger", after, time.Hour)
	schedule("invoicing", after+30*time.Minute, 45*time.Minute)
	schedule("edge-gw", 3*24*time.Hour+2*time.Hour, 30*time.Minute)
	schedule("mailer", 26*time.Hour, 30*time.Minute)
	schedule("loyalty", 9*24*time.Hour+3*time.Hour, 45*time.Minute)
	s.plan(s.o.Start.Add(-12*time.Minute), func(ctx context.Context) error {
		a, err := s.act(ctx, "k.ito", "change draft", nil, "service", "payout", "environment", "production", "version", s.telemetry.next("payout"), "kind", "emergency",
			"digest", "sha256:"+s.hex("digest", 32, "payout", "by hand"), "title", "The file of Friday's payouts lost its currency")
		if err != nil {
			return err
		}
		ch, ok := a.Value.(change.Change)
		if !ok {
			return fmt.Errorf("a draft answered with %T", a.Value)
		}
		_, err = s.act(ctx, "k.ito", "change submit", []string{ch.ID})
		return err
	})
}

// backfill is what a monitor would have measured before the start.
func (s *Sandbox) backfill(ctx context.Context) error {
	var batch []health.Sample
	take := func() error {
		if len(batch) == 0 {
			return nil
		}
		s.told++
		_, err := s.house.Control.Ingest(ctx, monitor, port.Delivery{ID: fmt.Sprintf("backfill-%d", s.told), Event: "samples"}, []fact.Fact{fact.Measured{Samples: batch}})
		batch = nil
		return err
	}
	from := s.o.Start.Add(-watched)
	for at := from; at.Before(s.o.Start); {
		step := sparse
		switch left := s.o.Start.Sub(at); {
		case left <= fineSince:
			step = tick
		case left <= coarseSince:
			step = coarse
		case left <= roughSince:
			step = rough
		}
		at = at.Add(step)
		for i := range offers {
			if offers[i].id == unwatched {
				continue
			}
			batch = append(batch, s.telemetry.samples(offers[i].id, at, step)...)
		}
		if len(batch) > 2000 {
			if err := take(); err != nil {
				return err
			}
		}
	}
	return take()
}
