package tui

import (
	"fmt"
	"slices"

	tea "charm.land/bubbletea/v2"

	"signalbox/release"
	"signalbox/views/kit"
)

// keptFilters is how many filters of a view are remembered.
const keptFilters = 50

// filter is the prompt in which the words of a view's filter are typed. The view narrows as one types.
type filter struct {
	field      field
	before     string // the words in force when the prompt opened
	at         int    // in the history; its length is the line being typed
	typed      string
	shown, all int
}

// askFilter opens the prompt over the ticker and the hints.
func (s *shell) askFilter() {
	f := s.top()
	v, shown, all := f.view.Filter(f.filter)
	f.view = v
	if all == 0 {
		s.say(note{aspect: release.Planned, text: "there are no rows to filter here"})
		return
	}
	s.filter = &filter{field: newField(f.filter), before: f.filter, at: len(s.words[f.view.Name()]), shown: shown, all: all}
}

func (s *shell) filterKey(k tea.KeyPressMsg) {
	p, f := s.filter, s.top()
	history := s.words[f.view.Name()]
	switch k.String() {
	case "esc", "ctrl+c":
		s.setFilter(p.before)
		s.filter = nil
		return
	case "enter":
		if w := f.filter; w != "" {
			history = slices.DeleteFunc(slices.Clone(history), func(h string) bool { return h == w })
			history = append(history, w)
			s.words[f.view.Name()] = history[max(0, len(history)-keptFilters):]
		}
		s.filter = nil
		return
	case "up", "ctrl+p":
		if p.at == len(history) {
			p.typed = p.field.String()
		}
		p.at = max(0, p.at-1)
		if p.at < len(history) {
			p.field = newField(history[p.at])
		}
	case "down", "ctrl+n":
		if p.at >= len(history) {
			return
		}
		if p.at++; p.at == len(history) {
			p.field = newField(p.typed)
		} else {
			p.field = newField(history[p.at])
		}
	case "backspace":
		if p.field.String() == "" { // leaves the prompt, as in every shell-like prompt
			s.setFilter("")
			s.filter = nil
			return
		}
		p.field.key(k)
	default:
		if !p.field.key(k) {
			return
		}
	}
	s.applyFilter()
}

func (s *shell) applyFilter() { s.setFilter(s.filter.field.String()) }

// setFilter narrows the view on top to words; "" shows all.
func (s *shell) setFilter(words string) {
	f := s.top()
	v, shown, all := f.view.Filter(words)
	f.view, f.filter = v, words
	if s.filter != nil {
		s.filter.shown, s.filter.all = shown, all
	}
}

// drawFilter paints the prompt in place of ticker and hints and returns the cell of the cursor.
func (s *shell) drawFilter(c kit.Canvas) point {
	p, y := s.filter, c.H()-2
	count := kit.T(fmt.Sprintf("%d of %d", p.shown, p.all), kit.Strong())
	if p.shown == 0 {
		count.Style = kit.Reason(release.Caution)
	}
	left := c.WriteRight(c.W()-1, y, count, kit.T("  ⏎", kit.Look()), kit.T(" keep  ", kit.Meta()), kit.T("esc", kit.Look()))
	c.Put(1, y, "/", kit.Strong())
	x := p.field.plain(c, 3, y, left-5)
	c.Hints(3, c.H()-1, c.W()-1, []kit.Hint{{Key: "type", Label: "words that rows must hold"}, {Key: "↑ ↓", Label: "used before"},
		{Key: "⏎", Label: "keep as a chip"}, {Key: "esc", Label: "drop"}})
	return point{x, y}
}
