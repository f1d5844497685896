package change

import (
	"fmt"
	"time"

	"signalbox/release"
	"signalbox/release/calendar"
)

// Schedule is when a change is to be implemented. The zero Schedule is nobody's promise: the change may go in
// whenever the gate is open.
type Schedule struct {
	calendar.Interval               // of the implementation, UTC
	Prep              time.Duration `json:"prep,omitempty"`   // before it, in which the service is occupied already
	Verify            time.Duration `json:"verify,omitempty"` // after it, until somebody has seen that it works
	AskedAt           time.Time     `json:"asked_at"`         // when this time was asked for: notice counts from then
}

// Slack is how far before its schedule a change may begin and after it end: DEFINITIONS B1.4 counts a deployment as
// within its window at ±10 minutes.
const Slack = 10 * time.Minute

// Longest bounds a schedule: what takes longer is several changes.
const longest = 7 * 24 * time.Hour

// IsZero reports whether nobody has said when.
func (s Schedule) IsZero() bool { return s.From.IsZero() }

// Admits reports whether a deployment at an instant is one of this schedule.
func (s Schedule) Admits(at time.Time) bool {
	return !at.Before(s.From.Add(-Slack)) && at.Before(s.To.Add(Slack))
}

// Check returns a Usage error where the schedule makes no sense at an instant.
func (s Schedule) Check(at time.Time) error {
	bad := func(format string, args ...any) *release.Error { return release.Errorf(release.Usage, format, args...) }
	switch {
	case !s.From.Before(s.To):
		return bad("the change would end before it begins").Advise("give --to and --for DURATION, longer than nothing")
	case s.To.Sub(s.From) > longest:
		return bad("the change would take %s; at most %s are taken", release.Span(s.To.Sub(s.From)), release.Length(longest)).Advise("split it into several changes")
	case s.Prep < 0 || s.Verify < 0 || s.Prep > longest || s.Verify > longest:
		return bad("--prep and --verify are from nothing to %s", release.Length(longest)).Advise("give what is really needed")
	case !s.To.After(at):
		return bad("%s is past", s.To.UTC().Format("Mon 02 Jan 2006 15:04Z")).Advise("give a time that is still to come, with its day where the hour alone is past")
	case s.From.Sub(at) > 400*24*time.Hour:
		return bad("%s is more than 400 days ahead", s.From.UTC().Format("Mon 02 Jan 2006")).Advise("check the year")
	}
	return nil
}

// Text says when, in UTC: "Tue 24 Nov 18:30–19:30Z".
func (s Schedule) Text() string {
	from, to := s.From.UTC(), s.To.UTC()
	if from.Format(time.DateOnly) == to.Format(time.DateOnly) {
		return from.Format("Mon 02 Jan 15:04") + "–" + to.Format("15:04Z")
	}
	return fmt.Sprintf("%s – %s", from.Format("Mon 02 Jan 15:04Z"), to.Format("Mon 02 Jan 15:04Z"))
}

// GrantedAt is when the decision fell that made the approval whole; zero where none did.
func (a Approval) GrantedAt() time.Time {
	var at time.Time
	for _, d := range a.Decisions {
		if d.Stands() && d.Verdict == Approve && d.At.After(at) {
			at = d.At
		}
	}
	return at
}

// Keep returns the approval with its times fitted to the change's schedule: a request waits at least until its
// change is to begin, and a grant holds at least until it is to have ended. Of one that was decided at an instant
// or moved since it is never shorter than GrantTTL.
func (a Approval) Keep(c Change) Approval {
	if c.Schedule.IsZero() {
		return a
	}
	switch a.State {
	case Waiting:
		if a.ExpiresAt.Before(c.Schedule.From) {
			a.ExpiresAt = c.Schedule.From
		}
	case Approved:
		if end := c.Schedule.To.Add(Slack); a.GrantUntil.Before(end) {
			a.GrantUntil = end
		}
	}
	return a
}
