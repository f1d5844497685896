package graph_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"
	"pgregory.net/rapid"

	"signalbox/release"
	"signalbox/release/catalog"
	"signalbox/release/change"
	"signalbox/release/health"
	"signalbox/release/rollout"
	"signalbox/themes"
	"signalbox/views"
	"signalbox/views/graph"
	"signalbox/views/kit"
	"signalbox/views/viewtest"
)

// Keys follow edges, and the opposite key the way back.
func TestKeysFollowEdges(t *testing.T) {
	for _, size := range sizes {
		for _, k := range []struct{ from, keys, want string }{
			{"fraud-score", "", "fraud-score"}, {"fraud-score", "h", "payments-api"}, {"fraud-score", "h h", "checkout-web"}, {"fraud-score", "h h l", "payments-api"},
			{"fraud-score", "h h l l", "fraud-score"}, {"fraud-score", "l h", "fraud-score"}, {"fraud-score", "h .", "fraud-score"}, {"ledger-db", "l", "ledger-db"},
		} {
			v := on(viewtest.Meshed(), k.from, size[0], size[1], strings.Fields(k.keys)...)
			if got := v.Selection(); got.ID != k.want || got.Kind != views.NodeKind {
				t.Errorf("%v: from %s after %q the cursor is on %s, want %s", size, k.from, k.keys, got.ID, k.want)
			}
		}
	}
	v := on(viewtest.Meshed(), "fraud-score", 80, 20, "l", "j", "j")
	if got := v.Selection().ID; got != "user-db" {
		t.Errorf("j j in the column of the callees came to %s", got)
	}
	v = on(viewtest.Meshed(), "fraud-score", 120, 32, "l", "h", "l", "k")
	if got := v.Selection().ID; got != "ledger-db" {
		t.Errorf("k in a layer came to %s", got)
	}
}

func TestWhatEnterOpens(t *testing.T) {
	for _, k := range []struct {
		from, keys string
		want       views.Open
	}{{"fraud-score", "h", views.Open{View: "graph", ID: "payments-api"}}, {"payments-api", "", views.Open{View: "change", ID: "CHG-4182"}}} {
		for _, size := range sizes {
			_, said := viewtest.Type(on(viewtest.Meshed(), k.from, size[0], size[1], strings.Fields(k.keys)...), "enter")
			if len(said) != 1 || said[0] != k.want {
				t.Errorf("%v: on %s after %q it says %v", size, k.from, k.keys, said)
			}
		}
	}
	_, said := viewtest.Type(on(viewtest.Meshed(), "fraud-score", 80, 20), "enter")
	if say, ok := said[0].(views.Say); !ok || say.Text != "fraud-score is the focus, and no change of it is open" {
		t.Errorf("on the focus it says %v", said)
	}
}

func TestDepthAndLenses(t *testing.T) {
	c := viewtest.Meshed()
	v := on(c, "fraud-score", 80, 20, "-")
	if text := viewtest.Text(v, c.Frame(), 80, 20); !strings.Contains(text, "depth 1") || strings.Contains(text, "session-svc 2.4.0") {
		t.Errorf("depth 1:\n%s", text)
	}
	v, said := viewtest.Type(v, "-")
	if len(said) != 1 {
		t.Errorf("below depth 1 it says %v", said)
	}
	v, said = viewtest.Type(v, "z", "z", "z", "z")
	if text := viewtest.Text(v, c.Frame(), 80, 20); !strings.Contains(text, "depth 4") || !strings.Contains(text, "CALLED BY 4") || len(said) != 1 {
		t.Errorf("depth 4, %v:\n%s", said, text)
	}
	// A lens without data is not offered.
	c.Observed = nil
	for k := range c.Stored {
		c.Stored[k].Deployed = ""
	}
	v = on(c, "fraud-score", 120, 32)
	text := viewtest.Text(v, c.Frame(), 120, 32)
	if strings.Contains(text, "versions") || !strings.Contains(text, "[BLAST] owners  blast") {
		t.Errorf("no version is known:\n%s", text)
	}
	for k := range c.Facts.Services {
		c.Facts.Services[k].Team = ""
	}
	v, _ = viewtest.Send(v, views.Refresh{})
	if text := viewtest.Text(v, c.Frame(), 120, 32); strings.Contains(text, "owners") || slices.ContainsFunc(v.Hints(c.Frame()), func(h kit.Hint) bool { return h.Key == "v" }) {
		t.Errorf("no owner is known:\n%s", text)
	}
}

