// Package port owns the contracts by which the floors meet without importing each other: what control
// needs of a store, of a publisher and of a connector. Stores and connectors satisfy them; cmd joins them.
// It holds no code but the types.
package port

import (
	"context"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"signalbox/release"
	"signalbox/release/access"
	"signalbox/release/audit"
	"signalbox/release/calendar"
	"signalbox/release/catalog"
	"signalbox/release/change"
	"signalbox/release/conflict"
	"signalbox/release/evidence"
	"signalbox/release/fact"
	"signalbox/release/feed"
	"signalbox/release/health"
	"signalbox/release/outbox"
	"signalbox/release/profile"
	"signalbox/release/rollout"
)

// Store keeps what signalbox knows. All methods may be called from many goroutines. Errors are
// release.Error: Unavailable with a sentence where the engine cannot answer (locked, full, gone), in which
// case nothing was written; where a commit's outcome cannot be learnt, the sentence says so.
type Store interface {
	// Read runs fn on one consistent snapshot. Nothing may be kept of r after fn returns.
	Read(ctx context.Context, fn func(r Reader) error) error
	// Write runs fn in one transaction and returns after it is durable. If fn fails, nothing of it was
	// written and its error is returned. fn may run more than once (a batch that failed is run again one by
	// one; PostgreSQL retries on a serialisation failure), so it must set what it returns, not add to it.
	// The topics of what fn wrote are published after the commit, to this process and to the others.
	Write(ctx context.Context, fn func(tx Tx) error) error
	// Ping reports whether the store can read and write now.
	Ping(ctx context.Context) error
	Close() error
}

// Topic names a kind of thing that changed.
type Topic string

const (
	Catalog  Topic = "catalog"
	People   Topic = "people"
	Changes  Topic = "changes" // changes, approvals, notes, evidence
	Rollouts Topic = "rollouts"
	Freezes  Topic = "freezes"
	Feeds    Topic = "feeds"
	Audit    Topic = "audit"
	Calendar Topic = "calendar" // entries of outside calendars
	Health   Topic = "health"   // samples and alerts
	// Schedules are changes that have one: published beside Changes.
	Schedules Topic = "schedules"
	Conflicts Topic = "conflicts" // cases, their waivers and clocks
)

// Topics lists every topic.
var Topics = []Topic{Catalog, People, Changes, Rollouts, Freezes, Feeds, Audit, Calendar, Health, Schedules, Conflicts}

// Publisher is told of topics after a commit, by this process or another. Publish must not block.
type Publisher interface {
	Publish(topics ...Topic)
}

// CommitKey names a commit of a repository.
type CommitKey struct{ Forge, Repo, SHA string }

// Slot is a service in an environment.
type Slot struct{ Service, Environment string }

// Page asks for a slice of a list by keyset: items after the key After ("" for the start), at most Limit.
type Page struct {
	After string
	Limit int
}

