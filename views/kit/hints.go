package kit

import "strconv"

// Weight is how a hint is drawn.
type Weight uint8

const (
	LookKey   Weight = iota // looks: key text, label dim
	LeverKey                // acts and may be pressed now: key accent, label text
	LockedKey               // a lever that is locked: key and label dim
)

// Hint is one key and what it does. The label may be empty ("esc", "?").
type Hint struct {
	Key, Label string
	Weight     Weight
}

// Runs are the hint as text.
func (h Hint) Runs() []Run {
	key, label := Look(), Meta()
	switch h.Weight {
	case LeverKey:
		key, label = Lever(), Plain()
	case LockedKey:
		key, label = Meta(), Meta()
	}
	if h.Label == "" {
		return []Run{{h.Key, key}}
	}
	return []Run{{h.Key, key}, {" " + h.Label, label}}
}

// Hints writes the key row on row y from column x up to column right, two blanks between pairs. Too many are
// dropped from the end, but a "?" that is the last one stays. It returns the column after them.
func (c Canvas) Hints(x, y, right int, hints []Hint) int {
	total := func(h []Hint) int {
		n := 0
		for i, k := range h {
			if i > 0 {
				n += 2
			}
			n += RunsWidth(k.Runs())
		}
		return n
	}
	room := right - x
	for len(hints) > 0 && total(hints) > room {
		last := len(hints) - 1
		if hints[last].Key != "?" || last == 0 {
			hints = hints[:last]
			continue
		}
		hints = append(append([]Hint(nil), hints[:last-1]...), hints[last])
	}
	for i, k := range hints {
		if i > 0 {
			x += 2
		}
		x = c.Write(x, y, k.Runs()...)
	}
	return x
}

// More writes "]n more" on row y so that it ends one cell before the right edge, and returns the column at
// which it starts. Where there is nothing more it writes nothing.
func (c Canvas) More(y, n int) int {
	if n == 0 {
		return c.w - 1
	}
	return c.WriteRight(c.w-1, y, Run{"]" + strconv.Itoa(n), Lever()}, Run{" more", Meta()})
}
