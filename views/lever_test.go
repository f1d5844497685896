package views_test

import (
	"strings"
	"testing"
	"time"

	"signalbox/control"
	"signalbox/release"
	"signalbox/release/access"
	"signalbox/release/board"
	"signalbox/release/change"
	"signalbox/release/feed"
	"signalbox/release/outbox"
	"signalbox/release/verb"
	"signalbox/views"
	"signalbox/views/kit"
)

var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

func item() *change.Item {
	c := change.Change{ID: "CHG-1", Revision: 2, State: change.Requested, Service: "search", Environment: "production", Requester: "dev", Digest: "sha256:aa"}
	i := change.Item{Change: c, Approval: change.Ask(c, 1, 3, noon), Target: access.Target{Service: "search"},
		Authors: []change.Author{{Person: "dev", As: "requester"}}}
	i.Duties = change.Separate(i.Authors)
	return &i
}

func person(id access.PersonID, role access.Role) *access.Person {
	return &access.Person{ID: id, Grants: []access.Grant{{Person: id, Role: role, Scope: access.Org}}}
}

func find(t *testing.T, name string) verb.Verb {
	t.Helper()
	v, ok := control.Catalogue().Find(name)
	if !ok {
		t.Fatalf("no verb %s", name)
	}
	return v
}

func TestLock(t *testing.T) {
	bob := person("bob", access.Approver)
	dark, over := item(), item()
	dark.EvidenceDark, dark.Stale = true, "github"
	over.Change.State, over.Change.Result = change.Closed, change.Done
	said := item()
	var err error
	if said.Approval, err = change.Decide(said.Approval, change.Decision{Person: "bob", Verdict: change.Reject, At: noon}); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, verb string
		i          *change.Item
		p          *access.Person
		says       string // "" for free
	}{
		{"approver", "approve", item(), bob, ""},
		{"author", "approve", item(), person("dev", access.Approver), "the approver must be another"},
		{"viewer", "approve", item(), person("vic", access.Viewer), "needs the role approver"},
		{"dark evidence", "approve", dark, bob, "rests on github, which is dark"},
		{"dark evidence is no bar to danger", "reject", dark, bob, ""},
		{"own decision", "undo", said, bob, ""},
		{"own decision of one whose grant is gone", "undo", said, person("bob", access.Viewer), "needs the role approver"},
		{"nobody", "undo", said, nil, "nobody is signed in"},
		{"question", "question", item(), bob, ""},
		{"question by a viewer", "question", item(), person("vic", access.Viewer), "needs the role approver"},
		{"nothing to take back", "undo", item(), bob, "no decision"},
		{"nobody waits for an answer", "question", over, bob, "nobody waits"},
		{"nothing selected", "approve", nil, bob, "nothing is selected"},
	} {
		err := views.Lock(find(t, c.verb), c.i, c.p, noon)
		switch {
		case c.says == "" && err != nil:
			t.Errorf("%s: %v", c.name, err)
		case c.says != "" && (release.CodeOf(err) != release.Refused || !strings.Contains(err.Error(), c.says)):
			t.Errorf("%s: %v, want %q", c.name, err, c.says)
		}
	}
}

func TestLeversShowWhatMayBePulled(t *testing.T) {
	keys := func(f views.Frame) map[string]kit.Weight {
		out := map[string]kit.Weight{}
		for _, h := range views.Levers("queue", f, item()) {
			out[h.Key] = h.Weight
		}
		return out
	}
	f := views.Frame{Now: noon, Zone: time.UTC, Verbs: control.Catalogue(), Person: person("bob", access.Approver)}
	if got := keys(f); got["A"] != kit.LeverKey || got["R"] != kit.LeverKey || len(got) != 3 {
		t.Errorf("an approver: %v", got) // A R Q, and no U: there is nothing to take back
	}
	f.Alarm = board.Alarm{Store: "STORE does not answer"}
	if got := keys(f); got["A"] != kit.LockedKey {
		t.Errorf("with the store down: %v", got)
	}
	f = views.Frame{Now: noon, Verbs: control.Catalogue(), Person: person("vic", access.Viewer)}
	if got := keys(f); len(got) != 0 {
		t.Errorf("a viewer: %v", got)
	}
}

