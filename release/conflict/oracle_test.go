package conflict_test

import (
	"slices"
	"strings"
	"time"

	"signalbox/release/access"
	"signalbox/release/calendar"
	"signalbox/release/catalog"
	"signalbox/release/change"
	. "signalbox/release/conflict"
)

// The oracle is DEFINITIONS B1.1 read aloud: every piece of work is held against every other and every fact, in wall
// and instant times, with no index and nothing shared with the engine but its types.

var never = time.Date(9000, 1, 1, 0, 0, 0, 0, time.UTC)

type verdict struct {
	kind     Kind
	other    Party
	unknown  bool
	severity Severity
	from, to time.Time
	missing  Inputs
}

type oracle struct {
	World
	edges    []catalog.Edge
	services map[string]catalog.Service
	out      []verdict
	w        Work
	sure     calendar.Interval
	may      calendar.Interval
	t        access.Target
}

func overlap(a, b calendar.Interval) bool { return a.From.Before(b.To) && b.From.Before(a.To) }

func common(a, b calendar.Interval) (time.Time, time.Time) {
	from, to := a.From, a.To
	if b.From.After(from) {
		from = b.From
	}
	if b.To.Before(to) {
		to = b.To
	}
	return from, to
}

func inside(outer, inner calendar.Interval) bool {
	return !inner.From.Before(outer.From) && !inner.To.After(outer.To)
}

func (o *oracle) occupied(w Work) (sure, may calendar.Interval) {
	part := func(own, assumed *time.Duration) (time.Duration, time.Duration) {
		if own != nil {
			return *own, *own
		}
		if assumed != nil {
			return *assumed, *assumed
		}
		return 0, o.Rules.Longest
	}
	p1, p2 := part(w.Prep, o.Rules.AssumePrep)
	v1, v2 := part(w.Verify, o.Rules.AssumeVerify)
	r1, r2 := part(w.Rollback, o.Rules.AssumeRevert)
	return calendar.Interval{From: w.From.Add(-p1), To: w.To.Add(v1 + r1)}, calendar.Interval{From: w.From.Add(-p2), To: w.To.Add(v2 + r2)}
}

func (o *oracle) say(v verdict, main bool) {
	g := o.Rules.Grades[v.kind]
	v.severity = g.Lesser
	if main {
		v.severity = g.Main
	}
	if v.severity != Off {
		o.out = append(o.out, v)
	}
}

func (o *oracle) against(k Kind, other Party, sure, may calendar.Interval, why Inputs, main bool) {
	v := verdict{kind: k, other: other}
	if overlap(o.sure, sure) {
		v.from, v.to = common(o.sure, sure)
	} else if overlap(o.may, may) {
		v.from, v.to = common(o.may, may)
		v.unknown, v.missing = true, why
	} else {
		return
	}
	o.say(v, main)
}

func active(w Work) bool {
	return w.State == "" || w.State == change.Requested || w.State == change.Authorised || w.State == change.Scheduled || w.State == change.Implementing
}

// edge returns the kind of the edge between two services, consumer first, "" where there is none.
func (o *oracle) edge(from, to string) catalog.EdgeKind {
	for _, e := range o.edges {
		if e.From == from && e.To == to {
			return e.Kind
		}
	}
	return ""
}

func (o *oracle) ids() []string {
	ids := map[string]bool{}
	for id := range o.services {
		ids[id] = true
	}
	for _, e := range o.edges {
		ids[e.From], ids[e.To] = true, true
	}
	var out []string
	for id := range ids {
		out = append(out, id)
	}
	return out
}

// near: 0 not at all, 1 the lesser case, 2 the main one.
func (o *oracle) near(a, b string) int {
	best := 0
	if _, ok := o.services[a]; !ok || a == b {
		return 0
	}
	if _, ok := o.services[b]; !ok {
		return 0
	}
	for _, pair := range [][2]string{{a, b}, {b, a}} {
		switch o.edge(pair[0], pair[1]) {
		case catalog.Hard:
			return 2
		case catalog.Soft:
			best = 1
		}
		for _, via := range o.ids() {
			x, y := o.edge(pair[0], via), o.edge(via, pair[1])
			if (x == catalog.Hard || x == catalog.Soft) && (y == catalog.Hard || y == catalog.Soft) {
				best = max(best, 1)
			}
		}
	}
	return best
}

