package icalendar_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"signalbox/connectors/icalendar"
	"signalbox/release/calendar"
)

// TestClosingByARealCalendar: a quarter's close by the holidays of a stock exchange, as another project publishes them.
func TestClosingByARealCalendar(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(corpus, "echo-scramble+trading-holidays-ics", "*.ics"))
	if err != nil || len(files) != 1 {
		t.Fatal(files, err)
	}
	data, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	s, err := icalendar.Map("exchange", data, icalendar.Options{As: calendar.Holiday, Scope: "unit:acme-us", Zone: "America/New_York"})
	if err != nil || len(s.Entries) == 0 {
		t.Fatal(err)
	}
	closing := calendar.Entry{ExternalID: "close", Kind: calendar.AuditPeriod, Scope: "unit:acme-us", Title: "close", Timing: calendar.Timing{Zone: "America/New_York",
		Closing: &calendar.Closing{Every: calendar.Quarter, First: -5, Last: 3, Holidays: "unit:acme-us", Weekend: []time.Weekday{time.Saturday, time.Sunday}, Since: "2025-06-01", Until: "2028-12-31"}}}
	w := calendar.Workdays{Weekend: closing.Timing.Closing.Weekend, Off: map[time.Time]bool{}}
	loc, _ := calendar.ParseZone("America/New_York")
	off := 0
	for _, e := range s.Entries {
		if !e.Timing.AllDay {
			continue
		}
		all, err := e.Occurrences(time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC))
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range all {
			w.Off[calendar.WallOf(o.From, loc)] = true
			off++
		}
	}
	settled := calendar.Settle(append(s.Entries, closing), 1)
	all, err := settled[len(settled)-1].Occurrences(time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC))
	if err != nil || len(all) != 15 || off < 40 {
		t.Fatalf("%d periods, %d holidays, %v", len(all), off, err)
	}
	for _, o := range all {
		first, last := calendar.WallOf(o.From, loc), calendar.WallOf(o.To, loc).AddDate(0, 0, -1)
		n := 0
		for d := first; !d.After(last); d = d.AddDate(0, 0, 1) {
			if w.Works(d) {
				n++
			}
		}
		if !w.Works(first) || !w.Works(last) || n != 9 {
			t.Errorf("%v to %v has %d business days", first, last, n)
		}
	}
	// The end of 2026: 24, 25, 28 and 31 December and 1 January are holidays of one of the exchanges. So the 30th is the
	// last business day, 29, 23, 22, 21 and 18 come before it, and 4, 5 and 6 January after it.
	if o := all[6]; calendar.WallOf(o.From, loc).Format(time.DateOnly) != "2026-12-18" || calendar.WallOf(o.To, loc).Format(time.DateOnly) != "2027-01-07" {
		t.Errorf("%v to %v", o.From, o.To)
	}
}
