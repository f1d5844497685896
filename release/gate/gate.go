// Package gate owns the one verdict: may this digest of this service go into this environment at this
// instant? Every screen, verb, door and worker asks Evaluate, so that they cannot disagree. It is a pure
// function of its Input; unknown on a hard gate blocks.
package gate

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"signalbox/release"
	"signalbox/release/access"
	"signalbox/release/calendar"
	"signalbox/release/catalog"
	"signalbox/release/change"
	"signalbox/release/feed"
)

// Verdict of one gate, or of all of them.
type Verdict string

const (
	Pass          Verdict = "pass"
	Warn          Verdict = "warn"
	NeedsApproval Verdict = "needs_approval"
	Unknown       Verdict = "unknown"
	Block         Verdict = "block"
)

// Exit is the exit status of a verdict: 10 blocked, 20 needs approval, 30 unknown, 0 else.
func (v Verdict) Exit() int {
	switch v {
	case Block:
		return 10
	case NeedsApproval:
		return 20
	case Unknown:
		return 30
	}
	return 0
}

// Aspect is how a verdict is drawn: unknown is dark, and dark counts as stop.
func (v Verdict) Aspect() release.Aspect {
	switch v {
	case Pass:
		return release.Go
	case Warn, NeedsApproval:
		return release.Caution
	case Unknown:
		return release.Dark
	}
	return release.Stop
}

// RuleVersion names the rules below; it is part of every answer.
const RuleVersion = "gates/2"

// Names of the gates, in the order in which they are listed.
const (
	Environment  = "environment"
	Catalog      = "catalog"
	FreezeGate   = "freeze"
	WindowGate   = "window"
	ConflictGate = "conflict"
	ApprovalGate = "approval"
	SoD          = "separation_of_duties"
	Freshness    = "freshness"
)

// Subject is what is asked about.
type Subject struct {
	Service     string         `json:"service"`
	Environment string         `json:"environment"`
	Version     string         `json:"version,omitempty"`
	Digest      release.Digest `json:"digest"`
	Change      string         `json:"change,omitempty"`
}

// Unblock is an act that would turn a gate's "no" into a yes, and the people who may do it.
type Unblock struct {
	Act string   `json:"act"`
	Who []string `json:"who"`
}

// Result of one gate.
type Result struct {
	Gate        string    `json:"gate"`
	Verdict     Verdict   `json:"verdict"`
	Reason      string    `json:"reason"`
	Evidence    []string  `json:"evidence"`
	RuleVersion string    `json:"rule_version"`
	EvaluatedAt time.Time `json:"evaluated_at"`
	ExpiresAt   time.Time `json:"expires_at,omitzero"`
	Unblock     []Unblock `json:"unblock"`
}

// Answer is the verdict with its gates.
type Answer struct {
	Subject     Subject   `json:"subject"`
	Environment string    `json:"environment"`
	At          time.Time `json:"at"`
	Verdict     Verdict   `json:"verdict"`
	Gates       []Result  `json:"gates"`
}

// Why is the reason of the gate that bars most, "" where none does.
func (a Answer) Why() string {
	for _, g := range a.Gates {
		if g.Verdict == a.Verdict && g.Verdict != Pass && g.Verdict != Warn {
			return g.Reason
		}
	}
	return ""
}

// Input is everything the gates look at. Item is nil where no change asks for this digest; one that asks for
// something else counts among the Others. Admins and Coordinators name who could help; Feeds are those that
// the service's facts come from, FeedsSince is when signalbox began to expect them.
type Input struct {
	Subject      Subject
	At           time.Time
	Environments []catalog.Environment
	Service      *catalog.Service
	Target       access.Target
	Item         *change.Item
	// Others are open changes of the same service and environment with another digest.
	Others     []change.Change
	Freezes    []calendar.Freeze
	Feeds      []feed.Status
	FeedsSince time.Time
	FeedsAt    time.Time // the instant at which they are judged: nobody knows how they will be; At if zero
	Admins     []string
	Calendar   Calendar
	// Ahead asks how the gate will stand when the change is due: freezes and its schedule are judged then, all else
	// now. Nothing goes in on such an answer.
	Ahead        bool
	Coordinators []string
}

