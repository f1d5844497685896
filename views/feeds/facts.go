package feeds

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"signalbox/release"
	"signalbox/release/feed"
	"signalbox/views"
	"signalbox/views/kit"
)

// facts writes what is known of one feed: the same words on every screen. W is the width of the pane.
type facts struct {
	line  *feed.Line
	since time.Time // when signalbox began to expect its feeds
	test  *trial
	now   time.Time
	zone  *time.Location
	w     int
	x     int // column of the values
	// Tight is set where there are few rows, brief where what rests on the feed stands elsewhere.
	tight, brief bool
}

// fact is a labelled row. Where there is no room for all, the least rank goes first.
type fact struct {
	rank  int
	label string
	runs  []kit.Run
	draw  func(c kit.Canvas, y int) // in place of runs
}

func (v View) facts(r *row, f views.Frame, w int) facts {
	x := facts{line: r.line, since: v.panel.Since, now: f.Now, zone: f.Zone, w: w, x: 9}
	if w < 76 || v.w >= wide {
		x.x = 10
	}
	if t, ok := v.tests[r.name]; ok {
		x.test = &t
	}
	return x
}

func (a fact) drawn(c kit.Canvas, y, x int) {
	c.Put(1, y, a.label, kit.Meta())
	if a.draw != nil {
		a.draw(c, y)
		return
	}
	c.WriteIn(x, y, c.W()-x, a.runs...)
}

// fitted are as many of the facts as stand in h rows, in their order.
func fitted(all []fact, h int) []fact {
	all = slices.Clone(all)
	for len(all) > max(h, 0) {
		least := 0
		for k := range all {
			if all[k].rank <= all[least].rank {
				least = k
			}
		}
		all = slices.Delete(all, least, least+1)
	}
	return all
}

// title is "○ jira DARK 6m02s".
func (x facts) title() []kit.Run {
	l := x.line
	a := standing(l, x.now, x.since)
	out := []kit.Run{kit.Mark(a), kit.T(" ", kit.Plain()), kit.T(l.Name, kit.ID())}
	word := ""
	switch age(l, x.now, x.since) {
	case feed.Dark:
		if word = "DARK"; l.LastGood.IsZero() {
			return append(out, kit.T(" DARK", kit.AspectWord(release.Dark)), kit.T(" has never answered", kit.AspectNumber(release.Dark)))
		}
	case feed.Late:
		if word = "LATE"; l.LastGood.IsZero() {
			return append(out, kit.T(" LATE", kit.AspectWord(release.Caution)))
		}
	default:
		if l.LastGood.IsZero() {
			return append(out, kit.T(" has not said anything yet", kit.Meta()))
		}
		return append(out, kit.T(" good "+kit.Ago(l.LastGood, x.now), kit.Meta()))
	}
	return append(out, kit.T(" "+word+" ", kit.AspectWord(a)), kit.T(kit.Age(l.LastGood, x.now), kit.AspectNumber(a)))
}

// next says when the feed is read next, or why it is not.
func (x facts) next() []kit.Run {
	l := x.line
	what := "read"
	if l.Tries > 0 {
		what = "try " + strconv.Itoa(l.Tries+1)
	}
	switch {
	case l.Kind == feed.Push:
		return []kit.Run{kit.T("it calls, it is not asked", kit.Meta())}
	case l.Kind == feed.Out:
		return []kit.Run{kit.T(counted(len(l.Messages), "message", "messages")+" not sent", kit.Meta())}
	case l.ClaimedUntil.After(x.now):
		return []kit.Run{kit.T("it is read just now", kit.Meta())}
	case l.NextAt.IsZero():
		return nil
	case !l.NextAt.After(x.now):
		return []kit.Run{kit.T(what+" is due", kit.Meta())}
	}
	return []kit.Run{kit.T(what+" in ", kit.Meta()), kit.T(kit.Span(l.NextAt.Sub(x.now)+time.Second-1), kit.Strong())}
}

