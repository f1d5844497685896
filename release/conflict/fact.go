package conflict

import (
	"strings"
	"time"

	"signalbox/release"
	"signalbox/release/access"
	"signalbox/release/calendar"
)

// Sort says what a fact is.
type Sort string

const (
	FreezeFact      Sort = "freeze"
	WindowFact      Sort = "window" // an agreed change window
	MaintenanceFact Sort = "maintenance"
	PeakFact        Sort = "peak"
	VendorFact      Sort = "vendor" // maintenance of a vendor
	AuditFact       Sort = "audit"
	BatchFact       Sort = "batch" // To zero: how long it runs is not known
	HolidayFact     Sort = "holiday"
	CoverFact       Sort = "cover"    // Person is on call for the scope
	IncidentFact    Sort = "incident" // To zero: it is open
	BudgetFact      Sort = "budget"   // its interval does not matter
	DeadlineFact    Sort = "deadline" // From is the date
	ResourceFact    Sort = "resource" // ID is its name; its interval does not matter
	GapFact         Sort = "gap"      // Missing is not known for the scope and time; To zero: from From on
)

// Overrun says what becomes of work that runs at the boundary of a window or freeze.
type Overrun string

const (
	// Finish lets work go on that began legally: inside the window, or before the freeze.
	Finish Overrun = "finish"
	// Pause holds it at the boundary: what reaches beyond is a conflict.
	Pause Overrun = "pause"
	// Abort takes it back at the boundary: what reaches beyond is a conflict. So does "", since a deny without a word
	// on overruns stops even work that began legally (Argo CD).
	Abort Overrun = "abort"
)

// Fact is something that work is judged against. Which of the fields below the title it uses depends on its sort. A
// fact is known by its sort and id. A recurring one is one fact for each occurrence: see Expand.
type Fact struct {
	ID    string       `json:"id"`
	Sort  Sort         `json:"sort"`
	Scope access.Scope `json:"scope"`
	calendar.Interval
	Title string `json:"title,omitempty"`

	Hardness calendar.Hardness `json:"hardness,omitempty"` // of a freeze; "" is hard
	Overrun  Overrun           `json:"overrun,omitempty"`  // of a freeze or window
	// Vendor is the vendor's id in the catalog; the fact then concerns what rests on it over hard edges, within the
	// scope. "" concerns all of the scope.
	Vendor string `json:"vendor,omitempty"`
	// Touches are the resources that a batch works on, within the scope; nil is all of the scope.
	Touches []string        `json:"touches,omitempty"`
	Person  access.PersonID `json:"person,omitempty"`
	// Services are those in which an incident is; its reach is their blast radius too, whatever the scope says.
	Services    []string `json:"services,omitempty"`
	Environment string   `json:"environment,omitempty"` // of an incident; "" is every one
	Severity    int      `json:"severity,omitempty"`    // of an incident, 1 the worst
	Left        float64  `json:"left,omitempty"`        // of a budget: 1 untouched, 0 and less exhausted
	Capacity    int      `json:"capacity,omitempty"`    // units of a resource
	Across      bool     `json:"across,omitempty"`      // a resource that all environments share
	Missing     Inputs   `json:"missing,omitempty"`     // of a gap
}

// Check returns a Usage error for a fact that cannot be held.
func (f *Fact) Check() error {
	bad := func(format string, args ...any) error {
		return release.Errorf(release.Usage, format, args...).Advise("correct the entry of the calendar")
	}
	name := release.Clean(f.ID, 60)
	if f.ID == "" {
		return bad("a %s has no id", f.Sort)
	}
	if f.Sort != ResourceFact && f.Sort != IncidentFact {
		if _, err := access.ParseScope(string(f.Scope)); err != nil {
			return err
		}
	}
	open := f.To.IsZero()
	switch f.Sort {
	case FreezeFact, WindowFact, MaintenanceFact, PeakFact, VendorFact, AuditFact, HolidayFact, CoverFact:
		if !f.From.Before(f.To) {
			return bad("%s would end before it begins", name)
		}
	case BatchFact, IncidentFact, GapFact:
		if !open && !f.From.Before(f.To) {
			return bad("%s would end before it begins", name)
		}
		if f.Sort == IncidentFact && len(f.Services) == 0 {
			return bad("%s names no service that it is in", name)
		}
	case BudgetFact, DeadlineFact:
	case ResourceFact:
		if f.Capacity < 0 {
			return bad("%s has less than no units", name)
		}
	default:
		return bad("%q is no sort of fact", release.Clean(string(f.Sort), 20))
	}
	return nil
}