// rests are all ends that a service reaches over hard edges.
func (o *oracle) rests(id string, seen map[string]bool) map[string]bool {
	for _, e := range o.edges {
		if e.From == id && e.Kind == catalog.Hard && !seen[e.To] {
			seen[e.To] = true
			o.rests(e.To, seen)
		}
	}
	return seen
}

func (o *oracle) factSpan(f Fact) (sure, may calendar.Interval) {
	sure, may = f.Interval, f.Interval
	if f.To.IsZero() {
		sure.To, may.To = never, never
		switch f.Sort {
		case BatchFact:
			sure.To, may.To = f.From.Add(time.Microsecond), f.From.Add(o.Rules.Longest)
		case IncidentFact:
			sure.To = o.At.Add(o.Rules.IncidentHold)
			if !f.From.Before(sure.To) {
				sure.To = f.From.Add(time.Microsecond)
			}
		}
	}
	return sure, may
}

func (o *oracle) capacity(name string) (Fact, bool) {
	for _, f := range o.Facts {
		if f.Sort == ResourceFact && f.ID == name {
			return f, true
		}
	}
	return Fact{}, false
}

func using(w Work, name string) (use Use, ok bool) {
	for _, u := range w.Uses {
		if u.Resource == name {
			use.Resource, use.Exclusive, use.Units, ok = name, use.Exclusive || u.Exclusive, use.Units+u.Units, true
		}
	}
	return use, ok
}

type weighed struct {
	calendar.Interval
	units int
}

// exceeded is the hull of the time in q at which own and what overlaps then exceed a limit.
func exceeded(q calendar.Interval, own, limit int, others []weighed) (from, to time.Time, ok bool) {
	cuts := []time.Time{q.From, q.To}
	for _, w := range others {
		for _, t := range []time.Time{w.From, w.To} {
			if q.Contains(t) {
				cuts = append(cuts, t)
			}
		}
	}
	slices.SortFunc(cuts, time.Time.Compare)
	for i := range len(cuts) - 1 {
		sum := own
		for _, w := range others {
			if w.Contains(cuts[i]) {
				sum += w.units
			}
		}
		if sum > limit && cuts[i].Before(cuts[i+1]) {
			if !ok {
				from, ok = cuts[i], true
			}
			to = cuts[i+1]
		}
	}
	return from, to, ok
}

func (o *oracle) limited(k Kind, other Party, own, limit int, main bool, weight func(Work) int) {
	var sure, may []weighed
	for _, q := range o.Work {
		if n := weight(q); q.ID != o.w.ID && active(q) && n > 0 {
			s, m := o.occupied(q)
			sure, may = append(sure, weighed{s, n}), append(may, weighed{m, n})
		}
	}
	if from, to, ok := exceeded(o.sure, own, limit, sure); ok {
		o.say(verdict{kind: k, other: other, from: from, to: to}, main)
	} else if from, to, ok := exceeded(o.may, own, limit, may); ok {
		o.say(verdict{kind: k, other: other, from: from, to: to, unknown: true, missing: Lengths}, main)
	}
}

// local walks the minutes of an interval and returns the hull of those whose local time a rule picks.
func local(i calendar.Interval, loc *time.Location, picks func(time.Time) bool) (from, to time.Time, ok bool) {
	for t := i.From; t.Before(i.To); t = t.Add(time.Minute) {
		if picks(t.In(loc)) {
			if !ok {
				from, ok = t, true
			}
			to = t.Add(time.Minute)
		}
	}
	return from, to, ok
}