// rows are the facts but for the log.
func (x facts) rows() []fact {
	l := x.line
	out := x.errors()
	if l.Tries > 0 {
		rank := 6
		if l.Class != feed.Retry {
			rank = 11
		}
		kind, rest, _ := strings.Cut(class(l.Class), ":")
		out = append(out, fact{rank: rank, label: "kind", runs: []kit.Run{kit.T(kind, kit.Strong()), kit.T(":"+rest, kit.Meta())}})
	}
	out = append(out, fact{rank: 5, label: "promise", runs: []kit.Run{kit.T(x.promises(), kit.Plain())}})
	if !x.brief {
		out = append(out, fact{rank: 9, label: "rests", runs: x.resting()})
	}
	out = append(out, fact{rank: 6, label: "kept", runs: []kit.Run{kit.T(x.kept(), kit.Plain())}})
	if c := x.counts(); c != nil {
		out = append(out, fact{rank: 2, label: "counts", runs: c})
	}
	return append(append(out, x.sparks()...), x.tested()...)
}

// errors is the last error, on two rows at most; one that is over is dim.
func (x facts) errors() []fact {
	l := x.line
	why := l.Trouble()
	switch {
	case why == "" && l.LastError == "":
		return []fact{{rank: 10, label: "error", runs: []kit.Run{kit.T("none", kit.Meta())}}}
	case why == "":
		return []fact{{rank: 10, label: "error", runs: []kit.Run{kit.T("none now; "+moment(l.LastErrorAt, x.now, x.zone)+" "+l.LastError, kit.Meta())}}}
	}
	tail := tries(l)
	switch {
	case tail != "" && !l.FailingSince.IsZero():
		tail += " since " + moment(l.FailingSince, x.now, x.zone)
	case !l.LastErrorAt.IsZero():
		tail += " at " + moment(l.LastErrorAt, x.now, x.zone)
	}
	if l.Tries > 0 && x.tight { // else it has its own row
		tail += " (kind: " + string(l.Class) + ")"
	}
	if x.tight {
		return []fact{{rank: 10, label: "error", runs: []kit.Run{kit.T(why, kit.Strong()), kit.T(tail, kit.Plain())}}}
	}
	lines := kit.Few(kit.Wrap(why+tail, max(x.w-x.x-1, 12)), 2)
	var out []fact
	for n, line := range lines {
		known := line
		if strings.HasPrefix(line, why) {
			known = why
		}
		a := fact{rank: 10, label: "error", runs: []kit.Run{kit.T(known, kit.Strong()), kit.T(line[len(known):], kit.Plain())}}
		if n > 0 {
			a = fact{rank: 4, runs: []kit.Run{kit.T(line, kit.Plain())}}
		}
		out = append(out, a)
	}
	return out
}

// promises says what to expect of the feed's age.
func (x facts) promises() string {
	l := x.line
	p := promise(l)
	switch {
	case l.Kind == feed.Out:
		return "none: it is told, not asked"
	case l.ExpectEvery <= 0:
		return "none: silence is quiet, not dark"
	case l.Kind == feed.Push:
		return "a delivery every " + p + "; dark after " + kit.Length(3*l.ExpectEvery)
	}
	return "an answer every " + p + "; dark after " + kit.Length(3*l.ExpectEvery)
}

// resting is what rests on the feed, and what that means while it is dark.
func (x facts) resting() []kit.Run {
	l := x.line
	if l.Resting == "" {
		return []kit.Run{kit.T("nothing yet", kit.Meta())}
	}
	out := []kit.Run{kit.T(l.Resting, kit.Plain())}
	if age(l, x.now, x.since) != feed.Dark {
		return out
	}
	gate, ids := "", []string{}
	for _, r := range l.Rests {
		if r.Gate != "" {
			gate, ids = r.Gate, append(ids, r.ID)
		}
	}
	out = append(out, kit.T(" shown ○", kit.AspectShape(release.Dark)))
	if len(ids) == 0 {
		return out
	}
	out = append(out, kit.T(" · ", kit.Faint()), kit.T("gate "+strings.ReplaceAll(gate, "_", " ")+" ", kit.Plain()),
		kit.Mark(release.Dark), kit.T(" unknown", kit.AspectWord(release.Dark)), kit.T(" of ", kit.Meta()))
	room, of := x.w-x.x-1-kit.RunsWidth(out), ""
	for n, id := range ids {
		more := ""
		if left := len(ids) - 1 - n; left > 0 {
			more = " +" + strconv.Itoa(left)
		}
		if n > 0 && kit.Width(of+", "+id+more) > room {
			return append(out, kit.T(of+" +"+strconv.Itoa(len(ids)-n), kit.Plain()))
		}
		if of != "" {
			of += ", "
		}
		of += id
	}
	return append(out, kit.T(of, kit.Plain()))
}

