package calendar

import (
	"slices"
	"testing"
	"time"
)

func TestFlatHappensAsTheEntryDoes(t *testing.T) {
	e := Entry{ExternalID: "u", Title: "weekly", Timing: Timing{Zone: "Europe/London", Start: "2026-10-05T18:00:00", Length: 2 * time.Hour, Rule: "FREQ=WEEKLY;COUNT=8",
		Except: []string{"2026-10-12T18:00:00"}, Moved: []Move{{Of: "2026-10-19T18:00:00", Gone: true}, {Of: "2026-10-26T18:00:00", Start: "2026-10-27T09:00:00", Length: time.Hour, Title: "moved"},
			{Of: "2026-11-02T18:00:00", Zone: "America/New_York", Start: "2026-11-02T10:00:00"}}}}
	from, to := time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC), time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
	want, err := e.Occurrences(from, to)
	if err != nil {
		t.Fatal(err)
	}
	var got []Occurrence
	flat := e.Flat()
	if len(flat) != 3 || len(e.Timing.Except) != 1 {
		t.Fatalf("%d entries; the original has %v", len(flat), e.Timing.Except)
	}
	for _, f := range flat {
		list, err := f.Occurrences(from, to)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, list...)
	}
	slices.SortFunc(got, func(a, b Occurrence) int { return a.From.Compare(b.From) })
	if !slices.EqualFunc(got, want, func(a, b Occurrence) bool { return a.From.Equal(b.From) && a.To.Equal(b.To) && a.Title == b.Title }) {
		t.Errorf("got %v\nwant %v", got, want)
	}
}

func TestEnd(t *testing.T) {
	for _, c := range []struct {
		t    Timing
		want string
	}{
		{Timing{Zone: "UTC", Start: "2026-11-24T10:00:00", Length: 90 * time.Minute}, "2026-11-24T11:30:00"},
		{Timing{Zone: "Europe/London", Start: "2026-10-24T22:00:00", Length: 10 * time.Hour}, "2026-10-25T07:00:00"}, // the clocks go back
		{Timing{Zone: "Europe/London", Start: "2026-03-28T22:00:00", Length: 10 * time.Hour}, "2026-03-29T09:00:00"}, // and forward
		{Timing{Zone: "Europe/London", Start: "2026-12-24T00:00:00", AllDay: true, Days: 3}, "2026-12-27"},
		{Timing{Zone: "Europe/London", Start: "2026-10-24T12:00:00", Days: 1}, "2026-10-25T12:00:00"},
	} {
		if got, err := c.t.End(); err != nil || got != c.want {
			t.Errorf("%+v ends at %s, %v; want %s", c.t, got, err, c.want)
		}
	}
	if got, err := (Timing{Zone: "Europe/London", Start: "2026-10-25T00:30:00", Length: 2 * time.Hour}).End(); err == nil {
		t.Errorf("01:30 the second time is written as %s", got)
	}
}
