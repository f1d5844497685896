// Package layered owns the drawing of a dependency graph as boxes in layers, caller left and callee right, with
// lines on a grid of cells. It knows no service and no colour: boxes have sizes, links have styles. Everything is
// deterministic and pure.
//
// # The reading rule
//
// Every line can be read with three sentences, and the router keeps them: three arms join, four arms cross; a line
// runs to the right, its vertical runs either way; so what can be reached from a box is exactly what it calls. A call
// that closes a cycle runs to the left, from the tail "↺" at the left of its caller to the head "◂" at the right of
// what it calls, on a row of its own; boxes of fewer than four rows have none, and such calls are marked only.
package layered

import "slices"

// Style of a link; where lines are drawn on top of each other the higher wins.
type Style uint8

const (
	None   Style = iota
	Dash         // asynchronous
	Light        // every other
	Double       // of the blast radius
)

// Link is a call from one box to another, by their places.
type Link struct {
	From, To int
	Style    Style
}

// Size bounds a drawing. Boxes are Tall rows high, of which the second carries the lines, with Gap rows between
// them, and as wide as Wide wants, but never narrower than Narrow.
type Size struct {
	W, H   int
	Tall   int
	Gap    int
	Narrow int
}

// Box is where a box is drawn: its upper left cell and its width.
type Box struct{ X, Y, W, Layer int }

// Arms of a cell.
const (
	North = iota
	East
	South
	West
)

// Cell has the style of each arm; one without arms is blank.
type Cell [4]Style

// Drawing is a finished layout.
type Drawing struct {
	W, H  int
	Tall  int
	Boxes []Box
	Cells []Cell  // of the lines, by row
	Out   []Style // of the port at the right of each box, None where it calls nothing that is drawn
	In    []Style // of the port at the left
	// Back are the links that close a cycle. In boxes of four rows and more they are drawn: Tail at the left of the
	// caller, Head at the right of what it calls, on the row below the other ports.
	Back       []Link
	Tail, Head []bool
	// Crossings is how many cells have four arms.
	Crossings int
}

// At is the cell in a column and a row.
func (d *Drawing) At(x, y int) Cell { return d.Cells[y*d.W+x] }

// item is what stands in a layer: a box, or a line on its way through.
type item struct {
	box    int // −1 of a line
	layer  int
	want   int // width
	row    int // its upper row
	height int
	port   int // its port below row
}

// at is the row of an item's port: that of the lines to the left is one below the other.
func (i item) at(back bool) int {
	if back && i.box >= 0 {
		return i.row + i.port + 1
	}
	return i.row + i.port
}

// seg joins items of adjacent layers. A back one is of links from b to a.
type seg struct {
	a, b  int
	back  bool
	style Style
}

// layout is a drawing in the making.
type layout struct {
	size   Size
	links  []Link // forwards
	back   []Link
	items  []item
	segs   []seg
	layers [][]int // items in their order
	out    [][]int // segs by item
	in     [][]int
}

// Draw lays boxes out in a size; wide is the width each wants. It reports false where they do not fit.
func Draw(wide []int, links []Link, s Size) (*Drawing, bool) {
	if len(wide) == 0 || s.W < 1 || s.H < s.Tall {
		return nil, false
	}
	l := &layout{size: s}
	l.cut(len(wide), links)
	for n, w := range wide {
		l.items = append(l.items, item{box: n, want: w, height: s.Tall, port: 1})
	}
	l.rank()
	l.bundle()
	if !l.may() {
		return nil, false
	}
	l.order()
	if !l.place() {
		return nil, false
	}
	return l.route()
}

// may reports whether the layers could fit at all, before work is spent on their order.
func (l *layout) may() bool {
	height := map[int]int{}
	for _, i := range l.items {
		if height[i.layer] += i.height; height[i.layer] > l.size.H {
			return false
		}
	}
	return len(height)*(l.size.Narrow+3)-3 <= l.size.W
}

// cut takes out the links that close cycles: those that lead back to where a depth-first walk has come from. Of
// links between the same two boxes the one of the highest style stays.
func (l *layout) cut(n int, links []Link) {
	best := map[[2]int]Style{}
	for _, k := range links {
		if k.From != k.To {
			best[[2]int{k.From, k.To}] = max(best[[2]int{k.From, k.To}], k.Style)
		}
	}
	next := make([][]int, n)
	callers := make([]int, n)
	for k := range best {
		next[k[0]] = append(next[k[0]], k[1])
		callers[k[1]]++
	}
	for v := range next {
		slices.Sort(next[v])
	}
	state := make([]uint8, n) // 1 on the way, 2 done
	var walk func(int)
	walk = func(v int) {
		state[v] = 1
		for _, w := range next[v] {
			k := Link{v, w, best[[2]int{v, w}]}
			if state[w] == 1 {
				l.back = append(l.back, k)
				continue
			}
			l.links = append(l.links, k)
			if state[w] == 0 {
				walk(w)
			}
		}
		state[v] = 2
	}
	for _, roots := range []bool{true, false} { // what nobody calls begins
		for v := range n {
			if state[v] == 0 && (callers[v] == 0 || !roots) {
				walk(v)
			}
		}
	}
	byEnds := func(a, b Link) int {
		if a.From != b.From {
			return a.From - b.From
		}
		return a.To - b.To
	}
	slices.SortFunc(l.links, byEnds)
	slices.SortFunc(l.back, byEnds)
}

