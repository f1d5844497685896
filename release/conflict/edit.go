package conflict

import (
	"maps"
	"slices"
	"time"

	"signalbox/release"
)

// Edit is what happened to the world at once.
type Edit struct {
	Work    []Work   // put, in place of work of the same id
	Gone    []string // ids of work that is no more
	Facts   []Fact   // put, in place of facts of the same sort and id
	Dropped []Key    // facts that are no more
	// At moves the clock on, unless it is zero.
	At time.Time
}

// Key names a fact.
type Key struct {
	Sort Sort
	ID   string
}

// Put puts one piece of work in, in place of one of the same id, and says what became of the conflicts.
func (e *Engine) Put(w Work) (Delta, error) { return e.Apply(Edit{Work: []Work{w}}) }

// Remove takes one piece of work out; of an id that it does not hold, nothing comes.
func (e *Engine) Remove(id string) Delta {
	d, _ := e.Apply(Edit{Gone: []string{id}}) // cannot fail: there is nothing to check
	return d
}

// PutFact puts one fact in, in place of one of the same sort and id.
func (e *Engine) PutFact(f Fact) (Delta, error) { return e.Apply(Edit{Facts: []Fact{f}}) }

// RemoveFact takes one fact out.
func (e *Engine) RemoveFact(sort Sort, id string) Delta {
	d, _ := e.Apply(Edit{Dropped: []Key{{sort, id}}})
	return d
}

// Advance moves the instant of the reading to at, and judges what depends on it again: notice of what is asked for
// now, deadlines, open incidents.
func (e *Engine) Advance(at time.Time) Delta {
	d, _ := e.Apply(Edit{At: at})
	return d
}

