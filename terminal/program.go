package terminal

import (
	"fmt"
	"reflect"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
)

// Program are the options under which a Bubble Tea program leaves its terminal to t: without a renderer, and
// with a ticker (which hands on what the program itself writes) that beats once a second. Its model must be
// Watched, its filter is Filter's, and behind Run comes Leave.
func (t *Terminal) Program() []tea.ProgramOption {
	return []tea.ProgramOption{tea.WithoutRenderer(), tea.WithFPS(1), tea.WithOutput(t), tea.WithFilter(t.Filter(nil))}
}

// Watch returns m with its frames shown on t.
func (t *Terminal) Watch(m tea.Model) tea.Model { return watched{m, t} }

type watched struct {
	tea.Model
	on *Terminal
}

func (w watched) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	m, cmd := w.Model.Update(msg)
	return watched{m, w.on}, cmd
}

func (w watched) View() tea.View {
	v := w.Model.View()
	w.on.Show(v)
	return v
}

// Filter returns a program's filter that hears what first (which may be nil) lets pass.
func (t *Terminal) Filter(first func(tea.Model, tea.Msg) tea.Msg) func(tea.Model, tea.Msg) tea.Msg {
	return func(m tea.Model, msg tea.Msg) tea.Msg {
		if first != nil {
			msg = first(m, msg)
		}
		if msg != nil && t.Hear(msg) {
			return nil
		}
		return msg
	}
}

// asks are the messages by which a model asks the program to write something to its terminal. The program would
// do so at its ticker's next beat. Their types have no names; what makes them has.
var asks = map[reflect.Type]func(tea.Msg) string{
	kind(tea.SetClipboard("")):        func(m tea.Msg) string { return ansi.SetSystemClipboard(text(m)) },
	kind(tea.SetPrimaryClipboard("")): func(m tea.Msg) string { return ansi.SetPrimaryClipboard(text(m)) },
	kind(tea.ReadClipboard):           always(ansi.RequestSystemClipboard),
	kind(tea.ReadPrimaryClipboard):    always(ansi.RequestPrimaryClipboard),
	kind(tea.RequestBackgroundColor):  always(ansi.RequestBackgroundColor),
	kind(tea.RequestForegroundColor):  always(ansi.RequestForegroundColor),
	kind(tea.RequestCursorColor):      always(ansi.RequestCursorColor),
	kind(tea.RequestCursorPosition):   always(ansi.RequestCursorPositionReport),
	kind(tea.RequestTerminalVersion):  always(ansi.RequestNameVersion),
	kind(tea.RequestCapability("")):   func(m tea.Msg) string { return ansi.RequestTermcap(text(m)) },
	reflect.TypeFor[tea.RawMsg]():     func(m tea.Msg) string { return fmt.Sprint(m.(tea.RawMsg).Msg) },
}

var clears = kind(tea.ClearScreen)

func kind(cmd tea.Cmd) reflect.Type          { return reflect.TypeOf(cmd()) }
func text(m tea.Msg) string                  { return reflect.ValueOf(m).String() }
func always(seq string) func(tea.Msg) string { return func(tea.Msg) string { return seq } }

// Hear takes a message before the model does, and reports whether it was meant for the terminal alone: then
// nobody else need see it. It learns the terminal's size and what it can do from others.
func (t *Terminal) Hear(msg tea.Msg) bool {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		t.Resize(msg.Width, msg.Height)
		return false
	case tea.ModeReportMsg:
		if msg.Mode == ansi.ModeSynchronizedOutput {
			t.Synchronise(msg.Value == ansi.ModeReset || msg.Value == ansi.ModeSet)
		}
		return false
	case nil:
		return false
	}
	kind := reflect.TypeOf(msg)
	if kind == clears {
		t.Repaint()
		return true
	}
	if ask := asks[kind]; ask != nil {
		_, _ = t.Write([]byte(ask(msg)))
		return true
	}
	return false
}
