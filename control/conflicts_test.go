package control_test

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"signalbox/control"
	"signalbox/release"
	"signalbox/release/access"
	"signalbox/release/audit"
	"signalbox/release/change"
	"signalbox/release/conflict"
	"signalbox/release/gate"
	"signalbox/release/port"
	"signalbox/release/verb"
)

// docket watches once, as the clock of a process does, and returns the conflicts.
func (h *house) docket() *conflict.Docket {
	h.t.Helper()
	if err := h.WatchOnce(context.Background()); err != nil {
		h.t.Fatal(err)
	}
	d, err := h.Docket(context.Background())
	if err != nil {
		h.t.Fatal(err)
	}
	return d
}

// of finds the case of a kind that stands.
func of(d *conflict.Docket, k conflict.Kind) *conflict.Case {
	for i := range d.Standing {
		if d.Standing[i].Kind == k {
			return &d.Standing[i]
		}
	}
	return nil
}

// gateOf is the result of one gate on a change now.
func (h *house) gateOf(service string, n int, name string) gate.Result {
	h.t.Helper()
	for _, g := range h.verdict(service, n).Gates {
		if g.Gate == name {
			return g
		}
	}
	h.t.Fatalf("no gate %s", name)
	return gate.Result{}
}

// scheduled brings a change of search from its deployment to a schedule in three hours, approved.
func (h *house) scheduled(n int, at string) string {
	h.t.Helper()
	h.ingest(h.deploy("search", n, "dev"))
	id := change.ID(int64(n))
	h.must("bob", "approve", []string{id}, "message", why)
	h.must("cora", "move", []string{id}, "to", at, "for", "1h")
	return id
}

func coordinators(h *house) {
	h.local("person add", []string{"cody"}, "role", []string{"coordinator"}, "key", []string{h.key("cody")})
	h.local("person add", []string{"max"}, "role", []string{"commander"}, "key", []string{h.key("max")})
}

func TestTwoChangesOfOneServiceAtOneTime(t *testing.T) {
	h := open(t)
	coordinators(h)
	h.scheduled(1, "+96h")
	if d := h.docket(); len(d.Standing) != 0 {
		t.Fatalf("alone: %+v", d.Standing)
	}
	h.scheduled(2, "+96h30m")
	d := h.docket()
	k := of(d, conflict.SameService)
	if k == nil || k.ID != "CX-1" || k.Severity != conflict.Hard || k.Owner != "web" || k.State != conflict.Open {
		t.Fatalf("%+v", d.Standing)
	}
	if k.To.Sub(k.From) != 30*time.Minute {
		t.Errorf("they share %s – %s", k.From, k.To)
	}
	if again := h.docket(); len(again.Standing) != len(d.Standing) || of(again, conflict.SameService).Revision != k.Revision {
		t.Errorf("raised again: %+v", again.Standing)
	}
	g := h.gateOf("search", 2, gate.ConflictGate)
	if g.Verdict != gate.Block || !strings.Contains(g.Reason, "CX-1") || !slices.ContainsFunc(g.Unblock, func(u gate.Unblock) bool { return slices.Contains(u.Who, "cora") }) {
		t.Errorf("the gate: %+v", g)
	}

	// The best slot of the change that should yield leaves nothing.
	b, err := h.Brief(context.Background(), k.ID)
	if err != nil || len(b.Search.Slots) == 0 {
		t.Fatalf("%+v %v", b, err)
	}
	preview := h.must("cora", "move", []string{k.Work()}, "slot", "1", "what-if", "true")
	if c, _ := h.change(k.Work()); !c.Schedule.From.Equal(b.A.From) || !strings.Contains(preview.Lines[0], "would leave 0 of 1") {
		t.Errorf("what-if: %v, %s", preview.Lines, c.Schedule.Text())
	}
	_, before := h.change(k.Work())
	h.must("cora", "move", []string{k.Work()}, "slot", "1", "message", "out of the way of the other")
	ch, after := h.change(k.Work())
	if ch.State != change.Scheduled || after.State != change.Approved || after.Granted() != before.Granted() || after.GrantUntil.Before(ch.Schedule.To) {
		t.Errorf("the approval is %+v of %s", after, ch.State)
	}
	d = h.docket()
	if of(d, conflict.SameService) != nil || len(d.Settled) != 1 || !strings.Contains(d.Settled[0].How, "cora moved "+k.Work()) {
		t.Errorf("after the move: %+v %+v", d.Standing, d.Settled)
	}
	if g := h.gateOf("search", 1, gate.ConflictGate); g.Verdict != gate.Pass {
		t.Errorf("the gate: %+v", g)
	}
}

