package csv_test

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"signalbox/connectors/csv"
	"signalbox/release/fact"
)

func TestBatches(t *testing.T) {
	expect(t, "batches.csv", csv.Batches,
		`batch  close "Nightly close" service:ledger America/New_York 2000-01-03T02:30:00 all day false days 0 length 1h30m0s "FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR;BYHOUR=2;BYMINUTE=30" https://wiki.example.com/close`,
		`batch  backup "backup" region:emea Europe/London 2000-01-01T00:00:00 all day false days 0 length 45m0s "FREQ=DAILY;BYHOUR=0;BYMINUTE=0"`,
		`batch  odd "Odd days" service:ledger UTC 2000-01-01T03:00:00 all day false days 0 length 10m0s "FREQ=DAILY;BYMONTHDAY=1;BYHOUR=3;BYMINUTE=0"`,
		`batch  odd/weekday "Odd days" service:ledger UTC 2000-01-03T03:00:00 all day false days 0 length 10m0s "FREQ=DAILY;BYMONTHDAY=2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31;BYDAY=MO;BYHOUR=3;BYMINUTE=0"`,
		`batch  rule "By rule" service:ledger Australia/Lord_Howe 2000-01-01T00:00:00 all day false days 0 length 20m0s "FREQ=WEEKLY;BYDAY=SU;BYHOUR=4;BYMINUTE=15"`,
		`batch  fortnight "fortnight" service:ledger UTC 2026-01-05T04:00:00 all day false days 0 length 20m0s "FREQ=WEEKLY;INTERVAL=2"`,
		`batch  tz "tz" service:ledger Asia/Tokyo 2000-01-01T04:00:00 all day false days 0 length 20m0s "FREQ=DAILY;BYHOUR=4;BYMINUTE=0"`,
		`refused batches.csv:8 job othertz: schedule: its zone is Asia/Tokyo, and the row's is UTC`,
		`refused batches.csv:9 job phase: start: the rule does not say by itself when it happens: give the first run, or BYHOUR and BYMINUTE without INTERVAL and COUNT`,
		`refused batches.csv:10 job often: schedule: the rule happens more often than every quarter of an hour`,
		`refused batches.csv:11 job long: p95: "soon" is no time that a run takes, such as 45m`,
		`refused batches.csv:12 job both: scope: a job has either a service or a scope`,
		`refused batches.csv:13 job reboot: schedule: the schedule cannot be read: @reboot has no time on the clock`,
		`refused batches.csv:14 job close: id: close stands there already, in line 2`)
}

func TestPeriods(t *testing.T) {
	f, err := csv.Read(filepath.Join(tables, "periods.csv"), csv.Periods)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range f.(fact.CalendarSeen).Entries {
		text, _ := json.Marshal(e.Timing.Closing)
		got = append(got, e.ExternalID+" "+string(e.Scope)+" "+e.Timing.Zone+" "+string(text))
	}
	for _, r := range f.(fact.CalendarSeen).Refused {
		got = append(got, r.Item+": "+r.Reason)
	}
	want := []string{
		`sox unit:finance Europe/London {"every":"quarter-end","first":-5,"last":3,"holidays":"unit:acme-uk","weekend":[6,0],"since":"2026-01-01","until":"2027-12-31"}`,
		`gulf unit:gulf Asia/Dubai {"every":"month-end","first":-2,"last":1,"year_ends":3,"holidays":"unit:acme-ae","weekend":[5,6],"since":"2026-01-01"}`,
		`period badend: every: "week-end" is no end that business days are counted from`,
		`period backwards: every: the period would end before it begins`,
		`period weekday: weekend: "someday" is none of sun mon tue wed thu fri sat`,
		`period number: first: "few" is no whole number`,
		`period month: year_ends: "13" is no month from 1 to 12`,
		`period since: every: "" is no date since when the period holds`,
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
