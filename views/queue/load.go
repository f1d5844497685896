package queue

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"

	"signalbox/release/access"
	"signalbox/release/change"
	"signalbox/release/gate"
)

// patience bounds one reading: a store that does not answer must not hold a command for ever.
const patience = 15 * time.Second

// queueRead is the answer to one reading of the queue.
type queueRead struct {
	desk  *desk
	seq   int
	queue *change.Queue
	err   error
	me    access.PersonID
	at    time.Time
}

// caseRead is the answer to one reading of the selected change; kase is nil where it failed.
type caseRead struct {
	desk *desk
	seq  int
	kase *gate.Case
}

func (v View) read(seq int) tea.Cmd {
	w, d := v.world, v.desk
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		m := queueRead{desk: d, seq: seq, at: w.Now()}
		if p := w.Person(); p != nil {
			m.me = p.ID
		}
		m.queue, m.err = w.Queue(ctx)
		return m
	}
}

func (v View) readCase(id string, seq int) tea.Cmd {
	w, d := v.world, v.desk
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		m := caseRead{desk: d, seq: seq}
		if k, err := w.Case(ctx, id); err == nil {
			m.kase = k
		}
		return m
	}
}
