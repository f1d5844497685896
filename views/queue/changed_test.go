package queue

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"signalbox/release"
	"signalbox/release/access"
	"signalbox/release/change"
	"signalbox/views/kit"
)

// texts are what a row's cells read, apart from the passing of time.
func texts(v View, i *change.Item) [columns]string {
	due := i.Approval.ExpiresAt.String()
	if i.EvidenceDark {
		due = i.Stale
	}
	return [columns]string{
		colName: i.Change.Name() + string(i.Change.Digest), colRisk: kit.Risk(i.Change.Risk, " ").Text,
		colQuorum: kit.Quorum(i.Approval.Granted(), i.Approval.Needed), colEvidence: kit.EvidenceScore(i).Text,
		colDuties: string(i.Duties.Aspect), colDue: due, colWho: v.whose(i),
	}
}

// A cell is marked as changed exactly where its text is another.
func TestChangedIsWhatReadsOtherwise(t *testing.T) {
	noon := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	draw := func(t *rapid.T) *change.Item {
		small := func(what string) int { return rapid.IntRange(0, 2).Draw(t, what) }
		of := small("of")
		i := &change.Item{Passed: min(small("passed"), of), Of: of, EvidenceDark: rapid.Bool().Draw(t, "dark"), Stale: "github"}
		if small("stale") == 0 {
			i.Stale = "gitlab"
		}
		i.Change = change.Change{Service: []string{"pay", "web", "unknown:a/b"}[small("service")], Version: []string{"", "1", "2"}[small("version")],
			Digest: release.Digest(fmt.Sprint(small("digest"))), Risk: change.Risk{Score: 34 + small("risk")}}
		i.Approval = change.Approval{Needed: 1 + small("needed"), ExpiresAt: noon.Add(time.Duration(small("expires")))}
		for k := range small("decisions") {
			i.Approval.Decisions = append(i.Approval.Decisions, change.Decision{Person: access.PersonID("me")[:2-k], Verdict: []change.Verdict{change.Approve, change.Reject, change.Approve}[small("verdict")]})
		}
		i.Duties.Aspect = []release.Aspect{release.Go, release.Dark, release.Go}[small("duties")]
		if small("own") == 0 {
			i.Authors = []change.Author{{Person: "me"}}
		}
		if small("eligible") == 0 {
			i.Eligible = []access.PersonID{"a", "me"}
		}
		return i
	}
	rapid.Check(t, func(t *rapid.T) {
		v := View{me: "me"}
		was, now := draw(t), draw(t)
		if rapid.Bool().Draw(t, "same") {
			same := *was
			now = &same
		}
		got, a, b := v.changed(was, now), texts(v, was), texts(v, now)
		for c := range got {
			if got[c] != (a[c] != b[c]) {
				t.Fatalf("column %d: marked %v, from %q to %q", c, got[c], a[c], b[c])
			}
		}
	})
}

// A View is a value: what a later one marks must not show in an earlier one.
func TestMarksAreNotShared(t *testing.T) {
	at := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	first := row{}
	first.renew([columns]bool{colRisk: true}, at)
	second := first
	second.renew([columns]bool{colWho: true}, at.Add(time.Hour))
	if !first.until(colWho).IsZero() || !first.until(colRisk).Equal(at) {
		t.Errorf("the first row became %v", first.fresh)
	}
	if !second.until(colRisk).Equal(at) || !second.until(colWho).Equal(at.Add(time.Hour)) {
		t.Errorf("the second row is %v", second.fresh)
	}
}
