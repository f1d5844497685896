package health

import (
	"slices"

	tea "charm.land/bubbletea/v2"

	"signalbox/views"
	"signalbox/views/kit"
)

// focused puts the cursor on the first line of the service that was selected where the reader comes from, in its
// environment where there is one. A cursor that is on the service already, or a service that the list does not hold,
// leaves it where it is.
func (v View) focused(m views.Focus) (views.View, tea.Cmd) {
	v.want = m
	if v.panel == nil {
		return v, nil
	}
	was := v.cursor
	if v = v.wanting(); v.cursor == was {
		return v, nil
	}
	v.alert, v.version = 0, ""
	return v.scrolled(), v.redraw()
}

// wanting moves the cursor to what is wanted, once.
func (v View) wanting() View {
	m := v.want
	v.want = views.Focus{}
	if m.Service == "" {
		return v
	}
	there := func(r row) bool {
		return r.line.Service == m.Service && m.Environment != "" && r.line.Environment == m.Environment
	}
	same := func(r row) bool { return r.line.Service == m.Service }
	for _, fits := range []func(row) bool{there, same} {
		if r := v.current(); r != nil && fits(*r) {
			return v
		}
		if k := slices.IndexFunc(v.rows, fits); k >= 0 {
			v.cursor, v.below = v.rows[k].id, false
			return v
		}
	}
	return v
}

// clicked selects the row of the list that stands where the mouse was pressed.
func (v View) clicked(m views.Click) (views.View, tea.Cmd) {
	p := v.plan()
	y := m.Y - headRows - v.banner()
	if v.panel == nil || y < 0 || y >= p.list || m.X >= p.left {
		return v, nil
	}
	k := kit.Scroll(v.top, v.place(), p.list, len(v.rows)) + y
	if k >= len(v.rows) {
		return v, nil
	}
	v.below = false
	return v.onto(k)
}
