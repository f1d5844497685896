package control_test

import (
	"context"
	"testing"
	"time"

	"signalbox/release/change"
)

// TestTakingBackAfterTheDeadline: the round is over then, and the change can be asked for again.
func TestTakingBackAfterTheDeadline(t *testing.T) {
	h := open(t)
	h.ingest(h.deploy("search", 1, "dev"))
	h.pass(change.RequestTTL - time.Minute)
	h.must("bob", "approve", []string{"CHG-1"}, "message", why)
	h.pass(2 * time.Minute)
	for h.FollowUpOnce(context.Background()) {
	}
	h.must("bob", "undo", []string{"CHG-1"})
	if c, a := h.change("CHG-1"); c.State != change.Draft || a.State != change.Expired {
		t.Fatalf("%s %s", c.State, a.State)
	}
	h.must("dev", "change submit", []string{"CHG-1"})
}
