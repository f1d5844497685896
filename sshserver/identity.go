package sshserver

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strings"
	"sync"
	"time"

	"charm.land/ssh"
	gossh "golang.org/x/crypto/ssh"

	"signalbox/release"
	"signalbox/release/access"
)

// verifiedKey is where the key that signed travels in the permissions of a connection.
type verifiedKey struct{}

// lookup bounds every question to the service that a caller waits for.
const lookup = 5 * time.Second

type contextKey string

// connectionKey is where the connection's own state hangs in ssh's context.
const connectionKey contextKey = "connection"

// connection is one caller from the first byte to the last.
type connection struct {
	server *Server
	raw    *admitted

	mu        sync.Mutex
	preauth   gossh.ServerPreAuthConn
	told      map[bool]bool   // whether a banner about a certificate, and one about a plain key, was sent
	refusals  map[string]bool // kinds already written to the audit log
	inSession bool
	patience  *time.Timer // cuts who never asks for a shell or a command

	identity sync.Once
	key      gossh.PublicKey // the one that signed, or its certificate
	person   *access.Person
	actor    access.Actor
	unknown  error
}

// admitted hangs the caller's state into the context of its connection.
func (s *Server) admitted(ctx ssh.Context, conn net.Conn) net.Conn {
	raw, ok := conn.(*admitted)
	if !ok {
		return nil
	}
	ctx.SetValue(connectionKey, &connection{server: s, raw: raw, told: map[bool]bool{}, refusals: map[string]bool{}})
	return raw
}

func connectionOf(ctx ssh.Context) *connection { return ctx.Value(connectionKey).(*connection) }

func (s *Server) failed(conn net.Conn, err error) {
	s.log.Debug("ssh handshake failed", "remote", conn.RemoteAddr().String(), "err", err.Error())
}

// serverConfig lets a caller in by public key and by nothing else. Whose key it is, and that the name
// before the @ means nothing, is settled after the handshake: a client may offer one key and sign with
// another, and only the one that signed reaches the verified callback.
func (s *Server) serverConfig(ctx ssh.Context) *gossh.ServerConfig {
	c := connectionOf(ctx)
	config := s.profile.config()
	config.MaxAuthTries = s.limits.AuthTries
	config.PreAuthConnCallback = func(p gossh.ServerPreAuthConn) { c.preauth = p }
	config.PublicKeyCallback = func(_ gossh.ConnMetadata, key gossh.PublicKey) (*gossh.Permissions, error) {
		if _, _, err := c.identify(key); err != nil {
			c.tell(key, err)
			return nil, err
		}
		// Nothing of a certificate is copied into the permissions: the library must not honour its extensions.
		return &gossh.Permissions{}, nil
	}
	config.VerifiedPublicKeyCallback = func(_ gossh.ConnMetadata, key gossh.PublicKey, _ *gossh.Permissions, _ string) (*gossh.Permissions, error) {
		c.raw.verify()
		c.mu.Lock()
		c.patience = time.AfterFunc(s.limits.Open, c.raw.cut)
		c.mu.Unlock()
		return &gossh.Permissions{ExtraData: map[any]any{verifiedKey{}: key}}, nil
	}
	return config
}

// from is the address of the caller.
func (c *connection) from() netip.Addr { return sourceOf(c.raw.RemoteAddr()) }

// identify says whose a key is: the owner of a plain key, the person whom a certificate names.
func (c *connection) identify(key gossh.PublicKey) (*access.Person, access.Actor, error) {
	s := c.server
	if err := s.authorities.Load().admits(key, c.from(), s.now()); err != nil {
		return nil, access.Actor{}, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), lookup)
	defer cancel()
	if cert, ok := key.(*gossh.Certificate); ok {
		return s.named(ctx, cert)
	}
	fingerprint := gossh.FingerprintSHA256(key)
	p, err := s.service.PersonByKey(ctx, fingerprint)
	if err := s.verdict(fingerprint, p, err); err != nil {
		return nil, access.Actor{}, err
	}
	return p, access.Actor{Person: p.ID, Door: access.SSH, Fingerprint: fingerprint}, nil
}

