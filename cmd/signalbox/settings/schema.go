package settings

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"

	"github.com/invopop/jsonschema"
)

// Schema is the JSON schema (draft 2020-12) of the file, for editors and other tools. It holds what the
// shape forbids; durations out of bounds, names used twice and the like are found by Parse alone.
func Schema() []byte {
	s := file.schema()
	s.Version = "https://json-schema.org/draft/2020-12/schema"
	s.Title, s.Description = "signalbox configuration", "The configuration file of signalbox. Secrets never stand in it: only the names of files and environment variables do."
	s.Definitions = jsonschema.Definitions{}
	for _, k := range kinds {
		d := k.object().schema()
		d.Title, d.Description = k.name, k.about
		d.Properties.Set("kind", &jsonschema.Schema{Type: "string", Const: k.name, Title: "kind", Description: k.about})
		s.Definitions[k.name] = d
	}
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetIndent("", "  ")
	if err := enc.Encode(s); err != nil {
		panic(err) // the table holds something that is no JSON, which its test rules out
	}
	return out.Bytes()
}

func (v *value) schema() *jsonschema.Schema {
	switch v.form {
	case whole:
		return &jsonschema.Schema{Type: "integer", Minimum: number(v.low), Maximum: number(v.high)}
	case yesno:
		return &jsonschema.Schema{Type: "boolean"}
	case list:
		return &jsonschema.Schema{Type: "array", Items: v.item.schema(), MinItems: length(v.least), MaxItems: length(v.longest())}
	case mapping:
		return &jsonschema.Schema{Type: "object", PropertyNames: &jsonschema.Schema{Pattern: v.pattern}, AdditionalProperties: v.item.schema(),
			MinProperties: length(v.least), MaxProperties: length(v.longest())}
	case object:
		return v.objectSchema()
	case variant:
		return v.variantSchema()
	}
	s := &jsonschema.Schema{Type: "string", MinLength: length(max(1, v.least)), MaxLength: length(v.longest()), Pattern: v.pattern}
	if len(v.choices) > 0 {
		return &jsonschema.Schema{Type: "string", Enum: anys(v.choices)}
	}
	return s
}

func (v *value) objectSchema() *jsonschema.Schema {
	s := &jsonschema.Schema{Type: "object", Properties: jsonschema.NewProperties(), AdditionalProperties: jsonschema.FalseSchema}
	for _, f := range v.fields {
		s.Properties.Set(f.key, f.property())
		if f.required {
			s.Required = append(s.Required, f.key)
		}
	}
	for _, r := range v.rules {
		r.add(s)
	}
	return s
}

// property is the schema of a key with what an editor shows of it.
func (f *field) property() *jsonschema.Schema {
	s := f.schema()
	s.Title = strings.ReplaceAll(f.key, "_", " ")
	s.Description = f.about + "."
	if f.unless != "" {
		s.Description += " Without it: " + f.unless + "."
	}
	if f.fallback != "" {
		s.Default = f.preset()
	}
	if f.nullable() {
		s.Extras = map[string]any{"type": []string{s.Type, "null"}}
		s.Type = ""
	}
	return s
}

// preset is the default as JSON.
func (f *field) preset() any {
	switch f.form {
	case whole:
		return number(f.number())
	case yesno:
		return f.fallback == "true"
	}
	return f.fallback
}

func (f *field) number() int64 {
	n, err := strconv.ParseInt(f.fallback, 10, 64)
	if err != nil {
		panic(err) // the table has a default that is no number, which its test rules out
	}
	return n
}

// variantSchema lets the kind choose among the definitions.
func (v *value) variantSchema() *jsonschema.Schema {
	s := v.objectSchema()
	s.AdditionalProperties = nil
	for _, k := range kinds {
		only := jsonschema.NewProperties()
		only.Set("kind", &jsonschema.Schema{Const: k.name})
		s.AllOf = append(s.AllOf, &jsonschema.Schema{
			If:   &jsonschema.Schema{Properties: only, Required: []string{"kind"}},
			Then: &jsonschema.Schema{Ref: "#/$defs/" + k.name},
		})
	}
	return s
}

func (r rule) add(s *jsonschema.Schema) {
	anyOf := make([]*jsonschema.Schema, len(r.keys))
	for i, k := range r.keys {
		anyOf[i] = &jsonschema.Schema{Required: []string{k}}
	}
	switch r.kind {
	case exactlyOne:
		s.AllOf = append(s.AllOf, &jsonschema.Schema{OneOf: anyOf})
	case atMostOne:
		s.AllOf = append(s.AllOf, &jsonschema.Schema{Not: &jsonschema.Schema{Required: r.keys}})
	case needs:
		if s.DependentSchemas == nil {
			s.DependentSchemas = map[string]*jsonschema.Schema{}
		}
		s.DependentSchemas[r.key] = &jsonschema.Schema{AllOf: append(dependent(s, r.key), &jsonschema.Schema{AnyOf: anyOf})}
	}
}

// dependent is what a key asks for already.
func dependent(s *jsonschema.Schema, key string) []*jsonschema.Schema {
	if d := s.DependentSchemas[key]; d != nil {
		return d.AllOf
	}
	return nil
}

func anys(of []string) []any {
	out := make([]any, len(of))
	for i, s := range of {
		out[i] = s
	}
	return out
}

func number(n int64) json.Number { return json.Number(strconv.FormatInt(n, 10)) }

func length(n int) *uint64 {
	if n == 0 {
		return nil
	}
	u := uint64(n)
	return &u
}
