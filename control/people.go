package control

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"net/mail"
	"regexp"
	"slices"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"

	"signalbox/release"
	"signalbox/release/access"
	"signalbox/release/catalog"
	"signalbox/release/port"
	"signalbox/release/verb"
)

// people: who is known, by which keys and logins, with which grants.

var personID = regexp.MustCompile(`^[a-z][a-z0-9._-]{0,39}$`)

// init makes an empty store usable: it names the audit log, registers the signing key, and adds the first
// admin, linked to the operating-system user who runs it.
func (c *Control) initialise(ctx context.Context, call verb.Call) (verb.Answer, error) {
	return c.act(ctx, call, func(ctx context.Context, tx port.Tx, _ *access.Person, at time.Time) (done, error) {
		origin, err := tx.Meta(ctx, originKey)
		if err != nil {
			return done{}, err
		}
		if origin != "" {
			return done{}, release.Errorf(release.Refused, "the store is initialised already").
				Advise("add people with: signalbox person add")
		}
		var id [8]byte
		if _, err := io.ReadFull(c.Rand, id[:]); err != nil {
			return done{}, err
		}
		origin = "signalbox/" + hex.EncodeToString(id[:])
		if err := tx.SetMeta(ctx, originKey, origin); err != nil {
			return done{}, err
		}
		if err := tx.AddAuditKey(ctx, c.VerifierKey); err != nil {
			return done{}, err
		}
		d := done{subject: origin, summary: "the store was initialised", detail: map[string]string{"audit_key": c.VerifierKey},
			value: map[string]string{"origin": origin, "audit_key": c.VerifierKey}}
		admin := call.Flag("admin")
		if admin == "" {
			d.lines = []string{"add the first admin: signalbox person add ID --role admin --key FILE --data DIR"}
			return d, nil
		}
		p, err := c.newPerson(ctx, tx, admin, call, []access.Grant{{Role: access.Admin, Scope: access.Org}}, at)
		if err != nil {
			return done{}, err
		}
		if u := localUser(call.Actor); u != "" {
			if err := tx.AddIdentity(ctx, p.ID, access.Identity{System: "os", Value: u}); err != nil {
				return done{}, err
			}
		}
		d.lines = []string{fmt.Sprintf("%s is admin; start the server: signalbox serve --data DIR", p.ID)}
		return d, nil
	})
}

