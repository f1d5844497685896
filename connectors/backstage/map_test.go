package backstage_test

import (
	"fmt"
	"strings"
	"testing"

	"signalbox/connectors/backstage"
	"signalbox/release/fact"
)

// entities maps documents, each short for an entity: "Component NAME" and the lines of its metadata and spec.
func entities(docs ...string) fact.CatalogSeen {
	return backstage.Map("backstage:test", []backstage.File{{Path: "c.yaml", Data: []byte(strings.Join(docs, "---\n"))}})
}

func entity(kind, name, metadata, spec string) string {
	indent := func(s string) string {
		if s == "" {
			return ""
		}
		return "  " + strings.ReplaceAll(s, "\n", "\n  ") + "\n"
	}
	return fmt.Sprintf("apiVersion: backstage.io/v1alpha1\nkind: %s\nmetadata:\n  name: %s\n%sspec:\n  type: x\n%s", kind, name, indent(metadata), indent(spec))
}

func TestSettings(t *testing.T) {
	expect(t, entities(
		entity("Component", "Full", "title: \" A\\u202e \\e[31mb\"\nnamespace: Shop\ntags: [go, pci, go, 'Bad Tag']\n"+
			"annotations:\n  github.com/project-slug: Acme/Full\n  gitlab.com/project-slug: acme/group/full\n"+
			"  signalbox.dev/tier: 1\n  signalbox.dev/regions: LON, sin,lon  nyc\n  signalbox.dev/customer-facing: 'true'\n"+
			"labels:\n  signalbox.dev/personal-data: true\n  signalbox.dev/tier: 2",
			"owner: group:default/Crew\nsystem: store"),
		entity("component", "wrong", "annotations:\n  github.com/project-slug: acme\n  signalbox.dev/tier: high\n  signalbox.dev/teir: 2\n"+
			"  signalbox.dev/regions: 'l@n'\n  signalbox.dev/customer-facing: maybe\n  signalbox.dev/personal-data: no\n  signalbox.dev/edge.x: firm",
			"owner: user:guest"),
	),
		`service shop/full "A [31mb" tier 1 team "crew" system "shop/store"  [lon sin nyc] [go pci] map[github.com:acme/full gitlab.com:acme/group/full] customers personal`,
		`service wrong "wrong" tier 0 team "" system ""  [] [] map[] customers personal`,
		`edge wrong x hard`,
		`refused c.yaml:1 component:shop/full: the tag "Bad Tag" is not one: small letters, digits and : + #, with - between them, at most 63`,
		`refused c.yaml:36 component:default/wrong: spec.owner: user:default/guest is no group, and only a team can own a service`,
		`refused c.yaml:22 component:default/wrong: github.com/project-slug: "acme" is no repository; write owner/name`,
		`refused c.yaml:22 component:default/wrong: signalbox.dev/customer-facing: "maybe" is neither true nor false; taken as true`,
		`refused c.yaml:22 component:default/wrong: signalbox.dev/personal-data: "no" is neither true nor false; taken as true`,
		`refused c.yaml:22 component:default/wrong: signalbox.dev/regions: "l@n" is no region`,
		`refused c.yaml:22 component:default/wrong: signalbox.dev/teir is no setting; there are tier, regions, edge.NAME, customer-facing, personal-data`,
		`refused c.yaml:22 component:default/wrong: signalbox.dev/tier: "high" is no tier from 0 to 3; taken as 0`,
		`refused c.yaml:22 component:default/wrong: signalbox.dev/edge.x: "firm" is neither hard, soft nor async; taken as hard`,
	)
}

func TestDependencies(t *testing.T) {
	seen := entities(
		entity("Component", "web", "annotations:\n  signalbox.dev/edge.cache: soft\n  signalbox.dev/edge.mail: async\n  signalbox.dev/edge.search-api: soft",
			"subcomponentOf: whole\ndependsOn: [component:Auth, 'resource:default/db', cache, other/far, web]\nconsumesApis: [pay-api, search-api, component:direct]"),
		entity("Component", "pay", "", "providesApis: [pay-api]"),
		entity("Component", "pay-two", "", "providesApis: pay-api"),
		entity("Component", "search", "", "providesApis:\n  - {kind: API, name: search-api}"),
		entity("API", "search-api", "", ""),
		entity("Component", "self", "", "providesApis: [own]\nconsumesApis: [own]"),
		entity("Resource", "cache", "", "dependencyOf: [component:pay]\ndependsOn: [resource:db]"),
		entity("Component", "odd", "", "dependsOn: ['system:s', 'a b', 'component:']\nconsumesApis: [nobody]"),
	)
	var got []string
	for _, l := range brief(seen) {
		if !strings.HasPrefix(l, "service") {
			got = append(got, l)
		}
	}
	want := []string{
		"edge cache db hard",
		"edge pay cache hard",
		"edge web auth hard",
		"edge web cache soft",
		"edge web db hard",
		"edge web direct hard",
		"edge web mail async",
		"edge web other/far hard",
		"edge web pay hard",
		"edge web pay-two hard",
		"edge web search soft",
		`refused c.yaml:71 component:default/odd: spec.dependsOn: system:default/s is no service, and only services depend on each other`,
		`refused c.yaml:71 component:default/odd: spec.dependsOn: "a b" is no reference to an entity`,
		`refused c.yaml:71 component:default/odd: spec.dependsOn: "component:" is no reference to an entity`,
		`refused c.yaml:72 component:default/odd: spec.consumesApis: no component here provides api:default/nobody, so that no service is known to be needed`,
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n\t%s\nwant\n\t%s", strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
	}
}