// Reader reads one snapshot. A single thing that does not exist is a NotFound error; lists are empty.
type Reader interface {
	Meta(ctx context.Context, key string) (string, error) // "" where unset

	Catalog(ctx context.Context) (*catalog.Catalog, error)

	// People lists everybody whole, by id. The list is shared by all who read the same revision of it and
	// must not be changed; Person and the others return the caller's own.
	People(ctx context.Context) ([]access.Person, error)
	Person(ctx context.Context, id access.PersonID) (*access.Person, error)
	PersonByKey(ctx context.Context, fingerprint string) (*access.Person, error)
	PersonByIdentity(ctx context.Context, i access.Identity) (*access.Person, error)

	Change(ctx context.Context, id string) (change.Change, error)
	// ChangeFor finds the newest change, open or not, of a service, environment and digest.
	ChangeFor(ctx context.Context, service, environment string, d release.Digest) (change.Change, error)
	OpenChanges(ctx context.Context, service, environment string) ([]change.Change, error)
	// ChangesIn lists changes in any of the states, oldest id first.
	ChangesIn(ctx context.Context, states ...change.State) ([]change.Change, error)
	// ChangesPlanned lists the changes with a schedule that ends after an instant and that are not closed or
	// cancelled, oldest id first.
	ChangesPlanned(ctx context.Context, after time.Time) ([]change.Change, error)
	// ChangesOf lists the requested, authorised and scheduled changes that are built from one of the commits of a
	// repository, oldest id first.
	ChangesOf(ctx context.Context, forge, repo string, commits []string) ([]change.Change, error)
	// ChangesPage lists all changes, newest first; Page.After is the id of the last one seen.
	ChangesPage(ctx context.Context, p Page) ([]change.Change, error)
	// DecidedSince lists changes on which a standing decision ended a round at or after t, newest first.
	DecidedSince(ctx context.Context, t time.Time) ([]change.Change, error)
	// Approval returns the newest round of a change.
	Approval(ctx context.Context, changeID string) (change.Approval, error)
	Approvals(ctx context.Context, changeIDs []string) (map[string]change.Approval, error) // newest rounds
	Notes(ctx context.Context, changeIDs []string) (map[string][]change.Note, error)       // oldest first
	// Dossiers returns what is known of each commit: the commit, pull requests whose head or merge it is,
	// their reviews, the newest check of each name.
	Dossiers(ctx context.Context, keys []CommitKey) (map[CommitKey]evidence.Dossier, error)

	RolloutByExternal(ctx context.Context, connector, externalID string) (rollout.Observed, error)
	LiveRollouts(ctx context.Context) ([]rollout.Observed, error)
	// RolloutsBetween lists the rollouts that began before to and were not over before from, oldest first.
	RolloutsBetween(ctx context.Context, from, to time.Time) ([]rollout.Observed, error)
	Rollout(ctx context.Context, id string) (rollout.Observed, error)
	// RolloutsUpdatedSince lists rollouts that were updated at or after an instant, newest first.
	RolloutsUpdatedSince(ctx context.Context, since time.Time) ([]rollout.Observed, error)
	// RolloutsOf lists the rollouts into a slot that started at or before an instant, newest first.
	RolloutsOf(ctx context.Context, s Slot, until time.Time, limit int) ([]rollout.Observed, error)
	// Deployed returns the rollout into each slot that succeeded last; slots without one are absent.
	Deployed(ctx context.Context, slots []Slot) (map[Slot]rollout.Observed, error)
	// DeployedTo lists, by service, the rollout into an environment that succeeded last of each service.
	DeployedTo(ctx context.Context, environment string) ([]rollout.Observed, error)

	// Freezes lists those not over at an instant: in force or to come, not lifted.
	Freezes(ctx context.Context, at time.Time) ([]calendar.Freeze, error)
	Freeze(ctx context.Context, id string) (calendar.Freeze, error)

	// ConflictCases lists those that are not gone, and those that went at or after an instant, oldest id first.
	ConflictCases(ctx context.Context, goneSince time.Time) ([]conflict.Case, error)
	ConflictCase(ctx context.Context, id string) (conflict.Case, error)

	// BegunFreezes lists the freezes of outside calendars that were said to have begun and not yet to be over,
	// by source and external id.
	BegunFreezes(ctx context.Context) ([]calendar.Freeze, error)

	// Entries lists the entries of all outside calendars by source and external id. The list is shared by all
	// who read the same revision of it and must not be changed.
	Entries(ctx context.Context) ([]calendar.Entry, error)

	// Samples lists what was measured of a service in an environment in [from, to), oldest first, by version.
	// It takes the finest step that is kept for the whole of the time asked about.
	Samples(ctx context.Context, s Slot, from, to time.Time) ([]health.Sample, error)
	// LatestSamples returns the newest sample of each version of a service in an environment, not older than
	// since.
	LatestSamples(ctx context.Context, s Slot, since time.Time) ([]health.Sample, error)
	// Alerts lists those that fire, newest first; service "" means all.
	Alerts(ctx context.Context, service string) ([]health.Alert, error)

	// RollUps lists the roll-ups of a width, 5 minutes or an hour, of what was measured of a service in an
	// environment, whose time ends in (from, to], oldest first, by version.
	RollUps(ctx context.Context, s Slot, width time.Duration, from, to time.Time) ([]health.Sample, error)
	// Objectives lists those of all sources by service, environment, source and id.
	Objectives(ctx context.Context) ([]health.Objective, error)
	// RolloutsBegunSince lists the rollouts that began at or after an instant, oldest first.
	RolloutsBegunSince(ctx context.Context, since time.Time) ([]rollout.Observed, error)

	Feeds(ctx context.Context) ([]feed.Status, error)
	// FeedServices lists, by feed, the services that it has told of: they rest on it.
	FeedServices(ctx context.Context) (map[string][]string, error)
	// Exchanges lists a feed's log, newest first; feed "" means all.
	Exchanges(ctx context.Context, feed string, limit int) ([]feed.Exchange, error)
	// Buckets lists a feed's counts from an instant on, oldest first, by feed.
	Buckets(ctx context.Context, since time.Time) (map[string][]feed.Bucket, error)
	// Letters lists kept dead letters without their bodies, newest first; feed "" means all.
	Letters(ctx context.Context, feed string, limit int) ([]feed.Letter, error)
	// Letter returns a dead letter with its body.
	Letter(ctx context.Context, id string) (feed.Letter, error)
	// Messages lists messages to the outside, newest first; target "" means all, no state means all.
	Messages(ctx context.Context, target string, states []outbox.State, limit int) ([]outbox.Message, error)
	Message(ctx context.Context, id string) (outbox.Message, error)
	// FollowupsOf lists undone work of one kind due at an instant, oldest first.
	FollowupsOf(ctx context.Context, kind string, at time.Time, limit int) ([]Followup, error)
	// Visits lists the sessions of all processes that were seen alive at or after an instant, oldest first.
	Visits(ctx context.Context, since time.Time) ([]access.Visit, error)
	Tokens(ctx context.Context) ([]Token, error)
	// Profile is how a person wants the screens to be; of somebody who is not there it is the usual.
	Profile(ctx context.Context, id access.PersonID) (profile.Profile, error)
	TokenByHash(ctx context.Context, hash string) (Token, error)

	// AuditSize is the number of entries.
	AuditSize(ctx context.Context) (int64, error)
	// AuditEntries lists entries with Seq > after, oldest first.
	AuditEntries(ctx context.Context, after int64, limit int) ([]audit.Row, error)
	// AuditNewest lists the newest entries, newest first; subject and outcome "" mean all.
	AuditNewest(ctx context.Context, subject string, outcome audit.Outcome, limit int) ([]audit.Row, error)
	// AuditHashes reads tree hashes by storage index.
	AuditHashes(ctx context.Context, indexes []int64) ([]tlog.Hash, error)
	// AuditSource is the log for audit.Verify, valid within this Read.
	AuditSource(ctx context.Context) audit.Source
	// AuditKeys lists the registered verifier keys (note format).
	AuditKeys(ctx context.Context) ([]string, error)
}

