package prometheus

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"signalbox/release"
	"signalbox/release/fact"
	"signalbox/release/health"
	"signalbox/release/port"
)

// recorded is a transport that answers each query from a table and notes what it was asked.
type recorded struct {
	answer func(form url.Values) (status int, body string)
	asked  []url.Values
	header []http.Header
}

func (r *recorded) RoundTrip(q *http.Request) (*http.Response, error) {
	form := q.URL.Query()
	if q.Body != nil {
		body, err := io.ReadAll(q.Body)
		if err != nil {
			return nil, err
		}
		if form, err = url.ParseQuery(string(body)); err != nil {
			return nil, err
		}
	}
	form.Set("path", q.URL.Path)
	form.Set("method", q.Method)
	r.asked, r.header = append(r.asked, form), append(r.header, q.Header)
	status, body := r.answer(form)
	if status == 0 {
		return nil, errors.New("the line is cut")
	}
	h := http.Header{"Content-Type": {"text/plain"}}
	if strings.HasPrefix(body, "{") {
		h.Set("Content-Type", "application/json")
	}
	if status == http.StatusServiceUnavailable {
		h.Set("Retry-After", "7")
	}
	return &http.Response{StatusCode: status, Header: h, Body: io.NopCloser(strings.NewReader(body)), Request: q}, nil
}

// table answers by the text of the query, and "no series" to any other.
func table(answers map[string]string) func(url.Values) (int, string) {
	return func(form url.Values) (int, string) {
		if a, ok := answers[form.Get("query")]; ok {
			return 200, a
		}
		return 200, `{"status":"success","data":{"resultType":"vector","result":[]}}`
	}
}

// named makes the text of each query the name of its signal.
var named = Queries{Rate: "rate", Errors: "errors", P50: "p50", P95: "p95", P99: "p99"}

func puller(t testing.TB, answer func(url.Values) (int, string), change ...func(*Config)) (*Puller, *recorded) {
	t.Helper()
	r := &recorded{answer: answer}
	c := Config{Name: "monitor", URL: address, Interval: 15 * time.Second, Queries: named}
	for _, f := range change {
		f(&c)
	}
	p, err := through(c, r)
	if err != nil {
		t.Fatal(err)
	}
	return p, r
}

var (
	now  = time.Date(2026, 11, 24, 8, 0, 7, 0, time.UTC)
	tick = time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC)
)

func vector(series ...string) string {
	return `{"status":"success","data":{"resultType":"vector","result":[` + strings.Join(series, ",") + `]}}`
}

func series(service, environment, version, value string) string {
	labels := fmt.Sprintf(`"service":%q,"environment":%q,"version":%q`, service, environment, version)
	return fmt.Sprintf(`{"metric":{%s},"value":[%d,%q]}`, labels, tick.Unix(), value)
}

// brief writes what a reading gave.
func brief(p port.Pulled) string {
	var b strings.Builder
	for _, f := range p.Facts {
		for _, s := range f.(fact.Measured).Samples {
			fmt.Fprintf(&b, "%s %s/%s/%s %s×%d", s.At.Format("15:04:05"), s.Service, s.Environment, s.Version, s.Step, s.N)
			for _, v := range []struct {
				name  string
				value *float64
			}{{"rate", s.Rate}, {"errors", s.Errors}, {"p50", s.P50}, {"p95", s.P95}, {"p99", s.P99}} {
				if v.value != nil {
					fmt.Fprintf(&b, " %s=%s", v.name, strconv.FormatFloat(*v.value, 'g', -1, 64))
				}
			}
			b.WriteString("\n")
		}
	}
	for _, r := range p.Refused {
		fmt.Fprintf(&b, "! %s %s: %s\n", r.Place, r.Item, r.Reason)
	}
	for _, n := range p.Notes {
		fmt.Fprintf(&b, "! %s\n", n)
	}
	fmt.Fprintf(&b, "read %d, cursor %s", p.Read, p.Cursor)
	if p.Unchanged {
		b.WriteString(", unchanged")
	}
	return b.String()
}

