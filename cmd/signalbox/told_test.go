package main

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/mail"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	gosmtp "github.com/emersion/go-smtp"

	"signalbox/connectors"
)

// mailbox is an SMTP server that keeps what it is given.
type mailbox struct {
	mu    sync.Mutex
	mails []string
}

func (m *mailbox) NewSession(*gosmtp.Conn) (gosmtp.Session, error) { return &delivery{m}, nil }

func (m *mailbox) all() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]string(nil), m.mails...)
}

type delivery struct{ *mailbox }

func (d *delivery) Mail(string, *gosmtp.MailOptions) error { return nil }
func (d *delivery) Rcpt(string, *gosmtp.RcptOptions) error { return nil }
func (d *delivery) Reset()                                 {}
func (d *delivery) Logout() error                          { return nil }
func (d *delivery) Data(r io.Reader) error {
	text, err := io.ReadAll(r)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.mails = append(d.mails, string(text))
	return err
}

// TestTheOutsideIsTold: a decision made over SSH is posted, signed, to a webhook and mailed; a receiver that
// is away gets it when it is back, once; and what was told is seen.
func TestTheOutsideIsTold(t *testing.T) {
	const chatSecret = "the secret of the chat"
	var mu sync.Mutex
	got := map[string]int{} // by webhook-id
	var types []string
	away := true
	chat := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		mu.Lock()
		defer mu.Unlock()
		if away && r.Method == http.MethodPost {
			w.Header().Set("Retry-After", "5")
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		id, err := connectors.VerifyWebhook([][]byte{[]byte(chatSecret)}, r.Header.Get, body, time.Now())
		if err != nil {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		var m struct {
			Type string
			Data struct{ Summary, See string }
		}
		if json.Unmarshal(body, &m) == nil {
			got[id]++
			types = append(types, m.Type+": "+m.Data.Summary+" | "+m.Data.See)
		}
	}))
	t.Cleanup(chat.Close)
	box := &mailbox{}
	post := gosmtp.NewServer(box)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = post.Serve(l) }()
	t.Cleanup(func() { _ = post.Close() })

	b := newBox(t, "")
	bob, _ := company(b)
	ada := filepath.Join(b.dir, "ada")
	b.write("chat.secret", chatSecret+"\n")
	b.write("signalbox.yaml", "organisation: {name: Acme, address: 'signalbox.acme.example:2222'}\n"+hookConfig+fmt.Sprintf(`  - name: chat
    kind: webhook
    url: %s/hook
    secret_file: chat.secret
    allow_networks: [127.0.0.0/8]
  - name: mail
    kind: smtp
    url: smtp://%s
    starttls: none
    from: signalbox@acme.example
    to: [release@acme.example]
    allow_networks: [127.0.0.0/8]
    events: [approve]
`, chat.URL, l.Addr()))
	s := b.serve()
	if r := s.exec(ada, "connector", "test", "mail"); r.code != 0 || !strings.Contains(r.out, "no mail was sent") {
		t.Errorf("test of mail: exit %d %s%s", r.code, r.out, r.err)
	}
	if code, answer := s.deliver("deployment", "d-1", hookSecret, payload(t, "deployment/payload.json", aimed(artistRepo, digestA, "1.2.0"))); code != http.StatusOK {
		t.Fatalf("delivery: %d %s", code, answer)
	}
	if r := s.exec(bob, "approve", "CHG-1", "-m", "'read it, and the rollback is rehearsed'"); r.code != 0 {
		t.Fatalf("approve: %s%s", r.out, r.err)
	}
	until(t, "a message that waits for the receiver", func() bool { return strings.Contains(s.exec(bob, "feeds", "log", "chat").out, "waiting") }, func() string { return s.exec(bob, "feeds", "log", "chat").out })
	until(t, "the mail", func() bool { return len(box.all()) == 1 }, s.log.String)
	m, err := mail.ReadMessage(strings.NewReader(box.all()[0]))
	if err != nil {
		t.Fatal(err)
	}
	text, _ := io.ReadAll(m.Body)
	if !strings.Contains(m.Header.Get("Subject"), "[signalbox] bob approved") || !strings.Contains(string(text), "ssh -p 2222 signalbox.acme.example go CHG-1") {
		t.Errorf("the mail: %s\n%s", m.Header.Get("Subject"), text)
	}
	// Killed between two tries: what waits is in the store and in the queue. A try that is cut off is taken up
	// only when its time is over, which the tests of the queue itself wait for.
	queue, err := sql.Open("sqlite", filepath.Join(b.dir, "jobs.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer queue.Close()
	until(t, "the end of the tries", func() bool {
		var running int
		return queue.QueryRow("SELECT COUNT(*) FROM river_job WHERE state = 'running'").Scan(&running) == nil && running == 0
	}, s.log.String)
	s.kill(syscall.SIGKILL)
	mu.Lock()
	away = false
	mu.Unlock()
	s = b.serve()
	// The engine of a process that was killed is taken over when its lease has run out.
	arrived := func() bool { mu.Lock(); defer mu.Unlock(); return len(got) == 2 }
	for end := time.Now().Add(3 * ceiling); !arrived(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("the messages did not come:\n%s", s.exec(bob, "feeds", "log", "chat").out)
		}
	}
	mu.Lock()
	for id, n := range got {
		if n != 1 {
			t.Errorf("%s came %d times", id, n)
		}
	}
	if all := strings.Join(types, "\n"); !strings.Contains(all, "change.request: ") || !strings.Contains(all, "approve: bob approved") {
		t.Errorf("told: %s", all)
	}
	mu.Unlock()
	term := s.screen(bob, 120, 36, "feeds", "chat")
	term.wait("chat", "out", "MESSAGES 0")
}

