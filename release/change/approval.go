package change

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"time"

	"github.com/gowebpki/jcs"

	"signalbox/release"
	"signalbox/release/access"
)

// ApprovalState of an approval (CONTRACTS section 1).
type ApprovalState string

const (
	Waiting   ApprovalState = "requested"
	Approved  ApprovalState = "approved"
	Rejected  ApprovalState = "rejected"
	Withdrawn ApprovalState = "withdrawn"
	Expired   ApprovalState = "expired"
	Consumed  ApprovalState = "consumed"
	Lapsed    ApprovalState = "lapsed"
	Void      ApprovalState = "void"
)

// Clocks (DEFINITIONS B4). A request and a grant each have their own; the grant's starts at approval.
const (
	RequestTTL          = 72 * time.Hour
	EmergencyRequestTTL = 4 * time.Hour
	GrantTTL            = 24 * time.Hour
	// TakeBackWindow is how long a decider may take a decision back.
	TakeBackWindow = 5 * time.Minute
	// RemindAt and EscalateAt are the shares of the request's time after which it is shown as caution and
	// as escalated.
	RemindAt, EscalateAt = 0.50, 0.75
)

// Verdict of one person.
type Verdict string

const (
	Approve Verdict = "approve"
	Reject  Verdict = "reject"
)

// Decision is what one person said. One that was taken back stays, with the instant.
type Decision struct {
	Person      access.PersonID `json:"person"`
	Verdict     Verdict         `json:"verdict"`
	Reason      Reason          `json:"reason"`
	At          time.Time       `json:"at"`
	Door        access.Door     `json:"door"`
	Fingerprint string          `json:"fingerprint,omitempty"`
	TakenBackAt time.Time       `json:"taken_back_at,omitzero"`
}

// Stands reports whether the decision counts.
func (d Decision) Stands() bool { return d.TakenBackAt.IsZero() }

// Approval is the permission that one revision of a change asks for. Ids are "CHG-12/1", the round after
// the slash.
type Approval struct {
	Change      string        `json:"change"`
	Round       int           `json:"round"`
	State       ApprovalState `json:"state"`
	Needed      int           `json:"needed"`
	Policy      string        `json:"policy"`
	Binding     string        `json:"binding"`
	Band        Band          `json:"band"`
	RequestedAt time.Time     `json:"requested_at"`
	ExpiresAt   time.Time     `json:"expires_at"`
	GrantUntil  time.Time     `json:"grant_until,omitzero"`
	Decisions   []Decision    `json:"decisions,omitempty"`
}

// PolicyVersion names the default policy below; it is recorded with every approval.
const PolicyVersion = "default/1"

// Quorum is the default policy: how many distinct approvers a tier needs.
func Quorum(tier int) int {
	if tier <= 1 {
		return 2
	}
	return 1
}

// Ask opens an approval round for a change at an instant.
func Ask(c Change, round, tier int, at time.Time) Approval {
	ttl := RequestTTL
	if c.Kind == Emergency {
		ttl = EmergencyRequestTTL
	}
	return Approval{
		Change: c.ID, Round: round, State: Waiting, Needed: Quorum(tier), Policy: PolicyVersion,
		Binding: Binding(c), Band: c.Risk.Band(), RequestedAt: at, ExpiresAt: at.Add(ttl),
	}
}

// Binding is the SHA-256, in hex, of the canonical JSON (RFC 8785) of what an approval is about: service,
// environment, version, digest, plan hash, window id and risk band (CONTRACTS section 1).
func Binding(c Change) string {
	orNull := func(s string) any {
		if s == "" {
			return nil
		}
		return s
	}
	raw, err := json.Marshal(map[string]any{
		"service": c.Service, "environment": c.Environment, "version": c.Version, "digest": c.Digest,
		"plan": orNull(c.Plan), "window": orNull(c.Window), "risk_band": c.Risk.Band(),
	})
	if err == nil {
		raw, err = jcs.Transform(raw)
	}
	if err != nil { // strings and nulls always marshal
		panic(err)
	}
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:])
}

// Holds reports whether the approval still speaks of this change; if not, why. A band that fell keeps it.
func (a Approval) Holds(c Change) (bool, string) {
	now := c.Risk.Band()
	if a.Band.Less(now) {
		return false, "the risk rose from " + a.Band.String() + " to " + now.String()
	}
	asked := c
	asked.Risk = Risk{Score: a.Band.floor()}
	if Binding(asked) != a.Binding {
		return false, "the content is not what was approved"
	}
	return true, ""
}

