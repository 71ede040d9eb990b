package controlplane

import (
	"context"
	"errors"
	"fmt"
	"maps"

	"github.com/google/uuid"
)

// Enrolment is an agent's request to be let in, with the secret of an enrolment
// token.
type Enrolment struct {
	Secret string
	// InstanceUID is the agent's own name, Host that of its host.
	InstanceUID string
	Host        string
	// Address and RequestID are where the request came from.
	Address   string
	RequestID string
}

func (e Enrolment) validate() error {
	var p problems
	p.check(e.InstanceUID != "" && len(e.InstanceUID) <= longestName && isLabel(e.InstanceUID), "/instance_uid", "instance_uid: %.80q; give 1 to %d printable characters, such as a UUID", e.InstanceUID, longestName)
	p.check(e.Host != "" && isLabel(e.Host), "/host", "host: %.80q; give the host's name in 1 to %d printable characters", e.Host, longestLabel)
	return p.err()
}

// Enrol lets an agent in and issues the token that it speaks with from now on;
// its former ones end. An agent that is known keeps its labels and gets those of
// the enrolment token on top. With the same enrolment token it comes again for
// nothing, as its first answer may have been lost.
func (s *Service) Enrol(ctx context.Context, e Enrolment) (Issued, error) {
	if err := e.validate(); err != nil {
		return Issued{}, err
	}
	by := Caller{Subject: e.InstanceUID, Role: RoleAgent, TokenID: TokenID(e.Secret), Address: e.Address, RequestID: e.RequestID}
	return commit(ctx, s, by, EnrolAgent, agentObject(e.InstanceUID), func(u *unit) (Issued, error) {
		t, err := u.enrolmentToken(ctx, e.Secret)
		if err != nil {
			return Issued{}, err
		}
		a, err := u.agentToEnrol(ctx, e, t)
		if err != nil {
			return Issued{}, err
		}
		if err := u.useUp(ctx, t, a); err != nil {
			return Issued{}, err
		}
		return u.letIn(ctx, a, e, t)
	})
}

// enrolmentToken finds the token of a secret, if it is good for an agent more.
func (u *unit) enrolmentToken(ctx context.Context, secret string) (Token, error) {
	t, err := u.Token(ctx, TokenID(secret))
	if err != nil && !errors.Is(err, ErrNotFound) {
		return t, err
	}
	if err != nil || !t.is(secret) || t.Purpose != PurposeEnrolment || !t.Usable(u.now) {
		return t, fail(CodeUnauthenticated, "ask an administrator for a new one", "the enrolment token is unknown, expired or revoked")
	}
	return t, nil
}

// agentToEnrol finds the agent, or makes one without a history of its own.
func (u *unit) agentToEnrol(ctx context.Context, e Enrolment, t Token) (Agent, error) {
	a, err := u.Agent(ctx, e.InstanceUID)
	if err == nil || !errors.Is(err, ErrNotFound) {
		return a, err
	}
	a = Agent{
		TypeMeta: TypeMeta{APIVersion: APIVersion, Kind: KindAgent},
		Metadata: Metadata{Name: e.InstanceUID, UID: uuid.Must(uuid.NewV7()).String(), CreatedAt: u.now},
	}
	// One of this name may have been deleted: its numbers go on.
	last, err := u.DesiredOf(ctx, e.InstanceUID, Span[int64]{Limit: 1, Descending: true})
	if len(last) > 0 {
		a.Status.Wanted = last[0]
	}
	return a, err
}

// useUp takes one use off a token for an agent that it did not let in before.
func (u *unit) useUp(ctx context.Context, t Token, a Agent) error {
	if a.Spec.EnrolledBy == t.ID {
		return nil
	}
	if t.UsesLeft < 1 {
		return fail(CodeUnauthenticated, "ask an administrator for a new one", "the enrolment token is used up")
	}
	t.UsesLeft--
	return u.PutToken(ctx, t)
}

// letIn stores the agent with what is wanted of it, and its new token.
func (u *unit) letIn(ctx context.Context, a Agent, e Enrolment, t Token) (Issued, error) {
	a.Spec = AgentSpec{Host: e.Host, EnrolledBy: t.ID}
	a.Metadata.Generation++
	a.Metadata.Labels = labelled(a.Metadata.Labels, t.Labels)
	u.record.Reason = "with enrolment token " + t.ID
	u.event = fmt.Sprintf("the agent on host %s enrolled", e.Host)
	if err := u.after(a.audited()); err != nil {
		return Issued{}, err
	}
	deployments, err := living(ctx, u)
	if err != nil {
		return Issued{}, err
	}
	if _, err := u.place(ctx, fleet{deployments: deployments}, a, "the agent enrolled"); err != nil {
		return Issued{}, err
	}
	if err := u.RevokeTokensOf(ctx, PurposeAgent, a.Metadata.Name, u.now); err != nil {
		return Issued{}, err
	}
	return u.issue(ctx, Token{Purpose: PurposeAgent, Subject: a.Metadata.Name, Role: RoleAgent, CreatedBy: "enrolment token " + t.ID})
}

// labelled puts labels on top of others.
func labelled(labels, more map[string]string) map[string]string {
	all := maps.Clone(labels)
	if all == nil {
		all = map[string]string{}
	}
	maps.Copy(all, more)
	return all
}
