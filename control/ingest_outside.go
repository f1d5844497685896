package control

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"signalbox/release"
	"signalbox/release/access"
	"signalbox/release/catalog"
	"signalbox/release/fact"
	"signalbox/release/health"
)

// What monitors, calendars and catalogs tell, as against forges.

// toldOf notes that the connector has told of a service.
func (in *ingest) toldOf(service string) {
	if in.services == nil {
		in.services = map[string]bool{}
	}
	in.services[service] = true
}

// rest writes which services rest on the connector.
func (in *ingest) rest(ctx context.Context) error {
	if len(in.services) == 0 {
		return nil
	}
	return in.tx.RestOn(ctx, in.connector, slices.Sorted(maps.Keys(in.services)), in.at)
}

// catalog replaces what a catalog source declares, as an import does.
func (in *ingest) catalog(ctx context.Context, f fact.CatalogSeen) error {
	got, err := in.tx.PutCatalog(ctx, f)
	if err != nil {
		return err
	}
	for _, s := range f.Services {
		in.toldOf(s.ID)
	}
	if got.Stored+got.Removed == 0 {
		return nil
	}
	in.changed += got.Stored + got.Removed
	in.l = nil // it was read before the catalog changed
	moved, err := in.remap(ctx, in.tx, access.Actor{Name: "connector:" + in.connector, Door: access.Connector}, in.at)
	if err != nil {
		return err
	}
	return in.log(ctx, "catalog.read", f.Source, fmt.Sprintf("%s: %d read, %d stored, %d unchanged, %d removed, %d refused", f.Source,
		got.Read, got.Stored, got.Unchanged, got.Removed, len(f.Refused)), 0, map[string]string{"remapped": strings.Join(moved, " ")})
}

// calendar replaces what a calendar holds.
func (in *ingest) calendar(ctx context.Context, f fact.CalendarSeen) error {
	got, err := in.tx.PutCalendar(ctx, f, in.at)
	if err != nil {
		return err
	}
	if got.Stored+got.Removed == 0 {
		return nil
	}
	in.changed += got.Stored + got.Removed
	return in.log(ctx, "calendar.read", "calendar:"+f.Source, fmt.Sprintf("%s: %d read, %d stored, %d unchanged, %d removed, %d refused", f.Source,
		got.Read, got.Stored, got.Unchanged, got.Removed, len(f.Refused)), 0, nil)
}

// measured stores samples of services that the catalog knows; of the others it says that they have no place.
func (in *ingest) measured(ctx context.Context, f fact.Measured) error {
	l, err := in.loaded(ctx)
	if err != nil {
		return err
	}
	kept := make([]health.Sample, 0, len(f.Samples))
	strange := map[string]bool{}
	for _, s := range f.Samples {
		svc := in.service(l.cat, s.Service)
		if svc == nil {
			strange[s.Service] = true
			continue
		}
		s.Service, s.Environment = svc.ID, in.environment(s.Environment)
		in.toldOf(svc.ID)
		kept = append(kept, s)
	}
	for _, name := range slices.Sorted(maps.Keys(strange)) {
		in.refused = append(in.refused, fact.Refusal{Item: name, Reason: "no service of the catalog has this name"})
	}
	if len(kept) == 0 {
		return nil
	}
	in.vitals.late(kept, in.at)
	return in.tx.PutSamples(ctx, in.connector, kept)
}

// alert stores an alert, bound to its service where the catalog knows it.
func (in *ingest) alert(ctx context.Context, f fact.AlertSeen) error {
	l, err := in.loaded(ctx)
	if err != nil {
		return err
	}
	a := f.Alert
	a.Connector, a.Environment = in.connector, in.environment(a.Environment)
	if svc := in.service(l.cat, a.Service); svc != nil {
		a.Service = svc.ID
		in.toldOf(svc.ID)
	}
	changed, err := in.tx.PutAlert(ctx, a)
	if err != nil || !changed {
		return err
	}
	in.changed++
	verb, word := "alert.fire", "fires"
	if a.State == health.Resolved {
		verb, word = "alert.resolve", "is resolved"
	}
	about := a.Name
	if a.Service != "" {
		about += " of " + a.Service
	}
	return in.log(ctx, verb, "alert:"+a.Name, strings.TrimSuffix(fmt.Sprintf("%s %s: %s", about, word, a.Summary), ": "), 0,
		map[string]string{"service": a.Service, "environment": a.Environment, "severity": a.Severity, "fingerprint": a.ID})
}

// service finds the service that an outside system means by a name.
func (in *ingest) service(cat *catalog.Catalog, name string) *catalog.Service {
	s, _ := cat.Service(strings.ToLower(strings.TrimSpace(name)))
	return s
}

// environment is the configured name of an environment, or the name as it was told, in lower case.
func (in *ingest) environment(name string) string {
	if env, ok := catalog.Resolve(in.wired().Environments, name); ok {
		return env.Name
	}
	return strings.ToLower(release.Clean(name, 60))
}
