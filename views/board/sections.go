package board

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"signalbox/release"
	"signalbox/release/board"
	"signalbox/release/calendar"
	"signalbox/release/feed"
	"signalbox/views"
	"signalbox/views/kit"
)

func (v View) rolloutHead() head {
	bad := 0
	for i := range v.page.Rollouts {
		if v.page.Rollouts[i].Aspect == release.Stop {
			bad++
		}
	}
	h := head{title: kit.Heading("LIVE ROLLOUTS", strconv.Itoa(len(v.page.Rollouts)), "")}
	if bad > 0 {
		h.note = []kit.Run{kit.Mark(release.Stop), kit.T(strconv.Itoa(bad), kit.AspectNumber(release.Stop))}
	}
	return h
}

// drawRollouts lists what goes in now.
func (v View) drawRollouts(c kit.Canvas, pl plan, f views.Frame) {
	if len(v.order[rolloutPane]) == 0 {
		c.WriteIn(1, 0, c.W()-2, kit.T("nothing goes in now", kit.Meta()))
		return
	}
	first := v.first(rolloutPane, pl)
	for n := range pl.fit[rolloutPane] {
		if first+n >= len(v.order[rolloutPane]) {
			return
		}
		l := v.live(v.order[rolloutPane][first+n])
		if l == nil {
			continue
		}
		y := n * pl.per[rolloutPane]
		v.drawLive(c, y, l, pl, f)
		v.mark(c, y, pl.per[rolloutPane], rolloutPane, l.ID, pl)
	}
}

// mark draws the cursor of a pane on what is under it.
func (v View) mark(c kit.Canvas, y, rows int, p pane, key string, pl plan) {
	if v.focus != p || v.cursor[p] != key || pl.wall && v.looks {
		return
	}
	for d := range rows {
		c.Cursor(y+d, true)
	}
}

func (v View) drawLive(c kit.Canvas, y int, l *board.Live, pl plan, f views.Frame) {
	how := strings.ReplaceAll(string(l.State), "_", " ") + " " + kit.Age(l.StartedAt, f.Now)
	right := []kit.Run{kit.T(how, kit.Meta())}
	meter := 10
	share := kit.T(kit.Unknown, kit.Meta())
	if l.Share != nil {
		share = kit.T(kit.Percent(*l.Share, 0)+" obs", kit.Observed())
		if board.Aged(&l.Row) {
			share = kit.T("~"+share.Text, kit.Stale())
		}
	}
	if pl.per[rolloutPane] == 1 {
		right, meter = []kit.Run{kit.T(kit.Age(l.StartedAt, f.Now), kit.Meta())}, 0
	}
	x := c.WriteRight(c.W()-1, y, right...) - 2
	x = c.WriteRight(x, y, share) - 1
	if l.Share != nil && meter > 0 && !board.Aged(&l.Row) {
		x -= meter
		c.Meter(x, y, meter, *l.Share, kit.BarStyle(l.Aspect))
		x--
	}
	// Where the row is short the regions go first, then the version before, and the new one is cut last.
	name := []kit.Run{kit.Signal(l.Aspect), kit.T(" ", kit.Plain()), kit.T(l.ID, kit.ID()), kit.T(" "+l.Service, kit.Name())}
	to := kit.T(" "+kit.TruncateMiddle(l.Version, 16), kit.Name())
	try := [][]kit.Run{append(slices.Clone(name), to)}
	if pl.per[rolloutPane] > 1 {
		to.Text = " " + kit.TruncateMiddle(l.Version, 24)
		try = [][]kit.Run{append(slices.Clone(name), to), try[0]}
		if l.Before != "" {
			both := append(slices.Clone(name), kit.T(" "+kit.TruncateMiddle(l.Before, 16)+" →", kit.Meta()), to)
			try = append([][]kit.Run{both}, try...)
		}
		if len(l.Regions) > 0 {
			try = append([][]kit.Run{append(slices.Clone(try[0]), kit.T("  "+strings.ToUpper(strings.Join(l.Regions, " ")), kit.Meta()))}, try...)
		}
	}
	room := max(x-1, 0)
	for _, runs := range try {
		name = runs
		if kit.RunsWidth(runs) <= room {
			break
		}
	}
	c.WriteIn(1, y, room, name...)
	if pl.per[rolloutPane] == 1 {
		return
	}
	v.drawCompared(c, y+1, l)
}

