package calendar_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"
	"pgregory.net/rapid"

	"signalbox/release"
	"signalbox/release/access"
	"signalbox/release/calendar"
	"signalbox/release/catalog"
	"signalbox/release/rollout"
	"signalbox/themes"
	"signalbox/views"
	calendarview "signalbox/views/calendar"
	"signalbox/views/kit"
	"signalbox/views/viewtest"
)

func text(v views.View, c *viewtest.Company, w, h int) string {
	return viewtest.Text(v, c.Frame(), w, h)
}

// row is the first row that holds a word.
func row(v views.View, c *viewtest.Company, w, h int, word string) string {
	for _, l := range strings.Split(text(v, c, w, h), "\n") {
		if strings.Contains(l, word) {
			return l
		}
	}
	return ""
}

func TestKeysMoveAndNothingElseDoes(t *testing.T) {
	c := viewtest.Week()
	v := on(c, "", 120, 32)
	for _, k := range []struct{ keys, kind, id string }{
		{"", views.RolloutKind, "RO-734"}, {"tab", views.ChangeKind, "CHG-4211"}, {"shift+tab shift+tab", views.ChangeKind, "CHG-4190"}, {"j", "", ""}, {"k", views.ChangeKind, "CHG-4"},
		{"home", views.FreezeKind, "FRZ-14"}, {"tab", views.FreezeKind, "FRZ-12"}, {"end", views.ChangeKind, "CHG-4215"}, {"g g", views.FreezeKind, "FRZ-12"},
		{"[", views.EntryKind, "night window"}, {"[ [ [", views.EntryKind, "US Thanksgiving"}, {"] ] ] ]", views.FreezeKind, "FRZ-12"},
	} {
		v, _ = viewtest.Type(v, strings.Fields(k.keys)...)
		s := v.Selection()
		if k.kind == "" {
			continue // whatever is nearest on that lane
		}
		if s.Kind != k.kind || !strings.Contains(s.ID, k.id) {
			t.Errorf("after %q the selection is %s %s, want %s %s", k.keys, s.Kind, s.ID, k.kind, k.id)
		}
	}
}

// The cursor stays on its thing while the store changes around it, and the days stay.
func TestNothingMovesUnderTheHand(t *testing.T) {
	c := viewtest.Week()
	v := on(c, "CHG-4203", 80, 20)
	before := row(v, c, 80, 20, "   search")
	c.Freezes = append(c.Freezes, calendar.Freeze{ID: "FRZ-15", Kind: calendar.HardFreeze, Scope: "team:pay", Reason: "the ledger is closed for the month", DeclaredAt: c.At,
		Interval: calendar.Interval{From: viewtest.Noon.Add(20 * time.Hour), To: viewtest.Noon.Add(30 * time.Hour)}})
	v, _ = viewtest.Send(v, views.Refresh{})
	if s := v.Selection(); s.ID != "CHG-4203" || row(v, c, 80, 20, "   search") != before {
		t.Errorf("the cursor is on %s, the lane is %q, it was %q", s.ID, row(v, c, 80, 20, "   search"), before)
	}
	if r := row(v, c, 80, 24, "payments"); !strings.Contains(r, "░░░░") {
		t.Errorf("the freeze is not on its lane: %q", r)
	}
	c.Stored = c.Stored[:0]
	c.Observed = nil
	v, _ = viewtest.Send(v, views.Refresh{})
	if s := v.Selection(); s.ID == "CHG-4203" {
		t.Error("what is gone is selected")
	}
}

func TestDaysSlideAndComeBack(t *testing.T) {
	c := viewtest.Week()
	v := on(c, "", 80, 20)
	for _, k := range []struct{ keys, want string }{{"l", "24–30 Nov wk48"}, {"h h", "22–28 Nov wk47"}, {"pgdown", "29 Nov–5 Dec wk48"}, {".", "23–29 Nov wk48"}, {"pgup", "16–22 Nov wk47"}} {
		if v, _ = viewtest.Type(v, strings.Fields(k.keys)...); !strings.Contains(text(v, c, 80, 20), k.want) {
			t.Errorf("after %q %q is not in\n%s", k.keys, k.want, text(v, c, 80, 20))
		}
	}
}

