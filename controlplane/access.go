package controlplane

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Authenticate says who shows a secret. The error has [CodeUnauthenticated] and
// tells nobody whether the token exists. The caller adds where the request came
// from.
func (s *Service) Authenticate(ctx context.Context, secret string) (Caller, error) {
	now := s.now()
	return view(ctx, s, func(r Reader) (Caller, error) {
		t, err := r.Token(ctx, TokenID(secret))
		if err != nil && !errors.Is(err, ErrNotFound) {
			return Caller{}, err
		}
		speaks := t.Purpose == PurposeAPI || t.Purpose == PurposeAgent
		if err != nil || !t.is(secret) || !t.Usable(now) || !speaks {
			return Caller{}, fail(CodeUnauthenticated, "ask an administrator for a new one", "the token is unknown, expired or revoked")
		}
		return Caller{Subject: t.Subject, Role: t.Role, TokenID: t.ID}, nil
	})
}

// FirstToken issues the administrator's token of the first start, if there was
// never one; if there was, the secret is empty.
func (s *Service) FirstToken(ctx context.Context) (secret string, err error) {
	had, err := view(ctx, s, func(r Reader) (bool, error) { return r.HasTokens(ctx, PurposeFirst) })
	if err != nil || had {
		return "", err
	}
	issued, err := commit(ctx, s, system, CreateToken, "token", func(u *unit) (Issued, error) {
		u.record.Reason, u.event = "first start", "the first administrator's token was issued"
		return u.issue(ctx, Token{Purpose: PurposeFirst, Subject: "first administrator", CreatedBy: system.Subject})
	})
	return issued.Secret, err
}

// ExchangeFirst gives an administrator's token for the one of the first start,
// which is void from then on. by is who and where from; its role does not
// matter.
func (s *Service) ExchangeFirst(ctx context.Context, by Caller, secret, subject string) (Issued, error) {
	draft := TokenDraft{Purpose: PurposeAPI, Subject: subject, Role: RoleAdmin}
	if err := draft.validate(); err != nil {
		return Issued{}, err
	}
	by.Subject, by.Role, by.TokenID = subject, RoleAdmin, TokenID(secret)
	by.Key = "" // an answer from memory would be without the secret
	return commit(ctx, s, by, ExchangeToken, tokenObject(by.TokenID), func(u *unit) (Issued, error) {
		t, err := u.Token(ctx, by.TokenID)
		if err != nil && !errors.Is(err, ErrNotFound) {
			return Issued{}, err
		}
		if err != nil || !t.is(secret) || t.Purpose != PurposeFirst || !t.Usable(u.now) {
			return Issued{}, fail(CodeUnauthenticated, "it can be exchanged once; ask an administrator for a token", "the first token is unknown, or was exchanged before")
		}
		t.RevokedAt = &u.now
		if err := u.PutToken(ctx, t); err != nil {
			return Issued{}, err
		}
		u.event = subject + " is the first administrator"
		return u.issue(ctx, Token{Purpose: PurposeAPI, Subject: subject, Role: RoleAdmin, CreatedBy: "first token " + t.ID})
	})
}

// CreateToken issues an API or enrolment token.
func (s *Service) CreateToken(ctx context.Context, by Caller, draft TokenDraft) (Issued, error) {
	if err := s.admit(ctx, by, CreateToken, "token", draft.validate()); err != nil {
		return Issued{}, err
	}
	return commit(ctx, s, by, CreateToken, "token", func(u *unit) (Issued, error) {
		u.event = fmt.Sprintf("a token for %s was issued", draft.Subject)
		return u.issue(ctx, draft.token(u.now, by))
	})
}

// token is what is kept of a draft, but for the secret.
func (d TokenDraft) token(now time.Time, by Caller) Token {
	t := Token{Purpose: d.Purpose, Subject: d.Subject, Role: d.Role, Labels: d.Labels, CreatedBy: by.Subject}
	if d.Purpose == PurposeEnrolment {
		t.UsesLeft = max(d.Uses, 1)
		if d.TTL == 0 {
			d.TTL = enrolmentTTL
		}
	}
	if d.TTL > 0 {
		end := now.Add(time.Duration(d.TTL))
		t.ExpiresAt = &end
	}
	return t
}

// issue stores a token with a secret of its own.
func (u *unit) issue(ctx context.Context, t Token) (Issued, error) {
	secret, id, hash := newSecret()
	t.ID, t.Hash, t.CreatedAt = id, hash, u.now
	if u.record.Object == "token" {
		u.record.Object = tokenObject(id)
	}
	if u.record.After == nil {
		if err := u.after(t); err != nil {
			return Issued{}, err
		}
	}
	return Issued{Token: t, Secret: secret}, u.PutToken(ctx, t)
}

func tokenObject(id string) string { return "token/" + id }

// RevokeToken ends a token, and what is open on its word.
func (s *Service) RevokeToken(ctx context.Context, by Caller, id, reason string) error {
	if err := s.admit(ctx, by, RevokeToken, tokenObject(id), wrongReason(reason)); err != nil {
		return err
	}
	_, err := commit(ctx, s, by, RevokeToken, tokenObject(id), func(u *unit) (Token, error) {
		t, err := lookup(u.Token(ctx, id))("token", id, "list them with GET /api/v1/tokens")
		if err != nil || t.RevokedAt != nil {
			u.nothing = true
			return t, err
		}
		u.record.Reason, u.event = reason, fmt.Sprintf("the token of %s was revoked", t.Subject)
		if err := u.before(t); err != nil {
			return t, err
		}
		t.RevokedAt = &u.now
		return t, u.PutToken(ctx, t)
	})
	if err == nil {
		s.outgoing.Cut(id)
	}
	return err
}

// Tokens lists tokens by ID, those that are over as well.
func (s *Service) Tokens(ctx context.Context, by Caller, page Page) (List[Token], error) {
	if err := s.Allow(ctx, by, ReadTokens, "tokens"); err != nil {
		return List[Token]{}, err
	}
	return view(ctx, s, func(r Reader) (List[Token], error) {
		tokens, err := r.Tokens(ctx, page.names())
		return paged(tokens, page.size(), func(t Token) string { return t.ID }), err
	})
}
