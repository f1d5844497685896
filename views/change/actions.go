package change

import (
	"slices"
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"

	"signalbox/release"
	"signalbox/release/access"
	"signalbox/views"
	"signalbox/views/kit"
)

// key answers the keys that look. Levers are the shell's: it finds them in the verb table.
func (v View) key(k string) (views.View, tea.Cmd) {
	if by, moves := v.motion.Key(k, max(v.body()/2, 1), max(v.body(), 1)); by != 0 {
		return v.moved(by), nil
	} else if moves {
		return v, nil
	}
	switch k {
	case "tab", "shift+tab":
		return v.turned(), nil
	case "]":
		return v.walked(1)
	case "[":
		return v.walked(-1)
	case "enter", "l":
		if key := v.cursor[v.pane]; opens(key) {
			if v.open == key {
				key = ""
			}
			v.open = key
			return v.settled(), nil
		}
		return v, v.tell(v.address(v.cursor[v.pane]), "this row has no source of its own to open")
	case "o":
		if i := v.item(); i != nil {
			return v, v.tell(i.Change.URL, "nothing outside is known for "+v.id)
		}
	}
	return v, nil
}

// tell shows an address on the ticker row, where a terminal makes it a link.
func (v View) tell(address, none string) tea.Cmd {
	return func() tea.Msg {
		if address == "" {
			return views.Say{Aspect: release.Planned, Text: none}
		}
		return views.Say{Aspect: release.Planned, Text: address}
	}
}

// opens reports whether the text of a row may be longer than the row, so that "⏎" shows the whole of it.
func opens(key string) bool {
	return strings.HasPrefix(key, "audit:") || strings.HasPrefix(key, "decision:")
}

// address is where a row comes from.
func (v View) address(key string) string {
	i := v.item()
	if i == nil {
		return ""
	}
	for _, k := range i.Dossier.Checks {
		if kit.CheckKey(k) == key {
			return k.URL
		}
	}
	for _, p := range i.Dossier.Pulls {
		if key == "pull:"+p.Repo+":"+strconv.Itoa(p.Number) {
			return p.URL
		}
	}
	return ""
}

// walked goes to the next change of the queue that still waits.
func (v View) walked(by int) (views.View, tea.Cmd) {
	if v.queue == nil {
		return v, nil
	}
	at := slices.Index(v.walk, v.id)
	if at < 0 && by < 0 {
		at = len(v.walk)
	}
	for k := at + by; k >= 0 && k < len(v.walk); k += by {
		i, ok := v.queue.Find(v.walk[k])
		if !ok || i.Change.State != requested {
			continue
		}
		v.id, v.kase, v.failed = v.walk[k], nil, nil
		v.pane, v.cursor, v.top = 0, [2]string{exception(i), ""}, [2]int{}
		v.read, v.seen, v.open = nil, 0, ""
		v.asked++
		v = v.settled()
		return v, v.ask(v.asked)
	}
	end := "last"
	if by < 0 {
		end = "first"
	}
	return v, func() tea.Msg {
		return views.Say{Aspect: release.Planned, Text: v.id + " is the " + end + " of the queue"}
	}
}

// Hints are the keys of this change.
func (v View) Hints(f views.Frame) []kit.Hint {
	i := v.item()
	if i == nil {
		return []kit.Hint{{Key: "esc", Label: "back"}, {Key: ":", Label: "palette"}, {Key: "?"}}
	}
	out := []kit.Hint{{Key: "[ ]", Label: "change"}}
	out = append(out, views.Levers(v.Name(), f, i)...)
	enter := "link"
	if key := v.cursor[v.pane]; opens(key) && key == v.open {
		enter = "one line"
	} else if opens(key) {
		enter = "whole text"
	}
	out = append(out, kit.Hint{Key: "⏎", Label: enter}, kit.Hint{Key: "j/k", Label: "row"})
	if v.w >= wide {
		out = append(out, kit.Hint{Key: "tab", Label: "pane"})
	}
	return append(out, kit.Hint{Key: "esc", Label: "back"}, kit.Hint{Key: "?"})
}

// levers are the rows of the LEVERS section: what each lever would do, or what locks it.
func (v View) levers(f views.Frame, w int) []kit.Strip {
	i := v.item()
	var rows []kit.Strip
	if i.Change.State != requested {
		rows = append(rows, kit.Strip{Draw: func(c kit.Canvas, y int) {
			c.WriteIn(1, y, c.W()-2, kit.Facts{Item: i, Me: v.me, Now: f.Now, Zone: f.Zone}.Settled()...)
		}})
	}
	var items [][]kit.Run
	for _, h := range views.Levers(v.Name(), f, i) {
		lever, _ := f.Verbs.ForKey(v.Name(), h.Key)
		err := views.Lock(lever, i, f.Person, f.Now)
		switch {
		case err == nil:
			items = append(items, append(h.Runs(), kit.T("  "+v.effect(lever.Name, f), kit.Meta())))
		case i.Change.State != requested: // said above
		case lever.Name == "approve":
			rows = append(rows, kit.Locked(lever.Key, lever.Hint, views.LockAspect(i), err, w)...)
		default:
			items = append(items, h.Runs())
		}
	}
	for _, l := range kit.Flow(items, w-2, 3) {
		rows = append(rows, kit.Strip{Draw: func(c kit.Canvas, y int) { c.WriteIn(1, y, c.W()-2, l...) }})
	}
	if len(rows) == 0 {
		rows = append(rows, kit.Strip{Draw: func(c kit.Canvas, y int) {
			c.PutIn(1, y, c.W()-2, "you hold no lever here; "+approvers()+" may decide", kit.Meta())
		}})
	}
	return rows
}

func approvers() string {
	var names []string
	for _, r := range access.RolesWith(access.Approve) {
		names = append(names, string(r))
	}
	return "the role " + strings.Join(names, " or ")
}

// effect says what a lever does to this change.
func (v View) effect(name string, f views.Frame) string {
	i := v.item()
	a := i.Approval
	switch name {
	case "approve":
		n := a.Granted() + 1
		if n >= a.Needed {
			return "completes " + kit.Quorum(n, a.Needed)
		}
		return "makes it " + kit.Quorum(n, a.Needed)
	case "reject":
		return "in your own words"
	case "question":
		for _, h := range i.Authors {
			if h.Person != "" && !h.Bot {
				return "to " + string(h.Person)
			}
		}
		return "to its author"
	case "undo":
		if d, ok := a.By(v.me); ok {
			return kit.Span(d.At.Add(takeBack).Sub(f.Now)) + " left"
		}
	}
	return ""
}

// Keys are all keys by which one looks here.
func (v View) Keys() []kit.Hint {
	return []kit.Hint{{Key: "⏎", Label: "link, text"}, {Key: "o", Label: "outside"}, {Key: "tab", Label: "pane"}, {Key: "[ ]", Label: "change"}}
}
