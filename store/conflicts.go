package store

import (
	"context"
	"time"

	"signalbox/release"
	"signalbox/release/conflict"
	"signalbox/release/port"
)

const caseColumns = `SELECT id, revision, state, body, raised_at, gone_at, how, step, asked_at, answered_by, answered_at, waiver FROM conflict_case `

func scanCase(scan func(...any) error) (c conflict.Case, err error) {
	var waiver string
	if err := scan(&c.ID, &c.Revision, &c.State, payload{&c.Conflict}, into{&c.RaisedAt}, into{&c.GoneAt}, &c.How, &c.Step, into{&c.AskedAt},
		perhaps(&c.AnsweredBy), into{&c.AnsweredAt}, &waiver); err != nil || waiver == "" {
		return c, err
	}
	c.Waiver = &conflict.Waiver{}
	return c, payload{c.Waiver}.Scan(waiver)
}

// ConflictCases lists those that are not gone, and those that went at or after an instant, oldest id first.
func (r *reader) ConflictCases(ctx context.Context, goneSince time.Time) ([]conflict.Case, error) {
	return collect(ctx, r, scanCase, caseColumns+"WHERE state <> 'gone' OR gone_at >= ? ORDER BY number, id", micros(goneSince))
}

// ConflictCase returns one.
func (r *reader) ConflictCase(ctx context.Context, id string) (conflict.Case, error) {
	cs, err := collect(ctx, r, scanCase, caseColumns+"WHERE id = ?", id)
	if err != nil {
		return conflict.Case{}, err
	}
	if len(cs) == 0 {
		return conflict.Case{}, release.Errorf(release.NotFound, "there is no conflict %s", release.Clean(id, 40)).Advise("conflicts lists them")
	}
	return cs[0], nil
}

// PutConflictCase inserts a case of Revision 0, else updates the stored one of that revision.
func (t *tx) PutConflictCase(ctx context.Context, c *conflict.Case) error {
	body, err := marshal(c.Conflict)
	if err != nil {
		return release.AsError(err)
	}
	waiver := ""
	if c.Waiver != nil {
		if waiver, err = marshal(c.Waiver); err != nil {
			return release.AsError(err)
		}
	}
	values := []any{string(c.State), c.Key, c.Work(), body, micros(c.RaisedAt), instant(c.GoneAt), c.How, int64(c.Step), instant(c.AskedAt),
		optional(c.AnsweredBy), instant(c.AnsweredAt), waiver, c.ID}
	var n int64
	if c.Revision == 0 {
		n, err = t.exec(ctx, port.Conflicts, `INSERT INTO conflict_case (state, name, work, body, raised_at, gone_at, how, step, asked_at, answered_by,
			answered_at, waiver, id, number, revision) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1) ON CONFLICT DO NOTHING`,
			append(values, number(c.ID))...)
		if err == nil && n == 0 {
			return release.Errorf(release.Refused, "there is a case of this conflict already").Advise("conflicts lists them")
		}
	} else {
		n, err = t.exec(ctx, port.Conflicts, `UPDATE conflict_case SET revision = revision + 1, state = ?, name = ?, work = ?, body = ?, raised_at = ?,
			gone_at = ?, how = ?, step = ?, asked_at = ?, answered_by = ?, answered_at = ?, waiver = ? WHERE id = ? AND revision = ?`,
			append(values, c.Revision)...)
		if err == nil && n == 0 {
			return t.stale(ctx, "conflict_case", c.ID)
		}
	}
	if err != nil {
		return err
	}
	t.raise(&c.Revision, c.Revision+1)
	return nil
}
