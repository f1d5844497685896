package feeds_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"
	"pgregory.net/rapid"

	"signalbox/release"
	"signalbox/release/access"
	"signalbox/release/feed"
	"signalbox/release/outbox"
	"signalbox/release/verb"
	"signalbox/themes"
	"signalbox/views"
	"signalbox/views/feeds"
	"signalbox/views/kit"
	"signalbox/views/viewtest"
)

// names are the feeds in the list, in their order.
func names(v views.View, c *viewtest.Company) []string {
	var out []string
	for _, l := range strings.Split(viewtest.Text(v, c.Frame(), 200, 70), "\n")[2:] {
		fields := strings.Fields(strings.TrimLeft(l, "▌▸ "))
		if len(fields) < 4 || !slices.ContainsFunc(c.Lines, func(x feed.Line) bool { return x.Name == fields[1] }) {
			break
		}
		out = append(out, fields[1])
	}
	return out
}

func row(v views.View, c *viewtest.Company, name string) string {
	for _, l := range strings.Split(viewtest.Text(v, c.Frame(), 200, 70), "\n") {
		if strings.Contains(l, " "+name+" ") && strings.Contains(l, "h") {
			return l
		}
	}
	return ""
}

func TestOrderAndFilter(t *testing.T) {
	c := viewtest.Wired()
	v := on(c, "", 200, 66)
	const worst = "prometheus retail-calendar alertmanager cab-webhook github cdevents gitlab release-mail backstage"
	for _, k := range []struct{ keys, want string }{
		{"", worst}, {"s", "alertmanager backstage cab-webhook cdevents github gitlab prometheus release-mail retail-calendar"},
		{"s", "release-mail cab-webhook retail-calendar prometheus backstage alertmanager gitlab github cdevents"}, {"s", worst},
	} {
		v, _ = viewtest.Type(v, strings.Fields(k.keys)...)
		if got := strings.Join(names(v, c), " "); got != k.want || v.Selection().ID != "prometheus" {
			t.Errorf("after %q: %s with the cursor on %s", k.keys, got, v.Selection().ID)
		}
	}
	for words, want := range map[string]string{
		"kind:push": "alertmanager github cdevents", "kind:out,push": "alertmanager cab-webhook github cdevents release-mail", "type:gitlab": "gitlab",
		"dark": "prometheus", "late": "retail-calendar", "quiet": "cab-webhook github cdevents release-mail", "fresh": "alertmanager gitlab backstage",
		"-kind:pull -kind:push": "cab-webhook release-mail", "git": "github gitlab", "state:dark,late": "prometheus retail-calendar", "letters>0": "alertmanager cab-webhook github", "silent>5m kind:pull": "prometheus retail-calendar", "name=github": "github", "kind:": worst, "": worst, "nothing-like-it": "",
	} {
		f, shown, of := v.Filter(words)
		if got := strings.Join(names(f, c), " "); got != want || shown != len(strings.Fields(want)) || of != 9 {
			t.Errorf("%q shows %q (%d of %d), want %q", words, got, shown, of, want)
		}
	}
	f, _, _ := v.Filter("nothing-like-it")
	if text := viewtest.Text(f, c.Frame(), 80, 20); !strings.Contains(text, "No feed fits “nothing-like-it”.") || f.Selection().Kind != "" {
		t.Errorf("no row fits:\n%s", text)
	}
}

// A feed that changes keeps its place and says that it would move; the cursor stays on its feed.
func TestNothingMovesUnderTheHand(t *testing.T) {
	c := viewtest.Wired()
	v := on(c, "github", 80, 20)
	before := names(v, c)
	c.At = c.At.Add(4 * time.Second)
	l := c.Line("prometheus")
	l.LastGood, l.Tries, l.LastErrorAt = c.At, 0, c.At.Add(-time.Minute)
	l.Log = slices.Insert(l.Log, 0, feed.Exchange{At: c.At, Sign: feed.Back, Text: "back, 14 read, 14 accepted, 0 refused"})
	v, _ = viewtest.Send(v, views.Refresh{})
	if got := names(v, c); !slices.Equal(got, before) || v.Selection().ID != "github" {
		t.Errorf("the list is %v, the cursor on %s", got, v.Selection().ID)
	}
	text := viewtest.Text(v, c.Frame(), 120, 32)
	if r := row(v, c, "prometheus"); !strings.HasPrefix(r, "▸● prometheus") || !strings.Contains(r, "back 12:04:35Z") || !strings.Contains(text, "1 moved .") {
		t.Errorf("it came back as %q in\n%s", r, text)
	}
	v, _ = viewtest.Type(v, ".")
	if got := names(v, c); got[0] != "retail-calendar" || v.Selection().ID != "github" {
		t.Errorf("after . the list is %v, the cursor on %s", got, v.Selection().ID)
	}
	c.Lines = slices.DeleteFunc(c.Lines, func(l feed.Line) bool { return l.Name == "github" })
	v, _ = viewtest.Send(v, views.Refresh{})
	if !slices.Contains(strings.Fields(viewtest.Text(v, c.Frame(), 80, 20)), "github") || v.Selection().Kind != "" {
		t.Errorf("a feed that is gone left at once, or can be acted on:\n%s", viewtest.Text(v, c.Frame(), 80, 20))
	}
	v, _ = viewtest.Type(v, ".")
	if s := v.Selection(); s.Kind != views.FeedKind || s.ID == "github" {
		t.Errorf("after . the selection is %+v", s)
	}
}

