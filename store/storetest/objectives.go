package storetest

import (
	"context"
	"testing"
	"time"

	"signalbox/release/fact"
	"signalbox/release/health"
	"signalbox/release/port"
	"signalbox/release/rollout"
)

func testObjectives(t *testing.T, open func(port.Publisher) port.Store) {
	hub := &Hub{}
	s := open(hub)
	put := func(source string, unread []string, list ...health.Objective) (n port.Imported) {
		t.Helper()
		Write(t, s, func(ctx context.Context, tx port.Tx) (err error) {
			n, err = tx.PutObjectives(ctx, fact.ObjectivesSeen{Source: source, Objectives: list, Unread: unread})
			return err
		})
		return n
	}
	listed := func() (out []health.Objective) {
		Read(t, s, func(ctx context.Context, r port.Reader) (err error) {
			out, err = r.Objectives(ctx)
			return err
		})
		return out
	}
	same(t, listed(), []health.Objective(nil))
	fast := health.Objective{ID: "fast", Service: "checkout", Environment: "production", Title: "Fast “enough”", Target: 0.99, Window: 28 * 24 * time.Hour,
		Indicator: health.Latency, Method: health.Timeslices, SliceTarget: 0.95, Threshold: 0.5, From: "slo.yaml:7"}
	up := health.Objective{ID: "up", Service: "checkout", Environment: "production", Target: 0.9995, Window: 30 * 24 * time.Hour,
		Indicator: health.Availability, Method: health.Occurrences, From: "slo.yaml:1"}
	of := func(source string, o health.Objective) health.Objective {
		o.Source = source
		return o
	}
	settle(t, s, hub)
	published := func(want ...port.Topic) {
		t.Helper()
		// A store that has just begun to listen may publish every topic once, at any time.
		if got := hub.Drain(); len(got) < len(port.Topics) {
			same(t, got, want)
		}
	}
	same(t, put("slo", nil, up, fast), port.Imported{Read: 2, Stored: 2})
	published(port.Health)
	same(t, listed(), []health.Objective{of("slo", fast), of("slo", up)})
	same(t, put("slo", nil, fast, up), port.Imported{Read: 2, Unchanged: 2})
	published()
	same(t, put("import:x", nil, up), port.Imported{Read: 1, Stored: 1}) // the same id of another source
	for _, set := range []func(){
		func() { up.Service = "ledger" }, func() { up.Environment = "staging" }, func() { up.Title = "Up" }, func() { up.Target = 0.5 },
		func() { up.Window = time.Hour }, func() { up.Method = health.RatioTimeslices }, func() { up.From = "slo.yaml:9" },
		func() { up.Indicator, up.SliceTarget, up.Threshold = health.Latency, 0.99, 1.25 },
	} {
		set()
		same(t, put("slo", nil, fast, up), port.Imported{Read: 2, Stored: 1, Unchanged: 1})
		same(t, listed()[2], of("slo", up))
	}
	// What cannot be read any more stays, what is no longer declared goes, with that source only.
	same(t, put("slo", []string{"up", "never seen"}, fast), port.Imported{Read: 2, Unchanged: 2})
	same(t, put("slo", nil, fast, fast), port.Imported{Read: 2, Unchanged: 2, Removed: 1})
	same(t, put("slo", nil), port.Imported{Removed: 1})
	same(t, len(listed()), 1)
}

// testRollUps: what is due is rolled up for the reader, in the width that is asked for.
func testRollUps(t *testing.T, open func(port.Publisher) port.Store) {
	s := open(nil)
	base := time.Now().UTC().Truncate(time.Hour).Add(-3 * time.Hour)
	var all []health.Sample
	for d := 30 * time.Second; d <= 2*time.Hour; d += 30 * time.Second {
		all = append(all, point(base.Add(d), "v1", 10))
	}
	putSamples(t, s, "prometheus", all...)
	rolled := func(width time.Duration, from, to time.Time) (out []health.Sample) {
		Read(t, s, func(ctx context.Context, r port.Reader) (err error) {
			out, err = r.RollUps(ctx, checkout, width, from, to)
			return err
		})
		return out
	}
	same(t, rolled(time.Hour, base, base.Add(2*time.Hour)), health.RollUp(health.RollUp(all, 5*time.Minute), time.Hour))
	same(t, rolled(5*time.Minute, base.Add(time.Hour), base.Add(2*time.Hour)), health.RollUp(all[120:], 5*time.Minute))
	same(t, len(rolled(5*time.Minute, base, base.Add(5*time.Minute-1))), 0)
	same(t, len(rolled(time.Hour, base.Add(time.Hour), base.Add(time.Hour))), 0)
	if err := s.Read(context.Background(), func(r port.Reader) error {
		_, err := r.RollUps(context.Background(), checkout, time.Minute, base, base.Add(time.Hour))
		return err
	}); err == nil {
		t.Fatal("there are roll-ups of a minute")
	}
}

func testRolloutsBegunSince(t *testing.T, open func(port.Publisher) port.Store) {
	s := open(nil)
	made := func(id string, after time.Duration) rollout.Observed {
		return rollout.Observed{ID: id, Connector: "github", ExternalID: id, Service: "checkout", Environment: "production", Version: "1", Digest: "git:aa",
			State: rollout.Success, StartedAt: T0.Add(after), UpdatedAt: T0.Add(after + time.Hour)}
	}
	one, two, ten := made("RO-1", time.Minute), made("RO-2", 0), made("RO-10", time.Minute)
	Write(t, s, func(ctx context.Context, tx port.Tx) error {
		for _, o := range []rollout.Observed{ten, one, two} {
			if err := tx.PutRollout(ctx, o); err != nil {
				return err
			}
		}
		return nil
	})
	Read(t, s, func(ctx context.Context, r port.Reader) error {
		list, err := r.RolloutsBegunSince(ctx, T0)
		same(t, list, []rollout.Observed{two, one, ten})
		if err != nil {
			return err
		}
		list, err = r.RolloutsBegunSince(ctx, T0.Add(1000))
		same(t, list, []rollout.Observed{one, ten})
		return err
	})
}
