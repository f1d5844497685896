package smtp_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/quotedprintable"
	"net/mail"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"signalbox/connectors"
	"signalbox/connectors/smtp"
	"signalbox/release"
	"signalbox/release/outbox"
)

var message = outbox.Message{ID: "OUT-7", Target: "mail", Event: "change.request", Subject: "CHG-12", Key: "out-7-mail",
	At:   time.Date(2026, 3, 8, 10, 0, 0, 0, time.FixedZone("", 3600)),
	Body: json.RawMessage(`{"summary":"payments 2.4.1 wants to go to production – Zoë asks","service":"payments","risk":"High (72)","rows":3,"none":null,"see":"ssh signalbox.example.com go CHG-12"}`)}

// read parses a mail as its reader's program does.
func read(t interface{ Fatal(...any) }, text string) (*mail.Message, string) {
	m, err := mail.ReadMessage(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(quotedprintable.NewReader(m.Body))
	if err != nil {
		t.Fatal(err)
	}
	return m, strings.ReplaceAll(string(body), "\r\n", "\n")
}

// TestDelivery hands a mail to a server by each kind of connection and reads it back.
func TestDelivery(t *testing.T) {
	certificate, roots := authority(t)
	for _, c := range []struct {
		scheme, starttls string
		secure           bool
	}{
		{"smtp", "", false}, // this machine
		{"smtp", "none", false},
		{"smtp", "opportunistic", true},
		{"smtp", "required", true},
		{"smtp+starttls", "", true},
		{"smtps", "", true},
	} {
		t.Run(c.scheme+" "+c.starttls, func(t *testing.T) {
			box := &mailbox{users: map[string]string{"signalbox": "correct horse"}}
			l := box.open(t, certificate, c.scheme == "smtps")
			s := sender(t, config(c.scheme, l, func(g *smtp.Config) {
				g.StartTLS, g.Roots, g.From, g.To = c.starttls, roots, "Signalbox Zürich <signalbox@example.com>", []string{"ops@example.com", "Ann Lee <ann@example.com>"}
				if c.starttls == "required" || c.scheme != "smtp" {
					g.User, g.Secret = "signalbox", []byte("correct horse")
				}
			}))
			if s.Name() != "mail" || s.Deduplicates() {
				t.Errorf("name %q, deduplicates %v", s.Name(), s.Deduplicates())
			}
			notes, err := s.Test(t.Context())
			says := strings.Join(notes, "\n")
			if err != nil || strings.Contains(says, "encrypted") != c.secure || strings.Contains(says, "in the clear") == c.secure || !strings.HasSuffix(says, "no mail was sent") {
				t.Errorf("tested: %v, %q", err, says)
			}
			if n := len(box.all()); n != 0 {
				t.Fatalf("%d mails from a test", n)
			}
			if out := s.Send(t.Context(), message); out.Err != nil {
				t.Fatalf("got %+v", out)
			}
			mails := box.all()
			if len(mails) != 1 {
				t.Fatalf("%d mails", len(mails))
			}
			got := mails[0]
			if got.secure != c.secure || got.from != "signalbox@example.com" || got.helo != "signalbox.example.com" || fmt.Sprint(got.to) != "[ops@example.com ann@example.com]" {
				t.Errorf("got %+v", got)
			}
			if want := map[bool]string{true: "signalbox"}[c.starttls == "required" || c.scheme != "smtp"]; got.user != want {
				t.Errorf("logged in as %q, want %q", got.user, want)
			}
			m, body := read(t, got.text)
			subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
			if err != nil || subject != "[signalbox] payments 2.4.1 wants to go to production – Zoë asks" {
				t.Errorf("subject %q, %v", subject, err)
			}
			if d, err := m.Header.Date(); err != nil || !d.Equal(message.At) {
				t.Errorf("date %v, %v", d, err)
			}
			from, err := m.Header.AddressList("From")
			if err != nil || len(from) != 1 || from[0].Name != "Signalbox Zürich" || from[0].Address != "signalbox@example.com" {
				t.Errorf("from %v, %v", from, err)
			}
			for h, want := range map[string]string{"Auto-Submitted": "auto-generated", "Message-Id": "<933b133d01e8e7d4d880d67cc55933cb@example.com>",
				"Content-Type": "text/plain; charset=UTF-8", "User-Agent": "", "X-Mailer": "", "List-Id": "", "Mime-Version": "1.0"} {
				if v := m.Header.Get(h); v != want {
					t.Errorf("%s: %q, want %q", h, v, want)
				}
			}
			const want = "payments 2.4.1 wants to go to production – Zoë asks\n\nservice: payments\nrisk: High (72)\nrows: 3\n\n" +
				"To look at it and to answer:\n\n    ssh signalbox.example.com go CHG-12\n"
			if body != want {
				t.Errorf("body:\n%s\nwant:\n%s", body, want)
			}
		})
	}
}

// TestMessageID: the same key is the same mail to whoever looks; another is another.
func TestMessageID(t *testing.T) {
	box := &mailbox{}
	s := sender(t, config("smtp", box.open(t, nil, false), nil))
	for _, key := range []string{"a", "a", "b", "c>\r\nBcc: eve@example.com\r\n<"} {
		m := message
		m.Key, m.Body = key, nil
		if out := s.Send(t.Context(), m); out.Err != nil {
			t.Fatal(out.Err)
		}
	}
	var ids []string
	for _, got := range box.all() {
		m, body := read(t, got.text)
		ids = append(ids, m.Header.Get("Message-Id"))
		if body != "change.request CHG-12\n" || m.Header.Get("Bcc") != "" {
			t.Errorf("%v %q", m.Header, body)
		}
	}
	if ids[0] != ids[1] || len(slices.Compact(slices.Sorted(slices.Values(ids)))) != 3 {
		t.Errorf("ids %v", ids)
	}
}

// TestNothingIsInjected: whatever a message says, the mail has the headers that it always has, one recipient
// and the text that was meant.
func TestNothingIsInjected(t *testing.T) {
	box := &mailbox{}
	s := sender(t, config("smtp", box.open(t, nil, false), nil))
	hostile := rapid.StringOfN(rapid.SampledFrom([]rune("ab :<>@,=?\r\n\t.\x00\x1b\x7f\u202e\u2028é🚦")), 0, 400, -1)
	rapid.Check(t, func(t *rapid.T) {
		summary, value := hostile.Draw(t, "summary"), rapid.OneOf(hostile, rapid.Just("\r\n.\r\nRCPT TO:<eve@example.com>"), rapid.String()).Draw(t, "value")
		body, err := json.Marshal(map[string]string{"summary": summary, "k" + hostile.Draw(t, "key"): value, "see": hostile.Draw(t, "see")})
		if err != nil {
			t.Fatal(err)
		}
		m := message
		m.Body, m.Subject, m.Event = body, hostile.Draw(t, "subject"), "approve"
		if out := s.Send(context.Background(), m); out.Err != nil {
			t.Fatal(out.Err)
		}
		box.mu.Lock()
		got := box.mails[len(box.mails)-1]
		count := len(box.mails)
		box.mails = nil
		box.mu.Unlock()
		if count != 1 || len(got.to) != 1 {
			t.Fatalf("%d mails to %v", count, got.to)
		}
		parsed, text := read(t, got.text)
		var names []string
		for name, values := range parsed.Header {
			names = append(names, fmt.Sprint(name, len(values)))
		}
		slices.Sort(names)
		if want := "[Auto-Submitted1 Content-Transfer-Encoding1 Content-Type1 Date1 From1 Message-Id1 Mime-Version1 Subject1 To1]"; fmt.Sprint(names) != want {
			t.Fatalf("headers %v", names)
		}
		said := release.Clean(summary, 300)
		if said == "" {
			said = release.Clean("approve "+m.Subject, 300)
		}
		subject, err := new(mime.WordDecoder).DecodeHeader(parsed.Header.Get("Subject"))
		if want := release.Clean("[signalbox] "+said, 160); err != nil || subject != want {
			t.Fatalf("subject %q, want %q, %v", subject, want, err)
		}
		if first, _, _ := strings.Cut(text, "\n"); first != said {
			t.Fatalf("text begins with %q, want %q", first, said)
		}
		if v := release.Clean(value, 300); v != "" && !strings.Contains(text, ": "+v+"\n") {
			t.Fatalf("text %q has not %q", text, v)
		}
	})
}

// TestStages breaks the exchange at each step. Reached must be true exactly where the peer had the whole mail
// and did not say no.
func TestStages(t *testing.T) {
	for _, c := range []struct {
		step, says string
		code       release.Code // "" where the mail was taken
		reached    bool
		sentence   string
	}{
		{"greeting", drop, release.Unavailable, false, "cannot be reached"},
		{"greeting", silence, release.Unavailable, false, "did not answer in time"},
		{"greeting", endless, release.Unavailable, false, "cannot be reached"},
		{"greeting", "hello", release.Unavailable, false, "cannot be reached"},
		{"greeting", "421 busy", release.Unavailable, false, "asks us to come again later (SMTP 421)"},
		{"greeting", "554 go away", release.Refused, false, "wants nothing from us (SMTP 554); ask its owner"},
		{"EHLO", drop, release.Unavailable, false, "cannot be reached"},
		{"EHLO", endless, release.Unavailable, false, "cannot be reached"},
		{"EHLO", "502 older than that", "", false, ""}, // HELO does
		{"MAIL", drop, release.Unavailable, false, "cannot be reached"},
		{"MAIL", silence, release.Unavailable, false, "cannot be reached"},
		{"MAIL", "451 4.7.1 grey\x1b[2Jlisted", release.Unavailable, false, "asks us to come again later: 451 4.7.1 grey[2Jlisted"},
		{"MAIL", "550 5.7.1 not you", release.Usage, false, "does not take the address that the connector sends from: 550 5.7.1 not you; correct it"},
		{"RCPT", drop, release.Unavailable, false, "cannot be reached"},
		{"RCPT", "450 4.2.1 full", release.Unavailable, false, "asks us to come again later: 450 4.2.1 full"},
		{"RCPT", "550 5.1.1 no such user", release.Usage, false, "does not take a recipient of the connector: 550 5.1.1 no such user; correct it"},
		{"DATA", drop, release.Unavailable, false, "cannot be reached"},
		{"DATA", "452 disk", release.Unavailable, false, "asks us to come again later: 452 disk"},
		{"DATA", "554 no", release.Refused, false, "does not take the mail: 554 no; ask its owner why"},
		{"dot", drop, release.Unavailable, true, "cannot be reached"},
		{"dot", silence, release.Unavailable, true, "did not answer in time"},
		{"dot", "hello", release.Unavailable, true, "cannot be reached"},
		{"dot", "354 again?", release.Unavailable, true, "cannot be reached"},
		{"dot", "451 later", release.Unavailable, false, "asks us to come again later: 451 later"},
		{"dot", "554 5.7.1 spam", release.Refused, false, "does not take the mail: 554 5.7.1 spam"},
		{"RSET", drop, "", false, ""},
		{"RSET", "500 what", "", false, ""},
		{"QUIT", drop, "", false, ""},
	} {
		t.Run(c.step+" "+c.says, func(t *testing.T) {
			t.Parallel()
			peer := &script{says: map[string]string{c.step: c.says}}
			s := sender(t, config("smtp", peer.open(t, nil), func(g *smtp.Config) {
				if c.says == silence {
					g.Outbound.Timeout = time.Second
				}
			}))
			out := s.Send(t.Context(), message)
			if release.CodeOf(out.Err) != c.code || out.Reached != c.reached {
				t.Errorf("got %+v, want %s, reached %v", out, c.code, c.reached)
			}
			if out.Err != nil && c.says != silence && (!strings.HasPrefix(out.Err.Error(), "mail at 127.0.0.1:") || !strings.Contains(out.Err.Error(), " "+c.sentence)) {
				t.Errorf("it says %q, want %q", out.Err, c.sentence)
			}
			refusal := c.step == "dot" && (strings.HasPrefix(c.says, "4") || strings.HasPrefix(c.says, "5"))
			if whole := peer.whole.Load() > 0; whole != (c.reached || c.code == "" || refusal) {
				t.Errorf("the peer has the whole mail: %v", whole)
			}
		})
	}
}

// TestGivenUp: whoever stops waiting after the text has gone does not know.
func TestGivenUp(t *testing.T) {
	peer := &script{says: map[string]string{"dot": silence}}
	s := sender(t, config("smtp", peer.open(t, nil), nil))
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		defer cancel()
		for deadline := time.Now().Add(30 * time.Second); peer.whole.Load() == 0 && time.Now().Before(deadline); {
			time.Sleep(time.Millisecond)
		}
	}()
	if out := s.Send(ctx, message); !out.Reached || release.CodeOf(out.Err) != release.Unavailable {
		t.Errorf("got %+v", out)
	}
	if out := s.Send(ctx, message); out.Reached || release.CodeOf(out.Err) != release.Unavailable {
		t.Errorf("given up before: %+v", out)
	}
}

