package kit

import (
	"math"
	"strings"
	"testing"

	"signalbox/release"
	"signalbox/themes"
)

func TestMeters(t *testing.T) {
	for _, tc := range []struct {
		w     int
		share float64
		want  [3]string
	}{
		{5, 24. / 30, [3]string{"━━━━─", "====-", "####."}},
		{5, 14. / 30, [3]string{"━━╾──", "==---", "##..."}},
		{5, 9. / 20, [3]string{"━━───", "==---", "##..."}},
		{5, 9. / 10, [3]string{"━━━━╾", "====-", "####."}},
		{9, 2. / 3, [3]string{"━━━━━━───", "======---", "######..."}},
		{10, 0.3, [3]string{"━━━───────", "===-------", "###......."}},
		{10, 0.03, [3]string{"╾─────────", "----------", ".........."}},
		{4, math.NaN(), [3]string{"────", "----", "...."}},
		{4, 7, [3]string{"━━━━", "====", "####"}},
		{4, -1, [3]string{"────", "----", "...."}},
	} {
		for i, tier := range everyTier {
			c := New(tc.w, 1, tier)
			c.Meter(0, 0, tc.w, tc.share, Meta())
			if got := texts(c)[0]; got != tc.want[i] {
				t.Errorf("%v of %d in tier %d: %s, want %s", tc.share, tc.w, tier, got, tc.want[i])
			}
		}
	}
}

func TestHeroNeverHidesAVersion(t *testing.T) {
	for share, want := range map[float64]string{
		0: "▕░░░░░░░░▏", 0.01: "▕█░░░░░░░▏", 0.5: "▕████░░░░▏", 0.99: "▕███████░▏", 1: "▕████████▏",
	} {
		c := New(10, 1, themes.Rich)
		c.Hero(0, 0, 10, share, Meta())
		if got := texts(c)[0]; got != want {
			t.Errorf("%v: %s, want %s", share, got, want)
		}
	}
	c := New(10, 1, themes.ASCII)
	c.Hero(0, 0, 10, 0.5, Meta())
	if got := texts(c)[0]; got != "[####....]" {
		t.Errorf("ascii: %s", got)
	}
}

func TestSparkline(t *testing.T) {
	over := AspectNumber(release.Stop)
	c := New(8, 1, themes.Rich)
	c.Spark(0, 0, 8, Spark{Values: []float64{9, 0, 1, 2, 3, 4, 7, math.NaN(), math.NaN()}, High: 7, Limit: 4, Over: over})
	if got := texts(c)[0]; got != "▁▂▃▄▅█┊┊" {
		t.Errorf("got %s", got)
	}
	for x, want := range []themes.Token{themes.Dim, themes.Dim, themes.Dim, themes.Dim, themes.Stop, themes.Stop, themes.Dark, themes.Dark} {
		if got := c.at(x, 0).style.Fg; got != want {
			t.Errorf("cell %d is %s, want %s", x, got, want)
		}
	}
	flat := New(4, 1, themes.Rich)
	flat.Spark(0, 0, 4, Spark{Values: []float64{5, 5}})
	if got := texts(flat)[0]; got != "  ▁▁" {
		t.Errorf("flat: %q", got)
	}
}

func TestRules(t *testing.T) {
	note := []Run{T("sort:due", Meta())}
	for _, tc := range []struct {
		w    int
		r    Rule
		want string
	}{
		{30, Rule{Title: Heading("QUEUE", "7", ""), Note: note}, "── QUEUE 7 ──────── sort:due ─"},
		{30, Rule{Title: Heading("QUEUE", "7", ""), Note: note, Focus: true}, "━━ QUEUE 7 ━━━━━━━━ sort:due ━"},
		{21, Rule{Title: Heading("QUEUE", "7", ""), Note: note}, "── QUEUE 7 ──────────"},
		{23, Rule{Title: Heading("QUEUE", "7", ""), Note: note}, "── QUEUE 7 ─ sort:due ─"},
		{12, Rule{Title: Heading("A VERY LONG", "7", "title")}, "── A VERY… ─"},
		{12, Rule{}, "────────────"},
		{20, Rule{Note: note}, "───────── sort:due ─"},
		{2, Rule{Title: Heading("X", "", "")}, "──"},
	} {
		c := New(tc.w, 1, themes.Rich)
		c.Rule(0, tc.r)
		if got := texts(c)[0]; got != tc.want {
			t.Errorf("got  %q\nwant %q", got, tc.want)
		}
	}
}

func TestHintsDropFromTheEndButKeepTheQuestionMark(t *testing.T) {
	h := []Hint{{"A", "approve", LeverKey}, {"R", "reject", LeverKey}, {"esc", "", LookKey}, {"?", "", LookKey}}
	for w, want := range map[int]string{
		40: " A approve  R reject  esc  ?", 28: " A approve  R reject  esc  ?", 26: " A approve  R reject  ?", 22: " A approve  ?",
		12: " ?", 2: " ?", 1: "",
	} {
		c := New(w, 1, themes.Rich)
		c.Hints(1, 0, w, h)
		if got := strings.TrimRight(texts(c)[0], " "); got != want {
			t.Errorf("%d: %q, want %q", w, got, want)
		}
	}
	if h[2].Key != "esc" {
		t.Error("the caller's hints were changed")
	}
}

