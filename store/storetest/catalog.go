package storetest

import (
	"context"
	"testing"

	"signalbox/release/access"
	"signalbox/release/catalog"
	"signalbox/release/fact"
	"signalbox/release/port"
)

func facts() catalog.Facts {
	return catalog.Facts{
		Units:   []catalog.Unit{{ID: "retail", Name: "Retail"}, {ID: "retail-uk", Name: "Retail UK", Parent: "retail"}},
		Regions: []catalog.Region{{ID: "emea", Name: "EMEA", Zone: "Europe/London", Place: "LON"}},
		Teams:   []catalog.Team{{ID: "payments", Name: "Payments", Unit: "retail", Members: []access.PersonID{"j.ruiz", "a.ng"}}},
		Services: []catalog.Service{
			{ID: "checkout", Title: "Checkout", Tier: 0, Team: "payments", System: "shop", Lifecycle: "production", Regions: []string{"emea", "apac"},
				Tags: []string{"pci", "java"}, Repos: map[string]string{"github.com": "meridian/checkout", "gitlab.com": "m/checkout"},
				CustomerFacing: true, Personal: true, From: "backstage:catalog-info.yaml:3"},
			{ID: "ledger", Title: "Ledger", Tier: 3, From: "backstage:catalog-info.yaml:40"},
		},
		Vendors:   []catalog.Vendor{{ID: "stripe", Name: "Stripe"}},
		Edges:     []catalog.Edge{{From: "checkout", To: "ledger", Kind: catalog.Hard}, {From: "checkout", To: "vendor:stripe", Kind: catalog.Async}},
		Proposals: []catalog.Proposal{{ID: "j.ruiz", Name: "Jo Ruiz", Email: "jo@meridian.example", Teams: []string{"payments"}, From: "backstage:users.yaml:1"}},
	}
}

func put(t testing.TB, s port.Store, source string, f catalog.Facts) (n port.Imported) {
	t.Helper()
	Write(t, s, func(ctx context.Context, tx port.Tx) (err error) {
		n, err = tx.PutCatalog(ctx, fact.CatalogSeen{Source: source, Facts: f})
		return err
	})
	return n
}

func current(t testing.TB, s port.Store) (c *catalog.Catalog) {
	t.Helper()
	Read(t, s, func(ctx context.Context, r port.Reader) (err error) {
		c, err = r.Catalog(ctx)
		return err
	})
	return c
}

func testCatalog(t *testing.T, open func(port.Publisher) port.Store) {
	s := open(nil)
	if c := current(t, s); len(c.Services) != 0 || c.Revision != 0 {
		t.Fatalf("an empty catalog is not empty: %+v", c.Facts)
	}
	f := facts()
	same(t, put(t, s, "backstage:a", f), port.Imported{Read: 10, Stored: 10})
	c := current(t, s)
	same(t, c.Facts, facts())
	if c.ServiceFor("gitlab.com", "m/checkout", "") == nil || len(c.HardDependants("ledger")) != 1 {
		t.Fatal("the catalog does not answer")
	}
	same(t, put(t, s, "backstage:a", facts()), port.Imported{Read: 10, Unchanged: 10})
	if again := current(t, s); again.Revision != c.Revision {
		t.Fatalf("an import that changed nothing raised the revision from %d to %d", c.Revision, again.Revision)
	}
	f = facts()
	f.Services[0].Tags, f.Services[0].Repos, f.Services[0].Tier = nil, map[string]string{"github.com": "meridian/shop"}, 1
	f.Services, f.Vendors = f.Services[:1], nil
	f.Edges[0].Kind = catalog.Soft
	f.Teams[0].Members = []access.PersonID{"a.ng"}
	f.Services = append(f.Services, f.Services[0]) // named twice: the first counts
	same(t, put(t, s, "backstage:a", f), port.Imported{Read: 9, Stored: 3, Unchanged: 6, Removed: 2})
	f.Services = f.Services[:1]
	c = current(t, s)
	same(t, c.Facts, f)
	same(t, put(t, s, "backstage:a", catalog.Facts{}), port.Imported{Removed: 8})
	same(t, current(t, s).Facts, catalog.Facts{})
}

