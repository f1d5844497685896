package tui

import (
	"fmt"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"

	"signalbox/release"
	"signalbox/themes"
	"signalbox/views"
)

func TestBackClosesOneThingAPress(t *testing.T) {
	for _, key := range []string{"esc", "q", "backspace"} {
		r := newRig(t, newHouse(), Options{})
		r.keys("/")
		r.write("pay")
		r.keys("enter enter")
		if len(r.s.stack) != 2 {
			t.Fatal("enter did not open the change")
		}
		r.keys("A " + key)
		if r.s.sheet != nil || len(r.s.stack) != 2 {
			t.Fatalf("%s did not close the sheet first", key)
		}
		r.keys(key)
		if len(r.s.stack) != 1 || r.s.top().filter != "pay" {
			t.Fatalf("%s did not go back to the filtered queue", key)
		}
		r.keys(key)
		if r.s.top().filter != "" || r.s.sheet != nil {
			t.Fatalf("%s did not clear the filter", key)
		}
		r.keys(key)
		if asks := r.s.sheet == (leave{}); asks != (key == "q") {
			t.Fatalf("%s at the root asks to leave: %v", key, asks)
		}
	}
	r := newRig(t, newHouse(), Options{})
	r.keys("q esc q")
	if r.quit {
		t.Fatal("it left without being told")
	}
	r.keys("enter")
	if !r.quit {
		t.Fatal("it stayed")
	}
}

func TestWordsAtTheStart(t *testing.T) {
	for _, c := range []struct {
		words string
		opens bool
		crumb string
	}{{"", true, "Board"}, {"board", true, "Board"}, {"wall", true, "Board ▸ WALL"}, {"q", true, "Queue ▸ all"}, {"queue", true, "Queue ▸ all"}, {"go CHG-4", true, "Queue ▸ CHG-4"}, {"go 4", true, "Queue ▸ CHG-4"},
		{"change show CHG-4", true, "Queue ▸ CHG-4"}, {"audit verify", false, "Board"}, {"go somewhere", false, "Board"}} {
		words := strings.Fields(c.words)
		if got := Opens(words); got != c.opens {
			t.Errorf("Opens(%q) is %v", c.words, got)
		}
		r := newRig(t, newHouse(), Options{Views: places(), Start: words, Width: 200, Height: 50})
		r.wants(t, r.row(t, 0), "SIGNALBOX ▸ "+c.crumb+" ")
		if !c.opens {
			r.wants(t, r.ticker(t), "■ ")
		}
	}
	r := newRig(t, newHouse(), Options{Views: places(), Start: []string{"go", "CHG-4"}})
	r.keys("esc")
	r.wants(t, r.row(t, 0), "SIGNALBOX ▸ Board ")
	r.keys("4 1")
	r.wants(t, r.row(t, 0), "SIGNALBOX ▸ Board ")
	r.keys("g q g b")
	r.wants(t, r.row(t, 0), "SIGNALBOX ▸ Board ")
	r.keys("w")
	r.wants(t, r.ticker(t), "the wall needs 180 columns and 44 rows; this screen has 80 and 24")
}

func TestFilterNarrowsAndKeepsItsHistory(t *testing.T) {
	r := newRig(t, newHouse(), Options{})
	r.keys("/")
	r.write("pay")
	r.wants(t, r.ticker(t), "/ pay")
	r.wants(t, r.ticker(t), "1 of 5  ⏎ keep  esc")
	r.keys("esc")
	if r.s.top().filter != "" || strings.Contains(r.screen(t), "1 of 5") {
		t.Fatal("esc kept the filter")
	}
	for _, w := range []string{"pay", "search"} {
		r.keys("/ ctrl+u")
		r.write(w)
		r.keys("enter")
	}
	r.keys("/ ctrl+u up")
	r.wants(t, r.ticker(t), "/ search")
	r.keys("up")
	r.wants(t, r.ticker(t), "/ pay")
	r.keys("down down")
	if got := r.s.filter.field.String(); got != "" {
		t.Fatalf("the line being typed is %q", got)
	}
	r.keys("up up enter")
	if got := r.s.top().filter; got != "pay" {
		t.Fatalf("the filter is %q", got)
	}
	r.keys("enter /")
	r.wants(t, r.ticker(t), "there are no rows to filter here")
}