// Lags count with the clock of the frame, and what they mean with them, although nothing was read.
func TestLagCounts(t *testing.T) {
	c := viewtest.Wired()
	v := on(c, "gitlab", 80, 20)
	for _, k := range []struct {
		after time.Duration
		want  string
	}{{0, "● gitlab       pull  12:04:00Z    31s"}, {time.Second, "● gitlab       pull  12:04:00Z    32s"}, {2 * time.Minute, "▲ gitlab       pull  12:04:00Z  2m31s"},
		{10 * time.Minute, "○ gitlab       pull  12:04:00Z    10m"}} {
		f := c.Frame()
		f.Now = f.Now.Add(k.after)
		if text := viewtest.Text(v, f, 80, 20); !strings.Contains(text, k.want) {
			t.Errorf("after %s %q is not in\n%s", k.after, k.want, text)
		}
	}
}

func TestPanes(t *testing.T) {
	c := viewtest.Wired()
	v := on(c, "github", 80, 20, "tab")
	for _, k := range []struct{ key, kind, id string }{{"", views.LetterKind, "DL-12"}, {"j", views.LetterKind, "DL-9"}, {"j", views.LetterKind, "DL-11"}, {"j", views.LetterKind, "DL-11"},
		{"home", views.LetterKind, "DL-12"}, {"tab", views.FeedKind, "github"}, {"tab", views.LetterKind, "DL-12"}} {
		if k.key != "" {
			v, _ = viewtest.Type(v, k.key)
		}
		s := v.Selection()
		if s.Kind != k.kind || s.ID != k.id || s.Feed == nil {
			t.Errorf("after %q: %s %s", k.key, s.Kind, s.ID)
		}
		for _, size := range sizes {
			w, _ := v.Update(views.Resize{W: size[0], H: size[1]})
			lines := strings.Split(viewtest.Text(w, c.Frame(), size[0], size[1]), "\n")
			if lit := lines[w.Lit()]; !strings.Contains(lit, "▌") || !strings.Contains(lit, k.id) {
				t.Errorf("%v: the lit row is %q, not of %s", size, lit, k.id)
			}
		}
	}
	// The letter is dropped by somebody else: the cursor keeps its place.
	v, _ = viewtest.Type(v, "j")
	l := c.Line("github")
	l.Letters = l.Letters[:1]
	v, _ = viewtest.Send(v, views.Refresh{})
	if s := v.Selection(); s.ID == "DL-9" || s.Kind != views.LetterKind {
		t.Errorf("what is gone is selected: %s", s.ID)
	}
	v = on(c, "cab-webhook", 80, 20, "tab", "j")
	if s := v.Selection(); s.Kind != views.MessageKind || s.ID != "OUT-29" || s.Message.State != outbox.Unknown {
		t.Errorf("the message is %s %s", s.Kind, s.ID)
	}
	v, said := viewtest.Type(on(c, "release-mail", 80, 20), "tab")
	if len(said) != 1 || v.Selection().Kind != views.FeedKind {
		t.Errorf("tab to nothing said %v", said)
	}
}

func TestWhatEnterOpens(t *testing.T) {
	c := viewtest.Wired()
	for want, keys := range map[string][]string{"log github": {"enter"}, "letter DL-12": {"tab", "enter"}, "connect": {"n"}} {
		_, said := viewtest.Type(on(c, "github", 80, 20), keys...)
		if len(said) != 1 || said[0] != (views.Open{View: "feed", ID: want}) {
			t.Errorf("%v says %v", keys, said)
		}
	}
	_, said := viewtest.Type(on(c, "cab-webhook", 80, 20), "tab", "enter")
	if len(said) != 1 || said[0] != (views.Open{View: "feed", ID: "message OUT-31"}) {
		t.Errorf("a message opens %v", said)
	}
}

