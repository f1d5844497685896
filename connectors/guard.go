// Package connectors owns what the connectors share: the guards that look at foreign bytes before a decoder
// does, repository slugs, links, and the identity of a person as a forge names it. Each outside system has
// a package of its own below this one. It imports package release and the concepts under it, never control
// or the store.
package connectors

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"io"
	"strings"

	"signalbox/release"
)

const (
	// MaxBody is the largest message taken, in bytes. GitHub lists at most 2,048 commits in one push, which
	// is about 2 MB.
	MaxBody = 4 << 20
	// MaxDepth is how deep objects and arrays may nest. Forges stay below 10.
	MaxDepth = 64
)

// Guard refuses a JSON text that is larger than maxBytes or nests deeper than maxDepth. It reads each byte
// once and allocates nothing, so that a hostile text costs less than a decoder would spend on it. It does
// not say that the text is valid JSON. The error is Usage.
func Guard(body []byte, maxBytes, maxDepth int) error {
	if len(body) > maxBytes {
		return release.Errorf(release.Usage, "the message has %d bytes; at most %d are taken", len(body), maxBytes)
	}
	depth, quoted := 0, false
	for i := 0; i < len(body); i++ {
		switch c := body[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			if depth++; depth > maxDepth {
				return release.Errorf(release.Usage, "the message nests deeper than %d levels", maxDepth)
			}
		case c == '}' || c == ']':
			depth--
		}
	}
	return nil
}

// Decode reads exactly one JSON value from a body into v, within MaxBody and MaxDepth. Bytes that are not
// UTF-8 read as U+FFFD. The error is Usage.
func Decode(body []byte, v any) error {
	if err := Guard(body, MaxBody, MaxDepth); err != nil {
		return err
	}
	if bytes.HasPrefix(body, []byte("payload=")) {
		return release.Errorf(release.Usage, "the message is a form, not JSON").
			Advise("set the content type of the hook to application/json")
	}
	d := json.NewDecoder(bytes.NewReader(body))
	if err := d.Decode(v); err != nil {
		return release.Errorf(release.Usage, "the message is not the JSON expected: %s", describe(err)).Because(err)
	}
	if _, err := d.Token(); err != io.EOF {
		return release.Errorf(release.Usage, "the message goes on after its JSON value")
	}
	return nil
}

// jsonKinds are the kinds of JSON values by the names that the decoder has for them.
var jsonKinds = map[string]string{"array": "a list", "object": "an object", "number": "a number", "string": "a text", "bool": "true or false"}

// describe says what a decoder disliked without the Go types that its own words carry.
func describe(err error) string {
	var kind *json.UnmarshalTypeError
	if errors.As(err, &kind) {
		value, _, _ := strings.Cut(kind.Value, " ") // "number 1.5" has the number too
		return release.Clean(cmp.Or(jsonKinds[value], "a value")+" stands where "+cmp.Or(kind.Field, "another value")+" is read", 120)
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return "it ends too early"
	}
	return release.Clean(err.Error(), 120)
}
