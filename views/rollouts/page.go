package rollouts

import (
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	"signalbox/release"
	"signalbox/release/health"
	"signalbox/release/rollout"
	"signalbox/views"
	"signalbox/views/kit"
)

// page is one rollout on the whole screen. It is a value, copied on every change.
type page struct {
	world views.World
	desk  *desk
	w, h  int

	id      string
	asked   int
	applied int
	sheet   *rollout.Sheet
	list    *rollout.List // nil until it was read
	walk    []string      // the order in which "[" and "]" go, as it was first
	failed  *release.Error
	chart   int // the signal that is plotted, of health.Signals
	top     int
	motion  views.Motion
}

// Page opens a rollout by its id.
func Page(w views.World, id string) views.View {
	id = release.Clean(id, 40)
	if whole, err := rollout.ParseID(id); err == nil {
		id = whole
	}
	return page{world: w, desk: &desk{}, id: id, asked: 1}
}

// Name is the word by which verbs bind their keys to this view.
func (p page) Name() string { return "rollout" }

// Crumbs are the rollouts and this one.
func (p page) Crumbs() []string { return []string{"Rollouts", p.id} }

// Init reads the rollout for the first time.
func (p page) Init() tea.Cmd { return readSheet(p.world, p.desk, p.asked, p.id) }

// Update takes a key or an answer.
func (p page) Update(msg tea.Msg) (views.View, tea.Cmd) {
	switch m := msg.(type) {
	case tea.KeyPressMsg:
		return p.key(m.String())
	case views.Resize:
		p.w, p.h = m.W, m.H
		return p.scrolled(p.top), nil
	case views.Refresh:
		p.asked++
		return p, readSheet(p.world, p.desk, p.asked, p.id)
	case views.Click:
		return p.clicked(m)
	case sheetRead:
		if m.desk != p.desk || m.seq <= p.applied || m.id != p.id {
			return p, nil
		}
		p.applied = m.seq
		if m.err != nil {
			if p.failed = release.AsError(m.err); p.failed.Code == release.Refused || p.failed.Code == release.Unauthenticated {
				p.sheet, p.list = nil, nil
			}
			return p, nil
		}
		p.sheet, p.failed = m.sheet, nil
		if m.list != nil {
			p.list = m.list
			p.walk = walked(p.walk, m.list)
		}
		return p.scrolled(p.top), nil
	}
	return p, nil
}

// walked keeps the order of a walk and puts what is new at its end.
func walked(old []string, l *rollout.List) []string {
	out := slices.Clone(old)
	for _, rows := range [][]rollout.Row{l.Moving, l.Done} {
		for k := range rows {
			if !slices.Contains(out, rows[k].ID) {
				out = append(out, rows[k].ID)
			}
		}
	}
	return out
}

func (p page) key(k string) (views.View, tea.Cmd) {
	rows := max(p.room()-1, 1)
	switch by, moves := p.motion.Key(k, max(rows/2, 1), rows); {
	case by != 0 && p.w >= wide && slices.Contains([]string{"j", "k", "down", "up"}, k): // the list is beside it
		return p.gone(by)
	case by != 0:
		return p.scrolled(p.top + by), nil
	case moves:
		return p, nil
	}
	switch k {
	case "]":
		return p.gone(1)
	case "[":
		return p.gone(-1)
	case "v":
		p.chart = (p.chart + 1) % len(health.Signals)
		return p, nil
	case "enter", "l":
		if p.sheet == nil {
			return p, nil
		}
		if p.sheet.Change == "" {
			return p, say("no change is known for " + p.id)
		}
		id := p.sheet.Change
		return p, func() tea.Msg { return views.Open{View: "change", ID: id} }
	case "o":
		if p.sheet != nil {
			return p, outside(p.sheet.URL, p.id)
		}
	}
	return p, nil
}

// gone goes to the next rollout of the list.
func (p page) gone(by int) (views.View, tea.Cmd) {
	if len(p.walk) == 0 {
		return p, nil
	}
	at := slices.Index(p.walk, p.id)
	if at < 0 && by < 0 {
		at = len(p.walk)
	}
	if to := at + by; to >= 0 && to < len(p.walk) {
		p.id, p.sheet, p.failed, p.top = p.walk[to], nil, nil, 0
		p.asked++
		return p, readSheet(p.world, p.desk, p.asked, p.id)
	}
	end := "last"
	if by < 0 {
		end = "first"
	}
	return p, say(p.id + " is the " + end + " of the rollouts")
}

// Selection is the rollout.
func (p page) Selection() views.Selection {
	if p.sheet == nil {
		return views.Selection{}
	}
	return selected(&p.sheet.Row)
}

// Filter does nothing: a page is read as a whole.
func (p page) Filter(string) (views.View, int, int) { return p, 0, 0 }

// Lit is the row that names the rollout.
func (p page) Lit() int {
	switch {
	case p.sheet == nil || p.h == 0:
		return -1
	case p.sheet.Dark() && p.h > 1:
		return 1
	}
	return 0
}

// Hints are the keys of the page.
func (p page) Hints(views.Frame) []kit.Hint {
	var out []kit.Hint
	if len(p.walk) > 1 {
		out = append(out, kit.Hint{Key: "[ ]", Label: "rollout"})
	}
	if p.sheet != nil {
		if p.sheet.Change != "" {
			out = append(out, kit.Hint{Key: "⏎", Label: p.sheet.Change})
		}
		if p.w >= wide && len(p.sheet.Series) > 0 {
			out = append(out, kit.Hint{Key: "v", Label: "signal"})
		}
		if p.sheet.URL != "" {
			out = append(out, kit.Hint{Key: "o", Label: "outside"})
		}
		out = append(out, kit.Hint{Key: "y", Label: "link"})
		if p.w < wide && len(p.strips(p.frame(), p.w)) > p.room() {
			out = append(out, kit.Hint{Key: "j/k", Label: "scroll"})
		}
	}
	return append(out, kit.Hint{Key: "esc", Label: "back"}, kit.Hint{Key: "?"})
}

// frame is one whose times do not matter: how many strips there are does not depend on them.
func (p page) frame() views.Frame { return views.Frame{Now: p.world.Now(), Zone: time.UTC} }

// room is how many rows the strips have.
func (p page) room() int {
	h := p.h - headOf(p.sheet)
	if p.failed != nil && p.sheet != nil {
		h--
	}
	return max(h, 0)
}

// scrolled shows the page from a strip on, as far as there are any.
func (p page) scrolled(to int) page {
	if p.sheet == nil {
		p.top = 0
		return p
	}
	p.top = max(0, min(to, len(p.strips(p.frame(), p.right()))-p.room()))
	return p
}

// right is the width of the rollout itself.
func (p page) right() int {
	if p.w >= wide {
		return p.w - beside(p.w) - 1
	}
	return p.w
}

// beside is the width of the list at the left of a page.
func beside(w int) int { return min(max(w/4, 30), 44) }

// Keys are all keys by which one looks here.
func (p page) Keys() []kit.Hint {
	return []kit.Hint{{Key: "⏎", Label: "its change"}, {Key: "v", Label: "signal"}, {Key: "o", Label: "outside"}, {Key: "j/k", Label: "scroll, next"}, {Key: "[ ]", Label: "rollout"}}
}
