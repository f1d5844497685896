package kit

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"signalbox/release"
	"signalbox/release/access"
	"signalbox/release/audit"
	"signalbox/release/catalog"
	"signalbox/release/change"
	"signalbox/release/gate"
)

// Hands are the people who had a hand in a change, and its executor, each with the part that they had; bots,
// which stand for nobody, come last.
func (x Facts) Hands() [][]Run {
	var out, bots [][]Run
	for _, a := range x.Item.Authors {
		who := Run{x.who(a.String(), a.Person), Plain()}
		switch {
		case a.Bot:
			bots = append(bots, []Run{{a.As + " " + a.Identity.Value + " (bot)", Meta()}})
			continue
		case a.Person == "":
			who = Run{a.String() + " (nobody here)", Reason(release.Dark)}
		}
		out = append(out, []Run{{a.As + " ", Meta()}, who})
	}
	if e := x.Item.Change.Executor; e != "" {
		out = append(out, []Run{{"executor ", Meta()}, {x.who(string(e), e), Plain()}})
	}
	if len(out)+len(bots) == 0 {
		out = append(out, []Run{{"author ", Meta()}, {Unknown, AspectWord(release.Dark)}})
	}
	return append(out, bots...)
}

func (x Facts) who(text string, p access.PersonID) string {
	if p != "" && p == x.Me {
		return "you"
	}
	return text
}

// Duties is the judgement on separation of duties with everybody who had a hand in the change.
func (x Facts) Duties() []Strip {
	d := x.Item.Duties
	lines := []Strip{rule(Rule{Title: []Run{{"SEPARATION OF DUTIES ", Strong()}, Mark(d.Aspect)}})}
	for n, l := range Flow(x.Hands(), x.W-2, 2) {
		lines = append(lines, runs("hands:"+strconv.Itoa(n), 1, l...))
	}
	style := Meta()
	if d.Aspect != release.Go {
		style = Reason(d.Aspect)
	}
	if x.Strangers() {
		return lines // the hands say it: "(nobody here)"
	}
	for n, l := range Few(Wrap(d.Sentence, x.W-2), 3) {
		lines = append(lines, runs(first("duties", n), 1, Run{l, style}))
	}
	return lines
}

// Strangers reports whether somebody who had a hand in the change is nobody here: Hands says who.
func (x Facts) Strangers() bool {
	return slices.ContainsFunc(x.Item.Authors, func(a change.Author) bool { return a.Person == "" && !a.Bot })
}

// first gives the key to the first row of a wrapped text only.
func first(key string, n int) string {
	if n > 0 {
		return ""
	}
	return key
}

// Few keeps at most n lines of a wrapped text; the last one shows that there was more.
func Few(lines []string, n int) []string {
	if len(lines) <= n {
		return lines
	}
	out := slices.Clone(lines[:n])
	out[n-1] += " " + Ellipsis
	return out
}

// QuorumNote says what the quorum still asks for.
func (x Facts) QuorumNote() Run {
	a := x.Item.Approval
	left := a.Needed - a.Granted()
	switch {
	case a.State != change.Waiting:
		return Run{x.Item.Standing(), Meta()}
	case x.Item.Yours(x.Me) && left == 1:
		return Run{"yours completes it", Strong()}
	case left == 1:
		return Run{"1 more completes it", Meta()}
	}
	return Run{strconv.Itoa(left) + " more needed", Meta()}
}

// Deciders are the standing decisions and those who could still approve, the reader first: "● j.ruiz 10:02Z",
// "◇ YOU", "◇ p.lind +2".
func (x Facts) Deciders() [][]Run {
	var out [][]Run
	for _, d := range x.Item.Approval.Decisions {
		if d.Stands() {
			out = append(out, []Run{Mark(verdictAspect(d.Verdict)), {" " + x.who(string(d.Person), d.Person) + " ", Plain()}, {Instant(d.At, x.Now, x.Zone), Meta()}})
		}
	}
	if x.Item.Approval.State != change.Waiting {
		return out
	}
	if x.Item.Yours(x.Me) {
		out = append(out, []Run{Mark(release.Planned), {Text: " "}, {"YOU", Lever()}})
	}
	others := x.others()
	if len(others) > 0 {
		text := strings.Join(others[:min(len(others), 2)], " or ")
		if len(others) > 2 {
			text = others[0] + " or " + strconv.Itoa(len(others)-1) + " others"
		}
		out = append(out, []Run{Mark(release.Planned), {" " + text, Meta()}})
	}
	if len(x.Item.Eligible) == 0 && x.Item.Locked() == nil {
		out = append(out, []Run{Mark(release.Stop), {" nobody may approve it yet", Reason(release.Stop)}})
	}
	return out
}

