package board

import (
	"fmt"
	"slices"

	tea "charm.land/bubbletea/v2"

	"signalbox/release"
	"signalbox/release/board"
	"signalbox/views"
	"signalbox/views/kit"
)

// key answers the keys that look. Levers are the shell's: it finds them in the verb table.
func (v View) key(k string) (views.View, tea.Cmd) {
	if v.page == nil {
		return v, nil
	}
	page := max(v.plan().fit[v.focus], 1)
	if by, moves := v.motion.Key(k, page, page); by != 0 {
		return v.moved(v.place(v.focus) + by), nil
	} else if moves {
		return v, nil
	}
	switch k {
	case "enter", "l":
		if o, ok := v.opens(); ok {
			return v, func() tea.Msg { return o }
		}
	case "n":
		if v.page.Fresh() {
			return v, func() tea.Msg { return views.Open{View: "feed", ID: "connect"} }
		}
	case "tab":
		return v.turned(1), nil
	case "shift+tab":
		return v.turned(-1), nil
	case ".":
		return v.rebuilt(), nil
	case "]":
		return v.jumped(1)
	case "[":
		return v.jumped(-1)
	case "w":
		v.wall = !v.wall
		if v.wall && !v.walled() {
			v.wall = false
			said := fmt.Sprintf("the wall needs %d columns and %d rows; this screen has %d and %d", wallWidth, wallHeight+frameRows, v.w, v.h+frameRows)
			return v, func() tea.Msg { return views.Say{Aspect: release.Planned, Text: said} }
		}
		return v.visible().scrolled(), nil
	}
	return v, nil
}

// opens is the screen of what is under the cursor.
func (v View) opens() (views.Open, bool) {
	if v.page.Fresh() {
		return views.Open{View: "feed", ID: "connect"}, true
	}
	id := v.cursor[v.focus]
	switch v.focus {
	case actPane:
		if k := v.find(id); k >= 0 {
			return views.Open{View: v.rows[k].View, ID: v.rows[k].Of}, true
		}
	case rolloutPane:
		if l := v.live(id); l != nil {
			return views.Open{View: "rollout", ID: l.ID}, true
		}
	case healthPane:
		if s := v.standing(id); s != nil {
			return views.Open{View: "health", ID: s.Service}, true
		}
	case nextPane:
		if n := v.next(id); n != nil {
			return views.Open{View: n.View, ID: n.Of}, true
		}
	case feedPane:
		if l := v.feed(id); l != nil {
			return views.Open{View: "feed", ID: "log " + l.Name}, true
		}
	}
	return views.Open{}, false
}

// moved puts the cursor of the pane on row to, as far as there is one.
func (v View) moved(to int) View {
	n := v.length(v.focus)
	v.placed = true
	if n == 0 {
		return v
	}
	to = max(0, min(to, n-1))
	if v.focus == actPane {
		v.cursor[actPane] = v.rows[to].Key
	} else {
		v.cursor[v.focus] = v.order[v.focus][to]
	}
	return v.looked().scrolled()
}

// turned gives the cursor to another pane that is on the screen and has rows.
func (v View) turned(by int) View {
	shown := v.plan().fit
	for n := 1; n <= int(panes); n++ {
		p := pane(((int(v.focus)+by*n)%int(panes) + int(panes)) % int(panes))
		if shown[p] > 0 && v.length(p) > 0 {
			v.focus, v.placed = p, true
			return v.ordered(p).looked().scrolled()
		}
	}
	return v
}

// visible takes the cursor back from a pane that the layout does not show.
func (v View) visible() View {
	if v.plan().fit[v.focus] == 0 {
		v.focus = actPane
	}
	return v
}

// jumped goes to the next row that is new or that changed since the eyes were on it.
func (v View) jumped(by int) (views.View, tea.Cmd) {
	v = v.ordered(panes)
	if by > 0 && len(v.queued) > 0 {
		return v.admitted(v.queued[0]), nil
	}
	at, n := v.find(v.cursor[actPane]), len(v.rows)
	for step := 1; step <= n; step++ {
		k := ((at+by*step)%n + n) % n
		if v.rows[k].unseen && (k != at || v.focus != actPane) {
			v.focus = actPane
			return v.moved(k), nil
		}
	}
	return v, func() tea.Msg {
		return views.Say{Aspect: release.Planned, Text: "nothing here changed since you looked"}
	}
}

// admitted brings one queued row in where it belongs and puts the cursor on it.
func (v View) admitted(key string) View {
	want := v.wanted()
	k := slices.IndexFunc(want, func(r board.Row) bool { return r.Key == key })
	if k < 0 {
		return v
	}
	to := v.belongs(want, k)
	v.rows = slices.Insert(slices.Clone(v.rows), to, row{Row: want[k], fresh: v.at.Add(freshFor)})
	v.queued = slices.DeleteFunc(slices.Clone(v.queued), func(o string) bool { return o == key })
	v.focus, v.cursor[actPane], v.placed = actPane, key, true
	return v.scrolled()
}

// Hints are the keys of the selected row.
func (v View) Hints(f views.Frame) []kit.Hint {
	if v.page != nil && v.page.Fresh() {
		return []kit.Hint{{Key: "⏎", Label: "connect a feed"}, {Key: "1-9", Label: "views"}, {Key: "4", Label: "queue"}, {Key: "gf", Label: "feeds"}, {Key: ":", Label: "palette"}, {Key: "?"}}
	}
	out := views.LeversOn(v.Name(), f, v.Selection())
	if len(out) == 0 {
		out = append(out, kit.Hint{Key: "1-9", Label: "views"})
	}
	out = append(out, kit.Hint{Key: "⏎", Label: "open"})
	if len(v.queued) > 0 {
		out = append(out, kit.Hint{Key: "]", Label: "new"})
	}
	if v.stale() > 0 {
		out = append(out, kit.Hint{Key: ".", Label: "settle"})
	}
	out = append(out, kit.Hint{Key: "tab", Label: "pane"}, kit.Hint{Key: "/", Label: "filter"}, kit.Hint{Key: "4", Label: "queue"}, kit.Hint{Key: ":", Label: "palette"})
	if v.w >= wallWidth && v.h >= wallHeight {
		label := "wall"
		if v.wall {
			label = "leave wall"
		}
		out = append(out, kit.Hint{Key: "w", Label: label})
	}
	return append(out, kit.Hint{Key: "?"})
}

// stale counts the rows that "." would move or take away.
func (v View) stale() int {
	n := 0
	for k := range v.rows {
		if v.rows[k].moved {
			n++
		}
	}
	return n
}

// Keys are all keys by which one looks here.
func (v View) Keys() []kit.Hint {
	return []kit.Hint{{Key: "⏎", Label: "open"}, {Key: "tab", Label: "pane"}, {Key: ".", Label: "settle"}, {Key: "w", Label: "wall"}, {Key: "n", Label: "connect"}, {Key: "[ ]", Label: "changed"}}
}
