package graph_test

import (
	"testing"

	"signalbox/themes"
	"signalbox/views"
	"signalbox/views/kit"
	"signalbox/views/viewtest"
)

// BenchmarkGraph draws the screen, and lays it out anew, at the size of a desk.
func BenchmarkGraph(b *testing.B) {
	c := viewtest.Meshed()
	v, f := on(c, "fraud-score", 120, 32), c.Frame()
	canvas := kit.New(120, 32, themes.Rich)
	b.Run("draw", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			canvas.Clear()
			v.Draw(canvas, f)
		}
	})
	b.Run("lay-out", func(b *testing.B) {
		b.ReportAllocs()
		for w := 119; b.Loop(); w = 239 - w { // another width each time
			v.Update(views.Resize{W: w, H: 32})
		}
	})
}
