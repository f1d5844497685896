// Package viewtest is a small company on one Tuesday, for the tests of the views: people, a catalog, changes
// with their evidence and decisions, feeds. Snapshots are judged by the rules of release from these facts,
// as control does it, so that a test changes a fact and never a verdict. No product package imports it.
package viewtest

import (
	"context"
	"slices"
	"strings"
	"time"

	"signalbox/release"
	"signalbox/release/access"
	"signalbox/release/audit"
	"signalbox/release/board"
	"signalbox/release/calendar"
	"signalbox/release/catalog"
	"signalbox/release/change"
	"signalbox/release/conflict"
	"signalbox/release/evidence"
	"signalbox/release/feed"
	"signalbox/release/gate"
	"signalbox/release/health"
	"signalbox/release/rollout"
	"signalbox/release/verb"
	"signalbox/views"
)

// Noon is the moment of the story: Tuesday 24 November 2026, a little after noon UTC.
var Noon = time.Date(2026, 11, 24, 12, 4, 31, 0, time.UTC)

// Stored is one change as a store keeps it.
type Stored struct {
	Change   change.Change
	Approval change.Approval
	Dossier  evidence.Dossier
	Notes    []change.Note
	Deployed string
	Moving   string
	Firing   []health.Alert
}

// Company is every stored fact. It is the World of the person Who.
type Company struct {
	At      time.Time
	Who     access.PersonID
	Facts   catalog.Facts
	Persons []access.Person
	Stored  []Stored
	// Connected are the feeds of the alarm line; Lines, where there are any, are those of the panel.
	Connected []feed.Status
	Lines     []feed.Line
	Freezes   []calendar.Freeze
	// Held are the entries of outside calendars.
	Held  []calendar.Entry
	Vital Vital
	// Observed are rollouts, Measured what monitors measured, Fires the alerts.
	Observed []rollout.Observed
	Measured []health.Sample
	Fires    []health.Alert
	Entries  []audit.Entry
	// Judged is what was done about conflicts that stand, by their keys; Settled are those that stand no more.
	Judged  map[string]conflict.Case
	Settled []conflict.Case
	// Down is what every reading fails with; Store is the alarm's sentence about the store.
	Down  error
	Store string
}

var _ views.World = (*Company)(nil)

// Person is who looks.
func (c *Company) Person() *access.Person {
	k := slices.IndexFunc(c.Persons, func(p access.Person) bool { return p.ID == c.Who })
	if k < 0 {
		return nil
	}
	return &c.Persons[k]
}

// Actor is how the person came in.
func (c *Company) Actor() access.Actor { return access.Actor{Person: c.Who, Door: access.SSH} }

// Now is the moment.
func (c *Company) Now() time.Time { return c.At }

// Changed never receives: tests say Refresh.
func (c *Company) Changed() <-chan struct{} { return nil }

// Do shows a dead letter or a message, and refuses the rest: views pull no lever.
func (c *Company) Do(_ context.Context, call verb.Call) (verb.Answer, error) {
	if call.Verb == "feeds log" {
		return c.letter(call.Arg(0))
	}
	return verb.Answer{}, release.Errorf(release.Refused, "a view pulled a lever")
}

