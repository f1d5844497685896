package connectors

import (
	"net/url"
	"regexp"
	"strings"

	"signalbox/release"
)

// segment is one part of a repository's path, as GitHub and GitLab allow it.
var segment = regexp.MustCompile(`^[a-z0-9_.][a-z0-9_.-]*$`)

// Slug returns the lower-case slug of a repository: "owner/name", or on GitLab "group/subgroup/name". It
// reports false where s is none.
func Slug(s string) (string, bool) {
	s = strings.ToLower(strings.TrimSpace(s))
	parts := strings.Split(s, "/")
	if len(s) > 255 || len(parts) < 2 || len(parts) > 20 {
		return "", false
	}
	for _, p := range parts {
		if !segment.MatchString(p) || p == "." || p == ".." {
			return "", false
		}
	}
	return s, true
}

// Commit returns the lower-case id of a commit: 40 hex digits, or 64 in a repository of SHA-256. It
// reports false for anything else and for the id of all zeros, by which forges say "no commit".
func Commit(s string) (string, bool) {
	s = strings.ToLower(s)
	if len(s) != 40 && len(s) != 64 {
		return "", false
	}
	if strings.Trim(s, "0123456789abcdef") != "" || strings.Trim(s, "0") == "" {
		return "", false
	}
	return s, true
}

// Link returns the first of the addresses that a person may be sent to: http or https, a host, no user or
// password in it, no longer than 2,048 bytes. It returns "" where there is none.
func Link(addresses ...string) string {
	for _, a := range addresses {
		if a == "" || len(a) > 2048 || release.Clean(a, 0) != a {
			continue
		}
		u, err := url.Parse(a)
		if err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && u.User == nil {
			return a
		}
	}
	return ""
}

// Ref returns the short name of a git reference: "main" for "refs/heads/main". tag reports whether it was
// written as one.
func Ref(s string) (name string, tag bool) {
	s = release.Clean(s, 255)
	if name, ok := strings.CutPrefix(s, "refs/tags/"); ok {
		return name, true
	}
	return strings.TrimPrefix(s, "refs/heads/"), false
}
