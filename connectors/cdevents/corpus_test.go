package cdevents_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"signalbox/connectors/cdevents"
	"signalbox/release/access"
	"signalbox/release/fact"
)

// corpus is the specification's own events; see SOURCES.md beside them.
const corpus = "../../testdata/cdevents"

var arrived = time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC)

// samples returns the corpus as file → body.
func samples(t testing.TB) map[string][]byte {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(corpus, "c*", "*.json"))
	if err != nil || len(files) != 49 {
		t.Fatalf("%d events in %s: %v", len(files), corpus, err)
	}
	out := map[string][]byte{}
	for _, f := range files {
		body, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		dir, file := filepath.Split(f)
		key := strings.TrimSuffix(file, ".json")
		if filepath.Base(dir) == "custom" {
			key = "custom"
		}
		out[key] = body
	}
	return out
}

// said is what an event says of itself.
func said(t testing.TB, body []byte) (kind, source, id string) {
	t.Helper()
	var e struct {
		Context struct{ Type, Source, ID string }
	}
	if err := json.Unmarshal(body, &e); err != nil {
		t.Fatal(err)
	}
	return e.Context.Type, e.Context.Source, e.Context.ID
}

// brief writes what matters of a fact in one line.
func brief(f fact.Fact) string {
	at := func(t time.Time) string { return t.Format(time.RFC3339) }
	who := func(ids ...access.Identity) string {
		var out []string
		for _, i := range ids {
			out = append(out, strings.TrimSpace(i.String()+map[bool]string{true: " (bot)"}[i.Bot]))
		}
		return strings.Join(out, "+")
	}
	switch f := f.(type) {
	case fact.DeployStatus:
		return fmt.Sprintf("status %s %s: %s of %q to %s: version %s, %s, %s/%s, by %s", f.State, at(f.StatusAt), f.ExternalID, cmp.Or(f.Mapped, f.Service),
			f.Environment, f.Version, f.Digest.Short(), f.Forge, f.Repo, who(f.By...))
	case fact.VersionKnown:
		return fmt.Sprintf("version %s/%s %s %.7s %s", f.Forge, f.Repo, f.Version, f.Commit, at(f.At))
	case fact.PullRequestSeen:
		return fmt.Sprintf("pull %s/%s !%d %s by %s head %.7s %s", f.Forge, f.Repo, f.Number, f.State, who(f.Author), f.Head, at(f.At))
	case fact.ReviewSeen:
		return fmt.Sprintf("review %s/%s !%d %s by %s of %.7s %s", f.Forge, f.Repo, f.Number, f.State, who(f.Reviewer), f.SHA, at(f.At))
	case fact.CheckSeen:
		return fmt.Sprintf("%s %s/%s %.7s %s: %s (%s) %s", f.Kind, f.Forge, f.Repo, f.SHA, f.Name, f.Result, f.Detail, at(f.At))
	case fact.AlertSeen:
		end := ""
		if !f.EndsAt.IsZero() {
			end = " to " + at(f.EndsAt)
		}
		return fmt.Sprintf("alert %s %s of %q in %s: %s %q %q, %s%s %s", f.ID, f.State, f.Service, f.Environment, f.Name, f.Severity, f.Summary,
			at(f.StartsAt), end, f.URL)
	}
	return fmt.Sprintf("unexpected %T", f)
}

func briefs(facts []fact.Fact) string {
	var out []string
	for _, f := range facts {
		out = append(out, brief(f))
	}
	return strings.Join(out, "\n\t")
}

