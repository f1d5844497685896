package control

import (
	"context"
	"sync"
	"time"

	"signalbox/release"
	"signalbox/release/port"
)

// snapshotAge is how long a snapshot may serve without any change: grants end and clocks run without a
// write. buildTimeout bounds the building of one.
const (
	snapshotAge  = 5 * time.Second
	buildTimeout = 10 * time.Second
)

// shared is a snapshot that many want at once: one of them builds it and the rest wait for it. The zero
// value is empty.
type shared[T any] struct {
	once    sync.Once
	turn    chan struct{} // holds a token while nobody builds
	mu      sync.Mutex    // guards what follows
	version int64
	built   time.Time
	value   T
	whole   bool
	failed  error // of the last building
}

// get returns a snapshot that is at least as new as the topics were when it was called, and not older than
// snapshotAge on the domain clock. The building is not the caller's alone, so it does not end with the
// caller's context; waiting does. Where the store does not answer, the last snapshot is returned with the
// error.
func (s *shared[T]) get(ctx context.Context, c *Control, topics []port.Topic, build func(context.Context) (T, error)) (T, error) {
	s.once.Do(func() { s.turn = make(chan struct{}, 1); s.turn <- struct{}{} })
	asked := c.Hub.Version(topics...)
	if v, ok := s.fresh(asked, c.now()); ok {
		return v, nil
	}
	select {
	case <-ctx.Done():
		old, _ := s.fresh(asked, c.now())
		return old, release.Errorf(release.Unavailable, "the reading took too long").Advise("try again").Because(ctx.Err())
	case <-s.turn:
	}
	defer func() { s.turn <- struct{}{} }()
	if v, ok := s.fresh(asked, c.now()); ok {
		return v, nil // somebody built it meanwhile
	}
	version, at := c.Hub.Version(topics...), c.now()
	own, cancel := context.WithTimeout(context.WithoutCancel(ctx), buildTimeout)
	defer cancel()
	v, err := build(own)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failed = err; err != nil {
		return s.value, err
	}
	s.value, s.version, s.built, s.whole = v, version, at, true
	return v, nil
}

func (s *shared[T]) fresh(asked int64, now time.Time) (T, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.value, s.whole && s.version >= asked && now.Sub(s.built) < snapshotAge
}

// newest returns the snapshot that was built last, however old, and waits for nobody. The error is that of the last
// building, or says that there was none.
func (s *shared[T]) newest() (T, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failed == nil && !s.whole {
		return s.value, release.Errorf(release.Unavailable, "it has not been read yet").Advise("try again")
	}
	return s.value, s.failed
}

// keyed are snapshots by id. Those that nobody asked for lately are dropped when there are many.
type keyed[T any] struct {
	mu   sync.Mutex
	by   map[string]*shared[T]
	used map[string]time.Time
}

// keyedMost is how many snapshots are kept before idle ones are dropped.
const keyedMost = 256

func (k *keyed[T]) of(id string, now time.Time) *shared[T] {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.by == nil {
		k.by, k.used = map[string]*shared[T]{}, map[string]time.Time{}
	}
	if len(k.by) > keyedMost {
		for old, at := range k.used {
			if now.Sub(at) > 2*snapshotAge {
				delete(k.by, old)
				delete(k.used, old)
			}
		}
	}
	k.used[id] = now
	if s, ok := k.by[id]; ok {
		return s
	}
	s := &shared[T]{}
	k.by[id] = s
	return s
}
