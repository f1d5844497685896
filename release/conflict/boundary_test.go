package conflict_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"signalbox/release/access"
	"signalbox/release/calendar"
	"signalbox/release/catalog"
	"signalbox/release/change"
	. "signalbox/release/conflict"
)

// noon is a Tuesday.
var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

func in(from, to time.Duration) calendar.Interval {
	return calendar.Interval{From: noon.Add(from), To: noon.Add(to)}
}

func length(d time.Duration) *time.Duration { return &d }

var shopFacts = catalog.Facts{
	Regions: []catalog.Region{{ID: "lon", Zone: "Europe/London"}, {ID: "sin", Zone: "Asia/Singapore"}},
	Teams:   []catalog.Team{{ID: "red"}, {ID: "blue"}},
	Services: []catalog.Service{
		{ID: "api", Team: "red", Regions: []string{"lon"}, Tags: []string{"sox"}, Tier: 1},
		{ID: "web", Team: "blue", Regions: []string{"lon"}, Tier: 3},
		{ID: "far", Team: "blue", Regions: []string{"lon"}, Tier: 3},
		{ID: "log", Team: "blue", Regions: []string{"lon"}, Tier: 3},
		{ID: "lone", Team: "blue", Regions: []string{"lon", "sin"}, Tier: 2},
	},
	Edges: []catalog.Edge{{From: "web", To: "api", Kind: catalog.Hard}, {From: "far", To: "web", Kind: catalog.Soft}, {From: "api", To: "log", Kind: catalog.Async}, {From: "api", To: "vendor:dns", Kind: catalog.Hard}},
}

// shop is a world in which everything is known, somebody is always on call, and nothing is in the way.
func shop() World {
	w := World{At: noon.Add(-10 * 24 * time.Hour), Rules: Default(), Known: All, Catalog: catalog.New(shopFacts, 1, noon)}
	for _, id := range []string{"lon", "sin"} {
		t := HourlyTraffic{Region: id}
		for h := range t.Load {
			t.Load[h] = 10
		}
		for h := 38; h < 56; h++ { // Tuesday 14:00 to Wednesday 08:00 local, 18 hours of 168: more than a tenth
			t.Load[h] = 100
		}
		w.Traffic = append(w.Traffic, t)
	}
	w.Facts = []Fact{{ID: "rota", Sort: CoverFact, Scope: access.Org, Interval: in(-1000*time.Hour, 1000*time.Hour)}}
	return w
}

// job is one hour of work on api at noon, occupied 11:45 to 13:45, asked for long ago.
func job() Work {
	return Work{ID: "CHG-1", Service: "api", Environment: "production", Interval: in(0, time.Hour), Prep: length(15 * time.Minute), Verify: length(15 * time.Minute), Rollback: length(30 * time.Minute),
		Uses: []Use{}, People: []Person{}, Journeys: []string{}, Order: &Order{}, NoticeAt: noon.Add(-240 * time.Hour)}
}

const tick = time.Microsecond

