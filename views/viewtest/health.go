package viewtest

import (
	"context"
	"time"

	"pgregory.net/rapid"

	"signalbox/release"
	"signalbox/release/feed"
	"signalbox/release/health"
)

// Monitored is what is stored about the health of one service.
type Monitored struct {
	Objective *health.Objective // nil: none
	Service   string
	Tier      int
	By        []string // the monitors that measure it
	Samples   []health.Sample
	Alerts    []health.Alert
	Rollouts  []health.Marker
}

// Vital is what is stored about the health of the company.
type Vital struct {
	Services []Monitored
	Monitors []feed.Status
	Unplaced []health.Objective
}

// Health is the panel of health, judged from what is stored as control does it.
func (c *Company) Health(context.Context) (*health.Panel, error) {
	if c.Down != nil {
		return nil, c.Down
	}
	p := &health.Panel{AsOf: c.At, Unplaced: c.Vital.Unplaced}
	for _, f := range c.Vital.Monitors {
		p.Monitors = append(p.Monitors, c.source(f))
	}
	for _, m := range c.Vital.Services {
		l := health.Line{ID: m.Service, Service: m.Service, Environment: "production", Tier: m.Tier, Alerts: m.Alerts, Rollouts: m.Rollouts, Versions: health.Versions(newest(m.Samples))}
		for _, f := range c.Vital.Monitors {
			for _, name := range m.By {
				if f.Name == name {
					l.Sources = append(l.Sources, c.source(f))
				}
			}
		}
		if m.Objective != nil {
			track := health.NewTrack(*m.Objective, m.Samples)
			s := health.Judge(*m.Objective, track, l.JudgedAt(track, c.At))
			l.Objective, l.State = m.Objective, &s
			l.Settle()
		}
		p.Lines = append(p.Lines, l)
	}
	health.Sort(p.Lines)
	return p, nil
}

func (c *Company) source(f feed.Status) health.Source {
	a := f.Aspect(c.At, since)
	return health.Source{Name: f.Name, Good: f.LastGood, Promise: f.ExpectEvery, Dark: a == feed.Dark, Late: a == feed.Late}
}

// newest are the newest samples of each version.
func newest(list []health.Sample) []health.Sample {
	var out []health.Sample
	place := map[string]int{}
	for _, s := range list {
		k, ok := place[s.Version]
		if !ok {
			k = len(out)
			place[s.Version] = k
			out = append(out, s)
		}
		out[k] = s
	}
	return out
}

// Burning is the chart of a service.
func (c *Company) Burning(_ context.Context, line string, span time.Duration) (*health.Series, error) {
	if c.Down != nil {
		return nil, c.Down
	}
	m := c.Monitored(line)
	if m == nil {
		return nil, release.Errorf(release.NotFound, "nothing is known of the health of %s", line)
	}
	s := health.Series{Span: span, Until: c.At}
	if m.Objective != nil {
		s = health.Burning(*m.Objective, health.NewTrack(*m.Objective, m.Samples), span, c.At)
	}
	s.Line, s.Bands = line, health.Banded(m.Samples, span, c.At)
	return &s, nil
}

// Monitored is what is stored about one service, nil for nothing.
func (c *Company) Monitored(service string) *Monitored {
	for k := range c.Vital.Services {
		if c.Vital.Services[k].Service == service {
			return &c.Vital.Services[k]
		}
	}
	return nil
}

