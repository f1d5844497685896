package control_test

import (
	"context"
	"encoding/json"
	"math"
	"strings"
	"testing"
	"time"

	"signalbox/control"
	"signalbox/release"
	"signalbox/release/access"
	"signalbox/release/fact"
	"signalbox/release/health"
	"signalbox/release/port"
	"signalbox/release/rollout"
)

// both is one answer of a monitor about two versions of checkout: the newer has a share of the traffic and an
// error ratio.
func (h *house) both(share, errors float64) port.Pulled {
	s := func(v string, rate, errors, p99 float64) health.Sample {
		return health.Sample{Service: "checkout", Environment: "prod", Version: v, At: h.now(), Step: 15 * time.Second, Rate: number(rate), Errors: number(errors), P99: number(p99), N: 1}
	}
	return port.Pulled{Facts: []fact.Fact{fact.Measured{Samples: []health.Sample{s("1.1.0", 100*(1-share), 0.002, 0.4), s("1.2.0", 100*share, errors, 0.44)}}}, Read: 2}
}

func (h *house) checkout(n int, s rollout.State) {
	h.ingest(fact.DeployStatus{DeployRequested: h.deploy("checkout", n, "dev"), State: s, StatusAt: h.now()})
}

func (h *house) sheet(id string) *rollout.Sheet {
	h.t.Helper()
	s, err := h.Rollout(context.Background(), id)
	if err != nil {
		h.t.Fatal(err)
	}
	return s
}

func (h *house) rollouts() *rollout.List {
	h.t.Helper()
	l, err := h.Rollouts(context.Background())
	if err != nil {
		h.t.Fatal(err)
	}
	return l
}