// spans are the times of a fact as far as they are sure, and as far as they may reach.
func (f *Fact) spans(r *Rules, at int64) (sure, may span) {
	switch f.Sort {
	case BudgetFact, ResourceFact:
		return span{-forever, forever}, span{-forever, forever}
	case DeadlineFact:
		from := f.From.UnixMicro()
		return span{from, from + 1}, span{from, from + 1}
	}
	sure = span{f.From.UnixMicro(), forever}
	if !f.To.IsZero() {
		sure.to = f.To.UnixMicro()
		return sure, sure
	}
	may = sure
	switch f.Sort {
	case BatchFact: // it runs, for how long nobody knows
		sure.to, may.to = sure.from+1, sure.from+max(1, micros(r.Longest))
	case IncidentFact: // it is open now, and for how long nobody knows
		sure.to = max(sure.from+1, at+micros(r.IncidentHold))
	}
	return sure, may
}

// FreezeOf is the fact of a freeze; one that was lifted ends there. It is nil where the freeze never was.
func FreezeOf(f calendar.Freeze) *Fact {
	if !f.LiftedAt.IsZero() && f.LiftedAt.Before(f.To) {
		f.To = f.LiftedAt
	}
	if !f.From.Before(f.To) {
		return nil
	}
	return &Fact{ID: f.ID, Sort: FreezeFact, Scope: f.Scope, Interval: f.Interval, Title: f.Reason, Hardness: f.Kind}
}

// entryInputs says which input an entry of a kind belongs to.
var entryInputs = map[calendar.Kind]Inputs{calendar.FreezePeriod: Freezes, calendar.Maintenance: Maintenance, calendar.Peak: Peaks,
	calendar.Vendor: Vendors, calendar.AuditPeriod: Audits, calendar.Batch: Batches, calendar.Holiday: Holidays, calendar.ChangeWindow: Windows,
	calendar.EndOfLife: Deadlines, calendar.Deadline: Deadlines, calendar.OnCall: Rota}

// sortOf is the sort of the facts that entries of a kind give.
func sortOf(k calendar.Kind) Sort {
	switch k {
	case calendar.EndOfLife, calendar.Deadline:
		return DeadlineFact
	case calendar.OnCall:
		return CoverFact
	}
	return Sort(k)
}

// Input is what an entry of a kind belongs to; 0 of a kind that no rule asks for.
func Input(k calendar.Kind) Inputs { return entryInputs[k] }

// Expand gives one fact for each happening of an entry in [from, to). An entry that cannot be laid out gives a gap
// there and the error, which is Usage: what is not known is not clear.
func Expand(e calendar.Entry, from, to time.Time) ([]Fact, error) {
	id := e.Source + "/" + e.ExternalID
	happens, err := e.Occurrences(from, to)
	if err != nil {
		return []Fact{{ID: id, Sort: GapFact, Scope: e.Scope, Interval: calendar.Interval{From: from, To: to}, Title: e.Title, Missing: entryInputs[e.Kind]}}, err
	}
	out := make([]Fact, 0, len(happens))
	for _, o := range happens {
		f := Fact{ID: id + "/" + o.From.UTC().Format(time.RFC3339), Sort: sortOf(e.Kind), Scope: e.Scope, Interval: o.Interval, Title: o.Title, Hardness: e.Hardness}
		switch e.Kind {
		case calendar.Deadline: // it is met by what begins before its end
			f.From = f.To
		case calendar.OnCall:
			f.Person = access.PersonID(strings.ToLower(release.Clean(o.Title, 60)))
		}
		if !f.From.Before(f.To) {
			switch {
			case f.Sort == DeadlineFact:
			case e.Kind == calendar.Batch:
				f.To = time.Time{} // a run without a length
			default:
				continue // an instant bars nothing
			}
		}
		for n := len(out); n > 0 && out[n-1].From.Equal(f.From) && out[n-1].ID == f.ID; {
			f.ID += "+" // an occurrence that was moved to the beginning of another
		}
		out = append(out, f)
	}
	return out, nil
}
