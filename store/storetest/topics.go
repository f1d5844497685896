package storetest

import (
	"context"
	"testing"
	"time"

	"signalbox/release"
	"signalbox/release/access"
	"signalbox/release/calendar"
	"signalbox/release/change"
	"signalbox/release/conflict"
	"signalbox/release/evidence"
	"signalbox/release/fact"
	"signalbox/release/feed"
	"signalbox/release/health"
	"signalbox/release/outbox"
	"signalbox/release/port"
	"signalbox/release/rollout"
)

// writes are every method that writes, with the topics it publishes.
func writes() []struct {
	name   string
	do     func(ctx context.Context, tx port.Tx) error
	topics []port.Topic
} {
	type w = struct {
		name   string
		do     func(ctx context.Context, tx port.Tx) error
		topics []port.Topic
	}
	one := func(t port.Topic) []port.Topic { return []port.Topic{t} }
	p, c := person("t.one"), ask(1)
	f := &calendar.Freeze{ID: "FRZ-1", Kind: calendar.SoftFreeze, Scope: access.Org, Interval: calendar.Interval{From: T0, To: T0.Add(1e9)}, Reason: "a long enough reason", DeclaredAt: T0}
	login := access.Identity{System: "github", Value: "t"}
	return []w{
		{"PutPerson", func(ctx context.Context, tx port.Tx) error { return tx.PutPerson(ctx, p) }, one(port.People)},
		{"AddKey", func(ctx context.Context, tx port.Tx) error {
			return tx.AddKey(ctx, access.Key{Person: "t.one", Fingerprint: "SHA256:t", AddedAt: T0})
		}, one(port.People)},
		{"AddIdentity", func(ctx context.Context, tx port.Tx) error { return tx.AddIdentity(ctx, "t.one", login) }, one(port.People)},
		{"AddGrant", func(ctx context.Context, tx port.Tx) error {
			return tx.AddGrant(ctx, access.Grant{Person: "t.one", Role: access.Viewer, Scope: access.Org})
		}, one(port.People)},
		{"PutToken", func(ctx context.Context, tx port.Tx) error {
			return tx.PutToken(ctx, port.Token{Name: "t", Scope: "gate", Hash: "h", CreatedAt: T0})
		}, one(port.People)},
		{"PutCatalog", func(ctx context.Context, tx port.Tx) error {
			_, err := tx.PutCatalog(ctx, fact.CatalogSeen{Source: "t", Facts: facts()})
			return err
		}, one(port.Catalog)},
		{"PutChange", func(ctx context.Context, tx port.Tx) error { return tx.PutChange(ctx, c) }, one(port.Changes)},
		{"PutChange of one with a schedule", func(ctx context.Context, tx port.Tx) error { return tx.PutChange(ctx, scheduled(2, time.Hour)) }, []port.Topic{port.Changes, port.Schedules}},
		{"PutConflictCase", func(ctx context.Context, tx port.Tx) error {
			return tx.PutConflictCase(ctx, &conflict.Case{ID: "CX-1", State: conflict.Open, Conflict: conflict.Conflict{Key: "K4/t"}, RaisedAt: T0, AskedAt: T0})
		}, one(port.Conflicts)},
		{"PutApproval", func(ctx context.Context, tx port.Tx) error { return tx.PutApproval(ctx, round("CHG-1", 1)) }, one(port.Changes)},
		{"AddNote", func(ctx context.Context, tx port.Tx) error {
			return tx.AddNote(ctx, change.Note{Change: "CHG-1", Kind: "question", At: T0})
		}, one(port.Changes)},
		{"PutCommit", func(ctx context.Context, tx port.Tx) error {
			return tx.PutCommit(ctx, evidence.Commit{Forge: forge, Repo: repo, SHA: "t", At: T0})
		}, one(port.Changes)},
		{"PutPullRequest", func(ctx context.Context, tx port.Tx) error {
			return tx.PutPullRequest(ctx, evidence.PullRequest{Forge: forge, Repo: repo, Number: 1, State: "open", At: T0})
		}, one(port.Changes)},
		{"PutReview", func(ctx context.Context, tx port.Tx) error {
			return tx.PutReview(ctx, evidence.Review{Forge: forge, Repo: repo, Number: 1, State: "approved", At: T0})
		}, one(port.Changes)},
		{"PutCheck", func(ctx context.Context, tx port.Tx) error {
			return tx.PutCheck(ctx, evidence.Check{Forge: forge, Repo: repo, SHA: "t", Result: evidence.Pass, At: T0})
		}, one(port.Changes)},
		{"PutCheck, older", func(ctx context.Context, tx port.Tx) error {
			return tx.PutCheck(ctx, evidence.Check{Forge: forge, Repo: repo, SHA: "t", Result: evidence.Fail, At: T0.Add(-1e9)})
		}, nil},
		{"PutVersion", func(ctx context.Context, tx port.Tx) error {
			return tx.PutVersion(ctx, fact.VersionKnown{Place: fact.Place{Forge: forge, Repo: repo}, Version: "t", At: T0})
		}, one(port.Changes)},
		{"PutRollout", func(ctx context.Context, tx port.Tx) error {
			return tx.PutRollout(ctx, seen("RO-1", "1", rollout.Pending, T0))
		}, one(port.Rollouts)},
		{"PutFreeze", func(ctx context.Context, tx port.Tx) error { return tx.PutFreeze(ctx, f) }, one(port.Freezes)},
		{"PutFeed", func(ctx context.Context, tx port.Tx) error {
			return tx.PutFeed(ctx, feed.Status{Name: "t", Kind: feed.Push})
		}, one(port.Feeds)},
		{"CountFeed", func(ctx context.Context, tx port.Tx) error {
			return tx.CountFeed(ctx, feed.Status{Name: "t", Accepted: 1}, T0)
		}, one(port.Feeds)},
		{"PutRun", func(ctx context.Context, tx port.Tx) error { return tx.PutRun(ctx, "t", feed.Run{Cursor: "1"}) }, one(port.Feeds)},
		{"PutExchange", func(ctx context.Context, tx port.Tx) error {
			return tx.PutExchange(ctx, "t", feed.Exchange{At: T0, Sign: feed.Good})
		}, one(port.Feeds)},
		{"RestOn", func(ctx context.Context, tx port.Tx) error { return tx.RestOn(ctx, "t", []string{"checkout"}, T0) }, one(port.Feeds)},
		{"PutLetter", func(ctx context.Context, tx port.Tx) error { return tx.PutLetter(ctx, letter("DL-1", "t")) }, one(port.Feeds)},
		{"PutMessage", func(ctx context.Context, tx port.Tx) error {
			return tx.PutMessage(ctx, outbox.Message{ID: "OUT-1", Key: "k", At: T0, State: outbox.Waiting, UpdatedAt: T0})
		}, one(port.Feeds)},
		{"RemoveFeed", func(ctx context.Context, tx port.Tx) error { return tx.RemoveFeed(ctx, "t") }, one(port.Feeds)},
		{"PutCalendar", func(ctx context.Context, tx port.Tx) error {
			_, err := tx.PutCalendar(ctx, fact.CalendarSeen{Source: "t", Entries: entries()}, T0)
			return err
		}, one(port.Calendar)},
		{"PutCalendar, the same", func(ctx context.Context, tx port.Tx) error {
			_, err := tx.PutCalendar(ctx, fact.CalendarSeen{Source: "t", Entries: entries()}, T0.Add(1e9))
			return err
		}, nil},
		{"PutCalendar, empty", func(ctx context.Context, tx port.Tx) error {
			_, err := tx.PutCalendar(ctx, fact.CalendarSeen{Source: "t"}, T0)
			return err
		}, one(port.Calendar)},
		{"PutSamples", func(ctx context.Context, tx port.Tx) error {
			return tx.PutSamples(ctx, "t", []health.Sample{point(time.Now(), "v1", 1)})
		}, one(port.Health)},
		{"PutAlert", func(ctx context.Context, tx port.Tx) error {
			_, err := tx.PutAlert(ctx, health.Alert{Connector: "t", ID: "1", State: health.Firing, StartsAt: T0, UpdatedAt: T0})
			return err
		}, one(port.Health)},
		{"PutAlert, the same", func(ctx context.Context, tx port.Tx) error {
			_, err := tx.PutAlert(ctx, health.Alert{Connector: "t", ID: "1", State: health.Firing, StartsAt: T0, UpdatedAt: T0})
			return err
		}, nil},
		{"PutVisit", func(ctx context.Context, tx port.Tx) error {
			return tx.PutVisit(ctx, access.Visit{ID: "S-1", Since: T0, SeenAt: T0})
		}, one(port.People)},
		{"PutVisit, still there", func(ctx context.Context, tx port.Tx) error {
			return tx.PutVisit(ctx, access.Visit{ID: "S-1", Since: T0, SeenAt: T0.Add(1e9)})
		}, nil},
		{"PutVisit, asked to go", func(ctx context.Context, tx port.Tx) error {
			return tx.PutVisit(ctx, access.Visit{ID: "S-1", Since: T0, SeenAt: T0, EndedBy: "t.one"})
		}, one(port.People)},
		{"RemoveVisit", func(ctx context.Context, tx port.Tx) error { return tx.RemoveVisit(ctx, "S-1", T0) }, one(port.People)},
		{"RemoveVisit, gone", func(ctx context.Context, tx port.Tx) error { return tx.RemoveVisit(ctx, "S-1", T0) }, nil},
		{"Append", func(ctx context.Context, tx port.Tx) error { _, err := tx.Append(ctx, entry(1)); return err }, one(port.Audit)},
		{"AddAuditKey", func(ctx context.Context, tx port.Tx) error { return tx.AddAuditKey(ctx, "k") }, one(port.Audit)},
		{"RemoveKey", func(ctx context.Context, tx port.Tx) error { return tx.RemoveKey(ctx, "t.one", "SHA256:t") }, one(port.People)},
		{"RemoveIdentity", func(ctx context.Context, tx port.Tx) error { return tx.RemoveIdentity(ctx, "t.one", login) }, one(port.People)},
		{"RemoveGrant", func(ctx context.Context, tx port.Tx) error {
			return tx.RemoveGrant(ctx, "t.one", access.Viewer, access.Org)
		}, one(port.People)},
		{"several", func(ctx context.Context, tx port.Tx) error {
			if err := tx.PutChange(ctx, c); err != nil {
				return err
			}
			_, err := tx.Append(ctx, entry(2))
			return err
		}, []port.Topic{port.Audit, port.Changes}},
		{"nothing", func(ctx context.Context, tx port.Tx) error { _, err := tx.People(ctx); return err }, nil},
		{"SetMeta", func(ctx context.Context, tx port.Tx) error { return tx.SetMeta(ctx, "k", "v") }, nil},
		{"AddFollowup", func(ctx context.Context, tx port.Tx) error {
			return tx.AddFollowup(ctx, port.Followup{Kind: "t", DueAt: T0})
		}, nil},
	}
}

