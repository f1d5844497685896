package conflict

import (
	"time"

	"signalbox/release"
	"signalbox/release/access"
	"signalbox/release/calendar"
	"signalbox/release/catalog"
	"signalbox/release/change"
)

// Fix says that work mends something that cannot wait.
type Fix string

const (
	NoFix    Fix = ""
	Critical Fix = "critical" // P0: restores or keeps up a service
	Security Fix = "security" // a security patch
)

// Duty is what a person does for a piece of work.
type Duty string

const (
	Implementer Duty = "implementer"
	Approver    Duty = "approver"  // on call to approve
	Commander   Duty = "commander" // of an incident
)

// Person is somebody whom a piece of work needs for its whole occupied interval.
type Person struct {
	ID   access.PersonID `json:"id"`
	Duty Duty            `json:"duty"`
	Zone string          `json:"zone,omitempty"` // IANA; "" is not known
}

// Use is a resource that work needs: all of it, or some units of it.
type Use struct {
	Resource  string `json:"resource"`
	Exclusive bool   `json:"exclusive,omitempty"`
	Units     int    `json:"units,omitempty"`
}

// Order is what must hold between work (DEFINITIONS B11, B12).
type Order struct {
	// After are the ids of open work of its providers, which must be implemented before it begins.
	After []string `json:"after"`
	// LockStep names the unit that only changes together: work with the same name must share a time.
	LockStep string `json:"lock_step,omitempty"`
	// Peers are the other ends of its contracts as they will stand after it.
	Peers []Peer `json:"peers"`
}

// Peer is the other end of a contract. Ours and Theirs are numbers of its versions, counted up by one; nil where one
// is not known.
type Peer struct {
	Service string `json:"service"`
	Ours    *int   `json:"ours"`
	Theirs  *int   `json:"theirs"`
}

// Work is one piece of work: a change, or a window that wants to hold one. Its Interval is that of the
// implementation, in UTC. A nil slice or pointer says that nobody knows; an empty one that there is none.
type Work struct {
	ID    string       `json:"id"` // of the change: "CHG-12"
	Title string       `json:"title,omitempty"`
	State change.State `json:"state,omitempty"` // "" counts as scheduled
	calendar.Interval

	Service     string   `json:"service"` // catalog id
	Environment string   `json:"environment"`
	Units       []string `json:"units,omitempty"` // nil, and each of the next three: as the catalog says
	Team        string   `json:"team,omitempty"`
	Regions     []string `json:"regions,omitempty"`
	Tags        []string `json:"tags,omitempty"`

	Class    change.Kind `json:"class"` // "" is normal
	Fix      Fix         `json:"fix,omitempty"`
	Risk     int         `json:"risk"` // 0 to 100
	Band     change.Band `json:"band"`
	Priority int         `json:"priority,omitempty"` // DEFINITIONS B2: 1 critical to 5 planning; 0 is not known

	Prep     *time.Duration `json:"prep"`         // before the implementation
	Verify   *time.Duration `json:"verify"`       // after it
	Rollback *time.Duration `json:"rollback_p90"` // after that, at the 90th percentile (DEFINITIONS B10)

	Uses     []Use    `json:"uses"`
	People   []Person `json:"people"`
	Journeys []string `json:"journeys"`
	Order    *Order   `json:"order"`
	Cites    []string `json:"cites,omitempty"` // incidents that it is for
	// Deadlines are those of this work alone; others are facts with a scope.
	Deadlines []Deadline `json:"deadlines,omitempty"`

	// Window is the agreed window that it is bound to, "" where it may use any that covers it.
	Window string `json:"window,omitempty"`
	// NoticeAt is when its present interval was asked for, from which notice counts (K20). Zero: it is asked for now.
	NoticeAt    time.Time `json:"notice_at,omitzero"`
	RequestedAt time.Time `json:"requested_at,omitzero"` // its age in a contention
}

