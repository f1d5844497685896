package health

import (
	"math"
	"strconv"
	"strings"
	"time"

	"signalbox/release"
	"signalbox/release/health"
	"signalbox/views/kit"
)

// word says what makes the signal of a line: its verdict, an alert that is worse than it, or a late monitor.
func word(l *health.Line) string {
	w := l.Word()
	if up, ok := map[health.Verdict]string{health.Page: "PAGE", health.Ticket: "TKT", health.Watch: "WATCH", health.Healthy: "GO", health.Unknown: "UNKNOWN", health.Dark: "DARK"}[health.Verdict(w)]; ok {
		return up
	}
	return w
}

// target writes a share as objectives do: 99.90, 99.95, 99.999.
func target(v float64) string {
	s := strconv.FormatFloat(v*100, 'f', 4, 64)
	for strings.HasSuffix(s, "0") && len(s)-strings.IndexByte(s, '.') > 3 {
		s = s[:len(s)-1]
	}
	if len(s) > 6 {
		s = s[:6]
	}
	return s
}

// good writes a share that was good. It is cut, not rounded: what is not all is never 100.00.
func good(v float64) string { return kit.Decimal(math.Floor(v*1e4+1e-9)/100, 2) }

// burn writes a burn rate: 15.1x, 480x.
func burn(v float64) string {
	if v >= 99.95 {
		return kit.Compact(int64(v+0.5)) + "x"
	}
	return kit.Decimal(v, 1) + "x"
}

// goneIn is how long the budget lasts at the burn of the last hour.
func goneIn(l *health.Line, a release.Aspect) kit.Cell {
	s := l.State
	switch {
	case l.Verdict == health.Dark || s.Left == nil || !s.Rate(time.Hour).Known:
		return kit.C(kit.Unknown, kit.Meta())
	case s.Gone != nil && *s.Gone == 0:
		return kit.C("gone", kit.Reason(release.Stop))
	case s.Gone == nil || *s.Gone > l.Objective.Window:
		return kit.C("over "+release.Length(l.Objective.Window), kit.Meta())
	case a == release.Stop && !l.Late():
		return kit.C(kit.Span(*s.Gone), kit.Reason(a))
	case l.Late():
		return kit.C("~"+kit.Span(*s.Gone), kit.Stale())
	}
	return kit.C(kit.Span(*s.Gone), kit.Plain())
}

// decisive are the spans whose burn made the verdict.
func decisive(l *health.Line) map[time.Duration]bool {
	out := map[time.Duration]bool{}
	switch l.Verdict {
	case health.Page, health.Ticket:
		for _, p := range health.Pairs {
			long, short, limit := l.State.Rate(p.Long), l.State.Rate(p.Short), p.Threshold(l.Objective.Window)
			if p.Verdict == l.Verdict && p.Applies(l.Objective.Window) && long.Known && short.Known && long.Burn > limit && short.Burn > limit {
				out[p.Long], out[p.Short] = true, true
				return out
			}
		}
	case health.Watch:
		for _, d := range []time.Duration{time.Hour, 6 * time.Hour} {
			if r := l.State.Rate(d); r.Known && r.Burn > 1 {
				out[d] = true
			}
		}
	}
	return out
}

// briefly writes how long in one unit: 40s, 3m, 5h, 2d.
func briefly(d time.Duration) string {
	switch {
	case d < time.Minute:
		return strconv.Itoa(max(int(d/time.Second), 0)) + "s"
	case d < time.Hour:
		return strconv.Itoa(int(d/time.Minute)) + "m"
	case d < 48*time.Hour:
		return strconv.Itoa(int(d/time.Hour)) + "h"
	}
	return strconv.Itoa(int(d/(24*time.Hour))) + "d"
}

// old reports whether what was measured last of a line is not of now: its monitor is late or dark, or says nothing
// of it any more.
func old(l *health.Line, now time.Time) bool {
	if l.Dark() || l.Late() {
		return true
	}
	for _, x := range l.Versions {
		if now.Sub(x.At) <= max(3*x.Step, 5*time.Minute) {
			return false
		}
	}
	return len(l.Versions) > 0
}

// signals are what was measured last of a service that has no objective: requests a second, errors, and p99.
func signals(l *health.Line, now time.Time) [3]kit.Run {
	rate, errors, p99 := health.Together(l.Versions)
	style, unsure := kit.Plain(), ""
	if old(l, now) {
		style, unsure = kit.Stale(), "~"
	}
	value := func(v *float64, write func(float64) string) kit.Run {
		if v == nil {
			return kit.T(kit.Unknown, kit.Meta())
		}
		return kit.T(unsure+write(*v), style)
	}
	return [3]kit.Run{value(rate, func(v float64) string { return kit.Decimal(v, 1) }), value(errors, func(v float64) string { return kit.Percent(v, 2) }), value(p99, milliseconds)}
}

func milliseconds(seconds float64) string {
	return kit.Milliseconds(time.Duration(seconds * float64(time.Second)))
}
