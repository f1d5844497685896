package backstage

import (
	"strings"

	"go.yaml.in/yaml/v3"

	"signalbox/release"
)

// A text, a list of texts and a mapping of texts take what they can of a value and keep what they cannot, so
// that an odd value costs its own field alone.
type (
	text struct {
		value string
		odd   *odd
	}
	list struct {
		values []string
		lines  []int // of the values
		odd    []odd
	}
	texts struct {
		values map[string]string
		odd    []odd
	}
)

// odd is a value that is no text.
type odd struct {
	line   int
	key    string // of a mapping
	reason string
}

func (t *text) UnmarshalYAML(n *yaml.Node) error {
	value, bad := scalar(n)
	if bad != "" {
		t.odd = &odd{line: n.Line, reason: bad}
	}
	t.value = value
	return nil
}

func (l *list) UnmarshalYAML(n *yaml.Node) error {
	items := []*yaml.Node{n}
	if s := followed(n); s.Kind == yaml.SequenceNode {
		items = s.Content
	}
	for _, c := range items {
		value, bad := scalar(c)
		switch {
		case bad != "":
			l.odd = append(l.odd, odd{line: c.Line, reason: bad})
		case value != "":
			l.values, l.lines = append(l.values, value), append(l.lines, c.Line)
		}
	}
	return nil
}

func (t *texts) UnmarshalYAML(n *yaml.Node) error {
	m := followed(n)
	if m.Kind != yaml.MappingNode {
		if m.Tag != "!!null" {
			t.odd = append(t.odd, odd{line: n.Line, reason: "it is no mapping of texts"})
		}
		return nil
	}
	t.values = map[string]string{}
	for i := 0; i+1 < len(m.Content); i += 2 {
		name := m.Content[i].Value
		value, bad := scalar(m.Content[i+1])
		if bad != "" {
			t.odd = append(t.odd, odd{line: m.Content[i].Line, key: name, reason: bad})
			continue
		}
		t.values[name] = value
	}
	return nil
}

func followed(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode {
		return n.Alias
	}
	return n
}

// scalar is the text of a node, or in words why it has none. Backstage replaces a mapping such as
// {$text: ./file} by what it names; here it is left out.
func scalar(n *yaml.Node) (value, bad string) {
	n = followed(n)
	switch {
	case n.Tag == "!!null":
		return "", ""
	case n.Kind == yaml.ScalarNode:
		return n.Value, ""
	case n.Kind == yaml.MappingNode && len(n.Content) == 2 && strings.HasPrefix(n.Content[0].Value, "$"):
		return "", "it is a placeholder, " + release.Clean(n.Content[0].Value, 20) + ", and what it names is not read"
	}
	return "", "it is no text"
}

// odd refuses the parts of an entity that are no texts.
func (m *mapping) odd(e *entity) {
	refuse := func(field string, all ...odd) {
		for _, o := range all {
			name := field
			if o.key != "" {
				name += "." + release.Clean(o.key, 80)
			}
			m.refuseIn(e, o.line, "%s: %s", name, o.reason)
		}
	}
	for _, f := range []struct {
		field string
		text  text
	}{{"metadata.title", e.Metadata.Title}, {"spec.type", e.Spec.Type}, {"spec.lifecycle", e.Spec.Lifecycle},
		{"spec.profile.displayName", e.Spec.Profile.DisplayName}, {"spec.profile.email", e.Spec.Profile.Email}} {
		if f.text.odd != nil {
			refuse(f.field, *f.text.odd)
		}
	}
	refuse("metadata.labels", e.Metadata.Labels.odd...)
	refuse("metadata.annotations", e.Metadata.Annotations.odd...)
	refuse("metadata.tags", e.Metadata.Tags.odd...)
	refuse("spec.target", e.Spec.Target.odd...)
	refuse("spec.targets", e.Spec.Targets.odd...)
}
