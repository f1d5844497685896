// Package health owns what monitors say of services: samples of the golden signals by version, and alerts.
// Roll-ups of samples, objectives, the burn of their error budgets, and versions side by side are its rules. It
// does no I/O.
package health

import (
	"time"

	"signalbox/release"
)

// Sample is what a monitor measured of one version of a service in one environment, over the Step that ends
// at At (UTC). A signal that was not measured is nil; NaN and infinities are never stored.
type Sample struct {
	Service     string        `json:"service"`
	Environment string        `json:"environment"`
	Version     string        `json:"version,omitempty"`
	At          time.Time     `json:"at"`
	Step        time.Duration `json:"step"`
	Rate        *float64      `json:"rate,omitempty"`   // requests a second
	Errors      *float64      `json:"errors,omitempty"` // failed requests ÷ all requests, 0 to 1
	P50         *float64      `json:"p50,omitempty"`    // seconds
	P95         *float64      `json:"p95,omitempty"`    // seconds
	P99         *float64      `json:"p99,omitempty"`    // seconds
	// N is how many raw samples it stands for.
	N int `json:"n"`
}

// Standing of an alert or an incident.
type Standing string

const (
	Firing   Standing = "firing"
	Resolved Standing = "resolved"
)

// Alert is something that a monitor or a pipeline raised about a service. ID is its identity on the other
// side (Alertmanager's fingerprint, an incident's id); a later StartsAt is another alert of the same ID.
type Alert struct {
	Connector   string    `json:"connector"`
	ID          string    `json:"id"`
	Name        string    `json:"name"`
	Service     string    `json:"service,omitempty"`
	Environment string    `json:"environment,omitempty"`
	Severity    string    `json:"severity,omitempty"` // the sender's own word, lower case
	Summary     string    `json:"summary,omitempty"`
	State       Standing  `json:"state"`
	StartsAt    time.Time `json:"starts_at"`
	EndsAt      time.Time `json:"ends_at,omitzero"` // when it was resolved
	URL         string    `json:"url,omitempty"`
	// UpdatedAt is when the sender said so; an older word alters nothing.
	UpdatedAt time.Time `json:"updated_at"`
}

// Aspect is how strong an alert is, by its sender's own word for it: caution for the words that mean a notice or a
// warning, else stop. Every screen and every verb goes by it.
func (a Alert) Aspect() release.Aspect {
	switch a.Severity {
	case "warning", "warn", "info", "information", "notice", "none", "low", "minor", "ticket":
		return release.Caution
	}
	return release.Stop
}

// Worst is the alert that is strongest, the first of equals; nil where there is none.
func Worst(alerts []Alert) *Alert {
	var worst *Alert
	for k := range alerts {
		if a := &alerts[k]; worst == nil || a.Aspect().Worse(worst.Aspect()) {
			worst = a
		}
	}
	return worst
}

// Picture is what monitors say of a service in an environment now: the newest sample of each version, and the
// alerts that fire. It is a snapshot: shared and never changed.
type Picture struct {
	Samples []Sample `json:"samples"`
	Alerts  []Alert  `json:"alerts"`
	Sources []Source `json:"sources"` // the feeds that it rests on
}

// Source is a feed that a picture rests on.
type Source struct {
	Name    string        `json:"name"`
	Good    time.Time     `json:"last_good,omitzero"`
	Promise time.Duration `json:"promise"`
	Dark    bool          `json:"dark"`
	Late    bool          `json:"late"`
}
