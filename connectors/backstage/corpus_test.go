package backstage_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"signalbox/connectors/backstage"
	"signalbox/connectors/organisation"
	"signalbox/release/catalog"
	"signalbox/release/fact"
)

const catalogs = "../../testdata/catalogs"

func read(t *testing.T, dir string) fact.CatalogSeen {
	t.Helper()
	seen, err := backstage.Read(filepath.Join(catalogs, dir))
	if err != nil {
		t.Fatal(err)
	}
	return seen
}

// brief writes a catalog, a line for each thing.
func brief(c fact.CatalogSeen) []string {
	var out []string
	add := func(format string, args ...any) {
		out = append(out, strings.TrimRight(fmt.Sprintf(format, args...), " "))
	}
	for _, u := range c.Units {
		add("unit %s %q %s", u.ID, u.Name, u.Parent)
	}
	for _, t := range c.Teams {
		add("team %s %q %s", t.ID, t.Name, t.Unit)
	}
	for _, s := range c.Services {
		more := ""
		if s.CustomerFacing {
			more += " customers"
		}
		if s.Personal {
			more += " personal"
		}
		add("service %s %q tier %d team %q system %q %s %v %v %v%s", s.ID, s.Title, s.Tier, s.Team, s.System, s.Lifecycle, s.Regions, s.Tags, s.Repos, more)
	}
	for _, e := range c.Edges {
		add("edge %s %s %s", e.From, e.To, e.Kind)
	}
	for _, p := range c.Proposals {
		add("user %s %q %s %v", p.ID, p.Name, p.Email, p.Teams)
	}
	for _, r := range c.Refused {
		add("refused %s %s: %s", r.Place, r.Item, r.Reason)
	}
	return out
}

func expect(t *testing.T, c fact.CatalogSeen, want ...string) {
	t.Helper()
	if got := brief(c); strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n\t%s\nwant\n\t%s", strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
	}
}

// TestCorpus holds the real catalogs, with everything that is taken and everything that is refused.
func TestCorpus(t *testing.T) {
	expect(t, read(t, "backstage+backstage"),
		`service wayback-archive-ingestion "wayback-archive-ingestion" tier 3 team "team-d" system "" production [] [] map[]`,
		`service www-artist "www-artist" tier 3 team "team-a" system "artist-engagement-portal" production [] [] map[]`,
		`edge www-artist artist-lookup hard`,
		`refused packages/catalog-model/examples/components/invalid-component.yaml:1 component invalid component: metadata.name "invalid component" is not a name: letters and digits, with - _ . between them, at most 63`,
	)
	expect(t, read(t, "backstage+demo"),
		`service backstage-demo "backstage-demo" tier 3 team "backstage/maintainers" system "" experimental [] [] map[github.com:backstage/demo]`,
		`refused examples/ai-resources.yaml:1 airesource mui-to-bui-migration: signalbox keeps no resources of this kind`,
		`refused examples/ai-resources.yaml:24 airesource app-frontend-system-migration: signalbox keeps no resources of this kind`,
		`refused examples/ai-resources.yaml:47 airesource plugin-new-frontend-system-support: signalbox keeps no resources of this kind`,
		`refused examples/ai-resources.yaml:70 airesource plugin-full-frontend-system-migration: signalbox keeps no resources of this kind`,
		`refused examples/ai-resources.yaml:93 airesource plugin-analytics-instrumentation: signalbox keeps no resources of this kind`,
		`refused examples/ai-resources.yaml:116 airesource onboard-to-openapi-server: signalbox keeps no resources of this kind`,
		`refused catalog-info.yaml:15 component:default/backstage-demo: spec.consumesApis: no component here provides api:default/demo-graphql, so that no service is known to be needed`,
	)
	expect(t, read(t, "harness-community+idp-samples"),
		`service commission-document-service "commission-document-service" tier 3 team "harness_product_engineering" system "project-x" production [] [java] map[]`,
		`service demo-service-with-module-new "demo-service-with-module-new" tier 3 team "idpplayacc" system "" experimental [] [java] map[]`,
		`service foodservice "FoodService" tier 3 team "harness_account_all_users" system "project-x" production [] [java tag1 food-ordering] map[]`,
		`service my-new-service "my-new-service" tier 3 team "" system "project-x" production [] [java] map[]`,
		`service user-service "user-service" tier 3 team "harness_account_all_users" system "platform" production [] [java user] map[github.com:vigneswara-propelo/python-pipeline-samples]`,
		`service warehouse "warehouse" tier 3 team "harness_account_all_users" system "project-x" production [] [java tag1 warehouse] map[]`,
		`refused example-catalog-info/harness-ci-cd-plugin-demo.yaml:1 component:default/my-new-service: it is declared already at catalog-info.yaml:1`,
		`refused example-catalog-info/template.yaml:1 template new-application: a template makes new repositories, and is no service`,
		`refused idp-pipelines/catalog-fed-ramp/catalog-cve-scorecard.yaml:1 document: it is no Backstage entity: apiVersion or kind is missing`,
		`refused idp-pipelines/catalog-fed-ramp/dockerverifications-pipeline.yaml:1 document: it is no Backstage entity: apiVersion or kind is missing`,
		`refused idp-pipelines/catalog-fed-ramp/fips-pipeline.yaml:1 document: it is no Backstage entity: apiVersion or kind is missing`,
		`refused idp-pipelines/nextjs/skeleton/{{ cookiecutter.project_name }}/catalog-info.yaml:4 component: a mapping stands where another kind of value is read`,
		`refused tutorial-jira-ticket-catalog-ingestion.yaml:1 template jira-ticket: a template makes new repositories, and is no service`,
		`refused catalog-info.yaml:19 component:default/my-new-service: spec.owner: "owner@harness.io" is no reference to an entity`,
	)
	expect(t, read(t, "signalbox"),
		`unit music "Music"`,
		`team team-a "Team A" music`,
		`team team-b "Team B" music`,
		`team team-c "Team C" music`,
		`team team-d "Team D" music`,
		`service artists-db "Artists database" tier 2 team "team-b" system "artist-engagement-portal" database [] [] map[]`,
		`edge www-artist artists-db hard`,
		`user alice "Alice Adeyemi" alice@example.com [team-a]`,
		`user bob "Bob Brandt" bob@example.com [team-a team-d]`,
		`user carol "Carol Chen" carol@example.com [team-b]`,
		`user dave "Dave Doyle" dave@example.com [team-c]`,
		`user erin "Erin Eklund" erin@example.com [team-d]`,
	)
}

