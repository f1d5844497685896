package themes

import (
	"strings"
	"testing"

	"github.com/charmbracelet/colorprofile"
	"github.com/clipperhouse/displaywidth"
)

func TestEveryTokenHasAColourInEveryColouredTheme(t *testing.T) {
	for _, name := range []string{"dark", "light", "high-contrast", "cb-safe", "cb-light"} {
		for _, p := range []colorprofile.Profile{colorprofile.TrueColor, colorprofile.ANSI256} {
			th, ok := ByName(name, p)
			if !ok || th.Name() != name {
				t.Fatalf("ByName(%s, %v) = %v, %v", name, p, th, ok)
			}
			want := ";38;2;"
			if p == colorprofile.ANSI256 {
				want = ";38;5;"
			}
			for k := range Token(tokens) {
				if th.Color(k) == nil || !strings.HasPrefix(th.fg[k], want) {
					t.Errorf("%s at %v: token %s has %q", name, p, k, th.fg[k])
				}
			}
		}
	}
	// An unset entry of a palette would be black; only the grounds of high-contrast are.
	for name, p := range map[string]palette{"dark": dark(), "light": light(), "cb-safe": cbSafe()} {
		for k, s := range p {
			if s.rgb == 0 || s.index <= 0 {
				t.Errorf("%s: token %s is not set", name, Token(k))
			}
		}
	}
}

func TestTheTerminalDecidesHowMuchColour(t *testing.T) {
	for _, tc := range []struct {
		name string
		p    colorprofile.Profile
		want string
	}{
		{"dark", colorprofile.TrueColor, "dark"},
		{"light", colorprofile.ANSI256, "light"},
		{"light", colorprofile.ANSI, "16"},
		{"16", colorprofile.TrueColor, "16"},
		{"mono", colorprofile.TrueColor, "mono"},
		{"mono", colorprofile.ANSI, "mono"},
		{"16", colorprofile.ASCII, "mono"},
		{"dark", colorprofile.ASCII, "mono"},
		{"dark", colorprofile.NoTTY, "mono"},
	} {
		th, ok := ByName(tc.name, tc.p)
		if !ok || th.Name() != tc.want {
			t.Errorf("ByName(%q, %v) = %v, want %q", tc.name, tc.p, th, tc.want)
		}
	}
	if _, ok := ByName("solarized", colorprofile.TrueColor); ok {
		t.Error("an unknown theme was found")
	}
	// NO_COLOR, as colorprofile reports it for a terminal of the richest kind.
	p := colorprofile.Env([]string{"TERM=xterm-256color", "COLORTERM=truecolor", "NO_COLOR=1", "TTY_FORCE=1"})
	if th, _ := ByName("dark", p); th.Name() != "mono" {
		t.Errorf("NO_COLOR gives %s", th.Name())
	}
}

