package sandbox

import (
	"fmt"
	"strconv"
	"time"

	"signalbox/release"
	"signalbox/release/simulation"
	"signalbox/views"
	"signalbox/views/kit"
)

// Draw paints the body.
func (v View) Draw(c kit.Canvas, f views.Frame) {
	if f.Zone == nil {
		f.Zone = time.UTC
	}
	switch {
	case v.state == nil && v.read:
		c.Refusal("There is no sandbox here.", none)
		return
	case v.state == nil:
		c.Put(9, 3, "The sandbox is being read.", kit.Meta())
		return
	}
	s := v.state
	c.Rule(0, kit.Rule{Title: kit.Heading(s.Scenario, "", s.Title),
		Note: []kit.Run{kit.T(fmt.Sprintf("lvl %d · %s · run %d", s.Level, kit.Length(s.Length), s.Run), kit.Meta())}})
	y := 1
	for _, l := range kit.Few(kit.Wrap(s.Brief, max(c.W()-2, 10)), v.brief()) {
		c.Put(1, y, l, kit.Plain())
		y++
	}
	steps, injects, scenarios := v.heights(c.H() - y)
	y = v.drawSteps(c, f, y, steps)
	y = v.drawInjects(c, y, injects)
	v.drawScenarios(c, y, scenarios)
}

// brief is how many rows the story's words may take: all of every brief that is built in.
func (v View) brief() int { return 3 }

// heights shares what is left among the three lists, each with its rule.
func (v View) heights(left int) (steps, injects, scenarios int) {
	left = max(left-3, 0)
	scenarios = min(len(v.state.Scenarios), (left*2+4)/5)
	injects = min(len(v.state.Injects), max((left-scenarios)/2, left-scenarios-len(v.state.Steps)))
	return left - scenarios - injects, injects, scenarios
}

func (v View) drawSteps(c kit.Canvas, f views.Frame, y, h int) int {
	s := v.state
	note := "nothing more comes by itself"
	first := 0
	if n := s.Next(); n != nil {
		note = "next " + until(n.At, f.Now)
		for k := range s.Steps {
			if !s.Steps[k].Done {
				first = k
				break
			}
		}
	} else {
		first = len(s.Steps)
	}
	c.Rule(y, kit.Rule{Title: kit.Heading("TIMELINE", strconv.Itoa(len(s.Steps)), ""), Note: []kit.Run{kit.T(note, kit.Meta())}})
	y++
	top := kit.Scroll(0, min(first, max(len(s.Steps)-1, 0)), h, len(s.Steps))
	for k := range h {
		if top+k >= len(s.Steps) {
			break
		}
		v.drawStep(c, f, y+k, &s.Steps[top+k])
	}
	return y + h
}

func (v View) drawStep(c kit.Canvas, f views.Frame, y int, x *simulation.Step) {
	mark, style := kit.Mark(release.Planned), kit.Plain()
	switch {
	case x.Failed != "":
		mark = kit.Mark(release.Stop)
	case x.Done:
		mark, style = kit.T("·", kit.Meta()), kit.Meta()
	}
	at := c.Write(1, y, mark, kit.T(" "+kit.Seconds(x.At, f.Zone)+"  ", kit.Meta()))
	right := c.W() - 1
	if x.By != "" {
		right = c.PutRight(right, y, x.By, kit.Meta()) - 2
	}
	text := x.Text
	if x.Failed != "" {
		text += ": " + x.Failed
	}
	c.PutIn(at, y, right-at, text, style)
}

func (v View) drawInjects(c kit.Canvas, y, h int) int {
	list := v.state.Injects
	c.Rule(y, kit.Rule{Title: kit.Heading("INJECTS", strconv.Itoa(len(list)), ""), Note: []kit.Run{kit.T("trainer", kit.Meta())}, Focus: v.cursor.kind == views.InjectKind})
	y++
	var rows [][]kit.Cell
	at := 0
	for k, i := range list {
		if v.cursor == (key{views.InjectKind, i.Name}) {
			at = k
		}
		rows = append(rows, []kit.Cell{kit.C(i.Name, kit.Name()), kit.C(i.Target, kit.Meta()), kit.C(i.Short, kit.Plain())})
	}
	v.drawList(c, y, h, at, v.cursor.kind == views.InjectKind, rows, []kit.Column{{Hug: true}, {Hug: true, Drop: 1}, {Grow: 1}})
	return y + h
}

func (v View) drawScenarios(c kit.Canvas, y, h int) {
	list := v.state.Scenarios
	c.Rule(y, kit.Rule{Title: kit.Heading("SCENARIOS", strconv.Itoa(len(list)), ""), Focus: v.cursor.kind == views.ScenarioKind})
	y++
	var rows [][]kit.Cell
	at := 0
	for k, s := range list {
		if v.cursor == (key{views.ScenarioKind, s.Name}) {
			at = k
		}
		mark := kit.Cell{kit.Mark(release.Planned)}
		word := ""
		if s.Running {
			mark, word = kit.C("▸", kit.Sandbox()), "running"
		}
		rows = append(rows, []kit.Cell{mark, kit.C(s.Name, kit.Name()), kit.C("lvl "+strconv.Itoa(s.Level), kit.Meta()), kit.C(kit.Length(s.Length), kit.Meta()),
			kit.C(s.Title, kit.Plain()), kit.C(word, kit.Meta())})
	}
	v.drawList(c, y, h, at, v.cursor.kind == views.ScenarioKind, rows,
		[]kit.Column{{Width: 1}, {Hug: true, Gap: 1}, {Hug: true, Drop: 2}, {Hug: true, Right: true, Drop: 1}, {Grow: 1}, {Hug: true}})
}

// drawList draws the part of a list that holds row at.
func (v View) drawList(c kit.Canvas, y, h, at int, focus bool, rows [][]kit.Cell, cols []kit.Column) {
	l := kit.Fit(1, c.W()-1, cols, rows)
	top := kit.Scroll(0, at, h, len(rows))
	for k := range h {
		if top+k >= len(rows) {
			return
		}
		c.Row(y+k, l, rows[top+k])
		if focus && top+k == at {
			c.Cursor(y+k, true)
		}
	}
}
