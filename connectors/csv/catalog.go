package csv

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"signalbox/connectors"
	"signalbox/release"
	"signalbox/release/access"
	"signalbox/release/catalog"
	"signalbox/release/fact"
)

var (
	validService = regexp.MustCompile(`^([a-z0-9]+(-+[a-z0-9]+)*/)?([a-z0-9][-a-z0-9_.]*)?[a-z0-9]$`)
	validWord    = regexp.MustCompile(`^[a-z0-9]+([-_.]+[a-z0-9]+)*$`)
	validTag     = regexp.MustCompile(`^[a-z0-9:+#]+(-[a-z0-9:+#]+)*$`)
	validPerson  = regexp.MustCompile(`^[a-z][a-z0-9._-]{0,39}$`)
	address      = regexp.MustCompile(`^[^@\s<>]+@[^@\s<>]+$`)
)

const (
	maxID    = 120
	maxLabel = 63
	maxMail  = 254
)

// faults collects what is wrong with a row: each begins with the column.
type faults []string

func (f *faults) add(column, format string, args ...any) {
	*f = append(*f, column+": "+fmt.Sprintf(format, args...))
}

// settle reports whether a row can be taken, and refuses it otherwise. seen are the lines of the ids so far.
func (t *table) settle(r row, item, id string, f faults, seen map[string]int) bool {
	if first, ok := seen[id]; ok && len(f) == 0 {
		f.add("id", "%s stands there already, in line %d", id, first)
	}
	if len(f) > 0 {
		t.refuse(r.line, item+" "+id, "%s", strings.Join(f, "; "))
		return false
	}
	seen[id] = r.line
	return true
}

// called is the cleaned name, or the id where there is none.
func called(name, id string) string {
	if name = release.Clean(name, maxName); name != "" {
		return name
	}
	return id
}

func shown(cell string) string { return release.Clean(cell, 60) }

func (t *table) services(source string) fact.CatalogSeen {
	out := fact.CatalogSeen{Source: source}
	seen := map[string]int{}
	for _, r := range t.rows {
		var f faults
		s := catalog.Service{
			ID: t.serviceID(r, "id", &f), Lifecycle: release.Clean(t.cell(r, "lifecycle"), 60),
			Team: t.optional(r, "team", &f), System: t.optional(r, "system", &f),
			Tier: t.tier(r, &f), Regions: t.words(r, "regions", validWord, &f), Tags: t.words(r, "tags", validTag, &f),
			CustomerFacing: t.yes(r, "customer_facing", &f), Personal: t.yes(r, "personal_data", &f),
			Repos: t.repos(r, &f), From: "csv:" + connectors.At(t.file, r.line),
		}
		s.Title = called(t.cell(r, "title"), s.ID)
		edges := t.edges(r, s.ID, &f)
		if t.settle(r, "service", s.ID, f, seen) {
			out.Services, out.Edges = append(out.Services, s), append(out.Edges, edges...)
		}
	}
	return out
}

// serviceID reads an id: that of a service, a team or a system, where one must be.
func (t *table) serviceID(r row, column string, f *faults) string {
	id := strings.ToLower(t.cell(r, column))
	switch {
	case id == "":
		f.add(column, "it is empty")
	case len(id) > maxID || !validService.MatchString(id):
		f.add(column, "%q is no id: letters and digits, with - _ . between them", shown(id))
		return shown(id)
	}
	return id
}

func (t *table) optional(r row, column string, f *faults) string {
	if t.cell(r, column) == "" {
		return ""
	}
	return t.serviceID(r, column, f)
}

func (t *table) tier(r row, f *faults) catalog.Tier {
	text := t.cell(r, "tier")
	if text == "" {
		return catalog.DefaultTier
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 || n > 3 {
		f.add("tier", "%q is no tier from 0 to 3", shown(text))
	}
	return catalog.Tier(n)
}

func (t *table) yes(r row, column string, f *faults) bool {
	switch text := strings.ToLower(t.cell(r, column)); text {
	case "true", "yes", "1":
		return true
	case "", "false", "no", "0":
	default:
		f.add(column, "%q is neither true nor false", shown(text))
	}
	return false
}

func (t *table) words(r row, column string, valid *regexp.Regexp, f *faults) []string {
	out := list(strings.ToLower(t.cell(r, column)))
	for _, w := range out {
		if len(w) > maxLabel || !valid.MatchString(w) {
			f.add(column, "%q is not one of small letters and digits; the list is separated by blanks", shown(w))
		}
	}
	return out
}

func (t *table) repos(r row, f *faults) map[string]string {
	var out map[string]string
	for _, forge := range []string{"github", "gitlab"} {
		text := t.cell(r, forge)
		if text == "" {
			continue
		}
		slug, ok := connectors.Slug(text)
		if !ok {
			f.add(forge, "%q is no repository; write owner/name", shown(text))
			continue
		}
		if out == nil {
			out = map[string]string{}
		}
		out[forge+".com"] = slug
	}
	return out
}

// edges reads "service", "service=soft" and "vendor:ID=hard"; an edge is hard where nothing is said.
func (t *table) edges(r row, from string, f *faults) []catalog.Edge {
	const column = "depends_on"
	var out []catalog.Edge
	seen := map[string]bool{}
	for _, w := range strings.Fields(strings.ToLower(t.cell(r, column))) {
		to, kind, given := strings.Cut(w, "=")
		if !given {
			kind = string(catalog.Hard)
		}
		vendor, isVendor := strings.CutPrefix(to, "vendor:")
		switch k := catalog.EdgeKind(kind); {
		case len(to) > maxID || isVendor && !validWord.MatchString(vendor) || !isVendor && !validService.MatchString(to):
			f.add(column, "%q is no id of a service and no vendor:ID", shown(to))
		case k != catalog.Hard && k != catalog.Soft && k != catalog.Async:
			f.add(column, "%s: %q is neither hard, soft nor async", to, shown(kind))
		case to == from:
			f.add(column, "the service would depend on itself")
		case seen[to]:
			f.add(column, "%s stands there twice", to)
		default:
			seen[to] = true
			out = append(out, catalog.Edge{From: from, To: to, Kind: k})
		}
	}
	return out
}

// people reads proposals: what a table says of a person grants nothing.
func (t *table) people(source string) fact.CatalogSeen {
	out := fact.CatalogSeen{Source: source}
	seen := map[string]int{}
	for _, r := range t.rows {
		var f faults
		id := strings.ToLower(t.cell(r, "id"))
		if !validPerson.MatchString(id) {
			f.add("id", "%q cannot be a person's id: a to z, digits, dot, dash or underscore, a letter first, at most 40", shown(id))
			id = shown(id)
		}
		p := catalog.Proposal{ID: access.PersonID(id), Name: called(t.cell(r, "name"), id), Email: strings.ToLower(t.cell(r, "email")),
			Teams: t.words(r, "teams", validService, &f), From: "csv:" + connectors.At(t.file, r.line)}
		if p.Email != "" && (len(p.Email) > maxMail || !address.MatchString(p.Email) || release.Clean(p.Email, 0) != p.Email) {
			f.add("email", "%q is no mail address", shown(p.Email))
		}
		if t.settle(r, "person", id, f, seen) {
			out.Proposals = append(out.Proposals, p)
		}
	}
	return out
}