// drawCompared sets the error ratios and latencies of both versions side by side.
func (v View) drawCompared(c kit.Canvas, y int, l *board.Live) {
	x := 3
	if l.Why != "" {
		x = c.Put(x, y, l.Why, kit.Reason(l.Aspect)) + 2
	}
	if l.Change != "" {
		x = c.Put(x, y, l.Change, kit.Plain()) + 2
	}
	base, now := l.Ratios()
	if l.New == nil && l.Old == nil && base == nil && now == nil {
		if l.Change == "" && l.Why == "" {
			x = c.Put(x, y, "no change asks for it", kit.Meta()) + 2
		}
		c.WriteIn(x, y, c.W()-x-1, kit.T("no monitor tells of this version", kit.Meta()))
		return
	}
	lo, hi, old := 0.0, 0.0, board.Aged(&l.Row)
	for _, list := range [][]*float64{l.NewErrors, l.OldErrors} {
		for _, e := range list {
			if e != nil {
				hi = max(hi, *e)
			}
		}
	}
	x = c.Put(x, y, "errors", kit.Meta()) + 1
	for _, side := range []struct {
		word  string
		trend []*float64
		at    *float64
	}{{"base", l.OldErrors, base}, {"new", l.NewErrors, now}} {
		if side.at == nil && len(side.trend) == 0 {
			continue
		}
		x = c.Put(x, y, side.word+" ", kit.Meta())
		if n := len(side.trend); n > 0 && x+n+8 < c.W() {
			values := make([]float64, n)
			for i, e := range side.trend {
				values[i] = math.NaN()
				if e != nil {
					values[i] = *e
				}
			}
			c.Spark(x, y, n, kit.Spark{Values: values, Low: lo, High: max(hi, 1e-9), Dark: l.Dark()})
			x += n + 1
		}
		word := kit.T(kit.Unknown, kit.Meta())
		if side.at != nil {
			word = number(kit.Percent(*side.at, 2), old)
		}
		x = c.Write(x, y, word) + 2
	}
	if a, b := p99Of(l.Old), p99Of(l.New); b != nil {
		word := ""
		if a != nil {
			word = latency(*a) + " → "
		}
		c.WriteIn(x, y, c.W()-x-1, kit.T("p99 ", kit.Meta()), kit.T(word, kit.Meta()), number(latency(*b), old))
	}
}

// number is a value, marked where it rests on a late or dark feed.
func number(text string, old bool) kit.Run {
	if old {
		return kit.T("~"+text, kit.Stale())
	}
	return kit.T(text, kit.Plain())
}

func latency(seconds float64) string {
	return kit.Milliseconds(time.Duration(seconds * float64(time.Second)))
}

func (v View) healthHead() head {
	n := map[release.Aspect]int{}
	for i := range v.page.Health {
		n[v.page.Health[i].Aspect]++
	}
	h := head{title: kit.Heading("HEALTH", strconv.Itoa(len(v.page.Health)+v.page.Unwatched), "svc")}
	for _, a := range []release.Aspect{release.Stop, release.Caution, release.Dark} {
		if n[a] > 0 {
			if len(h.note) > 0 {
				h.note = append(h.note, kit.T(" ", kit.Plain()))
			}
			h.note = append(h.note, kit.Mark(a), kit.T(strconv.Itoa(n[a]), kit.AspectNumber(a)))
		}
	}
	if v.page.Setup.Services > 0 && len(h.note) == 0 && len(v.page.Health) > 0 {
		h.note = []kit.Run{kit.T("no alert fires", kit.Meta())}
	}
	return h
}

