package conflict

import (
	"cmp"
	"slices"

	"signalbox/release/change"
)

// examineWork judges K4 to K9 and K22 against other work.
func (e *Engine) examineWork(p *piece, s *scratch) {
	pair := func(k Kind, h int32, main bool, detail uint64) {
		q := e.pieces[h]
		e.meet(s, row{kind: k, party: h, sort: WorkParty, detail: detail}, p.sure, p.may, q.sure, q.may, Lengths, main)
	}
	each := func(l *lane, do func(h int32)) {
		if l.len() == 0 {
			return
		}
		s.buf = l.reach(p.may, s.buf[:0])
		for _, h := range s.buf {
			if h != p.self {
				do(h)
			}
		}
	}
	each(p.lanes.service, func(h int32) { pair(SameService, h, true, 0) })
	e.examineNear(p, s, pair)
	for i, l := range p.lanes.journeys {
		each(l, func(h int32) { pair(Related, h, true, hash(p.named[i])) })
	}
	for i, l := range p.lanes.people {
		each(l, func(h int32) { pair(People, h, true, hash(string(p.people[i]))) })
	}
	e.examineResources(p, s, pair)
	if p.place.Team != "" {
		e.limit(p, s, row{kind: TeamWIP, party: -1, sort: TeamParty, name: p.place.Team}, 1, e.loads(p, p.lanes.team, s, one), e.rules.TeamCap, true)
	}
	if p.Band >= change.High {
		e.limit(p, s, row{kind: GlobalCap, party: -1, sort: OrgParty}, 1, e.loads(p, p.lanes.high, s, one), e.rules.HighCap, true)
	}
	if p.Band >= change.VeryHigh {
		e.limit(p, s, row{kind: GlobalCap, party: -1, sort: OrgParty}, 1, e.loads(p, p.lanes.very, s, one), e.rules.VeryHighCap, true)
	}
	// What is not known of other work leaves open whether the two meet.
	blind := func(l *lane, k Kind, flag Inputs) {
		if p.absent&flag != 0 {
			return // that is said once, of the rule
		}
		each(l, func(h int32) {
			q := e.pieces[h]
			if k == DepAdjacent && q.Service == p.Service {
				return
			}
			e.emit(s, row{kind: k, party: h, sort: WorkParty, unknown: true, alone: true, missing: flag, at: p.may.meet(q.may)}, true)
		})
	}
	blind(p.lanes.noJourneys, Related, Journeys)
	blind(p.lanes.noUses, SharedResource, Resources)
	blind(p.lanes.noStaff, People, Staff)
	blind(p.lanes.noGraph, DepAdjacent, Graph)
}

func one(*piece) int { return 1 }

// examineNear judges K5 between work. Mostly little runs at once, and each piece that does is looked up among the
// neighbours; where more runs than there are neighbours, the lanes of these are asked instead.
func (e *Engine) examineNear(p *piece, s *scratch, pair func(Kind, int32, bool, uint64)) {
	svc := p.place.svc
	if len(svc.near) == 0 {
		return
	}
	found, few := p.lanes.any.few(p.may, 8*len(svc.near), s.buf[:0])
	if s.buf = found; few {
		for _, h := range s.buf {
			if hard, ok := svc.beside(e.nodes[h]); ok && h != p.self {
				pair(DepAdjacent, h, hard, 0)
			}
		}
		return
	}
	x := e.cat.Index()
	for _, n := range svc.near {
		s.buf = e.lanes[laneKey{onService, x.ID(n.node), p.Environment}].reach(p.may, s.buf[:0])
		for _, h := range s.buf {
			if h != p.self {
				pair(DepAdjacent, h, n.hard, 0)
			}
		}
	}
}

// examineResources judges K7.
func (e *Engine) examineResources(p *piece, s *scratch, pair func(Kind, int32, bool, uint64)) {
	for i, u := range p.uses {
		l := p.lanes.resources[i]
		if l.len() > 0 {
			s.buf = l.reach(p.may, s.buf[:0])
			for _, h := range s.buf {
				if h != p.self && (u.Exclusive || e.pieces[h].use(u.Resource).Exclusive) {
					pair(SharedResource, h, true, hash(u.Resource))
				}
			}
		}
		if u.Exclusive {
			continue
		}
		loads := e.loads(p, l, s, func(q *piece) int {
			if o := q.use(u.Resource); !o.Exclusive {
				return o.Units
			}
			return 0
		})
		r := row{kind: SharedResource, party: -1, sort: ResourceFact, name: u.Resource}
		if p.caps[i] >= 0 {
			e.limit(p, s, r, u.Units, loads, p.caps[i], false)
		} else if len(loads) > 0 {
			// Nobody says how much there is of what several use.
			r.unknown, r.missing, r.at = true, Resources, p.may
			e.emit(s, r, false)
		}
	}
}

func (p *piece) use(name string) Use {
	for _, u := range p.uses {
		if u.Resource == name {
			return u
		}
	}
	return Use{}
}

