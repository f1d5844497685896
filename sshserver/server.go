// Package sshserver owns the door for people and scripts: who may come in by which key, how much one
// caller may take of the machine, what a session may ask for, and the two things that happen behind it: a
// screen for whoever asked for a terminal, or one verb of the catalogue for whoever did not. It declares
// the Service that it needs, so that it knows neither control nor a store; it decides no right but the one
// to come in. Only this package imports wish and its ssh.
package sshserver

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"time"

	tea "charm.land/bubbletea/v2"
	"charm.land/ssh"
	"charm.land/wish/v2"
	gossh "golang.org/x/crypto/ssh"

	"signalbox/release"
)

// Options says how a door is built. Listener, HostKey, Service and Open are needed.
type Options struct {
	// Listener is where callers arrive; the server closes it.
	Listener net.Listener
	// HostKey proves the server to its callers; LoadOrCreateHostKey makes one.
	HostKey gossh.Signer
	Service Service
	// Authorities are those whose user certificates open the door; nil: certificates do not. Trust replaces
	// them.
	Authorities *Authorities
	// Open returns the model of one session's screen, and options of its own (a frame rate, say). Input,
	// output, environment, colours, size, signals and the message filter belong to the door. A nil model
	// says that Session.Words name no screen: the door then runs them as a command.
	Open func(Session) (tea.Model, []tea.ProgramOption)
	// Profile is Compat where it is empty.
	Profile Profile
	// Limits that are zero take their defaults.
	Limits Limits
	// Now is the door's own clock, for idle hands and buckets; the wall clock where it is nil. The domain
	// clock of a sandbox is not meant here.
	Now func() time.Time
	// Log receives what no caller is told. Silent where it is nil.
	Log *slog.Logger
}

// Server is one open door. Its methods may be called from any goroutine.
type Server struct {
	service Service
	open    func(Session) (tea.Model, []tea.ProgramOption)
	limits  Limits
	profile Profile
	now     func() time.Time
	log     *slog.Logger
	ssh     *ssh.Server
	gate    *gate
	// authorities may hold nil.
	authorities atomic.Pointer[Authorities]

	work     sync.WaitGroup // sessions, and audit entries still being written
	mu       sync.Mutex
	visits   map[*visit]struct{}
	draining bool
}

// New builds a door. It returns a Usage error that names what is missing or unknown in the options. It
// lets nobody in before Serve.
func New(o Options) (*Server, error) {
	switch {
	case o.Listener == nil:
		return nil, release.Errorf(release.Usage, "the ssh door has no listener")
	case o.HostKey == nil:
		return nil, release.Errorf(release.Usage, "the ssh door has no host key")
	case o.Service == nil || o.Open == nil:
		return nil, release.Errorf(release.Usage, "the ssh door has nothing behind it")
	}
	profile, err := o.Profile.check()
	if err != nil {
		return nil, err
	}
	s := &Server{
		service: o.Service, open: o.Open, profile: profile, limits: o.Limits.withDefaults(),
		now: o.Now, log: o.Log, visits: map[*visit]struct{}{},
	}
	if s.now == nil {
		s.now = time.Now
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	s.authorities.Store(o.Authorities)
	s.gate = newGate(o.Listener, s.limits, s.now, s.log)
	s.ssh, err = wish.NewServer(
		func(srv *ssh.Server) error { srv.AddHostKey(o.HostKey); return nil },
		wish.WithVersion("signalbox"),
		ssh.EmulatePty(),
		ssh.WrapConn(s.admitted),
		func(srv *ssh.Server) error {
			srv.Handler = s.serve
			srv.HandshakeTimeout = s.limits.Handshake
			srv.ServerConfigCallback = s.serverConfig
			srv.ConnectionFailedCallback = s.failed
			// Every kind that is not named here is refused by the default.
			srv.ChannelHandlers = map[string]ssh.ChannelHandler{"session": s.session, "default": s.refuseChannel}
			srv.RequestHandlers = map[string]ssh.RequestHandler{"default": s.refuseRequest}
			srv.SubsystemHandlers = map[string]ssh.SubsystemHandler{}
			return nil
		},
	)
	if err != nil {
		return nil, release.Errorf(release.Internal, "the ssh door cannot be built").Because(err)
	}
	return s, nil
}

// Serve lets callers in until Shutdown, after which it returns nil. Any other end is an Unavailable error.
func (s *Server) Serve() error {
	err := s.ssh.Serve(s.gate)
	if s.isDraining() || errors.Is(err, ssh.ErrServerClosed) {
		return nil
	}
	return release.Errorf(release.Unavailable, "the ssh door on %s has closed", s.gate.Addr()).Because(err)
}

// Addr is where the door listens.
func (s *Server) Addr() net.Addr { return s.gate.Addr() }

// Trust replaces the authorities, nil for none. Who came in by a certificate or a key that they admit no longer
// is out within 5 s.
func (s *Server) Trust(a *Authorities) { s.authorities.Store(a) }

// Sessions is how many sessions are open now.
func (s *Server) Sessions() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.visits)
}

// Shutdown drains the door: nobody new comes in, screens end with a line that says so, commands in flight
// run to their answer. It waits until all have left, at most Limits.Drain or as long as ctx allows, then
// cuts who is left and returns an Unavailable error. What a person was told is done stays done: an answer
// is written only after its verb has returned.
func (s *Server) Shutdown(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, s.limits.Drain)
	defer cancel()
	s.mu.Lock()
	s.draining = true
	visits := make([]*visit, 0, len(s.visits))
	for v := range s.visits {
		visits = append(visits, v)
	}
	s.mu.Unlock()
	left := s.gate.drain()
	for _, v := range visits {
		v.drain()
	}
	var cut error
	select {
	case <-left:
	case <-ctx.Done():
		cut = release.Errorf(release.Unavailable, "%d ssh connections were cut: they had not left in time", s.gate.cutAll())
	}
	_ = s.ssh.Close()
	return errors.Join(cut, s.settle())
}

// settle waits for the goroutines of sessions that have no connection any more. They need no more than a
// moment, unless a verb ignores its context.
func (s *Server) settle() error {
	done := make(chan struct{})
	go func() { s.work.Wait(); close(done) }()
	select {
	case <-done:
		return nil
	case <-time.After(s.limits.Grace):
		return release.Errorf(release.Unavailable, "a command still runs after its connection was cut")
	}
}

func (s *Server) isDraining() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.draining
}

// enter registers a session; false while the door is draining.
func (s *Server) enter(v *visit) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.draining {
		return false
	}
	s.visits[v] = struct{}{}
	v.connection.raw.busy.Store(true)
	s.work.Add(1)
	return true
}

func (s *Server) leave(v *visit) {
	s.mu.Lock()
	delete(s.visits, v)
	s.mu.Unlock()
	s.work.Done()
}
