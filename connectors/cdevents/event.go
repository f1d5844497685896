package cdevents

import (
	"encoding/json"
	"regexp"
	"strconv"
	"strings"
	"time"

	"signalbox/connectors"
	"signalbox/release"
)

// The structs of this file name the fields that are read, of every version of the specification up to 0.6, and
// no others.

type context struct {
	ID        text  `json:"id"`
	Source    text  `json:"source"`
	Type      text  `json:"type"`
	Timestamp stamp `json:"timestamp"`
}

// reference names something by its id, and by its source where that is not the event's own.
type reference struct {
	ID      text `json:"id"`
	Source  text `json:"source"`
	Name    text `json:"name"`
	Version text `json:"version"`
	URI     text `json:"uri"`
}

type content struct {
	Environment  reference `json:"environment"`
	Service      reference `json:"service"`
	Change       reference `json:"change"`
	Repository   reference `json:"repository"`
	TestCase     reference `json:"testCase"`
	TestSuite    reference `json:"testSuite"`
	Artifact     text      `json:"artifactId"`
	Description  text      `json:"description"`
	Ticket       text      `json:"ticketURI"`
	PipelineName text      `json:"pipelineName"`
	TaskName     text      `json:"taskName"`
	Outcome      text      `json:"outcome"`
	Errors       text      `json:"errors"`
	Reason       text      `json:"reason"`
	URI          text      `json:"uri"`
	URL          text      `json:"url"` // before 0.3
}

// custom is what signalbox reads of customData, which is whatever its sender put there: CDEvents has no words
// for a commit, an author or a version.
type custom struct {
	Repository text `json:"repository"` // an address, or host/owner/name
	Commit     text `json:"commit"`
	Version    text `json:"version"`
	Digest     text `json:"digest"`
	Service    text `json:"service"`
	By         text `json:"by"` // who deployed: a login or an address
	Number     text `json:"number"`
	Author     text `json:"author"`
	Reviewer   text `json:"reviewer"`
	State      text `json:"state"` // of a review
	Severity   text `json:"severity"`
	URL        text `json:"url"`
}

type event struct {
	Context context `json:"context"`
	Subject struct {
		ID      text    `json:"id"`
		Source  text    `json:"source"`
		Content content `json:"content"`
	} `json:"subject"`
	Custom custom `json:"customData"`

	subject, predicate string // of the type, such as service and deployed
}

// source of the subject; the event's own where it does not say.
func (e *event) source() string {
	if e.Subject.Source != "" {
		return string(e.Subject.Source)
	}
	return string(e.Context.Source)
}

// cdevent reports whether a type is one of CDEvents' own. Custom events ("dev.cdeventsx.…") are not.
func cdevent(kind string) bool { return strings.HasPrefix(kind, "dev.cdevents.") }

var typed = regexp.MustCompile(`^dev\.cdevents\.([a-z]+)\.([a-z]+)\.(\d+)\.\d+\.\d+(-[0-9A-Za-z.-]+)?$`)

// read reads the CDEvent in the data of a CloudEvent. The error is Usage and names the field.
func read(in envelope) (event, error) {
	var e event
	if err := connectors.Decode(in.Data, &e); err != nil {
		return e, err
	}
	switch {
	case e.Context.Type != in.Type:
		return e, release.Errorf(release.Usage, "context.type %q is not the type of the CloudEvent, %q",
			release.Clean(string(e.Context.Type), 80), release.Clean(string(in.Type), 80))
	case e.Context.ID == "":
		return e, missing(in, "context.id")
	case e.Context.Source == "":
		return e, missing(in, "context.source")
	case !e.Context.Timestamp.said:
		return e, missing(in, "context.timestamp")
	case e.Subject.ID == "":
		return e, missing(in, "subject.id")
	}
	parts := typed.FindStringSubmatch(string(e.Context.Type))
	if parts == nil || strings.Trim(parts[3], "0") != "" {
		return e, release.Errorf(release.Usage, "%q is no type of CDEvents that is read", release.Clean(string(e.Context.Type), 120)).
			Advise("send dev.cdevents.<subject>.<predicate>.0.<minor>.<patch>")
	}
	e.subject, e.predicate = parts[1], parts[2]
	return e, nil
}

func missing(in envelope, field string) error {
	return release.Errorf(release.Usage, "%s has no %s", release.Clean(string(in.Type), 120), field)
}

// UnmarshalJSON reads an object; customData may also be a text in base64, of which nothing is read.
func (c *custom) UnmarshalJSON(b []byte) error {
	type plain custom
	*c = custom{}
	if len(b) == 0 || b[0] != '{' {
		return nil
	}
	return json.Unmarshal(b, (*plain)(c))
}

// text is a string, or a number as it was written; any other value reads as "".
type text string

func (t *text) UnmarshalJSON(b []byte) error {
	*t = ""
	switch {
	case len(b) > 0 && b[0] == '"':
		var s string
		if err := json.Unmarshal(b, &s); err != nil {
			return err
		}
		*t = text(s)
	case len(b) > 0 && (b[0] == '-' || b[0] >= '0' && b[0] <= '9'):
		*t = text(b)
	}
	return nil
}

// stamp is an instant in RFC 3339. said reports that something was written; what is no instant reads as none.
type stamp struct {
	at   time.Time
	said bool
}

func (s *stamp) UnmarshalJSON(b []byte) error {
	*s = stamp{}
	written, err := strconv.Unquote(string(b))
	if err != nil || written == "" {
		return nil
	}
	s.said = true
	// An instant that no delivery can have is a fault of the sender; beyond the year 9999 it could not be written
	// down.
	if t, err := time.Parse(time.RFC3339, strings.ToUpper(written)); err == nil && t.UTC().Year() >= 1970 && t.UTC().Year() < 2200 {
		s.at = t.UTC()
	}
	return nil
}

func (s stamp) or(other time.Time) time.Time {
	if s.at.IsZero() {
		return other
	}
	return s.at
}
