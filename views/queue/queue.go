// Package queue is the approval queue: the changes that wait for a decision, with enough of the selected one
// on the same screen to decide. It owns the frozen order of its rows, the cursor, the marks and the filter.
// It imports release, views and views/kit, never a sibling, a store or control, and does no I/O in Update.
package queue

import (
	"time"

	tea "charm.land/bubbletea/v2"

	"signalbox/release"
	"signalbox/release/access"
	"signalbox/release/change"
	"signalbox/release/gate"
	"signalbox/views"
	"signalbox/views/filter"
)

// View is the queue's state: a value, copied on every change.
type View struct {
	world views.World
	desk  *desk
	w, h  int

	asked   int // the newest question to the world
	applied int // the newest answer taken
	queue   *change.Queue
	known   survey // of queue
	failed  *release.Error
	me      access.PersonID
	at      time.Time // when the snapshot was read

	asking int // as asked, for the selected change
	kase   *gate.Case

	tab    tab
	order  order
	words  string
	match  filter.Query
	rows   []row    // in the order that was shown first, until "."
	queued []string // new rows that would stand above another
	cursor string   // id
	top    int
	marked []string
	motion views.Motion
	want   views.Focus // what to put the cursor on when the queue has been read
}

// desk tells the answers for one view on the stack from those for another.
type desk struct{ _ byte }

// New opens the queue of a session.
func New(w views.World) views.View {
	return View{world: w, desk: &desk{}, asked: 1}
}

// Name is the word by which verbs bind their keys to this view.
func (v View) Name() string { return "queue" }

// Crumbs are the place: the queue and its tab.
func (v View) Crumbs() []string { return []string{"Queue", v.tab.name()} }

// Init reads the queue for the first time.
func (v View) Init() tea.Cmd { return v.read(v.asked) }

// Update takes a key or an answer.
func (v View) Update(msg tea.Msg) (views.View, tea.Cmd) {
	switch m := msg.(type) {
	case tea.KeyPressMsg:
		return v.key(m.String())
	case views.Resize:
		v.w, v.h = m.W, m.H
		return v.scrolled(), nil
	case views.Refresh:
		v.asked++
		return v, v.read(v.asked)
	case views.Focus:
		return v.focused(m)
	case views.Click:
		return v.clicked(m)
	case queueRead:
		if m.desk != v.desk || m.seq <= v.applied {
			return v, nil
		}
		return v.take(m).follow()
	case caseRead:
		if m.desk == v.desk && m.seq == v.asking && m.kase != nil {
			v.kase = m.kase
		}
	}
	return v, nil
}

// take applies an answer. A refusal hides what was shown: it may not be seen any more. Any other failure
// keeps it, with the sentence.
func (v View) take(m queueRead) View {
	v.applied, v.me, v.at = m.seq, m.me, m.at
	if m.err != nil {
		v.failed = release.AsError(m.err)
		if v.failed.Code == release.Refused || v.failed.Code == release.Unauthenticated {
			v.queue, v.rows, v.queued, v.marked, v.kase, v.cursor = nil, nil, nil, nil, nil, ""
		}
		return v
	}
	was, whose := v.queue, v.known.of
	v.failed, v.queue = nil, m.queue
	switch {
	case was == nil:
		v.rows = nil
		v = v.surveyed().rebuilt().wanting()
		return v.looked().scrolled()
	case was == m.queue && whose == m.me && len(v.match.Terms) == 0:
		return v // a filter may ask how long something has, and the clock has moved on
	}
	return v.surveyed().merged().scrolled()
}

// follow reads the selected change's gates where they are not those of this revision.
func (v View) follow() (views.View, tea.Cmd) {
	r := v.current()
	if r == nil || v.queue == nil {
		return v, nil
	}
	v.asking++
	return v, v.readCase(r.id, v.asking)
}

// gates is the selected change's case, nil until it was read in this revision.
func (v View) gates() *gate.Case {
	r := v.current()
	if r == nil || v.kase == nil || v.kase.Item.Change.ID != r.id || v.kase.Item.Change.Revision != r.item.Change.Revision {
		return nil
	}
	return v.kase
}

// current is the row under the cursor, nil in an empty list.
func (v View) current() *row {
	if i := v.place(); i >= 0 {
		return &v.rows[i]
	}
	return nil
}

// place is the place of the cursor, -1 in an empty list.
func (v View) place() int { return v.find(v.cursor) }

// Selection is the change under the cursor and those that are marked. What needs its whole evidence on screen
// is read in the view of one change: this one keeps no account of it.
func (v View) Selection() views.Selection {
	r := v.current()
	if r == nil {
		return views.Selection{}
	}
	s := views.Selection{Kind: views.ChangeKind, ID: r.id, Revision: r.item.Change.Revision, Item: r.item}
	if k := v.gates(); k != nil {
		s.Gate = &k.Answer
	}
	for _, id := range v.marked {
		if i := v.find(id); i >= 0 && !v.rows[i].left() {
			s.Marked = append(s.Marked, *v.rows[i].item)
		}
	}
	return s
}

// Filter narrows the rows to those that fit the words.
func (v View) Filter(words string) (views.View, int, int) {
	v.words, v.match = words, language.Parse(words)
	if v.queue == nil {
		return v, 0, 0
	}
	v = v.rebuilt()
	return v, len(v.rows), len(v.queue.Items)
}
