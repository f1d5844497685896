package graph

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"signalbox/release"
	"signalbox/release/feed"
	"signalbox/release/rollout"
	"signalbox/release/topology"
	"signalbox/views"
	"signalbox/views/kit"
)

// fact is one row about a node: a label and what there is to say.
type fact struct {
	label string
	runs  []kit.Run
}

// drawFacts paints what is known of the node under the cursor: who is down with it, and how it stands. On a wide
// screen the two stand beside each other.
func (v View) drawFacts(c kit.Canvas, s *scene, f views.Frame) {
	if c.H() < 2 {
		return
	}
	a := v.node(v.cursor)
	if a == nil {
		v.drawTeam(c, s, f)
		return
	}
	n, _ := v.m.Find(a.ID)
	if v.walks.node != n || v.walks.index != v.m.Index {
		v.walks = walked(v.m, n)
	}
	blast := v.walks.blast
	facts := v.facts(a, f)
	head := kit.Heading("BLAST RADIUS", strconv.Itoa(len(blast)), "of "+kit.Thousands(int64(v.m.Services)))
	if c.W() >= wide {
		half := c.W()/2 - 1
		right := c.Sub(half+1, 0, c.W()-half-1, c.H())
		c.Sub(0, 0, half, 1).Rule(0, kit.Rule{Title: head, Note: v.byTier(blast)})
		c.Put(half, 0, "┬", kit.Line())
		right.Rule(0, kit.Rule{Title: v.about(a)})
		rows := max(len(facts), min(len(blast), c.H()-1), 1)
		below := v.below(s, c.W(), c.H()-1-rows)
		if len(below) == 0 {
			rows = c.H() - 1
		}
		c.Divider(half, 1, rows)
		v.drawBlast(c.Sub(0, 1, half, rows), blast)
		drawRows(right.Sub(0, 1, right.W(), rows), facts)
		for k, b := range below {
			b(c, 1+rows+k)
		}
		return
	}
	rows := max(1, min(len(blast), c.H()-2-len(facts), 6))
	rows = max(rows, min(len(blast), c.H()/3-1), 1)
	c.Rule(0, kit.Rule{Title: head, Note: v.byTier(blast)})
	v.drawBlast(c.Sub(0, 1, c.W(), rows), blast)
	c.Rule(1+rows, kit.Rule{Title: v.about(a)})
	drawRows(c.Sub(0, 2+rows, c.W(), c.H()-2-rows), facts)
	for k, b := range v.below(s, c.W(), c.H()-2-rows-len(facts)) {
		b(c, 2+rows+len(facts)+k)
	}
}

// about names whom the facts are about.
func (v View) about(a *topology.Node) []kit.Run {
	out := []kit.Run{kit.T(kit.Truncate(title(a), 40), kit.Strong())}
	if a.ID != v.focus {
		out = append(out, kit.T(" under the cursor", kit.Meta()))
	}
	return out
}

// byTier counts the services of a blast radius by their tier.
func (v View) byTier(blast []step) []kit.Run {
	if len(blast) == 0 {
		return nil
	}
	var words []string
	for t, n := range v.m.Tiers(blast) {
		if n > 0 {
			words = append(words, fmt.Sprintf("tier %d: %d", t, n))
		}
	}
	return []kit.Run{kit.T(strings.Join(words, " · "), kit.Meta())}
}

// drawBlast lists who is down with a node, the most important first: by tier, then by distance.
func (v View) drawBlast(c kit.Canvas, blast []step) {
	if len(blast) == 0 {
		c.PutIn(1, 0, c.W()-2, "no service goes down with it over hard edges", kit.Meta())
		return
	}
	cols := 1
	if c.W() >= 150 {
		cols = 2
	}
	w := (c.W() - 1) / cols
	for k, b := range blast {
		x, y := 1+k/c.H()*w, k%c.H()
		if k/c.H() >= cols {
			break
		}
		if k == cols*c.H()-1 && len(blast) > k+1 {
			c.PutIn(x, y, w-1, fmt.Sprintf("and %d more; service graph lists them all", len(blast)-k), kit.Meta())
			break
		}
		a := &v.m.Nodes[b.Node]
		team, tier := a.Team, fmt.Sprintf("tier %d", a.Tier)
		if team == "" {
			team = kit.Unknown
		}
		if a.Kind != topology.Service {
			tier = "tier " + kit.NotApplicable
		}
		name := max(10, min(w-38, 28))
		c.Write(x, y, shape(a), kit.T(" ", kit.Plain()), kit.T(kit.TruncateMiddle(a.ID, name), nameStyle(a.Aspect)))
		at := c.PutIn(x+3+name, y, 6, tier, kit.Meta())
		c.PutIn(at+2, y, 12, team, kit.Meta())
		away := fmt.Sprintf("%d away", b.Depth)
		c.PutIn(at+16, y, min(10, x+w-1-(at+16)), away, kit.Meta())
	}
}

