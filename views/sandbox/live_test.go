package sandbox_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"pgregory.net/rapid"

	"signalbox/release/access"
	"signalbox/release/board"
	"signalbox/release/simulation"
	"signalbox/release/verb"
	"signalbox/themes"
	"signalbox/views"
	"signalbox/views/kit"
	"signalbox/views/sandbox"
	"signalbox/views/viewtest"
)

// drill is a company with a simulation.
type drill struct {
	*viewtest.Company
	state *simulation.State
}

func (d *drill) Simulation() *simulation.State { return d.state }

func state(steps, injects, scenarios int) *simulation.State {
	s := &simulation.State{Scenario: "rain", Title: "Rain", Brief: strings.Repeat("It rains on one service and nobody knows why. ", 4), Level: 1, Length: 10 * time.Minute, Seed: 7, Run: 1,
		Speed: 1, Start: viewtest.Noon.Add(-time.Minute), Now: viewtest.Noon}
	for i := range steps {
		s.Steps = append(s.Steps, simulation.Step{At: viewtest.Noon.Add(time.Duration(i-3) * time.Minute), Text: fmt.Sprintf("step %d 漢字", i), Done: i < 3, By: []string{"", "d.moreau"}[i%2]})
	}
	for i := range injects {
		s.Injects = append(s.Injects, simulation.Inject{Name: fmt.Sprintf("inject-%d", i), Short: "something happens", Target: "cart"})
	}
	for i := range scenarios {
		s.Scenarios = append(s.Scenarios, simulation.Scenario{Name: fmt.Sprintf("story-%d", i), Title: "A story", Level: 2, Length: time.Hour, Running: i == 0})
	}
	return s
}

func opened(d *drill, w, h int) views.View {
	v := sandbox.New(d, "")
	v, _ = v.Update(views.Resize{W: w, H: h})
	v, _ = v.Update(v.Init()())
	return v
}

func drawn(v views.View, d *drill, w, h int, tier themes.Tier, theme string) []string {
	c := kit.New(w, h, tier)
	f := d.Frame()
	v.Draw(c, f)
	t, _ := themes.ByName(theme, 4)
	return c.Paint(t)
}

// TestAnySize: whatever there is and however large the screen, every line has its width and nothing panics.
func TestAnySize(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w, h := rapid.IntRange(80, 240).Draw(rt, "w"), rapid.IntRange(19, 66).Draw(rt, "h")
		d := &drill{viewtest.Story(), state(rapid.IntRange(0, 40).Draw(rt, "steps"), rapid.IntRange(0, 15).Draw(rt, "injects"), rapid.IntRange(0, 12).Draw(rt, "scenarios"))}
		if rapid.IntRange(0, 9).Draw(rt, "none") == 0 {
			d.state = nil
		}
		v := opened(d, w, h)
		for _, k := range rapid.SliceOfN(rapid.SampledFrom([]string{"j", "k", "tab", "g", "e", "home", "end"}), 0, 30).Draw(rt, "keys") {
			v, _ = v.Update(press(k))
		}
		theme := rapid.SampledFrom(themes.Names()).Draw(rt, "theme")
		for _, tier := range []themes.Tier{themes.Rich, themes.Narrow, themes.ASCII} {
			lines := drawn(v, d, w, h, tier, theme)
			if len(lines) != h {
				rt.Fatalf("%d lines", len(lines))
			}
			for _, l := range lines {
				if n := kit.Width(plain(l)); n != w {
					rt.Fatalf("a line of %d cells: %q", n, l)
				}
			}
		}
		if sel := v.Selection(); d.state != nil && len(d.state.Injects)+len(d.state.Scenarios) > 0 {
			if text := plain(strings.Join(drawn(v, d, w, h, themes.Rich, "mono"), "\n")); !strings.Contains(text, sel.ID) {
				rt.Errorf("what is selected, %s, is not on screen:\n%s", sel.ID, text)
			}
		}
	})
}

