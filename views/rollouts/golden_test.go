package rollouts_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"signalbox/release/access"
	"signalbox/themes"
	"signalbox/views"
	"signalbox/views/rollouts"
	"signalbox/views/viewtest"
)

// sizes are those of the body at 80×24 and 120×36.
var sizes = [][2]int{{80, 20}, {120, 32}}

// on opens the list on one of its rows and presses keys.
func on(c *viewtest.Company, id string, w, h int, keys ...string) views.View {
	v, _ := viewtest.Type(viewtest.Open(rollouts.New(c, id), w, h), keys...)
	return v
}

func page(c *viewtest.Company, id string, w, h int) views.View {
	return viewtest.Open(rollouts.Page(c, id), w, h)
}

func TestGoldens(t *testing.T) {
	rolling, blind := viewtest.Rolling(), viewtest.Blind()
	refused := viewtest.Rolling()
	refused.Down = access.Authorise(&access.Person{ID: "s.lee"}, access.Read, access.Target{}, refused.At)
	down := viewtest.Rolling()
	down.Store = "STORE read-only since 12:02Z"
	for _, s := range sizes {
		w, h := s[0], s[1]
		filtered, _, _ := on(rolling, "", w, h).Filter("orders")
		for _, g := range []struct {
			name string
			c    *viewtest.Company
			v    views.View
		}{
			{"list", rolling, on(rolling, "", w, h)}, {"list-no-change", rolling, on(rolling, "RO-738", w, h)}, {"list-waiting", rolling, on(rolling, "CHG-4166", w, h)},
			{"list-done", rolling, on(rolling, "", w, h, "end")}, {"list-dark", blind, on(blind, "RO-733", w, h)}, {"list-filter", rolling, filtered},
			{"list-empty", viewtest.Empty(), on(viewtest.Empty(), "", w, h)}, {"list-refused", refused, on(refused, "", w, h)}, {"list-store-down", down, on(down, "", w, h)},
			{"page", rolling, page(rolling, "RO-734", w, h)}, {"page-good", rolling, page(rolling, "RO-733", w, h)}, {"page-no-change", rolling, page(rolling, "RO-738", w, h)},
			{"page-unmeasured", rolling, page(rolling, "RO-739", w, h)}, {"page-failed", rolling, page(rolling, "RO-728", w, h)}, {"page-dark", blind, page(blind, "RO-734", w, h)},
			{"page-absent", rolling, page(rolling, "RO-9", w, h)}, {"page-refused", refused, page(refused, "RO-734", w, h)}, {"page-store-down", down, page(down, "RO-734", w, h)},
		} {
			viewtest.Golden(t, fmt.Sprintf("%s-%dx%d.txt", g.name, w, h), viewtest.Text(g.v, g.c.Frame(), w, h))
		}
		for _, g := range []struct {
			name string
			v    views.View
		}{{"list", on(rolling, "", w, h)}, {"page", page(rolling, "RO-734", w, h)}} {
			viewtest.Golden(t, fmt.Sprintf("%s-%dx%d-dark.ans", g.name, w, h), strings.Join(viewtest.Paint(g.v, rolling.Frame(), w, h, "dark", themes.Rich), "\n")+"\n")
		}
	}
	v := page(rolling, "RO-734", 120, 32)
	for _, tier := range []themes.Tier{themes.Narrow, themes.ASCII} {
		lines := viewtest.Paint(v, rolling.Frame(), 120, 32, "mono", tier)
		for n, l := range lines {
			lines[n] = strings.TrimRight(ansi.Strip(l), " ")
		}
		viewtest.Golden(t, fmt.Sprintf("page-120x32-%s.txt", themes.Tiers()[tier]), strings.Join(lines, "\n")+"\n")
	}
}
