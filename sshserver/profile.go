package sshserver

import (
	gossh "golang.org/x/crypto/ssh"

	"signalbox/release"
)

// Profile is the set of algorithms that a door speaks.
type Profile string

const (
	// Compat offers the hybrid post-quantum exchange first and curve25519 after it, because the OpenSSH of
	// today's stable distributions knows no mlkem.
	Compat Profile = "compat"
	// Strict offers the hybrid post-quantum exchange only (OpenSSH 9.9 and later).
	Strict Profile = "strict"
)

func (p Profile) check() (Profile, error) {
	switch p {
	case "", Compat:
		return Compat, nil
	case Strict:
		return Strict, nil
	}
	return "", release.Errorf(release.Usage, "%q is not an ssh profile", release.Clean(string(p), 40)).
		Advise("write compat or strict")
}

// config returns the algorithms of the profile. Ciphers authenticate what they encrypt, and the MACs that
// remain are encrypt-then-MAC; no SHA-1 is left anywhere.
func (p Profile) config() *gossh.ServerConfig {
	c := &gossh.ServerConfig{
		PublicKeyAuthAlgorithms: []string{
			gossh.KeyAlgoED25519, gossh.KeyAlgoSKED25519, gossh.KeyAlgoSKECDSA256,
			gossh.KeyAlgoECDSA256, gossh.KeyAlgoECDSA384, gossh.KeyAlgoECDSA521,
			gossh.KeyAlgoRSASHA256, gossh.KeyAlgoRSASHA512,
		},
	}
	c.KeyExchanges = []string{gossh.KeyExchangeMLKEM768X25519}
	if p == Compat {
		c.KeyExchanges = append(c.KeyExchanges, gossh.KeyExchangeCurve25519)
	}
	c.Ciphers = []string{gossh.CipherAES128GCM, gossh.CipherAES256GCM, gossh.CipherChaCha20Poly1305}
	c.MACs = []string{gossh.HMACSHA256ETM, gossh.HMACSHA512ETM}
	return c
}
