// Package conflict is the interlocking of the release calendar: it says of each piece of work which of the 22 kinds
// of conflict it meets, which it cannot rule out because a fact is missing, and where the work could go instead.
// Every rule is a pure function of the world that it is given; it does no I/O and keeps no clock. The rules are
// those of DEFINITIONS B1.
//
// Read kind.go (what can be wrong), rules.go (the numbers), input.go (what must be known), work.go and fact.go
// (what is judged, and against what), conflict.go (what comes out), then engine.go.
package conflict

import (
	"fmt"
	"slices"
	"strings"
)

// Kind is one of the 22 kinds of conflict (DEFINITIONS B1.1). ServiceNow knows seven of them (an item or a related
// item already scheduled, outside its maintenance window, in a blackout; the assignee busy); the others are ours.
type Kind uint8

const (
	// FreezeHard: K1. The work overlaps a hard freeze that covers it. GitLab's hard production change lock: everything,
	// at every criticality. PRACTICES 9.6.
	FreezeHard Kind = 1 + iota
	// FreezeSoft: K2. It overlaps a soft freeze and is no critical fix, security patch or emergency. GitLab's soft lock.
	FreezeSoft
	// OutsideWindow: K3. Change windows cover it and none holds all of it (Argo CD: with windows, one must allow).
	// PRACTICES 1.2, 4.6.
	OutsideWindow
	// SameService: K4. Other work, or agreed maintenance, is on the same service and environment (ServiceNow: item
	// already scheduled).
	SameService
	// DepAdjacent: K5. Other work, or maintenance, is on a service next to it in the dependency graph (ServiceNow:
	// parent or child already scheduled). A hard edge between them is the main case; a soft edge, or two edges in one
	// direction, the lesser one. Asynchronous edges do not count: their consumer catches up.
	DepAdjacent
	// Related: K6. Other work in the environment serves the same business journey.
	Related
	// SharedResource: K7. Other work uses the same database cluster, balancer, queue, runner pool or test environment.
	// Exclusive use by either is the main case; units that exceed what there is, the lesser one.
	SharedResource
	// People: K8. Its implementer, approver on call or incident commander is booked twice (ServiceNow: assignee busy).
	People
	// TeamWIP: K9. The team would have more concurrent work than its limit.
	TeamWIP
	// VendorWork: K10. A vendor on which the service rests over hard edges has maintenance. PRACTICES 1.4.
	VendorWork
	// AuditPeriod: K11. It lies in an audit or close period of a regulated scope. PRACTICES 8.4.
	AuditPeriod
	// BatchRun: K12. A batch run, [start, start + p95), touches what it touches. PRACTICES 3.7.
	BatchRun
	// PeakTraffic: K13. Expected traffic of a region is at or above the 90th percentile of its hours of the week, or a
	// peak that somebody announced covers it. Tiers 0 and 1 are the main case, others the lesser one. PRACTICES 1.2.
	PeakTraffic
	// LocalTime: K14, TZ_HOLIDAY. A region's local day is a holiday or weekend, or its local hour is one of business
	// where the policy forbids that.
	LocalTime
	// Coverage: K15. The owner, or a direct hard dependant, has nobody on call from the start until the end of
	// implementation and rollback.
	Coverage
	// OpenIncident: K16. A SEV1 or SEV2 is open in the service, or in one whose blast radius it is in, unless the work
	// cites it (GitLab: no change during an active incident).
	OpenIncident
	// BudgetSpent: K17. The error budget is exhausted; critical fixes (P0) and security patches pass (SRE workbook,
	// error budget policy).
	BudgetSpent
	// OutOfOrder: K18, ORDER. A provider would go after its consumer, a lock-step unit would be split over slots, or
	// two ends of a contract would be more than one version apart (N−1).
	OutOfOrder
	// Overruns: K19, OVERRUN. Verification and rollback would reach beyond the end of its window (argo-cd#26215).
	Overruns
	// LeadTime: K20. It begins sooner than its class must give notice.
	LeadTime
	// PastDeadline: K21, DEADLINE. It begins after a certificate expires, a line ends or a regulator's date. From 72
	// hours before the deadline on it is the main case, before that the lesser one. PRACTICES 2.4, 8.4.
	PastDeadline
	// GlobalCap: K22. More work of high risk runs at once than the organisation allows, or more than one of very high
	// risk (GitLab serialises S1 and S2 changes).
	GlobalCap
)

