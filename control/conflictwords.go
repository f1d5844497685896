package control

import (
	"context"
	"fmt"
	"strings"
	"time"

	"signalbox/release/access"
	"signalbox/release/conflict"
	"signalbox/release/port"
	"signalbox/release/verb"
)

// conflictsVerb lists what the Conflicts screen shows.
func (c *Control) conflictsVerb(ctx context.Context, call verb.Call) (verb.Answer, error) {
	if err := c.look(ctx, call, func(port.Reader, *access.Person, time.Time) error { return nil }); err != nil {
		return verb.Answer{}, err
	}
	if call.Arg(0) != "" {
		id, err := c.caseID(call.Arg(0))
		if err != nil {
			return verb.Answer{}, err
		}
		b, err := c.Brief(ctx, id)
		if err != nil {
			return verb.Answer{}, err
		}
		return verb.Answer{Value: b, Lines: briefLines(b)}, nil
	}
	d, err := c.Docket(ctx)
	if err != nil {
		return verb.Answer{}, err
	}
	rows := [][]string{{"ID", "KIND", "SEVERITY", "CHANGE", "AGAINST", "FROM", "TO", "OWNER", "SETTLE BY", "STATE"}}
	for i := range d.Standing {
		k := &d.Standing[i]
		state := string(k.State)
		switch {
		case k.Pending(d.AsOf):
			state = "waiver waits for a second person"
		case k.Escalated():
			state = "escalated to the " + string(conflict.Path[k.Step].Role) + "s"
		case k.AnsweredBy != "" && k.State == conflict.Open:
			state = "answered by " + string(k.AnsweredBy)
		}
		rows = append(rows, []string{k.ID, k.Kind.ID() + " " + k.Kind.Name(), k.Severity.String(), k.Work(), orDash(k.With),
			stamp(k.From), stamp(k.To), orDash(k.Owner), stamp(k.Deadline), state})
	}
	ans := verb.Answer{Lines: table(rows), Value: d}
	if len(d.Standing) == 0 {
		ans.Lines = []string{fmt.Sprintf("no conflicts · %d settled in the last 24h", len(d.Settled))}
	}
	for _, x := range d.Unknown {
		ans.Lines = append(ans.Lines, "cannot be ruled out: "+x.Reason)
	}
	if len(d.Unfed) > 0 {
		ans.Lines = append(ans.Lines, "nobody tells of "+strings.Join(d.Unfed, ", ")+": conflicts that rest on these are not known")
	}
	return ans, nil
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return "—"
	}
	return t.UTC().Format("Mon 02 Jan 15:04Z")
}

// briefLines is one case in plain text.
func briefLines(b *conflict.Brief) []string {
	out := []string{fmt.Sprintf("%s %s %s, %s", b.ID, b.Kind.ID(), b.Kind.Name(), b.Severity), "rule     " + b.Kind.Rule(), "why      " + b.Reason,
		"when     " + stamp(b.From) + " – " + stamp(b.To), "owner    " + orDash(b.Owner) + ", to be settled by " + stamp(b.Deadline)}
	if len(b.Items) > 0 {
		out = append(out, "affected "+strings.Join(b.Items, ", "))
	}
	if w := b.Waiver; w != nil {
		out = append(out, fmt.Sprintf("waiver   by %s until %s: %s", w.By, stamp(w.Until), w.Reason))
	}
	if b.How != "" {
		out = append(out, "settled  "+b.How)
	}
	if len(b.Asked) > 0 {
		out = append(out, "asked    "+strings.Join(ids(b.Asked), ", ")+" since "+stamp(b.AskedAt))
	}
	if b.A != nil {
		out = append(out, searchLines(b.A.ID, b.Search)...)
	}
	return out
}

// searchLines are slots in plain text, or what blocks all of them.
func searchLines(id string, s conflict.Search) []string {
	var out []string
	for n, x := range s.Slots {
		out = append(out, fmt.Sprintf("slot %d   %s – %s  %s", n+1, stamp(x.From), x.To.UTC().Format("15:04Z"), strings.Join(x.Why, ", ")))
	}
	if len(s.Slots) == 0 {
		out = append(out, fmt.Sprintf("no slot for %s until %s", id, stamp(s.Until)))
		for i := range s.Blocking {
			out = append(out, "blocked by "+s.Blocking[i].Kind.ID()+" "+s.Blocking[i].Reason)
		}
	}
	return out
}
