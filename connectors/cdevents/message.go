package cdevents

import (
	"bytes"
	"encoding/base64"
	"encoding/json"

	"signalbox/connectors"
	"signalbox/release"
)

// maxBatch is how many events are taken at once.
const maxBatch = 1000

// envelope is a CloudEvent written in JSON. Only what is read has a field: an event is known by its type, and
// all that signalbox reads of a CDEvent stands in its data. (The decoder of CloudEvents' own SDK 2.16.2 panics
// on an event of version 0.3 whose datacontentencoding is null.)
type envelope struct {
	Version  text            `json:"specversion"`
	Type     text            `json:"type"`
	Source   text            `json:"source"`
	ID       text            `json:"id"`
	Data     json.RawMessage `json:"data"`
	Base64   *string         `json:"data_base64"`
	Encoding text            `json:"datacontentencoding"` // version 0.3
}

// spoken reports whether a version of CloudEvents is one that is read.
func spoken(version string) bool { return version == "1.0" || version == "0.3" }

// cloudEvent reads an event in structured mode, its data as the bytes that they were. The error is Usage.
func cloudEvent(body []byte) (envelope, error) {
	var e envelope
	if err := connectors.Decode(body, &e); err != nil {
		return e, err
	}
	switch {
	case !spoken(string(e.Version)):
		return e, release.Errorf(release.Usage, "specversion of the CloudEvent is %q, not 1.0", release.Clean(string(e.Version), 20))
	case e.Type == "" || e.Source == "" || e.ID == "":
		return e, release.Errorf(release.Usage, "the CloudEvent has no type, source or id")
	case e.Base64 != nil && len(e.Data) > 0:
		return e, release.Errorf(release.Usage, "the CloudEvent has both data and data_base64")
	}
	coded := e.Base64
	if e.Version == "0.3" && e.Encoding == "base64" && json.Unmarshal(e.Data, &coded) != nil {
		return e, release.Errorf(release.Usage, "the data of the CloudEvent is not the base64 that it says")
	}
	if coded != nil {
		data, err := base64.StdEncoding.DecodeString(*coded)
		if err != nil {
			return e, release.Errorf(release.Usage, "the data of the CloudEvent is not the base64 that it says")
		}
		e.Data = data
	}
	return e, nil
}

// events returns the events of a body, each with its data. A CDEvent alone, of binary mode, has the type of its
// header. What is no CDEvent is left out, unread.
func events(header string, body []byte) ([]envelope, error) {
	var raw json.RawMessage
	if header == structured || header == batched || cdevent(header) {
		if err := connectors.Decode(body, &raw); err != nil {
			return nil, err
		}
	}
	raw = bytes.TrimSpace(raw)
	switch {
	case header == batched:
		return batch(raw)
	case len(raw) == 0:
		return nil, nil
	}
	var mode struct {
		Version *json.RawMessage `json:"specversion"`
	}
	if raw[0] != '{' || json.Unmarshal(raw, &mode) != nil {
		return nil, release.Errorf(release.Usage, "the message is no object")
	}
	if mode.Version == nil && header != structured {
		return []envelope{{Type: text(header), Data: raw}}, nil
	}
	return taken(raw)
}

func batch(raw json.RawMessage) (out []envelope, err error) {
	var list []json.RawMessage
	if err := json.Unmarshal(raw, &list); err != nil {
		return nil, release.Errorf(release.Usage, "the batch is no list")
	}
	if len(list) > maxBatch {
		return nil, release.Errorf(release.Usage, "the batch has %d events; at most %d are taken", len(list), maxBatch)
	}
	for _, raw := range list {
		one, err := taken(raw)
		if err != nil {
			return nil, err
		}
		out = append(out, one...)
	}
	return out, nil
}

func taken(raw json.RawMessage) ([]envelope, error) {
	e, err := cloudEvent(raw)
	if err != nil || !cdevent(string(e.Type)) {
		return nil, err
	}
	return []envelope{e}, nil
}
