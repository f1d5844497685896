package sshserver

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	gossh "golang.org/x/crypto/ssh"

	"signalbox/release"
	"signalbox/release/access"
)

// enrol adds a person whose own key nobody has.
func (f *fixture) enrol(id string, roles ...access.Role) *access.Person {
	key := newKey(f.t).PublicKey()
	if len(roles) == 0 {
		roles = []access.Role{access.Approver}
	}
	f.add(id, key, roles...)
	return f.people[gossh.FingerprintSHA256(key)]
}

func trusting(ca authority, revoked ...string) func(*Options) {
	return func(o *Options) { o.Authorities = ca.trusted(revoked...) }
}

func TestCertificateOpensTheDoor(t *testing.T) {
	for name, c := range map[string]struct{ ca, sign, key []string }{
		"ed25519":    {[]string{"-t", "ed25519"}, nil, []string{"-t", "ed25519"}},
		"ecdsa":      {[]string{"-t", "ecdsa", "-b", "256"}, nil, []string{"-t", "ecdsa", "-b", "521"}},
		"rsa sha512": {[]string{"-t", "rsa", "-b", "2048"}, nil, []string{"-t", "rsa", "-b", "2048"}},
		"rsa sha256": {[]string{"-t", "rsa", "-b", "2048"}, []string{"-t", "rsa-sha2-256"}, []string{"-t", "ed25519"}},
	} {
		ca := newAuthority(t, c.ca...)
		f := open(t, trusting(ca))
		f.enrol("alice")
		key := newAuthority(t, c.key...) // any key pair in a file
		ca.sign(key.file, append(c.sign, "-z", "12", "-n", "ci-runners,alice", "-V", "+1h", "-O", "no-pty", "-O", "source-address=127.0.0.0/8,::1/128")...)
		stdout, stderr, status := run(t, f.ssh(key.file, []string{"-o", "CertificateFile=" + key.file + "-cert.pub"}, "q"))
		if status != 0 || stdout != "alice q \n" || stderr != "" {
			t.Errorf("%s: status %d, %q, %q", name, status, stdout, stderr)
			continue
		}
		want := access.Actor{Person: "alice", Door: access.SSH, Fingerprint: key.fingerprint(), Certificate: "laptop-7 serial 12 by " + ca.fingerprint()}
		if got := f.lastCall(t).Actor; got != want {
			t.Errorf("%s: the actor is %+v", name, got)
		}
	}
}

func TestCertificateOpensAScreen(t *testing.T) {
	ca := newAuthority(t)
	f := open(t, trusting(ca))
	alice := f.enrol("alice")
	x := f.terminal(ca.person("-n", "alice", "-V", "+15h"), nil)
	x.waitFor("BOARD alice")
	if s := f.lastOpened(); s.Person != alice || s.From != "127.0.0.1" || !strings.HasSuffix(s.Actor.Certificate, " serial 0 by "+ca.fingerprint()) {
		t.Errorf("%+v", s)
	}
	x.press("q")
	if status := x.status(); status != 0 {
		t.Errorf("status %d", status)
	}
}

