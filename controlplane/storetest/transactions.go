package storetest

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/phoenix-platform/phoenix/controlplane"
)

func transactions(t *testing.T, open opener) {
	open.run(t, "an update that fails keeps nothing", func(t *testing.T, s store) {
		err := s.Update(t.Context(), func(w controlplane.Writer) error {
			require.NoError(t, w.PutAgent(t.Context(), agent("a", "h", "")))
			require.NoError(t, w.PutToken(t.Context(), token("t", controlplane.PurposeAPI, "ana")))
			return errChanged
		})
		require.ErrorIs(t, err, errChanged)
		s.read(t, func(r controlplane.Reader) {
			_, err := r.Agent(t.Context(), "a")
			require.ErrorIs(t, err, controlplane.ErrNotFound)
			_, err = r.Token(t.Context(), "t")
			require.ErrorIs(t, err, controlplane.ErrNotFound)
		})
	})

	open.run(t, "an update that panics keeps nothing and blocks nobody", func(t *testing.T, s store) {
		require.Panics(t, func() {
			s.write(t, func(w controlplane.Writer) {
				require.NoError(t, w.PutAgent(t.Context(), agent("a", "h", "")))
				panic("a bug")
			})
		})
		s.write(t, func(w controlplane.Writer) {
			_, err := w.Agent(t.Context(), "a")
			require.ErrorIs(t, err, controlplane.ErrNotFound)
		})
	})

	open.run(t, "a writer reads what it wrote", func(t *testing.T, s store) {
		s.write(t, func(w controlplane.Writer) {
			require.NoError(t, w.PutAgent(t.Context(), agent("a", "h", "")))
			_, err := w.Agent(t.Context(), "a")
			require.NoError(t, err)
		})
	})

	open.run(t, "a view does not see what is committed meanwhile", func(t *testing.T, s store) {
		s.read(t, func(r controlplane.Reader) {
			before, err := r.Agents(t.Context(), controlplane.Span[string]{Limit: 10})
			require.NoError(t, err)
			s.write(t, func(w controlplane.Writer) { require.NoError(t, w.PutAgent(t.Context(), agent("a", "h", ""))) })
			after, err := r.Agents(t.Context(), controlplane.Span[string]{Limit: 10})
			require.NoError(t, err)
			require.Equal(t, before, after)
		})
	})

	open.run(t, "a context that is over ends an update without a trace", func(t *testing.T, s store) {
		ctx, cancel := context.WithCancel(t.Context())
		err := s.Update(ctx, func(w controlplane.Writer) error {
			require.NoError(t, w.PutAgent(ctx, agent("a", "h", "")))
			cancel()
			return nil
		})
		require.ErrorIs(t, err, context.Canceled)
		s.write(t, func(w controlplane.Writer) {
			_, err := w.Agent(t.Context(), "a")
			require.ErrorIs(t, err, controlplane.ErrNotFound)
		})
	})

	open.run(t, "updates run one after the other and get a revision each", func(t *testing.T, s store) { concurrentUpdates(t, s) })
}

// concurrentUpdates adds to one number from many goroutines: an update that did
// not see the one before it would lose it.
func concurrentUpdates(t *testing.T, s store) {
	const writers, each = 8, 20
	s.write(t, func(w controlplane.Writer) { require.NoError(t, w.PutAgent(t.Context(), agent("a", "h", ""))) })
	revisions := make(chan int64, writers*each)
	var group sync.WaitGroup
	for range writers {
		group.Go(func() {
			for range each {
				if err := increment(t.Context(), s, revisions); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	close(revisions)
	seen := map[int64]bool{}
	for n := range revisions {
		require.False(t, seen[n], "revision %d was given twice", n)
		seen[n] = true
	}
	s.read(t, func(r controlplane.Reader) {
		a, err := r.Agent(t.Context(), "a")
		require.NoError(t, err)
		require.Equal(t, fmt.Sprint(3+writers*each), fmt.Sprint(a.Metadata.Generation))
	})
}

func increment(ctx context.Context, s store, revisions chan<- int64) error {
	return s.Update(ctx, func(w controlplane.Writer) error {
		n, err := w.NextRevision(ctx)
		if err != nil {
			return err
		}
		revisions <- n
		a, err := w.Agent(ctx, "a")
		if err != nil {
			return err
		}
		a.Metadata.Generation++
		return w.PutAgent(ctx, a)
	})
}
