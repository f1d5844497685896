package calendar

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/teambition/rrule-go"

	"signalbox/release"
)

const (
	// MaxOccurrences is how many happenings one call gives at most.
	MaxOccurrences = 10_000
	// maxListed bounds Extra, Except and Moved, each. maxDays bounds how long one happening lasts.
	maxListed = 10_000
	maxDays   = 3660
	// far is more than a wall time and its instant are ever apart: an offset and a gap.
	far = 50 * time.Hour
)

// Occurrences returns the happenings that share time with [from, to), in order of their starts, in UTC: also
// one that began before from and still runs. Title is "" where it is the entry's own.
//
// Days and Length are added in this order: Days on the wall clock, so that a day has 23 or 25 hours when
// clocks change, Length in elapsed time. That is RFC 5545: an end given as DTEND makes every happening
// exactly as long as the first (Length), a DURATION of days or weeks is nominal (Days), its hours are exact.
// Where both are 0 a happening is an instant and its Interval is empty; a Move without both lasts as long as
// the others do. Happenings that fall on one instant, because clocks skip an hour, are one. A day that a
// zone left out does not happen.
//
// A rule gives what it says: Start is its first happening only if the rule names it. Extra may add it.
//
// The error is Usage: what Check says, or more than MaxOccurrences happenings.
func (t Timing) Occurrences(from, to time.Time) ([]Occurrence, error) {
	s, err := t.series()
	if err != nil {
		return nil, err
	}
	from, to = within(from), within(to)
	if !from.Before(to) {
		return nil, nil
	}
	starts, more := s.starts(from, to)
	var out []Occurrence
	add := func(i Interval, title string) {
		// Sharing an instant with the time asked about, or being one that lies in it.
		if i.From.Before(to) && (from.Before(i.To) || !i.From.Before(from)) {
			out = append(out, Occurrence{i, title})
		}
	}
	taken := map[int64]bool{}
	for _, wall := range starts {
		i := s.span(wall)
		at := i.From.Unix()
		if taken[at] || s.except[at] || s.days > 0 && !i.From.Before(i.To) {
			continue
		}
		taken[at] = true
		add(i, "")
	}
	for _, m := range s.moved {
		add(m.span(m.start), m.title)
	}
	if more || len(out) > MaxOccurrences {
		return nil, release.Errorf(release.Usage, "the entry happens more than %d times in the time asked about", MaxOccurrences).
			Advise("ask about a shorter time")
	}
	slices.SortStableFunc(out, func(a, b Occurrence) int {
		return cmp.Or(a.From.Compare(b.From), a.To.Compare(b.To), strings.Compare(a.Title, b.Title))
	})
	return out, nil
}

// Occurrences is Timing.Occurrences with every title filled in.
func (e Entry) Occurrences(from, to time.Time) ([]Occurrence, error) {
	out, err := e.Timing.Occurrences(from, to)
	for i := range out {
		out[i].Title = cmp.Or(out[i].Title, e.Title)
	}
	return out, err
}

// Check returns a Usage error where the timing cannot be expanded.
func (t Timing) Check() error {
	if t.Closing != nil {
		if err := t.Closing.Check(); err != nil {
			return err
		}
		var err error
		if t, err = t.settled(Workdays{Weekend: t.Closing.Weekend}, ""); err != nil {
			return err
		}
	}
	_, err := t.series()
	return err
}

// series is a Timing that has been read.
type series struct {
	length
	start time.Time // wall
	rule  *rrule.ROption
	extra []time.Time // walls
	// except are the instants, in Unix seconds, of happenings that are not, or are elsewhere.
	except map[int64]bool
	moved  []moved
}

// length is how long a happening lasts that begins at a wall time of a zone.
type length struct {
	loc     *time.Location
	days    int
	elapsed time.Duration
}

type moved struct {
	length
	start time.Time // wall
	title string
}

func (l length) span(wall time.Time) Interval {
	from := Resolve(wall, l.loc)
	to := from
	if l.days > 0 {
		to = Resolve(wall.AddDate(0, 0, l.days), l.loc)
	}
	return Interval{From: from, To: to.Add(l.elapsed)}
}

// longest is the most that a happening lasts, from its wall time on.
func (l length) longest() time.Duration { return time.Duration(l.days)*24*time.Hour + l.elapsed }

