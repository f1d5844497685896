package tui

import (
	"errors"
	"maps"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"signalbox/release"
	"signalbox/release/simulation"
	"signalbox/release/verb"
	"signalbox/views"
	"signalbox/views/kit"
)

// anew is the sheet of a lever by which the sandbox begins anew. It asks for no reason: nothing of production hangs
// on it, but what everybody did here is lost.
type anew struct {
	serial int
	verb   verb.Verb
	sel    views.Selection
	busy   bool
}

func (a *anew) key(s *shell, k tea.KeyPressMsg) tea.Cmd {
	switch k.String() {
	case "enter":
		if a.busy || s.storeDown() != "" || s.acting {
			return nil
		}
		a.busy = true
		return s.run(actOn(a.serial, a.verb, a.sel, nil))
	case "esc", "q", "backspace", "n", "ctrl+c":
		if !a.busy {
			s.sheet = nil
		}
	}
	return nil
}

func (a *anew) paste(*shell, string) bool { return false }
func (a *anew) crumb() string             { return "" }
func (a *anew) armed() bool               { return !a.busy }
func (a *anew) waits() bool               { return a.busy }
func (a *anew) answered(error)            { a.busy = false }
func (a *anew) stays(error) bool          { return false }

// title is what begins, and facts what that does: SCREENS section 5.
func (a *anew) title(s *shell) string {
	if a.verb.Name == "sandbox scenario" {
		return "START " + a.sel.ID
	}
	return "RESET " + s.drill.Scenario
}

func (a *anew) facts(s *shell) [][]kit.Run {
	row := func(label, strong, rest string) []kit.Run {
		return []kit.Run{kit.T(label+strings.Repeat(" ", labels-kit.Width(label)), kit.Meta()), kit.T(strong, kit.Strong()), kit.T(rest, kit.Plain())}
	}
	return [][]kit.Run{
		row("Forgets", "What was done since "+kit.Clock(s.drill.Start, s.clock.zone()), ": decisions, freezes, injects."),
		row("Reaches", "Everybody in this sandbox", ": their screens begin anew too."),
		row("Blocks", "All levers", " for a few seconds. It cannot be undone."),
		row("Tells", "Nobody outside", ": nothing here reaches production."),
		row("Audit", "A log of its own", ", which holds nothing from before."),
	}
}

func (a *anew) draw(s *shell, body kit.Canvas) point {
	facts := a.facts(s)
	in := body.Sheet(kit.Sheet{Title: []kit.Run{kit.T(a.title(s), kit.Strong())}, Rows: len(facts) + 2})
	for y, f := range facts {
		in.WriteIn(0, y, in.W(), f...)
	}
	y := len(facts)
	in.WriteIn(0, y, in.W(), signs(s)...)
	if a.busy {
		in.Write(12, y+1, kit.T("⏎ it begins anew", kit.Meta()))
		return point{-1, -1}
	}
	in.Write(12, y+1, kit.T("⏎", kit.Lever()), kit.T(" "+a.verb.Hint, kit.Strong()), kit.T("        esc", kit.Look()), kit.T(" go on with this run", kit.Meta()))
	return point{-1, -1}
}

func (a *anew) hints(*shell) []kit.Hint {
	if a.busy {
		return []kit.Hint{{Key: "⏎", Label: "it begins anew", Weight: kit.LockedKey}}
	}
	return []kit.Hint{{Key: "⏎", Label: a.verb.Hint, Weight: kit.LeverKey}, {Key: "esc", Label: "go on"}}
}

// beginning reports whether the sandbox begins anew now, or did when it was last read.
func (s *shell) beginning() bool {
	return s.drill != nil && (s.drill.Beginning || s.alarm.Store == simulation.Beginning || errors.Is(s.alarmErr, simulation.ErrAnew))
}

// runs is which run of the sandbox there is, 0 in production.
func (s *shell) runs() int {
	if s.drill == nil {
		return 0
	}
	return s.drill.Run
}

// beginAnew forgets what the screens hold of the world before, where another began: the rows of that one are not
// gone, they never were. Lists stay where they are on the stack, what was one thing of that world is left.
func (s *shell) beginAnew() tea.Cmd {
	run := s.runs()
	if run == s.ofRun || len(s.stack) == 0 {
		return nil
	}
	s.ofRun = run
	s.sheet, s.filter, s.undos, s.names, s.parked, s.last = nil, nil, nil, nil, nil, views.Open{}
	s.alarm.Events, s.alarmed, s.alarmErr, s.ticker = nil, false, nil, ticker{}
	s.small.from = 0
	old := s.stack
	s.stack = nil
	var cmds []tea.Cmd
	open := func(o views.Open) {
		if cmd, ok := s.push(o); ok {
			cmds = append(cmds, cmd)
		}
	}
	for _, f := range old {
		o := f.open
		if o.View == "sandbox" {
			o.ID = f.view.Selection().ID
		} else if o.ID != "" && o.ID != "wall" {
			continue
		}
		open(o)
	}
	if len(s.stack) == 0 {
		open(views.Open{View: home})
	}
	if len(s.stack) == 0 {
		open(views.Open{View: slices.Sorted(maps.Keys(s.views))[0]})
	}
	s.last = views.Open{}
	s.say(note{aspect: release.Planned, text: "the sandbox began anew", try: "what was on the screens before is forgotten"})
	return tea.Batch(append(cmds, s.readAlarm())...)
}
