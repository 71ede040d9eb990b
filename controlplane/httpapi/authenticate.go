package httpapi

import (
	"context"
	"net/http"
	"strings"

	"github.com/phoenix-platform/phoenix/controlplane"
)

// call is what is known of a request.
type call struct {
	// id is the request's number, address its sender's.
	id      string
	address string
	// caller is who asks, if the route needs a token, and secret that token.
	caller controlplane.Caller
	secret string
}

type callKey struct{}

// CallerOf is who asks, in a handler behind a route that needs a token.
func CallerOf(ctx context.Context) controlplane.Caller { return callOf(ctx).caller }

// authenticate finds out who asks by the bearer token. After too many failures
// with the same token from the same address nobody is asked any more.
func (s *Server) authenticate(r *http.Request, c *call) error {
	token, err := bearer(r)
	if err != nil {
		return err
	}
	id := controlplane.TokenID(token)
	if err := s.failures.check(id, c.address); err != nil {
		return err
	}
	by, err := s.service.Authenticate(r.Context(), token)
	if err != nil {
		return s.unknown(r, c, id, err)
	}
	by.Address, by.RequestID = c.address, c.id
	c.caller, c.secret = by, token
	return nil
}

// unknown counts a token that is not good, and keeps a record of it.
func (s *Server) unknown(r *http.Request, c *call, id string, err error) error {
	if controlplane.CodeOf(err) != controlplane.CodeUnauthenticated {
		return err
	}
	s.failures.add(id, c.address)
	by := controlplane.Caller{TokenID: id, Address: c.address, RequestID: c.id}
	if failure := s.service.Denied(r.Context(), by, controlplane.Read, r.Method+" "+r.URL.Path, err.Error()); failure != nil {
		return failure
	}
	return err
}

// bearer returns the token of a request.
func bearer(r *http.Request) (string, error) {
	values := r.Header.Values("Authorization")
	scheme, token, _ := strings.Cut(strings.Join(values, ","), " ")
	if !strings.EqualFold(scheme, "Bearer") || token == "" {
		return "", &controlplane.Error{
			Code: controlplane.CodeUnauthenticated, Message: "this route needs a token",
			Hint: "send it as Authorization: Bearer TOKEN",
		}
	}
	return token, nil
}

// stillGood says whether the token of a request is good now, as it was at the
// beginning.
func (s *Server) stillGood(ctx context.Context) bool {
	_, err := s.service.Authenticate(ctx, callOf(ctx).secret)
	return controlplane.CodeOf(err) != controlplane.CodeUnauthenticated
}

// withSecret does what a secret in a body opens, and counts failures as those
// of tokens.
func withSecret[T any](ctx context.Context, s *Server, secret string, do func() (T, error)) (T, error) {
	id, address := controlplane.TokenID(secret), callOf(ctx).address
	if err := s.failures.check(id, address); err != nil {
		var none T
		return none, err
	}
	result, err := do()
	if controlplane.CodeOf(err) == controlplane.CodeUnauthenticated {
		s.failures.add(id, address)
	}
	return result, err
}
