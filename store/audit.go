package store

import (
	"context"
	"slices"
	"strings"

	"golang.org/x/mod/sumdb/tlog"

	"signalbox/release"
	"signalbox/release/audit"
	"signalbox/release/port"
)

const auditColumns = "SELECT seq, at, actor, verb, subject, outcome, body, leaf FROM audit_entry "

// auditPart is how many entries or hashes a verification reads at a time.
const auditPart = 1000

func scanRow(scan func(...any) error) (r audit.Row, err error) {
	var leaf []byte
	if err := scan(&r.Seq, into{&r.At}, &r.Actor, &r.Verb, &r.Subject, &r.Outcome, &r.Body, &leaf); err != nil {
		return r, err
	}
	// A leaf of another length was tampered with; as the zero hash it differs from every text's.
	if len(leaf) == len(r.Leaf) {
		copy(r.Leaf[:], leaf)
	}
	return r, nil
}

func scanHash(scan func(...any) error) (s audit.Stored, err error) {
	var hash []byte
	if err := scan(&s.Index, &hash); err != nil {
		return s, err
	}
	if len(hash) == len(s.Hash) {
		copy(s.Hash[:], hash)
	}
	return s, nil
}

// AuditSize is the number of entries.
func (r *reader) AuditSize(ctx context.Context) (int64, error) {
	var n int64
	_, err := r.one(ctx, []any{&n}, "SELECT size FROM audit_head WHERE one = 1")
	return n, err
}

// AuditEntries lists entries with Seq > after, oldest first.
func (r *reader) AuditEntries(ctx context.Context, after int64, limit int) ([]audit.Row, error) {
	return collect(ctx, r, scanRow, auditColumns+"WHERE seq > ? ORDER BY seq LIMIT ?", after, int64(limit))
}

// AuditNewest lists the newest entries of a subject and an outcome, "" for all, newest first.
func (r *reader) AuditNewest(ctx context.Context, subject string, outcome audit.Outcome, limit int) ([]audit.Row, error) {
	where, args := "", []any{}
	for _, c := range []struct{ column, is string }{{"subject", subject}, {"outcome", string(outcome)}} {
		if c.is == "" {
			continue
		}
		if where == "" {
			where = "WHERE "
		} else {
			where += " AND "
		}
		where, args = where+c.column+" = ?", append(args, c.is)
	}
	return collect(ctx, r, scanRow, auditColumns+where+" ORDER BY seq DESC LIMIT ?", append(args, int64(limit))...)
}

// AuditHashes reads tree hashes by storage index, in the order asked for.
func (r *reader) AuditHashes(ctx context.Context, indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	known := make(map[int64]tlog.Hash, len(indexes))
	for part := range slices.Chunk(indexes, most) {
		text, padded := list("?", len(part))
		args := make([]any, padded)
		for i := range args {
			args[i] = part[min(i, len(part)-1)]
		}
		err := r.each(ctx, func(scan func(...any) error) error {
			s, err := scanHash(scan)
			known[s.Index] = s.Hash
			return err
		}, "SELECT idx, hash FROM audit_hash WHERE idx IN ("+text+")", args...)
		if err != nil {
			return nil, err
		}
	}
	for i, x := range indexes {
		h, ok := known[x]
		if !ok {
			return nil, release.Errorf(release.NotFound, "the audit log has lost hash %d of its tree", x).
				Advise("audit verify says what is wrong")
		}
		out[i] = h
	}
	return out, nil
}

// AuditKeys lists the registered verifier keys.
func (r *reader) AuditKeys(ctx context.Context) ([]string, error) {
	return collect(ctx, r, func(scan func(...any) error) (k string, err error) { return k, scan(&k) }, "SELECT key FROM audit_key ORDER BY key")
}

// AddAuditKey registers a verifier key.
func (t *tx) AddAuditKey(ctx context.Context, key string) error {
	_, err := t.exec(ctx, port.Audit, "INSERT INTO audit_key (key) VALUES (?) ON CONFLICT DO NOTHING", key)
	return err
}

// Append seals an entry as the next of the audit log. Counting up the head takes its lock, so that
// appenders follow one another.
func (t *tx) Append(ctx context.Context, e audit.Entry) (int64, error) {
	found, err := t.returning(ctx, port.Audit, []any{&e.Seq}, "UPDATE audit_head SET size = size + 1 WHERE one = 1 RETURNING size")
	if err != nil {
		return 0, err
	}
	if !found {
		return 0, release.Errorf(release.Internal, "the audit log has lost its head").Advise("audit verify says what is wrong")
	}
	row, err := audit.NewRow(e)
	if err != nil {
		return 0, release.AsError(err)
	}
	hashes, err := audit.Append(row, tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		return t.AuditHashes(ctx, indexes)
	}))
	if err != nil {
		return 0, release.AsError(err)
	}
	if _, err := t.exec(ctx, port.Audit, `INSERT INTO audit_entry (seq, at, actor, verb, subject, outcome, body, leaf)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
		row.Seq, micros(row.At), row.Actor, row.Verb, row.Subject, string(row.Outcome), string(row.Body), row.Leaf[:]); err != nil {
		return 0, err
	}
	args := make([]any, 0, 2*len(hashes))
	for i := range hashes {
		args = append(args, hashes[i].Index, hashes[i].Hash[:])
	}
	groups := strings.Repeat(", (?, ?)", len(hashes))[2:]
	if _, err := t.exec(ctx, port.Audit, "INSERT INTO audit_hash (idx, hash) VALUES "+groups, args...); err != nil {
		return 0, err
	}
	return row.Seq, nil
}

// log reads the whole log in parts, so that no part of it is held while it is verified.
type log struct {
	ctx context.Context
	r   *reader
}

// AuditSource is the log for audit.Verify, valid within this Read.
func (r *reader) AuditSource(ctx context.Context) audit.Source { return log{ctx, r} }

func (l log) Rows(each func(audit.Row) error) error {
	last := int64(-1 << 62)
	for {
		part, err := l.r.AuditEntries(l.ctx, last, auditPart)
		if err != nil {
			return err
		}
		for _, row := range part {
			if err := each(row); err != nil {
				return err
			}
			last = row.Seq
		}
		if len(part) < auditPart {
			return nil
		}
	}
}

func (l log) Hashes(each func(audit.Stored) error) error {
	last := int64(-1)
	for {
		part, err := collect(l.ctx, l.r, scanHash, "SELECT idx, hash FROM audit_hash WHERE idx > ? ORDER BY idx LIMIT ?", last, int64(auditPart))
		if err != nil {
			return err
		}
		for _, h := range part {
			if err := each(h); err != nil {
				return err
			}
			last = h.Index
		}
		if len(part) < auditPart {
			return nil
		}
	}
}
