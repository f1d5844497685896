package conflict

import (
	"cmp"
	"slices"
	"time"

	"signalbox/release/calendar"
)

// Slot is a time into which a piece of work could go.
type Slot struct {
	calendar.Interval // of the implementation, UTC
	// Cost is J of DEFINITIONS B1.3, less is better: 10 for each soft conflict, 2 for each warning, the traffic met, and
	// 0.1 for each day moved.
	Cost float64 `json:"cost"`
	// Left are the conflicts that remain, none of them hard, and Unknown what cannot be ruled out.
	Left    []Conflict `json:"left"`
	Unknown []Conflict `json:"unknown"`
	// Customers is the sum over the regions of customers a minute, by the hour of the local week, for the whole occupied
	// time, times the chance that the work hurts (its risk out of 100): expected customer-minutes. nil: no traffic is
	// known of some region.
	Customers *float64 `json:"customer_minutes"`
	// Awake is how many of the people of the work are awake at its start, Known of how many that can be told, and People
	// how many there are.
	Awake int `json:"awake"`
	Known int `json:"awake_known"`
	All   int `json:"people"`
	// Moved is how far its start is from where it was; negative is earlier.
	Moved time.Duration `json:"moved"`
	// Why are the reasons of its rank in words: what the rules say, traffic, who is awake, how far.
	Why []string `json:"why"`
}

// Search is the answer to where a piece of work could go.
type Search struct {
	Slots []Slot `json:"slots"` // the best first
	// Blocking is what stands in the way where there is no slot: a set of conflicts of which each is needed, so that
	// without any one of them there would be a slot. A conflict stands for its kind and party at all times tried.
	Blocking []Conflict `json:"blocking"`
	Tried    int        `json:"tried"`
	From     time.Time  `json:"from"`
	Until    time.Time  `json:"until"`
}

// Slots looks for the best times to which a piece of work could go, occupied from an instant on and within the
// horizon of the rules (DEFINITIONS B1.3). Tried are: the instant itself, the beginnings of change windows, the ends
// of everything that may stand in its way, and the grid inside windows (where no window covers it, all time is one).
// A slot has no hard conflict and no more soft ones than are tolerated. The best is that of the least J; of equal
// ones that with less unknown, then with more people awake, then the earliest. Slots do not overlap each other, unless
// the rules say so (else the five best are five quarter hours of one night). The work may be stored or not, and its
// notice counts from now. The error is Usage: see Work.Check.
func (e *Engine) Slots(w Work, from time.Time) (Search, error) {
	e.mu.RLock()
	defer e.mu.RUnlock()
	return e.slots(w, from)
}

// trial is a candidate that was judged.
type trial struct {
	start         int64
	cost          float64
	hard, soft    int
	unknown       int
	awake         int
	constraints   []constraint
	customersKept *float64
}

// constraint is what stands in the way, at whatever time.
type constraint struct {
	kind Kind
	sort Sort
	id   string
	hard bool
}

func (e *Engine) slots(w Work, from time.Time) (Search, error) {
	w.NoticeAt = time.Time{}
	p, err := e.newPiece(w, false)
	if err != nil {
		return Search{}, err
	}
	p.running = false
	begin := from.UnixMicro()
	out := Search{Slots: []Slot{}, Blocking: []Conflict{}, From: from.UTC(), Until: from.Add(e.rules.Horizon).UTC()}
	starts := e.candidates(p, begin)
	out.Tried = len(starts)
	s := &scratch{}
	home := p.impl.from
	trials := make([]trial, 0, len(starts))
	var fit []*trial
	for _, at := range starts {
		p.moveTo(at)
		trials = append(trials, e.try(p, s, home))
	}
	for i := range trials {
		if t := &trials[i]; t.hard == 0 && t.soft <= e.rules.Tolerated {
			fit = append(fit, t)
		}
	}
	slices.SortFunc(fit, func(a, b *trial) int {
		return cmp.Or(cmp.Compare(a.cost, b.cost), cmp.Compare(a.unknown, b.unknown), cmp.Compare(b.awake, a.awake), cmp.Compare(a.start, b.start))
	})
	var taken []span
	for _, t := range fit {
		p.moveTo(t.start)
		if !e.rules.Adjacent && slices.ContainsFunc(taken, p.may.overlaps) {
			continue
		}
		taken = append(taken, p.may)
		out.Slots = append(out.Slots, e.slot(p, s, t, home))
		if len(out.Slots) == e.rules.Slots {
			break
		}
	}
	if len(out.Slots) == 0 {
		out.Blocking = e.blocking(p, s, trials)
	}
	return out, nil
}

