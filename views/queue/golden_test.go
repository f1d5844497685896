package queue_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"signalbox/release"
	"signalbox/release/access"
	"signalbox/release/catalog"
	"signalbox/release/change"
	"signalbox/release/evidence"
	"signalbox/themes"
	"signalbox/views"
	"signalbox/views/kit"
	"signalbox/views/queue"
	"signalbox/views/viewtest"
)

// sizes are those of the body at 80×24 and 120×36.
var sizes = [][2]int{{80, 20}, {120, 32}}

// on opens the queue and walks to a change.
func on(t *testing.T, c *viewtest.Company, id string, w, h int) views.View {
	t.Helper()
	v := viewtest.Open(queue.New(c), w, h)
	for range len(c.Stored) {
		if id == "" || v.Selection().ID == id {
			return v
		}
		v, _ = viewtest.Type(v, "j")
	}
	if v.Selection().ID != id {
		t.Fatalf("%s is not in the queue", id)
	}
	return v
}

func TestGoldens(t *testing.T) {
	refused := viewtest.Story()
	refused.Down = access.Authorise(&access.Person{ID: "s.lee"}, access.Read, access.Target{}, refused.At)
	down := viewtest.Story()
	down.Store = "STORE read-only since 12:02Z"
	decided := viewtest.Story()
	decided.Decide("CHG-4195", "s.lee", change.Approve, "rollback was rehearsed on Monday", viewtest.Noon)
	for _, g := range []struct {
		name string
		c    *viewtest.Company
		id   string
	}{
		{"normal", viewtest.Story(), ""}, {"failing-check", viewtest.Story(), "CHG-4182"}, {"empty", viewtest.Empty(), ""}, {"all-clear", viewtest.Quiet(), ""},
		{"dark", viewtest.Dark(), "CHG-4177"}, {"refused", refused, ""}, {"unknown-author", viewtest.Story(), "CHG-4190"},
		{"unknown-service", viewtest.Story(), "CHG-4215"}, {"own", viewtest.Story(), "CHG-4203"}, {"store-down", down, ""}, {"decided", decided, ""},
	} {
		for _, s := range sizes {
			v := on(t, g.c, g.id, s[0], s[1])
			viewtest.Golden(t, fmt.Sprintf("%s-%dx%d.txt", g.name, s[0], s[1]), viewtest.Text(v, g.c.Frame(), s[0], s[1]))
		}
	}
	for _, s := range sizes {
		c := viewtest.Story()
		v := on(t, c, "CHG-4182", s[0], s[1])
		viewtest.Golden(t, fmt.Sprintf("failing-check-%dx%d-dark.ans", s[0], s[1]), strings.Join(viewtest.Paint(v, c.Frame(), s[0], s[1], "dark", themes.Rich), "\n")+"\n")
	}
}

// A stored fact that changes shows in its own cell and nowhere else.
func TestOneFactOneCell(t *testing.T) {
	for _, f := range []struct {
		name    string
		edit    func(*viewtest.Stored)
		was, is string
	}{
		{"a check fails", func(s *viewtest.Stored) { s.Dossier.Checks[0].Result = evidence.Fail }, "3/3", "2/3"},
		{"the version", func(s *viewtest.Stored) { s.Change.Version = "3.8.9" }, "3.8.2", "3.8.9"},
		{"the deadline", func(s *viewtest.Stored) { s.Approval.ExpiresAt = s.Approval.ExpiresAt.AddDate(0, 0, 1) }, "Fri 11:00Z  2d22h", "Sat 11:00Z  3d22h"},
	} {
		t.Run(f.name, func(t *testing.T) {
			before, after := viewtest.Story(), viewtest.Story()
			f.edit(after.Of("CHG-4195"))
			a := strings.Split(viewtest.Text(viewtest.Open(queue.New(before), 80, 20), before.Frame(), 80, 20), "\n")
			b := strings.Split(viewtest.Text(viewtest.Open(queue.New(after), 80, 20), after.Frame(), 80, 20), "\n")
			for n := range a {
				switch {
				case strings.Contains(a[n], "CHG-4195") != strings.Contains(b[n], "CHG-4195"):
					t.Errorf("row %d moved", n)
				case strings.Contains(a[n], "CHG-4195"):
					if want := strings.Replace(a[n], f.was, f.is, 1); b[n] != want || want == a[n] {
						t.Errorf("the row is\n%s, want\n%s", b[n], want)
					}
				case a[n] != b[n]:
					t.Errorf("row %d changed too:\n%s\n%s", n, a[n], b[n])
				}
			}
		})
	}
}

