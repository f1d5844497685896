package tui

import (
	"fmt"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"signalbox/release"
	"signalbox/release/access"
	"signalbox/release/change"
	"signalbox/release/verb"
	"signalbox/views"
	"signalbox/views/kit"
)

// undo is an own act that can still be taken back, as a whole where it was on several changes at once.
type undo struct {
	ids   []string
	until time.Time // UTC
	said  *note     // what told of the act
}

// name is what an act was on.
func (u undo) name() string {
	if len(u.ids) == 1 {
		return u.ids[0]
	}
	return fmt.Sprintf("%d changes", len(u.ids))
}

// pull is a lever's key: what may be done opens a sheet, what may not is answered on the ticker. Nothing
// fires here but what is free, and that only towards danger.
func (s *shell) pull(v verb.Verb) tea.Cmd {
	if v.Name == "help" {
		s.sheet = &help{}
		return nil
	}
	f := s.top()
	sel := f.view.Selection()
	switch {
	case s.acting:
		s.say(note{aspect: release.Planned, text: "the lever before this one still waits for its answer; " + v.Key + " did nothing"})
		return nil
	case s.beginning():
		s.refuse(release.Errorf(release.Refused, "the sandbox begins anew").Advise("it is there in a moment; nothing was done"))
		return nil
	case s.storeDown() != "":
		s.refuse(release.Errorf(release.Refused, "the store does not answer, so nothing could be written down").Advise("nothing was decided"))
		return nil
	case sel.Kind == "" && !f.ready, sel.Kind != "" && f.seen != (seen{sel.ID, sel.Revision}):
		s.say(note{aspect: release.Caution, text: v.Key + " did nothing: the screen had not been drawn yet", try: "look, then press it again"})
		return nil
	case sel.Kind != "" && !views.Acts(v, sel.Kind):
		s.say(note{aspect: release.Planned, text: v.Key + " does nothing on this row", try: "? lists its keys"})
		return nil
	case sel.Kind == "" || sel.Kind == views.ChangeKind && sel.Item == nil:
		s.say(note{aspect: release.Planned, text: "nothing is selected to " + v.Hint})
		return nil
	case sel.Kind != views.ChangeKind:
		return s.pullOn(f, v, sel)
	}
	if len(sel.Marked) > 0 {
		return s.pullMany(v, sel)
	}
	if err := s.may(v, sel.Item); err != nil {
		s.refuse(err)
		return nil
	}
	if v.Name == "approve" && sel.Item.Full() && !sel.Read {
		return s.readFirst(f, sel)
	}
	if v.Danger == verb.Free || v.Danger == verb.Look {
		return s.run(act{verb: v.Name, word: v.Hint, calls: []verb.Call{{Verb: v.Name, Args: []string{sel.ID}, Seen: sel.Revision}}})
	}
	item := *sel.Item
	item.Change.Revision = sel.Revision
	d := newDecision(v, []change.Item{item})
	if sel.Gate != nil {
		d.gates[sel.ID] = *sel.Gate
	}
	s.sheet = d
	return nil
}

// pullOn is a lever on something other than a change: what needs a reason opens a sheet, what only looks or
// leads towards danger is done at once.
func (s *shell) pullOn(f *frame, v verb.Verb, sel views.Selection) tea.Cmd {
	if err := views.May(v, sel, s.person, s.now); err != nil {
		s.refuse(err)
		return nil
	}
	if v.Danger != verb.Free && v.Danger != verb.Look {
		if v.Permission == access.Sandbox {
			s.sheet = &anew{serial: f.serial, verb: v, sel: sel}
			return nil
		}
		if sel.Kind == views.ConflictKind {
			s.sheet = newCaseSheet(v, sel, s.now)
			return nil
		}
		s.sheet = newGiveup(v, sel)
		return nil
	}
	a := actOn(f.serial, v, sel, nil)
	s.say(note{aspect: release.Planned, lead: v.Hint + " ", id: a.calls[0].Arg(0), text: "· waiting for its answer", until: s.now.Add(a.patience)})
	return s.run(a)
}