func TestTroubleSaysWhatIsOld(t *testing.T) {
	f := views.Frame{Now: noon, Zone: time.UTC, Alarm: board.Alarm{Store: "STORE does not answer since 11:59:00Z"}}
	text := func(f views.Frame, e *release.Error) string {
		runs, _ := views.Trouble(f, e, noon)
		var b strings.Builder
		for _, r := range runs {
			b.WriteString(r.Text)
		}
		return b.String()
	}
	if got := text(f, nil); got != "■ STORE does not answer since 11:59:00Z · as of 12:00:00Z · no lever works" {
		t.Errorf("%q", got)
	}
	f.Alarm.Store = ""
	if got := text(f, release.Errorf(release.Internal, "it broke").Advise("look at the log")); got != "○ it broke · as of 12:00:00Z · look at the log" {
		t.Errorf("%q", got)
	}
	if got := text(f, nil); got != "" {
		t.Errorf("%q", got)
	}
}

// Every code that the verb takes has its reason in the sheet, and a message none that only a letter can have.
func TestReadyReasonsForDropping(t *testing.T) {
	v := find(t, "feeds drop")
	letter, message := views.Selection{Kind: views.LetterKind, ID: "DL-1"}, views.Selection{Kind: views.MessageKind, ID: "OUT-1"}
	got := views.Reasons(v, letter)
	if len(got) != len(feed.DropReasons) {
		t.Fatalf("%d reasons of %d", len(got), len(feed.DropReasons))
	}
	for _, r := range got {
		if said, err := feed.CheckDrop(r.Code, ""); err != nil || said != r.Text {
			t.Errorf("%s: %q, %v", r.Code, said, err)
		}
	}
	for _, r := range views.Reasons(v, message) {
		if r.Code == "repeated" {
			t.Error("a message is given up because somebody delivered it again")
		}
	}
	if n := len(views.Reasons(find(t, "approve"), letter)); n != 0 {
		t.Errorf("approve offers %d reasons of its own", n)
	}
}

func TestMayOnFeeds(t *testing.T) {
	admin, coordinator := person("a.kim", access.Admin), person("c.wu", access.Coordinator)
	pull, push := &feed.Line{Status: feed.Status{Name: "prom", Kind: feed.Pull}}, &feed.Line{Status: feed.Status{Name: "hub", Kind: feed.Push}}
	whole, cut := feed.Letter{ID: "DL-1", Feed: "hub"}, feed.Letter{ID: "DL-2", Feed: "hub", Truncated: true, Size: 31}
	on := func(l *feed.Line) views.Selection { return views.Selection{Kind: views.FeedKind, ID: l.Name, Feed: l} }
	letter := func(l *feed.Letter) views.Selection {
		return views.Selection{Kind: views.LetterKind, ID: l.ID, Feed: push, Letter: l}
	}
	message := func(s outbox.State) views.Selection {
		return views.Selection{Kind: views.MessageKind, ID: "OUT-1", Feed: push, Message: &outbox.Message{ID: "OUT-1", State: s}}
	}
	for _, c := range []struct {
		verb string
		s    views.Selection
		p    *access.Person
		id   string // that the call would name
		says string // "" for free
	}{
		{"feeds retry", on(pull), coordinator, "prom", ""}, {"feeds retry", on(push), coordinator, "hub", "a push feed is not read"},
		{"feeds retry", letter(&whole), coordinator, "DL-1", ""}, {"feeds retry", letter(&cut), coordinator, "DL-2", "only the beginning of DL-2 was kept: it had 31 bytes"},
		{"feeds retry", message(outbox.Failed), admin, "OUT-1", ""}, {"feeds retry", message(outbox.Unknown), admin, "OUT-1", ""},
		{"feeds retry", message(outbox.Waiting), admin, "OUT-1", "OUT-1 is waiting"},
		{"feeds drop", on(pull), admin, "prom", "no dead letter is selected"}, {"feeds drop", letter(&cut), admin, "DL-2", ""},
		{"feeds drop", letter(&whole), coordinator, "DL-1", "it needs the role admin"}, {"feeds drop", message(outbox.Sending), admin, "OUT-1", "OUT-1 is sending"},
		{"feeds drop", message(outbox.Waiting), admin, "OUT-1", ""}, {"connector test", letter(&whole), coordinator, "hub", ""}, {"connector test", on(pull), nil, "prom", "nobody is signed in"},
		{"approve", views.Selection{}, admin, "", "nothing is selected"},
	} {
		v := find(t, c.verb)
		err := views.May(v, c.s, c.p, noon)
		if c.says == "" && err != nil || c.says != "" && (release.CodeOf(err) != release.Refused || !strings.Contains(err.Error(), c.says)) {
			t.Errorf("%s on %s: %v, want %q", c.verb, c.s.ID, err, c.says)
		}
		if got := views.Subject(v, c.s); got != c.id {
			t.Errorf("%s on %s names %q, want %q", c.verb, c.s.ID, got, c.id)
		}
	}
}
