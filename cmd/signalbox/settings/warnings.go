package settings

import (
	"fmt"
	"net/netip"
	"net/url"
	"os"
	"strings"

	"signalbox/connectors"
	"signalbox/release"
	"signalbox/release/feed"
)

// Warnings lists what is allowed and probably not meant, in the order of the file. It looks at the files that the configuration names,
// reads none of them and changes nothing.
func (c Config) Warnings(getenv func(name string) string) []Fault {
	w := warner{c: c, getenv: getenv}
	w.general()
	w.doors()
	for i, k := range c.Connectors {
		w.connector(index("connectors", i), k)
	}
	return inOrder(w.found)
}

type warner struct {
	c      Config
	getenv func(string) string
	found  []Fault
}

func (w *warner) add(path, try, format string, args ...any) {
	w.found = append(w.found, w.c.fault(path, fmt.Sprintf(format, args...), try))
}

func (w *warner) general() {
	if len(w.c.Connectors) == 0 {
		w.add("connectors", "list what tells of deployments under connectors", "there is no connector: nothing outside is heard")
	}
	gated := false
	for _, e := range w.c.Environments {
		gated = gated || e.Gated
	}
	if !gated {
		w.add("environments", "write gated: true for production", "no environment is gated: every change passes")
	}
	w.file("organisation.file", w.c.Organisation.File, false)
}

func (w *warner) doors() {
	w.file("ssh.user_ca_file", w.c.SSH.UserCAFile, false)
	w.file("ssh.user_ca_revoked", w.c.SSH.UserCARevoked, false)
	w.file("http.tls_cert", w.c.HTTP.TLSCert, false)
	w.file("http.tls_key", w.c.HTTP.TLSKey, true)
	if w.c.HTTP.MaxBody > connectors.MaxBody {
		w.add("http.max_body", "leave it out", "no connector reads more than %d bytes", connectors.MaxBody)
	}
	w.networks("ssh.trusted", "the limits of one address bind nobody", w.c.SSH.Trusted)
	w.networks("http.proxies", "anybody can say to be anybody by X-Forwarded-For", w.c.HTTP.Proxies)
}

// networks warns of one that is the whole internet, and of one that is written as an address within it.
func (w *warner) networks(path, consequence string, networks []netip.Prefix) {
	for i, p := range networks {
		switch whole := p.Masked(); {
		case p.Bits() == 0:
			w.add(index(path, i), "list the networks that are meant", "%s is every address: %s", p, consequence)
		case p != whole:
			w.add(index(path, i), fmt.Sprintf("write %s, or %s/%d for the one address", whole, p.Addr(), p.Addr().BitLen()), "%s is taken as the network %s", p, whole)
		}
	}
}

// file warns of one that is not there, and of a secret one that others can read.
func (w *warner) file(path, name string, secret bool) {
	if name == "" {
		return
	}
	info, err := os.Stat(name)
	switch shown := release.Clean(name, 200); {
	case err != nil:
		w.add(path, "put it there, or correct the path", "%s is not there or cannot be looked at", shown)
	case secret && info.Mode().Perm()&0o077 != 0:
		w.add(path, "chmod 600 "+shown, "%s can be read or changed by others than its owner (mode %04o)", shown, info.Mode().Perm())
	}
}

func (w *warner) connector(path string, k Connector) {
	w.secret(path, k)
	if k.Path != "" {
		w.file(under(path, "path"), k.Path, false)
	}
	w.networks(under(path, "allow_networks"), "the connector can be led to any address within", k.AllowNetworks)
	u, err := url.Parse(k.URL)
	if err != nil || k.URL == "" {
		return
	}
	switch where := under(path, "url"); {
	case u.Scheme == "http" && !near(u.Hostname(), k.AllowNetworks) && (k.SecretFile != "" || k.SecretEnv != ""):
		w.add(where, "use https", "it is not https: whoever is on the way reads the secret")
	case u.Scheme == "http" && !near(u.Hostname(), k.AllowNetworks):
		w.add(where, "use https", "it is not https: whoever is on the way can change what is read")
	case k.Kind == "smtp" && k.StartTLS == "none" && !near(u.Hostname(), k.AllowNetworks):
		w.add(under(path, "starttls"), "write required", "the mails can be read on the way")
	}
}

func (w *warner) secret(path string, k Connector) {
	w.file(under(path, "secret_file"), k.SecretFile, true)
	switch {
	case k.SecretEnv != "" && strings.Trim(w.getenv(k.SecretEnv), " ,") == "":
		w.add(under(path, "secret_env"), "set it where signalbox is started", "the environment variable %s is empty or not set", k.SecretEnv)
	case k.SecretFile == "" && k.SecretEnv == "" && k.Direction() == feed.Push:
		w.add(path, "give it secret_file or secret_env", "%s has no secret: its hook answers 404", k.Name)
	}
}

// near reports whether a host is this machine or an address within networks that were allowed by name.
func near(host string, networks []netip.Prefix) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	a, err := netip.ParseAddr(host)
	if err != nil {
		return false
	}
	a = a.Unmap().WithZone("")
	for _, p := range networks {
		if p.Contains(a) {
			return true
		}
	}
	return a.IsLoopback()
}