// Measured is the company with a monitor and objectives: one that pages, a ticket, one to watch, three as they
// should be, one whose monitor is silent, and a service that promises nothing.
func Measured() *Company {
	c := Quiet()
	ago := func(d time.Duration) time.Time { return Noon.Add(-d) }
	c.Vital.Monitors = []feed.Status{
		{Name: "prom", Type: "prometheus", Kind: feed.Pull, ExpectEvery: 15 * time.Second, LastGood: ago(4 * time.Second)},
		{Name: "prom-mail", Type: "prometheus", Kind: feed.Pull, ExpectEvery: 15 * time.Second, LastGood: ago(3*time.Minute + 10*time.Second)},
		{Name: "slo", Type: "openslo", Kind: feed.Pull, ExpectEvery: 5 * time.Minute, LastGood: ago(2 * time.Minute)},
	}
	add := func(service string, tier int, target, left, h1, h6, d3 float64) *Monitored {
		o := &health.Objective{ID: service + "-availability", Source: "slo", Service: service, Environment: "production", Target: target, Window: 30 * 24 * time.Hour,
			Indicator: health.Availability, Method: health.Occurrences, From: "commerce.yaml:12"}
		c.Vital.Services = append(c.Vital.Services, Monitored{Objective: o, Service: service, Tier: tier, By: []string{"prom"}, Samples: burnt(service, 1-target, left, h1, h6, d3)})
		return &c.Vital.Services[len(c.Vital.Services)-1]
	}
	m := add("checkout-web", 1, 0.999, 0.18, 15.1, 3.1, 0.9)
	m.Samples = canary(m.Samples, "2026.47.0", "2026.47.1", 0.1, 0.0011)
	m.Rollouts = []health.Marker{{ID: "RO-730", Version: "2026.46.4", State: "success", At: ago(9 * 24 * time.Hour)}, {ID: "RO-729", Version: "2026.47.0", State: "success", At: ago(26 * time.Hour)},
		{ID: "RO-734", Version: "2026.47.1", State: "in_progress", At: ago(62 * time.Minute)}}
	m.Alerts = []health.Alert{{Connector: "alerts", ID: "a1", Name: "HighErrorRate", Service: "checkout-web", Severity: "page", Summary: "5xx ratio 14.1% on 2026.47.1", State: health.Firing, StartsAt: ago(3 * time.Minute)},
		{Connector: "alerts", ID: "a2", Name: "SlowCheckout", Service: "checkout-web", Severity: "warning", Summary: "p99 455ms", State: health.Firing, StartsAt: ago(12 * time.Minute)}}
	add("payments-api", 1, 0.9995, 0.61, 2.1, 1.8, 1.2)
	add("fraud-score", 2, 0.999, 0.70, 1.4, 1.1, 0.98)
	add("identity", 0, 0.9999, 0.89, 0.6, 0.5, 0.6)
	add("ledger-db", 1, 0.9999, 0.93, 0.4, 0.4, 0.5)
	add("orders", 1, 0.995, 0.95, 0.3, 0.4, 0.4)
	m = add("notify-svc", 3, 0.99, 0.80, 0.2, 0.2, 0.2)
	m.By = []string{"prom-mail"}
	for len(m.Samples) > 0 && m.Samples[len(m.Samples)-1].At.After(ago(3*time.Minute)) {
		m.Samples = m.Samples[:len(m.Samples)-1]
	}
	m.Alerts = []health.Alert{{Connector: "alerts", ID: "a3", Name: "QueueGrows", Service: "notify-svc", Severity: "warning", State: health.Firing, StartsAt: ago(13*time.Hour + 24*time.Minute)}}
	rate, errors, p99 := 3.2, 0.0052, 0.18
	c.Vital.Services = append(c.Vital.Services, Monitored{Service: "search", Tier: 3, By: []string{"prom"},
		Samples: []health.Sample{{Service: "search", Environment: "production", Version: "7.1.0", At: ago(4 * time.Second), Step: 15 * time.Second, Rate: &rate, Errors: &errors, P99: &p99, N: 1}}})
	return c
}

// burnt are a month of samples of a service whose budget is the share, of which a part is left, and which has
// burnt at these rates over the last 1 h, 6 h and 3 d.
func burnt(service string, budget, left, h1, h6, d3 float64) []health.Sample {
	month := 720.0
	six, days, rest := (6*h6-h1)/5, (72*d3-6*h6)/66, ((1-left)*month-72*d3)/(month-72)
	var out []health.Sample
	add := func(from, to, step time.Duration, burn float64) {
		for d := -from + step; d <= -to; d += step {
			rate, errors, p50, p99 := 120.0, max(burn, 0)*budget, 0.09, 0.412
			out = append(out, health.Sample{Service: service, Environment: "production", Version: "2026.47.0", At: Noon.Add(d), Step: step,
				Rate: &rate, Errors: &errors, P50: &p50, P99: &p99, N: 1})
		}
	}
	add(720*time.Hour, 72*time.Hour, time.Hour, rest)
	add(72*time.Hour, 6*time.Hour, 5*time.Minute, days)
	add(6*time.Hour, time.Hour, 5*time.Minute, six)
	add(time.Hour, 0, time.Minute, h1)
	return out
}

