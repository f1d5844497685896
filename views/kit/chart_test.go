package kit

import (
	"math"
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
		{"limit", Chart{Area: rising(16), High: 15, Limit: 12, Over: AspectNumber(release.Stop)}, [3]string{"┈┈┈┈⣀⣤⣶⣿\n⣀⣤⣶⣿⣿⣿⣿⣿", "", "----:=*@\n:=*@@@@@"}},
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
	c.Chart(0, 0, 8, 2, Chart{Area: rising(16), Line: []float64{0, 0}, High: 15, Limit: 12, Over: AspectNumber(release.Stop)})
	for _, p := range []struct {
		x, y int
		want themes.Token
	}{{0, 0, themes.Caution}, {7, 0, themes.Stop}, {7, 1, themes.Dim}, {0, 1, themes.Dim}} {
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
			Low: rapid.Float64().Draw(t, "low"), High: rapid.Float64().Draw(t, "high"), Limit: rapid.Float64().Draw(t, "limit"), Dark: rapid.Bool().Draw(t, "dark")})
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
