package viewtest

import (
	"flag"
	"os"
	"path/filepath"
	"testing"
)

// Update says whether golden files are written anew: -update. Read each against the design before it is kept.
var Update = flag.Bool("update", false, "write the golden files anew; read each against the design before it is kept")

// Golden compares what was drawn with the file of a name in testdata.
func Golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *Update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs:\n%s\nwant\n%s", name, got, want)
	}
}
