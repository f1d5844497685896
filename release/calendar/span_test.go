package calendar_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"signalbox/release"
	"signalbox/release/access"
	"signalbox/release/calendar"
)

var week = calendar.Interval{From: time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC), To: time.Date(2026, 11, 30, 0, 0, 0, 0, time.UTC)}

func instant(t string) time.Time {
	at, err := time.Parse("2006-01-02 15:04", "2026-"+t)
	if err != nil {
		panic(err)
	}
	return at
}

func lane(service, team, region string) calendar.Lane {
	return calendar.Lane{Service: service, Team: team, Regions: []string{region},
		Targets: []access.Target{{Service: service, Team: team, Regions: []string{region}, Environment: "production"}}}
}

func plan() calendar.Plan {
	return calendar.Plan{Interval: week, AsOf: noon, Known: week.To.AddDate(0, 1, 0),
		Lanes: []calendar.Lane{lane("stray", "", "nyc"), lane("search", "web", "lon"), lane("api", "pay", "sin"), lane("checkout", "web", "lon")}}
}

func entry(uid string, k calendar.Kind, scope access.Scope, start string, length time.Duration, rule string) calendar.Entry {
	return calendar.Entry{Source: "cal", ExternalID: uid, Kind: k, Scope: scope, Title: uid, Timing: calendar.Timing{Zone: "Europe/London", Start: "2026-" + start + ":00", Length: length, Rule: rule}}
}

func keys(s *calendar.Span) string {
	var out []string
	for _, i := range s.Items {
		out = append(out, i.Key)
	}
	return strings.Join(out, " ")
}

func TestLay(t *testing.T) {
	p := plan()
	p.Freezes = []calendar.Freeze{
		{ID: "FRZ-1", Kind: calendar.HardFreeze, Scope: "org", Interval: calendar.Interval{From: instant("11-27 00:00"), To: instant("12-01 00:00")}},
		{ID: "FRZ-2", Kind: calendar.SoftFreeze, Scope: "team:web", Interval: calendar.Interval{From: instant("11-24 09:00"), To: instant("11-24 20:00")}, LiftedAt: instant("11-24 11:00")},
		{ID: "FRZ-3", Kind: calendar.HardFreeze, Scope: "org", Interval: calendar.Interval{From: instant("11-26 00:00"), To: instant("11-27 00:00")}, LiftedAt: instant("11-24 08:00")},
	}
	p.Entries = []calendar.Entry{entry("eod", calendar.Batch, "service:api", "11-20T20:20", 2*time.Hour, "FREQ=DAILY;COUNT=6"),
		entry("later", calendar.Maintenance, "region:lon", "12-03T01:00", time.Hour, ""), entry("never", calendar.Vendor, "service:gone", "11-28T01:00", time.Hour, "FREQ=SOMETIMES")}
	p.Releases = []calendar.Item{{Key: "CHG-2", Kind: calendar.Release, Change: "CHG-2", Service: "search", Interval: calendar.Interval{From: instant("11-24 10:00"), To: instant("11-25 10:00")}},
		{Key: "RO-4", Kind: calendar.Release, Rollout: "RO-4", Service: "unknown:x", Interval: calendar.Interval{From: instant("11-24 11:00"), To: instant("11-24 11:00")}}}
	s := calendar.Lay(p)

	if want := "cal/eod/2026-11-23T20:20:00Z FRZ-2 CHG-2 RO-4 cal/eod/2026-11-24T20:20:00Z cal/eod/2026-11-25T20:20:00Z FRZ-1"; keys(s) != want {
		t.Errorf("the items are\n%s\nwant\n%s", keys(s), want)
	}
	if i := s.Find("FRZ-2"); !i.To.Equal(instant("11-24 11:00")) || !slices.Equal(i.Lanes, []int{1, 2}) {
		t.Errorf("a freeze that was lifted: %+v", i)
	}
	if i := s.Find("RO-4"); i.Lanes != nil || i.Label() != "RO-4" {
		t.Errorf("a rollout of no service: %+v", i)
	}
	if i := s.Find("CHG-2"); i.Label() != "2" || !slices.Equal(i.Lanes, []int{2}) {
		t.Errorf("a change: %+v", i)
	}
	if s.Next == nil || s.Next.Title != "later" {
		t.Errorf("next is %+v", s.Next)
	}
	if len(s.Unread) != 1 || s.Unread[0].Title != "never" || s.Unread[0].Reason == "" {
		t.Errorf("unread: %+v", s.Unread)
	}
	var order []string
	for _, l := range s.Lanes {
		order = append(order, l.Service)
	}
	if strings.Join(order, " ") != "api checkout search stray" {
		t.Errorf("the lanes are %v", order)
	}
	for _, k := range []struct {
		day  string
		want calendar.Load
	}{
		{"11-23", calendar.Load{Lanes: 4}}, {"11-24", calendar.Load{Releases: 2, Lanes: 4}}, {"11-25", calendar.Load{Releases: 1, Lanes: 4}}, {"11-27", calendar.Load{Lanes: 4, Frozen: 4}},
	} {
		from := instant(k.day + " 00:00")
		if got := s.Load(from, from.AddDate(0, 0, 1)); got != k.want {
			t.Errorf("on %s %+v, want %+v", k.day, got, k.want)
		}
	}
}

