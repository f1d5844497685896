package store_test

import (
	"bufio"
	"context"
	"database/sql"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"signalbox/store"
)

// The test binary is its own second process: with ROLE set it does one thing and ends with its standard
// input.
const roleVariable = "SIGNALBOX_STORE_TEST_ROLE"

func TestMain(m *testing.M) {
	role, where, _ := strings.Cut(os.Getenv(roleVariable), " ")
	var err error
	switch role {
	case "":
		os.Exit(m.Run())
	case "lock":
		err = holdLock(where)
	case "decide":
		err = decideAndSay(where)
	default:
		err = fmt.Errorf("no role %q", role)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// holdLock keeps SQLite's write lock until standard input ends.
func holdLock(path string) error {
	db, err := sql.Open("sqlite", "file:"+path+"?_txlock=immediate&_pragma=busy_timeout(20000)")
	if err != nil {
		return err
	}
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	fmt.Println("locked")
	_, _ = io.Copy(io.Discard, os.Stdin)
	return tx.Rollback()
}

func optionsFor(where string) store.Options {
	if strings.HasPrefix(where, "postgres:") {
		return store.Options{URL: where}
	}
	return store.Options{Path: where}
}

// decideAndSay decides with many hands and writes each subject to standard output after it was
// acknowledged, until it is killed.
func decideAndSay(where string) error {
	where, name, _ := strings.Cut(where, " ")
	s, err := store.Open(context.Background(), optionsFor(where))
	if err != nil {
		return err
	}
	var out sync.Mutex
	var hands sync.WaitGroup
	for h := range 8 {
		hands.Go(func() {
			for n := 0; ; n++ {
				subject := fmt.Sprintf("%s-%d-%d", name, h, n)
				if err := decide(context.Background(), s, subject); err != nil {
					fmt.Fprintln(os.Stderr, err)
					os.Exit(1)
				}
				out.Lock()
				fmt.Println(subject)
				out.Unlock()
			}
		})
	}
	hands.Wait()
	return nil
}

// process is another process of the test binary.
type process struct {
	*exec.Cmd
	in    io.Closer
	lines *bufio.Scanner
}

func start(t *testing.T, role string) *process {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), roleVariable+"="+role)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p := &process{cmd, in, bufio.NewScanner(out)}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	return p
}

// next is the next line that the process says.
func (p *process) next(t *testing.T) string {
	t.Helper()
	if !p.lines.Scan() {
		t.Fatalf("the other process ended: %v", p.lines.Err())
	}
	return p.lines.Text()
}
