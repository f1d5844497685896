package control_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"signalbox/control"
	"signalbox/release"
	"signalbox/release/catalog"
	"signalbox/release/fact"
	"signalbox/release/feed"
	"signalbox/release/health"
	"signalbox/release/port"
	"signalbox/release/verb"
)

const day = 24 * time.Hour

// monitored is a house with a monitor, objectives, and a month of what was measured of checkout.
type monitored struct {
	*house
	prom, slo *source
}

func watched(t *testing.T) *monitored {
	t.Helper()
	m := &monitored{prom: &source{name: "prom"}, slo: &source{name: "slo"}}
	m.house, _ = outside(t, nil, nil)
	if err := m.Rewire(context.Background(), control.Wiring{Environments: catalog.DefaultEnvironments(), Pullers: []port.Puller{m.prom, m.slo}, Feeds: []feed.Status{
		{Name: "prom", Type: "prometheus", Kind: feed.Pull, ExpectEvery: 15 * time.Second}, {Name: "slo", Type: "openslo", Kind: feed.Pull, ExpectEvery: 5 * time.Minute}}}); err != nil {
		t.Fatal(err)
	}
	return m
}

// measure has the monitor tell of a time that ends now, a sample each step.
func (m *monitored) measure(service, version string, length, step time.Duration, rate, errors float64) {
	m.t.Helper()
	var list []health.Sample
	for at := m.now().Add(-length + step); !at.After(m.now()); at = at.Add(step) {
		list = append(list, health.Sample{Service: service, Environment: "prod", Version: version, At: at, Step: step, Rate: number(rate), Errors: number(errors), P99: number(0.2), N: 1})
	}
	m.tell(m.prom, port.Pulled{Facts: []fact.Fact{fact.Measured{Samples: list}}, Read: len(list)})
}

func (m *monitored) tell(s *source, p port.Pulled) {
	m.t.Helper()
	p.Cursor = fmt.Sprint(len(s.asked))
	s.say(p, nil)
	m.PullOnce(context.Background(), s)
}

func (m *monitored) promise(list ...health.Objective) {
	m.t.Helper()
	m.tell(m.slo, port.Pulled{Facts: []fact.Fact{fact.ObjectivesSeen{Source: "slo", Objectives: list}}, Read: len(list)})
}

func (m *monitored) health() *health.Panel {
	m.t.Helper()
	p, err := m.Health(context.Background())
	if err != nil {
		m.t.Fatal(err)
	}
	return p
}

func promised(service string, target float64) health.Objective {
	return health.Objective{ID: service + "-up", Service: service, Environment: "prod", Target: target, Window: 30 * day, Indicator: health.Availability,
		Method: health.Occurrences, From: "slo.yaml:1"}
}

