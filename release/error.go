// Package release holds what every part of the domain shares: the error that people, scripts and logs
// read, the cleaning of foreign text, and the digest that names an artifact. The concepts themselves live
// in the packages below it. It does no I/O, keeps no clock and imports no other package of signalbox.
package release

import (
	"errors"
	"fmt"
)

// Code classes an error. Exit statuses and HTTP statuses are derived from it.
type Code string

const (
	// Usage: the words of the command are wrong. Exit 2, HTTP 400.
	Usage Code = "usage"
	// NotFound: the thing named does not exist. Exit 3, HTTP 404.
	NotFound Code = "not_found"
	// Refused: a rule, a lock or a missing permission says no. Exit 4, HTTP 403.
	Refused Code = "refused"
	// Changed: the object is no longer what the caller saw. Exit 5, HTTP 409.
	Changed Code = "changed"
	// Unauthenticated: the sender could not be verified. Exit 4, HTTP 401.
	Unauthenticated Code = "unauthenticated"
	// Unavailable: the store cannot answer now. Nothing was written, unless the sentence says that this is not
	// known. Exit 1, HTTP 503.
	Unavailable Code = "unavailable"
	// Internal: a fault of the program. Exit 1, HTTP 500.
	Internal Code = "internal"
)

// Error is the only error that crosses a floor. People see Message (what and why) and Try (what to do);
// logs keep Cause; exit statuses come from Code.
type Error struct {
	Code    Code
	Message string
	Try     string
	Cause   error
}

func (e *Error) Error() string {
	if e.Try == "" {
		return e.Message
	}
	return e.Message + "; " + e.Try
}

func (e *Error) Unwrap() error { return e.Cause }

// Errorf returns an Error with a formatted message and no advice.
func Errorf(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// Advise returns a copy of e whose Try is the formatted advice.
func (e *Error) Advise(format string, args ...any) *Error {
	c := *e
	c.Try = fmt.Sprintf(format, args...)
	return &c
}

// Because returns a copy of e that carries cause for the logs.
func (e *Error) Because(cause error) *Error {
	c := *e
	c.Cause = cause
	return &c
}

// AsError finds the Error in err's chain. An error of any other kind becomes Internal: its text goes to
// the logs as Cause, never to a person.
func AsError(err error) *Error {
	if err == nil {
		return nil
	}
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return &Error{
		Code:    Internal,
		Message: "signalbox met a fault of its own",
		Try:     "nothing was changed; the server log has the cause",
		Cause:   err,
	}
}

// CodeOf returns the code of err, "" for nil.
func CodeOf(err error) Code {
	if err == nil {
		return ""
	}
	return AsError(err).Code
}

// Exit returns the exit status of a command that ended with err: 0 done, 1 fault or unavailable, 2 usage,
// 3 not found, 4 refused, 5 changed under you. The gate's own 10, 20 and 30 come from its verdict.
func Exit(err error) int {
	switch CodeOf(err) {
	case "":
		return 0
	case Usage:
		return 2
	case NotFound:
		return 3
	case Refused, Unauthenticated:
		return 4
	case Changed:
		return 5
	default:
		return 1
	}
}