// TestEveryKindAtItsBoundary: touching is no conflict, one microsecond more is.
func TestEveryKindAtItsBoundary(t *testing.T) {
	quarter, end := 15*time.Minute, 105*time.Minute // the job is occupied in [−15m, 1h45m)
	fact := func(f Fact, at func(d time.Duration) calendar.Interval) func(*World, *Work, time.Duration) {
		return func(w *World, _ *Work, d time.Duration) {
			f.ID, f.Interval = "F-1", at(d)
			w.Facts = append(w.Facts, f)
		}
	}
	after := func(d time.Duration) calendar.Interval { return in(end-d, end+time.Hour) }
	before := func(d time.Duration) calendar.Interval { return in(-2*time.Hour, -quarter+d) }
	// other work is occupied from the end of the job on, less d.
	other := func(edit func(mine, other *Work)) func(*World, *Work, time.Duration) {
		return func(w *World, mine *Work, d time.Duration) {
			o := job()
			o.ID, o.Service, o.Interval = "CHG-2", "lone", in(end+quarter-d, end+quarter-d+time.Hour)
			edit(mine, &o)
			w.Work = append(w.Work, o)
		}
	}
	two := func(band change.Band, n int, team string) func(*World, *Work, time.Duration) {
		return func(w *World, mine *Work, d time.Duration) {
			mine.Band = band
			for i := range n {
				o := job()
				o.ID, o.Service, o.Band, o.Team = "CHG-"+string(rune('2'+i)), []string{"lone", "far"}[i], band, team
				o.Interval = in(end+quarter-d, end+quarter-d+time.Hour)
				o.Environment = "staging"
				w.Work = append(w.Work, o)
			}
		}
	}
	for _, c := range []struct {
		name     string
		kind     Kind
		severity Severity
		other    Party
		set      func(w *World, mine *Work, d time.Duration)
	}{
		{"a hard freeze begins at the end", FreezeHard, Hard, Party{FreezeFact, "F-1"}, fact(Fact{Sort: FreezeFact, Scope: "service:api"}, after)},
		{"a hard freeze ends at the start", FreezeHard, Hard, Party{FreezeFact, "F-1"}, fact(Fact{Sort: FreezeFact, Scope: "region:lon"}, before)},
		{"soft freeze", FreezeSoft, Soft, Party{FreezeFact, "F-1"}, fact(Fact{Sort: FreezeFact, Hardness: calendar.SoftFreeze, Scope: "team:red"}, after)},
		{"window", OutsideWindow, Hard, Party{}, fact(Fact{Sort: WindowFact, Scope: "service:api"}, func(d time.Duration) calendar.Interval { return in(-quarter+d, end) })},
		{"same service", SameService, Hard, Party{WorkParty, "CHG-2"}, other(func(_, o *Work) { o.Service = "api" })},
		{"maintenance", SameService, Hard, Party{MaintenanceFact, "F-1"}, fact(Fact{Sort: MaintenanceFact, Scope: "service:api"}, after)},
		{"hard edge", DepAdjacent, Soft, Party{WorkParty, "CHG-2"}, other(func(_, o *Work) { o.Service = "web" })},
		{"two edges", DepAdjacent, Warn, Party{WorkParty, "CHG-2"}, other(func(_, o *Work) { o.Service = "far" })},
		{"maintenance beside", DepAdjacent, Soft, Party{MaintenanceFact, "F-1"}, fact(Fact{Sort: MaintenanceFact, Scope: "service:web"}, after)},
		{"journey", Related, Warn, Party{WorkParty, "CHG-2"}, other(func(m, o *Work) { m.Journeys, o.Journeys = []string{"buy"}, []string{"buy"} })},
		{"exclusive resource", SharedResource, Hard, Party{WorkParty, "CHG-2"}, other(func(m, o *Work) {
			m.Uses, o.Uses = []Use{{Resource: "db", Units: 1}}, []Use{{Resource: "db", Exclusive: true}}
		})},
		{"counted resource", SharedResource, Soft, Party{ResourceFact, "db"}, func(w *World, m *Work, d time.Duration) {
			w.Facts = append(w.Facts, Fact{ID: "db", Sort: ResourceFact, Capacity: 3})
			other(func(m, o *Work) {
				m.Uses, o.Uses = []Use{{Resource: "db", Units: 2}}, []Use{{Resource: "db", Units: 2}}
			})(w, m, d)
		}},
		{"people", People, Soft, Party{WorkParty, "CHG-2"}, other(func(m, o *Work) { m.People, o.People = []Person{{ID: "ann"}}, []Person{{ID: "ann"}} })},
		{"team", TeamWIP, Warn, Party{TeamParty, "red"}, two(change.Low, 2, "red")},
		{"vendor", VendorWork, Soft, Party{VendorFact, "F-1"}, fact(Fact{Sort: VendorFact, Vendor: "dns", Scope: access.Org}, after)},
		{"audit", AuditPeriod, Hard, Party{AuditFact, "F-1"}, fact(Fact{Sort: AuditFact, Scope: "tag:sox"}, after)},
		{"batch", BatchRun, Soft, Party{BatchFact, "F-1"}, func(w *World, m *Work, d time.Duration) {
			m.Uses = []Use{{Resource: "db"}}
			fact(Fact{Sort: BatchFact, Scope: access.Org, Touches: []string{"db"}}, before)(w, m, d)
		}},
		{"peak hours", PeakTraffic, Soft, Party{RegionParty, "lon"}, func(_ *World, m *Work, d time.Duration) { m.Interval = in(quarter+d, 75*time.Minute+d) }},
		{"announced peak", PeakTraffic, Soft, Party{PeakFact, "F-1"}, fact(Fact{Sort: PeakFact, Scope: "service:api"}, after)},
		{"weekend", LocalTime, Soft, Party{RegionParty, "lon"}, func(_ *World, m *Work, d time.Duration) {
			m.Interval = in(84*time.Hour-end+d, 84*time.Hour-end+time.Hour+d) // occupied until Friday midnight
		}},
		{"holiday", LocalTime, Soft, Party{HolidayFact, "F-1"}, fact(Fact{Sort: HolidayFact, Scope: "region:lon"}, after)},
		{"cover", Coverage, Soft, Party{TeamParty, "red"}, func(w *World, _ *Work, d time.Duration) {
			w.Facts = []Fact{{ID: "rota", Sort: CoverFact, Scope: access.Org, Interval: in(0, 90*time.Minute-d)}}
		}},
		{"cover of a dependant", Coverage, Soft, Party{TeamParty, "blue"}, func(w *World, _ *Work, d time.Duration) {
			w.Facts = []Fact{{ID: "a", Sort: CoverFact, Scope: "team:red", Interval: in(0, 2*time.Hour)}, {ID: "b", Sort: CoverFact, Scope: "team:blue", Interval: in(d, 2*time.Hour)}}
		}},
		{"incident", OpenIncident, Hard, Party{IncidentFact, "F-1"}, fact(Fact{Sort: IncidentFact, Services: []string{"api"}, Severity: 2}, before)},
		{"budget", BudgetSpent, Hard, Party{BudgetFact, "F-1"}, func(w *World, m *Work, d time.Duration) {
			w.Facts = append(w.Facts, Fact{ID: "F-1", Sort: BudgetFact, Scope: "service:api", Left: float64(tick-d) / float64(tick) / 100})
		}},
		{"provider after consumer", OutOfOrder, Hard, Party{WorkParty, "CHG-2"}, func(w *World, m *Work, d time.Duration) {
			m.Order.After = []string{"CHG-2"}
			other(func(_, o *Work) { o.Interval = in(-time.Hour, d); o.Environment = "staging" })(w, m, d)
		}},
		{"lock step", OutOfOrder, Hard, Party{WorkParty, "CHG-2"}, func(w *World, m *Work, d time.Duration) {
			m.Order.LockStep = "pair"
			other(func(_, o *Work) {
				o.Order, o.Interval, o.Environment = &Order{LockStep: "pair"}, in(time.Hour-tick+d, 2*time.Hour), "staging"
			})(w, m, d)
		}},
		{"skew", OutOfOrder, Hard, Party{ServiceParty, "web"}, func(_ *World, m *Work, d time.Duration) {
			ours, theirs := 4, 3-int(d/tick)
			m.Order.Peers = []Peer{{"web", &ours, &theirs}}
		}},
		{"overrun", Overruns, Soft, Party{WindowFact, "F-1"}, fact(Fact{Sort: WindowFact, Scope: "service:api"}, func(d time.Duration) calendar.Interval { return in(-time.Hour, end-d) })},
		{"lead time", LeadTime, Soft, Party{}, func(_ *World, m *Work, d time.Duration) { m.NoticeAt = noon.Add(-72*time.Hour + d) }},
		{"lead time of high risk", LeadTime, Soft, Party{}, func(_ *World, m *Work, d time.Duration) {
			m.Band, m.NoticeAt = change.High, noon.Add(-120*time.Hour+d)
		}},
		{"deadline", PastDeadline, Warn, Party{DeadlineFact, "F-1"}, fact(Fact{Sort: DeadlineFact, Scope: "service:api"}, func(d time.Duration) calendar.Interval { return calendar.Interval{From: noon.Add(-d)} })},
		{"deadline near", PastDeadline, Soft, Party{DeadlineFact, "cert"}, func(w *World, m *Work, d time.Duration) {
			w.At = noon.Add(-72*time.Hour - tick)
			m.Deadlines = []Deadline{{ID: "cert", What: "certificate expires", At: noon.Add(-d)}}
		}},
		{"global cap", GlobalCap, Soft, Party{OrgParty, ""}, two(change.High, 2, "")},
		{"very high", GlobalCap, Soft, Party{OrgParty, ""}, two(change.VeryHigh, 1, "")},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, d := range []time.Duration{0, tick} {
				w, mine := shop(), job()
				c.set(&w, &mine, d)
				e, err := New(w)
				if err != nil {
					t.Fatal(err)
				}
				found, err := e.Examine(mine)
				if err != nil {
					t.Fatal(err)
				}
				i := slices.IndexFunc(found, func(f Finding) bool { return f.Kind == c.kind && f.Other == c.other })
				if is := i >= 0; is != (d > 0) {
					t.Fatalf("%v more: %v", d, found)
				}
				if d > 0 {
					if f := found[i]; f.Severity != c.severity || f.Outcome != Collides {
						t.Errorf("%s is %s %s, not %s", c.kind, f.Outcome, f.Severity, c.severity)
					}
					all, _ := e.Conflicts(mine)
					k := slices.IndexFunc(all, func(x Conflict) bool { return x.Kind == c.kind })
					if x := all[k]; len(x.Reason) < 20 || strings.HasSuffix(x.Reason, ".") || x.Parties[0] != (Party{WorkParty, "CHG-1"}) || x.Owner == "" || x.Deadline.IsZero() {
						t.Errorf("%+v", x)
					}
				}
			}
		})
	}
}