func (o *oracle) missing(k Kind, gone Inputs) Inputs {
	var need []Inputs
	switch k {
	case FreezeHard, FreezeSoft:
		need = []Inputs{Freezes}
	case OutsideWindow, Overruns:
		need = []Inputs{Windows}
	case SameService:
		need = []Inputs{Changes, Maintenance}
	case DepAdjacent:
		need = []Inputs{Changes, Maintenance, Graph}
	case Related:
		need = []Inputs{Changes, Journeys}
	case SharedResource:
		need = []Inputs{Changes, Resources}
	case People:
		need = []Inputs{Changes, Staff}
	case TeamWIP:
		need = []Inputs{Changes, Owners}
	case VendorWork:
		need = []Inputs{Vendors, Graph}
	case AuditPeriod:
		need = []Inputs{Audits}
	case BatchRun:
		need = []Inputs{Batches, Resources}
	case PeakTraffic:
		need = []Inputs{Peaks, Traffic, Zones}
	case LocalTime:
		need = []Inputs{Holidays, Zones}
	case Coverage:
		need = []Inputs{Rota, Graph, Owners}
	case OpenIncident:
		need = []Inputs{Incidents, Graph}
	case BudgetSpent:
		need = []Inputs{Budgets}
	case OutOfOrder:
		need = []Inputs{Sequence}
	case PastDeadline:
		need = []Inputs{Deadlines}
	case GlobalCap:
		need = []Inputs{Changes}
	}
	out := Inputs(0)
	for _, n := range need {
		out |= n & gone
	}
	return out
}

