package calendar_test

import (
	"encoding/json"
	"os"
	"slices"
	"testing"
	"time"

	"signalbox/release/calendar"
)

// TestChangesOfClocks holds recurrences to the instants of another time zone library, where clocks go forward, go
// back, or do neither.
func TestChangesOfClocks(t *testing.T) {
	text, err := os.ReadFile("../../testdata/vectors/dst.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Cases []struct {
			Name, Zone, Rule, Start, Note string
			From, To                      time.Time
			Expect                        []time.Time
		}
	}
	if err := json.Unmarshal(text, &file); err != nil || len(file.Cases) != 12 {
		t.Fatalf("%d cases: %v", len(file.Cases), err)
	}
	for _, c := range file.Cases {
		timing := calendar.Timing{Zone: c.Zone, Start: c.Start, Rule: c.Rule, Length: 15 * time.Minute}
		all, err := timing.Occurrences(c.From, c.To)
		if err != nil {
			t.Fatal(c.Name, err)
		}
		var got []time.Time
		for _, o := range all {
			if !o.From.Before(c.From) {
				got = append(got, o.From)
			}
			if o.To.Sub(o.From) != 15*time.Minute {
				t.Errorf("%s: %v lasts %v", c.Name, o.From, o.To.Sub(o.From))
			}
		}
		if !slices.EqualFunc(got, c.Expect, time.Time.Equal) || len(got) == 0 {
			t.Errorf("%s (%s)\ngot  %v\nwant %v", c.Name, c.Note, got, c.Expect)
		}
	}
}
