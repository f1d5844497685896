package github_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"signalbox/connectors/github"
	"signalbox/release/access"
	"signalbox/release/fact"
)

// corpus is GitHub's own example payloads; see SOURCES.md beside them.
const corpus = "../../testdata/webhooks/octokit+webhooks/payload-examples/api.github.com"

var arrived = time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC)

// payloads returns the corpus as event → file → body.
func payloads(t testing.TB) map[string]map[string][]byte {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(corpus, "*", "*.json"))
	if err != nil || len(files) < 70 {
		t.Fatalf("%d payloads in %s: %v", len(files), corpus, err)
	}
	out := map[string]map[string][]byte{}
	for _, f := range files {
		body, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		event := filepath.Base(filepath.Dir(f))
		if out[event] == nil {
			out[event] = map[string][]byte{}
		}
		out[event][filepath.Base(f)] = body
	}
	return out
}

// brief writes what matters of a fact in one line.
func brief(f fact.Fact) string {
	at := func(t time.Time) string { return t.Format(time.RFC3339) }
	who := func(ids ...access.Identity) string {
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
	request := func(d fact.DeployRequested) string {
		return fmt.Sprintf("%s %s #%s to %s: version %s, %s, ref %s, by %s, %s", d.Forge, d.Repo, d.ExternalID,
			d.Environment, d.Version, d.Digest.Short(), d.Ref, who(d.By...), at(d.At))
	}
	switch f := f.(type) {
	case fact.DeployRequested:
		return "request " + request(f)
	case fact.DeployStatus:
		return fmt.Sprintf("status %s %s: %s", f.State, at(f.StatusAt), request(f.DeployRequested))
	case fact.VersionKnown:
		return fmt.Sprintf("version %s %s %.7s pre=%v %s", f.Repo, f.Version, f.Commit, f.Prerelease, at(f.At))
	case fact.CommitSeen:
		return fmt.Sprintf("commit %s %.7s %q by %s %s", f.Repo, f.SHA, f.Title, who(f.Authors...), at(f.At))
	case fact.PullRequestSeen:
		return fmt.Sprintf("pull %s !%d %s by %s head %.7s merge %q %d lines %d files %s", f.Repo, f.Number, f.State,
			who(f.Author), f.Head, f.Merge, f.Lines, f.Files, at(f.At))
	case fact.ReviewSeen:
		return fmt.Sprintf("review %s !%d %s by %s of %.7s %s", f.Repo, f.Number, f.State, who(f.Reviewer), f.SHA, at(f.At))
	case fact.CheckSeen:
		return fmt.Sprintf("%s %s %.7s %s: %s (%s) %s", f.Kind, f.Repo, f.SHA, f.Name, f.Result, f.Detail, at(f.At))
	}
	return fmt.Sprintf("unexpected %T", f)
}

const (
	hello   = "codertocat/hello-world"
	asked   = "github.com codertocat/hello-world #145988746 to production: version master, f95f852, ref master, by github:codertocat, 2019-05-15T15:20:53Z"
	version = "version codertocat/hello-world 0.0.1  pre=false 2019-05-15T15:20:53Z"
	pages   = "github.com codertocat/hello-world #145988746 to github-pages: version %s, f95f852, ref %s, by github:github-pages[bot] (bot)%s, 2022-01-03T01:28:30Z"
	tagged  = "version codertocat/hello-world simple-tag  pre=false 2019-05-15T15:20:56Z"
	first   = `commit codertocat/hello-world 6113728 "Initial commit" by github:codertocat 2019-05-15T15:19:25Z`
	lint    = "check codertocat/hello-world ec26c3e Octocoders-linter: "
	run     = "workflow octo-org/octo-repo 3484a3f test: "
)

func pull(state, at string) string {
	return "pull " + hello + " !2 " + state + " by github:codertocat head ec26c3e merge \"\" 2 lines 1 files " + at
}

// TestCorpus holds every example payload of the events that are read, with every fact it gives.
func TestCorpus(t *testing.T) {
	want := map[string]map[string][]string{
		"deployment": {
			"payload.json":                   {"request " + asked},
			"with-installation.payload.json": {"request " + asked},
			"gh-pages.payload.json":          {"request " + fmt.Sprintf(pages, "gh-pages", "gh-pages", "+github:codertocat")},
		},
		"deployment_status": {
			"payload.json":                   {"status success 2019-05-15T15:20:55Z: " + asked},
			"with-installation.payload.json": {"status success 2019-05-15T15:20:55Z: " + asked},
			"gh-pages.payload.json":          {"status in_progress 2022-01-03T01:28:40Z: " + fmt.Sprintf(pages, "master", "master", "")},
		},
		"deployment_review": {"requested.payload.json": nil},
		"ping":              {"payload.json": nil, "with-app_id.payload.json": nil, "with-organization.payload.json": nil},
		"release": {
			"published.payload.json":                       {version},
			"published.with-discussion-url.payload.json":   {version},
			"released.json":                                {version},
			"prereleased.payload.json":                     {strings.Replace(version, "false", "true", 1)},
			"prereleased.with-discussion-url.payload.json": {strings.Replace(version, "false", "true", 1)},
			"created.payload.json":                         nil,
			"created.with-discussion-url.payload.json":     nil,
			"created.with-installation.payload.json":       nil,
			"deleted.payload.json":                         nil,
			"deleted.with-reactions.payload.json":          nil,
			"edited.payload.json":                          nil,
			"edited.with-reactions.payload.json":           nil,
		},
		"push": {
			"with-new-branch.payload.json":            {first},
			"with-no-username-committer.payload.json": {first},
			"payload.json":                   nil, // deletions
			"1.payload.json":                 nil,
			"with-installation.payload.json": nil,
			"with-organization.payload.json": nil,
		},
		"create": {
			"payload.json":                   {tagged},
			"with-description.payload.json":  {tagged},
			"with-installation.payload.json": {tagged},
			"with-organization.payload.json": {tagged},
		},
		"pull_request": {},
		"pull_request_review": {
			"submitted.payload.json":                   {"review " + hello + " !2 commented by github:codertocat of ec26c3e 2019-05-15T15:20:38Z"},
			"submitted.with-organization.payload.json": {"review " + hello + " !2 commented by github:codertocat of ec26c3e 2019-05-15T15:20:38Z"},
			"dismissed.payload.json":                   {"review " + hello + " !2 dismissed by github:codertocat of ec26c3e 2019-05-15T15:20:38Z"},
		},
		"check_run": {
			"completed.payload.json":                     {lint + "pass (success) 2019-05-15T15:21:12Z"},
			"completed.with-organization.payload.json":   {lint + "pass (success) 2019-05-15T15:21:12Z"},
			"completed.1.payload.json":                   {lint + "fail (failure) 2019-05-15T15:21:12Z"},
			"created.payload.json":                       {lint + "pending (queued) 2019-05-15T15:21:12Z"},
			"created.with-organization.payload.json":     {lint + "pending (queued) 2019-05-15T15:21:12Z"},
			"requested_action.payload.json":              {"check electron/electron 5bd5f19 API Review: pending (Pending) 2020-12-03T18:27:27Z"},
			"rerequested.payload.json":                   {"check github/hello-world d6fde92 randscape: pending (queued) 2026-11-24T08:00:00Z"},
			"rerequested.with-organization.payload.json": {"check github/hello-world d6fde92 randscape: pending (queued) 2026-11-24T08:00:00Z"},
		},
		"workflow_run": {
			"completed.payload.json":                    {run + "pass (success) 2020-10-05T16:33:49Z"},
			"completed.with-pull-requests.payload.json": {run + "pass (success) 2020-10-05T16:33:49Z"},
			"requested.payload.json":                    {run + "pending (queued) 2020-10-05T16:33:24Z"},
			"requested.with-conclusion.payload.json":    {run + "fail (action required) 2020-10-05T16:33:24Z"},
		},
	}
	pulls := map[string]string{ // by the instant of the pull request's last change
		"15:20:33Z": "assigned assigned.with-organization opened opened.with-organization reopened reopened.with-organization review_request_removed review_requested synchronize",
		"15:20:35Z": "labeled labeled.with-organization unassigned unassigned.with-organization",
		"15:20:36Z": "locked locked.with-organization unlabeled unlabeled.with-organization",
		"15:20:37Z": "unlocked unlocked.with-organization",
		"15:21:18Z": "closed closed.with-organization converted_to_draft converted_to_draft.with-installation converted_to_draft.with-organization ready_for_review ready_for_review.with-installation ready_for_review.with-organization",
	}
	for at, files := range pulls {
		for _, f := range strings.Fields(files) {
			state := "open"
			if strings.HasPrefix(f, "closed") {
				state = "closed"
			}
			want["pull_request"][f+".payload.json"] = []string{pull(state, "2019-05-15T"+at)}
		}
	}
	want["pull_request"]["opened.with-null-body.json"] = []string{pull("open", "2019-05-15T15:20:33Z")}

	for event, files := range payloads(t) {
		for file, body := range files {
			t.Run(event+"/"+file, func(t *testing.T) {
				expected, listed := want[event][file]
				if !listed {
					t.Fatal("the table does not say what this payload gives")
				}
				facts, err := github.Map(event, body, arrived, nil, nil)
				if err != nil {
					t.Fatal(err)
				}
				var got []string
				for _, f := range facts {
					got = append(got, brief(f))
				}
				if strings.Join(got, "\n") != strings.Join(expected, "\n") {
					t.Errorf("got\n\t%s\nwant\n\t%s", strings.Join(got, "\n\t"), strings.Join(expected, "\n\t"))
				}
			})
		}
	}
}
