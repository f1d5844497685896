package connectors_test

import (
	"strings"
	"testing"

	"signalbox/connectors"
)

// BenchmarkGuard reads the largest body there is.
func BenchmarkGuard(b *testing.B) {
	body := []byte(`{"a":"` + strings.Repeat("x", connectors.MaxBody-8) + `"}`)
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		if err := connectors.Guard(body, connectors.MaxBody, connectors.MaxDepth); err != nil {
			b.Fatal(err)
		}
	}
}
