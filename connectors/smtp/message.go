package smtp

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	gomail "github.com/wneessen/go-mail"

	"signalbox/release"
	"signalbox/release/outbox"
)

const (
	maxFacts   = 40
	maxFactKey = 40  // characters
	maxFact    = 300 // characters
	maxSubject = 160 // characters
)

// compose writes the mail of a message. Its body is a JSON object; two of its members are more than facts:
// "summary" is the sentence that begins the mail, and "see" is the command that leads to the subject, such as
// "ssh HOST go CHG-12". The Message-ID comes from the key, so that a mail that arrives twice is known as one.
func (s *Sender) compose(m outbox.Message) (*gomail.Msg, error) {
	facts, err := read(m)
	if err != nil {
		return nil, err
	}
	summary := release.Clean(facts["summary"], maxFact)
	if summary == "" {
		summary = release.Clean(m.Event+" "+m.Subject, maxFact)
	}
	sum := sha256.Sum256([]byte(m.Key))
	domain := s.from.Address[strings.LastIndexByte(s.from.Address, '@')+1:]

	msg := gomail.NewMsg(gomail.WithCharset(gomail.CharsetUTF8), gomail.WithEncoding(gomail.EncodingQP), gomail.WithNoDefaultUserAgent())
	if err := msg.From(s.from.String()); err != nil {
		return nil, release.Errorf(release.Usage, "from of the connector %s is no mail address", s.name).Advise("write it as signalbox@example.com").Because(err)
	}
	if err := msg.To(s.to...); err != nil {
		return nil, release.Errorf(release.Usage, "a recipient of the connector %s is no mail address", s.name).Advise("write it as ops@example.com").Because(err)
	}
	msg.Subject(release.Clean("[signalbox] "+summary, maxSubject))
	msg.SetDateWithValue(m.At.UTC())
	msg.SetMessageIDWithValue(hex.EncodeToString(sum[:16]) + "@" + domain)
	msg.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834: nobody's absence note answers it
	msg.SetBodyString(gomail.TypeTextPlain, body(summary, facts))
	return msg, nil
}

// read returns the members of the body of a message as text. Other values than text are shown as they are
// written in JSON.
func read(m outbox.Message) (map[string]string, error) {
	if len(m.Body) == 0 {
		return map[string]string{}, nil
	}
	raw := map[string]json.RawMessage{}
	if err := json.Unmarshal(m.Body, &raw); err != nil {
		return nil, release.Errorf(release.Internal, "the message %s has a body that is no JSON object", release.Clean(m.ID, 40)).Because(err)
	}
	facts := make(map[string]string, len(raw))
	for key, value := range raw {
		var text string
		inner := map[string]string{}
		if bytes.HasPrefix(value, []byte(`"`)) && json.Unmarshal(value, &text) == nil {
			facts[key] = text
		} else if bytes.HasPrefix(value, []byte(`{`)) && json.Unmarshal(value, &inner) == nil {
			for k, v := range inner { // a detail stands beside what it is a detail of
				if _, there := raw[k]; !there {
					facts[k] = v
				}
			}
		} else if string(value) != "null" {
			facts[key] = string(value)
		}
	}
	return facts, nil
}

// first and last are facts that a reader looks for first, and those that only a program does.
var (
	first = []string{"subject", "service", "environment", "reason", "actor", "at"}
	last  = []string{"digest", "delivery", "round", "event", "seq"}
)

// order puts the facts as a person reads them.
func order(facts map[string]string) []string {
	place := func(key string) int {
		if i := slices.Index(first, key); i >= 0 {
			return i
		}
		if i := slices.Index(last, key); i >= 0 {
			return len(first) + 1 + i
		}
		return len(first)
	}
	keys := slices.Sorted(maps.Keys(facts))
	slices.SortStableFunc(keys, func(a, b string) int { return place(a) - place(b) })
	return keys
}

// body is the text of the mail: the sentence, the facts by name, the way to answer.
func body(summary string, facts map[string]string) string {
	var b strings.Builder
	b.WriteString(summary + "\n")
	n := 0
	for _, key := range order(facts) {
		label, value := release.Clean(key, maxFactKey), release.Clean(facts[key], maxFact)
		if key == "summary" || key == "see" || key == "binding" || label == "" || value == "" {
			continue
		}
		if n == 0 {
			b.WriteString("\n")
		}
		if n++; n > maxFacts {
			break
		}
		b.WriteString(label + ": " + value + "\n")
	}
	if see := release.Clean(facts["see"], maxFact); see != "" {
		b.WriteString("\nTo look at it and to answer:\n\n    " + see + "\n")
	}
	return b.String()
}
