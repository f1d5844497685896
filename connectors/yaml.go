package connectors

import (
	"bytes"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"signalbox/release"
)

const (
	// MaxFile is the largest YAML file read, in bytes.
	MaxFile = 1 << 20
	// maxNodes is how many values a YAML document may hold with every alias written out. It makes a bomb of
	// aliases as large as it would unfold to.
	maxNodes = 200_000
	// maxDocuments is how many documents a file may hold.
	maxDocuments = 10_000
)

// Document is one document of a YAML file. Line is where it begins, from 1. Err says why it could not be
// read; its place is Line then.
type Document struct {
	Line int
	Root *yaml.Node
	Err  error
}

// Documents splits a YAML file at its "---" lines and reads each document alone, so that one that is broken
// does not take the others with it. Lines of nodes are those of the file. Empty documents are left out. A
// file that is too large is one document with an error.
func Documents(data []byte) []Document {
	if len(data) > MaxFile {
		return []Document{{Line: 1, Err: release.Errorf(release.Usage, "the file has %d bytes; at most %d are read", len(data), MaxFile)}}
	}
	data = bytes.TrimPrefix(data, []byte("\uFEFF"))
	var out []Document
	start, at, line, docs := 0, 0, 1, 0
	for l := range bytes.Lines(data) {
		if separator(l) && at > start {
			if docs++; docs == maxDocuments {
				return append(out, Document{Line: line, Err: release.Errorf(release.Usage, "the file has more than %d documents", maxDocuments)})
			}
			out = appendDocument(out, data[start:at], line)
			line += bytes.Count(data[start:at], []byte("\n"))
			start = at
		}
		at += len(l)
	}
	return appendDocument(out, data[start:], line)
}

// separator reports whether a line begins a document: "---" in its first column, alone or before a blank.
func separator(line []byte) bool {
	rest, ok := bytes.CutPrefix(line, []byte("---"))
	return ok && (len(rest) == 0 || rest[0] == '\n' || rest[0] == '\r' || rest[0] == ' ' || rest[0] == '\t')
}

func appendDocument(out []Document, data []byte, line int) []Document {
	// The library itself gives up on 10,000 levels, after 10 ms.
	var root yaml.Node
	if err := yaml.Unmarshal(data, &root); err != nil {
		reason, at := Fault(err)
		return append(out, Document{Line: line + max(at, 1) - 1, Err: release.Errorf(release.Usage, "%s", reason).Because(err)})
	}
	if len(root.Content) == 0 || root.Content[0].Tag == "!!null" {
		return out
	}
	if err := (&measure{seen: map[*yaml.Node]int{}}).check(root.Content[0]); err != nil {
		return append(out, Document{Line: line, Err: err})
	}
	shift(&root, line-1)
	top := root.Content[0]
	return append(out, Document{Line: top.Line, Root: top})
}

func tooDeep() error {
	return release.Errorf(release.Usage, "the document nests deeper than %d levels", MaxDepth)
}

// measure counts the values of a document, each alias as what it stands for.
type measure struct {
	seen map[*yaml.Node]int // values under a node; -1 while it is being counted
}

func (m *measure) check(n *yaml.Node) error {
	_, err := m.count(n, 0)
	return err
}

func (m *measure) count(n *yaml.Node, depth int) (int, error) {
	if depth > MaxDepth {
		return 0, tooDeep()
	}
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	if total, ok := m.seen[n]; ok {
		if total < 0 {
			return 0, release.Errorf(release.Usage, "the anchor %q holds itself", release.Clean(n.Anchor, 40))
		}
		return total, nil
	}
	m.seen[n] = -1
	total := 1
	for _, c := range n.Content {
		under, err := m.count(c, depth+1)
		if err != nil {
			return 0, err
		}
		if total += under; total > maxNodes {
			return 0, release.Errorf(release.Usage, "the document holds more than %d values once its aliases are written out", maxNodes)
		}
	}
	m.seen[n] = total
	return total, nil
}

// shift moves the lines of a tree from those of its document to those of its file.
func shift(n *yaml.Node, by int) {
	n.Line += by
	for _, c := range n.Content {
		shift(c, by)
	}
}

var faultLine = regexp.MustCompile(`line (\d+): `)

// Fault puts an error of the YAML library in words without its prefix, and returns the line it names, 0 if
// none.
func Fault(err error) (reason string, line int) {
	text := strings.TrimPrefix(err.Error(), "yaml: ")
	text = strings.TrimPrefix(text, "unmarshal errors:\n")
	text, _, _ = strings.Cut(strings.TrimSpace(text), "\n")
	if m := faultLine.FindStringSubmatchIndex(text); m != nil {
		line, _ = strconv.Atoi(text[m[2]:m[3]])
		text = text[:m[0]] + text[m[1]:]
	}
	if m := faultKind.FindStringSubmatch(text); m != nil {
		text = "a " + kinds[m[1]] + " stands where another kind of value is read"
		if kinds[m[1]] == "" {
			text = "a value of the wrong kind"
		}
	}
	return release.Clean(text, 160), line
}

// faultKind is how the library says that a value is of another kind than the Go type it was read into.
var faultKind = regexp.MustCompile("^cannot unmarshal !!(\\w+)( `.*`)? into ")

var kinds = map[string]string{"map": "mapping", "seq": "list", "str": "text", "int": "number", "float": "number", "bool": "true or false"}

// At writes a place as refusals show it: "file:line".
func At(file string, line int) string { return fmt.Sprintf("%s:%d", release.Clean(file, 200), line) }
