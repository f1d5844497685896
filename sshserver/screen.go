package sshserver

import (
	"errors"
	"strings"

	tea "charm.land/bubbletea/v2"
	"charm.land/ssh"
	"charm.land/wish/v2/bubbletea"

	"signalbox/release"
	"signalbox/terminal"
)

var tooIdle = release.Errorf(release.Refused, "no key was pressed for too long, so the levers were disarmed and this key did nothing").
	Advise("reconnect")

// screen opens the session's screen. False means that the words name none.
func (v *visit) screen(sess ssh.Session, out writer, words []string) (int, bool) {
	pty, _, _ := sess.Pty()
	first := v.firstSize(size{pty.Window.Width, pty.Window.Height})
	model, options := v.server.open(Session{
		Actor: v.actor, Person: v.person, From: sourceOf(v.conn.RemoteAddr()).String(),
		End:  func(why error) { v.end(why, v.server.limits.Grace) },
		Term: pty.Term, Env: environment(sess.Environ()),
		Width: first.width, Height: first.height, Words: words, Done: v.done,
	})
	if model == nil {
		return 0, false
	}
	if err := v.enter(onScreen); err != nil {
		return out.refusal(err, false), true
	}
	typed := newInput(sess, v.done)
	go typed.pump()
	glass := terminal.New(out.out, terminal.Options{Term: pty.Term, Width: first.width, Height: first.height, Fault: v.broke})
	defer glass.Leave()
	options = append(options, bubbletea.MakeOptions(sess)...) // environment and colours of the session
	options = append(options, glass.Program()...)
	options = append(options,
		tea.WithInput(nil), // what is typed comes as messages
		tea.WithWindowSize(first.width, first.height),
		tea.WithFilter(glass.Filter(v.filter)),
		tea.WithoutSignalHandler(),
	)
	p := tea.NewProgram(contained{glass.Watch(model), v.broke}, options...)
	stopped := make(chan struct{})
	go v.resizes(p, stopped)
	go func() {
		keys := terminal.Keys{Term: pty.Term}
		keys.Run(typed.data, v.done, p.Send)
		p.Quit()
	}()
	_, err := p.Run()
	close(stopped)
	_ = glass.Leave() // before the farewell, which is for the screen below

	end := v.ended()
	if end == nil { // the program stopped by itself: a panic that it caught, or an end of its own
		v.server.log.Error("a screen ended by a fault", "person", v.actor.String(), "err", err)
		end = &farewell{ownFault}
	}
	if end.reason == nil {
		return 0, true
	}
	out.farewell(end.reason)
	if errors.Is(end.reason, tooIdle) {
		return 0, true
	}
	return release.Exit(end.reason), true
}

// firstSize is the newest size that has come so far.
func (v *visit) firstSize(asked size) size {
	select {
	case s := <-v.sizes:
		return s
	default:
		return asked
	}
}

// resizes hands the newest size to the program, as fast as the program takes it. It is the one sender into
// this program from outside, and it serves this session only, so that waiting here holds up nobody.
func (v *visit) resizes(p *tea.Program, stopped <-chan struct{}) {
	for {
		select {
		case s := <-v.sizes:
			p.Send(tea.WindowSizeMsg{Width: s.width, Height: s.height})
		case <-stopped:
			return
		}
	}
}

// filter sees every message before the model does.
//
// A quit that the screen asks for is not let through: it ends the session, and with that what is typed; the quit
// that follows stops the program.
func (v *visit) filter(_ tea.Model, msg tea.Msg) tea.Msg {
	if v.ended() != nil {
		if _, quit := msg.(tea.QuitMsg); quit {
			return msg
		}
		return nil
	}
	switch msg.(type) {
	case tea.QuitMsg, tea.InterruptMsg:
		v.end(nil, 0)
		return nil
	case tea.SuspendMsg: // it would suspend the server
		return nil
	case tea.KeyPressMsg, tea.PasteMsg, tea.MouseClickMsg, tea.MouseWheelMsg:
		if v.idle.press(v.server.now()) {
			v.end(tooIdle, v.server.limits.Stall)
			return nil
		}
	}
	return msg
}

// broke ends the session of a model that panicked.
func (v *visit) broke(what any, stack []byte) {
	v.server.log.Error("panic in a screen", "person", v.actor.String(), "panic", what, "stack", string(stack))
	v.end(ownFault, v.server.limits.Stall)
}

func environment(list []string) map[string]string {
	out := make(map[string]string, len(list))
	for _, kv := range list {
		name, value, _ := strings.Cut(kv, "=")
		out[name] = value
	}
	return out
}
