package control

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"signalbox/release"
	"signalbox/release/access"
	"signalbox/release/health"
	"signalbox/release/port"
	"signalbox/release/verb"
)

// healthVerb lists the objectives, worst first, and the services without one; of one service it says more.
func (c *Control) healthVerb(ctx context.Context, call verb.Call) (verb.Answer, error) {
	if err := c.look(ctx, call, func(port.Reader, *access.Person, time.Time) error { return nil }); err != nil {
		return verb.Answer{}, err
	}
	p, err := c.Health(ctx)
	if err != nil {
		return verb.Answer{}, err
	}
	lines := p.Lines
	if name := strings.ToLower(call.Arg(0)); name != "" {
		lines = slices.DeleteFunc(slices.Clone(lines), func(l health.Line) bool { return l.Service != name && l.ID != name })
		if len(lines) == 0 {
			return verb.Answer{}, release.Errorf(release.NotFound, "no monitor has told of a service %q, and it has no objective", release.Clean(name, 60)).
				Advise("health lists those that are known")
		}
	}
	stale := []string{}
	for _, m := range p.Monitors {
		if m.Dark {
			stale = append(stale, m.Name)
		}
	}
	ans := verb.Answer{Lines: table(healthRows(lines)), Value: verb.NewList(signalled(lines), "", p.AsOf, stale)}
	if call.Arg(0) != "" {
		for _, l := range lines {
			ans.Lines = append(ans.Lines, "")
			ans.Lines = append(ans.Lines, vitalLines(l, p.AsOf)...)
		}
		return ans, nil
	}
	if len(lines) == 0 {
		ans.Lines = []string{"no service is measured and no objective is known; connect a monitor and the objectives: docs/CONFIGURATION.md, kinds prometheus and openslo"}
	}
	for _, o := range p.Unplaced {
		ans.Lines = append(ans.Lines, fmt.Sprintf("○ the objective %s names the service %s, which the catalog does not have (%s)", o.ID, o.Service, o.From))
	}
	return ans, nil
}

// signalledLine is a line with its signal.
type signalledLine struct {
	health.Line
	Aspect release.Aspect `json:"aspect"`
}

func signalled(lines []health.Line) []signalledLine {
	out := make([]signalledLine, 0, len(lines))
	for _, l := range lines {
		out = append(out, signalledLine{l, l.Aspect()})
	}
	return out
}

// aspectWord is the mark of a line, and what makes it: its verdict, an alert, or a late monitor.
func aspectWord(l health.Line) string {
	w := l.Word()
	switch {
	case w == "":
		return "· none"
	case w == "alert" || w == "late" || l.Objective == nil:
		return mark(l.Aspect()) + " " + strings.ToUpper(w)
	}
	return healthWords[health.Verdict(w)]
}

// whyWords say why a line stands as it does, the alert that made it first.
func whyWords(l health.Line, why string) string {
	switch l.Word() {
	case "alert":
		for _, a := range l.Alerts {
			if a.Aspect() == l.Aspect() {
				return "alert " + orDash(a.Name) + " fires; " + why
			}
		}
	case "late":
		return "its monitor is late; " + why
	}
	return why
}

// healthWords are the words of a verdict.
var healthWords = map[health.Verdict]string{health.Page: "■ PAGE", health.Ticket: "▲ TKT", health.Watch: "▲ WATCH", health.Healthy: "● GO", health.Dark: "○ DARK", health.Unknown: "○ UNKNOWN"}

