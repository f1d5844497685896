package viewtest

import (
	"context"
	"slices"
	"strings"
	"time"

	"signalbox/release/catalog"
	"signalbox/release/change"
	"signalbox/release/feed"
	"signalbox/release/health"
	"signalbox/release/rollout"
	"signalbox/release/topology"
)

// Graph is the dependency graph, judged as control does it.
func (c *Company) Graph(context.Context) (*topology.Map, error) {
	if c.Down != nil {
		return nil, c.Down
	}
	f := topology.Facts{At: c.At, Environment: "production", Catalog: catalog.New(c.Facts, 1, c.At), Alerts: c.Fires, Since: since,
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
	for _, o := range c.Observed {
		if o.State.Over() {
			f.Deployed = append(f.Deployed, o)
		} else {
			row, _ := c.row(o)
			f.Live = append(f.Live, row)
		}
	}
	for _, l := range c.Connected {
		if l.Type == "backstage" || l.Type == "organisation" {
			f.Sources = append(f.Sources, l)
		}
	}
	return topology.New(f), nil
}

// Meshed is the company at noon with more of its services: two doors, what they call, the stores below, a vendor, and
// two that call each other. checkout-web has an alert, and fraud-score is the middle of it all.
func Meshed() *Company {
	c := Story()
	add := func(id string, tier catalog.Tier, team string, regions ...string) {
		for k := range c.Facts.Services {
			if s := &c.Facts.Services[k]; s.ID == id {
				s.Tier, s.Regions = tier, regions
				return
			}
		}
		c.Facts.Services = append(c.Facts.Services, catalog.Service{ID: id, Tier: tier, Team: team, Regions: regions,
			Repos: map[string]string{"github.com": "acme/" + id}, CustomerFacing: id == "edge-gw" || id == "mobile-gw", From: "backstage:catalog.yaml"})
	}
	c.Facts.Services, c.Facts.Edges = nil, nil
	add("edge-gw", 0, "core", "apac", "emea")
	add("mobile-gw", 1, "web", "apac", "emea")
	add("checkout-web", 0, "web", "apac", "emea")
	add("payments-api", 0, "pay", "apac", "emea")
	add("fraud-score", 1, "pay", "apac", "emea")
	add("identity", 0, "core", "emea")
	add("ledger-db", 0, "pay", "emea")
	add("user-db", 1, "core", "apac", "emea")
	add("session-svc", 1, "core", "emea")
	add("search", 2, "web", "emea")
	add("cart", 1, "web", "apac", "emea")
	add("risk-batch", 2, "pay", "emea")
	add("notify-svc", 3, "core", "emea")
	add("wiki", 3, "core")
	for k := range c.Facts.Services { // the marks are those of the doors alone
		s := &c.Facts.Services[k]
		if s.ID == "ledger-db" {
			s.Repos = map[string]string{"gitlab.com": "acme/ledger-db"}
		}
	}
	c.Facts.Vendors = []catalog.Vendor{{ID: "stripe-eu", Name: "Stripe Europe"}}
	for _, e := range []struct {
		from, to string
		kind     catalog.EdgeKind
	}{{"edge-gw", "checkout-web", catalog.Hard}, {"edge-gw", "search", catalog.Soft}, {"checkout-web", "payments-api", catalog.Hard}, {"checkout-web", "cart", catalog.Soft},
		{"mobile-gw", "checkout-web", catalog.Hard}, {"mobile-gw", "fraud-score", catalog.Hard}, {"payments-api", "fraud-score", catalog.Hard}, {"payments-api", "vendor:stripe-eu", catalog.Hard},
		{"payments-api", "ledger-db", catalog.Hard}, {"cart", "identity", catalog.Soft}, {"fraud-score", "ledger-db", catalog.Hard}, {"fraud-score", "identity", catalog.Hard},
		{"fraud-score", "risk-batch", catalog.Async}, {"identity", "user-db", catalog.Hard}, {"identity", "session-svc", catalog.Hard}, {"session-svc", "identity", catalog.Soft},
		{"session-svc", "notify-svc", catalog.Async}} {
		c.Facts.Edges = append(c.Facts.Edges, catalog.Edge{From: e.from, To: e.to, Kind: e.kind})
	}
	for id, v := range map[string]string{"edge-gw": "8.2.0", "mobile-gw": "3.9.1", "fraud-score": "1.31.0", "ledger-db": "schema-87", "user-db": "41", "session-svc": "2.4.0", "search": "7.2.0", "cart": "5.1.0", "risk-batch": "2026.47"} {
		c.Observed = append(c.Observed, rollout.Observed{ID: "RO-1", Service: id, Environment: "production", Version: v, State: rollout.Success, Change: "CHG-1", UpdatedAt: Noon.Add(-50 * time.Hour)})
	}
	slices.SortFunc(c.Observed, func(a, b rollout.Observed) int { return strings.Compare(a.Service, b.Service) })
	c.Observed = append(c.Observed, rollout.Observed{ID: "RO-734", Service: "checkout-web", Environment: "production", Version: "2026.47.1", State: rollout.InProgress, Change: "CHG-4190", StartedAt: Noon.Add(-14 * time.Minute)})
	c.Fires = []health.Alert{{ID: "a1", Name: "HighErrorRate", Service: "checkout-web", Environment: "production", Severity: "page", Summary: "5xx ratio 1.9% of 1.0%", State: health.Firing, StartsAt: Noon.Add(-14 * time.Minute)},
		{ID: "a2", Name: "SlowScores", Service: "fraud-score", Environment: "production", Severity: "warning", Summary: "p99 312ms of 250ms", State: health.Firing, StartsAt: Noon.Add(-3 * time.Minute)}}
	c.Connected = append(c.Connected, feed.Status{Name: "catalog", Type: "backstage", Kind: feed.Pull, ExpectEvery: 10 * time.Minute, LastGood: Noon.Add(-4 * time.Minute)})
	return c
}
