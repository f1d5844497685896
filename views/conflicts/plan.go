package conflicts

const (
	wide      = 110 // from here on the list stands at the left of the detail
	leastList = 36
	mostList  = 56
)

// plan divides the body into the list and the detail.
type plan struct {
	left, list  int // width and lines of the list; 0 where it is not shown
	right, body int // width of the detail, and its rows under the title
}

func (v View) plan() plan { return planned(v.w, v.bodyHeight()) }

// bodyHeight is the height without the row that says why what is shown may be old.
func (v View) bodyHeight() int {
	if v.failed != nil && v.docket != nil {
		return max(v.h-1, 0)
	}
	return v.h
}

func planned(w, h int) plan {
	rest := max(h-1, 0)
	if w < wide {
		return plan{right: w, body: rest}
	}
	left := max(leastList, min(w*3/10, mostList))
	return plan{left: left, list: rest, right: w - left - 1, body: rest}
}

// Lit is the row of the body that the cursor is on.
func (v View) Lit() int {
	r := v.current()
	if r == nil || v.h == 0 {
		return -1
	}
	p := v.plan()
	if p.left == 0 {
		for k, s := range v.strips(r, p.right) {
			if y := 1 + k - v.scroll; s.Key == best && y >= 1 && y < 1+p.body {
				return y
			}
		}
		return 0
	}
	if y := 1 + v.lineOf(v.lines(p.left)) - v.top; y >= 1 && y < v.bodyHeight() {
		return y
	}
	return -1
}
