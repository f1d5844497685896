package calendar

import (
	"time"

	"signalbox/release"
	"signalbox/release/access"
)

// Release is a change on its way into an environment. No outside calendar holds one, so it is not among Kinds.
const Release Kind = "release"

// Stage says how far a release is.
type Stage string

const (
	Waiting  Stage = "waiting"  // asked for; its interval is the life of the request
	Approved Stage = "approved" // may go in; its interval is that of the grant
	Moving   Stage = "moving"   // going in; its end is not known, and To is the instant of the reading
	Went     Stage = "done"     // went in
	Failed   Stage = "failed"   // did not go in
	Replaced Stage = "replaced" // another version took its place; when it was done is not known any more
)

// Item is one thing on the calendar. Key tells it from every other of a span and stays the same in the next.
type Item struct {
	Key  string `json:"key"`
	Kind Kind   `json:"kind"`
	Interval
	Title    string       `json:"title"`
	Hardness Hardness     `json:"hardness,omitempty"`
	Scope    access.Scope `json:"scope,omitempty"` // "" of a release
	// Source is the outside calendar that holds it, or the feed that told of a release; "" for what was done here.
	Source    string    `json:"source,omitempty"`
	URL       string    `json:"url,omitempty"`
	UpdatedAt time.Time `json:"updated_at,omitzero"`
	// Aspect is how it was judged; Dark where its source is dark; "" where nobody judges it.
	Aspect release.Aspect `json:"aspect,omitempty"`
	// Says is the standing of a release in a few words, and what bars it.
	Says string `json:"says,omitempty"`
	// Zone is that of the dates of an entry, an IANA name; "" of what has instants alone.
	Zone string `json:"-"`
	// Freeze is the freeze as it is stored, for one that was declared here.
	Freeze *Freeze `json:"-"`

	// Of a release.
	Stage       Stage  `json:"stage,omitempty"`
	Change      string `json:"change,omitempty"`
	Rollout     string `json:"rollout,omitempty"`
	Service     string `json:"service,omitempty"`
	Environment string `json:"environment,omitempty"`
	Version     string `json:"version,omitempty"`

	// Clashes are the conflicts of it that want somebody.
	Clashes []Clash `json:"conflicts,omitempty"`

	// Lanes are the places in Span.Lanes of those that it concerns, in order.
	Lanes []int `json:"-"`
}

// Clash is a conflict of a release: what of the time is in conflict, how bad, and why.
type Clash struct {
	ID   string `json:"id"` // "CX-3"
	Kind string `json:"kind"`
	Interval
	Aspect release.Aspect `json:"aspect"`
	Why    string         `json:"why"`
}

// Label is the shortest name by which an item is known: the number of a change, the id of a rollout, a title.
func (i *Item) Label() string {
	switch {
	case i.Change != "":
		return trimPrefix(i.Change, "CHG-")
	case i.Rollout != "":
		return i.Rollout
	}
	return i.Title
}

func trimPrefix(s, prefix string) string {
	if len(s) > len(prefix) && s[:len(prefix)] == prefix {
		return s[len(prefix):]
	}
	return s
}

// Lane is one service on the calendar.
type Lane struct {
	Service string   `json:"service"`
	Team    string   `json:"team,omitempty"`
	Regions []string `json:"regions,omitempty"`
	// Targets are the service in each gated environment: what scopes speak of.
	Targets []access.Target `json:"-"`
	// Dark names a feed that the lane rests on and that is dark, "" where none is.
	Dark string `json:"dark,omitempty"`
	// Free is the first instant at or after Span.AsOf at which no freeze bars a normal change and which lies in a
	// change window, where the lane has any. Zero where there is none before Span.Known, or the lane is dark.
	Free time.Time `json:"free,omitzero"`
}

// Zone is where people look at the clock.
type Zone struct {
	Place string         `json:"place"` // "SIN"
	Name  string         `json:"name"`  // IANA
	Loc   *time.Location `json:"-"`
}

