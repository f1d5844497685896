package feeds

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"

	"signalbox/release/feed"
	"signalbox/release/verb"
	"signalbox/views"
)

// patience bounds one reading: a store that does not answer must not hold a command for ever.
const patience = 15 * time.Second

// panelRead is the answer to one reading of the panel.
type panelRead struct {
	desk  *desk
	seq   int
	panel *feed.Panel
	err   error
	at    time.Time
}

func read(w views.World, d *desk, seq int) tea.Cmd {
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		m := panelRead{desk: d, seq: seq, at: w.Now()}
		m.panel, m.err = w.Feeds(ctx)
		return m
	}
}

// wholeRead is a dead letter or a message as a whole.
type wholeRead struct {
	desk  *desk
	lines []string
	err   error
}

// readWhole asks for what the panel leaves out. What a dead letter holds may be more than its reader may see:
// the verb decides.
func readWhole(w views.World, d *desk, id string) tea.Cmd {
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		a, err := w.Do(ctx, verb.Call{Verb: "feeds log", Args: []string{id}})
		return wholeRead{d, a.Lines, err}
	}
}
