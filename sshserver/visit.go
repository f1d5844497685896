package sshserver

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"charm.land/ssh"
	gossh "golang.org/x/crypto/ssh"

	"signalbox/release"
	"signalbox/release/access"
)

// visit is one session from its channel's first request to the last goroutine that serves it.
type visit struct {
	server     *Server
	connection *connection
	conn       *gossh.ServerConn
	person     *access.Person
	actor      access.Actor

	// The guard's own: only its goroutine touches them.
	asked     bool // a shell or a command
	hasPty    bool
	variables int
	size      size

	sizes chan size // a mailbox of the newest size
	idle  idleHand

	mu       sync.Mutex
	stage    stage
	draining bool
	farewell *farewell
	done     chan struct{} // closed when the session ends or must end
	left     chan struct{} // closed when the caller is gone
	leaving  sync.Once
	served   sync.WaitGroup // the handler
}

// stage says what a drain may interrupt.
type stage int

const (
	waiting stage = iota // for a shell or a command
	onScreen
	inCommand
)

// farewell is why a session ended: nil means that the caller wanted it.
type farewell struct{ reason error }

func newVisit(s *Server, c *connection, conn *gossh.ServerConn, p *access.Person, a access.Actor) *visit {
	v := &visit{
		server: s, connection: c, conn: conn, person: p, actor: a,
		sizes: make(chan size, 1), done: make(chan struct{}), left: make(chan struct{}),
	}
	v.idle.start(s.now(), s.limits.Idle, p.OnlyLooks(s.now()))
	return v
}

// serve is the framework's handler: it runs once the guard has let a shell or a command through.
func (s *Server) serve(sess ssh.Session) {
	v := visitOf(sess.Context())
	defer v.served.Done()
	out := v.writer(sess)
	code := 1
	if !s.contain("ssh session", func() { code = v.run(sess, out) }) {
		out.farewell(ownFault)
	}
	v.end(nil, 0)
	_ = sess.Exit(code)
	v.seeOff()
}

// seeOff closes a connection whose session has ended, for a client that does not do so itself. Its answer
// to one last question says that it has read everything before it.
func (v *visit) seeOff() {
	dead := time.AfterFunc(v.server.limits.Alive, v.connection.raw.cut)
	go func() {
		_, _, _ = v.conn.SendRequest("keepalive@openssh.com", true, nil)
		dead.Reset(2 * v.server.limits.Grace)
	}()
}

var ownFault = release.Errorf(release.Internal, "this session met a fault of its own and was closed").
	Advise("what was answered is done, nothing else is; connect again, and tell an admin that the log has the cause")

// contain runs f and keeps a panic of it from everybody else. It reports whether there was none.
func (s *Server) contain(what string, f func()) (whole bool) {
	defer func() {
		if r := recover(); r != nil {
			s.log.Error("panic in "+what, "panic", fmt.Sprint(r), "stack", string(debug.Stack()))
		}
	}()
	f()
	return true
}

// enter moves the session on, or returns why it must end instead.
func (v *visit) enter(to stage) error {
	if err := v.connection.stands(); err != nil { // it may have expired since it opened the door
		return err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.stage = to
	switch {
	case v.farewell != nil && v.farewell.reason != nil:
		return v.farewell.reason
	case v.draining || v.farewell != nil:
		return restarting
	}
	return nil
}

// end makes the session end, for the first reason given; it is cut if it still has not left after within.
func (v *visit) end(reason error, within time.Duration) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.farewell != nil {
		return
	}
	v.farewell = &farewell{reason}
	close(v.done)
	if reason == nil {
		return
	}
	cut := time.AfterFunc(within, v.connection.raw.cut)
	go func() {
		<-v.left
		cut.Stop()
	}()
}

// ended returns why the session must end, or nil while it need not.
func (v *visit) ended() *farewell {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.farewell
}

// drain ends a screen, lets a command finish, and cuts who has asked for neither.
func (v *visit) drain() {
	v.mu.Lock()
	v.draining = true
	stage := v.stage
	v.mu.Unlock()
	switch stage {
	case waiting:
		v.connection.raw.cut()
	case onScreen:
		v.end(restarting, v.server.limits.Drain)
	}
}

var restarting = release.Errorf(release.Unavailable, "the server is shutting down").
	Advise("what was answered is done; reconnect in a moment")

// gone notes that the caller has closed the channel or the connection.
func (v *visit) gone() {
	v.leaving.Do(func() { close(v.left) })
	v.end(nil, 0)
}

// resize puts the newest size into the mailbox. Only the guard sends, so that it never waits.
func (v *visit) resize(s size) {
	select {
	case <-v.sizes:
	default:
	}
	v.sizes <- s
}

// watch asks, for as long as the session lasts, whether its key is still good and its caller still there.
func (v *visit) watch() {
	v.server.work.Add(3)
	go func() {
		defer v.server.work.Done()
		v.recheck("key", v.check)
	}()
	go func() { // apart from the other, which may wait for a store
		defer v.server.work.Done()
		v.recheck("certificate", v.connection.stands)
	}()
	go func() {
		defer v.server.work.Done()
		v.ping()
	}()
}

func (v *visit) recheck(what string, check func() error) {
	tick := time.NewTicker(v.server.limits.Recheck)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-v.done:
			return
		}
		v.server.contain("re-check of a "+what, func() {
			if err := check(); err != nil {
				v.server.log.Info("ssh session ended by a re-check", "of", what, "person", v.actor.String(), "why", err.Error())
				v.end(err, v.server.limits.Grace)
			}
		})
	}
}

// check returns why the session must end. A store that cannot answer ends nothing: in an outage a screen
// is what people need, and no lever works without the store.
func (v *visit) check() error {
	ctx, cancel := context.WithTimeout(context.Background(), lookup)
	defer cancel()
	p, err := v.server.service.StillIn(ctx, v.actor)
	switch release.CodeOf(err) {
	case "":
	case release.Unavailable, release.Internal:
		v.server.log.Warn("a session's key could not be re-checked", "person", v.actor.String(), "err", errorText(err))
		return nil
	default:
		return err
	}
	if p != nil && v.idle.isExempt() { // a grant given meanwhile brings levers, and the rule for them
		v.idle.exempt.Store(p.OnlyLooks(v.server.now()))
	}
	return nil
}

// ping asks the client for a sign of life. TCP alone would notice a closed laptop after a quarter of an
// hour.
func (v *visit) ping() {
	tick := time.NewTicker(v.server.limits.Alive)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-v.left:
			return
		}
		dead := time.AfterFunc(v.server.limits.Alive, v.connection.raw.cut)
		_, _, err := v.conn.SendRequest("keepalive@openssh.com", true, nil)
		dead.Stop()
		if err != nil {
			return
		}
	}
}

// idleHand knows how long ago a key was pressed. Only the screen's own goroutine touches last.
type idleHand struct {
	last   time.Time
	limit  time.Duration
	exempt atomic.Bool
}

func (h *idleHand) start(now time.Time, limit time.Duration, exempt bool) {
	h.last, h.limit = now, limit
	h.exempt.Store(exempt)
}

func (h *idleHand) isExempt() bool { return h.exempt.Load() }

// press notes a key press, and says whether it came too late.
func (h *idleHand) press(now time.Time) bool {
	late := !h.isExempt() && now.Sub(h.last) >= h.limit
	if !late {
		h.last = now
	}
	return late
}
