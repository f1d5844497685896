package main

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
)

// cursors are the rows under a cursor: where each stands, and the word after its mark. On a page, which is read from
// its top, only its own row has a place.
func (f frame) cursors(page bool) (out []string) {
	for y, line := range strings.Split(f.text(), "\n") {
		if _, rest, ok := strings.Cut(line, "▌"); ok && y > 1 {
			words := append(strings.Fields(rest), "", "")
			if page && y > 2 {
				y = 0
			}
			out = append(out, fmt.Sprint(y, " ", words[1]))
		}
	}
	return out
}

// row is a line of a frame, counted from 0.
func (f frame) row(y int) string { return strings.Split(f.text(), "\n")[y] }

// TestLiveOnEveryView: what one session commits, and what the forge tells, is on every other session's screen without
// a key; nothing moves under the cursor; what is worse is announced with its shape and counted, what is better is
// told quietly; what is worst stays on the ticker, and counts what came after it. Of the health of services TestOneFactOfHealth tells the same, of feeds going dark the flood.
func TestLiveOnEveryView(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := busy(t, "one")
		watchers := []struct {
			name                  string
			words, keys           []string
			better, worse, failed string // what the screen then shows, "" where it shows nothing of it
			page                  bool
			glass                 *glass
			was                   []string
		}{
			{name: "board", words: []string{"board"}, keys: []string{"j", "k"}, page: true, better: "cleared today 2", worse: "ACT NOW 3 +1 ■", failed: "ACT NOW 3 +2 ■"},
			{name: "queue", words: []string{"queue"}, better: "1/1  3/3   ●    approved", worse: "■ CHG-6 "},
			{name: "the change", words: []string{"show", "CHG-8"}, better: "● authorised · it may go in until"},
			{name: "the other change", words: []string{"show", "CHG-6"}, page: true, worse: "■ rollout it is rolling out to production without approval"},
			{name: "calendar", words: []string{"queue"}, keys: []string{"j", "j", "j", "2"}, worse: "RO-3"},
			{name: "graph", words: []string{"graph", "mobile-gw"}, worse: "in progress 0s  not approved"},
			{name: "rollouts", words: []string{"rollout"}, better: "waiting 1", worse: "[MOVING 2]", failed: "■ RO-2 "},
			{name: "rollout", words: []string{"go", "RO-2"}, failed: "■ RO-2 "},
			{name: "feeds", words: []string{"feeds"}, worse: "48 accepted"},
		}
		for k := range watchers {
			w := &watchers[k]
			w.glass = s.open("n.okafor", "dark", 80, 24, w.words...)
			w.glass.press(w.keys...)
			w.was = w.glass.cells().cursors(w.page)
		}
		look := func(what, ticker, stop string, want func(k int) string) {
			for k := range watchers {
				w := &watchers[k]
				w.glass.settle()
				f := w.glass.cells()
				if body := f[2:22].text(); !strings.Contains(body, want(k)) {
					t.Errorf("%s: %s shows no %q:\n%s", what, w.name, want(k), f.text())
				}
				if now := f.cursors(w.page); fmt.Sprint(now) != fmt.Sprint(w.was) {
					t.Errorf("%s: under the cursor of %s was %v and is %v:\n%s", what, w.name, w.was, now, f.text())
				}
				if said := f.row(22); !strings.Contains(said, ticker) || strings.ContainsAny(said, "■▲") != (stop != "■2 STOP") {
					t.Errorf("%s: the ticker of %s says %q", what, w.name, said)
				}
				if !strings.Contains(f.row(1), stop) {
					t.Errorf("%s: the alarm line of %s is %q", what, w.name, f.row(1))
				}
			}
		}
		other := s.open("p.lind", "dark", 80, 24, "show", "CHG-8")
		other.press("A", "\r")
		look("an approval", "CHG-8 p.lind approved notify-svc", "■2 STOP", func(k int) string { return watchers[k].better })
		s.until(24, "12:06:00")
		s.ships["mobile-gw"].status("in_progress")
		look("a rollout without approval", "■ CHG-6 mobile-gw 8.0.1 rolls out to production without", "■3 STOP", func(k int) string { return watchers[k].worse })
		s.until(24, "12:08:00")
		s.ships["status-page"].status("failure")
		look("a rollout that failed", "]2 more", "■4 STOP", func(k int) string { return watchers[k].failed })
	})
}
