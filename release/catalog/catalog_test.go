package catalog_test

import (
	"slices"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"signalbox/release/access"
	"signalbox/release/catalog"
)

var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// TestTheOrganisationsWordStandsAboveTheCatalogs: in whatever order the two were read.
func TestTheOrganisationsWordStandsAboveTheCatalogs(t *testing.T) {
	c := catalog.New(catalog.Facts{
		Services:   []catalog.Service{{ID: "till", Tier: 3, Regions: []string{"emea"}}, {ID: "db", Tier: 2}},
		Edges:      []catalog.Edge{{From: "till", To: "db", Kind: catalog.Hard}, {From: "till", To: "db", Kind: catalog.Async, Ruled: true}},
		Placements: []catalog.Placement{{Service: "till", Tier: 0, Regions: []string{"apac"}}, {Service: "db", Tier: 1}, {Service: "ghost", Tier: 0}},
	}, 1, time.Time{})
	till, _ := c.Service("till")
	db, _ := c.Service("db")
	if till.Tier != 0 || !slices.Equal(till.Regions, []string{"apac"}) || db.Tier != 1 {
		t.Errorf("%+v %+v", till, db)
	}
	if _, ok := c.Service("ghost"); ok {
		t.Error("a placement alone made a service")
	}
	if got := c.HardDependants("db"); len(got) != 0 {
		t.Errorf("the ruled edge does not hold: %v", got)
	}
}

func TestResolve(t *testing.T) {
	envs := catalog.DefaultEnvironments()
	for in, want := range map[string]string{
		"production": "production", "prod": "production", " PROD ": "production", "Production": "production",
		"staging": "staging", "dev": "development", "test": "test",
		"": "", "production-eu": "", "pro": "", "production2": "",
	} {
		e, ok := catalog.Resolve(envs, in)
		if e.Name != want || ok != (want != "") || e.Gated != (want == "production") {
			t.Errorf("Resolve(%q) = %+v, %v; want %q", in, e, ok, want)
		}
	}
}

// TestServiceFor is CONTRACTS section 3: the annotation, the hint among several owners, then the name.
func TestServiceFor(t *testing.T) {
	repos := func(slug string) map[string]string { return map[string]string{"github.com": slug} }
	c := catalog.New(catalog.Facts{Services: []catalog.Service{
		{ID: "shop", Repos: repos("Acme/Shop-Web")},
		{ID: "cart", Repos: repos("acme/mono")}, {ID: "till", Repos: repos("acme/mono")},
		{ID: "mono", Repos: map[string]string{"gitlab.com": "acme/group/till2"}},
		{ID: "plain"},
	}}, 1, noon)
	for _, q := range []struct{ forge, slug, hint, want string }{
		{"github.com", "acme/shop-web", "", "shop"},
		{"github.com", "ACME/SHOP-WEB", "", "shop"},
		{"github.com", "acme/shop-web", "cart", "shop"}, // one owner: nobody is asked
		{"gitlab.com", "acme/shop-web", "", ""},         // annotated for another forge
		{"github.com", "acme/mono", "till", "till"},
		{"github.com", "acme/mono", "CART", "cart"},
		{"github.com", "acme/mono", "", ""},     // several owners: not guessed, not even by the name
		{"github.com", "acme/mono", "shop", ""}, // no owner of it
		{"github.com", "acme/mono", "mono", ""}, // the name is no owner either
		{"github.com", "other/plain", "", "plain"},
		{"github.com", "other/Plain", "", "plain"},
		{"github.com", "other/plain", "shop", "plain"}, // the hint decides among owners only
		{"github.com", "other/nothing", "shop", ""},
		{"gitlab.com", "acme/group/till2", "", "mono"},
		{"gitlab.com", "acme/group/sub/plain", "", "plain"}, // GitLab nests groups
		{"gitlab.com", "plain/other", "", ""},
		{"github.com", "plain", "", ""}, // no slug
		{"github.com", "", "", ""},
	} {
		got := ""
		if s := c.ServiceFor(q.forge, q.slug, q.hint); s != nil {
			got = s.ID
		}
		if got != q.want {
			t.Errorf("ServiceFor(%q, %q, %q) = %q, want %q", q.forge, q.slug, q.hint, got, q.want)
		}
	}
}

func TestTarget(t *testing.T) {
	c := catalog.New(catalog.Facts{
		Units:    []catalog.Unit{{ID: "retail", Parent: "shops"}, {ID: "shops", Parent: "retail"}},
		Teams:    []catalog.Team{{ID: "money", Unit: "retail"}},
		Services: []catalog.Service{{ID: "pay", Team: "money", Regions: []string{"emea"}, Tags: []string{"pci"}}, {ID: "lost", Team: "gone"}},
	}, 1, noon)
	got := c.Target("pay", "production")
	want := access.Target{Units: []string{"retail", "shops"}, Team: "money", Service: "pay", Environment: "production", Regions: []string{"emea"}, Tags: []string{"pci"}}
	if !slices.Equal(got.Units, want.Units) || got.Team != want.Team || got.Service != want.Service || got.Environment != want.Environment ||
		!slices.Equal(got.Regions, want.Regions) || !slices.Equal(got.Tags, want.Tags) {
		t.Errorf("%+v", got)
	}
	if got := c.Target("lost", "production"); got.Team != "gone" || got.Units != nil {
		t.Errorf("a team that is not in the catalog: %+v", got)
	}
	stray := c.Target(catalog.UnknownService("Acme/Shop"), "production")
	if stray.Service != "unknown:acme/shop" || !catalog.IsUnknown(stray.Service) || catalog.IsUnknown("pay") || access.Scope("unit:retail").Covers(stray) {
		t.Errorf("an unknown service: %+v", stray)
	}
	if team, ok := c.Team("money"); !ok || team.Unit != "retail" {
		t.Errorf("team %+v, %v", team, ok)
	}
}

