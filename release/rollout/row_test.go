package rollout_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"signalbox/release"
	"signalbox/release/change"
	"signalbox/release/gate"
	"signalbox/release/health"
	"signalbox/release/rollout"
)

func of(v float64) *float64 { return &v }

func TestIDs(t *testing.T) {
	for in, want := range map[string]string{"RO-12": "RO-12", "ro12": "RO-12", " 12 ": "RO-12", "ro-012": "RO-12", "s-RO-12": "s-RO-12", "S-ro12": "s-RO-12"} {
		if got, err := rollout.ParseID(in); err != nil || got != want {
			t.Errorf("%q: %q, %v", in, got, err)
		}
	}
	for _, in := range []string{"", "RO-", "RO-0", "CHG-1", "RO-1x", "-3", "ROTA", "99999999999999999999"} {
		if got, err := rollout.ParseID(in); release.CodeOf(err) != release.Usage {
			t.Errorf("%q: %q, %v", in, got, err)
		}
	}
	for in, want := range map[string]bool{"RO-1": true, "ro7": true, "12": false, "CHG-1": false, "rollout": false, "ro-": false, "s-RO-21": true, "S-ro7": true, "s-21": false} {
		if rollout.IsID(in) != want {
			t.Errorf("%q is an id: %v", in, !want)
		}
	}
}

func TestWhatARolloutLacks(t *testing.T) {
	of := func(s change.State) *change.Change { return &change.Change{ID: "CHG-1", State: s} }
	for _, c := range []struct {
		state rollout.State
		gated bool
		ch    *change.Change
		want  rollout.Lack
	}{
		{rollout.Pending, true, nil, rollout.NoChange}, {rollout.InProgress, true, nil, rollout.NoChange}, {rollout.InProgress, false, nil, ""},
		{rollout.Inactive, true, nil, ""}, {rollout.Pending, true, of(change.Requested), ""}, {rollout.Queued, true, of(change.Authorised), ""},
		{rollout.InProgress, true, of(change.Requested), rollout.NoApproval}, {rollout.Success, true, of(change.Draft), rollout.NoApproval},
		{rollout.InProgress, true, of(change.Authorised), rollout.GateShut}, {rollout.Failure, true, of(change.Cancelled), rollout.Withdrawn},
		{rollout.InProgress, true, of(change.Implementing), ""}, {rollout.Success, true, of(change.Closed), ""}, {rollout.Inactive, true, of(change.Requested), ""},
	} {
		got := rollout.LackOf(rollout.Observed{State: c.state}, c.gated, c.ch)
		if got != c.want {
			t.Errorf("%s of %+v: %q, want %q", c.state, c.ch, got, c.want)
		}
		if (got == "") != (got.Sentence("production", true) == "") {
			t.Errorf("%q has the sentence %q", got, got.Sentence("production", false))
		}
	}
}

