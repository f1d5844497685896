package conflict

import (
	"cmp"
	"slices"
	"strings"

	"signalbox/release"
	"signalbox/release/access"
	"signalbox/release/catalog"
	"signalbox/release/change"
)

// service finds what the graph says of one. keep stores it; without, nothing of the engine changes.
func (e *Engine) service(id string, keep bool) *service {
	s, ok := e.services[id]
	if !ok {
		s = newService(id, e.cat, e.vendors[id])
		if keep {
			e.services[id] = s
		}
	}
	return s
}

func (e *Engine) region(id string, keep bool) *region {
	g, ok := e.regions[id]
	if !ok {
		g = newRegion(id, e.zones[id], e.traffic[id], &e.rules)
		if keep {
			e.regions[id] = g
		}
	}
	return g
}

// drawersOf are the buckets of a target. Without keep those that nobody has filled are left out.
func (e *Engine) drawersOf(t access.Target, keep bool) []*bucket {
	var out []*bucket
	for _, key := range drawers(t) {
		b, ok := e.buckets[key]
		if !ok {
			if !keep {
				continue
			}
			b = &bucket{}
			e.buckets[key] = b
		}
		out = append(out, b)
	}
	return out
}

func (e *Engine) guard(serviceID, env string, keep bool) *guard {
	key := [2]string{serviceID, env}
	g, ok := e.guards[key]
	if !ok {
		g = &guard{Target: e.cat.Target(serviceID, env)}
		g.buckets = e.drawersOf(g.Target, keep)
		g.live = liveOf(g.buckets)
		if keep {
			e.guards[key] = g
		}
	}
	return g
}

func (e *Engine) place(t access.Target, keep bool) *place {
	key := placeKey(t)
	if p, ok := e.places[key]; ok {
		return p
	}
	p := &place{Target: t, svc: e.service(t.Service, keep), buckets: e.drawersOf(t, keep)}
	p.live = liveOf(p.buckets)
	p.guards = []*guard{{Target: t, buckets: p.buckets, live: p.live}}
	for _, c := range p.svc.consumers {
		p.guards = append(p.guards, e.guard(c, t.Environment, keep))
	}
	for _, r := range t.Regions {
		g := e.region(r, keep)
		p.regions = append(p.regions, g)
		if g.loc == nil {
			p.absent |= Zones
		}
		if g.traffic == nil {
			p.absent |= Traffic
		}
	}
	if len(t.Regions) == 0 {
		p.absent |= Zones | Traffic
	}
	if t.Team == "" {
		p.absent |= Owners
	}
	if p.svc.node < 0 {
		p.absent |= Graph
	}
	p.windowed = e.hasWindow(p)
	if keep {
		e.places[key] = p
	}
	return p
}

// hasWindow reports whether any change window covers a place, be it past.
func (e *Engine) hasWindow(p *place) bool {
	for _, b := range p.buckets {
		for i := range b.windows.list {
			if f := e.facts[b.windows.list[i].id]; f.exact || f.covers(p.Target) {
				return true
			}
		}
	}
	return false
}

func (e *Engine) lane(k laneKey, keep bool) *lane {
	l, ok := e.lanes[k]
	if !ok && keep {
		l = &lane{}
		e.lanes[k] = l
		if k.what == onAny {
			e.everywhere = append(e.everywhere, l)
		}
	}
	return l
}