// A freeze that cannot be laid out bars all the time that was asked about; one from a dark calendar is dark.
func TestWhatIsNotKnownIsNotClear(t *testing.T) {
	p := plan()
	p.Entries = []calendar.Entry{entry("broken", calendar.FreezePeriod, "team:pay", "11-20T20:20", time.Hour, "FREQ=SOMETIMES"), entry("eod", calendar.Batch, "org", "11-24T20:20", time.Hour, "")}
	p.Sources = []calendar.Source{{Name: "cal", Calendar: true, Dark: true}}
	p.Lanes[1].Dark = "cal"
	s := calendar.Lay(p)
	if f := s.Items[0]; f.Title != "broken" || f.From.After(week.From) || f.To.Before(week.To) || f.Hardness != calendar.HardFreeze || f.Aspect != release.Dark {
		t.Errorf("the freeze is %+v", f)
	}
	if s.Items[1].Aspect != release.Dark {
		t.Errorf("the batch is %+v", s.Items[1])
	}
	for _, l := range s.Lanes {
		if open := l.Service == "checkout" || l.Service == "stray"; l.Free.IsZero() == open {
			t.Errorf("%s is free from %v", l.Service, l.Free)
		}
	}
	if !s.Load(week.From, week.To).Dark {
		t.Error("a load that may be more says it is all")
	}
}

