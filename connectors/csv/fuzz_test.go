package csv_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"signalbox/connectors/csv"
	"signalbox/release"
	"signalbox/release/fact"
)

// FuzzCSV: whatever the bytes, every row is taken or refused, and nothing is said that cannot be shown.
func FuzzCSV(f *testing.F) {
	files, err := filepath.Glob(filepath.Join(tables, "*.csv"))
	if err != nil || len(files) < 8 {
		f.Fatal(files, err)
	}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, what := range []string{csv.Services, csv.People, csv.Windows, csv.Batches, csv.Periods} {
			s, err := csv.Map("s", "f.csv", what, data)
			if err != nil && release.CodeOf(err) != release.Usage {
				t.Fatal(err)
			}
			taken := 0
			show := ""
			switch seen := s.Fact.(type) {
			case fact.CatalogSeen:
				taken = len(seen.Services) + len(seen.Proposals)
				for _, v := range seen.Services {
					show += v.ID + v.Title + v.Team + v.System + v.Lifecycle
				}
				for _, v := range seen.Proposals {
					show += string(v.ID) + v.Name + v.Email
				}
			case fact.CalendarSeen:
				for _, v := range seen.Entries {
					if !strings.HasSuffix(v.ExternalID, "/weekday") || what != csv.Batches {
						taken++ // a job on days of the month or of the week is two entries
					}
				}
				for _, v := range seen.Entries {
					show += v.ExternalID + v.Title + v.URL
					if err := v.Timing.Check(); err != nil {
						t.Fatal(err)
					}
				}
			}
			if s.Fact != nil && what != csv.Batches && s.Read != taken+len(s.Refused) {
				t.Fatalf("%d read, %d taken, %d refused", s.Read, taken, len(s.Refused))
			}
			for _, r := range s.Refused {
				show += r.Place + r.Item + r.Reason
			}
			for _, r := range show {
				if !release.Printable(r) {
					t.Fatalf("not fit to be shown: %q", show)
				}
			}
		}
	})
}
