package tui

import (
	"fmt"
	"testing"
)

func BenchmarkView(b *testing.B) {
	for _, size := range [][2]int{{80, 24}, {120, 36}, {200, 50}} {
		b.Run(fmt.Sprintf("%dx%d", size[0], size[1]), func(b *testing.B) {
			r := newRig(b, newHouse(), Options{Views: places(), Width: size[0], Height: size[1]})
			b.ReportAllocs()
			for b.Loop() {
				r.s.dirty = screen
				r.s.View()
			}
		})
	}
}
