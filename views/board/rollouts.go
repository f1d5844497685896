package board

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"signalbox/release"
	"signalbox/release/board"
	"signalbox/views"
	"signalbox/views/kit"
)

func (v View) rolloutHead() head {
	bad := 0
	for i := range v.page.Rollouts {
		if v.page.Rollouts[i].Aspect == release.Stop {
			bad++
		}
	}
	h := head{title: kit.Heading("LIVE ROLLOUTS", strconv.Itoa(len(v.page.Rollouts)), "")}
	if bad > 0 {
		h.note = []kit.Run{kit.Mark(release.Stop), kit.T(strconv.Itoa(bad), kit.AspectNumber(release.Stop))}
	}
	return h
}

// drawRollouts lists what goes in now.
func (v View) drawRollouts(c kit.Canvas, pl plan, f views.Frame) {
	if len(v.order[rolloutPane]) == 0 {
		c.WriteIn(1, 0, c.W()-2, kit.T("nothing goes in now", kit.Meta()))
		return
	}
	first := v.first(rolloutPane, pl)
	for n := range pl.fit[rolloutPane] {
		if first+n >= len(v.order[rolloutPane]) {
			return
		}
		l := v.live(v.order[rolloutPane][first+n])
		if l == nil {
			continue
		}
		y := n * pl.per[rolloutPane]
		v.drawLive(c, y, l, pl, f)
		v.mark(c, y, pl.per[rolloutPane], rolloutPane, l.ID, pl)
	}
}

// mark draws the cursor of a pane on what is under it.
func (v View) mark(c kit.Canvas, y, rows int, p pane, key string, pl plan) {
	if v.focus != p || v.cursor[p] != key || pl.wall && v.looks {
		return
	}
	for d := range rows {
		c.Cursor(y+d, true)
	}
}

func (v View) drawLive(c kit.Canvas, y int, l *board.Live, pl plan, f views.Frame) {
	how := strings.ReplaceAll(string(l.State), "_", " ") + " " + kit.Age(l.StartedAt, f.Now)
	right := []kit.Run{kit.T(how, kit.Meta())}
	meter := 10
	share := kit.T(kit.Unknown, kit.Meta())
	if l.Share != nil {
		share = kit.T(kit.Percent(*l.Share, 0)+" obs", kit.Observed())
		if board.Aged(&l.Row) {
			share = kit.T("~"+share.Text, kit.Stale())
		}
	}
	if pl.per[rolloutPane] == 1 {
		right, meter = []kit.Run{kit.T(kit.Age(l.StartedAt, f.Now), kit.Meta())}, 0
	}
	x := c.WriteRight(c.W()-1, y, right...) - 2
	x = c.WriteRight(x, y, share) - 1
	if l.Share != nil && meter > 0 && !board.Aged(&l.Row) {
		x -= meter
		c.Meter(x, y, meter, *l.Share, kit.BarStyle(l.Aspect))
		x--
	}
	// Where the row is short the regions go first, then the version before, and the new one is cut last.
	name := []kit.Run{kit.Signal(l.Aspect), kit.T(" ", kit.Plain()), kit.T(l.ID, kit.ID()), kit.T(" "+l.Service, kit.Name())}
	to := kit.T(" "+kit.TruncateMiddle(l.Version, 16), kit.Name())
	try := [][]kit.Run{append(slices.Clone(name), to)}
	if pl.per[rolloutPane] > 1 {
		to.Text = " " + kit.TruncateMiddle(l.Version, 24)
		try = [][]kit.Run{append(slices.Clone(name), to), try[0]}
		if l.Before != "" {
			both := append(slices.Clone(name), kit.T(" "+kit.TruncateMiddle(l.Before, 16)+" →", kit.Meta()), to)
			try = append([][]kit.Run{both}, try...)
		}
		if len(l.Regions) > 0 {
			try = append([][]kit.Run{append(slices.Clone(try[0]), kit.T("  "+strings.ToUpper(strings.Join(l.Regions, " ")), kit.Meta()))}, try...)
		}
	}
	room := max(x-1, 0)
	for _, runs := range try {
		name = runs
		if kit.RunsWidth(runs) <= room {
			break
		}
	}
	c.WriteIn(1, y, room, name...)
	if pl.per[rolloutPane] == 1 {
		return
	}
	v.drawCompared(c, y+1, l)
}

// drawCompared sets the error ratios and latencies of both versions side by side.
func (v View) drawCompared(c kit.Canvas, y int, l *board.Live) {
	x := 3
	if l.Why != "" {
		x = c.Put(x, y, l.Why, kit.Reason(l.Aspect)) + 2
	}
	if l.Change != "" {
		x = c.Put(x, y, l.Change, kit.Plain()) + 2
	}
	base, now := l.Ratios()
	if l.New == nil && l.Old == nil && base == nil && now == nil {
		if l.Change == "" && l.Why == "" {
			x = c.Put(x, y, "no change asks for it", kit.Meta()) + 2
		}
		c.WriteIn(x, y, c.W()-x-1, kit.T("no monitor tells of this version", kit.Meta()))
		return
	}
	lo, hi, old := 0.0, 0.0, board.Aged(&l.Row)
	for _, list := range [][]*float64{l.NewErrors, l.OldErrors} {
		for _, e := range list {
			if e != nil {
				hi = max(hi, *e)
			}
		}
	}
	x = c.Put(x, y, "errors", kit.Meta()) + 1
	for _, side := range []struct {
		word  string
		trend []*float64
		at    *float64
	}{{"base", l.OldErrors, base}, {"new", l.NewErrors, now}} {
		if side.at == nil && len(side.trend) == 0 {
			continue
		}
		x = c.Put(x, y, side.word+" ", kit.Meta())
		if n := len(side.trend); n > 0 && x+n+8 < c.W() {
			values := make([]float64, n)
			for i, e := range side.trend {
				values[i] = math.NaN()
				if e != nil {
					values[i] = *e
				}
			}
			c.Spark(x, y, n, kit.Spark{Values: values, Low: lo, High: max(hi, 1e-9), Dark: l.Dark()})
			x += n + 1
		}
		word := kit.T(kit.Unknown, kit.Meta())
		if side.at != nil {
			word = number(kit.Percent(*side.at, 2), old)
		}
		x = c.Write(x, y, word) + 2
	}
	if a, b := p99Of(l.Old), p99Of(l.New); b != nil {
		word := ""
		if a != nil {
			word = latency(*a) + " → "
		}
		c.WriteIn(x, y, c.W()-x-1, kit.T("p99 ", kit.Meta()), kit.T(word, kit.Meta()), number(latency(*b), old))
	}
}

// number is a value, marked where it rests on a late or dark feed.
func number(text string, old bool) kit.Run {
	if old {
		return kit.T("~"+text, kit.Stale())
	}
	return kit.T(text, kit.Plain())
}

func latency(seconds float64) string {
	return kit.Milliseconds(time.Duration(seconds * float64(time.Second)))
}