// load is other work that counts against a limit.
type load struct {
	sure, may span
	units     int
	id        int32
}

type edge struct {
	at    int64
	units int
}

// loads are the others of a lane that may overlap p and weigh something.
func (e *Engine) loads(p *piece, l *lane, s *scratch, units func(*piece) int) []load {
	s.loads = s.loads[:0]
	if l == nil {
		return nil
	}
	s.buf = l.reach(p.may, s.buf[:0])
	for _, h := range s.buf {
		if h == p.self {
			continue
		}
		q := e.pieces[h]
		if n := units(q); n > 0 {
			s.loads = append(s.loads, load{q.sure, q.may, n, h})
		}
	}
	return s.loads
}

// limit judges whether, at some instant of p, its own units and those of others exceed what there is.
func (e *Engine) limit(p *piece, s *scratch, r row, own int, loads []load, limit int, main bool) {
	total := own
	for i := range loads {
		total += loads[i].units
	}
	if total <= limit {
		return
	}
	over := s.over(p.sure, own, loads, limit, func(l *load) span { return l.sure })
	if len(over) == 0 {
		if over = s.over(p.may, own, loads, limit, func(l *load) span { return l.may }); len(over) == 0 {
			return
		}
		r.unknown, r.missing = true, Lengths
	}
	r.at = span{over[0].from, over[len(over)-1].to}
	for i := range loads {
		q := loads[i].sure
		if r.unknown {
			q = loads[i].may
		}
		if !within(over, q).empty() {
			r.detail += hash(e.pieces[loads[i].id].ID)
		}
	}
	e.emit(s, r, main)
}

// over are the times in q at which more than the limit is used, in order and none touching the next.
func (s *scratch) over(q span, own int, loads []load, limit int, of func(*load) span) []span {
	s.edges, s.segs = s.edges[:0], s.segs[:0]
	for i := range loads {
		if o := of(&loads[i]).meet(q); !o.empty() {
			s.edges = append(s.edges, edge{o.from, loads[i].units}, edge{o.to, -loads[i].units})
		}
	}
	slices.SortFunc(s.edges, func(a, b edge) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.units, b.units)) })
	now, since := own, int64(0)
	full := now > limit
	if full {
		since = q.from
	}
	for i := 0; i < len(s.edges); {
		at := s.edges[i].at
		for ; i < len(s.edges) && s.edges[i].at == at; i++ {
			now += s.edges[i].units
		}
		if is := now > limit; is != full {
			if full = is; full {
				since = at
			} else {
				s.segs = append(s.segs, span{since, at})
			}
		}
	}
	if full {
		s.segs = append(s.segs, span{since, q.to})
	}
	// An edge at the end of q may have opened a span there that holds no instant.
	return slices.DeleteFunc(s.segs, span.empty)
}

// examineOrder judges K18.
func (e *Engine) examineOrder(p *piece, s *scratch) {
	late := func(before, after *piece, other int32) {
		if before.impl.to > after.impl.from {
			e.emit(s, row{kind: OutOfOrder, party: other, sort: WorkParty, at: span{after.impl.from, before.impl.to}, detail: 1}, true)
		}
	}
	for _, h := range e.after[p.ID] {
		if q := e.pieces[h]; q.Active() && h != p.self {
			late(p, q, h)
		}
	}
	if p.Order == nil {
		return
	}
	for _, id := range p.Order.After {
		h, ok := e.byID[id]
		switch {
		case id == p.ID:
		case ok && e.pieces[h].Active():
			late(e.pieces[h], p, h)
		case ok && (e.pieces[h].State == change.InReview || e.pieces[h].State == change.Closed):
		case ok:
			e.emit(s, row{kind: OutOfOrder, party: h, sort: WorkParty, unknown: true, alone: true, missing: Sequence, at: p.may}, true)
		default:
			e.emit(s, row{kind: OutOfOrder, party: -1, sort: WorkParty, name: id, unknown: true, alone: true, missing: Sequence, at: p.may}, true)
		}
	}
	if p.Order.LockStep != "" {
		for _, h := range e.steps[p.Order.LockStep] {
			if q := e.pieces[h]; q.Active() && h != p.self && !p.impl.overlaps(q.impl) {
				e.emit(s, row{kind: OutOfOrder, party: h, sort: WorkParty, at: p.impl.hull(q.impl), detail: 2}, true)
			}
		}
	}
	for _, peer := range p.Order.Peers {
		r := row{kind: OutOfOrder, party: -1, sort: ServiceParty, name: peer.Service, at: p.sure}
		switch {
		case peer.Ours == nil || peer.Theirs == nil:
			r.unknown, r.missing, r.at = true, Sequence, p.may
			e.emit(s, r, true)
		case max(*peer.Ours-*peer.Theirs, *peer.Theirs-*peer.Ours) > e.rules.MaxSkew:
			e.emit(s, r, true)
		}
	}
}
