package calendar

import (
	"time"

	"signalbox/release/calendar"
)

// scale places instants on the columns of the days that are shown. Every day is equally wide, also one of 23 or 25
// hours, and begins at midnight of the zone.
type scale struct {
	zone   *time.Location
	days   [days + 1]time.Time // midnights, the last one the end
	day    int                 // cells of a day
	x, end int                 // the first column of the first day, and the one after the last
}

func scaled(first time.Time, zone *time.Location, x, day int) scale {
	s := scale{zone: zone, day: day, x: x, end: x + days*day}
	for n := range s.days {
		s.days[n] = calendar.Resolve(first.AddDate(0, 0, n), zone)
	}
	return s
}

func (s scale) interval() calendar.Interval {
	return calendar.Interval{From: s.days[0], To: s.days[days]}
}

// hair keeps what falls on the edge of a cell from falling before it.
const hair = 1e-6

// place is how many cells after the first midnight an instant is, not bounded by the cells that there are.
func (s scale) place(t time.Time) float64 {
	if t.Before(s.days[0]) {
		return -1
	}
	for n := range days {
		if from, to := s.days[n], s.days[n+1]; t.Before(to) {
			return float64(s.day)*(float64(n)+float64(t.Sub(from))/float64(to.Sub(from))) + hair
		}
	}
	return float64(days * s.day)
}

// column is the cell of an instant, counted from the first midnight; ok is false outside of the days.
func (s scale) column(t time.Time) (x int, ok bool) {
	return int(s.place(t)), !t.Before(s.days[0]) && t.Before(s.days[days])
}

// cells are those of an interval: at least one where it shares time with the days, none where it does not.
func (s scale) cells(i calendar.Interval) (from, to int) {
	if !i.Shares(s.interval()) {
		return 0, 0
	}
	from = max(0, int(s.place(i.From)))
	to = days * s.day
	if i.To.Before(s.days[days]) {
		to = int(s.place(i.To) + 0.5)
	}
	return from, min(max(to, from+1), days*s.day)
}
