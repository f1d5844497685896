// Package backstage owns how signalbox reads a Backstage catalog from files: which files, which entities of
// them, and what they say of services, owners and dependencies. It imports connectors and release, never
// control or the store.
package backstage

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"signalbox/connectors"
	"signalbox/release"
	"signalbox/release/fact"
)

const (
	// maxFiles and maxTotal bound one catalog: files, and bytes of all of them.
	maxFiles = 20_000
	maxTotal = 64 << 20
)

// ours are files of signalbox that may stand beside a catalog and are not part of it.
var ours = []string{"organisation.yaml", "organisation.yml", "signalbox.yaml", "signalbox.yml"}

// Read reads one file, or every *.yaml and *.yml under a directory. Names that begin with a dot are left out,
// and links that lead out of the directory are refused. What cannot be read of an entity is in Refused.
//
// The error is NotFound where there is nothing to read, and Usage where the catalog is too large or nothing
// of it could be read: a catalog that is read replaces what was known, so that a broken one must not pass
// for an empty one.
func Read(name string) (fact.CatalogSeen, error) {
	name = filepath.Clean(name)
	dir, err := filepath.EvalSymlinks(name)
	if err != nil {
		return fact.CatalogSeen{}, missing(name, err)
	}
	info, err := os.Stat(dir)
	if err != nil {
		return fact.CatalogSeen{}, missing(name, err)
	}
	only := ""
	switch {
	case info.IsDir():
	case info.Mode().IsRegular():
		dir, only = filepath.Dir(dir), filepath.Base(dir)
	default:
		return fact.CatalogSeen{}, release.Errorf(release.Usage, "%s is neither a file nor a directory", release.Clean(name, 200))
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return fact.CatalogSeen{}, missing(name, err)
	}
	defer root.Close()
	var files []File
	var refused []fact.Refusal
	if only != "" {
		f, err := load(root.FS(), only)
		if err != nil {
			return fact.CatalogSeen{}, missing(name, err)
		}
		files = []File{f}
	} else if files, refused, err = walk(root.FS(), name); err != nil {
		return fact.CatalogSeen{}, err
	}
	if len(files) == 0 {
		return fact.CatalogSeen{}, release.Errorf(release.NotFound, "there is no *.yaml or *.yml in %s", release.Clean(name, 200)).
			Advise("name the directory that holds the catalog-info files")
	}
	seen := Map("backstage:"+release.Clean(name, 200), files)
	seen.Refused = append(refused, seen.Refused...)
	if len(seen.Services)+len(seen.Teams)+len(seen.Units)+len(seen.Proposals) == 0 && len(seen.Refused) > 0 {
		r := seen.Refused[0]
		return fact.CatalogSeen{}, release.Errorf(release.Usage, "nothing in %s could be read; first %s: %s", release.Clean(name, 200), r.Place, r.Reason).
			Advise("name a directory of Backstage entities; what is known stays as it is")
	}
	return seen, nil
}

func missing(name string, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return release.Errorf(release.NotFound, "there is no %s", release.Clean(name, 200)).Because(err)
	}
	return release.Errorf(release.Usage, "%s cannot be read: %s", release.Clean(name, 200), cause(err)).Because(err)
}

// cause is the last word of a file error, without the path that the sentence has already.
func cause(err error) string {
	var p *fs.PathError
	if errors.As(err, &p) {
		err = p.Err
	}
	return release.Clean(err.Error(), 120)
}

// walk reads the files of a directory, in order of their paths.
func walk(dir fs.FS, name string) (files []File, refused []fact.Refusal, err error) {
	total := 0
	err = fs.WalkDir(dir, ".", func(p string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return missing(filepath.Join(name, p), err)
		case p != "." && strings.HasPrefix(d.Name(), "."):
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		case d.IsDir() || !slices.Contains([]string{".yaml", ".yml"}, strings.ToLower(path.Ext(p))) || slices.Contains(ours, d.Name()):
			return nil
		}
		// Stat follows a link as far as it stays within the directory; mounted configuration is made of such.
		info, err := fs.Stat(dir, p)
		switch {
		case err != nil && d.Type()&fs.ModeSymlink != 0:
			refused = append(refused, fact.Refusal{Place: connectors.At(p, 1), Item: "file", Reason: "it is a link to nothing within the directory"})
			return nil
		case err != nil:
			return missing(filepath.Join(name, p), err)
		case !info.Mode().IsRegular():
			return nil
		}
		f, err := load(dir, p)
		if err != nil {
			return missing(filepath.Join(name, p), err)
		}
		if total += len(f.Data); total > maxTotal || len(files) == maxFiles {
			return release.Errorf(release.Usage, "%s is too large: more than %d files or %d MB", release.Clean(name, 200), maxFiles, maxTotal>>20).
				Advise("import it in parts, each a directory of its own")
		}
		files = append(files, f)
		return nil
	})
	return files, refused, err
}

// load reads a file up to one byte beyond what is taken of it, which is enough to refuse it by its size.
func load(dir fs.FS, p string) (File, error) {
	r, err := dir.Open(p)
	if err != nil {
		return File{}, err
	}
	defer r.Close()
	data, err := io.ReadAll(io.LimitReader(r, connectors.MaxFile+1))
	return File{Path: filepath.ToSlash(p), Data: data}, err
}