func TestTheGateKnowsTheSchedule(t *testing.T) {
	h := open(t)
	h.scheduled(1, "+96h")
	if g := h.gateOf("search", 1, gate.WindowGate); g.Verdict != gate.Block || !strings.Contains(g.Reason, "not before it") {
		t.Errorf("early: %+v", g)
	}
	for _, c := range []struct {
		ahead time.Duration
		want  gate.Verdict
	}{{96*time.Hour - change.Slack - time.Second, gate.Block}, {10 * time.Second, gate.Pass}, {time.Hour + 2*change.Slack - 10*time.Second, gate.Pass}, {10 * time.Second, gate.Block}} {
		h.pass(c.ahead)
		if g := h.gateOf("search", 1, gate.WindowGate); g.Verdict != c.want {
			t.Errorf("at %s: %+v", h.now(), g)
		}
	}
}

func TestWhatIsNotGivenNoticeWaitsForAWaiver(t *testing.T) {
	h := open(t)
	coordinators(h)
	id := h.scheduled(1, "+2h")
	k := of(h.docket(), conflict.LeadTime)
	if k == nil || k.Severity != conflict.Soft {
		t.Fatal("a normal change in two hours gives no notice")
	}
	if g := h.gateOf("search", 1, gate.ConflictGate); g.Verdict != gate.NeedsApproval {
		t.Errorf("the gate: %+v", g)
	}
	h.refused(release.Refused, "has 5 characters", "cora", "waive", []string{k.ID}, "message", "hurry")
	h.refused(release.Refused, "may not", "bob", "waive", []string{k.ID}, "message", "the shop waits for it and we all know of it")
	h.must("cora", "waive", []string{k.ID}, "until", "+4h", "message", "the shop waits for it and we all know of it")
	if g := h.gateOf("search", 1, gate.ConflictGate); g.Verdict != gate.Pass || !strings.Contains(strings.Join(g.Evidence, " "), "waived until") {
		t.Errorf("waived: %+v", g)
	}
	h.pass(4 * time.Hour)
	k = of(h.docket(), conflict.LeadTime)
	if k == nil || k.State != conflict.Open || k.Waiver != nil {
		t.Errorf("after its end: %+v", k)
	}
	if g := h.gateOf("search", 1, gate.ConflictGate); g.Verdict != gate.NeedsApproval {
		t.Errorf("after its end the gate says %+v", g)
	}
	_ = id
}

func TestAHardConflictIsWaivedByTwo(t *testing.T) {
	h := open(t)
	coordinators(h)
	h.scheduled(1, "+96h")
	h.scheduled(2, "+96h30m")
	k := of(h.docket(), conflict.SameService)
	reason := "both were rehearsed together on staging this morning"
	h.must("cora", "waive", []string{k.ID}, "message", reason)
	if g := h.gateOf("search", 2, gate.ConflictGate); g.Verdict != gate.Block {
		t.Errorf("one person waived a hard conflict: %+v", g)
	}
	h.refused(release.Refused, "you asked for it yourself", "cora", "waive", []string{k.ID}, "message", reason)
	h.pass(conflict.OverrideTTL)
	h.must("max", "waive", []string{k.ID}, "message", reason) // cora's half ended
	if g := h.gateOf("search", 2, gate.ConflictGate); g.Verdict != gate.Block {
		t.Errorf("the first half held beyond its time: %+v", g)
	}
	h.must("cody", "waive", []string{k.ID})
	if g := h.gateOf("search", 2, gate.ConflictGate); g.Verdict != gate.Pass {
		t.Errorf("two waived it: %+v", g)
	}
	last := h.log()[len(h.log())-1]
	if last.Verb != "waive" || last.Reason != reason || !strings.Contains(last.Summary, "max and cody waived "+k.ID) {
		t.Errorf("%+v", last)
	}
}

