package tui

import (
	"fmt"
	"slices"

	tea "charm.land/bubbletea/v2"

	"signalbox/release"
	"signalbox/release/change"
	"signalbox/release/gate"
	"signalbox/release/verb"
	"signalbox/views/kit"
)

// decision is the sheet of a lever that needs a reason: approve, reject, question. It holds the items as the
// eyes saw them; when one changes, it disarms.
type decision struct {
	reasons // presets are those that hold for every item
	verb    verb.Verb
	items   []change.Item
	gates   map[string]gate.Answer // what the gate says of them now, by id, as far as it was read
	busy    bool
	moved   string        // what changed while the sheet was open, "" for nothing
	fresh   []change.Item // the items as they are now, where they moved
	// barred are the items that may not be decided on any more although nobody wrote to them: a grant that
	// ended, evidence that went dark. By id, with the sentence.
	barred map[string]string
}

func newDecision(v verb.Verb, items []change.Item) *decision {
	d := &decision{verb: v, items: items, gates: map[string]gate.Answer{}, barred: map[string]string{}, reasons: reasons{asks: "Reason", least: change.MinReason}}
	if v.Name == "question" {
		d.asks, d.least = "Question", change.MinQuestion
	}
	d.offer()
	return d
}

// offer finds the presets whose claim holds for every item.
func (d *decision) offer() {
	d.presets = nil
	takes := slices.ContainsFunc(d.verb.Flags, func(f verb.Flag) bool { return f.Name == "reason" })
	if takes && !d.full() {
		d.presets = d.items[0].Presets()
		for _, i := range d.items[1:] {
			d.presets = slices.DeleteFunc(d.presets, func(p change.Preset) bool { return !slices.Contains(i.Presets(), p) })
		}
	}
	d.pick = min(d.pick, len(d.presets))
}

// full reports whether own words are needed.
func (d *decision) full() bool {
	v := change.Verdict(d.verb.Name)
	return slices.ContainsFunc(d.items, func(i change.Item) bool { return i.NeedsWords(v) })
}

// lock says why ⏎ would not do anything now, "" where it would.
func (d *decision) lock() string {
	switch {
	case d.busy:
		return "waiting for the store's answer"
	case d.moved != "":
		return "locked: look at what changed"
	case len(d.barred) > 0:
		return "locked"
	case d.verb.Name == "question":
		if change.CheckQuestion(d.words()) != nil {
			return "type the question"
		}
		return ""
	case d.short() != "":
		return d.short()
	}
	r := change.Reason{Text: d.words()}
	if !d.own() {
		r = change.Reason{Code: d.presets[d.pick].Code}
	}
	if err := change.CheckReason(r, d.full(), d.presets); err != nil {
		return release.AsError(err).Message
	}
	return ""
}

func (d *decision) key(s *shell, k tea.KeyPressMsg) tea.Cmd {
	key := k.String()
	switch {
	case d.busy:
		return nil
	case key == "esc" || key == "ctrl+c":
		s.sheet = nil
		return nil
	case d.moved != "":
		if key == "." {
			return d.again(s)
		}
		return nil
	case key == "enter":
		return d.fire(s)
	}
	if d.choose(k) {
		s.sheet = nil
	}
	return nil
}

func (d *decision) paste(_ *shell, text string) bool {
	if !d.own() || d.busy || d.moved != "" {
		return false
	}
	d.text.insert(text)
	return true
}

// fire asks the world, with the revisions that the eyes saw.
func (d *decision) fire(s *shell) tea.Cmd {
	if d.lock() != "" || s.storeDown() != "" || s.acting {
		return nil
	}
	flags := map[string][]string{"message": {d.words()}}
	if !d.own() {
		flags = map[string][]string{"reason": {d.presets[d.pick].Code}}
	}
	a := act{verb: d.verb.Name, word: d.did()}
	for _, i := range d.items {
		a.calls = append(a.calls, verb.Call{Verb: d.verb.Name, Args: []string{i.Change.ID}, Flags: flags, Seen: i.Change.Revision})
	}
	d.busy = true
	return s.run(a)
}

func (d *decision) did() string {
	switch d.verb.Name {
	case "approve":
		return "approved"
	case "reject":
		return "rejected"
	case "question":
		return "asked on"
	}
	return d.verb.Hint
}

