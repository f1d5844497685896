package tui

import (
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"signalbox/release/access"
	"signalbox/views"
	"signalbox/views/kit"
)

// help is the sheet of keys: what this view and the shell understand, and what this person may do. With / it
// searches keys and verbs by text.
type help struct {
	search bool
	field  field
	from   int
	tab    int // of helpTabs
}

const (
	helpWidth = 70
	helpRows  = 13
)

// keyLine is one key or verb and what it does.
type keyLine struct {
	key, does string
	style     kit.Style
}

func (h *help) key(s *shell, k tea.KeyPressMsg) tea.Cmd {
	key := k.String()
	switch {
	case !h.search && key == "/":
		h.search = true
	case !h.search && (key == "tab" || key == "right"):
		h.tab = (h.tab + 1) % len(helpTabs)
	case !h.search && (key == "shift+tab" || key == "left"):
		h.tab = (h.tab + len(helpTabs) - 1) % len(helpTabs)
	case !h.search, key == "esc", key == "ctrl+c", key == "enter":
		s.sheet = nil
	case key == "down":
		h.from++
	case key == "up":
		h.from = max(0, h.from-1)
	case key == "backspace" && h.field.String() == "":
		h.search = false
	default:
		h.field.key(k)
		h.from = 0
	}
	return nil
}

func (h *help) paste(_ *shell, text string) bool {
	if h.search {
		h.field.insert(text)
	}
	return h.search
}

func (h *help) wheel(down bool) {
	if h.from--; down {
		h.from += 2
	}
	h.from = max(0, h.from)
}

func (h *help) crumb() string { return "help" }
func (h *help) armed() bool   { return false }

func (h *help) hints(*shell) []kit.Hint {
	if h.search {
		return []kit.Hint{{Key: "type", Label: "a key or a word"}, {Key: "↑ ↓", Label: "scroll"}, {Key: "esc", Label: "close"}}
	}
	return []kit.Hint{{Key: "any key", Label: "closes"}, {Key: "/", Label: "search keys"}, {Key: "tab", Label: strings.Join(helpTabs, " · ")}}
}

func (h *help) draw(s *shell, body kit.Canvas) point {
	name := s.top().view.Name()
	frame := kit.Sheet{Top: true, Width: helpWidth, Rows: helpRows,
		Title: []kit.Run{kit.T("HELP", kit.Strong()), kit.T(" ▸ ", kit.Faint()), kit.T(strings.ToUpper(name[:1])+name[1:], kit.Strong()), kit.T("  "+helpTabs[h.tab], kit.Meta())},
		Note:  []kit.Run{kit.T("/", kit.Look()), kit.T(" search keys", kit.Meta())}}
	if h.search {
		frame.Note = nil
	}
	in := body.Sheet(frame)
	if h.search {
		o := origin(body, frame)
		x := h.drawSearch(s, in)
		return point{o.x + x, o.y}
	}
	switch helpTabs[h.tab] {
	case "glyphs":
		h.drawGlyphs(s, in)
		return point{-1, -1}
	case "time":
		h.drawTime(s, in)
		return point{-1, -1}
	case "levers":
		h.drawLevers(s, in)
		return point{-1, -1}
	}
	at := [4]int{0, 15, 31, 48}
	for i, column := range [4]string{"MOVE", "VIEWS", "LOOK", "LEVERS"} {
		in.Put(at[i], 0, column, kit.Strong())
	}
	in.Put(at[2]+5, 0, "(lower)", kit.Meta())
	in.Put(at[3]+7, 0, "(UPPER)", kit.Meta())
	levers, may, not := s.levers()
	for i, column := range [][]keyLine{moveKeys(), s.viewKeys(), s.lookKeys(), levers} {
		for y, l := range column {
			if y == helpRows-3 {
				break
			}
			key := l.style
			label := kit.Meta()
			switch {
			case key == kit.Lever():
				label = kit.Plain()
			case i == 1 && l.does == name:
				label = kit.Strong()
			}
			width := 5
			if i > 0 {
				width = 2
			}
			right := in.W()
			if i < 3 {
				right = at[i+1] - 1
			}
			x := in.Put(at[i], y+1, l.key, key)
			x = max(x+1, at[i]+width)
			in.PutIn(x, y+1, right-x, l.does, label)
		}
	}
	in.Write(0, helpRows-2, kit.T("ANYWHERE", kit.Strong()), kit.T("   U", kit.Lever()), kit.T(" undo (5m)", kit.Plain()),
		kit.T("    ^l", kit.Look()), kit.T(" redraw", kit.Meta()), kit.T("    q", kit.Look()), kit.T(" back, leave", kit.Meta()))
	runs := []kit.Run{kit.T("you may: ", kit.Meta())}
	if len(may) == 0 {
		runs = append(runs, kit.T("look", kit.Plain()))
	}
	runs = append(runs, kit.T(strings.Join(may, " "), kit.Lever()))
	if len(not) > 0 {
		runs = append(runs, kit.T("    not yours: ", kit.Meta()), kit.T(strings.Join(not, " "), kit.Plain()), kit.T(s.needed(), kit.Meta()))
	}
	in.WriteIn(0, helpRows-1, in.W(), runs...)
	return point{-1, -1}
}

