package release_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"

	"signalbox/release"
)

// escapes is the corpus of SECURITY item 30: fifteen ways in which foreign text tries to steer a terminal
// or to look like something else. No cleaned text may hold what made it dangerous.
var escapes = []struct{ name, in, want string }{
	{"sgr colour", "\x1b[31mred\x1b[0m", "[31mred[0m"},
	{"cursor up and erase", "a\x1b[1A\x1b[2Kb", "a[1A[2Kb"},
	{"window title, OSC 0", "\x1b]0;pwned\x07x", "]0;pwnedx"},
	{"hyperlink, OSC 8", "\x1b]8;;http://evil\x1b\\ok\x1b]8;;\x1b\\", `]8;;http://evil\ok]8;;\`},
	{"clipboard, OSC 52", "\x1b]52;c;cHduZWQ=\x07", "]52;c;cHduZWQ="},
	{"device control, DCS", "\x1bP$q\"p\x1b\\", `P$q"p\`},
	{"C1 CSI as a rune", "a\u009b31mb", "a31mb"},
	{"C1 CSI as a byte", "a\x9b31mb", "a\uFFFD31mb"},
	{"carriage return over the row", "approved by j.ruiz\rrejected", "approved by j.ruiz rejected"},
	{"line feed forges a row", "CHG-1\nCHG-2 approved", "CHG-1 CHG-2 approved"},
	{"backspace and bell", "safe\b\b\b\bevil\a", "safeevil"},
	{"bidi override and isolates", "abc\u202Edcba\u202C\u2066x\u2069", "abcdcbax"},
	{"zero width and BOM", "pay\u200Bments\u200D\uFEFF\u2060", "payments"},
	{"tag characters", "ok\U000E0001\U000E0061\U000E007F", "ok"},
	{"five hundred marks", "Z" + strings.Repeat("\u0335", 500) + "!", "Z\u0335\u0335\u0335\u0335!"},
}

func TestEscapesLoseTheirTeeth(t *testing.T) {
	if len(escapes) != 15 {
		t.Fatalf("the corpus has %d cases, SECURITY names 15", len(escapes))
	}
	for _, c := range escapes {
		t.Run(c.name, func(t *testing.T) {
			if got := release.Clean(c.in, 0); got != c.want {
				t.Errorf("Clean(%q) = %q, want %q", c.in, got, c.want)
			}
			sane(t, release.Clean(c.in, 0), false, 0)
			sane(t, release.CleanBlock(c.in, 0), true, 0)
		})
	}
}

func TestClean(t *testing.T) {
	for _, c := range []struct {
		name, in string
		limit    int
		want     string
	}{
		{"empty", "", 0, ""},
		{"plain", "checkout 4.2.1", 0, "checkout 4.2.1"},
		{"white space of every kind", "\t a \u00a0\u3000 b\u2028c\u0085d \v", 0, "a b c d"},
		{"NFC", "e\u0301", 0, "é"},
		{"NFC once what stood between is gone", "e\u200B\u0301", 0, "é"},
		{"invalid bytes", "a\xff\xfeb", 0, "a\uFFFDb"},
		{"private use", "a\uE000\U000F0000b", 0, "ab"},
		{"unassigned", "a\U000E0FFF\u0378b", 0, "ab"},
		{"fillers draw nothing", "a\u3164\u115F\u1160\uFFA0\u2800b", 0, "ab"},
		{"variation selectors", "a\uFE0F\U000E0100b", 0, "ab"},
		{"a mark without a base", "\u0301x \u0301y", 0, "x y"},
		{"four marks stay", "a\u0335\u0336\u0337\u0338", 0, "a\u0335\u0336\u0337\u0338"},
		{"marks across a dropped joiner count on", "a\u0335\u0336\u034F\u0337\u0338\u0335", 0, "a\u0335\u0336\u0337\u0338"},
		{"at the limit", "abcde", 5, "abcde"},
		{"over the limit", "abcdef", 5, "abcd…"},
		{"the limit counts runes", "äöüßé!", 5, "äöüß…"},
		{"limit one", "ab", 1, "…"},
		{"Devanagari stays whole", "क्षि", 0, "क्षि"},
		{"wide text stays", "リリース", 0, "リリース"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := release.Clean(c.in, c.limit); got != c.want {
				t.Errorf("Clean(%q, %d) = %q, want %q", c.in, c.limit, got, c.want)
			}
		})
	}
}

