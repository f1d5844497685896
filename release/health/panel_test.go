package health_test

import (
	"strings"
	"testing"
	"time"

	"signalbox/release"
	"signalbox/release/health"
)

func TestVersions(t *testing.T) {
	old := at(-time.Hour, health.Sample{Version: "46.4", Rate: of(50), Errors: of(0), P99: of(0.4)})
	base := at(0, health.Sample{Version: "47.0", Rate: of(90), Errors: of(0.0011), P99: of(0.412)})
	next := at(-time.Minute, health.Sample{Version: "47.1", Rate: of(10), Errors: of(0.019), P99: of(0.455)})
	got := health.Versions([]health.Sample{old, next, base})
	if len(got) != 2 || got[0].Version != "47.0" || !got[0].Base || got[0].MoreErrors != nil || got[1].Version != "47.1" || got[1].Base {
		t.Fatalf("%+v", got)
	}
	if !near(*got[0].Share, 0.9) || !near(*got[1].Share, 0.1) || !near(*got[1].MoreErrors, 0.0179) || !near(*got[1].MoreP99, 0.043) || got[1].MoreP50 != nil {
		t.Errorf("%+v", got)
	}
	rate, errors, p99 := health.Together(got)
	if !near(*rate, 100) || !near(*errors, 0.9*0.0011+0.1*0.019) || !near(*p99, 0.455) {
		t.Errorf("together %g, %g, %g", *rate, *errors, *p99)
	}
	next.Rate = nil
	if got := health.Versions([]health.Sample{next, base}); got[0].Share != nil || got[1].Share != nil {
		t.Errorf("a share of what is not known: %+v", got)
	}
	if rate, errors, _ := health.Together(health.Versions([]health.Sample{next, base})); rate != nil || errors != nil {
		t.Error("a sum of what is not known")
	}
}

func TestSort(t *testing.T) {
	line := func(name string, v health.Verdict, gone time.Duration) health.Line {
		l := health.Line{ID: name, Service: name, Verdict: v, State: &health.State{}}
		if gone > 0 {
			l.State.Gone = &gone
		}
		return l
	}
	lines := []health.Line{{ID: "zz", Service: "a"}, {ID: "aa", Service: "aa"}, {ID: "rings", Service: "b", Alerts: []health.Alert{{ID: "1"}}}, line("ok", health.Healthy, 0), line("soon", health.Ticket, time.Hour), line("late", health.Ticket, day),
		line("unknown", health.Unknown, 0), line("page", health.Page, 3*day), line("dark", health.Dark, time.Minute), line("watched", health.Watch, day)}
	health.Sort(lines)
	var got []string
	for _, l := range lines {
		got = append(got, l.ID)
	}
	if s := strings.Join(got, " "); s != "page rings soon late watched dark ok unknown zz aa" {
		t.Error(s)
	}
}

// A line is as bad as the worst of its verdict, its alerts and its monitors.
func TestAspect(t *testing.T) {
	page, warn := []health.Alert{{Severity: "page"}}, []health.Alert{{Severity: "warning"}}
	late, dark := []health.Source{{Late: true}}, []health.Source{{Dark: true}}
	for _, c := range []struct {
		l    health.Line
		want release.Aspect
		word string
	}{
		{health.Line{Verdict: health.Watch, Alerts: page}, release.Stop, "alert"}, {health.Line{Verdict: health.Healthy, Alerts: warn}, release.Caution, "alert"},
		{health.Line{Verdict: health.Watch, Alerts: warn}, release.Caution, "watch"}, {health.Line{Verdict: health.Unknown, Alerts: warn}, release.Caution, "alert"},
		{health.Line{Verdict: health.Healthy, Sources: late}, release.Caution, "late"}, {health.Line{Sources: late}, release.Caution, "late"},
		{health.Line{Verdict: health.Dark, Sources: dark, Alerts: page}, release.Stop, "alert"}, {health.Line{Verdict: health.Dark, Sources: dark, Alerts: warn}, release.Dark, "dark"},
		{health.Line{Verdict: health.Healthy}, release.Go, "go"}, {health.Line{}, release.Go, ""}, {health.Line{Verdict: health.Unknown}, release.Dark, "unknown"},
	} {
		if a, w := c.l.Aspect(), c.l.Word(); a != c.want || w != c.word {
			t.Errorf("%+v: %s %q, want %s %q", c.l, a, w, c.want, c.word)
		}
	}
}

func TestSettle(t *testing.T) {
	fresh, dark := health.Source{Name: "a"}, health.Source{Name: "b", Dark: true}
	for _, c := range []struct {
		sources []health.Source
		state   health.Verdict
		want    health.Verdict
	}{{[]health.Source{fresh}, health.Page, health.Page}, {[]health.Source{dark}, health.Page, health.Dark}, {[]health.Source{fresh, dark}, health.Healthy, health.Healthy},
		{nil, health.Unknown, health.Unknown}} {
		l := health.Line{State: &health.State{Verdict: c.state}, Sources: c.sources}
		if l.Settle(); l.Verdict != c.want {
			t.Errorf("%v: %s", c, l.Verdict)
		}
	}
}

func TestBurning(t *testing.T) {
	o := objective(0.999, 30*day)
	samples := steady(2*time.Hour, time.Minute, 10, 0.02)
	s := health.Burning(o, health.NewTrack(o, samples), 6*time.Hour, noon)
	if len(s.Points) == 0 || !s.Points[len(s.Points)-1].At.Equal(noon) || s.Page != 14.4 || !near(s.Ticket, 6) {
		t.Fatalf("%d points, page %g, ticket %g", len(s.Points), s.Page, s.Ticket)
	}
	if s.Bands != nil {
		t.Error("bands of nothing")
	}
	for _, p := range s.Points {
		known := p.At.After(noon.Add(-90 * time.Minute))
		if early := p.At.Before(noon.Add(-91 * time.Minute)); known && p.Burn == nil || early && p.Burn != nil {
			t.Fatalf("at %s: %v", p.At, p.Burn)
		}
		if p.Burn != nil && !near(*p.Burn, 20) {
			t.Fatalf("at %s: %g", p.At, *p.Burn)
		}
	}
	later := health.Burning(o, health.NewTrack(o, samples), 6*time.Hour, noon.Add(2*time.Hour))
	if last := later.Points[len(later.Points)-1]; last.Burn != nil {
		t.Fatal("the chart goes on while nothing is measured")
	}
}

func TestBanded(t *testing.T) {
	list := []health.Sample{at(-5*time.Hour, health.Sample{Version: "a", Step: time.Hour, Rate: of(2), Errors: of(0), P99: of(1), N: 1})}
	for d := -9 * time.Minute; d <= 0; d += time.Minute {
		list = append(list, at(d, health.Sample{Version: "a", Step: time.Minute, Rate: of(9), Errors: of(0), P99: of(0.4), N: 1}),
			at(d, health.Sample{Version: "b", Step: time.Minute, Rate: of(1), Errors: of(0.5), P99: of(0.6), N: 1}))
	}
	got := health.Banded(list, 6*time.Hour, noon)
	last := got[len(got)-1]
	if !last.At.Equal(noon) || !near(*last.Rate, 10) || !near(*last.Errors, 0.05) || *last.P99 != 0.6 || last.P50 != nil {
		t.Errorf("the last band: %+v", last)
	}
	known := 0
	for _, b := range got {
		if b.Rate != nil {
			known++
		}
	}
	if known != 12+2 || !near(*got[0].Rate, 2) {
		t.Errorf("%d bands are known: %+v", known, got[0])
	}
}
