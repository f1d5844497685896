package tui

import (
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"signalbox/release"
	"signalbox/release/access"
	"signalbox/release/change"
	"signalbox/release/feed"
	"signalbox/release/rollout"
	"signalbox/themes"
	"signalbox/views"
	"signalbox/views/kit"
)

// paletteRows is how many entries the palette shows at once.
const paletteRows = 8

// palette is the sheet in which anything can be found by typing: changes, views, levers, themes, settings. A
// lever found here opens its sheet and never fires.
type palette struct {
	field field
	lit   int
	all   []entry
	mark  func(id string) string // as this world writes the id of a change
}

// entry is one thing that the palette can do.
type entry struct {
	mark   kit.Run
	name   string
	detail string
	kind   string // "go", "lever", "view", "set", "copy"
	note   string
	words  string // what typing is compared with, lower case
	run    func(s *shell) tea.Cmd
}

func newPalette(s *shell) *palette { return &palette{all: s.entries(), mark: s.marked} }

// entries are gathered when the palette opens and stay while it is open.
func (s *shell) entries() []entry {
	var out []entry
	dot := kit.T("·", kit.Meta())
	add := func(e entry) {
		if e.mark.Text == "" {
			e.mark = dot
		}
		e.words = strings.ToLower(e.words + " " + e.name + " " + e.detail)
		out = append(out, e)
	}
	sel := s.top().view.Selection()
	for _, v := range s.world.Verbs() {
		if v.Key == "" || !hasView(v.Views, s.top().view.Name()) || sel.Kind == "" || !access.Holds(s.person, v.Permission, s.now) {
			continue
		}
		if v.Name == "undo" && len(s.undos) == 0 && views.May(v, sel, s.person, s.now) != nil {
			continue
		}
		add(entry{name: v.Hint, detail: views.Subject(v, sel), kind: "lever", note: v.Key, words: ">" + v.Name, run: func(s *shell) tea.Cmd {
			if v.Name == "undo" {
				return s.undo()
			}
			return s.pull(v)
		}})
	}
	if q := s.alarm.Queue; q != nil {
		known := s.waiting()
		for k := range q.Decided {
			known = append(known, &q.Decided[k])
		}
		for _, i := range known {
			id := i.Change.ID
			add(entry{mark: kit.ItemMark(i, s.now), name: id, detail: i.Change.Name() + "  " + i.Standing(), kind: "go", words: bare(id) + " svc:" + i.Change.Service,
				run: func(s *shell) tea.Cmd { return s.openChange(id) }})
		}
	}
	if _, ok := s.views["feeds"]; ok {
		for _, f := range s.alarm.Feeds {
			add(entry{mark: feedMark(f.Aspect(s.now, s.alarm.Since)), name: f.Name, detail: string(f.Kind) + " feed, " + f.Type, kind: "go", words: "feed:" + f.Name,
				run: func(s *shell) tea.Cmd { return s.openFeed(f.Name) }})
		}
	}
	for _, p := range atlas() {
		if _, ok := s.views[p.name]; ok {
			note := p.digit
			if note == "" {
				note = "g" + p.letter
			}
			add(entry{name: p.name, kind: "view", note: note, run: func(s *shell) tea.Cmd { return s.goTo(p.name) }})
		}
	}
	if sel.ID != "" {
		add(entry{name: s.link(sel), kind: "copy", note: "y", words: "link copy", run: (*shell).copyLink})
	}
	for _, n := range themes.Names() {
		add(entry{name: "=theme " + n, kind: "set", words: "=" + n, run: func(s *shell) tea.Cmd { return s.setTheme(n) }})
	}
	for _, n := range themes.Tiers() {
		add(entry{name: "=glyphs " + n, kind: "set", run: func(s *shell) tea.Cmd { return s.setTier(n) }})
	}
	add(entry{name: "tz", detail: "NAME, as in tz Europe/Berlin: the zone of all times", kind: "set", note: "t", words: "time zone", run: func(s *shell) tea.Cmd { s.cycleZone(); return nil }})
	add(entry{name: "help", detail: "keys and verbs", kind: "view", note: "?", words: "?", run: func(s *shell) tea.Cmd { s.sheet = &help{}; return nil }})
	add(entry{name: "quit", detail: "leave signalbox", kind: "view", note: "q", words: "exit leave", run: func(s *shell) tea.Cmd { s.sheet = leave{}; return nil }})
	return out
}

// bare is an id as people type it: chg4182.
func bare(id string) string { return strings.ReplaceAll(id, "-", "") }

func (s *shell) openChange(id string) tea.Cmd {
	id = s.marked(id)
	if s.top().open == (views.Open{View: "change", ID: id}) {
		return nil
	}
	cmd, ok := s.push(views.Open{View: "change", ID: id})
	if !ok {
		return s.absent("change")
	}
	return cmd
}

func (s *shell) openFeed(name string) tea.Cmd {
	if s.top().open == (views.Open{View: "feeds", ID: name}) {
		return nil
	}
	cmd, _ := s.push(views.Open{View: "feeds", ID: name})
	return cmd
}

