package gitlab

import (
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"

	"signalbox/connectors"
	"signalbox/release"
	"signalbox/release/access"
	"signalbox/release/evidence"
	"signalbox/release/fact"
)

// push: the commits, and the version where a tag was pushed. GitLab tells at most the newest 20 commits. A
// deletion says nothing.
func (m mapping) push(body []byte, tag bool) ([]fact.Fact, error) {
	var e struct {
		envelope
		Ref      text     `json:"ref"`
		After    text     `json:"after"`
		Checkout text     `json:"checkout_sha"`
		Message  text     `json:"message"`
		Commits  []commit `json:"commits"`
	}
	if err := connectors.Decode(body, &e); err != nil {
		return nil, err
	}
	place, err := m.place(e.envelope)
	if err != nil || e.After != "" && strings.Trim(string(e.After), "0") == "" {
		return nil, err
	}
	var facts []fact.Fact
	seen := map[string]bool{}
	for _, c := range e.Commits {
		sha, ok := connectors.Commit(string(c.ID))
		if !ok {
			return nil, release.Errorf(release.Usage, "%q in the push is no commit", release.Clean(string(c.ID), 80))
		}
		if !seen[sha] {
			seen[sha] = true
			facts = append(facts, fact.CommitSeen{Commit: m.commit(place, sha, c)})
		}
	}
	name, isTag := connectors.Ref(string(e.Ref))
	if !tag && !isTag {
		return facts, nil
	}
	version := release.Clean(name, maxName)
	if version == "" {
		return nil, release.Errorf(release.Usage, "the tag has no name")
	}
	// An annotated tag has an id of its own in "after"; what would be checked out is the commit it stands on.
	sha, ok := connectors.Commit(string(e.Checkout))
	if !ok {
		sha, _ = connectors.Commit(string(e.After))
	}
	return append(facts, fact.VersionKnown{
		Place:   place,
		Version: version,
		Commit:  sha,
		Title:   release.Clean(firstLine(string(e.Message)), maxTitle),
		URL:     page(e.envelope, "tags", version),
		At:      m.at,
	}), nil
}

func (m mapping) commit(place fact.Place, sha string, c commit) evidence.Commit {
	ids := []access.Identity{connectors.Author("gitlab", "", string(c.Author.Email), string(c.Author.Name))}
	ids = append(ids, connectors.CoAuthors("gitlab", string(c.Message))...)
	return evidence.Commit{
		Forge:   place.Forge,
		Repo:    place.Repo,
		SHA:     sha,
		Title:   release.Clean(firstLine(string(c.Message)), maxTitle),
		Authors: m.people(ids),
		At:      c.Timestamp.or(m.at),
	}
}

func firstLine(s string) string {
	s, _, _ = strings.Cut(strings.TrimSpace(s), "\n")
	return s
}

// mergeRequest: every action carries the whole merge request, so that one which was opened before signalbox
// listened is known at the next word about it.
func (m mapping) mergeRequest(body []byte) ([]fact.Fact, error) {
	var e struct {
		envelope
		Merge     mergeRequest `json:"object_attributes"`
		Assignee  user         `json:"assignee"`
		Assignees []user       `json:"assignees"`
		Reviewers []user       `json:"reviewers"`
	}
	if err := connectors.Decode(body, &e); err != nil {
		return nil, err
	}
	in := e.Merge
	if e.Project.Path == "" {
		e.Project = in.Target
	}
	place, err := m.place(e.envelope)
	if err != nil {
		return nil, err
	}
	number := mergeNumber(in)
	if in.LastCommit == nil {
		in.LastCommit = &commit{}
	}
	head, ok := connectors.Commit(string(in.LastCommit.ID))
	if number == 0 || !ok {
		return nil, release.Errorf(release.Usage, "the merge request has no iid or no last_commit")
	}
	// GitLab tells the author by number; the name is told of those who have another part in it.
	author := user{ID: in.AuthorID}
	for _, u := range slices.Concat([]user{e.User, e.Assignee}, e.Assignees, e.Reviewers) {
		if u.ID > 0 && u.ID == in.AuthorID && u.Username != "" {
			author = u
		}
	}
	when := in.UpdatedAt.or(in.CreatedAt.Time, m.at)
	p := evidence.PullRequest{
		Forge:  place.Forge,
		Repo:   place.Repo,
		Number: number,
		Title:  release.Clean(string(in.Title), maxTitle),
		State:  mergeState(in),
		Author: m.account(author),
		Head:   head,
		URL:    connectors.Link(string(in.URL)),
		At:     when,
	}
	if p.State == "merged" {
		p.Merge, _ = connectors.Commit(string(in.MergeCommit))
	}
	facts := []fact.Fact{fact.PullRequestSeen{PullRequest: p}}
	review := func(by user, state string) {
		facts = append(facts, fact.ReviewSeen{Review: evidence.Review{Forge: p.Forge, Repo: p.Repo, Number: p.Number, SHA: head,
			Reviewer: m.account(by), State: state, At: when}})
	}
	switch {
	case bool(in.System): // GitLab itself took approvals back after a push, and tells who pushed
	case in.Action == "approved" || in.Action == "approval":
		review(e.User, "approved")
	case in.Action == "unapproved" || in.Action == "unapproval":
		review(e.User, "dismissed")
	}
	for _, u := range e.Reviewers {
		if u.State == "requested_changes" {
			review(u, "changes_requested")
		}
	}
	return facts, nil
}