// TestOwnersExist: with our file beside it, every service of Backstage's examples has a team that exists.
func TestOwnersExist(t *testing.T) {
	facts := read(t, "backstage+backstage").Facts
	ours := read(t, "signalbox").Facts
	facts.Teams, facts.Units = ours.Teams, ours.Units
	c := catalog.New(facts, 1, time.Time{})
	for _, s := range c.Services {
		if target := c.Target(s.ID, "production"); target.Team == "" || len(target.Units) != 1 || target.Units[0] != "music" {
			t.Errorf("%s: %+v", s.ID, target)
		}
	}
}

// TestExample holds the example company together: every owner, end of an edge, region and repository is
// there, and nothing of it is refused.
func TestExample(t *testing.T) {
	seen := read(t, "example")
	org, err := organisation.Read(filepath.Join(catalogs, "example", "organisation.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if len(seen.Refused) != 0 || len(org.Refused) != 0 {
		t.Errorf("refused: %v %v", seen.Refused, org.Refused)
	}
	facts := seen.Facts
	facts.Regions, facts.Vendors = org.Regions, org.Vendors
	facts.Edges = append(facts.Edges, org.Edges...)
	c := catalog.New(facts, 1, time.Time{})
	if got := fmt.Sprint(len(c.Units), len(c.Teams), len(c.Services), len(c.Regions), len(c.Vendors), len(c.Edges), len(c.Proposals)); got != "3 8 16 3 3 27 11" {
		t.Errorf("units, teams, services, regions, vendors, edges, users: %s", got)
	}
	places, ends, tiers := map[string]bool{}, map[string]bool{}, map[catalog.Tier]int{}
	for _, r := range c.Regions {
		places[r.ID] = true
	}
	for _, v := range c.Vendors {
		ends["vendor:"+v.ID] = true
	}
	for _, s := range c.Services {
		ends[s.ID] = true
		tiers[s.Tier]++
		if len(c.Target(s.ID, "production").Units) == 0 || len(s.Regions) == 0 || s.System == "" {
			t.Errorf("%s has no unit, region or system", s.ID)
		}
		for _, r := range s.Regions {
			if !places[r] {
				t.Errorf("%s: there is no region %s", s.ID, r)
			}
		}
		if found := c.ServiceFor("github.com", "Acme/"+s.ID, ""); found == nil || found.ID != s.ID {
			t.Errorf("acme/%s is not %s", s.ID, s.ID)
		}
	}
	for _, e := range c.Edges {
		if !ends[e.From] || !ends[e.To] {
			t.Errorf("the edge %+v leads nowhere", e)
		}
	}
	if fmt.Sprint(tiers) != "map[0:6 1:6 2:3 3:1]" {
		t.Errorf("tiers %v", tiers)
	}
	if got := fmt.Sprint(c.HardDependants("ledger-db")); got != "[checkout-web invoice-run ledger mobile-gw payments-api]" {
		t.Errorf("what falls with the ledger's database: %s", got)
	}
}
