package conflict

import (
	"testing"
	"time"

	"signalbox/release/calendar"
	"signalbox/release/catalog"
)

// What a region's clock gives is laid out once, however many ask.
func TestRegionsAreLaidOutOnce(t *testing.T) {
	at := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	cat := catalog.New(catalog.Facts{Regions: []catalog.Region{{ID: "emea", Zone: "Europe/London"}}, Services: []catalog.Service{{ID: "a", Regions: []string{"emea"}}}}, 1, at)
	e, err := New(World{At: at, Rules: Default(), Catalog: cat, Known: Graph | Zones})
	if err != nil {
		t.Fatal(err)
	}
	var first *laid
	for n := range 50 {
		from := at.Add(time.Duration(n) * time.Minute)
		w := Work{ID: "CHG-1", Service: "a", Environment: "production", Interval: calendar.Interval{From: from, To: from.Add(time.Hour)}}
		if _, err := e.Examine(w); err != nil {
			t.Fatal(err)
		}
		for _, g := range e.regions {
			if l := g.laid.Load(); first == nil {
				first = l
			} else if l != first {
				t.Fatalf("laid out again at question %d: %v, %v", n, first.known, l.known)
			}
		}
	}
	if first == nil {
		t.Fatal("nothing was laid out")
	}
}