func moveKeys() []keyLine {
	l := kit.Look()
	return []keyLine{{"j k", "row", l}, {"gg ge", "top/end", l}, {"^d ^u", "half", l}, {"tab", "list", l}, {"[ ]", "prev/next", l},
		{"/", "filter", l}, {":", "palette", l}, {"esc q", "back", l}, {"`", "last view", l}, {"?", "this", l}}
}

// viewKeys lists the views by digit; those that this build lacks are dim.
func (s *shell) viewKeys() []keyLine {
	var out []keyLine
	for _, p := range atlas() {
		if p.digit == "" {
			continue
		}
		style := kit.Meta()
		if _, ok := s.views[p.name]; ok {
			style = kit.Look()
		}
		out = append(out, keyLine{p.digit, p.name, style})
	}
	return append(out, keyLine{"0", "more…", kit.Look()})
}

// lookKeys are the view's own, as it hints at them, and the shell's.
func (s *shell) lookKeys() []keyLine {
	out := []keyLine{}
	hints := s.top().view.Hints(s.context())
	if v, ok := s.top().view.(views.Keyed); ok { // those that the selected row does not need
		hints = append(hints[:len(hints):len(hints)], v.Keys()...)
	}
	var moves []keyLine // named under MOVE already, but not what they lead to here
	for _, h := range hints {
		_, lever := s.world.Verbs().ForKey(s.top().view.Name(), h.Key)
		if lever || h.Weight != kit.LookKey || h.Label == "" || strings.Contains(" / : y t esc ? 1-9 ", " "+h.Key+" ") || slices.ContainsFunc(append(out, moves...), func(l keyLine) bool { return l.key == h.Key }) {
			continue
		}
		if strings.Contains(" tab j/k ] [ ] ", " "+h.Key+" ") {
			moves = append(moves, keyLine{h.Key, h.Label, kit.Look()})
			continue
		}
		out = append(out, keyLine{h.Key, h.Label, kit.Look()})
	}
	out = append(out, moves...)
	shell := []keyLine{{"t", "time zone", kit.Look()}, {"y", "copy link", kit.Look()}}
	return append(out[:min(len(out), helpRows-3-len(shell))], shell...)
}

// levers are the verbs that have a key in this view, and which of their keys this person may ever pull.
func (s *shell) levers() (lines []keyLine, may, not []string) {
	for _, v := range s.world.Verbs() {
		if _, bound := s.world.Verbs().ForKey(s.top().view.Name(), v.Key); !bound || !hasView(v.Views, s.top().view.Name()) {
			continue
		}
		if k := slices.IndexFunc(lines, func(l keyLine) bool { return l.key == v.Key }); k >= 0 { // which of them it is depends on the row
			lines[k].does += ", " + v.Hint
			continue
		}
		l := keyLine{v.Key, v.Hint, kit.Lever()}
		if access.Holds(s.person, v.Permission, s.now) {
			may = append(may, v.Key)
		} else {
			l.style = kit.Meta()
			not = append(not, v.Key)
		}
		lines = append(lines, l)
	}
	return lines, may, not
}

func hasView(on []string, name string) bool {
	for _, v := range on {
		if v == name {
			return true
		}
	}
	return false
}

// needed says which roles the missing levers ask for.
func (s *shell) needed() string {
	for _, v := range s.world.Verbs() {
		if !hasView(v.Views, s.top().view.Name()) || access.Holds(s.person, v.Permission, s.now) {
			continue
		}
		if roles := access.RolesWith(v.Permission); len(roles) > 0 {
			return " (needs role " + string(roles[0]) + ")"
		}
	}
	return ""
}

// all are the lines that a search goes through: every key here and every verb.
func (h *help) all(s *shell) []keyLine {
	levers, _, _ := s.levers()
	out := append([]keyLine(nil), levers...)
	out = append(out, moveKeys()...)
	out = append(out, s.lookKeys()...)
	out = append(out, s.viewKeys()...)
	for _, v := range s.world.Verbs() {
		out = append(out, keyLine{v.Name, v.Short, kit.Look()})
	}
	return out
}

func (h *help) drawSearch(s *shell, in kit.Canvas) int {
	words := strings.ToLower(strings.TrimSpace(h.field.String()))
	var found []keyLine
	for _, l := range h.all(s) {
		if strings.Contains(strings.ToLower(l.does), words) || strings.HasPrefix(l.key, h.field.String()) || strings.Contains(strings.ToLower(l.key), words) && len(words) > 1 {
			found = append(found, l)
		}
	}
	in.Put(0, 0, "/", kit.Strong())
	x := h.field.plain(in, 2, 0, in.W()-16)
	in.PutRight(in.W(), 0, counted(len(found), "key", "keys"), kit.Meta())
	h.from = min(h.from, max(0, len(found)-(helpRows-1)))
	for y := 1; y < helpRows && h.from+y-1 < len(found); y++ {
		l := found[h.from+y-1]
		in.PutIn(0, y, 18, l.key, l.style)
		in.PutIn(20, y, in.W()-20, l.does, kit.Meta())
	}
	if len(found) == 0 {
		in.Put(0, 2, "no key and no verb fits", kit.Meta())
	}
	return x
}
