package icalendar

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"signalbox/release"
	"signalbox/release/calendar"
)

// rules are what a VTIMEZONE says of some years: from each onset on the clocks are offset from UTC.
type rules struct {
	before time.Duration // the offset before the first onset
	onsets []onset       // in order
}

type onset struct {
	at     time.Time
	offset time.Duration
}

// offset returns how far the clocks are from UTC at an instant.
func (r *rules) offset(at time.Time) time.Duration {
	n, _ := slices.BinarySearchFunc(r.onsets, at, func(o onset, at time.Time) int {
		if o.at.After(at) {
			return 1
		}
		return -1
	})
	if n == 0 {
		return r.before
	}
	return r.onsets[n-1].offset
}

// resolve is calendar.Resolve by these rules.
func (r *rules) resolve(wall time.Time) time.Time {
	offset := r.before
	for _, o := range r.onsets {
		shown := wall.Add(-offset)
		if shown.Before(o.at) || wall.Add(-o.offset).Before(o.at) {
			return shown
		}
		offset = o.offset
	}
	return wall.Add(-offset)
}

const (
	// maxObservances bounds the STANDARD and DAYLIGHT parts that are read for one calendar.
	maxObservances = 1000
	// horizon is the year up to which rules are read at least.
	horizon = 2050
)

// read is what was made of a VTIMEZONE, up to a year.
type read struct {
	*rules
	err  error
	last int
}

// own returns the rules of a VTIMEZONE up to the last of the years.
func (z *zones) own(c *component, years span) (*rules, error) {
	got, ok := z.rules[c]
	if !ok || got.last < years.last {
		got = read{last: max(years.last, horizon)}
		got.rules, got.err = z.observances(c, got.last)
		z.rules[c] = got
	}
	return got.rules, got.err
}

func (z *zones) observances(c *component, last int) (*rules, error) {
	r := &rules{}
	first := time.Time{}
	for _, s := range c.subs {
		if s.name != "STANDARD" && s.name != "DAYLIGHT" {
			continue
		}
		if *z.observed++; *z.observed > maxObservances {
			return nil, release.Errorf(release.Usage, "the calendar's time zones have more than %d rules", maxObservances)
		}
		begins, from, more, err := observance(s, last)
		if err != nil {
			return nil, err
		}
		r.onsets = append(r.onsets, more...)
		if len(more) > 0 && (first.IsZero() || begins.Before(first)) {
			first, r.before = begins, from
		}
	}
	if len(r.onsets) == 0 {
		return nil, release.Errorf(release.Usage, "it has no rules")
	}
	slices.SortStableFunc(r.onsets, func(a, b onset) int { return a.at.Compare(b.at) })
	return r, nil
}

// observance reads one part: when it first begins, the offset from before, and every onset up to a year.
func observance(c *component, last int) (time.Time, time.Duration, []onset, error) {
	none := time.Time{}
	from, err := utcOffset(c, "TZOFFSETFROM")
	if err != nil {
		return none, 0, nil, err
	}
	to, err := utcOffset(c, "TZOFFSETTO")
	if err != nil {
		return none, 0, nil, err
	}
	utc := zone{name: "UTC", loc: time.UTC}
	here := &zones{floating: utc, defined: map[string]*component{}, iana: map[string]*time.Location{}}
	start, ok := c.first("DTSTART")
	if !ok {
		return none, 0, nil, release.Errorf(release.Usage, "a rule has no DTSTART")
	}
	begins, err := here.moment(line{name: start.name, value: start.value}, start.value, span{})
	if err != nil {
		return none, 0, nil, err
	}
	t := calendar.Timing{Zone: "UTC", Start: wallText(begins.wall)}
	var dates []line
	for _, l := range c.all("RDATE") {
		dates = append(dates, line{name: l.name, value: l.value, cut: l.cut})
	}
	extra, err := here.moments(dates, span{})
	if err != nil {
		return none, 0, nil, err
	}
	for _, m := range extra {
		t.Extra = append(t.Extra, wallText(m.as(begins)))
	}
	switch all := c.all("RRULE"); {
	case len(all) > 1:
		return none, 0, nil, release.Errorf(release.Usage, "a rule recurs in two ways")
	case len(all) == 1:
		// DTSTART is the first onset also where the rule does not name it.
		t.Extra = append(t.Extra, t.Start)
		if !strings.Contains(strings.ToUpper(all[0].value), "FREQ=YEARLY") {
			return none, 0, nil, release.Errorf(release.Usage, "a rule is not yearly")
		}
		if t.Rule, err = rule(all[0], begins, func(at time.Time) time.Time { return at.Add(from) }); err != nil {
			return none, 0, nil, err
		}
	}
	got, err := t.Occurrences(time.Time{}, time.Date(last+2, 1, 1, 0, 0, 0, 0, time.UTC))
	if err != nil {
		return none, 0, nil, err
	}
	var out []onset
	for _, o := range got {
		out = append(out, onset{o.From.Add(-from), to})
	}
	return begins.wall.Add(-from), from, out, nil
}

