package viewtest

import (
	"context"
	"slices"
	"time"

	"signalbox/release"
	"signalbox/release/access"
	"signalbox/release/calendar"
	"signalbox/release/catalog"
	"signalbox/release/change"
	"signalbox/release/feed"
	"signalbox/release/health"
	"signalbox/release/rollout"
)

// Calendar is what is on the calendar in [from, to), laid out as control does it.
func (c *Company) Calendar(_ context.Context, from, to time.Time) (*calendar.Span, error) {
	if c.Down != nil {
		return nil, c.Down
	}
	cat := catalog.New(c.Facts, 1, c.At)
	p := calendar.Plan{Interval: calendar.Interval{From: from, To: to}, AsOf: c.At, Known: to.AddDate(0, 0, 62), Freezes: c.Freezes, Entries: c.Held}
	for _, f := range c.Connected {
		a := f.Aspect(c.At, since)
		p.Sources = append(p.Sources, calendar.Source{Name: f.Name, Calendar: f.Type == "icalendar", LastGood: f.LastGood, Dark: a == feed.Dark, Late: a == feed.Late})
	}
	gone := map[string]bool{}
	for _, o := range c.Observed {
		with := rollout.Circumstances{Alert: health.Worst(slices.DeleteFunc(slices.Clone(c.Fires), func(a health.Alert) bool { return a.Service != o.Service }))}
		for _, f := range c.Connected {
			with.Dark = with.Dark || f.Name == o.Connector && f.Aspect(c.At, since) == feed.Dark
		}
		p.Releases = append(p.Releases, o.Entry(c.At, with))
		gone[o.Change] = o.State == rollout.InProgress || o.State == rollout.Success
	}
	for _, s := range c.Stored {
		if i := c.item(s); !gone[i.Change.ID] && (i.Change.State == change.Requested || i.Change.State == change.Authorised) {
			p.Releases = append(p.Releases, i.Entry(c.At))
		}
	}
	e, _ := c.engine()
	for _, k := range c.standing(e) {
		for n := range p.Releases {
			if r := &p.Releases[n]; k.Has(r.Change) && k.Wants(c.At) && !k.To.IsZero() {
				r.Clashes = append(r.Clashes, calendar.Clash{ID: k.ID, Kind: k.Kind.Name(), Interval: k.Interval, Aspect: k.Aspect(c.At), Why: k.Reason})
			}
		}
	}
	for k := range cat.Services {
		s := &cat.Services[k]
		lane := calendar.Lane{Service: s.ID, Team: s.Team, Regions: s.Regions, Targets: []access.Target{cat.Target(s.ID, "production")}}
		for _, f := range c.bound(s) {
			if f.Aspect(c.At, since) == feed.Dark {
				lane.Dark = f.Name
			}
		}
		for _, f := range c.Connected {
			if f.Type == "icalendar" && f.Aspect(c.At, since) == feed.Dark && c.freezing(f.Name, lane.Targets[0]) {
				lane.Dark = f.Name
			}
		}
		p.Lanes = append(p.Lanes, lane)
	}
	for _, r := range p.Releases {
		if !slices.ContainsFunc(p.Lanes, func(l calendar.Lane) bool { return l.Service == r.Service }) {
			p.Lanes = append(p.Lanes, calendar.Lane{Service: r.Service, Targets: []access.Target{{Service: r.Service, Environment: "production"}}})
		}
	}
	for _, r := range cat.Regions {
		if loc, err := calendar.ParseZone(r.Zone); err == nil {
			p.Zones = append(p.Zones, calendar.Zone{Place: r.Place, Name: r.Zone, Loc: loc})
		}
	}
	return calendar.Lay(p), nil
}

// freezing reports whether freezes of a calendar may lie on a target: those that it holds do.
func (c *Company) freezing(source string, t access.Target) bool {
	return slices.ContainsFunc(c.Held, func(e calendar.Entry) bool {
		return e.Source == source && e.Kind == calendar.FreezePeriod && e.Scope.Covers(t)
	})
}

// Hold adds an entry of an outside calendar: it begins at a wall time of a zone ("24 20:20" of November) and lasts
// so long.
func (c *Company) Hold(source string, k calendar.Kind, scope access.Scope, title, zone, start string, length time.Duration, rule string) {
	c.Held = append(c.Held, calendar.Entry{Source: source, ExternalID: title + "@" + source, Kind: k, Scope: scope, Title: title, UpdatedAt: Noon.AddDate(0, 0, -3),
		Timing: calendar.Timing{Zone: zone, Start: at(start).Format(calendar.Wall), Length: length, Rule: rule}})
}

