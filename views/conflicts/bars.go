package conflicts

import (
	"strings"
	"time"

	"signalbox/release"
	"signalbox/release/calendar"
	"signalbox/release/conflict"
	"signalbox/views"
	"signalbox/views/kit"
)

// labelCols are the cells of the names at the left of the bars.
const labelCols = 15

// scale lays a stretch of time out on n cells.
type scale struct {
	from, to time.Time
	n        int
}

// column is the cell of an instant; it may lie outside of [0, n).
func (s scale) column(t time.Time) int {
	all := s.to.Sub(s.from)
	if all <= 0 {
		return 0
	}
	d := float64(t.Sub(s.from)) / float64(all) * float64(s.n)
	return int(max(-1e6, min(d, 1e6)))
}

// reach are the cells of an interval as far as they are shown, at least one; n is 0 where none is. An open end goes
// on to the right edge.
func (s scale) reach(i calendar.Interval) (x, n int) {
	a, b := s.column(i.From), s.n
	if !i.To.IsZero() {
		b = s.column(i.To)
	}
	b = max(b, a+1)
	a, b = max(a, 0), min(b, s.n)
	return a, max(b-a, 0)
}

// scaled chooses what of the time is drawn: both parties, but of a long one only what is around the shorter, and now
// where it is near.
func scaled(k *conflict.Case, a, b calendar.Interval, now time.Time, n int) scale {
	from, to := k.From, k.To
	if to.IsZero() {
		to = from.Add(time.Hour)
	}
	if !a.From.IsZero() {
		from, to = earlier(from, a.From), later(to, a.To)
	}
	least := max(to.Sub(from), 30*time.Minute)
	if !b.From.IsZero() {
		f := earlier(from, b.From)
		t := to
		if !b.To.IsZero() {
			t = later(to, b.To)
		}
		from, to = later(f, from.Add(-2*least)), earlier(t, to.Add(2*least))
	}
	if d := from.Sub(now); d > 0 && d < to.Sub(from) {
		from = now
	}
	if d := now.Sub(to); d > 0 && d < to.Sub(from)/2 {
		to = now
	}
	pad := max(to.Sub(from)/24, time.Minute)
	return scale{from.Add(-pad), to.Add(pad), max(n, 1)}
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// steps are how far apart the times of a ruler may be.
var steps = []time.Duration{15 * time.Minute, 30 * time.Minute, time.Hour, 2 * time.Hour, 3 * time.Hour, 6 * time.Hour, 12 * time.Hour, 24 * time.Hour, 48 * time.Hour, 7 * 24 * time.Hour, 28 * 24 * time.Hour}

// ruler writes the times over the bars.
func (s scale) ruler(c kit.Canvas, x, y int, f views.Frame) {
	step := steps[len(steps)-1]
	for _, d := range steps {
		if float64(d)/float64(s.to.Sub(s.from))*float64(s.n) >= 9 {
			step = d
			break
		}
	}
	local := s.from.In(f.Zone)
	at := time.Date(local.Year(), local.Month(), local.Day(), 0, 0, 0, 0, f.Zone)
	free := 0
	for range 4096 { // more than a screen has cells
		if at.After(s.to) {
			return
		}
		word := at.Format("15:04")
		if at.Hour() == 0 && at.Minute() == 0 {
			word = at.Format("Mon 2")
		}
		if k := s.column(at); !at.Before(s.from) && k >= free && k+kit.Width(word) <= s.n {
			free = c.Put(x+k, y, word, kit.Meta()) - x + 1
		}
		if step < 24*time.Hour {
			at = at.Add(step)
		} else {
			at = at.AddDate(0, 0, int(step/(24*time.Hour)))
		}
	}
}

// bars are the ruler, the two parties on it, and where they overlap.
func (v View) bars(r *row, w int, f views.Frame) []kit.Strip {
	k := r.kase
	a, b := v.reach(k)
	s := scaled(k, a, b, f.Now, w-labelCols-1)
	now := s.column(f.Now)
	label := func(letter, name string) string { return kit.Truncate(strings.TrimSpace(letter+" "+name), labelCols-2) }
	lane := func(name string, i calendar.Interval, style kit.Style, mark kit.Run, id string) kit.Strip {
		return kit.Strip{Draw: func(c kit.Canvas, y int) {
			c.PutIn(1, y, labelCols-1, name, kit.Meta())
			if now >= 0 && now < s.n {
				c.Put(labelCols+now, y, "┃", kit.Here())
			}
			if i.From.IsZero() {
				c.Put(labelCols, y, kit.Unknown, kit.Meta())
				return
			}
			x, n := s.reach(i)
			if n == 0 {
				return
			}
			c.Repeat(labelCols+x, y, n, "━", style)
			if n >= kit.Width(id)+4 && id != "" {
				end := c.Write(labelCols+x, y, mark, kit.T(id, kit.ID()))
				c.Put(end, y, " ", kit.Plain())
			}
		}}
	}
	out := []kit.Strip{{Draw: func(c kit.Canvas, y int) {
		name := f.Zone.String()
		if _, off := s.from.In(f.Zone).Zone(); off == 0 {
			name = "UTC"
		}
		if from := s.from.In(f.Zone); from.Format(time.DateOnly) != f.Now.In(f.Zone).Format(time.DateOnly) {
			name = kit.Date(s.from, f.Zone)
		}
		c.PutIn(1, y, labelCols-1, name, kit.Meta())
		s.ruler(c, labelCols, y, f)
	}}}
	out = append(out, lane(label("A", v.party(k.Parties[0])), a, kit.Plain(), kit.Mark(release.Planned), strings.TrimPrefix(k.Work(), "CHG-")))
	o := k.Conflict.Other()
	if o.Sort != conflict.RuleParty {
		id := ""
		if o.Sort == conflict.WorkParty {
			id = strings.TrimPrefix(o.ID, "CHG-")
		}
		out = append(out, lane(label("B", v.party(o)), b, kit.Meta(), kit.Mark(release.Planned), id))
	}
	return append(out, kit.Strip{Draw: func(c kit.Canvas, y int) {
		name := "overlap"
		if o.Sort == conflict.RuleParty { // it breaks the rule alone
			name = "breaks it"
		}
		c.Put(1, y, name, kit.Meta())
		if now >= 0 && now < s.n {
			c.Put(labelCols+now, y, "┃", kit.Here())
		}
		x, n := s.reach(k.Interval)
		style := kit.AspectShape(hurt(k, f))
		c.Repeat(labelCols+x, y, n, "╳", style)
		if k.To.IsZero() {
			return
		}
		long := " " + release.Length(k.To.Sub(k.From).Round(time.Minute)) + " "
		if n >= kit.Width(long)+2 {
			c.Put(labelCols+x+1, y, long, kit.Reason(hurt(k, f)))
		} else if at := labelCols + x + n; at+kit.Width(long) < c.W() {
			c.Put(at, y, long, kit.Reason(hurt(k, f)))
		}
	}})
}

// hurt is the signal in which the overlap is drawn: that of what it would be if nobody had waived it.
func hurt(k *conflict.Case, f views.Frame) release.Aspect {
	switch {
	case k.Severity == conflict.Hard:
		return release.Stop
	case k.Severity == conflict.Soft:
		return release.Caution
	}
	return k.Aspect(f.Now)
}

// reach is when each of the parties takes its place on the calendar; zero where that is not known.
func (v View) reach(k *conflict.Case) (a, b calendar.Interval) {
	occupied := func(id string) calendar.Interval {
		w, ok := v.docket.Work[id]
		if !ok {
			return calendar.Interval{}
		}
		i := w.Interval
		if w.Prep != nil {
			i.From = i.From.Add(-*w.Prep)
		}
		if w.Verify != nil {
			i.To = i.To.Add(*w.Verify)
		}
		return i
	}
	a = occupied(k.Work())
	switch o := k.Conflict.Other(); {
	case o.Sort == conflict.WorkParty:
		b = occupied(o.ID)
	case v.brief() != nil && v.brief().brief.Against != nil:
		b = v.brief().brief.Against.Interval
	}
	return a, b
}
