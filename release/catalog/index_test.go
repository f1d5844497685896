package catalog_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/dominikbraun/graph"
	"pgregory.net/rapid"

	"signalbox/release/catalog"
)

// drawn is a catalog of up to twelve services, some of them not declared, with cycles.
func drawn(t *rapid.T) (*catalog.Catalog, []string) {
	var names []string
	var f catalog.Facts
	for n := range rapid.IntRange(1, 12).Draw(t, "nodes") {
		id := fmt.Sprintf("s%02d", n)
		names = append(names, id)
		if rapid.IntRange(0, 4).Draw(t, "declared") > 0 {
			f.Services = append(f.Services, catalog.Service{ID: id, CustomerFacing: rapid.IntRange(0, 3).Draw(t, "faces") == 0,
				Regions: []string{"lon", "nyc"}[:rapid.IntRange(0, 2).Draw(t, "regions")]})
		}
	}
	for range rapid.IntRange(0, 30).Draw(t, "edges") {
		f.Edges = append(f.Edges, catalog.Edge{From: rapid.SampledFrom(names).Draw(t, "from"), To: rapid.SampledFrom(names).Draw(t, "to"),
			Kind: rapid.SampledFrom([]catalog.EdgeKind{catalog.Hard, catalog.Hard, catalog.Soft, catalog.Async}).Draw(t, "kind")})
	}
	return catalog.New(f, 1, noon), names
}

// modelled reads the edges of the model: the index must say the same.
func modelled(t *rapid.T, c *catalog.Catalog) map[string]map[string]catalog.EdgeKind {
	adjacent, err := c.Graph().AdjacencyMap()
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]map[string]catalog.EdgeKind{}
	for from, edges := range adjacent {
		out[from] = map[string]catalog.EdgeKind{}
		for to, e := range edges {
			out[from][to] = catalog.EdgeKind(e.Properties.Attributes["kind"])
		}
	}
	return out
}

// distances walks the model in the simplest way: by relaxing every edge until nothing changes.
func distances(model map[string]map[string]catalog.EdgeKind, start string, callers, hard bool) map[string]int32 {
	far := map[string]int32{start: 0}
	for changed := true; changed; {
		changed = false
		for from, edges := range model {
			for to, kind := range edges {
				a, b := from, to
				if callers {
					a, b = to, from
				}
				d, ok := far[a]
				if old, seen := far[b]; ok && (!hard || kind == catalog.Hard) && (!seen || d+1 < old) {
					far[b], changed = d+1, true
				}
			}
		}
	}
	delete(far, start)
	return far
}

func TestTheIndexIsTheModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, _ := drawn(t)
		x, model := c.Index(), modelled(t, c)
		edges := 0
		for n := range int32(x.Len()) {
			id := x.ID(n)
			if at, ok := x.Of(id); !ok || at != n {
				t.Fatalf("%s is found at %d, not %d", id, at, n)
			}
			if s, ok := c.Service(id); ok != (x.Service(n) != nil) || ok && s != x.Service(n) {
				t.Fatalf("of %s the index has %v, the catalog %v", id, x.Service(n), s)
			}
			last := int32(-1)
			for m, kind := range x.Next(n, catalog.Callees) {
				if model[id][x.ID(m)] != kind || m <= last {
					t.Fatalf("%s calls %s %s; the model says %q", id, x.ID(m), kind, model[id][x.ID(m)])
				}
				last = m
				edges++
			}
			last = -1
			for m, kind := range x.Next(n, catalog.Callers) {
				if model[x.ID(m)][id] != kind || m <= last {
					t.Fatalf("%s is called by %s %s", id, x.ID(m), kind)
				}
				last = m
			}
			for _, w := range []struct {
				name          string
				callers, hard bool
				steps         []catalog.Step
			}{{"blast", true, true, x.Blast(n)}, {"callers", true, false, x.Around(n, catalog.Callers, 0)},
				{"callees", false, false, x.Around(n, catalog.Callees, 0)}, {"rests", false, true, x.Rests(n)}} {
				want := distances(model, id, w.callers, w.hard)
				for k, s := range w.steps {
					if want[x.ID(s.Node)] != s.Depth {
						t.Fatalf("%s of %s: %s is %d away, want %d", w.name, id, x.ID(s.Node), s.Depth, want[x.ID(s.Node)])
					}
					if k > 0 && (w.steps[k-1].Depth > s.Depth || w.steps[k-1].Depth == s.Depth && w.steps[k-1].Node >= s.Node) {
						t.Fatalf("%s of %s is out of order: %v", w.name, id, w.steps)
					}
					a, b := s.Node, s.Via
					if !w.callers {
						a, b = b, a
					}
					if model[x.ID(a)][x.ID(b)] == "" {
						t.Fatalf("%s of %s came to %s via %s, which is no edge", w.name, id, x.ID(s.Node), x.ID(s.Via))
					}
				}
				if len(w.steps) != len(want) {
					t.Fatalf("%s of %s has %d nodes, want %d", w.name, id, len(w.steps), len(want))
				}
			}
			if got := x.BlastSize(n); got != len(x.Blast(n)) || x.BlastSize(n) != got {
				t.Fatalf("the blast radius of %s has %d nodes", id, got)
			}
			if x.Degree(n, catalog.Callees) != len(model[id]) {
				t.Fatalf("%s calls %d, want %d", id, x.Degree(n, catalog.Callees), len(model[id]))
			}
			near := 0
			for _, d := range distances(model, id, true, false) {
				if d <= 2 {
					near++
				}
			}
			if got := x.Around(n, catalog.Callers, 2); len(got) != near {
				t.Fatalf("%d callers of %s at a distance of 2, want %d", len(got), id, near)
			}
		}
		if edges != x.Edges() {
			t.Fatalf("%d edges, not %d", x.Edges(), edges)
		}
	})
}

func TestCyclesLevelsAndOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, _ := drawn(t)
		x, model := c.Index(), modelled(t, c)
		reach := map[string]map[string]int32{}
		for n := range int32(x.Len()) {
			reach[x.ID(n)] = distances(model, x.ID(n), false, false)
		}
		both := func(a, b string) bool { return reach[a][b] > 0 && reach[b][a] > 0 }
		listed := map[int32]bool{}
		for _, cycle := range x.Cycles() {
			for _, n := range cycle {
				listed[n] = true
				if !both(x.ID(n), x.ID(cycle[0])) && n != cycle[0] || len(cycle) < 2 {
					t.Fatalf("no cycle: %v", cycle)
				}
			}
		}
		levels, place := x.Levels(), map[int32]int{}
		for k, n := range x.Order() {
			place[n] = k
		}
		if len(place) != x.Len() {
			t.Fatalf("the order has %d nodes of %d", len(place), x.Len())
		}
		for n := range int32(x.Len()) {
			id, high := x.ID(n), int32(0)
			inCycle := false
			for m := range int32(x.Len()) {
				same := n != m && both(id, x.ID(m))
				inCycle = inCycle || same
				if n != m && x.SameCycle(n, m) != same {
					t.Fatalf("%s and %s in one cycle: %v", id, x.ID(m), !same)
				}
				if same && levels[n] != levels[m] {
					t.Fatalf("the cycle of %s is on two levels", id)
				}
			}
			if inCycle != listed[n] {
				t.Fatalf("%s in a cycle: %v", id, inCycle)
			}
			// The level is one above the highest that the node or its cycle calls.
			for m := range int32(x.Len()) {
				if m != n && !x.SameCycle(n, m) {
					continue
				}
				for to := range model[x.ID(m)] {
					k, _ := x.Of(to)
					if !x.SameCycle(n, k) && k != n {
						high = max(high, levels[k]+1)
						if place[m] >= place[k] {
							t.Fatalf("%s stands after %s, which it calls", x.ID(m), to)
						}
					}
				}
			}
			if levels[n] != high {
				t.Fatalf("%s is at level %d, want %d", id, levels[n], high)
			}
		}
	})
}

// TestSinglePointsByTakingAway holds the rule by its meaning: without the node the entry does not reach one of its
// essential nodes any more.
func TestSinglePointsByTakingAway(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, _ := drawn(t)
		x, model := c.Index(), modelled(t, c)
		hard := func(without string) map[string]map[string]catalog.EdgeKind {
			out := map[string]map[string]catalog.EdgeKind{}
			for from, edges := range model {
				for to, kind := range edges {
					if kind == catalog.Hard && from != without && to != without {
						if out[from] == nil {
							out[from] = map[string]catalog.EdgeKind{}
						}
						out[from][to] = kind
					}
				}
			}
			return out
		}
		whole := hard("")
		below := func(id string) map[string]int32 { return distances(whole, id, false, true) }
		var marked, roots []string
		for n := range int32(x.Len()) {
			id := x.ID(n)
			if s := x.Service(n); s != nil && len(whole[id]) > 0 {
				if s.CustomerFacing {
					marked = append(marked, id)
				}
				if len(c.HardDependants(id)) == 0 {
					roots = append(roots, id)
				}
			}
		}
		if len(marked) == 0 {
			marked = roots
		}
		want := map[string][]string{}
		for _, entry := range marked {
			for v := range below(entry) {
				left := distances(hard(v), entry, false, true)
				for end := range below(entry) {
					essential := true
					for further := range below(end) {
						essential = essential && below(further)[end] > 0
					}
					if _, still := left[end]; essential && !still && v != entry && end != entry {
						want[v] = append(want[v], entry)
						break
					}
				}
			}
		}
		for _, p := range x.SinglePoints() {
			id := x.ID(p.Node)
			var got []string
			for _, e := range p.Journeys {
				got = append(got, x.ID(e))
			}
			slices.Sort(want[id])
			if !slices.Equal(got, want[id]) {
				t.Fatalf("without %s the journeys of %v fail, want %v", id, got, want[id])
			}
			if s := x.Service(p.Node); s != nil && len(s.Regions) >= 2 {
				t.Fatalf("%s runs in %v", id, s.Regions)
			}
			delete(want, id)
		}
		for id := range want {
			if s, ok := c.Service(id); !ok || len(s.Regions) < 2 {
				t.Fatalf("%s is missing: %v fail without it", id, want[id])
			}
		}
	})
}

