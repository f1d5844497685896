package sshserver

import (
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"signalbox/release"
	"signalbox/release/verb"
)

func TestCommands(t *testing.T) {
	f := open(t)
	_, file := f.person("j.ruiz")
	f.on("gate", func(_ context.Context, c verb.Call) (verb.Answer, error) {
		return verb.Answer{Lines: []string{"block"}, Exit: 10, Value: map[string]string{"verdict": "block"}}, nil
	})
	f.on("go", func(_ context.Context, c verb.Call) (verb.Answer, error) {
		return verb.Answer{}, release.Errorf(release.NotFound, "there is no %s", c.Arg(0)).Advise("q lists them")
	})
	f.on("fall", func(context.Context, verb.Call) (verb.Answer, error) { panic("the verb") })
	f.on("slow", func(context.Context, verb.Call) (verb.Answer, error) {
		return verb.Answer{Lines: []string{"evil \x1b]0;x\a\u009b31m\u202e text"}, Value: "evil \x1b\u009b\u202e\U000e0041"}, nil
	})
	touched := filepath.Join(t.TempDir(), "touched")
	for _, c := range []struct {
		name, command  string
		status         int
		stdout, stderr string
		args           []string
	}{
		{"a verb", "q", 0, "j.ruiz q \n", "", nil},
		{"quoted words", `reject CHG-1 -m 'no "window" today'`, 0, "j.ruiz reject CHG-1\n", "", []string{"CHG-1"}},
		{"an exit status of its own", "gate checkout", 10, "block\n", "", []string{"checkout"}},
		{"its JSON", "gate checkout --json", 10, "{\n  \"verdict\": \"block\"\n}\n", "", []string{"checkout"}},
		{"not found", "go RO-1", 3, "", "not found: there is no RO-1\n  q lists them\n", []string{"RO-1"}},
		{"not found in JSON", "go RO-1 --json", 3, "", `{
  "error": {
    "code": "not_found",
    "message": "there is no RO-1",
    "try": "q lists them"
  }
}
`, []string{"RO-1"}},
		{"no such verb", "rejct CHG-1", 2, "", "usage: there is no verb \"rejct\"\n  did you mean reject? help lists them all\n", nil},
		{"no such verb in JSON", "rejct --json", 2, "", `{
  "error": {
    "code": "usage",
    "message": "there is no verb \"rejct\"",
    "try": "did you mean reject? help lists them all"
  }
}
`, nil},
		{"a missing flag", "reject CHG-1", 2, "", "usage: reject: --message is missing\n  usage: reject CHANGE --message STRING\n", nil},
		{"nothing quoted is a word", "reject CHG-1 -m '' extra", 2, "", "usage: reject: \"extra\" is one word too many; a text of several words stands in quotes, over ssh in two pairs: -m \"'…'\"\n  usage: reject CHANGE --message STRING\n", nil},
		{"a verb of the machine", "init", 4, "", "refused: init works on the machine's own files and is not offered over ssh\n  run it on the machine: signalbox init\n", nil},
		{"an open quote", "q 'x", 2, "", "usage: the command has a quote that is not closed\n  quote it once more for your own shell: ssh HOST \"reject CHG-12 -m 'two words'\"\n", nil},
		{"a shell's words", "go $(touch${IFS}" + touched + ")", 3, "", "not found: there is no $(touch${IFS}" + touched + ")\n  q lists them\n", []string{"$(touch${IFS}" + touched + ")"}},
		{"a shell's operators", "q; touch " + touched, 2, "", "usage: there is no verb \"q;\"\n  help lists them\n", nil},
		{"a shell", "/bin/sh -c id", 2, "", "usage: there is no verb \"/bin/sh\"\n  help lists them\n", nil},
		{"a panic", "fall", 1, "", "internal: this command met a fault of its own\n  look before you try again; the server log has the cause\n", nil},
		{"an answer that would act on the terminal", "slow", 0, "evil ]0;x31m text\n", "", nil},
		{"the same in JSON", "slow --json", 0, "\"evil \\u001b\\u009b\\u202e\\udb40\\udc41\"\n", "", nil},
	} {
		before := f.called()
		stdout, stderr, status := run(t, f.ssh(file, nil, c.command))
		if status != c.status || stdout != c.stdout || stderr != c.stderr {
			t.Errorf("%s: status %d, %q, %q", c.name, status, stdout, stderr)
		}
		if runs := c.args != nil || c.status == 0 || c.name == "a panic"; runs != (f.called() > before) {
			t.Errorf("%s: a verb ran: %v", c.name, !runs)
		}
		if c.args != nil && !slices.Equal(f.lastCall(t).Args, c.args) {
			t.Errorf("%s: the arguments are %q", c.name, f.lastCall(t).Args)
		}
	}
	if _, err := os.Stat(touched); !os.IsNotExist(err) {
		t.Error("a shell ran")
	}
	var s string
	if err := json.Unmarshal([]byte("\"evil \\u001b\\u009b\\u202e\\udb40\\udc41\""), &s); err != nil || s != "evil \x1b\u009b\u202e\U000e0041" {
		t.Errorf("the escaped JSON is %q (%v)", s, err)
	}
	eventually(t, "the machine's verb is audited", func() bool { return slices.Equal(f.refusals(), []string{"j.ruiz: command of the machine"}) })
	if !strings.Contains(f.log.String(), "panic in command fall") {
		t.Error("the log does not have the panic")
	}
	// A quoted message arrives whole.
	run(t, f.ssh(file, nil, `reject CHG-1 -m 'no "window" today'`))
	if got := f.lastCall(t).Flag("message"); got != `no "window" today` {
		t.Errorf("the message is %q", got)
	}
}

