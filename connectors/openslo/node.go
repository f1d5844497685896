package openslo

import (
	"math"
	"slices"
	"strconv"

	"go.yaml.in/yaml/v3"
)

// follow is what an alias stands for.
func follow(n *yaml.Node) *yaml.Node {
	if n != nil && n.Kind == yaml.AliasNode {
		return n.Alias
	}
	return n
}

// field is the value of a key of a mapping; nil where there is none or it is null.
func field(n *yaml.Node, key string) *yaml.Node {
	n = follow(n)
	if n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			if v := follow(n.Content[i+1]); v.Tag != "!!null" {
				return v
			}
		}
	}
	return nil
}

// strange is the first key of a mapping that is none of those known, "" where there is none.
func strange(n *yaml.Node, known ...string) (*yaml.Node, string) {
	n = follow(n)
	if n == nil || n.Kind != yaml.MappingNode {
		return nil, ""
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if k := n.Content[i]; !slices.Contains(known, k.Value) {
			return k, k.Value
		}
	}
	return nil, ""
}

// text is the text of a scalar, "" of anything else.
func text(n *yaml.Node) string {
	if n == nil || n.Kind != yaml.ScalarNode || n.Tag == "!!null" {
		return ""
	}
	return n.Value
}

// number is a finite number.
func number(n *yaml.Node) (float64, bool) {
	if n == nil || n.Kind != yaml.ScalarNode || n.Tag != "!!int" && n.Tag != "!!float" {
		return 0, false
	}
	v, err := strconv.ParseFloat(n.Value, 64)
	return v, err == nil && !math.IsNaN(v) && !math.IsInf(v, 0)
}

// annotation is one of a document's annotations, or else a label of that name.
func annotation(meta *yaml.Node, key string) string {
	if v := text(field(field(meta, "annotations"), key)); v != "" {
		return v
	}
	return text(field(field(meta, "labels"), key))
}
