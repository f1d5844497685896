package calendar

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

// vector is a case of dateutil's own tests; see SOURCES.md beside the file.
type vector struct {
	Name   string
	Rule   string
	Expect []string
}

func vectors(t testing.TB) []vector {
	t.Helper()
	text, err := os.ReadFile("../../testdata/vectors/rrule-dateutil.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Cases []vector }
	if err := json.Unmarshal(text, &file); err != nil || len(file.Cases) != 272 {
		t.Fatalf("%d cases: %v", len(file.Cases), err)
	}
	return file.Cases
}

const (
	severalRules = "several rules or an EXRULE, which a Timing does not have"
	lostZone     = "its time zone was lost when the case was written down"
)

// excluded are the cases that say nothing about a Timing.
var excluded = map[string]string{
	"RRuleTest.testStrSet":              severalRules,
	"RRuleTest.testStrSetExRule":        severalRules,
	"RRuleTest.testStrSetDateAndExRule": severalRules,
	"RRuleSetTest.testSet":              severalRules,
	"RRuleSetTest.testSetExRule":        severalRules,
	"RRuleSetTest.testSetDateAndExRule": severalRules,
	"RRuleSetTest.testSetCachePre":      severalRules,
	"RRuleSetTest.testSetCachePost":     severalRules,
	"RRuleTest.testStrWithTZID":         lostZone,
	"RRuleTest.testStrWithTZIDMapping":  lostZone,
	"RRuleTest.testStrWithTZIDCallable": lostZone,
}

// TestDateutil: the expansion agrees with dateutil, the reference of most implementations.
func TestDateutil(t *testing.T) {
	left := 0
	for _, v := range vectors(t) {
		if _, out := excluded[v.Name]; out {
			left++
			continue
		}
		t.Run(v.Name, func(t *testing.T) {
			var start time.Time
			var rule string
			var got []time.Time
			var except []time.Time
			for line := range strings.SplitSeq(v.Rule, "\n") {
				name, value, _ := strings.Cut(line, ":")
				switch name {
				case "RRULE":
					rule = value
				default:
					var err error
					at, err := time.Parse("20060102T150405", value)
					if err != nil {
						t.Fatal(err)
					}
					switch name {
					case "DTSTART":
						start = at
					case "RDATE":
						got = append(got, at)
					case "EXDATE":
						except = append(except, at)
					}
				}
			}
			if rule != "" {
				o, err := parseRule(rule, start)
				if err != nil {
					t.Fatal(err)
				}
				// The dates lie up to the year 2997: the cases have a COUNT or an UNTIL.
				all, more := walls(o, start, start.AddDate(1000, 0, 0), 100)
				if more {
					t.Fatal("more than 100")
				}
				got = append(got, all...)
				named := len(all) > 0 && all[0].Equal(start)
				if calm(o) == nil && (Timing{Start: start.Format(Wall), Rule: rule}).NamesStart() != named {
					t.Errorf("%s names its start: %v", v.Rule, named)
				}
			}
			var text []string
			for _, at := range got {
				if w := at.Format(Wall); !slices.ContainsFunc(except, at.Equal) && !slices.Contains(text, w) {
					text = append(text, w)
				}
			}
			slices.Sort(text)
			if !slices.Equal(text, v.Expect) {
				t.Errorf("%s\ngot  %v\nwant %v", v.Rule, text, v.Expect)
			}
		})
	}
	if left != len(excluded) || left != 11 {
		t.Errorf("%d cases were left out, %d are listed", left, len(excluded))
	}
}
