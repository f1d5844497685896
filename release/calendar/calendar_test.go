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

var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

func intervals() *rapid.Generator[calendar.Interval] {
	return rapid.Custom(func(t *rapid.T) calendar.Interval {
		from := noon.Add(time.Duration(rapid.IntRange(0, 6).Draw(t, "from")) * time.Hour)
		return calendar.Interval{From: from, To: from.Add(time.Duration(rapid.IntRange(1, 6).Draw(t, "hours")) * time.Hour)}
	})
}

func TestIntervalProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := intervals().Draw(t, "a"), intervals().Draw(t, "b")
		if !a.Contains(a.From) || !a.Contains(a.To.Add(-1)) || a.Contains(a.To) || a.Contains(a.From.Add(-1)) {
			t.Fatalf("%v is not half-open", a)
		}
		// On whole hours two intervals share an instant only if they share a full hour.
		shared := false
		for h := range 13 {
			at := noon.Add(time.Duration(h) * time.Hour)
			shared = shared || (a.Contains(at) && b.Contains(at))
		}
		if a.Overlaps(b) != shared || b.Overlaps(a) != shared {
			t.Fatalf("%v and %v overlap: %v, share an hour: %v", a, b, a.Overlaps(b), shared)
		}
		next := calendar.Interval{From: a.To, To: a.To.Add(time.Hour)}
		if a.Overlaps(next) || next.Overlaps(a) {
			t.Fatalf("%v touches %v and overlaps", a, next)
		}
		if !a.Overlaps(a) {
			t.Fatalf("%v does not overlap itself", a)
		}
	})
}

// An instant is the same in every zone: a freeze written in New York bars in Singapore too.
func TestIntervalIgnoresZones(t *testing.T) {
	east := time.FixedZone("east", 8*3600)
	i := calendar.Interval{From: noon.In(east), To: noon.Add(time.Hour)}
	if !i.Contains(noon) || i.Contains(noon.Add(time.Hour).In(east)) {
		t.Errorf("%v depends on the zone", i)
	}
}

func freeze(edit func(*calendar.Freeze)) calendar.Freeze {
	f := calendar.Freeze{ID: "FRZ-1", Kind: calendar.HardFreeze, Scope: "region:emea",
		Interval: calendar.Interval{From: noon, To: noon.Add(time.Hour)}, Reason: "quarter end closing of the books"}
	if edit != nil {
		edit(&f)
	}
	return f
}

func TestBars(t *testing.T) {
	emea, apac := access.Target{Service: "pay", Regions: []string{"emea"}}, access.Target{Service: "pay", Regions: []string{"apac"}}
	soft := func(f *calendar.Freeze) { f.Kind = calendar.SoftFreeze }
	lifted := func(at time.Duration) func(*calendar.Freeze) {
		return func(f *calendar.Freeze) { f.LiftedAt = noon.Add(at) }
	}
	for _, c := range []struct {
		name      string
		edit      func(*calendar.Freeze)
		target    access.Target
		at        time.Duration
		emergency bool
		in, bars  bool
	}{
		{"hard", nil, emea, 0, false, true, true},
		{"hard, emergency", nil, emea, 0, true, true, true},
		{"soft", soft, emea, 0, false, true, true},
		{"soft, emergency", soft, emea, 0, true, true, false},
		{"another region", nil, apac, 0, false, true, false},
		{"the organisation itself is not in a region", nil, access.Target{}, 0, false, true, false},
		{"an instant before", nil, emea, -1, false, false, false},
		{"the last instant", nil, emea, time.Hour - 1, false, true, true},
		{"at its end", nil, emea, time.Hour, false, false, false},
		{"before it is lifted", lifted(time.Minute), emea, time.Minute - 1, false, true, true},
		{"at the instant it is lifted", lifted(time.Minute), emea, time.Minute, false, false, false},
		{"lifted before it began", lifted(-time.Hour), emea, 0, false, false, false},
		{"everywhere", func(f *calendar.Freeze) { f.Scope = access.Org }, apac, 0, false, true, true},
	} {
		f := freeze(c.edit)
		at := noon.Add(c.at)
		if f.In(at) != c.in || f.Bars(c.target, at, c.emergency) != c.bars {
			t.Errorf("%s: in force %v, bars %v", c.name, f.In(at), f.Bars(c.target, at, c.emergency))
		}
	}
}

func TestCheck(t *testing.T) {
	for _, c := range []struct {
		name string
		edit func(*calendar.Freeze)
		code release.Code
		says string
	}{
		{"good", nil, "", ""},
		{"soft", func(f *calendar.Freeze) { f.Kind = calendar.SoftFreeze }, "", ""},
		{"a third kind", func(f *calendar.Freeze) { f.Kind = "icy\x1b" }, release.Usage, `hard or soft, not "icy"`},
		{"empty", func(f *calendar.Freeze) { f.To = f.From }, release.Usage, "would end before it begins"},
		{"backwards", func(f *calendar.Freeze) { f.To = f.From.Add(-1) }, release.Usage, "would end before it begins"},
		{"no scope", func(f *calendar.Freeze) { f.Scope = "" }, release.Usage, "the scope is empty"},
		{"a bad scope", func(f *calendar.Freeze) { f.Scope = "planet:earth" }, release.Usage, `"planet:earth" is not a scope`},
		{"fourteen characters", func(f *calendar.Freeze) { f.Reason = strings.Repeat("é", 14) }, release.Refused, "has 14 characters"},
		{"fifteen characters", func(f *calendar.Freeze) { f.Reason = strings.Repeat("é", 15) }, "", ""},
		{"blanks", func(f *calendar.Freeze) { f.Reason = strings.Repeat(" ", 40) }, release.Refused, "has 0 characters"},
	} {
		err := freeze(c.edit).Check()
		if release.CodeOf(err) != c.code || (err != nil && (!strings.Contains(err.Error(), c.says) || release.AsError(err).Try == "")) {
			t.Errorf("%s: %v, want code %q and %q", c.name, err, c.code, c.says)
		}
	}
}
