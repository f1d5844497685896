package conflicts

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"signalbox/release"
	"signalbox/release/conflict"
	"signalbox/views"
	"signalbox/views/kit"
)

// key answers the keys that look. Levers are the shell's: it finds them in the verb table.
func (v View) key(k string) (views.View, tea.Cmd) {
	if v.docket == nil {
		return v, nil
	}
	p := v.plan()
	half, whole := max(p.list/4, 1), max(p.list/2, 1)
	if v.detail || p.left == 0 {
		half, whole = max(p.body/2, 1), max(p.body-1, 1)
	}
	if by, moves := v.motion.Key(k, half, whole); by != 0 {
		paged := k == "ctrl+d" || k == "ctrl+u" || k == "pgdown" || k == "pgup"
		if v.detail || p.left == 0 && paged { // there is no list that could be paged
			v.scroll = max(0, v.scroll+min(by, views.Far))
			return v.scrolled(), nil
		}
		return v.onto(v.place() + by)
	} else if moves {
		return v, nil
	}
	switch k {
	case "enter", "l":
		if s := v.Selection(); s.Change != "" {
			return v, func() tea.Msg { return views.Open{View: "change", ID: s.Change} }
		}
	case "tab", "shift+tab":
		if len(v.rows) > 0 {
			v.detail = !v.detail
		}
	case "s":
		v.order = (v.order + 1) % orders
		return v.rebuilt(), nil
	case ".":
		return v.rebuilt().follow(nil)
	case "]":
		return v.jumped(1)
	case "[":
		return v.jumped(-1)
	}
	return v, nil
}

func say(text string) tea.Cmd {
	return func() tea.Msg { return views.Say{Aspect: release.Planned, Text: text} }
}

// named reports whether a word is the id of a conflict.
func named(id string) bool {
	_, err := conflict.ParseID(id)
	return err == nil && strings.Contains(strings.ToUpper(id), "CX")
}

// onto puts the cursor on row to, as far as there is one, and reads the ways out of it.
func (v View) onto(to int) (views.View, tea.Cmd) {
	if len(v.rows) == 0 {
		return v, nil
	}
	id := v.rows[max(0, min(to, len(v.rows)-1))].id
	if id == v.cursor {
		return v, nil
	}
	v.cursor, v.scroll, v.detail = id, 0, false
	return v.scrolled().follow(nil)
}

// jumped goes to the next case that wants a person.
func (v View) jumped(by int) (views.View, tea.Cmd) {
	at, n := v.place(), len(v.rows)
	for step := 1; step < n; step++ {
		k := ((at+by*step)%n + n) % n
		if r := &v.rows[k]; !r.gone && r.kase.Wants(v.at) {
			return v.onto(k)
		}
	}
	return v, say("no other conflict wants a person")
}

// Hints are the keys of what is selected.
func (v View) Hints(f views.Frame) []kit.Hint {
	var out []kit.Hint
	if s := v.Selection(); s.Kind != "" {
		out = append(out, kit.Hint{Key: "j/k"})
		out = append(out, views.LeversOn(v.Name(), f, s)...)
		out = append(out, kit.Hint{Key: "⏎", Label: s.Change})
		if r := v.current(); v.detail {
			out = append(out, kit.Hint{Key: "tab", Label: "list"})
		} else if len(v.strips(r, v.plan().right)) > v.plan().body {
			out = append(out, kit.Hint{Key: "tab", Label: "read on"})
		}
		out = append(out, kit.Hint{Key: "2", Label: "calendar"}, kit.Hint{Key: "5", Label: "graph"})
	}
	if v.stale()+v.queued > 0 {
		out = append(out, kit.Hint{Key: ".", Label: "settle"})
	}
	if len(v.rows) > 1 {
		out = append(out, kit.Hint{Key: "s", Label: "sort"})
	}
	return append(out, kit.Hint{Key: "/", Label: "filter"}, kit.Hint{Key: ":", Label: "palette"}, kit.Hint{Key: "?"})
}

// Keys are all keys by which one looks here.
func (v View) Keys() []kit.Hint {
	return []kit.Hint{{Key: "⏎", Label: "the change"}, {Key: "tab", Label: "list, detail"}, {Key: "s", Label: "sort"}, {Key: ".", Label: "settle"}, {Key: "[ ]", Label: "to settle"}}
}
