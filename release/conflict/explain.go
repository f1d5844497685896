package conflict

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"signalbox/release"
	"signalbox/release/change"
)

// explain says everything about a finding of a piece.
func (e *Engine) explain(p *piece, f Finding) Conflict {
	c := Conflict{Key: f.Key(), Kind: f.Kind, Name: f.Kind.Name(), Rule: f.Kind.Rule(), Outcome: f.Outcome, Severity: f.Severity,
		Parties: []Party{{WorkParty, p.ID}}, Items: []string{}, Missing: f.Missing.Names(), Owner: p.place.Team, Deadline: time.UnixMicro(p.sure.from).UTC()}
	c.From, c.To = f.From, f.To
	if f.Other.Sort != RuleParty {
		c.Parties = append(c.Parties, f.Other)
	}
	q := e.other(f)
	if q != nil {
		if yields(p, q) == q {
			c.Owner = q.place.Team
		}
		if q.sure.from < p.sure.from {
			c.Deadline = time.UnixMicro(q.sure.from).UTC()
		}
	}
	c.With = f.Other.ID
	if q != nil {
		c.With += " " + q.Service
	} else if x := e.factOf(f); x.ID != "" {
		c.With = x.name()
	}
	c.Items = e.items(p, q, f)
	if f.Outcome == Unknown {
		c.Reason = e.doubt(p, f)
	} else {
		c.Reason = e.reason(p, q, f, c.Items)
	}
	return c
}

// other is the other work of a finding, nil where it is something else or gone.
func (e *Engine) other(f Finding) *piece {
	if h, ok := e.byID[f.Other.ID]; ok && f.Other.Sort == WorkParty {
		return e.pieces[h]
	}
	return nil
}

func (e *Engine) factOf(f Finding) *Fact {
	if h, ok := e.byFact[factKey{f.Other.Sort, f.Other.ID}]; ok {
		return &e.facts[h].Fact
	}
	return &Fact{ID: f.Other.ID, Sort: f.Other.Sort}
}

// yields is the one of two pieces that would move: see Contend, without the budgets.
func yields(p, q *piece) *piece {
	if wins, _ := ahead(&p.Work, &q.Work, nil, nil); wins {
		return q
	}
	return p
}

