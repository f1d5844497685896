package calendar_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/robfig/cron/v3"
	"pgregory.net/rapid"

	"signalbox/release"
	"signalbox/release/calendar"
)

// runs are the starts of all timings of a schedule in [from, to), in order.
func runs(t interface{ Fatal(...any) }, schedule, zone string, from, to time.Time) []time.Time {
	list, err := calendar.Cron(schedule, zone, 30*time.Minute)
	if err != nil {
		t.Fatal(schedule, err)
	}
	var out []time.Time
	for _, timing := range list {
		all, err := timing.Occurrences(from, to)
		if err != nil {
			t.Fatal(schedule, err)
		}
		for _, o := range all {
			if !o.From.Before(from) {
				out = append(out, o.From)
			}
			if o.To.Sub(o.From) != 30*time.Minute {
				t.Fatal("it does not last as long as it was said to")
			}
		}
	}
	slices.SortFunc(out, time.Time.Compare)
	return out
}

// fields draws one field that has no step on a star: there the library and crontab(5) differ.
func fields(low, high, most int) *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		if rapid.IntRange(0, 2).Draw(t, "star") == 0 && most > 4 {
			return "*"
		}
		var out []string
		for range rapid.IntRange(1, 2).Draw(t, "parts") {
			a := rapid.IntRange(low, high).Draw(t, "value")
			switch rapid.IntRange(0, 2).Draw(t, "form") {
			case 0:
				out = append(out, fmt.Sprint(a))
			case 1:
				out = append(out, fmt.Sprintf("%d-%d", a, min(high, a+rapid.IntRange(0, most).Draw(t, "more"))))
			default:
				out = append(out, fmt.Sprintf("%d-%d/%d", a, min(high, a+most), rapid.IntRange(1, 9).Draw(t, "step")))
			}
		}
		return strings.Join(out, ",")
	})
}

// TestCronAgreesWithAnotherReader: in UTC the runs are those that the library's own scheduler steps through.
func TestCronAgreesWithAnotherReader(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		schedule := strings.Join([]string{fmt.Sprint(rapid.IntRange(0, 59).Draw(t, "minute")), fields(0, 23, 5).Draw(t, "hour"), fields(1, 31, 9).Draw(t, "day"),
			fields(1, 12, 6).Draw(t, "month"), fields(0, 6, 5).Draw(t, "weekday")}, " ")
		s, err := cron.ParseStandard("CRON_TZ=UTC " + schedule)
		if err != nil {
			t.Fatal(err)
		}
		from := time.Date(2027, time.Month(rapid.IntRange(1, 12).Draw(t, "from")), 1, 0, 0, 0, 0, time.UTC)
		to := from.AddDate(0, 3, 0)
		var want []time.Time
		for at := s.Next(from.Add(-time.Second)); !at.IsZero() && at.Before(to); at = s.Next(at) {
			want = append(want, at)
		}
		list, err := calendar.Cron(schedule, "UTC", 30*time.Minute)
		if err != nil {
			if len(want) == 0 && strings.Contains(err.Error(), "never happens") {
				return
			}
			t.Fatal(schedule, err)
		}
		if len(list) > 2 {
			t.Fatal("more than two timings")
		}
		if got := runs(t, schedule, "UTC", from, to); !slices.Equal(got, want) {
			t.Fatalf("%s\ngot  %v\nwant %v", schedule, got, want)
		}
	})
}

func TestCronIsLocal(t *testing.T) {
	for _, c := range []struct{ schedule, zone, day, want string }{
		{"30 2 * * *", "America/New_York", "2026-03-07", "2026-03-07T07:30:00Z"},
		{"30 2 * * *", "America/New_York", "2026-03-08", "2026-03-08T07:30:00Z"}, // skipped: 03:30
		{"30 2 * * *", "America/New_York", "2026-03-09", "2026-03-09T06:30:00Z"},
		{"30 1 * * *", "America/New_York", "2026-11-01", "2026-11-01T05:30:00Z"}, // the first of two
		{"30 1 * * *", "Europe/London", "2026-03-29", "2026-03-29T01:30:00Z"},
		{"30 1 * * *", "Europe/London", "2026-10-25", "2026-10-25T00:30:00Z"},
		{"15 2 * * *", "Australia/Lord_Howe", "2026-10-03", "2026-10-03T15:45:00Z"},
		{"45 1 * * *", "Australia/Lord_Howe", "2026-04-04", "2026-04-04T14:45:00Z"},
		{"30 2 * * *", "Asia/Kolkata", "2026-03-08", "2026-03-08T21:00:00Z"},
		{"30 2 * * *", "Africa/Casablanca", "2026-02-15", "2026-02-15T01:30:00Z"}, // 02:30 comes twice, as summer time ends for Ramadan,
		{"0 * * * *", "America/New_York", "2026-03-08", "24 less one"},
	} {
		from, _ := time.Parse(time.DateOnly, c.day)
		if c.want == "24 less one" { // every hour of the wall once: the one that is skipped falls on the next
			loc, _ := calendar.ParseZone(c.zone)
			from = calendar.Resolve(from, loc)
			if got := runs(t, c.schedule, c.zone, from, from.Add(23*time.Hour)); len(got) != 23 {
				t.Errorf("%d runs on a day of 23 hours", len(got))
			}
			continue
		}
		var got []string
		for _, at := range runs(t, c.schedule, c.zone, from, from.AddDate(0, 0, 1)) {
			got = append(got, at.Format(time.RFC3339))
		}
		if text := strings.Join(got, " "); text != c.want {
			t.Errorf("%s in %s on %s: %s, want %s", c.schedule, c.zone, c.day, text, c.want)
		}
	}
}