// Apply makes an edit, all of it or, where something of it cannot be held, nothing. It examines again what the edit
// touches and says what became of the conflicts. The error is Usage.
func (e *Engine) Apply(edit Edit) (Delta, error) {
	for i := range edit.Work {
		if err := edit.Work[i].Check(); err != nil {
			return Delta{}, err
		}
	}
	for i := range edit.Facts {
		if err := edit.Facts[i].Check(); err != nil {
			return Delta{}, err
		}
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	t := touched{e: e, ids: map[string]bool{}, before: map[string]Finding{}}
	if !edit.At.IsZero() {
		t.advance(edit.At)
	}
	for _, k := range edit.Dropped {
		t.drop(factKey{k.Sort, k.ID})
	}
	for _, f := range edit.Facts {
		t.put(f)
	}
	for _, id := range edit.Gone {
		t.remove(id)
	}
	for _, w := range edit.Work {
		t.remove(w.ID)
		p, err := e.newPiece(w, true)
		if err != nil {
			return Delta{}, release.AsError(err) // Check has passed it
		}
		e.file(p, true)
		t.around(p)
	}
	return t.delta(), nil
}

// touched gathers what an edit touches, with the findings from before it.
type touched struct {
	e      *Engine
	ids    map[string]bool
	before map[string]Finding
}

// touch must be called before anything that the piece's rows speak of is gone.
func (t *touched) touch(p *piece) {
	if t.ids[p.ID] {
		return
	}
	t.ids[p.ID] = true
	for i := range p.rows {
		f := t.e.finding(p, &p.rows[i])
		t.before[f.Key()] = f
	}
}

// around touches a piece and all work that it may have to do with.
func (t *touched) around(p *piece) {
	t.touch(p)
	e := t.e
	for _, h := range e.after[p.ID] {
		t.touch(e.pieces[h])
	}
	if p.Order != nil {
		for _, id := range p.Order.After {
			if h, ok := e.byID[id]; ok {
				t.touch(e.pieces[h])
			}
		}
		for _, h := range e.steps[p.Order.LockStep] {
			t.touch(e.pieces[h])
		}
	}
	if !p.Active() {
		return
	}
	var buf []int32
	for _, l := range e.everywhere {
		buf = l.reach(p.may, buf[:0])
		for _, h := range buf {
			if q := e.pieces[h]; q != p && p.relates(q) {
				t.touch(q)
			}
		}
	}
}

// relates reports whether the two could meet if their times did.
func (p *piece) relates(q *piece) bool {
	share := func(a, b []string) bool {
		return slices.ContainsFunc(a, func(s string) bool { return slices.Contains(b, s) })
	}
	either := p.absent | q.absent
	switch {
	case p.place.Team != "" && p.place.Team == q.place.Team, p.lanes.high != nil && q.lanes.high != nil, either&Staff != 0:
		return true
	case slices.ContainsFunc(p.uses, func(u Use) bool {
		return slices.ContainsFunc(q.uses, func(o Use) bool { return o.Resource == u.Resource })
	}):
		return true
	}
	for _, id := range p.people {
		if slices.Contains(q.people, id) {
			return true
		}
	}
	if p.Environment != q.Environment {
		return false
	}
	if p.Service == q.Service || either&(Journeys|Resources|Graph) != 0 || share(p.named, q.named) {
		return true
	}
	_, near := p.place.svc.beside(q.place.svc.node)
	return near
}

func (t *touched) remove(id string) {
	if h, ok := t.e.byID[id]; ok {
		p := t.e.pieces[h]
		t.around(p)
		t.e.unfile(p)
	}
}

func (t *touched) put(f Fact) {
	key := factKey{f.Sort, f.ID}
	t.drop(key)
	if t.e.setFact(f, true) != nil {
		return // Check has passed it
	}
	t.fact(t.e.facts[t.e.byFact[key]])
	t.settle(&f)
}

func (t *touched) drop(key factKey) {
	h, ok := t.e.byFact[key]
	if !ok {
		return
	}
	f := t.e.facts[h]
	t.fact(f)
	t.e.dropFact(key)
	t.settle(&f.Fact)
}

// fact touches what a fact concerns.
func (t *touched) fact(f *fact) {
	e := t.e
	switch f.Sort {
	case ResourceFact:
		for _, p := range e.pieces {
			if p != nil && p.use(f.ID).Resource != "" {
				t.around(p)
			}
		}
	case IncidentFact:
		t.places(f, func(p *place) bool { return f.reaches(p.svc) })
	case MaintenanceFact:
		t.places(f, func(p *place) bool {
			if f.covers(p.Target) {
				return true
			}
			next, _ := p.svc.besideAny(f.nodes)
			return next
		})
	case CoverFact:
		t.places(f, func(p *place) bool {
			return slices.ContainsFunc(p.guards, func(g *guard) bool { return f.covers(g.Target) })
		})
	case WindowFact:
		t.places(f, func(p *place) bool { return f.covers(p.Target) })
		for _, p := range e.pieces {
			if p != nil && p.Window == f.ID {
				t.touch(p)
			}
		}
	default:
		t.places(f, func(p *place) bool { return f.covers(p.Target) })
	}
}

// settle brings what is derived from facts up to date after one came or went.
func (t *touched) settle(f *Fact) {
	e := t.e
	switch f.Sort {
	case WindowFact:
		for _, p := range e.places {
			if f.Scope.Covers(p.Target) {
				p.windowed = e.hasWindow(p)
			}
		}
	case ResourceFact: // whether environments share it may be another
		for h := range e.pieces {
			p := e.pieces[h]
			if p == nil || p.use(f.ID).Resource == "" {
				continue
			}
			e.unfile(p)
			q, err := e.newPiece(p.Work, true)
			if err != nil {
				continue // it was held before
			}
			e.file(q, true)
		}
	}
}

// places touches the work of those places at the time of a fact; windows, budgets and deadlines concern all times.
func (t *touched) places(f *fact, concerns func(*place) bool) {
	always := f.Sort == WindowFact || f.Sort == BudgetFact || f.Sort == DeadlineFact
	for _, at := range t.e.places {
		if len(at.work) == 0 || !concerns(at) {
			continue
		}
		for _, h := range at.work {
			if p := t.e.pieces[h]; always || p.may.overlaps(f.may) || p.coverAt.overlaps(f.may) {
				t.touch(p)
			}
		}
	}
}

// reached reports whether an incident that may still be open holds a piece.
func (e *Engine) reached(p *piece) bool {
	return slices.ContainsFunc(e.incidents.reach(p.may, nil), func(h int32) bool { return e.facts[h].reaches(p.place.svc) })
}

// advance moves the clock.
func (t *touched) advance(at time.Time) {
	e := t.e
	for _, p := range e.pieces {
		if p == nil {
			continue
		}
		dated := slices.ContainsFunc(p.place.buckets, func(b *bucket) bool { return len(b.always) > 0 })
		if p.NoticeAt.IsZero() || len(p.Deadlines) > 0 || dated || e.reached(p) {
			t.touch(p)
		}
	}
	e.at = at.UnixMicro()
	for _, f := range e.facts {
		if f != nil && f.Sort == IncidentFact {
			f.sure, f.may = f.Fact.spans(&e.rules, e.at)
		}
	}
}

// delta examines what was touched and compares.
func (t *touched) delta() Delta {
	e := t.e
	e.refresh()
	d := Delta{Appeared: []Conflict{}, Changed: []Conflict{}, Vanished: []string{}}
	now := map[string]Finding{}
	s := &scratch{}
	for id := range t.ids {
		h, ok := e.byID[id]
		if !ok {
			continue
		}
		p := e.pieces[h]
		p.rows = p.rows[:0]
		if !p.Active() {
			continue
		}
		p.rows = append(p.rows, e.examine(p, s)...)
		for i := range p.rows {
			f := e.finding(p, &p.rows[i])
			if k := f.Key(); now[k].Work == "" || f.Work < now[k].Work {
				now[k] = f
			}
		}
	}
	for k, f := range now {
		was, ok := t.before[k]
		switch {
		case !ok:
			d.Appeared = append(d.Appeared, e.explain(e.pieces[e.byID[f.Work]], f))
		case !same(was, f):
			d.Changed = append(d.Changed, e.explain(e.pieces[e.byID[f.Work]], f))
		}
	}
	slices.SortFunc(d.Appeared, byKey)
	slices.SortFunc(d.Changed, byKey)
	for _, k := range slices.Sorted(maps.Keys(t.before)) {
		if _, ok := now[k]; !ok {
			d.Vanished = append(d.Vanished, k)
		}
	}
	return d
}

// same compares all but the side from which a pair is seen.
func same(a, b Finding) bool {
	return a.Severity == b.Severity && a.From.Equal(b.From) && a.To.Equal(b.To) && a.Missing == b.Missing && a.Detail == b.Detail
}
