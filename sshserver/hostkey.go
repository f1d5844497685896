package sshserver

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	gossh "golang.org/x/crypto/ssh"

	"signalbox/release"
)

// LoadOrCreateHostKey reads the server's private key from path, in OpenSSH's format, or makes an Ed25519
// key there (mode 0600, its directory 0700) where there is none. Two processes that start at once end with
// the same key. A key that others may read is Refused; a file that holds no key is a Usage error; a disk
// that does not answer is Unavailable.
func LoadOrCreateHostKey(path string) (gossh.Signer, error) {
	signer, err := loadHostKey(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return signer, err
	}
	if err := createHostKey(path); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, release.Errorf(release.Unavailable, "the host key %s cannot be written", path).
			Advise("look at the directory's owner and free space").Because(err)
	}
	return loadHostKey(path)
}

func loadHostKey(path string) (gossh.Signer, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, release.Errorf(release.Unavailable, "the host key %s cannot be read", path).Because(err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, release.Errorf(release.Refused, "the host key %s can be read by others (mode %04o)", path, info.Mode().Perm()).
			Advise("chmod 600 %s, or take the key away and a new one is made", path)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, release.Errorf(release.Unavailable, "the host key %s cannot be read", path).Because(err)
	}
	signer, err := gossh.ParsePrivateKey(text)
	if err != nil {
		return nil, release.Errorf(release.Usage, "%s holds no private key that can be used", path).
			Advise("put an OpenSSH key without a passphrase there, or take the file away and one is made").Because(err)
	}
	return signer, nil
}

// createHostKey writes a new key under a name of its own and links it to path, which fails with ErrExist
// where another process was first: nobody ever reads half a key.
func createHostKey(path string) error {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return err
	}
	block, err := gossh.MarshalPrivateKey(key, "signalbox host key")
	if err != nil {
		return err
	}
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, ".hostkey-*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(pem.EncodeToMemory(block))
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Link(f.Name(), path)
}
