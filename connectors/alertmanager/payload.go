package alertmanager

import (
	"encoding/json"
	"time"

	"signalbox/connectors"
	"signalbox/release"
)

// The structs of this file name the fields that are read of a webhook message (version 4), and no others.

type message struct {
	Status    string  `json:"status"`
	GroupKey  string  `json:"groupKey"`
	Alerts    []alert `json:"alerts"`
	Truncated float64 `json:"truncatedAlerts"`
}

type alert struct {
	Status       string `json:"status"`
	Labels       texts  `json:"labels"`
	Annotations  texts  `json:"annotations"`
	StartsAt     stamp  `json:"startsAt"`
	EndsAt       stamp  `json:"endsAt"`
	GeneratorURL string `json:"generatorURL"`
	Fingerprint  string `json:"fingerprint"`
}

// texts is a map whose values are texts; one of another kind reads as absent.
type texts map[string]string

func (t *texts) UnmarshalJSON(b []byte) error {
	var raw map[string]any
	if err := json.Unmarshal(b, &raw); err != nil {
		return err
	}
	*t = make(texts, len(raw))
	for name, v := range raw {
		if s, ok := v.(string); ok {
			(*t)[name] = s
		}
	}
	return nil
}

// stamp is an instant in RFC 3339. Anything else, and the year 1 that stands for no end, reads as no instant.
type stamp struct{ time.Time }

func (s *stamp) UnmarshalJSON(b []byte) error {
	s.Time = time.Time{}
	var text string
	if json.Unmarshal(b, &text) == nil {
		if t, err := time.Parse(time.RFC3339, text); err == nil && t.UTC().Year() >= 1970 && t.UTC().Year() < 2200 {
			s.Time = t.UTC()
		}
	}
	return nil
}

// maxAlerts bounds the alerts of one message. Alertmanager itself has no bound but max_alerts.
const maxAlerts = 10_000

// decode reads a message. The error is Usage.
func decode(body []byte) (message, error) {
	var m message
	if err := connectors.Decode(body, &m); err != nil {
		return message{}, err
	}
	if m.Alerts == nil {
		return message{}, release.Errorf(release.Usage, "the message has no list of alerts").
			Advise("let a webhook receiver of an Alertmanager call this hook")
	}
	if n := len(m.Alerts); n > maxAlerts {
		return message{}, release.Errorf(release.Usage, "the message has %d alerts; at most %d are taken", n, maxAlerts).
			Advise("set max_alerts of the webhook receiver, or group by more labels")
	}
	return m, nil
}
