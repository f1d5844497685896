package change_test

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"signalbox/release/access"
	"signalbox/release/change"
	"signalbox/release/evidence"
)

func TestItemJoins(t *testing.T) {
	i := item(func(_ *change.Change, d *evidence.Dossier) {
		d.Checks = []evidence.Check{{Result: evidence.Pass}, {Result: evidence.Fail}, {Result: evidence.Neutral}}
	}, approver("a"))
	if i.Service == nil || i.Service.ID != "pay" || i.Target.Service != "pay" || i.Target.Environment != "production" {
		t.Errorf("service %+v, target %+v", i.Service, i.Target)
	}
	if !slices.Equal(i.Dependants, []string{"app", "web"}) || i.Passed != 1 || i.Of != 2 {
		t.Errorf("dependants %v, evidence %d of %d", i.Dependants, i.Passed, i.Of)
	}
	if !slices.Equal(i.Eligible, []access.PersonID{"a"}) || !i.Yours("a") || i.Yours("author") || i.Yours("") {
		t.Errorf("eligible %v", i.Eligible)
	}
}

func TestStanding(t *testing.T) {
	for _, c := range []struct {
		change change.State
		result change.Result
		a      change.ApprovalState
		want   string
	}{
		{change.Draft, "", "", "draft"},
		{change.Draft, "", change.Rejected, "rejected"},
		{change.Requested, "", change.Waiting, "requested"},
		{change.Authorised, "", change.Approved, "authorised"},
		{change.Cancelled, "", change.Withdrawn, "cancelled"},
		{change.Closed, change.RolledBack, change.Consumed, "closed rolled-back"},
	} {
		i := change.Item{Change: change.Change{State: c.change, Result: c.result}, Approval: change.Approval{State: c.a}}
		if got := i.Standing(); got != c.want {
			t.Errorf("%s with approval %q stands as %q, want %q", c.change, c.a, got, c.want)
		}
	}
}

func TestName(t *testing.T) {
	if got := (change.Change{Service: "pay", Version: "1.2"}).Name(); got != "pay 1.2" {
		t.Error(got)
	}
	if got := (change.Change{Service: "pay"}).Name(); got != "pay" {
		t.Error(got)
	}
}

func TestSortedIsOwnThenDeadlineThenNumber(t *testing.T) {
	row := func(n int64, deadline time.Duration, eligible ...access.PersonID) change.Item {
		return change.Item{Change: change.Change{ID: change.ID(n)}, Eligible: eligible, Approval: change.Approval{ExpiresAt: noon.Add(deadline)}}
	}
	q := &change.Queue{Items: []change.Item{row(10, time.Hour), row(9, time.Hour), row(3, 2*time.Hour, "a"), row(2, 3*time.Hour, "a"), row(100, time.Hour), row(4, 0, "b")}}
	before := slices.Clone(q.Items)
	for who, want := range map[access.PersonID][]string{
		"a": {"CHG-3", "CHG-2", "CHG-4", "CHG-9", "CHG-10", "CHG-100"},
		"":  {"CHG-4", "CHG-9", "CHG-10", "CHG-100", "CHG-3", "CHG-2"},
	} {
		var got []string
		for _, i := range q.Sorted(who) {
			got = append(got, i.Change.ID)
		}
		if !slices.Equal(got, want) {
			t.Errorf("for %q: %v, want %v", who, got, want)
		}
	}
	for k := range before {
		if q.Items[k].Change.ID != before[k].Change.ID {
			t.Fatal("Sorted changed the shared snapshot")
		}
	}
	if q.Mine("a") != 2 || q.Mine("b") != 1 || q.Mine("") != 0 {
		t.Errorf("mine: %d, %d, %d", q.Mine("a"), q.Mine("b"), q.Mine(""))
	}
}

// The order must not depend on the order in which the store listed the rows.
func TestSortedDependsOnTheRowsAlone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var items []change.Item
		for n := range rapid.IntRange(0, 12).Draw(t, "rows") {
			i := change.Item{Change: change.Change{ID: change.ID(int64(n + 1))}}
			i.Approval.ExpiresAt = noon.Add(time.Duration(rapid.IntRange(0, 2).Draw(t, "deadline")))
			if rapid.Bool().Draw(t, "own") {
				i.Eligible = []access.PersonID{"a"}
			}
			items = append(items, i)
		}
		ids := func(list []change.Item) []string {
			var out []string
			for _, i := range (&change.Queue{Items: list}).Sorted("a") {
				out = append(out, i.Change.ID)
			}
			return out
		}
		if a, b := ids(items), ids(rapid.Permutation(items).Draw(t, "listed")); !slices.Equal(a, b) {
			t.Fatalf("%v, listed otherwise %v", a, b)
		}
	})
}

func TestFind(t *testing.T) {
	q := &change.Queue{Items: []change.Item{{Change: change.Change{ID: "CHG-1"}}}, Decided: []change.Item{{Change: change.Change{ID: "CHG-2"}}}}
	for id, want := range map[string]bool{"CHG-1": true, "CHG-2": true, "CHG-3": false} {
		if i, ok := q.Find(id); ok != want || (ok && i.Change.ID != id) {
			t.Errorf("Find(%s) = %s, %v", id, i.Change.ID, ok)
		}
	}
}
