package control_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"signalbox/control"
	"signalbox/release"
	"signalbox/release/access"
	"signalbox/release/calendar"
	"signalbox/release/fact"
	"signalbox/release/outbox"
	"signalbox/release/port"
	"signalbox/release/rollout"
)

func frozen(uid, title, start string, length time.Duration, scope access.Scope) calendar.Entry {
	return calendar.Entry{ExternalID: uid, Kind: calendar.FreezePeriod, Hardness: calendar.HardFreeze, Scope: scope, Title: title,
		Timing: calendar.Timing{Zone: "UTC", Start: start, Length: length}}
}

// TestFreezesOfACalendarAreToldOnce: whatever happens to the event while it is in force.
func TestFreezesOfACalendarAreToldOnce(t *testing.T) {
	const start = "2026-11-23T08:00:00" // before monday's first hour
	day := 24 * time.Hour
	one := frozen("u1", "month end", start, 40*day, "unit:shop")
	for _, c := range []struct {
		name string
		days [][]calendar.Entry // what the calendar holds, day by day
		want string
	}{
		{"deleted while in force", [][]calendar.Entry{{one}, {}}, "begin month end, end month end"},
		{"renamed while in force", [][]calendar.Entry{{one}, {frozen("u1", "quarter end", start, 40*day, "unit:shop")}}, "begin month end"},
		{"two alike that end on different days", [][]calendar.Entry{{frozen("a", "fair", start, day, "org"), frozen("b", "fair", start, 3*day, "org")}, nil, nil, nil, nil},
			"begin fair, begin fair, end fair, end fair"},
		{"one that cannot be laid out", [][]calendar.Entry{{{ExternalID: "u2", Kind: calendar.FreezePeriod, Scope: "org", Title: "odd",
			Timing: calendar.Timing{Zone: "UTC", Start: start, Length: time.Hour, Rule: "FREQ=SOMETIMES"}}}, nil, nil, nil}, "begin it cannot be laid out"},
	} {
		t.Run(c.name, func(t *testing.T) {
			cal := &source{name: "retail"}
			h, _ := outside(t, []port.Puller{cal}, nil)
			ctx := context.Background()
			for i, entries := range c.days {
				if entries != nil || i == 0 {
					cal.say(port.Pulled{Facts: []fact.Fact{fact.CalendarSeen{Source: "retail", Entries: entries}}, Read: len(entries)}, nil)
				}
				h.PullOnce(ctx, cal)
				for range 2 {
					if err := h.WatchOnce(ctx); err != nil {
						t.Fatal(err)
					}
				}
				o := h.Options // a start does not tell again
				h.Control = control.New(o)
				if err := h.WatchOnce(ctx); err != nil {
					t.Fatal(err)
				}
				h.pass(day)
			}
			var told []string
			for _, e := range h.log() {
				if what, ok := strings.CutPrefix(e.Verb, "freeze."); ok {
					reason, _, _ := strings.Cut(e.Reason, ":")
					told = append(told, what+" "+reason)
				}
			}
			if got := strings.Join(told, ", "); got != c.want {
				t.Errorf("told %q, want %q", got, c.want)
			}
		})
	}
}

