package control

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"signalbox/release"
	"signalbox/release/access"
	"signalbox/release/calendar"
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
	Aside    []fact.Refusal `json:"aside,omitempty"` // understood, and nothing for the calendar
	// Rows say of each entry of a calendar what became of it.
	Rows []importedRow `json:"rows,omitempty"`
}

// importedRow is an entry of a calendar that was read, or that is no longer in it.
type importedRow struct {
	ID     string        `json:"id"`
	Kind   calendar.Kind `json:"kind"`
	Title  string        `json:"title"`
	Became string        `json:"became"` // new, changed, unchanged or removed
}

// imports reads a source with one of the importers and replaces what that source declared before. Open
// changes of unknown repositories that now have a service are moved to it.
func (c *Control) imports(kind string) func(context.Context, verb.Call) (verb.Answer, error) {
	return func(ctx context.Context, call verb.Call) (verb.Answer, error) {
		read, ok := c.Importers[kind]
		if !ok {
			return verb.Answer{}, release.Errorf(release.Usage, "this build cannot import %s", kind)
		}
		seen, err := read(call.Arg(0), call.Flags)
		if err != nil {
			return verb.Answer{}, err
		}
		return c.act(ctx, call, func(ctx context.Context, tx port.Tx, p *access.Person, at time.Time) (done, error) {
			rep := report{Remapped: []string{}}
			var err error
			switch f := seen.(type) {
			case fact.CatalogSeen:
				err = c.importCatalog(ctx, tx, p, call.Actor, f, &rep, at)
			case fact.CalendarSeen:
				err = c.importCalendar(ctx, tx, p, f, &rep, at)
			case fact.ObjectivesSeen:
				err = c.importObjectives(ctx, tx, p, f, &rep, at)
			default:
				err = fmt.Errorf("an importer told a fact of type %T", f)
			}
			if err != nil {
				return done{}, err
			}
			if rep.Refused == nil {
				rep.Refused = []fact.Refusal{}
			}
			d := done{subject: rep.Source, value: rep,
				summary: fmt.Sprintf("%s: %d read, %d stored, %d unchanged, %d removed, %d refused", rep.Source, rep.Read, rep.Stored, rep.Unchanged, rep.Removed, len(rep.Refused))}
			for _, r := range rep.Rows {
				d.lines = append(d.lines, fmt.Sprintf("%s %s %s: %s", r.Became, r.Kind, r.ID, r.Title))
			}
			if n := len(rep.Aside); n > 0 {
				d.summary += fmt.Sprintf(", %d left aside", n)
			}
			for _, r := range rep.Aside {
				d.lines = append(d.lines, fmt.Sprintf("left aside %s %s: %s", r.Place, r.Item, r.Reason))
			}
			for _, r := range rep.Refused {
				d.lines = append(d.lines, fmt.Sprintf("refused %s %s: %s", r.Place, r.Item, r.Reason))
			}
			if seen, ok := seen.(fact.CatalogSeen); ok && len(seen.Proposals) > 0 {
				d.lines = append(d.lines, fmt.Sprintf("%s proposed, and can do nothing yet; an admin adds each: person add ID", proposed(len(seen.Proposals))))
			}
			for _, id := range rep.Remapped {
				d.lines = append(d.lines, id+" has found its service")
			}
			return d, nil
		})
	}
}

func (c *Control) importCatalog(ctx context.Context, tx port.Tx, p *access.Person, by access.Actor, f fact.CatalogSeen, rep *report, at time.Time) error {
	if err := org(p, access.Catalog, at); err != nil {
		return err
	}
	rep.Source, rep.Refused = f.Source, f.Refused
	var err error
	if rep.Imported, err = tx.PutCatalog(ctx, f); err != nil {
		return err
	}
	rep.Remapped, err = c.remap(ctx, tx, by, at)
	return err
}

// importCalendar stores what a calendar file holds. A freeze in it bars changes as a declared one does, so
// that it needs the same right where a person imports it.
func (c *Control) importCalendar(ctx context.Context, tx port.Tx, p *access.Person, f fact.CalendarSeen, rep *report, at time.Time) error {
	for _, e := range f.Entries {
		if e.Kind != calendar.FreezePeriod || p == nil {
			continue
		}
		if err := access.AuthoriseScope(p, access.Freeze, e.Scope, at); err != nil {
			return err
		}
	}
	if err := org(p, access.Catalog, at); err != nil {
		return err
	}
	rep.Source, rep.Refused, rep.Aside = f.Source, f.Refused, f.Aside
	before, err := tx.Entries(ctx)
	if err != nil {
		return err
	}
	if rep.Imported, err = tx.PutCalendar(ctx, f, at); err != nil {
		return err
	}
	after, err := tx.Entries(ctx)
	rep.Rows = became(f, before, after)
	return err
}

// became says of each entry that a source named, and of each that it names no more, what became of it.
func became(f fact.CalendarSeen, before, after []calendar.Entry) []importedRow {
	was, is := map[string]calendar.Entry{}, map[string]calendar.Entry{}
	held := func(to map[string]calendar.Entry, list []calendar.Entry) {
		for _, e := range list {
			if e.Source == f.Source {
				e.Revision, e.UpdatedAt = 0, time.Time{}
				to[e.ExternalID] = e
			}
		}
	}
	held(was, before)
	held(is, after)
	out := []importedRow{}
	seen := map[string]bool{}
	for _, e := range f.Entries {
		if seen[e.ExternalID] {
			continue
		}
		seen[e.ExternalID] = true
		row := importedRow{e.ExternalID, e.Kind, e.Title, "unchanged"}
		if old, there := was[e.ExternalID]; !there {
			row.Became = "new"
		} else if !alike(old, is[e.ExternalID]) {
			row.Became = "changed"
		}
		out = append(out, row)
	}
	for _, e := range before {
		if _, there := is[e.ExternalID]; e.Source == f.Source && !there {
			out = append(out, importedRow{e.ExternalID, e.Kind, e.Title, "removed"})
		}
	}
	return out
}

// alike compares what two entries say.
func alike(a, b calendar.Entry) bool {
	x, err1 := json.Marshal(a)
	y, err2 := json.Marshal(b)
	return err1 == nil && err2 == nil && bytes.Equal(x, y)
}

// remap looks again at undecided and authorised changes after the catalog changed: those of unknown
// repositories that a service now claims move to it, and the risk of all is taken again.
func (c *Control) remap(ctx context.Context, tx port.Tx, by access.Actor, at time.Time) ([]string, error) {
	l, err := c.load(ctx, tx, at)
	if err != nil {
		return nil, err
	}
	moved := []string{}
	list, err := tx.ChangesIn(ctx, change.Requested, change.Authorised, change.Scheduled)
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
	return moved, nil
}

func proposed(n int) string {
	if n == 1 {
		return "1 person is"
	}
	return fmt.Sprintf("%d people are", n)
}