// named returns the one person among a certificate's principals. Others may be the names of machines and
// roles, but no second person: whose deeds would they be?
func (s *Server) named(ctx context.Context, c *gossh.Certificate) (*access.Person, access.Actor, error) {
	var nobody access.Actor
	var found *access.Person
	for _, principal := range c.ValidPrincipals {
		if found != nil && string(found.ID) == principal || principal != release.Clean(principal, 200) {
			continue // no person's id is anything but clean
		}
		p, err := s.service.PersonByPrincipal(ctx, principal)
		if release.CodeOf(err) == release.NotFound {
			continue
		}
		if err == nil && p != nil && string(p.ID) != principal {
			err = release.Errorf(release.Internal, "the principal %s is %s", principal, p.ID)
		}
		if err := s.verdict(principal, p, err); err != nil {
			return nil, nobody, err
		}
		if found != nil {
			return nil, nobody, release.Errorf(release.Unauthenticated, "the certificate names two people, %s and %s", found.ID, p.ID).
				Advise("sign it for one person: ssh-keygen -n PERSON")
		}
		found = p
	}
	if found == nil {
		return nil, nobody, release.Errorf(release.Unauthenticated, "no principal of the certificate is a person here: %s", release.Clean(strings.Join(c.ValidPrincipals, ", "), 200)).
			Advise("have it signed for your id, or ask an admin to add you with: signalbox person add ID")
	}
	fingerprint := gossh.FingerprintSHA256(c.Key)
	if err := s.undisputed(ctx, fingerprint, found); err != nil {
		return nil, nobody, err
	}
	return found, access.Actor{Person: found.ID, Door: access.SSH, Fingerprint: fingerprint, Certificate: describe(c)}, nil
}

// undisputed refuses a certificate of a key that belongs to somebody else: one key is one person.
func (s *Server) undisputed(ctx context.Context, fingerprint string, named *access.Person) error {
	owner, err := s.service.PersonByKey(ctx, fingerprint)
	switch {
	case release.CodeOf(err) == release.NotFound:
		return nil
	case err == nil && owner != nil && owner.ID != named.ID:
		return release.Errorf(release.Unauthenticated, "the certificate names %s, but its key is that of %s", named.ID, owner.ID).
			Advise("have a key of your own signed")
	}
	return s.verdict(fingerprint, owner, err)
}

// verdict turns what the service knows of a key or a principal into nil, or the sentence for its holder.
func (s *Server) verdict(asked string, p *access.Person, err error) error {
	switch {
	case err == nil && p == nil:
		err = release.Errorf(release.Internal, "a key has no owner")
	case err == nil && p.Disabled:
		return release.Errorf(release.Refused, "%s is disabled", p.ID).Advise("ask an admin")
	case err == nil:
		return nil
	}
	switch release.CodeOf(err) {
	case release.NotFound:
		nobody := release.Errorf(release.Unauthenticated, "the key %s belongs to nobody here", asked).
			Advise("send your public key to an admin, who adds it with: signalbox person key ID 'PUBLIC KEY'")
		if s.authorities.Load() != nil { // nobody can tell whether the client will offer a certificate next
			return nobody.Advise("its certificate counts, where it has one (ssh -o CertificateFile=FILE offers it first); otherwise %s", nobody.Try)
		}
		return nobody
	case release.Refused, release.Unauthenticated, release.Unavailable:
		return err
	}
	s.log.Error("a key could not be looked up", "asked", asked, "err", errorText(err))
	return release.Errorf(release.Unavailable, "nobody's key can be looked up at the moment").Advise("try again in a minute")
}

// tell sends a sentence before the caller is let in: once a connection about plain keys, whatever is offered,
// and once about certificates. OpenSSH offers a key before its certificate, and the first sentence must not be
// in the way of the one that helps.
func (c *connection) tell(key gossh.PublicKey, err error) {
	_, certificate := key.(*gossh.Certificate)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.told[certificate] || c.preauth == nil {
		return
	}
	c.told[certificate] = true
	_ = c.preauth.SendAuthBanner(line(err))
}

// who settles, once and after the handshake, whose key it was that signed.
func (c *connection) who(conn *gossh.ServerConn) (*access.Person, access.Actor, error) {
	c.identity.Do(func() {
		if conn.Permissions != nil {
			c.key, _ = conn.Permissions.ExtraData[verifiedKey{}].(gossh.PublicKey)
		}
		if c.key == nil {
			c.unknown = release.Errorf(release.Unauthenticated, "no key was verified")
			return
		}
		c.person, c.actor, c.unknown = c.identify(c.key)
	})
	return c.person, c.actor, c.unknown
}

// stands returns why the caller's key opens the door no longer: its certificate has expired, or the authorities
// of today trust or revoke differently. It asks nobody, so that no outage can hold it up.
func (c *connection) stands() error {
	return c.server.authorities.Load().stillAdmits(c.key, c.from(), c.server.now())
}

// settled stops the clock that runs until a shell or a command was asked for.
func (c *connection) settled() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.patience != nil {
		c.patience.Stop()
	}
}

// line is how a sentence stands alone, without the frame of a command.
func line(err error) string {
	return "signalbox: " + release.AsError(err).Error() + "\n"
}

// errorText is what the log keeps of an error: the cause where there is one.
func errorText(err error) string {
	if cause := errors.Unwrap(release.AsError(err)); cause != nil {
		return cause.Error()
	}
	return err.Error()
}
