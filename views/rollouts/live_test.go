package rollouts_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"
	"pgregory.net/rapid"

	"signalbox/release"
	"signalbox/release/change"
	"signalbox/release/health"
	"signalbox/release/rollout"
	"signalbox/themes"
	"signalbox/views"
	"signalbox/views/kit"
	"signalbox/views/viewtest"
)

// ids are the rows of the list, in their order.
func ids(v views.View, c *viewtest.Company) []string {
	var out []string
	for _, l := range strings.Split(viewtest.Text(v, c.Frame(), 80, 66), "\n")[2:] {
		fields := strings.Fields(strings.TrimLeft(l, "▌▸ "))
		if strings.HasPrefix(l, "──") && len(fields) > 1 && strings.Contains("■▲●◇○·", fields[1]) {
			break // what is selected
		}
		if len(fields) > 2 && (strings.HasPrefix(fields[1], "RO-") || strings.HasPrefix(fields[1], "CHG-")) {
			out = append(out, fields[1])
		}
	}
	return out
}

func row(v views.View, c *viewtest.Company, id string) string {
	for _, l := range strings.Split(viewtest.Text(v, c.Frame(), 80, 66), "\n") {
		if strings.Contains(l, " "+id+" ") {
			return l
		}
	}
	return ""
}

func of(c *viewtest.Company, id string) *rollout.Observed {
	for k := range c.Observed {
		if c.Observed[k].ID == id {
			return &c.Observed[k]
		}
	}
	panic(id)
}

func TestOrderAndFilter(t *testing.T) {
	c := viewtest.Rolling()
	v := on(c, "", 80, 60)
	const worst = "RO-739 RO-734 RO-738 RO-733 CHG-4166 RO-728 RO-730 RO-729"
	for _, k := range []struct{ keys, want string }{
		{"", worst}, {"s", "RO-739 RO-734 RO-733 RO-738 CHG-4166 RO-730 RO-729 RO-728"}, {"s", "RO-734 RO-738 RO-739 RO-733 CHG-4166 RO-729 RO-728 RO-730"}, {"s", worst},
	} {
		v, _ = viewtest.Type(v, strings.Fields(k.keys)...)
		if got := strings.Join(ids(v, c), " "); got != k.want || v.Selection().ID != "RO-739" {
			t.Errorf("after %q: %s with the cursor on %s", k.keys, got, v.Selection().ID)
		}
	}
	for words, want := range map[string]string{
		"done": "RO-728 RO-730 RO-729", "-done -waiting": "RO-739 RO-734 RO-738 RO-733", "state:fail": "RO-728", "state:in_progress,auth": "RO-739 RO-734 RO-738 RO-733 CHG-4166",
		"env:prod orders": "RO-733", "chg-4170": "RO-734", "no change": "RO-738", "env:staging": "", "state:": worst,
	} {
		w, shown, all := v.Filter(words)
		if got := strings.Join(ids(w, c), " "); got != want || shown != len(strings.Fields(want)) || all != 8 {
			t.Errorf("%q: %s (%d of %d), want %s", words, got, shown, all, want)
		}
	}
}

// Rows keep their place under the reader until ".".
func TestNothingMovesUnderTheCursor(t *testing.T) {
	c := viewtest.Rolling()
	v := on(c, "RO-733", 80, 60)
	before := ids(v, c)
	of(c, "RO-733").State, of(c, "RO-733").UpdatedAt = rollout.Failure, c.At
	c.Observed = append(c.Observed, rollout.Observed{ID: "RO-740", Connector: "github", Service: "ledger-db", Environment: "production", Version: "9", State: rollout.InProgress, StartedAt: c.At})
	c.Of("CHG-4166").Change.State = change.Cancelled
	v, _ = viewtest.Send(v, views.Refresh{})
	if got := ids(v, c); !slices.Equal(got, before) || v.Selection().ID != "RO-733" {
		t.Errorf("%v, and before %v; the cursor is on %s", got, before, v.Selection().ID)
	}
	text := viewtest.Text(v, c.Frame(), 80, 60)
	if !strings.Contains(text, "2 moved +1 new .") || !strings.Contains(row(v, c, "RO-733"), "failure") || !strings.Contains(row(v, c, "CHG-4166"), "gone") {
		t.Errorf("it says\n%s", text)
	}
	v, _ = viewtest.Type(v, ".")
	if got := strings.Join(ids(v, c), " "); got != "RO-739 RO-734 RO-740 RO-738 RO-733 RO-728 RO-730 RO-729" || v.Selection().ID != "RO-733" {
		t.Errorf("settled: %s, the cursor on %s", got, v.Selection().ID)
	}
}

