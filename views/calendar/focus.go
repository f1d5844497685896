package calendar

import (
	"context"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"signalbox/release"
	"signalbox/release/calendar"
	known "signalbox/release/names"
	"signalbox/views"
)

// sought is what the calendar goes to when it has been read.
type sought struct {
	id    string    // of a change, a rollout, a freeze or an entry, or the key of an item; "" for nothing
	at    time.Time // when it is, as far as that is known; of an instant that is sought itself, the instant
	asked bool      // it was asked when it is
	quiet bool      // it is carried from another view: nothing is said where the calendar does not have it
}

// seeking reads what the calendar is opened on. An instant is sought as itself; the key of an entry ends with one.
func seeking(id string) sought {
	s := sought{id: release.Clean(id, 300)}
	if at, err := time.Parse(time.RFC3339, s.id); err == nil {
		s.at, s.asked = at.UTC(), true
	} else if at, err := time.Parse(time.RFC3339, s.id[strings.LastIndexByte(s.id, '/')+1:]); err == nil {
		s.at, s.asked = at.UTC(), true
	}
	return s
}

// turnedTo shows the week of what is sought, where it is known when that is.
func (v View) turnedTo() View {
	if at := v.want.at; !at.IsZero() {
		v.first, v.when = monday(calendar.WallOf(at, v.desk.zone)), at
	}
	return v
}

// is reports whether an item is what is sought. An entry that comes again and again is one by its id alone.
func (s sought) is(i *calendar.Item) bool {
	switch {
	case i.Key == s.id, i.Change != "" && i.Change == s.id, i.Rollout != "" && i.Rollout == s.id:
		return true
	case i.Source == "" || i.Kind == calendar.Release:
		return false
	}
	rest, ok := strings.CutPrefix(i.Key, i.Source+"/"+s.id+"/")
	return ok && !strings.Contains(rest, "/")
}

// sought puts the cursor on what was asked for, and goes to its week. Where the days that are read do not have it, it
// asks the world when it is.
func (v View) sought() (views.View, tea.Cmd) {
	var best *calendar.Item
	for k := range v.span.Items {
		i := &v.span.Items[k]
		if v.want.is(i) && v.home(i) != nil && (best == nil || !v.want.at.IsZero() && away(i, v.want.at) < away(best, v.want.at)) {
			best = i
		}
	}
	switch {
	case best != nil:
		v.want, v.near = sought{}, views.Focus{}
		return v.onto(best)
	case v.want.id != "" && !v.want.asked:
		v.want.asked = true
		return v, locate(v.world, v.desk, v.want.id)
	}
	said, m := v.want, v.near
	v.want, v.near = sought{}, views.Focus{}
	if at, err := time.Parse(time.RFC3339, said.id); err == nil {
		return v.beside(views.Focus{At: at.UTC()}).settled(), nil
	}
	v = v.worst().settled()
	if to, ok := v.placed(m); ok {
		return to, nil
	}
	if said.quiet {
		return v, nil
	}
	return v, say(said.id + " is not on the calendar in the time that is shown")
}

// onto puts the cursor on an item, and shows when it is.
func (v View) onto(i *calendar.Item) (views.View, tea.Cmd) {
	l := v.home(i)
	if l == nil {
		return v, nil
	}
	v.cursor, v.key, v.when = l.id, i.Key, i.From
	if i.Shares(v.interval()) {
		return v.settled(), nil
	}
	v = v.showing(i)
	return v.reading()
}

// away is how long an instant is from the beginning of an item.
func away(i *calendar.Item, at time.Time) time.Duration { return i.From.Sub(at).Abs() }

// found is when something is that the days that were read do not have; zero where nobody knows.
type found struct {
	desk *desk
	id   string
	at   time.Time
}

// locate asks the world when a change, a rollout or a freeze is on the calendar.
func locate(w views.World, d *desk, id string) tea.Cmd {
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		m := found{desk: d, id: id}
		if k, err := w.Case(ctx, id); err == nil && k != nil {
			m.at = k.Item.Entry(w.Now()).From
		} else if s, err := w.Rollout(ctx, id); err == nil && s != nil {
			m.at = s.StartedAt
		} else if n, err := w.Names(ctx); err == nil {
			for _, t := range n.Of(known.Freeze) {
				if t.ID == id {
					m.at = t.At
				}
			}
		}
		return m
	}
}

