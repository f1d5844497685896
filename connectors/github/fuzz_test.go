package github

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"signalbox/release"
)

// FuzzMap seeds with every example payload: whatever the bytes, Map neither panics nor returns facts beside
// an error, and what it returns can be written down.
func FuzzMap(f *testing.F) {
	files, _ := filepath.Glob("../../testdata/webhooks/octokit+webhooks/payload-examples/api.github.com/*/*.json")
	if len(files) < 70 {
		f.Fatalf("%d payloads", len(files))
	}
	for _, name := range files {
		body, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(filepath.Base(filepath.Dir(name)), body)
	}
	at := time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, event string, body []byte) {
		facts, err := Map(event, body, at, nil, nil)
		if err != nil {
			if facts != nil || release.CodeOf(err) != release.Usage {
				t.Fatalf("%d facts beside %v", len(facts), err)
			}
			if m := err.Error(); release.Clean(m, 0) != m {
				t.Fatalf("the refusal is not clean: %q", m)
			}
			return
		}
		for _, x := range facts {
			if _, err := json.Marshal(x); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// FuzzDeploymentPayload: deployment.payload is whatever its creator put there.
func FuzzDeploymentPayload(f *testing.F) {
	for _, s := range []string{``, `null`, `""`, `{}`, `[]`, `"x"`, `7`, `{"version":"1"}`, `"{\"version\":\"1\"}"`, `{"version":1.50}`,
		`{"digest":"sha256:` + strings.Repeat("a", 64) + `"}`, `"{\"digest\":"`, `{"version":{"a":[]}}`, `"\ud800"`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		p, err := parsePayload(raw)
		if err != nil {
			if p != (payload{}) || release.CodeOf(err) != release.Usage {
				t.Fatalf("%+v beside %v", p, err)
			}
			return
		}
		if !utf8.ValidString(string(p.Version + p.Digest + p.Service)) {
			t.Fatalf("%+q", p)
		}
		if d, err := imageDigest(string(p.Digest)); err == nil {
			if again, err := release.ParseDigest(string(d)); err != nil || again != d {
				t.Fatalf("%q is no canonical digest", d)
			}
		}
	})
}