// TestLogin: a password goes to whoever proves to be the server, and nowhere else.
func TestLogin(t *testing.T) {
	certificate, roots := authority(t)
	secure := func(g *smtp.Config) {
		g.Roots, g.User, g.Secret = roots, "signalbox", []byte("hunter2")
		if strings.HasPrefix(g.URL, "smtp:") {
			g.StartTLS = "required"
		}
	}
	box := &mailbox{users: map[string]string{"signalbox": "correct horse"}}
	plain, wrapped := box.open(t, certificate, false), box.open(t, certificate, true)
	stripped := &script{}
	echoing := &script{says: map[string]string{"AUTH": echo}}
	busy := &script{says: map[string]string{"AUTH": "454 4.7.0 later"}}
	for name, c := range map[string]struct {
		config smtp.Config
		code   release.Code
		says   string
	}{
		"wrong password":           {config("smtp", plain, secure), release.Unauthenticated, "does not let us in (SMTP 535); give the connector"},
		"wrong password, smtps":    {config("smtps", wrapped, secure), release.Unauthenticated, "does not let us in (SMTP 535)"},
		"no STARTTLS":              {config("smtp", stripped.open(t, nil), secure), release.Usage, "does not offer the encryption or the login"},
		"the password sent back":   {config("smtps", echoing.open(t, certificate), secure), release.Refused, "wants nothing from us (SMTP 501)"},
		"busy":                     {config("smtps", busy.open(t, certificate), secure), release.Unavailable, "asks us to come again later (SMTP 454)"},
		"smtps to a plain server":  {config("smtps", stripped.open(t, nil), secure), release.Unavailable, "cannot be reached"},
		"smtp to a server of TLS":  {config("smtp", wrapped, func(g *smtp.Config) { secure(g); g.Outbound.Timeout = time.Second }), release.Unavailable, ""},
		"strange authority":        {config("smtp", plain, func(g *smtp.Config) { secure(g); g.Roots = nil }), release.Unavailable, "shows a certificate that is not trusted"},
		"strange authority, smtps": {config("smtps", wrapped, func(g *smtp.Config) { secure(g); g.Roots = nil }), release.Unavailable, "shows a certificate that is not trusted"},
		"a refused address":        {config("smtp", plain, func(g *smtp.Config) { secure(g); g.Outbound.Allow = nil }), release.Usage, "is at an address that is not public"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := sender(t, c.config).Test(t.Context()); release.CodeOf(err) != c.code || !strings.Contains(err.Error(), c.says) {
				t.Errorf("tested: %v, want %s %q", err, c.code, c.says)
			}
			out := sender(t, c.config).Send(t.Context(), message)
			if release.CodeOf(out.Err) != c.code || out.Reached || !strings.Contains(out.Err.Error(), c.says) {
				t.Errorf("got %+v, want %s %q", out, c.code, c.says)
			}
			for e := out.Err; e != nil; e = errors.Unwrap(e) {
				for _, secret := range []string{"hunter2", base64.StdEncoding.EncodeToString([]byte("\x00signalbox\x00hunter2"))} {
					if strings.Contains(e.Error(), secret) {
						t.Errorf("%q shows the password", e)
					}
				}
			}
		})
	}
	if n := len(box.all()); n != 0 {
		t.Errorf("%d mails", n)
	}
}

