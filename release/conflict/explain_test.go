package conflict_test

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	. "signalbox/release/conflict"
)

// TestWhatIsRead: the list has the worst first, each pair once, with its parties, owner and deadline; a slot says why
// it has its rank.
func TestWhatIsRead(t *testing.T) {
	w, a, b := shop(), job(), job()
	b.ID, b.Service, b.Interval, b.Priority, a.Priority = "CHG-2", "web", in(30*time.Minute, 60*time.Minute), 1, 3
	a.People = []Person{{ID: "ann", Zone: "Europe/London"}, {ID: "bob", Zone: "Asia/Singapore"}, {ID: "cem"}}
	w.Work = []Work{a, b}
	w.Facts = append(w.Facts, Fact{ID: "FRZ-1", Sort: FreezeFact, Scope: "service:api", Title: "peak retail", Interval: in(0, 30*time.Minute)})
	e, err := New(w)
	if err != nil {
		t.Fatal(err)
	}
	list := e.List()
	if len(list) != 2 || list[0].Key != "K1/CHG-1/freeze:FRZ-1" || list[1].Key != "K5/CHG-1/work:CHG-2" {
		t.Fatalf("%+v", list)
	}
	if got, want := list[0].Reason, "CHG-1 lies in the hard freeze FRZ-1 (peak retail) for 30m"; got != want {
		t.Errorf("%q", got)
	}
	c := list[1]
	if got, want := c.Reason, "web depends hard on api, and CHG-1 and CHG-2 change both for 1h30m of the same time"; got != want {
		t.Errorf("%q", got)
	}
	if c.Owner != "red" || !c.Deadline.Equal(noon.Add(-15*time.Minute)) || !slices.Equal(c.Items, []string{"web"}) {
		t.Errorf("%+v", c)
	}
	text, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	var back map[string]any
	if err := json.Unmarshal(text, &back); err != nil || back["kind"] != "K5" || back["severity"] != "soft" || back["outcome"] != "conflict" {
		t.Errorf("%s %v", text, err)
	}
	search, err := e.Slots(a, noon)
	if err != nil || len(search.Slots) != 5 {
		t.Fatalf("%+v %v", search, err)
	}
	best := search.Slots[0]
	if best.Left == nil || best.Unknown == nil || best.From.Before(noon) {
		t.Errorf("%+v", best)
	}
	for i, s := range search.Slots {
		if i > 0 && s.Cost < search.Slots[i-1].Cost || s.All != 3 || s.Known != 2 || s.Customers == nil || len(s.Why) != 5 {
			t.Errorf("%d: %+v", i, s)
		}
	}
	t.Log(best.Why)
	// A freeze of the whole horizon is what blocks, alone.
	w.Facts = append(w.Facts, Fact{ID: "FRZ-2", Sort: FreezeFact, Scope: "service:api", Interval: in(-time.Hour, 3000*time.Hour)})
	if e, err = New(w); err != nil {
		t.Fatal(err)
	}
	if search, err = e.Slots(a, noon); err != nil || len(search.Slots) != 0 || len(search.Blocking) != 1 || search.Blocking[0].Key != "K1/CHG-1/freeze:FRZ-2" {
		t.Errorf("%+v %v", search, err)
	}
}
