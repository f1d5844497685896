package settings

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"signalbox/release"
)

// check compares the tree with the table and notes every fault.
func (t *tree) check() {
	t.patterns = map[string]*regexp.Regexp{}
	t.value(&file, "", t.root)
}

func (t *tree) value(v *value, path string, n *yaml.Node) {
	if t.full() {
		return
	}
	if path != "" {
		t.places[path] = place{n.Line, n.Column}
	}
	var right bool
	switch v.form {
	case whole:
		right = t.whole(v, path, n)
	case yesno:
		right = t.kind(v, path, n, "!!bool")
	case list:
		right = t.list(v, path, n)
	case mapping:
		right = t.mapping(v, path, n)
	case object:
		right = t.object(v, path, n)
	case variant:
		right = t.variant(v, path, n)
	default:
		right = t.text(v, path, n)
	}
	if right && v.meaning != nil {
		t.beyond = true
		v.meaning(t, path, n)
		t.beyond = false
	}
}

// named is what a value is called where it is missing or another stands in its place.
func (v *value) named() string {
	switch {
	case v.is != "":
		return v.is
	case len(v.choices) > 0:
		return "one of " + strings.Join(v.choices, ", ")
	}
	return [...]string{"text", "a whole number", "true or false", "a duration such as 90s or 10m", "the path of a file", "a list", "a mapping of names to text", "a mapping of keys", "a mapping of keys"}[v.form]
}

// kind refuses a value that is written as another kind. Text that YAML takes for a date is text.
func (t *tree) kind(v *value, path string, n *yaml.Node, tags ...string) bool {
	tag := n.ShortTag()
	if slices.Contains(tags, tag) {
		return true
	}
	switch try := "write " + v.named(); {
	case tag == "!!null":
		t.refuse(n, path, try+", or leave it out", "it has no value")
	case n.Kind != yaml.ScalarNode || v.secret:
		t.refuse(n, path, try, "it is %s", calls[tag])
	case v.form == yesno && slices.Contains(yes, strings.ToLower(n.Value)):
		t.refuse(n, path, "write true or false", "%q is text", n.Value)
	case v.form == duration && (tag == "!!int" || tag == "!!float"):
		t.refuse(n, path, "write "+v.named(), "%s has no unit", release.Clean(n.Value, 40))
	case tags[0] == "!!str":
		t.refuse(n, path, fmt.Sprintf("put it in quotes: %q", release.Clean(n.Value, 40)), "%s is %s, not text", release.Clean(n.Value, 40), calls[tag])
	default:
		t.refuse(n, path, try, "%q is %s", release.Clean(n.Value, 40), calls[tag])
	}
	return false
}

// calls is what people call a value with a tag of YAML.
var calls = map[string]string{"!!str": "text", "!!timestamp": "text", "!!int": "a number", "!!float": "a number", "!!bool": "a truth value",
	"!!map": "a mapping", "!!seq": "a list", "!!null": "nothing"}

var yes = []string{"yes", "no", "on", "off", "y", "n"}

func (t *tree) text(v *value, path string, n *yaml.Node) bool {
	if !t.kind(v, path, n, "!!str", "!!timestamp") {
		return false
	}
	s := n.Value
	shown := fmt.Sprintf("%q", release.Clean(s, 60))
	if v.secret {
		shown = "this"
	}
	switch length := utf8.RuneCountInString(s); {
	case s == "":
		t.refuse(n, path, "write "+v.named(), "it is empty")
	case len(v.choices) > 0 && !slices.Contains(v.choices, s):
		try := "it is " + v.named()
		if near := nearest(s, v.choices); near != "" {
			try = "did you mean " + near + "? " + try
		}
		t.refuse(n, path, try, "%s is not known here", shown)
	case length < v.least || length > v.longest():
		t.refuse(n, path, fmt.Sprintf("between %d and %d are read", max(1, v.least), v.longest()), "it has %d characters", length)
	case !t.matches(v, s) && strings.TrimSpace(s) != s:
		t.refuse(n, path, "write "+v.named(), "it begins or ends with blanks")
	case !t.matches(v, s):
		t.refuse(n, path, "write "+v.named(), "%s is not %s", shown, short(v.named()))
	default:
		return t.shown(v, path, n)
	}
	return false
}

// short is the name of a value without its example.
func short(named string) string {
	named, _, _ = strings.Cut(named, " such as ")
	return named
}

// shown refuses text that people could not see as it is.
func (t *tree) shown(v *value, path string, n *yaml.Node) bool {
	hidden := func(r rune) bool {
		return r != ' ' && !release.Printable(r) && (!v.block || r != '\n' && r != '\t')
	}
	t.beyond = true
	defer func() { t.beyond = false }()
	switch {
	case strings.ContainsFunc(n.Value, hidden) || !utf8.ValidString(n.Value):
		t.refuse(n, path, "type it anew", "it holds characters that cannot be seen")
	case !v.block && strings.TrimSpace(n.Value) != n.Value:
		t.refuse(n, path, "take them away", "it begins or ends with blanks")
	default:
		return true
	}
	return false
}

