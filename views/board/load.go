package board

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"

	"signalbox/release/access"
	"signalbox/release/board"
)

// patience bounds one reading: a store that does not answer must not hold a command for ever.
const patience = 15 * time.Second

// pageRead is the answer to one reading of the board.
type pageRead struct {
	desk  *desk
	seq   int
	page  *board.Page
	err   error
	me    access.PersonID
	looks bool
	at    time.Time
	// clocks are the zones of the regions by name: finding one may read a file.
	clocks map[string]*time.Location
}

func (v View) read(seq int) tea.Cmd {
	w, d := v.world, v.desk
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		m := pageRead{desk: d, seq: seq, at: w.Now()}
		if p := w.Person(); p != nil {
			m.me, m.looks = p.ID, p.OnlyLooks(m.at)
		}
		if m.page, m.err = w.Board(ctx); m.page != nil {
			m.clocks = map[string]*time.Location{}
			for _, r := range m.page.Regions {
				if z, err := time.LoadLocation(r.Zone); err == nil && r.Zone != "" {
					m.clocks[r.Zone] = z
				}
			}
		}
		return m
	}
}
