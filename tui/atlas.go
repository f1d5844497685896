package tui

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"signalbox/release"
	"signalbox/release/change"
	"signalbox/release/conflict"
	"signalbox/release/rollout"
	"signalbox/release/simulation"
	"signalbox/views"
)

// home is the view that a session begins with, where its person has chosen none.
const home = "board"

// place is a view by the keys that go to it.
type place struct {
	digit, letter string // "4"; the key after g
	name          string
}

// atlas lists every view of the design in the order of its digits. A view that this build lacks says so.
func atlas() []place {
	return []place{
		{"1", "b", "board"}, {"2", "c", "calendar"}, {"3", "x", "conflicts"}, {"4", "q", "queue"}, {"5", "d", "graph"},
		{"6", "r", "rollouts"}, {"7", "h", "health"}, {"8", "i", "incident"}, {"9", "t", "trains"},
		{"", "s", "services"}, {"", "u", "audit"}, {"", "m", "metrics"}, {"", "a", "access"}, {"", "f", "feeds"}, {"", "z", "sandbox"},
	}
}

// visit goes to the list that a digit or a letter after g names.
func (s *shell) visit(match func(place) bool) (tea.Cmd, bool) {
	for _, p := range atlas() {
		if match(p) {
			return s.goTo(p.name), true
		}
	}
	return nil, false
}

// goTo goes to a list and carries the selection there: what it has of it is under its cursor.
func (s *shell) goTo(name string) tea.Cmd {
	if name == "sandbox" && s.drill == nil {
		s.say(note{aspect: release.Planned, text: "this is production, not a sandbox", try: "signalbox sandbox starts one"})
		return nil
	}
	if _, ok := s.views[name]; !ok {
		return s.absent(name)
	}
	if s.top().view.Name() == name && s.top().open.View == name { // one is there: nothing moves
		return s.reread(s.top())
	}
	focus, chosen := views.FocusOf(s.top().view.Selection()), s.chosen()
	if (name == "queue" || name == "conflicts") && !chosen {
		focus = views.Focus{} // nobody has picked anything yet: these begin with what is most urgent
	}
	cmd := s.root(views.Open{View: name, ID: focus.For(name)}, focus)
	s.top().chosen = s.top().chosen || chosen
	return cmd
}

// chosen reports whether somebody picked what is selected on top: moved there, opened it, or carried it there.
func (s *shell) chosen() bool {
	return s.top().chosen || len(s.stack) > 1
}

// absent answers for a view that this build does not have.
func (s *shell) absent(name string) tea.Cmd {
	s.say(note{aspect: release.Planned, text: release.Clean(name, 40) + " is not in this build yet", try: "0 lists all places"})
	return nil
}

// start says what the words after ssh -t HOST open, the root first.
func start(words []string) ([]views.Open, error) {
	root := views.Open{View: home}
	list := []views.Open{root}
	if len(words) == 0 {
		return list, nil
	}
	rest := words[1:]
	if words[0] == "change" && len(rest) > 0 && rest[0] == "show" {
		words, rest = words[1:], rest[1:]
	}
	if words[0] == "service" && len(rest) > 0 && rest[0] == "graph" {
		words, rest = words[1:], rest[1:]
	}
	switch words[0] {
	case home:
		return list, nil
	case "wall":
		return []views.Open{{View: home, ID: "wall"}}, nil
	case "queue", "q":
		return []views.Open{{View: "queue"}}, nil
	case "go", "show":
		if len(rest) == 0 {
			return list, nil
		}
		opens, err := thing(rest[0])
		return append(list, opens...), err
	case "sandbox":
		switch {
		case len(rest) == 0:
			return append(list, views.Open{View: "sandbox"}), nil
		case len(rest) == 2 && rest[0] == "at":
			return append(list, views.Open{View: "sandbox", ID: release.Clean(rest[1], 200)}), nil
		}
	case "calendar":
		switch {
		case len(rest) == 0 || len(rest) == 1 && rest[0] == "list":
			return append(list, views.Open{View: "calendar"}), nil
		case len(rest) == 1 && dated(rest[0]):
			return append(list, views.Open{View: "calendar", ID: unspelt(rest[0])}), nil
		}
	case "conflicts":
		if len(rest) == 0 {
			return append(list, views.Open{View: "conflicts"}), nil
		}
		if id, err := conflict.ParseID(rest[0]); len(rest) == 1 && err == nil {
			return append(list, views.Open{View: "conflicts", ID: id}), nil
		}
	case "rollout":
		if len(rest) == 0 || len(rest) == 1 && rest[0] == "list" {
			return append(list, views.Open{View: "rollouts"}), nil
		}
		if len(rest) == 2 && rest[0] == "show" {
			id, err := rollout.ParseID(rest[1])
			if err != nil {
				return list, err
			}
			return append(list, views.Open{View: "rollouts"}, views.Open{View: "rollout", ID: id}), nil
		}
	case "graph":
		switch {
		case len(rest) == 0:
			return append(list, views.Open{View: "graph"}), nil
		case len(rest) == 1 && !strings.HasPrefix(rest[0], "-"):
			return append(list, views.Open{View: "graph", ID: rest[0]}), nil
		}
	case "health":
		switch {
		case len(rest) == 0:
			return append(list, views.Open{View: "health"}), nil
		case len(rest) == 1 && !strings.HasPrefix(rest[0], "-"):
			return append(list, views.Open{View: "health", ID: rest[0]}), nil
		}
	case "feeds":
		switch {
		case len(rest) == 0:
			return append(list, views.Open{View: "feeds"}), nil
		case len(rest) == 1 && !feedVerb(rest[0]):
			return append(list, views.Open{View: "feeds", ID: rest[0]}), nil
		}
	}
	return list, release.Errorf(release.Usage, "%s is not a screen", release.Clean(strings.Join(words, " "), 40)).
		Advise("this is the board; go CHG-12 opens a change, go RO-3 a rollout")
}

