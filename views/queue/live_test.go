package queue_test

import (
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
	"weak"

	"pgregory.net/rapid"

	"signalbox/release"
	"signalbox/release/change"
	"signalbox/themes"
	"signalbox/views"
	"signalbox/views/kit"
	"signalbox/views/queue"
	"signalbox/views/viewtest"

	"github.com/charmbracelet/x/ansi"
)

// ids are the changes of the list, from top to bottom.
func ids(v views.View, c *viewtest.Company) []string {
	var out []string
	lines := strings.Split(viewtest.Text(v, c.Frame(), 80, 60), "\n")[2:]
	for _, l := range lines {
		if strings.HasPrefix(l, "──") {
			break
		}
		if k := strings.Index(l, "CHG-"); k >= 0 {
			out = append(out, l[k:k+len("CHG-4182")])
		}
	}
	return out
}

func line(v views.View, c *viewtest.Company, id string) string {
	for _, l := range strings.Split(viewtest.Text(v, c.Frame(), 80, 60), "\n") {
		if strings.Contains(l, id) {
			return l
		}
	}
	return ""
}

func refresh(v views.View) views.View {
	v, _ = viewtest.Send(v, views.Refresh{})
	return v
}

func TestTheOrderIsFrozenAndTheCursorStays(t *testing.T) {
	c := viewtest.Story()
	v := on(t, c, "CHG-4182", 80, 60)
	before := ids(v, c)
	c.Of("CHG-4182").Approval.ExpiresAt = viewtest.Noon.Add(time.Hour) // would be first
	slices.Reverse(c.Stored)                                           // as another store would list them
	v = refresh(v)
	if got := ids(v, c); !slices.Equal(got, before) {
		t.Errorf("the rows moved: %v, were %v", got, before)
	}
	if v.Selection().ID != "CHG-4182" || !strings.HasPrefix(line(v, c, "CHG-4182"), "▌") {
		t.Errorf("the cursor is on %s", v.Selection().ID)
	}
	v, _ = viewtest.Type(v, "j")
	if l := line(v, c, "CHG-4182"); !strings.HasPrefix(l, "▸") {
		t.Errorf("the moved row is %q", l)
	}
	if head := viewtest.Text(v, c.Frame(), 80, 60); !strings.Contains(head, "1 moved .") {
		t.Errorf("the head is %q", strings.SplitN(head, "\n", 2)[0])
	}
	v, _ = viewtest.Type(v, "k", ".")
	if got := ids(v, c); got[0] != "CHG-4182" || v.Selection().ID != "CHG-4182" {
		t.Errorf("after . the list is %v with the cursor on %s", got, v.Selection().ID)
	}
}

func TestNewRowsWaitUnlessBelowTheLast(t *testing.T) {
	c := viewtest.Story()
	v := on(t, c, "CHG-4182", 80, 60)
	before := ids(v, c)
	c.Add("CHG-4216", "fraud-score", "7.1", viewtest.Noon.Add(-70*time.Hour)).Approval.ExpiresAt = viewtest.Noon.Add(2 * time.Hour)
	c.Add("CHG-4217", "unknown:acme/x", "1", viewtest.Noon)
	c.Of("CHG-4217").Approval.ExpiresAt = viewtest.Noon.Add(90 * time.Hour)
	v = refresh(v)
	if got := ids(v, c); !slices.Equal(got, append(slices.Clone(before), "CHG-4217")) {
		t.Errorf("the list is %v", got)
	}
	if text := viewtest.Text(v, c.Frame(), 80, 60); !strings.Contains(text, "[ALL 10] +1") {
		t.Errorf("the head is %q", strings.SplitN(text, "\n", 2)[0])
	}
	v, _ = viewtest.Type(v, "]")
	if got := ids(v, c); v.Selection().ID != "CHG-4216" || got[0] != "CHG-4216" || len(got) != 10 {
		t.Errorf("] went to %s in %v", v.Selection().ID, got)
	}
	v, _ = viewtest.Type(v, "]")
	if v.Selection().ID != "CHG-4217" {
		t.Errorf("the second ] went to %s", v.Selection().ID)
	}
	v, said := viewtest.Type(v, "]")
	if len(said) != 1 || v.Selection().ID != "CHG-4217" {
		t.Errorf("the third ] said %v", said)
	}
}

