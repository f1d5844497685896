package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// operations is what an operations team keeps in its calendar, as an iCalendar file says it.
const operations = `BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//test//EN
BEGIN:VEVENT
UID:eod@operations
DTSTAMP:20261101T000000Z
DTSTART;TZID=Europe/London:20261101T202000
DURATION:PT2H
RRULE:FREQ=DAILY
SUMMARY:EOD
CATEGORIES:batch
X-SIGNALBOX-SCOPE:service:payments-api
END:VEVENT
BEGIN:VEVENT
UID:sox@operations
DTSTAMP:20261101T000000Z
DTSTART:20261123T000000Z
DTEND:20261127T170000Z
SUMMARY:SOX Q4 evidence window
CATEGORIES:audit
X-SIGNALBOX-SCOPE:org
END:VEVENT
BEGIN:VEVENT
UID:mw@operations
DTSTAMP:20261101T000000Z
DTSTART:20261128T020000Z
DTEND:20261128T080000Z
SUMMARY:MW identity store
CATEGORIES:maintenance
X-SIGNALBOX-SCOPE:service:identity
END:VEVENT
BEGIN:VEVENT
UID:peak@operations
DTSTAMP:20261101T000000Z
DTSTART;TZID=America/New_York:20261101T100000
DURATION:PT8H
RRULE:FREQ=DAILY
SUMMARY:peak US
CATEGORIES:peak
X-SIGNALBOX-SCOPE:team:checkout
END:VEVENT
END:VCALENDAR
`

// planned is the house at noon with an operations calendar and a calendar of freezes connected.
func planned(t *testing.T) *still {
	s := busy(t, "one")
	s.connected()
	s.operating()
	return s
}

// operating reads the calendar of an operations team from its file.
func (s *still) operating() {
	s.t.Helper()
	name := filepath.Join(s.dir, "operations.ics")
	if err := os.WriteFile(name, []byte(strings.ReplaceAll(operations, "\n", "\r\n")), 0o600); err != nil {
		s.t.Fatal(err)
	}
	s.operator("import icalendar", name)
}

// TestGoldenCalendar: the week of a store whose changes, rollouts, freezes and calendars came in through doors.
func TestGoldenCalendar(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := planned(t)
		for _, size := range sizes {
			for _, m := range []struct {
				name string
				keys []string
			}{{"calendar", []string{"2"}}, {"calendar-freeze", []string{"g", "c", "g", "g", "\t"}}, {"calendar-lift", []string{"2", "g", "g", "Z"}}, {"calendar-next", []string{"2", "\x1b[6~"}}, {"calendar-day", []string{"2", ".", "z"}}} {
				g := s.open("n.okafor", "dark", size.w, size.h)
				g.press(m.keys...)
				s.keep(m.name+"-"+size.name, g)
			}
		}
	})
}

// TestGoldenCalendarDark: the feed of the forge promised a word every 20 minutes, and is silent for more than an
// hour: what rests on it is hatched, and no lane of it is offered as free.
func TestGoldenCalendarDark(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := busy(t, "one")
		s.operating()
		s.until(24, "13:20:05")
		for _, size := range sizes {
			g := s.open("n.okafor", "dark", size.w, size.h)
			g.press("2")
			s.keep("calendar-dark-"+size.name, g)
		}
	})
}

func TestGoldenCalendarEmptyStore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStill(t, "one", true)
		s.until(24, noon.Format(time.TimeOnly))
		for _, size := range sizes {
			g := s.open("n.okafor", "dark", size.w, size.h)
			g.press("2")
			s.keep("calendar-empty-"+size.name, g)
		}
	})
}

// TestCalendarOneFact: a freeze is declared under a session that looks at the week, and the lanes that it covers
// show it; lifted from the screen, it is over there and in the list.
func TestCalendarOneFact(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := planned(t)
		g := s.open("n.okafor", "dark", 120, 36)
		g.press("2")
		before := g.cells()
		const lane = " status-pa… "
		y, x := before.find(lane, "╎")
		if y < 0 {
			t.Fatalf("there is no lane:\n%s", before.text())
		}
		s.as("n.okafor", "freeze declare", "", "kind", "soft", "scope", "service:status-page", "from", "2026-11-25T00:00:00Z", "to", "2026-11-26T00:00:00Z", "message", "the page moves to another host")
		g.settle()
		after := g.cells()
		ay, _ := after.find(lane, "╎")
		for n := range before[y] {
			frozen := n >= x+2*14 && n < x+3*14 // Wednesday, and no other day
			was, is := before[y][n].Content, after[ay][n].Content
			if frozen && is != "░" || !frozen && n < x+7*14 && is != was {
				t.Errorf("column %d was %q and is %q", n+1, was, is)
			}
		}
		if text := after.text(); !strings.Contains(text, " SOFT ") || !strings.Contains(text, "n.okafor declared a soft freeze") {
			t.Errorf("the freeze is not told of:\n%s", text)
		}
		g.press("g", "g")
		for range 6 {
			if strings.Contains(g.cells().text(), "── FRZ-3 ") {
				break
			}
			g.press("\t")
		}
		g.press("Z")
		for _, r := range "the move was called off" {
			g.press(string(r))
		}
		g.press("\r")
		if text := g.cells().text(); strings.Contains(text, " SOFT ") || !strings.Contains(text, "lifted the soft freeze FRZ-3") {
			t.Errorf("the freeze was not lifted:\n%s", text)
		}
		g.end()
	})
}