// kinds has the name and the rule of each kind in a sentence, by its number.
var kinds = [...]struct{ name, rule string }{
	{},
	{"FREEZE_HARD", "nothing may change in the scope of a hard freeze"},
	{"FREEZE_SOFT", "in a soft freeze only critical fixes, security patches and emergencies may change"},
	{"OUTSIDE_WINDOW", "where change windows are agreed, the whole work, with preparation and rollback, must fit into one"},
	{"SAME_SERVICE", "one service in one environment takes one piece of work at a time"},
	{"DEP_ADJACENT", "services next to each other in the dependency graph do not change at the same time"},
	{"RELATED", "services of one business journey should not change at the same time"},
	{"SHARED_RESOURCE", "a resource is used by one who needs it alone, or by as many as it has units for"},
	{"PEOPLE", "nobody implements, approves or commands two things at once"},
	{"TEAM_WIP", "a team does no more at once than its limit"},
	{"VENDOR", "no change while a vendor it rests on does maintenance"},
	{"AUDIT", "nothing changes in a regulated scope during an audit or close"},
	{"BATCH", "no change to what a batch run works on until it should be over"},
	{"PEAK", "no change in the busiest hours of the week of a region it serves"},
	{"TZ_HOLIDAY", "no change on a holiday or weekend of a region it serves, nor in business hours where policy forbids"},
	{"COVERAGE", "the owner and those that fail with it have somebody on call until a rollback would be over"},
	{"INCIDENT", "no change in the reach of an open SEV1 or SEV2 that it does not cite"},
	{"BUDGET", "with the error budget spent, only critical fixes and security patches go"},
	{"ORDER", "providers go before consumers, lock-step units together, and no contract is more than one version apart"},
	{"OVERRUN", "verification and rollback end before the window does"},
	{"LEAD_TIME", "a change gives the notice that its class demands"},
	{"DEADLINE", "what a date depends on happens before that date"},
	{"GLOBAL_CAP", "only so much work of high risk runs at once in the organisation"},
}

// Kinds lists every Kind in the order of its number.
var Kinds = func() []Kind {
	out := make([]Kind, 0, len(kinds)-1)
	for k := FreezeHard; k <= GlobalCap; k++ {
		out = append(out, k)
	}
	return out
}()

// ID is the kind's number, "K1" to "K22"; it is the rule's id on screens and in JSON.
func (k Kind) ID() string { return fmt.Sprintf("K%d", uint8(k)) }

// Name is the kind's name, such as FREEZE_HARD.
func (k Kind) Name() string { return kinds[k.safe()].name }

// Rule is what the kind demands, in one sentence without a full stop.
func (k Kind) Rule() string { return kinds[k.safe()].rule }

func (k Kind) String() string { return k.ID() + " " + k.Name() }

func (k Kind) safe() Kind {
	if int(k) >= len(kinds) {
		return 0
	}
	return k
}

// ParseKind reads "K7", "k7" or "SHARED_RESOURCE", and reports whether it is a kind.
func ParseKind(s string) (Kind, bool) {
	s = strings.ToUpper(strings.TrimSpace(s))
	i := slices.IndexFunc(Kinds, func(k Kind) bool { return k.ID() == s || k.Name() == s })
	if i < 0 {
		return 0, false
	}
	return Kinds[i], true
}

// MarshalText writes the number: K7.
func (k Kind) MarshalText() ([]byte, error) { return []byte(k.ID()), nil }

// UnmarshalText reads the number or the name.
func (k *Kind) UnmarshalText(t []byte) error {
	read, ok := ParseKind(string(t))
	if !ok {
		return fmt.Errorf("%q is no kind of conflict", t)
	}
	*k = read
	return nil
}

// Severity says what a conflict does. Later is worse.
type Severity uint8

const (
	Off  Severity = iota // the kind is not looked for
	Warn                 // shown; stops nothing
	Soft                 // stops until somebody waives it with a reason
	Hard                 // blocks
)

var severities = []string{"off", "warn", "soft", "hard"}

func (s Severity) String() string { return severities[min(int(s), len(severities)-1)] }

// MarshalText writes off, warn, soft or hard.
func (s Severity) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads what MarshalText writes.
func (s *Severity) UnmarshalText(t []byte) error {
	i := slices.Index(severities, string(t))
	if i < 0 {
		return fmt.Errorf("%q is no severity: off, warn, soft or hard", t)
	}
	*s = Severity(i)
	return nil
}

// Outcome of a kind for a piece of work. Later is worse: what is not known is never clear, and what is known to
// collide is worse than what may.
type Outcome uint8

const (
	Clear Outcome = iota
	// Unknown: a fact that the rule needs is missing.
	Unknown
	// Collides: the conflict is there.
	Collides
)

var outcomes = []string{"clear", "unknown", "conflict"}

func (o Outcome) String() string { return outcomes[min(int(o), len(outcomes)-1)] }

// MarshalText writes clear, unknown or conflict.
func (o Outcome) MarshalText() ([]byte, error) { return []byte(o.String()), nil }

// UnmarshalText reads what MarshalText writes.
func (o *Outcome) UnmarshalText(t []byte) error {
	i := slices.Index(outcomes, string(t))
	if i < 0 {
		return fmt.Errorf("%q is no outcome: clear, unknown or conflict", t)
	}
	*o = Outcome(i)
	return nil
}