// TestCorpus holds every event of the specification, in each mode of the HTTP binding, with every fact it gives,
// and says why where it gives none.
func TestCorpus(t *testing.T) {
	const (
		deployed = "status success 2023-03-20T14:27:05Z: /event/source/123#271069a8-fc18-44f1-b38f-9d70a1695819 of \"mysubject123\" to test123: version 0b31b1c, 0b31b1c, /, by "
		version  = "version mygit.com/myorg/myapp 234fd47e07d1004f0aed9c  2023-03-20T14:27:05Z"
		incident = "alert /monitoring/prod1#incident-123 %s of \"myapp\" in prod1: incident-123 %q %q, 2022-11-11T13:52:20Z%s %s"

		noCommit   = "it names no commit"
		noHead     = "it names neither a head nor an author"
		noVersion  = "it names no artifact"
		noWork     = "signalbox does not plan work"
		noCode     = "it is about no version"
		itsOwn     = "an approval elsewhere is none here"
		notDefined = "its words are not defined"
	)
	table := map[string]struct {
		facts []string
		why   string // none
	}{
		"service_deployed":   {facts: []string{deployed}},
		"service_upgraded":   {facts: []string{deployed}},
		"service_rolledback": {facts: []string{deployed}},
		"service_published":  {why: noVersion},
		"service_removed":    {why: noVersion},

		"artifact_packaged": {facts: []string{"version my-git.example/an-org/a-repo 234fd47e07d1004f0aed9c  2023-03-20T14:27:05Z"}},
		// The first tells of a repository by its change, the second by the name of the module alone.
		"artifact_published":  {facts: []string{version}},
		"artifact_signed":     {why: noCommit},
		"artifact_deleted":    {why: noCode},
		"artifact_downloaded": {why: noCode},

		"incident_detected": {facts: []string{fmt.Sprintf(incident, "firing", "", "Response time above threshold of 100ms", "", "")}},
		"incident_reported": {facts: []string{fmt.Sprintf(incident, "firing", "medium", "Response time above threshold of 100ms", "", "https://my-issues.example/incidents/ticket-345")}},
		"incident_resolved": {facts: []string{fmt.Sprintf(incident, "resolved", "", "Response time restored below 100ms", " to 2022-11-11T13:52:20Z", "")}},

		"change_created":        {why: noHead},
		"change_updated":        {why: noHead},
		"change_reviewed":       {why: noHead},
		"change_merged":         {why: noHead},
		"change_abandoned":      {why: noHead},
		"pipelinerun_queued":    {why: noCommit},
		"pipelinerun_started":   {why: noCommit},
		"pipelinerun_finished":  {why: noCommit},
		"taskrun_started":       {why: noCommit},
		"taskrun_finished":      {why: noCommit},
		"build_queued":          {why: noCommit},
		"build_started":         {why: noCommit},
		"build_finished":        {why: noCommit},
		"testcaserun_queued":    {why: noCommit},
		"testcaserun_started":   {why: noCommit},
		"testcaserun_finished":  {why: noCommit},
		"testcaserun_skipped":   {why: noCommit},
		"testsuiterun_queued":   {why: noCommit},
		"testsuiterun_started":  {why: noCommit},
		"testsuiterun_finished": {why: noCommit},

		"testoutput_published": {why: noCode},
		"environment_created":  {why: "environments come from the configuration"},
		"environment_modified": {why: "environments come from the configuration"},
		"environment_deleted":  {why: "environments come from the configuration"},
		"repository_created":   {why: "repositories come from the catalog"},
		"repository_modified":  {why: "repositories come from the catalog"},
		"repository_deleted":   {why: "repositories come from the catalog"},
		"branch_created":       {why: noCode},
		"branch_deleted":       {why: noCode},
		"ticket_created":       {why: noWork},
		"ticket_updated":       {why: noWork},
		"ticket_closed":        {why: noWork},
		"approval_created":     {why: itsOwn},
		"approval_updated":     {why: itsOwn},
		"approval_closed":      {why: itsOwn},
		"custom":               {why: notDefined},
	}
	bodies := samples(t)
	if len(table) != len(bodies) {
		t.Fatalf("the table holds %d events", len(table))
	}
	r := receiver(t, secret)
	for file, want := range table {
		t.Run(file, func(t *testing.T) {
			body, ok := bodies[file]
			if !ok || len(want.facts) == 0 && want.why == "" {
				t.Fatal("no such event, or neither a fact nor a reason why there is none")
			}
			kind, source, id := said(t, body)
			for mode, m := range modes(t, kind, source, id, "application/json", body) {
				d, err := r.Authenticate(m.header, m.body)
				if err != nil {
					t.Fatal(mode, err)
				}
				if mode != "batched" && (d.ID != source+"#"+id || d.Event != kind || d.Sum != "") {
					t.Errorf("%s: got %+v", mode, d)
				}
				facts, err := r.Map(d, m.body, arrived)
				if err != nil {
					t.Fatal(mode, err)
				}
				if got := briefs(facts); got != strings.Join(want.facts, "\n\t") {
					t.Errorf("%s: got\n\t%s\nwant\n\t%s", mode, got, strings.Join(want.facts, "\n\t"))
				}
				sound(t, facts)
			}
		})
	}
}

// TestLackingCommit is the other half of the reasons above: with a commit and a repository beside them, the same
// events are evidence.
func TestLackingCommit(t *testing.T) {
	const check = " github.com/acme/checkout aaaaaaa "
	sha := strings.Repeat("a", 40)
	extra := set{"repository": "https://github.com/Acme/Checkout", "commit": strings.ToUpper(sha), "number": 42, "author": "Ada",
		"reviewer": "Bo", "state": "approved"}
	for file, want := range map[string]string{
		"change_created":        "pull github.com/acme/checkout !42 open by github:ada head aaaaaaa 2023-03-20T14:27:05Z",
		"change_updated":        "pull github.com/acme/checkout !42 open by",
		"change_merged":         "pull github.com/acme/checkout !42 merged by",
		"change_abandoned":      "pull github.com/acme/checkout !42 closed by",
		"change_reviewed":       "review github.com/acme/checkout !42 approved by github:bo of aaaaaaa 2023-03-20T14:27:05Z",
		"pipelinerun_queued":    "workflow" + check + "myPipeline: pending (queued)",
		"pipelinerun_started":   "workflow" + check + "myPipeline: pending (started)",
		"pipelinerun_finished":  "workflow" + check + "myPipeline: fail (Something went wrong)",
		"taskrun_started":       "check" + check + "myTask: pending (started)",
		"taskrun_finished":      "check" + check + "myTask: fail (Something went wrong)",
		"build_queued":          "check" + check + "build: pending (queued)",
		"build_started":         "check" + check + "build: pending (started)",
		"build_finished":        "check" + check + "build: pass (finished)",
		"testcaserun_queued":    "check" + check + "Login Test: pending (queued)",
		"testcaserun_started":   "check" + check + "Login Test: pending (started)",
		"testcaserun_finished":  "check" + check + "Login Test: pass (success)",
		"testcaserun_skipped":   "check" + check + "Login Test: neutral (Not running in this environment)",
		"testsuiterun_queued":   "check" + check + "Auth TestSuite: pending (queued)",
		"testsuiterun_started":  "check" + check + "Auth TestSuite: pending (started)",
		"testsuiterun_finished": "check" + check + "Auth TestSuite: fail (Host 123.34.23.32 not found)",
		"artifact_signed":       "check" + check + "signature: pass (signed)",
	} {
		t.Run(file, func(t *testing.T) {
			body := with(t, file, set{"customData": extra})
			kind, _, _ := said(t, body)
			facts, err := cdevents.Map("hook", kind, body, arrived, nil, nil)
			if err != nil || len(facts) != 1 || !strings.HasPrefix(brief(facts[0]), want) {
				t.Errorf("got %s %v\nwant %s", briefs(facts), err, want)
			}
			sound(t, facts)
		})
	}
}
