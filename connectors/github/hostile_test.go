package github_test

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"signalbox/connectors/github"
	"signalbox/release"
	"signalbox/release/fact"
)

var events = []string{"deployment", "deployment_status", "release", "push", "create", "pull_request", "pull_request_review",
	"check_run", "workflow_run", "ping", "star"}

// sound fails the test where a fact breaks the promises of package fact: clean text, lower-case names, UTC,
// and a form in which it can be written down.
func sound(t *testing.T, facts []fact.Fact) {
	t.Helper()
	for _, f := range facts {
		text, err := json.Marshal(f)
		if err != nil {
			t.Fatalf("%T cannot be written: %v", f, err)
		}
		var v any
		if err := json.Unmarshal(text, &v); err != nil {
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
		if release.Clean(v, 0) != v || !utf8.ValidString(v) {
			t.Fatalf("%s is not clean: %q", key, v)
		}
		if utf8.RuneCountInString(v) > 2048 {
			t.Fatalf("%s has %d characters", key, utf8.RuneCountInString(v))
		}
		switch key {
		case "repo", "sha", "commit", "head", "merge", "value", "service", "digest":
			if strings.ToLower(v) != v {
				t.Fatalf("%s is not lower case: %q", key, v)
			}
		case "at", "statusat":
			at, err := time.Parse(time.RFC3339Nano, v)
			if err != nil || at.IsZero() || !strings.HasSuffix(v, "Z") {
				t.Fatalf("%s is no instant in UTC: %q", key, v)
			}
		}
	}
}

// TestMalformed maps 10,000 bodies, each a real payload damaged in one to four places: cut, bytes changed,
// pieces repeated, values swapped, brackets added. None may panic, none may give an unsound fact, and what
// is no JSON gives none at all.
func TestMalformed(t *testing.T) {
	var bodies [][]byte
	all := payloads(t)
	for _, event := range events {
		for _, body := range all[event] {
			bodies = append(bodies, body)
		}
	}
	rnd := rand.New(rand.NewPCG(1, 2))
	values := []string{"null", "-1", "1e999", `""`, "{}", "[]", "true", `"\u0000\u202e"`, "99999999999999999999", `"0000-00-00T00:00:00Z"`, `"9999-12-31T23:59:59-23:59"`}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	refused, taken := 0, 0
	for i := range 10_000 {
		body := bytes.Clone(bodies[rnd.IntN(len(bodies))])
		for range 1 + rnd.IntN(4) {
			if len(body) == 0 {
				break
			}
			at := rnd.IntN(len(body))
			switch rnd.IntN(6) {
			case 0:
				body = body[:at]
			case 1:
				body[at] = byte(rnd.IntN(256))
			case 2:
				end := min(len(body), at+rnd.IntN(64))
				body = append(body[:end:end], body[at:]...)
			case 3:
				if colon := bytes.IndexByte(body[at:], ':'); colon >= 0 {
					if end := bytes.IndexAny(body[at+colon:], ",}\n"); end > 0 {
						rest := bytes.Clone(body[at+colon+end:])
						body = append(append(body[:at+colon+1:at+colon+1], values[rnd.IntN(len(values))]...), rest...)
					}
				}
			case 4:
				body = append(append(body[:at:at], strings.Repeat("[", rnd.IntN(200))...), body[at:]...)
			case 5:
				end := min(len(body), at+rnd.IntN(256))
				body = append(body[:at], body[end:]...)
			}
		}
		event := events[i%len(events)]
		facts, err := github.Map(event, body, arrived, nil, nil)
		switch {
		case err != nil:
			refused++
			if release.CodeOf(err) != release.Usage || facts != nil {
				t.Fatalf("%s: %d facts beside %v", event, len(facts), err)
			}
			if m := err.Error(); release.Clean(m, 0) != m || len(m) > 600 {
				t.Fatalf("the sentence of a refusal is not fit to be shown: %q", m)
			}
		case !json.Valid(body):
			t.Fatalf("%s: a body that is no JSON was taken: %q", event, body)
		default:
			taken++
			sound(t, facts)
		}
	}
	runtime.ReadMemStats(&after)
	if refused < 5_000 || taken < 500 {
		t.Errorf("%d refused and %d taken: the damage is not what this test is about", refused, taken)
	}
	if grown := int64(after.HeapInuse) - int64(before.HeapInuse); grown > 50<<20 {
		t.Errorf("the heap grew by %d MB", grown>>20)
	}
	t.Logf("%d refused, %d taken", refused, taken)
}

// TestBombs holds bodies that are made to cost: each must be refused before a decoder unfolds it.
func TestBombs(t *testing.T) {
	for name, body := range map[string]string{
		"depth":      strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000),
		"in a field": `{"deployment":{"payload":` + strings.Repeat(`{"a":`, 10_000) + "1" + strings.Repeat("}", 10_000) + "}}",
		"size":       `{"a":"` + strings.Repeat("x", 5<<20) + `"}`,
		"two values": "{}{}",
		"form":       "payload=%7B%7D",
		"empty":      "",
		"blank":      " \n",
	} {
		t.Run(name, func(t *testing.T) {
			for _, event := range events {
				refused(t, event, []byte(body), "")
			}
		})
	}
}
