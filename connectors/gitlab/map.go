package gitlab

import (
	"net/url"
	"strings"
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
	maxSetting = 255 // environments, as long as GitLab allows them
)

// Map turns the body of an authenticated event into facts. event is the header X-Gitlab-Event; the body's own
// word for what it is goes before it, because system hooks and integrations send every event under one name.
// at is when it arrived and stands in where the body names no time; bots are lower-case usernames that stand
// for no human; services names services by lower-case slug. nil facts without an error are an event of no
// interest. The error is Usage: a body that cannot be understood. Map is pure.
func Map(event string, body []byte, at time.Time, bots []string, services map[string]string) ([]fact.Fact, error) {
	m := mapping{at: at.UTC(), bots: bots, services: services}
	var what struct {
		Kind text `json:"object_kind"`
		Name text `json:"event_name"`
	}
	if err := connectors.Decode(body, &what); err != nil {
		return nil, err
	}
	switch kind(event, string(what.Kind), string(what.Name)) {
	case "deployment":
		return m.deployment(body)
	case "release":
		return m.release(body)
	case "push":
		return m.push(body, false)
	case "tag_push":
		return m.push(body, true)
	case "merge_request":
		return m.mergeRequest(body)
	case "build":
		return m.job(body)
	case "pipeline":
		return m.pipeline(body)
	}
	return nil, nil // comments, issues and whatever else the hook was ticked for
}

// kind is what the event is about, in the words of object_kind.
func kind(header, object, name string) string {
	switch {
	case object != "":
		return object
	case name != "":
		return name
	}
	k := strings.ReplaceAll(strings.ToLower(strings.TrimSuffix(header, " Hook")), " ", "_")
	if k == "job" {
		return "build"
	}
	return k
}

type mapping struct {
	at       time.Time
	bots     []string
	services map[string]string
}

// place names the project of an event. Events of jobs named no project before GitLab 16: there the address of
// the repository tells it.
func (m mapping) place(e envelope) (fact.Place, error) {
	slug, ok := connectors.Slug(string(e.Project.Path))
	for _, address := range []text{e.Project.WebURL, e.Project.HTTP, e.Repository.Homepage, e.Repository.HTTP} {
		if ok {
			break
		}
		if u, err := url.Parse(string(address)); err == nil && u.Host != "" {
			slug, ok = connectors.Slug(strings.TrimSuffix(strings.Trim(u.Path, "/"), ".git"))
		}
	}
	if !ok {
		return fact.Place{}, release.Errorf(release.Usage, "the event names no project")
	}
	return fact.Place{Forge: Forge, Repo: slug}, nil
}

// page is the address of something of a project on GitLab, "" where the event does not tell the project's.
func page(e envelope, parts ...string) string {
	base := string(e.Project.WebURL)
	if base == "" {
		base = string(e.Repository.Homepage)
	}
	if base == "" {
		return ""
	}
	for i, p := range parts {
		parts[i] = url.PathEscape(p)
	}
	return connectors.Link(base + "/-/" + strings.Join(parts, "/"))
}

// account is the identity of a user. Whom GitLab tells by a number alone is known by it, and whom it does not
// tell at all is nobody: an author who is not known must not look like no author.
func (m mapping) account(u user) access.Identity {
	switch {
	case u.Username != "":
		return m.people([]access.Identity{connectors.Login("gitlab", string(u.Username), false)})[0]
	case u.ID > 0:
		return m.people([]access.Identity{connectors.Login("gitlab", "id:"+u.ID.String(), false)})[0]
	}
	email := string(u.Email)
	if strings.Contains(email, "REDACTED") {
		email = ""
	}
	return m.people([]access.Identity{connectors.Author("gitlab", "", email, string(u.Name))})[0]
}

// people are the distinct identities, bots marked.
func (m mapping) people(ids []access.Identity) []access.Identity {
	ids = connectors.Distinct(ids)
	connectors.MarkBots(ids, m.bots)
	return ids
}

// release: created or changed. One whose time is still to come is an upcoming release.
func (m mapping) release(body []byte) ([]fact.Fact, error) {
	var e struct {
		envelope
		Action     text  `json:"action"`
		Tag        text  `json:"tag"`
		Name       text  `json:"name"`
		URL        text  `json:"url"`
		CreatedAt  stamp `json:"created_at"`
		ReleasedAt stamp `json:"released_at"`
		Commit     struct {
			ID text `json:"id"`
		} `json:"commit"`
	}
	if err := connectors.Decode(body, &e); err != nil {
		return nil, err
	}
	if e.Action != "create" && e.Action != "update" && e.Action != "" {
		return nil, nil
	}
	place, err := m.place(e.envelope)
	if err != nil {
		return nil, err
	}
	version := release.Clean(string(e.Tag), maxName)
	if version == "" {
		return nil, release.Errorf(release.Usage, "the release has no tag")
	}
	upcoming := e.ReleasedAt.After(m.at)
	if upcoming {
		e.ReleasedAt = stamp{}
	}
	commit, _ := connectors.Commit(string(e.Commit.ID))
	return []fact.Fact{fact.VersionKnown{
		Place:      place,
		Version:    version,
		Commit:     commit,
		Title:      release.Clean(string(e.Name), maxTitle),
		Prerelease: upcoming,
		URL:        connectors.Link(string(e.URL)),
		At:         e.ReleasedAt.or(e.CreatedAt.Time, m.at),
	}}, nil
}
