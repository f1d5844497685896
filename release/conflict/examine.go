package conflict

import (
	"cmp"
	"slices"

	"signalbox/release/calendar"
	"signalbox/release/change"
)

// row is a finding as the engine keeps it.
type row struct {
	kind     Kind
	severity Severity
	unknown  bool
	alone    bool // a pair that only this side knows of
	sort     Sort
	party    int32 // number of a piece or fact; -1: name
	missing  Inputs
	name     string
	at       span
	detail   uint64
}

// scratch is what one goroutine reuses from piece to piece.
type scratch struct {
	rows  []row
	buf   []int32
	loads []load
	edges []edge
	segs  []span
	spans []span
}

// examine judges a piece. The rows are the scratch's own: they must be copied.
func (e *Engine) examine(p *piece, s *scratch) []row {
	s.rows = s.rows[:0]
	missing := e.absent | p.absent
	missing |= e.examineFacts(p, s)
	if missing&Windows == 0 { // what rests on there being no window, or nobody on call, needs all of them
		e.examineWindows(p, s)
	}
	e.examineRegions(p, s)
	if missing&Rota == 0 {
		e.examineCover(p, s)
	}
	e.examineIncidents(p, s)
	e.examineDates(p, s)
	e.examineWork(p, s)
	e.examineOrder(p, s)
	if missing == 0 {
		return s.rows
	}
	for _, k := range Kinds {
		if m := needs[k] & missing; m != 0 && p.subject(k) {
			e.emit(s, row{kind: k, unknown: true, party: -1, missing: m, at: p.may}, true)
		}
	}
	return s.rows
}

// subject reports whether a kind can apply to the piece at all.
func (p *piece) subject(k Kind) bool {
	switch k {
	case FreezeSoft:
		return p.Fix == NoFix && p.Class != change.Emergency
	case BudgetSpent:
		return p.Fix == NoFix
	case GlobalCap:
		return p.Band >= change.High
	}
	return true
}

// emit adds a row of the main or the lesser case. Of one kind and party there is one row: what is added later joins
// it, a conflict before what is unknown.
func (e *Engine) emit(s *scratch, r row, main bool) {
	g := e.rules.Grades[r.kind]
	if r.severity = g.Lesser; main {
		r.severity = g.Main
	}
	if r.severity == Off {
		return
	}
	for i := range s.rows {
		o := &s.rows[i]
		if o.kind != r.kind || o.party != r.party || o.sort != r.sort || o.name != r.name {
			continue
		}
		switch {
		case o.unknown == r.unknown:
			o.at, o.severity, o.missing, o.detail = o.at.hull(r.at), max(o.severity, r.severity), o.missing|r.missing, o.detail+r.detail
			o.alone = o.alone && r.alone
		case o.unknown:
			*o = r
		}
		return
	}
	s.rows = append(s.rows, r)
}

// meet adds a row where two times overlap: a conflict where both are sure of it, else unknown for want of why.
func (e *Engine) meet(s *scratch, r row, aSure, aMay, bSure, bMay span, why Inputs, main bool) {
	switch {
	case aSure.overlaps(bSure):
		r.at = aSure.meet(bSure)
	case aMay.overlaps(bMay):
		r.at, r.unknown, r.missing = aMay.meet(bMay), true, why
	default:
		return
	}
	e.emit(s, r, main)
}

// examineFacts judges K1, K2, K4, K5, K10 to K14 against facts, and returns what gaps leave unknown.
func (e *Engine) examineFacts(p *piece, s *scratch) (missing Inputs) {
	s.buf = s.buf[:0]
	for _, l := range p.place.live.facts {
		s.buf = l.reach(p.may, s.buf)
	}
	for _, h := range s.buf {
		f := e.facts[h]
		if !f.exact && !f.covers(p.place.Target) {
			continue
		}
		r := row{party: h, sort: f.Sort}
		main := true
		switch f.Sort {
		case GapFact:
			missing |= f.Missing
			continue
		case FreezeFact:
			if p.running && f.Overrun == Finish && p.impl.from < f.sure.from {
				continue
			}
			r.kind = FreezeHard
			if f.Hardness == calendar.SoftFreeze {
				r.kind = FreezeSoft
			}
		case MaintenanceFact:
			r.kind = SameService
		case VendorFact:
			if f.Vendor != "" && !slices.Contains(p.place.svc.vendors, f.Vendor) {
				continue
			}
			r.kind = VendorWork
		case AuditFact:
			r.kind = AuditPeriod
		case BatchFact:
			if r.kind = BatchRun; f.Touches != nil && !p.usesAny(f.Touches) {
				continue
			}
		case PeakFact:
			r.kind, main = PeakTraffic, p.vital()
		case HolidayFact:
			r.kind = LocalTime
		}
		if p.subject(r.kind) {
			e.meet(s, r, p.sure, p.may, f.sure, f.may, Lengths, main)
		}
	}
	if e.maint.len() > 0 && p.place.svc.node >= 0 {
		s.buf = e.maint.reach(p.may, s.buf[:0])
		for _, h := range s.buf {
			f := e.facts[h]
			if envs := environments(f.Scope); envs != nil && !slices.Contains(envs, p.Environment) {
				continue
			}
			next, hard := p.place.svc.besideAny(f.nodes)
			if next && !f.covers(p.place.Target) {
				e.meet(s, row{kind: DepAdjacent, party: h, sort: f.Sort}, p.sure, p.may, f.sure, f.may, Lengths, hard)
			}
		}
	}
	return missing
}