// Source is a calendar, or another feed on which the calendar rests.
type Source struct {
	Name     string    `json:"name"`
	Calendar bool      `json:"calendar"`
	LastGood time.Time `json:"last_good,omitzero"`
	Late     bool      `json:"late,omitempty"`
	Dark     bool      `json:"dark,omitempty"`
	Error    string    `json:"error,omitempty"`
}

// Unread is an entry that cannot be laid out, with the reason.
type Unread struct {
	Source string `json:"source"`
	Title  string `json:"title"`
	Reason string `json:"reason"`
}

// Span is everything on the calendar in [From, To). It is built once for all who look, and never changed.
type Span struct {
	Interval
	AsOf    time.Time `json:"as_of"`
	Known   time.Time `json:"known"` // how far Next and Free look
	Items   []Item    `json:"items"` // by their beginning
	Lanes   []Lane    `json:"lanes"` // by team, then service
	Zones   []Zone    `json:"zones"`
	Sources []Source  `json:"sources"`
	Unread  []Unread  `json:"unread"`
	Next    *Item     `json:"next,omitempty"` // the first that begins at or after To, before Known
	Later   []Item    `json:"-"`              // all of these, by their beginning

	byKey map[string]int // places in Items
}

// Find returns the item with a key, nil where there is none.
func (s *Span) Find(key string) *Item {
	if k, ok := s.byKey[key]; ok {
		return &s.Items[k]
	}
	return nil
}

// Source returns a source by its name, nil where it is none of the configured ones.
func (s *Span) Source(name string) *Source {
	for k := range s.Sources {
		if s.Sources[k].Name == name {
			return &s.Sources[k]
		}
	}
	return nil
}

// DarkSources names the sources that are dark, in the order of the configuration.
func (s *Span) DarkSources() []string {
	out := []string{}
	for _, f := range s.Sources {
		if f.Dark {
			out = append(out, f.Name)
		}
	}
	return out
}

// Load is how much is to happen in a stretch of time.
type Load struct {
	Releases int  // that went in, go in or may go in then; requests that wait are not counted
	Lanes    int  // of all
	Frozen   int  // lanes that freezes bar for most of it, or for all that is left of it
	Dark     bool // some lane rests on a dark feed, so that more may happen
}

// Load counts what happens in [from, to). A freeze counts for as long as it holds: one that was lifted, until then.
func (s *Span) Load(from, to time.Time) Load {
	l := Load{Lanes: len(s.Lanes)}
	at := Interval{From: from, To: to}
	frozen := map[int][]Interval{}
	for k := range s.Items {
		switch i := &s.Items[k]; {
		case !i.Shares(at):
		case i.Kind == Release && i.Stage != Waiting:
			l.Releases++
		case i.Kind == FreezePeriod:
			for _, n := range i.Lanes {
				frozen[n] = append(frozen[n], i.Interval)
			}
		}
	}
	for _, list := range frozen {
		if 2*covered(list, at) > to.Sub(from) || at.Contains(s.AsOf) && covered(list, Interval{From: s.AsOf, To: to}) == to.Sub(s.AsOf) {
			l.Frozen++
		}
	}
	for k := range s.Lanes {
		l.Dark = l.Dark || s.Lanes[k].Dark != ""
	}
	return l
}

// covered is how much of an interval others cover together. They are in the order of their beginnings.
func covered(list []Interval, in Interval) time.Duration {
	var sum time.Duration
	at := in.From
	for _, i := range list {
		if i.From.After(at) {
			at = i.From
		}
		end := i.To
		if end.After(in.To) {
			end = in.To
		}
		if end.After(at) {
			sum, at = sum+end.Sub(at), end
		}
	}
	return sum
}

// Shares reports whether an interval that may be a single instant shares time with o.
func (i Interval) Shares(o Interval) bool {
	return i.From.Before(o.To) && (o.From.Before(i.To) || !i.From.Before(o.From))
}
