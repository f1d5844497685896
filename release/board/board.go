// Package board owns what the whole estate looks like at one instant: the rows that need a person now, worst
// first (ActNow), the alarm line that counts them on every screen, and the Page behind the Board. It does no
// I/O: what is known comes as arguments, and instants are UTC.
package board

import (
	"time"

	"signalbox/release"
	"signalbox/release/change"
	"signalbox/release/feed"
)

// Event is one line of the ticker: something that happened, newest first in Alarm.
type Event struct {
	Seq    int64          `json:"seq"`
	At     time.Time      `json:"at"`
	Aspect release.Aspect `json:"aspect"`
	ID     string         `json:"id"` // what it happened to
	Text   string         `json:"text"`
}

// Alarm is the snapshot behind the alarm line and the ticker. Queue carries what "yours" is counted from.
type Alarm struct {
	AsOf      time.Time     `json:"as_of"`
	Stop      int           `json:"stop"`
	Caution   int           `json:"caution"`
	Escalated int           `json:"escalated"`
	Rollouts  int           `json:"rollouts"` // observed rollouts that are not over
	Feeds     []feed.Status `json:"feeds"`
	Since     time.Time     `json:"since"` // when this process began to expect its feeds
	Queue     *change.Queue `json:"-"`
	Events    []Event       `json:"events"`
	// Store is "" while the store answers; else a sentence that begins with STORE and says since when it does
	// not.
	Store string `json:"store,omitempty"`
}

// DarkFeeds returns how many feeds are dark, and the first of them.
func (a Alarm) DarkFeeds(now time.Time) (n int, first feed.Status) {
	for _, f := range a.Feeds {
		if f.Aspect(now, a.Since) == feed.Dark {
			if n == 0 {
				first = f
			}
			n++
		}
	}
	return n, first
}
