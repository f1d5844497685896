package storetest

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"signalbox/release"
	"signalbox/release/access"
	"signalbox/release/change"
	"signalbox/release/port"
)

// digest makes a digest of its own for each n.
func digest(n int) release.Digest {
	return release.Digest(fmt.Sprintf("sha256:%064x", n))
}

// ask makes the n-th change, requested.
func ask(n int64) *change.Change {
	return &change.Change{
		ID: change.ID(n), State: change.Requested, Kind: change.Normal, Service: "checkout", Environment: "production",
		Version: fmt.Sprintf("v1.%d.0", n), Digest: digest(int(n)), Forge: "github.com", Repo: "meridian/checkout", Commit: fmt.Sprintf("%040x", n),
		Ref: "refs/heads/main", Title: "Raise the limit — “quoted” ?", Connector: "github", ExternalID: fmt.Sprint(1000 + n),
		URL:       "https://github.example/meridian/checkout/deployments/1",
		Risk:      change.Risk{Score: 47, Factors: []change.Factor{{Group: "impact", Name: "tier", Points: 25, Fact: "tier 0"}}},
		CreatedAt: T0.Add(time.Duration(n) * time.Minute), UpdatedAt: T0.Add(time.Duration(n) * time.Minute),
		RequestedAt: T0.Add(time.Duration(n) * time.Minute),
	}
}

func putChanges(t testing.TB, s port.Store, cs ...*change.Change) {
	t.Helper()
	Write(t, s, func(ctx context.Context, tx port.Tx) error {
		for _, c := range cs {
			if err := tx.PutChange(ctx, c); err != nil {
				return fmt.Errorf("%s: %w", c.ID, err)
			}
		}
		return nil
	})
}

func ids(cs []change.Change) string {
	var out []string
	for _, c := range cs {
		out = append(out, c.ID)
	}
	return strings.Join(out, " ")
}

func testChanges(t *testing.T, open func(port.Publisher) port.Store) {
	s := open(nil)
	addPeople(t, s, "j.ruiz", "a.ng")
	whole := ask(1)
	whole.Result, whole.Plan, whole.Window = change.Failed, "plan", "WIN-1"
	whole.Requester, whole.Executor, whole.State = "j.ruiz", "a.ng", change.Closed
	whole.By = []access.Identity{{System: "github", Value: "jruiz"}, {System: "github", Value: "deploybot", Bot: true}}
	again, bare := ask(2), ask(3)
	again.Digest, again.ExternalID = whole.Digest, whole.ExternalID // the same, asked again
	*bare = change.Change{ID: "CHG-3", State: change.Draft, Kind: change.Standard, Service: "unknown:a/b", Environment: "test", CreatedAt: T0, UpdatedAt: T0}
	putChanges(t, s, whole, again, bare)
	Read(t, s, func(ctx context.Context, r port.Reader) error {
		for _, want := range []*change.Change{whole, again, bare} {
			got, err := r.Change(ctx, want.ID)
			if err != nil {
				return err
			}
			same(t, got, *want)
		}
		got, err := r.ChangeFor(ctx, "checkout", "production", digest(1))
		if err != nil {
			return err
		}
		same(t, got.ID, "CHG-2") // the newest
		opened, err := r.OpenChanges(ctx, "checkout", "production")
		if err != nil {
			return err
		}
		same(t, ids(opened), "CHG-2")
		for _, miss := range []func() (change.Change, error){
			func() (change.Change, error) { return r.Change(ctx, "CHG-9") },
			func() (change.Change, error) { return r.ChangeFor(ctx, "checkout", "staging", digest(1)) },
		} {
			_, err := miss()
			Refuse(t, err, release.NotFound)
		}
		return nil
	})
}

func testChangeRevisions(t *testing.T, open func(port.Publisher) port.Store) {
	a, b := open(nil), open(nil)
	ctx := context.Background()
	c := ask(1)
	c.By = []access.Identity{{System: "github", Value: "one"}, {System: "github", Value: "two"}}
	putChanges(t, a, c)
	seen := *c
	c.State, c.Title, c.By = change.Authorised, "new", c.By[:1]
	putChanges(t, b, c)
	if c.Revision != 2 {
		t.Fatalf("revision %d, want 2", c.Revision)
	}
	seen.Title = "lost"
	Refuse(t, a.Write(ctx, func(tx port.Tx) error { return tx.PutChange(ctx, &seen) }), release.Changed)
	if seen.Revision != 1 {
		t.Fatalf("a refused write left revision %d", seen.Revision)
	}
	ghost := ask(7)
	ghost.Revision = 1
	Refuse(t, a.Write(ctx, func(tx port.Tx) error { return tx.PutChange(ctx, ghost) }), release.NotFound)
	Read(t, a, func(ctx context.Context, r port.Reader) error {
		got, err := r.Change(ctx, "CHG-1")
		same(t, got, *c)
		return err
	})
	// A requester who is nobody is refused.
	orphan := ask(8)
	orphan.Requester = "nobody"
	Refuse(t, a.Write(ctx, func(tx port.Tx) error { return tx.PutChange(ctx, orphan) }), release.Refused)
}

