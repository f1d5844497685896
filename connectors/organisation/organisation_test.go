package organisation_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"signalbox/connectors/organisation"
	"signalbox/release"
	"signalbox/release/catalog"
)

const example = "../../testdata/catalogs/example/organisation.yaml"

const whole = `# every section and key
units:
  - {id: acme, name: Acme}
  - {id: shop, name: The Shop, parent: acme}
regions:
  - id: sin
    name: Singapore
    zone: Asia/Singapore
    place: SIN
teams:
  - {id: crew, name: The Crew, unit: shop}
  - {id: far/away}
vendors:
  - {id: cards, name: Cards Ltd}
services:
  - {id: till, tier: 0, regions: [sin, sin]}
  - {id: far/till, tier: 3}
edges:
  - {from: till, to: far/till}
  - {from: till, to: "vendor:cards", kind: soft}
  - {from: far/till, to: till, kind: async}
`

func TestWhole(t *testing.T) {
	seen, err := organisation.Map("organisation:x", "organisation.yaml", []byte(whole))
	if err != nil {
		t.Fatal(err)
	}
	got, err := json.Marshal(seen.Facts)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"units":[{"id":"acme","name":"Acme"},{"id":"shop","name":"The Shop","parent":"acme"}],` +
		`"regions":[{"id":"sin","name":"Singapore","zone":"Asia/Singapore","place":"SIN"}],` +
		`"teams":[{"id":"crew","name":"The Crew","unit":"shop"},{"id":"far/away","name":"far/away"}],` +
		`"services":null,"vendors":[{"id":"cards","name":"Cards Ltd"}],` +
		`"edges":[{"from":"till","to":"far/till","kind":"hard","ruled":true},{"from":"till","to":"vendor:cards","kind":"soft","ruled":true},` +
		`{"from":"far/till","to":"till","kind":"async","ruled":true}],` +
		`"placements":[{"service":"till","tier":0,"regions":["sin"],"from":"organisation:organisation.yaml:16"},` +
		`{"service":"far/till","tier":3,"from":"organisation:organisation.yaml:17"}],"proposals":null}`
	if string(got) != want || seen.Source != "organisation:x" {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// TestFaults: each fault is named with its line, and one is enough to take nothing.
func TestFaults(t *testing.T) {
	for text, want := range map[string]string{
		"":                                 "o.yaml:1 file: it is empty",
		"# nothing\n":                      "o.yaml:1 file: it is empty",
		"units: []\n---\nunits: []\n":      "o.yaml:3 file: it has more than one document",
		"units: [":                         "o.yaml:1 file: did not find expected node content",
		"- units":                          "o.yaml:1 file: it is no mapping of units, regions, teams, vendors, services, edges",
		"\nunit: []":                       `o.yaml:2 file: "unit" is no section; there are units, regions, teams, vendors, services, edges`,
		"units: []\nunits: []":             "",
		"units:\nunits:":                   "",
		"units: {id: a}":                   "o.yaml:1 units: it is no list",
		"units:\n  - a":                    "o.yaml:2 units: the item is no mapping of id, name, parent",
		"units:\n  - {id: a, owner: b}":    `o.yaml:2 units: "owner" is no key; there are id, name, parent`,
		"units:\n  - {name: a}":            "o.yaml:2 units: the item has no id",
		"units:\n  - {id: A b}":            `o.yaml:2 units: "A b" is no id: small letters and digits, with - _ . between them`,
		"units:\n  - {id: a}\n  - {id: a}": "o.yaml:3 units: a stands here twice",
		"units:\n  - {id: a, parent: b}":   `o.yaml:2 units: a: there is no unit "b" above it`,
		"units:\n  - {id: a, parent: a}":   "o.yaml:2 units: a: the units above it lead back to it",
		"units:\n  - {id: a, name: [x]}":   "o.yaml:2 units: a list stands where another kind of value is read",
		"regions:\n  - {id: a, zone: Mars/Base, place: MAR}":     `o.yaml:2 regions: a: "Mars/Base" is no time zone; write its IANA name, such as Europe/London`,
		"regions:\n  - {id: a, place: MAR}":                      `o.yaml:2 regions: a: "" is no time zone; write its IANA name, such as Europe/London`,
		"regions:\n  - {id: a, zone: Local, place: MAR}":         `o.yaml:2 regions: a: "Local" is no time zone; write its IANA name, such as Europe/London`,
		"regions:\n  - {id: a, zone: ../etc/passwd, place: MAR}": `o.yaml:2 regions: a: "../etc/passwd" is no time zone; write its IANA name, such as Europe/London`,
		"regions:\n  - {id: a, zone: UTC, place: utc}":           `o.yaml:2 regions: a: the place "utc" is not three capital letters, such as LON`,
		"teams:\n  - {id: a, unit: B!}":                          `o.yaml:2 teams: a: "B!" is no id of a unit`,
		"services:\n  - {id: a}":                                 "o.yaml:2 services: a: it has no tier; write one from 0 to 3",
		"services:\n  - {id: a, tier: 4}":                        "o.yaml:2 services: a: 4 is no tier from 0 to 3",
		"services:\n  - {id: a, tier: high}":                     "o.yaml:2 services: a text stands where another kind of value is read",
		"services:\n  - {id: a, tier: 1, regions: [x]}":          `o.yaml:2 services: a: there is no region "x" in this file`,
		"edges:\n  - {from: a, to: b, kind: firm}":               `o.yaml:2 edges: kind: "firm" is neither hard, soft nor async`,
		"edges:\n  - {from: a, to: a}":                           "o.yaml:2 edges: a would depend on itself",
		"edges:\n  - {to: a}":                                    `o.yaml:2 edges: from: "" is no id of a service`,
		"edges:\n  - {from: a, to: 'vendor:x'}":                  `o.yaml:2 edges: to: there is no vendor "x" in this file`,
		"edges:\n  - {from: a, to: 'team:x'}":                    `o.yaml:2 edges: to: "team:x" is no id of a service and no vendor:ID`,
		"edges:\n  - {from: a, to: b}\n  - {from: a, to: b}":     "o.yaml:3 edges: the edge from a to b stands here twice",
		"x: &a [*a]": `o.yaml:1 file: the anchor "a" holds itself`,
	} {
		seen, err := organisation.Map("organisation:x", "o.yaml", []byte(text))
		if release.CodeOf(err) != release.Usage || len(seen.Refused) == 0 {
			t.Errorf("%q is taken: %v", text, err)
			continue
		}
		r := seen.Refused[0]
		if got := fmt.Sprintf("%s %s: %s", r.Place, r.Item, r.Reason); got != want && want != "" {
			t.Errorf("%q\ngot  %s\nwant %s", text, got, want)
		}
		if !strings.Contains(err.Error(), r.Place) || !strings.Contains(err.Error(), "nothing of it was taken") {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// TestEveryFault: one reading names them all, so that a person corrects the file once.
func TestEveryFault(t *testing.T) {
	text := "units:\n  - {id: A}\nregions:\n  - {id: r, zone: x, place: y}\nsevices: []\nedges:\n  - {from: a, to: b}\n  - {from: a, to: c, kind: x}\n"
	seen, err := organisation.Map("s", "o.yaml", []byte(text))
	var places []string
	for _, r := range seen.Refused {
		places = append(places, r.Place)
	}
	if got := fmt.Sprint(places); got != "[o.yaml:5 o.yaml:2 o.yaml:4 o.yaml:4 o.yaml:8]" {
		t.Errorf("places %s", got)
	}
	if !strings.Contains(err.Error(), "(and 4 more)") {
		t.Error(err)
	}
}

func TestRead(t *testing.T) {
	seen, err := organisation.Read(example)
	if err != nil || len(seen.Regions) != 3 || len(seen.Vendors) != 3 || len(seen.Edges) != 3 || seen.Source != "organisation:"+example {
		t.Errorf("%+v %v", seen, err)
	}
	dir := t.TempDir()
	if _, err := organisation.Read(filepath.Join(dir, "none.yaml")); release.CodeOf(err) != release.NotFound {
		t.Errorf("no file: %v", err)
	}
	if _, err := organisation.Read(dir); release.CodeOf(err) != release.Usage {
		t.Errorf("a directory: %v", err)
	}
	large := filepath.Join(dir, "large.yaml")
	if err := os.WriteFile(large, []byte("units: []\n#"+strings.Repeat("x", 1<<20)), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := organisation.Read(large); err == nil || !strings.Contains(err.Error(), "at most 1048576 are read") {
		t.Errorf("a large file: %v", err)
	}
}

// FuzzOrganisation: whatever the bytes, Map does not panic, and what it takes is within its ranges.
func FuzzOrganisation(f *testing.F) {
	text, err := os.ReadFile(example)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add([]byte(whole))
	f.Add([]byte("units: &a\n- &b {id: x, parent: x}\n- *b\nteams: *a\n"))
	f.Add([]byte("services: [{id: a, tier: 1e3, regions: {}}]"))
	f.Fuzz(func(t *testing.T, data []byte) {
		seen, err := organisation.Map("organisation:fuzz", "o.yaml", data)
		if (err != nil) != (len(seen.Refused) > 0) {
			t.Fatalf("%d refused, and the error is %v", len(seen.Refused), err)
		}
		if err != nil {
			if m := err.Error(); release.CodeOf(err) != release.Usage || release.Clean(m, 0) != m {
				t.Fatalf("not fit to be shown: %q", m)
			}
			return
		}
		for _, s := range seen.Services {
			if s.Tier < 0 || s.Tier > 3 || s.ID == "" {
				t.Fatalf("%+v", s)
			}
		}
		for _, e := range seen.Edges {
			if e.From == e.To || e.Kind != catalog.Hard && e.Kind != catalog.Soft && e.Kind != catalog.Async {
				t.Fatalf("%+v", e)
			}
		}
		for _, u := range seen.Units {
			if release.Clean(u.Name, 0) != u.Name {
				t.Fatalf("%+v", u)
			}
		}
	})
}