// judge returns every verdict on a piece of work, one for each kind and party.
func judge(world World, facts catalog.Facts, w Work) []verdict {
	o := &oracle{World: world, w: w, services: map[string]catalog.Service{}}
	if world.Catalog != nil {
		o.edges = facts.Edges
		for _, s := range facts.Services {
			o.services[s.ID] = s
		}
	}
	o.sure, o.may = o.occupied(w)
	o.t = w.Target(world.Catalog)
	me, declared := o.services[w.Service]
	zones := map[string]string{}
	if world.Catalog != nil {
		for _, r := range facts.Regions {
			zones[r.ID] = r.Zone
		}
	}
	traffic := map[string][WeekHours]float64{}
	for _, t := range world.Traffic {
		traffic[t.Region] = t.Load
	}
	emergency := w.Class == change.Emergency
	vital := !declared || me.Tier <= 1

	gone := All &^ world.Known
	if world.Catalog == nil || !declared {
		gone |= Graph
	}
	if w.Journeys == nil {
		gone |= Journeys
	}
	if w.Uses == nil {
		gone |= Resources
	}
	if w.People == nil {
		gone |= Staff
	}
	if w.Order == nil {
		gone |= Sequence
	}
	if o.t.Team == "" {
		gone |= Owners
	}
	if len(o.t.Regions) == 0 {
		gone |= Zones | Traffic
	}
	for _, r := range o.t.Regions {
		if zones[r] == "" {
			gone |= Zones
		}
		if _, ok := traffic[r]; !ok {
			gone |= Traffic
		}
	}
	for _, f := range world.Facts {
		if _, may := o.factSpan(f); f.Sort == GapFact && f.Scope.Covers(o.t) && overlap(o.may, may) {
			gone |= f.Missing
		}
	}

	// Facts.
	var windows []Fact
	for _, f := range world.Facts {
		party := Party{Sort: f.Sort, ID: f.ID}
		covered := f.Sort != ResourceFact && f.Sort != IncidentFact && f.Scope.Covers(o.t)
		sure, may := o.factSpan(f)
		running := w.State == change.Implementing
		switch {
		case f.Sort == FreezeFact && covered:
			if running && f.Overrun == Finish && w.From.Before(f.From) {
				continue
			}
			if f.Hardness != calendar.SoftFreeze {
				o.against(FreezeHard, party, sure, may, Lengths, true) // K1
			} else if w.Fix == NoFix && !emergency {
				o.against(FreezeSoft, party, sure, may, Lengths, true) // K2
			}
		case f.Sort == WindowFact:
			if w.Window == "" && covered || w.Window == f.ID {
				windows = append(windows, f)
			}
		case f.Sort == MaintenanceFact && covered:
			o.against(SameService, party, sure, may, Lengths, true) // K4
		case f.Sort == MaintenanceFact && f.Scope != access.Org: // K5
			best := 0
			for id := range o.services {
				if world.Catalog != nil && f.Scope.Covers(world.Catalog.Target(id, w.Environment)) {
					best = max(best, o.near(w.Service, id))
				}
			}
			if best > 0 {
				o.against(DepAdjacent, party, sure, may, Lengths, best == 2)
			}
		case f.Sort == VendorFact && covered: // K10
			if f.Vendor == "" || declared && o.rests(w.Service, map[string]bool{})["vendor:"+f.Vendor] {
				o.against(VendorWork, party, sure, may, Lengths, true)
			}
		case f.Sort == AuditFact && covered: // K11
			o.against(AuditPeriod, party, sure, may, Lengths, true)
		case f.Sort == BatchFact && covered: // K12
			touches := f.Touches == nil
			for _, name := range f.Touches {
				_, ok := using(w, name)
				touches = touches || ok
			}
			if touches {
				o.against(BatchRun, party, sure, may, Lengths, true)
			}
		case f.Sort == PeakFact && covered: // K13
			o.against(PeakTraffic, party, sure, may, Lengths, vital)
		case f.Sort == HolidayFact && covered: // K14
			o.against(LocalTime, party, sure, may, Lengths, true)
		case f.Sort == IncidentFact && f.Severity >= 1 && f.Severity <= 2 && !slices.Contains(w.Cites, f.ID) && (f.Environment == "" || f.Environment == w.Environment):
			hit := slices.Contains(f.Services, w.Service) // K16
			for _, s := range f.Services {
				hit = hit || o.rests(w.Service, map[string]bool{})[s]
			}
			if hit {
				why := Lengths
				if f.To.IsZero() {
					why = Incidents
				}
				o.against(OpenIncident, party, sure, may, why, true)
			}
		case f.Sort == BudgetFact && covered && f.Left <= 0 && w.Fix == NoFix: // K17
			o.say(verdict{kind: BudgetSpent, other: party, from: o.sure.From, to: o.sure.To}, true)
		case f.Sort == DeadlineFact && covered && w.From.After(f.From): // K21
			o.say(verdict{kind: PastDeadline, other: party, from: f.From, to: w.From}, !f.From.After(o.At.Add(o.Rules.DeadlineNear)))
		}
	}
	for _, d := range w.Deadlines {
		if w.From.After(d.At) {
			o.say(verdict{kind: PastDeadline, other: Party{Sort: DeadlineFact, ID: d.ID}, from: d.At, to: w.From}, !d.At.After(o.At.Add(o.Rules.DeadlineNear)))
		}
	}
	if gone&Windows == 0 {
		o.windows(windows)
	}
	// K20
	asked := w.NoticeAt
	if asked.IsZero() {
		asked = o.At
	}
	notice := o.Rules.NoticeNormal
	switch {
	case emergency:
		notice = 0
	case w.Class == change.Standard:
		notice = o.Rules.NoticeStandard
	case w.Band == change.High || w.Band == change.VeryHigh:
		notice = o.Rules.NoticeHigh
	}
	if asked.Add(notice).After(w.From) {
		o.say(verdict{kind: LeadTime, from: w.From, to: asked.Add(notice)}, true)
	}
	// K13, K14 by the clocks of the regions.
	for _, r := range o.t.Regions {
		loc, err := time.LoadLocation(zones[r])
		if zones[r] == "" || err != nil {
			continue
		}
		pick := func(k Kind, main bool, picks func(time.Time) bool) {
			party := Party{Sort: RegionParty, ID: r}
			if from, to, ok := local(o.sure, loc, picks); ok {
				o.say(verdict{kind: k, other: party, from: from, to: to}, main)
			} else if from, to, ok := local(o.may, loc, picks); ok {
				o.say(verdict{kind: k, other: party, from: from, to: to, unknown: true, missing: Lengths}, main)
			}
		}
		if load, ok := traffic[r]; ok {
			sorted := slices.Sorted(slices.Values(load[:]))
			rank := 0 // nearest rank: the least of which at least the quantile of all is not above it
			for float64(rank+1) < o.Rules.PeakQuantile*WeekHours {
				rank++
			}
			pick(PeakTraffic, vital, func(t time.Time) bool {
				at := load[(int(t.Weekday())+6)%7*24+t.Hour()]
				return at >= sorted[rank] && sorted[rank] > sorted[0]
			})
		}
		pick(LocalTime, true, func(t time.Time) bool {
			weekend := slices.Contains(o.Rules.Weekend, t.Weekday())
			return weekend || o.Rules.ForbidOffice && t.Hour() >= o.Rules.OfficeFrom && t.Hour() < o.Rules.OfficeTo
		})
	}
	if gone&Rota == 0 {
		o.coverage(declared)
	}
	o.others()
	for _, k := range Kinds {
		exempt := k == FreezeSoft && (w.Fix != NoFix || emergency) || k == BudgetSpent && w.Fix != NoFix || k == GlobalCap && w.Band < change.High
		if m := o.missing(k, gone); m != 0 && !exempt {
			o.say(verdict{kind: k, unknown: true, missing: m, from: o.may.From, to: o.may.To}, true)
		}
	}
	return o.joined()
}

