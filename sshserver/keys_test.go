package sshserver

import (
	"crypto/rand"
	"os"
	"os/exec"
	"strings"
	"testing"

	gossh "golang.org/x/crypto/ssh"
)

func TestUnknownKeyIsToldOnceWhatToDo(t *testing.T) {
	f := open(t)
	other, _ := keyFile(t)
	key, file := keyFile(t)
	_, second := keyFile(t)
	stdout, stderr, status := run(t, f.ssh(file, []string{"-i", second}, "q"))
	if status != 255 || stdout != "" {
		t.Errorf("status %d, standard output %q", status, stdout)
	}
	want := "signalbox: the key " + gossh.FingerprintSHA256(key.PublicKey()) + " belongs to nobody here; send your public key to an admin, who adds it with: signalbox person key ID 'PUBLIC KEY'\n"
	if !strings.Contains(stderr, want) || strings.Count(stderr, "belongs to nobody") != 1 {
		t.Errorf("standard error %q lacks one %q", stderr, want)
	}
	if _, _, err := f.dial(other); err == nil {
		t.Error("an unknown key came in")
	}
	if f.called() != 0 || len(f.refusals()) != 0 {
		t.Error("nobody was let in, yet something was called or audited")
	}
}

func TestStoreDownIsSaidAtTheDoor(t *testing.T) {
	f := open(t)
	_, file := f.person("j.ruiz")
	f.set(true)
	_, stderr, status := run(t, f.ssh(file, nil, "q"))
	if status != 255 || !strings.Contains(stderr, "signalbox: the store does not answer; try again in a minute") {
		t.Errorf("status %d, %q", status, stderr)
	}
}

func TestIdentityIsTheKeyOwnerNotTheName(t *testing.T) {
	f := open(t)
	_, file := f.person("j.ruiz")
	stdout, stderr, status := run(t, f.ssh(file, nil, "q"))
	if status != 0 || stdout != "j.ruiz q \n" || stderr != "" {
		t.Errorf("status %d, %q, %q", status, stdout, stderr)
	}
}

func TestDisabledPersonStaysOut(t *testing.T) {
	f := open(t)
	key, file := f.person("j.ruiz")
	f.people[gossh.FingerprintSHA256(key.PublicKey())].Disabled = true
	_, stderr, status := run(t, f.ssh(file, nil, "q"))
	if status != 255 || !strings.Contains(stderr, "j.ruiz is disabled; ask an admin") {
		t.Errorf("status %d, %q", status, stderr)
	}
}

// turncoat is a key pair that offers one public key and signs with another.
type turncoat struct {
	gossh.Signer
	offers gossh.PublicKey
	asked  int
}

func (s *turncoat) PublicKey() gossh.PublicKey { return s }
func (s *turncoat) Type() string               { return s.offers.Type() }
func (s *turncoat) Verify([]byte, *gossh.Signature) error {
	return nil
}

// Marshal is called twice for the offer and once for the signature.
func (s *turncoat) Marshal() []byte {
	if s.asked++; s.asked <= 2 {
		return s.offers.Marshal()
	}
	return s.Signer.PublicKey().Marshal()
}

func TestOfferedKeyIsNotTheSigningKey(t *testing.T) {
	f := open(t)
	a, _ := f.person("a.lind")
	b, _ := f.person("b.okafor")
	c, _, err := f.dial(&turncoat{Signer: b, offers: a.PublicKey()})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	s, err := c.NewSession()
	if err != nil {
		t.Fatal(err)
	}
	out, err := s.Output("q")
	if err != nil || string(out) != "b.okafor q \n" {
		t.Errorf("offered a.lind, signed as b.okafor, and was %q (%v)", out, err)
	}
	if who := f.lastCall(t).Actor; who.Fingerprint != gossh.FingerprintSHA256(b.PublicKey()) {
		t.Errorf("the fingerprint is %s", who.Fingerprint)
	}
	if c, _, err := f.dial(&turncoat{Signer: newKey(t), offers: a.PublicKey()}); err == nil {
		c.Close()
		t.Error("a known key was offered, an unknown one signed, and the door opened")
	}
}

func TestCertificatesAreRefused(t *testing.T) {
	f := open(t)
	key, file := f.person("j.ruiz")
	ca := newKey(t)
	cert := &gossh.Certificate{Key: key.PublicKey(), CertType: gossh.UserCert, ValidPrincipals: []string{"root"}, ValidBefore: gossh.CertTimeInfinity}
	if err := cert.SignCert(rand.Reader, ca); err != nil {
		t.Fatal(err)
	}
	signer, err := gossh.NewCertSigner(cert, key)
	if err != nil {
		t.Fatal(err)
	}
	if c, _, err := f.dial(signer); err == nil {
		c.Close()
		t.Error("a certificate came in")
	}
	// OpenSSH offers the certificate, reads why it is refused, and comes in with the plain key.
	if err := os.WriteFile(file+"-cert.pub", gossh.MarshalAuthorizedKey(cert), 0o600); err != nil {
		t.Fatal(err)
	}
	stdout, stderr, status := run(t, f.ssh(file, []string{"-o", "CertificateFile=" + file + "-cert.pub"}, "q"))
	if status != 0 || stdout != "j.ruiz q \n" || !strings.Contains(stderr, "certificates do not open this door") {
		t.Errorf("status %d, %q, %q", status, stdout, stderr)
	}
}

