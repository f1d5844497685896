// Package backstage owns how signalbox reads a Backstage catalog from files: which files, which entities of
// them, and what they say of services, owners and dependencies. It imports connectors and release, never
// control or the store.
package backstage

import (
	"errors"
	"io"
	"io/fs"
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

// Read reads one file and the files that its Locations name, or every *.yaml and *.yml under a directory.
// Names that begin with a dot are left out, and links that lead out of the directory are refused. What cannot
// be read of an entity is in Refused.
//
// The error is NotFound where there is nothing to read, and Usage where the catalog is too large or nothing
// of it could be read: a catalog that is read replaces what was known, so that a broken one must not pass
// for an empty one.
func Read(name string) (fact.CatalogSeen, error) {
	g, err := gather(name)
	if err != nil {
		return fact.CatalogSeen{}, err
	}
	seen, err := g.survey(sourceOf(name), release.Clean(filepath.Clean(name), 200))
	if err != nil {
		return fact.CatalogSeen{}, err
	}
	return seen.CatalogSeen, nil
}

// sourceOf is the source under which a catalog on this machine is kept.
func sourceOf(name string) string { return "backstage:" + release.Clean(filepath.Clean(name), 200) }

// gathered are the files of a catalog, and what could not be taken for one.
type gathered struct {
	files   []File
	refused []fact.Refusal
	total   int // bytes
}

// survey reads what was gathered. what is how sentences name the catalog.
func (g gathered) survey(source, what string) (Seen, error) {
	seen := Survey(source, g.files)
	seen.Refused = append(g.refused, seen.Refused...)
	seen.Read, seen.Lost = seen.Read+len(g.refused), seen.Lost+len(g.refused)
	if len(seen.Services)+len(seen.Teams)+len(seen.Units)+len(seen.Proposals) == 0 && len(seen.Refused) > 0 {
		r := seen.Refused[0]
		return seen, release.Errorf(release.Usage, "nothing in %s could be read; first %s: %s", what, r.Place, r.Reason).
			Advise("name a directory of Backstage entities; what is known stays as it is")
	}
	return seen, nil
}

// gather loads the files of a catalog on this machine.
func gather(name string) (gathered, error) {
	name = filepath.Clean(name)
	root, only, err := connectors.OpenFiles(name)
	if err != nil {
		return gathered{}, err
	}
	defer root.Close()
	l := loader{dir: root.FS(), name: name, seen: map[string]bool{}}
	if only != "" {
		err = l.follow(only)
	} else {
		err = l.walk(".", func(string) bool { return true })
	}
	if err != nil {
		return gathered{}, err
	}
	if len(l.files) == 0 {
		return gathered{}, release.Errorf(release.NotFound, "there is no *.yaml or *.yml in %s", release.Clean(name, 200)).
			Advise("name the directory that holds the catalog-info files")
	}
	return l.gathered, nil
}

// loader loads the files of one directory, each once.
type loader struct {
	gathered
	dir  fs.FS
	name string // as the directory or the file was given
	seen map[string]bool
}

func (l *loader) refuse(p, reason string) {
	l.refused = append(l.refused, fact.Refusal{Place: connectors.At(p, 1), Item: "file", Reason: reason})
}

// follow loads one file, and those that its Locations mean, and so on.
func (l *loader) follow(first string) error {
	if err := l.load(first); err != nil {
		return err
	}
	for i := 0; i < len(l.files); i++ {
		for n, pattern := range local(l.files[i]) {
			if n == maxWild {
				break
			}
			if !strings.ContainsAny(pattern, "*?[") {
				if _, err := fs.Stat(l.dir, pattern); err != nil || !yamlFile(pattern) {
					continue // the Location's own refusal names it
				}
				if err := l.load(pattern); err != nil {
					return err
				}
				continue
			}
			base := pattern[:strings.IndexAny(pattern, "*?[")]
			if err := l.walk(path.Dir(base+"x"), func(p string) bool { return matches(pattern, p) }); err != nil {
				return err
			}
		}
	}
	return nil
}

func yamlFile(p string) bool {
	return slices.Contains([]string{".yaml", ".yml"}, strings.ToLower(path.Ext(p))) && !slices.Contains(ours, path.Base(p))
}

// walk loads the files under a directory that are wanted, in order of their paths.
func (l *loader) walk(from string, want func(p string) bool) error {
	return fs.WalkDir(l.dir, from, func(p string, d fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist) && p == from && p != ".":
			return fs.SkipAll
		case err != nil:
			return connectors.Unreadable(filepath.Join(l.name, p), err)
		case p != "." && strings.HasPrefix(d.Name(), "."):
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		case d.IsDir() || !yamlFile(p) || !want(p):
			return nil
		}
		// Stat follows a link as far as it stays within the directory; mounted configuration is made of such.
		info, err := fs.Stat(l.dir, p)
		switch {
		case err != nil && d.Type()&fs.ModeSymlink != 0:
			l.refuse(p, "it is a link to nothing within the directory")
			return nil
		case err != nil:
			return connectors.Unreadable(filepath.Join(l.name, p), err)
		case !info.Mode().IsRegular():
			return nil
		}
		return l.load(p)
	})
}

// load reads a file up to one byte beyond what is taken of it, which is enough to refuse it by its size.
func (l *loader) load(p string) error {
	p = filepath.ToSlash(p)
	if l.seen[p] {
		return nil
	}
	l.seen[p] = true
	r, err := l.dir.Open(p)
	if err != nil {
		return connectors.Unreadable(filepath.Join(l.name, p), err)
	}
	defer r.Close()
	data, err := io.ReadAll(io.LimitReader(r, connectors.MaxFile+1))
	if err != nil {
		return connectors.Unreadable(filepath.Join(l.name, p), err)
	}
	return l.keep(File{Path: p, Data: data}, l.name)
}

// keep adds a file, within the bounds of one catalog. what is how the sentence names it.
func (g *gathered) keep(f File, what string) error {
	if g.total += len(f.Data); g.total > maxTotal || len(g.files) == maxFiles {
		return release.Errorf(release.Usage, "%s is too large: more than %d files or %d MB", release.Clean(what, 200), maxFiles, maxTotal>>20).
			Advise("import it in parts, each a directory of its own")
	}
	g.files = append(g.files, f)
	return nil
}
