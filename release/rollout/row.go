package rollout

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"signalbox/release"
	"signalbox/release/change"
	"signalbox/release/health"
)

// ID writes the id of the n-th rollout.
func ID(n int64) string { return fmt.Sprintf("RO-%d", n) }

// IsID reports whether a word is written as a rollout's id, with its prefix: "RO-12", "ro12" or "s-RO-12".
func IsID(s string) bool {
	_, rest := unmarked(s)
	rest, ok := strings.CutPrefix(rest, "RO")
	if !ok {
		return false
	}
	rest = strings.TrimPrefix(rest, "-")
	return rest != "" && strings.Trim(rest, "0123456789") == ""
}

// unmarked parts the mark of a sandbox, "" where there is none, from the rest of an id in capitals.
func unmarked(s string) (mark, rest string) {
	t := strings.ToUpper(strings.TrimSpace(s))
	if rest, ok := strings.CutPrefix(t, "S-"); ok {
		return "s-", rest
	}
	return "", t
}

// ParseID accepts "RO-12", "ro12" and "12" and returns "RO-12". The mark of a sandbox in front, "s-RO-12", is
// kept: no id of one is an id of production.
func ParseID(s string) (string, error) {
	mark, t := unmarked(s)
	if rest, ok := strings.CutPrefix(t, "RO"); ok {
		t = strings.TrimPrefix(rest, "-")
	}
	n, err := strconv.ParseInt(t, 10, 64)
	if err != nil || n < 1 || strings.Trim(t, "0123456789") != "" {
		return "", release.Errorf(release.Usage, "%q is not a rollout", release.Clean(s, 40)).
			Advise("write its id as rollout list shows it, such as RO-12")
	}
	return mark + ID(n), nil
}

// Lack is what a rollout goes in without; "" where it lacks nothing.
type Lack string

const (
	NoChange   Lack = "no change"    // the place is gated and no change asks for it
	NoApproval Lack = "not approved" // its change was not approved when it moved
	GateShut   Lack = "gate shut"    // its change was approved, and the gate did not let it in
	Withdrawn  Lack = "cancelled"    // its change was cancelled
)

// Sentence says it of a rollout into an environment, which is over or not.
func (l Lack) Sentence(environment string, over bool) string {
	goes := "it goes into " + environment
	if over {
		goes = "it went into " + environment
	}
	switch l {
	case NoChange:
		return "no change asks for it, and " + environment + " is gated"
	case NoApproval:
		return goes + " without approval"
	case GateShut:
		return goes + " past a gate that was shut"
	case Withdrawn:
		return goes + " although its change was cancelled"
	}
	return ""
}

// LackOf judges a rollout by the state of its change: a rollout that the gate lets in takes its change further
// than authorised. ch is nil where no change is known. Whether the place is gated matters only then, since a
// change is asked for nowhere else.
func LackOf(o Observed, gated bool, ch *change.Change) Lack {
	switch {
	case ch == nil && gated && o.State != Inactive:
		return NoChange
	case ch == nil || !o.State.Moves():
		return ""
	}
	switch ch.State {
	case change.Draft, change.Requested:
		return NoApproval
	case change.Authorised:
		return GateShut
	case change.Cancelled:
		return Withdrawn
	}
	return ""
}

// Before is the version that a rollout takes the place of: of the earlier rollouts into its place, newest
// first, the one that succeeded last; else the last that a later one has replaced; else, of the versions that
// monitors tell of now, the other one with most requests. "" where none is known. earlier may hold o itself.
func Before(o Observed, earlier []Observed, latest []health.Sample) string {
	for _, s := range []State{Success, Inactive} {
		for _, e := range earlier {
			if e.ID != o.ID && e.State == s && e.Version != "" && e.Version != o.Version && !e.StartedAt.After(o.StartedAt) {
				return e.Version
			}
		}
	}
	best, most := "", -1.0
	for _, s := range latest {
		if s.Version != "" && s.Version != o.Version && s.Rate != nil && *s.Rate > most {
			best, most = s.Version, *s.Rate
		}
	}
	return best
}

// Known is what a rollout is judged by, besides itself.
type Known struct {
	Before     string
	Gated      bool
	Change     *change.Change  // nil where there is none
	Firing     []health.Alert  // of its service in its environment
	Monitors   []health.Source // that measure its service
	Latest     []health.Sample // the newest of each version
	Comparison *health.Comparison
}

