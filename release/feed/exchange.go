package feed

import "time"

// Class says what a failure needs: time, a secret, a corrected configuration, or a corrected program.
type Class string

const (
	Retry  Class = "retry"
	Auth   Class = "auth"
	Config Class = "config"
	Bug    Class = "bug"
)

// Run is where the reading of a pull feed stands.
type Run struct {
	Cursor       string        `json:"cursor,omitempty"`       // the connector's own, opaque
	NextAt       time.Time     `json:"next_at,omitzero"`       // when it is read next
	Tries        int           `json:"tries,omitempty"`        // failures in a row
	FailingSince time.Time     `json:"failing_since,omitzero"` // the first of them
	Class        Class         `json:"class,omitempty"`        // of the last failure
	Took         time.Duration `json:"took,omitempty"`         // how long the last exchange took
	Fallen       bool          `json:"fallen,omitempty"`       // its fall into the dark was noted
	ClaimedUntil time.Time     `json:"claimed_until,omitzero"` // by the process that reads it now
}

// Sign says how an exchange is drawn in a log.
type Sign string

const (
	Good   Sign = "good"   // read or accepted
	Tried  Sign = "tried"  // failed, and will be tried again
	Fell   Sign = "fell"   // became dark
	Back   Sign = "back"   // good again after failures
	Turned Sign = "turned" // refused at the door
	Died   Sign = "died"   // let in and not understood
)

// Exchange is one line of a feed's log.
type Exchange struct {
	At   time.Time     `json:"at"`
	Sign Sign          `json:"sign"`
	Text string        `json:"text"`
	Took time.Duration `json:"took,omitempty"`
}

// Bucket counts what a feed did in the five minutes from At.
type Bucket struct {
	At       time.Time     `json:"at"`
	Accepted int64         `json:"accepted"`
	Refused  int64         `json:"refused"`
	Dead     int64         `json:"dead"`
	Failed   int64         `json:"failed"` // tries that failed
	Took     time.Duration `json:"took"`   // the longest exchange
}

// BucketLength is the length of a Bucket.
const BucketLength = 5 * time.Minute

// LetterState is what became of a dead letter.
type LetterState string

const (
	Kept    LetterState = "kept"
	Retried LetterState = "retried" // understood at a later try
	Dropped LetterState = "dropped" // given up by a person
)

// Letter is a delivery whose sender is known and whose body was not understood. It is kept with the reason
// for 90 days. Ids are "DL-1".
type Letter struct {
	ID        string      `json:"id"`
	Feed      string      `json:"feed"`
	Delivery  string      `json:"delivery"`
	Event     string      `json:"event"`
	Reason    string      `json:"reason"`
	At        time.Time   `json:"at"`
	Seen      int         `json:"seen"` // how often it came or was tried
	Body      []byte      `json:"-"`
	Size      int         `json:"size"`      // bytes as received
	Truncated bool        `json:"truncated"` // Body is only its beginning, so it cannot be tried again
	State     LetterState `json:"state"`
}

// MaxLetter is how much of a body is kept, in bytes.
const MaxLetter = 256 << 10