// canary splits the last hour of samples among two versions, of which the new one has a share of the requests
// and the old one fails at a ratio; together they fail as before.
func canary(list []health.Sample, old, next string, share, ratio float64) []health.Sample {
	var out []health.Sample
	for _, s := range list {
		if s.Step > time.Minute {
			out = append(out, s)
			continue
		}
		a, b := s, s
		a.Version, b.Version = old, next
		rate, more, p50, p99 := *s.Rate*(1-share), *s.Rate*share, 0.098, 0.455
		worse := (*s.Errors - ratio*(1-share)) / share
		a.Rate, a.Errors = &rate, &ratio
		b.Rate, b.Errors, b.P50, b.P99 = &more, &worse, &p50, &p99
		out = append(out, a, b)
	}
	return out
}

// SpoilHealth replaces the texts and numbers of what is stored about health by hostile ones.
func (c *Company) SpoilHealth(t *rapid.T) {
	text := Hostile()
	for k := range c.Vital.Services {
		m := &c.Vital.Services[k]
		if rapid.Bool().Draw(t, "renamed") {
			m.Service = text.Draw(t, "service") + string(rune('a'+k))
		}
		m.Samples = append([]health.Sample(nil), m.Samples[len(m.Samples)-min(len(m.Samples), 40):]...)
		for n := range m.Samples {
			s := &m.Samples[n]
			if n%9 == 0 {
				rate := rapid.SampledFrom([]float64{0, 1e-9, 1, 1e15}).Draw(t, "rate")
				errors := rapid.SampledFrom([]float64{0, 0.5, 1, 77, -1}).Draw(t, "errors")
				s.Rate, s.Errors, s.Version = &rate, &errors, text.Draw(t, "version")
			}
		}
		m.Alerts = append([]health.Alert(nil), m.Alerts...)
		for n := range m.Alerts {
			m.Alerts[n].Name, m.Alerts[n].Summary, m.Alerts[n].Service = text.Draw(t, "alert"), text.Draw(t, "summary"), text.Draw(t, "of")
		}
		m.Rollouts = append([]health.Marker(nil), m.Rollouts...)
		for n := range m.Rollouts {
			m.Rollouts[n].ID, m.Rollouts[n].Version = text.Draw(t, "rollout"), text.Draw(t, "rolled")
		}
		if m.Objective != nil {
			o := *m.Objective
			o.Title, o.From = text.Draw(t, "title"), text.Draw(t, "from")
			o.Target = rapid.SampledFrom([]float64{0.5, 0.999999999, 0.0001}).Draw(t, "target")
			o.Window = rapid.SampledFrom([]time.Duration{24 * time.Hour, 7 * 24 * time.Hour, health.MostWindow}).Draw(t, "window")
			m.Objective = &o
		}
	}
	c.Vital.Monitors = append([]feed.Status(nil), c.Vital.Monitors...)
	for k := range c.Vital.Monitors {
		if rapid.Bool().Draw(t, "monitor renamed") {
			c.Vital.Monitors[k].Name = text.Draw(t, "monitor")
		}
	}
	if rapid.Bool().Draw(t, "lost") {
		c.Vital.Unplaced = []health.Objective{{ID: "x", Service: text.Draw(t, "unplaced")}}
	}
	for n := rapid.IntRange(0, 30).Draw(t, "more services"); n > 0 && len(c.Vital.Services) > 0; n-- {
		m := c.Vital.Services[n%8]
		m.Service += string(rune('A' + n))
		c.Vital.Services = append(c.Vital.Services, m)
	}
}
