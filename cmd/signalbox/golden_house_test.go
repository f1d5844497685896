package main

import (
	"context"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
	"golang.org/x/mod/sumdb/note"

	"signalbox/cmd/signalbox/settings"
	"signalbox/connectors/csv"
	"signalbox/control"
	"signalbox/release"
	"signalbox/release/access"
	"signalbox/release/port"
	"signalbox/release/verb"
	"signalbox/store"
)

// still is a whole house in which nothing is left to chance: the real store, control, connector and screens,
// joined as `serve` joins them, with a domain clock that the test moves and a source of randomness that
// begins at a seed. Everything on its screens came in through a door: payloads through the connector, acts
// through the table of verbs.
type still struct {
	*house
	t      *testing.T
	hook   port.Receiver
	random *rand.ChaCha8
	keys   map[access.PersonID]string
	ships  map[string]*ship // by the repository's name, the newest of each
	told   int              // deliveries
	// pullers are those of the newest wiring that a test made.
	pullers []port.Puller

	mu sync.Mutex
	at time.Time
}

// noon is the instant of the screens.
var noon = time.Date(2026, 11, 24, 12, 4, 31, 0, time.UTC)

// newStill makes a house with the example company's catalog and people, or without where bare is set. It
// must be called in a synctest bubble, since its workers live on timers.
func newStill(t *testing.T, seed string, bare bool) *still {
	t.Helper()
	s := &still{t: t, random: rand.NewChaCha8(sha256.Sum256([]byte(seed))), keys: map[access.PersonID]string{},
		ships: map[string]*ship{}, at: time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)}
	dir, log := t.TempDir(), slog.New(slog.DiscardHandler)
	hub := control.NewHub()
	st, err := store.Create(t.Context(), store.Options{Path: filepath.Join(dir, "signalbox.db"), Publisher: hub, Now: s.now, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	secret, public, err := note.GenerateKey(s.random, "signalbox-audit")
	if err != nil {
		t.Fatal(err)
	}
	signer, err := note.NewSigner(secret)
	if err != nil {
		t.Fatal(err)
	}
	hookFile := filepath.Join(dir, "hook")
	if err := os.WriteFile(hookFile, []byte(hookSecret), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, err := settings.Parse(filepath.Join(dir, "signalbox.yaml"), []byte("connectors: [{name: github, kind: github, expect_every: 20m, secret_file: hook}]"))
	if err != nil {
		t.Fatal(err)
	}
	wired, err := wiring(cfg, dir)
	if err != nil {
		t.Fatal(err)
	}
	s.house = &house{dir: dir, settings: cfg, store: st, hub: hub, log: log, control: control.New(control.Options{
		Store: st, Hub: hub, Now: s.now, Rand: s.random, Log: log, Version: "0.0.0", Wiring: wired, Importers: importers(), CSV: csv.Write,
		Checkpoints: store.NewCheckpointFile(filepath.Join(dir, "checkpoints")), Signer: signer, VerifierKey: public,
	})}
	s.operator("init")
	if !bare {
		catalogs := filepath.Join("..", "..", "testdata", "catalogs", "example")
		s.operator("import organisation", filepath.Join(catalogs, "organisation.yaml"))
		s.operator("import backstage", catalogs)
	}
	for _, p := range []struct{ id, login, roles string }{
		{"a.osei", "aosei", "admin"}, {"n.okafor", "nokafor", "approver coordinator auditor"}, {"p.lind", "plind", "approver"},
		{"j.ruiz", "jruiz", "developer approver"}, {"k.ito", "kito", "developer"}, {"l.petrov", "lpetrov", "developer"}, {"k.sato", "ksato", "viewer"},
	} {
		s.person(p.id, p.login, strings.Fields(p.roles))
	}
	if err := s.control.Rewire(t.Context(), wired); err != nil {
		t.Fatal(err)
	}
	s.hook = wired.Receivers[0]
	ctx, stop := context.WithCancel(context.Background())
	worked := make(chan struct{})
	go func() { s.control.Run(ctx); close(worked) }()
	t.Cleanup(func() { stop(); <-worked; s.Close() })
	return s
}

func (s *still) now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.at
}

// watched has the feeds looked at now, as the worker does each second, so that what it writes down has a time
// that is not chance.
func (s *still) watched() {
	s.t.Helper()
	if err := s.control.WatchOnce(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
}

// until sets the domain clock to a time of 23 or 24 November, which must not be earlier than it is.
func (s *still) until(day int, clock string) {
	s.t.Helper()
	c, err := time.Parse(time.TimeOnly, clock)
	if err != nil {
		s.t.Fatal(err)
	}
	to := time.Date(2026, 11, day, c.Hour(), c.Minute(), c.Second(), 0, time.UTC)
	func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if to.Before(s.at) {
			s.t.Fatalf("%s is before %s", to, s.at)
		}
		s.at = to
	}()
	s.watched()
}

// hex draws n bytes, in hex.
func (s *still) hex(n int) string {
	b := make([]byte, n)
	_, _ = s.random.Read(b) // it never fails
	return hex.EncodeToString(b)
}

func (s *still) do(a access.Actor, name string, args []string, flags map[string][]string) verb.Answer {
	s.t.Helper()
	out, err := s.control.Do(s.t.Context(), verb.Call{Verb: name, Actor: a, Args: args, Flags: flags})
	if err != nil {
		s.t.Fatalf("%s %v: %v", name, args, err)
	}
	return out
}

// operator runs a verb as the operator of the machine.
func (s *still) operator(name string, args ...string) {
	s.t.Helper()
	s.do(access.Actor{Name: "os:operator", Door: access.Local}, name, args, nil)
}

// as runs a verb as a person; flags are names and values in turn.
func (s *still) as(p access.PersonID, name, id string, flags ...string) verb.Answer {
	s.t.Helper()
	set := map[string][]string{}
	for i := 0; i < len(flags); i += 2 {
		set[flags[i]] = flags[i+1 : i+2]
	}
	var args []string
	if id != "" {
		args = []string{id}
	}
	return s.do(s.actor(p), name, args, set)
}

func (s *still) actor(p access.PersonID) access.Actor {
	return access.Actor{Person: p, Door: access.SSH, Fingerprint: s.keys[p]}
}

func (s *still) person(id, login string, roles []string) {
	s.t.Helper()
	raw, err := hex.DecodeString(s.hex(ed25519.SeedSize))
	if err != nil {
		s.t.Fatal(err)
	}
	key, err := ssh.NewPublicKey(ed25519.NewKeyFromSeed(raw).Public())
	if err != nil {
		s.t.Fatal(err)
	}
	s.keys[access.PersonID(id)] = ssh.FingerprintSHA256(key)
	s.do(access.Actor{Name: "os:operator", Door: access.Local}, "person add", []string{id}, map[string][]string{
		"role": roles, "link": {"github:" + login}, "key": {string(ssh.MarshalAuthorizedKey(key))},
	})
}

// hear signs a recorded payload, edited, and takes it in as the HTTP door does.
func (s *still) hear(event, file string, edit func(map[string]any)) {
	s.t.Helper()
	body := payload(s.t, event+"/"+file, edit)
	mac := hmac.New(sha256.New, []byte(hookSecret))
	mac.Write(body)
	s.told++
	head := http.Header{}
	head.Set("X-GitHub-Event", event)
	head.Set("X-GitHub-Delivery", fmt.Sprintf("%s-%d", s.hex(4), s.told))
	head.Set("X-Hub-Signature-256", "sha256="+hex.EncodeToString(mac.Sum(nil)))
	d, err := s.hook.Authenticate(head.Get, body)
	if err != nil {
		s.t.Fatal(err)
	}
	facts, err := s.hook.Map(d, body, s.now())
	if err != nil || len(facts) == 0 {
		s.t.Fatalf("%s/%s: %d facts, %v", event, file, len(facts), err)
	}
	if fresh, err := s.control.Ingest(s.t.Context(), s.hook.Name(), d, facts); err != nil || !fresh {
		s.t.Fatalf("%s/%s: fresh %v, %v", event, file, fresh, err)
	}
	s.watched()
}

// set writes values into a payload: paths with dots and values in turn. Every path must be there already, so
// that an edit cannot miss.
func (s *still) set(m map[string]any, pairs ...any) {
	s.t.Helper()
	for i := 0; i < len(pairs); i += 2 {
		path := strings.Split(pairs[i].(string), ".")
		at := m
		for _, p := range path[:len(path)-1] {
			next, ok := at[p].(map[string]any)
			if !ok {
				s.t.Fatalf("the payload has no %s", pairs[i])
			}
			at = next
		}
		last := path[len(path)-1]
		if _, ok := at[last]; !ok {
			s.t.Fatalf("the payload has no %s", pairs[i])
		}
		at[last] = pairs[i+1]
	}
}

// ship is one version of one service on its way. The recorded payloads come from several repositories and
// commits; every one that is told of a ship is edited to its repository, commit and people, so that they
// meet as the events of one real change do.
type ship struct {
	s                            *still
	repo, version, title, author string
	number                       int // of its pull request, and of its deployment beside a constant
	commit, head, digest         string
}

func (s *still) ship(repo, version, title, author string, number int) *ship {
	s.ships[repo] = &ship{s: s, repo: "acme/" + repo, version: version, title: title, author: author, number: number,
		commit: s.hex(20), head: s.hex(20), digest: "sha256:" + s.hex(32)}
	return s.ships[repo]
}

func (p *ship) stamp() string { return p.s.now().Format(time.RFC3339) }

// push is the merge commit on the main branch.
func (p *ship) push() *ship {
	p.s.t.Helper()
	p.s.hear("push", "with-new-branch.payload.json", func(m map[string]any) {
		p.s.set(m, "repository.full_name", p.repo, "after", p.commit, "head_commit.id", p.commit, "head_commit.message", p.title,
			"head_commit.timestamp", p.stamp(), "head_commit.author.username", p.author, "head_commit.committer.username", "web-flow")
		m["commits"] = []any{m["head_commit"]}
	})
	return p
}

// merged is its pull request, merged, and reviewed by somebody where a reviewer is named.
func (p *ship) merged(lines, files int, reviewer string) *ship {
	p.s.t.Helper()
	p.s.hear("pull_request", "closed.payload.json", func(m map[string]any) {
		p.s.set(m, "repository.full_name", p.repo, "pull_request.number", p.number, "pull_request.title", p.title, "pull_request.user.login", p.author,
			"pull_request.head.sha", p.head, "pull_request.merge_commit_sha", p.commit, "pull_request.merged", true,
			"pull_request.merged_at", p.stamp(), "pull_request.updated_at", p.stamp(), "pull_request.additions", lines,
			"pull_request.deletions", 0, "pull_request.changed_files", files)
	})
	if reviewer == "" {
		return p
	}
	p.s.hear("pull_request_review", "submitted.payload.json", func(m map[string]any) {
		p.s.set(m, "repository.full_name", p.repo, "pull_request.number", p.number, "pull_request.head.sha", p.head,
			"review.commit_id", p.head, "review.state", "approved", "review.user.login", reviewer, "review.submitted_at", p.stamp())
	})
	return p
}

// check is one finished check run of the merge commit.
func (p *ship) check(name, conclusion, title string) *ship {
	p.s.t.Helper()
	p.s.hear("check_run", "completed.payload.json", func(m map[string]any) {
		p.s.set(m, "repository.full_name", p.repo, "check_run.name", name, "check_run.head_sha", p.commit, "check_run.conclusion", conclusion,
			"check_run.output.title", title, "check_run.completed_at", p.stamp())
	})
	return p
}

// workflow is the finished run of a workflow on the merge commit.
func (p *ship) workflow(name, conclusion string) *ship {
	p.s.t.Helper()
	p.s.hear("workflow_run", "completed.payload.json", func(m map[string]any) {
		p.s.set(m, "repository.full_name", p.repo, "workflow.name", name, "workflow_run.head_sha", p.commit, "workflow_run.conclusion", conclusion,
			"workflow_run.updated_at", p.stamp())
	})
	return p
}

// released is the release on the forge.
func (p *ship) released() *ship {
	p.s.t.Helper()
	p.s.hear("release", "published.payload.json", func(m map[string]any) {
		p.s.set(m, "repository.full_name", p.repo, "release.tag_name", p.version, "release.target_commitish", p.commit,
			"release.name", p.title, "release.published_at", p.stamp())
	})
	return p
}

// deployed asks for production.
func (p *ship) deployed() *ship {
	p.s.t.Helper()
	p.s.hear("deployment", "payload.json", p.deployment)
	return p
}

// status is how far its deployment is.
func (p *ship) status(state string) *ship {
	p.s.t.Helper()
	p.s.hear("deployment_status", "payload.json", func(m map[string]any) {
		p.deployment(m)
		p.s.set(m, "deployment_status.state", state, "deployment_status.created_at", p.stamp())
	})
	return p
}

func (p *ship) deployment(m map[string]any) {
	p.s.set(m, "repository.full_name", p.repo, "deployment.id", 145_988_000+p.number, "deployment.sha", p.commit, "deployment.description", p.title,
		"deployment.payload", map[string]any{"digest": p.digest, "version": p.version}, "deployment.creator.login", p.author,
		"deployment.created_at", p.stamp(), "sender.login", p.author)
}

// busy fills a house with the two days before noon, each change in another situation.
func busy(t *testing.T, seed string) *still {
	t.Helper()
	s := newStill(t, seed, false)
	s.until(23, "09:00:00")
	pay := s.ship("payments-api", "4.11.3", "Refund in the currency of the sale", "kito", 2274).released().push().merged(120, 4, "jruiz").deployed()
	s.until(23, "09:40:00")
	s.as("j.ruiz", "approve", "CHG-1", "message", "read it, the rollback is rehearsed")
	s.until(23, "09:52:00")
	s.as("p.lind", "approve", "CHG-1", "message", "watched it on staging for a day")
	s.until(23, "10:05:00")
	pay.status("in_progress")
	s.until(23, "10:31:00")
	pay.status("success")

	s.until(23, "16:20:00") // CHG-2 is decided today, and rolling out
	page := s.ship("status-page", "3.1.0", "Show the window in the reader's zone", "lpetrov", 88).push().merged(64, 3, "jruiz").check("unit", "success", "318 passed").deployed()

	s.until(24, "07:10:00") // CHG-3 has a check that failed and one that is not over, and a question
	identity := s.ship("identity", "9.3.1", "Rotate the session keys every hour", "kito", 512).push().merged(1840, 61, "")
	identity.check("unit", "success", "1,204 passed").check("sast", "success", "0 high").check("contract", "failure", "1 of 3 consumers broke").workflow("load test", "cancelled").deployed()

	s.until(24, "08:05:00") // CHG-4 waits for its second approver
	next := s.ship("payments-api", "4.12.0", "Raise the retry cap, capture asynchronously behind a flag", "kito", 2291).released().push().merged(412, 14, "jruiz")
	next.check("unit", "success", "2,140 passed").check("sast", "success", "0 high").check("cve", "success", "0 critical").check("contract", "success", "3 of 3 consumers").workflow("load test", "success").deployed()
	s.until(24, "08:30:00")
	s.as("p.lind", "question", "CHG-3", "message", "which consumer broke, and does it read the old keys?")

	s.until(24, "09:15:00") // CHG-5 is by somebody whom nobody knows
	s.ship("search", "7.2.0", "New synonyms for the winter range", "mchen", 733).push().merged(22, 1, "jruiz").check("unit", "success", "611 passed").deployed()

	s.until(24, "09:45:00") // CHG-6 stands before a freeze in force
	s.ship("mobile-gw", "8.0.1", "Shorter time-outs on the store's pages", "lpetrov", 301).push().merged(18, 2, "").check("unit", "success", "402 passed").deployed()
	s.until(24, "09:50:00")
	s.as("n.okafor", "freeze declare", "", "kind", "hard", "scope", "team:mobile", "for", "6h", "message", "the store release is under review")

	s.until(24, "10:30:00") // CHG-7 is as GitHub recorded it: of a repository that no service claims
	s.hear("deployment", "payload.json", nil)

	s.until(24, "10:58:00")
	s.as("n.okafor", "approve", "CHG-2", "message", "small, and easy to roll back")
	s.until(24, "11:05:00") // CHG-8 is ready, with full evidence
	s.ship("notify-svc", "3.8.2", "Retry the mail relay with a longer pause", "lpetrov", 190).push().merged(75, 5, "kito").
		check("unit", "success", "540 passed").check("sast", "success", "0 high").check("contract", "success", "2 of 2 consumers").deployed()
	s.until(24, "11:40:00")
	s.as("n.okafor", "freeze declare", "", "kind", "hard", "scope", "org", "from", "2026-11-27T00:00:00Z", "to", "2026-12-01T00:00:00Z", "message", "peak retail weekend")
	s.until(24, "11:52:00") // CHG-9 is an emergency, written by hand
	s.as("j.ruiz", "change draft", "", "service", "checkout-web", "environment", "production", "version", "2026.47.1", "digest", "sha256:"+s.hex(32),
		"kind", "emergency", "title", "The cache key lost the currency")
	s.as("j.ruiz", "change submit", "CHG-9")
	s.until(24, "12:02:10")
	page.status("in_progress")
	s.until(24, "12:04:02")
	s.as("p.lind", "approve", "CHG-4", "message", "the flag stays off until Thursday")
	s.until(24, noon.Format(time.TimeOnly))
	return s
}

// connected connects what a company has beside its forge, and hears once from each.
func (s *still) connected() {
	s.t.Helper()
	catalogs, err := filepath.Abs(filepath.Join("..", "..", "testdata", "catalogs", "example"))
	if err != nil {
		s.t.Fatal(err)
	}
	for name, text := range map[string]string{"retail.ics": retailFreezes, "vendors.ics": "<html><body>Please sign in</body></html>\n", "signalbox.yaml": `connectors:
  - {name: github, kind: github, expect_every: 20m, secret_file: hook}
  - {name: alerts, kind: alertmanager, secret_file: hook}
  - {name: catalog, kind: backstage, path: ` + catalogs + `}
  - {name: retail, kind: icalendar, path: retail.ics, as: freeze, scope: 'unit:commerce'}
  - {name: vendors, kind: icalendar, path: vendors.ics, as: vendor, scope: org}
`} {
		if err := os.WriteFile(filepath.Join(s.dir, name), []byte(text), 0o600); err != nil {
			s.t.Fatal(err)
		}
	}
	cfg, err := (&options{}).settings(s.dir)
	if err != nil {
		s.t.Fatal(err)
	}
	w, err := wiring(cfg, s.dir)
	if err != nil {
		s.t.Fatal(err)
	}
	if err := s.control.Rewire(s.t.Context(), w); err != nil {
		s.t.Fatal(err)
	}
	for _, p := range w.Pullers {
		s.control.PullOnce(s.t.Context(), p)
	}
	alerts := w.Receivers[1]
	body := []byte(`{"version":"4","groupKey":"{}","status":"firing","alerts":[{"status":"firing","fingerprint":"3fee4975ae110d19","startsAt":"2026-11-24T11:50:31Z",
		"endsAt":"0001-01-01T00:00:00Z","labels":{"alertname":"HighErrorRate","service":"payments-api","environment":"production","severity":"page"},
		"annotations":{"summary":"5xx ratio 7.1% on payments-api"}}]}`)
	d, err := alerts.Authenticate(func(name string) string { return map[string]string{"Authorization": "Bearer " + hookSecret}[name] }, body)
	if err != nil {
		s.t.Fatal(err)
	}
	facts, err := alerts.Map(d, body, s.now())
	if err != nil {
		s.t.Fatal(err)
	}
	if _, err := s.control.Ingest(s.t.Context(), "alerts", d, facts); err != nil {
		s.t.Fatal(err)
	}
	torn := []byte(`{"deployment":{"id":"after lunch"}}`)
	_, err = w.Receivers[0].Map(port.Delivery{ID: "torn", Event: "deployment"}, torn, s.now())
	s.control.DeadHook(s.t.Context(), "github", port.Delivery{ID: "72d3162e-cc78-11e3-81ab-4c9367dc0958", Event: "deployment"}, torn, release.AsError(err).Message)
	s.watched()
}