// Verbs are the levers of the queue and of a change, as control declares them.
func (c *Company) Verbs() verb.Table {
	on := []string{"queue", "change", "board"}
	return verb.Table{
		{Name: "approve", Key: "A", Hint: "approve", Views: on, Permission: access.Approve, Danger: verb.Light},
		{Name: "reject", Key: "R", Hint: "reject", Views: on, Permission: access.Approve, Danger: verb.Full},
		{Name: "question", Key: "Q", Hint: "question", Views: on, Permission: access.Approve, Danger: verb.Light},
		{Name: "undo", Key: "U", Hint: "undo", Views: on, Permission: access.Approve, Danger: verb.Free},
		{Name: "feeds retry", Key: "r", Hint: "retry", Views: []string{"feeds", "board"}, Permission: access.RetryFeed, Danger: verb.Free},
		{Name: "feeds drop", Key: "D", Hint: "drop dead letter", Views: []string{"feeds", "board"}, Permission: access.Connectors, Danger: verb.Light,
			Flags: []verb.Flag{{Name: "code", Values: []string{"repeated", "irrelevant", "settled"}}, {Name: "message"}}},
		{Name: "connector test", Key: "T", Hint: "test", Views: []string{"feeds"}, Permission: access.RetryFeed, Danger: verb.Look},
		{Name: "freeze lift", Key: "Z", Hint: "lift freeze", Views: []string{"calendar"}, Permission: access.Freeze, Danger: verb.Full, Flags: []verb.Flag{{Name: "message"}}},
		{Name: "move", Key: "M", Hint: "move", Views: []string{"conflicts"}, Permission: access.Move, Danger: verb.Light, Flags: []verb.Flag{{Name: "to"}, {Name: "message"}}},
		{Name: "waive", Key: "W", Hint: "waive", Views: []string{"conflicts"}, Permission: access.Waive, Danger: verb.Full, Flags: []verb.Flag{{Name: "until"}, {Name: "message"}}},
		{Name: "escalate", Key: "E", Hint: "escalate", Views: []string{"conflicts"}, Permission: access.Escalate, Danger: verb.Light, Flags: []verb.Flag{{Name: "message"}}},
		{Name: "answer", Key: "E", Hint: "answer", Views: []string{"conflicts"}, Permission: access.Escalate, Danger: verb.Light},
		{Name: "version", Permission: access.Public, Danger: verb.Look},
	}
}

// Queue is the snapshot of what waits and of what was decided today.
func (c *Company) Queue(context.Context) (*change.Queue, error) {
	if c.Down != nil {
		return nil, c.Down
	}
	q := &change.Queue{AsOf: c.At, Stale: []string{}}
	for _, s := range c.Stored {
		switch i := c.item(s); {
		case i.Change.State == change.Requested:
			q.Items = append(q.Items, i)
		case i.Approval.State == change.Approved, i.Approval.State == change.Rejected:
			q.Decided = append(q.Decided, i)
		}
	}
	slices.SortStableFunc(q.Decided, func(a, b change.Item) int { return ended(b).Compare(ended(a)) })
	for _, f := range c.Connected {
		if f.Aspect(c.At, Noon.Add(-time.Hour)) == feed.Dark {
			q.Stale = append(q.Stale, f.Name)
		}
	}
	return q, nil
}

func ended(i change.Item) time.Time { return i.Approval.Decisions[len(i.Approval.Decisions)-1].At }

// Case is one change before the gate.
func (c *Company) Case(_ context.Context, id string) (*gate.Case, error) {
	if c.Down != nil {
		return nil, c.Down
	}
	for _, s := range c.Stored {
		if s.Change.ID != id {
			continue
		}
		k := &gate.Case{Item: c.item(s)}
		k.Answer = c.verdict(&k.Item)
		for _, e := range slices.Backward(c.Entries) {
			if e.Subject == id {
				k.History = append(k.History, e)
			}
		}
		return k, nil
	}
	return nil, release.Errorf(release.NotFound, "there is no %s", id).Advise("queue lists the changes that wait")
}

// Alarm is the alarm line.
func (c *Company) Alarm(ctx context.Context) (board.Alarm, error) {
	a := board.Alarm{AsOf: c.At, Feeds: c.Connected, Since: Noon.Add(-time.Hour), Store: c.Store}
	if q, err := c.Queue(ctx); err == nil {
		a.Queue = q
		e := c.estate(q)
		a.Stop, a.Caution, a.Escalated = board.Count(board.ActNow(e))
		a.Rollouts = len(board.Underway(e))
	}
	return a, nil
}

