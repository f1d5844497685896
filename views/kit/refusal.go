package kit

import (
	"signalbox/release"
)

// Refusal fills the body where there is nothing else to show: what cannot be shown, why, and the way out.
func (c Canvas) Refusal(head string, e *release.Error) {
	aspect := release.Dark
	if e.Code == release.Refused || e.Code == release.Unauthenticated || e.Code == release.NotFound {
		aspect = release.Stop
	}
	y := 3
	c.WriteIn(9, y, c.w-10, Mark(aspect), Run{"  " + head, Strong()})
	y += 2
	for _, l := range Few(Wrap(e.Message, max(c.w-18, 20)), 4) {
		c.Put(12, y, l, Plain())
		y++
	}
	for n, l := range Few(Wrap(e.Try, max(c.w-20, 20)), 4) {
		if n == 0 {
			c.Put(12, y, "→", Meta())
		}
		c.Put(14, y, l, Plain())
		y++
	}
}

// Locked are the rows of a lever that is locked, for a pane w cells wide: what locks it, in the aspect of the
// lock, and, on rows of its own, what would help.
func Locked(key, hint string, a release.Aspect, err error, w int) []Strip {
	e := release.AsError(err)
	lead := []Run{{key + " " + hint, Meta()}, {"  LOCKED ", Strong()}, Mark(a), {Text: " "}}
	indent := 1 + RunsWidth(lead)
	var rows []Strip
	for n, l := range Few(Wrap(e.Message, max(w-indent-1, 12)), 2) {
		rows = append(rows, Strip{Draw: func(c Canvas, y int) {
			if n == 0 {
				c.Write(1, y, lead...)
			}
			c.PutIn(indent, y, c.w-indent, l, Reason(a))
		}})
	}
	for n, l := range Few(Wrap(e.Try, max(w-indent-3, 12)), 4) {
		rows = append(rows, Strip{Draw: func(c Canvas, y int) {
			if n == 0 {
				c.Put(indent, y, "→", Meta())
			}
			c.PutIn(indent+2, y, c.w-indent-2, l, Plain())
		}})
	}
	return rows
}

// Scroll is the first row to show of n, h at a time, so that row at is among them and as little as possible
// moves from top.
func Scroll(top, at, h, n int) int {
	top = min(top, max(at, 0))
	if h > 0 && at >= top+h {
		top = at - h + 1
	}
	return max(0, min(top, n-h))
}
