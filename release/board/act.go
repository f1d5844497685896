package board

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"signalbox/release"
	"signalbox/release/calendar"
	"signalbox/release/catalog"
	"signalbox/release/change"
	"signalbox/release/feed"
	"signalbox/release/health"
	"signalbox/release/outbox"
	"signalbox/release/rollout"
)

// Kind says what a Row is about.
type Kind string

// The kinds, in the order in which rows of one aspect and one time to harm stand.
const (
	RolloutRow  Kind = "rollout"
	AlertRow    Kind = "alert"
	ChangeRow   Kind = "change"
	ConflictRow Kind = "conflict"
	FreezeRow   Kind = "freeze"
	FeedRow     Kind = "feed"
	LetterRow   Kind = "letter"
	MessageRow  Kind = "message"
)

var kinds = []Kind{RolloutRow, AlertRow, ChangeRow, ConflictRow, FreezeRow, FeedRow, LetterRow, MessageRow}

// Ahead is how long before it begins a freeze that bars something is a row.
const Ahead = 24 * time.Hour

// Row is one thing that needs a person now. Key tells it from every other row; ID is how it is called, and is
// its kind's word for what has no id.
type Row struct {
	Key    string         `json:"key"`
	Kind   Kind           `json:"kind"`
	ID     string         `json:"id"`
	Aspect release.Aspect `json:"aspect"`
	What   string         `json:"what"`
	Facts  string         `json:"facts,omitempty"`
	// Reason is the one fact that made the row what it is.
	Reason string `json:"reason,omitempty"`
	// Since is when it began; Due when the harm begins, zero where it has begun.
	Since time.Time `json:"since,omitzero"`
	Due   time.Time `json:"due,omitzero"`
	// Verb is what a person may do about it at once, "" where there is none; View and Of are the screen that
	// shows it, and on what.
	Verb    string   `json:"verb,omitempty"`
	View    string   `json:"view,omitempty"`
	Of      string   `json:"of,omitempty"`
	Service string   `json:"service,omitempty"`
	Regions []string `json:"regions,omitempty"`

	Item    *change.Item    `json:"-"` // of a change
	Feed    *feed.Line      `json:"-"` // the feed, or the one of a letter or message
	Letter  *feed.Letter    `json:"-"`
	Message *outbox.Message `json:"-"`
}

// Harm is how long until harm begins at an instant; 0 where it has begun.
func (r Row) Harm(at time.Time) time.Duration {
	if r.Due.IsZero() {
		return 0
	}
	return max(0, r.Due.Sub(at))
}

// Count tallies rows as the alarm line does: what is dark counts as a stop.
func Count(rows []Row) (stop, caution, escalated int) {
	for _, r := range rows {
		switch r.Aspect {
		case release.Stop, release.Dark:
			stop++
		case release.Escalated:
			escalated++
		case release.Caution:
			caution++
		}
	}
	return stop, caution, escalated
}

// ActNow lists what needs a person now, across all kinds, sorted by aspect and then by time to harm; of equals
// what began last stands first. A change that goes in unauthorised is the row of its rollout, not another one, and
// so is an alert of what goes in.
func ActNow(e Estate) []Row {
	told := map[string]bool{}
	out := []Row{}
	shown := map[string]bool{} // alerts, by their keys
	for k := range e.Rollouts {
		g := &e.Rollouts[k]
		if r, ok := e.rollout(g); ok {
			told[g.Change] = g.Change != ""
			for _, a := range g.Firing {
				shown[alertKey(a)] = true
			}
			out = append(out, r)
		}
	}
	for _, a := range e.Alerts {
		if !shown[alertKey(a)] {
			out = append(out, e.alert(a))
		}
	}
	if e.Queue != nil {
		for i := range e.Queue.Items {
			if it := &e.Queue.Items[i]; !told[it.Change.ID] && e.Queue.Items[i].Aspect(e.At).Worse(release.Planned) {
				out = append(out, e.change(it))
			}
		}
		for i := range e.Queue.Decided {
			if it := &e.Queue.Decided[i]; it.Moving != "" && !told[it.Change.ID] {
				out = append(out, e.change(it))
			}
		}
	}
	for i := range e.Conflicts {
		if r, ok := e.conflict(&e.Conflicts[i]); ok {
			out = append(out, r)
		}
	}
	for _, f := range e.Freezes {
		if r, ok := e.freeze(f, told); ok {
			out = append(out, r)
		}
	}
	for i := range e.Feeds {
		out = append(out, e.feed(&e.Feeds[i])...)
	}
	Sort(out, e.At)
	return out
}