// TestHelpIsTheCataloguesOwn: however it is asked for, one verb explains the others.
func TestHelpIsTheCataloguesOwn(t *testing.T) {
	f := open(t)
	key, _ := f.person("j.ruiz")
	for command, want := range map[string][]string{
		"help": {}, "--help": {}, "-h": {}, "help reject": {"reject"}, "reject --help": {"reject"}, "reject -h": {"reject"}, "init --help": {"init"},
	} {
		c, _ := f.client(key) // ssh would take --help for itself
		s, err := c.NewSession()
		if err != nil {
			t.Fatal(err)
		}
		stdout, err := s.Output(command)
		if call := f.lastCall(t); err != nil || string(stdout) != "j.ruiz help "+strings.Join(want, "|")+"\n" || call.Verb != "help" || !slices.Equal(call.Args, want) {
			t.Errorf("%s: %v, %q, %s %q", command, err, stdout, call.Verb, call.Args)
		}
	}
}

// TestStreamIsWrittenByteForByte: an export is what it is, at the caller's pace and past the time limit;
// on a terminal it is cleaned like all else.
func TestStreamIsWrittenByteForByte(t *testing.T) {
	f := open(t, func(o *Options) { o.Limits.Exec = 300 * time.Millisecond })
	_, file := f.person("j.ruiz")
	const entry = "{\"text\":\"a\u202eb\u009b\"}\n"
	f.on("export", func(ctx context.Context, _ verb.Call) (verb.Answer, error) {
		return verb.Answer{Stream: func(w io.Writer) error {
			for range 3 {
				if _, err := io.WriteString(w, entry); err != nil {
					return err
				}
				select {
				case <-ctx.Done():
					return ctx.Err()
				case <-time.After(200 * time.Millisecond):
				}
			}
			return nil
		}}, nil
	})
	if stdout, stderr, status := run(t, f.ssh(file, nil, "export")); status != 0 || stdout != strings.Repeat(entry, 3) {
		t.Errorf("status %d, %q, %q", status, stdout, stderr)
	}
	x := f.terminal(file, nil, "export")
	x.status()
	x.waitFor("{\"text\":\"ab\"}\r\n")
	f.on("export", func(context.Context, verb.Call) (verb.Answer, error) {
		return verb.Answer{Stream: func(w io.Writer) error {
			_, _ = io.WriteString(w, entry)
			return release.Errorf(release.Unavailable, "the store does not answer")
		}}, nil
	})
	if stdout, stderr, status := run(t, f.ssh(file, nil, "export")); status != 1 || stdout != entry || stderr != "unavailable: the store does not answer\n" {
		t.Errorf("status %d, %q, %q", status, stdout, stderr)
	}
}

