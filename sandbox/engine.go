package sandbox

import (
	"container/heap"
	"context"
	"slices"
	"time"

	"signalbox/release/change"
	"signalbox/release/port"
	"signalbox/release/simulation"
)

// longest is by how much the clock may be behind, in simulated time, before that time is left out.
const longest = time.Hour

// tick is how often, in simulated time, feeds are read and watched, and due work is carried out.
const tick = time.Minute

// event is something that happens at an instant.
type event struct {
	at   time.Time
	n    int              // the order of those of one instant
	step *simulation.Step // of the timeline; nil for what no timeline shows
	do   func(ctx context.Context) error
}

// agenda is what is to happen, the soonest first.
type agenda struct {
	list []event
	n    int
}

func (a *agenda) Len() int { return len(a.list) }
func (a *agenda) Less(i, j int) bool {
	x, y := a.list[i], a.list[j]
	return x.at.Before(y.at) || x.at.Equal(y.at) && x.n < y.n
}
func (a *agenda) Swap(i, j int) { a.list[i], a.list[j] = a.list[j], a.list[i] }
func (a *agenda) Push(x any)    { a.list = append(a.list, x.(event)) }
func (a *agenda) Pop() any {
	last := a.list[len(a.list)-1]
	a.list = a.list[:len(a.list)-1]
	return last
}

// plan puts something on the agenda that no timeline shows.
func (s *Sandbox) plan(at time.Time, do func(ctx context.Context) error) { s.put(at, nil, do) }

func (s *Sandbox) put(at time.Time, step *simulation.Step, do func(ctx context.Context) error) {
	s.due.n++
	heap.Push(&s.due, event{at, s.due.n, step, do})
}

// soonest is the instant of what is due next. There always is something: the next tick.
func (s *Sandbox) soonest() time.Time {
	if len(s.due.list) == 0 {
		return time.Time{}
	}
	return s.due.list[0].at
}

// turnKey marks the contexts of those who have the turn.
type turnKey struct{}

func withTurn(ctx context.Context) context.Context { return context.WithValue(ctx, turnKey{}, true) }

// Own reports whether a call comes from the simulation itself, which has the turn.
func Own(ctx context.Context) bool { return ctx.Value(turnKey{}) != nil }

// Run lets happen what is due as the clock goes, until ctx is done.
func (s *Sandbox) Run(ctx context.Context) {
	for ctx.Err() == nil {
		s.turn.Lock()
		wait, goes := s.clock.wait(s.soonest())
		if lag := time.Duration(-float64(wait) * s.pace()); goes && lag > longest {
			s.clock.set(s.clock.now(), s.soonest()) // the machine slept: nothing happened meanwhile
			wait = 0
		}
		if goes && wait <= 0 {
			s.happen(withTurn(context.WithoutCancel(ctx))) // what began is brought to its end
			s.turn.Unlock()
			continue
		}
		s.turn.Unlock()
		if !goes || wait > 200*time.Millisecond {
			wait = 200 * time.Millisecond // somebody may stop, speed up or jump meanwhile
		}
		select {
		case <-ctx.Done():
		case <-time.After(wait):
		}
	}
}

// pace is how fast the clock goes.
func (s *Sandbox) pace() float64 {
	speed, _ := s.clock.standing()
	return speed
}

// happen carries out what is due next, at its instant. The caller has the turn.
func (s *Sandbox) happen(ctx context.Context) {
	e := heap.Pop(&s.due).(event)
	s.clock.pin(e.at)
	err := e.do(ctx)
	if err != nil && s.o.Log != nil {
		s.o.Log.Warn("something of the simulation could not happen", "at", e.at, "cause", err)
	}
	if e.step != nil {
		e.step.Done = true
		if err != nil {
			e.step.Failed = err.Error()
		}
	}
	s.clock.free(s.soonest())
	s.show()
	if e.step != nil {
		s.house.Control.Hub.Publish(port.Changes) // the timeline is on screens that no topic of the store tells
	}
}

// until carries out everything that is due up to an instant, and sets the clock there. The caller has the turn.
func (s *Sandbox) until(ctx context.Context, to time.Time) {
	for at := s.soonest(); !at.IsZero() && !at.After(to); at = s.soonest() {
		s.happen(ctx)
	}
	s.clock.set(to, s.soonest())
	s.show()
	s.house.Control.Hub.Publish(port.Topics...)
}

// beat is what happens every tick: feeds are read and watched, and what is due is done.
func (s *Sandbox) beat(ctx context.Context) error {
	at := s.Now()
	s.plan(at.Add(tick), s.beat)
	if err := s.readDue(ctx, at); err != nil {
		return err
	}
	for s.house.Control.FollowUpOnce(ctx) {
	}
	if err := s.house.Control.WatchOnce(ctx); err != nil {
		return err
	}
	if err := s.murmur(ctx, at); err != nil {
		return err
	}
	return s.rollOut(ctx, at)
}

