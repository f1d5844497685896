package tui

import (
	"time"

	tea "charm.land/bubbletea/v2"

	"signalbox/views/kit"
)

// settle is how long the screen waits for the other answers of a reading before it shows those that came, so that
// one change is painted once. A key is answered at once.
const settle = 50 * time.Millisecond

// scope is how much of the screen a message has made old.
type scope int

const (
	nothing scope = iota
	clocks        // the rows around the body
	screen        // the body too
)

type settledMsg struct{}

// spread tells how much a message that was handled has made old. A beat of the clock leaves a body alone that
// writes no seconds: its minutes are right again with the next reading, rereadEvery at most, and at a new minute.
func (s *shell) spread(msg tea.Msg) scope {
	switch msg := msg.(type) {
	case changedMsg, tea.FocusMsg, tea.BlurMsg, settledMsg, probeMsg:
		return nothing
	case tickMsg:
		if s.still.beats || s.sheet != nil || s.filter != nil || !s.still.at.Equal(s.now.Truncate(time.Minute)) {
			return screen
		}
		return clocks
	case toView:
		if msg.msg == nil {
			return nothing
		}
	}
	return screen
}

// aged notes what a message has made old, and whether it is painted now or with the answers that are on their way.
func (s *shell) aged(msg tea.Msg, by scope) tea.Cmd {
	s.dirty = max(s.dirty, by)
	if _, over := msg.(settledMsg); over {
		s.settling, s.held = false, false
		return nil
	}
	if by == nothing {
		return nil
	}
	s.held = false
	switch msg.(type) {
	case alarmMsg, toView:
		if s.awaited == 0 && !s.reading {
			return nil
		}
		s.held = true
		if !s.settling {
			s.settling = true
			return tea.Tick(settle, func(time.Time) tea.Msg { return settledMsg{} })
		}
	}
	return nil
}

// atRest is the part of the last frame that a beat of the clock may leave alone.
type atRest struct {
	lines []string  // of the whole frame, parts of its text; nil where it cannot be painted in part
	at    time.Time // the minute in which it was painted
	beats bool      // it writes seconds
}

// keep remembers where the lines are in the text of a frame.
func (b *atRest) keep(lines []string, text string) {
	if b.lines == nil {
		return
	}
	b.lines = b.lines[:0]
	for _, l := range lines {
		b.lines = append(b.lines, text[:len(l)])
		text = text[min(len(l)+1, len(text)):]
	}
}

// paintClocks draws the rows around the body anew.
func (s *shell) paintClocks() []string {
	head := frameRows - 2
	if s.drill != nil {
		head++
	}
	c := kit.New(s.w, head+2, s.look.tier)
	defer c.Free()
	s.drawTitle(c)
	s.drawAlarm(c)
	s.drawRail(c)
	s.drawFoot(c, head, s.top(), s.context())
	if s.drill != nil {
		c.Edge(head, head+2)
	}
	fresh := c.Paint(s.theme())
	lines := append([]string(nil), s.still.lines...)
	copy(lines, fresh[:head])
	copy(lines[len(lines)-2:], fresh[head:])
	return lines
}
