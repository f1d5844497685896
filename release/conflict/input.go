package conflict

import (
	"encoding/json"
	"math/bits"
	"strings"
)

// Inputs is a set of what the rules need to know, one bit each.
type Inputs uint32

const (
	Freezes Inputs = 1 << iota
	Windows
	Changes     // the other work of the organisation
	Maintenance // agreed maintenance
	Graph       // the dependency graph, with the service in it
	Journeys    // the business journeys that work serves
	Resources   // what work uses, and how much of it there is
	Staff       // who implements, approves and commands
	Owners      // the team of the service
	Vendors     // maintenance of vendors
	Audits
	Batches
	Peaks   // peaks that were announced
	Traffic // traffic by hour of the week of each region
	Holidays
	Zones     // the regions of the service and their time zones
	Rota      // on-call cover
	Incidents // open incidents
	Budgets   // error budgets
	Sequence  // what must go before it, with it, and how far versions are apart
	Deadlines
	Lengths // preparation, verification and rollback p90; run time of a batch

	// All is every input.
	All = Lengths<<1 - 1
)

// inputs has the name of each, by the place of its bit.
var inputs = [...]string{"freezes", "windows", "changes", "maintenance", "dependencies", "journeys", "resources", "people", "owner",
	"vendors", "audits", "batches", "peaks", "traffic", "holidays", "zones", "on-call", "incidents", "budgets", "order", "deadlines", "lengths"}

// needs is the table of what makes which kind unknown: a kind is unknown where one of these is missing, for the
// organisation (World.Known), for a scope and time (a fact of the sort Gap), or for the work itself (its fields that
// may be nil, its service that no catalog knows, its regions without zone or traffic). Lengths make a kind unknown
// only where they decide, with the party that the longer interval would meet.
var needs = [GlobalCap + 1]Inputs{
	FreezeHard:     Freezes,
	FreezeSoft:     Freezes,
	OutsideWindow:  Windows,
	SameService:    Changes | Maintenance,
	DepAdjacent:    Changes | Maintenance | Graph,
	Related:        Changes | Journeys,
	SharedResource: Changes | Resources,
	People:         Changes | Staff,
	TeamWIP:        Changes | Owners,
	VendorWork:     Vendors | Graph,
	AuditPeriod:    Audits,
	BatchRun:       Batches | Resources,
	PeakTraffic:    Peaks | Traffic | Zones,
	LocalTime:      Holidays | Zones,
	Coverage:       Rota | Graph | Owners,
	OpenIncident:   Incidents | Graph,
	BudgetSpent:    Budgets,
	OutOfOrder:     Sequence,
	Overruns:       Windows,
	LeadTime:       0,
	PastDeadline:   Deadlines,
	GlobalCap:      Changes,
}

// Needs is what must be known to judge a kind.
func (k Kind) Needs() Inputs { return needs[k.safe()] }

// ParseInput reads the name of one input, and reports whether it is one.
func ParseInput(s string) (Inputs, bool) {
	for i, name := range inputs {
		if name == s {
			return 1 << i, true
		}
	}
	return 0, false
}

// InputsOf is the set of inputs with the names; a name that is none is left out.
func InputsOf(names []string) Inputs {
	var out Inputs
	for _, n := range names {
		one, _ := ParseInput(n)
		out |= one
	}
	return out
}

// Unjudged is how many of the kinds cannot be judged without these inputs.
func (i Inputs) Unjudged() int {
	n := 0
	for _, k := range Kinds {
		if k.Needs()&i != 0 {
			n++
		}
	}
	return n
}

// Has reports whether all of o are in the set.
func (i Inputs) Has(o Inputs) bool { return i&o == o }

// Names are the names of the inputs in the set.
func (i Inputs) Names() []string {
	out := []string{}
	for ; i != 0; i &= i - 1 {
		if n := bits.TrailingZeros32(uint32(i)); n < len(inputs) {
			out = append(out, inputs[n])
		}
	}
	return out
}

func (i Inputs) String() string { return strings.Join(i.Names(), ", ") }

// MarshalJSON writes a list of names.
func (i Inputs) MarshalJSON() ([]byte, error) { return json.Marshal(i.Names()) }

// UnmarshalJSON reads a list of names; a name that is none is left out.
func (i *Inputs) UnmarshalJSON(b []byte) error {
	var names []string
	if err := json.Unmarshal(b, &names); err != nil {
		return err
	}
	*i = InputsOf(names)
	return nil
}
