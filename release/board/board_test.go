package board_test

import (
	"testing"
	"time"

	"signalbox/release/board"
	"signalbox/release/feed"
)

var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

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
