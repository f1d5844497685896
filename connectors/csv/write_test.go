package csv_test

import (
	"bytes"
	stdcsv "encoding/csv"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"signalbox/connectors/csv"
	"signalbox/release/access"
	"signalbox/release/calendar"
	"signalbox/release/catalog"
	"signalbox/release/fact"
)

func written(t interface{ Fatal(...any) }, rows [][]string) []byte {
	var b bytes.Buffer
	if err := csv.Write(&b, rows); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestWrite: what a spreadsheet would run is text, and what it would not run stays as it is.
func TestWrite(t *testing.T) {
	for in, want := range map[string]string{
		"plain":                "plain",
		"":                     `""`,
		"=1+1":                 "'=1+1",
		"+1-2":                 "'+1-2",
		"-2+3|cmd":             "'-2+3|cmd",
		"@SUM(A1)":             "'@SUM(A1)",
		"  =1":                 "'  =1",
		"\t=1":                 "' =1",
		"\tx":                  `" x"`,
		"\r=1":                 "' =1",
		"\u00a0=1":             "' =1",
		"＝1":                   "'＝1",
		"＋1":                   "'＋1",
		"－1":                   "'－1",
		"＠x":                   "'＠x",
		"\x00=1":               "'=1",
		"\u200b=1":             "'=1",
		"-5":                   "-5",
		"+3.2":                 "+3.2",
		"+49 30 1234":          "'+49 30 1234",
		"-":                    "'-",
		"a=b":                  "a=b",
		"'=1":                  "''=1",
		"'tis":                 "'tis",
		"a;=cmd()":             `"a;'=cmd()"`,
		"a; @x;-5":             `"a;' @x;-5"`,
		"a\n=1":                "\"a\n'=1\"",
		"FREQ=WEEKLY;BYDAY=MO": `"FREQ=WEEKLY;BYDAY=MO"`,
		`say "x", y`:           `"say ""x"", y"`,
		"\x1b[31mred":          "[31mred",
		"\u202eabc":            "abc",
		"\xff":                 "\uFFFD",
	} {
		if got := string(written(t, [][]string{{in}})); strings.ReplaceAll(got, "\u00a0", " ") != want+"\n" {
			t.Errorf("%q is written %q, want %q", in, got, want)
		}
	}
	if got := string(written(t, [][]string{{"a", "", "b"}, {"c"}})); got != "a,,b\nc\n" {
		t.Errorf("%q", got)
	}
}

// TestNoFormula: whichever of the two delimiters a reader of any text takes, no cell is a formula.
func TestNoFormula(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pieces := rapid.SampledFrom([]string{"=", "+", "-", "@", "＝", "'", "\"", ";", ",", "\n", "\r", "\t", " ", "x", "7", "\u00a0", "\x00"})
		cell := rapid.Custom(func(t *rapid.T) string {
			return strings.Join(rapid.SliceOfN(pieces, 0, 8).Draw(t, "pieces"), "")
		})
		rows := [][]string{{"a", cell.Draw(t, "one"), cell.Draw(t, "two")}}
		for _, comma := range []rune{',', ';'} {
			r := stdcsv.NewReader(bytes.NewReader(written(t, rows)))
			r.Comma, r.LazyQuotes, r.FieldsPerRecord = comma, true, -1
			all, err := r.ReadAll()
			if err != nil {
				t.Fatal(err)
			}
			for _, row := range all {
				for _, got := range row {
					if bare := strings.TrimSpace(got); len(bare) > 1 && strings.ContainsAny(bare[:1], "=@") {
						t.Fatalf("%q by %q gives the cell %q", rows, comma, got)
					}
				}
			}
		}
	})
}

var (
	anyText = rapid.Custom(func(t *rapid.T) string {
		return rapid.StringMatching(`[A-Za-z=+@'"-][A-Za-z0-9=+@'",;ßü-]{0,20}[A-Za-z0-9;"'=]`).Draw(t, "text")
	})
	anyID = rapid.StringMatching(`[a-z][a-z0-9]{0,6}(-[a-z0-9]{1,3})?`)
)

func words(t *rapid.T, name string, g *rapid.Generator[string]) []string {
	return rapid.SliceOfNDistinct(g, 0, 3, rapid.ID).Draw(t, name)
}

func back(t *rapid.T, what string, rows [][]string) fact.Fact {
	s, err := csv.Map("s", "f.csv", what, written(t, rows))
	if err != nil || len(s.Refused) > 0 || s.Read != len(rows)-1 {
		t.Fatalf("%q: %v, %d read, refused %v", rows, err, s.Read, s.Refused)
	}
	return s.Fact
}

