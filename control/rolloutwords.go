package control

import (
	"cmp"
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"signalbox/release"
	"signalbox/release/access"
	"signalbox/release/health"
	"signalbox/release/port"
	"signalbox/release/rollout"
	"signalbox/release/simulation"
	"signalbox/release/verb"
)

// What the verbs of rollouts print: the plain text of the snapshots that the screens draw.

// goVerb shows the thing with an id: a rollout, or else a change.
func (c *Control) goVerb(ctx context.Context, call verb.Call) (verb.Answer, error) {
	if rollout.IsID(call.Arg(0)) {
		return c.rolloutShow(ctx, call)
	}
	switch id := strings.TrimPrefix(strings.ToUpper(call.Arg(0)), strings.ToUpper(simulation.Mark)); {
	case strings.HasPrefix(id, "CX"):
		return c.conflictsVerb(ctx, call)
	case strings.HasPrefix(id, "FRZ-"):
		return c.freezeShow(ctx, call, c.id(id))
	case strings.HasPrefix(id, "DL-"), strings.HasPrefix(id, "OUT-"):
		return c.showLetter(ctx, call, id)
	}
	return c.showChange(ctx, call)
}

// rolloutList lists what goes into the environments.
func (c *Control) rolloutList(ctx context.Context, call verb.Call) (verb.Answer, error) {
	if err := c.look(ctx, call, func(port.Reader, *access.Person, time.Time) error { return nil }); err != nil {
		return verb.Answer{}, err
	}
	l, err := c.Rollouts(ctx)
	if err != nil {
		return verb.Answer{}, err
	}
	return verb.Answer{Lines: rolloutLines(l), Value: l}, nil
}

func rolloutLines(l *rollout.List) []string {
	var out []string
	part := func(title string, head []string, rows [][]string) {
		if len(rows) == 0 {
			return
		}
		if len(out) > 0 {
			out = append(out, "")
		}
		out = append(append(out, title), table(append([][]string{head}, rows...))...)
	}
	row := func(r *rollout.Row) []string {
		return []string{rolloutMark(r.Aspect), r.ID, r.Service, r.Environment, versions(r.Before, r.Version), shareWord(r), rolloutState(r.State), r.Since().Format("15:04:05Z"), orDash(r.Change), r.Why}
	}
	head := []string{"", "ID", "SERVICE", "ENVIRONMENT", "VERSION", "SHARE", "STATE", "SINCE", "CHANGE", ""}
	var moving, done, waiting [][]string
	for k := range l.Moving {
		moving = append(moving, row(&l.Moving[k]))
	}
	for k := range l.Done {
		done = append(done, row(&l.Done[k]))
	}
	for _, w := range l.Waiting {
		waiting = append(waiting, []string{mark(w.Aspect), w.Change, w.Service, w.Environment, versions(w.Before, w.Version), string(w.State),
			"until " + w.Until.Format("Mon 02 Jan 15:04Z"), string(w.Verdict), w.Why})
	}
	if len(moving) == 0 {
		out = append(out, "no rollout is moving")
	}
	part(fmt.Sprintf("MOVING %d, observed: no controller steers them from here", len(moving)), head, moving)
	part(fmt.Sprintf("WAITING %d, authorised and not begun", len(waiting)), []string{"", "CHANGE", "SERVICE", "ENVIRONMENT", "VERSION", "STATE", "GRANT", "GATE", ""}, waiting)
	title := fmt.Sprintf("DONE TODAY %d", l.Ended)
	if l.Ended > len(done) {
		title += fmt.Sprintf(", the newest %d of them", len(done))
	}
	part(title, head, done)
	if len(l.Stale) > 0 {
		out = append(out, "", "○ dark: "+strings.Join(l.Stale, ", ")+"; what rests on them is from before")
	}
	return out
}

// rolloutMark is mark; a rollout that nobody has judged has none.
func rolloutMark(a release.Aspect) string {
	if a == "" {
		return "·"
	}
	return mark(a)
}

func rolloutState(s rollout.State) string { return strings.ReplaceAll(string(s), "_", " ") }

func versions(before, version string) string {
	return cmp.Or(before, "—") + " → " + cmp.Or(version, "—")
}

// shareWord is an observed share: a stale one has a "~" before it.
func shareWord(r *rollout.Row) string {
	if r.Share == nil {
		return "—"
	}
	unsure := ""
	if dark, late := rollout.Rests(r.Monitors); dark != nil || late != nil {
		unsure = "~"
	}
	return unsure + strconv.FormatFloat(*r.Share*100, 'f', 0, 64) + "% obs"
}

// rolloutShow shows one rollout with what monitors say of both versions.
func (c *Control) rolloutShow(ctx context.Context, call verb.Call) (verb.Answer, error) {
	id, err := rollout.ParseID(call.Arg(0))
	if err != nil {
		return verb.Answer{}, err
	}
	if err := c.look(ctx, call, func(port.Reader, *access.Person, time.Time) error { return nil }); err != nil {
		return verb.Answer{}, err
	}
	s, err := c.Rollout(ctx, c.id(id))
	if err != nil {
		return verb.Answer{}, err
	}
	return verb.Answer{Lines: sheetLines(s), Value: s}, nil
}

