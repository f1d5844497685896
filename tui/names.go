package tui

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"

	"signalbox/release/names"
)

// namesFor is how long names that were read serve the palette and the menu.
const namesFor = 5 * time.Second

// namesMsg is what can be called by its name.
type namesMsg struct {
	names *names.Names
	err   error
}

// readNames reads what can be called by its name, unless that was done a moment ago.
func (s *shell) readNames() tea.Cmd {
	if s.naming || s.names != nil && s.now.Sub(s.names.AsOf) < namesFor {
		return nil
	}
	s.naming = true
	w := s.world
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(context.Background(), lookTimeout)
		defer cancel()
		n, err := w.Names(ctx)
		return namesMsg{n, err}
	}
}

// tookNames gives the names to what is open. Where they could not be read, those read last stay.
func (s *shell) tookNames(m namesMsg) {
	s.naming = false
	if m.err != nil {
		return
	}
	s.names = m.names
	if p, ok := s.sheet.(*palette); ok {
		p.renew(s)
	}
}
