package control

import (
	"context"
	"fmt"
	"strings"
	"time"

	"signalbox/release"
	"signalbox/release/access"
	"signalbox/release/board"
	"signalbox/release/port"
	"signalbox/release/verb"
)

// boardVerb prints the Board: what needs somebody now, and how the estate stands.
func (c *Control) boardVerb(ctx context.Context, call verb.Call) (verb.Answer, error) {
	if err := c.look(ctx, call, func(port.Reader, *access.Person, time.Time) error { return nil }); err != nil {
		return verb.Answer{}, err
	}
	p, err := c.Board(ctx)
	if err != nil {
		return verb.Answer{}, err
	}
	return verb.Answer{Lines: boardLines(p, c.now()), Value: struct {
		*board.Page
		Stale []string `json:"stale"`
	}{p, p.Stale()}}, nil
}

// nextShown bounds what is printed of what comes next and of what changed; --json has all.
const nextShown = 12

func boardLines(p *board.Page, at time.Time) []string {
	var out []string
	section := func(head string, rows [][]string) {
		if len(out) > 0 {
			out = append(out, "")
		}
		out = append(append(out, head), table(rows)...)
	}
	stop, caution, escalated := board.Count(p.Act)
	dark := 0 // the screen counts what is dark with what stops; here each line says its own word
	for _, r := range p.Act {
		if r.Aspect == release.Dark {
			dark++
		}
	}
	stopped := fmt.Sprintf("%d stop", stop-dark)
	if dark > 0 {
		stopped += fmt.Sprintf(" + %d dark", dark)
	}
	head := fmt.Sprintf("ACT NOW %d: %s, %d caution, %d escalated", len(p.Act), stopped, caution, escalated)
	if p.Fresh() {
		head = "NOTHING IS CONNECTED YET: an empty board is no all-clear; signalbox config schema describes what can be connected"
	} else if len(p.Act) == 0 {
		head = "● All signals clear" + nextWords(p, at)
	}
	var rows [][]string
	for _, r := range p.Act {
		do := r.Verb
		if do != "" {
			do = "→ " + do + " " + r.ID
			if r.Kind == board.FeedRow {
				do = "→ " + r.Verb + " " + r.What
			}
		}
		rows = append(rows, []string{mark(r.Aspect), r.ID, r.What, r.Reason, r.Facts, harmWord(r, at), do})
	}
	section(head, rows)

	if len(p.Rollouts) > 0 {
		rows = nil
		for _, l := range p.Rollouts {
			share := "—"
			if l.Share != nil {
				share = fmt.Sprintf("%.0f%% obs", *l.Share*100)
				if board.Aged(&l.Row) {
					share = "~" + share
				}
			}
			rows = append(rows, []string{rolloutMark(l.Aspect), l.ID, strings.TrimSpace(l.Service + " " + l.Version), l.Environment, strings.Join(l.Regions, " "), string(l.State), share,
				release.Span(max(0, at.Sub(l.StartedAt))), orDash(l.Why)})
		}
		section(fmt.Sprintf("LIVE ROLLOUTS %d", len(p.Rollouts)), rows)
	}
	section("QUEUE", [][]string{{pulseWords(p.Pulse, at)}})

	rows = nil
	for _, h := range p.Health {
		rows = append(rows, []string{mark(h.Aspect), h.Service, h.Environment, "errors " + measuredWord(h.Errors, h.Dark || h.Late, func(v float64) string { return fmt.Sprintf("%.2f%%", v*100) }),
			"p99 " + measuredWord(h.P99, h.Dark || h.Late, func(v float64) string {
				return time.Duration(v * float64(time.Second)).Round(time.Millisecond).String()
			}), orDash(h.Alert)})
	}
	if p.Unwatched > 0 {
		rows = append(rows, []string{"– no monitor", count(p.Unwatched, "service")})
	}
	section(fmt.Sprintf("HEALTH %d", len(p.Health)), rows)

	rows = nil
	for _, n := range p.Next[:min(len(p.Next), nextShown)] {
		rows = append(rows, []string{n.At.UTC().Format("Mon 02 Jan 15:04Z"), release.Span(n.At.Sub(at)), nextWord(n), n.Text})
	}
	section(fmt.Sprintf("NEXT %d", len(p.Next)), rows)

	rows = nil
	for _, f := range p.Feeds {
		rows = append(rows, []string{feedWord(f), f.Name, ageWord(f.Status, at), f.Resting})
	}
	good, _ := board.Sound(p.Feeds, at, p.FeedsFrom)
	section(fmt.Sprintf("FEEDS %d/%d", good, len(p.Feeds)), rows)

	rows = nil
	for _, e := range p.Events[:min(len(p.Events), nextShown)] {
		rows = append(rows, []string{e.At.UTC().Format("15:04:05Z"), e.ID, e.Text})
	}
	section("WHAT CHANGED", rows)
	return out
}

func nextWords(p *board.Page, at time.Time) string {
	if len(p.Next) == 0 {
		return ""
	}
	n := p.Next[0]
	return fmt.Sprintf(" · next: %s %s %s %s", nextWord(n), n.Text, n.At.UTC().Format("Mon 15:04Z"), release.Span(n.At.Sub(at)))
}

// nextWord says what a Next is.
func nextWord(n board.Next) string {
	switch {
	case n.Kind == board.GrantMark:
		return n.ID + " approval lapses"
	case n.Kind == board.RequestMark:
		return n.ID + " request expires"
	case n.Ends:
		return string(n.Kind) + " ends"
	}
	return string(n.Kind)
}

func harmWord(r board.Row, at time.Time) string {
	switch {
	case !r.Due.IsZero() && at.Before(r.Due):
		return "due " + r.Due.UTC().Format("Mon 15:04Z") + " " + release.Span(r.Due.Sub(at))
	case !r.Due.IsZero():
		return "over " + release.Span(at.Sub(r.Due))
	case r.Since.IsZero():
		return "—"
	}
	return release.Span(max(0, at.Sub(r.Since)))
}

func pulseWords(p board.Pulse, at time.Time) string {
	out := fmt.Sprintf("%d open", p.Open)
	if p.Open > 0 {
		out += ", oldest " + release.Span(max(0, at.Sub(p.Oldest)))
	}
	return out + fmt.Sprintf(", %d due within 3h, %d blocked, %d decided today", p.DueSoon, p.Blocked, p.Cleared)
}

func measuredWord(v *float64, stale bool, write func(float64) string) string {
	switch {
	case v == nil:
		return "—"
	case stale:
		return "~" + write(*v)
	}
	return write(*v)
}
