package storetest

import (
	"context"
	"testing"
	"time"

	"signalbox/release"
	"signalbox/release/calendar"
	"signalbox/release/change"
	"signalbox/release/conflict"
	"signalbox/release/port"
)

// scheduled makes the n-th change with a schedule that begins so long after T0.
func scheduled(n int64, in time.Duration) *change.Change {
	c := ask(n)
	c.Schedule = change.Schedule{Interval: calendar.Interval{From: T0.Add(in), To: T0.Add(in + time.Hour)}, Prep: 5 * time.Minute, Verify: 15 * time.Minute, AskedAt: T0}
	return c
}

func testSchedules(t *testing.T, open func(port.Publisher) port.Store) {
	s := open(nil)
	past, ahead, over, never := scheduled(1, -2*time.Hour), scheduled(2, time.Hour), scheduled(3, time.Hour), ask(4)
	over.State, over.Result = change.Closed, change.Done
	putChanges(t, s, past, ahead, over, never)
	ahead.Schedule.From = ahead.Schedule.From.Add(30 * time.Minute)
	putChanges(t, s, ahead) // by the write that leaves what names it
	ahead.Service, ahead.Schedule.Verify = "search", time.Hour
	putChanges(t, s, ahead) // and by the other
	Read(t, s, func(ctx context.Context, r port.Reader) error {
		for at, want := range map[time.Time]string{T0.Add(-time.Hour): "CHG-2", T0.Add(-time.Hour - time.Microsecond): "CHG-1 CHG-2", T0.Add(2 * time.Hour): ""} {
			got, err := r.ChangesPlanned(ctx, at)
			if err != nil {
				return err
			}
			same(t, ids(got), want)
		}
		got, err := r.Change(ctx, "CHG-2")
		if err != nil {
			return err
		}
		same(t, got, *ahead)
		in, err := r.ChangesIn(ctx, change.Requested, change.Closed)
		if err != nil {
			return err
		}
		same(t, ids(in), "CHG-1 CHG-2 CHG-3 CHG-4")
		return nil
	})
}

func testConflictCases(t *testing.T, open func(port.Publisher) port.Store) {
	a, b := open(nil), open(nil)
	addPeople(t, a, "j.ruiz")
	found := func(id, key string) conflict.Case {
		return conflict.Case{ID: id, State: conflict.Open, RaisedAt: T0, AskedAt: T0, Conflict: conflict.Conflict{Key: key, Kind: conflict.SameService, Name: "SAME_SERVICE",
			Outcome: conflict.Collides, Severity: conflict.Hard, Parties: []conflict.Party{{Sort: conflict.WorkParty, ID: "CHG-1"}, {Sort: conflict.WorkParty, ID: "CHG-2"}},
			Items: []string{"search"}, Interval: calendar.Interval{From: T0, To: T0.Add(time.Hour)}, Reason: "both are on “search”", Missing: []string{}, Deadline: T0}}
	}
	put := func(s port.Store, c *conflict.Case) error {
		return s.Write(context.Background(), func(tx port.Tx) error { return tx.PutConflictCase(context.Background(), c) })
	}
	one, two := found("CX-9", "K4/CHG-1/work:CHG-2"), found("CX-10", "K4/CHG-1/work:CHG-3")
	for _, c := range []*conflict.Case{&two, &one} {
		if err := put(a, c); err != nil {
			t.Fatal(err)
		}
	}
	twin := found("CX-11", one.Key)
	Refuse(t, put(b, &twin), release.Refused) // one that stands has one case
	seen := one
	one.Step, one.AskedAt, one.AnsweredBy, one.AnsweredAt = 1, T0.Add(time.Minute), "j.ruiz", T0.Add(2*time.Minute)
	one.State, one.Waiver = conflict.Waived, &conflict.Waiver{By: "j.ruiz", At: T0, Until: T0.Add(time.Hour), Reason: "both were rehearsed together"}
	if err := put(b, &one); err != nil {
		t.Fatal(err)
	}
	Refuse(t, put(a, &seen), release.Changed)
	two.State, two.GoneAt, two.How = conflict.Gone, T0.Add(time.Hour), "CHG-1 was moved"
	if err := put(a, &two); err != nil {
		t.Fatal(err)
	}
	back := found("CX-12", two.Key) // it has come back
	if err := put(a, &back); err != nil {
		t.Fatal(err)
	}
	Read(t, a, func(ctx context.Context, r port.Reader) error {
		for since, want := range map[time.Time][]conflict.Case{T0.Add(time.Hour): {one, two, back}, T0.Add(time.Hour + time.Microsecond): {one, back}} {
			got, err := r.ConflictCases(ctx, since)
			if err != nil {
				return err
			}
			same(t, got, want)
		}
		got, err := r.ConflictCase(ctx, "CX-9")
		if err != nil {
			return err
		}
		same(t, got, one)
		_, err = r.ConflictCase(ctx, "CX-99")
		Refuse(t, err, release.NotFound)
		return nil
	})
}
