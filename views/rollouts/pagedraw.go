package rollouts

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"signalbox/release"
	"signalbox/release/change"
	"signalbox/release/health"
	"signalbox/release/rollout"
	"signalbox/views"
	"signalbox/views/kit"
)

// headOf is how many rows stand still over the strips: the title, both bars and the steps, and the banner of a
// monitor that is dark.
func headOf(s *rollout.Sheet) int {
	if s != nil && s.Dark() {
		return 5
	}
	return 4
}

// Draw paints the body.
func (p page) Draw(c kit.Canvas, f views.Frame) {
	if f.Zone == nil {
		f.Zone = time.UTC
	}
	switch {
	case p.sheet == nil && p.failed != nil:
		head := refused(p.failed, "This rollout is", "This rollout")
		if p.failed.Code == release.NotFound {
			head = "There is no such rollout."
		}
		c.Refusal(head, p.failed)
		return
	case p.sheet == nil:
		c.Put(9, 3, p.id+" is being read.", kit.Meta())
		return
	}
	if line, ok := views.Trouble(f, p.failed, p.sheet.AsOf); ok {
		c.WriteIn(1, c.H()-1, c.W()-2, line...)
		c = c.Sub(0, 0, c.W(), c.H()-1)
	}
	if c.W() >= wide {
		left := beside(c.W())
		if p.sheet.Dark() {
			p.drawBanner(c, f)
			c = c.Sub(0, 1, c.W(), c.H()-1)
		}
		p.drawBeside(c.Sub(0, 0, left, c.H()), f)
		c.Divider(left, 0, c.H())
		p.drawSheet(c.Sub(left+1, 0, c.W()-left-1, c.H()), f)
		return
	}
	if p.sheet.Dark() {
		p.drawBanner(c, f)
		c = c.Sub(0, 1, c.W(), c.H()-1)
	}
	p.drawSheet(c, f)
	c.Cursor(0, true)
}

// drawBanner says that what is below rests on a monitor that is dark, from edge to edge.
func (p page) drawBanner(c kit.Canvas, f views.Frame) {
	dark, _ := darkSource(&p.sheet.Row)
	c.Repeat(0, 0, c.W(), "░", kit.Faint())
	rest := " · it has never answered "
	if !dark.Good.IsZero() {
		rest = " · last good " + kit.Seconds(dark.Good, f.Zone) + " · numbers below are from then "
	}
	x := c.WriteIn(1, 0, c.W()-2, kit.Mark(release.Dark), kit.T(" "+release.Clean(dark.Name, 40)+" ", kit.Plain()), kit.T("DARK", kit.AspectWord(release.Dark)),
		kit.T(" "+sourceAge(dark, f.Now), kit.AspectNumber(release.Dark)), kit.T(rest, kit.Meta()))
	if x+12 < c.W() {
		c.Write(x+1, 0, kit.T(" gf ", kit.Look()), kit.T("feeds ", kit.Meta()))
	}
}

// drawSheet paints the rollout: its head, and the strips below as far as they go.
func (p page) drawSheet(c kit.Canvas, f views.Frame) {
	p.drawTitle(c, f)
	p.drawBars(c, f)
	c.WriteIn(1, 3, c.W()-2, p.stepRuns(f)...)
	strips := p.strips(f, c.W())
	h := max(c.H()-4, 0)
	top := max(0, min(p.top, len(strips)-h))
	for k := top; k < min(top+h, len(strips)); k++ {
		strips[k].Draw(c, 4+k-top)
	}
	if below := len(strips) - top - h; below > 0 && c.H() > 4 {
		c.WriteRight(c.W()-1, 3, kit.T("↓"+strconv.Itoa(below), kit.Meta()))
	}
}

