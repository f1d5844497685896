package control

import (
	"context"
	"time"

	"signalbox/release"
	"signalbox/release/access"
	"signalbox/release/board"
	"signalbox/release/calendar"
	"signalbox/release/catalog"
	"signalbox/release/change"
	"signalbox/release/conflict"
	"signalbox/release/feed"
	"signalbox/release/gate"
	"signalbox/release/health"
	"signalbox/release/port"
	"signalbox/release/verb"
)

// Session is what one signed-in person sees and may do: the world of the views.
type Session struct {
	c      *Control
	actor  access.Actor
	person *access.Person // as of sign-in
	caller Caller
	sub    *Subscription
}

// Caller is where a session comes from, and how its door is told to end it.
type Caller struct {
	From string
	End  func(why error) // may be nil
}

// Open starts a session for an actor whom a door has verified. Close it.
func (c *Control) Open(a access.Actor, p *access.Person, from Caller) *Session {
	s := &Session{c: c, actor: a, person: p, caller: from, sub: c.Hub.Subscribe(sessionTopics...)}
	c.visits.enter(s, from.From, c.Process, c.now())
	return s
}

// Close ends the session's subscription; Changed is closed.
func (s *Session) Close() {
	s.sub.Close()
	if id := s.c.visits.leave(s); id != "" {
		s.c.left(id)
	}
}

// end closes the session because an admin asked for it.
func (s *Session) end() {
	if s.caller.End != nil {
		s.caller.End(release.Errorf(release.Refused, "an admin has ended this session").Advise("ask why before you connect again"))
	}
	s.sub.Close()
}

// Person is who looks, as of the last change to people.
func (s *Session) Person() *access.Person {
	if p, ok := s.c.people.Load().people[s.person.ID]; ok {
		return p
	}
	return s.person
}

// Actor is how the person came in.
func (s *Session) Actor() access.Actor { return s.actor }

// Now is the domain clock, UTC.
func (s *Session) Now() time.Time { return s.c.now() }

// Verbs is the catalogue.
func (s *Session) Verbs() verb.Table { return s.c.verbs }

// Alarm is the alarm line and the ticker. Permission: read.
func (s *Session) Alarm(ctx context.Context) (board.Alarm, error) {
	if err := s.mayRead(); err != nil {
		return board.Alarm{}, err
	}
	return s.c.Alarm(ctx)
}

// Queue is the approval queue. Permission: read.
func (s *Session) Queue(ctx context.Context) (*change.Queue, error) {
	if err := s.mayRead(); err != nil {
		return nil, err
	}
	return s.c.Queue(ctx)
}

// Feeds is the panel of all feeds. Permission: read.
func (s *Session) Feeds(ctx context.Context) (*feed.Panel, error) {
	if err := s.mayRead(); err != nil {
		return nil, err
	}
	return s.c.Feeds(ctx)
}

// Calendar is what is on the calendar in [from, to). Permission: read.
func (s *Session) Calendar(ctx context.Context, from, to time.Time) (*calendar.Span, error) {
	if err := s.mayRead(); err != nil {
		return nil, err
	}
	return s.c.Span(ctx, from, to)
}

// Health is what monitors say of every service, and where each objective stands. Permission: read.
func (s *Session) Health(ctx context.Context) (*health.Panel, error) {
	if err := s.mayRead(); err != nil {
		return nil, err
	}
	return s.c.Health(ctx)
}

// Burning is what a line of Health burnt and what was measured of it over a span. Permission: read.
func (s *Session) Burning(ctx context.Context, line string, span time.Duration) (*health.Series, error) {
	if err := s.mayRead(); err != nil {
		return nil, err
	}
	return s.c.Burning(ctx, line, span)
}

// Board is the whole estate. Permission: read.
func (s *Session) Board(ctx context.Context) (*board.Page, error) {
	if err := s.mayRead(); err != nil {
		return nil, err
	}
	return s.c.Board(ctx)
}

// Conflicts is the list of conflicts. Permission: read.
func (s *Session) Conflicts(ctx context.Context) (*conflict.Docket, error) {
	if err := s.mayRead(); err != nil {
		return nil, err
	}
	return s.c.Docket(ctx)
}

// Conflict is one case with the ways out of it. Permission: read.
func (s *Session) Conflict(ctx context.Context, id string) (*conflict.Brief, error) {
	if err := s.mayRead(); err != nil {
		return nil, err
	}
	return s.c.Brief(ctx, s.c.id(id))
}

// Case is one change before the gate. Permission: read.
func (s *Session) Case(ctx context.Context, id string) (*gate.Case, error) {
	if err := s.mayRead(); err != nil {
		return nil, err
	}
	return s.c.Case(ctx, s.c.id(id))
}

// Do runs a verb as this person.
func (s *Session) Do(ctx context.Context, call verb.Call) (verb.Answer, error) {
	call.Actor = s.actor
	return s.c.Do(ctx, call)
}

// Changed receives after something changed, and is closed by Close.
func (s *Session) Changed() <-chan struct{} { return s.sub.C() }

// mayRead checks the one permission that looking needs, in any scope.
func (s *Session) mayRead() error { return may(s.Person(), s.actor, access.Read, s.c.now()) }

// Regions lists the regions of the catalog: anybody who is signed in sees their clocks.
func (c *Control) Regions(ctx context.Context) ([]catalog.Region, error) {
	var out []catalog.Region
	err := c.Store.Read(ctx, func(r port.Reader) error {
		cat, err := r.Catalog(ctx)
		if err != nil {
			return err
		}
		out = cat.Regions
		return nil
	})
	return out, err
}
