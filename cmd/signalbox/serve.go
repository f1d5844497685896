package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/spf13/cobra"
	"golang.org/x/crypto/ssh"

	"signalbox/cmd/signalbox/settings"
	"signalbox/httpserver"
	"signalbox/release"
	"signalbox/release/port"
	"signalbox/sshserver"
	"signalbox/store/jobs"
)

// drain is how long sessions and requests get to end after SIGTERM.
const drain = 10 * time.Second

func serveCommand(o *options) *cobra.Command {
	var sshAddr, httpAddr string
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Open the screens over SSH, and the hooks and the gate over HTTP",
		Long: "Serves until it is told to stop (SIGTERM, SIGINT); sessions then have 10 seconds to end. Port 0 picks a free one; " +
			"the lines `ssh: listening on ADDR` and `http: listening on ADDR` on standard error say that it is ready.",
		Example: "signalbox serve --data DIR --ssh 127.0.0.1:2222 --http 127.0.0.1:8080",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return o.serve(cmd.Context(), sshAddr, httpAddr, cmd.ErrOrStderr())
		},
	}
	cmd.Flags().StringVar(&sshAddr, "ssh", "127.0.0.1:2222", "address for people, HOST:PORT")
	cmd.Flags().StringVar(&httpAddr, "http", "127.0.0.1:8080", "address for machines, HOST:PORT")
	return cmd
}

func (o *options) serve(ctx context.Context, sshAddr, httpAddr string, errw io.Writer) error {
	log := slog.New(slog.NewTextHandler(errw, nil))
	h, err := o.openWith(ctx, false, log, o.engine(log))
	if err != nil {
		return err
	}
	defer h.Close()
	for _, w := range h.settings.Warnings(os.Getenv) {
		log.Warn("configuration", "warning", w.String())
	}
	wired, err := wiring(h.settings, h.dir)
	if err != nil {
		return err
	}
	if err := h.control.Rewire(ctx, wired); err != nil {
		return err
	}
	people, err := listen("ssh", sshAddr)
	if err != nil {
		return err
	}
	machines, err := listen("http", httpAddr)
	if err != nil {
		return errors.Join(err, people.Close())
	}
	return h.serve(ctx, doors{people: people, machines: machines, receivers: wired.Receivers,
		open: func(door *sshserver.Server, hooks *httpserver.Server) (stop func()) {
			return o.reloading(ctx, h, door, hooks, log)
		}}, errw)
}

// doors are what a house is opened by. receivers answer hooks; ready is told the host's key before anybody is let
// in; open is told of both doors and returns what to do at the end. The functions may be nil.
type doors struct {
	people, machines net.Listener
	receivers        []port.Receiver
	ready            func(hostKey ssh.PublicKey) error
	open             func(*sshserver.Server, *httpserver.Server) (stop func())
}

// serve opens both doors of a house until ctx is done: the one path of production and of a sandbox.
func (h *house) serve(ctx context.Context, d doors, errw io.Writer) error {
	people, machines, log := d.people, d.machines, h.log
	hostKey, err := sshserver.LoadOrCreateHostKey(filepath.Join(h.dir, "keys", "host_ed25519"))
	if err != nil {
		return errors.Join(err, people.Close(), machines.Close())
	}
	authorities, err := authorities(h.settings.SSH)
	if err != nil {
		return errors.Join(err, people.Close(), machines.Close())
	}
	door, err := sshserver.New(sshserver.Options{
		Listener: people, HostKey: hostKey, Authorities: authorities, Service: h.control, Open: h.screen, Profile: sshserver.Profile(h.settings.SSH.Profile),
		Limits: sshLimits(h.settings.SSH), Log: log,
	})
	if err != nil {
		return errors.Join(err, people.Close(), machines.Close())
	}
	hooks, err := httpserver.New(httpserver.Options{
		Service: h.control, Receivers: d.receivers, Calendar: h.rendered, Registry: metrics(door), Limits: httpserver.Limits{Body: h.settings.HTTP.MaxBody},
		Proxies: h.settings.HTTP.Proxies, Observe: httpserver.Observe(h.settings.HTTP.Observe), Now: h.control.Now, Log: log,
	})
	if err != nil {
		return errors.Join(err, people.Close(), machines.Close())
	}
	fmt.Fprintf(errw, "ssh: host key %s\n", ssh.FingerprintSHA256(hostKey.PublicKey()))
	if machines, err = h.sealed(machines); err != nil {
		return errors.Join(err, people.Close())
	}
	if d.ready != nil {
		if err := d.ready(hostKey.PublicKey()); err != nil {
			return errors.Join(err, people.Close(), machines.Close())
		}
	}
	if d.open != nil {
		defer d.open(door, hooks)()
	}
	return h.run(ctx, door, hooks, people, machines, errw)
}

