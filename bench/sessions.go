package main

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"time"
)

// measured is what was seen of one server with a number of live screens.
type measured struct {
	p50, p99 float64 // ms from a key to the marker
	cpu      float64 // ms a second and screen
	rss      float64 // KB a screen
}

// figures of one server.
type figures struct {
	at          map[int]measured
	first       float64 // ms from dialling to the first frame
	firstBytes  int
	key, tick   int // payload bytes
	keyW, tickW int // bytes on the wire
	watchers    float64
	reads       int64
}

// effort is how long everything is measured for.
type effort struct {
	live   []int
	keys   int
	window time.Duration
	dials  int
	stock  int // the most screens of the stock renderer
}

// sessions measures one kind of server at every number of screens.
func sessions(kind, root string, e effort, size echo) (f figures, err error) {
	s, err := start("serve", kind, root, strconv.Itoa(size.first), strconv.Itoa(size.key), strconv.Itoa(size.tick))
	if err != nil {
		return f, err
	}
	defer s.stop()
	key, err := signer(s.Key)
	if err != nil {
		return f, err
	}
	word, whole := "SIGNALBOX", "checkout-web"
	if kind == "raw" {
		word, whole = "▌", "▌"
	}
	f.at = map[int]measured{}

	var opened []time.Duration
	for range e.dials {
		begun := time.Now()
		c, seen, err := dial(s.SSH, key, word)
		if err != nil {
			return f, err
		}
		select {
		case at := <-seen:
			opened = append(opened, at.Sub(begun))
		case <-time.After(20 * time.Second):
			return f, fmt.Errorf("%s: %w", kind, errSilent)
		}
		chunks, _ := c.take()
		f.firstBytes = max(f.firstBytes, sum(chunks))
		c.close()
	}
	f.first = percentile(opened, 50)
	time.Sleep(1500 * time.Millisecond) // those sessions end
	base := s.rss()

	var all []*session
	defer func() {
		for _, c := range all {
			if c != nil {
				c.close()
			}
		}
	}()
	for _, n := range e.live {
		more, err := crowd(s.SSH, key, n-len(all), whole)
		all = append(all, more...)
		if err != nil {
			return f, err
		}
		time.Sleep(2 * time.Second) // what an opening leaves behind
		if n == 1 && kind != "raw" {
			if err := f.sizes(all[0]); err != nil {
				return f, err
			}
		}
		var m measured
		before, begun := s.cpu(), time.Now()
		time.Sleep(e.window)
		m.cpu = float64((s.cpu() - before).Microseconds()) / 1000 / time.Since(begun).Seconds() / float64(n)
		var took []time.Duration
		for range e.keys {
			d, err := all[rand.IntN(len(all))].key()
			if err != nil {
				return f, fmt.Errorf("%s: %w", kind, err)
			}
			took = append(took, d)
			time.Sleep(time.Duration(5+rand.IntN(10)) * time.Millisecond)
		}
		m.p50, m.p99 = percentile(took, 50), percentile(took, 99)
		m.rss = (s.rss() - base) / float64(n)
		f.at[n] = m
	}
	if kind == "ours" {
		err = f.watch(s, all)
	}
	return f, err
}

// sizes counts the bytes of a cursor's move and of a second that passes.
func (f *figures) sizes(c *session) error {
	var keys, keysW, ticks, ticksW []int
	for range 12 {
		// Between two beats of the clock.
		c.take()
		for {
			time.Sleep(5 * time.Millisecond)
			if chunks, wire := c.take(); len(chunks) > 0 {
				ticks, ticksW = append(ticks, sum(chunks)), append(ticksW, wire)
				break
			}
		}
		time.Sleep(100 * time.Millisecond)
		c.take()
		if _, err := c.key(); err != nil {
			return err
		}
		time.Sleep(300 * time.Millisecond)
		chunks, wire := c.take()
		if sum(chunks) == 0 {
			return errSilent
		}
		keys, keysW = append(keys, sum(chunks)), append(keysW, wire)
	}
	f.key, f.keyW, f.tick, f.tickW = median(keys), median(keysW), median(ticks), median(ticksW)
	return nil
}