func TestACaseAsksOneAfterTheOther(t *testing.T) {
	h := open(t)
	coordinators(h)
	h.scheduled(1, "+2h")
	k := of(h.docket(), conflict.LeadTime)
	follow := func() {
		for h.FollowUpOnce(context.Background()) {
		}
	}
	asked := func() []access.PersonID {
		b, err := h.Brief(context.Background(), k.ID)
		if err != nil {
			t.Fatal(err)
		}
		return b.Asked
	}
	h.pass(30*time.Minute - time.Second)
	follow()
	if got := asked(); !slices.Equal(got, []access.PersonID{"cody", "cora"}) {
		t.Errorf("first: %v", got)
	}
	h.pass(time.Second)
	follow()
	if got := asked(); !slices.Equal(got, []access.PersonID{"max"}) {
		t.Errorf("after half an hour: %v", got)
	}
	if !slices.ContainsFunc(h.log(), func(e audit.Entry) bool { return e.Verb == "conflict.escalate" && e.Detail["asked"] == "max" }) {
		t.Error("nobody was told")
	}
	h.must("max", "answer", []string{k.ID})
	h.pass(time.Hour)
	follow()
	if got := asked(); !slices.Equal(got, []access.PersonID{"max"}) {
		t.Errorf("answered, and others were asked: %v", got)
	}
	h.refused(release.Refused, "max answered it", "cora", "answer", []string{k.ID})
	h.must("cora", "escalate", []string{k.ID})
	h.refused(release.Refused, "end of its path", "cora", "escalate", []string{k.ID})
}

// Two coordinators move the same change: one wins, and the other is told what changed.
func TestTwoCoordinatorsMoveOneChange(t *testing.T) {
	h := open(t)
	coordinators(h)
	id := h.scheduled(1, "+96h")
	c, _ := h.change(id)
	seen := func(p access.PersonID, to string) (verb.Answer, error) {
		return h.as(p, "move", []string{id}, "to", to, "revision", revisionOf(c))
	}
	if _, err := seen("cora", "+97h"); err != nil {
		t.Fatal(err)
	}
	_, err := seen("cody", "+98h")
	if release.CodeOf(err) != release.Changed || !strings.Contains(err.Error(), "cora moved") {
		t.Errorf("the second was told %v", err)
	}
}

func revisionOf(c change.Change) string {
	b, _ := json.Marshal(c.Revision)
	return string(b)
}

func TestAFreezeFlagsWhatIsScheduled(t *testing.T) {
	h := open(t)
	coordinators(h)
	id := h.scheduled(1, "+96h")
	h.must("cora", "freeze declare", nil, "kind", "hard", "scope", "service:search", "from", "+95h", "for", "1d", "message", "peak retail weekend of the shop")
	k := of(h.docket(), conflict.FreezeHard)
	if k == nil || k.Work() != id || k.Owner != "web" {
		t.Fatalf("%+v", k)
	}
	h.refused(release.Refused, "a freeze is not waived", "cora", "waive", []string{k.ID}, "message", "it is only a small one and we are all here")
	a := h.must("cora", "slots", []string{k.ID})
	if !strings.Contains(a.Lines[0], "slot 1") {
		t.Errorf("%v", a.Lines)
	}
}

