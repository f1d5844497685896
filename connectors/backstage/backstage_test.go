package backstage_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"signalbox/connectors/backstage"
	"signalbox/release"
)

// tree makes a directory of files; a value that begins with "->" is a link.
func tree(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		p := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
			t.Fatal(err)
		}
		var err error
		if to, ok := strings.CutPrefix(text, "->"); ok {
			err = os.Symlink(to, p)
		} else {
			err = os.WriteFile(p, []byte(text), 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestRead(t *testing.T) {
	outside := tree(t, map[string]string{"secret.yaml": entity("Component", "secret", "", "")})
	dir := tree(t, map[string]string{
		"catalog-info.yaml":   entity("Component", "a", "", ""),
		"deep/er/info.YML":    entity("Component", "b", "", ""),
		"notes.txt":           entity("Component", "text", "", ""),
		".git/info.yaml":      entity("Component", "hidden", "", ""),
		"organisation.yaml":   "regions: []",
		"..data/mounted.yaml": entity("Component", "c", "", ""),
		"mounted.yaml":        "->..data/mounted.yaml",
		"outside.yaml":        "->" + filepath.Join(outside, "secret.yaml"),
		"gone.yaml":           "->nowhere.yaml",
		"round":               "->.",
		"large.yaml":          "# " + strings.Repeat("x", 1<<20),
	})
	seen, err := backstage.Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	if seen.Source != "backstage:"+dir {
		t.Errorf("source %q", seen.Source)
	}
	expect(t, seen,
		`service a "a" tier 3 team "" system ""  [] [] map[]`,
		`service b "b" tier 3 team "" system ""  [] [] map[]`,
		`service c "c" tier 3 team "" system ""  [] [] map[]`,
		`refused gone.yaml:1 file: it is a link to nothing within the directory`,
		`refused outside.yaml:1 file: it is a link to nothing within the directory`,
		`refused large.yaml:1 document: the file has 1048577 bytes; at most 1048576 are read`,
	)
	if got := seen.Services[1].From; got != "backstage:deep/er/info.YML:1" {
		t.Errorf("from %q", got)
	}

	seen, err = backstage.Read(filepath.Join(dir, "outside.yaml"))
	if err != nil || len(seen.Services) != 1 || seen.Services[0].ID != "secret" {
		t.Errorf("a file that is named is read, link or not: %v %v", seen, err)
	}
}

// TestReadNothing: a catalog that cannot be read must not pass for an empty one, which would take every
// service away.
func TestReadNothing(t *testing.T) {
	for name, c := range map[string]struct {
		files map[string]string
		path  string
		code  release.Code
		words string
	}{
		"no such path":    {nil, "missing", release.NotFound, "there is no"},
		"empty directory": {nil, "", release.NotFound, "no *.yaml or *.yml"},
		"only broken":     {map[string]string{"a.yaml": "kind: [", "b.yaml": "<<<<<<< HEAD\n"}, "", release.Usage, "nothing in"},
		"only foreign":    {map[string]string{"a.yaml": "apiVersion: v1\nkind: Secret\n"}, "a.yaml", release.Usage, `apiVersion is "v1"`},
	} {
		t.Run(name, func(t *testing.T) {
			seen, err := backstage.Read(filepath.Join(tree(t, c.files), c.path))
			if release.CodeOf(err) != c.code || !strings.Contains(err.Error(), c.words) || seen.Source != "" {
				t.Errorf("got %+v and %v", seen, err)
			}
		})
	}
}
