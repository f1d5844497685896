package viewtest

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"pgregory.net/rapid"

	"signalbox/release"
	"signalbox/release/access"
	"signalbox/release/board"
	"signalbox/release/calendar"
	"signalbox/release/catalog"
	"signalbox/release/change"
	"signalbox/release/conflict"
	"signalbox/release/feed"
)

// engine is the interlocking of the company's calendar, with what nobody feeds.
func (c *Company) engine() (*conflict.Engine, conflict.Inputs) {
	w := conflict.World{At: c.At, Rules: conflict.Default(), Catalog: catalog.New(c.Facts, 1, c.At),
		Known: conflict.Freezes | conflict.Windows | conflict.Changes | conflict.Maintenance}
	if len(c.Facts.Services) > 0 {
		w.Known |= conflict.Graph | conflict.Owners | conflict.Zones
	}
	for _, f := range c.Freezes {
		if x := conflict.FreezeOf(f); x != nil {
			w.Facts = append(w.Facts, *x)
		}
	}
	for _, e := range c.Held {
		facts, _ := conflict.Expand(e, c.At.AddDate(0, 0, -40), c.At.AddDate(0, 0, 140))
		w.Facts = append(w.Facts, facts...)
		switch e.Kind {
		case calendar.Vendor:
			w.Known |= conflict.Vendors
		case calendar.AuditPeriod:
			w.Known |= conflict.Audits
		case calendar.Batch:
			w.Known |= conflict.Batches
		case calendar.Peak:
			w.Known |= conflict.Peaks
		case calendar.Holiday:
			w.Known |= conflict.Holidays
		}
	}
	for _, s := range c.Stored {
		ch := s.Change
		if ch.Schedule.IsZero() || ch.State == change.Draft || !ch.State.Open() {
			continue
		}
		i := c.item(s)
		w.Work = append(w.Work, conflict.Work{ID: ch.ID, Title: ch.Name(), State: ch.State, Interval: ch.Schedule.Interval, Service: ch.Service, Environment: ch.Environment,
			Class: ch.Kind, Risk: i.Change.Risk.Score, Band: i.Change.Risk.Band(), Prep: &ch.Schedule.Prep, Verify: &ch.Schedule.Verify, NoticeAt: ch.Schedule.AskedAt, RequestedAt: ch.RequestedAt})
	}
	e, err := conflict.New(w)
	if err != nil { // of a hostile world: then nothing is held
		w.Facts, w.Work = nil, nil
		if e, err = conflict.New(w); err != nil {
			panic(err)
		}
	}
	return e, conflict.All &^ w.Known
}

// standing are the cases of the conflicts that the engine finds, with what was done about each, by their ids.
func (c *Company) standing(e *conflict.Engine) []conflict.Case {
	found := map[string]conflict.Conflict{}
	for _, x := range e.List() {
		if _, twice := found[x.Key]; x.Outcome == conflict.Collides && !twice {
			found[x.Key] = x
		}
	}
	var out []conflict.Case
	for n, key := range slices.Sorted(maps.Keys(found)) {
		k := conflict.Case{ID: fmt.Sprintf("CX-%d", 88+n), Revision: 1, State: conflict.Open, RaisedAt: c.At.Add(-2 * time.Minute), AskedAt: c.At.Add(-2 * time.Minute)}
		if did, ok := c.Judged[key]; ok {
			did.ID = k.ID
			k = did
		}
		k.Conflict = found[key]
		out = append(out, k)
	}
	return out
}

// Conflicts is the list of conflicts.
func (c *Company) Conflicts(context.Context) (*conflict.Docket, error) {
	if c.Down != nil {
		return nil, c.Down
	}
	e, unfed := c.engine()
	d := &conflict.Docket{AsOf: c.At, Standing: c.standing(e), Settled: slices.Clone(c.Settled), Stale: []string{}, Unfed: unfed.Names(), Work: map[string]conflict.Work{}}
	for _, k := range d.Standing {
		for _, p := range k.Parties {
			if w, ok := e.Work(p.ID); ok && p.Sort == conflict.WorkParty {
				d.Work[p.ID] = w
			}
		}
	}
	for _, x := range e.List() {
		if x.Outcome == conflict.Unknown && unfed&conflict.InputsOf(x.Missing) == 0 {
			d.Unknown = append(d.Unknown, x)
		}
	}
	for _, f := range c.Connected {
		if f.Kind != feed.Out && f.Type != "prometheus" && f.Type != "alertmanager" && f.Aspect(c.At, since) == feed.Dark {
			d.Stale = append(d.Stale, f.Name)
		}
	}
	conflict.SortCases(d.Standing, c.At)
	return d, nil
}

