package control

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"signalbox/release"
	"signalbox/release/access"
	"signalbox/release/change"
	"signalbox/release/evidence"
	"signalbox/release/gate"
	"signalbox/release/health"
	"signalbox/release/port"
	"signalbox/release/verb"
)

// What verbs print: the plain text of the snapshots that the screens draw.

// table aligns rows by column, two blanks between, without trailing blanks.
func table(rows [][]string) []string {
	var widths []int
	for _, r := range rows {
		for i, cell := range r {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	out := make([]string, len(rows))
	for n, r := range rows {
		var b strings.Builder
		for i, cell := range r {
			b.WriteString(cell)
			if i < len(r)-1 {
				b.WriteString(strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell)+2))
			}
		}
		out[n] = strings.TrimRight(b.String(), " ")
	}
	return out
}

// mark is an aspect's shape and word: the word reads where the shape does not.
func mark(a release.Aspect) string {
	switch a {
	case release.Go:
		return "● GO"
	case release.Caution:
		return "▲ CAUT"
	case release.Stop:
		return "■ STOP"
	case release.Escalated:
		return "◆ ESC"
	case release.Dark:
		return "○ DARK"
	}
	return "◇ wait"
}

func (c *Control) queueVerb(ctx context.Context, call verb.Call) (verb.Answer, error) {
	var me access.PersonID
	if err := c.look(ctx, call, func(_ port.Reader, p *access.Person, _ time.Time) error {
		me = p.ID
		return nil
	}); err != nil {
		return verb.Answer{}, err
	}
	q, err := c.Queue(ctx)
	if err != nil {
		return verb.Answer{}, err
	}
	at := c.now()
	items := q.Sorted(me)
	rows := [][]string{{"", "ID", "CHANGE", "ENVIRONMENT", "RISK", "OK", "EVID", "GATE", "DUE", ""}}
	kept := make([]queued, 0, len(items))
	for _, it := range items {
		if call.Has("mine") && !it.Yours(me) {
			continue
		}
		kept = append(kept, queued{it, standing(it)})
		why := standing(it)
		if it.Yours(me) {
			why = strings.TrimSuffix("yours, "+why, ", ")
		}
		rows = append(rows, []string{mark(it.Aspect(at)), it.Change.ID, it.Change.Name(), it.Change.Environment,
			fmt.Sprintf("%d %s", it.Change.Risk.Score, it.Change.Risk.Band().Letter()),
			fmt.Sprintf("%d/%d", it.Approval.Granted(), it.Approval.Needed), fmt.Sprintf("%d/%d", it.Passed, it.Of), orDash(it.Gate),
			it.Approval.ExpiresAt.Format("Mon 02 Jan 15:04Z"), why})
	}
	ans := verb.Answer{Lines: table(rows), Value: verb.NewList(kept, "", q.AsOf, q.Stale)}
	if len(kept) == 0 {
		ans.Lines = []string{"nothing waits for a decision"}
	}
	return ans, nil
}

// queued is a change that waits, with why it needs an eye in words.
type queued struct {
	*change.Item
	Needs string `json:"needs,omitempty"`
}

// standing is why a change needs an eye, worst first: it goes in unauthorised, a freeze bars it, an alert fires, nobody may approve it.
func standing(it *change.Item) string {
	switch lock := it.Locked(); {
	case it.Moving != "":
		return it.Moving
	case it.Barred():
		if it.Bar == gate.FreezeGate {
			return "FRZ, the gate blocks it: a freeze is in force"
		}
		return "the gate blocks it: " + it.BarReason
	case len(it.Firing) > 0:
		return "alert " + health.Worst(it.Firing).Name + " fires"
	case lock != nil:
		return release.AsError(lock).Message
	}
	return ""
}

func caseLines(k *gate.Case, p *access.Person, at time.Time) []string {
	it := k.Item
	ch, a := it.Change, it.Approval
	rows := [][]string{
		{"change", fmt.Sprintf("%s %s", ch.ID, ch.Name())},
		{"what", ch.Title},
		{"to", ch.Environment + "  digest " + string(ch.Digest)},
		{"state", fmt.Sprintf("%s, revision %d", it.Standing(), ch.Revision)},
		{"risk", fmt.Sprintf("%d %s", ch.Risk.Score, ch.Risk.Band())},
	}
	for _, f := range ch.Risk.Factors {
		rows = append(rows, []string{"", fmt.Sprintf("%2d %s: %s", f.Points, f.Name, f.Fact)})
	}
	rows = append(rows, []string{"evidence", fmt.Sprintf("%d of %d checks passed", it.Passed, it.Of)})
	for _, e := range it.Dossier.Checks {
		if e.Result != evidence.Pass {
			rows = append(rows, []string{"", fmt.Sprintf("%s %s", e.Name, e.Result)})
		}
	}
	for _, au := range it.Authors {
		rows = append(rows, []string{"author", fmt.Sprintf("%s (%s)", au, au.As)})
	}
	if a.Round > 0 {
		rows = append(rows, []string{"quorum", fmt.Sprintf("%d/%d, policy %s, binds %s", a.Granted(), a.Needed, a.Policy, a.Binding[:min(12, len(a.Binding))])})
		for _, d := range a.Decisions {
			back := ""
			if !d.Stands() {
				back = ", taken back"
			}
			rows = append(rows, []string{"", fmt.Sprintf("%s %s %s: %s%s", d.Person, d.Verdict, d.At.Format(time.RFC3339), d.Reason, back)})
		}
	}
	if p != nil && ch.State == change.Requested {
		if err := it.MayApprove(p, at); err != nil {
			e := release.AsError(err)
			rows = append(rows, []string{"you", "cannot approve: " + e.Error()})
		} else {
			rows = append(rows, []string{"you", "can approve: approve " + ch.ID})
		}
	}
	for _, n := range it.Notes {
		rows = append(rows, []string{n.Kind, fmt.Sprintf("%s %s: %s", n.Person, n.At.Format(time.RFC3339), n.Text)})
	}
	return append(table(rows), gateLines(k.Answer)...)
}

func gateLines(a gate.Answer) []string {
	rows := [][]string{{mark(a.Verdict.Aspect()), string(a.Verdict), fmt.Sprintf("%s %s into %s at %s", a.Subject.Service, a.Subject.Digest.Short(), a.Environment, a.At.Format(time.RFC3339))}}
	for _, g := range a.Gates {
		rows = append(rows, []string{"  " + mark(g.Verdict.Aspect()), g.Gate, g.Reason})
		for _, u := range g.Unblock {
			who := strings.Join(u.Who, ", ")
			if who == "" {
				who = "nobody yet"
			}
			rows = append(rows, []string{"", "", "→ " + u.Act + " (" + who + ")"})
		}
	}
	return table(rows)
}
