package conflict

import "time"

// Candidates are the starts that Slots tries.
func (e *Engine) Candidates(w Work, from time.Time) []time.Time {
	w.NoticeAt = time.Time{}
	p, err := e.newPiece(w, false)
	if err != nil {
		return nil
	}
	var out []time.Time
	for _, at := range e.candidates(p, from.UnixMicro()) {
		out = append(out, time.UnixMicro(at).UTC())
	}
	return out
}

// Sweep examines everything anew, as New does.
func (e *Engine) Sweep() { e.sweep() }

// Lane is a set of intervals by itself.
type Lane struct{ lane }

// Add appends an interval of Unix microseconds; Settle must follow.
func (l *Lane) Add(from, to int64, id int32) { l.add(span{from, to}, id) }

// Settle sorts.
func (l *Lane) Settle() { l.settle() }

// Count is how many overlap.
func (l *Lane) Count(from, to int64) int { return l.count(span{from, to}) }

// Pairs is how many pairs overlap.
func (l *Lane) Pairs() int { return l.pairs() }