// engine opens the job engine beside the store: a file of its own, or a schema of its own in PostgreSQL.
func (o *options) engine(log *slog.Logger) func(ctx context.Context, dir string) (port.Jobs, error) {
	return func(ctx context.Context, dir string) (port.Jobs, error) {
		if o.database != "" {
			return jobs.OpenPostgres(ctx, o.database, log)
		}
		return jobs.OpenSQLite(ctx, filepath.Join(dir, "jobs.db"), log)
	}
}

// authorities are those whose user certificates open the door; nil where none is configured.
func authorities(c settings.SSH) (*sshserver.Authorities, error) {
	return sshserver.LoadAuthorities(c.UserCA, c.UserCAFile, c.UserCARevoked)
}

func sshLimits(c settings.SSH) sshserver.Limits {
	return sshserver.Limits{Idle: c.Idle, PerSource: c.PerAddress, Total: c.Total, Trusted: c.Trusted}
}

// sealed speaks TLS on a listener where the configuration has a certificate.
func (h *house) sealed(l net.Listener) (net.Listener, error) {
	c := h.settings.HTTP
	if c.TLSCert == "" {
		return l, nil
	}
	pair, err := tls.LoadX509KeyPair(c.TLSCert, c.TLSKey)
	if err != nil {
		return nil, errors.Join(release.Errorf(release.Usage, "the certificate %s and its key cannot be used", c.TLSCert).
			Advise("name a PEM certificate and the key that belongs to it under http").Because(err), l.Close())
	}
	return tls.NewListener(l, &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"}}), nil
}

// metrics is the process's own registry: the runtime, the process, and who is in.
func metrics(door *sshserver.Server) *prometheus.Registry {
	r := prometheus.NewRegistry()
	r.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "signalbox_ssh_sessions", Help: "Sessions that are open over SSH."},
			func() float64 { return float64(door.Sessions()) }))
	return r
}

// run serves both doors until ctx ends or one of them fails, then drains them, then stops the workers, so
// that what was acknowledged last is also signed.
func (h *house) run(ctx context.Context, door *sshserver.Server, hooks *httpserver.Server, people, machines net.Listener, errw io.Writer) error {
	workers, stopWorkers := context.WithCancel(context.WithoutCancel(ctx))
	worked := make(chan struct{})
	go func() {
		defer close(worked)
		var working sync.WaitGroup
		if h.simulate != nil {
			working.Go(func() { h.simulate(workers) })
		}
		h.control.Run(workers)
		working.Wait()
	}()
	failed := make(chan error, 2)
	go func() { failed <- door.Serve() }()
	go func() { failed <- hooks.Serve(machines) }()
	fmt.Fprintf(errw, "ssh: listening on %s\n", people.Addr())
	fmt.Fprintf(errw, "http: listening on %s\n", machines.Addr())
	var err error
	select {
	case <-ctx.Done():
	case err = <-failed:
	}
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), drain)
	defer cancel()
	drained := make(chan error, 2) // both doors have the whole time
	go func() { drained <- door.Shutdown(end) }()
	go func() { drained <- hooks.Shutdown(end) }()
	err = errors.Join(err, <-drained, <-drained)
	stopWorkers()
	<-worked
	if errors.Is(err, http.ErrServerClosed) || errors.Is(err, context.DeadlineExceeded) {
		err = nil
	}
	return err
}

func listen(what, addr string) (net.Listener, error) {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		why := "it is no address of this machine, HOST:PORT"
		if errors.Is(err, syscall.EADDRINUSE) {
			why = "another program listens there"
		}
		return nil, release.Errorf(release.Unavailable, "%s: cannot listen on %s: %s", what, release.Clean(addr, 80), why).
			Advise("choose another address with --%s, or port 0 for a free one", what).Because(err)
	}
	return l, nil
}