// located goes to the days of what is sought, or says that nobody knows when it is.
func (v View) located(m found) (views.View, tea.Cmd) {
	if m.desk != v.desk || v.want.id != m.id || v.span == nil {
		return v, nil
	}
	if v.want.at = m.at; m.at.IsZero() || (calendar.Interval{From: v.span.From, To: v.span.To}).Contains(m.at) {
		return v.sought()
	}
	v = v.turnedTo()
	if v.zoom == byDay {
		v = v.around(m.at)
	}
	v = v.laid()
	return v.reading()
}

// focused puts the cursor on what was selected where the reader comes from: the change, the rollout, the freeze or the
// entry itself, else the lane of its service at its time, else its time.
func (v View) focused(m views.Focus) (views.View, tea.Cmd) {
	if v.want.id != "" { // it was opened on it: the rest is for where it is not on the calendar
		v.near, v.want.quiet = m, m.Service != "" || !m.At.IsZero()
		return v, nil
	}
	if v.span == nil {
		v.near = m
		return v, nil
	}
	id := m.Change
	switch {
	case id != "":
	case m.Rollout != "":
		id = m.Rollout
	case m.Kind == views.FreezeKind, m.Kind == views.EntryKind, m.Kind == views.MarkKind:
		id = m.ID
	default:
		v, _ = v.placed(m)
		return v, nil
	}
	if i := v.item(); i != nil && (sought{id: id}).is(i) {
		return v, nil
	}
	v.want, v.near = seeking(id), m
	v.want.quiet = m.Service != "" || !m.At.IsZero()
	return v.sought()
}

// nearby puts the cursor where it was asked to be, once the days are read.
func (v View) nearby() View {
	m := v.near
	v.near = views.Focus{}
	v, _ = v.placed(m)
	return v
}

// placed puts the cursor on the lane of a service, and on what is nearest in time there; without a service on what is
// nearest in time. It reports false where there is neither.
func (v View) placed(m views.Focus) (View, bool) {
	shown := v.interval()
	if !m.At.IsZero() && !m.At.Before(shown.From) && m.At.Before(shown.To) {
		v.when = m.At
	}
	if m.Service != "" {
		if l := v.line(); l != nil && l.lane != nil && l.lane.Service == m.Service && m.Kind != views.EntryKind {
			return v.settled(), true
		}
		k := slices.IndexFunc(v.lines, func(l line) bool { return l.lane != nil && l.lane.Service == m.Service })
		if k >= 0 {
			v.cursor, v.key = v.lines[k].id, ""
			return v.settled(), true
		}
	}
	if v.when.Equal(m.At) && !m.At.IsZero() {
		return v.beside(m).settled(), true
	}
	return v, false
}

// beside puts the cursor on what begins, or else ends, nearest to an instant, on whatever line it is.
func (v View) beside(m views.Focus) View {
	var best *calendar.Item
	far := func(i *calendar.Item) time.Duration { return min(away(i, m.At), i.To.Sub(m.At).Abs()) }
	for k := range v.lines {
		for _, i := range v.within(&v.lines[k]) {
			if best == nil || far(i) < far(best) {
				best = i
			}
		}
	}
	if v.when = m.At; best != nil {
		v.cursor, v.key = v.home(best).id, best.Key
	}
	return v
}

// clicked selects what is drawn where the mouse was pressed: the bar, or on a blank the line and what is nearest there.
func (v View) clicked(m views.Click) View {
	if v.span == nil {
		return v
	}
	p := v.plan()
	lines := v.visible(p)
	y := m.Y - p.y
	if y < 0 || y >= len(lines) {
		return v
	}
	l, s := lines[y], v.scale(v.w)
	cells := v.cells(l, s, v.w)
	v.ghost = ghost{}
	if x := m.X - s.x; x >= 0 && x < len(cells) {
		v.when = s.instant(x)
		if i := cells[x].item; i != nil {
			v.cursor, v.key = l.id, i.Key
			return v.scrolled()
		}
	}
	v.cursor, v.key = l.id, ""
	return v.settled()
}

// instant is the middle of a cell, counted from the first.
func (s scale) instant(x int) time.Time {
	n := min(x/s.unit, s.units()-1)
	from, to := s.marks[n], s.marks[n+1]
	return from.Add(time.Duration(float64(to.Sub(from)) * (float64(x-n*s.unit) + 0.5) / float64(s.unit)))
}
