package store

import (
	"context"

	"signalbox/release"
	"signalbox/release/change"
	"signalbox/release/port"
)

// Approval returns the newest round of a change.
func (r *reader) Approval(ctx context.Context, changeID string) (change.Approval, error) {
	as, err := r.Approvals(ctx, []string{changeID})
	if err != nil {
		return change.Approval{}, err
	}
	a, ok := as[changeID]
	if !ok {
		return change.Approval{}, release.Errorf(release.NotFound, "no approval was asked for %s", release.Clean(changeID, 40)).
			Advise("its requester submits it: change submit %s", release.Clean(changeID, 40))
	}
	return a, nil
}

// Approvals returns the newest round of each change that has one.
func (r *reader) Approvals(ctx context.Context, changeIDs []string) (map[string]change.Approval, error) {
	out := map[string]change.Approval{}
	return out, in(changeIDs, func(list string, args []any) error {
		newest := "WHERE a.change IN (" + list + ") AND a.round = (SELECT MAX(round) FROM approval b WHERE b.change = a.change)"
		err := r.each(ctx, func(scan func(...any) error) error {
			var a change.Approval
			err := scan(&a.Change, &a.Round, &a.State, &a.Needed, &a.Policy, &a.Binding, &a.Band,
				into{&a.RequestedAt}, into{&a.ExpiresAt}, into{&a.GrantUntil})
			out[a.Change] = a
			return err
		}, `SELECT a.change, a.round, a.state, a.needed, a.policy, a.binding, a.band, a.requested_at, a.expires_at, a.grant_until
			FROM approval a `+newest, args...)
		if err != nil {
			return err
		}
		return r.each(ctx, func(scan func(...any) error) error {
			var id string
			var d change.Decision
			err := scan(&id, &d.Person, &d.Verdict, &d.Reason.Code, &d.Reason.Text, into{&d.At}, &d.Door, &d.Fingerprint, into{&d.TakenBackAt})
			a := out[id]
			a.Decisions = append(a.Decisions, d)
			out[id] = a
			return err
		}, `SELECT d.change, d.person, d.verdict, d.reason_code, d.reason_text, d.at, d.door, d.fingerprint, d.taken_back_at
			FROM decision d JOIN approval a ON a.change = d.change AND a.round = d.round `+newest+" ORDER BY d.change, d.n", args...)
	})
}

// PutApproval writes a round with its decisions.
func (t *tx) PutApproval(ctx context.Context, a change.Approval) error {
	var held int // decisions that are stored
	_, err := t.returning(ctx, port.Changes, []any{&held}, `INSERT INTO approval (change, round, state, needed, policy, binding, band, requested_at,
		expires_at, grant_until) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (change, round) DO UPDATE SET state = excluded.state, needed = excluded.needed, policy = excluded.policy,
		binding = excluded.binding, band = excluded.band, requested_at = excluded.requested_at,
		expires_at = excluded.expires_at, grant_until = excluded.grant_until
		RETURNING (SELECT COUNT(*) FROM decision d WHERE d.change = approval.change AND d.round = approval.round)`,
		a.Change, int64(a.Round), string(a.State), int64(a.Needed), a.Policy, a.Binding, int64(a.Band), micros(a.RequestedAt),
		micros(a.ExpiresAt), instant(a.GrantUntil))
	if err != nil {
		return err
	}
	for i, d := range a.Decisions {
		if _, err := t.exec(ctx, port.Changes, `INSERT INTO decision (change, round, n, person, verdict, reason_code, reason_text, at,
			door, fingerprint, taken_back_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT (change, round, n) DO UPDATE SET person = excluded.person, verdict = excluded.verdict,
			reason_code = excluded.reason_code, reason_text = excluded.reason_text, at = excluded.at, door = excluded.door,
			fingerprint = excluded.fingerprint, taken_back_at = excluded.taken_back_at`,
			a.Change, int64(a.Round), int64(i), string(d.Person), string(d.Verdict), d.Reason.Code, d.Reason.Text, micros(d.At),
			string(d.Door), d.Fingerprint, instant(d.TakenBackAt)); err != nil {
			return err
		}
	}
	if held <= len(a.Decisions) {
		return nil
	}
	_, err = t.exec(ctx, port.Changes, "DELETE FROM decision WHERE change = ? AND round = ? AND n >= ?", a.Change, int64(a.Round), int64(len(a.Decisions)))
	return err
}
