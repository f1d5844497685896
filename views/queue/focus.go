package queue

import (
	"slices"

	tea "charm.land/bubbletea/v2"

	"signalbox/views"
	"signalbox/views/kit"
)

// focused puts the cursor on what was selected where the reader comes from: the change itself, else the first of
// its service. What the list does not hold leaves the cursor where it is.
func (v View) focused(m views.Focus) (views.View, tea.Cmd) {
	if v.queue == nil {
		v.want = m
		return v, nil
	}
	v.want = m
	was := v.cursor
	if v = v.wanting(); v.cursor == was {
		return v, nil
	}
	return v.looked().scrolled().follow()
}

// wanting moves the cursor to what is wanted, once.
func (v View) wanting() View {
	m := v.want
	v.want = views.Focus{}
	for _, fits := range []func(r row) bool{
		func(r row) bool { return m.Change != "" && r.id == m.Change },
		func(r row) bool { return m.Kind == views.ChangeKind && r.id == m.ID },
		func(r row) bool {
			return m.Service != "" && r.item.Change.Service == m.Service && (m.Environment == "" || r.item.Change.Environment == m.Environment)
		},
	} {
		if r := v.current(); r != nil && fits(*r) {
			return v
		}
		if k := slices.IndexFunc(v.rows, fits); k >= 0 {
			v.cursor = v.rows[k].id
			return v
		}
	}
	return v
}

// clicked selects the row that stands where the mouse was pressed.
func (v View) clicked(m views.Click) (views.View, tea.Cmd) {
	h := v.listHeight()
	y := m.Y - headRows
	if y < 0 || y >= h || v.w >= wide && m.X >= leftWidth(v.w) {
		return v, nil
	}
	k := kit.Scroll(v.top, v.place(), h, len(v.rows)) + y
	if k >= len(v.rows) {
		return v, nil
	}
	return v.moved(k)
}
