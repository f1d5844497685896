package icalendar

import (
	"net/netip"
	"net/url"
	"strings"

	"signalbox/connectors"
	"signalbox/release"
)

// Config is what a calendar that is asked again and again needs.
type Config struct {
	// Name is the connector's name; "" means "icalendar".
	Name string
	// URL is where the calendar is: http, https, or webcal, which is https. Path is a file on this machine.
	// One of the two is given.
	URL, Path string
	// CalDAV says that URL is a CalDAV collection, not a file.
	CalDAV bool
	// User and Secret are sent as basic credentials; a Secret without a User as a bearer token. They go over
	// https only, or to an address that Outbound.Allow lists.
	User   string
	Secret []byte
	// Options say what the events are.
	Options Options
	// Outbound says where the connector may go.
	Outbound connectors.Outbound
}

// checked returns the configuration as it is used, and its address. The error is Usage.
func (c Config) checked() (Config, *url.URL, error) {
	if c.Name == "" {
		c.Name = "icalendar"
	}
	if err := connectors.CheckName(c.Name); err != nil {
		return c, nil, err
	}
	refuse := func(try, format string, args ...any) (Config, *url.URL, error) {
		return c, nil, release.Errorf(release.Usage, "the connector "+c.Name+" "+format, args...).Advise("%s", try)
	}
	if err := c.Options.Check(); err != nil {
		e := release.AsError(err)
		return refuse(e.Try, "cannot be used: %s", e.Message)
	}
	if (c.URL == "") == (c.Path == "") {
		return refuse("give it a url or a path", "needs either a url or a path")
	}
	if c.Path != "" {
		if c.CalDAV || c.User != "" || len(c.Secret) > 0 {
			return refuse("leave them out", "reads a file: CalDAV, user and secret are of no use there")
		}
		return c, nil, nil
	}
	u, err := url.Parse(c.URL)
	if err != nil || u.Host == "" || u.Opaque != "" {
		return refuse("write it as https://calendar.example.com/release.ics", "has a url that cannot be read")
	}
	if u.User != nil {
		return refuse("give them by user and secret_file or secret_env", "has a user or a password in its url")
	}
	switch u.Scheme = strings.ToLower(u.Scheme); u.Scheme {
	case "webcal", "webcals":
		u.Scheme = "https"
	case "http", "https":
	default:
		return refuse("use https, http or webcal", "has a url of the scheme %q", release.Clean(u.Scheme, 20))
	}
	if c.User != "" && len(c.Secret) == 0 {
		return refuse("put the password into its secret_file or secret_env", "has a user and no secret")
	}
	if len(c.Secret) > 0 && u.Scheme == "http" && !c.listed(u.Hostname()) {
		return refuse("use https", "would send its secret in the clear")
	}
	u.Fragment = ""
	c.Secret = append([]byte(nil), c.Secret...)
	return c, u, nil
}

// listed reports whether a host is an address of a network that Outbound.Allow lists.
func (c Config) listed(host string) bool {
	a, err := netip.ParseAddr(host)
	if err != nil {
		return false
	}
	for _, p := range c.Outbound.Allow {
		if p.Contains(a.Unmap()) {
			return true
		}
	}
	return false
}

// Check returns a Usage error where the configuration makes no sense.
func (c Config) Check() error {
	_, _, err := c.checked()
	return err
}
