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

// Calendar lists what is on the calendar of a scope, for the feed of the HTTP door, whose token is its
// permission.
func (c *Control) Calendar(ctx context.Context, scope access.Scope) (Published, error) {
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

// happening is one line of calendar list.
type happening struct {
	calendar.Interval
	Kind   calendar.Kind     `json:"kind"`
	Hard   calendar.Hardness `json:"hardness,omitempty"`
	Scope  access.Scope      `json:"scope"`
	Title  string            `json:"title"`
	Source string            `json:"source"` // the calendar, or the freeze's id
}

// calendarList lists what happens in a stretch of time, earliest first.
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
	if !from.Before(to) || to.Sub(from) > 400*24*time.Hour {
		return verb.Answer{}, release.Errorf(release.Usage, "the time asked about is empty, or longer than 400 days").Advise("give a --to after --from")
	}
	var list []happening
	var notes []string
	err = c.look(ctx, call, func(r port.Reader, _ *access.Person, at time.Time) error {
		freezes, err := r.Freezes(ctx, from)
		if err != nil {
			return err
		}
		for _, f := range freezes {
			if f.Overlaps(calendar.Interval{From: from, To: to}) {
				list = append(list, happening{f.Interval, calendar.FreezePeriod, f.Kind, f.Scope, f.Reason, f.ID})
			}
		}
		entries, err := r.Entries(ctx)
		if err != nil {
			return err
		}
		for _, e := range entries {
			happens, err := e.Occurrences(from, to)
			if err != nil {
				notes = append(notes, fmt.Sprintf("%s %q cannot be laid out: %s", e.Source, e.Title, release.AsError(err).Message))
			}
			for _, o := range happens {
				list = append(list, happening{o.Interval, e.Kind, e.Hardness, e.Scope, o.Title, e.Source})
			}
		}
		return nil
	})
	if err != nil {
		return verb.Answer{}, err
	}
	slices.SortStableFunc(list, func(a, b happening) int {
		return cmp.Or(a.From.Compare(b.From), a.To.Compare(b.To), cmp.Compare(a.Title, b.Title))
	})
	rows := [][]string{{"FROM", "TO", "KIND", "SCOPE", "TITLE", "SOURCE"}}
	for _, h := range list {
		rows = append(rows, []string{h.From.UTC().Format("Mon 02 Jan 15:04Z"), h.To.UTC().Format("Mon 02 Jan 15:04Z"), strings.TrimSpace(string(h.Hard) + " " + string(h.Kind)),
			string(h.Scope), h.Title, h.Source})
	}
	ans := verb.Answer{Lines: append(table(rows), notes...), Value: verb.NewList(list, "", c.now(), nil)}
	if len(list) == 0 {
		ans.Lines = append([]string{"nothing is on the calendar then"}, notes...)
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
