package calendar

import (
	"fmt"
	"strconv"
	"time"

	"signalbox/release"
	"signalbox/release/calendar"
	"signalbox/views"
	"signalbox/views/kit"
)

// Draw paints the body.
func (v View) Draw(c kit.Canvas, f views.Frame) {
	if f.Zone == nil {
		f.Zone = time.UTC
	}
	if v.desk.zone.String() != f.Zone.String() { // the days begin elsewhere
		v.desk.zone = f.Zone
	}
	switch {
	case v.span == nil && v.failed != nil:
		c.Refusal(refused(v.failed), v.failed)
		return
	case v.span == nil:
		c.Put(9, 3, "The calendar is being read.", kit.Meta())
		return
	}
	if line, ok := views.Trouble(f, v.failed, v.span.AsOf); ok {
		c.WriteIn(1, c.H()-1, c.W()-2, line...)
		c = c.Sub(0, 0, c.W(), c.H()-1)
	}
	p := v.planned(c.W(), c.H())
	_, _, free := grid(c.W())
	s := v.scale(c.W())
	y := 0
	if p.banner {
		v.drawBanner(c, f)
		y++
	}
	v.drawHeader(c, y, s)
	if v.zoom == byDay {
		v.drawClock(c, y+1, s, v.zoneLabel(s), s.zone, f)
	} else {
		v.drawDays(c, y+1, s, f)
	}
	zones := v.others(2)
	row := y + 2
	hours := func(label string, z *time.Location, now bool) {
		if v.zoom == byDay {
			if label != "" {
				v.drawClock(c, row, s, label, z, f)
				row++
			}
			return
		}
		c.PutIn(1, row, s.x-2, label, kit.Meta())
		v.drawHours(c, row, s, z, f, now)
		row++
	}
	if c.W() >= wide || len(zones) == 0 {
		hours("", f.Zone, c.W() >= wide)
	}
	for n, z := range zones {
		if c.W() >= wide || n == 0 {
			hours(z.Place+" "+kit.Offset(s.from().In(z.Loc)), z.Loc, c.W() >= wide)
		}
	}
	if len(v.lines) == 1 && len(v.span.Items) == 0 {
		v.drawEmpty(c.Sub(0, p.y, c.W(), c.H()-p.y), f)
		return
	}
	if len(v.lines) == 1 && v.words != "" && len(v.lines[0].items) == 0 {
		v.drawUnfit(c.Sub(0, p.y, c.W(), c.H()-p.y))
		return
	}
	for n, l := range v.visible(p) {
		v.drawLine(c, p.y+n, l, s, f, free)
	}
	y = p.y + p.pins + p.lanes
	if p.load {
		v.drawLoad(c, y, s, f)
		y++
	}
	if p.facts > 0 {
		v.drawFacts(c.Sub(0, y, c.W(), p.facts), f, s)
		y += p.facts
	}
	if p.legend > 0 {
		v.drawLegend(c, c.H()-p.legend)
	}
}

func refused(e *release.Error) string {
	if e.Code == release.Refused || e.Code == release.Unauthenticated {
		return "The calendar is not shown to you."
	}
	return "The calendar cannot be read."
}

// darkSource is the first calendar that is dark, else the first other feed on which a lane rests and that is.
func (v View) darkSource() *calendar.Source {
	if v.span == nil {
		return nil
	}
	for k := range v.span.Sources {
		if s := &v.span.Sources[k]; s.Dark && s.Calendar {
			return s
		}
	}
	for k := range v.span.Lanes {
		if name := v.span.Lanes[k].Dark; name != "" {
			if s := v.span.Source(name); s != nil {
				return s
			}
			return &calendar.Source{Name: name, Dark: true}
		}
	}
	return nil
}

