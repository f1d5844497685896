package settings

import (
	"bytes"
	"fmt"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"

	"go.yaml.in/yaml/v3"

	"signalbox/connectors"
	"signalbox/release"
)

// place is where something stands in the file, from 1.
type place struct{ line, column int }

// tree is a file while it is checked.
type tree struct {
	// root is of mappings, lists and scalars only: aliases and merges are written out. Nil: there is nothing
	// that could be checked.
	root   *yaml.Node
	faults []Fault
	places map[string]place
	// beyond is set while something is judged that a schema cannot see; shape counts the other faults.
	beyond   bool
	shape    int
	patterns map[string]*regexp.Regexp // those that were used, compiled
}

// fullAt is how many faults a file may have before no more are looked for.
const fullAt = 200

func (t *tree) full() bool { return len(t.faults) >= fullAt }

// refuse notes a fault at a place.
func (t *tree) refuse(at *yaml.Node, path, try, format string, args ...any) {
	if t.full() {
		return
	}
	t.faults = append(t.faults, Fault{Line: at.Line, Column: at.Column, Path: path, Try: try, Text: fmt.Sprintf(format, args...)})
	if !t.beyond {
		t.shape++
	}
}

// read takes the text apart. A file without a value is an empty mapping.
func read(data []byte) *tree {
	t := &tree{places: map[string]place{}, beyond: true}
	defer func() { t.beyond = false }()
	docs := connectors.Documents(data)
	for _, d := range docs {
		if d.Err != nil {
			t.unreadable(data, d)
			return t
		}
	}
	switch len(docs) {
	case 0:
		t.root = emptyOf(object)
	case 1:
		t.root = t.plain("", docs[0].Root)
	default:
		t.refuse(docs[1].Root, "", "leave out the --- between them", "the file holds %d documents; a configuration is one", len(docs))
	}
	return t
}

// unreadable refuses a document that is no YAML, or more of it than is read.
func (t *tree) unreadable(data []byte, d connectors.Document) {
	at, e := &yaml.Node{Line: d.Line, Column: 1}, release.AsError(d.Err)
	if e.Cause == nil {
		t.refuse(at, "", "a configuration needs far less", "%s", e.Message)
		return
	}
	if at.Line == 1 {
		at.Line = culprit(data)
	}
	t.refuse(at, "", "YAML is indented with blanks, never tabs, and has \"key: value\" on a line", "this is not YAML: %s", e.Message)
}

// culprit is the first line with which a text is no YAML, where the library does not say it. Long texts are not
// looked through: each line costs a reading.
func culprit(text []byte) int {
	at, line := 0, 0
	for l := range bytes.Lines(text) {
		at += len(l)
		if line++; line > 500 {
			break
		}
		var n yaml.Node
		if err := yaml.Unmarshal(text[:at], &n); err != nil {
			return line
		}
	}
	return 1
}

// plain copies a value with its aliases and merges written out, and refuses a key that is given twice. How
// far that unfolds has been bounded before.
func (t *tree) plain(path string, n *yaml.Node) *yaml.Node {
	at := n
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	if n.Style&yaml.TaggedStyle != 0 {
		t.refuse(n, path, "leave it out; text that looks like a number goes in quotes", "the tag %s is not read", release.Clean(n.Tag, 40))
	}
	c := &yaml.Node{Kind: n.Kind, Tag: n.ShortTag(), Value: n.Value, Style: n.Style &^ yaml.TaggedStyle, Line: at.Line, Column: at.Column}
	switch n.Kind {
	case yaml.ScalarNode:
		if calls[c.Tag] == "" {
			c.Tag = "!!str"
		}
	case yaml.SequenceNode:
		c.Tag = "!!seq"
		for i, item := range n.Content {
			c.Content = append(c.Content, t.plain(index(path, i), item))
		}
	case yaml.MappingNode:
		c.Tag = "!!map"
		t.entries(path, n, c)
	}
	return c
}

