package alertmanager_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"signalbox/connectors/alertmanager"
	"signalbox/release"
	"signalbox/release/fact"
	"signalbox/release/port"
)

// corpus is what an Alertmanager 0.25 sent; see SOURCES.md beside it.
const corpus = "../../testdata/alertmanager/captured-alertmanager-0.25"

var arrived = time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC)

func receiver(t testing.TB, change ...func(*alertmanager.Config)) *alertmanager.Receiver {
	t.Helper()
	c := alertmanager.Config{Name: "alerts", Secrets: [][]byte{[]byte("new"), []byte("old")}}
	for _, f := range change {
		f(&c)
	}
	r, err := alertmanager.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func captured(t testing.TB, name string) []byte {
	t.Helper()
	body, err := os.ReadFile(filepath.Join(corpus, name))
	if err != nil {
		t.Fatal(err)
	}
	return body
}

// brief writes facts a line each.
func brief(facts []fact.Fact) string {
	var lines []string
	for _, f := range facts {
		a := f.(fact.AlertSeen).Alert
		s := fmt.Sprintf("%s %s %s %q service=%q environment=%q severity=%q since %s", a.Connector, a.State, a.ID, a.Name, a.Service, a.Environment, a.Severity, a.StartsAt.Format(time.RFC3339))
		if !a.EndsAt.IsZero() {
			s += " until " + a.EndsAt.Format(time.RFC3339)
		}
		lines = append(lines, s+fmt.Sprintf(" said %s: %s <%s>", a.UpdatedAt.Format(time.RFC3339), a.Summary, a.URL))
	}
	return strings.Join(lines, "\n")
}

// TestCorpus holds every captured message with every fact that it gives.
func TestCorpus(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(corpus, "*.json"))
	if err != nil || len(files) != 2 {
		t.Fatalf("%d messages: %v", len(files), err)
	}
	line := func(id string, n int, state, until string) string {
		return fmt.Sprintf(`alerts %s %s "HighErrorRate" service="checkout" environment="" severity="page" since 2026-11-24T06:01:46Z%s said 2026-11-24T08:00:00Z: `+
			`5xx ratio 7.%d%% on checkout [31mv2.14.0[0m (2 more of this group were cut off by max_alerts) <http://prom.example/graph?g0.expr=up>`, state, id, until, n)
	}
	for file, c := range map[string]struct{ state, until string }{
		"cap-01.json": {"firing", ""},
		"cap-03.json": {"resolved", " until 2026-11-24T06:01:54Z"},
	} {
		facts, err := receiver(t).Map(port.Delivery{}, captured(t, file), arrived)
		if err != nil {
			t.Fatal(err)
		}
		want := line("3fee4975ae110d19", 1, c.state, c.until) + "\n" + line("766da114b9c005f2", 2, c.state, c.until) + "\n" + line("1e3f6d797f47e70b", 3, c.state, c.until)
		if got := brief(facts); got != want {
			t.Errorf("%s gives\n%s\nwant\n%s", file, got, want)
		}
	}
}

