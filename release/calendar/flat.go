package calendar

import (
	"slices"
	"time"

	"signalbox/release"
)

// Flat returns entries that happen as e does and have no Moves, for forms that cannot hold them: each
// occurrence that was moved is an entry of its own, under e's id, a slash and the start that it was moved from.
func (e Entry) Flat() []Entry {
	if len(e.Timing.Moved) == 0 {
		return []Entry{e}
	}
	whole := e
	whole.Timing.Moved = nil
	whole.Timing.Except = slices.Clone(e.Timing.Except)
	out := []Entry{whole}
	for _, m := range e.Timing.Moved {
		if !slices.Contains(out[0].Timing.Except, m.Of) {
			out[0].Timing.Except = append(out[0].Timing.Except, m.Of)
		}
		if m.Gone {
			continue
		}
		one := e
		one.ExternalID = e.ExternalID + "/" + m.Of
		one.Timing = Timing{Zone: e.Timing.Zone, Start: m.Start, AllDay: e.Timing.AllDay, Days: m.Days, Length: m.Length}
		if m.Zone != "" {
			one.Timing.Zone = m.Zone
		}
		if m.Days == 0 && m.Length == 0 {
			one.Timing.Days, one.Timing.Length = e.Timing.Days, e.Timing.Length
		}
		if m.Title != "" {
			one.Title = m.Title
		}
		out = append(out, one)
	}
	return out
}

// End is the wall time at which the first occurrence ends. The error is Usage, where the timing says nothing.
func (t Timing) End() (string, error) {
	start, err := ParseWall(t.Start)
	if err != nil {
		return "", err
	}
	loc, err := ParseZone(t.Zone)
	if err != nil {
		return "", err
	}
	end := start.AddDate(0, 0, t.Days)
	if t.AllDay {
		return end.Format(time.DateOnly), nil
	}
	if t.Days > 0 && t.Length == 0 {
		return end.Format(Wall), nil
	}
	at := Resolve(end, loc).Add(t.Length)
	wall := WallOf(at, loc)
	if Resolve(wall, loc).Equal(at) {
		return wall.Format(Wall), nil
	}
	return "", release.Errorf(release.Usage, "it ends in an hour that its zone has twice").Advise("write the times of %s in UTC", t.Start)
}
