package sshserver

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"time"

	"charm.land/ssh"

	"signalbox/release"
	"signalbox/release/verb"
)

// run serves the shell or the command that was asked for, and returns its exit status. A screen is opened
// only on a terminal, by the words of a verb or of a place; a command is one verb of the catalogue, whatever it is typed on.
func (v *visit) run(sess ssh.Session, out writer) int {
	if len(sess.RawCommand()) > v.server.limits.Command {
		return out.refusal(release.Errorf(release.Usage, "the command is longer than %d bytes", v.server.limits.Command).
			Advise("send what is long on standard input"), false)
	}
	words, err := split(sess.RawCommand())
	asJSON := slices.Contains(words, "--json")
	if err != nil {
		return out.refusal(err, asJSON)
	}
	_, _, onTerminal := sess.Pty()
	if len(words) == 0 {
		if !onTerminal {
			return out.refusal(release.Errorf(release.Usage, "a screen needs a terminal, and no command was given").
				Advise("for the screen: ssh -t HOST; for the commands: ssh HOST help"), false)
		}
		code, opened := v.screen(sess, out, nil)
		if !opened {
			return out.refusal(release.Errorf(release.Internal, "there is no screen to open"), false)
		}
		return code
	}
	call, plain, err := v.parse(words)
	if err != nil {
		// A place may have no verb of its name: calendar has none, and is a screen.
		if _, _, none := v.server.service.Verbs().Match(words); none != nil && onTerminal && !asJSON {
			if code, opened := v.screen(sess, out, words); opened {
				return code
			}
		}
		return out.refusal(err, asJSON)
	}
	if onTerminal && !plain {
		if code, opened := v.screen(sess, out, words); opened {
			return code
		}
	}
	if err := v.enter(inCommand); err != nil {
		return out.refusal(err, asJSON)
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() {
		<-v.done // the session has ended or must end
		cancel()
	}()
	answer, err := v.do(ctx, sess, call)
	if err == nil {
		err = out.answer(answer, asJSON, onTerminal)
	}
	if err != nil {
		if release.CodeOf(err) == release.Internal {
			v.server.log.Error("a command failed", "person", v.actor.String(), "verb", call.Verb, "err", errorText(err))
		}
		return out.refusal(err, asJSON)
	}
	return answer.Exit
}

// parse finds the one verb that the words are, and refuses what does not belong to this door. Plain says
// that words are asked for, not a screen: help, or JSON. The catalogue's own verb explains the others.
func (v *visit) parse(words []string) (call verb.Call, plain bool, err error) {
	if words[0] == "--help" || words[0] == "-h" {
		words = append([]string{"help"}, words[1:]...)
	}
	table := v.server.service.Verbs()
	found, call, plain, help, err := table.Parse(words)
	call.Actor = v.actor
	switch {
	case help:
		call = verb.Call{Actor: v.actor, Verb: "help", Args: strings.Fields(found.Name)}
		return call, true, nil
	case found.Machine:
		v.connection.refuse(v.conn, noMachine)
		return call, plain, release.Errorf(release.Refused, "%s works on the machine's own files and is not offered over ssh", found.Name).
			Advise("run it on the machine: signalbox %s", found.Name)
	}
	return call, plain, err
}

// do runs one call under the time limit. A verb that does not return in time is left behind: it is not
// known to have done nothing, and the sentence says so. What the answer still reads from ctx afterwards, a
// long export, is not under the limit but under the caller's pace.
func (v *visit) do(ctx context.Context, sess ssh.Session, call verb.Call) (verb.Answer, error) {
	ctx, late := context.WithCancel(ctx)
	clock := time.AfterFunc(v.server.limits.Exec, late)
	defer clock.Stop()
	call.In = &capped{from: sess, left: v.server.limits.Input, limit: v.server.limits.Input}
	type result struct {
		answer verb.Answer
		err    error
	}
	results := make(chan result, 1)
	v.server.work.Add(1)
	go func() {
		defer v.server.work.Done()
		r := result{err: release.Errorf(release.Internal, "this command met a fault of its own").
			Advise("look before you try again; the server log has the cause")}
		defer func() { results <- r }()
		v.server.contain("command "+call.Verb, func() { r.answer, r.err = v.server.service.Do(ctx, call) })
	}()
	select {
	case r := <-results:
		return r.answer, r.err
	case <-ctx.Done():
	}
	if end := v.ended(); end != nil && end.reason != nil { // the key was taken away
		return verb.Answer{}, end.reason
	}
	return verb.Answer{}, release.Errorf(release.Unavailable, "there was no answer within %s", v.server.limits.Exec).
		Advise("it is not known whether it was done: look before you try again")
}

// capped is standard input up to a size.
type capped struct {
	from        io.Reader
	left, limit int64
}

func (c *capped) Read(p []byte) (int, error) {
	if int64(len(p)) > c.left+1 {
		p = p[:c.left+1]
	}
	n, err := c.from.Read(p)
	if c.left -= int64(n); c.left < 0 {
		return 0, release.Errorf(release.Usage, "standard input is larger than %d bytes", c.limit)
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return n, release.Errorf(release.Unavailable, "standard input broke off").Because(err)
	}
	return n, err
}