func healthRows(lines []health.Line) [][]string {
	rows := [][]string{{"ASPECT", "SERVICE", "ENVIRONMENT", "SLO", "WINDOW", "BUDGET LEFT", "5M", "1H", "6H", "3D", "GONE IN", "WHY"}}
	for _, l := range lines {
		if l.Objective == nil {
			rate, errors, p99 := health.Together(l.Versions)
			rows = append(rows, []string{aspectWord(l), l.ID, l.Environment, "-", "-", "-", "-", "-", "-", "-", "-",
				whyWords(l, fmt.Sprintf("no objective: %s req/s, errors %s, p99 %s", numberWord(rate, 1, "%.1f"), numberWord(errors, 100, "%.2f%%"), numberWord(p99, 1000, "%.0fms")))})
			continue
		}
		unsure := "" // what is not of now is marked
		if l.Dark() || l.Late() {
			unsure = "~"
		}
		burn := func(d time.Duration) string {
			r := l.State.Rate(d)
			if !r.Known {
				return "-"
			}
			return unsure + fmt.Sprintf("%.1fx", r.Burn)
		}
		left, gone := numberWord(l.State.Left, 100, "%.0f%%"), goneIn(l)
		if l.State.Left != nil {
			left = unsure + left
		}
		if l.Dark() {
			gone = "-"
		}
		rows = append(rows, []string{aspectWord(l), l.ID, l.Environment, strconv.FormatFloat(l.Objective.Target*100, 'f', -1, 64) + "%", release.Length(l.Objective.Window),
			left, burn(5 * time.Minute), burn(time.Hour), burn(6 * time.Hour), burn(72 * time.Hour), gone, whyWords(l, l.Why)})
	}
	return rows
}

func numberWord(v *float64, times float64, format string) string {
	if v == nil {
		return "-"
	}
	return fmt.Sprintf(format, *v*times)
}

// goneIn says how long the budget lasts.
func goneIn(l health.Line) string {
	s := l.State
	switch {
	case s.Left == nil || !s.Rate(time.Hour).Known:
		return "-"
	case s.Gone == nil || *s.Gone > l.Objective.Window:
		return "over " + release.Length(l.Objective.Window)
	case *s.Gone == 0:
		return "gone"
	}
	return release.Span(*s.Gone)
}

// vitalLines are what is known of one line beside its row.
func vitalLines(l health.Line, at time.Time) []string {
	out := []string{l.ID + " in " + l.Environment}
	if o := l.Objective; o != nil {
		what := "requests that do not fail"
		if o.Indicator == health.Latency {
			what = fmt.Sprintf("p%g within %gms", o.SliceTarget*100, o.Threshold*1000)
		}
		out = append(out, fmt.Sprintf("objective %s: %g%% over %s, %s, by %s, from %s", o.ID, o.Target*100, release.Length(o.Window), what, o.Method, o.From),
			fmt.Sprintf("samples cover %.0f%% of the window; %.0f%% are needed", l.State.Coverage*100, health.MinCoverage*100))
	} else {
		out = append(out, "no objective")
	}
	for _, s := range l.Sources {
		word := "fresh"
		switch {
		case s.Dark:
			word = "DARK"
		case s.Late:
			word = "late"
		}
		out = append(out, fmt.Sprintf("measured by %s, %s, last good %s", s.Name, word, instantWord(s.Good)))
	}
	for _, v := range l.Versions {
		out = append(out, strings.TrimSpace(fmt.Sprintf("version %s: %s of requests, errors %s, p99 %s, %s ago%s", cmp.Or(v.Version, "-"), numberWord(v.Share, 100, "%.0f%%"),
			numberWord(v.Errors, 100, "%.2f%%"), numberWord(v.P99, 1000, "%.0fms"), release.Span(max(0, at.Sub(v.At))), moreWords(v))))
	}
	for _, a := range l.Alerts {
		out = append(out, fmt.Sprintf("%s %s fires since %s: %s", mark(a.Aspect()), a.Name, a.StartsAt.Format(time.RFC3339), orDash(a.Summary)))
	}
	for _, m := range l.Rollouts {
		out = append(out, fmt.Sprintf("%s %s %s since %s", m.ID, m.Version, m.State, m.At.Format(time.RFC3339)))
	}
	return out
}

func moreWords(v health.Version) string {
	switch {
	case v.Base:
		return ", the base"
	case v.MoreErrors == nil && v.MoreP99 == nil:
		return ""
	}
	return ", against the base errors " + numberWord(v.MoreErrors, 100, "%+.2f points") + ", p99 " + numberWord(v.MoreP99, 1000, "%+.0fms")
}
