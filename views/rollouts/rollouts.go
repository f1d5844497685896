// Package rollouts is the screens of what goes into the environments: the list of rollouts under way, of
// authorised changes that wait to go and of what ended today, and the page of one rollout, with its share of
// the traffic and both versions side by side. It owns the frozen order of its rows, the cursor and the filter.
// It imports release, views and views/kit, never a sibling, a store or control, and does no I/O in Update.
package rollouts

import (
	"time"

	tea "charm.land/bubbletea/v2"

	"signalbox/release"
	"signalbox/release/rollout"
	"signalbox/views"
	"signalbox/views/filter"
)

// View is the list's state: a value, copied on every change.
type View struct {
	world views.World
	desk  *desk
	w, h  int

	asked   int // the newest question to the world
	applied int // the newest answer taken
	list    *rollout.List
	failed  *release.Error
	at      time.Time // when the snapshot was read

	order  order
	words  string
	match  filter.Query
	want   views.Focus // what to put the cursor on when the list has been read
	rows   []row       // in the order that was shown first, until "."
	queued int         // new ones that "." brings in
	cursor string      // id of a rollout, or of a change that waits
	top    int
	motion views.Motion
}

// desk tells the answers for one view on the stack from those for another.
type desk struct{ _ byte }

// New opens the rollouts of a session with the cursor on one of them, "" for the worst.
func New(w views.World, id string) views.View {
	return View{world: w, desk: &desk{}, asked: 1, cursor: release.Clean(id, 40)}
}

// Name is the word by which verbs bind their keys to this view.
func (v View) Name() string { return "rollouts" }

// Crumbs are the place.
func (v View) Crumbs() []string { return []string{"Rollouts"} }

// Init reads the list for the first time.
func (v View) Init() tea.Cmd { return read(v.world, v.desk, v.asked) }

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
		return v, read(v.world, v.desk, v.asked)
	case views.Focus:
		return v.focused(m), nil
	case views.Click:
		return v.clicked(m), nil
	case listRead:
		if m.desk != v.desk || m.seq <= v.applied {
			return v, nil
		}
		return v.take(m), nil
	}
	return v, nil
}

// take applies an answer. A refusal hides what was shown: it may not be seen any more. Any other failure
// keeps it, with the sentence.
func (v View) take(m listRead) View {
	v.applied = m.seq
	if m.err != nil {
		v.failed = release.AsError(m.err)
		if v.failed.Code == release.Refused || v.failed.Code == release.Unauthenticated {
			v.list, v.rows, v.queued = nil, nil, 0
		}
		return v
	}
	first := v.list == nil || len(v.rows) == 0
	v.failed, v.list, v.at = nil, m.list, m.at
	if first {
		return v.rebuilt().wanting().scrolled()
	}
	return v.merged()
}

// current is the row under the cursor, nil in an empty list.
func (v View) current() *row {
	if k := v.place(); k >= 0 {
		return &v.rows[k]
	}
	return nil
}

// Selection is the rollout under the cursor, or the change that waits to go.
func (v View) Selection() views.Selection {
	r := v.current()
	switch {
	case r == nil || r.gone:
		return views.Selection{}
	case r.wait != nil:
		w := r.wait
		return views.Selection{Kind: views.ChangeKind, ID: r.id, Change: r.id, Service: w.Service, Environment: w.Environment, At: w.Until}
	}
	return selected(r.roll)
}

// selected is a rollout as other views open on it.
func selected(r *rollout.Row) views.Selection {
	return views.Selection{Kind: views.RolloutKind, ID: r.ID, Change: r.Change, Service: r.Service, Environment: r.Environment, Rollout: r.ID, At: r.StartedAt}
}

// Filter narrows the rows to those that fit the words.
func (v View) Filter(words string) (views.View, int, int) {
	v.words, v.match = words, language.Parse(words)
	if v.list == nil {
		return v, 0, 0
	}
	v = v.rebuilt()
	return v, len(v.rows), len(v.list.Moving) + len(v.list.Waiting) + len(v.list.Done)
}
