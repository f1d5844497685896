package health

import (
	"slices"

	tea "charm.land/bubbletea/v2"

	"signalbox/release"
	"signalbox/release/health"
	"signalbox/views"
	"signalbox/views/kit"
)

// key answers the keys that look. There is nothing to pull here.
func (v View) key(k string) (views.View, tea.Cmd) {
	page := max(v.plan().list/2, 1)
	if by, moves := v.motion.Key(k, page, page); by != 0 {
		return v.stepped(by)
	} else if moves {
		return v, nil
	}
	switch k {
	case "tab", "shift+tab":
		if v.below = !v.below; v.below && len(v.alerts()) == 0 {
			v.below = false
			return v, say("no alert fires")
		}
	case "enter", "l":
		if r := v.current(); r != nil {
			id := r.line.Service
			return v, func() tea.Msg { return views.Open{View: "graph", ID: id} }
		}
	case "s":
		v.order = (v.order + 1) % orders
		return v.rebuilt(), nil
	case ".":
		return v.rebuilt(), nil
	case "]":
		return v.jumped(1)
	case "[":
		return v.jumped(-1)
	case "z":
		return v.spanned(-1)
	case "-":
		return v.spanned(1)
	case "v":
		return v.compared()
	}
	return v, nil
}

func say(text string) tea.Cmd {
	return func() tea.Msg { return views.Say{Aspect: release.Planned, Text: text} }
}

// stepped moves the cursor of the pane that has it.
func (v View) stepped(by int) (views.View, tea.Cmd) {
	if v.below {
		v.alert = max(0, min(v.alert+by, len(v.alerts())-1))
		return v, nil
	}
	if len(v.rows) == 0 {
		return v, nil
	}
	return v.onto(max(0, min(v.place()+by, len(v.rows)-1)))
}

// onto puts the cursor on a row, and asks for its chart.
func (v View) onto(k int) (views.View, tea.Cmd) {
	if v.rows[k].id == v.cursor {
		return v, nil
	}
	v.cursor, v.alert, v.version = v.rows[k].id, 0, ""
	v = v.held(k).scrolled()
	return v, v.redraw()
}

// jumped goes to the next line that is not as it should be.
func (v View) jumped(by int) (views.View, tea.Cmd) {
	at, n := v.place(), len(v.rows)
	for step := 1; step < n; step++ {
		k := ((at+by*step)%n + n) % n
		r := &v.rows[k]
		if !r.gone && (r.line.Objective != nil && r.last != health.Healthy || r.line.Dark() || len(r.line.Alerts) > 0 || r.moved) {
			v.below = false
			return v.onto(k)
		}
	}
	return v, say("no other objective burns, is unknown or dark, and no other service has an alert")
}

// spanned makes the time of the chart longer or shorter.
func (v View) spanned(by int) (views.View, tea.Cmd) {
	to := v.span + by
	if to < 0 || to >= len(health.Charts) {
		return v, say("the chart shows " + release.Length(health.Charts[v.span]) + "; there are 1h, 6h, 3d and 30d")
	}
	v.span = to
	return v, v.redraw()
}

// compared picks the next version to set beside the one that serves most.
func (v View) compared() (views.View, tea.Cmd) {
	r := v.current()
	if r == nil {
		return v, nil
	}
	others := slices.DeleteFunc(slices.Clone(r.line.Versions), func(x health.Version) bool { return x.Base })
	if len(others) < 2 {
		return v, say(counted(len(r.line.Versions), "version") + " of " + r.line.Service + " was measured last: there is no other to pick")
	}
	k := slices.IndexFunc(others, func(x health.Version) bool { return x.Version == v.version })
	if k < 0 {
		k = 0
	}
	v.version = others[(k+1)%len(others)].Version
	return v, nil
}

// Hints are the keys of what is selected.
func (v View) Hints(views.Frame) []kit.Hint {
	r := v.current()
	if r == nil {
		return []kit.Hint{{Key: ":", Label: "palette"}, {Key: "?"}}
	}
	out := []kit.Hint{{Key: "j/k"}, {Key: "⏎", Label: "graph"}}
	if v.unsettled() > 0 {
		out = append(out, kit.Hint{Key: ".", Label: "settle"})
	}
	if len(r.line.Versions) > 2 {
		out = append(out, kit.Hint{Key: "v", Label: "versions"})
	}
	if r.line.Objective != nil {
		out = append(out, kit.Hint{Key: "z/-", Label: "window " + release.Length(health.Charts[v.span])})
	}
	out = append(out, kit.Hint{Key: "s", Label: "sort"}, kit.Hint{Key: "[ ]", Label: "next trouble"})
	if len(v.alerts()) > 0 {
		out = append(out, kit.Hint{Key: "tab", Label: "alerts"})
	}
	return append(out, kit.Hint{Key: "/", Label: "filter"}, kit.Hint{Key: "esc"}, kit.Hint{Key: "?"})
}

// Keys are all keys by which one looks here.
func (v View) Keys() []kit.Hint {
	return []kit.Hint{{Key: "⏎", Label: "graph"}, {Key: "z/-", Label: "window"}, {Key: "v", Label: "versions"}, {Key: "s", Label: "sort"}, {Key: ".", Label: "settle"}, {Key: "tab", Label: "alerts"}, {Key: "[ ]", Label: "next trouble"}}
}
