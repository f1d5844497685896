package sshserver

import (
	"cmp"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"slices"
	"sort"
	"strconv"
	"strings"

	gossh "golang.org/x/crypto/ssh"

	"signalbox/release"
)

// maxRevocations is how many ranges, ids and keys a list may hold.
const maxRevocations = 1_000_000

// revocations is what opens the door no longer. As text it is, one a line:
//
//	serial:12                     certificates with this serial number
//	serial:12-40 ca:SHA256:…      a range, of one authority only
//	id:laptop-7                   certificates with this key id; id:"two words" where it has blanks
//	key:SHA256:…                  a key, whether certified, an authority's or a person's own
//	# a comment                   on a line of its own, or behind any of these
type revocations struct {
	serials map[string][]span // by the authority's fingerprint, "" for any
	ids     map[authorityID]bool
	keys    map[string]bool // fingerprints, "SHA256:…"
	sha1    map[[sha1.Size]byte]bool
	count   int
}

// span is a range of serial numbers, both ends included.
type span struct{ low, high uint64 }

type authorityID struct{ authority, id string }

func newRevocations() revocations {
	return revocations{serials: map[string][]span{}, ids: map[authorityID]bool{}, keys: map[string]bool{},
		sha1: map[[sha1.Size]byte]bool{}}
}

// full counts one entry more, and says whether that is one too many.
func (r *revocations) full() bool {
	r.count++
	return r.count > maxRevocations
}

func (r *revocations) readText(file, text string) error {
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		why := r.readLine(line)
		if why == "" && r.full() {
			why = "the list is longer than " + strconv.Itoa(maxRevocations) + " entries"
		}
		if why != "" {
			return release.Errorf(release.Usage, "%s:%d: %s", file, i+1, why).
				Advise(`write serial:12, serial:12-40 ca:SHA256:…, id:KEYID, id:"two words" or key:SHA256:…`)
		}
	}
	return nil
}

// readLine takes one entry, or says what is wrong with it.
func (r *revocations) readLine(line string) string {
	kind, rest, _ := strings.Cut(line, ":")
	value, rest, why := firstWord(strings.TrimSpace(rest))
	if why != "" {
		return why
	}
	authority := ""
	for _, word := range strings.Fields(rest) {
		if word[0] == '#' {
			break
		}
		of, isAuthority := strings.CutPrefix(word, "ca:")
		if !isAuthority || authority != "" || kind == "key" {
			return strconv.Quote(release.Clean(word, 60)) + " does not belong there"
		}
		if !isFingerprint(of) {
			return strconv.Quote(release.Clean(of, 60)) + " is no fingerprint as ssh-keygen -l prints it"
		}
		authority = of
	}
	switch kind {
	case "serial":
		s, ok := parseSpan(value)
		if !ok {
			return strconv.Quote(release.Clean(value, 60)) + " is neither a serial number nor a range of them"
		}
		r.serials[authority] = append(r.serials[authority], s)
	case "id":
		if value == "" {
			return "the key id is missing"
		}
		r.ids[authorityID{authority, value}] = true
	case "key":
		if !isFingerprint(value) {
			return strconv.Quote(release.Clean(value, 60)) + " is no fingerprint as ssh-keygen -l prints it"
		}
		r.keys[value] = true
	default:
		return strconv.Quote(release.Clean(kind, 60)) + " is nothing that can be revoked"
	}
	return ""
}

// firstWord cuts off a word, or a quoted text. What follows either must be set apart by a blank: half a key id
// taken for a whole one would revoke nothing.
func firstWord(s string) (word, rest, why string) {
	if strings.HasPrefix(s, `"`) {
		quoted, err := strconv.QuotedPrefix(s)
		if err != nil {
			return "", "", "a quote is not closed"
		}
		if word, err = strconv.Unquote(quoted); err != nil {
			return "", "", "a quote is not closed"
		}
		if rest = s[len(quoted):]; rest != "" && !strings.ContainsAny(rest[:1], " \t") {
			return "", "", "something follows the closing quote"
		}
		return word, rest, ""
	}
	end := strings.IndexAny(s, " \t")
	if end < 0 {
		return s, "", ""
	}
	return s[:end], s[end:], ""
}

func parseSpan(s string) (span, bool) {
	low, high, isRange := strings.Cut(s, "-")
	if !isRange {
		high = low
	}
	a, err := strconv.ParseUint(low, 10, 64)
	b, err2 := strconv.ParseUint(high, 10, 64)
	return span{a, b}, err == nil && err2 == nil && a <= b
}

func isFingerprint(s string) bool {
	hash, ok := strings.CutPrefix(s, "SHA256:")
	sum, err := base64.RawStdEncoding.Strict().DecodeString(hash)
	return ok && err == nil && len(sum) == sha256.Size
}

// fingerprintOf is gossh.FingerprintSHA256 of a key in the form of the wire.
func fingerprintOf(blob []byte) string {
	sum := sha256.Sum256(blob)
	return fingerprintText(sum[:])
}

func fingerprintText(sum []byte) string { return "SHA256:" + base64.RawStdEncoding.EncodeToString(sum) }

// settle sorts the ranges and joins those that touch, so that has can search them.
func (r *revocations) settle() {
	for authority, all := range r.serials {
		slices.SortFunc(all, func(a, b span) int { return cmp.Compare(a.low, b.low) })
		joined := all[:1]
		for _, s := range all[1:] {
			last := &joined[len(joined)-1]
			if s.low <= last.high || s.low == last.high+1 {
				last.high = max(last.high, s.high)
			} else {
				joined = append(joined, s)
			}
		}
		r.serials[authority] = joined
	}
}

func (r *revocations) hasSerial(authority string, serial uint64) bool {
	all := r.serials[authority]
	i := sort.Search(len(all), func(i int) bool { return all[i].high >= serial })
	return i < len(all) && all[i].low <= serial
}

func (r *revocations) hasKey(key gossh.PublicKey) bool {
	blob := key.Marshal()
	return r.keys[fingerprintOf(blob)] || len(r.sha1) > 0 && r.sha1[sha1.Sum(blob)]
}

// why says how a certificate was revoked, "" where it was not.
func (r *revocations) why(c *gossh.Certificate) string {
	authority := gossh.FingerprintSHA256(c.SignatureKey)
	switch {
	case r.hasKey(c.SignatureKey):
		return "the authority that signed it was revoked"
	case r.hasKey(c.Key):
		return "its key was revoked"
	case r.hasSerial("", c.Serial), r.hasSerial(authority, c.Serial):
		return "its serial number " + strconv.FormatUint(c.Serial, 10) + " was revoked"
	case r.ids[authorityID{"", c.KeyId}], r.ids[authorityID{authority, c.KeyId}]:
		return "its key id was revoked"
	}
	return ""
}
