package store

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"sync"
	"syscall"

	"signalbox/release"
	"signalbox/release/audit"
)

// CheckpointFile is the append-only file of signed checkpoints. It lies beside the database and outside it,
// so that whoever can rewrite the database cannot rewrite what was signed. Several processes may append.
type CheckpointFile struct {
	path string
	mu   sync.Mutex
}

// NewCheckpointFile names the file; it is made by the first Append.
func NewCheckpointFile(path string) *CheckpointFile { return &CheckpointFile{path: path} }

// Append writes one signed note and a blank line, and returns after it is durable. It holds the file's lock
// meanwhile: what one process takes back of a torn note must not be another's whole one.
func (f *CheckpointFile) Append(signedNote []byte) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	file, err := os.OpenFile(f.path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return release.Errorf(release.Unavailable, "the checkpoint file cannot be written").Because(err)
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX); err != nil { // Close gives it back
		return release.Errorf(release.Unavailable, "the checkpoint file cannot be locked").Because(errors.Join(err, file.Close()))
	}
	size := int64(-1)
	if info, err := file.Stat(); err == nil {
		size = info.Size()
	}
	_, err = file.Write(append(bytes.Clone(signedNote), '\n'))
	if err != nil && size >= 0 {
		// A disk that filled up in the middle of the note: take the torn part back, or the next note would
		// be read as its end.
		err = errors.Join(err, file.Truncate(size))
	}
	err = errors.Join(err, file.Sync(), file.Close())
	if err != nil {
		return release.Errorf(release.Unavailable, "the checkpoint file cannot be written").Because(err)
	}
	return nil
}

// tail is how much of the file is read to find its last note, which is far shorter.
const tail = 16 << 10

// Last reads the newest whole note; nil where there is none.
func (f *CheckpointFile) Last() ([]byte, error) {
	file, err := os.Open(f.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, release.Errorf(release.Unavailable, "the checkpoint file cannot be read").Because(err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err == nil && info.Size() > tail {
		_, err = file.Seek(-tail, io.SeekEnd)
	}
	if err != nil {
		return nil, release.Errorf(release.Unavailable, "the checkpoint file cannot be read").Because(err)
	}
	notes, _, err := audit.SplitNotes(file)
	if err != nil || len(notes) == 0 {
		return nil, err
	}
	return notes[len(notes)-1], nil
}

// Notes reads every whole note, oldest first. A missing file has none; a torn last note, which was never
// relied on, is left out.
func (f *CheckpointFile) Notes() ([][]byte, error) {
	raw, err := os.ReadFile(f.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, release.Errorf(release.Unavailable, "the checkpoint file cannot be read").Because(err)
	}
	notes, _, err := audit.SplitNotes(bytes.NewReader(raw))
	return notes, err
}
