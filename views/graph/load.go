package graph

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"

	"signalbox/release/topology"
	"signalbox/views"
)

// patience bounds one reading: a store that does not answer must not hold a command for ever.
const patience = 15 * time.Second

// mapRead is the answer to one reading of the graph.
type mapRead struct {
	desk *desk
	seq  int
	m    *topology.Map
	err  error
}

func read(w views.World, d *desk, seq int) tea.Cmd {
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		m := mapRead{desk: d, seq: seq}
		m.m, m.err = w.Graph(ctx)
		return m
	}
}
