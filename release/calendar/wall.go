package calendar

import (
	"slices"
	"sort"
	"strings"
	"sync"
	"time"

	"signalbox/release"
)

// Wall is the layout of a wall time: what a clock on the wall shows, without a zone.
const Wall = "2006-01-02T15:04:05"

// A wall time is held as a time.Time in UTC whose fields are what the clock shows.

// ParseWall reads a wall time of the years 1 to 9998. The error is Usage.
func ParseWall(s string) (time.Time, error) {
	t, err := time.Parse(Wall, s)
	if err != nil || len(s) != len(Wall) || t.Year() < 1 || t.Year() > lastYear {
		return time.Time{}, release.Errorf(release.Usage, "%q is no wall time", release.Clean(s, 40)).
			Advise("write it as 2026-03-08T02:30:00")
	}
	return t, nil
}

// lastYear is the last year of a wall time: one less than four digits hold, so that an end has room.
const lastYear = 9998

// zones are those that were read before, by name: package time reads its database anew each time. They are no
// more than the database has.
var zones sync.Map

// ParseZone returns the zone with an IANA name, from the time zone database that the program finds or
// carries. "Local" and what a machine keeps beside the database are no names: they would mean another zone,
// or none, on another machine. The error is Usage.
func ParseZone(name string) (*time.Location, error) {
	first, _, _ := strings.Cut(name, "/")
	if name != "" && len(name) <= 64 && !slices.Contains([]string{"", "Local", "localtime", "posixrules", "posix", "right"}, first) {
		if loc, ok := zones.Load(name); ok {
			return loc.(*time.Location), nil
		}
		if loc, err := time.LoadLocation(name); err == nil {
			zones.Store(name, loc)
			return loc, nil
		}
	}
	return nil, release.Errorf(release.Usage, "%q is no time zone", release.Clean(name, 60)).
		Advise("use an IANA name such as Europe/London, or UTC")
}

// Resolve returns the instant, in UTC, at which the clocks of a zone show a wall time. A wall time that they
// show twice is its first time. One that they skip is read with the offset from before the gap, which moves
// it forward by the gap's length (RFC 5545, 3.3.5).
func Resolve(wall time.Time, loc *time.Location) time.Time {
	wall = naive(wall)
	// No zone was ever 26 hours from UTC, so that the period with the wall time cannot have ended by then.
	at := wall.Add(-26 * time.Hour)
	for {
		end := NextChange(at, loc)
		_, offset := at.In(loc).Zone()
		shown := wall.Add(-time.Duration(offset) * time.Second)
		// The wall time is not before this period: the periods before it have been ruled out.
		if end.IsZero() || shown.Before(end) {
			return shown.UTC()
		}
		_, next := end.In(loc).Zone()
		if wall.Add(-time.Duration(next) * time.Second).Before(end) {
			return shown.UTC() // skipped: the old offset carries it beyond the end
		}
		at = end
	}
}

// NextChange returns the first instant after at from which the clocks of a zone have another offset, in UTC;
// the zero Time where there is none.
func NextChange(at time.Time, loc *time.Location) time.Time {
	_, offset := at.In(loc).Zone()
	differs := func(t time.Time) bool {
		_, o := t.In(loc).Zone()
		return o != offset
	}
	for {
		_, end := at.In(loc).ZoneBounds()
		if end.IsZero() {
			return time.Time{}
		}
		// Where a zone goes by a yearly rule, package time ends periods also at the end of a year, and of a leap
		// year a day too early: such an end may lie before at.
		if !end.After(at) {
			end = at.Add(24 * time.Hour)
			if differs(end) {
				seconds := sort.Search(24*60*60, func(n int) bool { return differs(at.Add(time.Duration(n) * time.Second)) })
				return at.Add(time.Duration(seconds) * time.Second).UTC()
			}
		}
		if differs(end) {
			return end.UTC()
		}
		at = end
	}
}

// naive returns the fields of t as a time in UTC, to the second.
func naive(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), 0, time.UTC)
}

// WallOf returns what the clocks of a zone show at an instant.
func WallOf(at time.Time, loc *time.Location) time.Time { return naive(at.In(loc)) }
