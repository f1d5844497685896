package openslo

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"signalbox/release"
	"signalbox/release/fact"
	"signalbox/release/health"
	"signalbox/release/port"
)

const corpus = "../../testdata/openslo"

const day = 24 * time.Hour

var _ port.Puller = (*Puller)(nil)

func reasons(list []fact.Refusal) string {
	var out []string
	for _, r := range list {
		out = append(out, r.Place+" "+r.Item+": "+r.Reason)
	}
	return strings.Join(out, "\n")
}

func TestExample(t *testing.T) {
	p, err := New(Config{Name: "objectives", Path: filepath.Join(corpus, "example"), Options: Options{Map: map[string]string{"shop-frontend": "checkout-web"}}})
	if err != nil {
		t.Fatal(err)
	}
	got, err := p.Pull(context.Background(), "", time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	seen := got.Facts[0].(fact.ObjectivesSeen)
	up := func(service string, target float64, from string) health.Objective {
		return health.Objective{ID: service + "-availability", Service: service, Environment: "production", Target: target, Window: 30 * day,
			Indicator: health.Availability, Method: health.Occurrences, From: from}
	}
	checkout := up("checkout-web", 0.999, "commerce.yaml:14")
	checkout.Title = "Checkout answers"
	want := []health.Objective{checkout, up("search", 0.995, "commerce.yaml:26"),
		{ID: "search-latency", Service: "search", Environment: "production", Title: "Search is fast", Target: 0.99, Window: 28 * day, Indicator: health.Latency,
			Method: health.Timeslices, SliceTarget: 0.99, Threshold: 0.5, From: "commerce.yaml:37"},
		up("payments-api", 0.9995, "platform.yaml:1"), up("identity", 0.9999, "platform.yaml:12"), up("notify-svc", 0.99, "platform.yaml:23")}
	if d := cmp.Diff(want, seen.Objectives); d != "" {
		t.Error(d)
	}
	if r := reasons(got.Refused); r != "platform.yaml:44 SLO ledger-availability: objective 1: a target of 1 or more leaves no error budget" || got.Read != 7 {
		t.Errorf("%d read, refused %s", got.Read, r)
	}
	if d := cmp.Diff([]string{"ledger-availability"}, seen.Unread); d != "" || seen.Source != "objectives" {
		t.Error(seen.Source, d)
	}
	again, err := p.Pull(context.Background(), got.Cursor, time.Time{})
	if err != nil || !again.Unchanged || len(again.Facts) > 0 {
		t.Errorf("read again: %+v, %v", again, err)
	}
	other, err := New(Config{Name: "objectives", Path: filepath.Join(corpus, "example"), Options: Options{Environment: "staging"}})
	if err != nil {
		t.Fatal(err)
	}
	again, err = other.Pull(context.Background(), got.Cursor, time.Time{})
	if err != nil || again.Unchanged || again.Facts[0].(fact.ObjectivesSeen).Objectives[0].Environment != "staging" || again.Facts[0].(fact.ObjectivesSeen).Objectives[0].Service != "shop-frontend" {
		t.Errorf("with another configuration: %+v, %v", again, err)
	}
}

// TestCorpus reads what others wrote: each file gives what it should, or says why not.
func TestCorpus(t *testing.T) {
	for path, want := range map[string]string{
		"OpenSLO+OpenSLO/examples/budgeting-method/occurences-slo.yaml":   "occurences-slo.yaml:25 SLO search-slo: objective 1: OpenSLO does not say the unit of value: add the annotation signalbox.dev/unit, s or ms",
		"OpenSLO+OpenSLO/examples/budgeting-method/ratio-timeslices.yaml": "",
		"OpenSLO+OpenSLO/examples/budgeting-method/timeslices-slo.yaml":   "timeslices-slo.yaml:27 SLO service-availability: spec.timeWindow: only rolling windows are reckoned: isRolling must be true, without a calendar",
		"slok+sloth/openslo-getting-started.yml":                          "openslo-getting-started.yml:6 SLO sloth-slo-my-service: the apiVersion \"openslo/v1alpha\" is not read; write it as openslo/v1",
	} {
		data, err := os.ReadFile(filepath.Join(corpus, path))
		if err != nil {
			t.Fatal(err)
		}
		s := mapped("x", []File{{filepath.Base(path), data}}, Options{})
		if got := reasons(s.seen.Refused); got != want || (want == "") != (len(s.seen.Objectives) == 1) {
			t.Errorf("%s: %d objectives, refused %q, want %q", path, len(s.seen.Objectives), got, want)
		}
	}
	_, err := Read(filepath.Join(corpus, "slok+sloth"), Options{})
	if release.CodeOf(err) != release.Usage || !strings.Contains(err.Error(), "nothing in ../../testdata/openslo/slok+sloth could be read") {
		t.Errorf("nothing but the version before: %v", err)
	}
}

// slo is a good document, with edits of whole lines.
func slo(edits ...string) string {
	text := `apiVersion: openslo/v1
kind: SLO
metadata:
  name: up
spec:
  service: Search
  indicator: {spec: {ratioMetric: {}}}
  timeWindow: [{duration: 4w, isRolling: true}]
  budgetingMethod: Occurrences
  objectives:
    - target: 0.99
`
	for k := 0; k < len(edits); k += 2 {
		if !strings.Contains(text, edits[k]) {
			panic(edits[k])
		}
		text = strings.Replace(text, edits[k], edits[k+1], 1)
	}
	return text
}

func TestFaults(t *testing.T) {
	for _, c := range []struct {
		text, want string // want "" where it is good
		unread     int
	}{
		{slo(), "", 0},
		{slo("0.99", "0.99\n      displayName: Total"), "", 0},
		{slo("target: 0.99", "targetPercent: 99.95"), "", 0},
		{slo("kind: SLO", "kind: Wish"), `a.yaml:1 Wish up: "Wish" is no kind of OpenSLO; SLO and SLI are read`, 0},
		{slo("apiVersion: openslo/v1", "apiVersion: openslo.com/v2alpha1"), `a.yaml:1 SLO up: the apiVersion "openslo.com/v2alpha1" is not read; write it as openslo/v1`, 0},
		{"- 1\n", "a.yaml:1 document: it is no OpenSLO document: apiVersion and kind are missing", 0},
		{"a: b: c\n", "a.yaml:1 document: mapping values are not allowed in this context", 0},
		{slo("name: up", `name: "up ward"`), `a.yaml:1 SLO up ward: metadata.name "up ward" is no name`, 0},
		{slo("service: Search", "servise: Search"), "a.yaml:6 SLO up: spec.servise is no key of an SLO", 20},
		{slo("service: Search", "description: x"), "a.yaml:6 SLO up: spec.service is missing: it names the service of the catalog", 20},
		{slo("duration: 4w", "duration: 1M"), "a.yaml:8 SLO up: spec.timeWindow: 1M has no fixed length: write a rolling window in days or weeks", 20},
		{slo("duration: 4w", "duration: four"), `a.yaml:8 SLO up: spec.timeWindow: "four" is no duration such as 28d`, 20},
		{slo("duration: 4w", "duration: 400d"), "a.yaml:8 SLO up: spec.timeWindow: it is longer than 366d, for which samples are kept", 20},
		{slo("duration: 4w", "duration: 5m"), "a.yaml:11 SLO up: objective 1: the window is not between 24h and 366d", 1},
		{slo("isRolling: true", "isRolling: false"), "a.yaml:8 SLO up: spec.timeWindow: only rolling windows are reckoned: isRolling must be true, without a calendar", 20},
		{slo("Occurrences", "Vibes"), `a.yaml:11 SLO up: objective 1: the budgeting method "Vibes" is not known`, 1},
		{slo("target: 0.99", "taget: 0.99"), "a.yaml:11 SLO up: objective 1: taget is no key of an objective", 1},
		{slo("target: 0.99", "compositeWeight: 2"), "a.yaml:11 SLO up: objective 1: composite SLOs are not reckoned", 1},
		{slo("target: 0.99", "target: 0.99\n      targetPercent: 99"), "a.yaml:11 SLO up: objective 1: it needs either target or targetPercent", 1},
		{slo("target: 0.99", "target: high"), "a.yaml:11 SLO up: objective 1: target is no number", 1},
		{slo("target: 0.99", "target: .nan"), "a.yaml:11 SLO up: objective 1: target is no number", 1},
		{slo("target: 0.99", "target: 99.9"), "a.yaml:11 SLO up: objective 1: a target of 1 or more leaves no error budget", 1},
		{slo("indicator: {spec: {ratioMetric: {}}}", "indicatorRef: gone"), "a.yaml:11 SLO up: objective 1: there is no SLI gone in what was read", 1},
		{slo("  indicator: {spec: {ratioMetric: {}}}\n", ""), "a.yaml:10 SLO up: objective 1: it has neither an indicator nor an indicatorRef", 1},
		{slo("ratioMetric: {}", "ratioMetric: {}, thresholdMetric: {}"), "a.yaml:11 SLO up: objective 1: its indicator needs either a ratioMetric or a thresholdMetric", 1},
		{slo("ratioMetric", "thresholdMetric", "target: 0.99", "target: 0.99\n      op: gt"), "a.yaml:11 SLO up: objective 1: a thresholdMetric is read as a latency, which must be lt or lte a value", 1},
		{slo() + "---\n" + slo(), "a.yaml:13 SLO up: there is an SLO of this name already, in a.yaml:1", 0},
		{slo() + "---\nkind: Service\napiVersion: openslo/v1\nmetadata: {name: search}\n", "", 0},
	} {
		s := mapped("x", []File{{"a.yaml", []byte(c.text)}}, Options{})
		if got := reasons(s.seen.Refused); got != c.want || len(s.seen.Unread) != c.unread {
			t.Errorf("%s\nrefused %q, want %q; %d unread", c.text, got, c.want, len(s.seen.Unread))
		}
		if c.want == "" && (len(s.seen.Objectives) != 1 || s.seen.Objectives[0].Service != "search" || s.seen.Objectives[0].Window != 28*day) {
			t.Errorf("%s\ngives %+v", c.text, s.seen.Objectives)
		}
	}
}

// TestBombs: a document that unfolds to more than may be is refused, and the others are read.
func TestBombs(t *testing.T) {
	var b strings.Builder
	b.WriteString("a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n")
	for k := 1; k < 9; k++ {
		fmt.Fprintf(&b, "a%d: &a%d [%s]\n", k, k, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d,", k-1), 10), ","))
	}
	s := mapped("x", []File{{"bomb.yaml", []byte(b.String() + "---\n" + slo())}, {"deep.yaml", []byte(strings.Repeat("[", 5000))},
		{"large.yaml", []byte(strings.Repeat("# "+strings.Repeat("x", 100)+"\n", 12_000))}}, Options{})
	if len(s.seen.Refused) != 3 || len(s.seen.Objectives) != 1 || !strings.Contains(s.seen.Refused[0].Reason, "once its aliases are written out") {
		t.Errorf("%d objectives, refused\n%s", len(s.seen.Objectives), reasons(s.seen.Refused))
	}
}

func TestPaths(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := Read(filepath.Join(dir, "none"), Options{}); release.CodeOf(err) != release.NotFound {
		t.Errorf("what is not there: %v", err)
	}
	if _, err := Read(dir, Options{}); release.CodeOf(err) != release.NotFound {
		t.Errorf("an empty directory: %v", err)
	}
	write("b/up.yml", slo())
	write(".hidden/up.yml", slo())
	write("notes.txt", "none")
	if err := os.Symlink("/etc/passwd", filepath.Join(dir, "out.yaml")); err != nil {
		t.Fatal(err)
	}
	seen, err := Read(dir, Options{})
	if err != nil || len(seen.Objectives) != 1 || seen.Objectives[0].From != "b/up.yml:1" || seen.Source != "import:"+dir || reasons(seen.Refused) != "out.yaml:1 file: it is a link to nothing within the directory" {
		t.Errorf("%+v, %v", seen, err)
	}
	one, err := Read(filepath.Join(dir, "b", "up.yml"), Options{})
	if err != nil || len(one.Objectives) != 1 {
		t.Errorf("one file: %+v, %v", one, err)
	}
	for _, c := range []Config{{Name: "Bad Name", Path: "x"}, {Name: "slo"}} {
		if _, err := New(c); release.CodeOf(err) != release.Usage {
			t.Errorf("%+v: %v", c, err)
		}
	}
}

// FuzzOpenSLO: whatever the bytes, nothing panics, every objective can be reckoned with, and what is refused
// can be shown.
func FuzzOpenSLO(f *testing.F) {
	f.Add([]byte(slo()))
	err := filepath.WalkDir(corpus, func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasPrefix(filepath.Ext(p), ".y") {
			return err
		}
		data, err := os.ReadFile(p)
		f.Add(data)
		return err
	})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		s := mapped("x", []File{{"a.yaml", data}}, Options{})
		for _, o := range s.seen.Objectives {
			if err := o.Check(); err != nil || o.ID == "" || o.Service == "" || o.Title != release.Clean(o.Title, 120) {
				t.Fatalf("%+v: %v", o, err)
			}
		}
		for _, r := range s.seen.Refused {
			if r.Reason == "" || r.Reason != release.Clean(r.Reason, 300) {
				t.Fatalf("%+v", r)
			}
		}
	})
}
