package main

import "testing"

func TestCounted(t *testing.T) {
	for want, n := range map[string]int{"0 connectors": 0, "1 connector": 1, "4 connectors": 4} {
		if got := counted(n, "connector"); got != want {
			t.Errorf("%d reads %q, want %q", n, got, want)
		}
	}
}
