package github

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"strings"
	"time"

	"signalbox/release"
	"signalbox/release/fact"
	"signalbox/release/port"
)

// Receiver takes the deliveries of one hook. It satisfies port.Receiver and may be used by many goroutines.
type Receiver struct{ config Config }

var _ port.Receiver = (*Receiver)(nil)

// New returns the receiver, or a Usage error. Without a secret there is none: a door that cannot tell who
// knocks stays shut.
func New(c Config) (*Receiver, error) {
	c, err := c.checked()
	if err != nil {
		return nil, err
	}
	return &Receiver{config: c}, nil
}

// Name is the connector's name.
func (r *Receiver) Name() string { return r.config.Name }

var (
	deliveryID = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$`)
	eventName  = regexp.MustCompile(`^[a-z][a-z_]{0,63}$`)
)

// Authenticate verifies X-Hub-Signature-256 over the raw body and returns the delivery. The signature is
// looked at first, so that a stranger learns nothing but Unauthenticated; the older X-Hub-Signature (SHA-1)
// is never looked at. A true sender that names no delivery or event gets a Usage error.
func (r *Receiver) Authenticate(header func(name string) string, body []byte) (port.Delivery, error) {
	if !r.signed(header("X-Hub-Signature-256"), body) {
		return port.Delivery{}, release.Errorf(release.Unauthenticated, "the signature of the message is missing or wrong").
			Advise("give the hook on GitHub the secret of the connector %s", r.config.Name)
	}
	sum := sha256.Sum256(body) // the signature covers the body alone, so that is what cannot be sent anew
	d := port.Delivery{ID: header("X-GitHub-Delivery"), Event: header("X-GitHub-Event"), Sum: hex.EncodeToString(sum[:])}
	if !deliveryID.MatchString(d.ID) {
		return port.Delivery{}, release.Errorf(release.Usage, "the header X-GitHub-Delivery holds no delivery id").
			Advise("send the header as GitHub does: a UUID, another for each message")
	}
	if !eventName.MatchString(d.Event) {
		return port.Delivery{}, release.Errorf(release.Usage, "the header X-GitHub-Event holds no event name").
			Advise("send the header as GitHub does, such as deployment")
	}
	return d, nil
}

// signed compares in constant time, with every secret, whichever fits.
func (r *Receiver) signed(header string, body []byte) bool {
	digits, ok := strings.CutPrefix(header, "sha256=")
	if !ok {
		return false
	}
	got, err := hex.DecodeString(digits)
	if err != nil {
		return false
	}
	valid := false
	for _, secret := range r.config.Secrets {
		mac := hmac.New(sha256.New, secret)
		mac.Write(body)
		valid = hmac.Equal(mac.Sum(nil), got) || valid
	}
	return valid
}

// Map turns the body of a delivery into facts; see the function Map.
func (r *Receiver) Map(d port.Delivery, body []byte, at time.Time) ([]fact.Fact, error) {
	return Map(d.Event, body, at, r.config.Bots, r.config.Map)
}
