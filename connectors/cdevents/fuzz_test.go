package cdevents_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"signalbox/connectors/cdevents"
	"signalbox/release"
	"signalbox/release/fact"
)

// sound fails the test where a fact breaks the promises of package fact: clean text, lower-case names, UTC,
// and a form in which it can be written down.
func sound(t *testing.T, facts []fact.Fact) {
	t.Helper()
	for _, f := range facts {
		written, err := json.Marshal(f)
		if err != nil {
			t.Fatalf("%T cannot be written: %v", f, err)
		}
		var v any
		if err := json.Unmarshal(written, &v); err != nil {
			t.Fatal(err)
		}
		walk(t, "", v)
	}
}

func walk(t *testing.T, key string, v any) {
	switch v := v.(type) {
	case map[string]any:
		for k, c := range v {
			walk(t, strings.ToLower(k), c)
		}
	case []any:
		for _, c := range v {
			walk(t, key, c)
		}
	case string:
		if release.Clean(v, 0) != v || !utf8.ValidString(v) || utf8.RuneCountInString(v) > 2048 {
			t.Fatalf("%s is not clean: %q", key, v)
		}
		switch key {
		case "forge", "repo", "sha", "commit", "head", "merge", "value", "service", "digest", "severity":
			if strings.ToLower(v) != v {
				t.Fatalf("%s is not lower case: %q", key, v)
			}
		case "at", "statusat", "starts_at", "updated_at":
			if at, err := time.Parse(time.RFC3339Nano, v); err != nil || at.IsZero() || !strings.HasSuffix(v, "Z") {
				t.Fatalf("%s is no instant in UTC: %q", key, v)
			}
		}
	}
}

// FuzzMap seeds with every event of the specification, alone and in a CloudEvent.
func FuzzMap(f *testing.F) {
	for _, body := range samples(f) {
		kind, source, id := said(f, body)
		f.Add(kind, body)
		for mode, m := range modes(f, kind, source, id, "application/json", body) {
			if mode == "batched" {
				f.Add("application/cloudevents-batch+json", m.body)
			} else {
				f.Add(kind, m.body)
			}
		}
	}
	f.Add("dev.cdevents.service.deployed.0.3.0", with(f, "service_deployed", set{"customData": set{"repository": "https://github.com/a/b",
		"commit": strings.Repeat("a", 40), "by": "x", "digest": image, "version": "1", "service": "s"}}))
	f.Add("dev.cdevents.change.merged.0.3.0", with(f, "change_merged", set{"customData": set{"repository": "https://github.com/a/b",
		"commit": strings.Repeat("a", 40), "number": "7", "author": "x"}}))
	f.Fuzz(func(t *testing.T, kind string, body []byte) {
		facts, err := cdevents.Map("hook", kind, body, arrived, nil, nil)
		if err != nil {
			if m := err.Error(); facts != nil || release.CodeOf(err) != release.Usage || release.Clean(m, 0) != m || len(m) > 1200 {
				t.Fatalf("%d facts beside %q", len(facts), m)
			}
			return
		}
		sound(t, facts)
	})
}

// FuzzArtifact: the id of an artifact is whatever its sender calls it.
func FuzzArtifact(f *testing.F) {
	for _, s := range []string{"", "pkg:", "pkg:oci/a@" + image, "pkg:golang/mygit.com/myorg/myapp@1", "a@b@c", "pkg:x/%zz@%00?tag=%e2%80%ae&checksum=,",
		"pkg:generic/a?vcs_url=git%2Bhttps://x.y/a/b%40" + strings.Repeat("f", 40), "git@github.com:a/b.git"} {
		f.Add(s, s)
	}
	f.Fuzz(func(t *testing.T, id, repository string) {
		body := with(t, "service_deployed", set{"subject.content.artifactId": id, "customData": set{"repository": repository, "digest": image}})
		facts, err := cdevents.Map("hook", "dev.cdevents.service.deployed.0.3.0", body, arrived, nil, nil)
		if err != nil && id != "" {
			t.Fatal(err)
		}
		sound(t, facts)
	})
}

// FuzzAuthenticate: whoever does not hold a secret is a stranger, whatever the headers; whoever does gets an id
// that is fit for a key.
func FuzzAuthenticate(f *testing.F) {
	f.Add("Bearer x", "v1,aGFsbG8=", "msg_1", "1795507200", "application/cloudevents+json", "/s", []byte("{}"))
	f.Add("Bearer "+secret, "", "", "", "application/cloudevents-batch+json", "/s", []byte("[]"))
	f.Add("Bearer "+secret, "", "", "", "application/json", "/s#%zz", samples(f)["service_deployed"])
	f.Fuzz(func(t *testing.T, authorization, signature, id, timestamp, contentType, source string, body []byte) {
		h := carried("Authorization", authorization, "webhook-signature", signature, "webhook-id", id, "webhook-timestamp", timestamp,
			"Content-Type", contentType, "ce-specversion", "1.0", "ce-type", "dev.cdevents.service.deployed.0.3.0", "ce-source", source, "ce-id", id)
		d, err := receiver(t, secret).Authenticate(h, body)
		switch code := release.CodeOf(err); {
		case err == nil && !strings.Contains(authorization, secret):
			t.Fatalf("a stranger was taken: %+v", d)
		case err == nil && (d.ID == "" || len(d.ID) > 255 || release.Clean(d.ID, 0) != d.ID || release.Clean(d.Event, 0) != d.Event):
			t.Fatalf("%+v", d)
		case err != nil && (code != release.Unauthenticated && code != release.Usage || d.ID != ""):
			t.Fatalf("%+v %v", d, err)
		}
	})
}
