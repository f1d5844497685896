package tui

import (
	"unicode"
	"unicode/utf8"

	tea "charm.land/bubbletea/v2"

	"signalbox/release"
	"signalbox/release/access"
	"signalbox/views"
)

// idle reports whether levers that are armed must not be any more. A wall of somebody who only looks has
// none, and keeps its ticker.
func (s *shell) idle() bool {
	// A simulated clock says nothing of how long nobody was here, and what its levers move is simulated too.
	return s.drill == nil && !s.disarmed && s.now.Sub(s.pressed) >= access.DisarmAfter && !s.person.OnlyLooks(s.now)
}

// press notes that somebody is there. It reports whether the levers had been disarmed until now.
func (s *shell) press() bool {
	if s.idle() { // no tick has come in between
		s.disarm()
	}
	was := s.disarmed
	s.pressed, s.disarmed = s.now, false
	if n := s.ticker.note; n != nil && n.sticky {
		s.ticker.note = nil
	}
	return was
}

// disarm takes the levers away until a key is pressed: a sheet that could fire is closed.
func (s *shell) disarm() {
	s.disarmed = true
	if s.sheet != nil && s.sheet.armed() {
		s.sheet = nil
	}
	s.say(note{aspect: release.Caution, text: "levers are disarmed: no key was pressed for 10 minutes", sticky: true})
}

// key gives a key to whoever it is for: the small screen, the prompt, the sheet, the shell, a lever, the view.
func (s *shell) key(k tea.KeyPressMsg) tea.Cmd {
	slept := s.press()
	key := k.String()
	before := s.before
	s.before = nil
	switch {
	case len(before) > 0 && key == "enter" && !s.tiny() && s.sheet == nil && s.filter == nil:
		return s.resume(before)
	case s.tiny():
		return s.smallKey(key)
	case s.filter != nil:
		if s.filterKey(k); s.filter == nil { // another row may be under the cursor, of which not all was read yet
			return s.reread(s.top())
		}
		return nil
	case s.sheet != nil:
		return s.sheet.key(s, k)
	case s.prefix:
		s.prefix = false
		return s.afterG(key)
	}
	lever, bound := s.world.Verbs().ForKey(s.top().view.Name(), key)
	if slept && (acts(key) || bound || key == "enter") {
		s.say(note{aspect: release.Caution, text: "levers were disarmed after 10 minutes without a key; " + key + " did nothing", try: "press it again"})
		return nil
	}
	switch key {
	case "esc", "backspace", "q":
		return s.back(key)
	case "ctrl+c":
		s.sheet = leave{}
		return nil
	case "ctrl+l":
		return tea.ClearScreen
	case "g":
		s.prefix = true
		return nil
	case "`":
		return s.toggle()
	case "t":
		s.cycleZone()
		return nil
	case ":":
		s.sheet = newPalette(s)
		return s.readNames()
	case "/":
		s.askFilter()
		return nil
	case "?":
		s.sheet = &help{}
		return nil
	case "y":
		return s.copyLink()
	case "!":
		return s.notYet("the halt sheet")
	case "I":
		return s.notYet("starting an incident")
	case "0":
		s.sheet = newMenu(s)
		return s.readNames()
	case "U":
		return s.undo()
	case "]", "[":
		return s.walk(k)
	}
	if cmd, ok := s.visit(func(p place) bool { return p.digit == key }); ok {
		return cmd
	}
	if bound {
		return s.pull(s.meant(lever))
	}
	if acts(key) {
		s.say(note{aspect: release.Planned, text: key + " does nothing on this screen", try: "? lists its keys"})
		return nil
	}
	s.top().chosen = true
	return s.send(s.top(), k)
}

// acts reports whether a key is one of those that change the world, wherever they are bound.
func acts(key string) bool {
	r, n := utf8.DecodeRuneInString(key)
	return n == len(key) && (unicode.IsUpper(r) || r == '!' || r == '@' || r == '+')
}

// back closes what is open, one thing a press: the filter, then the view. At the root esc does nothing and q
// asks to leave.
func (s *shell) back(key string) tea.Cmd {
	switch {
	case s.top().filter != "":
		s.setFilter("")
		return s.reread(s.top())
	case len(s.stack) > 1:
		return s.pop()
	case key == "q":
		s.sheet = leave{}
	default:
		s.ticker.note = nil
	}
	return nil
}

// afterG finishes a key that began with g. The top and the end of a list are the view's own.
func (s *shell) afterG(key string) tea.Cmd {
	if key == "g" || key == "e" {
		s.top().chosen = true
		first := s.send(s.top(), tea.KeyPressMsg{Code: 'g', Text: "g"})
		return tea.Batch(first, s.send(s.top(), tea.KeyPressMsg{Code: rune(key[0]), Text: key}))
	}
	if cmd, ok := s.visit(func(p place) bool { return p.letter == key }); ok {
		return cmd
	}
	if key != "esc" {
		s.say(note{aspect: release.Planned, text: "g " + release.Clean(key, 12) + " goes nowhere", try: "0 lists all places"})
	}
	return nil
}

// toggle goes to the view before this one, and back again.
func (s *shell) toggle() tea.Cmd {
	to := s.last
	if to.View == "" {
		s.say(note{aspect: release.Planned, text: "there is no view before this one"})
		return nil
	}
	for i := range s.stack {
		if s.stack[i].open == to && i < len(s.stack)-1 {
			s.last, s.parked = s.top().open, s.top()
			s.stack = s.stack[:i+1]
			return s.wake()
		}
	}
	if p := s.parked; p != nil && p.open == to { // as it was left: its cursor, scroll and filter
		s.last, s.parked = s.top().open, nil
		s.stack = append(s.stack, p)
		return s.wake()
	}
	cmd, ok := s.push(to)
	if !ok {
		return s.absent(to.View)
	}
	return cmd
}

// stuck is what a view said when ] or [ found nothing to go to.
type stuck struct {
	say   views.Say
	older bool
}

// walk gives ] and [ to the view. One that has nothing to go to leaves them to the ticker.
func (s *shell) walk(k tea.KeyPressMsg) tea.Cmd {
	f, older := s.top(), k.String() == "]"
	f.chosen = true
	before, lit := f.view.Selection().ID, f.view.Lit()
	v, cmd := f.view.Update(k)
	f.view = v
	if cmd == nil && v.Selection().ID == before && v.Lit() == lit {
		s.ticker.walk(older)
		return nil
	}
	if cmd == nil {
		return nil
	}
	return forView(f.serial, func() tea.Msg {
		msg := cmd()
		if say, ok := msg.(views.Say); ok {
			return stuck{say, older}
		}
		return msg
	})
}

func (s *shell) notYet(what string) tea.Cmd {
	s.say(note{aspect: release.Planned, text: what + " is not in this build yet"})
	return nil
}

// copyLink puts the command that opens the selection into the clipboard and on the ticker, for terminals
// that refuse the first.
func (s *shell) copyLink() tea.Cmd {
	sel := s.top().view.Selection()
	if sel.ID == "" {
		s.say(note{aspect: release.Planned, text: "nothing is selected to link to"})
		return nil
	}
	s.say(note{aspect: release.Planned, text: s.link(sel), try: "copied, where the terminal lets it be", sticky: true})
	return tea.SetClipboard(s.link(sel))
}
