package viewtest

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"pgregory.net/rapid"

	"signalbox/release"
	"signalbox/release/access"
	"signalbox/release/catalog"
	"signalbox/release/change"
	"signalbox/release/feed"
	"signalbox/release/health"
	"signalbox/release/rollout"
)

// Rollouts is what goes into the environments.
func (c *Company) Rollouts(context.Context) (*rollout.List, error) {
	if c.Down != nil {
		return nil, c.Down
	}
	l := &rollout.List{AsOf: c.At, Moving: []rollout.Row{}, Waiting: []rollout.Waiting{}, Done: []rollout.Row{}, Stale: []string{}}
	begun := map[string]bool{}
	day := c.At.Truncate(24 * time.Hour)
	for _, o := range c.Observed {
		begun[o.Change] = true
		switch row, _ := c.row(o); {
		case !o.State.Over():
			l.Moving = append(l.Moving, row)
		case !o.UpdatedAt.Before(day):
			l.Done, l.Ended = append(l.Done, row), l.Ended+1
		}
	}
	for _, s := range c.Stored {
		if i := c.item(s); i.Change.State == change.Authorised && !begun[i.Change.ID] {
			l.Waiting = append(l.Waiting, rollout.NewWaiting(&i, c.verdict(&i)))
		}
	}
	l.Sort()
	return l, nil
}

// Rollout is one rollout, joined as control joins it.
func (c *Company) Rollout(_ context.Context, id string) (*rollout.Sheet, error) {
	if c.Down != nil {
		return nil, c.Down
	}
	k := slices.IndexFunc(c.Observed, func(o rollout.Observed) bool { return o.ID == id })
	if k < 0 {
		return nil, release.Errorf(release.NotFound, "there is no rollout %s", id).Advise("rollout list shows those of today")
	}
	o := c.Observed[k]
	row, known := c.row(o)
	s := &rollout.Sheet{AsOf: c.At, Row: row, Comparison: known.Comparison, Latest: known.Latest, Series: []health.Sample{}, Alarms: c.monitors("alertmanager"), Markers: []rollout.Marker{}}
	s.SeriesTo = c.At
	if good := s.Good(); !s.Dark() && !good.IsZero() {
		s.SeriesTo = good
	}
	s.SeriesFrom = s.SeriesTo.Add(-rollout.SeriesWindow)
	for _, x := range c.Measured {
		if x.Service == o.Service && (x.Version == o.Version || x.Version == row.Before) && x.At.After(s.SeriesFrom) && !x.At.After(s.SeriesTo) {
			s.Series = append(s.Series, x)
		}
	}
	for _, e := range c.Observed {
		if e.Service == o.Service && e.StartedAt.After(s.SeriesFrom) && !e.StartedAt.After(s.SeriesTo) {
			s.Markers = append(s.Markers, rollout.Marker{At: e.StartedAt, ID: e.ID, Version: e.Version})
		}
	}
	for _, f := range c.Stored {
		if f.Change.ID == o.Change {
			i := c.item(f)
			a := c.verdict(&i)
			s.Request, s.Gate = &i, &a
		}
	}
	s.Events = rollout.Statuses(o)
	if o.State.Over() {
		for _, a := range c.Fires {
			if a.Service == o.Service {
				s.Firing = append(s.Firing, a)
			}
		}
	}
	for _, a := range s.Firing {
		if o.State.Over() && (a.StartsAt.Before(o.StartedAt) || a.StartsAt.After(o.UpdatedAt)) {
			continue
		}
		s.Events = append(s.Events, rollout.Event{At: a.StartsAt, Aspect: a.Aspect(), Text: a.Name + " fires: " + a.Summary})
	}
	for _, e := range c.Entries {
		if e.Subject == o.Change && o.Change != "" {
			s.Events = append(s.Events, rollout.Event{At: e.At, Text: e.Summary})
		}
	}
	slices.SortStableFunc(s.Events, func(a, b rollout.Event) int { return b.At.Compare(a.At) })
	return s, nil
}

// monitors are the connected feeds of a type.
func (c *Company) monitors(kind string) []health.Source {
	out := []health.Source{}
	for _, f := range c.Connected {
		if a := f.Aspect(c.At, since); f.Type == kind {
			out = append(out, health.Source{Name: f.Name, Good: f.LastGood, Promise: f.ExpectEvery, Dark: a == feed.Dark, Late: a == feed.Late})
		}
	}
	return out
}