func (o *oracle) windows(list []Fact) {
	if o.w.Window != "" && len(list) == 0 {
		for _, k := range []Kind{OutsideWindow, Overruns} {
			o.say(verdict{kind: k, other: Party{Sort: WindowFact, ID: o.w.Window}, unknown: true, missing: Windows, from: o.may.From, to: o.may.To}, true)
		}
		return
	}
	if len(list) == 0 {
		return
	}
	var least, all bool
	var last Fact
	for _, f := range list {
		least, all = least || inside(f.Interval, o.sure), all || inside(f.Interval, o.may)
		if f.Contains(o.w.From) {
			if o.w.State == change.Implementing && f.Overrun == Finish {
				return
			}
			if last.ID == "" || f.To.After(last.To) || f.To.Equal(last.To) && f.ID < last.ID {
				last = f
			}
		}
	}
	if !least {
		o.say(verdict{kind: OutsideWindow, from: o.sure.From, to: o.sure.To}, true)
	} else if !all {
		o.say(verdict{kind: OutsideWindow, from: o.may.From, to: o.may.To, unknown: true, missing: Lengths}, true)
	}
	if last.ID == "" {
		return
	}
	if o.sure.To.After(last.To) {
		o.say(verdict{kind: Overruns, other: Party{Sort: WindowFact, ID: last.ID}, from: last.To, to: o.sure.To}, true)
	} else if o.may.To.After(last.To) {
		o.say(verdict{kind: Overruns, other: Party{Sort: WindowFact, ID: last.ID}, from: last.To, to: o.may.To, unknown: true, missing: Lengths}, true)
	}
}

// coverage is K15.
func (o *oracle) coverage(declared bool) {
	until := func(own, assumed *time.Duration) (time.Duration, time.Duration) {
		if own == nil {
			own = assumed
		}
		if own == nil {
			return 0, o.Rules.Longest
		}
		return *own, *own
	}
	least, most := until(o.w.Rollback, o.Rules.AssumeRevert)
	targets := []access.Target{o.t}
	if declared {
		for _, e := range o.edges {
			if e.To == o.w.Service && e.Kind == catalog.Hard {
				targets = append(targets, o.Catalog.Target(e.From, o.w.Environment))
			}
		}
	}
	for _, t := range targets {
		party := Party{Sort: TeamParty, ID: t.Team}
		if t.Team == "" {
			party = Party{Sort: ServiceParty, ID: t.Service}
		}
		bare := func(q calendar.Interval) (time.Time, time.Time, bool) {
			var on []weighed
			for _, f := range o.Facts {
				if f.Sort == CoverFact && f.Scope.Covers(t) {
					on = append(on, weighed{f.Interval, -1})
				}
			}
			return exceeded(q, 0, -1, on) // nobody: the sum is 0
		}
		if from, to, ok := bare(calendar.Interval{From: o.w.From, To: o.w.To.Add(least)}); ok {
			o.say(verdict{kind: Coverage, other: party, from: from, to: to}, true)
		} else if from, to, ok := bare(calendar.Interval{From: o.w.From, To: o.w.To.Add(most)}); ok {
			o.say(verdict{kind: Coverage, other: party, from: from, to: to, unknown: true, missing: Lengths}, true)
		}
	}
}