// A lens, an alert or a change moves nothing: every box stays where it is.
func TestNothingMoves(t *testing.T) {
	c := viewtest.Meshed()
	v := on(c, "fraud-score", 120, 32)
	places := func(v views.View) string {
		var out []string
		for y, l := range strings.Split(viewtest.Text(v, c.Frame(), 120, 32), "\n")[:18] {
			for x, r := range []rune(l) {
				if strings.ContainsRune("┌┐└┘┏┓┗┛╔╗╚╝═║╦╩┬┴▸", r) {
					out = append(out, fmt.Sprint(x, y, string(r)))
				}
			}
		}
		return strings.Join(out, " ")
	}
	before := places(v)
	if w, _ := viewtest.Type(v, "v"); places(w) != before {
		t.Error("a lens moved the boxes")
	}
	c.Fires = append(c.Fires, health.Alert{ID: "a3", Name: "Down", Service: "identity", State: health.Firing, StartsAt: c.At})
	v, _ = viewtest.Send(v, views.Refresh{})
	if places(v) != before {
		t.Error("an alert moved the boxes")
	}
	if text := viewtest.Text(v, c.Frame(), 120, 32); !strings.Contains(text, "▸■ identity") {
		t.Errorf("the alert is not on\n%s", text)
	}
}

// One stored fact changes one standing.
func TestStandings(t *testing.T) {
	for _, k := range []struct {
		name string
		tell func(*viewtest.Company)
		want string
	}{
		{"nothing", func(*viewtest.Company) {}, "▸● ledger-db"},
		{"a page", func(c *viewtest.Company) {
			c.Fires = append(c.Fires, health.Alert{Name: "Full", Service: "ledger-db", Severity: "critical", StartsAt: c.At})
		}, "▸■ ledger-db"},
		{"a warning", func(c *viewtest.Company) {
			c.Fires = append(c.Fires, health.Alert{Name: "Slow", Service: "ledger-db", Severity: "warning", StartsAt: c.At})
		}, "▸▲ ledger-db"},
		{"a rollout without a change", func(c *viewtest.Company) {
			c.Observed = append(c.Observed, rollout.Observed{ID: "RO-9", Service: "ledger-db", State: rollout.InProgress, StartedAt: c.At})
		}, "▸▲ ledger-db"},
		{"a rollout that was not approved", func(c *viewtest.Company) {
			c.Observed = append(c.Observed, rollout.Observed{ID: "RO-9", Service: "ledger-db", State: rollout.InProgress, Change: "CHG-4177", StartedAt: c.At})
		}, "▸■ ledger-db"},
		{"an approved rollout", func(c *viewtest.Company) {
			c.Of("CHG-4177").Change.State = change.Implementing
			c.Observed = append(c.Observed, rollout.Observed{ID: "RO-9", Service: "ledger-db", State: rollout.InProgress, Change: "CHG-4177", StartedAt: c.At})
		}, "▸● ledger-db"},
		{"a dark feed", func(c *viewtest.Company) { c.Connected[1].LastGood = c.At.Add(-7 * time.Minute) }, "▸○ ledger-db"},
		{"an emergency", func(c *viewtest.Company) { c.Of("CHG-4177").Change.Kind = change.Emergency }, "▸▲ ledger-db"},
	} {
		c := viewtest.Meshed()
		k.tell(c)
		if text := viewtest.Text(on(c, "fraud-score", 120, 32), c.Frame(), 120, 32); !strings.Contains(text, k.want) {
			t.Errorf("%s: no %q in\n%s", k.name, k.want, text)
		}
	}
}

