package kit

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/charmbracelet/colorprofile"

	"signalbox/release"
	"signalbox/themes"
)

var update = flag.Bool("update", false, "write the golden files anew; read them before you keep them")

// sample is a small queue with every element, drawn as a view draws.
func sample(tier themes.Tier, sheet bool) Canvas {
	c := New(80, 24, tier)
	body := c.Sub(0, 2, 80, 20)

	c.Write(1, 0, T("SIGNALBOX", Brand()), T(" ▸ ", Faint()), T("Queue", Meta()), T(" ▸ ", Faint()), T("all", Strong()))
	c.WriteRight(79, 0, T("12:04:31Z", Strong()), T(" Tue 24 Nov", Meta()))
	bar := T(" │ ", Line())
	c.Write(1, 1, Count(release.Stop, 2, "", "STOP"), T("  ", Plain()), Count(release.Caution, 4, "", "CAUTION"), T("  ", Plain()),
		Count(release.Escalated, 0, "", "ESC"), bar, T("Q7", Strong()), T(" ", Plain()), T("2 yours", Yours()), bar, T("RO3", Strong()), bar,
		T("INC-211", Strong()), T(" ", Plain()), T("SEV2", AspectWord(release.Caution)), T(" 14m", Plain()), bar, T("○1/9 feeds", AspectShape(release.Dark)))

	cols := []Column{{Width: 1}, {Title: "id", Hug: true, Gap: 1}, {Title: "change", Grow: 1, Gap: 1}, {Title: "risk", Right: true, Hug: true},
		{Title: "ok", Hug: true}, {Title: "evid", Hug: true, Right: true}, {Title: "SoD"}, {Title: "due", Width: 8}, {Title: "in", Width: 7}, {Width: 3, Gap: 1}}
	due := func(s, in string, st Style) []Cell { return []Cell{C(s, Meta()), C(in, st)} }
	row := func(a release.Aspect, id, name, risk string, rs Style, ok, evid string, ea, sod release.Aspect, d []Cell, who string) []Cell {
		return []Cell{{Mark(a)}, C(id, ID()), C(name, Name()), C(risk, rs), C(ok, Plain()), C(evid, AspectNumber(ea)), {Mark(sod)}, d[0], d[1], C(who, Lever())}
	}
	g, ca, st, pl, da := release.Go, release.Caution, release.Stop, release.Planned, release.Dark
	rows := [][]Cell{
		row(ca, "CHG-4182", "payments-api 4.12.0", "62 M", Plain(), "2/3", "7/8", ca, g, due("13:30Z", "1h25m", Reason(ca)), "you"),
		row(ca, "CHG-4193", "identity 9.3.1", "71 H", Reason(ca), "1/3", "8/8", g, g, due("15:00Z", "2h55m", Reason(ca)), "you"),
		row(pl, "CHG-4195", "notify-svc 日本語 \x1b[31m", "18 L", Meta(), "0/1", "8/8", g, g, due("Wed 02", "13h", Plain()), ""),
		row(st, "CHG-4190", "checkout-web hotfix", "58 M", Plain(), "1/2", "6/8", st, st, due("16:30Z", "4h25m", Plain()), ""),
		row(da, "CHG-4177", "ledger-db schema v88", "~77 H", Stale(), "1/3", "?/9", da, da, due("", "jira", AspectWord(da)), ""),
		row(g, "CHG-4166", "gone from the list", "12 L", Meta(), "3/3", "8/8", g, g, due("done", "12:04", Meta()), ""),
	}
	rows[0][4] = C("2/3", Fresh(Plain()))
	l := Fit(1, 80, cols, rows)
	body.Rule(0, Rule{Title: Heading("QUEUE", "7", "2 moved"), Note: []Run{T("sort:due", Meta())}, Focus: true})
	body.Head(1, l)
	for i, r := range rows {
		body.Row(2+i, l, r)
	}
	body.Cursor(2, true)
	body.Gone(7)
	body.Rule(8, Rule{Title: Heading("CHG-4182 payments-api 4.12.0", "", " T-48 · EMEA"), Note: []Run{T("reads c81f0e2", Meta())}})
	body.Write(1, 9, T("risk ", Meta()), T("62 M", Strong()), T("  impact", Meta()))
	body.Meter(20, 9, 5, 24./30, BarStyle(ca))
	body.Write(26, 9, T("24", Reason(ca)), T("/30", Meta()))
	body.Spark(34, 9, 11, Spark{Values: []float64{1, 1, 1, 1, 1, 2, 4, 5, 6, 7, 8}, High: 8, Limit: 5, Over: AspectNumber(st)})
	body.Write(47, 9, Mark(st), T(" FAIL", AspectWord(st)), T("  ", Plain()), Mark(ca), T(" NEAR", AspectWord(ca)), T("  ", Plain()), Mark(g), T(" PASS", AspectWord(g)))
	body.Put(1, 10, "canary", Meta())
	body.Hero(8, 10, 58, 0.1, BarStyle(st))
	body.Write(67, 10, T("10%", AspectNumber(st)))
	body.Rail(11)
	body.Write(1, 11, T("SANDBOX", Sandbox()), T("  black-friday, 3 of 9 injects", Plain()))
	body.Edge(12, 14)
	body.Put(2, 12, "on the edge", Plain())
	if sheet {
		body.Dim(2)
		in := body.Sheet(Sheet{Title: []Run{T("APPROVE CHG-4182", Strong()), T(" payments-api 4.12.0", Plain())}, Note: []Run{T("risk 62 M", Strong())}, Rows: 5})
		in.Write(0, 0, T("You complete the ", Plain()), T("quorum (3/3)", Strong()), T(".", Plain()))
		in.Write(8, 1, T("▌", Here()), T("1", Lever()), T(" Reviewed delta; within window, rollback proven", Strong()))
		in.Select(9, 1, in.W()-9)
		in.Write(9, 2, T("2", Lever()), T(" Approved under verbal CAB; minute ref ", Meta()))
		in.Field(50, 2, 14, Field{Text: "12", Cursor: 2, Focus: true, Block: true})
		in.Write(8, 4, T("⏎", Lever()), T(" approve (1)", Strong()), T("    esc ", Plain()), T("leave undecided", Meta()))
	}
	c.Write(1, 22, T("▸ 12:04:02", Meta()), T(" CHG-4182", Strong()), T(" p.lind approved (2/3)", Plain()), T(" · ", Faint()), T("yours completes quorum", Plain()))
	c.More(22, 2)
	c.Hints(1, 23, 79, []Hint{{"j/k", "", LookKey}, {"A", "approve", LeverKey}, {"R", "reject", LeverKey}, {"+", "promote", LockedKey},
		{"space", "mark", LookKey}, {"⏎", "detail", LeverKey}, {"/", "filter", LookKey}, {"esc", "", LookKey}, {"?", "", LookKey}})
	return c
}

