package settings

import (
	"bytes"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"
	"pgregory.net/rapid"
)

func compiled(t testing.TB) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(Schema()))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("signalbox.schema.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("signalbox.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// asJSON is a tree as an editor's validator sees it; ok is false for what JSON cannot say.
func asJSON(n *yaml.Node) (v any, ok bool) {
	switch n.Kind {
	case yaml.SequenceNode:
		out := make([]any, 0, len(n.Content))
		for _, item := range n.Content {
			v, ok := asJSON(item)
			if !ok {
				return nil, false
			}
			out = append(out, v)
		}
		return out, true
	case yaml.MappingNode:
		out := map[string]any{}
		for i := 0; i+1 < len(n.Content); i += 2 {
			v, ok := asJSON(n.Content[i+1])
			if !ok {
				return nil, false
			}
			out[n.Content[i].Value] = v
		}
		return out, true
	}
	switch n.ShortTag() {
	case "!!null":
		return nil, true
	case "!!bool":
		var b bool
		err := n.Decode(&b)
		return b, err == nil
	case "!!int", "!!float":
		var f float64
		if n.Decode(&f) != nil || math.IsInf(f, 0) || math.IsNaN(f) {
			return nil, false
		}
		return f, true
	}
	return n.Value, true
}

// judge compares the check with the schema on one tree.
func judge(t interface{ Errorf(string, ...any) }, s *jsonschema.Schema, name string, tr *tree) {
	v, ok := asJSON(tr.root)
	if !ok {
		return
	}
	err := s.Validate(v)
	if (err == nil) != (tr.shape == 0) {
		shown, _ := json.Marshal(v)
		t.Errorf("%s: the check finds %d faults of shape %v, the schema %v\n%.2000s", name, tr.shape, tr.faults, err, shown)
	}
}

func corpus(t testing.TB, pattern string) map[string][]byte {
	t.Helper()
	names, err := filepath.Glob(filepath.Join("testdata", pattern))
	if err != nil || len(names) == 0 {
		t.Fatalf("no files for %s: %v", pattern, err)
	}
	out := map[string][]byte{}
	for _, n := range names {
		data, err := os.ReadFile(n)
		if err != nil {
			t.Fatal(err)
		}
		out[n] = data
	}
	return out
}

func TestSchemaAndCheckAgree(t *testing.T) {
	s := compiled(t)
	invalid := 0
	for name, data := range corpus(t, "*/*.yaml") {
		tr := read(data)
		if tr.root == nil {
			continue
		}
		tr.check()
		judge(t, s, name, tr)
		if tr.shape > 0 {
			invalid++
		}
	}
	if invalid < 8 {
		t.Errorf("only %d files have a fault of shape", invalid)
	}
}

// Each of these has one fault of shape and no other, so that neither side can be right by luck.
func TestSchemaAndCheckRefuseTheSameFault(t *testing.T) {
	s := compiled(t)
	for _, text := range []string{
		"colour: red", "[a]", "bots: [5]", "bots: x", "bots: [true]", "bots: ['']", "bots: ['a b']", "bots: [{}]", "bots: [" + strings.Repeat("a", 201) + "]",
		"organisation: {name: }", "organisation: {address: 'https://x'}", "organisation: {nmae: x}",
		"environments: [{gated: true}]", "environments: [{name: Production}]", "environments: [{name: a, gated: 'true'}]", "environments: [{name: a, aliases: [B]}]", "environments: [null]",
		"ssh: {profile: lax}", "ssh: {idle: 5}", "ssh: {idle: 5 m}", "ssh: {idle: -5m}", "ssh: {total: 0}", "ssh: {total: 1.5}", "ssh: {total: 2000000}", "ssh: {total: '5'}",
		"ssh: {trusted: [10.0.0.0]}", "ssh: {user_ca_revoked: x}", "http: {tls_cert: x}", "http: {tls_key: x}", "http: {observe: ALL}",
		"connectors: [{name: a}]", "connectors: [{kind: github}]", "connectors: [{name: A, kind: github}]", "connectors: [{name: a, kind: gitbub}]", "connectors: [x]", "connectors: [null]", "connectors: {}",
		"connectors: [{name: a, kind: github, interval: 5s}]", "connectors: [{name: a, kind: github, secret_file: a, secret_env: A}]", "connectors: [{name: a, kind: github, map: {'a b': c}}]",
		"connectors: [{name: a, kind: github, map: {a: }}]", "connectors: [{name: a, kind: alertmanager, labels: {version: v}}]", "connectors: [{name: a, kind: cdevents, secret_env: 'A B'}]",
		"connectors: [{name: a, kind: prometheus}]", "connectors: [{name: a, kind: prometheus, url: 'https://u:p@x'}]", "connectors: [{name: a, kind: prometheus, url: 'ftp://x'}]",
		"connectors: [{name: a, kind: prometheus, url: 'https://x', user: u}]", "connectors: [{name: a, kind: prometheus, url: 'https://x', expect_every: 5s}]",
		"connectors: [{name: a, kind: prometheus, url: 'https://x', metrics: {requests: 'a b'}}]", "connectors: [{name: a, kind: prometheus, url: 'https://x', queries: {p42: x}}]",
		"connectors: [{name: a, kind: icalendar}]", "connectors: [{name: a, kind: icalendar, url: 'https://x', path: x}]", "connectors: [{name: a, kind: icalendar, path: x, caldav: true}]",
		"connectors: [{name: a, kind: icalendar, path: x, as: party}]", "connectors: [{name: a, kind: icalendar, path: x, scope: all}]", "connectors: [{name: a, kind: icalendar, path: x, timeout: 5s}]",
		"connectors: [{name: a, kind: icalendar, path: x, secret_env: A}]", "connectors: [{name: a, kind: icalendar, path: x, allow_networks: [10.0.0.0/8]}]",
		"connectors: [{name: a, kind: backstage, path: x, branch: main}]", "connectors: [{name: a, kind: backstage, url: 'ssh://u:p@x/y', branch: main}]", "connectors: [{name: a, kind: backstage, url: 'https://x', branch: -x}]",
		"connectors: [{name: a, kind: csv, path: x}]", "connectors: [{name: a, kind: csv, what: things, path: x}]", "connectors: [{name: a, kind: organisation}]",
		"connectors: [{name: a, kind: webhook, url: 'https://x'}]", "connectors: [{name: a, kind: webhook, url: 'https://x', secret_env: A, headers: {'a b': c}}]",
		"connectors: [{name: a, kind: webhook, url: 'https://x', secret_env: A, events: [Approve]}]", "connectors: [{name: a, kind: webhook, url: 'https://x', secret_env: A, secret_file: a}]",
		"connectors: [{name: a, kind: smtp, url: 'https://x', from: a@b, to: [a@b]}]", "connectors: [{name: a, kind: smtp, url: 'smtp://x', from: a@b, to: []}]", "connectors: [{name: a, kind: smtp, url: 'smtp://x', from: a@b, to: }]",
		"connectors: [{name: a, kind: smtp, url: 'smtp://x', from: a@b, to: [a@b], secret_env: A}]", "connectors: [{name: a, kind: smtp, url: 'smtp://x', from: a@b, to: [a@b], secret_file: A}]",
		"connectors: [{name: a, kind: smtp, url: 'smtp://x', from: a, to: [a@b]}]", "connectors: [{name: a, kind: smtp, url: 'smtp://x', from: a@b, to: [a@b], starttls: never}]",
	} {
		tr := read([]byte(text))
		if tr.root == nil {
			t.Fatalf("%s is no YAML: %v", text, tr.faults)
		}
		tr.check()
		judge(t, s, text, tr)
		if len(tr.faults) != 1 || tr.shape != 1 {
			t.Errorf("%s has the faults %v", text, tr.faults)
		}
	}
}

// Any file that is good but for a few mutations is judged alike by the schema and the check.
func TestSchemaAndCheckAgreeOnMutations(t *testing.T) {
	s := compiled(t)
	files := corpus(t, "good/*.yaml")
	names := make([]string, 0, len(files))
	for n := range files {
		names = append(names, n)
	}
	slices.Sort(names)
	values := []*yaml.Node{
		scalarNode("!!null", "null"), scalarNode("!!str", ""), scalarNode("!!str", "x"), scalarNode("!!str", "10m"), scalarNode("!!str", "10"), scalarNode("!!int", "0"),
		scalarNode("!!int", "7"), scalarNode("!!float", "2.0"), scalarNode("!!float", "2.5"), scalarNode("!!bool", "true"), scalarNode("!!str", "https://acme.example/x"),
		scalarNode("!!str", "https://u:p@acme.example"), scalarNode("!!str", "10.0.0.0/8"), scalarNode("!!str", "org"), scalarNode("!!str", "A B"), scalarNode("!!str", " x "),
		scalarNode("!!str", "a@b.example"), scalarNode("!!str", "freeze"), scalarNode("!!str", strings.Repeat("a", 300)), scalarNode("!!str", "ü\n"), emptyOf(list), emptyOf(object),
		scalarNode("!!timestamp", "2026-01-02"),
	}
	for _, k := range Kinds() {
		values = append(values, scalarNode("!!str", k))
	}
	var keys []string
	everyField(func(_ string, f field) { keys = append(keys, f.key) })
	keys = append(keys, "strange", "Name")
	rapid.Check(t, func(rt *rapid.T) {
		name := rapid.SampledFrom(names).Draw(rt, "file")
		tr := read(files[name])
		for range rapid.IntRange(1, 3).Draw(rt, "mutations") {
			var all []*yaml.Node
			flatten(tr.root, &all)
			n := rapid.SampledFrom(all).Draw(rt, "node")
			mutate(rt, n, keys, values)
		}
		tr.check()
		judge(rt, s, name, tr)
	})
}

func scalarNode(tag, value string) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: tag, Value: value}
}

