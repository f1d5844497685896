package feeds_test

import (
	"testing"

	"pgregory.net/rapid"

	"signalbox/views"
	"signalbox/views/viewtest"
)

// A click selects the row that stands where it was made, in either pane, or nothing.
func TestClickSelectsWhatStandsThere(t *testing.T) {
	c := viewtest.Wired()
	rapid.Check(t, func(t *rapid.T) {
		w, h := rapid.IntRange(80, 240).Draw(t, "w"), rapid.IntRange(20, 66).Draw(t, "h")
		v := on(c, rapid.SampledFrom([]string{"", "github", "cab-webhook"}).Draw(t, "feed"), w, h)
		x, y := rapid.IntRange(0, w-1).Draw(t, "x"), rapid.IntRange(0, h-1).Draw(t, "y")
		was := v.Selection().ID
		v, said := viewtest.Send(v, views.Click{X: x, Y: y})
		if lit := v.Lit(); v.Selection().ID != was && lit != y && lit != y-1 { // a letter has two rows on a wide screen
			t.Errorf("a click on row %d lit row %d", y, lit)
		}
		if len(said) > 0 {
			t.Errorf("a click said %v", said)
		}
	})
	v := on(c, "", 80, 20)
	if v, _ = viewtest.Send(v, views.Click{X: 5, Y: 3}); v.Selection().ID != "retail-calendar" {
		t.Errorf("a click on the second feed selects %s", v.Selection().ID)
	}
	if v, _ = viewtest.Send(v, views.Focus{Feed: "github"}); v.Selection().ID != "github" {
		t.Errorf("the cursor is on %s", v.Selection().ID)
	}
	if v, _ = viewtest.Send(v, views.Focus{Feed: "nothing"}); v.Selection().ID != "github" {
		t.Errorf("the cursor is on %s", v.Selection().ID)
	}
}
