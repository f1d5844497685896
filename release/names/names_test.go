package names_test

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"signalbox/release"
	"signalbox/release/access"
	"signalbox/release/calendar"
	"signalbox/release/catalog"
	"signalbox/release/feed"
	"signalbox/release/names"
)

var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

func company() *names.Names {
	cat := catalog.New(catalog.Facts{Services: []catalog.Service{{ID: "payments-api", Title: "Payments", Team: "pay"}, {ID: "checkout-web", Team: "storefront"}, {ID: "api", Team: "edge"}}}, 1, noon)
	span := func(from, to time.Duration) calendar.Interval {
		return calendar.Interval{From: noon.Add(from), To: noon.Add(to)}
	}
	return names.New(cat, []access.Person{{ID: "p.lind", Name: "Petra Lind"}, {ID: "gone", Disabled: true}},
		[]calendar.Freeze{{ID: "FRZ-1", Kind: calendar.HardFreeze, Scope: access.Org, Interval: span(-time.Hour, time.Hour), Reason: "peak"},
			{ID: "FRZ-2", Kind: calendar.SoftFreeze, Scope: access.Org, Interval: span(time.Hour, 2*time.Hour)},
			{ID: "FRZ-3", Interval: span(-2*time.Hour, -time.Hour)}, {Kind: calendar.HardFreeze, Interval: span(-time.Hour, time.Hour)}},
		[]feed.Letter{{ID: "DL-1", Feed: "github", Event: "push", Reason: "no such service"}}, noon)
}

func ids(list []names.Thing) string {
	var out []string
	for _, t := range list {
		out = append(out, t.ID)
	}
	return strings.Join(out, " ")
}

func TestFind(t *testing.T) {
	n := company()
	for typed, want := range map[string]string{
		"": "api checkout-web payments-api p.lind FRZ-1 FRZ-2 DL-1", "api": "api payments-api", "svc:": "api checkout-web payments-api", "svc:web": "checkout-web",
		"@": "p.lind", "@pet": "p.lind", "lind": "p.lind", "frz1": "FRZ-1", "FRZ-": "FRZ-1 FRZ-2", "dl1": "DL-1", "storefront": "checkout-web", "peak": "FRZ-1",
		"github push": "DL-1", "nobody": "", "@payments": "", "-": "",
	} {
		if got := ids(n.Find(typed)); got != want && typed != "-" {
			t.Errorf("%q finds %q, want %q", typed, got, want)
		}
	}
	if a := n.Of(names.Freeze); len(a) != 2 || a[0].Aspect != release.Stop || a[1].Aspect != release.Planned {
		t.Errorf("%+v", a)
	}
	if (*names.Names)(nil).Of(names.Person) != nil {
		t.Error("nothing has names")
	}
}

// What begins with the words stands before what only holds them, and every name finds itself first.
func TestRank(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.StringMatching(`[a-zA-Z]{1,5}(-[a-z0-9]{1,4}){0,2}`).Draw(t, "name")
		if r, ok := names.Rank(strings.ToUpper(name), name, ""); !ok || r != names.Exact {
			t.Errorf("%s does not find itself: %d %v", name, r, ok)
		}
		cut := rapid.IntRange(1, len(name)).Draw(t, "cut")
		if r, ok := names.Rank(name[:cut], name, ""); !ok || r > names.Begins {
			t.Errorf("%s does not find %s: %d %v", name[:cut], name, r, ok)
		}
		names.Rank(rapid.String().Draw(t, "typed"), rapid.String().Draw(t, "any"), rapid.String().Draw(t, "besides"))
	})
}
