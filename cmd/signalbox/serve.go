package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"syscall"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/spf13/cobra"
	"golang.org/x/crypto/ssh"

	"signalbox/connectors/github"
	"signalbox/httpserver"
	"signalbox/release"
	"signalbox/release/port"
	"signalbox/sshserver"
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
	h, err := o.open(ctx, false, log)
	if err != nil {
		return err
	}
	defer h.Close()
	receivers, err := h.connect(ctx)
	if err != nil {
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
	hostKey, err := sshserver.LoadOrCreateHostKey(filepath.Join(h.dir, "keys", "host_ed25519"))
	if err != nil {
		return errors.Join(err, people.Close(), machines.Close())
	}
	door, err := sshserver.New(sshserver.Options{
		Listener: people, HostKey: hostKey, Service: h.control, Open: h.screen, Profile: sshserver.Profile(h.config.SSH.Profile),
		Limits: h.config.sshLimits(), Log: log,
	})
	if err != nil {
		return errors.Join(err, people.Close(), machines.Close())
	}
	hooks, err := httpserver.New(httpserver.Options{
		Service: h.control, Receivers: receivers, Registry: metrics(door), Limits: h.config.httpLimits(), Observe: h.config.observe(), Now: clock, Log: log,
	})
	if err != nil {
		return errors.Join(err, people.Close(), machines.Close())
	}
	fmt.Fprintf(errw, "ssh: host key %s\n", ssh.FingerprintSHA256(hostKey.PublicKey()))
	return h.run(ctx, door, hooks, people, machines, errw)
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
		h.control.Run(workers)
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

// connect declares the configured feeds in the store and makes the receivers of those that have a secret.
func (h *house) connect(ctx context.Context) ([]port.Receiver, error) {
	var receivers []port.Receiver
	err := h.store.Write(ctx, func(tx port.Tx) error {
		receivers = nil
		for _, k := range h.config.Connectors {
			secrets, err := k.secrets()
			if err != nil {
				return err
			}
			if err := tx.PutFeed(ctx, k.feed()); err != nil {
				return err
			}
			if len(secrets) == 0 {
				h.log.Warn("a connector has no secret; its hook answers 404", "connector", k.Name)
				continue
			}
			r, err := github.New(github.Config{Name: k.Name, Secrets: secrets, Bots: h.config.bots()})
			if err != nil {
				return err
			}
			receivers = append(receivers, r)
		}
		return nil
	})
	return receivers, err
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
