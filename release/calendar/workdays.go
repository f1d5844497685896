package calendar

import (
	"fmt"
	"slices"
	"time"

	"signalbox/release"
	"signalbox/release/access"
)

// Workdays are the days on which a legal entity works: all but its weekend and its holidays. Dates are instants
// at midnight UTC that stand for a date of the entity's own zone.
type Workdays struct {
	Weekend []time.Weekday
	Off     map[time.Time]bool
}

// Works reports whether a date is a business day.
func (w Workdays) Works(date time.Time) bool {
	return !slices.Contains(w.Weekend, date.Weekday()) && !w.Off[date]
}

// longestBreak is how many days in a row may be no business days; a calendar with more cannot be counted in.
const longestBreak = 60

// Step returns the n-th business day after a date, before it where n is negative. 0 is the last business day that
// is not after the date. It reports false where more than longestBreak days in a row are none.
func (w Workdays) Step(date time.Time, n int) (time.Time, bool) {
	at, ok := w.nearest(date, -1)
	if !ok {
		return time.Time{}, false
	}
	way := 1
	if n < 0 {
		way, n = -1, -n
	}
	for range n {
		if at, ok = w.nearest(at.AddDate(0, 0, way), way); !ok {
			return time.Time{}, false
		}
	}
	return at, true
}

// nearest is the date itself, or the next one in a direction that is a business day.
func (w Workdays) nearest(date time.Time, way int) (time.Time, bool) {
	for range longestBreak {
		if w.Works(date) {
			return date, true
		}
		date = date.AddDate(0, 0, way)
	}
	return time.Time{}, false
}

// Every says which dates a Closing is counted from.
type Every string

const (
	Month    Every = "month-end"
	Quarter  Every = "quarter-end"
	HalfYear Every = "half-year-end"
	Year     Every = "year-end"
)

// Everys lists every Every.
var Everys = []Every{Month, Quarter, HalfYear, Year}

// Closing is a period around the end of each month, quarter, half or year of a legal entity, in its business days:
// from the First to the Last, each counted from the last business day that is not after the end. So −5 to 3 around
// a quarter's end are nine business days and the weekends between them. It is DEFINITIONS K11, PRACTICES 8.4.
type Closing struct {
	Every Every `json:"every"`
	First int   `json:"first"` // business days
	Last  int   `json:"last"`
	// YearEnds is the last month of the entity's year, 1 to 12; 0 is 12.
	YearEnds int `json:"year_ends,omitempty"`
	// Holidays is the scope of the entity: the entries of kind holiday that hold for all of it are its holidays.
	Holidays access.Scope   `json:"holidays"`
	Weekend  []time.Weekday `json:"weekend"`
	// Since and Until bound the ends that count, as dates; Until is the last one, "" for no bound.
	Since string `json:"since"`
	Until string `json:"until,omitempty"`
}

const (
	// maxSteps is how far from an end a period may begin or end, in business days.
	maxSteps = 60
	// closingYears is for how many years from Since the days are written out.
	closingYears = 15
)

// Check returns a Usage error where the closing makes no sense.
func (c Closing) Check() error {
	bad := func(try, format string, args ...any) error {
		return release.Errorf(release.Usage, format, args...).Advise("%s", try)
	}
	since, err := time.Parse(time.DateOnly, c.Since)
	if err != nil {
		return bad("write it as 2026-01-01", "%q is no date since when the period holds", release.Clean(c.Since, 40))
	}
	if c.Until != "" {
		if until, err := time.Parse(time.DateOnly, c.Until); err != nil || until.Before(since) {
			return bad("write it as 2030-12-31", "%q is no date until which the period holds", release.Clean(c.Until, 40))
		}
	}
	switch _, err := access.ParseScope(string(c.Holidays)); {
	case err != nil:
		return err
	case !slices.Contains(Everys, c.Every):
		return bad("use month-end, quarter-end, half-year-end or year-end", "%q is no end that business days are counted from", release.Clean(string(c.Every), 40))
	case c.First > c.Last:
		return bad("give the earlier day first", "the period would end before it begins")
	case c.First < -maxSteps || c.Last > maxSteps:
		return bad("count from a nearer end", "the period reaches more than %d business days from the end", maxSteps)
	case c.YearEnds < 0 || c.YearEnds > 12:
		return bad("write it as 1 to 12", "%d is no month", c.YearEnds)
	case len(c.Weekend) > 5:
		return bad("name the days off of a week", "a week of %d days off has too few business days", len(c.Weekend))
	}
	return nil
}

