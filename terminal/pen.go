package terminal

import (
	"strconv"
)

// pen is where the terminal's cursor is and in which style it would write.
type pen struct {
	x, y  int
	lost  bool // the column is not sure
	style style
}

// far is the most blanks or letters that are written again rather than jumped over.
const far = 8

// move appends the shortest way to column x of row y, both from 0.
func (p *pen) move(b []byte, x, y int) []byte {
	if !p.lost && p.x == x && p.y == y {
		return b
	}
	start := len(b)
	b = jump(b, x, y)
	if !p.lost {
		var a [32]byte
		if way := p.step(a[:0], x, y); len(way) < len(b)-start {
			b = append(b[:start], way...)
		}
	}
	p.x, p.y, p.lost = x, y, false
	return b
}

// jump appends an absolute position (CUP).
func jump(b []byte, x, y int) []byte {
	b = append(b, "\x1b["...)
	if y > 0 {
		b = strconv.AppendInt(b, int64(y+1), 10)
	}
	if x > 0 {
		b = append(b, ';')
		b = strconv.AppendInt(b, int64(x+1), 10)
	}
	return append(b, 'H')
}

// step appends a way from where the pen is: up or down, then along the row.
func (p *pen) step(b []byte, x, y int) []byte {
	switch {
	case y > p.y:
		b = along(b, y-p.y, 'B')
	case y < p.y:
		b = along(b, p.y-y, 'A')
	}
	switch d := x - p.x; {
	case d == 0:
	case x == 0:
		b = append(b, '\r')
	case d > 0:
		b = along(b, d, 'C')
	case d >= -3:
		b = append(b, "\b\b\b"[:-d]...)
	default:
		b = along(b, -d, 'D')
	}
	return b
}

func along(b []byte, n int, final byte) []byte {
	b = append(b, "\x1b["...)
	if n > 1 {
		b = strconv.AppendInt(b, int64(n), 10)
	}
	return append(b, final)
}

// put appends one cell where the pen is, on a terminal of width columns.
func (p *pen) put(b []byte, c *cell, width int) []byte {
	if !p.fits(c) {
		to := c.style
		if c.text == " " && to.bare() { // nothing but the background is seen: keep the rest
			to = p.style
			to.bg, to.under = c.style.bg, 0
			to.attr &^= blink | reverse | conceal | strike
		}
		b = p.style.turn(b, to)
		p.style = to
	}
	b = append(b, c.text...)
	p.x += int(c.width)
	if !c.plain || p.x >= width { // terminals disagree about widths, and about the column behind the last one
		p.lost = true
	}
	return b
}

// fits reports whether the pen's style shows the cell as it is meant.
func (p *pen) fits(c *cell) bool {
	return p.style == c.style || c.text == " " && c.style.bare() && p.style.bare() && p.style.bg == c.style.bg
}

// row appends what turns the cells was of row y into cells now. Both have the terminal's width.
func (p *pen) row(b []byte, y int, was, now []cell) []byte {
	width := len(now)
	tail := tailOf(was, now)
	for x := 0; x < width; x++ {
		if now[x] == was[x] {
			continue
		}
		if x >= tail {
			b = p.move(b, tail, y)
			if p.style.bg != 0 || !p.style.bare() {
				b = p.style.turn(b, style{})
				p.style = style{}
			}
			return append(b, "\x1b[K"...)
		}
		if at := p.x; !p.lost && p.y == y && at < x && x-at <= far && p.bridges(now[at:x]) < moveCost(x-at) {
			for i := at; i < x; i++ {
				b = p.put(b, &now[i], width)
			}
		} else {
			b = p.move(b, x, y)
		}
		for ; x < width && x < tail && now[x] != was[x]; x++ {
			if now[x].width > 0 {
				b = p.put(b, &now[x], width)
			}
		}
		x--
	}
	return b
}

func moveCost(d int) int {
	if d == 1 {
		return 3 + 1
	}
	return 4 + 1
}

// bridges is how many bytes writing the cells takes as the pen is, or more than any move where it cannot.
func (p *pen) bridges(cells []cell) int {
	n := 0
	for i := range cells {
		c := &cells[i]
		if !c.plain || !p.fits(c) {
			return 1 << 10
		}
		n += len(c.text)
	}
	return n
}

// tailOf is the column from which erasing to the end of the line is the shorter way to what now holds: the
// width where it is not. Only the terminal's own background is erased to: not every terminal erases to another.
func tailOf(was, now []cell) int {
	tail := len(now)
	for tail > 0 && now[tail-1] == blank {
		tail--
	}
	changed := 0
	for x := tail; x < len(now); x++ {
		if now[x] != was[x] {
			changed++
		}
	}
	if changed < 5 {
		return len(now)
	}
	return tail
}
