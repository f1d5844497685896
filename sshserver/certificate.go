package sshserver

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"time"

	gossh "golang.org/x/crypto/ssh"

	"signalbox/release"
)

const (
	// maxLifetime is the longest that a certificate may live, from its first second to its last.
	maxLifetime = 16 * time.Hour
	// maxPrincipals is how many a certificate may name: each is looked up.
	maxPrincipals = 32
)

// admits says whether a key may open the door at all, whoever its holder is; the sentence says why not. For a
// plain key that is only that nobody revoked it. A certificate is measured by what anybody can read in it,
// then by its signature, and only then by what the house knows, so that a forged one learns nothing.
func (a *Authorities) admits(key gossh.PublicKey, from netip.Addr, now time.Time) error {
	if c, ok := key.(*gossh.Certificate); ok {
		if err := a.form(c, from, now); err != nil {
			return err
		}
		if err := signed(c, now); err != nil {
			return err
		}
	}
	return a.stillAdmits(key, from, now)
}

// stillAdmits is admits for a key that was admitted before: all but the signature, which does not change.
func (a *Authorities) stillAdmits(key gossh.PublicKey, from netip.Addr, now time.Time) error {
	c, ok := key.(*gossh.Certificate)
	if !ok {
		if a != nil && a.revoked.hasKey(key) {
			return release.Errorf(release.Unauthenticated, "the key %s was revoked", gossh.FingerprintSHA256(key)).
				Advise("ask an admin to add another")
		}
		return nil
	}
	if err := a.form(c, from, now); err != nil {
		return err
	}
	if why := a.revoked.why(c); why != "" {
		return release.Errorf(release.Unauthenticated, "the certificate opens this door no longer: %s", why).
			Advise("ask for a new key and a new certificate")
	}
	return nil
}

// form checks what can be read in a certificate: whose it is, when it holds, and what it demands.
func (a *Authorities) form(c *gossh.Certificate, from netip.Addr, now time.Time) error {
	switch {
	case a == nil:
		return release.Errorf(release.Unauthenticated, "certificates do not open this door").
			Advise("offer the plain key: ssh -o CertificateFile=none, or leave the -cert.pub file out")
	case c.CertType != gossh.UserCert:
		return release.Errorf(release.Unauthenticated, "this is not a user certificate but one of a host, which proves no person").
			Advise("sign the key without -h")
	case !a.trusted[string(c.SignatureKey.Marshal())]:
		return release.Errorf(release.Unauthenticated, "the authority %s, which signed the certificate, is not trusted here", gossh.FingerprintSHA256(c.SignatureKey)).
			Advise("have it signed by the authority that signs for signalbox; an admin names it under ssh.user_ca")
	case !soundSignature(c.Signature.Format):
		return release.Errorf(release.Unauthenticated, "the certificate is signed with %s, which proves nothing any more", release.Clean(c.Signature.Format, 60)).
			Advise("sign it with ssh-keygen -t rsa-sha2-512")
	}
	if err := principals(c); err != nil {
		return err
	}
	if err := validity(c, now); err != nil {
		return err
	}
	return demands(c, from)
}

// signed checks the authority's signature, with the library's own checks around it.
func signed(c *gossh.Certificate, now time.Time) error {
	checker := gossh.CertChecker{SupportedCriticalOptions: []string{optionSource}, Clock: func() time.Time { return now }}
	if err := checker.CheckCert(c.ValidPrincipals[0], c); err != nil {
		return release.Errorf(release.Unauthenticated, "the signature of the certificate does not hold").
			Advise("have the key signed once more").Because(err)
	}
	return nil
}

// soundSignature lists the algorithms of an authority's signature. The old ssh-rsa is SHA-1.
func soundSignature(format string) bool {
	switch format {
	case gossh.KeyAlgoED25519, gossh.KeyAlgoSKED25519, gossh.KeyAlgoSKECDSA256,
		gossh.KeyAlgoECDSA256, gossh.KeyAlgoECDSA384, gossh.KeyAlgoECDSA521,
		gossh.KeyAlgoRSASHA256, gossh.KeyAlgoRSASHA512:
		return true
	}
	return false
}

// principals wants at least one, for a certificate without any would be everybody's.
func principals(c *gossh.Certificate) error {
	switch n := len(c.ValidPrincipals); {
	case n == 0:
		return release.Errorf(release.Unauthenticated, "the certificate names no principal").
			Advise("sign it for one person: ssh-keygen -n PERSON")
	case n > maxPrincipals:
		return release.Errorf(release.Unauthenticated, "the certificate names %d principals, and %d are the most", n, maxPrincipals).
			Advise("sign it for one person: ssh-keygen -n PERSON")
	case slices.Contains(c.ValidPrincipals, ""):
		return release.Errorf(release.Unauthenticated, "the certificate names a principal that is empty").
			Advise("sign it for one person: ssh-keygen -n PERSON")
	}
	return nil
}

