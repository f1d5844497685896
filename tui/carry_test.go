package tui

import (
	"testing"

	tea "charm.land/bubbletea/v2"

	"signalbox/release/change"
	"signalbox/views"
	"signalbox/views/kit"
)

// page is a view that shows on what it was opened and what it was told.
type page struct {
	name, id string
	focus    views.Focus
	click    views.Click
	rows     int // the cursor's row, as the arrows move it
}

func (p page) Name() string     { return p.name }
func (p page) Crumbs() []string { return []string{p.name, p.id} }
func (p page) Init() tea.Cmd    { return nil }
func (p page) Update(msg tea.Msg) (views.View, tea.Cmd) {
	switch m := msg.(type) {
	case views.Focus:
		p.focus = m
	case views.Click:
		p.click = m
	case tea.KeyPressMsg:
		switch m.String() {
		case "down", "j":
			p.rows++
		case "up":
			p.rows--
		}
	}
	return p, nil
}
func (p page) Draw(c kit.Canvas, _ views.Frame) { c.Put(1, 1, p.name+" "+p.id, kit.Plain()) }
func (p page) Lit() int                         { return -1 }
func (p page) Hints(views.Frame) []kit.Hint     { return nil }
func (p page) Selection() views.Selection {
	return views.Selection{Kind: "node", ID: p.id, Service: p.id, At: noon}
}
func (p page) Filter(string) (views.View, int, int) { return p, 0, 0 }

// everything are all places of the design, the queue as it is in the other tests.
func everything() map[string]func(views.World, string) views.View {
	all := lists()
	for _, p := range append(atlas(), place{name: "feed"}) {
		if _, ok := all[p.name]; !ok {
			all[p.name] = func(_ views.World, id string) views.View { return page{name: p.name, id: id} }
		}
	}
	return all
}

func TestDigitsCarryTheSelection(t *testing.T) {
	for _, c := range []struct{ keys, view, id string }{
		{"5", "graph", "identity"}, {"g d", "graph", "identity"}, {"6", "rollouts", "CHG-2"}, {"2", "calendar", "CHG-2"}, {"7", "health", "identity"}, {"g h", "health", "identity"},
		{"1", "board", ""}, {"3", "conflicts", "CHG-2"}, {"g x", "conflicts", "CHG-2"}, {"g f", "feeds", ""}, {"0 5", "graph", "identity"}, {"0 d", "graph", "identity"},
		{"enter 5", "graph", "identity"}, {"enter 2", "calendar", "CHG-2"}, {"5 7", "health", "identity"}, {"5 6", "rollouts", ""}, {"5 2", "calendar", ""},
	} {
		r := newRig(t, newHouse(), Options{Views: everything()})
		r.keys("j " + c.keys)
		if o := r.s.top().open; o.View != c.view || o.ID != c.id || len(r.s.stack) != 1 || r.s.sheet != nil {
			t.Errorf("%s opens %+v on a stack of %d", c.keys, o, len(r.s.stack))
		}
	}
	r := newRig(t, newHouse(), Options{Views: everything()})
	r.keys("j 1")
	if f := r.s.top().view.(page).focus; f.Change != "CHG-2" || f.Service != "identity" || f.Environment != "production" || f.Kind != views.ChangeKind {
		t.Errorf("the board was told of %+v", f)
	}
	r.keys("5 1")
	if f := r.s.top().view.(page).focus; f.ID != "" || !f.At.Equal(noon) {
		t.Errorf("the board was told of %+v", f)
	}
	// A digit for the place one is in reads it again and moves nothing.
	r = newRig(t, newHouse(), Options{Views: everything()})
	r.keys("j 5 j 5")
	if p := r.s.top().view.(page); p.rows != 1 || p.id != "identity" {
		t.Errorf("5 on the graph made it anew: %+v", p)
	}
}

func TestAServiceThatIsUnknownIsNotCarried(t *testing.T) {
	h := newHouse()
	h.touch("CHG-1", func(i *change.Item) { i.Change.Service = "unknown:acme/tool" })
	r := newRig(t, h, Options{Views: everything()})
	r.keys("5")
	if o := r.s.top().open; o.ID != "" {
		t.Errorf("%+v", o)
	}
}