// drawTitle names the rollout, its versions and its state, and its change at the right edge.
func (p page) drawTitle(c kit.Canvas, f views.Frame) {
	s := p.sheet
	asked := []kit.Run{kit.T("no change", kit.Meta())}
	switch {
	case s.Lack == rollout.NoChange:
		asked = []kit.Run{kit.Mark(release.Caution), kit.T(" no change", kit.AspectWord(release.Caution))}
	case s.Lack != "":
		asked = []kit.Run{kit.T(s.Change+" ", kit.Strong()), kit.Mark(release.Stop), kit.T(" "+string(s.Lack), kit.AspectWord(release.Stop))}
	case s.Change != "":
		asked = []kit.Run{kit.T(s.Change, kit.Strong()), kit.T(" ", kit.Plain()), kit.Mark(release.Go)}
		if s.Request != nil && s.ChangeState == change.Closed {
			asked[2] = kit.ItemMark(s.Request, f.Now)
		}
		if !slices.Contains([]change.State{change.Implementing, change.InReview, change.Closed}, s.ChangeState) {
			asked = []kit.Run{kit.T(s.Change, kit.Strong()), kit.T(" "+string(s.ChangeState), kit.Meta())}
		}
	}
	right := c.WriteRight(c.W(), 0, asked...)
	x := c.WriteIn(1, 0, right-2, kit.Signal(s.Aspect), kit.T(" "+s.ID+" ", kit.ID()), kit.T(kit.Truncate(s.Service, 24)+" ", kit.Strong()))
	said := standing(&s.Row, f.Now)
	if s.Lack != "" { // it is said at the right edge
		said = []kit.Run{kit.T(short(s.State), kit.Plain()), kit.T(" "+kit.Age(s.Since(), f.Now), kit.Meta())}
	}
	rest := append([]kit.Run{kit.T("  ", kit.Plain())}, said...)
	n := max(right-x-2-kit.RunsWidth(rest), 0)
	x = c.WriteIn(x, 0, n, pair(s.Before, s.Version, n, kit.Strong())...)
	c.WriteIn(x, 0, right-x-1, rest...)
}

// drawBars are the shares of both versions, one scale for both.
func (p page) drawBars(c kit.Canvas, f views.Frame) {
	s := p.sheet
	old := (*float64)(nil)
	if s.Before != "" {
		old, _ = health.Share(s.Latest, s.Before)
	}
	names := 12
	if c.W() < 60 {
		names = 0
	}
	bar := func(y int, label, version string, part *float64, fill, number, name kit.Style) {
		c.Put(1, y, label, kit.Meta())
		w := c.W() - 5 - 7 - names - 2
		v, n := 0.0, kit.T(kit.Unknown, kit.Meta())
		if part != nil {
			v, n = *part, kit.T(unsure(&s.Row)+kit.Percent(*part, 0), number)
			if unsure(&s.Row) != "" {
				n.Style = kit.Stale()
			}
		}
		c.Hero(5, y, w, v, fill)
		c.WriteRight(5+w+6, y, n)
		if names > 0 {
			c.PutIn(5+w+7, y, names, kit.TruncateMiddle(release.Clean(version, 100), names), name)
		}
	}
	number := kit.Strong()
	if s.Aspect == release.Stop || s.Aspect == release.Caution {
		number = kit.Reason(s.Aspect)
	}
	bar(1, "old", s.Before, old, kit.Meta(), kit.Plain(), kit.Meta())
	bar(2, "new", s.Version, s.Share, kit.BarStyle(s.Aspect), number, kit.Plain())
}

// stepRuns say where it goes, what is not known (an observed rollout has no steps), and its share.
func (p page) stepRuns(f views.Frame) []kit.Run {
	s := p.sheet
	out := []kit.Run{kit.T(kit.Truncate(release.Clean(s.Environment, 60), 16), kit.Plain()), kit.T("  steps ", kit.Meta()), kit.T("—", kit.Plain()), kit.T("  strategy ", kit.Meta()), kit.T("—", kit.Plain()), kit.T("  share ", kit.Meta())}
	if s.Share == nil {
		out = append(out, shareRuns(&s.Row, f)...)
		if s.State.Over() {
			out = append(out[:len(out)-2], kit.T("—", kit.Plain()), kit.T("  it is over since "+kit.Instant(s.UpdatedAt, f.Now, f.Zone)+", after "+kit.Span(s.UpdatedAt.Sub(s.StartedAt)), kit.Meta()))
		}
		return out
	}
	out = append(out, share(&s.Row), kit.T(" "+kit.Ago(s.ShareAt, f.Now), kit.Meta()))
	if note := monitorNote(&s.Row, f); note != nil && !s.Dark() {
		out = append(append(out, kit.T("  ", kit.Plain())), note...)
	}
	return out
}

