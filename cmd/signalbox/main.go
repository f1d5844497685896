// Command signalbox is the release coordination command center: it serves the terminal screens over SSH and
// the hooks and gate over HTTP, and runs every verb from the command line. This package wires the floors
// together and holds no rule of its own.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"syscall"
	_ "time/tzdata" // zones where the machine has none

	"charm.land/fang/v2"

	"signalbox/release"
	"signalbox/release/verb"
)

// version is set by the build.
var version = "devel"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// exit carries the status of a verb that succeeded with one, such as a gate's 10.
type exit int

func (e exit) Error() string { return fmt.Sprintf("exit status %d", int(e)) }

// run executes one command line and returns its exit status. Answers go to out, sentences to errw.
func run(ctx context.Context, args []string, in io.Reader, out, errw io.Writer) int {
	root, opts := newRoot(in, out, errw)
	root.SetArgs(args)
	opts.json = slices.Contains(args, "--json") // also where the rest of the line cannot be read
	err := fang.Execute(ctx, root, fang.WithVersion(version),
		fang.WithErrorHandler(func(_ io.Writer, _ fang.Styles, err error) {
			var status exit
			if !errors.As(err, &status) {
				_ = verb.WriteError(errw, asUsage(err), opts.json)
			}
		}))
	var status exit
	switch {
	case err == nil:
		return 0
	case errors.As(err, &status):
		return int(status)
	}
	return release.Exit(asUsage(err))
}

// asUsage classes what cobra itself complains about: the words of the command line.
func asUsage(err error) error {
	var e *release.Error
	if errors.As(err, &e) {
		return e
	}
	return release.Errorf(release.Usage, "%s", release.Clean(err.Error(), 200)).Advise("signalbox help lists the verbs")
}
