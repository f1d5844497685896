package main

import (
	"fmt"
	"strings"
)

// arms say how a line character reaches each side of its cell, by left, up, right, down: 0 not, 1 light,
// 2 heavy, 3 double (Unicode, Box Drawing).
var arms = map[rune][4]int{
	'─': {1, 0, 1, 0}, '━': {2, 0, 2, 0}, '│': {0, 1, 0, 1}, '┃': {0, 2, 0, 2}, '╌': {1, 0, 1, 0}, '┄': {1, 0, 1, 0}, '┅': {2, 0, 2, 0}, '┈': {1, 0, 1, 0},
	'╎': {0, 1, 0, 1}, '┊': {0, 1, 0, 1},
	'┌': {0, 0, 1, 1}, '┐': {1, 0, 0, 1}, '└': {0, 1, 1, 0}, '┘': {1, 1, 0, 0}, '├': {0, 1, 1, 1}, '┤': {1, 1, 0, 1}, '┬': {1, 0, 1, 1}, '┴': {1, 1, 1, 0}, '┼': {1, 1, 1, 1},
	'┏': {0, 0, 2, 2}, '┓': {2, 0, 0, 2}, '┗': {0, 2, 2, 0}, '┛': {2, 2, 0, 0}, '┣': {0, 2, 2, 2}, '┫': {2, 2, 0, 2}, '┳': {2, 0, 2, 2}, '┻': {2, 2, 2, 0}, '╋': {2, 2, 2, 2},
	'┠': {0, 2, 1, 2}, '┨': {1, 2, 0, 2}, '╾': {2, 0, 1, 0}, '╼': {1, 0, 2, 0}, '╸': {2, 0, 0, 0}, '╺': {0, 0, 2, 0}, '╴': {1, 0, 0, 0}, '╶': {0, 0, 1, 0},
	'═': {3, 0, 3, 0}, '║': {0, 3, 0, 3}, '╔': {0, 0, 3, 3}, '╗': {3, 0, 0, 3}, '╚': {0, 3, 3, 0}, '╝': {3, 3, 0, 0}, '╠': {0, 3, 3, 3}, '╣': {3, 3, 0, 3},
	'╦': {3, 0, 3, 3}, '╩': {3, 3, 3, 0}, '╬': {3, 3, 3, 3}, '╞': {0, 1, 3, 1}, '╡': {3, 1, 0, 1}, '╪': {3, 1, 3, 1}, '╫': {1, 3, 1, 3}, '╧': {3, 1, 3, 0}, '╤': {3, 0, 3, 1},
	'╟': {0, 3, 1, 3}, '╢': {1, 3, 0, 3}, '╥': {1, 0, 1, 3}, '╨': {1, 3, 1, 0}, '┯': {2, 0, 2, 1}, '┷': {2, 1, 2, 0},
}

// dashed are the line characters with gaps, by how many dashes fit a cell.
var dashed = map[rune]int{'╌': 2, '┄': 3, '┅': 3, '┈': 4, '╎': 2, '┊': 4}

// drawn reports whether a cell is drawn as a shape.
func drawn(s string) bool {
	r := []rune(s)
	if len(r) != 1 {
		return false
	}
	_, line := arms[r[0]]
	return line || r[0] >= '▀' && r[0] <= '▟' || r[0] > 0x2800 && r[0] <= 0x28ff || strings.ContainsRune("╳╱╲", r[0])
}

// even reports whether a character looks the same all along its cell, so that a row of them is one shape.
func even(r rune) bool {
	return strings.ContainsRune("─━═░▒▓█▀▔", r) || r >= '▁' && r <= '▇'
}