// mergeNumber is the number of a merge request, in one form of the event told by its address alone.
func mergeNumber(in mergeRequest) int {
	n := int64(in.IID)
	if u, err := url.Parse(string(in.URL)); n == 0 && err == nil {
		if dir, last := path.Split(u.Path); strings.HasSuffix(dir, "/merge_requests/") {
			n, _ = strconv.ParseInt(last, 10, 64)
		}
	}
	if n < 0 || n > 1<<31-1 {
		return 0
	}
	return int(n)
}

// mergeState: a merge request is locked while it is being merged.
func mergeState(in mergeRequest) string {
	switch {
	case in.State == "merged" || in.Action == "merge":
		return "merged"
	case in.State == "closed" || in.State == "" && in.Action == "close":
		return "closed"
	}
	return "open"
}

// job: a job of a pipeline. A repeated job is a new one of the same name.
func (m mapping) job(body []byte) ([]fact.Fact, error) {
	var e struct {
		envelope
		job
	}
	if err := connectors.Decode(body, &e); err != nil {
		return nil, err
	}
	in := e.job
	verdict, err := judge(string(in.Status), bool(in.AllowFailure))
	if err != nil {
		return nil, err
	}
	c := evidence.Check{
		Kind:   "check",
		Name:   release.Clean(string(in.Name), maxName),
		Result: verdict,
		Detail: words(string(in.Status)),
		At:     in.FinishedAt.or(in.StartedAt.Time, in.CreatedAt.Time, m.at),
	}
	if why := in.FailureReason; in.Status == "failed" && why != "" && why != "unknown_failure" {
		c.Detail = words(string(why))
	}
	if in.ID > 0 {
		c.URL = page(e.envelope, "jobs", in.ID.String())
	}
	return m.check(e.envelope, string(in.SHA), c)
}

// pipeline: the jobs of a commit together. One that runs for a merge request is another than that of the
// branch, and each child is one of its own.
func (m mapping) pipeline(body []byte) ([]fact.Fact, error) {
	var e struct {
		envelope
		Pipeline pipeline `json:"object_attributes"`
	}
	if err := connectors.Decode(body, &e); err != nil {
		return nil, err
	}
	in := e.Pipeline
	verdict, err := judge(string(in.Status), false)
	if err != nil {
		return nil, err
	}
	c := evidence.Check{
		Kind:   "workflow",
		Name:   release.Clean(string(in.Name), maxName),
		Result: verdict,
		Detail: words(string(in.Status)),
		URL:    connectors.Link(string(in.URL)),
		At:     in.FinishedAt.or(in.CreatedAt.Time, m.at),
	}
	if c.Name == "" {
		switch in.Source {
		case "merge_request_event":
			c.Name = "merge request pipeline"
		case "parent_pipeline":
			c.Name = "child pipeline " + in.ID.String()
		default:
			c.Name = "pipeline"
		}
	}
	if c.URL == "" && in.ID > 0 {
		c.URL = page(e.envelope, "pipelines", in.ID.String())
	}
	return m.check(e.envelope, string(in.SHA), c)
}

func (m mapping) check(e envelope, sha string, c evidence.Check) ([]fact.Fact, error) {
	place, err := m.place(e)
	if err != nil {
		return nil, err
	}
	sha, ok := connectors.Commit(sha)
	if c.Name == "" || !ok {
		return nil, release.Errorf(release.Usage, "the %s has no name or no commit", map[string]string{"check": "job", "workflow": "pipeline"}[c.Kind])
	}
	c.Forge, c.Repo, c.SHA = place.Forge, place.Repo, sha
	return []fact.Fact{fact.CheckSeen{Check: c}}, nil
}

// judge decides as GitLab does when it lets a merge request through: what may fail counts for nothing when it
// did, a cancelled job counts as failed, and whatever waits, for a machine or for a person, is not over.
func judge(status string, mayFail bool) (evidence.Result, error) {
	switch status {
	case "success":
		return evidence.Pass, nil
	case "skipped":
		return evidence.Neutral, nil
	case "failed", "canceled", "cancelled":
		if mayFail {
			return evidence.Neutral, nil
		}
		return evidence.Fail, nil
	case "manual":
		if mayFail {
			return evidence.Neutral, nil
		}
		return evidence.Pending, nil
	case "created", "waiting_for_resource", "preparing", "waiting_for_callback", "pending", "running", "canceling", "scheduled":
		return evidence.Pending, nil
	}
	return "", release.Errorf(release.Usage, "%q is no status of a job", release.Clean(status, 40))
}

func words(status string) string {
	return release.Clean(strings.ReplaceAll(status, "_", " "), maxDetail)
}