// TestNothingInTheWayIsClear: and each input that is not known makes exactly its kinds unknown.
func TestNothingInTheWayIsClear(t *testing.T) {
	mine := job()
	mine.Band = change.High
	for bit := range 23 {
		w := shop()
		missing := Inputs(1) << bit & All
		w.Known &^= missing
		e, err := New(w)
		if err != nil {
			t.Fatal(err)
		}
		found, _ := e.Examine(mine)
		for _, k := range Kinds {
			want := Clear
			if k.Needs()&missing != 0 {
				want = Unknown
			}
			if got := Of(found, k); got != want {
				t.Errorf("without %s %s is %s, not %s: %v", missing, k, got, want, found)
			}
		}
	}
}

func TestUnknownLengths(t *testing.T) {
	w, mine := shop(), job()
	mine.Rollback = nil
	w.Facts = append(w.Facts, Fact{ID: "FRZ-1", Sort: FreezeFact, Scope: access.Org, Interval: in(90*time.Minute, 3*time.Hour)})
	w.Work = []Work{mine}
	e, _ := New(w)
	got, _ := e.Conflicts(mine)
	i := slices.IndexFunc(got, func(c Conflict) bool { return c.Kind == FreezeHard })
	if i < 0 || got[i].Outcome != Unknown || got[i].Reason != "whether CHG-1 reaches FRZ-1 is not known: rollback p90 of it is missing" {
		t.Fatalf("%+v", got)
	}
	mine.Rollback = length(tick)
	mine.Verify = length(30 * time.Minute)
	d, err := e.Put(mine) // now it is known to reach it
	if err != nil || !slices.Contains(d.Vanished, "K1?/CHG-1/freeze:FRZ-1") || d.Appeared[0].Key != "K1/CHG-1/freeze:FRZ-1" {
		t.Fatalf("%+v %v", d, err)
	}
	if d.Appeared[0].Reason != "CHG-1 lies in the hard freeze FRZ-1 for 0s" {
		t.Log(d.Appeared[0].Reason)
	}
}

