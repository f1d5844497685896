package change

import "signalbox/views"

// clicked puts the cursor on the row that stands where the mouse was pressed, in either pane.
func (v View) clicked(m views.Click) View {
	if v.item() == nil {
		return v
	}
	y, pane := m.Y-headRows(v.w), 0
	if v.w >= wide && m.X > leftWidth(v.w) {
		pane = 1
	}
	h := v.body()
	strips := v.sections(v.now(), v.w)[pane]
	first, rows := visible(v.top[pane], index(strips, v.cursor[pane]), h, len(strips))
	if y < 0 || y >= rows || v.w >= wide && m.X == leftWidth(v.w) {
		return v
	}
	at := first + y
	for at > 0 && strips[at].Key == "" && !strips[at].Head && at > first { // the text of a row goes on below it
		at--
	}
	if key := strips[at].Key; key != "" {
		v.pane, v.cursor[pane] = pane, key
		return v.settled()
	}
	return v
}