// One stored fact, one cell.
func TestOneFactOneCell(t *testing.T) {
	c := viewtest.Rolling()
	v := on(c, "RO-739", 80, 60)
	before := strings.Split(viewtest.Text(v, c.Frame(), 80, 60), "\n")
	rate := 16.0
	for k := range c.Measured { // the newest word on 7.2.0: 16 of 80 requests a second, no longer 96 of 160
		if s := &c.Measured[k]; s.Version == "7.2.0" && s.At.Equal(c.Measured[len(c.Measured)-1].At) {
			s.Rate = &rate
		}
	}
	v, _ = viewtest.Send(v, views.Refresh{})
	changed := 0
	for y, l := range strings.Split(viewtest.Text(v, c.Frame(), 80, 60), "\n") {
		if l != before[y] {
			changed++
			if !strings.Contains(l, "RO-733") || !strings.Contains(before[y], "60% obs") || !strings.Contains(l, "20% obs") {
				t.Errorf("row %d: %q, before %q", y, l, before[y])
			}
		}
	}
	if changed != 1 {
		t.Errorf("%d rows changed", changed)
	}
}

func TestKeys(t *testing.T) {
	c := viewtest.Rolling()
	for _, k := range []struct {
		from, keys, on string
		says           any
	}{
		{"", "j", "RO-734", nil}, {"", "j j k", "RO-734", nil}, {"", "g e", "RO-729", nil}, {"RO-729", "g g", "RO-739", nil}, {"", "end", "RO-729", nil}, {"RO-733", "]", "RO-728", nil},
		{"RO-728", "]", "RO-739", nil}, {"", "[", "RO-728", nil},
		{"RO-734", "enter", "RO-734", views.Open{View: "rollout", ID: "RO-734"}}, {"CHG-4166", "enter", "CHG-4166", views.Open{View: "change", ID: "CHG-4166"}},
		{"RO-734", "o", "RO-734", views.Say{Aspect: release.Planned, Text: "https://github.com/acme/checkout-web/deployments"}},
		{"CHG-4166", "o", "CHG-4166", views.Say{Aspect: release.Planned, Text: "nothing outside is known of what is selected"}},
	} {
		v := on(c, k.from, 80, 20)
		v, said := viewtest.Type(v, strings.Fields(k.keys)...)
		if v.Selection().ID != k.on || k.says != nil && (len(said) != 1 || said[0] != k.says) {
			t.Errorf("%s from %q: on %s, says %v, want %s %v", k.keys, k.from, v.Selection().ID, said, k.on, k.says)
		}
	}
}

func TestKeysOfAPage(t *testing.T) {
	c := viewtest.Rolling()
	for _, k := range []struct {
		id, keys, on string
		says         any
	}{
		{"RO-734", "]", "RO-738", nil}, {"RO-734", "[", "RO-739", nil}, {"RO-734", "] ] ]", "RO-728", nil},
		{"RO-729", "]", "RO-729", views.Say{Aspect: release.Planned, Text: "RO-729 is the last of the rollouts"}}, {"RO-739", "[", "RO-739", views.Say{Aspect: release.Planned, Text: "RO-739 is the first of the rollouts"}},
		{"ro734", "enter", "RO-734", views.Open{View: "change", ID: "CHG-4170"}}, {"RO-738", "enter", "RO-738", views.Say{Aspect: release.Planned, Text: "no change is known for RO-738"}},
		{"RO-734", "o", "RO-734", views.Say{Aspect: release.Planned, Text: "https://github.com/acme/checkout-web/deployments"}},
	} {
		for _, size := range sizes {
			v, said := viewtest.Type(page(c, k.id, size[0], size[1]), strings.Fields(k.keys)...)
			if v.Selection().ID != k.on || k.says != nil && (len(said) != 1 || said[0] != k.says) {
				t.Errorf("%s from %s: on %s, says %v, want %s %v", k.keys, k.id, v.Selection().ID, said, k.on, k.says)
			}
		}
	}
	v, _ := viewtest.Type(page(c, "RO-734", 80, 20), "j", "j", "end")
	if text := viewtest.Text(v, c.Frame(), 80, 20); !strings.Contains(text, "deployment asked for checkout-web 2026.47.1") || !strings.Contains(text, "RO-734 checkout-web") {
		t.Errorf("at its end:\n%s", text)
	}
	v, _ = viewtest.Type(page(c, "RO-734", 120, 32), "v")
	if text := viewtest.Text(v, c.Frame(), 120, 32); !strings.Contains(text, "── P99 LATENCY  old") || !strings.Contains(text, "500ms") {
		t.Errorf("another signal:\n%s", text)
	}
}

