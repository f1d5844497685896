package calendar_test

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"signalbox/release"
	"signalbox/release/access"
	"signalbox/release/calendar"
)

func date(s string) time.Time {
	d, err := time.Parse(time.DateOnly, s)
	if err != nil {
		panic(err)
	}
	return d
}

// TestStep: steps land on business days, and count nothing else.
func TestStep(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := calendar.Workdays{Weekend: rapid.SliceOfNDistinct(rapid.SampledFrom([]time.Weekday{0, 1, 4, 5, 6}), 0, 3, rapid.ID[time.Weekday]).Draw(t, "weekend"), Off: map[time.Time]bool{}}
		start := date("2026-01-01")
		for _, n := range rapid.SliceOfN(rapid.IntRange(0, 400), 0, 60).Draw(t, "holidays") {
			w.Off[start.AddDate(0, 0, n)] = true
		}
		from := start.AddDate(0, 0, rapid.IntRange(100, 300).Draw(t, "from"))
		n := rapid.IntRange(-20, 20).Draw(t, "n")
		got, ok := w.Step(from, n)
		zero, _ := w.Step(from, 0)
		if !ok || !w.Works(got) || !w.Works(zero) || zero.After(from) {
			t.Fatalf("%v steps from %v: %v, %v", n, from, got, zero)
		}
		for d := zero.AddDate(0, 0, 1); !d.After(from); d = d.AddDate(0, 0, 1) {
			if w.Works(d) {
				t.Fatalf("%v is a business day nearer to %v than %v", d, from, zero)
			}
		}
		between := 0
		for d := zero; !d.Equal(got); {
			way := 1
			if n < 0 {
				way = -1
			}
			if d = d.AddDate(0, 0, way); w.Works(d) {
				between += way
			}
		}
		if between != n {
			t.Fatalf("%d business days from %v to %v, not %d", between, zero, got, n)
		}
	})
}

func holiday(id, zone, start string, days int, scope access.Scope, rule string) calendar.Entry {
	return calendar.Entry{Source: "hr", ExternalID: id, Kind: calendar.Holiday, Scope: scope, Title: id, Revision: 1, UpdatedAt: date("2026-01-02"),
		Timing: calendar.Timing{Zone: zone, Start: start + "T00:00:00", AllDay: true, Days: days, Rule: rule}}
}

func closing(c calendar.Closing) calendar.Entry {
	return calendar.Entry{Source: "finance", ExternalID: "close", Kind: calendar.AuditPeriod, Scope: "unit:acme-uk", Title: "Quarter's close", Revision: 2, UpdatedAt: date("2026-01-01"),
		Timing: calendar.Timing{Zone: "Europe/London", Closing: &c}}
}

var close5to3 = calendar.Closing{Every: calendar.Quarter, First: -5, Last: 3, Holidays: "unit:acme-uk", Weekend: []time.Weekday{time.Saturday, time.Sunday}, Since: "2026-01-01", Until: "2027-12-31"}

func TestSettle(t *testing.T) {
	given := []calendar.Entry{closing(close5to3),
		holiday("christmas", "Europe/London", "2026-12-25", 1, "unit:acme-uk", "FREQ=YEARLY"),
		holiday("boxing day, observed", "Europe/London", "2026-12-28", 1, "unit:acme-uk", ""),
		holiday("new year", "Europe/London", "2027-01-01", 1, access.Org, ""),
		holiday("elsewhere", "America/New_York", "2026-12-30", 1, "unit:acme-us", "")}
	half := holiday("half a day", "Europe/London", "2026-12-24", 1, access.Org, "")
	half.Timing.AllDay, half.Timing.Days, half.Timing.Length = false, 0, 12*time.Hour
	given = append(given, half)
	out := calendar.Settle(given, 9)
	if given[0].Timing.Closing == nil || out[0].Timing.Closing != nil || out[0].Revision != 9 || !out[0].UpdatedAt.Equal(date("2026-01-02")) {
		t.Fatalf("%+v", out[0])
	}
	happens, err := out[0].Occurrences(date("2026-01-01"), date("2028-02-01"))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, o := range happens {
		loc, _ := calendar.ParseZone("Europe/London")
		got = append(got, o.From.In(loc).Format(time.DateOnly)+" "+o.To.In(loc).Format("2006-01-02T15:04")+" "+o.Title)
	}
	want := strings.Join([]string{
		"2026-03-24 2026-04-04T00:00 Quarter's close",
		"2026-06-23 2026-07-04T00:00 Quarter's close",
		"2026-09-23 2026-10-06T00:00 Quarter's close",
		// The 31st is the last business day. Back from it 30, 29, 24, 23, 22, for 25 and 28 are off; on from it 4, 5, 6.
		"2026-12-22 2027-01-07T00:00 Quarter's close",
		"2027-03-24 2027-04-06T00:00 Quarter's close",
		"2027-06-23 2027-07-06T00:00 Quarter's close",
		"2027-09-23 2027-10-06T00:00 Quarter's close",
		"2027-12-24 2028-01-06T00:00 Quarter's close (holidays of 2028 not known)",
	}, "\n")
	if text := strings.Join(got, "\n"); text != want {
		t.Errorf("got\n%s\nwant\n%s", text, want)
	}
	if _, err := given[0].Occurrences(date("2026-01-01"), date("2027-01-01")); release.CodeOf(err) != release.Usage {
		t.Errorf("without its holidays it was expanded: %v", err)
	}
	if err := given[0].Timing.Check(); err != nil {
		t.Error(err)
	}
	alone := calendar.Settle(given[:1], 3)
	happens, _ = alone[0].Occurrences(date("2026-12-01"), date("2027-01-01"))
	if len(happens) != 1 || happens[0].Title != "Quarter's close (holidays of 2026 not known)" {
		t.Errorf("without any holiday: %v", happens)
	}
	plain := given[1:]
	if again := calendar.Settle(plain, 3); &again[0] != &plain[0] {
		t.Error("what needs no settling was copied")
	}
}