// Frame is what a view draws from besides its snapshot.
func (c *Company) Frame() views.Frame {
	a, _ := c.Alarm(context.Background())
	return views.Frame{Now: c.At, Zone: time.UTC, Person: c.Person(), Verbs: c.Verbs(), Alarm: a}
}

// Of is the stored change with an id.
func (c *Company) Of(id string) *Stored {
	for k := range c.Stored {
		if c.Stored[k].Change.ID == id {
			return &c.Stored[k]
		}
	}
	panic(id)
}

// Decide stores a decision, as the verb does.
func (c *Company) Decide(id string, who access.PersonID, v change.Verdict, reason string, at time.Time) {
	s := c.Of(id)
	a, err := change.Decide(s.Approval, change.Decision{Person: who, Verdict: v, Reason: change.Reason{Text: reason}, At: at, Door: access.SSH})
	if err != nil {
		panic(err)
	}
	s.Approval = a
	s.Change.Revision++
	switch a.State {
	case change.Approved:
		s.Change.State = change.Authorised
	case change.Rejected:
		s.Change.State = change.Draft
	}
	word := "approved"
	if v == change.Reject {
		word = "rejected"
	}
	c.log(at, string(who), string(v), id, string(who)+" "+word+" "+s.Change.Name(), reason)
}

func (c *Company) log(at time.Time, who, verb, id, summary, reason string) {
	c.Entries = append(c.Entries, audit.Entry{Seq: int64(88200 + len(c.Entries)), At: at, Actor: who, Verb: verb, Subject: id,
		Outcome: audit.Done, Summary: summary, Reason: reason})
}

// item judges a stored change as control does.
func (c *Company) item(s Stored) change.Item {
	cat := catalog.New(c.Facts, 1, c.At)
	svc, _ := cat.Service(s.Change.Service)
	s.Change.Risk = change.Assess(svc, len(cat.HardDependants(s.Change.Service)), s.Dossier)
	i := change.NewItem(s.Change, s.Approval, cat, s.Dossier, c.Persons, change.NewDirectory(c.Persons), []string{"deploy-bot"}, s.Notes, c.At)
	i.Deployed, i.Moving, i.Firing = s.Deployed, s.Moving, s.Firing
	for _, f := range c.bound(i.Service) {
		if f.Aspect(c.At, Noon.Add(-time.Hour)) == feed.Dark {
			i.EvidenceDark, i.Stale = true, f.Name
		}
	}
	answer := c.verdict(&i)
	i.Gate = string(answer.Verdict)
	i.Bar, i.BarReason = answer.Bar()
	return i
}

func (c *Company) bound(s *catalog.Service) []feed.Status {
	var out []feed.Status
	for _, f := range c.Connected {
		if s != nil && s.Repos[f.Type+".com"] != "" {
			out = append(out, f)
		}
	}
	return out
}

func (c *Company) verdict(i *change.Item) gate.Answer {
	cat := catalog.New(c.Facts, 1, c.At)
	svc, _ := cat.Service(i.Change.Service)
	var admins, coordinators []string
	for k := range c.Persons {
		p := &c.Persons[k]
		if access.Holds(p, access.People, c.At) {
			admins = append(admins, string(p.ID))
		}
		if access.Holds(p, access.Freeze, c.At) {
			coordinators = append(coordinators, string(p.ID))
		}
	}
	return gate.Evaluate(gate.Input{
		Subject: gate.Subject{Service: i.Change.Service, Environment: i.Change.Environment, Version: i.Change.Version, Digest: i.Change.Digest, Change: i.Change.ID},
		At:      c.At, Environments: catalog.DefaultEnvironments(), Service: svc, Target: i.Target, Item: i, Freezes: c.Freezes,
		Feeds: c.bound(svc), FeedsSince: Noon.Add(-time.Hour), Admins: admins, Coordinators: coordinators,
	})
}

// Digest makes a digest that begins with hex digits.
func Digest(first string) release.Digest {
	return release.Digest("sha256:" + (first + strings.Repeat("0", 64))[:64])
}