func flatten(n *yaml.Node, into *[]*yaml.Node) {
	*into = append(*into, n)
	for i, c := range n.Content {
		if n.Kind != yaml.MappingNode || i%2 == 1 {
			flatten(c, into)
		}
	}
}

func mutate(rt *rapid.T, n *yaml.Node, keys []string, values []*yaml.Node) {
	// A copy: the same value may be put in several places and changed in one.
	copied := *rapid.SampledFrom(values).Draw(rt, "value")
	v := &copied
	switch act := rapid.SampledFrom([]string{"set", "add", "remove", "rename"}).Draw(rt, "act"); {
	case n.Kind == yaml.MappingNode && act == "add":
		if k := rapid.SampledFrom(keys).Draw(rt, "key"); get(n, k) == nil {
			n.Content = append(n.Content, scalarNode("!!str", k), v)
		}
	case n.Kind == yaml.MappingNode && act == "remove" && len(n.Content) > 0:
		i := 2 * rapid.IntRange(0, len(n.Content)/2-1).Draw(rt, "at")
		n.Content = slices.Delete(n.Content, i, i+2)
	case n.Kind == yaml.MappingNode && act == "rename" && len(n.Content) > 0:
		i := 2 * rapid.IntRange(0, len(n.Content)/2-1).Draw(rt, "at")
		if k := rapid.SampledFrom(keys).Draw(rt, "key"); get(n, k) == nil {
			n.Content[i] = scalarNode("!!str", k)
		}
	case n.Kind == yaml.SequenceNode && act == "add":
		n.Content = append(n.Content, v)
	case act == "set":
		*n = *v
	}
}

