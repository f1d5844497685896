package health

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"

	"signalbox/release/health"
	"signalbox/views"
)

// patience bounds one reading: a store that does not answer must not hold a command for ever.
const patience = 15 * time.Second

// panelRead is the answer to one reading of the panel, with the chart of the line that was under the cursor.
type panelRead struct {
	desk   *desk
	seq    int
	panel  *health.Panel
	series *health.Series // nil where there is none
	err    error
	at     time.Time
}

func read(w views.World, d *desk, seq int, line string, span time.Duration) tea.Cmd {
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		m := panelRead{desk: d, seq: seq, at: w.Now()}
		if m.panel, m.err = w.Health(ctx); m.err == nil && line != "" {
			m.series, _ = w.Burning(ctx, line, span) // a line without an objective has none
		}
		return m
	}
}

// seriesRead is the answer to one reading of a chart.
type seriesRead struct {
	desk   *desk
	series *health.Series
}

func readSeries(w views.World, d *desk, line string, span time.Duration) tea.Cmd {
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		s, _ := w.Burning(ctx, line, span)
		return seriesRead{d, s}
	}
}
