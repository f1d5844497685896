package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"signalbox/connectors/peertest"
	"signalbox/release/port"
	"signalbox/store"
	"signalbox/store/storetest"
)

const outsideConfig = hookConfig + `  - name: prom
    kind: prometheus
    url: %s
    interval: 2s
    allow_networks: [127.0.0.0/8]
  - name: alerts
    kind: alertmanager
    secret_env: SIGNALBOX_TEST_HOOK
    labels: {service: service, environment: environment}
`

// TestPrometheusStopped: a monitor that stops darkens what rests on it and only that, and when it is back
// everything is as before, with no sample counted twice.
func TestPrometheusStopped(t *testing.T) {
	exporter := peertest.NewExporter(t)
	for _, v := range []string{"1.1.0", "1.2.0"} {
		exporter.Drive(peertest.Series{Service: "www-artist", Environment: "production", Version: v}, peertest.Traffic{Rate: 40, Errors: 0.05, Latency: 30 * time.Millisecond})
	}
	prom := peertest.Prometheus(t, exporter.Target)
	b := newBox(t, "")
	bob, _ := company(b)
	b.write("signalbox.yaml", fmt.Sprintf(outsideConfig, prom.URL))
	s := b.serve()
	for i, repo := range []string{artistRepo, "acme/wayback-archive-ingestion"} {
		body := payload(t, "deployment/payload.json", aimed(repo, []string{digestA, digestB}[i], "1.2.0"))
		if code, answer := s.deliver("deployment", fmt.Sprint("d-", i), hookSecret, body); code != http.StatusOK {
			t.Fatalf("delivery: %d %s", code, answer)
		}
	}
	term := s.screen(bob, 120, 36, "go", "CHG-1")
	term.wait("HEALTH ●", "1.1.0", "50%", "5.00%")
	freshness := func(id string) string {
		var a struct {
			Gates []struct{ Gate, Verdict, Reason string }
		}
		r := s.exec(bob, "gate", id, "--json")
		if err := json.Unmarshal([]byte(r.out), &a); err != nil {
			t.Fatalf("gate %s: %v\n%s%s", id, err, r.out, r.err)
		}
		for _, g := range a.Gates {
			if g.Gate == "freshness" {
				return g.Verdict
			}
		}
		return "none"
	}
	if one, two := freshness("CHG-1"), freshness("CHG-2"); one != "pass" && one != "warn" || two != "pass" {
		t.Fatalf("while it answers: %s, %s", one, two)
	}

	prom.Stop()
	term.wait("HEALTH ○", "prom DARK", "~50%")
	if one, two := freshness("CHG-1"), freshness("CHG-2"); one != "unknown" || two != "pass" {
		t.Errorf("while it is stopped: CHG-1 %s, CHG-2 %s", one, two)
	}
	if r := s.exec(bob, "gate", "CHG-1"); r.code != 30 {
		t.Errorf("the gate of CHG-1: exit %d\n%s", r.code, r.out)
	}
	other := s.screen(bob, 120, 36, "go", "CHG-2")
	other.wait("CHG-2", "wayback")
	if text := other.text(); strings.Contains(strings.Join(strings.Split(text, "\n")[2:], "\n"), "DARK") {
		t.Errorf("CHG-2 does not rest on prom, and its screen is dark:\n%s", text)
	}
	feeds := s.screen(bob, 80, 24, "feeds", "prom")
	feeds.wait("○ prom", "refuses the connection", "● github")

	prom.Start()
	term.wait("HEALTH ●")
	feeds.wait("● prom")
	until(t, "CHG-1 to be fresh again", func() bool { v := freshness("CHG-1"); return v == "pass" || v == "warn" }, func() string { return s.exec(bob, "feeds", "log", "prom").out })
	s.kill(syscall.SIGTERM)

	st, err := store.Open(context.Background(), store.Options{Path: filepath.Join(b.dir, "signalbox.db"), Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	err = st.Read(context.Background(), func(r port.Reader) error {
		list, err := r.Samples(context.Background(), port.Slot{Service: "www-artist", Environment: "production"}, time.Now().Add(-time.Hour), time.Now().Add(time.Minute))
		seen := map[string]bool{}
		for _, x := range list {
			key := x.Version + x.At.String()
			if seen[key] || x.N != 1 || x.At.Nanosecond() != 0 {
				t.Errorf("the sample %+v is counted twice, or lies off the grid", x)
			}
			seen[key] = true
		}
		if len(list) < 4 {
			t.Errorf("only %d samples", len(list))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestAlertmanagerTells: a real Alertmanager delivers; the alert is on the change's screen and on the ticker,
// and leaves when it is resolved.
func TestAlertmanagerTells(t *testing.T) {
	b := newBox(t, "")
	bob, _ := company(b)
	b.write("signalbox.yaml", strings.Replace(fmt.Sprintf(outsideConfig, "http://127.0.0.1:1"), "- name: prom\n    kind: prometheus\n    url: http://127.0.0.1:1\n    interval: 2s\n    allow_networks: [127.0.0.0/8]\n  ", "", 1))
	s := b.serve()
	body := payload(t, "deployment/payload.json", aimed(artistRepo, digestA, "1.2.0"))
	if code, answer := s.deliver("deployment", "d-1", hookSecret, body); code != http.StatusOK {
		t.Fatalf("delivery: %d %s", code, answer)
	}
	am := peertest.Alertmanager(t, "http://"+s.http+"/v1/hooks/alerts", hookSecret)
	term := s.screen(bob, 120, 36, "go", "CHG-1")
	term.wait("CHG-1")
	alert := peertest.Alert{Labels: map[string]string{"alertname": "HighErrorRate", "service": "www-artist", "environment": "production", "severity": "page"},
		Annotations: map[string]string{"summary": "5 percent of requests fail"}, StartsAt: time.Now().Add(-time.Minute)}
	am.Post(alert)
	term.wait("HEALTH ■", "HighErrorRate", "5 percent of requests fail")
	alert.EndsAt = time.Now()
	am.Post(alert)
	until(t, "the alert to leave the screen", func() bool { return !strings.Contains(term.text(), "HEALTH ■") }, term.text)
}

// whatIsSeen is what people see of a store: verbs and screens, without what only the clock moves.
func whatIsSeen(s *server, key string) map[string]string {
	s.t.Helper()
	out := map[string]string{}
	for _, words := range [][]string{{"queue", "--json"}, {"change", "list", "--json"}, {"change", "show", "CHG-1", "--json"}, {"change", "show", "CHG-2", "--json"},
		{"freeze", "list", "--json"}, {"service", "list", "--json"}, {"audit", "show", "--limit", "200", "--json"}, {"calendar", "list", "--json"}, {"feeds", "log", "DL-1"}} {
		r := s.exec(key, words...)
		if r.code != 0 {
			s.t.Fatalf("%v: exit %d\n%s%s", words, r.code, r.out, r.err)
		}
		out[strings.Join(words, " ")] = timeless(r.out)
	}
	for _, words := range [][]string{{"q"}, {"go", "CHG-1"}, {"go", "CHG-2"}, {"feeds", "github"}} {
		term := s.screen(key, 120, 36, words...)
		term.wait("SIGNALBOX", "j/k")
		before, alike := "", 0 // a frame may come in several pieces
		until(s.t, "a whole screen", func() bool {
			now := timeless(term.text())
			if alike++; now != before {
				before, alike = now, 0
			}
			return alike > 10 && !strings.Contains(now, "being read") && strings.Contains(now, "STOP")
		}, term.text)
		out["screen "+strings.Join(words, " ")] = timeless(term.text())
		term.close()
	}
	return out
}

var clocks = regexp.MustCompile(`"(as_of|at|evaluated_at)": ?"[^"]*"|\d\d:\d\d(:\d\d)?Z?|\b\d+[dhms](\d\d[hms])?\b|[A-Z]{3} \d\d:\d\d|[▁▂▃▄▅▆▇█]+|─+`)

// timeless is a text without what only the clock moves; columns keep their width only where a number does.
func timeless(text string) string {
	return strings.Join(strings.Fields(clocks.ReplaceAllString(text, "#")), " ")
}

func alike(t *testing.T, what string, want, got map[string]string) {
	t.Helper()
	for k, v := range want {
		if got[k] != v {
			t.Errorf("%s: %s differs\nwas %s\nis  %s", what, k, v, got[k])
		}
	}
}

// TestBackupRestoreAndCopy: a backup made while people decide is brought back into an empty directory, and
// the store is copied to PostgreSQL: the log verifies and the screens are the same.
func TestBackupRestoreAndCopy(t *testing.T) {
	b := newBox(t, "")
	company(b)
	root := b.key("root")
	b.must("person", "add", "root", "--role", "approver", "--role", "auditor", "--role", "admin", "--key", root+".pub")
	s := b.serve()
	for i, repo := range []string{artistRepo, "acme/wayback-archive-ingestion"} {
		if code, answer := s.deliver("deployment", fmt.Sprint("d-", i), hookSecret, payload(t, "deployment/payload.json", aimed(repo, []string{digestA, digestB}[i], "1.2.0"))); code != http.StatusOK {
			t.Fatalf("delivery: %d %s", code, answer)
		}
	}
	if code, _ := s.deliver("deployment", "dead", hookSecret, []byte(`{"deployment":{"id":"after lunch"}}`)); code != http.StatusBadRequest {
		t.Fatalf("a body that is not understood: %d", code)
	}
	if r := s.exec(root, "approve", "CHG-1", "-m", "'read it, and the rollback is rehearsed'"); r.code != 0 {
		t.Fatalf("approve: %s%s", r.out, r.err)
	}
	was := whatIsSeen(s, root)

	kept := filepath.Join(t.TempDir(), "kept")
	if out := b.must("backup", kept); !strings.Contains(out, "the log verifies") {
		t.Errorf("backup: %s", out)
	}
	if r := b.cli("backup", kept); r.code != 4 || !strings.Contains(r.err, "is there already") {
		t.Errorf("a second backup to the same place: exit %d %s", r.code, r.err)
	}
	s.kill(syscall.SIGTERM)

	again := &box{t: t, dir: filepath.Join(t.TempDir(), "again"), bin: b.bin}
	if out := again.must("restore", kept); !strings.Contains(out, "the log verifies") {
		t.Errorf("restore: %s", out)
	}
	if r := again.cli("restore", kept); r.code != 4 || !strings.Contains(r.err, "is not empty") {
		t.Errorf("a restore into a store: exit %d %s", r.code, r.err)
	}
	s = again.serve()
	alike(t, "restored", was, whatIsSeen(s, root))
	s.kill(syscall.SIGTERM)

	database := storetest.Postgres(t)
	if out := again.must("copy", "--to", database); !strings.Contains(out, "rows were copied and compared") || !strings.Contains(out, "the log verifies") {
		t.Errorf("copy: %s", out)
	}
	if r := again.cli("copy", "--to", database); r.code != 4 {
		t.Errorf("a copy into a store that holds something: exit %d %s", r.code, r.err)
	}
	again.database = database
	s = again.serve()
	alike(t, "copied", was, whatIsSeen(s, root))
	s.kill(syscall.SIGTERM)

	// And back: a backup of PostgreSQL is the same file.
	back := filepath.Join(t.TempDir(), "back")
	if out := again.must("backup", back); !strings.Contains(out, "the log verifies") {
		t.Errorf("backup of PostgreSQL: %s", out)
	}
	third := &box{t: t, dir: filepath.Join(t.TempDir(), "third"), bin: b.bin}
	third.must("restore", back)
	s = third.serve()
	alike(t, "restored from PostgreSQL", was, whatIsSeen(s, root))

	// One byte of a backup that differs is found before anything is restored.
	path := filepath.Join(back, "signalbox.db")
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	raw[len(raw)/2] ^= 1
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	fourth := &box{t: t, dir: filepath.Join(t.TempDir(), "fourth"), bin: b.bin}
	if r := fourth.cli("restore", back); r.code != 4 || !strings.Contains(r.err, "is not what was backed up") {
		t.Errorf("a damaged backup: exit %d %s", r.code, r.err)
	}
}

// TestReload: SIGHUP takes a new connector and a rotated secret over without ending a session, and a
// configuration with a fault changes nothing and is named with its place.
func TestReload(t *testing.T) {
	b := newBox(t, "")
	bob, _ := company(b)
	s := b.serve()
	term := s.screen(bob, 80, 24, "queue")
	term.wait("SIGNALBOX", "Queue")
	b.write("signalbox.yaml", hookConfig+"  - name: second\n    kind: github\n    secrt_file: x\n")
	_ = s.cmd.Process.Signal(syscall.SIGHUP)
	until(t, "the fault in the log", func() bool { return strings.Contains(s.log.String(), "nothing was changed") }, s.log.String)
	if text := s.log.String(); !strings.Contains(text, "secrt_file") || !strings.Contains(text, "signalbox.yaml:") || !strings.Contains(text, "secret_file") {
		t.Errorf("the log does not name the fault:\n%s", text)
	}
	b.write("second.secret", "another secret\n")
	b.write("signalbox.yaml", hookConfig+"  - name: second\n    kind: github\n    secret_file: second.secret\n")
	_ = s.cmd.Process.Signal(syscall.SIGHUP)
	until(t, "the reload", func() bool { return strings.Contains(s.log.String(), "reload: done") }, s.log.String)
	req, err := http.NewRequest(http.MethodPost, "http://"+s.http+"/v1/hooks/second", strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	if code, body := do(t, req); code != http.StatusUnauthorized {
		t.Errorf("the new hook, without a signature: %d %s", code, body)
	}
	body := payload(t, "deployment/payload.json", aimed(artistRepo, digestA, "1.2.0"))
	if code, answer := s.deliver("deployment", "d-1", hookSecret, body); code != http.StatusOK {
		t.Errorf("the old hook: %d %s", code, answer)
	}
	term.wait("CHG-1") // the session has stayed
	if r := s.exec(bob, "feeds"); !strings.Contains(r.out, "second") {
		t.Errorf("feeds: %s%s", r.out, r.err)
	}
}
