package sshserver

import (
	"crypto/rand"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	gossh "golang.org/x/crypto/ssh"

	"signalbox/release"
)

// keygen runs the real ssh-keygen.
func keygen(t *testing.T, args ...string) (out string, status int) {
	t.Helper()
	const program = "/usr/bin/ssh-keygen"
	if _, err := os.Stat(program); err != nil {
		t.Fatal("ssh-keygen is missing: apt-get install openssh-client")
	}
	cmd := exec.Command(program, args...)
	b, _ := cmd.CombinedOutput()
	return string(b), cmd.ProcessState.ExitCode()
}

// authority is a key that signs, in a file of its own.
type authority struct {
	t      *testing.T
	file   string
	public string // its line
	signer gossh.Signer
}

func newAuthority(t *testing.T, kind ...string) authority {
	t.Helper()
	a := authority{t: t, file: filepath.Join(t.TempDir(), "ca")}
	if len(kind) == 0 {
		kind = []string{"-t", "ed25519"}
	}
	if out, status := keygen(t, append([]string{"-q", "-N", "", "-C", "the authority", "-f", a.file}, kind...)...); status != 0 {
		t.Fatal(out)
	}
	a.public = a.read(a.file + ".pub")
	signer, err := gossh.ParsePrivateKey([]byte(a.read(a.file)))
	if err != nil {
		t.Fatal(err)
	}
	a.signer = signer
	return a
}

func (a authority) read(path string) string {
	a.t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		a.t.Fatal(err)
	}
	return string(text)
}

func (a authority) fingerprint() string { return gossh.FingerprintSHA256(a.signer.PublicKey()) }

// sign makes a certificate beside the key file, where ssh finds it.
func (a authority) sign(key string, args ...string) {
	a.t.Helper()
	private, err := gossh.ParsePrivateKey([]byte(a.read(key)))
	if err != nil {
		a.t.Fatal(err)
	}
	if err := os.WriteFile(key+".pub", gossh.MarshalAuthorizedKey(private.PublicKey()), 0o600); err != nil {
		a.t.Fatal(err)
	}
	if out, status := keygen(a.t, append(append([]string{"-q", "-s", a.file, "-I", "laptop-7"}, args...), key+".pub")...); status != 0 {
		a.t.Fatal(out)
	}
}

// person makes a key and a certificate for it.
func (a authority) person(args ...string) string {
	a.t.Helper()
	_, file := keyFile(a.t)
	a.sign(file, args...)
	return file
}

// certificate signs what ssh-keygen would not. It holds for an hour unless change says otherwise.
func (a authority) certificate(key gossh.Signer, change func(*gossh.Certificate)) gossh.Signer {
	a.t.Helper()
	now := uint64(time.Now().Unix())
	c := &gossh.Certificate{Key: key.PublicKey(), Serial: 12, CertType: gossh.UserCert, KeyId: "laptop-7",
		ValidPrincipals: []string{"alice"}, ValidAfter: now - 60, ValidBefore: now + 3600}
	if change != nil {
		change(c)
	}
	if err := c.SignCert(rand.Reader, a.signer); err != nil {
		a.t.Fatal(err)
	}
	s, err := gossh.NewCertSigner(c, key)
	if err != nil {
		a.t.Fatal(err)
	}
	return s
}

// trusted loads the authority, with a list of what was revoked.
func (a authority) trusted(revoked ...string) *Authorities {
	a.t.Helper()
	list := ""
	if len(revoked) > 0 {
		list = write(a.t, strings.Join(revoked, "\n")+"\n")
	}
	out, err := LoadAuthorities([]string{a.public}, "", list)
	if err != nil {
		a.t.Fatal(err)
	}
	return out
}

