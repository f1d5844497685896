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
	c.Chart(1, 0, 62, 4, Chart{Values: rise, High: 16, Limits: limits})
	c.Chart(1, 4, 62, 3, Chart{Values: silent, High: 15, Limits: limits})
	c.Chart(1, 8, 62, 2, Chart{})
	c.Chart(1, 10, 62, 2, Chart{Values: []float64{0, 1, 2, 3, 2, 1, 0}})
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
		c.Chart(0, 0, w, h, Chart{Values: values, High: rapid.SampledFrom([]float64{0, 15}).Draw(t, "high"), Limits: []Limit{{14.4, Plain()}}})
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