// TestBadCertificates offers with the real client what the door must refuse.
func TestBadCertificates(t *testing.T) {
	ca, other, rsa := newAuthority(t), newAuthority(t), newAuthority(t, "-t", "rsa", "-b", "2048")
	good := []string{"-z", "12", "-n", "alice", "-V", "+1h"}
	with := func(args ...string) []string { return append(append([]string{}, good...), args...) }
	for _, c := range []struct {
		name    string
		ca      authority
		sign    []string
		revoked string
		says    string
	}{
		{"no principals", ca, []string{"-V", "+1h"}, "", "the certificate names no principal; sign it for one person"},
		{"a wrong principal", ca, []string{"-n", "root,somebody", "-V", "+1h"}, "", "no principal of the certificate is a person here: root, somebody; "},
		{"two people", ca, []string{"-n", "alice,bob", "-V", "+1h"}, "", "the certificate names two people, alice and bob; "},
		{"a disabled person", ca, []string{"-n", "carol", "-V", "+1h"}, "", "carol is disabled; ask an admin"},
		{"a wrong source address", ca, with("-O", "source-address=192.0.2.0/24,2001:db8::/32"), "", "the certificate holds for callers from 192.0.2.0/24,2001:db8::/32, and you come from 127.0.0.1; "},
		{"a forced command", ca, with("-O", "force-command=/bin/sh"), "", "the certificate forces a command, and this door runs none but the verbs of signalbox; "},
		{"a PIN", ca, with("-O", "verify-required"), "", "the certificate demands a PIN at each use, and this door cannot see"},
		{"an unknown demand", ca, with("-O", "critical:moon@example.com=full"), "", `the certificate demands "moon@example.com", which this door does not know; `},
		{"expired", ca, []string{"-n", "alice", "-V", "-2h:-1h"}, "", "the certificate expired at 20"},
		{"not yet", ca, []string{"-n", "alice", "-V", "+1h:+2h"}, "", "the certificate does not hold before 20"},
		{"for ever", ca, []string{"-n", "alice"}, "", "the certificate never expires, and 16h is the most; "},
		{"too long", ca, []string{"-n", "alice", "-V", "+17h"}, "", "and 16h is the most; sign it for hours"},
		{"another authority", other, good, "", "the authority " + other.fingerprint() + ", which signed the certificate, is not trusted here; "},
		{"SHA-1", rsa, with("-t", "ssh-rsa"), "", "the certificate is signed with ssh-rsa, which proves nothing any more; "},
		{"a revoked serial number", ca, good, "serial:10-12", "the certificate opens this door no longer: its serial number 12 was revoked; "},
		{"the same of this authority", ca, good, "serial:12 ca:" + ca.fingerprint(), "its serial number 12 was revoked"},
		{"a revoked key id", ca, good, "id:laptop-7 # lost", "the certificate opens this door no longer: its key id was revoked; "},
		{"a revoked authority", ca, good, "key:" + ca.fingerprint(), "the authority that signed it was revoked; "},
	} {
		f := open(t, func(o *Options) {
			var err error
			if o.Authorities, err = LoadAuthorities([]string{ca.public, rsa.public}, "", write(t, c.revoked)); err != nil {
				t.Fatal(err)
			}
		})
		f.enrol("alice")
		f.enrol("bob")
		f.enrol("carol").Disabled = true
		stdout, stderr, status := run(t, f.ssh(c.ca.person(c.sign...), nil, "q"))
		if status != 255 || stdout != "" || !strings.Contains(stderr, c.says) {
			t.Errorf("%s: status %d, %q, %q", c.name, status, stdout, stderr)
		}
		if keys, all := strings.Count(stderr, "belongs to nobody here; its certificate counts, where it has one"), strings.Count(stderr, "signalbox: "); keys != 1 || all != 2 {
			t.Errorf("%s: %d sentences: %q", c.name, all, stderr)
		}
		if f.called() != 0 || len(f.refusals()) != 0 {
			t.Errorf("%s: something was called or audited", c.name)
		}
	}
}

// refusedAs dials with x/crypto and returns the door's sentence.
func (f *fixture) refusedAs(signer gossh.Signer) string {
	f.t.Helper()
	conn, err := net.Dial("tcp", f.addr)
	if err != nil {
		f.t.Fatal(err)
	}
	defer conn.Close()
	said := ""
	config := f.clientConfig(signer)
	config.BannerCallback = func(message string) error { said += message; return nil }
	if _, _, _, err := gossh.NewClientConn(conn, f.addr, config); err == nil {
		return "nothing: the door opened"
	}
	return said
}

