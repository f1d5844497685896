// Package outbox owns what signalbox tells the outside: one message for each event and target, and how far
// it is. A message is written with the decision that causes it, and is carried out later under one
// idempotency key. Where the target cannot tell a repeat from a first time and the answer was lost, the
// message is Unknown and a person decides (SECURITY section 5, "External actions"). It does no I/O.
package outbox

import (
	"encoding/json"
	"time"
)

// State of a message.
type State string

const (
	Waiting State = "waiting" // to be sent, or to be sent again
	Sending State = "sending" // bytes may be on their way
	Sent    State = "sent"    // the target has it
	Unknown State = "unknown" // the target may have it, and could not tell a repeat
	Failed  State = "failed"  // the target does not want it, or did not answer for too long
	Dropped State = "dropped" // a person gave it up
)

// Message is one event for one target. Ids are "OUT-1".
type Message struct {
	ID      string          `json:"id"`
	Target  string          `json:"target"` // the connector's name
	Event   string          `json:"event"`  // "change.request", "approve", as the audit log calls it
	Subject string          `json:"subject"`
	Seq     int64           `json:"seq"` // the audit entry that caused it
	Key     string          `json:"key"` // idempotency key, unique
	At      time.Time       `json:"at"`  // when it was caused
	Body    json.RawMessage `json:"-"`   // what is sent: it may hold what only an auditor sees

	State     State     `json:"state"`
	Attempts  int       `json:"attempts"`
	LastError string    `json:"last_error,omitempty"`
	UpdatedAt time.Time `json:"updated_at"`
}

// Over reports whether nothing more happens to the message by itself.
func (s State) Over() bool { return s == Sent || s == Unknown || s == Failed || s == Dropped }

// Outcome is what one try to send came to.
type Outcome struct {
	// Reached says that the target may have acted on the message.
	Reached bool
	// Err is nil where the target said that it has it. Unavailable: try again. Any other code: never.
	Err error
}

// Settle returns the message after a try. deduplicates says whether the target knows a repeat by its key.
// A try that may have reached a target which cannot is never repeated.
func Settle(m Message, o Outcome, deduplicates, last bool, at time.Time, sentence string) Message {
	m.UpdatedAt, m.LastError = at, sentence
	switch {
	case o.Err == nil:
		m.State, m.LastError = Sent, ""
	case o.Reached && !deduplicates:
		m.State = Unknown
	case last:
		m.State = Failed
	default:
		m.State = Waiting
	}
	return m
}

// Resume returns a message that is taken up again: one that was being sent when its worker died has perhaps
// been sent.
func Resume(m Message, deduplicates bool, at time.Time) Message {
	if m.State == Sending && !deduplicates {
		m.State, m.UpdatedAt, m.LastError = Unknown, at, "signalbox stopped while it was being sent"
	}
	return m
}
