package control_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/ed25519"
	"golang.org/x/crypto/ssh"
	"golang.org/x/mod/sumdb/note"

	"signalbox/control"
	"signalbox/release"
	"signalbox/release/access"
	"signalbox/release/audit"
	"signalbox/release/catalog"
	"signalbox/release/change"
	"signalbox/release/evidence"
	"signalbox/release/fact"
	"signalbox/release/feed"
	"signalbox/release/gate"
	"signalbox/release/port"
	"signalbox/release/rollout"
	"signalbox/release/verb"
	"signalbox/store"
)

var monday = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

// house is a control over a real SQLite store, with a clock that the test moves.
type house struct {
	*control.Control
	t     testing.TB
	store port.Store
	mu    sync.Mutex
	at    time.Time
	seen  fact.CatalogSeen
	keys  map[access.PersonID]string
}

func (h *house) now() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.at
}

func (h *house) pass(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.at = h.at.Add(d)
}

func open(t testing.TB) *house {
	t.Helper()
	h := &house{t: t, at: monday, keys: map[access.PersonID]string{}}
	hub := control.NewHub()
	dir := t.TempDir()
	st, err := store.Create(context.Background(), store.Options{Path: filepath.Join(dir, "signalbox.db"), Publisher: hub, Now: h.now, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	secret, public, err := note.GenerateKey(rand.Reader, "signalbox-audit")
	if err != nil {
		t.Fatal(err)
	}
	signer, err := note.NewSigner(secret)
	if err != nil {
		t.Fatal(err)
	}
	h.store = st
	h.Control = control.New(control.Options{
		Store: st, Hub: hub, Now: h.now, Rand: rand.Reader, Log: slog.New(slog.DiscardHandler), Version: "test",
		Wiring:      control.Wiring{Environments: catalog.DefaultEnvironments()},
		Importers:   map[string]control.Importer{"backstage": func(string, map[string][]string) (fact.Fact, error) { return h.seen, nil }},
		Checkpoints: store.NewCheckpointFile(filepath.Join(dir, "checkpoints")), Signer: signer, VerifierKey: public,
	})
	h.seen = fact.CatalogSeen{Source: "backstage:test", Facts: catalog.Facts{
		Units: []catalog.Unit{{ID: "shop", Name: "Shop"}},
		Teams: []catalog.Team{{ID: "web", Name: "Web", Unit: "shop"}},
		Services: []catalog.Service{
			{ID: "checkout", Title: "Checkout", Tier: 1, Team: "web", Repos: map[string]string{"github.com": "acme/checkout"}, From: "test:1"},
			{ID: "search", Title: "Search", Tier: 3, Team: "web", Repos: map[string]string{"github.com": "acme/search"}, From: "test:2"},
		},
		Edges: []catalog.Edge{{From: "search", To: "checkout", Kind: catalog.Hard}},
	}}
	h.local("init", nil)
	h.local("import backstage", []string{"x"})
	for _, p := range []struct {
		id    string
		roles []string
		link  string
	}{
		{"ann", []string{"admin"}, "github:ann"}, {"bob", []string{"approver"}, "github:bob"}, {"eve", []string{"approver"}, "github:eve"},
		{"dev", []string{"developer"}, "github:dev"}, {"cora", []string{"coordinator"}, "github:cora"}, {"vic", []string{"viewer"}, "github:vic"},
	} {
		h.local("person add", []string{p.id}, "role", p.roles, "link", []string{p.link}, "key", []string{h.key(access.PersonID(p.id))})
	}
	return h
}

// reopened is a control as a new process would have it over the same store, keys and checkpoints.
func (h *house) reopened() *control.Control { return control.New(h.Options) }

// key makes a public key for a person.
func (h *house) key(p access.PersonID) string {
	pub, _, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		h.t.Fatal(err)
	}
	k, err := ssh.NewPublicKey(pub)
	if err != nil {
		h.t.Fatal(err)
	}
	h.keys[p] = ssh.FingerprintSHA256(k)
	return string(ssh.MarshalAuthorizedKey(k))
}

func (h *house) actor(p access.PersonID) access.Actor {
	return access.Actor{Person: p, Door: access.SSH, Fingerprint: h.keys[p]}
}

func call(a access.Actor, name string, args []string, flags ...any) verb.Call {
	c := verb.Call{Actor: a, Verb: name, Args: args, Flags: map[string][]string{}}
	for i := 0; i+1 < len(flags); i += 2 {
		switch v := flags[i+1].(type) {
		case string:
			c.Flags[flags[i].(string)] = []string{v}
		case []string:
			c.Flags[flags[i].(string)] = v
		}
	}
	return c
}

// local runs a verb as the machine's operator; it must succeed.
func (h *house) local(name string, args []string, flags ...any) verb.Answer {
	h.t.Helper()
	a, err := h.Do(context.Background(), call(access.Actor{Name: "os:root", Door: access.Local}, name, args, flags...))
	if err != nil {
		h.t.Fatalf("%s: %v", name, err)
	}
	return a
}

// as runs a verb as a person.
func (h *house) as(p access.PersonID, name string, args []string, flags ...any) (verb.Answer, error) {
	return h.Do(context.Background(), call(h.actor(p), name, args, flags...))
}

func (h *house) must(p access.PersonID, name string, args []string, flags ...any) verb.Answer {
	h.t.Helper()
	a, err := h.as(p, name, args, flags...)
	if err != nil {
		h.t.Fatalf("%s as %s: %v", name, p, err)
	}
	return a
}

// refused expects a code and a part of the sentence, and that nothing but the refusal's entry was written.
func (h *house) refused(code release.Code, says string, p access.PersonID, name string, args []string, flags ...any) {
	h.t.Helper()
	before := h.log()
	_, err := h.as(p, name, args, flags...)
	if release.CodeOf(err) != code || !strings.Contains(fmt.Sprint(err), says) {
		h.t.Errorf("%s as %s: %v, want %s: …%s…", name, p, err, code, says)
	}
	after := h.log()
	if code != release.Refused {
		if len(after) != len(before) {
			h.t.Errorf("%s as %s: an entry was written: %+v", name, p, after[len(after)-1])
		}
		return
	}
	if len(after) != len(before)+1 {
		h.t.Fatalf("%s as %s: %d entries were written, want 1", name, p, len(after)-len(before))
	}
	if e := after[len(after)-1]; e.Outcome != audit.Refused || e.Verb != name || e.Actor != string(p) {
		h.t.Errorf("%s as %s: the entry is %+v", name, p, e)
	}
}

// log reads the whole audit log.
func (h *house) log() []audit.Entry {
	h.t.Helper()
	var out []audit.Entry
	err := h.store.Read(context.Background(), func(r port.Reader) error {
		out = nil
		rows, err := r.AuditEntries(context.Background(), 0, 10_000)
		for _, row := range rows {
			e, eerr := row.Entry()
			if eerr != nil {
				return eerr
			}
			out = append(out, e)
		}
		return err
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return out
}

var deliveries int

func (h *house) ingest(facts ...fact.Fact) {
	h.t.Helper()
	deliveries++
	if fresh, err := h.Ingest(context.Background(), "github", port.Delivery{ID: fmt.Sprint("d", deliveries), Event: "x"}, facts); err != nil || !fresh {
		h.t.Fatalf("ingest: fresh %v, %v", fresh, err)
	}
}

func digest(n int) release.Digest { return release.Digest(fmt.Sprintf("sha256:%064x", n)) }

func (h *house) deploy(service string, n int, by string) fact.DeployRequested {
	return fact.DeployRequested{Place: fact.Place{Forge: "github.com", Repo: "acme/" + service}, ExternalID: fmt.Sprintf("%s-%d", service, n),
		Environment: "production", Version: fmt.Sprintf("1.%d.0", n), Digest: digest(n), Commit: fmt.Sprintf("%040x", n),
		By: []access.Identity{{System: "github", Value: by}}, At: h.now()}
}

func (h *house) verdict(service string, n int) gate.Answer {
	h.t.Helper()
	a, err := h.Gate(context.Background(), gate.Subject{Service: service, Environment: "prod", Digest: digest(n)}, time.Time{})
	if err != nil {
		h.t.Fatal(err)
	}
	return a
}

func (h *house) change(id string) (change.Change, change.Approval) {
	h.t.Helper()
	var c change.Change
	var a change.Approval
	err := h.store.Read(context.Background(), func(r port.Reader) error {
		var err error
		if c, err = r.Change(context.Background(), id); err != nil {
			return err
		}
		a, err = r.Approval(context.Background(), id)
		return err
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return c, a
}

const why = "read it, the rollback is rehearsed"

func TestFromDeploymentToGate(t *testing.T) {
	h := open(t)
	h.ingest(h.deploy("search", 1, "dev"))
	if v := h.verdict("search", 1); v.Verdict != gate.NeedsApproval {
		t.Fatalf("before: %+v", v)
	}
	a := h.must("bob", "approve", []string{"1"}, "message", why)
	if a.Seq == 0 || a.Undo != 300 {
		t.Errorf("the answer: %+v", a)
	}
	if v := h.verdict("search", 1); v.Verdict != gate.Pass {
		t.Errorf("after: %+v", v)
	}
	if v := h.verdict("search", 2); v.Verdict != gate.Block {
		t.Errorf("another digest: %+v", v)
	}
	h.ingest(fact.DeployStatus{DeployRequested: h.deploy("search", 1, "dev"), State: rollout.InProgress, StatusAt: h.now()})
	if c, a := h.change("CHG-1"); c.State != change.Implementing || a.State != change.Consumed {
		t.Errorf("rolling out: %s %s", c.State, a.State)
	}
	h.pass(time.Minute)
	h.ingest(fact.DeployStatus{DeployRequested: h.deploy("search", 1, "dev"), State: rollout.Success, StatusAt: h.now()})
	if c, _ := h.change("CHG-1"); c.State != change.Closed || c.Result != change.Done {
		t.Errorf("rolled out: %s %s", c.State, c.Result)
	}
	if v := h.verdict("search", 1); v.Verdict != gate.Block {
		t.Errorf("a used approval still lets through: %+v", v)
	}
}

func TestTierOneNeedsTwoDistinctPeople(t *testing.T) {
	h := open(t)
	h.ingest(h.deploy("checkout", 1, "dev"))
	h.must("bob", "approve", []string{"CHG-1"}, "message", why)
	if v := h.verdict("checkout", 1); v.Verdict != gate.NeedsApproval {
		t.Errorf("after one of two: %s", v.Verdict)
	}
	h.refused(release.Refused, "you decided on CHG-1", "bob", "approve", []string{"CHG-1"}, "message", why)
	h.must("eve", "approve", []string{"CHG-1"}, "message", why)
	if v := h.verdict("checkout", 1); v.Verdict != gate.Pass {
		t.Errorf("after two: %+v", v)
	}
}

func TestRefusedDecisions(t *testing.T) {
	h := open(t)
	h.local("person grant", []string{"dev", "approver"})
	h.ingest(h.deploy("search", 1, "dev"))
	h.ingest(h.deploy("search", 2, "stranger"))
	h.ingest(h.deploy("nowhere", 3, "dev"))
	h.refused(release.Refused, "the approver must be another", "dev", "approve", []string{"CHG-1"}, "message", why)
	h.refused(release.Refused, "it needs the role approver", "vic", "approve", []string{"CHG-1"}, "message", why)
	h.refused(release.Refused, "it needs the role approver", "ann", "approve", []string{"CHG-1"}, "message", why)
	h.refused(release.Refused, "say why in 15 or more", "bob", "approve", []string{"CHG-1"}, "message", "ok")
	h.refused(release.Refused, "nobody here is github:stranger", "bob", "approve", []string{"CHG-2"}, "message", why)
	h.refused(release.Refused, "no service has the repository acme/nowhere", "bob", "approve", []string{"CHG-3"}, "message", why)
	h.refused(release.NotFound, "CHG-9", "bob", "approve", []string{"CHG-9"}, "message", why)
	h.refused(release.Usage, "is not a change", "bob", "approve", []string{"x"}, "message", why)
	h.refused(release.Changed, "is not what you saw", "bob", "approve", []string{"CHG-1"}, "message", why, "revision", "7")
	if c, a := h.change("CHG-1"); c.State != change.Requested || len(a.Decisions) != 0 {
		t.Errorf("the change moved: %s %+v", c.State, a.Decisions)
	}
	// The unlinked operator of the machine may not decide either.
	_, err := h.Do(context.Background(), call(access.Actor{Name: "os:root", Door: access.Local}, "approve", []string{"CHG-1"}, "message", why))
	if release.CodeOf(err) != release.Refused || !strings.Contains(err.Error(), "link yourself") {
		t.Errorf("the operator: %v", err)
	}
}

func TestARevokedKeyActsNoMore(t *testing.T) {
	h := open(t)
	h.ingest(h.deploy("search", 1, "dev"))
	h.local("person key", []string{"bob"}, "remove", h.keys["bob"])
	_, err := h.as("bob", "approve", []string{"CHG-1"}, "message", why)
	if release.CodeOf(err) != release.Refused {
		t.Errorf("with a removed key: %v", err)
	}
	h.local("person disable", []string{"eve"})
	if _, err := h.as("eve", "approve", []string{"CHG-1"}, "message", why); release.CodeOf(err) != release.Refused {
		t.Errorf("disabled: %v", err)
	}
	if _, err := h.StillIn(context.Background(), h.actor("eve")); err == nil {
		t.Error("a disabled person's session lives on")
	}
}

func TestRejectThenAskAgain(t *testing.T) {
	h := open(t)
	h.ingest(h.deploy("search", 1, "dev"))
	h.must("bob", "reject", []string{"CHG-1"}, "message", "there is no rollback evidence")
	if c, a := h.change("CHG-1"); c.State != change.Draft || a.State != change.Rejected {
		t.Fatalf("%s %s", c.State, a.State)
	}
	again := h.deploy("search", 1, "dev")
	again.ExternalID = "a later deployment"
	h.ingest(again)
	if c, a := h.change("CHG-1"); c.State != change.Requested || a.Round != 2 {
		t.Errorf("%s round %d", c.State, a.Round)
	}
}

func TestTakeBack(t *testing.T) {
	h := open(t)
	h.ingest(h.deploy("search", 1, "dev"))
	h.must("bob", "approve", []string{"CHG-1"}, "message", why)
	h.pass(4 * time.Minute)
	h.must("bob", "undo", []string{"CHG-1"})
	if v := h.verdict("search", 1); v.Verdict != gate.NeedsApproval {
		t.Errorf("after taking back: %s", v.Verdict)
	}
	h.must("bob", "approve", []string{"CHG-1"}, "message", why)
	h.pass(5 * time.Minute)
	h.refused(release.Refused, "5 minutes have passed", "bob", "undo", []string{"CHG-1"})
}

func TestClocksEndApprovals(t *testing.T) {
	h := open(t)
	h.ingest(h.deploy("search", 1, "dev"))
	h.ingest(h.deploy("search", 2, "dev"))
	h.must("bob", "approve", []string{"CHG-1"}, "message", why)
	h.pass(24 * time.Hour)
	for h.FollowUpOnce(context.Background()) {
	}
	if c, a := h.change("CHG-1"); c.State != change.Draft || a.State != change.Lapsed {
		t.Errorf("after the grant's time: %s %s", c.State, a.State)
	}
	if c, a := h.change("CHG-2"); c.State != change.Requested || a.State != change.Waiting {
		t.Errorf("the other: %s %s", c.State, a.State)
	}
	h.pass(48 * time.Hour)
	for h.FollowUpOnce(context.Background()) {
	}
	if c, a := h.change("CHG-2"); c.State != change.Draft || a.State != change.Expired {
		t.Errorf("after the request's time: %s %s", c.State, a.State)
	}
}

func TestARepeatedDeliveryHasNoSecondEffect(t *testing.T) {
	h := open(t)
	f := h.deploy("search", 1, "dev")
	before := len(h.log())
	var wg sync.WaitGroup
	fresh := make(chan bool, 50)
	for range 50 {
		wg.Go(func() {
			ok, err := h.Ingest(context.Background(), "github", port.Delivery{ID: "same", Event: "deployment"}, []fact.Fact{f})
			if err != nil {
				t.Error(err)
			}
			fresh <- ok
		})
	}
	wg.Wait()
	close(fresh)
	n := 0
	for ok := range fresh {
		if ok {
			n++
		}
	}
	if n != 1 || len(h.log()) != before+1 {
		t.Errorf("%d deliveries were fresh, %d entries written", n, len(h.log())-before)
	}
}

func TestAFreezeShutsTheGateAtOnceAndOnlyItsScope(t *testing.T) {
	h := open(t)
	for i, s := range []string{"search", "checkout"} {
		h.ingest(h.deploy(s, i+1, "dev"))
		h.must("bob", "approve", []string{fmt.Sprint(i + 1)}, "message", why)
	}
	h.must("eve", "approve", []string{"2"}, "message", why)
	h.refused(release.Refused, "needs the role coordinator", "bob", "freeze declare", nil, "kind", "hard", "scope", "org", "for", "2h", "message", "the network is being moved")
	h.must("cora", "freeze declare", nil, "kind", "hard", "scope", "service:search", "for", "2h", "message", "the network is being moved")
	if v := h.verdict("search", 1); v.Verdict != gate.Block || !strings.Contains(v.Gates[1].Reason, "FRZ-1") {
		t.Errorf("frozen: %+v", v)
	}
	if v := h.verdict("checkout", 2); v.Verdict != gate.Pass {
		t.Errorf("outside the freeze: %+v", v)
	}
	h.must("cora", "freeze lift", []string{"frz-1"}, "message", "the move was called off")
	if v := h.verdict("search", 1); v.Verdict != gate.Pass {
		t.Errorf("lifted: %+v", v)
	}
}

func TestUnauthorisedRolloutIsTold(t *testing.T) {
	h := open(t)
	h.ingest(fact.DeployStatus{DeployRequested: h.deploy("search", 1, "dev"), State: rollout.InProgress, StatusAt: h.now()})
	log := h.log()
	if e := log[len(log)-1]; e.Verb != "rollout.unauthorised" || e.Subject != "CHG-1" {
		t.Errorf("the newest entry: %+v", e)
	}
	if c, _ := h.change("CHG-1"); c.State != change.Requested {
		t.Errorf("the change: %s", c.State)
	}
}

func TestRiskThatRisesVoidsTheApproval(t *testing.T) {
	h := open(t)
	// Six services come to depend on search: its blast radius lifts Low to Moderate.
	h.ingest(h.deploy("search", 1, "dev"))
	h.must("bob", "approve", []string{"CHG-1"}, "message", why)
	for i := range 12 {
		id := fmt.Sprintf("user-%d", i)
		h.seen.Services = append(h.seen.Services, catalog.Service{ID: id, Title: id, Tier: 3, From: "test:9"})
		h.seen.Edges = append(h.seen.Edges, catalog.Edge{From: id, To: "search", Kind: catalog.Hard})
	}
	h.seen.Services[1].CustomerFacing = true
	h.local("import backstage", []string{"x"})
	c, a := h.change("CHG-1")
	if c.State != change.Requested || a.Round != 2 || a.State != change.Waiting {
		t.Errorf("%s, round %d %s, risk %d", c.State, a.Round, a.State, c.Risk.Score)
	}
	if v := h.verdict("search", 1); v.Verdict != gate.NeedsApproval {
		t.Errorf("%+v", v)
	}
}

func TestAnUnknownRepositoryFindsItsService(t *testing.T) {
	h := open(t)
	h.ingest(h.deploy("api", 1, "dev"))
	if v := h.verdict("unknown:acme/api", 1); v.Verdict != gate.Block {
		t.Errorf("%+v", v)
	}
	h.seen.Services = append(h.seen.Services, catalog.Service{ID: "api", Title: "API", Tier: 2, Team: "web", From: "test:3"})
	h.local("import backstage", []string{"x"})
	if c, a := h.change("CHG-1"); c.Service != "api" || a.State != change.Waiting {
		t.Errorf("%s %s", c.Service, a.State)
	}
	h.must("bob", "approve", []string{"CHG-1"}, "message", why)
}

func TestAuthorsArriveAfterTheChange(t *testing.T) {
	h := open(t)
	f := h.deploy("search", 1, "dev")
	h.ingest(f)
	// bob turns out to have written the commit.
	h.ingest(fact.CommitSeen{Commit: evidence.Commit{Forge: f.Forge, Repo: f.Repo, SHA: f.Commit, Title: "x",
		Authors: []access.Identity{{System: "github", Value: "bob"}}, At: h.now()}})
	h.refused(release.Refused, "the approver must be another", "bob", "approve", []string{"CHG-1"}, "message", why)
	h.must("eve", "approve", []string{"CHG-1"}, "message", why)
	// And eve, after the fact: the gate finds it.
	h.ingest(fact.PullRequestSeen{PullRequest: evidence.PullRequest{Forge: f.Forge, Repo: f.Repo, Number: 1, State: "merged",
		Author: access.Identity{System: "github", Value: "eve"}, Head: f.Commit, Merge: f.Commit, At: h.now()}})
	v := h.verdict("search", 1)
	if v.Verdict != gate.Block {
		t.Errorf("an approver who is an author passes: %+v", v)
	}
}

func TestADarkFeedBlocks(t *testing.T) {
	h := open(t)
	err := h.store.Write(context.Background(), func(tx port.Tx) error {
		return tx.PutFeed(context.Background(), feed.Status{Name: "github", Type: "github", Kind: feed.Push, ExpectEvery: time.Minute})
	})
	if err != nil {
		t.Fatal(err)
	}
	h.ingest(h.deploy("search", 1, "dev"))
	h.must("bob", "approve", []string{"CHG-1"}, "message", why)
	if v := h.verdict("search", 1); v.Verdict != gate.Pass {
		t.Fatalf("fresh: %+v", v)
	}
	h.pass(3*time.Minute + time.Second)
	if v := h.verdict("search", 1); v.Verdict != gate.Unknown || v.Verdict.Exit() != 30 {
		t.Errorf("dark: %+v", v)
	}
	h.ingest(h.deploy("search", 2, "dev"))
	h.pass(4 * time.Minute)
	h.refused(release.Refused, "rests on github, which is dark", "eve", "approve", []string{"CHG-2"}, "message", why)
	h.must("eve", "reject", []string{"CHG-2"}, "message", "there is no rollback evidence")
}

func TestDraftSubmitWithdraw(t *testing.T) {
	h := open(t)
	d := string(digest(9))
	h.refused(release.NotFound, "there is no service", "dev", "change draft", nil, "service", "nope", "environment", "prod", "digest", d, "version", "1")
	h.refused(release.Usage, "is not configured", "dev", "change draft", nil, "service", "search", "environment", "mars", "digest", d, "version", "1")
	h.must("dev", "change draft", nil, "service", "search", "environment", "prod", "digest", d, "version", "9.0.0")
	h.refused(release.Refused, "is for this digest already", "dev", "change draft", nil, "service", "search", "environment", "prod", "digest", d, "version", "9")
	h.must("dev", "change submit", []string{"1"})
	h.refused(release.Refused, "already", "dev", "change submit", []string{"1"})
	h.refused(release.Refused, "it needs the role approver", "dev", "approve", []string{"1"}, "message", why)
	h.local("person grant", []string{"vic", "developer"})
	h.refused(release.Refused, "is not your change", "vic", "change withdraw", []string{"1"})
	h.must("dev", "change withdraw", []string{"1"}, "message", "wrong build")
	if c, _ := h.change("CHG-1"); c.State != change.Cancelled {
		t.Errorf("%s", c.State)
	}
	if v := h.verdict("search", 9); v.Verdict != gate.Block {
		t.Errorf("%+v", v)
	}
}

// TestRacingApprovers: fifty people approve at once, twenty times; each change is approved by exactly as
// many as its quorum.
func TestRacingApprovers(t *testing.T) {
	h := open(t)
	var racers []access.PersonID
	for i := range 50 {
		id := access.PersonID(fmt.Sprintf("racer%d", i))
		h.local("person add", []string{string(id)}, "role", []string{"approver"}, "key", []string{h.key(id)})
		racers = append(racers, id)
	}
	for n := 1; n <= 20; n++ {
		h.ingest(h.deploy("checkout", n, "dev"))
		id := change.ID(int64(n))
		var wg sync.WaitGroup
		var mu sync.Mutex
		won := 0
		for _, r := range racers {
			wg.Go(func() {
				if _, err := h.as(r, "approve", []string{id}, "message", why); err == nil {
					mu.Lock()
					won++
					mu.Unlock()
				}
			})
		}
		wg.Wait()
		if _, a := h.change(id); won != 2 || a.Granted() != 2 || a.State != change.Approved {
			t.Fatalf("%s: %d won, %d granted, %s", id, won, a.Granted(), a.State)
		}
	}
}

func TestSnapshotsAreSharedAndFresh(t *testing.T) {
	h := open(t)
	h.ingest(h.deploy("search", 1, "dev"))
	q1, err := h.Queue(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	q2, _ := h.Queue(context.Background())
	if q1 != q2 {
		t.Error("two readers of one state built two snapshots")
	}
	s := h.Open(h.actor("bob"), &access.Person{ID: "bob", Grants: []access.Grant{{Person: "bob", Role: access.Approver, Scope: access.Org}}}, control.Caller{From: "192.0.2.1"})
	defer s.Close()
	h.ingest(h.deploy("search", 2, "dev"))
	select {
	case <-s.Changed():
	case <-time.After(30 * time.Second):
		t.Fatal("the session was not told")
	}
	if q3, _ := h.Queue(context.Background()); len(q3.Items) != 2 || q3.Mine("bob") != 2 {
		t.Errorf("%d items, %d of bob", len(q3.Items), q3.Mine("bob"))
	}
	if _, err := h.Open(h.actor("vic"), &access.Person{ID: "nobody"}, control.Caller{From: "192.0.2.1"}).Queue(context.Background()); release.CodeOf(err) != release.Refused {
		t.Errorf("a person without a role reads the queue: %v", err)
	}
}

func TestTheLogVerifiesAndSaysWhatWasDone(t *testing.T) {
	h := open(t)
	h.ingest(h.deploy("search", 1, "dev"))
	h.must("bob", "approve", []string{"CHG-1"}, "reason", "reviewed")
	if err := h.Checkpoint(context.Background()); err != nil {
		t.Fatal(err)
	}
	a := h.local("audit verify", nil)
	if a.Exit != 0 {
		t.Errorf("%v", a.Lines)
	}
	rep := a.Value.(audit.Report)
	if rep.Signed != rep.Entries || rep.Checkpoints != 1 {
		t.Errorf("%+v", rep)
	}
	log := h.log()
	e := log[len(log)-1]
	if e.Verb != "approve" || e.Actor != "bob" || e.Fingerprint != h.keys["bob"] || e.ReasonCode != "reviewed" || e.Detail["binding"] == "" {
		t.Errorf("%+v", e)
	}
}

func TestScopesTakeAliasesOfEnvironments(t *testing.T) {
	h := open(t)
	h.local("person grant", []string{"vic", "approver"}, "scope", "environment:prod")
	h.ingest(h.deploy("search", 1, "dev"))
	h.must("vic", "approve", []string{"CHG-1"}, "message", why)
	h.must("cora", "freeze declare", nil, "kind", "hard", "scope", "environment:prod", "for", "2h", "message", "the network is being moved")
	if v := h.verdict("search", 1); v.Verdict != gate.Block {
		t.Errorf("%+v", v)
	}
	h.refused(release.Usage, "is not configured", "cora", "freeze declare", nil, "kind", "hard", "scope", "environment:mars", "for", "2h", "message", "the network is being moved")
}

func TestRiskIsTakenAgainWhenADecisionIsTakenBack(t *testing.T) {
	h := open(t)
	h.ingest(h.deploy("search", 1, "dev"))
	h.must("bob", "reject", []string{"CHG-1"}, "message", "there is no rollback evidence")
	f := h.deploy("search", 1, "dev")
	h.ingest(fact.PullRequestSeen{PullRequest: evidence.PullRequest{Forge: f.Forge, Repo: f.Repo, Number: 1, State: "merged",
		Author: access.Identity{System: "github", Value: "dev"}, Head: f.Commit, Merge: f.Commit, Lines: 5000, Files: 90, At: h.now()}})
	was, _ := h.change("CHG-1")
	h.must("bob", "undo", []string{"CHG-1"})
	if now, _ := h.change("CHG-1"); now.Risk.Score != was.Risk.Score+7 {
		t.Errorf("risk %d, was %d", now.Risk.Score, was.Risk.Score)
	}
}
