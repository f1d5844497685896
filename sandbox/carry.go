package sandbox

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"

	"signalbox/release"
	"signalbox/release/access"
	"signalbox/release/port"
	"signalbox/release/verb"
)

// carry lets a step happen.
func (s *Sandbox) carry(ctx context.Context, st *Step) error {
	at := s.Now()
	switch {
	case st.Deploy != nil:
		return s.ask(ctx, *st.Deploy)
	case st.Approve != nil:
		return s.decide(ctx, "approve", *st.Approve)
	case st.Reject != nil:
		return s.decide(ctx, "reject", *st.Reject)
	case st.Question != nil:
		return s.decide(ctx, "question", *st.Question)
	case st.Review != nil:
		p, err := s.newestOf(st.Review.Service)
		if err != nil {
			return err
		}
		return s.reviewed(ctx, p, st.Review.By, st.Review.State)
	case st.Status != nil:
		p, err := s.newestOf(st.Status.Service)
		if moves := s.moves(st.Status.Service); moves != nil && st.Status.State != "in_progress" {
			p, err = moves, nil // another may have asked meanwhile
		}
		if err != nil {
			return err
		}
		return s.status(ctx, p, st.Status.State)
	case st.Fault != nil:
		f := fault{service: st.Fault.Service, version: st.Fault.Version, from: at, errors: st.Fault.Errors, latency: st.Fault.Latency, rate: st.Fault.Rate}
		if f.version == "newest" {
			versions, _ := s.telemetry.services[f.service].shares(at) // one that waits takes no requests
			f.version = versions[len(versions)-1]
		}
		if st.Fault.For > 0 {
			f.until = at.Add(time.Duration(st.Fault.For))
		}
		s.telemetry.faults = append(s.telemetry.faults, f)
	case st.Mend != nil:
		s.telemetry.mend(st.Mend.Service, at)
	case st.Alert != nil:
		a := st.Alert
		return s.alarm(ctx, a.Name, a.Service, a.Severity, a.Summary, at, a.Resolved)
	case st.Resolve != nil:
		for _, f := range slices.Clone(s.firing) {
			if f.service == st.Resolve.Service {
				if err := s.alarm(ctx, f.name, f.service, f.severity, f.summary, at, true); err != nil {
					return err
				}
			}
		}
	case st.Silence != nil:
		s.silent[st.Silence.Feed] = true
	case st.Back != nil:
		return s.speak(ctx, st.Back.Feed)
	case st.Freeze != nil:
		f := st.Freeze
		from := at.Add(time.Duration(f.From))
		_, err := s.act(ctx, f.By, "freeze declare", nil, "kind", f.Kind, "scope", f.Scope, "from", stamp(from), "to", stamp(from.Add(time.Duration(f.For))), "message", f.Message)
		return err
	case st.Calendar != nil:
		c := st.Calendar
		i := item{uid: fmt.Sprintf("extra-%d", len(s.extra[c.Calendar])+1), title: clean(c.Title), kind: c.Kind, scope: c.Scope, hard: c.Hard, zone: "UTC",
			start: at.Add(time.Duration(c.From)).UTC().Truncate(time.Minute), length: time.Duration(c.For)}
		s.extra[c.Calendar] = append(s.extra[c.Calendar], i)
	}
	return nil
}

// speak ends the silence of a feed; one that calls delivers what it kept.
func (s *Sandbox) speak(ctx context.Context, name string) error {
	delete(s.silent, name)
	var later, due []message
	for _, m := range s.held {
		if m.from.Name() == name {
			due = append(due, m)
		} else {
			later = append(later, m)
		}
	}
	s.held = later
	for _, m := range due {
		if err := s.receive(ctx, m); err != nil {
			return err
		}
	}
	return nil
}

func (s *Sandbox) newestOf(service string) (*ship, error) {
	if p := s.newest[service]; p != nil {
		return p, nil
	}
	return nil, release.Errorf(release.NotFound, "no version of %s is on its way", service)
}