// Evaluate answers for one subject at one instant (UTC).
func Evaluate(in Input) Answer {
	a := Answer{Subject: in.Subject, Environment: in.Subject.Environment, At: in.At}
	env, known := catalog.Resolve(in.Environments, in.Subject.Environment)
	switch {
	case !known:
		a.Gates = []Result{{Gate: Environment, Verdict: Unknown,
			Reason:  fmt.Sprintf("the environment %q is not configured", in.Subject.Environment),
			Unblock: []Unblock{{"list it under environments in the configuration", in.Admins}}}}
	case !env.Gated:
		a.Environment = env.Name
		a.Gates = []Result{{Gate: Environment, Verdict: Pass, Reason: env.Name + " is recorded, not gated"}}
	default:
		a.Environment = env.Name
		if i := in.Item; i != nil && (i.Change.Digest != in.Subject.Digest || i.Change.Service != in.Subject.Service || i.Change.Environment != env.Name) {
			in.Item, in.Others = nil, append([]change.Change{i.Change}, in.Others...)
		}
		a.Gates = []Result{catalogGate(in), freezeGate(in), windowGate(in), conflictGate(in), approvalGate(in), dutiesGate(in), freshnessGate(in)}
	}
	for i := range a.Gates {
		g := &a.Gates[i]
		g.RuleVersion, g.EvaluatedAt = RuleVersion, in.At
		if g.Evidence == nil {
			g.Evidence = []string{}
		}
		if g.Unblock == nil {
			g.Unblock = []Unblock{}
		}
		for k := range g.Unblock {
			if g.Unblock[k].Who == nil {
				g.Unblock[k].Who = []string{}
			}
		}
	}
	a.Verdict = Fold(a.Gates)
	return a
}

// Fold is the strongest verdict: block, then unknown, needs_approval, warn, pass (CONTRACTS section 4).
// No gate at all is unknown: nothing was judged.
func Fold(gates []Result) Verdict {
	order := []Verdict{Pass, Warn, NeedsApproval, Unknown, Block}
	worst := -1
	for _, g := range gates {
		worst = max(worst, slices.Index(order, g.Verdict))
	}
	if worst < 0 {
		return Unknown
	}
	return order[worst]
}

func catalogGate(in Input) Result {
	r := Result{Gate: Catalog, Verdict: Pass}
	if in.Service == nil {
		r.Verdict = Block
		r.Reason = fmt.Sprintf("the service %q is not in the catalog", in.Subject.Service)
		r.Unblock = []Unblock{{"declare the service, or annotate it with its repository, and import the catalog", in.Admins}}
		return r
	}
	r.Reason = fmt.Sprintf("tier %d, owned by %s", in.Service.Tier, orNobody(in.Service.Team))
	if in.Service.From != "" {
		r.Evidence = []string{in.Service.From}
	}
	return r
}

func freezeGate(in Input) Result {
	r := Result{Gate: FreezeGate, Verdict: Pass, Reason: "no freeze covers it now"}
	at := in.due()
	emergency := in.Item != nil && in.Item.Change.Kind == change.Emergency
	var next time.Time
	var bars []string
	for _, f := range in.Freezes {
		switch {
		case f.Bars(in.Target, at, emergency):
			r.Evidence = append(r.Evidence, f.ID)
			end := f.To.UTC().Format("Mon 02 Jan 15:04Z")
			bars = append(bars, fmt.Sprintf("%s %s freeze until %s: %s", f.ID, f.Kind, end, f.Reason))
			unblock := Unblock{"lift " + f.ID + ", or wait until " + end, in.Coordinators}
			if f.Source != "" {
				unblock = Unblock{"change it in the calendar " + f.Source + ", or wait until " + end, in.Coordinators}
			}
			r.Unblock = append(r.Unblock, unblock)
		case f.In(at) && f.Scope.Covers(in.Target):
			r.Verdict, r.Reason = Warn, fmt.Sprintf("soft freeze %s lets emergency changes through", f.ID)
			r.Evidence = append(r.Evidence, f.ID)
		case f.LiftedAt.IsZero() && f.From.After(at) && f.Scope.Covers(in.Target) && (next.IsZero() || f.From.Before(next)):
			next = f.From
		}
	}
	if len(bars) > 0 {
		r.Verdict, r.Reason = Block, strings.Join(bars, "; ")
	}
	r.ExpiresAt = next
	return r
}

