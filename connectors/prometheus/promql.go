package prometheus

import (
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/prometheus/common/model"

	"signalbox/release"
)

// PromQL returns the queries that the configuration leads to. The error is Usage.
func (c Config) PromQL() (Queries, error) {
	labels, err := c.Labels.checked()
	if err != nil {
		return Queries{}, err
	}
	return c.Queries.over(c.Metrics, labels)
}

// over completes given queries by those built from metrics.
func (q Queries) over(m Metrics, l Labels) (Queries, error) {
	for _, text := range []string{q.Rate, q.Errors, q.P50, q.P95, q.P99} {
		if len(text) > maxText {
			return q, release.Errorf(release.Usage, "a query has %d bytes; at most %d are taken", len(text), maxText).
				Advise("write it as a recording rule and ask for that")
		}
	}
	built, err := m.queries(l)
	if err != nil {
		return q, err
	}
	for _, s := range signals {
		if text := s.query(&q); strings.TrimSpace(*text) == "" {
			*text = *s.query(&built)
		}
	}
	return q, nil
}

// queries builds the PromQL. Failed requests that were never counted are none, so the ratio is 0 and not
// absent; where there were no requests it is 0 ÷ 0, which is no value. A histogram answers by whichever of its
// forms is there.
func (m Metrics) queries(l Labels) (Queries, error) {
	m, err := m.checked()
	if err != nil {
		return Queries{}, err
	}
	by := strings.Join(l.names(), ", ")
	rate := func(name, by string, selectors ...string) string {
		var kept []string
		for _, s := range selectors {
			if s != "" {
				kept = append(kept, s)
			}
		}
		return fmt.Sprintf("sum by (%s) (rate(%s{%s}[%s]))", by, name, strings.Join(kept, ","), model.Duration(m.Window))
	}
	quantile := func(q string) string {
		return fmt.Sprintf("histogram_quantile(%s, %s) or histogram_quantile(%s, %s)",
			q, rate(m.Latency+"_bucket", by+", le", m.Selector), q, rate(m.Latency, by, m.Selector))
	}
	all := rate(m.Requests, by, m.Selector)
	return Queries{
		Rate:   all,
		Errors: fmt.Sprintf("(%s or 0 * %s) / %s", rate(m.Requests, by, m.Selector, m.Error), all, all),
		P50:    quantile("0.5"),
		P95:    quantile("0.95"),
		P99:    quantile("0.99"),
	}, nil
}

func (m Metrics) checked() (Metrics, error) {
	for name, d := range map[*string]string{&m.Requests: "http_requests_total", &m.Latency: "http_request_duration_seconds", &m.Error: `code=~"5.."`} {
		if *name == "" {
			*name = d
		}
	}
	if m.Window == 0 {
		m.Window = 5 * time.Minute
	}
	for _, n := range []string{m.Requests, m.Latency} {
		if !metricName.MatchString(n) {
			return m, release.Errorf(release.Usage, "%q is no name of a metric", release.Clean(n, 60)).
				Advise("use letters, digits, underscores and colons, as Prometheus does; a query of your own goes under queries")
		}
	}
	if m.Window < time.Second || m.Window > 24*time.Hour || m.Window%time.Second != 0 {
		return m, release.Errorf(release.Usage, "the window of the rates is %s", m.Window).
			Advise("use whole seconds, at most a day, such as 5m")
	}
	var err error
	if m.Error, err = selector(m.Error); err == nil {
		m.Selector, err = selector(m.Selector)
	}
	return m, err
}

// matcher is one condition at the start of a selector: a label, an operator, a quoted text, and the comma if
// more follows.
var matcher = regexp.MustCompile("^\\s*([a-zA-Z_][a-zA-Z0-9_]*)\\s*(=~|!~|!=|=)\\s*(\"(?:[^\"\\\\\\n]|\\\\[^\\n])*\"|'(?:[^'\\\\\\n]|\\\\[^\\n])*'|`[^`]*`)\\s*(,|$)")

// selector reads label matchers as PromQL writes them between braces and returns them in one form, so that
// nothing but matchers comes into a query. The error is Usage.
func selector(s string) (string, error) {
	rest, out := s, []string(nil)
	for strings.TrimSpace(rest) != "" {
		m := matcher.FindStringSubmatch(rest)
		if m == nil || len(s) > maxText {
			return "", release.Errorf(release.Usage, "%q is no selector", release.Clean(s, 120)).
				Advise(`write label matchers with commas between them and no braces, such as job="api",region!="test"`)
		}
		out = append(out, m[1]+m[2]+m[3])
		rest = rest[len(m[0]):]
	}
	return strings.Join(out, ","), nil
}
