package queue

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"signalbox/release"
	"signalbox/release/change"
	"signalbox/release/feed"
	"signalbox/views"
	"signalbox/views/kit"
)

// wide is the width from which the inspector stands beside the list.
const wide = 100

// Draw paints the body.
func (v View) Draw(c kit.Canvas, f views.Frame) {
	if f.Zone == nil {
		f.Zone = time.UTC
	}
	switch {
	case v.queue == nil && v.failed != nil:
		c.Refusal(refused(v.failed), v.failed)
		return
	case v.queue == nil:
		c.Put(9, 3, "The queue is being read.", kit.Meta())
		return
	}
	if line, ok := views.Trouble(f, v.failed, v.queue.AsOf); ok {
		c.WriteIn(1, c.H()-1, c.W()-2, line...)
		c = c.Sub(0, 0, c.W(), c.H()-1)
	}
	switch {
	case len(v.rows) == 0:
		v.drawTabs(c, 0, false, f)
		v.drawEmpty(c, f)
	case c.W() >= wide:
		v.drawWide(c, f)
	default:
		v.drawNarrow(c, f)
	}
}

func refused(e *release.Error) string {
	if e.Code == release.Refused || e.Code == release.Unauthenticated {
		return "The queue is not shown to you."
	}
	return "The queue cannot be read."
}

// drawTabs is the head of the list: its tabs with their counts, the filter, the oldest and, if it is asked
// for, the order.
func (v View) drawTabs(c kit.Canvas, y int, sorted bool, f views.Frame) {
	var left []kit.Run
	for k, t := range shown() {
		if k > 0 {
			left = append(left, kit.T("  ", kit.Plain()))
		}
		label := t.name() + " " + strconv.Itoa(v.known.counts[t])
		if t == mine || t == all {
			label = strings.ToUpper(label)
		}
		switch {
		case t == v.tab:
			left = append(left, kit.T("["+label+"]", kit.Lever()))
			if n := len(v.queued); n > 0 {
				left = append(left, kit.T(" +"+strconv.Itoa(n), kit.Lever()))
			}
		case t == mine:
			left = append(left, kit.T(label, kit.Plain()))
		default:
			left = append(left, kit.T(label, kit.Meta()))
		}
	}
	x := c.Write(1, y, left...)
	notes := v.notes(f, sorted)
	for len(notes) > 0 {
		line := joined(notes, "   ")
		if x+3+kit.RunsWidth(line) <= c.W() {
			c.WriteRight(c.W(), y, line...)
			return
		}
		notes = notes[:len(notes)-1]
	}
}

// notes are what stands at the right of the tabs, the most needed first.
func (v View) notes(f views.Frame, sorted bool) [][]kit.Run {
	var out [][]kit.Run
	if n := len(v.marked); n > 0 {
		out = append(out, []kit.Run{kit.T(strconv.Itoa(n)+" marked", kit.Strong())})
	}
	if n := v.stale(); n > 0 {
		out = append(out, []kit.Run{kit.T(strconv.Itoa(n)+" moved ", kit.Meta()), kit.T(".", kit.Look())})
	}
	if v.words != "" {
		out = append(out, []kit.Run{kit.T("/ "+kit.Truncate(v.words, 20), kit.Plain()), kit.T(" "+v.ofAll(), kit.Meta())})
	}
	if sorted {
		out = append(out, []kit.Run{kit.T("sort:"+v.order.name(), kit.Meta())})
	}
	if old, late, ok := v.oldest(f.Now); ok {
		age := kit.Strong()
		if late {
			age = kit.Reason(release.Caution)
		}
		out = append(out, []kit.Run{kit.T("oldest ", kit.Meta()), kit.T(kit.Age(old, f.Now), age)})
	}
	return out
}

func (v View) ofAll() string {
	return strconv.Itoa(v.waiting()) + " of " + strconv.Itoa(len(v.queue.Items))
}

// waiting counts the rows whose change still waits.
func (v View) waiting() int {
	n := 0
	for k := range v.rows {
		if !v.rows[k].left() {
			n++
		}
	}
	return n
}

// oldest is when the oldest request in the list was made, and whether half of its time is over.
func (v View) oldest(now time.Time) (at time.Time, late, ok bool) {
	for k := range v.rows {
		r := &v.rows[k]
		a := &r.item.Approval
		if r.left() || a.RequestedAt.IsZero() || ok && !a.RequestedAt.Before(at) {
			continue
		}
		at, ok = a.RequestedAt, true
		late = now.Sub(at) >= time.Duration(change.RemindAt*float64(a.ExpiresAt.Sub(at)))
	}
	return at, late, ok
}

