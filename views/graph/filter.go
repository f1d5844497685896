package graph

import (
	"strconv"
	"strings"
	"time"

	"signalbox/release"
	"signalbox/release/topology"
	"signalbox/views/filter"
)

var aspects = []string{string(release.Stop), string(release.Caution), string(release.Dark), string(release.Go)}

// language is what the services of the graph can be asked for. A signal may stand alone; blast is how many are down
// with it, rests how many it is down without, is asks for what its place in the graph makes of it.
var language = filter.Language{
	Fields: []filter.Field{
		{Name: "svc", Also: []string{"service"}},
		{Name: "tier", Values: []string{"0", "1", "2", "3"}},
		{Name: "team", Also: []string{"owner"}},
		{Name: "unit"},
		{Name: "region"},
		{Name: "state", Values: aspects},
		{Name: "kind", Values: []string{string(topology.Service), string(topology.Vendor), string(topology.Stranger)}},
		{Name: "is", Values: []string{"spof", "cycle", "changing", "late"}},
		{Name: "version"},
		{Name: "blast", Kind: filter.Number},
		{Name: "alerts", Kind: filter.Number},
	},
	Words: map[string]string{string(release.Stop): "state", string(release.Caution): "state", string(release.Dark): "state", string(release.Go): "state"},
}

// Language is what the services can be asked for.
func (v View) Language() filter.Language { return language }

// asked is a node as the filter reads it.
type asked struct {
	v View
	n int32
	a *topology.Node
}

// Number is how many are down with it, or its alerts.
func (a asked) Number(field string) (float64, bool) {
	if field == "blast" {
		return float64(a.v.m.Index.BlastSize(a.n)), true
	}
	return float64(len(a.a.Alerts)), true
}

// Span is nothing: no field is a length of time.
func (a asked) Span(string) (time.Duration, bool) { return 0, false }

// Text is what the node says of a field.
func (a asked) Text(field string) []string {
	n := a.a
	switch field {
	case "svc":
		return []string{n.ID}
	case "tier":
		if n.Kind == topology.Service {
			return []string{strconv.Itoa(int(n.Tier))}
		}
	case "team":
		return []string{n.Team}
	case "unit":
		return []string{n.Unit}
	case "region":
		return n.Regions
	case "state":
		return []string{string(n.Aspect)}
	case "kind":
		return []string{string(n.Kind)}
	case "version":
		return []string{n.Version}
	case "is":
		var out []string
		for word, is := range map[string]bool{"spof": n.Single != nil, "cycle": n.Cycle > 0, "changing": len(n.Changes) > 0, "late": n.Late} {
			if is {
				out = append(out, word)
			}
		}
		return out
	}
	return nil
}

// Words is everything of a node that a word may be found in.
func (a asked) Words() string {
	n := a.a
	return strings.ToLower(strings.Join(append([]string{n.ID, n.Title, n.Team, "tier:" + strconv.Itoa(int(n.Tier)), string(n.Aspect), string(n.Kind)}, n.Regions...), "\n"))
}
