package webhook_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"signalbox/connectors"
	"signalbox/connectors/webhook"
	"signalbox/release"
	"signalbox/release/outbox"
	"signalbox/release/port"
)

var (
	at      = time.Date(2026, 3, 8, 9, 0, 0, 0, time.UTC)
	now     = time.Date(2026, 3, 8, 9, 30, 0, 0, time.UTC)
	home    = netip.MustParsePrefix("127.0.0.1/32")
	message = outbox.Message{ID: "OUT-7", Target: "pager", Event: "change.request", Subject: "CHG-12", Seq: 40, Key: "out-7-pager",
		At: at.In(time.FixedZone("", 3600)), Body: json.RawMessage(`{"change":"CHG-12","summary":"payments 2.4.1 wants to go to production"}`)}
	secrets = [][]byte{[]byte("whsec_" + base64.StdEncoding.EncodeToString([]byte("the new key of the pager"))), []byte("an older secret")}
)

func clock() time.Time { return now }

// peer starts a TLS server, and a sender that trusts it.
func peer(t *testing.T, h http.HandlerFunc, change func(*webhook.Config)) (*httptest.Server, *webhook.Sender) {
	t.Helper()
	s := httptest.NewTLSServer(h)
	t.Cleanup(s.Close)
	c := webhook.Config{Name: "pager", URL: s.URL + "/hooks/T0SECRET?token=hunter2", Secrets: secrets, Roots: x509.NewCertPool(),
		Headers: map[string]string{"Authorization": "Bearer correct-horse"}, Outbound: connectors.Outbound{Allow: []netip.Prefix{home}, Timeout: 30 * time.Second}}
	c.Roots.AddCert(s.Certificate())
	if change != nil {
		change(&c)
	}
	sender, err := webhook.New(c, clock)
	if err != nil {
		t.Fatal(err)
	}
	return s, sender
}

func TestSend(t *testing.T) {
	var got *http.Request
	var body []byte
	_, s := peer(t, func(w http.ResponseWriter, r *http.Request) {
		got = r
		body, _ = io.ReadAll(r.Body)
		w.WriteHeader(http.StatusAccepted)
	}, nil)
	if s.Name() != "pager" || !s.Deduplicates() {
		t.Errorf("name %q, deduplicates %v", s.Name(), s.Deduplicates())
	}
	if out := s.Send(t.Context(), message); out.Err != nil || !out.Reached {
		t.Fatalf("got %+v", out)
	}
	if got.Method != http.MethodPost || got.URL.String() != "/hooks/T0SECRET?token=hunter2" {
		t.Errorf("%s %s", got.Method, got.URL)
	}
	for h, want := range map[string]string{"webhook-id": "out-7-pager", "webhook-timestamp": "1772962200", "Content-Type": "application/json",
		"Authorization": "Bearer correct-horse", "User-Agent": "signalbox"} {
		if v := got.Header.Get(h); v != want {
			t.Errorf("%s: %q, want %q", h, v, want)
		}
	}
	const want = `{"type":"change.request","timestamp":"2026-03-08T09:00:00Z","data":{"change":"CHG-12","summary":"payments 2.4.1 wants to go to production"}}`
	if string(body) != want {
		t.Errorf("body %s", body)
	}
	for _, secret := range secrets {
		key, err := connectors.WebhookKey(secret)
		if err != nil {
			t.Fatal(err)
		}
		if id, err := connectors.VerifyWebhook([][]byte{key}, got.Header.Get, body, now); err != nil || id != message.Key {
			t.Errorf("verified by %q: %q, %v", secret, id, err)
		}
	}
	if _, err := connectors.VerifyWebhook([][]byte{[]byte("another")}, got.Header.Get, body, now); err == nil {
		t.Error("verified by a strange secret")
	}
}