func (t *tree) whole(v *value, path string, n *yaml.Node) bool {
	if !t.kind(v, path, n, "!!int", "!!float") {
		return false
	}
	var f float64
	if err := n.Decode(&f); err != nil || math.Trunc(f) != f || f < float64(v.low) || v.high > 0 && f > float64(v.high) {
		t.refuse(n, path, fmt.Sprintf("write a whole number from %d to %d", v.low, v.high), "%s is out of bounds", release.Clean(n.Value, 40))
		return false
	}
	return true
}

func (t *tree) list(v *value, path string, n *yaml.Node) bool {
	if !t.kind(v, path, n, "!!seq") {
		return false
	}
	t.count(v, path, n, len(n.Content), "items")
	for i, item := range n.Content {
		t.value(v.item, index(path, i), item)
	}
	return true
}

func (t *tree) mapping(v *value, path string, n *yaml.Node) bool {
	if !t.kind(v, path, n, "!!map") {
		return false
	}
	t.count(v, path, n, len(n.Content)/2, "keys")
	for i := 0; i+1 < len(n.Content); i += 2 {
		k := n.Content[i]
		name := release.Clean(k.Value, 60)
		if !t.matches(v, k.Value) {
			t.refuse(k, under(path, name), "write "+v.named(), "%q is no name here", name)
		}
		t.value(v.item, under(path, name), n.Content[i+1])
	}
	return true
}

func (t *tree) matches(v *value, s string) bool {
	if v.pattern == "" {
		return true
	}
	p := t.patterns[v.pattern]
	if p == nil {
		p = regexp.MustCompile(v.pattern)
		t.patterns[v.pattern] = p
	}
	return p.MatchString(s)
}

func (t *tree) count(v *value, path string, n *yaml.Node, has int, what string) {
	if has < v.least || has > v.longest() {
		t.refuse(n, path, fmt.Sprintf("between %d and %d are read", v.least, v.longest()), "it has %d %s", has, what)
	}
}

func (t *tree) object(v *value, path string, n *yaml.Node) bool {
	if !t.kind(v, path, n, "!!map") {
		return false
	}
	for _, k := range strangers(n, v.keys()) {
		t.stray(v, path, k)
	}
	for _, f := range v.fields {
		at := get(n, f.key)
		switch {
		case at == nil && f.required:
			t.refuse(n, path, "write "+f.named(), "%s is missing", f.key)
		case at != nil && !(f.nullable() && at.ShortTag() == "!!null"):
			t.value(&f.value, under(path, f.key), at)
		}
	}
	for _, r := range v.rules {
		t.rule(r, path, n)
	}
	return true
}

// stray refuses a key that an object does not have.
func (t *tree) stray(v *value, path string, k *yaml.Node) {
	if t.full() {
		return
	}
	name := release.Clean(k.Value, 60)
	where := under(path, name)
	if v.strays != nil {
		if text, try, ok := v.strays(k.Value); ok {
			t.refuse(k, where, try, "%s", text)
			return
		}
	}
	try := "there are " + strings.Join(v.keys(), ", ")
	if near := nearest(k.Value, v.keys()); near != "" {
		try = "did you mean " + near + "? " + try
	}
	t.refuse(k, where, try, "there is no key %q here", name)
}

func (t *tree) rule(r rule, path string, n *yaml.Node) {
	var given []string
	for _, k := range r.keys {
		if get(n, k) != nil {
			given = append(given, k)
		}
	}
	both := strings.Join(given, " and ")
	switch {
	case r.kind == exactlyOne && len(given) == 0:
		t.refuse(n, path, "write "+strings.Join(r.keys, " or "), "%s is missing", strings.Join(r.keys, " or "))
	case r.kind != needs && len(given) > 1:
		t.refuse(n, path, "give one of them", "%s cannot both be given", both)
	case r.kind == needs && get(n, r.key) != nil && len(given) == 0:
		t.refuse(get(n, r.key), under(path, r.key), "give "+strings.Join(r.keys, " or ")+", or leave it out", "%s means nothing without %s", r.key, strings.Join(r.keys, " or "))
	}
}

// variant checks a connector by its kind. Where the kind is missing or unknown, only keys that no kind has
// are strange.
func (t *tree) variant(v *value, path string, n *yaml.Node) bool {
	if !t.kind(v, path, n, "!!map") {
		return false
	}
	at := get(n, "kind")
	if at != nil && slices.Contains(Kinds(), at.Value) && at.ShortTag() == "!!str" {
		t.value(kindNamed(at.Value).object(), path, n)
		return true
	}
	if at == nil {
		t.refuse(n, path, "write "+v.field("kind").named(), "kind is missing")
	} else {
		t.value(&v.field("kind").value, under(path, "kind"), at)
	}
	if name := get(n, "name"); name == nil {
		t.refuse(n, path, "write "+v.field("name").named(), "name is missing")
	} else {
		t.value(&v.field("name").value, under(path, "name"), name)
	}
	objects := make([]*value, len(kinds))
	for i, k := range kinds {
		objects[i] = k.object()
	}
	all := everyKey(objects)
	for _, k := range strangers(n, all) {
		try := "no kind of connector has it"
		if near := nearest(k.Value, all); near != "" {
			try = "did you mean " + near + "?"
		}
		name := release.Clean(k.Value, 60)
		t.refuse(k, under(path, name), try, "there is no key %q here", name)
	}
	return true
}