func TestNewRowsComeAtOnceIntoAnEmptyList(t *testing.T) {
	c := viewtest.Quiet()
	v := viewtest.Open(queue.New(c), 80, 60)
	if v.Selection().Kind != "" {
		t.Error("an empty list selects something")
	}
	c.Add("CHG-4300", "search", "3", viewtest.Noon)
	v = refresh(v)
	if got := ids(v, c); !slices.Equal(got, []string{"CHG-4300"}) || v.Selection().ID != "CHG-4300" {
		t.Errorf("the list is %v, the cursor on %q", got, v.Selection().ID)
	}
}

func TestGoneRowsStayStruckThrough(t *testing.T) {
	c := viewtest.Story()
	v := on(t, c, "CHG-4195", 80, 60)
	before := ids(v, c)
	c.Decide("CHG-4195", "p.lind", change.Approve, "rollback was rehearsed on Monday", viewtest.Noon)
	v = refresh(v)
	if got := ids(v, c); !slices.Equal(got, before) || v.Selection().ID != "CHG-4195" {
		t.Errorf("the list is %v, the cursor on %s", got, v.Selection().ID)
	}
	if l := line(v, c, "CHG-4195"); !strings.Contains(l, "1/1") || !strings.Contains(l, "approved    12:04Z") {
		t.Errorf("the row reads %q", l)
	}
	if s := v.Selection(); s.Item.MayApprove(c.Person(), c.At) == nil {
		t.Error("what is decided can be decided again")
	}
	struck := false
	for _, l := range viewtest.Paint(v, c.Frame(), 80, 60, "dark", themes.Rich) {
		struck = struck || strings.Contains(ansi.Strip(l), "CHG-4195 notify") && strings.Contains(l, ";9")
	}
	if !struck {
		t.Error("the row is not struck through")
	}
	v, _ = viewtest.Type(v, ".")
	if got := ids(v, c); slices.Contains(got, "CHG-4195") || v.Selection().ID != before[slices.Index(before, "CHG-4195")+1] {
		t.Errorf("after . the list is %v, the cursor on %s", got, v.Selection().ID)
	}
}

// A row of "mine" that is mine no more must not slip away under the hand, and the next come in its place.
func TestATabKeepsItsRows(t *testing.T) {
	c := viewtest.Story()
	v := viewtest.Open(queue.New(c), 80, 60)
	v, _ = viewtest.Type(v, "shift+tab")
	if got := v.Crumbs(); got[1] != "mine" {
		t.Fatalf("the tab is %v", got)
	}
	before, at := ids(v, c), v.Selection().ID
	c.Decide(at, "s.lee", change.Approve, "read every line of it", viewtest.Noon)
	v = refresh(v)
	if got := ids(v, c); !slices.Equal(got, before) || v.Selection().ID != at {
		t.Errorf("the list is %v, the cursor on %s", got, v.Selection().ID)
	}
	v, _ = viewtest.Type(v, ".")
	if slices.Contains(ids(v, c), at) {
		t.Error(". keeps a row that is not mine")
	}
}

func TestChangedCellsAreFreshForFourSeconds(t *testing.T) {
	c := viewtest.Story()
	v := on(t, c, "CHG-4193", 80, 20)
	fresh := func() string {
		var out []string
		for _, l := range viewtest.Paint(v, c.Frame(), 80, 20, "dark", themes.Rich) {
			for _, run := range strings.Split(l, "\x1b[")[1:] {
				codes, text, _ := strings.Cut(run, "m")
				if strings.Contains(codes, "48;2;42;47;28") {
					out = append(out, strings.TrimSpace(text))
				}
			}
		}
		return strings.Join(out, " ")
	}
	if got := fresh(); got != "" {
		t.Errorf("fresh at first sight: %q", got)
	}
	c.Decide("CHG-4211", "p.lind", change.Approve, "carts must not be mixed", viewtest.Noon)
	v = refresh(v)
	if got := fresh(); got != "1/2" {
		t.Errorf("fresh cells are %q", got)
	}
	c.At = c.At.Add(3900 * time.Millisecond)
	if got := fresh(); got != "1/2" {
		t.Errorf("before 4 s: %q", got)
	}
	c.At = c.At.Add(200 * time.Millisecond)
	if got := fresh(); got != "" {
		t.Errorf("after 4 s: %q", got)
	}
}

