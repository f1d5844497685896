package conflict

import (
	"cmp"
	"slices"
)

// chunk is how many entries of a lane share one maximum.
const chunk = 64

// lane is a set of intervals in the order of their beginnings, with the latest end up to each: what overlaps a span
// lies before the first that begins at its end, and nothing does before the place at which all ends are over. A
// maximum for each chunk lets a walk pass over the short ones behind a long one.
type lane struct {
	list []entry
	tops []int64 // the latest end of each chunk
	// loose counts those of which being in the lane does not say enough: they must be looked at.
	loose int
}

// entry is one interval; what a question reads of it lies together in memory.
type entry struct {
	span
	most int64 // the latest end of all up to here
	id   int32
}

// add appends without order; settle must follow.
func (l *lane) add(s span, id int32) { l.list = append(l.list, entry{span: s, id: id}) }

// settle sorts what was added.
func (l *lane) settle() {
	slices.SortStableFunc(l.list, func(a, b entry) int { return cmp.Compare(a.from, b.from) })
	l.reckon(0)
}

// len is the number of entries; a nil lane has none.
func (l *lane) len() int {
	if l == nil {
		return 0
	}
	return len(l.list)
}

// reckon brings the maxima up to date from a place on.
func (l *lane) reckon(from int) {
	n := len(l.list)
	chunks := (n + chunk - 1) / chunk
	first := from / chunk
	l.tops = slices.Grow(l.tops[:min(first, len(l.tops))], max(0, chunks-min(first, len(l.tops))))[:chunks]
	last := int64(-forever)
	if from > 0 {
		last = l.list[from-1].most
	}
	for i := from; i < n; i++ {
		last = max(last, l.list[i].to)
		l.list[i].most = last
	}
	for c := first; c < chunks; c++ {
		top := int64(-forever)
		for i := c * chunk; i < min(n, (c+1)*chunk); i++ {
			top = max(top, l.list[i].to)
		}
		l.tops[c] = top
	}
}

// after is the number of entries that begin before an instant.
func (l *lane) after(t int64) int {
	lo, hi := 0, len(l.list)
	for lo < hi {
		if m := int(uint(lo+hi) / 2); l.list[m].from < t {
			lo = m + 1
		} else {
			hi = m
		}
	}
	return lo
}

// insert puts one in.
func (l *lane) insert(s span, id int32) {
	i := l.after(s.from)
	l.list = slices.Insert(l.list, i, entry{span: s, id: id})
	l.reckon(i)
}

// remove takes one out, if it is there.
func (l *lane) remove(s span, id int32) {
	for i := l.after(s.from); i < len(l.list) && l.list[i].from == s.from; i++ {
		if l.list[i].id == id {
			l.list = slices.Delete(l.list, i, i+1)
			l.reckon(i)
			return
		}
	}
}

// reach appends the ids of those that overlap q, the latest first. A nil lane is empty.
func (l *lane) reach(q span, buf []int32) []int32 {
	if l.len() == 0 {
		return buf
	}
	for i := l.after(q.to) - 1; i >= 0 && l.list[i].most > q.from; i-- {
		if i%chunk == chunk-1 && l.tops[i/chunk] <= q.from {
			i -= chunk - 1
			continue
		}
		if l.list[i].to > q.from {
			buf = append(buf, l.list[i].id)
		}
	}
	return buf
}

// few appends as reach does, but gives up after it has looked at limit entries: then it reports false.
func (l *lane) few(q span, limit int, buf []int32) ([]int32, bool) {
	if l.len() == 0 {
		return buf, true
	}
	for i := l.after(q.to) - 1; i >= 0 && l.list[i].most > q.from; i-- {
		if i%chunk == chunk-1 && l.tops[i/chunk] <= q.from {
			i -= chunk - 1
			continue
		}
		if limit--; limit < 0 {
			return buf, false
		}
		if l.list[i].to > q.from {
			buf = append(buf, l.list[i].id)
		}
	}
	return buf, true
}

// whole reports whether one of the lane holds all of q.
func (l *lane) whole(q span) bool {
	for i := l.after(q.from+1) - 1; i >= 0 && l.list[i].most >= q.to; i-- {
		if l.list[i].to >= q.to {
			return true
		}
	}
	return false
}

// count is how many overlap q.
func (l *lane) count(q span) int {
	n := 0
	if l.len() == 0 {
		return 0
	}
	for i := l.after(q.to) - 1; i >= 0 && l.list[i].most > q.from; i-- {
		if i%chunk == chunk-1 && l.tops[i/chunk] <= q.from {
			i -= chunk - 1
			continue
		}
		if l.list[i].to > q.from {
			n++
		}
	}
	return n
}

// pairs is how many pairs of the lane overlap: for each, those that begin after it and before its end.
func (l *lane) pairs() int {
	n := 0
	for i := range l.list {
		end := l.list[i].to
		k := i + 1
		for k < len(l.list) && l.list[k].from < end {
			k++
		}
		n += k - i - 1
	}
	return n
}
