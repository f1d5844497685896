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
	days := v.scale(v.w).marks
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
	n := len(v.others(2))
	switch {
	case v.zoom == byDay && w < wide:
		return min(n, 1)
	case v.zoom == byDay:
		return n
	case w < wide:
		return 1
	}
	return 1 + n
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
	left := []kit.Run{kit.T("day ", kit.Meta()), kit.T("[WEEK]", kit.Lever())}
	if v.zoom == byDay {
		left = []kit.Run{kit.T("[DAY]", kit.Lever()), kit.T(" week ", kit.Meta())}
	}
	if v.words == "" { // the filter needs the room more
		left = append(left, kit.T(" month  quarter ", kit.Meta()))
	}
	left = append(left, gap)
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
	settings := [][]kit.Run{setting("lanes:", lanes), setting("zone:", zones), setting("show:", v.show.name())}
	if v.words != "" {
		n, of := v.count()
		settings = append([][]kit.Run{{kit.T("/ "+kit.Truncate(v.words, 20), kit.Plain()), kit.T(" "+strconv.Itoa(n)+" of "+strconv.Itoa(of), kit.Meta())}}, settings...)
	}
	if v.span != nil && !v.covered() {
		settings = append(settings, []kit.Run{kit.T("reading", kit.Meta())})
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
	_, week := v.first.ISOWeek()
	if v.zoom == byDay {
		last = v.hour.In(s.zone)
		_, week = last.ISOWeek()
		text = last.Format("Mon 2 Jan")
	}
	if c.W() >= wide {
		text += last.Format(" 2006")
	}
	right := []kit.Run{kit.T(text, kit.Strong()), kit.T(fmt.Sprintf(" wk%d", week), kit.Meta())}
	at := c.W() - 1 - kit.RunsWidth(right)
	for n, runs := range settings {
		if n > 0 {
			runs = append([]kit.Run{gap}, runs...)
		}
		if kit.RunsWidth(left)+kit.RunsWidth(runs) > at-2 && v.words != "" && n > 0 { // what is left out is what is usual
			break
		}
		left = append(left, runs...)
	}
	c.WriteIn(1, y, max(at-2, 0), left...)
	c.Write(at, y, right...)
}

// covered reports whether the snapshot has the days that are shown.
func (v View) covered() bool {
	in := v.interval()
	return !v.span.From.After(in.From) && !v.span.To.Before(in.To)
}

// zoneLabel is the name of the zone in which the days are counted, with its offset.
func (v View) zoneLabel(s scale) string {
	if v.place() == "UTC" {
		return "UTC"
	}
	return v.place() + " " + kit.Offset(s.from().In(s.zone))
}

// drawClock is the ruler of the hours of a zone: every second hour, the day where one begins, and the time it is.
func (v View) drawClock(c kit.Canvas, y int, s scale, label string, z *time.Location, f views.Frame) {
	c.PutIn(1, y, s.x-2, label, kit.Meta())
	at, shown := s.column(f.Now)
	now := "┃" + f.Now.In(z).Format("15:04")
	for n := range s.units() {
		t := s.marks[n].In(z)
		x := n * s.unit
		text := t.Format("15")
		if t.Minute() != 0 {
			text = t.Format("15:04")
		}
		switch {
		case t.Hour() == 0 && t.Minute() < 60:
			text = t.Format("Mon 2")
		case t.Hour()%2 != 0, t.Hour() == 1:
			continue
		}
		if shown && x+len(text) >= at && x <= at+len(now)-2 {
			continue
		}
		if x+len(text) <= s.units()*s.unit {
			c.Put(s.x+x, y, text, kit.Meta())
		}
	}
	if shown {
		c.Put(s.x+at, y, "┃", kit.Here())
		c.PutIn(s.x+at+1, y, s.end-s.x-at, f.Now.In(z).Format("15:04"), kit.Lever())
	}
	for t := calendar.NextChange(s.from().Add(-time.Second), z); !t.IsZero() && t.Before(s.to()); t = calendar.NextChange(t, z) {
		text := t.Add(-time.Second).In(z).Format("15") + "→" + t.In(z).Format("15")
		c.Put(min(s.x+int(s.place(t)), s.end-5), y, text, kit.Reason(release.Caution))
	}
	if _, _, free := grid(c.W()); c.W() >= wide && z == s.zone {
		c.Put(free, y, "free", kit.Plain())
	}
}

