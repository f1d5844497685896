package storetest

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"signalbox/release"
	"signalbox/release/port"
)

// Opener makes a fresh database and returns a function that opens stores on it, each as another process
// would, telling a publisher. The stores are closed with the test.
type Opener func(t testing.TB) func(hub port.Publisher) port.Store

// Exercise runs the conformance suite.
func Exercise(t *testing.T, fresh Opener) {
	for _, c := range []struct {
		name string
		run  func(t *testing.T, open func(port.Publisher) port.Store)
	}{
		{"meta", testMeta}, {"sequence", testSequence}, {"transactions", testTransactions}, {"snapshot", testSnapshot},
		{"cancelled", testCancelled}, {"panic", testPanic}, {"rerun", testRevisionPutBack}, {"crowd", testCrowd},
		{"people", testPeople}, {"keys", testKeys}, {"tokens", testTokens},
		{"catalog", testCatalog}, {"catalog owners", testCatalogOwners}, {"catalog cache", testCatalogCache},
		{"changes", testChanges}, {"change revisions", testChangeRevisions}, {"one open change", testOneOpenChange}, {"schedules", testSchedules}, {"conflict cases", testConflictCases},
		{"pages", testPages}, {"approvals", testApprovals}, {"one person once", testOnePersonOnce},
		{"decided", testDecided}, {"notes", testNotes}, {"evidence", testEvidence},
		{"rollouts", testRollouts}, {"freezes", testFreezes}, {"feeds", testFeeds}, {"deliveries", testDeliveries},
		{"declared feeds", testDeclare},
		{"runs", testRuns}, {"buckets", testBuckets}, {"exchanges", testExchanges}, {"rests", testRests}, {"remove feed", testRemoveFeed},
		{"letters", testLetters}, {"messages", testMessages}, {"one message once", testMessageOnce},
		{"calendars", testCalendars}, {"closings", testClosings}, {"calendar cache", testCalendarCache},
		{"samples", testSamples}, {"alerts", testAlerts}, {"visits", testVisits}, {"profile", testProfile},
		{"objectives", testObjectives}, {"roll-ups", testRollUps}, {"rollouts since", testRolloutsBegunSince},
		{"followups", testFollowups}, {"followups by kind", testFollowupKinds}, {"followups two processes", testFollowupsTwoProcesses},
		{"audit", testAudit}, {"audit two processes", testAuditTwoProcesses},
		{"topics", testTopics}, {"topics two processes", testTopicsTwoProcesses},
		{"ping and close", testPingClose},
	} {
		t.Run(c.name, func(t *testing.T) { c.run(t, fresh(t)) })
	}
}

// same compares what was stored with what comes back: an empty list and none are the same.
func same(t testing.TB, got, want any) {
	t.Helper()
	if d := cmp.Diff(want, got, cmpopts.EquateEmpty()); d != "" {
		t.Fatalf("what comes back differs (-want +got):\n%s", d)
	}
}

func testMeta(t *testing.T, open func(port.Publisher) port.Store) {
	s := open(nil)
	Write(t, s, func(ctx context.Context, tx port.Tx) error {
		if v, err := tx.Meta(ctx, "organisation"); err != nil || v != "" {
			t.Errorf("unset: %q, %v", v, err)
		}
		return tx.SetMeta(ctx, "organisation", "Meridian 'Bank' ?")
	})
	Write(t, s, func(ctx context.Context, tx port.Tx) error { return tx.SetMeta(ctx, "other", "1") })
	Write(t, s, func(ctx context.Context, tx port.Tx) error { return tx.SetMeta(ctx, "other", "2") })
	Read(t, s, func(ctx context.Context, r port.Reader) error {
		a, err1 := r.Meta(ctx, "organisation")
		b, err2 := r.Meta(ctx, "other")
		same(t, []string{a, b}, []string{"Meridian 'Bank' ?", "2"})
		return errors.Join(err1, err2)
	})
}

func testSequence(t *testing.T, open func(port.Publisher) port.Store) {
	s := open(nil)
	next := func(kind string, fail error) (n int64) {
		err := s.Write(context.Background(), func(tx port.Tx) (err error) {
			if n, err = tx.NextID(context.Background(), kind); err != nil {
				return err
			}
			return fail
		})
		if !errors.Is(err, fail) {
			t.Fatalf("got %v, want %v", err, fail)
		}
		return n
	}
	no := release.Errorf(release.Refused, "no")
	got := []int64{next("change", nil), next("change", nil), next("rollout", nil), next("change", no), next("change", nil)}
	same(t, got, []int64{1, 2, 1, 3, 3}) // what was rolled back leaves no gap
}
