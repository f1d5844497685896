package terminal

import (
	"fmt"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"pgregory.net/rapid"
)

// clusters are letters of every kind that a canvas lets through: narrow, wide, ambiguous, with marks, joined.
var clusters = []string{"a", "b", "Z", "0", " ", " ", " ", "~", "é", "ß", "▌", "●", "◆", "│", "─", "⠿", "…", "e\u0301", "漢", "字", "ら", "한", "🚀", "✅", "Я", "ع", "ก"}

var looks = []string{"\x1b[m", "\x1b[0;1m", "\x1b[0;2;38;5;240m", "\x1b[0;38;2;215;224;234;48;2;11;15;20m", "\x1b[0;1;38;2;255;99;105;48;2;11;15;20m",
	"\x1b[0;48;2;28;43;62m", "\x1b[0;7m", "\x1b[0;4;31m", "\x1b[0;9;92;44m", "\x1b[0;3;97;107m", "\x1b[0;48;5;236m", "\x1b[0;1;7;4m", "\x1b[32m", "\x1b[1m",
	"\x1b[22;24m", "\x1b[39;49m", "\x1b[4:3m", "\x1b[38:2::1:2:3m", "\x1b[48:5:7m", "\x1b[27;29;23m"}

// line is a random line of a frame: often exactly as wide as the terminal, sometimes shorter.
func line(rt *rapid.T, w int) string {
	var b strings.Builder
	n := w
	if rapid.IntRange(0, 3).Draw(rt, "ragged") == 0 {
		n = rapid.IntRange(0, w).Draw(rt, "length")
	}
	for i, tries := 0, 0; i < n && tries < 3*n; tries++ {
		if rapid.IntRange(0, 9).Draw(rt, "turn") < 2 {
			b.WriteString(rapid.SampledFrom(looks).Draw(rt, "look"))
		}
		c := rapid.SampledFrom(clusters).Draw(rt, "cluster")
		for range rapid.SampledFrom([]int{1, 1, 2, 9}).Draw(rt, "times") {
			if i+wide(c) <= n {
				b.WriteString(c)
				i += wide(c)
			}
		}
	}
	return b.String()
}

func wide(c string) int {
	if read(nil, c, 2)[0].width == 2 {
		return 2
	}
	return 1
}

// next is a frame after another: the same, some letters changed, some lines changed, or all of them.
func next(rt *rapid.T, was []string, w, h int) []string {
	now := append([]string(nil), was...)
	for len(now) < h {
		now = append(now, "")
	}
	now = now[:h]
	switch rapid.IntRange(0, 4).Draw(rt, "kind") {
	case 0:
	case 1: // one letter
		y := rapid.IntRange(0, h-1).Draw(rt, "row")
		if i := strings.IndexAny(now[y], "abZ~"); i >= 0 {
			now[y] = now[y][:i] + "*" + now[y][i+1:]
		}
	case 2: // a scroll
		now = append(now[1:], line(rt, w))
	case 3:
		for range rapid.IntRange(1, 3).Draw(rt, "rows") {
			now[rapid.IntRange(0, h-1).Draw(rt, "row")] = line(rt, w)
		}
	default:
		for y := range now {
			now[y] = line(rt, w)
		}
	}
	return now
}

// compared counts the cells that TestTheTerminalShowsTheFrame has looked at.
var compared int

// TestTheTerminalShowsTheFrame: after any sequence of frames, sizes, questions and repaints, the terminal has the
// cells that it has when the last frame is written out whole.
func TestTheTerminalShowsTheFrame(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w, h := rapid.IntRange(1, 90).Draw(rt, "w"), rapid.IntRange(1, 20).Draw(rt, "h")
		g := newGlass(t, w, h)
		term := New(g, Options{Term: "xterm-256color", Width: w, Height: h})
		term.busy = true // nobody but show writes
		var lines []string
		for step := range rapid.IntRange(4, 12).Draw(rt, "frames") {
			switch rapid.IntRange(0, 9).Draw(rt, "between") {
			case 0:
				w, h = rapid.IntRange(1, 90).Draw(rt, "w"), rapid.IntRange(1, 20).Draw(rt, "h")
				g.e.Resize(w, h)
				term.Resize(w, h)
				lines = nil
			case 1:
				term.Synchronise(step%2 == 0)
			case 2:
				_, _ = term.Write([]byte("\x1b[31m\x1b[2;2H"))
			case 3:
				term.Repaint()
			}
			lines = next(rt, lines, w, h)
			v := tea.View{Content: strings.Join(lines, "\n"), AltScreen: true}
			if rapid.Bool().Draw(rt, "cursor") {
				v.Cursor = tea.NewCursor(rapid.IntRange(0, w-1).Draw(rt, "x"), rapid.IntRange(0, h-1).Draw(rt, "y"))
			}
			show(term, g, v)
			want := plainly(t, v.Content, w, h)
			if d := differ(want.e, g.e); d != "" {
				rt.Fatalf("step %d at %dx%d: %s\nwritten %q\nframe %q", step, w, h, d, g.taken(), v.Content)
			}
			compared += w * h
			if at := g.e.CursorPosition(); v.Cursor != nil && (at.X != v.Cursor.X || at.Y != v.Cursor.Y) {
				rt.Fatalf("the cursor is at %v, not at %v", at, v.Cursor.Position)
			}
			g.taken()
		}
	})
	if t.Logf("%d cells compared", compared); compared < 100_000 {
		t.Errorf("only %d cells were compared", compared)
	}
}

