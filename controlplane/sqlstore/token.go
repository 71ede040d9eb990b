package sqlstore

import (
	"context"
	"time"

	"github.com/phoenix-platform/phoenix/controlplane"
	"github.com/phoenix-platform/phoenix/controlplane/sqlstore/internal/rows"
)

// tokenRow is a token with what nobody but the store is shown.
type tokenRow struct {
	controlplane.Token
	Hash []byte `json:"hash"`
}

func (t tokenRow) token() controlplane.Token {
	t.Token.Hash = t.Hash
	return t.Token
}

func (r reader) Token(ctx context.Context, id string) (controlplane.Token, error) {
	row, err := one[tokenRow](r.q.Token(ctx, id))
	return row.token(), err
}

func (r reader) Tokens(ctx context.Context, s controlplane.Span[string]) ([]controlplane.Token, error) {
	found, err := list[tokenRow](ctx, s, r.q.Tokens, r.q.TokensDown)
	if err != nil {
		return nil, err
	}
	tokens := make([]controlplane.Token, len(found))
	for i, row := range found {
		tokens[i] = row.token()
	}
	return tokens, nil
}

func (r reader) HasTokens(ctx context.Context, p controlplane.Purpose) (bool, error) {
	return r.q.HasTokens(ctx, string(p))
}

func (w writer) PutToken(ctx context.Context, t controlplane.Token) error {
	body, err := encode(tokenRow{Token: t, Hash: t.Hash})
	if err != nil {
		return err
	}
	return w.q.PutToken(ctx, rows.PutTokenParams{ID: t.ID, Purpose: string(t.Purpose), Subject: t.Subject, Body: body})
}

func (w writer) RevokeTokensOf(ctx context.Context, p controlplane.Purpose, subject string, at time.Time) error {
	return w.q.RevokeTokensOf(ctx, at.UTC().Format(time.RFC3339Nano), string(p), subject)
}
