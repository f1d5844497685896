package board_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"signalbox/release"
	"signalbox/release/access"
	"signalbox/release/board"
	"signalbox/release/calendar"
	"signalbox/release/catalog"
	"signalbox/release/change"
	"signalbox/release/feed"
	"signalbox/release/gate"
	"signalbox/release/health"
	"signalbox/release/rollout"
)

func of(v float64) *float64 { return &v }

func TestMarks(t *testing.T) {
	e := estate()
	e.Freezes = []calendar.Freeze{{ID: "FRZ-1", Scope: access.Org, Reason: "peak", Interval: calendar.Interval{From: noon.Add(48 * time.Hour), To: noon.Add(72 * time.Hour)}},
		{ID: "FRZ-2", Scope: "team:money", Reason: "books", Interval: calendar.Interval{From: noon.Add(-time.Hour), To: noon.Add(time.Hour)}}}
	e.Rollouts = []rollout.Row{rollout.NewRow(rollout.Observed{ID: "RO-1", Service: "search", Environment: "production", Version: "2", Change: "CHG-1", State: rollout.InProgress, StartedAt: noon.Add(-10 * time.Minute)}, rollout.Known{Change: &change.Change{ID: "CHG-1", State: change.Implementing}})}
	e.Past = []rollout.Observed{{ID: "RO-0", Service: "lost", Environment: "production", State: rollout.Success, StartedAt: noon.Add(-3 * time.Hour), UpdatedAt: noon.Add(-2 * time.Hour)}}
	e.Granted = []board.Grant{{Change: change.Change{ID: "CHG-1", Service: "search", Environment: "production"}, Since: noon.Add(-time.Hour), Until: noon.Add(23 * time.Hour)},
		{Change: change.Change{ID: "CHG-2", Service: "pay", Environment: "production", Version: "3"}, Since: noon.Add(-time.Hour), Until: noon.Add(23 * time.Hour)}}
	entries := []calendar.Entry{
		{Kind: calendar.Batch, ExternalID: "eod", Scope: "region:apac", Title: "EOD", Timing: calendar.Timing{Zone: "UTC", Start: "2026-11-23T20:00:00", Length: time.Hour, Rule: "FREQ=DAILY;COUNT=3"}},
		{Kind: calendar.Vendor, ExternalID: "v", Scope: access.Org, Title: "card network", Timing: calendar.Timing{Zone: "UTC", Start: "2026-11-24T13:00:00", Length: time.Hour}},
		{Kind: calendar.Peak, ExternalID: "p", Scope: "service:search", Title: "evening", Timing: calendar.Timing{Zone: "UTC", Start: "2026-11-24T18:00:00", Length: time.Hour}},
		{Kind: calendar.FreezePeriod, ExternalID: "f", Scope: access.Org, Title: "of the calendar", Timing: calendar.Timing{Zone: "UTC", Start: "2026-11-24T18:00:00", Length: time.Hour}}, // is among the freezes
		{Kind: calendar.Batch, ExternalID: "torn", Scope: access.Org, Title: "torn", Timing: calendar.Timing{Zone: "Nowhere/At", Start: "x"}},
	}
	var got []string
	marks := board.Marks(e, entries)
	for _, m := range marks {
		where := strings.Join(m.Regions, "+")
		if m.All {
			where = "all"
		}
		got = append(got, m.From.Format("02 15:04 ")+string(m.Kind)+" "+m.ID+" "+where)
		if !m.From.Before(m.To) {
			t.Errorf("%s is empty", m.ID)
		}
	}
	want := []string{"23 20:00 batch eod apac", "24 09:00 rollout RO-0 ", "24 11:00 freeze FRZ-2 emea", "24 11:00 grant CHG-2 emea", "24 11:50 rollout RO-1 apac+emea", "24 13:00 vendor v all", "24 18:00 peak p apac+emea",
		"24 20:00 batch eod apac", "25 20:00 batch eod apac", "26 12:00 freeze FRZ-1 all"}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
	if m := marks[1]; !m.Nowhere() || m.In("emea") || !marks[len(marks)-1].In("mars") {
		t.Error("a mark without regions has a place, or one of all has none")
	}

	e.Queue.Items = []change.Item{item("CHG-9", nil)}
	var next []string
	for _, n := range board.Upcoming(e, marks) {
		word := ""
		if n.Ends {
			word = " ends"
		}
		next = append(next, n.At.Format("02 15:04 ")+string(n.Kind)+" "+n.ID+word)
	}
	want = []string{"24 13:00 freeze FRZ-2 ends", "24 13:00 vendor v", "24 20:00 batch eod", "25 11:00 grant CHG-2 ends", "25 20:00 batch eod", "26 12:00 freeze FRZ-1", "27 12:00 request CHG-9 ends"}
	if d := cmp.Diff(want, next); d != "" {
		t.Errorf("next (-want +got)\n%s", d)
	}
}

