package rollouts

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"

	"signalbox/release/rollout"
	"signalbox/views"
)

// patience bounds one reading: a store that does not answer must not hold a command for ever.
const patience = 15 * time.Second

// listRead is the answer to one reading of the list.
type listRead struct {
	desk *desk
	seq  int
	list *rollout.List
	err  error
	at   time.Time
}

func read(w views.World, d *desk, seq int) tea.Cmd {
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		m := listRead{desk: d, seq: seq, at: w.Now()}
		m.list, m.err = w.Rollouts(ctx)
		return m
	}
}

// sheetRead is the answer to one reading of a rollout, and of the list in which "[" and "]" walk; list is nil
// where it could not be read.
type sheetRead struct {
	desk  *desk
	seq   int
	id    string
	sheet *rollout.Sheet
	list  *rollout.List
	err   error
}

func readSheet(w views.World, d *desk, seq int, id string) tea.Cmd {
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		m := sheetRead{desk: d, seq: seq, id: id}
		if m.sheet, m.err = w.Rollout(ctx, id); m.err != nil {
			return m
		}
		if l, err := w.Rollouts(ctx); err == nil {
			m.list = l
		}
		return m
	}
}
