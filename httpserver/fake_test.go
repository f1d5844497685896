package httpserver

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"signalbox/control"
	"signalbox/release"
	"signalbox/release/fact"
	"signalbox/release/gate"
	"signalbox/release/port"
	"signalbox/release/verb"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var _ Service = (*control.Control)(nil)

// ceiling is how long a test waits for what must come.
const ceiling = 30 * time.Second

// service is a control floor in memory.
type service struct {
	mu      sync.Mutex
	seen    map[string]bool
	effects map[string]int
	facts   []fact.Fact
	refused []string
	dead    []string
	asked   []gate.Subject
	at      []time.Time

	// What the next calls do instead, where set.
	ingest func(context.Context) error
	answer func(gate.Subject) (gate.Answer, error)
	token  func() error
	ready  func() error
}

func (s *service) Ingest(ctx context.Context, connector string, d port.Delivery, facts []fact.Fact) (bool, error) {
	if s.ingest != nil {
		if err := s.ingest(ctx); err != nil {
			return false, err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	key := connector + "/" + d.ID
	if s.seen[key] {
		return false, nil
	}
	if s.seen == nil {
		s.seen, s.effects = map[string]bool{}, map[string]int{}
	}
	s.seen[key] = true
	s.effects[key]++
	s.facts = append(s.facts, facts...)
	return true, nil
}

func (s *service) RefusedHook(connector, why string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refused = append(s.refused, connector+": "+why)
}

func (s *service) DeadHook(_ context.Context, connector string, d port.Delivery, _ []byte, why string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dead = append(s.dead, connector+"/"+d.ID+": "+why)
}

func (s *service) Gate(_ context.Context, subject gate.Subject, at time.Time) (gate.Answer, error) {
	s.mu.Lock()
	s.asked, s.at = append(s.asked, subject), append(s.at, at)
	s.mu.Unlock()
	if s.answer != nil {
		return s.answer(subject)
	}
	return gate.Answer{Subject: subject, Environment: subject.Environment, At: at, Verdict: gate.Pass, Gates: []gate.Result{}}, nil
}

const gateSecret = "sbx_gate_0123456789abcdef"

func (s *service) Token(_ context.Context, secret, scope string) (string, error) {
	if s.token != nil {
		if err := s.token(); err != nil {
			return "", err
		}
	}
	if secret != gateSecret || scope != "gate" {
		return "", release.Errorf(release.Unauthenticated, "the token is not one of ours")
	}
	return "ci", nil
}

func (s *service) Ready(context.Context) error {
	if s.ready != nil {
		return s.ready()
	}
	return nil
}

func (s *service) counts() (effects, refused, dead int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.effects), len(s.refused), len(s.dead)
}

// receiver signs with HMAC like a forge: X-Signature over the body, X-Delivery is the id.
type receiver struct {
	name   string
	secret string
	mapped atomic.Int64
	panics string // "authenticate" or "map"
}

func (r *receiver) Name() string { return r.name }

func (r *receiver) Authenticate(header func(string) string, body []byte) (port.Delivery, error) {
	switch {
	case r.panics == "authenticate":
		panic("authenticate")
	case r.secret == "":
		return port.Delivery{}, release.Errorf(release.NotFound, "the connector has no secret")
	case !hmac.Equal([]byte(sign(r.secret, body)), []byte(header("X-Signature"))):
		return port.Delivery{}, release.Errorf(release.Unauthenticated, "the signature is missing or wrong")
	}
	return port.Delivery{ID: header("X-Delivery"), Event: "push"}, nil
}

func (r *receiver) Map(_ port.Delivery, body []byte, at time.Time) ([]fact.Fact, error) {
	r.mapped.Add(1)
	if r.panics == "map" {
		panic("map")
	}
	var v struct{ Version string }
	if err := json.Unmarshal(body, &v); err != nil {
		return nil, err
	}
	return []fact.Fact{fact.VersionKnown{Version: v.Version, At: at}}, nil
}

func sign(secret string, body []byte) string {
	m := hmac.New(sha256.New, []byte(secret))
	m.Write(body)
	return "sha256=" + hex.EncodeToString(m.Sum(nil))
}

const hookSecret = "correct horse battery staple"

// door is a server on a real listener, with one hook called forge.
type door struct {
	*Server
	t        *testing.T
	service  *service
	receiver *receiver
	base     string
	client   *http.Client
}

// open starts a door. change may alter its options first.
func open(t *testing.T, change func(o *Options)) *door {
	t.Helper()
	d := &door{t: t, service: &service{}, receiver: &receiver{name: "forge", secret: hookSecret}}
	o := Options{Service: d.service, Receivers: []port.Receiver{d.receiver}}
	if change != nil {
		change(&o)
	}
	var err error
	if d.Server, err = New(o); err != nil {
		t.Fatal(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	d.base = "http://" + ln.Addr().String()
	d.client = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64, DisableCompression: true}, Timeout: ceiling}
	served := make(chan error, 1)
	go func() { served <- d.Serve(ln) }()
	t.Cleanup(func() {
		d.client.CloseIdleConnections()
		ctx, cancel := context.WithTimeout(context.Background(), ceiling)
		defer cancel()
		if err := d.Shutdown(ctx); err != nil {
			t.Errorf("Shutdown: %v", err)
		}
		if err := <-served; err != nil {
			t.Errorf("Serve: %v", err)
		}
	})
	return d
}

// reply is an answer that has been read.
type reply struct {
	status int
	header http.Header
	body   string
}

func (r reply) fault(t *testing.T) verb.Fault {
	t.Helper()
	var f verb.Fault
	if err := json.Unmarshal([]byte(r.body), &f); err != nil || f.Error.Code == "" || f.Error.Message == "" {
		t.Fatalf("status %d is no fault: %q (%v)", r.status, r.body, err)
	}
	return f
}

func (d *door) do(r *http.Request) reply {
	d.t.Helper()
	got, err := d.try(r)
	if err != nil {
		d.t.Fatal(err)
	}
	return got
}

func (d *door) try(r *http.Request) (reply, error) {
	resp, err := d.client.Do(r)
	if err != nil {
		return reply{}, err
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	return reply{resp.StatusCode, resp.Header, string(b)}, err
}

func (d *door) request(method, path string, body io.Reader) *http.Request {
	r, err := http.NewRequest(method, d.base+path, body)
	if err != nil {
		panic(err)
	}
	return r
}

// delivery is a hook request as the true sender makes it.
func (d *door) delivery(id, body string) *http.Request {
	r := d.request("POST", "/v1/hooks/forge", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-Delivery", id)
	r.Header.Set("X-Signature", sign(hookSecret, []byte(body)))
	return r
}

// question is a gate request with a token that is let in.
func (d *door) question(method, path, body string) *http.Request {
	r := d.request(method, path, bytes.NewReader([]byte(body)))
	r.Header.Set("Authorization", "Bearer "+gateSecret)
	return r
}

func expect[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

// eventually waits for a condition.
func eventually(t *testing.T, what string, met func() bool) {
	t.Helper()
	for end := time.Now().Add(ceiling); !met(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("never came: %s", what)
		}
	}
}

// always checks what every JSON answer carries.
func always(t *testing.T, r reply) {
	t.Helper()
	expect(t, "Content-Type", r.header.Get("Content-Type"), "application/json")
	expect(t, "X-Content-Type-Options", r.header.Get("X-Content-Type-Options"), "nosniff")
	expect(t, "Cache-Control", r.header.Get("Cache-Control"), "no-store")
}
