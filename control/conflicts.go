package control

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"signalbox/release"
	"signalbox/release/access"
	"signalbox/release/audit"
	"signalbox/release/conflict"
	"signalbox/release/feed"
	"signalbox/release/port"
)

// escalateConflict is the follow-up that asks the next on a case's path.
const escalateConflict = "conflict.escalate"

// docketTopics are what the list of conflicts rests on.
var docketTopics = append([]port.Topic{port.Conflicts, port.Changes, port.People}, interlockTopics...)

// settledFor is how long settled cases are listed.
const settledFor = 24 * time.Hour

// standing are the conflicts between what is scheduled, each once, by its name, and those that cannot be ruled out
// although what they need is fed.
func (k *interlock) standing() (found map[string]conflict.Conflict, unknown []conflict.Conflict) {
	found = map[string]conflict.Conflict{}
	for _, x := range k.engine.List() {
		if x.Outcome == conflict.Collides {
			if _, twice := found[x.Key]; !twice {
				found[x.Key] = x
			}
			continue
		}
		if x.Outcome == conflict.Unknown && k.unfed&conflict.InputsOf(x.Missing) == 0 {
			unknown = append(unknown, x)
		}
	}
	return found, unknown
}

// watchConflicts writes down each conflict that has come up, each that is so no more, and each waiver that has
// ended, since that was last written: once among all processes.
func (c *Control) watchConflicts(ctx context.Context, at time.Time) error {
	k, err := c.interlocked(ctx)
	if err != nil {
		return err
	}
	found, _ := k.standing()
	due := false
	if err := c.Store.Read(ctx, func(r port.Reader) error {
		cases, err := r.ConflictCases(ctx, at)
		due = len(amendments(found, cases, at)) > 0
		return err
	}); err != nil || !due {
		return err
	}
	return c.Store.Write(ctx, func(tx port.Tx) error {
		cases, err := tx.ConflictCases(ctx, at)
		if err != nil {
			return err
		}
		for _, a := range amendments(found, cases, at) {
			if err := c.amend(ctx, tx, a, at); err != nil {
				return err
			}
		}
		return nil
	})
}

// amendment is what is to be written of one case.
type amendment struct {
	verb string // "conflict.raise", "conflict.gone", "conflict.lapse" or "" where only the body changes
	now  conflict.Case
}

// amendments compares the conflicts that stand with the cases that are kept.
func amendments(found map[string]conflict.Conflict, cases []conflict.Case, at time.Time) []amendment {
	var out []amendment
	kept := map[string]bool{}
	for _, k := range cases {
		if k.State == conflict.Gone {
			continue
		}
		kept[k.Key] = true
		x, stands := found[k.Key]
		switch {
		case !stands:
			k.State, k.GoneAt = conflict.Gone, at
			out = append(out, amendment{"conflict.gone", k})
		case k.State == conflict.Waived && !k.Holds(at):
			k.Conflict, k.State, k.Waiver, k.Step, k.AskedAt = x, conflict.Open, nil, 0, at
			k.AnsweredBy, k.AnsweredAt = "", time.Time{}
			out = append(out, amendment{"conflict.lapse", k})
		case !same(k.Conflict, x):
			k.Conflict = x
			out = append(out, amendment{"", k})
		}
	}
	for key, x := range found {
		if !kept[key] {
			out = append(out, amendment{"conflict.raise", conflict.Case{State: conflict.Open, Conflict: x, RaisedAt: at, AskedAt: at}})
		}
	}
	slices.SortFunc(out, func(a, b amendment) int { return strings.Compare(a.now.Key, b.now.Key) })
	return out
}

// same compares what was kept, which has been JSON, with what was found.
func same(a, b conflict.Conflict) bool {
	a.From, a.To, a.Deadline = a.From.UTC(), a.To.UTC(), a.Deadline.UTC()
	b.From, b.To, b.Deadline = b.From.UTC(), b.To.UTC(), b.Deadline.UTC()
	return a.From.Equal(b.From) && a.To.Equal(b.To) && a.Deadline.Equal(b.Deadline) && a.Severity == b.Severity && a.Reason == b.Reason &&
		a.Owner == b.Owner && a.With == b.With && reflect.DeepEqual(append([]string{}, a.Items...), append([]string{}, b.Items...))
}

