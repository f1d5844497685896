// Package storetest owns the conformance suite that every port.Store passes, and real PostgreSQL servers
// for tests. It may be imported by the tests of any package; it imports release, never an engine.
package storetest

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"signalbox/release"
	"signalbox/release/port"
)

// ceiling is how long a test waits for what must come.
const ceiling = 30 * time.Second

// T0 is the instant at which the suite's stories begin.
var T0 = time.Date(2026, 3, 2, 9, 0, 0, 123456000, time.UTC)

// Hub is a port.Publisher that remembers.
type Hub struct {
	mu   sync.Mutex
	seen []port.Topic
}

// Publish remembers topics.
func (h *Hub) Publish(topics ...port.Topic) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.seen = append(h.seen, topics...)
}

// Drain returns what was published since the last call, sorted, each topic once.
func (h *Hub) Drain() []port.Topic {
	h.mu.Lock()
	defer h.mu.Unlock()
	out := h.seen
	h.seen = nil
	slices.Sort(out)
	return slices.Compact(out)
}

// Wait waits until a topic was published.
func (h *Hub) Wait(t testing.TB, topic port.Topic) {
	t.Helper()
	Eventually(t, "the topic "+string(topic), func() bool {
		h.mu.Lock()
		defer h.mu.Unlock()
		return slices.Contains(h.seen, topic)
	})
}

// Eventually waits until a condition holds, and fails the test after 30 seconds.
func Eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(ceiling); ; time.Sleep(5 * time.Millisecond) {
		if holds() {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("waited %s for %s", ceiling, what)
		}
	}
}

// Write runs fn in a transaction that must succeed.
func Write(t testing.TB, s port.Store, fn func(ctx context.Context, tx port.Tx) error) {
	t.Helper()
	ctx := context.Background()
	if err := s.Write(ctx, func(tx port.Tx) error { return fn(ctx, tx) }); err != nil {
		t.Fatalf("write: %v", causes(err))
	}
}

// Read runs fn on a snapshot and must succeed.
func Read(t testing.TB, s port.Store, fn func(ctx context.Context, r port.Reader) error) {
	t.Helper()
	ctx := context.Background()
	if err := s.Read(ctx, func(r port.Reader) error { return fn(ctx, r) }); err != nil {
		t.Fatalf("read: %v", causes(err))
	}
}

// Refuse checks that err has a code, and a message and advice in words.
func Refuse(t testing.TB, err error, code release.Code) {
	t.Helper()
	if release.CodeOf(err) != code {
		t.Fatalf("got %v; want an error that is %s", causes(err), code)
	}
	if release.AsError(err).Message == "" {
		t.Fatalf("an error without a sentence: %#v", err)
	}
}

// causes shows an error with what the logs would have.
func causes(err error) string {
	if err == nil {
		return "no error"
	}
	text := err.Error()
	if e := release.AsError(err); e.Cause != nil {
		text += " (" + string(e.Code) + ": " + e.Cause.Error() + ")"
	}
	return text
}