// latest are the newest samples of the versions of a service.
func (c *Company) latest(service string) []health.Sample {
	newest := map[string]health.Sample{}
	for _, x := range c.Measured {
		if x.Service == service && !x.At.Before(newest[x.Version].At) {
			newest[x.Version] = x
		}
	}
	return slices.SortedFunc(maps.Values(newest), func(a, b health.Sample) int { return cmp.Compare(a.Version, b.Version) })
}

func (c *Company) row(o rollout.Observed) (rollout.Row, rollout.Known) {
	env, listed := catalog.Resolve(catalog.DefaultEnvironments(), o.Environment)
	k := rollout.Known{Gated: !listed || env.Gated}
	for _, s := range c.Stored {
		if s.Change.ID == o.Change {
			k.Change = &s.Change
		}
	}
	for _, a := range c.Fires {
		if a.Service == o.Service {
			k.Firing = append(k.Firing, a)
		}
	}
	k.Latest = c.latest(o.Service)
	if len(k.Latest) > 0 {
		k.Monitors = c.monitors("prometheus")
	}
	var earlier []rollout.Observed
	for _, e := range c.Observed {
		if e.Service == o.Service && !e.StartedAt.After(o.StartedAt) {
			earlier = append(earlier, e)
		}
	}
	slices.SortStableFunc(earlier, func(a, b rollout.Observed) int { return b.StartedAt.Compare(a.StartedAt) })
	k.Before = rollout.Before(o, earlier, k.Latest)
	if _, at := health.Share(k.Latest, o.Version); !at.IsZero() {
		var own []health.Sample
		for _, x := range c.Measured {
			if x.Service == o.Service {
				own = append(own, x)
			}
		}
		compared := health.Compare(own, k.Before, o.Version, at)
		k.Comparison = &compared
	}
	return rollout.NewRow(o, k), k
}

