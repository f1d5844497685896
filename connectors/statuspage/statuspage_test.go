package statuspage_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"signalbox/connectors"
	"signalbox/connectors/statuspage"
	"signalbox/connectors/timetabletest"
	"signalbox/release"
	"signalbox/release/fact"
)

const sample = "../../testdata/schedules/written/scheduled-maintenances.json"

func brief(s fact.CalendarSeen) string {
	var out []string
	for _, e := range s.Entries {
		out = append(out, fmt.Sprintf("%s %s %q %s %s %s %s", e.Kind, e.ExternalID, e.Title, e.Scope, e.Timing.Start, e.Timing.Length, e.URL))
	}
	for _, r := range s.Aside {
		out = append(out, fmt.Sprintf("aside %s %s: %s", r.Place, r.Item, r.Reason))
	}
	for _, r := range s.Refused {
		out = append(out, fmt.Sprintf("refused %s %s: %s", r.Place, r.Item, r.Reason))
	}
	return strings.Join(append(out, fmt.Sprint(s.Unread)), "\n")
}

func TestRead(t *testing.T) {
	s, err := statuspage.Import(sample, statuspage.Options{Scope: "org"})
	if err != nil {
		t.Fatal(err)
	}
	want := `vendor m1 "Paylink: Database upgrade" org 2026-11-26T03:00:00 4h0m0s https://stspg.example/m1
vendor m2 "Paylink: Network work" org 2026-11-20T01:00:00 1h30m0s 
aside scheduled-maintenances.json:9 Paylink Called off: it was over before it began
refused scheduled-maintenances.json:11 Paylink Open end: it does not say when it ends: scheduled_until is no time
refused scheduled-maintenances.json:12 Paylink Backwards: it ends before it begins
refused scheduled-maintenances.json:13 Paylink Strange: its status is "postponed", not scheduled, in_progress, verifying or completed
refused scheduled-maintenances.json:14 maintenance: a value of it is of another kind than the status page's document says
refused scheduled-maintenances.json:15 Paylink No id: it has no id
[m4 m5 m6]`
	if got := brief(s); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	data, _ := os.ReadFile(sample)
	s, read, err := statuspage.Options{Map: map[string]string{"Webhooks": "hooks", "Payments API": "checkout"}}.Read("paylink", "f", data)
	if err != nil || read != 8 || len(s.Entries) != 1 || s.Entries[0].Scope != "service:checkout,service:hooks" || s.Entries[0].Source != "paylink" || s.Aside[0].Reason != "it names no component" {
		t.Errorf("mapped: %v %d\n%s", err, read, brief(s))
	}
	for text, words := range map[string]string{"": "it ends too early", "[]": "a list stands where another value is read", "{}": "it has no scheduled_maintenances", `{"scheduled_maintenances":[{"name":"x"}]}`: "no row of f could be taken",
		`{"scheduled_maintenances":null}`: "it has no scheduled_maintenances"} {
		if _, _, err := (statuspage.Options{Scope: "org"}).Read("s", "f", []byte(text)); release.CodeOf(err) != release.Usage || !strings.Contains(err.Error(), words) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// TestPull: over HTTP, with what the page says of itself being the same.
func TestPull(t *testing.T) {
	data, err := os.ReadFile(sample)
	if err != nil {
		t.Fatal(err)
	}
	page := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", `"1"`)
		if r.Header.Get("If-None-Match") == `"1"` {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		w.Write(data)
	}))
	defer page.Close()
	p, err := statuspage.New(statuspage.Config{Origin: connectors.Origin{Name: "paylink", URL: page.URL, Outbound: connectors.Outbound{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}}, Options: statuspage.Options{Scope: "org"}})
	if err != nil {
		t.Fatal(err)
	}
	first, err := p.Pull(context.Background(), "", time.Time{})
	if err != nil || first.Read != 8 || len(first.Refused) != 5 || len(first.Facts) != 1 || len(first.Notes) != 1 || first.Notes[0] != "1 left aside, Paylink Called off: it was over before it began" {
		t.Fatalf("%+v, %v", first, err)
	}
	if again, err := p.Pull(context.Background(), first.Cursor, time.Time{}); err != nil || !again.Unchanged {
		t.Errorf("%+v, %v", again, err)
	}
	if _, err := statuspage.New(statuspage.Config{Origin: connectors.Origin{Name: "x", URL: page.URL}}); release.CodeOf(err) != release.Usage {
		t.Errorf("without a scope or a map: %v", err)
	}
}

func FuzzRead(f *testing.F) {
	data, _ := os.ReadFile(sample)
	f.Add(data)
	f.Fuzz(func(t *testing.T, data []byte) {
		s, read, err := statuspage.Options{Scope: "org", Map: map[string]string{"Webhooks": "hooks"}}.Read("s", "f", data)
		if err != nil && release.CodeOf(err) != release.Usage {
			t.Fatal(err)
		}
		timetabletest.Sound(t, s, read)
	})
}
