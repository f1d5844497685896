package cdevents

import (
	"cmp"
	"strconv"
	"strings"

	"signalbox/connectors"
	"signalbox/release"
	"signalbox/release/access"
	"signalbox/release/evidence"
	"signalbox/release/fact"
	"signalbox/release/health"
	"signalbox/release/rollout"
)

// deployed: a service runs in an environment with an artifact that was not there before. CDEvents has no word
// for a deployment that is asked for or under way; removed and published say nothing of a version.
func (m mapping) deployed(e event) ([]fact.Fact, error) {
	c := e.Subject.Content
	environment := release.Clean(string(c.Environment.ID), maxSetting)
	switch {
	case environment == "":
		return nil, e.missing("subject.content.environment.id")
	case c.Artifact == "":
		return nil, e.missing("subject.content.artifactId")
	}
	a := parseArtifact(string(c.Artifact))
	place, _ := e.place(a)
	sha, err := e.commit(a)
	if err != nil {
		return nil, err
	}
	when := e.Context.Timestamp.or(m.at)
	d := fact.DeployRequested{
		Place:       place,
		ExternalID:  key(string(e.Context.Source), string(e.Context.ID)),
		Service:     called(e, string(e.Subject.ID)),
		Mapped:      m.mapped(string(e.Subject.ID), place),
		Environment: environment,
		Version:     release.Clean(string(e.Custom.Version), maxName),
		Digest:      a.digest,
		Commit:      sha,
		URL:         connectors.Link(string(e.Custom.URL)),
		At:          when,
	}
	switch {
	case e.Custom.Digest != "":
		if d.Digest, err = release.ParseDigest(string(e.Custom.Digest)); err != nil {
			return nil, release.Errorf(release.Usage, "customData.digest: %s", release.AsError(err).Message).Advise("%s", release.AsError(err).Try)
		}
	case d.Digest == "" && sha != "":
		d.Digest = release.Digest("git:" + sha)
	case d.Digest == "":
		return nil, release.Errorf(release.Usage, "subject.content.artifactId %q has no digest", release.Clean(string(c.Artifact), 120)).
			Advise("name the artifact with its sha256, or put digest or commit into customData")
	}
	if d.Version == "" {
		d.Version = a.version
	}
	if d.Version == "" {
		d.Version = d.Digest.Short()
	}
	if e.Custom.By != "" {
		d.By = []access.Identity{m.person(e.Custom.By, place)}
	}
	return []fact.Fact{fact.DeployStatus{DeployRequested: d, State: rollout.Success, StatusAt: when}}, nil
}

// version: an artifact of a repository was built or published.
func (m mapping) version(e event) ([]fact.Fact, error) {
	a := parseArtifact(string(e.Subject.ID))
	sha, err := e.commit(a)
	if err != nil {
		return nil, err
	}
	if sha == "" {
		sha, _ = connectors.Commit(string(e.Subject.Content.Change.ID))
	}
	if e.Custom.Version != "" {
		a.version = release.Clean(string(e.Custom.Version), maxName)
	}
	place, ok := e.place(a)
	if !ok || a.version == "" {
		return nil, nil
	}
	return []fact.Fact{fact.VersionKnown{Place: place, Version: a.version, Commit: sha, URL: connectors.Link(string(e.Custom.URL)),
		At: e.Context.Timestamp.or(m.at)}}, nil
}

// signed: an artifact of a commit has a signature.
func (m mapping) signed(e event) ([]fact.Fact, error) {
	return m.evidence(e, parseArtifact(string(e.Subject.ID)),
		evidence.Check{Kind: "check", Name: "signature", Result: evidence.Pass, Detail: "signed"})
}

// check: a run began or ended. Without a commit it says nothing about a release.
func (m mapping) check(e event) ([]fact.Fact, error) {
	c := e.Subject.Content
	out := evidence.Check{Kind: "check", URL: connectors.Link(string(c.URI), string(c.URL), string(c.TestCase.URI), string(c.TestSuite.URI), string(e.Custom.URL))}
	var names []text
	switch e.subject {
	case "pipelinerun":
		out.Kind, names = "workflow", []text{c.PipelineName, "pipeline"}
	case "taskrun":
		names = []text{c.TaskName, "task"}
	case "build":
		names = []text{"build"}
	case "testcaserun":
		names = []text{c.TestCase.Name, c.TestCase.ID, "test case"}
	case "testsuiterun":
		names = []text{c.TestSuite.Name, c.TestSuite.ID, "test suite"}
	}
	for _, n := range names {
		if out.Name == "" {
			out.Name = release.Clean(string(n), maxName)
		}
	}
	var err error
	if out.Result, err = e.result(); err != nil {
		return nil, err
	}
	for _, d := range []text{c.Reason, c.Errors, c.Outcome, text(e.predicate)} {
		if out.Detail == "" {
			line, _, _ := strings.Cut(strings.TrimSpace(string(d)), "\n")
			out.Detail = release.Clean(line, maxDetail)
		}
	}
	return m.evidence(e, parseArtifact(string(c.Artifact)), out)
}

