package feeds

import "signalbox/views/kit"

const (
	wide      = 100 // from here on two columns stand under the list
	roomy     = 140 // from here on nothing is written short
	headRows  = 2   // the header and the heads of the columns
	leastRows = 3   // of the list
	leastFact = 5   // rows of the selected feed, its rule included
	mostFact  = 14
)

// plan divides the body into the list, the selected feed and the lower pane.
type plan struct {
	list int // rows of the list
	note bool
	y    int // of the row after the list
	// Narrow: rows of the selected feed and of the lower pane, rules included.
	facts, posts int
	// Wide: the width of the left column, and how many lines of the lower pane are shown, two rows each.
	left, shown int
}

func (v View) plan() plan { return planned(v.w, v.bodyHeight(), len(v.rows), len(v.posts())) }

// bodyHeight is the height without the row that says why what is shown may be old.
func (v View) bodyHeight() int {
	if v.failed != nil && v.panel != nil {
		return max(v.h-1, 0)
	}
	return v.h
}

func planned(w, h, rows, posts int) plan {
	rest := max(h-headRows, 0)
	lower := 1 + max(1, posts)
	if w < wide {
		p := plan{list: min(rows, max(leastRows, rest-leastFact-min(lower, 4)))}
		p.list = min(p.list, rest)
		p.y = headRows + p.list
		rest -= p.list
		p.facts = max(leastFact, min(mostFact, rest-min(lower, 4)))
		p.posts = max(0, min(lower, rest-p.facts))
		p.facts = rest - p.posts
		return p
	}
	const least = 14 // rows under the list before it may grow
	p := plan{left: min(w*11/20, 120), list: min(rows, max(leastRows, rest-least))}
	p.list = min(p.list, rest)
	p.y = headRows + p.list
	if p.note = rest-p.list > least; p.note {
		p.y++
	}
	under := max(h-p.y, 0)
	p.shown = max(0, min(posts, max(1, (under-1-receivedRows-leverRows)/2)))
	if under < 4 {
		p.shown = 0
	}
	return p
}

const (
	receivedRows = 6 // of what is selected in the lower pane, its rule included
	leverRows    = 5
)

// firstPost is the first line of the lower pane of n shown at once.
func (v View) firstPost(p []post, n int) int { return kit.Scroll(0, v.posted(p), n, len(p)) }

// Lit is the row of the body on which a lever pulled now acts.
func (v View) Lit() int {
	k := v.place()
	if k < 0 || v.h == 0 {
		return -1
	}
	p := v.plan()
	y := headRows + k - kit.Scroll(v.top, k, p.list, len(v.rows))
	if v.below {
		posts := v.posts()
		at := v.posted(posts)
		if v.w < wide {
			y = p.y + p.facts + 1 + at - v.firstPost(posts, p.posts-1)
		} else {
			y = p.y + 1 + 2*(at-v.firstPost(posts, p.shown))
		}
	}
	if y < v.bodyHeight() {
		return y
	}
	return -1
}
