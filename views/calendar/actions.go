package calendar

import (
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	"signalbox/release"
	"signalbox/release/calendar"
	"signalbox/views"
	"signalbox/views/kit"
)

// pressed answers the keys that look. Levers are the shell's: it finds them in the verb table.
func (v View) pressed(k string) (views.View, tea.Cmd) {
	prefix := v.prefix
	v.prefix = false
	if v.span == nil {
		return v, nil
	}
	half := max((v.plan().pins+v.plan().lanes)/2, 1)
	switch k {
	case "g":
		if v.prefix = !prefix; v.prefix {
			return v, nil
		}
		return v.stepped(-1 << 20), nil
	case "e":
		if prefix {
			return v.stepped(1 << 20), nil
		}
	case "j", "down":
		return v.stepped(1), nil
	case "k", "up":
		return v.stepped(-1), nil
	case "home":
		return v.stepped(-1 << 20), nil
	case "end":
		return v.stepped(1 << 20), nil
	case "ctrl+d":
		return v.stepped(half), nil
	case "ctrl+u":
		return v.stepped(-half), nil
	case "h", "left":
		return v.slid(-1)
	case "l", "right":
		return v.slid(1)
	case "pgup":
		return v.paged(-1)
	case "pgdown":
		return v.paged(1)
	case "tab":
		return v.along(1)
	case "shift+tab":
		return v.along(-1)
	case "]":
		return v.walked(1)
	case "[":
		return v.walked(-1)
	case ".":
		return v.today()
	case "s":
		v.by = (v.by + 1) % groupings
		return v.kept(), nil
	case "v":
		v.show = (v.show + 1) % kindSets
		return v.kept(), nil
	case "z":
		return v.zoomed(-1)
	case "-":
		return v.zoomed(1)
	case "n":
		return v, say("from a shell: freeze declare --kind hard --scope SCOPE --for 2d -m REASON")
	case "enter":
		return v.opened()
	}
	return v, nil
}

func say(text string) tea.Cmd {
	return func() tea.Msg { return views.Say{Aspect: release.Planned, Text: text} }
}

// opened opens the change or the rollout under the cursor, or folds the group.
func (v View) opened() (views.View, tea.Cmd) {
	i, l := v.item(), v.line()
	switch {
	case i != nil && i.Change != "":
		return v, func() tea.Msg { return views.Open{View: "change", ID: i.Change} }
	case i != nil && i.Rollout != "":
		return v, func() tea.Msg { return views.Open{View: "rollout", ID: i.Rollout} }
	case l != nil && l.kind == group:
		return v.fold(l.id), nil
	case i != nil:
		return v, say(release.Clean(id(i), 60) + " has no screen of its own: what is known of it stands below the lanes")
	}
	return v, nil
}

// kept lays the lines out anew with the cursor on the same thing, wherever that is now.
func (v View) kept() View {
	v = v.laid()
	if i := v.item(); i != nil && v.line() == nil {
		if l := v.home(i); l != nil {
			v.cursor = l.id
		}
	}
	return v.settled()
}

// paged moves what is shown by a week, or by a day of hours.
func (v View) paged(by int) (views.View, tea.Cmd) {
	if v.zoom == byDay {
		return v.slid(24 * by)
	}
	return v.slid(days * by)
}

// zoomed goes from the week to the hours around the cursor, and back to the week of those.
func (v View) zoomed(by int) (views.View, tea.Cmd) {
	switch {
	case v.zoom == byWeek && by < 0:
		at := v.when
		if i := v.item(); i != nil && !v.when.Before(i.From) && v.when.After(i.To) {
			at = i.From
		}
		v.zoom = byDay
		v = v.around(at)
	case v.zoom == byDay && by > 0:
		v.zoom, v.first = byWeek, monday(calendar.WallOf(v.hour, v.desk.zone))
	case by < 0:
		return v, say("the hours of a day are the smallest scale")
	default:
		return v, say("month and quarter are not in this build yet; z shows the hours of a day")
	}
	v = v.laid().settled()
	return v.reading()
}

// around shows the hours around an instant: a third of them before it.
func (v View) around(t time.Time) View {
	n := hourly(t, v.desk.zone, 0, gridCells(v.w)).units()
	v.hour = t.UTC().Truncate(time.Hour).Add(-time.Duration(n/3) * time.Hour)
	return v.dated()
}

// dated reads the days of the hours that are shown.
func (v View) dated() View {
	w := calendar.WallOf(v.hour, v.desk.zone)
	v.first = time.Date(w.Year(), w.Month(), w.Day(), 0, 0, 0, 0, time.UTC)
	return v
}

// slid moves what is shown by days, or by hours.
func (v View) slid(by int) (views.View, tea.Cmd) {
	if v.zoom == byDay {
		if y := v.hour.Year(); y < 3 || y > 9989 {
			return v, say("the calendar ends here")
		}
		step, first := time.Duration(by)*time.Hour, v.first
		v.hour, v.when = v.hour.Add(step), v.when.Add(step)
		v = v.dated().laid().settled()
		if v.first.Equal(first) {
			return v, nil
		}
		return v.reading()
	}
	to := v.first.AddDate(0, 0, by)
	if y := to.Year(); y < 2 || y > 9990 {
		return v, say("the calendar ends here")
	}
	v.first, v.when = to, v.when.AddDate(0, 0, by)
	v = v.laid().settled()
	return v.reading()
}

