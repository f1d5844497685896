// Package prometheus owns how signalbox asks a Prometheus for the golden signals of services: what it asks,
// when, and what the answers say in samples. It imports connectors and release, never control or the store.
package prometheus

import (
	"encoding/base64"
	"net/url"
	"regexp"
	"strings"
	"time"

	"signalbox/connectors"
	"signalbox/release"
)

// Config is what the connector needs. A zero Labels, Metrics and Queries ask for the names that the
// instrumentation guides of Prometheus use.
type Config struct {
	// Name is the connector's name; "" means "prometheus".
	Name string
	// URL is where the HTTP API is found, without /api/v1: http or https, no user, no query.
	URL string
	// Interval is the promise and the grid that all instants lie on: whole seconds, at most a day.
	Interval time.Duration
	// Secret is the password of User, or a bearer token where User is "". None: no credentials are sent.
	User   string
	Secret []byte
	// Outbound says where the connector may go.
	Outbound connectors.Outbound
	Labels   Labels
	// Environment stands in where a series has no label for it: a Prometheus does not put its external labels
	// into its own answers.
	Environment string
	Metrics     Metrics
	Queries     Queries
}

// Labels are the label names that say what a series is about. The zero value means service, environment and
// version; else a name that is "" is not asked for, but for Service, which is always.
type Labels struct{ Service, Environment, Version string }

// Metrics name what the queries are built from; "" and 0 mean the default.
type Metrics struct {
	// Requests is a counter of requests: http_requests_total.
	Requests string
	// Latency is a histogram in seconds, classic or native: http_request_duration_seconds.
	Latency string
	// Error selects the failed ones among Requests: code=~"5..".
	Error string
	// Selector narrows all series down, in PromQL without braces: job="api",region!="test".
	Selector string
	// Window is the time that rates are taken over: 5 minutes.
	Window time.Duration
}

// Queries are PromQL texts for each signal. One that is given replaces the built one. It must give series that
// carry the labels, one for each service, environment and version: requests a second, failed ÷ all (0 to 1),
// and quantiles in seconds.
type Queries struct{ Rate, Errors, P50, P95, P99 string }

const (
	maxText  = 4096 // of a query or a selector, in bytes
	maxLabel = 120  // of a label's value, in characters
)

var (
	labelName  = regexp.MustCompile(`^[a-zA-Z_][a-zA-Z0-9_]{0,127}$`)
	metricName = regexp.MustCompile(`^[a-zA-Z_:][a-zA-Z0-9_:]{0,255}$`)
)

// checked returns the configuration as it is used: complete, its secret copied, its queries built. The error
// is Usage.
func (c Config) checked() (Config, error) {
	if c.Name == "" {
		c.Name = "prometheus"
	}
	if err := connectors.CheckName(c.Name); err != nil {
		return c, err
	}
	if u, err := url.Parse(c.URL); err != nil || connectors.Link(c.URL) == "" || u.RawQuery != "" || u.Fragment != "" {
		return c, release.Errorf(release.Usage, "the url of the connector %s is no address of a Prometheus", c.Name).
			Advise("write it like https://prometheus.example.com, with neither user nor query")
	}
	if c.Interval < time.Second || c.Interval > 24*time.Hour || c.Interval%time.Second != 0 {
		return c, release.Errorf(release.Usage, "the interval of the connector %s is %s", c.Name, c.Interval).
			Advise("use whole seconds, at least one and at most a day, such as 15s")
	}
	if strings.ContainsAny(c.User, ":\r\n") || release.Clean(string(c.Secret), 0) != string(c.Secret) {
		return c, release.Errorf(release.Usage, "the user or the secret of the connector %s holds characters that cannot be sent", c.Name).
			Advise("put the secret alone on one line, and no colon into the user")
	}
	if c.User != "" && len(c.Secret) == 0 {
		return c, release.Errorf(release.Usage, "the connector %s has a user and no secret", c.Name).
			Advise("give it one by secret_file or secret_env")
	}
	c.Secret = append([]byte(nil), c.Secret...)
	c.Environment = release.Clean(c.Environment, maxLabel)
	var err error
	if c.Labels, err = c.Labels.checked(); err != nil {
		return c, err
	}
	c.Queries, err = c.Queries.over(c.Metrics, c.Labels)
	return c, err
}

func (l Labels) checked() (Labels, error) {
	if l == (Labels{}) {
		l = Labels{Service: "service", Environment: "environment", Version: "version"}
	}
	if l.Service == "" {
		l.Service = "service"
	}
	seen := map[string]bool{}
	for _, n := range l.names() {
		if !labelName.MatchString(n) || strings.HasPrefix(n, "__") || n == "le" {
			return l, release.Errorf(release.Usage, "%q is no name of a label", release.Clean(n, 60)).
				Advise("use letters, digits and underscores, as Prometheus does")
		}
		if seen[n] {
			return l, release.Errorf(release.Usage, "the label %s is named twice", n).Advise("name another label for each")
		}
		seen[n] = true
	}
	return l, nil
}

// names lists the labels that are asked for.
func (l Labels) names() []string {
	out := []string{l.Service}
	for _, n := range []string{l.Environment, l.Version} {
		if n != "" {
			out = append(out, n)
		}
	}
	return out
}

// authorization is the header that the requests carry, "" for none.
func (c Config) authorization() string {
	switch {
	case c.User != "":
		return "Basic " + base64.StdEncoding.EncodeToString(append([]byte(c.User+":"), c.Secret...))
	case len(c.Secret) > 0:
		return "Bearer " + string(c.Secret)
	}
	return ""
}
