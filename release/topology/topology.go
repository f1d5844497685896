// Package topology owns the service topology: the dependency graph of the catalog with how each service stands
// now. It joins what changes, alerts, rollouts and feeds say, which the catalog must not know of (change imports
// catalog), so it is a package of its own above them. It does no I/O and has no clock.
package topology

import (
	"time"

	"signalbox/release"
	"signalbox/release/catalog"
	"signalbox/release/change"
	"signalbox/release/feed"
	"signalbox/release/health"
	"signalbox/release/rollout"
)

// Facts are what a Map is judged from.
type Facts struct {
	At time.Time // UTC
	// Environment is the one whose versions are shown.
	Environment string
	Catalog     *catalog.Catalog
	Changes     []change.Item      // open ones
	Alerts      []health.Alert     // that fire
	Live        []rollout.Row      // not over, as they are judged
	Deployed    []rollout.Observed // into Environment, the newest success of each service
	// Measured is the version of each service that serves most in Environment, by the newest of what monitors say.
	Measured map[string]health.Sample
	// Sources are the feeds that declare services and edges.
	Sources []feed.Status
	// Bound lists the feeds that what is known of a service rests on.
	Bound func(*catalog.Service) []feed.Status
	// Since is when this process began to expect its feeds.
	Since time.Time
}

// Kind says what a node is.
type Kind string

const (
	Service  Kind = "service"
	Vendor   Kind = "vendor"   // an outside party; nothing tells of its state
	Stranger Kind = "stranger" // an end of an edge that no catalog declares
)

// Map is the topology at an instant. It is a snapshot: built once, shared and never changed.
type Map struct {
	AsOf        time.Time
	Environment string
	Index       *catalog.Index
	Nodes       []Node // by the numbers of the index
	Services    int    // how many nodes are services
	Cycles      [][]int32
	Sources     []Source
	Stale       []string // feeds that are dark
	// Owners and Versions report whether any node has one.
	Owners, Versions bool
}

// Node is a service, a vendor or a stranger, with how it stands. The aspect of what nothing is known of is "".
type Node struct {
	ID      string         `json:"id"`
	Kind    Kind           `json:"kind"`
	Title   string         `json:"title,omitempty"`
	Team    string         `json:"team,omitempty"`
	Unit    string         `json:"unit,omitempty"`
	Tier    catalog.Tier   `json:"tier"`
	Regions []string       `json:"regions,omitempty"`
	From    string         `json:"from,omitempty"` // who declared it
	Aspect  release.Aspect `json:"aspect"`
	// Why is the reason of the aspect in a few words, "" where it is go or nothing is known.
	Why string `json:"why,omitempty"`
	// Version is what the environment runs: that of the last rollout into it that succeeded, else that which
	// monitors saw serve most. "" where neither is known.
	Version   string         `json:"version,omitempty"`
	VersionAt time.Time      `json:"version_at,omitzero"`
	Changes   []Change       `json:"changes,omitempty"`
	Alerts    []health.Alert `json:"alerts,omitempty"`
	Rollouts  []rollout.Row  `json:"rollouts,omitempty"`
	Feeds     []Source       `json:"feeds,omitempty"`
	// Dark is the first feed it rests on that is dark, nil where none is: its facts are from then.
	Dark *Source `json:"dark,omitempty"`
	// Late is set where one of them is late.
	Late bool `json:"late,omitempty"`
	// Single is set where it is a single point of failure.
	Single *Single `json:"single_point_of_failure,omitempty"`
	// Cycle is 1 + its place among the cycles of the map, 0 where it is in none.
	Cycle int `json:"-"`
	// Level is its upgrade wave, providers first, from 0.
	Level int32 `json:"level"`
}

// Change is an open change of a service.
type Change struct {
	ID          string         `json:"id"`
	Version     string         `json:"version"`
	Environment string         `json:"environment"`
	State       string         `json:"state"`
	Aspect      release.Aspect `json:"aspect"`
}

// Source is a feed and how far it can be believed.
type Source struct {
	Name   string      `json:"name"`
	Aspect feed.Aspect `json:"aspect"`
	Good   time.Time   `json:"last_good,omitzero"`
}

// Single says why a node is a single point of failure: see catalog.SinglePoints for the rule.
type Single struct {
	// Only is the one region it runs in, "" where none is declared.
	Only string `json:"only,omitempty"`
	// Vendor is set of an outside party.
	Vendor bool `json:"vendor,omitempty"`
	// Journeys are the entries that fail with it.
	Journeys []string `json:"journeys"`
}

// Find is the number of the node with an id.
func (m *Map) Find(id string) (int32, bool) { return m.Index.Of(id) }

// Worst is the service that wants a person most: by aspect, then by tier, then by how many call it, then by id. It
// is -1 in a map without services.
func (m *Map) Worst() int32 {
	best, most := int32(-1), 0
	for n := range int32(len(m.Nodes)) {
		a := &m.Nodes[n]
		if a.Kind != Service {
			continue
		}
		if best >= 0 {
			b := &m.Nodes[best]
			if b.Aspect.Worse(a.Aspect) || a.Aspect == b.Aspect && (a.Tier > b.Tier || a.Tier == b.Tier && m.Index.Degree(n, catalog.Callers) <= most) {
				continue
			}
		}
		best, most = n, m.Index.Degree(n, catalog.Callers)
	}
	return best
}

// Where says where it runs, in a few words.
func (s *Single) Where() string {
	switch {
	case s.Vendor:
		return "an outside party"
	case s.Only == "":
		return "no region declared"
	}
	return "only in " + s.Only
}
