package tui

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"signalbox/release"
	"signalbox/release/board"
	"signalbox/views/kit"
)

// How long a sentence stays on the ticker row, and how long the same thing counts as one event.
const (
	noteFor  = 20 * time.Second
	foldOver = time.Minute
)

// note is a sentence on the ticker row: what a lever did, why it did not, what a key means.
type note struct {
	aspect release.Aspect
	lead   string // said with the aspect's weight: "refused:"
	id     string
	text   string
	try    string // what helps, dim, after the text
	sticky bool   // until the next key
	until  time.Time
}

// event is one line of the ticker, with how often it happened.
type event struct {
	board.Event
	times int
}

// ticker is the row above the hints.
type ticker struct {
	note   *note
	events []event // newest first
	newest int64   // the newest event that has come
	read   int64   // events up to this one were seen
	at     int     // the event on the row
}

// take folds the events of an alarm. The first time all of them are old news.
func (t *ticker) take(events []board.Event, first bool) {
	shown := int64(0)
	if t.at < len(t.events) && t.at > 0 {
		shown = t.events[t.at].Seq
	}
	t.events = fold(events)
	t.at = 0
	if first {
		for _, e := range events {
			t.read = max(t.read, e.Seq)
		}
	}
	t.worstFirst()
	var top int64
	for _, e := range events {
		top = max(top, e.Seq)
	}
	if top == t.newest && shown != 0 { // nothing new: the reader stays where they were
		t.at = max(0, slices.IndexFunc(t.events, func(e event) bool { return e.Seq == shown }))
	}
	t.newest = top
}

// worstFirst puts what bars before the rest of what nobody has read here: it must not leave the row because
// something else happened after it.
func (t *ticker) worstFirst() {
	order := []release.Aspect{release.Stop, release.Escalated, release.Dark, release.Caution}
	rank := func(e event) int {
		k := slices.Index(order, e.Aspect)
		switch {
		case e.Seq <= t.read:
			return len(order) + 1
		case k < 0:
			return len(order)
		}
		return k
	}
	slices.SortStableFunc(t.events, func(a, b event) int { return rank(a) - rank(b) })
}

// fold joins neighbours about the same thing with the same aspect within a minute.
func fold(events []board.Event) []event {
	var out []event
	for _, e := range events {
		if n := len(out); n > 0 {
			if l := &out[n-1]; e.ID != "" && l.ID == e.ID && l.Aspect == e.Aspect && l.At.Sub(e.At) <= foldOver {
				l.times++
				continue
			}
		}
		out = append(out, event{e, 1})
	}
	return out
}

// more counts the events after the one shown that nobody has read here.
func (t *ticker) more() int {
	n := 0
	for i := t.at + 1; i < len(t.events); i++ {
		if t.events[i].Seq > t.read {
			n++
		}
	}
	return n
}

// walk shows the next older event, or the newer one.
func (t *ticker) walk(older bool) {
	switch {
	case t.note != nil:
		t.note = nil
	case older:
		t.at = min(t.at+1, max(0, len(t.events)-1))
		if t.more() == 0 {
			t.read = t.newest
		}
	default:
		t.at = max(0, t.at-1)
	}
}

// say puts a sentence on the ticker row, before the events.
func (s *shell) say(n note) {
	if n.until.IsZero() {
		n.until = s.now.Add(noteFor)
	}
	s.ticker.note = &n
}

// refuse says why something was not done, in the error's own words.
func (s *shell) refuse(err error) {
	e := release.AsError(err)
	n := note{aspect: release.Stop, text: e.Message, try: e.Try}
	switch e.Code {
	case release.Refused, release.Unauthenticated:
		n.lead = "refused: "
	case release.Changed:
		n.lead = "changed under you: "
	}
	s.say(n)
}

// expire drops what has had its time.
func (s *shell) expire() {
	if n := s.ticker.note; n != nil && !n.sticky && !s.now.Before(n.until) {
		s.ticker.note = nil
	}
	s.undos = slices.DeleteFunc(s.undos, func(u undo) bool { return !s.now.Before(u.until) })
}