func (x Facts) others() []string {
	var out []string
	for _, p := range x.Item.Eligible {
		if p != x.Me {
			out = append(out, string(p))
		}
	}
	return out
}

// ItemMark is the shape of a change: the estate's signal while it waits, then how its round ended.
func ItemMark(i *change.Item, at time.Time) Run {
	switch {
	case i.Change.State == change.Requested || i.Moving != "":
		return Mark(i.Aspect(at))
	case i.Approval.State == change.Rejected, i.Change.State == change.Closed && (i.Change.Result == change.Failed || i.Change.Result == change.RolledBack):
		return Mark(release.Stop)
	case i.Approval.State == change.Approved || i.Approval.State == change.Consumed:
		return Mark(release.Go)
	}
	return Mark(release.Planned)
}

// Settled says where a change is that waits for no decision, in place of its levers.
func (x Facts) Settled() []Run {
	i := x.Item
	if i.Change.State == change.Requested {
		return []Run{Mark(release.Planned), {" it waits no more", Meta()}}
	}
	out := []Run{ItemMark(i, x.Now), {" " + i.Standing(), Strong()}}
	switch {
	case i.Change.State.Let() && !i.Approval.GrantUntil.IsZero():
		return x.granted(out)
	case i.Change.State == change.Draft && i.Approval.State != "":
		out = append(out, Run{" · it is a draft again and may be submitted anew", Meta()})
	}
	return out
}

// granted says what an approval that stands is worth now: it lets nothing in that the gate keeps out.
func (x Facts) granted(standing []Run) []Run {
	i, until := x.Item, Instant(x.Item.Approval.GrantUntil, x.Now, x.Zone)
	if i.Moving != "" { // it did not wait for the gate; Trouble says how
		return standing
	}
	v := x.verdict()
	said := "the gate shuts it out now"
	switch v {
	case gate.Pass, gate.Warn:
		return append(standing, Run{" · it may go in until " + until, Meta()})
	case gate.Unknown:
		said = "the gate cannot say now"
	}
	return []Run{standing[0], {" approved until " + until, Strong()}, {" · ", Faint()}, Mark(v.Aspect()), {" " + said, Reason(v.Aspect())}}
}

// verdict is the gate's, of its own reading where there is one.
func (x Facts) verdict() gate.Verdict {
	if x.Case != nil {
		return x.Case.Answer.Verdict
	}
	return gate.Verdict(x.Item.Gate)
}

func verdictAspect(v change.Verdict) release.Aspect {
	if v == change.Reject {
		return release.Stop
	}
	return release.Go
}