// drawHealth lists how services stand, worst first: c is the section, list the part of it with rows.
func (v View) drawHealth(c, list kit.Canvas, pl plan, f views.Frame) {
	budgets := false
	for i := range v.page.Health {
		budgets = budgets || v.page.Health[i].Budget != nil
	}
	cols := []kit.Column{{Width: 1}, {Grow: 3, Min: 8, Gap: 1}, {Title: "errors", Width: 7, Right: true}, {Title: "p99", Width: 6, Right: true}}
	if budgets {
		cols = append(cols, kit.Column{Title: "burn1h", Width: 6, Right: true}, kit.Column{Title: "budget", Width: 12, Drop: 1})
	}
	if pl.desk || pl.wall {
		cols[1].Title = "svc"
		cols = append(cols, kit.Column{Title: "alert", Grow: 2, Min: 6, Drop: 2})
	}
	l := kit.Fit(1, c.W(), cols, nil)
	if (pl.desk || pl.wall) && len(v.page.Health) > 0 {
		c.Head(0, l)
	}
	first, y := v.first(healthPane, pl), 0
	for n := range pl.fit[healthPane] {
		if first+n >= len(v.order[healthPane]) {
			break
		}
		s := v.standing(v.order[healthPane][first+n])
		if s == nil {
			continue
		}
		v.drawStanding(list, y, s, l, budgets, pl)
		v.mark(list, y, 1, healthPane, healthKey(s), pl)
		y++
	}
	switch more := len(v.order[healthPane]) - first - y; {
	case len(v.page.Health) == 0 && v.page.Setup.Services == 0:
		list.WriteIn(1, y, list.W()-2, kit.T("the catalog is empty", kit.Meta()))
	case v.page.Unwatched > 0 || more > 0:
		var parts []string
		if more > 0 {
			parts = append(parts, strconv.Itoa(more)+" more")
		}
		if n := v.page.Unwatched; n > 0 {
			parts = append(parts, strconv.Itoa(n)+" without a monitor")
		}
		heads := 0
		if (pl.desk || pl.wall) && len(v.page.Health) > 0 {
			heads = 1
		}
		c.WriteIn(1, heads+y, c.W()-2, kit.T("–", kit.Meta()), kit.T(" "+strings.Join(parts, ", "), kit.Meta()))
	}
}

func (v View) drawStanding(c kit.Canvas, y int, s *board.Standing, l kit.Layout, budgets bool, pl plan) {
	cell := func(p *float64, write func(float64) string) kit.Cell {
		if p == nil {
			return kit.C(kit.Unknown, kit.Meta())
		}
		r := number(write(*p), s.Dark || s.Late)
		if !s.Dark && !s.Late && s.Aspect == release.Go {
			r.Style = kit.Meta()
		}
		return kit.Cell{r}
	}
	name := s.Service
	if s.Environment != "production" {
		name += " " + s.Environment
	}
	fill := kit.Meta()
	row := []kit.Cell{{kit.Mark(s.Aspect)}, kit.C(name, kit.Name()), cell(s.Errors, func(e float64) string { return kit.Percent(e, 2) }), cell(s.P99, latency)}
	if budgets {
		burn := cell(s.Burn, func(b float64) string { return kit.Decimal(b, 1) + "x" })
		budget := kit.C(kit.Unknown, kit.Meta())
		if s.Budget != nil {
			a := release.Go
			switch { // STYLE section 7: stop under a quarter, caution under three
			case *s.Budget < 0.25:
				a = release.Stop
			case *s.Budget < 0.75:
				a = release.Caution
			}
			budget = kit.Cell{kit.T("       "+pad(kit.Percent(*s.Budget, 0), 5), kit.AspectNumber(a))}
			fill = kit.BarStyle(a)
		}
		row = append(row, burn, budget)
	}
	if pl.desk || pl.wall {
		alert := kit.Cell{}
		switch {
		case s.Alerts > 1:
			alert = kit.C(s.Alert+" +"+strconv.Itoa(s.Alerts-1), kit.Plain())
		case s.Alerts == 1:
			alert = kit.C(s.Alert, kit.Plain())
		case s.Dark:
			alert = kit.C("DARK", kit.AspectWord(release.Dark))
		case s.Late:
			alert = kit.C("monitor late", kit.Meta())
		}
		row = append(row, alert)
	}
	c.Row(y, l, row)
	if budgets && s.Budget != nil && !s.Dark {
		if x, w := l.At(5); w > 0 {
			c.Meter(x, y, 6, *s.Budget, fill)
		}
	}
}

func pad(s string, w int) string { return strings.Repeat(" ", max(0, w-kit.Width(s))) + s }

func (v View) nextHead() head {
	h := head{title: kit.Heading("NEXT", "", "")}
	if n := len(v.order[nextPane]); n > 0 {
		h.title = kit.Heading("NEXT", strconv.Itoa(n), "")
		h.note = []kit.Run{kit.T("7 days", kit.Meta())}
	}
	return h
}