func TestMapping(t *testing.T) {
	const cursor = ", cursor 2026-11-24T08:00:00Z"
	nothing := "! no series has the label \"service\": all queries gave nothing\nread 0" + cursor
	for name, c := range map[string]struct {
		answers map[string]string
		want    string
	}{
		"nothing": {nil, nothing},
		"all signals": {map[string]string{
			"rate":   vector(series("checkout", "production", "v2", "12.5"), series("checkout", "production", "v1", "37.5")),
			"errors": vector(series("checkout", "production", "v1", "0"), series("checkout", "production", "v2", "0.071")),
			"p50":    vector(series("checkout", "production", "v1", "0.01")),
			"p95":    vector(series("checkout", "production", "v1", "0.2")),
			"p99":    vector(series("checkout", "production", "v1", "1e-3")),
		}, "08:00:00 checkout/production/v1 15s×1 rate=37.5 errors=0 p50=0.01 p95=0.2 p99=0.001\n" +
			"08:00:00 checkout/production/v2 15s×1 rate=12.5 errors=0.071\nread 7" + cursor},
		"no traffic": {map[string]string{
			"rate": vector(series("a", "e", "v", "0")), "errors": vector(series("a", "e", "v", "NaN")), "p99": vector(series("a", "e", "v", "+Inf")), "p50": vector(series("a", "e", "v", "-Inf")),
		}, "08:00:00 a/e/v 15s×1 rate=0\nread 4" + cursor},
		"nothing but NaN": {map[string]string{"errors": vector(series("a", "e", "v", "NaN"))}, "read 1" + cursor},
		"without labels": {map[string]string{
			"rate": vector(`{"metric":{},"value":[1795507200,"4"]}`, `{"metric":{"version":"v"},"value":[1795507200,"5"]}`, `{"metric":{"service":"a"},"value":[1795507200,"6"]}`),
		}, "08:00:00 a// 15s×1 rate=6\n! monitor rate: series without the label \"service\": 2\nread 3" + cursor},
		"hostile labels": {map[string]string{"rate": vector(`{"metric":{"service":"a\u001b[31m\u202eb","version":" v\n1 "},"value":[1795507200,"4"]}`)},
			"08:00:00 a[31mb//v 1 15s×1 rate=4\nread 1" + cursor},
		"percent": {map[string]string{"errors": vector(series("a", "e", "v", "7.1"), series("a", "e", "w", "1.0000000001"), series("a", "e", "x", "-1"))},
			"08:00:00 a/e/w 15s×1 errors=1\n! monitor errors: values that are no ratio between 0 and 1: 2\nread 3" + cursor},
		"negative": {map[string]string{"p50": vector(series("a", "e", "v", "-2"))}, "! monitor p50: values below 0: 1\nread 1" + cursor},
		"several of one": {map[string]string{"rate": vector(series("a", "e", "v", "1"), series("a", "e", "v", "2"), series("a", "e", "v ", "3"), series("a", "e", "w", "4"))},
			"08:00:00 a/e/w 15s×1 rate=4\n! monitor rate: values that share service, environment and version with another: 2\nread 4" + cursor},
		"another instant": {map[string]string{"rate": vector(`{"metric":{"service":"a"},"value":[1795507201,"4"]}`, `{"metric":{"service":"b"},"value":[1795507185,"4"]}`)},
			"! monitor rate: values of an instant that was not asked about: 2\nread 2" + cursor},
		"histogram": {map[string]string{"p99": vector(`{"metric":{"service":"a"},"histogram":[1795507200,{"count":"3","sum":"1.5","buckets":[[0,"0.1","0.2","3"]]}]}`)},
			"! monitor p99: values that are histograms, not numbers: 1\nread 1" + cursor},
		"null series": {map[string]string{"rate": vector("null", series("a", "e", "v", "1"))}, "08:00:00 a/e/v 15s×1 rate=1\nread 1" + cursor},
		"warnings": {map[string]string{"rate": `{"status":"success","data":{"resultType":"vector","result":[` + series("a", "e", "v", "1") + `]},"warnings":["one \u001b[2Jstore is down"],"infos":["x"]}`},
			"08:00:00 a/e/v 15s×1 rate=1\n! monitor rate: warning: one [2Jstore is down\nread 1" + cursor},
	} {
		t.Run(name, func(t *testing.T) {
			p, _ := puller(t, table(c.answers))
			got, err := p.Pull(context.Background(), "", now)
			if err != nil {
				t.Fatal(err)
			}
			if brief(got) != c.want {
				t.Errorf("got\n%s\nwant\n%s", brief(got), c.want)
			}
		})
	}
}

func TestOwnLabels(t *testing.T) {
	p, r := puller(t, table(map[string]string{"rate": vector(`{"metric":{"app":"a","service":"x","environment":"y","build":"7"},"value":[1795507200,"4"]}`)}),
		func(c *Config) { c.Labels, c.Environment = Labels{Service: "app", Version: "build"}, "production" })
	got, err := p.Pull(context.Background(), "", now)
	if err != nil || !strings.HasPrefix(brief(got), "08:00:00 a/production/7 15s×1 rate=4\nread 1") {
		t.Errorf("got %s, %v", brief(got), err)
	}
	for i, name := range []string{"rate", "errors", "p50", "p95", "p99"} {
		if f := r.asked[i]; f.Get("query") != name || f.Get("time") != "1795507200" || f.Get("path") != "/base/api/v1/query" {
			t.Errorf("asked %v", f)
		}
	}
}