// rank gives each box its layer: the longest path from the left, then each box moves as far towards its callees or
// callers as makes its links shorter together.
func (l *layout) rank() {
	n := len(l.items)
	callers, callees := make([][]int, n), make([][]int, n)
	waits := make([]int, n)
	for _, k := range l.links {
		callees[k.From] = append(callees[k.From], k.To)
		callers[k.To] = append(callers[k.To], k.From)
		waits[k.To]++
	}
	var ready []int
	for v := range n {
		if waits[v] == 0 {
			ready = append(ready, v)
		}
	}
	for k := 0; k < len(ready); k++ {
		v := ready[k]
		for _, w := range callees[v] {
			l.items[w].layer = max(l.items[w].layer, l.items[v].layer+1)
			if waits[w]--; waits[w] == 0 {
				ready = append(ready, w)
			}
		}
	}
	for moved := true; moved; {
		moved = false
		for k := range ready {
			v := ready[len(ready)-1-k]
			if len(callees[v]) > len(callers[v]) { // shorter on the right
				to := 1 << 30
				for _, w := range callees[v] {
					to = min(to, l.items[w].layer-1)
				}
				if to > l.items[v].layer {
					l.items[v].layer, moved = to, true
				}
			}
		}
		for _, v := range ready {
			if len(callers[v]) > len(callees[v]) {
				to := 0
				for _, w := range callers[v] {
					to = max(to, l.items[w].layer+1)
				}
				if to < l.items[v].layer {
					l.items[v].layer, moved = to, true
				}
			}
		}
	}
	// Moves may have emptied layers.
	used := map[int]bool{}
	for _, i := range l.items {
		used[i.layer] = true
	}
	for k := range l.items {
		before := 0
		for at := range l.items[k].layer {
			if used[at] {
				before++
			}
		}
		l.items[k].layer = before
	}
}

// bundle turns links over more than one layer into lines through the layers between. Such a link travels with
// others of its source or with others of its target, never both: then every line has one beginning or one end, and
// no two boxes are joined that do not call each other. The bundle that saves most lines is made first.
func (l *layout) bundle() {
	l.bundled(l.links, false)
	if l.size.Tall > 3 {
		var turned []Link
		for _, k := range l.back {
			turned = append(turned, Link{k.To, k.From, Dash})
		}
		l.bundled(turned, true)
	}
	l.out, l.in = make([][]int, len(l.items)), make([][]int, len(l.items))
	for k, s := range l.segs {
		l.out[s.a] = append(l.out[s.a], k)
		l.in[s.b] = append(l.in[s.b], k)
	}
}

func (l *layout) bundled(links []Link, back bool) {
	known := map[[2]int]int{}
	join := func(a, b int, s Style) {
		k, ok := known[[2]int{a, b}]
		if !ok {
			k = len(l.segs)
			known[[2]int{a, b}] = k
			l.segs = append(l.segs, seg{a: a, b: b, back: back})
		}
		l.segs[k].style = max(l.segs[k].style, s)
	}
	span := func(k Link) int { return l.items[k.To].layer - l.items[k.From].layer }
	var long []Link
	for _, k := range links {
		if span(k) == 1 {
			join(k.From, k.To, k.Style)
		} else {
			long = append(long, k)
		}
	}
	for len(long) > 0 {
		type side struct {
			box    int
			source bool
		}
		total, longest := map[side]int{}, map[side]int{}
		var best side
		saved := -1
		for _, k := range long {
			for _, s := range []side{{k.From, true}, {k.To, false}} {
				total[s] += span(k) - 1
				longest[s] = max(longest[s], span(k)-1)
			}
		}
		for _, k := range long { // in their order, so that the same graph is bundled alike
			for _, s := range []side{{k.From, true}, {k.To, false}} {
				if save := total[s] - longest[s]; save > saved {
					best, saved = s, save
				}
			}
		}
		chain := map[int]int{}
		through := func(layer int) int {
			d, ok := chain[layer]
			if !ok {
				d = len(l.items)
				chain[layer] = d
				l.items = append(l.items, item{box: -1, layer: layer, height: 1})
			}
			return d
		}
		long = slices.DeleteFunc(long, func(k Link) bool {
			if best.source && k.From != best.box || !best.source && k.To != best.box {
				return false
			}
			at := k.From
			for layer := l.items[k.From].layer + 1; layer < l.items[k.To].layer; layer++ {
				d := through(layer)
				join(at, d, k.Style)
				at = d
			}
			join(at, k.To, k.Style)
			return true
		})
	}
}
