package controlplane_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/phoenix-platform/phoenix/controlplane"
)

func (p plane) token(t *testing.T, d controlplane.TokenDraft) controlplane.Issued {
	t.Helper()
	issued, err := p.CreateToken(t.Context(), admin, d)
	require.NoError(t, err)
	return issued
}

var forBen = controlplane.TokenDraft{Purpose: controlplane.PurposeAPI, Subject: "ben", Role: controlplane.RoleOperator, TTL: controlplane.Duration(time.Hour)}

func TestATokenSpeaksForItsSubjectUntilItEnds(t *testing.T) {
	p := newPlane(t)
	issued := p.token(t, forBen)
	by, err := p.Authenticate(t.Context(), issued.Secret)
	require.NoError(t, err)
	require.Equal(t, controlplane.Caller{Subject: "ben", Role: controlplane.RoleOperator, TokenID: issued.ID}, by)

	p.clock.pass(time.Hour - time.Microsecond)
	_, err = p.Authenticate(t.Context(), issued.Secret)
	require.NoError(t, err, "just before its end")
	p.clock.pass(time.Microsecond)
	_, err = p.Authenticate(t.Context(), issued.Secret)
	requireCode(t, controlplane.CodeUnauthenticated, err, "unknown, expired or revoked")
}

func TestARevokedTokenIsCut(t *testing.T) {
	p := newPlane(t)
	issued := p.token(t, forBen)
	require.NoError(t, p.RevokeToken(t.Context(), admin, issued.ID, "ben left"))
	require.Equal(t, []string{"cut " + issued.ID}, p.out.taken())
	_, err := p.Authenticate(t.Context(), issued.Secret)
	requireCode(t, controlplane.CodeUnauthenticated, err)
	require.NoError(t, p.RevokeToken(t.Context(), admin, issued.ID, "again"), "it is so already")
	require.Len(t, p.audit(t, controlplane.AuditFilter{Action: controlplane.RevokeToken}), 1)
	requireCode(t, controlplane.CodeNotFound, p.RevokeToken(t.Context(), admin, "nobody's", ""), "nobody's")
}

func TestWhatIsNotTheSecretIsRefused(t *testing.T) {
	p := newPlane(t)
	secret := p.token(t, forBen).Secret
	enrolment := p.enrolmentToken(t, nil).Secret
	_, rest, _ := strings.Cut(strings.TrimPrefix(secret, "phx_"), "_")
	for name, wrong := range map[string]string{
		"nothing": "", "the ID only": "phx_" + controlplane.TokenID(secret) + "_", "another end": secret[:len(secret)-1], "more": secret + "x",
		"no mark": strings.TrimPrefix(secret, "phx_"), "the secret part": rest, "an enrolment token": enrolment, "an injection": "phx_' OR 1=1 --aaaa_x",
	} {
		_, err := p.Authenticate(t.Context(), wrong)
		require.Equal(t, controlplane.CodeUnauthenticated, controlplane.CodeOf(err), name)
	}
}

func TestASecretIsNowhereButWithItsHolder(t *testing.T) {
	p := newPlane(t)
	issued := p.token(t, forBen)
	_, random, _ := strings.Cut(strings.TrimPrefix(issued.Secret, "phx_"), "_")
	list, err := p.Tokens(t.Context(), admin, controlplane.Page{})
	require.NoError(t, err)
	require.NotContains(t, encoded(t, list), random)
	require.NotContains(t, encoded(t, issued), random)
	require.NotContains(t, encoded(t, p.audit(t, controlplane.AuditFilter{})), random)
	require.NotEqual(t, p.token(t, forBen).Secret, issued.Secret)
}

func TestTheFirstTokenIsIssuedOnceAndExchangedOnce(t *testing.T) {
	p := newPlane(t)
	first, err := p.FirstToken(t.Context())
	require.NoError(t, err)
	again, err := p.FirstToken(t.Context())
	require.NoError(t, err)
	require.Empty(t, again)
	_, err = p.Authenticate(t.Context(), first)
	requireCode(t, controlplane.CodeUnauthenticated, err)

	from := controlplane.Caller{Address: "127.0.0.1:5000"}
	issued, err := p.ExchangeFirst(t.Context(), from, first, "ana")
	require.NoError(t, err)
	by, err := p.Authenticate(t.Context(), issued.Secret)
	require.NoError(t, err)
	require.Equal(t, []any{"ana", controlplane.RoleAdmin}, []any{by.Subject, by.Role})
	_, err = p.ExchangeFirst(t.Context(), from, first, "mallory")
	requireCode(t, controlplane.CodeUnauthenticated, err, "exchanged before")
	_, err = p.ExchangeFirst(t.Context(), from, issued.Secret, "mallory")
	requireCode(t, controlplane.CodeUnauthenticated, err)
	none, err := p.FirstToken(t.Context())
	require.NoError(t, err)
	require.Empty(t, none, "it never comes again")
}

func TestWrongTokenDraftsAreRefused(t *testing.T) {
	p := newPlane(t)
	for want, d := range map[string]controlplane.TokenDraft{
		"use api or enrolment":            {Purpose: controlplane.PurposeFirst, Subject: "x"},
		"say who gets the token":          {Purpose: controlplane.PurposeAPI, Role: controlplane.RoleViewer},
		"viewer, operator, admin":         {Purpose: controlplane.PurposeAPI, Subject: "x", Role: controlplane.RoleAgent},
		"belong to an enrolment token":    {Purpose: controlplane.PurposeAPI, Subject: "x", Role: controlplane.RoleViewer, Labels: map[string]string{"a": "b"}},
		"uses: belongs to an enrolment":   {Purpose: controlplane.PurposeAPI, Subject: "x", Role: controlplane.RoleViewer, Uses: 1},
		"an enrolment token has none":     {Purpose: controlplane.PurposeEnrolment, Subject: "x", Role: controlplane.RoleAdmin},
		"give 1 to 100000":                {Purpose: controlplane.PurposeEnrolment, Subject: "x", Uses: 100_001},
		"ttl: must not be below 0":        {Purpose: controlplane.PurposeEnrolment, Subject: "x", TTL: -1},
		"labels: \"\\x1b\" is no key; us": {Purpose: controlplane.PurposeEnrolment, Subject: "x", Labels: map[string]string{"\x1b": "b"}},
	} {
		_, err := p.CreateToken(t.Context(), admin, d)
		requireCode(t, controlplane.CodeInvalid, err, want)
	}
}
