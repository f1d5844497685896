package change

import (
	"slices"
	"strings"

	"signalbox/release/change"
	"signalbox/views"
	"signalbox/views/kit"
)

const (
	wide      = 100 // from here on two panes stand side by side
	requested = change.Requested
	takeBack  = change.TakeBackWindow
)

// headRows are the rows over the sections.
func headRows(w int) int {
	if w >= wide {
		return 2
	}
	return 3
}

// leftWidth is the width of the left pane.
func leftWidth(w int) int { return min(w/2-1, 110) }

// sections are the strips of both panes; on a narrow screen all are in the first.
func (v View) sections(f views.Frame, w int) [2][]kit.Strip {
	i := v.item()
	if i == nil {
		return [2][]kit.Strip{}
	}
	x := kit.Facts{Item: i, Case: v.kase, Me: v.me, Now: f.Now, Zone: f.Zone, W: w, Links: true, Late: views.LateNote(f, i), Open: v.open}
	right := w
	if w >= wide {
		x.W, right = leftWidth(w), w-leftWidth(w)-1
	}
	left := slices.Concat(x.Trouble(), x.Risk(), x.Evidence(), x.Duties(), x.Quorum())
	x.W = right
	rest := slices.Concat(x.Gate(), x.Health(), x.Sources(), x.Talk(), x.History())
	if w >= wide {
		return [2][]kit.Strip{left, rest}
	}
	return [2][]kit.Strip{append(left, rest...), nil}
}

// body is the number of rows of the panes.
func (v View) body() int {
	if v.item() == nil {
		return 0
	}
	h := v.h
	if v.failed != nil {
		h--
	}
	return paneHeight(v.w, h, len(v.levers(v.now(), v.w)))
}

func paneHeight(w, h, levers int) int { return max(h-headRows(w)-1-levers, 0) }

// visible is the part of n strips that stands in h rows; where there are more, the last row says so.
func visible(top, at, h, n int) (first, rows int) {
	if n <= h {
		return 0, n
	}
	h = max(h-1, 1)
	first = kit.Scroll(top, at, h, n)
	return first, min(h, n-first)
}

// keys are the keys of the rows in the pane with the cursor, in order.
func (v View) keys() []string {
	var out []string
	for _, s := range v.sections(v.now(), v.w)[v.pane] {
		if s.Key != "" {
			out = append(out, s.Key)
		}
	}
	return out
}

// place is the cursor's place among the keys, -1 for none.
func (v View) place() int { return slices.Index(v.keys(), v.cursor[v.pane]) }

// held keeps the cursor where its row was, if that row is gone.
func (v View) held(place int) View {
	keys := v.keys()
	if len(keys) == 0 || slices.Contains(keys, v.cursor[v.pane]) {
		return v
	}
	v.cursor[v.pane] = keys[max(0, min(place, len(keys)-1))]
	return v
}

// moved puts the cursor by rows further; it never leaves its pane.
func (v View) moved(by int) View {
	keys := v.keys()
	if len(keys) == 0 {
		return v
	}
	v.cursor[v.pane] = keys[max(0, min(max(v.place(), 0)+by, len(keys)-1))]
	return v.settled()
}

// turned goes to the other pane, or on a narrow screen to the next section.
func (v View) turned() View {
	if v.w >= wide {
		v.pane = 1 - v.pane
		return v.held(0).settled()
	}
	strips := v.sections(v.now(), v.w)[0]
	at := index(strips, v.cursor[0])
	for k, rule := at+1, false; k < len(strips); k++ {
		if strips[k].Key == "" {
			rule = true
		} else if rule && section(strips[k].Key) != section(v.cursor[0]) {
			v.cursor[0] = strips[k].Key
			return v.settled()
		}
	}
	return v.moved(-len(strips))
}

func section(key string) string {
	s, _, _ := strings.Cut(key, ":")
	return s
}

func index(strips []kit.Strip, key string) int {
	return slices.IndexFunc(strips, func(s kit.Strip) bool { return s.Key == key && key != "" })
}

// last is the last row of the text that begins in row at.
func last(strips []kit.Strip, at int) int {
	for at >= 0 && at+1 < len(strips) && strips[at+1].Key == "" && !strips[at+1].Head {
		at++
	}
	return at
}

// settled scrolls the panes to their cursors and notes which evidence is on screen.
func (v View) settled() View {
	i := v.item()
	if i == nil || v.w == 0 || v.h == 0 {
		return v
	}
	sections := v.sections(v.now(), v.w)
	if v.w < wide {
		v.pane = 0
	} else if k := v.cursor[0]; index(sections[0], k) < 0 && index(sections[1], k) >= 0 {
		v.pane, v.cursor = 1, [2]string{exception(i), k} // the screen became wide
	}
	h := v.body()
	if v.seen != i.Change.Revision {
		v.read, v.seen = nil, i.Change.Revision
	}
	read := map[string]bool{}
	for p, strips := range sections {
		at := index(strips, v.cursor[p])
		if v.open != "" && v.open == v.cursor[p] {
			v.top[p], _ = visible(v.top[p], last(strips, at), h, len(strips))
		}
		first, rows := visible(v.top[p], at, h, len(strips))
		v.top[p] = first
		for _, s := range strips[first : first+rows] {
			if strings.HasPrefix(s.Key, "check:") {
				read[s.Key] = true
			}
		}
	}
	for k := range v.read {
		read[k] = true
	}
	v.read = read
	return v
}