func joined(parts [][]kit.Run, gap string) []kit.Run {
	var out []kit.Run
	for k, p := range parts {
		if k > 0 {
			out = append(out, kit.T(gap, kit.Plain()))
		}
		out = append(out, p...)
	}
	return out
}

// The cells of a row, of which each screen shows some.
const (
	cellShape = iota
	cellID
	cellNumber // the id without its prefix
	cellChange
	cellRisk
	cellTight // the risk without a blank
	cellQuorum
	cellEvidence
	cellDuties
	cellDue
	cellLeft
	cellBrief // cellLeft where there is no cellDue
	cellWho
	cellKinds
)

// cell is one cell of a row, w cells wide. Of a name that is cut the version stays: two versions of a service
// must not read alike.
func (v View) cell(r *row, kind, w int, f views.Frame) kit.Cell {
	if kind != cellChange {
		return kit.Cell{v.run(r, kind, f)}
	}
	name := kit.Name()
	if r.dark() {
		name = kit.Stale()
	}
	text, mark := r.item.Change.Name(), ""
	if r.item.Change.Kind == change.Emergency {
		if mark = "EMERG"; kit.Width(mark)+1+kit.Width(text) > w {
			mark = "EM"
		}
		w -= kit.Width(mark) + 1
	}
	if kit.Width(text) > w {
		text = shortened(r.item.Change.Service, strings.TrimPrefix(text, r.item.Change.Service), w)
	}
	title := kit.T(text, fresh(name, r.until(colName), f.Now))
	if mark != "" {
		return kit.Cell{kit.T(mark, kit.AspectWord(release.Escalated)), kit.T(" ", kit.Plain()), title}
	}
	return kit.Cell{title}
}

// run is a cell that is one word: any but cellChange.
func (v View) run(r *row, kind int, f views.Frame) kit.Run {
	i := r.item
	word, col := kit.Run{}, colName
	switch kind {
	case cellShape:
		return kit.ItemMark(i, f.Now)
	case cellID:
		return kit.T(i.Change.ID, kit.ID())
	case cellNumber:
		return kit.T(strings.TrimPrefix(i.Change.ID, "CHG-"), kit.ID())
	case cellRisk, cellTight:
		gap := " "
		if kind == cellTight {
			gap = ""
		}
		word, col = kit.Risk(i.Change.Risk, gap), colRisk
		if r.dark() {
			word.Style = kit.Stale()
		}
	case cellQuorum:
		word, col = kit.T(kit.Quorum(i.Approval.Granted(), i.Approval.Needed), kit.Plain()), colQuorum
	case cellEvidence:
		word, col = kit.EvidenceScore(i), colEvidence
		if i.Of > 0 && views.LateFeed(f, i) != nil {
			word.Text = "~" + word.Text
		}
	case cellDuties:
		word, col = kit.Mark(i.Duties.Aspect), colDuties
	case cellDue:
		word, col = v.due(r, f), colDue
	case cellLeft:
		return v.rest(r, f)
	case cellBrief:
		if r.dark() {
			return kit.T("dark", kit.AspectWord(release.Dark))
		}
		return v.rest(r, f)
	case cellWho:
		if r.left() {
			return kit.Run{}
		}
		word, col = kit.T(v.whose(i), whoStyle(v.whose(i), i.EvidenceDark)), colWho
	}
	return kit.T(word.Text, fresh(word.Style, r.until(col), f.Now))
}

func whoStyle(word string, dark bool) kit.Style {
	switch word {
	case whoYou:
		if dark { // not before the feed is back
			return kit.Meta()
		}
		return kit.Lever()
	case whoFrz, whoWin, whoCx:
		return kit.FreezeWord()
	case whoSvc, whoSoD, whoRol, whoAlr:
		return kit.Reason(release.Stop)
	}
	return kit.Meta()
}

// due is when the row's time is over; or the feed that is dark, or how the row ended.
func (v View) due(r *row, f views.Frame) kit.Run {
	switch {
	case r.left():
		return kit.T(r.how, kit.Meta())
	case r.dark():
		return kit.T(r.item.Stale+" dark", kit.AspectWord(release.Dark))
	}
	return kit.T(kit.Instant(r.item.Approval.ExpiresAt, f.Now, f.Zone), kit.Meta())
}

