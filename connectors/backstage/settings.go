package backstage

import (
	"slices"
	"strconv"
	"strings"

	"signalbox/release"
	"signalbox/release/catalog"
)

// prefix begins the annotations that are signalbox's own:
//
//	signalbox.dev/tier: "0"                 0 to 3, the importance
//	signalbox.dev/regions: "sin, lon"       ids of regions
//	signalbox.dev/edge.NAME: soft           hard, soft or async: what NAME's failure does to this service
//	signalbox.dev/customer-facing: "true"   customers meet it
//	signalbox.dev/personal-data: "true"     it handles personal or payment data
//
// A label may say the same; an annotation beats it. A value that cannot be read is refused and taken at its
// most careful: a slip of the pen must not make a service less important.
const prefix = "signalbox.dev/"

// set is one setting of an entity.
type set struct{ key, value string }

// set lists the settings of an entity, in order of their keys.
func (e *entity) set() []set {
	var out []set
	add := func(from map[string]string) {
		for k, v := range from {
			name, ok := strings.CutPrefix(k, prefix)
			if ok && !slices.ContainsFunc(out, func(s set) bool { return s.key == name }) {
				out = append(out, set{name, strings.ToLower(strings.TrimSpace(v))})
			}
		}
	}
	add(e.Metadata.Annotations.values)
	add(e.Metadata.Labels.values)
	slices.SortFunc(out, func(a, b set) int { return strings.Compare(a.key, b.key) })
	return out
}

func (m *mapping) settings(e *entity, s *catalog.Service) {
	for _, o := range e.set() {
		switch {
		case o.key == "tier":
			n, err := strconv.Atoi(o.value)
			if err != nil || n < 0 || n > 3 {
				m.refuseIn(e, 0, "%stier: %q is no tier from 0 to 3; taken as 0", prefix, release.Clean(o.value, 40))
				n = 0
			}
			s.Tier = catalog.Tier(n)
		case o.key == "regions":
			s.Regions = m.regions(e, o.value)
		case o.key == "customer-facing":
			s.CustomerFacing = m.yes(e, o)
		case o.key == "personal-data":
			s.Personal = m.yes(e, o)
		case strings.HasPrefix(o.key, "edge."):
			// dependencies reads it, when every service is known.
		default:
			m.refuseIn(e, 0, "%s%s is no setting; there are tier, regions, edge.NAME, customer-facing, personal-data", prefix, release.Clean(o.key, 60))
		}
	}
}

func (m *mapping) regions(e *entity, value string) []string {
	var out []string
	for _, r := range strings.FieldsFunc(value, func(r rune) bool { return r == ',' || r == ' ' || r == '\t' || r == '\n' }) {
		if !validNamespace.MatchString(r) || len(r) > maxLabel {
			m.refuseIn(e, 0, "%sregions: %q is no region", prefix, release.Clean(r, 60))
			continue
		}
		if !slices.Contains(out, r) {
			out = append(out, r)
		}
	}
	return out
}

func (m *mapping) yes(e *entity, o set) bool {
	if o.value != "true" && o.value != "false" {
		m.refuseIn(e, 0, "%s%s: %q is neither true nor false; taken as true", prefix, o.key, release.Clean(o.value, 40))
	}
	return o.value != "false"
}
