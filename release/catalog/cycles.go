package catalog

import "slices"

// components numbers the strongly connected components over the edges of at most a rank: the answer is that of
// each node. A component has a higher number than everything it calls (Tarjan 1972, without recursion).
func (x *Index) components(most uint8) []int32 {
	n := len(x.ids)
	comp, low, num := make([]int32, n), make([]int32, n), make([]int32, n)
	next := slices.Clone(x.providers.first[:n])
	var stack, path []int32
	var count, done int32
	for root := range int32(n) {
		if num[root] != 0 {
			continue
		}
		path = append(path, root)
		for len(path) > 0 {
			v := path[len(path)-1]
			if num[v] == 0 {
				count++
				num[v], low[v], comp[v] = count, count, -1
				stack = append(stack, v)
			}
			deeper := false
			for next[v] < x.providers.first[v+1] {
				k := next[v]
				next[v]++
				if x.providers.rank[k] > most {
					continue
				}
				w := x.providers.node[k]
				if num[w] == 0 {
					path, deeper = append(path, w), true
					break
				}
				if comp[w] < 0 {
					low[v] = min(low[v], num[w])
				}
			}
			if deeper {
				continue
			}
			path = path[:len(path)-1]
			if len(path) > 0 {
				up := path[len(path)-1]
				low[up] = min(low[up], low[v])
			}
			if low[v] == num[v] {
				for {
					w := stack[len(stack)-1]
					stack = stack[:len(stack)-1]
					comp[w] = done
					if w == v {
						break
					}
				}
				done++
			}
		}
	}
	return comp
}

// Cycles are the sets of two and more nodes that all reach each other over edges of any kind: they can only be
// upgraded in lock step. Each is in the order of ids, and so are they by their first.
func (x *Index) Cycles() [][]int32 {
	comp := x.cycles()
	size := make([]int32, len(comp))
	for _, c := range comp {
		size[c]++
	}
	place := map[int32]int{}
	var out [][]int32
	for n, c := range comp {
		if size[c] < 2 {
			continue
		}
		k, ok := place[c]
		if !ok {
			k = len(out)
			place[c] = k
			out = append(out, nil)
		}
		out[k] = append(out[k], int32(n))
	}
	return out
}

// SameCycle reports whether two nodes reach each other.
func (x *Index) SameCycle(a, b int32) bool { comp := x.cycles(); return comp[a] == comp[b] }

// Levels are the waves of an additive upgrade, providers first: what calls nothing is at level 0, everything else
// one above the highest that it calls, and the nodes of a cycle share one. Removals go the other way. The answer
// is by node, shared, and must not be changed.
func (x *Index) Levels() []int32 { return x.levels() }

func (x *Index) stacked() []int32 {
	comp := x.cycles()
	order := x.Order()
	slices.Reverse(order)
	level := make([]int32, len(comp)) // by component
	for _, n := range order {
		nodes, _ := x.providers.of(n)
		for _, m := range nodes {
			if c := comp[m]; c != comp[n] {
				level[comp[n]] = max(level[comp[n]], level[c]+1)
			}
		}
	}
	out := make([]int32, len(comp))
	for n, c := range comp {
		out[n] = level[c]
	}
	return out
}

// Order are all nodes, each before everything it calls; the nodes of a cycle stand together.
func (x *Index) Order() []int32 {
	comp := x.cycles()
	start := make([]int32, len(comp)+1)
	for _, c := range comp {
		start[c+1]++
	}
	for c := range comp {
		start[c+1] += start[c]
	}
	out := make([]int32, len(comp))
	for n := range comp {
		k := &start[comp[n]]
		out[*k] = int32(n)
		*k++
	}
	slices.Reverse(out)
	return out
}
