package kit

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"signalbox/release"
	"signalbox/release/access"
	"signalbox/release/change"
	"signalbox/release/evidence"
	"signalbox/release/gate"
)

// Strip is one row of a pane that scrolls. Key is what a cursor holds on to, so that it survives a refresh;
// "" for rules, blanks and the further rows of a wrapped text. How many strips a section has depends on the
// snapshot and the width alone, never on the time.
type Strip struct {
	Key  string
	Head bool // it heads a section, and says nothing without the row below it
	Draw func(c Canvas, y int)
}

// Facts writes what is known of one change as sections of strips, each section headed by its rule: the same
// words on every screen that shows a change. W is the width of the pane. Case is nil until it has been read.
type Facts struct {
	Item *change.Item
	Case *gate.Case
	Me   access.PersonID
	Now  time.Time
	Zone *time.Location
	W    int
	// Late is the age of a feed that the evidence rests on and that is late; nil where none is.
	Late []Run
	// Links is set where "⏎" on a row shows the address of its source.
	Links bool
	// Open is the key of the row whose text stands on as many lines as it needs, "" for none.
	Open string
}

// heavy is the share of a risk group's maximum from which it is drawn as caution.
const heavy = 0.75

func rule(r Rule) Strip { return Strip{Head: true, Draw: func(c Canvas, y int) { c.Rule(y, r) }} }

func runs(key string, x int, r ...Run) Strip {
	return Strip{Key: key, Draw: func(c Canvas, y int) { c.WriteIn(x, y, c.W()-x, r...) }}
}

// Flow packs items into lines of at most w cells, gap blanks between them. An item is cut only where it
// alone is wider than a line.
func Flow(items [][]Run, w, gap int) [][]Run {
	var lines [][]Run
	used := 0
	for _, it := range items {
		n := RunsWidth(it)
		if last := len(lines) - 1; last >= 0 && used+gap+n <= w {
			lines[last] = append(append(lines[last], Run{Text: strings.Repeat(" ", gap)}), it...)
			used += gap + n
			continue
		}
		lines = append(lines, slices.Clone(it))
		used = n
	}
	return lines
}

// GroupAspect says whether a group of risk factors is heavy.
func GroupAspect(r change.Risk, group string) release.Aspect {
	if limit := change.GroupMax[group]; limit > 0 && float64(r.Group(group)) >= heavy*float64(limit) {
		return release.Caution
	}
	return release.Go
}

// GroupScore writes "24/43" of a group of risk factors.
func GroupScore(r change.Risk, group string) []Run {
	s := Strong()
	switch {
	case r.Group(group) == 0:
		s = Meta()
	case GroupAspect(r, group) == release.Caution:
		s = Reason(release.Caution)
	}
	return []Run{{Thousands(int64(r.Group(group))), s}, {"/" + Thousands(int64(change.GroupMax[group])), Meta()}}
}

// groupFacts are the facts that gave a group its points.
func groupFacts(r change.Risk, group string) string {
	var facts []string
	for _, f := range r.Factors {
		if f.Group == group {
			facts = append(facts, f.Fact)
		}
	}
	switch {
	case len(facts) == 0 && group == "blast":
		return "no hard dependant is known"
	case len(facts) == 0:
		return "nothing known"
	}
	return strings.Join(facts, ", ")
}

// Risk is the score, with a meter and the facts of each group.
func (x Facts) Risk() []Strip {
	r := x.Item.Change.Risk
	note := []Run{}
	if x.Item.Full() {
		note = []Run{{"own words and all evidence needed", Meta()}}
	}
	lines := []Strip{rule(Rule{Title: []Run{{"RISK ", Strong()}, riskTitle(r)}, Note: note})}
	for _, g := range change.Groups {
		fact := Meta()
		if GroupAspect(r, g) == release.Caution {
			fact = Plain()
		}
		for n, l := range Few(Wrap(groupFacts(r, g), max(x.W-31, 12)), 3) {
			if n > 0 {
				lines = append(lines, runs("", 30, Run{l, fact}))
				continue
			}
			lines = append(lines, Strip{Key: "risk:" + g, Draw: func(c Canvas, y int) {
				c.Put(1, y, g, Meta())
				c.Meter(10, y, 12, float64(r.Group(g))/float64(change.GroupMax[g]), BarStyle(GroupAspect(r, g)))
				c.WriteRight(28, y, GroupScore(r, g)...)
				c.PutIn(30, y, c.W()-30, l, fact)
			}})
		}
	}
	return lines
}