// moveTo puts the implementation of a piece at another start.
func (p *piece) moveTo(start int64) {
	by := start - p.impl.from
	shift := func(s *span) { s.from, s.to = s.from+by, s.to+by }
	shift(&p.impl)
	shift(&p.sure)
	shift(&p.may)
	shift(&p.coverSure)
	shift(&p.coverAt)
	p.Interval = p.impl.interval()
}

// candidates are the starts of the implementation that are tried, in order, for occupied intervals that begin in
// [begin, begin + horizon).
func (e *Engine) candidates(p *piece, begin int64) []int64 {
	prep, end := p.impl.from-p.may.from, begin+micros(e.rules.Horizon)
	var out []int64
	occupy := func(at int64) { // the occupied interval begins at an instant
		if begin <= at && at < end {
			out = append(out, at+prep)
		}
	}
	occupy(begin)
	all := span{begin, end}
	open := []span{all}
	if p.Window != "" || p.place.windowed {
		open = nil
		for _, h := range e.allowing(p, all) {
			f := e.facts[h]
			occupy(f.sure.from)
			open = append(open, f.sure.meet(all))
		}
	}
	step := micros(e.rules.Grid)
	for _, o := range open {
		for at := -floorDiv(-(o.from+prep), step) * step; at-prep < o.to; at += step {
			occupy(at - prep)
		}
	}
	for _, at := range e.ends(p, all) {
		occupy(at)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// allowing are the windows that a piece may use in a time.
func (e *Engine) allowing(p *piece, q span) []int32 {
	if p.Window != "" {
		if h, ok := e.byFact[factKey{WindowFact, p.Window}]; ok && e.facts[h].sure.overlaps(q) {
			return []int32{h}
		}
		return nil
	}
	var out []int32
	for _, b := range p.place.buckets {
		out = b.windows.reach(q, out)
	}
	out = slices.DeleteFunc(out, func(h int32) bool { return !e.facts[h].covers(p.place.Target) })
	slices.Sort(out)
	return slices.Compact(out)
}

// ends are the ends of all occupied intervals in a time that could stand in the way of a piece: of facts whose scope
// covers it, of maintenance nearby, of incidents that reach it, of work that it would meet, and the beginnings and
// ends of on-call, which end what is uncovered.
func (e *Engine) ends(p *piece, q span) []int64 {
	var out []int64
	end := func(s span) {
		if s.to < forever {
			out = append(out, s.to)
		}
	}
	var buf []int32
	for _, b := range p.place.buckets {
		buf = b.facts.reach(q, buf[:0])
		for _, h := range buf {
			if f := e.facts[h]; f.covers(p.place.Target) {
				end(f.may)
			}
		}
	}
	buf = e.maint.reach(q, buf[:0])
	for _, h := range buf {
		if next, _ := p.place.svc.besideAny(e.facts[h].nodes); next {
			end(e.facts[h].may)
		}
	}
	buf = e.incidents.reach(q, buf[:0])
	for _, h := range buf {
		if e.facts[h].reaches(p.place.svc) {
			end(e.facts[h].sure)
		}
	}
	for _, g := range p.place.guards {
		for _, b := range g.buckets {
			buf = b.cover.reach(q, buf[:0])
			for _, h := range buf {
				out = append(out, e.facts[h].sure.from)
			}
		}
	}
	for _, l := range e.everywhere {
		buf = l.reach(q, buf[:0])
		for _, h := range buf {
			if h != p.self && p.relates(e.pieces[h]) {
				end(e.pieces[h].may)
			}
		}
	}
	if p.Order != nil { // providers must be in
		for _, id := range p.Order.After {
			if h, ok := e.byID[id]; ok {
				out = append(out, e.pieces[h].impl.to+p.may.from-p.impl.from)
			}
		}
	}
	return out
}

// try judges a piece where it stands now.
func (e *Engine) try(p *piece, s *scratch, home int64) trial {
	t := trial{start: p.impl.from}
	warn := 0
	for i, rows := 0, e.examine(p, s); i < len(rows); i++ {
		r := &rows[i]
		switch {
		case r.unknown:
			t.unknown++
			continue
		case r.severity == Hard:
			t.hard++
		case r.severity == Soft:
			t.soft++
		default:
			warn++
			continue
		}
		t.constraints = append(t.constraints, e.constraint(r))
	}
	r := &e.rules
	met := 0.0
	if customers, highest, ok := p.customers(); ok {
		t.customersKept = &customers
		if highest > 0 {
			met = customers / highest
		}
	}
	days := float64(max(p.impl.from-home, home-p.impl.from)) / float64(24*hourMicros)
	t.cost = float64(t.soft)*r.WeightSoft + float64(warn)*r.WeightWarn + met*r.WeightTraffic + days*r.WeightDays
	t.awake, _, _ = e.awake(p)
	return t
}

func (e *Engine) constraint(r *row) constraint {
	other := e.partyOf(r)
	return constraint{r.kind, other.Sort, other.ID, r.severity == Hard}
}

// customers are the customer-minutes that a piece meets, weighed by its risk, and those of the same length at the
// regions' peaks; false where some region's traffic or clock is not known.
func (p *piece) customers() (expected, highest float64, known bool) {
	if p.place.absent&(Traffic|Zones) != 0 {
		return 0, 0, false
	}
	hurts := float64(min(max(p.Risk, 0), 100)) / 100
	for _, g := range p.place.regions {
		a, b := g.customers(p.may)
		expected, highest = expected+a*hurts, highest+b*hurts
	}
	return expected, highest, true
}

// awake counts those of a piece's people whose clocks show waking hours at its start.
func (e *Engine) awake(p *piece) (awake, known, all int) {
	for _, id := range p.people {
		all++
		i := slices.IndexFunc(p.People, func(o Person) bool { return o.ID == id && o.Zone != "" })
		if i < 0 {
			continue
		}
		loc, err := calendar.ParseZone(p.People[i].Zone)
		if err != nil {
			continue
		}
		known++
		if h := time.UnixMicro(p.impl.from).In(loc).Hour(); h >= e.rules.AwakeFrom && h < e.rules.AwakeTo {
			awake++
		}
	}
	return awake, known, all
}

// slot explains a trial.
func (e *Engine) slot(p *piece, s *scratch, t *trial, home int64) Slot {
	out := Slot{Interval: p.Interval, Cost: t.cost, Left: []Conflict{}, Unknown: []Conflict{}, Customers: t.customersKept,
		Moved: time.Duration(p.impl.from-home) * time.Microsecond}
	for _, f := range e.findings(p, e.examine(p, s)) {
		if c := e.explain(p, f); f.Outcome == Unknown {
			out.Unknown = append(out.Unknown, c)
		} else {
			out.Left = append(out.Left, c)
		}
	}
	out.Awake, out.Known, out.All = e.awake(p)
	out.Why = e.why(p, &out)
	return out
}

// blocking is a set of constraints that together leave no slot, each of which is needed for that (a deletion filter:
// what is not needed is left out one by one, those that bar the least first).
func (e *Engine) blocking(p *piece, s *scratch, trials []trial) []Conflict {
	type known struct {
		constraint
		in []int // trials
	}
	place := map[constraint]int{}
	var all []*known
	hard, soft := make([]int, len(trials)), make([]int, len(trials))
	for i := range trials {
		hard[i], soft[i] = trials[i].hard, trials[i].soft
		for _, c := range trials[i].constraints {
			k, ok := place[c]
			if !ok {
				k = len(all)
				place[c] = k
				all = append(all, &known{constraint: c})
			}
			all[k].in = append(all[k].in, i)
		}
	}
	grade := func(k *known, i int) *int { // the count of a trial that a constraint is in
		if k.hard {
			return &hard[i]
		}
		return &soft[i]
	}
	slices.SortStableFunc(all, func(a, b *known) int {
		return cmp.Or(cmp.Compare(len(a.in), len(b.in)), cmp.Compare(b.kind, a.kind), cmp.Compare(a.id, b.id))
	})
	fits := func(i int) bool { return hard[i] == 0 && soft[i] <= e.rules.Tolerated }
	out := []Conflict{}
	for _, k := range all {
		needed := false
		for _, i := range k.in {
			*grade(k, i)--
			needed = needed || fits(i)
		}
		if !needed {
			continue
		}
		for _, i := range k.in {
			*grade(k, i)++
		}
		p.moveTo(trials[k.in[0]].start)
		for _, f := range e.findings(p, e.examine(p, s)) {
			if f.Kind == k.kind && f.Other == (Party{k.sort, k.id}) && f.Outcome == Collides {
				out = append(out, e.explain(p, f))
				break
			}
		}
	}
	return out
}
