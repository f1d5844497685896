package backstage_test

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"fmt"
	"net"
	"net/http"
	"net/http/cgi"
	"net/http/httptest"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"signalbox/connectors"
	"signalbox/connectors/backstage"
	"signalbox/release"
	"signalbox/release/fact"
	"signalbox/release/port"
)

var _ port.Puller = (*backstage.Puller)(nil)

var here = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}

// run runs git as a person would, without the configuration of this machine.
func run(t *testing.T, dir string, args ...string) string {
	t.Helper()
	c := exec.Command("git", append([]string{"-c", "user.name=Ann", "-c", "user.email=ann@example.com", "-c", "core.compression=0", "-c", "init.defaultBranch=main"}, args...)...)
	c.Dir = dir
	c.Env = append(os.Environ(), "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL="+os.DevNull)
	out, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("git %s: %v\n%s\nwhere git is missing: apt install git", strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(string(out))
}

// origin is a repository and somebody's clone of it.
type origin struct{ root, work string }

func newOrigin(t *testing.T, files map[string]string) origin {
	t.Helper()
	o := origin{root: t.TempDir()}
	run(t, o.root, "init", "--quiet", "--bare", "catalog.git")
	o.work = filepath.Join(o.root, "work")
	run(t, o.root, "clone", "--quiet", "catalog.git", "work")
	o.commit(t, "main", files)
	return o
}

func (o origin) commit(t *testing.T, branch string, files map[string]string) string {
	t.Helper()
	for name, text := range files {
		p := filepath.Join(o.work, name)
		if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
			t.Fatal(err)
		}
		var err error
		if to, ok := strings.CutPrefix(text, "->"); ok {
			err = os.Symlink(to, p)
		} else {
			err = os.WriteFile(p, []byte(text), 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	run(t, o.work, "add", "--all")
	run(t, o.work, "commit", "--quiet", "--allow-empty", "-m", "as it stands")
	run(t, o.work, "push", "--quiet", "origin", "HEAD:refs/heads/"+branch)
	return run(t, o.work, "rev-parse", "HEAD")
}

// server is git's own program behind https and a password.
type server struct {
	*httptest.Server
	answer atomic.Int32 // instead of git's, if not 0
}

func serve(t *testing.T, root, user, password string) *server {
	t.Helper()
	core := run(t, root, "--exec-path")
	backend := &cgi.Handler{Path: filepath.Join(core, "git-http-backend"), Env: []string{"GIT_PROJECT_ROOT=" + root, "GIT_HTTP_EXPORT_ALL=1", "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=" + os.DevNull}}
	s := &server{}
	s.Server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if code := s.answer.Load(); code != 0 {
			w.Header().Set("Location", "https://elsewhere.example"+r.URL.String())
			w.WriteHeader(int(code))
			return
		}
		if u, p, _ := r.BasicAuth(); password != "" && (u != user || p != password) {
			w.Header().Set("WWW-Authenticate", `Basic realm="git"`)
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		backend.ServeHTTP(w, r)
	}))
	t.Cleanup(s.Close)
	roots := filepath.Join(t.TempDir(), "roots.pem")
	if err := os.WriteFile(roots, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("SSL_CERT_FILE", roots)
	return s
}

func pull(t *testing.T, c backstage.Config, cursor string) (port.Pulled, error) {
	t.Helper()
	p, err := backstage.New(c)
	if err != nil {
		t.Fatal(err)
	}
	got, err := p.Pull(t.Context(), cursor, time.Time{})
	if c.Dir != "" {
		if left, _ := os.ReadDir(c.Dir); len(left) != 0 {
			t.Errorf("left behind in the scratch directory: %v", left)
		}
	}
	return got, err
}

func seenOf(t *testing.T, p port.Pulled, err error) fact.CatalogSeen {
	t.Helper()
	if err != nil || p.Unchanged || len(p.Facts) != 1 {
		t.Fatalf("%+v: %v", p, err)
	}
	return p.Facts[0].(fact.CatalogSeen)
}

func TestGit(t *testing.T) {
	o := newOrigin(t, map[string]string{
		"catalog-info.yaml":  entity("Component", "shop", "", "owner: crew"),
		"deep/er/people.yml": entity("Group", "crew", "", ""),
		".github/x.yaml":     "on: push",
		"README.md":          "no catalog",
		"organisation.yaml":  "units: []",
	})
	first := run(t, o.work, "rev-parse", "HEAD")
	s := serve(t, o.root, "box", "s3cret")
	c := backstage.Config{Name: "catalog", URL: s.URL + "/catalog.git", User: "box", Secret: []byte("s3cret"), Outbound: connectors.Outbound{Allow: here, Timeout: 30 * time.Second}, Dir: filepath.Join(t.TempDir(), "deep", "scratch")}

	one, err := pull(t, c, "")
	seen := seenOf(t, one, err)
	if seen.Source != "backstage:catalog" || one.Read != 2 || !strings.Contains(one.Cursor, first) {
		t.Errorf("%+v %+v", seen, one)
	}
	expect(t, seen, `team crew "crew"`, `service shop "shop" tier 3 team "crew" system ""  [] [] map[]`)
	if seen.Services[0].From != "backstage:catalog-info.yaml:1" {
		t.Errorf("from %q", seen.Services[0].From)
	}

	if two, err := pull(t, c, one.Cursor); err != nil || !two.Unchanged || two.Facts != nil || two.Cursor != one.Cursor {
		t.Errorf("nothing new: %+v %v", two, err)
	}
	second := o.commit(t, "main", map[string]string{"till.yaml": entity("Component", "till", "", "")})
	three, err := pull(t, c, one.Cursor)
	if seen := seenOf(t, three, err); len(seen.Services) != 2 || !strings.Contains(three.Cursor, second) {
		t.Errorf("a new commit: %+v", three)
	}

	side := o.commit(t, "release/2026", map[string]string{"side.yaml": entity("Component", "side", "", "")})
	c.Branch = "release/2026"
	four, err := pull(t, c, three.Cursor)
	if seen := seenOf(t, four, err); len(seen.Services) != 3 || !strings.Contains(four.Cursor, side) {
		t.Errorf("a branch: %+v", four)
	}
	c.Branch = "release"
	if _, err := pull(t, c, ""); release.CodeOf(err) != release.NotFound || !strings.Contains(err.Error(), "has no branch release") {
		t.Errorf("no such branch: %v", err)
	}
	c.Branch = ""

	wrong := c
	wrong.Secret = []byte("other-s3cret")
	if _, err := pull(t, wrong, ""); release.CodeOf(err) != release.Unauthenticated || strings.Contains(fmt.Sprintf("%v %+v", err, release.AsError(err).Cause), "s3cret") {
		t.Errorf("a wrong password: %v", err)
	}
	wrong.User, wrong.Secret = "", nil
	if _, err := pull(t, wrong, ""); release.CodeOf(err) != release.Unauthenticated {
		t.Errorf("no password: %v", err)
	}
	gone := c
	gone.URL = s.URL + "/nothing.git"
	if _, err := pull(t, gone, ""); release.CodeOf(err) != release.NotFound {
		t.Errorf("no such repository: %v", err)
	}
	barred := c
	barred.Outbound.Allow = nil
	if _, err := pull(t, barred, ""); release.CodeOf(err) != release.Usage || !strings.Contains(err.Error(), "is at an address that is not public; where that is meant, list its network under allow_networks") {
		t.Errorf("a barred address: %v", err)
	}
	for code, want := range map[int32]release.Code{503: release.Unavailable, 403: release.Unauthenticated, 302: release.Usage} {
		s.answer.Store(code)
		if _, err := pull(t, c, ""); release.CodeOf(err) != want {
			t.Errorf("HTTP %d: %v", code, err)
		}
	}
	s.answer.Store(0)
	t.Setenv("SSL_CERT_FILE", "")
	if _, err := pull(t, c, ""); release.CodeOf(err) != release.Unavailable || !strings.Contains(err.Error(), "a certificate that is not trusted") {
		t.Errorf("a certificate of nobody: %v", err)
	}
	s.Close()
	if _, err := pull(t, c, three.Cursor); release.CodeOf(err) != release.Unavailable || !strings.Contains(err.Error(), "nothing listens there") {
		t.Errorf("the server is gone: %v", err)
	}
}

// TestGitPlain: without TLS requests pass through the same checked way, the secret only to a listed network.
func TestGitPlain(t *testing.T) {
	o := newOrigin(t, map[string]string{"a.yaml": entity("Component", "a", "", "")})
	s := serve(t, o.root, "box", "s3cret")
	plain := httptest.NewServer(s.Config.Handler)
	t.Cleanup(plain.Close)
	c := backstage.Config{Name: "c", URL: plain.URL + "/catalog.git", Branch: "main", User: "box", Secret: []byte("s3cret"), Outbound: connectors.Outbound{Allow: here}, Dir: t.TempDir()}
	p, err := pull(t, c, "")
	if seen := seenOf(t, p, err); len(seen.Services) != 1 {
		t.Errorf("%+v", seen)
	}
	c.User, c.Secret, c.Outbound.Allow = "", nil, nil
	if _, err := pull(t, c, ""); release.CodeOf(err) != release.Usage {
		t.Errorf("a barred address: %v", err)
	}
}

// TestGitHostile: links and submodules are refused with the reason, and what is too large is not taken.
func TestGitHostile(t *testing.T) {
	outside := filepath.Join(t.TempDir(), "secret.yaml")
	if err := os.WriteFile(outside, []byte(entity("Component", "secret", "", "")), 0o600); err != nil {
		t.Fatal(err)
	}
	o := newOrigin(t, map[string]string{
		"a.yaml":       entity("Component", "a", "", ""),
		"out.yaml":     "->" + outside,
		"in.yaml":      "->a.yaml",
		"up.yml":       "->../../../../etc/passwd",
		"odd\nna.yaml": entity("Component", "odd", "", ""),
		"-x.yaml":      entity("Component", "dash", "", ""),
		"large.yaml":   "# " + strings.Repeat("x", 1<<20),
	})
	run(t, o.work, "update-index", "--add", "--cacheinfo", "160000,"+run(t, o.work, "rev-parse", "HEAD")+",vendor/sub")
	o.commitStaged(t)
	s := serve(t, o.root, "", "")
	c := backstage.Config{Name: "catalog", URL: s.URL + "/catalog.git", Outbound: connectors.Outbound{Allow: here, Timeout: time.Minute}, Dir: t.TempDir()}
	p, err := pull(t, c, "")
	expect(t, seenOf(t, p, err),
		`service a "a" tier 3 team "" system ""  [] [] map[]`,
		`service dash "dash" tier 3 team "" system ""  [] [] map[]`,
		`service odd "odd" tier 3 team "" system ""  [] [] map[]`,
		`refused in.yaml:1 file: it is a link, and links of a repository are not followed`,
		`refused large.yaml:1 file: the file has 1048578 bytes; at most 1048576 are read`,
		`refused out.yaml:1 file: it is a link, and links of a repository are not followed`,
		`refused up.yml:1 file: it is a link, and links of a repository are not followed`,
		`refused vendor/sub:1 submodule: it is another repository; give that one a connector of its own`,
	)

	noise := make([]byte, 100<<20)
	rand.Read(noise)
	if err := os.WriteFile(filepath.Join(o.work, "video.mp4"), noise, 0o600); err != nil {
		t.Fatal(err)
	}
	o.commit(t, "main", nil)
	if _, err := pull(t, c, p.Cursor); release.CodeOf(err) != release.Usage || !strings.Contains(err.Error(), "is too large: one commit of it has more than 64 MB") {
		t.Errorf("100 MB: %v", err)
	}
}

func (o origin) commitStaged(t *testing.T) {
	t.Helper()
	run(t, o.work, "commit", "--quiet", "-m", "staged")
	run(t, o.work, "push", "--quiet", "origin", "HEAD:refs/heads/main")
	run(t, o.work, "rm", "--quiet", "--cached", "vendor/sub")
}

// TestGitHere: a repository on this machine, and a checkout whose files are read as they stand.
func TestGitHere(t *testing.T) {
	o := newOrigin(t, map[string]string{"a.yaml": entity("Component", "a", "", "")})
	first := run(t, o.work, "rev-parse", "HEAD")
	p, err := pull(t, backstage.Config{Name: "c", URL: "file://" + filepath.Join(o.root, "catalog.git"), Dir: t.TempDir()}, "")
	if seen := seenOf(t, p, err); len(seen.Services) != 1 || !strings.Contains(p.Cursor, first) {
		t.Errorf("%+v", p)
	}
	if _, err := pull(t, backstage.Config{Name: "c", URL: "file://" + filepath.Join(o.root, "none.git"), Dir: t.TempDir()}, ""); release.CodeOf(err) != release.NotFound {
		t.Errorf("no such repository: %v", err)
	}

	c := backstage.Config{Name: "c", Path: o.work}
	one, err := pull(t, c, "")
	if seen := seenOf(t, one, err); seen.Source != "backstage:"+o.work || !strings.Contains(one.Cursor, first) {
		t.Errorf("%+v", one)
	}
	second := o.commit(t, "main", nil) // the same files
	two, err := pull(t, c, one.Cursor)
	if err != nil || !two.Unchanged || !strings.Contains(two.Cursor, second) {
		t.Errorf("%+v %v", two, err)
	}
	if err := os.WriteFile(filepath.Join(o.work, "b.yaml"), []byte(entity("Component", "b", "", "")), 0o600); err != nil {
		t.Fatal(err)
	}
	three, err := pull(t, c, two.Cursor)
	if seen := seenOf(t, three, err); len(seen.Services) != 2 {
		t.Errorf("a file that is not committed: %+v", three)
	}
}

// TestSSH: over ssh too an address is checked before it is dialled, and a host that nobody has vouched for gets
// neither the key nor a question.
func TestSSH(t *testing.T) {
	c := backstage.Config{Name: "c", URL: "ssh://git@127.0.0.1:9/catalog.git", Dir: t.TempDir()}
	if _, err := pull(t, c, ""); release.CodeOf(err) != release.Usage || !strings.Contains(err.Error(), "not public") {
		t.Errorf("a barred address: %v", err)
	}
	c.Outbound.Allow = here
	if _, err := pull(t, c, ""); release.CodeOf(err) != release.Unavailable {
		t.Errorf("nobody there: %v", err)
	}
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := ssh.NewSignerFromKey(key)
	if err != nil {
		t.Fatal(err)
	}
	var asked atomic.Int32
	config := &ssh.ServerConfig{PublicKeyCallback: func(ssh.ConnMetadata, ssh.PublicKey) (*ssh.Permissions, error) {
		asked.Add(1)
		return nil, nil
	}}
	config.AddHostKey(signer)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			ssh.NewServerConn(conn, config)
			conn.Close()
		}
	}()
	block, err := ssh.MarshalPrivateKey(key, "")
	if err != nil {
		t.Fatal(err)
	}
	c.URL, c.Secret = "ssh://"+l.Addr().String()+"/catalog.git", pem.EncodeToMemory(block)
	if _, err := pull(t, c, ""); release.CodeOf(err) != release.Unauthenticated || !strings.Contains(err.Error(), "a host whose key is not known") || asked.Load() != 0 {
		t.Errorf("a host of nobody: %v", err)
	}
}
