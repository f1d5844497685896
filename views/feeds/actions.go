package feeds

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"signalbox/release"
	"signalbox/release/feed"
	"signalbox/views"
	"signalbox/views/kit"
)

// key answers the keys that look. Levers are the shell's: it finds them in the verb table.
func (v View) key(k string) (views.View, tea.Cmd) {
	page := max(v.plan().list/2, 1)
	if by, moves := v.motion.Key(k, page, page); by != 0 {
		return v.stepped(by), nil
	} else if moves {
		return v, nil
	}
	switch k {
	case "tab", "shift+tab":
		if v.below = !v.below; v.below && len(v.posts()) == 0 {
			v.below = false
			return v, say("there is no " + v.kindBelow() + " to go to")
		}
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
	case "n":
		return v, open("connect")
	}
	return v, nil
}

func say(text string) tea.Cmd {
	return func() tea.Msg { return views.Say{Aspect: release.Planned, Text: text} }
}

// open pushes a page: the log of a feed, a dead letter, a message, or how to connect.
func open(id string) tea.Cmd {
	return func() tea.Msg { return views.Open{View: "feed", ID: id} }
}

func (v View) opened() tea.Cmd {
	switch s := v.Selection(); s.Kind {
	case views.FeedKind:
		return open("log " + s.ID)
	case views.LetterKind, views.MessageKind:
		return open(s.Kind + " " + s.ID)
	}
	return nil
}

// kindBelow names what stands in the lower pane.
func (v View) kindBelow() string {
	if r := v.current(); r != nil && r.line.Kind == feed.Out {
		return "message"
	}
	return "dead letter"
}

// stepped moves the cursor of the pane that has it. The lower pane follows the list.
func (v View) stepped(by int) View {
	if v.below {
		p := v.posts()
		if k := v.posted(p); k >= 0 {
			v.post = p[max(0, min(k+by, len(p)-1))].id()
		}
		return v
	}
	if len(v.rows) == 0 {
		return v
	}
	to := v.rows[max(0, min(v.place()+by, len(v.rows)-1))].name
	if to == v.cursor {
		return v
	}
	v.cursor, v.post = to, ""
	return v.held(v.place()).scrolled()
}

// jumped goes to the next feed that is not as it should be.
func (v View) jumped(by int) (views.View, tea.Cmd) {
	at, n := v.place(), len(v.rows)
	for step := 1; step < n; step++ {
		r := &v.rows[((at+by*step)%n+n)%n]
		if a := r.last; !r.gone && (a.Worse(release.Planned) || r.moved) {
			v.below, v.cursor, v.post = false, r.name, ""
			return v.held(v.place()).scrolled(), nil
		}
	}
	return v, say("no other feed is late, dark or in need of a person")
}

// Hints are the keys of what is selected.
func (v View) Hints(f views.Frame) []kit.Hint {
	s := v.Selection()
	if s.Kind == "" {
		return []kit.Hint{{Key: "n", Label: "connect"}, {Key: ":", Label: "palette"}, {Key: "?"}}
	}
	enter := kit.Hint{Key: "⏎", Label: "log"}
	if v.below {
		enter.Label = "read"
	}
	out := append([]kit.Hint{{Key: "j/k"}, enter}, levers(v.Name(), f, s)...)
	if v.stale() > 0 {
		out = append(out, kit.Hint{Key: ".", Label: "settle"})
	}
	out = append(out, kit.Hint{Key: "n", Label: "connect"})
	if len(v.posts()) > 0 {
		out = append(out, kit.Hint{Key: "tab", Label: "pane"})
	}
	return append(out, kit.Hint{Key: "/", Label: "filter"}, kit.Hint{Key: "s", Label: "sort"}, kit.Hint{Key: "esc"}, kit.Hint{Key: "?"})
}

// levers are the hints of the levers; of a message, what gives up a dead letter gives up that.
func levers(view string, f views.Frame, s views.Selection) []kit.Hint {
	out := views.LeversOn(view, f, s)
	for n := range out {
		if s.Kind == views.MessageKind {
			out[n].Label = strings.Replace(out[n].Label, "dead letter", "message", 1)
		}
	}
	return out
}

// lever is the hint of the lever that has a verb's name, where this person may pull it now.
func lever(view, verb string, f views.Frame, s views.Selection) (kit.Hint, bool) {
	for _, h := range levers(view, f, s) {
		if x, ok := f.Verbs.ForKey(view, h.Key); ok && x.Name == verb && h.Weight != kit.LockedKey {
			return h, true
		}
	}
	return kit.Hint{}, false
}

// Keys are all keys by which one looks here.
func (v View) Keys() []kit.Hint {
	return []kit.Hint{{Key: "⏎", Label: "log, read"}, {Key: "n", Label: "connect"}, {Key: "s", Label: "sort"}, {Key: ".", Label: "settle"}, {Key: "tab", Label: "pane"}, {Key: "[ ]", Label: "in trouble"}}
}
