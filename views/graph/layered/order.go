package layered

import (
	"cmp"
	"slices"
)

// sweeps is how often the order of all layers is improved before it is kept.
const sweeps = 24

// order puts the items of each layer into an order with few crossings: from several beginnings, layer by layer by
// the median of their neighbours, then by exchanging neighbours while that helps. The best of all is kept.
func (l *layout) order() {
	last := 0
	for _, i := range l.items {
		last = max(last, i.layer)
	}
	var best [][]int
	least := -1
	for start := range 4 {
		l.layers = l.begin(last+1, start)
		idle := 0
		for sweep := 0; sweep < sweeps && idle < 6; sweep++ {
			l.settle(sweep%2 == 0, start%2 == 0)
			l.exchange()
			if n := l.crossings(); least < 0 || n < least {
				least, idle, best = n, 0, nil
				for _, layer := range l.layers {
					best = append(best, slices.Clone(layer))
				}
			} else {
				idle++
			}
		}
		if least == 0 {
			break
		}
	}
	l.layers = best
}

// begin lists the items as a walk along the lines meets them: from the left or from the right, down or up.
func (l *layout) begin(layers, start int) [][]int {
	out := make([][]int, layers)
	seen := make([]bool, len(l.items))
	var walk func(int)
	walk = func(v int) {
		if seen[v] {
			return
		}
		seen[v] = true
		out[l.items[v].layer] = append(out[l.items[v].layer], v)
		for _, k := range l.out[v] {
			walk(l.segs[k].b)
		}
		for _, k := range l.in[v] {
			walk(l.segs[k].a)
		}
	}
	first := make([]int, len(l.items))
	for v := range first {
		first[v] = v
	}
	slices.SortStableFunc(first, func(a, b int) int {
		c := cmp.Compare(l.items[a].layer, l.items[b].layer)
		if start%2 == 1 {
			c = -c
		}
		return c
	})
	for _, v := range first {
		walk(v)
	}
	if start >= 2 {
		for _, layer := range out {
			slices.Reverse(layer)
		}
	}
	return out
}

// settle orders every layer by its neighbours on one side.
func (l *layout) settle(right, median bool) {
	place := l.places()
	for k := range l.layers {
		at := k
		if !right {
			at = len(l.layers) - 1 - k
		}
		layer := l.layers[at]
		want := map[int]float64{}
		for i, v := range layer {
			var near []int
			if right {
				for _, s := range l.in[v] {
					near = append(near, place[l.segs[s].a])
				}
			} else {
				for _, s := range l.out[v] {
					near = append(near, place[l.segs[s].b])
				}
			}
			want[v] = float64(i)
			if len(near) == 0 {
				continue
			}
			slices.Sort(near)
			if median {
				want[v] = float64(near[(len(near)-1)/2]+near[len(near)/2]) / 2
				continue
			}
			sum := 0
			for _, n := range near {
				sum += n
			}
			want[v] = float64(sum) / float64(len(near))
		}
		slices.SortStableFunc(layer, func(a, b int) int { return cmp.Compare(want[a], want[b]) })
		for i, v := range layer {
			place[v] = i
		}
	}
}

func (l *layout) places() []int {
	place := make([]int, len(l.items))
	for _, layer := range l.layers {
		for i, v := range layer {
			place[v] = i
		}
	}
	return place
}

// exchange swaps neighbours in a layer as long as that takes crossings away.
func (l *layout) exchange() {
	place := l.places()
	for better, rounds := true, 0; better && rounds < 10; rounds++ {
		better = false
		for _, layer := range l.layers {
			for i := 0; i+1 < len(layer); i++ {
				a, b := layer[i], layer[i+1]
				if l.between(a, b, place) > l.between(b, a, place) {
					layer[i], layer[i+1] = b, a
					place[a], place[b], better = i+1, i, true
				}
			}
		}
	}
}

// between counts the crossings of the lines of a with those of b, a above b.
func (l *layout) between(a, b int, place []int) int {
	n := 0
	for _, x := range l.out[a] {
		for _, y := range l.out[b] {
			if place[l.segs[x].b] > place[l.segs[y].b] {
				n++
			}
		}
	}
	for _, x := range l.in[a] {
		for _, y := range l.in[b] {
			if place[l.segs[x].a] > place[l.segs[y].a] {
				n++
			}
		}
	}
	return n
}