// readDue reads the feeds whose time has come.
func (s *Sandbox) readDue(ctx context.Context, at time.Time) error {
	later := map[string]bool{}
	if err := s.house.Store.Read(ctx, func(r port.Reader) error {
		clear(later)
		rows, err := r.Feeds(ctx)
		for _, f := range rows {
			later[f.Name] = f.NextAt.After(at)
		}
		return err
	}); err != nil {
		return err
	}
	for _, r := range s.readers() {
		if !later[r.name] {
			s.house.Control.PullOnce(ctx, r)
		}
	}
	return nil
}

// murmur is what a company's forge tells all day: checks of what nobody waits for.
func (s *Sandbox) murmur(ctx context.Context, at time.Time) error {
	n := at.Unix() / int64(tick/time.Second)
	if n%4 != int64(s.below(4, "murmur", n/4)) {
		return nil
	}
	return s.idle(ctx, at)
}

// idle is one push and its check.
func (s *Sandbox) idle(ctx context.Context, at time.Time) error {
	n := at.Unix()
	service := offers[s.below(len(offers), "murmur of", n)].id
	author, _ := s.hands("murmur", n)
	p := &ship{service: service, title: s.title("murmur", n), author: author, commit: s.hex("idle", 20, service, n)}
	if err := s.push(ctx, p); err != nil {
		return err
	}
	return s.check(ctx, p, "unit", "success", "")
}

// rollOut is the company's own machinery: two minutes after a change was let through, or when it is scheduled, its
// deployment begins.
func (s *Sandbox) rollOut(ctx context.Context, at time.Time) error {
	var ready []change.Change
	if err := s.house.Store.Read(ctx, func(r port.Reader) (err error) {
		ready, err = r.ChangesIn(ctx, change.Authorised, change.Scheduled)
		return err
	}); err != nil {
		return err
	}
	for _, ch := range ready {
		p := s.ships[ch.ExternalID]
		if p == nil || s.rolling[ch.ID] || p.held {
			continue
		}
		s.rolling[ch.ID] = true
		when := at.Add(2 * time.Minute)
		if ch.Schedule.From.After(when) {
			when = ch.Schedule.From
		}
		s.plan(when, func(ctx context.Context) error { return s.begin(ctx, ch.ID, p) })
	}
	return nil
}

// begin starts a deployment where its change is still let through: somebody may have taken the approval back.
func (s *Sandbox) begin(ctx context.Context, id string, p *ship) error {
	delete(s.rolling, id)
	var ch change.Change
	if err := s.house.Store.Read(ctx, func(r port.Reader) (err error) {
		ch, err = r.Change(ctx, id)
		return err
	}); err != nil || !ch.State.Let() {
		return err
	}
	if due := ch.Schedule.From; due.After(s.Now()) { // it was moved meanwhile
		s.rolling[id] = true
		s.plan(due, func(ctx context.Context) error { return s.begin(ctx, id, p) })
		return nil
	}
	if err := s.status(ctx, p, "in_progress"); err != nil {
		return err
	}
	took := 14*time.Minute + time.Duration(s.below(240, "took", p.service, p.version))*time.Second
	s.plan(s.Now().Add(took), func(ctx context.Context) error { return s.end(ctx, p) })
	return nil
}

// end finishes a deployment; one whose service is in bad trouble by then fails.
func (s *Sandbox) end(ctx context.Context, p *ship) error {
	if sp := s.telemetry.services[p.service].of(p.version); sp == nil || !sp.gone.IsZero() || !sp.whole.IsZero() {
		return nil // it was taken out, or is whole
	}
	if s.telemetry.worst(p.service, s.Now()) > 0.03 {
		return s.status(ctx, p, "failure")
	}
	return s.status(ctx, p, "success")
}

// show makes the state that screens read.
func (s *Sandbox) show() {
	speed, paused := s.clock.standing()
	st := &simulation.State{Scenario: s.scenario.Name, Title: s.scenario.Title, Brief: s.scenario.Brief, Level: s.scenario.Level, Length: s.scenario.length(),
		Seed: s.o.Seed, Run: s.run, Speed: speed, Paused: paused, Start: s.o.Start, Now: s.Now(), Injects: s.injects(), Steps: []simulation.Step{}}
	for _, x := range s.steps {
		st.Steps = append(st.Steps, *x)
	}
	slices.SortStableFunc(st.Steps, func(a, b simulation.Step) int { return a.At.Compare(b.At) })
	for _, sc := range Scenarios() {
		st.Scenarios = append(st.Scenarios, simulation.Scenario{Name: sc.Name, Title: sc.Title, Brief: sc.Brief, Level: sc.Level, Length: sc.length(), Running: sc.Name == s.scenario.Name})
	}
	s.scene.Store(s.look())
	s.state.Store(st)
}

// State is a snapshot with the clock as it stands now.
func (s *Sandbox) State() *simulation.State {
	st := *s.state.Load()
	st.Now = s.Now()
	st.Speed, st.Paused = s.clock.standing()
	if st.Beginning = s.anew.Load(); st.Beginning {
		st.Now = s.o.Start // not the past, through which its clock runs meanwhile
	}
	return &st
}
