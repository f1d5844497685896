package store

import (
	"context"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"signalbox/release/port"
)

// channel is where a transaction says which topics it wrote; PostgreSQL keeps it apart by database.
const channel = "signalbox"

// message names the sender and the topics.
func (p *pg) message(topics []port.Topic) string {
	words := make([]string, 0, 1+len(topics))
	words = append(words, p.id)
	for _, t := range topics {
		words = append(words, string(t))
	}
	return strings.Join(words, " ")
}

// follow listens on a connection of its own. What was said while it was away is lost, so that it publishes
// every topic whenever it is back.
func (p *pg) follow(ctx context.Context, s *Store) {
	pause := 100 * time.Millisecond
	for ctx.Err() == nil {
		heard, err := p.listen(ctx, s)
		if ctx.Err() != nil {
			return
		}
		if heard {
			pause = 100 * time.Millisecond
		}
		s.log.Warn("no notifications from PostgreSQL; trying again", "in", pause, "err", err)
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
		pause = min(2*pause, 3*time.Second)
	}
}

// listen publishes what it hears until the connection is lost, and reports whether it ever listened.
func (p *pg) listen(ctx context.Context, s *Store) (heard bool, err error) {
	conn, err := pgx.ConnectConfig(ctx, p.config.Copy())
	if err != nil {
		return false, err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	if _, err := conn.Exec(ctx, "LISTEN "+channel); err != nil {
		return false, err
	}
	s.publish(port.Topics...)
	for {
		n, err := conn.WaitForNotification(ctx)
		if err != nil {
			return true, err
		}
		from, topics, _ := strings.Cut(n.Payload, " ")
		if from == p.id {
			continue
		}
		for _, t := range strings.Fields(topics) {
			s.publish(port.Topic(t))
		}
	}
}