// amend writes one case, its entry and its clock.
func (c *Control) amend(ctx context.Context, tx port.Tx, a amendment, at time.Time) error {
	k := a.now
	summary := ""
	switch a.verb {
	case "conflict.raise":
		n, err := tx.NextID(ctx, "conflict")
		if err != nil {
			return err
		}
		k.ID = c.id(fmt.Sprintf("CX-%d", n))
		summary = fmt.Sprintf("%s raised: %s", k.ID, k.Reason)
	case "conflict.gone":
		k.How = "it is so no more"
		last := int64(0)
		for _, p := range k.Parties { // what was done last to either of the two
			if p.Sort != conflict.WorkParty && p.Sort != conflict.FreezeFact {
				continue
			}
			rows, err := history(ctx, tx, p.ID, audit.Done, 1)
			if err != nil {
				return err
			}
			if len(rows) > 0 && rows[0].Seq > last && !rows[0].At.Before(k.RaisedAt) {
				last, k.How = rows[0].Seq, rows[0].Summary
			}
		}
		summary = fmt.Sprintf("%s is settled: %s", k.ID, k.How)
	case "conflict.lapse":
		summary = fmt.Sprintf("the waiver of %s is over: %s", k.ID, k.Reason)
	}
	if err := tx.PutConflictCase(ctx, &k); err != nil {
		return err
	}
	if a.verb == "" {
		return nil
	}
	if err := c.windUp(ctx, tx, k); err != nil {
		return err
	}
	_, err := c.seal(ctx, tx, audit.Entry{At: at, Actor: "system:calendar", Door: access.System, Verb: a.verb, Subject: k.ID, Outcome: audit.Done,
		Revision: k.Revision, Summary: release.Clean(summary, 400),
		Detail: map[string]string{"change": k.Work(), "kind": k.Kind.ID(), "severity": k.Severity.String(), "owner": k.Owner}})
	return err
}

// windUp sets the clock that asks the next on the path.
func (c *Control) windUp(ctx context.Context, tx port.Tx, k conflict.Case) error {
	due := k.Due()
	if due.IsZero() || k.Severity < conflict.Soft {
		return nil
	}
	return tx.AddFollowup(ctx, port.Followup{Kind: escalateConflict, DueAt: due, Args: map[string]string{"case": k.ID, "step": fmt.Sprint(k.Step)},
		Key: fmt.Sprintf("%s:%s/%d@%d", escalateConflict, k.ID, k.Step, due.UnixMicro())})
}

// escalateDue asks the next on the path of a case that nobody has answered.
func (c *Control) escalateDue(ctx context.Context, tx port.Tx, f port.Followup, at time.Time) (string, error) {
	k, err := tx.ConflictCase(ctx, f.Args["case"])
	if err != nil {
		return "", err
	}
	if due := k.Due(); due.IsZero() || at.Before(due) || fmt.Sprint(k.Step) != f.Args["step"] {
		return "nothing to do", nil
	}
	silent := fmt.Sprintf("%s: the %ss were silent for %s", k.ID, conflict.Path[k.Step].Role, release.Span(at.Sub(k.AskedAt)))
	asked, err := c.step(ctx, tx, &k, at)
	if err != nil {
		return "", err
	}
	_, err = c.seal(ctx, tx, audit.Entry{At: at, Actor: "system:clock", Door: access.System, Verb: escalateConflict, Outcome: audit.Done, Subject: k.ID, Revision: k.Revision,
		Summary: silent + ", asked now: " + orNobody(asked),
		Detail:  map[string]string{"change": k.Work(), "kind": k.Kind.ID(), "step": fmt.Sprint(k.Step), "asked": strings.Join(asked, ", ")}})
	return "escalated", err
}

// step has the case ask the next on its path, and returns who that is.
func (c *Control) step(ctx context.Context, tx port.Tx, k *conflict.Case, at time.Time) ([]string, error) {
	k.AnsweredBy, k.AnsweredAt = "", time.Time{}
	k.Step, k.AskedAt = k.Step+1, at
	if err := tx.PutConflictCase(ctx, k); err != nil {
		return nil, err
	}
	if err := c.windUp(ctx, tx, *k); err != nil {
		return nil, err
	}
	people, err := tx.People(ctx)
	return ids(c.asks(people, k, at)), err
}

// asks are the people whom a case asks now: the holders of its stage's role.
func (c *Control) asks(people []access.Person, k *conflict.Case, at time.Time) []access.PersonID {
	if k.State != conflict.Open || k.Step >= len(conflict.Path) {
		return nil
	}
	role := conflict.Path[k.Step].Role
	var out []access.PersonID
	for i := range people {
		p := &people[i]
		if !p.Disabled && slices.ContainsFunc(p.Grants, func(g access.Grant) bool { return g.Role == role && g.Live(at) }) {
			out = append(out, p.ID)
		}
	}
	return out
}

