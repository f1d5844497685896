package github

import (
	"path"
	"strings"

	"signalbox/connectors"
	"signalbox/release"
	"signalbox/release/access"
	"signalbox/release/evidence"
	"signalbox/release/fact"
)

// push: the commits, and the version where a tag was pushed. The head is among the commits of a branch, but
// not of a tag or of a branch that began at a known commit. A deletion says nothing.
func (m mapping) push(body []byte) ([]fact.Fact, error) {
	var e struct {
		envelope
		Ref     string   `json:"ref"`
		Deleted bool     `json:"deleted"`
		Commits []commit `json:"commits"`
		Head    *commit  `json:"head_commit"`
	}
	if err := connectors.Decode(body, &e); err != nil {
		return nil, err
	}
	place, err := m.place(e.envelope)
	if err != nil || e.Deleted {
		return nil, err
	}
	var facts []fact.Fact
	seen := map[string]bool{}
	if e.Head != nil {
		e.Commits = append(e.Commits, *e.Head)
	}
	for _, c := range e.Commits {
		sha, ok := connectors.Commit(c.ID)
		if !ok {
			return nil, release.Errorf(release.Usage, "%q in the push is no commit", release.Clean(c.ID, 80))
		}
		if !seen[sha] {
			seen[sha] = true
			facts = append(facts, fact.CommitSeen{Commit: m.commit(place, sha, c)})
		}
	}
	if _, tag := connectors.Ref(e.Ref); tag {
		v, err := m.tag(place, e.Repository, e.Ref)
		if err != nil {
			return nil, err
		}
		if e.Head != nil {
			// An annotated tag has an id of its own in "after"; the head is the commit it stands on.
			v.Commit, _ = connectors.Commit(e.Head.ID)
		}
		facts = append(facts, v)
	}
	return facts, nil
}

func (m mapping) commit(place fact.Place, sha string, c commit) evidence.Commit {
	ids := []access.Identity{connectors.Author("github", c.Author.Username, c.Author.Email, c.Author.Name)}
	if by := c.Committer; by != (signature{}) && !webFlow(by) {
		ids = append(ids, connectors.Author("github", by.Username, by.Email, by.Name))
	}
	ids = append(ids, connectors.CoAuthors("github", c.Message)...)
	title, _, _ := strings.Cut(strings.TrimSpace(c.Message), "\n")
	return evidence.Commit{
		Forge:   place.Forge,
		Repo:    place.Repo,
		SHA:     sha,
		Title:   release.Clean(title, maxTitle),
		Authors: m.people(ids),
		At:      c.Timestamp.or(m.at),
	}
}

// webFlow is the committer by which GitHub signs what was done in its web pages.
func webFlow(s signature) bool {
	return strings.EqualFold(s.Username, "web-flow") || s.Username == "" && strings.EqualFold(s.Email, "noreply@github.com")
}

// pullRequest: every action carries the whole pull request, so that one which was opened before signalbox
// listened is known at the next word about it.
func (m mapping) pullRequest(body []byte) ([]fact.Fact, error) {
	var e struct {
		envelope
		Pull pullRequest `json:"pull_request"`
	}
	if err := connectors.Decode(body, &e); err != nil {
		return nil, err
	}
	place, err := m.place(e.envelope)
	if err != nil {
		return nil, err
	}
	in := e.Pull
	head, ok := connectors.Commit(in.Head.SHA)
	if in.Number <= 0 || !ok {
		return nil, release.Errorf(release.Usage, "the pull request has no number or no head")
	}
	p := evidence.PullRequest{
		Forge:  place.Forge,
		Repo:   place.Repo,
		Number: in.Number,
		Title:  release.Clean(in.Title, maxTitle),
		State:  "open",
		Author: m.account(in.User),
		Head:   head,
		Lines:  count(in.Additions) + count(in.Deletions),
		Files:  count(in.ChangedFiles),
		URL:    connectors.Link(in.HTMLURL),
		At:     in.UpdatedAt.or(in.CreatedAt.Time, m.at),
	}
	switch {
	case in.Merged || !in.MergedAt.IsZero():
		p.State = "merged"
		// While a pull request is open this field names a trial merge that nobody keeps.
		p.Merge, _ = connectors.Commit(in.MergeCommit)
	case in.State == "closed":
		p.State = "closed"
	}
	return []fact.Fact{fact.PullRequestSeen{PullRequest: p}}, nil
}

// count keeps a number of lines or files within reason.
func count(n int) int { return min(max(n, 0), 1_000_000_000) }

