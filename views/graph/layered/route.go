package layered

import "slices"

// channel is the space between two layers. Lines run through it on a grid: at the left the trunks of sources, each
// with a column of its own wherever others are beside it, at the right the trunks of targets, and between them
// private rows for the links of a source with several targets to a target with several sources. So that every
// meeting of lines of different owners is a crossing, and no crossing joins.
type channel struct {
	l       *layout
	segs    []int
	sources []end // by their rows
	targets []end
	left    []trunk // of sources
	right   []trunk // of targets
	runs    []run
	pad     int // blank columns between the two
}

// end is an item at one side of the channel with its segs.
type end struct {
	item   int
	back   bool
	row    int
	segs   []int
	forced bool // its line must end at a trunk of its own, since the row goes on as somebody else's
}

// trunk is a vertical line. rows are where lines branch off or join, port among them.
type trunk struct {
	port, low, high int
	rows            []int
	col             int
}

// run is how one seg goes: along its source's row, then the trunks it uses (−1: none), then its target's row.
// between is the row from one trunk to the other.
type run struct {
	seg                  int
	source, target       int // trunks
	from, between, until int // rows
}

// route routes every channel and paints the drawing.
func (l *layout) route() (*Drawing, bool) {
	channels := make([]*channel, len(l.layers)-1)
	widths := make([]int, len(channels))
	for k := range channels {
		channels[k] = &channel{l: l}
	}
	for n, s := range l.segs {
		c := channels[l.items[s.a].layer]
		c.segs = append(c.segs, n)
	}
	spare := l.size.W
	for k, c := range channels {
		if !c.plan() {
			return nil, false
		}
		widths[k] = c.width()
		spare -= widths[k]
	}
	want := make([]int, len(l.layers))
	for _, i := range l.items {
		want[i.layer] = max(want[i.layer], i.want)
	}
	total := 0
	for _, w := range want {
		total += w
	}
	for total > spare { // the widest gives way first
		k := 0
		for n := range want {
			if want[n] > want[k] {
				k = n
			}
		}
		if want[k] <= l.size.Narrow {
			return nil, false
		}
		want[k]--
		total--
	}
	return l.paint(channels, widths, want), true
}