// TestIdentityStays: moved by an hour, seen from either side, the conflict is the same.
func TestIdentityStays(t *testing.T) {
	w, a, b := shop(), job(), job()
	b.ID = "CHG-2"
	w.Work = []Work{a, b}
	e, _ := New(w)
	key := "K4/CHG-1/work:CHG-2"
	one, _ := e.Examine(a)
	two, _ := e.Examine(b)
	if !slices.ContainsFunc(one, func(f Finding) bool { return f.Key() == key }) || !slices.ContainsFunc(two, func(f Finding) bool { return f.Key() == key }) {
		t.Fatal(one, two)
	}
	b.Interval = in(30*time.Minute, 90*time.Minute)
	d, _ := e.Put(b)
	if len(d.Vanished) != 0 || !slices.ContainsFunc(d.Changed, func(c Conflict) bool { return c.Key == key && c.To.Equal(noon.Add(105*time.Minute)) }) {
		t.Fatalf("%+v", d)
	}
	b.State = change.Cancelled
	if d, _ = e.Put(b); !slices.Contains(d.Vanished, key) {
		t.Fatalf("inactive work still counts: %+v", d)
	}
}

// TestDenyBeatsAllow, and what runs over a boundary goes on only where it says so.
func TestDenyBeatsAllow(t *testing.T) {
	window := Fact{ID: "W", Sort: WindowFact, Scope: "service:api", Interval: in(-time.Hour, 4*time.Hour)}
	freeze := Fact{ID: "FRZ", Sort: FreezeFact, Scope: access.Org, Interval: in(30*time.Minute, 4*time.Hour)}
	short := window
	short.To = noon.Add(30 * time.Minute)
	for _, c := range []struct {
		name   string
		state  change.State
		facts  []Fact
		f      Overrun
		k1, k3 Outcome
	}{
		{"a freeze inside a window", change.Scheduled, []Fact{window, freeze}, "", Collides, Clear},
		{"running into a freeze", change.Implementing, []Fact{window, freeze}, "", Collides, Clear},
		{"running into one that waits", change.Implementing, []Fact{window, freeze}, Finish, Clear, Clear},
		{"planned into one that waits", change.Scheduled, []Fact{window, freeze}, Finish, Collides, Clear},
		{"running out of a window", change.Implementing, []Fact{short}, Pause, Clear, Collides},
		{"running out of one that waits", change.Implementing, []Fact{short}, Finish, Clear, Clear},
	} {
		w, mine := shop(), job()
		mine.State = c.state
		for _, f := range c.facts {
			f.Overrun = c.f
			w.Facts = append(w.Facts, f)
		}
		e, _ := New(w)
		found, _ := e.Examine(mine)
		if a, b := Of(found, FreezeHard), Of(found, OutsideWindow); a != c.k1 || b != c.k3 {
			t.Errorf("%s: freeze %s, window %s", c.name, a, b)
		}
	}
}

