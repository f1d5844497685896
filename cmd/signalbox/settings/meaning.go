package settings

import (
	"net"
	"net/mail"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
	"golang.org/x/crypto/ssh"

	"signalbox/release"
	"signalbox/release/access"
	"signalbox/release/calendar"
	"signalbox/release/catalog"
)

// durationBounds refuses a duration that is too short or too long to be meant.
func durationBounds(v value) func(t *tree, path string, n *yaml.Node) {
	return func(t *tree, path string, n *yaml.Node) {
		d, err := time.ParseDuration(n.Value)
		if err != nil || d < time.Duration(v.low) || d > time.Duration(v.high) {
			t.refuse(n, path, "write "+bounds(time.Duration(v.low), time.Duration(v.high)), "%s is out of bounds", release.Clean(n.Value, 40))
		}
	}
}

// bounds puts the bounds of a duration in words.
func bounds(low, high time.Duration) string {
	if low == 0 {
		return "a duration of at most " + plainDuration(high)
	}
	return "a duration from " + plainDuration(low) + " to " + plainDuration(high)
}

// plainDuration is a duration without the units that are zero: 24h, not 24h0m0s.
func plainDuration(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// wholly is a duration in whole seconds.
func wholly(v value) value {
	within := v.meaning
	v.meaning = func(t *tree, path string, n *yaml.Node) {
		within(t, path, n)
		if d, err := time.ParseDuration(n.Value); err == nil && d >= time.Second && d%time.Second != 0 {
			t.refuse(n, path, "write a duration such as 15s", "%s is not in whole seconds", n.Value)
		}
	}
	return v
}

func networkMeaning(t *tree, path string, n *yaml.Node) {
	if _, err := netip.ParsePrefix(n.Value); err != nil {
		t.refuse(n, path, "write a network such as 10.0.0.0/8", "%s is no network", n.Value)
	}
}

func lowerMeaning(t *tree, path string, n *yaml.Node) {
	if lower := strings.ToLower(n.Value); lower != n.Value {
		t.refuse(n, path, "write "+lower, "%q is not in lower case", release.Clean(n.Value, 60))
	}
}

func scopeMeaning(t *tree, path string, n *yaml.Node) {
	if _, err := access.ParseScope(n.Value); err != nil {
		e := release.AsError(err)
		t.refuse(n, path, e.Try, "%s", e.Message)
	}
}

func zoneMeaning(t *tree, path string, n *yaml.Node) {
	if _, err := time.LoadLocation(n.Value); err != nil || strings.EqualFold(n.Value, "local") {
		t.refuse(n, path, "write the name of an IANA zone such as Europe/London or UTC", "%q is no zone", n.Value)
	}
}

func keyMeaning(t *tree, path string, n *yaml.Node) {
	if _, _, _, _, err := ssh.ParseAuthorizedKey([]byte(n.Value)); err != nil {
		t.refuse(n, path, "write the line of the .pub file", "it is no public key")
	}
}

func mailMeaning(t *tree, path string, n *yaml.Node) {
	if _, err := mail.ParseAddress(n.Value); err != nil {
		t.refuse(n, path, "write it as releases@acme.example", "%q is no mail address", release.Clean(n.Value, 80))
	}
}

func hostMeaning(t *tree, path string, n *yaml.Node) {
	if _, port, err := net.SplitHostPort(n.Value); err == nil && !validPort(port) {
		t.refuse(n, path, "use 1 to 65535", "there is no port %s", port)
	}
}

func validPort(s string) bool {
	p, err := strconv.ParseUint(s, 10, 16)
	return err == nil && p > 0
}

// urlMeaning never repeats the address: its path may be a secret.
func urlMeaning(t *tree, path string, n *yaml.Node) {
	u, err := url.Parse(n.Value)
	switch {
	case err != nil || u.Host != "" && u.Hostname() == "":
		t.refuse(n, path, "write it as the browser's address bar shows it", "it is no address")
	case u.Port() != "" && !validPort(u.Port()):
		t.refuse(n, path, "use 1 to 65535", "there is no port %s", u.Port())
	}
}

// ownHeader matches the headers that signalbox or HTTP itself sets.
var ownHeader = regexp.MustCompile(`^(webhook-.*|content-.*|proxy-.*|host|connection|transfer-encoding|te|trailer|upgrade|expect|(x-)?idempotency-key|user-agent)$`)

var secretHeaders = []string{"authorization", "proxy-authorization", "cookie"}

func headersMeaning(t *tree, path string, n *yaml.Node) {
	seen := map[string]string{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k := n.Content[i]
		name, lower := release.Clean(k.Value, 60), strings.ToLower(k.Value)
		switch where := under(path, name); {
		case ownHeader.MatchString(lower) && !slices.Contains(secretHeaders, lower):
			t.refuse(k, where, "leave it out", "signalbox sets the header %s itself", name)
		case slices.Contains(secretHeaders, lower):
			t.refuse(k, where, "let the receiver verify the signature", "%s would be a secret in this file", name)
		case seen[lower] != "":
			t.refuse(k, where, "keep one of them", "it is the same header as %s", seen[lower])
		}
		seen[lower] = name
	}
}

func uniqueNames(t *tree, path string, n *yaml.Node) {
	seen := map[string]int{}
	for i, item := range n.Content {
		if item.Kind != yaml.MappingNode {
			continue
		}
		name := get(item, "name")
		if name == nil || name.Kind != yaml.ScalarNode || name.Value == "" {
			continue
		}
		if line, twice := seen[name.Value]; twice {
			t.refuse(name, under(index(path, i), "name"), "give it another name", "the name %s is used twice; the other is at line %d", release.Clean(name.Value, 60), line)
			continue
		}
		seen[name.Value] = name.Line
	}
}

// uniqueEnvironments refuses a name or alias that means two environments.
func uniqueEnvironments(t *tree, path string, n *yaml.Node) {
	seen := map[string]int{}
	once := func(n *yaml.Node, path string) {
		if n == nil || n.Kind != yaml.ScalarNode || n.Value == "" {
			return
		}
		if line, twice := seen[n.Value]; twice {
			t.refuse(n, path, "give it another name", "the environment name %q is used twice; the other is at line %d", release.Clean(n.Value, 60), line)
			return
		}
		seen[n.Value] = n.Line
	}
	for i, item := range n.Content {
		if item.Kind != yaml.MappingNode {
			continue
		}
		once(get(item, "name"), under(index(path, i), "name"))
		if aliases := get(item, "aliases"); aliases != nil && aliases.Kind == yaml.SequenceNode {
			for j, a := range aliases.Content {
				once(a, index(under(index(path, i), "aliases"), j))
			}
		}
	}
}

// meaning is what binds the keys of a kind beyond the schema.
func (k *kind) meaning() func(t *tree, path string, n *yaml.Node) {
	switch k.name {
	case "smtp":
		return mailServer
	case "webhook":
		return openEndpoint
	case "icalendar":
		return calendarMeaning
	case "prometheus":
		return distinctLabels
	}
	return nil
}

// mailServer judges how the connection to a mail server is encrypted.
func mailServer(t *tree, path string, n *yaml.Node) {
	to, start, user := scalar(n, "url"), scalar(n, "starttls"), get(n, "user")
	where := under(path, "starttls")
	switch encrypted := strings.HasPrefix(to, "smtps:") || strings.HasPrefix(to, "smtp+starttls:"); {
	case encrypted && start != "" && !(start == "required" && strings.HasPrefix(to, "smtp+starttls:")):
		t.refuse(get(n, "starttls"), where, "leave it out", "a connection of this url is always encrypted")
	case user != nil && (start == "none" || start == "opportunistic"):
		t.refuse(get(n, "starttls"), where, "write required, or give no user", "the password would be sent over a connection that may be open to others")
	}
}

// openEndpoint refuses to send what was decided where anybody on the way reads it.
func openEndpoint(t *tree, path string, n *yaml.Node) {
	if to := scalar(n, "url"); strings.HasPrefix(to, "http:") && !allowed(to, networksOf(n)) {
		t.refuse(get(n, "url"), under(path, "url"), "use https, or list the network of its address under allow_networks", "it is not https: whoever is on the way reads the messages")
	}
}

func calendarMeaning(t *tree, path string, n *yaml.Node) {
	secret := get(n, "secret_file") != nil || get(n, "secret_env") != nil
	if to := scalar(n, "url"); secret && strings.HasPrefix(to, "http:") && !allowed(to, networksOf(n)) {
		t.refuse(get(n, "url"), under(path, "url"), "use https, or list the network of its address under allow_networks", "it is not https: whoever is on the way reads the secret")
	}
	as := calendar.Kind(scalar(n, "as"))
	if as != calendar.FreezePeriod && slices.Contains(calendar.Kinds, as) && get(n, "freeze") != nil {
		t.refuse(get(n, "freeze"), under(path, "freeze"), "leave it out, or write as: freeze", "its events are not freezes")
	}
}

func distinctLabels(t *tree, path string, n *yaml.Node) {
	labels := get(n, "labels")
	if labels == nil || labels.Kind != yaml.MappingNode {
		return
	}
	f := kindNamed("prometheus").object().field("labels")
	seen := map[string]string{}
	for _, one := range f.fields {
		name := one.fallback
		at := get(labels, one.key)
		if at != nil {
			name = at.Value
		} else {
			at = labels
		}
		if other, twice := seen[name]; twice {
			t.refuse(at, under(under(path, "labels"), one.key), "name another label for each", "the label %s is also that of the %s", release.Clean(name, 60), other)
		}
		seen[name] = one.key
		if strings.HasPrefix(name, "__") || name == "le" {
			t.refuse(at, under(under(path, "labels"), one.key), "name a label of the service's own", "%s is a label of Prometheus itself", release.Clean(name, 60))
		}
	}
}

// scalar is the text of a key, "" if it has none.
func scalar(n *yaml.Node, key string) string {
	if at := get(n, key); at != nil && at.Kind == yaml.ScalarNode {
		return at.Value
	}
	return ""
}

func networksOf(n *yaml.Node) []netip.Prefix {
	var out []netip.Prefix
	if at := get(n, "allow_networks"); at != nil {
		for _, item := range at.Content {
			if p, err := netip.ParsePrefix(item.Value); err == nil {
				out = append(out, p)
			}
		}
	}
	return out
}

// allowed reports whether a url names an address within networks that were allowed.
func allowed(to string, networks []netip.Prefix) bool {
	u, err := url.Parse(to)
	if err != nil {
		return false
	}
	a, err := netip.ParseAddr(u.Hostname())
	return err == nil && slices.ContainsFunc(networks, func(p netip.Prefix) bool { return p.Contains(a.Unmap().WithZone("")) })
}

// settle gives what no single key says: environments where none are listed, logins and scopes as they are
// compared.
func (c Config) settle() Config {
	if len(c.Environments) == 0 {
		c.Environments = catalog.DefaultEnvironments()
	}
	for i, b := range c.Bots {
		c.Bots[i] = strings.ToLower(b)
	}
	for i, k := range c.Connectors {
		if canonical, err := access.ParseScope(string(k.Scope)); err == nil {
			c.Connectors[i].Scope = canonical
		}
	}
	return c
}