func TestTableDropsColumnsByPriority(t *testing.T) {
	cols := []Column{
		{Title: "id", Hug: true},
		{Title: "change", Grow: 1, Min: 6, Gap: 1},
		{Title: "risk", Right: true, Hug: true},
		{Title: "owner", Width: 8, Drop: 2},
		{Title: "version", Width: 9, Middle: true, Drop: 1},
	}
	row := []Cell{C("CHG-4182", ID()), C("payments-api retry cap", Name()), {T("62", Plain()), T(" M", Meta())}, C("k.ito", Meta()), C("2026.47.11", Plain())}
	for w, want := range map[int]string{
		50: " id       change         risk  owner     version\n CHG-4182 payments-api…  62 M  k.ito     2026.4…11",
		36: " id       change     risk  version\n CHG-4182 payments…  62 M  2026.4…11",
		25: " id       change     risk\n CHG-4182 payments…  62 M",
		18: " id       c…  risk\n CHG-4182 p…  62 M",
	} {
		c := New(w, 2, themes.Rich)
		l := Fit(1, w, cols, [][]Cell{row})
		c.Head(0, l)
		c.Row(1, l, row)
		got := texts(c)
		if s := strings.TrimRight(got[0], " ") + "\n" + strings.TrimRight(got[1], " "); s != want {
			t.Errorf("at %d:\n%s\nwant\n%s", w, s, want)
		}
		if l.Shown(3) != (w == 50) || l.Shown(4) != (w >= 36) {
			t.Errorf("at %d the wrong columns were dropped", w)
		}
	}
}

func TestWrapAndTruncate(t *testing.T) {
	for _, tc := range []struct {
		in   string
		w    int
		want string
	}{
		{"the quick brown fox", 10, "the quick|brown fox"},
		{"a-very-long-word here", 6, "a-very|-long-|word|here"},
		{"two\nlines", 10, "two|lines"},
		{"日本語 text", 4, "日本|語|text"},
		{"日本", 1, "日|本"},
		{"", 4, ""},
		{"  padded   out  ", 20, "padded out"},
	} {
		if got := strings.Join(Wrap(tc.in, tc.w), "|"); got != tc.want {
			t.Errorf("Wrap(%q, %d) = %q, want %q", tc.in, tc.w, got, tc.want)
		}
	}
	for _, tc := range []struct{ got, want string }{
		{Truncate("payments-api", 12), "payments-api"}, {Truncate("payments-api", 8), "payment…"}, {Truncate("日本語", 4), "日…"}, {Truncate("x", 0), ""}, {Truncate("xy", 1), "…"},
		{TruncateMiddle("2026.47.1", 8), "2026.….1"}, {TruncateMiddle("2026.47.1", 9), "2026.47.1"}, {TruncateMiddle("2026.47.1", 1), "…"},
		{TruncateMiddle("日本語日本語", 5), "日…"}, {TruncateMiddle("日本語日本語", 7), "日本…語"},
	} {
		if tc.got != tc.want {
			t.Errorf("got %q, want %q", tc.got, tc.want)
		}
	}
}

func TestField(t *testing.T) {
	for _, tc := range []struct {
		f      Field
		want   string
		cursor int
	}{
		{Field{Text: "abc"}, "[abc     ]", -1},
		{Field{Text: "abc", Cursor: 3, Focus: true}, "[abc     ]", 4},
		{Field{Text: "abcdefghij", Cursor: 10, Focus: true}, "[defghij ]", 8},
		{Field{Text: "abcdefghij", Cursor: 0, Focus: true}, "[abcdefgh]", 1},
		{Field{Text: "日本語日本語", Cursor: 6, Focus: true}, "[本語   ]", 7},
		{Field{Text: "abcdefghij"}, "[abcdefg…]", -1},
	} {
		c := New(10, 1, themes.Rich)
		if got := c.Field(0, 0, 10, tc.f); got != tc.cursor {
			t.Errorf("%+v: cursor at %d, want %d", tc.f, got, tc.cursor)
		}
		if got := texts(c)[0]; got != tc.want && tc.f.Text[0] == 'a' {
			t.Errorf("%+v: %q, want %q", tc.f, got, tc.want)
		}
	}
}

func TestDimKeepsOneLitSpot(t *testing.T) {
	c := New(40, 2, themes.Rich)
	for y := range 2 {
		c.Write(1, y, Mark(release.Caution), T(" ", Plain()), T("CHG-4182", ID()), T(" ", Plain()), T("name", Strong()), T(" ", Plain()), Mark(release.Stop), T(" ━─", Meta()))
	}
	c.Cursor(0, true)
	c.Dim(0)
	for _, tc := range []struct {
		x, y int
		want themes.Token
	}{
		{0, 0, themes.LineFocus}, {1, 0, themes.Caution}, {3, 0, themes.Text}, {12, 0, themes.Faint}, {17, 0, themes.Faint}, {19, 0, themes.Line},
		{1, 1, themes.Faint}, {3, 1, themes.Faint},
	} {
		p := c.at(tc.x, tc.y)
		if p.style.Fg != tc.want || p.style.Attr&themes.Selected != 0 {
			t.Errorf("(%d,%d) %q is %+v, want %s", tc.x, tc.y, p.text, p.style, tc.want)
		}
	}
}