// What subscribes to a unit hears of the conflicts of its changes, and how to come to see them.
func TestAConflictIsToldToTheOutside(t *testing.T) {
	h := open(t)
	coordinators(h)
	w := h.Wiring
	w.Address = "signalbox.example"
	w.Notices = []control.Notice{{Target: "shop", Events: control.DefaultEvents, Scope: "unit:shop"}, {Target: "money", Events: control.DefaultEvents, Scope: "unit:money"}}
	if err := h.Rewire(context.Background(), w); err != nil {
		t.Fatal(err)
	}
	h.scheduled(1, "+2h")
	k := of(h.docket(), conflict.LeadTime)
	h.pass(30 * time.Minute)
	for h.FollowUpOnce(context.Background()) {
	}
	got := map[string]string{}
	err := h.store.Read(context.Background(), func(r port.Reader) error {
		for _, target := range []string{"shop", "money"} {
			list, err := r.Messages(context.Background(), target, nil, 100)
			if err != nil {
				return err
			}
			for _, m := range list {
				if m.Subject == k.ID {
					got[target+" "+m.Event] = string(m.Body)
				}
			}
		}
		return nil
	})
	if err != nil || len(got) != 2 || !strings.Contains(got["shop conflict.raise"], "go "+k.ID) || !strings.Contains(got["shop conflict.escalate"], `"asked":"max"`) {
		t.Errorf("%v %v", got, err)
	}
}

// The engine that is edited from one moment to the next says what one does that was built from nothing.
func TestTheEngineIsEditedAsItWouldBeBuilt(t *testing.T) {
	h := open(t)
	coordinators(h)
	for n, at := range []string{"+96h", "+96h30m", "+120h", "+5h"} {
		h.scheduled(n+1, at)
	}
	steps := []func(){
		func() {},
		func() { h.must("cora", "move", []string{"CHG-2"}, "to", "+120h20m") },
		func() {
			h.must("cora", "freeze declare", nil, "kind", "soft", "scope", "unit:shop", "from", "+119h", "for", "3h", "message", "the shop counts its stock then")
		},
		func() { h.must("cora", "move", []string{"CHG-1"}, "to", "+119h") },
		func() {
			h.must("cora", "freeze lift", []string{"FRZ-1"}, "message", "the stock was counted early this time")
		},
		func() { h.pass(3 * time.Hour) },
	}
	for k, step := range steps {
		step()
		h.docket()
		fresh := h.reopened()
		for n := range 4 {
			ask := gate.Subject{Service: "search", Environment: "production", Digest: digest(n + 1)}
			got, err := h.Gate(context.Background(), ask, time.Time{})
			want, ferr := fresh.Gate(context.Background(), ask, time.Time{})
			if err != nil || ferr != nil {
				t.Fatal(err, ferr)
			}
			a, _ := json.Marshal(got)
			b, _ := json.Marshal(want)
			if string(a) != string(b) {
				t.Errorf("after step %d CHG-%d:\n%s\nbuilt anew:\n%s", k, n+1, a, b)
			}
		}
	}
}

// Many may ask while what they are judged by changes: nobody waits for a connection to the store while holding one.
func TestManyAskWhileTheCalendarChanges(t *testing.T) {
	h := open(t)
	coordinators(h)
	h.scheduled(1, "+96h")
	var all sync.WaitGroup
	for n := range 32 {
		all.Go(func() {
			for k := range 8 {
				if n == 0 {
					if _, err := h.as("cora", "freeze declare", nil, "kind", "soft", "scope", "unit:shop", "from", "+200h", "for", "1h", "message", "the shop counts its stock again then"); err != nil {
						t.Errorf("the freeze %d: %v", k, err)
					}
					continue
				}
				if _, err := h.Gate(context.Background(), gate.Subject{Service: "search", Environment: "production", Digest: digest(1)}, time.Time{}); err != nil {
					t.Errorf("the gate: %v", err)
				}
			}
		})
	}
	all.Wait()
}
