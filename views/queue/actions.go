package queue

import (
	"slices"
	"strconv"

	tea "charm.land/bubbletea/v2"

	"signalbox/release"
	"signalbox/release/change"
	"signalbox/views"
	"signalbox/views/kit"
)

// key answers the keys that look. Levers are the shell's: it finds them in the verb table.
func (v View) key(k string) (views.View, tea.Cmd) {
	if by, moves := v.motion.Key(k, max(v.listHeight()/2, 1), max(v.listHeight(), 1)); by != 0 {
		return v.moved(v.place() + by)
	} else if moves {
		return v, nil
	}
	switch k {
	case "enter", "l":
		if r := v.current(); r != nil {
			id := r.id
			return v, func() tea.Msg { return views.Open{View: "change", ID: id} }
		}
	case "tab":
		return v.turned(1)
	case "shift+tab":
		return v.turned(-1)
	case "s":
		v.order = (v.order + 1) % orders
		return v.rebuilt().follow()
	case ".":
		return v.rebuilt().follow()
	case "]":
		return v.jumped(1)
	case "[":
		return v.jumped(-1)
	case "space":
		return v.marking()
	}
	return v, nil
}

// moved puts the cursor on row to, as far as there is one, and reads that change's gates.
func (v View) moved(to int) (views.View, tea.Cmd) {
	if len(v.rows) == 0 {
		return v, nil
	}
	id := v.rows[max(0, min(to, len(v.rows)-1))].id
	if id == v.cursor {
		return v, nil
	}
	v.cursor = id
	return v.looked().scrolled().follow()
}

func (v View) turned(by int) (views.View, tea.Cmd) {
	if v.queue == nil {
		return v, nil
	}
	order := shown()
	at := slices.Index(order, v.tab)
	v.tab = order[(at+by+len(order))%len(order)]
	return v.rebuilt().follow()
}

// jumped goes to the next change that is new or that changed since the eyes were on it.
func (v View) jumped(by int) (views.View, tea.Cmd) {
	if by > 0 && len(v.queued) > 0 {
		return v.admitted(v.queued[0])
	}
	at, n := v.place(), len(v.rows)
	for step := 1; step < n; step++ {
		if k := ((at+by*step)%n + n) % n; v.rows[k].unseen {
			return v.moved(k)
		}
	}
	return v, func() tea.Msg {
		return views.Say{Aspect: release.Planned, Text: "nothing in this list changed since you looked"}
	}
}

// admitted brings one queued row in where it belongs and puts the cursor on it.
func (v View) admitted(id string) (views.View, tea.Cmd) {
	items := v.wanted()
	place := make(map[string]int, len(items))
	for k, i := range items {
		place[i.Change.ID] = k
	}
	k, ok := place[id]
	if !ok {
		return v, nil
	}
	to := slices.IndexFunc(v.rows, func(r row) bool {
		p, stays := place[r.id]
		return stays && !r.left() && p > k
	})
	if to < 0 {
		to = len(v.rows)
	}
	r := row{id: id, item: items[k]}
	r.renew([columns]bool{colName: true}, v.world.Now().Add(freshFor))
	v.rows = slices.Insert(slices.Clone(v.rows), to, r)
	v.queued = slices.DeleteFunc(slices.Clone(v.queued), func(o string) bool { return o == id })
	v.cursor = id
	return v.scrolled().follow()
}

// marking marks the row or takes its mark away, and goes on to the next.
func (v View) marking() (views.View, tea.Cmd) {
	r := v.current()
	if r == nil || r.left() {
		return v, nil
	}
	if k := slices.Index(v.marked, r.id); k >= 0 {
		v.marked = slices.Delete(slices.Clone(v.marked), k, k+1)
	} else {
		v.marked = append(slices.Clone(v.marked), r.id)
	}
	return v.moved(v.place() + 1)
}

// Hints are the keys of the selected row.
func (v View) Hints(f views.Frame) []kit.Hint {
	r := v.current()
	if r == nil {
		return []kit.Hint{{Key: "tab", Label: "other lists"}, {Key: "/", Label: "filter"}, {Key: ":", Label: "palette"}, {Key: "?"}}
	}
	out := []kit.Hint{{Key: "j/k"}}
	out = append(out, v.levers(f)...)
	mark, detail := kit.Hint{Key: "space", Label: "mark"}, kit.Hint{Key: "⏎", Label: "detail"}
	if len(v.queued) == 0 && v.stale() == 0 {
		out = append(out, mark, detail)
	} else { // what the list asks for must not be the first to go on a narrow screen
		out = append(out, detail)
		if len(v.queued) > 0 {
			out = append(out, kit.Hint{Key: "]", Label: "new"})
		}
		if v.stale() > 0 {
			out = append(out, kit.Hint{Key: ".", Label: "settle"})
		}
		out = append(out, mark)
	}
	return append(out, kit.Hint{Key: "tab", Label: "lists"}, kit.Hint{Key: "s", Label: "sort"}, kit.Hint{Key: "/", Label: "filter"},
		kit.Hint{Key: "esc"}, kit.Hint{Key: "?"})
}

// levers are those of the selected row, or of the marked rows where there are any: several are approved
// together only at Low risk and with nothing in the way of any of them.
func (v View) levers(f views.Frame) []kit.Hint {
	r := v.current()
	marked := v.Selection().Marked
	if len(marked) == 0 {
		return views.Levers(v.Name(), f, r.item)
	}
	out := views.Levers(v.Name(), f, &marked[0])
	for n := range out {
		h := &out[n]
		verb, _ := f.Verbs.ForKey(v.Name(), h.Key)
		for k := range marked {
			if views.Lock(verb, &marked[k], f.Person, f.Now) != nil || verb.Name == "approve" && marked[k].Change.Risk.Band() != change.Low {
				h.Weight = kit.LockedKey
			}
		}
		h.Label += " " + strconv.Itoa(len(marked))
	}
	return out
}

// stale counts the rows that "." would move or take away.
func (v View) stale() int {
	n := 0
	for k := range v.rows {
		if r := &v.rows[k]; r.moved || r.left() {
			n++
		}
	}
	return n
}

// Keys are all keys by which one looks here.
func (v View) Keys() []kit.Hint {
	return []kit.Hint{{Key: "⏎", Label: "detail"}, {Key: "space", Label: "mark"}, {Key: "s", Label: "sort"}, {Key: ".", Label: "settle"}, {Key: "tab", Label: "lists"}, {Key: "[ ]", Label: "changed"}}
}
