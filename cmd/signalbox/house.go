package main

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"signalbox/connectors/backstage"
	"signalbox/connectors/organisation"
	"signalbox/control"
	"signalbox/release"
	"signalbox/release/port"
	"signalbox/store"
)

// clock is the domain clock of production.
func clock() time.Time { return time.Now().UTC() }

func logger(w io.Writer) *slog.Logger {
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: slog.LevelWarn}))
}

// house is an opened data directory with the control over it.
type house struct {
	dir     string
	config  config
	store   port.Store
	control *control.Control
	hub     *control.Hub
	log     *slog.Logger
}

func (h *house) Close() { _ = h.store.Close() }

// open reads the configuration and opens the store, the signing key and the checkpoints. With create it
// makes what is missing; without, a missing store is a NotFound error that says how to make one.
func (o *options) open(ctx context.Context, create bool, log *slog.Logger) (*house, error) {
	if o.data == "" {
		return nil, release.Errorf(release.Usage, "no data directory was named").Advise("add --data DIR")
	}
	dir, err := filepath.Abs(o.data)
	if err != nil {
		return nil, err
	}
	if create {
		if err := os.MkdirAll(filepath.Join(dir, "keys"), 0o700); err != nil {
			return nil, release.Errorf(release.Unavailable, "the data directory %s cannot be made", dir).Because(err)
		}
	}
	cfg, err := readConfig(o.config, dir)
	if err != nil {
		return nil, err
	}
	signer, verifier, err := auditKey(filepath.Join(dir, "keys"), create)
	if err != nil {
		return nil, err
	}
	hub := control.NewHub()
	st, err := o.openStore(ctx, dir, create, hub, log)
	if err != nil {
		return nil, err
	}
	h := &house{dir: dir, config: cfg, store: st, hub: hub, log: log}
	h.control = control.New(control.Options{
		Store: st, Hub: hub, Now: clock, Rand: rand.Reader, Log: log, Version: version,
		Environments: cfg.environments(), Bots: cfg.bots(),
		Importers:   map[string]control.Importer{"backstage": backstage.Read, "organisation": organisation.Read},
		Checkpoints: store.NewCheckpointFile(filepath.Join(dir, "checkpoints")),
		Signer:      signer, VerifierKey: verifier,
	})
	if !create {
		if err := h.control.CheckSigner(ctx); err != nil {
			h.Close()
			return nil, err
		}
	}
	return h, nil
}

func (o *options) openStore(ctx context.Context, dir string, create bool, pub port.Publisher, log *slog.Logger) (port.Store, error) {
	so := store.Options{Path: filepath.Join(dir, "signalbox.db"), Publisher: pub, Now: clock, Log: log}
	if o.database != "" {
		if !strings.HasPrefix(o.database, "postgres://") && !strings.HasPrefix(o.database, "postgresql://") {
			return nil, release.Errorf(release.Usage, "--database takes a PostgreSQL URL").Advise("write postgres://USER@HOST/NAME")
		}
		so.Path, so.URL = "", o.database
	}
	if create {
		return store.Create(ctx, so)
	}
	return store.Open(ctx, so)
}

// exists reports whether a path is there; any other failure is reported as an error.
func exists(path string) (bool, error) {
	_, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}
