package tui

import (
	"slices"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"signalbox/release"
	"signalbox/release/profile"
	"signalbox/themes"
	"signalbox/views"
)

// The names that a profile takes are those that there are.
func TestProfileKnowsWhatThereIs(t *testing.T) {
	values := func(name string) []string { s, _ := profile.Find(name); return s.Values }
	if !slices.Equal(values("theme"), themes.Names()) || !slices.Equal(values("glyphs"), themes.Tiers()) {
		t.Error("the profile has other themes or glyphs than the screens")
	}
	var places []string
	for _, p := range atlas() {
		places = append(places, p.name)
	}
	if !slices.Equal(values("first-view"), places) {
		t.Errorf("first-view takes %v and the places are %v", values("first-view"), places)
	}
}

func TestSettingsAreKept(t *testing.T) {
	h := newHouse()
	r := newRig(t, h, Options{})
	set := func(words string) {
		t.Helper()
		r.keys(":")
		r.write(words)
		r.keys("enter")
	}
	set("set mouse off")
	set("=theme light")
	set("set bell stop")
	set("set motion none")
	set("tz Asia/Tokyo")
	set("=mono")
	if want := (profile.Profile{Mouse: "off", Theme: "mono", Bell: "stop", Motion: "none", Zone: "Asia/Tokyo"}); h.profile != want || r.s.prefs.chosen != want {
		t.Errorf("kept %+v, and the session has %+v", h.profile, r.s.prefs.chosen)
	}
	if !r.s.prefs.noMouse || !r.s.prefs.bell || !r.s.prefs.still || r.s.look.theme.Name() != "mono" || r.s.View().MouseMode != tea.MouseModeNone {
		t.Errorf("the session has %+v", r.s.prefs)
	}
	set("set mouse usual")
	if h.profile.Mouse != "" || r.s.View().MouseMode != tea.MouseModeCellMotion {
		t.Error("the mouse did not come back")
	}
	for _, c := range []struct{ words, says string }{{"set mouse sideways", "mouse cannot be sideways"}, {"set colour red", "there is no setting colour"}, {"set first-view audit", "audit is not in this build yet"}} {
		set(c.words)
		r.wants(t, r.ticker(t), c.says)
	}
	h.next = release.Errorf(release.Unavailable, "the disk is full").Advise("nothing was kept")
	set("=theme dark")
	r.wants(t, r.note(t), "theme holds for this session only: the disk is full")
	if h.profile.Theme != "mono" || r.s.look.theme.Name() != "dark" {
		t.Error("the session must have what its person asked for")
	}
}

func TestASessionBeginsAsItsPersonWants(t *testing.T) {
	o := Options{Views: everything(), Person: profile.Profile{Theme: "cb-safe", Glyphs: "narrow", FirstView: "board", Mouse: "off", Motion: "none", Zone: "Asia/Tokyo"}, Width: 80, Height: 24}
	s := New(newHouse(), o).(*shell)
	if s.look.theme.Name() != "cb-safe" || s.look.tier != themes.Narrow || s.top().view.Name() != "board" || !s.prefs.noMouse || !s.prefs.still || s.clock.mine.Zone.String() != "Asia/Tokyo" {
		t.Errorf("%s, %d, %s, %+v, %v", s.look.theme.Name(), s.look.tier, s.top().view.Name(), s.prefs, s.clock.mine)
	}
	o.Theme, o.Tier, o.Asked, o.Start = "light", "rich", true, []string{"queue"}
	if s = New(newHouse(), o).(*shell); s.look.theme.Name() != "light" || s.look.tier != themes.Rich || s.top().view.Name() != "queue" {
		t.Error("what the session asks for comes before what its person likes")
	}
	o = Look("linux", nil)
	if o.Person.Glyphs = "rich"; newLook(o).tier != themes.ASCII || o.Probe {
		t.Error("a console cannot draw rich glyphs, whoever likes them")
	}
	some := everything()
	delete(some, "trains")
	o = Options{Views: some, Person: profile.Profile{FirstView: "trains"}}
	if s = New(newHouse(), o).(*shell); s.top().view.Name() != home {
		t.Error("a first view that this build lacks")
	}
}