// kept says what a failure does not lose.
func (x facts) kept() string {
	l := x.line
	switch {
	case l.Kind == feed.Out && len(l.Messages) == 0:
		return "nothing waits: every message was taken or given up"
	case l.Kind == feed.Out:
		return "each message under its own key until it is taken or given up"
	case l.Kind == feed.Push && len(l.Letters) > 0:
		return counted(len(l.Letters), "dead letter", "dead letters") + " with the reason, for 90 days"
	case l.Kind == feed.Push && l.LastGood.IsZero():
		return "nothing has come yet"
	case l.Kind == feed.Push:
		return "no dead letter is kept"
	case l.LastGood.IsZero():
		return "nothing has been read yet"
	case l.Cursor != "":
		return "read up to " + moment(l.LastGood, x.now, x.zone) + "; it reads on there"
	}
	return "what was read at " + moment(l.LastGood, x.now, x.zone) + "; the whole is read again"
}

func (x facts) counts() []kit.Run {
	l := x.line
	var out []kit.Run
	for _, c := range []struct {
		n    int64
		word string
	}{{l.Accepted, "accepted"}, {l.Repeated, "repeated"}, {l.Refused, "refused"}, {l.Dead, "dead"}} {
		if c.n > 0 {
			if out != nil {
				out = append(out, kit.T("   ", kit.Plain()))
			}
			out = append(out, kit.T(kit.Thousands(c.n), kit.Plain()), kit.T(" "+c.word, kit.Meta()))
		}
	}
	if out != nil {
		out = append(out, kit.T("   so far", kit.Meta()))
	}
	return out
}

// tested is what the last test said, on four rows at most.
func (x facts) tested() []fact {
	if x.test == nil {
		return nil
	}
	when := moment(x.test.at, x.now, x.zone) + " "
	if e := x.test.err; e != nil {
		return []fact{{rank: 12, label: "test", runs: []kit.Run{kit.T(when, kit.Meta()), kit.Mark(release.Caution), kit.T(" "+e.Message, kit.Reason(release.Caution)), kit.T(" → ", kit.Meta()), kit.T(e.Try, kit.Plain())}}}
	}
	lines := x.test.lines
	if len(lines) > 4 {
		lines = append(slices.Clone(lines[:3]), "and "+strconv.Itoa(len(lines)-3)+" more lines: signalbox connector test "+x.line.Name)
	}
	answered := release.Go
	if x.line.Kind == feed.Push { // it was not asked
		answered = release.Planned
	}
	var out []fact
	for n, l := range lines {
		a := fact{rank: 12, label: "test", runs: []kit.Run{kit.T(when, kit.Meta()), kit.Mark(answered), kit.T(" "+l, kit.Plain())}}
		if n > 0 {
			a = fact{rank: 3, runs: []kit.Run{kit.T(l, kit.Meta())}}
		}
		out = append(out, a)
	}
	return out
}

// sparks are how long exchanges took and how many were accepted, over the last six hours.
func (x facts) sparks() []fact {
	long, ok, most := x.series()
	var out []fact
	end := 12
	w := min(x.w-x.x-end-2, len(ok))
	if w < 12 {
		return nil
	}
	dark := age(x.line, x.now, x.since) == feed.Dark
	draw := func(values []float64, merge func(a, b float64) float64, note string) func(c kit.Canvas, y int) {
		return func(c kit.Canvas, y int) {
			cells := squeezed(values, w, merge)
			c.Spark(x.x, y, w, kit.Spark{Values: cells, Low: 0, High: highest(cells), Dark: dark})
			c.Put(x.x+w+2, y, note, kit.Meta())
		}
	}
	if most > 0 {
		out = append(out, fact{rank: 1, label: "took 6h", draw: draw(long, math.Max, "max "+took(most))})
	}
	return append(out, fact{rank: 1, label: "ok 6h", draw: draw(ok, func(a, b float64) float64 { return a + b }, kit.Thousands(x.line.PerHour)+"/h")})
}

