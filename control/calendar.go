package control

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"signalbox/release"
	"signalbox/release/access"
	"signalbox/release/calendar"
	"signalbox/release/catalog"
	"signalbox/release/change"
	"signalbox/release/health"
	"signalbox/release/port"
	"signalbox/release/verb"
)

// Published is what a calendar client subscribes to: the declared freezes that are not over, the entries of outside
// calendars, and the changes that may go in, as far as a scope is concerned.
type Published struct {
	Name    string
	AsOf    time.Time
	Freezes []calendar.Freeze
	Entries []calendar.Entry
	Changes []PublishedChange
}

// PublishedChange is a change that may go in, with the time of its grant. Nothing of it depends on when it is asked
// for, so that it is another only where its Revision is.
type PublishedChange struct {
	ID          string
	Revision    int64
	Title       string
	Scope       access.Scope
	Environment string
	URL         string
	UpdatedAt   time.Time
	calendar.Interval
}

// Publication lists what is on the calendar of a scope, for the feed of the HTTP door, whose token is its
// permission. A team's calendar has what binds any of its services, be it declared for the whole unit; a region's
// has nothing that is said of other regions alone.
func (c *Control) Publication(ctx context.Context, scope access.Scope) (Published, error) {
	at := c.now()
	out := Published{Name: strings.TrimSpace(c.wired().Organisation + " releases"), AsOf: at}
	if scope != access.Org {
		out.Name += " " + string(scope)
	}
	err := c.Store.Read(ctx, func(r port.Reader) error {
		cat, err := r.Catalog(ctx)
		if err != nil {
			return err
		}
		concerned := c.concerned(cat, scope)
		if out.Freezes, err = r.Freezes(ctx, at); err != nil {
			return err
		}
		if out.Entries, err = r.Entries(ctx); err != nil {
			return err
		}
		out.Freezes = slices.DeleteFunc(out.Freezes, func(f calendar.Freeze) bool { return !concerned(f.Scope) })
		out.Entries = slices.DeleteFunc(slices.Clone(out.Entries), func(e calendar.Entry) bool { return !concerned(e.Scope) })
		out.Changes, err = publishedChanges(ctx, r, cat, scope)
		return err
	})
	return out, err
}

// concerned tells which scopes concern those who asked for one.
func (c *Control) concerned(cat *catalog.Catalog, asked access.Scope) func(access.Scope) bool {
	var regions []string
	for term := range strings.SplitSeq(string(asked), ",") {
		if region, ok := strings.CutPrefix(term, "region:"); ok {
			regions = append(regions, region)
		}
	}
	var targets []access.Target
	for k := range cat.Services {
		for _, env := range c.gated() {
			t := cat.Target(cat.Services[k].ID, env)
			if !asked.Covers(t) {
				continue
			}
			if len(regions) > 0 {
				t.Regions = slices.DeleteFunc(slices.Clone(t.Regions), func(r string) bool { return !slices.Contains(regions, r) })
			}
			targets = append(targets, t)
		}
	}
	known := map[access.Scope]bool{}
	return func(s access.Scope) bool {
		yes, ok := known[s]
		if !ok {
			yes = touches(s, asked) || slices.ContainsFunc(targets, s.Covers)
			known[s] = yes
		}
		return yes
	}
}

// publishedChanges are the changes of a scope that may go in and have a time for it.
func publishedChanges(ctx context.Context, r port.Reader, cat *catalog.Catalog, scope access.Scope) ([]PublishedChange, error) {
	var list []change.Change
	for _, s := range []change.State{change.Authorised, change.Scheduled} {
		some, err := r.ChangesIn(ctx, s)
		if err != nil {
			return nil, err
		}
		list = append(list, some...)
	}
	ids := make([]string, len(list))
	for k := range list {
		ids[k] = list[k].ID
	}
	approvals, err := r.Approvals(ctx, ids)
	if err != nil {
		return nil, err
	}
	var out []PublishedChange
	for k := range list {
		ch := &list[k]
		a, ok := approvals[ch.ID]
		if !ok || a.State != change.Approved || a.GrantUntil.IsZero() || !scope.Covers(cat.Target(ch.Service, ch.Environment)) {
			continue
		}
		p := PublishedChange{ID: ch.ID, Revision: ch.Revision, Title: ch.Name(), Environment: ch.Environment, URL: ch.URL, UpdatedAt: ch.UpdatedAt,
			Interval: calendar.Interval{From: a.GrantUntil.Add(-change.GrantTTL), To: a.GrantUntil}}
		if !catalog.IsUnknown(ch.Service) {
			p.Scope = access.Scope("service:" + ch.Service)
		}
		out = append(out, p)
	}
	return out, nil
}

