package viewtest

import (
	"context"
	"slices"
	"strings"
	"time"

	"pgregory.net/rapid"

	"signalbox/release"
	"signalbox/release/access"
	"signalbox/release/audit"
	"signalbox/release/board"
	"signalbox/release/calendar"
	"signalbox/release/catalog"
	"signalbox/release/change"
	"signalbox/release/feed"
	"signalbox/release/health"
	"signalbox/release/rollout"
)

// estate is what the rule of ACT NOW looks at.
func (c *Company) estate(q *change.Queue) board.Estate {
	e := board.Estate{At: c.At, Catalog: catalog.New(c.Facts, 1, c.At), Queue: q, Environments: catalog.DefaultEnvironments(), Alerts: c.Fires, Freezes: c.Freezes}
	for _, s := range c.Stored {
		if s.Approval.State == change.Approved {
			e.Granted = append(e.Granted, board.Grant{Change: s.Change, Since: s.Approval.GrantUntil.Add(-change.GrantTTL), Until: s.Approval.GrantUntil})
		}
	}
	now, then := board.Divide(c.Observed)
	for _, o := range now {
		row, _ := c.row(o)
		e.Rollouts = append(e.Rollouts, row)
	}
	e.Past = then
	e.Feeds, e.Conflicts = c.lines(), c.contested()
	return e
}

// lines are the feeds with what of them waits.
func (c *Company) lines() []feed.Line {
	var out []feed.Line
	for _, f := range c.Connected {
		l := feed.Line{Status: f, Resting: "8 changes"}
		for _, o := range c.Lines {
			if o.Name == f.Name {
				l = o
			}
		}
		l.Aspect = l.Status.Aspect(c.At, since)
		out = append(out, l)
	}
	return out
}

// Board is the whole estate.
func (c *Company) Board(ctx context.Context) (*board.Page, error) {
	q, err := c.Queue(ctx)
	if err != nil {
		return nil, err
	}
	e := c.estate(q)
	p := &board.Page{AsOf: c.At, Act: board.ActNow(e), Regions: c.Facts.Regions, Marks: board.Marks(e, c.Held), Pulse: board.Beat(q, c.At), Rollouts: board.Underway(e),
		Feeds: c.lines(), FeedsFrom: since, Queue: q, Health: []board.Standing{}}
	p.Next = board.Upcoming(e, p.Marks)
	for i := range p.Rollouts {
		l := &p.Rollouts[i]
		for _, x := range c.latest(l.Service) {
			switch x.Version {
			case l.Version:
				l.New = &x
			case l.Before:
				l.Old = &x
			}
		}
	}
	for _, s := range c.Facts.Services {
		picture := &health.Picture{Samples: c.latest(s.ID)}
		for _, f := range c.Connected {
			if f.Type == "prometheus" && len(picture.Samples) > 0 {
				picture.Sources = append(picture.Sources, health.Source{Name: f.Name, Good: f.LastGood, Dark: f.Aspect(c.At, since) == feed.Dark})
			}
		}
		for _, a := range c.Fires {
			if a.Service == s.ID {
				picture.Alerts = append(picture.Alerts, a)
			}
		}
		if len(picture.Samples)+len(picture.Alerts) == 0 {
			p.Unwatched++
			continue
		}
		p.Health = append(p.Health, board.Stand(s.ID, "production", picture))
	}
	board.SortHealth(p.Health)
	if objectives, err := c.Health(ctx); err == nil {
		p.Health = board.Promised(p.Health, objectives)
	}
	for k := len(c.Entries) - 1; k >= 0; k-- {
		x := c.Entries[k]
		aspect := release.Planned
		if x.Verb == string(change.Reject) {
			aspect = release.Caution
		}
		if x.Outcome == audit.Done {
			p.Events = append(p.Events, board.Event{Seq: x.Seq, At: x.At, Aspect: aspect, ID: x.Subject, Text: x.Summary})
		}
	}
	slices.SortStableFunc(p.Events, func(a, b board.Event) int { return b.At.Compare(a.At) })
	p.Setup = board.Setup{First: Noon.Add(-time.Minute), Connect: []string{}, People: len(c.Persons), Services: len(c.Facts.Services), Barred: len(c.Freezes) + len(c.Held), Audit: int64(len(c.Entries))}
	for _, f := range c.Connected {
		p.Setup.Connect = append(p.Setup.Connect, f.Name)
	}
	for k := range c.Persons {
		if access.Holds(&c.Persons[k], access.Approve, c.At) {
			p.Setup.Deciders++
		}
	}
	return p, nil
}