func TestBeat(t *testing.T) {
	decided := func(id string, at time.Time, waited time.Duration) change.Item {
		return item(id, func(i *change.Item) {
			i.Approval.RequestedAt = at.Add(-waited)
			i.Approval.Decisions = []change.Decision{{Person: "a", Verdict: change.Approve, At: at}}
		})
	}
	q := &change.Queue{Items: []change.Item{item("CHG-1", nil), item("CHG-2", func(i *change.Item) {
		i.Approval.RequestedAt, i.Approval.ExpiresAt = noon.Add(-10*time.Hour), noon.Add(2*time.Hour)
	}), item("CHG-3", func(i *change.Item) { i.Eligible = nil })},
		Decided: []change.Item{decided("CHG-4", noon.Add(-time.Hour), time.Hour), decided("CHG-5", noon.Add(-time.Minute), 3*time.Hour), decided("CHG-6", noon.Add(-13*time.Hour), time.Hour)}}
	p := board.Beat(q, noon)
	if p.Open != 3 || !p.Oldest.Equal(noon.Add(-10*time.Hour)) || !p.Late || p.DueSoon != 1 || p.Blocked != 1 || p.Cleared != 2 || p.Median != 3*time.Hour {
		t.Errorf("%+v", p)
	}
	if len(p.ByHour) != 13 || p.ByHour[11] != 2 || p.ByHour[12] != 0 {
		t.Errorf("by hour %v", p.ByHour)
	}
	if p = board.Beat(nil, noon); p.Open+p.Cleared != 0 {
		t.Error("no queue has something")
	}
}

func TestPromised(t *testing.T) {
	left, burn := 0.18, health.Rate{Over: time.Hour, Burn: 15.1, Known: true}
	stands := []board.Standing{{Service: "search", Environment: "production", Aspect: release.Go}, {Service: "pay", Environment: "production", Aspect: release.Go}, {Service: "mail", Environment: "production", Aspect: release.Stop}}
	p := &health.Panel{Lines: []health.Line{
		{Service: "pay", Environment: "production", State: &health.State{Left: &left, Rates: []health.Rate{burn}}, Verdict: health.Page},
		{Service: "pay", Environment: "production", State: &health.State{}, Verdict: health.Healthy},
		{Service: "mail", Environment: "production", State: &health.State{}, Verdict: health.Unknown},
		{Service: "search", Environment: "production"}}}
	got := board.Promised(stands, p)
	if got[0].Service != "pay" || got[0].Aspect != release.Stop || *got[0].Burn != 15.1 || *got[0].Budget != left {
		t.Errorf("%+v", got[0])
	}
	if got[1].Service != "mail" || got[1].Budget != nil || got[1].Burn != nil || got[2].Aspect != release.Go || stands[1].Burn != nil {
		t.Errorf("%+v", got)
	}
}