func TestSGR(t *testing.T) {
	for _, tc := range []struct {
		theme string
		p     colorprofile.Profile
		s     Style
		want  string
	}{
		{"dark", colorprofile.TrueColor, Style{}, "0;38;2;215;224;234;48;2;11;15;20"},
		{"dark", colorprofile.ANSI256, Style{}, "0;38;5;253;48;5;233"},
		{"dark", colorprofile.ANSI256, Style{Fg: Stop, Attr: Bold | Pill | Selected}, "0;1;38;5;203;48;5;235"},
		{"dark", colorprofile.ANSI256, Style{Attr: Fresh | Selected}, "0;1;38;5;253;48;5;236"},
		{"16", colorprofile.ANSI, Style{}, ""},
		{"16", colorprofile.ANSI, Style{Fg: Stop, Attr: Bold | Pill}, "0;1;91"},
		{"16", colorprofile.ANSI, Style{Fg: Dim}, "0;2"},
		{"16", colorprofile.ANSI, Style{Fg: Dim, Attr: Selected}, "0;7"},
		{"16", colorprofile.ANSI, Style{Fg: Caution, Attr: Selected | Hole}, "0;93"},
		{"16", colorprofile.ANSI, Style{Attr: Fresh}, "0;1;4"},
		{"16", colorprofile.ANSI, Style{Back: Raised}, "0;97;40"},
		{"16", colorprofile.ANSI, Style{Fg: Dark}, "0;2;37"},
		{"16", colorprofile.ANSI, Style{Fg: Dark, Attr: Bold}, "0;1;37"},
		{"16", colorprofile.ANSI, Style{Back: SandboxBg, Fg: Sandbox}, "0;7"},
		{"mono", colorprofile.ASCII, Style{Fg: Stop, Attr: Bold | Pill}, "0;1;7"},
		{"mono", colorprofile.ASCII, Style{Fg: Stop, Attr: Bold | Pill | Selected | Hole}, "0;1"},
		{"mono", colorprofile.ASCII, Style{Fg: Stop}, "0;1"},
		{"mono", colorprofile.ASCII, Style{Fg: Accent, Attr: Bold}, "0;1;4"},
		{"mono", colorprofile.ASCII, Style{Fg: Dark}, "0;3;2"},
		{"mono", colorprofile.ASCII, Style{Fg: Dim, Attr: Strike}, "0;9;2"},
		{"cb-safe", colorprofile.ANSI256, Style{Fg: Accent, Attr: Bold}, "0;1;4;38;5;251;48;5;233"},
		{"high-contrast", colorprofile.TrueColor, Style{Attr: Selected}, "0;38;2;0;0;0;48;2;255;255;0"},
		{"high-contrast", colorprofile.TrueColor, Style{Fg: Stop, Attr: Selected | Hole}, "0;38;2;255;107;107;48;2;0;0;0"},
	} {
		th, _ := ByName(tc.theme, tc.p)
		if got := string(th.Look(tc.s).AppendSGR(nil)); got != "\x1b["+tc.want+"m" {
			t.Errorf("%s %+v: %q, want %q", tc.theme, tc.s, got, tc.want)
		}
	}
}

func TestFaintAndReverseNeverMeet(t *testing.T) {
	for _, name := range Names() {
		th, _ := ByName(name, colorprofile.TrueColor)
		for fg := range Token(tokens) {
			for _, back := range []Token{Text, Raised, SandboxBg} {
				for a := range Attr(1 << 12) {
					if r := th.Look(Style{fg, back, a}).attr; r&Low != 0 && r&Reverse != 0 {
						t.Fatalf("%s: %s on %s with %b is faint and reversed", name, fg, back, a)
					}
				}
			}
		}
	}
}

func TestSandboxTurnsKeysOnly(t *testing.T) {
	th, _ := ByName("dark", colorprofile.TrueColor)
	s := th.Sandboxed()
	if s.fg[Accent] != th.fg[Sandbox] || th.fg[Accent] == th.fg[Sandbox] {
		t.Error("the accent of the sandbox, or that of its theme, is wrong")
	}
	for k := range Token(tokens) {
		if k != Accent && s.fg[k] != th.fg[k] {
			t.Errorf("token %s changed", k)
		}
	}
	m, _ := ByName("mono", colorprofile.ASCII)
	if *m.Sandboxed() != *m {
		t.Error("mono has no hue to change")
	}
}

func TestEveryGlyphIsOneCellInEveryTier(t *testing.T) {
	wide := displaywidth.Options{EastAsianWidth: true}
	var one displaywidth.Options
	for r, g := range glyphs {
		for _, k := range []Tier{Rich, Narrow, ASCII} {
			got := k.Glyph(r)
			if one.Rune(got) != 1 {
				t.Errorf("%c in tier %d: %c is not one cell", r, k, got)
			}
			switch {
			case k == Narrow && wide.Rune(got) != 1:
				t.Errorf("%c: narrow %c (%U) is two cells in East Asian fonts", r, got, got)
			case k == ASCII && (got < 0x20 || got > 0x7E):
				t.Errorf("%c: ascii %c is not ASCII", r, got)
			case k != Rich && got != g[k-1]:
				t.Errorf("%c in tier %d is %c", r, k, got)
			}
		}
	}
	for in, want := range map[rune]rune{'é': 'e', 'Ж': '?', '日': '?', '⣿': '@', '⢀': '.', 'x': 'x'} {
		if got := ASCII.Glyph(in); got != want {
			t.Errorf("ascii %c = %c, want %c", in, got, want)
		}
	}
	for _, n := range Tiers() {
		if _, ok := TierByName(n); !ok {
			t.Errorf("tier %s is not found by its name", n)
		}
	}
}