// TestKnownSignature is the example that the libraries of Standard Webhooks share: our signature is theirs.
// TestTest: a test finds the endpoint and its certificate, with HEAD and nothing else.
func TestTest(t *testing.T) {
	var methods []string
	server, s := peer(t, func(w http.ResponseWriter, r *http.Request) {
		methods = append(methods, r.Method)
		w.WriteHeader(http.StatusMethodNotAllowed)
	}, nil)
	notes, err := s.Test(t.Context())
	says := strings.Join(notes, "\n")
	if err != nil || len(methods) != 1 || methods[0] != http.MethodHead || !strings.Contains(says, "answers HTTP 405 to HEAD") || !strings.Contains(says, "certificate good until 2084-01-29") {
		t.Errorf("%v, %v, %q", methods, err, says)
	}
	if strings.Contains(says, "T0SECRET") {
		t.Errorf("the notes show the url: %q", says)
	}
	server.Close()
	if _, err := s.Test(t.Context()); release.CodeOf(err) != release.Unavailable || strings.Contains(err.Error(), "T0SECRET") {
		t.Errorf("nobody there: %v", err)
	}
}

func TestKnownSignature(t *testing.T) {
	key, err := connectors.WebhookKey([]byte("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"))
	if err != nil {
		t.Fatal(err)
	}
	got := connectors.SignWebhook([][]byte{key}, "msg_p5jXN8AQM9LWM0D4loKWxJek", time.Unix(1614265330, 0), []byte(`{"test": 2432232314}`))
	if got != "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=" {
		t.Errorf("got %s", got)
	}
}

// TestRepeats: a second try says the same under the same id, signed anew.
func TestRepeats(t *testing.T) {
	var ids, bodies, stamps []string
	s, _ := peer(t, func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		ids, bodies, stamps = append(ids, r.Header.Get("webhook-id")), append(bodies, string(b)), append(stamps, r.Header.Get("webhook-timestamp"))
	}, nil)
	roots := x509.NewCertPool()
	roots.AddCert(s.Certificate())
	tick := now
	again, err := webhook.New(webhook.Config{URL: s.URL, Secrets: secrets, Roots: roots, Outbound: connectors.Outbound{Allow: []netip.Prefix{home}}},
		func() time.Time { tick = tick.Add(time.Minute); return tick })
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if out := again.Send(t.Context(), message); out.Err != nil {
			t.Fatal(out.Err)
		}
	}
	if ids[0] != ids[1] || bodies[0] != bodies[1] || stamps[0] == stamps[1] {
		t.Errorf("ids %v, timestamps %v, bodies %v", ids, stamps, bodies)
	}
}

func TestAnswers(t *testing.T) {
	for _, c := range []struct {
		status      int
		after, body string
		code        release.Code
		reached     bool
		says        string
		wait        time.Duration
	}{
		{status: 200, reached: true},
		{status: 204, reached: true},
		{status: 301, code: release.Usage, says: "sends us on to other.test (HTTP 301), which a signed message does not follow; correct the url of the connector"},
		{status: 307, code: release.Usage, says: "sends us on to other.test (HTTP 307)"},
		{status: 308, code: release.Usage, says: "sends us on to other.test (HTTP 308)"},
		{status: 400, body: "no such field\x1b[2J: x\nsecond line", code: release.Usage, says: "does not take the request (HTTP 400): no such field[2J: x; correct the configuration of the connector"},
		{status: 400, body: "Cannot POST /hooks/T0SECRET", code: release.Usage, says: "does not take the request (HTTP 400); correct"},
		{status: 400, body: "token hunter2 is bad", code: release.Usage, says: "does not take the request (HTTP 400); correct"},
		{status: 400, body: "you sent Bearer correct-horse", code: release.Usage, says: "does not take the request (HTTP 400); correct"},
		{status: 401, code: release.Unauthenticated, says: "does not let us in (HTTP 401)"},
		{status: 404, code: release.NotFound, says: "has nothing at that address (HTTP 404)"},
		{status: 408, code: release.Unavailable, says: "answered HTTP 408"},
		{status: 409, code: release.Usage, says: "does not take the request (HTTP 409)"},
		{status: 410, body: "gone fishing", code: release.NotFound, says: "wants no more messages (HTTP 410): gone fishing; remove the connector, or ask its owner for the new url"},
		{status: 429, after: "7", code: release.Unavailable, says: "asks us to come again later (HTTP 429)", wait: 7 * time.Second},
		{status: 500, body: "oops", code: release.Unavailable, reached: true, says: "answered HTTP 500: oops"},
		{status: 502, code: release.Unavailable, reached: true, says: "answered HTTP 502"},
		{status: 503, code: release.Unavailable, reached: true, says: "asks us to come again later (HTTP 503)"},
		{status: 503, after: "60", code: release.Unavailable, says: "asks us to come again later (HTTP 503)", wait: time.Minute},
		{status: 504, code: release.Unavailable, reached: true, says: "answered HTTP 504"},
	} {
		var asked atomic.Int64
		_, s := peer(t, func(w http.ResponseWriter, r *http.Request) {
			asked.Add(1)
			if c.status/100 == 3 {
				w.Header().Set("Location", "https://other.test/hooks/T0SECRET")
			}
			if c.after != "" {
				w.Header().Set("Retry-After", c.after)
			}
			w.WriteHeader(c.status)
			if c.status != http.StatusNoContent {
				io.WriteString(w, c.body)
			}
		}, nil)
		out := s.Send(t.Context(), message)
		if release.CodeOf(out.Err) != c.code || out.Reached != c.reached {
			t.Errorf("%d %q: %+v, want %s, reached %v", c.status, c.after, out, c.code, c.reached)
		}
		var wait port.RetryAfter
		if errors.As(out.Err, &wait) != (c.wait > 0) || wait.After != c.wait {
			t.Errorf("%d: wait %s, want %s", c.status, wait.After, c.wait)
		}
		if out.Err != nil {
			says(t, out.Err, c.says)
		}
		if n := asked.Load(); n != 1 {
			t.Errorf("%d: asked %d times", c.status, n)
		}
	}
}

