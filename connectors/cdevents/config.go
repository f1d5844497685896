// Package cdevents owns how signalbox hears of deliveries in CDEvents over CloudEvents: the hook's
// configuration, who may call it, and what the events say in facts. It imports connectors and release, never
// control or the store.
package cdevents

import (
	"strings"
	"time"

	"signalbox/connectors"
	"signalbox/release"
)

// Config is what a hook for CDEvents needs.
type Config struct {
	// Name is the connector's name and the last part of its hook's path; "" means "cdevents".
	Name string
	// Secrets sign messages after Standard Webhooks, or are sent as bearer tokens: one, or two while one
	// replaces the other.
	Secrets [][]byte
	// Bots are logins that stand for no human, in any letter case.
	Bots []string
	// Map names services by what events call them: the id of a service, the last part of one, or the slug of a
	// repository, in any letter case.
	Map map[string]string
	// Now is the clock by which the age of a signature is told.
	Now func() time.Time
}

// checked returns the configuration as it is used: named, its names in lower case, its secrets copied, and
// the keys by which a message may be signed. The error is Usage.
func (c Config) checked() (Config, [][]byte, error) {
	if c.Name == "" {
		c.Name = "cdevents"
	}
	if err := connectors.CheckName(c.Name); err != nil {
		return c, nil, err
	}
	if err := connectors.CheckSecrets(c.Name, c.Secrets); err != nil {
		return c, nil, err
	}
	if c.Now == nil {
		return c, nil, release.Errorf(release.Internal, "the connector %s was given no clock", c.Name)
	}
	secrets, keys := make([][]byte, 0, 2), make([][]byte, 0, 2)
	for _, s := range c.Secrets {
		if len(s) == 0 {
			return c, nil, release.Errorf(release.Usage, "a secret of the connector %s is empty", c.Name).
				Advise("put the secret of the hook into its secret_file or secret_env")
		}
		s = append([]byte(nil), s...)
		key, err := connectors.WebhookKey(s)
		if err != nil {
			return c, nil, release.Errorf(release.Usage, "connector %s: %s", c.Name, release.AsError(err).Message).
				Advise("write base64 after whsec_, or a secret that does not begin so")
		}
		secrets, keys = append(secrets, s), append(keys, key)
	}
	c.Secrets = secrets
	c.Bots = connectors.Logins(c.Bots)
	services := make(map[string]string, len(c.Map))
	for called, service := range c.Map {
		services[strings.ToLower(strings.TrimSpace(called))] = strings.ToLower(release.Clean(service, maxName))
	}
	c.Map = services
	return c, keys, nil
}
