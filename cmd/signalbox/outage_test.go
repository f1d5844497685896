package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	"signalbox/store/storetest"
)

// An outage of the store: a clear sentence, the screen stays up, nothing is acknowledged that is not
// stored, and it recovers by itself.

// outage drives one: a change is on the queue, the store goes away, approving fails with a sentence that
// contains says, the store comes back, approving succeeds.
func outage(t *testing.T, s *server, bob, says string, begin, end func()) {
	t.Helper()
	term := s.screen(bob, 80, 24, "queue")
	term.wait("CHG-1", "CHG-2")
	var acked sync.Map
	if r := s.exec(bob, "approve", "CHG-1", "-m", `"read it, the rollback is rehearsed"`); r.code != 0 {
		t.Fatalf("before the outage: exit %d\n%s%s", r.code, r.out, r.err)
	}
	acked.Store("CHG-1", true)
	term.wait("approved")
	term.press(".") // what is decided leaves the list when the reader says so

	term.press("A")
	term.wait("APPROVE CHG-2")
	begin()
	term.press("\r")
	term.wait(says)
	term.wait("STORE")
	if strings.Contains(term.text(), "approved CHG-2") {
		t.Errorf("an approval was shown that cannot be stored:\n%s", term.text())
	}
	end()

	until(t, "the store to come back on the screen", func() bool { return !strings.Contains(term.text(), "STORE") }, term.text)
	until(t, "an approval after the outage", func() bool {
		r := s.exec(bob, "approve", "CHG-2", "-m", `"read it, the rollback is rehearsed"`)
		return r.code == 0
	}, s.log.String)
	acked.Store("CHG-2", true)
	s.kill(syscall.SIGTERM)
	s.stored(&acked)
}

func readyForOutage(t *testing.T, database string) (*box, string) {
	t.Helper()
	b := newBox(t, database)
	bob, _ := company(b)
	b.write("signalbox.yaml", hookConfig+"ssh:\n  trusted: [127.0.0.0/8]\n")
	b.pending("outage", 2)
	return b, bob
}

func TestLockedByAnotherProcess(t *testing.T) {
	b, bob := readyForOutage(t, "")
	s := b.serve()
	db := openFile(t, b.dir) // this process is another than the server's
	outage(t, s, bob, "the store is locked", func() {
		if _, err := db.Exec("BEGIN IMMEDIATE"); err != nil {
			t.Fatal(err)
		}
	}, func() {
		if _, err := db.Exec("ROLLBACK"); err != nil {
			t.Fatal(err)
		}
	})
}

func TestFileDeleted(t *testing.T) {
	b, bob := readyForOutage(t, "")
	s := b.serve()
	file, away := filepath.Join(b.dir, "signalbox.db"), filepath.Join(b.dir, "away.db")
	outage(t, s, bob, "the database file is gone", func() {
		if err := os.Rename(file, away); err != nil {
			t.Fatal(err)
		}
	}, func() {
		if err := os.Rename(away, file); err != nil {
			t.Fatal(err)
		}
	})
}

func TestPostgreSQLStopped(t *testing.T) {
	pg := storetest.StartPostgres(t)
	b, bob := readyForOutage(t, pg.URL)
	s := b.serve()
	outage(t, s, bob, "PostgreSQL does not answer", func() { pg.Stop(t) }, func() { pg.Start(t) })
}

// TestDiskFull runs the server on a tmpfs of 8 MB in a mount namespace of its own, and fills it.
func TestDiskFull(t *testing.T) {
	b, bob := readyForOutage(t, "")
	small := filepath.Join(b.dir, "small")
	if err := os.Mkdir(small, 0o700); err != nil {
		t.Fatal(err)
	}
	seed := &box{t: t, dir: t.TempDir(), bin: b.bin}
	for _, name := range []string{"signalbox.db", "checkpoints", "signalbox.yaml", "keys", "bob", "bob.pub"} {
		if out, err := exec.Command("cp", "-a", filepath.Join(b.dir, name), seed.dir).CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	s, inside := smallDisk(b, seed.dir, small)
	fill := filepath.Join(inside, "fill")
	full := func() {
		f, err := os.Create(fill)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		for chunk := make([]byte, 4096); ; {
			if _, err := f.Write(chunk); err != nil {
				return // it is full
			}
		}
	}
	term := s.screen(bob, 80, 24, "queue")
	term.wait("CHG-1", "CHG-2")
	full()
	term.press("A")
	term.wait("APPROVE CHG-")
	term.press("\r")
	term.wait("the disk is full")
	if err := os.Remove(fill); err != nil {
		t.Fatal(err)
	}
	var acked sync.Map
	for _, id := range []string{"CHG-1", "CHG-2"} {
		until(t, "an approval after the disk was freed", func() bool {
			return s.exec(bob, "approve", id, "-m", `"read it, the rollback is rehearsed"`).code == 0
		}, s.log.String)
		acked.Store(id, true)
	}
	until(t, "the screen to show it", func() bool { return !strings.Contains(term.text(), "STORE") }, term.text)
	kept := &box{t: t, dir: t.TempDir(), bin: b.bin}
	if out, err := exec.CommandContext(context.Background(), "cp", "-a", inside+"/.", kept.dir).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	s.kill(syscall.SIGTERM)
	kept.stored(&acked)
}

// smallDisk serves a copy of the seed from a tmpfs of 8 MB at a directory, and returns the server and the
// path under which the test sees that disk. Root mounts it; others do in a namespace of their own.
func smallDisk(b *box, seed, at string) (*server, string) {
	b.t.Helper()
	script := `mount -t tmpfs -o size=8m,mode=0700 tmpfs "$1" && cp -a "$2"/. "$1"/ && exec "$3" serve --ssh 127.0.0.1:0 --http 127.0.0.1:0 --data "$1"`
	words := []string{"sh", "-c", script, "sh", at, seed, b.bin}
	root := os.Getuid() == 0
	if !root {
		words = append([]string{"unshare", "-Urm"}, words...)
	}
	s := b.start(exec.Command(words[0], words[1:]...))
	if root {
		b.t.Cleanup(func() {
			s.kill(syscall.SIGKILL)
			if out, err := exec.Command("umount", at).CombinedOutput(); err != nil {
				b.t.Errorf("umount: %v %s", err, out)
			}
		})
		return s, at
	}
	return s, filepath.Join("/proc", strconv.Itoa(s.cmd.Process.Pid), "root", at)
}
