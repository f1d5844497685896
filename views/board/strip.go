package board

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"signalbox/release"
	"signalbox/release/board"
	"signalbox/release/calendar"
	"signalbox/views"
	"signalbox/views/kit"
)

// window is the time that the strip shows: twelve hours on a narrow screen, eighteen at a desk, the day on a wall,
// more of it ahead than behind.
func window(now time.Time, pl plan) (from, to time.Time) {
	back, all := 2*time.Hour, 12*time.Hour
	switch {
	case pl.wall:
		back, all = 12*time.Hour, 24*time.Hour
	case pl.desk:
		back, all = 6*time.Hour, 18*time.Hour
	}
	from = now.UTC().Truncate(time.Hour).Add(-back)
	return from, from.Add(all)
}

func span(from, to time.Time, zone *time.Location) string {
	from, to = from.In(zone), to.In(zone)
	end := to.Format("15:04")
	if end == "00:00" {
		end = "24:00"
	}
	where := " UTC"
	if o := kit.Offset(from); o != "Z" {
		where = " " + o
	}
	return from.Format("15:04") + " – " + end + where
}

// scale says in which column of a canvas an instant stands.
type scale struct {
	from, to time.Time
	x, w     int
}

func (s scale) column(at time.Time) int {
	d := at.Sub(s.from)
	all := s.to.Sub(s.from)
	return s.x + int(int64(d)*int64(s.w)/int64(all))
}

func (s scale) has(at time.Time) bool { return !at.Before(s.from) && at.Before(s.to) }

// laneName is how a region is called in its lane.
func laneName(id string) string { return strings.ToUpper(kit.Truncate(id, 6)) }

// drawStrip draws rulers and lanes.
func (v View) drawStrip(c kit.Canvas, pl plan, f views.Frame) {
	from, to := window(f.Now, pl)
	x := 9
	if !pl.desk && !pl.wall {
		x = 6
	}
	s := scale{from: from, to: to, x: x, w: max(c.W()-x-1, 1)}
	y := 0
	v.ruler(c, y, s, "UTC", time.UTC, f)
	y++
	for _, z := range v.zones(pl.zones, f) {
		v.ruler(c, y, s, z.label, z.zone, f)
		y++
	}
	for _, l := range pl.lanes {
		v.drawLane(c.Sub(0, y, c.W(), l.rows), l, s, pl, f)
		y += l.rows
	}
}

type ruled struct {
	label string
	zone  *time.Location
}

// zones are the clocks of the rulers under that of UTC: the reader's own where it is another, then the regions'.
func (v View) zones(n int, f views.Frame) []ruled {
	var out []ruled
	_, here := f.Now.In(f.Zone).Zone()
	if here != 0 {
		out = append(out, ruled{kit.Offset(f.Now.In(f.Zone)), f.Zone})
	}
	for _, r := range v.page.Regions {
		z := v.clocks[r.Zone]
		if z == nil {
			continue
		}
		_, off := f.Now.In(z).Zone()
		known := off == 0
		for _, o := range out {
			_, have := f.Now.In(o.zone).Zone()
			known = known || have == off
		}
		if !known {
			out = append(out, ruled{cmp.Or(r.Place, laneName(r.ID)) + " " + kit.Offset(f.Now.In(z)), z})
		}
	}
	if len(out) < n { // rulers that would repeat that of UTC are not drawn, but keep their rows
		n = len(out)
	}
	return out[:n]
}

// ruler writes the hours, and the time now at its place.
func (v View) ruler(c kit.Canvas, y int, s scale, label string, zone *time.Location, f views.Frame) {
	c.PutIn(1, y, s.x-2, label, kit.Meta())
	now := s.column(f.Now)
	word := f.Now.In(zone).Format("15:04")
	step := 2 * time.Hour
	for at := s.from; at.Before(s.to); at = at.Add(step) {
		x := s.column(at)
		if x+2 > c.W() || x+2 >= now && x <= now+kit.Width(word) {
			continue
		}
		text := at.In(zone).Format("15")
		if at.In(zone).Minute() != 0 {
			text = at.In(zone).Format("15:04")
		}
		c.Put(x, y, text, kit.Meta())
	}
	c.Put(now, y, "┃", kit.Here())
	c.Put(now+1, y, word, kit.Here())
}

// bar is a mark where it stands in a lane.
type bar struct {
	*board.Mark
	a, b  int // columns: [a, b)
	label []kit.Run
	glyph string
	style kit.Style
	rank  int
}

