package github

import (
	"net/url"
	"time"

	"signalbox/connectors"
	"signalbox/release"
	"signalbox/release/access"
	"signalbox/release/fact"
)

// Longest texts kept, in characters.
const (
	maxName    = 120 // versions, checks, services
	maxTitle   = 200
	maxDetail  = 200
	maxSetting = 255 // environments, as long as GitHub allows them
)

// Map turns the body of an authenticated event into facts. at is when it arrived and stands in where the
// body names no time; bots are lower-case logins that stand for no human. nil facts without an error are an
// event of no interest. The error is Usage: a body that cannot be understood. Map is pure.
func Map(event string, body []byte, at time.Time, bots []string, services map[string]string) ([]fact.Fact, error) {
	m := mapping{at: at.UTC(), bots: bots, services: services}
	switch event {
	case "deployment":
		return m.deployment(body)
	case "deployment_status":
		return m.deploymentStatus(body)
	case "release":
		return m.release(body)
	case "push":
		return m.push(body)
	case "create":
		return m.create(body)
	case "pull_request":
		return m.pullRequest(body)
	case "pull_request_review":
		return m.review(body)
	case "check_run":
		return m.checkRun(body)
	case "workflow_run":
		return m.workflowRun(body)
	}
	// ping and whatever else the hook was ticked for: read, so that a broken body is noticed, and let go.
	return nil, connectors.Decode(body, &struct{}{})
}

type mapping struct {
	at       time.Time
	bots     []string
	services map[string]string // by slug
}

// place names the repository of an event.
func (m mapping) place(e envelope) (fact.Place, error) {
	slug, ok := connectors.Slug(e.Repository.FullName)
	if !ok {
		return fact.Place{}, release.Errorf(release.Usage, "the event names no repository")
	}
	return fact.Place{Forge: Forge, Repo: slug}, nil
}

// account is the identity of an account; GitHub shows the one of a deleted user as "ghost".
func (m mapping) account(a *account) access.Identity {
	if a == nil || a.Login == "" {
		return connectors.Login("github", "ghost", false)
	}
	return m.people([]access.Identity{connectors.Login("github", a.Login, a.Type == "Bot")})[0]
}

// people are the distinct identities, bots marked.
func (m mapping) people(ids []access.Identity) []access.Identity {
	ids = connectors.Distinct(ids)
	connectors.MarkBots(ids, m.bots)
	return ids
}

// release: only what became visible is a version. GitHub sends "published" and then "released" or
// "prereleased" for one act; they give the same fact.
func (m mapping) release(body []byte) ([]fact.Fact, error) {
	var e struct {
		envelope
		Release published `json:"release"`
	}
	if err := connectors.Decode(body, &e); err != nil {
		return nil, err
	}
	switch e.Action {
	case "published", "released", "prereleased":
	default:
		return nil, nil
	}
	place, err := m.place(e.envelope)
	if err != nil || e.Release.Draft {
		return nil, err
	}
	version := release.Clean(e.Release.TagName, maxName)
	if version == "" {
		return nil, release.Errorf(release.Usage, "the release has no tag")
	}
	// The target is a branch, unless the release was made on a commit.
	commit, _ := connectors.Commit(e.Release.Target)
	return []fact.Fact{fact.VersionKnown{
		Place:      place,
		Version:    version,
		Commit:     commit,
		Title:      release.Clean(e.Release.Name, maxTitle),
		Prerelease: e.Release.Prerelease,
		URL:        connectors.Link(e.Release.HTMLURL),
		At:         e.Release.PublishedAt.or(e.Release.CreatedAt.Time, m.at),
	}}, nil
}

// create: a tag. The event does not say of which commit; the push of the same tag does.
func (m mapping) create(body []byte) ([]fact.Fact, error) {
	var e struct {
		envelope
		Ref  string `json:"ref"`
		Type string `json:"ref_type"`
	}
	if err := connectors.Decode(body, &e); err != nil || e.Type != "tag" {
		return nil, err
	}
	place, err := m.place(e.envelope)
	if err != nil {
		return nil, err
	}
	v, err := m.tag(place, e.Repository, e.Ref)
	if err != nil {
		return nil, err
	}
	return []fact.Fact{v}, nil
}

func (m mapping) tag(place fact.Place, r repository, ref string) (fact.VersionKnown, error) {
	name, _ := connectors.Ref(ref)
	name = release.Clean(name, maxName)
	if name == "" {
		return fact.VersionKnown{}, release.Errorf(release.Usage, "the tag has no name")
	}
	v := fact.VersionKnown{Place: place, Version: name, At: r.PushedAt.or(m.at)}
	if r.HTMLURL != "" {
		v.URL = connectors.Link(r.HTMLURL + "/releases/tag/" + url.PathEscape(name))
	}
	return v, nil
}