// readable writes ESC as ␛ so that a golden file can be read and compared in any editor; the first half of
// the file is the plain text.
func readable(lines []string) string {
	var plain, painted strings.Builder
	for _, l := range lines {
		plain.WriteString("|" + stripSGR(l) + "|\n")
		painted.WriteString(strings.ReplaceAll(l, "\x1b", "␛") + "\n")
	}
	return plain.String() + "\n" + painted.String()
}

func stripSGR(l string) string {
	var b strings.Builder
	for i, part := range strings.Split(l, "\x1b[") {
		if i > 0 {
			_, part, _ = strings.Cut(part, "m")
		}
		b.WriteString(part)
	}
	return b.String()
}

func TestGolden(t *testing.T) {
	for _, tc := range []struct {
		file, theme string
		tier        themes.Tier
		sheet       bool
	}{
		{"queue-dark", "dark", themes.Rich, false},
		{"queue-mono", "mono", themes.Rich, false},
		{"queue-16", "16", themes.Rich, false},
		{"queue-narrow", "mono", themes.Narrow, false},
		{"queue-ascii", "mono", themes.ASCII, false},
		{"sheet-dark", "dark", themes.Rich, true},
		{"sheet-mono", "mono", themes.Rich, true},
	} {
		th, _ := themes.ByName(tc.theme, colorprofile.TrueColor)
		lines := sample(tc.tier, tc.sheet).Paint(th)
		check(t, lines, 80, 24, tc.tier)
		got, file := readable(lines), filepath.Join("testdata", tc.file+".golden")
		if *update {
			if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if got != string(want) {
			t.Errorf("%s differs:\n%s", file, got)
		}
	}
}

func BenchmarkPaint120x40(b *testing.B) {
	for _, name := range []string{"dark", "mono"} {
		th, _ := themes.ByName(name, colorprofile.TrueColor)
		src := sample(themes.Rich, false)
		c := New(120, 40, themes.Rich)
		copyCanvas := func(x, y int) {
			for j := range src.h {
				for i := range src.w {
					if p := c.at(x+i, y+j); p != nil {
						*p = *src.at(i, j)
					}
				}
			}
		}
		copyCanvas(0, 0)
		copyCanvas(80, 0)
		copyCanvas(0, 24)
		copyCanvas(80, 24)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			bytes := 0
			for b.Loop() {
				bytes = 0
				for _, l := range c.Paint(th) {
					bytes += len(l)
				}
			}
			b.ReportMetric(float64(bytes), "bytes/frame")
		})
	}
}

func BenchmarkDraw(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		sample(themes.Rich, false)
	}
}