func TestWorseRingsForWhoWantsIt(t *testing.T) {
	worse := func(words ...string) *rig {
		r := newRig(t, newHouse(), Options{})
		for _, w := range words {
			r.keys(":")
			r.write(w)
			r.keys("enter")
		}
		r.sent = nil
		a := r.s.alarm
		a.Stop++
		r.send(alarmMsg{alarm: a})
		return r
	}
	if r := worse(); len(r.sent) != 0 || !r.s.flash.stop {
		t.Errorf("as usual: sent %v, flash %+v", r.sent, r.s.flash)
	}
	r := worse("set bell stop", "set motion none")
	if len(r.sent) != 1 || r.sent[0] != (tea.RawMsg{Msg: "\a"}) || r.s.flash.stop {
		t.Errorf("sent %v, flash %+v", r.sent, r.s.flash)
	}
	r.sent = nil
	a := r.s.alarm
	a.Stop--
	r.send(alarmMsg{alarm: a})
	if len(r.sent) != 0 {
		t.Error("better is quiet")
	}
}

func TestMouseSelectsAndScrollsAndPullsNothing(t *testing.T) {
	h := newHouse()
	r := newRig(t, h, Options{Views: everything()})
	r.keys("5")
	top := func() page { return r.s.top().view.(page) }
	r.send(tea.MouseWheelMsg{Button: tea.MouseWheelDown})
	r.send(tea.MouseWheelMsg{Button: tea.MouseWheelDown})
	r.send(tea.MouseWheelMsg{Button: tea.MouseWheelUp})
	r.send(tea.MouseClickMsg{X: 7, Y: 9, Button: tea.MouseLeft})
	if p := top(); p.rows != 1 || p.click != (views.Click{X: 7, Y: 7}) {
		t.Errorf("%+v", p)
	}
	for _, m := range []tea.Msg{tea.MouseClickMsg{X: 7, Y: 0, Button: tea.MouseLeft}, tea.MouseClickMsg{X: 7, Y: 22, Button: tea.MouseLeft},
		tea.MouseClickMsg{X: 7, Y: 23, Button: tea.MouseLeft}, tea.MouseClickMsg{X: 9, Y: 5, Button: tea.MouseRight}} {
		r.send(m)
	}
	if p := top(); p.click != (views.Click{X: 7, Y: 7}) {
		t.Errorf("a click outside of the body reached it: %+v", p)
	}
	// Under a sheet nothing is clicked, and no cell of any screen pulls a lever.
	r = newRig(t, h, Options{})
	r.keys("A")
	for y := range 24 {
		for x := range 80 {
			r.send(tea.MouseClickMsg{X: x, Y: y, Button: tea.MouseLeft})
		}
	}
	r.send(tea.MouseWheelMsg{Button: tea.MouseWheelDown})
	if _, open := r.s.sheet.(*decision); !open || len(h.called()) != 0 {
		t.Errorf("a click fired: %v", h.called())
	}
	r.keys("esc :")
	r.send(tea.MouseWheelMsg{Button: tea.MouseWheelDown})
	if p := r.s.sheet.(*palette); p.lit != 1 {
		t.Error("the wheel does not choose in the palette")
	}
	// A mouse does not arm what slept.
	r = newRig(t, h, Options{})
	r.tick(11 * time.Minute)
	r.send(tea.MouseWheelMsg{Button: tea.MouseWheelDown})
	if !r.s.disarmed {
		t.Error("the wheel armed the levers")
	}
}