// others are K4 to K9, K18 and K22.
func (o *oracle) others() {
	w := o.w
	for _, q := range o.Work {
		if q.ID == w.ID {
			continue
		}
		party := Party{Sort: WorkParty, ID: q.ID}
		if w.Order != nil && slices.Contains(w.Order.After, q.ID) && !active(q) && q.State != change.InReview && q.State != change.Closed {
			o.say(verdict{kind: OutOfOrder, other: party, unknown: true, missing: Sequence, from: o.may.From, to: o.may.To}, true)
		}
		if !active(q) {
			continue
		}
		sure, may := o.occupied(q)
		meet := func(k Kind, main bool) { o.against(k, party, sure, may, Lengths, main) }
		blind := func(k Kind, in Inputs) {
			if !o.ownGap(in) && overlap(o.may, may) {
				from, to := common(o.may, may)
				o.say(verdict{kind: k, other: party, unknown: true, missing: in, from: from, to: to}, true)
			}
		}
		sameEnv := q.Environment == w.Environment
		if sameEnv && q.Service == w.Service {
			meet(SameService, true)
		}
		if sameEnv && q.Service != w.Service {
			_, known := o.services[q.Service]
			if n := o.near(w.Service, q.Service); n > 0 {
				meet(DepAdjacent, n == 2)
			} else if !known {
				blind(DepAdjacent, Graph)
			}
		}
		if sameEnv {
			if q.Journeys == nil {
				blind(Related, Journeys)
			}
			if slices.ContainsFunc(w.Journeys, func(j string) bool { return slices.Contains(q.Journeys, j) }) {
				meet(Related, true)
			}
			if q.Uses == nil {
				blind(SharedResource, Resources)
			}
		}
		if q.People == nil {
			blind(People, Staff)
		}
		if slices.ContainsFunc(w.People, func(p Person) bool {
			return slices.ContainsFunc(q.People, func(r Person) bool { return r.ID == p.ID })
		}) {
			meet(People, true)
		}
		for _, u := range w.Uses {
			mine, _ := using(w, u.Resource)
			theirs, ok := using(q, u.Resource)
			f, _ := o.capacity(u.Resource)
			if ok && (sameEnv || f.Across) && (mine.Exclusive || theirs.Exclusive) {
				meet(SharedResource, true)
			}
		}
		// K18
		before := func(first, second Work) {
			if first.To.After(second.From) {
				o.say(verdict{kind: OutOfOrder, other: party, from: second.From, to: first.To}, true)
			}
		}
		if w.Order != nil && slices.Contains(w.Order.After, q.ID) {
			before(q, w)
		}
		if q.Order != nil && slices.Contains(q.Order.After, w.ID) {
			before(w, q)
		}
		if w.Order != nil && q.Order != nil && w.Order.LockStep != "" && w.Order.LockStep == q.Order.LockStep && !overlap(w.Interval, q.Interval) {
			from, to := w.From, w.To
			if q.From.Before(from) {
				from = q.From
			}
			if q.To.After(to) {
				to = q.To
			}
			o.say(verdict{kind: OutOfOrder, other: party, from: from, to: to}, true)
		}
	}
	if w.Order != nil {
		for _, id := range w.Order.After {
			if id != w.ID && !slices.ContainsFunc(o.Work, func(q Work) bool { return q.ID == id }) {
				o.say(verdict{kind: OutOfOrder, other: Party{Sort: WorkParty, ID: id}, unknown: true, missing: Sequence, from: o.may.From, to: o.may.To}, true)
			}
		}
		for _, p := range w.Order.Peers {
			party := Party{Sort: ServiceParty, ID: p.Service}
			if p.Ours == nil || p.Theirs == nil {
				o.say(verdict{kind: OutOfOrder, other: party, unknown: true, missing: Sequence, from: o.may.From, to: o.may.To}, true)
			} else if d := *p.Ours - *p.Theirs; d > o.Rules.MaxSkew || -d > o.Rules.MaxSkew {
				o.say(verdict{kind: OutOfOrder, other: party, from: o.sure.From, to: o.sure.To}, true)
			}
		}
	}
	one := func(ok bool) int {
		if ok {
			return 1
		}
		return 0
	}
	if team := o.t.Team; team != "" {
		o.limited(TeamWIP, Party{Sort: TeamParty, ID: team}, 1, o.Rules.TeamCap, true, func(q Work) int { return one(q.Target(o.Catalog).Team == team) })
	}
	if w.Band >= change.High {
		o.limited(GlobalCap, Party{Sort: OrgParty}, 1, o.Rules.HighCap, true, func(q Work) int { return one(q.Band >= change.High) })
	}
	if w.Band == change.VeryHigh {
		o.limited(GlobalCap, Party{Sort: OrgParty}, 1, o.Rules.VeryHighCap, true, func(q Work) int { return one(q.Band == change.VeryHigh) })
	}
	seen := map[string]bool{}
	for _, u := range w.Uses {
		mine, _ := using(w, u.Resource)
		if mine.Exclusive || seen[u.Resource] {
			continue
		}
		seen[u.Resource] = true
		f, known := o.capacity(u.Resource)
		weight := func(q Work) int {
			theirs, ok := using(q, u.Resource)
			if !ok || theirs.Exclusive || q.Environment != w.Environment && !f.Across {
				return 0
			}
			return theirs.Units
		}
		party := Party{Sort: ResourceFact, ID: u.Resource}
		if known {
			o.limited(SharedResource, party, mine.Units, f.Capacity, false, weight)
		} else if slices.ContainsFunc(o.Work, func(q Work) bool {
			_, may := o.occupied(q)
			return q.ID != w.ID && active(q) && weight(q) > 0 && overlap(o.may, may)
		}) {
			o.say(verdict{kind: SharedResource, other: party, unknown: true, missing: Resources, from: o.may.From, to: o.may.To}, false)
		}
	}
}

