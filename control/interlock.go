package control

import (
	"context"
	"reflect"
	"slices"
	"time"

	"signalbox/release/calendar"
	"signalbox/release/catalog"
	"signalbox/release/change"
	"signalbox/release/conflict"
	"signalbox/release/port"
)

// interlockTopics are what the conflicts of the calendar rest on. Whatever else moves with the clock (notice, open
// deadlines) is judged anew when the engine is snapshotAge old.
var interlockTopics = []port.Topic{port.Catalog, port.Freezes, port.Calendar, port.Schedules}

// caseTopics are what the standing cases rest on.
var caseTopics = []port.Topic{port.Conflicts}

// interlockBehind is how far back entries are laid out: what began so long ago and is not over still counts.
const interlockBehind = 40 * 24 * time.Hour

// interlock is the engine of one moment, with what nobody feeds: inputs of which not one fact has ever come. What
// rests on these alone is told and bars nothing; what is missing although it is fed bars.
type interlock struct {
	engine *conflict.Engine
	unfed  conflict.Inputs
	rules  conflict.Rules
	// What the engine was built from.
	catalog          *catalog.Catalog
	freezes, entries []conflict.Fact
	work             []conflict.Work
}

// laid are the facts of the entries of outside calendars in a stretch of time, laid out once.
type laid struct {
	of       []calendar.Entry // the shared list that they come from
	from, to time.Time
	facts    []conflict.Fact
}

func (l *laid) serves(of []calendar.Entry, at time.Time, ahead time.Duration) bool {
	if l == nil || len(l.of) != len(of) || (len(of) > 0 && &l.of[0] != &of[0]) {
		return false
	}
	return !at.Add(-interlockBehind).Before(l.from) && !at.Add(ahead).After(l.to)
}

// entryFacts are the facts that outside calendars hold around an instant.
func (c *Control) entryFacts(entries []calendar.Entry, at time.Time, ahead time.Duration) []conflict.Fact {
	if l := c.laid.Load(); l.serves(entries, at, ahead) {
		return l.facts
	}
	l := &laid{of: entries, from: at.Add(-interlockBehind - 24*time.Hour).Truncate(24 * time.Hour)}
	l.to = at.Add(ahead + 7*24*time.Hour)
	for _, e := range entries {
		facts, err := conflict.Expand(e, l.from, l.to)
		if err != nil {
			c.Log.Debug("an entry cannot be laid out", "source", e.Source, "title", e.Title, "cause", err)
		}
		l.facts = append(l.facts, facts...)
	}
	c.laid.Store(l)
	return l.facts
}

// interlocked returns the engine as of the last change to what it rests on.
func (c *Control) interlocked(ctx context.Context) (*interlock, error) {
	return c.locks.get(ctx, c, interlockTopics, c.buildInterlock)
}

// judging is Store.Read for a reading in which changes are judged, and deciding Store.Write: what they are judged by
// is brought up to date before it, as it is committed. Nobody may wait for another connection to the store while
// holding one: there are only a few.
func (c *Control) judging(ctx context.Context, fn func(port.Reader) error) error {
	c.bring(ctx)
	return c.Store.Read(ctx, fn)
}

func (c *Control) deciding(ctx context.Context, fn func(port.Tx) error) error {
	c.bring(ctx)
	return c.Store.Write(ctx, fn)
}

// bring has the engine and the cases built where they are not of the last change. What fails is said by books.
func (c *Control) bring(ctx context.Context) {
	_, _ = c.interlocked(ctx)
	_, _ = c.standingCases(ctx)
}

// books are the engine and the cases as they were brought. The error says why nothing can be judged by them.
func (c *Control) books() (*interlock, map[string]conflict.Case, error) {
	k, err := c.locks.newest()
	if err != nil {
		return nil, nil, err
	}
	cases, err := c.cased.newest()
	return k, cases, err
}

