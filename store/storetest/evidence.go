package storetest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"signalbox/release/access"
	"signalbox/release/evidence"
	"signalbox/release/fact"
	"signalbox/release/port"
)

const forge, repo = "github.com", "meridian/checkout"

func testEvidence(t *testing.T, open func(port.Publisher) port.Store) {
	s := open(nil)
	ann := access.Identity{System: "github", Value: "ann"}
	bot := access.Identity{System: "github", Value: "renovate", Bot: true}
	commit := evidence.Commit{Forge: forge, Repo: repo, SHA: "c1", Title: "Raise", Authors: []access.Identity{ann, bot}, At: T0}
	merge := evidence.Commit{Forge: forge, Repo: repo, SHA: "m1", Title: "Merge", At: T0}
	pr := evidence.PullRequest{Forge: forge, Repo: repo, Number: 7, Title: "Raise", State: "open", Author: ann, Head: "c1", Lines: 40, Files: 3, URL: "u", At: T0}
	review := evidence.Review{Forge: forge, Repo: repo, Number: 7, SHA: "c1", Reviewer: bot, State: "changes_requested", At: T0}
	check := evidence.Check{Forge: forge, Repo: repo, SHA: "c1", Kind: "check", Name: "test", Result: evidence.Pending, Detail: "d", URL: "u", At: T0.Add(time.Minute)}
	scan := check
	scan.Name, scan.Result = "scan", evidence.Fail
	other := check
	other.Repo = "meridian/other"
	Write(t, s, func(ctx context.Context, tx port.Tx) error {
		// Events come in any order: the check before the commit, the review before the pull request.
		for _, do := range []func() error{
			func() error { return tx.PutCheck(ctx, check) }, func() error { return tx.PutCheck(ctx, scan) }, func() error { return tx.PutCheck(ctx, other) },
			func() error { return tx.PutReview(ctx, review) }, func() error { return tx.PutPullRequest(ctx, pr) },
			func() error { return tx.PutCommit(ctx, merge) }, func() error { return tx.PutCommit(ctx, commit) },
		} {
			if err := do(); err != nil {
				return err
			}
		}
		return nil
	})
	// What is newer replaces, what is older does not.
	check.Result, check.At = evidence.Pass, T0.Add(2*time.Minute)
	late := check
	late.Result, late.At = evidence.Fail, T0
	review.State, review.At = "approved", T0.Add(time.Minute)
	lateReview := review
	lateReview.State, lateReview.At = "dismissed", T0.Add(-time.Minute)
	pr.State, pr.Merge, pr.At = "merged", "m1", T0.Add(time.Hour)
	said := pr
	said.Lines, said.Files = 0, 0 // this event does not say how large it is
	lost := pr
	lost.State, lost.At = "closed", T0.Add(-time.Hour)
	commit.Authors = commit.Authors[:1]
	Write(t, s, func(ctx context.Context, tx port.Tx) error {
		for _, do := range []func() error{
			func() error { return tx.PutCheck(ctx, check) }, func() error { return tx.PutCheck(ctx, late) },
			func() error { return tx.PutReview(ctx, review) }, func() error { return tx.PutReview(ctx, lateReview) },
			func() error { return tx.PutPullRequest(ctx, said) }, func() error { return tx.PutPullRequest(ctx, lost) },
			func() error { return tx.PutCommit(ctx, commit) },
			func() error {
				return tx.PutVersion(ctx, fact.VersionKnown{Place: fact.Place{Forge: forge, Repo: repo}, Version: "v1", Commit: "c1", Title: "One", URL: "u", At: T0})
			},
			func() error {
				return tx.PutVersion(ctx, fact.VersionKnown{Place: fact.Place{Forge: forge, Repo: repo}, Version: "v1", Title: "One", Prerelease: true, At: T0.Add(1)})
			},
		} {
			if err := do(); err != nil {
				return err
			}
		}
		return nil
	})
	key := func(sha string) port.CommitKey { return port.CommitKey{Forge: forge, Repo: repo, SHA: sha} }
	Read(t, s, func(ctx context.Context, r port.Reader) error {
		got, err := r.Dossiers(ctx, []port.CommitKey{key("c1"), key("m1"), key("none"), {Forge: forge, Repo: "meridian/other", SHA: "c1"}})
		if err != nil {
			return err
		}
		same(t, got, map[port.CommitKey]evidence.Dossier{
			key("c1"): {Commit: &commit, Pulls: []evidence.PullRequest{pr}, Reviews: []evidence.Review{review}, Checks: []evidence.Check{scan, check}},
			key("m1"): {Commit: &merge, Pulls: []evidence.PullRequest{pr}, Reviews: []evidence.Review{review}},
			{Forge: forge, Repo: "meridian/other", SHA: "c1"}: {Checks: []evidence.Check{other}},
		})
		return nil
	})
	// Many at once.
	var many []port.CommitKey
	Write(t, s, func(ctx context.Context, tx port.Tx) error {
		many = many[:0]
		for n := range 700 {
			sha := fmt.Sprintf("%040x", n)
			many = append(many, key(sha))
			if err := tx.PutCommit(ctx, evidence.Commit{Forge: forge, Repo: repo, SHA: sha, At: T0}); err != nil {
				return err
			}
		}
		return nil
	})
	Read(t, s, func(ctx context.Context, r port.Reader) error {
		got, err := r.Dossiers(ctx, many)
		if len(got) != len(many) {
			t.Errorf("%d dossiers of %d", len(got), len(many))
		}
		return err
	})
}
