package icalendar_test

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"

	"signalbox/connectors/icalendar"
	"signalbox/release"
	"signalbox/release/calendar"
)

func written(t interface {
	Helper()
	Fatal(...any)
}, items ...icalendar.Item) string {
	t.Helper()
	var b bytes.Buffer
	if err := icalendar.Write(&b, icalendar.Calendar{Name: "signalbox, releases", Items: items}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestWrite(t *testing.T) {
	got := written(t, icalendar.Item{UID: "CHG-12@signalbox", Sequence: 3, Title: "pay; 2.4, part \\ one", Description: "first line\nsecond — " + strings.Repeat("é", 60),
		Kind: "change", Status: "TENTATIVE", UpdatedAt: asked, Interval: calendar.Interval{From: asked, To: asked.Add(time.Hour)}},
		icalendar.Item{UID: "FRZ-1", Title: "quarter end", Kind: calendar.FreezePeriod, Hardness: calendar.SoftFreeze, Scope: "environment:production,region:emea", UpdatedAt: asked,
			Timing: &calendar.Timing{Zone: "America/New_York", Start: "2026-03-02T16:00:00", Length: 90 * time.Minute, Days: 1, Rule: "FREQ=WEEKLY;UNTIL=20260601", Except: []string{"2026-03-09T16:00:00"},
				Moved: []calendar.Move{{Of: "2026-03-16T16:00:00", Start: "2026-03-17T09:00:00", Length: time.Hour, Title: "late"}, {Of: "2026-03-23T16:00:00", Gone: true}}}})
	want := `BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//signalbox//release calendar//EN
CALSCALE:GREGORIAN
METHOD:PUBLISH
X-WR-CALNAME:signalbox\, releases
NAME:signalbox\, releases
REFRESH-INTERVAL;VALUE=DURATION:PT15M
X-PUBLISHED-TTL:PT15M
BEGIN:VTIMEZONE
TZID:America/New_York
BEGIN:STANDARD
DTSTART:20241231T190000
TZOFFSETFROM:-0500
TZOFFSETTO:-0500
TZNAME:EST
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:20250309T020000
TZOFFSETFROM:-0500
TZOFFSETTO:-0400
TZNAME:EDT
RDATE:20260308T020000
RDATE:20270314T020000
END:DAYLIGHT
BEGIN:STANDARD
DTSTART:20251102T020000
TZOFFSETFROM:-0400
TZOFFSETTO:-0500
TZNAME:EST
RDATE:20261101T020000
RDATE:20271107T020000
END:STANDARD
END:VTIMEZONE
BEGIN:VEVENT
UID:CHG-12@signalbox
SEQUENCE:3
DTSTAMP:20261124T080000Z
LAST-MODIFIED:20261124T080000Z
SUMMARY:pay\; 2.4\, part \\ one
DESCRIPTION:first line\nsecond — éééééééééééééééééééé
 ééééééééééééééééééééééééééééééééééééé
 ééé
CATEGORIES:change
STATUS:TENTATIVE
DTSTART:20261124T080000Z
DTEND:20261124T090000Z
END:VEVENT
BEGIN:VEVENT
UID:FRZ-1
SEQUENCE:0
DTSTAMP:20261124T080000Z
LAST-MODIFIED:20261124T080000Z
SUMMARY:quarter end
CATEGORIES:freeze
X-SIGNALBOX-KIND:freeze
X-SIGNALBOX-SCOPE:environment:production\,region:emea
X-SIGNALBOX-FREEZE:soft
STATUS:CONFIRMED
DTSTART;TZID=America/New_York:20260302T160000
DURATION:P1DT1H30M
RRULE:FREQ=WEEKLY;UNTIL=20260602T035959Z
EXDATE;TZID=America/New_York:20260309T160000
EXDATE;TZID=America/New_York:20260323T160000
END:VEVENT
BEGIN:VEVENT
UID:FRZ-1
SEQUENCE:0
DTSTAMP:20261124T080000Z
LAST-MODIFIED:20261124T080000Z
SUMMARY:late
CATEGORIES:freeze
X-SIGNALBOX-KIND:freeze
X-SIGNALBOX-SCOPE:environment:production\,region:emea
X-SIGNALBOX-FREEZE:soft
STATUS:CONFIRMED
RECURRENCE-ID;TZID=America/New_York:20260316T160000
DTSTART;TZID=America/New_York:20260317T090000
DURATION:PT1H
END:VEVENT
END:VCALENDAR
`
	if got != strings.ReplaceAll(want, "\n", "\r\n") {
		t.Errorf("got\n%s", got)
	}
	for line := range strings.Lines(got) {
		if len(line) > 77 || !utf8.ValidString(line) || !strings.HasSuffix(line, "\r\n") {
			t.Errorf("%q has %d octets", line, len(line))
		}
	}
}

func TestWriteRefuses(t *testing.T) {
	good := icalendar.Item{UID: "a", Title: "a", UpdatedAt: asked, Interval: calendar.Interval{From: asked, To: asked.Add(time.Hour)}}
	for _, c := range []struct {
		name string
		edit func(*icalendar.Item)
		says string
	}{
		{"no UID", func(i *icalendar.Item) { i.UID = "" }, "no UID"},
		{"a UID of two lines", func(i *icalendar.Item) { i.UID = "a\r\nX:y" }, "no UID that can be written"},
		{"no stamp", func(i *icalendar.Item) { i.UpdatedAt = time.Time{} }, "when it was last changed"},
		{"no time", func(i *icalendar.Item) { i.Interval = calendar.Interval{} }, "ends before it begins"},
		{"a status", func(i *icalendar.Item) { i.Status = "MAYBE\r\nX:y" }, "has the status"},
		{"a timing", func(i *icalendar.Item) { i.Timing = &calendar.Timing{} }, "cannot be expanded"},
	} {
		i := good
		c.edit(&i)
		var b bytes.Buffer
		err := icalendar.Write(&b, icalendar.Calendar{Items: []icalendar.Item{good, i}})
		if release.CodeOf(err) != release.Usage || !strings.Contains(err.Error(), c.says) || b.Len() > 0 {
			t.Errorf("%s: %v, %d bytes", c.name, err, b.Len())
		}
	}
	if err := icalendar.Write(broken{}, icalendar.Calendar{}); !errors.Is(err, errBroken) {
		t.Errorf("a writer that fails: %v", err)
	}
}

var errBroken = errors.New("broken pipe")

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errBroken }

var zones = []string{"UTC", "Europe/London", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "Africa/Casablanca", "America/Sao_Paulo"}

func timings() *rapid.Generator[calendar.Timing] {
	return rapid.Custom(func(t *rapid.T) calendar.Timing {
		start := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(rapid.IntRange(0, 3*365*48).Draw(t, "start")) * 30 * time.Minute)
		x := calendar.Timing{Zone: rapid.SampledFrom(zones).Draw(t, "zone"), Start: start.Format(calendar.Wall)}
		if x.AllDay = rapid.Bool().Draw(t, "all day"); x.AllDay {
			x.Start, x.Days = start.Format(time.DateOnly)+"T00:00:00", rapid.IntRange(1, 9).Draw(t, "days")
		} else {
			x.Length = time.Duration(rapid.IntRange(1, 3000).Draw(t, "minutes")) * time.Minute
			x.Days = rapid.SampledFrom([]int{0, 0, 0, 1, 7}).Draw(t, "nominal days")
		}
		x.Rule = rapid.SampledFrom([]string{"", "FREQ=DAILY", "FREQ=DAILY;INTERVAL=3", "FREQ=WEEKLY;BYDAY=MO,FR", "FREQ=WEEKLY;INTERVAL=2;WKST=SU;BYDAY=SU,TU",
			"FREQ=MONTHLY;BYDAY=-1FR", "FREQ=YEARLY", "FREQ=DAILY;COUNT=40", "FREQ=WEEKLY;UNTIL=20270101", "FREQ=DAILY;UNTIL=20270601T000000"}).Draw(t, "rule")
		near := func(name string) string {
			d := start.Add(time.Duration(rapid.IntRange(-40, 800).Draw(t, name)) * 24 * time.Hour)
			if x.AllDay {
				return d.Format(time.DateOnly) + "T00:00:00"
			}
			return d.Format(calendar.Wall)
		}
		for range rapid.IntRange(0, 3).Draw(t, "extra") {
			x.Extra = append(x.Extra, near("extra start"))
		}
		for range rapid.IntRange(0, 3).Draw(t, "except") {
			x.Except = append(x.Except, near("except start"))
		}
		switch of := near("of"); rapid.IntRange(0, 3).Draw(t, "moved") {
		case 1:
			x.Moved = []calendar.Move{{Of: of, Gone: true}}
		case 2:
			x.Moved = []calendar.Move{{Of: of, Start: near("to"), Title: "elsewhere"}}
		case 3:
			x.Moved = []calendar.Move{{Of: of, Zone: rapid.SampledFrom(zones).Draw(t, "other zone"), Start: "2026-05-05T10:00:00", Length: time.Hour}}
		}
		return x
	})
}

