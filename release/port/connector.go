package port

import (
	"time"

	"signalbox/release/fact"
)

// Delivery is a message whose sender has been authenticated.
type Delivery struct {
	ID    string // unique for the connector
	Event string // what the sender calls it
	// Sum is the SHA-256, in hex, of what the sender signed: a captured message under a new id is the same
	// message. "" where the signature covers the id itself.
	Sum string
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
