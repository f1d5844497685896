package feed

import (
	"slices"
	"time"

	"signalbox/release"
	"signalbox/release/outbox"
)

// Rest is something that rests on a feed.
type Rest struct {
	Kind   string         `json:"kind"` // service, change, calendar
	ID     string         `json:"id"`
	Text   string         `json:"text"`
	Aspect release.Aspect `json:"aspect"` // dark while the feed is dark and it has no other
	Gate   string         `json:"gate,omitempty"`
}

// Line is one feed as it is shown.
type Line struct {
	Status
	Aspect  Aspect `json:"aspect"`
	PerHour int64  `json:"per_hour"` // accepted within the last hour
	// Resting is Rests in a few words: "14 services, 3 changes".
	Resting string     `json:"resting"`
	Rests   []Rest     `json:"rests"`
	Buckets []Bucket   `json:"buckets"` // the last six hours
	Log     []Exchange `json:"log"`     // newest first
	// Letters are kept dead letters, newest first; Messages those of an out feed that wait or need a person.
	Letters  []Letter         `json:"letters"`
	Messages []outbox.Message `json:"messages"`
}

// Panel is the snapshot behind the Feeds screen and the feeds verb: shared and never changed. Lines come
// worst first.
type Panel struct {
	AsOf  time.Time `json:"as_of"`
	Since time.Time `json:"since"` // when this process began to expect its feeds
	Lines []Line    `json:"items"`
}

// Troubled reports whether a person should look at a feed that is neither dark nor late: it fails, something
// waits for a person or another try, or it refused something within the time of its Buckets. A dead letter that
// was dropped or understood is no trouble any more.
func (l Line) Troubled() bool {
	return l.Tries > 0 || len(l.Letters)+len(l.Messages) > 0 || l.refusedLately()
}

func (l Line) refusedLately() bool {
	return slices.ContainsFunc(l.Buckets, func(b Bucket) bool { return b.Refused > 0 })
}

// Trouble is the last error where it is not over, else "". What was good since ends that of a feed that is asked;
// of one that calls, whose good word is another message, nothing kept and nothing refused lately does.
func (l Line) Trouble() string {
	over := l.LastGood.After(l.LastErrorAt)
	if l.Kind == Push {
		over = len(l.Letters) == 0 && !l.refusedLately()
	}
	if over {
		return ""
	}
	return l.LastError
}