// TestSettledPeriods: whatever the holidays are, periods begin and end on business days, and hold as many as were asked for.
func TestSettledPeriods(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := close5to3
		c.Every = rapid.SampledFrom(calendar.Everys).Draw(t, "every")
		c.First = rapid.IntRange(-12, 6).Draw(t, "first")
		c.Last = c.First + rapid.IntRange(0, 12).Draw(t, "days")
		c.YearEnds = rapid.IntRange(0, 12).Draw(t, "year ends")
		given := []calendar.Entry{closing(c)}
		w := calendar.Workdays{Weekend: c.Weekend, Off: map[time.Time]bool{}}
		for range rapid.IntRange(0, 30).Draw(t, "holidays") {
			d := date("2025-12-01").AddDate(0, 0, rapid.IntRange(0, 800).Draw(t, "day"))
			given = append(given, holiday(d.Format(time.DateOnly), "Asia/Tokyo", d.Format(time.DateOnly), 1, "unit:acme-uk", ""))
			w.Off[d] = true
		}
		happens, err := calendar.Settle(given, 1)[0].Occurrences(date("2025-06-01"), date("2028-06-01"))
		if err != nil {
			t.Fatal(err)
		}
		if want := map[calendar.Every]int{calendar.Month: 24, calendar.Quarter: 8, calendar.HalfYear: 4, calendar.Year: 2}[c.Every]; len(happens) != want {
			t.Fatalf("%d periods, not %d", len(happens), want)
		}
		loc, _ := calendar.ParseZone("Europe/London")
		for _, o := range happens {
			first := calendar.WallOf(o.From, loc)
			after := calendar.WallOf(o.To, loc)
			n := 0
			for d := first; d.Before(after); d = d.AddDate(0, 0, 1) {
				if w.Works(d) {
					n++
				}
			}
			if !w.Works(first) || !w.Works(after.AddDate(0, 0, -1)) || n != c.Last-c.First+1 {
				t.Fatalf("%v to %v has %d business days", first, after, n)
			}
		}
	})
}

func TestClosingCheck(t *testing.T) {
	for name, change := range map[string]func(*calendar.Closing){
		"is no date since when":              func(c *calendar.Closing) { c.Since = "soon" },
		"is no date until which":             func(c *calendar.Closing) { c.Until = "2025-01-01" },
		"is no end that":                     func(c *calendar.Closing) { c.Every = "week-end" },
		"would end before it begins":         func(c *calendar.Closing) { c.First, c.Last = 3, -5 },
		"more than 60 business days":         func(c *calendar.Closing) { c.Last = 61 },
		"13 is no month":                     func(c *calendar.Closing) { c.YearEnds = 13 },
		"has too few business days":          func(c *calendar.Closing) { c.Weekend = []time.Weekday{0, 1, 2, 3, 4, 5} },
		"no such end lies between its first": func(c *calendar.Closing) { c.Since, c.Until = "2026-01-05", "2026-01-06" },
	} {
		c := close5to3
		change(&c)
		if err := (calendar.Timing{Zone: "UTC", Closing: &c}).Check(); release.CodeOf(err) != release.Usage || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