// ] goes on into the week of what is known to come next.
func TestNextGoesOn(t *testing.T) {
	c := viewtest.Week()
	c.Held, c.Stored, c.Observed = nil, nil, nil
	c.Freezes[0].From, c.Freezes[0].To = viewtest.Noon.AddDate(0, 0, 21), viewtest.Noon.AddDate(0, 0, 22)
	v, said := viewtest.Type(on(c, "", 80, 20), "]") // FRZ-14 is selected: there is nothing else in the week
	if s := v.Selection(); s.ID != "FRZ-12" || len(said) != 0 {
		t.Errorf("it went to %s, and said %v:\n%s", s.ID, said, text(v, c, 80, 20))
	}
	if !strings.Contains(text(v, c, 80, 20), "14–20 Dec wk51") {
		t.Errorf("the days are\n%s", text(v, c, 80, 20))
	}
	_, said = viewtest.Type(v, "]")
	if len(said) != 1 || !strings.Contains(said[0].(views.Say).Text, "nothing is known to come") {
		t.Errorf("at the end it says %v", said)
	}
}

func TestWhatEnterDoes(t *testing.T) {
	c := viewtest.Week()
	_, said := viewtest.Type(on(c, "CHG-4190", 80, 20), "enter")
	if len(said) != 1 || said[0] != (views.Open{View: "change", ID: "CHG-4190"}) {
		t.Errorf("on a change it says %v", said)
	}
	v := on(c, "CHG-4190", 120, 32, "k", "enter") // the line of the group, on its peak hours
	if got := text(v, c, 120, 32); !strings.Contains(got, "▸ web 3") || strings.Contains(got, "   orders") {
		t.Errorf("the group is not folded:\n%s", got)
	}
	if v, _ = viewtest.Type(v, "enter"); !strings.Contains(text(v, c, 120, 32), "   orders") {
		t.Errorf("the group is not open:\n%s", text(v, c, 120, 32))
	}
}

// levers are the keys that act: "!" behind those that may be pressed, "-" behind those that are locked.
func levers(v views.View, c *viewtest.Company) string {
	for _, h := range v.Hints(c.Frame()) {
		if h.Key == "Z" {
			return map[kit.Weight]string{kit.LeverKey: "!", kit.LockedKey: "-"}[h.Weight]
		}
	}
	return ""
}

func TestLift(t *testing.T) {
	c := viewtest.Week()
	c.Hold("retail", calendar.FreezePeriod, "team:web", "gift cards", "UTC", "25 00:00", 12*time.Hour, "")
	scoped := access.Person{ID: "u.one", Grants: []access.Grant{{Person: "u.one", Role: access.Coordinator, Scope: "team:core"}}}
	c.Persons = append(c.Persons, scoped)
	for _, k := range []struct{ who, on, want string }{{"c.wu", "FRZ-12", "!"}, {"c.wu", "FRZ-14", "!"}, {"u.one", "FRZ-14", "!"}, {"u.one", "FRZ-12", ""}, {"v.ng", "FRZ-12", ""},
		{"c.wu", "CHG-4190", ""}, {"c.wu", "retail/gift cards@retail/2026-11-25T00:00:00Z", ""}} {
		c.Who = access.PersonID(k.who)
		if got := levers(on(c, k.on, 80, 20), c); got != k.want {
			t.Errorf("%s on %s: %q, want %q", k.who, k.on, got, k.want)
		}
	}
	c.Who = "c.wu"
	lift, _ := c.Verbs().Find("freeze lift")
	err := views.May(lift, on(c, "retail/gift cards@retail/2026-11-25T00:00:00Z", 80, 20).Selection(), c.Person(), c.At)
	if e := release.AsError(err); e == nil || e.Message != "the freeze is held by the calendar retail" || e.Try == "" {
		t.Errorf("a freeze of a calendar: %v", err)
	}
}

