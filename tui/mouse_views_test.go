package tui

import (
	"math/rand/v2"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"signalbox/views/viewtest"
)

// mouseViews are the words that open each view that has rows.
var mouseViews = []string{"board", "calendar", "queue", "graph", "graph checkout-web", "rollouts", "rollout show 734", "health", "conflicts", "feeds", "feeds github", "go CHG-4182"}

// A click selects what is drawn where it was made, says nothing and opens nothing; the wheel is the arrow keys; with
// the mouse off neither does anything.
func TestMouseInEveryView(t *testing.T) {
	whole, clashing := wholeEstate(), viewtest.Clashing()
	lot := rand.New(rand.NewPCG(1, 2))
	for n := range 3 * len(mouseViews) {
		words := mouseViews[n%len(mouseViews)]
		estate := whole
		if words == "conflicts" {
			estate = clashing
		}
		w, h := 80+lot.IntN(121), 24+lot.IntN(37)
		open := func() *rig {
			return newRigIn(t, estate, Options{Views: places(), Width: w, Height: h, Start: strings.Fields(strings.Replace(words, "rollouts", "rollout", 1))})
		}
		r := open()
		for range lot.IntN(5) {
			r.keys([]string{"j", "tab", "end", "k", "l"}[lot.IntN(5)])
		}
		x, y := lot.IntN(w), lot.IntN(h)
		deep, was := len(r.s.stack), r.s.top().view.Selection().ID
		note := r.s.ticker.note
		r.send(tea.MouseClickMsg{X: x, Y: y, Button: tea.MouseLeft})
		now := r.s.top().view.Selection()
		if len(r.s.stack) != deep || r.s.sheet != nil || r.s.ticker.note != note || len(estate.Stored) == 0 {
			t.Fatalf("a click at %d,%d of %s did more than select", x, y, words)
		}
		if (y < 2 || y >= h-2) && now.ID != was {
			t.Fatalf("a click outside of the body of %s selects %s", words, now.ID)
		}
		again := now.ID
		r.send(tea.MouseClickMsg{X: x, Y: y, Button: tea.MouseLeft})
		if id := r.s.top().view.Selection().ID; now.ID != was && id != again && r.s.top().view.Name() != "calendar" && r.s.top().view.Name() != "board" {
			t.Fatalf("the same click on %s selects %s, then %s", words, again, id)
		}
		if lit := r.s.top().view.Lit(); now.ID != was && lit >= 0 && (y-2 < lit-1 || y-2 > lit+3) && r.s.top().view.Name() != "rollout" && !strings.HasPrefix(words, "go ") && words != "calendar" {
			t.Fatalf("a click on row %d of %s lit row %d", y-2, words, lit)
		}

		wheel, arrows := open(), open()
		for range 1 + lot.IntN(4) {
			b, k := tea.MouseWheelDown, "down"
			if lot.IntN(2) == 0 {
				b, k = tea.MouseWheelUp, "up"
			}
			wheel.send(tea.MouseWheelMsg{X: 3, Y: 6, Button: b})
			arrows.keys(k)
		}
		if a, b := wheel.screen(t), arrows.screen(t); a != b {
			t.Fatalf("the wheel and the arrows differ on %s", words)
		}

		off := arrows
		off.s.prefs.noMouse = true
		before := off.screen(t)
		off.send(tea.MouseClickMsg{X: x, Y: y, Button: tea.MouseLeft})
		off.send(tea.MouseWheelMsg{X: x, Y: y, Button: tea.MouseWheelDown})
		if off.screen(t) != before || off.s.mouseMode() != tea.MouseModeNone {
			t.Fatalf("the mouse is off and %s heeds it", words)
		}
	}
}

// A click finds every row that is on the screen: what stands under the cursor somewhere is found again by a click there.
func TestClicksFindEveryRow(t *testing.T) {
	estate := wholeEstate()
	for _, words := range []string{"board", "calendar", "queue", "graph checkout-web", "rollout", "health", "feeds", "go CHG-4182"} {
		for _, size := range [][2]int{{80, 24}, {120, 36}, {200, 50}} {
			r := newRigIn(t, estate, Options{Views: places(), Width: size[0], Height: size[1], Start: strings.Fields(words)})
			found := map[string]bool{}
			for y := 2; y < size[1]-2; y++ {
				for x := 1; x < size[0]; x += 7 {
					r.send(tea.MouseClickMsg{X: x, Y: y, Button: tea.MouseLeft})
					s := r.s.top().view.Selection()
					found[s.Kind+" "+s.ID] = true
				}
			}
			if len(found) < 3 && !strings.HasPrefix(words, "go ") {
				t.Errorf("clicks all over %s at %v select only %v", words, size, found)
			}
		}
	}
}