// Quorum is every decision with its reason, taken back ones too, and who could still decide.
func (x Facts) Quorum() []Strip {
	a := x.Item.Approval
	if a.Round == 0 {
		return []Strip{rule(Rule{Title: []Run{{"QUORUM", Strong()}}}), runs("quorum", 1, Run{"approval has not been asked for", Meta()})}
	}
	title := "QUORUM " + Quorum(a.Granted(), a.Needed)
	note := x.QuorumNote()
	lines := []Strip{{Head: true, Draw: func(c Canvas, y int) {
		c.Rule(y, Rule{Title: []Run{{title + strings.Repeat(" ", 11), Strong()}}, Note: []Run{note}})
		c.Meter(3+Width(title)+2, y, 9, float64(a.Granted())/float64(max(a.Needed, 1)), Meta())
	}}}
	for n, d := range a.Decisions {
		lines = append(lines, x.decision("decision:"+strconv.Itoa(n), d)...)
	}
	if a.State != change.Waiting {
		if a.State == change.Approved {
			lines = append(lines, Strip{Key: "grant", Draw: func(c Canvas, y int) {
				c.WriteIn(1, y, c.W()-2, Run{"the grant ends ", Meta()}, Run{Instant(a.GrantUntil, x.Now, x.Zone), Plain()})
			}})
		}
		return lines
	}
	if x.Item.Yours(x.Me) {
		lines = append(lines, runs("you", 1, Mark(release.Planned), Run{Text: " "}, Run{"YOU", Lever()}, Run{"  may decide now", Meta()}))
	}
	if o := x.others(); len(o) > 0 {
		could := " could"
		if x.Item.Yours(x.Me) {
			could = " could too"
		}
		for n, l := range Few(Wrap(strings.Join(o, ", ")+could, max(x.W-4, 8)), 2) {
			if n == 0 {
				lines = append(lines, runs("others", 1, Mark(release.Planned), Run{" " + l, Meta()}))
				continue
			}
			lines = append(lines, runs("", 3, Run{l, Meta()}))
		}
	}
	if len(x.Item.Eligible) == 0 && x.Item.Locked() == nil {
		lines = append(lines, runs("nobody", 1, Mark(release.Stop), Run{" nobody may approve it yet", Reason(release.Stop)}),
			runs("", 3, Run{"an admin grants somebody without a hand in it the role approver", Meta()}))
	}
	return lines
}

func (x Facts) decision(key string, d change.Decision) []Strip {
	if !d.Stands() {
		return []Strip{runs(key, 1, Run{"· ", Faint()}, Run{x.who(string(d.Person), d.Person), Meta()},
			Run{"  took back at " + Instant(d.TakenBackAt, x.Now, x.Zone) + " the " + decided(d.Verdict) + " of " + Instant(d.At, x.Now, x.Zone), Meta()})}
	}
	word := "approved "
	if d.Verdict == change.Reject {
		word = "rejected "
	}
	head := []Run{Mark(verdictAspect(d.Verdict)), {" " + x.who(string(d.Person), d.Person), Plain()}, {"  " + word + Instant(d.At, x.Now, x.Zone), Meta()}}
	text := "“" + d.Reason.String() + "”"
	if x.Open != key {
		line := append(head, Run{"  " + text, Plain()})
		return []Strip{{Key: key, Draw: func(c Canvas, y int) { c.WriteIn(1, y, c.W()-2, line...) }}}
	}
	lines := []Strip{runs(key, 1, head...)}
	for _, l := range x.whole(key, text, x.W-5) {
		lines = append(lines, runs("", 3, Run{l, Plain()}))
	}
	return lines
}

func decided(v change.Verdict) string {
	if v == change.Reject {
		return "rejection"
	}
	return "approval"
}

// VerdictWord is a gate's verdict in words.
func VerdictWord(v gate.Verdict) string { return strings.ReplaceAll(string(v), "_", " ") }

// WorstFirst are the gates with the one that bars most first.
func WorstFirst(gates []gate.Result) []gate.Result {
	order := []gate.Verdict{gate.Block, gate.Unknown, gate.NeedsApproval, gate.Warn, gate.Pass}
	out := slices.Clone(gates)
	slices.SortStableFunc(out, func(a, b gate.Result) int {
		return slices.Index(order, a.Verdict) - slices.Index(order, b.Verdict)
	})
	return out
}

// Unblock is an act and who may do it, the reader first.
func (x Facts) Unblock(u gate.Unblock) string {
	var who []string
	for _, w := range u.Who {
		if x.Me != "" && w == string(x.Me) {
			who = slices.Insert(who, 0, "you")
			continue
		}
		who = append(who, w)
	}
	switch {
	case len(who) == 0:
		return u.Act + " (nobody yet)"
	case len(who) > 4:
		return u.Act + " (" + strings.Join(who[:3], ", ") + " or " + strconv.Itoa(len(who)-3) + " others)"
	}
	return u.Act + " (" + strings.Join(who, ", ") + ")"
}