// Deadline is a date before which work must begin.
type Deadline struct {
	ID   string    `json:"id"`
	What string    `json:"what"` // "certificate expires"
	At   time.Time `json:"at"`
}

// Active reports whether it counts for others: it was asked for, and is not yet implemented, closed or cancelled.
func (w *Work) Active() bool {
	switch w.State {
	case "", change.Requested, change.Authorised, change.Scheduled, change.Implementing:
		return true
	}
	return false
}

// Occupied is the time that the work takes: [start − prep, end + verify + rollback p90). What is not known of it, and
// not assumed by the rules, counts nothing, so that the answer is the least; whole says that nothing was missing.
func (w *Work) Occupied(r Rules) (i calendar.Interval, whole bool) {
	sure, may := w.spans(&r)
	return sure.interval(), sure == may
}

// spans are the occupied interval as far as it is sure, and as far as it may reach.
func (w *Work) spans(r *Rules) (sure, may span) {
	impl := spanOf(w.Interval)
	sure, may = impl, impl
	add := func(own, assumed *time.Duration, before bool) {
		least, most := time.Duration(0), r.Longest
		if own == nil {
			own = assumed
		}
		if own != nil {
			least, most = *own, *own
		}
		if before {
			sure.from, may.from = sure.from-micros(least), may.from-micros(most)
		} else {
			sure.to, may.to = sure.to+micros(least), may.to+micros(most)
		}
	}
	add(w.Prep, r.AssumePrep, true)
	add(w.Verify, r.AssumeVerify, false)
	add(w.Rollback, r.AssumeRevert, false)
	return sure, may
}

// cover is the time for which somebody must be on call: [start, end + rollback p90), sure and at most.
func (w *Work) cover(r *Rules) (sure, may span) {
	sure, may = spanOf(w.Interval), spanOf(w.Interval)
	own := w.Rollback
	if own == nil {
		own = r.AssumeRevert
	}
	if own != nil {
		sure.to, may.to = sure.to+micros(*own), may.to+micros(*own)
	} else {
		may.to += micros(r.Longest)
	}
	return sure, may
}

// maxLength is the longest implementation that is taken.
const maxLength = 366 * 24 * time.Hour

// Check returns a Usage error for work that cannot be judged.
func (w *Work) Check() error {
	bad := func(format string, args ...any) error {
		return release.Errorf(release.Usage, format, args...).Advise("give it an id, a service, an environment and a start before its end")
	}
	length := func(d *time.Duration) bool { return d == nil || 0 <= *d && *d <= maxLength }
	switch {
	case w.ID == "" || w.Service == "" || w.Environment == "":
		return bad("work without an id, a service or an environment cannot be on the calendar")
	case !w.From.Before(w.To) || w.To.Sub(w.From) > maxLength || w.From.Year() < 1970 || w.To.Year() > 9998:
		return bad("%s would end before it begins, or last more than 366 days", release.Clean(w.ID, 40))
	case !length(w.Prep) || !length(w.Verify) || !length(w.Rollback):
		return bad("a length of %s is negative or more than 366 days", release.Clean(w.ID, 40))
	}
	for _, u := range w.Uses {
		if u.Units < 0 || u.Resource == "" {
			return bad("%s uses a resource without a name, or less than nothing of one", release.Clean(w.ID, 40))
		}
	}
	return nil
}

// Target places the work in the dimensions of scopes: what it says itself, and else what the catalog says. cat may be nil.
func (w *Work) Target(cat *catalog.Catalog) access.Target {
	t := access.Target{Service: w.Service, Environment: w.Environment}
	if cat != nil {
		t = cat.Target(w.Service, w.Environment)
	}
	if w.Team != "" {
		t.Team = w.Team
	}
	if w.Units != nil {
		t.Units = w.Units
	}
	if w.Regions != nil {
		t.Regions = w.Regions
	}
	if w.Tags != nil {
		t.Tags = w.Tags
	}
	return t
}