func TestFilter(t *testing.T) {
	c := viewtest.Week()
	v := on(c, "", 120, 32)
	for words, want := range map[string][]string{"kind:batch": {"EOD"}, "stop": {"RO-734", "4159"}, "team:pay": {"4182", "night"}, "service:orders": {"4159"}, "ledger": {"ledger-db", "EOD"}, "-kind:release source:retail": {"peak US"}} {
		f, shown, of := v.Filter(words)
		got := text(f, c, 120, 32)
		for _, w := range want {
			if !strings.Contains(got, w) {
				t.Errorf("%q does not show %q:\n%s", words, w, got)
			}
		}
		if shown == 0 || shown >= of {
			t.Errorf("%q shows %d of %d", words, shown, of)
		}
	}
	if f, shown, _ := v.Filter("kind:batch"); shown == 0 || strings.Contains(text(f, c, 120, 32), "RO-734") {
		t.Error("what does not fit is shown")
	}
}

// In the week in which clocks change the ruler says so, and the days stay as wide as they are.
func TestClocksChange(t *testing.T) {
	c := viewtest.Week()
	c.At = time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC) // New York changes on 8 March, London on the 29th
	v := on(c, "", 120, 32)
	if got := row(v, c, 120, 32, "NYC"); !strings.Contains(text(v, c, 120, 32), "01→03") {
		t.Errorf("New York's clocks change, and its ruler says %q:\n%s", got, text(v, c, 120, 32))
	}
	london, _ := time.LoadLocation("Europe/London")
	c.At = time.Date(2026, 3, 26, 12, 0, 0, 0, time.UTC)
	v = on(c, "", 120, 32)
	f := c.Frame()
	f.Zone = london
	got := viewtest.Text(v, f, 120, 32)
	if !strings.Contains(got, "LON Z") || !strings.Contains(got, "00→02") {
		t.Errorf("in London's zone:\n%s", got)
	}
	c.At = time.Date(2026, 10, 22, 12, 0, 0, 0, time.UTC)
	f = c.Frame()
	f.Zone = london
	if got := viewtest.Text(on(c, "", 120, 32), f, 120, 32); !strings.Contains(got, "01→01") || !strings.Contains(got, "LON +1") {
		t.Errorf("in London's zone in autumn:\n%s", got)
	}
}

// The day of a zone begins at its own midnight.
func TestDaysOfAZone(t *testing.T) {
	c := viewtest.Week()
	singapore, _ := time.LoadLocation("Asia/Singapore")
	v := on(c, "FRZ-12", 120, 32)
	f := c.Frame()
	utc := viewtest.Text(v, f, 120, 32)
	f.Zone = singapore
	got := viewtest.Text(v, f, 120, 32)
	at := func(s string) int {
		for _, l := range strings.Split(s, "\n") {
			if k := strings.Index(l, "FREEZE"); k > 0 {
				return len([]rune(l[:k]))
			}
		}
		return -1
	}
	if !strings.Contains(got, "SIN +8") || !strings.Contains(got, "UTC Z") || at(got)-at(utc) != 4 { // eight hours later: 8/24 of 14 cells
		t.Errorf("the freeze begins at %d in UTC and at %d in Singapore:\n%s", at(utc), at(got), got)
	}
}

// One stored fact changes, and what shows it changes with it.
func TestOneFact(t *testing.T) {
	c := viewtest.Week()
	v := on(c, "", 120, 32)
	if r := row(v, c, 120, 32, "   orders"); !strings.Contains(r, "■━━4159") {
		t.Errorf("the lane is %q", r)
	}
	for k := range c.Observed {
		if c.Observed[k].ID == "RO-729" {
			c.Observed[k].State = rollout.Success
		}
	}
	v, _ = viewtest.Send(v, views.Refresh{})
	if r := row(v, c, 120, 32, "   orders"); !strings.Contains(r, "●━━4159") {
		t.Errorf("the lane is %q", r)
	}
}

