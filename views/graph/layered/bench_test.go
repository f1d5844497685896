package layered_test

import (
	"testing"

	"signalbox/views/graph/layered"
)

// BenchmarkDraw lays out random acyclic graphs of the sizes that a screen shows.
func BenchmarkDraw(b *testing.B) {
	for _, k := range []struct {
		name         string
		boxes, links int
	}{{"16-boxes-26-links", 16, 26}, {"40-boxes-64-links", 40, 64}} {
		b.Run(k.name, func(b *testing.B) {
			seed := uint64(7)
			draw := func(m int) int {
				seed ^= seed << 13
				seed ^= seed >> 7
				seed ^= seed << 17
				return int(seed % uint64(m))
			}
			var graphs [][]layered.Link
			for range 50 {
				var links []layered.Link
				for range k.links {
					a := draw(k.boxes - 1)
					links = append(links, layered.Link{From: a, To: a + 1 + draw(min(k.boxes-a-1, 12)), Style: layered.Light})
				}
				graphs = append(graphs, links)
			}
			wide := make([]int, k.boxes)
			drawn, asked := 0, 0
			b.ReportAllocs()
			for b.Loop() {
				if _, ok := layered.Draw(wide, graphs[asked%len(graphs)], layered.Size{W: 1000, H: 120, Tall: 4, Gap: 1, Narrow: 11}); ok {
					drawn++
				}
				asked++
			}
			b.ReportMetric(float64(drawn)/float64(asked), "drawn")
		})
	}
}
