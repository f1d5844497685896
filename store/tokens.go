package store

import (
	"context"

	"signalbox/release"
	"signalbox/release/port"
)

const tokenColumns = "SELECT name, scope, hash, made_by, created_at, revoked_at FROM access_token"

func scanToken(scan func(...any) error) (t port.Token, err error) {
	return t, scan(&t.Name, &t.Scope, &t.Hash, perhaps(&t.By), into{&t.CreatedAt}, into{&t.RevokedAt})
}

// Tokens lists every token, revoked ones too, by name.
func (r *reader) Tokens(ctx context.Context) ([]port.Token, error) {
	return collect(ctx, r, scanToken, tokenColumns+" ORDER BY name")
}

// TokenByHash returns the token whose secret has a hash, revoked or not.
func (r *reader) TokenByHash(ctx context.Context, hash string) (port.Token, error) {
	ts, err := collect(ctx, r, scanToken, tokenColumns+" WHERE hash = ?", hash)
	if err != nil {
		return port.Token{}, err
	}
	if len(ts) == 0 {
		return port.Token{}, release.Errorf(release.NotFound, "there is no such token").
			Advise("an admin makes one: signalbox token add")
	}
	return ts[0], nil
}

// PutToken writes a token; one of the same name is replaced.
func (t *tx) PutToken(ctx context.Context, k port.Token) error {
	_, err := t.exec(ctx, port.People, `INSERT INTO access_token (name, scope, hash, made_by, created_at, revoked_at)
		VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (name) DO UPDATE SET scope = excluded.scope, hash = excluded.hash,
		made_by = excluded.made_by, created_at = excluded.created_at, revoked_at = excluded.revoked_at`,
		k.Name, k.Scope, k.Hash, optional(k.By), micros(k.CreatedAt), instant(k.RevokedAt))
	return err
}