// TestAScopedTargetHearsOfItsFreezes: of those that a calendar brings as of those that are declared here.
func TestAScopedTargetHearsOfItsFreezes(t *testing.T) {
	cal := &source{name: "retail"}
	mine, other := &target{name: "mine"}, &target{name: "other"}
	h, _ := outside(t, []port.Puller{cal}, []port.Sender{mine, other}, control.Notice{Target: "mine", Events: []string{"freeze.begin"}, Scope: "service:search"},
		control.Notice{Target: "other", Events: []string{"freeze.begin"}, Scope: "service:checkout"})
	ctx := context.Background()
	cal.say(port.Pulled{Facts: []fact.Fact{fact.CalendarSeen{Source: "retail", Entries: []calendar.Entry{frozen("u1", "month end", "2026-11-23T08:00:00", 24*time.Hour, "service:search")}}}, Read: 1}, nil)
	h.PullOnce(ctx, cal)
	if err := h.WatchOnce(ctx); err != nil {
		t.Fatal(err)
	}
	count := map[string]int{}
	if err := h.Store.Read(ctx, func(r port.Reader) error {
		list, err := r.Messages(ctx, "", []outbox.State{outbox.Waiting}, 10)
		for _, m := range list {
			count[m.Target]++
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if count["mine"] != 1 || count["other"] != 0 {
		t.Errorf("messages: %v", count)
	}
}

// TestAnotherChangeOfTheSameVersionWentInApproved: GitLab's version is the name of a branch.
func TestAnotherChangeOfTheSameVersionWentInApproved(t *testing.T) {
	h, _ := outside(t, nil, nil)
	ctx := context.Background()
	first, second := h.deploy("search", 1, "dev"), h.deploy("search", 2, "dev")
	first.Version, second.Version = "main", "main"
	h.ingest(first)
	h.must("bob", "approve", []string{"1"}, "message", why)
	h.ingest(fact.DeployStatus{DeployRequested: first, State: rollout.InProgress, StatusAt: h.now()})
	h.pass(time.Minute)
	h.ingest(fact.DeployStatus{DeployRequested: first, State: rollout.Success, StatusAt: h.now()})
	h.ingest(second)
	q, err := h.Queue(ctx)
	if err != nil {
		t.Fatal(err)
	}
	found := false
	for _, i := range q.Items {
		if i.Change.ID == "CHG-2" {
			if found = true; i.Moving != "" || i.Deployed != "main" {
				t.Errorf("CHG-2 %q, deployed %q", i.Moving, i.Deployed)
			}
		}
	}
	if !found {
		t.Error(fmt.Sprint(q.Items))
	}
}

// TestAnApprovedRolloutPastAShutGateIsStop: it was approved, and the gate was shut when it went in.
func TestAnApprovedRolloutPastAShutGateIsStop(t *testing.T) {
	h, _ := outside(t, nil, nil)
	ctx := context.Background()
	d := h.deploy("search", 1, "dev")
	h.ingest(d)
	h.must("bob", "approve", []string{"1"}, "message", why)
	h.must("cora", "freeze declare", nil, "kind", "hard", "scope", "org", "for", "2h", "message", "the quarter closes")
	for _, s := range []struct {
		state        rollout.State
		moving, said string
	}{{rollout.InProgress, "it is rolling out to production past a gate that was shut, as RO-1", "rolls out to production past a gate that was shut: "},
		{rollout.Success, "is in production already, past a gate that was shut", "went into production past a gate that was shut: "}} {
		h.pass(time.Minute)
		h.ingest(fact.DeployStatus{DeployRequested: d, State: s.state, StatusAt: h.now()})
		q, err := h.Queue(ctx)
		if err != nil || len(q.Decided) != 1 {
			t.Fatalf("decided %d, %v", len(q.Decided), err)
		}
		i := q.Decided[0]
		a, err := h.Alarm(ctx)
		if err != nil || a.Stop != 1 || i.Aspect(h.now()) != release.Stop || !strings.HasSuffix(i.Moving, s.moving) {
			t.Errorf("%s: %d stop, %s, %q, %v", s.state, a.Stop, i.Aspect(h.now()), i.Moving, err)
		}
		p, err := h.Board(ctx)
		if err != nil || len(p.Act) != 1 || p.Act[0].ID != "RO-1" || p.Act[0].Reason != "gate shut" {
			t.Errorf("%s: %+v, %v", s.state, p.Act, err)
		}
		log := h.log()
		if last := log[len(log)-1]; last.Verb != "rollout.unauthorised" || !strings.Contains(last.Summary, s.said) {
			t.Errorf("%s: %s %s", s.state, last.Verb, last.Summary)
		}
	}
}
