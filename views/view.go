package views

import (
	"time"

	tea "charm.land/bubbletea/v2"

	"signalbox/release"
	"signalbox/release/access"
	"signalbox/release/board"
	"signalbox/release/calendar"
	"signalbox/release/change"
	"signalbox/release/conflict"
	"signalbox/release/feed"
	"signalbox/release/gate"
	"signalbox/release/outbox"
	"signalbox/release/verb"
	"signalbox/views/kit"
)

// Frame is what a view draws from besides its own snapshot: the same for every view of a session.
type Frame struct {
	Now    time.Time      // UTC
	Zone   *time.Location // the zone in which times are shown
	Person *access.Person
	Verbs  verb.Table
	Alarm  board.Alarm
}

// Kinds of what may be selected.
const (
	ChangeKind  = "change"
	FeedKind    = "feed"
	LetterKind  = "letter"  // a dead letter
	MessageKind = "message" // one to the outside
	// Of a sandbox: what a trainer may let happen, and a story.
	InjectKind   = "inject"
	ScenarioKind = "scenario"
	FreezeKind   = "freeze" // one that was declared here
	EntryKind    = "entry"  // anything else on the calendar
	RolloutKind  = "rollout"
	NodeKind     = "node" // of the dependency graph
	ServiceKind  = "service"
	AlertKind    = "alert"
	MarkKind     = "mark" // a place in time
	ConflictKind = "conflict"
)

// Selection is what a lever pulled now would act on. What it points to is the snapshot's own and must not be
// changed.
type Selection struct {
	Kind     string // "" where nothing is selected
	ID       string
	Revision int64 // the revision that the eyes saw; 0 of what has none
	Item     *change.Item
	Gate     *gate.Answer // the gate's on the item in this revision, nil where it was not read yet
	Feed     *feed.Line   // the feed, or the one that the letter or the message belongs to
	Letter   *feed.Letter
	Message  *outbox.Message
	Freeze   *calendar.Freeze
	Entry    *calendar.Item
	// Of a conflict: the case, and the ways out of it as they were painted, nil where they were not read in this
	// revision. Item is then the change that should yield, and Dark are the feeds that are silent and that the ways
	// out rest on.
	Case  *conflict.Case
	Brief *conflict.Brief
	Dark  []string
	Ways  []Way // the slots of the Brief, as they were painted
	// Marked are the items marked with space; levers act on them where there are any.
	Marked []change.Item
	// Read reports whether the object's whole evidence has been on screen in this revision, in a view that
	// keeps account of it. An approval at High risk and above is locked until then.
	Read bool
	// What other views open on when they are gone to from here, as far as it is known: ids, and the instant (UTC)
	// that the selection is about. Of a change the first three are read from its Item.
	Change, Service, Environment string
	Rollout                      string
	At                           time.Time
}

// View is one screen. It is a value that the shell holds on its stack; it keeps its own cursor, scroll and
// filter. Update does no I/O: reading happens in the commands that it returns.
type View interface {
	// Name is the word by which verbs bind their keys to the view ("queue"), and by which it is opened.
	Name() string
	// Crumbs are the breadcrumbs after SIGNALBOX, the last one the place itself.
	Crumbs() []string
	// Init returns the command that reads the first snapshot.
	Init() tea.Cmd
	// Update takes keys that are not the shell's, Refresh, Resize, and what its own commands return.
	Update(msg tea.Msg) (View, tea.Cmd)
	// Draw paints the body: every cell of c between the alarm line and the ticker. It is pure.
	Draw(c kit.Canvas, f Frame)
	// Lit is the row of the body that stays lit under a sheet, -1 for none. It is that of the last size.
	Lit() int
	// Hints are the keys of the selected row that this person may use now, levers first.
	Hints(f Frame) []kit.Hint
	Selection() Selection
	// Filter narrows the rows to those that fit the words, and reports how many of all are shown. A view
	// without rows returns 0, 0 and is not filtered.
	Filter(words string) (View, int, int)
}

// Messages from the shell to the view on top.
type (
	// Refresh says that something changed: read again.
	Refresh struct{}
	// Resize gives the size of the body in cells.
	Resize struct{ W, H int }
	// Answered is what came of a lever that was pulled in the view.
	Answered struct {
		Call   verb.Call
		Answer verb.Answer
		Err    error
		At     time.Time // domain clock, UTC
	}
)

// Messages from a view to the shell.
type (
	// Open pushes the named view on the stack, on the thing with an id ("" for a list).
	Open struct{ View, ID string }
	// Back pops the view.
	Back struct{}
	// Say shows a sentence on the ticker row.
	Say struct {
		Aspect release.Aspect
		Text   string
	}
)
