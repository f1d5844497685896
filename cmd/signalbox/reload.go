package main

import (
	"context"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"signalbox/cmd/signalbox/settings"
	"signalbox/httpserver"
	"signalbox/release"
	"signalbox/sshserver"
)

// reloading reads the configuration again at each SIGHUP, until stop is called: connectors, secrets,
// environments, bots and events are taken over at once, and sessions and requests go on. A configuration with
// a fault changes nothing, nor does one that is gone. What only a start can change is named.
func (o *options) reloading(ctx context.Context, h *house, door *sshserver.Server, hooks *httpserver.Server, log *slog.Logger) (stop func()) {
	hup := make(chan os.Signal, 1)
	signal.Notify(hup, syscall.SIGHUP)
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-ctx.Done():
				return
			case <-hup:
				if err := o.reload(ctx, h, door, hooks, log); err != nil {
					found := settings.Faults(err)
					for _, f := range found {
						log.Error("reload", "fault", f.String())
					}
					if len(found) > 0 {
						log.Error("reload: nothing was changed", "faults", len(found))
					} else {
						log.Error("reload: nothing was changed", "error", release.AsError(err).Error())
					}
				}
			}
		}
	}()
	return func() {
		signal.Stop(hup)
		cancel()
		<-done
	}
}

func (o *options) reload(ctx context.Context, h *house, door *sshserver.Server, hooks *httpserver.Server, log *slog.Logger) error {
	next, err := o.settings(h.dir)
	if err != nil {
		return err
	}
	if next.Path == "" && h.settings.Path != "" {
		return release.Errorf(release.NotFound, "the configuration %s is gone", h.settings.Path).
			Advise("put it back and reload; to serve without one, start again")
	}
	wired, err := wiring(next, h.dir)
	if err != nil {
		return err
	}
	trusted, err := authorities(next.SSH)
	if err != nil {
		return err
	}
	if err := h.control.Rewire(ctx, wired); err != nil {
		return err
	}
	door.Trust(trusted)
	if err := hooks.Receive(wired.Receivers); err != nil {
		return err
	}
	c := settings.Diff(h.settings, next)
	h.settings = next
	for _, line := range c.Apply {
		log.Info("reload", "applied", line)
	}
	for _, line := range c.Restart {
		log.Warn("reload", "needs_restart", line)
	}
	for _, w := range next.Warnings(os.Getenv) {
		log.Warn("configuration", "warning", w.String())
	}
	log.Info("reload: done", "connectors", len(next.Connectors))
	return nil
}
