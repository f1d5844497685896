package tui

import (
	"context"

	"signalbox/release"
	"signalbox/release/access"
	"signalbox/release/calendar"
	"signalbox/release/catalog"
	"signalbox/release/conflict"
	"signalbox/release/feed"
	"signalbox/release/names"
	"signalbox/release/verb"
)

// Names are the services of what waits, two people, a freeze and a dead letter.
func (h *house) Names(context.Context) (*names.Names, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	var f catalog.Facts
	for _, i := range h.items {
		f.Services = append(f.Services, catalog.Service{ID: i.Change.Service, Team: "team-" + i.Change.Service[:1]})
	}
	return names.New(catalog.New(f, 1, h.now), []access.Person{person("p.lind"), person("j.ruiz")},
		[]calendar.Freeze{{ID: "FRZ-3", Kind: calendar.HardFreeze, Scope: "region:emea", Reason: "peak weekend",
			Interval: calendar.Interval{From: noon.Add(-1), To: noon.AddDate(0, 0, 2)}}},
		[]feed.Letter{{ID: "DL-7", Feed: "github", Event: "push", Reason: "no service has this repository", At: noon}}, h.now), nil
}

// setProfile is what control does with profile set. mu is held.
func (h *house) setProfile(c verb.Call) (verb.Answer, error) {
	p, err := h.profile.With(c.Arg(0), c.Arg(1))
	if err != nil {
		return verb.Answer{}, err
	}
	h.profile = p
	return verb.Answer{Lines: []string{"done"}, Value: p}, nil
}

// Conflicts is nothing: the house has no schedules.
func (h *house) Conflicts(context.Context) (*conflict.Docket, error) {
	return &conflict.Docket{AsOf: h.Now()}, nil
}

func (h *house) Conflict(_ context.Context, id string) (*conflict.Brief, error) {
	return nil, release.Errorf(release.NotFound, "there is no conflict %s", id)
}
