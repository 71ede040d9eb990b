package storetest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/phoenix-platform/phoenix/controlplane"
)

func tokens(t *testing.T, open opener) {
	open.run(t, "a token is read as it was written, with its hash", func(t *testing.T, s store) {
		a := token("a", controlplane.PurposeAPI, "ana")
		s.write(t, func(w controlplane.Writer) { require.NoError(t, w.PutToken(t.Context(), a)) })
		revoked := at(9)
		a.RevokedAt, a.ExpiresAt, a.UsesLeft = &revoked, nil, 0
		s.write(t, func(w controlplane.Writer) { require.NoError(t, w.PutToken(t.Context(), a)) })
		s.read(t, func(r controlplane.Reader) {
			got, err := r.Token(t.Context(), "a")
			require.NoError(t, err)
			require.Equal(t, a, got)
			_, err = r.Token(t.Context(), "b")
			require.ErrorIs(t, err, controlplane.ErrNotFound)
		})
	})

	open.run(t, "tokens are listed by id", func(t *testing.T, s store) {
		s.write(t, func(w controlplane.Writer) {
			for _, id := range []string{"c", "a", "b"} {
				require.NoError(t, w.PutToken(t.Context(), token(id, controlplane.PurposeAPI, "ana")))
			}
		})
		s.read(t, func(r controlplane.Reader) {
			forward, backward := pages(t, func(span controlplane.Span[string]) ([]controlplane.Token, error) {
				return r.Tokens(t.Context(), span)
			}, func(t controlplane.Token) string { return t.ID })
			require.Equal(t, []string{"a", "b", "c"}, forward)
			require.Equal(t, []string{"c", "b", "a"}, backward)
			all, err := r.Tokens(t.Context(), controlplane.Span[string]{Limit: 1})
			require.NoError(t, err)
			require.Equal(t, []controlplane.Token{token("a", controlplane.PurposeAPI, "ana")}, all)
		})
	})

	open.run(t, "a purpose is remembered", func(t *testing.T, s store) {
		s.write(t, func(w controlplane.Writer) {
			require.NoError(t, w.PutToken(t.Context(), token("a", controlplane.PurposeFirst, "ana")))
		})
		s.read(t, func(r controlplane.Reader) {
			first, err := r.HasTokens(t.Context(), controlplane.PurposeFirst)
			require.NoError(t, err)
			agent, err := r.HasTokens(t.Context(), controlplane.PurposeAgent)
			require.NoError(t, err)
			require.Equal(t, []bool{true, false}, []bool{first, agent})
		})
	})

	open.run(t, "a subject's tokens of a purpose are revoked once", func(t *testing.T, s store) { revoking(t, s) })
}

func revoking(t *testing.T, s store) {
	s.write(t, func(w controlplane.Writer) {
		require.NoError(t, w.PutToken(t.Context(), token("a", controlplane.PurposeAgent, "agent-1")))
		require.NoError(t, w.PutToken(t.Context(), token("b", controlplane.PurposeAgent, "agent-2")))
		require.NoError(t, w.PutToken(t.Context(), token("c", controlplane.PurposeAPI, "agent-1")))
	})
	for _, minutes := range []int{5, 9} {
		s.write(t, func(w controlplane.Writer) {
			require.NoError(t, w.RevokeTokensOf(t.Context(), controlplane.PurposeAgent, "agent-1", at(minutes)))
		})
	}
	s.read(t, func(r controlplane.Reader) {
		a, err := r.Token(t.Context(), "a")
		require.NoError(t, err)
		require.NotNil(t, a.RevokedAt)
		require.Equal(t, at(5), *a.RevokedAt, "the first time counts")
		for _, id := range []string{"b", "c"} {
			other, err := r.Token(t.Context(), id)
			require.NoError(t, err)
			require.Nil(t, other.RevokedAt, id)
		}
	})
}
