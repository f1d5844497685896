package storetest

import (
	"context"
	"slices"
	"testing"
	"time"

	"signalbox/release/access"
	"signalbox/release/calendar"
	"signalbox/release/fact"
	"signalbox/release/port"
)

func entries() []calendar.Entry {
	return []calendar.Entry{
		{ExternalID: "b@x", Kind: calendar.FreezePeriod, Hardness: calendar.HardFreeze, Scope: access.Org, Title: "Year's end “freeze”", URL: "https://c.example/b",
			Timing: calendar.Timing{Zone: "Europe/London", Start: "2026-12-24T00:00:00", AllDay: true, Days: 9}},
		{ExternalID: "a@x", Kind: calendar.Batch, Scope: "service:ledger", Title: "Night batch",
			Timing: calendar.Timing{Zone: "America/New_York", Start: "2026-03-01T02:30:00", Length: 90 * time.Minute, Rule: "FREQ=DAILY;UNTIL=20261231T023000",
				Extra: []string{"2027-01-02T02:30:00"}, Except: []string{"2026-07-04T02:30:00"},
				Moved: []calendar.Move{{Of: "2026-03-08T02:30:00", Zone: "UTC", Start: "2026-03-08T08:00:00", Length: time.Hour, Title: "moved"}, {Of: "2026-03-09T02:30:00", Gone: true}}}},
	}
}

func putCalendar(t testing.TB, s port.Store, source string, at time.Time, es ...calendar.Entry) (n port.Imported) {
	t.Helper()
	Write(t, s, func(ctx context.Context, tx port.Tx) (err error) {
		n, err = tx.PutCalendar(ctx, fact.CalendarSeen{Source: source, Entries: es}, at)
		return err
	})
	return n
}

func listed(t testing.TB, s port.Store) (es []calendar.Entry) {
	t.Helper()
	Read(t, s, func(ctx context.Context, r port.Reader) (err error) {
		es, err = r.Entries(ctx)
		return err
	})
	return es
}

// kept is an entry as the store gives it back.
func kept(e calendar.Entry, source string, revision int64, at time.Time) calendar.Entry {
	e.Source, e.Revision, e.UpdatedAt = source, revision, at
	return e
}

func testCalendars(t *testing.T, open func(port.Publisher) port.Store) {
	s := open(nil)
	same(t, listed(t, s), []calendar.Entry(nil))
	es := entries()
	b, a := es[0], es[1]
	same(t, putCalendar(t, s, "outlook", T0, b, a), port.Imported{Read: 2, Stored: 2})
	same(t, putCalendar(t, s, "import:x.ics", T0, a), port.Imported{Read: 1, Stored: 1})
	want := []calendar.Entry{kept(a, "import:x.ics", 1, T0), kept(a, "outlook", 1, T0), kept(b, "outlook", 1, T0)}
	same(t, listed(t, s), want)
	// Read again, nothing of it differs, whatever the reader says of revisions and instants.
	later := T0.Add(time.Hour)
	again := kept(a, "somebody", 7, later)
	same(t, putCalendar(t, s, "outlook", later, again, b), port.Imported{Read: 2, Unchanged: 2})
	same(t, listed(t, s), want)
	// Each thing of an entry that differs raises its revision, and no other's.
	for i, change := range []func(e *calendar.Entry){
		func(e *calendar.Entry) { e.Kind = calendar.Maintenance },
		func(e *calendar.Entry) { e.Hardness = calendar.SoftFreeze },
		func(e *calendar.Entry) { e.Scope = "service:search" },
		func(e *calendar.Entry) { e.Title = "Nightly" },
		func(e *calendar.Entry) { e.URL = "https://c.example/a" },
		func(e *calendar.Entry) { e.Timing.Zone = "Asia/Kathmandu" },
		func(e *calendar.Entry) { e.Timing.Rule = "" },
		func(e *calendar.Entry) { e.Timing.Moved = slices.Clone(e.Timing.Moved[:1]) },
		func(e *calendar.Entry) { e.Timing.Except = nil },
	} {
		change(&a)
		at := later.Add(time.Duration(i) * time.Minute)
		same(t, putCalendar(t, s, "outlook", at, a, b), port.Imported{Read: 2, Stored: 1, Unchanged: 1})
		want[1] = kept(a, "outlook", int64(i+2), at)
		same(t, listed(t, s), want)
	}
	// Named twice counts once, as it was named first; what is no longer held goes, with that source only.
	twin := b
	twin.Title = "twin"
	same(t, putCalendar(t, s, "outlook", later, b, twin), port.Imported{Read: 2, Unchanged: 2, Removed: 1})
	same(t, listed(t, s), []calendar.Entry{want[0], want[2]})
	// What stands there and cannot be read any more stays as it was, unless it is told otherwise as well.
	Write(t, s, func(ctx context.Context, tx port.Tx) error {
		n, err := tx.PutCalendar(ctx, fact.CalendarSeen{Source: "outlook", Unread: []string{b.ExternalID, "never seen"}}, later)
		same(t, n.Removed+n.Stored, 0)
		return err
	})
	same(t, listed(t, s), []calendar.Entry{want[0], want[2]})
	same(t, putCalendar(t, s, "outlook", later), port.Imported{Removed: 1})
	same(t, listed(t, s), want[:1])
}

