package store

import (
	"context"
	"time"

	"signalbox/release/calendar"
	"signalbox/release/fact"
	"signalbox/release/port"
)

// outside are the entries of all outside calendars at one revision.
type outside struct {
	revision int64
	entries  []calendar.Entry
}

const entryColumns = `SELECT source, external_id, revision, kind, hardness, scope, title, url, timing, updated_at FROM calendar_entry `

func scanEntry(scan func(...any) error) (e calendar.Entry, err error) {
	return e, scan(&e.Source, &e.ExternalID, &e.Revision, &e.Kind, &e.Hardness, &e.Scope, &e.Title, &e.URL, payload{&e.Timing},
		into{&e.UpdatedAt})
}

// Entries lists the entries of all outside calendars by source and external id, with business days counted. They
// are read once for each revision and shared: they must not be changed.
func (r *reader) Entries(ctx context.Context) ([]calendar.Entry, error) {
	var now outside
	if _, err := r.one(ctx, []any{&now.revision}, "SELECT revision FROM calendar_state WHERE one = 1"); err != nil {
		return nil, err
	}
	if held := r.s.outside.Load(); held != nil && held.revision == now.revision {
		return held.entries, nil
	}
	var err error
	if now.entries, err = collect(ctx, r, scanEntry, entryColumns+"ORDER BY source, external_id"); err != nil {
		return nil, err
	}
	now.entries = calendar.Settle(now.entries, now.revision)
	if !r.writes { // what a transaction reads may never be committed
		r.s.outside.Store(&now)
	}
	return now.entries, nil
}

// PutCalendar replaces what one source holds. An entry that a source names twice counts once, as it is named
// first.
func (t *tx) PutCalendar(ctx context.Context, c fact.CalendarSeen, at time.Time) (port.Imported, error) {
	if _, err := t.exec(ctx, quiet, `INSERT INTO calendar_source (name, read_at) VALUES (?, ?)
		ON CONFLICT (name) DO UPDATE SET read_at = excluded.read_at`, c.Source, micros(at)); err != nil {
		return port.Imported{}, err
	}
	held, err := collect(ctx, &t.reader, func(scan func(...any) error) (holding[calendar.Entry], error) {
		e, err := scanEntry(scan)
		return holding[calendar.Entry]{e.Source, bare(e, e.Source)}, err
	}, entryColumns+"WHERE source = ? ORDER BY external_id", c.Source)
	if err != nil {
		return port.Imported{}, err
	}
	seen := make([]calendar.Entry, len(c.Entries))
	named := make(map[string]bool, len(c.Entries))
	for i, e := range c.Entries {
		seen[i], named[e.ExternalID] = bare(e, c.Source), true
	}
	unread := make(map[string]bool, len(c.Unread))
	for _, id := range c.Unread {
		unread[id] = true
	}
	for _, h := range held { // what cannot be read now stays as it was
		if unread[h.thing.ExternalID] && !named[h.thing.ExternalID] {
			seen = append(seen, h.thing)
		}
	}
	sum, err := replace(ctx, t, entriesAt(at), c.Source, seen, held)
	if err != nil || sum.Stored+sum.Removed == 0 {
		return sum, err
	}
	_, err = t.exec(ctx, port.Calendar, "UPDATE calendar_state SET revision = revision + 1 WHERE one = 1")
	return sum, err
}

// bare is an entry as its source tells it, without what the store adds.
func bare(e calendar.Entry, source string) calendar.Entry {
	e.Source, e.Revision, e.UpdatedAt = source, 0, time.Time{}
	return e
}

// entriesAt is how entries are kept that are read at an instant.
func entriesAt(at time.Time) part[calendar.Entry] {
	return part[calendar.Entry]{
		key: func(e calendar.Entry) string { return e.ExternalID },
		put: func(ctx context.Context, t *tx, source string, e calendar.Entry) error {
			timing, err := marshal(e.Timing)
			if err != nil {
				return err
			}
			_, err = t.exec(ctx, port.Calendar, `INSERT INTO calendar_entry (source, external_id, revision, kind, hardness, scope, title,
				url, timing, updated_at) VALUES (?, ?, 1, ?, ?, ?, ?, ?, ?, ?)
				ON CONFLICT (source, external_id) DO UPDATE SET revision = calendar_entry.revision + 1, kind = excluded.kind,
				hardness = excluded.hardness, scope = excluded.scope, title = excluded.title, url = excluded.url,
				timing = excluded.timing, updated_at = excluded.updated_at`,
				source, e.ExternalID, string(e.Kind), string(e.Hardness), string(e.Scope), e.Title, e.URL, timing, micros(at))
			return err
		},
		drop: func(ctx context.Context, t *tx, e calendar.Entry) error {
			_, err := t.exec(ctx, port.Calendar, "DELETE FROM calendar_entry WHERE source = ? AND external_id = ?", e.Source, e.ExternalID)
			return err
		},
	}
}
