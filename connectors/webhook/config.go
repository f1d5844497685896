// Package webhook owns how signalbox tells an HTTP endpoint of somebody else what happened, as Standard
// Webhooks 1.0 describes it: one signed POST for each message. It imports connectors and release, never
// control or the store.
package webhook

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"signalbox/connectors"
	"signalbox/release"
)

// Config is what an endpoint needs.
type Config struct {
	// Name is the connector's name; "" means "webhook".
	Name string
	// URL is where messages are posted, https. Its path and query may be a secret and are never shown.
	URL string
	// PlainHTTP allows an http URL. Without it one is taken only where its host is an address within
	// Outbound.Allow.
	PlainHTTP bool
	// Secrets are the keys that each message is signed with, "whsec_" and base64 or the bytes themselves: one,
	// or two while one replaces the other.
	Secrets [][]byte
	// Headers are sent with each message. Their values may be secrets and are never shown.
	Headers map[string]string
	// Deduplicates says whether the endpoint takes a webhook-id once only. Standard Webhooks asks it to; nil
	// means true. Where it is false, a message whose answer was lost is not sent again.
	Deduplicates *bool
	// Roots are the authorities whose certificates are trusted; nil means those of the system.
	Roots *x509.CertPool
	// Outbound says which addresses may be dialled, and how long one exchange may take.
	Outbound connectors.Outbound
}

var (
	header = regexp.MustCompile("^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$")
	value  = regexp.MustCompile(`^[\x20-\x7e]*$`)
)

// New returns the sender, or a Usage error.
func New(c Config, now func() time.Time) (*Sender, error) {
	if c.Name == "" {
		c.Name = "webhook"
	}
	if err := connectors.CheckName(c.Name); err != nil {
		return nil, err
	}
	to, err := c.endpoint()
	if err != nil {
		return nil, err
	}
	keys, err := c.keys()
	if err != nil {
		return nil, err
	}
	headers, err := c.headers()
	if err != nil {
		return nil, err
	}
	s := &Sender{name: c.Name, url: to.String(), what: c.Name + " at " + release.Clean(to.Host, 120), keys: keys, headers: headers, hidden: hidden(to, headers),
		deduplicates: c.Deduplicates == nil || *c.Deduplicates, client: c.Outbound.Client(), now: now}
	// A connection of its own for each message: one that was kept may be dead, and then nobody can tell whether
	// the message went through.
	transport := s.client.Transport.(*http.Transport)
	transport.DisableKeepAlives = true
	transport.TLSClientConfig = &tls.Config{RootCAs: c.Roots, MinVersion: tls.VersionTLS12}
	s.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return s, nil
}

func (c Config) endpoint() (*url.URL, error) {
	u, err := url.Parse(c.URL)
	switch {
	case err != nil || u.Hostname() == "" || u.Scheme != "https" && u.Scheme != "http":
		return nil, release.Errorf(release.Usage, "the url of the connector %s is none", c.Name).
			Advise("give the https address that its receiver told you")
	case u.User != nil:
		return nil, release.Errorf(release.Usage, "the url of the connector %s holds a user or a password", c.Name).
			Advise("send it as a header Authorization instead")
	case u.Scheme == "http" && !c.PlainHTTP && !c.allowed(u.Hostname()):
		return nil, release.Errorf(release.Usage, "the url of the connector %s is not https: whoever is on the way reads the messages", c.Name).
			Advise("use https, or list the network of its address under allow_networks")
	}
	u.Fragment, u.RawFragment = "", ""
	return u, nil
}

// hidden lists what may be a secret: the longer parts of the path and the query, and the values of headers.
func hidden(u *url.URL, headers http.Header) []string {
	parts := strings.FieldsFunc(u.Path+"/"+u.EscapedPath()+"/"+u.RawQuery, func(r rune) bool { return strings.ContainsRune("/?&=", r) })
	for _, values := range u.Query() {
		parts = append(parts, values...)
	}
	for _, values := range headers {
		parts = append(parts, values...)
		for _, v := range values {
			parts = append(parts, strings.Fields(v)...)
		}
	}
	return slices.DeleteFunc(parts, func(s string) bool { return len(s) < 6 })
}

// allowed reports whether a host is an address within a network that was allowed by name.
func (c Config) allowed(host string) bool {
	a, err := netip.ParseAddr(host)
	if err != nil {
		return false
	}
	for _, p := range c.Outbound.Allow {
		if p.Contains(a.Unmap().WithZone("")) {
			return true
		}
	}
	return false
}

func (c Config) keys() ([][]byte, error) {
	if err := connectors.CheckSecrets(c.Name, c.Secrets); err != nil {
		return nil, err
	}
	keys := make([][]byte, 0, 2)
	for _, secret := range c.Secrets {
		key, err := connectors.WebhookKey(secret)
		if err != nil {
			return nil, err
		}
		if len(key) == 0 {
			return nil, release.Errorf(release.Usage, "a secret of the connector %s is empty", c.Name).
				Advise("put the secret of the endpoint into its secret_file or secret_env")
		}
		keys = append(keys, append([]byte(nil), key...))
	}
	return keys, nil
}

// headers refuses names that say what the message is: they are not a matter of configuration.
func (c Config) headers() (http.Header, error) {
	out := http.Header{}
	for k, v := range c.Headers {
		switch low := strings.ToLower(k); {
		case !header.MatchString(k) || !value.MatchString(v) || len(v) > 4096:
			return nil, release.Errorf(release.Usage, "a header of the connector %s is not well formed: %s", c.Name, release.Clean(k, 60)).
				Advise("use one line of plain ASCII")
		case strings.HasPrefix(low, "webhook-"), strings.HasPrefix(low, "content-"), strings.HasPrefix(low, "proxy-"), low == "host",
			low == "connection", low == "transfer-encoding", low == "te", low == "trailer", low == "upgrade", low == "expect",
			low == "idempotency-key", low == "x-idempotency-key":
			return nil, release.Errorf(release.Usage, "the header %s of the connector %s is set by signalbox itself", k, c.Name).
				Advise("leave it out")
		}
		out.Set(k, v)
	}
	return out, nil
}