func TestEveryAffectedItemIsListed(t *testing.T) {
	w, mine := shop(), job()
	mine.People = []Person{{ID: "ann"}, {ID: "bob"}}
	for i := range 80 {
		o := job()
		o.ID, o.Service, o.Team, o.People = "CHG-"+string(rune('A'+i/26))+string(rune('A'+i%26)), "lone", "red", mine.People
		w.Work = append(w.Work, o)
	}
	e, _ := New(w)
	got, _ := e.Conflicts(mine)
	people := 0
	for _, c := range got {
		switch c.Kind {
		case People:
			if people++; !slices.Equal(c.Items, []string{"ann", "bob"}) {
				t.Error(c.Items)
			}
		case TeamWIP:
			if len(c.Items) != 80 {
				t.Errorf("%d of 80 are listed", len(c.Items))
			}
		}
	}
	if people != 80 {
		t.Errorf("%d of 80", people)
	}
}

func TestContend(t *testing.T) {
	left := func(service string, l float64) Fact {
		return Fact{ID: "slo-" + service, Sort: BudgetFact, Scope: access.Scope("service:" + service), Left: l}
	}
	for _, c := range []struct {
		name       string
		edit       func(a, b *Work)
		budgets    []Fact
		winner, by string
	}{
		{"priority", func(a, b *Work) { a.Priority, b.Priority = 3, 2 }, []Fact{left("api", 0.9), left("web", 0.1)}, "CHG-2", "priority"},
		{"budget", func(a, b *Work) { a.Priority, b.Priority = 2, 2 }, []Fact{left("api", 0.1), left("web", 0.9)}, "CHG-2", "error budget"},
		{"age", func(a, b *Work) { a.RequestedAt, b.RequestedAt = noon, noon.Add(-time.Hour) }, []Fact{left("api", 0.1)}, "CHG-2", "age"},
		{"id", func(a, b *Work) {}, nil, "CHG-1", "id"},
	} {
		w, a, b := shop(), job(), job()
		b.ID, b.Service = "CHG-2", "web"
		c.edit(&a, &b)
		w.Work, w.Facts = []Work{a, b}, append(w.Facts, c.budgets...)
		e, _ := New(w)
		got, err := e.Contend("CHG-1", "CHG-2", noon)
		if err != nil || got.Winner != c.winner || got.By != c.by || len(got.Offer.Slots) == 0 {
			t.Errorf("%s: %+v %v", c.name, got, err)
			continue
		}
		if s := got.Offer.Slots[0]; len(s.Why) < 3 {
			t.Errorf("%v", s.Why)
		}
	}
}