// starts returns the walls from which a happening may reach into [from, to), and more where there are too
// many.
func (s series) starts(from, to time.Time) (out []time.Time, more bool) {
	first, last := within(from.Add(-far-s.longest())), to.Add(far)
	near := func(wall time.Time) bool { return !wall.Before(first) && !wall.After(last) }
	if s.rule != nil {
		out, more = walls(*s.rule, first, last, 2*MaxOccurrences)
	} else if near(s.start) {
		out = append(out, s.start)
	}
	for _, w := range s.extra {
		if near(w) {
			out = append(out, w)
		}
	}
	return out, more
}

// within brings an instant into the years that wall times have.
func within(t time.Time) time.Time {
	t = t.UTC()
	switch {
	case t.Year() < 1:
		return time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC)
	case t.Year() > lastYear:
		return time.Date(lastYear+1, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	return t
}

func (t Timing) series() (series, error) {
	if t.Closing != nil {
		return series{}, release.Errorf(release.Usage, "its business days could not be counted").Advise("correct the holidays of %s", t.Closing.Holidays)
	}
	loc, err := ParseZone(t.Zone)
	if err != nil {
		return series{}, err
	}
	s := series{length: length{loc, t.Days, t.Length}, except: map[int64]bool{}}
	if s.start, err = ParseWall(t.Start); err != nil {
		return series{}, err
	}
	if err := s.check(); err != nil {
		return series{}, err
	}
	if t.AllDay && (t.Days < 1 || t.Length != 0 || !midnight(s.start)) {
		return series{}, release.Errorf(release.Usage, "an entry of whole days begins at midnight and has days, not hours").
			Advise("give the number of days, or a start and a length")
	}
	if len(t.Extra) > maxListed || len(t.Except) > maxListed || len(t.Moved) > maxListed {
		return series{}, release.Errorf(release.Usage, "the entry lists more than %d starts", maxListed).
			Advise("give them by a rule")
	}
	if t.Rule != "" {
		o, err := parseRule(t.Rule, s.start)
		if err == nil {
			err = calm(o)
		}
		if err != nil {
			return series{}, err
		}
		if t.AllDay && (o.Freq >= rrule.HOURLY || len(o.Byhour)+len(o.Byminute)+len(o.Bysecond) > 0) {
			return series{}, release.Errorf(release.Usage, "an entry of whole days cannot recur by the hour").
				Advise("leave hours, minutes and seconds out of the rule")
		}
		s.rule = &o
	}
	for _, text := range t.Extra {
		w, err := ParseWall(text)
		if err != nil {
			return series{}, err
		}
		s.extra = append(s.extra, w)
	}
	for _, text := range t.Except {
		w, err := ParseWall(text)
		if err != nil {
			return series{}, err
		}
		s.except[Resolve(w, loc).Unix()] = true
	}
	return s, s.move(t.Moved)
}

func (s *series) move(all []Move) error {
	seen, zones := map[int64]bool{}, map[string]*time.Location{}
	for _, m := range all {
		of, err := ParseWall(m.Of)
		if err != nil {
			return err
		}
		at := Resolve(of, s.loc).Unix()
		if seen[at] {
			return release.Errorf(release.Usage, "the start at %s is moved twice", m.Of).Advise("keep one of the two")
		}
		seen[at] = true
		s.except[at] = true
		if m.Gone {
			continue
		}
		to := moved{length{s.loc, m.Days, m.Length}, of, m.Title}
		if m.Days == 0 && m.Length == 0 {
			to.days, to.elapsed = s.days, s.elapsed
		}
		if m.Zone != "" {
			if zones[m.Zone] == nil {
				if zones[m.Zone], err = ParseZone(m.Zone); err != nil {
					return err
				}
			}
			to.loc = zones[m.Zone]
		}
		if m.Start != "" {
			if to.start, err = ParseWall(m.Start); err != nil {
				return err
			}
		} else if m.Zone != "" {
			return release.Errorf(release.Usage, "the start at %s moves to another zone without a time", m.Of).Advise("give it a start")
		}
		if err := to.check(); err != nil {
			return err
		}
		s.moved = append(s.moved, to)
	}
	return nil
}

func (l length) check() error {
	if l.days < 0 || l.elapsed < 0 || l.days > maxDays || l.elapsed > maxDays*24*time.Hour {
		return release.Errorf(release.Usage, "the entry ends before it begins, or lasts longer than %d days", maxDays).
			Advise("correct its end")
	}
	return nil
}

func midnight(t time.Time) bool { return t.Equal(t.Truncate(24 * time.Hour)) }