func TestTheVersionBefore(t *testing.T) {
	o := rollout.Observed{ID: "RO-9", Version: "1.3", StartedAt: noon, State: rollout.InProgress}
	was := func(id, version string, s rollout.State, ago time.Duration) rollout.Observed {
		return rollout.Observed{ID: id, Version: version, State: s, StartedAt: noon.Add(-ago)}
	}
	latest := []health.Sample{{Version: "1.0", Rate: of(10)}, {Version: "1.3", Rate: of(99)}, {Version: "1.1", Rate: of(20)}, {Version: ""}}
	for _, c := range []struct {
		name    string
		earlier []rollout.Observed
		latest  []health.Sample
		want    string
	}{
		{"the last that succeeded", []rollout.Observed{o, was("RO-8", "1.2", rollout.Failure, time.Hour), was("RO-7", "1.1", rollout.Success, 2*time.Hour), was("RO-6", "1.0", rollout.Success, 3*time.Hour)}, nil, "1.1"},
		{"the last that was replaced", []rollout.Observed{was("RO-8", "1.2", rollout.Inactive, time.Hour), was("RO-7", "1.1", rollout.Inactive, 2*time.Hour)}, nil, "1.2"},
		{"the same version again is not another", []rollout.Observed{was("RO-8", "1.3", rollout.Success, time.Hour)}, nil, ""},
		{"one that began later was not before", []rollout.Observed{was("RO-10", "1.4", rollout.Success, -time.Hour)}, nil, ""},
		{"what monitors tell of", nil, latest, "1.1"},
		{"nothing is known", nil, nil, ""},
	} {
		if got := rollout.Before(o, c.earlier, c.latest); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestRowsAreJudged(t *testing.T) {
	fresh, late, dark := []health.Source{{Name: "prom"}}, []health.Source{{Name: "prom", Late: true}}, []health.Source{{Name: "prom", Dark: true}}
	compared := func(f health.Finding) *health.Comparison {
		return &health.Comparison{Differences: []health.Difference{{Signal: health.ErrorRatio, Finding: f}}}
	}
	going := &change.Change{State: change.Implementing}
	fires := []health.Alert{{Name: "HighErrorRate"}}
	for _, c := range []struct {
		name  string
		state rollout.State
		k     rollout.Known
		want  release.Aspect
		why   string
	}{
		{"nobody measures it", rollout.InProgress, rollout.Known{Gated: true, Change: going}, "", ""},
		{"no worse", rollout.InProgress, rollout.Known{Change: going, Monitors: fresh, Comparison: compared(health.NoWorse)}, release.Go, ""},
		{"too few requests", rollout.InProgress, rollout.Known{Change: going, Monitors: fresh, Comparison: compared(health.TooFew)}, "", ""},
		{"worse", rollout.InProgress, rollout.Known{Change: going, Monitors: fresh, Comparison: compared(health.Worse)}, release.Caution, "more errors"},
		{"late", rollout.InProgress, rollout.Known{Change: going, Monitors: late, Comparison: compared(health.NoWorse)}, release.Caution, "prom late"},
		{"dark, whatever it said last", rollout.InProgress, rollout.Known{Change: going, Monitors: dark, Comparison: compared(health.Worse)}, release.Dark, "prom dark"},
		{"an alert is worse than dark", rollout.InProgress, rollout.Known{Change: going, Monitors: dark, Firing: fires}, release.Stop, "HighErrorRate"},
		{"a warning wants a person", rollout.InProgress, rollout.Known{Change: going, Monitors: fresh, Firing: []health.Alert{{Name: "Slow", Severity: "warning"}}}, release.Caution, "Slow"},
		{"the strongest alert counts", rollout.InProgress, rollout.Known{Change: going, Firing: []health.Alert{{Name: "Slow", Severity: "warning"}, {Name: "Down", Severity: "page"}}}, release.Stop, "Down"},
		{"without a change", rollout.InProgress, rollout.Known{Gated: true, Monitors: fresh}, release.Caution, "no change"},
		{"without approval", rollout.InProgress, rollout.Known{Gated: true, Change: &change.Change{State: change.Requested}}, release.Stop, "not approved"},
		{"past the gate, and over", rollout.Success, rollout.Known{Gated: true, Change: &change.Change{State: change.Authorised}}, release.Stop, "gate shut"},
		{"it waits", rollout.Pending, rollout.Known{Change: &change.Change{State: change.Requested}, Monitors: dark}, release.Planned, ""},
		{"done", rollout.Success, rollout.Known{Change: &change.Change{State: change.Closed}, Firing: fires}, release.Go, ""},
		{"failed", rollout.Failure, rollout.Known{}, release.Stop, "failed"},
		{"replaced", rollout.Inactive, rollout.Known{}, "", ""},
	} {
		r := rollout.NewRow(rollout.Observed{State: c.state}, c.k)
		if r.Aspect != c.want || r.Why != c.why {
			t.Errorf("%s: %q %q, want %q %q", c.name, r.Aspect, r.Why, c.want, c.why)
		}
	}
}

func TestWorstFirst(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		aspects := []release.Aspect{release.Stop, release.Dark, release.Caution, release.Planned, release.Go, ""}
		rows := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) rollout.Row {
			return rollout.Row{Observed: rollout.Observed{ID: rollout.ID(rapid.Int64Range(1, 99).Draw(t, "id")), StartedAt: noon.Add(time.Duration(rapid.IntRange(0, 3).Draw(t, "at")) * time.Hour)},
				Aspect: rapid.SampledFrom(aspects).Draw(t, "aspect"), Lack: rapid.SampledFrom([]rollout.Lack{"", rollout.NoChange}).Draw(t, "lack")}
		}), 0, 12).Draw(t, "rows")
		rollout.WorstFirst(rows)
		for k := 1; k < len(rows); k++ {
			a, b := rows[k-1], rows[k]
			if b.Aspect.Worse(a.Aspect) {
				t.Fatalf("%s stands after %s", b.Aspect, a.Aspect)
			}
			if !a.Aspect.Worse(b.Aspect) && a.Lack == "" && b.Lack != "" {
				t.Fatalf("what lacks something stands after what does not: %+v %+v", a, b)
			}
		}
	})
}