// besideAny reports whether one of the services with these numbers is near, and one of them over a hard edge.
func (s *service) besideAny(nodes []int32) (next, hard bool) {
	if len(nodes) <= len(s.near) {
		for _, n := range nodes {
			h, ok := s.beside(n)
			next, hard = next || ok, hard || h
		}
		return next, hard
	}
	for _, o := range s.near {
		if _, ok := slices.BinarySearch(nodes, o.node); ok {
			next, hard = true, hard || o.hard
		}
	}
	return next, hard
}

// vital reports whether a peak is the main case: tiers 0 and 1, and what no catalog knows.
func (p *piece) vital() bool { return p.place.svc.node < 0 || p.place.svc.tier <= 1 }

func (p *piece) usesAny(names []string) bool {
	return slices.ContainsFunc(p.uses, func(u Use) bool { return slices.Contains(names, u.Resource) })
}

// examineWindows judges K3 and K19.
func (e *Engine) examineWindows(p *piece, s *scratch) {
	s.buf = s.buf[:0]
	bound := p.Window != ""
	if bound {
		h, ok := e.byFact[factKey{WindowFact, p.Window}]
		if !ok {
			for _, k := range []Kind{OutsideWindow, Overruns} {
				e.emit(s, row{kind: k, unknown: true, party: -1, sort: WindowFact, name: p.Window, missing: Windows, at: p.may}, true)
			}
			return
		}
		s.buf = append(s.buf, h)
	} else {
		if !p.place.windowed {
			return
		}
		for _, l := range p.place.live.windows {
			s.buf = l.reach(p.may, s.buf)
		}
	}
	var least, all, legal bool
	last := int32(-1)
	for _, h := range s.buf {
		f := e.facts[h]
		if !bound && !f.exact && !f.covers(p.place.Target) {
			continue
		}
		least, all = least || f.sure.holds(p.sure), all || f.sure.holds(p.may)
		if f.sure.from <= p.impl.from && p.impl.from < f.sure.to {
			legal = legal || p.running && f.Overrun == Finish
			if last < 0 || f.sure.to > e.facts[last].sure.to || f.sure.to == e.facts[last].sure.to && f.ID < e.facts[last].ID {
				last = h
			}
		}
	}
	if legal {
		return
	}
	switch {
	case !least:
		e.emit(s, row{kind: OutsideWindow, party: -1, at: p.sure}, true)
	case !all:
		e.emit(s, row{kind: OutsideWindow, party: -1, unknown: true, missing: Lengths, at: p.may}, true)
	}
	if last < 0 {
		return
	}
	switch end := e.facts[last].sure.to; {
	case p.sure.to > end:
		e.emit(s, row{kind: Overruns, party: last, sort: WindowFact, at: span{end, p.sure.to}}, true)
	case p.may.to > end:
		e.emit(s, row{kind: Overruns, party: last, sort: WindowFact, unknown: true, missing: Lengths, at: span{end, p.may.to}}, true)
	}
}

// examineRegions judges K13 and K14 by the clocks of the regions.
func (e *Engine) examineRegions(p *piece, s *scratch) {
	for _, g := range p.place.regions {
		if g.loc == nil {
			continue
		}
		peaks, rests := g.lists(p.may)
		e.during(s, p, row{kind: PeakTraffic, party: -1, sort: RegionParty, name: g.id}, peaks, p.vital())
		e.during(s, p, row{kind: LocalTime, party: -1, sort: RegionParty, name: g.id}, rests, true)
	}
}