// Rolling is the story with what goes into production: one with an alert, one without approval, one without a
// change, one that does well, some of today, and a monitor that measures every 15 seconds.
func Rolling() *Company {
	c := Story()
	c.Connected = append(c.Connected, feed.Status{Name: "prom", Type: "prometheus", Kind: feed.Pull, ExpectEvery: 15 * time.Second, LastGood: Noon.Add(-9 * time.Second)},
		feed.Status{Name: "alerts", Type: "alertmanager", Kind: feed.Push, LastGood: at("24 12:01")})
	going := func(id, service, version, digest, clock string) {
		s := c.add(id, service, version, digest, "24 09:00", "Voucher field on the basket page", "kito", passing("unit", "e2e"))
		for _, p := range []access.PersonID{"s.lee", "p.lind"}[:s.Approval.Needed] {
			c.Decide(id, p, change.Approve, "read and reviewed by two", at("24 10:30"))
		}
		s = c.Of(id)
		s.Approval.State, s.Change.State = change.Consumed, change.Implementing
		c.log(at(clock), "connector:github", "rollout.start", id, service+" "+version+" is rolling out to production", "")
	}
	going("CHG-4170", "checkout-web", "2026.47.1", "4170", "24 11:58")
	going("CHG-4198", "orders", "7.2.0", "4198", "24 11:49")
	see := func(id, service, version, ch string, s rollout.State, from, to string) {
		o := rollout.Observed{ID: id, Connector: "github", ExternalID: id, Service: service, Environment: "production", Version: version, Digest: Digest("ab"),
			Change: ch, State: s, URL: "https://github.com/acme/" + service + "/deployments", StartedAt: at(from), UpdatedAt: at(to)}
		c.Observed = append(c.Observed, o)
	}
	see("RO-610", "checkout-web", "2026.47.0", "", rollout.Inactive, "20 09:00", "20 09:20")
	see("RO-602", "fraud-score", "3.3.0", "", rollout.Success, "19 09:00", "19 09:20")
	see("RO-600", "orders", "7.1.4", "", rollout.Success, "18 09:00", "18 09:30")
	see("RO-734", "checkout-web", "2026.47.1", "CHG-4170", rollout.InProgress, "24 11:58", "24 11:58")
	see("RO-733", "orders", "7.2.0", "CHG-4198", rollout.InProgress, "24 11:48", "24 11:49")
	see("RO-738", "fraud-score", "3.3.1", "", rollout.InProgress, "24 11:40", "24 11:41")
	see("RO-739", "notify-svc", "3.8.2", "CHG-4195", rollout.InProgress, "24 12:01", "24 12:02")
	see("RO-728", "payments-api", "4.11.2", "", rollout.Failure, "24 07:50", "24 08:10")
	see("RO-729", "identity", "9.3.0", "", rollout.Success, "24 08:12", "24 08:55")
	see("RO-730", "search", "2.8.0", "", rollout.Success, "24 08:59", "24 09:40")
	for k := range c.Observed[7:] { // their changes are closed
		o := &c.Observed[7+k]
		id := "CHG-41" + o.ID[4:]
		s := c.add(id, o.Service, o.Version, "d"+o.ID[3:], "24 07:00", "A change of this morning", "kito", passing("unit"))
		s.Change.State, s.Approval.State, o.Change = change.Closed, change.Consumed, id
	}
	c.Fires = []health.Alert{{Connector: "alerts", ID: "3fee", Name: "HighErrorRate", Service: "checkout-web", Environment: "production", State: health.Firing,
		Summary: "5xx ratio 1.9% on checkout-web 2026.47.1", StartsAt: at("24 12:01").Add(10 * time.Second)}}
	begun := func(clock string, ratio func(n int) [2]float64, service, old, new string, share, p99 float64) {
		from := at(clock)
		for n := 0; n < 124; n++ { // 31 minutes
			t := Noon.Add(-9 * time.Second).Add(-time.Duration(123-n) * 15 * time.Second)
			part, e := 0.0, ratio(n)
			if !t.Before(from) {
				part = share
			}
			put := func(v string, rate, errors, p99 float64) {
				p50, p95 := p99/5, p99/2
				c.Measured = append(c.Measured, health.Sample{Service: service, Environment: "production", Version: v, At: t, Step: 15 * time.Second, Rate: &rate, Errors: &errors,
					P50: &p50, P95: &p95, P99: &p99, N: 1})
			}
			put(old, 160*(1-part), e[0], 0.400+0.012*float64(n%2))
			if part > 0 {
				put(new, 160*part, e[1], p99)
			}
		}
	}
	begun("24 11:58", func(n int) [2]float64 { return [2]float64{0.0011, 0.002 + 0.0008*float64(max(n-97, 0))} }, "checkout-web", "2026.47.0", "2026.47.1", 0.1, 0.455)
	begun("24 11:48", func(int) [2]float64 { return [2]float64{0.0021, 0.0020} }, "orders", "7.1.4", "7.2.0", 0.6, 0.405)
	begun("24 11:40", func(int) [2]float64 { return [2]float64{0, 0} }, "fraud-score", "3.3.0", "3.3.1", 2./3, 0.402)
	return c
}

// Blind is Rolling with its monitor silent for 3 minutes and 10 seconds.
func Blind() *Company {
	c := Rolling()
	for k := range c.Connected {
		if c.Connected[k].Type == "prometheus" {
			c.Connected[k].LastGood = Noon.Add(-190 * time.Second)
		}
	}
	c.Measured = slices.DeleteFunc(c.Measured, func(s health.Sample) bool { return s.At.After(Noon.Add(-190 * time.Second)) })
	return c
}

// SpoilRollouts replaces the texts of every rollout by hostile ones.
func (c *Company) SpoilRollouts(t *rapid.T) {
	text := Hostile()
	for k := range c.Observed {
		o := &c.Observed[k]
		o.Version, o.URL, o.Connector = text.Draw(t, "version"), text.Draw(t, "url"), text.Draw(t, "connector")
		if rapid.Bool().Draw(t, "elsewhere") {
			o.Service, o.Environment = text.Draw(t, "service"), text.Draw(t, "environment")
		}
	}
	for k := range c.Fires {
		c.Fires[k].Name, c.Fires[k].Summary = text.Draw(t, "alert"), text.Draw(t, "summary")
	}
	for k := range c.Measured {
		if k%7 == 0 {
			c.Measured[k].Errors, c.Measured[k].P99 = nil, nil
		}
	}
}
