package main

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"gonum.org/v1/gonum/graph/simple"
	"gonum.org/v1/gonum/graph/traverse"

	gonum "gonum.org/v1/gonum/graph"

	"signalbox/release/catalog"
)

// compact is a graph as two arrays: who rests on service i are to[at[i]:at[i+1]].
type compact struct{ at, to []int32 }

// compacted turns edges (from, to) into the arrays of who rests on whom.
func compacted(n int, edges [][2]int32) compact {
	c := compact{at: make([]int32, n+1), to: make([]int32, len(edges))}
	for _, e := range edges {
		c.at[e[1]+1]++
	}
	for i := range n {
		c.at[i+1] += c.at[i]
	}
	next := slices.Clone(c.at[:n])
	for _, e := range edges {
		c.to[next[e[1]]] = e[0]
		next[e[1]]++
	}
	return c
}

// radius counts who is down with service s.
func (c compact) radius(s int32, seen []bool, queue []int32) int {
	clear(seen)
	seen[s] = true
	queue = append(queue[:0], s)
	for i := 0; i < len(queue); i++ {
		for _, t := range c.to[c.at[queue[i]]:c.at[queue[i]+1]] {
			if !seen[t] {
				seen[t] = true
				queue = append(queue, t)
			}
		}
	}
	return len(queue) - 1
}

// radius measures the blast radius of services among 10,000 with 49,769 dependencies: each service is asked
// about once, so that no answer is one that was kept.
func radius(t *table, _ string, _ effort) error {
	const n, m, asked = 10_000, 49_769, 200
	head(fmt.Sprintf("Blast radius of one service among %d with %d dependencies", n, m))
	r := rand.New(rand.NewPCG(1, 2))
	have := map[[2]int32]bool{}
	var edges [][2]int32
	for len(edges) < m { // later services rest on earlier ones
		a, b := int32(r.IntN(n)), int32(r.IntN(n))
		if a < b {
			a, b = b, a
		}
		if e := [2]int32{a, b}; a != b && !have[e] {
			have[e] = true
			edges = append(edges, e)
		}
	}
	var f catalog.Facts
	name := func(i int32) string { return fmt.Sprintf("service-%05d", i) }
	for i := range int32(n) {
		f.Services = append(f.Services, catalog.Service{ID: name(i)})
	}
	g := simple.NewDirectedGraph()
	for i := range n {
		g.AddNode(simple.Node(i))
	}
	for _, e := range edges {
		f.Edges = append(f.Edges, catalog.Edge{From: name(e[0]), To: name(e[1]), Kind: catalog.Hard})
		g.SetEdge(g.NewEdge(simple.Node(e[1]), simple.Node(e[0])))
	}
	begun := time.Now()
	c := catalog.New(f, 1, time.Now())
	built := time.Since(begun)
	begun = time.Now()
	bare := compacted(n, edges)
	t.note("build", float64(built.Microseconds())/1000, "ms", float64(time.Since(begun).Microseconds())/1000, "bare CSR")

	services := make([]int32, asked)
	for i := range services {
		services[i] = int32(r.IntN(n / 10)) // those on which many rest
	}
	slices.Sort(services)
	services = slices.Compact(services)
	each := func(ask func(s int32) int) (float64, int) {
		total := 0
		begun := time.Now()
		for _, s := range services {
			total += ask(s)
		}
		return float64(time.Since(begun).Microseconds()) / float64(len(services)), total
	}
	seen, queue := make([]bool, n), make([]int32, 0, n)
	limit, want := each(func(s int32) int { return bare.radius(s, seen, queue) })
	x := c.Index()
	size := func(s int32) int { n, _ := x.Of(name(s)); return x.BlastSize(n) }
	ours, got := each(size)
	peer, also := each(func(s int32) int {
		count := -1
		b := traverse.BreadthFirst{Visit: func(gonum.Node) { count++ }}
		b.Walk(g, simple.Node(s), nil)
		return count
	})
	if got != want || also != want {
		return fmt.Errorf("the answers differ: ours %d, bare %d, gonum %d", got, want, also)
	}
	t.atMost("first answer for a service", ours, limit, "µs", "bare CSR", 2)
	t.atLeast("first answer for a service", ours, peer, "µs", "gonum", 20, false)
	again, _ := each(size)
	named, _ := each(func(s int32) int { n, _ := x.Of(name(s)); return len(x.Blast(n)) })
	t.note("the same asked again", again, "µs", limit, "bare CSR")
	t.note("all of them, with distance and way", named, "µs", limit, "bare CSR")
	return nil
}