func (e *Engine) during(s *scratch, p *piece, r row, list []span, main bool) {
	if at := within(list, p.sure); !at.empty() {
		r.at = at
	} else if at := within(list, p.may); !at.empty() {
		r.at, r.unknown, r.missing = at, true, Lengths
	} else {
		return
	}
	e.emit(s, r, main)
}

// examineCover judges K15: who has nobody on call.
func (e *Engine) examineCover(p *piece, s *scratch) {
	for _, g := range p.place.guards {
		at, unknown := e.uncovered(g, p.coverSure, s), false
		if at.empty() && p.coverAt != p.coverSure {
			at, unknown = e.uncovered(g, p.coverAt, s), true
		}
		if at.empty() {
			continue
		}
		r := row{kind: Coverage, party: -1, sort: TeamParty, name: g.Team, detail: hash(g.Service), at: at, unknown: unknown}
		if g.Team == "" {
			r.sort, r.name = ServiceParty, g.Service
		}
		if unknown {
			r.missing = Lengths
		}
		e.emit(s, r, true)
	}
}

// uncovered is the hull of the time in q for which a target has nobody on call.
func (e *Engine) uncovered(g *guard, q span, s *scratch) span {
	s.buf, s.spans = s.buf[:0], s.spans[:0]
	for _, l := range g.live.cover {
		if l.loose == 0 && l.whole(q) {
			return span{}
		}
	}
	for _, l := range g.live.cover {
		s.buf = l.reach(q, s.buf)
	}
	for _, h := range s.buf {
		f := e.facts[h]
		if !f.exact && !f.covers(g.Target) {
			continue
		}
		if f.sure.holds(q) {
			return span{}
		}
		s.spans = append(s.spans, f.sure)
	}
	slices.SortFunc(s.spans, func(a, b span) int { return cmp.Compare(a.from, b.from) })
	out, at := span{}, q.from
	leave := func(gap span) {
		if out.empty() {
			out = gap
		}
		out.to = gap.to
	}
	for _, c := range s.spans {
		if c.from > at {
			leave(span{at, min(c.from, q.to)})
		}
		if at = max(at, c.to); at >= q.to {
			return out
		}
	}
	leave(span{at, q.to})
	return out
}

// examineIncidents judges K16.
func (e *Engine) examineIncidents(p *piece, s *scratch) {
	s.buf = e.incidents.reach(p.may, s.buf[:0])
	for _, h := range s.buf {
		f := e.facts[h]
		if !f.reaches(p.place.svc) || f.Severity < 1 || f.Severity > 2 || f.Environment != "" && f.Environment != p.Environment || slices.Contains(p.Cites, f.ID) {
			continue
		}
		why := Lengths
		if f.sure != f.may {
			why = Incidents
		}
		e.meet(s, row{kind: OpenIncident, party: h, sort: IncidentFact}, p.sure, p.may, f.sure, f.may, why, true)
	}
}

// examineDates judges K17, K20 and K21.
func (e *Engine) examineDates(p *piece, s *scratch) {
	start := p.impl.from
	deadline := func(r row, at int64) {
		if start > at {
			r.kind, r.sort, r.at = PastDeadline, DeadlineFact, span{at, start}
			e.emit(s, r, at-e.at <= micros(e.rules.DeadlineNear))
		}
	}
	for _, b := range p.place.live.dates {
		for _, h := range b.always {
			f := e.facts[h]
			if !f.exact && !f.covers(p.place.Target) {
				continue
			}
			switch {
			case f.Sort == DeadlineFact:
				deadline(row{party: h}, f.sure.from)
			case f.Left <= 0 && p.subject(BudgetSpent):
				e.emit(s, row{kind: BudgetSpent, party: h, sort: BudgetFact, at: p.sure}, true)
			}
		}
	}
	for _, d := range p.Deadlines {
		deadline(row{party: -1, name: d.ID}, d.At.UnixMicro())
	}
	asked := e.at
	if !p.NoticeAt.IsZero() {
		asked = p.NoticeAt.UnixMicro()
	}
	if free := asked + micros(e.rules.notice(&p.Work)); free > start {
		e.emit(s, row{kind: LeadTime, party: -1, at: span{start, free}}, true)
	}
}

// hash is FNV-1a; sums of it do not depend on an order.
func hash(s string) uint64 {
	h := uint64(14695981039346656037)
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * 1099511628211
	}
	return h
}
