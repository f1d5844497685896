package tui

import (
	"strings"
	"testing"
	"time"

	"signalbox/release/calendar"
	"signalbox/views"
)

// The link to whatever is selected opens, on a new session and from the palette, the screen with that selected.
func TestLinksOpenWhatTheyWereCopiedFrom(t *testing.T) {
	estate := wholeEstate()
	far := noon.AddDate(0, 3, 0)
	estate.Freezes = append(estate.Freezes, calendar.Freeze{ID: "FRZ-90", Kind: calendar.HardFreeze, Scope: "org", Interval: calendar.Interval{From: far, To: far.Add(48 * time.Hour)},
		Reason: "the end of the year is counted", DeclaredBy: "c.wu", DeclaredAt: noon.Add(-time.Hour), Revision: 1})
	o := Options{Views: places(), Width: 120, Height: 36, Host: "signalbox"}
	kinds := map[string]bool{}
	for _, c := range []struct{ view, id, kind, link string }{
		{"4", "CHG-4182", views.ChangeKind, "go CHG-4182"}, {"6", "RO-738", views.RolloutKind, "go RO-738"}, {"2", "RO-738", views.RolloutKind, "go RO-738"},
		{"2", "FRZ-14", views.FreezeKind, "go FRZ-14"}, {"2", "SOX Q4 evidence window", views.EntryKind, ""}, {"2", "US Thanksgiving", views.EntryKind, ""},
		{"5", "identity", views.NodeKind, "graph identity"}, {"7", "fraud-score", views.ServiceKind, "health fraud-score"}, {"1", "FRZ-14", views.MarkKind, "go FRZ-14"},
		{"1", "CHG-4182", views.MarkKind, "go CHG-4182"}, {"g f", "github", views.FeedKind, "feeds github"}, {"1", "DL-12", views.LetterKind, "go DL-12"}, {"1", "OUT-29", views.MessageKind, "go OUT-29"},
	} {
		start := o
		start.Start = []string{"board"}
		r := newRigIn(t, estate, start)
		r.keys(c.view)
		r.onto(t, c.id)
		sel := r.s.top().view.Selection()
		link := r.s.link(sel)
		kinds[sel.Kind] = true
		if sel.Kind != c.kind || c.link != "" && link != "ssh -t signalbox "+c.link {
			t.Errorf("the link of %s %s is %q", sel.Kind, c.id, link)
		}
		there := func(how string, r *rig) {
			now := r.s.top().view.Selection()
			same := now.ID == sel.ID && (now.Kind == sel.Kind || sel.Kind == views.MarkKind)
			if !same {
				t.Errorf("%s %q opens %s on %s %q, want %s %q", how, link, r.s.top().view.Name(), now.Kind, now.ID, sel.Kind, sel.ID)
			}
		}
		words := strings.Fields(link)[3:]
		if !Opens(words) {
			t.Errorf("%q opens nothing", words)
		}
		again := o
		again.Start = words
		there("ssh", newRigIn(t, estate, again))
		r = newRigIn(t, estate, start)
		r.keys(":")
		r.write(strings.Join(words, " "))
		r.keys("enter")
		there("the palette with", r)
		r = newRigIn(t, estate, start)
		r.keys(":")
		r.write(link)
		r.keys("enter")
		there("the palette with the whole of", r)
	}
	for _, words := range []string{"go FRZ-90", "go frz90"} { // in a week that is not on the screen
		again := o
		again.Start = strings.Fields(words)
		r := newRigIn(t, estate, again)
		if s := r.s.top().view.Selection(); s.Kind != views.FreezeKind || s.ID != "FRZ-90" {
			t.Errorf("%s opens %s on %s %q", words, r.s.top().view.Name(), s.Kind, s.ID)
		}
	}
	for _, words := range []string{"go FRZ-91", "go DL-99", "go RO-1000", "go CHG-99999"} { // there are none
		again := o
		again.Start = strings.Fields(words)
		if s := newRigIn(t, estate, again).s.top().view.Selection(); s.ID == again.Start[1] {
			t.Errorf("%s has %s %q", words, s.Kind, s.ID)
		}
	}
	for _, k := range []string{views.ChangeKind, views.RolloutKind, views.FreezeKind, views.EntryKind, views.NodeKind, views.ServiceKind, views.MarkKind, views.FeedKind, views.LetterKind, views.MessageKind} {
		if !kinds[k] {
			t.Errorf("no %s was tried", k)
		}
	}
}

// The key of an entry is one word of a shell, whatever a calendar calls it.
func TestKeysAreSpeltAsOneWord(t *testing.T) {
	for _, key := range []string{"retail/US-Thanksgiving/2026-11-26T05:00:00Z", "ops/a b$(c)&'d\"%2F@x/2026-11-26T05:00:00Z", "ü/☃/2026-11-26T05:00:00Z"} {
		word := spelt(key)
		if strings.ContainsAny(word, " $&'\"();|<>`*?") || unspelt(word) != key || !dated(word) {
			t.Errorf("%q is spelt %q and read %q", key, word, unspelt(word))
		}
	}
	for _, word := range []string{"show", "list", "--json", "24", "a/b"} {
		if Opens([]string{"calendar", word}) != (word == "list") {
			t.Errorf("calendar %s", word)
		}
	}
	if !Opens([]string{"calendar", "2026-11-27T00:00:00Z"}) {
		t.Error("an instant opens nothing")
	}
}
