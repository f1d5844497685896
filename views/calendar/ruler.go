package calendar

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"signalbox/release"
	"signalbox/release/calendar"
	"signalbox/views"
	"signalbox/views/kit"
)

// others are the zones beside the one in which the days are counted, the reader's own first: those whose clocks
// show something else at some time of the days.
func (v View) others(most int) []calendar.Zone {
	base := v.desk.zone
	days := scaled(v.first, base, 0, 1).days
	shows := func(loc *time.Location) string {
		var out []string
		for _, d := range days {
			_, offset := d.In(loc).Zone()
			out = append(out, strconv.Itoa(offset))
		}
		return strings.Join(out, " ")
	}
	list := []calendar.Zone{{Place: "UTC", Name: "UTC", Loc: time.UTC}}
	if v.span != nil {
		list = append(list, v.span.Zones...)
	}
	if p := v.world.Person(); p != nil {
		slices.SortStableFunc(list[1:], func(a, b calendar.Zone) int { return mine(b, p.Zone) - mine(a, p.Zone) })
	}
	seen := map[string]bool{shows(base): true}
	var out []calendar.Zone
	for _, z := range list {
		if at := shows(z.Loc); !seen[at] && len(out) < most {
			seen[at] = true
			out = append(out, z)
		}
	}
	return out
}

func mine(z calendar.Zone, zone string) int {
	if z.Name == zone {
		return 1
	}
	return 0
}

// rulers is how many rows the hours take: those of the other zones, and of the first one where there is room or
// nothing else to show.
func (v View) rulers(w int) int {
	if w < wide {
		return 1
	}
	return 1 + len(v.others(2))
}

// place is the short name of the zone in which the days are counted.
func (v View) place() string {
	if v.desk.zone == time.UTC || v.desk.zone.String() == "UTC" {
		return "UTC"
	}
	if v.span != nil {
		for _, z := range v.span.Zones {
			if z.Name == v.desk.zone.String() {
				return z.Place
			}
		}
	}
	name := v.desk.zone.String()
	name = name[strings.LastIndexByte(name, '/')+1:]
	return strings.ToUpper(kit.Truncate(name, 3))
}

// drawHeader is the zoom, what is shown of what, and the days.
func (v View) drawHeader(c kit.Canvas, y int, s scale) {
	gap := kit.T("  ", kit.Plain())
	left := []kit.Run{kit.T("day ", kit.Meta()), kit.T("[WEEK]", kit.Lever()), kit.T(" month  quarter", kit.Meta()), gap, kit.T(" ", kit.Plain())}
	if v.words != "" && c.W() < wide {
		left = append(left[:2], gap) // the filter needs the room more
	}
	setting := func(name, value string) []kit.Run {
		return []kit.Run{kit.T(name, kit.Meta()), kit.T(value, kit.Plain())}
	}
	lanes, zones := v.by.name(), v.place()
	if c.W() >= wide {
		lanes = v.by.long()
		for _, z := range v.others(2) {
			zones += "+" + z.Place
		}
	}
	left = append(append(left, setting("lanes:", lanes)...), gap)
	left = append(append(left, setting("zone:", zones)...), gap)
	left = append(left, setting("show:", v.show.name())...)
	if v.words != "" {
		left = append(left, gap, kit.T("/ "+kit.Truncate(v.words, 20), kit.Plain()))
	}
	if v.span != nil && !v.covered() {
		left = append(left, gap, kit.T("reading", kit.Meta()))
	}
	last := v.first.AddDate(0, 0, days-1)
	text := strconv.Itoa(v.first.Day())
	dash := "–"
	if c.W() >= wide {
		dash = " – "
	}
	if v.first.Month() != last.Month() {
		text = v.first.Format("2 Jan")
	}
	text += dash + last.Format("2 Jan")
	if c.W() >= wide {
		text += last.Format(" 2006")
	}
	_, week := v.first.ISOWeek()
	right := []kit.Run{kit.T(text, kit.Strong()), kit.T(fmt.Sprintf(" wk%d", week), kit.Meta())}
	at := c.W() - 1 - kit.RunsWidth(right)
	c.WriteIn(1, y, max(at-2, 0), left...)
	c.Write(at, y, right...)
}

