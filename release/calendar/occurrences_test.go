package calendar_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"signalbox/release"
	"signalbox/release/calendar"
)

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	loc, err := calendar.ParseZone(name)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

func wall(t testing.TB, s string) time.Time {
	t.Helper()
	w, err := calendar.ParseWall(s)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func TestResolve(t *testing.T) {
	for _, c := range []struct{ zone, wall, want, why string }{
		{"UTC", "2026-03-08T02:30:00", "2026-03-08T02:30:00Z", "no clocks change"},
		{"Asia/Kolkata", "2026-03-08T02:30:00", "2026-03-07T21:00:00Z", "half an hour from the others"},
		{"America/New_York", "2026-03-08T01:59:59", "2026-03-08T06:59:59Z", "the second before the gap"},
		{"America/New_York", "2026-03-08T02:00:00", "2026-03-08T07:00:00Z", "the gap begins: shown as 03:00"},
		{"America/New_York", "2026-03-08T02:30:00", "2026-03-08T07:30:00Z", "in the gap: shown as 03:30"},
		{"America/New_York", "2026-03-08T03:00:00", "2026-03-08T07:00:00Z", "the gap is over"},
		{"America/New_York", "2026-11-01T00:59:59", "2026-11-01T04:59:59Z", "before the hour that comes twice"},
		{"America/New_York", "2026-11-01T01:30:00", "2026-11-01T05:30:00Z", "the first of two"},
		{"America/New_York", "2026-11-01T02:00:00", "2026-11-01T07:00:00Z", "after the second"},
		{"Europe/London", "2026-03-29T01:30:00", "2026-03-29T01:30:00Z", "in the gap: shown as 02:30"},
		{"Europe/London", "2026-10-25T01:30:00", "2026-10-25T00:30:00Z", "the first of two"},
		{"Europe/London", "2026-07-01T16:00:00", "2026-07-01T15:00:00Z", "summer"},
		{"Australia/Lord_Howe", "2026-10-04T02:15:00", "2026-10-03T15:45:00Z", "a gap of half an hour: shown as 02:45"},
		{"Australia/Lord_Howe", "2026-04-05T01:45:00", "2026-04-04T14:45:00Z", "the first of two, half an hour apart"},
		{"Africa/Casablanca", "2026-02-15T02:30:00", "2026-02-15T01:30:00Z", "Ramadan begins: the first of two"},
		{"Africa/Casablanca", "2026-03-22T02:30:00", "2026-03-22T02:30:00Z", "Ramadan ends: shown as 03:30"},
		{"America/New_York", "2028-12-31T23:30:00", "2029-01-01T04:30:00Z", "the last day of a leap year"},
		{"Pacific/Apia", "2011-12-30T12:00:00", "2011-12-30T22:00:00Z", "a day that was left out"},
	} {
		if got := calendar.Resolve(wall(t, c.wall), zone(t, c.zone)).Format(time.RFC3339); got != c.want {
			t.Errorf("%s %s: %s, want %s (%s)", c.zone, c.wall, got, c.want, c.why)
		}
	}
}

var zones = []string{"UTC", "Europe/London", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "Africa/Casablanca", "Pacific/Apia", "America/Sao_Paulo"}

// TestResolveProperties: every wall time that clocks show is the first instant at which they show it, and the
// instants of wall times are in the order of the wall times, but for what a gap moves.
func TestResolveProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		loc, _ := calendar.ParseZone(rapid.SampledFrom(zones).Draw(t, "zone"))
		at := time.Unix(rapid.Int64Range(0, 2_000_000_000).Draw(t, "at"), 0)
		w := calendar.WallOf(at, loc)
		got := calendar.Resolve(w, loc)
		if got.After(at) || !calendar.WallOf(got, loc).Equal(w) {
			t.Fatalf("%s is shown at %s, resolved to %s", w, at, got)
		}
		for back := time.Hour / 2; back <= 3*time.Hour; back += time.Hour / 2 {
			if e := got.Add(-back); calendar.WallOf(e, loc).Equal(w) {
				t.Fatalf("%s is shown at %s already, resolved to %s", w, e, got)
			}
		}
	})
}

