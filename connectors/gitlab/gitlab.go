package gitlab

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"regexp"
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

var (
	deliveryID = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$`)
	eventName  = regexp.MustCompile(`^[A-Z][A-Za-z ]{0,63}$`)
)

// Authenticate takes a message that carries a secret token (X-Gitlab-Token) or is signed with a signing token
// (GitLab 19, after Standard Webhooks). GitLab sends both while a hook has both; one that fits is enough, so
// that a hook can go from one to the other. A stranger learns nothing but Unauthenticated. A true sender that
// names no delivery or event gets a Usage error.
func (r *Receiver) Authenticate(header func(name string) string, body []byte) (port.Delivery, error) {
	id, err := r.sender(header, body)
	if err != nil {
		return port.Delivery{}, err
	}
	if id == "" {
		id = delivery(header, body)
	}
	d := port.Delivery{ID: id, Event: header("X-Gitlab-Event")}
	if !deliveryID.MatchString(d.ID) {
		return port.Delivery{}, release.Errorf(release.Usage, "neither Idempotency-Key nor X-Gitlab-Event-UUID holds a delivery id").
			Advise("send the headers as GitLab does")
	}
	if !eventName.MatchString(d.Event) {
		return port.Delivery{}, release.Errorf(release.Usage, "the header X-Gitlab-Event holds no event name").
			Advise("send the header as GitLab does, such as Deployment Hook")
	}
	return d, nil
}

// sender verifies who sent a message and returns the id that was signed, "" where none was.
func (r *Receiver) sender(header func(name string) string, body []byte) (id string, err error) {
	unsigned := release.Errorf(release.Unauthenticated, "the token of the message is missing or wrong").
		Advise("give the hook on GitLab the secret of the connector %s", r.config.Name)
	err = unsigned
	if header("webhook-signature") != "" {
		if id, err = connectors.VerifyWebhook(r.keys, header, body, r.config.Now()); err == nil {
			return id, nil
		}
	}
	if r.token(header("X-Gitlab-Token")) {
		return "", nil
	}
	return "", err
}

// token compares in constant time, with every secret; digests are compared, so that the time does not tell
// the length of a secret either.
func (r *Receiver) token(sent string) bool {
	valid, got := false, sha256.Sum256([]byte(sent))
	for _, secret := range r.config.Secrets {
		want := sha256.Sum256(secret)
		valid = hmac.Equal(want[:], got[:]) || valid
	}
	return valid
}

// delivery is the id of a message that is the same when GitLab sends it again: Idempotency-Key (GitLab 17.4).
// Before, there is but X-Gitlab-Event-UUID, which the events of one request to GitLab share; the body tells
// them apart.
func delivery(header func(name string) string, body []byte) string {
	if key := header("Idempotency-Key"); key != "" {
		return key
	}
	event := header("X-Gitlab-Event-UUID")
	if event == "" {
		return ""
	}
	sum := sha256.Sum256(body)
	return event + ":" + hex.EncodeToString(sum[:16])
}

// Map turns the body of a delivery into facts; see the function Map.
func (r *Receiver) Map(d port.Delivery, body []byte, at time.Time) ([]fact.Fact, error) {
	return Map(d.Event, body, at, r.config.Bots, r.config.Map)
}