func TestLateAnswersAreDropped(t *testing.T) {
	c := viewtest.Story()
	v := viewtest.Open(queue.New(c), 80, 60)
	v, first := v.Update(views.Refresh{})
	old := first()
	c.Decide("CHG-4195", "p.lind", change.Approve, "rollback was rehearsed on Monday", viewtest.Noon)
	v, second := v.Update(views.Refresh{})
	v, _ = v.Update(second())
	v, _ = v.Update(old)
	if l := line(v, c, "CHG-4195"); !strings.Contains(l, "approved") {
		t.Errorf("an older answer came through: %q", l)
	}
	other := viewtest.Open(queue.New(viewtest.Story()), 80, 60)
	_, cmd := other.Update(views.Refresh{})
	before := viewtest.Text(v, c.Frame(), 80, 60)
	if v, _ = v.Update(cmd()); viewtest.Text(v, c.Frame(), 80, 60) != before {
		t.Error("another view's answer came through")
	}
}

func TestMarks(t *testing.T) {
	c := viewtest.Story()
	v := on(t, c, "CHG-4195", 80, 60)
	v, _ = viewtest.Type(v, "space")
	if s := v.Selection(); len(s.Marked) != 1 || s.Marked[0].Change.ID != "CHG-4195" || s.ID == "CHG-4195" {
		t.Errorf("marked %v, the cursor on %s", len(s.Marked), s.ID)
	}
	if !strings.Contains(line(v, c, "CHG-4195"), "CHG-4195*") || levers(v, c) != "A! R! Q!" {
		t.Errorf("%q with %s", line(v, c, "CHG-4195"), levers(v, c))
	}
	v, _ = viewtest.Type(v, "g", "g", "space") // a Moderate one: no batch approval
	if len(v.Selection().Marked) != 2 || levers(v, c) != "A- R! Q!" {
		t.Errorf("%d marked with %s", len(v.Selection().Marked), levers(v, c))
	}
	v, _ = viewtest.Type(v, "k", "space")
	if len(v.Selection().Marked) != 1 {
		t.Error("a second space does not take the mark away")
	}
}

func TestMoving(t *testing.T) {
	c := viewtest.Story()
	v := viewtest.Open(queue.New(c), 80, 20)
	all := ids(viewtest.Open(queue.New(c), 80, 60), c)
	for _, k := range []struct {
		key  string
		want int
	}{{"j", 1}, {"down", 2}, {"k", 1}, {"end", 7}, {"home", 0}, {"ctrl+d", 3}, {"ctrl+u", 0}, {"pgdown", 7}, {"pgup", 0}, {"k", 0}} {
		v, _ = viewtest.Type(v, k.key)
		if got := slices.Index(all, v.Selection().ID); got != k.want {
			t.Errorf("%s goes to row %d, want %d", k.key, got, k.want)
		}
		if lit := strings.Split(viewtest.Text(v, c.Frame(), 80, 20), "\n")[v.Lit()]; !strings.HasPrefix(lit, "▌") {
			t.Errorf("after %s the lit row is %q", k.key, lit)
		}
	}
	v, _ = viewtest.Type(v, "g", "e")
	if v.Selection().ID != all[7] {
		t.Error("ge does not go to the end")
	}
	v, said := viewtest.Type(v, "enter")
	if want := (views.Open{View: "change", ID: all[7]}); len(said) != 1 || said[0] != want {
		t.Errorf("⏎ says %v", said)
	}
	var orders [][]string
	for range 4 {
		v, _ = viewtest.Type(v, "s")
		orders = append(orders, ids(v, c))
		if v.Selection().ID != all[7] {
			t.Error("sorting moves the cursor to another change")
		}
	}
	v, _ = v.Update(views.Resize{W: 80, H: 60})
	if got := ids(v, c); !slices.Equal(got, all) {
		t.Errorf("four times s is not the first order: %v", orders)
	}
}

