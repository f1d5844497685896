package topology_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"signalbox/release"
	"signalbox/release/catalog"
	"signalbox/release/change"
	"signalbox/release/feed"
	"signalbox/release/health"
	"signalbox/release/rollout"
	"signalbox/release/topology"
)

var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

func hard(from, to string) catalog.Edge { return catalog.Edge{From: from, To: to, Kind: catalog.Hard} }

// shop is a door, a till and a store, with a vendor, a stranger and a pair that call each other.
func shop() topology.Facts {
	return topology.Facts{At: noon, Environment: "production", Since: noon.Add(-time.Hour), Catalog: catalog.New(catalog.Facts{
		Units: []catalog.Unit{{ID: "retail"}}, Teams: []catalog.Team{{ID: "web", Unit: "retail"}}, Vendors: []catalog.Vendor{{ID: "cards", Name: "Cards Ltd"}},
		Services: []catalog.Service{{ID: "door", Tier: 0, Team: "web", Regions: []string{"lon", "nyc"}}, {ID: "till", Tier: 1, Regions: []string{"lon", "nyc"}},
			{ID: "store", Tier: 1, Regions: []string{"lon"}}, {ID: "a", Tier: 3}, {ID: "b", Tier: 3}},
		Edges: []catalog.Edge{hard("door", "till"), hard("till", "store"), hard("till", "vendor:cards"), {From: "till", To: "ghost", Kind: catalog.Async},
			hard("a", "b"), {From: "b", To: "a", Kind: catalog.Soft}},
	}, 1, noon)}
}

func of(t *testing.T, m *topology.Map, id string) topology.Node {
	t.Helper()
	n, ok := m.Find(id)
	if !ok {
		t.Fatalf("%s is not there", id)
	}
	return m.Nodes[n]
}

func TestNew(t *testing.T) {
	f := shop()
	f.Deployed = []rollout.Observed{{Service: "till", Version: "1.4.0", UpdatedAt: noon.Add(-time.Hour)}, {Service: "nobody", Version: "9"}}
	f.Measured = map[string]health.Sample{"store": {Version: "7.1", At: noon.Add(-time.Minute)}, "till": {Version: "1.3.9", At: noon}, "nobody": {Version: "9"}}
	f.Sources = []feed.Status{{Name: "catalog", Type: "backstage", Kind: feed.Pull, ExpectEvery: time.Minute, LastGood: noon.Add(-10 * time.Minute), Since: noon.Add(-time.Hour)}}
	m := topology.New(f)
	if m.Services != 5 || m.Index.Edges() != 6 || len(m.Cycles) != 1 || !m.Owners || !m.Versions || !slices.Equal(m.Stale, []string{"catalog"}) {
		t.Errorf("%d services, %d edges, %d cycles, stale %v", m.Services, m.Index.Edges(), len(m.Cycles), m.Stale)
	}
	if a := of(t, m, "till"); a.Version != "1.4.0" || a.Aspect != release.Go || a.Why != "" || a.Level != 1 || a.Single != nil {
		t.Errorf("till %+v", a)
	}
	if a := of(t, m, "door"); a.Unit != "retail" || a.Version != "" || a.Level != 2 {
		t.Errorf("door %+v", a)
	}
	if a := of(t, m, "store"); a.Version != "7.1" || !a.VersionAt.Equal(noon.Add(-time.Minute)) { // monitors alone tell of it
		t.Errorf("store %+v", a)
	}
	if a := of(t, m, "store"); a.Single == nil || a.Single.Where() != "only in lon" || !slices.Equal(a.Single.Journeys, []string{"door"}) {
		t.Errorf("store %+v", a.Single)
	}
	if a := of(t, m, "vendor:cards"); a.Kind != topology.Vendor || a.Title != "Cards Ltd" || a.Aspect != "" || a.Single.Where() != "an outside party" {
		t.Errorf("vendor %+v", a)
	}
	if a := of(t, m, "ghost"); a.Kind != topology.Stranger || a.Aspect != "" {
		t.Errorf("stranger %+v", a)
	}
	if of(t, m, "a").Cycle != 1 || of(t, m, "b").Cycle != 1 || of(t, m, "till").Cycle != 0 {
		t.Error("the cycle is not marked")
	}
}

