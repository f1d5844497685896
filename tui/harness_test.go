package tui

import (
	"errors"
	"reflect"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"signalbox/release/change"
	"signalbox/views"
)

// rig drives a shell as the runtime does, but in one goroutine: commands that wait for time or for the
// mailbox are left out, and a test sends what they would.
type rig struct {
	t    interface{ Fatalf(string, ...any) }
	h    *house
	s    *shell
	quit bool
	sent []tea.Msg // messages for the runtime, such as the clipboard's
}

func newRig(t testing.TB, h *house, o Options) *rig {
	t.Helper()
	r := newRigIn(t, h, o)
	r.h = h
	return r
}

// newRigIn drives a shell in any world.
func newRigIn(t testing.TB, w views.World, o Options) *rig {
	t.Helper()
	if o.Views == nil {
		o.Views = lists()
	}
	if o.Width == 0 {
		o.Width, o.Height = 80, 24
	}
	if o.Start == nil {
		o.Start = []string{"queue"}
	}
	if o.Theme == "" {
		o.Theme = "dark"
	}
	r := &rig{t: t, s: New(w, o).(*shell)}
	r.run(r.s.Init())
	r.s.View()
	return r
}

var waiting = regexp.MustCompile(`(listen|Every|Tick)\.func\d+(\.\d+)*$`)

// waits reports whether a command sleeps or waits for the mailbox, by the name of its function (inlined or
// not): listen, tick, tea.Tick, tea.Every.
func waits(cmd tea.Cmd) bool {
	name := runtime.FuncForPC(reflect.ValueOf(cmd).Pointer()).Name()
	return waiting.MatchString(name)
}

func (r *rig) run(cmd tea.Cmd) {
	if cmd == nil || waits(cmd) {
		return
	}
	switch msg := cmd().(type) {
	case nil:
	case tea.BatchMsg:
		for _, c := range msg {
			r.run(c)
		}
	case tea.QuitMsg:
		r.quit = true
	default:
		if v := reflect.ValueOf(msg); v.Kind() == reflect.Slice && v.Type().ConvertibleTo(reflect.TypeFor[[]tea.Cmd]()) {
			for _, c := range v.Convert(reflect.TypeFor[[]tea.Cmd]()).Interface().([]tea.Cmd) {
				r.run(c)
			}
			return
		}
		r.send(msg)
	}
}

func (r *rig) send(msg tea.Msg) {
	if p := reflect.TypeOf(msg).PkgPath(); p == reflect.TypeFor[tea.View]().PkgPath() && !isInput(msg) {
		r.sent = append(r.sent, msg)
	}
	_, cmd := r.s.Update(msg)
	r.s.View()
	r.run(cmd)
}

func isInput(msg tea.Msg) bool {
	switch msg.(type) {
	case tea.KeyPressMsg, tea.PasteMsg, tea.WindowSizeMsg, tea.FocusMsg, tea.BlurMsg:
		return true
	}
	return false
}

var named = map[string]rune{"enter": tea.KeyEnter, "esc": tea.KeyEscape, "tab": tea.KeyTab, "backspace": tea.KeyBackspace, "up": tea.KeyUp,
	"down": tea.KeyDown, "left": tea.KeyLeft, "right": tea.KeyRight, "home": tea.KeyHome, "end": tea.KeyEnd, "delete": tea.KeyDelete}

func press(name string) tea.KeyPressMsg {
	if c, ok := named[name]; ok {
		return tea.KeyPressMsg{Code: c}
	}
	if name == "space" {
		return tea.KeyPressMsg{Code: tea.KeySpace, Text: " "}
	}
	if c, ok := strings.CutPrefix(name, "ctrl+"); ok {
		return tea.KeyPressMsg{Code: rune(c[0]), Mod: tea.ModCtrl}
	}
	r := []rune(name)[0]
	return tea.KeyPressMsg{Code: r, Text: string(r)}
}

// keys presses keys, by name, blanks between them.
func (r *rig) keys(names string) {
	for _, n := range strings.Fields(names) {
		r.send(press(n))
	}
}

// write types text, letter by letter.
func (r *rig) write(text string) {
	for _, c := range text {
		if c == ' ' {
			r.send(press("space"))
			continue
		}
		r.send(press(string(c)))
	}
}

// tick lets time pass in the world and tells the shell.
func (r *rig) tick(d time.Duration) {
	r.h.pass(d)
	r.send(tickMsg{})
}

func (r *rig) changed() { r.send(changedMsg{noon}) }

var errStrange = errors.New("dial tcp 10.0.0.1: secret")

type itemOf = change.Item
