package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"signalbox/release/calendar"
)

const sourcesConfig = `connectors:
  - {name: paylink, kind: statuspage, path: maintenances.json, scope: org, map: {Payments API: www-artist}}
  - {name: postgres, kind: endoflife, path: postgresql.md, versions: ["18"]}
  - {name: ledger, kind: crontab, path: ledger.crontab, zone: Europe/London, scope: "service:www-artist", p95: 20m}
  - {name: kubernetes, kind: schedule, path: kubernetes.yaml, project: kubernetes}
  - {name: jobs, kind: csv, what: batches, path: batches.csv}
  - {name: finance, kind: csv, what: periods, path: periods.csv}
  - {name: pager, kind: icalendar, path: pager.ics, as: on-call, scope: "team:team-a"}
`

// TestCalendarSources: every source of the calendar, as a file of the configuration and as an import, ends on the
// calendar, and what it gives is told row by row.
func TestCalendarSources(t *testing.T) {
	b := newBox(t, "")
	bob, _ := company(b)
	samples := filepath.Join("..", "..", "testdata")
	for to, from := range map[string]string{"maintenances.json": "schedules/written/scheduled-maintenances.json", "postgresql.md": "schedules/endoflife.date/postgresql.md",
		"ledger.crontab": "schedules/written/ledger.crontab", "kubernetes.yaml": "schedules/written/kubernetes.yaml", "batches.csv": "csv/batches.csv", "periods.csv": "csv/periods.csv"} {
		data, err := os.ReadFile(filepath.Join(samples, filepath.FromSlash(from)))
		if err != nil {
			t.Fatal(err)
		}
		b.write(to, string(data))
	}
	b.write("pager.ics", "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTAMP:20261101T000000Z\r\nDTSTART:20261101T080000Z\r\nDTEND:20270301T080000Z\r\nSUMMARY:Ada Lovelace\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n")
	b.write("signalbox.yaml", sourcesConfig)

	for _, c := range []struct{ args, want string }{
		{"statuspage maintenances.json --scope org", "2 read, 2 stored, 0 unchanged, 0 removed, 5 refused, 1 left aside\nnew vendor m1: Paylink: Database upgrade"},
		{"endoflife postgresql.md --version 18 --version 17", "new end-of-life postgresql/18: postgresql 18 end of life"},
		{"crontab ledger.crontab --scope org --p95 20m", "refused ledger.crontab:14 start: the schedule cannot be read: @reboot has no time on the clock"},
		{"schedule kubernetes.yaml --project kubernetes", "left aside kubernetes.yaml:11 1.35: 1 patches of it are out"},
		{"csv batches.csv --what batches", "new batch close: Nightly close"},
		{"csv periods.csv --what periods", "new audit sox: Quarter's close"},
	} {
		words := strings.Fields(c.args)
		words[1] = filepath.Join(b.dir, words[1])
		if out := b.must(append([]string{"import"}, words...)...); !strings.Contains(out, c.want) {
			t.Errorf("import %s: without %q\n%s", c.args, c.want, out)
		}
		if out := b.must(append([]string{"import"}, words...)...); strings.Contains(out, "\nnew ") || !strings.Contains(out, "\nunchanged ") || !strings.Contains(out, " 0 stored") {
			t.Errorf("import %s, again:\n%s", c.args, out)
		}
	}

	s := b.serve()
	var list struct {
		Items []struct {
			Kind          calendar.Kind
			Title, Source string
			Scope         string
		}
	}
	want := []string{"paylink vendor", "postgres end-of-life", "ledger batch", "kubernetes deadline", "kubernetes end-of-life", "jobs batch", "finance audit", "pager on-call"}
	var got []string
	for limit := time.Now().Add(30 * time.Second); ; {
		got = nil
		for _, span := range [][2]string{{"2026-11-20T00:00:00Z", "2027-03-31T00:00:00Z"}, {"2030-11-01T00:00:00Z", "2030-12-01T00:00:00Z"}} {
			r := s.exec(bob, "calendar", "list", "--json", "--from", span[0], "--to", span[1])
			if err := json.Unmarshal([]byte(r.out), &list); err != nil {
				t.Fatalf("%v\n%s%s", err, r.out, r.err)
			}
			for _, i := range list.Items {
				got = append(got, i.Source+" "+string(i.Kind))
			}
		}
		if !slices.ContainsFunc(want, func(w string) bool { return !slices.Contains(got, w) }) {
			break
		}
		if time.Now().After(limit) {
			slices.Sort(got)
			t.Fatalf("not all are on the calendar: %v", slices.Compact(got))
		}
		time.Sleep(100 * time.Millisecond)
	}
	if r := s.exec(bob, "feeds"); !strings.Contains(r.out, "paylink") || strings.Contains(r.out, "DARK") {
		t.Errorf("feeds:\n%s", r.out)
	}
	term := s.screen(bob, 120, 36, "calendar")
	term.wait("SIGNALBOX", "Ada Lovelace")
}
