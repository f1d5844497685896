package board

import (
	"strconv"
	"strings"

	"signalbox/release"
	"signalbox/release/board"
	"signalbox/views"
	"signalbox/views/kit"
)

func (v View) healthHead() head {
	n := map[release.Aspect]int{}
	for i := range v.page.Health {
		n[v.page.Health[i].Aspect]++
	}
	h := head{title: kit.Heading("HEALTH", strconv.Itoa(len(v.page.Health)+v.page.Unwatched), "svc")}
	for _, a := range []release.Aspect{release.Stop, release.Caution, release.Dark} {
		if n[a] > 0 {
			if len(h.note) > 0 {
				h.note = append(h.note, kit.T(" ", kit.Plain()))
			}
			h.note = append(h.note, kit.Mark(a), kit.T(strconv.Itoa(n[a]), kit.AspectNumber(a)))
		}
	}
	if v.page.Setup.Services > 0 && len(h.note) == 0 && len(v.page.Health) > 0 {
		h.note = []kit.Run{kit.T("no alert fires", kit.Meta())}
	}
	return h
}

// drawHealth lists how services stand, worst first: c is the section, list the part of it with rows.
func (v View) drawHealth(c, list kit.Canvas, pl plan, f views.Frame) {
	budgets := false
	for i := range v.page.Health {
		budgets = budgets || v.page.Health[i].Budget != nil
	}
	cols := []kit.Column{{Width: 1}, {Grow: 3, Min: 8, Gap: 1}, {Title: "errors", Width: 7, Right: true}, {Title: "p99", Width: 6, Right: true}}
	if budgets {
		cols = append(cols, kit.Column{Title: "burn1h", Width: 6, Right: true}, kit.Column{Title: "budget", Width: 12, Drop: 1})
	}
	if pl.desk || pl.wall {
		cols[1].Title = "svc"
		cols = append(cols, kit.Column{Title: "alert", Grow: 2, Min: 6, Drop: 2})
	}
	l := kit.Fit(1, c.W(), cols, nil)
	if (pl.desk || pl.wall) && len(v.page.Health) > 0 {
		c.Head(0, l)
	}
	first, y := v.first(healthPane, pl), 0
	for n := range pl.fit[healthPane] {
		if first+n >= len(v.order[healthPane]) {
			break
		}
		s := v.standing(v.order[healthPane][first+n])
		if s == nil {
			continue
		}
		v.drawStanding(list, y, s, l, budgets, pl)
		v.mark(list, y, 1, healthPane, healthKey(s), pl)
		y++
	}
	switch more := len(v.order[healthPane]) - first - y; {
	case len(v.page.Health) == 0 && v.page.Setup.Services == 0:
		list.WriteIn(1, y, list.W()-2, kit.T("the catalog is empty", kit.Meta()))
	case v.page.Unwatched > 0 || more > 0:
		var parts []string
		if more > 0 {
			parts = append(parts, strconv.Itoa(more)+" more")
		}
		if n := v.page.Unwatched; n > 0 {
			parts = append(parts, strconv.Itoa(n)+" without a monitor")
		}
		heads := 0
		if (pl.desk || pl.wall) && len(v.page.Health) > 0 {
			heads = 1
		}
		c.WriteIn(1, heads+y, c.W()-2, kit.T("–", kit.Meta()), kit.T(" "+strings.Join(parts, ", "), kit.Meta()))
	}
}

func (v View) drawStanding(c kit.Canvas, y int, s *board.Standing, l kit.Layout, budgets bool, pl plan) {
	cell := func(p *float64, write func(float64) string) kit.Cell {
		if p == nil {
			return kit.C(kit.Unknown, kit.Meta())
		}
		r := number(write(*p), s.Dark || s.Late)
		if !s.Dark && !s.Late && s.Aspect == release.Go {
			r.Style = kit.Meta()
		}
		return kit.Cell{r}
	}
	name := s.Service
	if s.Environment != "production" {
		name += " " + s.Environment
	}
	fill := kit.Meta()
	row := []kit.Cell{{kit.Mark(s.Aspect)}, kit.C(name, kit.Name()), cell(s.Errors, func(e float64) string { return kit.Percent(e, 2) }), cell(s.P99, latency)}
	if budgets {
		burn := cell(s.Burn, func(b float64) string { return kit.Decimal(b, 1) + "x" })
		budget := kit.C(kit.Unknown, kit.Meta())
		if s.Budget != nil {
			a := release.Go
			switch { // STYLE section 7: stop under a quarter, caution under three
			case *s.Budget < 0.25:
				a = release.Stop
			case *s.Budget < 0.75:
				a = release.Caution
			}
			budget = kit.Cell{kit.T("       "+pad(kit.Percent(*s.Budget, 0), 5), kit.AspectNumber(a))}
			fill = kit.BarStyle(a)
		}
		row = append(row, burn, budget)
	}
	if pl.desk || pl.wall {
		alert := kit.Cell{}
		switch {
		case s.Alerts > 1:
			alert = kit.C(s.Alert+" +"+strconv.Itoa(s.Alerts-1), kit.Plain())
		case s.Alerts == 1:
			alert = kit.C(s.Alert, kit.Plain())
		case s.Dark:
			alert = kit.C("DARK", kit.AspectWord(release.Dark))
		case s.Late:
			alert = kit.C("monitor late", kit.Meta())
		}
		row = append(row, alert)
	}
	c.Row(y, l, row)
	if budgets && s.Budget != nil && !s.Dark {
		if x, w := l.At(5); w > 0 {
			c.Meter(x, y, 6, *s.Budget, fill)
		}
	}
}

func pad(s string, w int) string { return strings.Repeat(" ", max(0, w-kit.Width(s))) + s }
