package graph_test

import (
	"testing"

	"signalbox/views"
	"signalbox/views/graph"
	"signalbox/views/viewtest"
)

// What was selected elsewhere is under the cursor; where it is not drawn, the graph is drawn around it.
func TestFocusPutsTheCursorThere(t *testing.T) {
	c := viewtest.Meshed()
	for _, size := range [][2]int{{80, 20}, {120, 32}} {
		v := viewtest.Open(graph.New(c, "checkout-web"), size[0], size[1])
		for _, k := range []struct{ service, cursor, focus string }{{"payments-api", "payments-api", "checkout-web"}, {"", "payments-api", "checkout-web"}, {"nothing", "payments-api", "checkout-web"}, {"wiki", "wiki", "wiki"}} {
			v, _ = viewtest.Send(v, views.Focus{Service: k.service})
			if s := v.Selection(); s.ID != k.cursor || s.Service != k.cursor || v.Crumbs()[1] != k.focus {
				t.Errorf("%q puts the cursor on %s and the focus on %s", k.service, s.ID, v.Crumbs()[1])
			}
		}
	}
}

// gg and ge go to the ends of a column or a layer, ^d and ^u some nodes further.
func TestEndsOfAColumn(t *testing.T) {
	for _, size := range [][2]int{{80, 20}, {120, 32}} {
		v := viewtest.Open(graph.New(viewtest.Meshed(), "checkout-web"), size[0], size[1])
		v, _ = viewtest.Type(v, "l")
		end, _ := viewtest.Type(v, "g", "e")
		if below, _ := viewtest.Type(end, "j"); below.Selection().ID != end.Selection().ID {
			t.Errorf("there is %s below the end %s", below.Selection().ID, end.Selection().ID)
		}
		top, _ := viewtest.Type(end, "g", "g")
		if above, _ := viewtest.Type(top, "k"); above.Selection().ID != top.Selection().ID {
			t.Errorf("there is %s above the top %s", above.Selection().ID, top.Selection().ID)
		}
	}
}
