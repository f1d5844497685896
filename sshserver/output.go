package sshserver

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"
	"unicode/utf8"

	"charm.land/ssh"

	"signalbox/release"
	"signalbox/release/verb"
)

// part is how much is written under one clock: a slow line that moves is no stalled one.
const part = 32 << 10

// writer is the way to the caller. A write that does not move for Limits.Stall cuts the connection, which
// frees whoever waits in it.
type writer struct {
	out, err io.Writer
}

func (v *visit) writer(sess ssh.Session) writer {
	lock := &sync.Mutex{}
	cut := func() {
		v.server.log.Info("ssh session cut: its caller reads no more", "person", v.actor.String())
		v.connection.raw.cut()
	}
	return writer{
		out: &patient{to: sess, limit: v.server.limits.Stall, cut: cut, lock: lock},
		err: &patient{to: sess.Stderr(), limit: v.server.limits.Stall, cut: cut, lock: lock},
	}
}

type patient struct {
	to    io.Writer
	limit time.Duration
	cut   func()
	lock  *sync.Mutex
}

func (p *patient) Write(b []byte) (int, error) {
	p.lock.Lock()
	defer p.lock.Unlock()
	n := 0
	for len(b) > 0 {
		chunk := b[:min(len(b), part)]
		clock := time.AfterFunc(p.limit, p.cut)
		m, err := p.to.Write(chunk)
		clock.Stop()
		n += m
		if err != nil {
			return n, err
		}
		b = b[len(chunk):]
	}
	return n, nil
}

// answer prints what a verb said on standard output. A stream is an export, whose every byte counts: it is
// cleaned only on its way to a terminal.
func (w writer) answer(a verb.Answer, asJSON, onTerminal bool) error {
	if a.Stream != nil {
		to := bufio.NewWriterSize(w.out, part)
		if onTerminal {
			to = bufio.NewWriterSize(&cleaner{to: w.out}, part)
		}
		return errors.Join(a.Stream(to), to.Flush())
	}
	var b bytes.Buffer
	if err := verb.Write(&b, a, asJSON); err != nil {
		return release.Errorf(release.Internal, "the answer cannot be written as JSON").Because(err)
	}
	_, _ = w.out.Write(harmless(b.Bytes(), asJSON))
	return nil
}

// refusal prints an error on standard error and returns its exit status.
func (w writer) refusal(err error, asJSON bool) int {
	var b bytes.Buffer
	_ = verb.WriteError(&b, err, asJSON)
	_, _ = w.err.Write(harmless(b.Bytes(), asJSON))
	return release.Exit(err)
}

// farewell prints the line with which a screen ends.
func (w writer) farewell(err error) {
	_, _ = w.err.Write(harmless([]byte(line(err)), false))
}

// cleaner is harmless for a stream: the bytes of a character that a write cuts in two wait for the rest.
type cleaner struct {
	to   io.Writer
	rest []byte
}

func (c *cleaner) Write(b []byte) (int, error) {
	text := append(c.rest, b...)
	whole := len(text)
	for i := max(0, whole-utf8.UTFMax+1); i < whole; i++ {
		if utf8.RuneStart(text[i]) && !utf8.FullRune(text[i:]) {
			whole = i
		}
	}
	c.rest = text[whole:]
	if _, err := c.to.Write(harmless(text[:whole], false)); err != nil {
		return 0, err
	}
	return len(b), nil
}

// harmless keeps what a terminal would act on out of plain text, and writes it as \u escapes in JSON, where
// such a character can only stand inside a string. Text is cleaned when it enters the house; this is the
// second lock.
func harmless(text []byte, asJSON bool) []byte {
	if !slices.ContainsFunc(text, func(c byte) bool { return c >= 0x7F || c < ' ' && c != '\n' && c != '\t' }) {
		return text
	}
	var b bytes.Buffer
	b.Grow(len(text))
	for _, r := range string(text) {
		switch {
		case r == '\n' || r == '\t' || release.Printable(r):
			b.WriteRune(r)
		case !asJSON:
		case r > 0xFFFF:
			r -= 0x10000
			fmt.Fprintf(&b, `\u%04x\u%04x`, 0xD800+(r>>10), 0xDC00+(r&0x3FF))
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.Bytes()
}