func TestMap(t *testing.T) {
	for name, c := range map[string]struct{ body, want string }{
		"mixed group": {`{"version":"4","status":"firing","alerts":[
			{"status":"firing","fingerprint":"a","labels":{"alertname":"A","service":"s","environment":"e","severity":"PAGE"},"annotations":{"description":"d","message":"m"},"startsAt":"2026-11-24T07:00:00.5+01:00","endsAt":"2026-11-24T09:00:00Z"},
			{"status":"resolved","fingerprint":"b","labels":{"alertname":"B"},"annotations":{"message":"m"},"startsAt":"2026-11-24T07:00:00Z","endsAt":"2026-11-24T07:30:00Z"}]}`,
			"alerts firing a \"A\" service=\"s\" environment=\"e\" severity=\"page\" since 2026-11-24T06:00:00Z said 2026-11-24T08:00:00Z: d <>\n" +
				"alerts resolved b \"B\" service=\"\" environment=\"\" severity=\"\" since 2026-11-24T07:00:00Z until 2026-11-24T07:30:00Z said 2026-11-24T08:00:00Z: m <>"},
		"almost nothing": {`{"alerts":[{}]}`, `alerts firing e3b0c44298fc1c14 "alert without a name" service="" environment="" severity="" since 2026-11-24T08:00:00Z said 2026-11-24T08:00:00Z:  <>`},
		"status of the group": {`{"status":"resolved","alerts":[{"fingerprint":"a","startsAt":"2026-11-24T07:00:00Z"}]}`,
			`alerts resolved a "alert without a name" service="" environment="" severity="" since 2026-11-24T07:00:00Z until 2026-11-24T08:00:00Z said 2026-11-24T08:00:00Z:  <>`},
		"unknown status": {`{"status":"odd","alerts":[{"fingerprint":"a","startsAt":"2026-11-24T07:00:00Z","endsAt":"2026-11-24T07:10:00Z"}]}`,
			`alerts resolved a "alert without a name" service="" environment="" severity="" since 2026-11-24T07:00:00Z until 2026-11-24T07:10:00Z said 2026-11-24T08:00:00Z:  <>`},
		"hostile texts": {`{"alerts":[{"fingerprint":"a\u001b]0;x","labels":{"alertname":"A\u202eB","service":" s\n","severity":"P\u0000AGE","n":1,"o":null},"annotations":{"summary":"\u200b","description":"x\u001b[2Jy"},"startsAt":"yesterday","generatorURL":"javascript:alert(1)"}],"truncatedAlerts":0}`,
			`alerts firing a]0;x "AB" service="s" environment="" severity="page" since 2026-11-24T08:00:00Z said 2026-11-24T08:00:00Z: x[2Jy <>`},
		"password in the link": {`{"alerts":[{"fingerprint":"a","generatorURL":"https://u:p@prom.example/"}],"truncatedAlerts":1e300}`,
			`alerts firing a "alert without a name" service="" environment="" severity="" since 2026-11-24T08:00:00Z said 2026-11-24T08:00:00Z: (1000000 more of this group were cut off by max_alerts) <>`},
		"no alerts": {`{"version":"4","alerts":[]}`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			facts, err := receiver(t).Map(port.Delivery{}, []byte(c.body), arrived.In(time.FixedZone("", 3600)))
			if err != nil || brief(facts) != c.want {
				t.Errorf("%v, got\n%s\nwant\n%s", err, brief(facts), c.want)
			}
		})
	}
	many := `{"alerts":[` + strings.Repeat("{},", 10_000) + `{}]}`
	for body, want := range map[string]string{
		"":                      "ends too early",
		"{}":                    "no list of alerts",
		"[]":                    "a list stands",
		`{"alerts":{}}`:         "object stands where alerts is read",
		`{"alerts":[{"x":1}`:    "ends too early",
		`{"alerts":[]}{}`:       "goes on after",
		`{"alerts":[{"labels":`: "ends too early",
		many:                    "the message has 10001 alerts; at most 10000",
		`{"alerts":[],"x":` + strings.Repeat("[", 64) + strings.Repeat("]", 64) + "}": "deeper than 64",
	} {
		facts, err := receiver(t).Map(port.Delivery{}, []byte(body), arrived)
		if facts != nil || release.CodeOf(err) != release.Usage || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40q: got %v and %v, want %q", body, facts, err, want)
		}
	}
}

func TestLabels(t *testing.T) {
	body := []byte(`{"alerts":[{"fingerprint":"a","labels":{"app":"x","service":"y","environment":"e","env":"f"}}]}`)
	for want, labels := range map[string]alertmanager.Labels{
		`service="y" environment="e"`: {},
		`service="x" environment="f"`: {Service: "app", Environment: "env"},
		`service="x" environment=""`:  {Service: "app"},
		`service="" environment="e"`:  {Environment: "environment"},
	} {
		facts, err := receiver(t, func(c *alertmanager.Config) { c.Labels = labels }).Map(port.Delivery{}, body, arrived)
		if err != nil || !strings.Contains(brief(facts), want) {
			t.Errorf("%+v: %v, %s", labels, err, brief(facts))
		}
	}
}