// TestStanding: each fact alone, and the worst of two.
func TestStanding(t *testing.T) {
	alert := func(severity string) func(*topology.Facts) {
		return func(f *topology.Facts) {
			f.Alerts = append(f.Alerts, health.Alert{Name: "Slow", Service: "till", Severity: severity})
		}
	}
	bound := func(ago time.Duration) func(*topology.Facts) {
		return func(f *topology.Facts) {
			f.Bound = func(s *catalog.Service) []feed.Status {
				return []feed.Status{{Name: "forge", ExpectEvery: time.Minute, LastGood: noon.Add(-ago), Since: noon.Add(-time.Hour)}}
			}
		}
	}
	live := func(of string, s rollout.State) func(*topology.Facts) {
		return func(f *topology.Facts) {
			k := rollout.Known{Gated: true}
			if of != "" {
				k.Change = &change.Change{ID: of, State: change.Implementing}
			}
			f.Live = append(f.Live, rollout.NewRow(rollout.Observed{ID: "RO-1", Service: "till", Change: of, State: s}, k))
		}
	}
	asked := func(at time.Duration, who ...string) func(*topology.Facts) {
		return func(f *topology.Facts) {
			c := change.Change{ID: "CHG-7", Service: "till", State: change.Requested, RequestedAt: noon.Add(-at)}
			i := change.Item{Change: c, Duties: change.Duties{Aspect: release.Go, Sentence: "no author may approve"}, Approval: change.Ask(c, 1, 1, noon.Add(-at))}
			for range who {
				i.Eligible = append(i.Eligible, "j.ruiz")
			}
			f.Changes = append(f.Changes, i)
		}
	}
	for _, k := range []struct {
		name string
		tell []func(*topology.Facts)
		want release.Aspect
		why  string
	}{
		{"nothing", nil, release.Go, ""},
		{"a page", []func(*topology.Facts){alert("page")}, release.Stop, "Slow fires"},
		{"an alert that does not say", []func(*topology.Facts){alert("")}, release.Stop, "Slow fires"},
		{"a warning", []func(*topology.Facts){alert("warning")}, release.Caution, "Slow fires"},
		{"an approved rollout", []func(*topology.Facts){live("CHG-1", rollout.InProgress)}, release.Go, ""},
		{"one that waits", []func(*topology.Facts){live("CHG-1", rollout.Queued)}, release.Go, ""},
		{"an unauthorised rollout", []func(*topology.Facts){live("", rollout.InProgress)}, release.Caution, "RO-1 has no change"},
		{"a change that waits", []func(*topology.Facts){asked(time.Minute, "j.ruiz")}, release.Go, ""},
		{"a change that nobody may approve", []func(*topology.Facts){asked(time.Minute)}, release.Stop, "CHG-7 requested"},
		{"a fresh feed", []func(*topology.Facts){bound(30 * time.Second)}, release.Go, ""},
		{"a late feed", []func(*topology.Facts){bound(2 * time.Minute)}, release.Go, ""},
		{"a dark feed", []func(*topology.Facts){bound(5 * time.Minute)}, release.Dark, "forge is dark"},
		{"a dark feed and a warning", []func(*topology.Facts){bound(5 * time.Minute), alert("info")}, release.Dark, "forge is dark"},
		{"a dark feed and a page", []func(*topology.Facts){bound(5 * time.Minute), alert("critical")}, release.Stop, "Slow fires"},
	} {
		f := shop()
		for _, tell := range k.tell {
			tell(&f)
		}
		m := topology.New(f)
		a := of(t, m, "till")
		if a.Aspect != k.want || a.Why != k.why {
			t.Errorf("%s: %s %q, want %s %q", k.name, a.Aspect, a.Why, k.want, k.why)
		}
		if (a.Dark != nil) != (k.want == release.Dark || len(k.tell) == 2) {
			t.Errorf("%s: dark %v", k.name, a.Dark)
		}
		if a.Aspect != release.Go && a.Dark == nil {
			if n := m.Worst(); m.Nodes[n].ID != "till" {
				t.Errorf("%s: the worst is %s", k.name, m.Nodes[n].ID)
			}
		}
	}
}

func TestWorst(t *testing.T) {
	f := shop()
	if m := topology.New(f); m.Nodes[m.Worst()].ID != "door" { // the highest tier where all is well
		t.Errorf("the worst is %s", m.Nodes[m.Worst()].ID)
	}
	if m := topology.New(topology.Facts{At: noon, Catalog: catalog.New(catalog.Facts{}, 1, noon)}); m.Worst() != -1 || m.Services != 0 {
		t.Errorf("in an empty catalog the worst is %d", m.Worst())
	}
}

