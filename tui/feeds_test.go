package tui

import (
	"slices"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"pgregory.net/rapid"

	"signalbox/release"
	"signalbox/release/access"
	"signalbox/release/feed"
	"signalbox/release/outbox"
	"signalbox/release/verb"
	"signalbox/themes"
	"signalbox/views"
)

// wired is a house with a dark feed, one with two dead letters, and one that goes out; p.lind looks after them.
func wired() *house {
	h := newHouse()
	h.me = person("p.lind", access.Admin)
	h.feeds = []feed.Status{
		{Name: "jira", Type: "jira", Kind: feed.Pull, ExpectEvery: time.Minute, LastGood: noon.Add(-6 * time.Minute), LastError: "no answer from jira in 10s", LastErrorAt: noon.Add(-39 * time.Second),
			Run: feed.Run{Cursor: "c", Tries: 12, Class: feed.Retry, FailingSince: noon.Add(-5 * time.Minute), NextAt: noon.Add(28 * time.Second)}},
		{Name: "github", Type: "github", Kind: feed.Push, LastGood: noon.Add(-2 * time.Second), Accepted: 2760, Dead: 2},
		{Name: "cab-hook", Type: "webhook", Kind: feed.Out, LastGood: noon.Add(-20 * time.Minute)},
	}
	for _, f := range h.feeds {
		h.lines = append(h.lines, feed.Line{Status: f, Resting: "3 changes 14 services"})
	}
	h.lines[1].Letters = []feed.Letter{
		{ID: "DL-2", Feed: "github", Delivery: "7f3a", Event: "deployment_status", Reason: `field "environment" is missing`, At: noon.Add(-24 * time.Minute), Seen: 2, Size: 1204, State: feed.Kept},
		{ID: "DL-1", Feed: "github", Delivery: "11aa", Event: "workflow_run", Reason: "it had 31 MB", At: noon.Add(-3 * time.Hour), Seen: 1, Size: 31_000_000, Truncated: true, State: feed.Kept},
	}
	h.lines[2].Messages = []outbox.Message{{ID: "OUT-7", Target: "cab-hook", Event: "reject", Subject: "CHG-3", Seq: 81, Key: "msg_1", At: noon.Add(-time.Hour), State: outbox.Unknown, Attempts: 1, LastError: "the connection ended before the answer"}}
	return h
}

func newFeedsRig(t testing.TB, h *house, w, height int) *rig {
	r := newRig(t, h, Options{Views: places(), Width: w, Height: height})
	r.keys("g f")
	return r
}

// feedStates are the moments of the feeds that the golden files hold.
var feedStates = []struct {
	name string
	keys func(*rig)
}{
	{"feeds", nil},
	{"feeds-drop", func(r *rig) { r.keys("j tab D") }},
	{"feeds-drop-own", func(r *rig) { r.keys("j tab D i"); r.write("not ours") }},
	{"feeds-drop-message", func(r *rig) { r.keys("] ] tab D 2") }},
	{"feeds-dropped", func(r *rig) { r.keys("j tab D 2 enter") }},
	{"feeds-tested", func(r *rig) { r.keys("T") }},
	{"feeds-refused", func(r *rig) { r.keys("j r") }},
	{"feeds-log", func(r *rig) { r.keys("enter") }},
	{"feeds-connect", func(r *rig) { r.keys("n") }},
	{"feeds-help", func(r *rig) { r.keys("?") }},
	{"feeds-palette", func(r *rig) { r.keys(":"); r.write("hub") }},
}

func TestFeedScreens(t *testing.T) {
	for _, size := range []struct {
		name string
		w, h int
	}{{"80x24", 80, 24}, {"120x36", 120, 36}} {
		for _, s := range feedStates {
			t.Run(s.name+"-"+size.name, func(t *testing.T) {
				r := newFeedsRig(t, wired(), size.w, size.h)
				if s.keys != nil {
					s.keys(r)
				}
				golden(t, s.name+"-"+size.name, r.screen(t))
			})
		}
	}
}