// ask brings a version with its evidence to the door of production.
func (s *Sandbox) ask(ctx context.Context, d deployStep) error {
	author, reviewer := s.hands("step", d.Service, len(s.ships))
	if d.Author != "" {
		author = d.Author
	}
	if d.Reviewer != "" {
		reviewer = d.Reviewer
	}
	if reviewer == author {
		reviewer = ""
	}
	title := d.Title
	if title == "" {
		title = s.title("step", d.Service, len(s.ships))
	}
	p := s.launch(d.Service, d.Version, title, author)
	p.held = d.Held
	lines, files := d.Lines, d.Files
	if lines == 0 {
		lines, files = 20+s.below(400, "lines", p.commit), 1+s.below(14, "files", p.commit)
	}
	if err := s.push(ctx, p); err != nil {
		return err
	}
	if err := s.merged(ctx, p, lines, files, reviewer); err != nil {
		return err
	}
	if err := s.checks(ctx, p, d.Failing); err != nil {
		return err
	}
	return s.deploy(ctx, p)
}

// decide acts on the newest change of a service as a person of the company.
func (s *Sandbox) decide(ctx context.Context, name string, d decideStep) error {
	p, err := s.newestOf(d.Service)
	if err != nil {
		return err
	}
	id, err := s.changeOf(ctx, p)
	if err != nil {
		return err
	}
	if _, err = s.act(ctx, d.By, name, []string{id}, "message", d.Message); err != nil {
		e := release.AsError(err)
		told := release.Errorf(e.Code, "%s was told: %s", d.By, e.Message) // not whoever reads the timeline
		return told.Because(err)
	}
	return nil
}

// changeOf is the change that asks for a version.
func (s *Sandbox) changeOf(ctx context.Context, p *ship) (id string, err error) {
	err = s.house.Store.Read(ctx, func(r port.Reader) error {
		ch, err := r.ChangeFor(ctx, p.service, "production", release.Digest(p.digest))
		id = ch.ID
		return err
	})
	return id, err
}

// act runs a verb as a person of the company, with the key that nobody but the simulation names.
func (s *Sandbox) act(ctx context.Context, person, name string, args []string, flags ...string) (verb.Answer, error) {
	set := map[string][]string{}
	for i := 0; i < len(flags); i += 2 {
		set[flags[i]] = []string{flags[i+1]}
	}
	key, err := s.key(person)
	if err != nil {
		return verb.Answer{}, err
	}
	return s.house.Control.Do(ctx, verb.Call{Verb: name, Args: args, Flags: set,
		Actor: access.Actor{Person: access.PersonID(person), Door: access.SSH, Fingerprint: ssh.FingerprintSHA256(key)}})
}

// operator runs a verb as the machine's operator.
func (s *Sandbox) operator(ctx context.Context, name string, args []string, flags map[string][]string) error {
	_, err := s.house.Control.Do(ctx, verb.Call{Verb: name, Args: args, Flags: flags, Actor: access.Actor{Name: "os:sandbox", Door: access.Local}})
	return err
}

// key is the public key under which a person of the company acts. It is drawn, not made from a private one:
// nobody can sign in with it.
func (s *Sandbox) key(person string) (ssh.PublicKey, error) {
	d := draw(s.o.Seed, "key", person)
	return ssh.ParsePublicKey(ssh.Marshal(struct {
		Type string
		Key  []byte
	}{ssh.KeyAlgoED25519, d[:]}))
}

// people adds everybody, and the keys of the seats.
func (s *Sandbox) people(ctx context.Context) error {
	for _, m := range members {
		key, err := s.key(m.id)
		if err != nil {
			return release.AsError(err)
		}
		flags := map[string][]string{"name": {m.name}, "key": {strings.TrimSpace(string(ssh.MarshalAuthorizedKey(key)))}}
		if m.login != "" {
			flags["link"] = []string{"github:" + m.login}
			flags["email"] = []string{m.login + "@meridian.example"}
		}
		if m.zone != "" {
			flags["zone"] = []string{m.zone}
		}
		if err := s.operator(ctx, "person add", []string{m.id}, flags); err != nil {
			return err
		}
		for _, r := range strings.Fields(m.roles) {
			role, scope, _ := strings.Cut(r, "@")
			grant := map[string][]string{}
			if scope != "" {
				grant["scope"] = []string{scope}
			}
			if err := s.operator(ctx, "person grant", []string{m.id, role}, grant); err != nil {
				return err
			}
		}
	}
	for _, seat := range Seats {
		if line := s.house.Keys[seat.Name]; line != "" {
			if err := s.operator(ctx, "person key", []string{string(seat.Person), line}, nil); err != nil {
				return err
			}
		}
	}
	return nil
}
