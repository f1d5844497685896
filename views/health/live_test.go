package health_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"
	"pgregory.net/rapid"

	"signalbox/release"
	"signalbox/release/feed"
	rules "signalbox/release/health"
	"signalbox/themes"
	"signalbox/views"
	"signalbox/views/health"
	"signalbox/views/viewtest"
)

// names are the services in the list, in their order.
func names(v views.View, c *viewtest.Company) []string {
	var out []string
	_, list, _ := strings.Cut(viewtest.Text(v, c.Frame(), 80, 60), " aspect\n") // under the banner and the heads
	for _, l := range strings.Split(list, "\n") {
		fields := strings.Fields(strings.TrimLeft(l, "▌▸ "))
		if len(fields) < 4 || c.Monitored(fields[0]) == nil {
			break
		}
		out = append(out, fields[0])
	}
	return out
}

func rowOf(v views.View, c *viewtest.Company, service string) string {
	for _, l := range strings.Split(viewtest.Text(v, c.Frame(), 80, 60), "\n")[2:] {
		if strings.HasPrefix(strings.TrimLeft(l, "▌▸ "), service+" ") {
			return l
		}
	}
	return ""
}

func TestOrderAndFilter(t *testing.T) {
	c := viewtest.Measured()
	v := on(c, "", 80, 56)
	const burn = "checkout-web notify-svc payments-api fraud-score identity ledger-db orders search"
	for _, k := range []struct{ keys, want string }{
		{"", burn}, {"s", "checkout-web payments-api fraud-score identity ledger-db orders notify-svc search"},
		{"s", "checkout-web fraud-score identity ledger-db notify-svc orders payments-api search"}, {"s", burn},
	} {
		v, _ = viewtest.Type(v, strings.Fields(k.keys)...)
		if got := strings.Join(names(v, c), " "); got != k.want || v.Selection().ID != "checkout-web" {
			t.Errorf("after %q: %s with the cursor on %s", k.keys, got, v.Selection().ID)
		}
	}
	for words, want := range map[string]string{
		"page": "checkout-web", "tkt": "payments-api", "ticket": "payments-api", "watch": "fraud-score", "dark": "notify-svc", "go": "identity ledger-db orders", "unknown": "",
		"tier:1": "checkout-web payments-api ledger-db orders", "tier:0,2": "fraud-score identity", "-go -dark": "checkout-web payments-api fraud-score search", "env:prod score": "fraud-score",
		"env:staging": "", "tier:": burn, "": burn,
	} {
		f, shown, of := v.Filter(words)
		if got := strings.Join(names(f, c), " "); got != want || shown != len(strings.Fields(want)) || of != 8 {
			t.Errorf("%q shows %q (%d of %d), want %q", words, got, shown, of, want)
		}
	}
	f, _, _ := v.Filter("nothing-like-it")
	if text := viewtest.Text(f, c.Frame(), 80, 20); !strings.Contains(text, "No objective and no service fits “nothing-like-it”.") || f.Selection().Kind != "" {
		t.Errorf("no row fits:\n%s", text)
	}
}

// An objective that begins to burn keeps its place and says that it would move; the cursor stays on its line.
func TestNothingMovesUnderTheHand(t *testing.T) {
	c := viewtest.Measured()
	v := on(c, "identity", 80, 20)
	if s := v.Selection(); s.Kind != views.ServiceKind || s.ID != "identity" {
		t.Fatalf("opened on identity the selection is %+v", v.Selection())
	}
	before := names(v, c)
	m := c.Monitored("ledger-db")
	for k := range m.Samples {
		if s := &m.Samples[k]; s.Step == time.Minute {
			bad := 0.3
			s.Errors = &bad
		}
	}
	v, _ = viewtest.Send(v, views.Refresh{})
	if got := names(v, c); !slices.Equal(got, before) || v.Selection().ID != "identity" {
		t.Errorf("the list is %v, the cursor on %s", got, v.Selection().ID)
	}
	if r := rowOf(v, c, "ledger-db"); !strings.HasPrefix(r, "▸ledger-db") || !strings.Contains(r, "■ PAGE") {
		t.Errorf("it burns as %q", r)
	}
	v, _ = viewtest.Type(v, ".")
	if got := names(v, c); got[0] != "ledger-db" || v.Selection().ID != "identity" {
		t.Errorf("after . the list is %v, the cursor on %s", got, v.Selection().ID)
	}
	c.Vital.Services = slices.DeleteFunc(c.Vital.Services, func(m viewtest.Monitored) bool { return m.Service == "identity" })
	v, _ = viewtest.Send(v, views.Refresh{})
	if !strings.Contains(viewtest.Text(v, c.Frame(), 80, 20), "▌identity") || v.Selection().Kind != "" {
		t.Errorf("what is gone left at once, or is selected:\n%s", viewtest.Text(v, c.Frame(), 80, 20))
	}
	v, _ = viewtest.Type(v, ".")
	if s := v.Selection(); s.ID == "identity" || s.ID == "" {
		t.Errorf("after . the selection is %+v", s)
	}
}

