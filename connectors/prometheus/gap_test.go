package prometheus

import (
	"context"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"signalbox/release"
	"signalbox/release/fact"
	"signalbox/release/port"
)

// steady answers every query with one series whose value is 1, at each instant asked about. refuse, where
// given, is asked first, with the number of instants.
func steady(t testing.TB, refuse func(instants int) (int, string)) func(url.Values) (int, string) {
	second := func(s string) int64 {
		n, err := strconv.ParseFloat(s, 64)
		if err != nil || n != float64(int64(n)) {
			t.Errorf("%q is no whole second", s)
		}
		return int64(n)
	}
	return func(f url.Values) (int, string) {
		if f.Get("query") == "vector(1)" {
			return 200, vector(`{"metric":{},"value":[1795507200,"1"]}`)
		}
		if f.Get("path") == "/base/api/v1/query" {
			if refuse != nil {
				if status, body := refuse(1); status != 200 {
					return status, body
				}
			}
			return 200, vector(fmt.Sprintf(`{"metric":{"service":"a"},"value":[%d,"1"]}`, second(f.Get("time"))))
		}
		var values []string
		for at := second(f.Get("start")); at <= second(f.Get("end")); at += second(f.Get("step")) {
			values = append(values, fmt.Sprintf(`[%d,"1"]`, at))
		}
		if len(values) > 11_000 {
			t.Errorf("%d instants are asked about at once", len(values))
		}
		if refuse != nil {
			if status, body := refuse(len(values)); status != 200 {
				return status, body
			}
		}
		return 200, `{"status":"success","data":{"resultType":"matrix","result":[{"metric":{"service":"a"},"values":[` + strings.Join(values, ",") + `]}]}}`
	}
}

// instants lists when the samples of a reading are of.
func instants(p port.Pulled) (out []time.Time) {
	for _, f := range p.Facts {
		for _, s := range f.(fact.Measured).Samples {
			out = append(out, s.At)
		}
	}
	return out
}

func TestCatchUp(t *testing.T) {
	for name, c := range map[string]struct {
		cursor      string
		first       string // and last is tick
		number      int
		asked       string // path of the first question
		note        string
		cursorAfter string
	}{
		"no cursor":          {"", "08:00:00", 1, "query", "", "08:00:00"},
		"no instant":         {"12", "08:00:00", 1, "query", "", "08:00:00"},
		"the one before":     {"2026-11-24T07:59:45Z", "08:00:00", 1, "query", "", "08:00:00"},
		"two":                {"2026-11-24T07:59:30Z", "07:59:45", 2, "query_range", "", "08:00:00"},
		"off the grid":       {"2026-11-24T07:58:52Z", "07:59:00", 5, "query_range", "", "08:00:00"},
		"another zone":       {"2026-11-24T08:59:00+01:00", "07:59:15", 4, "query_range", "", "08:00:00"},
		"an hour":            {"2026-11-24T07:00:00Z", "07:00:15", 240, "query_range", "", "08:00:00"},
		"six hours":          {"2026-11-24T02:00:00Z", "02:00:15", 1440, "query_range", "", "08:00:00"},
		"more":               {"2026-11-24T01:59:45Z", "02:00:15", 1440, "query_range", "not read: what lies between 2026-11-24 02:00:00Z and 2026-11-24 02:00:15Z; a reading goes back 6h0m0s at most", "08:00:00"},
		"a year":             {"2025-11-24T01:59:45Z", "02:00:15", 1440, "query_range", "not read: ", "08:00:00"},
		"now":                {"2026-11-24T08:00:00Z", "", 0, "query", "", "08:00:00"},
		"a little later":     {"2026-11-24T08:00:15Z", "", 0, "query", "", "08:00:15"},
		"from another clock": {"2026-11-24T08:00:30Z", "08:00:00", 1, "query", "", "08:00:00"},
	} {
		t.Run(name, func(t *testing.T) {
			p, r := puller(t, steady(t, nil))
			got, err := p.Pull(context.Background(), c.cursor, now)
			if err != nil {
				t.Fatal(err)
			}
			at := instants(got)
			if len(at) != c.number || got.Unchanged != (c.number == 0) || r.asked[0].Get("path") != "/base/api/v1/"+c.asked {
				t.Fatalf("%d instants, %s", len(at), brief(got))
			}
			for i := range at {
				if want := tick.Add(-time.Duration(len(at)-1-i) * 15 * time.Second); !at[i].Equal(want) {
					t.Fatalf("instant %d is %s, want %s", i, at[i], want)
				}
			}
			if c.number > 0 && at[0].Format("15:04:05") != c.first {
				t.Errorf("starts at %s", at[0])
			}
			if got.Cursor != "2026-11-24T"+c.cursorAfter+"Z" {
				t.Errorf("cursor %s", got.Cursor)
			}
			if len(got.Notes) > 1 || (len(got.Notes) == 1) != (c.note != "") || c.note != "" && !strings.HasPrefix(got.Notes[0], c.note) || got.Refused != nil {
				t.Errorf("notes %v, refused %v", got.Notes, got.Refused)
			}
		})
	}
}

