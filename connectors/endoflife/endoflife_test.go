package endoflife_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"signalbox/connectors"
	"signalbox/connectors/endoflife"
	"signalbox/connectors/timetabletest"
	"signalbox/release"
	"signalbox/release/calendar"
	"signalbox/release/fact"
)

const samples = "../../testdata/schedules/"

func brief(s fact.CalendarSeen) string {
	var out []string
	for _, e := range s.Entries {
		out = append(out, fmt.Sprintf("%s %q %s %s", e.ExternalID, e.Title, e.Timing.Start[:10], e.URL))
	}
	for _, r := range s.Aside {
		out = append(out, "aside "+r.Place+" "+r.Item+": "+r.Reason)
	}
	for _, r := range s.Refused {
		out = append(out, "refused "+r.Place+" "+r.Item+": "+r.Reason)
	}
	return strings.Join(out, "\n")
}

func TestJSON(t *testing.T) {
	for file, want := range map[string]string{
		"keeper.json": `keeper/18 "keeper 18 end of life" 2030-11-14 https://keeper.example/18
keeper/17 "keeper 17 end of life" 2029-11-08 
keeper/17/extended "keeper 17 end of extended support" 2031-11-08 
aside keeper.json:4 keeper 16: no end of its life is known
aside keeper.json:5 keeper 15: its life is over, and when it ended is not said
refused keeper.json:6 keeper 14: eol is "soon", which is no date
refused keeper.json:7 keeper 13: it has no eol
refused keeper.json:8 keeper: the version has no name
refused keeper.json:9 keeper version: a value of it is of another kind than endoflife.date's document says`,
		"keeper-v1.json": `keeper/18 "keeper 18 end of life" 2030-11-14 https://keeper.example/18
keeper/17 "keeper 17 end of life" 2029-11-08 
keeper/17/extended "keeper 17 end of extended support" 2031-11-08 
aside keeper-v1.json:6 keeper 16: no end of its life is known
aside keeper-v1.json:7 keeper 15: its life is over, and when it ended is not said
refused keeper-v1.json:8 keeper 14: a value of it is of another kind than endoflife.date's document says`,
	} {
		s, err := endoflife.Import(samples+"written/"+file, endoflife.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if got := brief(s); got != want {
			t.Errorf("%s: got\n%s\nwant\n%s", file, got, want)
		}
	}
	s, err := endoflife.Import(samples+"written/keeper.json", endoflife.Options{Product: "Keeper DB", Versions: []string{"18"}, Scope: "service:ledger"})
	if err != nil || len(s.Entries) != 1 || s.Entries[0].ExternalID != "Keeper DB/18" || s.Entries[0].Scope != "service:ledger" || len(s.Aside) != 6 {
		t.Errorf("%v\n%s", err, brief(s))
	}
}

// TestCorpus reads real product files and tables: every version is an entry, or left aside with its reason.
func TestCorpus(t *testing.T) {
	files, _ := filepath.Glob(samples + "endoflife.date/*.md")
	more, _ := filepath.Glob(samples + "distro-info-data/*.csv")
	entries, aside := 0, 0
	held := map[string]string{}
	for _, name := range append(files, more...) {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		s, read, err := endoflife.Options{}.Read("s", filepath.Base(name), data)
		if err != nil || len(s.Refused) > 0 {
			t.Errorf("%s: %v\n%s", name, err, brief(s))
		}
		timetabletest.Sound(t, s, read)
		entries, aside = entries+len(s.Entries), aside+len(s.Aside)
		for _, e := range s.Entries {
			held[e.Title] = e.Timing.Start[:10]
			if e.Kind != calendar.EndOfLife {
				t.Fatal(e)
			}
		}
	}
	if len(files) != 25 || len(more) != 2 || entries != 583 || aside != 37 {
		t.Errorf("%d and %d files, %d entries, %d left aside", len(files), len(more), entries, aside)
	}
	for title, date := range map[string]string{"postgresql 14 end of life": "2026-11-12", "go 1.25 end of life": "2026-08-19", "debian 12 end of life": "2026-07-11"} {
		if held[title] != date {
			t.Errorf("%s on %q, not %s", title, held[title], date)
		}
	}
}

func TestRefused(t *testing.T) {
	for text, words := range map[string]string{"": "it is neither JSON", "hello": "it is neither JSON", "[": "it ends too early", "{}": "it has no result with releases", "---\n": "it has no block of YAML",
		"---\ntitle: x\n---\n": "it has no releases", "version,a\n": "its columns are not", `[{"cycle":"1","eol":"soon"}]`: "no row of f could be taken", "---\nreleases: 5\n---\n": "a number stands where another kind of value is read"} {
		if _, _, err := (endoflife.Options{}).Read("s", "f", []byte(text)); release.CodeOf(err) != release.Usage || !strings.Contains(err.Error(), words) {
			t.Errorf("%q: %v", text, err)
		}
	}
	if _, err := endoflife.New(endoflife.Config{Origin: connectors.Origin{Name: "x", Path: "y"}, Options: endoflife.Options{Scope: "nowhere"}}); release.CodeOf(err) != release.Usage {
		t.Error(err)
	}
}

func FuzzRead(f *testing.F) {
	for _, name := range []string{"written/keeper.json", "written/keeper-v1.json", "distro-info-data/debian.csv", "endoflife.date/go.md"} {
		data, err := os.ReadFile(samples + name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		s, read, err := endoflife.Options{}.Read("s", "f.json", data)
		if err != nil && release.CodeOf(err) != release.Usage {
			t.Fatal(err)
		}
		timetabletest.Sound(t, s, read)
	})
}