func TestFree(t *testing.T) {
	hours := func(from, to int) calendar.Interval {
		return calendar.Interval{From: noon.Add(time.Duration(from) * time.Hour), To: noon.Add(time.Duration(to) * time.Hour)}
	}
	for _, k := range []struct {
		name            string
		frozen, windows []calendar.Interval
		want            time.Duration
		none            bool
	}{
		{name: "now", want: 0},
		{name: "after the freeze", frozen: []calendar.Interval{hours(-2, 3)}, want: 3 * time.Hour},
		{name: "touching and overlapping freezes", frozen: []calendar.Interval{hours(-2, 3), hours(3, 5), hours(4, 9)}, want: 9 * time.Hour},
		{name: "a freeze to come", frozen: []calendar.Interval{hours(1, 5)}, want: 0},
		{name: "in a window", windows: []calendar.Interval{hours(-1, 1)}, want: 0},
		{name: "the next window", windows: []calendar.Interval{hours(-5, -1), hours(6, 8)}, want: 6 * time.Hour},
		{name: "a freeze beats a window", frozen: []calendar.Interval{hours(5, 9)}, windows: []calendar.Interval{hours(6, 8), hours(20, 22)}, want: 20 * time.Hour},
		{name: "what a freeze leaves of a window", frozen: []calendar.Interval{hours(5, 7)}, windows: []calendar.Interval{hours(6, 8)}, want: 7 * time.Hour},
		{name: "no window any more", windows: []calendar.Interval{hours(-5, -1)}, none: true},
		{name: "frozen throughout", frozen: []calendar.Interval{hours(-1, 9999)}, none: true},
	} {
		p := plan()
		for n, f := range k.frozen {
			p.Freezes = append(p.Freezes, calendar.Freeze{ID: fmt.Sprintf("FRZ-%d", n), Scope: "team:pay", Interval: f})
		}
		for n, w := range k.windows {
			e := entry(fmt.Sprintf("w%d", n), calendar.ChangeWindow, "team:pay", w.From.Format("01-02T15:04"), w.To.Sub(w.From), "")
			e.Timing.Zone = "UTC"
			p.Entries = append(p.Entries, e)
		}
		s := calendar.Lay(p)
		if got := s.Lanes[0].Free; got.IsZero() != k.none || !k.none && got.Sub(noon) != k.want {
			t.Errorf("%s: free from %v, want noon + %s", k.name, got, k.want)
		}
		if !s.Lanes[1].Free.Equal(noon) {
			t.Errorf("%s: another lane is free from %v", k.name, s.Lanes[1].Free)
		}
	}
}

// Whatever is planned: an item is listed if and only if it shares time with the span, they are in order, and no
// instant given as free lies in a freeze of its lane.
func TestLayProperties(t *testing.T) {
	scopes := []access.Scope{"org", "team:web", "service:api", "region:lon", "team:gone"}
	rapid.Check(t, func(t *rapid.T) {
		p := plan()
		for n := range rapid.IntRange(0, 12).Draw(t, "freezes") {
			from := week.From.Add(time.Duration(rapid.IntRange(-100, 400).Draw(t, "from")) * time.Hour)
			p.Freezes = append(p.Freezes, calendar.Freeze{ID: fmt.Sprintf("FRZ-%d", n), Kind: calendar.HardFreeze, Scope: rapid.SampledFrom(scopes).Draw(t, "scope"),
				Interval: calendar.Interval{From: from, To: from.Add(time.Duration(rapid.IntRange(1, 200).Draw(t, "hours")) * time.Hour)}})
		}
		s := calendar.Lay(p)
		for _, f := range p.Freezes {
			if (s.Find(f.ID) != nil) != f.Overlaps(week) {
				t.Fatalf("%s %v in the week: %v", f.ID, f.Interval, s.Find(f.ID) != nil)
			}
			for _, l := range s.Lanes {
				if !l.Free.IsZero() && f.Contains(l.Free) && slices.ContainsFunc(l.Targets, f.Scope.Covers) {
					t.Fatalf("%s is free at %v, in %+v", l.Service, l.Free, f)
				}
			}
		}
		if !slices.IsSortedFunc(s.Items, func(a, b calendar.Item) int { return a.From.Compare(b.From) }) {
			t.Fatal("out of order")
		}
		if s.Next != nil && s.Next.From.Before(week.To) {
			t.Fatalf("next is %+v", s.Next)
		}
	})
}

func BenchmarkLay(b *testing.B) {
	p := plan()
	p.Lanes = nil
	for n := range 200 {
		p.Lanes = append(p.Lanes, lane(fmt.Sprintf("s%d", n), fmt.Sprintf("t%d", n%20), "lon"))
	}
	for n := range 10_000 {
		start := week.From.Add(time.Duration(n%168) * time.Hour)
		rule := ""
		if n%4 == 0 {
			rule = "FREQ=WEEKLY"
		}
		p.Entries = append(p.Entries, entry(fmt.Sprintf("e%d", n), calendar.Maintenance, access.Scope(fmt.Sprintf("service:s%d", n%200)), start.Format("01-02T15:04"), time.Hour, rule))
	}
	for b.Loop() {
		calendar.Lay(p)
	}
}
