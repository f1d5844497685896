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
	"signalbox/release/health"
	"signalbox/release/port"
	"signalbox/release/verb"
)

// Published is what a calendar client subscribes to: the declared freezes that are not over, and the entries
// of outside calendars, within a scope.
type Published struct {
	Name    string
	AsOf    time.Time
	Freezes []calendar.Freeze
	Entries []calendar.Entry
}

// Publication lists what is on the calendar of a scope, for the feed of the HTTP door, whose token is its
// permission.
func (c *Control) Publication(ctx context.Context, scope access.Scope) (Published, error) {
	at := c.now()
	out := Published{Name: strings.TrimSpace(c.wired().Organisation + " releases"), AsOf: at}
	if scope != access.Org {
		out.Name += " " + string(scope)
	}
	err := c.Store.Read(ctx, func(r port.Reader) error {
		var err error
		if out.Freezes, err = r.Freezes(ctx, at); err != nil {
			return err
		}
		if out.Entries, err = r.Entries(ctx); err != nil {
			return err
		}
		out.Freezes = slices.DeleteFunc(out.Freezes, func(f calendar.Freeze) bool { return !touches(f.Scope, scope) })
		out.Entries = slices.DeleteFunc(slices.Clone(out.Entries), func(e calendar.Entry) bool { return !touches(e.Scope, scope) })
		return nil
	})
	return out, err
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
