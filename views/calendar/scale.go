package calendar

import (
	"time"

	"signalbox/release/calendar"
)

// zoom is the unit in which the calendar is shown.
type zoom int

const (
	byDay  zoom = iota // a window of hours
	byWeek             // seven days
)

func (z zoom) name() string { return [...]string{"day", "week"}[z] }

// scale places instants on the columns of the units that are shown: days, or hours. Every unit is equally wide,
// also a day of 23 or 25 hours.
type scale struct {
	zone   *time.Location
	marks  []time.Time  // where units begin, the last one the end
	unit   int          // cells of one
	x, end int          // the first column, and the one after the last
	nights map[int]bool // cells, from the first, at which a day begins
}

// scaled is seven days from a date on. A day begins at midnight of the zone.
func scaled(first time.Time, zone *time.Location, x, unit int) scale {
	s := scale{zone: zone, unit: unit, x: x, end: x + days*unit, nights: map[int]bool{}}
	for n := range days + 1 {
		s.marks = append(s.marks, calendar.Resolve(first.AddDate(0, 0, n), zone))
		s.nights[n*unit] = n < days
	}
	return s
}

// hourly is as many hours from an instant on as the cells hold, four or more to each, at most a day.
func hourly(from time.Time, zone *time.Location, x, cells int) scale {
	unit := max(leastHour, cells/24)
	n := max(1, min(24, cells/unit))
	s := scale{zone: zone, unit: unit, x: x, end: x + n*unit, nights: map[int]bool{}}
	for k := range n + 1 {
		s.marks = append(s.marks, from.Add(time.Duration(k)*time.Hour))
	}
	for day := 0; day < 3; day++ { // midnight need not be at a full hour of UTC
		night := calendar.Resolve(time.Date(from.In(zone).Year(), from.In(zone).Month(), from.In(zone).Day()+day, 0, 0, 0, 0, time.UTC), zone)
		if at, ok := s.column(night); ok {
			s.nights[at] = true
		}
	}
	return s
}

// leastHour is how many cells an hour has at least.
const leastHour = 4

// scale is what is shown, on a screen of a width.
func (v View) scale(w int) scale {
	x, day, _ := grid(w)
	if v.zoom == byDay {
		return hourly(v.hour, v.desk.zone, x, days*day)
	}
	return scaled(v.first, v.desk.zone, x, day)
}

// interval is the time that is shown.
func (v View) interval() calendar.Interval { return v.scale(v.w).interval() }

func (s scale) units() int { return len(s.marks) - 1 }

func (s scale) from() time.Time { return s.marks[0] }

func (s scale) to() time.Time { return s.marks[len(s.marks)-1] }

func (s scale) interval() calendar.Interval { return calendar.Interval{From: s.from(), To: s.to()} }

// hair keeps what falls on the edge of a cell from falling before it.
const hair = 1e-6

// place is how many cells after the first mark an instant is, not bounded by the cells that there are.
func (s scale) place(t time.Time) float64 {
	if t.Before(s.from()) {
		return -1
	}
	for n := range s.units() {
		if from, to := s.marks[n], s.marks[n+1]; t.Before(to) {
			return float64(s.unit)*(float64(n)+float64(t.Sub(from))/float64(to.Sub(from))) + hair
		}
	}
	return float64(s.units() * s.unit)
}

// column is the cell of an instant, counted from the first; ok is false outside of what is shown.
func (s scale) column(t time.Time) (x int, ok bool) {
	return int(s.place(t)), !t.Before(s.from()) && t.Before(s.to())
}

// cells are those of an interval: at least one where it shares time with what is shown, none where it does not.
func (s scale) cells(i calendar.Interval) (from, to int) {
	if !i.Shares(s.interval()) {
		return 0, 0
	}
	from, to = max(0, int(s.place(i.From))), s.units()*s.unit
	if i.To.Before(s.to()) {
		to = int(s.place(i.To) + 0.5)
	}
	return from, min(max(to, from+1), s.units()*s.unit)
}
