// Package names owns what can be called by its name on any screen, besides changes and views: services, people,
// conflicts, freezes and dead letters, with enough of each to tell it from the others. It ranks names against what
// somebody types. It does no I/O and keeps no clock.
package names

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"signalbox/release"
	"signalbox/release/access"
	"signalbox/release/calendar"
	"signalbox/release/catalog"
	"signalbox/release/conflict"
	"signalbox/release/feed"
)

// Kind is what a thing is.
type Kind string

const (
	Service Kind = "service"
	Person  Kind = "person"
	Freeze  Kind = "freeze"
	Letter  Kind = "letter"
	// Conflict is a case that stands.
	Conflict Kind = "conflict"
)

// Thing is something with a name.
type Thing struct {
	Kind   Kind           `json:"kind"`
	ID     string         `json:"id"`
	Title  string         `json:"title"`            // what people call it, in a line
	Note   string         `json:"note,omitempty"`   // what it belongs to: a team, a scope, a feed
	Aspect release.Aspect `json:"aspect,omitempty"` // "" where nothing judges it
	At     time.Time      `json:"at,omitzero"`      // when it begins or came, UTC
}

// Names is the snapshot of all of them, by kind in the order of Kinds and then by id.
type Names struct {
	AsOf   time.Time `json:"as_of"`
	Things []Thing   `json:"things"`
}

// Kinds is the order of the kinds.
var Kinds = []Kind{Service, Person, Conflict, Freeze, Letter}

// New gathers what has a name at an instant. People who are disabled are left out, and freezes that are over.
func New(cat *catalog.Catalog, people []access.Person, freezes []calendar.Freeze, letters []feed.Letter, at time.Time) *Names {
	n := &Names{AsOf: at, Things: []Thing{}}
	for _, s := range cat.Services {
		n.Things = append(n.Things, Thing{Kind: Service, ID: s.ID, Title: cmp.Or(s.Title, s.ID), Note: s.Team})
	}
	for _, p := range people {
		if !p.Disabled {
			n.Things = append(n.Things, Thing{Kind: Person, ID: string(p.ID), Title: p.Name, Note: strings.Join(p.Teams, " ")})
		}
	}
	for _, f := range freezes {
		if f.ID == "" || !f.LiftedAt.IsZero() || !f.To.After(at) {
			continue // one of an outside calendar has no id of its own
		}
		t := Thing{Kind: Freeze, ID: f.ID, Title: string(f.Kind) + " freeze of " + string(f.Scope) + ": " + f.Reason, Note: string(f.Scope), Aspect: release.Planned, At: f.From}
		if f.In(at) {
			t.Aspect = release.Stop
		}
		n.Things = append(n.Things, t)
	}
	for _, l := range letters {
		n.Things = append(n.Things, Thing{Kind: Letter, ID: l.ID, Title: strings.TrimSpace(l.Event + " " + l.Reason), Note: l.Feed, Aspect: release.Caution, At: l.At})
	}
	n.sort()
	return n
}

func (n *Names) sort() {
	slices.SortStableFunc(n.Things, func(a, b Thing) int {
		return cmp.Or(cmp.Compare(slices.Index(Kinds, a.Kind), slices.Index(Kinds, b.Kind)), cmp.Compare(a.ID, b.ID))
	})
}

// Contest adds the cases that stand, and returns the same names.
func (n *Names) Contest(cases []conflict.Case) *Names {
	for i := range cases {
		k := &cases[i]
		if k.State != conflict.Gone {
			n.Things = append(n.Things, Thing{Kind: Conflict, ID: k.ID, Title: k.Kind.Name() + ": " + k.Reason, Note: k.Work(), Aspect: k.Aspect(n.AsOf), At: k.From})
		}
	}
	n.sort()
	return n
}

// Of lists the things of a kind. A nil Names has none.
func (n *Names) Of(k Kind) []Thing {
	if n == nil {
		return nil
	}
	var out []Thing
	for _, t := range n.Things {
		if t.Kind == k {
			out = append(out, t)
		}
	}
	return out
}

// Find lists the things that fit what was typed, the best first: "svc:" and "@" in front ask for services and
// people alone.
func (n *Names) Find(typed string) []Thing {
	kind := Kind("")
	low := strings.ToLower(strings.Join(strings.Fields(typed), " "))
	if rest, ok := strings.CutPrefix(low, "svc:"); ok {
		kind, low = Service, rest
	} else if rest, ok := strings.CutPrefix(low, "@"); ok {
		kind, low = Person, rest
	}
	type ranked struct {
		Thing
		rank int
	}
	var out []ranked
	for _, t := range n.Things {
		if kind != "" && t.Kind != kind {
			continue
		}
		if r, fits := Rank(low, t.ID, t.Title+" "+t.Note); fits {
			out = append(out, ranked{t, r})
		}
	}
	slices.SortStableFunc(out, func(a, b ranked) int { return cmp.Compare(a.rank, b.rank) })
	list := make([]Thing, len(out))
	for k := range out {
		list[k] = out[k].Thing
	}
	return list
}

// How well a name fits what was typed, the best first.
const (
	Exact  = iota // the name itself, whatever dashes are in it
	Begins        // the name begins with it
	Part          // a part of the name, after a dash, dot or blank, begins with it
	Inside        // it stands in the name
	Beside        // all its words stand in the name or in what is known besides
)

// Rank says how well a name fits what was typed, and whether it does. Case and dashes do not matter; with nothing
// typed everything fits. The words besides count less than the name.
func Rank(typed, name, besides string) (int, bool) {
	typed, name = strings.ToLower(typed), strings.ToLower(name)
	bare := func(s string) string { return strings.ReplaceAll(s, "-", "") }
	switch {
	case typed == "":
		return Beside, true
	case bare(typed) == bare(name):
		return Exact, true
	case strings.HasPrefix(name, typed), len(bare(typed)) > 0 && strings.HasPrefix(bare(name), bare(typed)):
		return Begins, true
	}
	if k := strings.Index(name, typed); k >= 0 {
		for ; k >= 0 && k < len(name); k = next(name, typed, k) {
			if strings.ContainsRune("-._ :@", rune(name[k-1])) {
				return Part, true
			}
		}
		return Inside, true
	}
	all := name + " " + bare(name) + " " + strings.ToLower(besides)
	for _, w := range strings.Fields(typed) {
		if !strings.Contains(all, w) {
			return 0, false
		}
	}
	return Beside, len(strings.Fields(typed)) > 0
}

// next is where typed stands in name after k, -1 for nowhere.
func next(name, typed string, k int) int {
	if n := strings.Index(name[k+1:], typed); n >= 0 {
		return k + 1 + n
	}
	return -1
}
