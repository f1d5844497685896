package kit

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"
	"pgregory.net/rapid"

	"signalbox/release"
	"signalbox/themes"
)

var everyTheme = func() (all []*themes.Theme) {
	for _, n := range themes.Names() {
		for _, p := range []colorprofile.Profile{colorprofile.TrueColor, colorprofile.ANSI256} {
			t, _ := themes.ByName(n, p)
			all = append(all, t)
		}
	}
	return all
}()

var everyTier = []themes.Tier{themes.Rich, themes.Narrow, themes.ASCII}

// hostile are texts that break a naive screen.
var hostile = []string{
	"plain", "日本語テキスト", "👍🏽 ok", "👨‍👩‍👧‍👦 family", "🇩🇪🇫🇷🇩", "1️⃣ keycap", "e\u0301\u0302\u0303\u0304\u0305\u0306",
	"\u0301lone mark", "\x1b[31mred\x1b[0m", "\x1b]8;;http://x\x07link\x1b]8;;\x07", "a\tb\nc\rd\x00e\x7f", "\u202eevil\u2066",
	"zero\u200bwidth\u200djoin\ufeff", "bad\xff\xfe\xc3", "한글 각", "ไทย กำ", "हिन्दी क्षि", "\u2800\u3164\u115f", "Ａ full", "ﷺ", "𒐫", "☰⚡⌛⏸", "𝟘𝔸", "a\u0488b", "☠️", "✌🏿✌",
	"\U000e0041tag", "\u0600\u06dd", "ꦏꦶ", "\U0001f3fb",
}

func check(t interface {
	Helper()
	Fatalf(string, ...any)
}, lines []string, w, h int, tier themes.Tier) {
	t.Helper()
	if len(lines) != h {
		t.Fatalf("%d lines, want %d", len(lines), h)
	}
	for y, l := range lines {
		plain := ansi.Strip(l)
		if got := ansi.StringWidth(l); got != w {
			t.Fatalf("line %d is %d cells by clusters, want %d: %q", y, got, w, plain)
		}
		if got := ansi.StringWidthWc(l); got != w {
			t.Fatalf("line %d is %d cells by runes, want %d: %q", y, got, w, plain)
		}
		if !utf8.ValidString(l) {
			t.Fatalf("line %d is not UTF-8: %q", y, l)
		}
		for _, r := range plain {
			if r != ' ' && !release.Printable(r) || tier == themes.ASCII && r > 0x7E {
				t.Fatalf("line %d holds %U: %q", y, r, plain)
			}
		}
		// Nothing but SGR may be left of the escape sequences.
		rest := l
		for {
			i := strings.IndexByte(rest, 0x1b)
			if i < 0 {
				break
			}
			rest = rest[i+1:]
			end := strings.IndexFunc(rest[1:], func(r rune) bool { return r != ';' && (r < '0' || r > '9') })
			if rest[0] != '[' || rest[1+end] != 'm' {
				t.Fatalf("line %d holds a sequence that is no SGR: %q", y, l)
			}
		}
	}
}

func TestEveryLineIsExactlyAsWideAsTheCanvas(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w, h := rapid.IntRange(0, 130).Draw(t, "w"), rapid.IntRange(0, 6).Draw(t, "h")
		tier := rapid.SampledFrom(everyTier).Draw(t, "tier")
		c := New(w, h, tier)
		text := rapid.OneOf(rapid.SampledFrom(hostile), rapid.String())
		style := rapid.Custom(func(t *rapid.T) Style {
			return Style{Fg: themes.Token(rapid.IntRange(0, 18).Draw(t, "fg")),
				Back: rapid.SampledFrom([]themes.Token{themes.Text, themes.Raised, themes.SandboxBg}).Draw(t, "back"),
				Attr: themes.Attr(rapid.IntRange(0, 1<<12-1).Draw(t, "attr"))}
		})
		x := func() int { return rapid.IntRange(-5, w+5).Draw(t, "x") }
		y := func() int { return rapid.IntRange(-2, h+2).Draw(t, "y") }
		for range rapid.IntRange(0, 25).Draw(t, "n") {
			d := c
			if rapid.Bool().Draw(t, "sub") {
				d = c.Sub(x(), y(), rapid.IntRange(-3, w+3).Draw(t, "sw"), rapid.IntRange(-1, h+1).Draw(t, "sh"))
			}
			s, st := text.Draw(t, "s"), style.Draw(t, "st")
			switch rapid.IntRange(0, 15).Draw(t, "op") {
			case 0, 1, 2, 3:
				d.Put(x(), y(), s, st)
			case 4:
				d.PutRight(x(), y(), s, st)
			case 5:
				d.PutIn(x(), y(), rapid.IntRange(-1, 20).Draw(t, "in"), s, st)
			case 6:
				d.Rule(y(), Rule{Title: []Run{{s, st}}, Note: []Run{{s, st}}, Focus: rapid.Bool().Draw(t, "f")})
			case 7:
				d.Sheet(Sheet{Title: []Run{{s, st}}, Rows: rapid.IntRange(0, 9).Draw(t, "rows"), Width: rapid.IntRange(0, 90).Draw(t, "sw")}).Put(0, 0, s, st)
			case 8:
				d.Box(rapid.Bool().Draw(t, "b"), st, []Run{{s, st}}, nil).Put(0, 0, s, st)
			case 9:
				d.Cursor(y(), rapid.Bool().Draw(t, "f"))
			case 10:
				d.Meter(x(), y(), rapid.IntRange(0, 12).Draw(t, "mw"), rapid.Float64().Draw(t, "share"), st)
				d.Hero(x(), y(), rapid.IntRange(0, 40).Draw(t, "hw"), rapid.Float64().Draw(t, "share"), st)
			case 11:
				d.Field(x(), y(), rapid.IntRange(0, 20).Draw(t, "fw"), Field{s, rapid.IntRange(-1, 20).Draw(t, "cur"), true, true})
			case 12:
				d.Hints(1, y(), d.W(), []Hint{{s, s, LeverKey}, {"q", s, LookKey}, {"?", "", LookKey}})
			case 13:
				d.Spark(x(), y(), rapid.IntRange(0, 20).Draw(t, "w"), Spark{Values: rapid.SliceOf(rapid.Float64()).Draw(t, "v")})
			case 14:
				l := Fit(1, d.W(), []Column{{Title: s, Hug: true}, {Grow: 1, Middle: true}, {Title: "x", Right: true, Drop: 1}}, [][]Cell{{C(s, st)}})
				d.Head(y(), l)
				d.Row(y(), l, []Cell{C(s, st), C(s, st), C(s, st)})
			default:
				d.Rail(y())
				d.Edge(0, d.H())
				d.Gone(y())
				d.More(y(), 12)
			}
		}
		if rapid.Bool().Draw(t, "dim") {
			c.Dim(rapid.IntRange(-1, 6).Draw(t, "lit"))
		}
		th := rapid.SampledFrom(everyTheme).Draw(t, "theme")
		check(t, c.Paint(th), w, h, tier)
		part := c.Sub(3, 1, 17, 3)
		check(t, part.Paint(th), part.W(), part.H(), tier)
	})
}

