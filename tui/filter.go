package tui

import (
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"signalbox/release"
	"signalbox/views"
	filterlang "signalbox/views/filter"
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
	language   *filterlang.Language // of the view's rows; nil where it has none
	offered    []string             // what tab found to finish the word with, where there was a choice
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
	if l, ok := f.view.(views.Filtering); ok {
		language := l.Language()
		s.filter.language = &language
	}
}

func (s *shell) filterKey(k tea.KeyPressMsg) {
	p, f := s.filter, s.top()
	history := s.words[f.view.Name()]
	p.offered = nil
	switch k.String() {
	case "tab":
		p.complete()
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

// complete finishes the word before the cursor as far as there is no choice, and offers what there is.
func (p *filter) complete() {
	text := []rune(p.field.String())
	if p.language == nil || p.field.model().Position() < len(text) {
		return
	}
	done, of := p.language.Complete(string(text))
	p.field = newField(done)
	if len(of) > 1 {
		p.offered = of
	}
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
	c.Write(3, c.H()-1, p.below(c.W()-4)...)
	return point{x, y}
}

// below is the row under the prompt: what is wrong with what was typed, what it could go on with, or what rows can
// be asked for.
func (p *filter) below(w int) []kit.Run {
	if p.language == nil {
		return kit.TruncateRuns([]kit.Run{kit.T("type", kit.Look()), kit.T(" words that rows must hold  ", kit.Meta()), kit.T("↑ ↓", kit.Look()),
			kit.T(" used before  ", kit.Meta()), kit.T("⏎", kit.Look()), kit.T(" keep as a chip  ", kit.Meta()), kit.T("esc", kit.Look()), kit.T(" drop", kit.Meta())}, w)
	}
	if faults := p.language.Parse(p.field.String()).Faults; len(faults) > 0 {
		f := faults[0]
		if f.Unfinished {
			return kit.TruncateRuns([]kit.Run{kit.T(f.Text, kit.Meta())}, w)
		}
		return kit.TruncateRuns([]kit.Run{kit.Mark(release.Caution), kit.T(fmt.Sprintf(" at %d: ", f.At+1), kit.Meta()), kit.T(f.Text, kit.Plain())}, w)
	}
	if len(p.offered) > 0 {
		return kit.TruncateRuns([]kit.Run{kit.T(strings.Join(p.offered, " "), kit.Plain())}, w)
	}
	const rest = " · > < : - ~ · "
	names := kit.Truncate(strings.Join(p.language.Names(), " "), w-kit.Width(rest)-8)
	return []kit.Run{kit.T(names, kit.Meta()), kit.T(rest, kit.Meta()), kit.T("tab", kit.Look()), kit.T("  ↑", kit.Look())}
}
