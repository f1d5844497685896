package gitlab_test

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"signalbox/connectors/gitlab"
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
		case "repo", "sha", "commit", "head", "merge", "value", "service", "digest":
			if strings.ToLower(v) != v {
				t.Fatalf("%s is not lower case: %q", key, v)
			}
		case "at", "statusat":
			if at, err := time.Parse(time.RFC3339Nano, v); err != nil || at.IsZero() || !strings.HasSuffix(v, "Z") {
				t.Fatalf("%s is no instant in UTC: %q", key, v)
			}
		}
	}
}

func mapped(t *testing.T, event string, body []byte) (taken bool) {
	facts, err := gitlab.Map(event, body, arrived, nil, nil)
	if err != nil {
		if m := err.Error(); facts != nil || release.CodeOf(err) != release.Usage || release.Clean(m, 0) != m || len(m) > 600 {
			t.Fatalf("%d facts beside %q", len(facts), m)
		}
		return false
	}
	if !json.Valid(body) {
		t.Fatalf("a body that is no JSON was taken: %q", body)
	}
	sound(t, facts)
	return true
}

// TestMalformed maps 5,000 bodies, each a real payload damaged in one to three places.
func TestMalformed(t *testing.T) {
	var bodies [][]byte
	for _, file := range []string{"deployment", "release", "push", "tag_push", "merge_request", "pipeline", "job", "note_commit"} {
		bodies = append(bodies, payloads(t)[file])
	}
	values := []string{"null", "-1", "1e999", `""`, "{}", "[]", "true", `"\u0000\u202e"`, "99999999999999999999", `"9999-12-31T23:59:59-23:59"`}
	rnd, taken := rand.New(rand.NewPCG(1, 2)), 0
	for i := range 5_000 {
		body := bytes.Clone(bodies[i%len(bodies)])
		for range 1 + rnd.IntN(3) {
			if len(body) == 0 {
				break
			}
			at := rnd.IntN(len(body))
			switch rnd.IntN(8) {
			case 0:
				body = body[:at]
			case 1:
				body[at] = byte(rnd.IntN(256))
			case 2:
				body = append(body[:at], body[min(len(body), at+rnd.IntN(256)):]...)
			default:
				if colon := bytes.IndexByte(body[at:], ':'); colon >= 0 {
					if end := bytes.IndexAny(body[at+colon:], ",}\n"); end > 0 {
						rest := bytes.Clone(body[at+colon+end:])
						body = append(append(body[:at+colon+1:at+colon+1], values[rnd.IntN(len(values))]...), rest...)
					}
				}
			}
		}
		if mapped(t, "Push Hook", body) {
			taken++
		}
	}
	if taken < 500 || taken > 4_500 {
		t.Errorf("%d of 5,000 were taken: the damage is not what this test is about", taken)
	}
}

// FuzzMap seeds with every example payload.
func FuzzMap(f *testing.F) {
	for _, body := range payloads(f) {
		f.Add("Push Hook", body)
	}
	f.Fuzz(func(t *testing.T, event string, body []byte) { mapped(t, event, body) })
}

// FuzzAuthenticate: whoever does not hold a secret is a stranger, whatever the headers.
func FuzzAuthenticate(f *testing.F) {
	f.Add(token[1:], "v1,aGFsbG8=", delivery, "1795680000", "Push Hook", []byte("{}"))
	f.Add("", "", "", "", "", []byte(nil))
	f.Fuzz(func(t *testing.T, sent, signature, id, timestamp, event string, body []byte) {
		if sent == token || sent == signing {
			return
		}
		d, err := receiver(t, token, signing).Authenticate(headers("X-Gitlab-Token", sent, "webhook-signature", signature, "webhook-id", id,
			"webhook-timestamp", timestamp, "X-Gitlab-Event", event), body)
		if release.CodeOf(err) != release.Unauthenticated || d.ID != "" {
			t.Fatalf("%+v %v", d, err)
		}
	})
}
