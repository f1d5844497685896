package queue_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"signalbox/release/change"
	"signalbox/themes"
	"signalbox/views"
	"signalbox/views/kit"
	"signalbox/views/queue"
	"signalbox/views/viewtest"
)

func many(n int) *viewtest.Company {
	c := viewtest.Story()
	for k := range n - len(c.Stored) {
		c.Add(fmt.Sprintf("CHG-%d", 5000+k), "search", fmt.Sprintf("3.%d", k), viewtest.Noon.Add(-time.Duration(k)*time.Minute))
	}
	return c
}

func BenchmarkDraw(b *testing.B) {
	for _, n := range []int{8, 200, 1000} {
		for _, s := range sizes {
			c := many(n)
			v := viewtest.Open(queue.New(c), s[0], s[1])
			f := c.Frame()
			b.Run(fmt.Sprintf("%d rows %dx%d", n, s[0], s[1]), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					v.Draw(kit.New(s[0], s[1], themes.Rich), f)
				}
			})
		}
	}
}

// shared answers every reading with one snapshot, as control does while nothing happens.
type shared struct {
	*viewtest.Company
	queue *change.Queue
	err   error
}

func (s *shared) Queue(context.Context) (*change.Queue, error) { return s.queue, s.err }

func BenchmarkRefresh(b *testing.B) {
	for _, n := range []int{200, 1000} {
		c := many(n)
		q, err := c.Queue(context.Background())
		if err != nil {
			b.Fatal(err)
		}
		run := func(name string, w views.World) {
			v := viewtest.Open(queue.New(w), 80, 20)
			v, cmd := v.Update(views.Refresh{})
			msg := cmd()
			b.Run(fmt.Sprintf("%d rows, %s", n, name), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					// The same answer is late the second time, so each round takes it anew.
					v.Update(msg)
				}
			})
		}
		run("another snapshot", c)
		run("the same snapshot", &shared{Company: c, queue: q})
	}
}

func BenchmarkSelection(b *testing.B) {
	v := viewtest.Open(queue.New(many(200)), 120, 32)
	b.ReportAllocs()
	for b.Loop() {
		v.Selection()
	}
}