// utcOffset reads +0100, -033000 or +01:00.
func utcOffset(c *component, name string) (time.Duration, error) {
	l, _ := c.first(name)
	v := strings.ReplaceAll(strings.TrimSpace(l.value), ":", "")
	if len(v) != 5 && len(v) != 7 || v[0] != '+' && v[0] != '-' {
		return 0, bad(line{name: name, value: l.value}, "not an offset such as +0100")
	}
	n, err := strconv.ParseUint(v[1:]+"00"[:7-len(v)], 10, 32)
	d := time.Duration(n/10000)*time.Hour + time.Duration(n/100%100)*time.Minute + time.Duration(n%100)*time.Second
	if err != nil || d > 24*time.Hour {
		return 0, bad(line{name: name, value: l.value}, "not an offset such as +0100")
	}
	if v[0] == '-' {
		d = -d
	}
	return d, nil
}

// like returns the IANA zone whose clocks do in these years what the rules say, "" if there is none. One
// offset of whole hours all the time is Etc/GMT, whose names count westward.
func (z *zones) like(r *rules, years span) string {
	from := time.Date(years.first, 1, 1, 0, 0, 0, 0, time.UTC)
	to := time.Date(years.last+1, 1, 1, 0, 0, 0, 0, time.UTC)
	at := []time.Time{}
	fixed := true
	for m := from; m.Before(to); m = m.AddDate(0, 1, 0) {
		at = append(at, m)
	}
	for _, o := range r.onsets {
		if o.at.After(from) && o.at.Before(to) {
			at = append(at, o.at.Add(-time.Second), o.at)
		}
	}
	for _, a := range at {
		fixed = fixed && r.offset(a) == r.offset(from)
	}
	if hours := r.offset(from) / time.Hour; fixed && hours*time.Hour == r.offset(from) {
		name := "UTC"
		if hours != 0 {
			name = fmt.Sprintf("Etc/GMT%+d", -int(hours))
		}
		if z.load(name) {
			return name
		}
	}
	for _, w := range windowsZones {
		if z.load(w.iana) && r.same(z.iana[w.iana], at, from, to) {
			return w.iana
		}
	}
	return ""
}

// same reports whether a zone has the rules' offsets at these instants and at its own changes within a time.
func (r *rules) same(loc *time.Location, at []time.Time, from, to time.Time) bool {
	agree := func(t time.Time) bool {
		_, offset := t.In(loc).Zone()
		return time.Duration(offset)*time.Second == r.offset(t)
	}
	for _, t := range at {
		if !agree(t) {
			return false
		}
	}
	for t := from; ; {
		end := calendar.NextChange(t, loc)
		if end.IsZero() || !end.Before(to) {
			return true
		}
		if !agree(end) || !agree(end.Add(-time.Second)) {
			return false
		}
		t = end
	}
}
