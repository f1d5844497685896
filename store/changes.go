package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"signalbox/release"
	"signalbox/release/access"
	"signalbox/release/change"
	"signalbox/release/port"
)

const changeColumns = `id, revision, state, result, kind, service, environment, version, digest, forge, repo, sha, ref,
	title, plan, slot, requester, executor, connector, external_id, url, risk, risk_factors, created_at, requested_at, updated_at,
	planned_from, planned_to, planned_at, prep, verify`

func scanChange(scan func(...any) error) (c change.Change, err error) {
	return c, scan(&c.ID, &c.Revision, &c.State, perhaps(&c.Result), &c.Kind, &c.Service, &c.Environment, &c.Version,
		&c.Digest, &c.Forge, &c.Repo, &c.Commit, &c.Ref, &c.Title, &c.Plan, &c.Window, perhaps(&c.Requester),
		perhaps(&c.Executor), &c.Connector, &c.ExternalID, &c.URL, &c.Risk.Score, payload{&c.Risk.Factors},
		into{&c.CreatedAt}, into{&c.RequestedAt}, into{&c.UpdatedAt},
		into{&c.Schedule.From}, into{&c.Schedule.To}, into{&c.Schedule.AskedAt}, &c.Schedule.Prep, &c.Schedule.Verify)
}

// changes lists the changes that the rest of a query picks, whole.
func (r *reader) changes(ctx context.Context, rest string, args ...any) ([]change.Change, error) {
	cs, err := collect(ctx, r, scanChange, "SELECT "+changeColumns+" FROM change "+rest, args...)
	if err != nil || len(cs) == 0 {
		return nil, err
	}
	keys, by := make([]string, len(cs)), make(map[string]*change.Change, len(cs))
	for i := range cs {
		keys[i], by[cs[i].ID] = cs[i].ID, &cs[i]
	}
	return cs, in(keys, func(list string, args []any) error {
		return r.each(ctx, func(scan func(...any) error) error {
			var id string
			var who access.Identity
			err := scan(&id, &who.System, &who.Value, &who.Bot)
			if c := by[id]; err == nil && c != nil {
				c.By = append(c.By, who)
			}
			return err
		}, "SELECT change, system, value, bot FROM change_by WHERE change IN ("+list+") ORDER BY change, n", args...)
	})
}

func (r *reader) change(ctx context.Context, missing error, rest string, args ...any) (change.Change, error) {
	cs, err := r.changes(ctx, rest, args...)
	if err != nil {
		return change.Change{}, err
	}
	if len(cs) == 0 {
		return change.Change{}, missing
	}
	return cs[0], nil
}

// Change returns a change.
func (r *reader) Change(ctx context.Context, id string) (change.Change, error) {
	missing := release.Errorf(release.NotFound, "there is no change %s", release.Clean(id, 40)).Advise("change list shows them all")
	return r.change(ctx, missing, "WHERE id = ?", id)
}

// ChangeFor finds the newest change, open or not, of a service, environment and digest.
func (r *reader) ChangeFor(ctx context.Context, service, environment string, d release.Digest) (change.Change, error) {
	missing := release.Errorf(release.NotFound, "nobody asked to put %s of %s into %s", d.Short(), service, environment).
		Advise("create a deployment on the forge, or a change here")
	return r.change(ctx, missing, "WHERE service = ? AND environment = ? AND digest = ? ORDER BY number DESC, id DESC LIMIT 1",
		service, environment, string(d))
}

// OpenChanges lists the open changes of a service in an environment, oldest id first.
func (r *reader) OpenChanges(ctx context.Context, service, environment string) ([]change.Change, error) {
	return r.changes(ctx, "WHERE service = ? AND environment = ? AND state NOT IN ('closed', 'cancelled') ORDER BY number, id",
		service, environment)
}

// ChangesIn lists changes in any of the states, oldest id first.
func (r *reader) ChangesIn(ctx context.Context, states ...change.State) ([]change.Change, error) {
	args := make([]any, len(states))
	for i, s := range states {
		args[i] = string(s)
	}
	return r.changes(ctx, "WHERE state IN (?"+strings.Repeat(", ?", len(args)-1)+") ORDER BY number, id", args...)
}

// ChangesPlanned lists the changes with a schedule that ends after an instant and that are not closed or cancelled,
// oldest id first.
func (r *reader) ChangesPlanned(ctx context.Context, after time.Time) ([]change.Change, error) {
	return r.changes(ctx, "WHERE planned_to > ? AND state NOT IN ('closed', 'cancelled') ORDER BY number, id", micros(after))
}