func approvalGate(in Input) Result {
	r := Result{Gate: ApprovalGate}
	if in.Item == nil {
		r.Verdict = Block
		r.Reason = fmt.Sprintf("no change asks for %s of %s in %s", in.Subject.Digest.Short(), in.Subject.Service, in.Subject.Environment)
		for _, o := range in.Others {
			r.Evidence = append(r.Evidence, fmt.Sprintf("%s is %s for digest %s", o.ID, o.State, o.Digest.Short()))
		}
		r.Unblock = []Unblock{{"submit a change for this digest", []string{"developer"}}}
		return r
	}
	c, a := in.Item.Change, in.Item.Approval
	r.Evidence = []string{fmt.Sprintf("%s round %d, policy %s", c.ID, a.Round, a.Policy)}
	switch a.State {
	case change.Approved, change.Consumed:
		if ok, why := a.Holds(c); !ok {
			r.Verdict, r.Reason = Block, fmt.Sprintf("the approval of %s is void: %s", c.ID, why)
			r.Unblock = []Unblock{{"submit " + c.ID + " again and have it approved", owners(in.Item)}}
			return r
		}
		if a.State == change.Approved && !in.At.Before(a.GrantUntil) {
			r.Verdict, r.Reason = Block, fmt.Sprintf("the approval of %s lapsed at %s", c.ID, a.GrantUntil.UTC().Format("Mon 15:04Z"))
			r.Unblock = []Unblock{{"submit " + c.ID + " again and have it approved", owners(in.Item)}}
			return r
		}
		if !c.State.Open() {
			r.Verdict, r.Reason = Block, fmt.Sprintf("%s is %s; its approval is over", c.ID, in.Item.Standing())
			r.Unblock = []Unblock{{"submit a new change", []string{"developer"}}}
			return r
		}
		if needed := neededNow(in, a); a.Granted() < needed {
			r.Verdict, r.Reason = Block, fmt.Sprintf("%s was approved by %d and the policy asks for %d now", c.ID, a.Granted(), needed)
			r.Unblock = []Unblock{{"withdraw " + c.ID + " and submit a new change", owners(in.Item)}}
			return r
		}
		r.Verdict = Pass
		if a.State == change.Approved {
			r.ExpiresAt = a.GrantUntil
		}
		for _, d := range a.Decisions {
			if d.Stands() {
				r.Evidence = append(r.Evidence, fmt.Sprintf("%s %s", d.Person, d.At.UTC().Format(time.RFC3339)))
			}
		}
		r.Reason = fmt.Sprintf("%s approved by %d of %d", c.ID, a.Granted(), a.Needed)
	case change.Waiting:
		if lock := in.Item.Locked(); lock != nil {
			r.Verdict, r.Reason = Block, release.AsError(lock).Message
			r.Unblock = []Unblock{{release.AsError(lock).Try, in.Admins}}
			return r
		}
		if !in.At.Before(a.ExpiresAt) {
			r.Verdict, r.Reason = Block, fmt.Sprintf("the request of %s expired at %s", c.ID, a.ExpiresAt.UTC().Format("Mon 15:04Z"))
			r.Unblock = []Unblock{{"submit " + c.ID + " again", owners(in.Item)}}
			return r
		}
		r.Verdict = NeedsApproval
		r.Reason = fmt.Sprintf("%s has %d of %d approvals", c.ID, a.Granted(), a.Needed)
		r.ExpiresAt = a.ExpiresAt
		r.Unblock = []Unblock{{"approve " + c.ID, names(in.Item.Eligible)}}
		if len(in.Item.Eligible) == 0 {
			r.Unblock = []Unblock{{"grant somebody who had no hand in it the role approver, to approve " + c.ID, in.Admins}}
		}
	default:
		r.Verdict, r.Reason = Block, fmt.Sprintf("%s is %s", c.ID, in.Item.Standing())
		r.Unblock = []Unblock{{"submit " + c.ID + " again", owners(in.Item)}}
		if a.State == "" {
			r.Unblock = []Unblock{{"submit " + c.ID, owners(in.Item)}}
		}
		if !c.State.Open() {
			r.Unblock = []Unblock{{"submit a new change", []string{"developer"}}}
		}
	}
	return r
}

// neededNow evaluates the policy again at the instant of the verdict: a service that became more important
// needs what its tier asks for now, never less than what was asked for then.
func neededNow(in Input, a change.Approval) int {
	if in.Service == nil {
		return a.Needed
	}
	return max(a.Needed, change.Quorum(int(in.Service.Tier)))
}

