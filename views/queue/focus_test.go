package queue_test

import (
	"testing"

	"pgregory.net/rapid"

	"signalbox/views"
	"signalbox/views/queue"
	"signalbox/views/viewtest"
)

// A click selects the row that stands where it was made, or nothing.
func TestClickSelectsWhatStandsThere(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w, h := rapid.IntRange(80, 240).Draw(t, "w"), rapid.IntRange(20, 60).Draw(t, "h")
		v := viewtest.Open(queue.New(viewtest.Story()), w, h)
		v, _ = viewtest.Type(v, rapid.SliceOfN(rapid.SampledFrom([]string{"j", "end", "tab", "s"}), 0, 4).Draw(t, "keys")...)
		x, y := rapid.IntRange(0, w-1).Draw(t, "x"), rapid.IntRange(0, h-1).Draw(t, "y")
		was := v.Selection().ID
		v, said := viewtest.Send(v, views.Click{X: x, Y: y})
		if v.Selection().ID != was && v.Lit() != y {
			t.Errorf("a click on row %d lit row %d", y, v.Lit())
		}
		if len(said) > 0 {
			t.Errorf("a click said %v", said)
		}
	})
	v := viewtest.Open(queue.New(viewtest.Story()), 80, 20)
	if v, _ = viewtest.Send(v, views.Click{X: 30, Y: 4}); v.Lit() != 4 {
		t.Errorf("a click on the third row lit row %d", v.Lit())
	}
}

// What was selected on another screen is under the cursor here, however early it is said.
func TestFocusPutsTheCursorThere(t *testing.T) {
	c := viewtest.Story()
	for _, f := range []struct {
		focus views.Focus
		want  string
	}{{views.Focus{Change: "CHG-4195"}, "CHG-4195"}, {views.Focus{Service: "checkout-web"}, "CHG-4211"}, {views.Focus{Change: "CHG-1", Service: "checkout-web"}, "CHG-4211"}, {views.Focus{}, ""}} {
		late := viewtest.Open(queue.New(c), 80, 20)
		if f.want == "" {
			f.want = late.Selection().ID
		}
		if late, _ = viewtest.Send(late, f.focus); late.Selection().ID != f.want {
			t.Errorf("%+v: %s, want %s", f.focus, late.Selection().ID, f.want)
		}
		early, _ := queue.New(c).Update(f.focus)
		if early = viewtest.Open(early, 80, 20); early.Selection().ID != f.want {
			t.Errorf("%+v before the first reading: %s, want %s", f.focus, early.Selection().ID, f.want)
		}
	}
}
