package control

import (
	"context"
	"fmt"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"signalbox/release"
	"signalbox/release/audit"
	"signalbox/release/port"
)

// A checkpoint is signed at the latest when this many entries are unsigned, or this long after the first
// of them (CONTRACTS section 6).
const (
	checkpointEntries = 100
	checkpointAfter   = time.Second
	checkpointRetry   = 5 * time.Second
)

// originKey is the meta key of the log's name, which every checkpoint begins with.
const originKey = "audit.origin"

// seal remembers the last checkpoint of this process.
type seal struct {
	mu   sync.Mutex
	last audit.Checkpoint
	read bool // last was taken up from the file
}

// Checkpoint signs the log as it is now and appends the note to the checkpoint file, unless the newest one
// of this process already covers it. Before it signs it proves that the log still contains what it signed
// last: a log that does not is never signed again.
func (c *Control) Checkpoint(ctx context.Context) error {
	c.sealed.mu.Lock()
	defer c.sealed.mu.Unlock()
	if !c.sealed.read {
		if err := c.recall(); err != nil {
			return err
		}
	}
	var next audit.Checkpoint
	err := c.Store.Read(ctx, func(r port.Reader) error {
		size, err := r.AuditSize(ctx)
		if err != nil || size == 0 || size == c.sealed.last.Size {
			return err
		}
		read := tlog.HashReaderFunc(func(ix []int64) ([]tlog.Hash, error) { return r.AuditHashes(ctx, ix) })
		if last := c.sealed.last; last.Size > 0 {
			if size < last.Size {
				return fmt.Errorf("the audit log had %d entries when it was signed and has %d", last.Size, size)
			}
			root, err := tlog.TreeHash(last.Size, read)
			if err != nil {
				return err
			}
			if root != last.Root {
				return fmt.Errorf("the audit log no longer contains the %d entries that were signed", last.Size)
			}
		}
		if next.Origin, err = r.Meta(ctx, originKey); err != nil {
			return err
		}
		next.Size = size
		next.Root, err = tlog.TreeHash(size, read)
		return err
	})
	if err != nil || next.Size == 0 {
		return err
	}
	signed, err := next.Sign(c.Signer)
	if err != nil {
		return err
	}
	if err := c.Checkpoints.Append(signed); err != nil {
		return err
	}
	c.sealed.last = next
	return nil
}

// recall takes up the newest checkpoint of the file, so that a log that was rewritten while no process
// looked is not signed either. One that this key did not sign is passed over: audit verify judges it.
func (c *Control) recall() error {
	raw, err := c.Checkpoints.Last()
	if err != nil {
		return err
	}
	own, err := note.NewVerifier(c.VerifierKey)
	if err != nil {
		return err
	}
	if last, err := audit.ParseCheckpoint(raw, note.VerifierList(own)); err == nil {
		c.sealed.last = last
	}
	c.sealed.read = true
	return nil
}

// checkpointer signs while the server runs, and once more when it stops.
func (c *Control) checkpointer(ctx context.Context) {
	sub := c.Hub.Subscribe(port.Audit)
	defer sub.Close()
	retry := time.NewTicker(checkpointRetry)
	defer retry.Stop()
	failing := ""
	for stop := false; !stop; {
		// At the start too: the process before this one may have died before it signed.
		if err := c.Checkpoint(context.WithoutCancel(ctx)); err == nil {
			failing = ""
		} else if failing != err.Error() {
			failing = err.Error()
			c.Log.Error("the audit log could not be signed", "cause", err)
		}
		select {
		case <-ctx.Done():
			stop = true
		case <-retry.C:
		case <-sub.C():
			c.gather(ctx)
		}
	}
	if err := c.Checkpoint(context.WithoutCancel(ctx)); err != nil {
		c.Log.Error("the audit log could not be signed", "cause", err)
	}
}

// gather waits after a first unsigned entry until it is time to sign.
func (c *Control) gather(ctx context.Context) {
	due := time.NewTimer(checkpointAfter)
	defer due.Stop()
	poll := time.NewTicker(checkpointAfter / 10)
	defer poll.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-due.C:
			return
		case <-poll.C:
			var size int64
			err := c.Store.Read(ctx, func(r port.Reader) (err error) {
				size, err = r.AuditSize(ctx)
				return err
			})
			c.sealed.mu.Lock()
			unsigned := size - c.sealed.last.Size
			c.sealed.mu.Unlock()
			if err != nil || unsigned >= checkpointEntries {
				return
			}
		}
	}
}

// CheckSigner returns a Refused error unless the signing key of this process is registered in the store: a
// process with a key of its own would sign a log that nobody can check.
func (c *Control) CheckSigner(ctx context.Context) error {
	return c.Store.Read(ctx, func(r port.Reader) error {
		origin, err := r.Meta(ctx, originKey)
		if err != nil {
			return err
		}
		if origin == "" {
			return release.Errorf(release.NotFound, "the store is empty").Advise("make it: signalbox init --data DIR")
		}
		keys, err := r.AuditKeys(ctx)
		if err != nil {
			return err
		}
		for _, k := range keys {
			if k == c.VerifierKey {
				return nil
			}
		}
		return release.Errorf(release.Refused, "the audit key in this data directory is not registered in the store").
			Advise("copy DIR/keys from the machine that ran init")
	})
}

// verifyAudit checks the whole log against its checkpoints.
func (c *Control) verifyAudit(ctx context.Context) (audit.Report, error) {
	notes, err := c.Checkpoints.Notes()
	if err != nil {
		return audit.Report{}, err
	}
	var rep audit.Report
	err = c.Store.Read(ctx, func(r port.Reader) error {
		keys, err := r.AuditKeys(ctx)
		if err != nil {
			return err
		}
		var known []note.Verifier
		// The key of this data directory is trusted first: the database may have been given another.
		for _, k := range append([]string{c.VerifierKey}, keys...) {
			if len(known) > 0 && k == c.VerifierKey {
				continue
			}
			v, err := note.NewVerifier(k)
			if err != nil {
				return release.Errorf(release.Refused, "a registered audit key is damaged").Because(err)
			}
			known = append(known, v)
		}
		rep, err = audit.Verify(r.AuditSource(ctx), notes, note.VerifierList(known...))
		return err
	})
	return rep, err
}
