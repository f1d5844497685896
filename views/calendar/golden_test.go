package calendar_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"signalbox/release/access"
	"signalbox/themes"
	"signalbox/views"
	"signalbox/views/calendar"
	"signalbox/views/viewtest"
)

// sizes are those of the body at 80×24 and 120×36.
var sizes = [][2]int{{80, 20}, {120, 32}}

// on opens the calendar on something and presses keys.
func on(c *viewtest.Company, id string, w, h int, keys ...string) views.View {
	v, _ := viewtest.Type(viewtest.Open(calendar.New(c, id), w, h), keys...)
	return v
}

func TestGoldens(t *testing.T) {
	refused := viewtest.Week()
	refused.Down = access.Authorise(&access.Person{ID: "s.lee"}, access.Read, access.Target{}, refused.At)
	down := viewtest.Week()
	down.Store = "STORE read-only since 12:02Z"
	quiet := viewtest.Week()
	quiet.Stored, quiet.Observed, quiet.Held = nil, nil, nil
	quiet.Freezes = quiet.Freezes[:1]
	bare := viewtest.Empty()
	bare.Facts.Services = nil
	week, dark, clash := viewtest.Week(), viewtest.DarkCalendar(), viewtest.Clashing()
	for _, s := range sizes {
		w, h := s[0], s[1]
		filtered, _, _ := on(week, "", w, h).Filter("kind:batch,vendor")
		none, _, _ := on(week, "", w, h).Filter("no such thing")
		for _, g := range []struct {
			name string
			c    *viewtest.Company
			v    views.View
		}{
			{"clash", clash, on(clash, "CHG-4177", w, h)}, {"day-clash", clash, on(clash, "CHG-4190", w, h, "z")},
			{"week", week, on(week, "", w, h)}, {"freeze", week, on(week, "FRZ-12", w, h)}, {"change", week, on(week, "CHG-4195", w, h)}, {"dark", dark, on(dark, "", w, h)},
			{"regions", week, on(week, "", w, h, "s")}, {"services", week, on(week, "", w, h, "s", "s")}, {"folded", week, on(week, "", w, h, "home", "j", "j", "enter")},
			{"freezes", week, on(week, "", w, h, "v", "v")}, {"next-week", week, on(week, "", w, h, "pgdown")}, {"day-later", week, on(week, "", w, h, "l")},
			{"filter", week, filtered}, {"filter-none", week, none}, {"quiet", quiet, on(quiet, "", w, h)}, {"bare", bare, on(bare, "", w, h)},
			{"refused", refused, on(refused, "", w, h)}, {"store-down", down, on(down, "", w, h)}, {"day", week, on(week, "", w, h, "z")}, {"day-dark", dark, on(dark, "", w, h, "z")}, {"day-empty", quiet, on(quiet, "", w, h, ".", "z")}, {"empty-lane", week, on(week, "", w, h, "end", "k")},
		} {
			viewtest.Golden(t, fmt.Sprintf("%s-%dx%d.txt", g.name, w, h), viewtest.Text(g.v, g.c.Frame(), w, h))
		}
		viewtest.Golden(t, fmt.Sprintf("week-%dx%d-dark.ans", w, h), strings.Join(viewtest.Paint(on(week, "", w, h), week.Frame(), w, h, "dark", themes.Rich), "\n")+"\n")
	}
	v := on(week, "", 80, 20)
	viewtest.Golden(t, "week-80x20-mono.ans", strings.Join(viewtest.Paint(v, week.Frame(), 80, 20, "mono", themes.Rich), "\n")+"\n")
	ascii := viewtest.Paint(v, week.Frame(), 80, 20, "mono", themes.ASCII)
	for n, l := range ascii {
		ascii[n] = strings.TrimRight(ansi.Strip(l), " ")
	}
	viewtest.Golden(t, "week-80x20-ascii.txt", strings.Join(ascii, "\n")+"\n")
}
