// Package catalog owns what the organisation is made of: units, regions, teams, services, vendors, the
// environments, and the dependencies between services. A Catalog is an immutable reading of all of it,
// built once per catalog revision and shared. It does no I/O.
package catalog

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"signalbox/release/access"
)

// Unit is a business unit; Parent is empty for the organisation's own children.
type Unit struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Parent string `json:"parent,omitempty"`
}

// Region is a place where services run and people work. Zone is its IANA time zone, Place the three
// letters of its clock ("SIN").
type Region struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	Zone  string `json:"zone"`
	Place string `json:"place"`
}

// Team owns services.
type Team struct {
	ID      string            `json:"id"`
	Name    string            `json:"name"`
	Unit    string            `json:"unit,omitempty"`
	Members []access.PersonID `json:"members,omitempty"`
}

// Proposal is a person whom an import named: it becomes a Person only when an admin adds it, since a
// catalog file never grants a key or a role.
type Proposal struct {
	ID    access.PersonID `json:"id"`
	Name  string          `json:"name"`
	Email string          `json:"email,omitempty"`
	Teams []string        `json:"teams,omitempty"`
	From  string          `json:"from"` // the connector and the place
}

// Tier is the importance of a service by its business impact: 0 the highest, 3 the lowest and the default.
type Tier int

// DefaultTier is what a service has of which nobody said otherwise.
const DefaultTier Tier = 3

// Service is a deployable thing with an owner. ID is lower case and unique; Repos maps a forge
// ("github.com", "gitlab.com") to the lower-case slug "owner/name" of its sources.
type Service struct {
	ID             string            `json:"id"`
	Title          string            `json:"title"`
	Tier           Tier              `json:"tier"`
	Team           string            `json:"team,omitempty"`
	System         string            `json:"system,omitempty"`
	Lifecycle      string            `json:"lifecycle,omitempty"`
	Regions        []string          `json:"regions,omitempty"`
	Tags           []string          `json:"tags,omitempty"`
	Repos          map[string]string `json:"repos,omitempty"`
	CustomerFacing bool              `json:"customer_facing,omitempty"`
	Personal       bool              `json:"personal_data,omitempty"` // handles personal or payment data
	From           string            `json:"from"`                    // the connector and the place that declared it
}

// Vendor is an outside party on whose availability services rest.
type Vendor struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// EdgeKind says what happens to the consumer when the provider is down.
type EdgeKind string

const (
	Hard  EdgeKind = "hard"  // the consumer is down too
	Soft  EdgeKind = "soft"  // the consumer is degraded
	Async EdgeKind = "async" // the consumer catches up later
)

// Edge is a dependency: From (consumer) needs To (provider, a service or "vendor:ID").
type Edge struct {
	From string   `json:"from"`
	To   string   `json:"to"`
	Kind EdgeKind `json:"kind"`
	// Ruled marks the organisation's own word, which stands above what a service catalog says of the pair.
	Ruled bool `json:"ruled,omitempty"`
}

// Placement is the organisation's own word on a service that a service catalog declares: its tier, and
// where it runs. It stands above the catalog's, and counts for nothing while no catalog declares the service.
type Placement struct {
	Service string   `json:"service"`
	Tier    Tier     `json:"tier"`
	Regions []string `json:"regions,omitempty"` // none leaves the catalog's
	From    string   `json:"from"`
}

// Environment is a place to deploy to, from the configuration.
type Environment struct {
	Name    string   `json:"name" yaml:"name"`
	Aliases []string `json:"aliases,omitempty" yaml:"aliases"`
	Gated   bool     `json:"gated" yaml:"gated"`
	Region  string   `json:"region,omitempty" yaml:"region"`
}

// DefaultEnvironments is what holds without configuration: production, gated. Every other environment is
// recorded and not judged only if it is listed; one that is not listed is unknown to the gate.
func DefaultEnvironments() []Environment {
	return []Environment{
		{Name: "production", Aliases: []string{"prod"}, Gated: true},
		{Name: "staging"}, {Name: "development", Aliases: []string{"dev"}}, {Name: "test"},
	}
}

// Resolve finds the environment by name or alias, in any letter case, matched exactly.
func Resolve(envs []Environment, name string) (Environment, bool) {
	name = strings.ToLower(strings.TrimSpace(name))
	for _, e := range envs {
		if e.Name == name || slices.Contains(e.Aliases, name) {
			return e, true
		}
	}
	return Environment{}, false
}