// TestNextChange walks every hour of years with and without a leap day, and compares.
func TestNextChange(t *testing.T) {
	for _, name := range zones {
		loc := zone(t, name)
		at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
		next := calendar.NextChange(at, loc)
		for h := at; h.Year() < 2042; h = h.Add(time.Hour / 2) {
			_, before := h.Add(-time.Second).In(loc).Zone()
			_, now := h.In(loc).Zone()
			if (before != now) != h.Equal(next) {
				t.Fatalf("%s: the offset goes from %d to %d at %s, the next change was %s", name, before, now, h, next)
			}
			if before != now {
				next = calendar.NextChange(h, loc)
			}
		}
	}
}

func day(s string) time.Time {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		panic(err)
	}
	return t
}

func text(all []calendar.Occurrence) string {
	var out []string
	for _, o := range all {
		out = append(out, strings.TrimSpace(fmt.Sprintf("%s+%s %s", o.From.Format("01-02T15:04"), o.To.Sub(o.From), o.Title)))
	}
	return strings.Join(out, ", ")
}

func TestOccurrences(t *testing.T) {
	daily := calendar.Timing{Zone: "America/New_York", Start: "2026-03-07T02:30:00", Length: time.Hour, Rule: "FREQ=DAILY;COUNT=3"}
	whole := calendar.Timing{Zone: "Europe/London", Start: "2026-03-28T00:00:00", AllDay: true, Days: 1, Rule: "FREQ=DAILY;COUNT=3"}
	weekly := calendar.Timing{Zone: "Europe/London", Start: "2026-03-02T16:00:00", Length: 2 * time.Hour, Rule: "FREQ=WEEKLY;BYDAY=MO"}
	with := func(t calendar.Timing, edit func(*calendar.Timing)) calendar.Timing { edit(&t); return t }
	for _, c := range []struct {
		name     string
		timing   calendar.Timing
		from, to string
		want     string
	}{
		{"a gap moves forward and no other day", daily, "2026-03-01", "2026-04-01", "03-07T07:30+1h0m0s, 03-08T07:30+1h0m0s, 03-09T06:30+1h0m0s"},
		{"hourly over a gap: two wall times on one instant are one",
			calendar.Timing{Zone: "America/New_York", Start: "2026-03-08T01:30:00", Length: time.Minute, Rule: "FREQ=HOURLY;COUNT=4"}, "2026-03-01", "2026-04-01",
			"03-08T06:30+1m0s, 03-08T07:30+1m0s, 03-08T08:30+1m0s"},
		{"whole days have 24, 23 and 24 hours", whole, "2026-03-01", "2026-04-01", "03-28T00:00+24h0m0s, 03-29T00:00+23h0m0s, 03-29T23:00+24h0m0s"},
		{"whole days, and 25 hours", with(whole, func(x *calendar.Timing) { x.Start, x.Days, x.Rule = "2026-10-24T00:00:00", 2, "" }), "2026-10-01", "2026-11-01", "10-23T23:00+49h0m0s"},
		{"a nominal day", with(whole, func(x *calendar.Timing) { x.Start, x.AllDay, x.Rule = "2026-03-28T12:00:00", false, "" }), "2026-03-01", "2026-04-01", "03-28T12:00+23h0m0s"},
		{"an exact day", with(whole, func(x *calendar.Timing) {
			x.Start, x.AllDay, x.Days, x.Length, x.Rule = "2026-03-28T12:00:00", false, 0, 24*time.Hour, ""
		}), "2026-03-01", "2026-04-01", "03-28T12:00+24h0m0s"},
		{"the wall time stays, the instant does not", weekly, "2026-03-20", "2026-04-07", "03-23T16:00+2h0m0s, 03-30T15:00+2h0m0s, 04-06T15:00+2h0m0s"},
		{"far from the start", weekly, "2099-01-01", "2099-01-08", "01-05T16:00+2h0m0s"},
		{"EXDATE", with(weekly, func(x *calendar.Timing) { x.Except = []string{"2026-03-30T16:00:00"} }), "2026-03-20", "2026-04-07", "03-23T16:00+2h0m0s, 04-06T15:00+2h0m0s"},
		{"an EXDATE as the clocks show what was in the gap", with(daily, func(x *calendar.Timing) { x.Except = []string{"2026-03-08T03:30:00"} }), "2026-03-01", "2026-04-01",
			"03-07T07:30+1h0m0s, 03-09T06:30+1h0m0s"},
		{"RDATE", with(weekly, func(x *calendar.Timing) {
			x.Extra = []string{"2026-03-25T09:00:00", "2026-03-23T16:00:00"}
		}), "2026-03-20", "2026-03-27", "03-23T16:00+2h0m0s, 03-25T09:00+2h0m0s"},
		{"RDATE without a rule", calendar.Timing{Zone: "UTC", Start: "2026-03-01T00:00:00", Length: time.Hour, Extra: []string{"2026-03-03T00:00:00"}}, "2026-03-01", "2026-03-10", "03-01T00:00+1h0m0s, 03-03T00:00+1h0m0s"},
		{"moved within, with another title", with(weekly, func(x *calendar.Timing) {
			x.Moved = []calendar.Move{{Of: "2026-03-23T16:00:00", Start: "2026-03-24T09:00:00", Length: time.Hour, Title: "late"}}
		}), "2026-03-20", "2026-03-27", "03-24T09:00+1h0m0s late"},
		{"moved into the time from far away", with(weekly, func(x *calendar.Timing) {
			x.Moved = []calendar.Move{{Of: "2027-06-07T16:00:00", Start: "2026-03-24T09:00:00"}}
		}), "2026-03-20", "2026-03-27", "03-23T16:00+2h0m0s, 03-24T09:00+2h0m0s"},
		{"moved out of it", with(weekly, func(x *calendar.Timing) {
			x.Moved = []calendar.Move{{Of: "2026-03-23T16:00:00", Start: "2026-05-01T09:00:00"}}
		}), "2026-03-20", "2026-03-27", ""},
		{"moved to another zone", with(weekly, func(x *calendar.Timing) {
			x.Moved = []calendar.Move{{Of: "2026-03-23T16:00:00", Zone: "Asia/Kolkata", Start: "2026-03-23T12:00:00", Length: time.Hour}}
		}), "2026-03-20", "2026-03-27", "03-23T06:30+1h0m0s"},
		{"gone", with(weekly, func(x *calendar.Timing) { x.Moved = []calendar.Move{{Of: "2026-03-23T16:00:00", Gone: true}} }), "2026-03-20", "2026-03-27", ""},
		{"until, to its instant", with(weekly, func(x *calendar.Timing) { x.Rule = "FREQ=WEEKLY;UNTIL=20260309T160000" }), "2026-03-01", "2026-04-01", "03-02T16:00+2h0m0s, 03-09T16:00+2h0m0s"},
		{"until a date, to its end", with(weekly, func(x *calendar.Timing) { x.Rule = "freq=weekly; until=20260309;" }), "2026-03-01", "2026-04-01", "03-02T16:00+2h0m0s, 03-09T16:00+2h0m0s"},
		{"still running", weekly, "2026-03-03", "2026-03-09", ""},
		{"an instant", calendar.Timing{Zone: "UTC", Start: "2026-03-01T00:00:00"}, "2026-03-01", "2026-03-02", "03-01T00:00+0s"},
		{"an instant at the end is outside", calendar.Timing{Zone: "UTC", Start: "2026-03-01T00:00:00"}, "2026-02-01", "2026-03-01", ""},
		{"a day that Samoa left out does not happen", calendar.Timing{Zone: "Pacific/Apia", Start: "2011-12-29T00:00:00", AllDay: true, Days: 1, Rule: "FREQ=DAILY;COUNT=3"}, "2011-12-01", "2012-01-10",
			"12-29T10:00+24h0m0s, 12-30T10:00+24h0m0s"},
		{"nothing is asked", weekly, "2026-03-09", "2026-03-09", ""},
	} {
		got, err := c.timing.Occurrences(day(c.from), day(c.to))
		if err != nil || text(got) != c.want {
			t.Errorf("%s: %v\ngot  %s\nwant %s", c.name, err, text(got), c.want)
		}
	}
	running, err := weekly.Occurrences(day("2026-03-02").Add(17*time.Hour), day("2026-03-02").Add(18*time.Hour))
	if err != nil || text(running) != "03-02T16:00+2h0m0s" {
		t.Errorf("what began before is running: %s %v", text(running), err)
	}
	over, err := weekly.Occurrences(day("2026-03-02").Add(18*time.Hour), day("2026-03-02").Add(19*time.Hour))
	if err != nil || len(over) != 0 {
		t.Errorf("what ends at the beginning is over: %s %v", text(over), err)
	}
	named, err := calendar.Entry{Title: "board", Timing: weekly}.Occurrences(day("2026-03-02"), day("2026-03-03"))
	if err != nil || text(named) != "03-02T16:00+2h0m0s board" {
		t.Errorf("the entry's title: %s %v", text(named), err)
	}
}