func testOneOpenChange(t *testing.T, open func(port.Publisher) port.Store) {
	s := open(nil)
	ctx := context.Background()
	c := ask(1)
	putChanges(t, s, c)
	rival := ask(2)
	rival.Digest = c.Digest
	err := s.Write(ctx, func(tx port.Tx) error { return tx.PutChange(ctx, rival) })
	Refuse(t, err, release.Refused)
	if !strings.Contains(err.Error(), "CHG-1") {
		t.Fatalf("the sentence names no change: %v", err)
	}
	twin := ask(1)
	twin.Digest = digest(9)
	Refuse(t, s.Write(ctx, func(tx port.Tx) error { return tx.PutChange(ctx, twin) }), release.Refused)
	elsewhere := ask(3)
	elsewhere.Digest, elsewhere.Environment = c.Digest, "staging"
	c.State = change.Cancelled
	putChanges(t, s, c, rival, elsewhere)
	c.State = change.Requested
	Refuse(t, s.Write(ctx, func(tx port.Tx) error { return tx.PutChange(ctx, c) }), release.Refused)
	Read(t, s, func(ctx context.Context, r port.Reader) error {
		in, err := r.ChangesIn(ctx, change.Requested)
		if err != nil {
			return err
		}
		same(t, ids(in), "CHG-2 CHG-3")
		in, err = r.ChangesIn(ctx, change.Cancelled)
		same(t, ids(in), "CHG-1")
		return err
	})
}

func testPages(t *testing.T, open func(port.Publisher) port.Store) {
	s := open(nil)
	var cs []*change.Change
	for n := int64(1); n <= 12; n++ {
		cs = append(cs, ask(n))
	}
	putChanges(t, s, cs...)
	page := func(after string, limit int) (out []change.Change) {
		Read(t, s, func(ctx context.Context, r port.Reader) (err error) {
			out, err = r.ChangesPage(ctx, port.Page{After: after, Limit: limit})
			return err
		})
		return out
	}
	same(t, ids(page("", 5)), "CHG-12 CHG-11 CHG-10 CHG-9 CHG-8")
	putChanges(t, s, ask(13)) // what comes in between moves no page
	same(t, ids(page("CHG-8", 5)), "CHG-7 CHG-6 CHG-5 CHG-4 CHG-3")
	same(t, ids(page("CHG-3", 5)), "CHG-2 CHG-1")
	same(t, ids(page("CHG-1", 5)), "")
	Read(t, s, func(ctx context.Context, r port.Reader) error {
		in, err := r.ChangesIn(ctx, change.Requested)
		same(t, ids(in), "CHG-1 CHG-2 CHG-3 CHG-4 CHG-5 CHG-6 CHG-7 CHG-8 CHG-9 CHG-10 CHG-11 CHG-12 CHG-13")
		return err
	})
}

func round(id string, n int) change.Approval {
	return change.Approval{Change: id, Round: n, State: change.Waiting, Needed: 2, Policy: change.PolicyVersion, Binding: "abc", Band: change.High,
		RequestedAt: T0, ExpiresAt: T0.Add(change.RequestTTL)}
}

func says(p access.PersonID, v change.Verdict, at time.Time) change.Decision {
	return change.Decision{Person: p, Verdict: v, Reason: change.Reason{Code: "reviewed", Text: "I read every line"}, At: at, Door: access.SSH, Fingerprint: "SHA256:x"}
}

func putApprovals(t testing.TB, s port.Store, as ...change.Approval) {
	t.Helper()
	Write(t, s, func(ctx context.Context, tx port.Tx) error {
		for _, a := range as {
			if err := tx.PutApproval(ctx, a); err != nil {
				return err
			}
		}
		return nil
	})
}

func testApprovals(t *testing.T, open func(port.Publisher) port.Store) {
	s := open(nil)
	addPeople(t, s, "a.one", "b.two", "c.three")
	putChanges(t, s, ask(1), ask(2), ask(3))
	old := round("CHG-1", 1)
	old.State = change.Expired
	now := round("CHG-1", 2)
	now.Decisions = []change.Decision{says("a.one", change.Approve, T0.Add(time.Minute))}
	two := round("CHG-2", 1)
	putApprovals(t, s, old, now, two)
	// A decision is taken back, and its person decides again; another completes the round.
	now.Decisions[0].TakenBackAt = T0.Add(2 * time.Minute)
	now.Decisions = append(now.Decisions, says("a.one", change.Approve, T0.Add(3*time.Minute)), says("b.two", change.Approve, T0.Add(4*time.Minute)))
	now.State, now.GrantUntil = change.Approved, T0.Add(change.GrantTTL)
	putApprovals(t, s, now)
	two.Decisions = []change.Decision{says("a.one", change.Approve, T0), says("b.two", change.Approve, T0)}
	putApprovals(t, s, two)
	two.Decisions = two.Decisions[:1] // a round is written with the decisions it has
	putApprovals(t, s, two)
	Read(t, s, func(ctx context.Context, r port.Reader) error {
		got, err := r.Approval(ctx, "CHG-1")
		if err != nil {
			return err
		}
		same(t, got, now)
		all, err := r.Approvals(ctx, []string{"CHG-1", "CHG-2", "CHG-3", "CHG-4"})
		if err != nil {
			return err
		}
		same(t, all, map[string]change.Approval{"CHG-1": now, "CHG-2": two})
		none, err := r.Approvals(ctx, nil)
		if err != nil {
			return err
		}
		same(t, none, map[string]change.Approval{})
		_, err = r.Approval(ctx, "CHG-3")
		Refuse(t, err, release.NotFound)
		return nil
	})
	ctx := context.Background()
	Refuse(t, s.Write(ctx, func(tx port.Tx) error { return tx.PutApproval(ctx, round("CHG-9", 1)) }), release.Refused)
}