// owners names who may submit the change again: its human authors.
func owners(i *change.Item) []string {
	var out []string
	for _, a := range i.Authors {
		if a.Person != "" && !a.Bot {
			out = append(out, string(a.Person))
		}
	}
	if len(out) == 0 {
		return []string{"developer"}
	}
	return out
}

func dutiesGate(in Input) Result {
	r := Result{Gate: SoD, Verdict: Pass}
	if in.Item == nil {
		r.Verdict, r.Reason = Unknown, "there is no change, so no author and no approver"
		r.Unblock = []Unblock{{"submit a change for this digest", []string{"developer"}}}
		return r
	}
	i := in.Item
	if i.Duties.Aspect != release.Go {
		r.Verdict, r.Reason = Unknown, i.Duties.Sentence
		r.Unblock = []Unblock{{"link the author's login to a person", in.Admins}}
		return r
	}
	for _, d := range i.Approval.Decisions {
		if !d.Stands() || d.Verdict != change.Approve {
			continue
		}
		for _, a := range i.Authors {
			if a.Person == d.Person && !a.Bot {
				r.Verdict, r.Reason = Block, fmt.Sprintf("%s approved and is the %s", d.Person, a.As)
				r.Unblock = []Unblock{{"have another person approve " + i.Change.ID, names(i.Eligible)}}
				return r
			}
		}
		if i.Change.Executor == d.Person {
			r.Verdict, r.Reason = Block, fmt.Sprintf("%s approved and is the executor", d.Person)
			r.Unblock = []Unblock{{"have another person execute " + i.Change.ID, []string{"executor"}}}
			return r
		}
		r.Evidence = append(r.Evidence, string(d.Person)+" had no hand in it")
	}
	if i.Change.Commit != "" && i.Dossier.Commit == nil {
		r.Evidence = append(r.Evidence, "the forge has not told who wrote the commit; known are those who asked for the deployment")
	}
	r.Reason = i.Duties.Sentence
	return r
}

func freshnessGate(in Input) Result {
	r := Result{Gate: Freshness, Verdict: Pass, Reason: "no feed with a promise is bound to it"}
	at := in.FeedsAt
	if at.IsZero() {
		at = in.At
	}
	var until time.Time
	for _, f := range in.Feeds {
		age, promise := release.Span(f.Age(at)), release.Length(f.ExpectEvery)
		last := fmt.Sprintf("last good %s ago", age)
		if f.LastGood.IsZero() {
			last = "it has not answered yet"
		}
		aspect := f.Aspect(at, in.FeedsSince)
		if f.Kind == feed.Pull && f.LastGood.IsZero() && aspect != feed.Dark {
			r.Verdict = Unknown
			r.Reason = fmt.Sprintf("%s has not been read yet", f.Name)
			r.Unblock = []Unblock{{"wait until it is read, or bring the feed " + f.Name + " back", in.Admins}}
			return r
		}
		switch aspect {
		case feed.Quiet:
			continue
		case feed.Dark:
			r.Verdict = Unknown
			r.Reason = fmt.Sprintf("%s is dark: %s, promised every %s", f.Name, last, promise)
			if f.LastGood.IsZero() {
				r.Reason = fmt.Sprintf("%s is dark: it has never answered", f.Name)
			}
			r.Unblock = []Unblock{{"bring the feed " + f.Name + " back", in.Admins}}
			return r
		case feed.Late:
			r.Verdict, r.Reason = Warn, fmt.Sprintf("%s is late: %s, promised every %s", f.Name, last, promise)
		default:
			if r.Verdict == Pass {
				r.Reason = "every feed it rests on is fresh"
			}
		}
		r.Evidence = append(r.Evidence, f.Name+": "+last)
		from := f.LastGood
		if from.Before(f.Since) {
			from = f.Since
		}
		if from.IsZero() {
			from = in.FeedsSince
		}
		if end := from.Add(3 * f.ExpectEvery); until.IsZero() || end.Before(until) {
			until = end
		}
	}
	r.ExpiresAt = until
	return r
}

func names(ids []access.PersonID) []string {
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = string(id)
	}
	return out
}

func orNobody(s string) string {
	if s == "" {
		return "nobody"
	}
	return s
}