// While nothing happens every reading is the same snapshot. What the reader marked and where the cursor is
// stays; a sentence about a store that did not answer goes; a filter that asks for the time is asked again.
func TestTheSameSnapshotAgain(t *testing.T) {
	c := viewtest.Story()
	q, err := c.Queue(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	w := &shared{Company: c, queue: q}
	v := viewtest.Open(queue.New(w), 80, 60)
	v, _ = viewtest.Type(v, "j", "space")
	before := viewtest.Text(v, c.Frame(), 80, 60)
	w.err = release.Errorf(release.Internal, "it broke")
	v = refresh(v)
	if !strings.Contains(viewtest.Text(v, c.Frame(), 80, 60), "it broke") {
		t.Fatal("the failure is not on the screen")
	}
	w.err = nil
	v = refresh(v)
	if got := viewtest.Text(v, c.Frame(), 80, 60); got != before {
		t.Errorf("the same snapshot reads\n%s\nwas\n%s", got, before)
	}
	v, shown, _ := v.Filter("due<4h")
	if shown != 2 {
		t.Fatalf("%d are due", shown)
	}
	c.At = c.At.Add(50 * time.Hour)
	if v = refresh(v); len(ids(v, c)) <= 2 {
		t.Errorf("two days later %v are due", ids(v, c))
	}
}

// A row that stopped waiting may stay on the screen for hours: the snapshot that it was in must not.
func TestAGoneRowDoesNotKeepItsSnapshot(t *testing.T) {
	c := viewtest.Story()
	q, err := c.Queue(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	first := weak.Make(&q.Items[0])
	w := &shared{Company: c, queue: q}
	v := viewtest.Open(queue.New(w), 80, 60)
	c.Stored = slices.DeleteFunc(c.Stored, func(s viewtest.Stored) bool { return s.Change.ID == "CHG-4182" })
	if q, err = c.Queue(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.queue = q
	v = refresh(v)
	if !strings.Contains(line(v, c, "CHG-4182"), "gone") {
		t.Fatalf("the row reads %q", line(v, c, "CHG-4182"))
	}
	runtime.GC()
	if first.Value() != nil {
		t.Error("the old snapshot is still held")
	}
	runtime.KeepAlive(v)
}

// What needs its whole evidence on screen is read in the view of one change: the list never counts as that,
// however large the wall.
func TestTheListIsNotTheEvidence(t *testing.T) {
	c := viewtest.Story()
	s := c.Of("CHG-4193")
	s.Dossier.Pulls = append(c.Of("CHG-4182").Dossier.Pulls, c.Of("CHG-4182").Dossier.Pulls[0])
	s.Dossier.Pulls[0].Lines, s.Dossier.Pulls[0].Files = 4000, 400
	for _, size := range [][2]int{{80, 20}, {120, 32}, {200, 66}} {
		got := on(t, c, "CHG-4193", size[0], size[1]).Selection()
		if !got.Item.Full() || got.Revision != s.Change.Revision {
			t.Fatalf("risk %d is not High, revision %d", got.Item.Change.Risk.Score, got.Revision)
		}
		if got.Read {
			t.Errorf("%v: the queue counts as the whole evidence of a High risk", size)
		}
	}
}

func TestFilter(t *testing.T) {
	c := viewtest.Story()
	v := viewtest.Open(queue.New(c), 80, 60)
	for words, want := range map[string]string{
		"":               "4193 4211 4177 4182 4195 4190 4203 4215",
		"risk>55":        "4193 4182",
		"risk<=18":       "4195 4203",
		"risk=40":        "4211 4177 4190",
		"due<4h":         "4193 4211",
		"due>2d":         "4177 4182 4195 4190 4203 4215",
		"svc:checkout":   "4211 4190",
		"team:pay":       "4177 4182",
		"unit:payments":  "4177 4182",
		"region:EMEA":    "4193 4211 4177 4182 4195 4190 4203",
		"region:apac":    "",
		"kind:emergency": "4211", "state:locked": "4190 4215", "state:stop": "4190 4215", "by:kito": "4193 4211 4177 4182 4195 4215",
		"-by:kito": "4190 4203", "checkout -voucher": "4211", "env:prod": "4193 4211 4177 4182 4195 4190 4203 4215",
		"svc:search,notify": "4195 4203", "owner:kito -team:pay": "4193 4211 4195 4215", "evid:failed": "4182", "sod:unknown": "4190", "svc~out": "4211 4190", "region:latam,em due<4h": "4193 4211", "age<3h": "4211 4195 4190 4203 4215", `"checkout-web 2"`: "4211 4190", "CHG-4190": "4190", "risk>": "4193 4211 4177 4182 4195 4190 4203 4215",
		"due<soon": "4193 4211 4177 4182 4195 4190 4203 4215", "team:": "4193 4211 4177 4182 4195 4190 4203 4215", "nonsense:x": "", "-": "4193 4211 4177 4182 4195 4190 4203 4215",
	} {
		f, shown, of := v.Filter(words)
		var got []string
		for _, id := range ids(f, c) {
			got = append(got, strings.TrimPrefix(id, "CHG-"))
		}
		if strings.Join(got, " ") != want || shown != len(got) || of != 8 {
			t.Errorf("%q shows %v (%d of %d), want %s", words, got, shown, of, want)
		}
	}
	f, _, _ := v.Filter("risk>99")
	if text := viewtest.Text(f, c.Frame(), 80, 20); !strings.Contains(text, "No change in this list fits “risk>99”.") || !strings.Contains(text, "esc") {
		t.Errorf("no row fits:\n%s", text)
	}
	if f, shown, _ := f.Filter(""); shown != 8 || f.Selection().ID == "" {
		t.Error("the filter cannot be taken away")
	}
}

// No text and no size breaks the screen.
func TestAnySizeAnyText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w, h := rapid.IntRange(1, 240).Draw(t, "w"), rapid.IntRange(1, 70).Draw(t, "h")
		c := rapid.SampledFrom([]func() *viewtest.Company{viewtest.Story, viewtest.Dark, viewtest.Empty}).Draw(t, "company")()
		c.Spoil(t)
		v := viewtest.Open(queue.New(c), w, h)
		for _, k := range rapid.SliceOfN(rapid.SampledFrom([]string{"j", "k", "end", "tab", "s", ".", "]", "[", "space", "ctrl+d", "enter", "g"}), 0, 12).Draw(t, "keys") {
			v, _ = viewtest.Type(v, k)
		}
		v, _, _ = v.Filter(viewtest.Hostile().Draw(t, "filter"))
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
		v.Selection()
		if v.Lit() >= h {
			t.Fatalf("lit %d of %d", v.Lit(), h)
		}
	})
}

