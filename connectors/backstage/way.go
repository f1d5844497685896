package backstage

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"signalbox/connectors"
	"signalbox/release"
)

// way prepares git for the way to the repository. done ends the way; failed says why the host could not be
// dialled.
func (r *repository) way(ctx context.Context, dir string) (g git, done func(), failed func() error, err error) {
	g = git{dir: dir, config: [][2]string{{"protocol." + r.at.Scheme + ".allow", "always"}}}
	done, failed = func() {}, func() error { return nil }
	switch r.at.Scheme {
	case "ssh":
		err = r.bySSH(ctx, &g)
	case "http", "https":
		var p *proxy
		if p, err = newProxy(r.c.Outbound, r.target); err != nil {
			return g, done, failed, release.Errorf(release.Unavailable, "%s: no way out can be opened on this machine", r.what).Because(err)
		}
		done, failed = p.close, p.failed
		g.config = append(g.config, [2]string{"http.proxy", p.address()})
		if c := r.credentials(); c != "" {
			base := url.URL{Scheme: r.at.Scheme, Host: r.at.Host, Path: "/"}
			g.config = append(g.config, [2]string{"http." + base.String() + ".extraHeader", c})
		}
		if roots := os.Getenv("SSL_CERT_FILE"); roots != "" {
			g.env = append(g.env, "GIT_SSL_CAINFO="+roots) // as for every other connector
		}
	}
	return g, done, failed, err
}

// bySSH lets git use ssh to the one address that was looked up and checked here.
func (r *repository) bySSH(ctx context.Context, g *git) error {
	host, port, err := net.SplitHostPort(r.target)
	if err != nil {
		return release.Errorf(release.Usage, "%s has an address that cannot be read", r.what).Advise("correct the url of the connector").Because(err)
	}
	resolver := r.c.Outbound.Resolver
	if resolver == nil {
		resolver = net.DefaultResolver
	}
	all, err := resolver.LookupNetIP(ctx, "ip", host)
	if err != nil {
		return connectors.Unreached(r.what, err)
	}
	var at netip.Addr
	for _, a := range all {
		if err = r.c.Outbound.Check(a); err == nil {
			at = a.Unmap()
			break
		}
	}
	if !at.IsValid() {
		return connectors.Unreached(r.what, err)
	}
	alias := host
	if port != "22" {
		alias = "[" + host + "]:" + port // as known_hosts has it
	}
	command := []string{"ssh", "-F", "none", "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=yes", "-o", "ConnectTimeout=5", "-o", "HostName=" + at.String(), "-o", "HostKeyAlias=" + alias,
		"-o", "ClearAllForwardings=yes", "-o", "PermitLocalCommand=no"}
	if len(r.c.Secret) > 0 {
		key := filepath.Join(g.dir, "key")
		if err := os.WriteFile(key, append([]byte(strings.TrimSpace(string(r.c.Secret))), '\n'), 0o600); err != nil {
			return r.unwritten(err)
		}
		command = append(command, "-o", "IdentitiesOnly=yes", "-o", "IdentityAgent=none", "-i", key)
	}
	for i, word := range command {
		command[i] = "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
	}
	g.env = append(g.env, "GIT_SSH_VARIANT=ssh", "GIT_SSH_COMMAND="+strings.Join(command, " "))
	return nil
}

var httpStatus = regexp.MustCompile(`The requested URL returned error: (\d{3})`)

// fault puts a failed run of git in words. dialled is why the host could not be reached, if that is known.
func (r *repository) fault(err, dialled error) error {
	if e := (*release.Error)(nil); errors.As(err, &e) {
		return err
	}
	if dialled != nil {
		return connectors.Unreached(r.what, dialled)
	}
	words := ""
	if f := (*failure)(nil); errors.As(err, &f) {
		words = f.words
	}
	has := func(any ...string) bool {
		for _, s := range any {
			if strings.Contains(words, s) {
				return true
			}
		}
		return false
	}
	status := ""
	if m := httpStatus.FindStringSubmatch(words); m != nil {
		status = m[1]
	}
	switch {
	case errors.Is(err, errFetch):
		return release.Errorf(release.Usage, "%s is too large: one commit of it has more than %d MB", r.what, maxFetch>>20).
			Advise("keep the catalog in a repository of its own").Because(err)
	case errors.Is(err, errLarge):
		return release.Errorf(release.Usage, "%s is too large: it has more files than are listed", r.what).Advise("keep the catalog in a repository of its own").Because(err)
	case errors.Is(err, context.DeadlineExceeded):
		return release.Errorf(release.Unavailable, "%s did not give its files in time", r.what).Advise("raise the timeout of the connector where the repository is large").Because(err)
	case has("from proxy", "CONNECT tunnel failed"):
		return release.Errorf(release.Usage, "%s sends us on to another host, where we do not go", r.what).Advise("correct the url of the connector").Because(err)
	case status == "401" || status == "403" || has("could not read Username", "could not read Password", "Authentication failed", "Permission denied"):
		return release.Errorf(release.Unauthenticated, "%s does not let us in", r.what).Advise("give the connector a user and a secret that are good there").Because(err)
	case has("Host key verification failed"):
		return release.Errorf(release.Unauthenticated, "%s is at a host whose key is not known", r.what).
			Advise("add it to the known hosts of the account that signalbox runs as, after comparing it").Because(err)
	case status == "404" || status == "410" || has("not found", "does not appear to be a git repository", "not a git repository", "does not exist"):
		return release.Errorf(release.NotFound, "%s is not there, or not for us", r.what).Advise("correct the url of the connector, or its secret").Because(err)
	case status == "429" || strings.HasPrefix(status, "5"):
		return release.Errorf(release.Unavailable, "%s answered HTTP %s", r.what, status).Because(err)
	case has("certificate", "SSL", "TLS"):
		return release.Errorf(release.Unavailable, "%s shows a certificate that is not trusted", r.what).
			Advise("see whether it has run out, names another host or comes from an authority of your own").Because(err)
	case has("couldn't find remote ref"):
		return release.Errorf(release.NotFound, "%s has no such branch", r.what).Advise("correct the branch of the connector").Because(err)
	}
	return release.Errorf(release.Unavailable, "%s could not be read by git", r.what).Advise("the server log has git's own words").Because(err)
}
