package tui

import (
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"signalbox/release"
	"signalbox/release/access"
	"signalbox/release/feed"
	"signalbox/release/names"
	"signalbox/themes"
	"signalbox/views/kit"
)

// menu is the sheet of all places: the keys that go to each, what is there, and what it asks for. One that this
// build lacks says so.
type menu struct {
	lit int
}

// newMenu has the cursor on the place that one is in.
func newMenu(s *shell) *menu {
	m := &menu{}
	for k, p := range atlas() {
		if p.name == s.stack[0].view.Name() {
			m.lit = k
		}
	}
	return m
}

func (m *menu) key(s *shell, k tea.KeyPressMsg) tea.Cmd {
	all := atlas()
	switch key := k.String(); key {
	case "esc", "ctrl+c", "backspace", "0":
		s.sheet = nil
	case "up", "k", "ctrl+p", "shift+tab":
		m.wheel(false)
	case "down", "j", "ctrl+n", "tab":
		m.wheel(true)
	case "enter":
		return m.visit(s, all[m.lit])
	default:
		for _, p := range all {
			if p.digit == key || p.letter == key {
				return m.visit(s, p)
			}
		}
	}
	return nil
}

// visit goes to a place. The menu stays open on one that there is not.
func (m *menu) visit(s *shell, p place) tea.Cmd {
	m.lit = slices.Index(atlas(), p)
	if _, ok := s.views[p.name]; !ok {
		return s.absent(p.name)
	}
	s.sheet = nil
	return s.goTo(p.name)
}

func (m *menu) wheel(down bool) {
	if m.lit--; down {
		m.lit += 2
	}
	m.lit = max(0, min(m.lit, len(atlas())-1))
}

func (m *menu) paste(*shell, string) bool { return false }
func (m *menu) crumb() string             { return "places" }
func (m *menu) armed() bool               { return false }

func (m *menu) hints(*shell) []kit.Hint {
	return []kit.Hint{{Key: "1-9"}, {Key: "a-z", Label: "go there"}, {Key: "j/k", Label: "choose"}, {Key: "⏎", Label: "go"}, {Key: "esc", Label: "close"}}
}

func (m *menu) draw(s *shell, body kit.Canvas) point {
	all := atlas()
	built := 0
	for _, p := range all {
		if _, ok := s.views[p.name]; ok {
			built++
		}
	}
	frame := kit.Sheet{Top: true, Rows: len(all) + 1, Title: []kit.Run{kit.T("0", kit.Strong()), kit.T(" ALL PLACES", kit.Strong())},
		Note: []kit.Run{kit.T(fmt.Sprintf("%d of %d in this build", built, len(all)), kit.Meta())}}
	in := body.Sheet(frame)
	o := origin(body, frame)
	for y, p := range all {
		if y >= in.H()-1 {
			break
		}
		_, has := s.views[p.name]
		if y == m.lit {
			in.Select(0, y, in.W())
			body.Put(o.x-1, o.y+y, "▌", kit.Here().On(themes.Raised))
		}
		key, name := kit.Look(), kit.Plain()
		if !has {
			key, name = kit.Meta(), kit.Meta()
		}
		if p.name == s.top().view.Name() {
			name = kit.Strong()
		}
		in.Put(0, y, p.digit, key)
		in.Put(3, y, "g"+p.letter, key)
		in.Put(8, y, p.name, name)
		what := s.there(p.name)
		if !has {
			what = []kit.Run{kit.T("not in this build yet", kit.Meta())}
		}
		right := in.W()
		if need := s.needs(p.name); need != "" {
			right = in.PutRight(right, y, need, kit.Meta()) - 2
		}
		in.WriteIn(20, y, right-20, what...)
	}
	in.WriteIn(0, in.H()-1, in.W(), kit.T("`", kit.Look()), kit.T(" view before   ", kit.Meta()), kit.T(":", kit.Look()), kit.T(" by name   ", kit.Meta()),
		kit.T("?", kit.Look()), kit.T(" keys   ", kit.Meta()), kit.T("what is selected comes with you", kit.Meta()))
	return point{-1, -1}
}

