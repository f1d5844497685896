package backstage

import (
	"cmp"
	"fmt"
	"slices"

	"signalbox/connectors"
	"signalbox/release"
	"signalbox/release/catalog"
	"signalbox/release/fact"
)

// Longest texts kept, in characters.
const (
	maxTitle = 120
	maxWord  = 60
)

// File is a YAML file of a catalog. Path is relative to the catalog's directory and is what reports name.
type File struct {
	Path string
	Data []byte
}

// Map reads the entities of a catalog's files:
//
//   - Component and Resource are services; a Resource's lifecycle is its type, such as database.
//
//   - dependsOn, dependencyOf and consumesApis are hard edges, the last to every component that provides
//     the API. subcomponentOf is none: a part does not fail with its whole.
//
//   - Group of type business-unit or organization is a unit, any other a team of the nearest unit above it;
//     User is a proposal. Nothing here makes a person or grants anything.
//
//   - The annotations github.com/project-slug, gitlab.com/project-slug and signalbox.dev/… (see settings.go)
//     say the rest.
//
//   - A Location adds files of the same catalog; its targets elsewhere are refused, since only the catalog is
//     read. API, System and Domain are where references lead. Other kinds are refused with the reason.
//
// What cannot be read is refused with its place and the reason, and the rest stands. An entity declared twice
// counts where it stands first, in order of the files' paths. The result is in order of ids. Map is pure.
func Map(source string, files []File) fact.CatalogSeen { return Survey(source, files).CatalogSeen }

// Seen is what a catalog gave, and what became of its documents: Read = Taken + Ignored + Lost. Refused names
// the ignored and the lost, and the parts of taken ones that could not be.
type Seen struct {
	fact.CatalogSeen
	Read    int // documents
	Taken   int // that are services, units, teams and proposals, and what these refer to
	Ignored int // of a kind that holds nothing for signalbox
	Lost    int // that could not be read, or not be kept
}

// Survey is Map, with a tally.
func Survey(source string, files []File) Seen {
	m := &mapping{seen: fact.CatalogSeen{Source: source}, entities: map[key]*entity{}, taken: map[string]*entity{}}
	files = slices.Clone(files)
	slices.SortFunc(files, func(a, b File) int { return cmp.Compare(a.Path, b.Path) })
	for _, f := range files {
		for _, d := range connectors.Documents(f.Data) {
			m.read(f.Path, d)
		}
	}
	for _, kind := range []string{"component", "resource"} {
		for _, e := range m.of(kind) {
			m.service(e)
		}
	}
	m.dependencies()
	m.people()
	m.locations(files)
	return Seen{CatalogSeen: m.sorted(), Read: m.documents, Taken: m.documents - m.ignored - m.lost, Ignored: m.ignored, Lost: m.lost}
}

type mapping struct {
	seen     fact.CatalogSeen
	order    []*entity
	entities map[key]*entity
	taken    map[string]*entity // service id → the entity that has it

	documents, ignored, lost int
}

func (m *mapping) refuse(place, item, format string, args ...any) {
	m.seen.Refused = append(m.seen.Refused, fact.Refusal{
		Place: place, Item: item, Reason: release.Clean(fmt.Sprintf(format, args...), 300),
	})
}

// refuseIn refuses a part of an entity: the entity stays. line is where the part stands, 0 if not known.
func (m *mapping) refuseIn(e *entity, line int, format string, args ...any) {
	m.refuse(connectors.At(e.file, cmp.Or(line, e.line)), e.key.String(), format, args...)
}

// lose refuses an entity as a whole.
func (m *mapping) lose(e *entity, format string, args ...any) {
	m.lost++
	m.refuseIn(e, 0, format, args...)
}

