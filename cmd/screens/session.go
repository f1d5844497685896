package main

import (
	"fmt"
	"io"
	"sync"
	"time"

	uv "github.com/charmbracelet/ultraviolet"
	"github.com/charmbracelet/x/vt"
	"golang.org/x/crypto/ssh"
)

// session is a terminal on which somebody is signed in.
type session struct {
	client *ssh.Client
	keys   io.Writer
	mu     sync.Mutex
	emu    *vt.Emulator
	wrote  time.Time
}

// quiet is how long nothing must be written for a screen to be whole, longest how long that is waited for.
const (
	quiet   = 700 * time.Millisecond
	longest = 20 * time.Second
)

// signIn opens a screen of w by h cells with the words after ssh -t HOST. host is the key that it must show.
func signIn(address string, signer ssh.Signer, host ssh.PublicKey, words, theme string, w, h int) (*session, error) {
	client, err := ssh.Dial("tcp", address, &ssh.ClientConfig{User: "screens", Auth: []ssh.AuthMethod{ssh.PublicKeys(signer)}, HostKeyCallback: ssh.FixedHostKey(host), Timeout: longest})
	if err != nil {
		return nil, err
	}
	shell, err := client.NewSession()
	if err != nil {
		return nil, err
	}
	for name, value := range map[string]string{"LANG": "C.UTF-8", "COLORTERM": "truecolor", "SIGNALBOX_THEME": theme} {
		if err := shell.Setenv(name, value); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	if err := shell.RequestPty("xterm-256color", h, w, nil); err != nil {
		return nil, err
	}
	s := &session{client: client, emu: vt.NewEmulator(w, h), wrote: time.Now()}
	if s.keys, err = shell.StdinPipe(); err != nil {
		return nil, err
	}
	shell.Stdout, shell.Stderr = s, s
	go func() { _, _ = io.Copy(s.keys, s.emu) }() // the terminal's answers to queries
	if words == "" {
		err = shell.Shell()
	} else {
		err = shell.Start(words)
	}
	return s, err
}

func (s *session) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.wrote = time.Now()
	return s.emu.Write(p)
}

// settle waits until nothing more is written.
func (s *session) settle() {
	for end := time.Now().Add(longest); time.Now().Before(end); time.Sleep(quiet / 10) {
		s.mu.Lock()
		rest := time.Since(s.wrote)
		s.mu.Unlock()
		if rest >= quiet {
			return
		}
	}
}

// press types keys, one after the other.
func (s *session) press(keys ...string) error {
	for _, k := range keys {
		if _, err := io.WriteString(s.keys, k); err != nil {
			return err
		}
		s.mu.Lock()
		s.wrote = time.Now()
		s.mu.Unlock()
		s.settle()
	}
	return nil
}

// grid is what is on the screen.
func (s *session) grid() grid {
	s.mu.Lock()
	defer s.mu.Unlock()
	return cells(s.emu)
}

func (s *session) close() { _ = s.client.Close() }

// cells is what stands on a terminal.
func cells(emu *vt.Emulator) grid {
	g := make(grid, emu.Height())
	for y := range g {
		g[y] = make([]uv.Cell, emu.Width())
		for x := range g[y] {
			if c := emu.CellAt(x, y); c != nil {
				g[y][x] = *c
			}
		}
	}
	return g
}
