package backstage

import (
	"strings"

	"signalbox/release"
	"signalbox/release/catalog"
)

// dependencies reads the edges of every service, hard unless an annotation says otherwise.
func (m *mapping) dependencies() {
	providers := m.providers()
	kinds := map[[2]string]catalog.EdgeKind{}
	add := func(from, to string, kind catalog.EdgeKind, certain bool) {
		at := [2]string{from, to}
		if _, ok := kinds[at]; from != to && (certain || !ok) {
			kinds[at] = kind
		}
	}
	for _, kind := range []string{"component", "resource"} {
		for _, e := range m.of(kind) {
			id := e.key.id()
			if m.taken[id] != e {
				continue
			}
			for _, r := range e.Spec.DependsOn {
				for _, to := range m.targets(e, r, "", "spec.dependsOn", providers) {
					add(id, to, catalog.Hard, false)
				}
			}
			for _, r := range e.Spec.ConsumesApis {
				for _, to := range m.targets(e, r, "api", "spec.consumesApis", providers) {
					add(id, to, catalog.Hard, false)
				}
			}
			for _, r := range e.Spec.DependencyOf {
				for _, from := range m.targets(e, r, "", "spec.dependencyOf", nil) {
					add(from, id, catalog.Hard, false)
				}
			}
		}
	}
	for _, e := range m.order {
		if m.taken[e.key.id()] != e {
			continue
		}
		for _, o := range e.set() {
			name, ok := strings.CutPrefix(o.key, "edge.")
			if !ok {
				continue
			}
			kind := catalog.EdgeKind(o.value)
			if kind != catalog.Hard && kind != catalog.Soft && kind != catalog.Async {
				m.refuseIn(e, 0, "%s%s: %q is neither hard, soft nor async; taken as hard", prefix, release.Clean(o.key, 80), release.Clean(o.value, 40))
				kind = catalog.Hard
			}
			for _, to := range m.targets(e, ref{text: name}, "", prefix+release.Clean(o.key, 80), providers) {
				add(e.key.id(), to, kind, true)
			}
		}
	}
	for at, kind := range kinds {
		m.seen.Edges = append(m.seen.Edges, catalog.Edge{From: at[0], To: at[1], Kind: kind})
	}
}

// providers maps each API to the components that provide it.
func (m *mapping) providers() map[key][]string {
	out := map[key][]string{}
	for _, e := range m.of("component") {
		if m.taken[e.key.id()] != e {
			continue
		}
		for _, r := range e.Spec.ProvidesApis {
			k, err := r.parse("api", e.key.namespace)
			if err != nil {
				m.refuseIn(e, r.line, "spec.providesApis: %s", release.AsError(err).Message)
				continue
			}
			out[k] = append(out[k], e.key.id())
		}
	}
	return out
}

// targets resolves a reference to the services it means: a component or resource is itself, whether or not
// this catalog declares it; an API is whoever provides it. Backstage wants the kind of a dependency written;
// where it is not, the name decides, because a dependency is better found than refused.
func (m *mapping) targets(e *entity, r ref, kind, field string, providers map[key][]string) []string {
	k, err := r.parse(kind, e.key.namespace)
	if err != nil {
		m.refuseIn(e, r.line, "%s: %s", field, release.AsError(err).Message)
		return nil
	}
	if k.kind == "" {
		k.kind = "component"
		for _, other := range []string{"component", "resource", "api"} {
			if _, ok := m.entities[key{other, k.namespace, k.name}]; ok {
				k.kind = other
				break
			}
		}
	}
	switch {
	case k.kind == "component" || k.kind == "resource":
		return []string{k.id()}
	case k.kind == "api" && providers != nil:
		if len(providers[k]) == 0 {
			m.refuseIn(e, r.line, "%s: no component here provides %s, so that no service is known to be needed", field, k)
		}
		return providers[k]
	}
	m.refuseIn(e, r.line, "%s: %s is no service, and only services depend on each other", field, k)
	return nil
}
