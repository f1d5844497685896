package backstage_test

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"signalbox/connectors/backstage"
	"signalbox/release"
	"signalbox/release/catalog"
)

// FuzzBackstage seeds with every catalog of the corpus: whatever the bytes, Map does not panic, names each
// service once, keeps tiers and kinds of edges within their ranges, and says nothing that cannot be shown.
func FuzzBackstage(f *testing.F) {
	n := 0
	err := filepath.WalkDir(catalogs, func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(p) != ".yaml" {
			return err
		}
		n++
		text, err := os.ReadFile(p)
		f.Add(text)
		return err
	})
	if err != nil || n < 20 {
		f.Fatalf("%d files: %v", n, err)
	}
	f.Add([]byte("a: &a [*a]"))
	f.Add([]byte(strings.Repeat("[", 200)))
	f.Fuzz(func(t *testing.T, data []byte) {
		seen := backstage.Map("backstage:fuzz", []backstage.File{{Path: "f.yaml", Data: data}})
		ids := map[string]bool{}
		for _, s := range seen.Services {
			if ids[s.ID] || s.Tier < 0 || s.Tier > 3 || strings.ToLower(s.ID) != s.ID || release.Clean(s.ID+s.Title+s.Team, 0) != s.ID+s.Title+s.Team {
				t.Fatalf("%+v", s)
			}
			ids[s.ID] = true
		}
		for _, e := range seen.Edges {
			if e.From == e.To || e.Kind != catalog.Hard && e.Kind != catalog.Soft && e.Kind != catalog.Async {
				t.Fatalf("%+v", e)
			}
		}
		for _, r := range seen.Refused {
			if line := r.Place + r.Item + r.Reason; release.Clean(line, 0) != line {
				t.Fatalf("not fit to be shown: %q", line)
			}
		}
		if _, err := json.Marshal(seen); err != nil {
			t.Fatal(err)
		}
	})
}
