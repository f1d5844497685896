package conflict_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"signalbox/release/access"
	"signalbox/release/calendar"
	"signalbox/release/catalog"
	"signalbox/release/change"
	. "signalbox/release/conflict"
)

// year is a calendar of n events over a year: of ten, six are changes, the others batch runs, maintenance, vendors,
// peaks, freezes, windows, holidays, audits and incidents; beside them the on-call shifts of every team, budgets,
// deadlines and resources. 10,000 services, 50,000 edges, 500 teams, ten regions in five zones, all kinds on.
func year(n int) (World, Work) {
	const services, teams = 10_000, 500
	rng := rand.New(rand.NewPCG(5, 22))
	begin := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	at := func() time.Time { return begin.Add(time.Duration(rng.IntN(365*24*12)) * 5 * time.Minute) }
	id := func(k int) string { return fmt.Sprintf("service-%05d", k) }
	var f catalog.Facts
	for i := range 10 {
		f.Regions = append(f.Regions, catalog.Region{ID: fmt.Sprintf("r%d", i), Zone: zones[i%len(zones)].name})
	}
	for i := range teams {
		f.Teams = append(f.Teams, catalog.Team{ID: fmt.Sprintf("team-%03d", i), Unit: fmt.Sprintf("unit-%d", i%20)})
	}
	for i := range 20 {
		f.Units = append(f.Units, catalog.Unit{ID: fmt.Sprintf("unit-%d", i)})
	}
	for k := range services {
		f.Services = append(f.Services, catalog.Service{ID: id(k), Tier: catalog.Tier(rng.IntN(4)), Team: fmt.Sprintf("team-%03d", k%teams), Regions: []string{fmt.Sprintf("r%d", k%10), fmt.Sprintf("r%d", (k+3)%10)}, Tags: []string{"sox", "pci", "plain"}[k%3 : k%3+1]})
	}
	for range 5 * services {
		a := rng.IntN(services - 1)
		f.Edges = append(f.Edges, catalog.Edge{From: id(a), To: id(a + 1 + rng.IntN(min(services-a-1, 400))), Kind: []catalog.EdgeKind{catalog.Hard, catalog.Soft}[rng.IntN(2)]})
	}
	for k := range 50 {
		f.Edges = append(f.Edges, catalog.Edge{From: id(rng.IntN(services)), To: fmt.Sprintf("vendor:v%d", k), Kind: catalog.Hard})
	}
	w := World{At: begin, Rules: Default(), Known: All, Catalog: catalog.New(f, 1, begin)}
	for _, r := range f.Regions {
		t := HourlyTraffic{Region: r.ID}
		for h := range t.Load {
			t.Load[h] = 1000 + float64((h%24)*100) + float64(rng.IntN(100))
		}
		w.Traffic = append(w.Traffic, t)
	}
	one := func(k int) access.Scope { return access.Scope("service:" + id(k)) }
	fact := func(sort Sort, scope access.Scope, length time.Duration) *Fact {
		from := at()
		w.Facts = append(w.Facts, Fact{ID: fmt.Sprintf("%s-%d", sort, len(w.Facts)), Sort: sort, Scope: scope, Interval: calendar.Interval{From: from, To: from.Add(length)}})
		return &w.Facts[len(w.Facts)-1]
	}
	zero, quarter := time.Duration(0), 15*time.Minute
	work := func(k int) Work {
		s, from := rng.IntN(services), at()
		q := Work{ID: fmt.Sprintf("CHG-%d", k), Service: id(s), Environment: "production", Interval: calendar.Interval{From: from, To: from.Add(time.Duration(2+rng.IntN(10)) * 5 * time.Minute)},
			Risk: rng.IntN(75), NoticeAt: from.Add(-time.Duration(rng.IntN(200)+24) * time.Hour), Prep: &zero, Verify: &quarter, Rollback: &quarter,
			Uses: []Use{{Resource: fmt.Sprintf("cluster-%d", s/10), Units: 1}}, People: []Person{{ID: access.PersonID(fmt.Sprintf("p%d", rng.IntN(4000))), Duty: Implementer}},
			Journeys: []string{fmt.Sprintf("journey-%d", s%300)}, Order: &Order{}}
		q.Band = change.Risk{Score: q.Risk}.Band()
		if k%50 == 1 {
			q.Order.After = []string{fmt.Sprintf("CHG-%d", k-1)}
		}
		return q
	}
	for k := range n {
		switch k % 20 {
		case 0, 1, 2, 3:
			k := rng.IntN(services)
			fact(BatchFact, one(k), 40*time.Minute).Touches = []string{fmt.Sprintf("cluster-%d", k/10)}
		case 4:
			fact(MaintenanceFact, one(rng.IntN(services)), 2*time.Hour)
		case 5:
			fact(VendorFact, access.Org, 2*time.Hour).Vendor = fmt.Sprintf("v%d", rng.IntN(50))
		case 6:
			fact(WindowFact, one(rng.IntN(services/10)), 6*time.Hour)
		case 7:
			switch rng.IntN(6) {
			case 0:
				fact(FreezeFact, one(rng.IntN(services)), 24*time.Hour).Hardness = calendar.SoftFreeze
			case 1:
				fact(FreezeFact, one(rng.IntN(services)), 24*time.Hour)
			case 2:
				fact(HolidayFact, access.Scope(fmt.Sprintf("region:r%d,service:%s", rng.IntN(10), id(rng.IntN(services)))), 24*time.Hour)
			case 3:
				fact(AuditFact, access.Scope("tag:sox,team:"+fmt.Sprintf("team-%03d", rng.IntN(teams))), 24*time.Hour)
			case 4:
				fact(PeakFact, one(rng.IntN(services)), 3*time.Hour)
			case 5:
				i := fact(IncidentFact, "", time.Hour)
				i.Services, i.Severity = []string{id(services - 1 - rng.IntN(200))}, 2
			}
		default:
			w.Work = append(w.Work, work(k))
		}
	}
	for t := range teams {
		for week := range 54 {
			if t%50 == 0 && week == 20 {
				continue // a shift that nobody took
			}
			c := fact(CoverFact, access.Scope(fmt.Sprintf("team:team-%03d", t)), 0)
			c.From = begin.Add(time.Duration(week-1) * 7 * 24 * time.Hour)
			c.To = c.From.Add(7 * 24 * time.Hour)
		}
	}
	for k := range 200 {
		fact(BudgetFact, one(k*37), time.Hour).Left = float64(k%10) / 10
		fact(DeadlineFact, one(k*41), time.Hour)
	}
	for k := range services / 10 {
		r := fact(ResourceFact, access.Org, time.Hour)
		r.ID, r.Capacity = fmt.Sprintf("cluster-%d", k), 1
	}
	return w, work(n)
}

