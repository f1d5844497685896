package change_test

import (
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

// Who is eligible is found without a word being written, and MayApprove says why not in words: for every
// person and every item both must say the same.
func TestEligibleAreThoseWhoMayApprove(t *testing.T) {
	ids := []access.PersonID{"a", "b", "c", "d"}
	rapid.Check(t, func(t *rapid.T) {
		one := func(n int) bool { return rapid.IntRange(0, n-1).Draw(t, "one of") == 0 }
		var people []access.Person
		for _, id := range rapid.Permutation(ids).Draw(t, "listed") {
			p := approver(id, string(id)+"-gh")
			p.Disabled = one(6)
			g := &p.Grants[0]
			g.Role = rapid.SampledFrom([]access.Role{access.Approver, access.Approver, access.Approver, access.Viewer, access.Admin}).Draw(t, "role")
			g.Scope = rapid.SampledFrom([]access.Scope{access.Org, access.Org, "service:pay", "service:web", "environment:production,service:pay"}).Draw(t, "scope")
			if one(3) {
				g.Until = noon.Add(time.Duration(rapid.IntRange(-1, 1).Draw(t, "end")))
			}
			people = append(people, p)
		}
		c := change.Change{ID: "CHG-1", State: change.Requested, Service: "pay", Environment: "production", Version: "1"}
		if one(4) {
			c.State = rapid.SampledFrom(change.States).Draw(t, "state")
		}
		if one(6) {
			c.Service = "unknown:acme/shop"
		}
		if one(3) {
			c.Requester = rapid.SampledFrom(ids).Draw(t, "requester")
		}
		if one(3) {
			c.Executor = rapid.SampledFrom(append(ids, "")).Draw(t, "executor")
		}
		d := commitBy(gh(string(rapid.SampledFrom(ids).Draw(t, "author")) + "-gh"))
		if one(5) {
			d = commitBy(gh("eve"))
		}
		a := change.Ask(c, 1, 0, noon)
		for _, id := range ids {
			if !one(4) {
				continue
			}
			v := rapid.SampledFrom([]change.Verdict{change.Approve, change.Approve, change.Approve, change.Reject}).Draw(t, "verdict")
			if next, err := change.Decide(a, change.Decision{Person: id, Verdict: v, At: noon}); err == nil {
				a = next
			}
			if next, err := change.TakeBack(a, id, noon); err == nil && one(2) {
				a = next
			}
		}
		at := noon
		if one(4) {
			at = a.ExpiresAt.Add(time.Duration(rapid.IntRange(-1, 1).Draw(t, "at the end")))
		}
		cat := catalog.New(catalog.Facts{Services: []catalog.Service{{ID: "pay"}, {ID: "web"}}}, 1, noon)
		i := change.NewItem(c, a, cat, d, people, change.NewDirectory(people), nil, nil, at)
		if !slices.IsSorted(i.Eligible) {
			t.Fatalf("eligible are %v", i.Eligible)
		}
		for k := range people {
			p := &people[k]
			err := i.MayApprove(p, at)
			if yours := i.Yours(p.ID); yours != (err == nil) || yours != slices.Contains(i.Eligible, p.ID) {
				t.Fatalf("%s: yours %v, eligible %v, but %v", p.ID, yours, i.Eligible, err)
			}
			if err != nil && release.CodeOf(err) != release.Refused {
				t.Fatalf("%s is refused with %s", p.ID, release.CodeOf(err))
			}
			// Everybody meets the same lock, and nobody eligible is left behind one.
			if lock := i.Locked(); lock != nil && (err == nil || err.Error() != lock.Error()) {
				t.Fatalf("locked by %v, %s is told %v", lock, p.ID, err)
			}
		}
		if i.MayApprove(nil, at) == nil || i.Yours("") {
			t.Fatal("nobody may approve")
		}
	})
}

func TestMayTakeBack(t *testing.T) {
	a, viewer := approver("a"), approver("a")
	viewer.Grants = []access.Grant{{Role: access.Viewer, Scope: access.Org}}
	i := item(nil, a, approver("b"))
	var err error
	if i.Approval, err = change.Decide(i.Approval, change.Decision{Person: "a", Verdict: change.Approve, At: noon}); err != nil {
		t.Fatal(err)
	}
	b := approver("b")
	for _, c := range []struct {
		name string
		p    *access.Person
		at   time.Duration
		says string // "" for may
	}{
		{"the decider", &a, 5*time.Minute - 1, ""},
		{"too late", &a, 5 * time.Minute, "5 minutes have passed"},
		{"another", &b, 0, "you have no decision on CHG-1"},
		{"whose grant is gone", &viewer, 0, "it needs the role approver"},
		{"nobody", nil, 0, "nobody is signed in"},
	} {
		err := i.MayTakeBack(c.p, noon.Add(c.at))
		if (err == nil) != (c.says == "") || err != nil && (release.CodeOf(err) != release.Refused || !strings.Contains(err.Error(), c.says)) {
			t.Errorf("%s: %v, want %q", c.name, err, c.says)
		}
	}
}

func TestMayAsk(t *testing.T) {
	author, viewer := approver("author", "author-gh"), access.Person{ID: "v", Grants: []access.Grant{{Role: access.Viewer, Scope: access.Org}}}
	for _, s := range change.States {
		i := item(func(c *change.Change, _ *evidence.Dossier) { c.State = s })
		err := i.MayAsk(&author, noon)
		if (err == nil) != s.Open() || err != nil && (release.CodeOf(err) != release.Refused || !strings.Contains(err.Error(), "nobody waits for an answer")) {
			t.Errorf("on a change that is %s: %v", s, err)
		}
		if i.MayAsk(&viewer, noon) == nil || i.MayAsk(nil, noon) == nil {
			t.Errorf("on a change that is %s a viewer or nobody may ask", s)
		}
	}
	for text, says := range map[string]string{
		"why?!": "", "warum": "", "": "the question is empty", " \t\u200B ": "the question is empty", "why?": "the question has 4 characters", "ééééé": "", "éé é": "has 4",
	} {
		err := change.CheckQuestion(text)
		if (err == nil) != (says == "") || err != nil && (release.CodeOf(err) != release.Refused || !strings.Contains(err.Error(), says) || release.AsError(err).Try == "") {
			t.Errorf("%q: %v, want %q", text, err, says)
		}
	}
}

func TestNeedsWords(t *testing.T) {
	for score, full := range map[int]bool{0: false, 69: false, 70: true, 100: true} {
		i := change.Item{Change: change.Change{Risk: change.Risk{Score: score}}}
		if i.NeedsWords(change.Approve) != full || !i.NeedsWords(change.Reject) {
			t.Errorf("at risk %d: approving %v, rejecting %v", score, i.NeedsWords(change.Approve), i.NeedsWords(change.Reject))
		}
	}
}