// TestServicesComeBack, as TestPeopleComeBack and TestWindowsComeBack: what is written is read again.
func TestServicesComeBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows := [][]string{{"id", "title", "tier", "team", "system", "lifecycle", "regions", "tags", "github", "gitlab", "customer_facing", "personal_data", "depends_on"}}
		var want fact.CatalogSeen
		want.Source = "s"
		for i, id := range rapid.SliceOfNDistinct(anyID, 0, 5, rapid.ID).Draw(t, "ids") {
			s := catalog.Service{ID: id, Title: anyText.Draw(t, "title"), Tier: catalog.Tier(rapid.IntRange(0, 3).Draw(t, "tier")), Team: rapid.SampledFrom([]string{"", "crew", "far/away"}).Draw(t, "team"),
				System: rapid.SampledFrom([]string{"", "shop"}).Draw(t, "system"), Lifecycle: anyText.Draw(t, "lifecycle"), Regions: words(t, "regions", anyID), Tags: words(t, "tags", anyID),
				CustomerFacing: rapid.Bool().Draw(t, "customers"), Personal: rapid.Bool().Draw(t, "personal"), From: fmt.Sprintf("csv:f.csv:%d", i+2)}
			for _, forge := range []string{"github.com", "gitlab.com"} {
				if rapid.Bool().Draw(t, forge) {
					if s.Repos == nil {
						s.Repos = map[string]string{}
					}
					s.Repos[forge] = "acme/" + id
				}
			}
			var needs []string
			for _, to := range words(t, "needs", rapid.SampledFrom([]string{"zz-top/a", "vendor:cdn", "zz-other"})) {
				kind := rapid.SampledFrom([]catalog.EdgeKind{catalog.Hard, catalog.Soft, catalog.Async}).Draw(t, "kind")
				needs = append(needs, to+"="+string(kind))
				want.Edges = append(want.Edges, catalog.Edge{From: id, To: to, Kind: kind})
			}
			want.Services = append(want.Services, s)
			rows = append(rows, []string{s.ID, s.Title, fmt.Sprint(int(s.Tier)), s.Team, s.System, s.Lifecycle, strings.Join(s.Regions, " "), strings.Join(s.Tags, " "),
				s.Repos["github.com"], s.Repos["gitlab.com"], fmt.Sprint(s.CustomerFacing), fmt.Sprint(s.Personal), strings.Join(needs, " ")})
		}
		if got := brief(back(t, csv.Services, rows)); !reflect.DeepEqual(got, brief(want)) {
			t.Fatalf("got\n%q\nwant\n%q", got, brief(want))
		}
	})
}

func TestPeopleComeBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows := [][]string{{"id", "name", "email", "teams"}}
		want := fact.CatalogSeen{Source: "s"}
		for i, id := range rapid.SliceOfNDistinct(anyID, 0, 5, rapid.ID).Draw(t, "ids") {
			p := catalog.Proposal{ID: access.PersonID(id), Name: anyText.Draw(t, "name"), Email: rapid.SampledFrom([]string{"", id + "@example.com", "=x@example.com", "-a@example.com"}).Draw(t, "email"),
				Teams: words(t, "teams", anyID), From: fmt.Sprintf("csv:f.csv:%d", i+2)}
			want.Proposals = append(want.Proposals, p)
			rows = append(rows, []string{id, p.Name, p.Email, strings.Join(p.Teams, " ")})
		}
		if got := brief(back(t, csv.People, rows)); !reflect.DeepEqual(got, brief(want)) {
			t.Fatalf("got\n%q\nwant\n%q", got, brief(want))
		}
	})
}

func TestWindowsComeBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows := [][]string{{"id", "title", "kind", "hardness", "scope", "zone", "start", "end", "rule", "url"}}
		want := fact.CalendarSeen{Source: "s"}
		for range rapid.IntRange(0, 5).Draw(t, "windows") {
			zone := rapid.SampledFrom([]string{"UTC", "Europe/London", "America/New_York", "Asia/Kolkata"}).Draw(t, "zone")
			loc, err := time.LoadLocation(zone)
			if err != nil {
				t.Fatal(err)
			}
			e := calendar.Entry{Source: "s", ExternalID: fmt.Sprintf("%s%d", anyText.Draw(t, "id"), len(rows)), Title: anyText.Draw(t, "title"), Kind: rapid.SampledFrom(calendar.Kinds).Draw(t, "kind"),
				Scope: rapid.SampledFrom([]access.Scope{"org", "region:emea,unit:retail"}).Draw(t, "scope"), URL: rapid.SampledFrom([]string{"", "https://wiki.example.com/a,b;c"}).Draw(t, "url")}
			if e.Kind == calendar.FreezePeriod {
				e.Hardness = rapid.SampledFrom([]calendar.Hardness{calendar.HardFreeze, calendar.SoftFreeze}).Draw(t, "hardness")
			}
			start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, rapid.IntRange(0, 700).Draw(t, "day"))
			e.Timing = calendar.Timing{Zone: zone, AllDay: rapid.Bool().Draw(t, "all day"), Rule: rapid.SampledFrom([]string{"", "FREQ=WEEKLY;BYDAY=MO", "FREQ=YEARLY;UNTIL=20301231"}).Draw(t, "rule")}
			from, to := "", ""
			if e.Timing.AllDay {
				e.Timing.Days = rapid.IntRange(1, 30).Draw(t, "days")
				from, to = start.Format(time.DateOnly), start.AddDate(0, 0, e.Timing.Days).Format(time.DateOnly)
			} else {
				// Noon and half an hour of the afternoon are skipped or shown twice by no clock of these zones.
				start = start.Add(12 * time.Hour)
				end := start.AddDate(0, 0, rapid.IntRange(0, 30).Draw(t, "days")).Add(30 * time.Minute)
				e.Timing.Length = calendar.Resolve(end, loc).Sub(calendar.Resolve(start, loc))
				from, to = start.Format(calendar.Wall), end.Format(calendar.Wall)
			}
			e.Timing.Start = start.Format(calendar.Wall)
			want.Entries = append(want.Entries, e)
			rows = append(rows, []string{e.ExternalID, e.Title, string(e.Kind), string(e.Hardness), string(e.Scope), zone, from, to, e.Timing.Rule, e.URL})
		}
		if got := back(t, csv.Windows, rows); !reflect.DeepEqual(got, fact.Fact(want)) {
			t.Fatalf("got\n%+v\nwant\n%+v", got, want)
		}
	})
}
