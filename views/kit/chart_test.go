package kit

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/charmbracelet/colorprofile"
	"pgregory.net/rapid"

	"signalbox/release"
	"signalbox/themes"
)

func rising(n int) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = float64(i)
	}
	return out
}

// A rise from the floor to the roof, the base along the floor, in every tier.
func TestChartInEveryTier(t *testing.T) {
	flat := make([]float64, 16)
	for i := range flat {
		flat[i] = 3
	}
	late := rising(16)
	for i := range 8 {
		late[i] = None // the newer version was not there yet
	}
	lost := rising(16)
	for i := 12; i < 16; i++ {
		lost[i] = math.NaN()
	}
	for _, tc := range []struct {
		name string
		ch   Chart
		want [3]string
	}{
		{"area", Chart{Area: rising(16)}, [3]string{"    ⣀⣤⣶⣿\n⣀⣤⣶⣿⣿⣿⣿⣿", "    ⣀⣤⣶⣿\n⣀⣤⣶⣿⣿⣿⣿⣿", "    :=*@\n:=*@@@@@"}},
		{"line", Chart{Line: rising(16), High: 15}, [3]string{"    ⣀⠤⠒⠉\n⣀⠤⠒⠉    ", "", ""}},
		{"both", Chart{Area: late, Line: flat, High: 15}, [3]string{"    ⣀⣤⣶⣿\n⠤⠤⠤⠤⣿⣿⣿⣿", "", ""}},
		{"lost", Chart{Area: lost, High: 15}, [3]string{"    ⣀⣤┊ \n⣀⣤⣶⣿⣿⣿┊ ", "    ⣀⣤: \n⣀⣤⣶⣿⣿⣿: ", ""}},
		{"limit", Chart{Area: rising(16), High: 15, Limits: []Limit{{12, AspectNumber(release.Stop)}}}, [3]string{"┈┈┈┈⣀⣤⣶⣿\n⣀⣤⣶⣿⣿⣿⣿⣿", "", "----:=*@\n:=*@@@@@"}},
		{"level", Chart{Area: []float64{5, 5}}, [3]string{"        \n       ⣀", "", ""}},
		{"nothing", Chart{}, [3]string{"        \n        ", "", ""}},
	} {
		for i, tier := range everyTier {
			if tc.want[i] == "" {
				continue
			}
			c := New(8, 2, tier)
			c.Chart(0, 0, 8, 2, tc.ch)
			if got := strings.Join(texts(c), "\n"); got != tc.want[i] {
				t.Errorf("%s in tier %d:\n%s\nwant\n%s", tc.name, tier, got, tc.want[i])
			}
		}
	}
}

func TestChartColours(t *testing.T) {
	c := New(8, 2, themes.Rich)
	c.Chart(0, 0, 8, 2, Chart{Area: rising(16), Line: []float64{0, 0}, High: 15, Limits: []Limit{{12, AspectNumber(release.Stop)}}})
	for _, p := range []struct {
		x, y int
		want themes.Token
	}{{0, 0, themes.Faint}, {7, 0, themes.Stop}, {7, 1, themes.Dim}, {0, 1, themes.Dim}} {
		if got := c.at(p.x, p.y).style.Fg; got != p.want {
			t.Errorf("cell %d,%d is %s, want %s", p.x, p.y, got, p.want)
		}
	}
	c = New(8, 2, themes.Rich)
	c.Chart(0, 0, 8, 2, Chart{Line: rising(16), High: 15})
	if got := c.at(7, 0).style.Fg; got != themes.Faint {
		t.Errorf("the base is %s", got)
	}
}

