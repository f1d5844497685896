package store

import (
	"context"
	"slices"

	"signalbox/release/access"
	"signalbox/release/evidence"
	"signalbox/release/fact"
	"signalbox/release/port"
)

// pull names a pull request.
type pull struct {
	forge, repo string
	number      int64
}

// Dossiers returns what is known of each commit that anything is known of.
func (r *reader) Dossiers(ctx context.Context, keys []port.CommitKey) (map[port.CommitKey]evidence.Dossier, error) {
	out := map[port.CommitKey]evidence.Dossier{}
	for part := range slices.Chunk(keys, most) {
		if err := r.dossiers(ctx, part, out); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (r *reader) dossiers(ctx context.Context, keys []port.CommitKey, out map[port.CommitKey]evidence.Dossier) error {
	text, padded := list("(?, ?, ?)", len(keys))
	args := make([]any, 0, 3*padded)
	asked := make(map[port.CommitKey]bool, len(keys))
	for i := range padded {
		k := keys[min(i, len(keys)-1)]
		args, asked[k] = append(args, k.Forge, k.Repo, k.SHA), true
	}
	among := "IN (VALUES " + text + ")"
	err := r.each(ctx, func(scan func(...any) error) error {
		var c evidence.Commit
		err := scan(&c.Forge, &c.Repo, &c.SHA, &c.Title, into{&c.At})
		out[port.CommitKey{Forge: c.Forge, Repo: c.Repo, SHA: c.SHA}] = evidence.Dossier{Commit: &c}
		return err
	}, "SELECT forge, repo, sha, title, at FROM git_commit WHERE (forge, repo, sha) "+among, args...)
	if err != nil {
		return err
	}
	err = r.each(ctx, func(scan func(...any) error) error {
		var k port.CommitKey
		var who access.Identity
		err := scan(&k.Forge, &k.Repo, &k.SHA, &who.System, &who.Value, &who.Bot)
		if d := out[k]; err == nil && d.Commit != nil {
			d.Commit.Authors = append(d.Commit.Authors, who)
		}
		return err
	}, "SELECT forge, repo, sha, system, value, bot FROM git_author WHERE (forge, repo, sha) "+among+" ORDER BY forge, repo, sha, n", args...)
	if err != nil {
		return err
	}
	err = r.each(ctx, func(scan func(...any) error) error {
		var c evidence.Check
		err := scan(&c.Forge, &c.Repo, &c.SHA, &c.Kind, &c.Name, &c.Result, &c.Detail, &c.URL, into{&c.At})
		k := port.CommitKey{Forge: c.Forge, Repo: c.Repo, SHA: c.SHA}
		d := out[k]
		d.Checks = append(d.Checks, c)
		out[k] = d
		return err
	}, `SELECT forge, repo, sha, kind, name, result, detail, url, at FROM check_run WHERE (forge, repo, sha) `+among+`
		ORDER BY forge, repo, sha, kind, name`, args...)
	if err != nil {
		return err
	}
	pulls := map[pull][]port.CommitKey{}
	err = r.each(ctx, func(scan func(...any) error) error {
		var p evidence.PullRequest
		err := scan(&p.Forge, &p.Repo, &p.Number, &p.Title, &p.State, &p.Author.System, &p.Author.Value, &p.Author.Bot,
			&p.Head, &p.Merge, &p.Lines, &p.Files, &p.URL, into{&p.At})
		if err != nil {
			return err
		}
		id := pull{p.Forge, p.Repo, int64(p.Number)}
		for _, sha := range []string{p.Head, p.Merge} {
			k := port.CommitKey{Forge: p.Forge, Repo: p.Repo, SHA: sha}
			if !asked[k] || slices.Contains(pulls[id], k) {
				continue
			}
			d := out[k]
			d.Pulls = append(d.Pulls, p)
			out[k] = d
			pulls[id] = append(pulls[id], k)
		}
		return nil
	}, `SELECT forge, repo, number, title, state, author_system, author_value, author_bot, head_sha, merge_sha, lines, files, url, at
		FROM pull_request WHERE (forge, repo, head_sha) `+among+` OR (forge, repo, merge_sha) `+among+` ORDER BY forge, repo, number`,
		append(slices.Clone(args), args...)...)
	if err != nil || len(pulls) == 0 {
		return err
	}
	return r.reviews(ctx, pulls, out)
}

// reviews adds the reviews of pull requests to the dossiers of their commits.
func (r *reader) reviews(ctx context.Context, pulls map[pull][]port.CommitKey, out map[port.CommitKey]evidence.Dossier) error {
	ids := make([]pull, 0, len(pulls))
	for id := range pulls {
		ids = append(ids, id)
	}
	for part := range slices.Chunk(ids, most) {
		// The numbers stand in the query as numbers: a parameter within VALUES is text to PostgreSQL.
		text, padded := list("(?, ?, CAST(? AS BIGINT))", len(part))
		args := make([]any, 0, 3*padded)
		for i := range padded {
			id := part[min(i, len(part)-1)]
			args = append(args, id.forge, id.repo, id.number)
		}
		err := r.each(ctx, func(scan func(...any) error) error {
			var v evidence.Review
			err := scan(&v.Forge, &v.Repo, &v.Number, &v.SHA, &v.Reviewer.System, &v.Reviewer.Value, &v.Reviewer.Bot, &v.State, into{&v.At})
			for _, k := range pulls[pull{v.Forge, v.Repo, int64(v.Number)}] {
				d := out[k]
				d.Reviews = append(d.Reviews, v)
				out[k] = d
			}
			return err
		}, `SELECT forge, repo, number, sha, reviewer_system, reviewer_value, reviewer_bot, state, at FROM pull_review
			WHERE (forge, repo, number) IN (VALUES `+text+`) ORDER BY forge, repo, number, at, reviewer_system, reviewer_value, sha`, args...)
		if err != nil {
			return err
		}
	}
	return nil
}

// PutCommit writes a commit with its authors; what was known of it is replaced.
func (t *tx) PutCommit(ctx context.Context, c evidence.Commit) error {
	if _, err := t.exec(ctx, port.Changes, `INSERT INTO git_commit (forge, repo, sha, title, at) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (forge, repo, sha) DO UPDATE SET title = excluded.title, at = excluded.at`,
		c.Forge, c.Repo, c.SHA, c.Title, micros(c.At)); err != nil {
		return err
	}
	if _, err := t.exec(ctx, port.Changes, "DELETE FROM git_author WHERE forge = ? AND repo = ? AND sha = ?", c.Forge, c.Repo, c.SHA); err != nil {
		return err
	}
	for i, who := range c.Authors {
		if _, err := t.exec(ctx, port.Changes, "INSERT INTO git_author (forge, repo, sha, n, system, value, bot) VALUES (?, ?, ?, ?, ?, ?, ?)",
			c.Forge, c.Repo, c.SHA, int64(i), who.System, who.Value, flag(who.Bot)); err != nil {
			return err
		}
	}
	return nil
}

// nameless is an author of whom an event tells only a number, or nothing: GitLab names nobody but who acts.
const nameless = "(excluded.author_value = 'nobody' OR excluded.author_value LIKE 'id:%')"

// PutPullRequest writes a pull request, unless something newer is known of it: events come in any order.
// An event that does not say lines and files, or names the author only by a number, leaves them.
func (t *tx) PutPullRequest(ctx context.Context, p evidence.PullRequest) error {
	_, err := t.exec(ctx, port.Changes, `INSERT INTO pull_request (forge, repo, number, title, state, author_system, author_value,
		author_bot, head_sha, merge_sha, lines, files, url, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (forge, repo, number) DO UPDATE SET title = excluded.title, state = excluded.state,
		author_system = CASE WHEN `+nameless+` THEN pull_request.author_system ELSE excluded.author_system END,
		author_value = CASE WHEN `+nameless+` THEN pull_request.author_value ELSE excluded.author_value END,
		author_bot = CASE WHEN `+nameless+` THEN pull_request.author_bot ELSE excluded.author_bot END,
		head_sha = excluded.head_sha, merge_sha = excluded.merge_sha,
		lines = CASE WHEN excluded.lines > 0 OR excluded.files > 0 THEN excluded.lines ELSE pull_request.lines END,
		files = CASE WHEN excluded.lines > 0 OR excluded.files > 0 THEN excluded.files ELSE pull_request.files END,
		url = excluded.url, at = excluded.at
		WHERE excluded.at >= pull_request.at`,
		p.Forge, p.Repo, int64(p.Number), p.Title, p.State, p.Author.System, p.Author.Value, flag(p.Author.Bot), p.Head, p.Merge,
		int64(p.Lines), int64(p.Files), p.URL, micros(p.At))
	return err
}

// PutReview writes a reviewer's word on a pull request at a commit, unless a newer one is known.
func (t *tx) PutReview(ctx context.Context, v evidence.Review) error {
	_, err := t.exec(ctx, port.Changes, `INSERT INTO pull_review (forge, repo, number, sha, reviewer_system, reviewer_value, reviewer_bot,
		state, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (forge, repo, number, sha, reviewer_system, reviewer_value) DO UPDATE SET
		reviewer_bot = excluded.reviewer_bot, state = excluded.state, at = excluded.at WHERE excluded.at >= pull_review.at`,
		v.Forge, v.Repo, int64(v.Number), v.SHA, v.Reviewer.System, v.Reviewer.Value, flag(v.Reviewer.Bot), v.State, micros(v.At))
	return err
}

// PutCheck writes how a check of a commit stands, unless something newer is known.
func (t *tx) PutCheck(ctx context.Context, c evidence.Check) error {
	_, err := t.exec(ctx, port.Changes, `INSERT INTO check_run (forge, repo, sha, kind, name, result, detail, url, at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (forge, repo, sha, kind, name) DO UPDATE SET result = excluded.result, detail = excluded.detail,
		url = excluded.url, at = excluded.at WHERE excluded.at >= check_run.at`,
		c.Forge, c.Repo, c.SHA, c.Kind, c.Name, string(c.Result), c.Detail, c.URL, micros(c.At))
	return err
}

// PutVersion writes a version that a forge published. One that does not say its commit leaves it.
func (t *tx) PutVersion(ctx context.Context, v fact.VersionKnown) error {
	_, err := t.exec(ctx, port.Changes, `INSERT INTO known_version (forge, repo, version, sha, title, prerelease, url, at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (forge, repo, version) DO UPDATE SET
		sha = CASE WHEN excluded.sha <> '' THEN excluded.sha ELSE known_version.sha END,
		title = excluded.title, prerelease = excluded.prerelease, url = excluded.url, at = excluded.at
		WHERE excluded.at >= known_version.at`,
		v.Forge, v.Repo, v.Version, v.Commit, v.Title, flag(v.Prerelease), v.URL, micros(v.At))
	return err
}
