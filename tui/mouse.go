package tui

import (
	tea "charm.land/bubbletea/v2"

	"signalbox/views"
)

// mouseMode asks the terminal for clicks and the wheel. With shift held it keeps them to itself, to select text.
func (s *shell) mouseMode() tea.MouseMode {
	if s.prefs.noMouse {
		return tea.MouseModeNone
	}
	return tea.MouseModeCellMotion
}

// touched notes that somebody is there. Unlike a key it does not arm levers again.
func (s *shell) touched() {
	if s.idle() {
		s.disarm()
	}
	if !s.disarmed {
		s.pressed = s.now
	}
}

// wheel scrolls what is on top, a row a step, as the arrow keys do. In a sheet that acts it does nothing.
func (s *shell) wheel(m tea.Mouse) tea.Cmd {
	s.touched()
	k := tea.KeyPressMsg{Code: tea.KeyDown}
	switch m.Button {
	case tea.MouseWheelDown:
	case tea.MouseWheelUp:
		k.Code = tea.KeyUp
	default:
		return nil
	}
	switch {
	case s.prefs.noMouse:
		return nil
	case s.tiny():
		return s.smallKey(k.String())
	case s.sheet != nil:
		if scrolls, ok := s.sheet.(interface{ wheel(down bool) }); ok {
			scrolls.wheel(k.Code == tea.KeyDown)
		}
		return nil
	}
	s.top().chosen = true
	return s.send(s.top(), k)
}

// click selects what stands in the body under the mouse. No lever has a place to click on: neither in the hints,
// nor at the edge of a row, nor in a sheet.
func (s *shell) click(m tea.Mouse) tea.Cmd {
	s.touched()
	top := s.around() - 2 // the rows above the body: there are two below it
	if y := m.Y - top; m.Button == tea.MouseLeft && !s.prefs.noMouse && !s.tiny() && s.sheet == nil && s.filter == nil && y >= 0 && y < s.h-s.around() {
		s.top().chosen = true
		return s.send(s.top(), views.Click{X: m.X, Y: y})
	}
	return nil
}
