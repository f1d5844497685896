package graph

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"signalbox/release"
	"signalbox/release/feed"
	"signalbox/release/topology"
	"signalbox/themes"
	"signalbox/views"
	"signalbox/views/kit"
)

// Draw paints the body.
func (v View) Draw(c kit.Canvas, f views.Frame) {
	if f.Zone == nil {
		f.Zone = time.UTC
	}
	switch {
	case v.m == nil && v.failed != nil:
		head := "The graph cannot be read."
		if v.failed.Code == release.Refused || v.failed.Code == release.Unauthenticated {
			head = "The graph is not shown to you."
		}
		c.Refusal(head, v.failed)
		return
	case v.m == nil:
		c.Put(9, 3, "The graph is being read.", kit.Meta())
		return
	}
	if line, ok := views.Trouble(f, v.failed, v.since()); ok {
		c.WriteIn(1, c.H()-1, c.W()-2, line...)
		c = c.Sub(0, 0, c.W(), c.H()-1)
	}
	if v.words != "" {
		v.drawFound(c, f)
		return
	}
	if v.focus == "" {
		c.Write(9, 3, kit.Mark(release.Dark), kit.T("  no service known", kit.Strong()))
		c.WriteIn(12, 5, c.W()-13, kit.T("The catalog is empty: connect one (gf, n), or import it:", kit.Meta()))
		c.WriteIn(12, 6, c.W()-13, kit.T("signalbox import backstage PATH", kit.Plain()))
		return
	}
	s := v.scene
	if s == nil || s.of.w != c.W() {
		s = v.laid(c.W(), c.H())
	}
	v.drawHeader(c, s, f)
	switch {
	case len(s.hood.Callers)+len(s.hood.Callees) == 0:
		v.drawAlone(c, s, f)
	case s.dag != nil:
		v.drawLayers(c, s, f)
	default:
		v.drawColumns(c, s, f)
	}
}

// shape is the signal of a node: a vendor and a stranger have none, since nothing tells of them.
func shape(a *topology.Node) kit.Run {
	switch a.Kind {
	case topology.Vendor:
		return kit.T("┅", kit.Meta())
	case topology.Stranger:
		return kit.T("·", kit.Faint())
	}
	return kit.Mark(a.Aspect)
}

// nameStyle lights the name of what is not as it should be.
func nameStyle(a release.Aspect) kit.Style {
	switch a {
	case release.Stop, release.Escalated, release.Caution, release.Dark:
		return kit.Reason(a)
	}
	return kit.Plain()
}

// version is what the environment runs; of what rests on a dark feed it is from then, and on a late one marked.
func (v View) version(a *topology.Node) kit.Run {
	switch {
	case a.Kind == topology.Vendor:
		return kit.T("vendor", kit.Meta())
	case a.Kind == topology.Stranger:
		return kit.T("undeclared", kit.Meta())
	case a.Version == "":
		return kit.T(kit.Unknown, kit.Meta())
	case a.Dark != nil:
		return kit.T("~"+a.Version, kit.Stale())
	case a.Late:
		return kit.T("~"+a.Version, kit.Meta())
	}
	return kit.T(a.Version, kit.Meta())
}

// tokens are the words of a box's second line under the lens, the most needed first.
func (v View) tokens(a *topology.Node, f views.Frame) []kit.Run {
	var out []kit.Run
	switch v.lens {
	case byOwner:
		team := a.Team
		if team == "" {
			team = kit.Unknown
		}
		out = append(out, kit.T(team, kit.Meta()))
	case byVersion:
		out = append(out, v.version(a))
		if !a.VersionAt.IsZero() {
			out = append(out, kit.T(kit.Age(a.VersionAt, f.Now), kit.Meta()))
		}
	default:
		if a.Dark == nil || a.Version != "" || a.Kind != topology.Service {
			out = append(out, v.version(a))
		}
	}
	if v.lens != byOwner && a.Dark != nil && a.Version == "" { // nothing but its darkness is known
		out = []kit.Run{kit.T("DARK", kit.AspectWord(release.Dark)), kit.T(darkFor(a, f), kit.AspectWord(release.Dark))}
	}
	if a.Single != nil {
		out = append(out, kit.T("◉", kit.Reason(release.Caution)))
	}
	if a.Cycle > 0 {
		out = append(out, kit.T("↺", kit.Reason(release.Caution)))
	}
	if a.Dark != nil && (a.Version != "" || v.lens == byOwner) {
		out = append(out, kit.T(darkFor(a, f), kit.AspectWord(release.Dark)))
	}
	if v.lens == byBlast {
		if len(a.Changes) > 0 {
			_, digits, _ := strings.Cut(a.Changes[0].ID, "-")
			m := kit.Mark(a.Changes[0].Aspect)
			out = append(out, kit.T(m.Text+digits, m.Style))
		}
		if a.Kind == topology.Service {
			out = append(out, kit.T(fmt.Sprintf("T%d", a.Tier), kit.Meta()))
		}
	}
	return out
}

