package sandbox

import (
	"signalbox/views"
	"signalbox/views/kit"
)

// clicked selects the inject or the scenario that stands where the mouse was pressed.
func (v View) clicked(m views.Click) View {
	if v.state == nil {
		return v
	}
	y := 1 + len(kit.Few(kit.Wrap(v.state.Brief, max(v.w-2, 10)), v.brief()))
	steps, injects, scenarios := v.heights(v.h - y)
	y += 1 + steps + 1
	rows := v.rows()
	n := len(v.state.Injects)
	for _, list := range []struct {
		kind string
		rows []key
		h    int
	}{{views.InjectKind, rows[:n], injects}, {views.ScenarioKind, rows[n:], scenarios}} {
		at := 0
		for k, r := range list.rows {
			if r == v.cursor {
				at = k
			}
		}
		if k := kit.Scroll(0, at, list.h, len(list.rows)) + m.Y - y; m.Y >= y && m.Y < y+list.h && k < len(list.rows) {
			v.cursor = list.rows[k]
			return v
		}
		y += list.h + 1
	}
	return v
}
