package store

import (
	"context"

	"signalbox/release/access"
	"signalbox/release/catalog"
)

// attached reads a table that hangs a list on things: the owner's id and a value a row, in order.
func attached[S ~string](ctx context.Context, r *reader, query string) (map[string][]S, error) {
	out := map[string][]S{}
	return out, r.each(ctx, func(scan func(...any) error) error {
		var owner string
		var value S
		err := scan(&owner, &value)
		out[owner] = append(out[owner], value)
		return err
	}, query)
}

// holdings reads the whole catalog.
func (r *reader) holdings(ctx context.Context) (*holdings, error) {
	var h holdings
	for _, read := range []func(context.Context, *holdings) error{
		r.readUnits, r.readRegions, r.readTeams, r.readServices, r.readVendors, r.readEdges, r.readPlacements, r.readProposals,
	} {
		if err := read(ctx, &h); err != nil {
			return nil, err
		}
	}
	return &h, nil
}

func (r *reader) readUnits(ctx context.Context, h *holdings) (err error) {
	h.units, err = collect(ctx, r, func(scan func(...any) error) (o holding[catalog.Unit], err error) {
		return o, scan(&o.thing.ID, &o.source, &o.thing.Name, perhaps(&o.thing.Parent))
	}, "SELECT id, source, name, parent FROM unit ORDER BY id")
	return err
}

func (r *reader) readRegions(ctx context.Context, h *holdings) (err error) {
	h.regions, err = collect(ctx, r, func(scan func(...any) error) (o holding[catalog.Region], err error) {
		return o, scan(&o.thing.ID, &o.source, &o.thing.Name, &o.thing.Zone, &o.thing.Place)
	}, "SELECT id, source, name, zone, place FROM region ORDER BY id")
	return err
}

func (r *reader) readTeams(ctx context.Context, h *holdings) error {
	var err error
	h.teams, err = collect(ctx, r, func(scan func(...any) error) (o holding[catalog.Team], err error) {
		return o, scan(&o.thing.ID, &o.source, &o.thing.Name, perhaps(&o.thing.Unit))
	}, "SELECT id, source, name, unit FROM team ORDER BY id")
	if err != nil {
		return err
	}
	members, err := attached[access.PersonID](ctx, r, "SELECT team, person FROM team_member ORDER BY team, n")
	for i := range h.teams {
		h.teams[i].thing.Members = members[h.teams[i].thing.ID]
	}
	return err
}

func (r *reader) readServices(ctx context.Context, h *holdings) error {
	var err error
	h.services, err = collect(ctx, r, func(scan func(...any) error) (o holding[catalog.Service], err error) {
		s := &o.thing
		err = scan(&s.ID, &o.source, &s.Title, &s.Tier, perhaps(&s.Team), perhaps(&s.System), perhaps(&s.Lifecycle),
			&s.CustomerFacing, &s.Personal, &s.From)
		return o, err
	}, `SELECT id, source, title, tier, team, system, lifecycle, customer_facing, personal_data, declared_in FROM service ORDER BY id`)
	if err != nil {
		return err
	}
	places, err := attached[string](ctx, r, "SELECT service, region FROM service_region ORDER BY service, n")
	if err != nil {
		return err
	}
	tags, err := attached[string](ctx, r, "SELECT service, tag FROM service_tag ORDER BY service, n")
	if err != nil {
		return err
	}
	repos := map[string]map[string]string{}
	err = r.each(ctx, func(scan func(...any) error) error {
		var service, forge, slug string
		err := scan(&service, &forge, &slug)
		if repos[service] == nil {
			repos[service] = map[string]string{}
		}
		repos[service][forge] = slug
		return err
	}, "SELECT service, forge, slug FROM service_repo")
	for i := range h.services {
		s := &h.services[i].thing
		s.Regions, s.Tags, s.Repos = places[s.ID], tags[s.ID], repos[s.ID]
	}
	return err
}

func (r *reader) readVendors(ctx context.Context, h *holdings) (err error) {
	h.vendors, err = collect(ctx, r, func(scan func(...any) error) (o holding[catalog.Vendor], err error) {
		return o, scan(&o.thing.ID, &o.source, &o.thing.Name)
	}, "SELECT id, source, name FROM vendor ORDER BY id")
	return err
}

func (r *reader) readEdges(ctx context.Context, h *holdings) (err error) {
	h.edges, err = collect(ctx, r, func(scan func(...any) error) (o holding[catalog.Edge], err error) {
		return o, scan(&o.thing.From, &o.thing.To, &o.thing.Ruled, &o.source, &o.thing.Kind)
	}, "SELECT consumer, provider, ruled, source, kind FROM edge ORDER BY consumer, provider, ruled")
	return err
}

func (r *reader) readPlacements(ctx context.Context, h *holdings) error {
	var err error
	h.placements, err = collect(ctx, r, func(scan func(...any) error) (o holding[catalog.Placement], err error) {
		return o, scan(&o.thing.Service, &o.source, &o.thing.Tier, &o.thing.From)
	}, "SELECT service, source, tier, declared_in FROM placement ORDER BY service")
	if err != nil {
		return err
	}
	places, err := attached[string](ctx, r, "SELECT service, region FROM placement_region ORDER BY service, n")
	for i := range h.placements {
		h.placements[i].thing.Regions = places[h.placements[i].thing.Service]
	}
	return err
}

func (r *reader) readProposals(ctx context.Context, h *holdings) error {
	var err error
	h.proposals, err = collect(ctx, r, func(scan func(...any) error) (o holding[catalog.Proposal], err error) {
		return o, scan(&o.thing.ID, &o.source, &o.thing.Name, perhaps(&o.thing.Email), &o.thing.From)
	}, "SELECT id, source, name, email, declared_in FROM proposal ORDER BY id")
	if err != nil {
		return err
	}
	named, err := attached[string](ctx, r, "SELECT proposal, team FROM proposal_team ORDER BY proposal, n")
	for i := range h.proposals {
		h.proposals[i].thing.Teams = named[string(h.proposals[i].thing.ID)]
	}
	return err
}