// darkFor is since how long the first dark feed of a node is silent, "" where it never spoke.
func darkFor(a *topology.Node, f views.Frame) string {
	if a.Dark.Good.IsZero() {
		return ""
	}
	return kit.Age(a.Dark.Good, f.Now)
}

// fitted are as many tokens as w cells hold, the first cut in its middle where it alone is too long.
func fitted(tokens []kit.Run, w int) []kit.Run {
	var out []kit.Run
	used := 0
	for n, t := range tokens {
		if t.Text = release.Clean(t.Text, 100); n == 0 && kit.Width(t.Text) > w {
			t.Text = kit.TruncateMiddle(t.Text, w)
		}
		need := kit.Width(t.Text)
		if need == 0 {
			continue
		}
		if used > 0 {
			need++
		}
		if used+need > w {
			continue
		}
		if used > 0 {
			out = append(out, kit.T(" ", kit.Plain()))
		}
		out, used = append(out, t), used+need
	}
	return out
}

// drawHeader is the focus, its blast radius, the depth, the lenses, and the size of the whole.
func (v View) drawHeader(c kit.Canvas, s *scene, f views.Frame) {
	a := &v.m.Nodes[s.hood.Focus]
	gap := kit.T("  ", kit.Plain())
	id := kit.T(kit.Truncate(title(a), max(c.W()/3, 12)), kit.Strong())
	depth := "depth " + strconv.Itoa(s.hood.Depth)
	if s.short {
		depth += " of " + strconv.Itoa(v.depth)
	}
	var lenses []kit.Run
	for n, l := range v.lenses() {
		if n > 0 {
			lenses = append(lenses, kit.T(" ", kit.Plain()))
		}
		name := []string{"blast", "owners", "versions"}[l]
		if l == v.lens {
			lenses = append(lenses, kit.T("["+strings.ToUpper(name)+"]", kit.Lever()))
		} else {
			lenses = append(lenses, kit.T(name, kit.Meta()))
		}
	}
	down := len(s.hood.Blast)
	style := kit.Strong()
	if down == 0 {
		style = kit.Meta()
	}
	services, edges, cycles := kit.Thousands(int64(v.m.Services)), kit.Thousands(int64(v.m.Index.Edges())), strconv.Itoa(len(v.m.Cycles))
	if c.W() >= wide {
		word := " cycles"
		if len(v.m.Cycles) == 1 {
			word = " cycle"
		}
		left := append([]kit.Run{kit.T("focus:", kit.Meta()), id, gap, kit.T(depth, kit.Meta()), gap}, lenses...)
		left = append(left, gap, kit.T("blast ", kit.Meta()), kit.T(strconv.Itoa(down), style), kit.T(" of "+services, kit.Meta()))
		right := []kit.Run{kit.T(services+" svc · "+edges+" edges · ", kit.Meta()), kit.T(cycles+word, v.cycleStyle())}
		if len(v.m.Cycles) > 0 {
			right = append(right, kit.T(" ↺", v.cycleStyle()))
		}
		if note := v.edgesDark(f); note != nil {
			right = append(append(note, kit.T("  ", kit.Plain())), right...)
		}
		x := c.WriteRight(c.W()-1, 0, right...)
		c.WriteIn(1, 0, x-3, left...)
		return
	}
	left := []kit.Run{id, kit.T(" ", kit.Plain())}
	if ver := v.version(a); a.Version != "" {
		ver.Text = kit.TruncateMiddle(ver.Text, 12)
		left = append(left, ver, kit.T(" ", kit.Plain()))
	}
	left = append(left, shape(a), gap, kit.T("blast ", kit.Meta()), kit.T(strconv.Itoa(down), style), kit.T("/"+services, kit.Meta()), gap, kit.T(depth, kit.Meta()), gap)
	left = append(left, lenses...)
	right := v.where(a)
	if len(v.m.Cycles) > 0 {
		right = kit.T("↺"+cycles, v.cycleStyle())
	}
	x := c.W() - 1 - kit.Width(right.Text)
	if kit.RunsWidth(left)+3 <= x {
		c.Write(x, 0, right)
	} else {
		x = c.W()
	}
	c.WriteIn(1, 0, x-2, left...)
}

// edgesDark says since when a feed that declares edges is silent: they stand as it declared them last.
func (v View) edgesDark(f views.Frame) []kit.Run {
	for _, s := range v.m.Sources {
		if s.Aspect != feed.Dark {
			continue
		}
		age := ""
		if !s.Good.IsZero() {
			age = " " + kit.Age(s.Good, f.Now)
		}
		return []kit.Run{kit.Mark(release.Dark), kit.T(" "+kit.Truncate(s.Name, 12)+age, kit.AspectWord(release.Dark))}
	}
	return nil
}

