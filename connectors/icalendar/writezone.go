package icalendar

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"signalbox/release/calendar"
)

// need is what a feed needs of a zone: its rules for some years, and for ever if something recurs without an
// end.
type need struct {
	loc   *time.Location
	years span
	open  bool
}

// openYears is how many years are written out where something recurs without an end; a yearly rule goes on
// after them. mostYears bounds all of them.
const (
	openYears = 20
	mostYears = 150
)

// uses returns the need of a zone; UTC and dates need none, and what is noted for them is let go.
func uses(needs map[string]*need, name string, loc *time.Location, date bool) *need {
	if date || name == "UTC" {
		return &need{}
	}
	if needs[name] == nil {
		needs[name] = &need{loc: loc}
	}
	return needs[name]
}

func (n *need) year(y int) {
	if n.years.first == 0 || y < n.years.first {
		n.years.first = y
	}
	n.years.last = max(n.years.last, y)
}

// until notes the last year of a rule, 0 for one that has none.
func (n *need) until(y int) {
	if y == 0 {
		n.open, y = true, n.years.last+openYears
	}
	n.year(max(y, n.years.first))
}

func sortedKeys(m map[string]*need) []string { return slices.Sorted(maps.Keys(m)) }

// change is one change of a zone's clocks.
type change struct {
	wall     time.Time // what the clocks showed, by the offset from before
	from, to int       // seconds from UTC
	name     string
	summer   bool
}

// group is what changes of one STANDARD or DAYLIGHT part share.
type group struct {
	from, to int
	name     string
	summer   bool
}

// timezone writes a VTIMEZONE.
func (w *writer) timezone(name string, n need) {
	last := min(n.years.last, n.years.first+mostYears)
	begin := time.Date(n.years.first-1, 1, 1, 0, 0, 0, 0, time.UTC)
	end := time.Date(last+2, 1, 1, 0, 0, 0, 0, time.UTC)
	abbreviation, offset := begin.In(n.loc).Zone()
	first := change{begin.Add(time.Duration(offset) * time.Second), offset, offset, abbreviation, begin.In(n.loc).IsDST()}
	w.line("BEGIN", "VTIMEZONE")
	w.line("TZID", name)
	w.observance(first, nil, "")
	groups := map[group][]change{}
	var order []group
	for at := begin; ; {
		next := calendar.NextChange(at, n.loc)
		if next.IsZero() || !next.Before(end) {
			break
		}
		abbreviation, to := next.In(n.loc).Zone()
		c := change{next.Add(time.Duration(offset) * time.Second), offset, to, abbreviation, next.In(n.loc).IsDST()}
		g := group{c.from, c.to, c.name, c.summer}
		if groups[g] == nil {
			order = append(order, g)
		}
		groups[g] = append(groups[g], c)
		at, offset = next, to
	}
	for _, g := range order {
		all := groups[g]
		rule, run := "", 0
		if n.open {
			rule, run = yearly(all, last+1)
		}
		if early := all[:len(all)-run]; len(early) > 0 {
			w.observance(early[0], early[1:], "")
		}
		if run > 0 {
			w.observance(all[len(all)-run], nil, rule)
		}
	}
	w.line("END", "VTIMEZONE")
}

// observance writes one part, with further changes as dates or a rule.
func (w *writer) observance(c change, more []change, rule string) {
	kind := "STANDARD"
	if c.summer {
		kind = "DAYLIGHT"
	}
	w.line("BEGIN", kind)
	w.line("DTSTART", c.wall.Format("20060102T150405"))
	w.line("TZOFFSETFROM", offsetText(c.from))
	w.line("TZOFFSETTO", offsetText(c.to))
	w.line("TZNAME", escape(c.name))
	if rule != "" {
		w.line("RRULE", rule)
	}
	for _, m := range more {
		w.line("RDATE", m.wall.Format("20060102T150405"))
	}
	w.line("END", kind)
}

// fewest is how many years in a row make a rule.
const fewest = 5

// yearly returns the rule that the last changes of a group follow, one a year up to a year, and how many they
// are; 0 if they follow none.
func yearly(all []change, last int) (rule string, run int) {
	if len(all) == 0 || all[len(all)-1].wall.Year() != last {
		return "", 0
	}
	end := all[len(all)-1].wall
	nth, fromEnd := (end.Day()-1)/7+1, true
	sameNth := true
	for i := len(all) - 1; i >= 0; i-- {
		t := all[i].wall
		isLast := t.AddDate(0, 0, 7).Month() != t.Month()
		if t.Year() != last-run || t.Month() != end.Month() || t.Weekday() != end.Weekday() || t.Sub(t.Truncate(day)) != end.Sub(end.Truncate(day)) {
			break
		}
		if a, b := sameNth && (t.Day()-1)/7+1 == nth, fromEnd && isLast; a || b {
			sameNth, fromEnd = a, b
		} else {
			break
		}
		run++
	}
	if run < fewest {
		return "", 0
	}
	if !sameNth || nth == 5 {
		nth = -1
	}
	return fmt.Sprintf("FREQ=YEARLY;BYMONTH=%d;BYDAY=%d%s", end.Month(), nth, strings.ToUpper(end.Weekday().String()[:2])), run
}

func offsetText(seconds int) string {
	sign := '+'
	if seconds < 0 {
		sign, seconds = '-', -seconds
	}
	s := fmt.Sprintf("%c%02d%02d", sign, seconds/3600, seconds/60%60)
	if seconds%60 != 0 {
		s += fmt.Sprintf("%02d", seconds%60)
	}
	return s
}
