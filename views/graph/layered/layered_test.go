package layered_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"signalbox/views/graph/layered"
)

// arms reads a rune back: the test knows the drawing by its letters alone.
var arms = map[rune][4]bool{}

func init() {
	for _, set := range []string{" ╵╶└╷│┌├╴┘─┴┐┤┬┼", " ║╶╙║║╓╟╴╜─╨╖╢╥╫", " ╵═╘╷│╒╞═╛═╧╕╡╤╪", " ║═╚║║╔╠═╝═╩╗╣╦╬"} {
		for mask, r := range []rune(set) {
			if _, ok := arms[r]; !ok || r == '─' || r == '│' {
				arms[r] = [4]bool{mask&1 != 0, mask&2 != 0, mask&4 != 0, mask&8 != 0}
			}
		}
	}
	// Of a doubled line only both arms are drawn.
	for r, a := range map[rune][4]bool{'║': {true, false, true, false}, '═': {false, true, false, true}, '│': {true, false, true, false}, '─': {false, true, false, true},
		'┆': {true, false, true, false}, '┄': {false, true, false, true}} {
		arms[r] = a
	}
}

// sheet draws boxes and lines as letters.
func sheet(d *layered.Drawing) [][]rune {
	out := make([][]rune, d.H)
	for y := range out {
		for x := range d.W {
			out[y] = append(out[y], d.At(x, y).Rune())
		}
	}
	for n, b := range d.Boxes {
		for y := b.Y; y < b.Y+d.Tall; y++ {
			for x := b.X; x < b.X+b.W; x++ {
				out[y][x] = '.'
			}
		}
		copy(out[b.Y+1][b.X+1:b.X+b.W-1], []rune(fmt.Sprintf("%d", n)))
	}
	return out
}

func text(d *layered.Drawing) string {
	var b strings.Builder
	for _, row := range sheet(d) {
		b.WriteString(strings.TrimRight(string(row), " ") + "\n")
	}
	return b.String()
}

// traced is what can be reached by the reading rule from the right port of a box, or to the left from its tail.
func traced(t *rapid.T, d *layered.Drawing, s [][]rune, box int, back bool) []int {
	b := d.Boxes[box]
	ahead, behind, row := layered.East, layered.West, 1
	if back {
		ahead, behind, row = layered.West, layered.East, 2
	}
	type place struct{ x, y, dir int }
	step := [4][2]int{{0, -1}, {1, 0}, {0, 1}, {-1, 0}}
	seen := map[place]bool{}
	var hit []int
	queue := []place{{b.X + b.W, b.Y + row, ahead}}
	if back {
		queue[0].x = b.X - 1
	}
	for len(queue) > 0 {
		p := queue[0]
		queue = queue[1:]
		if seen[p] {
			continue
		}
		seen[p] = true
		if p.x < 0 || p.x >= d.W || p.y < 0 || p.y >= d.H {
			t.Fatalf("a line leaves the drawing at %d,%d:\n%s", p.x, p.y, text(d))
		}
		if n := slices.IndexFunc(d.Boxes, func(o layered.Box) bool {
			return p.x >= o.X && p.x < o.X+o.W && p.y >= o.Y && p.y < o.Y+d.Tall
		}); n >= 0 {
			if p.y != d.Boxes[n].Y+row || p.dir != ahead {
				t.Fatalf("a line meets box %d at no port:\n%s", n, text(d))
			}
			hit = append(hit, n)
			continue
		}
		a, ok := arms[s[p.y][p.x]]
		if !ok || !a[(p.dir+2)%4] {
			t.Fatalf("a line ends at %d,%d before %q:\n%s", p.x, p.y, s[p.y][p.x], text(d))
		}
		if a == [4]bool{true, true, true, true} { // four arms cross
			queue = append(queue, place{p.x + step[p.dir][0], p.y + step[p.dir][1], p.dir})
			continue
		}
		for dir, has := range a {
			if !has || dir == (p.dir+2)%4 || dir == behind { // a line runs one way
				continue
			}
			queue = append(queue, place{p.x + step[dir][0], p.y + step[dir][1], dir})
		}
	}
	slices.Sort(hit)
	return slices.Compact(hit)
}

