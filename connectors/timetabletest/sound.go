// Package timetabletest owns what holds of every calendar that is read, whatever its bytes were.
package timetabletest

import (
	"signalbox/release"
	"signalbox/release/fact"
)

// Fataler is what a test stops with.
type Fataler interface {
	Helper()
	Fatalf(format string, args ...any)
}

// Sound stops a test where a calendar was read in a way that no bytes may cause: a row that is neither an entry,
// refused nor left aside, an entry that cannot be expanded, an id twice, or a text that is not fit to be shown.
func Sound(t Fataler, s fact.CalendarSeen, read int) {
	t.Helper()
	if n := len(s.Entries) + len(s.Refused) + len(s.Aside); n != read {
		t.Fatalf("%d rows were read, and %d are accounted for", read, n)
	}
	ids := map[string]bool{}
	show := func(text string) {
		if release.Clean(text, 0) != text {
			t.Fatalf("not fit to be shown: %q", text)
		}
	}
	for _, e := range s.Entries {
		if ids[e.ExternalID] || e.ExternalID == "" || e.Title == "" || e.Scope == "" || e.Kind == "" {
			t.Fatalf("%+v", e)
		}
		ids[e.ExternalID] = true
		show(e.ExternalID + e.Title + e.URL)
		if err := e.Timing.Check(); err != nil {
			t.Fatalf("%+v: %v", e.Timing, err)
		}
	}
	for _, id := range s.Unread {
		if ids[id] {
			t.Fatalf("%q was taken, and could not be read", id)
		}
	}
	for _, r := range append(s.Refused, s.Aside...) {
		if r.Place == "" || r.Item == "" || r.Reason == "" {
			t.Fatalf("%+v", r)
		}
		show(r.Place + r.Item + r.Reason)
	}
}