// UnknownService is the id under which a repository that no service claims is recorded.
func UnknownService(slug string) string { return "unknown:" + strings.ToLower(slug) }

// IsUnknown reports whether a service id is one of UnknownService.
func IsUnknown(id string) bool { return strings.HasPrefix(id, "unknown:") }

// Facts is the plain content of a catalog, as stored.
type Facts struct {
	Units    []Unit    `json:"units"`
	Regions  []Region  `json:"regions"`
	Teams    []Team    `json:"teams"`
	Services []Service `json:"services"`
	Vendors  []Vendor  `json:"vendors"`
	Edges    []Edge    `json:"edges"`
	// Placements and ruled edges come from the organisation, all else from service catalogs.
	Placements []Placement `json:"placements"`
	Proposals  []Proposal  `json:"proposals"`
}

// Catalog answers questions about Facts. Build it with New; do not change it afterwards.
type Catalog struct {
	Facts
	Revision int64
	AsOf     time.Time

	services map[string]*Service
	teams    map[string]*Team
	units    map[string]*Unit
	bySlug   map[string][]*Service
	graph    *dependencies
}

// New indexes the facts and leaves f as it is. Edges whose ends are unknown are kept and count as
// dependencies; self-edges are dropped, and of several edges between the same two the strongest counts.
func New(f Facts, revision int64, asOf time.Time) *Catalog {
	c := &Catalog{Facts: f, Revision: revision, AsOf: asOf,
		services: map[string]*Service{}, teams: map[string]*Team{}, units: map[string]*Unit{},
		bySlug: map[string][]*Service{}}
	c.Services = slices.Clone(f.Services)
	slices.SortStableFunc(c.Services, func(a, b Service) int { return cmp.Compare(a.ID, b.ID) })
	for i := range c.Services {
		s := &c.Services[i]
		c.services[s.ID] = s
	}
	for _, p := range f.Placements {
		if s, ok := c.services[p.Service]; ok {
			s.Tier = p.Tier
			if len(p.Regions) > 0 {
				s.Regions = p.Regions
			}
		}
	}
	for i := range c.Services {
		s := &c.Services[i]
		for forge, slug := range s.Repos {
			key := forge + "/" + strings.ToLower(slug)
			c.bySlug[key] = append(c.bySlug[key], s)
		}
	}
	for i := range c.Teams {
		c.teams[c.Teams[i].ID] = &c.Teams[i]
	}
	for i := range c.Units {
		c.units[c.Units[i].ID] = &c.Units[i]
	}
	c.graph = newDependencies(c.Services, f.Edges)
	return c
}

// Service returns the service with an id.
func (c *Catalog) Service(id string) (*Service, bool) { s, ok := c.services[id]; return s, ok }

// Team returns the team with an id.
func (c *Catalog) Team(id string) (*Team, bool) { t, ok := c.teams[id]; return t, ok }

// ServiceFor resolves a repository to a service (CONTRACTS section 3): the services annotated with the
// slug; among several, the one that hint names; without any, the service whose id is the repository's
// name. It returns nil where none or more than one remains.
func (c *Catalog) ServiceFor(forge, slug, hint string) *Service {
	slug, hint = strings.ToLower(slug), strings.ToLower(hint)
	owners := c.bySlug[forge+"/"+slug]
	if len(owners) == 1 {
		return owners[0]
	}
	for _, s := range owners {
		if s.ID == hint {
			return s
		}
	}
	if len(owners) > 1 {
		return nil
	}
	// GitLab nests groups: the repository's name is what follows the last slash.
	slash := strings.LastIndexByte(slug, '/')
	if slash < 0 {
		return nil
	}
	return c.services[slug[slash+1:]]
}

// Target places a service and an environment in the dimensions of access.
func (c *Catalog) Target(service, environment string) access.Target {
	t := access.Target{Service: service, Environment: environment}
	s, ok := c.services[service]
	if !ok {
		return t
	}
	t.Team, t.Regions, t.Tags = s.Team, s.Regions, s.Tags
	team, ok := c.teams[s.Team]
	if !ok {
		return t
	}
	for id := team.Unit; id != "" && !slices.Contains(t.Units, id); { // a circle of units is walked once
		t.Units = append(t.Units, id)
		unit, ok := c.units[id]
		if !ok {
			break
		}
		id = unit.Parent
	}
	return t
}
