package tui

import (
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"

	"signalbox/release"
	"signalbox/release/change"
	"signalbox/release/verb"
	"signalbox/views"
	"signalbox/views/kit"
)

// giveup is the sheet of a lever that needs a reason and acts on something other than a change: dropping a
// dead letter or a message. What it acts on must still be what is selected behind it.
type giveup struct {
	reasons
	verb verb.Verb
	sel  views.Selection
	busy bool
}

func newGiveup(v verb.Verb, sel views.Selection) *giveup {
	g := &giveup{verb: v, sel: sel, reasons: reasons{asks: "Reason", least: change.MinReason}}
	if v.Danger == verb.Light {
		g.presets = views.Reasons(v, sel)
	}
	if len(g.presets) > 0 {
		g.pick = noReason // which of them is true, nobody but the person knows
	}
	return g
}

// lock says why ⏎ would not do anything now, "" where it would.
func (g *giveup) lock(s *shell) string {
	switch {
	case g.busy:
		return "waiting for the store's answer"
	case s.top().view.Selection().ID != g.sel.ID:
		return "locked: " + g.sel.ID + " is not kept any more"
	}
	if g.pick == noReason {
		return fmt.Sprintf("choose a reason: 1 to %d, or i", len(g.presets))
	}
	return g.short()
}

func (g *giveup) key(s *shell, k tea.KeyPressMsg) tea.Cmd {
	switch key := k.String(); {
	case g.busy:
	case key == "esc" || key == "ctrl+c":
		s.sheet = nil
	case key == "enter":
		return g.fire(s)
	default:
		if g.choose(k) {
			s.sheet = nil
		}
	}
	return nil
}

func (g *giveup) fire(s *shell) tea.Cmd {
	if g.lock(s) != "" || s.storeDown() != "" || s.acting {
		return nil
	}
	flags := map[string][]string{"message": {g.words()}}
	if !g.own() {
		flags = map[string][]string{"code": {g.presets[g.pick].Code}}
	}
	g.busy = true
	return s.run(actOn(s.top().serial, g.verb, g.sel, flags))
}

func (g *giveup) paste(_ *shell, text string) bool {
	if !g.own() || g.busy {
		return false
	}
	g.text.insert(text)
	return true
}

func (g *giveup) waits() bool    { return g.busy }
func (g *giveup) answered(error) { g.busy = false }
func (g *giveup) stays(err error) bool {
	c := release.CodeOf(err)
	return c == release.Unavailable || c == release.Internal
}

func (g *giveup) crumb() string { return "" }
func (g *giveup) armed() bool   { return !g.busy }

func (g *giveup) hints(s *shell) []kit.Hint {
	weight := kit.LeverKey
	if g.lock(s) != "" {
		weight = kit.LockedKey
	}
	if g.busy {
		return []kit.Hint{{Key: "⏎", Label: g.lock(s), Weight: weight}}
	}
	return g.reasonHints(kit.Hint{Key: "⏎", Label: g.word(), Weight: weight})
}

// word is the verb's own last word: "drop" of "feeds drop".
func (g *giveup) word() string { return g.verb.Name[strings.LastIndexByte(g.verb.Name, ' ')+1:] }

func (g *giveup) draw(s *shell, body kit.Canvas) point {
	facts := g.facts()
	rows := len(facts) + len(g.presets) + 3
	if over := rows - (body.H() - 2); over > 0 {
		facts = facts[:max(0, len(facts)-over)]
		rows = len(facts) + len(g.presets) + 3
	}
	frame := kit.Sheet{Rows: rows, Title: []kit.Run{kit.T(strings.ToUpper(g.word())+" ", kit.Strong()), kit.T(g.sel.ID, kit.Strong()), kit.T(" "+g.name(), kit.Plain())}}
	in := body.Sheet(frame)
	for y, f := range facts {
		in.WriteIn(0, y, in.W(), f...)
	}
	y := len(facts)
	at := g.drawReasons(in, y, !g.busy)
	y += len(g.presets) + 1
	in.WriteIn(0, y, in.W(), signs(s)...)
	if why := g.lock(s); why != "" {
		in.WriteIn(12, y+1, in.W()-36, kit.T("⏎ ", kit.Meta()), kit.T(why, kit.Meta()))
	} else {
		what := g.word()
		if !g.own() {
			what += fmt.Sprintf(" (%d)", g.pick+1)
		}
		in.Write(12, y+1, kit.T("⏎", kit.Lever()), kit.T(" "+what, kit.Strong()))
	}
	if !g.busy {
		stay := " leave it kept"
		if g.sel.Freeze != nil {
			stay = " leave it in force"
		}
		in.Write(52, y+1, kit.T("esc", kit.Look()), kit.T(stay, kit.Meta()))
	}
	if at.x >= 0 {
		o := origin(body, frame)
		at.x, at.y = at.x+o.x, at.y+o.y
	}
	return at
}

// name is what is given up, in a few words.
func (g *giveup) name() string {
	if z := g.sel.Freeze; z != nil {
		return release.Clean(string(z.Kind)+" freeze of "+string(z.Scope), 60)
	}
	if m := g.sel.Message; m != nil {
		return release.Clean(m.Event+" "+m.Subject+" to "+m.Target, 60)
	}
	if l := g.sel.Letter; l != nil {
		return release.Clean(l.Event+" of "+l.Feed, 60)
	}
	return ""
}

// facts say what happens, and what is lost by it.
func (g *giveup) facts() [][]kit.Run {
	switch {
	case g.sel.Freeze != nil:
		z := g.sel.Freeze
		out := [][]kit.Run{{kit.T("It ends at once", kit.Strong()), kit.T("; what it bars may go in from now on.", kit.Plain())},
			{kit.T("It cannot be taken back", kit.Strong()), kit.T(": a new freeze would have to be declared.", kit.Plain())}}
		return append(out, because("Because", z.Reason)...)
	case g.sel.Message != nil:
		m := g.sel.Message
		out := [][]kit.Run{{kit.T("It is never sent", kit.Strong()), kit.T("; "+m.Target+" does not learn of it from signalbox.", kit.Plain())}}
		if m.State == "unknown" {
			out = [][]kit.Run{{kit.T("It is not sent again", kit.Strong()), kit.T("; whether "+m.Target+" has it stays unknown.", kit.Plain())}}
		}
		return append(out, because("Because", m.LastError)...)
	case g.sel.Letter != nil:
		l := g.sel.Letter
		out := [][]kit.Run{{kit.T("It is not tried again", kit.Strong()), kit.T("; nothing changes by it. It stays on record.", kit.Plain())}}
		return append(out, because("Because", l.Reason)...)
	}
	return nil
}

// because is a labelled sentence on at most two lines.
func because(label, text string) [][]kit.Run {
	if text == "" {
		return nil
	}
	var out [][]kit.Run
	for n, l := range kit.Few(kit.Wrap(text, kit.SheetWidth-4-labels), 2) {
		if n > 0 {
			label = ""
		}
		out = append(out, []kit.Run{kit.T(fmt.Sprintf("%-*s", labels, label), kit.Meta()), kit.T(l, kit.Plain())})
	}
	return out
}
