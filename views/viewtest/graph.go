package viewtest

import (
	"context"

	"signalbox/release/catalog"
	"signalbox/release/change"
	"signalbox/release/feed"
	"signalbox/release/rollout"
	"signalbox/release/topology"
)

// Graph is the dependency graph, judged as control does it.
func (c *Company) Graph(context.Context) (*topology.Map, error) {
	if c.Down != nil {
		return nil, c.Down
	}
	f := topology.Facts{At: c.At, Environment: "production", Catalog: catalog.New(c.Facts, 1, c.At), Alerts: c.Alerts, Since: since,
		Bound: func(s *catalog.Service) []feed.Status { return c.bound(s) }}
	deployed := map[string]bool{}
	for _, s := range c.Stored {
		if s.Change.State == change.Requested || s.Change.State == change.Authorised {
			f.Changes = append(f.Changes, c.item(s))
		}
		if s.Deployed != "" && !deployed[s.Change.Service] {
			deployed[s.Change.Service] = true
			f.Deployed = append(f.Deployed, rollout.Observed{Service: s.Change.Service, Environment: "production", Version: s.Deployed, UpdatedAt: Noon.AddDate(0, 0, -3)})
		}
	}
	for _, o := range c.Rollouts {
		if o.State.Over() {
			f.Deployed = append(f.Deployed, o)
		} else {
			f.Live = append(f.Live, o)
		}
	}
	for _, l := range c.Connected {
		if l.Type == "backstage" || l.Type == "organisation" {
			f.Sources = append(f.Sources, l)
		}
	}
	return topology.New(f), nil
}