// drawBanner says which feed is dark and what that means for what is shown.
func (v View) drawBanner(c kit.Canvas, f views.Frame) {
	s := v.darkSource()
	c.Repeat(0, 0, c.W(), "░", kit.Faint())
	runs := []kit.Run{kit.Mark(release.Dark), kit.T(" "+release.Clean(s.Name, 40)+" DARK", kit.AspectWord(release.Dark))}
	if s.LastGood.IsZero() {
		runs = append(runs, kit.T(" · never read", kit.Meta()))
	} else {
		runs = append(runs, kit.T(" "+kit.Age(s.LastGood, f.Now), kit.AspectWord(release.Dark)), kit.T(" · last good "+kit.Instant(s.LastGood, f.Now, f.Zone), kit.Meta()))
	}
	rest := " · hatched bars are from then"
	switch {
	case !s.Calendar:
		rest = " · what rests on it counts as STOP"
	case s.LastGood.IsZero():
		rest = " · what it holds is not known"
	}
	pieces := [][]kit.Run{{kit.T(rest, kit.Meta())}}
	if more := len(v.span.DarkSources()) - 1; more > 0 {
		pieces = append(pieces, []kit.Run{kit.T(fmt.Sprintf(" · %d more dark", more), kit.Meta())})
	}
	pieces = append(pieces, []kit.Run{kit.T(" ", kit.Plain()), kit.T("gf", kit.Look()), kit.T(" feeds", kit.Meta())})
	for _, p := range pieces {
		if kit.RunsWidth(runs)+kit.RunsWidth(p)+4 <= c.W() {
			runs = append(runs, p...)
		}
	}
	x := c.WriteIn(1, 0, c.W()-2, runs...)
	c.Put(x, 0, " ", kit.Plain())
}

// drawLine draws one line: its label, its bars, and in the blank cells between them the midnights and now.
func (v View) drawLine(c kit.Canvas, y int, l *line, s scale, f views.Frame, free int) {
	v.drawLabel(c, y, l, s)
	now, shown := s.column(f.Now)
	cells := v.cells(l, s, c.W())
	for x := range cells {
		p := &cells[x]
		switch {
		case p.item != nil:
			if p.text != "" {
				c.Put(s.x+x, y, p.text, p.style)
			}
		case shown && x == now:
			c.Put(s.x+x, y, "┃", kit.Here())
		case p.area:
			c.Put(s.x+x, y, p.text, p.style)
		case s.nights[x] && (l.kind >= everywhere || c.W() >= wide && l.kind == freezes):
			c.Put(s.x+x, y, "╎", kit.Line())
		}
	}
	if l.id == v.cursor {
		c.Put(0, y, "▌", kit.Here())
		c.Select(0, y, s.x-1)
		if v.key != "" {
			for x := range cells {
				if i := cells[x].item; i != nil && i.Key == v.key {
					c.Select(s.x+x, y, 1)
				}
			}
		}
	}
	if c.W() >= wide && l.lane != nil {
		text, style := v.free(l.lane, f)
		c.Put(free, y, text, style)
	}
}

// drawLabel writes the name of a line and its signal.
func (v View) drawLabel(c kit.Canvas, y int, l *line, s scale) {
	mark := s.x - 2 // the column of the signal
	if c.W() >= wide {
		mark = s.x - 1
	}
	x, style := 1, kit.Meta()
	name := l.name
	switch l.kind {
	case freezes:
		if c.W() >= wide {
			x = c.Write(1, y, kit.T("▒ ", kit.Freeze()))
		}
	case audits:
		if c.W() >= wide {
			x = c.Write(1, y, kit.T("┄ ", kit.Meta()))
		}
	case group:
		arrow := "▾ "
		if l.fold {
			arrow, name = "▸ ", name+" "+strconv.Itoa(l.count)
		}
		x, style = c.Put(1, y, arrow, kit.Meta()), kit.Strong()
	case lane:
		if l.deep {
			x = 4
		}
	}
	if l.id == v.cursor {
		style = kit.ID()
	}
	signal := l.worst
	if l.kind == lane || l.kind < everywhere {
		signal = ""
	}
	if l.dark != "" && (signal == "" || release.Dark.Worse(signal)) {
		signal = release.Dark
	}
	room := s.x - 1 - x
	if signal != "" {
		room = mark - 1 - x
	}
	c.PutIn(x, y, max(room, 0), release.Clean(name, 60), style)
	if signal != "" {
		c.Write(mark-1, y, kit.T(" ", kit.Plain()), kit.Mark(signal))
	}
}

