package icalendar_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"signalbox/connectors/icalendar"
	"signalbox/release"
	"signalbox/release/fact"
)

// davServer answers the three requests of CalDAV with what it holds, the collection at /cal-7a6b9c/.
type davServer struct {
	token          string
	report, listed string // responses
	raw            string // the whole answer to REPORT, if not ""
}

const davHead = `<?xml version="1.0"?><d:multistatus xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav">`

func found(href, prop string) string {
	return "<d:response><d:href>" + href + "</d:href><d:propstat><d:prop>" + prop + "</d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>"
}

func object(uid string) string {
	return found("/cal-7a6b9c/"+uid+".ics", "<d:getetag>1</d:getetag><c:calendar-data>"+vcalendar(vevent(uid, ""))+"</c:calendar-data>")
}

func (d *davServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.WriteHeader(http.StatusMultiStatus)
	token := ""
	if d.token != "" {
		token = "<d:sync-token>" + d.token + "</d:sync-token>"
	}
	switch r.Method + r.Header.Get("Depth") {
	case "PROPFIND0":
		fmt.Fprint(w, davHead+found("/cal-7a6b9c/", "<d:resourcetype><c:calendar/></d:resourcetype>"+token)+"</d:multistatus>")
	case "PROPFIND1":
		fmt.Fprint(w, davHead+d.listed+"</d:multistatus>")
	default:
		if d.raw != "" {
			fmt.Fprint(w, d.raw)
			return
		}
		fmt.Fprint(w, davHead+d.report+"</d:multistatus>")
	}
}

func (d *davServer) puller(t *testing.T) *icalendar.Puller {
	t.Helper()
	srv := httptest.NewServer(d)
	t.Cleanup(srv.Close)
	return puller(t, func(c *icalendar.Config) { c.URL, c.CalDAV = srv.URL+"/cal-7a6b9c/", true })
}

// TestPartOfACollection: an answer that leaves out what the collection holds is not taken for the whole.
func TestPartOfACollection(t *testing.T) {
	status := func(href, s string) string {
		return "<d:response><d:href>" + href + "</d:href><d:status>" + s + "</d:status></d:response>"
	}
	for _, c := range []struct{ name, report, raw, says string }{
		{"more than is given", object("a") + status("/cal-7a6b9c/", "HTTP/1.1 507 Insufficient Storage"), "", "gave only a part of its events (HTTP 507 for one); what is known of it stays as it is"},
		{"one cannot be read there", object("a") + status("/cal-7a6b9c/b.ics", "HTTP/1.1 500 Internal Server Error"), "", "(HTTP 500 for one)"},
		{"one has gone meanwhile", object("a") + status("/cal-7a6b9c/b.ics", "HTTP/1.1 404 Not Found"), "", "(HTTP 404 for one)"},
		{"a status that is none", object("a") + status("/cal-7a6b9c/b.ics", "gone"), "", "gave only a part of its events"},
		{"data that is not given", object("a") + strings.Replace(object("b"), "200 OK", "403 Forbidden", 1), "", "(HTTP 403 for one)"},
		{"an etag, and no data", object("a") + found("/cal-7a6b9c/b.ics", "<d:getetag>1</d:getetag>"), "", "gave only a part of its events"},
		{"data that is empty", object("a") + found("/cal-7a6b9c/b.ics", "<c:calendar-data> </c:calendar-data>"), "", "gave only a part of its events"},
		{"cut between two", "", davHead + object("a"), "breaks off"},
		{"cut within one", "", davHead + object("a") + object("b")[:150], "breaks off"},
		{"damaged", "", davHead + object("a") + "</d:x></d:multistatus>", "breaks off or is damaged"},
		{"nothing at all", "", " ", "breaks off"},
	} {
		d := &davServer{token: "1", report: c.report, raw: c.raw}
		got, err := d.puller(t).Pull(context.Background(), "", asked)
		if release.CodeOf(err) != release.Unavailable || !strings.Contains(err.Error(), c.says) || len(got.Facts) > 0 || got.Cursor != "" || strings.Contains(err.Error(), "7a6b") {
			t.Errorf("%s: %v, %+v", c.name, err, got)
		}
	}
	d := &davServer{token: "1", report: found("/cal-7a6b9c/", "<d:getetag>1</d:getetag>") + object("a")}
	if _, lines := pull(t, d.puller(t), ""); lines != `a "maintenance without a title" 2026-12-01T08:00:00` {
		t.Errorf("the collection itself has no data: %s", lines)
	}
}

// TestListingWithoutEtags: an object that nothing is said of may change, so that the collection is read.
func TestListingWithoutEtags(t *testing.T) {
	d := &davServer{report: object("a"), listed: found("/cal-7a6b9c/", "") + found("/cal-7a6b9c/a.ics", "<d:getetag>1</d:getetag>") + found("/cal-7a6b9c/b.ics", "")}
	p := d.puller(t)
	first, _ := pull(t, p, "")
	d.report += object("b")
	if _, lines := pull(t, p, first.Cursor); strings.Count(lines, "\n") != 1 {
		t.Errorf("the change of one without an etag was not seen: %s", lines)
	}
	d.listed += "<d:response><d:href>/cal-7a6b9c/</d:href><d:status>HTTP/1.1 507 Insufficient Storage</d:status></d:response>"
	if _, err := p.Pull(context.Background(), first.Cursor, asked); release.CodeOf(err) != release.Unavailable {
		t.Errorf("a listing that was cut: %v", err)
	}
}

