package topology_test

import (
	"fmt"
	"testing"

	"signalbox/release/catalog"
	"signalbox/release/feed"
	"signalbox/release/rollout"
	"signalbox/release/topology"
)

// BenchmarkNew joins 10,000 services with 50,000 edges; the catalog stands, as it does between two revisions of it.
func BenchmarkNew(b *testing.B) {
	var f catalog.Facts
	seed := uint64(3)
	draw := func(m int) int {
		seed ^= seed << 13
		seed ^= seed >> 7
		seed ^= seed << 17
		return int(seed % uint64(m))
	}
	id := func(k int) string { return fmt.Sprintf("service-%05d", k) }
	const n = 10_000
	for k := range n {
		f.Services = append(f.Services, catalog.Service{ID: id(k), Tier: catalog.Tier(draw(4)), Regions: []string{"lon", "nyc"}[:1+draw(2)], CustomerFacing: k < 200})
	}
	for range 50_000 {
		a := draw(n - 1)
		f.Edges = append(f.Edges, catalog.Edge{From: id(a), To: id(a + 1 + draw(min(n-a-1, 400))), Kind: []catalog.EdgeKind{catalog.Hard, catalog.Soft}[draw(2)]})
	}
	facts := topology.Facts{At: noon, Environment: "production", Catalog: catalog.New(f, 1, noon), Since: noon,
		Bound: func(*catalog.Service) []feed.Status { return []feed.Status{{Name: "forge", LastGood: noon}} }}
	for k := range n {
		facts.Deployed = append(facts.Deployed, rollout.Observed{Service: id(k), Version: "1.0.0"})
	}
	m := topology.New(facts)
	b.Run("join", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			topology.New(facts)
		}
	})
	b.Run("around", func(b *testing.B) {
		b.ReportAllocs()
		at := int32(0)
		for b.Loop() {
			m.Around(at, 2)
			at = (at + 97) % n
		}
	})
	b.Run("worst", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			m.Worst()
		}
	})
}
