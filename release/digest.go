package release

import "strings"

// Digest names the artifact that a change puts into an environment: "sha256:" + 64 hex digits for an
// image or file, else "git:" + the commit's 40 (SHA-1) or 64 (SHA-256) hex digits. CONTRACTS: "Version and
// digest".
type Digest string

// ParseDigest accepts both forms in any letter case and returns the canonical lower-case one. It returns
// a Usage error for anything else.
func ParseDigest(s string) (Digest, error) {
	l := strings.ToLower(strings.TrimSpace(s))
	switch {
	case strings.HasPrefix(l, "sha256:") && isHex(l[7:], 64),
		strings.HasPrefix(l, "git:") && (isHex(l[4:], 40) || isHex(l[4:], 64)):
		return Digest(l), nil
	}
	return "", Errorf(Usage, "%q is not a digest", Clean(s, 80)).
		Advise("write sha256: and 64 hex digits, or git: and the commit's 40")
}

// Short returns the digest's first seven hex digits, as people read it on a screen.
func (d Digest) Short() string {
	_, hex, ok := strings.Cut(string(d), ":")
	if !ok || len(hex) < 7 {
		return string(d)
	}
	return hex[:7]
}

func isHex(s string, n int) bool {
	if len(s) != n {
		return false
	}
	return strings.Trim(s, "0123456789abcdef") == ""
}
