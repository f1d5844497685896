package main

import (
	"encoding/json"
	"net/http"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"signalbox/release/gate"
	"signalbox/store/storetest"
)

const (
	digestA = "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	digestB = "sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
	// artistRepo is resolved by the repository's name, which is a component of Backstage's example set.
	artistRepo = "acme/www-artist"
)

const hookConfig = `connectors:
  - name: github
    kind: github
    secret_env: SIGNALBOX_TEST_HOOK
`

// company makes a store with Backstage's example set completed by our own file, an admin, an approver with
// a key, a developer who is the author of the recorded payloads, and the github connector.
func company(b *box) (approverKey, developerKey string) {
	b.t.Helper()
	ada, bob, cody := b.key("ada"), b.key("bob"), b.key("cody")
	b.must("init", "--admin", "ada", "--key", ada+".pub")
	catalogs := filepath.Join("..", "..", "testdata", "catalogs")
	b.must("import", "backstage", filepath.Join(catalogs, "backstage+backstage"))
	b.must("import", "backstage", filepath.Join(catalogs, "signalbox"))
	b.must("person", "add", "bob", "--role", "approver", "--role", "auditor", "--key", bob+".pub")
	b.must("person", "add", "cody", "--role", "developer", "--link", "github:codertocat", "--key", cody+".pub")
	b.write("signalbox.yaml", hookConfig)
	return bob, cody
}

func TestThreadOnSQLite(t *testing.T)     { thread(t, "") }
func TestThreadOnPostgreSQL(t *testing.T) { thread(t, storetest.Postgres(t)) }

// thread is the whole way: a signed event in, the change live on the queue over SSH, approved in three
// keystrokes, the gate open for that digest and shut for another, an audit log that proves it.
func thread(t *testing.T, database string) {
	b := newBox(t, database)
	bob, _ := company(b)
	s := b.serve()

	term := s.screen(bob, 80, 24, "queue")
	term.wait("SIGNALBOX", "Queue")

	code, body := s.deliver("deployment", "d-1", hookSecret, payload(t, "deployment/payload.json", aimed(artistRepo, digestA, "1.2.0")))
	if code != http.StatusOK {
		t.Fatalf("delivery: %d %s", code, body)
	}
	term.wait("CHG-1", "www-artist 1.2.0", "you")
	term.press("4")
	term.press("A")
	term.wait("APPROVE CHG-1")
	term.press("\r")
	term.wait("approved")

	if r := s.exec(bob, "gate", "--service", "www-artist", "--environment", "prod", "--digest", digestA); r.code != 0 {
		t.Errorf("the gate for the approved digest: exit %d\n%s%s", r.code, r.out, r.err)
	}
	if r := s.exec(bob, "gate", "--service", "www-artist", "--environment", "prod", "--digest", digestB); r.code != 10 || !strings.Contains(r.out, "no change asks for bbbbbbb") {
		t.Errorf("the gate for another digest: exit %d\n%s%s", r.code, r.out, r.err)
	}

	// The payload as GitHub recorded it belongs to a repository that no service claims.
	if code, body := s.deliver("deployment", "d-2", hookSecret, payload(t, "deployment/payload.json", nil)); code != http.StatusOK {
		t.Fatalf("unmodified delivery: %d %s", code, body)
	}
	r := s.exec(bob, "gate", "CHG-2", "--json")
	var a gate.Answer
	if err := json.Unmarshal([]byte(r.out), &a); err != nil || r.code != 10 || a.Verdict != gate.Block || a.Subject.Service != "unknown:codertocat/hello-world" {
		t.Errorf("the gate for an unknown service: exit %d, %v\n%s%s", r.code, err, r.out, r.err)
	}
	term.wait("CHG-2")

	token := tokenFor(b, "gate")
	req, _ := http.NewRequest(http.MethodGet, "http://"+s.http+"/v1/gate?service=www-artist&environment=production&digest="+digestA, nil)
	req.Header.Set("Authorization", "Bearer "+token)
	if code, body := do(t, req); code != 200 || !strings.Contains(body, `"verdict": "pass"`) && !strings.Contains(body, `"verdict":"pass"`) {
		t.Errorf("the HTTP gate: %d %s", code, body)
	}

	if r := s.exec(bob, "audit", "verify"); r.code != 0 || !strings.Contains(r.out, "the log verifies") {
		t.Errorf("audit verify: exit %d\n%s%s", r.code, r.out, r.err)
	}
	s.kill(syscall.SIGTERM)
	if got := s.cmd.ProcessState.ExitCode(); got != 0 {
		t.Errorf("the server ended with %d\n%s", got, s.log)
	}
	if out := b.must("audit", "verify"); !strings.Contains(out, "the log verifies") {
		t.Errorf("audit verify after the end:\n%s", out)
	}
}

func tokenFor(b *box, scope string) string {
	b.t.Helper()
	var v struct {
		Token string `json:"token"`
	}
	out := b.must("token", "add", "ci-"+scope, "--scope", scope, "--json")
	if err := json.Unmarshal([]byte(out), &v); err != nil || v.Token == "" {
		b.t.Fatalf("token add: %v\n%s", err, out)
	}
	return v.Token
}
