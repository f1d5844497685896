package csv_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"signalbox/connectors/csv"
	"signalbox/release"
)

// TestRefused: a table that cannot be read must not pass for a short one, so that nothing of it is taken.
func TestRefused(t *testing.T) {
	var wide, long, cell strings.Builder
	wide.WriteString("id" + strings.Repeat(",title", 64))
	long.WriteString("id\n" + strings.Repeat("a\n", 100_001))
	cell.WriteString("id,title\na," + strings.Repeat("x", 4097))
	for _, c := range []struct {
		name, text, what string
		words            string
	}{
		{"no such kind", "id\n", "things", `"things" is no kind of table; say that its rows are services, people, windows, batches or periods`},
		{"empty", "", csv.Services, "t.csv: it is empty; begin it with the line id,title,tier"},
		{"a mark alone", "\ufeff\n", csv.People, "t.csv: it is empty"},
		{"no id", "title;tier\nA;1\n", csv.Services, "t.csv: the column is missing: id; add it to the header line"},
		{"windows without their columns", "id,title\n", csv.Windows, "t.csv: the column is missing: kind, scope, zone, start"},
		{"unknown columns", "id,owner,role\n", csv.People, `t.csv: it has no such column: "owner", "role"; there are id, name, email, teams`},
		{"a column twice", "id,ID\n", csv.People, "t.csv: the column id stands there twice; keep one of the two"},
		{"too many columns", wide.String(), csv.People, "its header has 65 columns; at most 64 are read"},
		{"too many rows", long.String(), csv.People, "it has more than 100000 rows"},
		{"a long cell", cell.String(), csv.Services, "no row of t.csv could be taken; first t.csv:2 row: title: the cell has 4097 bytes; at most 4096 are read"},
		{"UTF-16", "\xff\xfei\x00d\x00", csv.Services, "t.csv: it is written in UTF-16, not in UTF-8"},
		{"an open header", "id,\"title\na,b\n", csv.Services, "t.csv: its header line cannot be read; correct its quotes"},
		{"a quote over lines", "id,title\na,\"b\nc,d\ne,\"f\"\ng,h\n", csv.Services, "t.csv: a quote in the row at line 2 is not closed, or stands within a cell"},
		{"nothing taken", "id,tier\na,7\nb,8\n", csv.Services, `no row of t.csv could be taken; first t.csv:2 service a: tier: "7" is no tier from 0 to 3; what is known of it stays as it is`},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := csv.Map("csv:t.csv", "t.csv", c.what, []byte(c.text))
			if release.CodeOf(err) != release.Usage || !strings.Contains(err.Error(), c.words) {
				t.Errorf("got %v", err)
			}
		})
	}
	for file, words := range map[string]string{
		"services-latin1.csv":  `it is not written in UTF-8: line 3 has bytes of another encoding, perhaps Latin-1; save it as "CSV UTF-8"`,
		"services-unknown.csv": `services-unknown.csv: it has no such column: "owner", "role"; there are id, title, tier`,
		"services-quote.csv":   "services-quote.csv: a quote in the row at line 2 is not closed",
	} {
		f, err := csv.Read(filepath.Join(tables, file), csv.Services)
		if f != nil || release.CodeOf(err) != release.Usage || !strings.Contains(err.Error(), words) {
			t.Errorf("%s: got %v and %v", file, f, err)
		}
	}
}

func TestReadFiles(t *testing.T) {
	dir := t.TempDir()
	large := filepath.Join(dir, "large.csv")
	if err := os.WriteFile(large, make([]byte, 8<<20+1), 0o600); err != nil {
		t.Fatal(err)
	}
	for path, code := range map[string]release.Code{filepath.Join(dir, "none.csv"): release.NotFound, dir: release.Usage, large: release.Usage} {
		if _, err := csv.Read(path, csv.Services); release.CodeOf(err) != code {
			t.Errorf("%s: %v", path, err)
		}
	}
}