func TestStand(t *testing.T) {
	p := &health.Picture{Samples: []health.Sample{{Version: "1", At: noon, Rate: of(90), Errors: of(0), P99: of(0.1)}, {Version: "2", At: noon, Rate: of(10), Errors: of(0.5), P99: of(0.3)}},
		Sources: []health.Source{{Name: "prom", Good: noon}}}
	s := board.Stand("pay", "production", p)
	if s.Aspect != release.Go || *s.Rate != 100 || *s.Errors != 0.05 || *s.P99 != 0.3 || s.Budget != nil {
		t.Errorf("%+v", s)
	}
	p.Sources[0].Late = true
	if s = board.Stand("pay", "production", p); s.Aspect != release.Caution || !s.Late {
		t.Errorf("late: %+v", s)
	}
	p.Sources[0].Dark = true
	if s = board.Stand("pay", "production", p); s.Aspect != release.Dark || !s.Dark {
		t.Errorf("dark: %+v", s)
	}
	p.Alerts = []health.Alert{{Name: "Slow", Severity: "warning"}, {Name: "Down", Severity: "critical"}}
	if s = board.Stand("pay", "production", p); s.Aspect != release.Stop || s.Alert != "Down" || s.Alerts != 2 {
		t.Errorf("firing: %+v", s)
	}
	list := []board.Standing{{Service: "c", Aspect: release.Go, Errors: of(0.1)}, {Service: "b", Aspect: release.Go}, {Service: "a", Aspect: release.Go, Errors: of(0.2)}, {Service: "z", Aspect: release.Dark}, {Service: "y", Aspect: release.Stop}}
	board.SortHealth(list)
	var names []string
	for _, x := range list {
		names = append(names, x.Service)
	}
	if !slices.Equal(names, []string{"y", "z", "a", "c", "b"}) {
		t.Errorf("%v", names)
	}
}

// What is blocked is what the queue counts as blocked: a freeze blocks what could be approved, too.
func TestBeatCountsBlocked(t *testing.T) {
	free := func(i *change.Item) { i.Service = &catalog.Service{ID: "pay"} }
	q := &change.Queue{Items: []change.Item{item("CHG-1", free), item("CHG-2", func(i *change.Item) { free(i); i.Gate, i.Bar = string(gate.Block), gate.FreezeGate }),
		item("CHG-3", func(i *change.Item) { free(i); i.Eligible = nil })}}
	if p := board.Beat(q, noon); p.Blocked != 2 {
		t.Errorf("%d blocked", p.Blocked)
	}
}

func TestUnderwayIsWorstFirst(t *testing.T) {
	e := estate()
	ro := func(id string, s rollout.State, k rollout.Known) rollout.Row {
		return rollout.NewRow(rollout.Observed{ID: id, Service: "pay", Environment: "production", State: s, Change: "CHG-1", StartedAt: noon}, k)
	}
	late := rollout.Known{Monitors: []health.Source{{Name: "prom", Late: true}}}
	e.Rollouts = []rollout.Row{ro("RO-1", rollout.InProgress, late), ro("RO-2", rollout.Success, rollout.Known{}), ro("RO-3", rollout.InProgress, rollout.Known{Firing: []health.Alert{{Name: "Down"}}})}
	list := board.Underway(e)
	if len(list) != 2 || list[0].ID != "RO-3" || !board.Aged(&list[1].Row) || board.Aged(&list[0].Row) {
		t.Errorf("%+v", list)
	}
	l := list[0]
	l.New = &health.Sample{Errors: of(0.17)}
	if _, now := l.Ratios(); *now != 0.17 {
		t.Errorf("%v of the newest sample", *now)
	}
	l.Errors = &health.Difference{Base: of(0.01), New: of(0.1359)}
	if base, now := l.Ratios(); *base != 0.01 || *now != 0.1359 {
		t.Errorf("%v and %v of what is compared", *base, *now)
	}
	e.Rollouts[0].Share, e.Rollouts[0].Errors = of(0.25), l.Errors
	if r := board.ActNow(e); !strings.Contains(r[1].Facts, "err ~13.59%  ~25% obs") {
		t.Errorf("facts of a late monitor: %q", r[1].Facts)
	}
}

// The feeds are counted as the alarm line counts them: late ones only where none is dark.
func TestSound(t *testing.T) {
	good := feed.Line{Status: feed.Status{Name: "a", ExpectEvery: time.Minute, LastGood: noon}}
	late, dark, failing := good, good, good
	late.LastGood, dark.LastGood, failing.Tries = noon.Add(-2*time.Minute), noon.Add(-time.Hour), 1
	if n, d := board.Sound([]feed.Line{good, late, failing}, noon, time.Time{}); n != 1 || d != 0 {
		t.Errorf("%d of 3, %d dark", n, d)
	}
	if n, d := board.Sound([]feed.Line{good, late, dark}, noon, time.Time{}); n != 2 || d != 1 {
		t.Errorf("%d of 3, %d dark", n, d)
	}
}
