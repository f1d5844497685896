package gate

import (
	"signalbox/release/audit"
	"signalbox/release/change"
	"signalbox/release/health"
)

// Case is one change as it stands before the gate: the item, the verdict on it now, and what was done to
// it, newest first. It is a snapshot: shared and never changed.
type Case struct {
	Item    change.Item   `json:"item"`
	Answer  Answer        `json:"gate"`
	History []audit.Entry `json:"history"`
	// Health is nil where no monitor has told of the service.
	Health *health.Picture `json:"health,omitempty"`
}
