package board

import (
	"cmp"
	"slices"
	"time"

	"signalbox/release"
	"signalbox/release/calendar"
	"signalbox/release/catalog"
	"signalbox/release/change"
	"signalbox/release/feed"
	"signalbox/release/health"
	"signalbox/release/rollout"
)

// Page is the snapshot behind the Board and the verb board: shared and never changed.
type Page struct {
	AsOf     time.Time        `json:"as_of"`
	Act      []Row            `json:"act_now"`
	Regions  []catalog.Region `json:"regions"`
	Marks    []Mark           `json:"marks"`
	Next     []Next           `json:"next"`
	Pulse    Pulse            `json:"queue"`
	Rollouts []Live           `json:"rollouts"`
	Health   []Standing       `json:"health"` // worst first
	// Unwatched counts the services of which no monitor has told.
	Unwatched int           `json:"unwatched"`
	Feeds     []feed.Line   `json:"feeds"`
	FeedsFrom time.Time     `json:"feeds_from"` // when this process began to expect its feeds
	Events    []Event       `json:"events"`     // newest first
	Setup     Setup         `json:"setup"`
	Queue     *change.Queue `json:"-"`
}

// Stale lists the feeds that are dark.
func (p *Page) Stale() []string {
	out := []string{}
	for _, f := range p.Feeds {
		if f.Aspect == feed.Dark {
			out = append(out, f.Name)
		}
	}
	return out
}

// Fresh reports whether nothing is connected and nothing is known: an empty board is no all-clear then.
func (p *Page) Fresh() bool {
	spoken := slices.ContainsFunc(p.Feeds, func(f feed.Line) bool { return !f.LastGood.IsZero() })
	return !spoken && len(p.Act) == 0 && p.Pulse.Open == 0 && len(p.Rollouts) == 0
}

// Next is something that begins or ends after the instant of the Page.
type Next struct {
	At   time.Time `json:"at"`
	Kind MarkKind  `json:"kind"`
	ID   string    `json:"id"`
	Text string    `json:"text"`
	// Ends says that At is its end.
	Ends bool          `json:"ends,omitempty"`
	For  time.Duration `json:"for,omitempty"` // how long what begins then lasts
	View string        `json:"view,omitempty"`
	Of   string        `json:"of,omitempty"`
}

// RequestMark is the kind of a Next that is the end of a request's time.
const RequestMark MarkKind = "request"

// Upcoming lists what begins or ends next, the earliest first: what is on the calendar and begins within
// MarksAhead, freezes in force that end, requests that expire, approvals that lapse. Peak hours come every day and
// are left to the strip.
func Upcoming(e Estate, marks []Mark) []Next {
	out := []Next{}
	for _, m := range marks {
		switch {
		case m.Kind == RolloutMark, m.Kind == ConflictMark, m.Kind == MarkKind(calendar.Peak):
		case m.Kind == GrantMark:
			out = append(out, Next{At: m.To, Kind: m.Kind, ID: m.ID, Text: m.Title, Ends: true, View: "change", Of: m.ID})
		case m.From.After(e.At):
			out = append(out, Next{At: m.From, Kind: m.Kind, ID: m.ID, Text: m.Title, For: m.To.Sub(m.From), View: "calendar", Of: m.ID})
		case m.Kind == MarkKind(calendar.FreezePeriod) && m.To.After(e.At):
			out = append(out, Next{At: m.To, Kind: m.Kind, ID: m.ID, Text: m.Title, Ends: true, View: "calendar", Of: m.ID})
		}
	}
	if e.Queue != nil {
		for i := range e.Queue.Items {
			it := &e.Queue.Items[i]
			if at := it.Approval.ExpiresAt; at.After(e.At) && at.Sub(e.At) <= MarksAhead {
				out = append(out, Next{At: at, Kind: RequestMark, ID: it.Change.ID, Text: it.Change.Name(), Ends: true, View: "change", Of: it.Change.ID})
			}
		}
	}
	slices.SortStableFunc(out, func(a, b Next) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.ID, b.ID))
	})
	return out
}

// DueSoon is how near the end of a request's time counts as soon.
const DueSoon = 3 * time.Hour

// Pulse is how the queue moves.
type Pulse struct {
	Open    int       `json:"open"`
	Oldest  time.Time `json:"oldest,omitzero"` // when the oldest that waits was asked for
	Late    bool      `json:"late"`            // half of the oldest's time is over
	DueSoon int       `json:"due_soon"`        // within DueSoon
	Blocked int       `json:"blocked"`         // by the rule of Blocked
	Cleared int       `json:"cleared"`         // decided since 00:00 UTC
	// ByHour is Cleared by the hour of the day, UTC, up to the hour of the Page.
	ByHour []int `json:"by_hour"`
	// Median is how long what was decided today had waited; 0 where nothing was.
	Median time.Duration `json:"median,omitempty"`
}

