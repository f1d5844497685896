package layered

// paint puts boxes and lines on the grid.
func (l *layout) paint(channels []*channel, widths, boxes []int) *Drawing {
	d := &Drawing{H: l.size.H, Tall: l.size.Tall, Back: l.back}
	starts := make([]int, len(l.layers)) // the column of each layer
	for k := range l.layers {
		starts[k] = d.W
		d.W += boxes[k]
		if k < len(widths) {
			d.W += widths[k]
		}
	}
	d.Cells = make([]Cell, d.W*d.H)
	for _, i := range l.items {
		if i.box < 0 {
			continue
		}
		if d.Boxes == nil {
			n := 0
			for _, j := range l.items {
				if j.box >= 0 {
					n++
				}
			}
			d.Boxes, d.Out, d.In, d.Tail, d.Head = make([]Box, n), make([]Style, n), make([]Style, n), make([]bool, n), make([]bool, n)
		}
		d.Boxes[i.box] = Box{starts[i.layer], i.row, boxes[i.layer], i.layer} // all of a layer are as wide, so that ports stand in line
	}
	for _, s := range l.segs {
		for _, v := range [2]int{s.a, s.b} {
			i := l.items[v]
			switch {
			case i.box < 0:
				d.across(i.at(s.back), starts[i.layer], starts[i.layer]+boxes[i.layer]-1, s.style)
			case s.back && v == s.a:
				d.Head[i.box] = true
			case s.back:
				d.Tail[i.box] = true
			case v == s.a:
				d.Out[i.box] = max(d.Out[i.box], s.style)
			default:
				d.In[i.box] = max(d.In[i.box], s.style)
			}
		}
	}
	for k, c := range channels {
		x := starts[k] + boxes[k]
		left, right := x+1, x+widths[k]-1-span(c.right)
		end := x + widths[k] - 1
		for _, r := range c.runs {
			style := l.segs[r.seg].style
			at, row := x, r.from
			if r.source >= 0 {
				col := left + c.left[r.source].col
				d.across(row, at, col, style)
				d.along(col, row, r.between, style)
				at, row = col, r.between
			}
			if r.target >= 0 {
				col := right + c.right[r.target].col
				d.across(row, at, col, style)
				d.along(col, row, r.until, style)
				at, row = col, r.until
			}
			d.across(row, at, end, style)
			// The ends of the channel meet the ports.
			d.arm(x, r.from, West, style)
			d.arm(end, r.until, East, style)
		}
	}
	for _, c := range d.Cells {
		if c[North] != None && c[East] != None && c[South] != None && c[West] != None {
			d.Crossings++
		}
	}
	for _, i := range l.items { // lines through a layer meet those of the channels beside it
		if i.box >= 0 {
			continue
		}
		x, w, y := starts[i.layer], boxes[i.layer], i.at(false)
		style := d.At(x, y)[East]
		d.arm(x, y, West, style)
		d.arm(x+w-1, y, East, style)
	}
	return d
}

func (d *Drawing) arm(x, y, a int, s Style) {
	c := &d.Cells[y*d.W+x]
	c[a] = max(c[a], s)
}

// across draws from one column to another, to the right.
func (d *Drawing) across(y, from, to int, s Style) {
	for x := from; x < to; x++ {
		d.arm(x, y, East, s)
		d.arm(x+1, y, West, s)
	}
}

// along draws from one row to another.
func (d *Drawing) along(x, from, to int, s Style) {
	for y := min(from, to); y < max(from, to); y++ {
		d.arm(x, y, South, s)
		d.arm(x, y+1, North, s)
	}
}

// runes of a cell by its arms: bits North 1, East 2, South 4, West 8.
var (
	light = []rune(" ╵╶└╷│┌├╴┘─┴┐┤┬┼")
	// vertical, horizontal and both arms doubled; a doubled arm takes the other of its line with it.
	tall = []rune(" ║╶╙║║╓╟╴╜─╨╖╢╥╫")
	flat = []rune(" ╵═╘╷│╒╞═╛═╧╕╡╤╪")
	both = []rune(" ║═╚║║╔╠═╝═╩╗╣╦╬")
)

// Rune draws a cell.
func (c Cell) Rune() rune {
	mask := 0
	for a, s := range c {
		if s != None {
			mask |= 1 << a
		}
	}
	v, h := c[North] == Double || c[South] == Double, c[East] == Double || c[West] == Double
	switch {
	case v && h:
		return both[mask]
	case v:
		return tall[mask]
	case h:
		return flat[mask]
	case mask == 5 && c[North] == Dash && c[South] == Dash:
		return '┆'
	case mask == 10 && c[East] == Dash && c[West] == Dash:
		return '┄'
	}
	return light[mask]
}