// TestUnreadObjects: an object that is no calendar any more names what it may have held.
func TestUnreadObjects(t *testing.T) {
	broken := func(href, data string) string { return found(href, "<c:calendar-data>"+data+"</c:calendar-data>") }
	whole := vcalendar(vevent("b", ""), vevent("b", "RECURRENCE-ID:20261208T080000Z\r\n"))
	d := &davServer{token: "1", report: object("a") +
		broken("/cal-7a6b9c/x.ics", "no calendar") +
		broken("/cal-7a6b9c/b1.ics", whole[:len(whole)-len("END:VCALENDAR\r\n")]) +
		broken("/cal-7a6b9c/c1.ics?token=7a6b9c", strings.Replace(vcalendar(strings.Repeat("BEGIN:X\r\n", 20), vevent("c-and-\r\n more", "")), "BEGIN:VEVENT", "x", 1)) +
		broken("/cal-7a6b9c/", "no calendar")}
	got, err := d.puller(t).Pull(context.Background(), "", asked)
	if err != nil {
		t.Fatal(err)
	}
	seen := got.Facts[0].(fact.CalendarSeen)
	if want := []string{"b", "b1", "c-and-more", "c1", "ops", "x"}; !slices.Equal(seen.Unread, want) || len(seen.Entries) != 1 || got.Read != 5 {
		t.Errorf("unread %q, want %q; %+v", seen.Unread, want, got)
	}
	if strings.Contains(fmt.Sprintf("%+v", got), "7a6b") {
		t.Errorf("a piece of the address is shown: %+v", got)
	}
}

// TestPrivateAddress: nothing that is shown or kept has more of the calendar's address than the host.
func TestPrivateAddress(t *testing.T) {
	status, body := 200, vcalendar(vevent("a", ""))
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", `"`+r.URL.Path+`"`)
		w.Header().Set("Last-Modified", "Tue, 24 Nov 2026 08:00:00 GMT")
		if status == 302 {
			w.Header().Set("Location", "ftp://elsewhere.example"+r.URL.String())
		}
		w.WriteHeader(status)
		fmt.Fprint(w, body)
	}))
	p := puller(t, func(c *icalendar.Config) { c.URL = srv.URL + "/private-7a6b9c/feed.ics?key=sesame" })
	secret := func(what string, v ...any) {
		t.Helper()
		for _, word := range []string{"7a6b9c", "sesame", "feed.ics"} {
			if strings.Contains(fmt.Sprintf("%+v", v), word) {
				t.Errorf("%s shows %s: %+v", what, word, v)
			}
		}
	}
	first, _ := pull(t, p, "")
	secret("a reading", first)
	if again, lines := pull(t, p, first.Cursor); lines != "unchanged" {
		t.Errorf("the bytes decide: %+v", again)
	}
	for _, status = range []int{302, 401, 404, 418, 503} {
		got, err := p.Pull(context.Background(), "", asked)
		secret(fmt.Sprint(status), got, err, release.AsError(err).Cause)
	}
	status = 200
	for _, body = range []string{"", "no calendar", vcalendar(strings.Replace(vevent("a", ""), "DTSTART", "X", 1)), strings.TrimSuffix(vcalendar(vevent("a", "")), "END:VCALENDAR\r\n")} {
		got, err := p.Pull(context.Background(), "", asked)
		if err == nil {
			t.Errorf("%q was taken", body)
		}
		secret("a bad body", got, err, release.AsError(err).Cause)
	}
	srv.Close()
	got, err := p.Pull(context.Background(), "", asked)
	secret("no answer", got, err, release.AsError(err).Cause)

	d := &davServer{token: "http://127.0.0.1/cal-7a6b9c/sync/12", report: object("a")}
	q := d.puller(t)
	first, _ = pull(t, q, "")
	secret("a sync token", first)
	if _, lines := pull(t, q, first.Cursor); lines != "unchanged" {
		t.Error("the sync token was not known again")
	}
}

// TestBreaksOff: a calendar without its end may have held more; it replaces nothing.
func TestBreaksOff(t *testing.T) {
	whole := vcalendar(vevent("a", ""), vevent("b", ""))
	body := whole
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, body) }))
	defer srv.Close()
	p := puller(t, func(c *icalendar.Config) { c.URL = srv.URL + "/a.ics" })
	first, _ := pull(t, p, "")
	body = whole[:strings.LastIndex(whole, "BEGIN:VEVENT")]
	got, err := p.Pull(context.Background(), first.Cursor, asked)
	if release.CodeOf(err) != release.Unavailable || !strings.Contains(err.Error(), "breaks off: there is no END:VCALENDAR; what is known of it stays as it is") || len(got.Facts) > 0 || got.Cursor != "" {
		t.Errorf("%v %+v", err, got)
	}
}