func TestTimingCheck(t *testing.T) {
	good := calendar.Timing{Zone: "Europe/London", Start: "2026-03-02T16:00:00", Length: time.Hour}
	for _, c := range []struct {
		name string
		edit func(*calendar.Timing)
		says string
	}{
		{"good", func(*calendar.Timing) {}, ""},
		{"every quarter of an hour", func(x *calendar.Timing) { x.Rule = "FREQ=HOURLY;BYMINUTE=0,15,30,45" }, ""},
		{"the machine's own zone", func(x *calendar.Timing) { x.Zone = "Local" }, `"Local" is no time zone`},
		{"no zone", func(x *calendar.Timing) { x.Zone = "" }, `"" is no time zone`},
		{"a path", func(x *calendar.Timing) { x.Zone = "../../etc/passwd" }, "is no time zone"},
		{"a zone with leap seconds, on some machines", func(x *calendar.Timing) { x.Zone = "right/Europe/London" }, "is no time zone"},
		{"no start", func(x *calendar.Timing) { x.Start = "" }, "is no wall time"},
		{"a start with a zone", func(x *calendar.Timing) { x.Start += "Z" }, "is no wall time"},
		{"30 February", func(x *calendar.Timing) { x.Start = "2026-02-30T00:00:00" }, "is no wall time"},
		{"negative", func(x *calendar.Timing) { x.Length = -1 }, "ends before it begins"},
		{"endless", func(x *calendar.Timing) { x.Days = 4000 }, "lasts longer than 3660 days"},
		{"whole days at four o'clock", func(x *calendar.Timing) { x.AllDay, x.Days, x.Length = true, 1, 0 }, "begins at midnight"},
		{"every second", func(x *calendar.Timing) { x.Rule = "FREQ=SECONDLY" }, "more often than every quarter of an hour"},
		{"every minute", func(x *calendar.Timing) { x.Rule = "FREQ=MINUTELY;INTERVAL=60" }, "more often than"},
		{"every minute in disguise", func(x *calendar.Timing) {
			x.Rule = "FREQ=DAILY;BYHOUR=1,2,3,4,5;BYMINUTE=1,2,3,4,5,6,7,8,9,10;BYSECOND=1,2"
		}, "more often than"},
		{"no frequency", func(x *calendar.Timing) { x.Rule = "BYDAY=MO" }, "FREQ is missing"},
		{"an unknown part", func(x *calendar.Timing) { x.Rule = "FREQ=DAILY;X-A=1" }, `"X-A" is no part of a rule`},
		{"twice", func(x *calendar.Timing) { x.Rule = "FREQ=DAILY;COUNT=1;COUNT=2" }, "COUNT stands there twice"},
		{"endless count", func(x *calendar.Timing) { x.Rule = "FREQ=DAILY;COUNT=0" }, "not a number from 1"},
		{"a sixth Monday", func(x *calendar.Timing) { x.Rule = "FREQ=MONTHLY;BYDAY=-6MO" }, "no month has more than five"},
		{"a month too many", func(x *calendar.Timing) { x.Rule = "FREQ=YEARLY;BYMONTH=13" }, "bymonth"},
		{"Easter", func(x *calendar.Timing) { x.Rule = "FREQ=YEARLY;BYEASTER=0" }, "no part of RFC 5545"},
		{"hours never reached", func(x *calendar.Timing) { x.Rule = "FREQ=HOURLY;INTERVAL=2;BYHOUR=3" }, "miss every hour"},
		{"a set too small", func(x *calendar.Timing) { x.Rule = "FREQ=HOURLY;BYSETPOS=2" }, "BYSETPOS is beyond"},
		{"a bad UNTIL", func(x *calendar.Timing) { x.Rule = "FREQ=DAILY;UNTIL=tomorrow" }, "UNTIL is"},
		{"a long rule", func(x *calendar.Timing) { x.Rule = "FREQ=DAILY" + strings.Repeat(";", 3000) }, "at most 2048"},
		{"moved twice", func(x *calendar.Timing) {
			x.Moved = []calendar.Move{{Of: "2026-03-02T16:00:00", Gone: true}, {Of: "2026-03-02T16:00:00", Gone: true}}
		}, "moved twice"},
		{"moved to another zone only", func(x *calendar.Timing) {
			x.Moved = []calendar.Move{{Of: "2026-03-02T16:00:00", Zone: "UTC"}}
		}, "without a time"},
		{"too many", func(x *calendar.Timing) { x.Extra = make([]string, 10_001) }, "lists more than 10000"},
	} {
		x := good
		c.edit(&x)
		err := x.Check()
		if (c.says == "") != (err == nil) || err != nil && (!strings.Contains(err.Error(), c.says) || release.CodeOf(err) != release.Usage || release.AsError(err).Try == "") {
			t.Errorf("%s: %v, want %q", c.name, err, c.says)
		}
		if _, again := x.Occurrences(day("2026-03-01"), day("2026-04-01")); release.CodeOf(again) != release.CodeOf(err) {
			t.Errorf("%s: Check says %v, Occurrences %v", c.name, err, again)
		}
	}
	good.Rule = "FREQ=HOURLY"
	if _, err := good.Occurrences(day("2026-01-01"), day("2028-01-01")); err == nil || !strings.Contains(err.Error(), "more than 10000 times") {
		t.Errorf("two years of hours: %v", err)
	}
}

