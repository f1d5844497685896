package feeds

import (
	"slices"
	"strconv"
	"time"

	"signalbox/release/feed"
	"signalbox/release/outbox"
	"signalbox/views/kit"
)

// keptFor is how long a dead letter is kept.
const keptFor = 90 * 24 * time.Hour

func (p post) at() time.Time {
	if p.letter != nil {
		return p.letter.At
	}
	return p.message.At
}

// why is the reason for which a line stands in the lower pane.
func (p post) why() (string, kit.Style) {
	switch {
	case p.letter != nil:
		return p.letter.Reason, kit.Plain()
	case p.message.LastError != "":
		return p.message.LastError, kit.Plain()
	case p.message.State == outbox.Unknown:
		return "the answer was lost, and the other side cannot tell a repeat", kit.Plain()
	case p.message.State == outbox.Sending:
		return "it is under way", kit.Meta()
	}
	return "it is sent as soon as may be", kit.Meta()
}

// seen is how often it came, or was tried.
func (p post) seen() string {
	if p.letter != nil {
		return "seen " + strconv.Itoa(p.letter.Seen) + "×"
	}
	return counted(p.message.Attempts, "try", "tries")
}

// size writes a number of bytes.
func size(n int) string {
	if n < 1000 {
		return strconv.Itoa(n) + " B"
	}
	return strconv.FormatFloat(float64(n)/1000, 'f', 1, 64) + " kB"
}

// about are the facts of a dead letter or a message in h rows, their values from column at on: the reason on as
// many rows as there are, the rest on one each.
func (x facts) about(p post, at, h int) []fact {
	all := x.told(p)
	k := slices.IndexFunc(all, func(a fact) bool { return a.label == "reason" || a.label == "error" })
	if k < 0 || len(all) >= h {
		return fitted(all, h)
	}
	var rows []fact
	for n, l := range kit.Few(kit.Wrap(all[k].runs[0].Text, max(x.w-at-1, 12)), h-len(all)+1) {
		row := fact{rank: all[k].rank, runs: []kit.Run{kit.T(l, all[k].runs[0].Style)}}
		if n == 0 {
			row.label = all[k].label
		}
		rows = append(rows, row)
	}
	if len(rows) == 0 {
		return all
	}
	return slices.Concat(all[:k], rows, all[k+1:])
}

// told are the facts of a dead letter or a message, a row each.
func (x facts) told(p post) []fact {
	if m := p.message; m != nil {
		out := []fact{{rank: 9, label: "state", runs: []kit.Run{kit.Mark(messageAspect(m.State)), kit.T(" "+string(m.State), kit.AspectWord(messageAspect(m.State))), kit.T("  "+p.seen(), kit.Meta())}},
			{rank: 8, label: "tells", runs: []kit.Run{kit.T(m.Event+" ", kit.Plain()), kit.T(m.Subject, kit.Strong()), kit.T("  audit #"+kit.Thousands(m.Seq), kit.Meta())}}}
		if m.LastError != "" {
			out = append(out, fact{rank: 7, label: "error", runs: []kit.Run{kit.T(m.LastError, kit.Plain())}})
		}
		return append(out, fact{rank: 6, label: "key", runs: []kit.Run{kit.T(m.Key, kit.Meta())}})
	}
	l := p.letter
	body := size(l.Size)
	if l.Truncated {
		body += ", only its beginning is kept: it cannot be tried again"
	}
	return []fact{{rank: 9, label: "event", runs: []kit.Run{kit.T(l.Event, kit.Strong()), kit.T("  from "+l.Feed, kit.Meta())}},
		{rank: 7, label: "delivery", runs: []kit.Run{kit.T(l.Delivery, kit.Plain())}},
		{rank: 8, label: "reason", runs: []kit.Run{kit.T(l.Reason, kit.Plain())}},
		{rank: 6, label: "body", runs: []kit.Run{kit.T(body, kit.Plain())}},
		{rank: 5, label: "kept", runs: []kit.Run{kit.T("until "+kit.Instant(l.At.Add(keptFor), x.now, x.zone), kit.Plain()), kit.T(" · last "+moment(l.At, x.now, x.zone), kit.Meta())}}}
}

// aboutTitle heads them.
func aboutTitle(p post) []kit.Run {
	if p.message != nil {
		return kit.Heading(p.id()+" WHAT IT SAYS", "", "to "+p.message.Target)
	}
	return kit.Heading(p.id()+" AS RECEIVED", "", "")
}

// postOf is the dead letter or message of a feed with an id.
func postOf(l *feed.Line, id string) (post, bool) {
	for _, p := range append(letters(l), messages(l)...) {
		if p.id() == id {
			return p, true
		}
	}
	return post{}, false
}