// Gate is every gate's verdict with its reason, and for each "no" the way out.
func (x Facts) Gate() []Strip {
	v := x.verdict()
	head := Rule{Title: []Run{{"GATE ", Strong()}, Mark(v.Aspect()), {" " + VerdictWord(v), AspectWord(v.Aspect())}}}
	if x.Case == nil {
		return []Strip{rule(head), runs("gate", 1, Run{"its gates are being read", Meta()})}
	}
	at := x.Case.Answer.At
	lines := []Strip{{Head: true, Draw: func(c Canvas, y int) {
		r := head
		r.Note = []Run{{"judged " + Seconds(at, x.Zone), Meta()}}
		c.Rule(y, r)
	}}}
	const name = 21
	for _, g := range WorstFirst(x.Case.Answer.Gates) {
		aspect := g.Verdict.Aspect()
		reason := Plain()
		if aspect == release.Go {
			reason = Meta()
		}
		said, locked := x.reason(g)
		for n, l := range Few(Wrap(said, max(x.W-name-5, 12)), 3) {
			if n > 0 {
				lines = append(lines, runs("", 3+name+1, Run{l, reason}))
				continue
			}
			lines = append(lines, Strip{Key: "gate:" + g.Gate, Draw: func(c Canvas, y int) {
				c.Write(1, y, Mark(aspect))
				label := Plain()
				if aspect == release.Go {
					label = Meta()
				}
				c.PutIn(3, y, name, strings.ReplaceAll(g.Gate, "_", " "), label)
				c.PutIn(3+name+1, y, c.W()-name-5, l, reason)
			}})
		}
		if g.Verdict == gate.Pass || g.Verdict == gate.Warn || locked {
			continue
		}
		for _, u := range g.Unblock[:min(len(g.Unblock), 3)] {
			for n, l := range Few(Wrap(x.Unblock(u), max(x.W-9, 12)), 3) {
				lead := "→ "
				if n > 0 {
					lead = "  "
				}
				lines = append(lines, runs("", 5, Run{lead, Meta()}, Run{l, Plain()}))
			}
		}
	}
	return lines
}

// reason is what a gate says. What locks the approval stands at the lever with its way out, and is not said
// a second time here.
func (x Facts) reason(g gate.Result) (said string, locked bool) {
	lock := x.Item.Locked()
	if g.Gate != gate.ApprovalGate || g.Verdict != gate.Block || lock == nil || release.AsError(lock).Message != g.Reason {
		return g.Reason, false
	}
	if x.Item.Duties.Aspect != release.Go && !catalog.IsUnknown(x.Item.Change.Service) {
		return "locked while separation of duties is unknown", true
	}
	return "locked while the service is unknown", true
}

// Talk is the questions and answers, newest first.
func (x Facts) Talk() []Strip {
	notes := slices.Clone(x.Item.Notes)
	slices.SortStableFunc(notes, func(a, b change.Note) int { return b.At.Compare(a.At) })
	count := ""
	if len(notes) > 0 {
		count = strconv.Itoa(len(notes))
	}
	lines := []Strip{rule(Rule{Title: Heading("TALK", count, "")})}
	if len(notes) == 0 {
		return append(lines, runs("talk", 1, Run{"no questions", Meta()}))
	}
	name := 0
	for _, note := range notes {
		name = max(name, min(Width(x.who(string(note.Person), note.Person)), 16))
	}
	lead := 13 + name + 2
	for n, note := range notes {
		who := x.who(string(note.Person), note.Person)
		for k, l := range Few(Wrap(note.Text, max(x.W-lead-1, 12)), 3) {
			if k > 0 {
				lines = append(lines, runs("", min(lead, x.W-13), Run{l, Plain()}))
				continue
			}
			lines = append(lines, Strip{Key: "note:" + strconv.Itoa(n) + ":" + note.At.Format(time.RFC3339Nano), Draw: func(c Canvas, y int) {
				c.Put(1, y, Instant(note.At, x.Now, x.Zone), Meta())
				c.PutIn(13, y, name, who, Strong())
				c.PutIn(lead, y, c.W()-lead-1, l, Plain())
			}})
		}
	}
	return lines
}

