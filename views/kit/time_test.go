package kit

import (
	"testing"
	"time"
	_ "time/tzdata"

	"signalbox/release"
)

func at(s string) time.Time {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		panic(err)
	}
	return t
}

func zone(t *testing.T, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func TestSpanAndLength(t *testing.T) {
	for in, want := range map[string]string{
		"0s": "0s", "58s": "58s", "59.9s": "59s", "1m": "1m00s", "4m41s": "4m41s", "6m2s": "6m02s", "9m59s": "9m59s", "10m": "10m", "14m59s": "14m",
		"1h": "1h00m", "1h25m": "1h25m", "9h59m": "9h59m", "10h30m": "10h", "21h": "21h", "26h56m": "26h", "47h59m": "47h",
		"48h": "2d", "59h": "2d11h", "119h": "4d23h", "120h": "5d", "150h": "6d", "2160h": "90d", "36000h": "1500d", "-1h25m": "1h25m",
		"2562047h": "106751d",
	} {
		d, err := time.ParseDuration(in)
		if err != nil {
			t.Fatal(err)
		}
		if got := Span(d); got != want {
			t.Errorf("Span(%s) = %q, want %q", in, got, want)
		}
	}
	if got := Span(-1 << 63); got != "106751d" {
		t.Errorf("the shortest duration is %q", got)
	}
	for in, want := range map[string]string{
		"0s": "0s", "30s": "30s", "3m": "3m", "10m": "10m", "90m": "1h30m", "24h": "24h", "48h": "2d", "50h": "50h", "2160h": "90d", "1h0m5s": "1h5s", "-10m": "−10m",
	} {
		d, _ := time.ParseDuration(in)
		if got := Length(d); got != want {
			t.Errorf("Length(%s) = %q, want %q", in, got, want)
		}
	}
}

func TestInstants(t *testing.T) {
	now := at("2026-11-24T12:04:31Z") // Tuesday
	sin, nyc, kol := zone(t, "Asia/Singapore"), zone(t, "America/New_York"), zone(t, "Asia/Kolkata")
	for _, tc := range []struct {
		at   string
		zone *time.Location
		want string
	}{
		{"2026-11-24T13:30:00Z", time.UTC, "13:30Z"},
		{"2026-11-24T13:30:00Z", sin, "21:30+8"},
		{"2026-11-24T13:30:00Z", nyc, "08:30−5"},
		{"2026-11-24T13:30:00Z", kol, "19:00+5:30"},
		{"2026-11-25T02:00:00Z", time.UTC, "Wed 02:00Z"},
		{"2026-11-25T02:00:00Z", nyc, "21:00−5"}, // still Tuesday there
		{"2026-11-24T17:00:00Z", sin, "Wed 01:00+8"},
		{"2026-11-23T16:20:00Z", time.UTC, "Mon 16:20Z"},
		{"2026-11-22T16:20:00Z", time.UTC, "Sun 22 Nov"},
		{"2026-11-30T09:00:00Z", time.UTC, "Mon 30 Nov"},
		{"2027-01-15T09:00:00Z", time.UTC, "15 Jan 2027"},
		{"2026-01-05T09:00:00Z", time.UTC, "Mon 5 Jan"},
	} {
		if got := Instant(at(tc.at), now, tc.zone); got != tc.want {
			t.Errorf("Instant(%s, %s) = %q, want %q", tc.at, tc.zone, got, tc.want)
		}
	}
	// The last days of a year and the first of the next are one ISO week: the weekday is enough.
	if got := Instant(at("2027-01-01T09:00:00Z"), at("2026-12-30T09:00:00Z"), time.UTC); got != "Fri 09:00Z" {
		t.Errorf("over new year: %q", got)
	}
	if got := Instant(time.Time{}, now, time.UTC); got != Unknown {
		t.Errorf("no time: %q", got)
	}
	for _, tc := range []struct{ got, want string }{
		{Seconds(now, time.UTC), "12:04:31Z"}, {Clock(now, sin), "20:04+8"}, {Date(now, time.UTC), "Tue 24 Nov"},
		{Ago(at("2026-11-24T11:58:29Z"), now), "6m02s ago"}, {Age(now.Add(time.Hour), now), "0s"},
	} {
		if tc.got != tc.want {
			t.Errorf("got %q, want %q", tc.got, tc.want)
		}
	}
}

func TestWindows(t *testing.T) {
	now := at("2026-11-24T12:04:31Z")
	nyc := zone(t, "America/New_York")
	for _, tc := range []struct {
		from, to string
		zone     *time.Location
		want     string
	}{
		{"2026-11-24T14:00:00Z", "2026-11-24T18:00:00Z", time.UTC, "14:00–18:00Z"},
		{"2026-11-25T14:00:00Z", "2026-11-25T18:00:00Z", time.UTC, "Wed 14:00–18:00Z"},
		{"2026-11-25T14:00:00Z", "2026-11-26T00:00:00Z", time.UTC, "Wed 14:00–24:00Z"},
		{"2026-12-01T14:00:00Z", "2026-12-01T18:00:00Z", time.UTC, "Tue 1 Dec 14:00–18:00Z"},
		{"2027-02-01T14:00:00Z", "2027-02-01T18:00:00Z", time.UTC, "1 Feb 2027 14:00–18:00Z"},
		{"2026-11-27T18:00:00Z", "2026-12-01T06:00:00Z", time.UTC, "Fri 18:00Z – Tue 1 Dec"},
		{"2026-11-01T05:00:00Z", "2026-11-01T08:00:00Z", nyc, "Sun 1 Nov 01:00−4–03:00−5"}, // clocks go back between
	} {
		if got := Window(at(tc.from), at(tc.to), now, tc.zone); got != tc.want {
			t.Errorf("Window(%s, %s) = %q, want %q", tc.from, tc.to, got, tc.want)
		}
	}
}

func TestDeadlines(t *testing.T) {
	now := at("2026-11-24T12:04:31Z")
	for _, tc := range []struct {
		at         string
		person     bool
		when, left Run
	}{
		{"2026-11-24T13:30:00Z", true, T("13:30Z", Meta()), T("1h25m", Reason(release.Caution))},
		{"2026-11-24T13:30:00Z", false, T("13:30Z", Meta()), T("1h25m", Plain())},
		{"2026-11-24T16:30:00Z", true, T("16:30Z", Meta()), T("4h25m", Strong())},
		{"2026-11-24T12:00:00Z", false, T("12:00Z", Meta()), T("over 4m31s", Reason(release.Stop))},
	} {
		when, left := Deadline(at(tc.at), now, time.UTC, tc.person)
		if when != tc.when || left != tc.left {
			t.Errorf("%s: %+v %+v", tc.at, when, left)
		}
	}
}