// No values and no size break it.
func TestAnyChart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := rapid.SliceOfN(rapid.OneOf(rapid.Float64(), rapid.SampledFrom([]float64{math.NaN(), None, math.Inf(1), math.MaxFloat64, -math.MaxFloat64, 0})), 0, 40)
		w, h := rapid.IntRange(0, 30).Draw(t, "w"), rapid.IntRange(0, 9).Draw(t, "h")
		c := New(20, 6, themes.Tier(rapid.IntRange(0, 2).Draw(t, "tier")))
		c.Chart(rapid.IntRange(-3, 20).Draw(t, "x"), rapid.IntRange(-3, 6).Draw(t, "y"), w, h, Chart{Area: v.Draw(t, "area"), Line: v.Draw(t, "line"),
			Low: rapid.Float64().Draw(t, "low"), High: rapid.Float64().Draw(t, "high"), Spread: rapid.Bool().Draw(t, "spread"), Limits: []Limit{{rapid.Float64().Draw(t, "limit"), Plain()}}, Dark: rapid.Bool().Draw(t, "dark")})
		th, _ := themes.ByName("dark", colorprofile.TrueColor)
		for _, l := range c.Paint(th) {
			if n := Width(stripSGR(l)); n != 20 {
				t.Fatalf("a line is %d wide: %q", n, l)
			}
		}
	})
}

func TestSparklineLeavesOutWhatWasNotThere(t *testing.T) {
	c := New(5, 1, themes.Rich)
	c.Spark(0, 0, 5, Spark{Values: []float64{None, None, 1, 2, math.NaN()}})
	if got := texts(c)[0]; got != "  ▁█┊" {
		t.Errorf("got %q", got)
	}
}

// charts are a rise over two limits, a feed that fell silent, and nothing at all.
func charts(tier themes.Tier) Canvas {
	c := New(64, 12, tier)
	limits := []Limit{{6, AspectNumber(release.Caution)}, {14.4, AspectNumber(release.Stop)}}
	var rise, silent []float64
	for i := range 240 {
		v := 0.8
		if i > 180 {
			v += float64(i-180) / 60 * 16
		}
		rise = append(rise, v)
		if i > 120 {
			v = math.NaN()
		}
		silent = append(silent, v+float64(i%40)/10)
	}
	c.Chart(1, 0, 62, 4, Chart{Spread: true, Area: rise, High: 16, Limits: limits})
	c.Chart(1, 4, 62, 3, Chart{Spread: true, Area: silent, High: 15, Limits: limits})
	c.Chart(1, 8, 62, 2, Chart{})
	c.Chart(1, 10, 62, 2, Chart{Spread: true, Area: []float64{0, 1, 2, 3, 2, 1, 0}})
	return c
}

func TestGoldenCharts(t *testing.T) {
	for _, tc := range []struct {
		file, theme string
		tier        themes.Tier
	}{{"chart-dark", "dark", themes.Rich}, {"chart-mono", "mono", themes.Rich}, {"chart-16", "16", themes.Rich}, {"chart-narrow", "mono", themes.Narrow}, {"chart-ascii", "mono", themes.ASCII}} {
		th, _ := themes.ByName(tc.theme, colorprofile.TrueColor)
		lines := charts(tc.tier).Paint(th)
		check(t, lines, 64, 12, tc.tier)
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

// TestChartsHold: whatever the values and the size, the lines are whole, a spike is seen, and what is unknown
// has no dots.
func TestChartsHold(t *testing.T) {
	th, _ := themes.ByName("mono", colorprofile.TrueColor)
	rapid.Check(t, func(t *rapid.T) {
		w, h := rapid.IntRange(0, 80).Draw(t, "w"), rapid.IntRange(0, 9).Draw(t, "h")
		values := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) float64 {
			return rapid.SampledFrom([]float64{0, 0.5, 3, 14.5, 1e12, math.NaN(), math.Inf(1), -4}).Draw(t, "v")
		}), 0, 300).Draw(t, "values")
		c := New(80, 9, themes.Rich)
		c.Chart(0, 0, w, h, Chart{Spread: true, Area: values, High: rapid.SampledFrom([]float64{0, 15}).Draw(t, "high"), Limits: []Limit{{14.4, Plain()}}})
		text := strings.Join(c.Paint(th), "\n")
		dotted := strings.ContainsFunc(text, func(r rune) bool { return r > 0x2800 && r <= 0x28FF })
		known := false
		for _, v := range values {
			known = known || !math.IsNaN(v)
		}
		if w > 0 && h > 0 && dotted != known {
			t.Fatalf("dots %v, known %v:\n%s", dotted, known, text)
		}
	})
}