func (v View) cycleStyle() kit.Style {
	if len(v.m.Cycles) > 0 {
		return kit.Reason(release.Caution)
	}
	return kit.Meta()
}

// where are the regions of a node.
func (v View) where(a *topology.Node) kit.Run {
	if len(a.Regions) == 0 {
		return kit.T("", kit.Meta())
	}
	text := strings.ToUpper(strings.Join(a.Regions, " "))
	if kit.Width(text) > 14 {
		text = strconv.Itoa(len(a.Regions)) + " regions"
	}
	return kit.T(text, kit.Meta())
}

// drawAlone says that nothing is known of what surrounds the focus, and how far that can be believed.
func (v View) drawAlone(c kit.Canvas, s *scene, f views.Frame) {
	line := []kit.Run{kit.T("·", kit.Faint()), kit.T("  no edges known for "+kit.Truncate(v.focus, 40), kit.Strong()), kit.T(" · sources: ", kit.Meta())}
	for n, src := range v.m.Sources {
		if n > 0 {
			line = append(line, kit.T(", ", kit.Meta()))
		}
		line = append(line, kit.T(src.Name+" ", kit.Plain()), kit.Mark(sourceAspect(src)))
	}
	if len(v.m.Sources) == 0 {
		line = append(line, kit.T("no catalog feed", kit.Plain()))
	}
	c.WriteIn(9, 3, c.W()-10, line...)
	a := &v.m.Nodes[s.hood.Focus]
	if a.From != "" {
		c.WriteIn(12, 5, c.W()-13, kit.T("declared in "+a.From, kit.Meta()))
	}
	c.WriteIn(12, 6, c.W()-13, kit.T("/", kit.Look()), kit.T(" finds another service", kit.Meta()))
	v.drawFacts(c.Sub(0, 8, c.W(), c.H()-8), s, f)
}

// sourceAspect is the signal of a feed by its age.
func sourceAspect(s topology.Source) release.Aspect {
	switch s.Aspect {
	case feed.Dark:
		return release.Dark
	case feed.Late:
		return release.Caution
	}
	return release.Go
}

// drawFound is the list of what the search fits.
func (v View) drawFound(c kit.Canvas, f views.Frame) {
	c.WriteIn(1, 0, c.W()-2, kit.T(fmt.Sprintf("FOUND %d", len(v.found)), kit.Strong()), kit.T(fmt.Sprintf(" of %d  ", len(v.m.Nodes)), kit.Meta()),
		kit.T("/ "+kit.Truncate(v.words, 40), kit.Plain()))
	if len(v.found) == 0 {
		c.WriteIn(9, 3, c.W()-10, kit.T("·", kit.Faint()), kit.T("  No service fits “"+kit.Truncate(v.words, 40)+"”.", kit.Strong()))
		c.Write(12, 5, kit.T("esc", kit.Look()), kit.T(" drops the search", kit.Meta()))
		return
	}
	cols := []kit.Column{{Width: 1}, {Title: "service", Grow: 2, Min: 16}, {Title: "tier", Width: 4}, {Title: "team", Grow: 1, Min: 8}, {Title: "version", Grow: 1, Min: 8},
		{Title: "blast", Width: 5, Right: true}, {Title: "why", Grow: 2, Min: 10}}
	h := c.H() - 2
	top := kit.Scroll(v.top, v.place(), h, len(v.found))
	shown := v.found[top:min(top+max(h, 0), len(v.found))]
	rows := make([][]kit.Cell, len(shown))
	for k, n := range shown {
		a := &v.m.Nodes[n]
		tier, team := kit.NotApplicable, a.Team
		if a.Kind == topology.Service {
			tier = strconv.Itoa(int(a.Tier))
		}
		if team == "" {
			team = kit.Unknown
		}
		rows[k] = []kit.Cell{{shape(a)}, kit.C(a.ID, kit.ID()), kit.C(tier, kit.Meta()), kit.C(team, kit.Meta()), {v.version(a)},
			kit.C(strconv.Itoa(v.m.Index.BlastSize(n)), kit.Plain()), kit.C(a.Why, nameStyle(a.Aspect))}
	}
	l := kit.Fit(1, c.W(), cols, rows)
	c.Head(1, l)
	for k := range shown {
		c.Row(2+k, l, rows[k])
		if v.m.Nodes[shown[k]].ID == v.at {
			c.Cursor(2+k, true)
		}
	}
}

// edgeStyle is that of a line: caution where it is of the blast radius.
func edgeStyle(double bool) kit.Style {
	if double {
		return kit.Style{Fg: themes.Caution}
	}
	return kit.Faint()
}