// items lists all that are affected or the cause.
func (e *Engine) items(p, q *piece, f Finding) []string {
	out := []string{}
	at := span{f.From.UnixMicro(), forever}
	if !f.To.IsZero() {
		at.to = f.To.UnixMicro()
	}
	// of are the others of a lane that count against a limit while it is exceeded.
	of := func(l *lane, own, limit int, units func(*piece) int) {
		s := &scratch{}
		loads := e.loads(p, l, s, units)
		span1, get := p.sure, func(l *load) span { return l.sure }
		if f.Outcome == Unknown {
			span1, get = p.may, func(l *load) span { return l.may }
		}
		over := s.over(span1, own, loads, limit, get)
		for i := range loads {
			if !within(over, get(&loads[i])).empty() {
				out = append(out, e.pieces[loads[i].id].ID)
			}
		}
	}
	switch f.Kind {
	case Related:
		if q != nil {
			out = shared(p.named, q.named)
		}
	case SharedResource:
		switch {
		case q != nil:
			for _, u := range p.uses {
				if o := q.use(u.Resource); o.Resource != "" && (u.Exclusive || o.Exclusive) {
					out = append(out, u.Resource)
				}
			}
		case f.Other.Sort == ResourceFact:
			u := p.use(f.Other.ID)
			of(e.lane(laneKey{onResource, f.Other.ID, e.resourceEnv(f.Other.ID, p.Environment)}, false), u.Units, e.factOf(f).Capacity, func(o *piece) int {
				if v := o.use(f.Other.ID); !v.Exclusive {
					return v.Units
				}
				return 0
			})
		}
	case People:
		if q != nil {
			for _, id := range p.people {
				if slices.Contains(q.people, id) {
					out = append(out, string(id))
				}
			}
		}
	case TeamWIP:
		of(p.lanes.team, 1, e.rules.TeamCap, one)
	case GlobalCap:
		of(p.lanes.high, 1, e.rules.HighCap, one)
		if p.Band >= change.VeryHigh {
			of(p.lanes.very, 1, e.rules.VeryHighCap, one)
		}
	case Coverage:
		s := &scratch{}
		for _, g := range p.place.guards {
			if g.Team == f.Other.ID && f.Other.Sort == TeamParty || g.Team == "" && g.Service == f.Other.ID {
				q := p.coverSure
				if f.Outcome == Unknown {
					q = p.coverAt
				}
				if !e.uncovered(g, q, s).empty() {
					out = append(out, g.Service)
				}
			}
		}
	case DepAdjacent:
		if q != nil {
			out = []string{q.Service}
			break
		}
		if h, ok := e.byFact[factKey{f.Other.Sort, f.Other.ID}]; ok {
			for _, n := range e.facts[h].nodes {
				if _, near := p.place.svc.beside(n); near {
					out = append(out, e.cat.Index().ID(n))
				}
			}
		}
	case OpenIncident:
		if f.Other.Sort == IncidentFact {
			out = slices.Clone(e.factOf(f).Services)
		}
	case BatchRun:
		for _, name := range e.factOf(f).Touches {
			if p.use(name).Resource != "" {
				out = append(out, name)
			}
		}
	case PeakTraffic, LocalTime:
		if f.Other.Sort == RegionParty {
			out = []string{f.Other.ID}
			break
		}
		for _, r := range p.place.Regions {
			if t := p.place.Target; f.Other.Sort != RuleParty {
				t.Regions = []string{r}
				if e.factOf(f).Scope.Covers(t) {
					out = append(out, r)
				}
			}
		}
	case OutsideWindow:
		out = e.windowsOf(p, at)
	case FreezeHard, FreezeSoft, AuditPeriod, VendorWork, SameService:
		out = []string{p.Service}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// windowsOf are the change windows of a piece that its time touches without lying in one.
func (e *Engine) windowsOf(p *piece, at span) []string {
	var out []string
	var buf []int32
	for _, b := range p.place.buckets {
		buf = b.windows.reach(at, buf[:0])
		for _, h := range buf {
			if f := e.facts[h]; f.covers(p.place.Target) {
				out = append(out, f.ID)
			}
		}
	}
	if p.Window != "" {
		out = []string{p.Window}
	}
	return out
}

func shared(a, b []string) []string {
	out := []string{}
	for _, s := range a {
		if slices.Contains(b, s) {
			out = append(out, s)
		}
	}
	return out
}

// name is how sentences call a fact: by its id and title, or, where its id is a calendar's own (source, event and
// occurrence), by its title alone.
func (f *Fact) name() string {
	title := release.Clean(f.Title, 60)
	source, _, foreign := strings.Cut(f.ID, "/")
	switch {
	case foreign && title != "":
		return title
	case foreign:
		return "an entry of " + source
	case title != "":
		return f.ID + " (" + title + ")"
	}
	return f.ID
}

// reason is the sentence of a conflict, without a full stop.
func (e *Engine) reason(p, q *piece, f Finding, items []string) string {
	say := fmt.Sprintf
	long := ""
	if !f.To.IsZero() {
		long = release.Length(f.To.Sub(f.From))
	}
	fact := e.factOf(f)
	name := fact.name()
	list := strings.Join(items, ", ")
	with := f.Other.ID
	if q != nil {
		with += " on " + q.Service
	}
	switch f.Kind {
	case FreezeHard:
		return say("%s lies in the hard freeze %s for %s", p.ID, name, long)
	case FreezeSoft:
		return say("%s lies in the soft freeze %s for %s and is no critical fix, security patch or emergency", p.ID, name, long)
	case OutsideWindow:
		if p.Window != "" {
			return say("%s does not fit into its window %s", p.ID, p.Window)
		}
		return say("no agreed window of %s holds all of %s, preparation and rollback included", p.Service, p.ID)
	case SameService:
		if q == nil {
			return say("%s is under maintenance %s for %s of it", p.Service, name, long)
		}
		return say("%s and %s are both on %s in %s for %s", p.ID, f.Other.ID, p.Service, p.Environment, long)
	case DepAdjacent:
		if q == nil {
			return say("%s, next to %s, is under maintenance %s for %s", list, p.Service, name, long)
		}
		how := say("%s and %s are two calls or a soft edge apart", p.Service, q.Service)
		switch {
		case slices.Contains(p.place.svc.consumers, q.Service):
			how = say("%s depends hard on %s", q.Service, p.Service)
		case slices.Contains(q.place.svc.consumers, p.Service):
			how = say("%s depends hard on %s", p.Service, q.Service)
		}
		return say("%s, and %s and %s change both for %s of the same time", how, p.ID, f.Other.ID, long)
	case Related:
		return say("%s and %s both serve %s for %s", p.ID, with, list, long)
	case SharedResource:
		if q != nil {
			return say("%s and %s need %s at the same time for %s, one of them alone", p.ID, with, list, long)
		}
		return say("%s and %s use more than the %d of %s", p.ID, list, fact.Capacity, fact.ID)
	case People:
		return say("%s is booked for %s and %s at once for %s", list, p.ID, with, long)
	case TeamWIP:
		return say("%s runs %s and %s at once, more than %d", f.Other.ID, p.ID, list, e.rules.TeamCap)
	case VendorWork:
		return say("%s rests on %s, which has maintenance %s for %s", p.Service, strings.TrimSpace(fact.Vendor+" vendor"), name, long)
	case AuditPeriod:
		return say("%s lies in the audit period %s for %s", p.ID, name, long)
	case BatchRun:
		return say("the batch %s works on what %s changes for %s", name, p.ID, long)
	case PeakTraffic:
		if f.Other.Sort == RegionParty {
			return say("%s has its busiest hours for %s", f.Other.ID, long)
		}
		return say("%s is expected for %s of it", name, long)
	case LocalTime:
		if f.Other.Sort == RegionParty {
			return e.localReason(p, f)
		}
		return say("%s is a holiday for %s of it", name, long)
	case Coverage:
		return say("nobody of %s is on call for %s for %s before a rollback would be over", f.Other.ID, list, long)
	case OpenIncident:
		return say("SEV%d %s is open in %s, and %s is in its reach", fact.Severity, name, list, p.Service)
	case BudgetSpent:
		return say("%s has spent its error budget %s", p.Service, name)
	case OutOfOrder:
		switch {
		case f.Other.Sort == ServiceParty:
			return say("%s and %s would be more than %d version apart", p.Service, f.Other.ID, e.rules.MaxSkew)
		case q != nil && p.Order != nil && q.Order != nil && p.Order.LockStep != "" && p.Order.LockStep == q.Order.LockStep && !p.impl.overlaps(q.impl):
			return say("%s and %s change only together (%s), and share no time", p.ID, with, p.Order.LockStep)
		case p.Order != nil && slices.Contains(p.Order.After, f.Other.ID):
			return say("%s would not be in when %s, which needs it, begins", with, p.ID)
		}
		return say("%s would not be in when %s, which needs it, begins", p.ID, with)
	case Overruns:
		return say("verification and rollback of %s reach %s beyond the end of %s", p.ID, long, name)
	case LeadTime:
		return say("%s gives %s less notice than the %s its class demands", p.ID, long, release.Length(e.rules.notice(&p.Work)))
	case PastDeadline:
		what := fact.Title
		for _, d := range p.Deadlines {
			if d.ID == f.Other.ID {
				what = d.What
			}
		}
		return say("%s begins %s after %s %s", p.ID, long, f.Other.ID, release.Clean(what, 60))
	case GlobalCap:
		return say("%s and %s run at once, more work of high risk than the organisation allows", p.ID, list)
	}
	return f.Kind.Rule()
}

// localReason says why a region's clock forbids it.
func (e *Engine) localReason(p *piece, f Finding) string {
	for _, g := range p.place.regions {
		if g.id != f.Other.ID || g.loc == nil {
			continue
		}
		local := f.From.In(g.loc)
		if slices.Contains(e.rules.Weekend, local.Weekday()) {
			return fmt.Sprintf("it is %s in %s then", local.Weekday(), g.id)
		}
		return fmt.Sprintf("it is %s in %s then, in the hours of business", local.Format("15:04"), g.id)
	}
	return "the clock of " + f.Other.ID + " forbids it"
}

// doubt is the sentence of what is not known.
func (e *Engine) doubt(p *piece, f Finding) string {
	switch {
	case f.Other.Sort == RuleParty && f.Missing == Lengths:
		return fmt.Sprintf("whether all of %s fits is not known: %s", p.ID, p.unsaid(&e.rules))
	case f.Other.Sort == RuleParty:
		return fmt.Sprintf("%s of %s not known: %s", f.Kind.Name(), p.ID, f.Missing)
	case f.Missing == Lengths:
		return fmt.Sprintf("whether %s reaches %s is not known: %s", p.ID, f.Other.ID, p.unsaid(&e.rules))
	case f.Missing == Incidents:
		return fmt.Sprintf("%s is open, and when it ends is not known", f.Other.ID)
	case f.Missing == Sequence:
		return fmt.Sprintf("how %s stands to %s is not known", f.Other.ID, p.ID)
	}
	return fmt.Sprintf("of %s it is not known: %s", f.Other.ID, f.Missing)
}

// unsaid names the lengths that a piece does not say.
func (p *piece) unsaid(r *Rules) string {
	var out []string
	for _, l := range []struct {
		name         string
		own, assumed *time.Duration
	}{{"preparation", p.Prep, r.AssumePrep}, {"verification", p.Verify, r.AssumeVerify}, {"rollback p90", p.Rollback, r.AssumeRevert}} {
		if l.own == nil && l.assumed == nil {
			out = append(out, l.name)
		}
	}
	if out == nil {
		return "how long the other takes"
	}
	return strings.Join(out, " and ") + " of it " + map[bool]string{true: "is", false: "are"}[len(out) == 1] + " missing"
}
