package icalendar_test

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"signalbox/connectors/icalendar"
	"signalbox/release/calendar"
)

// TestCover: who is on call is the SUMMARY, else those who attend; deadlines may be instants.
func TestCover(t *testing.T) {
	text := vcalendar(
		"BEGIN:VEVENT\r\nUID:1\r\nDTSTART;TZID=Europe/London:20261123T090000\r\nDTEND;TZID=Europe/London:20261130T090000\r\nRRULE:FREQ=WEEKLY;INTERVAL=2\r\nSUMMARY:Ada Lovelace\r\nATTENDEE:mailto:bob@acme.example\r\nEND:VEVENT\r\n",
		"BEGIN:VEVENT\r\nUID:2\r\nDTSTART:20261123T090000Z\r\nDTEND:20261130T090000Z\r\nATTENDEE;CN=Bob:mailto:bob@acme.example\r\nATTENDEE;PARTSTAT=DECLINED:mailto:eve@acme.example\r\nATTENDEE:MAILTO:cody@acme.example\r\nEND:VEVENT\r\n",
		"BEGIN:VEVENT\r\nUID:3\r\nDTSTART:20261123T090000Z\r\nDTEND:20261130T090000Z\r\nEND:VEVENT\r\n")
	s, err := icalendar.Map("pager", []byte(text), icalendar.Options{As: calendar.OnCall, Scope: "team:core"})
	if err != nil || len(s.Entries) != 2 || s.Entries[0].Title != "Ada Lovelace" || s.Entries[1].Title != "Bob, cody@acme.example" || s.Entries[0].Kind != calendar.OnCall {
		t.Errorf("%v %+v", err, s.Entries)
	}
	if len(s.Refused) != 1 || !strings.HasPrefix(s.Refused[0].Reason, "nobody is on call") {
		t.Errorf("%+v", s.Refused)
	}
	due := vcalendar("BEGIN:VEVENT\r\nUID:1\r\nDTSTART:20261224T120000Z\r\nSUMMARY:Certificate ends\r\nEND:VEVENT\r\n",
		"BEGIN:VEVENT\r\nUID:2\r\nDTSTART;VALUE=DATE:20261231\r\nSUMMARY:Report due\r\nCATEGORIES:deadline\r\nEND:VEVENT\r\n")
	s, err = icalendar.Map("due", []byte(due), icalendar.Options{As: calendar.Deadline, Scope: "org", Zone: "Europe/London"})
	if err != nil || len(s.Entries) != 2 || s.Entries[0].Timing.Length != 0 || !s.Entries[1].Timing.AllDay {
		t.Errorf("%v %+v", err, s)
	}
}

// TestRadicaleTakesTheFeed: another calendar server takes what is published as a calendar of its own, and gives the
// same entries back.
func TestRadicaleTakesTheFeed(t *testing.T) {
	address, _ := radicale(t, "", "")
	send(t, "", "", "MKCOL", address+"/ops/", "")
	var b bytes.Buffer
	timing := calendar.Timing{Zone: "America/New_York", Start: "2026-03-02T16:00:00", Length: 90 * time.Minute, Rule: "FREQ=WEEKLY;UNTIL=20260601T235959", Except: []string{"2026-03-09T16:00:00"},
		Moved: []calendar.Move{{Of: "2026-03-16T16:00:00", Start: "2026-03-17T09:00:00", Length: time.Hour}}}
	days := calendar.Timing{Zone: "Europe/London", Start: "2026-12-24T00:00:00", AllDay: true, Days: 9}
	instant := calendar.Timing{Zone: "UTC", Start: "2026-12-24T12:00:00"}
	if err := icalendar.Write(&b, icalendar.Calendar{Name: "releases", Items: []icalendar.Item{
		{UID: "FRZ-1@signalbox", Title: "HARD FREEZE org: year's end; quiet, please", Kind: calendar.FreezePeriod, Hardness: calendar.HardFreeze, Scope: "org", UpdatedAt: asked, Interval: calendar.Interval{From: asked, To: asked.Add(48 * time.Hour)}},
		{UID: "a@signalbox", Title: "nightly — batch", Kind: calendar.Batch, Scope: "service:ledger", UpdatedAt: asked, Timing: &timing},
		{UID: "b@signalbox", Title: "holidays", Kind: calendar.Holiday, Scope: "region:emea", UpdatedAt: asked, Timing: &days},
		{UID: "c@signalbox", Title: "certificate", Kind: calendar.Deadline, Scope: "org", UpdatedAt: asked, Timing: &instant},
	}}); err != nil {
		t.Fatal(err)
	}
	send(t, "", "", "PUT", address+"/ops/feed/", b.String())
	q, err := http.NewRequest(http.MethodGet, address+"/ops/feed/", nil)
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.DefaultClient.Do(q)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	if text, _ := io.ReadAll(r.Body); r.StatusCode != http.StatusOK || strings.Count(string(text), "BEGIN:VEVENT") != 5 {
		t.Fatalf("%s\n%s", r.Status, text)
	}
	p := puller(t, func(c *icalendar.Config) {
		c.URL, c.CalDAV, c.Options = address+"/ops/feed/", true, icalendar.Options{}
	})
	got, lines := pull(t, p, "")
	if want := "FRZ-1@signalbox \"HARD FREEZE org: year's end; quiet, please\" 2026-11-24T"; got.Read != 5 || len(got.Refused) > 0 || !strings.HasPrefix(lines, want) || strings.Count(lines, "\n") != 3 {
		t.Errorf("%d read, %v\n%s", got.Read, got.Refused, lines)
	}
}