// drawDays names the days, the first ruler.
func (v View) drawDays(c kit.Canvas, y int, s scale, f views.Frame) {
	c.PutIn(1, y, s.x-2, v.zoneLabel(s), kit.Meta())
	now, shown := s.column(f.Now)
	off := v.counted(s).off
	for n := range days {
		d := v.first.AddDate(0, 0, n)
		style := kit.Plain()
		today := shown && now/s.unit == n
		switch {
		case today:
			style = kit.Lever()
		case d.Weekday() == time.Saturday || d.Weekday() == time.Sunday:
			style = kit.Meta()
		}
		names := []string{d.Format("Mon 2"), d.Format("Mon2"), d.Format("2")}
		if today && s.unit < 12 {
			names = names[1:]
		}
		text, tail := "", ""
		tailStyle := kit.Reason(release.Caution)
		for _, name := range names {
			if kit.Width(name) < s.unit {
				text = name
				break
			}
		}
		switch {
		case off[n] && s.unit >= 12:
			tail = " hol"
		case off[n] && s.unit >= 9 && !today:
			text, tail = d.Format("Mon")[:2]+d.Format("2"), " hol"
		case today && s.unit >= 13:
			tail, tailStyle = " ◂today", kit.Lever()
		}
		x := c.Put(s.x+n*s.unit, y, text, style)
		x = c.Put(x, y, tail, tailStyle)
		if at := s.x + now; today && at >= x {
			c.Put(at, y, "┃", kit.Here())
		}
	}
	if _, _, free := grid(c.W()); c.W() >= wide {
		c.Put(free, y, "free", kit.Plain())
	}
}

// holidays are the days on which a holiday falls, wherever: a holiday is of a date of its own zone, and that date is
// named where the day of it that is shown shares time with it.
func (v View) holidays(s scale) (out [days]bool) {
	for k := range v.span.Items {
		i := &v.span.Items[k]
		for n := range days {
			if i.Kind == calendar.Holiday && v.shows(i) && i.Shares(calendar.Interval{From: s.marks[n], To: s.marks[n+1]}) {
				own, err := calendar.ParseZone(i.Zone)
				if err != nil {
					own = s.zone
				}
				noon := calendar.Resolve(v.first.AddDate(0, 0, n).Add(12*time.Hour), own) // one that begins in the evening is of the next day
				out[n] = out[n] || i.Shares(calendar.Interval{From: noon, To: noon.Add(1)})
			}
		}
	}
	return out
}

// drawHours writes what the clocks of a zone show, and where they change: the last hour before, the first after.
func (v View) drawHours(c kit.Canvas, y int, s scale, z *time.Location, f views.Frame, now bool) {
	each := 3
	if s.unit >= 12 {
		each = 2
	}
	layout := "15"
	for _, d := range s.marks {
		if _, offset := d.In(z).Zone(); offset%3600 != 0 {
			layout = "15:04"
		}
	}
	for each > 1 && s.unit/each < len(layout)+1 {
		each--
	}
	at, shown := s.column(f.Now)
	line := -1
	if now && shown {
		line = s.x + at
	}
	for n := range days {
		today := shown && at/s.unit == n
		for k := range each {
			style := kit.Meta()
			t := calendar.Resolve(calendar.WallOf(s.marks[n], s.zone).Add(time.Duration(k*24/each)*time.Hour), s.zone)
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
	for t := calendar.NextChange(s.from().Add(-time.Second), z); !t.IsZero() && t.Before(s.to()); t = calendar.NextChange(t, z) {
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
