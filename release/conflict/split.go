package conflict

import (
	"slices"
	"time"

	"signalbox/release"
)

// Part is one region of a piece of work that was split, with where it could go.
type Part struct {
	Work   Work   `json:"work"` // its id is the whole's, a slash and the region; at its slot where there is one
	Region string `json:"region"`
	Search Search `json:"search"`
}

// Split divides work by its regions and finds a slot for each part in turn, so that the parts do not collide with each
// other either. It changes nothing. The error is Refused where the work has fewer than two regions, and Usage for work
// that cannot be judged.
func (e *Engine) Split(w Work, from time.Time) ([]Part, error) {
	if err := w.Check(); err != nil {
		return nil, err
	}
	e.mu.Lock() // the parts are put in while the next is placed, and taken out again
	defer e.mu.Unlock()
	regions := slices.Clone(w.Target(e.cat).Regions)
	slices.Sort(regions)
	if regions = slices.Compact(regions); len(regions) < 2 {
		return nil, release.Errorf(release.Refused, "%s has %d regions", release.Clean(w.ID, 40), len(regions)).
			Advise("work of one region can only be moved")
	}
	if h, ok := e.byID[w.ID]; ok {
		whole := e.pieces[h]
		e.unfile(whole)
		defer func() { e.file(whole, true) }() // into the number that it had: it is the last that was set free
	}
	var placed []*piece
	defer func() {
		for _, p := range slices.Backward(placed) {
			e.unfile(p)
		}
	}()
	out := make([]Part, 0, len(regions))
	for _, r := range regions {
		part := Part{Work: w, Region: r}
		part.Work.ID, part.Work.Regions = w.ID+"/"+r, []string{r}
		part.Work.State = ""
		search, err := e.slots(part.Work, from)
		if err != nil {
			return nil, err
		}
		part.Search = search
		if len(search.Slots) > 0 {
			part.Work.Interval, part.Work.NoticeAt = search.Slots[0].Interval, time.Time{}
			p, err := e.newPiece(part.Work, true)
			if err != nil {
				return nil, err
			}
			e.file(p, true)
			placed = append(placed, p)
		}
		out = append(out, part)
	}
	return out, nil
}
