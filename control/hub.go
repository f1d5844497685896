package control

import (
	"slices"
	"sync"
	"sync/atomic"

	"signalbox/release/port"
)

// Hub tells this process's sessions and workers that something changed. It coalesces: a subscriber that
// has not yet looked is told once, however much happened. It never blocks a publisher.
type Hub struct {
	mu       sync.Mutex
	subs     map[*Subscription]struct{}
	versions [16]atomic.Int64
}

// NewHub returns a hub without subscribers.
func NewHub() *Hub { return &Hub{subs: map[*Subscription]struct{}{}} }

// Publish tells every subscriber of one of the topics.
func (h *Hub) Publish(topics ...port.Topic) {
	for _, t := range topics {
		if i := slices.Index(port.Topics, t); i >= 0 {
			h.versions[i].Add(1)
		}
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for s := range h.subs {
		if slices.ContainsFunc(topics, func(t port.Topic) bool { return slices.Contains(s.topics, t) }) {
			s.signal()
		}
	}
}

// Version grows whenever one of the topics was published: a snapshot taken at a version is fresh while
// the version is the same.
func (h *Hub) Version(topics ...port.Topic) int64 {
	var sum int64
	for _, t := range topics {
		if i := slices.Index(port.Topics, t); i >= 0 {
			sum += h.versions[i].Load()
		}
	}
	return sum
}

// Subscription is a mailbox of one.
type Subscription struct {
	hub    *Hub
	topics []port.Topic
	box    chan struct{}
}

// Subscribe opens a mailbox for the topics; Close it.
func (h *Hub) Subscribe(topics ...port.Topic) *Subscription {
	s := &Subscription{hub: h, topics: topics, box: make(chan struct{}, 1)}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.subs[s] = struct{}{}
	return s
}

// C receives after something changed.
func (s *Subscription) C() <-chan struct{} { return s.box }

// Close ends the subscription and closes C. It may be called twice.
func (s *Subscription) Close() {
	s.hub.mu.Lock()
	defer s.hub.mu.Unlock()
	if _, open := s.hub.subs[s]; open {
		delete(s.hub.subs, s)
		close(s.box)
	}
}

// signal is called with the hub locked, so that it never meets a closed box.
func (s *Subscription) signal() {
	select {
	case s.box <- struct{}{}:
	default:
	}
}