// result judges a run: cancelled counts as failed, and one that ended without saying how counts for nothing. A
// build says no outcome; one that made an artifact succeeded.
func (e *event) result() (evidence.Result, error) {
	if e.predicate == "skipped" {
		return evidence.Neutral, nil
	}
	if e.predicate != "finished" {
		return evidence.Pending, nil
	}
	switch outcome := e.Subject.Content.Outcome; outcome {
	case "success", "pass":
		return evidence.Pass, nil
	case "failure", "fail", "error", "cancel":
		return evidence.Fail, nil
	case "":
		if e.subject == "build" && e.Subject.Content.Artifact != "" {
			return evidence.Pass, nil
		}
		return evidence.Neutral, nil
	default:
		return "", release.Errorf(release.Usage, "subject.content.outcome %q is no outcome of a run", release.Clean(string(outcome), 40))
	}
}

func (m mapping) evidence(e event, a artifact, c evidence.Check) ([]fact.Fact, error) {
	sha, err := e.commit(a)
	if err != nil {
		return nil, err
	}
	place, ok := e.place(a)
	if !ok || sha == "" {
		return nil, nil
	}
	c.Forge, c.Repo, c.SHA, c.At = place.Forge, place.Repo, sha, e.Context.Timestamp.or(m.at)
	return []fact.Fact{fact.CheckSeen{Check: c}}, nil
}

// proposal is what an event tells of a change: its repository, number and head. CDEvents itself tells neither
// a head nor an author; without them it would only hide what the forge has told.
func (e *event) proposal() (place fact.Place, number int, head string, ok bool, err error) {
	if head, err = e.commit(artifact{}); err != nil || head == "" {
		return place, 0, "", false, err
	}
	if place, ok = e.place(artifact{}); !ok {
		return place, 0, "", false, nil
	}
	n := string(e.Custom.Number)
	if n == "" {
		id := string(e.Subject.ID)
		n = id[strings.LastIndexAny(id, "/#!:")+1:]
	}
	number, failed := strconv.Atoi(n)
	return place, number, head, failed == nil && number > 0 && number < 1<<31, nil
}

// change: a proposed change was made, altered, merged or given up.
func (m mapping) change(e event) ([]fact.Fact, error) {
	place, number, head, ok, err := e.proposal()
	if err != nil || !ok || e.Custom.Author == "" {
		return nil, err
	}
	p := evidence.PullRequest{
		Forge:  place.Forge,
		Repo:   place.Repo,
		Number: number,
		Title:  release.Clean(string(e.Subject.Content.Description), maxTitle),
		State:  "open",
		Author: m.person(e.Custom.Author, place),
		Head:   head,
		URL:    connectors.Link(string(e.Custom.URL)),
		At:     e.Context.Timestamp.or(m.at),
	}
	switch e.predicate {
	case "merged":
		p.State = "merged"
	case "abandoned":
		p.State = "closed"
	}
	return []fact.Fact{fact.PullRequestSeen{PullRequest: p}}, nil
}

// review: CDEvents says that somebody reviewed, and not who or how.
func (m mapping) review(e event) ([]fact.Fact, error) {
	place, number, head, ok, err := e.proposal()
	if err != nil || !ok || e.Custom.Reviewer == "" {
		return nil, err
	}
	switch e.Custom.State {
	case "approved", "changes_requested", "commented", "dismissed":
	default:
		return nil, release.Errorf(release.Usage, "customData.state %q is no state of a review", release.Clean(string(e.Custom.State), 40)).
			Advise("write approved, changes_requested, commented or dismissed")
	}
	return []fact.Fact{fact.ReviewSeen{Review: evidence.Review{Forge: place.Forge, Repo: place.Repo, Number: number, SHA: head,
		Reviewer: m.person(e.Custom.Reviewer, place), State: string(e.Custom.State), At: e.Context.Timestamp.or(m.at)}}}, nil
}

// incident: each event tells its own time alone, so that an incident that is reported again begins anew; one
// that is over began, as far as the event says, when it ended.
func (m mapping) incident(e event) ([]fact.Fact, error) {
	c := e.Subject.Content
	environment := release.Clean(string(c.Environment.ID), maxSetting)
	if environment == "" {
		return nil, e.missing("subject.content.environment.id")
	}
	when := e.Context.Timestamp.or(m.at)
	a := health.Alert{
		Connector:   m.connector,
		ID:          key(e.source(), string(e.Subject.ID)),
		Name:        release.Clean(string(e.Subject.ID), maxName),
		Environment: environment,
		Severity:    strings.ToLower(release.Clean(string(e.Custom.Severity), 40)),
		Summary:     release.Clean(string(c.Description), maxSummary),
		State:       health.Firing,
		StartsAt:    when,
		URL:         connectors.Link(string(c.Ticket), string(e.Custom.URL)),
		UpdatedAt:   when,
	}
	if c.Service.ID != "" || e.Custom.Service != "" {
		a.Service = cmp.Or(m.mapped(string(c.Service.ID), fact.Place{}), called(e, string(c.Service.ID)))
	}
	if e.predicate == "resolved" {
		a.State, a.EndsAt = health.Resolved, when
	}
	return []fact.Fact{fact.AlertSeen{Alert: a}}, nil
}