// series are six hours in steps of a bucket; what lies after the last good exchange of a dark feed is lost.
func (x facts) series() (long, ok []float64, most time.Duration) {
	const steps = int(recent / feed.BucketLength)
	end := x.now.Truncate(feed.BucketLength).Add(feed.BucketLength)
	long, ok = make([]float64, steps), make([]float64, steps)
	for _, b := range x.line.Buckets {
		k := steps - 1 - int(end.Add(-time.Nanosecond).Sub(b.At)/feed.BucketLength)
		if k < 0 || k >= steps || b.At.After(x.now) {
			continue
		}
		long[k], ok[k] = math.Max(long[k], b.Took.Seconds()), ok[k]+float64(b.Accepted)
		most = max(most, b.Took)
	}
	if age(x.line, x.now, x.since) != feed.Dark {
		return long, ok, most
	}
	for k := range steps {
		if at := end.Add(-time.Duration(steps-k) * feed.BucketLength); at.After(x.line.LastGood) {
			long[k], ok[k] = math.NaN(), math.NaN()
		}
	}
	return long, ok, most
}

// squeezed merges values into n cells; a cell is lost where its last value is.
func squeezed(values []float64, n int, merge func(a, b float64) float64) []float64 {
	out := make([]float64, n)
	for k := range out {
		from, to := k*len(values)/n, (k+1)*len(values)/n
		for _, v := range values[from:to] {
			if math.IsNaN(v) {
				out[k] = v
				break
			}
			out[k] = merge(out[k], v)
		}
	}
	return out
}

// highest is the greatest of what is known, more than nothing in any case: it ends a scale.
func highest(values []float64) float64 {
	high := 1e-9
	for _, f := range values {
		if !math.IsNaN(f) {
			high = math.Max(high, f)
		}
	}
	return high
}

// logged is a line of the log.
func (x facts) logged(e feed.Exchange) []kit.Run {
	mark, word := kit.T("·", kit.Faint()), kit.T("", kit.Plain())
	switch e.Sign {
	case feed.Good:
		mark = kit.Mark(release.Go)
	case feed.Back:
		mark, word = kit.Mark(release.Go), kit.T("BACK ", kit.Strong())
	case feed.Fell:
		mark, word = kit.Mark(release.Dark), kit.T("DARK ", kit.AspectWord(release.Dark))
	case feed.Turned:
		mark, word = kit.Mark(release.Caution), kit.T("refused: ", kit.Plain())
	case feed.Died:
		mark, word = kit.Mark(release.Caution), kit.T("dead letter ", kit.Plain())
	}
	said := e.Text
	if e.Sign == feed.Back {
		said = strings.TrimPrefix(said, "back, ")
	}
	out := []kit.Run{kit.T(x.stamp(e.At)+" ", kit.Meta()), mark, kit.T(" ", kit.Plain()), word, kit.T(said, kit.Plain())}
	return append(out, tookRuns(e)...)
}

// tookRuns say how long an exchange took, where that is known.
func tookRuns(e feed.Exchange) []kit.Run {
	if e.Took <= 0 {
		return nil
	}
	return []kit.Run{kit.T("  "+took(e.Took), kit.Meta())}
}

// stamp is the time of day, or of another day the day and the minute.
func (x facts) stamp(at time.Time) string {
	if at, now := at.In(x.zone), x.now.In(x.zone); at.Format(time.DateOnly) != now.Format(time.DateOnly) {
		return at.Format("02 15:04")
	}
	return at.In(x.zone).Format("15:04:05")
}

// newest is the newest of the log in one row.
func (x facts) newest() []kit.Run {
	if len(x.line.Log) == 0 {
		return []kit.Run{kit.T("nothing has happened yet", kit.Meta())}
	}
	return x.logged(x.line.Log[0])
}