func TestFailures(t *testing.T) {
	says := func(kind, words string) string {
		b, err := json.Marshal(map[string]string{"status": "error", "errorType": kind, "error": words})
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	many := vector(strings.Repeat(series("a", "e", "v", "1")+",", maxSeries) + series("a", "e", "v", "1"))
	for name, c := range map[string]struct {
		status int
		body   string
		code   release.Code
		want   string
	}{
		"bad query":         {400, says("bad_data", "invalid parameter \"query\": 1:5: [31mparse error"), release.Usage, "refuses the query for rate: invalid parameter \"query\": 1:5: [31mparse error"},
		"cannot be done":    {422, says("execution", "\x1b[31mmany-to-many matching not allowed"), release.Usage, "refuses the query for rate: [31mmany-to-many matching not allowed"},
		"timeout":           {422, says("timeout", "query timed out"), release.Unavailable, "query timed out"},
		"internal":          {422, says("internal", "disk"), release.Unavailable, "could not answer the query for rate: disk"},
		"unavailable":       {503, says("unavailable", "x"), release.Unavailable, "come again later (HTTP 503)"},
		"error with 200":    {200, says("internal", "odd"), release.Unavailable, "odd"},
		"not found":         {404, says("not_found", "x"), release.NotFound, "correct the url"},
		"unauthorised":      {401, "who are you", release.Unauthenticated, "does not let us in (HTTP 401)"},
		"forbidden":         {403, "no", release.Unauthenticated, "does not let us in (HTTP 403)"},
		"too many":          {429, "", release.Unavailable, "come again later"},
		"broken":            {502, "<html>", release.Unavailable, "answered HTTP 502"},
		"plain 400":         {400, "client sent HTTP to an HTTPS server", release.Usage, "does not take the request (HTTP 400)"},
		"no network":        {0, "", release.Unavailable, "cannot be reached"},
		"a web page":        {200, "<html>hello</html>", release.Usage, "does not answer the query for rate as a Prometheus does"},
		"empty":             {200, "", release.Usage, "as a Prometheus does"},
		"cut":               {200, vector(series("a", "e", "v", "1"))[:90], release.Usage, "as a Prometheus does"},
		"another JSON":      {200, `{"ok":true}`, release.Usage, "gives no series"},
		"no result":         {200, `{"status":"success","data":{}}`, release.Usage, "as a Prometheus does"},
		"value no number":   {200, vector(series("a", "e", "v", "many")), release.Usage, "as a Prometheus does"},
		"scalar":            {200, `{"status":"success","data":{"resultType":"scalar","result":[1795507200,"4"]}}`, release.Usage, "gives no series"},
		"string":            {200, `{"status":"success","data":{"resultType":"string","result":[1795507200,"4"]}}`, release.Usage, ""},
		"too many series":   {200, many, release.Usage, "gives 20001 series for rate; at most 20000 are taken; narrow the connector monitor down"},
		"too large":         {200, vector(series("a", "e", strings.Repeat("v", maxAnswer), "1")), release.Usage, "more than 8388608 bytes"},
		"too deep":          {200, `{"status":"success","data":` + strings.Repeat("[", 100) + strings.Repeat("]", 100) + "}", release.Usage, "deeper than 64"},
		"redirect, nowhere": {302, "", release.Usage, "does not answer the query for rate as a Prometheus does"},
	} {
		t.Run(name, func(t *testing.T) {
			p, _ := puller(t, func(url.Values) (int, string) { return c.status, c.body })
			for _, cursor := range []string{"", "2026-11-24T08:00:00Z"} {
				got, err := p.Pull(context.Background(), cursor, now)
				if cursor != "" && (c.want == "" || err == nil || strings.Contains(c.want, "gives")) {
					continue // the probe looks at no series
				}
				want := c.want
				if cursor != "" {
					want = strings.Replace(want, "the query for rate", "a query", 1)
				}
				var known *release.Error
				if !errors.As(err, &known) || known.Code != c.code || !strings.Contains(err.Error(), want) || got.Facts != nil || got.Cursor != "" {
					t.Fatalf("got %v (%s) and %+v, want %s with %q", err, release.CodeOf(err), got, c.code, want)
				}
				if m := err.Error(); release.Clean(m, 0) != m {
					t.Errorf("the refusal is not clean: %q", m)
				}
				var later port.RetryAfter
				if c.status == 503 && (!errors.As(err, &later) || later.After != 7*time.Second) {
					t.Errorf("Retry-After is lost: %v", err)
				}
			}
		})
	}
}

// TestCredentials: they go to the configured host alone, and a POST that is forbidden is tried as a GET.
func TestCredentials(t *testing.T) {
	for want, change := range map[string]func(*Config){
		"":                   func(*Config) {},
		"Bearer hidden":      func(c *Config) { c.Secret = []byte("hidden") },
		"Basic dTpoaWRkZW4=": func(c *Config) { c.User, c.Secret = "u", []byte("hidden") },
	} {
		p, r := puller(t, func(f url.Values) (int, string) {
			if f.Get("method") == http.MethodPost {
				return 403, "no POST"
			}
			return 200, vector()
		}, change)
		if _, err := p.Pull(context.Background(), "", now); err != nil {
			t.Fatal(err)
		}
		if len(r.header) != 10 || r.header[1].Get("Authorization") != want {
			t.Errorf("%d requests with %q, want 10 with %q", len(r.header), r.header[1].Get("Authorization"), want)
		}
	}
	seen := http.Header{}
	d := door{host: "a.example", authorization: "Bearer hidden", next: transport(func(r *http.Request) (*http.Response, error) {
		seen = r.Header
		return nil, io.EOF
	})}
	for host, want := range map[string]string{"a.example": "Bearer hidden", "b.example": "", "a.example:81": "", "a.example.b.example": ""} {
		r, err := http.NewRequest(http.MethodGet, "https://"+host+"/", nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := d.RoundTrip(r); err == nil || seen.Get("Authorization") != want || r.Header.Get("Authorization") != "" {
			t.Errorf("%s is sent %q", host, seen.Get("Authorization"))
		}
	}
}

type transport func(*http.Request) (*http.Response, error)

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// FuzzAnswer: whatever the bytes, a reading neither panics nor gives facts beside an error, and what it gives can
// be stored.
func FuzzAnswer(f *testing.F) {
	for _, s := range []string{
		vector(series("a", "e", "v", "1"), "null", `{"metric":{},"value":[1,"NaN"]}`),
		`{"status":"success","data":{"resultType":"matrix","result":[{"metric":{"service":"a"},"values":[[1795507200,"1"],[1795507185,"2"]]},null]}}`,
		vector(`{"metric":{"service":"a"},"histogram":[1795507200,{"count":"3","sum":"1.5","buckets":[[0,"0.1","0.2","3"]]}]}`),
		`{"status":"error","errorType":"bad_data","error":"x"}`, `{"status":"success","warnings":["w"],"data":null}`, `{"data":{"resultType":"scalar","result":[1e99,"4"]}}`,
	} {
		f.Add(200, s, true)
		f.Add(400, s, false)
	}
	f.Fuzz(func(t *testing.T, status int, body string, gap bool) {
		if status < 100 || status > 999 {
			return
		}
		p, _ := puller(t, func(url.Values) (int, string) { return status, body })
		cursor := ""
		if gap {
			cursor = "2026-11-24T07:59:00Z"
		}
		got, err := p.Pull(context.Background(), cursor, now)
		if err != nil {
			var known *release.Error
			if !errors.As(err, &known) || got.Facts != nil || release.Clean(err.Error(), 0) != err.Error() {
				t.Fatalf("%+v beside %q", got, err)
			}
			return
		}
		for _, r := range got.Refused {
			if release.Clean(r.Reason, 0) != r.Reason {
				t.Fatalf("the reason is not clean: %q", r.Reason)
			}
		}
		for _, f := range got.Facts {
			for _, s := range f.(fact.Measured).Samples {
				check(t, s)
			}
		}
	})
}

func check(t *testing.T, s health.Sample) {
	t.Helper()
	for i, v := range []*float64{s.Rate, s.Errors, s.P50, s.P95, s.P99} {
		if v != nil && (!(*v >= 0) || *v > 1.7e308 || i == 1 && *v > 1) {
			t.Fatalf("value %v", *v)
		}
	}
	if s.Service == "" || release.Clean(s.Service, maxLabel) != s.Service || s.At.After(tick) || s.At.Before(tick.Add(-time.Minute)) || s.N != 1 || s.Step != 15*time.Second {
		t.Fatalf("sample %+v", s)
	}
}