func riskTitle(r change.Risk) Run {
	s := Strong()
	if !r.Band().Less(change.High) {
		s = Reason(release.Caution)
	}
	return Run{Thousands(int64(r.Score)) + " " + strings.ToUpper(r.Band().String()), s}
}

// CheckAspect is the signal of one check: a pending one has not answered yet.
func CheckAspect(r evidence.Result) release.Aspect {
	switch r {
	case evidence.Pass:
		return release.Go
	case evidence.Fail:
		return release.Stop
	}
	return release.Planned
}

// Checks are the checks of an item with the exceptions first: failed, pending, passed, without a judgement;
// by name among equals.
func Checks(i *change.Item) []evidence.Check {
	order := []evidence.Result{evidence.Fail, evidence.Pending, evidence.Pass, evidence.Neutral}
	out := slices.Clone(i.Dossier.Checks)
	slices.SortStableFunc(out, func(a, b evidence.Check) int {
		return cmp.Or(cmp.Compare(slices.Index(order, a.Result), slices.Index(order, b.Result)),
			cmp.Compare(a.Name, b.Name), cmp.Compare(a.Kind, b.Kind))
	})
	return out
}

// CheckKey names the row of a check.
func CheckKey(k evidence.Check) string { return "check:" + k.Kind + ":" + k.Name }

// CheckMark is the shape of a check: dark where what it rests on is dark, a dot where nobody judged.
func CheckMark(k evidence.Check, dark bool) Run {
	switch {
	case dark:
		return Mark(release.Dark)
	case k.Result == evidence.Neutral:
		return Run{"·", Faint()}
	}
	return Mark(CheckAspect(k.Result))
}

// CheckWord is how a check ended, as text: "~pass" where that is no longer known.
func CheckWord(k evidence.Check, dark bool) Run {
	word := string(k.Result)
	if k.Result == evidence.Neutral {
		word = "skipped"
	}
	if dark {
		return Run{"~" + word, Stale()}
	}
	if k.Result == evidence.Neutral {
		return Run{word, Meta()}
	}
	return Run{word, AspectWord(CheckAspect(k.Result))}
}

// EvidenceScore writes "7/8" and how it reads: stop with a failure, caution while something is pending,
// "~7/8" where a feed is dark, unknown where nothing was reported.
func EvidenceScore(i *change.Item) Run {
	text := Quorum(i.Passed, i.Of)
	switch {
	case i.Of == 0:
		return Run{Unknown, Meta()}
	case i.EvidenceDark:
		return Run{"~" + text, Stale()}
	case slices.ContainsFunc(i.Dossier.Checks, func(k evidence.Check) bool { return k.Result == evidence.Fail }):
		return Run{text, AspectNumber(release.Stop)}
	case i.Passed < i.Of:
		return Run{text, AspectNumber(release.Caution)}
	}
	return Run{text, Plain()}
}

// NoEvidence says why there is no check to show.
func NoEvidence(i *change.Item) string {
	if i.Change.Commit == "" {
		return "the change names no commit, so no check can match it"
	}
	return "no check has been reported for this commit"
}