// testOnePersonOnce: the database itself counts one person once, whatever two processes think.
func testOnePersonOnce(t *testing.T, open func(port.Publisher) port.Store) {
	s := open(nil)
	addPeople(t, s, "a.one")
	putChanges(t, s, ask(1))
	a := round("CHG-1", 1)
	a.Decisions = []change.Decision{says("a.one", change.Approve, T0), says("a.one", change.Approve, T0.Add(time.Second))}
	ctx := context.Background()
	Refuse(t, s.Write(ctx, func(tx port.Tx) error { return tx.PutApproval(ctx, a) }), release.Refused)
	a.Decisions = []change.Decision{says("nobody", change.Approve, T0)}
	Refuse(t, s.Write(ctx, func(tx port.Tx) error { return tx.PutApproval(ctx, a) }), release.Refused)
}

func testDecided(t *testing.T, open func(port.Publisher) port.Store) {
	s := open(nil)
	addPeople(t, s, "a.one", "b.two")
	var cs []*change.Change
	for n := int64(1); n <= 10; n++ {
		cs = append(cs, ask(n))
	}
	putChanges(t, s, cs...)
	at := func(n int) time.Time { return T0.Add(time.Duration(n) * time.Minute) }
	rejected := round("CHG-1", 1)
	rejected.State, rejected.Decisions = change.Rejected, []change.Decision{says("a.one", change.Reject, at(10))}
	approved := round("CHG-10", 1)
	approved.State, approved.GrantUntil = change.Approved, at(999)
	approved.Decisions = []change.Decision{says("a.one", change.Approve, at(1)), says("b.two", change.Approve, at(20))}
	lapsed := round("CHG-2", 1) // was granted, and is over since
	lapsed.State, lapsed.GrantUntil, lapsed.Decisions = change.Lapsed, at(30), []change.Decision{says("a.one", change.Approve, at(15))}
	half := round("CHG-3", 1) // one of two: the round goes on
	half.Decisions = []change.Decision{says("a.one", change.Approve, at(25))}
	void := round("CHG-4", 1) // ended by no decision
	void.State, void.Decisions = change.Void, []change.Decision{says("a.one", change.Approve, at(26))}
	back := round("CHG-5", 1)
	back.Decisions = []change.Decision{says("a.one", change.Approve, at(27))}
	back.Decisions[0].TakenBackAt = at(28)
	early := round("CHG-6", 1)
	early.State, early.Decisions = change.Rejected, []change.Decision{says("a.one", change.Reject, at(9))}
	putApprovals(t, s, rejected, approved, lapsed, half, void, back, early)
	Read(t, s, func(ctx context.Context, r port.Reader) error {
		cs, err := r.DecidedSince(ctx, at(10))
		same(t, ids(cs), "CHG-10 CHG-2 CHG-1")
		return err
	})
}

func testNotes(t *testing.T, open func(port.Publisher) port.Store) {
	s := open(nil)
	putChanges(t, s, ask(1), ask(2))
	first := change.Note{Change: "CHG-1", Person: "a.one", Kind: "question", Text: "Why now?", At: T0}
	second := change.Note{Change: "CHG-1", Person: "b.two", Kind: "question", Text: "And the migration?\nSecond line", At: T0}
	third := change.Note{Change: "CHG-2", Person: "a.one", Kind: "question", Text: "?", At: T0.Add(-time.Hour)}
	Write(t, s, func(ctx context.Context, tx port.Tx) error {
		for _, n := range []change.Note{first, second, third} {
			if err := tx.AddNote(ctx, n); err != nil {
				return err
			}
		}
		return nil
	})
	Read(t, s, func(ctx context.Context, r port.Reader) error {
		got, err := r.Notes(ctx, []string{"CHG-2", "CHG-1", "CHG-7"})
		same(t, got, map[string][]change.Note{"CHG-1": {first, second}, "CHG-2": {third}})
		return err
	})
}
