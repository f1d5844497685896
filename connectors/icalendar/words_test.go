package icalendar_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"path"
	"regexp"
	"testing"
	"time"

	"signalbox/connectors/icalendar"
	"signalbox/release"
)

// jargon is what Go says of a failure and no person should have to read.
var jargon = regexp.MustCompile(`(?i)context|deadline|canceled|\bEOF\b|dial tcp|i/o|no such host|unmarshal|invalid character|xml:|%!|<nil>|\bGet "|\bREPORT "`)

// TestWords: whichever way an exchange fails, the sentence is one for a person.
func TestWords(t *testing.T) {
	over := make(chan struct{})
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch path.Base(r.URL.Path) {
		case "silent":
			select {
			case <-r.Context().Done():
			case <-over:
			}
		case "stalls":
			w.WriteHeader(http.StatusMultiStatus)
			_, _ = w.Write([]byte("BEGIN:VCALENDAR\r\n"))
			_ = http.NewResponseController(w).Flush()
			select {
			case <-r.Context().Done():
			case <-over:
			}
		case "ends-early":
			w.Header().Set("Content-Length", "1000")
			_, _ = w.Write([]byte("BEGIN:VCALENDAR\r\n"))
		case "hangs-up":
			panic(http.ErrAbortHandler)
		case "other-words":
			w.WriteHeader(http.StatusMultiStatus)
			_, _ = w.Write([]byte(davHead + "<d:response></d:status>"))
		}
	}))
	defer srv.Close()
	defer close(over)
	for _, way := range []string{"silent", "stalls", "ends-early", "hangs-up", "other-words", "cancelled"} {
		for _, dav := range []bool{false, true} {
			p := puller(t, func(c *icalendar.Config) {
				c.URL, c.CalDAV, c.Outbound.Timeout = srv.URL+"/"+way, dav, 200*time.Millisecond
			})
			ctx, cancel := context.WithCancel(context.Background())
			if way == "cancelled" {
				cancel()
			}
			_, err := p.Pull(ctx, "", asked)
			cancel()
			if err == nil || release.CodeOf(err) == release.Internal || jargon.MatchString(err.Error()) {
				t.Errorf("%s, CalDAV %v: %v", way, dav, err)
			}
		}
	}
}
