package control

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"signalbox/release"
	"signalbox/release/access"
	"signalbox/release/calendar"
	"signalbox/release/catalog"
	"signalbox/release/feed"
	"signalbox/release/gate"
	"signalbox/release/health"
	"signalbox/release/port"
	"signalbox/release/verb"
)

// serviceList lists the services of the catalog by id.
func (c *Control) serviceList(ctx context.Context, call verb.Call) (verb.Answer, error) {
	var ans verb.Answer
	err := c.look(ctx, call, func(r port.Reader, _ *access.Person, at time.Time) error {
		cat, err := r.Catalog(ctx)
		if err != nil {
			return err
		}
		rows := [][]string{{"SERVICE", "TIER", "TEAM", "REGIONS", "REPOSITORY", "FROM"}}
		for _, s := range cat.Services {
			rows = append(rows, []string{s.ID, fmt.Sprint(s.Tier), orDash(s.Team), orDash(strings.Join(s.Regions, " ")), orDash(repositories(s)), s.From})
		}
		ans = verb.Answer{Lines: table(rows), Value: verb.NewList(cat.Services, "", at, nil)}
		if len(cat.Services) == 0 {
			ans.Lines = []string{"the catalog is empty; import one: signalbox import backstage PATH"}
		}
		return nil
	})
	return ans, err
}

