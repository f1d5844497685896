// Package board is the home screen of a session: what needs somebody now across all kinds, worst first, with the
// key that acts on it, and around it the day on a time strip, what goes in, how services stand, what comes next
// and how far all of it can be believed. It owns the frozen order of its rows, the cursors of its panes, the
// filter, and three layouts. It imports release, views and views/kit, never a sibling, a store or control, and does
// no I/O in Update.
package board

import (
	"time"

	tea "charm.land/bubbletea/v2"

	"signalbox/release"
	"signalbox/release/access"
	"signalbox/release/board"
	"signalbox/views"
	"signalbox/views/filter"
)

// pane is a part of the screen that may have the cursor.
type pane int

const (
	actPane pane = iota
	rolloutPane
	healthPane
	nextPane
	feedPane
	panes
)

// View is the board's state: a value, copied on every change.
type View struct {
	world views.World
	desk  *desk
	w, h  int
	wall  bool

	asked   int // the newest question to the world
	applied int // the newest answer taken
	page    *board.Page
	failed  *release.Error
	me      access.PersonID
	looks   bool      // the person only looks
	at      time.Time // when the snapshot was read
	clocks  map[string]*time.Location

	words  string
	match  filter.Query
	want   views.Focus // what to put the cursor on when the board has been read
	rows   []row       // of ACT NOW, in the order that was shown first, until "."
	queued []string    // keys of new rows that would stand above another
	order  [panes][]string
	focus  pane
	cursor [panes]string
	top    [panes]int
	motion views.Motion
	placed bool      // somebody put the cursor where it is
	keyed  time.Time // of the snapshot at which a key was pressed last
}

// desk tells the answers for one view on the stack from those for another.
type desk struct{ _ byte }

// New opens the board of a session; "wall" opens it as the wall, where the screen is large enough.
func New(w views.World, id string) views.View {
	return View{world: w, desk: &desk{}, asked: 1, wall: id == "wall"}
}

// Name is the word by which verbs bind their keys to this view.
func (v View) Name() string { return "board" }

// Crumbs are the place, and that it is the wall.
func (v View) Crumbs() []string {
	if v.walled() {
		return []string{"Board", "WALL"}
	}
	return []string{"Board"}
}

// walled reports whether the wall is asked for and has room.
func (v View) walled() bool { return v.wall && v.w >= wallWidth && v.h >= wallHeight }

// Init reads the board for the first time.
func (v View) Init() tea.Cmd { return v.read(v.asked) }

// Update takes a key or an answer.
func (v View) Update(msg tea.Msg) (views.View, tea.Cmd) {
	switch m := msg.(type) {
	case tea.KeyPressMsg:
		v.keyed = v.at
		return v.key(m.String())
	case views.Resize:
		v.w, v.h = m.W, m.H
		return v.scrolled(), nil
	case views.Refresh:
		v.asked++
		return v, v.read(v.asked)
	case views.Focus:
		return v.focused(m), nil
	case views.Click:
		v.keyed = v.at
		return v.clicked(m), nil
	case pageRead:
		if m.desk != v.desk || m.seq <= v.applied {
			return v, nil
		}
		return v.take(m), nil
	}
	return v, nil
}

// take applies an answer. A refusal hides what was shown: it may not be seen any more. Any other failure keeps it,
// with the sentence.
func (v View) take(m pageRead) View {
	v.applied, v.me, v.looks, v.at = m.seq, m.me, m.looks, m.at
	if m.err != nil {
		v.failed = release.AsError(m.err)
		if v.failed.Code == release.Refused || v.failed.Code == release.Unauthenticated {
			v.page, v.rows, v.queued, v.order, v.cursor = nil, nil, nil, [panes][]string{}, [panes]string{}
		}
		return v
	}
	was := v.page
	v.failed, v.page, v.clocks = nil, m.page, m.clocks
	switch {
	case was == nil:
		return v.rebuilt().wanting()
	case was != m.page:
		v = v.merged()
	}
	if v.rests() {
		return v.settledAlone()
	}
	return v
}

// Selection is what is under the cursor of the pane that has it.
func (v View) Selection() views.Selection {
	if v.page == nil {
		return views.Selection{}
	}
	id := v.cursor[v.focus]
	switch v.focus {
	case actPane:
		if k := v.find(id); k >= 0 && !v.rows[k].left() {
			s := selection(&v.rows[k].Row)
			s.Environment = v.environment(&v.rows[k].Row)
			if l := v.live(s.Rollout); l != nil {
				s.Change = l.Change
			}
			return s
		}
	case rolloutPane:
		if l := v.live(id); l != nil {
			return views.Selection{Kind: views.RolloutKind, ID: l.ID, Change: l.Change, Service: l.Service, Environment: l.Environment, Rollout: l.ID, At: l.StartedAt}
		}
	case healthPane:
		if s := v.standing(id); s != nil {
			return views.Selection{Kind: views.ServiceKind, ID: s.Service, Service: s.Service, Environment: s.Environment, At: s.At}
		}
	case nextPane:
		if n := v.next(id); n != nil {
			s := views.Selection{Kind: views.MarkKind, ID: n.ID, At: n.At}
			if n.View == "change" {
				s.Change = n.Of
				if i, ok := v.page.Queue.Find(n.Of); ok {
					s.Service, s.Environment = i.Change.Service, i.Change.Environment
				}
			}
			return s
		}
	case feedPane:
		if l := v.feed(id); l != nil {
			return views.Selection{Kind: views.FeedKind, ID: l.Name, Feed: l}
		}
	}
	return views.Selection{}
}

// selection is a row of ACT NOW as levers take it.
func selection(r *board.Row) views.Selection {
	s := views.Selection{ID: r.ID, Feed: r.Feed, Service: r.Service, At: r.Due}
	if r.Due.IsZero() {
		s.At = r.Since
	}
	switch r.Kind {
	case board.ChangeRow:
		s.Kind, s.Item, s.Change = views.ChangeKind, r.Item, r.ID
		s.Revision = r.Item.Change.Revision
	case board.FeedRow:
		s.Kind, s.ID = views.FeedKind, r.What
	case board.LetterRow:
		s.Kind, s.Letter = views.LetterKind, r.Letter
	case board.MessageRow:
		s.Kind, s.Message = views.MessageKind, r.Message
	case board.RolloutRow:
		s.Kind, s.ID, s.Rollout = views.RolloutKind, r.Of, r.Of
	case board.AlertRow:
		s.Kind = views.AlertKind
	case board.ConflictRow:
		s.Kind = views.ConflictKind
	case board.FreezeRow:
		if s.Kind = views.MarkKind; r.Of != "" { // one that was declared here
			s.ID = r.Of
		}
	default:
		s.Kind = views.MarkKind
	}
	return s
}

// Filter narrows the rows of ACT NOW to those that fit the words.
func (v View) Filter(words string) (views.View, int, int) {
	v.words, v.match = words, language.Parse(words)
	if v.page == nil {
		return v, 0, 0
	}
	v = v.rebuilt()
	return v, len(v.rows), len(v.page.Act)
}
