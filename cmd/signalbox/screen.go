package main

import (
	"context"
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	"signalbox/control"
	"signalbox/sshserver"
	"signalbox/tui"
)

// screen makes the model of one signed-in session. Its world ends with the session.
func (h *house) screen(s sshserver.Session) (tea.Model, []tea.ProgramOption) {
	if !tui.Opens(s.Words) {
		return nil, nil
	}
	world := h.control.Open(s.Actor, s.Person, control.Caller{From: s.From, End: s.End})
	go func() {
		<-s.Done
		world.Close()
	}()
	o := tui.Look(s.Term, s.Env)
	o.Host = h.control.Host()
	o.Start, o.Width, o.Height, o.Places = s.Words, s.Width, s.Height, h.places()
	return tui.New(world, o), nil
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
