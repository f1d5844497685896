package rollout_test

import (
	"testing"
	"time"

	"signalbox/release"
	"signalbox/release/calendar"
	"signalbox/release/health"
	"signalbox/release/rollout"
)

func TestEntry(t *testing.T) {
	at := noon.Add(2 * time.Hour)
	for _, k := range []struct {
		state  rollout.State
		change string
		with   rollout.Circumstances
		stage  calendar.Stage
		aspect release.Aspect
		says   string
		length time.Duration
	}{
		{rollout.Success, "CHG-1", rollout.Circumstances{}, calendar.Went, release.Go, "went in", time.Hour},
		{rollout.Failure, "CHG-1", rollout.Circumstances{}, calendar.Failed, release.Stop, "did not go in: failure", time.Hour},
		{rollout.Inactive, "CHG-1", rollout.Circumstances{}, calendar.Replaced, "", "another version has taken its place", 0},
		{rollout.InProgress, "CHG-1", rollout.Circumstances{}, calendar.Moving, release.Go, "is going in", 2 * time.Hour},
		{rollout.InProgress, "CHG-1", rollout.Circumstances{Alert: &health.Alert{Name: "HighErrorRate", Severity: "page"}}, calendar.Moving, release.Stop, "is going in while HighErrorRate fires", 2 * time.Hour},
		{rollout.InProgress, "CHG-1", rollout.Circumstances{Alert: &health.Alert{Name: "HighErrorRate"}, Dark: true}, calendar.Moving, release.Dark, "was going in when github was last heard", time.Hour},
		{rollout.InProgress, "CHG-1", rollout.Circumstances{Unlawful: "it is rolling out to production without approval, as RO-1"}, calendar.Moving, release.Stop, "it is rolling out to production without approval, as RO-1", 2 * time.Hour},
		{rollout.InProgress, "CHG-1", rollout.Circumstances{Alert: &health.Alert{Name: "Slow", Severity: "warning"}}, calendar.Moving, release.Caution, "is going in while Slow fires", 2 * time.Hour},
		{rollout.Failure, "", rollout.Circumstances{}, calendar.Failed, release.Stop, "did not go in: failure, and no change asked for it", time.Hour},
		{rollout.Success, "", rollout.Circumstances{}, calendar.Went, release.Caution, "went in, and no change asked for it", time.Hour},
	} {
		o := rollout.Observed{ID: "RO-1", Connector: "github", Service: "api", Version: "2.0", Change: k.change, State: k.state, StartedAt: noon, UpdatedAt: noon.Add(time.Hour)}
		e := o.Entry(at, k.with)
		if e.Stage != k.stage || e.Aspect != k.aspect || e.Says != k.says || e.To.Sub(e.From) != k.length || e.Title != "api 2.0" || e.Key != "RO-1" {
			t.Errorf("%s with %+v: %+v", k.state, k.with, e)
		}
	}
}