func press(k string) tea.KeyPressMsg {
	switch k {
	case "tab":
		return tea.KeyPressMsg{Code: tea.KeyTab}
	case "home":
		return tea.KeyPressMsg{Code: tea.KeyHome}
	case "end":
		return tea.KeyPressMsg{Code: tea.KeyEnd}
	}
	return tea.KeyPressMsg{Code: rune(k[0]), Text: k}
}

// plain is a line without its sequences.
func plain(s string) string {
	var b strings.Builder
	for s != "" {
		if rest, ok := strings.CutPrefix(s, "\x1b["); ok {
			_, s, _ = strings.Cut(rest, "m")
			continue
		}
		i := strings.IndexByte(s, 0x1b)
		if i < 0 {
			i = len(s)
		}
		b.WriteString(s[:i])
		s = s[i:]
	}
	return b.String()
}

// TestProduction: without a simulation the screen says that there is nothing to steer, and selects nothing.
func TestProduction(t *testing.T) {
	v := sandbox.New(viewtest.Story(), "")
	v, _ = v.Update(views.Resize{W: 80, H: 20})
	v, _ = v.Update(v.Init()())
	d := &drill{Company: viewtest.Story()}
	text := plain(strings.Join(drawn(v, d, 80, 20, themes.Rich, "mono"), "\n"))
	for _, want := range []string{"There is no sandbox here.", "signalbox sandbox starts"} {
		if !strings.Contains(text, want) {
			t.Errorf("nothing says %q:\n%s", want, text)
		}
	}
	if v.Selection().Kind != "" {
		t.Error("something is selected")
	}
}

// TestHints: the levers are those that fit the clock and the row, and only for a trainer.
func TestHints(t *testing.T) {
	d := &drill{viewtest.Story(), state(4, 2, 2)}
	me := access.Person{ID: "d.moreau", Grants: []access.Grant{{Person: "d.moreau", Role: access.Trainer, Scope: access.Org}, {Person: "d.moreau", Role: access.Viewer, Scope: access.Org}}}
	on := []string{"sandbox"}
	f := views.Frame{Now: viewtest.Noon, Zone: time.UTC, Person: &me, Alarm: board.Alarm{}, Verbs: verb.Table{
		{Name: "sandbox pause", Key: "f", Hint: "pause", Views: on, Permission: access.Sandbox, Danger: verb.Free},
		{Name: "sandbox resume", Key: "c", Hint: "go on", Views: on, Permission: access.Sandbox, Danger: verb.Free},
		{Name: "sandbox inject", Key: "J", Hint: "inject", Views: on, Permission: access.Sandbox, Danger: verb.Free},
		{Name: "sandbox scenario", Key: "S", Hint: "start", Views: on, Permission: access.Sandbox, Danger: verb.Free},
	}}
	keys := func(v views.View) string {
		var out []string
		for _, h := range v.Hints(f) {
			out = append(out, h.Key)
		}
		return strings.Join(out, " ")
	}
	v := opened(d, 80, 20)
	if got := keys(v); got != "j/k f J tab ?" {
		t.Errorf("on an inject: %s", got)
	}
	v, _ = v.Update(press("tab"))
	if got := keys(v); got != "j/k f S tab ?" {
		t.Errorf("on a scenario: %s", got)
	}
	d.state.Paused = true
	v, _ = v.Update(v.Init()())
	if got := keys(v); got != "j/k c S tab ?" {
		t.Errorf("while the clock stands still: %s", got)
	}
	me.Grants = me.Grants[1:]
	if got := keys(v); got != "j/k tab ?" {
		t.Errorf("for a viewer: %s", got)
	}
}

var _ views.Simulated = (*drill)(nil)

// TestTheWholeBrief: a story of three rows is read to its end on the smallest screen.
func TestTheWholeBrief(t *testing.T) {
	d := &drill{viewtest.Story(), state(11, 12, 5)}
	d.state.Brief = strings.Repeat("words of it ", 17) + "and the end."
	text := plain(strings.Join(drawn(opened(d, 80, 19), d, 80, 19, themes.Rich, "mono"), "\n"))
	if !strings.Contains(text, "and the end.") || !strings.Contains(text, "story-4") || !strings.Contains(text, "inject-0") {
		t.Errorf("a part of the brief is missing:\n%s", text)
	}
}