// review: submitted, edited or dismissed. GitHub names no time for the last two; the review's own stands,
// so that an old review that is touched does not become the reviewer's last word.
func (m mapping) review(body []byte) ([]fact.Fact, error) {
	var e struct {
		envelope
		Pull   pullRequest `json:"pull_request"`
		Review review      `json:"review"`
	}
	if err := connectors.Decode(body, &e); err != nil {
		return nil, err
	}
	place, err := m.place(e.envelope)
	if err != nil {
		return nil, err
	}
	sha, ok := connectors.Commit(e.Review.CommitID)
	if !ok {
		sha, ok = connectors.Commit(e.Pull.Head.SHA)
	}
	if e.Pull.Number <= 0 || !ok {
		return nil, release.Errorf(release.Usage, "the review has no pull request or no commit")
	}
	state := strings.ToLower(e.Review.State)
	if e.Action == "dismissed" {
		state = "dismissed"
	}
	switch state {
	case "approved", "changes_requested", "commented", "dismissed":
	case "pending":
		return nil, nil
	default:
		return nil, release.Errorf(release.Usage, "%q is no state of a review", release.Clean(state, 40))
	}
	return []fact.Fact{fact.ReviewSeen{Review: evidence.Review{
		Forge:    place.Forge,
		Repo:     place.Repo,
		Number:   e.Pull.Number,
		SHA:      sha,
		Reviewer: m.account(e.Review.User),
		State:    state,
		At:       e.Review.SubmittedAt.or(m.at),
	}}}, nil
}

func (m mapping) checkRun(body []byte) ([]fact.Fact, error) {
	var e struct {
		envelope
		Check checkRun `json:"check_run"`
	}
	if err := connectors.Decode(body, &e); err != nil {
		return nil, err
	}
	in := e.Check
	when := in.CompletedAt.or(in.StartedAt.Time, m.at)
	if e.Action == "rerequested" {
		// The run that is shown is the one that shall be repeated; the wish is as old as its message.
		in.Status, in.Conclusion, in.Output.Title, when = "queued", "", "", m.at
	}
	c := evidence.Check{
		Kind:   "check",
		Name:   release.Clean(in.Name, maxName),
		Result: result(in.Status, in.Conclusion),
		Detail: detail(in.Output.Title, in.Status, in.Conclusion),
		URL:    connectors.Link(in.HTMLURL, in.DetailsURL),
		At:     when,
	}
	return m.check(e.envelope, in.HeadSHA, c)
}

func (m mapping) workflowRun(body []byte) ([]fact.Fact, error) {
	var e struct {
		envelope
		Workflow struct {
			Name string `json:"name"`
		} `json:"workflow"`
		Run workflowRun `json:"workflow_run"`
	}
	if err := connectors.Decode(body, &e); err != nil {
		return nil, err
	}
	in := e.Run
	c := evidence.Check{
		Kind:   "workflow",
		Result: result(in.Status, in.Conclusion),
		Detail: detail("", in.Status, in.Conclusion),
		URL:    connectors.Link(in.HTMLURL),
		At:     in.UpdatedAt.or(in.CreatedAt.Time, m.at),
	}
	for _, n := range []string{in.Name, e.Workflow.Name, path.Base(in.Path)} {
		if c.Name == "" && n != "." {
			c.Name = release.Clean(n, maxName)
		}
	}
	return m.check(e.envelope, in.HeadSHA, c)
}

func (m mapping) check(e envelope, sha string, c evidence.Check) ([]fact.Fact, error) {
	place, err := m.place(e)
	if err != nil {
		return nil, err
	}
	sha, ok := connectors.Commit(sha)
	if c.Name == "" || !ok {
		return nil, release.Errorf(release.Usage, "the %s has no name or no commit", c.Kind)
	}
	c.Forge, c.Repo, c.SHA = place.Forge, place.Repo, sha
	return []fact.Fact{fact.CheckSeen{Check: c}}, nil
}

// result judges as GitHub's own branch protection does: skipped and neutral do not count; whatever else
// ended without success failed, a cancelled run included.
func result(status, conclusion string) evidence.Result {
	if status != "completed" {
		return evidence.Pending
	}
	switch conclusion {
	case "success":
		return evidence.Pass
	case "neutral", "skipped":
		return evidence.Neutral
	}
	return evidence.Fail
}

// detail is the check's own headline, else GitHub's word for where it stands.
func detail(title, status, conclusion string) string {
	if title = release.Clean(title, maxDetail); title != "" {
		return title
	}
	if conclusion == "" {
		conclusion = status
	}
	return release.Clean(strings.ReplaceAll(conclusion, "_", " "), maxDetail)
}
