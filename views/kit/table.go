package kit

// Cell is the content of one table cell.
type Cell []Run

// C makes a cell of one style.
func C(text string, s Style) Cell { return Cell{{text, s}} }

// Column is what a table knows about one of its columns.
type Column struct {
	Title  string
	Width  int  // cells; at least the title's
	Hug    bool // grows to its widest cell: ids, times, counts and aspects are never cut
	Grow   int  // share of the width that is left over; such a column also gives way first
	Min    int  // of a column that grows; 0: 8
	Gap    int  // blanks before it; 0: two. The first column shown has none
	Right  bool // numbers
	Middle bool // cut in the middle: versions
	Drop   int  // 0: always shown; else dropped when the width is short, the highest first
}

// Layout is where the columns of a table came to stand at one width.
type Layout struct {
	cols []Column
	x, w []int // w 0: dropped
}

// Fit lays columns out from column x to column right. rows are looked at for columns that Hug; pass all rows
// of the list, not only the visible ones, so that columns do not move when it scrolls.
func Fit(x, right int, cols []Column, rows [][]Cell) Layout {
	l := Layout{cols: cols, x: make([]int, len(cols)), w: make([]int, len(cols))}
	for i, c := range cols {
		l.w[i] = max(c.Width, Width(c.Title), 1)
		if c.Grow > 0 {
			l.w[i] = max(c.Min, 1)
			if c.Min == 0 {
				l.w[i] = 8
			}
		}
		if c.Hug {
			for _, r := range rows {
				if i < len(r) {
					l.w[i] = max(l.w[i], RunsWidth(r[i]))
				}
			}
		}
	}
	for l.total() > right-x && l.drop() {
	}
	l.spread(right - x - l.total())
	for i := range cols {
		if l.w[i] == 0 {
			continue
		}
		x += l.gap(i)
		l.x[i] = x
		x += l.w[i]
	}
	return l
}

func (l Layout) gap(i int) int {
	first := true
	for _, w := range l.w[:i] {
		first = first && w == 0
	}
	switch c := l.cols[i]; {
	case first:
		return 0
	case c.Gap > 0:
		return c.Gap
	}
	return 2
}

func (l Layout) total() int {
	n := 0
	for i, w := range l.w {
		if w > 0 {
			n += l.gap(i) + w
		}
	}
	return n
}

// drop takes the column with the highest Drop away, the last of equals.
func (l Layout) drop() bool {
	at := -1
	for i, c := range l.cols {
		if l.w[i] > 0 && c.Drop > 0 && (at < 0 || c.Drop >= l.cols[at].Drop) {
			at = i
		}
	}
	if at < 0 {
		return false
	}
	l.w[at] = 0
	return true
}

// spread gives n cells to the columns that grow; a negative n is taken from them, down to one cell each.
func (l Layout) spread(n int) {
	shares := 0
	for i, c := range l.cols {
		if l.w[i] > 0 {
			shares += c.Grow
		}
	}
	for i, c := range l.cols {
		if shares == 0 || l.w[i] == 0 || c.Grow == 0 {
			continue
		}
		d := n * c.Grow / shares
		if l.w[i]+d < 1 {
			d = 1 - l.w[i]
		}
		l.w[i] += d
		n -= d
		shares -= c.Grow
	}
}

// Shown reports whether column i has a place at this width.
func (l Layout) Shown(i int) bool { return l.w[i] > 0 }

// At is where column i stands: its first cell and its width (0: dropped).
func (l Layout) At(i int) (x, w int) { return l.x[i], l.w[i] }

// Head writes the titles on row y.
func (c Canvas) Head(y int, l Layout) {
	for i, col := range l.cols {
		c.tableCell(y, l, i, C(col.Title, Meta()))
	}
}

// Row writes one row of the table.
func (c Canvas) Row(y int, l Layout, cells []Cell) {
	for i := range l.cols {
		if i < len(cells) {
			c.tableCell(y, l, i, cells[i])
		}
	}
}

func (c Canvas) tableCell(y int, l Layout, i int, cell Cell) {
	x, w := l.At(i)
	if w == 0 {
		return
	}
	if l.cols[i].Middle && len(cell) == 1 {
		cell = C(TruncateMiddle(cell[0].Text, w), cell[0].Style)
	}
	runs := TruncateRuns(cell, w)
	if l.cols[i].Right {
		x += w - RunsWidth(runs)
	}
	c.Write(x, y, runs...)
}
