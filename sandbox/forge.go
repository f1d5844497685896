package sandbox

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"signalbox/release"
	"signalbox/release/port"
)

// Names of the feeds.
const (
	forge    = "github"
	pager    = "alertmanager"
	monitor  = "prometheus"
	services = "catalog"
	org      = "organisation"

	objectives = "openslo"
)

// ship is one version of one service on its way, with the commit, the pull request and the deployment by which
// the forge tells of it.
type ship struct {
	service, version, title, author string
	number                          int // of its pull request; its deployment is numbered alike
	commit, head, digest            string
	deployed                        time.Time
	held                            bool // the company's machinery leaves it alone
}

// launch names a version of a service. An empty version is the one after the newest.
func (s *Sandbox) launch(service, version, title, author string) *ship {
	n := len(s.ships) + 1
	if version == "" {
		version = s.telemetry.next(service)
		if last := s.newest[service]; last != nil && s.telemetry.services[service].of(last.version) == nil { // it waits still
			version = after(last.version)
		}
	}
	p := &ship{service: service, version: version, title: title, author: author, number: 2200 + n,
		commit: s.hex("commit", 20, service, version, n), head: s.hex("head", 20, service, version, n), digest: "sha256:" + s.hex("digest", 32, service, version, n)}
	s.ships[p.id()] = p
	s.newest[service] = p
	return p
}

// id is that of the deployment on the forge.
func (p *ship) id() string { return strconv.Itoa(145_988_000 + p.number) }

type body = map[string]any

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

func (p *ship) repository() body {
	return body{"full_name": slug(p.service), "html_url": "https://forge.example/" + slug(p.service)}
}

func (p *ship) pull(at time.Time, lines, files int) body {
	return body{"number": p.number, "title": p.title, "state": "closed", "merged": true, "merged_at": stamp(at), "updated_at": stamp(at), "created_at": stamp(at),
		"merge_commit_sha": p.commit, "user": body{"login": p.author}, "additions": lines, "deletions": lines / 5, "changed_files": files, "head": body{"sha": p.head}}
}

// push is the merge commit on the main branch.
func (s *Sandbox) push(ctx context.Context, p *ship) error {
	at := s.Now()
	head := body{"id": p.commit, "message": p.title, "timestamp": stamp(at), "author": body{"username": p.author}, "committer": body{"username": "web-flow"}}
	return s.tell(ctx, "push", body{"repository": p.repository(), "ref": "refs/heads/main", "commits": []any{head}, "head_commit": head})
}

// merged is the pull request, and its review where a reviewer is named.
func (s *Sandbox) merged(ctx context.Context, p *ship, lines, files int, reviewer string) error {
	if err := s.tell(ctx, "pull_request", body{"action": "closed", "repository": p.repository(), "pull_request": p.pull(s.Now(), lines, files)}); err != nil || reviewer == "" {
		return err
	}
	return s.reviewed(ctx, p, reviewer, "approved")
}

func (s *Sandbox) reviewed(ctx context.Context, p *ship, reviewer, state string) error {
	return s.tell(ctx, "pull_request_review", body{"action": "submitted", "repository": p.repository(), "pull_request": p.pull(s.Now(), 0, 0),
		"review": body{"user": body{"login": reviewer}, "state": state, "commit_id": p.head, "submitted_at": stamp(s.Now())}})
}

// check is one finished check of the merge commit.
func (s *Sandbox) check(ctx context.Context, p *ship, name, conclusion, title string) error {
	return s.tell(ctx, "check_run", body{"action": "completed", "repository": p.repository(), "check_run": body{"name": name, "head_sha": p.commit,
		"status": "completed", "conclusion": conclusion, "completed_at": stamp(s.Now()), "output": body{"title": title}}})
}

// checks are those that every change of the company has; failing names the one that is red, "" for none.
func (s *Sandbox) checks(ctx context.Context, p *ship, failing string) error {
	for _, c := range []struct{ name, title string }{
		{"unit", strconv.Itoa(240+s.below(1900, "unit", p.service)) + " passed"}, {"sast", "0 high"}, {"contract", "all consumers"},
	} {
		conclusion, title := "success", c.title
		if c.name == failing {
			conclusion, title = "failure", "1 of 3 consumers broke"
		}
		if err := s.check(ctx, p, c.name, conclusion, title); err != nil {
			return err
		}
	}
	return nil
}

// deploy asks for production.
func (s *Sandbox) deploy(ctx context.Context, p *ship) error {
	p.deployed = s.Now()
	return s.tell(ctx, "deployment", p.deployment(""))
}

