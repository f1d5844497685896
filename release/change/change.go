// Package change owns a release's request to be let through: the change and its states, the approval that
// binds to it, who may give it, the risk, and the queue that people read. All rules are pure functions of
// what they are given; instants are UTC and arguments.
package change

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"signalbox/release"
	"signalbox/release/access"
)

// State of a change (CONTRACTS section 1).
type State string

const (
	Draft        State = "draft"
	Requested    State = "requested"
	Authorised   State = "authorised"
	Scheduled    State = "scheduled"
	Implementing State = "implementing"
	InReview     State = "review"
	Closed       State = "closed"
	Cancelled    State = "cancelled"
)

// States lists every state in order of a change's life.
var States = []State{Draft, Requested, Authorised, Scheduled, Implementing, InReview, Closed, Cancelled}

// follows says which states may come after which. Requested and later may fall back to draft (rejected,
// expired, lapsed) or to requested (void); nothing does after implementing began.
var follows = map[State][]State{
	Draft:        {Requested, Cancelled},
	Requested:    {Authorised, Draft, Cancelled},
	Authorised:   {Scheduled, Requested, Draft, Cancelled},
	Scheduled:    {Implementing, Requested, Draft, Cancelled},
	Implementing: {InReview},
	InReview:     {Closed},
}

// May reports whether a change may go from one state to another.
func (s State) May(to State) bool { return slices.Contains(follows[s], to) }

// Open reports whether the change is neither closed nor cancelled.
func (s State) Open() bool { return s != Closed && s != Cancelled }

// Let reports whether the change was let in and has not begun: it is authorised, or scheduled too.
func (s State) Let() bool { return s == Authorised || s == Scheduled }

// Result of a closed change.
type Result string

const (
	Done       Result = "done"
	Failed     Result = "failed"
	RolledBack Result = "rolled-back"
)

// Kind of change (ServiceNow's three).
type Kind string

const (
	Normal    Kind = "normal"
	Emergency Kind = "emergency"
	Standard  Kind = "standard"
)

// Change is one request to put a digest of a service into an environment. Revision grows with every write
// to the change or its approval; a lever carries the revision that its eyes saw.
type Change struct {
	ID          string            `json:"id"` // "CHG-12"
	Revision    int64             `json:"revision"`
	State       State             `json:"state"`
	Result      Result            `json:"result,omitempty"`
	Kind        Kind              `json:"kind"`
	Service     string            `json:"service"` // catalog id, or "unknown:slug"
	Environment string            `json:"environment"`
	Version     string            `json:"version"`
	Digest      release.Digest    `json:"digest"`
	Forge       string            `json:"forge,omitempty"`
	Repo        string            `json:"repo,omitempty"`
	Commit      string            `json:"commit,omitempty"`
	Ref         string            `json:"ref,omitempty"`
	Title       string            `json:"title"`
	Plan        string            `json:"plan,omitempty"`   // hash of the rollout plan
	Window      string            `json:"window,omitempty"` // id of the agreed window
	Schedule    Schedule          `json:"schedule,omitzero"`
	Requester   access.PersonID   `json:"requester,omitempty"`
	By          []access.Identity `json:"by,omitempty"` // deployment creator and sender on the forge
	Executor    access.PersonID   `json:"executor,omitempty"`
	Connector   string            `json:"connector,omitempty"`
	ExternalID  string            `json:"external_id,omitempty"`
	URL         string            `json:"url,omitempty"`
	Risk        Risk              `json:"risk"`
	CreatedAt   time.Time         `json:"created_at"`
	RequestedAt time.Time         `json:"requested_at,omitzero"`
	UpdatedAt   time.Time         `json:"updated_at"`
}

// To moves the change to a state, or returns a Refused error.
func (c *Change) To(s State) error {
	if !c.State.May(s) {
		return release.Errorf(release.Refused, "%s is %s and cannot become %s", c.ID, c.State, s)
	}
	c.State = s
	return nil
}

// Name is how lists call the change: service and version.
func (c Change) Name() string {
	if c.Version == "" {
		return c.Service
	}
	return c.Service + " " + c.Version
}

// ID writes the id of the n-th change.
func ID(n int64) string { return fmt.Sprintf("CHG-%d", n) }

// ParseID accepts "CHG-12", "chg12" and "12" and returns "CHG-12". The mark of a sandbox in front, "s-CHG-12",
// is kept: no id of one is an id of production.
func ParseID(s string) (string, error) {
	t := strings.ToUpper(strings.TrimSpace(s))
	mark := ""
	if rest, ok := strings.CutPrefix(t, "S-"); ok {
		t, mark = rest, "s-"
	}
	if rest, ok := strings.CutPrefix(t, "CHG"); ok {
		t = strings.TrimPrefix(rest, "-")
	}
	n, err := strconv.ParseInt(t, 10, 64)
	if err != nil || n < 1 || strings.Trim(t, "0123456789") != "" {
		return "", release.Errorf(release.Usage, "%q is not a change", release.Clean(s, 40)).
			Advise("write its id as the queue shows it, such as CHG-12")
	}
	return mark + ID(n), nil
}