func TestNothingListens(t *testing.T) {
	l := listen(t)
	s := sender(t, config("smtp", l, nil))
	l.Close()
	out := s.Send(t.Context(), message)
	if out.Reached || release.CodeOf(out.Err) != release.Unavailable || !strings.Contains(out.Err.Error(), "nothing listens there") {
		t.Errorf("got %+v", out)
	}
}

func TestBodies(t *testing.T) {
	s := sender(t, smtp.Config{URL: "smtp://127.0.0.1:1", From: "a@example.com", To: []string{"b@example.com"}, Outbound: connectors.Outbound{}})
	for _, body := range []string{`[1]`, `"x"`, `{`, `7`} {
		m := message
		m.Body = json.RawMessage(body)
		if out := s.Send(t.Context(), m); out.Reached || release.CodeOf(out.Err) != release.Internal {
			t.Errorf("%s: %+v", body, out)
		}
	}
}

func TestConfig(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*smtp.Config)
		want   string // "" where it is taken
	}{
		"as it is":             {func(*smtp.Config) {}, ""},
		"port":                 {func(c *smtp.Config) { c.URL = "smtp://mail.example.com:2525/" }, ""},
		"smtps":                {func(c *smtp.Config) { c.URL = "smtps://[2001:db8::1]" }, ""},
		"login":                {func(c *smtp.Config) { c.User, c.Secret = "u", []byte("hunter2") }, ""},
		"no url":               {func(c *smtp.Config) { c.URL = "" }, "is none of a mail server"},
		"http":                 {func(c *smtp.Config) { c.URL = "http://mail.example.com" }, "do not go together"},
		"user in url":          {func(c *smtp.Config) { c.URL = "smtp://u:hunter2@mail.example.com" }, "is none of a mail server"},
		"path":                 {func(c *smtp.Config) { c.URL = "smtp://mail.example.com/x" }, "is none of a mail server"},
		"port 0":               {func(c *smtp.Config) { c.URL = "smtp://mail.example.com:0" }, "no port that exists"},
		"port 65536":           {func(c *smtp.Config) { c.URL = "smtp://mail.example.com:65536" }, "no port that exists"},
		"smtps and starttls":   {func(c *smtp.Config) { c.URL, c.StartTLS = "smtps://mail.example.com", "required" }, "do not go together"},
		"starttls twice":       {func(c *smtp.Config) { c.URL, c.StartTLS = "smtp+starttls://mail.example.com", "none" }, "do not go together"},
		"starttls":             {func(c *smtp.Config) { c.StartTLS = "maybe" }, `is "maybe"; write required, opportunistic or none`},
		"login in the clear":   {func(c *smtp.Config) { c.User, c.Secret, c.StartTLS = "u", []byte("hunter2"), "none" }, "open to others"},
		"login, perhaps":       {func(c *smtp.Config) { c.User, c.Secret, c.StartTLS = "u", []byte("hunter2"), "opportunistic" }, "open to others"},
		"login on this":        {func(c *smtp.Config) { c.User, c.Secret, c.URL = "u", []byte("hunter2"), "smtp://localhost" }, "open to others"},
		"user alone":           {func(c *smtp.Config) { c.User = "u" }, "a user without a secret"},
		"secret alone":         {func(c *smtp.Config) { c.Secret = []byte("hunter2") }, "a user without a secret"},
		"from":                 {func(c *smtp.Config) { c.From = "a b" }, "from of the connector mail is no mail address: a b"},
		"two from":             {func(c *smtp.Config) { c.From = "a@example.com, b@example.com" }, "is no mail address"},
		"from in two lines":    {func(c *smtp.Config) { c.From = "a@example.com\r\nBcc: e@example.com" }, "is no mail address"},
		"from not of ASCII":    {func(c *smtp.Config) { c.From = "zoë@example.com" }, "is no mail address"},
		"nobody":               {func(c *smtp.Config) { c.To = nil }, "has 0 recipients"},
		"too many":             {func(c *smtp.Config) { c.To = slices.Repeat([]string{"a@example.com"}, 101) }, "has 101 recipients"},
		"recipient":            {func(c *smtp.Config) { c.To = []string{"ops"} }, "is no mail address: ops"},
		"name":                 {func(c *smtp.Config) { c.Name = "A b" }, "is no name for a connector"},
		"greeting":             {func(c *smtp.Config) { c.Helo = "a\r\nMAIL" }, "is no name to greet a mail server with"},
		"greeting, an address": {func(c *smtp.Config) { c.Helo = "[127.0.0.1]" }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			g := smtp.Config{URL: "smtp://mail.example.com", From: "a@example.com", To: []string{"b@example.com"}}
			c.change(&g)
			_, err := smtp.New(g)
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