func TestARolloutIsObservedFromItsStatusesAndItsTraffic(t *testing.T) {
	prom := &source{name: "prom"}
	h, _ := outside(t, []port.Puller{prom}, nil)
	ctx := context.Background()
	if l := h.rollouts(); len(l.Moving)+len(l.Waiting)+len(l.Done) != 0 || l.Next() != nil {
		t.Fatalf("an empty store: %+v", l)
	}
	h.checkout(1, rollout.Success) // 1.1.0 went in without approval
	h.pass(time.Hour)
	h.checkout(2, rollout.InProgress)
	l := h.rollouts()
	if len(l.Moving) != 1 || l.Moving[0].Lack != rollout.NoApproval || l.Moving[0].Aspect != release.Stop || l.Moving[0].Before != h.rollouts().Done[0].Version {
		t.Fatalf("moving: %+v", l.Moving)
	}
	if r := l.Moving[0]; r.Share != nil || len(r.Monitors) != 0 {
		t.Errorf("nobody measured it: %+v", r)
	}
	if l.Done[0].Lack != rollout.NoApproval {
		t.Errorf("done: %+v", l.Done)
	}
	if s := h.sheet("RO-2"); s.Request == nil || s.Request.Change.ID != "CHG-2" || s.Gate == nil || s.Comparison != nil || s.Events[len(s.Events)-1].At.After(s.Events[0].At) {
		t.Errorf("the sheet: %+v", s)
	}
	for range 24 { // six minutes
		h.pass(15 * time.Second)
		prom.say(h.both(0.1, 0.02), nil)
		h.PullOnce(ctx, prom)
	}
	s := h.sheet("RO-2")
	if s.Version != "1.2.0" || s.Before != "1.1.0" {
		t.Fatalf("%s after %s: the test's versions are others", s.Version, s.Before)
	}
	if s.Share == nil || math.Abs(*s.Share-0.1) > 1e-9 || !s.ShareAt.Equal(h.now()) {
		t.Errorf("share %v at %s", s.Share, s.ShareAt)
	}
	if d := s.Comparison.Of(health.ErrorRatio); d.Finding != health.Worse || math.Abs(*d.Delta-0.018) > 1e-9 {
		t.Errorf("errors: %+v", d)
	}
	if len(s.Series) != 48 || len(s.Markers) != 1 || s.Markers[0].ID != "RO-2" || !s.SeriesTo.Equal(h.now()) {
		t.Errorf("%d samples, markers %+v", len(s.Series), s.Markers)
	}
	// One fact more and the row follows.
	h.pass(15 * time.Second)
	prom.say(h.both(0.25, 0.02), nil)
	h.PullOnce(ctx, prom)
	if r := h.rollouts().Moving[0]; math.Abs(*r.Share-0.25) > 1e-9 {
		t.Errorf("share %v", *r.Share)
	}
	prom.say(port.Pulled{}, release.Errorf(release.Unavailable, "no answer"))
	h.pass(time.Minute)
	h.PullOnce(ctx, prom)
	if s = h.sheet("RO-2"); !s.Dark() || s.Share == nil || !s.SeriesTo.Equal(h.now()) || s.Good().Equal(h.now()) {
		t.Errorf("dark: %+v", s.Row)
	}
	text := strings.Join(h.must("ann", "rollout show", []string{"RO-2"}).Lines, "\n")
	for _, want := range []string{"~25% obs  measured 1m", "○ DARK prom last good 1m00s ago", "not judged: dark", "it goes into production without approval", "1.1.0 → 1.2.0", "strategy  —"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
}

// TestTheFirstRolloutOfAForge: what was there before is known from its traffic, and both are compared as they were
// at the end, not after it.
func TestTheFirstRolloutOfAForge(t *testing.T) {
	prom := &source{name: "prom"}
	h, _ := outside(t, []port.Puller{prom}, nil)
	watch := func(share, errors float64) {
		for range 24 { // six minutes
			h.pass(15 * time.Second)
			prom.say(h.both(share, errors), nil)
			h.PullOnce(context.Background(), prom)
		}
	}
	watch(0, 0)
	h.checkout(2, rollout.InProgress)
	watch(0.5, 0.09)
	fires := func(id, name, severity string) {
		h.ingest(fact.AlertSeen{Alert: health.Alert{ID: id, Name: name, Service: "checkout", Environment: "prod", Severity: severity, State: health.Firing, StartsAt: h.now(), UpdatedAt: h.now()}})
	}
	fires("f1", "Slow", "warning")
	if r := h.rollouts().Moving[0]; r.Why == "Slow" || r.Aspect != release.Stop { // it is not approved, and that is worse
		t.Errorf("%s %q", r.Aspect, r.Why)
	}
	h.pass(time.Second)
	h.checkout(2, rollout.Failure)
	watch(0, 0)
	fires("f2", "Down", "page")
	text := strings.Join(h.must("ann", "rollout show", []string{"RO-1"}).Lines, "\n")
	for _, want := range []string{"▲ CAUT Slow fires since", "■ STOP Down fires since", "Z Slow fires"} { // both fire, one began while it went
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
	if strings.Contains(text, "Z Down fires") {
		t.Errorf("an alert of later is told as its own\n%s", text)
	}
	if r := h.rollouts().Done[0]; r.Before != "1.1.0" {
		t.Errorf("in the list it comes after %q", r.Before)
	}
	s := h.sheet("RO-1")
	if s.Before != "1.1.0" || s.Comparison == nil || s.Comparison.Of(health.ErrorRatio).Finding != health.Worse || s.Comparison.To.After(s.UpdatedAt) {
		t.Errorf("after %q: %+v", s.Before, s.Comparison)
	}
}

func TestWhatIsAuthorisedWaitsUntilItMoves(t *testing.T) {
	h := open(t)
	h.ingest(h.deploy("search", 1, "dev"))
	h.must("bob", "approve", []string{"CHG-1"}, "message", "read it, and it is small")
	l := h.rollouts()
	if len(l.Waiting) != 1 || l.Waiting[0].Change != "CHG-1" || l.Waiting[0].Aspect != release.Planned || !l.Waiting[0].Until.Equal(h.now().Add(24*time.Hour)) {
		t.Fatalf("waiting: %+v", l.Waiting)
	}
	h.must("cora", "freeze declare", nil, "kind", "hard", "scope", "org", "for", "2h", "message", "the end of the quarter")
	if w := h.rollouts().Waiting[0]; w.Aspect != release.Stop || !strings.Contains(w.Why, "FRZ-1") {
		t.Errorf("in a freeze: %+v", w)
	}
	h.ingest(fact.DeployStatus{DeployRequested: h.deploy("search", 1, "dev"), State: rollout.InProgress, StatusAt: h.now()})
	l = h.rollouts()
	if len(l.Waiting) != 0 || len(l.Moving) != 1 || l.Moving[0].Lack != rollout.GateShut {
		t.Errorf("past the gate: %+v", l)
	}
	text := strings.Join(h.must("ann", "rollout list", nil).Lines, "\n")
	if !strings.Contains(text, "MOVING 1") || !strings.Contains(text, "■ STOP  RO-1  search") || !strings.Contains(text, "gate shut") {
		t.Error(text)
	}
}

func TestGoOpensChangesAndRollouts(t *testing.T) {
	h := open(t)
	h.ingest(fact.DeployStatus{DeployRequested: h.deploy("search", 1, "dev"), State: rollout.InProgress, StatusAt: h.now()})
	for id, begins := range map[string]string{"RO-1": "rollout", "ro1": "rollout", "CHG-1": "change", "1": "change"} {
		a := h.must("ann", "go", []string{id})
		if len(a.Lines) == 0 || !strings.HasPrefix(a.Lines[0], begins) {
			t.Errorf("go %s: %q", id, a.Lines[:1])
		}
		if _, err := json.Marshal(a.Value); err != nil {
			t.Errorf("go %s: %v", id, err)
		}
	}
	h.must("cora", "freeze declare", nil, "kind", "hard", "scope", "org", "for", "2h", "message", "the end of the quarter")
	for _, id := range []string{"FRZ-1", "frz-1"} {
		a := h.must("ann", "go", []string{id})
		if text := strings.Join(a.Lines, "\n"); !strings.Contains(text, "FRZ-1") || !strings.Contains(text, "hard freeze of org, in force") || !strings.Contains(text, "the end of the quarter") {
			t.Errorf("go %s: %s", id, text)
		}
	}
	h.refused(release.NotFound, "FRZ-9", "ann", "go", []string{"FRZ-9"})
	h.refused(release.NotFound, "DL-9", "ann", "go", []string{"DL-9"})
	h.refused(release.NotFound, "there is no rollout RO-9", "ann", "go", []string{"RO-9"})
	h.refused(release.Usage, "is not a rollout", "ann", "rollout show", []string{"CHG-1"})
}

func TestAPlaceThatIsNotGatedNeedsNoChange(t *testing.T) {
	h := open(t)
	d := h.deploy("search", 1, "dev")
	d.Environment = "staging"
	h.ingest(fact.DeployStatus{DeployRequested: d, State: rollout.InProgress, StatusAt: h.now()})
	l := h.rollouts()
	if len(l.Moving) != 1 || l.Moving[0].Lack != "" || l.Moving[0].Gated || l.Moving[0].Aspect != "" {
		t.Errorf("%+v", l.Moving)
	}
}

func TestARolloutOfYesterdayIsNotDoneToday(t *testing.T) {
	h := open(t)
	h.checkout(1, rollout.Success)
	if n := len(h.rollouts().Done); n != 1 {
		t.Fatalf("%d are done", n)
	}
	h.pass(24 * time.Hour)
	if l := h.rollouts(); len(l.Done) != 0 {
		t.Errorf("a day later: %+v", l.Done)
	}
	if s := h.sheet("RO-1"); s.State != rollout.Success {
		t.Errorf("and yet it is there: %+v", s)
	}
}

func TestRolloutsNeedThePermissionToRead(t *testing.T) {
	h := open(t)
	h.checkout(1, rollout.InProgress)
	reader := access.Grant{Person: "ann", Role: access.Viewer, Scope: access.Org}
	s := h.Open(access.Actor{Person: "ann", Door: access.SSH}, &access.Person{ID: "ann", Grants: []access.Grant{reader}}, control.Caller{})
	defer s.Close()
	if _, err := s.Rollouts(context.Background()); err != nil {
		t.Error(err)
	}
	if r, err := s.Rollout(context.Background(), "RO-1"); err != nil || r.ID != "RO-1" {
		t.Errorf("%+v, %v", r, err)
	}
	nobody := h.Open(access.Actor{Person: "ghost", Door: access.SSH}, &access.Person{ID: "ghost"}, control.Caller{})
	defer nobody.Close()
	if _, err := nobody.Rollouts(context.Background()); release.CodeOf(err) != release.Refused {
		t.Errorf("a stranger lists them: %v", err)
	}
	if _, err := nobody.Rollout(context.Background(), "RO-1"); release.CodeOf(err) != release.Refused {
		t.Errorf("a stranger sees one: %v", err)
	}
}
