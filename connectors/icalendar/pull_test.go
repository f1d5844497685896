package icalendar_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"signalbox/connectors"
	"signalbox/connectors/icalendar"
	"signalbox/release"
	"signalbox/release/calendar"
	"signalbox/release/fact"
	"signalbox/release/port"
)

var _ port.Puller = (*icalendar.Puller)(nil)

var (
	asked    = time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC)
	loopback = connectors.Outbound{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, Timeout: 30 * time.Second}
)

func vevent(uid, more string) string {
	return "BEGIN:VEVENT\r\nUID:" + uid + "\r\nDTSTART:20261201T080000Z\r\nDTEND:20261201T100000Z\r\n" + more + "END:VEVENT\r\n"
}

func vcalendar(events ...string) string {
	return "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//example//EN\r\n" + strings.Join(events, "") + "END:VCALENDAR\r\n"
}

func puller(t testing.TB, edit func(*icalendar.Config)) *icalendar.Puller {
	t.Helper()
	c := icalendar.Config{Name: "ops", Options: asMaintenance, Outbound: loopback}
	edit(&c)
	p, err := icalendar.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// pull asks and returns what came, as lines.
func pull(t testing.TB, p *icalendar.Puller, cursor string) (got port.Pulled, lines string) {
	t.Helper()
	got, err := p.Pull(context.Background(), cursor, asked)
	if err != nil {
		t.Fatal(err)
	}
	if got.Unchanged {
		if len(got.Facts) > 0 {
			t.Fatalf("unchanged, and %d facts", len(got.Facts))
		}
		return got, "unchanged"
	}
	seen, ok := got.Facts[0].(fact.CalendarSeen)
	if !ok || len(got.Facts) != 1 || seen.Source != "ops" {
		t.Fatalf("%+v", got.Facts)
	}
	return got, entries(seen.Entries)
}

func entries(all []calendar.Entry) string {
	var out []string
	for _, e := range all {
		out = append(out, fmt.Sprintf("%s %q %s", e.ExternalID, e.Title, e.Timing.Start))
	}
	return strings.Join(out, "\n")
}

func TestPullHTTP(t *testing.T) {
	body, status, validators := vcalendar(vevent("a", "SUMMARY:one\r\n")), 200, true
	var saw http.Header
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		saw = r.Header
		if validators {
			w.Header().Set("ETag", fmt.Sprintf(`"%d"`, len(body)))
			w.Header().Set("Last-Modified", "Tue, 24 Nov 2026 08:00:00 GMT")
			if r.Header.Get("If-None-Match") == fmt.Sprintf(`"%d"`, len(body)) && r.Header.Get("If-Modified-Since") == "Tue, 24 Nov 2026 08:00:00 GMT" {
				w.WriteHeader(http.StatusNotModified)
				return
			}
		}
		if status == 503 {
			w.Header().Set("Retry-After", "120")
		}
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}))
	defer srv.Close()
	p := puller(t, func(c *icalendar.Config) { c.URL, c.Secret = srv.URL+"/private-7a6b/feed.ics", []byte("open sesame") })

	first, lines := pull(t, p, "")
	if lines != `a "one" 2026-12-01T08:00:00` || saw.Get("Authorization") != "Bearer open sesame" || first.Read != 1 {
		t.Errorf("%s, %v", lines, saw)
	}
	second, lines := pull(t, p, first.Cursor)
	if lines != "unchanged" || second.Cursor != first.Cursor {
		t.Errorf("the validators were not used: %s %q", lines, second.Cursor)
	}
	body = vcalendar(vevent("a", "SUMMARY:one\r\n"), vevent("b", "SUMMARY:two\r\n"))
	third, lines := pull(t, p, second.Cursor)
	if lines != "a \"one\" 2026-12-01T08:00:00\nb \"two\" 2026-12-01T08:00:00" {
		t.Error(lines)
	}
	// A server without validators: the bytes decide.
	validators = false
	fourth, lines := pull(t, p, third.Cursor)
	if lines != "unchanged" {
		t.Error(lines)
	}
	// The same bytes are other entries when the options are others.
	other := puller(t, func(c *icalendar.Config) {
		c.URL, c.Secret, c.Options.As = srv.URL+"/private-7a6b/feed.ics", []byte("open sesame"), calendar.FreezePeriod
	})
	if got, _ := pull(t, other, fourth.Cursor); got.Unchanged {
		t.Error("another kind is unchanged")
	}
	if got, _ := pull(t, p, "{nonsense"); got.Unchanged {
		t.Error("a cursor that cannot be read is unchanged")
	}

	for _, c := range []struct {
		status int
		body   string
		code   release.Code
		says   string
	}{
		{401, "", release.Unauthenticated, "does not let us in"},
		{404, "", release.NotFound, "nothing at that address"},
		{500, "", release.Unavailable, "HTTP 500"},
		{503, "", release.Unavailable, "come again later"},
		{200, "<html>please log in</html>", release.Usage, "no iCalendar file"},
		{200, strings.Repeat("X", 4<<20+1), release.Usage, "more than 4194304 bytes"},
		{200, vcalendar(strings.Replace(vevent("a", ""), "DTSTART", "X", 1)), release.Usage, "it has no DTSTART"},
	} {
		status, body = c.status, c.body
		got, err := p.Pull(context.Background(), fourth.Cursor, asked)
		if release.CodeOf(err) != c.code || !strings.Contains(err.Error(), c.says) || len(got.Facts) > 0 || strings.Contains(err.Error(), "7a6b") || strings.Contains(err.Error(), "sesame") {
			t.Errorf("HTTP %d: %v, %d facts", c.status, err, len(got.Facts))
		}
	}
	srv.Close()
	_, err := p.Pull(context.Background(), fourth.Cursor, asked)
	if e := release.AsError(err); e.Code != release.Unavailable || strings.Contains(fmt.Sprint(err, e.Cause), "7a6b") {
		t.Errorf("stopped: %v", err)
	}
	private := puller(t, func(c *icalendar.Config) { c.URL, c.Outbound = srv.URL, connectors.Outbound{} })
	if _, err := private.Pull(context.Background(), "", asked); release.CodeOf(err) != release.Usage || !strings.Contains(err.Error(), "not public") {
		t.Errorf("an address that is not public: %v", err)
	}
}

