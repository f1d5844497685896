package conflict

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"signalbox/release"
)

// why says why a slot has its rank: by the rules, by traffic, by who is awake, by how far it is.
func (e *Engine) why(p *piece, s *Slot) []string {
	out := []string{e.rulesWord(s)}
	if w := p.trafficWord(); w != "" {
		out = append(out, w)
	}
	if s.Customers != nil {
		out = append(out, fmt.Sprintf("%.0f customer-minutes expected", math.Round(*s.Customers)))
	}
	switch {
	case s.All > 0 && s.Known == 0:
		out = append(out, "who is awake is not known")
	case s.All > 0:
		word := fmt.Sprintf("owners awake %d/%d", s.Awake, s.All)
		if s.Known < s.All {
			word += fmt.Sprintf(", %d not known", s.All-s.Known)
		}
		out = append(out, word)
	}
	switch {
	case s.Moved > 0:
		out = append(out, "+"+release.Span(s.Moved))
	case s.Moved < 0:
		out = append(out, "−"+release.Span(s.Moved))
	default:
		out = append(out, "where it is")
	}
	return out
}

func (e *Engine) rulesWord(s *Slot) string {
	names := func(list []Conflict) string {
		var out []string
		for _, c := range list {
			if !slices.Contains(out, c.Name) {
				out = append(out, c.Name)
			}
		}
		return strings.Join(out, ", ")
	}
	// What is missing for the whole organisation is as unknown anywhere else: it says nothing of this slot.
	here := slices.DeleteFunc(slices.Clone(s.Unknown), func(c Conflict) bool { return c.Kind.Needs()&e.absent != 0 })
	switch {
	case len(s.Left) == 0 && len(here) == 0:
		if len(s.Unknown) == 0 {
			return "clear"
		}
		return "no known conflict"
	case len(s.Left) == 0:
		return "no known conflict, unknown: " + names(here)
	case len(here) == 0:
		return names(s.Left)
	}
	return names(s.Left) + ", unknown: " + names(here)
}

// trafficWord says whether the slot is at a peak of its regions; "" where that is not known.
func (p *piece) trafficWord() string {
	var at, off []string
	for _, g := range p.place.regions {
		if g.loc == nil || g.traffic == nil {
			return ""
		}
		peaks, _ := g.lists(p.may)
		local := time.UnixMicro(p.impl.from).In(g.loc).Format("15:04")
		if within(peaks, p.may).empty() {
			off = append(off, g.id+" "+local)
		} else {
			at = append(at, g.id+" "+local)
		}
	}
	switch {
	case len(at) > 0:
		return "peak " + strings.Join(at, ", ")
	case len(off) > 0:
		return "off-peak " + strings.Join(off, ", ")
	}
	return ""
}