func ids(list []access.PersonID) []string {
	out := make([]string, len(list))
	for i, p := range list {
		out[i] = string(p)
	}
	return out
}

// Docket returns the shared list of conflicts.
func (c *Control) Docket(ctx context.Context) (*conflict.Docket, error) {
	return c.docket.get(ctx, c, docketTopics, func(ctx context.Context) (*conflict.Docket, error) {
		at := c.now()
		k, err := c.interlocked(ctx)
		if err != nil {
			return nil, err
		}
		out := &conflict.Docket{AsOf: at, Standing: []conflict.Case{}, Settled: []conflict.Case{}, Stale: []string{}, Unfed: k.unfed.Names(), Work: map[string]conflict.Work{}}
		_, out.Unknown = k.standing()
		err = c.Store.Read(ctx, func(r port.Reader) error {
			cases, err := r.ConflictCases(ctx, at.Add(-settledFor))
			if err != nil {
				return err
			}
			for _, x := range cases {
				if x.State == conflict.Gone {
					out.Settled = append(out.Settled, x)
				} else {
					out.Standing = append(out.Standing, x)
					for _, p := range x.Parties {
						if w, ok := k.engine.Work(p.ID); ok && p.Sort == conflict.WorkParty {
							out.Work[p.ID] = w
						}
					}
				}
			}
			feeds, err := r.Feeds(ctx)
			for _, f := range feeds {
				if f.Kind != feed.Out && !monitors[f.Type] && f.Aspect(at, c.wired().since) == feed.Dark { // a monitor tells nothing of the calendar
					out.Stale = append(out.Stale, f.Name)
				}
			}
			return err
		})
		conflict.SortCases(out.Standing, at)
		slices.SortStableFunc(out.Settled, func(a, b conflict.Case) int { return b.GoneAt.Compare(a.GoneAt) })
		return out, err
	})
}

// Brief returns one case with everything by which it can be settled, shared by all who look at it. The error is
// NotFound where there is none.
func (c *Control) Brief(ctx context.Context, id string) (*conflict.Brief, error) {
	return c.briefs.of(id, c.now()).get(ctx, c, docketTopics, func(ctx context.Context) (*conflict.Brief, error) {
		at := c.now()
		k, err := c.interlocked(ctx)
		if err != nil {
			return nil, err
		}
		out := &conflict.Brief{AsOf: at, Parts: []conflict.Part{}, Waivers: []access.PersonID{}, Asked: []access.PersonID{}, Next: []access.PersonID{}, Siblings: []string{}}
		err = c.judging(ctx, func(r port.Reader) error {
			var err error
			if out.Case, err = r.ConflictCase(ctx, id); err != nil {
				return err
			}
			l, err := c.load(ctx, r, at)
			if err != nil {
				return err
			}
			out.Asked = append(out.Asked, c.asks(l.people, &out.Case, at)...)
			after := out.Case
			after.Step++
			out.Next = append(out.Next, c.asks(l.people, &after, at)...)
			hands := map[access.PersonID]bool{}
			if ch, err := r.Change(ctx, out.Work()); err == nil {
				it, err := c.item(ctx, r, l, ch, at)
				if err != nil {
					return err
				}
				for _, a := range it.Authors {
					hands[a.Person] = true
				}
			}
			for _, w := range l.waivers {
				if id := access.PersonID(w); !hands[id] {
					out.Waivers = append(out.Waivers, id)
				}
			}
			for _, x := range l.cases {
				if x.ID != out.ID && x.Work() == out.Work() {
					out.Siblings = append(out.Siblings, x.ID)
				}
			}
			slices.Sort(out.Siblings)
			return nil
		})
		if err != nil {
			return nil, err
		}
		search := func(id string) (*conflict.Work, conflict.Search) {
			w, ok := k.engine.Work(id)
			if !ok {
				return nil, conflict.Search{}
			}
			s, err := k.engine.Slots(w, at)
			if err != nil {
				c.Log.Debug("no slots could be looked for", "work", id, "cause", err)
			}
			return &w, s
		}
		out.A, out.Search = search(out.Work())
		if o := out.Conflict.Other(); o.Sort == conflict.WorkParty {
			out.B, out.Other = search(o.ID)
		} else if f, ok := k.engine.Fact(o.Sort, o.ID); ok {
			out.Against = &f
		}
		if out.A != nil {
			if parts, err := k.engine.Split(*out.A, at); err == nil {
				out.Parts = parts
			}
		}
		return out, nil
	})
}