func timings() *rapid.Generator[calendar.Timing] {
	return rapid.Custom(func(t *rapid.T) calendar.Timing {
		start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(rapid.IntRange(0, 365*48).Draw(t, "start")) * 30 * time.Minute)
		x := calendar.Timing{Zone: rapid.SampledFrom(zones).Draw(t, "zone"), Start: start.Format(calendar.Wall)}
		if x.AllDay = rapid.Bool().Draw(t, "all day"); x.AllDay {
			x.Start, x.Days = start.Format(time.DateOnly)+"T00:00:00", rapid.IntRange(1, 9).Draw(t, "days")
		} else {
			x.Length = time.Duration(rapid.IntRange(0, 60).Draw(t, "hours")) * time.Hour
			x.Days = rapid.SampledFrom([]int{0, 0, 0, 1, 7}).Draw(t, "days")
		}
		x.Rule = rapid.SampledFrom([]string{"", "FREQ=DAILY", "FREQ=DAILY;INTERVAL=3", "FREQ=WEEKLY;BYDAY=MO,FR", "FREQ=WEEKLY;INTERVAL=2;WKST=SU;BYDAY=SU,TU",
			"FREQ=MONTHLY;BYDAY=-1FR", "FREQ=MONTHLY;BYMONTHDAY=-1", "FREQ=YEARLY", "FREQ=DAILY;COUNT=40", "FREQ=WEEKLY;UNTIL=20270101", "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1"}).Draw(t, "rule")
		near := func(name string) string {
			d := start.Add(time.Duration(rapid.IntRange(-40, 800).Draw(t, name)) * 24 * time.Hour)
			if x.AllDay {
				return d.Format(time.DateOnly) + "T00:00:00"
			}
			return d.Format(calendar.Wall)
		}
		for range rapid.IntRange(0, 3).Draw(t, "extra") {
			x.Extra = append(x.Extra, near("extra start"))
		}
		for range rapid.IntRange(0, 3).Draw(t, "except") {
			x.Except = append(x.Except, near("except start"))
		}
		if rapid.Bool().Draw(t, "moved") {
			x.Moved = []calendar.Move{{Of: near("of"), Start: near("to"), Title: "moved"}}
		}
		return x
	})
}

