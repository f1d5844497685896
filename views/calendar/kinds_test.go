package calendar

import (
	"slices"
	"testing"

	"signalbox/release/calendar"
)

// TestEveryKindIsDrawn: each kind has its own fill and word, and can be filtered for.
func TestEveryKindIsDrawn(t *testing.T) {
	for _, k := range calendar.Kinds {
		if fills[k] == "" {
			t.Errorf("%s has no fill", k)
		}
		if k != calendar.FreezePeriod && kindWords[k] == "" {
			t.Errorf("%s has no word", k)
		}
		if !slices.Contains(language.Fields[0].Values, string(k)) {
			t.Errorf("%s cannot be asked for", k)
		}
	}
}