// watch has one change made and waits until the last of all screens shows it.
func (f *figures) watch(s *server, all []*session) error {
	for n := range 3 {
		var seen []<-chan time.Time
		for _, c := range all {
			seen = append(seen, c.expect(watched[:3]))
		}
		a, err := s.ask(order{Do: "change", N: n})
		if err != nil {
			return err
		}
		var last time.Time
		for _, got := range seen {
			select {
			case at := <-got:
				if at.After(last) {
					last = at
				}
			case <-time.After(20 * time.Second):
				return fmt.Errorf("a screen does not show the change: %w", errSilent)
			}
		}
		if took := last.Sub(a.Committed).Seconds() * 1000; n == 0 || took < f.watchers {
			f.watchers, f.reads = took, a.Reads
		}
		time.Sleep(2 * time.Second)
	}
	return nil
}

func sum(all []int) int {
	n := 0
	for _, v := range all {
		n += v
	}
	return n
}

// screens prints the rows of the SSH sessions.
func screens(t *table, root string, e effort) error {
	head(fmt.Sprintf("Screens over SSH, %d×%d, the queue of an example company, the clock beating each second", columns, rows))
	ours, err := sessions("ours", root, e, echo{})
	if err != nil {
		return err
	}
	few := e
	few.live = slices.DeleteFunc(slices.Clone(e.live), func(n int) bool { return n > e.stock })
	stock, err := sessions("stock", root, few, echo{})
	if err != nil {
		return err
	}
	raw, err := sessions("raw", root, e, echo{ours.firstBytes, ours.key, ours.tick})
	if err != nil {
		return err
	}
	const limit, peer = "raw x/crypto/ssh", "stock Bubble Tea v2"
	most := e.live[len(e.live)-1]
	for _, n := range e.live {
		a, b := ours.at[n], raw.at[n]
		live := fmt.Sprintf(", %d live", n)
		if n == most {
			t.atMost("key → bytes p50"+live, a.p50, b.p50, "ms", limit, 2)
			t.atMost("key → bytes p99"+live, a.p99, b.p99, "ms", limit, 12)
			t.atMost("CPU a second and screen"+live, a.cpu, b.cpu, "ms", limit, 4)
			t.bound("RSS a screen after GC"+live, a.rss, "KB", 300)
		} else {
			t.note("key → bytes p50"+live, a.p50, "ms", b.p50, limit)
			t.note("key → bytes p99"+live, a.p99, "ms", b.p99, limit)
			t.note("CPU a second and screen"+live, a.cpu, "ms", b.cpu, limit)
		}
		if n > 1 {
			t.note("RSS a screen after GC"+live, a.rss, "KB", b.rss, limit)
		}
		c, ok := stock.at[n]
		switch last := few.live[len(few.live)-1]; {
		case !ok: // it was not asked for so many
		case n == last: // the most that it carries here: the goals that name it
			t.atLeast("key → bytes p50"+live, a.p50, c.p50, "ms", peer, 25, false)
			t.note("key → bytes p99"+live, a.p99, "ms", c.p99, peer)
			t.atLeast("CPU a second and screen"+live, a.cpu, c.cpu, "ms", peer, 4, false)
			t.atLeast("RSS a screen after GC"+live, a.rss, c.rss, "KB", peer, 5, false)
		default:
			t.note("key → bytes p50"+live, a.p50, "ms", c.p50, peer)
			t.note("CPU a second and screen"+live, a.cpu, "ms", c.cpu, peer)
		}
	}
	t.bound("a second passes: wire bytes", float64(ours.tickW), "B", 70)
	t.note("a second passes: wire bytes", float64(ours.tickW), "B", float64(stock.tickW), peer)
	t.bound("the cursor moves: wire bytes", float64(ours.keyW), "B", 60)
	t.note("the cursor moves: wire bytes", float64(ours.keyW), "B", float64(stock.keyW), peer)
	t.atMost("connect → first frame p50", ours.first, raw.first, "ms", limit, 2)
	t.note("connect → first frame p50", ours.first, "ms", stock.first, peer)
	live := e.live[len(e.live)-1]
	t.bound(fmt.Sprintf("commit → last of %d watchers shows it", live), ours.watchers, "ms", 100)
	t.note("readings of the store for it, in 0.7 s", float64(ours.reads), "", 0, "")
	return nil
}