// meant is the verb that the key of a lever pulls on what is selected, where several share it in the view.
func (s *shell) meant(v verb.Verb) verb.Verb {
	f := s.top()
	sel := f.view.Selection()
	for _, o := range s.world.Verbs() {
		if o.Key == v.Key && hasView(o.Views, f.view.Name()) && views.Meant(o, sel, s.person) {
			return o
		}
	}
	return v
}

// may is the rule behind a lever, asked of the very item.
func (s *shell) may(v verb.Verb, i *change.Item) error { return views.Lock(v, i, s.person, s.now) }

// readFirst keeps a full approval locked until the evidence has been on screen.
func (s *shell) readFirst(f *frame, sel views.Selection) tea.Cmd {
	risk := fmt.Sprintf("%s is at risk %d %s", sel.ID, sel.Item.Change.Risk.Score, sel.Item.Change.Risk.Band())
	if f.view.Name() != "change" {
		if cmd, ok := s.push(views.Open{View: "change", ID: sel.ID}); ok {
			s.say(note{aspect: release.Caution, text: risk + ": read its evidence, then press A"})
			return cmd
		}
	}
	s.say(note{aspect: release.Caution, text: risk + ": not all of its evidence was on screen yet", try: "read on to the end"})
	return nil
}

// pullMany is a lever on marked rows. Only approvals of Low risk go together.
func (s *shell) pullMany(v verb.Verb, sel views.Selection) tea.Cmd {
	if v.Name != "approve" {
		s.refuse(release.Errorf(release.Refused, "%s takes one change at a time, and %d are marked", v.Hint, len(sel.Marked)).Advise("space unmarks"))
		return nil
	}
	for i := range sel.Marked {
		it := &sel.Marked[i]
		if err := s.may(v, it); err != nil {
			s.refuse(err)
			return nil
		}
		if b := it.Change.Risk.Band(); b != change.Low {
			s.refuse(release.Errorf(release.Refused, "%s is at %s risk; only Low goes together", it.Change.ID, b).Advise("unmark it with space and approve it alone"))
			return nil
		}
	}
	s.sheet = newDecision(v, slices.Clone(sel.Marked))
	return nil
}

// run asks the world.
func (s *shell) run(a act) tea.Cmd {
	s.acting = true
	return do(s.world, a)
}

// undo takes the last own act back, or the person's own fresh decision on what is selected.
func (s *shell) undo() tea.Cmd {
	if s.acting {
		s.say(note{aspect: release.Planned, text: "a lever still waits for its answer; U did nothing"})
		return nil
	}
	s.expire()
	var ids []string
	if n := len(s.undos); n > 0 {
		ids = s.undos[n-1].ids
	} else if sel := s.top().view.Selection(); sel.Kind == views.ChangeKind && sel.Item != nil && s.person != nil {
		if _, decided := sel.Item.Approval.By(s.person.ID); decided {
			if err := sel.Item.MayTakeBack(s.person, s.now); err != nil {
				s.refuse(err)
				return nil
			}
			ids = []string{sel.ID}
		}
	}
	if len(ids) == 0 {
		s.say(note{aspect: release.Planned, text: "there is nothing to undo", try: "a decision can be taken back for 5 minutes"})
		return nil
	}
	a := act{verb: "undo", word: "took back"}
	for _, id := range ids {
		a.calls = append(a.calls, verb.Call{Verb: "undo", Args: []string{id}})
	}
	return s.run(a)
}