// TestEtags: a CalDAV server without ctags and sync tokens. The namespaces are those of its own prefixes.
func TestEtags(t *testing.T) {
	etags := []string{"1", "2"}
	reports := 0
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer := func(s string) {
			w.WriteHeader(http.StatusMultiStatus)
			fmt.Fprintf(w, `<?xml version="1.0"?><X:multistatus xmlns:X="DAV:" xmlns:Y="urn:ietf:params:xml:ns:caldav">%s</X:multistatus>`, s)
		}
		one := func(href, prop string) string {
			return "<X:response><X:href>" + href + "</X:href><X:propstat><X:prop>" + prop + "</X:prop><X:status>HTTP/1.1 200 OK</X:status></X:propstat></X:response>"
		}
		switch all := ""; r.Method + r.Header.Get("Depth") {
		case "PROPFIND0":
			answer(one("/cal/", "<X:resourcetype><X:collection/><Y:calendar/></X:resourcetype>"))
		case "PROPFIND1":
			for n, e := range etags {
				all += one(fmt.Sprintf("/cal/%d.ics", n), "<X:getetag>"+e+"</X:getetag>")
			}
			answer(all)
		case "REPORT1":
			reports++
			for n := range etags {
				all += one(fmt.Sprintf("/cal/%d.ics", n), "<Y:calendar-data>"+vcalendar(vevent(fmt.Sprint(n), ""))+"</Y:calendar-data>")
			}
			answer(all + one("/cal/x.ics", "<Y:calendar-data>no calendar</Y:calendar-data>"))
		}
	}))
	defer srv.Close()
	p := puller(t, func(c *icalendar.Config) { c.URL, c.CalDAV = srv.URL+"/cal/", true })
	first, lines := pull(t, p, "")
	if strings.Count(lines, "\n") != 1 || first.Read != 3 || len(first.Refused) != 1 || first.Refused[0].Place != "x.ics:1" {
		t.Errorf("%s\n%+v", lines, first.Refused)
	}
	if _, lines := pull(t, p, first.Cursor); lines != "unchanged" || reports != 1 {
		t.Errorf("%s after %d reports", lines, reports)
	}
	etags = append(etags, "3")
	if got, lines := pull(t, p, first.Cursor); got.Read != 4 || reports != 2 {
		t.Errorf("%s after %d reports", lines, reports)
	}
	page := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html><body>Hello</body></html>") }))
	defer page.Close()
	p = puller(t, func(c *icalendar.Config) { c.URL, c.CalDAV = page.URL, true })
	if _, err := p.Pull(context.Background(), "", asked); release.CodeOf(err) != release.Usage || !strings.Contains(err.Error(), "does not answer as CalDAV does") {
		t.Errorf("a page: %v", err)
	}
}