func TestJumpGoesToWhatIsBad(t *testing.T) {
	c := viewtest.Wired()
	v := on(c, "", 80, 20)
	for _, want := range []string{"retail-calendar", "alertmanager", "cab-webhook", "github", "prometheus"} {
		if v, _ = viewtest.Type(v, "]"); v.Selection().ID != want {
			t.Errorf("] went to %s, want %s", v.Selection().ID, want)
		}
	}
	if v, _ = viewtest.Type(v, "["); v.Selection().ID != "github" {
		t.Errorf("[ went to %s", v.Selection().ID)
	}
}

// levers are the keys that act: "!" behind those that may be pressed, "-" behind those that are locked.
func levers(v views.View, c *viewtest.Company) string {
	var out []string
	for _, h := range v.Hints(c.Frame()) {
		if _, ok := c.Verbs().ForKey("feeds", h.Key); !ok {
			continue
		}
		if h.Weight == kit.LockedKey {
			out = append(out, h.Key+"-")
		} else {
			out = append(out, h.Key+"!")
		}
	}
	return strings.Join(out, " ")
}

func TestLevers(t *testing.T) {
	for _, k := range []struct {
		who, name, keys, want string
	}{
		{"a.kim", "prometheus", "", "r! D- T!"}, {"a.kim", "github", "", "r- D- T!"}, {"a.kim", "github", "tab", "r! D! T!"}, {"a.kim", "github", "tab j", "r- D! T!"},
		{"a.kim", "cab-webhook", "tab", "r- D! T!"}, {"a.kim", "cab-webhook", "tab j", "r! D! T!"}, {"c.wu", "github", "tab", "r! T!"}, {"v.ng", "github", "tab", ""},
	} {
		c := viewtest.Wired()
		c.Who = access.PersonID(k.who)
		if got := levers(on(c, k.name, 80, 20, strings.Fields(k.keys)...), c); got != k.want {
			t.Errorf("%s on %s after %q: %q, want %q", k.who, k.name, k.keys, got, k.want)
		}
		c.Store = "STORE does not answer"
		if got := levers(on(c, k.name, 80, 20), c); strings.Contains(got, "!") {
			t.Errorf("without a store: %q", got)
		}
	}
}

func TestATestIsShownWithItsFeedOnly(t *testing.T) {
	c := viewtest.Wired()
	v := tested(on(c, "gitlab", 80, 20), "gitlab", verb.Answer{}, release.Errorf(release.Unavailable, "gitlab did not answer in 10s").Advise("try again"))
	if text := viewtest.Text(v, c.Frame(), 80, 20); !strings.Contains(text, "test   12:04:31Z ▲ gitlab did not answer in 10s → try again") {
		t.Errorf("the test is not on\n%s", text)
	}
	v, _ = viewtest.Type(v, "k")
	if text := viewtest.Text(v, c.Frame(), 80, 20); strings.Contains(text, "did not answer") {
		t.Errorf("the test of gitlab is on\n%s", text)
	}
}

func TestFailuresAndRefusals(t *testing.T) {
	c := viewtest.Wired()
	v, p := on(c, "", 80, 20), page(c, "log prometheus", 80, 20)
	f := c.Frame()
	c.Down = release.Errorf(release.Unavailable, "the store does not answer").Advise("nothing was written")
	for _, w := range []views.View{v, p} {
		w, _ = viewtest.Send(w, views.Refresh{})
		if text := viewtest.Text(w, f, 80, 20); !strings.Contains(text, "prometheus") || !strings.Contains(text, "the store does not answer · as of 12:04:31Z") {
			t.Errorf("after a failure:\n%s", text)
		}
	}
	c.Down = release.Errorf(release.Refused, "your grant has ended").Advise("an admin can renew it")
	for _, w := range []views.View{v, p} {
		w, _ = viewtest.Send(w, views.Refresh{})
		if text := viewtest.Text(w, f, 80, 20); strings.Contains(text, "12:03:52") || !strings.Contains(text, "your grant has ended") || w.Selection().Kind != "" {
			t.Errorf("after a refusal:\n%s", text)
		}
	}
}

func TestAnAbsentFeed(t *testing.T) {
	c := viewtest.Wired()
	v, _ := feeds.New(c, "nosuch").Update(views.Resize{W: 80, H: 20})
	v, said := viewtest.Run(v, v.Init())
	if want := (views.Say{Aspect: release.Stop, Text: "there is no feed nosuch; the configuration does not have it"}); len(said) != 1 || said[0] != want || v.Selection().ID != "prometheus" {
		t.Errorf("it says %v, the cursor is on %s", said, v.Selection().ID)
	}
	if text := viewtest.Text(page(c, "letter DL-99", 80, 20), c.Frame(), 80, 20); !strings.Contains(text, "DL-99 is not among the feeds any more.") {
		t.Errorf("the page reads\n%s", text)
	}
}

