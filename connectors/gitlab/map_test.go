package gitlab_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"signalbox/connectors/gitlab"
	"signalbox/release"
)

// with decodes a payload of the corpus, sets fields by path ("object_attributes.action"; nil takes one away)
// and encodes it again.
func with(t testing.TB, file string, fields map[string]any) []byte {
	t.Helper()
	var body map[string]any
	if err := json.Unmarshal(payloads(t)[file], &body); err != nil {
		t.Fatal(err)
	}
	for path, v := range fields {
		at := body
		parts := strings.Split(path, ".")
		for _, p := range parts[:len(parts)-1] {
			if _, ok := at[p].(map[string]any); !ok {
				at[p] = map[string]any{}
			}
			at = at[p].(map[string]any)
		}
		if v == nil {
			delete(at, parts[len(parts)-1])
		} else {
			at[parts[len(parts)-1]] = v
		}
	}
	out, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

type set = map[string]any

// TestVariants holds payloads of the corpus as GitLab sends them in other states and versions, with the facts
// they give, shortened to what stands in the table.
func TestVariants(t *testing.T) {
	const (
		deploy = "gitlab.com root/test-deployment-webhooks #15 to staging"
		merge  = "pull gitlabhq/gitlab-test !1 "
		review = "review gitlabhq/gitlab-test !1 "
		line   = "workflow gitlab-org/gitlab-test bcbb5ec "
		job    = "check jsmithy2/release-tools-fake 95d49d1 auto_deploy:start: "
	)
	zeros := strings.Repeat("0", 40)
	for name, c := range map[string]struct {
		file, event string
		fields      set
		want        []string // beginnings of what brief says
	}{
		"deployment created":   {"deployment", "Deployment Hook", set{"status": "created"}, []string{"request " + deploy}},
		"deployment blocked":   {"deployment", "Deployment Hook", set{"status": "blocked"}, []string{"request " + deploy, "status pending 2021-04-28T19:50:00Z: " + deploy}},
		"deployment approved":  {"deployment", "Deployment Hook", set{"status": "approved", "approver": set{"username": "lead"}}, []string{"status pending 2021-04-28T19:50:00Z: " + deploy}},
		"deployment rejected":  {"deployment", "Deployment Hook", set{"status": "rejected"}, []string{"status inactive "}},
		"deployment skipped":   {"deployment", "Deployment Hook", set{"status": "skipped"}, []string{"status inactive "}},
		"deployment running":   {"deployment", "Deployment Hook", set{"status": "running"}, []string{"status in_progress "}},
		"deployment failed":    {"deployment", "Deployment Hook", set{"status": "failed"}, []string{"status failure "}},
		"deployment canceled":  {"deployment", "Deployment Hook", set{"status": "canceled"}, []string{"status inactive "}},
		"deployment untimed":   {"deployment", "Deployment Hook", set{"status_changed_at": nil}, []string{"status success 2026-11-24T08:00:00Z: "}},
		"deployment of quotes": {"deployment", "Deployment Hook", set{"deployment_id": "15", "status_changed_at": "2021-04-28T19:50:00.123Z"}, []string{"status success 2021-04-28T19:50:00Z: " + deploy}},
		"deployment of nobody": {"deployment", "Deployment Hook", set{"user": nil}, []string{"status success 2021-04-28T19:50:00Z: " + deploy + ": version 1.0.0, 279484c, ref 1.0.0, by email:nobody"}},
		"deployment redacted":  {"deployment", "Deployment Hook", set{"user": set{"email": "[REDACTED]"}}, []string{"status success 2021-04-28T19:50:00Z: " + deploy + ": version 1.0.0, 279484c, ref 1.0.0, by email:nobody"}},
		"deployment unnamed":   {"deployment", "Deployment Hook", set{"ref": nil}, []string{"status success 2021-04-28T19:50:00Z: " + deploy + ": version 279484c"}},
		"nested groups":        {"deployment", "Deployment Hook", set{"project.path_with_namespace": "Shop/EU/Payments/Checkout"}, []string{"status success 2021-04-28T19:50:00Z: gitlab.com shop/eu/payments/checkout #15"}},
		"kind by header":       {"deployment", "Deployment Hook", set{"object_kind": nil}, []string{"status success "}},
		"system hook":          {"push", "System Hook", nil, []string{"commit mike/diaspora b6568db", "commit mike/diaspora da15608"}},
		"system hook, no kind": {"push", "System Hook", set{"object_kind": nil}, []string{"commit mike/diaspora b6568db", "commit mike/diaspora da15608"}},

		"branch deleted":  {"push", "Push Hook", set{"after": zeros, "checkout_sha": nil}, nil},
		"tag deleted":     {"tag_push", "Tag Push Hook", set{"after": zeros, "checkout_sha": nil}, nil},
		"annotated tag":   {"tag_push", "Tag Push Hook", set{"after": strings.Repeat("a", 40), "commits": []any{}}, []string{"version jsmith/example v1.0.0 82b3d5a"}},
		"tag in a push":   {"tag_push", "Push Hook", set{"object_kind": "push", "commits": nil}, []string{"version jsmith/example v1.0.0 82b3d5a"}},
		"empty branch":    {"push", "Push Hook", set{"commits": []any{}}, nil},
		"co-author":       {"push", "Push Hook", set{"commits": []any{set{"id": strings.Repeat("b", 40), "message": "Pair\n\nCo-authored-by: Ann <12-ann@users.noreply.gitlab.com>", "author": set{"name": "Bo", "email": "BO@example.com"}}}}, []string{`commit mike/diaspora bbbbbbb "Pair" by email:bo@example.com+gitlab:ann 2026-11-24T08:00:00Z`}},
		"release deleted": {"release", "Release Hook", set{"action": "delete"}, nil},
		"release changed": {"release", "Release Hook", set{"action": "update", "tag": 2}, []string{"version exm-namespace/example-project 2 "}},
		"upcoming":        {"release", "Release Hook", set{"released_at": "2027-01-01T00:00:00Z"}, []string{"version exm-namespace/example-project 1.0.0 2626dbd pre=true 2021-02-25T21:23:34Z"}},

		"merge":              {"merge_request", "Merge Request Hook", set{"object_attributes.action": "merge", "object_attributes.state": "merged", "object_attributes.merge_commit_sha": strings.Repeat("c", 40)}, []string{merge + "merged by gitlab:id:51 head da15608 merge ccccccc"}},
		"merge of own":       {"merge_request", "Merge Request Hook", set{"object_attributes.author_id": 1}, []string{merge + "open by gitlab:user1 "}},
		"author assigned":    {"merge_request", "Merge Request Hook", set{"assignees": []any{set{"id": "51", "username": "Ada"}}}, []string{merge + "open by gitlab:ada "}},
		"close":              {"merge_request", "Merge Request Hook", set{"object_attributes.action": "close", "object_attributes.state": "closed"}, []string{merge + "closed "}},
		"reopen":             {"merge_request", "Merge Request Hook", set{"object_attributes.action": "reopen"}, []string{merge + "open "}},
		"locked":             {"merge_request", "Merge Request Hook", set{"object_attributes.state": "locked"}, []string{merge + "open "}},
		"approved":           {"merge_request", "Merge Request Hook", set{"object_attributes.action": "approved", "object_attributes.system": false}, []string{merge + "open ", review + "approved by gitlab:user1 of da15608 2013-12-03T17:23:34Z"}},
		"approval":           {"merge_request", "Merge Request Hook", set{"object_attributes.action": "approval", "object_attributes.system": nil}, []string{merge + "open ", review + "approved "}},
		"unapproved":         {"merge_request", "Merge Request Hook", set{"object_attributes.action": "unapproved", "object_attributes.system": nil}, []string{merge + "open ", review + "dismissed by gitlab:user1 "}},
		"unapproval":         {"merge_request", "Merge Request Hook", set{"object_attributes.action": "unapproval", "object_attributes.system": nil}, []string{merge + "open ", review + "dismissed "}},
		"reset by a push":    {"merge_request", "Merge Request Hook", set{"object_attributes.action": "unapproved", "object_attributes.system": true}, []string{merge + "open "}},
		"changes requested":  {"merge_request", "Merge Request Hook", set{"reviewers": []any{set{"id": 7, "username": "Rev", "state": "requested_changes"}, set{"id": 8, "username": "x", "state": "approved"}}}, []string{merge + "open ", review + "changes_requested by gitlab:rev of da15608"}},
		"project by target":  {"merge_request", "Merge Request Hook", set{"project": nil}, []string{"pull awesome_space/awesome_project !1 "}},
		"number of quotes":   {"merge_request", "Merge Request Hook", set{"object_attributes.iid": "1"}, []string{merge}},
		"branch pipeline":    {"pipeline", "Pipeline Hook", set{"object_attributes.source": "push"}, []string{line + "pipeline: pass (success) "}},
		"child pipeline":     {"pipeline", "Pipeline Hook", set{"object_attributes.source": "parent_pipeline"}, []string{line + "child pipeline 31: pass "}},
		"named pipeline":     {"pipeline", "Pipeline Hook", set{"object_attributes.name": "Release train"}, []string{line + "Release train: pass "}},
		"pipeline failed":    {"pipeline", "Pipeline Hook", set{"object_attributes.status": "failed"}, []string{line + "merge request pipeline: fail (failed)"}},
		"pipeline canceled":  {"pipeline", "Pipeline Hook", set{"object_attributes.status": "canceled"}, []string{line + "merge request pipeline: fail (canceled)"}},
		"pipeline waits":     {"pipeline", "Pipeline Hook", set{"object_attributes.status": "manual", "object_attributes.finished_at": nil}, []string{line + "merge request pipeline: pending (manual) 2016-08-12T15:23:28Z"}},
		"pipeline resource":  {"pipeline", "Pipeline Hook", set{"object_attributes.status": "waiting_for_resource"}, []string{line + "merge request pipeline: pending (waiting for resource)"}},
		"job failed":         {"job", "Job Hook", set{"build_status": "failed", "build_failure_reason": "script_failure"}, []string{job + "fail (script failure)"}},
		"job may fail":       {"job", "Job Hook", set{"build_status": "failed", "build_allow_failure": "true"}, []string{job + "neutral (failed)"}},
		"job skipped":        {"job", "Job Hook", set{"build_status": "skipped"}, []string{job + "neutral (skipped)"}},
		"job for a person":   {"job", "Job Hook", set{"build_status": "manual"}, []string{job + "pending (manual)"}},
		"job of new GitLab":  {"job", "Job Hook", set{"project": set{"path_with_namespace": "a/b/c", "web_url": "https://git.example.com/a/b/c"}}, []string{"check a/b/c 95d49d1 auto_deploy:start: pass (success) 2023-01-10T13:50:54Z https://git.example.com/a/b/c/-/jobs/3580121225"}},
		"project by address": {"pipeline", "Pipeline Hook", set{"project.path_with_namespace": nil}, []string{line}},
	} {
		t.Run(name, func(t *testing.T) {
			facts, err := gitlab.Map(c.event, with(t, c.file, c.fields), arrived, nil, nil)
			if err != nil {
				t.Fatal(err)
			}
			if len(facts) != len(c.want) {
				t.Fatalf("%d facts: %v", len(facts), facts)
			}
			for i, f := range facts {
				if got := brief(f); !strings.HasPrefix(got, c.want[i]) {
					t.Errorf("got  %s\nwant %s", got, c.want[i])
				}
			}
			sound(t, facts)
		})
	}
}

func refused(t *testing.T, event string, body []byte, want string) {
	t.Helper()
	facts, err := gitlab.Map(event, body, arrived, nil, nil)
	if release.CodeOf(err) != release.Usage || !strings.Contains(err.Error(), want) || facts != nil {
		t.Errorf("got %d facts and %v, want a refusal with %q", len(facts), err, want)
	}
}

func TestRefused(t *testing.T) {
	for name, c := range map[string]struct {
		file   string
		fields set
		want   string
	}{
		"status":         {"deployment", set{"status": "paused"}, `"paused" is no status of a deployment`},
		"no id":          {"deployment", set{"deployment_id": nil}, "no deployment_id"},
		"no commit":      {"deployment", set{"commit_url": nil}, "no commit in commit_url"},
		"two commits":    {"deployment", set{"short_sha": "ffffffff"}, "no commit in commit_url"},
		"no environment": {"deployment", set{"environment": " "}, "no environment"},
		"no project":     {"deployment", set{"project": nil}, "names no project"},
		"tag":            {"release", set{"tag": nil}, "no tag"},
		"ref":            {"tag_push", set{"ref": nil}, "the tag has no name"},
		"commit":         {"push", set{"commits": []any{set{"id": "x"}}}, `"x" in the push is no commit`},
		"no iid":         {"merge_request", set{"object_attributes.iid": nil, "object_attributes.url": nil}, "no iid"},
		"no head":        {"merge_request", set{"object_attributes.last_commit": nil}, "no last_commit"},
		"pipeline":       {"pipeline", set{"object_attributes.sha": nil}, "the pipeline has no name or no commit"},
		"job":            {"job", set{"build_name": nil}, "the job has no name or no commit"},
		"job status":     {"job", set{"build_status": "odd"}, `"odd" is no status of a job`},
		"pipe status":    {"pipeline", set{"object_attributes.status": nil}, `"" is no status of a job`},
	} {
		t.Run(name, func(t *testing.T) { refused(t, "", with(t, c.file, c.fields), c.want) })
	}
	for name, body := range map[string]string{
		"depth": strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000), "size": `{"a":"` + strings.Repeat("x", 5<<20) + `"}`,
		"two values": "{}{}", "form": "payload=%7B%7D", "empty": "", "list": "[]", "cut": `{"object_kind":"push"`,
	} {
		t.Run(name, func(t *testing.T) { refused(t, "Push Hook", []byte(body), "") })
	}
}

func TestStamps(t *testing.T) {
	for written, want := range map[string]string{
		"2021-04-28 21:50:00 +0200": "2021-04-28T19:50:00Z", "2021-02-25 21:23:34 UTC": "2021-02-25T21:23:34Z",
		"2021-02-23T02:41:37.886Z": "2021-02-23T02:41:37Z", "2011-12-12T14:27:31+02:00": "2011-12-12T12:27:31Z",
		"2021-02-23T02:41:37.886+0100": "2021-02-23T01:41:37Z", "2015-04-08T21: 00:25-07:00": at(arrived),
		"9999-12-31T23:59:59-23:59": at(arrived), "yesterday": at(arrived), "": at(arrived), "0001-01-01 00:00:00 UTC": at(arrived),
	} {
		facts, err := gitlab.Map("", with(t, "deployment", set{"status_changed_at": written}), arrived.In(time.FixedZone("", 3600)), nil, nil)
		if err != nil || !strings.HasPrefix(brief(facts[0]), "status success "+want) {
			t.Errorf("%q: %v %v", written, facts, err)
		}
	}
}