// TestCatchUpHalves: where a range is too much for the other side, less is asked about at once.
func TestCatchUpHalves(t *testing.T) {
	p, _ := puller(t, steady(t, func(n int) (int, string) {
		if n > 20 {
			return 422, `{"status":"error","errorType":"execution","error":"query processing would load too many samples into memory"}`
		}
		return 200, ""
	}))
	got, err := p.Pull(context.Background(), "2026-11-24T07:00:00Z", now)
	if err != nil || len(instants(got)) != 240 || got.Notes != nil {
		t.Fatalf("%v: %d instants, %v", err, len(instants(got)), got.Notes)
	}
}

// TestCatchUpGoesOn: what was read before a failure is kept, and the next reading begins behind it.
func TestCatchUpGoesOn(t *testing.T) {
	calls := 0
	p, _ := puller(t, steady(t, func(int) (int, string) {
		if calls++; calls == 12 {
			return 502, ""
		}
		return 200, ""
	}))
	first, err := p.Pull(context.Background(), "2026-11-24T02:00:00Z", now)
	if err != nil || len(instants(first)) != 480 || first.Cursor != "2026-11-24T04:00:00Z" || len(first.Notes) != 1 ||
		first.Notes[0] != "read up to 2026-11-24 04:00:00Z only: prometheus at prometheus.example.com answered HTTP 502" {
		t.Fatalf("%v: %d instants, %s, %v", err, len(instants(first)), first.Cursor, first.Notes)
	}
	second, err := p.Pull(context.Background(), first.Cursor, now.Add(15*time.Second))
	if err != nil || len(instants(second)) != 961 || !instants(second)[0].Equal(time.Date(2026, 11, 24, 4, 0, 15, 0, time.UTC)) {
		t.Fatalf("%v: %d instants", err, len(instants(second)))
	}
}

// TestEveryInstantOnce: whatever fails and however late the readings are, every instant of the grid comes once.
func TestEveryInstantOnce(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		fails := rapid.SampledFrom([]int{200, 200, 200, 200, 200, 200, 200, 502, 401, 422})
		p, _ := puller(t, steady(t, func(int) (int, string) {
			return fails.Draw(r, "status"), `{"status":"error","errorType":"execution","error":"x"}`
		}))
		at, cursor, seen := now, "", map[time.Time]int{}
		var last time.Time
		for range rapid.IntRange(1, 12).Draw(r, "readings") {
			at = at.Add(time.Duration(rapid.IntRange(0, 3000).Draw(r, "seconds")) * time.Second)
			got, err := p.Pull(context.Background(), cursor, at)
			if err != nil {
				if release.CodeOf(err) == release.Internal {
					r.Fatal(err)
				}
				continue
			}
			cursor = got.Cursor
			for _, i := range instants(got) {
				if seen[i]++; seen[i] > 1 {
					r.Fatalf("%s came twice", i)
				}
				if !last.IsZero() && !i.Equal(last.Add(15*time.Second)) {
					r.Fatalf("%s follows %s", i, last)
				}
				last = i
			}
		}
	})
}
