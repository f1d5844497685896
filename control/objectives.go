package control

import (
	"context"
	"fmt"
	"strings"
	"time"

	"signalbox/release"
	"signalbox/release/access"
	"signalbox/release/audit"
	"signalbox/release/catalog"
	"signalbox/release/fact"
	"signalbox/release/port"
)

// objectives replaces what a source of objectives declares. Those of services that the catalog does not have
// are stored too, since it may come to have them, and are said to have no place.
func (in *ingest) objectives(ctx context.Context, f fact.ObjectivesSeen) error {
	l, err := in.loaded(ctx)
	if err != nil {
		return err
	}
	f, strange := in.placed(l.cat, f)
	in.refused = append(in.refused, strange...)
	for _, o := range f.Objectives {
		if _, ok := l.cat.Service(o.Service); ok {
			in.toldOf(o.Service)
		}
	}
	got, err := in.tx.PutObjectives(ctx, f)
	if err != nil || got.Stored+got.Removed == 0 {
		return err
	}
	in.changed += got.Stored + got.Removed
	return in.log(ctx, "objectives.read", "objectives:"+f.Source, fmt.Sprintf("objectives of %s: %d read, %d stored, %d unchanged, %d removed, %d refused", f.Source,
		got.Read, got.Stored, got.Unchanged, got.Removed, len(f.Refused)), 0, nil)
}

// placed names services and environments as signalbox does, and lists the services that the catalog lacks.
func (c *Control) placed(cat *catalog.Catalog, f fact.ObjectivesSeen) (fact.ObjectivesSeen, []fact.Refusal) {
	var strange []fact.Refusal
	list := f.Objectives
	f.Objectives = nil
	for _, o := range list {
		o.Service = strings.ToLower(strings.TrimSpace(o.Service))
		if env, ok := catalog.Resolve(c.wired().Environments, o.Environment); ok {
			o.Environment = env.Name
		}
		if _, ok := cat.Service(o.Service); !ok {
			strange = append(strange, fact.Refusal{Place: o.From, Item: o.Service, Reason: "no service of the catalog has this name; the objective " + o.ID + " waits for it"})
		}
		f.Objectives = append(f.Objectives, o)
	}
	return f, strange
}

// importObjectives stores what a person reads from files.
func (c *Control) importObjectives(ctx context.Context, tx port.Tx, p *access.Person, f fact.ObjectivesSeen, rep *report, at time.Time) error {
	if err := org(p, access.Catalog, at); err != nil {
		return err
	}
	cat, err := tx.Catalog(ctx)
	if err != nil {
		return err
	}
	f, strange := c.placed(cat, f)
	rep.Source, rep.Refused = f.Source, append(f.Refused, strange...)
	rep.Imported, err = tx.PutObjectives(ctx, f)
	return err
}

// forgetObjectives removes the objectives of a connector that is not configured any more: nobody would keep
// them true.
func (c *Control) forgetObjectives(ctx context.Context, tx port.Tx, name string, at time.Time) error {
	got, err := tx.PutObjectives(ctx, fact.ObjectivesSeen{Source: name})
	if err != nil || got.Removed == 0 {
		return err
	}
	_, err = c.seal(ctx, tx, audit.Entry{At: at, Actor: "system:configuration", Door: access.System, Verb: "objectives.read", Subject: "objectives:" + name,
		Outcome: audit.Done, Summary: fmt.Sprintf("%s is not configured any more: %d objectives are gone", release.Clean(name, 60), got.Removed)})
	return err
}
