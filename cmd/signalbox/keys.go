package main

import (
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"signalbox/release"
)

// auditKey reads the key that signs checkpoints, DIR/audit.key, and its public half, DIR/audit.pub; with
// create it makes them where they are missing. A key that others can read is refused.
func auditKey(dir string, create bool) (note.Signer, string, error) {
	path := filepath.Join(dir, "audit.key")
	secret, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) && !create {
		return nil, "", release.Errorf(release.NotFound, "there is no signalbox in %s", filepath.Dir(dir)).
			Advise("make one: signalbox init --data %s --admin ID --key FILE", filepath.Dir(dir))
	}
	if errors.Is(err, fs.ErrNotExist) {
		return newAuditKey(dir, path)
	}
	if err != nil {
		return nil, "", release.Errorf(release.Unavailable, "the audit key cannot be read").Because(err)
	}
	if info, err := os.Stat(path); err == nil && info.Mode().Perm()&0o077 != 0 {
		return nil, "", release.Errorf(release.Refused, "%s can be read by others", path).Advise("chmod 600 %s", path)
	}
	signer, err := note.NewSigner(strings.TrimSpace(string(secret)))
	if err != nil {
		return nil, "", release.Errorf(release.Refused, "%s is damaged", path).Advise("restore it from a backup of DIR/keys").Because(err)
	}
	public, err := os.ReadFile(filepath.Join(dir, "audit.pub"))
	if err != nil {
		return nil, "", release.Errorf(release.Refused, "%s is missing", filepath.Join(dir, "audit.pub")).Advise("restore it from a backup of DIR/keys").Because(err)
	}
	return signer, strings.TrimSpace(string(public)), nil
}

func newAuditKey(dir, path string) (note.Signer, string, error) {
	secret, public, err := note.GenerateKey(rand.Reader, "signalbox-audit")
	if err != nil {
		return nil, "", err
	}
	if err := os.WriteFile(filepath.Join(dir, "audit.pub"), []byte(public+"\n"), 0o644); err != nil {
		return nil, "", release.Errorf(release.Unavailable, "the audit key cannot be written").Because(err)
	}
	if err := os.WriteFile(path, []byte(secret+"\n"), 0o600); err != nil {
		return nil, "", release.Errorf(release.Unavailable, "the audit key cannot be written").Because(err)
	}
	signer, err := note.NewSigner(secret)
	return signer, public, err
}
