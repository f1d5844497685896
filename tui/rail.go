package tui

import (
	"strconv"
	"strings"

	"signalbox/release/simulation"
	"signalbox/themes"
	"signalbox/views"
	"signalbox/views/kit"
)

// around is how many rows stand around a body: the rail of a sandbox is one more.
func (s *shell) around() int {
	if s.drill != nil {
		return frameRows + 1
	}
	return frameRows
}

// theme is the session's, with the accent of the sandbox in one.
func (s *shell) theme() *themes.Theme {
	if s.drill != nil {
		return s.look.theme.Sandboxed()
	}
	return s.look.theme
}

// own is a place to open with the id of its thing as this world writes it. Letters and messages bear no mark.
func (s *shell) own(o views.Open) views.Open {
	switch {
	case o.View == "change", o.View == "rollout", o.View == "calendar" && strings.HasPrefix(o.ID, "FRZ-"), o.View == "conflicts" && strings.HasPrefix(o.ID, "CX-"):
		o.ID = s.marked(o.ID)
	}
	return o
}

// marked is the id of a change, a rollout, a conflict or a freeze as this world writes it.
func (s *shell) marked(id string) string {
	if s.drill != nil && !strings.HasPrefix(id, simulation.Mark) {
		return simulation.Mark + id
	}
	return id
}

// drawRail paints the row that no screen of production has, and returns the body's first row.
func (s *shell) drawRail(c kit.Canvas) int {
	const y = 2
	if s.drill == nil {
		return y
	}
	s.rail(c, y)
	return y + 1
}

// rail paints the row: what this is always, the rest of it as far as whole words have room.
func (s *shell) rail(c kit.Canvas, y int) {
	c.Rail(y)
	shade := themes.Style{Fg: themes.Sandbox}
	how := ""
	if s.drill.Paused {
		how = "paused "
	}
	x := c.Write(0, y, kit.T("░ ", shade), kit.T("SANDBOX ", kit.Sandbox()))
	for _, words := range []string{"nothing here reaches production ", "clock " + s.now.In(s.clock.zone()).Format("15:04") + " " + how + simulation.Factor(s.drill.Speed) + " ",
		"seed " + strconv.FormatUint(s.drill.Seed, 10) + " "} {
		if x+2+kit.Width(words) <= c.W() {
			x = c.Write(x, y, kit.T("░ ", shade), kit.T(words, kit.Plain()))
		}
	}
	c.Repeat(x, y, c.W()-x, "░", shade)
}

// drawTiny paints a screen that is too small for the views; one of a sandbox has the rail and the edge there too.
func (s *shell) drawTiny(c kit.Canvas) {
	if s.drill == nil || c.W() < 12 {
		s.drawSmall(c)
		return
	}
	top := 0
	if c.H() > 2 {
		s.rail(c, 0)
		top = 1
	}
	s.drawSmall(c.Sub(1, top, c.W()-1, c.H()-top))
	c.Edge(top, c.H())
}