// rest is how long it is until then; or since when the feed is dark, or when the row ended.
func (v View) rest(r *row, f views.Frame) kit.Run {
	i := r.item
	switch {
	case r.left():
		return kit.T(kit.Clock(r.gone, f.Zone), kit.Meta())
	case r.dark():
		return kit.T(feedAge(f, i.Stale), kit.AspectNumber(release.Dark))
	}
	out := kit.Left(i.Approval.ExpiresAt, f.Now, i.Yours(v.me))
	if out.Style != kit.Reason(release.Stop) && i.Locked() != nil {
		out.Style = kit.Plain()
	}
	return out
}

// dark reports whether the row waits for a feed.
func (r *row) dark() bool { return r.item.EvidenceDark && !r.left() }

func fresh(s kit.Style, until, now time.Time) kit.Style {
	if now.Before(until) {
		return kit.Fresh(s)
	}
	return s
}

// feedAge is how long a feed has been silent.
func feedAge(f views.Frame, name string) string {
	for _, s := range f.Alarm.Feeds {
		if s.Name == name && !s.LastGood.IsZero() {
			return kit.Age(s.LastGood, f.Now)
		}
	}
	return ""
}

// drawList writes the rows from y on, h of them, and returns the row after the last.
func (v View) drawList(c kit.Canvas, y, h int, l kit.Layout, kinds []int, f views.Frame) int {
	top := kit.Scroll(v.top, v.place(), h, len(v.rows))
	for k := top; k < min(top+h, len(v.rows)); k++ {
		r := &v.rows[k]
		line := make([]kit.Cell, len(kinds))
		for n, kind := range kinds {
			_, w := l.At(n)
			line[n] = v.cell(r, kind, w, f)
		}
		if r.moved {
			c.Put(0, y, "▸", kit.Meta())
		}
		c.Row(y, l, line)
		if slices.Contains(v.marked, r.id) {
			x, w := l.At(1)
			c.Put(x+w, y, "*", kit.Lever()) // in the gap, so that no column moves
		}
		if r.left() {
			c.Gone(y)
		}
		if r.id == v.cursor {
			c.Cursor(y, true)
		}
		y++
	}
	return y
}

// hidden says how many rows of the list are above and below the h that are shown.
func (v View) hidden(h int) string {
	top := kit.Scroll(v.top, v.place(), h, len(v.rows))
	var out []string
	if top > 0 {
		out = append(out, "↑"+strconv.Itoa(top))
	}
	if below := len(v.rows) - top - h; below > 0 {
		out = append(out, "↓"+strconv.Itoa(below))
	}
	return strings.Join(out, " ")
}

// layout fits the columns to all rows, so that they stay where they are while the list scrolls. Of each column
// that its cells widen, the widest is enough for that.
func (v View) layout(right int, cols []kit.Column, kinds []int, f views.Frame) kit.Layout {
	widest := make([]kit.Cell, len(kinds))
	for n, kind := range kinds {
		if !cols[n].Hug {
			continue
		}
		most := 0
		for k := range v.rows {
			r := v.run(&v.rows[k], kind, f)
			if w := kit.Width(r.Text); w > most {
				most, widest[n] = w, kit.Cell{r}
			}
		}
	}
	return kit.Fit(1, right, cols, [][]kit.Cell{widest})
}