func TestCronForms(t *testing.T) {
	for _, c := range []struct{ schedule, want string }{
		{"@daily", "FREQ=DAILY;BYHOUR=0;BYMINUTE=0"},
		{"@Midnight", "FREQ=DAILY;BYHOUR=0;BYMINUTE=0"},
		{"@weekly", "FREQ=DAILY;BYDAY=SU;BYHOUR=0;BYMINUTE=0"},
		{"@yearly", "FREQ=DAILY;BYMONTH=1;BYMONTHDAY=1;BYHOUR=0;BYMINUTE=0"},
		{"0 3 * * 7", "FREQ=DAILY;BYDAY=SU;BYHOUR=3;BYMINUTE=0"},
		{"0 3 * * 5-7", "FREQ=DAILY;BYDAY=SU,FR,SA;BYHOUR=3;BYMINUTE=0"},
		{"0 3 * * MON-fri", "FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR;BYHOUR=3;BYMINUTE=0"},
		{"0 3 * JAN,jul *", "FREQ=DAILY;BYMONTH=1,7;BYHOUR=3;BYMINUTE=0"},
		{"0 3 1,15 * 1", "FREQ=DAILY;BYMONTHDAY=1,15;BYHOUR=3;BYMINUTE=0 | FREQ=DAILY;BYMONTHDAY=2,3,4,5,6,7,8,9,10,11,12,13,14,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31;BYDAY=MO;BYHOUR=3;BYMINUTE=0"},
		{"0 3 */10 * 1", "FREQ=DAILY;BYMONTHDAY=1,11,21,31;BYDAY=MO;BYHOUR=3;BYMINUTE=0"}, // a star restricts: both must hold
		{"0 0-23/6 */1 * *", "FREQ=DAILY;BYHOUR=0,6,12,18;BYMINUTE=0"},
		{"*/5 * * * *", "the rule happens more often than every quarter of an hour"},
		{"* * * * *", "the rule happens more often than every quarter of an hour"},
		{"0 0 30 2 *", "the schedule never happens: no month of it has such a day"},
		{"@reboot", "the schedule cannot be read: @reboot has no time on the clock"},
		{"@every 1h", "the schedule cannot be read: @every has no time on the clock"},
		{"@often", `the schedule cannot be read: "@often" is none of its words`},
		{"0 3 * *", "the schedule cannot be read: it has 4 fields, not 5"},
		{"0 3 ? * *", `the schedule cannot be read: "?" is no field`},
		{"0 3 L * *", "the schedule cannot be read: failed to parse int"},
		{"60 3 * * *", "the schedule cannot be read: end of range (60) above maximum (59)"},
		{"0 3 * * 8", "the schedule cannot be read: end of range (8) above maximum (6)"},
		{"0,,1 3 * * *", `the schedule cannot be read: "0,,1" is no field`},
		{"5-1 3 * * *", "the schedule cannot be read: beginning of range (5) beyond end of range (1)"},
		{"*/0 3 * * *", "the schedule cannot be read: step of range should be a positive number"},
		{"", "the schedule cannot be read: it has 0 fields, not 5"},
	} {
		list, err := calendar.Cron(c.schedule, "UTC", time.Hour)
		var got []string
		for _, x := range list {
			got = append(got, x.Rule)
		}
		text := strings.Join(got, " | ")
		if err != nil {
			text = release.AsError(err).Message
			if release.CodeOf(err) != release.Usage {
				t.Errorf("%q: %s", c.schedule, release.CodeOf(err))
			}
		}
		if err == nil && text != c.want || err != nil && !strings.HasPrefix(text, c.want) {
			t.Errorf("%q\ngot  %s\nwant %s", c.schedule, text, c.want)
		}
	}
	if zone, rest := calendar.CronZone(" CRON_TZ=Asia/Tokyo  0 4 * * *"); zone != "Asia/Tokyo" || rest != "0 4 * * *" {
		t.Errorf("%q %q", zone, rest)
	}
}

func FuzzCron(f *testing.F) {
	for _, s := range []string{"30 2 * * 1-5", "@daily", "0 3 1,15 * 1", "*/7 */5 */3 */2 */2", "TZ=", "0 0 31 2 7-7/3", "1-2-3 * * * *"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		calendar.CronZone(s)
		list, err := calendar.Cron(s, "Europe/London", time.Hour)
		if (err == nil) == (len(list) == 0) {
			t.Fatalf("%v, %v", list, err)
		}
		for _, x := range list {
			if !x.NamesStart() {
				t.Fatalf("%q does not run when it is said to begin: %+v", s, x)
			}
		}
	})
}
