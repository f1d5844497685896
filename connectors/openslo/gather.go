package openslo

import (
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

// maxFiles and maxTotal bound what is read at once: files, and bytes of all of them.
const (
	maxFiles = 5_000
	maxTotal = 32 << 20
)

// File is one file and its path under what was named.
type File struct {
	Path string
	Data []byte
}

// gathered are the files, and what could not be taken for one.
type gathered struct {
	files   []File
	refused []fact.Refusal
}

// gather loads one file, or every *.yaml and *.yml under a directory in order of their paths. Names that begin
// with a dot are left out, and links that lead out of the directory are refused.
func gather(name string) (gathered, error) {
	name = filepath.Clean(name)
	root, only, err := connectors.OpenFiles(name)
	if err != nil {
		return gathered{}, err
	}
	defer root.Close()
	w := walker{dir: root.FS(), name: name}
	if only != "" {
		err = w.load(only)
	} else {
		err = fs.WalkDir(w.dir, ".", w.visit)
	}
	if err != nil {
		return gathered{}, err
	}
	if len(w.files)+len(w.refused) == 0 {
		return gathered{}, release.Errorf(release.NotFound, "there is no *.yaml or *.yml in %s", release.Clean(name, 200)).
			Advise("name the directory that holds the OpenSLO documents")
	}
	return w.gathered, nil
}

// walker loads the files of one directory.
type walker struct {
	gathered
	dir   fs.FS
	name  string // as it was given
	total int    // bytes
}

func (w *walker) visit(p string, d fs.DirEntry, err error) error {
	switch {
	case err != nil:
		return connectors.Unreadable(filepath.Join(w.name, p), err)
	case p != "." && strings.HasPrefix(d.Name(), "."):
		if d.IsDir() {
			return fs.SkipDir
		}
		return nil
	case d.IsDir() || !slices.Contains([]string{".yaml", ".yml"}, strings.ToLower(path.Ext(p))):
		return nil
	}
	info, err := fs.Stat(w.dir, p) // follows a link as far as it stays within the directory
	switch {
	case err != nil && d.Type()&fs.ModeSymlink != 0:
		w.refused = append(w.refused, fact.Refusal{Place: connectors.At(p, 1), Item: "file", Reason: "it is a link to nothing within the directory"})
		return nil
	case err != nil:
		return connectors.Unreadable(filepath.Join(w.name, p), err)
	case !info.Mode().IsRegular():
		return nil
	}
	return w.load(p)
}

// load reads a file up to one byte beyond what is taken of it, which is enough to refuse it by its size.
func (w *walker) load(p string) error {
	f, err := w.dir.Open(p)
	if err != nil {
		return connectors.Unreadable(filepath.Join(w.name, p), err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, connectors.MaxFile+1))
	if err != nil {
		return connectors.Unreadable(filepath.Join(w.name, p), err)
	}
	if w.total += len(data); w.total > maxTotal || len(w.files) == maxFiles {
		return release.Errorf(release.Usage, "%s is too large: more than %d files or %d MB", release.Clean(w.name, 200), maxFiles, maxTotal>>20).
			Advise("read it in parts, each a directory of its own")
	}
	w.files = append(w.files, File{Path: filepath.ToSlash(p), Data: data})
	return nil
}
