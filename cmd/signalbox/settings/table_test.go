package settings

import (
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// Every key of the table has its field in a struct, and every field its key: neither can be forgotten.
func TestTableAndStructsAgree(t *testing.T) {
	agree(t, "", &file, reflect.TypeFor[Config]())
	all := map[string]bool{}
	for _, k := range kinds {
		o := k.object()
		for _, f := range o.fields {
			all[f.key] = true
			if at := tagged(reflect.TypeFor[Connector](), f.key); at == nil {
				t.Errorf("connector %s: no field for %s", k.name, f.key)
			} else {
				agree(t, k.name+"."+f.key, &f.value, at)
			}
		}
	}
	for _, key := range tags(reflect.TypeFor[Connector]()) {
		if !all[key] {
			t.Errorf("Connector has a field for %s, which no kind has", key)
		}
	}
	if !slices.Equal(Kinds(), kindNames) {
		t.Errorf("kinds are %v, and kind lets write %v", Kinds(), kindNames)
	}
}

func agree(t *testing.T, path string, v *value, of reflect.Type) {
	t.Helper()
	switch v.form {
	case list:
		if v.item.form != variant {
			agree(t, path+"[]", v.item, of.Elem())
		}
	case object:
		// An alert is of no version.
		if got, want := tags(of), v.keys(); path != "alertmanager.labels" && !slices.Equal(slices.Sorted(slices.Values(got)), slices.Sorted(slices.Values(want))) {
			t.Errorf("%s: the struct has %v, the table %v", path, got, want)
			return
		}
		for _, f := range v.fields {
			agree(t, under(path, f.key), &f.value, tagged(of, f.key))
		}
	}
}

func tags(of reflect.Type) []string {
	var out []string
	for i := range of.NumField() {
		if tag := of.Field(i).Tag.Get("yaml"); tag != "" && tag != "-" {
			out = append(out, tag)
		}
	}
	return out
}

func tagged(of reflect.Type, key string) reflect.Type {
	for i := range of.NumField() {
		if of.Field(i).Tag.Get("yaml") == key {
			return of.Field(i).Type
		}
	}
	return nil
}

// walk visits every field of the table.
func walk(fields []field, path string, visit func(path string, f field)) {
	for _, f := range fields {
		at := under(path, f.key)
		visit(at, f)
		walk(f.fields, at, visit)
		if f.form == list && f.item.form == object {
			walk(f.item.fields, at, visit)
		}
	}
}

func everyField(visit func(path string, f field)) {
	walk(file.fields, "", visit)
	for _, k := range kinds {
		walk(k.object().fields, k.name, visit)
	}
}

// Every default and every example is what its own key takes, and every key says what it is about.
func TestDefaultsAndExamplesAreTaken(t *testing.T) {
	everyField(func(path string, f field) {
		if f.about == "" || strings.HasSuffix(f.about, ".") {
			t.Errorf("%s is described by %q", path, f.about)
		}
		if f.required && f.fallback != "" {
			t.Errorf("%s is required and has a default", path)
		}
		if strings.Contains(f.pattern, "(?") {
			t.Errorf("%s: editors do not understand the pattern %s", path, f.pattern)
		}
		for _, text := range []string{f.fallback, f.example} {
			if text == "" || strings.Contains(text, "…") {
				continue
			}
			var n yaml.Node
			if text == f.fallback {
				n.SetString(text)
				if f.form == whole || f.form == yesno {
					n = yaml.Node{Kind: yaml.ScalarNode, Value: text}
				}
			} else if err := yaml.Unmarshal([]byte(text), &n); err != nil {
				t.Errorf("%s: the example %s is no YAML: %v", path, text, err)
				continue
			} else {
				n = *n.Content[0]
			}
			tr := &tree{places: map[string]place{}, patterns: map[string]*regexp.Regexp{}}
			tr.value(&f.value, path, tr.plain(path, &n))
			for _, fault := range tr.faults {
				t.Errorf("%s: %q is not taken: %s", path, text, fault)
			}
		}
	})
}

func TestNearest(t *testing.T) {
	names := []string{"secret_file", "secret_env", "url", "path", "expect_every", "as", "bots"}
	for written, want := range map[string]string{
		"secretFile": "secret_file", "secret-file": "secret_file", "secert_file": "secret_file", "expect": "", "xpect_every": "expect_every",
		"URL": "url", "ur": "url", "pth": "path", "as": "as", "colour": "", "": "", "botz": "bots", strings.Repeat("a", 100): "",
	} {
		if got := nearest(written, names); got != want {
			t.Errorf("nearest to %q is %q, want %q", written, got, want)
		}
	}
}
