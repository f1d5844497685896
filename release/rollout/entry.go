package rollout

import (
	"time"

	"signalbox/release"
	"signalbox/release/calendar"
	"signalbox/release/health"
)

// Circumstances are what is known around a rollout at an instant.
type Circumstances struct {
	Unlawful string        // how it lacks leave, "" where it has it, or the change has moved on
	Alert    *health.Alert // the strongest that fires on its service, nil where none does
	Dark     bool          // the feed that tells of it is dark
}

// Entry is the rollout on the calendar as it stands at an instant. One that is going in ends at that instant, since
// nobody knows when it will; of one that another version replaced only the beginning is known.
func (o Observed) Entry(at time.Time, c Circumstances) calendar.Item {
	out := calendar.Item{Key: o.ID, Kind: calendar.Release, Change: o.Change, Rollout: o.ID, Service: o.Service, Environment: o.Environment, Version: o.Version,
		Title: o.Service, Source: o.Connector, URL: o.URL, UpdatedAt: o.UpdatedAt, Interval: calendar.Interval{From: o.StartedAt, To: later(o.UpdatedAt, o.StartedAt)}}
	if o.Version != "" {
		out.Title += " " + o.Version
	}
	switch o.State {
	case Success:
		out.Stage, out.Aspect, out.Says = calendar.Went, release.Go, "went in"
	case Failure, Error:
		out.Stage, out.Aspect, out.Says = calendar.Failed, release.Stop, "did not go in: "+string(o.State)
	case Inactive:
		out.Stage, out.Says, out.To = calendar.Replaced, "another version has taken its place", o.StartedAt
	default:
		out.Stage, out.Aspect, out.Says = calendar.Moving, release.Go, "is going in"
		switch {
		case c.Dark:
			out.Aspect, out.Says = release.Dark, "was going in when "+o.Connector+" was last heard"
		case c.Alert != nil:
			out.Aspect, out.Says, out.To = c.Alert.Aspect(), "is going in while "+c.Alert.Name+" fires", later(at, o.StartedAt)
		default:
			out.To = later(at, o.StartedAt)
		}
	}
	switch {
	case o.Change == "":
		out.Says += ", and no change asked for it"
		if out.Aspect != release.Dark && release.Caution.Worse(out.Aspect) { // as Rollouts judges it
			out.Aspect = release.Caution
		}
	case c.Unlawful != "":
		out.Aspect, out.Says = release.Stop, c.Unlawful
	}
	return out
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
