package cdevents_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"signalbox/connectors/cdevents"
	"signalbox/release"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

var image = "sha256:" + strings.Repeat("ab", 32)

// TestArtifacts: what the id of an artifact tells of a deployment.
func TestArtifacts(t *testing.T) {
	sha := strings.Repeat("c", 40)
	for id, want := range map[string]string{
		"pkg:oci/myapp@sha256%3A" + strings.Repeat("AB", 32):                                            "version abababa, abababa, /",
		"pkg:oci/myapp@" + image + "?repository_url=ghcr.io/acme&tag=1.4.2":                             "version 1.4.2, abababa, /",
		"pkg:oci/myapp@" + image + "?vcs_url=git%2Bhttps://github.com/Acme/App.git%40" + sha:            "version abababa, abababa, github.com/acme/app",
		"pkg:github/Acme/App@" + sha:                                                                    "version " + sha + ", ccccccc, github.com/acme/app",
		"pkg:gitlab/Acme/Sub/App@" + sha + "#dir":                                                       "version " + sha + ", ccccccc, gitlab.com/acme/sub/app",
		"pkg:bitbucket/acme/app@1?checksum=sha1:ab,sha256:" + strings.Repeat("d", 64):                   "version 1, ddddddd, bitbucket.org/acme/app",
		"pkg:golang/github.com/acme/app/v2@v2.0.0?vcs_url=git%2Bssh://git@github.com/acme/app%40" + sha: "version v2.0.0, ccccccc, github.com/acme/app",
		"pkg:npm/%40acme/app@1.0.0?checksum=" + image:                                                   "version 1.0.0, abababa, /",
		"pkg:npm/@acme/app?checksum=" + image:                                                           "version abababa, abababa, /",
		"registry.acme.example:5000/app:1.4@" + image:                                                   "version 1.4, abababa, /",
		"app@" + image: "version abababa, abababa, /",
	} {
		facts, err := cdevents.Map("hook", "dev.cdevents.service.deployed.0.3.0", with(t, "service_deployed", set{"subject.content.artifactId": id}), arrived, nil, nil)
		if err != nil || len(facts) != 1 || !strings.Contains(brief(facts[0]), " to test123: "+want+", by") {
			t.Errorf("%s: %s %v\nwant %s", id, briefs(facts), err, want)
			continue
		}
		sound(t, facts)
	}
}

func TestDeployed(t *testing.T) {
	sha := strings.Repeat("c", 40)
	custom := func(c set) set { return set{"customData": c} }
	for name, c := range map[string]struct {
		fields set
		want   string
	}{
		"path of a service":  {set{"subject.id": "cluster/Shop/Checkout/"}, `of "checkout" to test123: version 0b31b1c, 0b31b1c, /, by `},
		"mapped":             {set{"subject.id": "cluster/Legacy"}, `of "billing" to`},
		"mapped by slug":     {custom(set{"repository": "https://gitlab.acme.example/shop/eu/pay/-/tree/main"}), `of "payments" to test123: version 0b31b1c, 0b31b1c, gitlab.com/shop/eu/pay, by `},
		"named":              {custom(set{"service": "Search", "version": "7", "digest": strings.ToUpper(image)}), `of "search" to test123: version 7, abababa, /, by `},
		"commit, own digest": {custom(set{"commit": sha, "repository": "git@github.com:Acme/App.git"}), `version 0b31b1c, 0b31b1c, github.com/acme/app, by `},
		"commit alone":       {set{"customData": set{"commit": sha}, "subject.content.artifactId": "app"}, `version ccccccc, ccccccc, /, by `},
		"by an address":      {custom(set{"by": "Ann@Example.com"}), `by email:ann@example.com`},
		"by a login":         {custom(set{"by": "Ann", "repository": "github.example.com/a/b"}), `github.com/a/b, by github:ann`},
		"other host":         {custom(set{"repository": "ssh://git@code.example.com:7999/a/b/c.git"}), `code.example.com/a/b, by `},
		"no repository":      {custom(set{"repository": "the shop"}), `0b31b1c, /, by `},
		"custom in base64":   {set{"customData": "eyJhIjoxfQ=="}, `of "mysubject123" to test123`},
		"newer minor":        {set{"context.type": "dev.cdevents.service.deployed.0.9.1-draft"}, `of "mysubject123"`},
		"older":              {set{"context.type": "dev.cdevents.service.deployed.0.1.1", "context.version": "0.3.0", "context.specversion": nil}, `of "mysubject123"`},
		"odd time":           {set{"context.timestamp": "yesterday"}, "status success 2026-11-24T08:00:00Z"},
		"time in a zone":     {set{"context.timestamp": "2023-03-20t16:27:05+02:00"}, "status success 2023-03-20T14:27:05Z"},
		"hostile":            {set{"subject.content.environment.id": "\x1b[31mprod\u202e\n"}, "to [31mprod: version"},
	} {
		t.Run(name, func(t *testing.T) {
			body := with(t, "service_deployed", c.fields)
			kind, _, _ := said(t, body)
			facts, err := cdevents.Map("hook", kind, body, arrived, nil, map[string]string{"legacy": "billing", "shop/eu/pay": "payments"})
			if err != nil || len(facts) != 1 || !strings.Contains(brief(facts[0]), c.want) {
				t.Errorf("%s %v\nwant %s", briefs(facts), err, c.want)
			}
			sound(t, facts)
		})
	}
}

