package outbox_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"pgregory.net/rapid"

	"signalbox/release"
	"signalbox/release/outbox"
)

var at = time.Date(2026, 3, 8, 9, 0, 0, 0, time.UTC)

func TestSettle(t *testing.T) {
	lost := release.Errorf(release.Unavailable, "the pager did not answer in time")
	for name, c := range map[string]struct {
		reached            bool
		err                error
		deduplicates, last bool
		want               outbox.State
	}{
		"taken":                            {true, nil, true, false, outbox.Sent},
		"taken, by one that cannot tell":   {true, nil, false, false, outbox.Sent},
		"taken at the last try":            {true, nil, false, true, outbox.Sent},
		"not reached":                      {false, lost, true, false, outbox.Waiting},
		"not reached, cannot tell":         {false, lost, false, false, outbox.Waiting},
		"not reached at the last try":      {false, lost, false, true, outbox.Failed},
		"answer lost":                      {true, lost, true, false, outbox.Waiting},
		"answer lost at the last try":      {true, lost, true, true, outbox.Failed},
		"answer lost, cannot tell":         {true, lost, false, false, outbox.Unknown},
		"answer lost, cannot tell, at end": {true, lost, false, true, outbox.Unknown},
	} {
		t.Run(name, func(t *testing.T) {
			m := outbox.Message{ID: "OUT-1", State: outbox.Sending, Attempts: 3, LastError: "before"}
			got := outbox.Settle(m, outbox.Outcome{Reached: c.reached, Err: c.err}, c.deduplicates, c.last, at, "a sentence")
			want := m
			want.State, want.UpdatedAt, want.LastError = c.want, at, "a sentence"
			if c.err == nil {
				want.LastError = ""
			}
			if fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("got %+v, want %+v", got, want)
			}
		})
	}
}

func TestResume(t *testing.T) {
	for _, s := range []outbox.State{outbox.Waiting, outbox.Sending, outbox.Sent, outbox.Unknown, outbox.Failed, outbox.Dropped} {
		for _, deduplicates := range []bool{true, false} {
			m := outbox.Message{State: s, LastError: "before"}
			got := outbox.Resume(m, deduplicates, at)
			if s == outbox.Sending && !deduplicates {
				if got.State != outbox.Unknown || !got.UpdatedAt.Equal(at) || got.LastError == "before" {
					t.Errorf("%s: %+v", s, got)
				}
				continue
			}
			if fmt.Sprint(got) != fmt.Sprint(m) {
				t.Errorf("%s, %v: %+v", s, deduplicates, got)
			}
		}
		if over := s != outbox.Waiting && s != outbox.Sending; s.Over() != over {
			t.Errorf("%s is over: %v", s, s.Over())
		}
	}
}

// The steps of a worker, after each of which it may be killed.
const (
	fetched = iota
	resumed
	marked   // Sending is committed
	asked    // the request is on its way, and nobody has it
	acted    // the target has acted, and its answer is on the way
	answered // the answer is here
	settled  // the outcome is committed
	steps
)

// target acts on messages. One that honours keys acts once for each.
type target struct {
	honours bool
	effects map[string]int
	asked   map[string]int // how often each message was sent
}

// world is a store with messages, their target and the workers that come one after the other.
type world struct {
	target target
	stored map[string]outbox.Message
	now    time.Time
	// unknownAt is how often a message had been sent when it became Unknown.
	unknownAt map[string]int
}

func newWorld(honours bool, messages int) *world {
	w := &world{target: target{honours: honours, effects: map[string]int{}, asked: map[string]int{}}, stored: map[string]outbox.Message{},
		now: at, unknownAt: map[string]int{}}
	for i := range messages {
		m := outbox.Message{ID: fmt.Sprint("OUT-", i+1), Key: fmt.Sprint("key-", i+1), At: at, State: outbox.Waiting}
		w.stored[m.ID] = m
	}
	return w
}

// commit is a transaction: what was not committed is gone with its worker.
func (w *world) commit(m outbox.Message) {
	w.now = w.now.Add(time.Second)
	if _, before := w.unknownAt[m.ID]; m.State == outbox.Unknown && !before {
		w.unknownAt[m.ID] = w.target.asked[m.Key]
	}
	w.stored[m.ID] = m
}

// fault is what happens to one try. killed is the step after which the worker dies, steps for none; cut is
// where the connection breaks while the worker lives on: asked, acted, or steps for nowhere; refused is a
// target that answers with a no.
type fault struct {
	killed, cut int
	refused     bool
}

// work carries out one message once, as the worker of the outbox does, and reports whether it lived.
func (w *world) work(id string, f fault, last bool) bool {
	m := w.stored[id]
	if f.killed == fetched {
		return false
	}
	if m = outbox.Resume(m, w.target.honours, w.now); m.State.Over() {
		w.commit(m)
		return true
	}
	if f.killed == resumed {
		return false
	}
	m.State, m.Attempts = outbox.Sending, m.Attempts+1
	w.commit(m)
	if f.killed == marked {
		return false
	}
	outcome := w.send(m, f)
	if f.killed >= asked && f.killed <= answered {
		return false
	}
	sentence := ""
	if outcome.Err != nil {
		sentence = outcome.Err.Error()
	}
	last = last || outcome.Err != nil && release.CodeOf(outcome.Err) != release.Unavailable
	w.commit(outbox.Settle(m, outcome, w.target.honours, last, w.now, sentence))
	return f.killed != settled
}