func TestThePaletteGoesAndNeverFires(t *testing.T) {
	r := newRig(t, newHouse(), Options{})
	r.keys(":")
	r.write(">approve")
	r.keys("enter")
	if _, ok := r.s.sheet.(*decision); !ok || len(r.h.called()) != 0 {
		t.Fatal("the lever did not open its sheet, or fired")
	}
	r.keys("esc :")
	r.write("chg4")
	r.keys("enter")
	r.wants(t, r.row(t, 0), "CHG-4")
	r.keys(":")
	r.write("99")
	r.keys("enter")
	r.wants(t, r.row(t, 0), "CHG-99")
	r.keys(":")
	r.write("queue")
	r.keys("enter")
	r.wants(t, r.row(t, 0), "Queue ▸ all")
	for typed, want := range map[string]string{"calandar": "no such view: calandar · did you mean calendar?", "trains": "trains is not in this build yet",
		"xyzzyx": "no such view: xyzzyx", "tz Mars/Olympus": "there is no time zone Mars/Olympus"} {
		r.keys(":")
		r.write(typed)
		r.keys("enter")
		r.wants(t, r.ticker(t), want)
	}
	r.keys(":")
	r.write("=theme high")
	r.keys("enter")
	if n := r.s.look.theme.Name(); n != "high-contrast" {
		t.Fatalf("the theme is %s", n)
	}
	r.keys(":")
	r.write("=theme")
	r.keys("enter")
	if n := r.s.look.theme.Name(); n != "cb-safe" {
		t.Fatalf("the theme after high-contrast is %s", n)
	}
	r.keys(":")
	r.write("=glyphs ascii")
	r.keys("enter")
	r.wants(t, r.row(t, 0), "SIGNALBOX > Queue > all")
}

func TestZonesCycle(t *testing.T) {
	r := newRig(t, newHouse(), Options{Width: 120, Height: 36})
	r.wants(t, r.row(t, 0), "SIN 20:04 │ 12:04:31Z Tue 24 Nov")
	r.keys("t")
	r.wants(t, r.row(t, 0), "UTC 12:04 │ 20:04:31+8 Tue 24 Nov")
	r.keys("t t")
	r.wants(t, r.row(t, 0), "12:04:31Z")
	r.keys(":")
	r.write("tz America/New_York")
	r.keys("enter")
	r.wants(t, r.row(t, 0), "07:04:31−5")
	places := []Place{}
	for n, z := range map[string]string{"SIN": "Asia/Singapore", "LON": "Europe/London", "NYC": "America/New_York"} {
		l, err := time.LoadLocation(z)
		if err != nil {
			t.Fatal(err)
		}
		places = append(places, Place{n, l})
	}
	r = newRig(t, newHouse(), Options{Width: 120, Height: 36, Places: places})
	for _, p := range []string{"SIN 20:04", "LON 12:04", "NYC 07:04"} {
		r.wants(t, r.row(t, 0), p)
	}
}

func TestLinkIsCopiedAndShown(t *testing.T) {
	r := newRig(t, newHouse(), Options{})
	r.keys("y")
	r.wants(t, r.ticker(t), "ssh -t signalbox go CHG-1")
	if len(r.sent) != 1 || fmt.Sprint(r.sent[0]) != "ssh -t signalbox go CHG-1" {
		t.Fatalf("the clipboard got %v", r.sent)
	}
}

func TestKeysOfTheShell(t *testing.T) {
	r := newRig(t, newHouse(), Options{})
	for key, want := range map[string]string{"1": "board is not in this build yet", "!": "the halt sheet is not in this build yet", "I": "starting an incident is not in this build yet",
		"g z": "this is production, not a sandbox", "g 9": "g 9 goes nowhere", "M": "M does nothing on this screen", "x": "calendar is not in this build yet",
		"`": "there is no view before this one"} {
		r.keys(key)
		r.wants(t, r.ticker(t), want)
	}
	r.keys("j enter esc `")
	r.wants(t, r.row(t, 0), "Queue ▸ CHG-2")
	r.keys("`")
	r.wants(t, r.row(t, 0), "Queue ▸ all")
	r.keys("enter 4")
	if len(r.s.stack) != 1 {
		t.Fatal("4 did not go back to the queue")
	}
	if r.s.top().view.(list).at != 1 {
		t.Fatal("the queue lost its cursor")
	}
}

