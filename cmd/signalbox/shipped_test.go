package main

import (
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestCompletionAndManual: what the README promises is there.
func TestCompletionAndManual(t *testing.T) {
	bin, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	for shell, want := range map[string]string{"bash": "complete -o", "zsh": "#compdef signalbox", "fish": "complete -c signalbox", "powershell": "Register-ArgumentCompleter"} {
		if r := runCommand(t, exec.Command(bin, "completion", shell), nil); r.code != 0 || !strings.Contains(r.out, want) {
			t.Errorf("completion %s: exit %d, %d bytes without %q\n%s", shell, r.code, len(r.out), want, r.err)
		}
	}
	r := runCommand(t, exec.Command(bin, "man"), nil)
	for _, want := range []string{".TH SIGNALBOX 1", "serve", "backup", "restore", "approve"} {
		if r.code != 0 || !strings.Contains(r.out, want) {
			t.Errorf("man: exit %d, and nothing says %q\n%s", r.code, want, r.err)
		}
	}
}

// TestShippedCommandLines: what the systemd unit and the container file start is a command line of this program.
func TestShippedCommandLines(t *testing.T) {
	deploy := filepath.Join("..", "..", "docs", "deploy")
	unit, err := os.ReadFile(filepath.Join(deploy, "signalbox.service"))
	if err != nil {
		t.Fatal(err)
	}
	exec := regexp.MustCompile(`(?m)^ExecStart=/usr/local/bin/signalbox (.+)$`).FindSubmatch(unit)
	if exec == nil {
		t.Fatal("the unit starts nothing")
	}
	file, err := os.ReadFile(filepath.Join(deploy, "Containerfile"))
	if err != nil {
		t.Fatal(err)
	}
	cmd := regexp.MustCompile(`(?m)^CMD (\[.+\])$`).FindSubmatch(file)
	if cmd == nil || !strings.Contains(string(file), `ENTRYPOINT ["/usr/local/bin/signalbox"]`) {
		t.Fatal("the container starts nothing")
	}
	var words []string
	if err := json.Unmarshal(cmd[1], &words); err != nil {
		t.Fatal(err)
	}
	lines := map[string][]string{"signalbox.service": strings.Fields(string(exec[1])), "Containerfile": words}
	// The commands in their comments, for those who follow them.
	for _, m := range regexp.MustCompile(`(?m)^#.* signalbox (init .+)$`).FindAllStringSubmatch(string(unit)+string(file), -1) {
		lines[m[1]] = strings.Fields(strings.ReplaceAll(m[1], `"$(cat ~/.ssh/id_ed25519.pub)"`, "KEY"))
	}
	if len(lines) != 4 {
		t.Fatalf("%d command lines", len(lines))
	}
	for name, args := range lines {
		root, o := newRoot(strings.NewReader(""), io.Discard, io.Discard)
		found, rest, err := root.Find(args)
		if err != nil || found == root {
			t.Errorf("%s: %v is no command: %v", name, args, err)
			continue
		}
		if err := found.ParseFlags(rest); err != nil {
			t.Errorf("%s: %v: %v", name, args, err)
			continue
		}
		if err := found.ValidateArgs(found.Flags().Args()); err != nil {
			t.Errorf("%s: %v: %v", name, args, err)
		}
		if o.data == "" {
			t.Errorf("%s: %v names no data directory", name, args)
		}
	}
}