func TestSinglePoints(t *testing.T) {
	two := []string{"lon", "nyc"}
	edge := func(from, to string) catalog.Edge { return catalog.Edge{From: from, To: to, Kind: catalog.Hard} }
	f := catalog.Facts{
		Services: []catalog.Service{{ID: "web", CustomerFacing: true, Regions: two}, {ID: "app", CustomerFacing: true, Regions: two}, {ID: "pay", Regions: []string{"lon"}},
			{ID: "bff", Regions: two}, {ID: "db", Regions: []string{"lon"}}, {ID: "log"}},
		Edges: []catalog.Edge{edge("web", "bff"), edge("bff", "db"), edge("web", "pay"), edge("pay", "db"), edge("app", "pay"), edge("pay", "vendor:cards"), {From: "pay", To: "log", Kind: catalog.Soft}},
	}
	x := catalog.New(f, 1, noon).Index()
	got := ""
	for _, p := range x.SinglePoints() {
		got += x.ID(p.Node) + fmt.Sprint(p.Regions) + ":"
		for _, e := range p.Journeys {
			got += " " + x.ID(e)
		}
		got += "; "
	}
	// web reaches db by bff too; for app and for the cards everything goes through pay. log is not needed.
	if want := "db1: app web; pay1: app web; vendor:cards0: app web; "; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// large is a company of 10,000 services with 50,000 edges, each to a later one.
func large() catalog.Facts {
	var f catalog.Facts
	const n = 10_000
	id := func(k int) string { return fmt.Sprintf("service-%05d", k) }
	seed := uint64(1)
	draw := func(m int) int { // xorshift: the same company each time
		seed ^= seed << 13
		seed ^= seed >> 7
		seed ^= seed << 17
		return int(seed % uint64(m))
	}
	for k := range n {
		f.Services = append(f.Services, catalog.Service{ID: id(k), Regions: []string{"lon", "nyc"}[:1+draw(2)], CustomerFacing: k < 200})
	}
	seen := map[[2]int]bool{}
	for len(f.Edges) < 50_000 {
		a := draw(n - 1)
		b := a + 1 + draw(min(n-a-1, 400))
		if !seen[[2]int{a, b}] {
			seen[[2]int{a, b}] = true
			f.Edges = append(f.Edges, catalog.Edge{From: id(a), To: id(b), Kind: []catalog.EdgeKind{catalog.Hard, catalog.Hard, catalog.Soft}[draw(3)]})
		}
	}
	return f
}

func BenchmarkGraph(b *testing.B) {
	f := large()
	c := catalog.New(f, 1, noon)
	x := c.Index()
	at, _ := x.Of("service-09000")
	b.Run("build/catalog", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			catalog.New(f, 1, noon)
		}
	})
	b.Run("build/dominikbraun", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			g := graph.New(graph.StringHash, graph.Directed())
			for _, s := range f.Services {
				_ = g.AddVertex(s.ID)
			}
			for _, e := range f.Edges {
				_ = g.AddEdge(e.From, e.To)
			}
		}
	})
	b.Run("build/index", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			catalog.BuildIndex(c.Services, f.Edges)
		}
	})
	b.Run("blast/index", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			x.Blast(at)
		}
	})
	b.Run("blast/index-without-distances", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			catalog.Down(x, at)
		}
	})
	b.Run("blast/dominikbraun", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			callers, err := c.Graph().PredecessorMap()
			if err != nil {
				b.Fatal(err)
			}
			walked(callers, "service-09000")
		}
	})
	b.Run("blast/dominikbraun-map-kept", func(b *testing.B) {
		callers, err := c.Graph().PredecessorMap()
		if err != nil {
			b.Fatal(err)
		}
		b.ReportAllocs()
		for b.Loop() {
			walked(callers, "service-09000")
		}
	})
	b.Run("scc/index", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			catalog.Components(x)
		}
	})
	b.Run("scc/dominikbraun", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := graph.StronglyConnectedComponents(c.Graph()); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("order/index", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			catalog.Components(x)
			x.Order()
		}
	})
	b.Run("spof/index", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			catalog.FindSinglePoints(x)
		}
	})
	b.Run("order/dominikbraun", func(b *testing.B) { // some seconds
		b.ReportAllocs()
		for b.Loop() {
			if _, err := graph.TopologicalSort(c.Graph()); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// walked is the blast radius over a map of the model.
func walked(callers map[string]map[string]graph.Edge[string], start string) int {
	seen, queue := map[string]bool{start: true}, []string{start}
	for k := 0; k < len(queue); k++ {
		for from, e := range callers[queue[k]] {
			if e.Properties.Attributes["kind"] == string(catalog.Hard) && !seen[from] {
				seen[from] = true
				queue = append(queue, from)
			}
		}
	}
	return len(queue) - 1
}