func TestNewLeavesItsFactsAlone(t *testing.T) {
	f := catalog.Facts{Services: []catalog.Service{{ID: "b"}, {ID: "a"}}, Edges: []catalog.Edge{{From: "a", To: "b", Kind: catalog.Soft}, {From: "b", To: "a", Kind: catalog.Hard}}}
	c := catalog.New(f, 7, noon)
	if f.Services[0].ID != "b" || f.Edges[0].From != "a" {
		t.Errorf("New reordered what it was given: %+v", f)
	}
	if c.Services[0].ID != "a" || c.Revision != 7 || !c.AsOf.Equal(noon) {
		t.Errorf("%+v", c)
	}
	if s, ok := c.Service("b"); !ok || s.ID != "b" {
		t.Errorf("Service(b) = %+v, %v", s, ok)
	}
	if _, ok := c.Service("c"); ok {
		t.Error("a service that does not exist is found")
	}
}

func TestEdges(t *testing.T) {
	c := catalog.New(catalog.Facts{Edges: []catalog.Edge{
		{From: "a", To: "a", Kind: catalog.Hard},
		{From: "a", To: "b", Kind: catalog.Soft}, {From: "a", To: "b", Kind: catalog.Hard}, {From: "a", To: "b", Kind: catalog.Async},
		{From: "a", To: "vendor:cdn", Kind: catalog.Hard},
	}}, 1, noon)
	if got := c.Providers("a"); len(got) != 2 || !slices.Contains(got, catalog.Edge{From: "a", To: "b", Kind: catalog.Hard}) {
		t.Errorf("a needs %+v", got)
	}
	if got := c.Consumers("b"); len(got) != 1 || got[0].Kind != catalog.Hard {
		t.Errorf("b serves %+v", got)
	}
	if got := c.HardDependants("vendor:cdn"); !slices.Equal(got, []string{"a"}) {
		t.Errorf("on the vendor rests %v", got)
	}
	if n, err := c.Graph().Order(); err != nil || n != 3 {
		t.Errorf("the graph has %d vertices, %v", n, err)
	}
	if e, err := c.Graph().Edge("a", "b"); err != nil || e.Properties.Attributes["kind"] != "hard" {
		t.Errorf("the graph's edge is %+v, %v", e, err)
	}
}

// A catalog is read by all at once, and each question is answered once.
func TestHardDependantsAreSharedByAll(t *testing.T) {
	c := catalog.New(catalog.Facts{Edges: []catalog.Edge{{From: "b", To: "a", Kind: catalog.Hard}, {From: "c", To: "b", Kind: catalog.Hard}}}, 1, time.Time{})
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for service, want := range map[string][]string{"a": {"b", "c"}, "b": {"c"}, "c": nil, "nobody": nil} {
				if got := c.HardDependants(service); !slices.Equal(got, want) {
					t.Errorf("of %s: %v, want %v", service, got, want)
				}
			}
		})
	}
	wg.Wait()
	if n := testing.AllocsPerRun(100, func() { c.HardDependants("a") }); n > 1 {
		t.Errorf("the second answer costs %v allocations", n)
	}
}

// HardDependants equals the transitive closure by Warshall's algorithm, cycles and all.
func TestHardDependantsByBruteForce(t *testing.T) {
	names := []string{"a", "b", "c", "d", "e", "f", "g"}
	rapid.Check(t, func(t *rapid.T) {
		var f catalog.Facts
		var reach [7][7]bool
		for range rapid.IntRange(0, 20).Draw(t, "edges") {
			i, j := rapid.IntRange(0, 6).Draw(t, "from"), rapid.IntRange(0, 6).Draw(t, "to")
			kind := rapid.SampledFrom([]catalog.EdgeKind{catalog.Hard, catalog.Hard, catalog.Soft, catalog.Async}).Draw(t, "kind")
			f.Edges = append(f.Edges, catalog.Edge{From: names[i], To: names[j], Kind: kind})
			reach[i][j] = reach[i][j] || kind == catalog.Hard
		}
		for k := range names {
			for i := range names {
				for j := range names {
					reach[i][j] = reach[i][j] || (reach[i][k] && reach[k][j])
				}
			}
		}
		c := catalog.New(f, 1, noon)
		shuffled := catalog.New(catalog.Facts{Edges: rapid.Permutation(f.Edges).Draw(t, "listed")}, 1, noon)
		for j, name := range names {
			var want []string
			for i := range names {
				if i != j && reach[i][j] {
					want = append(want, names[i])
				}
			}
			if got := c.HardDependants(name); !slices.Equal(got, want) {
				t.Fatalf("on %s rest %v, want %v", name, got, want)
			}
			if got := shuffled.HardDependants(name); !slices.Equal(got, want) {
				t.Fatalf("listed otherwise, on %s rest %v, want %v", name, got, want)
			}
		}
	})
}