func sheetLines(s *rollout.Sheet) []string {
	said := rolloutMark(s.Aspect)
	if s.Why != "" {
		said += ", " + s.Why
	}
	rows := [][]string{
		{"rollout", s.ID + " " + s.Service + " " + versions(s.Before, s.Version)},
		{"to", s.Environment + "  digest " + string(s.Digest)},
		{"state", fmt.Sprintf("%s since %s, %s %s", rolloutState(s.State), s.Since().Format(time.RFC3339), map[bool]string{true: "begun", false: "created"}[s.Begun()], s.StartedAt.Format(time.RFC3339))},
		{"signal", said},
		{"share", shareWord(&s.Row) + measuredAt(s.ShareAt, s.AsOf)},
		{"strategy", "—  steps —: no controller is connected"},
	}
	if lack := s.Lack.Sentence(s.Environment, s.State.Over()); lack != "" {
		rows = append(rows, []string{"lacks", lack})
	}
	if s.Request != nil {
		rows = append(rows, []string{"change", fmt.Sprintf("%s %s, %d/%d approved", s.Request.Change.ID, s.Request.Standing(), s.Request.Approval.Granted(), s.Request.Approval.Needed)})
	} else {
		rows = append(rows, []string{"change", "none"})
	}
	if s.Gate != nil {
		rows = append(rows, []string{"gate", string(s.Gate.Verdict) + strings.TrimSuffix(": "+s.Gate.Why(), ": ")})
	}
	if s.URL != "" {
		rows = append(rows, []string{"at", s.URL})
	}
	out := table(rows)
	for _, m := range s.Monitors {
		out = append(out, sourceLine(m, s.AsOf))
	}
	for _, a := range s.Firing {
		out = append(out, fmt.Sprintf("%s %s fires since %s: %s", mark(a.Aspect()), a.Name, a.StartsAt.Format(time.RFC3339), orDash(a.Summary)))
	}
	out = append(out, "")
	out = append(out, comparisonLines(s)...)
	out = append(out, "")
	for _, e := range s.Events {
		out = append(out, e.At.Format("2006-01-02 15:04:05Z")+" "+e.Text)
	}
	return out
}

func sourceLine(m health.Source, at time.Time) string {
	age := "has never answered"
	if !m.Good.IsZero() {
		age = "last good " + release.Span(at.Sub(m.Good)) + " ago"
	}
	switch {
	case m.Dark:
		return "○ DARK " + m.Name + " " + age + ": the numbers are from then, and nothing is judged"
	case m.Late:
		return "▲ late " + m.Name + " " + age
	}
	return "● " + m.Name + " " + age
}

func measuredAt(at, now time.Time) string {
	if at.IsZero() {
		return "  no monitor has told of it"
	}
	return "  measured " + release.Span(now.Sub(at)) + " ago"
}

func comparisonLines(s *rollout.Sheet) []string {
	c := s.Comparison
	if c == nil {
		return []string{"no monitor has measured these versions"}
	}
	rows := [][]string{{"SIGNAL", cmp.Or(c.Base.Version, "before"), c.New.Version, "DIFFERENCE", "LIMIT", "FINDING"}}
	for _, d := range c.Differences {
		finding := string(d.Finding)
		if s.Dark() {
			finding = "not judged: dark"
		}
		switch {
		case d.Z != nil:
			finding += fmt.Sprintf(" z %.1f", *d.Z)
		case d.P != nil:
			finding += fmt.Sprintf(" p %.3g", *d.P)
		}
		rows = append(rows, []string{string(d.Signal), signalWord(d.Signal, d.Base), signalWord(d.Signal, d.New), deltaWord(d), "—", finding})
	}
	return append(table(rows), fmt.Sprintf("%s to %s, n %.0f and %.0f requests; errors by the pooled z of two proportions, one-sided, from %.2f, or Fisher's exact test below %g",
		c.From.Format("15:04:05Z"), c.To.Format("15:04:05Z"), c.Base.Requests, c.New.Requests, health.WorseAt, health.WorseBelow))
}

func signalWord(k health.Signal, v *float64) string {
	switch {
	case v == nil:
		return "—"
	case k == health.ErrorRatio:
		return fmt.Sprintf("%.2f%%", *v*100)
	case k == health.RequestRate:
		return fmt.Sprintf("%.1f/s", *v)
	}
	return fmt.Sprintf("%.0fms", *v*1000)
}

func deltaWord(d health.Difference) string {
	switch {
	case d.Delta == nil:
		return "—"
	case d.Signal == health.ErrorRatio:
		return fmt.Sprintf("%+.2f points", *d.Delta*100)
	}
	return fmt.Sprintf("%+.0f%%", *d.Delta*100)
}