// shape draws n of a character in the cells whose first corner is at x, y.
func shape(b *strings.Builder, r rune, x, y float64, n int, fill string) {
	w := cellW * float64(n)
	if a, ok := arms[r]; ok {
		line(b, dashed[r], a, x, y, w, fill)
		return
	}
	rect := func(px, py, w, h, opacity float64) {
		o := ""
		if opacity < 1 {
			o = fmt.Sprintf(` fill-opacity="%s"`, num(opacity))
		}
		fmt.Fprintf(b, `<rect x="%s" y="%s" width="%s" height="%s" fill="%s"%s/>`+"\n", num(x+px), num(y+py), num(w), num(h), fill, o)
	}
	switch {
	case r == '▀':
		rect(0, 0, w, cellH/2, 1)
	case r >= '▁' && r <= '█':
		h := cellH * float64(r-'▁'+1) / 8
		rect(0, cellH-h, w, h, 1)
	case r >= '▉' && r <= '▏':
		rect(0, 0, cellW*float64('▏'-r+1)/8, cellH, 1)
	case r == '▐':
		rect(cellW/2, 0, cellW/2, cellH, 1)
	case r >= '░' && r <= '▓':
		rect(0, 0, w, cellH, float64(r-'░'+1)/4)
	case r == '▔':
		rect(0, 0, w, cellH/8, 1)
	case r == '▕':
		rect(cellW*7/8, 0, cellW/8, cellH, 1)
	case r >= '▖' && r <= '▟':
		for i, q := range quadrants[r-'▖'] {
			if q {
				rect(float64(i%2)*cellW/2, float64(i/2)*cellH/2, cellW/2, cellH/2, 1)
			}
		}
	case r > 0x2800 && r <= 0x28ff:
		braille(b, r, x, y, fill)
	default: // ╳ ╱ ╲
		stroke := func(x1, y1, x2, y2 float64) {
			fmt.Fprintf(b, `<path d="M%s %sL%s %s" stroke="%s" stroke-width="1.4"/>`+"\n", num(x+x1), num(y+y1), num(x+x2), num(y+y2), fill)
		}
		if r != '╱' {
			stroke(0, 2, cellW, cellH-2)
		}
		if r != '╲' {
			stroke(cellW, 2, 0, cellH-2)
		}
	}
}

// quadrants of ▖ to ▟: upper left, upper right, lower left, lower right.
var quadrants = [10][4]bool{{false, false, true, false}, {false, false, false, true}, {true, false, false, false}, {true, false, true, true}, {true, false, false, true},
	{true, true, true, false}, {true, true, false, true}, {false, true, false, false}, {false, true, true, false}, {false, true, true, true}}

// braille draws the dots of a pattern: bit 0 to 2 and 6 the left column, 3 to 5 and 7 the right one.
func braille(b *strings.Builder, r rune, x, y float64, fill string) {
	at := [8][2]float64{{0, 0}, {0, 1}, {0, 2}, {1, 0}, {1, 1}, {1, 2}, {0, 3}, {1, 3}}
	for bit, p := range at {
		if (r-0x2800)&(1<<bit) != 0 {
			fmt.Fprintf(b, `<rect x="%s" y="%s" width="%s" height="%s" rx="1" fill="%s"/>`+"\n",
				num(x+p[0]*cellW/2+0.6), num(y+p[1]*cellH/4+0.8), num(cellW/2-1.2), num(cellH/4-1.6), fill)
		}
	}
}

// strokes are where the lines of a weight run beside the middle of a cell: from, to.
var strokes = [4][][2]float64{1: {{-1, 0}}, 2: {{-2, 1}}, 3: {{-3, -2}, {1, 2}}}

// line draws the arms of a line character from the middle of its cell, in a row of cells w wide. Each reaches
// across what it meets there, so that corners are closed.
func line(b *strings.Builder, dashes int, a [4]int, x, y, w float64, fill string) {
	cx, cy := x+w/2, y+cellH/2
	reach := func(one, other int) (lo, hi float64) {
		for _, s := range strokes[max(one, other)] {
			lo, hi = min(lo, s[0]), max(hi, s[1])
		}
		return lo, hi
	}
	box := func(x1, y1, x2, y2 float64) {
		if dashes == 0 {
			fmt.Fprintf(b, `<rect x="%s" y="%s" width="%s" height="%s" fill="%s"/>`+"\n", num(x1), num(y1), num(x2-x1), num(y2-y1), fill)
			return
		}
		mx, my, ex, ey, thick, step := x1, (y1+y2)/2, x2, (y1+y2)/2, y2-y1, cellW/float64(dashes)
		if y2-y1 > x2-x1 {
			mx, my, ex, ey, thick, step = (x1+x2)/2, y1, (x1+x2)/2, y2, x2-x1, cellH/float64(dashes)
		}
		fmt.Fprintf(b, `<path d="M%s %sL%s %s" stroke="%s" stroke-width="%s" stroke-dasharray="%s"/>`+"\n", num(mx), num(my), num(ex), num(ey), fill, num(thick), num(step/2))
	}
	left, up, right, down := a[0], a[1], a[2], a[3]
	lo, hi := reach(up, down)
	across := func(weight int, x1, x2 float64) {
		for _, s := range strokes[weight] {
			box(x1, cy+s[0], x2, cy+s[1])
		}
	}
	if left == right {
		across(left, x, x+w)
	} else {
		across(left, x, cx+hi)
		across(right, cx+lo, x+w)
	}
	lo, hi = reach(left, right)
	along := func(weight int, y1, y2 float64) {
		for _, s := range strokes[weight] {
			box(cx+s[0], y1, cx+s[1], y2)
		}
	}
	if up == down {
		along(up, y, y+cellH)
	} else {
		along(up, y, cy+hi)
		along(down, cy+lo, y+cellH)
	}
}