// today shows the week of now, with the cursor on what is nearest to now on its line.
func (v View) today() (views.View, tea.Cmd) {
	now := v.world.Now().UTC()
	v.first, v.when, v.key = monday(calendar.WallOf(now, v.desk.zone)), now, ""
	v.ghost = ghost{}
	if v.zoom == byDay {
		v = v.around(now)
	}
	v = v.laid().settled()
	return v.reading()
}

// within are the items of a line in the time that is shown.
func (v View) within(l *line) []*calendar.Item {
	in := v.interval()
	return slices.DeleteFunc(slices.Clone(l.items), func(i *calendar.Item) bool { return !i.Shares(in) })
}

// home is the first line that has an item, nil where none shows it.
func (v View) home(i *calendar.Item) *line {
	for k := range v.lines {
		if slices.ContainsFunc(v.lines[k].items, func(o *calendar.Item) bool { return o.Key == i.Key }) {
			return &v.lines[k]
		}
	}
	return nil
}

// settled keeps the cursor on what it was on, or the nearest to it: the same line, or its place; the same item, or
// the one on the line that is nearest in time.
func (v View) settled() View {
	if len(v.lines) == 0 {
		v.cursor, v.key = "", ""
		return v
	}
	l := v.line()
	if l == nil {
		l = &v.lines[0]
		if i := v.item(); i != nil {
			if at := v.home(i); at != nil {
				l = at
			}
		}
		v.cursor = l.id
	}
	list := v.within(l)
	if slices.ContainsFunc(list, func(i *calendar.Item) bool { return i.Key == v.key }) {
		return v.scrolled()
	}
	v.key = ""
	if i := nearest(list, v.when); i != nil {
		v.key = i.Key
	}
	return v.scrolled()
}

// nearest is the item that holds an instant or is the least away from it.
func nearest(list []*calendar.Item, at time.Time) *calendar.Item {
	var best *calendar.Item
	var away time.Duration
	for _, i := range list {
		d := time.Duration(0)
		switch {
		case at.Before(i.From):
			d = i.From.Sub(at)
		case !at.Before(i.To):
			d = at.Sub(i.To)
		}
		if best == nil || d <= away { // of several that hold it, the one that began last
			best, away = i, d
		}
	}
	return best
}

// worst puts the cursor on what is worst in the days that are shown, else on what comes next, else on the first line.
func (v View) worst() View {
	var best *calendar.Item
	var at string
	now := v.at
	rank := func(i *calendar.Item) int {
		later := 0
		if i.Stage == calendar.Waiting { // what happens comes before what only waits
			later = 1
		}
		switch {
		case i.Aspect == release.Stop && i.Stage == calendar.Moving:
			return 20
		case i.Aspect == release.Stop:
			return 18 - later
		case i.Aspect == release.Escalated:
			return 16 - later
		case i.Aspect == release.Dark:
			return 14 - later
		case i.Aspect == release.Caution:
			return 12 - later
		case i.Kind == calendar.FreezePeriod && i.To.After(now):
			return 10
		case i.To.After(now):
			return 8 - later
		}
		return 0
	}
	for k := range v.lines {
		for _, i := range v.within(&v.lines[k]) {
			if best == nil || rank(i) > rank(best) {
				best, at = i, v.lines[k].id
			}
		}
	}
	if best != nil {
		v.cursor, v.key = at, best.Key
		if v.when.Before(best.From) || !v.when.Before(best.To) {
			v.when = best.From
		}
	}
	return v
}

// stepped moves the cursor over the lines, and to what is nearest in time there.
func (v View) stepped(by int) View {
	at := slices.IndexFunc(v.lines, func(l line) bool { return l.id == v.cursor })
	if len(v.lines) == 0 {
		return v
	}
	to := max(0, min(max(at, 0)+by, len(v.lines)-1))
	if to == at {
		return v
	}
	v.cursor, v.key = v.lines[to].id, ""
	return v.settled()
}

// along moves the cursor along its line.
func (v View) along(by int) (views.View, tea.Cmd) {
	l := v.line()
	if l == nil {
		return v, nil
	}
	list := v.within(l)
	at := slices.IndexFunc(list, func(i *calendar.Item) bool { return i.Key == v.key })
	to := at + by
	if to < 0 || to >= len(list) {
		return v, say("nothing further on this line in the time that is shown; h and l go on")
	}
	v.key, v.when = list[to].Key, middle(list[to])
	return v.scrolled(), nil
}

// middle is an instant of an item that is its own more than its neighbours'.
func middle(i *calendar.Item) time.Time { return i.From.Add(i.To.Sub(i.From) / 2) }

