package cdevents_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"signalbox/release"

	"go.yaml.in/yaml/v3"
)

type message struct {
	header func(string) string
	body   []byte
}

// carried are the headers of a message with the bearer token, asked for in any letter case.
func carried(pairs ...string) func(string) string {
	h := map[string]string{"authorization": "Bearer " + secret}
	for i := 0; i < len(pairs); i += 2 {
		h[strings.ToLower(pairs[i])] = pairs[i+1]
	}
	return func(name string) string { return h[strings.ToLower(name)] }
}

// modes writes one event in each mode of the HTTP binding.
func modes(t testing.TB, kind, source, id, contentType string, data []byte) map[string]message {
	t.Helper()
	attributes := map[string]any{"specversion": "1.0", "type": kind, "source": source, "id": id, "datacontenttype": contentType}
	whole := func(field string, v any) []byte {
		attributes[field] = v
		defer delete(attributes, field)
		out, err := json.Marshal(attributes)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	coded := whole("data_base64", base64.StdEncoding.EncodeToString(data))
	out := map[string]message{
		"binary": {carried("Content-Type", contentType, "ce-specversion", "1.0", "ce-type", kind, "ce-source", source, "ce-id", url.PathEscape(id)), data},
		"base64": {carried("Content-Type", "application/cloudevents+json"), coded},
	}
	list := coded
	if json.Valid(data) {
		list = whole("data", json.RawMessage(data))
		out["structured"] = message{carried("Content-Type", "application/cloudevents+json; charset=utf-8"), list}
	}
	out["batched"] = message{carried("Content-Type", "application/cloudevents-batch+json"), append(append([]byte("[ "), list...), ']')}
	return out
}

// TestFeature sends the requests of CloudEvents' own description of the HTTP binding.
func TestFeature(t *testing.T) {
	text, err := os.ReadFile("../../testdata/cloudevents/features/http-protocol-binding.feature")
	if err != nil {
		t.Fatal(err)
	}
	sent := 0
	for _, scenario := range strings.Split(string(text), "Scenario Outline: ")[1:] {
		request := strings.Split(scenario, `"""`)[1]
		_, examples, _ := strings.Cut(scenario, "Examples:")
		for _, row := range strings.Split(strings.TrimSpace(examples), "\n")[1:] {
			contentType := strings.TrimSpace(strings.Trim(strings.TrimSpace(row), "|"))
			if strings.HasPrefix(contentType, "@") || contentType == "" {
				continue
			}
			var lines []string
			for line := range strings.Lines(strings.TrimSpace(strings.ReplaceAll(request, "<contentType>", contentType))) {
				lines = append(lines, strings.TrimSpace(line))
			}
			head, body, _ := strings.Cut(strings.Join(lines, "\n"), "\n\n")
			var pairs []string
			for _, line := range strings.Split(head, "\n")[1:] {
				k, v, _ := strings.Cut(line, ":")
				pairs = append(pairs, k, strings.TrimSpace(v))
			}
			r := receiver(t, secret)
			d, err := r.Authenticate(carried(pairs...), []byte(body))
			if err != nil || d.ID != "/mycontext/subcontext#1234-1234-1234" || d.Event != "com.example.someevent" {
				t.Errorf("%s: %+v %v", contentType, d, err)
			}
			if facts, err := r.Map(d, []byte(body), arrived); facts != nil || err != nil {
				t.Errorf("%s: %v %v", contentType, facts, err)
			}
			sent++
		}
	}
	if sent != 4 {
		t.Errorf("%d requests were sent", sent)
	}
}

// TestConformanceEvents sends CloudEvents' own events, whose data is of any kind, in each mode.
func TestConformanceEvents(t *testing.T) {
	files, _ := filepath.Glob("../../testdata/cloudevents/yaml/*.yaml")
	more, _ := filepath.Glob("../../testdata/cloudevents/yaml/*/*.yaml")
	sent := 0
	for _, file := range append(files, more...) {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for d := yaml.NewDecoder(bytes.NewReader(text)); ; {
			var e struct {
				ContextAttributes struct{ Specversion, Type, ID, Source, Datacontenttype string }
				Data              string
			}
			var tree map[string]any
			err := d.Decode(&tree)
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatal(file, err)
			}
			if len(tree) == 0 {
				continue
			}
			again, err := yaml.Marshal(lower(tree))
			if err != nil {
				t.Fatal(err)
			}
			if err := yaml.Unmarshal(again, &e); err != nil {
				t.Fatal(file, err)
			}
			a := e.ContextAttributes
			if a.Datacontenttype == "" {
				a.Datacontenttype = "application/json"
			}
			for mode, m := range modes(t, a.Type, a.Source, a.ID, a.Datacontenttype, []byte(e.Data)) {
				r := receiver(t, secret)
				d, err := r.Authenticate(m.header, m.body)
				if err != nil || mode != "batched" && (d.ID != a.Source+"#"+a.ID || d.Event != a.Type) {
					t.Errorf("%s %s: %+v %v", file, mode, d, err)
				}
				if facts, err := r.Map(d, m.body, arrived); facts != nil || err != nil {
					t.Errorf("%s %s: %v %v", file, mode, facts, err)
				}
			}
			sent++
		}
	}
	if sent < 10 {
		t.Errorf("%d events were sent", sent)
	}
}