// entries copies the keys of a mapping. Its own keys beat those that it merges.
func (t *tree) entries(path string, n, into *yaml.Node) {
	seen := map[string]int{} // line of each key
	var merged []*yaml.Node
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i], n.Content[i+1]
		if k.Kind == yaml.AliasNode {
			k = k.Alias
		}
		switch {
		case k.ShortTag() == "!!merge":
			merged = append(merged, v)
			continue
		case k.Kind != yaml.ScalarNode:
			t.refuse(n.Content[i], path, "write it as one word before the colon", "a key is a list or mapping")
			continue
		}
		name := release.Clean(k.Value, 60)
		if line, twice := seen[k.Value]; twice {
			t.refuse(k, under(path, name), "keep one of them", "the key %s is given twice; the other is at line %d", name, line)
			continue
		}
		seen[k.Value] = k.Line
		key := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: k.Value, Line: k.Line, Column: k.Column}
		into.Content = append(into.Content, key, t.plain(under(path, name), v))
	}
	for _, m := range merged {
		t.merge(path, m, into, seen)
	}
}

// merge adds the keys that a "<<" brings in and that are not there yet.
func (t *tree) merge(path string, from, into *yaml.Node, seen map[string]int) {
	whole := t.plain(path, from)
	sources := []*yaml.Node{whole}
	if whole.Kind == yaml.SequenceNode {
		sources = whole.Content
	}
	for _, s := range sources {
		if s.Kind != yaml.MappingNode {
			t.refuse(from, path, "let << name a mapping by its anchor", "<< merges something that is no mapping")
			continue
		}
		for i := 0; i+1 < len(s.Content); i += 2 {
			if _, there := seen[s.Content[i].Value]; !there {
				seen[s.Content[i].Value] = s.Content[i].Line
				into.Content = append(into.Content, s.Content[i], s.Content[i+1])
			}
		}
	}
}

var plainKey = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)

// under is the path of a key.
func under(path, key string) string {
	switch {
	case path == "":
		return key
	case !plainKey.MatchString(key):
		return path + "[" + strconv.Quote(key) + "]"
	}
	return path + "." + key
}

func index(path string, i int) string { return path + "[" + strconv.Itoa(i) + "]" }

// get finds the value of a key in a mapping, nil if it has none.
func get(n *yaml.Node, key string) *yaml.Node {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i+1]
		}
	}
	return nil
}

// complete writes the defaults into a checked tree and resolves its paths against a directory.
func (t *tree) complete(dir string) { complete(&file, t.root, dir) }

func complete(v *value, n *yaml.Node, dir string) {
	switch v.form {
	case path:
		if !filepath.IsAbs(n.Value) {
			n.Value = filepath.Join(dir, n.Value)
		}
	case list:
		for _, item := range n.Content {
			complete(v.item, item, dir)
		}
	case variant:
		complete(kindNamed(get(n, "kind").Value).object(), n, dir)
	case object:
		for _, f := range v.fields {
			completeField(&f, n, dir)
		}
	}
}

func completeField(f *field, n *yaml.Node, dir string) {
	at := get(n, f.key)
	switch {
	case at != nil && at.ShortTag() == "!!null":
		*at = *emptyOf(f.form)
	case at == nil && f.fallback != "":
		at = &yaml.Node{Kind: yaml.ScalarNode, Value: f.fallback}
	case at == nil && f.form == object:
		at = emptyOf(object)
	case at == nil:
		return
	}
	if get(n, f.key) == nil {
		n.Content = append(n.Content, &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: f.key}, at)
	}
	complete(&f.value, at, dir)
}

func emptyOf(f form) *yaml.Node {
	if f == list {
		return &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq", Line: 1, Column: 1}
	}
	return &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Line: 1, Column: 1}
}

// strangers lists the keys of a mapping that are not among the allowed ones, in the order of the file.
func strangers(n *yaml.Node, allowed []string) []*yaml.Node {
	var out []*yaml.Node
	for i := 0; i+1 < len(n.Content); i += 2 {
		if !slices.Contains(allowed, n.Content[i].Value) {
			out = append(out, n.Content[i])
		}
	}
	return out
}

// everyKey lists the keys of all objects, sorted.
func everyKey(of []*value) []string {
	all := map[string]bool{}
	for _, v := range of {
		for _, k := range v.keys() {
			all[k] = true
		}
	}
	return slices.Sorted(maps.Keys(all))
}
