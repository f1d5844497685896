package icalendar

import (
	"strconv"
	"strings"
	"time"

	"signalbox/release"
	"signalbox/release/calendar"
)

// moment is a date, or a wall time of a zone.
type moment struct {
	date bool
	wall time.Time // midnight of a date; its fields in UTC
	zone zone
}

// at returns the instant of a moment.
func (m moment) at() time.Time { return m.zone.resolve(m.wall) }

// as returns the wall time that a moment has in the terms of an event that begins at start: in its zone, as a
// date or with the event's own time of day.
func (m moment) as(start moment) time.Time {
	clock := start.wall.Sub(start.wall.Truncate(day))
	switch {
	case start.date:
		return m.wall.Truncate(day)
	case m.date:
		return m.wall.Add(clock)
	case m.zone.name == start.zone.name && m.zone.own == nil && start.zone.own == nil:
		return m.wall
	}
	return start.zone.show(m.at())
}

const day = 24 * time.Hour

// bad is a value that cannot be read.
func bad(l line, what string) error {
	return release.Errorf(release.Usage, "%s is %q, %s", release.Clean(l.name, 40), release.Clean(l.value, 60), what)
}

// moment reads a value of a property: 20260308, 20260308T023000 or 20260308T023000Z, in the zone that the
// property names.
func (z *zones) moment(l line, value string, years span) (moment, error) {
	if l.cut {
		return moment{}, bad(l, "which is too long")
	}
	value = strings.ToUpper(strings.TrimSpace(value))
	utc := strings.HasSuffix(value, "Z")
	bare := strings.NewReplacer("-", "", ":", "").Replace(strings.TrimSuffix(value, "Z"))
	layout, date := "20060102T150405", false
	switch len(bare) {
	case len("20060102"):
		layout, date = "20060102", true
	case len("20060102T1504"):
		bare += "00"
	}
	if strings.HasSuffix(bare, "60") && len(bare) == len(layout) && !date {
		bare = bare[:len(bare)-2] + "59" // a leap second
	}
	wall, err := time.Parse(layout, bare)
	if err != nil || wall.Year() < 1 || wall.Year() > 9998 {
		return moment{}, bad(l, "not a date or a time")
	}
	m := moment{date: date, wall: wall, zone: z.floating}
	switch tzid := l.params["TZID"]; {
	case date:
	case utc:
		m.zone = zone{name: "UTC", loc: time.UTC}
	case tzid != "":
		if m.zone, err = z.named(tzid, years); err != nil {
			return moment{}, err
		}
	}
	return m, nil
}

// moments reads a list of values of every property with a name; empty values do not count.
func (z *zones) moments(lines []line, years span) ([]moment, error) {
	var out []moment
	for _, l := range lines {
		for v := range strings.SplitSeq(l.value, ",") {
			if strings.TrimSpace(v) == "" {
				continue
			}
			m, err := z.moment(l, v, years)
			if err != nil {
				return nil, err
			}
			if out = append(out, m); len(out) > maxEvents {
				return nil, bad(line{name: l.name}, "which lists too many dates")
			}
		}
	}
	return out, nil
}

// lasting is how long something takes: days on the wall clock, then elapsed time.
type lasting struct {
	days    int
	elapsed time.Duration
}

// duration reads P1W, P1DT2H30M and so on, no negative one.
func duration(l line, value string) (lasting, error) {
	var out lasting
	rest, ok := strings.CutPrefix(strings.TrimPrefix(strings.ToUpper(strings.TrimSpace(value)), "+"), "P")
	if !ok || rest == "" {
		return out, bad(l, "not a duration such as PT1H or P2D")
	}
	clock := false
	for rest != "" {
		if rest[0] == 'T' && !clock {
			clock, rest = true, rest[1:]
			continue
		}
		end := strings.IndexAny(rest, "WDHMS")
		if end < 1 || end > 9 {
			return out, bad(l, "not a duration such as PT1H or P2D")
		}
		n, err := strconv.ParseUint(rest[:end], 10, 30)
		if err != nil {
			return out, bad(l, "not a duration such as PT1H or P2D")
		}
		unit := rest[end]
		switch {
		case !clock && unit == 'W':
			out.days += int(n) * 7
		case !clock && unit == 'D':
			out.days += int(n)
		case clock && unit == 'H':
			out.elapsed += time.Duration(n) * time.Hour
		case clock && unit == 'M':
			out.elapsed += time.Duration(n) * time.Minute
		case clock && unit == 'S':
			out.elapsed += time.Duration(n) * time.Second
		default:
			return out, bad(l, "not a duration such as PT1H or P2D")
		}
		if out.days < 0 || out.days > 1<<20 || out.elapsed < 0 || out.elapsed > 1<<20*time.Hour {
			return out, bad(l, "which is too long")
		}
		rest = rest[end+1:]
	}
	return out, nil
}

// end returns how long something takes that begins at start, from its end or its duration; a date without
// either takes the day, a time without either takes none.
func (z *zones) end(start moment, end, dur line, years span) (lasting, error) {
	switch {
	case end.name != "" && strings.TrimSpace(end.value) != "":
		e, err := z.moment(end, end.value, years)
		if err != nil {
			return lasting{}, err
		}
		return between(start, e)
	case dur.name != "":
		d, err := duration(dur, dur.value)
		if err != nil || !start.date {
			return d, err
		}
		// Whole days take their hours as days.
		d.days, d.elapsed = d.days+int(d.elapsed/day), d.elapsed%day
		if d.elapsed != 0 {
			return d, bad(dur, "no whole number of days")
		}
		return lasting{days: max(1, d.days)}, nil
	case start.date:
		return lasting{days: 1}, nil
	}
	return lasting{}, nil
}

// between returns the time from a start to an end. An end on the day of a start that is a date is read as
// the end of that day: some writers leave the following day out.
func between(start, end moment) (lasting, error) {
	if start.date != end.date {
		return lasting{}, release.Errorf(release.Usage, "of its start and its end one is a date and the other a time")
	}
	if start.date {
		n := int((end.wall.Unix() - start.wall.Unix()) / int64(day/time.Second))
		if n < 0 {
			return lasting{}, release.Errorf(release.Usage, "it ends before it begins")
		}
		return lasting{days: max(1, n)}, nil
	}
	from, to := start.at(), end.at()
	if to.Before(from) {
		return lasting{}, release.Errorf(release.Usage, "it ends before it begins")
	}
	return lasting{elapsed: to.Sub(from)}, nil
}

// wallText writes a wall time as a Timing has it.
func wallText(t time.Time) string { return t.Format(calendar.Wall) }
