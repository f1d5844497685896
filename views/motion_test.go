package views_test

import (
	"strings"
	"testing"

	"signalbox/views"
)

func TestMotion(t *testing.T) {
	for keys, want := range map[string]int{"j": 1, "up": -1, "g": 0, "g g": -views.Far, "g e": views.Far, "e": 0, "g j": 1, "g g e": -views.Far, "g g g": -views.Far, "end": views.Far,
		"ctrl+d": 5, "ctrl+u": -5, "pgdown": 9, "pgup": -9, "x": 0, "g x e": 0} {
		var m views.Motion
		at, moved := 0, false
		for k := range strings.FieldsSeq(keys) {
			by, ok := m.Key(k, 5, 9)
			at, moved = at+by, moved || ok
		}
		if at != want || moved != (keys != "e" && keys != "x") {
			t.Errorf("%s moves by %d, %v", keys, at, moved)
		}
	}
}
