package connectors

import (
	"regexp"
	"strings"

	"signalbox/release"
)

// name is the form of the name of a connector.
var name = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,39}$`)

// CheckName returns a Usage error where a name is none for a connector.
func CheckName(s string) error {
	if name.MatchString(s) {
		return nil
	}
	return release.Errorf(release.Usage, "%q is no name for a connector", release.Clean(s, 60)).
		Advise("use up to 40 small letters, digits and hyphens")
}

// CheckSecrets returns a Usage error where a hook has not one secret, or two while one replaces the other.
func CheckSecrets(connector string, secrets [][]byte) error {
	if n := len(secrets); n != 1 && n != 2 {
		return release.Errorf(release.Usage, "the connector %s has %d secrets", connector, n).
			Advise("give it one by secret_file or secret_env, or two while you replace one")
	}
	return nil
}

// Logins are names of accounts as they are compared: in lower case, without blanks around them.
func Logins(names []string) []string {
	out := make([]string, 0, len(names))
	for _, n := range names {
		out = append(out, strings.ToLower(strings.TrimSpace(n)))
	}
	return out
}