// feedMark is the shape of a feed by its age.
func feedMark(a feed.Aspect) kit.Run {
	switch a {
	case feed.Dark:
		return kit.Mark(release.Dark)
	case feed.Late:
		return kit.Mark(release.Caution)
	}
	return kit.Mark(release.Go)
}

func (s *shell) setTheme(name string) tea.Cmd {
	s.look.chosen = name
	s.look.resolve()
	n := note{aspect: release.Planned, text: "theme " + s.look.theme.Name()}
	if s.look.theme.Name() != name {
		n.try = "this terminal shows no more colours than that"
	}
	s.say(n)
	return nil
}

func (s *shell) setTier(name string) tea.Cmd {
	s.look.tier, s.look.fixed = themes.TierByName(name)
	s.say(note{aspect: release.Planned, text: "glyphs " + name})
	return tea.ClearScreen
}

// found are the entries that fit what is typed: all words, those that begin a name first.
func (p *palette) found() []entry {
	typed := strings.ToLower(strings.Join(strings.Fields(strings.TrimPrefix(p.field.String(), ":")), " "))
	var first, rest []entry
	for _, e := range p.all {
		fits := true
		for _, w := range strings.Fields(typed) {
			fits = fits && strings.Contains(e.words, w)
		}
		switch {
		case !fits:
		case strings.HasPrefix(strings.ToLower(e.name), typed), p.exactID(e.name, typed):
			first = append(first, e)
		default:
			rest = append(rest, e)
		}
	}
	out := append(first, rest...)
	id, err := change.ParseID(typed)
	if id = p.mark(id); err == nil && !slices.ContainsFunc(out, func(e entry) bool { return e.name == id }) {
		out = append(out, entry{mark: kit.T("·", kit.Meta()), name: id, detail: "not in the queue", kind: "go", run: func(s *shell) tea.Cmd { return s.openChange(id) }})
	}
	if rollout.IsID(typed) {
		if id, err := rollout.ParseID(typed); err == nil {
			out = append([]entry{{mark: kit.T("·", kit.Meta()), name: id, detail: "a rollout", kind: "go", run: func(s *shell) tea.Cmd { return s.openRollout(id) }}}, out...)
		}
	}
	return out
}

func (s *shell) openRollout(id string) tea.Cmd {
	if s.top().open == (views.Open{View: "rollout", ID: id}) {
		return nil
	}
	cmd, ok := s.push(views.Open{View: "rollout", ID: id})
	if !ok {
		return s.absent("rollout")
	}
	return cmd
}

func (p *palette) exactID(name, typed string) bool {
	id, err := change.ParseID(typed)
	return err == nil && p.mark(id) == name
}

func (p *palette) key(s *shell, k tea.KeyPressMsg) tea.Cmd {
	found := p.found()
	switch k.String() {
	case "esc", "ctrl+c":
		s.sheet = nil
	case "up", "ctrl+p", "shift+tab":
		p.lit = max(0, p.lit-1)
	case "down", "ctrl+n":
		p.lit = min(p.lit+1, max(0, len(found)-1))
	case "tab":
		if p.lit < len(found) {
			p.field = newField(found[p.lit].name)
			p.lit = 0
		}
	case "backspace":
		if p.field.String() == "" {
			s.sheet = nil
			return nil
		}
		p.field.key(k)
		p.lit = 0
	case "enter":
		s.sheet = nil
		return p.run(s, found)
	default:
		if p.field.key(k) {
			p.lit = 0
		}
	}
	return nil
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
	case p.lit < len(found):
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
	if near := nearest(low, names); near != "" {
		n.try = "did you mean " + near + "?"
	}
	s.say(n)
	return nil
}

func (p *palette) paste(_ *shell, text string) bool { p.field.insert(text); p.lit = 0; return true }
func (p *palette) crumb() string                    { return "" }
func (p *palette) armed() bool                      { return false }

func (p *palette) hints(*shell) []kit.Hint {
	return []kit.Hint{{Key: "type"}, {Key: "↑ ↓", Label: "choose"}, {Key: "⏎", Label: "go or open sheet"}, {Key: "tab", Label: "complete"}, {Key: "esc", Label: "close"}}
}

func (p *palette) draw(_ *shell, body kit.Canvas) point {
	found := p.found()
	frame := kit.Sheet{Top: true, Rows: paletteRows + 1, Title: []kit.Run{kit.T(":", kit.Strong())},
		Note: []kit.Run{kit.T(fmt.Sprintf("%d of %d", len(found), len(p.all)), kit.Meta())}}
	in := body.Sheet(frame)
	o := origin(body, frame)
	in.Put(0, 0, ":", kit.Strong())
	x := p.field.plain(in, 2, 0, in.W()-2)
	if p.field.model().Position() == len([]rune(p.field.String())) {
		in.Put(x, 0, "▌", kit.Here())
	}
	p.lit = min(p.lit, max(0, len(found)-1))
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
	legend := " id · view · svc:name · >lever · =theme cb-safe · tz Europe/Berlin "
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