// facts are how a node stands: its owner, what is open, what fires, what is under way, and what it rests on.
func (v View) facts(a *topology.Node, f views.Frame) []fact {
	var out []fact
	plain := func(label string, words ...string) {
		out = append(out, fact{label, []kit.Run{kit.T(strings.Join(words, "  "), kit.Plain())}})
	}
	if a.Kind == topology.Vendor {
		plain("vendor", a.Title)
		out = append(out, fact{"state", []kit.Run{kit.T(kit.Unknown+" no feed tells of it", kit.Meta())}})
		return append(out, v.structure(a)...)
	}
	if a.Kind == topology.Stranger {
		out = append(out, fact{"state", []kit.Run{kit.T(kit.Unknown+" an edge names it and no catalog declares it", kit.Meta())}})
		return append(out, v.structure(a)...)
	}
	out = append(out, v.changes(a)...)
	out = append(out, v.alerts(a, f)...)
	for _, ro := range a.Rollouts {
		why := ro.Why
		if ro.Lack == rollout.NoChange && why == string(ro.Lack) {
			why = "no change let it in"
		}
		runs := []kit.Run{kit.Signal(ro.Aspect), kit.T(" ", kit.Plain()), kit.T(ro.ID, kit.ID()),
			kit.T(fmt.Sprintf(" %s to %s  %s %s", release.Clean(ro.Version, 40), ro.Environment, strings.ReplaceAll(string(ro.State), "_", " "), kit.Age(ro.StartedAt, f.Now)), kit.Plain())}
		if why != "" {
			runs = append(runs, kit.T("  "+why, kit.Reason(ro.Aspect)))
		}
		out = append(out, fact{"rollout", runs})
	}
	out = append(out, v.feeds(a, f))
	out = append(out, v.structure(a)...)
	owner := a.Team
	if owner == "" {
		owner = kit.Unknown
	}
	if a.Unit != "" {
		owner += ", " + a.Unit
	}
	regions := strings.Join(a.Regions, " ")
	if regions == "" {
		regions = kit.Unknown
	}
	plain("owner", owner, fmt.Sprintf("tier %d", a.Tier), "regions "+regions, fmt.Sprintf("wave %d", a.Level+1))
	return out
}

func (v View) changes(a *topology.Node) []fact {
	if len(a.Changes) == 0 {
		return []fact{{"changes", []kit.Run{kit.T("none is open", kit.Meta())}}}
	}
	var out []fact
	for k, ch := range a.Changes {
		label := ""
		if k == 0 {
			label = "changes"
		}
		out = append(out, fact{label, []kit.Run{kit.Mark(ch.Aspect), kit.T(" ", kit.Plain()), kit.T(ch.ID, kit.ID()),
			kit.T(" "+release.Clean(ch.Version, 40)+" to "+ch.Environment+"  ", kit.Plain()), kit.T(ch.State, kit.Meta())}})
	}
	return out
}

func (v View) alerts(a *topology.Node, f views.Frame) []fact {
	if len(a.Alerts) == 0 {
		return []fact{{"alerts", []kit.Run{kit.T("none fires", kit.Meta())}}}
	}
	var out []fact
	for k, al := range a.Alerts {
		label := ""
		if k == 0 {
			label = "alerts"
		}
		with := al.Aspect()
		out = append(out, fact{label, []kit.Run{kit.Mark(with), kit.T(" ", kit.Plain()), kit.T(release.Clean(al.Name, 60), kit.Reason(with)),
			kit.T(" "+kit.Age(al.StartsAt, f.Now), kit.Plain()), kit.T("  "+release.Clean(al.Summary, 200), kit.Plain())}})
	}
	return out
}

// feeds are what the facts rest on, the dark first.
func (v View) feeds(a *topology.Node, f views.Frame) fact {
	if len(a.Feeds) == 0 {
		return fact{"feeds", []kit.Run{kit.T("none tells of it", kit.Meta())}}
	}
	var dark, rest []kit.Run
	for _, s := range a.Feeds {
		with := sourceAspect(s)
		runs := []kit.Run{kit.Mark(with), kit.T(" "+s.Name, kit.Plain())}
		switch s.Aspect {
		case feed.Dark:
			age := ""
			if !s.Good.IsZero() {
				age = " " + kit.Age(s.Good, f.Now)
			}
			dark = append(append(dark, append(runs, kit.T(" DARK"+age, kit.AspectWord(release.Dark)))...), kit.T("  ", kit.Plain()))
		case feed.Late:
			rest = append(append(rest, append(runs, kit.T(" late", kit.AspectWord(release.Caution)))...), kit.T("  ", kit.Plain()))
		default:
			rest = append(append(rest, runs...), kit.T("  ", kit.Plain()))
		}
	}
	return fact{"feeds", append(dark, rest...)}
}

