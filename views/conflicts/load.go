package conflicts

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"

	"signalbox/release/access"
	"signalbox/release/conflict"
	"signalbox/release/gate"
)

// patience bounds one reading: a store that does not answer must not hold a command for ever.
const patience = 15 * time.Second

// docketRead is the answer to one reading of the list.
type docketRead struct {
	desk   *desk
	seq    int
	docket *conflict.Docket
	err    error
	me     access.PersonID
	at     time.Time
}

// ways are what is known of one case: the ways out, and its parties before the gate, nil where they are no changes
// or could not be read.
type ways struct {
	brief *conflict.Brief
	a, b  *gate.Case
}

// waysRead is the answer to one reading of the case under the cursor; ways is nil where it failed.
type waysRead struct {
	desk *desk
	seq  int
	ways *ways
}

func (v View) read(seq int) tea.Cmd {
	w, d := v.world, v.desk
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		m := docketRead{desk: d, seq: seq, at: w.Now()}
		if p := w.Person(); p != nil {
			m.me = p.ID
		}
		m.docket, m.err = w.Conflicts(ctx)
		return m
	}
}

func (v View) readWays(id string, seq int) tea.Cmd {
	w, d := v.world, v.desk
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		m := waysRead{desk: d, seq: seq}
		b, err := w.Conflict(ctx, id)
		if err != nil {
			return m
		}
		m.ways = &ways{brief: b}
		if k, err := w.Case(ctx, b.Work()); err == nil {
			m.ways.a = k
		}
		if o := b.Conflict.Other(); o.Sort == conflict.WorkParty {
			if k, err := w.Case(ctx, o.ID); err == nil {
				m.ways.b = k
			}
		}
		return m
	}
}
