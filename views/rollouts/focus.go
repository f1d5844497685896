package rollouts

import (
	"slices"

	tea "charm.land/bubbletea/v2"

	"signalbox/views"
	"signalbox/views/kit"
)

// focused puts the cursor on what was selected where the reader comes from: the rollout, else that of the change or
// the change that waits, else the first of the service. What the list does not hold leaves the cursor where it is.
func (v View) focused(m views.Focus) View {
	v.want = m
	if v.list == nil {
		return v
	}
	return v.wanting().scrolled()
}

// wanting moves the cursor to what is wanted, once.
func (v View) wanting() View {
	m := v.want
	v.want = views.Focus{}
	of := func(r row) bool {
		return m.Service != "" && r.service() == m.Service
	}
	for _, fits := range []func(r row) bool{
		func(r row) bool { return m.Rollout != "" && r.id == m.Rollout },
		func(r row) bool { return m.Change != "" && r.change() == m.Change },
		func(r row) bool { return of(r) && m.Environment != "" && r.environment() == m.Environment },
		of,
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
func (v View) clicked(m views.Click) View {
	p := v.plan()
	y := m.Y - headRows
	if v.list == nil || y < 0 || y >= p.list || m.X >= p.left {
		return v
	}
	lines := v.lines()
	at := slices.IndexFunc(lines, func(l line) bool { return l.row >= 0 && l.row == v.place() })
	k := kit.Scroll(v.top, at, p.list, len(lines)) + y
	if k >= len(lines) || lines[k].row < 0 {
		return v
	}
	v.cursor = v.rows[lines[k].row].id
	return v.scrolled()
}

// clicked goes to the rollout that stands at the left of the page where the mouse was pressed.
func (p page) clicked(m views.Click) (views.View, tea.Cmd) {
	if p.sheet == nil || p.list == nil || p.w < wide || m.X >= beside(p.w) {
		return p, nil
	}
	y, h := m.Y, p.h
	if p.failed != nil {
		h--
	}
	if p.sheet.Dark() {
		y, h = y-1, h-1
	}
	ids := p.idsBeside()
	y, h = y-1, h-1 // its rule
	k := y + p.topBeside(ids, h)
	if y < 0 || y >= h || k >= len(ids) || ids[k] == p.id || !slices.Contains(p.walk, ids[k]) {
		return p, nil
	}
	return p.gone(slices.Index(p.walk, ids[k]) - slices.Index(p.walk, p.id))
}
