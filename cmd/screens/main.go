// Command screens draws the pictures of the documentation: it starts the sandbox of the program itself at a fixed
// seed, stops its clock at a fixed instant, signs in as a person would, presses keys, and writes what stands on the
// terminal as SVG.
package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"image/color"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"
)

// shot is one picture: the words after ssh -t HOST, the keys pressed then, and the size in cells.
type shot struct {
	name, words string
	keys        []string
	w, h        int
}

var shots = []shot{
	{"board-120x36", "board", nil, 120, 36}, {"board-80x24", "board", nil, 80, 24}, {"wall-200x50", "wall", nil, 200, 50},
	{"calendar-120x36", "board", []string{"2"}, 120, 36}, {"graph-120x36", "board", []string{"5"}, 120, 36},
	{"conflicts-120x36", "board", []string{"3"}, 120, 36}, {"conflicts-80x24", "board", []string{"3"}, 80, 24}, {"move-80x24", "board", []string{"3", "M"}, 80, 24},
	{"queue-120x36", "queue", nil, 120, 36}, {"queue-80x24", "queue", nil, 80, 24}, {"approve-80x24", "queue", []string{"A"}, 80, 24},
	{"change-120x36", "queue", []string{"\r"}, 120, 36},
	{"rollouts-80x24", "board", []string{"6"}, 80, 24}, {"rollout-120x36", "board", []string{"6", "\r"}, 120, 36},
	{"health-120x36", "board", []string{"7"}, 120, 36}, {"health-80x24", "board", []string{"7"}, 80, 24}, {"feeds-120x36", "feeds", nil, 120, 36}, {"help-80x24", "board", []string{"?"}, 80, 24},
	{"calendar-80x24", "board", []string{"2"}, 80, 24}, {"graph-80x24", "board", []string{"5"}, 80, 24}, {"rollout-80x24", "board", []string{"6", "\r"}, 80, 24},
	{"sandbox-80x24", "board", []string{"g", "z"}, 80, 24},
}

// looks are the themes that are drawn, with what a terminal of that kind draws itself.
var looks = []struct {
	theme string
	colours
}{
	{"dark", colours{color.RGBA{0xd7, 0xe0, 0xea, 0xff}, color.RGBA{0x0b, 0x0f, 0x14, 0xff}}},
	{"light", colours{color.RGBA{0x1b, 0x24, 0x30, 0xff}, color.RGBA{0xff, 0xff, 0xff, 0xff}}},
}

func main() {
	out := flag.String("out", "docs/pictures", "directory of the pictures")
	bin := flag.String("bin", "bin/signalbox", "the program")
	scenario := flag.String("scenario", "canary-at-peak", "scenario of the sandbox")
	jump := flag.String("jump", "+14m31s", "how far the clock is sent ahead before the first picture")
	only := flag.String("only", "", "draw only the pictures whose names begin so")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := draw(ctx, *bin, *scenario, *jump, *out, *only); err != nil {
		fmt.Fprintln(os.Stderr, "screens:", err)
		os.Exit(1)
	}
}

func draw(ctx context.Context, bin, scenario, jump, out, only string) error {
	dir, err := os.MkdirTemp("", "signalbox-screens-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	var said bytes.Buffer
	box := exec.CommandContext(ctx, bin, "sandbox", "--data", dir, "--seed", "1", "--scenario", scenario, "--speed", "0", "--ssh", "127.0.0.1:0", "--http", "127.0.0.1:0")
	box.Stderr = &said
	box.Cancel = func() error { return box.Process.Signal(os.Interrupt) }
	box.WaitDelay = 10 * time.Second
	if err := box.Start(); err != nil {
		return err
	}
	defer func() { _ = box.Process.Signal(os.Interrupt); _ = box.Wait() }()
	address, host, signer, err := invited(ctx, dir)
	if err != nil {
		return fmt.Errorf("the sandbox did not start: %w\n%s", err, said.String())
	}
	if err := do(address, host, signer, "sandbox jump "+jump); err != nil {
		return err
	}
	if err := os.MkdirAll(out, 0o755); err != nil {
		return err
	}
	for _, s := range shots {
		if !strings.HasPrefix(s.name, only) {
			continue
		}
		for _, l := range looks {
			on, err := signIn(address, signer, host, s.words, l.theme, s.w, s.h)
			if err != nil {
				return fmt.Errorf("%s: %w", s.name, err)
			}
			on.settle()
			err = on.press(s.keys...)
			g := on.grid()
			on.close()
			if err != nil {
				return fmt.Errorf("%s: %w", s.name, err)
			}
			name := filepath.Join(out, s.name+"-"+l.theme+".svg")
			if err := os.WriteFile(name, []byte(svg(g, "signalbox: "+s.name, l.colours)), 0o644); err != nil {
				return err
			}
			fmt.Println(name)
		}
	}
	return nil
}

// invited waits until the sandbox lets people in: it has written the line of known_hosts by then.
func invited(ctx context.Context, dir string) (address string, host ssh.PublicKey, signer ssh.Signer, err error) {
	for end := time.Now().Add(time.Minute); ; time.Sleep(100 * time.Millisecond) {
		line, err := os.ReadFile(filepath.Join(dir, "known_hosts"))
		if err == nil {
			_, names, key, _, _, err := ssh.ParseKnownHosts(line)
			if err != nil {
				return "", nil, nil, err
			}
			seat, err := os.ReadFile(filepath.Join(dir, "keys", "seat-everything"))
			if err != nil {
				return "", nil, nil, err
			}
			signer, err := ssh.ParsePrivateKey(seat)
			return strings.NewReplacer("[", "", "]", "").Replace(names[0]), key, signer, err
		}
		if !errors.Is(err, os.ErrNotExist) || ctx.Err() != nil || time.Now().After(end) {
			return "", nil, nil, errors.Join(err, ctx.Err())
		}
	}
}

// do gives a verb.
func do(address string, host ssh.PublicKey, signer ssh.Signer, words string) error {
	client, err := ssh.Dial("tcp", address, &ssh.ClientConfig{User: "screens", Auth: []ssh.AuthMethod{ssh.PublicKeys(signer)}, HostKeyCallback: ssh.FixedHostKey(host), Timeout: longest})
	if err != nil {
		return err
	}
	defer func() { _ = client.Close() }()
	s, err := client.NewSession()
	if err != nil {
		return err
	}
	if said, err := s.CombinedOutput(words); err != nil {
		return fmt.Errorf("%s: %w: %s", words, err, said)
	}
	return nil
}
