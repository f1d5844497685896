package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"signalbox/release"
)

// A backup is a directory: the store as one SQLite file, whatever engine it came from; the keys and the
// checkpoints; the configuration; and a manifest that is written last and names every file with its digest.
const (
	manifestName = "manifest.json"
	storeName    = "signalbox.db"
	configFile   = "signalbox.yaml"
)

// manifest says what is in a backup.
type manifest struct {
	Version string    `json:"version"` // of signalbox
	At      time.Time `json:"at"`
	Schema  int64     `json:"schema"` // of the store in it
	// Damaged says that the audit log did not verify and was backed up all the same; Findings say why.
	Damaged  bool     `json:"damaged,omitempty"`
	Findings []string `json:"findings,omitempty"`
	// Config is where the configuration stood, if not in the data directory: relative paths in it start there.
	Config string   `json:"config,omitempty"`
	Files  []backed `json:"files"`
}

// backed is one file of a backup.
type backed struct {
	Name   string `json:"name"` // relative to the backup, with slashes
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

func digest(dir, name string) (backed, error) {
	f, err := os.Open(filepath.Join(dir, filepath.FromSlash(name)))
	if err != nil {
		return backed{}, release.Errorf(release.NotFound, "%s is missing in %s", name, dir).Because(err)
	}
	defer f.Close()
	sum := sha256.New()
	n, err := io.Copy(sum, f)
	if err != nil {
		return backed{}, release.Errorf(release.Unavailable, "%s in %s cannot be read", name, dir).Because(err)
	}
	return backed{Name: name, Size: n, SHA256: hex.EncodeToString(sum.Sum(nil))}, nil
}

// copyFile copies a file that its owner alone may read, and has it on the disk when it returns.
func copyFile(from, to string) (err error) {
	in, err := os.Open(from)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return release.Errorf(release.Unavailable, "%s cannot be read", from).Because(err)
	}
	defer in.Close()
	failed := func(err error) error {
		return release.Errorf(release.Unavailable, "%s cannot be written", to).Advise("look at the free space and the permissions there").Because(err)
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		return failed(err)
	}
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return failed(err)
	}
	_, err = io.Copy(out, in)
	if err = errors.Join(err, out.Sync(), out.Close()); err != nil {
		return failed(err)
	}
	return nil
}

// writeManifest makes all that is in a backup durable, and then gives the manifest its name: where that is, the
// backup is whole, whatever happens to the machine.
func writeManifest(dir string, m manifest) error {
	raw, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	path := filepath.Join(dir, manifestName)
	err = os.WriteFile(path+".partial", append(raw, '\n'), 0o600)
	if err == nil {
		err = syncTree(dir)
	}
	if err == nil {
		err = os.Rename(path+".partial", path)
	}
	if err == nil {
		err = syncDirectories(dir, filepath.Dir(dir))
	}
	if err != nil {
		return release.Errorf(release.Unavailable, "%s cannot be written", path).Advise("look at the free space and the permissions there").Because(err)
	}
	return nil
}

// syncTree has every file and directory under a directory on the disk when it returns.
func syncTree(dir string) error {
	return filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return syncPath(path)
	})
}

func syncDirectories(dirs ...string) error {
	for _, d := range dirs {
		if err := syncPath(d); err != nil {
			return err
		}
	}
	return nil
}

func syncPath(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// abandon removes what was made of a backup or a restore that failed: it may hold private keys.
func abandon(dir string, failure error) error {
	if err := os.RemoveAll(dir); err != nil {
		e := release.AsError(failure)
		return release.Errorf(e.Code, "%s; what was made of it is still there and may hold private keys", e.Message).
			Advise("take away %s", dir).Because(errors.Join(failure, err))
	}
	return failure
}

// readManifest reads a backup's manifest and holds every file against it.
func readManifest(dir string) (manifest, error) {
	var m manifest
	raw, err := os.ReadFile(filepath.Join(dir, manifestName))
	if err != nil {
		return m, release.Errorf(release.NotFound, "%s is no whole backup: it has no %s", dir, manifestName).
			Advise("name a directory that `signalbox backup` has finished").Because(err)
	}
	if err := json.Unmarshal(raw, &m); err != nil {
		return m, release.Errorf(release.Refused, "%s in %s is damaged", manifestName, dir).Advise("take another backup").Because(err)
	}
	for _, want := range m.Files {
		if !filepath.IsLocal(filepath.FromSlash(want.Name)) {
			return m, release.Errorf(release.Refused, "the manifest names %q, which is outside of the backup", release.Clean(want.Name, 100))
		}
		got, err := digest(dir, want.Name)
		if err != nil {
			return m, err
		}
		if got != want {
			return m, release.Errorf(release.Refused, "%s in %s is not what was backed up", want.Name, dir).Advise("take another backup")
		}
	}
	if !slices.ContainsFunc(m.Files, func(b backed) bool { return b.Name == "signalbox.db" }) {
		return m, release.Errorf(release.Refused, "%s holds no store", dir).Advise("take another backup")
	}
	return m, nil
}
