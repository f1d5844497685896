// Package alertmanager owns how signalbox hears from an Alertmanager: the hook's configuration, who may call
// it, and what its messages say in facts. It imports connectors and release, never control or the store.
package alertmanager

import (
	"crypto/sha256"
	"regexp"
	"strings"

	"signalbox/connectors"
	"signalbox/release"
)

// Config is what a hook of Alertmanager needs.
type Config struct {
	// Name is the connector's name and the last part of its hook's path; "" means "alertmanager".
	Name string
	// Secrets are the bearer tokens that a message may carry: one, or two while one replaces the other.
	Secrets [][]byte
	Labels  Labels
}

// Labels are the label names that say what an alert is about. The zero value means service and environment;
// else a name that is "" is not looked for.
type Labels struct{ Service, Environment string }

var labelName = regexp.MustCompile(`^[a-zA-Z_][a-zA-Z0-9_]{0,127}$`)

// Receiver takes the messages of one hook. It satisfies port.Receiver and may be used by many goroutines.
type Receiver struct {
	name   string
	tokens [][sha256.Size]byte // of the secrets, so that comparing them takes the same time for any
	labels Labels
}

// New returns the receiver, or a Usage error. Without a secret there is none: a door that cannot tell who
// knocks stays shut.
func New(c Config) (*Receiver, error) {
	r := &Receiver{name: c.Name, labels: c.Labels}
	if r.name == "" {
		r.name = "alertmanager"
	}
	if err := connectors.CheckName(r.name); err != nil {
		return nil, err
	}
	if err := connectors.CheckSecrets(r.name, c.Secrets); err != nil {
		return nil, err
	}
	for _, s := range c.Secrets {
		if text := string(s); text == "" || strings.TrimSpace(text) != text {
			return nil, release.Errorf(release.Usage, "a secret of the connector %s is empty or has blanks around it", r.name).
				Advise("put the token, which is the credentials of http_config.authorization there, alone into its secret_file or secret_env")
		}
		r.tokens = append(r.tokens, sha256.Sum256(s))
	}
	if r.labels == (Labels{}) {
		r.labels = Labels{Service: "service", Environment: "environment"}
	}
	for _, n := range []string{r.labels.Service, r.labels.Environment} {
		if n != "" && !labelName.MatchString(n) {
			return nil, release.Errorf(release.Usage, "%q is no name of a label", release.Clean(n, 60)).
				Advise("use letters, digits and underscores, as Prometheus does")
		}
	}
	return r, nil
}

// Name is the connector's name.
func (r *Receiver) Name() string { return r.name }
