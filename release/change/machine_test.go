package change_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"signalbox/release"
	"signalbox/release/access"
	"signalbox/release/catalog"
	"signalbox/release/change"
	"signalbox/release/evidence"
)

var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// model is the approval machine of CONTRACTS section 1, written again from its text with sets instead of a
// list of decisions. The machine under test and the model must say the same after every step.
type model struct {
	state    change.ApprovalState
	needed   int
	yes      map[access.PersonID]time.Time
	no       map[access.PersonID]time.Time
	expires  time.Time
	grantEnd time.Time
	terminal bool
}

func (m *model) decide(p access.PersonID, v change.Verdict, at time.Time, mayApprove bool) bool {
	_, said := m.yes[p]
	_, denied := m.no[p]
	if m.state != change.Waiting || !at.Before(m.expires) || said || denied || !mayApprove {
		return false
	}
	if v == change.Reject {
		m.no[p], m.state = at, change.Rejected
		return true
	}
	if m.yes[p] = at; len(m.yes) >= m.needed {
		m.state, m.grantEnd = change.Approved, at.Add(24*time.Hour)
	}
	return true
}

func (m *model) takeBack(p access.PersonID, at time.Time) bool {
	from := m.yes
	switch m.state {
	case change.Rejected:
		from = m.no
	case change.Waiting, change.Approved:
	default:
		return false
	}
	said, ok := from[p]
	if !ok || at.Sub(said) >= 5*time.Minute {
		return false
	}
	delete(from, p)
	m.state, m.grantEnd = change.Waiting, time.Time{}
	if !at.Before(m.expires) { // nothing would end the round any more
		m.state, m.terminal = change.Expired, true
	}
	return true
}

func (m *model) end(s change.ApprovalState) bool {
	may := map[change.ApprovalState]string{
		change.Expired: "requested", change.Consumed: "approved", change.Lapsed: "approved",
		change.Withdrawn: "requested approved", change.Void: "requested approved",
	}
	if !slices.Contains(strings.Fields(may[s]), string(m.state)) {
		return false
	}
	m.state, m.terminal = s, true
	return true
}

// round is one approval under test beside its model, with the estate that decides who may approve.
type round struct {
	item   change.Item
	model  model
	people []access.Person
	cat    *catalog.Catalog
	at     time.Time
}

const authors = 2 // the first of people had a hand in the change

func newRound(t *rapid.T) *round {
	r := &round{at: noon}
	for _, id := range []access.PersonID{"author", "requester", "a", "b", "c", "viewer"} {
		p := access.Person{ID: id, Identities: []access.Identity{{System: "github", Value: string(id) + "-gh"}, {System: "email", Value: string(id) + "@example.com"}}}
		role := access.Approver
		if id == "viewer" {
			role = access.Viewer
		}
		p.Grants = []access.Grant{{Person: id, Role: role, Scope: access.Org}}
		r.people = append(r.people, p)
	}
	tier := rapid.IntRange(0, 3).Draw(t, "tier")
	r.cat = catalog.New(catalog.Facts{Services: []catalog.Service{{ID: "pay", Tier: catalog.Tier(tier)}}}, 1, noon)
	c := change.Change{ID: "CHG-1", State: change.Requested, Kind: change.Normal, Service: "pay", Environment: "production",
		Version: "1.0.0", Digest: release.Digest("git:" + strings.Repeat("a", 40)), Requester: "requester"}
	if rapid.Bool().Draw(t, "emergency") {
		c.Kind = change.Emergency
	}
	r.item.Change = c
	r.item.Approval = change.Ask(c, 1, tier, noon)
	ttl := 72 * time.Hour
	if c.Kind == change.Emergency {
		ttl = 4 * time.Hour
	}
	needed := map[int]int{0: 2, 1: 2, 2: 1, 3: 1}[tier]
	r.model = model{state: change.Waiting, needed: needed, yes: map[access.PersonID]time.Time{}, no: map[access.PersonID]time.Time{}, expires: noon.Add(ttl)}
	r.join()
	return r
}

