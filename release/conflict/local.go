package conflict

import (
	"math"
	"slices"
	"sort"
	"sync/atomic"
	"time"

	"signalbox/release/calendar"
)

// WeekHours is the number of hours in a week.
const WeekHours = 168

// HourlyTraffic is what is expected in a region in each hour of its local week, Monday 00:00 first: customers a minute, from
// monitors or a file. Where it is the same in every hour no hour is a peak.
type HourlyTraffic struct {
	Region string             `json:"region"`
	Load   [WeekHours]float64 `json:"load"`
}

// peak is the load from which on an hour is a peak: the quantile of the week by nearest rank. It is +Inf where all
// hours are alike.
func (t *HourlyTraffic) peak(quantile float64) float64 {
	sorted := slices.Sorted(slices.Values(t.Load[:]))
	at := sorted[min(WeekHours, max(1, int(math.Ceil(quantile*WeekHours))))-1]
	if at <= sorted[0] {
		return math.Inf(1)
	}
	return at
}

// region is a place with its clock.
type region struct {
	id      string
	loc     *time.Location // nil: its zone is not known
	traffic *HourlyTraffic // nil: nobody measured it
	most    float64        // the highest load
	busy    [WeekHours]bool
	off     [WeekHours]bool // weekend, or business hours where they are barred

	laid atomic.Pointer[laid]
}

// laid are the peaks and rests of a region within a time, in order, none touching the next.
type laid struct {
	known        span
	peaks, rests []span
}

func newRegion(id, zone string, t *HourlyTraffic, r *Rules) *region {
	g := &region{id: id, traffic: t}
	if zone != "" {
		if loc, err := calendar.ParseZone(zone); err == nil {
			g.loc = loc
		}
	}
	limit := math.Inf(1)
	if t != nil {
		limit = t.peak(r.PeakQuantile)
		g.most = slices.Max(t.Load[:])
	}
	for h := range WeekHours {
		day, hour := time.Weekday((h/24+1)%7), h%24
		weekend := slices.Contains(r.Weekend, day)
		g.busy[h] = t != nil && t.Load[h] >= limit
		g.off[h] = weekend || r.ForbidOffice && hour >= r.OfficeFrom && hour < r.OfficeTo
	}
	return g
}

const hourMicros = int64(time.Hour / time.Microsecond)

// margin is how far the lists of a region are laid out beyond what was asked for.
const margin = 200 * 24 * hourMicros

// lists are the peaks and rests of a region that cover q at least. Two who lay them out at once both come to the same.
func (g *region) lists(q span) (peaks, rests []span) {
	l := g.laid.Load()
	if l == nil || !l.known.holds(q) {
		want := span{q.from - margin, q.to + margin}
		if l != nil && want.overlaps(l.known) {
			want = want.hull(l.known)
		}
		l = &laid{known: want}
		g.hours(want, func(s span, h int) {
			if g.busy[h] {
				l.peaks = extend(l.peaks, s)
			}
			if g.off[h] {
				l.rests = extend(l.rests, s)
			}
		})
		g.laid.Store(l)
	}
	return l.peaks, l.rests
}

func extend(list []span, s span) []span {
	if n := len(list); n > 0 && list[n-1].to == s.from {
		list[n-1].to = s.to
		return list
	}
	return append(list, s)
}

// hours yields q cut at every local hour, with the hour of the local week. Between two changes of its clocks a zone is
// apart from UTC by one offset, so that its hours are found by adding.
func (g *region) hours(q span, yield func(s span, h int)) {
	for at := q.from; at < q.to; {
		now := time.UnixMicro(at)
		_, offset := now.In(g.loc).Zone()
		end := q.to
		if next := calendar.NextChange(now, g.loc); !next.IsZero() {
			end = min(end, next.UnixMicro())
		}
		shift := int64(offset) * 1e6
		for at < end {
			hour := floorDiv(at+shift, hourMicros)
			for h := weekHour(hour); at < end; h = (h + 1) % WeekHours {
				hour++
				to := min(end, hour*hourMicros-shift)
				yield(span{at, to}, h)
				at = to
			}
		}
	}
}

// weekHour is the hour of the week of an hour since the epoch, which was a Thursday.
func weekHour(hour int64) int { return int(((hour+3*24)%WeekHours + WeekHours) % WeekHours) }

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// within is the hull of what a list shares with q; empty where it shares nothing.
func within(list []span, q span) span {
	i := sort.Search(len(list), func(i int) bool { return list[i].to > q.from })
	if i == len(list) || list[i].from >= q.to {
		return span{}
	}
	out := list[i].meet(q)
	for i++; i < len(list) && list[i].from < q.to; i++ {
		out.to = min(list[i].to, q.to)
	}
	return out
}

// customers sums the customer-minutes of q, and those that as many minutes at the region's peak would have.
func (g *region) customers(q span) (expected, highest float64) {
	const minute = float64(time.Minute / time.Microsecond)
	g.hours(q, func(s span, h int) { expected += g.traffic.Load[h] * float64(s.to-s.from) / minute })
	return expected, g.most * float64(q.to-q.from) / minute
}