func TestFind(t *testing.T) {
	c := viewtest.Meshed()
	for words, want := range map[string]int{"pay": 4, "pay -risk": 3, "vendor": 1, "tier:0 core": 2, "caution": 2, "emea apac": 7, "nothing-like-it": 0} {
		v, shown, of := on(c, "", 80, 20).Filter(words)
		if shown != want || of != 15 {
			t.Errorf("%q finds %d of %d, want %d:\n%s", words, shown, of, want, viewtest.Text(v, c.Frame(), 80, 20))
		}
	}
	v, _, _ := on(c, "", 80, 20).Filter("core")
	v, _ = viewtest.Type(v, "j")
	id := v.Selection().ID
	_, said := viewtest.Type(v, "enter")
	if len(said) != 1 || said[0] != (views.Open{View: "graph", ID: id}) {
		t.Errorf("it says %v with the cursor on %s", said, id)
	}
	// What was found stays in its place although it stands otherwise now.
	c.Fires = append(c.Fires, health.Alert{Name: "Down", Service: "wiki", State: health.Firing, StartsAt: c.At})
	before := strings.Split(viewtest.Text(v, c.Frame(), 80, 20), "\n")
	v, _ = viewtest.Send(v, views.Refresh{})
	after := strings.Split(viewtest.Text(v, c.Frame(), 80, 20), "\n")
	for y := range before {
		if b, a := strings.Fields(before[y]), strings.Fields(after[y]); len(b) > 1 && y > 1 && strings.Trim(b[1], "▌") != strings.Trim(a[1], "▌") {
			t.Errorf("row %d was %q and is %q", y, before[y], after[y])
		}
	}
}

func TestFailuresAndRefusals(t *testing.T) {
	c := viewtest.Meshed()
	v := on(c, "fraud-score", 80, 20)
	f := c.Frame()
	c.Down = release.Errorf(release.Unavailable, "the store does not answer").Advise("nothing was written")
	w, _ := viewtest.Send(v, views.Refresh{})
	if text := viewtest.Text(w, f, 80, 20); !strings.Contains(text, "payments-api") || !strings.Contains(text, "the store does not answer · as of 12:04:31Z") {
		t.Errorf("after a failure:\n%s", text)
	}
	c.Down = release.Errorf(release.Refused, "your grant has ended").Advise("an admin can renew it")
	w, _ = viewtest.Send(v, views.Refresh{})
	if text := viewtest.Text(w, f, 80, 20); strings.Contains(text, "payments-api") || !strings.Contains(text, "your grant has ended") || w.Selection().Kind != "" {
		t.Errorf("after a refusal:\n%s", text)
	}
}

func TestAnAbsentService(t *testing.T) {
	c := viewtest.Meshed()
	v, _ := graph.New(c, "NoSuch").Update(views.Resize{W: 80, H: 20})
	v, said := viewtest.Run(v, v.Init())
	if want := (views.Say{Aspect: release.Stop, Text: "there is no service nosuch; / finds one"}); len(said) != 1 || said[0] != want || v.Selection().ID != "checkout-web" {
		t.Errorf("it says %v, the cursor is on %s", said, v.Selection().ID)
	}
}

// A large neighbourhood folds into teams, and what cannot be drawn in layers is drawn in columns.
func TestTeamsFold(t *testing.T) {
	c := viewtest.Meshed()
	for n := range 60 {
		id := fmt.Sprintf("client-%02d", n)
		c.Facts.Services = append(c.Facts.Services, catalog.Service{ID: id, Team: []string{"red", "blue"}[n%2], Tier: 3})
		c.Facts.Edges = append(c.Facts.Edges, catalog.Edge{From: id, To: "payments-api", Kind: catalog.Hard})
	}
	v := on(c, "fraud-score", 120, 32)
	text := viewtest.Text(v, c.Frame(), 120, 32)
	if !strings.Contains(text, "● red 30") || !strings.Contains(text, "● blue 30") || strings.Contains(text, "▸● client") {
		t.Errorf("teams:\n%s", text)
	}
	v, _ = viewtest.Type(v, "h", "h")
	if text := viewtest.Text(v, c.Frame(), 120, 32); v.Selection().Kind != "" || !strings.Contains(text, "of its services are in this box") {
		t.Errorf("on a team:\n%s", text)
	}
	if _, said := viewtest.Type(v, "enter"); len(said) != 1 {
		t.Errorf("⏎ on a team says %v", said)
	}
	viewtest.Golden(t, "teams-120x32.txt", text)
}

