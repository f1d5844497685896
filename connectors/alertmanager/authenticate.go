package alertmanager

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"signalbox/release"
	"signalbox/release/health"
	"signalbox/release/port"
)

// Authenticate compares the bearer token with every secret, in the same time whichever fits, and then gives the
// message the id of what it says: Alertmanager numbers nothing and tells the same again and again. The error is
// Unauthenticated. A body that cannot be understood has an id of its own and is refused by Map.
func (r *Receiver) Authenticate(header func(name string) string, body []byte) (port.Delivery, error) {
	scheme, token, _ := strings.Cut(header("Authorization"), " ")
	given := sha256.Sum256([]byte(strings.TrimSpace(token)))
	valid := 0
	for _, t := range r.tokens {
		valid |= subtle.ConstantTimeCompare(t[:], given[:])
	}
	if valid != 1 || !strings.EqualFold(scheme, "Bearer") {
		return port.Delivery{}, release.Errorf(release.Unauthenticated, "the bearer token of the message is missing or wrong").
			Advise("give http_config.authorization of the webhook receiver the secret of the connector %s", r.name)
	}
	m, err := decode(body)
	if err != nil {
		sum := sha256.Sum256(body)
		return port.Delivery{ID: "body:" + hex.EncodeToString(sum[:]), Event: "unknown"}, nil
	}
	return port.Delivery{ID: m.id(), Event: m.event(), Renews: true}, nil
}

// event is the status of the group, in the words that there are.
func (m message) event() string {
	switch m.Status {
	case "firing", "resolved":
		return m.Status
	}
	return "unknown"
}

// id is a SHA-256 over the group, its status and, in any order, what is told of each alert: which it is, whether
// it fires, since when and until when. Texts are told apart by their lengths.
func (m message) id() string {
	keys := make([]string, 0, len(m.Alerts))
	for _, a := range m.Alerts {
		keys = append(keys, a.key(m.Status))
	}
	slices.Sort(keys)
	return "group:" + digest(append([]string{m.GroupKey, m.Status}, keys...)...)
}

func (a alert) key(group string) string {
	parts := []string{a.fingerprint(), string(a.standing(group)), a.StartsAt.Format(time.RFC3339Nano)}
	if a.standing(group) == health.Resolved {
		parts = append(parts, a.EndsAt.Format(time.RFC3339Nano))
	}
	return digest(parts...)
}

// digest is the SHA-256 of a list of texts, in hex.
func digest(texts ...string) string {
	h := sha256.New()
	for _, t := range texts {
		h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(t))))
		h.Write([]byte(t))
	}
	return hex.EncodeToString(h.Sum(nil))
}
