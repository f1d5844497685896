package httpserver

import (
	"bytes"
	"encoding/json"
	"math"
	"net/http"
	"strconv"
	"time"

	"signalbox/release"
	"signalbox/release/verb"
)

// answer is what a request gets: a value, or the error whose Fault is shown. It is written in one piece,
// after the work is done, so that no caller reads half of it.
type answer struct {
	status int
	value  any
	err    error
	retry  time.Duration // Retry-After, where it is not 0
	allow  string        // Allow, of a 405
	hangUp bool          // the rest of the request is not worth reading
	writer http.Handler  // writes the answer itself, where it is not JSON
}

func ok(value any) answer { return answer{status: http.StatusOK, value: value} }

// refuse answers err with the status that its code stands for.
func refuse(err error) answer {
	a := answer{status: statusOf(release.CodeOf(err)), err: err}
	if a.status == http.StatusServiceUnavailable {
		a.retry = retryUnavailable
	}
	return a
}

// refuseAs answers err with a status that says more than its code.
func refuseAs(status int, err error) answer { return answer{status: status, err: err} }

// retryUnavailable is when a sender may come again after the store could not answer.
const retryUnavailable = 10 * time.Second

func statusOf(c release.Code) int {
	switch c {
	case release.Usage:
		return http.StatusBadRequest
	case release.Unauthenticated:
		return http.StatusUnauthorized
	case release.Refused:
		return http.StatusForbidden
	case release.NotFound:
		return http.StatusNotFound
	case release.Changed:
		return http.StatusConflict
	case release.Unavailable:
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}

// tooMany is the answer to a source that has spent a rate.
func tooMany(wait time.Duration, what string) answer {
	wait = max(wait, time.Second)
	a := refuseAs(http.StatusTooManyRequests, release.Errorf(release.Refused, "%s", what).
		Advise("come again in %d s", seconds(wait)))
	a.retry, a.hangUp = wait, true
	return a
}

func wrongMethod(r *http.Request, allow string) answer {
	a := refuseAs(http.StatusMethodNotAllowed, release.Errorf(release.Usage, "%s is not a method of %s",
		quote(r.Method), quote(r.URL.Path)).Advise("use %s", allow))
	a.allow, a.hangUp = allow, true
	return a
}

// write sends a and returns the status that was sent.
func (a answer) write(w http.ResponseWriter, r *http.Request) int {
	h := w.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	if a.writer != nil {
		seen := &statusWriter{ResponseWriter: w, status: http.StatusOK}
		a.writer.ServeHTTP(seen, r)
		return seen.status
	}
	if a.err != nil {
		a.value = verb.NewFault(a.err)
	}
	var body bytes.Buffer
	enc := json.NewEncoder(&body)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(a.value); err != nil {
		body.Reset()
		a.status = http.StatusInternalServerError
		// A Fault is three strings: it encodes.
		_ = enc.Encode(verb.NewFault(err))
	}
	h.Set("Content-Type", "application/json")
	h.Set("Content-Length", strconv.Itoa(body.Len()))
	if a.status == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", `Bearer realm="signalbox"`)
	}
	if a.retry > 0 {
		h.Set("Retry-After", strconv.Itoa(seconds(a.retry)))
	}
	if a.allow != "" {
		h.Set("Allow", a.allow)
	}
	if a.hangUp {
		h.Set("Connection", "close")
	}
	w.WriteHeader(a.status)
	// A caller who has gone is not an error of ours.
	_, _ = w.Write(body.Bytes())
	return a.status
}

func seconds(d time.Duration) int { return int(math.Ceil(d.Seconds())) }

// quote shows foreign text in a log or an answer: escaped, and cut where it is long.
func quote(s string) string {
	const most = 120
	if len(s) > most {
		return strconv.Quote(s[:most]) + "…"
	}
	return strconv.Quote(s)
}

// statusWriter remembers the status.
type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}