// says wants a sentence about the endpoint by name and host, and no secret anywhere in the chain.
func says(t *testing.T, err error, want string) {
	t.Helper()
	text := err.Error()
	if !strings.HasPrefix(text, "pager at 127.0.0.1:") || !strings.Contains(text, " "+want) {
		t.Errorf("it says %q, want %q", text, want)
	}
	for e := err; e != nil; e = errors.Unwrap(e) {
		for _, secret := range []string{"T0SECRET", "hunter2", "correct-horse", "whsec_", "an older secret"} {
			if strings.Contains(e.Error(), secret) {
				t.Errorf("%q shows a secret", e.Error())
			}
		}
	}
}

// TestCut breaks the exchange at each stage.
func TestCut(t *testing.T) {
	// broken is a TLS server that reads a request as far as a stage and then drops the connection.
	broken := func(t *testing.T, stage string) (webhook.Config, *atomic.Int64) {
		issuer := httptest.NewTLSServer(http.NotFoundHandler())
		t.Cleanup(issuer.Close)
		l, err := net.Listen("tcp4", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { l.Close() })
		var whole atomic.Int64
		go func() {
			for {
				conn, err := l.Accept()
				if err != nil {
					return
				}
				if stage == "before the handshake" {
					conn.Close()
					continue
				}
				secure := tls.Server(conn, &tls.Config{Certificates: issuer.TLS.Certificates})
				if stage == "after the handshake" {
					secure.Handshake()
					conn.(*net.TCPConn).SetLinger(0)
					conn.Close()
					continue
				}
				if stage == "within the request" {
					io.ReadFull(secure, make([]byte, 10_000))
					conn.(*net.TCPConn).SetLinger(0)
					conn.Close()
					continue
				}
				var got []byte
				b := make([]byte, 4096)
				for !bytes.HasSuffix(got, []byte("}}")) {
					n, err := secure.Read(b)
					if got = append(got, b[:n]...); err != nil {
						break
					}
				}
				if bytes.HasSuffix(got, []byte("}}")) {
					whole.Add(1)
				}
				switch stage {
				case "half an answer":
					io.WriteString(secure, "HTTP/1.1 20")
				case "no answer":
					continue // held open until the sender goes
				}
				conn.(*net.TCPConn).SetLinger(0)
				conn.Close()
			}
		}()
		roots := x509.NewCertPool()
		roots.AddCert(issuer.Certificate())
		return webhook.Config{Name: "pager", URL: "https://" + l.Addr().String() + "/hooks/T0SECRET?token=hunter2", Secrets: secrets, Roots: roots,
			Outbound: connectors.Outbound{Allow: []netip.Prefix{home}, Timeout: 30 * time.Second}}, &whole
	}
	for _, c := range []struct {
		stage   string
		reached bool
		says    string
	}{
		{"before the handshake", false, "cannot be reached"},
		{"within the request", false, "cannot be reached"},
		{"after the request", true, "was sent the message and gave no answer: it may have arrived"},
		{"half an answer", true, "was sent the message and gave no answer: it may have arrived"},
		{"no answer", true, "was sent the message and gave no answer: it may have arrived"},
	} {
		t.Run(c.stage, func(t *testing.T) {
			config, whole := broken(t, c.stage)
			if c.stage == "no answer" {
				config.Outbound.Timeout = time.Second
			}
			s, err := webhook.New(config, clock)
			if err != nil {
				t.Fatal(err)
			}
			m := message
			if c.stage == "within the request" { // more than the two systems keep for each other
				m.Body = json.RawMessage(`{"text":"` + strings.Repeat("x", 32<<20) + `"}`)
			}
			out := s.Send(t.Context(), m)
			if out.Reached != c.reached || release.CodeOf(out.Err) != release.Unavailable {
				t.Errorf("got %+v", out)
			}
			says(t, out.Err, c.says)
			if got := whole.Load() > 0; got != c.reached {
				t.Errorf("the peer has the request: %v", got)
			}
		})
	}
	// Whoever drops the connection after the handshake may or may not have the request: then it may not be said
	// that it has not, unless the writing failed.
	t.Run("after the handshake", func(t *testing.T) {
		config, whole := broken(t, "after the handshake")
		s, err := webhook.New(config, clock)
		if err != nil {
			t.Fatal(err)
		}
		out := s.Send(t.Context(), message)
		if release.CodeOf(out.Err) != release.Unavailable || whole.Load() > 0 && !out.Reached {
			t.Errorf("got %+v, whole %d", out, whole.Load())
		}
	})
	t.Run("nothing listens", func(t *testing.T) {
		l, err := net.Listen("tcp4", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		l.Close()
		s, err := webhook.New(webhook.Config{Name: "pager", URL: "https://" + l.Addr().String(), Secrets: secrets, Outbound: connectors.Outbound{Allow: []netip.Prefix{home}}}, clock)
		if err != nil {
			t.Fatal(err)
		}
		out := s.Send(t.Context(), message)
		if out.Reached || release.CodeOf(out.Err) != release.Unavailable {
			t.Errorf("got %+v", out)
		}
		says(t, out.Err, "refuses the connection: nothing listens there")
	})
	t.Run("given up before", func(t *testing.T) {
		_, s := peer(t, func(http.ResponseWriter, *http.Request) { t.Error("it was asked") }, nil)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if out := s.Send(ctx, message); out.Reached || release.CodeOf(out.Err) != release.Unavailable {
			t.Errorf("got %+v", out)
		}
	})
	t.Run("given up while it answers", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		_, s := peer(t, func(_ http.ResponseWriter, r *http.Request) {
			io.Copy(io.Discard, r.Body)
			cancel()
			<-r.Context().Done()
		}, nil)
		if out := s.Send(ctx, message); !out.Reached || release.CodeOf(out.Err) != release.Unavailable {
			t.Errorf("got %+v", out)
		}
	})
	t.Run("a strange certificate", func(t *testing.T) {
		_, s := peer(t, func(http.ResponseWriter, *http.Request) { t.Error("it was asked") }, func(c *webhook.Config) { c.Roots = x509.NewCertPool() })
		out := s.Send(t.Context(), message)
		if out.Reached || release.CodeOf(out.Err) != release.Unavailable {
			t.Errorf("got %+v", out)
		}
		says(t, out.Err, "shows a certificate that is not trusted")
	})
	t.Run("a refused address", func(t *testing.T) {
		_, s := peer(t, func(http.ResponseWriter, *http.Request) { t.Error("it was asked") }, func(c *webhook.Config) { c.Outbound.Allow = nil })
		out := s.Send(t.Context(), message)
		if out.Reached || release.CodeOf(out.Err) != release.Usage || !errors.Is(out.Err, connectors.ErrAddress) {
			t.Errorf("got %+v", out)
		}
	})
}

