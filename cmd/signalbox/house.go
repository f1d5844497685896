package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"signalbox/cmd/signalbox/settings"
	"signalbox/connectors/csv"
	"signalbox/control"
	"signalbox/release"
	"signalbox/release/port"
	"signalbox/store"
	"signalbox/tui"
)

// clock is the domain clock of production.
func clock() time.Time { return time.Now().UTC() }

func logger(w io.Writer) *slog.Logger {
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: slog.LevelWarn}))
}

// house is an opened data directory with the control over it.
type house struct {
	dir      string
	settings settings.Config
	store    *store.Store          // nil in a sandbox
	runs     *runs                 // of a sandbox
	simulate func(context.Context) // lets happen what is due in a sandbox
	control  *control.Control
	hub      *control.Hub
	jobs     port.Jobs // nil but where signalbox serves
	log      *slog.Logger
	memory   tui.Memory // where people were whose sessions broke off
}

func (h *house) Close() {
	if h.jobs != nil {
		_ = h.jobs.Close()
	}
	if h.runs != nil {
		_ = h.runs.Close()
		return
	}
	_ = h.store.Close()
}

// process tells the processes of one store apart.
func process() string {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	return fmt.Sprintf("%s:%d", release.Clean(host, 60), os.Getpid())
}

// open reads the configuration and opens the store, the signing key and the checkpoints. With create it
// makes what is missing; without, a missing store is a NotFound error that says how to make one. No connector
// is made, and so no secret is needed.
func (o *options) open(ctx context.Context, create bool, log *slog.Logger) (*house, error) {
	return o.openReaching(ctx, create, log, nothing, nil)
}

// openWith is open for serve: with all connectors and a job engine. Feeds that the store knows and no
// configuration speaks of are named in the log.
func (o *options) openWith(ctx context.Context, create bool, log *slog.Logger, engine engine) (*house, error) {
	h, err := o.openReaching(ctx, create, log, everything, engine)
	if err != nil {
		return nil, err
	}
	if err := h.warnUnread(ctx); err != nil {
		h.Close()
		return nil, err
	}
	return h, nil
}

// engine opens the job engine that belongs to a data directory.
type engine func(ctx context.Context, dir string) (port.Jobs, error)

// openReaching is open with the connectors that are within reach, and with a job engine where there is to be one.
func (o *options) openReaching(ctx context.Context, create bool, log *slog.Logger, r reach, engine engine) (*house, error) {
	if o.data == "" {
		return nil, release.Errorf(release.Usage, "no data directory was named").Advise("add --data DIR")
	}
	dir, err := filepath.Abs(o.data)
	if err != nil {
		return nil, err
	}
	if simulated, err := exists(filepath.Join(dir, sandboxMark)); err == nil && simulated {
		return nil, release.Errorf(release.Refused, "%s is the directory of a sandbox, whose clock only it knows", dir).
			Advise("start it with signalbox sandbox --data %s, and give verbs over SSH", dir)
	}
	if create {
		if err := os.MkdirAll(filepath.Join(dir, "keys"), 0o700); err != nil {
			return nil, release.Errorf(release.Unavailable, "the data directory %s cannot be made", dir).Because(err)
		}
	}
	cfg, err := o.settings(dir)
	if err != nil {
		return nil, err
	}
	outside, err := wired(cfg, dir, r)
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
	h := &house{dir: dir, settings: cfg, store: st, hub: hub, log: log}
	if engine != nil {
		if h.jobs, err = engine(ctx, dir); err != nil {
			h.Close()
			return nil, err
		}
	}
	h.control = control.New(control.Options{
		Store: st, Hub: hub, Now: clock, Rand: rand.Reader, Log: log, Version: version, Process: process(),
		Wiring: outside, Importers: importers(), CSV: csv.Write, Jobs: h.jobs,
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

// warnUnread names the feeds of the store where there is no configuration at all: nothing is read, received or
// sent for them.
func (h *house) warnUnread(ctx context.Context) error {
	if h.settings.Path != "" {
		return nil
	}
	var names []string
	err := h.store.Read(ctx, func(r port.Reader) error {
		names = nil
		feeds, err := r.Feeds(ctx)
		for _, f := range feeds {
			names = append(names, f.Name)
		}
		return err
	})
	if err == nil && len(names) > 0 {
		h.log.Warn("there is no configuration, and the store knows feeds: nothing is read, received or sent for them",
			"feeds", strings.Join(names, ", "), "looked_for", filepath.Join(h.dir, "signalbox.yaml"), "try", "put the configuration back, or name it with --config")
	}
	return err
}

func (o *options) openStore(ctx context.Context, dir string, create bool, pub port.Publisher, log *slog.Logger) (*store.Store, error) {
	so, err := o.storeOptions(dir)
	if err != nil {
		return nil, err
	}
	so.Publisher, so.Now, so.Log = pub, clock, log
	if create {
		return store.Create(ctx, so)
	}
	if have, newest, err := store.Schema(ctx, so); err == nil && so.URL != "" && have > 0 && have < newest {
		// SQLite is backed up by the store itself.
		log.Warn("the schema of the PostgreSQL database is raised now; a dump from before is yours to take",
			"from", have, "to", newest, "dump", fmt.Sprintf("pg_dump -Fc -f signalbox-before-schema-%d.dump", newest))
	}
	return store.Open(ctx, so)
}

// storeOptions names the store of a data directory: its SQLite file, or the PostgreSQL database.
func (o *options) storeOptions(dir string) (store.Options, error) {
	so := store.Options{Path: filepath.Join(dir, "signalbox.db")}
	if o.database != "" {
		if !strings.HasPrefix(o.database, "postgres://") && !strings.HasPrefix(o.database, "postgresql://") {
			return so, release.Errorf(release.Usage, "--database takes a PostgreSQL URL").Advise("write postgres://USER@HOST/NAME")
		}
		so.Path, so.URL = "", o.database
	}
	return so, nil
}

// exists reports whether a path is there; any other failure is reported as an error.
func exists(path string) (bool, error) {
	_, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}
