package board_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"signalbox/release/access"
	"signalbox/themes"
	"signalbox/views"
	"signalbox/views/board"
	"signalbox/views/viewtest"
)

// sizes are those of the body at 80×24, 120×36 and 200×50.
var sizes = [][2]int{{80, 20}, {120, 32}, {200, 46}}

// on opens the board on one of them and presses keys.
func on(c *viewtest.Company, w, h int, keys ...string) views.View {
	v, _ := viewtest.Type(viewtest.Open(board.New(c, "wall"), w, h), keys...)
	return v
}

func TestGoldens(t *testing.T) {
	story := viewtest.Estate()
	refused := viewtest.Estate()
	refused.Down = access.Authorise(&access.Person{ID: "s.lee"}, access.Read, access.Target{}, refused.At)
	down := viewtest.Estate()
	down.Store = "STORE read-only since 12:02Z"
	viewer := viewtest.Estate()
	viewer.Who = "v.ng"
	for _, s := range sizes {
		w, h := s[0], s[1]
		filtered, _, _ := on(story, w, h).Filter("kind:change -svc:search")
		for _, g := range []struct {
			name string
			c    *viewtest.Company
			v    views.View
		}{
			{"estate", story, on(story, w, h)}, {"panes", story, on(story, w, h, "tab")}, {"filter", story, filtered}, {"viewer", viewer, on(viewer, w, h)},
			{"clear", viewtest.Clear(), on(viewtest.Clear(), w, h)}, {"dark", viewtest.Unlit(), on(viewtest.Unlit(), w, h)},
			{"store-down", down, on(down, w, h)}, {"refused", refused, on(refused, w, h)}, {"fresh", viewtest.Empty(), on(viewtest.Empty(), w, h)},
			{"feeds", viewtest.Wired(), on(viewtest.Wired(), w, h)},
		} {
			viewtest.Golden(t, fmt.Sprintf("%s-%dx%d.txt", g.name, w, h), viewtest.Text(g.v, g.c.Frame(), w, h))
		}
		viewtest.Golden(t, fmt.Sprintf("estate-%dx%d-dark.ans", w, h), strings.Join(viewtest.Paint(on(story, w, h), story.Frame(), w, h, "dark", themes.Rich), "\n")+"\n")
	}
	ascii := viewtest.Paint(on(story, 80, 20), story.Frame(), 80, 20, "mono", themes.ASCII)
	for n, l := range ascii {
		ascii[n] = strings.TrimRight(ansi.Strip(l), " ")
	}
	viewtest.Golden(t, "estate-80x20-ascii.txt", strings.Join(ascii, "\n")+"\n")
}

// Conflicts that want somebody stand in the list, and what of the time they are about is crossed out on the strip.
func TestGoldenConflicts(t *testing.T) {
	c := viewtest.Clashing()
	for _, s := range [][2]int{{80, 20}, {120, 32}} {
		w, h := s[0], s[1]
		viewtest.Golden(t, fmt.Sprintf("conflicts-%dx%d.txt", w, h), viewtest.Text(viewtest.Open(board.New(c, ""), w, h), c.Frame(), w, h))
	}
}
