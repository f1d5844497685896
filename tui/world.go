package tui

import (
	"cmp"
	"context"
	"time"

	tea "charm.land/bubbletea/v2"

	"signalbox/release/board"
	"signalbox/release/feed"
	"signalbox/release/gate"
	"signalbox/release/verb"
	"signalbox/views"
)

// How long the shell waits for the world. A look that takes longer is asked again; an act that takes longer
// is answered with the store's own sentence.
const (
	lookTimeout = 5 * time.Second
	actTimeout  = 20 * time.Second
	// askTimeout is for what waits for the other side of a feed.
	askTimeout = 70 * time.Second
)

// How often a session reads: not more often than twice a second however much changes, and a blurred one
// every five seconds. Grants end and feeds go dark without a write, so it reads every five seconds anyway.
const (
	pace        = 500 * time.Millisecond
	pauseBlur   = 5 * time.Second
	rereadEvery = 5 * time.Second
)

// Messages from the shell's own commands.
type (
	changedMsg struct{ at time.Time } // something changed; at is the machine's clock
	endedMsg   struct{}               // the session must end
	tickMsg    struct{}
	flashedMsg struct{ n int }
	alarmMsg   struct {
		alarm board.Alarm
		err   error
	}
	caseMsg struct {
		id  string
		sum *gate.Case
		err error
	}
	// doneMsg answers calls, in their order.
	doneMsg struct {
		act     act
		answers []verb.Answer
		errs    []error
	}
	zoneMsg struct {
		name string
		zone *time.Location
		err  error
	}
)

// together is how long a change waits for those that follow it at once.
const together = 20 * time.Millisecond

// listen waits for the mailbox of the world, and then for what comes together with it, and until not before: what
// comes in between is one change.
func listen(w views.World, notBefore time.Time) tea.Cmd {
	return func() tea.Msg {
		ch := w.Changed()
		if _, open := <-ch; !open {
			return endedMsg{}
		}
		t := time.NewTimer(max(together, time.Until(notBefore)))
		defer t.Stop()
		for {
			select {
			case <-t.C:
				return changedMsg{time.Now()}
			case _, open := <-ch:
				if !open {
					return endedMsg{}
				}
			}
		}
	}
}

func readAlarm(w views.World) tea.Cmd {
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(context.Background(), lookTimeout)
		defer cancel()
		a, err := w.Alarm(ctx)
		return alarmMsg{a, err}
	}
}

func readCase(w views.World, id string) tea.Cmd {
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(context.Background(), lookTimeout)
		defer cancel()
		c, err := w.Case(ctx, id)
		return caseMsg{id, c, err}
	}
}

// act is what was asked of the world: one verb on one or more things.
type act struct {
	verb  string
	word  string // how the ticker says that it was done: "approved"
	calls []verb.Call
	// plain is set for an act on something other than a change: its answer is told in its own words, and to
	// the view of the frame with the serial.
	plain    bool
	serial   int
	patience time.Duration // how long each call may take; 0: actTimeout
	push     bool          // a test of a feed that only calls
}

// actOn is a call of a verb on something other than a change.
func actOn(serial int, v verb.Verb, sel views.Selection, flags map[string][]string) act {
	a := act{verb: v.Name, word: v.Hint, plain: true, serial: serial, patience: actTimeout,
		calls: []verb.Call{{Verb: v.Name, Args: []string{views.Subject(v, sel)}, Flags: flags, Seen: sel.Revision}}}
	if v.Danger == verb.Look {
		a.patience = askTimeout
		a.push = sel.Feed != nil && sel.Feed.Kind == feed.Push && v.Name == "connector test"
	}
	return a
}

// do runs the calls one after the other. A refusal of one does not stop the next.
func do(w views.World, a act) tea.Cmd {
	return func() tea.Msg {
		out := doneMsg{act: a}
		for _, c := range a.calls {
			ctx, cancel := context.WithTimeout(context.Background(), cmp.Or(a.patience, actTimeout))
			answer, err := w.Do(ctx, c)
			cancel()
			out.answers, out.errs = append(out.answers, answer), append(out.errs, err)
		}
		return out
	}
}

func tick(blurred bool) tea.Cmd {
	d := time.Second
	if blurred {
		d = pauseBlur
	}
	return tea.Every(d, func(time.Time) tea.Msg { return tickMsg{} })
}

// findZone looks a zone up; that may read a file.
func findZone(name string) tea.Cmd {
	return func() tea.Msg {
		z, err := time.LoadLocation(name)
		return zoneMsg{name, z, err}
	}
}
