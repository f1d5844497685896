package connectors

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"signalbox/release"
)

// OpenFiles opens what a path names on this machine: a directory, or the directory of one regular file, whose name
// only then is. Nothing is read beyond root. The caller closes it.
func OpenFiles(name string) (root *os.Root, only string, err error) {
	dir, err := filepath.EvalSymlinks(name)
	if err != nil {
		return nil, "", Unreadable(name, err)
	}
	info, err := os.Stat(dir)
	if err != nil {
		return nil, "", Unreadable(name, err)
	}
	switch {
	case info.IsDir():
	case info.Mode().IsRegular():
		dir, only = filepath.Dir(dir), filepath.Base(dir)
	default:
		return nil, "", release.Errorf(release.Usage, "%s is neither a file nor a directory", release.Clean(name, 200))
	}
	if root, err = os.OpenRoot(dir); err != nil {
		return nil, "", Unreadable(name, err)
	}
	return root, only, nil
}

// Unreadable says why what a path names could not be read: NotFound where there is none, else Usage.
func Unreadable(name string, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return release.Errorf(release.NotFound, "there is no %s", release.Clean(name, 200)).Because(err)
	}
	why := err
	var p *fs.PathError
	if errors.As(err, &p) {
		why = p.Err // the sentence has the path already
	}
	return release.Errorf(release.Usage, "%s cannot be read: %s", release.Clean(name, 200), release.Clean(why.Error(), 120)).Because(err)
}
