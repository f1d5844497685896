package cdevents

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"mime"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"signalbox/connectors"
	"signalbox/release"
	"signalbox/release/fact"
	"signalbox/release/port"
)

// Receiver takes the deliveries of one hook. It satisfies port.Receiver and may be used by many goroutines.
type Receiver struct {
	config Config
	keys   [][]byte // of signatures
}

var _ port.Receiver = (*Receiver)(nil)

// New returns the receiver, or a Usage error. Without a secret there is none: a door that cannot tell who
// knocks stays shut.
func New(c Config) (*Receiver, error) {
	c, keys, err := c.checked()
	if err != nil {
		return nil, err
	}
	return &Receiver{config: c, keys: keys}, nil
}

// Name is the connector's name.
func (r *Receiver) Name() string { return r.config.Name }

// The types of content in which a whole CloudEvent, or several, come.
const (
	structured = "application/cloudevents+json"
	batched    = "application/cloudevents-batch+json"
)

// eventType is the type of a CloudEvent that is taken.
var eventType = regexp.MustCompile(`^[\x21-\x7e]{1,255}$`)

// Authenticate takes a message that is signed after Standard Webhooks or carries a secret as its bearer token,
// and that is a CloudEvent in one of the modes of its HTTP binding: binary, structured or batched. A stranger
// learns nothing but Unauthenticated; a true sender whose message is no CloudEvent gets a Usage error.
//
// The delivery's id is the event's source and id, taken from the body where a CDEvent says them, because a
// signature covers the body and not the headers. A batch is one delivery: what is in it may come again in
// another, where each fact counts once anyhow.
func (r *Receiver) Authenticate(header func(name string) string, body []byte) (port.Delivery, error) {
	if err := r.sender(header, body); err != nil {
		return port.Delivery{}, err
	}
	kind, _, err := mime.ParseMediaType(header("Content-Type"))
	if err != nil {
		kind = ""
	}
	switch {
	case kind == structured:
		return whole(body), nil
	case kind == batched:
		return port.Delivery{ID: digest(body), Event: batched}, nil
	case strings.HasPrefix(kind, "application/cloudevents"):
		return port.Delivery{}, release.Errorf(release.Usage, "%s is not read", release.Clean(kind, 80)).
			Advise("send the event in JSON: %s", structured)
	}
	return binary(header, body)
}

// whole is the delivery of an event in structured mode. One that cannot be read is known by its bytes: Map says
// what is wrong with it.
func whole(body []byte) port.Delivery {
	e, err := cloudEvent(body)
	if err != nil || !eventType.MatchString(string(e.Type)) {
		return port.Delivery{ID: digest(body), Event: structured}
	}
	return port.Delivery{ID: identity(e.Data, string(e.Source), string(e.ID)), Event: string(e.Type)}
}

// binary is the delivery of an event in binary mode: its attributes are headers.
func binary(header func(name string) string, body []byte) (port.Delivery, error) {
	attribute := func(name string) string {
		v := header("ce-" + name)
		if plain, err := url.PathUnescape(v); err == nil {
			return plain
		}
		return v
	}
	version, kind, source, id := attribute("specversion"), attribute("type"), attribute("source"), attribute("id")
	switch {
	case version == "":
		return port.Delivery{}, release.Errorf(release.Usage, "the message is no CloudEvent: it has no ce-specversion and is not %s", structured).
			Advise("send it after the HTTP binding of CloudEvents")
	case !spoken(version):
		return port.Delivery{}, release.Errorf(release.Usage, "version %s of CloudEvents is not read", release.Clean(version, 20)).
			Advise("send version 1.0")
	case !eventType.MatchString(kind) || source == "" || id == "":
		return port.Delivery{}, release.Errorf(release.Usage, "the headers ce-type, ce-source and ce-id do not name the event").
			Advise("send all three, as CloudEvents asks")
	}
	// Of a message that is signed, the headers are not: what the body says of itself goes before them.
	if inner := inside(body).Type; cdevent(string(inner)) && string(inner) != kind {
		return port.Delivery{}, release.Errorf(release.Usage, "the header ce-type is not the context.type of the event").
			Advise("send the same type in both")
	}
	return port.Delivery{ID: identity(body, source, id), Event: kind}, nil
}

// inside is the context of the CDEvent in the data of a CloudEvent, empty where it is none.
func inside(data []byte) context {
	var e struct {
		Context context `json:"context"`
	}
	if connectors.Decode(data, &e) != nil {
		return context{}
	}
	return e.Context
}

// identity is the id of a delivery: source#id of the CDEvent, else of the CloudEvent around it.
func identity(data []byte, source, id string) string {
	if c := inside(data); c.ID != "" && c.Source != "" {
		source, id = string(c.Source), string(c.ID)
	}
	return key(source, id)
}

// key joins a source and an id. Where the two could not be told apart again, or not be shown, or are longer
// than 255 bytes, it is their digest.
func key(source, id string) string {
	k := source + "#" + id
	if len(k) > 255 || strings.Contains(source, "#") || release.Clean(k, 0) != k {
		return digest([]byte(strconv.Itoa(len(source)) + ":" + source + id))
	}
	return k
}

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// sender verifies who sent a message. A signature that is there decides alone.
func (r *Receiver) sender(header func(name string) string, body []byte) error {
	if header("webhook-signature") != "" {
		_, err := connectors.VerifyWebhook(r.keys, header, body, r.config.Now())
		return err
	}
	scheme, token, _ := strings.Cut(header("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") || !r.bearer(strings.TrimSpace(token)) {
		return release.Errorf(release.Unauthenticated, "the message is not signed and its bearer token is missing or wrong").
			Advise("sign it as Standard Webhooks asks, or send the secret of the connector %s as a bearer token", r.config.Name)
	}
	return nil
}

// bearer compares in constant time, with every secret; digests are compared, so that the time does not tell the
// length of a secret either.
func (r *Receiver) bearer(sent string) bool {
	valid, got := false, sha256.Sum256([]byte(sent))
	for _, secret := range r.config.Secrets {
		want := sha256.Sum256(secret)
		valid = hmac.Equal(want[:], got[:]) || valid
	}
	return valid
}

// Map turns the body of a delivery into facts; see the function Map.
func (r *Receiver) Map(d port.Delivery, body []byte, at time.Time) ([]fact.Fact, error) {
	return Map(r.config.Name, d.Event, body, at, r.config.Bots, r.config.Map)
}