// ownGap reports whether an input is missing of the work itself: then that is said once, and not of every other.
func (o *oracle) ownGap(in Inputs) bool {
	_, declared := o.services[o.w.Service]
	return in == Journeys && o.w.Journeys == nil || in == Resources && o.w.Uses == nil || in == Staff && o.w.People == nil || in == Graph && !declared
}

// joined has one verdict for each kind and party: a conflict before what is unknown, times and inputs together.
func (o *oracle) joined() []verdict {
	var out []verdict
	for _, v := range o.out {
		i := slices.IndexFunc(out, func(u verdict) bool { return u.kind == v.kind && u.other == v.other })
		switch {
		case i < 0:
			out = append(out, v)
		case out[i].unknown && !v.unknown:
			out[i] = v
		case out[i].unknown == v.unknown:
			if v.from.Before(out[i].from) {
				out[i].from = v.from
			}
			if v.to.After(out[i].to) {
				out[i].to = v.to
			}
			out[i].severity, out[i].missing = max(out[i].severity, v.severity), out[i].missing|v.missing
		}
	}
	slices.SortFunc(out, func(a, b verdict) int {
		if a.kind != b.kind {
			return int(a.kind) - int(b.kind)
		}
		return strings.Compare(string(a.other.Sort)+":"+a.other.ID, string(b.other.Sort)+":"+b.other.ID)
	})
	return out
}