func TestWaysToTheFeeds(t *testing.T) {
	for name, keys := range map[string]func(*rig){
		"g f": func(r *rig) { r.keys("g f") }, "its name": func(r *rig) { r.keys(":"); r.write("feeds"); r.keys("enter") },
	} {
		r := newRig(t, wired(), Options{Views: places()})
		keys(r)
		r.wants(t, r.row(t, 0), "SIGNALBOX ▸ Feeds ▸ jira")
		if len(r.s.stack) != 1 {
			t.Errorf("%s left %d views on the stack", name, len(r.s.stack))
		}
	}
	r := newRig(t, wired(), Options{Views: places()})
	r.keys(":")
	r.write("github")
	r.keys("enter")
	r.wants(t, r.row(t, 0), "SIGNALBOX ▸ Feeds ▸ github")
	r.keys("esc")
	r.wants(t, r.row(t, 0), "Queue ▸ all")
	for _, c := range []struct {
		words, crumb string
		opens        bool
	}{{"feeds", "Feeds ▸ jira", true}, {"feeds github", "Feeds ▸ github", true}, {"feeds retry", "Board", false}, {"feeds drop", "Board", false},
		{"feeds retry jira", "Board", false}, {"feeds log", "Board", false}, {"feeds --json", "Board", false}} {
		if got := Opens(strings.Fields(c.words)); got != c.opens {
			t.Errorf("Opens(%q) is %v", c.words, got)
		}
		r := newRig(t, wired(), Options{Views: places(), Start: strings.Fields(c.words)})
		r.wants(t, r.row(t, 0), "SIGNALBOX ▸ "+c.crumb)
	}
	r = newFeedsRig(t, wired(), 80, 24)
	r.keys("j y")
	r.wants(t, r.ticker(t), "ssh -t signalbox feeds github")
	r.keys("tab y")
	r.wants(t, r.ticker(t), "ssh -t signalbox go DL-2")
}

func TestFreeLeversOnFeedsFireAtOnce(t *testing.T) {
	r := newFeedsRig(t, wired(), 80, 24)
	r.keys("r")
	r.wants(t, r.ticker(t), "● jira is read now · audit #81")
	r.keys("T")
	r.wants(t, r.ticker(t), "● jira answered in 240ms: 2 read, 2 accepted, 0 refused")
	r.wants(t, r.screen(t), "test    12:04:31Z ● jira answered in 240ms")
	r.keys("j T tab T r")
	want := []string{"feeds retry jira", "connector test jira", "connector test github", "connector test github", "feeds retry DL-2"}
	if got := r.h.called(); !slices.Equal(got, want) {
		t.Fatalf("calls are %q, want %q", got, want)
	}
	r.keys("U")
	r.wants(t, r.ticker(t), "there is nothing to undo")
	if r.s.sheet != nil {
		t.Error("a sheet is open")
	}
}

func TestDroppingNeedsAReason(t *testing.T) {
	r := newFeedsRig(t, wired(), 80, 24)
	r.keys("j D")
	r.wants(t, r.note(t), "■ refused: no dead letter is selected")
	r.keys("tab D")
	r.wants(t, r.screen(t), "DROP DL-2 deployment_status of github")
	r.keys("2 enter")
	if got := r.h.called(); !slices.Equal(got, []string{"feeds drop DL-2 irrelevant"}) {
		t.Fatalf("calls are %q", got)
	}
	r.wants(t, r.ticker(t), "● DL-2 was dropped · audit #81")
	if r.s.sheet != nil || r.s.top().view.Selection().ID != "DL-1" {
		t.Fatalf("after the drop the selection is %s", r.s.top().view.Selection().ID)
	}
	r.keys("D i")
	r.write("too short")
	r.keys("enter")
	r.wants(t, r.screen(t), "6 more characters")
	r.write(", but now enough")
	r.keys("enter")
	if got := r.h.called(); got[len(got)-1] != "feeds drop DL-1 too short, but now enough" {
		t.Fatalf("calls are %q", got)
	}
	if s := r.s.top().view.Selection(); s.Kind != views.FeedKind {
		t.Errorf("without letters the selection is a %s", s.Kind)
	}
}

func TestADropDisarmsWhenItsLetterIsGone(t *testing.T) {
	r := newFeedsRig(t, wired(), 80, 24)
	r.keys("j tab D")
	r.h.mu.Lock()
	r.h.lines[1].Letters = r.h.lines[1].Letters[1:]
	r.h.mu.Unlock()
	r.changed()
	r.wants(t, r.screen(t), "locked: DL-2 is not kept any more")
	r.keys("enter")
	if got := r.h.called(); len(got) != 0 {
		t.Fatalf("it fired %q", got)
	}
}

func TestAStoreThatFailsKeepsTheDrop(t *testing.T) {
	r := newFeedsRig(t, wired(), 80, 24)
	r.keys("j tab D i")
	r.write("the sender was told")
	r.h.next = release.Errorf(release.Unavailable, "the disk is full").Advise("nothing was written")
	r.keys("enter")
	r.wants(t, r.ticker(t), "■ the disk is full · nothing was written")
	r.wants(t, r.screen(t), "the sender was told")
	r.keys("enter")
	if got := r.h.called(); len(got) != 2 || r.s.sheet != nil {
		t.Fatalf("calls are %q", got)
	}
}