// newPiece reads work. With keep its place and lanes are made where there are none; without, nothing changes.
func (e *Engine) newPiece(w Work, keep bool) (*piece, error) {
	if err := w.Check(); err != nil {
		return nil, err
	}
	p := &piece{Work: w, self: -1, running: w.State == change.Implementing}
	if h, ok := e.byID[w.ID]; ok && !keep {
		p.self = h
	}
	p.place = e.place(w.Target(e.cat), keep)
	p.absent = p.place.absent
	p.impl = spanOf(p.Interval)
	p.sure, p.may = p.Work.spans(&e.rules)
	p.coverSure, p.coverAt = p.Work.cover(&e.rules)
	env := w.Environment
	in := func(what byte, name, env string) *lane {
		l := e.lane(laneKey{what, name, env}, keep)
		if l != nil {
			p.inLanes = append(p.inLanes, l)
		}
		return l
	}
	l := &p.lanes
	l.any, l.service = in(onAny, "", env), in(onService, w.Service, env)
	if p.place.Team != "" {
		l.team = in(onTeam, p.place.Team, "")
	}
	if w.Band >= change.High {
		l.high = in(onHigh, "", "")
	}
	if w.Band >= change.VeryHigh {
		l.very = in(onVeryHigh, "", "")
	}
	blind := func(missing bool, input string, env string, flag Inputs) *lane {
		if missing {
			p.absent |= flag
			return in(onBlind, input, env)
		}
		return e.lane(laneKey{onBlind, input, env}, keep)
	}
	l.noJourneys = blind(w.Journeys == nil, "journeys", env, Journeys)
	l.noUses = blind(w.Uses == nil, "resources", env, Resources)
	l.noStaff = blind(w.People == nil, "people", "", Staff)
	l.noGraph = blind(p.place.svc.node < 0, "graph", env, Graph)
	if w.Order == nil {
		p.absent |= Sequence
	}
	for _, u := range w.Uses {
		i, there := slices.BinarySearchFunc(p.uses, u.Resource, func(o Use, name string) int { return strings.Compare(o.Resource, name) })
		if !there {
			p.uses = slices.Insert(p.uses, i, Use{Resource: u.Resource})
		}
		p.uses[i].Exclusive = p.uses[i].Exclusive || u.Exclusive
		p.uses[i].Units += u.Units
	}
	for _, u := range p.uses {
		l.resources = append(l.resources, in(onResource, u.Resource, e.resourceEnv(u.Resource, env)))
		most := -1
		if h, ok := e.byFact[factKey{ResourceFact, u.Resource}]; ok {
			most = e.facts[h].Capacity
		}
		p.caps = append(p.caps, most)
	}
	for _, who := range w.People {
		if !slices.Contains(p.people, who.ID) {
			p.people = append(p.people, who.ID)
			l.people = append(l.people, in(onPerson, string(who.ID), ""))
		}
	}
	for i, j := range w.Journeys {
		if !slices.Contains(w.Journeys[:i], j) {
			p.named = append(p.named, j)
			l.journeys = append(l.journeys, in(onJourney, j, env))
		}
	}
	return p, nil
}

// resourceEnv is the environment by which a resource is told apart: none for one that all share.
func (e *Engine) resourceEnv(name, env string) string {
	if h, ok := e.byFact[factKey{ResourceFact, name}]; ok && e.facts[h].Across {
		return ""
	}
	return env
}

// file puts a piece into the engine. With sorted the lanes stay in order, else settle must follow.
func (e *Engine) file(p *piece, sorted bool) {
	if n := len(e.spare); n > 0 {
		p.self, e.spare = e.spare[n-1], e.spare[:n-1]
		e.pieces[p.self], e.nodes[p.self] = p, p.place.svc.node
	} else {
		p.self = int32(len(e.pieces))
		e.pieces, e.nodes = append(e.pieces, p), append(e.nodes, p.place.svc.node)
	}
	e.byID[p.ID] = p.self
	p.place.work = append(p.place.work, p.self)
	if p.Order != nil {
		for _, id := range p.Order.After {
			e.after[id] = append(e.after[id], p.self)
		}
		if p.Order.LockStep != "" {
			e.steps[p.Order.LockStep] = append(e.steps[p.Order.LockStep], p.self)
		}
	}
	if !p.Active() {
		return
	}
	for _, l := range p.inLanes {
		if sorted {
			l.insert(p.may, p.self)
		} else {
			l.add(p.may, p.self)
		}
	}
}

// unfile takes a piece out.
func (e *Engine) unfile(p *piece) {
	drop := func(list []int32) []int32 {
		return slices.DeleteFunc(list, func(h int32) bool { return h == p.self })
	}
	delete(e.byID, p.ID)
	p.place.work = drop(p.place.work)
	if p.Order != nil {
		for _, id := range p.Order.After {
			e.after[id] = drop(e.after[id])
		}
		if p.Order.LockStep != "" {
			e.steps[p.Order.LockStep] = drop(e.steps[p.Order.LockStep])
		}
	}
	if p.Active() {
		for _, l := range p.inLanes {
			l.remove(p.may, p.self)
		}
	}
	e.pieces[p.self] = nil
	e.spare = append(e.spare, p.self)
}

// setFact puts a fact in, in place of one of the same sort and id.
func (e *Engine) setFact(in Fact, sorted bool) error {
	if err := in.Check(); err != nil {
		return err
	}
	key := factKey{in.Sort, in.ID}
	if _, ok := e.byFact[key]; ok {
		if !sorted {
			return release.Errorf(release.Usage, "%s %s is on the calendar twice", in.Sort, release.Clean(in.ID, 60)).Advise("give each fact once")
		}
		e.dropFact(key)
	}
	f := &fact{Fact: in}
	f.sure, f.may = f.Fact.spans(&e.rules, e.at)
	h := int32(len(e.facts))
	if n := len(e.free); n > 0 {
		h, e.free = e.free[n-1], e.free[:n-1]
		e.facts[h] = f
	} else {
		e.facts = append(e.facts, f)
	}
	e.byFact[key] = h
	e.stale = true
	put := func(l *lane) {
		if sorted {
			l.insert(f.may, h)
		} else {
			l.add(f.may, h)
		}
	}
	switch f.Sort {
	case ResourceFact:
		return nil
	case IncidentFact:
		f.reach = e.reachOf(f)
		put(&e.incidents)
		return nil
	case MaintenanceFact:
		f.nodes = e.nodesOf(f.Scope)
		put(&e.maint)
	}
	f.keys, f.exact = files(f.Scope)
	for _, key := range f.keys {
		b, ok := e.buckets[key]
		if !ok {
			b = &bucket{}
			e.buckets[key] = b
		}
		switch f.Sort {
		case WindowFact:
			put(&b.windows)
		case CoverFact:
			put(&b.cover)
			if !f.exact {
				b.cover.loose++
			}
		case BudgetFact, DeadlineFact:
			b.always = append(b.always, h)
		default:
			put(&b.facts)
		}
	}
	return nil
}

