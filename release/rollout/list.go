package rollout

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"signalbox/release"
	"signalbox/release/change"
	"signalbox/release/gate"
	"signalbox/release/health"
)

// Waiting is an authorised change that has not begun to go in. Until is when its grant ends. Verdict is that
// of the gate now, Why the reason of the gate that bars most.
type Waiting struct {
	Change      string         `json:"change"`
	Service     string         `json:"service"`
	Environment string         `json:"environment"`
	Version     string         `json:"version"`
	Before      string         `json:"before,omitempty"`
	State       change.State   `json:"state"`
	Until       time.Time      `json:"until,omitzero"`
	Verdict     gate.Verdict   `json:"verdict"`
	Why         string         `json:"why,omitempty"`
	Aspect      release.Aspect `json:"aspect"`
}

// NewWaiting is a change that waits to go in, as the gate sees it now.
func NewWaiting(i *change.Item, a gate.Answer) Waiting {
	w := Waiting{Change: i.Change.ID, Service: i.Change.Service, Environment: i.Change.Environment, Version: i.Change.Version, Before: i.Deployed,
		State: i.Change.State, Until: i.Approval.GrantUntil, Verdict: a.Verdict, Why: a.Why(), Aspect: a.Verdict.Aspect()}
	if w.Aspect == release.Go {
		w.Aspect = release.Planned // the way is clear, and nothing has begun
	}
	return w
}

// List is what goes into the environments: rollouts under way, authorised changes that have not begun, and
// rollouts that ended on the day (UTC) of AsOf; the worst first in each. It is a snapshot: shared and never
// changed.
type List struct {
	AsOf    time.Time `json:"as_of"`
	Moving  []Row     `json:"moving"`
	Waiting []Waiting `json:"waiting"`
	Done    []Row     `json:"done"`
	// Ended is how many ended on the day: Done holds the newest DoneAtMost of them.
	Ended int      `json:"ended"`
	Stale []string `json:"stale"` // feeds that are dark
}

// DoneAtMost is how many of the rollouts that ended today a list holds.
const DoneAtMost = 300

// Sort puts the worst first in each part; of changes that wait, that whose grant ends soonest.
func (l *List) Sort() {
	WorstFirst(l.Moving)
	WorstFirst(l.Done)
	slices.SortStableFunc(l.Waiting, func(a, b Waiting) int {
		switch {
		case a.Aspect.Worse(b.Aspect):
			return -1
		case b.Aspect.Worse(a.Aspect):
			return 1
		}
		return cmp.Or(a.Until.Compare(b.Until), cmp.Compare(len(a.Change), len(b.Change)), cmp.Compare(a.Change, b.Change))
	})
}

// Next is the change whose grant ends soonest, nil where none waits.
func (l *List) Next() *Waiting {
	var next *Waiting
	for k := range l.Waiting {
		if w := &l.Waiting[k]; next == nil || w.Until.Before(next.Until) {
			next = w
		}
	}
	return next
}

// Find is the rollout with an id, nil where the list has none.
func (l *List) Find(id string) *Row {
	for _, rows := range [][]Row{l.Moving, l.Done} {
		for k := range rows {
			if rows[k].ID == id {
				return &rows[k]
			}
		}
	}
	return nil
}

// SeriesWindow is how much of the past a sheet shows.
const SeriesWindow = 30 * time.Minute

// Event is something that happened to a rollout, its change or its service.
type Event struct {
	At     time.Time      `json:"at"`
	Aspect release.Aspect `json:"aspect"` // "" for one that nobody judges
	Text   string         `json:"text"`
}

// Statuses are what is known of a rollout's own course, newest first: its last status, and its beginning. The
// forge's words in between are not kept.
func Statuses(o Observed) []Event {
	begun := Event{At: o.StartedAt, Text: o.ID + " began"}
	e := Event{At: o.UpdatedAt, Text: o.ID + " is " + strings.ReplaceAll(string(o.State), "_", " ")}
	switch o.State {
	case Pending:
		return []Event{{At: o.StartedAt, Text: o.ID + " was created by " + o.Connector}}
	case Queued:
		return []Event{e, {At: o.StartedAt, Text: o.ID + " was created by " + o.Connector}}
	case Failure, Error:
		e.Aspect, e.Text = release.Stop, o.ID+" ended with "+string(o.State)
	case Success:
		e.Aspect, e.Text = release.Go, o.ID+" ended with success"
	case Inactive:
		e.Text = o.ID + " was replaced"
	case InProgress:
		if !e.At.After(begun.At) {
			return []Event{e}
		}
	}
	return []Event{e, begun}
}

// Marker is a rollout that began in the same place within the window of the series.
type Marker struct {
	At      time.Time `json:"at"`
	ID      string    `json:"id"`
	Version string    `json:"version"`
}

// Sheet is one rollout with all that is known of it. It is a snapshot: shared and never changed.
type Sheet struct {
	AsOf time.Time `json:"as_of"`
	Row
	// Request is its change, and Gate the gate's answer on it now; nil where it has none.
	Request *change.Item `json:"request,omitempty"`
	Gate    *gate.Answer `json:"gate,omitempty"`
	// Comparison is over the window that ends with the newest sample; nil where nothing was measured.
	Comparison *health.Comparison `json:"comparison,omitempty"`
	// Latest are the newest samples of each version, Series those of both versions compared that end in
	// (SeriesFrom, SeriesTo], oldest first. SeriesTo is AsOf where monitors are dark, else the newest sample.
	Latest     []health.Sample `json:"latest"`
	Series     []health.Sample `json:"series"`
	SeriesFrom time.Time       `json:"series_from"`
	SeriesTo   time.Time       `json:"series_to"`
	// Alarms are the feeds that tell of alerts of its service.
	Alarms  []health.Source `json:"alarms"`
	Events  []Event         `json:"events"`  // newest first
	Markers []Marker        `json:"markers"` // oldest first
}

// Good is when the newest of what monitors say was measured, zero where they said nothing.
func (s *Sheet) Good() (at time.Time) {
	for _, l := range s.Latest {
		if l.At.After(at) {
			at = l.At
		}
	}
	return at
}

// Plot puts a signal of a version into n equal stretches of the time from SeriesFrom to SeriesTo, the newest
// last: the highest of the values whose step reaches into each, nil where there is none. A peak is never lost.
func (s *Sheet) Plot(version string, k health.Signal, n int) []*float64 {
	out := make([]*float64, max(n, 0))
	whole := s.SeriesTo.Sub(s.SeriesFrom)
	if n < 1 || whole <= 0 {
		return out
	}
	cell := func(at time.Time) int {
		return max(0, min(int(float64(at.Sub(s.SeriesFrom))/float64(whole)*float64(n)), n-1))
	}
	for _, x := range s.Series {
		v := x.Value(k)
		if x.Version != version || v == nil || !x.At.After(s.SeriesFrom) || x.At.After(s.SeriesTo) {
			continue
		}
		// A sample measures the time up to its instant: the first cell is that after its beginning, the last
		// that before its end.
		for i := cell(x.At.Add(-x.Step)); i <= cell(x.At.Add(-1)); i++ {
			if out[i] == nil || *v > *out[i] {
				out[i] = v
			}
		}
	}
	return out
}
