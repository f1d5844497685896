package store

import (
	"cmp"
	"context"
	"slices"
	"time"

	"signalbox/release/catalog"
	"signalbox/release/fact"
	"signalbox/release/port"
)

// Catalog returns what the organisation is made of. It is built once for each revision and shared: it must
// not be changed.
func (r *reader) Catalog(ctx context.Context) (*catalog.Catalog, error) {
	var revision int64
	var asOf time.Time
	if _, err := r.one(ctx, []any{&revision, into{&asOf}},
		"SELECT revision, (SELECT MAX(read_at) FROM catalog_source) FROM catalog_state WHERE one = 1"); err != nil {
		return nil, err
	}
	for _, c := range []*catalog.Catalog{r.built, r.s.catalog.Load()} {
		if c == nil || c.Revision != revision {
			continue
		}
		if c.AsOf.Equal(asOf) {
			return c, nil
		}
		newer := *c
		newer.AsOf = asOf
		return &newer, nil
	}
	held, err := r.holdings(ctx)
	if err != nil {
		return nil, err
	}
	c := catalog.New(held.facts(), revision, asOf)
	r.built = c
	if !r.writes {
		r.s.share(c)
	}
	return c, nil
}

// share keeps a catalog for the next reader, unless a newer one is kept.
func (s *Store) share(c *catalog.Catalog) {
	for {
		old := s.catalog.Load()
		if old != nil && old.Revision >= c.Revision || s.catalog.CompareAndSwap(old, c) {
			return
		}
	}
}

// PutCatalog replaces what one source declared. Among several sources the first that declared a thing
// keeps it; for the others it counts as unchanged, until the first no longer names it and they are read
// again.
func (t *tx) PutCatalog(ctx context.Context, c fact.CatalogSeen) (port.Imported, error) {
	if _, err := t.exec(ctx, port.Catalog, `INSERT INTO catalog_source (name, read_at) VALUES (?, ?)
		ON CONFLICT (name) DO UPDATE SET read_at = excluded.read_at`, c.Source, micros(t.s.now())); err != nil {
		return port.Imported{}, err
	}
	held, err := t.holdings(ctx)
	if err != nil {
		return port.Imported{}, err
	}
	declared := slices.Clone(c.Edges)
	for i := range declared {
		declared[i].Kind = cmp.Or(declared[i].Kind, catalog.Hard)
	}
	var sum port.Imported
	for _, step := range []func() (port.Imported, error){
		func() (port.Imported, error) { return replace(ctx, t, units, c.Source, c.Units, held.units) },
		func() (port.Imported, error) { return replace(ctx, t, regions, c.Source, c.Regions, held.regions) },
		func() (port.Imported, error) { return replace(ctx, t, teams, c.Source, c.Teams, held.teams) },
		func() (port.Imported, error) { return replace(ctx, t, services, c.Source, c.Services, held.services) },
		func() (port.Imported, error) { return replace(ctx, t, vendors, c.Source, c.Vendors, held.vendors) },
		func() (port.Imported, error) { return replace(ctx, t, edges, c.Source, declared, held.edges) },
		func() (port.Imported, error) {
			return replace(ctx, t, placements, c.Source, c.Placements, held.placements)
		},
		func() (port.Imported, error) {
			return replace(ctx, t, proposals, c.Source, c.Proposals, held.proposals)
		},
	} {
		n, err := step()
		if err != nil {
			return port.Imported{}, err
		}
		sum.Read += n.Read
		sum.Stored += n.Stored
		sum.Unchanged += n.Unchanged
		sum.Removed += n.Removed
	}
	if sum.Stored+sum.Removed == 0 {
		return sum, nil
	}
	_, err = t.exec(ctx, port.Catalog, "UPDATE catalog_state SET revision = revision + 1 WHERE one = 1")
	return sum, err
}
