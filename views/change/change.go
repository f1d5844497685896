// Package change is one change on the whole screen: risk, evidence, who had a hand in it, the decisions, the
// gates with their ways out, its sources, the talk and the history. It owns the cursor over these rows and
// knows which evidence has been on screen. It imports release, views and views/kit, never a sibling, a store
// or control, and does no I/O in Update.
package change

import (
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	"signalbox/release"
	"signalbox/release/access"
	"signalbox/release/change"
	"signalbox/release/evidence"
	"signalbox/release/gate"
	"signalbox/views"
	"signalbox/views/kit"
)

// View is the state: a value, copied on every change.
type View struct {
	world views.World
	desk  *desk
	id    string
	w, h  int

	asked   int // the newest question to the world
	applied int // the newest answer taken
	kase    *gate.Case
	queue   *change.Queue
	walk    []string // the queue's order when it was first read, new ones after it
	failed  *release.Error
	me      access.PersonID

	pane   int       // the one with the cursor
	cursor [2]string // key of a row, by pane
	top    [2]int
	open   string          // key of the row that shows its whole text
	read   map[string]bool // checks that were on screen in this revision
	seen   int64           // the revision that read is about
	motion views.Motion
}

// desk tells the answers for one view on the stack from those for another.
type desk struct{ _ byte }

// New opens one change of a session; its id may be written in any form that people type.
func New(w views.World, id string) views.View {
	if full, err := change.ParseID(id); err == nil {
		id = full
	}
	return View{world: w, desk: &desk{}, id: id, asked: 1}
}

// Name is the word by which verbs bind their keys to this view.
func (v View) Name() string { return "change" }

// Crumbs are the queue, from which changes are reached, and the change.
func (v View) Crumbs() []string { return []string{"Queue", v.id} }

// Init reads the change for the first time.
func (v View) Init() tea.Cmd { return v.ask(v.asked) }

// Update takes a key or an answer.
func (v View) Update(msg tea.Msg) (views.View, tea.Cmd) {
	switch m := msg.(type) {
	case tea.KeyPressMsg:
		return v.key(m.String())
	case views.Resize:
		v.w, v.h = m.W, m.H
		return v.settled(), nil
	case views.Refresh:
		v.asked++
		return v, v.ask(v.asked)
	case views.Click:
		return v.clicked(m), nil
	case caseRead:
		if m.desk != v.desk || m.id != v.id || m.seq <= v.applied {
			return v, nil
		}
		return v.take(m), nil
	}
	return v, nil
}

// take applies an answer. A change that may not be seen, or is no more, is hidden; after any other failure
// what was read last stays, with the sentence.
func (v View) take(m caseRead) View {
	v.applied, v.me = m.seq, m.me
	if m.err != nil {
		v.failed = release.AsError(m.err)
		switch v.failed.Code {
		case release.Refused, release.Unauthenticated, release.NotFound, release.Usage:
			v.kase, v.queue = nil, nil
		}
		return v
	}
	place := v.place()
	v.failed, v.kase = nil, m.kase
	if m.queue != nil {
		v.queue = m.queue
		for _, i := range m.queue.Sorted(v.me) {
			if !slices.Contains(v.walk, i.Change.ID) {
				v.walk = append(v.walk[:len(v.walk):len(v.walk)], i.Change.ID)
			}
		}
	}
	if v.cursor[v.pane] == "" {
		v.cursor = [2]string{exception(&v.kase.Item), ""}
	}
	return v.held(place).settled()
}

// item is the change as it was read last: from its own reading, or, while that is under way, from the queue.
func (v View) item() *change.Item {
	if v.kase != nil && v.kase.Item.Change.ID == v.id {
		return &v.kase.Item
	}
	if v.queue != nil {
		if i, ok := v.queue.Find(v.id); ok {
			return i
		}
	}
	return nil
}

// exception is the row on which the cursor starts: the first check that did not pass, else the first.
func exception(i *change.Item) string {
	if k := kit.Checks(i); len(k) > 0 {
		return kit.CheckKey(k[0]) // exceptions come first
	}
	return "evidence"
}

// Selection is the change itself.
func (v View) Selection() views.Selection {
	i := v.item()
	if i == nil {
		return views.Selection{}
	}
	s := views.Selection{Kind: views.ChangeKind, ID: v.id, Revision: i.Change.Revision, Item: i, Read: v.whole(),
		Change: v.id, Service: i.Change.Service, Environment: i.Change.Environment, At: i.Approval.RequestedAt}
	if v.kase != nil && i == &v.kase.Item {
		s.Gate = &v.kase.Answer
	}
	return s
}

// whole reports whether every check has been on screen in this revision.
func (v View) whole() bool {
	if v.kase == nil || v.w == 0 || v.h == 0 || v.seen != v.kase.Item.Change.Revision {
		return false
	}
	return !slices.ContainsFunc(kit.Checks(&v.kase.Item), func(k evidence.Check) bool { return !v.read[kit.CheckKey(k)] })
}

// Filter does nothing: this view has no rows to narrow.
func (v View) Filter(string) (views.View, int, int) { return v, 0, 0 }

// Lit is the row that names the change.
func (v View) Lit() int {
	if v.item() == nil {
		return -1
	}
	return 0
}

// now is a frame for what depends on the reader's rights but not on how it is shown.
func (v View) now() views.Frame {
	return views.Frame{Now: v.world.Now(), Zone: time.UTC, Person: v.world.Person(), Verbs: v.world.Verbs()}
}
