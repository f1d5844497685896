package main

import (
	"context"
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	"signalbox/control"
	"signalbox/release/profile"
	"signalbox/sshserver"
	"signalbox/tui"
)

// screen makes the model of one signed-in session. Its world ends with the session.
func (h *house) screen(s sshserver.Session) (tea.Model, []tea.ProgramOption) {
	if !tui.Opens(s.Words) {
		return nil, nil
	}
	world := h.control.Open(s.Actor, s.Person, control.Caller{From: s.From, End: s.End})
	stay, before := h.memory.Begin(s.Person.ID, clock())
	go func() {
		<-s.Done
		stay.End(clock())
		world.Close()
	}()
	o := tui.Look(s.Term, s.Env)
	o.Stay, o.Before, o.Person = stay, before, wishes(world)
	o.Host = h.control.Host()
	o.Start, o.Width, o.Height, o.Places = s.Words, s.Width, s.Height, h.places()
	return tui.New(world, o), nil
}

// wishes are how the person wants the screens to be: as usual where the store does not answer in time.
func wishes(world *control.Session) profile.Profile {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	p, err := world.Profile(ctx)
	if err != nil {
		return profile.Profile{}
	}
	return p
}

// places are the clocks of the title row: the regions that have a place and a zone, from east to west.
func (h *house) places() []tui.Place {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second) // a store that hangs must not hold the login
	defer cancel()
	regions, err := h.control.Regions(ctx)
	if err != nil {
		return nil // the screen says itself that the store does not answer
	}
	var out []tui.Place
	for _, r := range regions {
		if zone, err := time.LoadLocation(r.Zone); err == nil && r.Zone != "" && r.Place != "" {
			out = append(out, tui.Place{Name: r.Place, Zone: zone})
		}
	}
	now := h.control.Now()
	slices.SortStableFunc(out, func(a, b tui.Place) int {
		_, east := now.In(a.Zone).Zone()
		_, west := now.In(b.Zone).Zone()
		return west - east
	})
	return out
}
