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
		{"from a clock that is a little ahead", time.Minute, -time.Hour, true, feed.Fresh},
		{"from the future: nobody knows when it was", time.Minute, -time.Hour - 1, true, feed.Dark},
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

// A promise is judged from when it was made: a feed whose promise has just become shorter is not dark by it,
// and one that never spoke is no fresher for being configured again.
func TestAspectSinceItsPromise(t *testing.T) {
	s := feed.Status{ExpectEvery: time.Minute, LastGood: noon.Add(-time.Hour), Since: noon.Add(-2 * time.Minute)}
	if got := s.Aspect(noon, noon); got != feed.Late {
		t.Errorf("two minutes after its promise was made: %s", got)
	}
	if got := s.Aspect(noon.Add(2*time.Minute), noon); got != feed.Dark {
		t.Errorf("four minutes after: %s", got)
	}
	never := feed.Status{ExpectEvery: time.Minute, Since: noon.Add(-time.Hour)}
	if got := never.Aspect(noon, noon); got != feed.Dark {
		t.Errorf("one that never spoke, after a restart: %s", got)
	}
}

func TestBackoff(t *testing.T) {
	for n, want := range map[int]time.Duration{1: time.Second, 2: 2 * time.Second, 7: 64 * time.Second, 8: feed.MostBackoff, 50: feed.MostBackoff} {
		if got := feed.Backoff(n, feed.Retry, 0); got != want {
			t.Errorf("failure %d: %s, want %s", n, got, want)
		}
	}
	if got := feed.Backoff(1, feed.Auth, 0.999); got < feed.MostBackoff*3/4 || got > feed.MostBackoff {
		t.Errorf("a secret that is wrong: %s", got)
	}
}

func TestCheckDrop(t *testing.T) {
	for _, c := range []struct{ code, own, want string }{{"settled", "", "It was settled by hand"}, {"settled", "the sender was mended today", "the sender was mended today"}} {
		if got, err := feed.CheckDrop(c.code, c.own); err != nil || got != c.want {
			t.Errorf("%v: %q, %v", c, got, err)
		}
	}
	for _, c := range []struct{ code, own string }{{"", ""}, {"x", ""}, {"settled", "too short"}} {
		if got, err := feed.CheckDrop(c.code, c.own); err == nil {
			t.Errorf("%v is taken: %q", c, got)
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