// covered reports whether the snapshot has the days that are shown.
func (v View) covered() bool {
	in := scaled(v.first, v.desk.zone, 0, 1).interval()
	return !v.span.From.After(in.From) && !v.span.To.Before(in.To)
}

// drawDays names the days, the first ruler.
func (v View) drawDays(c kit.Canvas, y int, s scale, f views.Frame) {
	label := v.place()
	if label != "UTC" {
		label += " " + kit.Offset(s.days[0].In(s.zone))
	}
	c.PutIn(1, y, s.x-2, label, kit.Meta())
	now, shown := s.column(f.Now)
	off := v.counted(s).off
	for n := range days {
		d := v.first.AddDate(0, 0, n)
		style := kit.Plain()
		today := shown && now/s.day == n
		switch {
		case today:
			style = kit.Lever()
		case d.Weekday() == time.Saturday || d.Weekday() == time.Sunday:
			style = kit.Meta()
		}
		names := []string{d.Format("Mon 2"), d.Format("Mon2"), d.Format("2")}
		if today && s.day < 12 {
			names = names[1:]
		}
		text, tail := "", ""
		tailStyle := kit.Reason(release.Caution)
		for _, name := range names {
			if kit.Width(name) < s.day {
				text = name
				break
			}
		}
		switch {
		case off[n] && s.day >= 12:
			tail = " hol"
		case off[n] && s.day >= 9 && !today:
			text, tail = d.Format("Mon")[:2]+d.Format("2"), " hol"
		case today && s.day >= 13:
			tail, tailStyle = " ◂today", kit.Lever()
		}
		x := c.Put(s.x+n*s.day, y, text, style)
		x = c.Put(x, y, tail, tailStyle)
		if at := s.x + now; today && at >= x {
			c.Put(at, y, "┃", kit.Here())
		}
	}
	if _, _, free := grid(c.W()); c.W() >= wide {
		c.Put(free, y, "free", kit.Plain())
	}
}

// holidays are the days on which a holiday falls, wherever.
func (v View) holidays(s scale) (out [days]bool) {
	for k := range v.span.Items {
		i := &v.span.Items[k]
		for n := range days {
			if i.Kind == calendar.Holiday && v.shows(i) && i.Shares(calendar.Interval{From: s.days[n], To: s.days[n+1]}) {
				noon := s.days[n].Add(s.days[n+1].Sub(s.days[n]) / 2) // one that begins in the evening is of the next day
				out[n] = out[n] || i.Shares(calendar.Interval{From: noon, To: noon.Add(1)})
			}
		}
	}
	return out
}

// drawHours writes what the clocks of a zone show, and where they change: the last hour before, the first after.
func (v View) drawHours(c kit.Canvas, y int, s scale, z *time.Location, f views.Frame, now bool) {
	each := 3
	if s.day >= 12 {
		each = 2
	}
	layout := "15"
	for _, d := range s.days {
		if _, offset := d.In(z).Zone(); offset%3600 != 0 {
			layout = "15:04"
		}
	}
	for each > 1 && s.day/each < len(layout)+1 {
		each--
	}
	at, shown := s.column(f.Now)
	line := -1
	if now && shown {
		line = s.x + at
	}
	for n := range days {
		today := shown && at/s.day == n
		for k := range each {
			style := kit.Meta()
			t := calendar.Resolve(calendar.WallOf(s.days[n], s.zone).Add(time.Duration(k*24/each)*time.Hour), s.zone)
			x := s.x + int(s.place(t))
			text := t.In(z).Format(layout)
			if line >= x && line < x+len(text) {
				x = line + 1
				if today {
					style = kit.Plain()
				}
			}
			c.Put(x, y, text, style)
		}
	}
	if line >= 0 {
		c.Put(line, y, "┃", kit.Here())
	}
	for t := calendar.NextChange(s.days[0].Add(-time.Second), z); !t.IsZero() && t.Before(s.days[days]); t = calendar.NextChange(t, z) {
		text := t.Add(-time.Second).In(z).Format("15") + "→" + t.In(z).Format("15")
		x := min(s.x+int(s.place(t)), s.end-len("01→03")+2)
		for k := x - 1; k < x+kit.Width(text)+1; k++ { // what it would run into gives way
			if k >= s.x && k < s.end && k != line {
				c.Put(k, y, " ", kit.Plain())
			}
		}
		c.Put(x, y, text, kit.Reason(release.Caution))
	}
}
