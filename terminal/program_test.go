package terminal

import (
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
)

// asker is a model that asks its terminal for something at each key.
type asker struct {
	cmds map[string]tea.Cmd
	got  []tea.Msg
}

func (a *asker) Init() tea.Cmd { return tea.RequestBackgroundColor }
func (a *asker) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	a.got = append(a.got, msg)
	if k, ok := msg.(tea.KeyPressMsg); ok {
		return a, a.cmds[k.String()]
	}
	return a, nil
}
func (a *asker) View() tea.View { return view("screen") }

// TestAProgramsRequestsAreWrittenAtOnce plays every request under the real loop: it is written at once, not at
// the beat of the program's ticker, and once.
func TestAProgramsRequestsAreWrittenAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		out := &valve{}
		term := New(out, Options{Term: "xterm-256color", Width: 20, Height: 3})
		in, keys := io.Pipe()
		m := &asker{cmds: map[string]tea.Cmd{
			"c": tea.SetClipboard("abc"), "p": tea.SetPrimaryClipboard("abc"), "r": tea.ReadClipboard, "s": tea.ReadPrimaryClipboard,
			"f": tea.RequestForegroundColor, "u": tea.RequestCursorColor, "o": tea.RequestCursorPosition, "v": tea.RequestTerminalVersion,
			"x": tea.RequestCapability("RGB"), "w": tea.Raw("\x1b[21t"), "l": tea.ClearScreen, "q": tea.Quit,
			"b": tea.Batch(tea.SetClipboard("abc"), nil), "t": tea.RequestWindowSize,
		}}
		p := tea.NewProgram(term.Watch(m), append(term.Program(), tea.WithInput(in), tea.WithWindowSize(20, 3), tea.WithoutSignalHandler(),
			tea.WithEnvironment([]string{"TERM=xterm-256color"}))...)
		ended := make(chan error, 1)
		go func() { _, err := p.Run(); ended <- err }()
		time.Sleep(50 * time.Millisecond)
		if got := out.all(); strings.Count(got, ansi.RequestBackgroundColor) != 1 || !strings.Contains(got, "screen") {
			t.Errorf("at first %q", got)
		}
		for key, want := range map[string]string{
			"c": "\x1b]52;c;YWJj\x07", "b": "\x1b]52;c;YWJj\x07", "p": "\x1b]52;p;YWJj\x07", "r": ansi.RequestSystemClipboard, "s": ansi.RequestPrimaryClipboard,
			"f": ansi.RequestForegroundColor, "u": ansi.RequestCursorColor, "o": ansi.RequestCursorPositionReport, "v": ansi.RequestNameVersion,
			"x": ansi.RequestTermcap("RGB"), "w": "\x1b[21t", "l": "\x1b[m\x1b[H\x1b[2Jscreen", "t": "",
		} {
			n := len(out.written())
			_, _ = io.WriteString(keys, key)
			time.Sleep(100 * time.Millisecond) // an escape sequence may follow: the reader waits
			soon := strings.TrimSuffix(strings.Join(out.written()[n:], ""), "\x1b[m")
			if soon != want {
				t.Errorf("%s: %q, not %q", key, soon, want)
			}
			time.Sleep(3 * time.Second)
			if late := strings.TrimSuffix(strings.Join(out.written()[n:], ""), "\x1b[m"); late != want {
				t.Errorf("%s: %q in the end", key, late)
			}
		}
		// Answers and typing reach the model as they do behind the stock renderer.
		_, _ = io.WriteString(keys, "\x1b]11;rgb:ffff/ffff/ffff\x07\x1b[200~pasted\x1b[201~\x1b[I\x1b[?2026;2$y")
		time.Sleep(time.Second)
		synctest.Wait() // the loop waits for the next message
		term.mu.Lock()
		takes := term.takes
		term.mu.Unlock()
		var bg, paste, focus bool
		for _, msg := range m.got {
			switch msg := msg.(type) {
			case tea.BackgroundColorMsg:
				bg = !msg.IsDark()
			case tea.PasteMsg:
				paste = msg.Content == "pasted"
			case tea.FocusMsg:
				focus = true
			}
		}
		if !bg || !paste || !focus || !takes {
			t.Errorf("background %v, paste %v, focus %v, synchronised %v", bg, paste, focus, takes)
		}
		_, _ = io.WriteString(keys, "q")
		if err := <-ended; err != nil {
			t.Error(err)
		}
		_ = keys.Close()
		_ = in.Close()
		if err := term.Leave(); err != nil || !strings.HasSuffix(out.all(), "\x1b[?1049l\x1b[?25h") {
			t.Errorf("%v, %q", err, out.all())
		}
	})
}
