// Package github owns how signalbox hears from GitHub: the hook's configuration, who may call it, and what
// the payloads say in facts. It imports connectors and release, never control or the store.
package github

import (
	"strings"

	"signalbox/connectors"
	"signalbox/release"
)

// Forge is how facts name GitHub.
const Forge = "github.com"

// Config is what a hook of GitHub needs.
type Config struct {
	// Name is the connector's name and the last part of its hook's path; "" means "github".
	Name string
	// Secrets are the keys that a signature may have been made with: one, or two while one replaces the
	// other.
	Secrets [][]byte
	// Bots are logins that stand for no human although GitHub does not say so, in any letter case.
	Bots []string
	// Map names the service of a repository by its slug, in any letter case, above what the catalog says.
	Map map[string]string
}

// checked returns the configuration as it is used: named, its logins in lower case, its secrets copied. The
// error is Usage.
func (c Config) checked() (Config, error) {
	if c.Name == "" {
		c.Name = "github"
	}
	if err := connectors.CheckName(c.Name); err != nil {
		return c, err
	}
	if err := connectors.CheckSecrets(c.Name, c.Secrets); err != nil {
		return c, err
	}
	secrets := make([][]byte, 0, 2)
	for _, s := range c.Secrets {
		if len(s) == 0 {
			return c, release.Errorf(release.Usage, "a secret of the connector %s is empty", c.Name).
				Advise("put the secret of the hook into its secret_file or secret_env")
		}
		secrets = append(secrets, append([]byte(nil), s...))
	}
	c.Secrets = secrets
	c.Bots = connectors.Logins(c.Bots)
	services := make(map[string]string, len(c.Map))
	for slug, service := range c.Map {
		services[strings.ToLower(slug)] = strings.ToLower(service)
	}
	c.Map = services
	return c, nil
}