// free says from when a lane is free of freezes, and inside a window where it has any.
func (v View) free(l *calendar.Lane, f views.Frame) (string, kit.Style) {
	switch {
	case l.Dark != "":
		return "○", kit.AspectShape(release.Dark)
	case l.Free.IsZero():
		return kit.Unknown, kit.Meta()
	case !l.Free.After(v.span.AsOf):
		return "now", kit.Meta()
	}
	return freeFrom(l.Free, f.Now, f.Zone), kit.Meta()
}

// freeFrom is an instant in six cells that is never before it: of today to the minute, of this week to the hour, else
// the day.
func freeFrom(at, now time.Time, zone *time.Location) string {
	wall := calendar.WallOf(at.Add(time.Minute-1).In(zone), zone).Truncate(time.Minute)
	today := calendar.WallOf(now, zone)
	switch {
	case wall.Format(time.DateOnly) == today.Format(time.DateOnly):
		return wall.Format("15:04")
	case at.Sub(now) < 6*24*time.Hour:
		return wall.Add(time.Hour - 1).Truncate(time.Hour).Format("Mon 15")
	}
	return wall.Format("2 Jan")
}

// drawLoad counts the releases of each day.
func (v View) drawLoad(c kit.Canvas, y int, s scale, f views.Frame) {
	c.Put(1, y, "load/day", kit.Meta())
	loads, most := v.counted(s).loads, 1
	for _, l := range loads {
		most = max(most, l.Releases)
	}
	for n, l := range loads {
		x := s.x + n*s.unit
		count := strconv.Itoa(l.Releases)
		switch {
		case l.Lanes > 0 && l.Frozen == l.Lanes:
			word := "frozen"
			if l.Releases > 0 {
				if word = count + " in freeze"; len(word) > s.unit-3 {
					word = count
				}
			}
			c.Write(x, y, kit.T("▒ ", kit.Freeze()), kit.T(kit.Truncate(word, s.unit-3), kit.Freeze()))
		case l.Dark && !s.marks[n+1].Before(f.Now):
			c.Write(x, y, kit.T("┊ ", kit.AspectShape(release.Dark)), kit.T("~"+count, kit.Stale()))
		default:
			level := []rune("▁▂▃▄▅▆▇█")[(l.Releases*7+most-1)/most]
			style := kit.Plain()
			if l.Releases == 0 {
				style = kit.Meta()
			}
			c.Write(x, y, kit.T(string(level)+" ", kit.Meta()), kit.T(count, style))
		}
	}
}

// drawLegend explains the glyphs.
func (v View) drawLegend(c kit.Canvas, y int) {
	c.Rule(y, kit.Rule{Title: kit.Heading("LEGEND", "", ""), Note: []kit.Run{kit.T("v", kit.Look()), kit.T(" toggles kinds", kit.Meta())}})
	var items [][]kit.Run
	for _, k := range []struct {
		glyph, word string
		style       kit.Style
	}{{"━", "release", kit.Meta()}, {"─", "waiting", kit.Meta()}, {"▒", "freeze", kit.Freeze()}, {"═", "maint", kit.Meta()}, {"░", "peak", kit.Faint()}, {"┅", "vendor", kit.Meta()},
		{"┄", "audit", kit.Meta()}, {"▪", "batch", kit.Meta()}, {"┈", "window", kit.Meta()}, {"╳", "conflict", kit.AspectShape(release.Stop)}, {"┃", "now", kit.Here()}} {
		items = append(items, []kit.Run{kit.T(k.glyph, k.style), kit.T(" "+k.word, kit.Meta())})
	}
	c.WriteIn(1, y+1, c.W()-2, kit.Flow(items, c.W()-2, 2)[0]...)
	var signals []kit.Run
	for _, a := range []release.Aspect{release.Go, release.Caution, release.Stop, release.Planned, release.Dark} {
		signals = append(signals, kit.Mark(a), kit.T(" "+string(a)+"  ", kit.Meta()))
	}
	signals = append(signals, kit.T("free: no freeze, inside its window; 3 has the conflicts", kit.Meta()))
	c.WriteIn(1, y+2, c.W()-2, signals...)
}