func (e *Engine) dropFact(key factKey) {
	h, ok := e.byFact[key]
	if !ok {
		return
	}
	f := e.facts[h]
	delete(e.byFact, key)
	e.stale = true
	drop := func(list []int32) []int32 { return slices.DeleteFunc(list, func(o int32) bool { return o == h }) }
	e.incidents.remove(f.may, h)
	e.maint.remove(f.may, h)
	for _, k := range f.keys {
		b := e.buckets[k]
		b.facts.remove(f.may, h)
		b.windows.remove(f.may, h)
		b.cover.remove(f.may, h)
		if f.Sort == CoverFact && !f.exact {
			b.cover.loose--
		}
		b.always = drop(b.always)
	}
	e.facts[h] = nil
	e.free = append(e.free, h)
}

// reachOf are the services that an incident holds, as bits by their numbers: its own and their blast radii.
func (e *Engine) reachOf(f *fact) []uint64 {
	if e.cat == nil {
		return nil
	}
	x := e.cat.Index()
	out := make([]uint64, x.Len()/64+1)
	for _, id := range f.Services {
		if n, ok := x.Of(id); ok {
			out[n/64] |= 1 << (n % 64)
			for _, step := range x.Blast(n) {
				out[step.Node/64] |= 1 << (step.Node % 64)
			}
		}
	}
	return out
}

// reaches reports whether an incident holds a service.
func (f *fact) reaches(s *service) bool {
	if n := s.end; n >= 0 && f.reach != nil && f.reach[n/64]&(1<<(n%64)) != 0 {
		return true
	}
	return slices.Contains(f.Services, s.id)
}

// vendorsOf lists for each service the vendors without which it is down.
func vendorsOf(c *catalog.Catalog) map[string][]string {
	out := map[string][]string{}
	x := c.Index()
	for n := range int32(x.Len()) {
		if v, ok := strings.CutPrefix(x.ID(n), "vendor:"); ok {
			for _, step := range x.Blast(n) {
				out[x.ID(step.Node)] = append(out[x.ID(step.Node)], v)
			}
		}
	}
	return out
}

// refresh brings the lists of what holds something up to date after facts came or went.
func (e *Engine) refresh() {
	if !e.stale {
		return
	}
	e.stale = false
	for _, p := range e.places {
		p.live = liveOf(p.buckets)
		p.guards[0].live = p.live
	}
	for _, g := range e.guards {
		g.live = liveOf(g.buckets)
	}
}

// nodesOf are the services of the catalog that a scope covers in some environment, unless it is the organisation,
// which covers the work itself as well.
func (e *Engine) nodesOf(s access.Scope) []int32 {
	if e.cat == nil || s == access.Org {
		return nil
	}
	var out []int32
	x := e.cat.Index()
	envs := environments(s)
	if len(envs) == 0 {
		envs = []string{""}
	}
	var ids []string
	for term := range strings.SplitSeq(string(s), ",") {
		if id, ok := strings.CutPrefix(term, "service:"); ok {
			ids = append(ids, id)
		}
	}
	if ids == nil {
		for i := range e.cat.Services {
			ids = append(ids, e.cat.Services[i].ID)
		}
	}
	for _, id := range ids {
		if _, ok := e.cat.Service(id); !ok {
			continue
		}
		if slices.ContainsFunc(envs, func(env string) bool { return s.Covers(e.cat.Target(id, env)) }) {
			n, _ := x.Of(id)
			out = append(out, n)
		}
	}
	slices.SortFunc(out, func(a, b int32) int { return cmp.Compare(a, b) })
	return out
}

// environments are those that a scope names.
func environments(s access.Scope) []string {
	var out []string
	for term := range strings.SplitSeq(string(s), ",") {
		if env, ok := strings.CutPrefix(term, "environment:"); ok {
			out = append(out, env)
		}
	}
	return out
}