// lower writes the keys of a tree in lower case.
func lower(tree map[string]any) map[string]any {
	out := map[string]any{}
	for k, v := range tree {
		if m, ok := v.(map[string]any); ok {
			v = lower(m)
		}
		out[strings.ToLower(k)] = v
	}
	return out
}

// TestModes holds what a true sender may get wrong about the binding.
func TestModes(t *testing.T) {
	body := samples(t)["service_deployed"]
	kind, source, id := said(t, body)
	bin := func(replaced ...string) func(string) string {
		return carried(append([]string{"Content-Type", "application/json", "ce-specversion", "1.0", "ce-type", kind, "ce-source", source, "ce-id", id}, replaced...)...)
	}
	for name, c := range map[string]struct {
		header func(string) string
		want   string
	}{
		"no CloudEvent":     {carried("Content-Type", "application/json"), "no CloudEvent"},
		"no type":           {carried(), "no CloudEvent"},
		"another format":    {carried("Content-Type", "application/cloudevents+avro"), "cloudevents+avro is not read"},
		"version":           {bin("ce-specversion", "2.0"), "version 2.0 of CloudEvents is not read"},
		"no ce-type":        {bin("ce-type", ""), "ce-type"},
		"ce-type with line": {bin("ce-type", "dev.cdevents%0A"), "ce-type"},
		"no ce-id":          {bin("ce-id", ""), "ce-id"},
		"no ce-source":      {bin("ce-source", ""), "ce-source"},
		"another type":      {bin("ce-type", "com.example.other"), "not the context.type"},
	} {
		if d, err := receiver(t, secret).Authenticate(c.header, body); release.CodeOf(err) != release.Usage || !strings.Contains(err.Error(), c.want) || d.ID != "" {
			t.Errorf("%s: %+v %v", name, d, err)
		}
	}
	// What stands in the headers alone is not signed: the body's own id is the delivery's.
	d, err := receiver(t, secret).Authenticate(bin("ce-id", "another", "ce-source", "/x"), body)
	if err != nil || d.ID != source+"#"+id {
		t.Errorf("%+v %v", d, err)
	}
	// Media types know no letter case, and version 0.3 is like 1.0.
	if _, err := receiver(t, secret).Authenticate(bin("ce-specversion", "0.3", "Content-Type", "Application/JSON; Charset=x"), body); err != nil {
		t.Error(err)
	}
	old := with(t, "service_deployed", nil)
	whole, _ := json.Marshal(set{"specversion": "0.3", "type": kind, "source": source, "id": id, "datacontentencoding": "base64",
		"data": base64.StdEncoding.EncodeToString(old)})
	r := receiver(t, secret)
	d, err = r.Authenticate(carried("Content-Type", "APPLICATION/CloudEvents+JSON"), whole)
	if facts, failed := r.Map(d, whole, arrived); err != nil || failed != nil || len(facts) != 1 {
		t.Errorf("%+v %v %v", d, err, failed)
	}
}