// testCalendarCache: entries are read once a revision and shared; a transaction that is rolled back leaves
// nothing of it behind, and another process's change is seen.
func testCalendarCache(t *testing.T, open func(port.Publisher) port.Store) {
	s, es := open(nil), entries()
	putCalendar(t, s, "a", T0, es...)
	one, two := listed(t, s), listed(t, s)
	if &one[0] != &two[0] {
		t.Fatal("two readings of one revision are two lists")
	}
	putCalendar(t, s, "a", T0.Add(time.Hour), es...)
	if three := listed(t, s); &one[0] != &three[0] {
		t.Fatal("a reading in which nothing differs made another list")
	}
	ctx := context.Background()
	_ = s.Write(ctx, func(tx port.Tx) error {
		if _, err := tx.PutCalendar(ctx, fact.CalendarSeen{Source: "a"}, T0); err != nil {
			return err
		}
		mine, err := tx.Entries(ctx)
		if len(mine) != 0 || err != nil {
			t.Errorf("a transaction does not see what it wrote: %v, %v", mine, err)
		}
		return context.Canceled
	})
	if three := listed(t, s); &one[0] != &three[0] {
		t.Fatal("a transaction that was rolled back made another list")
	}
	es[0].Title = "Mine"
	putCalendar(t, s, "a", T0, es...)
	same(t, listed(t, s)[1].Title, "Mine")
	other := open(nil)
	same(t, listed(t, other)[1].Title, "Mine")
	es[0].Title = "Theirs"
	putCalendar(t, other, "a", T0, es...)
	same(t, listed(t, s)[1].Title, "Theirs")
}

// testClosings: business days are counted anew as holidays come and go; what the period's own source says stays.
func testClosings(t *testing.T, open func(port.Publisher) port.Store) {
	s := open(nil)
	closing := calendar.Entry{ExternalID: "sox", Kind: calendar.AuditPeriod, Scope: "unit:finance", Title: "Year's close", Timing: calendar.Timing{Zone: "Europe/London",
		Closing: &calendar.Closing{Every: calendar.Year, First: 0, Last: 1, Holidays: "unit:acme-uk", Weekend: []time.Weekday{time.Saturday, time.Sunday}, Since: "2026-06-01", Until: "2026-12-31"}}}
	holiday := func(id, start string) calendar.Entry {
		return calendar.Entry{ExternalID: id, Kind: calendar.Holiday, Scope: "unit:acme-uk", Title: id, Timing: calendar.Timing{Zone: "Europe/London", Start: start + "T00:00:00", AllDay: true, Days: 1}}
	}
	putCalendar(t, s, "finance", T0, closing)
	find := func() calendar.Entry {
		for _, e := range listed(t, s) {
			if e.ExternalID == "sox" {
				return e
			}
		}
		t.Fatal("the period is gone")
		return calendar.Entry{}
	}
	period := func(want string, days int) calendar.Entry {
		t.Helper()
		e := find()
		if e.Timing.Start != want+"T00:00:00" || e.Timing.Days != days || e.Timing.Closing != nil {
			t.Errorf("the period is %+v", e.Timing)
		}
		return e
	}
	first := period("2026-12-31", 2)
	putCalendar(t, s, "hr", T0, holiday("new year's eve", "2026-12-31"), holiday("new year", "2027-01-01"))
	second := period("2026-12-30", 6) // to Monday the 4th
	if second.Revision <= first.Revision {
		t.Errorf("the period moved, and its revision is %d after %d", second.Revision, first.Revision)
	}
	same(t, putCalendar(t, s, "finance", T0.Add(time.Hour), closing), port.Imported{Read: 1, Unchanged: 1})
	putCalendar(t, s, "hr", T0, holiday("new year", "2027-01-01"))
	if third := period("2026-12-31", 5); third.Revision <= second.Revision {
		t.Errorf("the period moved, and its revision is %d after %d", third.Revision, second.Revision)
	}
	for _, k := range calendar.Kinds { // every kind can be kept
		putCalendar(t, s, "kinds", T0, calendar.Entry{ExternalID: "k", Kind: k, Scope: access.Org, Title: "k", Timing: calendar.Timing{Zone: "UTC", Start: "2026-12-31T00:00:00"}})
	}
}
