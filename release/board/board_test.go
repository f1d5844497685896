package board_test

import (
	"testing"
	"time"

	"signalbox/release"
	"signalbox/release/access"
	"signalbox/release/board"
	"signalbox/release/change"
	"signalbox/release/feed"
)

var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

func TestCount(t *testing.T) {
	row := func(edit func(*change.Item)) change.Item {
		i := change.Item{
			Change:   change.Change{State: change.Requested, Service: "pay"},
			Approval: change.Approval{State: change.Waiting, RequestedAt: noon, ExpiresAt: noon.Add(72 * time.Hour)},
			Duties:   change.Duties{Aspect: release.Go}, Eligible: []access.PersonID{"a"},
		}
		edit(&i)
		return i
	}
	q := &change.Queue{Items: []change.Item{
		row(func(*change.Item) {}), // planned: counted nowhere
		row(func(i *change.Item) { i.Eligible = nil }),
		row(func(i *change.Item) { i.Duties.Aspect = release.Dark }),
		row(func(i *change.Item) { i.EvidenceDark = true }), // dark counts as stop
		row(func(i *change.Item) { i.Change.Risk.Score = 70 }),
		row(func(i *change.Item) { i.Change.Kind = change.Emergency }),
		row(func(i *change.Item) { i.Approval.RequestedAt = noon.Add(-300 * time.Hour) }),
		row(func(i *change.Item) { i.Change.State = change.Authorised }),
	}, Decided: []change.Item{row(func(i *change.Item) { i.Eligible = nil })}}
	if stop, caution, escalated := board.Count(q, noon); stop != 3 || caution != 2 || escalated != 1 {
		t.Errorf("%d stop, %d caution, %d escalated; want 3, 2, 1", stop, caution, escalated)
	}
	if stop, caution, escalated := board.Count(&change.Queue{}, noon); stop+caution+escalated != 0 {
		t.Error("an empty queue counts something")
	}
}

func TestDarkFeeds(t *testing.T) {
	feeds := []feed.Status{
		{Name: "quiet"},
		{Name: "fresh", ExpectEvery: time.Minute, LastGood: noon},
		{Name: "late", ExpectEvery: time.Minute, LastGood: noon.Add(-3 * time.Minute)},
		{Name: "dark", ExpectEvery: time.Minute, LastGood: noon.Add(-3*time.Minute - 1)},
		{Name: "never", ExpectEvery: time.Minute},
	}
	a := board.Alarm{Feeds: feeds, Since: noon.Add(-time.Hour)}
	if n, first := a.DarkFeeds(noon); n != 2 || first.Name != "dark" {
		t.Errorf("%d dark, the first is %q", n, first.Name)
	}
	a.Since = noon
	if n, _ := a.DarkFeeds(noon); n != 1 {
		t.Errorf("%d dark just after the start", n)
	}
	a.Feeds = feeds[:3]
	if n, first := a.DarkFeeds(noon); n != 0 || first.Name != "" {
		t.Errorf("%d dark, the first is %q", n, first.Name)
	}
}