// TestCalendarClient subscribes: the freeze is in the feed under one UID with a sequence that counts, only
// with a token that is for it, and 304 where nothing changed.
func TestCalendarClient(t *testing.T) {
	b := newBox(t, "")
	_, _ = company(b)
	cora := b.key("cora")
	b.must("person", "add", "cora", "--role", "coordinator", "--key", cora+".pub")
	b.write("peak.ics", retailFreezes)
	b.must("import", "icalendar", filepath.Join(b.dir, "peak.ics"), "--as", "peak", "--scope", "service:www-artist")
	s := b.serve()
	if r := s.exec(cora, "freeze", "declare", "--kind", "hard", "--scope", "org", "--for", "2d", "-m", "'the stocktaking needs quiet'"); r.code != 0 {
		t.Fatalf("freeze: %s%s", r.out, r.err)
	}
	token, wrong := tokenFor(b, "ics"), tokenFor(b, "gate")
	get := func(query, etag string) (int, string, string) {
		req, err := http.NewRequest(http.MethodGet, "http://"+s.http+"/v1/calendar.ics?"+query, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("If-None-Match", etag)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return resp.StatusCode, string(body), resp.Header.Get("ETag")
	}
	code, body, etag := get("token="+token, "")
	unfolded := strings.ReplaceAll(body, "\r\n ", "")
	for _, want := range []string{"UID:FRZ-1@signalbox", "SEQUENCE:0", "HARD FREEZE org: the stocktaking needs quiet", "RRULE:FREQ=YEARLY", "TZID=Europe/London", "BEGIN:VTIMEZONE", "Peak weekend"} {
		if code != http.StatusOK || !strings.Contains(unfolded, want) {
			t.Errorf("%d, without %q:\n%s", code, want, body)
		}
	}
	if code, again, _ := get("token="+token, etag); code != http.StatusNotModified || again != "" {
		t.Errorf("unchanged: %d %s", code, again)
	}
	if code, body, _ := get("token="+token+"&scope=service:other", ""); code != http.StatusOK || strings.Contains(body, "Peak weekend") || !strings.Contains(body, "FRZ-1@signalbox") {
		t.Errorf("another scope: %d %s", code, body)
	}
	for query, want := range map[string]int{"": 401, "token=" + wrong: 401, "token=sbx_00": 401, "token=" + token + "&scope=nonsense": 400} {
		if code, body, _ := get(query, ""); code != want {
			t.Errorf("%q: %d %s, want %d", query, code, body, want)
		}
	}
	if strings.Contains(s.log.String(), token) {
		t.Error("the log shows the token")
	}
	b.must("token", "revoke", "ci-ics")
	if code, _, _ := get("token="+token, ""); code != 401 {
		t.Errorf("a revoked token: %d", code)
	}
}

// TestCertificateOpensTheDoor: with a CA in the configuration the real client comes in with a certificate
// alone; a serial that is revoked ends the session at the reload.
func TestCertificateOpensTheDoor(t *testing.T) {
	b := newBox(t, "")
	_, _ = company(b)
	ca, eve := b.key("ca"), b.key("eve")
	b.must("person", "add", "eve", "--role", "viewer", "--role", "approver")
	out, err := exec.Command("ssh-keygen", "-q", "-s", ca, "-I", "laptop-7", "-n", "eve", "-z", "12", "-V", "+1h", eve+".pub").CombinedOutput()
	if err != nil {
		t.Fatalf("ssh-keygen: %v\n%s", err, out)
	}
	b.write("revoked", "# none yet\n")
	b.write("signalbox.yaml", "ssh: {user_ca_file: ca.pub, user_ca_revoked: revoked}\n"+hookConfig)
	s := b.serve()
	if code, answer := s.deliver("deployment", "d-1", hookSecret, payload(t, "deployment/payload.json", aimed(artistRepo, digestA, "1.2.0"))); code != http.StatusOK {
		t.Fatalf("delivery: %d %s", code, answer)
	}
	if r := s.exec(eve, "approve", "CHG-1", "-m", "'read it, and the rollback is rehearsed'"); r.code != 0 {
		t.Fatalf("approve with a certificate: exit %d %s%s", r.code, r.out, r.err)
	}
	if log := b.must("audit", "export"); !strings.Contains(log, `"certificate":"laptop-7 serial 12 by SHA256:`) || !strings.Contains(log, `"actor":"eve"`) {
		t.Errorf("the log does not name the certificate:\n%s", log)
	}
	term := s.screen(eve, 80, 24, "queue")
	term.wait("SIGNALBOX", "Queue")
	b.write("revoked", "serial:12\n")
	_ = s.cmd.Process.Signal(syscall.SIGHUP)
	term.wait("opens this door no longer")
	if r := s.exec(eve, "queue"); r.code != 255 || !strings.Contains(r.err, "revoked") {
		t.Errorf("a revoked certificate: exit %d %s%s", r.code, r.out, r.err)
	}
	// A person who is disabled stays out whatever a certificate says.
	b.write("revoked", "# none\n")
	_ = s.cmd.Process.Signal(syscall.SIGHUP)
	until(t, "the certificate to open again", func() bool { return s.exec(eve, "queue").code == 0 }, s.log.String)
	b.must("person", "disable", "eve")
	if r := s.exec(eve, "queue"); r.code != 255 || !strings.Contains(r.err, "eve is disabled") {
		t.Errorf("a disabled person: exit %d %s%s", r.code, r.out, r.err)
	}
}

// TestDoctor: a sound house passes; what is wrong is named with what to do, and the exit status says so.
func TestDoctor(t *testing.T) {
	b := newBox(t, "")
	_, _ = company(b)
	s := b.serve()
	r := b.cli("doctor", "--ssh", s.ssh, "--http", s.http)
	if r.code != 0 || strings.Contains(r.out, "fail ") || strings.Count(r.out, "answers") != 2 {
		t.Errorf("a sound house: exit %d\n%s%s", r.code, r.out, r.err)
	}
	s.kill(syscall.SIGTERM)
	other, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = other.Close() })
	go func() {
		for {
			c, err := other.Accept()
			if err != nil {
				return
			}
			_, _ = io.WriteString(c, "220 mail.example.com ESMTP\r\n")
			_ = c.Close()
		}
	}()
	if out, err := exec.Command("chmod", "644", filepath.Join(b.dir, "keys", "host_ed25519")).CombinedOutput(); err != nil {
		t.Fatal(string(out))
	}
	b.write("signalbox.yaml", hookConfig+"  - name: prom\n    kind: promtheus\n")
	r = b.cli("doctor", "--ssh", other.Addr().String(), "--http", "127.0.0.1:0", "--json")
	var found struct {
		Items []struct{ Check, State, Text, Try string }
	}
	if err := json.NewDecoder(bytes.NewReader([]byte(r.out))).Decode(&found); err != nil {
		t.Fatalf("%v\n%s", err, r.out)
	}
	failing := map[string]string{}
	for _, f := range found.Items {
		if f.State == "fail" {
			failing[f.Check] += f.Text + "; " + f.Try + "\n"
		}
	}
	for check, says := range map[string]string{"keys": "can be read by others; chmod 600", "configuration": "prometheus", "ssh port": "another program listens on"} {
		if r.code != 1 || !strings.Contains(failing[check], says) {
			t.Errorf("exit %d, %s: %q, want …%s…", r.code, check, failing[check], says)
		}
	}
}