func TestPasswordsAreNotAsked(t *testing.T) {
	f := open(t)
	_, stderr, status := run(t, f.ssh("/nonexistent", []string{"-o", "PubkeyAuthentication=no", "-o", "BatchMode=no"}))
	if status != 255 || !strings.Contains(stderr, "Permission denied (publickey)") {
		t.Errorf("status %d, %q", status, stderr)
	}
}

func TestCompatSpeaksWithOpenSSHAndPrefersMLKEM(t *testing.T) {
	f := open(t)
	key, file := f.person("j.ruiz")
	cmd := f.ssh(file, []string{"-v"}, "q")
	_, stderr, status := run(t, cmd)
	if status != 0 || !strings.Contains(stderr, "kex: algorithm: ") {
		t.Fatalf("status %d, %s", status, stderr)
	}
	c, _ := f.client(key)
	if got := c.Conn.(gossh.AlgorithmsConnMetadata).Algorithms().KeyExchange; got != gossh.KeyExchangeMLKEM768X25519 {
		t.Errorf("compat agreed on %s with a client that knows mlkem", got)
	}
	for _, weak := range []string{"ecdh-sha2-nistp256", "diffie-hellman-group14-sha1", "diffie-hellman-group14-sha256"} {
		if _, _, status := run(t, f.ssh(file, []string{"-o", "KexAlgorithms=" + weak}, "q")); status != 255 {
			t.Errorf("%s was agreed on", weak)
		}
	}
	if _, _, status := run(t, f.ssh(file, []string{"-c", "aes128-ctr"}, "q")); status != 255 {
		t.Error("a cipher that does not authenticate was agreed on")
	}
}

func TestStrictSpeaksMLKEMOnly(t *testing.T) {
	f := open(t, func(o *Options) { o.Profile = Strict })
	key, file := f.person("j.ruiz")
	c, _ := f.client(key)
	s, err := c.NewSession()
	if err != nil {
		t.Fatal(err)
	}
	if out, err := s.Output("q"); err != nil || string(out) != "j.ruiz q \n" {
		t.Errorf("%q, %v", out, err)
	}
	if got := c.Conn.(gossh.AlgorithmsConnMetadata).Algorithms().KeyExchange; got != gossh.KeyExchangeMLKEM768X25519 {
		t.Errorf("strict agreed on %s", got)
	}
	_, stderr, status := run(t, f.ssh(file, []string{"-o", "KexAlgorithms=curve25519-sha256"}, "q"))
	if status != 255 || !strings.Contains(stderr, "no matching key exchange method") {
		t.Errorf("status %d, %q", status, stderr)
	}
}

func TestUnknownProfileIsRefused(t *testing.T) {
	if _, err := Profile("loose").check(); err == nil {
		t.Error("no error")
	}
}

func TestHostKeyIsMadeOnceAndKept(t *testing.T) {
	dir := t.TempDir() + "/keys"
	path := dir + "/host"
	const starters = 8
	keys := make(chan string, starters)
	for range starters {
		go func() {
			k, err := LoadOrCreateHostKey(path)
			if err != nil {
				keys <- err.Error()
				return
			}
			keys <- gossh.FingerprintSHA256(k.PublicKey())
		}()
	}
	first := <-keys
	for range starters - 1 {
		if k := <-keys; k != first || !strings.HasPrefix(k, "SHA256:") {
			t.Errorf("two starters have %s and %s", first, k)
		}
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info.Mode(), err)
	}
	out, err := exec.Command("/usr/bin/ssh-keygen", "-l", "-f", path).CombinedOutput()
	if err != nil || !strings.Contains(string(out), first) || !strings.Contains(string(out), "ED25519") {
		t.Errorf("ssh-keygen says %q (%v)", out, err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 1 {
		t.Errorf("beside the key are left %v (%v)", left, err)
	}
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := LoadOrCreateHostKey(path); err == nil || !strings.Contains(err.Error(), "can be read by others (mode 0644)") {
		t.Errorf("a key that others may read: %v", err)
	}
	if err := os.WriteFile(path+"2", []byte("nothing"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := LoadOrCreateHostKey(path + "2"); err == nil || !strings.Contains(err.Error(), "holds no private key") {
		t.Errorf("a file without a key: %v", err)
	}
}