func (l *layout) crossings() int {
	place := l.places()
	n := 0
	for _, layer := range l.layers {
		for i, v := range layer {
			for _, w := range layer[i+1:] {
				for _, x := range l.out[v] {
					for _, y := range l.out[w] {
						if place[l.segs[x].b] > place[l.segs[y].b] {
							n++
						}
					}
				}
			}
		}
	}
	return n
}

// place gives every item its row: each as near as its layer allows to the median of those it is joined to. It
// reports false where a layer is higher than the drawing.
func (l *layout) place() bool {
	offset := make([]int, len(l.items)) // the least row of each in its layer
	height := make([]int, len(l.layers))
	for k, layer := range l.layers {
		at := 0
		for i, v := range layer {
			if i > 0 {
				at += l.gap(layer[i-1], v)
			}
			offset[v] = at
			l.items[v].row = at
			at += l.items[v].height
		}
		if height[k] = at; at > l.size.H {
			return false
		}
	}
	tallest := slices.Max(height)
	for k, layer := range l.layers { // begin in the middle
		for _, v := range layer {
			l.items[v].row += (tallest - height[k]) / 2
		}
	}
	for round := range 8 {
		for k := range l.layers {
			at := k
			if round%2 == 1 {
				at = len(l.layers) - 1 - k
			}
			l.straighten(l.layers[at], offset, l.size.H-height[at], round)
		}
	}
	top := l.size.H
	for _, i := range l.items {
		top = min(top, i.row)
	}
	for k := range l.items {
		l.items[k].row -= top
	}
	return true
}

func (l *layout) gap(above, below int) int {
	if l.items[above].box >= 0 && l.items[below].box >= 0 {
		return l.size.Gap
	}
	return 0
}

// straighten places one layer by pooling: items that want the same rows move as one block, whose row is the
// weighted median of what they want (the pool-adjacent-violators method for least absolute error).
func (l *layout) straighten(layer []int, offset []int, slack, round int) {
	type wish struct{ row, weight int }
	type block struct {
		first, n int
		wishes   []wish
		row      int
	}
	median := func(w []wish) int {
		slices.SortFunc(w, func(a, b wish) int { return a.row - b.row })
		total, sum := 0, 0
		for _, x := range w {
			total += x.weight
		}
		for _, x := range w {
			if sum += x.weight; 2*sum >= total {
				return x.row
			}
		}
		return 0
	}
	var blocks []block
	for i, v := range layer {
		b := block{first: i, n: 1}
		add := func(other int, back bool) {
			weight := 1
			switch {
			case l.items[v].box < 0 && l.items[other].box < 0:
				weight = 6
			case l.items[v].box < 0 || l.items[other].box < 0:
				weight = 2
			}
			b.wishes = append(b.wishes, wish{l.items[other].at(back) - (l.items[v].at(back) - l.items[v].row) - offset[v], weight})
		}
		if round%2 == 0 || round > 2 {
			for _, k := range l.in[v] {
				add(l.segs[k].a, l.segs[k].back)
			}
		}
		if round%2 == 1 || round > 2 {
			for _, k := range l.out[v] {
				add(l.segs[k].b, l.segs[k].back)
			}
		}
		if len(b.wishes) == 0 {
			b.wishes = []wish{{l.items[v].row - offset[v], 1}}
		}
		b.row = median(b.wishes)
		blocks = append(blocks, b)
		for len(blocks) > 1 && blocks[len(blocks)-2].row > blocks[len(blocks)-1].row {
			a, z := &blocks[len(blocks)-2], blocks[len(blocks)-1]
			a.n += z.n
			a.wishes = append(a.wishes, z.wishes...)
			a.row = median(a.wishes)
			blocks = blocks[:len(blocks)-1]
		}
	}
	for _, b := range blocks {
		row := max(0, min(b.row, slack))
		for _, v := range layer[b.first : b.first+b.n] {
			l.items[v].row = offset[v] + row
		}
	}
}
