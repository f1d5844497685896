package change

import (
	"strconv"
	"strings"
	"time"

	"signalbox/release"
	"signalbox/release/change"
	"signalbox/views"
	"signalbox/views/kit"
)

// Draw paints the body.
func (v View) Draw(c kit.Canvas, f views.Frame) {
	if f.Zone == nil {
		f.Zone = time.UTC
	}
	i := v.item()
	switch {
	case i == nil && v.failed != nil:
		c.Refusal(refused(v.id, v.failed), v.failed)
		return
	case i == nil:
		c.Put(9, 3, v.id+" is being read.", kit.Meta())
		return
	}
	if line, ok := views.Trouble(f, v.failed, v.asOf()); ok {
		c.WriteIn(1, c.H()-1, c.W()-2, line...)
		c = c.Sub(0, 0, c.W(), c.H()-1)
	}
	v.drawHead(c, i, f)
	levers := v.levers(f, c.W())
	top, h := headRows(c.W()), paneHeight(c.W(), c.H(), len(levers))
	panes := v.sections(f, c.W())
	if c.W() >= wide {
		lw := leftWidth(c.W())
		v.drawPane(c.Sub(0, top, lw, h), panes[0], 0)
		v.drawPane(c.Sub(lw+1, top, c.W()-lw-1, h), panes[1], 1)
		c.Divider(lw, top, h)
	} else {
		v.drawPane(c.Sub(0, top, c.W(), h), panes[0], 0)
	}
	y := top + h
	c.Sub(0, y, c.W(), 1).Rule(0, kit.Rule{Title: kit.Heading("LEVERS", "", ""), Note: v.binds(i, c.W())})
	for n, s := range levers {
		s.Draw(c, y+1+n)
	}
}

func refused(id string, e *release.Error) string {
	switch e.Code {
	case release.Refused, release.Unauthenticated:
		return id + " is not shown to you."
	case release.NotFound, release.Usage:
		return "No change has this id."
	}
	return id + " cannot be read."
}

// asOf is when the shown snapshot was built.
func (v View) asOf() time.Time {
	if v.kase != nil {
		return v.kase.Answer.At
	}
	return v.queue.AsOf
}

// drawPane writes the visible strips of a pane.
func (v View) drawPane(c kit.Canvas, strips []kit.Strip, pane int) {
	at := index(strips, v.cursor[pane])
	first, rows := visible(v.top[pane], at, c.H(), len(strips))
	shown := rows
	if first+rows < len(strips) && rows > 1 && strips[first+rows-1].Head {
		shown--
	}
	for y := range shown {
		strips[first+y].Draw(c, y)
		if first+y == at {
			c.Cursor(y, pane == v.pane)
		}
	}
	if rows == len(strips) || c.H() < 2 {
		return
	}
	above, below := first, len(strips)-first-shown
	var more []string
	if above > 0 {
		more = append(more, "↑ "+strconv.Itoa(above))
	}
	if below > 0 {
		more = append(more, "↓ "+strconv.Itoa(below)+" more rows")
	}
	c.PutRight(c.W()-1, rows, strings.Join(more, "   "), kit.Meta())
}

// drawHead names the change, when it is due and what A binds to.
func (v View) drawHead(c kit.Canvas, i *change.Item, f views.Frame) {
	ch := i.Change
	name := []kit.Run{kit.ItemMark(i, f.Now), kit.T(" ", kit.Plain()), kit.T(ch.ID+" ", kit.ID())}
	if ch.Kind == change.Emergency {
		name = append(name, kit.T("EMERG", kit.AspectWord(release.Escalated)), kit.T(" ", kit.Plain()))
	}
	name = append(name, kit.T(ch.Service+" ", kit.Strong()))
	if i.Deployed != "" && i.Deployed != ch.Version {
		name = append(name, kit.T(kit.TruncateMiddle(i.Deployed, 20)+" → ", kit.Meta()))
	}
	name = append(name, kit.T(kit.TruncateMiddle(ch.Version, 24), kit.Strong()))
	due := v.due(i, f)
	reads := []kit.Run{kit.T("reads ", kit.Meta()), kit.T(ch.Digest.Short(), kit.Strong())}
	title := kit.T(ch.Title, kit.Plain())
	if ch.Title == "" {
		title = kit.T("it has no title", kit.Meta())
	}
	if c.W() >= wide {
		x := c.WriteRight(c.W()-1, 0, append(append(due, kit.T(" · ", kit.Faint())), reads...)...)
		place := v.where(i, x-6-kit.RunsWidth(name))
		c.WriteIn(1, 0, x-3, append(name, kit.T("   "+place, kit.Meta()))...)
		x = c.W() - 1
		var hands []kit.Run
		facts := kit.Facts{Item: i, Me: v.me}
		for _, h := range facts.Hands() {
			more := append(hands, append([]kit.Run{kit.T("   ", kit.Plain())}, h...)...)
			if 1+kit.Width(title.Text)+kit.RunsWidth(more) >= x {
				break
			}
			hands = more
		}
		if len(hands) > 0 {
			x = c.WriteRight(x, 1, hands...)
		}
		c.WriteIn(1, 1, x-2, title)
	} else {
		x := c.WriteRight(c.W()-1, 0, reads...)
		c.WriteIn(1, 0, x-3, name...)
		x = c.WriteRight(c.W()-1, 1, due...)
		c.WriteIn(3, 1, x-5, kit.T(v.where(i, x-5), kit.Meta()))
		c.WriteIn(3, 2, c.W()-4, title)
	}
	c.Cursor(0, false)
}

// where is the place and the kind of the change, in at most w cells if it can be: the owner goes first.
func (v View) where(i *change.Item, w int) string {
	regions, tier, team, kind := "", "", "", ""
	for _, r := range i.Target.Regions {
		regions += " · " + r
	}
	if i.Service != nil {
		tier = "  tier " + strconv.Itoa(int(i.Service.Tier))
	}
	if i.Target.Team != "" {
		team = "  " + i.Target.Team
	}
	if i.Change.Kind != change.Emergency {
		kind = "  " + string(i.Change.Kind)
	}
	env := i.Change.Environment
	for _, text := range []string{env + regions + tier + team + kind, env + regions + tier + kind, env + regions + tier, env + tier} {
		if kit.Width(text) <= w {
			return text
		}
	}
	return env
}

// due is the deadline of what waits, or where the change is.
func (v View) due(i *change.Item, f views.Frame) []kit.Run {
	if i.Change.State != change.Requested {
		return []kit.Run{kit.T(i.Standing(), kit.Strong())}
	}
	when, left := kit.Deadline(i.Approval.ExpiresAt, f.Now, f.Zone, i.Yours(v.me))
	when.Style = kit.Plain()
	return []kit.Run{kit.T("due ", kit.Meta()), when, kit.T(" ", kit.Plain()), left}
}

// binds says what an approval would be about.
func (v View) binds(i *change.Item, w int) []kit.Run {
	if i.Change.State != change.Requested {
		return nil
	}
	note := []kit.Run{kit.T("A", kit.Look()), kit.T(" binds to "+i.Change.Digest.Short(), kit.Meta())}
	if w >= wide {
		note = append(note, kit.T(" in "+i.Change.Environment+" at "+i.Change.Risk.Band().String()+" risk · any difference voids it", kit.Meta()))
	}
	return note
}
