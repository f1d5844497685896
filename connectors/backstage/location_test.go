package backstage_test

import (
	"path/filepath"
	"testing"

	"signalbox/connectors/backstage"
)

const locations = `apiVersion: backstage.io/v1alpha1
kind: Location
metadata: {name: all}
spec:
  target: ./b.yaml
  targets:
    - ./parts/*.yaml
    - deep/**/catalog-info.yaml
    - https://github.com/acme/shop/blob/main/catalog-info.yaml
    - ../outside.yaml
    - /etc/passwd.yaml
    - ./none.yaml
    - ./none/*.yaml
    - ./README.md
    - {$text: ./targets.txt}
`

// TestLocations: a single file brings the files of its Locations along; what is elsewhere is refused.
func TestLocations(t *testing.T) {
	dir := tree(t, map[string]string{
		"in/all.yaml":                    locations,
		"in/b.yaml":                      entity("Component", "b", "", ""),
		"in/README.md":                   "no catalog",
		"in/parts/c.yaml":                "apiVersion: backstage.io/v1alpha1\nkind: Location\nspec: {target: ../d.yaml}\n",
		"in/d.yaml":                      entity("Component", "d", "", ""),
		"in/deep/a/b/catalog-info.yaml":  entity("Component", "e", "", ""),
		"in/deep/catalog-info.yaml":      entity("Component", "f", "", ""),
		"in/deep/other.yaml":             entity("Component", "other", "", ""),
		"in/alone.yaml":                  entity("Component", "alone", "", ""),
		"outside.yaml":                   entity("Component", "outside", "", ""),
		"in/deep/a/.b/catalog-info.yaml": entity("Component", "hidden", "", ""),
		"in/deep/a/organisation.yaml":    "units: []",
		"in/deep/xcatalog-info.yaml":     entity("Component", "x", "", ""),
	})
	elsewhere := []string{
		`refused all.yaml:15 location:default/all: spec.targets: it is a placeholder, $text, and what it names is not read`,
		`refused all.yaml:9 location:default/all: the target "https://github.com/acme/shop/blob/main/catalog-info.yaml" is not followed: it is an address; give it a connector of its own`,
		`refused all.yaml:10 location:default/all: the target "../outside.yaml" is not followed: it leads out of the catalog`,
		`refused all.yaml:11 location:default/all: the target "/etc/passwd.yaml" is not followed: it is no path relative to the Location's own file`,
		`refused all.yaml:12 location:default/all: the target "./none.yaml" is not followed: there is no such file in the catalog`,
		`refused all.yaml:13 location:default/all: the target "./none/*.yaml" is not followed: no file of the catalog is meant by it`,
		`refused all.yaml:14 location:default/all: the target "./README.md" is not followed: there is no such file in the catalog`,
	}
	service := func(name string) string {
		return `service ` + name + ` "` + name + `" tier 3 team "" system ""  [] [] map[]`
	}
	seen, err := backstage.Read(filepath.Join(dir, "in", "all.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	expect(t, seen, append([]string{service("b"), service("d"), service("e"), service("f")}, elsewhere...)...)
	seen, err = backstage.Read(filepath.Join(dir, "in"))
	if err != nil {
		t.Fatal(err)
	}
	expect(t, seen, append([]string{service("alone"), service("b"), service("d"), service("e"), service("f"), service("other"), service("x")}, elsewhere...)...)
}

// TestOddValues: a value that is no text costs its own field alone.
func TestOddValues(t *testing.T) {
	expect(t, entities(
		entity("Component", "odd", "title: {$text: ./title.txt}\nannotations:\n  a: {b: c}\n  github.com/project-slug: acme/odd\n  n: 5\n  none:\nlabels: [x]\ntags: go\nlinks: [{url: https://x, title: [y]}]\nunknown: {deep: [er]}",
			"lifecycle: [a, b]\nowner: {$text: ./owner.txt}\nsystem: system:default/shop\ndefinition: {$yaml: ./api.yaml}\ndependsOn: ['component:Other/db', 'resource:default/db', {kind: Component, name: x}]\nprofile: {displayName: [z]}"),
		entity("Component", "bare", "annotations:\nlabels:\ntags:", "owner:\nsystem:\ndependsOn:"),
		"apiVersion: backstage.io/v1beta9\nkind: Component\nmetadata: {name: less}\n",
		entity("Component", "of-any-type", "", "lifecycle: 1.5"),
	),
		`service bare "bare" tier 3 team "" system ""  [] [] map[]`,
		`service less "less" tier 3 team "" system ""  [] [] map[]`,
		`service odd "odd" tier 3 team "" system "shop"  [] [go] map[github.com:acme/odd]`,
		`service of-any-type "of-any-type" tier 3 team "" system "" 1.5 [] [] map[]`,
		`edge odd db hard`,
		`edge odd other/db hard`,
		`edge odd x hard`,
		`refused c.yaml:5 component:default/odd: metadata.title: it is a placeholder, $text, and what it names is not read`,
		`refused c.yaml:17 component:default/odd: spec.lifecycle: it is no text`,
		`refused c.yaml:22 component:default/odd: spec.profile.displayName: it is no text`,
		`refused c.yaml:11 component:default/odd: metadata.labels: it is no mapping of texts`,
		`refused c.yaml:7 component:default/odd: metadata.annotations.a: it is no text`,
		`refused c.yaml:18 component:default/odd: spec.owner: "$text: ./owner.txt" is no reference to an entity`,
	)
}
