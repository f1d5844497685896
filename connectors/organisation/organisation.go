// Package organisation owns how signalbox reads organisation.yaml, the file of what no public catalog has:
// units, regions with their time zones, teams, tiers, edges between services, vendors. The file is written
// for signalbox, so it is read strictly: one fault, and nothing of it is taken. It imports connectors and
// release, never control or the store.
package organisation

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"signalbox/connectors"
	"signalbox/release"
	"signalbox/release/fact"
)

// Read reads the file. The error is NotFound where there is none, and Usage where it has a fault; then
// Refused has every fault with its line, and nothing else of the result may be used.
func Read(name string) (fact.CatalogSeen, error) {
	name = filepath.Clean(name)
	data, err := load(name)
	if err != nil {
		return fact.CatalogSeen{}, err
	}
	return Map(sourceOf(name), filepath.Base(name), data)
}

// sourceOf is the source under which a file on this machine is kept.
func sourceOf(name string) string { return "organisation:" + release.Clean(filepath.Clean(name), 200) }

// load reads up to one byte beyond what is taken of a file, which is enough to refuse it by its size.
func load(name string) ([]byte, error) {
	info, err := os.Stat(name)
	if err == nil && !info.Mode().IsRegular() {
		return nil, release.Errorf(release.Usage, "%s is no file", release.Clean(name, 200)).
			Advise("name the organisation.yaml itself")
	}
	var data []byte
	if err == nil {
		var r *os.File
		if r, err = os.Open(name); err == nil {
			defer r.Close()
			data, err = io.ReadAll(io.LimitReader(r, connectors.MaxFile+1))
		}
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, release.Errorf(release.NotFound, "there is no %s", release.Clean(name, 200)).Because(err)
	case err != nil:
		return nil, release.Errorf(release.Usage, "%s cannot be read", release.Clean(name, 200)).Because(err)
	}
	return data, nil
}