// send is what the other side does, and what the worker that lives sees of it.
func (w *world) send(m outbox.Message, f fault) outbox.Outcome {
	w.target.asked[m.Key]++
	if f.killed == asked || f.cut == asked {
		return outbox.Outcome{Err: release.Errorf(release.Unavailable, "the target refuses the connection")}
	}
	if f.refused {
		return outbox.Outcome{Err: release.Errorf(release.Usage, "the target does not take the request")}
	}
	if !w.target.honours || w.target.effects[m.Key] == 0 {
		w.target.effects[m.Key]++
	}
	if f.cut == acted {
		return outbox.Outcome{Reached: true, Err: release.Errorf(release.Unavailable, "the target did not answer in time")}
	}
	return outbox.Outcome{Reached: true}
}

// check is SECURITY check 39 at any moment: no message has more than one effect, and one that is Unknown is
// never sent again.
func (w *world) check() error {
	var errs []error
	for _, m := range w.stored {
		if n := w.target.effects[m.Key]; n > 1 || m.State == outbox.Sent && n != 1 {
			errs = append(errs, fmt.Errorf("%s is %s and had %d effects", m.ID, m.State, n))
		}
		if n, unknown := w.unknownAt[m.ID]; unknown && (w.target.asked[m.Key] != n || m.State != outbox.Unknown || w.target.honours) {
			errs = append(errs, fmt.Errorf("%s was unknown after %d tries, is %s after %d", m.ID, n, m.State, w.target.asked[m.Key]))
		}
	}
	return errors.Join(errs...)
}

// TestKilledAtEveryStep kills the worker two hundred times at each step, each time after a few other deaths.
// Against a target that honours keys every message is sent in the end, with one effect; against one that does
// not, a death between the mark and the outcome makes it Unknown, and every other leaves it to be sent.
func TestKilledAtEveryStep(t *testing.T) {
	for _, honours := range []bool{true, false} {
		for step := range steps {
			unknown := 0
			for seed := range uint64(200) {
				random := rand.New(rand.NewPCG(seed, uint64(step)))
				w := newWorld(honours, 1)
				var deaths []int
				for range random.IntN(3) {
					deaths = append(deaths, random.IntN(steps))
				}
				deaths = append(deaths, step)
				for _, killed := range deaths {
					w.work("OUT-1", fault{killed: killed, cut: steps}, false)
					if err := w.check(); err != nil {
						t.Fatalf("honours %v, deaths %v: %v", honours, deaths, err)
					}
				}
				for !w.stored["OUT-1"].State.Over() {
					w.work("OUT-1", fault{killed: steps, cut: steps}, false)
				}
				if err := w.check(); err != nil {
					t.Fatalf("honours %v, deaths %v: %v", honours, deaths, err)
				}
				m := w.stored["OUT-1"]
				if honours && (m.State != outbox.Sent || w.target.effects[m.Key] != 1) {
					t.Fatalf("deaths %v: %s with %d effects", deaths, m.State, w.target.effects[m.Key])
				}
				if m.State == outbox.Unknown {
					unknown++
				}
				between := false
				for _, d := range deaths {
					if between = between || d >= marked && d <= answered; between || d == settled {
						break // the first of these decides
					}
				}
				if !honours && (m.State == outbox.Unknown) != between {
					t.Fatalf("deaths %v: %s", deaths, m.State)
				}
			}
			if between := step >= marked && step <= answered; honours && unknown > 0 || !honours && between && unknown == 0 {
				t.Errorf("honours %v, step %d: %d unknown", honours, step, unknown)
			}
		}
	}
}

// TestFaults mixes deaths, cut connections, refusals and last tries over several messages.
func TestFaults(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(rapid.Bool().Draw(t, "honours"), rapid.IntRange(1, 4).Draw(t, "messages"))
		for range rapid.IntRange(1, 40).Draw(t, "tries") {
			id := fmt.Sprint("OUT-", rapid.IntRange(1, len(w.stored)).Draw(t, "message"))
			before := w.stored[id]
			f := fault{killed: rapid.IntRange(0, 2*steps).Draw(t, "killed"), cut: rapid.SampledFrom([]int{asked, acted, steps}).Draw(t, "cut"),
				refused: rapid.IntRange(0, 9).Draw(t, "refused") == 0}
			w.work(id, f, rapid.IntRange(0, 9).Draw(t, "last") == 0)
			if err := w.check(); err != nil {
				t.Fatal(err)
			}
			if after := w.stored[id]; before.State.Over() && after.State != before.State {
				t.Fatalf("%s was %s and is %s", id, before.State, after.State)
			}
		}
		for id := range w.stored {
			for range 3 { // left alone, each comes to an end
				w.work(id, fault{killed: steps, cut: steps}, false)
			}
			if m := w.stored[id]; !m.State.Over() {
				t.Fatalf("%s is %s", id, m.State)
			}
		}
		if err := w.check(); err != nil {
			t.Fatal(err)
		}
	})
}
