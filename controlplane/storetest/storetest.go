// Package storetest says what a [controlplane.Store] does, as tests that run on
// every store:
//
//	func TestStore(t *testing.T) {
//		storetest.Run(t, func(t *testing.T) controlplane.Store { return open(t) })
//	}
package storetest

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/phoenix-platform/phoenix/controlplane"
)

// Run runs all cases. open returns an empty store, which it closes at the end of
// the test that it is given.
func Run(t *testing.T, open func(*testing.T) controlplane.Store) {
	t.Run("transactions", func(t *testing.T) { transactions(t, open) })
	t.Run("deployments", func(t *testing.T) { deployments(t, open) })
	t.Run("agents", func(t *testing.T) { agents(t, open) })
	t.Run("tokens", func(t *testing.T) { tokens(t, open) })
	t.Run("loads", func(t *testing.T) { loads(t, open) })
	t.Run("records", func(t *testing.T) { records(t, open) })
}

// errChanged is a reason not to keep a transaction.
var errChanged = errors.New("the caller changed its mind")

// opener gives a case an empty store.
type opener func(*testing.T) controlplane.Store

// run runs a case on a store of its own.
func (open opener) run(t *testing.T, name string, f func(t *testing.T, s store)) {
	t.Run(name, func(t *testing.T) { f(t, store{open(t)}) })
}

// store is one whose transactions must not fail.
type store struct{ controlplane.Store }

func (s store) write(t *testing.T, f func(controlplane.Writer)) {
	t.Helper()
	require.NoError(t, s.Update(t.Context(), func(w controlplane.Writer) error {
		f(w)
		return nil
	}))
}

func (s store) read(t *testing.T, f func(controlplane.Reader)) {
	t.Helper()
	require.NoError(t, s.View(t.Context(), func(r controlplane.Reader) error {
		f(r)
		return nil
	}))
}

// pages reads a list to its end in pages of two, forward and backward, and
// returns the keys in the order of each.
func pages[T any, K comparable](t *testing.T, list func(controlplane.Span[K]) ([]T, error), key func(T) K) (forward, backward []K) {
	t.Helper()
	for _, descending := range []bool{false, true} {
		keys := &forward
		if descending {
			keys = &backward
		}
		span := controlplane.Span[K]{Limit: 2, Descending: descending}
		for {
			items, err := list(span)
			require.NoError(t, err)
			require.LessOrEqual(t, len(items), 2)
			if len(items) == 0 {
				break
			}
			for _, item := range items {
				*keys = append(*keys, key(item))
			}
			span.After = (*keys)[len(*keys)-1]
		}
	}
	return forward, backward
}
