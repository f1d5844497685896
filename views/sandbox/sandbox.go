// Package sandbox is the screen from which a simulation is steered: its clock, the timeline of the scenario,
// what may be injected, and the other scenarios. It imports release, views and views/kit, never a sibling, a
// store or control, and does no I/O in Update.
package sandbox

import (
	"time"

	tea "charm.land/bubbletea/v2"

	"signalbox/release"
	"signalbox/release/simulation"
	"signalbox/views"
	"signalbox/views/kit"
)

// View is the screen's state: a value, copied on every change.
type View struct {
	world  views.World
	w, h   int
	state  *simulation.State
	read   bool // an answer has come
	cursor key
	want   string // the row to begin on
	prefix bool   // "g" was typed
}

// key names a row: an inject or a scenario.
type key struct{ kind, id string }

// stateRead is the answer to one reading.
type stateRead struct{ state *simulation.State }

// New opens the sandbox of a session with the cursor on an inject or a scenario, "" for the first.
func New(w views.World, id string) views.View { return View{world: w, want: release.Clean(id, 200)} }

// Name is the word by which verbs bind their keys to this view.
func (v View) Name() string { return "sandbox" }

// Crumbs are the scenario: the shell says SANDBOX on every screen.
func (v View) Crumbs() []string {
	if v.state == nil {
		return []string{"Scenario"}
	}
	return []string{v.state.Scenario}
}

// Init reads the state for the first time.
func (v View) Init() tea.Cmd { return read(v.world) }

func read(w views.World) tea.Cmd {
	return func() tea.Msg {
		var s *simulation.State
		if w, ok := w.(views.Simulated); ok {
			s = w.Simulation()
		}
		return stateRead{s}
	}
}

// Update takes a key or an answer.
func (v View) Update(msg tea.Msg) (views.View, tea.Cmd) {
	switch m := msg.(type) {
	case tea.KeyPressMsg:
		return v.key(m.String())
	case views.Resize:
		v.w, v.h = m.W, m.H
	case views.Refresh, views.Answered:
		return v, read(v.world)
	case views.Click:
		return v.clicked(m), nil
	case stateRead:
		v.state, v.read = m.state, true
		for _, r := range v.rows() {
			if r.id == v.want {
				v.cursor, v.want = r, ""
			}
		}
		if rows := v.rows(); v.place(rows) < 0 && len(rows) > 0 {
			v.cursor = rows[0]
		}
	}
	return v, nil
}

// rows are what the cursor may stand on, from top to bottom.
func (v View) rows() []key {
	if v.state == nil {
		return nil
	}
	var out []key
	for _, i := range v.state.Injects {
		out = append(out, key{views.InjectKind, i.Name})
	}
	for _, s := range v.state.Scenarios {
		out = append(out, key{views.ScenarioKind, s.Name})
	}
	return out
}

func (v View) place(rows []key) int {
	for k, r := range rows {
		if r == v.cursor {
			return k
		}
	}
	return -1
}

// key answers the keys that look. Levers are the shell's: it finds them in the verb table.
func (v View) key(k string) (views.View, tea.Cmd) {
	prefix := v.prefix
	v.prefix = false
	rows := v.rows()
	if len(rows) == 0 {
		return v, nil
	}
	to := max(v.place(rows), 0)
	switch k {
	case "g":
		if v.prefix = !prefix; v.prefix {
			return v, nil
		}
		to = 0
	case "e":
		if prefix {
			to = len(rows) - 1
		}
	case "j", "down":
		to++
	case "k", "up":
		to--
	case "home":
		to = 0
	case "end":
		to = len(rows) - 1
	case "tab", "shift+tab":
		if to < len(v.state.Injects) && len(v.state.Scenarios) > 0 {
			to = len(v.state.Injects)
		} else {
			to = 0
		}
	case "s":
		return v, nil
	}
	v.cursor = rows[max(0, min(to, len(rows)-1))]
	return v, nil
}

// Selection is what is under the cursor.
func (v View) Selection() views.Selection {
	if v.state == nil || v.cursor.kind == "" {
		return views.Selection{}
	}
	return views.Selection{Kind: v.cursor.kind, ID: v.cursor.id}
}

// Hints are the levers that fit the clock and what is selected.
func (v View) Hints(f views.Frame) []kit.Hint {
	out := []kit.Hint{{Key: "j/k"}}
	s := v.Selection()
	for _, h := range views.LeversOn(v.Name(), f, s) {
		switch {
		case v.state == nil,
			h.Key == "f" && v.state.Paused, h.Key == "c" && !v.state.Paused,
			h.Key == "J" && s.Kind != views.InjectKind, h.Key == "S" && s.Kind != views.ScenarioKind:
			continue
		}
		if h.Weight != kit.LockedKey {
			h.Weight = kit.LeverKey
		}
		out = append(out, h)
	}
	return append(out, kit.Hint{Key: "tab", Label: "pane"}, kit.Hint{Key: "?"})
}

// Lit is the row of the body that stays lit under a sheet: none of this screen's levers has one.
func (v View) Lit() int { return -1 }

// Filter does nothing: the lists are short.
func (v View) Filter(string) (views.View, int, int) { return v, 0, 0 }

// none is what is said where there is no simulation.
var none = release.Errorf(release.Refused, "this is production, and there is nothing to steer").Advise("signalbox sandbox starts a company that is simulated")

// until writes how long until an instant, in simulated time.
func until(at, now time.Time) string {
	if !at.After(now) {
		return "now"
	}
	return "in " + kit.Span(at.Sub(now))
}

// Keys are all keys by which one looks here.
func (v View) Keys() []kit.Hint {
	return []kit.Hint{{Key: "tab", Label: "pane"}, {Key: "j/k", Label: "row"}}
}