func write(t testing.TB, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestAuthoritiesAreReadOrRefusedByLine(t *testing.T) {
	ed, ec := newAuthority(t), newAuthority(t, "-t", "ecdsa", "-b", "384")
	short := newAuthority(t, "-t", "rsa", "-b", "1024")
	_, key := keyFile(t)
	ed.sign(key, "-n", "alice", "-V", "+1h")
	certificate := ed.read(key + "-cert.pub")

	if a, err := LoadAuthorities(nil, "", ""); a != nil || err != nil {
		t.Errorf("nothing configured: %v, %v", a, err)
	}
	file := write(t, "# ours\n\n  "+ec.public+"\ncert-authority "+ed.public)
	a, err := LoadAuthorities([]string{ed.public}, file, "")
	if err != nil || len(a.trusted) != 2 {
		t.Fatalf("%v, %v", a, err)
	}
	for _, c := range []struct {
		name       string
		lines      []string
		file       string
		says, more string
	}{
		{"a word", []string{ed.public, "ssh-ed25519"}, "", "ssh.user_ca[1]: this is no public key", ""},
		{"two keys in one", []string{ed.public + ec.public}, "", "ssh.user_ca[0]: this is no public key", ""},
		{"a private key", nil, ed.read(ed.file), ":1: this is no public key", ""},
		{"a certificate", nil, ed.public + certificate, ":2: a certificate cannot sign certificates", ""},
		{"an option", nil, "\n\nprincipals=\"alice\" " + ed.public, `:3: the option principals="alice" has no meaning`, ""},
		{"a short key", []string{short.public}, "", "ssh.user_ca[0]: an RSA key of 1024 bits is too short", ""},
		{"only comments", nil, "# none\n", " holds no public key", ""},
		{"too much", nil, strings.Repeat("# none\n", 200_000), " is larger than 1024 KiB", ""},
	} {
		path := ""
		if c.file != "" {
			path = write(t, c.file)
		}
		_, err := LoadAuthorities(c.lines, path, "")
		if release.CodeOf(err) != release.Usage || !strings.Contains(err.Error(), path+c.says) || release.AsError(err).Try == "" {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	for _, paths := range [][2]string{{"/nonexistent/ca", ""}, {t.TempDir(), ""}, {file, "/nonexistent/revoked"}} {
		if _, err := LoadAuthorities(nil, paths[0], paths[1]); release.CodeOf(err) != release.Usage || !strings.Contains(err.Error(), "cannot be read") {
			t.Errorf("%q: %v", paths, err)
		}
	}
}

func TestWithin(t *testing.T) {
	for _, c := range []struct {
		list, addr string
		want       bool
	}{
		{"192.0.2.7", "192.0.2.7", true},
		{"192.0.2.7", "192.0.2.8", false},
		{"192.0.2.0/24", "192.0.2.8", true},
		{"192.0.2.0/24", "::ffff:192.0.2.8", true},
		{"::ffff:192.0.2.0/120", "192.0.2.8", true},
		{"::ffff:192.0.2.7", "192.0.2.7", true},
		{"192.0.2.0/24", "198.51.100.1", false},
		{"10.0.0.0/8,2001:db8::/32", "2001:db8:1::9", true},
		{"10.0.0.0/8,2001:db8::/32", "2001:db9::9", false},
		{"fe80::/10", "fe80::1%eth0", true},
		{"0.0.0.0/0", "2001:db8::1", false},
		{"::/0", "192.0.2.1", false},
		{"", "192.0.2.1", false},
		{"192.0.2.1,", "192.0.2.1", false},
		{"192.0.2.1, 192.0.2.2", "192.0.2.1", false},
		{"192.0.2.1,anywhere", "192.0.2.1", false},
		{"192.0.2.1/24", "192.0.2.1", false}, // bits beyond the mask: a slip
		{"!192.0.2.9,192.0.2.0/24", "192.0.2.9", false},
	} {
		if got := within(c.list, netip.MustParseAddr(c.addr)); got != c.want {
			t.Errorf("%s within %q: %v", c.addr, c.list, got)
		}
	}
	if within("0.0.0.0/0,::/0", netip.Addr{}) {
		t.Error("no address at all is within")
	}
}
