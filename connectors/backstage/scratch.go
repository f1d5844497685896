package backstage

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"signalbox/release"
)

const (
	// fetchPrefix begins the names of the directories that hold a fetch.
	fetchPrefix = "fetch-"
	// lockName is the file in such a directory that its reading keeps locked.
	lockName = "lock"
)

// openScratch makes a directory for one reading, and takes away what an earlier one left behind when its
// process died. Readings of one catalog may overlap, in one process or in several: each keeps a lock in its own
// directory, which the system takes back from a process that dies, and only what nobody has locked is taken
// away. leave takes the directory away.
func openScratch(ctx context.Context, parent string) (dir string, leave func(), err error) {
	if err := os.MkdirAll(parent, 0o700); err != nil {
		return "", nil, err
	}
	// Between its making and its lock a directory looks like one that was left behind: one reading at a time.
	turn, err := os.Open(parent)
	if err != nil {
		return "", nil, err
	}
	defer turn.Close()
	for {
		free, err := lock(turn)
		if err != nil {
			return "", nil, err
		}
		if free {
			break
		}
		select {
		case <-ctx.Done():
			return "", nil, ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
	}
	if err := clean(parent); err != nil {
		return "", nil, err
	}
	if dir, err = os.MkdirTemp(parent, fetchPrefix); err != nil {
		return "", nil, err
	}
	if dir, err = filepath.Abs(dir); err != nil {
		return "", nil, err
	}
	held, err := os.OpenFile(filepath.Join(dir, lockName), os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return "", nil, errors.Join(err, os.RemoveAll(dir))
	}
	free, err := lock(held)
	if err == nil && !free {
		err = syscall.EWOULDBLOCK
	}
	if err != nil {
		return "", nil, errors.Join(err, held.Close(), os.RemoveAll(dir))
	}
	return dir, func() {
		_ = os.RemoveAll(dir) // what stays, the next reading takes away
		_ = held.Close()
	}, nil
}

// clean takes away the directories that no reading has locked.
func clean(parent string) error {
	old, err := filepath.Glob(filepath.Join(parent, fetchPrefix+"*"))
	if err != nil {
		return err
	}
	for _, dir := range old {
		f, err := os.Open(filepath.Join(dir, lockName))
		if err == nil {
			free, failed := lock(f)
			if !free && failed == nil {
				_ = f.Close()
				continue
			}
		}
		err = os.RemoveAll(dir)
		_ = f.Close() // of nil it does nothing
		if errors.Is(err, fs.ErrPermission) {
			return err
		}
	}
	return nil
}

// lock takes the lock of an open file, if it is free. It is held until the file is closed.
func lock(f *os.File) (free bool, err error) {
	for {
		switch err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); {
		case err == nil:
			return true, nil
		case errors.Is(err, syscall.EWOULDBLOCK):
			return false, nil
		case !errors.Is(err, syscall.EINTR):
			return false, err
		}
	}
}

// unwritten is the error of a scratch directory that cannot be used.
func (r *repository) unwritten(err error) error {
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return release.Errorf(release.Unavailable, "%s waited too long for another reading of it", r.what).Because(err)
	}
	e := release.Errorf(release.Unavailable, "%s: its scratch directory cannot be written: %s", r.what, release.Clean(r.c.Dir, 300)).Because(err)
	switch {
	case errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT):
		return e.Advise("make room on its disk")
	case errors.Is(err, syscall.EROFS):
		return e.Advise("its disk can only be read: give signalbox a data directory on another one")
	}
	return e.Advise("give it, with all that is in it, to the account that signalbox runs as, or remove it")
}