// settle waits until what was published at the start of a store has come, and forgets it.
func settle(t testing.TB, s port.Store, hub *Hub) {
	t.Helper()
	Write(t, s, func(ctx context.Context, tx port.Tx) error {
		return tx.PutFeed(ctx, feed.Status{Name: "settle", Kind: feed.Push})
	})
	hub.Wait(t, port.Feeds)
	hub.Drain()
}

func testTopics(t *testing.T, open func(port.Publisher) port.Store) {
	hub := &Hub{}
	s := open(hub)
	settle(t, s, hub)
	ctx := context.Background()
	_ = s.Write(ctx, func(tx port.Tx) error {
		if _, err := tx.Append(ctx, entry(1)); err != nil {
			return err
		}
		return release.Errorf(release.Refused, "no")
	})
	if got := hub.Drain(); len(got) > 0 && len(got) != len(port.Topics) {
		t.Fatalf("what was rolled back published %v", got)
	}
	for _, w := range writes() {
		Write(t, s, w.do)
		// A store that has just begun to listen may publish every topic once, at any time.
		if got := hub.Drain(); len(got) < len(port.Topics) {
			same(t, got, w.topics)
		}
	}
}

// testTopicsTwoProcesses: every topic reaches the other process, which sees what was written.
func testTopicsTwoProcesses(t *testing.T, open func(port.Publisher) port.Store) {
	here, there := &Hub{}, &Hub{}
	a, b := open(here), open(there)
	settle(t, a, here)
	there.Wait(t, port.Feeds)
	for _, w := range writes() {
		there.Drain()
		Write(t, a, w.do)
		for _, topic := range w.topics {
			there.Wait(t, topic)
		}
	}
	Read(t, b, func(ctx context.Context, r port.Reader) error {
		_, err := r.Change(ctx, "CHG-1")
		return err
	})
}
