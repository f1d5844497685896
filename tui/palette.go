package tui

import (
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"

	"signalbox/release"
	"signalbox/themes"
	"signalbox/views/kit"
)

// paletteRows is how many entries the palette shows at once.
const paletteRows = 8

// palette is the sheet in which anything can be found by typing: changes, services, people, views, levers, themes,
// settings. A lever found here opens its sheet and never fires.
type palette struct {
	field field
	lit   int
	all   []entry
	mark  func(id string) string // as this world writes the id of a change
	shown []entry                // that fit what is typed, the best first
}

func newPalette(s *shell) *palette {
	p := &palette{all: s.entries(), mark: s.marked}
	p.find()
	return p
}

// renew gathers the entries again. What was lit stays so, as far as it is still there.
func (p *palette) renew(s *shell) {
	was := entry{}
	if p.lit < len(p.shown) {
		was = p.shown[p.lit]
	}
	p.all = s.entries()
	p.find()
	for k := range p.shown {
		if p.lit > 0 && p.shown[k].name == was.name && p.shown[k].detail == was.detail {
			p.lit = k
		}
	}
}

// find ranks the entries against what is typed.
func (p *palette) find() { p.shown = rank(p.all, p.field.String(), p.mark) }

func (p *palette) key(s *shell, k tea.KeyPressMsg) tea.Cmd {
	found := p.shown
	switch k.String() {
	case "esc", "ctrl+c":
		s.sheet = nil
	case "up", "ctrl+p", "shift+tab":
		p.lit = max(0, p.lit-1)
	case "down", "ctrl+n":
		p.lit = min(p.lit+1, max(0, len(found)-1))
	case "tab":
		if p.lit < len(found) {
			p.field = newField(found[p.lit].typed())
			p.lit = 0
			p.find()
		}
	case "backspace":
		if p.field.String() == "" {
			s.sheet = nil
			return nil
		}
		p.field.key(k)
		p.lit = 0
		p.find()
	case "enter":
		s.sheet = nil
		return p.run(s, found)
	default:
		if p.field.key(k) {
			p.lit = 0
			p.find()
		}
	}
	return nil
}

func (p *palette) wheel(down bool) {
	if p.lit--; down {
		p.lit += 2
	}
	p.lit = max(0, min(p.lit, len(p.shown)-1))
}

// run does what is lit, or answers for words that name nothing.
func (p *palette) run(s *shell, found []entry) tea.Cmd {
	typed := strings.TrimSpace(p.field.String())
	low := strings.ToLower(typed)
	switch {
	case strings.HasPrefix(low, "tz "):
		return findZone(strings.TrimSpace(typed[3:]))
	case low == "=theme":
		return s.setTheme(s.look.next())
	case low == "q", low == "quit":
		s.sheet = leave{}
		return nil
	case strings.HasPrefix(low, "set "):
		if cmd, ok := s.setting(typed); ok {
			return cmd
		}
	case strings.HasPrefix(low, "?"):
		h := &help{search: true}
		h.field = newField(strings.TrimSpace(typed[1:]))
		s.sheet = h
		return nil
	}
	if p.lit < len(found) {
		return found[p.lit].run(s)
	}
	for _, a := range atlas() {
		if a.name == low {
			return s.absent(a.name)
		}
	}
	var names []string
	for _, e := range p.all {
		names = append(names, strings.ToLower(e.name))
	}
	for _, a := range atlas() {
		names = append(names, a.name)
	}
	n := note{aspect: release.Stop, text: "no such view: " + release.Clean(typed, 30), try: ": lists them all"}
	if strings.ContainsAny(typed[:min(1, len(typed))], "@>=") || strings.Contains(typed, ":") || strings.ContainsAny(typed, "0123456789") {
		n.text = "nothing is called " + release.Clean(typed, 30)
	}
	if near := nearest(low, names); near != "" {
		n.try = "did you mean " + near + "?   0 all views"
	}
	s.say(n)
	return nil
}

func (p *palette) paste(_ *shell, text string) bool {
	p.field.insert(text)
	p.lit = 0
	p.find()
	return true
}
func (p *palette) crumb() string { return "" }
func (p *palette) armed() bool   { return false }

func (p *palette) hints(*shell) []kit.Hint {
	return []kit.Hint{{Key: "type"}, {Key: "↑ ↓", Label: "choose"}, {Key: "⏎", Label: "go or open sheet"}, {Key: "tab", Label: "complete"}, {Key: "esc", Label: "close"}}
}

func (p *palette) draw(_ *shell, body kit.Canvas) point {
	found := p.shown
	frame := kit.Sheet{Top: true, Rows: paletteRows + 1, Title: []kit.Run{kit.T(":", kit.Strong())},
		Note: []kit.Run{kit.T(fmt.Sprintf("%d of %d", len(found), len(p.all)), kit.Meta())}}
	in := body.Sheet(frame)
	o := origin(body, frame)
	in.Put(0, 0, ":", kit.Strong())
	p.lit = min(p.lit, max(0, len(found)-1))
	room := in.W() - 2
	if p.lit < len(found) && found[p.lit].effect != "" { // what ⏎ comes to, before it is pressed
		room = in.PutRight(in.W(), 0, kit.Truncate("⏎ "+found[p.lit].effect, in.W()/2), kit.Meta()) - 4
	}
	x := p.field.plain(in, 2, 0, room)
	if p.field.model().Position() == len([]rune(p.field.String())) {
		in.Put(x, 0, "▌", kit.Here())
	}
	from := max(0, p.lit-paletteRows+1)
	for y := 1; y <= paletteRows && from+y-1 < len(found); y++ {
		if from+y-1 == p.lit {
			body.Put(o.x-1, o.y+y, "▌", kit.Here().On(themes.Raised))
		}
		p.row(in, y, found[from+y-1], from+y-1 == p.lit)
	}
	if len(found) == 0 {
		in.Put(0, 2, "nothing fits; ⏎ looks for what is near", kit.Meta())
	}
	legend := " id · view · svc:name · @person · >lever · =theme · tz · set · ?help "
	body.Put(o.x, o.y+paletteRows+1, legend, kit.Meta().On(themes.Raised))
	return point{o.x + x, o.y}
}

func (p *palette) row(in kit.Canvas, y int, e entry, lit bool) {
	name := kit.Plain()
	if lit {
		in.Select(0, y, in.W())
		name = kit.Strong()
	}
	in.Write(0, y, e.mark)
	if lit {
		act := " go"
		if e.kind == "lever" {
			act = " sheet"
		}
		in.WriteRight(in.W(), y, kit.T("⏎", kit.Lever()), kit.T(act, kit.Plain()))
	}
	const kinds = 18
	in.Put(in.W()-kinds, y, e.kind, kit.Meta())
	in.Put(in.W()-kinds+6, y, e.note, kit.Look())
	x := in.PutIn(2, y, in.W()-kinds-3, e.name, name)
	x = max(x+1, 12)
	in.PutIn(x, y, in.W()-kinds-1-x, e.detail, kit.Meta())
}
