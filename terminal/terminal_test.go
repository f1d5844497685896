package terminal

import (
	"errors"
	"fmt"
	"image/color"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
)

// valve is a caller who reads only while it is open.
type valve struct {
	open chan struct{} // nil: open
	err  error

	mu    sync.Mutex // a goroutine that has ended is nothing that synctest.Wait is said to follow
	seen  []string
	times []time.Time
}

func (v *valve) Write(p []byte) (int, error) {
	if v.open != nil {
		<-v.open
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.seen = append(v.seen, string(p))
	v.times = append(v.times, time.Now())
	return len(p), v.err
}

func (v *valve) written() []string {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.seen
}

func (v *valve) when() []time.Time {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.times
}

func (v *valve) all() string { return strings.Join(v.written(), "") }

func view(s string) tea.View { return tea.View{Content: s, AltScreen: true} }

// started is a terminal of 20 by 3 with its first frame on it.
func started(out *valve, o Options) *Terminal {
	o.Width, o.Height = 20, 3
	if o.Term == "" {
		o.Term = "xterm-256color"
	}
	t := New(out, o)
	t.Show(view("first"))
	synctest.Wait()
	return t
}

func TestAFrameIsWrittenAtOnceAndThenAtMostEvery8ms(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		out := &valve{}
		term := started(out, Options{})
		if len(out.written()) != 1 || !strings.HasSuffix(out.written()[0], "first") {
			t.Fatalf("%q", out.written())
		}
		for i := range 100 { // a frame a millisecond
			time.Sleep(time.Millisecond)
			term.Show(view(fmt.Sprint("frame ", i)))
		}
		synctest.Wait()
		if n := len(out.written()) - 1; n < 11 || n > 13 {
			t.Errorf("100 ms took %d writes", n)
		}
		for i := 1; i < len(out.when()); i++ {
			if d := out.when()[i].Sub(out.when()[i-1]); d < pace {
				t.Errorf("write %d came after %v", i, d)
			}
		}
		time.Sleep(time.Second)
		n := len(out.written())
		term.Show(view("late"))
		synctest.Wait()
		if len(out.written()) != n+1 || !out.when()[n].Equal(time.Now()) {
			t.Error("a frame after a pause waited")
		}
		term.Show(view("late"))
		time.Sleep(time.Second)
		if len(out.written()) != n+1 {
			t.Error("the same frame was written again")
		}
		_ = term.Leave()
	})
}

func TestABlockedCallerGetsTheLatestFrame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		out := &valve{open: make(chan struct{})}
		term := started(out, Options{})
		for i := range 1000 { // nobody reads, and Show does not wait
			term.Show(view(fmt.Sprint("frame ", i)))
			time.Sleep(time.Millisecond)
		}
		close(out.open)
		time.Sleep(time.Second)
		if len(out.written()) != 2 || !strings.Contains(out.written()[1], "rame 999") {
			t.Errorf("%q", out.written())
		}
		_ = term.Leave()
	})
}

func TestWhatIsNoFrameWaitsInAFixedRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		out := &valve{open: make(chan struct{})}
		term := started(out, Options{})
		for range 100 {
			if n, err := term.Write(make([]byte, 100_000)); n != 100_000 || err != nil {
				t.Fatal(n, err)
			}
		}
		close(out.open)
		time.Sleep(time.Second)
		if n := len(out.all()); n > most+1000 || n < most-100_000 {
			t.Errorf("%d bytes waited", n)
		}
		_ = term.Leave()
	})
}

func TestAFrameOfAnOldSizeIsDropped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		out := &valve{}
		term := started(out, Options{})
		term.Show(view("of the old size"))
		term.Hear(tea.WindowSizeMsg{Width: 30, Height: 5})
		time.Sleep(time.Second)
		if strings.Contains(out.all(), "old") {
			t.Errorf("%q", out.written())
		}
		term.Show(view("new"))
		synctest.Wait()
		if got := out.written()[1]; got != "\x1b[m\x1b[H\x1b[2Jnew" {
			t.Errorf("%q", got)
		}
		_ = term.Leave()
	})
}

// busy is a view that wants everything of a terminal.
func busy() tea.View {
	v := view("first")
	v.ReportFocus, v.MouseMode, v.WindowTitle = true, tea.MouseModeAllMotion, "sig\x1b]nal\u009cbox"
	v.Cursor = tea.NewCursor(2, 1)
	v.Cursor.Color, v.Cursor.Shape = color.RGBA{1, 2, 3, 255}, tea.CursorBar
	v.BackgroundColor, v.ForegroundColor = color.Black, color.White
	v.KeyboardEnhancements.ReportEventTypes = true
	return v
}

func TestEveryModeIsTakenBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		out := &valve{}
		term := started(out, Options{})
		term.Show(busy())
		time.Sleep(time.Second)
		for _, want := range []string{"\x1b[?1049h", "\x1b[?25l", "\x1b[?2004h", "\x1b[?1004h", "\x1b[?1003h", "\x1b[?1006h", "\x1b]2;sig]nalbox\x07",
			"\x1b]12;#010203\x07", "\x1b[5 q", "\x1b]11;#000000\x07", "\x1b]10;#ffffff\x07", "\x1b[>1u", "\x1b[=3;1u", "\x1b[>4;2m", "\x1b[?2026$p", "\x1b[2;3H\x1b[?25h"} {
			if strings.Count(out.all(), want) != 1 {
				t.Errorf("%q is not there once: %q", want, out.written())
			}
		}
		before := len(out.written())
		term.Hear(tea.ModeReportMsg{Mode: ansi.ModeSynchronizedOutput, Value: ansi.ModeReset})
		if err := term.Leave(); err != nil {
			t.Fatal(err)
		}
		last := strings.Join(out.written()[before:], "")
		for _, want := range []string{"\x1b[m", "\x1b[?2004l", "\x1b[?1004l", "\x1b[?1003l", "\x1b[?1006l", "\x1b]2;\x07", "\x1b]112\x07", "\x1b[0 q", "\x1b]111\x07", "\x1b]110\x07",
			"\x1b[>4m", "\x1b[<1u", "\x1b[?1049l\x1b[?25h"} {
			if strings.Count(last, want) != 1 {
				t.Errorf("%q is not taken back: %q", want, last)
			}
		}
		if !strings.HasSuffix(last, "\x1b[?1049l\x1b[?25h") {
			t.Errorf("the screen is not the last that is left: %q", last)
		}
		_ = term.Leave()
		term.Show(view("too late"))
		if _, err := term.Write([]byte("x")); err != ErrLeft {
			t.Error(err)
		}
		time.Sleep(time.Second)
		if len(out.written()) != before+1 {
			t.Errorf("something came behind the end: %q", out.written()[before:])
		}
	})
}

func TestNothingIsTakenBackThatWasNotDone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		out := &valve{}
		term := New(out, Options{Term: "xterm", Width: 20, Height: 3})
		if err := term.Leave(); err != nil || out.all() != "" {
			t.Errorf("%v, %q", err, out.written())
		}
		out = &valve{}
		term = started(out, Options{Term: "linux"})
		_ = term.Leave()
		if all := out.all(); strings.ContainsAny(all, "$>u") || !strings.HasSuffix(all, "\x1b[m\x1b[?2004l\x1b[?1049l\x1b[?25h") {
			t.Errorf("%q", all)
		}
	})
}

func TestLeavingWaitsForAWriteAndDropsTheFrameBehindIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		out := &valve{open: make(chan struct{})}
		term := started(out, Options{})
		term.Show(view("second"))
		_, _ = term.Write([]byte("\x1b]52;c;eA==\x07"))
		left := make(chan error)
		go func() { left <- term.Leave() }()
		synctest.Wait()
		if len(out.written()) != 0 {
			t.Fatalf("%q", out.written())
		}
		close(out.open)
		if err := <-left; err != nil {
			t.Fatal(err)
		}
		if all := out.all(); strings.Contains(all, "econd") || !strings.Contains(all, "\x1b]52;c;eA==\x07") || !strings.HasSuffix(all, "\x1b[?1049l\x1b[?25h") {
			t.Errorf("%q", out.written())
		}
	})
}

func TestACutCallerIsWrittenToNoMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gone := errors.New("gone")
		out := &valve{err: gone}
		term := started(out, Options{})
		term.Show(view("second"))
		time.Sleep(time.Second)
		if _, err := term.Write([]byte("x")); err != gone {
			t.Error(err)
		}
		if err := term.Leave(); err != gone || len(out.written()) != 1 {
			t.Errorf("%v, %q", err, out.written())
		}
	})
}

// TestAFaultOfPaintingLeavesTheTerminal: a panic ends the session it is of, with its terminal put back.
func TestAFaultOfPaintingLeavesTheTerminal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		out, faults := &valve{}, make(chan string, 2)
		term := started(out, Options{Fault: func(what any, stack []byte) { faults <- fmt.Sprint(what, len(stack) > 0) }})
		v := view("x")
		v.Cursor = &tea.Cursor{Color: broken{}}
		term.Show(v)
		time.Sleep(time.Second)
		if fault := <-faults; fault != "no colourtrue" {
			t.Errorf("%q", fault)
		}
		term.Show(view("more"))
		time.Sleep(time.Second)
		if err := term.Leave(); err != nil || len(out.written()) != 2 || !strings.HasSuffix(out.all(), "\x1b[?1049l\x1b[?25h") {
			t.Errorf("%v, %q", err, out.written())
		}
	})
}

type broken struct{}

func (broken) RGBA() (r, g, b, a uint32) { panic("no colour") }

func TestALargeFrameIsMarkedAsOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		long := func(s string) tea.View {
			line := strings.Repeat("\x1b[0;1;38;2;100;100;100m"+s+"\x1b[0;38;2;100;200;200m-", 10)
			return view(line + "\x1b[m\n" + line)
		}
		out := &valve{}
		term := started(out, Options{})
		last := func(v tea.View) string {
			n := len(out.written())
			time.Sleep(time.Second)
			term.Show(v)
			time.Sleep(time.Second)
			return strings.Join(out.written()[n:], "")
		}
		with := func(v tea.View) tea.View { v.Cursor = &tea.Cursor{}; return v }
		if s := last(long("a")); strings.Contains(s, "2026") || strings.Contains(s, "?25") {
			t.Errorf("nobody said that the terminal takes it: %q", s)
		}
		term.Hear(tea.ModeReportMsg{Mode: ansi.ModeSynchronizedOutput, Value: ansi.ModeReset})
		last(view("c"))
		if s := last(long("b")); !strings.HasPrefix(s, "\x1b[?2026h") || !strings.HasSuffix(s, "\x1b[?2026l") {
			t.Errorf("%q", s)
		}
		if s := last(view("c")); strings.Contains(s, "2026") {
			t.Errorf("a small one: %q", s)
		}
		term.Hear(tea.ModeReportMsg{Mode: ansi.ModeSynchronizedOutput, Value: ansi.ModeNotRecognized})
		last(with(view("d")))
		if s := last(with(long("e"))); !strings.HasPrefix(s, "\x1b[?25l") || !strings.HasSuffix(s, "\x1b[?25h") {
			t.Errorf("a cursor that would jump about: %q", s)
		}
		_ = term.Leave()
	})
}