// Row is one observed rollout as it stands. Its strategy and its steps are not known: nothing that signalbox
// hears says them. It is part of a snapshot: shared and never changed.
type Row struct {
	Observed
	Before string `json:"before,omitempty"`
	Lack   Lack   `json:"lack,omitempty"`
	Gated  bool   `json:"gated"`
	// ChangeState is "" where there is no change.
	ChangeState change.State `json:"change_state,omitempty"`
	// Share is that of health.Share, nil where it is not known; ShareAt is the instant that it is of.
	Share   *float64  `json:"share,omitempty"`
	ShareAt time.Time `json:"share_at,omitzero"`
	// Errors compares the error ratios, nil where nothing was measured.
	Errors *health.Difference `json:"errors,omitempty"`
	// Firing are the alerts of its service that fire now; of one that has ended only its sheet has them.
	Firing   []health.Alert  `json:"firing"`
	Monitors []health.Source `json:"monitors"`
	// Aspect is "" for one that nobody has judged: neither good nor bad is known of it.
	Aspect release.Aspect `json:"aspect"`
	Why    string         `json:"why,omitempty"` // what made it caution or worse
}

// NewRow judges a rollout. What it lacks, a failure and an alert of its service stop; a monitor that is dark
// darkens a rollout under way; an alert that is a warning, more errors than the version before, a late monitor
// and a gated place without a change want a person.
func NewRow(o Observed, k Known) Row {
	r := Row{Observed: o, Before: k.Before, Gated: k.Gated, Lack: LackOf(o, k.Gated, k.Change), Firing: []health.Alert{}, Monitors: []health.Source{}}
	if k.Change != nil {
		r.ChangeState = k.Change.State
	}
	live := !o.State.Over()
	if live {
		r.Share, r.ShareAt = health.Share(k.Latest, o.Version)
		r.Firing, r.Monitors = append(r.Firing, k.Firing...), append(r.Monitors, k.Monitors...)
		if k.Comparison != nil {
			d := k.Comparison.Of(health.ErrorRatio)
			r.Errors = &d
		}
	}
	r.Aspect, r.Why = r.judged(live)
	return r
}

func (r *Row) judged(live bool) (release.Aspect, string) {
	dark, late := Rests(r.Monitors)
	alert := health.Worst(r.Firing)
	switch {
	case r.Lack != "" && r.Lack != NoChange:
		return release.Stop, string(r.Lack)
	case r.State == Failure:
		return release.Stop, "failed"
	case r.State == Error:
		return release.Stop, "error"
	case alert != nil && alert.Aspect() == release.Stop:
		return release.Stop, alert.Name
	case live && dark != nil && r.State.Moves():
		return release.Dark, dark.Name + " dark"
	case r.Lack == NoChange:
		return release.Caution, string(r.Lack)
	case alert != nil:
		return release.Caution, alert.Name
	case r.Errors != nil && r.Errors.Finding == health.Worse:
		return release.Caution, "more errors"
	case live && late != nil && r.State.Moves():
		return release.Caution, late.Name + " late"
	case r.State == Success:
		return release.Go, ""
	case live && !r.State.Moves():
		return release.Planned, ""
	case r.Errors != nil && r.Errors.Finding == health.NoWorse:
		return release.Go, ""
	}
	return "", ""
}

// Rests is the first of the sources that is dark, and the first that is late; nil where none is.
func Rests(sources []health.Source) (dark, late *health.Source) {
	for k := range sources {
		switch s := &sources[k]; {
		case s.Dark && dark == nil:
			dark = s
		case s.Late && late == nil:
			late = s
		}
	}
	return dark, late
}

// Dark reports whether what monitors say of it is from a time that is over.
func (r *Row) Dark() bool {
	dark, _ := Rests(r.Monitors)
	return dark != nil
}

// Since is when the rollout came to be as it is: the start of one under way, else its end.
func (r *Row) Since() time.Time {
	if r.State.Over() {
		return r.UpdatedAt
	}
	return r.StartedAt
}

// WorstFirst orders rows: the worst aspect first, of equals what lacks something, then the newest.
func WorstFirst(rows []Row) {
	slices.SortStableFunc(rows, func(a, b Row) int {
		switch {
		case a.Aspect.Worse(b.Aspect):
			return -1
		case b.Aspect.Worse(a.Aspect):
			return 1
		}
		return cmp.Or(lacks(a)-lacks(b), b.Since().Compare(a.Since()), cmp.Compare(len(b.ID), len(a.ID)), cmp.Compare(b.ID, a.ID))
	})
}

func lacks(r Row) int {
	if r.Lack != "" {
		return 0
	}
	return 1
}