// Drawing changes nothing: the same state and frame give the same cells.
func TestDrawIsPure(t *testing.T) {
	c := viewtest.Story()
	v := viewtest.Open(queue.New(c), 120, 32)
	f := c.Frame()
	one := viewtest.Text(v, f, 120, 32)
	c.Down = release.Errorf(release.Unavailable, "gone")
	c.At = c.At.Add(time.Hour)
	if two := viewtest.Text(v, f, 120, 32); one != two {
		t.Errorf("drawn twice:\n%s\n%s", one, two)
	}
}

// Between one and three promises without an answer the evidence is judged and marked.
func TestLateEvidenceIsMarked(t *testing.T) {
	c := viewtest.Story()
	c.Connected[1].LastGood = viewtest.Noon.Add(-3 * time.Minute)
	v := on(t, c, "CHG-4177", 80, 20)
	if l := line(v, c, "CHG-4177"); !strings.Contains(l, " ~4/4 ") || !strings.Contains(l, "you") {
		t.Errorf("the row reads %q", l)
	}
	if l := line(v, c, "CHG-4182"); strings.Contains(l, "~") {
		t.Errorf("what rests on another feed reads %q", l)
	}
	for _, w := range []int{80, 120} {
		want := map[int]string{80: "evidence ▲", 120: "EVIDENCE ~4/4"}[w]
		if text := viewtest.Text(v, c.Frame(), w, 32); !strings.Contains(text, want) || w > 80 && !strings.Contains(text, "▲ gitlab late 3m00s") {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
}
