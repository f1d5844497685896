package storetest

import (
	"bytes"
	"context"
	"encoding/json"
	"testing"
	"time"

	"signalbox/release"
	"signalbox/release/feed"
	"signalbox/release/outbox"
	"signalbox/release/port"
)

func letter(id, name string) feed.Letter {
	return feed.Letter{ID: id, Feed: name, Delivery: "d-" + id, Event: "deployment", Reason: "“environment” is missing", At: T0, Seen: 1,
		Body: []byte("{\"a\":\x00\xff not UTF-8"), Size: 4711, State: feed.Kept}
}

func testLetters(t *testing.T, open func(port.Publisher) port.Store) {
	s := open(nil)
	put := func(ls ...feed.Letter) {
		t.Helper()
		Write(t, s, func(ctx context.Context, tx port.Tx) error {
			for _, l := range ls {
				if err := tx.PutLetter(ctx, l); err != nil {
					return err
				}
			}
			return nil
		})
	}
	list := func(name string, limit int) (ids []string) {
		Read(t, s, func(ctx context.Context, r port.Reader) error {
			ls, err := r.Letters(ctx, name, limit)
			for _, l := range ls {
				ids = append(ids, l.ID)
				if l.Body != nil || l.Size != 4711 || l.Reason == "" {
					t.Errorf("a letter in the list: %+v", l)
				}
			}
			return err
		})
		return ids
	}
	get := func(id string) (l feed.Letter) {
		Read(t, s, func(ctx context.Context, r port.Reader) (err error) {
			l, err = r.Letter(ctx, id)
			return err
		})
		return l
	}
	nine, ten, other, old := letter("DL-9", "github"), letter("DL-10", "github"), letter("DL-11", "gitlab"), letter("DL-12", "github")
	old.At = T0.Add(-time.Hour)
	empty := letter("DL-13", "gitlab")
	empty.Body, empty.At = nil, T0.Add(-2*time.Hour)
	large := letter("DL-14", "gitlab")
	large.Body, large.Truncated, large.At = bytes.Repeat([]byte{0, 1, 2, 255}, feed.MaxLetter/4), true, T0.Add(-3*time.Hour)
	put(nine, ten, other, old, empty, large)
	same(t, list("", 10), []string{"DL-11", "DL-10", "DL-9", "DL-12", "DL-13", "DL-14"})
	same(t, list("github", 2), []string{"DL-10", "DL-9"})
	for _, l := range []feed.Letter{nine, empty, large} {
		same(t, get(l.ID), l)
	}
	// What is changed in the list, where there are no bodies, leaves the body.
	Write(t, s, func(ctx context.Context, tx port.Tx) error {
		ls, err := tx.Letters(ctx, "github", 1)
		if err != nil {
			return err
		}
		ls[0].State, ls[0].Seen = feed.Dropped, 3
		return tx.PutLetter(ctx, ls[0])
	})
	ten.State, ten.Seen = feed.Dropped, 3
	same(t, get("DL-10"), ten)
	nine.State, nine.Body = feed.Retried, []byte("another")
	put(nine)
	same(t, get("DL-9"), nine)
	same(t, list("github", 10), []string{"DL-12"}) // those that wait
	ctx := context.Background()
	Refuse(t, s.Read(ctx, func(r port.Reader) error { _, err := r.Letter(ctx, "DL-99"); return err }), release.NotFound)
}