// What an alert fires for is as bad as the alert, and so is the count in the header; a late monitor is caution.
func TestAlertsAndLateMonitorsCount(t *testing.T) {
	c := viewtest.Measured()
	c.Monitored("orders").Alerts = []rules.Alert{{ID: "1", Name: "OrdersDown", Service: "orders", Severity: "page", StartsAt: c.At.Add(-time.Minute)}}
	v := on(c, "", 80, 20)
	if text := viewtest.Text(v, c.Frame(), 80, 20); !strings.Contains(text, "■2  ▲2  ●2  ○1") || !strings.Contains(rowOf(v, c, "orders"), "■ alert") || names(v, c)[1] != "orders" {
		t.Errorf("an alert that pages:\n%s", text)
	}
	c = viewtest.Measured()
	c.Vital.Monitors[0].LastGood = c.At.Add(-40 * time.Second)
	v = on(c, "", 80, 20)
	if r := rowOf(v, c, "identity"); !strings.Contains(r, "▲ late") || !strings.Contains(r, "~0.6x") {
		t.Errorf("a late monitor: %q", r)
	}
	wide := viewtest.Text(on(c, "", 120, 32), c.Frame(), 120, 32)
	if !strings.Contains(wide, "1h ~15.1x") {
		t.Errorf("the windows of a late monitor:\n%s", wide)
	}
}

// One stored fact changes: its cell changes, and no other row.
func TestOneFact(t *testing.T) {
	c := viewtest.Measured()
	before := strings.Split(viewtest.Text(on(c, "orders", 80, 20), c.Frame(), 80, 20), "\n")
	c.Monitored("identity").Objective.Target = 0.99985
	after := strings.Split(viewtest.Text(on(c, "orders", 80, 20), c.Frame(), 80, 20), "\n")
	for k := range before {
		if same := before[k] == after[k]; same == strings.Contains(before[k], "identity") {
			t.Errorf("row %d: %q became %q", k+1, before[k], after[k])
		}
	}
}

