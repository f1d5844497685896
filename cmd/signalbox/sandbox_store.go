package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"signalbox/control"
	"signalbox/release"
	"signalbox/release/port"
	"signalbox/release/simulation"
	"signalbox/sandbox"
	"signalbox/store"
)

// runs are the stores of a sandbox, one after the other: a reset puts an empty one in the place of the one there
// is. It is the store and the checkpoint log of whoever holds it.
type runs struct {
	dir string
	hub *control.Hub
	now func() time.Time
	log *slog.Logger

	mu     sync.RWMutex // held for reading by whoever uses what follows
	n      int
	fresh  bool // nothing but the simulation may look yet
	store  *store.Store
	points control.CheckpointLog
}

var (
	_ port.Store            = (*runs)(nil)
	_ control.CheckpointLog = (*runs)(nil)
)

// Renew closes the store there is and makes an empty one.
func (r *runs) Renew(ctx context.Context) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := r.n + 1
	dir := filepath.Join(r.dir, fmt.Sprintf("run-%d", n))
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return release.Errorf(release.Unavailable, "the directory %s cannot be made", dir).Because(err)
	}
	fresh, err := store.Create(ctx, store.Options{Path: filepath.Join(dir, "signalbox.db"), Publisher: r.hub, Now: r.now, Log: r.log})
	if err != nil {
		return err
	}
	if r.store != nil {
		_ = r.store.Close()
	}
	r.n, r.fresh, r.store, r.points = n, true, fresh, store.NewCheckpointFile(filepath.Join(dir, "checkpoints"))
	return nil
}

// Ready lets everybody at the store.
func (r *runs) Ready() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.fresh = false
}

// shut is why a call may not look yet, nil where it may.
func (r *runs) shut(ctx context.Context) error {
	if r.fresh && !sandbox.Own(ctx) {
		return release.Errorf(release.Unavailable, "the sandbox begins anew").Advise("it is there in a moment").Because(simulation.ErrAnew)
	}
	return nil
}

// Read runs fn on a snapshot of the store there is.
func (r *runs) Read(ctx context.Context, fn func(port.Reader) error) error {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if err := r.shut(ctx); err != nil {
		return err
	}
	return r.store.Read(ctx, fn)
}

// Write runs fn in a transaction of the store there is.
func (r *runs) Write(ctx context.Context, fn func(port.Tx) error) error {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if err := r.shut(ctx); err != nil {
		return err
	}
	return r.store.Write(ctx, fn)
}

// Ping reports whether the store there is can read and write.
func (r *runs) Ping(ctx context.Context) error {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.store.Ping(ctx)
}

// Close closes the store there is.
func (r *runs) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.store == nil {
		return nil
	}
	return r.store.Close()
}

// Append adds a checkpoint to those of the store there is.
func (r *runs) Append(note []byte) error {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.points.Append(note)
}

// Notes are the checkpoints of the store there is.
func (r *runs) Notes() ([][]byte, error) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.points.Notes()
}

// Last is the newest of them.
func (r *runs) Last() ([]byte, error) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.points.Last()
}
