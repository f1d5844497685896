package feeds_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"signalbox/release/access"
	"signalbox/release/verb"
	"signalbox/themes"
	"signalbox/views"
	"signalbox/views/feeds"
	"signalbox/views/viewtest"
)

// sizes are those of the body at 80×24 and 120×36.
var sizes = [][2]int{{80, 20}, {120, 32}}

// on opens the feeds on one of them and presses keys.
func on(c *viewtest.Company, name string, w, h int, keys ...string) views.View {
	v, _ := viewtest.Type(viewtest.Open(feeds.New(c, name), w, h), keys...)
	return v
}

func page(c *viewtest.Company, words string, w, h int) views.View {
	return viewtest.Open(feeds.Page(c, words), w, h)
}

// tested is the screen after a test of a feed.
func tested(v views.View, name string, a verb.Answer, err error) views.View {
	v, _ = v.Update(views.Answered{Call: verb.Call{Verb: "connector test", Args: []string{name}}, Answer: a, Err: err, At: viewtest.Noon})
	return v
}

func TestGoldens(t *testing.T) {
	refused := viewtest.Wired()
	refused.Down = access.Authorise(&access.Person{ID: "s.lee"}, access.Read, access.Target{}, refused.At)
	down := viewtest.Wired()
	down.Store = "STORE read-only since 12:02Z"
	viewer := viewtest.Wired()
	viewer.Who = "v.ng"
	healthy := viewtest.Wired()
	healthy.Lines = healthy.Lines[6:7]
	wired := viewtest.Wired()
	for _, s := range sizes {
		w, h := s[0], s[1]
		filtered, _, _ := on(wired, "", w, h).Filter("kind:push")
		for _, g := range []struct {
			name string
			c    *viewtest.Company
			v    views.View
		}{
			{"dark", wired, on(wired, "", w, h)}, {"late", wired, on(wired, "retail-calendar", w, h)}, {"letters", wired, on(wired, "github", w, h, "tab")},
			{"messages", wired, on(wired, "cab-webhook", w, h, "tab", "j")}, {"never", wired, on(wired, "cdevents", w, h)}, {"back", healthy, on(healthy, "gitlab", w, h)},
			{"filter", wired, filtered}, {"viewer", viewer, on(viewer, "", w, h)}, {"store-down", down, on(down, "", w, h)},
			{"empty", viewtest.Empty(), on(viewtest.Empty(), "", w, h)}, {"refused", refused, on(refused, "", w, h)},
			{"tested", wired, tested(on(wired, "gitlab", w, h), "gitlab", verb.Answer{Lines: []string{"gitlab answered in 240ms: 2 read, 1 accepted, 1 refused", "  Deployed", "refused item 2: field \"ref\" is missing", "nothing was stored"}}, nil)},
			{"log", wired, page(wired, "log prometheus", w, h)}, {"letter", wired, page(wired, "letter DL-12", w, h)}, {"letter-viewer", viewer, page(viewer, "letter DL-12", w, h)},
			{"message", wired, page(wired, "message OUT-29", w, h)}, {"connect", wired, page(wired, "connect", w, h)},
		} {
			viewtest.Golden(t, fmt.Sprintf("%s-%dx%d.txt", g.name, w, h), viewtest.Text(g.v, g.c.Frame(), w, h))
		}
		viewtest.Golden(t, fmt.Sprintf("dark-%dx%d-dark.ans", w, h), strings.Join(viewtest.Paint(on(wired, "", w, h), wired.Frame(), w, h, "dark", themes.Rich), "\n")+"\n")
	}
	v := on(wired, "", 80, 20)
	viewtest.Golden(t, "dark-80x20-mono.ans", strings.Join(viewtest.Paint(v, wired.Frame(), 80, 20, "mono", themes.Rich), "\n")+"\n")
	ascii := viewtest.Paint(v, wired.Frame(), 80, 20, "mono", themes.ASCII)
	for n, l := range ascii {
		ascii[n] = strings.TrimRight(ansi.Strip(l), " ")
	}
	viewtest.Golden(t, "dark-80x20-ascii.txt", strings.Join(ascii, "\n")+"\n")
}
