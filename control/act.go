package control

import (
	"context"
	"maps"
	"time"

	"signalbox/release"
	"signalbox/release/access"
	"signalbox/release/audit"
	"signalbox/release/port"
	"signalbox/release/verb"
)

// done is what an act tells the log and the caller once its state is written.
type done struct {
	subject  string
	summary  string // one line for the ticker and the answer
	reason   string
	code     string
	revision int64
	policy   string
	detail   map[string]string
	value    any
	lines    []string // after the summary
	undo     time.Duration
}

// deed writes state in a transaction. p is who acts as of this transaction, nil for the local operator
// without a person and for machines.
type deed func(ctx context.Context, tx port.Tx, p *access.Person, at time.Time) (done, error)

// act is the one path of every verb that changes something: who acts is looked up, the permission is
// checked, fn applies the rule and writes, and the audit entry is sealed, all in one transaction. If
// anything fails nothing was written. A refusal is then recorded by an entry of its own.
func (c *Control) act(ctx context.Context, call verb.Call, fn deed) (verb.Answer, error) {
	v, _ := c.verbs.Find(call.Verb)
	at := c.now()
	var out done
	var seq int64
	err := c.deciding(ctx, func(tx port.Tx) error {
		p, err := who(ctx, tx, call.Actor)
		if err != nil {
			return err
		}
		if err := may(p, call.Actor, v.Permission, at); err != nil {
			return err
		}
		out, err = fn(ctx, tx, p, at)
		if err != nil {
			return err
		}
		seq, err = c.seal(ctx, tx, entry(call.Actor, p, v.Name, at, out))
		return err
	})
	if err != nil {
		c.recordRefusal(ctx, call, at, err)
		return verb.Answer{}, err
	}
	return verb.Answer{
		Lines: append([]string{out.summary}, out.lines...), Value: out.value, Seq: seq, Undo: int(out.undo / time.Second),
	}, nil
}

// who looks up the person behind an actor as of this transaction. The door has verified the key; here it
// must still be that person's, and the person in good standing. Machines and the unlinked local operator
// have no person.
func who(ctx context.Context, r registry, a access.Actor) (*access.Person, error) {
	switch a.Door {
	case access.SSH:
		if a.Certificate != "" { // the door watches over it; here the person counts
			return certified(ctx, r, a)
		}
		p, err := r.PersonByKey(ctx, a.Fingerprint)
		if release.CodeOf(err) == release.NotFound || (err == nil && p.ID != a.Person) {
			return nil, release.Errorf(release.Refused, "the key of this session is no longer yours").
				Advise("sign in again with a key that an admin has added")
		}
		if err == nil && p.Disabled {
			return nil, release.Errorf(release.Refused, "%s is disabled", p.ID).Advise("ask an admin")
		}
		return p, err
	case access.Local:
		p, err := r.PersonByIdentity(ctx, access.Identity{System: "os", Value: localUser(a)})
		if release.CodeOf(err) == release.NotFound {
			return nil, nil
		}
		return p, err
	}
	return nil, nil
}

// certified is the person whom a certificate names.
func certified(ctx context.Context, r registry, a access.Actor) (*access.Person, error) {
	p, err := r.Person(ctx, a.Person)
	if release.CodeOf(err) == release.NotFound {
		return nil, release.Errorf(release.Refused, "%s, whom your certificate names, is nobody here any more", a.Person).Advise("ask an admin")
	}
	if err == nil && p.Disabled {
		return nil, release.Errorf(release.Refused, "%s is disabled", p.ID).Advise("ask an admin")
	}
	return p, err
}

func localUser(a access.Actor) string {
	if len(a.Name) > 3 && a.Name[:3] == "os:" {
		return a.Name[3:]
	}
	return a.Name
}

// localMay is what the machine's own operator may do without being linked to a person (CONTRACTS section
// 2): set up and look after, never decide.
var localMay = map[access.Permission]bool{
	access.Public: true, access.People: true, access.Catalog: true, access.VerifyAudit: true, access.ReadAudit: true,
	access.Tokens: true, access.RetryFeed: true, access.Connectors: true,
}

// may checks the permission without its scope, which only the deed knows.
func may(p *access.Person, a access.Actor, perm access.Permission, at time.Time) error {
	if p == nil && a.Door == access.Local && localMay[perm] {
		return nil
	}
	if p == nil && a.Door == access.Local {
		return release.Errorf(release.Refused, "%s is linked to no person, and this needs one", a.Name).
			Advise("link yourself: signalbox person link ID %s", a.Name)
	}
	if access.Holds(p, perm, at) {
		return nil
	}
	// The org-wide question gives the sentence; a holder of some scope has passed above.
	return access.Authorise(p, perm, access.Target{}, at)
}