func (m *mapping) read(file string, d connectors.Document) {
	e, bad := decode(file, d)
	m.documents++
	if bad != nil {
		m.refuse(connectors.At(file, bad.line), bad.item, "%s", bad.reason)
		if bad.ignored {
			m.ignored++
		} else {
			m.lost++
		}
		return
	}
	if first, ok := m.entities[e.key]; ok && e.key.kind != "location" {
		m.lose(e, "it is declared already at %s", first.place())
		return
	}
	m.odd(e)
	m.entities[e.key] = e
	m.order = append(m.order, e)
}

// of lists the entities of a kind, in order of reading.
func (m *mapping) of(kind string) []*entity {
	var out []*entity
	for _, e := range m.order {
		if e.key.kind == kind {
			out = append(out, e)
		}
	}
	return out
}

func (m *mapping) service(e *entity) {
	id := e.key.id()
	if first, ok := m.taken[id]; ok {
		m.lose(e, "the name is taken by %s at %s", first.key, first.place())
		return
	}
	m.taken[id] = e
	s := catalog.Service{
		ID:        id,
		Title:     title(e),
		Tier:      catalog.DefaultTier,
		Team:      m.team(e),
		Lifecycle: release.Clean(e.Spec.Lifecycle.value, maxWord),
		Repos:     m.repos(e),
		From:      "backstage:" + e.place(),
	}
	if e.key.kind == "resource" {
		s.Lifecycle = release.Clean(e.Spec.Type.value, maxWord)
	}
	for _, r := range e.Spec.System {
		k, err := r.parse("system", e.key.namespace)
		if err != nil {
			m.refuseIn(e, r.line, "spec.system: %s", release.AsError(err).Message)
			continue
		}
		s.System = k.id()
	}
	for _, t := range e.Metadata.Tags.values {
		switch {
		case len(t) > maxLabel || !validTag.MatchString(t):
			m.refuseIn(e, 0, "the tag %q is not one: small letters, digits and : + #, with - between them, at most 63", release.Clean(t, 80))
		case !slices.Contains(s.Tags, t):
			s.Tags = append(s.Tags, t)
		}
	}
	m.settings(e, &s)
	m.seen.Services = append(m.seen.Services, s)
}

func title(e *entity) string {
	if t := release.Clean(e.Metadata.Title.value, maxTitle); t != "" {
		return t
	}
	return e.Metadata.Name
}

// team is the group that owns an entity; "" where none does.
func (m *mapping) team(e *entity) string {
	for _, r := range e.Spec.Owner {
		k, err := r.parse("group", e.key.namespace)
		switch {
		case err != nil:
			m.refuseIn(e, r.line, "spec.owner: %s", release.AsError(err).Message)
		case k.kind != "group":
			m.refuseIn(e, r.line, "spec.owner: %s is no group, and only a team can own a service", k)
		default:
			return k.id()
		}
	}
	return ""
}

// repos reads the annotations that name the repositories of an entity.
func (m *mapping) repos(e *entity) map[string]string {
	var out map[string]string
	for _, forge := range []string{"github.com", "gitlab.com"} {
		v, ok := e.Metadata.Annotations.values[forge+"/project-slug"]
		if !ok {
			continue
		}
		slug, ok := connectors.Slug(v)
		if !ok {
			m.refuseIn(e, 0, "%s/project-slug: %q is no repository; write owner/name", forge, release.Clean(v, 80))
			continue
		}
		if out == nil {
			out = map[string]string{}
		}
		out[forge] = slug
	}
	return out
}

func (m *mapping) sorted() fact.CatalogSeen {
	s := m.seen
	slices.SortFunc(s.Units, func(a, b catalog.Unit) int { return cmp.Compare(a.ID, b.ID) })
	slices.SortFunc(s.Teams, func(a, b catalog.Team) int { return cmp.Compare(a.ID, b.ID) })
	slices.SortFunc(s.Services, func(a, b catalog.Service) int { return cmp.Compare(a.ID, b.ID) })
	slices.SortFunc(s.Proposals, func(a, b catalog.Proposal) int { return cmp.Compare(a.ID, b.ID) })
	slices.SortFunc(s.Edges, func(a, b catalog.Edge) int {
		return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To))
	})
	return s
}
