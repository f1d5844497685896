package tui

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	tea "charm.land/bubbletea/v2"

	"signalbox/release"
	"signalbox/release/change"
	"signalbox/release/conflict"
	"signalbox/release/verb"
	"signalbox/views"
	"signalbox/views/kit"
)

// caseSheet is the sheet of a lever on a conflict: move the change that should yield, waive, escalate, answer. It acts on
// the revision that the eyes saw, and a slot is moved to by the time that was painted, not by its number; where the
// case behind it became another, it disarms.
type caseSheet struct {
	verb  verb.Verb
	sel   views.Selection
	busy  bool
	moved string // what the store said changed, "" for nothing
	pick  int    // move: of the slots; noReason for none, their number for a time of one's own
	when  field  // move: that time; waive: until when
	text  field  // waive: why
	until bool   // waive: the cursor is in when
}

func newCaseSheet(v verb.Verb, sel views.Selection, now time.Time) *caseSheet {
	g := &caseSheet{verb: v, sel: sel}
	switch {
	case v.Name != "move":
	case len(sel.Ways) == 0:
		g.pick = 0 // a time of one's own
	case len(sel.Dark) > 0:
		g.pick = noReason // no slot is certain: nobody takes one unasked
	}
	return g
}

// own reports whether a time is being typed.
func (g *caseSheet) own() bool { return g.verb.Name == "move" && g.pick == len(g.sel.Ways) }

func (g *caseSheet) typing() *field {
	switch {
	case g.own(), g.verb.Name == "waive" && g.until:
		return &g.when
	case g.verb.Name == "waive" && !g.second(time.Time{}):
		return &g.text
	}
	return nil
}

// second reports whether somebody else asked for the waiver already: then it is given, without a reason of one's own.
func (g *caseSheet) second(time.Time) bool {
	w := g.sel.Case.Waiver
	return g.sel.Case.Severity == conflict.Hard && w != nil && w.Second == "" && g.sel.Case.State == conflict.Open
}

// least is how many characters the reason of a waiver has at least.
func (g *caseSheet) least() int {
	if g.sel.Case.Severity == conflict.Hard {
		return conflict.OverrideWords
	}
	return conflict.WaiveWords
}

func (g *caseSheet) words() string { return release.Clean(g.text.String(), change.MaxReason) }

// changed says what became of the case since the sheet opened, "" for nothing.
func (g *caseSheet) changed(s *shell) string {
	now := s.top().view.Selection()
	switch {
	case g.moved != "":
		return g.moved
	case now.Kind != views.ConflictKind || now.ID != g.sel.ID:
		return g.sel.ID + " is not on the screen any more"
	case now.Case.State == conflict.Gone:
		return g.sel.ID + " is settled: " + release.Clean(now.Case.How, 120)
	case now.Revision != g.sel.Revision:
		return fmt.Sprintf("%s is another now · revision %d → %d", g.sel.ID, g.sel.Revision, now.Revision)
	}
	return ""
}

// lock says why ⏎ would not do anything now, "" where it would.
func (g *caseSheet) lock(s *shell) string {
	switch {
	case g.busy:
		return "waiting for the store's answer"
	case g.changed(s) != "":
		return "locked: look at what changed"
	case g.verb.Name == "move" && g.pick == noReason:
		return fmt.Sprintf("choose a slot: 1 to %d, or i", len(g.sel.Ways))
	case g.own() && strings.TrimSpace(g.when.String()) == "":
		return "type a time: +2h, or 2026-11-24T13:30:00Z"
	case g.own() || g.verb.Name == "waive" && strings.TrimSpace(g.when.String()) != "":
		if _, err := verb.ParseTime(strings.TrimSpace(g.when.String()), s.now); err != nil {
			return release.AsError(err).Try
		}
	}
	if n := utf8.RuneCountInString(g.words()); g.verb.Name == "waive" && !g.second(s.now) && n < g.least() {
		return fmt.Sprintf("%d more characters", g.least()-n)
	}
	return ""
}

func (g *caseSheet) key(s *shell, k tea.KeyPressMsg) tea.Cmd {
	key := k.String()
	switch {
	case g.busy:
		return nil
	case key == "esc" || key == "ctrl+c":
		s.sheet = nil
		return nil
	case g.changed(s) != "":
		if key == "." {
			return g.again(s)
		}
		return nil
	case key == "enter":
		return g.fire(s)
	case (key == "tab" || key == "shift+tab") && g.verb.Name == "waive" && !g.second(s.now):
		g.until = !g.until
		return nil
	case (key == "tab" || key == "shift+tab") && g.own() && len(g.sel.Ways) > 0:
		g.pick = 0
		return nil
	}
	if f := g.typing(); f != nil {
		f.key(k)
		return nil
	}
	if key == "q" || key == "backspace" {
		s.sheet = nil
		return nil
	}
	if g.verb.Name == "move" {
		g.choose(key)
	}
	return nil
}

