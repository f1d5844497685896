package tui

import (
	"context"
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"

	"signalbox/release"
	"signalbox/release/change"
	"signalbox/views"
	"signalbox/views/kit"
)

// list is a plain view of the queue, or of the one change with an id.
type list struct {
	w      views.World
	id     string
	items  []change.Item
	at     int
	words  string
	marked map[string]bool
	read   bool
	h      int
}

type listMsg struct{ items []change.Item }

func lists() map[string]func(views.World, string) views.View {
	build := func(w views.World, id string) views.View { return list{w: w, id: id, marked: map[string]bool{}} }
	return map[string]func(views.World, string) views.View{"queue": build, "change": build}
}

func (l list) Name() string {
	if l.id != "" {
		return "change"
	}
	return "queue"
}

func (l list) Crumbs() []string {
	if l.id != "" {
		return []string{"Queue", l.id}
	}
	return []string{"Queue", "all"}
}

func (l list) Init() tea.Cmd {
	w := l.w
	return func() tea.Msg {
		q, err := w.Queue(context.Background())
		if err != nil {
			return listMsg{}
		}
		return listMsg{q.Items}
	}
}

func (l list) rows() []change.Item {
	var out []change.Item
	for _, i := range l.items {
		if (l.id == "" || l.id == i.Change.ID) && strings.Contains(i.Change.Name(), l.words) {
			out = append(out, i)
		}
	}
	return out
}

func (l list) Update(msg tea.Msg) (views.View, tea.Cmd) {
	switch msg := msg.(type) {
	case listMsg:
		l.items = msg.items
	case views.Refresh:
		return l, l.Init()
	case views.Resize:
		l.h = msg.H
	case tea.KeyPressMsg:
		switch msg.String() {
		case "j":
			l.at = min(l.at+1, max(0, len(l.rows())-1))
		case "k":
			l.at = max(0, l.at-1)
		case "end":
			l.read = true
		case "space":
			if r := l.rows(); l.at < len(r) {
				l.marked[r[l.at].Change.ID] = !l.marked[r[l.at].Change.ID]
			}
		case "enter":
			if r := l.rows(); l.at < len(r) {
				id := r[l.at].Change.ID
				return l, func() tea.Msg { return views.Open{View: "change", ID: id} }
			}
		case "x":
			return l, func() tea.Msg { return views.Open{View: "calendar"} }
		}
	}
	return l, nil
}

func (l list) Draw(c kit.Canvas, f views.Frame) {
	c.Rule(0, kit.Rule{Title: kit.Heading(strings.ToUpper(l.Name()), fmt.Sprint(len(l.rows())), l.words), Focus: true})
	if len(l.items) == 0 {
		c.Write(10, 3, kit.Mark(release.Go), kit.T("  Nothing waits for a decision.", kit.Plain()))
		return
	}
	for y, i := range l.rows() {
		id := kit.ID()
		mark := " "
		if l.marked[i.Change.ID] {
			mark = "*"
		}
		c.Write(1, y+1, kit.ItemMark(&i, f.Now), kit.T(mark, kit.Lever()), kit.T(i.Change.ID, id), kit.T("  "+i.Change.Name(), kit.Name()))
		c.WriteRight(c.W()-1, y+1, kit.Risk(i.Change.Risk, " "), kit.T("  "+kit.Quorum(i.Approval.Granted(), i.Approval.Needed), kit.Plain()),
			kit.T("  "+kit.Instant(i.Approval.ExpiresAt, f.Now, f.Zone), kit.Meta()))
	}
	c.Cursor(l.at+1, true)
}

func (l list) Lit() int { return l.at + 1 }

func (l list) Hints(f views.Frame) []kit.Hint {
	out := []kit.Hint{{Key: "j/k"}}
	if s := l.Selection(); s.Item != nil {
		out = append(out, views.Levers(l.Name(), f, s.Item)...)
	}
	return append(out, kit.Hint{Key: "space", Label: "mark"}, kit.Hint{Key: "⏎", Label: "detail"})
}

func (l list) Selection() views.Selection {
	r := l.rows()
	if l.at >= len(r) {
		return views.Selection{}
	}
	i := r[l.at]
	s := views.Selection{Kind: "change", ID: i.Change.ID, Revision: i.Change.Revision, Item: &i, Read: l.read}
	for _, m := range r {
		if l.marked[m.Change.ID] {
			s.Marked = append(s.Marked, m)
		}
	}
	return s
}

func (l list) Filter(words string) (views.View, int, int) {
	if l.id != "" {
		return l, 0, 0
	}
	l.words, l.at = words, 0
	return l, len(l.rows()), len(l.items)
}