// The view before comes back as it was left.
func TestTheViewBeforeKeepsItsCursorAndFilter(t *testing.T) {
	r := newRig(t, newHouse(), Options{Views: everything()})
	r.keys("/")
	r.write("s")
	r.keys("enter j 5 `")
	if f := r.s.top(); f.view.Name() != "queue" || f.filter != "s" || f.view.(list).at != 1 {
		t.Errorf("the queue came back as %+v", f)
	}
	r.keys("`")
	if r.s.top().view.Name() != "graph" {
		t.Error("and not back again")
	}
	r = newRig(t, newHouse(), Options{})
	r.keys("enter esc `")
	if r.s.top().open.ID != "CHG-1" {
		t.Error("the change did not come back")
	}
}

func TestMenuOfAllPlaces(t *testing.T) {
	r := newRig(t, newHouse(), Options{})
	r.keys("0 3")
	r.wants(t, r.ticker(t), "conflicts is not in this build yet")
	if _, open := r.s.sheet.(*menu); !open {
		t.Fatal("the menu closed on a place that there is not")
	}
	r.keys("esc")
	if r.s.sheet != nil {
		t.Fatal("esc did not close it")
	}
	r = newRig(t, newHouse(), Options{Views: everything()})
	r.keys("0 j enter")
	if r.s.top().view.Name() != "graph" {
		t.Fatalf("the row under the queue is %s", r.s.top().view.Name())
	}
	r.keys("0 f")
	if r.s.top().view.Name() != "feeds" || r.s.sheet != nil {
		t.Fatal("f did not go to the feeds")
	}
	r.keys("0")
	r.wants(t, r.screen(t), "5 changes wait · 4 yours", "1 freeze in force · 0 to come", "2 feeds · ○ 1 dark · 1 dead letter", "5 services", "14 of 15 in this build", "needs auditor or admin")
}

// The queue begins with what is most urgent to its reader, unless something was picked where they come from.
func TestTheQueueBeginsWithMine(t *testing.T) {
	for keys, want := range map[string]string{"4": "CHG-1", "6 4": "CHG-1", "j k 4": "CHG-2", "g g 4": "CHG-2", "5 4": "CHG-1", "j k 5 4": "CHG-2", "j k 1 4": "CHG-2"} {
		h := newHouse()
		h.feeds = nil // then CHG-2, which is at High risk, is the first row of the board
		r := newRig(t, h, Options{Views: places(), Start: []string{"board"}})
		if got := r.s.top().view.Selection().ID; got != "CHG-2" {
			t.Fatalf("the board begins with %s", got)
		}
		r.keys(keys)
		if got := r.s.top().view.Selection().ID; got != want || r.s.top().view.Name() != "queue" {
			t.Errorf("%s goes to %s, want %s", keys, got, want)
		}
	}
}

// The views of this build say what they have selected, so that a digit carries it on.
func TestRealViewsCarryTheirSelection(t *testing.T) {
	for _, c := range []struct{ place, keys, view, id string }{
		{"rollouts", "7", "health", "notify-svc"}, {"rollouts", "5", "graph", "notify-svc"}, {"rollouts", "2", "calendar", "CHG-4195"}, {"rollout RO-734", "7", "health", "checkout-web"},
		{"rollout RO-734", "6", "rollouts", "RO-734"}, {"graph checkout-web", "7", "health", "checkout-web"}, {"health", "5", "graph", "checkout-web"}, {"change CHG-4182", "7", "health", "payments-api"},
	} {
		s := scene{place: c.place, company: furnished[c.place].busy()}
		r := s.rig(t, "dark", "rich", 80, 24)
		r.keys(c.keys)
		if o := r.s.top().open; o.View != c.view || o.ID != c.id {
			t.Errorf("%s on %s opens %+v", c.keys, c.place, o)
		}
	}
}