// Beat counts a queue at an instant.
func Beat(q *change.Queue, at time.Time) Pulse {
	p := Pulse{ByHour: make([]int, at.UTC().Hour()+1)}
	if q == nil {
		return p
	}
	p.Open = len(q.Items)
	for i := range q.Items {
		it := &q.Items[i]
		a := it.Approval
		if p.Oldest.IsZero() || a.RequestedAt.Before(p.Oldest) {
			p.Oldest = a.RequestedAt
			p.Late = at.Sub(a.RequestedAt) >= time.Duration(change.RemindAt*float64(a.ExpiresAt.Sub(a.RequestedAt)))
		}
		if a.ExpiresAt.Sub(at) < DueSoon {
			p.DueSoon++
		}
		if it.Blocked(at) {
			p.Blocked++
		}
	}
	var took []time.Duration
	day := at.UTC().Truncate(24 * time.Hour)
	for i := range q.Decided {
		d, ok := last(q.Decided[i].Approval)
		if !ok || d.At.Before(day) {
			continue
		}
		p.Cleared++
		if h := d.At.UTC().Hour(); h < len(p.ByHour) {
			p.ByHour[h]++
		}
		took = append(took, d.At.Sub(q.Decided[i].Approval.RequestedAt))
	}
	if len(took) > 0 {
		slices.Sort(took)
		p.Median = took[len(took)/2]
	}
	return p
}

// last is the standing decision that ended a round.
func last(a change.Approval) (change.Decision, bool) {
	for _, d := range slices.Backward(a.Decisions) {
		if d.Stands() {
			return d, true
		}
	}
	return change.Decision{}, false
}

// Live is a rollout under way.
type Live struct {
	rollout.Row
	Regions []string `json:"regions,omitempty"`
	// New and Old are the newest samples of its version and of the one before; nil where there is none.
	New *health.Sample `json:"new,omitempty"`
	Old *health.Sample `json:"old,omitempty"`
	// NewErrors and OldErrors are the error ratios of the last hour by five minutes, oldest first; nil where
	// nothing was measured.
	NewErrors []*float64 `json:"new_errors,omitempty"`
	OldErrors []*float64 `json:"old_errors,omitempty"`
}

// Underway describes the rollouts of e that are not over, worst first. It does not measure them.
func Underway(e Estate) []Live {
	rows := slices.DeleteFunc(slices.Clone(e.Rollouts), func(g rollout.Row) bool { return g.State.Over() })
	rollout.WorstFirst(rows)
	out := []Live{}
	for _, g := range rows {
		out = append(out, Live{Row: g, Regions: e.regions(g.Service, g.Environment)})
	}
	return out
}

// Aged reports whether what was measured of a rollout is old: a monitor of its service is late or dark.
func Aged(g *rollout.Row) bool {
	dark, late := rollout.Rests(g.Monitors)
	return dark != nil || late != nil
}

// Ratios are the error ratios of the version before and of the new one: those that are compared over some minutes,
// else, of a side that is not compared, the newest sample's; nil where nothing was measured.
func (l *Live) Ratios() (base, now *float64) {
	if l.Errors != nil {
		base, now = l.Errors.Base, l.Errors.New
	}
	if base == nil && l.Old != nil {
		base = l.Old.Errors
	}
	if now == nil && l.New != nil {
		now = l.New.Errors
	}
	return base, now
}

// Sound counts the feeds that can be believed, as the alarm line does: those that are not dark; where none is dark,
// those that are neither late nor failing.
func Sound(feeds []feed.Line, now, since time.Time) (sound, dark int) {
	look := 0
	for i := range feeds {
		switch a := feeds[i].Status.Aspect(now, since); {
		case a == feed.Dark:
			dark++
		case a == feed.Late, feeds[i].Tries > 0:
			look++
		}
	}
	if dark > 0 {
		return len(feeds) - dark, dark
	}
	return len(feeds) - look, 0
}

// currentWithin is how far a version's newest sample may lie behind the newest of all and still be of now.
const currentWithin = 5 * time.Minute

// Current keeps the samples of versions that are measured now: one that was replaced has had no sample for a while.
func Current(samples []health.Sample) []health.Sample {
	var newest time.Time
	for _, s := range samples {
		if s.At.After(newest) {
			newest = s.At
		}
	}
	return slices.DeleteFunc(slices.Clone(samples), func(s health.Sample) bool { return newest.Sub(s.At) > currentWithin })
}