func TestLockedLeversOnFeedsSayWhy(t *testing.T) {
	for _, c := range []struct {
		name, keys, want string
		house            func(*house)
	}{
		{"a push feed", "j r", "■ refused: a push feed is not read · T tests it", nil},
		{"truncated", "j tab j r", "■ refused: only the beginning of DL-1 was kept: it had 31000000 bytes", nil},
		{"role", "r", "■ refused: p.lind may not do this: it needs the role", func(h *house) { h.me = person("p.lind", access.Viewer) }},
		{"store", "T", "■ refused: the store does not answer", func(h *house) { h.store = "STORE does not answer" }},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := wired()
			if c.house != nil {
				c.house(h)
			}
			r := newFeedsRig(t, h, 120, 36)
			r.keys(c.keys)
			r.wants(t, r.note(t), c.want)
			if n := len(h.called()); n != 0 || r.s.sheet != nil {
				t.Fatalf("it fired %q or opened a sheet", h.called())
			}
		})
	}
}

// r is in lower case and acts: it is a lever like the others.
func TestTheFirstKeyAfterTenMinutesReadsNoFeed(t *testing.T) {
	for _, key := range []string{"r", "T", "D"} {
		r := newFeedsRig(t, wired(), 80, 24)
		r.tick(access.DisarmAfter)
		r.keys(key)
		r.wants(t, r.ticker(t), key+" did nothing")
		if n := len(r.h.called()); n != 0 {
			t.Fatalf("%s fired", key)
		}
	}
}

func TestPagesOfAFeedAreLeftByEsc(t *testing.T) {
	r := newFeedsRig(t, wired(), 80, 24)
	for _, k := range []struct{ keys, crumb string }{{"enter", "Feeds ▸ jira ▸ log"}, {"n", "Feeds ▸ connect"}, {"j tab enter", "Feeds ▸ DL-2"}} {
		r.keys(k.keys)
		r.wants(t, r.row(t, 0), "SIGNALBOX ▸ "+k.crumb)
		r.keys("esc")
		if len(r.s.stack) != 1 || r.s.top().view.Name() != "feeds" {
			t.Fatalf("esc after %q leaves %d views", k.keys, len(r.s.stack))
		}
	}
	r.keys("enter r")
	if got := r.h.called(); got[len(got)-1] != "feeds retry DL-2" {
		t.Errorf("on the page of a letter: %q", got)
	}
}

// No random keys give anything up: only ⏎ in an open sheet that is not locked does.
func TestNoRandomKeysDropALetter(t *testing.T) {
	keys := []string{"r", "T", "D", "j", "k", "tab", "enter", "esc", "1", "2", "3", "i", "n", "g", "f", "s", ".", "]", "U", "A", "`", "q", "4", "/", "x"}
	rapid.Check(t, func(rt *rapid.T) {
		r := newFeedsRig(t, wired(), rapid.SampledFrom([]int{80, 120}).Draw(rt, "w"), 24)
		for range rapid.IntRange(1, 50).Draw(rt, "n") {
			before := len(r.h.called())
			g, giving := r.s.sheet.(*giveup)
			armed := giving && g.lock(r.s) == ""
			lever, bound := verb.Verb{}, false
			key := rapid.SampledFrom(keys).Draw(rt, "key")
			if r.s.sheet == nil && r.s.filter == nil && !r.s.prefix {
				lever, bound = r.h.Verbs().ForKey(r.s.top().view.Name(), key)
			}
			switch rapid.IntRange(0, 14).Draw(rt, "what") {
			case 0:
				key, bound = "", false
				r.send(tea.PasteMsg{Content: "D\rreviewed with all care"})
			case 1:
				key, bound = "", false
				r.send(tea.WindowSizeMsg{Width: rapid.IntRange(1, 130).Draw(rt, "w2"), Height: rapid.IntRange(1, 40).Draw(rt, "h2")})
			default:
				r.keys(key)
			}
			for _, c := range r.h.called()[before:] {
				drop := strings.HasPrefix(c, "feeds drop")
				reads := strings.HasPrefix(c, "feeds log") // looking is free
				if drop && !(key == "enter" && armed) || !drop && !reads && !(bound && strings.HasPrefix(c, lever.Name)) && !strings.HasPrefix(c, "undo") && !strings.HasPrefix(c, "approve") {
					rt.Fatalf("%q fired %q", key, c)
				}
			}
			whole(rt, r)
			if r.quit {
				return
			}
		}
	})
}

func TestFeedScreensFill(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		state := rapid.SampledFrom(feedStates).Draw(rt, "state")
		r := newRig(t, wired(), Options{Views: places(), Theme: rapid.SampledFrom(themes.Names()).Draw(rt, "theme"), Tier: rapid.SampledFrom(themes.Tiers()).Draw(rt, "tier"),
			Width: rapid.IntRange(80, 240).Draw(rt, "w"), Height: rapid.IntRange(24, 70).Draw(rt, "h")})
		r.keys("g f")
		if state.keys != nil {
			state.keys(r)
		}
		whole(rt, r)
	})
}