// plan decides how each seg goes, which columns the trunks have, and which rows are private.
func (c *channel) plan() bool {
	l := c.l
	type port struct {
		item int
		back bool
	}
	by := func(item func(seg) int) []end {
		places := map[port]int{}
		var out []end
		for _, n := range c.segs {
			v := port{item(l.segs[n]), l.segs[n].back}
			k, ok := places[v]
			if !ok {
				k = len(out)
				places[v] = k
				out = append(out, end{item: v.item, back: v.back, row: l.items[v.item].at(v.back)})
			}
			out[k].segs = append(out[k].segs, n)
		}
		slices.SortFunc(out, func(a, b end) int { return a.row - b.row })
		return out
	}
	c.sources, c.targets = by(func(s seg) int { return s.a }), by(func(s seg) int { return s.b })
	sources, targets := map[port]*end{}, map[port]*end{}
	source := func(s seg) *end { return sources[port{s.a, s.back}] }
	target := func(s seg) *end { return targets[port{s.b, s.back}] }
	taken := map[int]bool{}
	for k := range c.sources {
		sources[port{c.sources[k].item, c.sources[k].back}] = &c.sources[k]
		taken[c.sources[k].row] = true
	}
	for k := range c.targets {
		t := &c.targets[k]
		targets[port{t.item, t.back}] = t
		taken[t.row] = true
		for j := range c.sources {
			s := &c.sources[j]
			if s.row == t.row && (s.back != t.back || !slices.ContainsFunc(s.segs, func(n int) bool { return l.segs[n].b == t.item })) {
				s.forced, t.forced = true, true
			}
		}
	}
	// What each seg needs: a trunk at its source, at its target, both, or none where it is straight.
	type need struct{ source, target bool }
	needs := make([]need, len(c.segs))
	var mixed []int
	for k, n := range c.segs {
		s, t := source(l.segs[n]), target(l.segs[n])
		along := len(s.segs) == 1 && !s.forced // it may use its source's row alone
		down := len(t.segs) == 1 && !t.forced
		switch {
		case s.row == t.row:
		case along && (!down || len(t.segs) > 1):
			needs[k].target = true
		case down:
			needs[k].source = true
		case along:
			needs[k].target = true
		default:
			needs[k] = need{true, true}
			mixed = append(mixed, k)
		}
	}
	// Private rows, the shortest links first.
	rows := make([]int, len(c.segs))
	far := func(k int) int {
		d := source(l.segs[c.segs[k]]).row - target(l.segs[c.segs[k]]).row
		return max(d, -d)
	}
	slices.SortStableFunc(mixed, func(a, b int) int { return far(a) - far(b) })
	for _, k := range mixed {
		from, until := source(l.segs[c.segs[k]]).row, target(l.segs[c.segs[k]]).row
		best, cost := -1, 0
		for r := range l.size.H {
			if taken[r] {
				continue
			}
			way := abs(r-from) + abs(r-until)
			if price := 4*way + abs(r-until); best < 0 || price < cost {
				best, cost = r, price
			}
		}
		if best < 0 {
			return false
		}
		taken[best] = true
		rows[k] = best
	}
	// Trunks: at each end one, or two where lines go up, down and straight on, since four arms would cross.
	trunks := func(e *end, into *[]trunk, asks func(need) bool, at func(k int) int) map[int]int {
		uses := map[int]int{}
		var up, down []int
		straight := false
		for _, n := range e.segs {
			k := slices.Index(c.segs, n)
			if !asks(needs[k]) {
				straight = straight || at(k) == e.row
				continue
			}
			if at(k) < e.row {
				up = append(up, k)
			} else {
				down = append(down, k)
			}
		}
		add := func(list ...int) {
			if len(list) == 0 {
				return
			}
			t := trunk{port: e.row, low: e.row, high: e.row}
			for _, k := range list {
				uses[k] = len(*into)
				t.rows = append(t.rows, at(k))
				t.low, t.high = min(t.low, at(k)), max(t.high, at(k))
			}
			*into = append(*into, t)
		}
		if straight {
			add(up...)
			add(down...)
		} else {
			add(append(up, down...)...)
		}
		return uses
	}
	c.runs = make([]run, len(c.segs))
	for k, n := range c.segs {
		s, t := source(l.segs[n]), target(l.segs[n])
		r := run{seg: n, source: -1, target: -1, from: s.row, until: t.row, between: s.row}
		switch {
		case needs[k].source && needs[k].target:
			r.between = rows[k]
		case needs[k].source:
			r.between = t.row
		}
		c.runs[k] = r
	}
	at := func(k int) int { return c.runs[k].between }
	for k := range c.sources {
		for n, t := range trunks(&c.sources[k], &c.left, func(x need) bool { return x.source }, at) {
			c.runs[n].source = t
		}
	}
	for k := range c.targets {
		for n, t := range trunks(&c.targets[k], &c.right, func(x need) bool { return x.target }, at) {
			c.runs[n].target = t
		}
	}
	if len(mixed) > 0 {
		c.pad = 1
	}
	columns(c.left, true)
	columns(c.right, false)
	return true
}

func abs(n int) int { return max(n, -n) }

// columns gives trunks their columns: an order in which few lines cross, then each as far left as those before it
// that it stands beside allow. The lines of sources leave to the right along their rows and come from the left
// along their port; those of targets the other way round.
func columns(t []trunk, sources bool) {
	order := make([]int, len(t))
	for k := range order {
		order[k] = k
	}
	inside := func(row int, o trunk) int {
		if row > o.low && row < o.high {
			return 1
		}
		return 0
	}
	cost := func(a, b trunk) int { // a left of b
		n := 0
		if sources {
			for _, r := range a.rows {
				n += inside(r, b)
			}
			return n + inside(b.port, a)
		}
		for _, r := range b.rows {
			n += inside(r, a)
		}
		return n + inside(a.port, b)
	}
	for range len(t) {
		changed := false
		for k := 0; k+1 < len(order); k++ {
			a, b := t[order[k]], t[order[k+1]]
			if cost(a, b) > cost(b, a) {
				order[k], order[k+1], changed = order[k+1], order[k], true
			}
		}
		if !changed {
			break
		}
	}
	for i, k := range order {
		t[k].col = 0
		for _, before := range order[:i] {
			o := t[before]
			if t[k].low <= o.high && o.low <= t[k].high {
				t[k].col = max(t[k].col, o.col+1)
			}
		}
	}
}

func span(t []trunk) int {
	n := 0
	for _, x := range t {
		n = max(n, x.col+1)
	}
	return n
}

// width is how many columns the channel takes, with one blank one at each side.
func (c *channel) width() int { return max(3, 2+span(c.left)+c.pad+span(c.right)) }