func TestPullFile(t *testing.T) {
	name := filepath.Join(t.TempDir(), "freeze.ics")
	write := func(s string) {
		t.Helper()
		if err := os.WriteFile(name, []byte(s), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	p := puller(t, func(c *icalendar.Config) { c.Path = name })
	if _, err := p.Pull(context.Background(), "", asked); release.CodeOf(err) != release.NotFound {
		t.Errorf("no file: %v", err)
	}
	write(vcalendar(vevent("a", "SUMMARY:one\r\n")))
	first, lines := pull(t, p, "")
	if lines != `a "one" 2026-12-01T08:00:00` {
		t.Error(lines)
	}
	if second, lines := pull(t, p, first.Cursor); lines != "unchanged" || second.Cursor != first.Cursor {
		t.Error(lines)
	}
	write(vcalendar())
	if got, lines := pull(t, p, first.Cursor); lines != "" || got.Read != 0 {
		t.Errorf("an empty calendar is empty: %q", lines)
	}
}

func TestConfig(t *testing.T) {
	for _, c := range []struct {
		name string
		c    icalendar.Config
		says string
	}{
		{"https", icalendar.Config{URL: "https://example.com/a.ics", User: "u", Secret: []byte("s")}, ""},
		{"webcal", icalendar.Config{URL: "webcal://example.com/a.ics"}, ""},
		{"a file", icalendar.Config{Path: "/srv/a.ics"}, ""},
		{"neither", icalendar.Config{}, "either a url or a path"},
		{"both", icalendar.Config{URL: "https://example.com", Path: "a.ics"}, "either a url or a path"},
		{"a name", icalendar.Config{Name: "No Name", Path: "a.ics"}, "is no name for a connector"},
		{"ftp", icalendar.Config{URL: "ftp://example.com/a.ics"}, `scheme "ftp"`},
		{"no url", icalendar.Config{URL: "calendar"}, "cannot be read"},
		{"a password in the url", icalendar.Config{URL: "https://u:secret@example.com"}, "has a user or a password in its url"},
		{"in the clear", icalendar.Config{URL: "http://example.com", Secret: []byte("s")}, "in the clear"},
		{"in the clear to an address that is not listed", icalendar.Config{URL: "http://10.0.0.1", Secret: []byte("s"), Outbound: loopback}, "in the clear"},
		{"listed", icalendar.Config{URL: "http://127.0.0.1", Secret: []byte("s"), Outbound: loopback}, ""},
		{"no secret", icalendar.Config{URL: "https://example.com", User: "u"}, "a user and no secret"},
		{"a file with a user", icalendar.Config{Path: "a.ics", User: "u"}, "reads a file"},
		{"a kind", icalendar.Config{Path: "a.ics", Options: icalendar.Options{As: "party"}}, `"party" is no kind`},
		{"a hard holiday", icalendar.Config{Path: "a.ics", Options: icalendar.Options{As: calendar.Holiday, Hardness: calendar.HardFreeze}}, "only a freeze"},
		{"a scope", icalendar.Config{Path: "a.ics", Options: icalendar.Options{Scope: "planet:earth"}}, "is not a scope"},
		{"a scope not canonical", icalendar.Config{Path: "a.ics", Options: icalendar.Options{Scope: "region:emea,environment:production"}}, "canonical"},
		{"a zone", icalendar.Config{Path: "a.ics", Options: icalendar.Options{Zone: "Mars/Olympus"}}, "is no time zone"},
	} {
		err := c.c.Check()
		if (c.says == "") != (err == nil) || err != nil && (!strings.Contains(err.Error(), c.says) || release.CodeOf(err) != release.Usage || release.AsError(err).Try == "" || strings.Contains(err.Error(), "secret@")) {
			t.Errorf("%s: %v, want %q", c.name, err, c.says)
		}
	}
	if p := puller(t, func(c *icalendar.Config) { c.URL, c.Name = "webcal://example.com/a.ics", "" }); p.Name() != "icalendar" {
		t.Error(p.Name())
	}
}
