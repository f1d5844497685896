package conflicts_test

import (
	"fmt"
	"testing"

	"signalbox/release/access"
	"signalbox/themes"
	"signalbox/views"
	"signalbox/views/conflicts"
	"signalbox/views/viewtest"

	"strings"
	"time"
)

// sizes are those of the body at 80×24 and 120×36.
var sizes = [][2]int{{80, 20}, {120, 32}}

// on opens the conflicts of the company and presses keys.
func on(c *viewtest.Company, id string, w, h int, keys ...string) views.View {
	v, _ := viewtest.Type(viewtest.Open(conflicts.New(c, id), w, h), keys...)
	return v
}

func TestGoldens(t *testing.T) {
	clash := viewtest.Clashing()
	clash.Who = "c.wu"
	refused := viewtest.Clashing()
	refused.Down = access.Authorise(&access.Person{ID: "s.lee"}, access.Read, access.Target{}, refused.At)
	down := viewtest.Clashing()
	down.Store = "STORE read-only since 12:02Z"
	dark := viewtest.Clashing()
	dark.Connected[1].LastGood = dark.At.Add(-6*time.Minute - 20*time.Second)
	calm := viewtest.Clashing()
	for k := range calm.Stored {
		calm.Stored[k].Change.Schedule.From = time.Time{}
	}
	bare := viewtest.Empty()
	for _, s := range sizes {
		w, h := s[0], s[1]
		filtered, _, _ := on(clash, "", w, h).Filter("soft")
		nothing, _, _ := on(clash, "", w, h).Filter("nothing-like-it")
		for _, g := range []struct {
			name string
			c    *viewtest.Company
			v    views.View
		}{
			{"worst", clash, on(clash, "", w, h)}, {"soft", clash, on(clash, "CHG-4190", w, h)}, {"freeze", clash, on(clash, "CHG-4177", w, h)}, {"settled", clash, on(clash, "CX-71", w, h)},
			{"more", clash, on(clash, "", w, h, "tab", "end")}, {"filter", clash, filtered}, {"nothing", clash, nothing}, {"dark", dark, on(dark, "", w, h)},
			{"calm", calm, on(calm, "", w, h, "end")}, {"empty", bare, on(bare, "", w, h)}, {"refused", refused, on(refused, "", w, h)}, {"store-down", down, on(down, "", w, h)},
		} {
			viewtest.Golden(t, fmt.Sprintf("%s-%dx%d.txt", g.name, w, h), viewtest.Text(g.v, g.c.Frame(), w, h))
		}
		viewtest.Golden(t, fmt.Sprintf("worst-%dx%d-dark.ans", w, h), strings.Join(viewtest.Paint(on(clash, "", w, h), clash.Frame(), w, h, "dark", themes.Rich), "\n")+"\n")
	}
	v := on(clash, "", 80, 20)
	for _, theme := range []string{"mono", "16", "light", "cb-safe", "high-contrast"} {
		viewtest.Golden(t, "worst-80x20-"+theme+".ans", strings.Join(viewtest.Paint(v, clash.Frame(), 80, 20, theme, themes.Rich), "\n")+"\n")
	}
}