// Sort puts rows in the order of ActNow.
func Sort(rows []Row, at time.Time) {
	slices.SortStableFunc(rows, func(a, b Row) int {
		switch {
		case a.Aspect.Worse(b.Aspect):
			return -1
		case b.Aspect.Worse(a.Aspect):
			return 1
		}
		return cmp.Or(cmp.Compare(a.Harm(at), b.Harm(at)), cmp.Compare(slices.Index(kinds, a.Kind), slices.Index(kinds, b.Kind)),
			b.Since.Compare(a.Since), cmp.Compare(len(a.ID), len(b.ID)), cmp.Compare(a.ID, b.ID), cmp.Compare(a.Key, b.Key))
	})
}

// rollout is a row where the rollout stops, wants a person or rests on a dark feed; its own judgement says so.
func (e Estate) rollout(g *rollout.Row) (Row, bool) {
	if !g.Aspect.Worse(release.Planned) || !g.State.Moves() {
		return Row{}, false
	}
	r := Row{Key: "rollout:" + g.ID, Kind: RolloutRow, ID: g.ID, Aspect: g.Aspect, What: strings.TrimSpace(g.Service + " " + g.Version), Since: g.StartedAt,
		View: "rollout", Of: g.ID, Service: g.Service, Regions: e.regions(g.Service, g.Environment), Reason: g.Why}
	var facts []string
	old := ""
	if Aged(g) {
		old = "~"
	}
	if g.Errors != nil && g.Errors.New != nil {
		facts = append(facts, "err "+old+strconv.FormatFloat(100**g.Errors.New, 'f', 2, 64)+"%")
	}
	if g.Share != nil {
		facts = append(facts, old+strconv.FormatFloat(100**g.Share, 'f', 0, 64)+"% obs")
	}
	switch {
	case g.State == rollout.Failure, g.State == rollout.Error:
		r.Since = g.UpdatedAt
		facts = append(facts, "failed in "+g.Environment)
	case g.State == rollout.Success:
		facts = append(facts, "in "+g.Environment)
	case len(facts) == 0:
		facts = append(facts, "going into "+g.Environment)
	}
	if g.Change != "" {
		facts = append(facts, g.Change)
	}
	r.Facts = strings.Join(facts, "  ")
	return r, true
}

func alertKey(a health.Alert) string { return "alert:" + a.Connector + ":" + a.ID }

func (e Estate) alert(a health.Alert) Row {
	what := a.Name
	if a.Service != "" {
		what = a.Service + " " + a.Name
	}
	r := Row{Key: alertKey(a), Kind: AlertRow, ID: "alert", Aspect: a.Aspect(), What: what, Since: a.StartsAt,
		Reason: cmp.Or(a.Severity, "fires"), Facts: a.Summary, View: "health", Of: a.Service, Service: a.Service}
	if a.Service != "" {
		r.Regions = e.regions(a.Service, a.Environment)
	}
	return r
}

func (e Estate) change(i *change.Item) Row {
	c := i.Change
	r := Row{Key: "change:" + c.ID, Kind: ChangeRow, ID: c.ID, Aspect: i.Aspect(e.At), What: c.Name(), Since: i.Approval.RequestedAt, Due: i.Approval.ExpiresAt,
		View: "change", Of: c.ID, Service: c.Service, Regions: e.regions(c.Service, c.Environment), Item: i}
	r.Facts = fmt.Sprintf("risk %d %s  %d/%d ok", c.Risk.Score, c.Risk.Band().Letter(), i.Approval.Granted(), i.Approval.Needed)
	switch lock := i.Locked(); {
	case i.Moving != "":
		r.Reason, r.Facts, r.Due = "unauthorised", i.Moving, time.Time{}
	case catalog.IsUnknown(c.Service):
		r.Reason = "no service"
	case lock != nil:
		r.Reason = "SoD unknown"
	case len(i.Eligible) == 0:
		r.Reason = "nobody may approve"
	case i.EvidenceDark:
		r.Reason, r.Facts = i.Stale+" dark", r.Facts+"  its evidence rests on it"
	default:
		r.Verb = "approve"
		if c.Kind == change.Emergency {
			r.Reason = "emergency"
		}
	}
	return r
}

