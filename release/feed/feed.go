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
	LastGood    time.Time     `json:"last_good,omitzero"`
	Accepted    int64         `json:"accepted"`
	Repeated    int64         `json:"repeated"` // deliveries seen before, without a second effect
	Refused     int64         `json:"refused"`  // turned away at the door: signature, size, shape
	Dead        int64         `json:"dead"`     // let in and not understood
	LastError   string        `json:"last_error,omitempty"`
	LastErrorAt time.Time     `json:"last_error_at,omitzero"`
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

// Aspect judges the feed at an instant. since is when signalbox began to expect it: a feed that was never
// good is dark only three promises after that.
func (s Status) Aspect(now, since time.Time) Aspect {
	if s.ExpectEvery <= 0 {
		return Quiet
	}
	last := s.LastGood
	if last.IsZero() {
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
