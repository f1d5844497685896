package organisation

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"signalbox/connectors"
	"signalbox/release"
	"signalbox/release/catalog"
)

// services reads what a service catalog does not say of a service. The tier must be given: a service stands
// here to be given one.
func (m *mapping) services(list *yaml.Node) {
	type item struct {
		ID      string
		Tier    *int
		Regions []string
	}
	seen := map[string]bool{}
	each(m, "services", list, []string{"id", "tier", "regions"}, func(at int, v item) {
		if !m.identify(at, "services", v.ID, validService, seen) {
			return
		}
		s := catalog.Placement{Service: v.ID, From: "organisation:" + connectors.At(m.file, at)}
		switch {
		case v.Tier == nil:
			m.refuse(at, "services", "%s: it has no tier; write one from 0 to 3", v.ID)
		case *v.Tier < 0 || *v.Tier > 3:
			m.refuse(at, "services", "%s: %d is no tier from 0 to 3", v.ID, *v.Tier)
		default:
			s.Tier = catalog.Tier(*v.Tier)
		}
		for _, r := range v.Regions {
			switch {
			case !m.regions[r]:
				m.refuse(at, "services", "%s: there is no region %q in this file", v.ID, release.Clean(r, 60))
			case !slices.Contains(s.Regions, r):
				s.Regions = append(s.Regions, r)
			}
		}
		m.seen.Placements = append(m.seen.Placements, s)
	})
}

// edges reads dependencies: from a service to a service of any source, or to a vendor of this file. kind is
// hard where it is not given.
func (m *mapping) edges(list *yaml.Node) {
	type item struct{ From, To, Kind string }
	seen := map[[2]string]bool{}
	each(m, "edges", list, []string{"from", "to", "kind"}, func(at int, v item) {
		vendor, isVendor := strings.CutPrefix(v.To, "vendor:")
		kind := catalog.EdgeKind(v.Kind)
		if kind == "" {
			kind = catalog.Hard
		}
		switch ends := [2]string{v.From, v.To}; {
		case !validService.MatchString(v.From):
			m.refuse(at, "edges", "from: %q is no id of a service", release.Clean(v.From, 60))
		case isVendor && !slices.ContainsFunc(m.seen.Vendors, func(o catalog.Vendor) bool { return o.ID == vendor }):
			m.refuse(at, "edges", "to: there is no vendor %q in this file", release.Clean(vendor, 60))
		case !isVendor && !validService.MatchString(v.To):
			m.refuse(at, "edges", "to: %q is no id of a service and no vendor:ID", release.Clean(v.To, 60))
		case kind != catalog.Hard && kind != catalog.Soft && kind != catalog.Async:
			m.refuse(at, "edges", "kind: %q is neither hard, soft nor async", release.Clean(v.Kind, 60))
		case v.From == v.To:
			m.refuse(at, "edges", "%s would depend on itself", v.From)
		case seen[ends]:
			m.refuse(at, "edges", "the edge from %s to %s stands here twice", v.From, v.To)
		default:
			seen[ends] = true
			m.seen.Edges = append(m.seen.Edges, catalog.Edge{From: v.From, To: v.To, Kind: kind, Ruled: true})
		}
	})
}