// TestAround: every node once on a side, under a neighbour that it has an edge with, at its distance, and the marks
// of the blast radius are those of the index.
func TestAround(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 12).Draw(t, "nodes")
		var f catalog.Facts
		for k := range n {
			f.Services = append(f.Services, catalog.Service{ID: fmt.Sprintf("s%02d", k), Tier: catalog.Tier(k % 4)})
		}
		for range rapid.IntRange(0, 30).Draw(t, "edges") {
			f.Edges = append(f.Edges, catalog.Edge{From: f.Services[rapid.IntRange(0, n-1).Draw(t, "from")].ID, To: f.Services[rapid.IntRange(0, n-1).Draw(t, "to")].ID,
				Kind: rapid.SampledFrom([]catalog.EdgeKind{catalog.Hard, catalog.Soft, catalog.Async}).Draw(t, "kind")})
		}
		m := topology.New(topology.Facts{At: noon, Catalog: catalog.New(f, 1, noon)})
		focus, depth := int32(rapid.IntRange(0, n-1).Draw(t, "focus")), rapid.IntRange(-1, 6).Draw(t, "depth")
		h := m.Around(focus, depth)
		for _, side := range []struct {
			list []topology.Neighbour
			side catalog.Side
			down []catalog.Step
		}{{h.Callers, catalog.Callers, h.Blast}, {h.Callees, catalog.Callees, h.Rests}} {
			seen := map[int32]int{focus: 0}
			for _, b := range side.list {
				if _, twice := seen[b.Node]; twice {
					t.Fatalf("%d stands twice", b.Node)
				}
				above, ok := seen[b.Via]
				if !ok || above+1 != b.Depth || b.Depth > h.Depth {
					t.Fatalf("%d stands at %d under %d, which stands at %d", b.Node, b.Depth, b.Via, above)
				}
				seen[b.Node] = b.Depth
				kind := catalog.EdgeKind("")
				for k, e := range m.Index.Next(b.Via, side.side) {
					if k == b.Node {
						kind = e
					}
				}
				hit := func(n int32) bool {
					return slices.ContainsFunc(side.down, func(s catalog.Step) bool { return s.Node == n })
				}
				if kind != b.Kind || b.Down != hit(b.Node) || b.Carries != (kind == catalog.Hard && (b.Via == focus || hit(b.Via))) || b.Carries && !b.Down {
					t.Fatalf("%+v: the edge is %q, down %v", b, kind, hit(b.Node))
				}
			}
			if want := m.Index.Around(focus, side.side, h.Depth); len(want) != len(side.list) {
				t.Fatalf("%d neighbours, want %d", len(side.list), len(want))
			}
		}
		if got := len(m.Within(h.Nodes())); got > m.Index.Edges() {
			t.Fatalf("%d edges of %d", got, m.Index.Edges())
		}
	})
}

// The export is the same each time, and nothing in an id ends its quotation marks.
func TestDOT(t *testing.T) {
	f := shop()
	facts := f.Catalog.Facts
	facts.Services = append(facts.Services, catalog.Service{ID: `odd"; x [\`})
	facts.Edges = append(facts.Edges, hard(`odd"; x [\`, "till"))
	f.Catalog = catalog.New(facts, 2, noon)
	m := topology.New(f)
	n, _ := m.Find("till")
	var first string
	for range 5 {
		var b bytes.Buffer
		if err := m.DOT(&b, m.Around(n, 2)); err != nil {
			t.Fatal(err)
		}
		if first == "" {
			first = b.String()
		} else if b.String() != first {
			t.Fatalf("two exports differ:\n%s\n%s", first, b.String())
		}
	}
	for _, want := range []string{"strict digraph {\n\trankdir=\"LR\";\n", `"odd\"; x [\\" -> "till" [ kind="hard", style="bold",  weight=0 ];`, `"till" -> "store" [ kind="hard",  weight=0 ];`,
		`"till" -> "ghost" [ kind="async", style="dotted",  weight=0 ];`, `"till" [ label="till", penwidth="3", shape="box",  weight=0 ];`} {
		if !strings.Contains(first, want) {
			t.Errorf("no %q in\n%s", want, first)
		}
	}
}
