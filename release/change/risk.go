package change

import (
	"math"

	"signalbox/release/catalog"
	"signalbox/release/evidence"
)

// Band is a range of risk (CONTRACTS section 1).
type Band int

const (
	Low      Band = iota // < 35
	Moderate             // < 70
	High                 // < 85
	VeryHigh             // ≥ 85
)

func (b Band) String() string { return [...]string{"Low", "Moderate", "High", "Very High"}[b] }

// Letter is the band's mark beside a score: L M H V.
func (b Band) Letter() string { return [...]string{"L", "M", "H", "V"}[b] }

// MarshalText writes the band's name.
func (b Band) MarshalText() ([]byte, error) { return []byte(b.String()), nil }

// UnmarshalText reads the band's name; an unknown one reads as Very High, the most careful.
func (b *Band) UnmarshalText(t []byte) error {
	*b = VeryHigh
	for _, k := range []Band{Low, Moderate, High} {
		if k.String() == string(t) {
			*b = k
		}
	}
	return nil
}

// Less reports whether b is a lower band than o.
func (b Band) Less(o Band) bool { return b < o }

func (b Band) floor() int { return [...]int{0, 35, 70, 85}[b] }

// Factor is one addend of a risk score, with the fact that gave it.
type Factor struct {
	Group  string `json:"group"` // impact, blast, change, history, timing
	Name   string `json:"name"`
	Points int    `json:"points"`
	Fact   string `json:"fact"`
}

// Groups are the five groups in which the factors are shown, in order.
var Groups = []string{"impact", "blast", "change", "history", "timing"}

// GroupMax is the most that the factors of DEFINITIONS B2 can give in each group.
var GroupMax = map[string]int{"impact": 43, "blast": 20, "change": 37, "history": 28, "timing": 17}

// Risk is a score out of 100 with the factors that sum to it (before the cap).
type Risk struct {
	Score   int      `json:"score"`
	Factors []Factor `json:"factors,omitempty"`
}

// Band returns the band of the score.
func (r Risk) Band() Band {
	switch {
	case r.Score < 35:
		return Low
	case r.Score < 70:
		return Moderate
	case r.Score < 85:
		return High
	}
	return VeryHigh
}

// Group sums the points of one group.
func (r Risk) Group(g string) int {
	n := 0
	for _, f := range r.Factors {
		if f.Group == g {
			n += f.Points
		}
	}
	return n
}

// Assess is the additive score of DEFINITIONS B2 over the factors that can be known from a catalog and a
// forge. What is absent is taken at its worst where the rule asks for a proof (no validated rollback: 12)
// and at its neutral value where it asks for a record (fewer than ten changes of the team: 2).
func Assess(s *catalog.Service, dependants int, d evidence.Dossier) Risk {
	var r Risk
	add := func(group, name string, points int, fact string) {
		if points > 0 {
			r.Factors = append(r.Factors, Factor{group, name, points, fact})
			r.Score += points
		}
	}
	if s == nil {
		add("impact", "tier", 25, "service unknown: taken as tier 0")
	} else {
		add("impact", "tier", [...]int{25, 18, 10, 4}[min(max(int(s.Tier), 0), 3)], "tier "+string('0'+rune(min(max(int(s.Tier), 0), 3))))
		if s.CustomerFacing {
			add("impact", "customers", 8, "customer-facing")
		}
		if s.Personal {
			add("impact", "personal data", 10, "personal or payment data")
		}
	}
	add("blast", "dependants", min(20, int(math.Round(4*math.Log2(1+float64(dependants))))), plural(dependants, "hard dependant", "hard dependants"))
	lines, files := 0, 0
	for _, p := range d.Pulls {
		lines, files = lines+p.Lines, files+p.Files
	}
	if lines > 1000 {
		add("change", "lines", 4, plural(lines, "line", "lines"))
	}
	if files > 50 {
		add("change", "files", 3, plural(files, "file", "files"))
	}
	add("history", "rollback", 12, "no validated rollback on record")
	add("history", "team record", 2, "fewer than 10 changes on record")
	r.Score = min(r.Score, 100)
	return r
}
