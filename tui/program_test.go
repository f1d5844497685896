package tui

import (
	"errors"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/vt"
	"go.uber.org/goleak"

	terminals "signalbox/terminal"
)

// glass is an emulated terminal behind the real frame writer.
type glass struct {
	mu sync.Mutex
	e  *vt.Emulator
}

func (g *glass) Write(p []byte) (int, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	_, err := g.e.Write(p)
	return len(p), err
}

func (g *glass) text() string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return strings.Join(rows(g.e), "\n")
}

func (g *glass) wait(t *testing.T, text string) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if strings.Contains(g.text(), text) {
			return
		}
	}
	t.Fatalf("%q never came. The screen is\n%s", text, g.text())
}

func TestTheRuntimeShowsWhatWasPainted(t *testing.T) {
	before := goleak.IgnoreCurrent()
	h := newHouse()
	e := vt.NewEmulator(80, 24)
	drained := make(chan struct{})
	go func() { _, _ = io.Copy(io.Discard, e); close(drained) }()
	g := &glass{e: e}
	in, keys := io.Pipe()
	model := New(h, Options{Theme: "dark", Tier: "rich", Width: 80, Height: 24, Views: lists(), Start: []string{"queue"}}).(*shell)
	shown := terminals.New(g, terminals.Options{Term: "xterm-256color", Width: 80, Height: 24})
	p := tea.NewProgram(shown.Watch(model), append(shown.Program(), tea.WithInput(in), tea.WithWindowSize(80, 24), tea.WithColorProfile(colorprofile.TrueColor),
		tea.WithEnvironment([]string{"TERM=xterm-256color", "LANG=C.UTF-8"}), tea.WithoutSignalHandler())...)
	ended := make(chan error, 1)
	go func() {
		_, err := p.Run()
		ended <- errors.Join(err, shown.Leave())
	}()

	g.wait(t, "CHG-1  payments-api 4.12.0")
	for _, step := range []struct{ keys, want string }{{"4", "CHG-1"}, {"A", "APPROVE CHG-1"}, {"\r", "● approved CHG-1 1/2"}, {"?", "HELP ▸ Queue"}, {"x", "A approve"}} {
		_, _ = io.WriteString(keys, step.keys)
		g.wait(t, step.want)
	}
	h.touch("CHG-4", func(i *itemOf) { i.Change.Version = "7.2.2" })
	g.wait(t, "search 7.2.2")

	h.close() // the session must end
	select {
	case err := <-ended:
		if err != nil {
			t.Fatal(err)
		}
	case <-time.After(30 * time.Second):
		t.Fatal("the screen outlived its session")
	}
	_ = keys.Close()
	_ = in.Close()
	_ = e.InputPipe().(io.Closer).Close()
	<-drained
	left := goleak.Find(before) // the last tick runs out first
	for end := time.Now().Add(30 * time.Second); left != nil && time.Now().Before(end); left = goleak.Find(before) {
	}
	if left != nil {
		t.Error(left)
	}
}

func TestTheRendererKeepsEveryCell(t *testing.T) {
	for _, theme := range []string{"dark", "light", "16", "mono"} {
		h := newHouse()
		r := newRig(t, h, Options{Theme: theme})
		r.keys("A")
		want := r.show(t)
		e := terminal(t, 80, 24)
		g := &glass{e: e}
		in, keys := io.Pipe()
		shown := terminals.New(g, terminals.Options{Term: "xterm-256color", Width: 80, Height: 24})
		p := tea.NewProgram(shown.Watch(still{r.s.View()}), append(shown.Program(), tea.WithInput(in), tea.WithWindowSize(80, 24), tea.WithColorProfile(colorprofile.TrueColor),
			tea.WithEnvironment([]string{"TERM=xterm-256color"}), tea.WithoutSignalHandler())...)
		ended := make(chan struct{})
		go func() { _, _ = p.Run(); close(ended) }()
		g.wait(t, "Signs as")
		g.wait(t, "esc leave")
		g.mu.Lock()
		for y := range 24 {
			for x := range 80 {
				if a, b := want.CellAt(x, y), e.CellAt(x, y); !sameCell(a, b) {
					t.Fatalf("%s: cell %d,%d is %+v, painted %+v", theme, x, y, b, a)
				}
			}
		}
		g.mu.Unlock()
		p.Quit()
		<-ended
		_ = shown.Leave()
		_ = keys.Close()
	}
}

// still is a model that shows one frame.
type still struct{ v tea.View }

func (s still) Init() tea.Cmd                       { return nil }
func (s still) Update(tea.Msg) (tea.Model, tea.Cmd) { return s, nil }
func (s still) View() tea.View                      { return s.v }
