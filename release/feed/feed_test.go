package feed_test

import (
	"testing"
	"time"

	"signalbox/release/feed"
)

var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

func TestAspectAtItsBoundaries(t *testing.T) {
	never := time.Duration(-1)
	for _, c := range []struct {
		name    string
		promise time.Duration
		age     time.Duration // of the last good, or of signalbox's expecting where it was never good
		good    bool
		want    feed.Aspect
	}{
		{"no promise, never good", 0, time.Hour, false, feed.Quiet},
		{"no promise, old", 0, 1000 * time.Hour, true, feed.Quiet},
		{"a negative promise is none", never, time.Hour, true, feed.Quiet},
		{"now", time.Minute, 0, true, feed.Fresh},
		{"from the future: a clock is wrong, not the feed", time.Minute, -time.Hour, true, feed.Fresh},
		{"at its promise", time.Minute, time.Minute, true, feed.Fresh},
		{"just past it", time.Minute, time.Minute + 1, true, feed.Late},
		{"at three promises", time.Minute, 3 * time.Minute, true, feed.Late},
		{"just past three", time.Minute, 3*time.Minute + 1, true, feed.Dark},
		{"never good, just started", time.Minute, 0, false, feed.Fresh},
		{"never good at three promises", time.Minute, 3 * time.Minute, false, feed.Late},
		{"never good past three", time.Minute, 3*time.Minute + 1, false, feed.Dark},
	} {
		s, since := feed.Status{ExpectEvery: c.promise}, noon.Add(-1000*time.Hour)
		if c.good {
			s.LastGood = noon.Add(-c.age)
		} else {
			since = noon.Add(-c.age)
		}
		if got := s.Aspect(noon, since); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

func TestAge(t *testing.T) {
	if got := (feed.Status{}).Age(noon); got != 0 {
		t.Errorf("a feed that was never good is %s old", got)
	}
	s := feed.Status{LastGood: noon}
	if s.Age(noon.Add(time.Minute)) != time.Minute || s.Age(noon.Add(-time.Minute)) != 0 {
		t.Errorf("ages %s and %s", s.Age(noon.Add(time.Minute)), s.Age(noon.Add(-time.Minute)))
	}
}