// Granted counts the standing approvals.
func (a Approval) Granted() int {
	n := 0
	for _, d := range a.Decisions {
		if d.Stands() && d.Verdict == Approve {
			n++
		}
	}
	return n
}

// By returns the person's standing decision.
func (a Approval) By(p access.PersonID) (Decision, bool) {
	for _, d := range a.Decisions {
		if d.Person == p && d.Stands() {
			return d, true
		}
	}
	return Decision{}, false
}

// Decide records a decision. The caller has checked that the person may decide and that the reason is
// good. A rejection ends the round; the approval that completes the quorum ends it too and starts the
// grant's clock. It returns the new approval; a is not changed.
func Decide(a Approval, d Decision) (Approval, error) {
	if d.Person == "" || (d.Verdict != Approve && d.Verdict != Reject) {
		return a, release.Errorf(release.Refused, "a decision is one person's approval or rejection").
			Advise("an admin links you: signalbox person link ID os:USER")
	}
	if a.State != Waiting {
		return a, release.Errorf(release.Refused, "%s is %s already", a.Change, a.State).
			Advise("nothing was decided; change show %s has its history", a.Change)
	}
	if !d.At.Before(a.ExpiresAt) {
		return a, release.Errorf(release.Refused, "the request expired at %s", a.ExpiresAt.UTC().Format("Mon 15:04Z")).
			Advise("the requester submits it again: change submit %s", a.Change)
	}
	if _, done := a.By(d.Person); done {
		return a, release.Errorf(release.Refused, "%s decided on %s already", d.Person, a.Change).
			Advise("one person counts once; undo %s takes a decision back within 5 minutes", a.Change)
	}
	a.Decisions = append(slices.Clone(a.Decisions), d)
	switch {
	case d.Verdict == Reject:
		a.State = Rejected
	case a.Granted() >= a.Needed:
		a.State, a.GrantUntil = Approved, d.At.Add(GrantTTL)
	}
	return a, nil
}

// TakeBack withdraws a person's own decision within TakeBackWindow and before the approval is consumed; the
// round waits again, or, where the request's time ran out while the decision stood, is Expired: nobody would
// end it later. What ended the round is what can be taken back: an approval beside somebody's standing
// rejection cannot, since the round would stay rejected. The caller moves the change back to requested, or
// to draft where the round is Expired, which a cancelled change refuses.
func TakeBack(a Approval, p access.PersonID, at time.Time) (Approval, error) {
	if a.State != Waiting && a.State != Approved && a.State != Rejected {
		return a, release.Errorf(release.Refused, "%s is %s; that is final", a.Change, a.State)
	}
	for i, d := range a.Decisions {
		if d.Person != p || !d.Stands() {
			continue
		}
		if !at.Before(d.At.Add(TakeBackWindow)) {
			return a, release.Errorf(release.Refused, "you decided at %s; 5 minutes have passed", d.At.UTC().Format("15:04:05Z")).
				Advise("a change that must not run can still be rejected, withdrawn or frozen")
		}
		if a.State == Rejected && d.Verdict != Reject {
			return a, release.Errorf(release.Refused, "%s was rejected by another; your approval counts no more", a.Change).
				Advise("who rejected it can take that back, or the requester submits it again: change submit %s", a.Change)
		}
		a.Decisions = slices.Clone(a.Decisions)
		a.Decisions[i].TakenBackAt = at
		a.State, a.GrantUntil = Waiting, time.Time{}
		if !at.Before(a.ExpiresAt) {
			a.State = Expired
		}
		return a, nil
	}
	return a, release.Errorf(release.Refused, "you have no decision on %s to take back", a.Change)
}

// End moves an approval to a state that a clock, the requester or an execution brings about: expired ends a
// request; consumed and lapsed end a grant; withdrawn and void end either.
func End(a Approval, s ApprovalState) (Approval, error) {
	from := map[ApprovalState][]ApprovalState{
		Withdrawn: {Waiting, Approved}, Expired: {Waiting}, Consumed: {Approved}, Lapsed: {Approved}, Void: {Waiting, Approved},
	}
	if !slices.Contains(from[s], a.State) {
		return a, release.Errorf(release.Refused, "the approval of %s is %s and cannot become %s", a.Change, a.State, s)
	}
	a.State = s
	return a, nil
}
