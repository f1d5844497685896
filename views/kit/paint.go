package kit

import (
	"unicode"
	"unicode/utf8"

	"signalbox/themes"
)

// Paint turns the canvas into lines of exactly W cells, one a row. Equal neighbours become one run with one
// SGR sequence that sets everything, its background too; blanks join the run beside them where that looks
// the same. Each line starts from the reset state and ends in it, so lines may be written in any order.
func (c Canvas) Paint(t *themes.Theme) []string {
	lines := make([]string, c.h)
	b := make([]byte, 0, c.w*6)
	for y := range c.h {
		b = c.paintRow(b[:0], y, t)
		lines[y] = string(b)
	}
	return lines
}

func (c Canvas) paintRow(b []byte, y int, t *themes.Theme) []byte {
	if c.w == 0 {
		return b
	}
	row := c.buf.cells[(c.y+y)*c.buf.w+c.x:][:c.w]
	var style Style      // of the cell before
	var look themes.Look // of the current run; a line starts reset
	start := true
	before := "" // the text of the cell before
	for x := range row {
		p := &row[x]
		if p.width == 0 && x > 0 {
			continue
		}
		s := p.style
		if s.Attr&themes.Selected != 0 && t.Holes() && hole(row, x) {
			s.Attr |= themes.Hole
		}
		blank := p.text == "" || p.text == " " || p.width == 0 || p.width == 2 && x+1 >= len(row)
		if start || s != style {
			style = s
			l := t.Look(s)
			switch {
			case l == look:
			case blank && l.BlankAs(look):
				style = Style{Attr: unseen} // the next letter decides
			default:
				look = l
				b = look.AppendSGR(b)
			}
			start = false
		}
		if blank {
			b = append(b, ' ')
			before = " "
			continue
		}
		if joins(before, p.text) {
			b = append(b, "??"[:p.width]...)
			before = "?"
			continue
		}
		before = p.text
		b = c.appendGlyph(b, p)
	}
	if !look.Default() {
		b = append(b, "\x1b[m"...)
	}
	return b
}

// unseen makes a style that no cell has.
const unseen themes.Attr = 1 << 15

func (c Canvas) appendGlyph(b []byte, p *cell) []byte {
	if c.buf.tier == themes.Rich || len(p.text) == 1 {
		return append(b, p.text...)
	}
	r, n := utf8.DecodeRuneInString(p.text)
	g := c.buf.tier.Glyph(r)
	if p.width == 2 {
		if g == r {
			return append(b, p.text...)
		}
		return append(b, '?', '?')
	}
	b = utf8.AppendRune(b, g)
	if g == r && c.buf.tier == themes.Narrow {
		b = append(b, p.text[n:]...) // marks of a letter that stayed
	}
	return b
}

// hole reports whether the cell of a selected row stays un-reversed: aspects, fresh values, the cursor, and
// a one-cell gap between two holes of one colour.
func hole(row []cell, x int) bool {
	if own(row[x]) {
		return true
	}
	if x == 0 || x+1 >= len(row) || row[x].text != "" && row[x].text != " " {
		return false
	}
	l, r := row[x-1], row[x+1]
	return own(l) && own(r) && l.style.Fg == r.style.Fg
}

func own(p cell) bool {
	return p.style.Fg.Aspect() || p.style.Fg == themes.LineFocus || p.style.Attr&themes.Fresh != 0
}

// Beats reports whether what is drawn changes from one second to the next: it writes seconds ("41s"), or marks
// what has just changed.
func (c Canvas) Beats() bool {
	for y := range c.h {
		row := c.buf.cells[(c.y+y)*c.buf.w+c.x:][:c.w]
		for x := range row {
			p := &row[x]
			if p.style.Attr&themes.Fresh != 0 {
				return true
			}
			if p.text == "s" && x > 0 && digit(row[x-1].text) && (x+1 == len(row) || !word(row[x+1].text)) {
				return true
			}
		}
	}
	return false
}

func digit(text string) bool { return len(text) == 1 && text[0] >= '0' && text[0] <= '9' }

func word(text string) bool {
	r, _ := utf8.DecodeRuneInString(text)
	return text != "" && (unicode.IsLetter(r) || unicode.IsDigit(r))
}

// Dim puts the canvas behind a sheet: words faint, bars and rules line, no weight, no colour, no
// background. Row lit (or -1) is that of the object the sheet acts on: its cursor, its shape and its id stay.
func (c Canvas) Dim(lit int) {
	for y := range c.h {
		keep := y == lit
		inID := false
		for x := range c.w {
			p := c.at(x, y)
			if keep {
				id := p.style.Attr&themes.ID != 0
				if inID && !id {
					keep = false
				}
				inID = inID || id
				if id || p.style.Fg == themes.LineFocus || p.style.Fg.Aspect() {
					p.style.Attr &^= themes.Selected | themes.Fresh
					p.style.Back = themes.Text
					continue
				}
			}
			p.style = Faint()
			if r, _ := utf8.DecodeRuneInString(p.text); drawn(r) {
				p.style = Line()
			}
		}
	}
}

// drawn reports whether r is a rule, a box, a block or Braille rather than a word or a shape.
func drawn(r rune) bool { return r >= 0x2500 && r < 0x25A0 || r >= 0x2800 && r <= 0x28FF }