// TestForgedCertificates holds what ssh-keygen does not make and ssh does not offer.
func TestForgedCertificates(t *testing.T) {
	ca := newAuthority(t)
	key, bobs := newKey(t), newKey(t)
	f := open(t, trusting(ca, "key:"+gossh.FingerprintSHA256(bobs.PublicKey())))
	f.enrol("alice")
	carols, _ := f.person("carol")
	tampered := ca.certificate(key, nil)
	tampered.PublicKey().(*gossh.Certificate).ValidPrincipals = []string{"bob"}
	f.enrol("bob")
	claimed := ca.certificate(key, nil) // says that the authority signed it
	claimed.PublicKey().(*gossh.Certificate).Signature = newAuthority(t).certificate(key, nil).PublicKey().(*gossh.Certificate).Signature
	for _, c := range []struct {
		name   string
		signer gossh.Signer
		says   string
	}{
		{"a host's", ca.certificate(key, func(c *gossh.Certificate) { c.CertType = gossh.HostCert }), "this is not a user certificate but one of a host"},
		{"of no kind", ca.certificate(key, func(c *gossh.Certificate) { c.CertType = 3 }), "this is not a user certificate"},
		{"an empty principal", ca.certificate(key, func(c *gossh.Certificate) { c.ValidPrincipals = []string{""} }), "the certificate names a principal that is empty"},
		{"an empty one behind a good one", ca.certificate(key, func(c *gossh.Certificate) { c.ValidPrincipals = []string{"alice", ""} }), "the certificate names a principal that is empty"},
		{"many", ca.certificate(key, func(c *gossh.Certificate) { c.ValidPrincipals = strings.Split(strings.Repeat("x,", 32)+"alice", ",") }), "the certificate names 33 principals, and 32 are the most"},
		{"a dirty principal", ca.certificate(key, func(c *gossh.Certificate) { c.ValidPrincipals = []string{"alice\x00", "\x1b[31malice"} }), "no principal of the certificate is a person here: alice, [31malice;"},
		{"a principal in capitals", ca.certificate(key, func(c *gossh.Certificate) { c.ValidPrincipals = []string{"Alice"} }), "no principal of the certificate is a person here: Alice;"},
		{"of another's principal", tampered, "the signature of the certificate does not hold; have the key signed once more"},
		{"signed by another", claimed, "the signature of the certificate does not hold"},
		{"an empty source", ca.certificate(key, func(c *gossh.Certificate) { c.CriticalOptions = map[string]string{"source-address": ""} }), "and you come from 127.0.0.1"},
		{"one second too long", ca.certificate(key, func(c *gossh.Certificate) { c.ValidBefore = c.ValidAfter + 16*3600 + 1 }), "and 16h is the most"},
		{"the other way round", ca.certificate(key, func(c *gossh.Certificate) { c.ValidAfter, c.ValidBefore = c.ValidBefore, c.ValidAfter }), "the certificate does not hold before 20"},
		{"never", ca.certificate(key, func(c *gossh.Certificate) { c.ValidAfter, c.ValidBefore = 1<<63, 1<<64-1 }), "the certificate does not hold before the year 10000"},
		{"from the beginning of time", ca.certificate(key, func(c *gossh.Certificate) { c.ValidAfter = 0 }), "from 1970-01-01T00:00:00Z to 20"},
		{"a revoked key", ca.certificate(bobs, nil), "the certificate opens this door no longer: its key was revoked"},
		{"a key of another person", ca.certificate(carols, nil), "the certificate names alice, but its key is that of carol; have a key of your own signed"},
		{"a plain key that was revoked", bobs, "the key " + gossh.FingerprintSHA256(bobs.PublicKey()) + " was revoked"},
	} {
		if got := f.refusedAs(c.signer); !strings.HasPrefix(got, "signalbox: ") || !strings.Contains(got, c.says) {
			t.Errorf("%s: %q", c.name, got)
		}
	}
	for name, c := range map[string]gossh.Signer{
		"exactly sixteen hours":   ca.certificate(key, func(c *gossh.Certificate) { c.ValidBefore = c.ValidAfter + 16*3600 }),
		"one person, named twice": ca.certificate(key, func(c *gossh.Certificate) { c.ValidPrincipals = []string{"alice", "alice"} }),
		"an unknown extension": ca.certificate(key, func(c *gossh.Certificate) {
			c.Extensions = map[string]string{"moon@example.com": "", "no-touch-required": ""}
		}),
		"one's own key": ca.certificate(carols, func(c *gossh.Certificate) { c.ValidPrincipals = []string{"carol"} }),
	} {
		client, _, err := f.dial(c)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		client.Close()
	}
	f.set(true)
	if got := f.refusedAs(ca.certificate(key, nil)); got != "signalbox: the store does not answer; try again in a minute\n" {
		t.Errorf("in an outage: %q", got)
	}
}

