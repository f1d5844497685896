package topology

import (
	"bytes"
	"io"
	"slices"
	"strings"

	"github.com/dominikbraun/graph"
	"github.com/dominikbraun/graph/draw"

	"signalbox/release/catalog"
)

// DOT writes the neighbourhood in the language of Graphviz, callers left. Edges of the blast radius are bold, soft
// ones dashed, asynchronous ones dotted. The same neighbourhood gives the same bytes.
func (m *Map) DOT(w io.Writer, h Neighbourhood) error {
	nodes := h.Nodes()
	down := map[int32]bool{h.Focus: true}
	for _, s := range h.Blast {
		down[s.Node] = true
	}
	g := graph.New(graph.StringHash, graph.Directed())
	for _, n := range nodes {
		a := &m.Nodes[n]
		label := a.ID
		if a.Version != "" {
			label += " " + a.Version
		}
		look := []func(*graph.VertexProperties){graph.VertexAttribute("label", quoted(label)), graph.VertexAttribute("shape", "box")}
		if n == h.Focus {
			look = append(look, graph.VertexAttribute("penwidth", "3"))
		}
		if a.Kind == Vendor {
			look = append(look, graph.VertexAttribute("style", "dashed"))
		}
		if err := g.AddVertex(quoted(a.ID), look...); err != nil {
			return err
		}
	}
	for _, e := range m.Within(nodes) {
		look := []func(*graph.EdgeProperties){graph.EdgeAttribute("kind", string(e.Kind))}
		switch {
		case e.Kind == catalog.Soft:
			look = append(look, graph.EdgeAttribute("style", "dashed"))
		case e.Kind == catalog.Async:
			look = append(look, graph.EdgeAttribute("style", "dotted"))
		case down[e.From] && down[e.To]:
			look = append(look, graph.EdgeAttribute("style", "bold"))
		}
		if err := g.AddEdge(quoted(m.Nodes[e.From].ID), quoted(m.Nodes[e.To].ID), look...); err != nil {
			return err
		}
	}
	var b bytes.Buffer
	if err := draw.DOT(g, &b, draw.GraphAttribute("rankdir", "LR")); err != nil {
		return err
	}
	return ordered(w, b.String())
}

// quoted makes text fit between the quotation marks that the export puts around it.
func quoted(s string) string {
	return strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", " ", "\r", " ").Replace(s)
}

// ordered writes a graph's statements sorted, since the export walks maps.
func ordered(w io.Writer, text string) error {
	var head, rest []string
	for _, l := range strings.Split(text, "\n") {
		switch l = strings.TrimSpace(l); {
		case l == "" || l == "}":
		case strings.HasPrefix(l, `"`):
			rest = append(rest, "\t"+l)
		case strings.HasSuffix(l, "{"):
			head = append([]string{l}, head...)
		default:
			head = append(head, "\t"+l)
		}
	}
	slices.Sort(rest)
	_, err := io.WriteString(w, strings.Join(append(append(head, rest...), "}"), "\n")+"\n")
	return err
}