// TestUnreadable: an authenticated message that cannot be read is taken as a delivery and refused by Map, so that
// it becomes a dead letter.
func TestUnreadable(t *testing.T) {
	deployed := string(with(t, "service_deployed", nil))
	kind, _, _ := said(t, []byte(deployed))
	event := func(fields string) string { return `{"specversion":"1.0","source":"/s","id":"1",` + fields + `}` }
	for name, c := range map[string]struct{ contentType, body, want string }{
		"no JSON":        {"application/cloudevents+json", "hello", "not the JSON expected"},
		"empty":          {"application/cloudevents+json", "", "too early"},
		"list":           {"application/cloudevents+json", "[]", "no object"},
		"no version":     {"application/cloudevents+json", `{"type":"x","source":"/s","id":"1"}`, "specversion"},
		"new version":    {"application/cloudevents+json", `{"specversion":"2.0","type":"x","source":"/s","id":"1"}`, "specversion"},
		"no type":        {"application/cloudevents+json", event(`"data":{}`), "no type"},
		"null encoding":  {"application/cloudevents+json", `{"datacontentencoding":null,"specversion":"0.3","id":"1","type":"` + kind + `","source":"/s"}`, "too early"},
		"no data":        {"application/cloudevents+json", event(`"type":"` + kind + `"`), "too early"},
		"two data":       {"application/cloudevents+json", event(`"type":"` + kind + `","data":{},"data_base64":""`), "both data"},
		"no base64":      {"application/cloudevents+json", event(`"type":"` + kind + `","data_base64":"!"`), "not the base64"},
		"another type":   {"application/cloudevents+json", event(`"type":"dev.cdevents.service.removed.0.3.0","data":` + deployed), "is not the type of the CloudEvent"},
		"no list":        {"application/cloudevents-batch+json", event(`"type":"x"`), "no list"},
		"one of a batch": {"application/cloudevents-batch+json", `[` + event(`"type":"x"`) + `,{}]`, "specversion"},
		"long batch":     {"application/cloudevents-batch+json", `[` + strings.Repeat("{},", 1000) + `{}]`, "at most 1000"},
		"depth":          {"application/cloudevents-batch+json", strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000), "deeper than 64"},
		"size":           {"application/cloudevents+json", `{"a":"` + strings.Repeat("x", 5<<20) + `"}`, "at most"},
	} {
		t.Run(name, func(t *testing.T) {
			r := receiver(t, secret)
			d, err := r.Authenticate(carried("Content-Type", c.contentType), []byte(c.body))
			if err != nil || d.ID == "" || len(d.ID) > 255 || d.Event == "" {
				t.Fatalf("%+v %v", d, err)
			}
			facts, err := r.Map(d, []byte(c.body), arrived)
			if release.CodeOf(err) != release.Usage || !strings.Contains(err.Error(), c.want) || facts != nil {
				t.Errorf("got %v and %v, want %q", facts, err, c.want)
			}
		})
	}
}

// TestBatch: all events of a batch are one delivery, whole or not at all.
func TestBatch(t *testing.T) {
	var list []json.RawMessage
	for _, file := range []string{"service_deployed", "incident_detected", "ticket_created", "custom"} {
		body := samples(t)[file]
		kind, source, id := said(t, body)
		list = append(list, modes(t, kind, source, id, "application/json", body)["structured"].body)
	}
	h, r := carried("Content-Type", "application/cloudevents-batch+json"), receiver(t, secret)
	body, _ := json.Marshal(list)
	d, err := r.Authenticate(h, body)
	if err != nil {
		t.Fatal(err)
	}
	facts, err := r.Map(d, body, arrived)
	if err != nil || len(facts) != 2 {
		t.Errorf("%s %v", briefs(facts), err)
	}
	list = append(list, json.RawMessage(bytes.ReplaceAll(list[0], []byte(`"environment"`), []byte(`"nowhere"`))))
	body, _ = json.Marshal(list)
	again, _ := r.Authenticate(h, body)
	if facts, err := r.Map(again, body, arrived); facts != nil || err == nil || again.ID == d.ID {
		t.Errorf("%v %v %q", facts, err, again.ID)
	}
}
