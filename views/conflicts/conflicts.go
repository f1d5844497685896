// Package conflicts is the screen of what on the calendar is in the way of what: the conflicts that stand, worst
// first, those that were settled lately, and of the one under the cursor its parties, when they overlap, and the ways
// out of it. It owns the frozen order of its rows, the cursor, the scroll and the filter. It imports release, views
// and views/kit, never a sibling, a store or control, and does no I/O in Update.
package conflicts

import (
	"time"

	tea "charm.land/bubbletea/v2"

	"signalbox/release"
	"signalbox/release/access"
	"signalbox/release/conflict"
	"signalbox/views"
	"signalbox/views/filter"
)

// View is the screen's state: a value, copied on every change.
type View struct {
	world views.World
	desk  *desk
	w, h  int

	asked   int // the newest question to the world
	applied int // the newest answer taken
	docket  *conflict.Docket
	failed  *release.Error
	me      access.PersonID
	at      time.Time // when the snapshot was read

	asking int // as asked, for the case under the cursor
	ways   *ways

	order  order
	words  string
	match  filter.Query
	want   string // what to put the cursor on when the list has been read: a case, or one of its parties
	rows   []row  // in the order that was shown first, until "."
	queued int    // new ones that "." brings in
	cursor string // id of a case
	top    int    // of the list, in lines
	scroll int    // of the detail, in rows
	detail bool   // the detail has the keys that move
	motion views.Motion
}

// desk tells the answers for one view on the stack from those for another.
type desk struct{ _ byte }

// New opens the conflicts of a session with the cursor on one of them, or on the first that a change is a party of;
// "" for the worst.
func New(w views.World, id string) views.View {
	return View{world: w, desk: &desk{}, asked: 1, want: release.Clean(id, 80)}
}

// Name is the word by which verbs bind their keys to this view.
func (v View) Name() string { return "conflicts" }

// Crumbs are the place: the conflicts, and the one under the cursor.
func (v View) Crumbs() []string {
	if r := v.current(); r != nil {
		return []string{"Conflicts", r.id}
	}
	return []string{"Conflicts"}
}

// Init reads the list for the first time.
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
	case views.Answered: // what a lever came to changes the ways out
		v.asked++
		return v, v.read(v.asked)
	case views.Focus:
		return v.focused(m)
	case views.Click:
		return v.clicked(m)
	case docketRead:
		if m.desk != v.desk || m.seq <= v.applied {
			return v, nil
		}
		return v.take(m)
	case waysRead:
		if m.desk == v.desk && m.seq == v.asking && m.ways != nil {
			v.ways = m.ways
			v = v.scrolled()
		}
	}
	return v, nil
}

// take applies an answer. A refusal hides what was shown: it may not be seen any more. Any other failure keeps it,
// with the sentence.
func (v View) take(m docketRead) (views.View, tea.Cmd) {
	v.applied, v.me = m.seq, m.me
	if m.err != nil {
		v.failed = release.AsError(m.err)
		if v.failed.Code == release.Refused || v.failed.Code == release.Unauthenticated {
			v.docket, v.rows, v.queued, v.ways, v.cursor = nil, nil, 0, nil, ""
		}
		return v, nil
	}
	first := v.docket == nil || len(v.rows) == 0
	v.failed, v.docket, v.at = nil, m.docket, m.at
	if !first {
		return v.merged().follow(nil)
	}
	v = v.rebuilt()
	v, said := v.wanting()
	return v.scrolled().follow(said)
}

// follow reads the ways out of the case under the cursor.
func (v View) follow(also tea.Cmd) (views.View, tea.Cmd) {
	r := v.current()
	if r == nil {
		return v, also
	}
	v.asking++
	read := v.readWays(r.id, v.asking)
	if also == nil {
		return v, read
	}
	return v, tea.Batch(read, also)
}

// brief is what was read of the case under the cursor, nil where it is of another revision: nothing is acted on that
// does not belong together.
func (v View) brief() *ways {
	r := v.current()
	if r == nil || v.ways == nil || v.ways.brief.ID != r.id || v.ways.brief.Revision != r.kase.Revision {
		return nil
	}
	return v.ways
}

// current is the row under the cursor, nil in an empty list.
func (v View) current() *row {
	if k := v.place(); k >= 0 {
		return &v.rows[k]
	}
	return nil
}

// Selection is the case under the cursor.
func (v View) Selection() views.Selection {
	r := v.current()
	if r == nil || r.gone {
		return views.Selection{}
	}
	s := views.Selection{Kind: views.ConflictKind, ID: r.id, Revision: r.kase.Revision, Case: r.kase, Change: r.kase.Work(), At: r.kase.From, Dark: v.dark()}
	if w, ok := v.docket.Work[s.Change]; ok {
		s.Service, s.Environment = w.Service, w.Environment
	}
	if b := v.brief(); b != nil {
		s.Brief = b.brief
		for _, x := range b.brief.Search.Slots {
			s.Ways = append(s.Ways, v.told(x))
		}
		if b.a != nil {
			s.Item = &b.a.Item
		}
	}
	return s
}

// Filter narrows the rows to those that fit the words.
func (v View) Filter(words string) (views.View, int, int) {
	v.words, v.match = words, language.Parse(words)
	if v.docket == nil {
		return v, 0, 0
	}
	v = v.rebuilt()
	return v, len(v.rows), len(v.docket.Standing) + len(v.docket.Settled)
}