// The shared order of a panel, a dark row and its own words keep counting with the clock of the frame.
func TestDarkIsNamedAndNotCounted(t *testing.T) {
	c := viewtest.Measured()
	v := on(c, "notify-svc", 120, 32)
	text := viewtest.Text(v, c.Frame(), 120, 32)
	for _, want := range []string{"■1  ▲2  ●3  ○1", "not counted: notify-svc", "○ DARK 3m", "○ no monitor that measures it answers"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
	f := c.Frame()
	f.Now = f.Now.Add(2 * time.Minute)
	if text = viewtest.Text(v, f, 120, 32); !strings.Contains(text, "○ DARK 5m") {
		t.Errorf("two minutes later:\n%s", text)
	}
	// It answers again.
	c.Vital.Monitors[1].LastGood = c.At
	if v, _ = viewtest.Send(v, views.Refresh{}); !strings.Contains(rowOf(v, c, "notify-svc"), "▲ alert") {
		t.Errorf("back: %q", rowOf(v, c, "notify-svc"))
	}
}

func TestKeys(t *testing.T) {
	c := viewtest.Measured()
	v := on(c, "", 80, 20)
	for _, k := range []struct{ key, at string }{{"j", "notify-svc"}, {"k", "checkout-web"}, {"k", "checkout-web"}, {"end", "search"}, {"home", "checkout-web"}, {"]", "notify-svc"}, {"]", "payments-api"},
		{"]", "fraud-score"}, {"]", "checkout-web"}, {"[", "fraud-score"}, {"pgdown", "ledger-db"}, {"g", "ledger-db"}, {"e", "search"}, {"g", "search"}, {"g", "checkout-web"}} {
		if v, _ = viewtest.Type(v, k.key); v.Selection().ID != k.at {
			t.Errorf("after %s the cursor is on %s, want %s", k.key, v.Selection().ID, k.at)
		}
	}
	if !strings.Contains(strings.Join(v.Crumbs(), " "), "Health checkout-web") {
		t.Errorf("crumbs %v", v.Crumbs())
	}
	_, out := viewtest.Type(v, "enter")
	if len(out) != 1 || out[0] != (views.Open{View: "graph", ID: "checkout-web"}) {
		t.Errorf("⏎ says %v", out)
	}
	for _, k := range []struct{ key, axis, says string }{{"z", "11:44", ""}, {"z", "11:44", "there are 1h, 6h, 3d and 30d"}, {"-", "08:04", ""}, {"-", "Sun 12:04", ""}, {"-", "4 Nov", ""}, {"-", "4 Nov", "there are 1h, 6h, 3d and 30d"}} {
		v, out = viewtest.Type(v, k.key)
		if text := viewtest.Text(v, c.Frame(), 80, 20); !strings.Contains(text, k.axis) {
			t.Errorf("after %s %q is not in\n%s", k.key, k.axis, text)
		}
		if s, ok := first(out).(views.Say); ok != (k.says != "") || !strings.Contains(s.Text, k.says) {
			t.Errorf("%s says %v", k.key, out)
		}
	}
	if _, out = viewtest.Type(v, "v"); !strings.Contains(first(out).(views.Say).Text, "there is no other to pick") {
		t.Errorf("v says %v", out)
	}
	rate, p99 := 3.0, 0.5
	m := c.Monitored("checkout-web")
	m.Samples = append(m.Samples, rules.Sample{Service: "checkout-web", Version: "2026.46.9", At: c.At, Step: time.Minute, Rate: &rate, P99: &p99, N: 1})
	v, _ = viewtest.Send(v, views.Refresh{})
	if text := viewtest.Text(v, c.Frame(), 80, 20); strings.Contains(text, "2026.46.9") || !strings.Contains(text, "v pick") {
		t.Errorf("three versions:\n%s", text)
	}
	if v, _ = viewtest.Type(v, "v"); !strings.Contains(viewtest.Text(v, c.Frame(), 80, 20), "2026.46.9") {
		t.Errorf("v picked:\n%s", viewtest.Text(v, c.Frame(), 80, 20))
	}
	calm := viewtest.Measured()
	calm.Vital.Services = calm.Vital.Services[3:6]
	if _, out = viewtest.Type(on(calm, "", 80, 20), "tab"); !strings.Contains(first(out).(views.Say).Text, "no alert fires") {
		t.Errorf("tab says %v", out)
	}
	if _, out = viewtest.Type(on(calm, "", 80, 20), "]"); !strings.Contains(first(out).(views.Say).Text, "no other objective burns") {
		t.Errorf("] says %v", out)
	}
	ghost := health.New(c, "ghost")
	ghost, _ = ghost.Update(views.Resize{W: 80, H: 20})
	ghost, out = viewtest.Run(ghost, ghost.Init())
	if s, ok := first(out).(views.Say); !ok || s.Text != "nothing is known of the health of ghost" || ghost.Selection().ID != "checkout-web" {
		t.Errorf("opened on what nobody knows: %v, the cursor on %s", out, ghost.Selection().ID)
	}
}

func first[T any](list []T) any {
	if len(list) == 0 {
		return nil
	}
	return list[0]
}

// A refusal hides what was shown; any other failure keeps it, with the sentence.
func TestFailures(t *testing.T) {
	c := viewtest.Measured()
	v := on(c, "", 80, 20)
	c.Down = release.Errorf(release.Unavailable, "the store is locked").Advise("wait")
	v, _ = viewtest.Send(v, views.Refresh{})
	if text := viewtest.Text(v, c.Frame(), 80, 20); !strings.Contains(text, "the store is locked") || !strings.Contains(text, "checkout-web") {
		t.Errorf("while the store is locked:\n%s", text)
	}
	c.Down = release.Errorf(release.Refused, "you may not")
	v, _ = viewtest.Send(v, views.Refresh{})
	if text := viewtest.Text(v, c.Frame(), 80, 20); !strings.Contains(text, "Health is not shown to you.") || strings.Contains(text, "checkout-web") || v.Selection().Kind != "" {
		t.Errorf("refused:\n%s", text)
	}
	c.Down = nil
	if v, _ = viewtest.Send(v, views.Refresh{}); len(names(v, c)) != 8 {
		t.Errorf("allowed again:\n%s", viewtest.Text(v, c.Frame(), 80, 20))
	}
}

// TestHolds: whatever is stored and whatever is typed, at any size, in every theme and tier, each line has
// exactly the width of the screen and nothing panics.
func TestHolds(t *testing.T) {
	all := []string{"dark", "light", "high-contrast", "cb-safe", "16", "mono"}
	rapid.Check(t, func(t *rapid.T) {
		c := viewtest.Measured()
		c.SpoilHealth(t)
		if rapid.Bool().Draw(t, "silent") {
			for k := range c.Vital.Monitors {
				c.Vital.Monitors[k].LastGood = viewtest.Noon.Add(-time.Duration(rapid.IntRange(0, 4000).Draw(t, "age")) * time.Second)
			}
		}
		if rapid.IntRange(0, 5).Draw(t, "nothing") == 0 {
			c.Vital = viewtest.Vital{Monitors: []feed.Status{}}
		}
		w, h := rapid.IntRange(80, 240).Draw(t, "w"), rapid.IntRange(20, 66).Draw(t, "h")
		v := on(c, "", w, h)
		for _, k := range rapid.SliceOfN(rapid.SampledFrom([]string{"j", "k", "s", ".", "tab", "]", "[", "z", "-", "v", "end", "home", "pgdown", "enter"}), 0, 12).Draw(t, "keys") {
			v, _ = viewtest.Type(v, k)
		}
		if rapid.Bool().Draw(t, "filtered") {
			v, _, _ = v.Filter(rapid.SampledFrom([]string{"tier:1", "-go", "dark", "\x1b[31m", "x"}).Draw(t, "words"))
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