func TestCleanBlock(t *testing.T) {
	for _, c := range []struct {
		name, in string
		limit    int
		want     string
	}{
		{"lines stay, CR LF becomes LF", "a\r\nb\nc", 0, "a\nb\nc"},
		{"a lone CR does not return", "a\rb", 0, "a b"},
		{"indentation stays, trailing blanks go", "  a\t\n\tb  ", 0, "  a\n b"},
		{"blank lines at the end go", "a\n\nb\n\n \n", 0, "a\n\nb"},
		{"escapes on each line", "\x1b[1ma\n\x1b[2mb", 0, "[1ma\n[2mb"},
		{"a mark cannot climb onto the line before", "a\n\u0301b", 0, "a\nb"},
		{"cut", "ab\ncd", 4, "ab\n…"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := release.CleanBlock(c.in, c.limit); got != c.want {
				t.Errorf("CleanBlock(%q, %d) = %q, want %q", c.in, c.limit, got, c.want)
			}
		})
	}
}

// sane asserts everything that Clean promises of its result.
func sane(t interface{ Errorf(string, ...any) }, s string, block bool, limit int) {
	if !utf8.ValidString(s) {
		t.Errorf("%q is not UTF-8", s)
	}
	if !norm.NFC.IsNormalString(s) {
		t.Errorf("%q is not NFC", s)
	}
	if limit > 0 && utf8.RuneCountInString(s) > limit {
		t.Errorf("%q has more than %d runes", s, limit)
	}
	marks, based := 0, false
	for _, r := range s {
		switch {
		case r == '\n' && block:
			marks, based = 0, false
			continue
		case unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Cs, unicode.Zl, unicode.Zp,
			unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector) || !unicode.IsPrint(r):
			t.Errorf("%q holds %U", s, r)
		}
		if unicode.Is(unicode.M, r) {
			if marks++; marks > 4 || !based {
				t.Errorf("%q holds %d marks on one base (any base: %v)", s, marks, based)
			}
		} else {
			marks, based = 0, r != ' '
		}
	}
	if block && (strings.HasSuffix(s, "\n") || strings.Contains(s, " \n")) {
		t.Errorf("%q has trailing blanks", s)
	}
	if !block && (s != strings.TrimSpace(s) || strings.Contains(s, "  ")) {
		t.Errorf("%q has loose blanks", s)
	}
}

// hostile draws text that is likely to hold what Clean must handle: raw bytes, runs of one rune, and runes
// of the classes that compose, reorder, hide or steer.
func hostile() *rapid.Generator[string] {
	special := []rune("\x00\x1b\r\n\t \u0085\u009b\u00ad\u0301\u0327\u0335\u034F\u1100\u1161\u11a8\u115F\u1160\u200B\u200D\u2028\u202E\u2066\u2800\u3164\uFE0F\uFEFF\uFFA0\u0915\u093C\u0958\U0001D15E\U000E0061\U000F0000a<")
	run := rapid.Custom(func(t *rapid.T) string {
		return strings.Repeat(string(rapid.SampledFrom(special).Draw(t, "rune")), rapid.IntRange(1, 40).Draw(t, "times"))
	})
	part := rapid.OneOf(rapid.String(), run, rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) }))
	return rapid.Map(rapid.SliceOfN(part, 0, 6), func(p []string) string { return strings.Join(p, "") })
}

func TestCleanProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in, limit := hostile().Draw(t, "text"), rapid.IntRange(0, 30).Draw(t, "limit")
		once := release.Clean(in, limit)
		sane(t, once, false, limit)
		if again := release.Clean(once, limit); again != once {
			t.Errorf("not idempotent: %q, then %q", once, again)
		}
		block := release.CleanBlock(in, limit)
		sane(t, block, true, limit)
		if again := release.CleanBlock(block, limit); again != block {
			t.Errorf("block not idempotent: %q, then %q", block, again)
		}
	})
}

func FuzzClean(f *testing.F) {
	for _, c := range escapes {
		f.Add(c.in, 0)
		f.Add(c.in, 7)
	}
	f.Fuzz(func(t *testing.T, in string, limit int) {
		once := release.Clean(in, limit)
		sane(t, once, false, limit)
		if again := release.Clean(once, limit); again != once {
			t.Errorf("not idempotent: %q, then %q", once, again)
		}
		sane(t, release.CleanBlock(in, limit), true, limit)
	})
}

func TestPrintableRefusesWhatDrawsNothing(t *testing.T) {
	for r := range rune(unicode.MaxRune + 1) {
		invisible := unicode.In(r, unicode.C, unicode.Zl, unicode.Zp, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
		if invisible && release.Printable(r) {
			t.Errorf("%U draws nothing and counts as printable", r)
		}
	}
}