// TestSplit: a time asked about in two parts gives the same happenings.
func TestSplit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := timings().Draw(t, "timing")
		a := day("2025-11-01").Add(time.Duration(rapid.IntRange(0, 900*24).Draw(t, "a")) * time.Hour)
		b := a.Add(time.Duration(rapid.IntRange(0, 200*24).Draw(t, "b")) * time.Hour)
		c := b.Add(time.Duration(rapid.IntRange(0, 200*24).Draw(t, "c")) * time.Hour)
		all := func(from, to time.Time) []calendar.Occurrence {
			got, err := x.Occurrences(from, to)
			if err != nil {
				t.Fatal(err)
			}
			return got
		}
		union := all(a, b)
		for _, o := range all(b, c) {
			// What runs at b is in both parts.
			switch {
			case !o.From.Before(b):
				union = append(union, o)
			case a.Before(b) && !slices.Contains(union, o): // it runs at b, from before
				t.Fatalf("%s is missing before %s", text([]calendar.Occurrence{o}), b)
			case a.Equal(b):
				union = append(union, o)
			}
		}
		whole := all(a, c)
		if !reflect.DeepEqual(whole, union) && len(whole)+len(union) > 0 {
			t.Fatalf("whole %s\nparts %s", text(whole), text(union))
		}
		for i, o := range whole {
			if o.To.Before(o.From) || o.From.Location() != time.UTC || i > 0 && o.From.Before(whole[i-1].From) {
				t.Fatalf("%s is not in order", text(whole))
			}
		}
	})
}