// touches reports whether something in scope a concerns those who asked for scope b.
func touches(a, b access.Scope) bool { return a.Includes(b) || b.Includes(a) }

// calendarList lists what happens in a stretch of time, earliest first: what the calendar's screen shows.
func (c *Control) calendarList(ctx context.Context, call verb.Call) (verb.Answer, error) {
	from, to := c.now(), time.Time{}
	var err error
	if s := call.Flag("from"); s != "" {
		if from, err = verb.ParseTime(s, c.now()); err != nil {
			return verb.Answer{}, err
		}
	}
	to = from.Add(14 * 24 * time.Hour)
	if s := call.Flag("to"); s != "" {
		if to, err = verb.ParseTime(s, c.now()); err != nil {
			return verb.Answer{}, err
		}
	}
	if err := c.look(ctx, call, func(port.Reader, *access.Person, time.Time) error { return nil }); err != nil {
		return verb.Answer{}, err
	}
	s, err := c.Span(ctx, from, to)
	if err != nil {
		return verb.Answer{}, err
	}
	list := slices.Clone(s.Items)
	rows := [][]string{{"FROM", "TO", "KIND", "SCOPE", "TITLE", "SOURCE"}}
	for k := range list {
		i := &list[k]
		if i.Freeze != nil {
			i.Source = i.Freeze.ID
		}
		row := []string{i.From.UTC().Format("Mon 02 Jan 15:04Z"), i.To.UTC().Format("Mon 02 Jan 15:04Z"), strings.TrimSpace(string(i.Hardness) + " " + string(i.Kind)),
			string(i.Scope), i.Title, i.Source}
		if i.Kind == calendar.Release {
			row[2], row[3], row[4], row[5] = string(i.Stage)+" release", i.Service+" "+i.Environment, i.Title+": "+i.Says, cmp.Or(i.Change, i.Rollout)
		}
		if i.Aspect == release.Dark {
			row[4] += " (dark)"
		}
		rows = append(rows, row)
	}
	var notes []string
	for _, u := range s.Unread {
		notes = append(notes, fmt.Sprintf("%s %q cannot be laid out: %s", u.Source, u.Title, u.Reason))
	}
	ans := verb.Answer{Lines: append(table(rows), notes...), Value: verb.NewList(list, "", s.AsOf, s.DarkSources())}
	if len(list) == 0 {
		ans.Lines = append([]string{"nothing is on the calendar then"}, notes...)
	}
	for _, name := range s.DarkSources() {
		ans.Lines = append(ans.Lines, name+" is dark: what it holds may have changed since")
	}
	return ans, nil
}

// signals are what was measured, in words.
func signals(s health.Sample) []string {
	var out []string
	if s.Rate != nil {
		out = append(out, fmt.Sprintf("%.3g req/s", *s.Rate))
	}
	if s.Errors != nil {
		out = append(out, fmt.Sprintf("%.3g%% errors", *s.Errors*100))
	}
	for _, q := range []struct {
		name  string
		value *float64
	}{{"p50", s.P50}, {"p95", s.P95}, {"p99", s.P99}} {
		if q.value != nil {
			out = append(out, fmt.Sprintf("%s %s", q.name, time.Duration(*q.value*float64(time.Second)).Round(100*time.Microsecond)))
		}
	}
	if len(out) == 0 {
		return []string{"nothing measured"}
	}
	return out
}

// calendarKinds are the words for import icalendar --as.
func calendarKinds() []string {
	out := make([]string, len(calendar.Kinds))
	for i, k := range calendar.Kinds {
		out[i] = string(k)
	}
	return out
}