func testMessages(t *testing.T, open func(port.Publisher) port.Store) {
	s := open(nil)
	mk := func(id, target string, state outbox.State) outbox.Message {
		return outbox.Message{ID: id, Target: target, Event: "approve", Subject: "CHG-1", Seq: 12, Key: "key of " + id, At: T0,
			Body: json.RawMessage(`{ "b": 1.0, "a":"\u0000 ü" }`), State: state, Attempts: 2, LastError: "no answer", UpdatedAt: T0.Add(time.Second)}
	}
	put := func(m outbox.Message) error {
		ctx := context.Background()
		return s.Write(ctx, func(tx port.Tx) error { return tx.PutMessage(ctx, m) })
	}
	list := func(target string, limit int, states ...outbox.State) (ids []string) {
		Read(t, s, func(ctx context.Context, r port.Reader) error {
			ms, err := r.Messages(ctx, target, states, limit)
			for _, m := range ms {
				ids = append(ids, m.ID)
			}
			return err
		})
		return ids
	}
	two, ten, nine, three := mk("OUT-2", "slack", outbox.Waiting), mk("OUT-10", "slack", outbox.Sent), mk("OUT-9", "mail", outbox.Unknown), mk("OUT-3", "mail", outbox.Failed)
	for _, m := range []outbox.Message{two, ten, nine, three} {
		if err := put(m); err != nil {
			t.Fatal(causes(err))
		}
	}
	same(t, list("", 10), []string{"OUT-10", "OUT-9", "OUT-3", "OUT-2"})
	same(t, list("", 1), []string{"OUT-10"})
	same(t, list("slack", 10), []string{"OUT-10", "OUT-2"})
	same(t, list("", 10, outbox.Waiting, outbox.Unknown, outbox.Failed), []string{"OUT-9", "OUT-3", "OUT-2"})
	same(t, list("mail", 10, outbox.Failed), []string{"OUT-3"})
	same(t, list("mail", 10, outbox.Sending), []string(nil))
	two.State, two.Attempts, two.LastError, two.UpdatedAt = outbox.Sent, 3, "", T0.Add(time.Hour)
	if err := put(two); err != nil {
		t.Fatal(causes(err))
	}
	Read(t, s, func(ctx context.Context, r port.Reader) error {
		got, err := r.Message(ctx, "OUT-2")
		if err != nil {
			return err
		}
		same(t, got, two)
		_, err = r.Message(ctx, "OUT-99")
		Refuse(t, err, release.NotFound)
		return nil
	})
	// One key is one message, whether it is new or takes another's; the transaction can go on.
	twin := mk("OUT-4", "slack", outbox.Waiting)
	twin.Key = two.Key
	Refuse(t, put(twin), release.Refused)
	stolen := three
	stolen.Key = two.Key
	Write(t, s, func(ctx context.Context, tx port.Tx) error {
		Refuse(t, tx.PutMessage(ctx, stolen), release.Refused)
		return tx.PutMessage(ctx, mk("OUT-5", "slack", outbox.Waiting))
	})
	same(t, list("", 10), []string{"OUT-10", "OUT-9", "OUT-5", "OUT-3", "OUT-2"})
	Read(t, s, func(ctx context.Context, r port.Reader) error {
		got, err := r.Message(ctx, "OUT-3")
		same(t, got, three)
		return err
	})
}

// testMessageOnce: two processes that tell the same at once tell it once.
func testMessageOnce(t *testing.T, open func(port.Publisher) port.Store) {
	stores := []port.Store{open(nil), open(nil)}
	ctx := context.Background()
	done := make(chan error, 2)
	for _, s := range stores {
		go func() {
			done <- s.Write(ctx, func(tx port.Tx) error {
				n, err := tx.NextID(ctx, "message")
				if err != nil {
					return err
				}
				return tx.PutMessage(ctx, outbox.Message{ID: "OUT-" + string(rune('0'+n)), Target: "slack", Key: "approve/CHG-1/12", At: T0, State: outbox.Waiting, UpdatedAt: T0})
			})
		}()
	}
	refused := 0
	for range stores {
		if err := <-done; err != nil {
			Refuse(t, err, release.Refused)
			refused++
		}
	}
	same(t, refused, 1)
	Read(t, stores[0], func(ctx context.Context, r port.Reader) error {
		ms, err := r.Messages(ctx, "", nil, 10)
		same(t, len(ms), 1)
		same(t, ms[0].ID, "OUT-1")
		return err
	})
}
