// Package fact owns the words in which connectors tell what they saw. A connector turns a payload into
// facts and does nothing else; control decides what a fact means. All text in a fact has been cleaned
// (release.Clean), all times are UTC, slugs and logins are lower case.
package fact

import (
	"time"

	"signalbox/release"
	"signalbox/release/access"
	"signalbox/release/calendar"
	"signalbox/release/catalog"
	"signalbox/release/evidence"
	"signalbox/release/health"
	"signalbox/release/rollout"
)

// Fact is one thing seen by a connector. The types of this package are all there are.
type Fact interface{ isFact() }

// Place says which repository a fact is about.
type Place struct {
	Forge string // github.com, gitlab.com
	Repo  string // lower-case slug
}

// DeployRequested: somebody asks to put a commit into an environment.
type DeployRequested struct {
	Place
	ExternalID  string // the deployment's id on the forge
	Service     string // what the sender calls it: decides among several owners of one slug
	Mapped      string // the service that the connector's own configuration names: it stands above the catalog
	Environment string // as the forge wrote it
	Version     string
	Digest      release.Digest
	Commit      string
	Ref         string
	Title       string
	URL         string
	By          []access.Identity // creator and sender
	At          time.Time
}

// DeployStatus: a deployment moved on.
type DeployStatus struct {
	DeployRequested
	State rollout.State
	// StatusAt is when the status was set; At is when the deployment was created.
	StatusAt time.Time
}

// VersionKnown: a release was published or a tag was pushed.
type VersionKnown struct {
	Place
	Version    string
	Commit     string // "" where the event does not say
	Title      string
	Prerelease bool
	URL        string
	At         time.Time
}

// CommitSeen: a commit was pushed.
type CommitSeen struct{ evidence.Commit }

// PullRequestSeen: a pull request was opened, moved, merged or closed.
type PullRequestSeen struct{ evidence.PullRequest }

// ReviewSeen: a review was submitted or dismissed.
type ReviewSeen struct{ evidence.Review }

// CheckSeen: a check or workflow was requested, is running or ended.
type CheckSeen struct{ evidence.Check }

// CatalogSeen: a catalog source was read as a whole; what it no longer names is gone from that source.
type CatalogSeen struct {
	Source string // "backstage:DIR"
	catalog.Facts
	Refused []Refusal
}

// CalendarSeen: a calendar was read as a whole; what it no longer holds is gone from that source.
type CalendarSeen struct {
	Source  string // the connector's name, or "import:FILE"
	Entries []calendar.Entry
	Refused []Refusal
	// Aside are items that were understood and have nothing for the calendar, such as a version without an end of
	// life, with the reason.
	Aside []Refusal
	// Unread are external ids that the calendar holds and that could not be understood: what is stored of them
	// stays, because a freeze that cannot be read any more is not over.
	Unread []string
}

// Measured: a monitor was asked. Services and environments are as the monitor calls them.
type Measured struct{ Samples []health.Sample }

// AlertSeen: an alert or an incident was raised or resolved. Its service and environment are as the sender
// calls them.
type AlertSeen struct{ health.Alert }

// ObjectivesSeen: the objectives of a source were read as a whole; what it no longer declares is gone. Services
// and environments are as the source calls them.
type ObjectivesSeen struct {
	Source     string // the connector's name, or "import:PATH"
	Objectives []health.Objective
	Refused    []Refusal
	// Unread are ids of objectives that the source declares and that could not be understood: what is stored of
	// them stays, because a slip of the pen must not end what a service has promised.
	Unread []string
}

// Refusal is an item of an import that was not taken, with its place and the reason in words.
type Refusal struct {
	Place  string `json:"place"` // file:line
	Item   string `json:"item"`
	Reason string `json:"reason"`
}

func (DeployRequested) isFact() {}
func (DeployStatus) isFact()    {}
func (VersionKnown) isFact()    {}
func (CommitSeen) isFact()      {}
func (PullRequestSeen) isFact() {}
func (ReviewSeen) isFact()      {}
func (CheckSeen) isFact()       {}
func (CatalogSeen) isFact()     {}
func (CalendarSeen) isFact()    {}
func (Measured) isFact()        {}
func (AlertSeen) isFact()       {}
func (ObjectivesSeen) isFact()  {}