// happens expands what a feed says, over six years.
func happens(t *rapid.T, s icalendar.Seen) []calendar.Occurrence {
	t.Helper()
	if len(s.Entries) != 1 || len(s.Refused) > 0 {
		t.Fatalf("%d entries; refused %+v", len(s.Entries), s.Refused)
	}
	return expand(t, s.Entries[0])
}

func expand(t *rapid.T, e calendar.Entry) []calendar.Occurrence {
	t.Helper()
	got, err := e.Occurrences(time.Date(2023, 6, 1, 0, 0, 0, 0, time.UTC), time.Date(2029, 6, 1, 0, 0, 0, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// differ names the first happening that is not as it should be.
func differ(got, want []calendar.Occurrence) string {
	for i := range min(len(got), len(want)) {
		if got[i] != want[i] {
			return fmt.Sprintf("happening %d: got %v, want %v", i, got[i], want[i])
		}
	}
	return fmt.Sprintf("got %d happenings, want %d", len(got), len(want))
}

// TestWriteMap: what was written happens when it did, also for a reader who knows the zones by their
// VTIMEZONE alone.
func TestWriteMap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := timings().Draw(t, "timing")
		text := written(t, icalendar.Item{UID: "one", Title: "board, \\ and more", Kind: calendar.Maintenance, Scope: "org", UpdatedAt: asked, Timing: &x})
		want := expand(t, calendar.Entry{Title: "board, \\ and more", Timing: x})
		s, err := icalendar.Map("feed", []byte(text), icalendar.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if got := happens(t, s); !reflect.DeepEqual(got, want) && len(got)+len(want) > 0 {
			t.Fatalf("%s\n%s", text, differ(got, want))
		}
		if e := s.Entries[0]; e.Timing.Zone != x.Zone || e.Kind != calendar.Maintenance || e.Scope != "org" {
			t.Fatalf("%+v", e)
		}
		for n, z := range zones {
			text = strings.ReplaceAll(text, "TZID="+z+":", fmt.Sprintf("TZID=own%d:", n))
			text = strings.ReplaceAll(text, "TZID:"+z+"\r\n", fmt.Sprintf("TZID:own%d\r\n", n))
		}
		s, err = icalendar.Map("feed", []byte(text), icalendar.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if got := happens(t, s); !reflect.DeepEqual(got, want) && len(got)+len(want) > 0 {
			t.Fatalf("by VTIMEZONE\n%s\n%s", text, differ(got, want))
		}
	})
}

// TestWriteOpenZone: a rule that goes on for ever has a VTIMEZONE that does.
func TestWriteOpenZone(t *testing.T) {
	got := written(t, icalendar.Item{UID: "a", Title: "a", UpdatedAt: asked, Timing: &calendar.Timing{Zone: "Europe/Berlin", Start: "2026-03-02T16:00:00", Length: time.Hour, Rule: "FREQ=WEEKLY"}})
	for _, want := range []string{"RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU\r\n", "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU\r\n", "DTSTART:20250330T020000\r\n"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing in\n%s", want, got)
		}
	}
}