// BenchmarkInterval asks which of 100,000 events overlap one window, and counts all overlapping pairs, on the sorted
// array with prefix maxima and, beside it, by looking at each.
func BenchmarkInterval(b *testing.B) {
	const n = 100_000
	rng := rand.New(rand.NewPCG(1, 2))
	type event struct{ from, to int64 }
	events := make([]event, n)
	for i := range events {
		from := rng.Int64N(365 * 24 * 3600)
		events[i] = event{from, from + 300 + rng.Int64N(3300)}
	}
	var l Lane
	for i, e := range events {
		l.Add(e.from, e.to, int32(i))
	}
	l.Settle()
	b.Run("one", func(b *testing.B) {
		for i := 0; b.Loop(); i++ {
			e := events[i*7919%n]
			if l.Count(e.from, e.to) == 0 {
				b.Fatal("it does not overlap itself")
			}
		}
	})
	b.Run("one/scan", func(b *testing.B) {
		for i := 0; b.Loop(); i++ {
			e, hits := events[i*7919%n], 0
			for k := range events {
				if events[k].from < e.to && e.from < events[k].to {
					hits++
				}
			}
			if hits == 0 {
				b.Fatal("it does not overlap itself")
			}
		}
	})
	b.Run("build", func(b *testing.B) {
		for b.Loop() {
			var l Lane
			for i, e := range events {
				l.Add(e.from, e.to, int32(i))
			}
			l.Settle()
		}
	})
	pairs := 0
	b.Run("all", func(b *testing.B) {
		for b.Loop() {
			pairs = l.Pairs()
		}
		b.ReportMetric(float64(pairs), "pairs")
	})
	b.Run("all-of-5000/scan", func(b *testing.B) { // each with each: 400 times as long for all of them
		for b.Loop() {
			sum := 0
			for i := range events[:n/20] {
				for k := range i {
					if events[k].from < events[i].to && events[i].from < events[k].to {
						sum++
					}
				}
			}
			if sum == 0 {
				b.Fatal("none overlap")
			}
		}
	})
}

// BenchmarkEngine asks with all 22 kinds on.
func BenchmarkEngine(b *testing.B) {
	w, asked := year(100_000)
	e, err := New(w)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("new-window", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := e.Examine(asked); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("all", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			e.Sweep()
		}
		found := 0
		kinds := map[Kind]int{}
		for f := range e.All() {
			found++
			kinds[f.Kind]++
		}
		b.ReportMetric(float64(found), "findings")
		b.ReportMetric(float64(len(kinds)), "kinds")
	})
	b.Run("put", func(b *testing.B) {
		b.ReportAllocs()
		moved := w.Work[100]
		for i := 0; b.Loop(); i++ {
			moved.Interval = calendar.Interval{From: w.Work[i%2000].From, To: w.Work[i%2000].To}
			if _, err := e.Put(moved); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("slots", func(b *testing.B) {
		for b.Loop() {
			if _, err := e.Slots(asked, asked.From); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("build", func(b *testing.B) {
		for b.Loop() {
			if _, err := New(w); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("new-window/scan", func(b *testing.B) { // looks at each, for time and scope alone
		t := asked.Target(w.Catalog)
		for b.Loop() {
			hits := 0
			for i := range w.Facts {
				if f := &w.Facts[i]; f.Sort != ResourceFact && f.Overlaps(asked.Interval) && f.Scope.Covers(t) {
					hits++
				}
			}
			for i := range w.Work {
				if q := &w.Work[i]; q.Overlaps(asked.Interval) && (q.Service == t.Service || q.Uses[0].Resource == asked.Uses[0].Resource) {
					hits++
				}
			}
			if hits < 0 {
				b.Fatal(hits)
			}
		}
	})
}
