package github

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"

	"signalbox/connectors"
	"signalbox/release"
	"signalbox/release/access"
	"signalbox/release/fact"
	"signalbox/release/rollout"
)

// deployEvent is what deployment and deployment_status share.
type deployEvent struct {
	envelope
	Deployment  deployment  `json:"deployment"`
	WorkflowRun workflowRun `json:"workflow_run"`
}

// deployment: somebody asks. Old hooks send no action, because there was but one.
func (m mapping) deployment(body []byte) ([]fact.Fact, error) {
	var e deployEvent
	if err := connectors.Decode(body, &e); err != nil {
		return nil, err
	}
	if e.Action != "created" && e.Action != "" {
		return nil, nil
	}
	d, err := m.requested(e)
	if err != nil {
		return nil, err
	}
	if e.Sender != nil {
		d.By = m.people(append(d.By, m.account(e.Sender)))
	}
	return []fact.Fact{d}, nil
}

// requested reads the deployment. By is its creator: the sender of a status is who moved it on, perhaps the
// very person who let it through, and no author of it.
func (m mapping) requested(e deployEvent) (fact.DeployRequested, error) {
	in := e.Deployment
	var d fact.DeployRequested
	place, err := m.place(e.envelope)
	if err != nil {
		return d, err
	}
	sha, ok := connectors.Commit(in.SHA)
	if in.ID <= 0 || !ok {
		return d, release.Errorf(release.Usage, "the deployment has no id or no commit")
	}
	extra, err := parsePayload(in.Payload)
	if err != nil {
		return d, err
	}
	ref, _ := connectors.Ref(in.Ref)
	d = fact.DeployRequested{
		Place:       place,
		ExternalID:  strconv.FormatInt(in.ID, 10),
		Service:     strings.ToLower(release.Clean(string(extra.Service), maxName)),
		Mapped:      m.services[place.Repo],
		Environment: release.Clean(in.Environment, maxSetting),
		Version:     release.Clean(string(extra.Version), maxName),
		Digest:      release.Digest("git:" + sha),
		Commit:      sha,
		Ref:         ref,
		Title:       release.Clean(in.Description, maxTitle),
		URL:         connectors.Link(e.WorkflowRun.HTMLURL, e.Repository.HTMLURL+"/deployments"),
		At:          in.CreatedAt.or(m.at),
	}
	if extra.Digest != "" {
		// A digest that is there and cannot be read is not replaced by the commit's: the approval would bind
		// to another artifact than the one that is deployed.
		if d.Digest, err = imageDigest(string(extra.Digest)); err != nil {
			return d, err
		}
	}
	if d.Version == "" {
		d.Version = release.Clean(ref, maxName)
	}
	if d.Title == "" {
		d.Title = release.Clean(e.WorkflowRun.DisplayTitle, maxTitle)
	}
	if in.Creator != nil {
		d.By = []access.Identity{m.account(in.Creator)}
	}
	return d, nil
}

// deploymentStatus: a deployment moved on. The status says in which environment, since it may differ from
// what was asked for.
func (m mapping) deploymentStatus(body []byte) ([]fact.Fact, error) {
	var e struct {
		deployEvent
		Status deploymentStatus `json:"deployment_status"`
	}
	if err := connectors.Decode(body, &e); err != nil {
		return nil, err
	}
	if e.Action != "created" && e.Action != "" {
		return nil, nil
	}
	d, err := m.requested(e.deployEvent)
	if err != nil {
		return nil, err
	}
	state := rollout.State(e.Status.State)
	if state == "waiting" { // for GitHub's own protection rules: nothing has begun
		state = rollout.Pending
	}
	if !state.Known() {
		return nil, release.Errorf(release.Usage, "%q is no state of a deployment", release.Clean(e.Status.State, 40))
	}
	if env := release.Clean(e.Status.Environment, maxSetting); env != "" {
		d.Environment = env
	}
	if link := connectors.Link(e.Status.LogURL, e.Status.TargetURL); link != "" {
		d.URL = link
	}
	when := e.Status.CreatedAt.or(m.at)
	d.At = e.Deployment.CreatedAt.or(when)
	return []fact.Fact{fact.DeployStatus{DeployRequested: d, State: state, StatusAt: when}}, nil
}

// payload is what signalbox reads of deployment.payload, which is whatever its creator put there.
type payload struct {
	Version text `json:"version"`
	Digest  text `json:"digest"`
	Service text `json:"service"`
}

// text is a string, or a number as it was written; any other value reads as "".
type text string

func (t *text) UnmarshalJSON(b []byte) error {
	*t = ""
	switch {
	case len(b) > 0 && b[0] == '"':
		var s string
		if err := json.Unmarshal(b, &s); err != nil {
			return err
		}
		*t = text(s)
	case len(b) > 0 && (b[0] == '-' || b[0] >= '0' && b[0] <= '9'):
		*t = text(b)
	}
	return nil
}

// parsePayload reads deployment.payload: an object, a string that holds one (as the API's older form sends
// it back), or nothing. Any other value says nothing to signalbox.
func parsePayload(raw json.RawMessage) (payload, error) {
	var p payload
	raw = bytes.TrimSpace(raw)
	if len(raw) > 0 && raw[0] == '"' {
		var inner string
		if err := json.Unmarshal(raw, &inner); err != nil {
			return p, release.Errorf(release.Usage, "the payload of the deployment cannot be read").Because(err)
		}
		raw = bytes.TrimSpace([]byte(inner))
		if err := connectors.Guard(raw, connectors.MaxBody, connectors.MaxDepth); err != nil {
			return p, err
		}
		if len(raw) == 0 || raw[0] != '{' || !json.Valid(raw) {
			return p, nil
		}
	}
	if len(raw) == 0 || raw[0] != '{' {
		return p, nil
	}
	if err := json.Unmarshal(raw, &p); err != nil {
		return payload{}, release.Errorf(release.Usage, "the payload of the deployment cannot be read").Because(err)
	}
	return p, nil
}

// imageDigest reads a digest, alone or behind the name of an image ("registry/app@sha256:…").
func imageDigest(s string) (release.Digest, error) {
	if i := strings.LastIndexByte(s, '@'); i >= 0 {
		s = s[i+1:]
	}
	d, err := release.ParseDigest(s)
	if err != nil {
		return "", release.Errorf(release.Usage, "payload.digest of the deployment: %s", release.AsError(err).Message).
			Advise("%s", release.AsError(err).Try)
	}
	return d, nil
}
