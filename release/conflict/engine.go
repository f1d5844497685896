package conflict

import (
	"cmp"
	"iter"
	"runtime"
	"slices"
	"sync"
	"time"

	"signalbox/release"
	"signalbox/release/access"
	"signalbox/release/catalog"
)

// World is what an Engine is built from.
type World struct {
	// At is the instant of the reading, UTC: lead times of what is asked for now, deadlines and open incidents are
	// judged from it. Engine.Advance moves it on.
	At      time.Time
	Rules   Rules
	Catalog *catalog.Catalog // nil: the dependency graph is not known
	// Known are the inputs of which everything is here. What is not in it makes kinds unknown (see Kind.Needs).
	Known   Inputs
	Traffic []HourlyTraffic
	Facts   []Fact
	Work    []Work
}

// Engine holds the work and facts of an organisation and the conflicts between them. An edit examines again only what
// it touches. It may be used by several goroutines. A new catalog, or new rules, need a new engine.
type Engine struct {
	mu      sync.RWMutex
	rules   Rules
	cat     *catalog.Catalog
	absent  Inputs
	at      int64
	traffic map[string]*HourlyTraffic
	zones   map[string]string

	regions  map[string]*region
	services map[string]*service
	places   map[string]*place
	guards   map[[2]string]*guard
	buckets  map[string]*bucket

	facts     []*fact
	byFact    map[factKey]int32
	free      []int32 // places in facts
	maint     lane
	incidents lane
	vendors   map[string][]string // service → vendors without which it is down
	stale     bool                // facts came or went since refresh

	pieces     []*piece
	nodes      []int32 // of the services of pieces, in the graph
	byID       map[string]int32
	spare      []int32 // places in pieces
	lanes      map[laneKey]*lane
	everywhere []*lane            // all work of each environment
	after      map[string][]int32 // id → work that must come after it
	steps      map[string][]int32 // lock-step unit → its work
}

type factKey struct {
	sort Sort
	id   string
}

// fact is one that the engine holds.
type fact struct {
	Fact
	sure, may span
	keys      []string // its buckets
	exact     bool     // being in a bucket is being covered
	nodes     []int32  // of maintenance: the services covered, by their numbers in the graph
	reach     []uint64 // of an incident: the services that it holds
}

func (f *fact) covers(t access.Target) bool { return f.Scope.Covers(t) }

// laneKey names what work may share: the thing, its name, and the environment ("" where it is the same in all).
type laneKey struct {
	what      byte
	name, env string
}

const (
	onService  byte = 's'
	onResource byte = 'r'
	onPerson   byte = 'p'
	onTeam     byte = 't'
	onJourney  byte = 'j'
	onHigh     byte = 'h'
	onVeryHigh byte = 'v'
	onAny      byte = '*' // all work of an environment
	onBlind    byte = '?' // work of which something is not known
)

// piece is one piece of work that the engine judges. Its lanes are nil where nobody else shares them.
type piece struct {
	Work
	self               int32 // its number; -1 for one that is only asked about
	place              *place
	impl, sure, may    span
	coverSure, coverAt span
	absent             Inputs
	running            bool

	uses    []Use             // by name, each once
	caps    []int             // units that there are of each; -1: nobody says
	people  []access.PersonID // each once
	named   []string          // journeys, each once
	lanes   lanes
	inLanes []*lane // all of them
	rows    []row
}

type lanes struct {
	service, team, any, high, very *lane
	resources, people, journeys    []*lane
	noJourneys, noUses, noStaff    *lane
	noGraph                        *lane
}

// New builds an engine. The error is Usage: rules, work or facts that cannot be held.
func New(w World) (*Engine, error) {
	if err := w.Rules.Check(); err != nil {
		return nil, err
	}
	e := &Engine{rules: w.Rules, cat: w.Catalog, absent: All &^ w.Known, at: w.At.UnixMicro(),
		traffic: map[string]*HourlyTraffic{}, zones: map[string]string{},
		regions: map[string]*region{}, services: map[string]*service{}, places: map[string]*place{}, guards: map[[2]string]*guard{},
		buckets: map[string]*bucket{}, byFact: map[factKey]int32{}, byID: map[string]int32{},
		lanes: map[laneKey]*lane{}, after: map[string][]int32{}, steps: map[string][]int32{}}
	if w.Catalog == nil {
		e.absent |= Graph
	} else {
		e.vendors = vendorsOf(w.Catalog)
		for _, r := range w.Catalog.Regions {
			e.zones[r.ID] = r.Zone
		}
	}
	for i := range w.Traffic {
		t := w.Traffic[i]
		e.traffic[t.Region] = &t
	}
	for id := range e.zones { // what their clocks give is laid out once, also for work that is only asked about
		e.region(id, true)
	}
	for i := range w.Facts {
		if err := e.setFact(w.Facts[i], false); err != nil {
			return nil, err
		}
	}
	for _, b := range e.buckets {
		b.facts.settle()
		b.windows.settle()
		b.cover.settle()
	}
	e.maint.settle()
	e.incidents.settle()
	for i := range w.Work {
		p, err := e.newPiece(w.Work[i], true)
		if err != nil {
			return nil, err
		}
		if _, ok := e.byID[p.ID]; ok {
			return nil, release.Errorf(release.Usage, "%s is on the calendar twice", release.Clean(p.ID, 40)).Advise("give each piece of work once")
		}
		e.file(p, false)
	}
	for _, l := range e.lanes {
		l.settle()
	}
	for _, l := range e.everywhere {
		if n := len(l.list); n > 0 {
			for _, g := range e.regions {
				if g.loc != nil {
					g.lists(span{l.list[0].from, l.list[n-1].most})
				}
			}
		}
	}
	e.stale = false // the places were made after the facts
	e.sweep()
	return e, nil
}

