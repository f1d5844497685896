package icalendar

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"signalbox/release"
	"signalbox/release/access"
	"signalbox/release/calendar"
)

// Calendar is a feed that other calendars subscribe to.
type Calendar struct {
	Name string
	// Refresh is how often they should come again, 15 minutes if not given.
	Refresh time.Duration
	Items   []Item
}

// Item is one thing in a feed: an interval, or a timing that may recur. One of the two is given.
type Item struct {
	UID         string
	Sequence    int64 // raised whenever its time changes
	Title       string
	Description string
	URL         string
	// Kind is its category; one of calendar.Kinds is what Map reads it as again, with Hardness and Scope.
	Kind     calendar.Kind
	Hardness calendar.Hardness
	Scope    access.Scope
	// Status is CONFIRMED, TENTATIVE or CANCELLED; "" is CONFIRMED.
	Status    string
	UpdatedAt time.Time
	Interval  calendar.Interval
	Timing    *calendar.Timing
}

// product names the writer in a feed.
const product = "-//signalbox//release calendar//EN"

// Write writes a feed as iCalendar: an interval in UTC, a timing in its zone with a VTIMEZONE for it, so that
// what recurs stays recurring. Whole days are dates, which other calendars show in the reader's zone; Map
// reads their zone from X-SIGNALBOX-ZONE. The error is Usage, and then nothing has been written, where an
// item makes no sense, or what w returned.
func Write(w io.Writer, c Calendar) error {
	var events writer
	needs := map[string]*need{}
	for _, i := range c.Items {
		if err := events.item(i, needs); err != nil {
			return err
		}
	}
	refresh := durationText(0, max(cmp.Or(c.Refresh, 15*time.Minute), time.Second))
	var out writer
	out.line("BEGIN", "VCALENDAR")
	out.line("VERSION", "2.0")
	out.line("PRODID", product)
	out.line("CALSCALE", "GREGORIAN")
	out.line("METHOD", "PUBLISH")
	out.line("X-WR-CALNAME", escape(release.Clean(c.Name, 0)))
	out.line("NAME", escape(release.Clean(c.Name, 0)))
	out.line("REFRESH-INTERVAL;VALUE=DURATION", refresh)
	out.line("X-PUBLISHED-TTL", refresh)
	for _, name := range sortedKeys(needs) {
		out.timezone(name, *needs[name])
	}
	_, _ = out.Write(events.Bytes())
	out.line("END", "VCALENDAR")
	_, err := w.Write(out.Bytes())
	return err
}

// writer gathers content lines.
type writer struct{ bytes.Buffer }

// maxOctets is the longest line written, without its end.
const maxOctets = 75

// line writes one property, folded on the borders of characters.
func (w *writer) line(name, value string) {
	text := name + ":" + value
	for room := maxOctets; len(text) > room; room = maxOctets - 1 {
		cut := room
		for cut > 0 && !utf8.RuneStart(text[cut]) {
			cut--
		}
		w.WriteString(text[:cut] + "\r\n ")
		text = text[cut:]
	}
	w.WriteString(text + "\r\n")
}

