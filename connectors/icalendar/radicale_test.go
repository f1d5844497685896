package icalendar_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"signalbox/connectors/icalendar"
	"signalbox/release"
)

// radicale starts a CalDAV server of Debian on a free port and returns its address and how to stop it.
func radicale(t *testing.T, user, password string) (address string, stop func()) {
	t.Helper()
	program, err := exec.LookPath("radicale")
	if err != nil {
		t.Fatal("radicale is missing: apt-get install --no-install-recommends radicale python3-tz")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	host := l.Addr().String()
	l.Close()
	dir := t.TempDir()
	args := []string{"--config", "", "--server-hosts", host, "--storage-filesystem-folder", filepath.Join(dir, "collections")}
	if user == "" {
		args = append(args, "--auth-type", "none")
	} else {
		file := filepath.Join(dir, "users")
		if err := os.WriteFile(file, []byte(user+":"+password+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, "--auth-type", "htpasswd", "--auth-htpasswd-filename", file, "--auth-htpasswd-encryption", "plain", "--auth-delay", "0")
	}
	log := &strings.Builder{}
	cmd := exec.Command(program, args...)
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	over := make(chan struct{})
	go func() { _ = cmd.Wait(); close(over) }()
	stop = func() { _ = cmd.Process.Kill(); <-over }
	t.Cleanup(stop)
	for limit := time.Now().Add(30 * time.Second); ; {
		conn, err := net.DialTimeout("tcp", host, time.Second)
		if err == nil {
			conn.Close()
			return "http://" + host, stop
		}
		select {
		case <-over:
			t.Fatalf("radicale ended: %s", log)
		case <-time.After(50 * time.Millisecond):
		}
		if time.Now().After(limit) {
			stop()
			t.Fatalf("radicale does not listen: %s", log)
		}
	}
}

// send sends a request of a calendar client and wants a success.
func send(t *testing.T, user, password, method, address, body string) {
	t.Helper()
	q, err := http.NewRequestWithContext(context.Background(), method, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if user != "" {
		q.SetBasicAuth(user, password)
	}
	if method == http.MethodPut {
		q.Header.Set("Content-Type", "text/calendar")
	}
	r, err := http.DefaultClient.Do(q)
	if err != nil {
		t.Fatal(err)
	}
	r.Body.Close()
	if r.StatusCode >= 300 {
		t.Fatalf("%s %s: %s", method, address, r.Status)
	}
}

func TestRadicale(t *testing.T) {
	address, stop := radicale(t, "", "")
	home := address + "/ops/freezes/"
	do := func(method, name, body string) { t.Helper(); send(t, "", "", method, home+name, body) }
	p := puller(t, func(c *icalendar.Config) { c.URL, c.CalDAV = home, true })

	if _, err := p.Pull(context.Background(), "", asked); release.CodeOf(err) != release.NotFound {
		t.Errorf("before it is made: %v", err)
	}
	send(t, "", "", "MKCOL", address+"/ops/", "")
	do("MKCALENDAR", "", "")
	empty, lines := pull(t, p, "")
	if lines != "" || empty.Read != 0 {
		t.Errorf("an empty calendar: %q", lines)
	}
	do("PUT", "a.ics", vcalendar(vevent("a", "SUMMARY:database\r\n")))
	do("PUT", "b.ics", vcalendar(vevent("b", "SUMMARY:network\r\nRRULE:FREQ=WEEKLY\r\nEXDATE:20261208T080000Z\r\n"),
		"BEGIN:VEVENT\r\nUID:b\r\nRECURRENCE-ID:20261215T080000Z\r\nDTSTART:20261216T080000Z\r\nDTEND:20261216T090000Z\r\nSUMMARY:moved\r\nEND:VEVENT\r\n"))
	do("PUT", "c.ics", vcalendar("BEGIN:VTODO\r\nUID:c\r\nSUMMARY:call the vendor\r\nEND:VTODO\r\n"))
	first, lines := pull(t, p, empty.Cursor)
	if lines != "a \"database\" 2026-12-01T08:00:00\nb \"network\" 2026-12-01T08:00:00" || first.Read != 3 {
		t.Errorf("two events: %d read\n%s", first.Read, lines)
	}
	if again, lines := pull(t, p, first.Cursor); lines != "unchanged" || again.Cursor != first.Cursor {
		t.Errorf("nothing has changed: %s", lines)
	}
	do("PUT", "a.ics", vcalendar(vevent("a", "SUMMARY:database moved\r\nSEQUENCE:1\r\n")))
	second, lines := pull(t, p, first.Cursor)
	if lines != "a \"database moved\" 2026-12-01T08:00:00\nb \"network\" 2026-12-01T08:00:00" {
		t.Errorf("one has changed:\n%s", lines)
	}
	do("DELETE", "b.ics", "")
	third, lines := pull(t, p, second.Cursor)
	if lines != `a "database moved" 2026-12-01T08:00:00` || third.Read != 1 {
		t.Errorf("one is deleted:\n%s", lines)
	}
	elsewhere := puller(t, func(c *icalendar.Config) { c.URL, c.CalDAV = address+"/ops/", true })
	if _, err := elsewhere.Pull(context.Background(), "", asked); release.CodeOf(err) != release.Usage || !strings.Contains(err.Error(), "is no CalDAV calendar") {
		t.Errorf("the principal, not a calendar: %v", err)
	}
	// The same collection as one file.
	plain := puller(t, func(c *icalendar.Config) { c.URL = home })
	whole, lines := pull(t, plain, "")
	if lines != `a "database moved" 2026-12-01T08:00:00` {
		t.Errorf("as a file:\n%s", lines)
	}
	if _, lines := pull(t, plain, whole.Cursor); lines != "unchanged" {
		t.Errorf("as a file, again: %s", lines)
	}
	stop()
	if _, err := p.Pull(context.Background(), third.Cursor, asked); release.CodeOf(err) != release.Unavailable {
		t.Errorf("stopped: %v", err)
	}
}

func TestRadicaleCredentials(t *testing.T) {
	address, _ := radicale(t, "ops", "open-sesame")
	home := address + "/ops/freezes/"
	send(t, "ops", "open-sesame", "MKCALENDAR", home, "")
	send(t, "ops", "open-sesame", "PUT", home+"a.ics", vcalendar(vevent("a", "SUMMARY:database\r\n")))
	for _, c := range []struct {
		user, secret string
		code         release.Code
	}{{"ops", "open-sesame", ""}, {"ops", "wrong", release.Unauthenticated}, {"", "", release.Unauthenticated}, {"", "open-sesame", release.Unauthenticated}} {
		p := puller(t, func(cfg *icalendar.Config) {
			cfg.URL, cfg.CalDAV, cfg.User, cfg.Secret = home, true, c.user, []byte(c.secret)
		})
		got, err := p.Pull(context.Background(), "", asked)
		if release.CodeOf(err) != c.code || (err == nil) != (got.Read == 1) || strings.Contains(fmt.Sprint(err), "sesame") {
			t.Errorf("%q %q: %v, %d read", c.user, c.secret, err, got.Read)
		}
	}
}
