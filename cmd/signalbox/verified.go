package main

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"

	"signalbox/release"
	"signalbox/release/verb"
	"signalbox/store"
)

// verdict is what was found of an audit log.
type verdict struct {
	lines   []string // what audit verify says
	damaged bool
}

// verified verifies the audit log of a store with the keys and the checkpoints of a data directory; database is
// the PostgreSQL URL of the store, "" where it is the directory's own. No configuration is read and no connector
// made: a log does not depend on them. Findings are no error.
func verified(ctx context.Context, dir, database string) (verdict, error) {
	o := &options{data: dir, database: database, config: os.DevNull}
	so, err := o.storeOptions(dir)
	if err == nil {
		_, _, err = store.Schema(ctx, so)
	}
	if err == nil {
		_, _, err = auditKey(filepath.Join(dir, "keys"), false)
	}
	if err != nil {
		return verdict{}, err // no matter of the log
	}
	h, err := o.open(ctx, false, logger(io.Discard))
	if err != nil {
		return judged(err)
	}
	defer h.Close()
	ans, err := h.control.Do(ctx, verb.Call{Verb: "audit verify", Actor: localActor()})
	if err != nil {
		return judged(err)
	}
	return verdict{lines: ans.Lines, damaged: ans.Exit != 0}, nil
}

// judged takes a store that refuses to be verified for a damaged one: its registered keys are damaged, or the key
// of the data directory is not among them.
func judged(err error) (verdict, error) {
	if e := release.AsError(err); e.Code == release.Refused {
		return verdict{lines: []string{"■ " + e.Error()}, damaged: true}, nil
	}
	return verdict{}, err
}

// shownFindings is how many findings an error and a manifest repeat.
const shownFindings = 3

// first are the first findings, without their marks.
func (v verdict) first() []string {
	var out []string
	for _, l := range v.lines[:min(len(v.lines), shownFindings)] {
		out = append(out, strings.TrimPrefix(l, "■ "))
	}
	return out
}

// refusal is the error of a log that does not verify.
func (v verdict) refusal(what, try string, args ...any) error {
	return release.Errorf(release.Refused, "%s: %s", what, strings.Join(v.first(), "; ")).Advise(try, args...)
}

// said are the lines of the answer: all that was found, and that it is damaged before anything else.
func (v verdict) said() []string {
	if !v.damaged {
		return v.lines
	}
	return append([]string{"■ DAMAGED: the audit log does not verify, and this was done all the same because --" + evenIfDamaged + " said so"}, v.lines...)
}
