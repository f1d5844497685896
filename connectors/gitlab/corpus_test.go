package gitlab_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"signalbox/connectors/gitlab"
	"signalbox/release/access"
	"signalbox/release/fact"
)

// corpus is the example payloads of GitLab's own client; see SOURCES.md beside them.
const corpus = "../../testdata/webhooks/gitlab"

var arrived = time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC)

// payloads returns the corpus as file → body.
func payloads(t testing.TB) map[string][]byte {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(corpus, "*.json"))
	if err != nil || len(files) != 32 {
		t.Fatalf("%d payloads in %s: %v", len(files), corpus, err)
	}
	out := map[string][]byte{}
	for _, f := range files {
		body, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		out[strings.TrimSuffix(filepath.Base(f), ".json")] = body
	}
	return out
}

func at(t time.Time) string { return t.Format(time.RFC3339) }

func who(ids ...access.Identity) string {
	var out []string
	for _, i := range ids {
		s := i.String()
		if i.Bot {
			s += " (bot)"
		}
		out = append(out, s)
	}
	return strings.Join(out, "+")
}

// brief writes what matters of a fact in one line.
func brief(f fact.Fact) string {
	request := func(d fact.DeployRequested) string {
		return fmt.Sprintf("%s %s #%s to %s: version %s, %s, ref %s, by %s, %s, service %q", d.Forge, d.Repo, d.ExternalID,
			d.Environment, d.Version, d.Digest.Short(), d.Ref, who(d.By...), at(d.At), d.Service)
	}
	switch f := f.(type) {
	case fact.DeployRequested:
		return "request " + request(f)
	case fact.DeployStatus:
		return fmt.Sprintf("status %s %s: %s", f.State, at(f.StatusAt), request(f.DeployRequested))
	case fact.VersionKnown:
		return fmt.Sprintf("version %s %s %.7s pre=%v %s %s", f.Repo, f.Version, f.Commit, f.Prerelease, at(f.At), f.URL)
	case fact.CommitSeen:
		return fmt.Sprintf("commit %s %.7s %q by %s %s", f.Repo, f.SHA, f.Title, who(f.Authors...), at(f.At))
	case fact.PullRequestSeen:
		return fmt.Sprintf("pull %s !%d %s by %s head %.7s merge %.7s %s", f.Repo, f.Number, f.State, who(f.Author), f.Head, f.Merge, at(f.At))
	case fact.ReviewSeen:
		return fmt.Sprintf("review %s !%d %s by %s of %.7s %s", f.Repo, f.Number, f.State, who(f.Reviewer), f.SHA, at(f.At))
	case fact.CheckSeen:
		return fmt.Sprintf("%s %s %.7s %s: %s (%s) %s %s", f.Kind, f.Repo, f.SHA, f.Name, f.Result, f.Detail, at(f.At), f.URL)
	}
	return fmt.Sprintf("unexpected %T", f)
}

