package control

import (
	"time"

	"signalbox/release"
	"signalbox/release/calendar"
)

// How far ahead the freezes of outside calendars are laid out at once.
const (
	layOut     = 62 * 24 * time.Hour
	layOutLook = 31 * 24 * time.Hour // and how far at least they reach from the instant asked about
)

// expanded are the freezes of outside calendars in a stretch of time, laid out once for all who ask about an
// instant in it.
type expanded struct {
	of       []calendar.Entry // the shared list that they come from
	from, to time.Time
	freezes  []calendar.Freeze
}

func (e *expanded) serves(of []calendar.Entry, at time.Time) bool {
	if e == nil || len(e.of) != len(of) || (len(of) > 0 && &e.of[0] != &of[0]) {
		return false
	}
	return !at.Before(e.from) && !at.Add(layOutLook).After(e.to)
}

// freezePeriods lists the freezes of outside calendars that are in force at an instant or begin within a
// month after it.
func (c *Control) freezePeriods(entries []calendar.Entry, at time.Time) []calendar.Freeze {
	if len(entries) == 0 {
		return nil
	}
	if e := c.frozen.Load(); e.serves(entries, at) {
		return e.freezes
	}
	e := &expanded{of: entries, from: at.Add(-2 * time.Hour).Truncate(24 * time.Hour)}
	e.to = e.from.Add(layOut)
	for _, x := range entries {
		if x.Kind == calendar.FreezePeriod {
			e.freezes = append(e.freezes, layOutFreeze(x, e.from, e.to)...)
		}
	}
	if now := c.now(); at.Sub(now).Abs() < layOutLook { // a question about a far day is not what others ask
		c.frozen.Store(e)
	}
	return e.freezes
}

// layOutFreeze are the occurrences of a freeze in [from, to). One that cannot be laid out bars throughout:
// what is not known is not clear.
func layOutFreeze(x calendar.Entry, from, to time.Time) []calendar.Freeze {
	f := calendar.Freeze{ID: x.Source, Kind: x.Hardness, Scope: x.Scope, Reason: x.Title, Source: x.Source, ExternalID: x.ExternalID, Revision: x.Revision, DeclaredAt: x.UpdatedAt}
	if f.Kind == "" {
		f.Kind = calendar.HardFreeze
	}
	happens, err := x.Occurrences(from, to)
	if err != nil {
		f.Interval, f.Reason = calendar.Interval{From: from, To: to}, "it cannot be laid out: "+release.AsError(err).Message
		return []calendar.Freeze{f}
	}
	out := make([]calendar.Freeze, len(happens))
	for i, o := range happens {
		out[i] = f
		out[i].Interval, out[i].Reason = o.Interval, o.Title
	}
	return out
}