// TestLargeAnswer: an endless answer is not read to its end.
func TestLargeAnswer(t *testing.T) {
	_, s := peer(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusBadRequest)
		for {
			if _, err := w.Write(bytes.Repeat([]byte("x"), 4096)); err != nil {
				return
			}
		}
	}, nil)
	out := s.Send(t.Context(), message)
	if release.CodeOf(out.Err) != release.Usage || len(out.Err.Error()) > 400 {
		t.Errorf("got %v", out.Err)
	}
}

func TestKeysThatAreNoID(t *testing.T) {
	_, s := peer(t, func(http.ResponseWriter, *http.Request) { t.Error("it was asked") }, nil)
	for _, key := range []string{"", "a.b", "a b", "a\r\nX: y", "é", strings.Repeat("k", 256)} {
		m := message
		m.Key = key
		if out := s.Send(t.Context(), m); out.Reached || release.CodeOf(out.Err) != release.Internal {
			t.Errorf("%q: %+v", key, out)
		}
	}
}

func TestConfig(t *testing.T) {
	no := false
	good := webhook.Config{URL: "https://hooks.example.com/x", Secrets: secrets}
	s, err := webhook.New(good, clock)
	if err != nil || s.Name() != "webhook" || !s.Deduplicates() {
		t.Fatalf("%v", err)
	}
	good.Deduplicates = &no
	if s, err = webhook.New(good, clock); err != nil || s.Deduplicates() {
		t.Fatalf("%v", err)
	}
	for name, c := range map[string]struct {
		change func(*webhook.Config)
		want   string // "" where it is taken
	}{
		"no url":            {func(c *webhook.Config) { c.URL = "" }, "is none"},
		"no host":           {func(c *webhook.Config) { c.URL = "https:///x" }, "is none"},
		"ftp":               {func(c *webhook.Config) { c.URL = "ftp://a/" }, "is none"},
		"control":           {func(c *webhook.Config) { c.URL = "https://a/\x1b" }, "is none"},
		"user":              {func(c *webhook.Config) { c.URL = "https://u:hunter2@a/" }, "holds a user or a password"},
		"http":              {func(c *webhook.Config) { c.URL = "http://a/" }, "is not https"},
		"http address":      {func(c *webhook.Config) { c.URL = "http://10.0.0.1/" }, "is not https"},
		"http, allowed":     {func(c *webhook.Config) { c.URL = "http://127.0.0.1/"; c.Outbound.Allow = []netip.Prefix{home} }, ""},
		"http, said so":     {func(c *webhook.Config) { c.URL = "http://a/"; c.PlainHTTP = true }, ""},
		"name":              {func(c *webhook.Config) { c.Name = "A b" }, "is no name for a connector"},
		"no secret":         {func(c *webhook.Config) { c.Secrets = nil }, "has 0 secrets"},
		"three secrets":     {func(c *webhook.Config) { c.Secrets = append(secrets, secrets[0]) }, "has 3 secrets"},
		"an empty secret":   {func(c *webhook.Config) { c.Secrets = [][]byte{{}} }, "is empty"},
		"a broken secret":   {func(c *webhook.Config) { c.Secrets = [][]byte{[]byte("whsec_hunter2!")} }, "is not base64"},
		"a header":          {func(c *webhook.Config) { c.Headers = map[string]string{"X-Api-Key": "hunter2"} }, ""},
		"a header's name":   {func(c *webhook.Config) { c.Headers = map[string]string{"X Y": "hunter2"} }, "not well formed: X Y"},
		"a header's value":  {func(c *webhook.Config) { c.Headers = map[string]string{"X": "hunter2\r\nY: z"} }, "not well formed: X"},
		"our own":           {func(c *webhook.Config) { c.Headers = map[string]string{"Webhook-Id": "hunter2"} }, "is set by signalbox itself"},
		"host":              {func(c *webhook.Config) { c.Headers = map[string]string{"host": "hunter2"} }, "is set by signalbox itself"},
		"length":            {func(c *webhook.Config) { c.Headers = map[string]string{"Content-Length": "1"} }, "is set by signalbox itself"},
		"a key for repeats": {func(c *webhook.Config) { c.Headers = map[string]string{"Idempotency-Key": "1"} }, "is set by signalbox itself"},
	} {
		t.Run(name, func(t *testing.T) {
			config := webhook.Config{URL: "https://hooks.example.com/x", Secrets: secrets}
			c.change(&config)
			_, err := webhook.New(config, clock)
			if c.want == "" {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			if release.CodeOf(err) != release.Usage || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "hunter2") {
				t.Errorf("got %v, want a usage error with %q", err, c.want)
			}
		})
	}
}
