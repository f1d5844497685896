package sshserver

import (
	"charm.land/ssh"
	gossh "golang.org/x/crypto/ssh"

	"signalbox/release"
)

// session takes the first session of a connection and refuses every other. What the framework gets is not
// the client's channel but a guarded one.
func (s *Server) session(srv *ssh.Server, conn *gossh.ServerConn, ch gossh.NewChannel, ctx ssh.Context) {
	c := connectionOf(ctx)
	c.mu.Lock()
	second := c.inSession
	c.inSession = true
	c.mu.Unlock()
	if second {
		_ = ch.Reject(gossh.Prohibited, noSecond.sentence)
		c.refuse(conn, noSecond)
		return
	}
	person, actor, err := c.who(conn)
	if err != nil {
		// The key was good a moment ago, when it was offered.
		_ = ch.Reject(gossh.Prohibited, release.AsError(err).Error())
		return
	}
	v := newVisit(s, c, conn, person, actor)
	if !s.enter(v) {
		_ = ch.Reject(gossh.ResourceShortage, "signalbox is shutting down; connect again")
		return
	}
	defer s.leave(v)
	ctx.SetValue(visitKey, v)
	v.watch()
	// It returns when the client has closed the channel or is gone.
	ssh.DefaultSessionHandler(srv, conn, &guarded{NewChannel: ch, visit: v}, ctx)
	v.gone()
	v.served.Wait()
}

// visitKey is where the connection's one session hangs in ssh's context.
const visitKey contextKey = "visit"

func visitOf(ctx ssh.Context) *visit { return ctx.Value(visitKey).(*visit) }

// guarded is a session channel whose requests pass the guard before anything else sees them. It exists for
// a reason that was measured: the framework writes each window-change into a channel that nobody reads
// before a shell is asked for, which blocks the connection's only reader, so that a closed socket is never
// noticed. Window changes therefore end here, in a mailbox of the newest.
type guarded struct {
	gossh.NewChannel
	visit *visit
}

// Accept opens the channel and stands between it and the framework.
func (g *guarded) Accept() (gossh.Channel, <-chan *gossh.Request, error) {
	ch, in, err := g.NewChannel.Accept()
	if err != nil {
		return nil, nil, err
	}
	out := make(chan *gossh.Request)
	go func() {
		defer close(out)
		defer g.visit.gone()
		for req := range in {
			if g.visit.passes(req) {
				out <- req
			} else {
				_ = req.Reply(g.visit.noted(req), nil)
			}
		}
	}()
	return ch, out, nil
}

// passes says whether the framework may see a request, and trims the request to what it may see of it.
// Only the guard's own goroutine calls it.
func (v *visit) passes(req *gossh.Request) bool {
	switch req.Type {
	case "env":
		payload, ok := readEnv(req.Payload)
		if !ok || v.asked || v.variables >= maxEnv {
			return false
		}
		v.variables++
		req.Payload = payload
		return true
	case "pty-req":
		payload, size, ok := readPty(req.Payload)
		if !ok || v.asked || v.hasPty {
			return false
		}
		v.hasPty, v.size = true, size
		req.Payload = payload
		return true
	case "shell", "exec":
		if v.asked {
			return false
		}
		v.asked = true
		v.served.Add(1) // serve counts it off; the framework runs it for the first of these, always
		v.connection.settled()
		return true
	}
	return false
}

// noted deals with a request that ends at the guard, and says what to answer.
func (v *visit) noted(req *gossh.Request) bool {
	switch req.Type {
	case "window-change":
		var w windowChange
		if !v.hasPty || gossh.Unmarshal(req.Payload, &w) != nil {
			return false
		}
		v.size = v.size.clamp(w.Width, w.Height)
		v.resize(v.size)
		return true
	case "auth-agent-req@openssh.com":
		v.connection.refuse(v.conn, noAgent)
	case "x11-req":
		v.connection.refuse(v.conn, noX11)
	case "subsystem":
		v.connection.refuse(v.conn, noSystem)
	}
	return false
}