func TestNeitherTerminalNorCommand(t *testing.T) {
	f := open(t)
	_, file := f.person("j.ruiz")
	stdout, stderr, status := run(t, f.ssh(file, []string{"-T"}))
	want := "usage: a screen needs a terminal, and no command was given\n  for the screen: ssh -t HOST; for the commands: ssh HOST help\n"
	if status != 2 || stdout != "" || stderr != want {
		t.Errorf("status %d, %q, %q", status, stdout, stderr)
	}
}

func TestStandardInputIsHandedOnUpToItsLimit(t *testing.T) {
	f := open(t, func(o *Options) { o.Limits.Input = 1 << 20 })
	_, file := f.person("j.ruiz")
	var read atomic.Int64
	f.on("import", func(_ context.Context, c verb.Call) (verb.Answer, error) {
		n, err := io.Copy(io.Discard, c.In)
		read.Store(n)
		return verb.Answer{Lines: []string{"done"}}, err
	})
	for size, want := range map[int]int{0: 0, 1 << 20: 0, 1<<20 + 1: 2} {
		cmd := f.ssh(file, nil, "import")
		cmd.Stdin = strings.NewReader(strings.Repeat("x", size))
		stdout, stderr, status := run(t, cmd)
		if status != want || (want == 0 && (stdout != "done\n" || read.Load() != int64(size))) {
			t.Errorf("%d bytes: status %d, %q, %q, read %d", size, status, stdout, stderr, read.Load())
		}
		if want == 2 && stderr != "usage: standard input is larger than 1048576 bytes\n" {
			t.Errorf("%q", stderr)
		}
	}
}

func TestCommandIsLimitedInLengthAndTime(t *testing.T) {
	f := open(t, func(o *Options) { o.Limits.Exec = 200 * time.Millisecond; o.Limits.Command = 1000 })
	_, file := f.person("j.ruiz")
	_, stderr, status := run(t, f.ssh(file, nil, "q "+strings.Repeat("x", 1000)))
	if status != 2 || !strings.HasPrefix(stderr, "usage: the command is longer than 1000 bytes\n") {
		t.Errorf("status %d, %q", status, stderr)
	}
	f.on("slow", func(ctx context.Context, _ verb.Call) (verb.Answer, error) {
		<-ctx.Done()
		return verb.Answer{}, ctx.Err()
	})
	f.on("import", func(ctx context.Context, _ verb.Call) (verb.Answer, error) {
		<-ctx.Done()
		time.Sleep(300 * time.Millisecond) // it does not look at its context at once
		return verb.Answer{Lines: []string{"late"}}, nil
	})
	stdout, stderr, status := run(t, f.ssh(file, nil, "import"))
	if status != 1 || stdout != "" || stderr != "unavailable: there was no answer within 200ms\n  it is not known whether it was done: look before you try again\n" {
		t.Errorf("status %d, %q, %q", status, stdout, stderr)
	}
	if _, _, status := run(t, f.ssh(file, nil, "slow")); status != 1 {
		t.Errorf("status %d", status)
	}
}

func TestLargeAnswerArrivesWhole(t *testing.T) {
	f := open(t)
	_, file := f.person("j.ruiz")
	line := strings.Repeat("x", 99)
	f.on("q", func(context.Context, verb.Call) (verb.Answer, error) {
		return verb.Answer{Lines: slices.Repeat([]string{line}, 40_000)}, nil
	})
	stdout, _, status := run(t, f.ssh(file, nil, "q"))
	if status != 0 || len(stdout) != 4_000_000 {
		t.Errorf("status %d, %d bytes", status, len(stdout))
	}
}

func TestCleanerKeepsCharactersWhole(t *testing.T) {
	var b strings.Builder
	c := &cleaner{to: &b}
	for _, x := range []byte("naïve ⏎ 😀\u009b\x1b[2J\n") {
		if _, err := c.Write([]byte{x}); err != nil {
			t.Fatal(err)
		}
	}
	if b.String() != "naïve ⏎ 😀[2J\n" {
		t.Errorf("%q", b.String())
	}
}