// newPerson checks and writes a person with the keys, identities and grants that a call names.
func (c *Control) newPerson(ctx context.Context, tx port.Tx, id string, call verb.Call, grants []access.Grant, at time.Time) (*access.Person, error) {
	id = strings.ToLower(strings.TrimSpace(id))
	if !personID.MatchString(id) {
		return nil, release.Errorf(release.Usage, "%q is not a person's id", release.Clean(id, 50)).
			Advise("use a to z, digits, dot, dash or underscore, a letter first, at most 40")
	}
	p := &access.Person{ID: access.PersonID(id), Name: release.Clean(call.Flag("name"), 80)}
	if p.Name == "" {
		p.Name = id
	}
	if e := call.Flag("email"); e != "" {
		m, err := mail.ParseAddress(e)
		if err != nil {
			return nil, release.Errorf(release.Usage, "%q is not a mail address", release.Clean(e, 80))
		}
		p.Email = strings.ToLower(m.Address)
	}
	if z := call.Flag("zone"); z != "" {
		if _, err := time.LoadLocation(z); err != nil || z == "Local" {
			return nil, release.Errorf(release.Usage, "%q is not a time zone", release.Clean(z, 60)).
				Advise("write its IANA name, such as Europe/London")
		}
		p.Zone = z
	}
	if _, err := tx.Person(ctx, p.ID); err == nil {
		return nil, release.Errorf(release.Refused, "%s exists already", p.ID).Advise("person list shows everybody")
	} else if release.CodeOf(err) != release.NotFound {
		return nil, err
	}
	if err := tx.PutPerson(ctx, p); err != nil {
		return nil, err
	}
	for _, k := range call.Flags["key"] {
		if _, err := c.addKey(ctx, tx, p.ID, k, at); err != nil {
			return nil, err
		}
	}
	for _, l := range call.Flags["link"] {
		i, err := parseIdentity(l)
		if err != nil {
			return nil, err
		}
		if err := tx.AddIdentity(ctx, p.ID, i); err != nil {
			return nil, err
		}
	}
	for _, g := range grants {
		g.Person = p.ID
		if err := tx.AddGrant(ctx, g); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// addKey reads one authorized_keys line. Ed25519, ECDSA, RSA of 2048 bits or more, and their FIDO forms are
// taken; options and certificates are not.
func (c *Control) addKey(ctx context.Context, tx port.Tx, id access.PersonID, line string, at time.Time) (access.Key, error) {
	pub, comment, options, rest, err := ssh.ParseAuthorizedKey([]byte(line))
	if err != nil || len(options) > 0 || len(strings.TrimSpace(string(rest))) > 0 {
		return access.Key{}, release.Errorf(release.Usage, "that is not one public key").
			Advise("give the line of the .pub file: ssh-ed25519 AAAA…")
	}
	if _, isCert := pub.(*ssh.Certificate); isCert || pub.Type() == "ssh-dss" {
		return access.Key{}, release.Errorf(release.Refused, "keys of type %s are not taken", pub.Type()).
			Advise("make one: ssh-keygen -t ed25519")
	}
	if cp, ok := pub.(ssh.CryptoPublicKey); ok && rsaBits(cp) > 0 && rsaBits(cp) < 2048 {
		return access.Key{}, release.Errorf(release.Refused, "an RSA key of %d bits is too short", rsaBits(cp)).
			Advise("make one: ssh-keygen -t ed25519")
	}
	k := access.Key{Person: id, Fingerprint: ssh.FingerprintSHA256(pub), Comment: release.Clean(comment, 80), AddedAt: at,
		Authorized: strings.TrimSpace(string(ssh.MarshalAuthorizedKey(pub)))}
	return k, tx.AddKey(ctx, k)
}

func parseIdentity(s string) (access.Identity, error) {
	system, value, ok := strings.Cut(strings.TrimSpace(s), ":")
	i := access.Identity{System: strings.ToLower(system), Value: strings.ToLower(release.Clean(value, 200))}
	if !ok || i.Value == "" || strings.ContainsAny(i.Value, " ") || !slices.Contains(access.Systems, i.System) {
		return i, release.Errorf(release.Usage, "%q is not an identity", release.Clean(s, 80)).
			Advise("write SYSTEM:LOGIN with one of %s", strings.Join(access.Systems, ", "))
	}
	return i, nil
}

func (c *Control) parseGrant(call verb.Call, role string, at time.Time) (access.Grant, error) {
	g := access.Grant{Role: access.Role(strings.ToLower(role)), Scope: access.Org}
	if !g.Role.Known() {
		return g, release.Errorf(release.Usage, "there is no role %q", release.Clean(role, 40)).Advise("choose one of %s", roleNames())
	}
	var err error
	if s := call.Flag("scope"); s != "" {
		if g.Scope, err = c.scope(s); err != nil {
			return g, err
		}
	}
	if u := call.Flag("until"); u != "" {
		if g.Until, err = verb.ParseTime(u, at); err != nil {
			return g, err
		}
		if !g.Until.After(at) {
			return g, release.Errorf(release.Usage, "the grant would have ended already").Advise("give a later --until, or none")
		}
	}
	return g, nil
}

// scope reads a scope, with the aliases of environments replaced by their names.
func (c *Control) scope(s string) (access.Scope, error) {
	scope, err := access.ParseScope(s)
	if err != nil {
		return "", err
	}
	terms := strings.Split(string(scope), ",")
	for i, t := range terms {
		name, ok := strings.CutPrefix(t, "environment:")
		if !ok {
			continue
		}
		env, known := catalog.Resolve(c.wired().Environments, name)
		if !known {
			return "", release.Errorf(release.Usage, "the environment %q is not configured", name).
				Advise("choose one of %s", environmentNames(c.wired().Environments))
		}
		terms[i] = "environment:" + env.Name
	}
	return access.ParseScope(strings.Join(terms, ","))
}

func roleNames() string { return strings.Join(roleWords(), ", ") }

func roleWords() []string {
	var out []string
	for _, r := range access.Roles {
		out = append(out, string(r))
	}
	return out
}

func (c *Control) personAdd(ctx context.Context, call verb.Call) (verb.Answer, error) {
	var grants []access.Grant
	for _, r := range call.Flags["role"] {
		g, err := c.parseGrant(call, r, c.now())
		if err != nil {
			return verb.Answer{}, err
		}
		grants = append(grants, g)
	}
	return c.act(ctx, call, func(ctx context.Context, tx port.Tx, by *access.Person, at time.Time) (done, error) {
		if err := org(by, access.People, at); err != nil {
			return done{}, err
		}
		p, err := c.newPerson(ctx, tx, call.Arg(0), call, grants, at)
		if err != nil {
			return done{}, err
		}
		whole, err := tx.Person(ctx, p.ID)
		if err != nil {
			return done{}, err
		}
		return done{subject: string(p.ID), summary: fmt.Sprintf("%s was added", p.ID), value: whole, revision: p.Revision,
			detail: map[string]string{"grants": grantWords(grants), "keys": fmt.Sprint(len(whole.Keys))}}, nil
	})
}

// org checks an organisation-wide permission; the local operator has passed may already.
func org(p *access.Person, perm access.Permission, at time.Time) error {
	if p == nil {
		return nil
	}
	return access.Authorise(p, perm, access.Target{}, at)
}

func grantWords(grants []access.Grant) string {
	var out []string
	for _, g := range grants {
		w := string(g.Role) + " " + string(g.Scope)
		if !g.Until.IsZero() {
			w += " until " + g.Until.Format(time.RFC3339)
		}
		out = append(out, w)
	}
	return strings.Join(out, "; ")
}

// onPerson is an act on one person that exists.
func (c *Control) onPerson(ctx context.Context, call verb.Call, fn func(ctx context.Context, tx port.Tx, p *access.Person, at time.Time) (summary string, detail map[string]string, err error)) (verb.Answer, error) {
	id := access.PersonID(strings.ToLower(call.Arg(0)))
	return c.act(ctx, call, func(ctx context.Context, tx port.Tx, by *access.Person, at time.Time) (done, error) {
		if err := org(by, access.People, at); err != nil {
			return done{}, err
		}
		p, err := tx.Person(ctx, id)
		if err != nil {
			return done{}, err
		}
		summary, detail, err := fn(ctx, tx, p, at)
		if err != nil {
			return done{}, err
		}
		if p, err = tx.Person(ctx, id); err != nil {
			return done{}, err
		}
		if err := someAdmin(ctx, tx, id, at); err != nil {
			return done{}, err
		}
		return done{subject: string(id), summary: summary, detail: detail, value: p, revision: p.Revision}, nil
	})
}

// someAdmin refuses an act on a person after which nobody could undo it: where there has been an admin of
// the whole organisation, one must remain.
func someAdmin(ctx context.Context, r port.Reader, last access.PersonID, at time.Time) error {
	people, err := r.People(ctx)
	if err != nil {
		return err
	}
	any := false
	for i := range people {
		for _, g := range people[i].Grants {
			if g.Role == access.Admin && g.Scope == access.Org && g.Live(at) && !people[i].Disabled {
				return nil
			}
		}
		any = any || len(people[i].Grants) > 0
	}
	if !any {
		return nil // the store is being set up
	}
	return release.Errorf(release.Refused, "%s is the last admin", last).Advise("make another first: person grant ID admin")
}

func (c *Control) personKey(ctx context.Context, call verb.Call) (verb.Answer, error) {
	return c.onPerson(ctx, call, func(ctx context.Context, tx port.Tx, p *access.Person, at time.Time) (string, map[string]string, error) {
		if f := call.Flag("remove"); f != "" {
			return fmt.Sprintf("a key of %s was removed", p.ID), map[string]string{"fingerprint": f}, tx.RemoveKey(ctx, p.ID, f)
		}
		k, err := c.addKey(ctx, tx, p.ID, call.Arg(1), at)
		return fmt.Sprintf("a key of %s was added", p.ID), map[string]string{"fingerprint": k.Fingerprint}, err
	})
}

func (c *Control) personLink(ctx context.Context, call verb.Call) (verb.Answer, error) {
	i, err := parseIdentity(call.Arg(1))
	if err != nil {
		return verb.Answer{}, err
	}
	return c.onPerson(ctx, call, func(ctx context.Context, tx port.Tx, p *access.Person, at time.Time) (string, map[string]string, error) {
		d := map[string]string{"identity": i.String()}
		if call.Has("remove") {
			return fmt.Sprintf("%s is no longer %s", i, p.ID), d, tx.RemoveIdentity(ctx, p.ID, i)
		}
		return fmt.Sprintf("%s is %s", i, p.ID), d, tx.AddIdentity(ctx, p.ID, i)
	})
}

func (c *Control) personGrant(ctx context.Context, call verb.Call) (verb.Answer, error) {
	g, err := c.parseGrant(call, call.Arg(1), c.now())
	if err != nil {
		return verb.Answer{}, err
	}
	return c.onPerson(ctx, call, func(ctx context.Context, tx port.Tx, p *access.Person, at time.Time) (string, map[string]string, error) {
		g := g
		g.Person = p.ID
		d := map[string]string{"grant": grantWords([]access.Grant{g})}
		if call.Has("remove") {
			return fmt.Sprintf("%s is no longer %s in %s", p.ID, g.Role, g.Scope), d, tx.RemoveGrant(ctx, p.ID, g.Role, g.Scope)
		}
		return fmt.Sprintf("%s is %s in %s", p.ID, g.Role, g.Scope), d, tx.AddGrant(ctx, g)
	})
}

func (c *Control) personDisable(ctx context.Context, call verb.Call) (verb.Answer, error) {
	return c.onPerson(ctx, call, func(ctx context.Context, tx port.Tx, p *access.Person, at time.Time) (string, map[string]string, error) {
		p.Disabled = !call.Has("enable")
		word := "disabled"
		if !p.Disabled {
			word = "enabled"
		}
		return fmt.Sprintf("%s was %s", p.ID, word), nil, tx.PutPerson(ctx, p)
	})
}

func (c *Control) personList(ctx context.Context, call verb.Call) (verb.Answer, error) {
	var ans verb.Answer
	err := c.look(ctx, call, func(r port.Reader, by *access.Person, at time.Time) error {
		if err := org(by, access.People, at); err != nil {
			return err
		}
		people, err := r.People(ctx)
		if err != nil {
			return err
		}
		rows := [][]string{{"ID", "NAME", "GRANTS", "KEYS", "LOGINS", ""}}
		for _, p := range people {
			state := ""
			if p.Disabled {
				state = "disabled"
			}
			var logins []string
			for _, i := range p.Identities {
				logins = append(logins, i.String())
			}
			rows = append(rows, []string{string(p.ID), p.Name, grantWords(p.Grants), fmt.Sprint(len(p.Keys)), strings.Join(logins, " "), state})
		}
		ans = verb.Answer{Lines: table(rows), Value: verb.NewList(people, "", at, nil)}
		if len(people) == 0 {
			ans.Lines = []string{"nobody yet; add somebody: person add ID --role ROLE --key KEY"}
		}
		return nil
	})
	return ans, err
}

// PersonByKey finds who holds a key, for the SSH door.
func (c *Control) PersonByKey(ctx context.Context, fingerprint string) (*access.Person, error) {
	var p *access.Person
	err := c.Store.Read(ctx, func(r port.Reader) error {
		var err error
		p, err = r.PersonByKey(ctx, fingerprint)
		return err
	})
	return p, err
}

// PersonByPrincipal returns the person whose id a certificate names.
func (c *Control) PersonByPrincipal(ctx context.Context, principal string) (*access.Person, error) {
	var p *access.Person
	err := c.Store.Read(ctx, func(r port.Reader) error {
		var err error
		p, err = r.Person(ctx, access.PersonID(principal))
		return err
	})
	return p, err
}

// randomHex returns n random bytes in hex.
func (c *Control) randomHex(n int) (string, error) {
	b := make([]byte, n)
	src := c.Rand
	if src == nil {
		src = rand.Reader
	}
	if _, err := io.ReadFull(src, b); err != nil {
		return "", err
	}
	return hex.EncodeToString(b), nil
}

// personEdit changes what is said of a person: name, address and zone. "" leaves a thing as it is.
func (c *Control) personEdit(ctx context.Context, call verb.Call) (verb.Answer, error) {
	return c.onPerson(ctx, call, func(ctx context.Context, tx port.Tx, p *access.Person, at time.Time) (string, map[string]string, error) {
		detail := map[string]string{}
		if call.Has("name") {
			p.Name = release.Clean(call.Flag("name"), 100)
			detail["name"] = p.Name
		}
		if call.Has("zone") {
			p.Zone = call.Flag("zone")
			if _, err := time.LoadLocation(p.Zone); err != nil || p.Zone == "Local" {
				return "", nil, release.Errorf(release.Usage, "%q is not a time zone", release.Clean(p.Zone, 40)).Advise("write an IANA name such as Europe/London")
			}
			detail["zone"] = p.Zone
		}
		if call.Has("email") {
			if err := readdress(ctx, tx, p, strings.ToLower(release.Clean(call.Flag("email"), 200))); err != nil {
				return "", nil, err
			}
			detail["email"] = p.Email
		}
		if len(detail) == 0 {
			return "", nil, release.Errorf(release.Usage, "nothing was given to change").Advise("add --name, --email or --zone")
		}
		return string(p.ID) + " was edited: " + strings.Join(slices.Sorted(maps.Keys(detail)), ", "), detail, tx.PutPerson(ctx, p)
	})
}

// readdress gives a person another address, which is also the identity of commits by it.
func readdress(ctx context.Context, tx port.Tx, p *access.Person, email string) error {
	if email != "" && !strings.Contains(email, "@") {
		return release.Errorf(release.Usage, "%q is not an address", email)
	}
	if p.Email != "" && email != p.Email {
		if err := tx.RemoveIdentity(ctx, p.ID, access.Identity{System: "email", Value: p.Email}); err != nil && release.CodeOf(err) != release.NotFound {
			return err
		}
	}
	if email != "" && email != p.Email {
		if err := tx.AddIdentity(ctx, p.ID, access.Identity{System: "email", Value: email}); err != nil {
			return err
		}
	}
	p.Email = email
	return nil
}
