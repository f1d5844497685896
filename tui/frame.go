package tui

import (
	"fmt"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"signalbox/views"
	"signalbox/views/kit"
)

// tiny reports whether the terminal is too small for the views.
func (s *shell) tiny() bool { return s.w < minWidth || s.h < minHeight }

// View paints the screen, or returns the one painted last where nothing has happened since or more is on its way.
func (s *shell) View() tea.View {
	if s.painted.Content != "" && (s.dirty == nothing || s.held) {
		return s.painted
	}
	dirty := s.dirty
	s.dirty, s.held = nothing, false
	v := tea.View{AltScreen: true, ReportFocus: true, WindowTitle: s.windowTitle(), MouseMode: s.mouseMode()}
	if s.w > 0 && s.h > 0 {
		var lines []string
		if dirty == clocks && len(s.still.lines) == s.h {
			lines = s.paintClocks()
		} else {
			lines, v.Cursor = s.paint()
		}
		v.Content = strings.Join(lines, "\n")
		s.still.keep(lines, v.Content)
	}
	s.painted = v
	return v
}

// paint draws every row: lines of exactly the session's width.
func (s *shell) paint() ([]string, *tea.Cursor) {
	c := kit.New(s.w, s.h, s.look.tier)
	defer c.Free()
	s.still = atRest{}
	if s.tiny() {
		s.drawTiny(c)
		return c.Paint(s.theme()), nil
	}
	s.drawTitle(c)
	s.drawAlarm(c)
	f := s.top()
	ctx := s.context()
	top := s.drawRail(c)
	body := c.Sub(0, top, s.w, s.h-s.around())
	f.view.Draw(body, ctx)
	s.saw(f)
	at := point{-1, -1}
	switch {
	case s.sheet != nil:
		body.Dim(f.view.Lit())
		at = s.sheet.draw(s, body)
		at.y += top
		s.drawTicker(c, s.h-2)
		c.Hints(1, s.h-1, s.w-1, s.sheet.hints(s))
	case s.filter != nil:
		at = s.drawFilter(c)
	default:
		s.drawFoot(c, s.h-2, f, ctx)
	}
	if s.drill != nil {
		c.Edge(top, s.h)
	}
	var cursor *tea.Cursor
	if at.x >= 0 {
		cursor = tea.NewCursor(at.x, at.y)
		cursor.Color = s.look.theme.Color(cursorToken)
	}
	s.still = atRest{lines: []string{}, at: s.now.Truncate(time.Minute), beats: c.Beats()}
	return c.Paint(s.theme()), cursor
}

// drawFoot paints the ticker on row y and the hints below it.
func (s *shell) drawFoot(c kit.Canvas, y int, f *frame, ctx views.Frame) {
	if advice := s.drawTicker(c, y); advice != "" {
		c.WriteIn(3, y+1, s.w-4, kit.T(advice, kit.Plain()))
		return
	}
	right := s.w - 1
	if s.w >= wide {
		_, week := s.now.In(s.clock.zone()).ISOWeek()
		right = c.PutRight(right, y+1, fmt.Sprintf("wk%02d", week), kit.Meta()) - 2
	}
	c.Hints(1, y+1, right, s.hints(f, ctx))
}

// saw notes what this frame offers to act on: levers act on nothing that has not been painted.
func (s *shell) saw(f *frame) {
	sel := f.view.Selection()
	f.seen = seen{sel.ID, sel.Revision}
	f.ready = f.ready || sel.Kind != ""
}

// hints are the keys of the selected row, and the shell's own after them.
func (s *shell) hints(f *frame, ctx views.Frame) []kit.Hint {
	out := append([]kit.Hint(nil), f.view.Hints(ctx)...)
	if s.disarmed || s.storeDown() != "" {
		for i := range out {
			_, bound := ctx.Verbs.ForKey(f.view.Name(), out[i].Key)
			if bound || out[i].Weight == kit.LeverKey && out[i].Key != "⏎" {
				out[i].Weight = kit.LockedKey
			}
		}
	}
	has := func(key string) bool {
		for _, h := range out {
			if h.Key == key {
				return true
			}
		}
		return false
	}
	add := func(key, label string) {
		if !has(key) {
			out = append(out, kit.Hint{Key: key, Label: label})
		}
	}
	add("/", "filter")
	if s.w >= wide {
		add(":", "palette")
		if f.view.Selection().Kind != "" {
			add("y", "link")
		}
	}
	if len(s.stack) > 1 || f.filter != "" {
		add("esc", "back")
	} else if s.w >= wide {
		add("q", "leave")
	}
	out = dropKey(out, "?")
	return append(out, kit.Hint{Key: "?"})
}

func dropKey(hints []kit.Hint, key string) []kit.Hint {
	out := hints[:0]
	for _, h := range hints {
		if h.Key != key {
			out = append(out, h)
		}
	}
	return out
}
