package csv_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"signalbox/connectors/csv"
	"signalbox/release/fact"
)

const tables = "../../testdata/csv"

// brief writes what a table said, a line for each thing.
func brief(f fact.Fact) []string {
	var out []string
	add := func(format string, args ...any) {
		out = append(out, strings.TrimRight(fmt.Sprintf(format, args...), " "))
	}
	var refused []fact.Refusal
	switch f := f.(type) {
	case fact.CatalogSeen:
		refused = f.Refused
		for _, s := range f.Services {
			add("service %s %q tier %d team %q system %q %s %v %v %v %v %v", s.ID, s.Title, s.Tier, s.Team, s.System, s.Lifecycle, s.Regions, s.Tags, s.Repos, s.CustomerFacing, s.Personal)
		}
		for _, e := range f.Edges {
			add("edge %s %s %s", e.From, e.To, e.Kind)
		}
		for _, p := range f.Proposals {
			add("person %s %q %s %v from %s", p.ID, p.Name, p.Email, p.Teams, p.From)
		}
	case fact.CalendarSeen:
		refused = f.Refused
		for _, e := range f.Entries {
			add("%s %s %s %q %s %s %s all day %v days %d length %s %q %s", e.Kind, e.Hardness, e.ExternalID, e.Title, e.Scope, e.Timing.Zone, e.Timing.Start, e.Timing.AllDay, e.Timing.Days, e.Timing.Length, e.Timing.Rule, e.URL)
		}
	}
	for _, r := range refused {
		add("refused %s %s: %s", r.Place, r.Item, r.Reason)
	}
	return out
}