func num(v float64) *float64 { return &v }

// Estate is the company at noon with everything that the Board may show: three regions, rollouts of which one goes
// in unauthorised, alerts, a calendar, a monitor.
func Estate() *Company {
	c := Story()
	c.Facts.Regions = []catalog.Region{{ID: "apac", Name: "Asia", Zone: "Asia/Singapore", Place: "SIN"}, {ID: "emea", Name: "Europe", Zone: "Europe/London", Place: "LON"},
		{ID: "amer", Name: "Americas", Zone: "America/New_York", Place: "NYC"}}
	for k := range c.Facts.Services {
		if s := &c.Facts.Services[k]; s.ID == "search" {
			s.Regions = []string{"apac"}
		}
	}
	c.Facts.Vendors = []catalog.Vendor{{ID: "stripe", Name: "Stripe"}}
	c.Connected = append(c.Connected, feed.Status{Name: "prometheus", Type: "prometheus", Kind: feed.Pull, ExpectEvery: time.Minute, LastGood: Noon.Add(-4 * time.Second)},
		feed.Status{Name: "alerts", Type: "alertmanager", Kind: feed.Push, LastGood: Noon.Add(-14 * time.Minute)})
	c.Observed = []rollout.Observed{
		{ID: "RO-733", Service: "search", Environment: "production", Version: "2.9.0", Change: "CHG-4166", State: rollout.Success, StartedAt: at("24 11:10"), UpdatedAt: at("24 11:31")},
		{ID: "RO-734", Service: "checkout-web", Environment: "production", Version: "2026.47.1", Change: "CHG-4190", State: rollout.InProgress, StartedAt: at("24 11:46"), UpdatedAt: at("24 11:58")},
		{ID: "RO-735", Service: "fraud-score", Environment: "production", Version: "5.1.0", State: rollout.Queued, StartedAt: at("24 12:02"), UpdatedAt: at("24 12:02")},
	}
	for k := range c.Stored {
		if c.Stored[k].Change.ID == "CHG-4166" {
			c.Stored[k].Change.State, c.Stored[k].Approval.State = change.Closed, change.Consumed
		}
	}
	c.Fires = []health.Alert{{Connector: "alerts", ID: "a1", Name: "HighErrorRate", Service: "checkout-web", Environment: "production", Severity: "page", Summary: "5xx ratio 1.9% on checkout-web",
		State: health.Firing, StartsAt: at("24 11:50")}, {Connector: "alerts", ID: "a2", Name: "SlowQueries", Service: "payments-api", Environment: "production", Severity: "warning",
		Summary: "p99 over 500ms for 10m", State: health.Firing, StartsAt: at("24 11:40")}}
	sample := func(service, version string, rate, errors, p99 float64) health.Sample {
		return health.Sample{Service: service, Environment: "production", Version: version, At: Noon.Add(-4 * time.Second), Step: time.Minute, N: 1, Rate: num(rate), Errors: num(errors), P99: num(p99)}
	}
	c.Measured = []health.Sample{
		sample("checkout-web", "2026.47.1", 40, 0.019, 0.455), sample("checkout-web", "2026.47.0", 360, 0.0011, 0.412), sample("payments-api", "4.11.3", 210, 0.0021, 0.612),
		sample("identity", "9.3.0", 900, 0.0004, 0.081), sample("search", "2.9.0", 150, 0.0008, 0.2),
	}
	entry := func(kind calendar.Kind, scope access.Scope, title, start string, length time.Duration, rule string) calendar.Entry {
		return calendar.Entry{Source: "retail", ExternalID: strings.ReplaceAll(title, " ", "-"), Kind: kind, Scope: scope, Title: title,
			Timing: calendar.Timing{Zone: "UTC", Start: start, Length: length, Rule: rule}}
	}
	c.Held = []calendar.Entry{
		entry(calendar.Peak, "region:apac", "SIN/TYO", "2026-11-01T13:30:00", time.Hour, "FREQ=DAILY"), entry(calendar.Peak, "region:amer", "NYC", "2026-11-01T13:00:00", 4*time.Hour, "FREQ=DAILY"),
		entry(calendar.Maintenance, "region:apac", "ledger replica", "2026-11-24T18:00:00", 2*time.Hour, ""), entry(calendar.Batch, "region:amer", "EOD batch", "2026-11-24T20:20:00", 90*time.Minute, ""),
		entry(calendar.Vendor, access.Org, "stripe-eu maintenance", "2026-11-24T10:30:00", 2*time.Hour, ""), entry(calendar.Vendor, access.Org, "aws-rds use1", "2026-11-24T21:00:00", 2*time.Hour, ""),
		entry(calendar.AuditPeriod, access.Org, "SOX Q4 evidence", "2026-11-27T17:00:00", time.Hour, "")}
	c.Freezes = []calendar.Freeze{
		{ID: "FRZ-2", Kind: calendar.HardFreeze, Scope: "service:ledger-db", Interval: calendar.Interval{From: at("24 20:00"), To: at("25 02:00")}, Reason: "books close", DeclaredBy: "c.wu", DeclaredAt: at("24 09:00"), Revision: 1},
		{ID: "FRZ-1", Kind: calendar.HardFreeze, Scope: access.Org, Interval: calendar.Interval{From: at("27 00:00"), To: at("30 00:00")}, Reason: "peak-retail", DeclaredBy: "c.wu", DeclaredAt: at("23 09:00"), Revision: 1}}
	return c
}