// No key of a controller is there: there is none to steer with.
func TestNoLeverIsPromised(t *testing.T) {
	c := viewtest.Rolling()
	for _, v := range []views.View{on(c, "", 80, 20), page(c, "RO-734", 80, 20), page(c, "RO-734", 120, 32)} {
		for _, h := range v.Hints(c.Frame()) {
			if h.Weight != kit.LookKey || len(h.Key) == 1 && strings.ToLower(h.Key) != h.Key {
				t.Errorf("%s hints %q %s", v.Name(), h.Key, h.Label)
			}
		}
	}
}

func TestWhatIsNextWhereNothingMoves(t *testing.T) {
	c := viewtest.Rolling()
	c.Observed, c.Measured, c.Fires = nil, nil, nil
	if text := viewtest.Text(on(c, "", 80, 20), c.Frame(), 80, 20); !strings.Contains(text, "● No rollout is moving · next CHG-4166 search 2.9.0, until Wed 10:58Z") {
		t.Errorf("it says\n%s", text)
	}
}

// A monitor that has not told of the newer version yet says nothing of its share.
func TestUnknownIsNotZero(t *testing.T) {
	c := viewtest.Rolling()
	c.Measured = slices.DeleteFunc(c.Measured, func(s health.Sample) bool { return s.Version == "7.2.0" })
	if r := row(on(c, "", 80, 60), c, "RO-733"); strings.Contains(r, "%") || !strings.Contains(r, "— —    in progress 16m") {
		t.Errorf("the row: %q", r)
	}
	text := viewtest.Text(page(c, "RO-733", 80, 20), c.Frame(), 80, 20)
	for _, want := range []string{"old ▕", "100% 7.1.4", "░▏     — 7.2.0", "error ratio    0.21%        —       —     —"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
}

// A late monitor is believed, and marked; a dark one is not.
func TestLateAndDark(t *testing.T) {
	for _, k := range []struct {
		ago  time.Duration
		want []string
	}{
		{9 * time.Second, []string{"━━━── 60% obs", "errors  0.21% → 0.20%  −0.01 points  ● no worse", "● prom 9s"}},
		{30 * time.Second, []string{"━━━──    ~60%", "prom late", "errors  ~0.21% → ~0.20%  −0.01 points  ● no worse", "▲ prom late 30s"}},
		{50 * time.Second, []string{"─────    ~60%", "DARK 50s", "errors  ~0.21% → ~0.20%  −0.01  not judged", "○ prom DARK 50s"}},
	} {
		c := viewtest.Rolling()
		for n := range c.Connected {
			if c.Connected[n].Type == "prometheus" {
				c.Connected[n].LastGood = c.At.Add(-k.ago)
			}
		}
		text := viewtest.Text(on(c, "RO-733", 80, 24), c.Frame(), 80, 24)
		for _, want := range k.want {
			if !strings.Contains(text, want) {
				t.Errorf("%s: %q is not in\n%s", k.ago, want, text)
			}
		}
	}
}

func TestFailuresAndRefusals(t *testing.T) {
	c := viewtest.Rolling()
	all := []views.View{on(c, "", 80, 20), page(c, "RO-734", 80, 20), page(c, "RO-734", 120, 32)}
	f := c.Frame()
	c.Down = release.Errorf(release.Unavailable, "the store does not answer").Advise("nothing was written")
	for _, v := range all {
		v, _ = viewtest.Send(v, views.Refresh{})
		if text := viewtest.Text(v, f, 120, 32); !strings.Contains(text, "RO-734") || !strings.Contains(text, "the store does not answer · as of 12:04:31Z") {
			t.Errorf("after a failure:\n%s", text)
		}
	}
	c.Down = release.Errorf(release.Refused, "your grant has ended").Advise("an admin can renew it")
	for _, v := range all {
		v, _ = viewtest.Send(v, views.Refresh{})
		if text := viewtest.Text(v, f, 120, 32); strings.Contains(text, "checkout-web") || !strings.Contains(text, "your grant has ended") || v.Selection().Kind != "" {
			t.Errorf("after a refusal:\n%s", text)
		}
	}
}

func TestLateAnswersAreDropped(t *testing.T) {
	c := viewtest.Rolling()
	v := on(c, "", 80, 20)
	v, first := v.Update(views.Refresh{})
	old := first()
	of(c, "RO-733").State = rollout.Queued
	v, second := v.Update(views.Refresh{})
	v, _ = v.Update(second())
	v, _ = v.Update(old)
	if r := row(v, c, "RO-733"); !strings.Contains(r, "queued") {
		t.Errorf("an older answer came through: %q", r)
	}
	p := page(c, "RO-734", 80, 20)
	_, cmd := p.Update(views.Refresh{})
	late := cmd()
	p, _ = viewtest.Type(p, "]")
	p, _ = p.Update(late)
	if got := p.Selection().ID; got != "RO-738" {
		t.Errorf("the answer about another rollout came through: %s", got)
	}
}

// No text and no size breaks the screens.
func TestAnySizeAnyText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w, h := rapid.IntRange(1, 240).Draw(t, "w"), rapid.IntRange(1, 70).Draw(t, "h")
		c := rapid.SampledFrom([]func() *viewtest.Company{viewtest.Rolling, viewtest.Blind, viewtest.Empty}).Draw(t, "company")()
		if rapid.Bool().Draw(t, "spoilt") {
			c.SpoilRollouts(t)
		}
		var v views.View
		if id := rapid.SampledFrom([]string{"", "", "RO-734", "RO-738", "RO-728", "RO-610", "RO-1", "nothing"}).Draw(t, "page"); id != "" {
			v = page(c, id, w, h)
		} else {
			v = on(c, rapid.SampledFrom([]string{"", "RO-733", "CHG-4166", "nothing"}).Draw(t, "row"), w, h)
		}
		for _, k := range rapid.SliceOfN(rapid.SampledFrom([]string{"j", "k", "end", "s", ".", "]", "[", "ctrl+d", "enter", "g", "v", "o", "pgdown"}), 0, 12).Draw(t, "keys") {
			v, _ = viewtest.Type(v, k)
		}
		v, _, _ = v.Filter(rapid.SampledFrom([]string{"", "done", "\x1b[31m", "env:prod"}).Draw(t, "filter"))
		switch rapid.IntRange(0, 2).Draw(t, "then") {
		case 1:
			c.Down = release.Errorf(release.Unavailable, "the store does not answer")
			v, _ = viewtest.Send(v, views.Refresh{})
			c.Down = nil
		case 2:
			if len(c.Observed) > 3 {
				c.Observed = c.Observed[3:]
			}
			v, _ = viewtest.Send(v, views.Refresh{})
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
		if v.Lit() >= h {
			t.Fatalf("lit %d of %d", v.Lit(), h)
		}
	})
}

// Drawing changes nothing: the same state and frame give the same cells.
func TestDrawIsPure(t *testing.T) {
	c := viewtest.Rolling()
	for _, v := range []views.View{on(c, "", 120, 32), page(c, "RO-734", 120, 32)} {
		f := c.Frame()
		one := viewtest.Text(v, f, 120, 32)
		c.Down = release.Errorf(release.Unavailable, "gone")
		if two := viewtest.Text(v, f, 120, 32); one != two {
			t.Errorf("drawn twice:\n%s\n%s", one, two)
		}
		c.Down = nil
	}
}
