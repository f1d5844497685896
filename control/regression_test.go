package control_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"signalbox/release"
	"signalbox/release/audit"
	"signalbox/release/change"
	"signalbox/release/fact"
	"signalbox/release/gate"
	"signalbox/release/port"
	"signalbox/release/rollout"
	"signalbox/release/verb"
)

// status is a word of the forge about a deployment.
func (h *house) status(f fact.DeployRequested, s rollout.State) {
	h.t.Helper()
	h.ingest(fact.DeployStatus{DeployRequested: f, State: s, StatusAt: h.now()})
}

func (h *house) verbs(name string) int {
	n := 0
	for _, e := range h.log() {
		if e.Verb == name && e.Outcome == audit.Done {
			n++
		}
	}
	return n
}

// TestALateWordAboutAnEarlierDeploymentIsNotAboutThisOne: after each success a forge tells that the
// deployment before it is inactive.
func TestALateWordAboutAnEarlierDeploymentIsNotAboutThisOne(t *testing.T) {
	h := open(t)
	never := h.deploy("search", 7, "dev")
	h.status(never, rollout.Inactive)
	if n := h.verbs("change.request") + h.verbs("rollout.unauthorised"); n != 0 {
		t.Fatalf("the end of a deployment never seen here left %d entries", n)
	}

	one := h.deploy("search", 1, "dev")
	h.ingest(one)
	h.must("bob", "approve", []string{"CHG-1"}, "message", why)
	h.status(one, rollout.InProgress)
	h.pass(time.Minute)
	h.status(one, rollout.Success)

	two := one
	two.ExternalID = "the same digest again"
	h.pass(time.Minute)
	h.ingest(two)
	h.must("bob", "approve", []string{"CHG-2"}, "message", why)
	h.pass(time.Minute)
	h.status(one, rollout.Inactive)
	if c, a := h.change("CHG-2"); c.State != change.Authorised || a.State != change.Approved {
		t.Errorf("CHG-2 is %s, its approval %s", c.State, a.State)
	}
	h.pass(time.Minute)
	h.status(two, rollout.InProgress)
	h.pass(time.Minute)
	h.status(two, rollout.Success)
	h.pass(time.Minute)
	h.status(two, rollout.Inactive)
	if c, _ := h.change("CHG-2"); c.Result != change.Done {
		t.Errorf("CHG-2 ended %s", c.Result)
	}
	if n := h.verbs("change.request"); n != 2 {
		t.Errorf("%d changes were asked for, want 2", n)
	}
	if n := h.verbs("rollout.unauthorised"); n != 0 {
		t.Errorf("%d false alarms", n)
	}
}

// TestARolloutAsksTheGate: a deployment that starts under a freeze is an alarm and uses no approval up.
func TestARolloutAsksTheGate(t *testing.T) {
	h := open(t)
	f := h.deploy("search", 1, "dev")
	h.ingest(f)
	h.must("bob", "approve", []string{"CHG-1"}, "message", why)
	h.must("cora", "freeze declare", nil, "kind", "hard", "scope", "org", "for", "2h", "message", "the network is being moved")
	h.status(f, rollout.InProgress)
	if c, a := h.change("CHG-1"); c.State != change.Authorised || a.State != change.Approved {
		t.Errorf("the change is %s, its approval %s", c.State, a.State)
	}
	log := h.log()
	if e := log[len(log)-1]; e.Verb != "rollout.unauthorised" || e.Detail["rollout"] != "RO-1" {
		t.Errorf("the newest entry: %+v", e)
	}
}

// TestABusySnapshotIsNoOutage: while changes come in and many look, nobody is told that the store is down.
func TestABusySnapshotIsNoOutage(t *testing.T) {
	h := open(t)
	for n := 1; n <= 100; n++ {
		h.ingest(h.deploy("search", n, "dev"))
	}
	stop := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
				h.Hub.Publish(port.Changes)
			}
		}
	})
	var watchers sync.WaitGroup
	for range 100 {
		watchers.Go(func() {
			for range 3 {
				a, err := h.Alarm(context.Background())
				if err != nil || a.Store != "" {
					t.Errorf("a false outage: %q %v", a.Store, err)
				}
			}
		})
	}
	watchers.Wait()
	close(stop)
	wg.Wait()
}

