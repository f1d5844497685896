// Package calendar is the screen of what happens when: a week of days with a lane for each service, the freezes
// over them, and beside each bar what it is. It owns the week that is shown, the folded groups, the cursor on a
// lane and on one thing in it, the filter and the kinds. It imports release, views and views/kit, never a sibling,
// a store or control, and does no I/O in Update.
package calendar

import (
	"maps"
	"time"

	tea "charm.land/bubbletea/v2"

	"signalbox/release"
	"signalbox/release/calendar"
	"signalbox/views"
	"signalbox/views/filter"
)

// days is how many days the week has on the screen, whatever day it begins with.
const days = 7

// View is the screen's state: a value, copied on every change.
type View struct {
	world views.World
	desk  *desk
	w, h  int

	asked   int // the newest question to the world
	applied int // the newest answer taken
	span    *calendar.Span
	failed  *release.Error
	at      time.Time // when the snapshot was read

	zoom   zoom
	first  time.Time // the first day of the week, or that of the hours: a date, at 00:00 UTC
	hour   time.Time // the first hour that is shown, by the day
	by     grouping
	show   kinds
	words  string
	match  filter.Query
	folded map[string]bool // ids of lines

	lines  []line      // of the newest snapshot
	cursor string      // id of a line
	key    string      // of the item under the cursor, "" where the line has none
	want   sought      // what to go to when it has been read
	near   views.Focus // where the cursor goes when the days were read, if there is nothing sought
	when   time.Time   // where on the line the cursor is
	top    int         // of the lanes that scroll
	ghost  ghost       // where the item under the cursor was, until "."
	prefix bool        // "g" was typed
}

// desk tells the answers for one view on the stack from those for another. It remembers what was drawn last: the
// zone, in which the keys that walk along the days count, and rows that would be laid out the same again.
type desk struct {
	zone *time.Location
	drawn
}

// ghost is where an item was when the cursor came to it. It has moved since.
type ghost struct {
	key string
	at  calendar.Interval
}

// haunted notes that the item under the cursor is elsewhere in a new snapshot. One that goes in grows by itself.
func (v View) haunted(next *calendar.Span) View {
	was := v.item()
	if was == nil || v.ghost.key == v.key {
		return v
	}
	if is := next.Find(v.key); is != nil && is.Interval != was.Interval && was.Stage != calendar.Moving {
		v.ghost = ghost{v.key, was.Interval}
	}
	return v
}

// New opens the calendar of a session in the week of now. id is what to begin on: the id of a change, a rollout or a
// freeze, the key or the id of any other entry, or an instant (RFC 3339); "" for the worst of the week.
func New(w views.World, id string) views.View {
	now := w.Now().UTC()
	return View{world: w, desk: &desk{zone: time.UTC}, asked: 1, zoom: byWeek, first: monday(now), when: now, want: seeking(id)}.turnedTo()
}

// monday is the first day of the ISO week of a day.
func monday(t time.Time) time.Time {
	back := (int(t.Weekday()) + 6) % 7
	return time.Date(t.Year(), t.Month(), t.Day()-back, 0, 0, 0, 0, time.UTC)
}

// Name is the word by which verbs bind their keys to this view.
func (v View) Name() string { return "calendar" }

// Crumbs are the place, the zoom, and on a wide screen what the lanes are grouped by.
func (v View) Crumbs() []string {
	if v.w >= wide {
		return []string{"Calendar", v.zoom.name(), v.by.name()}
	}
	return []string{"Calendar", v.zoom.name()}
}

// Init reads the week for the first time.
func (v View) Init() tea.Cmd { return read(v.world, v.desk, v.asked, v.first) }

// Update takes a key or an answer.
func (v View) Update(msg tea.Msg) (views.View, tea.Cmd) {
	switch m := msg.(type) {
	case tea.KeyPressMsg:
		return v.pressed(m.String())
	case views.Resize:
		v.w, v.h = m.W, m.H
		return v.scrolled(), nil
	case views.Refresh:
		return v.reading()
	case views.Focus:
		return v.focused(m)
	case views.Click:
		return v.clicked(m), nil
	case found:
		return v.located(m)
	case spanRead:
		if m.desk != v.desk || m.seq <= v.applied {
			return v, nil
		}
		return v.take(m)
	}
	return v, nil
}

// reading asks for the week that is shown.
func (v View) reading() (View, tea.Cmd) {
	v.asked++
	return v, read(v.world, v.desk, v.asked, v.first)
}

// take applies an answer. A refusal hides what was shown: it may not be seen any more. Any other failure keeps
// it, with the sentence.
func (v View) take(m spanRead) (views.View, tea.Cmd) {
	v.applied = m.seq
	if m.err != nil {
		v.failed = release.AsError(m.err)
		if v.failed.Code == release.Refused || v.failed.Code == release.Unauthenticated {
			v.span, v.lines, v.key, v.cursor = nil, nil, "", ""
		}
		return v, nil
	}
	begun, same := v.span != nil, v.span == m.span
	v = v.haunted(m.span)
	v.failed, v.span, v.at = nil, m.span, m.at
	if !same { // the answer is shared: while nothing happens it is the one of before
		v = v.laid()
	}
	if v.want.id != "" {
		return v.sought()
	}
	if !begun {
		v = v.worst()
	}
	return v.settled().nearby(), nil
}

// item is what is under the cursor, nil where that is only a lane.
func (v View) item() *calendar.Item {
	if v.span == nil || v.key == "" {
		return nil
	}
	return v.span.Find(v.key)
}

// Selection is the change, the rollout, the freeze or the entry under the cursor. Of a lane without one it is only
// where and when.
func (v View) Selection() views.Selection {
	i, l := v.item(), v.line()
	var s views.Selection
	if l != nil && l.lane != nil {
		s.Service, s.At = l.lane.Service, v.when
	}
	switch {
	case i == nil:
		return s
	case i.Change != "":
		s.Kind, s.ID = views.ChangeKind, i.Change
	case i.Rollout != "":
		s.Kind, s.ID = views.RolloutKind, i.Rollout
	case i.Freeze != nil:
		s.Kind, s.ID, s.Revision, s.Freeze = views.FreezeKind, i.Freeze.ID, i.Freeze.Revision, i.Freeze
	default:
		s.Kind, s.ID, s.Entry = views.EntryKind, i.Key, i
	}
	s.Change, s.Rollout, s.Environment, s.At = i.Change, i.Rollout, i.Environment, i.From
	if i.Service != "" {
		s.Service = i.Service
	}
	return s
}

// Filter narrows what is shown to what fits the words.
func (v View) Filter(words string) (views.View, int, int) {
	v.words, v.match = words, language.Parse(words)
	if v.span == nil {
		return v, 0, 0
	}
	v = v.laid().settled()
	n, of := v.count()
	return v, n, of
}

// count is how many items of all in the days that are read are shown.
func (v View) count() (shown, of int) {
	if v.span == nil {
		return 0, 0
	}
	for k := range v.span.Items {
		if v.shows(&v.span.Items[k]) {
			shown++
		}
	}
	return shown, len(v.span.Items)
}

// fold closes a group, or opens it.
func (v View) fold(id string) View {
	v.folded = maps.Clone(v.folded)
	if v.folded == nil {
		v.folded = map[string]bool{}
	}
	v.folded[id] = !v.folded[id]
	return v.laid().settled()
}
