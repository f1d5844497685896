package httpserver

import (
	"container/list"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// bucketKey is whom a bucket belongs to, and at which door.
type bucketKey struct {
	from netip.Addr
	door string
}

// buckets holds a token bucket for each key, the one used last in front. A bucket that has stood long
// enough to be full again is dropped, because a new one is the same; beyond max the one idle longest goes.
type buckets struct {
	rate   Rate
	refill time.Duration
	max    int

	mu    sync.Mutex
	byKey map[bucketKey]*list.Element
	order list.List // of *bucket
}

type bucket struct {
	key  bucketKey
	lim  *rate.Limiter
	used time.Time
}

func newBuckets(r Rate, most int) *buckets {
	return &buckets{
		rate:   r,
		refill: time.Duration(float64(r.Burst) / r.PerSecond * float64(time.Second)),
		max:    most,
		byKey:  map[bucketKey]*list.Element{},
	}
}

// take takes one token and returns 0, or returns how long it is until there is one.
func (b *buckets) take(k bucketKey, now time.Time) time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	r := b.get(k, now).lim.ReserveN(now, 1)
	wait := r.DelayFrom(now)
	if wait > 0 {
		r.CancelAt(now)
	}
	return wait
}

// spent returns how long a key has no token, 0 where it has one. It takes none and remembers nothing.
func (b *buckets) spent(k bucketKey, now time.Time) time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	e, ok := b.byKey[k]
	if !ok {
		return 0
	}
	missing := 1 - e.Value.(*bucket).lim.TokensAt(now)
	if missing <= 0 {
		return 0
	}
	return time.Duration(missing / b.rate.PerSecond * float64(time.Second))
}

func (b *buckets) len() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.byKey)
}

// get finds or makes a bucket. The caller holds mu.
func (b *buckets) get(k bucketKey, now time.Time) *bucket {
	if e, ok := b.byKey[k]; ok {
		b.order.MoveToFront(e)
		v := e.Value.(*bucket)
		v.used = now
		return v
	}
	for e := b.order.Back(); e != nil; e = b.order.Back() {
		if v := e.Value.(*bucket); len(b.byKey) < b.max && now.Sub(v.used) < b.refill {
			break
		}
		delete(b.byKey, b.order.Remove(e).(*bucket).key)
	}
	v := &bucket{key: k, lim: rate.NewLimiter(rate.Limit(b.rate.PerSecond), b.rate.Burst), used: now}
	b.byKey[k] = b.order.PushFront(v)
	return v
}
