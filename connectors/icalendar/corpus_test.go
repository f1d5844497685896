package icalendar_test

import (
	"flag"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"signalbox/connectors/icalendar"
	"signalbox/release"
	"signalbox/release/calendar"
)

const corpus = "../../testdata/icalendar"

// calendars returns the corpus: path → bytes.
func calendars(t testing.TB) map[string][]byte {
	t.Helper()
	out := map[string][]byte{}
	err := filepath.WalkDir(corpus, func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(p) != ".ics" {
			return err
		}
		data, err := os.ReadFile(p)
		name, _ := filepath.Rel(corpus, p)
		out[filepath.ToSlash(name)] = data
		return err
	})
	if err != nil || len(out) != 66 {
		t.Fatalf("%d calendars in %s: %v", len(out), corpus, err)
	}
	return out
}

// report writes what a file gave, as expected.txt has it.
func report(name string, s icalendar.Seen, err error) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", name)
	if err != nil {
		fmt.Fprintf(&b, "  no calendar: %s\n", release.AsError(err).Message)
		return b.String()
	}
	fmt.Fprintf(&b, "  read %d, taken %d, merged %d, gone %d, refused %d", s.Read, len(s.Entries), s.Merged, s.Gone, len(s.Refused))
	for _, k := range slices.Sorted(maps.Keys(s.Ignored)) {
		fmt.Fprintf(&b, ", %s %d", k, s.Ignored[k])
	}
	b.WriteByte('\n')
	for _, r := range s.Refused {
		_, line, _ := strings.Cut(r.Place, ".ics")
		fmt.Fprintf(&b, "  refused %s %s: %s\n", strings.TrimPrefix(line, ":"), r.Item, r.Reason)
	}
	return b.String()
}

var update = flag.Bool("update", false, "write expected.txt anew; read it against the files before you keep it")

// TestCorpus holds every file of the corpus to what expected.txt says of it.
func TestCorpus(t *testing.T) {
	files := calendars(t)
	if *update {
		var all strings.Builder
		for _, name := range slices.Sorted(maps.Keys(files)) {
			s, err := icalendar.Map("import:"+filepath.Base(name), files[name], asMaintenance)
			all.WriteString(report(name, s, err))
		}
		if err := os.WriteFile(filepath.Join(corpus, "expected.txt"), []byte(all.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	expected, err := os.ReadFile(filepath.Join(corpus, "expected.txt"))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{}
	name := ""
	for line := range strings.Lines(string(expected)) {
		if !strings.HasPrefix(line, " ") {
			name = strings.TrimSpace(line)
		}
		want[name] += line
	}
	if len(want) != len(files) {
		t.Errorf("expected.txt speaks of %d files, there are %d", len(want), len(files))
	}
	read := 0
	for _, name := range slices.Sorted(maps.Keys(files)) {
		t.Run(name, func(t *testing.T) {
			s, err := icalendar.Map("import:"+filepath.Base(name), files[name], asMaintenance)
			if got := report(name, s, err); got != want[name] {
				t.Errorf("got\n%swant\n%s", got, want[name])
			}
			if s.Read != len(s.Entries)+s.Merged+s.Gone+len(s.Refused) {
				t.Errorf("%d events were read, and %d are accounted for", s.Read, len(s.Entries)+s.Merged+s.Gone+len(s.Refused))
			}
			if n := strings.Count(strings.ToUpper(string(files[name])), "BEGIN:VEVENT"); err == nil && s.Read < n {
				t.Errorf("%d of %d events were read", s.Read, n)
			}
			read += s.Read
			sound(t, s)
		})
	}
	if read != 153 {
		t.Errorf("%d events in the corpus", read)
	}
}

var asMaintenance = icalendar.Options{As: calendar.Maintenance, Scope: "org"}

// sound checks what holds of everything that was taken, whatever the bytes were.
func sound(t testing.TB, s icalendar.Seen) {
	t.Helper()
	ids := map[string]bool{}
	for _, e := range s.Entries {
		if ids[e.ExternalID] || e.ExternalID == "" || e.Title == "" || e.Scope == "" || !slices.Contains(calendar.Kinds, e.Kind) {
			t.Fatalf("%+v", e)
		}
		ids[e.ExternalID] = true
		if line := e.ExternalID + e.Title + e.URL; release.Clean(line, 0) != line {
			t.Fatalf("not fit to be shown: %q", line)
		}
		if err := e.Timing.Check(); err != nil {
			t.Fatalf("%+v: %v", e.Timing, err)
		}
		start, err := calendar.ParseWall(e.Timing.Start)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := e.Occurrences(start.Add(-7*24*time.Hour), start.Add(90*24*time.Hour)); err != nil {
			t.Fatal(err)
		}
	}
	for _, r := range s.Refused {
		if line := r.Place + r.Item + r.Reason; release.Clean(line, 0) != line || r.Place == "" || r.Item == "" || r.Reason == "" {
			t.Fatalf("not fit to be shown: %q", line)
		}
	}
}
