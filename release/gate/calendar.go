package gate

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"signalbox/release/conflict"
)

// Calendar is what the release calendar says of a change: the conflicts of its schedule, or of now where it has none.
type Calendar struct {
	Conflicts []conflict.Conflict
	// Cases are those of the conflicts that were raised, by the conflict's key: they hold the waivers.
	Cases map[string]conflict.Case
	// Unfed are the inputs of which nothing has ever come. What rests on these alone is told and bars nothing.
	Unfed conflict.Inputs
	// Unjudged says why the calendar could not be asked; "" where it was.
	Unjudged string
	Waivers  []string // who may waive
	Movers   []string // who may move
}

// Bar is the gate of the calendar that blocks, whatever is decided, and its reason; "" where none does.
func (a Answer) Bar() (name, reason string) {
	for _, g := range a.Gates {
		switch g.Gate {
		case FreezeGate, WindowGate, ConflictGate:
			if g.Verdict == Block {
				return g.Gate, g.Reason
			}
		}
	}
	return "", ""
}

// due is the instant about which the calendar is asked: that of the question, or that of the schedule ahead.
func (in *Input) due() time.Time {
	if in.Ahead && in.Item != nil && in.Item.Change.Schedule.From.After(in.At) {
		return in.Item.Change.Schedule.From
	}
	return in.At
}

// windowGate: a change runs when it is scheduled, and inside an agreed window where its scope has windows
// (DEFINITIONS B1, K3 and K19; argo-cd: an active deny beats every allow, which is the freeze gate's).
func windowGate(in Input) Result {
	r := Result{Gate: WindowGate, Verdict: Pass, Reason: "no window is asked of it"}
	if in.Item == nil {
		return r
	}
	c, cal := &in.Item.Change, &in.Calendar
	if !c.Schedule.IsZero() {
		r.Evidence = []string{c.ID + " is scheduled for " + c.Schedule.Text()}
		r.Reason = "it is inside its schedule"
	}
	var why []string
	for k := range cal.Conflicts {
		x := &cal.Conflicts[k]
		if x.Kind != conflict.OutsideWindow && x.Kind != conflict.Overruns {
			continue
		}
		if x.Kind == conflict.OutsideWindow && x.Outcome == conflict.Collides {
			r.Reason = ""
		}
		weigh(&r, x, in, &why)
	}
	if in.due().After(in.At) {
		r.Reason = "it is due " + c.Schedule.Text()
	} else if !c.Schedule.IsZero() && !c.Schedule.Admits(in.At) {
		r.Verdict = Block
		word := "not before it"
		if !in.At.Before(c.Schedule.To) {
			word = "and that is over"
		} else {
			r.ExpiresAt = c.Schedule.From
		}
		why = append([]string{fmt.Sprintf("%s is scheduled for %s, %s", c.ID, c.Schedule.Text(), word)}, why...)
		r.Unblock = append([]Unblock{{"move " + c.ID + ", or wait until it is due", cal.Movers}}, r.Unblock...)
	}
	if len(why) > 0 {
		r.Reason = strings.Join(why, "; ")
	}
	return r
}

// conflictGate: nothing on the calendar stands against it (PRACTICES 9.6). A hard conflict blocks, a soft one waits
// for somebody who waives it, a warning warns; so does a soft one of a change that has no schedule.
func conflictGate(in Input) Result {
	r := Result{Gate: ConflictGate, Verdict: Pass}
	cal := &in.Calendar
	if in.Item == nil {
		r.Reason = "there is no change that could be in conflict"
		return r
	}
	if cal.Unjudged != "" {
		r.Verdict, r.Reason = Unknown, "its conflicts cannot be judged: "+cal.Unjudged
		r.Unblock = []Unblock{{"mend what the sentence names", in.Admins}}
		return r
	}
	var why []string
	var dim conflict.Inputs // what nobody feeds
	for k := range cal.Conflicts {
		x := &cal.Conflicts[k]
		switch x.Kind {
		case conflict.FreezeHard, conflict.FreezeSoft, conflict.OutsideWindow, conflict.Overruns:
			continue // gates of their own say these
		}
		dim |= weigh(&r, x, in, &why)
	}
	switch {
	case len(why) > 0:
		r.Reason = strings.Join(why, "; ")
	case dim != 0:
		r.Reason = fmt.Sprintf("none of the %d kinds that can be judged", len(conflict.Kinds)-cal.Unfed.Unjudged())
		r.Evidence = append(r.Evidence, "nobody tells of "+dim.String())
	default:
		r.Reason = "no conflict"
	}
	return r
}

// weigh folds one conflict into a gate's result, and returns what nobody feeds of one that cannot be judged.
func weigh(r *Result, x *conflict.Conflict, in Input, why *[]string) conflict.Inputs {
	verdict := Warn
	id, said := "", x.Reason
	if k, ok := in.Calendar.Cases[x.Key]; ok {
		id = k.ID
		if x.Outcome == conflict.Collides && k.Holds(in.due()) {
			r.Evidence = append(r.Evidence, fmt.Sprintf("%s is waived until %s by %s", k.ID, k.Waiver.Until.UTC().Format("Mon 02 Jan 15:04Z"), k.Waiver.By))
			if r.ExpiresAt.IsZero() || k.Waiver.Until.Before(r.ExpiresAt) {
				r.ExpiresAt = k.Waiver.Until
			}
			return 0
		}
	}
	switch {
	case x.Outcome == conflict.Unknown:
		if dim := in.Calendar.Unfed & conflict.InputsOf(x.Missing); dim != 0 { // nobody can judge the kind, whatever else is missing
			return dim
		}
		if x.Severity == conflict.Hard {
			verdict = Unknown
		}
	case x.Severity == conflict.Hard:
		verdict = Block
	case x.Severity == conflict.Soft && !in.Item.Change.Schedule.IsZero(): // without a time there is no plan that one could waive it for
		verdict = NeedsApproval
	}
	if Fold([]Result{{Verdict: r.Verdict}, {Verdict: verdict}}) != r.Verdict {
		r.Verdict = verdict
	}
	name := x.Kind.ID()
	if id != "" {
		name = id + " " + name
	}
	r.Evidence = append(r.Evidence, name)
	if id != "" {
		said = id + " " + said
	}
	*why = append(*why, said)
	if verdict == Warn {
		return 0
	}
	act := Unblock{"move " + in.Item.Change.ID + " to a clean slot: slots " + in.Item.Change.ID, in.Calendar.Movers}
	if !slices.ContainsFunc(r.Unblock, func(u Unblock) bool { return u.Act == act.Act }) {
		r.Unblock = append(r.Unblock, act)
	}
	if id != "" && x.Outcome == conflict.Collides {
		r.Unblock = append(r.Unblock, Unblock{"waive " + id + " with a reason", in.Calendar.Waivers})
	}
	return 0
}