func entry(a access.Actor, p *access.Person, verb string, at time.Time, d done) audit.Entry {
	e := audit.Entry{
		At: at, Actor: a.String(), Door: a.Door, Fingerprint: a.Fingerprint, Verb: verb, Subject: d.subject,
		Outcome: audit.Done, Reason: d.reason, ReasonCode: d.code, Revision: d.revision, Policy: d.policy,
		Summary: d.summary, Detail: d.detail,
	}
	if p != nil {
		e.Actor = string(p.ID)
	}
	if p != nil && a.Door == access.Local {
		e.Detail = with(e.Detail, "operator", a.Name)
	}
	if a.Certificate != "" {
		e.Detail = with(e.Detail, "certificate", a.Certificate)
	}
	return e
}

// with is a copy of a detail with one more word.
func with(detail map[string]string, key, value string) map[string]string {
	out := maps.Clone(detail)
	if out == nil {
		out = map[string]string{}
	}
	out[key] = value
	return out
}

// recordRefusal writes down that an authenticated actor was told no. Failures of other kinds (usage, not
// found, changed, unavailable) leave no entry: nothing was withheld.
func (c *Control) recordRefusal(ctx context.Context, call verb.Call, at time.Time, err error) {
	e := release.AsError(err)
	if e.Code == release.Internal {
		c.Log.Error("verb failed", "verb", call.Verb, "actor", call.Actor.String(), "cause", e.Cause)
	}
	if e.Code != release.Refused {
		return
	}
	c.refused(ctx, call.Actor, call.Verb, release.Clean(call.Arg(0), 120), e.Message, at)
}

// refusalTimeout bounds the writing of a refusal's entry.
const refusalTimeout = 10 * time.Second

// RefusedAtDoor records that a door turned away a request of an authenticated person: a port forwarding, an
// agent, a second session.
func (c *Control) RefusedAtDoor(ctx context.Context, a access.Actor, what, sentence string) {
	c.refused(ctx, a, "door", what, sentence, c.now())
}

func (c *Control) refused(ctx context.Context, a access.Actor, verb, subject, sentence string, at time.Time) {
	// A caller who hangs up on a refusal must not keep it out of the log.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), refusalTimeout)
	defer cancel()
	werr := c.Store.Write(ctx, func(tx port.Tx) error {
		name := a.String()
		if p, err := who(ctx, tx, a); err == nil && p != nil {
			name = string(p.ID)
		}
		_, err := tx.Append(ctx, audit.Entry{
			At: at, Actor: name, Door: a.Door, Fingerprint: a.Fingerprint, Verb: verb, Subject: subject,
			Outcome: audit.Refused, Reason: sentence, Summary: "refused: " + sentence,
		})
		return err
	})
	if werr != nil {
		c.Log.Error("a refusal could not be recorded", "verb", verb, "actor", a.String(), "cause", werr)
	}
}

// look runs a reading verb: who asks is looked up and the permission checked in the same snapshot.
func (c *Control) look(ctx context.Context, call verb.Call, fn func(r port.Reader, p *access.Person, at time.Time) error) error {
	v, _ := c.verbs.Find(call.Verb)
	at := c.now()
	err := c.judging(ctx, func(r port.Reader) error {
		p, err := who(ctx, r, call.Actor)
		if err != nil {
			return err
		}
		if err := may(p, call.Actor, v.Permission, at); err != nil {
			return err
		}
		return fn(r, p, at)
	})
	if err != nil {
		c.recordRefusal(ctx, call, at, err)
	}
	return err
}

// Do runs a verb of the table for an actor whom a door has verified.
func (c *Control) Do(ctx context.Context, call verb.Call) (verb.Answer, error) {
	v, ok := c.verbs.Find(call.Verb)
	if !ok {
		return verb.Answer{}, release.Errorf(release.Usage, "there is no verb %q", release.Clean(call.Verb, 40)).Advise("help lists them")
	}
	if v.Machine && call.Actor.Door != access.Local {
		return verb.Answer{}, release.Errorf(release.Refused, "%s works on the machine's own files", v.Name).
			Advise("run it there: signalbox %s --data DIR", v.Name)
	}
	return v.Run(ctx, call)
}
