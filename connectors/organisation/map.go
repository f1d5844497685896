package organisation

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"signalbox/connectors"
	"signalbox/release"
	"signalbox/release/catalog"
	"signalbox/release/fact"
)

// maxName is the longest name kept, in characters.
const maxName = 120

var (
	validID      = regexp.MustCompile(`^[a-z0-9]+([-_.][a-z0-9]+)*$`)
	validService = regexp.MustCompile(`^([a-z0-9]+(-+[a-z0-9]+)*/)?([a-z0-9][-a-z0-9_.]*)?[a-z0-9]$`)
	validPlace   = regexp.MustCompile(`^[A-Z]{3}$`)
)

// Map reads organisation.yaml. file is the name that places carry. Every fault is in Refused, each with its
// line; where there is one, the error is Usage and names the first. Map is pure, but for the time zones that
// it looks up.
func Map(source, file string, data []byte) (fact.CatalogSeen, error) {
	m := &mapping{file: file, seen: fact.CatalogSeen{Source: source}}
	docs := connectors.Documents(data)
	switch {
	case len(docs) == 0:
		m.refuse(1, "file", "it is empty")
	case len(docs) > 1:
		m.refuse(docs[1].Line, "file", "it has more than one document")
	case docs[0].Err != nil:
		m.refuse(docs[0].Line, "file", "%s", release.AsError(docs[0].Err).Message)
	default:
		m.document(docs[0].Root)
	}
	if n := len(m.seen.Refused); n > 0 {
		first := m.seen.Refused[0]
		more := ""
		if n > 1 {
			more = fmt.Sprintf(" (and %d more)", n-1)
		}
		return m.seen, release.Errorf(release.Usage, "%s: %s: %s%s", first.Place, first.Item, first.Reason, more).
			Advise("correct the file and import it again; nothing of it was taken")
	}
	return m.seen, nil
}

type mapping struct {
	file    string
	seen    fact.CatalogSeen
	regions map[string]bool
}

func (m *mapping) refuse(line int, item, format string, args ...any) {
	m.seen.Refused = append(m.seen.Refused, fact.Refusal{
		Place: connectors.At(m.file, line), Item: item, Reason: release.Clean(fmt.Sprintf(format, args...), 300),
	})
}

// sections in the order in which they are read: what is referred to comes first.
var sections = []string{"units", "regions", "teams", "vendors", "services", "edges"}

func (m *mapping) document(root *yaml.Node) {
	if root.Kind != yaml.MappingNode {
		m.refuse(root.Line, "file", "it is no mapping of %s", strings.Join(sections, ", "))
		return
	}
	lists := map[string]*yaml.Node{}
	for i := 0; i+1 < len(root.Content); i += 2 {
		k, v := root.Content[i], follow(root.Content[i+1])
		switch {
		case !slices.Contains(sections, k.Value):
			m.refuse(k.Line, "file", "%q is no section; there are %s", release.Clean(k.Value, 60), strings.Join(sections, ", "))
		case lists[k.Value] != nil:
			m.refuse(k.Line, "file", "%s stands here twice", k.Value)
		case v.Kind != yaml.SequenceNode && v.Tag != "!!null":
			m.refuse(k.Line, k.Value, "it is no list")
		default:
			lists[k.Value] = v
		}
	}
	m.units(lists["units"])
	m.regionList(lists["regions"])
	m.teams(lists["teams"])
	m.vendors(lists["vendors"])
	m.services(lists["services"])
	m.edges(lists["edges"])
}

func follow(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode {
		return n.Alias
	}
	return n
}

// each decodes the items of a list, strictly: a key that v's type has not is a fault. use is called with the
// line of every item that could be decoded.
func each[T any](m *mapping, section string, list *yaml.Node, keys []string, use func(line int, v T)) {
	if list == nil {
		return
	}
	for _, n := range list.Content {
		line := n.Line
		n = follow(n)
		if n.Kind != yaml.MappingNode {
			m.refuse(line, section, "the item is no mapping of %s", strings.Join(keys, ", "))
			continue
		}
		known := true
		for i := 0; i < len(n.Content); i += 2 {
			if k := n.Content[i]; !slices.Contains(keys, k.Value) {
				m.refuse(k.Line, section, "%q is no key; there are %s", release.Clean(k.Value, 60), strings.Join(keys, ", "))
				known = false
			}
		}
		var v T
		if err := n.Decode(&v); err != nil {
			reason, at := connectors.Fault(err)
			m.refuse(max(line, at), section, "%s", reason)
			continue
		}
		if known {
			use(line, v)
		}
	}
}