func TestWaiting(t *testing.T) {
	i := &change.Item{Change: change.Change{ID: "CHG-7", Service: "search", State: change.Authorised}, Approval: change.Approval{GrantUntil: noon.Add(time.Hour)}}
	open, shut := rollout.NewWaiting(i, gate.Answer{Verdict: gate.Pass}), rollout.NewWaiting(i, gate.Answer{Verdict: gate.Block})
	if open.Aspect != release.Planned || shut.Aspect != release.Stop || !open.Until.Equal(noon.Add(time.Hour)) {
		t.Errorf("%+v, %+v", open, shut)
	}
	soon := open
	soon.Change, soon.Until = "CHG-10", noon.Add(time.Minute)
	l := rollout.List{Waiting: []rollout.Waiting{open, soon, shut}}
	l.Sort()
	if l.Waiting[0].Aspect != release.Stop || l.Waiting[1].Change != "CHG-10" || l.Next().Change != "CHG-10" {
		t.Errorf("%+v", l.Waiting)
	}
}

func TestPlot(t *testing.T) {
	s := rollout.Sheet{SeriesFrom: noon.Add(-10 * time.Minute), SeriesTo: noon}
	for n, v := range []float64{9, 1, 2, 8, 3} {
		s.Series = append(s.Series, health.Sample{Version: "a", At: noon.Add(time.Duration(n-4) * 2 * time.Minute), Step: 2 * time.Minute, Errors: of(v)})
	}
	s.Series = append(s.Series, health.Sample{Version: "b", At: noon, Step: time.Minute, Errors: of(100)}, health.Sample{Version: "a", At: noon.Add(-time.Hour), Errors: of(100)})
	at := func(n int) (out []float64) {
		for _, v := range s.Plot("a", health.ErrorRatio, n) {
			if v == nil {
				out = append(out, -1)
				continue
			}
			out = append(out, *v)
		}
		return out
	}
	for _, c := range []struct {
		n    int
		want []float64
	}{{5, []float64{9, 1, 2, 8, 3}}, {10, []float64{9, 9, 1, 1, 2, 2, 8, 8, 3, 3}}, {1, []float64{9}}, {0, nil}} {
		got := at(c.n)
		for k := range c.want {
			if len(got) != len(c.want) || got[k] != c.want[k] {
				t.Errorf("%d cells: %v, want %v", c.n, got, c.want)
				break
			}
		}
	}
	s.Series = s.Series[:2]
	if got := at(5); got[1] != 1 || got[2] != -1 || got[4] != -1 {
		t.Errorf("what was lost: %v", got)
	}
}
