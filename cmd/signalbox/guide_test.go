package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"signalbox/connectors/peertest"
)

// guideBlocks are the commands of README's guide, in order.
func guideBlocks(t *testing.T) []string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	var blocks []string
	in := false
	for line := range strings.Lines(string(raw)) {
		switch {
		case line == "```sh guide\n":
			in = true
			blocks = append(blocks, "")
		case in && line == "```\n":
			in = false
		case in:
			blocks[len(blocks)-1] += line
		}
	}
	return blocks
}

const retailFreezes = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//EN\r\nBEGIN:VEVENT\r\nUID:peak-1@retail\r\nDTSTAMP:20261101T000000Z\r\n" +
	"DTSTART;TZID=Europe/London:20261127T180000\r\nDTEND;TZID=Europe/London:20261130T080000\r\nRRULE:FREQ=YEARLY\r\nSUMMARY:Peak weekend\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"

// TestGuide follows the README: every command of the guide is run as it stands, in one shell, but for the
// names of hosts and ports, which are those of the peers that the test has started.
func TestGuide(t *testing.T) {
	bin, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	b := &box{t: t, dir: dir, bin: bin}
	home := filepath.Join(dir, "home")
	if err := os.MkdirAll(filepath.Join(home, ".ssh"), 0o700); err != nil {
		t.Fatal(err)
	}
	me := b.key("home/.ssh/id_ed25519")
	b.key("bob")
	srv, err := filepath.Abs(filepath.Join("..", "..", "testdata", "catalogs", "backstage+backstage"))
	if err != nil {
		t.Fatal(err)
	}
	// The client asks for the host key once, as the guide says; here it is accepted.
	b.write("home/.ssh/config", fmt.Sprintf("Host 127.0.0.1\n  StrictHostKeyChecking accept-new\n  UserKnownHostsFile %s/known_hosts\n  IdentityFile %s\n  IdentitiesOnly yes\n  LogLevel ERROR\n", dir, me))

	exporter := peertest.NewExporter(t)
	exporter.Drive(peertest.Series{Service: "www-artist", Environment: "production", Version: "1.2.0"}, peertest.Traffic{Rate: 50, Errors: 0.02, Latency: 40 * time.Millisecond})
	prometheus := peertest.Prometheus(t, exporter.Target)
	peertest.Eventually(t, "a rate in Prometheus", func() bool {
		r, err := http.Get(prometheus.URL + "/api/v1/query?query=rate(http_requests_total[5m]+offset+16s)")
		if err != nil {
			return false
		}
		defer r.Body.Close()
		text, err := io.ReadAll(r.Body)
		return err == nil && strings.Contains(string(text), "www-artist")
	})
	calendar := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/calendar")
		_, _ = w.Write([]byte(retailFreezes))
	}))
	t.Cleanup(calendar.Close)
	ssh, machines := freePort(t), freePort(t)
	here := strings.NewReplacer("/srv/catalog", srv, "http://prometheus.example.com:9090", prometheus.URL, "https://calendar.example.com/retail-freezes.ics", calendar.URL+"/retail-freezes.ics",
		"10.0.0.0/8", "127.0.0.0/8", "127.0.0.1:2222", "127.0.0.1:"+ssh, "-p 2222", "-p "+ssh+" -F "+home+"/.ssh/config", "127.0.0.1:8080", "127.0.0.1:"+machines,
		"signalbox serve ", "signalbox serve --config acme/signalbox.yaml ")

	blocks := guideBlocks(t)
	if len(blocks) < 9 {
		t.Fatalf("the guide has %d blocks", len(blocks))
	}
	var script strings.Builder
	script.WriteString("set -euo pipefail\ntrap 'kill $(jobs -p) 2>/dev/null; wait' EXIT\n")
	for i, block := range blocks {
		fmt.Fprintf(&script, "echo '== block %d'\n%s", i+1, here.Replace(block))
	}
	// What the guide promises at its end.
	script.WriteString("echo '== reload'\nkill -HUP %1\n" + here.Replace("ssh -p 2222 127.0.0.1 feeds --json\nssh -p 2222 127.0.0.1 calendar list --to +370d\nssh -p 2222 127.0.0.1 service show www-artist\n"))
	cmd := exec.Command("bash", "-c", script.String())
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "HOME="+home, "PATH="+filepath.Dir(bin)+":"+os.Getenv("PATH"))
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	out := &watched{}
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) })
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	select {
	case err = <-ended:
	case <-time.After(3 * ceiling):
		err = fmt.Errorf("it did not end")
	}
	text := out.String()
	if err != nil {
		t.Fatalf("the guide: %v\n%s", err, text)
	}
	for _, want := range []string{
		"is good: ",                     // config check
		"service www-artist",            // connector test catalog
		"www-artist production 1.2.0: ", // connector test prometheus
		"req/s",                         //
		"freeze hard of org",            // connector test retail
		"answers",                       // doctor finds the doors
		`{"status":"stored"}`,           // the pings
		"bob was added",                 //
		"reload: done",                  // SIGHUP
		"Peak weekend",                  // calendar list
		"prometheus last good",          // service show
	} {
		if !strings.Contains(text, want) {
			t.Errorf("nothing says %q in:\n%s", want, text)
		}
	}
}

// freePort is a port that nobody listens on now.
func freePort(t *testing.T) string {
	t.Helper()
	l, err := listen("test", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := strings.Cut(l.Addr().String(), ":")
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	return port
}