// ChangesOf lists the requested, authorised and scheduled changes that are built from one of the commits of a
// repository, oldest id first.
func (r *reader) ChangesOf(ctx context.Context, forge, repo string, commits []string) ([]change.Change, error) {
	var out []change.Change
	for _, sha := range commits {
		if sha == "" {
			continue
		}
		some, err := r.changes(ctx, "WHERE forge = ? AND repo = ? AND sha = ? AND state IN ('requested', 'authorised', 'scheduled') ORDER BY number, id", forge, repo, sha)
		if err != nil {
			return nil, err
		}
		out = append(out, some...)
	}
	return out, nil
}

// ChangesPage lists all changes, newest first, after the one whose id the page names.
func (r *reader) ChangesPage(ctx context.Context, p port.Page) ([]change.Change, error) {
	if p.After == "" {
		return r.changes(ctx, "ORDER BY number DESC, id DESC LIMIT ?", int64(p.Limit))
	}
	return r.changes(ctx, "WHERE (number, id) < (?, ?) ORDER BY number DESC, id DESC LIMIT ?", number(p.After), p.After, int64(p.Limit))
}

// DecidedSince lists changes on which a standing decision ended a round at or after t, newest first. Such
// a round was rejected, or was granted at some time; no decision follows the one that ended it.
func (r *reader) DecidedSince(ctx context.Context, t time.Time) ([]change.Change, error) {
	return r.changes(ctx, `JOIN (
			SELECT d.change AS decided, MAX(d.at) AS decided_at
			FROM decision d JOIN approval a ON a.change = d.change AND a.round = d.round
			WHERE d.at >= ? AND d.taken_back_at IS NULL AND (a.state = 'rejected' OR a.grant_until IS NOT NULL)
			GROUP BY d.change
		) x ON x.decided = change.id ORDER BY x.decided_at DESC, number DESC, id DESC`, micros(t))
}

// PutChange inserts a change of Revision 0, else updates the stored one of that revision.
func (t *tx) PutChange(ctx context.Context, c *change.Change) error {
	factors, err := marshal(c.Risk.Factors)
	if err != nil {
		return release.AsError(err)
	}
	values := []any{string(c.State), optional(c.Result), string(c.Kind), c.Service, c.Environment, c.Version,
		string(c.Digest), c.Forge, c.Repo, c.Commit, c.Ref, c.Title, c.Plan, c.Window, optional(c.Requester),
		optional(c.Executor), c.Connector, c.ExternalID, c.URL, int64(c.Risk.Score), factors,
		micros(c.CreatedAt), instant(c.RequestedAt), micros(c.UpdatedAt),
		instant(c.Schedule.From), instant(c.Schedule.To), instant(c.Schedule.AskedAt), int64(c.Schedule.Prep), int64(c.Schedule.Verify)}
	if c.Revision == 0 {
		err = t.insertChange(ctx, c, values)
	} else {
		err = t.updateChange(ctx, c, factors, values)
	}
	if err != nil {
		return err
	}
	if !c.Schedule.IsZero() {
		t.touch(port.Schedules)
	}
	if err := t.putRequesters(ctx, c); err != nil {
		return err
	}
	t.raise(&c.Revision, c.Revision+1)
	return nil
}

func (t *tx) insertChange(ctx context.Context, c *change.Change, values []any) error {
	n, err := t.exec(ctx, port.Changes, `INSERT INTO change (state, result, kind, service, environment, version, digest,
		forge, repo, sha, ref, title, plan, slot, requester, executor, connector, external_id, url, risk, risk_factors,
		created_at, requested_at, updated_at, planned_from, planned_to, planned_at, prep, verify, id, number, revision)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1) ON CONFLICT DO NOTHING`,
		append(values, c.ID, number(c.ID))...)
	if err != nil || n == 1 {
		return err
	}
	return t.rival(ctx, c)
}

