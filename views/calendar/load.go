package calendar

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"

	"signalbox/release/calendar"
	"signalbox/views"
)

// patience bounds one reading: a store that does not answer must not hold a command for ever.
const patience = 15 * time.Second

// spanRead is the answer to one reading of the calendar.
type spanRead struct {
	desk *desk
	seq  int
	span *calendar.Span
	err  error
	at   time.Time
}

// read asks for the days from first on, and one at both sides: the days of a zone begin before or after those of
// UTC. Who looks at the same days shares the answer, whatever zone they are in.
func read(w views.World, d *desk, seq int, first time.Time) tea.Cmd {
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		m := spanRead{desk: d, seq: seq, at: w.Now()}
		m.span, m.err = w.Calendar(ctx, first.AddDate(0, 0, -1), first.AddDate(0, 0, days+1))
		return m
	}
}