// TestRefused: a known type without what it must have is an error that names the field.
func TestRefused(t *testing.T) {
	for name, c := range map[string]struct {
		file   string
		fields set
		want   string
	}{
		"context.id":   {"service_deployed", set{"context.id": nil}, "has no context.id"},
		"source":       {"service_deployed", set{"context.source": ""}, "has no context.source"},
		"timestamp":    {"service_deployed", set{"context.timestamp": nil}, "has no context.timestamp"},
		"subject":      {"service_deployed", set{"subject.id": nil}, "has no subject.id"},
		"environment":  {"service_deployed", set{"subject.content.environment": nil}, "has no subject.content.environment.id"},
		"artifact":     {"service_upgraded", set{"subject.content.artifactId": nil}, "has no subject.content.artifactId"},
		"digest":       {"service_deployed", set{"subject.content.artifactId": "pkg:npm/app@1"}, `"pkg:npm/app@1" has no digest`},
		"bad digest":   {"service_deployed", set{"customData": set{"digest": "sha256:1"}}, "customData.digest"},
		"bad commit":   {"service_deployed", set{"customData": set{"commit": "HEAD"}}, "customData.commit"},
		"check commit": {"pipelinerun_finished", set{"customData": set{"commit": "HEAD"}}, "customData.commit"},
		"outcome":      {"pipelinerun_finished", set{"subject.content.outcome": "odd"}, "subject.content.outcome"},
		"incident":     {"incident_detected", set{"subject.content.environment.id": nil}, "has no subject.content.environment.id"},
		"review": {"change_reviewed", set{"customData": set{"commit": strings.Repeat("a", 40), "number": 1, "reviewer": "x",
			"repository": "github.com/a/b"}}, "customData.state"},
		"major":    {"service_deployed", set{"context.type": "dev.cdevents.service.deployed.1.0.0"}, "no type of CDEvents that is read"},
		"no types": {"service_deployed", set{"context.type": "dev.cdevents.service"}, "no type of CDEvents that is read"},
	} {
		t.Run(name, func(t *testing.T) {
			body := with(t, c.file, c.fields)
			kind, _, _ := said(t, body)
			facts, err := cdevents.Map("hook", kind, body, arrived, nil, nil)
			if release.CodeOf(err) != release.Usage || !strings.Contains(err.Error(), c.want) || facts != nil {
				t.Errorf("got %s and %v, want %q", briefs(facts), err, c.want)
			}
		})
	}
}

// TestSchemas takes each field of each event away in turn. What the specification's schema still calls valid must
// be taken, but for one thing: a deployment that no approval could bind to, because nothing names its artifact.
func TestSchemas(t *testing.T) {
	compiler := jsonschema.NewCompiler()
	schemas := map[string]string{} // by type
	for _, pattern := range []string{"*.json", "links/*.json"} {
		files, _ := filepath.Glob(filepath.Join(corpus, "schemas", pattern))
		for _, f := range files {
			text, err := os.Open(f)
			if err != nil {
				t.Fatal(err)
			}
			doc, err := jsonschema.UnmarshalJSON(text)
			text.Close()
			if err != nil {
				t.Fatal(f, err)
			}
			id := doc.(set)["$id"].(string)
			if err := compiler.AddResource(id, doc); err != nil {
				t.Fatal(f, err)
			}
			var read struct {
				Properties struct {
					Context struct {
						Properties struct{ Type struct{ Enum []string } }
					}
				}
			}
			raw, _ := json.Marshal(doc)
			if json.Unmarshal(raw, &read); len(read.Properties.Context.Properties.Type.Enum) > 0 {
				schemas[read.Properties.Context.Properties.Type.Enum[0]] = id
			}
		}
	}
	tried, valid := 0, 0
	for file, body := range samples(t) {
		kind, _, _ := said(t, body)
		id, ok := schemas[kind]
		if !ok {
			if file != "custom" {
				t.Errorf("no schema for %s", kind)
			}
			continue
		}
		schema, err := compiler.Compile(id)
		if err != nil {
			t.Fatal(err)
		}
		var tree any
		if err := json.Unmarshal(body, &tree); err != nil {
			t.Fatal(err)
		}
		for _, path := range append(paths("", tree), "") {
			fields := set{}
			if path != "" {
				fields[path] = nil
			}
			less := with(t, file, fields)
			tried++
			doc, _ := jsonschema.UnmarshalJSON(strings.NewReader(string(less)))
			if schema.Validate(doc) != nil {
				if path == "" {
					t.Errorf("%s is not valid by its own schema", file)
				}
				continue
			}
			valid++
			if _, err := cdevents.Map("hook", kind, less, arrived, nil, nil); err != nil {
				t.Errorf("%s without %s is valid and refused: %v", file, path, err)
			}
		}
	}
	if len(schemas) < 48 || valid < 150 || tried-valid < 100 {
		t.Errorf("%d schemas, %d tried, %d valid", len(schemas), tried, valid)
	}
	t.Logf("%d events tried, %d valid", tried, valid)
}

// paths lists every field of a tree of objects.
func paths(at string, tree any) (out []string) {
	object, ok := tree.(set)
	if !ok {
		return nil
	}
	for k, v := range object {
		p := strings.TrimPrefix(at+"."+k, ".")
		out = append(append(out, p), paths(p, v)...)
	}
	return out
}
