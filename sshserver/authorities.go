package sshserver

import (
	"bytes"
	"crypto/rsa"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	gossh "golang.org/x/crypto/ssh"

	"signalbox/release"
)

const (
	// maxAuthorityFile and maxRevokedFile are the largest files that are read, in bytes.
	maxAuthorityFile = 1 << 20
	maxRevokedFile   = 4 << 20
	// minRSA is the fewest bits of an RSA key that may sign certificates.
	minRSA = 2048
)

// Authorities are the keys whose user certificates open the door, and what they have signed that opens it no
// longer. They do not change once loaded; nil trusts nobody and revokes nothing.
type Authorities struct {
	trusted map[string]bool // by the whole key, in the form of the wire
	revoked revocations
}

// LoadAuthorities reads public keys in the form of authorized_keys: lines, as the configuration's ssh.user_ca
// has them, and the file, one key a line. "" stands for no file. The revoked file is either text (see
// revocations) or what ssh-keygen -k writes. It returns nil where no key is named at all, and Usage errors
// that name file and line.
func LoadAuthorities(lines []string, file, revokedFile string) (*Authorities, error) {
	a := &Authorities{trusted: map[string]bool{}, revoked: newRevocations()}
	for i, line := range lines {
		if err := a.trust(fmt.Sprintf("ssh.user_ca[%d]", i), line); err != nil {
			return nil, err
		}
	}
	if file != "" {
		text, err := readWhole(file, maxAuthorityFile)
		if err != nil {
			return nil, err
		}
		before := len(a.trusted)
		for i, line := range strings.Split(string(text), "\n") {
			if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
				continue
			}
			if err := a.trust(fmt.Sprintf("%s:%d", file, i+1), line); err != nil {
				return nil, err
			}
		}
		if len(a.trusted) == before && len(lines) == 0 {
			return nil, release.Errorf(release.Usage, "%s holds no public key", file).
				Advise("put the authority's public key there, as in its .pub file, or take ssh.user_ca_file away")
		}
	}
	if len(a.trusted) == 0 {
		return nil, nil
	}
	if revokedFile != "" {
		data, err := readWhole(revokedFile, maxRevokedFile)
		if err != nil {
			return nil, err
		}
		if bytes.HasPrefix(data, []byte(krlMagic)) {
			err = a.revoked.readKRL(revokedFile, data)
		} else {
			err = a.revoked.readText(revokedFile, string(data))
		}
		if err != nil {
			return nil, err
		}
		a.revoked.settle()
	}
	return a, nil
}

// trust takes one line; place says where it stands.
func (a *Authorities) trust(place, line string) error {
	key, _, options, rest, err := gossh.ParseAuthorizedKey([]byte(line))
	if err != nil || len(bytes.TrimSpace(rest)) > 0 {
		return release.Errorf(release.Usage, "%s: this is no public key", place).
			Advise("write one authority's key as in its .pub file: ssh-ed25519 AAAA…").Because(err)
	}
	for _, o := range options {
		if o != "cert-authority" {
			return release.Errorf(release.Usage, "%s: the option %s has no meaning for an authority here", place, release.Clean(o, 60)).
				Advise("leave it out; who may do what is given by: signalbox person grant")
		}
	}
	switch k := key.(type) {
	case *gossh.Certificate:
		return release.Errorf(release.Usage, "%s: a certificate cannot sign certificates", place).
			Advise("write the authority's own public key")
	case gossh.CryptoPublicKey:
		if r, ok := k.CryptoPublicKey().(*rsa.PublicKey); ok && r.N.BitLen() < minRSA {
			return release.Errorf(release.Usage, "%s: an RSA key of %d bits is too short to be trusted", place, r.N.BitLen()).
				Advise("use Ed25519, or at least %d bits", minRSA)
		}
	}
	if !signsKeys(key.Type()) {
		return release.Errorf(release.Usage, "%s: keys of the kind %s sign no certificates here", place, release.Clean(key.Type(), 60)).
			Advise("use Ed25519, ECDSA or RSA")
	}
	a.trusted[string(key.Marshal())] = true
	return nil
}

// signsKeys lists the kinds of an authority's key.
func signsKeys(kind string) bool {
	switch kind {
	case gossh.KeyAlgoED25519, gossh.KeyAlgoSKED25519, gossh.KeyAlgoSKECDSA256, gossh.KeyAlgoRSA,
		gossh.KeyAlgoECDSA256, gossh.KeyAlgoECDSA384, gossh.KeyAlgoECDSA521:
		return true
	}
	return false
}

// readWhole reads a file up to a size in bytes.
func readWhole(path string, most int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, release.Errorf(release.Usage, "%s cannot be read", path).
			Advise("look at its name, owner and mode").Because(err)
	}
	data, err := io.ReadAll(io.LimitReader(f, most+1))
	if err = errors.Join(err, f.Close()); err != nil {
		return nil, release.Errorf(release.Usage, "%s cannot be read", path).
			Advise("look at its name, owner and mode").Because(err)
	}
	if int64(len(data)) > most {
		return nil, release.Errorf(release.Usage, "%s is larger than %d KiB", path, most>>10).
			Advise("name the right file; serials can be written as a range: serial:1-5000")
	}
	return data, nil
}
