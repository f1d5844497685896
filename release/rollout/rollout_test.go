package rollout_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"signalbox/release/rollout"
)

var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

func TestNext(t *testing.T) {
	for _, c := range []struct {
		name string
		from rollout.State
		to   rollout.State
		at   time.Duration
		want rollout.State
	}{
		{"forward", rollout.Pending, rollout.InProgress, time.Second, rollout.InProgress},
		{"the same instant, forward", rollout.Pending, rollout.InProgress, 0, rollout.InProgress},
		{"the same instant, backward", rollout.InProgress, rollout.Queued, 0, rollout.InProgress},
		{"later, backward: it was queued again", rollout.InProgress, rollout.Queued, time.Second, rollout.Queued},
		{"older than what is known", rollout.InProgress, rollout.Success, -time.Second, rollout.InProgress},
		{"again the same", rollout.InProgress, rollout.InProgress, time.Second, rollout.InProgress},
		{"done", rollout.InProgress, rollout.Success, 0, rollout.Success},
		{"failed", rollout.InProgress, rollout.Failure, time.Second, rollout.Failure},
		{"superseded", rollout.Success, rollout.Inactive, time.Hour, rollout.Inactive},
		{"superseded while it ran", rollout.InProgress, rollout.Inactive, time.Hour, rollout.Inactive},
		{"a late start after the end", rollout.Success, rollout.InProgress, 0, rollout.Success},
		{"a failure after success is another rollout's", rollout.Success, rollout.Failure, time.Hour, rollout.Success},
		{"inactive is final", rollout.Inactive, rollout.Success, time.Hour, rollout.Inactive},
		{"an unknown word", rollout.InProgress, "paused", time.Hour, rollout.InProgress},
	} {
		o := rollout.Observed{State: c.from, UpdatedAt: noon}
		got, moved := rollout.Next(o, c.to, noon.Add(c.at))
		if got.State != c.want || moved != (c.want != c.from) {
			t.Errorf("%s: %s to %s gives %s, moved %v", c.name, c.from, c.to, got.State, moved)
		}
		if at := noon.Add(c.at); moved && !got.UpdatedAt.Equal(at) || !moved && got != o {
			t.Errorf("%s: %+v", c.name, got)
		}
	}
}

// Whatever arrives in whatever order: time never runs back, and what is over stays over.
func TestNextProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := rollout.Observed{State: rollout.Pending, UpdatedAt: noon}
		for range rapid.IntRange(1, 20).Draw(t, "statuses") {
			s := rapid.SampledFrom(rollout.States).Draw(t, "state")
			at := noon.Add(time.Duration(rapid.IntRange(-5, 5).Draw(t, "at")) * time.Second)
			next, moved := rollout.Next(o, s, at)
			if next.UpdatedAt.Before(o.UpdatedAt) || (o.State.Over() && moved && next.State != rollout.Inactive) || moved != (next.State != o.State) {
				t.Fatalf("%+v, then %+v", o, next)
			}
			o = next
		}
	})
}

// A run of statuses with one end arrives in any order: the end is what stands.
func TestEndWinsInAnyOrder(t *testing.T) {
	type status struct {
		s  rollout.State
		at time.Duration
	}
	run := []status{{rollout.Queued, 0}, {rollout.InProgress, 1}, {rollout.Success, 1}}
	rapid.Check(t, func(t *rapid.T) {
		o := rollout.Observed{State: rollout.Pending, UpdatedAt: noon}
		for _, s := range rapid.Permutation(run).Draw(t, "arrival") {
			o, _ = rollout.Next(o, s.s, noon.Add(s.at*time.Second))
		}
		if o.State != rollout.Success {
			t.Fatalf("ends as %s", o.State)
		}
	})
}

func TestStates(t *testing.T) {
	over := map[rollout.State]bool{rollout.Success: true, rollout.Failure: true, rollout.Error: true, rollout.Inactive: true}
	for _, s := range rollout.States {
		if s.Over() != over[s] || !s.Known() {
			t.Errorf("%s: over %v, known %v", s, s.Over(), s.Known())
		}
	}
	if rollout.State("").Known() || len(rollout.States) != 7 {
		t.Error("the states are not the seven of a deployment_status")
	}
}

// A rollout starts when the first status moves it, not when the deployment was created and waited for its approval.
func TestARolloutStartsWhenItMoves(t *testing.T) {
	for _, c := range []struct {
		states []rollout.State // an hour apart, the first an hour after the creation
		want   time.Duration
	}{
		{nil, 0}, {[]rollout.State{rollout.Queued}, 0}, {[]rollout.State{rollout.InProgress, rollout.Success}, time.Hour},
		{[]rollout.State{rollout.Queued, rollout.InProgress, rollout.Success}, 2 * time.Hour}, {[]rollout.State{rollout.Queued, rollout.Failure}, 2 * time.Hour},
		{[]rollout.State{rollout.InProgress, rollout.Success, rollout.Inactive}, time.Hour}, {[]rollout.State{rollout.Inactive}, 0},
	} {
		o := rollout.Observed{State: rollout.Pending, StartedAt: noon}
		for k, s := range c.states {
			o, _ = rollout.Next(o, s, noon.Add(time.Duration(k+1)*time.Hour))
		}
		if got := o.StartedAt.Sub(noon); got != c.want {
			t.Errorf("%v starts after %s, want %s", c.states, got, c.want)
		}
	}
}