// structure are the facts of the graph itself: what it is down without, single points of failure, its cycle.
func (v View) structure(a *topology.Node) []fact {
	var out []fact
	var runs []kit.Run
	for _, b := range v.walks.rests[:min(len(v.walks.rests), 60)] { // more than a row holds
		o := &v.m.Nodes[b.Node]
		runs = append(runs, shape(o), kit.T(" "+title(o), nameStyle(o.Aspect)))
		if o.Single != nil {
			runs = append(runs, kit.T(" ◉", kit.Reason(release.Caution)))
		}
		runs = append(runs, kit.T("  ", kit.Plain()))
	}
	if len(runs) == 0 {
		runs = []kit.Run{kit.T("nothing over hard edges", kit.Meta())}
	}
	out = append(out, fact{"rests on", runs})
	if a.Single != nil {
		out = append(out, fact{"single", []kit.Run{kit.T("◉ ", kit.Reason(release.Caution)), kit.T(a.Single.Where()+"; not without it: ", kit.Plain()),
			kit.T(strings.Join(a.Single.Journeys, ", "), kit.Strong())}})
	}
	if a.Cycle > 0 {
		var ids []string
		for _, m := range v.m.Cycles[a.Cycle-1] {
			ids = append(ids, v.m.Nodes[m].ID)
		}
		out = append(out, fact{"cycle", []kit.Run{kit.T("↺ ", kit.Reason(release.Caution)), kit.T(strings.Join(ids, ", "), kit.Strong()), kit.T("  upgrade in lock step", kit.Meta())}})
	}
	return out
}

// drawRows writes facts, as many as fit; what is left out is said in the last row.
func drawRows(c kit.Canvas, facts []fact) {
	for y, r := range facts {
		if y >= c.H() {
			return
		}
		if y == c.H()-1 && len(facts) > c.H() {
			c.PutIn(1, y, c.W()-2, fmt.Sprintf("and %d more facts", len(facts)-y), kit.Meta())
			return
		}
		c.Put(1, y, r.label, kit.Meta())
		c.WriteIn(10, y, c.W()-11, r.runs...)
	}
}

// drawTeam lists the services behind a team's box.
func (v View) drawTeam(c kit.Canvas, s *scene, f views.Frame) {
	k := s.find(v.cursor)
	if k < 0 {
		return
	}
	b := s.boxes[k]
	c.Rule(0, kit.Rule{Title: kit.Heading(strings.ToUpper(release.Clean(b.team, 40)), strconv.Itoa(len(b.members)), "of its services are in this box"),
		Note: []kit.Run{kit.T("/", kit.Look()), kit.T(" finds one", kit.Meta())}})
	for y, n := range b.members {
		if y+1 >= c.H() {
			return
		}
		a := &v.m.Nodes[n]
		x := c.Write(1, y+1, shape(a), kit.T(" ", kit.Plain()), kit.T(a.ID, nameStyle(a.Aspect)), kit.T("  ", kit.Plain()))
		c.WriteIn(x, y+1, c.W()-1-x, v.tokens(a, f)[0], kit.T(fmt.Sprintf("  tier %d  ", a.Tier), kit.Meta()), kit.T(a.Why, nameStyle(a.Aspect)))
	}
}

// below are the rows of what concerns all that is shown: the single points of failure, and the waves in which an
// additive upgrade goes through, providers first. They take at most h rows; a head never stands alone.
func (v View) below(s *scene, w, h int) []func(kit.Canvas, int) {
	var out []func(kit.Canvas, int)
	rule := func(title []kit.Run, note string) {
		out = append(out, func(c kit.Canvas, y int) {
			c.Rule(y, kit.Rule{Title: title, Note: []kit.Run{kit.T(note, kit.Meta())}})
		})
	}
	line := func(runs []kit.Run) {
		out = append(out, func(c kit.Canvas, y int) { c.WriteIn(1, y, c.W()-2, runs...) })
	}
	var single []kit.Run
	waves := map[int32][]kit.Run{}
	var levels []int32
	n := 0
	for _, k := range s.hood.Nodes() {
		a := &v.m.Nodes[k]
		if a.Single != nil {
			n++
			single = append(single, kit.T("◉ ", kit.Reason(release.Caution)), kit.T(title(a), kit.Plain()), kit.T(" "+a.Single.Where()+"   ", kit.Meta()))
		}
		if a.Kind == topology.Service {
			if waves[a.Level] == nil {
				levels = append(levels, a.Level)
			}
			waves[a.Level] = append(waves[a.Level], kit.T("  ", kit.Plain()), shape(a), kit.T(" "+title(a), nameStyle(a.Aspect)))
		}
	}
	if n > 0 {
		note := "no other region would carry on"
		if w < wide {
			note = ""
		}
		rule(kit.Heading("SPOF", strconv.Itoa(n), "shown"), note)
		line(single)
	}
	slices.Sort(levels)
	if len(levels) > 1 && h >= len(out)+2 {
		note := "providers first; a removal goes the other way"
		rule(kit.Heading("WAVES", strconv.Itoa(len(levels)), "of an additive upgrade"), note)
		for _, l := range levels {
			line(append([]kit.Run{kit.T(fmt.Sprintf("W%d", l+1), kit.Strong())}, waves[l]...))
		}
	}
	if h < 2 {
		return nil
	}
	return out[:min(len(out), h)]
}