// token is a security key in software, which says what the hand did.
type token struct {
	private ed25519.PrivateKey
	public  gossh.PublicKey
	flags   byte
}

func newToken(t *testing.T, flags byte) *token {
	t.Helper()
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	key, err := gossh.ParsePublicKey(gossh.Marshal(struct {
		Kind        string
		Key         []byte
		Application string
	}{gossh.KeyAlgoSKED25519, public, "ssh:"}))
	if err != nil {
		t.Fatal(err)
	}
	return &token{private, key, flags}
}

func (k *token) PublicKey() gossh.PublicKey { return k.public }

func (k *token) Sign(_ io.Reader, data []byte) (*gossh.Signature, error) {
	application, message := sha256.Sum256([]byte("ssh:")), sha256.Sum256(data)
	state := binary.BigEndian.AppendUint32([]byte{k.flags}, 1)
	signed := append(append(application[:], state...), message[:]...)
	return &gossh.Signature{Format: gossh.KeyAlgoSKED25519, Blob: ed25519.Sign(k.private, signed), Rest: state}, nil
}

func TestCertifiedTokensNeedTheTouch(t *testing.T) {
	ca := newAuthority(t)
	f := open(t, trusting(ca))
	f.enrol("alice")
	untouched := func(c *gossh.Certificate) { c.Extensions = map[string]string{"no-touch-required": ""} }
	c, _, err := f.dial(ca.certificate(newToken(t, 1), nil))
	if err != nil {
		t.Fatalf("a touch: %v", err)
	}
	c.Close()
	if got := f.refusedAs(ca.certificate(newToken(t, 0), nil)); strings.Contains(got, "opened") {
		t.Errorf("without a touch: %q", got)
	}
	for _, flags := range []byte{0, 1} {
		if got := f.refusedAs(ca.certificate(newToken(t, flags), untouched)); !strings.Contains(got, "the certificate lets its key be used without a touch") {
			t.Errorf("flags %d with no-touch-required: %q", flags, got)
		}
	}
	verified := func(c *gossh.Certificate) { c.CriticalOptions = map[string]string{"verify-required": ""} }
	if got := f.refusedAs(ca.certificate(newToken(t, 5), verified)); !strings.Contains(got, "demands a PIN") {
		t.Errorf("verify-required: %q", got)
	}
}

func TestOfferedCertificateIsNotTheSigningOne(t *testing.T) {
	ca := newAuthority(t)
	f := open(t, trusting(ca))
	f.enrol("alice")
	f.enrol("bob")
	carol, _ := f.person("carol")
	mine := newKey(t)
	alices := ca.certificate(newKey(t), nil)
	bobs := ca.certificate(mine, func(c *gossh.Certificate) { c.ValidPrincipals = []string{"bob"} })
	c, _, err := f.dial(&turncoat{Signer: bobs, offers: alices.PublicKey()})
	if err != nil {
		t.Fatal(err)
	}
	s, err := c.NewSession()
	if err != nil {
		t.Fatal(err)
	}
	if out, err := s.Output("q"); err != nil || string(out) != "bob q \n" {
		t.Errorf("offered alice, signed as bob, and was %q (%v)", out, err)
	}
	c.Close()
	if who := f.lastCall(t).Actor; who.Fingerprint != gossh.FingerprintSHA256(mine.PublicKey()) {
		t.Errorf("the fingerprint is %s", who.Fingerprint)
	}
	calls := f.called()
	for name, signs := range map[string]gossh.Signer{
		"an expired certificate": ca.certificate(mine, func(c *gossh.Certificate) { c.ValidBefore = c.ValidAfter + 30 }),
		"a host's certificate":   ca.certificate(mine, func(c *gossh.Certificate) { c.CertType = gossh.HostCert }),
		"an unknown key":         mine,
		"a known plain key":      carol, // under the name of a certificate's algorithm
	} {
		if c, _, err := f.dial(&turncoat{Signer: signs, offers: alices.PublicKey()}); err == nil {
			c.Close()
			t.Errorf("a good certificate was offered, %s signed, and the door opened", name)
		}
	}
	if f.called() != calls {
		t.Error("something was called")
	}
}