func (r *round) join() {
	d := evidence.Dossier{Commit: &evidence.Commit{Authors: []access.Identity{{System: "email", Value: "Author@Example.com"}}}}
	c := r.item.Change
	if r.item.Approval.State == change.Approved {
		c.State = change.Authorised
	}
	if r.item.Approval.State == change.Rejected {
		c.State = change.Draft
	}
	r.item = change.NewItem(c, r.item.Approval, r.cat, d, r.people, change.NewDirectory(r.people), nil, nil, r.at)
	r.item.Change.State = change.Requested
}

// act gives a step to both machines and fails where they disagree.
func (r *round) act(t *rapid.T, what string, inModel bool, next change.Approval, err error) {
	if inModel != (err == nil) {
		t.Fatalf("%s at %s: the model says %v, the machine %v", what, r.at, inModel, err)
	}
	if err != nil {
		if release.CodeOf(err) != release.Refused {
			t.Fatalf("%s is refused with code %s", what, release.CodeOf(err))
		}
		return
	}
	r.item.Approval = next
}

func (r *round) check(t *rapid.T) {
	a, m := r.item.Approval, r.model
	if a.State != m.state || !a.GrantUntil.Equal(m.grantEnd) || a.Granted() != len(m.yes) {
		t.Fatalf("machine: %s until %s with %d; model: %s until %s with %d", a.State, a.GrantUntil, a.Granted(), m.state, m.grantEnd, len(m.yes))
	}
	standing := map[access.PersonID]int{}
	for _, d := range a.Decisions {
		if !d.Stands() {
			if w := d.TakenBackAt.Sub(d.At); w < 0 || w >= 5*time.Minute {
				t.Fatalf("%s took a decision back after %s", d.Person, w)
			}
			continue
		}
		if standing[d.Person]++; standing[d.Person] > 1 {
			t.Fatalf("%s counts twice", d.Person)
		}
		if slices.Contains([]access.PersonID{"author", "requester", "viewer"}, d.Person) {
			t.Fatalf("%s decided", d.Person)
		}
		if !d.At.Before(a.ExpiresAt) {
			t.Fatalf("decided at %s, expired at %s", d.At, a.ExpiresAt)
		}
	}
	switch a.State {
	case change.Approved, change.Consumed, change.Lapsed:
		if len(m.yes) < m.needed || len(m.no) > 0 {
			t.Fatalf("%s with %d of %d approvals and %d rejections", a.State, len(m.yes), m.needed, len(m.no))
		}
	case change.Waiting:
		if len(m.yes) >= m.needed || len(m.no) > 0 {
			t.Fatalf("still waiting with %d of %d approvals and %d rejections", len(m.yes), m.needed, len(m.no))
		}
	case change.Rejected:
		if len(m.no) != 1 {
			t.Fatalf("rejected by %d", len(m.no))
		}
	}
}