// TestWhatCanBeReachedIsWhatIsCalled holds the reading rule on drawings of random graphs with cycles.
func TestWhatCanBeReachedIsWhatIsCalled(t *testing.T) {
	drawn, asked := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 16).Draw(t, "boxes")
		var links []layered.Link
		for range rapid.IntRange(0, 2*n).Draw(t, "links") {
			links = append(links, layered.Link{From: rapid.IntRange(0, n-1).Draw(t, "from"), To: rapid.IntRange(0, n-1).Draw(t, "to"),
				Style: layered.Style(rapid.IntRange(1, 3).Draw(t, "style"))})
		}
		wide := make([]int, n)
		for k := range wide {
			wide[k] = rapid.IntRange(9, 18).Draw(t, "wide")
		}
		size := layered.Size{W: 400, H: rapid.IntRange(30, 90).Draw(t, "h"), Tall: rapid.SampledFrom([]int{3, 4}).Draw(t, "tall"), Gap: rapid.IntRange(0, 1).Draw(t, "gap"), Narrow: 9}
		asked++
		d, ok := layered.Draw(wide, links, size)
		if !ok {
			return
		}
		drawn++
		if again, _ := layered.Draw(wide, links, size); text(again) != text(d) {
			t.Fatal("the same graph is drawn otherwise")
		}
		s := sheet(d)
		for k, b := range d.Boxes {
			for j, o := range d.Boxes[:k] {
				if b.X < o.X+o.W && o.X < b.X+b.W && b.Y < o.Y+d.Tall && o.Y < b.Y+d.Tall {
					t.Fatalf("boxes %d and %d overlap:\n%s", j, k, text(d))
				}
			}
			if b.X < 0 || b.Y < 0 || b.X+b.W > d.W || b.Y+d.Tall > d.H {
				t.Fatalf("box %d is outside:\n%s", k, text(d))
			}
			var want []int
			for _, l := range links {
				if l.From == k && l.To != k && !slices.ContainsFunc(d.Back, func(x layered.Link) bool { return x.From == k && x.To == l.To }) {
					want = append(want, l.To)
				}
			}
			slices.Sort(want)
			want = slices.Compact(want)
			if (d.Out[k] != layered.None) != (len(want) > 0) {
				t.Fatalf("box %d has a port %d and calls %v", k, d.Out[k], want)
			}
			if len(want) > 0 {
				if got := traced(t, d, s, k, false); !slices.Equal(got, want) {
					t.Fatalf("from %d the lines lead to %v, want %v:\n%s", k, got, want, text(d))
				}
			}
			var round []int
			for _, l := range d.Back {
				if l.From == k && d.Tall > 3 {
					round = append(round, l.To)
				}
			}
			slices.Sort(round)
			if d.Tail[k] != (len(round) > 0) {
				t.Fatalf("box %d has a tail: %v, and calls back %v", k, d.Tail[k], round)
			}
			if len(round) > 0 {
				if got := traced(t, d, s, k, true); !slices.Equal(got, round) {
					t.Fatalf("from %d the lines lead back to %v, want %v:\n%s", k, got, round, text(d))
				}
			}
		}
		// No arm leads nowhere.
		step := [4][2]int{{0, -1}, {1, 0}, {0, 1}, {-1, 0}}
		for y := range d.H {
			for x := range d.W {
				a, line := arms[s[y][x]]
				for dir, has := range a {
					if !line || !has {
						continue
					}
					tx, ty := x+step[dir][0], y+step[dir][1]
					if tx < 0 || ty < 0 || tx >= d.W || ty >= d.H {
						t.Fatalf("an arm at %d,%d leaves the drawing:\n%s", x, y, text(d))
					}
					other, isLine := arms[s[ty][tx]]
					inBox := slices.ContainsFunc(d.Boxes, func(b layered.Box) bool {
						return tx >= b.X && tx < b.X+b.W && (ty == b.Y+1 || d.Tall > 3 && ty == b.Y+2)
					})
					if !inBox && (!isLine || !other[(dir+2)%4]) {
						t.Fatalf("an arm at %d,%d has no other:\n%s", x, y, text(d))
					}
				}
			}
		}
	})
	if drawn*2 < asked {
		t.Errorf("only %d of %d fitted", drawn, asked)
	}
}

// A graph without cycles has no back links.
func TestNoCycleNoBackLink(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(2, 12).Draw(t, "boxes")
		var links []layered.Link
		for range rapid.IntRange(0, 20).Draw(t, "links") {
			a := rapid.IntRange(0, n-2).Draw(t, "from")
			links = append(links, layered.Link{From: a, To: rapid.IntRange(a+1, n-1).Draw(t, "to"), Style: layered.Light})
		}
		if d, ok := layered.Draw(make([]int, n), links, layered.Size{W: 400, H: 90, Tall: 4, Narrow: 5}); ok && len(d.Back) > 0 {
			t.Fatalf("%v go back", d.Back)
		}
	})
}
