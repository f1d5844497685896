package calendar

import (
	"time"

	"signalbox/release/access"
)

// Kind says what an entry of the calendar is.
type Kind string

const (
	FreezePeriod Kind = "freeze"
	Maintenance  Kind = "maintenance"
	Peak         Kind = "peak"
	Vendor       Kind = "vendor" // a vendor's maintenance
	AuditPeriod  Kind = "audit"
	Batch        Kind = "batch"
	Holiday      Kind = "holiday"
	ChangeWindow Kind = "window"
	EndOfLife    Kind = "end-of-life" // of a version that is used: from this day on nobody mends it
	Deadline     Kind = "deadline"    // a certificate ends, a report is due: the end of the entry is the deadline
	OnCall       Kind = "on-call"     // who is on call; the title is the person
)

// Kinds lists every Kind.
var Kinds = []Kind{FreezePeriod, Maintenance, Peak, Vendor, AuditPeriod, Batch, Holiday, ChangeWindow, EndOfLife, Deadline, OnCall}

// Entry is something that an outside calendar holds: once, or recurring. It is identified by Source and
// ExternalID. Storage keeps the wall times and the zone, not instants, because a recurrence is local.
type Entry struct {
	Source     string       `json:"source"`      // the connector's name, or "import:FILE"
	ExternalID string       `json:"external_id"` // the event's UID
	Kind       Kind         `json:"kind"`
	Hardness   Hardness     `json:"hardness,omitempty"` // of a freeze
	Scope      access.Scope `json:"scope"`
	Title      string       `json:"title"`
	URL        string       `json:"url,omitempty"`
	Timing     Timing       `json:"timing"`
	// Revision is raised by the store whenever anything of the entry changes; it is 1 at first.
	Revision  int64     `json:"revision"`
	UpdatedAt time.Time `json:"updated_at"` // when the store last changed it
}

// Timing is when an entry happens, in wall times of one zone ("2006-01-02T15:04:05").
type Timing struct {
	Zone   string        `json:"zone"` // IANA; "UTC" for instants
	Start  string        `json:"start"`
	AllDay bool          `json:"all_day,omitempty"` // Start is a date's midnight and Days says how long
	Days   int           `json:"days,omitempty"`
	Length time.Duration `json:"length,omitempty"` // elapsed time of one that is not all day
	Rule   string        `json:"rule,omitempty"`   // the value of an RRULE, with UNTIL as a wall time of Zone
	Extra  []string      `json:"extra,omitempty"`  // RDATE: further starts
	Except []string      `json:"except,omitempty"` // EXDATE: starts that do not happen
	Moved  []Move        `json:"moved,omitempty"`  // RECURRENCE-ID: starts that happen otherwise
	// Closing says that the days follow from business days; Start and the rest are "" then. Settle writes them
	// out; what it has not settled has no occurrences, which is an error.
	Closing *Closing `json:"closing,omitempty"`
}

// Move replaces the occurrence that would start at Of. Gone says that it does not happen at all.
type Move struct {
	Of     string        `json:"of"` // a wall time of the entry's own zone
	Gone   bool          `json:"gone,omitempty"`
	Zone   string        `json:"zone,omitempty"` // of Start; the entry's own if ""
	Start  string        `json:"start,omitempty"`
	Days   int           `json:"days,omitempty"`
	Length time.Duration `json:"length,omitempty"`
	Title  string        `json:"title,omitempty"` // the entry's own if ""
}

// Occurrence is one happening of an entry.
type Occurrence struct {
	Interval
	Title string `json:"title"`
}