func (c *Control) buildInterlock(ctx context.Context) (*interlock, error) {
	at := c.now()
	out := &interlock{rules: c.wired().Conflicts}
	if out.rules.Grades == nil {
		out.rules = conflict.Default()
	}
	w := conflict.World{At: at, Rules: out.rules}
	var entries []calendar.Entry
	err := c.Store.Read(ctx, func(r port.Reader) error {
		var err error
		if w.Catalog, err = r.Catalog(ctx); err != nil {
			return err
		}
		freezes, err := r.Freezes(ctx, at.Add(-interlockBehind))
		if err != nil {
			return err
		}
		w.Facts = nil
		for _, f := range freezes {
			if fact := conflict.FreezeOf(f); fact != nil {
				w.Facts = append(w.Facts, *fact)
			}
		}
		if entries, err = r.Entries(ctx); err != nil {
			return err
		}
		planned, err := r.ChangesPlanned(ctx, at.Add(-interlockBehind))
		if err != nil {
			return err
		}
		w.Work = nil
		gated := c.gated()
		for _, ch := range planned {
			if ch.State != change.Draft && slices.Contains(gated, ch.Environment) {
				w.Work = append(w.Work, workOf(ch))
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	w.Known = fed(entries)
	if len(w.Catalog.Services) > 0 {
		w.Known |= conflict.Graph | conflict.Owners | conflict.Zones
	}
	out.unfed = conflict.All &^ w.Known
	out.catalog, out.freezes, out.entries = w.Catalog, w.Facts, c.entryFacts(entries, at, out.rules.Horizon+interlockBehind)
	out.work = w.Work
	if last := c.last.Load(); last != nil && last.becomes(out, at) {
		c.last.Store(out)
		return out, nil
	}
	w.Facts = slices.Concat(out.freezes, out.entries)
	if out.engine, err = conflict.New(w); err != nil {
		c.last.Store(nil)
		return nil, err
	}
	c.last.Store(out)
	return out, nil
}

// becomes edits the engine of the last moment into that of the next, where nothing changed that needs another one,
// and reports whether it did: only what the edit touches is examined again.
func (k *interlock) becomes(next *interlock, at time.Time) bool {
	if k.catalog.Revision != next.catalog.Revision || k.unfed != next.unfed || !reflect.DeepEqual(k.rules, next.rules) || at.Before(k.engine.At()) {
		return false
	}
	edit := conflict.Edit{At: at}
	had := map[string]*conflict.Work{}
	for i := range k.work {
		had[k.work[i].ID] = &k.work[i]
	}
	for _, w := range next.work {
		if old := had[w.ID]; old == nil || !reflect.DeepEqual(*old, w) {
			edit.Work = append(edit.Work, w)
		}
		delete(had, w.ID)
	}
	for id := range had {
		edit.Gone = append(edit.Gone, id)
	}
	changed := func(was, now []conflict.Fact) {
		had := make(map[conflict.Key]*conflict.Fact, len(was))
		for i := range was {
			had[conflict.Key{Sort: was[i].Sort, ID: was[i].ID}] = &was[i]
		}
		for _, f := range now {
			key := conflict.Key{Sort: f.Sort, ID: f.ID}
			if old := had[key]; old == nil || !reflect.DeepEqual(*old, f) {
				edit.Facts = append(edit.Facts, f)
			}
			delete(had, key)
		}
		for key := range had {
			edit.Dropped = append(edit.Dropped, key)
		}
	}
	changed(k.freezes, next.freezes)
	if len(k.entries) != len(next.entries) || len(k.entries) > 0 && &k.entries[0] != &next.entries[0] { // else they are the same list
		changed(k.entries, next.entries)
	}
	if _, err := k.engine.Apply(edit); err != nil {
		return false
	}
	next.engine = k.engine
	return true
}

// fed are the inputs of which something has come. What is kept here is always whole.
func fed(entries []calendar.Entry) conflict.Inputs {
	known := conflict.Freezes | conflict.Windows | conflict.Changes | conflict.Maintenance
	for _, e := range entries {
		known |= conflict.Input(e.Kind)
	}
	return known
}

// standingCases are the cases that are not gone, by the conflict's key, as of the last change to one.
func (c *Control) standingCases(ctx context.Context) (map[string]conflict.Case, error) {
	return c.cased.get(ctx, c, caseTopics, func(ctx context.Context) (map[string]conflict.Case, error) {
		var out map[string]conflict.Case
		err := c.Store.Read(ctx, func(r port.Reader) error {
			cases, err := r.ConflictCases(ctx, c.now())
			out = make(map[string]conflict.Case, len(cases))
			for _, k := range cases {
				if k.State != conflict.Gone {
					out[k.Key] = k
				}
			}
			return err
		})
		return out, err
	})
}

// workOf is a change as a piece of work.
func workOf(ch change.Change) conflict.Work {
	s := ch.Schedule
	w := conflict.Work{ID: ch.ID, Title: ch.Name(), State: ch.State, Interval: s.Interval, Service: ch.Service, Environment: ch.Environment,
		Class: ch.Kind, Risk: ch.Risk.Score, Band: ch.Risk.Band(), Prep: &s.Prep, Verify: &s.Verify, NoticeAt: s.AskedAt, RequestedAt: ch.RequestedAt,
		Window: ch.Window}
	if ch.Executor != "" {
		w.People = []conflict.Person{{ID: ch.Executor, Duty: conflict.Implementer}}
	}
	return w
}

// unplanned is how long a change is taken to run that nobody has given a schedule.
const unplanned = time.Hour

// conflictsOf are the conflicts of a change where it is scheduled, or, where it is not, were it to go in at an
// instant; then it owes nobody notice.
func (k *interlock) conflictsOf(ch change.Change, at time.Time) ([]conflict.Conflict, error) {
	w := workOf(ch)
	if !ch.Schedule.IsZero() {
		return k.engine.Conflicts(w)
	}
	w.Interval = calendar.Interval{From: at, To: at.Add(unplanned)}
	list, err := k.engine.Conflicts(w)
	return slices.DeleteFunc(list, func(x conflict.Conflict) bool { return x.Kind == conflict.LeadTime }), err
}

// caseID reads "CX-3", "cx3" or "3".
func (c *Control) caseID(s string) (string, error) {
	id, err := conflict.ParseID(s)
	if err != nil {
		return "", err
	}
	return c.id(id), nil
}
