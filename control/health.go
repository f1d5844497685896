package control

import (
	"context"
	"time"

	"signalbox/release/feed"
	"signalbox/release/health"
	"signalbox/release/port"
)

// pictureAge is how old a version's newest sample may be to be shown: what has long gone is history.
const pictureAge = time.Hour

// health is what monitors say of a service now; nil where none has told of it.
func (c *Control) health(ctx context.Context, r port.Reader, l *loaded, service, environment string, at time.Time) (*health.Picture, error) {
	p := &health.Picture{Samples: []health.Sample{}, Alerts: []health.Alert{}, Sources: []health.Source{}}
	since := at.Add(-pictureAge)
	for _, f := range l.feeds {
		if !monitors[f.Type] || !l.resting[service][f.Name] {
			continue
		}
		aspect := f.Aspect(at, c.wired().since)
		p.Sources = append(p.Sources, health.Source{Name: f.Name, Good: f.LastGood, Promise: f.ExpectEvery, Dark: aspect == feed.Dark, Late: aspect == feed.Late})
		if aspect == feed.Dark && f.LastGood.Before(at) { // the last known numbers stay, drawn as such
			since = earlier(since, f.LastGood.Add(-pictureAge))
		}
	}
	var err error
	if p.Samples, err = r.LatestSamples(ctx, port.Slot{Service: service, Environment: environment}, since); err != nil {
		return nil, err
	}
	alerts, err := r.Alerts(ctx, service)
	if err != nil {
		return nil, err
	}
	for _, a := range alerts {
		if a.Environment == "" || a.Environment == environment {
			p.Alerts = append(p.Alerts, a)
		}
	}
	if len(p.Samples)+len(p.Alerts)+len(p.Sources) == 0 {
		return nil, nil
	}
	return p, nil
}

// monitors are the types of feeds that tell of health.
var monitors = map[string]bool{"prometheus": true, "alertmanager": true}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}
