package cdevents

import (
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
	maxSetting = 255 // environments
	maxSummary = 500
)

// Map turns the body of an authenticated delivery into facts. connector is the connector's name; kind is the
// event of the delivery; at is when it arrived and stands in for a time that cannot be read; bots are lower-case
// logins that stand for no human; services names services by what events call them, in lower case. nil facts
// without an error are an event of no interest. The error is Usage: a body that cannot be understood, or one
// event of a batch. Map is pure.
func Map(connector, kind string, body []byte, at time.Time, bots []string, services map[string]string) ([]fact.Fact, error) {
	list, err := events(kind, body)
	if err != nil {
		return nil, err
	}
	m := mapping{connector: connector, at: at.UTC(), bots: bots, services: services}
	var facts []fact.Fact
	for _, in := range list {
		e, err := read(in)
		if err != nil {
			return nil, err
		}
		f, err := m.one(e)
		if err != nil {
			return nil, err
		}
		facts = append(facts, f...)
	}
	return facts, nil
}

type mapping struct {
	connector string
	at        time.Time
	bots      []string
	services  map[string]string
}

func (m mapping) one(e event) ([]fact.Fact, error) {
	switch e.subject + " " + e.predicate {
	case "service deployed", "service upgraded", "service rolledback":
		return m.deployed(e)
	case "artifact packaged", "artifact published":
		return m.version(e)
	case "artifact signed":
		return m.signed(e)
	case "change created", "change updated", "change merged", "change abandoned":
		return m.change(e)
	case "change reviewed":
		return m.review(e)
	case "pipelinerun queued", "pipelinerun started", "pipelinerun finished", "taskrun started", "taskrun finished",
		"build queued", "build started", "build finished",
		"testcaserun queued", "testcaserun started", "testcaserun finished", "testcaserun skipped",
		"testsuiterun queued", "testsuiterun started", "testsuiterun finished":
		return m.check(e)
	case "incident detected", "incident reported", "incident resolved":
		return m.incident(e)
	}
	return nil, nil
}

func (e *event) missing(field string) error { return missing(envelope{Type: e.Context.Type}, field) }

// commit is the commit that an event tells, "" where none.
func (e *event) commit(a artifact) (string, error) {
	if e.Custom.Commit == "" {
		return a.commit, nil
	}
	sha, ok := connectors.Commit(string(e.Custom.Commit))
	if !ok {
		return "", release.Errorf(release.Usage, "customData.commit %q is no commit", release.Clean(string(e.Custom.Commit), 80))
	}
	return sha, nil
}

// place is the repository that an event tells: customData says it, or the content, or the artifact.
func (e *event) place(a artifact) (fact.Place, bool) {
	if e.Custom.Repository != "" {
		return repository(string(e.Custom.Repository))
	}
	c := e.Subject.Content
	if c.Repository.ID != "" {
		if p, ok := repository(string(c.Repository.Source + "/" + c.Repository.ID)); ok {
			return p, true
		}
	}
	if p, ok := repository(string(c.Change.Source)); ok {
		return p, true
	}
	return a.place, a.place != (fact.Place{})
}

// called is what an event calls its service: what customData says, or the last part of the subject's id.
func called(e event, id string) string {
	if e.Custom.Service != "" {
		return strings.ToLower(release.Clean(string(e.Custom.Service), maxName))
	}
	return strings.ToLower(release.Clean(lastPart(id), maxName))
}

// mapped is the service that the configuration names for a subject or a repository, "" where it names none.
func (m mapping) mapped(id string, place fact.Place) string {
	for _, name := range []string{strings.ToLower(id), strings.ToLower(lastPart(id)), place.Repo} {
		if s, ok := m.services[name]; ok && name != "" {
			return s
		}
	}
	return ""
}

func lastPart(id string) string {
	id = strings.TrimRight(id, "/")
	return id[strings.LastIndexByte(id, '/')+1:]
}

// person is whom customData names: an address, or a login on the forge.
func (m mapping) person(named text, place fact.Place) access.Identity {
	system := ""
	switch place.Forge {
	case "github.com":
		system = "github"
	case "gitlab.com":
		system = "gitlab"
	}
	var ids []access.Identity
	if system == "" || strings.Contains(string(named), "@") {
		ids = []access.Identity{connectors.Author(system, "", string(named), "")}
	} else {
		ids = []access.Identity{connectors.Login(system, string(named), false)}
	}
	connectors.MarkBots(ids, m.bots)
	return ids[0]
}