func TestCertificateThatExpiresEndsItsSession(t *testing.T) {
	ca := newAuthority(t)
	f := open(t, trusting(ca), func(o *Options) { o.Limits.Recheck = 20 * time.Millisecond })
	f.enrol("alice")
	f.enrol("bob")
	_, plain := f.person("carol")
	short, long, own := f.terminal(ca.person("-n", "alice", "-V", "+1h"), nil), f.terminal(ca.person("-n", "bob", "-V", "+5h"), nil), f.terminal(plain, nil)
	for _, x := range []*caller{short, long, own} {
		x.waitFor("BOARD")
	}
	f.set(true) // no outage of the store keeps it open
	f.clock.Add(int64(2 * time.Hour))
	short.waitFor("signalbox: the certificate expired at 20")
	if status := short.status(); status != 4 {
		t.Errorf("status %d", status)
	}
	f.set(false)
	f.clock.Add(-int64(2*time.Hour - time.Minute)) // so that their hands are not idle
	for _, x := range []*caller{long, own} {
		x.press("q")
		if status := x.status(); status != 0 {
			t.Errorf("another session: status %d, %q", status, x.seen)
		}
	}
}

func TestRevocationByReloadEndsSessionsAndCommands(t *testing.T) {
	ca := newAuthority(t)
	f := open(t, trusting(ca), func(o *Options) { o.Limits.Recheck = 20 * time.Millisecond })
	f.enrol("alice")
	plainKey, plain := f.person("carol")
	first, second := ca.person("-n", "alice", "-V", "+1h", "-z", "1"), ca.person("-n", "alice", "-V", "+1h", "-z", "2")
	x, y, z := f.terminal(first, nil), f.terminal(second, nil), f.terminal(plain, nil)
	x.waitFor("BOARD")
	y.waitFor("BOARD")
	z.waitFor("BOARD")
	started := make(chan struct{})
	f.on("slow", blockUntil(started, make(chan struct{}), "never"))
	cmd := f.ssh(first, nil, "slow")
	out := &lockedBuffer{}
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	<-started
	f.server.Trust(ca.trusted("serial:1", "key:"+gossh.FingerprintSHA256(plainKey.PublicKey())))
	x.waitFor("signalbox: the certificate opens this door no longer: its serial number 1 was revoked; ask for a new key and a new certificate")
	if status := x.status(); status != 4 {
		t.Errorf("status %d", status)
	}
	z.waitFor("was revoked; ask an admin to add another")
	if status := z.status(); status != 4 {
		t.Errorf("the plain key: status %d", status)
	}
	if status := wait(t, cmd, out.String); status != 4 || !strings.Contains(out.String(), "its serial number 1 was revoked") {
		t.Errorf("the command: status %d, %q", status, out)
	}
	if _, stderr, status := run(t, f.ssh(first, nil, "q")); status != 255 || !strings.Contains(stderr, "its serial number 1 was revoked") {
		t.Errorf("a new connection: status %d, %q", status, stderr)
	}
	y.press("k")
	eventually(t, "the other certificate is good", func() bool { return f.keys() == "k" })
	f.server.Trust(nil)
	y.waitFor("signalbox: certificates do not open this door; ")
	if status := y.status(); status != 4 {
		t.Errorf("without an authority: status %d", status)
	}
}