// TestRecurringWindowsKeepTheirWallTime: a window from 02:00 to 06:00 local, every day, holds work at 02:00 to 06:00
// local before and after the clocks change, and no other.
func TestRecurringWindowsKeepTheirWallTime(t *testing.T) {
	for _, z := range zones {
		loc, err := time.LoadLocation(z.name)
		if err != nil {
			t.Fatal(err)
		}
		day := z.day.AddDate(0, 0, -3)
		entry := calendar.Entry{Source: "ops", ExternalID: "nightly", Kind: calendar.ChangeWindow, Scope: "service:lone", Title: "nightly",
			Timing: calendar.Timing{Zone: z.name, Start: day.Format("2006-01-02") + "T02:00:00", Length: 4 * time.Hour, Rule: "FREQ=DAILY"}}
		w := shop()
		w.Rules.Grades[LocalTime], w.Rules.Grades[PeakTraffic] = Grade{Off, Off}, Grade{Off, Off}
		happens, err := Expand(entry, day, day.AddDate(0, 0, 8))
		if err != nil {
			t.Fatal(err)
		}
		w.Facts = append(w.Facts, happens...)
		w.Facts[0].Interval = calendar.Interval{From: day.AddDate(0, 0, -9), To: day.AddDate(0, 0, 99)}
		e, err := New(w)
		if err != nil {
			t.Fatal(err)
		}
		zero := length(0)
		for n := 1; n < 7; n++ {
			at := calendar.Resolve(time.Date(day.Year(), day.Month(), day.Day()+n, 2, 0, 0, 0, time.UTC), loc)
			mine := job()
			mine.Service, mine.Prep, mine.Verify, mine.Rollback = "lone", zero, zero, zero
			for _, c := range []struct {
				shift time.Duration
				want  Outcome
			}{{0, Clear}, {3 * time.Hour, Clear}, {-tick, Collides}, {3*time.Hour + tick, Collides}} {
				mine.Interval = calendar.Interval{From: at.Add(c.shift), To: at.Add(c.shift + time.Hour)}
				found, err := e.Examine(mine)
				if got := Of(found, OutsideWindow); err != nil || got != c.want {
					t.Errorf("%s day %d at %s: %s, not %s %v", z.name, n, mine.From.In(loc), got, c.want, err)
				}
			}
		}
	}
}

// TestUnreadEntryIsAGap: an entry that cannot be laid out makes its kinds unknown where it may be.
func TestUnreadEntryIsAGap(t *testing.T) {
	gap, err := Expand(calendar.Entry{Source: "ops", ExternalID: "x", Kind: calendar.FreezePeriod, Scope: "service:api", Timing: calendar.Timing{Zone: "Mars/Olympus", Start: "2026-11-24T00:00:00"}}, noon.Add(-time.Hour), noon.Add(time.Hour))
	if err == nil || len(gap) != 1 {
		t.Fatal(gap, err)
	}
	w := shop()
	w.Facts = append(w.Facts, gap...)
	e, _ := New(w)
	found, _ := e.Examine(job())
	if Of(found, FreezeHard) != Unknown || Of(found, FreezeSoft) != Unknown || Of(found, AuditPeriod) != Clear {
		t.Error(found)
	}
}

func TestKindsReadWhatTheyWrite(t *testing.T) {
	if len(Kinds) != 22 || GlobalCap.ID() != "K22" || FreezeHard.Name() != "FREEZE_HARD" {
		t.Fatal(Kinds)
	}
	for _, k := range Kinds {
		for _, s := range []string{k.ID(), strings.ToLower(k.Name())} {
			if got, ok := ParseKind(s); !ok || got != k {
				t.Errorf("%q is %s", s, got)
			}
		}
		if k.Rule() == "" {
			t.Error(k)
		}
	}
	if err := Default().Check(); err != nil {
		t.Error(err)
	}
}
