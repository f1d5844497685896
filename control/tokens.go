package control

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"signalbox/release"
	"signalbox/release/access"
	"signalbox/release/port"
	"signalbox/release/verb"
)

// TokenScopes lists what a token may be for.
var TokenScopes = []string{"gate", "hooks", "ics"}

func hashToken(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

// Token finds the name of a live token by its secret. The secret is 256 random bits, so its hash can be
// looked up directly.
func (c *Control) Token(ctx context.Context, secret, scope string) (string, error) {
	var t port.Token
	err := c.Store.Read(ctx, func(r port.Reader) error {
		var err error
		t, err = r.TokenByHash(ctx, hashToken(secret))
		return err
	})
	if release.CodeOf(err) == release.NotFound || (err == nil && (!t.RevokedAt.IsZero() || t.Scope != scope)) {
		return "", release.Errorf(release.Unauthenticated, "that token opens nothing here").
			Advise("an admin makes one: token add NAME --scope %s", scope)
	}
	return t.Name, err
}

func (c *Control) tokenAdd(ctx context.Context, call verb.Call) (verb.Answer, error) {
	name := strings.ToLower(release.Clean(call.Arg(0), 40))
	if !personID.MatchString(name) {
		return verb.Answer{}, release.Errorf(release.Usage, "%q is not a token's name", name).Advise("use a to z, digits, dot, dash or underscore")
	}
	random, err := c.randomHex(32)
	if err != nil {
		return verb.Answer{}, err
	}
	secret := "sbx_" + random
	return c.act(ctx, call, func(ctx context.Context, tx port.Tx, p *access.Person, at time.Time) (done, error) {
		if err := org(p, access.Tokens, at); err != nil {
			return done{}, err
		}
		all, err := tx.Tokens(ctx)
		if err != nil {
			return done{}, err
		}
		if slices.ContainsFunc(all, func(t port.Token) bool { return t.Name == name }) {
			return done{}, release.Errorf(release.Refused, "there is a token %s already", name).Advise("choose another name; names are not used twice")
		}
		t := port.Token{Name: name, Scope: call.Flag("scope"), Hash: hashToken(secret), CreatedAt: at}
		if p != nil {
			t.By = p.ID
		}
		if err := tx.PutToken(ctx, t); err != nil {
			return done{}, err
		}
		return done{subject: "token:" + name, summary: fmt.Sprintf("token %s for %s was made", name, t.Scope),
			lines: []string{secret, "it is shown this once: keep it"},
			value: map[string]string{"name": name, "scope": t.Scope, "token": secret}}, nil
	})
}

func (c *Control) tokenRevoke(ctx context.Context, call verb.Call) (verb.Answer, error) {
	name := strings.ToLower(call.Arg(0))
	return c.act(ctx, call, func(ctx context.Context, tx port.Tx, p *access.Person, at time.Time) (done, error) {
		if err := org(p, access.Tokens, at); err != nil {
			return done{}, err
		}
		all, err := tx.Tokens(ctx)
		if err != nil {
			return done{}, err
		}
		i := slices.IndexFunc(all, func(t port.Token) bool { return t.Name == name })
		if i < 0 {
			return done{}, release.Errorf(release.NotFound, "there is no token %q", release.Clean(name, 40)).Advise("token list shows them")
		}
		t := all[i]
		if !t.RevokedAt.IsZero() {
			return done{}, release.Errorf(release.Refused, "token %s is revoked already", name)
		}
		t.RevokedAt = at
		if err := tx.PutToken(ctx, t); err != nil {
			return done{}, err
		}
		return done{subject: "token:" + name, summary: fmt.Sprintf("token %s was revoked", name), value: t}, nil
	})
}

func (c *Control) tokenList(ctx context.Context, call verb.Call) (verb.Answer, error) {
	var ans verb.Answer
	err := c.look(ctx, call, func(r port.Reader, p *access.Person, at time.Time) error {
		if err := org(p, access.Tokens, at); err != nil {
			return err
		}
		all, err := r.Tokens(ctx)
		if err != nil {
			return err
		}
		rows := [][]string{{"NAME", "SCOPE", "MADE", "BY", ""}}
		for _, t := range all {
			state := ""
			if !t.RevokedAt.IsZero() {
				state = "revoked " + t.RevokedAt.Format(time.RFC3339)
			}
			rows = append(rows, []string{t.Name, t.Scope, t.CreatedAt.Format(time.RFC3339), string(t.By), state})
		}
		ans = verb.Answer{Lines: table(rows), Value: verb.NewList(all, "", at, nil)}
		if len(all) == 0 {
			ans.Lines = []string{"no token; make one: token add NAME --scope gate"}
		}
		return nil
	})
	return ans, err
}
