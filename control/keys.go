package control

import (
	"crypto/rsa"

	"golang.org/x/crypto/ssh"
)

// rsaBits returns the length of an RSA key's modulus in bits, 0 for keys of other kinds.
func rsaBits(k ssh.CryptoPublicKey) int {
	if r, ok := k.CryptoPublicKey().(*rsa.PublicKey); ok {
		return r.N.BitLen()
	}
	return 0
}
