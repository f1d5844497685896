package prometheus

import (
	"strings"
	"testing"
	"time"

	"signalbox/release"
)

const address = "https://prometheus.example.com/base"

func TestConfig(t *testing.T) {
	good := Config{URL: address, Interval: 15 * time.Second}
	for name, c := range map[string]struct {
		change func(*Config)
		want   string // of the refusal; "" for none
	}{
		"defaults":           {func(*Config) {}, ""},
		"name":               {func(c *Config) { c.Name = "../x" }, "no name for a connector"},
		"no url":             {func(c *Config) { c.URL = "" }, "no address of a Prometheus"},
		"file":               {func(c *Config) { c.URL = "file:///etc/passwd" }, "no address of a Prometheus"},
		"user in the url":    {func(c *Config) { c.URL = "https://u:hidden@example.com" }, "no address of a Prometheus"},
		"query in the url":   {func(c *Config) { c.URL = address + "?token=hidden" }, "no address of a Prometheus"},
		"no interval":        {func(c *Config) { c.Interval = 0 }, "the interval of the connector prometheus is 0s"},
		"half a second":      {func(c *Config) { c.Interval = 1500 * time.Millisecond }, "is 1.5s"},
		"user":               {func(c *Config) { c.User, c.Secret = "u", []byte("s") }, ""},
		"user alone":         {func(c *Config) { c.User = "u" }, "a user and no secret"},
		"user with colon":    {func(c *Config) { c.User, c.Secret = "u:v", []byte("s") }, "cannot be sent"},
		"secret with line":   {func(c *Config) { c.Secret = []byte("hidden\nX-Other: 1") }, "cannot be sent"},
		"label names":        {func(c *Config) { c.Labels = Labels{"app", "", "build"} }, ""},
		"label with space":   {func(c *Config) { c.Labels.Service = "a b" }, `"a b" is no name of a label`},
		"label breaks out":   {func(c *Config) { c.Labels.Version = "a) (up) or sum by (b" }, "is no name of a label"},
		"label in utf-8":     {func(c *Config) { c.Labels.Version = "é" }, "is no name of a label"},
		"inner label":        {func(c *Config) { c.Labels.Service = "__name__" }, "is no name of a label"},
		"bucket label":       {func(c *Config) { c.Labels.Service = "le" }, "is no name of a label"},
		"label twice":        {func(c *Config) { c.Labels = Labels{"a", "a", ""} }, "named twice"},
		"metric":             {func(c *Config) { c.Metrics.Requests = "a:b_total" }, ""},
		"metric breaks out":  {func(c *Config) { c.Metrics.Requests = "a} or b" }, "is no name of a metric"},
		"histogram with -":   {func(c *Config) { c.Metrics.Latency = "a-b" }, "is no name of a metric"},
		"selector":           {func(c *Config) { c.Metrics.Selector = ` a = "b\"}" , c!~'d.*',e=~` + "`}`," }, ""},
		"selector in braces": {func(c *Config) { c.Metrics.Selector = `{a="b"}` }, "is no selector"},
		"selector breaks":    {func(c *Config) { c.Metrics.Selector = `a="b"} or up{c="d"` }, "is no selector"},
		"selector unclosed":  {func(c *Config) { c.Metrics.Selector = `a="b` }, "is no selector"},
		"selector escape":    {func(c *Config) { c.Metrics.Selector = `a="b\"` }, "is no selector"},
		"error breaks":       {func(c *Config) { c.Metrics.Error = `code=~"5.."}[5m])) or up or sum(rate(x{` }, "is no selector"},
		"selector twice":     {func(c *Config) { c.Metrics.Selector = `a="b" c="d"` }, "is no selector"},
		"comma alone":        {func(c *Config) { c.Metrics.Selector = `,` }, "is no selector"},
		"window":             {func(c *Config) { c.Metrics.Window = -time.Minute }, "the window of the rates is -1m0s"},
		"long query":         {func(c *Config) { c.Queries.P99 = strings.Repeat("x", maxText+1) }, "at most 4096"},
	} {
		t.Run(name, func(t *testing.T) {
			config := good
			c.change(&config)
			p, err := New(config)
			if c.want == "" {
				if err != nil || p.Name() != "prometheus" {
					t.Fatal(err)
				}
				return
			}
			if p != nil || release.CodeOf(err) != release.Usage || release.AsError(err).Try == "" || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("got %v and %v, want a usage error with %q", p, err, c.want)
			}
			if strings.Contains(err.Error(), "hidden") {
				t.Fatalf("the refusal shows a secret: %v", err)
			}
		})
	}
}

func TestPromQL(t *testing.T) {
	got, err := Config{}.PromQL()
	if err != nil {
		t.Fatal(err)
	}
	want := Queries{
		Rate: `sum by (service, environment, version) (rate(http_requests_total{}[5m]))`,
		Errors: `(sum by (service, environment, version) (rate(http_requests_total{code=~"5.."}[5m]))` +
			` or 0 * sum by (service, environment, version) (rate(http_requests_total{}[5m])))` +
			` / sum by (service, environment, version) (rate(http_requests_total{}[5m]))`,
		P50: `histogram_quantile(0.5, sum by (service, environment, version, le) (rate(http_request_duration_seconds_bucket{}[5m])))` +
			` or histogram_quantile(0.5, sum by (service, environment, version) (rate(http_request_duration_seconds{}[5m])))`,
		P95: `histogram_quantile(0.95, sum by (service, environment, version, le) (rate(http_request_duration_seconds_bucket{}[5m])))` +
			` or histogram_quantile(0.95, sum by (service, environment, version) (rate(http_request_duration_seconds{}[5m])))`,
		P99: `histogram_quantile(0.99, sum by (service, environment, version, le) (rate(http_request_duration_seconds_bucket{}[5m])))` +
			` or histogram_quantile(0.99, sum by (service, environment, version) (rate(http_request_duration_seconds{}[5m])))`,
	}
	if got != want {
		t.Errorf("got %+v", got)
	}

	got, err = Config{
		Labels:  Labels{Service: "app"},
		Metrics: Metrics{Requests: "calls", Latency: "took", Error: ` ok = "no" `, Selector: `job="a" , dc!~'x|y',`, Window: 90 * time.Second},
		Queries: Queries{P99: "slo:p99"},
	}.PromQL()
	if err != nil {
		t.Fatal(err)
	}
	if want := `(sum by (app) (rate(calls{job="a",dc!~'x|y',ok="no"}[1m30s])) or 0 * sum by (app) (rate(calls{job="a",dc!~'x|y'}[1m30s]))) / sum by (app) (rate(calls{job="a",dc!~'x|y'}[1m30s]))`; got.Errors != want {
		t.Errorf("got %s", got.Errors)
	}
	if got.P99 != "slo:p99" || !strings.Contains(got.P95, `took_bucket{job="a",dc!~'x|y'}`) {
		t.Errorf("got %+v", got)
	}
}