// What moves under the cursor leaves a mark where it was, until the reader settles.
func TestAGhostMarksTheOldPlace(t *testing.T) {
	c := viewtest.Week()
	v := on(c, "FRZ-14", 120, 32)
	c.Freezes[1].From, c.Freezes[1].To = c.Freezes[1].From.AddDate(0, 0, 1), c.Freezes[1].To.AddDate(0, 0, 1)
	v, _ = viewtest.Send(v, views.Refresh{})
	if r := row(v, c, 120, 32, "▒ freeze"); !strings.Contains(r, "┄┄┄┄┄┄┄┄") || v.Selection().ID != "FRZ-14" {
		t.Errorf("the line is %q", r)
	}
	v, _ = viewtest.Type(v, ".")
	if r := row(v, c, 120, 32, "▒ freeze"); strings.Contains(r, "┄") {
		t.Errorf("after . the line is %q", r)
	}
}

func TestFailuresAndRefusals(t *testing.T) {
	c := viewtest.Week()
	v := on(c, "", 80, 20)
	f := c.Frame()
	c.Down = release.Errorf(release.Unavailable, "the store does not answer").Advise("nothing was written")
	w, _ := viewtest.Send(v, views.Refresh{})
	if got := viewtest.Text(w, f, 80, 20); !strings.Contains(got, "RO-734") || !strings.Contains(got, "the store does not answer · as of 12:04:31Z") {
		t.Errorf("after a failure:\n%s", got)
	}
	c.Down = release.Errorf(release.Refused, "your grant has ended").Advise("an admin can renew it")
	w, _ = viewtest.Send(w, views.Refresh{})
	if got := viewtest.Text(w, f, 80, 20); strings.Contains(got, "RO-734") || !strings.Contains(got, "your grant has ended") || w.Selection().Kind != "" {
		t.Errorf("after a refusal:\n%s", got)
	}
	_, said := viewtest.Run(calendarview.New(viewtest.Week(), "CHG-1"), calendarview.New(viewtest.Week(), "CHG-1").Init())
	if len(said) != 0 {
		t.Errorf("another view's answer came through: %v", said)
	}
	c = viewtest.Week()
	v, _ = calendarview.New(c, "CHG-1").Update(views.Resize{W: 80, H: 20})
	_, said = viewtest.Run(v, v.Init())
	if len(said) != 1 || !strings.Contains(said[0].(views.Say).Text, "CHG-1 is not on the calendar") {
		t.Errorf("what is not there: %v", said)
	}
}

func TestLateAnswersAreDropped(t *testing.T) {
	c := viewtest.Week()
	v := on(c, "", 80, 20)
	v, first := v.Update(views.Refresh{})
	old := first()
	c.Observed = nil
	v, second := v.Update(views.Refresh{})
	v, _ = v.Update(second())
	v, _ = v.Update(old)
	if strings.Contains(text(v, c, 80, 20), "RO-734") {
		t.Error("an older answer came through")
	}
}