// walked goes to the next thing in time, on whatever line it is; after the last one, to what is known to come next.
func (v View) walked(by int) (views.View, tea.Cmd) {
	type stop struct {
		i  *calendar.Item
		id string
	}
	var all []stop
	seen := map[string]bool{}
	for k := range v.lines {
		for _, i := range v.lines[k].items { // as far as it is read, which is further than it is shown
			if !seen[i.Key] {
				seen[i.Key] = true
				all = append(all, stop{i, v.lines[k].id})
			}
		}
	}
	slices.SortStableFunc(all, func(a, b stop) int { return a.i.From.Compare(b.i.From) })
	crossing := slices.ContainsFunc(all, func(s stop) bool { return len(s.i.Clashes) > 0 })
	if crossing { // then what is in conflict is what one looks for
		all = slices.DeleteFunc(all, func(s stop) bool { return len(s.i.Clashes) == 0 && s.i.Key != v.key })
	}
	at := slices.IndexFunc(all, func(s stop) bool { return s.i.Key == v.key })
	if at < 0 { // from the place in time where the cursor is
		at = slices.IndexFunc(all, func(s stop) bool { return s.i.From.After(v.when) })
		if at < 0 {
			at = len(all)
		}
		if by > 0 {
			at--
		}
	}
	if to := at + by; to >= 0 && to < len(all) {
		v.cursor, v.key, v.when = all[to].id, all[to].i.Key, middle(all[to].i)
		if all[to].i.Shares(v.interval()) {
			return v.scrolled(), nil
		}
		return v.showing(all[to].i).reading()
	}
	switch {
	case crossing && by < 0:
		return v, say("no conflict is earlier in the time that is read")
	case crossing && !slices.ContainsFunc(v.span.Later, func(i calendar.Item) bool { return v.shows(&i) && len(i.Clashes) > 0 }):
		return v, say("no conflict is known to come after this; 3 lists them all")
	case by < 0:
		return v, say("nothing earlier in the time that is read; h goes back")
	}
	k := slices.IndexFunc(v.span.Later, func(i calendar.Item) bool { return v.shows(&i) && (!crossing || len(i.Clashes) > 0) })
	if k < 0 {
		return v, say("nothing is known to come after this; l goes on")
	}
	next := &v.span.Later[k]
	v.first, v.want = monday(calendar.WallOf(next.From, v.desk.zone)), sought{id: next.Key, asked: true}
	if v.zoom == byDay {
		v = v.around(next.From)
	}
	v = v.laid()
	return v.reading()
}

// showing shows the hours or the week of an item, with the cursor on it.
func (v View) showing(i *calendar.Item) View {
	if v.zoom == byDay {
		return v.around(i.From).laid().settled()
	}
	v.first = monday(calendar.WallOf(i.From, v.desk.zone))
	return v.laid().settled()
}

// Hints are the keys of what is under the cursor.
func (v View) Hints(f views.Frame) []kit.Hint {
	i, l := v.item(), v.line()
	var out []kit.Hint
	if i != nil && i.Kind == calendar.FreezePeriod {
		out = slices.DeleteFunc(views.LeversOn(v.Name(), f, v.Selection()), func(h kit.Hint) bool { return h.Weight == kit.LockedKey && f.Alarm.Store == "" })
	}
	switch {
	case i != nil && (i.Change != "" || i.Rollout != ""):
		out = append(out, kit.Hint{Key: "⏎", Label: "open"})
	case l != nil && l.kind == group:
		out = append(out, kit.Hint{Key: "⏎", Label: "fold"})
	}
	unit := "±day"
	if v.zoom == byDay {
		unit = "±hour"
	}
	out = append(out, kit.Hint{Key: "h/l", Label: unit}, kit.Hint{Key: "j/k", Label: "lane"}, kit.Hint{Key: "z/-", Label: "zoom"}, kit.Hint{Key: "tab", Label: "along"}, kit.Hint{Key: "]", Label: "next"},
		kit.Hint{Key: "s", Label: "lanes"}, kit.Hint{Key: "v", Label: "kinds"}, kit.Hint{Key: "t", Label: "zone"}, kit.Hint{Key: ".", Label: "now"})
	return append(out, kit.Hint{Key: "/", Label: "filter"}, kit.Hint{Key: "?"})
}

// Lit is the row of the line under the cursor.
func (v View) Lit() int {
	if v.item() == nil {
		return -1
	}
	p := v.plan()
	for n, l := range v.visible(p) {
		if l.id == v.cursor {
			return p.y + n
		}
	}
	return -1
}

// Keys are all keys by which one looks here.
func (v View) Keys() []kit.Hint {
	return []kit.Hint{{Key: "⏎", Label: "open, fold"}, {Key: "h/l", Label: "±day, ±hour"}, {Key: "pgup", Label: "±week"}, {Key: "z/-", Label: "zoom"}, {Key: "s", Label: "lanes"}, {Key: "v", Label: "kinds"}, {Key: ".", Label: "now"}, {Key: "n", Label: "new freeze"}, {Key: "tab", Label: "along"}, {Key: "[ ]", Label: "next"}}
}
