package kit

import (
	"strings"

	"signalbox/themes"
)

// Field is a text field in a sheet: "[text      ]".
type Field struct {
	Text   string
	Cursor int  // in runes from the start of Text; used while focused
	Focus  bool // it has the cursor: brackets lit
	Block  bool // draw the cursor as a reversed cell, for terminals that show none of their own
}

// Field draws f in w cells, brackets included, and returns the column of the cursor on c, for the
// terminal's own cursor; -1 without focus. Longer text scrolls so that the cursor is seen.
func (c Canvas) Field(x, y, w int, f Field) int {
	in := w - 2
	if in < 1 {
		return -1
	}
	bracket := Faint()
	if f.Focus {
		bracket = Lever()
	}
	c.Put(x, y, "[", bracket)
	c.Put(x+1, y, strings.Repeat(" ", in), Plain())
	c.Put(x+1+in, y, "]", bracket)
	if !f.Focus {
		c.PutIn(x+1, y, in, f.Text, Plain())
		return -1
	}
	runes := []rune(f.Text)
	at := clamp(f.Cursor, 0, len(runes))
	before := string(runes[:at])
	for over := Width(before) - (in - 1); over > 0; { // the cursor needs a cell of its own
		var n int
		_, n, before = next(before)
		over -= n
	}
	cx := c.Put(x+1, y, before, Plain())
	after := string(runes[at:])
	c.Put(cx, y, head(after, x+1+in-cx), Plain())
	if f.Block {
		if p := c.at(cx, y); p != nil {
			p.style.Attr |= themes.Reverse
		}
	}
	return cx
}
