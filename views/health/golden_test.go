package health_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"signalbox/release/access"
	rules "signalbox/release/health"
	"signalbox/themes"
	"signalbox/views"
	"signalbox/views/health"
	"signalbox/views/viewtest"
)

// sizes are those of the body at 80×24 and 120×36.
var sizes = [][2]int{{80, 20}, {120, 32}}

// on opens the health of the company on one service and presses keys.
func on(c *viewtest.Company, id string, w, h int, keys ...string) views.View {
	v, _ := viewtest.Type(viewtest.Open(health.New(c, id), w, h), keys...)
	return v
}

func TestGoldens(t *testing.T) {
	m := viewtest.Measured()
	refused := viewtest.Measured()
	refused.Down = access.Authorise(&access.Person{ID: "s.lee"}, access.Read, access.Target{}, refused.At)
	down := viewtest.Measured()
	down.Store = "STORE read-only since 12:02Z"
	dark := viewtest.Measured()
	dark.Vital.Monitors[0].LastGood = dark.At.Add(-7 * time.Minute)
	for k := range dark.Vital.Services {
		s := &dark.Vital.Services[k]
		for len(s.Samples) > 1 && s.Samples[len(s.Samples)-1].At.After(dark.At.Add(-7*time.Minute)) {
			s.Samples = s.Samples[:len(s.Samples)-1]
		}
	}
	late := viewtest.Measured()
	late.Vital.Monitors[0].LastGood = late.At.Add(-40 * time.Second)
	calm := viewtest.Measured()
	calm.Vital.Services = calm.Vital.Services[3:6]
	bare := viewtest.Measured()
	for k := range bare.Vital.Services {
		bare.Vital.Services[k].Objective = nil
	}
	blind := viewtest.Measured()
	blind.Vital.Monitors = blind.Vital.Monitors[2:]
	for k := range blind.Vital.Services {
		blind.Vital.Services[k].Samples = nil
	}
	blind.Vital.Unplaced = []rules.Objective{{ID: "x", Service: "web-shop", From: "a.yaml:1"}}
	for _, s := range sizes {
		w, h := s[0], s[1]
		filtered, _, _ := on(m, "", w, h).Filter("tier:1 -go")
		for _, g := range []struct {
			name string
			c    *viewtest.Company
			v    views.View
		}{
			{"page", m, on(m, "", w, h)}, {"ticket", m, on(m, "payments-api", w, h)}, {"silent", m, on(m, "notify-svc", w, h)}, {"go", m, on(m, "ledger-db", w, h)},
			{"no-objective", m, on(m, "search", w, h)}, {"days", m, on(m, "checkout-web", w, h, "-")}, {"month", m, on(m, "checkout-web", w, h, "-", "-")}, {"hour", m, on(m, "checkout-web", w, h, "z")},
			{"filter", m, filtered}, {"alerts", m, on(m, "", w, h, "tab")}, {"dark", dark, on(dark, "", w, h)}, {"late", late, on(late, "", w, h)}, {"calm", calm, on(calm, "", w, h)},
			{"bare", bare, on(bare, "", w, h)}, {"blind", blind, on(blind, "", w, h)}, {"empty", viewtest.Empty(), on(viewtest.Empty(), "", w, h)},
			{"refused", refused, on(refused, "", w, h)}, {"store-down", down, on(down, "", w, h)},
		} {
			viewtest.Golden(t, fmt.Sprintf("%s-%dx%d.txt", g.name, w, h), viewtest.Text(g.v, g.c.Frame(), w, h))
		}
		viewtest.Golden(t, fmt.Sprintf("page-%dx%d-dark.ans", w, h), strings.Join(viewtest.Paint(on(m, "", w, h), m.Frame(), w, h, "dark", themes.Rich), "\n")+"\n")
	}
	v := on(m, "", 80, 20)
	for _, theme := range []string{"mono", "16", "light", "cb-safe", "high-contrast"} {
		viewtest.Golden(t, "page-80x20-"+theme+".ans", strings.Join(viewtest.Paint(v, m.Frame(), 80, 20, theme, themes.Rich), "\n")+"\n")
	}
	for name, tier := range map[string]themes.Tier{"narrow": themes.Narrow, "ascii": themes.ASCII} {
		lines := viewtest.Paint(v, m.Frame(), 80, 20, "mono", tier)
		for n, l := range lines {
			lines[n] = strings.TrimRight(ansi.Strip(l), " ")
		}
		viewtest.Golden(t, "page-80x20-"+name+".txt", strings.Join(lines, "\n")+"\n")
	}
}
