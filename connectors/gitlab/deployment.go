package gitlab

import (
	"strings"

	"signalbox/connectors"
	"signalbox/release"
	"signalbox/release/access"
	"signalbox/release/fact"
	"signalbox/release/rollout"
)

// deployment: GitLab tells of a deployment when it stands at a new status. Most hooks hear of one first when it
// runs; where GitLab itself waits for an approval it is blocked before.
func (m mapping) deployment(body []byte) ([]fact.Fact, error) {
	var e struct {
		envelope
		deployment
	}
	if err := connectors.Decode(body, &e); err != nil {
		return nil, err
	}
	d, err := m.requested(e.envelope, e.deployment)
	if err != nil {
		return nil, err
	}
	status := func(s rollout.State) []fact.Fact {
		return []fact.Fact{fact.DeployStatus{DeployRequested: d, State: s, StatusAt: d.At}}
	}
	switch strings.ToLower(string(e.Status)) {
	case "created":
		return []fact.Fact{d}, nil
	case "blocked":
		return append([]fact.Fact{d}, status(rollout.Pending)...), nil
	case "approved": // on GitLab, by one of those whom it asks: nothing has begun
		return status(rollout.Pending), nil
	case "running":
		return status(rollout.InProgress), nil
	case "success":
		return status(rollout.Success), nil
	case "failed":
		return status(rollout.Failure), nil
	case "canceled", "cancelled": // it may have run for a while
		return status(rollout.Inactive), nil // nothing more comes of it, and nothing may ever have moved
	case "skipped", "rejected": // it never ran and will not
		return status(rollout.Inactive), nil
	}
	return nil, release.Errorf(release.Usage, "%q is no status of a deployment", release.Clean(string(e.Status), 40))
}

// requested reads the deployment. GitLab does not say when it was created: its last change stands in.
func (m mapping) requested(e envelope, in deployment) (fact.DeployRequested, error) {
	place, err := m.place(e)
	if err != nil {
		return fact.DeployRequested{}, err
	}
	sha, ok := deployed(in)
	if in.ID == 0 || !ok {
		return fact.DeployRequested{}, release.Errorf(release.Usage, "the deployment has no deployment_id or no commit in commit_url")
	}
	environment := release.Clean(string(in.Environment), maxSetting)
	if environment == "" {
		return fact.DeployRequested{}, release.Errorf(release.Usage, "the deployment has no environment")
	}
	ref, _ := connectors.Ref(string(in.Ref))
	d := fact.DeployRequested{
		Place:       place,
		ExternalID:  in.ID.String(),
		Mapped:      m.services[place.Repo],
		Environment: environment,
		Version:     release.Clean(ref, maxName),
		Digest:      release.Digest("git:" + sha),
		Commit:      sha,
		Ref:         ref,
		Title:       release.Clean(string(in.CommitTitle), maxTitle),
		URL:         connectors.Link(string(in.DeployableURL), page(e, "environments")),
		By:          []access.Identity{m.account(e.User)},
		At:          in.ChangedAt.or(m.at),
	}
	if d.Version == "" {
		d.Version = d.Digest.Short()
	}
	return d, nil
}

// deployed is the commit of a deployment. GitLab tells its first digits, and all of them only at the end of an
// address; both must agree.
func deployed(in deployment) (sha string, ok bool) {
	address := strings.TrimRight(string(in.CommitURL), "/")
	sha, ok = connectors.Commit(address[strings.LastIndexByte(address, '/')+1:])
	return sha, ok && strings.HasPrefix(sha, strings.ToLower(string(in.ShortSHA)))
}
