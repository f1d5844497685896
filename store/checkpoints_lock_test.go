package store_test

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"signalbox/store"
)

// TestCheckpointsWaitForEachOther: a note is not written while another process is at the file, so that a torn note
// that is taken back takes no other with it.
func TestCheckpointsWaitForEachOther(t *testing.T) {
	path := filepath.Join(t.TempDir(), "checkpoints")
	other, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	if err := syscall.Flock(int(other.Fd()), syscall.LOCK_EX); err != nil {
		t.Fatal(err)
	}
	written := make(chan error, 1)
	go func() { written <- store.NewCheckpointFile(path).Append([]byte("a note\n")) }()
	for range 200 { // the other has every occasion to be too early
		if info, err := other.Stat(); err != nil || info.Size() != 0 {
			t.Fatalf("%d bytes were written under another's lock: %v", info.Size(), err)
		}
		syscall.Select(0, nil, nil, nil, &syscall.Timeval{Usec: 1000})
	}
	if err := syscall.Flock(int(other.Fd()), syscall.LOCK_UN); err != nil {
		t.Fatal(err)
	}
	if err := <-written; err != nil {
		t.Fatal(err)
	}
	if info, err := other.Stat(); err != nil || info.Size() == 0 {
		t.Errorf("nothing was written: %v", err)
	}
}