// there says what a place holds now, as far as the session has read it.
func (s *shell) there(name string) []kit.Run {
	count := func(n int, one, many string) []kit.Run {
		return []kit.Run{kit.T(kit.Thousands(int64(n)), kit.Strong()), kit.T(strings.TrimPrefix(counted(n, one, many), fmt.Sprint(n)), kit.Plain())}
	}
	meta := func(text string) []kit.Run { return []kit.Run{kit.T(text, kit.Meta())} }
	switch name {
	case "board":
		return meta("the whole estate on one screen")
	case "queue":
		if s.alarm.Queue == nil {
			return meta("being read")
		}
		out := count(len(s.alarm.Queue.Items), "change waits", "changes wait")
		if s.person != nil {
			if mine := s.alarm.Queue.Mine(s.person.ID); mine > 0 {
				out = append(out, kit.T(" · ", kit.Faint()), kit.T(fmt.Sprintf("%d yours", mine), kit.Yours()))
			}
		}
		return out
	case "rollouts":
		if !s.alarmed {
			return meta("being read")
		}
		return count(s.alarm.Rollouts, "rollout goes on", "rollouts go on")
	case "feeds":
		return s.feedsThere()
	case "conflicts":
		if s.names == nil {
			return meta("what wants the same time or place")
		}
		return count(len(s.names.Of(names.Conflict)), "conflict stands", "conflicts stand")
	case "calendar":
		if s.names == nil {
			return meta("freezes, windows, releases")
		}
		on := 0
		all := s.names.Of(names.Freeze)
		for _, f := range all {
			if f.Aspect == release.Stop {
				on++
			}
		}
		out := count(on, "freeze in force", "freezes in force")
		return append(out, kit.T(" · ", kit.Faint()), kit.T(fmt.Sprintf("%d to come", len(all)-on), kit.Plain()))
	case "graph", "services", "health":
		if s.names == nil {
			return meta("services and what they rest on")
		}
		return count(len(s.names.Of(names.Service)), "service", "services")
	}
	return meta(map[string]string{"incident": "what is being fought", "trains": "releases that go together",
		"audit": "what was done, and by whom", "metrics": "how well changes go", "access": "who may do what", "sandbox": "the same on a simulated company"}[name])
}

func (s *shell) feedsThere() []kit.Run {
	if !s.alarmed {
		return []kit.Run{kit.T("being read", kit.Meta())}
	}
	dark, _ := s.alarm.DarkFeeds(s.now)
	late := 0
	for _, f := range s.alarm.Feeds {
		if f.Aspect(s.now, s.alarm.Since) == feed.Late {
			late++
		}
	}
	out := []kit.Run{kit.T(fmt.Sprint(len(s.alarm.Feeds)), kit.Strong()), kit.T(strings.TrimLeft(counted(len(s.alarm.Feeds), "feed", "feeds"), "0123456789"), kit.Plain())}
	if dark > 0 {
		out = append(out, kit.T(" · ", kit.Faint()), kit.T(fmt.Sprintf("○ %d dark", dark), kit.AspectShape(release.Dark)))
	}
	if late > 0 {
		out = append(out, kit.T(" · ", kit.Faint()), kit.T(fmt.Sprintf("▲ %d late", late), kit.AspectShape(release.Caution)))
	}
	if n := len(s.names.Of(names.Letter)); n > 0 {
		out = append(out, kit.T(" · ", kit.Faint()), kit.T(counted(n, "dead letter", "dead letters"), kit.Plain()))
	}
	return out
}

// asks are the permissions of places that not everybody who reads may see.
var asks = map[string]access.Permission{"audit": access.ReadAudit, "access": access.People}

// needs says which roles a place asks for, where the person has none of them.
func (s *shell) needs(name string) string {
	perm, ok := asks[name]
	if !ok {
		perm = access.Read
	}
	if access.Holds(s.person, perm, s.now) {
		return ""
	}
	var roles []string
	for _, r := range access.RolesWith(perm) {
		roles = append(roles, string(r))
	}
	if len(roles) > 2 {
		return "needs a role"
	}
	return "needs " + strings.Join(roles, " or ")
}
