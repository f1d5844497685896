package board

import (
	"signalbox/release/board"
	"signalbox/views"
)

// focused puts the cursor on what was selected where the reader comes from: its row of ACT NOW, else the rollout, the
// feed or what comes next, else the first of the service. What the board does not show leaves the cursor where it is.
func (v View) focused(m views.Focus) View {
	v.want = m
	if v.page == nil {
		return v
	}
	return v.wanting()
}

// wanting moves the cursor to what is wanted, once.
func (v View) wanting() View {
	m := v.want
	v.want = views.Focus{}
	of := func(service, environment string) bool {
		return m.Feed == "" && m.Service != "" && service == m.Service && (environment == "" || m.Environment == "" || environment == m.Environment)
	}
	for _, try := range []func() (pane, string){
		v.row(func(r *board.Row) bool {
			return m.ID != "" && (r.ID == m.ID || r.Of == m.ID) && r.Kind != board.AlertRow && r.Kind != board.FeedRow
		}),
		v.row(func(r *board.Row) bool { return m.Rollout != "" && r.Kind == board.RolloutRow && r.Of == m.Rollout }),
		v.row(func(r *board.Row) bool { return m.Change != "" && r.Kind == board.ChangeRow && r.Of == m.Change }),
		func() (pane, string) {
			for k := range v.page.Rollouts {
				if l := &v.page.Rollouts[k]; m.Rollout != "" && l.ID == m.Rollout || m.Change != "" && l.Change == m.Change {
					return rolloutPane, l.ID
				}
			}
			return 0, ""
		},
		func() (pane, string) {
			if l := v.feed(m.Feed); m.Feed != "" && l != nil {
				return feedPane, l.Name
			}
			return 0, ""
		},
		v.row(func(r *board.Row) bool { return m.Feed != "" && r.Feed != nil && r.Feed.Name == m.Feed }),
		func() (pane, string) {
			for k := range v.page.Next {
				if n := &v.page.Next[k]; n.Of != "" && (n.Of == m.ID || n.Of == m.Change) {
					return nextPane, nextKey(n)
				}
			}
			return 0, ""
		},
		v.row(func(r *board.Row) bool { return of(r.Service, v.environment(r)) }),
		func() (pane, string) {
			for k := range v.page.Health {
				if s := &v.page.Health[k]; of(s.Service, s.Environment) {
					return healthPane, healthKey(s)
				}
			}
			return 0, ""
		},
	} {
		if p, key := try(); key != "" && v.plan().fit[p] > 0 {
			v.focus, v.cursor[p], v.placed = p, key, true
			return v.looked().scrolled()
		}
	}
	return v
}

// row finds a row of ACT NOW that needs somebody still.
func (v View) row(fits func(*board.Row) bool) func() (pane, string) {
	return func() (pane, string) {
		for k := range v.rows {
			if r := &v.rows[k]; !r.left() && fits(&r.Row) {
				return actPane, r.Key
			}
		}
		return 0, ""
	}
}

// clicked gives the cursor to what stands where the mouse was pressed, and to its pane.
func (v View) clicked(m views.Click) View {
	if v.page == nil || v.page.Fresh() {
		return v
	}
	pl := v.plan()
	for p := range panes {
		r := pl.list[p]
		if m.X < r.x || m.X >= r.x+r.w || m.Y < r.y || m.Y >= r.y+r.h || pl.fit[p] == 0 {
			continue
		}
		x, y := m.X-r.x, m.Y-r.y
		n := y / pl.per[p]
		switch {
		case p == nextPane && !pl.desk && !pl.wall: // two columns, the first one first
			n = y + min(x/max(r.w/2, 1), 1)*r.h
		case p == feedPane: // row by row
			columns := feedColumns(r.w)
			n = y*columns + min(x/max((r.w-1)/columns, 1), columns-1)
		}
		if k := v.first(p, pl) + n; n < pl.fit[p] && k < v.length(p) {
			v.focus = p
			return v.moved(k)
		}
	}
	return v
}