// freeze is a row where the freeze begins within Ahead, or is in force, and bars what waits, is approved or goes in
// now. One to come wants a person, who may still move what it will bar. One in force is as planned: it says why
// what waits does not go. It wants a person only while something goes in nevertheless;
// changes in told have a row of their own that says so.
func (e Estate) freeze(f calendar.Freeze, told map[string]bool) (Row, bool) {
	if !f.LiftedAt.IsZero() || !e.At.Before(f.To) || f.From.Sub(e.At) > Ahead {
		return Row{}, false
	}
	begun := !f.From.After(e.At)
	at, goes := f.From, false
	if begun {
		at = e.At
	}
	var hit []string
	bars := func(id, service, environment string, emergency bool) bool {
		if begun && told[id] || !e.gated(environment) || !f.Bars(e.target(service, environment), at, emergency) {
			return false
		}
		if !slices.Contains(hit, id) {
			hit = append(hit, id)
		}
		return true
	}
	for _, g := range e.Rollouts {
		if g.State.Over() || begun && f.Kind != calendar.HardFreeze && g.Change != "" { // let through, if it is an emergency
			continue
		}
		if bars(cmp.Or(g.Change, g.ID), g.Service, g.Environment, false) {
			goes = true
		}
	}
	if e.Queue != nil {
		for i := range e.Queue.Items {
			c := e.Queue.Items[i].Change
			bars(c.ID, c.Service, c.Environment, c.Kind == change.Emergency)
		}
	}
	for _, g := range e.Granted {
		bars(g.Change.ID, g.Change.Service, g.Change.Environment, g.Change.Kind == change.Emergency)
	}
	if len(hit) == 0 {
		return Row{}, false
	}
	id := f.ID
	if f.Source != "" {
		id = "freeze"
	}
	r := Row{Key: fmt.Sprintf("freeze:%s:%s:%d", f.ID, f.ExternalID, f.From.Unix()), Kind: FreezeRow, ID: id, Aspect: release.Caution, What: cmp.Or(f.Reason, string(f.Scope)),
		Facts: string(f.Kind) + " " + string(f.Scope), Reason: "will bar " + plural(len(hit), "change", "changes"), Since: f.DeclaredAt, Due: f.From, View: "calendar", Of: f.ID}
	if begun {
		what := strings.Join(hit[:min(len(hit), 3)], " ")
		if n := len(hit) - 3; n > 0 {
			what += fmt.Sprintf(" +%d", n)
		}
		r.Reason, r.Since, r.Due = fmt.Sprintf("bars %d", len(hit)), f.From, time.Time{}
		until := f.To.UTC().Format("Mon 15:04Z")
		if end := f.To.UTC(); end.Sub(e.At) < 24*time.Hour && end.Day() == e.At.UTC().Day() {
			until = end.Format("15:04Z")
		}
		r.Reason, r.Facts = r.Reason+" until "+until, what+"  "+r.Facts
		if !goes {
			r.Aspect = release.Planned
		}
	}
	return r, true
}

// feed is what a feed needs a person for: that it is dark, what it said and was not understood, what it was told
// and perhaps never heard.
func (e Estate) feed(l *feed.Line) []Row {
	var out []Row
	if l.Aspect == feed.Dark {
		r := Row{Key: "feed:" + l.Name, Kind: FeedRow, ID: "feed", Aspect: release.Dark, What: l.Name, Reason: "dark", Since: l.LastGood, View: "feed", Of: "log " + l.Name, Feed: l}
		if l.LastGood.IsZero() {
			r.Reason = "has never answered"
		}
		if l.Kind == feed.Pull {
			r.Verb = "feeds retry"
		}
		r.Facts = l.Resting
		if r.Facts == "" {
			r.Facts = l.Trouble()
		}
		out = append(out, r)
	}
	if len(l.Letters) > 0 {
		d := &l.Letters[0]
		out = append(out, Row{Key: "letter:" + l.Name, Kind: LetterRow, ID: d.ID, Aspect: release.Caution, What: l.Name + " " + d.Event, Since: d.At, Facts: d.Reason,
			Reason: "not understood" + others(len(l.Letters)), Verb: "feeds drop", View: "feed", Of: "letter " + d.ID, Feed: l, Letter: d})
	}
	var stuck []*outbox.Message
	for k := range l.Messages {
		if s := l.Messages[k].State; s == outbox.Unknown || s == outbox.Failed {
			stuck = append(stuck, &l.Messages[k])
		}
	}
	if len(stuck) > 0 {
		m := stuck[0]
		reason := "not delivered"
		if m.State == outbox.Unknown {
			reason = "perhaps delivered"
		}
		out = append(out, Row{Key: "message:" + l.Name, Kind: MessageRow, ID: m.ID, Aspect: release.Caution, What: l.Name + " " + strings.TrimSpace(m.Event+" "+m.Subject), Since: m.UpdatedAt,
			Facts: m.LastError, Reason: reason + others(len(stuck)), Verb: "feeds retry", View: "feed", Of: "message " + m.ID, Feed: l, Message: m})
	}
	return out
}

func others(n int) string {
	if n < 2 {
		return ""
	}
	return fmt.Sprintf(" +%d more", n-1)
}

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
