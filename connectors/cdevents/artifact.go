package cdevents

import (
	"net/url"
	"strings"

	"signalbox/connectors"
	"signalbox/release"
	"signalbox/release/fact"
)

// artifact is what an id of an artifact tells. It is a package URL, or in older events the name of an image
// ("registry/app:1.4@sha256:…").
type artifact struct {
	place   fact.Place // of the repository it was built from; empty where it does not say
	version string     // "" where it is known by its digest alone
	digest  release.Digest
	commit  string
}

func parseArtifact(id string) artifact {
	rest, ok := strings.CutPrefix(id, "pkg:")
	if !ok {
		return image(id)
	}
	rest, _, _ = strings.Cut(rest, "#")
	rest, query, _ := strings.Cut(rest, "?")
	version := ""
	if i := strings.LastIndexByte(rest, '@'); i > strings.LastIndexByte(rest, '/') {
		rest, version = rest[:i], unescape(rest[i+1:])
	}
	kind, path, _ := strings.Cut(strings.Trim(rest, "/"), "/")
	path = unescape(strings.Trim(path, "/"))
	var a artifact
	if d, err := release.ParseDigest(version); err == nil && strings.HasPrefix(string(d), "sha256:") {
		a.digest = d
	} else {
		a.version = release.Clean(version, maxName)
	}
	if len(version) == 40 {
		a.commit, _ = connectors.Commit(version)
	}
	switch kind = strings.ToLower(kind); kind {
	case "github", "gitlab":
		a.place, _ = repository(kind + ".com/" + path)
	case "bitbucket":
		a.place, _ = repository("bitbucket.org/" + path)
	case "golang": // a module is called by the address of its repository
		a.place, _ = repository(path)
	}
	for _, pair := range strings.Split(query, "&") {
		k, v, _ := strings.Cut(pair, "=")
		a.qualify(strings.ToLower(k), unescape(v))
	}
	return a
}

// qualify reads a qualifier of a package URL.
func (a *artifact) qualify(name, value string) {
	switch name {
	case "tag":
		a.version = release.Clean(value, maxName)
	case "checksum":
		for _, sum := range strings.Split(value, ",") {
			if d, err := release.ParseDigest(sum); err == nil && a.digest == "" && strings.HasPrefix(string(d), "sha256:") {
				a.digest = d
			}
		}
	case "vcs_url":
		address := value
		if i := strings.LastIndexByte(value, '@'); i > strings.LastIndexByte(value, '/') {
			address = value[:i]
			if sha, ok := connectors.Commit(value[i+1:]); ok {
				a.commit = sha
			}
		}
		if p, ok := repository(address); ok {
			a.place = p
		}
	}
}

func image(id string) artifact {
	var a artifact
	name, digest, _ := strings.Cut(id, "@")
	if d, err := release.ParseDigest(digest); err == nil {
		a.digest = d
	}
	if i := strings.LastIndexByte(name, ':'); i > strings.LastIndexByte(name, '/') {
		a.version = release.Clean(name[i+1:], maxName)
	}
	return a
}

func unescape(s string) string {
	if plain, err := url.PathUnescape(s); err == nil {
		return plain
	}
	return s
}

// repository reads the address of a repository: with a scheme, in the form of ssh ("git@host:owner/name"), or
// "host/owner/name".
func repository(address string) (fact.Place, bool) {
	address = strings.TrimPrefix(strings.TrimSpace(address), "git+")
	if _, rest, ok := strings.Cut(address, "://"); ok {
		address = rest
	} else if user, rest, ok := strings.Cut(address, "@"); ok && !strings.Contains(user, "/") {
		address = strings.Replace(rest, ":", "/", 1)
	}
	address, _, _ = strings.Cut(address, "?")
	address, _, _ = strings.Cut(address, "#")
	host, path, _ := strings.Cut(address, "/")
	host = host[strings.LastIndexByte(host, '@')+1:]
	host, _, _ = strings.Cut(strings.ToLower(host), ":")
	if !strings.Contains(host, ".") || release.Clean(host, 0) != host || len(host) > 253 {
		return fact.Place{}, false
	}
	forge := forge(host)
	path, _, _ = strings.Cut(path, "/-/")
	parts := strings.Split(strings.TrimSuffix(strings.Trim(path, "/"), ".git"), "/")
	if forge != "gitlab.com" && len(parts) > 2 { // only GitLab nests groups
		parts = parts[:2]
	}
	slug, ok := connectors.Slug(strings.Join(parts, "/"))
	return fact.Place{Forge: forge, Repo: slug}, ok
}

// forge is how facts name the forge on a host. An own GitLab or GitHub is known by the first label of its host,
// as organisations call theirs; any other host stands for itself.
func forge(host string) string {
	switch label, _, _ := strings.Cut(strings.TrimPrefix(host, "www."), "."); label {
	case "github", "gitlab":
		return label + ".com"
	}
	return host
}
