package rollouts

import (
	tea "charm.land/bubbletea/v2"

	"signalbox/release"
	"signalbox/views"
	"signalbox/views/kit"
)

// key answers the keys that look. No controller is connected, so there is no lever here.
func (v View) key(k string) (views.View, tea.Cmd) {
	page := max(v.plan().list/2, 1)
	if by, moves := v.motion.Key(k, page, page); by != 0 {
		return v.stepped(by), nil
	} else if moves {
		return v, nil
	}
	switch k {
	case "enter", "l":
		return v, v.opened()
	case "s":
		v.order = (v.order + 1) % orders
		return v.rebuilt(), nil
	case ".":
		return v.rebuilt(), nil
	case "]":
		return v.jumped(1)
	case "[":
		return v.jumped(-1)
	case "o":
		if r := v.current(); r != nil && r.roll != nil {
			return v, outside(r.roll.URL, r.id)
		}
		return v, say("nothing outside is known of what is selected")
	}
	return v, nil
}

func say(text string) tea.Cmd {
	return func() tea.Msg { return views.Say{Aspect: release.Planned, Text: text} }
}

// outside shows an address on the ticker row, where a terminal makes it a link.
func outside(url, id string) tea.Cmd {
	if url == "" {
		return say("nothing outside is known of " + id)
	}
	return say(release.Clean(url, 400))
}

// opened opens the rollout, or the change that waits.
func (v View) opened() tea.Cmd {
	s := v.Selection()
	name := map[string]string{views.RolloutKind: "rollout", views.ChangeKind: "change"}[s.Kind]
	if name == "" {
		return nil
	}
	return func() tea.Msg { return views.Open{View: name, ID: s.ID} }
}

func (v View) stepped(by int) View {
	if len(v.rows) == 0 {
		return v
	}
	v.cursor = v.rows[max(0, min(v.place()+by, len(v.rows)-1))].id
	return v.scrolled()
}

// jumped goes to the next row that wants a person.
func (v View) jumped(by int) (views.View, tea.Cmd) {
	at, n := v.place(), len(v.rows)
	for step := 1; step < n; step++ {
		r := &v.rows[((at+by*step)%n+n)%n]
		if !r.gone && (r.last.Worse(release.Planned) || r.moved) {
			v.cursor = r.id
			return v.scrolled(), nil
		}
	}
	return v, say("no other rollout wants a person")
}

// Hints are the keys of what is selected.
func (v View) Hints(views.Frame) []kit.Hint {
	var out []kit.Hint
	if s := v.Selection(); s.Kind != "" {
		out = []kit.Hint{{Key: "j/k"}, {Key: "⏎", Label: "open " + s.ID}, {Key: "[ ]", Label: "in trouble"}}
		if s.Kind == views.RolloutKind {
			out = append(out, kit.Hint{Key: "o", Label: "outside"})
		}
		out = append(out, kit.Hint{Key: "y", Label: "link"})
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
	return []kit.Hint{{Key: "⏎", Label: "open"}, {Key: "o", Label: "outside"}, {Key: "s", Label: "sort"}, {Key: ".", Label: "settle"}, {Key: "[ ]", Label: "in trouble"}}
}