// TestACallerWhoLeavesDarkensNobody: a context that ends is the caller's own affair.
func TestACallerWhoLeavesDarkensNobody(t *testing.T) {
	h := open(t)
	gone, cancel := context.WithCancel(context.Background())
	cancel()
	_, _ = h.Alarm(gone)
	if a, err := h.Alarm(context.Background()); err != nil || a.Store != "" {
		t.Errorf("%q %v", a.Store, err)
	}
}

// TestARefusalIsRecordedThoughTheCallerHangsUp: probing must leave a trace.
func TestARefusalIsRecordedThoughTheCallerHangsUp(t *testing.T) {
	h := open(t)
	h.ingest(h.deploy("search", 1, "dev"))
	ctx, cancel := context.WithCancel(context.Background())
	before := len(h.log())
	c := call(h.actor("vic"), "approve", []string{"CHG-1"}, "message", why)
	cancel()
	_, err := h.Do(ctx, c)
	if release.CodeOf(err) == release.Refused && len(h.log()) != before+1 {
		t.Error("a refusal left no entry")
	}
	if err == nil {
		t.Error("a viewer approved")
	}
}

// TestRefusalsDoNotPushWhatHappenedOffTheTicker: the ticker is everybody's.
func TestRefusalsDoNotPushWhatHappenedOffTheTicker(t *testing.T) {
	h := open(t)
	h.ingest(h.deploy("search", 1, "dev"))
	for range 60 {
		_, _ = h.as("vic", "person list", nil)
	}
	a, err := h.Alarm(context.Background())
	if err != nil || len(a.Events) == 0 || a.Events[0].ID != "CHG-1" {
		t.Errorf("%d events, %v", len(a.Events), err)
	}
}

// TestTheGateReadsNamesInAnyLetterCase at every door.
func TestTheGateReadsNamesInAnyLetterCase(t *testing.T) {
	h := open(t)
	h.ingest(h.deploy("search", 1, "dev"))
	h.must("bob", "approve", []string{"CHG-1"}, "message", why)
	a, err := h.Gate(context.Background(), gate.Subject{Service: "Search", Environment: "PROD", Digest: digest(1)}, time.Time{})
	if err != nil || a.Verdict != gate.Pass {
		t.Errorf("%s %v", a.Verdict, err)
	}
}

// TestACapturedBodyUnderANewIDIsTheSameMessage: the signature covers the body alone.
func TestACapturedBodyUnderANewIDIsTheSameMessage(t *testing.T) {
	h := open(t)
	for i, want := range []bool{true, false} {
		fresh, err := h.Ingest(context.Background(), "github", port.Delivery{ID: fmt.Sprint("id-", i), Event: "deployment", Sum: "aa"},
			[]fact.Fact{h.deploy("search", 1, "dev")})
		if err != nil || fresh != want {
			t.Errorf("delivery %d: fresh %v, %v", i, fresh, err)
		}
	}
}

// TestALogThatWasSignedIsTakenUpAgain: after a restart the file's newest checkpoint is where it goes on.
func TestALogThatWasSignedIsTakenUpAgain(t *testing.T) {
	h := open(t)
	if err := h.Checkpoint(context.Background()); err != nil {
		t.Fatal(err)
	}
	if err := h.Checkpoint(context.Background()); err != nil {
		t.Fatal(err)
	}
	if notes, err := h.Checkpoints.Notes(); err != nil || len(notes) != 1 {
		t.Errorf("%d checkpoints for one state, %v", len(notes), err)
	}
	again := h.reopened()
	if err := again.Checkpoint(context.Background()); err != nil {
		t.Fatal(err)
	}
	if notes, _ := h.Checkpoints.Notes(); len(notes) != 1 {
		t.Errorf("%d checkpoints after a restart", len(notes))
	}
}

// TestTheListOfAllChangesIsPaged by the id of the last one.
func TestTheListOfAllChangesIsPaged(t *testing.T) {
	h := open(t)
	for n := 1; n <= 5; n++ {
		h.ingest(h.deploy("search", n, "dev"))
	}
	var seen []string
	after := ""
	for range 3 {
		a := h.must("vic", "change list", nil, "limit", "2", "after", after)
		list := a.Value.(verb.List[change.Change])
		for _, c := range list.Items {
			seen = append(seen, c.ID)
		}
		after = list.Next
	}
	if fmt.Sprint(seen) != "[CHG-5 CHG-4 CHG-3 CHG-2 CHG-1]" || after != "" {
		t.Errorf("%v, next %q", seen, after)
	}
}