func TestTickerFoldsAndFetches(t *testing.T) {
	h := newHouse()
	r := newRig(t, h, Options{})
	if strings.Contains(r.ticker(t), "more") {
		t.Errorf("there is no more: %q", r.ticker(t))
	}
	for n, id := range []string{"CHG-1", "CHG-2", "CHG-2", "CHG-3"} {
		h.happen(id, release.Planned, fmt.Sprintf("event %d", n), time.Duration(n-4)*time.Second)
	}
	r.changed()
	r.wants(t, r.ticker(t), "CHG-3 event 3")
	r.wants(t, r.ticker(t), "]2 more")
	r.keys("]")
	r.wants(t, r.ticker(t), "CHG-2 event 2 ×2")
	r.wants(t, r.ticker(t), "]1 more")
	r.keys("] [")
	r.wants(t, r.ticker(t), "CHG-2 event 2 ×2")
	r.changed()
	r.wants(t, r.ticker(t), "CHG-2 event 2 ×2")
	r.keys("]")
	r.wants(t, r.ticker(t), "CHG-1 event 0")
	if strings.Contains(r.ticker(t), "more") {
		t.Errorf("there is no more: %q", r.ticker(t))
	}
}

func TestTheTerminalDecidesHowItIsDrawn(t *testing.T) {
	white := tea.BackgroundColorMsg{Color: rgb(0xFFFFFF)}
	theme := func(o Options, msgs ...tea.Msg) string {
		s := New(newHouse(), o).(*shell)
		for _, m := range msgs {
			s.Update(m)
		}
		return s.look.theme.Name() + " " + themes.Tiers()[s.look.tier]
	}
	o := Options{Views: lists()}
	chosen := Options{Views: lists(), Theme: "cb-safe", Tier: "rich"}
	for _, c := range []struct {
		got, want string
	}{
		{theme(o), "dark rich"},
		{theme(o, white), "light rich"},
		{theme(chosen, white), "cb-safe rich"},
		{theme(chosen, tea.ColorProfileMsg{Profile: colorprofile.ANSI}), "16 rich"},
		{theme(o, tea.ColorProfileMsg{Profile: colorprofile.ASCII}), "mono rich"},
		{theme(o, tea.EnvMsg{"TERM=linux"}), "dark ascii"},
		{theme(o, tea.EnvMsg{"TERM=xterm", "LANG=C"}), "dark ascii"},
		{theme(o, tea.EnvMsg{"TERM=xterm", "LANG=en_GB.UTF-8", "NO_COLOR=1"}), "mono rich"},
		{theme(o, tea.EnvMsg{"TERM=xterm", "LC_ALL=ja_JP.utf8", "LANG=C"}), "dark narrow"},
		{theme(chosen, tea.EnvMsg{"TERM=linux"}), "cb-safe rich"},
		{theme(Options{Views: lists(), NoColor: true}, white), "mono rich"},
	} {
		if c.got != c.want {
			t.Errorf("it is drawn in %s, want %s", c.got, c.want)
		}
	}
	if l := Look("linux", map[string]string{"SIGNALBOX_THEME": "light", "NO_COLOR": "1"}); l.Tier != "ascii" || l.Theme != "light" || !l.NoColor {
		t.Errorf("Look read %+v", l)
	}
	if l := Look("xterm", map[string]string{"SIGNALBOX_THEME": "pink", "SIGNALBOX_GLYPHS": "narrow"}); l.Tier != "narrow" || l.Theme != "" {
		t.Errorf("Look read %+v", l)
	}
}

type rgb uint32

func (c rgb) RGBA() (r, g, b, a uint32) {
	return uint32(c>>16&0xFF) * 0x101, uint32(c>>8&0xFF) * 0x101, uint32(c&0xFF) * 0x101, 0xFFFF
}

func TestAStaleAlarmIsReadAgain(t *testing.T) {
	h := newHouse()
	r := newRig(t, h, Options{})
	h.feeds[1].LastGood = h.now
	r.tick(time.Second)
	r.wants(t, r.row(t, 1), "○ jira dark")
	r.tick(rereadEvery)
	r.wants(t, r.row(t, 1), "●2 feeds")
	h.err = release.Errorf(release.Unavailable, "the database is gone")
	r.changed()
	r.wants(t, r.row(t, 1), "■ STORE does not answer: the database is gone · no lever works")
	h.err = nil
	r.changed()
	r.wants(t, r.row(t, 1), "●2 feeds")
}

func TestAnswersReachTheViewThatAsked(t *testing.T) {
	r := newRig(t, newHouse(), Options{})
	late := r.s.stack[0].view.(list).Init()
	serial := r.s.stack[0].serial
	r.keys("enter")
	r.h.touch("CHG-4", func(i *itemOf) { i.Change.Version = "7.2.1" })
	r.send(forView(serial, tea.Sequence(late, late))())
	r.keys("esc")
	r.wants(t, r.screen(t), "search 7.2.1")
	if s := r.s.deliver(toView{serial: 999, msg: views.Back{}}); s != nil || len(r.s.stack) != 1 {
		t.Fatal("a view that was left acted")
	}
}
