package store

import (
	"context"
	"sync"
	"time"

	"signalbox/release/port"
)

// pollEvery is how soon another process's write to a SQLite file is noticed.
const pollEvery = 250 * time.Millisecond

// topicRevisions are how often each topic of a SQLite file changed, as far as this store has published.
type topicRevisions struct {
	mu   sync.Mutex
	seen map[port.Topic]int64
}

// during notes revisions if commit succeeds. Who reads them from the file meanwhile waits to compare, and
// so takes them for no news.
func (r *topicRevisions) during(now map[port.Topic]int64, commit func() error) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	err := commit()
	if err == nil {
		r.note(now)
	}
	return err
}

// raise notes revisions and returns the topics of which it is news.
func (r *topicRevisions) raise(now map[port.Topic]int64) []port.Topic {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.note(now)
}

func (r *topicRevisions) note(now map[port.Topic]int64) []port.Topic {
	if r.seen == nil {
		r.seen = map[port.Topic]int64{}
	}
	var news []port.Topic
	for _, t := range port.Topics {
		if now[t] > r.seen[t] {
			r.seen[t] = now[t]
			news = append(news, t)
		}
	}
	return news
}

// countTopics counts topics up in the open transaction, once for a whole group.
func countTopics(ctx context.Context, s *session, topics []port.Topic) (map[port.Topic]int64, error) {
	out := map[port.Topic]int64{}
	for _, t := range topics {
		rows, err := s.QueryContext(ctx, `INSERT INTO topic (name, revision) VALUES (?, 1)
			ON CONFLICT (name) DO UPDATE SET revision = topic.revision + 1 RETURNING revision`, string(t))
		if err != nil {
			return nil, err
		}
		var n int64
		for rows.Next() {
			err = rows.Scan(&n)
		}
		if cerr := rows.Err(); err == nil {
			err = cerr
		}
		if cerr := rows.Close(); err == nil {
			err = cerr
		}
		if err != nil {
			return nil, err
		}
		out[t] = n
	}
	return out, nil
}

func readTopics(ctx context.Context, s *session) (map[port.Topic]int64, error) {
	rows, err := s.QueryContext(ctx, "SELECT name, revision FROM topic")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[port.Topic]int64{}
	for rows.Next() {
		var t port.Topic
		var n int64
		if err := rows.Scan(&t, &n); err != nil {
			return nil, err
		}
		out[t] = n
	}
	return out, rows.Err()
}

// watch is the connection that looks for other processes' writes.
type watch struct {
	session *session
	version int64 // PRAGMA data_version of that connection when it last looked
}

func (w *watch) end() {
	if w.session != nil {
		w.session.discard()
		w.session = nil
	}
}

// follow notices the writes of other processes.
func (l *lite) follow(ctx context.Context, st *Store) {
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		news, err := l.look(ctx)
		if err != nil && ctx.Err() == nil {
			st.log.Debug("the store's file cannot be watched", "path", l.file.path, "err", err)
		}
		st.publish(news...)
	}
}

// look returns the topics of which there is news. PRAGMA data_version changes when any other connection
// has committed; the table topic then tells what.
func (l *lite) look(ctx context.Context) (news []port.Topic, err error) {
	w := &l.watch
	defer func() {
		if err != nil {
			w.end()
		}
	}()
	if w.session == nil {
		if w.session, err = newSession(ctx, l.db); err != nil {
			return nil, err
		}
		w.version = -1
	}
	now, err := dataVersion(ctx, w.session)
	if err != nil || now == w.version {
		return nil, err
	}
	topics, err := readTopics(ctx, w.session)
	if err != nil {
		return nil, err
	}
	w.version = now
	return l.writer.seen.raise(topics), nil
}

func dataVersion(ctx context.Context, s *session) (n int64, err error) {
	rows, err := s.QueryContext(ctx, "PRAGMA data_version")
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	for rows.Next() {
		if err := rows.Scan(&n); err != nil {
			return 0, err
		}
	}
	return n, rows.Err()
}
