package catalog

import (
	"cmp"
	"slices"
	"sync"

	"github.com/dominikbraun/graph"
)

// dependencies is the dependency graph, consumer → provider, with an index of who consumes whom. The graph
// is the model (vertices, edge properties, paths, export); the index answers the questions that every
// screen asks.
type dependencies struct {
	model     graph.Graph[string, string]
	consumers map[string][]Edge // provider → edges that point at it
	providers map[string][]Edge // consumer → edges that leave it
	index     *Index
	hard      sync.Map // service → []string: the walks of HardDependants that were asked for
}

// newDependencies builds the model, and the index from the edges that the model took. services are sorted by id.
func newDependencies(services []Service, edges []Edge) *dependencies {
	d := &dependencies{
		model:     graph.New(graph.StringHash, graph.Directed()),
		consumers: map[string][]Edge{},
		providers: map[string][]Edge{},
	}
	strongest := slices.Clone(edges)
	slices.SortStableFunc(strongest, func(a, b Edge) int {
		if a.Ruled != b.Ruled {
			if a.Ruled {
				return -1
			}
			return 1
		}
		return cmp.Compare(a.Kind.rank(), b.Kind.rank())
	})
	taken := strongest[:0]
	for _, e := range strongest {
		if e.From == e.To {
			continue
		}
		// An error here says that the vertex or edge is there already, which is what is wanted.
		_ = d.model.AddVertex(e.From)
		_ = d.model.AddVertex(e.To)
		if d.model.AddEdge(e.From, e.To, graph.EdgeAttribute("kind", string(e.Kind))) != nil {
			continue
		}
		taken = append(taken, e)
		d.consumers[e.To] = append(d.consumers[e.To], e)
		d.providers[e.From] = append(d.providers[e.From], e)
	}
	d.index = newIndex(services, taken)
	return d
}

// rank orders kinds by how much the consumer suffers, the most first.
func (k EdgeKind) rank() int {
	switch k {
	case Hard:
		return 0
	case Soft:
		return 1
	}
	return 2
}

// Index returns the dependency graph in flat arrays, for everything that is asked often.
func (c *Catalog) Index() *Index { return c.graph.index }

// Graph returns the dependency graph, for paths and export. It must not be changed.
func (c *Catalog) Graph() graph.Graph[string, string] { return c.graph.model }

// Providers returns the edges by which a service depends on others.
func (c *Catalog) Providers(service string) []Edge { return c.graph.providers[service] }

// Consumers returns the edges by which others depend on a service.
func (c *Catalog) Consumers(service string) []Edge { return c.graph.consumers[service] }

// HardDependants returns every service that is down when the given one is: those that reach it over hard
// edges, without itself, in order of their ids. A cycle is walked once. The answer is shared: it must not be
// changed.
func (c *Catalog) HardDependants(service string) []string {
	if len(c.graph.consumers[service]) == 0 {
		return nil
	}
	if known, ok := c.graph.hard.Load(service); ok {
		return known.([]string)
	}
	out := c.graph.hardDependants(service)
	c.graph.hard.Store(service, out)
	return out
}

func (d *dependencies) hardDependants(service string) []string {
	n, _ := d.index.Of(service)
	nodes := d.index.down(n)
	if len(nodes) == 0 {
		return nil
	}
	slices.Sort(nodes)
	out := make([]string, len(nodes))
	for i, n := range nodes {
		out[i] = d.index.ID(n)
	}
	return out
}
