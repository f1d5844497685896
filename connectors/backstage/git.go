package backstage

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"signalbox/release"
)

// git runs the git program, which reads no configuration but the one given here: not the machine's, not the
// account's. It asks nobody for anything and runs no hook.
type git struct {
	dir    string
	config [][2]string // by the environment, so that no secret shows in the list of processes
	env    []string
}

// errLarge is the end of output that is longer than was asked for.
var errLarge = errors.New("too much output")

// failure is a run of git that did not succeed. Its words go to logs alone: they name addresses.
type failure struct {
	words string
	err   error
}

func (f *failure) Error() string { return release.Clean(f.words, 500) + ": " + f.err.Error() }
func (f *failure) Unwrap() error { return f.err }

// run runs git with arguments that are words of this package, and returns what it wrote, at most limit bytes.
func (g git) run(ctx context.Context, in io.Reader, limit int64, args ...string) ([]byte, error) {
	c := exec.CommandContext(ctx, "git", args...)
	c.Dir, c.Stdin, c.WaitDelay = g.dir, in, 5*time.Second
	// Asked to end, git ends what it has begun: helpers on the network, files half written.
	c.Cancel = func() error { return c.Process.Signal(syscall.SIGTERM) }
	config := append([][2]string{
		{"core.hooksPath", os.DevNull}, {"core.fsmonitor", "false"}, {"core.askPass", ""}, {"credential.helper", ""},
		{"gc.auto", "0"}, {"maintenance.auto", "false"}, {"safe.directory", "*"}, {"protocol.allow", "never"},
		{"core.bigFileThreshold", "1m"}, // a large file is streamed to the disk, not held
		{"submodule.recurse", "false"}, {"fetch.recurseSubmodules", "false"},
	}, g.config...)
	c.Env = append([]string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C", "HOME=" + os.DevNull, "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=" + os.DevNull, "GIT_TERMINAL_PROMPT=0",
		"GIT_OPTIONAL_LOCKS=0", "GIT_NO_LAZY_FETCH=1", fmt.Sprintf("GIT_CONFIG_COUNT=%d", len(config))}, g.env...)
	for i, kv := range config {
		c.Env = append(c.Env, fmt.Sprintf("GIT_CONFIG_KEY_%d=%s", i, kv[0]), fmt.Sprintf("GIT_CONFIG_VALUE_%d=%s", i, kv[1]))
	}
	out, words := &bounded{left: limit}, &bounded{left: 8 << 10, drop: true}
	c.Stdout, c.Stderr = out, words
	err := c.Run()
	switch {
	case out.over:
		err = errLarge
	case errors.Is(err, exec.ErrNotFound):
		return nil, release.Errorf(release.Usage, "the program git is not there").Advise("install it, as by apt install git").Because(err)
	case ctx.Err() != nil:
		err = context.Cause(ctx)
	}
	if err != nil {
		return nil, &failure{strings.TrimSpace(words.b.String()), err}
	}
	return out.b.Bytes(), nil
}

// bounded keeps the first bytes written to it. What is beyond ends the writer or, with drop, is dropped.
type bounded struct {
	b          bytes.Buffer
	left       int64
	drop, over bool
}

func (w *bounded) Write(p []byte) (int, error) {
	if int64(len(p)) > w.left {
		if w.drop {
			return len(p), nil
		}
		w.over = true
		return 0, errLarge
	}
	w.left -= int64(len(p))
	return w.b.Write(p)
}