// TestApprovalMachine is SECURITY item 27. By default it runs a moderate number of sequences; the long run
// is go test ./release/change -run TestApprovalMachine -rapid.checks=100000.
func TestApprovalMachine(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := newRound(t)
		who := rapid.IntRange(0, len(r.people)-1)
		ends := rapid.SampledFrom([]change.ApprovalState{change.Withdrawn, change.Expired, change.Consumed, change.Lapsed, change.Void,
			change.Approved, change.Rejected, change.Waiting})
		decide := func(t *rapid.T, n int, v change.Verdict) {
			p := r.people[n]
			r.join()
			next, err := r.item.Approval, r.item.MayApprove(&p, r.at)
			if err == nil {
				before := len(r.item.Approval.Decisions)
				next, err = change.Decide(r.item.Approval, change.Decision{Person: p.ID, Verdict: v, At: r.at})
				if len(r.item.Approval.Decisions) != before {
					t.Fatal("Decide changed the approval that it was given")
				}
			}
			if yours := r.item.Yours(p.ID); yours != (err == nil) {
				t.Fatalf("%s: yours %v, but %v", p.ID, yours, err)
			}
			r.act(t, string(p.ID)+" "+string(v), r.model.decide(p.ID, v, r.at, n >= authors && p.ID != "viewer"), next, err)
		}
		takeBack := func(t *rapid.T, n int) {
			p := r.people[n].ID
			next, err := change.TakeBack(r.item.Approval, p, r.at)
			r.act(t, string(p)+" takes back", r.model.takeBack(p, r.at), next, err)
		}
		t.Repeat(map[string]func(*rapid.T){
			"approve":   func(t *rapid.T) { decide(t, who.Draw(t, "who"), change.Approve) },
			"reject":    func(t *rapid.T) { decide(t, who.Draw(t, "who"), change.Reject) },
			"take back": func(t *rapid.T) { takeBack(t, who.Draw(t, "who")) },
			"take back around the deadline": func(t *rapid.T) {
				before := r.item.Approval.ExpiresAt.Add(-time.Minute)
				if r.at.After(before) || rapid.IntRange(0, 3).Draw(t, "rarely") != 0 {
					return
				}
				n, v := who.Draw(t, "who"), rapid.SampledFrom([]change.Verdict{change.Approve, change.Reject}).Draw(t, "verdict")
				r.at = before
				decide(t, n, v)
				r.at = before.Add(time.Minute + rapid.SampledFrom([]time.Duration{-1, 0, 1, 3 * time.Minute}).Draw(t, "after"))
				takeBack(t, n)
			},
			"end": func(t *rapid.T) {
				// Mostly something else, or no sequence would be long.
				if rapid.IntRange(0, 7).Draw(t, "rarely") != 0 && !r.model.terminal {
					return
				}
				s := ends.Draw(t, "state")
				next, err := change.End(r.item.Approval, s)
				r.act(t, "end as "+string(s), r.model.end(s), next, err)
			},
			"wait": func(t *rapid.T) {
				r.at = r.at.Add(rapid.SampledFrom([]time.Duration{time.Nanosecond, time.Minute, 5*time.Minute - 1, 5 * time.Minute, time.Hour, 4 * time.Hour, 36 * time.Hour}).Draw(t, "time"))
			},
			"": r.check,
		})
	})
}

func TestDecideAtTheInstantOfExpiry(t *testing.T) {
	c := change.Change{ID: "CHG-1", Kind: change.Emergency}
	a := change.Ask(c, 1, 3, noon)
	if _, err := change.Decide(a, change.Decision{Person: "a", Verdict: change.Approve, At: noon.Add(4 * time.Hour)}); err == nil ||
		!strings.Contains(err.Error(), "expired at Tue 16:00Z") || !strings.Contains(err.Error(), "change submit CHG-1") {
		t.Errorf("at the instant of expiry: %v", err)
	}
	got, err := change.Decide(a, change.Decision{Person: "a", Verdict: change.Approve, At: noon.Add(4*time.Hour - 1)})
	if err != nil || got.State != change.Approved || !got.GrantUntil.Equal(noon.Add(28*time.Hour-1)) {
		t.Errorf("an instant before: %+v, %v", got, err)
	}
}

func TestDecideIsByAPersonAndAVerdict(t *testing.T) {
	a := change.Ask(change.Change{ID: "CHG-1"}, 1, 3, noon)
	for _, d := range []change.Decision{{Verdict: change.Approve, At: noon}, {Person: "a", At: noon}, {Person: "a", Verdict: "maybe", At: noon}} {
		if got, err := change.Decide(a, d); err == nil || len(got.Decisions) != 0 {
			t.Errorf("%+v was recorded: %+v", d, got)
		}
	}
}

func TestOnePersonCountsOnce(t *testing.T) {
	a, err := change.Decide(change.Ask(change.Change{ID: "CHG-1"}, 1, 0, noon), change.Decision{Person: "a", Verdict: change.Approve, At: noon})
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range []change.Verdict{change.Approve, change.Reject} {
		if got, err := change.Decide(a, change.Decision{Person: "a", Verdict: v, At: noon}); err == nil || got.State != change.Waiting || got.Granted() != 1 ||
			!strings.Contains(err.Error(), "a decided on CHG-1 already") {
			t.Errorf("a second %s: %s with %d, %v", v, got.State, got.Granted(), err)
		}
	}
}

