package control

import (
	"context"
	"fmt"
	"slices"
	"time"

	"signalbox/release"
	"signalbox/release/access"
	"signalbox/release/catalog"
	"signalbox/release/change"
	"signalbox/release/fact"
	"signalbox/release/port"
	"signalbox/release/verb"
)

// report is the answer of an import.
type report struct {
	Source string `json:"source"`
	port.Imported
	Remapped []string       `json:"remapped"` // changes whose repository has found its service
	Refused  []fact.Refusal `json:"refused"`
}

// imports reads a catalog source with one of the importers and replaces what that source declared before.
// Open changes of unknown repositories that now have a service are moved to it.
func (c *Control) imports(kind string) func(context.Context, verb.Call) (verb.Answer, error) {
	return func(ctx context.Context, call verb.Call) (verb.Answer, error) {
		read, ok := c.Importers[kind]
		if !ok {
			return verb.Answer{}, release.Errorf(release.Usage, "this build cannot import %s", kind)
		}
		seen, err := read(call.Arg(0))
		if err != nil {
			return verb.Answer{}, err
		}
		return c.act(ctx, call, func(ctx context.Context, tx port.Tx, p *access.Person, at time.Time) (done, error) {
			if err := org(p, access.Catalog, at); err != nil {
				return done{}, err
			}
			rep := report{Source: seen.Source, Refused: seen.Refused, Remapped: []string{}}
			if rep.Refused == nil {
				rep.Refused = []fact.Refusal{}
			}
			var err error
			if rep.Imported, err = tx.PutCatalog(ctx, seen); err != nil {
				return done{}, err
			}
			if rep.Remapped, err = c.remap(ctx, tx, call.Actor, at); err != nil {
				return done{}, err
			}
			d := done{subject: seen.Source, value: rep,
				summary: fmt.Sprintf("%s: %d read, %d stored, %d unchanged, %d removed, %d refused", seen.Source, rep.Read, rep.Stored, rep.Unchanged, rep.Removed, len(rep.Refused))}
			for _, r := range rep.Refused {
				d.lines = append(d.lines, fmt.Sprintf("refused %s %s: %s", r.Place, r.Item, r.Reason))
			}
			for _, id := range rep.Remapped {
				d.lines = append(d.lines, id+" has found its service")
			}
			return d, nil
		})
	}
}

// remap looks again at undecided and authorised changes after the catalog changed: those of unknown
// repositories that a service now claims move to it, and the risk of all is taken again.
func (c *Control) remap(ctx context.Context, tx port.Tx, by access.Actor, at time.Time) ([]string, error) {
	l, err := c.load(ctx, tx, at)
	if err != nil {
		return nil, err
	}
	moved := []string{}
	for _, s := range []change.State{change.Requested, change.Authorised} {
		list, err := tx.ChangesIn(ctx, s)
		if err != nil {
			return nil, err
		}
		for _, ch := range list {
			if svc := l.cat.ServiceFor(ch.Forge, ch.Repo, ""); catalog.IsUnknown(ch.Service) && svc != nil {
				if open, err := tx.OpenChanges(ctx, svc.ID, ch.Environment); err != nil {
					return nil, err
				} else if slices.ContainsFunc(open, func(o change.Change) bool { return o.Digest == ch.Digest }) {
					continue // the service has a change for this digest already
				}
				ch.Service = svc.ID
				moved = append(moved, ch.ID)
			}
			if err := c.reassess(ctx, tx, l, ch, by, at); err != nil {
				return nil, err
			}
		}
	}
	return moved, nil
}
