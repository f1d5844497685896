// Package filter owns the language in which the rows of a list are narrowed:
//
//	risk>60 region:EMEA due<4h -team:data text
//
// Terms are separated by blanks and must all fit. A term is a word that may stand anywhere in a row, or a field
// of the list with an operator and a value: ":" begins with, "~" holds, "=" is, "<", "<=", ">" and ">=" compare
// numbers and lengths of time. Several values of ":", "~" and "=" are separated by commas, of which one must
// fit. "-" before a term asks for its opposite. What holds blanks stands in double quotes. Case does not matter.
//
// A view declares its fields in a Language and reads them from a Row. The package is pure and imports nothing
// but release.
package filter

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// Kind says what a field holds, and so which operators it takes.
type Kind uint8

const (
	Text   Kind = iota // : ~ =
	Number             // < <= > >= = :
	Span               // a length of time: < <= > >= = :
)

// Field is something of a row that has a name.
type Field struct {
	Name string
	Also []string // its other names
	Kind Kind
	// Values are words that a Text field is often asked for, which tab completes.
	Values []string
}

// Language is what the rows of one list can be asked for.
type Language struct {
	Fields []Field
	// Words are words that ask for a value of a field although they stand alone: "dark" for age:dark.
	Words map[string]string
}

// Op compares a field with a value.
type Op string

const (
	Begins  Op = ":"
	Holds   Op = "~"
	Is      Op = "="
	Less    Op = "<"
	AtMost  Op = "<="
	More    Op = ">"
	AtLeast Op = ">="
)

// Term is one condition.
type Term struct {
	Not    bool
	Field  string // "" for a word that may stand anywhere
	Op     Op
	Values []string // of a Text field and of a word; lower case
	Number float64
	Span   time.Duration
	kind   Kind
}

// Query is what was asked for. A term that is not finished or cannot be read asks for nothing, so that a list
// does not flicker while it is typed; Faults say which these are.
type Query struct {
	Terms  []Term
	Faults []Fault
}

// Row answers for one row. A field that a row does not have answers false, or with no text.
type Row interface {
	// Text is what a Text field holds, in any case.
	Text(field string) []string
	Number(field string) (float64, bool)
	Span(field string) (time.Duration, bool)
	// Words is everything in which a word may stand, in lower case.
	Words() string
}

// Fits reports whether a row meets every term.
func (q Query) Fits(r Row) bool {
	for k := range q.Terms {
		if q.Terms[k].fits(r) == q.Terms[k].Not {
			return false
		}
	}
	return true
}

func (t *Term) fits(r Row) bool {
	if t.Field == "" {
		return strings.Contains(r.Words(), t.Values[0])
	}
	switch t.kind {
	case Number:
		n, ok := r.Number(t.Field)
		return ok && compare(t.Op, n, t.Number)
	case Span:
		d, ok := r.Span(t.Field)
		return ok && compare(t.Op, d, t.Span)
	}
	return slices.ContainsFunc(r.Text(t.Field), func(have string) bool {
		have = strings.ToLower(have)
		return slices.ContainsFunc(t.Values, func(want string) bool {
			switch t.Op {
			case Holds:
				return strings.Contains(have, want)
			case Is:
				return have == want
			}
			return strings.HasPrefix(have, want)
		})
	})
}

func compare[N float64 | time.Duration](op Op, a, b N) bool {
	switch op {
	case Less:
		return a < b
	case AtMost:
		return a <= b
	case More:
		return a > b
	case AtLeast:
		return a >= b
	}
	return a == b
}

// String writes the query so that it is read the same again.
func (q Query) String() string {
	words := make([]string, len(q.Terms))
	for k, t := range q.Terms {
		words[k] = t.String()
	}
	return strings.Join(words, " ")
}

// String is the term as it is typed.
func (t Term) String() string {
	lead := ""
	if t.Not {
		lead = "-"
	}
	switch {
	case t.Field == "":
		return lead + `"` + t.Values[0] + `"`
	case t.kind == Number:
		return lead + t.Field + string(t.Op) + strconv.FormatFloat(t.Number, 'f', -1, 64)
	case t.kind == Span:
		return lead + t.Field + string(t.Op) + t.Span.String()
	}
	values := make([]string, len(t.Values))
	for k, v := range t.Values {
		values[k] = quoted(v)
	}
	return lead + t.Field + string(t.Op) + strings.Join(values, ",")
}

// quoted puts what would be read as more than one value into quotes.
func quoted(s string) string {
	if strings.ContainsAny(s, " ,") {
		return `"` + s + `"`
	}
	return s
}

// find is the field of a name, nil where the language has none.
func (l Language) find(name string) *Field {
	for k := range l.Fields {
		if f := &l.Fields[k]; f.Name == name || slices.Contains(f.Also, name) {
			return f
		}
	}
	return nil
}

// Names are the fields in their order.
func (l Language) Names() []string {
	out := make([]string, len(l.Fields))
	for k, f := range l.Fields {
		out[k] = f.Name
	}
	return out
}