// Approvals live in snapshots that many read: what is decided on one must not show in another.
func TestDecisionsAreNotShared(t *testing.T) {
	base := change.Ask(change.Change{ID: "CHG-1"}, 1, 0, noon)
	base.Decisions = make([]change.Decision, 0, 8)
	first, err := change.Decide(base, change.Decision{Person: "a", Verdict: change.Approve, At: noon})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := change.Decide(base, change.Decision{Person: "b", Verdict: change.Approve, At: noon}); err != nil {
		t.Fatal(err)
	}
	if _, err := change.TakeBack(first, "a", noon); err != nil {
		t.Fatal(err)
	}
	if d, ok := first.By("a"); !ok || d.Person != "a" || first.Granted() != 1 {
		t.Errorf("the first approval became %+v", first.Decisions)
	}
}

// An approval beside somebody's rejection must not revive the round when it is taken back.
func TestTakeBackDoesNotUndoAnothersRejection(t *testing.T) {
	a := change.Ask(change.Change{ID: "CHG-1"}, 1, 1, noon)
	for _, d := range []change.Decision{{Person: "a", Verdict: change.Approve, At: noon}, {Person: "b", Verdict: change.Reject, At: noon}} {
		var err error
		if a, err = change.Decide(a, d); err != nil {
			t.Fatal(err)
		}
	}
	got, err := change.TakeBack(a, "a", noon.Add(time.Minute))
	if err == nil || got.State != change.Rejected || !strings.Contains(err.Error(), "was rejected by another") {
		t.Errorf("after a took the approval back: %s, %v", got.State, err)
	}
	got, err = change.TakeBack(a, "b", noon.Add(time.Minute))
	if err != nil || got.State != change.Waiting || got.Granted() != 1 {
		t.Errorf("after b took the rejection back: %s with %d, %v", got.State, got.Granted(), err)
	}
}

// A decision stood when the request's time ran out: taken back then, it leaves no round that nobody ends.
func TestTakeBackAfterTheDeadlineEndsTheRound(t *testing.T) {
	open := change.Ask(change.Change{ID: "CHG-1"}, 1, 3, noon)
	for _, v := range []change.Verdict{change.Approve, change.Reject} {
		a, err := change.Decide(open, change.Decision{Person: "a", Verdict: v, At: open.ExpiresAt.Add(-time.Minute)})
		if err != nil {
			t.Fatal(err)
		}
		for after, want := range map[time.Duration]change.ApprovalState{-1: change.Waiting, 0: change.Expired, 3 * time.Minute: change.Expired} {
			got, err := change.TakeBack(a, "a", open.ExpiresAt.Add(after))
			if err != nil || got.State != want || !got.GrantUntil.IsZero() || got.Granted() != 0 {
				t.Errorf("%s taken back %s after the deadline: %s until %s with %d, %v", v, after, got.State, got.GrantUntil, got.Granted(), err)
			}
		}
	}
}

func TestRefusalsOfTakeBack(t *testing.T) {
	a, err := change.Decide(change.Ask(change.Change{ID: "CHG-1"}, 1, 3, noon), change.Decision{Person: "a", Verdict: change.Approve, At: noon})
	if err != nil {
		t.Fatal(err)
	}
	used, err := change.End(a, change.Consumed)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		a    change.Approval
		p    access.PersonID
		at   time.Time
		says string
	}{
		{a, "a", noon.Add(5 * time.Minute), "you decided at 12:00:00Z; 5 minutes have passed"},
		{a, "b", noon, "you have no decision on CHG-1 to take back"},
		{used, "a", noon, "CHG-1 is consumed; that is final"},
	} {
		if _, err := change.TakeBack(c.a, c.p, c.at); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("TakeBack by %s: %v, want %q", c.p, err, c.says)
		}
	}
}

// TestChangeStates compares the table with CONTRACTS section 1: forward along the life, cancelled from any
// state before implementing, back to draft or requested only before implementing, and final at the end.
func TestChangeStates(t *testing.T) {
	forward := []change.State{change.Draft, change.Requested, change.Authorised, change.Scheduled, change.Implementing, change.InReview, change.Closed}
	for i, from := range change.States {
		for j, to := range change.States {
			before := i < slices.Index(forward, change.Implementing) && from != change.Cancelled
			want := (i+1 == j && j < len(forward)) || (to == change.Cancelled && before) ||
				(before && j < i && (to == change.Draft || to == change.Requested))
			c := change.Change{ID: "CHG-1", State: from}
			err := c.To(to)
			if (err == nil) != want {
				t.Errorf("%s to %s: %v, want %v", from, to, err, want)
			}
			if err != nil && (c.State != from || err.Error() != "CHG-1 is "+string(from)+" and cannot become "+string(to)) {
				t.Errorf("%s to %s left %s and said %q", from, to, c.State, err)
			}
		}
		if from.Open() == (from == change.Closed || from == change.Cancelled) {
			t.Errorf("%s open: %v", from, from.Open())
		}
	}
}

