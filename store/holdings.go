package store

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"signalbox/release/catalog"
	"signalbox/release/port"
)

// holding is a thing of the catalog with the source that declared it first.
type holding[T any] struct {
	source string
	thing  T
}

// holdings are all things of the catalog, each kind in order of its key.
type holdings struct {
	units      []holding[catalog.Unit]
	regions    []holding[catalog.Region]
	teams      []holding[catalog.Team]
	services   []holding[catalog.Service]
	vendors    []holding[catalog.Vendor]
	edges      []holding[catalog.Edge]
	placements []holding[catalog.Placement]
	proposals  []holding[catalog.Proposal]
}

func (h *holdings) facts() catalog.Facts {
	return catalog.Facts{
		Units: things(h.units), Regions: things(h.regions), Teams: things(h.teams), Services: things(h.services),
		Vendors: things(h.vendors), Edges: things(h.edges), Placements: things(h.placements), Proposals: things(h.proposals),
	}
}

func things[T any](hs []holding[T]) []T {
	out := make([]T, len(hs))
	for i, h := range hs {
		out[i] = h.thing
	}
	return out
}

// part is how one kind of thing is kept.
type part[T any] struct {
	key  func(T) string
	put  func(ctx context.Context, t *tx, source string, thing T) error
	drop func(ctx context.Context, t *tx, thing T) error
}

// replace makes what a source declares of one kind what is held of it, and writes only what differs.
func replace[T any](ctx context.Context, t *tx, p part[T], source string, declared []T, held []holding[T]) (port.Imported, error) {
	n := port.Imported{Read: len(declared)}
	now := make(map[string]holding[T], len(held))
	for _, h := range held {
		now[p.key(h.thing)] = h
	}
	named := make(map[string]bool, len(declared))
	for _, d := range declared {
		k := p.key(d)
		h, there := now[k]
		if named[k] || there && (h.source != source || same(h.thing, d)) {
			named[k] = true
			n.Unchanged++
			continue
		}
		named[k] = true
		if err := p.put(ctx, t, source, d); err != nil {
			return n, err
		}
		n.Stored++
	}
	for _, h := range held {
		if h.source != source || named[p.key(h.thing)] {
			continue
		}
		if err := p.drop(ctx, t, h.thing); err != nil {
			return n, err
		}
		n.Removed++
	}
	return n, nil
}

// same compares what would be kept: an empty list and none are the same.
func same[T any](a, b T) bool {
	x, err1 := json.Marshal(a)
	y, err2 := json.Marshal(b)
	return err1 == nil && err2 == nil && string(x) == string(y)
}

func drop[T any](query string, key func(T) []any) func(context.Context, *tx, T) error {
	return func(ctx context.Context, t *tx, thing T) error {
		_, err := t.exec(ctx, port.Catalog, query, key(thing)...)
		return err
	}
}

// lines rewrites the list that hangs on a thing: the table's columns are the thing, n, and the value.
func lines[S ~string](ctx context.Context, t *tx, table, owner, value, id string, values []S) error {
	if _, err := t.exec(ctx, port.Catalog, "DELETE FROM "+table+" WHERE "+owner+" = ?", id); err != nil {
		return err
	}
	for i, v := range values {
		if _, err := t.exec(ctx, port.Catalog, "INSERT INTO "+table+" ("+owner+", n, "+value+") VALUES (?, ?, ?)", id, int64(i), string(v)); err != nil {
			return err
		}
	}
	return nil
}

var units = part[catalog.Unit]{
	key: func(u catalog.Unit) string { return u.ID },
	put: func(ctx context.Context, t *tx, source string, u catalog.Unit) error {
		_, err := t.exec(ctx, port.Catalog, `INSERT INTO unit (id, source, name, parent) VALUES (?, ?, ?, ?)
			ON CONFLICT (id) DO UPDATE SET name = excluded.name, parent = excluded.parent`, u.ID, source, u.Name, optional(u.Parent))
		return err
	},
	drop: drop("DELETE FROM unit WHERE id = ?", func(u catalog.Unit) []any { return []any{u.ID} }),
}

var regions = part[catalog.Region]{
	key: func(r catalog.Region) string { return r.ID },
	put: func(ctx context.Context, t *tx, source string, r catalog.Region) error {
		_, err := t.exec(ctx, port.Catalog, `INSERT INTO region (id, source, name, zone, place) VALUES (?, ?, ?, ?, ?)
			ON CONFLICT (id) DO UPDATE SET name = excluded.name, zone = excluded.zone, place = excluded.place`,
			r.ID, source, r.Name, r.Zone, r.Place)
		return err
	},
	drop: drop("DELETE FROM region WHERE id = ?", func(r catalog.Region) []any { return []any{r.ID} }),
}

var teams = part[catalog.Team]{
	key: func(m catalog.Team) string { return m.ID },
	put: func(ctx context.Context, t *tx, source string, m catalog.Team) error {
		if _, err := t.exec(ctx, port.Catalog, `INSERT INTO team (id, source, name, unit) VALUES (?, ?, ?, ?)
			ON CONFLICT (id) DO UPDATE SET name = excluded.name, unit = excluded.unit`, m.ID, source, m.Name, optional(m.Unit)); err != nil {
			return err
		}
		return lines(ctx, t, "team_member", "team", "person", m.ID, m.Members)
	},
	drop: drop("DELETE FROM team WHERE id = ?", func(m catalog.Team) []any { return []any{m.ID} }),
}