// done takes the world's answers to an act.
func (s *shell) done(m doneMsg) tea.Cmd {
	s.acting = false
	var fine []string
	var seqs []int64
	var back undo
	var failed error
	for i, c := range m.act.calls {
		if err := m.errs[i]; err != nil {
			if failed == nil {
				failed = err
			}
			if m.act.verb == "undo" && release.CodeOf(err) == release.Refused {
				s.forget(c.Arg(0))
			}
			continue
		}
		a := m.answers[i]
		fine = append(fine, c.Arg(0)+quorum(a))
		if a.Seq > 0 {
			seqs = append(seqs, a.Seq)
		}
		if m.act.verb == "undo" {
			s.forget(c.Arg(0))
		}
		if a.Undo > 0 {
			back.ids, back.until = append(back.ids, c.Arg(0)), s.now.Add(time.Duration(a.Undo)*time.Second)
		}
	}
	if d, ok := s.sheet.(asking); ok && d.waits() {
		d.answered(failed)
		if failed == nil || len(fine) > 0 || !d.stays(failed) {
			s.sheet = nil
		}
	}
	switch {
	case failed != nil && len(fine) > 0:
		e := release.AsError(failed)
		s.say(note{aspect: release.Caution, text: fmt.Sprintf("%s %s; the rest was refused: %s", m.act.word, strings.Join(fine, ", "), e.Message), sticky: true})
	case failed != nil:
		s.refuse(failed)
	case len(fine) > 0:
		bars := barred(m)
		n := note{aspect: release.Go, lead: m.act.word + " ", text: strings.Join(fine, ", ") + audited(seqs)}
		if m.act.plain {
			n = told(m.act, m.answers[0], seqs)
		} else if len(fine) == 1 {
			n.id, n.text, _ = strings.Cut(n.text, " ")
		} else if len(fine) > 3 {
			n.text = fmt.Sprintf("%d changes", len(fine)) + audited(seqs)
		}
		if len(bars) > 0 {
			n.aspect, n.try = release.Caution, bars[0]
		}
		if len(bars) > 1 {
			n.try = fmt.Sprintf("the gate keeps %d of them out for now", len(bars))
		}
		s.say(n)
	}
	if len(back.ids) > 0 {
		back.said = s.ticker.note
		s.undos = append(s.undos, back)
	}
	return tea.Batch(s.tellView(m), s.refresh())
}

// barred is what the gate still says against what was approved, a sentence each.
func barred(m doneMsg) []string {
	var out []string
	for _, a := range m.answers {
		if m.act.verb != "approve" {
			break
		}
		for _, l := range a.Lines {
			if strings.HasPrefix(l, "the gate still says ") {
				out = append(out, release.Clean(l, 300))
			}
		}
	}
	return out
}

// told is what an act on something other than a change came to, in the answer's own first line.
func told(a act, answer verb.Answer, seqs []int64) note {
	n := note{aspect: release.Go, lead: a.word + " ", id: a.calls[0].Arg(0), text: strings.TrimPrefix(audited(seqs), " ")}
	if len(answer.Lines) > 0 {
		n = note{aspect: release.Go, text: release.Clean(answer.Lines[0], 300) + audited(seqs)}
	}
	switch {
	case answer.Exit != 0:
		n.aspect = release.Caution
	case a.push:
		n.aspect = release.Planned // nothing was asked, so nothing answered well
	}
	return n
}

// tellView gives the view in which a lever was pulled what came of it, where the view may still be returned to.
func (s *shell) tellView(m doneMsg) tea.Cmd {
	var cmds []tea.Cmd
	for _, f := range s.stack {
		if f.serial != m.act.serial || !m.act.plain {
			continue
		}
		for i, c := range m.act.calls {
			cmds = append(cmds, s.send(f, views.Answered{Call: c, Answer: m.answers[i], Err: m.errs[i], At: s.now}))
		}
	}
	return tea.Batch(cmds...)
}

// forget drops the undo of a change.
func (s *shell) forget(id string) {
	for k := range s.undos {
		u := &s.undos[k]
		u.ids = slices.DeleteFunc(slices.Clone(u.ids), func(o string) bool { return o == id })
	}
	s.undos = slices.DeleteFunc(s.undos, func(u undo) bool { return len(u.ids) == 0 })
}

// quorum is " 1/2" after a decision.
func quorum(a verb.Answer) string {
	if v, ok := a.Value.(change.Approval); ok && v.Needed > 0 && v.State != change.Rejected {
		return " " + kit.Quorum(v.Granted(), v.Needed)
	}
	return ""
}

func audited(seqs []int64) string {
	switch len(seqs) {
	case 0:
		return ""
	case 1:
		return " · audit #" + kit.Thousands(seqs[0])
	}
	return " · audit #" + kit.Thousands(seqs[0]) + "–" + kit.Thousands(seqs[len(seqs)-1])
}