func TestLateAnswersAreDropped(t *testing.T) {
	c := viewtest.Wired()
	v := on(c, "", 80, 20)
	v, first := v.Update(views.Refresh{})
	old := first()
	c.Line("prometheus").LastGood = c.At
	v, second := v.Update(views.Refresh{})
	v, _ = v.Update(second())
	v, _ = v.Update(old)
	if r := row(v, c, "prometheus"); strings.Contains(r, "11:58:29Z") {
		t.Errorf("an older answer came through: %q", r)
	}
	_, cmd := on(viewtest.Quiet(), "", 80, 20).Update(views.Refresh{})
	if v, _ = v.Update(cmd()); len(names(v, c)) != 9 {
		t.Error("another view's answer came through")
	}
}

// A log that is longer than the screen is read to its end.
func TestPagesScroll(t *testing.T) {
	c := viewtest.Wired()
	l := c.Line("prometheus")
	for n := range 60 {
		l.Log = append(l.Log, feed.Exchange{At: viewtest.Noon.Add(-time.Duration(n+10) * time.Minute), Sign: feed.Good, Text: "answer " + string(rune('A'+n%26))})
	}
	l.Log = append(l.Log, feed.Exchange{At: viewtest.Noon.AddDate(0, 0, -1), Sign: feed.Good, Text: "the very first"})
	v := page(c, "log prometheus", 80, 20)
	for _, keys := range [][]string{{"end"}, {"g", "e"}, {"pgdown", "pgdown", "pgdown", "pgdown"}, slices.Repeat([]string{"j"}, 70)} {
		down, _ := viewtest.Type(v, keys...)
		if text := viewtest.Text(down, c.Frame(), 80, 20); !strings.Contains(text, "23 12:04 ● the very first") || !strings.Contains(text, "of 66") {
			t.Errorf("%v ends on\n%s", keys[:1], text)
		}
		up, _ := viewtest.Type(down, "g", "g")
		if viewtest.Text(up, c.Frame(), 80, 20) != viewtest.Text(v, c.Frame(), 80, 20) {
			t.Errorf("gg after %v is not the top", keys[:1])
		}
	}
}

// No text and no size breaks the screen.
func TestAnySizeAnyText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w, h := rapid.IntRange(1, 240).Draw(t, "w"), rapid.IntRange(1, 70).Draw(t, "h")
		c := rapid.SampledFrom([]func() *viewtest.Company{viewtest.Wired, viewtest.Wired, viewtest.Wired, viewtest.Empty}).Draw(t, "company")()
		if rapid.Bool().Draw(t, "spoilt") {
			c.SpoilFeeds(t)
		}
		var v views.View
		if words := rapid.SampledFrom([]string{"", "", "", "log prometheus", "letter DL-12", "message OUT-29", "connect", "log "}).Draw(t, "page"); words != "" {
			v = page(c, words, w, h)
		} else {
			v = on(c, rapid.SampledFrom([]string{"", "github", "cab-webhook", "nothing"}).Draw(t, "name"), w, h)
			if rapid.Bool().Draw(t, "test") {
				v = tested(v, "github", verb.Answer{Lines: []string{viewtest.Hostile().Draw(t, "answer"), "", "x"}}, nil)
			}
		}
		for _, k := range rapid.SliceOfN(rapid.SampledFrom([]string{"j", "k", "end", "tab", "s", ".", "]", "[", "ctrl+d", "enter", "g", "n", "pgdown"}), 0, 12).Draw(t, "keys") {
			v, _ = viewtest.Type(v, k)
		}
		v, _, _ = v.Filter(rapid.SampledFrom([]string{"", "kind:push", "\x1b[31m", "dark"}).Draw(t, "filter"))
		if rapid.Bool().Draw(t, "down") {
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
		if v.Lit() >= h {
			t.Fatalf("lit %d of %d", v.Lit(), h)
		}
	})
}

// Drawing changes nothing: the same state and frame give the same cells.
func TestDrawIsPure(t *testing.T) {
	c := viewtest.Wired()
	v := on(c, "", 120, 32)
	f := c.Frame()
	one := viewtest.Text(v, f, 120, 32)
	c.Down = release.Errorf(release.Unavailable, "gone")
	c.At = c.At.Add(time.Hour)
	if two := viewtest.Text(v, f, 120, 32); one != two {
		t.Errorf("drawn twice:\n%s\n%s", one, two)
	}
}
