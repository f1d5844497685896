package main

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"signalbox/release/topology"
)

// TestGoldenGraph: the dependency graph of a store to which an Alertmanager and a catalog were connected.
func TestGoldenGraph(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := busy(t, "one")
		s.connected()
		for _, size := range sizes {
			for _, m := range []struct {
				name string
				keys []string
			}{{"graph", []string{"5"}}, {"graph-caller", []string{"j", "g", "d", "h"}}, {"graph-refocused", []string{"j", "5", "h", "\r", "v"}},
				{"graph-found", []string{"5", "/", "g", "w", "\r"}}} {
				g := s.open("n.okafor", "dark", size.w, size.h)
				g.press(m.keys...)
				s.keep(m.name+"-"+size.name, g)
			}
		}
	})
}

// TestGoldenGraphDark: the forge has promised a word every 20 minutes, and is silent.
func TestGoldenGraphDark(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := busy(t, "one")
		s.until(24, "13:20:05")
		for _, size := range sizes {
			g := s.open("n.okafor", "dark", size.w, size.h)
			g.press("5")
			s.keep("graph-dark-"+size.name, g)
		}
	})
}

func TestGoldenGraphOfAnEmptyStore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStill(t, "one", true)
		s.until(24, noon.Format(time.TimeOnly))
		for _, size := range sizes {
			g := s.open("n.okafor", "dark", size.w, size.h)
			g.press("5")
			s.keep("graph-empty-"+size.name, g)
		}
	})
}

// TestGraphVerb: the same snapshot as text, as JSON and for Graphviz; one stored fact changes it.
func TestGraphVerb(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := busy(t, "one")
		text := func(flags ...string) string {
			return strings.Join(s.as("k.sato", "service graph", "identity", flags...).Lines, "\n") + "\n"
		}
		golden(t, "graph-verb.txt", text())
		golden(t, "graph-verb.dot", text("dot", "true"))
		if far := text("depth", "1"); !strings.Contains(far, "to a distance of 1") || strings.Contains(far, "      edge-gw") {
			t.Errorf("at a distance of 1:\n%s", far)
		}
		m, err := s.control.Graph(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if again, _ := s.control.Graph(t.Context()); again != m {
			t.Error("two who look have two snapshots")
		}
		of := func(m *topology.Map, id string) topology.Node {
			n, ok := m.Find(id)
			if !ok {
				t.Fatalf("%s is not in the graph", id)
			}
			return m.Nodes[n]
		}
		if a := of(m, "payments-api"); a.Version != "4.11.3" || len(a.Changes) != 1 || a.Changes[0].ID != "CHG-4" {
			t.Errorf("payments-api is %+v", a)
		}
		s.ships["status-page"].status("success")
		later, err := s.control.Graph(t.Context())
		if err != nil || later == m {
			t.Fatalf("a deployment made no new snapshot: %v", err)
		}
		for n := range m.Nodes {
			if was, is := m.Nodes[n], later.Nodes[n]; (was.Version != is.Version) != (was.ID == "status-page") {
				t.Errorf("%s ran %q and runs %q", was.ID, was.Version, is.Version)
			}
		}
	})
}

// TestOneFactOfTheGraph: a deployment that succeeds, told by the forge under a session that looks, changes the cells
// of one version and, besides the ticker and the alarm line, no other.
func TestOneFactOfTheGraph(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := busy(t, "one")
		g := s.open("n.okafor", "dark", 120, 36)
		g.press("5", "/", "p", "a", "g", "e", "\r")
		before := g.cells()
		s.ships["status-page"].status("success")
		g.settle()
		after := g.cells()
		y, x := after.find("status-page", "3.1.0")
		if y < 0 {
			t.Fatalf("the version is not on\n%s", after.text())
		}
		if by, bx := before.find("status-page", "—"); by != y || bx != x {
			t.Errorf("it was unknown at %d:%d:\n%s", by, bx, before.text())
		}
		for _, d := range before.differs(after) {
			if d[0] != 1 && d[0] < 34 && (d[0] != y || d[1] < x || d[1] >= x+len("3.1.0")) {
				t.Errorf("row %d column %d changed from %q to %q", d[0]+1, d[1]+1, before[d[0]][d[1]].Content, after[d[0]][d[1]].Content)
			}
		}
	})
}
