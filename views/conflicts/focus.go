package conflicts

import (
	"slices"

	tea "charm.land/bubbletea/v2"

	"signalbox/views"
)

// focused puts the cursor on what was selected where the reader comes from: the conflict, else the first that its
// change is a party of, else the first of its service. What the list does not hold leaves the cursor where it is.
func (v View) focused(m views.Focus) (views.View, tea.Cmd) {
	for _, id := range []string{m.ID, m.Change, m.Service} {
		if id == "" {
			continue
		}
		if v.docket == nil {
			if v.want == "" {
				v.want = id
			}
			return v, nil
		}
		if k := v.find(id); k >= 0 {
			v.cursor, v.scroll = v.rows[k].id, 0
			return v.scrolled().follow(nil)
		}
	}
	return v, nil
}

// find is the place of the first row that is called so: by its own id, by that of a party, or by a party's service.
func (v View) find(id string) int {
	for _, is := range []func(r row) bool{
		func(r row) bool { return r.id == id },
		func(r row) bool { return r.kase.Has(id) },
		func(r row) bool { return v.docket.Work[r.kase.Work()].Service == id && id != "" },
	} {
		if k := slices.IndexFunc(v.rows, is); k >= 0 {
			return k
		}
	}
	return -1
}

// wanting moves the cursor to what is wanted, once. A conflict that is called by its id and is not there is told.
func (v View) wanting() (View, tea.Cmd) {
	id := v.want
	v.want = ""
	if id == "" {
		return v, nil
	}
	if k := v.find(id); k >= 0 {
		v.cursor = v.rows[k].id
		return v, nil
	}
	if named(id) {
		return v, say(id + " is not among the conflicts that stand or were settled within a day")
	}
	return v, nil
}

// clicked selects the case that stands where the mouse was pressed.
func (v View) clicked(m views.Click) (views.View, tea.Cmd) {
	p := v.plan()
	y := m.Y - 1
	if v.docket == nil || p.left == 0 || y < 0 || y >= p.list {
		return v, nil
	}
	if m.X >= p.left {
		v.detail = len(v.rows) > 0 && m.X > p.left
		return v, nil
	}
	lines := v.lines(p.left)
	if k := v.top + y; k < len(lines) && lines[k].row >= 0 {
		return v.onto(lines[k].row)
	}
	return v, nil
}
