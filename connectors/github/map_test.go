package github_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"signalbox/connectors/github"
	"signalbox/release"
	"signalbox/release/access"
	"signalbox/release/change"
	"signalbox/release/evidence"
	"signalbox/release/fact"
	"signalbox/release/rollout"
)

const sha = "f95f852bd8fca8fcc58a9a2d6c842781e32a215e"

// with decodes a payload of the corpus, sets fields by path ("deployment.payload") and encodes it again.
func with(t testing.TB, event, file string, fields map[string]any) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(corpus, event, file))
	if err != nil {
		t.Fatal(err)
	}
	var body map[string]any
	if err := json.Unmarshal(text, &body); err != nil {
		t.Fatal(err)
	}
	for path, v := range fields {
		at := body
		parts := strings.Split(path, ".")
		for _, p := range parts[:len(parts)-1] {
			if at[p] == nil {
				at[p] = map[string]any{}
			}
			at = at[p].(map[string]any)
		}
		at[parts[len(parts)-1]] = v
	}
	out, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func one[F fact.Fact](t *testing.T, event string, body []byte) F {
	t.Helper()
	facts, err := github.Map(event, body, arrived, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(facts) != 1 {
		t.Fatalf("%d facts: %v", len(facts), facts)
	}
	f, ok := facts[0].(F)
	if !ok {
		t.Fatalf("got %T", facts[0])
	}
	return f
}

func refused(t *testing.T, event string, body []byte, want string) {
	t.Helper()
	facts, err := github.Map(event, body, arrived, nil, nil)
	if release.CodeOf(err) != release.Usage || !strings.Contains(err.Error(), want) || facts != nil {
		t.Errorf("got %d facts and %v, want a refusal with %q", len(facts), err, want)
	}
}

func TestDeploymentPayload(t *testing.T) {
	image := "sha256:" + strings.Repeat("ab", 32)
	for name, c := range map[string]struct {
		payload any
		version string
		digest  string
		service string
	}{
		"empty object":  {map[string]any{}, "master", "git:" + sha, ""},
		"null":          {nil, "master", "git:" + sha, ""},
		"empty text":    {"", "master", "git:" + sha, ""},
		"a word":        {"deploy it", "master", "git:" + sha, ""},
		"a list":        {[]any{"version", "1"}, "master", "git:" + sha, ""},
		"object":        {map[string]any{"version": "1.4.2", "digest": strings.ToUpper(image), "service": "Checkout"}, "1.4.2", image, "checkout"},
		"text of one":   {`{"version":"1.4.2","service":"checkout"}`, "1.4.2", "git:" + sha, "checkout"},
		"broken text":   {`{"version":"1.4.2"`, "master", "git:" + sha, ""},
		"image name":    {map[string]any{"digest": "ghcr.io/acme/checkout@" + image}, "master", image, ""},
		"number":        {map[string]any{"version": 42}, "42", "git:" + sha, ""},
		"other types":   {map[string]any{"version": []any{1}, "service": map[string]any{}, "digest": false}, "master", "git:" + sha, ""},
		"hostile":       {map[string]any{"version": "\x1b[31m1.0\u202e\n2"}, "[31m1.0 2", "git:" + sha, ""},
		"nothing in it": {map[string]any{"digest": "", "version": ""}, "master", "git:" + sha, ""},
	} {
		t.Run(name, func(t *testing.T) {
			d := one[fact.DeployRequested](t, "deployment", with(t, "deployment", "payload.json", map[string]any{"deployment.payload": c.payload}))
			if d.Version != c.version || string(d.Digest) != c.digest || d.Service != c.service {
				t.Errorf("got version %q digest %q service %q", d.Version, d.Digest, d.Service)
			}
		})
	}
	refused(t, "deployment", with(t, "deployment", "payload.json", map[string]any{"deployment.payload": map[string]any{"digest": "sha256:abc"}}), "is not a digest")
	refused(t, "deployment", with(t, "deployment", "payload.json", map[string]any{"deployment.payload": strings.Repeat("[", 65)}), "deeper than 64")
}

func TestDeployment(t *testing.T) {
	body := with(t, "deployment", "payload.json", map[string]any{
		"deployment.ref": "refs/tags/v2.0.0", "deployment.environment": "Prod-EU", "deployment.description": " Ship\tit ",
		"workflow_run.html_url": "https://github.com/Codertocat/Hello-World/actions/runs/1",
		"sender.login":          "Deploy-App[bot]", "sender.type": "Bot",
	})
	d := one[fact.DeployRequested](t, "deployment", body)
	if d.Version != "v2.0.0" || d.Ref != "v2.0.0" || d.Environment != "Prod-EU" || d.Title != "Ship it" || d.Commit != sha ||
		d.URL != "https://github.com/Codertocat/Hello-World/actions/runs/1" {
		t.Errorf("got %+v", d)
	}
	if got := fmt.Sprint(d.By); got != "[github:codertocat github:deploy-app[bot]]" || d.By[0].Bot || !d.By[1].Bot {
		t.Errorf("by %v", d.By)
	}
	facts, err := github.Map("deployment", body, arrived, []string{"codertocat"}, nil)
	if err != nil || !facts[0].(fact.DeployRequested).By[0].Bot {
		t.Errorf("a login that the configuration excludes is no bot: %v %v", facts, err)
	}
	// Hooks of before 2019 send no action.
	one[fact.DeployRequested](t, "deployment", with(t, "deployment", "payload.json", map[string]any{"action": ""}))
	refused(t, "deployment", with(t, "deployment", "payload.json", map[string]any{"deployment.sha": "main"}), "no commit")
	refused(t, "deployment", with(t, "deployment", "payload.json", map[string]any{"deployment.id": 0}), "no id")
	refused(t, "deployment", with(t, "deployment", "payload.json", map[string]any{"repository.full_name": "a/../b"}), "no repository")
	refused(t, "deployment", []byte(`{}`), "no repository")
}

func TestDeploymentStatus(t *testing.T) {
	for state, want := range map[string]rollout.State{
		"pending": rollout.Pending, "queued": rollout.Queued, "in_progress": rollout.InProgress, "success": rollout.Success,
		"failure": rollout.Failure, "error": rollout.Error, "inactive": rollout.Inactive, "waiting": rollout.Pending,
	} {
		s := one[fact.DeployStatus](t, "deployment_status", with(t, "deployment_status", "payload.json", map[string]any{"deployment_status.state": state}))
		if s.State != want {
			t.Errorf("%s gives %s", state, s.State)
		}
	}
	refused(t, "deployment_status", with(t, "deployment_status", "payload.json", map[string]any{"deployment_status.state": "happy"}), "no state")

	s := one[fact.DeployStatus](t, "deployment_status", with(t, "deployment_status", "payload.json", map[string]any{
		"deployment_status.environment": "production-eu", "deployment_status.created_at": "2019-05-15T17:20:55+02:00",
		"deployment_status.log_url": "https://example.com/log", "sender.login": "approver",
	}))
	if s.Environment != "production-eu" || !s.StatusAt.Equal(time.Date(2019, 5, 15, 15, 20, 55, 0, time.UTC)) ||
		s.StatusAt.Location() != time.UTC || s.URL != "https://example.com/log" {
		t.Errorf("got %+v", s)
	}
	if fmt.Sprint(s.By) != "[github:codertocat]" {
		t.Errorf("who moved a deployment on is taken for its author: %v", s.By)
	}
	s = one[fact.DeployStatus](t, "deployment_status", with(t, "deployment_status", "payload.json", map[string]any{
		"deployment_status.created_at": "soon", "deployment.created_at": nil}))
	if !s.StatusAt.Equal(arrived) || !s.At.Equal(arrived) {
		t.Errorf("without a time: %v %v", s.StatusAt, s.At)
	}
}

func TestPush(t *testing.T) {
	author := func(name, email, username string) map[string]any {
		return map[string]any{"name": name, "email": email, "username": username}
	}
	commit := func(id, message string, author, committer map[string]any) map[string]any {
		return map[string]any{"id": strings.Repeat(id, 40), "message": message, "timestamp": "2026-11-23T23:30:00-05:00", "author": author, "committer": committer}
	}
	second := commit("b", "Raise the limit\n\nWhy.\n\nCo-authored-by: Ann <Ann@Example.com>\nCo-authored-by: Bo <7+bo@users.noreply.github.com>\n"+
		"Co-authored-by: dependabot[bot] <49699333+dependabot[bot]@users.noreply.github.com>",
		author("Cy", "cy@example.com", ""), author("GitHub", "noreply@github.com", "web-flow"))
	body := with(t, "push", "with-new-branch.payload.json", map[string]any{
		"commits": []any{
			commit("a", "Start", author("Di", "di@example.com", "Di"), author("Ed", "ed@example.com", "Ed")),
			second,
		},
		"head_commit": second,
	})
	facts, err := github.Map("push", body, arrived, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range facts {
		got = append(got, brief(f))
	}
	want := []string{
		`commit codertocat/hello-world aaaaaaa "Start" by github:di+github:ed 2026-11-24T04:30:00Z`,
		`commit codertocat/hello-world bbbbbbb "Raise the limit" by email:cy@example.com+email:ann@example.com+github:bo+github:dependabot[bot] (bot) 2026-11-24T04:30:00Z`,
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s", strings.Join(got, "\n"))
	}
	refused(t, "push", with(t, "push", "with-new-branch.payload.json", map[string]any{"head_commit.id": "HEAD"}), "no commit")

	// The rule of separation of duties, fed with what the connector saw: an author by address, a co-author
	// by login, a bot that stands for nobody.
	head := facts[1].(fact.CommitSeen).Commit
	people := []access.Person{
		{ID: "cy", Email: "Cy@example.com"},
		{ID: "bo", Identities: []access.Identity{{System: "github", Value: "bo"}}},
	}
	authors := change.Authors(change.Change{}, evidence.Dossier{Commit: &head}, change.NewDirectory(people), nil)
	if d := change.Separate(authors); d.Aspect != release.Dark || d.Sentence != "nobody here is email:ann@example.com, an author" {
		t.Errorf("a stranger among the authors: %+v", d)
	}
	people = append(people, access.Person{ID: "ann", Identities: []access.Identity{{System: "email", Value: "ann@example.com"}}})
	authors = change.Authors(change.Change{}, evidence.Dossier{Commit: &head}, change.NewDirectory(people), nil)
	if d := change.Separate(authors); d.Aspect != release.Go {
		t.Errorf("all authors known: %+v", d)
	}
}

func TestPushOfTag(t *testing.T) {
	body := with(t, "push", "with-new-branch.payload.json", map[string]any{
		"ref": "refs/tags/v1.2.0", "after": strings.Repeat("c", 40), "commits": []any{}, "repository.pushed_at": 1557933565,
	})
	facts, err := github.Map("push", body, arrived, nil, nil)
	if err != nil || len(facts) != 2 {
		t.Fatalf("%v %v", facts, err)
	}
	v := facts[1].(fact.VersionKnown)
	if v.Version != "v1.2.0" || v.Commit != "6113728f27ae82c7b1a177c8d03f9e96e0adf246" || !v.At.Equal(time.Unix(1557933565, 0)) ||
		v.URL != "https://github.com/Codertocat/Hello-World/releases/tag/v1.2.0" {
		t.Errorf("got %+v", v)
	}
}

func TestReleaseAndCreate(t *testing.T) {
	v := one[fact.VersionKnown](t, "release", with(t, "release", "published.payload.json", map[string]any{
		"release.target_commitish": strings.ToUpper(sha), "release.name": "One\x00 \u202eone", "release.published_at": nil, "release.created_at": nil}))
	if v.Commit != sha || v.Title != "One one" || !v.At.Equal(arrived) || v.Forge != "github.com" {
		t.Errorf("got %+v", v)
	}
	for _, c := range []struct {
		event, file string
		fields      map[string]any
	}{
		{"release", "published.payload.json", map[string]any{"release.draft": true}},
		{"create", "payload.json", map[string]any{"ref_type": "branch"}},
		{"deployment", "payload.json", map[string]any{"action": "deleted"}},
		{"pull_request_review", "submitted.payload.json", map[string]any{"review.state": "pending"}},
		{"star", "", nil},
	} {
		body := []byte(`{"action":"created"}`)
		if c.file != "" {
			body = with(t, c.event, c.file, c.fields)
		}
		if facts, err := github.Map(c.event, body, arrived, nil, nil); facts != nil || err != nil {
			t.Errorf("%s %v: %v %v", c.event, c.fields, facts, err)
		}
	}
	refused(t, "release", with(t, "release", "published.payload.json", map[string]any{"release.tag_name": "\u200b"}), "no tag")
	refused(t, "create", with(t, "create", "payload.json", map[string]any{"ref": ""}), "no name")
}

func TestPullRequestAndReview(t *testing.T) {
	p := one[fact.PullRequestSeen](t, "pull_request", with(t, "pull_request", "closed.payload.json", map[string]any{
		"pull_request.merged": true, "pull_request.additions": 700, "pull_request.deletions": 41, "pull_request.changed_files": 9,
		"pull_request.user": nil, "pull_request.html_url": "javascript:alert(1)"}))
	if p.State != "merged" || p.Merge != "c4295bd74fb0f4fda03689c3df3f2803b658fd85" || p.Lines != 741 || p.Files != 9 ||
		p.Author.String() != "github:ghost" || p.URL != "" {
		t.Errorf("got %+v", p)
	}
	for state, want := range map[string]string{"approved": "approved", "APPROVED": "approved", "changes_requested": "changes_requested"} {
		r := one[fact.ReviewSeen](t, "pull_request_review", with(t, "pull_request_review", "submitted.payload.json", map[string]any{
			"review.state": state, "review.user.login": "Rev", "review.commit_id": nil}))
		if r.State != want || r.Reviewer.String() != "github:rev" || r.SHA != "ec26c3e57ca3a959ca5aad62de7213c562f8c821" {
			t.Errorf("got %+v", r)
		}
	}
	refused(t, "pull_request_review", with(t, "pull_request_review", "submitted.payload.json", map[string]any{"review.state": "shrug"}), "no state")
	refused(t, "pull_request", with(t, "pull_request", "closed.payload.json", map[string]any{"pull_request.number": -1}), "no number")
	refused(t, "pull_request", with(t, "pull_request", "closed.payload.json", map[string]any{"pull_request.number": "two"}), "a text stands where")
}

func TestCheckResults(t *testing.T) {
	for conclusion, want := range map[string]evidence.Result{
		"success": evidence.Pass, "neutral": evidence.Neutral, "skipped": evidence.Neutral, "failure": evidence.Fail,
		"cancelled": evidence.Fail, "timed_out": evidence.Fail, "action_required": evidence.Fail, "startup_failure": evidence.Fail,
		"stale": evidence.Fail, "something new": evidence.Fail,
	} {
		fields := map[string]any{"check_run.conclusion": conclusion, "workflow_run.conclusion": conclusion}
		if c := one[fact.CheckSeen](t, "check_run", with(t, "check_run", "completed.payload.json", fields)); c.Result != want {
			t.Errorf("check %s gives %s", conclusion, c.Result)
		}
		if c := one[fact.CheckSeen](t, "workflow_run", with(t, "workflow_run", "completed.payload.json", fields)); c.Result != want {
			t.Errorf("workflow %s gives %s", conclusion, c.Result)
		}
	}
	for _, status := range []string{"queued", "in_progress", "waiting", "requested", "pending", ""} {
		c := one[fact.CheckSeen](t, "check_run", with(t, "check_run", "completed.payload.json", map[string]any{"check_run.status": status}))
		if c.Result != evidence.Pending {
			t.Errorf("status %q gives %s", status, c.Result)
		}
	}
	c := one[fact.CheckSeen](t, "workflow_run", with(t, "workflow_run", "completed.payload.json", map[string]any{"workflow": nil}))
	if c.Name != "test.yml" {
		t.Errorf("a workflow without a name is called %q", c.Name)
	}
	refused(t, "check_run", with(t, "check_run", "completed.payload.json", map[string]any{"check_run.name": ""}), "no name")
}

// largePush is a push of 2,048 commits and their head.
func largePush(t testing.TB) []byte {
	t.Helper()
	var commits []any
	for i := range 2048 {
		who := map[string]any{"name": "Di", "email": "di@example.com", "username": "di"}
		commits = append(commits, map[string]any{
			"id": fmt.Sprintf("%040x", i+1), "timestamp": "2026-11-23T23:30:00-05:00", "author": who, "committer": who,
			"message":  "Change " + fmt.Sprint(i) + "\n\n" + strings.Repeat("Why it is so. ", 20) + "\n\nCo-authored-by: Ann <ann@example.com>",
			"modified": []any{"a/long/path/to/a/file.go", "another/long/path/to/a/file.go"},
		})
	}
	return with(t, "push", "with-new-branch.payload.json", map[string]any{"commits": commits})
}
