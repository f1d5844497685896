package health

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// TestScale: what is even lies low, a tenth more shows, nothing lies under the floor, and the highest leaves a level
// free over it.
func TestScale(t *testing.T) {
	level := func(x, floor, top float64) int { return int((x-floor)/(top-floor)*7 + 0.5) }
	for _, c := range []struct {
		values    []float64
		floor     float64
		low, high int
	}{
		{[]float64{400, 400, 400}, 380, 1, 1},
		{[]float64{400, 400, 440}, 380, 1, 4},
		{[]float64{0.0001, 0.0001, 0.09}, 0, 0, 6},
		{[]float64{0, 0, 0}, 0, 0, 0},
		{[]float64{math.NaN(), 5, math.NaN()}, 4.75, 1, 1},
	} {
		floor, top := scale(c.values)
		known := slices.DeleteFunc(slices.Clone(c.values), math.IsNaN)
		if low, high := level(slices.Min(known), floor, top), level(slices.Max(known), floor, top); math.Abs(floor-c.floor) > 1e-9 || low != c.low || high != c.high {
			t.Errorf("%v: from %v, levels %d to %d", c.values, floor, low, high)
		}
	}
	rapid.Check(t, func(rt *rapid.T) {
		values := rapid.SliceOfN(rapid.Float64Range(0, 1e6), 1, 80).Draw(rt, "values")
		floor, top := scale(values)
		if floor < 0 || floor > slices.Min(values) || level(slices.Max(values), floor, top) > 6 {
			rt.Fatalf("%v to %v for %v", floor, top, values)
		}
	})
}

// TestSpread: the whole span is in the cells, and no peak is lost.
func TestSpread(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		values := rapid.SliceOfN(rapid.Float64Range(0, 100), 1, 90).Draw(rt, "values")
		cells := rapid.IntRange(1, 200).Draw(rt, "cells")
		out := spread(values, cells)
		if len(out) != cells || slices.Max(out) != slices.Max(values) || out[0] < values[0] || out[cells-1] < values[len(values)-1] {
			rt.Fatalf("%v in %d cells: %v", values, cells, out)
		}
	})
	if out := spread([]float64{math.NaN(), math.NaN(), 3, math.NaN()}, 2); !math.IsNaN(out[0]) || out[1] != 3 {
		t.Errorf("%v", out)
	}
}
