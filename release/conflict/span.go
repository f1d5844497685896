package conflict

import (
	"math"
	"time"

	"signalbox/release/calendar"
)

// span is a half-open interval of Unix microseconds, the precision of storage.
type span struct{ from, to int64 }

// forever is later than every instant that is judged, and far enough from the end of int64 to be added to.
const forever = math.MaxInt64 / 4

func micros(d time.Duration) int64 { return int64(d / time.Microsecond) }

func spanOf(i calendar.Interval) span { return span{i.From.UnixMicro(), i.To.UnixMicro()} }

func (s span) overlaps(o span) bool { return s.from < o.to && o.from < s.to }

func (s span) holds(o span) bool { return s.from <= o.from && o.to <= s.to }

func (s span) meet(o span) span { return span{max(s.from, o.from), min(s.to, o.to)} }

func (s span) hull(o span) span { return span{min(s.from, o.from), max(s.to, o.to)} }

func (s span) empty() bool { return s.from >= s.to }

// interval has a zero end where the span has none.
func (s span) interval() calendar.Interval {
	i := calendar.Interval{From: time.UnixMicro(s.from).UTC()}
	if s.to < forever {
		i.To = time.UnixMicro(s.to).UTC()
	}
	return i
}