// waits reports whether the world has been asked and has not answered yet.
func (d *decision) waits() bool { return d.busy }

// answered takes the world's answer. What changed under the sheet is marked and nothing was done; a store
// that did not answer may be asked again. Both keep what was typed.
func (d *decision) answered(err error) {
	d.busy = false
	if release.CodeOf(err) == release.Changed {
		d.moved = release.AsError(err).Message
	}
}

func (d *decision) stays(err error) bool {
	switch release.CodeOf(err) {
	case release.Changed, release.Unavailable, release.Internal:
		return true
	}
	return false
}

// meet compares an item with how it is now, and disarms the sheet where it moved.
func (d *decision) meet(s *shell, m caseMsg) {
	at := slices.IndexFunc(d.items, func(i change.Item) bool { return i.Change.ID == m.id })
	if at < 0 || d.busy {
		return
	}
	if release.CodeOf(m.err) == release.NotFound {
		d.moved = release.AsError(m.err).Message
		return
	}
	if m.err != nil {
		return
	}
	now := m.sum.Item
	d.gates[m.id] = m.sum.Answer
	if now.Change.Revision == d.items[at].Change.Revision {
		d.items[at].Gate, d.items[at].Bar, d.items[at].BarReason = now.Gate, now.Bar, now.BarReason
		d.items[at].Moving, d.items[at].Firing = now.Moving, now.Firing
		delete(d.barred, m.id)
		if err := s.may(d.verb, &now); err != nil {
			d.barred[m.id] = release.AsError(err).Message
		}
		return
	}
	if d.moved == "" {
		d.moved = moved(d.items[at], now)
		if len(d.items) > 1 {
			d.moved = m.id + ": " + d.moved
		}
	}
	d.fresh = append(slices.DeleteFunc(d.fresh, func(i change.Item) bool { return i.Change.ID == m.id }), now)
}

// moved says what is different between two readings of a change.
func moved(was, now change.Item) string {
	what := ""
	switch n := len(now.Approval.Decisions); {
	case now.Change.Digest != was.Change.Digest:
		what = "its content is another: " + now.Change.Digest.Short()
	case now.Change.Risk.Band() != was.Change.Risk.Band():
		what = fmt.Sprintf("its risk is %s now", now.Change.Risk.Band())
	case now.Standing() != was.Standing():
		what = "it is " + now.Standing()
	case n > len(was.Approval.Decisions):
		l := now.Approval.Decisions[n-1]
		what = fmt.Sprintf("%s said %s at %s", l.Person, l.Verdict, l.At.UTC().Format("15:04:05Z"))
	default:
		what = "somebody wrote to it"
	}
	return fmt.Sprintf("%s · revision %d → %d", what, was.Change.Revision, now.Change.Revision)
}

// again arms the sheet on what changed, once that has been looked at. A change that must be read first, or
// may not be decided on any more, closes it.
func (d *decision) again(s *shell) tea.Cmd {
	if len(d.fresh) == 0 {
		return s.refresh()
	}
	for _, f := range d.fresh {
		if err := s.may(d.verb, &f); err != nil {
			s.sheet = nil
			s.refuse(err)
			return nil
		}
		if d.verb.Name == "approve" && f.Full() {
			s.sheet = nil
			s.say(note{aspect: release.Caution, text: f.Change.ID + " changed: read its evidence again, then press A"})
			return nil
		}
		for i := range d.items {
			if d.items[i].Change.ID == f.Change.ID {
				d.items[i] = f
			}
		}
	}
	d.fresh, d.moved = nil, ""
	d.offer()
	return nil
}

func (d *decision) crumb() string { return "" }
func (d *decision) armed() bool   { return !d.busy }

func (d *decision) hints(*shell) []kit.Hint {
	if d.busy {
		return []kit.Hint{{Key: "⏎", Label: d.lock(), Weight: kit.LockedKey}}
	}
	if d.moved != "" {
		return []kit.Hint{{Key: ".", Label: "look again", Weight: kit.LeverKey}, {Key: "esc", Label: "leave"}}
	}
	weight := kit.LeverKey
	if d.lock() != "" {
		weight = kit.LockedKey
	}
	return d.reasonHints(kit.Hint{Key: "⏎", Label: d.verb.Hint, Weight: weight})
}
