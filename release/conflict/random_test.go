package conflict_test

import (
	"fmt"
	"time"

	"pgregory.net/rapid"

	"signalbox/release/access"
	"signalbox/release/calendar"
	"signalbox/release/catalog"
	"signalbox/release/change"
	. "signalbox/release/conflict"
)

// zones of the regions of random worlds; with the day that their clocks change, around which the worlds lie.
var zones = []struct {
	name string
	day  time.Time
}{
	{"Europe/London", time.Date(2026, 10, 24, 12, 0, 0, 0, time.UTC)},
	{"America/New_York", time.Date(2026, 3, 7, 12, 0, 0, 0, time.UTC)},
	{"Australia/Lord_Howe", time.Date(2026, 10, 3, 0, 0, 0, 0, time.UTC)},
	{"Asia/Kolkata", time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)},
	{"Africa/Casablanca", time.Date(2026, 2, 14, 12, 0, 0, 0, time.UTC)},
}

type draws struct{ *rapid.T }

func (d draws) n(most int) int            { return rapid.IntRange(0, most).Draw(d.T, "n") }
func (d draws) yes(of int) bool           { return d.n(of-1) == 0 }
func (d draws) one(list ...string) string { return list[d.n(len(list)-1)] }
func (d draws) some(list ...string) []string {
	out := []string{}
	for _, s := range list {
		if d.yes(2) {
			out = append(out, s)
		}
	}
	return out
}

func (d draws) length(unit time.Duration, most int) *time.Duration {
	if d.yes(6) {
		return nil
	}
	l := time.Duration(d.n(most)) * unit
	return &l
}

var (
	serviceIDs = []string{"api", "cart", "db", "edge", "fees", "gone"} // the last is in no catalog
	regionIDs  = []string{"lon", "nyc", "lhi", "bom", "cmn", "mars"}   // the last has no zone
)

type random struct {
	World
	facts catalog.Facts
	d     draws
	base  time.Time
	next  int
}

func randomWorld(t *rapid.T) *random {
	d := draws{t}
	r := &random{d: d, base: zones[d.n(len(zones)-1)].day}
	r.facts.Units = []catalog.Unit{{ID: "retail"}, {ID: "shops", Parent: "retail"}}
	r.facts.Teams = []catalog.Team{{ID: "red", Unit: "shops"}, {ID: "blue"}}
	for i, z := range zones {
		r.facts.Regions = append(r.facts.Regions, catalog.Region{ID: regionIDs[i], Zone: z.name})
	}
	for _, id := range serviceIDs[:5] {
		r.facts.Services = append(r.facts.Services, catalog.Service{ID: id, Tier: catalog.Tier(d.n(3)), Team: d.one("red", "blue", ""), Regions: d.some(regionIDs...), Tags: d.some("sox", "pci")})
	}
	pairs := map[string]bool{}
	for range d.n(7) {
		e := catalog.Edge{From: d.one(serviceIDs[:5]...), To: d.one(append([]string{"vendor:dns", "vendor:cards"}, serviceIDs[:5]...)...), Kind: []catalog.EdgeKind{catalog.Hard, catalog.Hard, catalog.Soft, catalog.Async}[d.n(3)]}
		if e.From != e.To && !pairs[e.From+e.To] {
			pairs[e.From+e.To] = true
			r.facts.Edges = append(r.facts.Edges, e)
		}
	}
	r.Rules = Default()
	r.Rules.Longest = time.Duration(d.n(8)) * time.Hour
	r.Rules.Horizon, r.Rules.Grid = 36*time.Hour, time.Hour
	r.Rules.ForbidOffice = d.yes(3)
	r.Rules.TeamCap, r.Rules.Tolerated = 1+d.n(1), d.n(3)
	if d.yes(2) {
		r.Rules.AssumePrep = d.length(10*time.Minute, 3)
	}
	if d.yes(4) {
		r.Rules.Grades[Kinds[d.n(21)]] = Grade{Off, Off}
	}
	r.At = r.base.Add(time.Duration(d.n(24)-12) * time.Hour)
	r.Known = All
	for d.yes(3) {
		r.Known &^= 1 << d.n(21)
	}
	if !d.yes(12) {
		r.Catalog = catalog.New(r.facts, 1, r.At)
	}
	for _, id := range regionIDs[:5] {
		if d.yes(3) {
			continue
		}
		h := HourlyTraffic{Region: id}
		for i := range h.Load {
			h.Load[i] = float64((i*7+len(id))%24) + float64(i/24)
		}
		if d.yes(8) {
			h.Load = [WeekHours]float64{}
		}
		r.Traffic = append(r.Traffic, h)
	}
	for range d.n(14) {
		r.Facts = append(r.Facts, r.fact())
	}
	for _, name := range []string{"cluster", "runners"} {
		if !d.yes(4) {
			r.Facts = append(r.Facts, Fact{ID: name, Sort: ResourceFact, Capacity: d.n(4), Across: d.yes(2)})
		}
	}
	for range 1 + d.n(9) {
		r.Work = append(r.Work, r.work())
	}
	return r
}

func (r *random) instant() time.Time { return r.base.Add(time.Duration(r.d.n(96)) * 30 * time.Minute) }

