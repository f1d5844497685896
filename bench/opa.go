package main

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/open-policy-agent/opa/v1/runtime"
)

// rule is that of the gates, for an OPA server that is given the facts with each question.
const rule = `package gate

rank := {"block": 0, "unknown": 1, "needs_approval": 2, "pass": 3}

verdicts contains "pass"

verdicts contains "block" if not input.environment.known

verdicts contains "block" if not input.service.known

verdicts contains "block" if {
	some f in input.freezes
	f.hard
	f.from <= input.at
	f.to > input.at
}

valid contains d.person if {
	some d in input.decisions
	d.verdict == "approve"
	not d.withdrawn
	not d.person in input.authors
	d.person in input.approvers
}

verdicts contains "needs_approval" if count(valid) < input.needed

verdicts contains "block" if {
	some d in input.decisions
	d.verdict == "reject"
	not d.withdrawn
}

verdicts contains "unknown" if {
	some f in input.feeds
	f.expect > 0
	input.at - f.last_good > f.expect
}

worst := min([rank[v] | some v in verdicts])

verdict := v if {
	some v in verdicts
	rank[v] == worst
}
`

// serveOPA runs an OPA server with the rule until standard input ends.
func serveOPA() error {
	dir, err := os.MkdirTemp("", "signalbox-bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "gate.rego")
	if err := os.WriteFile(file, []byte(rule), 0o600); err != nil {
		return err
	}
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	addr := free.Addr().String()
	_ = free.Close()
	p := runtime.NewParams()
	p.Addrs = &[]string{addr}
	p.Paths = []string{file}
	p.Logging.Level = "error"
	p.EnableVersionCheck = false
	p.GracefulShutdownPeriod = 1
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	rt, err := runtime.NewRuntime(ctx, p)
	if err != nil {
		return err
	}
	failed := make(chan error, 1)
	go func() { failed <- rt.Serve(ctx) }()
	for {
		if resp, err := http.Get("http://" + addr + "/health"); err == nil {
			_ = resp.Body.Close()
			break
		}
		select {
		case err := <-failed:
			return err
		case <-time.After(20 * time.Millisecond):
		}
	}
	_ = json.NewEncoder(os.Stdout).Encode(answer{HTTP: addr})
	_, _ = io.Copy(io.Discard, os.Stdin)
	return nil
}