// idsBeside are the ids of what stands in each row of the list at the left of the page, "" in a rule.
func (p page) idsBeside() []string {
	var out []string
	for k := range p.list.Moving {
		out = append(out, p.list.Moving[k].ID, p.list.Moving[k].ID)
	}
	if len(p.list.Waiting) > 0 {
		out = append(out, "")
	}
	for k := range p.list.Waiting {
		out = append(out, p.list.Waiting[k].Change)
	}
	if len(p.list.Done) > 0 {
		out = append(out, "")
	}
	for k := range p.list.Done {
		out = append(out, p.list.Done[k].ID)
	}
	return out
}

// topBeside is the first row of that list that is on the screen, of which h are.
func (p page) topBeside(ids []string, h int) int {
	at := slices.Index(ids, p.id)
	return kit.Scroll(max(0, min(at+2-h, len(ids)-h)), at, h, len(ids))
}

// drawBeside is the list at the left of the page, the rollout of the page marked in it.
func (p page) drawBeside(c kit.Canvas, f views.Frame) {
	if p.list == nil {
		c.Rule(0, kit.Rule{Title: kit.Heading("ROLLOUTS", "", "")})
		return
	}
	type line struct {
		draw func(y int)
		rows int // of what begins here
	}
	var lines []line
	rule := func(title string, n int) {
		lines = append(lines, line{draw: func(y int) { c.Rule(y, kit.Rule{Title: kit.Heading(title, strconv.Itoa(n), "")}) }})
	}
	number := func(id string) string { return id[strings.LastIndexByte(id, '-')+1:] }
	for k := range p.list.Moving {
		r := &p.list.Moving[k]
		lines = append(lines, line{rows: 2, draw: func(y int) {
			right := c.WriteRight(c.W()-1, y, share(r))
			c.Write(1, y, kit.Signal(r.Aspect), kit.T(" ", kit.Plain()))
			x := c.Put(3, y, number(r.ID)+" ", kit.ID())
			c.PutIn(x, y, right-1-x, r.Service, kit.Name())
		}}, line{draw: func(y int) {
			x := c.PutIn(5, y, 12, r.Environment, kit.Meta())
			c.WriteIn(x+2, y, c.W()-x-3, standing(r, f.Now)...)
		}})
	}
	if n := len(p.list.Waiting); n > 0 {
		rule("WAITING", n)
		for k := range p.list.Waiting {
			w := &p.list.Waiting[k]
			lines = append(lines, line{draw: func(y int) {
				right := c.PutRight(c.W()-1, y, kit.Instant(w.Until, f.Now, f.Zone), kit.Meta())
				c.Write(1, y, kit.Mark(w.Aspect), kit.T(" ", kit.Plain()))
				c.PutIn(3, y, right-4, w.Service+" "+release.Clean(w.Version, 40), kit.Plain())
			}})
		}
	}
	if n := len(p.list.Done); n > 0 {
		rule("DONE TODAY", p.list.Ended)
		for k := range p.list.Done {
			r := &p.list.Done[k]
			lines = append(lines, line{draw: func(y int) {
				right := c.PutRight(c.W()-1, y, kit.Clock(r.UpdatedAt, f.Zone), kit.Meta())
				c.Write(1, y, kit.Signal(r.Aspect), kit.T(" ", kit.Plain()))
				x := c.Put(3, y, number(r.ID)+" ", kit.Plain())
				c.PutIn(x, y, right-1-x, r.Service, kit.Plain())
			}})
		}
	}
	ids := p.idsBeside()
	at := slices.Index(ids, p.id)
	h := max(c.H()-1, 0)
	top := p.topBeside(ids, h)
	var note []kit.Run
	if below := len(lines) - top - h; below > 0 {
		note = []kit.Run{kit.T("↓", kit.Meta())}
	}
	c.Rule(0, kit.Rule{Title: kit.Heading("ROLLOUTS", strconv.Itoa(len(p.list.Moving)), ""), Note: note, Focus: true})
	for k := top; k < min(top+h, len(lines)); k++ {
		lines[k].draw(1 + k - top)
		if k == at {
			c.Cursor(1+k-top, true)
			if lines[k].rows > 1 {
				c.Select(0, 2+k-top, c.W())
			}
		}
	}
}
