package control

import (
	"slices"
	"strings"
	"time"

	"signalbox/release/calendar"
)

// clashes are the cases that want somebody and have a change among their parties, by their ids. What has no end yet
// ends with the change's own time on the calendar, which the reader cuts.
func (l *loaded) clashes(change string, at time.Time) []calendar.Clash {
	if change == "" {
		return nil
	}
	var out []calendar.Clash
	for _, k := range l.cases {
		if !k.Has(change) || !k.Wants(at) {
			continue
		}
		in := k.Interval
		if in.To.IsZero() {
			in.To = in.From.Add(24 * time.Hour)
		}
		out = append(out, calendar.Clash{ID: k.ID, Kind: k.Kind.Name(), Interval: in, Aspect: k.Aspect(at), Why: k.Reason})
	}
	slices.SortFunc(out, func(a, b calendar.Clash) int {
		if len(a.ID) != len(b.ID) {
			return len(a.ID) - len(b.ID)
		}
		return strings.Compare(a.ID, b.ID)
	})
	return out
}