func (r *random) interval() calendar.Interval {
	from := r.instant()
	return calendar.Interval{From: from, To: from.Add(time.Duration(1+r.d.n(15)) * 30 * time.Minute)}
}

func (r *random) scope() access.Scope {
	d := r.d
	term := func() string {
		return d.one("service:"+d.one(serviceIDs...), "team:"+d.one("red", "blue"), "unit:"+d.one("retail", "shops"), "region:"+d.one(regionIDs...),
			"tag:"+d.one("sox", "pci"), "environment:"+d.one("production", "staging"))
	}
	switch d.n(3) {
	case 0:
		return access.Org
	case 1:
		s, _ := access.ParseScope(term() + "," + term())
		return s
	}
	s, _ := access.ParseScope(term())
	return s
}

func (r *random) fact() Fact {
	d := r.d
	r.next++
	f := Fact{ID: fmt.Sprintf("F%02d", r.next), Scope: r.scope(), Interval: r.interval()}
	sorts := []Sort{FreezeFact, WindowFact, MaintenanceFact, PeakFact, VendorFact, AuditFact, BatchFact, HolidayFact, CoverFact, IncidentFact, BudgetFact, DeadlineFact, GapFact}
	f.Sort = sorts[d.n(len(sorts)-1)]
	switch f.Sort {
	case FreezeFact:
		f.Hardness = []calendar.Hardness{calendar.HardFreeze, calendar.SoftFreeze, ""}[d.n(2)]
		f.Overrun = []Overrun{"", Finish, Pause, Abort}[d.n(3)]
	case WindowFact:
		f.Overrun = []Overrun{"", Finish}[d.n(1)]
		f.To = f.From.Add(time.Duration(4+d.n(40)) * time.Hour)
	case CoverFact:
		f.To = f.From.Add(time.Duration(4+d.n(40)) * time.Hour)
	case VendorFact:
		f.Vendor = d.one("", "dns", "cards")
	case BatchFact:
		if d.yes(2) {
			f.Touches = []string{d.one("cluster", "runners")}
		}
		if d.yes(3) {
			f.To = time.Time{}
		}
	case IncidentFact:
		f.Services, f.Severity, f.Environment = []string{d.one(serviceIDs...)}, 1+d.n(2), d.one("", "production")
		if d.yes(2) {
			f.To = time.Time{}
		}
	case BudgetFact:
		f.Left = []float64{-0.2, 0, 0.5}[d.n(2)]
	case GapFact:
		f.Missing = 1 << d.n(21)
		if d.yes(2) {
			f.To = time.Time{}
		}
	}
	return f
}

func (r *random) work() Work {
	d := r.d
	r.next++
	w := Work{ID: fmt.Sprintf("CHG-%02d", r.next), Interval: r.interval(), Service: d.one(serviceIDs...), Environment: d.one("production", "production", "staging"),
		Class: []change.Kind{"", change.Normal, change.Standard, change.Emergency}[d.n(3)], Fix: []Fix{NoFix, NoFix, Critical, Security}[d.n(3)],
		Risk: d.n(100), Band: change.Band(d.n(3)), Priority: d.n(5), Prep: d.length(15*time.Minute, 4), Verify: d.length(15*time.Minute, 4), Rollback: d.length(30*time.Minute, 4),
		State: []change.State{"", change.Scheduled, change.Implementing, change.Requested, change.Draft, change.InReview}[d.n(5)]}
	if !d.yes(5) {
		w.Uses = []Use{}
		for range d.n(2) {
			w.Uses = append(w.Uses, Use{Resource: d.one("cluster", "runners", "queue"), Exclusive: d.yes(3), Units: d.n(3)})
		}
	}
	if !d.yes(5) {
		w.People = []Person{}
		for _, id := range d.some("ann", "bob", "cem") {
			w.People = append(w.People, Person{ID: access.PersonID(id), Duty: Implementer, Zone: d.one("", "Europe/London", "Asia/Kolkata")})
		}
	}
	if !d.yes(5) {
		w.Journeys = d.some("buy", "login")
	}
	if !d.yes(4) {
		w.Order = &Order{LockStep: d.one("", "", "pair")}
		if d.yes(2) && r.next > 1 {
			w.Order.After = []string{fmt.Sprintf("CHG-%02d", 1+d.n(r.next))}
		}
		if d.yes(3) {
			ours, theirs := d.n(3), d.n(3)
			w.Order.Peers = []Peer{{Service: d.one(serviceIDs...), Ours: &ours, Theirs: &theirs}}
			if d.yes(3) {
				w.Order.Peers[0].Theirs = nil
			}
		}
	}
	if d.yes(4) {
		w.Cites = []string{fmt.Sprintf("F%02d", 1+d.n(r.next))}
	}
	if d.yes(6) {
		w.Deadlines = []Deadline{{ID: "cert", What: "certificate expires", At: r.instant()}}
	}
	if d.yes(8) {
		w.Window = fmt.Sprintf("F%02d", 1+d.n(r.next))
	}
	if d.yes(2) {
		w.NoticeAt = r.base.Add(-time.Duration(d.n(240)) * time.Hour)
	}
	if d.yes(6) {
		w.Regions = d.some(regionIDs[:3]...)
	}
	if d.yes(8) {
		w.Team = d.one("red", "green")
	}
	return w
}
