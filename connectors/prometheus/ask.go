package prometheus

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/prometheus/client_golang/api"
	v1 "github.com/prometheus/client_golang/api/prometheus/v1"
	"github.com/prometheus/common/model"

	"signalbox/connectors"
	"signalbox/release"
)

// maxAnswer bounds the answer to one query, in bytes after decompression. The instant answer of maxSeries
// series with long labels stays below half of it.
const maxAnswer = 8 << 20

// door sees every exchange: it adds the credentials, which go to the configured host alone, and reads the
// answer within its bounds before any decoder does.
type door struct {
	next          http.RoundTripper
	what          string
	host          string
	authorization string
}

func (d door) RoundTrip(r *http.Request) (*http.Response, error) {
	if d.authorization != "" && r.URL.Host == d.host {
		r = r.Clone(r.Context())
		r.Header.Set("Authorization", d.authorization)
	}
	answer, err := d.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	if answer.StatusCode >= 300 && answer.StatusCode < 400 {
		return answer, nil
	}
	defer answer.Body.Close()
	if !speaks(r, answer) {
		return nil, connectors.Answered(d.what, answer)
	}
	body, err := connectors.ReadAll(d.what, answer.Body, maxAnswer)
	if err == nil {
		err = connectors.Guard(body, maxAnswer, connectors.MaxDepth)
	}
	if err != nil {
		return nil, err
	}
	answer.Body = io.NopCloser(bytes.NewReader(body))
	return answer, nil
}

// speaks reports whether the API's own reader is to see an answer: a success, an error in the API's words, and
// the statuses on which a POST is asked again as a GET.
func speaks(r *http.Request, answer *http.Response) bool {
	switch answer.StatusCode {
	case http.StatusBadRequest, http.StatusUnprocessableEntity:
		return strings.HasPrefix(answer.Header.Get("Content-Type"), "application/json")
	case http.StatusForbidden, http.StatusMethodNotAllowed, http.StatusNotImplemented:
		return r.Method == http.MethodPost
	}
	return answer.StatusCode/100 == 2
}

// client returns the API behind a door.
func client(c Config, what, host string, transport http.RoundTripper) (v1.API, error) {
	h := c.Outbound.Client()
	if transport == nil {
		transport = h.Transport
	}
	h.Transport = door{next: transport, what: what, host: host, authorization: c.authorization()}
	a, err := api.NewClient(api.Config{Address: c.URL, Client: h})
	if err != nil {
		return nil, release.Errorf(release.Usage, "the url of the connector %s cannot be used", c.Name).Because(err)
	}
	return v1.NewAPI(a), nil
}

// answer is what a query gave for the instants asked about.
type answer struct {
	signal   signal
	value    model.Value
	warnings []string
}

// ask puts every query about the instants from, from+Interval … to.
func (p *Puller) ask(ctx context.Context, from, to time.Time) ([]answer, error) {
	var out []answer
	for _, s := range signals {
		text := *s.query(&p.config.Queries)
		var (
			a   = answer{signal: s}
			err error
		)
		if from.Equal(to) {
			a.value, a.warnings, _, err = p.api.Query(ctx, text, to)
		} else {
			a.value, a.warnings, _, err = p.api.QueryRange(ctx, text, v1.Range{Start: from, End: to, Step: p.config.Interval})
		}
		if err != nil {
			return nil, p.failed("the query for "+s.name, err)
		}
		out = append(out, a)
	}
	return out, nil
}

// failed puts the failure of a query in words.
func (p *Puller) failed(query string, err error) error {
	var known *release.Error
	if errors.As(err, &known) {
		return known
	}
	var said *v1.Error
	if !errors.As(err, &said) {
		return connectors.Unreached(p.what, err)
	}
	words := release.Clean(said.Msg, 300)
	switch said.Type {
	case v1.ErrBadData, v1.ErrExec:
		return release.Errorf(release.Usage, "%s refuses %s: %s", p.what, query, words).
			Advise("correct the metrics or the queries of the connector %s", p.config.Name).Because(err)
	case v1.ErrTimeout, v1.ErrCanceled, v1.ErrServer, "internal", "unavailable", "too_many_requests":
		return release.Errorf(release.Unavailable, "%s could not answer %s: %s", p.what, query, words).Because(err)
	case "not_found":
		return release.Errorf(release.NotFound, "%s has nothing for %s: %s", p.what, query, words).
			Advise("correct the url of the connector %s", p.config.Name).Because(err)
	case v1.ErrBadResponse:
		return release.Errorf(release.Usage, "%s does not answer %s as a Prometheus does", p.what, query).
			Advise("correct the url of the connector %s", p.config.Name).Because(err)
	default: // client_error: a status that the API does not use
		return release.Errorf(release.Usage, "%s does not take %s: %s", p.what, query, words).
			Advise("correct the configuration of the connector %s", p.config.Name).Because(err)
	}
}