// choose picks a slot, or a time of one's own.
func (g *caseSheet) choose(key string) {
	switch key {
	case "i":
		g.pick = len(g.sel.Ways)
	case "j", "down":
		g.pick = min(g.pick+1, len(g.sel.Ways))
	case "k", "up":
		g.pick = max(0, g.pick-1)
	default:
		if n := int(key[0] - '0'); len(key) == 1 && n >= 1 && n <= len(g.sel.Ways) {
			g.pick = n - 1
		}
	}
}

func (g *caseSheet) paste(_ *shell, text string) bool {
	f := g.typing()
	if f == nil || g.busy {
		return false
	}
	f.insert(text)
	return true
}

// fire asks the world, with the revision that the eyes saw.
func (g *caseSheet) fire(s *shell) tea.Cmd {
	if g.lock(s) != "" || s.storeDown() != "" || s.acting {
		return nil
	}
	flags := map[string][]string{}
	switch g.verb.Name {
	case "move":
		to := strings.TrimSpace(g.when.String())
		if !g.own() {
			to = g.sel.Ways[g.pick].From.UTC().Format(time.RFC3339Nano)
		} else if at, err := verb.ParseTime(to, s.now); err == nil {
			to = at.Format(time.RFC3339Nano)
		}
		flags["to"], flags["message"] = []string{to}, []string{g.because()}
	case "waive":
		if !g.second(s.now) {
			flags["message"] = []string{g.words()}
		}
		if at, err := verb.ParseTime(strings.TrimSpace(g.when.String()), s.now); err == nil {
			flags["until"] = []string{at.Format(time.RFC3339Nano)}
		}
	}
	g.busy = true
	return s.run(actOn(s.top().serial, g.verb, g.sel, flags))
}

// because is the reason of a move: the conflict that it settles.
func (g *caseSheet) because() string { return "conflict " + g.sel.ID + ": " + g.sel.Case.Kind.Name() }

// again arms the sheet on what the case is now.
func (g *caseSheet) again(s *shell) tea.Cmd {
	now := s.top().view.Selection()
	if now.Kind != views.ConflictKind || now.ID != g.sel.ID || now.Case.State == conflict.Gone {
		s.sheet = nil
		return nil
	}
	v := s.meant(g.verb)
	if now.Brief == nil || now.Revision == g.sel.Revision {
		return s.refresh()
	}
	if err := views.May(v, now, s.person, s.now); err != nil {
		s.sheet = nil
		s.refuse(err)
		return nil
	}
	next := newCaseSheet(v, now, s.now)
	next.text, next.when = g.text, g.when
	s.sheet = next
	return nil
}

func (g *caseSheet) waits() bool { return g.busy }
func (g *caseSheet) answered(err error) {
	g.busy = false
	if release.CodeOf(err) == release.Changed {
		g.moved = release.AsError(err).Message
	}
}

func (g *caseSheet) stays(err error) bool {
	switch release.CodeOf(err) {
	case release.Changed, release.Unavailable, release.Internal:
		return true
	}
	return false
}

func (g *caseSheet) crumb() string { return "" }
func (g *caseSheet) armed() bool   { return !g.busy }

func (g *caseSheet) hints(s *shell) []kit.Hint {
	weight := kit.LeverKey
	if g.lock(s) != "" {
		weight = kit.LockedKey
	}
	esc := kit.Hint{Key: "esc", Label: "leave"}
	fire := kit.Hint{Key: "⏎", Label: g.verb.Hint, Weight: weight}
	switch {
	case g.busy:
		return []kit.Hint{{Key: "⏎", Label: g.lock(s), Weight: weight}}
	case g.changed(s) != "":
		return []kit.Hint{{Key: ".", Label: "look again", Weight: kit.LeverKey}, esc}
	case g.own() && len(g.sel.Ways) > 0:
		return []kit.Hint{{Key: "type", Label: "a time"}, fire, {Key: "tab", Label: "slots"}, esc}
	case g.own():
		return []kit.Hint{{Key: "type", Label: "a time"}, fire, esc}
	case g.verb.Name == "move":
		return []kit.Hint{{Key: fmt.Sprintf("1-%d", len(g.sel.Ways)), Label: "slot"}, {Key: "j/k"}, {Key: "i", Label: "type a time"}, fire, esc}
	case g.verb.Name == "waive" && !g.second(s.now):
		return []kit.Hint{{Key: "type", Label: map[bool]string{false: "the reason", true: "until when"}[g.until]}, {Key: "tab", Label: map[bool]string{false: "until", true: "reason"}[g.until]}, fire, esc}
	}
	return []kit.Hint{fire, esc}
}