// TestReadersSeeWhatWasDoneAndNoMore: refusals and keys are the auditor's.
func TestReadersSeeWhatWasDoneAndNoMore(t *testing.T) {
	h := open(t)
	h.ingest(h.deploy("search", 1, "dev"))
	_, _ = h.as("vic", "approve", []string{"CHG-1"}, "message", why)
	h.must("bob", "approve", []string{"CHG-1"}, "message", why)
	k := h.must("vic", "change show", []string{"1"}).Value.(*gate.Case)
	if len(k.History) != 2 {
		t.Errorf("%d entries", len(k.History))
	}
	for _, e := range k.History {
		if e.Fingerprint != "" || e.Outcome != audit.Done {
			t.Errorf("%+v", e)
		}
	}
}

// TestTheLastAdminStays: nobody can lock everybody out.
func TestTheLastAdminStays(t *testing.T) {
	h := open(t)
	h.refused(release.Refused, "ann is the last admin", "ann", "person disable", []string{"ann"})
	h.refused(release.Refused, "ann is the last admin", "ann", "person grant", []string{"ann", "admin"}, "remove", "true")
	h.must("ann", "person grant", []string{"bob", "admin"})
	h.must("ann", "person disable", []string{"ann"})
}

// TestAFreezeOfNothingIsRefused: a mistyped scope must not look like protection.
func TestAFreezeOfNothingIsRefused(t *testing.T) {
	h := open(t)
	h.refused(release.Refused, "no service is in the scope team:wbe", "cora", "freeze declare", nil, "kind", "hard", "scope", "team:wbe", "for", "2h", "message", "the network is being moved")
	a := h.must("cora", "freeze declare", nil, "kind", "hard", "scope", "team:web", "for", "2h", "message", "the network is being moved")
	if len(a.Lines) < 2 || a.Lines[1] != "it covers 2 of 2 services" {
		t.Errorf("%q", a.Lines)
	}
}

// TestAFreezeSaysWhenItHolds: one that would be over is refused, one has one end, and one of later says when it begins.
func TestAFreezeSaysWhenItHolds(t *testing.T) {
	h := open(t)
	at := func(d time.Duration) string { return h.now().Add(d).Format(time.RFC3339) }
	declare := func(flags ...any) []any {
		return append([]any{"kind", "hard", "scope", "org", "message", "the network is being moved"}, flags...)
	}
	h.refused(release.Usage, "which is past", "cora", "freeze declare", nil, declare("from", at(-3*time.Hour), "to", at(-time.Hour))...)
	h.refused(release.Usage, "both --to and --for", "cora", "freeze declare", nil, declare("to", at(time.Hour), "for", "2h")...)
	h.refused(release.Usage, "needs an end", "cora", "freeze declare", nil, declare()...)
	if a := h.must("cora", "freeze declare", nil, declare("from", at(24*time.Hour), "for", "2h")...); !strings.Contains(a.Lines[0], "from "+h.now().Add(24*time.Hour).Format("Mon 02 Jan 15:04Z")+" until ") {
		t.Errorf("%q", a.Lines)
	}
	h.must("cora", "freeze lift", []string{"1"}, "message", "the move was called off")
	h.refused(release.Refused, "FRZ-1 was lifted already, by cora", "cora", "freeze lift", []string{"1"}, "message", "the move was called off")
}

// TestTheQueueVerbSaysWhatBars: the row of a change that a freeze bars says so, beside the gate's own word.
func TestTheQueueVerbSaysWhatBars(t *testing.T) {
	h := open(t)
	h.ingest(h.deploy("search", 1, "dev"))
	h.must("cora", "freeze declare", nil, "kind", "hard", "scope", "org", "for", "2h", "message", "the network is being moved")
	a := h.must("bob", "queue", nil)
	text := strings.Join(a.Lines, "\n")
	if !strings.Contains(text, "yours, FRZ, the gate blocks it") || !strings.Contains(text, "  block  ") {
		t.Error(text)
	}
	raw, err := json.Marshal(a.Value)
	if err != nil || !strings.Contains(string(raw), `"needs":"FRZ`) || !strings.Contains(string(raw), `"gate":"block"`) {
		t.Errorf("%s, %v", raw, err)
	}
}