// Week is the company of the story with a full calendar: two outside calendars, two freezes, rollouts.
func Week() *Company {
	c := Story()
	c.Who = "c.wu"
	c.Facts.Regions = []catalog.Region{{ID: "sin", Name: "Singapore", Zone: "Asia/Singapore", Place: "SIN"}, {ID: "lon", Name: "London", Zone: "Europe/London", Place: "LON"},
		{ID: "nyc", Name: "New York", Zone: "America/New_York", Place: "NYC"}}
	c.Connected = append(c.Connected,
		feed.Status{Name: "retail", Type: "icalendar", Kind: feed.Pull, ExpectEvery: 10 * time.Minute, LastGood: at("24 12:01")},
		feed.Status{Name: "operations", Type: "icalendar", Kind: feed.Pull, ExpectEvery: 10 * time.Minute, LastGood: at("24 11:58")})
	c.Freezes = []calendar.Freeze{
		{ID: "FRZ-12", Kind: calendar.HardFreeze, Scope: access.Org, Interval: calendar.Interval{From: at("27 00:00"), To: at("27 00:00").AddDate(0, 0, 4)},
			Reason: "peak-retail weekend", DeclaredBy: "c.wu", DeclaredAt: at("20 09:00"), Revision: 1},
		{ID: "FRZ-14", Kind: calendar.SoftFreeze, Scope: "team:core", Interval: calendar.Interval{From: at("25 06:00"), To: at("25 18:00")},
			Reason: "the identity store is moved to new disks", DeclaredBy: "c.wu", DeclaredAt: at("24 08:00"), Revision: 1},
	}
	day := "FREQ=DAILY"
	c.Hold("operations", calendar.AuditPeriod, access.Org, "SOX Q4 evidence window", "UTC", "23 00:00", 113*time.Hour, "")
	c.Hold("operations", calendar.Batch, "service:ledger-db", "EOD", "UTC", "20 20:20", 2*time.Hour, day)
	c.Hold("operations", calendar.Maintenance, "service:ledger-db", "MW", "UTC", "23 04:00", 5*time.Hour, "")
	c.Hold("operations", calendar.Vendor, "team:core", "aws-rds", "America/New_York", "27 21:00", 14*time.Hour, "")
	c.Hold("operations", calendar.ChangeWindow, "service:fraud-score", "night window", "Europe/London", "23 22:00", 6*time.Hour, day)
	c.Hold("retail", calendar.Peak, "team:web", "peak US", "America/New_York", "23 10:00", 8*time.Hour, day)
	c.Hold("retail", calendar.Holiday, access.Org, "US Thanksgiving", "America/New_York", "26 00:00", 24*time.Hour, "")
	ro := func(id, change, service, version string, s rollout.State, from, to string) {
		c.Observed = append(c.Observed, rollout.Observed{ID: id, Connector: "github", Service: service, Environment: "production", Version: version, Change: change, State: s,
			StartedAt: at(from), UpdatedAt: at(to)})
	}
	ro("RO-730", "CHG-4166", "search", "2.9.0", rollout.Success, "24 11:02", "24 11:31")
	ro("RO-731", "CHG-4160", "payments-api", "4.11.3", rollout.Success, "23 10:05", "23 13:31")
	ro("RO-734", "", "checkout-web", "2026.47.2-rc1", rollout.InProgress, "24 09:40", "24 11:58")
	ro("RO-729", "CHG-4159", "orders", "88.1", rollout.Failure, "23 15:00", "23 19:40")
	c.Fires = append(c.Fires, health.Alert{ID: "a1", Name: "HighErrorRate", Service: "checkout-web", Severity: "page", State: health.Firing, StartsAt: at("24 11:50")})
	c.Decide("CHG-4195", "j.ruiz", change.Approve, "small, the rollback was rehearsed", at("24 11:40"))
	return c
}

// DarkCalendar is the week with the retail calendar silent for an hour.
func DarkCalendar() *Company {
	c := Week()
	for k := range c.Connected {
		if c.Connected[k].Name == "retail" {
			c.Connected[k].LastGood = Noon.Add(-time.Hour)
			c.Connected[k].LastError = "no answer from retail in 10s"
		}
	}
	c.Held = append(c.Held, calendar.Entry{Source: "retail", ExternalID: "gift@retail", Kind: calendar.FreezePeriod, Hardness: calendar.SoftFreeze, Scope: "team:web", Title: "gift cards",
		Timing: calendar.Timing{Zone: "UTC", Start: "2026-11-25T00:00:00", Length: 12 * time.Hour}})
	return c
}

// SpoilCalendar replaces the texts of the calendar by hostile ones.
func (c *Company) SpoilCalendar(title func() string) {
	for k := range c.Held {
		c.Held[k].Title = title()
	}
	for k := range c.Freezes {
		c.Freezes[k].Reason = title()
	}
	for k := range c.Observed {
		c.Observed[k].Version = title()
	}
	for k := range c.Facts.Services {
		c.Facts.Services[k].Team = release.Clean(title(), 300)
	}
}
