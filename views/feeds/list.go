package feeds

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"signalbox/release"
	"signalbox/release/feed"
	"signalbox/views/filter"
	"signalbox/views/kit"
)

// freshFor is how long a feed whose signal changed is marked.
const freshFor = 4 * time.Second

// row is one feed in the list. It keeps its place until the reader asks for a new order.
type row struct {
	name  string
	line  *feed.Line     // of the newest snapshot that had it
	was   release.Aspect // when the order was made
	last  release.Aspect // in the newest snapshot
	moved bool           // its signal is another than when the order was made
	gone  bool           // the configuration has it no more
	fresh time.Time
}

// order of the rows.
type order int

const (
	byWorst order = iota
	byName
	byLag
	orders
)

func (o order) name() string { return [...]string{"worst", "name", "lag"}[o] }

// wanted are the lines as they would be listed afresh.
func (v View) wanted() []*feed.Line {
	var out []*feed.Line
	for k := range v.panel.Lines {
		if l := &v.panel.Lines[k]; v.match.Fits(asked{v, l}) {
			out = append(out, l)
		}
	}
	slices.SortStableFunc(out, func(a, b *feed.Line) int {
		switch v.order {
		case byName:
			return cmp.Compare(a.Name, b.Name)
		case byLag:
			return cmp.Compare(b.Age(v.at), a.Age(v.at))
		}
		x, y := standing(a, v.at, v.panel.Since), standing(b, v.at, v.panel.Since)
		switch {
		case x.Worse(y):
			return -1
		case y.Worse(x):
			return 1
		}
		return cmp.Compare(late(b, v.at, v.panel.Since), late(a, v.at, v.panel.Since))
	})
	return out
}

// late ranks a feed whose age is the trouble before one with something to read.
func late(l *feed.Line, now, since time.Time) int {
	if age(l, now, since) == feed.Late {
		return 1
	}
	return 0
}

// rebuilt lists the feeds anew. The cursor keeps its feed, or else its place.
func (v View) rebuilt() View {
	if v.panel == nil {
		return v
	}
	place := v.place()
	lines := v.wanted()
	v.rows = make([]row, len(lines))
	for k, l := range lines {
		a := standing(l, v.at, v.panel.Since)
		v.rows[k] = row{name: l.Name, line: l, was: a, last: a}
	}
	return v.held(place).scrolled()
}

// merged takes a new snapshot under the rules of a list that is being read: rows keep their place, what is
// gone stays until ".", what is new stands below.
func (v View) merged() View {
	place := v.place()
	lines := v.wanted()
	v.rows = slices.Clone(v.rows)
	for k := range v.rows {
		r := &v.rows[k]
		at := v.find(r.name)
		if r.gone = at == nil; r.gone {
			continue
		}
		now := standing(at, v.at, v.panel.Since)
		if r.last != now {
			r.fresh = v.at.Add(freshFor)
		}
		r.line, r.last, r.moved = at, now, now != r.was
	}
	for _, l := range lines {
		if !slices.ContainsFunc(v.rows, func(r row) bool { return r.name == l.Name }) {
			a := standing(l, v.at, v.panel.Since)
			v.rows = append(v.rows, row{name: l.Name, line: l, was: a, last: a, fresh: v.at.Add(freshFor)})
		}
	}
	return v.held(place).scrolled()
}

// held keeps the cursor where its row was, if that row is gone, and the lower pane's with it.
func (v View) held(place int) View {
	if v.place() < 0 && len(v.rows) > 0 {
		v.cursor = v.rows[max(0, min(place, len(v.rows)-1))].name
	}
	if len(v.rows) == 0 {
		v.cursor, v.below = "", false
	}
	p := v.posts()
	if k := v.posted(p); k >= 0 {
		v.post = p[k].id()
	} else {
		v.post, v.below = "", false
	}
	return v
}

func (v View) find(name string) *feed.Line {
	for k := range v.panel.Lines {
		if v.panel.Lines[k].Name == name {
			return &v.panel.Lines[k]
		}
	}
	return nil
}

// place is the place of the cursor, -1 in an empty list.
func (v View) place() int {
	return slices.IndexFunc(v.rows, func(r row) bool { return r.name == v.cursor })
}

// stale counts the rows that "." would move or take away.
func (v View) stale() int {
	n := 0
	for k := range v.rows {
		if v.rows[k].moved && v.order == byWorst || v.rows[k].gone {
			n++
		}
	}
	return n
}

// scrolled keeps the cursor on the screen.
func (v View) scrolled() View {
	v.top = kit.Scroll(v.top, v.place(), v.plan().list, len(v.rows))
	return v
}

// language is what the rows of the feeds can be asked for. The word of an age may stand alone.
var language = filter.Language{
	Fields: []filter.Field{
		{Name: "state", Also: []string{"age"}, Values: []string{string(feed.Dark), string(feed.Late), string(feed.Fresh), string(feed.Quiet)}},
		{Name: "kind", Values: []string{string(feed.Pull), string(feed.Push), string(feed.Out)}},
		{Name: "type"},
		{Name: "name"},
		{Name: "svc", Also: []string{"service"}},
		{Name: "letters", Kind: filter.Number},
		{Name: "silent", Kind: filter.Span},
	},
	Words: map[string]string{string(feed.Dark): "state", string(feed.Late): "state", string(feed.Fresh): "state", string(feed.Quiet): "state"},
}

// Language is what the rows can be asked for.
func (v View) Language() filter.Language { return language }

// asked is a feed as the filter reads it.
type asked struct {
	v View
	l *feed.Line
}

// Number is how many dead letters and messages wait for somebody.
func (a asked) Number(string) (float64, bool) {
	return float64(len(a.l.Letters) + len(a.l.Messages)), true
}

// Span is how long nothing has come from it.
func (a asked) Span(string) (time.Duration, bool) {
	return a.v.at.Sub(a.l.LastGood), !a.l.LastGood.IsZero()
}

// Text is what the feed says of a field.
func (a asked) Text(field string) []string {
	switch field {
	case "state":
		return []string{string(age(a.l, a.v.at, a.v.panel.Since))}
	case "kind":
		return []string{string(a.l.Kind)}
	case "type":
		return []string{a.l.Type}
	case "name":
		return []string{a.l.Name}
	case "svc":
		var out []string
		for _, r := range a.l.Rests {
			if r.Kind == "service" {
				out = append(out, r.ID)
			}
		}
		return out
	}
	return nil
}

// Words is everything in a row that a word may be found in.
func (a asked) Words() string {
	return strings.ToLower(strings.Join([]string{a.l.Name, a.l.Type, string(a.l.Kind), a.l.Resting, a.l.LastError}, "\n"))
}