func (p *ship) deployment(state string) body {
	b := body{"action": "created", "repository": p.repository(), "sender": body{"login": p.author}, "deployment": body{"id": 145_988_000 + p.number, "sha": p.commit,
		"ref": "main", "environment": "production", "description": p.title, "payload": body{"digest": p.digest, "version": p.version},
		"creator": body{"login": p.author}, "created_at": stamp(p.deployed)}}
	if state != "" {
		b["deployment_status"] = body{"state": state, "environment": "production"}
	}
	return b
}

// status is how far a deployment is; the telemetry goes with it.
func (s *Sandbox) status(ctx context.Context, p *ship, state string) error {
	at := s.Now()
	switch state {
	case "in_progress":
		s.telemetry.start(p.service, p.version, at)
	case "success":
		s.telemetry.finish(p.service, p.version, at)
	case "failure", "error":
		s.telemetry.abort(p.service, p.version, at)
	}
	b := p.deployment(state)
	b["deployment_status"].(body)["created_at"] = stamp(at)
	return s.tell(ctx, "deployment_status", b)
}

// message is a delivery: what it says, and under which headers.
type message struct {
	from port.Receiver
	head map[string]string
	body []byte
}

// tell signs a payload as the forge does.
func (s *Sandbox) tell(ctx context.Context, event string, b body) error {
	raw, err := json.Marshal(b)
	if err != nil {
		return release.AsError(err)
	}
	s.told++
	mac := hmac.New(sha256.New, s.secret)
	mac.Write(raw)
	return s.send(ctx, message{s.hook, map[string]string{"X-GitHub-Event": event, "X-GitHub-Delivery": fmt.Sprintf("%s-%d", s.hex("delivery", 4, s.told), s.told),
		"X-Hub-Signature-256": "sha256=" + hex.EncodeToString(mac.Sum(nil))}, raw})
}

// alarm tells of an alert as an Alertmanager does. One that is resolved began when it was told of first.
func (s *Sandbox) alarm(ctx context.Context, name, service, severity, summary string, since time.Time, resolved bool) error {
	same := func(f firing) bool { return f.name == name && f.service == service }
	a := body{"status": "firing", "fingerprint": s.hex("alert", 8, name, service),
		"labels": body{"alertname": name, "service": service, "environment": "production", "severity": severity}, "annotations": body{"summary": summary}}
	if k := slices.IndexFunc(s.firing, same); k >= 0 {
		since = s.firing[k].since
	} else if !resolved {
		s.firing = append(s.firing, firing{name, service, severity, summary, since})
	}
	if resolved {
		s.firing = slices.DeleteFunc(s.firing, same)
		a["status"], a["endsAt"] = "resolved", stamp(s.Now())
	}
	a["startsAt"] = stamp(since)
	raw, err := json.Marshal(body{"version": "4", "groupKey": name + service, "status": a["status"], "alerts": []any{a}})
	if err != nil {
		return release.AsError(err)
	}
	return s.send(ctx, message{s.alerts, map[string]string{"Authorization": "Bearer " + string(s.secret)}, raw})
}

// send takes a delivery in by its connector. What a silent feed would say is kept until it is back.
func (s *Sandbox) send(ctx context.Context, m message) error {
	if s.silent[m.from.Name()] {
		s.held = append(s.held, m)
		return nil
	}
	return s.receive(ctx, m)
}

func (s *Sandbox) receive(ctx context.Context, m message) error {
	d, err := m.from.Authenticate(func(name string) string { return m.head[name] }, m.body)
	if err != nil {
		return err
	}
	facts, err := m.from.Map(d, m.body, s.Now())
	if err != nil {
		return err
	}
	_, err = s.house.Control.Ingest(ctx, m.from.Name(), d, facts)
	return err
}

// titles are what changes do, by lot.
var titles = []string{
	"Shorter time-outs towards the provider", "Retry with a longer pause", "Index warm-up before traffic", "Drop the old field from the answer",
	"Round amounts as the ledger does", "Count what is refused", "Cache the prices of a page", "Read the new keys beside the old ones",
	"Close connections that nobody uses", "Write dates with their zone", "A smaller image", "Log the reason of a refusal",
	"Ask for consent once", "Two columns instead of a join", "Batch the writes of a minute", "Keep the order of events",
}

func (s *Sandbox) title(parts ...any) string {
	return titles[s.below(len(titles), append([]any{"title"}, parts...)...)]
}

// hands are a developer and another who reviews.
func (s *Sandbox) hands(parts ...any) (author, reviewer string) {
	d := developers()
	k := s.below(len(d), append([]any{"author"}, parts...)...)
	return d[k], d[(k+1+s.below(len(d)-1, append([]any{"reviewer"}, parts...)...))%len(d)]
}

// clean keeps what a trainer typed to one short line.
func clean(s string) string { return strings.TrimSpace(release.Clean(s, 120)) }
