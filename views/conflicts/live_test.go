package conflicts_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"
	"pgregory.net/rapid"

	"signalbox/release"
	rules "signalbox/release/conflict"
	"signalbox/themes"
	"signalbox/views"
	"signalbox/views/conflicts"
	"signalbox/views/viewtest"
)

// ids are the cases of the list, as the cursor meets them.
func ids(v views.View) []string {
	v, _ = viewtest.Type(v, "home")
	var out []string
	for range 40 {
		id := v.Selection().ID
		if len(out) > 0 && out[len(out)-1] == id {
			break
		}
		out = append(out, id)
		v, _ = viewtest.Type(v, "j")
	}
	return out
}

func first[T any](list []T) any {
	if len(list) == 0 {
		return nil
	}
	return list[0]
}

func TestOrderAndFilter(t *testing.T) {
	c := viewtest.Clashing()
	v := on(c, "", 120, 32)
	const worst = "CX-88 CX-91 CX-92 CX-90 CX-89 CX-71 CX-70"
	for _, k := range []struct{ keys, want string }{{"", worst}, {"s", "CX-92 CX-90 CX-88 CX-89 CX-91 CX-71 CX-70"}, {"s", "CX-88 CX-91 CX-92 CX-89 CX-90 CX-71 CX-70"}, {"s", worst}} {
		v, _ = viewtest.Type(v, strings.Fields(k.keys)...)
		if got := strings.Join(ids(v), " "); got != k.want {
			t.Errorf("after %q: %s, want %s", k.keys, got, k.want)
		}
	}
	for words, want := range map[string]string{
		"hard": "CX-88 CX-91", "sev:soft": "CX-92 CX-90 CX-89 CX-71 CX-70", "kind:K4": "CX-91", "kind:PEAK": "CX-90 CX-70", "svc:identity": "CX-92 CX-90", "change:CHG-4177": "CX-88 CX-89",
		"due<3h": "CX-92 CX-90", "state:settled": "CX-71 CX-70", "aspect:stop": "CX-88 CX-91", "frz-2": "CX-88", "": worst,
	} {
		f, shown, of := v.Filter(words)
		if got := strings.Join(ids(f), " "); got != want || shown != len(strings.Fields(want)) || of != 7 {
			t.Errorf("%q shows %q (%d of %d), want %q", words, got, shown, of, want)
		}
	}
}

// A case that is settled keeps its place and says so, what is new waits for "."; the cursor stays on its case.
func TestNothingMovesUnderTheHand(t *testing.T) {
	c := viewtest.Clashing()
	v := on(c, "CX-92", 120, 32)
	before := ids(v)
	d, _ := c.Conflicts(t.Context())
	for _, k := range d.Standing {
		if k.ID == "CX-89" { // nobody answered it: the commanders are asked
			c.Judged = map[string]rules.Case{k.Key: {Revision: 2, State: rules.Open, RaisedAt: k.RaisedAt, AskedAt: c.At, Step: 1}}
		}
	}
	v, _ = viewtest.Send(v, views.Refresh{})
	if got := ids(v); !slices.Equal(got, before) || v.Selection().ID != "CX-92" {
		t.Errorf("the list is %v, the cursor on %s", got, v.Selection().ID)
	}
	text := viewtest.Text(v, c.Frame(), 120, 32)
	if !strings.Contains(text, "▸◆ CX-89") || !strings.Contains(text, "→ commanders") || !strings.Contains(text, "1 moved .") {
		t.Errorf("an escalated case:\n%s", text)
	}
	v, _ = viewtest.Type(v, ".")
	if v.Selection().ID != "CX-92" {
		t.Errorf("after . the cursor is on %s", v.Selection().ID)
	}
	c.Schedule("CHG-4190", c.At.AddDate(0, 0, 8), time.Hour) // then it is settled
	v, _ = viewtest.Send(v, views.Refresh{})
	if text := viewtest.Text(v, c.Frame(), 120, 32); !strings.Contains(text, "CX-92") || v.Selection().Kind != "" {
		t.Errorf("what is gone left at once, or is selected:\n%s", text)
	}
}

