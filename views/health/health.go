// Package health is the screen of service level objectives: what is left of each error budget, how fast it
// burns, and what speaks about it: versions side by side, rollouts, alerts, and the monitors it rests on. It
// owns the frozen order of its rows, the cursors of its two panes, the filter and the span of the chart. It
// imports release, views and views/kit, never a sibling, a store or control, and does no I/O in Update.
package health

import (
	"time"

	tea "charm.land/bubbletea/v2"

	"signalbox/release"
	"signalbox/release/health"
	"signalbox/views"
	"signalbox/views/filter"
)

// View is the screen's state: a value, copied on every change.
type View struct {
	world views.World
	desk  *desk
	w, h  int

	asked   int // the newest question to the world
	applied int // the newest answer taken
	panel   *health.Panel
	series  *health.Series // of the line under the cursor, over span; may be of another until it is read
	failed  *release.Error
	at      time.Time // when the snapshot was read

	order   order
	words   string
	match   filter.Query
	want    views.Focus // what to put the cursor on when the panel has been read
	rows    []row       // in the order that was shown first, until "."
	cursor  string      // id of a line
	top     int
	below   bool // the alerts have the cursor
	alert   int  // the first alert shown
	span    int  // of health.Charts
	version string
	motion  views.Motion
}

// desk tells the answers for one view on the stack from those for another.
type desk struct{ _ byte }

// New opens the health of all services with the cursor on one of them, "" for the worst.
func New(w views.World, id string) views.View {
	return View{world: w, desk: &desk{}, asked: 1, cursor: release.Clean(id, 200), span: 1}
}

// Name is the word by which verbs bind their keys to this view.
func (v View) Name() string { return "health" }

// Crumbs are the place and the line under the cursor.
func (v View) Crumbs() []string {
	if v.cursor == "" {
		return []string{"Health"}
	}
	return []string{"Health", v.cursor}
}

// Init reads the panel for the first time.
func (v View) Init() tea.Cmd { return v.read() }

func (v View) read() tea.Cmd {
	return read(v.world, v.desk, v.asked, v.cursor, health.Charts[v.span])
}

// Update takes a key or an answer.
func (v View) Update(msg tea.Msg) (views.View, tea.Cmd) {
	switch m := msg.(type) {
	case tea.KeyPressMsg:
		return v.key(m.String())
	case views.Resize:
		v.w, v.h = m.W, m.H
		return v.scrolled(), nil
	case views.Refresh:
		v.asked++
		return v, v.read()
	case views.Focus:
		return v.focused(m)
	case views.Click:
		return v.clicked(m)
	case panelRead:
		if m.desk != v.desk || m.seq <= v.applied {
			return v, nil
		}
		asked, first := v.cursor, v.applied == 0
		v = v.take(m)
		switch {
		case v.panel == nil:
			return v, nil
		case first && asked != "" && v.cursor != asked && v.serviceOf(v.cursor) != asked:
			return v, tea.Batch(v.redraw(), func() tea.Msg {
				return views.Say{Aspect: release.Stop, Text: "nothing is known of the health of " + asked}
			})
		case v.stale():
			return v, v.redraw()
		}
	case seriesRead:
		if m.desk == v.desk && m.series != nil && m.series.Line == v.cursor && m.series.Span == health.Charts[v.span] {
			v.series = m.series
		}
	}
	return v, nil
}

// stale reports whether the chart is of another line or span than is looked at.
func (v View) stale() bool {
	return v.series == nil || v.series.Line != v.cursor || v.series.Span != health.Charts[v.span]
}

// redraw asks for the chart of the line under the cursor.
func (v View) redraw() tea.Cmd {
	if v.current() == nil {
		return nil
	}
	return readSeries(v.world, v.desk, v.cursor, health.Charts[v.span])
}

// take applies an answer. A refusal hides what was shown: it may not be seen any more. Any other failure
// keeps it, with the sentence.
func (v View) take(m panelRead) View {
	v.applied = m.seq
	if m.err != nil {
		v.failed = release.AsError(m.err)
		if v.failed.Code == release.Refused || v.failed.Code == release.Unauthenticated {
			v.panel, v.rows, v.series, v.below = nil, nil, nil, false
		}
		return v
	}
	first := v.panel == nil
	v.failed, v.panel, v.at = nil, m.panel, m.at
	if m.series != nil {
		v.series = m.series
	}
	if first {
		return v.named().rebuilt().wanting().scrolled()
	}
	return v.merged()
}

// named turns a service that was asked for into the id of its first line.
func (v View) named() View {
	if v.find(v.cursor) != nil {
		return v
	}
	for k := range v.panel.Lines {
		if v.panel.Lines[k].Service == v.cursor {
			v.cursor = v.panel.Lines[k].ID
			return v
		}
	}
	return v
}

func (v View) serviceOf(id string) string {
	if l := v.find(id); l != nil {
		return l.Service
	}
	return ""
}

// current is the row under the cursor, nil in an empty list.
func (v View) current() *row {
	if k := v.place(); k >= 0 {
		return &v.rows[k]
	}
	return nil
}

// Selection is the service under the cursor; over the alerts it is of the time when the first of them began.
func (v View) Selection() views.Selection {
	r := v.current()
	if r == nil || r.gone {
		return views.Selection{}
	}
	s := views.Selection{Kind: views.ServiceKind, ID: r.line.Service, Service: r.line.Service, Environment: r.line.Environment}
	if list := v.alerts(); v.below && v.alert < len(list) {
		s.At = list[v.alert].StartsAt
	}
	return s
}

// Filter narrows the rows to those that fit the words.
func (v View) Filter(words string) (views.View, int, int) {
	v.words, v.match = words, language.Parse(words)
	if v.panel == nil {
		return v, 0, 0
	}
	v = v.rebuilt()
	return v, len(v.rows), len(v.panel.Lines)
}