func expect(t *testing.T, file, what string, want ...string) {
	t.Helper()
	f, err := csv.Read(filepath.Join(tables, file), what)
	if err != nil {
		t.Fatal(err)
	}
	if got := brief(f); !slices.Equal(got, want) {
		t.Errorf("%s: got\n\t%s\nwant\n\t%s", file, strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
	}
}

// TestCorpus holds every table of the corpus, with everything that is taken and everything that is refused.
func TestCorpus(t *testing.T) {
	expect(t, "services-export.csv", csv.Services,
		`service checkout "Checkout" tier 0 team "commerce" system "shop" production [emea apac] [pci web] map[github.com:acme/checkout] true true`,
		`service payments "Payments, cards and more" tier 0 team "money" system "shop" production [emea] [pci] map[gitlab.com:acme/money/payments] false true`,
		`service search "=HYPERLINK(\"https://evil.example\";\"Search\")" tier 3 team "platform" system ""  [] [] map[] false false`,
		`service edge/relay "-5" tier 2 team "edge/crew" system "" experimental [] [] map[] false false`,
		`edge checkout payments hard`,
		`edge checkout search soft`,
		`edge checkout vendor:cdn async`,
		`edge edge/relay checkout hard`,
	)
	expect(t, "services-excel.csv", csv.Services,
		`service checkout "Kasse; groß" tier 1 team "" system ""  [] [] map[] true false`,
		`service payments "Zahlung" tier 3 team "" system ""  [] [] map[] false false`,
		`edge checkout payments hard`,
		`refused services-excel.csv:6 service till: customer_facing: "nein" is neither true nor false`,
	)
	expect(t, "services-bad.csv", csv.Services,
		`service good "Good" tier 1 team "crew" system ""  [emea] [web] map[github.com:acme/good] true false`,
		`service last "Last" tier 3 team "" system ""  [] [] map[] false false`,
		`edge last good async`,
		`refused services-bad.csv:3 service: id: it is empty`,
		`refused services-bad.csv:4 service bad id!: id: "bad id!" is no id: letters and digits, with - _ . between them`,
		`refused services-bad.csv:5 service high: tier: "urgent" is no tier from 0 to 3`,
		`refused services-bad.csv:6 service five: tier: "5" is no tier from 0 to 3`,
		`refused services-bad.csv:7 service repo: github: "not a slug" is no repository; write owner/name`,
		`refused services-bad.csv:8 service maybe: customer_facing: "maybe" is neither true nor false`,
		`refused services-bad.csv:9 service kind: depends_on: good: "firm" is neither hard, soft nor async`,
		`refused services-bad.csv:10 service self: depends_on: the service would depend on itself`,
		`refused services-bad.csv:11 service twice: depends_on: good stands there twice`,
		`refused services-bad.csv:12 service many: team: "crew!" is no id: letters and digits, with - _ . between them; tier: "9" is no tier from 0 to 3; regions: "mea!" is not one of small letters and digits; the list is separated by blanks; tags: "web!" is not one of small letters and digits; the list is separated by blanks; customer_facing: "perhaps" is neither true nor false; github: "x" is no repository; write owner/name; depends_on: a: "b" is neither hard, soft nor async`,
		`refused services-bad.csv:13 service good: id: good stands there already, in line 2`,
		`refused services-bad.csv:14 row: it has 2 cells, and the header has 9`,
		`refused services-bad.csv:15 row: a quote stands within a cell; write it twice, and the cell in quotes`,
	)
	expect(t, "people.csv", csv.People,
		`person ann "Lee, Ann" ann@example.com [crew money] from csv:people.csv:2`,
		`person ben "Ben" ben@example.com [] from csv:people.csv:3`,
		`person eve "eve"  [] from csv:people.csv:6`,
		`refused people.csv:4 person cara: email: "not an address" is no mail address`,
		`refused people.csv:5 person 9lives: id: "9lives" cannot be a person's id: a to z, digits, dot, dash or underscore, a letter first, at most 40`,
		`refused people.csv:7 person ann: id: ann stands there already, in line 2`,
	)
	expect(t, "windows.csv", csv.Windows,
		`freeze hard freeze-1 "Year end" region:emea,unit:retail Europe/London 2026-12-18T17:00:00 all day false days 0 length 400h0m0s "" https://wiki.example.com/freeze`,
		`freeze hard freeze-2 "Holidays" org Europe/Berlin 2026-12-24T00:00:00 all day true days 3 length 0s ""`,
		`holiday  holiday "May day" region:emea Europe/Berlin 2027-05-01T00:00:00 all day true days 1 length 0s "FREQ=YEARLY"`,
		`batch  batch "Nightly close" service:ledger America/New_York 2026-03-07T22:00:00 all day false days 0 length 7h0m0s "FREQ=DAILY;BYHOUR=22"`,
		`window  window "Tuesdays" org UTC 2026-11-24T06:00:00 all day false days 0 length 2h0m0s "FREQ=WEEKLY;BYDAY=TU;UNTIL=20271231T235959Z"`,
		`refused windows.csv:8 window no-kind: kind: "party" is not one of freeze, maintenance, peak, vendor, audit, batch, holiday, window, end-of-life, deadline, on-call`,
		`refused windows.csv:9 window no-scope: scope: "nowhere" is not a scope`,
		`refused windows.csv:10 window no-zone: zone: "Mars/Base" is no time zone`,
		`refused windows.csv:11 window backwards: end: it comes before the start`,
		`refused windows.csv:12 window mixed: end: start and end are both dates, or both times`,
		`refused windows.csv:13 window soft-peak: hardness: only a freeze is hard or soft`,
		`refused windows.csv:14 window empty: end: a freeze that takes no time holds nothing`,
		`refused windows.csv:15 window often: rule: the rule happens more often than every quarter of an hour`,
		`refused windows.csv:16 window until: rule: UNTIL is a time of the zone here; write it without the Z`,
		`refused windows.csv:17 window link: url: "javascript:alert(1)" is no address that a person may be sent to`,
		`refused windows.csv:18 window when: start: "tomorrow" is neither a date such as 2026-12-24 nor a time of the zone such as 2026-12-24T18:30`,
	)
}