// testCatalogOwners: a thing belongs to the source that declared it first, until that no longer names it.
func testCatalogOwners(t *testing.T, open func(port.Publisher) port.Store) {
	s := open(nil)
	mine := catalog.Facts{Services: []catalog.Service{{ID: "checkout", Title: "Mine", Tier: 1, From: "a:1"}}}
	theirs := catalog.Facts{Services: []catalog.Service{{ID: "checkout", Title: "Theirs", Tier: 2, From: "b:1"}, {ID: "search", Title: "Search", Tier: 2, From: "b:2"}}}
	put(t, s, "a", mine)
	same(t, put(t, s, "b", theirs), port.Imported{Read: 2, Stored: 1, Unchanged: 1})
	same(t, current(t, s).Services, []catalog.Service{mine.Services[0], theirs.Services[1]})
	same(t, put(t, s, "b", catalog.Facts{}), port.Imported{Removed: 1})
	same(t, current(t, s).Services, mine.Services)
	put(t, s, "a", catalog.Facts{})
	same(t, put(t, s, "b", theirs), port.Imported{Read: 2, Stored: 2})
	same(t, current(t, s).Services, theirs.Services)

	// The organisation's word stands beside the catalog's, whoever came first.
	org := catalog.Facts{Edges: []catalog.Edge{{From: "search", To: "checkout", Kind: catalog.Async, Ruled: true}},
		Placements: []catalog.Placement{{Service: "checkout", Tier: 0, Regions: []string{"sin"}, From: "o:1"}}}
	put(t, s, "c", catalog.Facts{Edges: []catalog.Edge{{From: "search", To: "checkout", Kind: catalog.Hard}}})
	same(t, put(t, s, "org", org), port.Imported{Read: 2, Stored: 2})
	same(t, put(t, s, "org", org), port.Imported{Read: 2, Unchanged: 2})
	c := current(t, s)
	if sv, _ := c.Service("checkout"); sv.Tier != 0 || len(sv.Regions) != 1 || len(c.HardDependants("checkout")) != 0 {
		t.Fatalf("the organisation's word does not stand: %+v", sv)
	}
	same(t, put(t, s, "org", catalog.Facts{}), port.Imported{Removed: 2})
	c = current(t, s)
	if sv, _ := c.Service("checkout"); sv.Tier != 2 || len(c.HardDependants("checkout")) != 1 {
		t.Fatalf("the organisation's word stands after it was taken back: %+v", sv)
	}
}

// testCatalogCache: the catalog is built once a revision, and a transaction that is rolled back leaves
// nothing of it behind.
func testCatalogCache(t *testing.T, open func(port.Publisher) port.Store) {
	s := open(nil)
	put(t, s, "a", facts())
	one, two := current(t, s), current(t, s)
	if one != two {
		t.Fatal("two readings of one revision are two catalogs")
	}
	ctx := context.Background()
	more := facts()
	more.Services[1].Title = "Changed"
	_ = s.Write(ctx, func(tx port.Tx) error {
		if _, err := tx.PutCatalog(ctx, fact.CatalogSeen{Source: "a", Facts: more}); err != nil {
			return err
		}
		c, err := tx.Catalog(ctx)
		if err != nil {
			return err
		}
		if sv, _ := c.Service("ledger"); sv.Title != "Changed" {
			t.Errorf("a transaction does not see its own catalog: %+v", sv)
		}
		return context.Canceled
	})
	more.Services[1].Title = "Other"
	put(t, s, "a", more)
	if sv, _ := current(t, s).Service("ledger"); sv.Title != "Other" {
		t.Fatalf("the catalog is one that was rolled back: %+v", sv)
	}
	Write(t, s, func(ctx context.Context, tx port.Tx) error {
		c, err := tx.Catalog(ctx)
		if err == nil {
			same(t, c.Facts, more)
		}
		return err
	})
	// Another process sees it too, and what it changes.
	other := open(nil)
	same(t, current(t, other).Facts, more)
	more.Services[1].Title = "Theirs"
	put(t, other, "a", more)
	same(t, current(t, s).Facts, more)
}
