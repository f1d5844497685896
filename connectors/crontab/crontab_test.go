package crontab_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"signalbox/connectors/crontab"
	"signalbox/connectors/timetabletest"
	"signalbox/release"
	"signalbox/release/fact"
)

const sample = "../../testdata/schedules/written/ledger.crontab"

func brief(s fact.CalendarSeen) string {
	var out []string
	for _, e := range s.Entries {
		out = append(out, fmt.Sprintf("%s %s %q %s %s %s", e.Kind, e.ExternalID, e.Title, e.Scope, e.Timing.Zone, e.Timing.Length))
	}
	for _, r := range s.Refused {
		out = append(out, "refused "+r.Place+" "+r.Item+": "+r.Reason)
	}
	return strings.Join(out, "\n")
}

func TestRead(t *testing.T) {
	o := crontab.Options{Zone: "Europe/London", Scope: "service:ledger", P95: 20 * time.Minute}
	s, err := crontab.Import(sample, o)
	if err != nil {
		t.Fatal(err)
	}
	want := `batch close "Nightly close" service:ledger Europe/London 1h30m0s
batch sudo-ID "sudo" service:ledger Europe/London 20m0s
batch flock-ID "flock" service:ledger America/New_York 10m0s
batch flock-ID/weekday "flock" service:ledger America/New_York 10m0s
batch rotate-ID "rotate" service:ledger America/New_York 20m0s
refused ledger.crontab:12 probe: the rule happens more often than every quarter of an hour
refused ledger.crontab:14 start: the schedule cannot be read: @reboot has no time on the clock
refused ledger.crontab:16 bad: the comment in line 15: "runs" is none of id, p95, scope and title
refused ledger.crontab:18 elsewhere: CRON_TZ: "Mars/Base" is no time zone
refused ledger.crontab:20 job: it is no job: 5 fields of time and a command
refused ledger.crontab:21 comment: there is no job below it`
	got := brief(s)
	for _, e := range s.Entries {
		if id := strings.TrimSuffix(e.ExternalID, "/weekday"); strings.HasPrefix(id, e.Title+"-") {
			got = strings.ReplaceAll(got, id, e.Title+"-ID")
		}
	}
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if strings.Contains(fmt.Sprint(s), "hunter2") {
		t.Error("a secret of a command is kept")
	}
	// A job that cannot be read any more is not over, nor are its runs on weekdays.
	broken, _, _ := o.Read("s", "f", []byte("@daily x\n# signalbox: id=close\n61 * 1 * 1 close\n"))
	if text := strings.Join(broken.Unread, " "); text != "close close/weekday" {
		t.Errorf("unread: %s", text)
	}
	// The same job at another time keeps its id.
	later, _, _ := o.Read("s", "f", []byte("30 5 * * 0 sudo -u ledger /usr/bin/vacuum.sh all\n30 6 * * 0 sudo -u ledger /usr/bin/vacuum.sh all\n"))
	if len(later.Entries) != 2 || later.Entries[0].ExternalID != s.Entries[1].ExternalID || later.Entries[1].ExternalID != s.Entries[1].ExternalID+"-2" {
		t.Errorf("%s", brief(later))
	}
	system, _, err := crontab.Options{Scope: "org", P95: time.Minute, System: true}.Read("s", "f", []byte("@daily root /usr/sbin/logrotate x\n"))
	if err != nil || system.Entries[0].Title != "logrotate" || system.Entries[0].Timing.Zone != "UTC" {
		t.Errorf("%v %s", err, brief(system))
	}
	for text, words := range map[string]string{"@daily x": "nothing says what it touches", "# signalbox: scope=org\n@daily x": "nothing says how long it runs", "\x00": "it is no text", "# signalbox: p95=-5m\n@daily x": "which is no time such as 45m"} {
		if _, _, err := (crontab.Options{}).Read("s", "f", []byte(text)); release.CodeOf(err) != release.Usage || !strings.Contains(err.Error(), words) {
			t.Errorf("%q: %v", text, err)
		}
	}
	if empty, read, err := (crontab.Options{}).Read("s", "f", []byte("# nothing runs here\n")); err != nil || read != 0 || len(empty.Entries) != 0 {
		t.Errorf("an empty crontab: %v", err)
	}
}

func FuzzRead(f *testing.F) {
	data, err := os.ReadFile(sample)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Fuzz(func(t *testing.T, data []byte) {
		s, read, err := crontab.Options{Scope: "org", P95: time.Minute}.Read("s", "f", data)
		if err != nil && release.CodeOf(err) != release.Usage {
			t.Fatal(err)
		}
		timetabletest.Sound(t, s, read)
	})
}
