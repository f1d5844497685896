package queue_test

import (
	"fmt"
	"testing"
	"time"

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
	for _, n := range []int{8, 200} {
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

func BenchmarkRefresh(b *testing.B) {
	c := many(200)
	v := viewtest.Open(queue.New(c), 80, 20)
	v, cmd := v.Update(views.Refresh{})
	msg := cmd()
	b.ReportAllocs()
	for b.Loop() {
		// The same answer is late the second time, so each round takes it anew.
		v.Update(msg)
	}
}

func BenchmarkSelection(b *testing.B) {
	v := viewtest.Open(queue.New(many(200)), 120, 32)
	b.ReportAllocs()
	for b.Loop() {
		v.Selection()
	}
}
