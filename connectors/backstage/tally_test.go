package backstage_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"signalbox/connectors/backstage"
)

// TestTally holds what became of each document of each file of the corpus, read by itself. Every document is
// taken, ignored with a reason, or lost with a reason.
func TestTally(t *testing.T) {
	var got []string
	for _, dir := range []string{"backstage+backstage", "backstage+demo", "harness-community+idp-samples", "signalbox", "example"} {
		err := filepath.WalkDir(filepath.Join(catalogs, dir), func(p string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || filepath.Ext(p) != ".yaml" || d.Name() == "organisation.yaml" {
				return err
			}
			data, err := os.ReadFile(p)
			name, _ := filepath.Rel(catalogs, p)
			s := backstage.Survey("x", []backstage.File{{Path: name, Data: data}})
			if s.Read != s.Taken+s.Ignored+s.Lost {
				t.Errorf("%s: %+v", name, s)
			}
			got = append(got, fmt.Sprintf("%d read = %d taken + %d ignored + %d lost; %d services, %d teams, %d units, %d people, %d refusals | %s", s.Read, s.Taken, s.Ignored, s.Lost,
				len(s.Services), len(s.Teams), len(s.Units), len(s.Proposals), len(s.Refused), name))
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	want := []string{
		`1 read = 0 taken + 0 ignored + 1 lost; 0 services, 0 teams, 0 units, 0 people, 1 refusals | backstage+backstage/packages/catalog-model/examples/components/invalid-component.yaml`,
		`1 read = 1 taken + 0 ignored + 0 lost; 1 services, 0 teams, 0 units, 0 people, 0 refusals | backstage+backstage/packages/catalog-model/examples/components/wayback-archive-ingestion-component.yaml`,
		`1 read = 1 taken + 0 ignored + 0 lost; 1 services, 0 teams, 0 units, 0 people, 0 refusals | backstage+backstage/packages/catalog-model/examples/components/www-artist-component.yaml`,
		`1 read = 1 taken + 0 ignored + 0 lost; 0 services, 0 teams, 0 units, 0 people, 0 refusals | backstage+backstage/packages/catalog-model/examples/systems/artist-engagement-portal-system.yaml`,
		`2 read = 2 taken + 0 ignored + 0 lost; 1 services, 0 teams, 0 units, 0 people, 1 refusals | backstage+demo/catalog-info.yaml`,
		`6 read = 0 taken + 6 ignored + 0 lost; 0 services, 0 teams, 0 units, 0 people, 6 refusals | backstage+demo/examples/ai-resources.yaml`,
		`1 read = 1 taken + 0 ignored + 0 lost; 0 services, 0 teams, 0 units, 0 people, 0 refusals | backstage+demo/examples/mcp-server-api.yaml`,
		`1 read = 1 taken + 0 ignored + 0 lost; 1 services, 0 teams, 0 units, 0 people, 0 refusals | harness-community+idp-samples/catalog-info-cicd.yaml`,
		`1 read = 1 taken + 0 ignored + 0 lost; 1 services, 0 teams, 0 units, 0 people, 1 refusals | harness-community+idp-samples/catalog-info.yaml`,
		`1 read = 1 taken + 0 ignored + 0 lost; 0 services, 0 teams, 0 units, 0 people, 0 refusals | harness-community+idp-samples/demo-prorto-api.yaml`,
		`1 read = 1 taken + 0 ignored + 0 lost; 1 services, 0 teams, 0 units, 0 people, 0 refusals | harness-community+idp-samples/example-catalog-info/catalog-info1.yaml`,
		`1 read = 1 taken + 0 ignored + 0 lost; 1 services, 0 teams, 0 units, 0 people, 0 refusals | harness-community+idp-samples/example-catalog-info/cataog-info-ccp.yaml`,
		`1 read = 1 taken + 0 ignored + 0 lost; 1 services, 0 teams, 0 units, 0 people, 0 refusals | harness-community+idp-samples/example-catalog-info/harness-ci-cd-plugin-demo.yaml`,
		`1 read = 1 taken + 0 ignored + 0 lost; 0 services, 0 teams, 0 units, 0 people, 0 refusals | harness-community+idp-samples/example-catalog-info/platform-system.yaml`,
		`1 read = 0 taken + 1 ignored + 0 lost; 0 services, 0 teams, 0 units, 0 people, 1 refusals | harness-community+idp-samples/example-catalog-info/template.yaml`,
		`1 read = 1 taken + 0 ignored + 0 lost; 1 services, 0 teams, 0 units, 0 people, 0 refusals | harness-community+idp-samples/example-catalog-info/tutorial-catalog-ingestion.yaml`,
		`1 read = 1 taken + 0 ignored + 0 lost; 1 services, 0 teams, 0 units, 0 people, 0 refusals | harness-community+idp-samples/example-catalog-info/user-service.yaml`,
		`1 read = 0 taken + 0 ignored + 1 lost; 0 services, 0 teams, 0 units, 0 people, 1 refusals | harness-community+idp-samples/idp-pipelines/catalog-fed-ramp/catalog-cve-scorecard.yaml`,
		`1 read = 0 taken + 0 ignored + 1 lost; 0 services, 0 teams, 0 units, 0 people, 1 refusals | harness-community+idp-samples/idp-pipelines/catalog-fed-ramp/dockerverifications-pipeline.yaml`,
		`1 read = 0 taken + 0 ignored + 1 lost; 0 services, 0 teams, 0 units, 0 people, 1 refusals | harness-community+idp-samples/idp-pipelines/catalog-fed-ramp/fips-pipeline.yaml`,
		`1 read = 0 taken + 0 ignored + 1 lost; 0 services, 0 teams, 0 units, 0 people, 1 refusals | harness-community+idp-samples/idp-pipelines/nextjs/skeleton/{{ cookiecutter.project_name }}/catalog-info.yaml`,
		`1 read = 0 taken + 1 ignored + 0 lost; 0 services, 0 teams, 0 units, 0 people, 1 refusals | harness-community+idp-samples/tutorial-jira-ticket-catalog-ingestion.yaml`,
		`11 read = 11 taken + 0 ignored + 0 lost; 1 services, 4 teams, 1 units, 5 people, 0 refusals | signalbox/teams-users-resources.yaml`,
		`9 read = 9 taken + 0 ignored + 0 lost; 6 services, 0 teams, 0 units, 0 people, 5 refusals | example/commerce.yaml`,
		`22 read = 22 taken + 0 ignored + 0 lost; 0 services, 8 teams, 3 units, 11 people, 0 refusals | example/groups.yaml`,
		`10 read = 10 taken + 0 ignored + 0 lost; 5 services, 0 teams, 0 units, 0 people, 0 refusals | example/money.yaml`,
		`9 read = 9 taken + 0 ignored + 0 lost; 5 services, 0 teams, 0 units, 0 people, 0 refusals | example/platform.yaml`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n\t%s\nwant\n\t%s", strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
	}
}