func (v View) drawLane(c kit.Canvas, l lane, s scale, pl plan, f views.Frame) {
	bars, under := v.bars(l, s, f)
	worst := release.Go
	for _, b := range bars {
		if b.Aspect.Worse(worst) && b.Aspect != release.Planned {
			worst = b.Aspect
		}
	}
	for i := range v.page.Act {
		if r := &v.page.Act[i]; slices.Contains(r.Regions, l.region) && r.Kind != board.ChangeRow && r.Aspect.Worse(worst) {
			worst = r.Aspect
		}
	}
	switch {
	case l.region == vendorLane:
		c.Put(1, 0, "┅", kit.Meta())
	case (pl.desk || pl.wall) && l.region != nowhereLane:
		c.Write(1, 0, kit.Mark(worst))
	}
	lx := 1
	if pl.desk || pl.wall {
		lx = 3
	}
	if l.region != vendorLane || lx > 1 {
		c.PutIn(lx, 0, s.x-lx, l.label, kit.Meta())
	}
	now := s.column(f.Now)
	for y := range c.H() {
		for _, b := range under {
			c.Repeat(b.a, y, b.b-b.a, b.glyph, b.style)
		}
		if s.has(f.Now) {
			c.Put(now, y, "┃", kit.Here())
		}
	}
	taken := make([][]bool, c.H())
	for y := range taken {
		taken[y] = make([]bool, c.W()+1)
	}
	hidden, stops := 0, false
	for _, b := range bars {
		if !placeBar(c, b, taken, b.reach(slices.Concat(bars, under), now)) {
			hidden++
			stops = stops || b.Live && b.Aspect == release.Stop
		}
	}
	for _, b := range under {
		placeLabel(c, b, taken)
	}
	if hidden > 0 {
		more := []kit.Run{kit.T(" +"+strconv.Itoa(hidden), kit.Meta())}
		if stops { // goes in now and stops
			more = append(more, kit.T(" ", kit.Plain()), kit.Mark(release.Stop))
		}
		c.WriteRight(c.W(), c.H()-1, more...)
	}
}

// placeLabel writes what an area behind the bars is into the first row that has room for it.
func placeLabel(c kit.Canvas, b bar, taken [][]bool) {
	for y := range taken {
		room := 0
		for x := b.a; x < c.W()-1 && !taken[y][x]; x++ {
			room++
		}
		if w := kit.RunsWidth(b.label); room >= w || room >= max(6, b.b-b.a) && b.b-b.a >= 6 {
			end := c.WriteIn(b.a, y, room, b.label...)
			for x := b.a; x <= min(end, len(taken[y])-1); x++ {
				taken[y][x] = true
			}
			return
		}
	}
}

// reach is the column that the label of a bar may not run over: of a rollout that has ended the line of now, and the
// beginning of what comes after it.
func (b bar) reach(all []bar, now int) int {
	end := 1 << 20 // right of every screen
	if b.Kind != board.RolloutMark || b.Live {
		return end
	}
	if b.a < now {
		end = now
	}
	for _, o := range all {
		if o.a >= b.b {
			end = min(end, o.a)
		}
	}
	return max(end, b.a+1)
}

// leastLabel is the room that a label needs to say something.
const leastLabel = 8

// placeBar puts a bar into the first row that has room for at least its beginning, its label up to a column, and
// reports whether one had.
func placeBar(c kit.Canvas, b bar, taken [][]bool, reach int) bool {
	need := min(max(b.b-b.a, 1), 4)
	for y := range taken {
		free := 0
		for x := b.a; x < c.W()-1 && !taken[y][x]; x++ {
			free++
		}
		if free < need || free == 0 || free < b.b-b.a && y+1 < len(taken) && rowFree(taken[y+1], b.a, b.b) {
			continue
		}
		end := min(b.b, b.a+free)
		c.Repeat(b.a, y, end-b.a, b.glyph, b.style)
		label, room := b.label, min(free, reach-b.a)
		if room < leastLabel && kit.RunsWidth(label) > room {
			label = label[:min(len(label), 1)] // too little to be read: its shape alone
		}
		x := c.WriteIn(b.a, y, room, label...)
		if x < end && x > b.a {
			c.Put(x, y, " ", kit.Plain())
		}
		for k := b.a; k < min(max(end, x)+1, reach+1, len(taken[y])); k++ {
			taken[y][k] = true
		}
		return true
	}
	return false
}

func rowFree(row []bool, a, b int) bool {
	for x := a; x < min(b, len(row)); x++ {
		if row[x] {
			return false
		}
	}
	return true
}

