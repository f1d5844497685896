package schedule_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"signalbox/connectors/schedule"
	"signalbox/connectors/timetabletest"
	"signalbox/release"
	"signalbox/release/calendar"
	"signalbox/release/fact"
)

const samples = "../../testdata/schedules/"

func brief(s fact.CalendarSeen) string {
	var out []string
	for _, e := range s.Entries {
		out = append(out, fmt.Sprintf("%s %s %q %s %d", e.Kind, e.ExternalID, e.Title, e.Timing.Start[:10], e.Timing.Days))
	}
	for _, r := range s.Aside {
		out = append(out, "aside "+r.Place+" "+r.Item+": "+r.Reason)
	}
	for _, r := range s.Refused {
		out = append(out, "refused "+r.Place+" "+r.Item+": "+r.Reason)
	}
	return strings.Join(out, "\n")
}

func TestKubernetes(t *testing.T) {
	s, err := schedule.Import(samples+"written/kubernetes.yaml", schedule.Options{Project: "kubernetes"})
	if err != nil {
		t.Fatal(err)
	}
	want := `deadline kubernetes/1.35/maintenance "kubernetes 1.35 takes only security fixes" 2026-12-28 1
end-of-life kubernetes/1.35/end-of-life "kubernetes 1.35 end of life" 2027-02-28 1
deadline kubernetes/1.35.9/cherry-picks "kubernetes 1.35.9 cherry-picks are due" 2026-12-04 1
deadline kubernetes/1.35.9/release "kubernetes 1.35.9 is released" 2026-12-08 1
aside kubernetes.yaml:11 1.35: 1 patches of it are out
refused kubernetes.yaml:15 kubernetes 1.34 end of life: "soon" is no date
refused kubernetes.yaml:16 1.34: its next patch has no release
refused kubernetes.yaml:17 schedule: it has no release
refused kubernetes.yaml:18 row: it is no mapping`
	if got := brief(s); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// TestOpenStack reads the real files of a cycle and of all series.
func TestOpenStack(t *testing.T) {
	for name, want := range map[string]struct {
		read, entries, aside int
		first                string
	}{
		"schedule.yaml":      {48, 39, 9, `window openstack/f-final/2025-09-29 "openstack f-final" 2025-09-29 5`},
		"series_status.yaml": {63, 63, 0, `window openstack/indri/release "openstack indri 2027.1 is released" 2027-03-24 1`},
	} {
		data, err := os.ReadFile(samples + "openstack/" + name)
		if err != nil {
			t.Fatal(err)
		}
		s, read, err := schedule.Options{Project: "openstack", As: calendar.ChangeWindow}.Read("s", name, data)
		if err != nil || len(s.Refused) > 0 {
			t.Fatalf("%s: %v\n%s", name, err, brief(s))
		}
		timetabletest.Sound(t, s, read)
		first, _, _ := strings.Cut(brief(s), "\n")
		if read != want.read || len(s.Entries) != want.entries || len(s.Aside) != want.aside || first != want.first {
			t.Errorf("%s: %d read, %d entries, %d aside, first %s", name, read, len(s.Entries), len(s.Aside), first)
		}
	}
	for text, words := range map[string]string{"": "it has 0 documents", "a: b": "it has neither schedules", "x": "it has neither schedules", "schedules: [5]": "no row of f could be taken", "cycle: [{start: soon, end: later, x-project: [a]}]": `"soon" is no date`,
		"a: [": "line 1: "} {
		if _, _, err := (schedule.Options{}).Read("s", "f", []byte(text)); release.CodeOf(err) != release.Usage || !strings.Contains(err.Error(), words) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func FuzzRead(f *testing.F) {
	for _, name := range []string{"written/kubernetes.yaml", "openstack/schedule.yaml", "openstack/series_status.yaml"} {
		data, err := os.ReadFile(samples + name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		s, read, err := schedule.Options{Project: "p"}.Read("s", "f.yaml", data)
		if err != nil && release.CodeOf(err) != release.Usage {
			t.Fatal(err)
		}
		timetabletest.Sound(t, s, read)
	})
}