func TestParseID(t *testing.T) {
	for in, want := range map[string]string{
		"CHG-12": "CHG-12", "chg-12": "CHG-12", "chg12": "CHG-12", " 12 ": "CHG-12", "012": "CHG-12",
		"": "", "CHG": "", "CHG-": "", "0": "", "-12": "", "+12": "", "CHG--12": "", "CHG-+12": "", "CHG-1.5": "", "FRZ-1": "",
		"CHG-99999999999999999999": "", "CHG-1\x1b": "", "1_000": "", "CHG-１２": "",
	} {
		got, err := change.ParseID(in)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("ParseID(%q) = %q, %v; want %q", in, got, err, want)
		}
		if err != nil && (release.CodeOf(err) != release.Usage || !strings.Contains(err.Error(), "such as CHG-12") || strings.ContainsRune(err.Error(), 0x1b)) {
			t.Errorf("ParseID(%q) says %q", in, err)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		id := change.ID(rapid.Int64Min(1).Draw(t, "n"))
		if got, err := change.ParseID(id); got != id || err != nil {
			t.Fatalf("ParseID(%q) = %q, %v", id, got, err)
		}
	})
}

// Whoever has a hand in a change, under whatever login and letter case, may not decide on it.
func TestNoHandMayApprove(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		people := map[access.PersonID]*access.Person{}
		for _, id := range []access.PersonID{"a", "b", "c"} {
			people[id] = &access.Person{ID: id, Email: string(id) + "@x.org", Grants: []access.Grant{{Role: access.Approver, Scope: access.Org}},
				Identities: []access.Identity{{System: "github", Value: string(id)}, {System: "gitlab", Value: string(id) + "-lab"}}}
		}
		all := []access.Person{*people["a"], *people["b"], *people["c"]}
		hand := rapid.SampledFrom([]access.PersonID{"a", "b", "c"}).Draw(t, "hand")
		login := rapid.SampledFrom([]access.Identity{{System: "github", Value: string(hand)}, {System: "gitlab", Value: string(hand) + "-lab"}, {System: "email", Value: string(hand) + "@x.org"}}).Draw(t, "login")
		if rapid.Bool().Draw(t, "shouted") {
			login.Value = strings.ToUpper(login.Value)
		}
		c := change.Change{ID: "CHG-1", State: change.Requested, Service: "pay"}
		d := evidence.Dossier{Commit: &evidence.Commit{Authors: []access.Identity{{System: "github", Value: "renovate[bot]", Bot: true}}}}
		switch rapid.SampledFrom([]string{"requester", "commit", "pull", "deployment", "executor"}).Draw(t, "as") {
		case "requester":
			c.Requester = hand
		case "commit":
			d.Commit.Authors = append(d.Commit.Authors, login)
		case "pull":
			d.Pulls = []evidence.PullRequest{{Author: login}}
		case "deployment":
			c.By = []access.Identity{login}
		case "executor":
			c.Executor = hand
		}
		cat := catalog.New(catalog.Facts{Services: []catalog.Service{{ID: "pay"}}}, 1, noon)
		i := change.NewItem(c, change.Ask(c, 1, 2, noon), cat, d, all, change.NewDirectory(all), nil, nil, noon)
		others := slices.DeleteFunc(slices.Sorted(maps.Keys(people)), func(p access.PersonID) bool { return p == hand })
		if !slices.Equal(i.Eligible, others) {
			t.Fatalf("%s had a hand in it and %v may approve (%s)", hand, i.Eligible, i.Duties.Sentence)
		}
		err := i.MayApprove(people[hand], noon)
		if err == nil || !strings.Contains(err.Error(), "the approver must be another") || !strings.Contains(err.Error(), "who can: "+string(others[0])+", "+string(others[1])) {
			t.Fatalf("%s is told %v", hand, err)
		}
	})
}
