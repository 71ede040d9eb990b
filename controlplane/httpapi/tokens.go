package httpapi

import (
	"context"

	"github.com/phoenix-platform/phoenix/controlplane"
)

// IssuedToken is a token with its secret.
type IssuedToken struct {
	controlplane.Token
	Secret string `json:"secret,omitempty" doc:"what to send as bearer token. It is told this once: not even a repeated request with the same Idempotency-Key gets it again"`
}

func issued(t controlplane.Issued, err error) (*body[IssuedToken], error) {
	return plainly(IssuedToken{Token: t.Token, Secret: t.Secret}, err)
}

// Grant is what an agent gets when it enrols.
type Grant struct {
	Token string `json:"token" doc:"the agent's own from now on"`
	CA    string `json:"ca,omitempty" doc:"the certificate that the server's is signed with, as PEM; without it those of the system"`
}

// Me is who asks.
type Me struct {
	Subject string            `json:"subject"`
	Role    controlplane.Role `json:"role"`
	TokenID string            `json:"tokenID"`
	Address string            `json:"address" doc:"where the request came from"`
}

type (
	tokensRequest struct{ Listing }
	createToken   struct {
		Making
		Body controlplane.TokenDraft
	}
	revokeToken struct {
		Changing
		ID     string `path:"id"`
		Reason string `query:"reason" maxLength:"1024"`
	}
	exchangeToken struct {
		Body struct {
			Token   string `json:"token" doc:"the token of the first start" maxLength:"256"`
			Subject string `json:"subject" doc:"who the administrator is" minLength:"1" maxLength:"253"`
		}
	}
	enrolAgent struct {
		Body struct {
			Token       string `json:"token" doc:"an enrolment token" maxLength:"256"`
			InstanceUID string `json:"instance_uid" doc:"the agent's own name" maxLength:"63"`
			Host        string `json:"host" doc:"that of its host" maxLength:"253"`
		}
	}
)

func (s *Server) tokenRoutes() {
	const all, tag = "/api/v1/tokens", "Tokens"
	register(s, get("listTokens", all, tag, "List tokens, without their secrets"), needs(controlplane.ReadTokens), s.listTokens)
	register(s, created(post("createToken", all, tag, "Issue an API or enrolment token")), needs(controlplane.CreateToken), s.createToken)
	register(s, del("revokeToken", all+"/{id}", tag, "End a token, and what is open on its word"), needs(controlplane.RevokeToken), s.revokeToken)
	register(s, created(post("exchangeToken", all+"/exchange", tag, "Exchange the token of the first start for an administrator's own")), secret, s.exchangeToken)
	register(s, get("getMe", "/api/v1/me", tag, "Say who the token speaks for"), needs(controlplane.Read), s.me)
}

func (s *Server) enrolmentRoutes() {
	register(s, created(post("enrollAgent", "/api/v1/agents/enroll", "Agents", "Enrol an agent with an enrolment token")), secret, s.enrol)
}

func (s *Server) listTokens(ctx context.Context, in *tokensRequest) (*body[controlplane.List[controlplane.Token]], error) {
	return plainly(s.service.Tokens(ctx, CallerOf(ctx), in.page()))
}

func (s *Server) createToken(ctx context.Context, in *createToken) (*body[IssuedToken], error) {
	return issued(s.service.CreateToken(ctx, CallerOf(ctx), in.Body))
}

func (s *Server) revokeToken(ctx context.Context, in *revokeToken) (*struct{}, error) {
	return nil, s.service.RevokeToken(ctx, CallerOf(ctx), in.ID, in.Reason)
}

func (s *Server) exchangeToken(ctx context.Context, in *exchangeToken) (*body[IssuedToken], error) {
	c := callOf(ctx)
	by := controlplane.Caller{Address: c.address, RequestID: c.id}
	return issued(withSecret(ctx, s, in.Body.Token, func() (controlplane.Issued, error) {
		return s.service.ExchangeFirst(ctx, by, in.Body.Token, in.Body.Subject)
	}))
}

func (s *Server) enrol(ctx context.Context, in *enrolAgent) (*body[Grant], error) {
	c := callOf(ctx)
	t, err := withSecret(ctx, s, in.Body.Token, func() (controlplane.Issued, error) {
		return s.service.Enrol(ctx, controlplane.Enrolment{
			Secret: in.Body.Token, InstanceUID: in.Body.InstanceUID, Host: in.Body.Host, Address: c.address, RequestID: c.id,
		})
	})
	return plainly(Grant{Token: t.Secret, CA: s.set.CA}, err)
}

func (s *Server) me(ctx context.Context, _ *struct{}) (*body[Me], error) {
	by := CallerOf(ctx)
	return plainly(Me{Subject: by.Subject, Role: by.Role, TokenID: by.TokenID, Address: by.Address}, nil)
}
