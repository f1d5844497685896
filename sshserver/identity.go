package sshserver

import (
	"context"
	"errors"
	"net"
	"sync"
	"time"

	"charm.land/ssh"
	gossh "golang.org/x/crypto/ssh"

	"signalbox/release"
	"signalbox/release/access"
)

// fingerprintKey is where the verified key's fingerprint travels in the permissions of a connection.
const fingerprintKey = "fingerprint@signalbox"

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
	told      bool            // the one banner was sent
	refusals  map[string]bool // kinds already written to the audit log
	inSession bool
	patience  *time.Timer // cuts who never asks for a shell or a command

	identity sync.Once
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
	ctx.SetValue(connectionKey, &connection{server: s, raw: raw, refusals: map[string]bool{}})
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
		if err := c.offered(key); err != nil {
			c.tell(err)
			return nil, err
		}
		return &gossh.Permissions{}, nil
	}
	config.VerifiedPublicKeyCallback = func(_ gossh.ConnMetadata, key gossh.PublicKey, _ *gossh.Permissions, _ string) (*gossh.Permissions, error) {
		c.raw.verify()
		c.mu.Lock()
		c.patience = time.AfterFunc(s.limits.Open, c.raw.cut)
		c.mu.Unlock()
		return &gossh.Permissions{Extensions: map[string]string{fingerprintKey: gossh.FingerprintSHA256(key)}}, nil
	}
	return config
}

// offered says whether a key could open the door.
func (c *connection) offered(key gossh.PublicKey) error {
	if _, ok := key.(*gossh.Certificate); ok {
		return release.Errorf(release.Unauthenticated, "certificates do not open this door").
			Advise("offer the plain key: ssh -o CertificateFile=none, or leave the -cert.pub file out")
	}
	ctx, cancel := context.WithTimeout(context.Background(), lookup)
	defer cancel()
	fingerprint := gossh.FingerprintSHA256(key)
	p, err := c.server.service.PersonByKey(ctx, fingerprint)
	return c.server.verdict(fingerprint, p, err)
}

// verdict turns what the service knows of a key into nil, or the sentence for its holder.
func (s *Server) verdict(fingerprint string, p *access.Person, err error) error {
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
		return release.Errorf(release.Unauthenticated, "the key %s belongs to nobody here", fingerprint).
			Advise("send your public key to an admin, who adds it with: signalbox person key ID 'PUBLIC KEY'")
	case release.Refused, release.Unauthenticated, release.Unavailable:
		return err
	}
	s.log.Error("a key could not be looked up", "fingerprint", fingerprint, "err", errorText(err))
	return release.Errorf(release.Unavailable, "nobody's key can be looked up at the moment").Advise("try again in a minute")
}

// tell sends a sentence before the caller is let in: once a connection, whatever is offered.
func (c *connection) tell(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.told || c.preauth == nil {
		return
	}
	c.told = true
	_ = c.preauth.SendAuthBanner(line(err))
}

// who settles, once and after the handshake, whose key it was that signed.
func (c *connection) who(conn *gossh.ServerConn) (*access.Person, access.Actor, error) {
	c.identity.Do(func() {
		fingerprint := ""
		if conn.Permissions != nil {
			fingerprint = conn.Permissions.Extensions[fingerprintKey]
		}
		if fingerprint == "" {
			c.unknown = release.Errorf(release.Unauthenticated, "no key was verified")
			return
		}
		ctx, cancel := context.WithTimeout(context.Background(), lookup)
		defer cancel()
		p, err := c.server.service.PersonByKey(ctx, fingerprint)
		if c.unknown = c.server.verdict(fingerprint, p, err); c.unknown != nil {
			return
		}
		c.person = p
		c.actor = access.Actor{Person: p.ID, Door: access.SSH, Fingerprint: fingerprint}
	})
	return c.person, c.actor, c.unknown
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