func repositories(s catalog.Service) string {
	var out []string
	for forge, slug := range s.Repos {
		out = append(out, forge+"/"+slug)
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}

// profile is the answer of service show.
type profile struct {
	Service   catalog.Service `json:"service"`
	Needs     []catalog.Edge  `json:"needs"`
	NeededBy  []catalog.Edge  `json:"needed_by"`
	Feeds     []feed.Status   `json:"feeds"`
	Health    *health.Picture `json:"health,omitempty"`
	Freshness *gate.Result    `json:"freshness,omitempty"`
}

// serviceShow shows a service: what it needs and who needs it, the feeds that its facts come from, and what
// monitors say of it in an environment.
func (c *Control) serviceShow(ctx context.Context, call verb.Call) (verb.Answer, error) {
	environment := call.Flag("environment")
	if environment == "" {
		environment = "production"
	}
	env, known := catalog.Resolve(c.wired().Environments, environment)
	if !known {
		return verb.Answer{}, release.Errorf(release.Usage, "the environment %q is not configured", release.Clean(environment, 40)).
			Advise("choose one of %s", environmentNames(c.wired().Environments))
	}
	var ans verb.Answer
	err := c.look(ctx, call, func(r port.Reader, _ *access.Person, at time.Time) error {
		l, err := c.load(ctx, r, at)
		if err != nil {
			return err
		}
		s, ok := l.cat.Service(strings.ToLower(call.Arg(0)))
		if !ok {
			return release.Errorf(release.NotFound, "there is no service %q", release.Clean(call.Arg(0), 60)).Advise("service list shows them")
		}
		p := profile{Service: *s, Needs: orEmpty(l.cat.Providers(s.ID)), NeededBy: orEmpty(l.cat.Consumers(s.ID)), Feeds: orEmpty(c.bound(l, s, env.Name))}
		if p.Health, err = c.health(ctx, r, l, s.ID, env.Name, at); err != nil {
			return err
		}
		for _, g := range c.verdict(l, nil, gate.Subject{Service: s.ID, Environment: env.Name}, nil, at).Gates {
			if g.Gate == gate.Freshness {
				p.Freshness = &g
			}
		}
		ans = verb.Answer{Value: p, Lines: profileLines(p, env.Name, at)}
		return nil
	})
	return ans, err
}

func profileLines(p profile, environment string, at time.Time) []string {
	s := p.Service
	out := []string{fmt.Sprintf("%s, tier %d, team %s: %s", s.ID, s.Tier, orDash(s.Team), s.Title), "declared in " + s.From}
	if r := repositories(s); r != "" {
		out = append(out, "sources "+r)
	}
	var needs, by []string
	for _, e := range p.Needs {
		needs = append(needs, e.To+" ("+string(e.Kind)+")")
	}
	for _, e := range p.NeededBy {
		by = append(by, e.From+" ("+string(e.Kind)+")")
	}
	out = append(out, "needs "+orDash(strings.Join(needs, ", ")), "needed by "+orDash(strings.Join(by, ", ")))
	if p.Freshness != nil {
		out = append(out, "freshness "+string(p.Freshness.Verdict)+": "+p.Freshness.Reason)
	}
	if p.Health == nil {
		return append(out, "no monitor has told of it")
	}
	return append(append(out, ""), healthLines(p.Health, environment, at)...)
}

// healthLines are what monitors say, with the age of each word.
func healthLines(h *health.Picture, environment string, at time.Time) []string {
	var out []string
	for _, s := range h.Sources {
		word := "● fresh"
		switch {
		case s.Dark:
			word = "○ DARK: the numbers are from then"
		case s.Late:
			word = "▲ late"
		}
		age := "never"
		if !s.Good.IsZero() {
			age = release.Span(at.Sub(s.Good)) + " ago"
		}
		out = append(out, fmt.Sprintf("%s last good %s %s", s.Name, age, word))
	}
	for _, a := range h.Alerts {
		out = append(out, fmt.Sprintf("%s %s fires since %s: %s", mark(a.Aspect()), a.Name, a.StartsAt.Format(time.RFC3339), orDash(a.Summary)))
	}
	for _, s := range h.Samples {
		out = append(out, fmt.Sprintf("%s %s, %s ago: %s", orDash(s.Version), environment, release.Span(at.Sub(s.At)), strings.Join(signals(s), ", ")))
	}
	return out
}

// sheet is a table for export; the first row is the header. Columns are those that import csv reads.
func sheet(what string, cat *catalog.Catalog, people []access.Person, entries []calendar.Entry) ([][]string, error) {
	var rows [][]string
	switch what {
	case "services":
		rows = [][]string{{"id", "title", "tier", "team", "system", "lifecycle", "regions", "tags", "github", "gitlab", "customer_facing", "personal_data", "depends_on"}}
		for _, s := range cat.Services {
			var needs []string
			for _, e := range cat.Providers(s.ID) {
				needs = append(needs, e.To+"="+string(e.Kind))
			}
			rows = append(rows, []string{s.ID, s.Title, fmt.Sprint(s.Tier), s.Team, s.System, s.Lifecycle, strings.Join(s.Regions, " "), strings.Join(s.Tags, " "),
				s.Repos["github.com"], s.Repos["gitlab.com"], fmt.Sprint(s.CustomerFacing), fmt.Sprint(s.Personal), strings.Join(needs, " ")})
		}
	case "people":
		rows = [][]string{{"id", "name", "email", "teams"}}
		for _, p := range people {
			rows = append(rows, []string{string(p.ID), p.Name, p.Email, strings.Join(p.Teams, " ")})
		}
	case "windows":
		rows = [][]string{{"id", "title", "kind", "hardness", "scope", "zone", "start", "end", "rule", "extra", "except", "url"}}
		for _, whole := range entries {
			for _, e := range whole.Flat() {
				start := e.Timing.Start
				if e.Timing.AllDay {
					start = start[:len(time.DateOnly)]
				}
				end, err := e.Timing.End()
				if err != nil {
					return nil, release.Errorf(release.Refused, "%s of %s cannot be written as wall times: %s", e.Title, e.Source, release.AsError(err).Message)
				}
				rows = append(rows, []string{e.ExternalID, e.Title, string(e.Kind), string(e.Hardness), string(e.Scope), e.Timing.Zone, start, end, e.Timing.Rule,
					strings.Join(e.Timing.Extra, " "), strings.Join(e.Timing.Except, " "), e.URL})
			}
		}
	}
	return rows, nil
}

// exportCSV writes one of the sheets.
func (c *Control) exportCSV(ctx context.Context, call verb.Call) (verb.Answer, error) {
	what := call.Arg(0)
	var rows [][]string
	err := c.look(ctx, call, func(r port.Reader, p *access.Person, at time.Time) error {
		if what == "people" {
			if err := may(p, call.Actor, access.People, at); err != nil {
				return err
			}
		}
		cat, err := r.Catalog(ctx)
		if err != nil {
			return err
		}
		people, err := r.People(ctx)
		if err != nil {
			return err
		}
		entries, err := r.Entries(ctx)
		if err != nil {
			return err
		}
		rows, err = sheet(what, cat, people, entries)
		return err
	})
	if err != nil {
		return verb.Answer{}, err
	}
	if rows == nil {
		return verb.Answer{}, release.Errorf(release.Usage, "there is no sheet %q", release.Clean(what, 40)).Advise("choose services, people or windows")
	}
	return verb.Answer{Stream: func(w io.Writer) error { return c.CSV(w, rows) }, Value: rows}, nil
}
