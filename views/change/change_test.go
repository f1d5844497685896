package change_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"
	"pgregory.net/rapid"

	"signalbox/release"
	"signalbox/release/access"
	"signalbox/release/audit"
	domain "signalbox/release/change"
	"signalbox/release/evidence"
	"signalbox/themes"
	"signalbox/views"
	"signalbox/views/change"
	"signalbox/views/kit"
	"signalbox/views/viewtest"
)

// sizes are those of the body at 80×24 and 120×36.
var sizes = [][2]int{{80, 20}, {120, 32}}

func text(v views.View, c *viewtest.Company, w, h int) string {
	return viewtest.Text(v, c.Frame(), w, h)
}

func TestGoldens(t *testing.T) {
	refused := viewtest.Story()
	refused.Down = access.Authorise(&access.Person{ID: "s.lee"}, access.Read, access.Target{}, refused.At)
	bare := viewtest.Empty()
	bare.Add("CHG-1", "search", "1.0", viewtest.Noon)
	bare.Of("CHG-1").Dossier = evidence.Dossier{}
	bare.Of("CHG-1").Change.Commit, bare.Of("CHG-1").Change.By, bare.Entries = "", nil, nil
	back := viewtest.Story()
	back.Decide("CHG-4182", "p.lind", domain.Approve, "soak 25% for 20 minutes", viewtest.Noon.Add(-2*time.Minute))
	a, err := domain.TakeBack(back.Of("CHG-4182").Approval, "p.lind", viewtest.Noon.Add(-time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	back.Of("CHG-4182").Approval, back.Of("CHG-4182").Change.State = a, domain.Requested
	for _, g := range []struct {
		name string
		c    *viewtest.Company
		id   string
	}{
		{"normal", viewtest.Story(), "CHG-4182"}, {"empty", bare, "CHG-1"}, {"dark", viewtest.Dark(), "CHG-4177"}, {"refused", refused, "CHG-4182"},
		{"unknown-author", viewtest.Story(), "CHG-4190"}, {"unknown-service", viewtest.Story(), "CHG-4215"}, {"own", viewtest.Story(), "CHG-4203"},
		{"no-such", viewtest.Story(), "CHG-9"}, {"rejected", viewtest.Story(), "CHG-4188"}, {"taken-back", back, "CHG-4182"}, {"emergency", viewtest.Story(), "4211"},
	} {
		for _, s := range sizes {
			v := viewtest.Open(change.New(g.c, g.id), s[0], s[1])
			viewtest.Golden(t, fmt.Sprintf("%s-%dx%d.txt", g.name, s[0], s[1]), text(v, g.c, s[0], s[1]))
		}
	}
	for _, s := range sizes {
		c := viewtest.Story()
		v := viewtest.Open(change.New(c, "CHG-4182"), s[0], s[1])
		viewtest.Golden(t, fmt.Sprintf("normal-%dx%d-dark.ans", s[0], s[1]), strings.Join(viewtest.Paint(v, c.Frame(), s[0], s[1], "dark", themes.Rich), "\n")+"\n")
	}
}

// A stored fact that changes shows in its own row and nowhere else.
func TestOneFactOneRow(t *testing.T) {
	for _, f := range []struct {
		name    string
		edit    func(*viewtest.Stored)
		was, is string
	}{
		{"detail of a check", func(s *viewtest.Stored) { s.Dossier.Checks[7].Detail = "p99 650ms of 500ms" }, "p99 612ms", "p99 650ms"},
		{"result of a pending check", func(s *viewtest.Stored) {
			s.Dossier.Checks[8].Result = evidence.Neutral
			s.Dossier.Checks[8].Name = "docs draft__"
		}, "docs preview", "docs draft__"},
		{"title of the pull request", func(s *viewtest.Stored) { s.Dossier.Pulls[0].Title = "Lower" }, "Raise retry cap handling  ", "Lower                     "},
		{"a reason", func(s *viewtest.Stored) {
			s.Approval.Decisions[0].Reason.Text = "flag default stays off until Saturday"
		}, "Thursday", "Saturday"},
		{"version in production", func(s *viewtest.Stored) { s.Deployed = "4.11.9" }, "4.11.3", "4.11.9"},
	} {
		t.Run(f.name, func(t *testing.T) {
			before, after := viewtest.Story(), viewtest.Story()
			f.edit(after.Of("CHG-4182"))
			a := strings.Split(text(viewtest.Open(change.New(before, "CHG-4182"), 160, 40), before, 160, 40), "\n")
			b := strings.Split(text(viewtest.Open(change.New(after, "CHG-4182"), 160, 40), after, 160, 40), "\n")
			differ := 0
			for n := range a {
				if a[n] == b[n] {
					continue
				}
				differ++
				if want := strings.TrimRight(strings.Replace(a[n], f.was, f.is, 1), " "); strings.Join(strings.Fields(b[n]), " ") != strings.Join(strings.Fields(want), " ") {
					t.Errorf("row %d is\n%s, want\n%s", n, b[n], want)
				}
			}
			if differ != 1 {
				t.Errorf("%d rows differ", differ)
			}
		})
	}
}

func cursor(v views.View, c *viewtest.Company, w, h int) string {
	for _, l := range strings.Split(text(v, c, w, h), "\n")[1:] {
		if strings.HasPrefix(l, "▌") {
			return l
		}
	}
	return ""
}

func TestTheCursorStartsOnTheFirstExceptionAndStays(t *testing.T) {
	for _, s := range sizes {
		c := viewtest.Story()
		v := viewtest.Open(change.New(c, "CHG-4182"), s[0], s[1])
		if l := cursor(v, c, s[0], s[1]); !strings.HasPrefix(l, "▌■ load test") {
			t.Errorf("at %v it starts on %q", s, l)
		}
		v, _ = viewtest.Type(v, "j", "j")
		at := cursor(v, c, s[0], s[1])[:len("▌● SAST")]
		c.Of("CHG-4182").Dossier.Checks[3].Result = evidence.Fail // it goes to the top
		v, _ = viewtest.Send(v, views.Refresh{})
		if l := cursor(v, c, s[0], s[1]); !strings.HasPrefix(l, at) {
			t.Errorf("at %v it went from %q to %q", s, at, l)
		}
	}
}

// Read is true once every check of this revision has been on the screen, and not before.
func TestRead(t *testing.T) {
	c := viewtest.Story()
	v := change.New(c, "CHG-4182")
	if v.Selection().Read {
		t.Error("read before it was read")
	}
	v = viewtest.Open(v, 80, 20)
	if s := v.Selection(); s.Read || s.ID != "CHG-4182" || s.Kind != "change" || s.Revision != c.Of("CHG-4182").Change.Revision {
		t.Errorf("at 80×20 five of nine checks are read: %v", s.Read)
	}
	for range 7 {
		v, _ = viewtest.Type(v, "j")
		if v.Selection().Read {
			t.Fatal("read before the last check was on the screen")
		}
	}
	v, _ = viewtest.Type(v, "j")
	if !v.Selection().Read {
		t.Errorf("not read at the last check:\n%s", text(v, c, 80, 20))
	}
	v, _ = viewtest.Type(v, "home")
	if !v.Selection().Read {
		t.Error("what was read is unread after scrolling back")
	}
	c.Of("CHG-4182").Change.Revision++
	if v, _ = viewtest.Send(v, views.Refresh{}); v.Selection().Read {
		t.Error("another revision counts as read")
	}
	if v := viewtest.Open(change.New(c, "CHG-4182"), 120, 32); !v.Selection().Read {
		t.Error("nine checks on the screen are not read")
	}
}

func TestWalk(t *testing.T) {
	c := viewtest.Story()
	q, _ := c.Queue(t.Context())
	var order []string
	for _, i := range q.Sorted("s.lee") {
		order = append(order, i.Change.ID)
	}
	v := viewtest.Open(change.New(c, order[0]), 80, 20)
	for _, want := range order[1:] {
		v, _ = viewtest.Type(v, "]")
		if v.Selection().ID != want || !strings.Contains(text(v, c, 80, 20), want) {
			t.Fatalf("] goes to %s, want %s", v.Selection().ID, want)
		}
	}
	v, said := viewtest.Type(v, "]")
	if say, ok := said[0].(views.Say); !ok || !strings.Contains(say.Text, "last") {
		t.Errorf("at the end ] says %v", said)
	}
	c.Decide(order[6], "p.lind", domain.Reject, "no rollback evidence for it", viewtest.Noon)
	v, _ = viewtest.Send(v, views.Refresh{})
	if v, _ = viewtest.Type(v, "["); v.Selection().ID != order[5] {
		t.Errorf("[ goes to %s, past one that waits no more to %s", v.Selection().ID, order[5])
	}
	v = viewtest.Open(change.New(c, "CHG-4188"), 80, 20) // decided: not in the queue
	if v, _ = viewtest.Type(v, "]"); v.Selection().ID != order[0] {
		t.Errorf("from outside ] goes to %s", v.Selection().ID)
	}
}

func TestLinks(t *testing.T) {
	c := viewtest.Story()
	v := viewtest.Open(change.New(c, "CHG-4182"), 120, 32)
	for key, want := range map[string]string{"enter": "https://github.com/acme/x/actions/runs/88120", "o": "https://github.com/acme/payments-api"} {
		_, said := viewtest.Type(v, key)
		if len(said) != 1 || said[0].(views.Say).Text != want {
			t.Errorf("%s says %v", key, said)
		}
	}
	v, said := viewtest.Type(v, "home", "enter")
	if len(said) != 1 || !strings.Contains(said[0].(views.Say).Text, "no source") {
		t.Errorf("⏎ on the risk says %v", said)
	}
	v, _ = viewtest.Type(v, "tab", "j", "j", "j", "j", "j", "j", "j")
	if l := text(v, c, 120, 32); !strings.Contains(l, "│▌c81f0e2") {
		t.Errorf("the right pane's cursor is not on the commit:\n%s", l)
	}
	v, said = viewtest.Type(v, "j", "enter")
	if len(said) != 1 || said[0].(views.Say).Text != "https://github.com/acme/payments-api/pull/2291" {
		t.Errorf("⏎ on the pull request says %v", said)
	}
	if v, _ = v.Update(views.Resize{W: 80, H: 20}); cursor(v, c, 80, 20) == "" {
		t.Error("the cursor is lost when the screen becomes narrow")
	}
	if v, _ = v.Update(views.Resize{W: 120, H: 32}); cursor(v, c, 120, 32) == "" {
		t.Error("the cursor is lost when the screen becomes wide")
	}
}

func TestEverySectionCanBeReached(t *testing.T) {
	c := viewtest.Story()
	v := viewtest.Open(change.New(c, "CHG-4182"), 80, 20)
	v, _ = viewtest.Type(v, "home")
	seen := ""
	for range 40 {
		seen += text(v, c, 80, 20)
		v, _ = viewtest.Type(v, "j")
	}
	for _, s := range []string{"RISK 56", "EVIDENCE 7/8", "SEPARATION OF DUTIES ●", "QUORUM 1/2", "GATE ▲", "COMMIT AND PULL", "TALK 2", "HISTORY 2", "LEVERS", "docs preview", "could too", "deployment asked"} {
		if !strings.Contains(seen, s) {
			t.Errorf("%q is never on the screen", s)
		}
	}
	v, _ = viewtest.Type(v, "g", "g")
	for _, want := range []string{"load test", "author", "j.ruiz"} {
		if v, _ = viewtest.Type(v, "tab"); !strings.Contains(cursor(v, c, 80, 20), want) {
			t.Errorf("tab goes to %q, want %s", cursor(v, c, 80, 20), want)
		}
	}
}

func TestAnswersOfOthersAndLateOnesAreDropped(t *testing.T) {
	c := viewtest.Story()
	v := viewtest.Open(change.New(c, "CHG-4182"), 80, 20)
	v, first := v.Update(views.Refresh{})
	old := first()
	c.Of("CHG-4182").Change.Title = "Another title"
	v, second := v.Update(views.Refresh{})
	v, _ = v.Update(second())
	v, _ = v.Update(old)
	if !strings.Contains(text(v, c, 80, 20), "Another title") {
		t.Error("an older answer came through")
	}
	v, read := v.Update(views.Refresh{})
	c.Down = release.Errorf(release.NotFound, "it is gone")
	late := read()
	c.Down = nil
	v, next := v.Update(viewtest.Press("]"))
	id := v.Selection().ID
	v, _ = v.Update(late)
	if v.Selection().ID != id || v.Selection().Item == nil || strings.Contains(text(v, c, 80, 20), "Another title") {
		t.Error("the answer for the change before came through")
	}
	if v, _ = viewtest.Run(v, next); v.Selection().ID != id {
		t.Error("the walk lost its way")
	}
}

func TestAFailureKeepsWhatWasRead(t *testing.T) {
	c := viewtest.Story()
	v := viewtest.Open(change.New(c, "CHG-4182"), 80, 20)
	f := c.Frame()
	c.Down = release.Errorf(release.Unavailable, "the store does not answer").Advise("nothing was written")
	v, _ = viewtest.Send(v, views.Refresh{})
	got := viewtest.Text(v, f, 80, 20)
	if !strings.Contains(got, "CHG-4182 payments-api") || !strings.Contains(got, "the store does not answer · as of 12:04:31Z") {
		t.Errorf("after a failure:\n%s", got)
	}
	c.Down = release.Errorf(release.Refused, "your grant has ended").Advise("an admin can renew it")
	v, _ = viewtest.Send(v, views.Refresh{})
	if got := viewtest.Text(v, f, 80, 20); strings.Contains(got, "payments-api") || !strings.Contains(got, "your grant has ended") || v.Selection().Kind != "" {
		t.Errorf("after a refusal:\n%s", got)
	}
}

// No text and no size breaks the screen.
func TestAnySizeAnyText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w, h := rapid.IntRange(1, 240).Draw(t, "w"), rapid.IntRange(1, 70).Draw(t, "h")
		c := rapid.SampledFrom([]func() *viewtest.Company{viewtest.Story, viewtest.Dark}).Draw(t, "company")()
		c.Spoil(t)
		id := rapid.SampledFrom([]string{"CHG-4182", "CHG-4190", "CHG-4177", "CHG-4215", "CHG-4188", "CHG-9", "nothing", ""}).Draw(t, "id")
		v := viewtest.Open(change.New(c, id), w, h)
		for _, k := range rapid.SliceOfN(rapid.SampledFrom([]string{"j", "k", "end", "home", "tab", "]", "[", "ctrl+d", "pgup", "enter", "o", "g"}), 0, 12).Draw(t, "keys") {
			v, _ = viewtest.Type(v, k)
		}
		theme, tier := rapid.SampledFrom(themes.Names()).Draw(t, "theme"), themes.Tier(rapid.IntRange(0, 2).Draw(t, "tier"))
		lines := viewtest.Paint(v, c.Frame(), w, h, theme, tier)
		if len(lines) != h {
			t.Fatalf("%d lines of %d", len(lines), h)
		}
		for _, l := range lines {
			if n := kit.Width(ansi.Strip(l)); n != w {
				t.Fatalf("a line is %d wide, not %d: %q", n, w, l)
			}
		}
		v.Hints(c.Frame())
		if v.Lit() >= h {
			t.Fatalf("lit %d of %d", v.Lit(), h)
		}
	})
}

// A row of the history that is longer than the screen can be read: "⏎" opens it.
func TestEnterOpensTheWholeText(t *testing.T) {
	const tail = "can be read"
	c := viewtest.Story()
	c.Entries = append(c.Entries, audit.Entry{Seq: 88300, At: viewtest.Noon, Subject: "CHG-4182", Outcome: audit.Done,
		Summary: "payments-api 4.12.0 moves in production without an approval that stands, as told by the monitor, and the end of it " + tail})
	v := viewtest.Open(change.New(c, "CHG-4182"), 80, 40)
	for range 60 {
		if strings.Contains(cursor(v, c, 80, 40), "#88,300") {
			break
		}
		v, _ = viewtest.Type(v, "j")
	}
	if strings.Contains(text(v, c, 80, 40), tail) {
		t.Fatalf("the row is not cut:\n%s", text(v, c, 80, 40))
	}
	v, said := viewtest.Type(v, "enter")
	if got := text(v, c, 80, 40); !strings.Contains(got, tail) || len(said) > 0 {
		t.Errorf("opened, it reads\n%s\nand says %v", got, said)
	}
	v, _ = viewtest.Type(v, "enter")
	if strings.Contains(text(v, c, 80, 40), tail) {
		t.Error("it does not close again")
	}
}