// drawTicker paints the row. Advice that does not fit beside its sentence is returned, for the row below.
func (s *shell) drawTicker(c kit.Canvas, y int) (advice string) {
	right := c.W() - 1
	if n := s.ticker.note; n == nil || s.ticker.more() > 0 && len(s.undos) == 0 && kit.RunsWidth(n.runs()) < right-14 {
		if more := s.ticker.more(); more > 0 {
			right = c.More(y, more) - 2
		}
	}
	if n := len(s.undos); n > 0 {
		u := s.undos[n-1]
		left := kit.Span(max(0, u.until.Sub(s.now)))
		label := " undo "
		if s.ticker.note != u.said || u.said == nil { // what stands beside it speaks of something else
			label = " undo " + u.name() + " "
		}
		right = c.WriteRight(right, y, kit.T("U", kit.Lever()), kit.T(label, kit.Plain()), kit.T(left, kit.Meta())) - 2
	}
	if n := s.ticker.note; n != nil {
		runs := n.runs()
		if kit.RunsWidth(runs) > right-1 {
			first := *n
			first.try, advice = "", n.try
			if runs = first.runs(); s.sheet == nil && s.filter == nil {
				runs, advice = first.broken(right-1, n.try)
			}
		}
		c.WriteIn(1, y, right-1, runs...)
		return advice
	}
	if len(s.ticker.events) == 0 {
		word := "nothing has happened yet"
		switch {
		case s.alarmed:
		case release.CodeOf(s.alarmErr) == release.Refused:
			word = "the log is not shown to you"
		case s.alarmErr != nil:
			word = "the log could not be read"
		default:
			word = "reading the log"
		}
		c.WriteIn(1, y, right-1, kit.T("▸ ", kit.Meta()), kit.T(word, kit.Meta()))
		return ""
	}
	e := s.ticker.events[min(s.ticker.at, len(s.ticker.events)-1)]
	runs := []kit.Run{kit.T("▸ ", kit.Meta()), kit.T(s.clock.moment(e.At, s.now)+" ", kit.Meta())}
	switch e.Aspect {
	case release.Stop, release.Caution, release.Escalated, release.Dark:
		runs = append(runs, kit.Mark(e.Aspect), kit.T(" ", kit.Plain()))
	}
	said := e.Text
	if e.ID != "" {
		if rest, ok := strings.CutPrefix(said, e.ID+" "); ok {
			said = rest // it begins with its own subject
		}
		runs = append(runs, kit.T(e.ID, kit.Strong()), kit.T(" ", kit.Plain()))
	}
	runs = append(runs, kit.T(said, kit.Plain()))
	if e.times > 1 {
		runs = append(runs, kit.T(fmt.Sprintf(" ×%d", e.times), kit.Meta()))
	}
	c.WriteIn(1, y, right-1, runs...)
	return ""
}

// broken is a note without advice in w cells, at a blank where it is too long; what is left of it, with the
// advice, is for the row below.
func (n *note) broken(w int, try string) (runs []kit.Run, below string) {
	runs = n.runs()
	last := len(runs) - 1
	lines := kit.Wrap(n.text, w-kit.RunsWidth(runs[:last]))
	if kit.RunsWidth(runs) <= w || len(lines) < 2 {
		return runs, try
	}
	runs[last].Text = lines[0]
	below = strings.Join(lines[1:], " ")
	if try != "" {
		below += " · " + try
	}
	return runs, below
}

func (n *note) runs() []kit.Run {
	runs := []kit.Run{kit.Mark(n.aspect), kit.T(" ", kit.Plain())}
	if n.lead != "" {
		style := kit.Plain()
		if n.aspect != release.Go {
			style = kit.AspectWord(n.aspect)
		}
		runs = append(runs, kit.T(n.lead, style))
	}
	if n.id != "" {
		runs = append(runs, kit.T(n.id, kit.Strong()), kit.T(" ", kit.Plain()))
	}
	runs = append(runs, kit.T(n.text, kit.Plain()))
	if n.try != "" {
		runs = append(runs, kit.T(" · ", kit.Faint()), kit.T(n.try, kit.Meta()))
	}
	return runs
}