// No all-clear without feeds that speak.
func TestEmptinessIsOnlyAsGoodAsItsFeeds(t *testing.T) {
	const clear = "●  Nothing waits for a decision."
	for name, c := range map[string]*viewtest.Company{"nothing connected": viewtest.Empty(), "dark": viewtest.Quiet(), "never spoke": viewtest.Quiet(), "alarm unread": viewtest.Quiet()} {
		f := c.Frame()
		switch name {
		case "dark":
			f.Alarm.Feeds[1].LastGood = viewtest.Noon.AddDate(0, 0, -1)
		case "never spoke":
			f.Alarm.Feeds = f.Alarm.Feeds[:1]
			f.Alarm.Feeds[0].LastGood = time.Time{}
		case "alarm unread":
			f.Alarm.AsOf = time.Time{}
		}
		if text := viewtest.Text(viewtest.Open(queue.New(c), 80, 20), f, 80, 20); strings.Contains(text, clear) || !strings.Contains(text, "○") {
			t.Errorf("%s reads as an all-clear:\n%s", name, text)
		}
	}
	c := viewtest.Quiet()
	if text := viewtest.Text(viewtest.Open(queue.New(c), 80, 20), c.Frame(), 80, 20); !strings.Contains(text, clear) {
		t.Errorf("fresh feeds do not clear:\n%s", text)
	}
}

func TestRefusalHidesTheRows(t *testing.T) {
	c := viewtest.Story()
	v := viewtest.Open(queue.New(c), 80, 20)
	c.Down = release.Errorf(release.Refused, "your grant has ended").Advise("an admin can renew it")
	v, _ = viewtest.Send(v, views.Refresh{})
	text := viewtest.Text(v, c.Frame(), 80, 20)
	if strings.Contains(text, "CHG-") || !strings.Contains(text, "your grant has ended") || !strings.Contains(text, "an admin can renew it") || v.Selection().Kind != "" {
		t.Errorf("after a refusal:\n%s", text)
	}
}

func TestAFailureKeepsTheRowsAndSaysSo(t *testing.T) {
	c := viewtest.Story()
	v := viewtest.Open(queue.New(c), 80, 20)
	before := strings.Split(viewtest.Text(v, c.Frame(), 80, 20), "\n")
	f := c.Frame()
	c.Down = release.Errorf(release.Unavailable, "the store does not answer").Advise("nothing was written")
	v, _ = viewtest.Send(v, views.Refresh{})
	after := strings.Split(viewtest.Text(v, f, 80, 20), "\n")
	for n := range 9 {
		if before[n] != after[n] {
			t.Errorf("row %d moved:\n%s\n%s", n, before[n], after[n])
		}
	}
	if last := after[19]; !strings.Contains(last, "the store does not answer") || !strings.Contains(last, "as of 12:04:31Z") {
		t.Errorf("the last row is %q", last)
	}
}

// levers are the keys that act, "!" behind those that may be pressed.
func levers(v views.View, c *viewtest.Company) string {
	var out []string
	for _, h := range v.Hints(c.Frame()) {
		switch h.Weight {
		case kit.LeverKey:
			out = append(out, h.Key+"!")
		case kit.LockedKey:
			out = append(out, h.Key+"-")
		}
	}
	return strings.Join(out, " ")
}

// Levers that a person does not hold are absent; those that are locked are dim.
func TestHints(t *testing.T) {
	for _, h := range []struct {
		who  access.PersonID
		id   string
		want string
	}{
		{"s.lee", "CHG-4182", "A! R! Q!"}, {"s.lee", "CHG-4203", "A- R- Q!"}, {"s.lee", "CHG-4190", "A- R- Q!"},
		{"v.ng", "CHG-4182", ""}, {"k.ito", "CHG-4182", ""}, {"j.ruiz", "CHG-4182", "A- R- Q!"},
		{"m.bo", "CHG-4182", "A! R! Q!"}, {"m.bo", "CHG-4195", "A- R- Q-"},
	} {
		c := viewtest.Story()
		c.Who = h.who
		if got := levers(on(t, c, h.id, 80, 20), c); got != h.want {
			t.Errorf("%s on %s: %q, want %q", h.who, h.id, got, h.want)
		}
	}
	c := viewtest.Dark()
	if got := levers(on(t, c, "CHG-4177", 80, 20), c); got != "A- R! Q!" {
		t.Errorf("on dark evidence: %q", got)
	}
	c = viewtest.Story()
	c.Decide("CHG-4193", "s.lee", change.Approve, "read every line of it", viewtest.Noon)
	if got := levers(on(t, c, "CHG-4193", 80, 20), c); got != "A- R- Q! U!" {
		t.Errorf("on one's own decision: %q", got)
	}
	c.Store = "does not answer since 12:02Z"
	if got := levers(on(t, c, "CHG-4182", 80, 20), c); strings.Contains(got, "!") {
		t.Errorf("without a store: %q", got)
	}
}

func TestUnknownServiceNamesItsWayOut(t *testing.T) {
	c := viewtest.Story()
	text := viewtest.Text(on(t, c, "CHG-4215", 80, 20), c.Frame(), 80, 20)
	for _, want := range []string{"LOCKED", "no service has the repository acme/loyalty", "github.com/project-slug: acme/loyalty"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
	if !catalog.IsUnknown(c.Of("CHG-4215").Change.Service) {
		t.Error("the service is known")
	}
}