// TestOracle compares simple rules with a walk over every day.
func TestOracle(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		start := day("2024-01-01").AddDate(0, 0, rapid.IntRange(0, 900).Draw(t, "start")).Add(9*time.Hour + 30*time.Minute)
		name := rapid.SampledFrom(zones).Draw(t, "zone")
		n := rapid.IntRange(1, 5).Draw(t, "interval")
		weekdays := rapid.SliceOfNDistinct(rapid.IntRange(0, 6), 1, 7, rapid.ID).Draw(t, "weekdays")
		codes := []string{"SU", "MO", "TU", "WE", "TH", "FR", "SA"}
		var by []string
		for _, d := range weekdays {
			by = append(by, codes[d])
		}
		kind := rapid.SampledFrom([]string{"DAILY", "WEEKLY", "MONTHLY", "YEARLY"}).Draw(t, "freq")
		rule := fmt.Sprintf("FREQ=%s;INTERVAL=%d", kind, n)
		monday := func(d time.Time) time.Time { return d.AddDate(0, 0, -(int(d.Weekday())+6)%7) }
		whole := start.Truncate(24 * time.Hour)
		happens := map[string]func(d time.Time) bool{
			"DAILY":  func(d time.Time) bool { return int(d.Sub(whole).Hours()/24)%n == 0 },
			"WEEKLY": func(d time.Time) bool { return int(monday(d).Sub(monday(whole)).Hours()/168)%n == 0 },
			"MONTHLY": func(d time.Time) bool {
				return d.Day() == start.Day() && ((d.Year()-start.Year())*12+int(d.Month()-start.Month()))%n == 0
			},
			"YEARLY": func(d time.Time) bool {
				return d.Day() == start.Day() && d.Month() == start.Month() && (d.Year()-start.Year())%n == 0
			},
		}[kind]
		if kind == "DAILY" || kind == "WEEKLY" {
			rule += ";BYDAY=" + strings.Join(by, ",")
		}
		loc, err := calendar.ParseZone(name)
		if err != nil {
			t.Fatal(err)
		}
		from := whole.AddDate(0, 0, rapid.IntRange(-10, 2000).Draw(t, "from"))
		to := from.AddDate(0, 0, rapid.IntRange(1, 400).Draw(t, "days"))
		var want []time.Time
		for d := whole; d.Before(to.AddDate(0, 0, 3)); d = d.AddDate(0, 0, 1) {
			if !happens(d) || (kind == "DAILY" || kind == "WEEKLY") && !slices.Contains(weekdays, int(d.Weekday())) {
				continue
			}
			at := time.Date(d.Year(), d.Month(), d.Day(), 9, 30, 0, 0, loc) // no clock changes at this hour
			if !at.Before(from) && at.Before(to) {
				want = append(want, at.UTC())
			}
		}
		got, err := calendar.Timing{Zone: name, Start: start.Format(calendar.Wall), Rule: rule}.Occurrences(from, to)
		if err != nil {
			t.Fatal(err)
		}
		var starts []time.Time
		for _, o := range got {
			starts = append(starts, o.From)
		}
		first, err := calendar.Timing{Zone: "UTC", Start: start.Format(calendar.Wall), Rule: rule}.Occurrences(start, start.Add(time.Second))
		if err != nil || (len(first) == 1) != (calendar.Timing{Start: start.Format(calendar.Wall), Rule: rule}).NamesStart() {
			t.Fatalf("%s from %s: %v, names its start otherwise", rule, start, first)
		}
		if !slices.Equal(starts, want) {
			t.Fatalf("%s from %s in %s\ngot  %v\nwant %v", rule, start, name, starts, want)
		}
	})
}