// Conflict is one conflict with the ways out of it.
func (c *Company) Conflict(_ context.Context, id string) (*conflict.Brief, error) {
	if c.Down != nil {
		return nil, c.Down
	}
	e, _ := c.engine()
	all := append(c.standing(e), c.Settled...)
	k := slices.IndexFunc(all, func(k conflict.Case) bool { return k.ID == id })
	if k < 0 {
		return nil, release.Errorf(release.NotFound, "there is no %s", release.Clean(id, 40)).Advise("conflicts lists them")
	}
	b := &conflict.Brief{Case: all[k], AsOf: c.At, Parts: []conflict.Part{}, Waivers: []access.PersonID{}, Asked: []access.PersonID{}, Next: []access.PersonID{}, Siblings: []string{}}
	search := func(id string) (*conflict.Work, conflict.Search) {
		w, ok := e.Work(id)
		if !ok {
			return nil, conflict.Search{}
		}
		s, _ := e.Slots(w, c.At)
		return &w, s
	}
	b.A, b.Search = search(b.Work())
	if o := b.Conflict.Other(); o.Sort == conflict.WorkParty {
		b.B, b.Other = search(o.ID)
	} else if f, ok := e.Fact(o.Sort, o.ID); ok {
		b.Against = &f
	}
	if b.A != nil {
		if parts, err := e.Split(*b.A, c.At); err == nil {
			b.Parts = parts
		}
	}
	hands := map[access.PersonID]bool{}
	for _, s := range c.Stored {
		if s.Change.ID == b.Work() {
			for _, a := range c.item(s).Authors {
				hands[a.Person] = true
			}
		}
	}
	for k := range c.Persons {
		p := &c.Persons[k]
		if access.Holds(p, access.Waive, c.At) && !hands[p.ID] {
			b.Waivers = append(b.Waivers, p.ID)
		}
		for step, to := range map[int]*[]access.PersonID{b.Step: &b.Asked, b.Step + 1: &b.Next} {
			if b.State == conflict.Open && step < len(conflict.Path) && slices.ContainsFunc(p.Grants, func(g access.Grant) bool { return g.Role == conflict.Path[step].Role }) {
				*to = append(*to, p.ID)
			}
		}
	}
	for _, o := range all {
		if o.ID != b.ID && o.Work() == b.Work() && o.State != conflict.Gone {
			b.Siblings = append(b.Siblings, o.ID)
		}
	}
	return b, nil
}

// contested are the cases that stand, as the Board takes them.
func (c *Company) contested() []board.Contested {
	e, _ := c.engine()
	var out []board.Contested
	for _, k := range c.standing(e) {
		x := board.Contested{Case: k}
		for _, p := range k.Parties {
			if w, ok := e.Work(p.ID); ok && p.Sort == conflict.WorkParty {
				x.Services, x.Environment = append(x.Services, w.Service), w.Environment
			}
		}
		out = append(out, x)
	}
	return out
}

// Schedule gives a stored change a time, asked for a week before it.
func (c *Company) Schedule(id string, from time.Time, length time.Duration) {
	s := c.Of(id)
	s.Change.Schedule = change.Schedule{Interval: calendar.Interval{From: from, To: from.Add(length)}, AskedAt: from.AddDate(0, 0, -7)}
}

// Clashing is the company with conflicts on its calendar: two changes of one service, two of services next to each
// other, and one in a freeze; others were settled today.
func Clashing() *Company {
	c := Estate()
	c.Observed, c.Fires = nil, nil
	c.Persons = append(c.Persons, person("s.tan", "stan", access.Commander, access.Org))
	for k := range c.Facts.Services {
		if s := &c.Facts.Services[k]; s.ID == "identity" {
			s.Regions = []string{"apac", "emea", "amer"}
		}
	}
	c.Add("CHG-4207", "search", "2.10.0", at("24 09:00"))
	c.Schedule("CHG-4193", at("24 14:30"), 150*time.Minute)
	c.Schedule("CHG-4190", at("24 13:00"), 3*time.Hour)
	c.Schedule("CHG-4203", at("25 09:00"), 2*time.Hour)
	c.Schedule("CHG-4207", at("25 10:00"), 2*time.Hour)
	c.Schedule("CHG-4177", at("24 21:00"), time.Hour)
	settled := func(id string, k conflict.Kind, work, how, clock string) conflict.Case {
		return conflict.Case{ID: id, Revision: 2, State: conflict.Gone, Conflict: conflict.Conflict{Key: id, Kind: k, Name: k.Name(), Rule: k.Rule(), Outcome: conflict.Collides, Severity: conflict.Soft,
			Parties: []conflict.Party{{Sort: conflict.WorkParty, ID: work}}, Items: []string{}, Reason: "it met the other", Missing: []string{}, Deadline: at("25 09:00")},
			RaisedAt: at(clock).Add(-time.Hour), AskedAt: at(clock).Add(-time.Hour), GoneAt: at(clock), How: how}
	}
	c.Settled = []conflict.Case{settled("CX-71", conflict.LeadTime, "CHG-4166", "j.ruiz moved CHG-4166 search 2.9.0 to Tue 24 Nov 11:00–12:00Z", "24 09:12"),
		settled("CX-70", conflict.PeakTraffic, "CHG-4188", "p.lind rejected notify-svc 3.8.1", "24 07:31")}
	return c
}

// SpoilConflicts replaces the texts of what the Conflicts screen shows by hostile ones.
func (c *Company) SpoilConflicts(t *rapid.T) {
	text := Hostile()
	for k := range c.Settled {
		c.Settled[k].How, c.Settled[k].Reason = text.Draw(t, "how"), text.Draw(t, "reason")
		c.Settled[k].Items = []string{text.Draw(t, "item"), text.Draw(t, "item")}
	}
	e, _ := c.engine()
	c.Judged = map[string]conflict.Case{}
	for _, x := range e.List() {
		k := conflict.Case{Revision: 3, State: conflict.Open, RaisedAt: c.At.Add(-time.Hour), AskedAt: c.At.Add(-time.Hour), Step: rapid.IntRange(0, 2).Draw(t, "step")}
		switch rapid.IntRange(0, 3).Draw(t, "state") {
		case 0:
			k.State, k.Waiver = conflict.Waived, &conflict.Waiver{By: access.PersonID(text.Draw(t, "by")), Second: "x", At: c.At, Until: c.At.Add(time.Hour), Reason: text.Draw(t, "why")}
		case 1:
			k.AnsweredBy, k.AnsweredAt = access.PersonID(text.Draw(t, "by")), c.At
		case 2:
			k.Waiver = &conflict.Waiver{By: access.PersonID(text.Draw(t, "by")), At: c.At.Add(-time.Minute), Until: c.At.Add(time.Hour), Reason: text.Draw(t, "why")}
		}
		c.Judged[x.Key] = k
	}
}