// sweep examines everything anew. Each piece is judged by itself, so that all processors take part.
func (e *Engine) sweep() {
	workers := max(1, runtime.GOMAXPROCS(0))
	for _, l := range e.everywhere { // in the order of time, so that what meets lies near each other in memory
		part := max(1, (len(l.list)+workers-1)/workers)
		var wait sync.WaitGroup
		for list := range slices.Chunk(l.list, part) {
			wait.Go(func() {
				s := &scratch{}
				for i := range list {
					p := e.pieces[list[i].id]
					p.rows = append(p.rows[:0], e.examine(p, s)...)
				}
			})
		}
		wait.Wait()
	}
}

// At is the instant from which the engine judges now.
func (e *Engine) At() time.Time {
	e.mu.RLock()
	defer e.mu.RUnlock()
	return time.UnixMicro(e.at).UTC()
}

// Rules are those by which it judges. They must not be changed.
func (e *Engine) Rules() Rules { return e.rules }

// Work returns a piece of work that the engine holds.
func (e *Engine) Work(id string) (Work, bool) {
	e.mu.RLock()
	defer e.mu.RUnlock()
	if h, ok := e.byID[id]; ok {
		return e.pieces[h].Work, true
	}
	return Work{}, false
}

// Fact returns a fact that the engine holds.
func (e *Engine) Fact(sort Sort, id string) (Fact, bool) {
	e.mu.RLock()
	defer e.mu.RUnlock()
	if h, ok := e.byFact[factKey{sort, id}]; ok {
		return e.facts[h].Fact, true
	}
	return Fact{}, false
}

// All yields every conflict, and everything that is not known, of all active work: each once, in no order. The body of
// the loop must not ask the engine anything, nor edit it: collect first.
func (e *Engine) All() iter.Seq[Finding] {
	return func(yield func(Finding) bool) {
		e.mu.RLock()
		defer e.mu.RUnlock()
		e.each(yield)
	}
}

func (e *Engine) each(yield func(Finding) bool) {
	for _, p := range e.pieces {
		if p == nil {
			continue
		}
		for i := range p.rows {
			if r := &p.rows[i]; e.first(p, r) && !yield(e.finding(p, r)) {
				return
			}
		}
	}
}

// first reports whether the row is not the second view of a pair.
func (e *Engine) first(p *piece, r *row) bool {
	return r.sort != WorkParty || !r.kind.pairs() || r.party < 0 || r.alone || p.ID < e.pieces[r.party].ID
}

// Findings are those of one piece of work that the engine holds, in the order in which they are read; nil where it
// holds none of this id, or an inactive one.
func (e *Engine) Findings(id string) []Finding {
	e.mu.RLock()
	defer e.mu.RUnlock()
	h, ok := e.byID[id]
	if !ok {
		return nil
	}
	return e.findings(e.pieces[h], e.pieces[h].rows)
}

func (e *Engine) findings(p *piece, rows []row) []Finding {
	out := make([]Finding, 0, len(rows))
	for i := range rows {
		out = append(out, e.finding(p, &rows[i]))
	}
	SortFindings(out)
	return out
}

// Examine judges one piece of work, be it stored or not, as if it were active, and changes nothing. Stored work of the
// same id is left out of account. The error is Usage: see Work.Check.
func (e *Engine) Examine(w Work) ([]Finding, error) {
	e.mu.RLock()
	defer e.mu.RUnlock()
	p, err := e.newPiece(w, false)
	if err != nil {
		return nil, err
	}
	return e.findings(p, e.examine(p, &scratch{})), nil
}

// Conflicts is Examine with everything explained.
func (e *Engine) Conflicts(w Work) ([]Conflict, error) {
	e.mu.RLock()
	defer e.mu.RUnlock()
	p, err := e.newPiece(w, false)
	if err != nil {
		return nil, err
	}
	rows := e.examine(p, &scratch{})
	out := make([]Conflict, 0, len(rows))
	for _, f := range e.findings(p, rows) {
		out = append(out, e.explain(p, f))
	}
	return out, nil
}

// Explain says everything about a finding of work that the engine holds; false where it holds that no more.
func (e *Engine) Explain(f Finding) (Conflict, bool) {
	e.mu.RLock()
	defer e.mu.RUnlock()
	h, ok := e.byID[f.Work]
	if !ok {
		return Conflict{}, false
	}
	return e.explain(e.pieces[h], f), true
}

// List is All explained, in the order in which they are read.
func (e *Engine) List() []Conflict {
	e.mu.RLock()
	defer e.mu.RUnlock()
	list := slices.Collect(e.each)
	SortFindings(list)
	out := make([]Conflict, 0, len(list))
	for _, f := range list {
		out = append(out, e.explain(e.pieces[e.byID[f.Work]], f))
	}
	return out
}

func (e *Engine) finding(p *piece, r *row) Finding {
	f := Finding{Kind: r.kind, Outcome: Collides, Severity: r.severity, Work: p.ID, Other: e.partyOf(r), Missing: r.missing, Detail: r.detail}
	if r.unknown {
		f.Outcome = Unknown
	}
	i := r.at.interval()
	f.From, f.To = i.From, i.To
	return f
}

func (e *Engine) partyOf(r *row) Party {
	switch {
	case r.party < 0:
		return Party{r.sort, r.name}
	case r.sort == WorkParty:
		return Party{WorkParty, e.pieces[r.party].ID}
	}
	return Party{r.sort, e.facts[r.party].ID}
}

// byKey orders conflicts by their identity.
func byKey(a, b Conflict) int { return cmp.Compare(a.Key, b.Key) }