// FuzzTiming: whatever was stored, an expansion ends, is in order and within the time asked about.
func FuzzTiming(f *testing.F) {
	for _, x := range []calendar.Timing{
		{Zone: "America/New_York", Start: "2026-03-07T02:30:00", Length: time.Hour, Rule: "FREQ=DAILY;COUNT=3", Except: []string{"2026-03-08T02:30:00"}},
		{Zone: "Europe/London", Start: "2026-03-28T00:00:00", AllDay: true, Days: 1, Rule: "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"},
		{Zone: "Pacific/Apia", Start: "2011-12-30T00:00:00", Rule: "FREQ=HOURLY;INTERVAL=5;BYHOUR=3;BYSETPOS=1", Moved: []calendar.Move{{Of: "2011-12-30T00:00:00", Start: "9998-12-31T23:59:59", Days: 3660}}},
		{Zone: "UTC", Start: "0001-01-01T00:00:00", Rule: "FREQ=MONTHLY;BYWEEKNO=53;BYDAY=-53MO;UNTIL=99991231"},
	} {
		b, err := json.Marshal(x)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b, int64(1_770_000_000), int64(40_000_000))
	}
	f.Fuzz(func(t *testing.T, data []byte, at, seconds int64) {
		var x calendar.Timing
		if json.Unmarshal(data, &x) != nil {
			return
		}
		from := time.Unix(at%300_000_000_000, 0)
		to := from.Add(time.Duration(seconds%100_000_000) * time.Second)
		got, err := x.Occurrences(from, to)
		if err != nil {
			if got != nil || release.CodeOf(err) != release.Usage || release.Clean(err.Error(), 0) != err.Error() {
				t.Fatalf("%d beside %q", len(got), err)
			}
			return
		}
		for i, o := range got {
			if o.To.Before(o.From) || !o.From.Before(to) || o.To.Before(from) || i > 0 && o.From.Before(got[i-1].From) {
				t.Fatalf("%+v in %s %s", got, from, to)
			}
		}
	})
}

// BenchmarkNever measures the dearest rules: those that never happen.
func BenchmarkNever(b *testing.B) {
	for _, rule := range []string{"FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", "FREQ=HOURLY;BYMONTH=2;BYMONTHDAY=30", "FREQ=MONTHLY;BYMONTH=2;BYDAY=MO;BYSETPOS=30",
		"FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "FREQ=WEEKLY;BYMONTH=2;BYMONTHDAY=30", "FREQ=DAILY", "FREQ=DAILY;COUNT=10000"} {
		b.Run(rule, func(b *testing.B) {
			x := calendar.Timing{Zone: "Europe/London", Start: "2001-03-02T16:00:00", Length: time.Hour, Rule: rule}
			for b.Loop() {
				if _, err := x.Occurrences(day("2026-01-01"), day("2026-01-08")); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
