package change

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

// caseRead is the answer to one reading of the change, and of the queue in which "[" and "]" walk; queue is
// nil where it could not be read.
type caseRead struct {
	desk  *desk
	seq   int
	id    string
	kase  *gate.Case
	queue *change.Queue
	err   error
	me    access.PersonID
}

func (v View) ask(seq int) tea.Cmd {
	w, m := v.world, caseRead{desk: v.desk, seq: seq, id: v.id}
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if p := w.Person(); p != nil {
			m.me = p.ID
		}
		if m.kase, m.err = w.Case(ctx, m.id); m.err != nil {
			return m
		}
		if q, err := w.Queue(ctx); err == nil {
			m.queue = q
		}
		return m
	}
}