func FuzzPut(f *testing.F) {
	for _, s := range hostile {
		f.Add(s, 9, -1)
	}
	f.Fuzz(func(t *testing.T, s string, w, x int) {
		w, x = (w%40+40)%40, x%50
		for _, tier := range everyTier {
			c := New(w, 1, tier)
			next := c.Put(x, 0, s, Plain())
			if next != x+Width(s) {
				t.Fatalf("Put went on to %d, Width says %d", next, x+Width(s))
			}
			check(t, c.Paint(everyTheme[0]), w, 1, tier)
		}
		for _, cut := range []string{Truncate(s, w), TruncateMiddle(s, w)} {
			if Width(cut) > w {
				t.Fatalf("cut to %d cells: %q", w, cut)
			}
		}
		for _, l := range Wrap(s, w) {
			if n := Width(l); n > w && n > 2 {
				t.Fatalf("wrapped to %d cells: %q", w, l)
			}
		}
	})
}

func TestSubClipsAndSharesCells(t *testing.T) {
	c := New(10, 3, themes.Rich)
	s := c.Sub(2, 1, 4, 1)
	s.Put(-1, 0, "abcdefgh", Plain())
	s.Put(0, 1, "below", Plain())
	want := []string{"          ", "  bcde    ", "          "}
	if got := texts(c); strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got %q", got)
	}
	if s.Sub(3, 0, 9, 9).W() != 1 {
		t.Error("a window is wider than the one it is cut from")
	}
}

func TestWideCharactersNeverStraddle(t *testing.T) {
	c := New(5, 1, themes.Rich)
	c.Put(0, 0, "日本語", Plain())
	if got := texts(c)[0]; got != "日本 " {
		t.Errorf("at the edge: %q", got)
	}
	c.Put(1, 0, "x", Plain())
	if got := texts(c)[0]; got != " x本 " {
		t.Errorf("right half overwritten: %q", got)
	}
	c.Put(2, 0, "y", Plain())
	if got := texts(c)[0]; got != " xy  " {
		t.Errorf("left half overwritten: %q", got)
	}
}

func TestTextKeepsBackgroundAndSelection(t *testing.T) {
	c := New(4, 1, themes.Rich)
	c.Fill(0, 0, 4, 1, Style{Back: themes.Raised})
	c.Select(0, 0, 4)
	c.Put(0, 0, "ab", Strong())
	p := c.at(1, 0)
	if p.style.Back != themes.Raised || p.style.Attr != themes.Bold|themes.Selected {
		t.Errorf("got %+v", p.style)
	}
}

func TestEqualNeighboursAreOneRun(t *testing.T) {
	c := New(20, 1, themes.Rich)
	c.Put(0, 0, "name", Plain())
	c.Put(6, 0, "owner", Meta())
	c.Put(13, 0, "more", Meta())
	th, _ := themes.ByName("dark", colorprofile.ANSI256)
	want := "\x1b[0;38;5;253;48;5;233mname  \x1b[0;38;5;246;48;5;233mowner  more   \x1b[m"
	if got := c.Paint(th)[0]; got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

// texts is the canvas as plain lines.
func texts(c Canvas) []string {
	th, _ := themes.ByName("mono", colorprofile.ASCII)
	lines := c.Paint(th)
	for i := range lines {
		lines[i] = ansi.Strip(lines[i])
	}
	return lines
}
