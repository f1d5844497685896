package settings

import (
	"slices"
	"time"

	"go.yaml.in/yaml/v3"
)

// form is how a value is written.
type form int

const (
	text form = iota
	whole
	yesno
	duration // text such as 90s
	path     // text; a relative one is of the configuration's directory
	list
	mapping // free names to text
	object  // the fields of the table
	variant // an object whose fields follow from its kind
)

// value is what may stand at one place of the file. The zero value is any text of one line.
type value struct {
	form form
	// is names one such value in sentences: "a network such as 10.0.0.0/8".
	is      string
	choices []string // of text
	pattern string   // of text, and of the names of a mapping; RE2 and ECMAScript agree on it
	block   bool     // the text may have several lines
	secret  bool     // the value is never repeated in a sentence

	// low and high bound a whole number and a duration; 0 is no bound. A duration's are beyond the schema.
	low, high int64
	// least and most bound the length of a text, in characters, and of a list or mapping, in items. 0 for
	// most is the bound of the form.
	least, most int

	item   *value  // of a list or mapping
	fields []field // of an object
	rules  []rule  // of an object
	// strays puts in words why a key of the table is none of this object; nil: only what is allowed.
	strays func(key string) (text, try string, ok bool)

	// meaning finds what a schema cannot say. It runs on values of the right shape only.
	meaning func(t *tree, path string, n *yaml.Node)
}

// field is a key of an object.
type field struct {
	key string
	// about is a sentence for editors and the document, without the full stop.
	about string
	value
	required bool
	fallback string // what holds without the key; "" is nothing
	unless   string // the default in words where it is no fixed value
	example  string // as YAML, for the document
	restart  bool   // a reload does not apply it
}

// rule binds keys of one object to each other.
type rule struct {
	kind ruleKind
	key  string   // of needs
	keys []string // of which exactly one, at most one, or (for needs) at least one is given
}

type ruleKind int

const (
	exactlyOne ruleKind = iota
	atMostOne
	needs
)

const (
	mostText  = 2000
	mostItems = 10_000
)

func (v *value) longest() int {
	switch {
	case v.most > 0:
		return v.most
	case v.form == list || v.form == mapping:
		return mostItems
	}
	return mostText
}

// nullable reports whether the key may be left without a value, as when everything under it is commented out.
func (f *field) nullable() bool {
	return f.form >= list && !f.required && f.least == 0
}

func (v *value) field(key string) *field {
	i := slices.IndexFunc(v.fields, func(f field) bool { return f.key == key })
	if i < 0 {
		return nil
	}
	return &v.fields[i]
}

func (v *value) keys() []string {
	out := make([]string, len(v.fields))
	for i, f := range v.fields {
		out[i] = f.key
	}
	return out
}

// durationPattern is a duration without a sign, in units that a person plans in.
const durationPattern = `^([0-9]+(\.[0-9]+)?(ms|s|m|h))+$`

// between is a duration within bounds, both inclusive.
func between(low, high time.Duration) value {
	v := value{form: duration, is: "a duration such as 90s or 10m", pattern: durationPattern, low: int64(low), high: int64(high)}
	v.meaning = durationBounds(v)
	return v
}

func oneOf(choices ...string) value { return value{choices: choices} }

func listOf(item value) value { return value{form: list, is: "a list", item: &item} }
