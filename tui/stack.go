package tui

import (
	"reflect"

	tea "charm.land/bubbletea/v2"

	"signalbox/views"
)

// frame is one view on the stack, with what the shell keeps for it.
type frame struct {
	serial int // names the frame to the commands of its view
	view   views.View
	open   views.Open // how it was opened, for the key that goes back to the last view
	filter string     // the words in force
	stale  bool       // something changed while it was covered
	ready  bool       // it has had something to act on
	chosen bool       // what is selected was chosen here or before, and is not just where the view begins
	// seen is what the last painted screen offered to act on: no lever acts on anything else.
	seen seen
}

type seen struct {
	id       string
	revision int64
}

// toView is a message for the view of one frame.
type toView struct {
	serial int
	msg    tea.Msg
	asked  bool // it answers a reading: the screen is painted when all have come
}

// forView addresses what a view's command returns to that view, wherever it is on the stack by then. Messages
// of the runtime (clipboard, window) go where they are meant to go.
func forView(serial int, cmd tea.Cmd) tea.Cmd {
	if cmd == nil {
		return nil
	}
	return func() tea.Msg {
		msg := cmd()
		switch msg := msg.(type) {
		case nil:
			return nil
		case tea.BatchMsg:
			return tea.BatchMsg(forAll(serial, msg))
		}
		if list := reflect.TypeFor[[]tea.Cmd](); reflect.TypeOf(msg).ConvertibleTo(list) {
			// tea.Sequence's message has no name outside of the runtime.
			return tea.Sequence(forAll(serial, reflect.ValueOf(msg).Convert(list).Interface().([]tea.Cmd))...)()
		}
		if !ours(msg) {
			return msg
		}
		return toView{serial: serial, msg: msg}
	}
}

// ours reports whether a message is one of the house's, not of the runtime's.
func ours(msg tea.Msg) bool {
	return msg != nil && reflect.TypeOf(msg).PkgPath() != reflect.TypeFor[tea.View]().PkgPath()
}

func forAll(serial int, cmds []tea.Cmd) []tea.Cmd {
	out := make([]tea.Cmd, len(cmds))
	for i, c := range cmds {
		out[i] = forView(serial, c)
	}
	return out
}

// awaiting is forView for a reading whose answer the screen waits for a while with.
func (s *shell) awaiting(serial int, cmd tea.Cmd) tea.Cmd {
	cmd = forView(serial, cmd)
	if cmd == nil {
		return nil
	}
	s.awaited++
	return func() tea.Msg {
		switch msg := cmd().(type) {
		case toView:
			msg.asked = true
			return msg
		default: // nothing, or what the runtime takes
			return toView{serial, msg, true}
		}
	}
}

func (s *shell) top() *frame { return s.stack[len(s.stack)-1] }

// push opens a view on top. It reports false where this build has no such view.
func (s *shell) push(o views.Open) (tea.Cmd, bool) {
	build, ok := s.views[o.View]
	if !ok {
		return nil, false
	}
	s.serial++
	f := &frame{serial: s.serial, view: build(s.world, o.ID), open: o}
	if len(s.stack) > 0 {
		s.last = s.top().open
	}
	s.stack = append(s.stack, f)
	return tea.Batch(s.resize(f), s.awaiting(f.serial, f.view.Init())), true
}

// pop goes back one view. At the root it does nothing.
func (s *shell) pop() tea.Cmd {
	if len(s.stack) < 2 {
		return nil
	}
	s.last, s.parked = s.top().open, s.top()
	s.stack = s.stack[:len(s.stack)-1]
	return s.wake()
}

// root goes to the first view of the stack, opening it anew where it is another, with the cursor on what was
// selected before.
func (s *shell) root(o views.Open, focus views.Focus) tea.Cmd {
	top, bottom := s.top(), s.stack[0]
	if len(s.stack) == 1 && top.view.Name() == o.View && top.open.View == o.View {
		return s.reread(top)
	}
	if bottom.open == o || o.ID == "" && bottom.open.View == o.View {
		s.stack = s.stack[:1]
		s.last, s.parked = top.open, top
		return tea.Batch(s.wake(), s.send(s.top(), focus))
	}
	old := s.stack
	s.stack = nil
	cmd, ok := s.push(o)
	if !ok {
		s.stack = old
		return s.absent(o.View)
	}
	s.last, s.parked = top.open, top
	return tea.Batch(cmd, s.send(s.top(), focus))
}

// wake brings a view that was covered up to date.
func (s *shell) wake() tea.Cmd {
	f := s.top()
	f.stale = false
	f.seen = seen{}
	return tea.Batch(s.resize(f), s.reread(f))
}

// resize tells the view how large its body is.
func (s *shell) resize(f *frame) tea.Cmd {
	if s.w == 0 {
		return nil
	}
	return s.send(f, views.Resize{W: s.w, H: max(0, s.h-s.around())})
}

// send hands a message to the view of a frame.
func (s *shell) send(f *frame, msg tea.Msg) tea.Cmd {
	return forView(f.serial, f.update(msg))
}

func (f *frame) update(msg tea.Msg) tea.Cmd {
	v, cmd := f.view.Update(msg)
	f.view = v
	return cmd
}

// reread has the view of a frame read its snapshot again.
func (s *shell) reread(f *frame) tea.Cmd {
	return s.awaiting(f.serial, f.update(views.Refresh{}))
}

// deliver takes what a view's command returned: a word to the shell, or something for the view itself.
func (s *shell) deliver(m toView) tea.Cmd {
	if m.asked {
		s.awaited--
	}
	for _, f := range s.stack {
		if f.serial != m.serial {
			continue
		}
		switch msg := m.msg.(type) {
		case views.Open:
			if f != s.top() || s.sheet != nil {
				return nil // it was asked for by a screen that is covered by now
			}
			if f.open == msg {
				return nil
			}
			cmd, ok := s.push(msg)
			if !ok {
				return s.absent(msg.View)
			}
			return cmd
		case views.Back:
			if f != s.top() {
				return nil
			}
			return s.pop()
		case stuck:
			if msg.older && s.ticker.more() > 0 {
				s.ticker.note = nil
				s.ticker.walk(true)
				return nil
			}
			s.say(note{aspect: msg.say.Aspect, text: msg.say.Text})
			return nil
		case views.Say:
			s.say(note{aspect: msg.Aspect, text: msg.Text})
			return nil
		}
		if m.asked && ours(m.msg) { // what it asks for next belongs to the same reading
			return s.awaiting(f.serial, f.update(m.msg))
		}
		if m.asked {
			return func() tea.Msg { return m.msg }
		}
		return s.send(f, m.msg)
	}
	return nil // the view was left
}
