package httpserver

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"signalbox/release"
	"signalbox/release/gate"
)

const (
	// maxQuestion is the largest question in a body, in bytes.
	maxQuestion = 16 << 10
	// maxField is the longest field of a question, in bytes.
	maxField = 300
)

// fields are all that a question may say, in the order in which they are listed to people.
var fields = []string{"service", "environment", "version", "digest", "at"}

// question is what the gate is asked: a subject, and an instant in UTC, zero for now.
type question struct {
	Subject gate.Subject
	At      time.Time
}

// parseQuery reads a question from a URL's query. A field that is unknown or given twice, or that does not
// parse, is a Usage error that names it.
func parseQuery(raw string) (question, error) {
	values, err := url.ParseQuery(raw)
	if err != nil || len(raw) > maxQuestion {
		return question{}, release.Errorf(release.Usage, "the query does not parse").
			Advise("write service=S&environment=E&digest=D, each escaped").Because(err)
	}
	said := map[string]string{}
	for k, v := range values {
		if len(v) != 1 {
			return question{}, twice(k)
		}
		said[k] = v[0]
	}
	return newQuestion(said)
}

// parseBody reads a question from a JSON object of strings. Nothing else is taken: no nested value, no
// second key of a name, no key in another letter case, nothing after the object.
func parseBody(body []byte) (question, error) {
	wrong := release.Errorf(release.Usage, "the body is not a JSON object of strings").
		Advise(`send {"service":"S","environment":"E","digest":"D"}`)
	if !utf8.Valid(body) {
		return question{}, wrong
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return question{}, wrong.Because(err)
	}
	said := map[string]string{}
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return question{}, wrong.Because(err)
		}
		// Of an object the decoder gives a string or an error here.
		k, _ := key.(string)
		if _, again := said[k]; again {
			return question{}, twice(k)
		}
		value, err := dec.Token()
		v, isText := value.(string)
		if err != nil || !isText {
			return question{}, release.Errorf(release.Usage, "the field %s is not a string", quote(k)).
				Advise("%s", wrong.Try).Because(err)
		}
		said[k] = v
	}
	if _, err := dec.Token(); err != nil {
		return question{}, wrong.Because(err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return question{}, release.Errorf(release.Usage, "something follows the JSON object").Advise("%s", wrong.Try)
	}
	return newQuestion(said)
}

func newQuestion(said map[string]string) (question, error) {
	var q question
	for k, v := range said {
		switch {
		case !slices.Contains(fields, k):
			return q, release.Errorf(release.Usage, "a question has no field %s", quote(k)).
				Advise("the fields are %s", strings.Join(fields, ", "))
		case len(v) > maxField:
			return q, release.Errorf(release.Usage, "the field %s is longer than %d bytes", k, maxField)
		case release.Clean(v, 0) != v:
			return q, release.Errorf(release.Usage, "the field %s is not plain text: %s", k, quote(v)).
				Advise("send it without blanks around it and without characters that cannot be seen")
		}
	}
	for _, k := range []string{"service", "environment", "digest"} {
		if said[k] == "" {
			return q, release.Errorf(release.Usage, "the question does not say which %s", k).
				Advise("give service, environment and digest")
		}
	}
	digest, err := release.ParseDigest(said["digest"])
	if err != nil {
		return q, err
	}
	if q.At, err = instant(said["at"]); err != nil {
		return q, err
	}
	q.Subject = gate.Subject{Service: said["service"], Environment: said["environment"], Version: said["version"], Digest: digest}
	return q, nil
}

// instant reads RFC 3339; "" is the zero time. The years are bounded, because the zero time means now and
// a verdict for the year 9999 means nothing.
func instant(s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.RFC3339, s)
	t = t.UTC()
	if err != nil || t.Year() < 2000 || t.Year() > 2199 {
		return time.Time{}, release.Errorf(release.Usage, "at is not an instant between 2000 and 2199: %s", quote(s)).
			Advise("write it as 2026-03-08T14:00:00Z").Because(err)
	}
	return t, nil
}

func twice(k string) error {
	return release.Errorf(release.Usage, "the field %s is given twice", quote(k)).Advise("give it once")
}
