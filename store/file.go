package store

import (
	"errors"
	"io/fs"
	"os"
	"sync/atomic"

	"signalbox/release"
)

// file knows which file on disk the connections have open. SQLite goes on with a file that was deleted or
// replaced under it, and would acknowledge what nobody will find again.
//
// It never opens the database file: closing any descriptor of it would drop the locks that SQLite holds.
type file struct {
	path    string
	self    os.FileInfo
	largest atomic.Int64 // that it was seen, in bytes: a database that is not vacuumed never shrinks
}

func newFile(path string) (*file, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	return &file{path: path, self: info}, nil
}

// there returns nil while the path still names the file that is open, else an Unavailable error that says
// what is written is not kept. It holds again as soon as the file is back in its place.
func (f *file) there() error {
	info, err := os.Stat(f.path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return release.Errorf(release.Unavailable, "the database file is gone: %s", f.path).
			Advise("put the file back, and signalbox goes on by itself; or stop it and restore a backup").Because(err)
	case err != nil:
		return release.Errorf(release.Unavailable, "the database file cannot be reached: %s", f.path).
			Advise("look at the disk of the data directory; signalbox goes on by itself").Because(err)
	case !os.SameFile(info, f.self):
		return release.Errorf(release.Unavailable, "another file is in the place of the database: %s", f.path).
			Advise("put the old file back, or stop signalbox and start it on the new one")
	case info.Size() < f.largest.Load():
		// SQLite may not notice for as long as it finds what it needs in its memory.
		return release.Errorf(release.Unavailable, "the database file was cut short and is damaged: %s", f.path).
			Advise("stop signalbox and restore a backup")
	}
	for seen := f.largest.Load(); info.Size() > seen && !f.largest.CompareAndSwap(seen, info.Size()); seen = f.largest.Load() {
	}
	return nil
}

// log tells which file is the write-ahead log, nil if there is none. SQLite makes it with a connection's
// first transaction and keeps it for as long as anybody has the database open.
func (f *file) log() os.FileInfo {
	info, err := os.Stat(f.path + "-wal")
	if err != nil {
		return nil
	}
	return info
}

// logThere is there for the write-ahead log that a session has open; nil means that it has none yet.
func (f *file) logThere(open os.FileInfo) error {
	if open == nil {
		return nil
	}
	if now := f.log(); now == nil || !os.SameFile(now, open) {
		return release.Errorf(release.Unavailable, "the database's write-ahead log was taken away: %s-wal", f.path).
			Advise("put it back, or stop signalbox now, which saves what it holds, and start it again")
	}
	return nil
}
