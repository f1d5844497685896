package calendar_test

import (
	"strings"
	"testing"
	"time"

	"signalbox/release/access"
	"signalbox/release/calendar"
	"signalbox/views"
	"signalbox/views/viewtest"
)

// A freeze that was lifted a minute after it began does not make its day a frozen one; one that holds for the rest does.
func TestFrozenDay(t *testing.T) {
	c := viewtest.Week()
	c.Freezes = []calendar.Freeze{{ID: "FRZ-1", Kind: calendar.HardFreeze, Scope: access.Org, Reason: "the vendor is down", DeclaredBy: "c.wu", DeclaredAt: c.At.Add(-5 * time.Minute),
		Interval: calendar.Interval{From: c.At.Add(-5 * time.Minute), To: c.At.AddDate(0, 0, 1)}}}
	frozen := func() int { return strings.Count(row(on(c, "", 120, 32), c, 120, 32, "load/day"), "▒") }
	if n := frozen(); n != 2 {
		t.Errorf("a freeze that holds until tomorrow noon marks %d days, want today and tomorrow", n)
	}
	c.Freezes[0].LiftedAt = c.At.Add(-4 * time.Minute)
	if n := frozen(); n != 0 {
		t.Errorf("a freeze that was lifted marks %d days", n)
	}
}

// What a lane is free from is never before that: minutes today, the next full hour later.
func TestFreeIsNeverTooEarly(t *testing.T) {
	c := viewtest.Week()
	for until, want := range map[time.Duration]string{4*time.Hour + 20*time.Minute: "16:2", 28*time.Hour + 20*time.Minute: "Wed 17"} {
		c.Freezes = []calendar.Freeze{{ID: "FRZ-1", Kind: calendar.HardFreeze, Scope: "service:search", Reason: "the vendor is down", DeclaredBy: "c.wu", DeclaredAt: c.At,
			Interval: calendar.Interval{From: c.At.Add(-time.Hour), To: c.At.Truncate(time.Hour).Add(until)}}}
		if r := row(on(c, "", 120, 32), c, 120, 32, "    search"); !strings.Contains(r[len(r)-12:], want) {
			t.Errorf("free of a freeze for %s: %q", until, r)
		}
	}
}

// What is not shown is said to be hidden, and what comes next is of what is shown.
func TestHiddenFreezesAreSaid(t *testing.T) {
	c := viewtest.Week()
	v := on(c, "", 120, 32, "v", "home")
	got := text(v, c, 120, 32)
	if !strings.Contains(got, "FREEZES 2 · 2 not shown") || !strings.Contains(got, "2 of 2 freezes in the time shown are hidden by show:releases") || strings.Contains(got, "no freeze in") {
		t.Errorf("releases alone:\n%s", got)
	}
	f, _, _ := on(c, "", 120, 32).Filter("kind:batch")
	f, _ = viewtest.Type(f, "home")
	if got := text(f, c, 120, 32); !strings.Contains(got, "hidden by the filter") || !strings.Contains(row(f, c, 120, 32, "  next "), "batch job EOD") {
		t.Errorf("batch jobs alone:\n%s", got)
	}
}

// A release that lies in a freeze lets it be seen.
func TestFreezeShowsThroughARelease(t *testing.T) {
	c := viewtest.Week()
	c.Freezes = append(c.Freezes, calendar.Freeze{ID: "FRZ-15", Kind: calendar.HardFreeze, Scope: "service:search", Reason: "the index is built", DeclaredBy: "c.wu", DeclaredAt: c.At,
		Interval: calendar.Interval{From: c.At.AddDate(0, 0, 1), To: c.At.AddDate(0, 0, 2)}})
	if r := row(on(c, "", 120, 32), c, 120, 32, "    search"); !strings.Contains(r, "▒─▒─▒") || !strings.Contains(r, "────") {
		t.Errorf("the lane is %q", r)
	}
}

// A holiday is of a date of its own zone, whatever zone the days are counted in.
func TestHolidayKeepsItsDate(t *testing.T) {
	c := viewtest.Week()
	for _, zone := range []string{"UTC", "Asia/Singapore", "America/New_York", "Pacific/Auckland"} {
		loc, err := time.LoadLocation(zone)
		if err != nil {
			t.Fatal(err)
		}
		v, f := on(c, "", 120, 32), c.Frame()
		f.Zone = loc
		viewtest.Text(v, f, 120, 32)
		v, _ = viewtest.Send(v, views.Refresh{})
		if got := viewtest.Text(v, f, 120, 32); !strings.Contains(got, "Thu 26 hol") || strings.Contains(got, "27 hol") {
			t.Errorf("in %s:\n%s", zone, strings.Join(strings.Split(got, "\n")[:3], "\n"))
		}
	}
}