// drawNext lists what begins or ends next; on a narrow screen in two columns.
func (v View) drawNext(c kit.Canvas, pl plan, f views.Frame) {
	if len(v.order[nextPane]) == 0 {
		c.WriteIn(1, 0, c.W()-2, kit.T("nothing is planned within 7 days", kit.Meta()))
		return
	}
	first, columns := v.first(nextPane, pl), 1
	if !pl.desk && !pl.wall {
		columns = 2
	}
	w, wide, long := c.W()/columns, 0, 0
	for k := first; k < min(first+pl.fit[nextPane], len(v.order[nextPane])); k++ {
		if x := v.next(v.order[nextPane][k]); x != nil {
			wide, long = max(wide, kit.Width(kit.Instant(x.At, f.Now, f.Zone))), max(long, kit.Width(kit.Span(x.At.Sub(f.Now))))
		}
	}
	for n := range pl.fit[nextPane] {
		if first+n >= len(v.order[nextPane]) {
			return
		}
		x := v.next(v.order[nextPane][first+n])
		if x == nil {
			continue
		}
		on := c.Sub((n/max(c.H(), 1))*w, n%max(c.H(), 1), w, 1)
		when, left := kit.Instant(x.At, f.Now, f.Zone), kit.T(kit.Span(x.At.Sub(f.Now)), kit.Strong())
		if !x.At.After(f.Now) {
			left = kit.T("now", kit.Strong())
		}
		on.Put(1, 0, when, kit.Meta())
		col := 1 + wide + 1 + long
		on.PutRight(col, 0, left.Text, left.Style)
		col += 2
		on.WriteIn(col, 0, w-col-1, nextRuns(x)...)
		if v.focus == nextPane && v.cursor[nextPane] == nextKey(x) && !(pl.wall && v.looks) {
			on.Cursor(0, true)
		}
	}
}

// nextText says what comes next in words.
func nextText(n *board.Next) string {
	var b strings.Builder
	for _, r := range nextRuns(n) {
		b.WriteString(r.Text)
	}
	return b.String()
}

func nextRuns(n *board.Next) []kit.Run {
	plain := func(mark, words string) []kit.Run {
		return []kit.Run{kit.T(mark, kit.Meta()), kit.T(words, kit.Plain())}
	}
	switch n.Kind {
	case board.GrantMark:
		return []kit.Run{kit.T("◇ ", kit.Meta()), kit.T(n.ID, kit.Plain()), kit.T(" approval lapses", kit.Plain()), kit.T(" "+n.Text, kit.Meta())}
	case board.RequestMark:
		return []kit.Run{kit.T("◇ ", kit.Meta()), kit.T(n.ID, kit.Plain()), kit.T(" request expires", kit.Plain()), kit.T(" "+n.Text, kit.Meta())}
	case board.MarkKind(calendar.FreezePeriod):
		word := "FREEZE"
		if n.Ends {
			word = "FREEZE ends"
		}
		out := []kit.Run{kit.T("▒ ", kit.Freeze()), kit.T(word, kit.FreezeWord()), kit.T(" "+n.Text, kit.Plain())}
		if n.For > 0 {
			out = append(out, kit.T(" "+kit.Span(n.For), kit.Meta()))
		}
		return out
	case board.MarkKind(calendar.Maintenance):
		return plain("═ ", "maintenance "+n.Text)
	case board.MarkKind(calendar.Vendor):
		return plain("┅ ", n.Text)
	case board.MarkKind(calendar.AuditPeriod):
		return plain("┄ ", "audit "+n.Text)
	case board.MarkKind(calendar.Batch):
		return plain("▪ ", n.Text)
	}
	return plain("┈ ", string(n.Kind)+" "+n.Text)
}

// drawPulse is how the queue moves.
func (v View) drawPulse(c kit.Canvas, f views.Frame) {
	p := v.page.Pulse
	left := []kit.Run{kit.T(strconv.Itoa(p.Open), kit.Strong()), kit.T(" open", kit.Meta())}
	add := func(runs ...kit.Run) { left = append(append(left, kit.T(" · ", kit.Faint())), runs...) }
	if p.Open > 0 {
		age := kit.Strong()
		if p.Late {
			age = kit.Reason(release.Caution)
		}
		add(kit.T("oldest ", kit.Meta()), kit.T(kit.Age(p.Oldest, f.Now), age))
		due := kit.Meta()
		if p.DueSoon > 0 {
			due = kit.Reason(release.Caution)
		}
		add(kit.T(strconv.Itoa(p.DueSoon), due), kit.T(" due <3h", kit.Meta()))
	}
	if p.Blocked > 0 {
		add(kit.T(strconv.Itoa(p.Blocked), kit.Strong()), kit.T(" blocked", kit.Meta()))
	}
	if n := v.page.Queue.Mine(v.me); n > 0 {
		add(kit.T(strconv.Itoa(n)+" yours", kit.Yours()))
	}
	x := c.WriteIn(1, 0, c.W()-2, left...)
	right := c.W() - 1
	if p.Cleared > 0 {
		hours := p.ByHour[max(0, len(p.ByHour)-12):]
		if x+len(hours)+22 > right {
			hours = nil
		}
		c.Spark(right-len(hours), 0, len(hours), kit.Spark{Values: floats(hours), Low: 0, High: float64(top(hours))})
		right -= len(hours) + 2
	}
	if runs := []kit.Run{kit.T("cleared today ", kit.Meta()), kit.T(strconv.Itoa(p.Cleared), kit.Strong())}; x+2+kit.RunsWidth(runs) <= right {
		c.WriteRight(right, 0, runs...)
	}
}