// bars are the marks of a lane within the window: those that stand in front, the most important first, and the
// areas behind them.
func (v View) bars(l lane, s scale, f views.Frame) (front, under []bar) {
	for i := range v.page.Marks {
		m := &v.page.Marks[i]
		vendor := m.Kind == board.MarkKind(calendar.Vendor)
		switch {
		case l.region == vendorLane && !vendor, l.region != vendorLane && vendor,
			l.region == nowhereLane && !m.Nowhere() && !m.All, l.region != nowhereLane && l.region != vendorLane && !m.In(l.region):
			continue
		}
		to := m.To
		if m.Live && f.Now.After(to) {
			to = f.Now
		}
		if !m.From.Before(s.to) || !to.After(s.from) {
			continue
		}
		b := dress(m)
		b.a, b.b = max(s.column(m.From), s.x), min(s.column(to), s.x+s.w)
		if b.b <= b.a {
			b.b = b.a + 1
		}
		if m.Kind == board.MarkKind(calendar.Peak) || m.Kind == board.MarkKind(calendar.FreezePeriod) {
			under = append(under, b)
			continue
		}
		front = append(front, b)
	}
	// Peak hours are not shaded inside of a freeze: the two would read alike.
	slices.SortStableFunc(under, func(a, b bar) int { return cmp.Compare(a.rank, b.rank) })
	slices.SortStableFunc(front, func(a, b bar) int {
		switch {
		case a.rank != b.rank:
			return cmp.Compare(a.rank, b.rank)
		case a.Aspect.Worse(b.Aspect):
			return -1
		case b.Aspect.Worse(a.Aspect):
			return 1
		}
		return 0
	})
	return front, under
}

// dress says how a mark is drawn.
func dress(m *board.Mark) bar {
	b := bar{Mark: m, glyph: "━", style: kit.Meta(), rank: 5}
	title := func(words string, style kit.Style) { b.label = []kit.Run{kit.T(strings.TrimSpace(words), style)} }
	switch m.Kind {
	case board.RolloutMark:
		b.style = kit.BarStyle(m.Aspect)
		name := kit.Plain()
		if m.Aspect == release.Stop || m.Aspect == release.Caution {
			name = kit.Style{Fg: b.style.Fg}
		}
		b.label = []kit.Run{kit.Signal(m.Aspect), kit.T(" "+m.ID+" "+m.Title, name)}
		b.rank = 2
		switch {
		case m.Live:
			b.rank = 1
		default:
			if m.Aspect != release.Stop {
				b.label[1].Style = kit.Meta()
			}
			b.rank = 4
		}
	case board.ConflictMark:
		b.glyph, b.style, b.rank = "╳", kit.AspectShape(m.Aspect), 3
		b.label = []kit.Run{kit.T("╳", b.style), kit.T(m.ID+" ", kit.Reason(m.Aspect))}
	case board.GrantMark:
		b.label = []kit.Run{kit.Mark(release.Planned), kit.T(" "+m.ID+" "+m.Title, kit.Plain())}
		b.rank = 7 // it may be used, and need not
	case board.MarkKind(calendar.FreezePeriod):
		b.glyph, b.style, b.rank = "▒", kit.FreezeArea(), 1
		b.label = []kit.Run{kit.T("▒ ", kit.Freeze()), kit.T("FREEZE", kit.FreezeWord()), kit.T(" "+m.Title+" ", kit.Plain())}
	case board.MarkKind(calendar.Peak):
		b.glyph, b.style, b.rank = "░", kit.Faint(), 0
		title("peak "+strings.TrimPrefix(m.Title, "peak "), kit.Meta())
	case board.MarkKind(calendar.Maintenance):
		b.glyph = "═"
		title("MW "+m.Title, kit.Meta())
	case board.MarkKind(calendar.Vendor):
		b.glyph = "┅"
		title("┅ "+m.Title, kit.Meta())
	case board.MarkKind(calendar.AuditPeriod):
		b.glyph = "┄"
		title("┄ "+m.Title, kit.Meta())
	case board.MarkKind(calendar.Batch):
		b.glyph = "▪"
		title("▪ "+m.Title, kit.Meta())
	case board.MarkKind(calendar.Holiday):
		b.glyph = "┄"
		title("holiday "+m.Title, kit.Meta())
	case board.MarkKind(calendar.EndOfLife):
		b.glyph = "┅"
		title("end of life "+m.Title, kit.Meta())
	case board.MarkKind(calendar.Deadline):
		b.glyph = "┄"
		title("due "+m.Title, kit.Meta())
	case board.MarkKind(calendar.ChangeWindow):
		b.glyph = "─"
		b.rank = 6
		title("window "+m.Title, kit.Meta())
	}
	return b
}