// Sources is the commit and the pull requests that the digest was built from, with their reviews.
func (x Facts) Sources() []Strip {
	d, ch := x.Item.Dossier, x.Item.Change
	lines := []Strip{rule(Rule{Title: Heading("COMMIT AND PULL REQUESTS", "", "")})}
	switch {
	case ch.Commit == "":
		lines = append(lines, runs("commit", 1, Run{"the change names no commit", Meta()}))
	case d.Commit == nil:
		lines = append(lines, runs("commit", 1, Run{short(ch.Commit), Strong()}, Run{"  " + ch.Repo + "  its push has not been delivered", Meta()}))
	default:
		k := *d.Commit
		lines = append(lines, Strip{Key: "commit", Draw: func(c Canvas, y int) {
			right := c.PutRight(edge(c), y, Age(k.At, x.Now), Meta())
			c.WriteIn(1, y, right-2, Run{short(k.SHA), Strong()}, Run{"  " + k.Title, Plain()})
		}})
	}
	for _, p := range d.Pulls {
		lines = append(lines, Strip{Key: "pull:" + p.Repo + ":" + strconv.Itoa(p.Number), Draw: func(c Canvas, y int) {
			size := ""
			if p.Lines > 0 || p.Files > 0 {
				size = Thousands(int64(p.Lines)) + " lines " + Thousands(int64(p.Files)) + " files  "
			}
			right := c.PutRight(edge(c), y, size+Age(p.At, x.Now), Meta())
			c.WriteIn(1, y, right-2, Run{"#" + strconv.Itoa(p.Number), Strong()}, Run{" " + p.State, Meta()}, Run{"  " + p.Title, Plain()})
		}})
		var reviews [][]Run
		for _, r := range d.Reviews {
			if r.Number != p.Number || r.Repo != p.Repo {
				continue
			}
			mark := Run{"·", Faint()}
			switch r.State {
			case "approved":
				mark = Mark(release.Go)
			case "changes_requested":
				mark = Mark(release.Stop)
			}
			reviews = append(reviews, []Run{mark, {" " + r.Reviewer.Value, Plain()}, {" " + strings.ReplaceAll(r.State, "_", " "), Meta()}})
		}
		for _, l := range Flow(reviews, x.W-8, 3) {
			lines = append(lines, runs("", 6, l...))
		}
	}
	return lines
}

func short(sha string) string { return sha[:min(len(sha), 7)] }

// History is what was done to the change and what was refused, newest first.
func (x Facts) History() []Strip {
	if x.Case == nil {
		return []Strip{rule(Rule{Title: Heading("HISTORY", "", "")}), runs("history", 1, Run{"its history is being read", Meta()})}
	}
	h := x.Case.History
	if len(h) == 0 {
		return []Strip{rule(Rule{Title: Heading("HISTORY", "", "")}), runs("history", 1, Run{"nothing was done to it yet", Meta()})}
	}
	lines := []Strip{rule(Rule{Title: Heading("HISTORY", strconv.Itoa(len(h)), ""), Note: []Run{{"newest first", Meta()}}})}
	for _, e := range h {
		mark, text := Run{"·", Faint()}, e.Summary
		if e.Outcome == audit.Refused {
			mark, text = Mark(release.Stop), e.Actor+" was refused "+e.Verb+": "+e.Reason
		} else if e.Summary == "" {
			text = e.Actor + " " + e.Verb
		}
		key := "audit:" + strconv.FormatInt(e.Seq, 10)
		whole := x.whole(key, text, min(x.W, 110)-19-len(Thousands(e.Seq)))
		lines = append(lines, Strip{Key: key, Draw: func(c Canvas, y int) {
			at := Seconds(e.At, x.Zone)
			if Date(e.At, x.Zone) != Date(x.Now, x.Zone) || e.At.Year() != x.Now.Year() {
				at = Instant(e.At, x.Now, x.Zone)
			}
			c.Put(1, y, at, Meta())
			c.Write(14, y, mark)
			end := c.PutRight(edge(c), y, "#"+Thousands(e.Seq), Meta())
			c.WriteIn(16, y, end-17, Run{whole[0], Plain()})
		}})
		for _, l := range whole[1:] {
			lines = append(lines, runs("", 16, Run{l, Plain()}))
		}
	}
	return lines
}

// whole is the text of a row: on one line, which is cut where it is too long, or of the row that the reader
// opened on as many lines of w cells as it needs.
func (x Facts) whole(key, text string, w int) []string {
	if x.Open == "" || x.Open != key {
		return []string{text}
	}
	if lines := Wrap(text, max(w, 12)); len(lines) > 0 {
		return lines
	}
	return []string{text}
}