// Any graph at any size draws without a panic, every line as wide as the screen.
func TestAnySizeAnyGraph(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w, h := rapid.IntRange(1, 240).Draw(t, "w"), rapid.IntRange(1, 70).Draw(t, "h")
		if rapid.Bool().Draw(t, "real") {
			w, h = rapid.IntRange(80, 240).Draw(t, "width"), rapid.IntRange(20, 66).Draw(t, "height")
		}
		c := viewtest.Meshed()
		if rapid.Bool().Draw(t, "other") {
			n := rapid.IntRange(0, 45).Draw(t, "services")
			c.Facts.Services, c.Facts.Edges = nil, nil
			for k := range n {
				s := catalog.Service{ID: fmt.Sprintf("svc-%d", k), Tier: catalog.Tier(k % 4), Team: []string{"", "red", "blue", "a team with a long name"}[k%4]}
				if rapid.IntRange(0, 9).Draw(t, "odd") == 0 {
					s.ID, s.Title = viewtest.Hostile().Draw(t, "id")+s.ID, viewtest.Hostile().Draw(t, "title")
				}
				c.Facts.Services = append(c.Facts.Services, s)
			}
			ends := []string{"stranger", "vendor:x"}
			for _, s := range c.Facts.Services {
				ends = append(ends, s.ID)
			}
			for range rapid.IntRange(0, 2*n+2).Draw(t, "edges") {
				c.Facts.Edges = append(c.Facts.Edges, catalog.Edge{From: rapid.SampledFrom(ends).Draw(t, "from"), To: rapid.SampledFrom(ends).Draw(t, "to"),
					Kind: rapid.SampledFrom([]catalog.EdgeKind{catalog.Hard, catalog.Soft, catalog.Async}).Draw(t, "kind")})
			}
		}
		if rapid.IntRange(0, 3).Draw(t, "spoilt") == 0 {
			c.Spoil(t)
			for k := range c.Fires {
				c.Fires[k].Name, c.Fires[k].Summary = viewtest.Hostile().Draw(t, "alert"), viewtest.Hostile().Draw(t, "summary")
			}
			for k := range c.Observed {
				c.Observed[k].Version = viewtest.Hostile().Draw(t, "running")
			}
		}
		v := on(c, rapid.SampledFrom([]string{"", "fraud-score", "svc-3", "stranger", "wiki", "nothing"}).Draw(t, "focus"), w, h)
		for _, k := range rapid.SliceOfN(rapid.SampledFrom([]string{"h", "l", "j", "k", "z", "-", "v", ".", "enter", "end", "home"}), 0, 10).Draw(t, "keys") {
			v, _ = viewtest.Type(v, k)
		}
		v, _, _ = v.Filter(rapid.SampledFrom([]string{"", "", "svc", "\x1b[31m", "red"}).Draw(t, "filter"))
		if rapid.IntRange(0, 3).Draw(t, "down") == 0 {
			c.Down = release.Errorf(release.Unavailable, "the store does not answer")
			v, _ = viewtest.Send(v, views.Refresh{})
			c.Down = nil
		}
		f := c.Frame()
		f.Now = f.Now.Add(time.Duration(rapid.IntRange(-3600, 90_000).Draw(t, "later")) * time.Second)
		theme, tier := rapid.SampledFrom(themes.Names()).Draw(t, "theme"), themes.Tier(rapid.IntRange(0, 2).Draw(t, "tier"))
		lines := viewtest.Paint(v, f, w, h, theme, tier)
		if len(lines) != h {
			t.Fatalf("%d lines of %d", len(lines), h)
		}
		for _, l := range lines {
			if n := kit.Width(ansi.Strip(l)); n != w {
				t.Fatalf("a line is %d wide, not %d: %q", n, w, l)
			}
		}
		v.Hints(f)
		v.Selection()
	})
}

// Drawing changes nothing: the same state and frame give the same cells.
func TestDrawIsPure(t *testing.T) {
	c := viewtest.Meshed()
	v := on(c, "fraud-score", 120, 32)
	f := c.Frame()
	one := viewtest.Text(v, f, 120, 32)
	c.Down = release.Errorf(release.Unavailable, "gone")
	c.At = c.At.Add(time.Hour)
	if two := viewtest.Text(v, f, 120, 32); one != two {
		t.Errorf("drawn twice:\n%s\n%s", one, two)
	}
}
