// Package feeds is the screen of the feeds: how far each can be believed, what rests on it, what it could not
// carry, and what it did last. It owns the frozen order of its rows, the cursors of its two panes, the filter,
// and the pages of a feed: its log, a dead letter, a message, and how to connect. It imports release, views
// and views/kit, never a sibling, a store or control, and does no I/O in Update.
package feeds

import (
	"maps"
	"time"

	tea "charm.land/bubbletea/v2"

	"signalbox/release"
	"signalbox/release/feed"
	"signalbox/release/outbox"
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
	panel   *feed.Panel
	failed  *release.Error
	at      time.Time // when the snapshot was read

	order  order
	words  string
	match  filter.Query
	rows   []row  // in the order that was shown first, until "."
	cursor string // name of a feed
	top    int
	below  bool   // the lower pane has the cursor
	post   string // id of a dead letter or a message
	tests  map[string]trial
	motion views.Motion
}

// desk tells the answers for one view on the stack from those for another.
type desk struct{ _ byte }

// trial is what a test of a feed said.
type trial struct {
	at    time.Time
	lines []string
	err   *release.Error
}

// New opens the feeds of a session with the cursor on one of them, "" for the worst.
func New(w views.World, name string) views.View {
	return View{world: w, desk: &desk{}, asked: 1, cursor: release.Clean(name, 100)}
}

// Name is the word by which verbs bind their keys to this view.
func (v View) Name() string { return "feeds" }

// Crumbs are the place and the feed under the cursor.
func (v View) Crumbs() []string {
	if v.cursor == "" {
		return []string{"Feeds"}
	}
	return []string{"Feeds", v.cursor}
}

// Init reads the panel for the first time.
func (v View) Init() tea.Cmd { return read(v.world, v.desk, v.asked) }

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
		return v, read(v.world, v.desk, v.asked)
	case views.Answered:
		return v.answered(m), nil
	case views.Focus:
		return v.focused(m), nil
	case views.Click:
		return v.clicked(m), nil
	case panelRead:
		if m.desk != v.desk || m.seq <= v.applied {
			return v, nil
		}
		asked := v.cursor
		v = v.take(m)
		if v.applied > 1 || v.panel == nil || asked == "" || v.find(asked) != nil {
			return v, nil
		}
		return v, func() tea.Msg {
			return views.Say{Aspect: release.Stop, Text: "there is no feed " + asked + "; the configuration does not have it"}
		}
	}
	return v, nil
}

// answered keeps what a test said, until the feed is tested again.
func (v View) answered(m views.Answered) View {
	if m.Call.Verb != "connector test" {
		return v
	}
	t := trial{at: m.At}
	if m.Err != nil {
		t.err = release.AsError(m.Err)
	}
	for _, l := range m.Answer.Lines {
		t.lines = append(t.lines, release.Clean(l, 400))
	}
	v.tests = maps.Clone(v.tests)
	if v.tests == nil {
		v.tests = map[string]trial{}
	}
	v.tests[m.Call.Arg(0)] = t
	return v
}

// take applies an answer. A refusal hides what was shown: it may not be seen any more. Any other failure
// keeps it, with the sentence.
func (v View) take(m panelRead) View {
	v.applied = m.seq
	if m.err != nil {
		v.failed = release.AsError(m.err)
		if v.failed.Code == release.Refused || v.failed.Code == release.Unauthenticated {
			v.panel, v.rows, v.tests, v.post, v.below = nil, nil, nil, "", false
		}
		return v
	}
	first := v.panel == nil
	v.failed, v.panel, v.at = nil, m.panel, m.at
	if first {
		return v.rebuilt()
	}
	return v.merged()
}

// current is the row under the cursor of the list, nil in an empty list.
func (v View) current() *row {
	if k := v.place(); k >= 0 {
		return &v.rows[k]
	}
	return nil
}

// Selection is the feed under the cursor, or what is under the cursor of the lower pane.
func (v View) Selection() views.Selection {
	r := v.current()
	if r == nil || r.gone {
		return views.Selection{}
	}
	if !v.below {
		return views.Selection{Kind: views.FeedKind, ID: r.name, Feed: r.line}
	}
	p := v.posts()
	k := v.posted(p)
	if k < 0 {
		return views.Selection{}
	}
	return p[k].selection()
}

// post is a line of the lower pane: a dead letter or a message.
type post struct {
	line    *feed.Line
	letter  *feed.Letter
	message *outbox.Message
}

func (p post) id() string {
	if p.letter != nil {
		return p.letter.ID
	}
	return p.message.ID
}

func (p post) selection() views.Selection {
	s := views.Selection{Kind: views.MessageKind, ID: p.id(), Feed: p.line, Letter: p.letter, Message: p.message}
	if p.letter != nil {
		s.Kind = views.LetterKind
	}
	return s
}

// posts are the lines of the lower pane: the messages of a feed that goes out, else the dead letters, those of
// the feed under the cursor first.
func (v View) posts() []post {
	r := v.current()
	if r == nil || v.panel == nil {
		return nil
	}
	if r.line.Kind == feed.Out {
		return messages(r.line)
	}
	out := letters(r.line)
	for k := range v.panel.Lines {
		if l := &v.panel.Lines[k]; l.Name != r.name {
			out = append(out, letters(l)...)
		}
	}
	return out
}

func letters(l *feed.Line) []post {
	out := make([]post, len(l.Letters))
	for k := range l.Letters {
		out[k] = post{line: l, letter: &l.Letters[k]}
	}
	return out
}

func messages(l *feed.Line) []post {
	out := make([]post, len(l.Messages))
	for k := range l.Messages {
		out[k] = post{line: l, message: &l.Messages[k]}
	}
	return out
}

// posted is the place of the lower pane's cursor, -1 where there is nothing.
func (v View) posted(p []post) int {
	for k := range p {
		if p[k].id() == v.post {
			return k
		}
	}
	return min(0, len(p)-1)
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