// show composes and writes what waits, in this goroutine and whatever the pace.
func show(t *Terminal, g *glass, v tea.View) {
	t.mu.Lock()
	t.next, t.waiting = v, true
	t.mu.Unlock()
	b, err := t.take(nil)
	if err != nil {
		panic(err)
	}
	if _, err := g.Write(b); err != nil {
		panic(err)
	}
	t.shown = true
}

func TestReadingALine(t *testing.T) {
	for in, want := range map[string]string{
		"ab":                                   "ab  ",
		"漢b":                                   "漢b ",
		"abc漢":                                 "abc ", // half a character is none
		"\x1b]8;;http://x\x07a\x1b]8;;\x1b\\b": "ab  ",
		"a\x1b[5;5Hb\x1b[2Jc":                  "abc ",
		"a\rb\x00\x7fc\tdefg":                  "abcd",
		"a\u0085b\u009b31mc":                   "ab31",
		"\x1b(0ab\x1bMc":                       "abc ",
		"ab\x1b[":                              "ab  ",
		"ab\x1b":                               "ab  ",
		"ab\x1b]0;title":                       "ab  ",
		"e\u0301\u0301x":                       "e\u0301\u0301x  ",
		"\xff\xfea":                            "a   ",
	} {
		var b strings.Builder
		cells := read(nil, in, 4)
		for _, c := range cells {
			b.WriteString(c.text)
		}
		if b.String() != want || len(cells) != 4 {
			t.Errorf("%q: %q, %d cells", in, b.String(), len(cells))
		}
	}
}

func TestTurns(t *testing.T) {
	for _, c := range []struct{ from, to, want string }{
		{"", "", ""},
		{"1", "", "\x1b[m"},
		{"38;5;240;48;2;1;2;3", "38;5;241;48;2;1;2;3", "\x1b[38;5;241m"},
		{"1;2", "2", "\x1b[0;2m"},
		{"1;38;2;100;100;100", "38;2;100;100;100", "\x1b[22m"},
		{"1;2;38;2;100;100;100", "2;38;2;100;100;100", "\x1b[22;2m"},
		{"31;41;4;7", "31", "\x1b[0;31m"},
		{"48;2;11;15;20", "48;2;11;15;20;1;4:3", "\x1b[1;4:3m"},
		{"97", "93", "\x1b[93m"},
		{"58;5;1;4", "4", "\x1b[59m"},
	} {
		var from, to style
		from.sgr(c.from)
		to.sgr(c.to)
		if got := string(from.turn(nil, to)); got != c.want {
			t.Errorf("from %q to %q: %q, not %q", c.from, c.to, got, c.want)
		}
	}
}

// TestAnyTurn: whatever leads from one style to another is read back as the other.
func TestAnyTurn(t *testing.T) {
	colours := rapid.Custom(func(rt *rapid.T) colour {
		switch rapid.IntRange(0, 3).Draw(rt, "kind") {
		case 0:
			return 0
		case 1:
			return named | colour(rapid.IntRange(0, 15).Draw(rt, "n"))
		case 2:
			return indexed | colour(rapid.IntRange(0, 255).Draw(rt, "n"))
		}
		return direct | colour(rapid.IntRange(0, 1<<24-1).Draw(rt, "n"))
	})
	styles := rapid.Custom(func(rt *rapid.T) style {
		s := style{fg: colours.Draw(rt, "fg"), bg: colours.Draw(rt, "bg"), line: colours.Draw(rt, "line"), under: uint8(rapid.IntRange(0, 5).Draw(rt, "under")),
			attr: attr(rapid.IntRange(0, 127).Draw(rt, "attr"))}
		if s.line&kinds == named { // there is no such parameter: the palette's first 16 are those
			s.line = indexed | s.line&^kinds
		}
		return s
	})
	rapid.Check(t, func(rt *rapid.T) {
		from, to := styles.Draw(rt, "from"), styles.Draw(rt, "to")
		seq := string(from.turn(nil, to))
		got := from
		if seq != "" {
			if rest := got.escape(seq); rest != "" {
				rt.Fatalf("%q leaves %q", seq, rest)
			}
		}
		if got != to {
			rt.Fatalf("%+v by %q: %+v, not %+v", from, seq, got, to)
		}
	})
}

// TestLittleIsWritten holds the bytes of small changes: they are counted against an SSH packet.
func TestLittleIsWritten(t *testing.T) {
	const w, h = 120, 36
	ground := "\x1b[0;38;2;215;224;234;48;2;11;15;20m"
	row := func(mark string, s string) string {
		return ground + mark + s + strings.Repeat(" ", w-1-len(s)) + "\x1b[m"
	}
	frame := func(at, n int) string {
		var lines []string
		for y := range h {
			mark := " "
			if y == at {
				mark = "▌"
			}
			lines = append(lines, row(mark, fmt.Sprintf("CHG-%02d %4d", y, n)))
		}
		return strings.Join(lines, "\n")
	}
	g := newGlass(t, w, h)
	term := New(g, Options{Term: "xterm-256color", Width: w, Height: h})
	write := func(f string) int {
		show(term, g, tea.View{Content: f})
		return len(g.taken())
	}
	if n := write(frame(3, 1000)); n < w*h {
		t.Errorf("the first frame has %d bytes", n)
	}
	if n := write(frame(3, 1000)); n != 0 {
		t.Errorf("the same frame took %d bytes", n)
	}
	if n := write(frame(4, 1000)); n > 16 {
		t.Errorf("the marker's move took %d bytes", n)
	}
	one := strings.Replace(frame(4, 1000), "CHG-20 1000", "CHG-20 1001", 1)
	if n := write(one); n > 10 {
		t.Errorf("one cell took %d bytes", n)
	}
	if n := write(frame(4, 2000)); n > (h-1)*(1+8)+20 {
		t.Errorf("a digit of each row took %d bytes", n)
	}
}