// TestExpiredCertificateRunsNoVerb lets it expire between the door and the verb, before any re-check.
func TestExpiredCertificateRunsNoVerb(t *testing.T) {
	ca := newAuthority(t)
	f := open(t, trusting(ca), func(o *Options) { o.Limits.Recheck = time.Hour })
	f.enrol("alice")
	for name, start := range map[string]func(*gossh.Session) error{
		"a verb": func(s *gossh.Session) error { return s.Run("q") },
		"a screen": func(s *gossh.Session) error {
			if err := s.RequestPty("xterm", 24, 80, nil); err != nil {
				return err
			}
			if err := s.Shell(); err != nil {
				return err
			}
			return s.Wait()
		},
	} {
		c, _ := f.client(ca.certificate(newKey(t), nil))
		s, err := c.NewSession()
		if err != nil {
			t.Fatal(err)
		}
		said := &lockedBuffer{}
		s.Stderr = said
		f.clock.Add(int64(2 * time.Hour))
		var exit *gossh.ExitError
		if err := start(s); !asExit(err, &exit) || exit.ExitStatus() != 4 || !strings.Contains(said.String(), "the certificate expired at ") {
			t.Errorf("%s: %v, %q", name, err, said)
		}
		f.clock.Add(-int64(2 * time.Hour))
	}
	c, _ := f.client(ca.certificate(newKey(t), nil)) // and no session is opened at all
	f.clock.Add(int64(2 * time.Hour))
	if _, err := c.NewSession(); err == nil || !strings.Contains(err.Error(), "the certificate expired at ") {
		t.Errorf("%v", err)
	}
	if f.called() != 0 || len(f.opened) != 0 && f.sizeCount() != 0 {
		t.Error("something ran")
	}
}

func asExit(err error, to **gossh.ExitError) bool {
	e, ok := err.(*gossh.ExitError)
	*to = e
	return ok
}

// TestPersonGoneEndsACertificatesSession is the service's part: the person, not the certificate.
func TestPersonGoneEndsACertificatesSession(t *testing.T) {
	ca := newAuthority(t)
	f := open(t, trusting(ca), func(o *Options) { o.Limits.Recheck = 20 * time.Millisecond })
	f.enrol("wall", access.Viewer)
	x := f.terminal(ca.person("-n", "wall", "-V", "+1h"), nil)
	x.waitFor("BOARD wall")
	if !f.visits()[0].idle.isExempt() {
		t.Error("a viewer is not exempt")
	}
	f.enrol("other")
	f.house.mu.Lock()
	for fingerprint, p := range f.people {
		if p.ID == "wall" { // a grant that comes meanwhile brings the rule for idle hands
			f.people[fingerprint] = &access.Person{ID: "wall", Grants: []access.Grant{{Person: "wall", Role: access.Executor, Scope: access.Org}}}
		}
	}
	f.house.mu.Unlock()
	eventually(t, "the wall is exempt no more", func() bool { return !f.visits()[0].idle.isExempt() })
	f.house.mu.Lock()
	for fingerprint, p := range f.people {
		if p.ID == "wall" {
			delete(f.people, fingerprint)
		}
	}
	f.house.mu.Unlock()
	x.waitFor("signalbox: no such person")
	x.status()
}

func TestRefusalsNameTheCertificatesPerson(t *testing.T) {
	ca := newAuthority(t)
	f := open(t, trusting(ca))
	f.enrol("alice")
	c, _ := f.client(ca.certificate(newKey(t), nil))
	if _, err := c.Dial("tcp", "127.0.0.1:1"); err == nil {
		t.Fatal("forwarded")
	}
	eventually(t, "it is audited", func() bool { return fmt.Sprint(f.refusals()) == "[alice: port forwarding]" })
}

func TestEndEndsASessionWithItsSentence(t *testing.T) {
	f := open(t)
	_, file := f.person("j.ruiz")
	x, y := f.terminal(file, nil), f.terminal(file, nil)
	x.waitFor("BOARD")
	y.waitFor("BOARD")
	f.screen.Lock()
	first := f.opened[0]
	f.screen.Unlock()
	if first.From != "127.0.0.1" {
		t.Errorf("from %q", first.From)
	}
	first.End(release.Errorf(release.Refused, "m.chen has ended this session").Advise("ask m.chen"))
	first.End(release.Errorf(release.Refused, "a second reason"))
	<-first.Done
	ended, stays := x, y
	eventually(t, "one of them was told", func() bool {
		if strings.Contains(y.seen.String(), "has ended") {
			ended, stays = y, x
		}
		return strings.Contains(ended.seen.String(), "signalbox: m.chen has ended this session; ask m.chen")
	})
	if status := ended.status(); status != 4 || strings.Contains(ended.seen.String(), "second reason") {
		t.Errorf("status %d, %q", status, ended.seen)
	}
	stays.press("q")
	if status := stays.status(); status != 0 {
		t.Errorf("the other session: status %d", status)
	}
}
