package alertmanager

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"signalbox/connectors"
	"signalbox/release"
	"signalbox/release/fact"
	"signalbox/release/health"
	"signalbox/release/port"
)

// Longest texts kept, in characters.
const (
	maxName    = 120 // alerts, services, environments, fingerprints
	maxWord    = 40  // severities
	maxSummary = 300
)

var _ port.Receiver = (*Receiver)(nil)

// Map turns a message into one fact for each alert. An alert that names no service is told too: it is shown and
// bound to nothing. UpdatedAt is at, when the message came, for both standings: Alertmanager tells of a group in
// order, while EndsAt is of the clock of the Prometheus and may lie before a firing that came meanwhile. The
// error is Usage.
func (r *Receiver) Map(_ port.Delivery, body []byte, at time.Time) ([]fact.Fact, error) {
	m, err := decode(body)
	if err != nil {
		return nil, err
	}
	var out []fact.Fact
	for _, a := range m.Alerts {
		out = append(out, fact.AlertSeen{Alert: r.alert(a, m, at.UTC())})
	}
	return out, nil
}

func (r *Receiver) alert(a alert, m message, at time.Time) health.Alert {
	label := func(name string) string { return release.Clean(a.Labels[name], maxName) }
	out := health.Alert{
		Connector: r.name,
		ID:        a.fingerprint(),
		Name:      cmp.Or(label("alertname"), "alert without a name"),
		Severity:  strings.ToLower(release.Clean(a.Labels["severity"], maxWord)),
		Summary:   a.summary(),
		State:     a.standing(m.Status),
		StartsAt:  a.StartsAt.Time,
		URL:       connectors.Link(a.GeneratorURL),
		UpdatedAt: at,
	}
	if r.labels.Service != "" {
		out.Service = label(r.labels.Service)
	}
	if r.labels.Environment != "" {
		out.Environment = label(r.labels.Environment)
	}
	if out.StartsAt.IsZero() {
		out.StartsAt = at
	}
	if out.State == health.Resolved {
		if out.EndsAt = a.EndsAt.Time; out.EndsAt.IsZero() {
			out.EndsAt = at
		}
	}
	if m.Truncated >= 1 {
		note := fmt.Sprintf("(%.0f more of this group were cut off by max_alerts)", min(m.Truncated, 1e6))
		out.Summary = strings.TrimSpace(out.Summary + " " + note)
	}
	return out
}

// summary is the first of the annotations by which people describe an alert.
func (a alert) summary() string {
	for _, name := range []string{"summary", "description", "message"} {
		if s := release.Clean(a.Annotations[name], maxSummary); s != "" {
			return s
		}
	}
	return ""
}

// standing is the alert's own; the group's is "firing" while any alert of it fires, so it counts only where the
// alert says nothing.
func (a alert) standing(group string) health.Standing {
	switch cmp.Or(a.Status, group) {
	case "firing":
		return health.Firing
	case "resolved":
		return health.Resolved
	}
	if a.EndsAt.IsZero() {
		return health.Firing
	}
	return health.Resolved
}

// fingerprint is Alertmanager's; before 0.19 it sent none, and then the labels are the identity, as there.
func (a alert) fingerprint() string {
	if f := release.Clean(a.Fingerprint, maxName); f != "" {
		return f
	}
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(a.Labels)) {
		parts = append(parts, name, a.Labels[name])
	}
	return digest(parts...)[:16]
}