func TestPeople(t *testing.T) {
	group := func(name, kind, more string) string {
		return strings.Replace(entity("Group", name, "", more), "type: x", "type: "+kind, 1)
	}
	expect(t, entities(
		group("acme", "organization", ""),
		group("shop", "business-unit", "parent: acme"),
		group("floor", "department", "parent: shop\nchildren: [crew]"),
		group("crew", "team", "members: [ben, ghost]\nprofile: {displayName: The Crew}"),
		group("loop-a", "team", "parent: loop-b"),
		group("loop-b", "team", "parent: loop-a"),
		group("lone", "team", "parent: elsewhere"),
		entity("Component", "till", "", "owner: shop"),
		entity("User", "Ann.Lee", "", "profile: {displayName: Ann Lee, email: Ann@Example.com}\nmemberOf: [crew, acme, shop, 'group:far/away']"),
		entity("User", "ben", "", "profile: {email: not an address}\nmemberOf: []"),
		entity("User", "guest", "namespace: development", "memberOf: [group:default/crew]"),
		entity("User", "Ben", "namespace: development", ""),
		entity("User", "9lives", "", ""),
	),
		`unit acme "acme"`,
		`unit shop "shop" acme`,
		`team crew "The Crew" shop`,
		`team floor "floor" shop`,
		`team lone "lone"`,
		`team loop-a "loop-a"`,
		`team loop-b "loop-b"`,
		`team shop "shop" shop`,
		`service till "till" tier 3 team "shop" system ""  [] [] map[]`,
		`user ann.lee "Ann Lee" ann@example.com [crew far/away shop]`,
		`user ben "ben"  [crew]`,
		`user development.ben "Ben"  []`,
		`user guest "guest"  [crew]`,
		`refused c.yaml:75 user:default/ben: spec.profile.email: "not an address" is no mail address`,
		`refused c.yaml:101 user:default/9lives: "9lives" cannot be a person's id: a to z, digits, dot, dash or underscore, a letter first, at most 40`,
	)
}

// TestOneBadApple: what cannot be read is refused with its line, and every other entity of the file stands.
func TestOneBadApple(t *testing.T) {
	long := strings.Repeat("n", 64)
	expect(t, entities(
		entity("Component", "first", "", ""),
		"kind: [\n",
		entity("Component", "-bad", "", ""),
		entity("Component", long, "", ""),
		entity("Component", "spaced", "namespace: A_B", ""),
		entity("Component", "typed", "tags: {a: b}", ""),
		entity("Component", "twice", "name: again", ""),
		entity("Componnent", "misspelt", "", ""),
		"apiVersion: apps/v1\nkind: Deployment\n",
		"- a list\n",
		"just text\n",
		"apiVersion: backstage.io/v1beta1\nkind: Location\nspec: {targets: [./x.yaml]}\n",
		entity("Resource", "first", "", ""),
		entity("Component", "First", "", ""),
		entity("Component", "last", "", ""),
	),
		`service first "first" tier 3 team "" system ""  [] [] map[]`,
		`service last "last" tier 3 team "" system ""  [] [] map[]`,
		`service typed "typed" tier 3 team "" system ""  [] [] map[]`,
		`refused c.yaml:8 document: did not find expected node content`,
		`refused c.yaml:10 component -bad: metadata.name "-bad" is not a name: letters and digits, with - _ . between them, at most 63`,
		`refused c.yaml:17 component `+long+`: metadata.name "`+long+`" is not a name: letters and digits, with - _ . between them, at most 63`,
		`refused c.yaml:24 component spaced: metadata.namespace "A_B" is not a namespace: small letters and digits, with - between them, at most 63`,
		`refused c.yaml:36 component:default/typed: metadata.tags: it is no text`,
		`refused c.yaml:44 component: mapping key "name" already defined at line 43`,
		`refused c.yaml:48 componnent: signalbox does not read the kind "Componnent"`,
		`refused c.yaml:55 document: it is no Backstage entity: apiVersion is "apps/v1"`,
		`refused c.yaml:58 document: it is no entity: a mapping of apiVersion, kind, metadata and spec`,
		`refused c.yaml:60 document: it is no entity: a mapping of apiVersion, kind, metadata and spec`,
		`refused c.yaml:73 component:default/first: it is declared already at c.yaml:1`,
		`refused c.yaml:66 resource:default/first: the name is taken by component:default/first at c.yaml:1`,
		`refused c.yaml:64 location:default/: the target "./x.yaml" is not followed: there is no such file in the catalog`,
	)
}

// TestOrder: the same files in another order give the same catalog.
func TestOrder(t *testing.T) {
	a := backstage.File{Path: "a.yaml", Data: []byte(entity("Component", "x", "", "dependsOn: [component:b, component:a]"))}
	b := backstage.File{Path: "b.yaml", Data: []byte(entity("Component", "x", "title: Other", "") + "---\n" + entity("Component", "a", "", ""))}
	one := brief(backstage.Map("s", []backstage.File{a, b}))
	two := brief(backstage.Map("s", []backstage.File{b, a}))
	if fmt.Sprint(one) != fmt.Sprint(two) || len(one) != 5 {
		t.Errorf("%v\n%v", one, two)
	}
}