// thing is what the word after go opens: a change, a conflict, a rollout, a freeze on the calendar, a dead letter or a message.
func thing(word string) ([]views.Open, error) {
	if rollout.IsID(word) {
		id, err := rollout.ParseID(word)
		if err != nil {
			return nil, err
		}
		return []views.Open{{View: "rollouts"}, {View: "rollout", ID: id}}, nil
	}
	for _, k := range []struct{ prefix, view, page string }{{"CX", "conflicts", ""}, {"FRZ", "calendar", ""}, {"DL", "feed", "letter "}, {"OUT", "feed", "message "}} {
		mark, rest, ok := "", strings.ToUpper(word), false
		if rest, ok = strings.CutPrefix(rest, strings.ToUpper(simulation.Mark)); ok {
			mark = simulation.Mark
		}
		if rest, ok = strings.CutPrefix(rest, k.prefix); !ok {
			continue
		}
		if n, err := strconv.ParseUint(strings.TrimPrefix(rest, "-"), 10, 63); err == nil && n > 0 {
			id := k.prefix + "-" + strconv.FormatUint(n, 10)
			if k.page != "" { // letters and messages bear no mark
				return []views.Open{{View: "feeds"}, {View: k.view, ID: k.page + id}}, nil
			}
			return []views.Open{{View: k.view, ID: mark + id}}, nil
		}
	}
	id, err := change.ParseID(word)
	if err != nil {
		return nil, err
	}
	return []views.Open{{View: "change", ID: id}}, nil
}

// dated reports whether a word after calendar says when: an instant (RFC 3339), or the key of an entry, which ends
// with one.
func dated(word string) bool {
	key := unspelt(word)
	_, err := time.Parse(time.RFC3339, key[strings.LastIndexByte(key, '/')+1:])
	return err == nil
}

// spelt writes a key as one word that no shell reads as anything else; unspelt reads it.
func spelt(key string) string {
	return strings.NewReplacer("%2F", "/", "%3A", ":", "%40", "@").Replace(url.QueryEscape(key))
}

func unspelt(word string) string {
	if key, err := url.QueryUnescape(word); err == nil {
		return release.Clean(key, 300)
	}
	return release.Clean(word, 300)
}

// feedVerb reports whether a word after feeds makes it another verb, not the name of a feed.
func feedVerb(word string) bool {
	return word == "log" || word == "retry" || word == "drop" || strings.HasPrefix(word, "-")
}

// link is the shell command that opens what is selected.
func (s *shell) link(sel views.Selection) string {
	here := "ssh -t " + s.host
	switch sel.Kind {
	case views.ChangeKind, views.RolloutKind:
		return here + " go " + sel.ID
	case views.FreezeKind, views.LetterKind, views.MessageKind, views.ConflictKind:
		return here + " go " + sel.ID
	case views.InjectKind, views.ScenarioKind:
		return here + " sandbox at " + spelt(sel.ID)
	case views.EntryKind:
		return here + " calendar " + spelt(sel.ID)
	case views.NodeKind:
		return here + " graph " + sel.ID
	case views.ServiceKind:
		return here + " health " + sel.ID
	case views.AlertKind:
		if sel.Service != "" {
			return here + " health " + sel.Service
		}
		return here + " health"
	case views.MarkKind: // of the board: it is on the calendar
		if _, err := thing(sel.ID); err == nil {
			return here + " go " + sel.ID
		}
		return here + " calendar " + sel.At.UTC().Format(time.RFC3339)
	}
	if sel.Feed != nil {
		return here + " feeds " + sel.Feed.Name
	}
	return here
}

// nearest finds the word of few that differs from w in the fewest letters, "" where none is near.
func nearest(w string, of []string) string {
	best, dist := "", 4
	for _, o := range of {
		if strings.HasPrefix(o, w) && len(w) > 1 {
			return o
		}
		if d := distance(w, o); d < dist && 2*d <= len(o) {
			best, dist = o, d
		}
	}
	return best
}

// distance is the number of letters to change, add or drop between two short words.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range min(len(a), 64) {
		before := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := before
			if a[i] != b[j] {
				cost++
			}
			before, row[j+1] = row[j+1], min(row[j+1]+1, row[j]+1, cost)
		}
	}
	return row[len(b)]
}

// counted counts things in words.
func counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