// validity wants now within [ValidAfter, ValidBefore), and that no longer than maxLifetime.
func validity(c *gossh.Certificate, now time.Time) error {
	at := uint64(max(now.Unix(), 0))
	switch {
	case at < c.ValidAfter:
		return release.Errorf(release.Unauthenticated, "the certificate does not hold before %s", instant(c.ValidAfter)).
			Advise("wait, or ask for another; the clock here says %s", instant(at))
	case at >= c.ValidBefore:
		return release.Errorf(release.Unauthenticated, "the certificate expired at %s", instant(c.ValidBefore)).
			Advise("ask for a new one, then connect again")
	case c.ValidBefore == gossh.CertTimeInfinity:
		return release.Errorf(release.Unauthenticated, "the certificate never expires, and %s is the most", release.Length(maxLifetime)).
			Advise("sign it for hours: ssh-keygen -V +8h")
	case c.ValidBefore-c.ValidAfter > uint64(maxLifetime/time.Second):
		return release.Errorf(release.Unauthenticated, "the certificate holds from %s to %s, and %s is the most", instant(c.ValidAfter), instant(c.ValidBefore), release.Length(maxLifetime)).
			Advise("sign it for hours: ssh-keygen -V +8h; it dates them back by up to two minutes, so that +16h is too long")
	}
	return nil
}

// instant writes seconds since 1970, as far as four digits of a year go.
func instant(seconds uint64) string {
	if seconds > 253402300799 {
		return "the year 10000"
	}
	return time.Unix(int64(seconds), 0).UTC().Format(time.RFC3339)
}

// The critical options that are known. Any other is refused, as its inventor wants it.
const (
	optionSource  = "source-address"
	optionCommand = "force-command"
	optionVerify  = "verify-required"
	// extensionNoTouch is the one extension that is looked at. The library honours it: a certificate that has
	// it would turn off the touch that the key asks for.
	extensionNoTouch = "no-touch-required"
)

// demands obeys the critical options, or refuses.
func demands(c *gossh.Certificate, from netip.Addr) error {
	for _, name := range slices.Sorted(maps.Keys(c.CriticalOptions)) {
		value := c.CriticalOptions[name]
		switch name {
		case optionSource:
			if !within(value, from) {
				return release.Errorf(release.Unauthenticated, "the certificate holds for callers from %s, and you come from %s", release.Clean(value, 100), from).
					Advise("connect from there, or ask for a certificate that holds here")
			}
		case optionCommand:
			return release.Errorf(release.Unauthenticated, "the certificate forces a command, and this door runs none but the verbs of signalbox").
				Advise("sign it without -O force-command")
		case optionVerify:
			return release.Errorf(release.Unauthenticated, "the certificate demands a PIN at each use, and this door cannot see whether one was given").
				Advise("sign it without -O verify-required")
		default:
			return release.Errorf(release.Unauthenticated, "the certificate demands %q, which this door does not know", release.Clean(name, 60)).
				Advise("sign it without that critical option")
		}
	}
	if _, ok := c.Extensions[extensionNoTouch]; ok && isToken(c.Key.Type()) {
		return release.Errorf(release.Unauthenticated, "the certificate lets its key be used without a touch, and this door wants the touch").
			Advise("sign it without -O no-touch-required")
	}
	return nil
}

func isToken(kind string) bool {
	return kind == gossh.KeyAlgoSKED25519 || kind == gossh.KeyAlgoSKECDSA256
}

// within says whether an address is in a list of addresses and networks with commas between. A list that
// cannot be read holds nobody. An IPv4 address is the same in both notations.
func within(list string, addr netip.Addr) bool {
	addr = addr.WithZone("").Unmap()
	found := false
	for _, entry := range strings.Split(list, ",") {
		if one, err := netip.ParseAddr(entry); err == nil && one.Zone() == "" {
			found = found || one.Unmap() == addr
			continue
		}
		network, err := netip.ParsePrefix(entry)
		if err != nil || network != network.Masked() {
			return false
		}
		if network.Addr().Is4In6() && network.Bits() >= 96 {
			network = netip.PrefixFrom(network.Addr().Unmap(), network.Bits()-96)
		}
		found = found || network.Contains(addr)
	}
	return found && addr.IsValid()
}

// describe names a certificate in the audit log: key id, serial number, and the authority's fingerprint last.
func describe(c *gossh.Certificate) string {
	id := release.Clean(c.KeyId, 100)
	if id == "" {
		id = "no id"
	}
	return fmt.Sprintf("%s serial %d by %s", id, c.Serial, gossh.FingerprintSHA256(c.SignatureKey))
}
