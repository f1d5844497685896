package sshserver

import (
	"context"

	"charm.land/ssh"
	gossh "golang.org/x/crypto/ssh"
)

// refusal is a thing that the door never does: what it is called in the audit log, and the sentence.
type refusal struct{ what, sentence string }

var (
	noForward = refusal{"port forwarding", "signalbox forwards no ports"}
	noReverse = refusal{"reverse port forwarding", "signalbox forwards no ports"}
	noSocket  = refusal{"socket forwarding", "signalbox forwards no sockets"}
	noTunnel  = refusal{"tunnel", "signalbox makes no tunnels"}
	noAgent   = refusal{"agent forwarding", "signalbox takes no agent"}
	noX11     = refusal{"x11 forwarding", "signalbox shows no windows of X"}
	noSystem  = refusal{"subsystem", "signalbox has no subsystem, neither sftp nor any other"}
	noSecond  = refusal{"second session", "signalbox opens one session on a connection; connect again for another"}
	noMachine = refusal{"command of the machine", "this command works on the machine's own files, not over ssh"}
)

// channelRefusal names the kinds of channel that clients know, "session" apart.
func channelRefusal(kind string) (refusal, bool) {
	switch kind {
	case "direct-tcpip":
		return noForward, true
	case "direct-streamlocal@openssh.com":
		return noSocket, true
	case "tun@openssh.com":
		return noTunnel, true
	case "x11":
		return noX11, true
	case "auth-agent@openssh.com":
		return noAgent, true
	}
	return refusal{}, false
}

func requestRefusal(kind string) (refusal, bool) {
	switch kind {
	case "tcpip-forward":
		return noReverse, true
	case "streamlocal-forward@openssh.com":
		return noSocket, true
	}
	return refusal{}, false
}

// refuseChannel answers every kind of channel but a session.
func (s *Server) refuseChannel(_ *ssh.Server, conn *gossh.ServerConn, ch gossh.NewChannel, ctx ssh.Context) {
	r, known := channelRefusal(ch.ChannelType())
	if !known {
		_ = ch.Reject(gossh.UnknownChannelType, "signalbox opens sessions only")
		return
	}
	_ = ch.Reject(gossh.Prohibited, r.sentence)
	connectionOf(ctx).refuse(conn, r)
}

// refuseRequest answers every global request. The answer "no" is all that a client's sign of life wants.
func (s *Server) refuseRequest(ctx ssh.Context, _ *ssh.Server, req *gossh.Request) (bool, []byte) {
	if r, known := requestRefusal(req.Type); known {
		connectionOf(ctx).refuse(ctx.Value(ssh.ContextKeyConn).(*gossh.ServerConn), r)
	}
	return false, nil
}

// refuse writes the refusal to the audit log, once a kind and connection. It does not wait for the log: a
// slow store must not stop the connection from being read.
func (c *connection) refuse(conn *gossh.ServerConn, r refusal) {
	c.mu.Lock()
	again := c.refusals[r.what]
	c.refusals[r.what] = true
	c.mu.Unlock()
	if again || !c.server.begin() {
		return
	}
	go func() {
		defer c.server.work.Done()
		c.server.contain("audit of a refusal", func() {
			_, actor, err := c.who(conn)
			if err != nil {
				c.server.log.Info("ssh refusal of nobody", "what", r.what, "err", err.Error())
				return
			}
			ctx, cancel := context.WithTimeout(context.Background(), lookup)
			defer cancel()
			c.server.service.RefusedAtDoor(ctx, actor, r.what, r.sentence)
		})
	}()
}

// begin counts one piece of work that Shutdown waits for; false once the door is draining.
func (s *Server) begin() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.draining {
		return false
	}
	s.work.Add(1)
	return true
}