func TestHealthFromWhatIsStored(t *testing.T) {
	m := watched(t)
	ctx := context.Background()
	if p := m.health(); len(p.Lines) != 0 || len(p.Monitors) != 2 {
		t.Fatalf("nothing is known: %+v", p)
	}
	m.promise(promised("Checkout", 0.999), promised("ghost", 0.99))
	p := m.health()
	if len(p.Lines) != 1 || p.Lines[0].ID != "checkout" || p.Lines[0].Environment != "production" || p.Lines[0].Verdict != health.Unknown ||
		p.Lines[0].Why != "no monitor measures it in production" || len(p.Unplaced) != 1 || p.Unplaced[0].Service != "ghost" {
		t.Fatalf("an objective that nobody measures: %+v", p)
	}
	if l := m.line("slo"); !strings.Contains(l.Log[0].Text, "no service of the catalog has this name") || l.Resting != "1 service" {
		t.Errorf("the feed says %+v, %q", l.Log, l.Resting)
	}
	m.measure("checkout", "1.0.0", 30*day, time.Hour, 20, 0) // told of what was before
	m.pass(15 * time.Second)
	m.measure("checkout", "1.0.0", 15*time.Second, 15*time.Second, 20, 0)
	l := m.health().Lines[0]
	if l.Verdict != health.Healthy || l.State.Left == nil || *l.State.Left != 1 || l.State.Coverage < 0.99 || len(l.Versions) != 1 || len(l.Sources) != 1 {
		t.Fatalf("a quiet month: %+v, %+v", l, l.State)
	}
	// An hour in which one of fifty fails: 20 times the budget.
	for range 60 {
		m.pass(time.Minute)
		m.measure("checkout", "1.0.0", time.Minute, 15*time.Second, 20, 0.02)
	}
	l = m.health().Lines[0]
	if r := l.State.Rate(time.Hour); l.Verdict != health.Page || r.Burn < 19 || r.Burn > 21 || l.State.Gone == nil {
		t.Fatalf("an hour that burns: %s, %+v", l.Verdict, l.State)
	}
	if want := 1 - 20.0/720; *l.State.Left < want-0.002 || *l.State.Left > want+0.002 {
		t.Errorf("%g of the budget is left, want %g", *l.State.Left, want)
	}
	s, err := m.Burning(ctx, "checkout", 6*time.Hour)
	if err != nil || s.Page != 14.4 || len(s.Points) == 0 || *s.Points[len(s.Points)-1].Burn < 19 {
		t.Errorf("the chart: %+v, %v", s, err)
	}
	if b := s.Bands[len(s.Bands)-1]; int(*b.Rate+0.5) != 20 || int(*b.Errors*1000+0.5) != 20 || *b.P99 != 0.2 {
		t.Errorf("the last band: %g req/s, errors %g, p99 %g", *b.Rate, *b.Errors, *b.P99)
	}
	if _, err := m.Burning(ctx, "search", 6*time.Hour); release.CodeOf(err) != release.NotFound {
		t.Errorf("the chart of what nobody measures: %v", err)
	}
	if _, err := m.Burning(ctx, "checkout", time.Minute); release.CodeOf(err) != release.Usage {
		t.Errorf("a chart of a minute: %v", err)
	}
	// The monitor falls silent: what rests on it is dark, and its numbers are no verdict.
	m.pass(46 * time.Second)
	if l = m.health().Lines[0]; l.Verdict != health.Dark || !l.Dark() {
		t.Errorf("a silent monitor: %+v", l)
	}
	// The configuration drops the objectives: they are gone.
	if err := m.Rewire(ctx, control.Wiring{Environments: catalog.DefaultEnvironments(), Pullers: []port.Puller{m.prom},
		Feeds: []feed.Status{{Name: "prom", Type: "prometheus", Kind: feed.Pull, ExpectEvery: 15 * time.Second}}}); err != nil {
		t.Fatal(err)
	}
	if p := m.health(); len(p.Lines) != 1 || p.Lines[0].Objective != nil {
		t.Errorf("an objective outlives its connector: %+v", p.Lines)
	}
}

func TestHealthInWords(t *testing.T) {
	m := watched(t)
	m.promise(promised("checkout", 0.999))
	m.measure("checkout", "1.0.0", 2*day, time.Hour, 90, 0)
	m.pass(15 * time.Second)
	m.measure("search", "7.0.0", 15*time.Second, 15*time.Second, 3, 0.005)
	m.pass(15 * time.Second)
	var list []health.Sample
	for version, s := range map[string]health.Sample{"1.0.0": {Rate: number(90), Errors: number(0.0011), P99: number(0.412)}, "1.1.0": {Rate: number(10), Errors: number(0.019), P99: number(0.455)}} {
		s.Service, s.Environment, s.Version, s.At, s.Step, s.N = "checkout", "production", version, m.now(), 15*time.Second, 1
		list = append(list, s)
	}
	m.tell(m.prom, port.Pulled{Facts: []fact.Fact{fact.Measured{Samples: list}}, Read: 2})
	say := func(args ...string) (string, verb.Answer) {
		a, err := m.as("vic", "health", args)
		if err != nil {
			t.Fatal(err)
		}
		return strings.Join(a.Lines, "\n"), a
	}
	text, a := say()
	for _, want := range []string{"checkout", "99.9%", "UNKNOWN", "search", "no objective", "3.0 req/s, errors 0.50%, p99 200ms"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
	if a.Value == nil {
		t.Error("no JSON")
	}
	text, _ = say("checkout")
	for _, want := range []string{"objective checkout-up: 99.9% over 30d, requests that do not fail, by Occurrences, from slo.yaml:1", "samples cover 7% of the window; 50% are needed",
		"version 1.0.0: 90% of requests, errors 0.11%, p99 412ms, 0s ago, the base", "version 1.1.0: 10% of requests, errors 1.90%, p99 455ms, 0s ago, against the base errors +1.79 points, p99 +43ms"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
	if _, err := m.as("vic", "health", []string{"nobody"}); release.CodeOf(err) != release.NotFound {
		t.Errorf("a service that nobody knows: %v", err)
	}
}
