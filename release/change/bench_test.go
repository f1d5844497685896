package change_test

import (
	"fmt"
	"testing"

	"signalbox/release"
	"signalbox/release/access"
	"signalbox/release/catalog"
	"signalbox/release/change"
)

// BenchmarkNewItem judges one change against a company of 300: a third may approve everywhere, a third in
// two scopes of their own, a third only look.
func BenchmarkNewItem(b *testing.B) {
	facts := catalog.Facts{Teams: []catalog.Team{{ID: "t", Unit: "u"}}, Units: []catalog.Unit{{ID: "u"}},
		Services: []catalog.Service{{ID: "pay", Tier: 2, Team: "t", Regions: []string{"emea"}}}}
	for k := range 200 {
		facts.Edges = append(facts.Edges, catalog.Edge{From: fmt.Sprintf("svc-%03d", k), To: "pay", Kind: catalog.Hard})
	}
	cat := catalog.New(facts, 1, noon)
	var people []access.Person
	for k := range 300 {
		p := approver(access.PersonID(fmt.Sprintf("p%03d", k)), fmt.Sprintf("gh%03d", k))
		switch k % 3 {
		case 1:
			p.Grants = []access.Grant{{Role: access.Approver, Scope: "service:web"}, {Role: access.Approver, Scope: "region:apac,region:emea,service:pay"}}
		case 2:
			p.Grants = []access.Grant{{Role: access.Viewer, Scope: access.Org}}
		}
		people = append(people, p)
	}
	dir := change.NewDirectory(people)
	c := change.Change{ID: "CHG-1", State: change.Requested, Service: "pay", Environment: "production", Version: "1",
		Digest: release.Digest("sha256:aa")}
	a, d := change.Ask(c, 1, 2, noon), commitBy(gh("gh000"))
	b.ReportAllocs()
	for b.Loop() {
		if i := change.NewItem(c, a, cat, d, people, dir, nil, nil, noon); len(i.Eligible) != 199 {
			b.Fatal(len(i.Eligible))
		}
	}
}