// One stored fact changes: its cells change.
func TestOneFact(t *testing.T) {
	for _, k := range []struct {
		id     string
		change func(*viewtest.Company)
		rows   []string // that change
	}{
		{"CX-92", func(c *viewtest.Company) { c.Decide("CHG-4193", "p.lind", "approve", "read it all, it is fine", c.At) }, []string{" B "}},
		{"CX-88", func(c *viewtest.Company) { c.Freezes[0].Reason = "the books are closed" }, []string{" B ", " why"}},
		{"CX-91", func(c *viewtest.Company) { c.Schedule("CHG-4207", c.At.Add(22*time.Hour), 2*time.Hour) }, []string{" B ", " overlap"}},
	} {
		c := viewtest.Clashing()
		before := strings.Split(viewtest.Text(on(c, k.id, 80, 20), c.Frame(), 80, 20), "\n")
		k.change(c)
		after := strings.Split(viewtest.Text(on(c, k.id, 80, 20), c.Frame(), 80, 20), "\n")
		for _, start := range k.rows {
			n := slices.IndexFunc(before, func(l string) bool { return strings.HasPrefix(l, start) })
			if n < 0 || before[n] == after[n] {
				t.Errorf("%s: the row %q stays\n%s", k.id, start, strings.Join(after, "\n"))
			}
		}
		if before[3] != after[3] {
			t.Errorf("%s: its rule became %q", k.id, after[3])
		}
	}
}

func TestKeys(t *testing.T) {
	c := viewtest.Clashing()
	v := on(c, "", 80, 20)
	for _, k := range []struct{ key, at string }{{"j", "CX-91"}, {"k", "CX-88"}, {"k", "CX-88"}, {"end", "CX-70"}, {"home", "CX-88"}, {"]", "CX-91"}, {"]", "CX-92"}, {"[", "CX-91"}, {"g", "CX-91"}, {"g", "CX-88"}, {"pgdown", "CX-88"}} {
		if v, _ = viewtest.Type(v, k.key); v.Selection().ID != k.at {
			t.Errorf("after %s the cursor is on %s, want %s", k.key, v.Selection().ID, k.at)
		}
	}
	if text := viewtest.Text(v, c.Frame(), 80, 20); !strings.Contains(text, "SETTLED 2") {
		t.Errorf("pgdown reads on:\n%s", text)
	}
	_, out := viewtest.Type(v, "enter")
	if len(out) != 1 || out[0] != (views.Open{View: "change", ID: "CHG-4177"}) {
		t.Errorf("⏎ says %v", out)
	}
	if _, out = viewtest.Type(on(viewtest.Quiet(), "", 80, 20), "]", "enter", "tab", "j"); !strings.Contains(first(out).(views.Say).Text, "no other conflict") {
		t.Errorf("] with none says %v", out)
	}
	ghost := conflicts.New(c, "CX-5")
	ghost, _ = ghost.Update(views.Resize{W: 80, H: 20})
	ghost, out = viewtest.Run(ghost, ghost.Init())
	if s, ok := first(out).(views.Say); !ok || !strings.Contains(s.Text, "CX-5 is not among") || ghost.Selection().ID != "CX-88" {
		t.Errorf("opened on what is not there: %v, the cursor on %s", out, ghost.Selection().ID)
	}
	w := on(c, "", 120, 32)
	w, _ = viewtest.Send(w, views.Click{X: 4, Y: 3})
	if w.Selection().ID != "CX-91" || w.Selection().Brief == nil {
		t.Errorf("a click selects %s", w.Selection().ID)
	}
}

