// Package feed owns how far a connector can be believed: its promise, when it was last good, and what was
// turned away. Age decides the aspect (CONTRACTS section 5, SCREENS section 11). It does no I/O.
package feed

import "time"

// Kind says who starts the exchange.
type Kind string

const (
	Push Kind = "push" // the other side calls; promises nothing unless ExpectEvery is set
	Pull Kind = "pull" // signalbox asks every ExpectEvery
	Out  Kind = "out"  // signalbox tells the other side; promises nothing
)

// Status is the health row of one connector.
type Status struct {
	Name        string        `json:"name"`
	Type        string        `json:"type"` // github, gitlab, prometheus…
	Kind        Kind          `json:"kind"`
	ExpectEvery time.Duration `json:"expect_every"` // 0: no promise
	// Since is when it was first configured, or its promise last changed: until then nobody expected a word.
	Since       time.Time `json:"since,omitzero"`
	LastGood    time.Time `json:"last_good,omitzero"`
	Accepted    int64     `json:"accepted"`
	Repeated    int64     `json:"repeated"` // deliveries seen before, without a second effect
	Refused     int64     `json:"refused"`  // turned away at the door: signature, size, shape
	Dead        int64     `json:"dead"`     // let in and not understood
	LastError   string    `json:"last_error,omitempty"`
	LastErrorAt time.Time `json:"last_error_at,omitzero"`
	Run
}

// Aspect is what a feed's age means.
type Aspect string

const (
	Fresh Aspect = "fresh"
	Late  Aspect = "late"  // between one and three times its promise
	Dark  Aspect = "dark"  // more than three times its promise, or a promise never kept
	Quiet Aspect = "quiet" // a push feed that promises nothing: silence is not darkness
)

// Age returns how long ago the feed was last good, 0 if it never was.
func (s Status) Age(now time.Time) time.Duration {
	if s.LastGood.IsZero() {
		return 0
	}
	return max(0, now.Sub(s.LastGood))
}

// clockError is how far a word may lie in the future and still count: another process's clock may be ahead, and
// two that judge alike do not turn the feed to and fro. doctor tells of clocks that differ.
const clockError = time.Hour

// Aspect judges the feed at an instant. A feed that was not good since Since is dark only three promises after
// it; since stands in where Since is not known and the feed was never good. One that was good in the future was so by a wrong clock.
func (s Status) Aspect(now, since time.Time) Aspect {
	if s.ExpectEvery <= 0 {
		return Quiet
	}
	if !s.Since.IsZero() || !s.LastGood.IsZero() {
		since = s.Since
	}
	last := s.LastGood
	if last.After(now.Add(clockError)) || last.Before(since) { // the promise is as old as the configuration of it
		last = since
	}
	switch age := now.Sub(last); {
	case age > 3*s.ExpectEvery:
		return Dark
	case age > s.ExpectEvery:
		return Late
	}
	return Fresh
}