// Clear is the company with everything connected and nothing that needs anybody.
func Clear() *Company {
	c, full := Quiet(), Estate()
	c.Facts, c.Connected = full.Facts, full.Connected
	c.Measured, c.Held = full.Measured, full.Held
	c.Freezes = full.Freezes[1:]
	return c
}

// Unlit is Estate with its monitor silent for six minutes of a promise of one.
func Unlit() *Company {
	c := Estate()
	for k := range c.Connected {
		if c.Connected[k].Name == "prometheus" {
			c.Connected[k].LastGood = Noon.Add(-6*time.Minute - 2*time.Second)
		}
	}
	return c
}

// SpoilBoard replaces the texts of what the Board shows by hostile ones.
func (c *Company) SpoilBoard(t *rapid.T) {
	text := Hostile()
	for k := range c.Observed {
		r := &c.Observed[k]
		r.Service, r.Version = text.Draw(t, "service"), text.Draw(t, "version")
	}
	for k := range c.Fires {
		a := &c.Fires[k]
		a.Name, a.Summary, a.Severity = text.Draw(t, "name"), text.Draw(t, "summary"), text.Draw(t, "severity")
	}
	for k := range c.Held {
		c.Held[k].Title = text.Draw(t, "title")
	}
	for k := range c.Freezes {
		c.Freezes[k].Reason = text.Draw(t, "reason")
	}
	for k := range c.Facts.Regions {
		c.Facts.Regions[k].ID, c.Facts.Regions[k].Place = text.Draw(t, "region"), text.Draw(t, "place")
	}
	for k := range c.Entries {
		c.Entries[k].Summary = text.Draw(t, "summary")
	}
}
