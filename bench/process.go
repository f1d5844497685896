package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// server is a process of this program that serves one of the peers.
type server struct {
	answer // what it said when it was ready
	cmd    *exec.Cmd
	in     io.WriteCloser
	out    *json.Decoder
}

// start runs this program once more with the words given.
func start(words ...string) (*server, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	return startAt(self, words...)
}

func startAt(self string, words ...string) (*server, error) {
	var err error
	s := &server{cmd: exec.Command(self, words...)}
	s.cmd.Stderr = os.Stderr
	if s.in, err = s.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	s.out = json.NewDecoder(bufio.NewReader(out))
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	if err := s.out.Decode(&s.answer); err != nil {
		s.stop()
		return nil, fmt.Errorf("%s did not start: %w", strings.Join(words, " "), err)
	}
	return s, nil
}

func (s *server) stop() {
	_ = s.in.Close()
	done := make(chan struct{})
	go func() { _ = s.cmd.Wait(); close(done) }()
	select {
	case <-done:
	case <-time.After(15 * time.Second):
		_ = s.cmd.Process.Kill()
		<-done
	}
}

// ask gives an order and waits for its answer.
func (s *server) ask(o order) (answer, error) {
	if err := json.NewEncoder(s.in).Encode(o); err != nil {
		return answer{}, err
	}
	var a answer
	err := s.out.Decode(&a)
	if err == nil && a.Err != "" {
		err = fmt.Errorf("%s: %s", o.Do, a.Err)
	}
	return a, err
}

// cpu is the time that the process has computed for.
func (s *server) cpu() time.Duration {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", s.cmd.Process.Pid))
	if err != nil {
		return 0
	}
	f := strings.Fields(string(raw[strings.LastIndexByte(string(raw), ')')+1:]))
	user, _ := strconv.Atoi(f[11])
	system, _ := strconv.Atoi(f[12])
	return time.Duration(user+system) * 10 * time.Millisecond // USER_HZ is 100
}

// rss is the memory of the process after a collection that gives back what is free, in KB.
func (s *server) rss() float64 {
	for range 2 {
		if _, err := s.ask(order{Do: "gc"}); err != nil {
			return 0
		}
	}
	raw, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	for line := range strings.Lines(string(raw)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			n, _ := strconv.ParseFloat(strings.Fields(rest)[0], 64)
			return n
		}
	}
	return 0
}