// An editor shows something for every key.
func TestSchemaDescribesEveryKey(t *testing.T) {
	var doc map[string]any
	if err := json.Unmarshal(Schema(), &doc); err != nil {
		t.Fatal(err)
	}
	if doc["$schema"] != "https://json-schema.org/draft/2020-12/schema" {
		t.Errorf("the schema is of %v", doc["$schema"])
	}
	seen := 0
	var each func(path string, v any)
	each = func(path string, v any) {
		switch v := v.(type) {
		case map[string]any:
			properties, _ := v["properties"].(map[string]any)
			for key, p := range properties {
				if strings.HasSuffix(path, ".if") {
					continue
				}
				seen++
				if p := p.(map[string]any); p["title"] == "" || p["description"] == "" || p["title"] == nil || p["description"] == nil {
					t.Errorf("%s.%s has no title or description", path, key)
				}
			}
			for key, under := range v {
				each(path+"."+key, under)
			}
		case []any:
			for _, item := range v {
				each(path, item)
			}
		}
	}
	each("", doc)
	if seen < 100 {
		t.Errorf("only %d keys were looked at", seen)
	}
	if !bytes.Equal(Schema(), Schema()) {
		t.Error("the schema differs from one time to the next")
	}
}

func FuzzParse(f *testing.F) {
	s := compiled(f)
	for _, data := range corpus(f, "*/*.yaml") {
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := Parse("/etc/signalbox/signalbox.yaml", data)
		if (err == nil) == (len(Faults(err)) > 0) {
			t.Fatalf("%d faults and the error %v", len(Faults(err)), err)
		}
		for _, fault := range Faults(err) {
			if fault.Line < 1 || fault.Column < 1 || fault.Text == "" || strings.ContainsAny(fault.String(), "\n\x1b\x00") {
				t.Errorf("a fault reads %q at %d:%d", fault.String(), fault.Line, fault.Column)
			}
		}
		if err == nil && (len(c.Environments) == 0 || c.SSH.Profile == "" || !Diff(c, c).Empty()) {
			t.Errorf("%q reads as %+v", data, c)
		}
		if tr := read(data); tr.root != nil {
			tr.check()
			judge(t, s, "fuzz", tr)
		}
	})
}