// A refusal hides what was shown; any other failure keeps it, with the sentence.
func TestFailures(t *testing.T) {
	c := viewtest.Clashing()
	v := on(c, "", 80, 20)
	c.Down = release.Errorf(release.Unavailable, "the store is locked").Advise("wait")
	v, _ = viewtest.Send(v, views.Refresh{})
	if text := viewtest.Text(v, c.Frame(), 80, 20); !strings.Contains(text, "the store is locked") || !strings.Contains(text, "CX-88") {
		t.Errorf("while the store is locked:\n%s", text)
	}
	c.Down = release.Errorf(release.Refused, "you may not")
	v, _ = viewtest.Send(v, views.Refresh{})
	if text := viewtest.Text(v, c.Frame(), 80, 20); !strings.Contains(text, "The conflicts are not shown to you.") || strings.Contains(text, "CX-88") || v.Selection().Kind != "" {
		t.Errorf("refused:\n%s", text)
	}
	c.Down = nil
	if v, _ = viewtest.Send(v, views.Refresh{}); len(ids(v)) != 7 {
		t.Errorf("allowed again:\n%s", viewtest.Text(v, c.Frame(), 80, 20))
	}
}

// TestHolds: whatever is stored and whatever is typed, at any size, in every theme and tier, each line has exactly the
// width of the screen and nothing panics.
func TestHolds(t *testing.T) {
	all := []string{"dark", "light", "high-contrast", "cb-safe", "16", "mono"}
	rapid.Check(t, func(t *rapid.T) {
		c := viewtest.Clashing()
		c.Who = rapid.SampledFrom(c.Persons).Draw(t, "who").ID
		if rapid.Bool().Draw(t, "hostile") {
			c.Spoil(t)
			c.SpoilBoard(t)
			c.SpoilConflicts(t)
		}
		if rapid.Bool().Draw(t, "silent") {
			c.Connected[1].LastGood = c.At.Add(-time.Duration(rapid.IntRange(0, 4000).Draw(t, "age")) * time.Second)
		}
		for _, id := range []string{"CHG-4193", "CHG-4190", "CHG-4203", "CHG-4207", "CHG-4177"} {
			if rapid.Bool().Draw(t, "moved") {
				c.Schedule(id, c.At.Add(time.Duration(rapid.IntRange(-3000, 30000).Draw(t, "minutes"))*time.Minute), time.Duration(rapid.IntRange(1, 9000).Draw(t, "length"))*time.Minute)
			}
		}
		w, h := rapid.IntRange(80, 240).Draw(t, "w"), rapid.IntRange(20, 66).Draw(t, "h")
		v := on(c, rapid.SampledFrom([]string{"", "CX-88", "CHG-4190", "\x1b[31m"}).Draw(t, "id"), w, h)
		for _, k := range rapid.SliceOfN(rapid.SampledFrom([]string{"j", "k", "s", ".", "tab", "]", "[", "end", "home", "pgdown", "ctrl+d", "enter"}), 0, 10).Draw(t, "keys") {
			v, _ = viewtest.Type(v, k)
		}
		if rapid.Bool().Draw(t, "filtered") {
			v, _, _ = v.Filter(rapid.SampledFrom([]string{"soft", "-hard", "due<3h", "\x1b[31m", "x"}).Draw(t, "words"))
		}
		c.Store = rapid.SampledFrom([]string{"", "STORE is gone"}).Draw(t, "store")
		v, _ = viewtest.Send(v, views.Refresh{})
		tier := rapid.SampledFrom([]themes.Tier{themes.Rich, themes.Narrow, themes.ASCII}).Draw(t, "tier")
		lines := viewtest.Paint(v, c.Frame(), w, h, rapid.SampledFrom(all).Draw(t, "theme"), tier)
		if len(lines) != h {
			t.Fatalf("%d lines of %d", len(lines), h)
		}
		for n, l := range lines {
			if got := ansi.StringWidth(l); got != w {
				t.Fatalf("line %d has %d cells of %d: %q", n, got, w, l)
			}
		}
		if lit := v.Lit(); lit >= h {
			t.Fatalf("row %d of %d is lit", lit, h)
		}
		v.Hints(c.Frame())
	})
}