// Standing is how one service is in one environment, from the newest samples of its versions and the alerts that
// fire.
type Standing struct {
	Service     string         `json:"service"`
	Environment string         `json:"environment"`
	Aspect      release.Aspect `json:"aspect"`
	Alerts      int            `json:"alerts"`
	Alert       string         `json:"alert,omitempty"`  // the worst that fires
	Rate        *float64       `json:"rate,omitempty"`   // requests a second
	Errors      *float64       `json:"errors,omitempty"` // failed ÷ all, over all versions
	P99         *float64       `json:"p99,omitempty"`    // seconds, of the slowest version
	At          time.Time      `json:"at,omitzero"`      // of the newest sample
	Dark        bool           `json:"dark,omitempty"`   // a monitor of it is dark
	Since       time.Time      `json:"since,omitzero"`   // when that monitor was last good
	Late        bool           `json:"late,omitempty"`
	// Budget is what is left of the error budget, 0 to 1, and Burn how many times too fast it burnt within the
	// last hour; nil where no objective is known.
	Budget *float64 `json:"budget,omitempty"`
	Burn   *float64 `json:"burn,omitempty"`
}

// Stand judges one service from its picture: stop or caution by the alerts that fire, dark or caution by the
// monitors, else go.
func Stand(service, environment string, p *health.Picture) Standing {
	s := Standing{Service: service, Environment: environment, Aspect: release.Go}
	worse := func(a release.Aspect) {
		if a.Worse(s.Aspect) {
			s.Aspect = a
		}
	}
	for _, src := range p.Sources {
		switch {
		case src.Dark:
			s.Dark, s.Since = true, src.Good
			worse(release.Dark)
		case src.Late:
			s.Late = true
			worse(release.Caution)
		}
	}
	worst := release.Go
	for _, a := range p.Alerts {
		s.Alerts++
		k := a.Aspect()
		worse(k)
		if s.Alert == "" || k.Worse(worst) {
			s.Alert, worst = a.Name, k
		}
	}
	// All versions at once are one bucket: rates of versions at one instant add up, ratios weigh by requests.
	var rate, failed, asked float64
	var rated, weighed bool
	samples := Current(p.Samples)
	for _, x := range samples {
		if x.At.After(s.At) {
			s.At = x.At
		}
		if x.Rate != nil {
			rate, rated = rate+*x.Rate, true
		}
		if x.Errors != nil && x.Rate != nil {
			failed, asked, weighed = failed+*x.Errors**x.Rate, asked+*x.Rate, true
		}
		if x.P99 != nil && (s.P99 == nil || *x.P99 > *s.P99) {
			s.P99 = x.P99
		}
	}
	if rated {
		s.Rate = &rate
	}
	switch {
	case weighed && asked > 0:
		ratio := failed / asked
		s.Errors = &ratio
	case len(samples) == 1: // one version: its ratio is the service's, whatever its rate
		s.Errors = samples[0].Errors
	}
	return s
}

// Promised adds to services how their objectives stand, the worst of each: what is left of its error budget, how
// fast that burns, and its verdict. The answer is sorted; list is left as it was.
func Promised(list []Standing, p *health.Panel) []Standing {
	out := slices.Clone(list)
	for i := range out {
		s := &out[i]
		for k := range p.Lines { // the worst comes first
			l := &p.Lines[k]
			if l.Service != s.Service || l.Environment != s.Environment || l.State == nil {
				continue
			}
			s.Budget = l.State.Left
			if r := l.State.Rate(time.Hour); r.Known {
				s.Burn = &r.Burn
			}
			if a := l.Verdict.Aspect(); l.Verdict != health.Unknown && a.Worse(s.Aspect) {
				s.Aspect = a
			}
			break
		}
	}
	SortHealth(out)
	return out
}

// SortHealth puts the worst first; of equals those with more errors, then by name.
func SortHealth(list []Standing) {
	of := func(p *float64) float64 {
		if p == nil {
			return -1
		}
		return *p
	}
	slices.SortStableFunc(list, func(a, b Standing) int {
		switch {
		case a.Aspect.Worse(b.Aspect):
			return -1
		case b.Aspect.Worse(a.Aspect):
			return 1
		}
		return cmp.Or(cmp.Compare(of(b.Burn), of(a.Burn)), cmp.Compare(of(b.Errors), of(a.Errors)), cmp.Compare(a.Service, b.Service), cmp.Compare(a.Environment, b.Environment))
	})
}

// Setup is how far a new installation is.
type Setup struct {
	First    time.Time `json:"first,omitzero"` // of the audit log
	Connect  []string  `json:"connectors"`     // those in the configuration
	People   int       `json:"people"`
	Deciders int       `json:"deciders"` // who may approve something
	Services int       `json:"services"`
	Barred   int       `json:"barred"` // freezes and calendar entries
	Audit    int64     `json:"audit"`  // entries
}
