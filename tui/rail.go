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
	case o.View == "change", o.View == "rollout", o.View == "calendar" && strings.HasPrefix(o.ID, "FRZ-"):
		o.ID = s.marked(o.ID)
	}
	return o
}

// marked is the id of a change, a rollout or a freeze as this world writes it.
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
	c.Rail(y)
	shade := kit.T("░ ", themes.Style{Fg: themes.Sandbox})
	clock := "clock " + s.now.In(s.clock.zone()).Format("15:04") + " " + simulation.Factor(s.drill.Speed)
	if s.drill.Paused {
		clock = "clock " + s.now.In(s.clock.zone()).Format("15:04") + " stands still"
	}
	x := c.Write(0, y, shade, kit.T("SANDBOX ", kit.Sandbox()), shade, kit.T("nothing here reaches production ", kit.Plain()),
		shade, kit.T(clock+" ", kit.Plain()), shade, kit.T("seed "+strconv.FormatUint(s.drill.Seed, 10)+" ", kit.Plain()))
	c.Repeat(x, y, c.W()-x, "░", themes.Style{Fg: themes.Sandbox})
	return y + 1
}
