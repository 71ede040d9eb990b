package storetest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/phoenix-platform/phoenix/controlplane"
)

func loads(t *testing.T, open opener) {
	open.run(t, "a simulation is read as it was written", func(t *testing.T, s store) {
		l := load("a", "h", controlplane.LoadPending, 0)
		s.write(t, func(w controlplane.Writer) { require.NoError(t, w.PutLoad(t.Context(), l)) })
		l.Status.State, l.Status.LeaseUntil, l.Status.Claim = controlplane.LoadClaimed, at(1), 1
		s.write(t, func(w controlplane.Writer) { require.NoError(t, w.PutLoad(t.Context(), l)) })
		s.read(t, func(r controlplane.Reader) {
			byName, err := r.Load(t.Context(), "a")
			require.NoError(t, err)
			byUID, err := r.LoadByUID(t.Context(), l.Metadata.UID)
			require.NoError(t, err)
			require.Equal(t, []controlplane.LoadSimulation{l, l}, []controlplane.LoadSimulation{byName, byUID})
		})
	})

	open.run(t, "simulations are listed by name until they are deleted", func(t *testing.T, s store) {
		s.write(t, func(w controlplane.Writer) {
			for _, name := range []string{"c", "a", "d", "b"} {
				require.NoError(t, w.PutLoad(t.Context(), load(name, "", controlplane.LoadPending, 0)))
			}
			require.NoError(t, w.DeleteLoad(t.Context(), "c"))
			require.ErrorIs(t, w.DeleteLoad(t.Context(), "c"), controlplane.ErrNotFound)
		})
		s.read(t, func(r controlplane.Reader) {
			forward, backward := pages(t, func(span controlplane.Span[string]) ([]controlplane.LoadSimulation, error) {
				return r.Loads(t.Context(), span)
			}, func(l controlplane.LoadSimulation) string { return l.Metadata.Name })
			require.Equal(t, []string{"a", "b", "d"}, forward)
			require.Equal(t, []string{"d", "b", "a"}, backward)
			_, err := r.Load(t.Context(), "c")
			require.ErrorIs(t, err, controlplane.ErrNotFound)
			_, err = r.LoadByUID(t.Context(), "uid-of-c")
			require.ErrorIs(t, err, controlplane.ErrNotFound)
		})
	})

	open.run(t, "the oldest that a host may have is claimed first", func(t *testing.T, s store) { claiming(t, s) })
}

// claiming takes one simulation after the other as a worker of the host h.
func claiming(t *testing.T, s store) {
	leased := func(name string, state controlplane.LoadState, created, until int) controlplane.LoadSimulation {
		l := load(name, "h", state, created)
		l.Status.LeaseUntil = at(until)
		return l
	}
	s.write(t, func(w controlplane.Writer) {
		for _, l := range []controlplane.LoadSimulation{
			load("of-another-host", "other", controlplane.LoadPending, 1),
			load("over", "h", controlplane.LoadCompleted, 2),
			leased("held", controlplane.LoadRunning, 3, 60),
			leased("lost", controlplane.LoadRunning, 4, 29),
			load("for-any", "", controlplane.LoadPending, 6),
			load("for-h", "h", controlplane.LoadPending, 5),
		} {
			require.NoError(t, w.PutLoad(t.Context(), l))
		}
	})
	for _, want := range []string{"lost", "for-h", "for-any"} {
		s.write(t, func(w controlplane.Writer) {
			l, err := w.ClaimableLoad(t.Context(), "h", at(30))
			require.NoError(t, err)
			require.Equal(t, want, l.Metadata.Name)
			l.Status.State, l.Status.LeaseUntil = controlplane.LoadClaimed, at(60)
			require.NoError(t, w.PutLoad(t.Context(), l))
		})
	}
	s.read(t, func(r controlplane.Reader) {
		_, err := r.ClaimableLoad(t.Context(), "h", at(30))
		require.ErrorIs(t, err, controlplane.ErrNotFound)
	})
}
