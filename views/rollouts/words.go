package rollouts

import (
	"cmp"
	"strings"
	"time"

	"signalbox/release"
	"signalbox/release/health"
	"signalbox/release/rollout"
	"signalbox/views/kit"
)

// short is a state as it stands in a list.
func short(s rollout.State) string { return strings.ReplaceAll(string(s), "_", " ") }

// pair are both versions in at most w cells, the newer in a style of its own; where they do not fit whole each
// is cut in its middle, and where there is room for one only it is the newer.
func pair(before, version string, w int, newer kit.Style) []kit.Run {
	before, version = cmp.Or(release.Clean(before, 100), kit.Unknown), cmp.Or(release.Clean(version, 100), kit.Unknown)
	half := (w - 3) / 2
	b, v := kit.Width(before), kit.Width(version)
	switch {
	case b+3+v <= w:
	case half < 4:
		return []kit.Run{kit.T(kit.TruncateMiddle(version, max(w, 1)), newer)}
	case b < half: // one that is shorter leaves its room to the other
		version = kit.TruncateMiddle(version, w-3-b)
	case v < half:
		before = kit.TruncateMiddle(before, w-3-v)
	default:
		before, version = kit.TruncateMiddle(before, half), kit.TruncateMiddle(version, w-3-half)
	}
	return []kit.Run{kit.T(before+" → ", kit.Meta()), kit.T(version, newer)}
}

// darkSource is the first monitor of a rollout that is dark, and the first that is late.
func darkSource(r *rollout.Row) (dark, late *health.Source) { return rollout.Rests(r.Monitors) }

// unsure is what stands before a number of a rollout: "~" where its monitor is late or dark.
func unsure(r *rollout.Row) string {
	if dark, late := darkSource(r); dark != nil || late != nil {
		return "~"
	}
	return ""
}

// sourceAge is how long ago a source was last good.
func sourceAge(s *health.Source, now time.Time) string {
	if s.Good.IsZero() {
		return "never"
	}
	return kit.Age(s.Good, now)
}

// standing is what the state column says of a rollout: what made it caution or worse, else its state and for
// how long.
func standing(r *rollout.Row, now time.Time) []kit.Run {
	switch r.Aspect {
	case release.Stop, release.Caution:
		if r.State == rollout.Failure || r.State == rollout.Error {
			break
		}
		return []kit.Run{kit.T(kit.Truncate(release.Clean(r.Why, 60), 15), kit.Reason(r.Aspect))}
	case release.Dark:
		dark, _ := darkSource(r)
		return []kit.Run{kit.T("DARK", kit.AspectWord(release.Dark)), kit.T(" "+sourceAge(dark, now), kit.AspectNumber(release.Dark))}
	}
	style := kit.Plain()
	if r.State.Over() {
		style = kit.AspectNumber(cmp.Or(r.Aspect, release.Go))
	}
	out := []kit.Run{kit.T(short(r.State), style)}
	if !r.State.Over() {
		out = append(out, kit.T(" "+kit.Age(r.StartedAt, now), kit.Meta()))
	}
	return out
}

// share is the observed share in words: "67% obs", stale "~10%", unknown "—".
func share(r *rollout.Row) kit.Run {
	switch u := unsure(r); {
	case r.Share == nil:
		return kit.T(kit.Unknown, kit.Meta())
	case u != "":
		return kit.T(u+kit.Percent(*r.Share, 0), kit.Stale())
	default:
		return kit.T(kit.Percent(*r.Share, 0)+" obs", kit.Observed())
	}
}

// signalName is a signal as a row of the comparison names it.
var signalName = map[health.Signal]string{health.ErrorRatio: "error ratio", health.P99: "p99 latency", health.P95: "p95 latency", health.P50: "p50 latency", health.RequestRate: "requests/s"}

// value writes a signal; nil is unknown.
func value(k health.Signal, v *float64) string {
	switch {
	case v == nil:
		return kit.Unknown
	case k == health.ErrorRatio:
		return kit.Percent(*v, 2)
	case k == health.RequestRate:
		return kit.Decimal(*v, 1)
	}
	return kit.Milliseconds(time.Duration(min(*v, 1e6) * float64(time.Second)))
}

// delta writes a difference: points of an error ratio, else a ratio.
func delta(d health.Difference) string {
	switch {
	case d.Delta == nil:
		return kit.Unknown
	case d.Signal == health.ErrorRatio:
		return kit.Signed(*d.Delta*100, 2)
	case *d.Delta >= 9.5:
		return kit.Factor(*d.Delta + 1)
	}
	return kit.Signed(*d.Delta*100, 0) + "%"
}

// finding is what came of a comparison, with its aspect ("" where nothing was judged).
func finding(d health.Difference) (release.Aspect, string) {
	test := ""
	switch {
	case d.Z != nil:
		test = " z " + kit.Decimal(*d.Z, 1)
	case d.P != nil:
		test = " p " + kit.Decimal(*d.P, 3)
		if *d.P < 0.001 {
			test = " p < 0.001"
		}
	}
	switch d.Finding {
	case health.Worse:
		return release.Caution, "worse" + test
	case health.NoWorse:
		return release.Go, "no worse" + test
	case health.TooFew:
		return release.Planned, "too few"
	}
	return "", "no limit"
}