// ends are the last days of the months that the closing counts from.
func (c Closing) ends() []time.Time {
	since, err := time.Parse(time.DateOnly, c.Since)
	if err != nil {
		return nil
	}
	until, err := time.Parse(time.DateOnly, c.Until)
	if err != nil || until.After(since.AddDate(closingYears, 0, 0)) {
		until = since.AddDate(closingYears, 0, 0)
	}
	every := map[Every]int{Month: 1, Quarter: 3, HalfYear: 6, Year: 12}[c.Every]
	if every == 0 {
		return nil
	}
	last := c.YearEnds % 12
	var out []time.Time
	for m := time.Date(since.Year(), since.Month(), 1, 0, 0, 0, 0, time.UTC); !m.After(until); m = m.AddDate(0, 1, 0) {
		end := m.AddDate(0, 1, -1)
		if (int(m.Month())-last+12)%every == 0 && !end.Before(since) && !end.After(until) {
			out = append(out, end)
		}
	}
	return out
}

// closed is one period: its first date, and the date after its last.
type closed struct {
	first, after time.Time
	unknown      int // a year of it of which no holiday is known, 0 where there is none
}

func (c Closing) periods(w Workdays) ([]closed, error) {
	years := map[int]bool{}
	for d := range w.Off {
		years[d.Year()] = true
	}
	var out []closed
	for _, end := range c.ends() {
		first, ok1 := w.Step(end, c.First)
		last, ok2 := w.Step(end, c.Last)
		if !ok1 || !ok2 {
			return nil, release.Errorf(release.Usage, "around %s more than %d days in a row are no business days", end.Format(time.DateOnly), longestBreak).
				Advise("correct the holidays of %s", c.Holidays)
		}
		p := closed{first: first, after: last.AddDate(0, 0, 1)}
		for _, year := range []int{last.Year(), first.Year()} {
			if !years[year] {
				p.unknown = year
			}
		}
		out = append(out, p)
	}
	return out, nil
}

// Settle returns entries with every Closing written out in the business days that the holidays among the same
// entries leave. Where no holiday of a year is known, only weekends are left out, and the title of that period says
// so. revision is that of the calendar as a whole: a settled entry has it, because a holiday that is taken back
// moves the period too. The entries given are not changed.
func Settle(entries []Entry, revision int64) []Entry {
	if !slices.ContainsFunc(entries, func(e Entry) bool { return e.Timing.Closing != nil }) {
		return entries
	}
	out := slices.Clone(entries)
	for k := range out {
		e := &out[k]
		if e.Timing.Closing == nil {
			continue
		}
		w, changed := workdaysOf(entries, *e.Timing.Closing)
		if settled, err := e.Timing.settled(w, e.Title); err == nil {
			e.Timing, e.Revision = settled, max(e.Revision, revision)
			if changed.After(e.UpdatedAt) {
				e.UpdatedAt = changed
			}
		}
	}
	return out
}

// workdaysOf are the business days of a closing's entity, and when the last of its holidays was changed.
func workdaysOf(entries []Entry, c Closing) (Workdays, time.Time) {
	w := Workdays{Weekend: c.Weekend, Off: map[time.Time]bool{}}
	changed := time.Time{}
	ends := c.ends()
	if len(ends) == 0 {
		return w, changed
	}
	from, to := ends[0].AddDate(0, -6, 0), ends[len(ends)-1].AddDate(0, 6, 0)
	for k := range entries {
		e := &entries[k]
		if e.Kind != Holiday || !e.Timing.AllDay || !e.Scope.Includes(c.Holidays) {
			continue // half a day off is a business day
		}
		loc, err := ParseZone(e.Timing.Zone)
		if err != nil {
			continue
		}
		if e.UpdatedAt.After(changed) {
			changed = e.UpdatedAt
		}
		happens, err := e.Occurrences(from, to)
		if err != nil {
			continue
		}
		for _, o := range happens {
			last := dateOf(o.To.Add(-time.Second), loc)
			for d := dateOf(o.From, loc); !d.After(last); d = d.AddDate(0, 0, 1) {
				w.Off[d] = true
			}
		}
	}
	return w, changed
}

func dateOf(at time.Time, loc *time.Location) time.Time {
	return WallOf(at, loc).Truncate(24 * time.Hour)
}

// settled is a timing with its closing written out: a list of starts, each with its own number of days.
func (t Timing) settled(w Workdays, title string) (Timing, error) {
	c := *t.Closing
	all, err := c.periods(w)
	if err != nil {
		return t, err
	}
	if len(all) == 0 {
		return t, release.Errorf(release.Usage, "no such end lies between its first and its last date").Advise("give it a later until")
	}
	days := func(p closed) int { return int(p.after.Sub(p.first) / (24 * time.Hour)) }
	out := Timing{Zone: t.Zone, Start: all[0].first.Format(Wall), AllDay: true, Days: days(all[0])}
	for n, p := range all {
		start := p.first.Format(Wall)
		if n > 0 {
			out.Extra = append(out.Extra, start)
		}
		note := ""
		if p.unknown > 0 {
			note = fmt.Sprintf("%s (holidays of %d not known)", title, p.unknown)
		}
		if note != "" || days(p) != out.Days {
			out.Moved = append(out.Moved, Move{Of: start, Start: start, Days: days(p), Title: note})
		}
	}
	return out, nil
}