// updateChange writes a change of the stored revision. The usual write leaves what names the change, and
// so all indexes but the one over its state; it reopens nothing, so that no other change can stand in its
// way. Whatever it does not fit is written whole.
func (t *tx) updateChange(ctx context.Context, c *change.Change, factors string, values []any) error {
	n, err := t.exec(ctx, port.Changes, `UPDATE change SET revision = revision + 1, state = ?, result = ?, kind = ?, version = ?,
		forge = ?, repo = ?, sha = ?, ref = ?, title = ?, plan = ?, slot = ?, requester = ?, executor = ?, url = ?, risk = ?,
		risk_factors = ?, created_at = ?, requested_at = ?, updated_at = ?, planned_from = ?, planned_to = ?, planned_at = ?, prep = ?, verify = ?
		WHERE id = ? AND revision = ? AND service = ? AND environment = ? AND digest = ? AND connector = ? AND external_id = ?
		AND (state NOT IN ('closed', 'cancelled') OR ? = 0)`,
		string(c.State), optional(c.Result), string(c.Kind), c.Version, c.Forge, c.Repo, c.Commit, c.Ref, c.Title, c.Plan, c.Window,
		optional(c.Requester), optional(c.Executor), c.URL, int64(c.Risk.Score), factors, micros(c.CreatedAt),
		instant(c.RequestedAt), micros(c.UpdatedAt), instant(c.Schedule.From), instant(c.Schedule.To), instant(c.Schedule.AskedAt), int64(c.Schedule.Prep), int64(c.Schedule.Verify),
		c.ID, c.Revision, c.Service, c.Environment, string(c.Digest), c.Connector, c.ExternalID, flag(c.State.Open()))
	if err != nil || n == 1 {
		return err
	}
	if c.State.Open() {
		if err := t.rivalOpen(ctx, c); err != nil {
			return err
		}
	}
	n, err = t.exec(ctx, port.Changes, `UPDATE change SET revision = revision + 1, state = ?, result = ?, kind = ?, service = ?,
		environment = ?, version = ?, digest = ?, forge = ?, repo = ?, sha = ?, ref = ?, title = ?, plan = ?, slot = ?,
		requester = ?, executor = ?, connector = ?, external_id = ?, url = ?, risk = ?, risk_factors = ?,
		created_at = ?, requested_at = ?, updated_at = ?, planned_from = ?, planned_to = ?, planned_at = ?, prep = ?, verify = ? WHERE id = ? AND revision = ?`,
		append(values, c.ID, c.Revision)...)
	if err != nil || n == 1 {
		return err
	}
	return t.stale(ctx, "change", c.ID)
}

// rival says which change stands in the way of a new one.
func (t *tx) rival(ctx context.Context, c *change.Change) error {
	if err := t.rivalOpen(ctx, c); err != nil {
		return err
	}
	return release.Errorf(release.Refused, "there is a change %s already", c.ID).Advise("give it the next id")
}

func (t *tx) rivalOpen(ctx context.Context, c *change.Change) error {
	var other string
	found, err := t.one(ctx, []any{&other}, `SELECT id FROM change
		WHERE service = ? AND environment = ? AND digest = ? AND state NOT IN ('closed', 'cancelled') AND id <> ?`,
		c.Service, c.Environment, string(c.Digest), c.ID)
	if err != nil || !found {
		return err
	}
	return release.Errorf(release.Refused, "%s asks for the same: %s of %s into %s", other, c.Digest.Short(), c.Service, c.Environment).
		Advise("go on with %s, or cancel it first", other)
}

func (t *tx) putRequesters(ctx context.Context, c *change.Change) error {
	if c.Revision > 0 {
		held, err := collect(ctx, &t.reader, func(scan func(...any) error) (i access.Identity, err error) {
			return i, scan(&i.System, &i.Value, &i.Bot)
		}, "SELECT system, value, bot FROM change_by WHERE change = ? ORDER BY n", c.ID)
		if err != nil || slices.Equal(held, c.By) {
			return err
		}
		if _, err := t.exec(ctx, port.Changes, "DELETE FROM change_by WHERE change = ?", c.ID); err != nil {
			return err
		}
	}
	for i, who := range c.By {
		if _, err := t.exec(ctx, port.Changes, "INSERT INTO change_by (change, n, system, value, bot) VALUES (?, ?, ?, ?, ?)",
			c.ID, int64(i), who.System, who.Value, flag(who.Bot)); err != nil {
			return err
		}
	}
	return nil
}

// Notes lists the notes of changes, oldest first.
func (r *reader) Notes(ctx context.Context, changeIDs []string) (map[string][]change.Note, error) {
	out := map[string][]change.Note{}
	return out, in(changeIDs, func(list string, args []any) error {
		return r.each(ctx, func(scan func(...any) error) error {
			var n change.Note
			err := scan(&n.Change, perhaps(&n.Person), &n.Kind, &n.Text, into{&n.At})
			if err == nil {
				out[n.Change] = append(out[n.Change], n)
			}
			return err
		}, fmt.Sprintf("SELECT change, person, kind, body, at FROM change_note WHERE change IN (%s) ORDER BY change, at, id", list), args...)
	})
}

// AddNote writes a note below a change.
func (t *tx) AddNote(ctx context.Context, n change.Note) error {
	_, err := t.exec(ctx, port.Changes, "INSERT INTO change_note (change, person, kind, body, at) VALUES (?, ?, ?, ?, ?)",
		n.Change, optional(n.Person), n.Kind, n.Text, micros(n.At))
	return err
}
