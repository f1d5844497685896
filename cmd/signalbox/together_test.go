package main

import (
	"bytes"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"signalbox/store"
)

// TestTwoProcessesOnOneDirectory: two servers on one data directory with SQLite do each other no harm. They begin at
// once with no host key and show the same one; both decide at once, one is killed in the middle, and the other goes
// on; every checkpoint is whole, the log verifies, and what was acknowledged is stored.
func TestTwoProcessesOnOneDirectory(t *testing.T) {
	b := newBox(t, "")
	bob, _ := company(b)
	b.write("signalbox.yaml", hookConfig+"ssh:\n  trusted: [127.0.0.0/8]\n")
	ids := b.pending("together", 80)
	if err := os.Remove(filepath.Join(b.dir, "keys", "host_ed25519")); err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	var servers [2]*server
	var both sync.WaitGroup
	for k := range servers {
		both.Go(func() { servers[k] = b.serve() })
	}
	both.Wait()
	one, two := servers[0], servers[1]
	if one == nil || two == nil {
		t.Fatal("one of them did not begin")
	}
	if a, c := one.log.after("ssh: host key "), two.log.after("ssh: host key "); a == "" || a != c {
		t.Errorf("two host keys: %q and %q", a, c)
	}
	var acked sync.Map
	var mine, others atomic.Int64
	both.Go(func() {
		one.approvers(bob, ids[:40], func(id string) {
			acked.Store(id, true)
			if mine.Add(1) == 10 {
				_ = one.cmd.Process.Kill()
			}
		})
	})
	both.Go(func() { two.approvers(bob, ids[40:], func(id string) { acked.Store(id, true); others.Add(1) }) })
	both.Wait()
	one.kill(syscall.SIGKILL)
	if mine.Load() < 10 || others.Load() != 40 {
		t.Errorf("%d and %d approvals were acknowledged\n%s\n%s", mine.Load(), others.Load(), one.log, two.log)
	}
	two.kill(syscall.SIGTERM)
	if code := two.cmd.ProcessState.ExitCode(); code != 0 {
		t.Errorf("the other ended with %d\n%s", code, two.log)
	}
	raw, err := os.ReadFile(filepath.Join(b.dir, "checkpoints"))
	if err != nil {
		t.Fatal(err)
	}
	notes, err := store.NewCheckpointFile(filepath.Join(b.dir, "checkpoints")).Notes()
	if whole := bytes.Count(raw, []byte("\n\n— ")); err != nil || len(notes) == 0 || len(notes) != whole {
		t.Errorf("%d notes of %d are whole: %v", len(notes), whole, err)
	}
	b.stored(&acked)
}