var services = part[catalog.Service]{
	key:  func(s catalog.Service) string { return s.ID },
	put:  putService,
	drop: drop("DELETE FROM service WHERE id = ?", func(s catalog.Service) []any { return []any{s.ID} }),
}

func putService(ctx context.Context, t *tx, source string, s catalog.Service) error {
	if _, err := t.exec(ctx, port.Catalog, `INSERT INTO service (id, source, title, tier, team, system, lifecycle, customer_facing,
		personal_data, declared_in) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET title = excluded.title, tier = excluded.tier, team = excluded.team, system = excluded.system,
		lifecycle = excluded.lifecycle, customer_facing = excluded.customer_facing, personal_data = excluded.personal_data,
		declared_in = excluded.declared_in`,
		s.ID, source, s.Title, int64(s.Tier), optional(s.Team), optional(s.System), optional(s.Lifecycle), flag(s.CustomerFacing),
		flag(s.Personal), s.From); err != nil {
		return err
	}
	if err := lines(ctx, t, "service_region", "service", "region", s.ID, s.Regions); err != nil {
		return err
	}
	if err := lines(ctx, t, "service_tag", "service", "tag", s.ID, s.Tags); err != nil {
		return err
	}
	if _, err := t.exec(ctx, port.Catalog, "DELETE FROM service_repo WHERE service = ?", s.ID); err != nil {
		return err
	}
	for _, forge := range slices.Sorted(maps.Keys(s.Repos)) {
		if _, err := t.exec(ctx, port.Catalog, "INSERT INTO service_repo (service, forge, slug) VALUES (?, ?, ?)", s.ID, forge, s.Repos[forge]); err != nil {
			return err
		}
	}
	return nil
}

var vendors = part[catalog.Vendor]{
	key: func(v catalog.Vendor) string { return v.ID },
	put: func(ctx context.Context, t *tx, source string, v catalog.Vendor) error {
		_, err := t.exec(ctx, port.Catalog, `INSERT INTO vendor (id, source, name) VALUES (?, ?, ?)
			ON CONFLICT (id) DO UPDATE SET name = excluded.name`, v.ID, source, v.Name)
		return err
	},
	drop: drop("DELETE FROM vendor WHERE id = ?", func(v catalog.Vendor) []any { return []any{v.ID} }),
}

var edges = part[catalog.Edge]{
	key: func(e catalog.Edge) string { return fmt.Sprint(e.From, "\x00", e.To, "\x00", e.Ruled) },
	put: func(ctx context.Context, t *tx, source string, e catalog.Edge) error {
		_, err := t.exec(ctx, port.Catalog, `INSERT INTO edge (consumer, provider, ruled, source, kind) VALUES (?, ?, ?, ?, ?)
			ON CONFLICT (consumer, provider, ruled) DO UPDATE SET kind = excluded.kind`, e.From, e.To, flag(e.Ruled), source, string(e.Kind))
		return err
	},
	drop: drop("DELETE FROM edge WHERE consumer = ? AND provider = ? AND ruled = ?",
		func(e catalog.Edge) []any { return []any{e.From, e.To, flag(e.Ruled)} }),
}

var placements = part[catalog.Placement]{
	key: func(p catalog.Placement) string { return p.Service },
	put: func(ctx context.Context, t *tx, source string, p catalog.Placement) error {
		if _, err := t.exec(ctx, port.Catalog, `INSERT INTO placement (service, source, tier, declared_in) VALUES (?, ?, ?, ?)
			ON CONFLICT (service) DO UPDATE SET tier = excluded.tier, declared_in = excluded.declared_in`,
			p.Service, source, int64(p.Tier), p.From); err != nil {
			return err
		}
		return lines(ctx, t, "placement_region", "service", "region", p.Service, p.Regions)
	},
	drop: drop("DELETE FROM placement WHERE service = ?", func(p catalog.Placement) []any { return []any{p.Service} }),
}

var proposals = part[catalog.Proposal]{
	key: func(p catalog.Proposal) string { return string(p.ID) },
	put: func(ctx context.Context, t *tx, source string, p catalog.Proposal) error {
		if _, err := t.exec(ctx, port.Catalog, `INSERT INTO proposal (id, source, name, email, declared_in) VALUES (?, ?, ?, ?, ?)
			ON CONFLICT (id) DO UPDATE SET name = excluded.name, email = excluded.email, declared_in = excluded.declared_in`,
			string(p.ID), source, p.Name, optional(p.Email), p.From); err != nil {
			return err
		}
		return lines(ctx, t, "proposal_team", "proposal", "team", string(p.ID), p.Teams)
	},
	drop: drop("DELETE FROM proposal WHERE id = ?", func(p catalog.Proposal) []any { return []any{string(p.ID)} }),
}