func floats(list []int) []float64 {
	out := make([]float64, len(list))
	for i, n := range list {
		out[i] = float64(n)
	}
	return out
}

func top(list []int) int {
	most := 1
	for _, n := range list {
		most = max(most, n)
	}
	return most
}

func (v View) feedHead(f views.Frame) head {
	n := len(v.page.Feeds)
	sound, dark := board.Sound(v.page.Feeds, f.Now, v.page.FeedsFrom)
	h := head{title: kit.Heading("FEEDS", strconv.Itoa(sound)+"/"+strconv.Itoa(n), "")}
	switch {
	case dark > 0:
		h.note = []kit.Run{kit.Mark(release.Dark), kit.T(" "+strconv.Itoa(dark)+" dark", kit.AspectWord(release.Dark))}
	case sound < n:
		h.note = []kit.Run{kit.Mark(release.Caution), kit.T(" "+strconv.Itoa(n-sound)+" late or failing", kit.AspectWord(release.Caution))}
	}
	return h
}

// feedColumns is in how many columns feeds stand in w cells.
func feedColumns(w int) int { return max(1, (w-1)/20) }

// drawFeeds lists how far each feed can be believed, worst first.
func (v View) drawFeeds(c kit.Canvas, pl plan, f views.Frame) {
	columns := feedColumns(c.W())
	first, w := v.first(feedPane, pl), (c.W()-1)/columns
	if len(v.order[feedPane]) == 0 {
		c.WriteIn(1, 0, c.W()-2, kit.T("none connected", kit.Meta()))
		return
	}
	for n := range pl.fit[feedPane] {
		if first+n >= len(v.order[feedPane]) {
			return
		}
		l := v.feed(v.order[feedPane][first+n])
		if l == nil {
			continue
		}
		on := c.Sub((n%columns)*w, n/columns, w, 1)
		a, style := release.Go, kit.Meta()
		age := "quiet"
		if !l.LastGood.IsZero() {
			age = kit.Age(l.LastGood, f.Now)
		}
		switch feedAspect(l, f, v.page.FeedsFrom) {
		case feed.Dark:
			a, style = release.Dark, kit.AspectWord(release.Dark)
			age = "DARK"
			if !l.LastGood.IsZero() {
				age += " " + kit.Age(l.LastGood, f.Now)
			}
		case feed.Late:
			a = release.Caution
		default:
			if l.Troubled() {
				a = release.Caution
			} else if l.LastGood.IsZero() {
				a = release.Planned
			}
		}
		x := on.Write(1, 0, kit.Mark(a)) + 1
		room := w - x - kit.Width(age) - 2
		x = on.Put(x, 0, kit.Truncate(l.Name, max(room, 3)), kit.Plain()) + 1
		on.Put(x, 0, age, style)
		if v.focus == feedPane && v.cursor[feedPane] == l.Name && !(pl.wall && v.looks) {
			on.Cursor(0, true)
		}
	}
}

// drawNews are the newest events, newest first.
func (v View) drawNews(c kit.Canvas, f views.Frame) {
	if len(v.page.Events) == 0 {
		c.WriteIn(1, 0, c.W()-2, kit.T("nothing yet", kit.Meta()))
	}
	for y := range c.H() {
		if y >= len(v.page.Events) {
			return
		}
		e := &v.page.Events[y]
		sign := kit.T("·", kit.Faint())
		switch e.Aspect {
		case release.Stop, release.Caution, release.Escalated, release.Dark:
			sign = kit.Mark(e.Aspect)
		}
		when := e.At.In(f.Zone).Format("15:04")
		if f.Now.Sub(e.At) >= 24*time.Hour {
			when = e.At.In(f.Zone).Format("Mon  ")
		}
		runs := []kit.Run{kit.T(when+" ", kit.Meta()), sign, kit.T(" ", kit.Plain())}
		if e.ID != "" {
			runs = append(runs, kit.T(e.ID+" ", kit.Strong()))
		}
		c.WriteIn(1, y, c.W()-2, append(runs, kit.T(e.Text, kit.Plain()))...)
	}
}
