// Package gitlab owns how signalbox hears from GitLab: the hook's configuration, who may call it, and what
// the payloads say in facts. It imports connectors and release, never control or the store.
package gitlab

import (
	"strings"
	"time"

	"signalbox/connectors"
	"signalbox/release"
)

// Forge is how facts name GitLab, whatever host it runs on.
const Forge = "gitlab.com"

// Config is what a hook of GitLab needs.
type Config struct {
	// Name is the connector's name and the last part of its hook's path; "" means "gitlab".
	Name string
	// Secrets are secret tokens or signing tokens ("whsec_…") of the hook: one, or two while one replaces the
	// other.
	Secrets [][]byte
	// Bots are usernames that stand for no human, in any letter case. GitLab does not say which do.
	Bots []string
	// Map names the service of a project by its slug, in any letter case.
	Map map[string]string
	// Now is the clock by which the age of a signature is told.
	Now func() time.Time
}

// checked returns the configuration as it is used: named, its names in lower case, its secrets copied, and
// the keys by which a message may be signed. The error is Usage.
func (c Config) checked() (Config, [][]byte, error) {
	if c.Name == "" {
		c.Name = "gitlab"
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
				Advise("put the token of the hook into its secret_file or secret_env")
		}
		s = append([]byte(nil), s...)
		key, err := connectors.WebhookKey(s)
		if err != nil {
			return c, nil, release.Errorf(release.Usage, "connector %s: %s", c.Name, release.AsError(err).Message).
				Advise("copy the signing token from the hook on GitLab as a whole")
		}
		secrets, keys = append(secrets, s), append(keys, key)
	}
	c.Secrets = secrets
	c.Bots = connectors.Logins(c.Bots)
	services := make(map[string]string, len(c.Map))
	for project, service := range c.Map {
		slug, ok := connectors.Slug(project)
		if !ok {
			return c, nil, release.Errorf(release.Usage, "%q in the map of the connector %s is no project", release.Clean(project, 80), c.Name).
				Advise("write it as group/project, with every subgroup")
		}
		services[slug] = strings.ToLower(release.Clean(service, maxName))
	}
	c.Map = services
	return c, keys, nil
}
