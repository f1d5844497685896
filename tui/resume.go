package tui

import (
	"slices"
	"strings"
	"sync"
	"time"

	tea "charm.land/bubbletea/v2"

	"signalbox/release"
	"signalbox/release/access"
	"signalbox/views"
)

// KeptFor is how long the screens of a session that broke off are kept for its person.
const KeptFor = 30 * time.Minute

// Kept is where somebody was: the views on the stack, the last one on top.
type Kept []Spot

// Spot is one view with what was selected in it and the words of its filter.
type Spot struct {
	Open   views.Open
	Focus  views.Focus
	Filter string
	Crumbs string // "Queue ▸ CHG-4"
}

// Memory keeps where people were when their sessions ended without their leaving, in this process. Its methods may
// be called from many goroutines; the zero value is empty.
type Memory struct {
	mu   sync.Mutex
	left map[access.PersonID]leftAt
}

type leftAt struct {
	kept Kept
	at   time.Time
}

// Stay is one session of a person, from its beginning to its end.
type Stay struct {
	memory *Memory
	person access.PersonID
	mu     sync.Mutex
	kept   Kept
	over   bool // its person has left, or it has ended
}

// Begin notes a session that begins, and returns where its person was when the last one broke off: nil where it did
// not, or too long ago. What is returned is forgotten.
func (m *Memory) Begin(p access.PersonID, at time.Time) (*Stay, Kept) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var kept Kept
	if l, ok := m.left[p]; ok && at.Sub(l.at) < KeptFor {
		kept = l.kept
	}
	delete(m.left, p)
	for id, l := range m.left {
		if at.Sub(l.at) >= KeptFor {
			delete(m.left, id)
		}
	}
	return &Stay{memory: m, person: p}, kept
}

// is notes where the person is now.
func (s *Stay) is(k Kept) {
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.kept = k
}

// left notes that the person has left: there is nothing to come back to.
func (s *Stay) left() {
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.over = true
}

// End notes that the session has ended. Where its person did not leave, what was on the screen is kept.
func (s *Stay) End(at time.Time) {
	if s == nil {
		return
	}
	s.mu.Lock()
	kept, over := s.kept, s.over
	s.over = true
	s.mu.Unlock()
	if over || len(kept) == 0 {
		return
	}
	s.memory.mu.Lock()
	defer s.memory.mu.Unlock()
	if s.memory.left == nil {
		s.memory.left = map[access.PersonID]leftAt{}
	}
	s.memory.left[s.person] = leftAt{kept, at}
}

// where is where the session is now. Filters of views that are covered stay with them.
func (s *shell) where() Kept {
	out := make(Kept, len(s.stack))
	for k, f := range s.stack {
		out[k] = Spot{Open: f.open, Focus: views.FocusOf(f.view.Selection()), Filter: f.filter, Crumbs: strings.Join(f.view.Crumbs(), " ▸ ")}
	}
	return out
}

// remember tells the memory where the session is, where that has changed.
func (s *shell) remember() {
	if s.stay == nil {
		return
	}
	if now := s.where(); !slices.Equal(now, s.told) {
		s.told = now
		s.stay.is(now)
	}
}

// offer says where its person was before, if that is elsewhere than here: ⏎ as the first key goes there.
func (s *shell) offer(k Kept) {
	if len(k) == 0 || len(k) == len(s.stack) && k[len(k)-1].Open == s.top().open && k[len(k)-1].Filter == "" {
		return
	}
	for _, p := range k {
		if _, ok := s.views[p.Open.View]; !ok {
			return
		}
	}
	s.before = k
	last := k[len(k)-1]
	crumbs := last.Crumbs
	if last.Filter != "" {
		crumbs += " / " + last.Filter
	}
	s.say(note{aspect: release.Planned, text: "⏎ back to " + release.Clean(crumbs, 60), try: "where you were when the connection broke", sticky: true})
}

// resume goes back to where the person was before.
func (s *shell) resume(k Kept) tea.Cmd {
	s.stack = nil
	var cmds []tea.Cmd
	for _, p := range k {
		cmd, ok := s.push(p.Open)
		if !ok {
			continue
		}
		s.top().chosen = true
		cmds = append(cmds, cmd, s.send(s.top(), p.Focus))
		if p.Filter != "" {
			s.setFilter(p.Filter)
		}
	}
	s.last, s.parked, s.ticker.note = views.Open{}, nil, nil
	return tea.Batch(cmds...)
}
