package change

import (
	"fmt"
	"time"

	"signalbox/release"
	"signalbox/release/calendar"
)

// Entry is the item on the calendar as it stands at an instant, for a change that waits for a decision or may go
// in: its interval is the life of the request, or that of the grant. Its aspect is the estate's, and stop or dark
// where the gate does not let an approved one in.
func (i *Item) Entry(at time.Time) calendar.Item {
	c, a := &i.Change, &i.Approval
	out := calendar.Item{Key: c.ID, Kind: calendar.Release, Change: c.ID, Service: c.Service, Environment: c.Environment, Version: c.Version,
		Title: c.Name(), Source: c.Connector, URL: c.URL, UpdatedAt: c.UpdatedAt, Aspect: i.Aspect(at)}
	quorum := fmt.Sprintf("%d of %s", a.Granted(), plural(a.Needed, "approval", "approvals"))
	when := func(otherwise calendar.Interval) calendar.Interval {
		if c.Schedule.IsZero() {
			return otherwise
		}
		return c.Schedule.Interval
	}
	if c.State == Requested {
		out.Stage, out.Interval = calendar.Waiting, when(calendar.Interval{From: a.RequestedAt, To: a.ExpiresAt})
		out.Says = "waits for a decision, " + quorum
		if why := i.Locked(); why != nil {
			out.Says += "; locked: " + release.AsError(why).Message
		}
		return out
	}
	out.Stage, out.Interval = calendar.Approved, when(calendar.Interval{From: a.GrantedAt(), To: a.GrantUntil})
	out.Says = "approved"
	switch i.Gate {
	case "block":
		out.Aspect, out.Says = release.Stop, "approved, and the gate is shut"
	case "unknown":
		out.Aspect, out.Says = release.Dark, "approved; whether the gate is open is not known"
	}
	return out
}
