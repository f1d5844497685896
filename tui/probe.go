package tui

import (
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"signalbox/themes"
)

// How wide a terminal draws the shapes is asked once, at the beginning: one is written at the beginning of the last
// row and the cursor's place asked for. Where it has moved by two, or where no answer comes and the locale is one
// whose fonts do that, the narrow glyphs are used. The terminal's own cursor is put back, and the row is painted
// over.
const (
	probed     = "●"
	probeAfter = 100 * time.Millisecond // behind the first frame, so that it is written on the screen's own page
	probeFor   = 200 * time.Millisecond
)

// probe is where the question about the width stands.
type probe struct {
	asked bool
	row   int // from 1
}

// probeMsg says that it is time to ask the terminal, and then that it has had its time to answer.
type probeMsg struct{}

func probeIn(d time.Duration) tea.Cmd {
	return tea.Tick(d, func(time.Time) tea.Msg { return probeMsg{} })
}

// ask asks the terminal, or paints over the shape where it did not answer.
func (s *shell) ask() tea.Cmd {
	switch {
	case !s.probing:
		return nil
	case s.probe.asked:
		return tea.ClearScreen
	case s.tiny():
		s.probing = false
		return nil
	}
	s.probe = probe{asked: true, row: s.h} // never row 1: there the answer is also that of a function key
	return tea.Batch(probeIn(probeFor),
		tea.Raw(ansi.SaveCursor+ansi.CursorPosition(1, s.probe.row)+probed+ansi.RequestCursorPositionReport+ansi.RestoreCursor))
}

// answered takes the cursor's place after the shape. Without an answer in time the tier that the locale asked for
// stays; one that comes later still counts.
func (s *shell) answered(m tea.CursorPositionMsg) tea.Cmd {
	if !s.probe.asked || !s.probing || m.Y != s.probe.row-1 {
		return nil
	}
	s.probing = false
	tier := themes.Rich
	if m.X >= 2 {
		tier = themes.Narrow
	}
	s.look.tier, s.look.fixed = tier, true
	return tea.ClearScreen // the shape was written past the painter
}