// drawEmpty says what the emptiness rests on: an empty list is an all-clear only where feeds speak.
func (v View) drawEmpty(c kit.Canvas, f views.Frame) {
	y := 3
	say := func(m kit.Run, text string) {
		c.Write(9, y, m, kit.T("  "+text, kit.Strong()))
		y += 2
	}
	field := func(label string, runs ...kit.Run) {
		c.Put(9, y, label, kit.Meta())
		c.WriteIn(24, y, c.W()-25, runs...)
		y++
	}
	total := len(v.queue.Items)
	aspect, feeds := feedState(f)
	switch {
	case total > 0 && v.words != "":
		say(kit.T("·", kit.Faint()), "No change in this list fits “"+kit.Truncate(v.words, 40)+"”.")
		field("waiting", kit.T(strconv.Itoa(total), kit.Strong()), kit.T(" in the whole queue", kit.Meta()))
		field("way out", kit.T("esc", kit.Look()), kit.T(" drops the filter    ", kit.Meta()), kit.T("tab", kit.Look()), kit.T(" other lists", kit.Meta()))
		return
	case total > 0 && v.tab == mine:
		say(kit.T("·", kit.Faint()), "Nothing waits for you.")
		field("others", kit.T(strconv.Itoa(total), kit.Strong()), kit.T(" wait for somebody else", kit.Meta()))
	case total > 0:
		say(kit.T("·", kit.Faint()), "No "+v.tab.name()+" change waits.")
		field("waiting", kit.T(strconv.Itoa(total), kit.Strong()), kit.T(" in the whole queue", kit.Meta()))
	case aspect == release.Go:
		say(kit.Mark(aspect), "Nothing waits for a decision.")
	case len(f.Alarm.Feeds) == 0 && !f.Alarm.AsOf.IsZero():
		say(kit.Mark(aspect), "Nothing waits here, and nothing is connected.")
	default:
		say(kit.Mark(aspect), "Nothing that is known here waits for a decision.")
	}
	if n := len(v.queued); n > 0 {
		field("new", kit.T(strconv.Itoa(n), kit.Strong()), kit.T(" arrived: ", kit.Meta()), kit.T("]", kit.Look()))
	}
	if d := v.lastDecided(f); d != nil {
		field("last decided", d...)
	} else {
		field("last decided", kit.T("nothing today", kit.Meta()))
	}
	field("feeds", feeds...)
	if total > 0 {
		field("way out", kit.T("tab", kit.Look()), kit.T(" other lists", kit.Meta()))
		return
	}
	if len(f.Alarm.Feeds) == 0 && !f.Alarm.AsOf.IsZero() {
		field("next", kit.T("list a forge under connectors in the configuration:", kit.Plain()))
		field("", kit.T("its deployments become changes here", kit.Plain()))
		field("by hand", kit.T("signalbox change draft, then change submit", kit.Plain()))
	}
	y++
	c.WriteIn(9, y, c.W()-10, kit.T(":", kit.Look()), kit.T(" anything    ", kit.Meta()), kit.T("?", kit.Look()), kit.T(" help", kit.Meta()))
}

// feedState says whether the emptiness can be trusted.
func feedState(f views.Frame) (release.Aspect, []kit.Run) {
	a := f.Alarm
	if a.AsOf.IsZero() {
		return release.Dark, []kit.Run{kit.T("not read yet", kit.Meta())}
	}
	if len(a.Feeds) == 0 {
		return release.Dark, []kit.Run{kit.T("none connected: no change can arrive by itself", kit.Reason(release.Dark))}
	}
	spoken, quiet := 0, 0
	for _, s := range a.Feeds {
		if !s.LastGood.IsZero() {
			spoken++
		}
		if s.Aspect(f.Now, a.Since) == feed.Quiet {
			quiet++
		}
	}
	dark, first := a.DarkFeeds(f.Now)
	total := strconv.Itoa(len(a.Feeds))
	switch {
	case dark > 0:
		age := "has never answered"
		if !first.LastGood.IsZero() {
			age = "dark " + kit.Age(first.LastGood, f.Now)
		}
		return release.Dark, []kit.Run{kit.T(strconv.Itoa(len(a.Feeds)-dark)+"/"+total+" speak · ", kit.Plain()), kit.Mark(release.Dark),
			kit.T(" "+first.Name+" "+age, kit.AspectWord(release.Dark)), kit.T(": not counted", kit.Meta())}
	case spoken == 0:
		return release.Dark, []kit.Run{kit.T(total+" connected, none has delivered anything yet", kit.Reason(release.Dark))}
	case spoken < len(a.Feeds):
		return release.Go, []kit.Run{kit.T(strconv.Itoa(spoken)+"/"+total+" have delivered", kit.Plain()), kit.T(" · the others are quiet so far", kit.Meta())}
	case quiet > 0:
		return release.Go, []kit.Run{kit.T(total+" connected", kit.Plain()), kit.T(" · "+strconv.Itoa(quiet)+" only when something happens", kit.Meta())}
	}
	return release.Go, []kit.Run{kit.T(total+"/"+total+" fresh", kit.Plain())}
}

func (v View) lastDecided(f views.Frame) []kit.Run {
	if len(v.queue.Decided) == 0 {
		return nil
	}
	i := &v.queue.Decided[0]
	d, ok := lastDecision(i)
	if !ok {
		return nil
	}
	who := string(d.Person)
	if d.Person == v.me {
		who = "you"
	}
	return []kit.Run{kit.T(i.Change.ID, kit.ID()), kit.T(" "+string(i.Approval.State)+" "+kit.Instant(d.At, f.Now, f.Zone)+" by "+who, kit.Plain()),
		kit.T(" ("+kit.Ago(d.At, f.Now)+")", kit.Meta())}
}

// lastDecision is the standing decision that ended the round.
func lastDecision(i *change.Item) (change.Decision, bool) {
	for _, d := range slices.Backward(i.Approval.Decisions) {
		if d.Stands() {
			return d, true
		}
	}
	return change.Decision{}, false
}