// Evidence is every check, the exceptions first.
func (x Facts) Evidence() []Strip {
	i := x.Item
	head := Rule{Title: []Run{{"EVIDENCE", Strong()}}}
	if x.Links && len(i.Dossier.Checks) > 0 {
		head.Note = []Run{{"⏎", Look()}, {" link", Meta()}}
	}
	if i.Of > 0 {
		score := EvidenceScore(i)
		if score.Style == Plain() {
			score.Style = Strong()
		}
		if len(x.Late) > 0 {
			score.Text = "~" + score.Text
		}
		head.Title = append(head.Title, Run{Text: " "}, score)
	}
	if len(x.Late) > 0 {
		head.Note = x.Late
	}
	if i.EvidenceDark {
		head.Note = []Run{Mark(release.Dark), {" " + i.Stale + " DARK", AspectWord(release.Dark)}, {" · last known, unverified", Meta()}}
	}
	lines := []Strip{rule(head)}
	checks := Checks(i)
	if len(checks) == 0 {
		for n, l := range Few(Wrap(NoEvidence(i), max(x.W-2, 12)), 3) {
			lines = append(lines, runs(first("evidence", n), 1, Run{l, Meta()}))
		}
		return lines
	}
	var fine [][]Run // what passed, where it is not listed row by row
	var listed []evidence.Check
	for _, k := range checks {
		if !x.Links && (k.Result == evidence.Pass || k.Result == evidence.Neutral) {
			fine = append(fine, CheckRuns(k, i.EvidenceDark))
			continue
		}
		listed = append(listed, k)
	}
	name := 8
	for _, k := range listed {
		name = max(name, Width(k.Name))
	}
	name = min(name, max(12, x.W*2/5))
	for _, k := range listed {
		lines = append(lines, Strip{Key: CheckKey(k), Draw: func(c Canvas, y int) { x.check(c, y, name, k) }})
	}
	for _, l := range Flow(fine, x.W-2, 3) {
		lines = append(lines, runs("", 1, l...))
	}
	return lines
}

// CheckRuns is a check in as few words as it can be: "■ load test fail", "● unit", "○ unit ~pass".
func CheckRuns(k evidence.Check, dark bool) []Run {
	name := Truncate(k.Name, 28)
	word := CheckWord(k, dark)
	out := []Run{CheckMark(k, dark), {Text: " "}}
	switch {
	case dark:
		return append(out, Run{name + " " + word.Text, Stale()})
	case k.Result == evidence.Pass:
		return append(out, Run{name, Plain()})
	case k.Result == evidence.Fail:
		return append(out, Run{name, Reason(release.Stop)}, Run{Text: " "}, word)
	}
	return append(out, Run{name, Plain()}, Run{" " + word.Text, Meta()})
}

func (x Facts) check(c Canvas, y, name int, k evidence.Check) {
	bad := k.Result == evidence.Fail && !x.Item.EvidenceDark
	c.Write(1, y, CheckMark(k, x.Item.EvidenceDark))
	label := Plain()
	switch {
	case x.Item.EvidenceDark:
		label = Stale()
	case k.Result == evidence.Neutral:
		label = Meta()
	case bad:
		label = Reason(release.Stop)
	}
	c.PutIn(3, y, name, k.Name, label)
	word := CheckWord(k, x.Item.EvidenceDark)
	at := 3 + name + 2
	c.Write(at, y, word)
	right := c.PutRight(edge(c), y, Age(k.At, x.Now), Meta())
	at += 9
	if tail := urlTail(k.URL); x.Links && tail != "" && right-at > Width(tail)+Width(k.Detail)+4 {
		right = c.PutRight(right-2, y, tail, Meta())
	}
	c.PutIn(at, y, right-2-at, k.Detail, Meta())
}

// edge is where right-aligned facts end: on a wide pane not so far away that the eye loses the row.
func edge(c Canvas) int { return min(c.w, 110) - 1 }

// urlTail is the part of an address by which people know the page: its last two names.
func urlTail(u string) string {
	u, _, _ = strings.Cut(strings.TrimRight(u, "/"), "?")
	_, u, ok := strings.Cut(u, "://")
	if !ok {
		return ""
	}
	parts := strings.Split(u, "/")
	tail := strings.Join(parts[max(len(parts)-2, 0):], "/")
	return TruncateMiddle(tail, 18)
}
