package release

// Aspect is what a signal shows. Shape and word come first, colour third (SCREENS section 6).
type Aspect string

const (
	Go        Aspect = "go"        // all checks true, data fresh
	Caution   Aspect = "caution"   // needs a person, or is near a limit
	Stop      Aspect = "stop"      // locked, failing, refused
	Escalated Aspect = "escalated" // a clock runs towards another person
	Planned   Aspect = "planned"   // not started, not yet answered
	Dark      Aspect = "dark"      // no fresh data: counts as Stop in gates
)

// Worse orders aspects by how soon they want a person: stop, escalated, dark, caution, planned, go.
func (a Aspect) Worse(b Aspect) bool { return a.weight() > b.weight() }

func (a Aspect) weight() int {
	switch a {
	case Stop:
		return 5
	case Escalated:
		return 4
	case Dark:
		return 3
	case Caution:
		return 2
	case Planned:
		return 1
	}
	return 0
}