// identify checks an id and that it is new, and reports whether the item can be used.
func (m *mapping) identify(line int, section, id string, valid *regexp.Regexp, seen map[string]bool) bool {
	switch {
	case id == "":
		m.refuse(line, section, "the item has no id")
	case len(id) > 120 || !valid.MatchString(id):
		m.refuse(line, section, "%q is no id: small letters and digits, with - _ . between them", release.Clean(id, 60))
	case seen[id]:
		m.refuse(line, section, "%s stands here twice", id)
	default:
		seen[id] = true
		return true
	}
	return false
}

// called is the cleaned name, or the id where there is none.
func called(name, id string) string {
	if name = release.Clean(name, maxName); name != "" {
		return name
	}
	return id
}

func (m *mapping) units(list *yaml.Node) {
	type item struct{ ID, Name, Parent string }
	seen, parent, line := map[string]bool{}, map[string]string{}, map[string]int{}
	each(m, "units", list, []string{"id", "name", "parent"}, func(at int, v item) {
		if m.identify(at, "units", v.ID, validID, seen) {
			parent[v.ID], line[v.ID] = v.Parent, at
			m.seen.Units = append(m.seen.Units, catalog.Unit{ID: v.ID, Name: called(v.Name, v.ID), Parent: v.Parent})
		}
	})
	for _, u := range m.seen.Units {
		if u.Parent != "" && !seen[u.Parent] {
			m.refuse(line[u.ID], "units", "%s: there is no unit %q above it", u.ID, release.Clean(u.Parent, 60))
			continue
		}
		for up, steps := u.Parent, 0; up != ""; up, steps = parent[up], steps+1 {
			if up == u.ID || steps > len(parent) {
				m.refuse(line[u.ID], "units", "%s: the units above it lead back to it", u.ID)
				break
			}
		}
	}
}

func (m *mapping) regionList(list *yaml.Node) {
	type item struct{ ID, Name, Zone, Place string }
	m.regions = map[string]bool{}
	each(m, "regions", list, []string{"id", "name", "zone", "place"}, func(at int, v item) {
		if !m.identify(at, "regions", v.ID, validID, m.regions) {
			return
		}
		// "" and "Local" load, and mean another zone on every machine.
		if _, err := time.LoadLocation(v.Zone); err != nil || v.Zone == "" || v.Zone == "Local" {
			m.refuse(at, "regions", "%s: %q is no time zone; write its IANA name, such as Europe/London", v.ID, release.Clean(v.Zone, 60))
		}
		if !validPlace.MatchString(v.Place) {
			m.refuse(at, "regions", "%s: the place %q is not three capital letters, such as LON", v.ID, release.Clean(v.Place, 20))
		}
		m.seen.Regions = append(m.seen.Regions, catalog.Region{ID: v.ID, Name: called(v.Name, v.ID), Zone: v.Zone, Place: v.Place})
	})
}

func (m *mapping) teams(list *yaml.Node) {
	type item struct{ ID, Name, Unit string }
	seen := map[string]bool{}
	each(m, "teams", list, []string{"id", "name", "unit"}, func(at int, v item) {
		// A team and its unit may come from another source; only their form can be judged here.
		if !m.identify(at, "teams", v.ID, validService, seen) {
			return
		}
		if v.Unit != "" && !validService.MatchString(v.Unit) {
			m.refuse(at, "teams", "%s: %q is no id of a unit", v.ID, release.Clean(v.Unit, 60))
		}
		m.seen.Teams = append(m.seen.Teams, catalog.Team{ID: v.ID, Name: called(v.Name, v.ID), Unit: v.Unit})
	})
}

func (m *mapping) vendors(list *yaml.Node) {
	type item struct{ ID, Name string }
	seen := map[string]bool{}
	each(m, "vendors", list, []string{"id", "name"}, func(at int, v item) {
		if m.identify(at, "vendors", v.ID, validID, seen) {
			m.seen.Vendors = append(m.seen.Vendors, catalog.Vendor{ID: v.ID, Name: called(v.Name, v.ID)})
		}
	})
}