func escape(s string) string {
	return strings.NewReplacer(`\`, `\\`, ";", `\;`, ",", `\,`, "\n", `\n`).Replace(s)
}

func (w *writer) item(i Item, needs map[string]*need) error {
	refuse := func(format string, args ...any) error {
		return release.Errorf(release.Usage, "the item %q of the feed "+format, append([]any{release.Clean(i.UID, 60)}, args...)...).Advise("correct it and write the feed again")
	}
	switch {
	case i.UID == "" || release.Clean(i.UID, 0) != i.UID:
		return refuse("has no UID that can be written")
	case i.UpdatedAt.IsZero():
		return refuse("does not say when it was last changed")
	case i.Timing == nil && !i.Interval.From.Before(i.Interval.To):
		return refuse("ends before it begins")
	case !slices.Contains([]string{"", "CONFIRMED", "TENTATIVE", "CANCELLED"}, i.Status):
		return refuse("has the status %q", release.Clean(i.Status, 40))
	}
	if i.Timing == nil {
		w.begin(i, i.Title)
		w.line("DTSTART", utcText(i.Interval.From))
		w.line("DTEND", utcText(i.Interval.To))
		w.line("END", "VEVENT")
		return nil
	}
	if err := i.Timing.Check(); err != nil {
		return refuse("has a timing that cannot be expanded: %s", release.AsError(err).Message)
	}
	return w.series(i, *i.Timing, needs)
}

// begin writes what an event says of itself, up to its time.
func (w *writer) begin(i Item, title string) {
	optional := func(name, value string) {
		if value != "" {
			w.line(name, value)
		}
	}
	w.line("BEGIN", "VEVENT")
	w.line("UID", escape(i.UID))
	w.line("SEQUENCE", fmt.Sprint(max(0, i.Sequence)))
	w.line("DTSTAMP", utcText(i.UpdatedAt))
	w.line("LAST-MODIFIED", utcText(i.UpdatedAt))
	w.line("SUMMARY", escape(release.Clean(title, 0)))
	optional("DESCRIPTION", escape(release.CleanBlock(i.Description, 0)))
	optional("URL", release.Clean(i.URL, 0))
	optional("CATEGORIES", escape(release.Clean(string(i.Kind), 0)))
	if slices.Contains(calendar.Kinds, i.Kind) {
		optional(propKind, string(i.Kind))
	}
	optional(propScope, escape(string(i.Scope)))
	optional(propFreeze, string(i.Hardness))
	w.line("STATUS", cmp.Or(i.Status, "CONFIRMED"))
}

// series writes a timing: the series, and one event for each start that happens otherwise.
func (w *writer) series(i Item, t calendar.Timing, needs map[string]*need) error {
	loc, err := calendar.ParseZone(t.Zone)
	if err != nil {
		return err
	}
	wall := func(s string) time.Time { at, _ := calendar.ParseWall(s); return at } // Check has read them
	w.begin(i, i.Title)
	w.when("DTSTART", t.Zone, t.AllDay, wall(t.Start))
	w.lasting(t.Days, t.Length)
	w.zone(t)
	uses(needs, t.Zone, loc, t.AllDay).year(wall(t.Start).Year())
	if t.Rule != "" {
		rule, until := writeRule(t, loc)
		w.line("RRULE", rule)
		uses(needs, t.Zone, loc, t.AllDay).until(until)
	}
	for _, s := range t.Extra {
		w.when("RDATE", t.Zone, t.AllDay, wall(s))
		uses(needs, t.Zone, loc, t.AllDay).year(wall(s).Year())
	}
	except := slices.Clone(t.Except)
	if !t.NamesStart() && !slices.Contains(t.Extra, t.Start) {
		except = append(except, t.Start) // iCalendar would have it happen
	}
	for _, m := range t.Moved {
		if m.Gone {
			except = append(except, m.Of)
		}
	}
	for _, s := range except {
		w.when("EXDATE", t.Zone, t.AllDay, wall(s))
	}
	w.line("END", "VEVENT")
	for _, m := range t.Moved {
		if m.Gone {
			continue
		}
		if m.Days == 0 && m.Length == 0 {
			m.Days, m.Length = t.Days, t.Length
		}
		m.Zone, m.Start = cmp.Or(m.Zone, t.Zone), cmp.Or(m.Start, m.Of)
		date := t.AllDay && m.Zone == t.Zone && m.Length == 0 && m.Days > 0 && wall(m.Start).Equal(wall(m.Start).Truncate(day))
		loc, err := calendar.ParseZone(m.Zone)
		if err != nil {
			return err
		}
		uses(needs, m.Zone, loc, date).year(wall(m.Start).Year())
		w.begin(i, cmp.Or(m.Title, i.Title))
		w.when("RECURRENCE-ID", t.Zone, t.AllDay, wall(m.Of))
		w.when("DTSTART", m.Zone, date, wall(m.Start))
		w.lasting(m.Days, m.Length)
		w.zone(t)
		w.line("END", "VEVENT")
	}
	return nil
}

// zone writes the zone of dates, which have none in iCalendar.
func (w *writer) zone(t calendar.Timing) {
	if t.AllDay {
		w.line(propZone, t.Zone)
	}
}

// when writes a property with a date or a wall time.
func (w *writer) when(name, zone string, date bool, wall time.Time) {
	switch {
	case date:
		w.line(name+";VALUE=DATE", wall.Format("20060102"))
	case zone == "UTC":
		w.line(name, utcText(wall))
	default:
		w.line(name+";TZID="+zone, wall.Format("20060102T150405"))
	}
}

func (w *writer) lasting(days int, length time.Duration) {
	if days > 0 || length >= time.Second {
		w.line("DURATION", durationText(days, length))
	}
}

// durationText writes P1DT2H3M4S, to the second.
func durationText(days int, d time.Duration) string {
	s := "P"
	if days > 0 {
		s += fmt.Sprintf("%dD", days)
	}
	if d < time.Second {
		return s
	}
	s += "T"
	for _, u := range []struct {
		unit time.Duration
		name string
	}{{time.Hour, "H"}, {time.Minute, "M"}, {time.Second, "S"}} {
		if n := d / u.unit; n > 0 {
			s += fmt.Sprintf("%d%s", n, u.name)
			d -= n * u.unit
		}
	}
	return s
}

func utcText(t time.Time) string { return t.UTC().Format("20060102T150405Z") }

// writeRule returns a rule with its UNTIL as RFC 5545 wants it: a date of whole days, else in UTC. The year
// is that of UNTIL, 0 without one.
func writeRule(t calendar.Timing, loc *time.Location) (string, int) {
	var out []string
	year := 0
	for part := range strings.SplitSeq(strings.ToUpper(strings.Join(strings.Fields(t.Rule), "")), ";") {
		value, ok := strings.CutPrefix(part, "UNTIL=")
		if part == "" {
			continue
		}
		if ok {
			at, err := time.Parse("20060102T150405", strings.TrimSuffix(value, "Z"))
			if err != nil { // a date, to its end
				at, _ = time.Parse("20060102", value)
				at = at.Add(day - time.Second)
			}
			year = at.Year()
			if part = "UNTIL=" + at.Format("20060102"); !t.AllDay {
				part = "UNTIL=" + utcText(calendar.Resolve(at, loc))
			}
		}
		out = append(out, part)
	}
	return strings.Join(out, ";"), year
}
