package main

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"signalbox/httpserver"
	"signalbox/release/port"
)

// flooded is a house of the real store with a hook of each kind, whose door sets no rates.
type flooded struct {
	*still
	door *httpserver.Server
}

func newFlooded(t *testing.T) *flooded {
	t.Helper()
	s := newStill(t, "flood", false)
	cfg := "connectors:\n"
	for _, kind := range []string{"github", "gitlab", "alertmanager", "cdevents"} {
		cfg += fmt.Sprintf("  - {name: %s, kind: %s, secret_file: hook}\n", kind, kind)
	}
	path := filepath.Join(s.dir, "signalbox.yaml")
	if err := os.WriteFile(path, []byte(cfg), 0o600); err != nil {
		t.Fatal(err)
	}
	settings, err := (&options{}).settings(s.dir)
	if err != nil {
		t.Fatal(err)
	}
	w, err := wiring(settings, s.dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.control.Rewire(t.Context(), w); err != nil {
		t.Fatal(err)
	}
	rate := httpserver.Rate{PerSecond: 1e6, Burst: 1e6}
	door, err := httpserver.New(httpserver.Options{Service: s.control, Receivers: w.Receivers, Now: s.now, Log: slog.New(slog.DiscardHandler),
		Limits: httpserver.Limits{HookRate: rate, FailureRate: rate, BodiesPerSource: 64 << 20}})
	if err != nil {
		t.Fatal(err)
	}
	return &flooded{s, door}
}

// request is a delivery of a kind as its sender sends it; known says whether it can prove itself.
func request(kind, id string, body []byte, known bool) *http.Request {
	secret := hookSecret
	if !known {
		secret += "?"
	}
	r := httptest.NewRequest(http.MethodPost, "/v1/hooks/"+kind, bytes.NewReader(body))
	r.RemoteAddr = "192.0.2.1:1234"
	r.Header.Set("Content-Type", "application/json")
	switch kind {
	case "github":
		mac := hmac.New(sha256.New, []byte(secret))
		mac.Write(body)
		r.Header.Set("X-GitHub-Event", "deployment")
		r.Header.Set("X-GitHub-Delivery", id)
		r.Header.Set("X-Hub-Signature-256", "sha256="+hex.EncodeToString(mac.Sum(nil)))
	case "gitlab":
		r.Header.Set("X-Gitlab-Token", secret)
		r.Header.Set("X-Gitlab-Event", "Deployment Hook")
		r.Header.Set("X-Gitlab-Event-UUID", id)
		r.Header.Set("Idempotency-Key", id)
	case "alertmanager":
		r.Header.Set("Authorization", "Bearer "+secret)
	case "cdevents":
		r.Header.Set("Authorization", "Bearer "+secret)
		r.Header.Set("Content-Type", "application/cloudevents+json")
	}
	return r
}

func (f *flooded) send(r *http.Request) int {
	w := httptest.NewRecorder()
	f.door.ServeHTTP(w, r)
	return w.Code
}

// recorded is a payload of testdata with edits by path.
func (f *flooded) recorded(path string, pairs ...any) []byte {
	f.t.Helper()
	raw, err := os.ReadFile(filepath.Join("..", "..", "testdata", path))
	if err != nil {
		f.t.Fatal(err)
	}
	var m map[string]any
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	if err := dec.Decode(&m); err != nil {
		f.t.Fatal(err)
	}
	f.set(m, pairs...)
	out, err := json.Marshal(m)
	if err != nil {
		f.t.Fatal(err)
	}
	return out
}

// body is the n-th delivery of a kind: each has an effect of its own.
func (f *flooded) body(kind string, n int) []byte {
	f.t.Helper()
	switch kind {
	case "github":
		return payload(f.t, "deployment/payload.json", func(m map[string]any) {
			aimed("acme/checkout-web", fmt.Sprintf("sha256:%064x", n+1), fmt.Sprintf("1.%d.0", n))(m)
			m["deployment"].(map[string]any)["id"] = 1_000_000 + n
		})
	case "gitlab":
		sha := fmt.Sprintf("%040x", n+1)
		return f.recorded("webhooks/gitlab/deployment.json", "deployment_id", 2_000_000+n, "environment", "production", "status", "blocked",
			"commit_url", "http://10.126.0.2:3000/root/test-deployment-webhooks/-/commit/"+sha, "short_sha", sha[:8])
	case "alertmanager":
		return fmt.Appendf(nil, `{"version":"4","groupKey":"{}:{alertname=\"A\"}","status":"firing","alerts":[{"status":"firing","fingerprint":"%016x","startsAt":"2026-11-24T11:00:00Z","endsAt":"0001-01-01T00:00:00Z","labels":{"alertname":"A","service":"checkout-web"},"annotations":{"summary":"n %d"}}]}`, n+1, n)
	}
	id := fmt.Sprint("event-", n)
	return fmt.Appendf(nil, `{"specversion":"1.0","id":%q,"source":"/event/source/123","type":"dev.cdevents.service.deployed.0.3.0","datacontenttype":"application/json","data":%s}`,
		id, f.recorded("cdevents/conformance/service_deployed.json", "context.id", id))
}

// effects counts what stands in the store.
func (f *flooded) effects() map[string]int {
	f.t.Helper()
	out := map[string]int{}
	err := f.store.Read(context.Background(), func(r port.Reader) error {
		clear(out)
		changes, err := r.ChangesPage(context.Background(), port.Page{Limit: 10_000})
		if err != nil {
			return err
		}
		for _, c := range changes {
			out[c.Connector]++
		}
		alerts, err := r.Alerts(context.Background(), "")
		if err != nil {
			return err
		}
		for _, a := range alerts {
			out[a.Connector]++
		}
		size, err := r.AuditSize(context.Background())
		out["log"] = int(size)
		return err
	})
	if err != nil {
		f.t.Fatal(err)
	}
	return out
}

var pushKinds = []string{"github", "gitlab", "alertmanager", "cdevents"}

// TestThousandDeliveriesOfAllKinds: 1,000 deliveries, each five times at once, have 1,000 effects.
func TestThousandDeliveriesOfAllKinds(t *testing.T) {
	const each = 250
	f := newFlooded(t)
	before := f.effects()
	type job struct {
		kind string
		n    int
		body []byte
	}
	jobs := make(chan job)
	var wg sync.WaitGroup
	var mu sync.Mutex
	codes := map[string]int{}
	for range 20 {
		wg.Go(func() {
			for j := range jobs {
				code := f.send(request(j.kind, fmt.Sprintf("0b989ba4-242f-11e5-81e1-%012d", j.n), j.body, true))
				mu.Lock()
				codes[fmt.Sprint(j.kind, " ", code)]++
				mu.Unlock()
			}
		})
	}
	for n := range each {
		for _, kind := range pushKinds {
			body := f.body(kind, n)
			for range 5 {
				jobs <- job{kind, n, body}
			}
		}
	}
	close(jobs)
	wg.Wait()
	after := f.effects()
	for _, kind := range pushKinds {
		if got := codes[kind+" 200"]; got != 5*each {
			t.Errorf("%s: %d of %d answered 200; %v", kind, got, 5*each, codes)
		}
	}
	for _, kind := range []string{"github", "gitlab", "alertmanager"} {
		if got := after[kind] - before[kind]; got != each {
			t.Errorf("%s: %d effects of %d", kind, got, each)
		}
	}
	for _, l := range f.lines() {
		if l.Accepted != each || l.Repeated != 4*each || l.Dead != 0 || l.Refused != 0 {
			t.Errorf("%s: accepted %d, repeated %d, refused %d, dead %d: %s", l.Name, l.Accepted, l.Repeated, l.Refused, l.Dead, l.said)
		}
	}
}

func (f *flooded) lines() []lineCount {
	f.t.Helper()
	p, err := f.control.Feeds(context.Background())
	if err != nil {
		f.t.Fatal(err)
	}
	var out []lineCount
	for _, l := range p.Lines {
		out = append(out, lineCount{l.Name, l.Accepted, l.Repeated, l.Refused, l.Dead, len(l.Letters), l.LastError})
	}
	return out
}

type lineCount struct {
	Name                              string
	Accepted, Repeated, Refused, Dead int64
	letters                           int
	said                              string
}

// TestTenThousandMalformedOfAllKinds: each is answered 4xx, nothing of them has an effect, what is kept of those
// whose sender is known is bounded, and so is the memory.
func TestTenThousandMalformedOfAllKinds(t *testing.T) {
	f := newFlooded(t)
	before := f.effects()
	rnd := rand.New(rand.NewPCG(3, 4))
	whole := map[string]string{}
	for _, kind := range pushKinds {
		whole[kind] = string(f.body(kind, 1))
	}
	var mem runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&mem)
	start, peak := mem.HeapInuse, uint64(0)
	for i := range 10_000 {
		kind := pushKinds[i%len(pushKinds)]
		text := whole[kind]
		var body string
		switch rnd.IntN(5) {
		case 0:
			body = text[:rnd.IntN(len(text)-1)]
		case 1:
			body = strings.Repeat("[", 1+rnd.IntN(40_000))
		case 2:
			raw := make([]byte, 1+rnd.IntN(20_000))
			for k := range raw {
				raw[k] = byte(rnd.Uint32())
			}
			body = "\x00" + string(raw)
		case 3:
			body = text + text
		default:
			body = `"` + text[:40]
		}
		known := i%8 < 4
		code := f.send(request(kind, fmt.Sprintf("1b989ba4-242f-11e5-81e1-%012d", i), []byte(body), known))
		if code < 400 || code >= 500 || (!known && code != http.StatusUnauthorized) {
			t.Fatalf("%s body %d (known %v): %d for %.80q", kind, i, known, code, body)
		}
		if i%250 == 0 {
			runtime.ReadMemStats(&mem)
			peak = max(peak, mem.HeapInuse)
		}
	}
	if after := f.effects(); fmt.Sprint(after) != fmt.Sprint(before) {
		t.Errorf("effects: %v, were %v", after, before)
	}
	for _, l := range f.lines() {
		if l.Accepted != 0 || l.letters > 200 || l.Dead == 0 {
			t.Errorf("%s: accepted %d, dead %d, kept %d", l.Name, l.Accepted, l.Dead, l.letters)
		}
	}
	if grown := int64(peak) - int64(start); grown > 50<<20 {
		t.Errorf("the heap grew by %d MiB", grown>>20)
	} else {
		t.Logf("the heap grew by %d KiB at most", max(grown, 0)>>10)
	}
}