func TestPaletteFindsEverything(t *testing.T) {
	for _, c := range []struct{ typed, view, id, filter string }{
		{"svc:ident", "graph", "identity", ""}, {"identity", "graph", "identity", ""}, {"@j.ruiz", "queue", "", "owner=j.ruiz"}, {"ruiz", "queue", "", "owner=j.ruiz"},
		{"FRZ-3", "calendar", "FRZ-3", ""}, {"frz3", "calendar", "FRZ-3", ""}, {"DL-7", "feed", "letter DL-7", ""}, {"calendar", "calendar", "CHG-1", ""}, {"cal", "calendar", "CHG-1", ""},
		{"4", "change", "CHG-4", ""}, {"chg4", "change", "CHG-4", ""}, {"CHG-900", "change", "CHG-900", ""},
	} {
		r := newRig(t, newHouse(), Options{Views: everything()})
		r.keys(":")
		r.write(c.typed)
		r.keys("enter")
		if f := r.s.top(); f.open.View != c.view || f.open.ID != c.id || f.filter != c.filter || r.s.sheet != nil {
			t.Errorf("%s opens %+v with the filter %q", c.typed, f.open, f.filter)
		}
	}
	// Without a graph a service is found in the queue, and a freeze is said.
	r := newRig(t, newHouse(), Options{})
	r.keys(":")
	r.write("svc:identity")
	r.wants(t, r.screen(t), "⏎ the queue, filtered by identity")
	r.keys("enter")
	if r.s.top().filter != "svc=identity" {
		t.Errorf("the filter is %q", r.s.top().filter)
	}
	r = newRig(t, newHouse(), Options{})
	r.keys(":")
	r.write("frz3")
	r.keys("enter")
	r.wants(t, r.note(t), "FRZ-3", "hard freeze of region:emea: peak weekend")
	// A lever opens its sheet, and one that has none says its key.
	r.keys(":")
	r.write(">approve")
	r.keys("enter")
	if _, open := r.s.sheet.(*decision); !open || len(r.h.called()) != 0 {
		t.Error("the lever did not open its sheet")
	}
	r = newRig(t, newHouse(), Options{})
	r.keys("A enter :")
	r.write(">undo")
	r.keys("enter")
	if n := len(r.h.called()); n != 1 {
		t.Errorf("%v", r.h.called())
	}
	r.wants(t, r.note(t), "U is undo", "nothing fires from the palette")
	for typed, want := range map[string]string{"calandar": "did you mean calendar?", "@nobody-here": "nothing is called @nobody-here", "svc:idenitty": "did you mean svc:identity?"} {
		r = newRig(t, newHouse(), Options{})
		r.keys(":")
		r.write(typed)
		r.keys("enter")
		r.wants(t, r.note(t), want)
	}
	r = newRig(t, newHouse(), Options{})
	r.keys(":")
	r.write("?app")
	r.keys("enter")
	r.wants(t, r.screen(t), "approve")
	if h, open := r.s.sheet.(*help); !open || !h.search {
		t.Error("? does not search the help")
	}
}

func TestFilterPromptSaysWhatIsWrong(t *testing.T) {
	r := newRig(t, newHouse(), Options{Views: places()})
	r.keys("/")
	r.wants(t, r.hintRow(t), "risk due owner team region svc state kind evid sod", "> < : - ~", "tab")
	r.write("ris")
	r.keys("tab")
	r.wants(t, r.ticker(t), "/ risk>")
	r.wants(t, r.hintRow(t), "risk> and then a number")
	r.write("60")
	r.wants(t, r.ticker(t), "2 of 5")
	r.write(" rigion:x")
	r.wants(t, r.hintRow(t), "▲ at 9: there is no field rigion; did you mean region?")
	for range len("rigion:x") {
		r.keys("backspace")
	}
	r.write("s")
	r.keys("tab")
	r.wants(t, r.hintRow(t), "sod: state: svc:")
	r.keys("backspace enter")
	if strings.TrimSpace(r.s.top().filter) != "risk>60" {
		t.Errorf("kept %q", r.s.top().filter)
	}
}
