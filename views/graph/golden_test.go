package graph_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"signalbox/release/access"
	"signalbox/themes"
	"signalbox/views"
	"signalbox/views/graph"
	"signalbox/views/viewtest"
)

// sizes are those of the body at 80×24 and 120×36.
var sizes = [][2]int{{80, 20}, {120, 32}}

// on opens the graph on a service and presses keys.
func on(c *viewtest.Company, id string, w, h int, keys ...string) views.View {
	v, _ := viewtest.Type(viewtest.Open(graph.New(c, id), w, h), keys...)
	return v
}

func TestGoldens(t *testing.T) {
	refused := viewtest.Meshed()
	refused.Down = access.Authorise(&access.Person{ID: "s.lee"}, access.Read, access.Target{}, refused.At)
	down := viewtest.Meshed()
	down.Store = "STORE read-only since 12:02Z"
	dark := viewtest.Meshed()
	dark.Connected[1].LastGood = dark.At.Add(-7 * 60e9)
	dark.Connected[2].LastGood = dark.At.Add(-50 * 60e9)
	bare := viewtest.Meshed()
	bare.Facts.Services, bare.Facts.Edges = nil, nil
	mesh := viewtest.Meshed()
	for _, s := range sizes {
		w, h := s[0], s[1]
		found, _, _ := on(mesh, "fraud-score", w, h).Filter("pay -vendor")
		for _, g := range []struct {
			name string
			c    *viewtest.Company
			v    views.View
		}{
			{"focus", mesh, on(mesh, "fraud-score", w, h)}, {"worst", mesh, on(mesh, "", w, h)}, {"caller", mesh, on(mesh, "fraud-score", w, h, "h")},
			{"owners", mesh, on(mesh, "fraud-score", w, h, "v", "l")}, {"versions", mesh, on(mesh, "fraud-score", w, h, "v", "v")}, {"near", mesh, on(mesh, "fraud-score", w, h, "-")},
			{"cycle", mesh, on(mesh, "identity", w, h)}, {"vendor", mesh, on(mesh, "vendor:stripe-eu", w, h)}, {"alone", mesh, on(mesh, "wiki", w, h)}, {"found", mesh, found},
			{"dark", dark, on(dark, "ledger-db", w, h)}, {"store-down", down, on(down, "fraud-score", w, h)}, {"refused", refused, on(refused, "", w, h)}, {"empty", bare, on(bare, "", w, h)},
		} {
			viewtest.Golden(t, fmt.Sprintf("%s-%dx%d.txt", g.name, w, h), viewtest.Text(g.v, g.c.Frame(), w, h))
		}
		viewtest.Golden(t, fmt.Sprintf("focus-%dx%d-dark.ans", w, h), strings.Join(viewtest.Paint(on(mesh, "fraud-score", w, h), mesh.Frame(), w, h, "dark", themes.Rich), "\n")+"\n")
		ascii := viewtest.Paint(on(mesh, "fraud-score", w, h), mesh.Frame(), w, h, "mono", themes.ASCII)
		for n, l := range ascii {
			ascii[n] = strings.TrimRight(ansi.Strip(l), " ")
		}
		viewtest.Golden(t, fmt.Sprintf("focus-%dx%d-ascii.txt", w, h), strings.Join(ascii, "\n")+"\n")
	}
}