// TestCorpus holds every payload with every fact it gives, and says why where it gives none.
func TestCorpus(t *testing.T) {
	const talk = "talk about work is no evidence"
	table := map[string]struct {
		event string
		facts []string
		why   string // none
	}{
		"deployment": {event: "Deployment Hook", facts: []string{
			"status success 2021-04-28T19:50:00Z: gitlab.com root/test-deployment-webhooks #15 to staging: version 1.0.0, 279484c, " +
				`ref 1.0.0, by gitlab:user1, 2021-04-28T19:50:00Z, service ""`}},
		"release": {event: "Release Hook", facts: []string{
			"version exm-namespace/example-project 1.0.0 2626dbd pre=false 2021-02-25T21:23:34Z http://example.com/exm-namespace/example-project/-/releases/1.0.0"}},
		"push": {event: "Push Hook", facts: []string{
			`commit mike/diaspora b6568db "Merge branch 'some-feature' into 'master'" by email:jordi@softcatala.org 2011-12-12T12:27:31Z`,
			`commit mike/diaspora da15608 "fixed readme" by email:gitlabdev@dv6700.(none) 2012-01-03T21:36:29Z`}},
		"tag_push": {event: "Tag Push Hook", facts: []string{
			`commit jsmith/example 82b3d5a "Merge branch 'some-feature' into 'master'" by email:johnsmith@example.com 2012-01-03T21:36:29Z`,
			"version jsmith/example v1.0.0 82b3d5a pre=false 2026-11-24T08:00:00Z http://example.com/jsmith/example/-/tags/v1.0.0"}},
		"merge_request": {event: "Merge Request Hook", facts: []string{
			"pull gitlabhq/gitlab-test !1 open by gitlab:id:51 head da15608 merge  2013-12-03T17:23:34Z"}},
		"service_merge_request": {event: "Service Hook", facts: []string{
			"pull test/woodpecker !2 open by gitlab:test head 0ab96a1 merge  2021-09-27T05:01:21Z"}},
		"group_merge_request": {event: "Merge Request Hook", facts: []string{ // no iid, no author, no times
			"pull exm-namespace/example-project !1402 merged by email:nobody head 61b6a0d merge ac3ca15 2026-11-24T08:00:00Z"}},
		"pipeline": {event: "Pipeline Hook", facts: []string{
			"workflow gitlab-org/gitlab-test bcbb5ec merge request pipeline: pass (success) 2016-08-12T15:26:29Z http://192.168.64.1:3005/gitlab-org/gitlab-test/-/pipelines/31"}},
		"job": {event: "Job Hook", facts: []string{
			"check jsmithy2/release-tools-fake 95d49d1 auto_deploy:start: pass (success) 2023-01-10T13:50:54Z https://gitlab.com/jsmithy2/release-tools-fake/-/jobs/3580121225"}},
		"build": {event: "Build Hook", facts: []string{
			"check gitlab-org/gitlab-test 2293ada test: pending (created) 2021-02-23T02:41:37Z http://192.168.64.1:3005/gitlab-org/gitlab-test/-/jobs/1977"}},

		"note_commit":                   {event: "Note Hook", why: talk},
		"note_issue":                    {event: "Note Hook", why: talk},
		"note_merge_request":            {event: "Note Hook", why: talk},
		"note_snippet":                  {event: "Note Hook", why: talk},
		"emoji_issue":                   {event: "Emoji Hook", why: talk},
		"emoji_merge_request":           {event: "Emoji Hook", why: talk},
		"emoji_note_commit":             {event: "Emoji Hook", why: talk},
		"emoji_note_issue":              {event: "Emoji Hook", why: talk},
		"emoji_note_merge_request":      {event: "Emoji Hook", why: talk},
		"emoji_note_snippet":            {event: "Emoji Hook", why: talk},
		"emoji_snippet":                 {event: "Emoji Hook", why: talk},
		"issue":                         {event: "Issue Hook", why: "signalbox does not plan work"},
		"milestone_group":               {event: "Milestone Hook", why: "signalbox does not plan work"},
		"milestone_project":             {event: "Milestone Hook", why: "signalbox does not plan work"},
		"feature_flag":                  {event: "Feature Flag Hook", why: "a flag puts no version anywhere"},
		"vulnerability":                 {event: "Vulnerability Hook", why: "it names no commit"},
		"wiki_page":                     {event: "Wiki Page Hook", why: "no code"},
		"member":                        {event: "Member Hook", why: "people come from the catalog"},
		"project":                       {event: "Project Hook", why: "services come from the catalog"},
		"subgroup":                      {event: "Subgroup Hook", why: "services come from the catalog"},
		"resource_access_token_group":   {event: "Resource Access Token Hook", why: "no code"},
		"resource_access_token_project": {event: "Resource Access Token Hook", why: "no code"},
	}
	if len(table) != len(payloads(t)) {
		t.Fatalf("the table holds %d payloads", len(table))
	}
	for file, want := range table {
		t.Run(file, func(t *testing.T) {
			body, ok := payloads(t)[file]
			if !ok || len(want.facts) == 0 && want.why == "" {
				t.Fatal("no such payload, or neither a fact nor a reason why there is none")
			}
			facts, err := gitlab.Map(want.event, body, arrived, nil, nil)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, f := range facts {
				got = append(got, brief(f))
			}
			if strings.Join(got, "\n") != strings.Join(want.facts, "\n") {
				t.Errorf("got\n\t%s\nwant\n\t%s", strings.Join(got, "\n\t"), strings.Join(want.facts, "\n\t"))
			}
		})
	}
}
