package port

import (
	"context"
	"time"

	"signalbox/release/fact"
	"signalbox/release/outbox"
)

// Delivery is a message whose sender has been authenticated.
type Delivery struct {
	ID    string // unique for the connector
	Event string // what the sender calls it
	// Sum is the SHA-256, in hex, of what the sender signed: a captured message under a new id is the same
	// message. "" where the signature covers the id itself.
	Sum string
	// Renews says that the sender repeats a message to say that nothing changed: a repeat proves that it lives,
	// and what it says of alerts holds again.
	Renews bool
}

// Receiver is a connector that is called by the other side over HTTP.
type Receiver interface {
	// Name is the connector's name in the configuration and in the path of its hook.
	Name() string
	// Authenticate verifies the sender over the raw body, before anything of it is parsed. header returns
	// the first value of a request header. The error is Unauthenticated, or Usage where a header that every
	// true sender sets is missing.
	Authenticate(header func(name string) string, body []byte) (Delivery, error)
	// Map turns an authenticated body into facts; nil facts are an event of no interest. An error is a body
	// that cannot be understood. It is pure.
	Map(d Delivery, body []byte, at time.Time) ([]fact.Fact, error)
}

// Pulled is what one reading of the other side gave.
type Pulled struct {
	Facts []fact.Fact
	// Cursor is handed to the next Pull; it is stored only with the facts.
	Cursor string
	// Read counts the items that the other side gave; Refused are those that were not understood, with their
	// place and the reason. The rest became facts.
	Read    int
	Refused []fact.Refusal
	// Notes say what else a person should know of the reading: that it had a gap, or found nothing.
	Notes []string
	// Unchanged says that the other side has nothing new since the cursor: Facts is empty.
	Unchanged bool
}

// Puller is a connector that asks the other side. Pull reads once, within ctx, and changes nothing there. at
// is the instant asked about (domain clock, UTC). Errors are release.Error and say what is needed by their
// code: Unavailable, time; Unauthenticated or Refused, a secret; Usage or NotFound, a corrected
// configuration; Internal, a corrected program. A RetryAfter in the chain is kept to.
type Puller interface {
	Name() string
	Pull(ctx context.Context, cursor string, at time.Time) (Pulled, error)
}

// RetryAfter is the cause of an Unavailable error where the other side said when to come again.
type RetryAfter struct {
	After time.Duration
	Err   error
}

func (r RetryAfter) Error() string { return r.Err.Error() }
func (r RetryAfter) Unwrap() error { return r.Err }

// Sender is a connector that tells the other side. Send tries once, within ctx. Deduplicates reports whether
// the other side knows a repeat by the message's key.
type Sender interface {
	Name() string
	Deduplicates() bool
	Send(ctx context.Context, m outbox.Message) outbox.Outcome
}

// Jobs is the engine that carries out work of the outside now, each by one process at a time, again after
// a failure and after the death of its process. Keys are unique: the same key is the same job.
type Jobs interface {
	Enqueue(ctx context.Context, jobs []Job) error
	// Work carries out jobs until ctx is done. An error of do that is Unavailable is tried again later; after
	// any other, and after nil, the job is over. last says that no further try follows.
	Work(ctx context.Context, do func(ctx context.Context, j Job, last bool) error) error
	Close() error
}

// Job is work for Jobs.
type Job struct {
	Key  string `json:"key"`
	Kind string `json:"kind"`
	ID   string `json:"id"` // of what it is about
}
