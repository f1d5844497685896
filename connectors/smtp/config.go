// Package smtp owns how signalbox tells people by mail what happened: one plain message for each event,
// handed to one mail server. It imports connectors and release, never control or the store.
package smtp

import (
	"crypto/x509"
	"net"
	"net/mail"
	"net/netip"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"

	"signalbox/connectors"
	"signalbox/release"
)

// Config is what a mail server needs.
type Config struct {
	// Name is the connector's name; "" means "mail".
	Name string
	// URL is smtp://HOST (port 25), smtp+starttls://HOST (587) or smtps://HOST (465), with another port where
	// one is given.
	URL string
	// StartTLS is "required", "opportunistic" or "none" for smtp://. "" means required, and none where the host
	// is this machine.
	StartTLS string
	// User and Secret log in. They are sent over an encrypted connection only.
	User   string
	Secret []byte
	// From and To are addresses, with or without a display name.
	From string
	To   []string
	// Helo is the name that signalbox greets with; "" means that of this machine.
	Helo string
	// Roots are the authorities whose certificates are trusted; nil means those of the system.
	Roots *x509.CertPool
	// Outbound says which addresses may be dialled. Its Timeout bounds one whole exchange, 1 minute if not
	// given: a server may look at a message for a while before it answers.
	Outbound connectors.Outbound
}

// maxRecipients is the number that every server must take in one go (RFC 5321, 4.5.3.1.8).
const maxRecipients = 100

var helo = regexp.MustCompile(`^[A-Za-z0-9.:\[\]-]{1,255}$`)

// New returns the sender, or a Usage error.
func New(c Config) (*Sender, error) {
	if c.Name == "" {
		c.Name = "mail"
	}
	if err := connectors.CheckName(c.Name); err != nil {
		return nil, err
	}
	s := &Sender{name: c.Name, user: c.User, secret: string(c.Secret), helo: c.Helo, roots: c.Roots, outbound: c.Outbound, timeout: c.Outbound.Timeout}
	if s.timeout <= 0 {
		s.timeout = time.Minute
	}
	if err := s.server(c); err != nil {
		return nil, err
	}
	if err := s.people(c); err != nil {
		return nil, err
	}
	switch {
	case (c.User == "") != (len(c.Secret) == 0):
		return nil, release.Errorf(release.Usage, "the connector %s has a user without a secret, or a secret without a user", c.Name).
			Advise("give both or none")
	case c.User != "" && !s.encrypted():
		return nil, release.Errorf(release.Usage, "the connector %s would send its password over a connection that may be open to others", c.Name).
			Advise("use smtps:// or starttls: required, or give no user")
	case c.Helo != "" && !helo.MatchString(c.Helo):
		return nil, release.Errorf(release.Usage, "%q is no name to greet a mail server with", release.Clean(c.Helo, 60)).
			Advise("give the full name of this machine")
	}
	return s, nil
}

// server reads where the mail goes and how the connection is encrypted.
func (s *Sender) server(c Config) error {
	u, err := url.Parse(c.URL)
	if err != nil || u.Hostname() == "" || u.User != nil || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" {
		return release.Errorf(release.Usage, "the url of the connector %s is none of a mail server", c.Name).
			Advise("write smtp://HOST:25 or smtps://HOST:465; a user and a secret have their own settings")
	}
	s.host, s.policy = u.Hostname(), gomail.TLSMandatory
	switch {
	case u.Scheme == "smtps" && c.StartTLS == "":
		s.port, s.wrapped = 465, true
		s.policy = gomail.TLSOpportunistic // there is nothing left to start
	case u.Scheme == "smtp+starttls" && (c.StartTLS == "" || c.StartTLS == "required"):
		s.port = 587
	case u.Scheme == "smtp":
		s.port = 25
		switch {
		case c.StartTLS == "none" || c.StartTLS == "" && local(s.host):
			s.policy = gomail.NoTLS
		case c.StartTLS == "opportunistic":
			s.policy = gomail.TLSOpportunistic
		case c.StartTLS != "" && c.StartTLS != "required":
			return release.Errorf(release.Usage, "starttls of the connector %s is %q", c.Name, release.Clean(c.StartTLS, 40)).
				Advise("write required, opportunistic or none")
		}
	default:
		return release.Errorf(release.Usage, "the url and starttls of the connector %s do not go together", c.Name).
			Advise("write smtp://HOST:25 with starttls, or smtps://HOST:465 without")
	}
	if p := u.Port(); p != "" {
		n, err := strconv.ParseUint(p, 10, 16)
		if err != nil || n == 0 {
			return release.Errorf(release.Usage, "the url of the connector %s has no port that exists", c.Name).Advise("use 1 to 65535")
		}
		s.port = int(n)
	}
	s.what = c.Name + " at " + release.Clean(net.JoinHostPort(s.host, strconv.Itoa(s.port)), 120)
	return nil
}

// encrypted reports whether nothing but the greeting can pass in the clear.
func (s *Sender) encrypted() bool { return s.wrapped || s.policy == gomail.TLSMandatory }

// local reports whether a host names this machine.
func local(host string) bool {
	a, err := netip.ParseAddr(host)
	return err == nil && a.Unmap().IsLoopback() || strings.EqualFold(host, "localhost")
}

func (s *Sender) people(c Config) error {
	from, err := address(c.From)
	if err != nil {
		return release.Errorf(release.Usage, "from of the connector %s is no mail address: %s", c.Name, release.Clean(c.From, 80)).
			Advise("write it as signalbox@example.com")
	}
	s.from = from
	if n := len(c.To); n == 0 || n > maxRecipients {
		return release.Errorf(release.Usage, "the connector %s has %d recipients", c.Name, n).Advise("give it 1 to %d under to", maxRecipients)
	}
	for _, text := range c.To {
		to, err := address(text)
		if err != nil {
			return release.Errorf(release.Usage, "a recipient of the connector %s is no mail address: %s", c.Name, release.Clean(text, 80)).
				Advise("write it as ops@example.com")
		}
		s.to = append(s.to, to.String())
	}
	return nil
}

// address reads one address of plain ASCII: any mail server takes it.
func address(text string) (*mail.Address, error) {
	a, err := mail.ParseAddress(text)
	if err != nil {
		return nil, err
	}
	for _, r := range a.Address {
		if r <= ' ' || r > '~' {
			return nil, release.Errorf(release.Usage, "an address holds %q", r)
		}
	}
	a.Name = release.Clean(a.Name, 80)
	return a, nil
}