// Tx is a Reader that writes.
type Tx interface {
	Reader

	SetMeta(ctx context.Context, key, value string) error
	// NextID counts up a named sequence from 1, without gaps among committed transactions.
	NextID(ctx context.Context, kind string) (int64, error)

	// PutCatalog replaces what one source declared, and reports what that changed.
	PutCatalog(ctx context.Context, c fact.CatalogSeen) (Imported, error)

	// PutPerson inserts a person of Revision 0, else updates where the stored revision is p.Revision, and
	// raises p.Revision. It writes name, address, zone, teams and disabled, not keys, identities or grants.
	PutPerson(ctx context.Context, p *access.Person) error
	// AddKey returns a Refused error where another person has the fingerprint.
	AddKey(ctx context.Context, k access.Key) error
	RemoveKey(ctx context.Context, p access.PersonID, fingerprint string) error
	// AddIdentity returns a Refused error where another person has the identity.
	AddIdentity(ctx context.Context, p access.PersonID, i access.Identity) error
	RemoveIdentity(ctx context.Context, p access.PersonID, i access.Identity) error
	AddGrant(ctx context.Context, g access.Grant) error // replaces one of the same role and scope
	RemoveGrant(ctx context.Context, p access.PersonID, r access.Role, s access.Scope) error

	// PutChange inserts a change of Revision 0, else updates where the stored revision is c.Revision, and
	// raises c.Revision. A stored revision that differs is a Changed error.
	PutChange(ctx context.Context, c *change.Change) error
	// PutApproval writes a round with its decisions.
	PutApproval(ctx context.Context, a change.Approval) error
	AddNote(ctx context.Context, n change.Note) error

	PutCommit(ctx context.Context, c evidence.Commit) error
	PutPullRequest(ctx context.Context, p evidence.PullRequest) error
	PutReview(ctx context.Context, r evidence.Review) error
	PutCheck(ctx context.Context, c evidence.Check) error
	PutVersion(ctx context.Context, v fact.VersionKnown) error

	PutRollout(ctx context.Context, o rollout.Observed) error
	// PutFreeze works as PutChange.
	PutFreeze(ctx context.Context, f *calendar.Freeze) error

	// PutConflictCase works as PutChange.
	PutConflictCase(ctx context.Context, c *conflict.Case) error

	// PutBegunFreeze notes that a freeze of an outside calendar was said to have begun, RemoveBegunFreeze that
	// it was said to be over.
	PutBegunFreeze(ctx context.Context, f calendar.Freeze) error
	RemoveBegunFreeze(ctx context.Context, source, externalID string) error

	// PutCalendar replaces what one source holds, and reports what that changed. The revision of an entry that
	// differs is raised.
	PutCalendar(ctx context.Context, c fact.CalendarSeen, at time.Time) (Imported, error)

	// PutSamples stores raw samples, whose services are catalog ids; one of the same connector, subject, step
	// and instant replaces the other, so that a repeat counts once.
	PutSamples(ctx context.Context, connector string, samples []health.Sample) error
	// PutAlert stores an alert where it is new or newer, and reports whether it is new or stands otherwise.
	PutAlert(ctx context.Context, a health.Alert) (changed bool, err error)
	// ResolveAlerts ends all alerts of a connector that fire.
	ResolveAlerts(ctx context.Context, connector string, at time.Time) error

	// PutObjectives replaces what one source declares, and reports what that changed.
	PutObjectives(ctx context.Context, o fact.ObjectivesSeen) (Imported, error)

	// PutFeed declares a feed (from the configuration) and leaves its counts and its Run.
	PutFeed(ctx context.Context, f feed.Status) error
	// Declare says which feeds a process has in its configuration, and lists those that no process has any
	// more: one that said nothing for three minutes counts as gone.
	Declare(ctx context.Context, process string, names []string, at time.Time) (gone []string, err error)
	// RemoveFeed forgets a feed that the configuration no longer has, with its log and counts, not its dead
	// letters.
	RemoveFeed(ctx context.Context, name string) error
	// PutRun says where the reading of a feed stands.
	PutRun(ctx context.Context, name string, r feed.Run) error
	// PutExchange adds a line to a feed's log, of which the newest 500 are kept.
	PutExchange(ctx context.Context, name string, e feed.Exchange) error
	// RestOn notes that a feed has told of services at an instant.
	RestOn(ctx context.Context, name string, services []string, at time.Time) error
	// PutLetter inserts or updates a dead letter by its id.
	PutLetter(ctx context.Context, l feed.Letter) error
	// PutMessage inserts or updates a message by its id. A Key that another message has is a Refused error.
	PutMessage(ctx context.Context, m outbox.Message) error
	// CountFeed adds to a feed's counts and to its bucket of at, and sets LastGood and LastError where they are
	// newer. delta.Took is the exchange's length, delta.Tries how many failed.
	CountFeed(ctx context.Context, delta feed.Status, at time.Time) error
	// TakeDelivery records a delivery id of a connector and reports whether it is new. Ids are kept 30 days
	// and more.
	TakeDelivery(ctx context.Context, connector, id string, at time.Time) (fresh bool, err error)

	PutToken(ctx context.Context, t Token) error
	// PutProfile writes one setting of a person, "" to forget it. No topic is published.
	PutProfile(ctx context.Context, id access.PersonID, name, value string) error

	// Append seals an entry as the next of the audit log and returns its Seq.
	Append(ctx context.Context, e audit.Entry) (int64, error)
	// AddAuditKey registers a verifier key.
	AddAuditKey(ctx context.Context, key string) error

	// AddFollowup writes work to do later; one with a Key that is there already is left alone.
	AddFollowup(ctx context.Context, f Followup) error
	// DueFollowups lists undone work of the kinds due at an instant, oldest first, and keeps it from other
	// processes until this transaction ends.
	DueFollowups(ctx context.Context, kinds []string, at time.Time, limit int) ([]Followup, error)
	// DeferFollowup moves undone work to a later instant.
	DeferFollowup(ctx context.Context, id int64, to time.Time) error
	// EndFollowup marks work as done with its outcome in words.
	EndFollowup(ctx context.Context, id int64, at time.Time, outcome string) error
	// EndFollowupKey is EndFollowup by key; work that is done or was never there is left alone.
	EndFollowupKey(ctx context.Context, key string, at time.Time, outcome string) error

	// PutVisit inserts or updates a session by its id.
	PutVisit(ctx context.Context, v access.Visit) error
	// RemoveVisit forgets a session that has ended, and all that were not seen since an instant.
	RemoveVisit(ctx context.Context, id string, notSeenSince time.Time) error
}

// Imported counts what an import did.
type Imported struct {
	Read      int `json:"read"`
	Stored    int `json:"stored"`
	Unchanged int `json:"unchanged"`
	Removed   int `json:"removed"`
}

// Followup is work that a decision causes, written in its transaction and done when due (domain clock,
// UTC). Key makes it unique: the same key is the same work.
type Followup struct {
	ID    int64             `json:"id"`
	Kind  string            `json:"kind"`
	Args  map[string]string `json:"args"`
	DueAt time.Time         `json:"due_at"`
	Key   string            `json:"key"`
}

// Token lets a machine in over HTTP. Only the SHA-256 of the secret is kept, in hex.
type Token struct {
	Name      string          `json:"name"`
	Scope     string          `json:"scope"` // gate, hooks, ics
	Hash      string          `json:"-"`
	By        access.PersonID `json:"by,omitempty"`
	CreatedAt time.Time       `json:"created_at"`
	RevokedAt time.Time       `json:"revoked_at,omitzero"`
}