// No text, no size, no theme and no key breaks the screen.
func TestAnySizeAnyText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w, h := rapid.IntRange(1, 240).Draw(t, "w"), rapid.IntRange(1, 70).Draw(t, "h")
		c := rapid.SampledFrom([]func() *viewtest.Company{viewtest.Week, viewtest.DarkCalendar, viewtest.Week, viewtest.Empty}).Draw(t, "company")()
		if rapid.Bool().Draw(t, "spoilt") {
			c.SpoilCalendar(func() string { return viewtest.Hostile().Draw(t, "text") })
		}
		v := on(c, rapid.SampledFrom([]string{"", "FRZ-12", "CHG-4190", "nothing"}).Draw(t, "id"), w, h)
		for _, k := range rapid.SliceOfN(rapid.SampledFrom([]string{"j", "k", "end", "home", "tab", "shift+tab", "s", "v", ".", "]", "[", "ctrl+d", "ctrl+u", "enter", "g", "h", "l", "pgup", "pgdown", "z", "-", "z", "n"}), 0, 12).Draw(t, "keys") {
			v, _ = viewtest.Type(v, k)
		}
		v, _, _ = v.Filter(rapid.SampledFrom([]string{"", "", "kind:batch", "\x1b[31m", "stop", "team:"}).Draw(t, "filter"))
		if rapid.Bool().Draw(t, "down") {
			c.Down = release.Errorf(release.Unavailable, "the store does not answer")
			v, _ = viewtest.Send(v, views.Refresh{})
		}
		f := c.Frame()
		f.Zone, _ = time.LoadLocation(rapid.SampledFrom([]string{"UTC", "Asia/Kolkata", "America/New_York", "Pacific/Kiritimati", "Australia/Lord_Howe"}).Draw(t, "zone"))
		f.Now = f.Now.Add(time.Duration(rapid.IntRange(-300, 300).Draw(t, "hours")) * time.Hour)
		theme := rapid.SampledFrom(themes.Names()).Draw(t, "theme")
		tier := themes.Tier(rapid.IntRange(0, 2).Draw(t, "tier"))
		for _, l := range viewtest.Paint(v, f, w, h, theme, tier) {
			if n := kit.Width(ansi.Strip(l)); n != w {
				t.Fatalf("a line is %d wide, not %d: %q", n, w, l)
			}
		}
		if lit := v.Lit(); lit >= h {
			t.Fatalf("row %d of %d is lit", lit, h)
		}
		v.Hints(f)
		v.Crumbs()
	})
}

// crowd is a company with n entries on 200 services.
func crowd(n int) *viewtest.Company {
	c := viewtest.Week()
	c.Facts.Services, c.Stored = nil, nil
	for k := range 200 {
		c.Facts.Services = append(c.Facts.Services, catalog.Service{ID: fmt.Sprintf("service-%03d", k), Team: fmt.Sprintf("team-%02d", k%20)})
	}
	c.Held = nil
	for k := range n {
		scope := access.Scope(fmt.Sprintf("service:service-%03d", k%200))
		if k%10 == 0 {
			scope = access.Org
		}
		c.Hold("operations", calendar.Maintenance, scope, fmt.Sprintf("work %d", k), "UTC", fmt.Sprintf("%d %02d:00", 23+k%7, k%24), time.Duration(k%5+1)*time.Hour, "")
	}
	return c
}

func BenchmarkDraw(b *testing.B) {
	for _, n := range []int{100, 10_000} {
		for _, s := range sizes {
			c := crowd(n)
			v := on(c, "", s[0], s[1])
			f := c.Frame()
			b.Run(fmt.Sprintf("%d entries %dx%d", n, s[0], s[1]), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					v.Draw(kit.New(s[0], s[1], themes.Rich), f)
				}
			})
		}
	}
}

func BenchmarkRefresh(b *testing.B) {
	c := crowd(10_000)
	v := on(c, "", 120, 32)
	v, cmd := v.Update(views.Refresh{})
	msg := cmd()
	for b.Loop() {
		w, _ := v.Update(msg)
		w.Selection()
	}
}

func BenchmarkStep(b *testing.B) {
	c := crowd(10_000)
	v := on(c, "", 120, 32)
	f := c.Frame()
	for b.Loop() {
		v, _ = viewtest.Type(v, "j")
		v.Draw(kit.New(120, 32, themes.Rich), f)
		v, _ = viewtest.Type(v, "k")
		v.Draw(kit.New(120, 32, themes.Rich), f)
	}
}
