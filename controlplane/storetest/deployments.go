package storetest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/phoenix-platform/phoenix/controlplane"
)

// putDeployment stores a deployment with its configuration.
func putDeployment(t *testing.T, w controlplane.Writer, d controlplane.PipelineDeployment) {
	t.Helper()
	require.NoError(t, w.AddConfiguration(t.Context(), configuration("a: 1")))
	require.NoError(t, w.PutDeployment(t.Context(), d))
}

func deployments(t *testing.T, open opener) {
	open.run(t, "a deployment is read as it was written", func(t *testing.T, s store) {
		d := deployment("web")
		s.write(t, func(w controlplane.Writer) { putDeployment(t, w, d) })
		d.Spec.Critical, d.Status.Version = nil, 2
		s.write(t, func(w controlplane.Writer) { putDeployment(t, w, d) })
		s.read(t, func(r controlplane.Reader) {
			got, err := r.Deployment(t.Context(), "web")
			require.NoError(t, err)
			require.Equal(t, d, got)
			_, err = r.Deployment(t.Context(), "db")
			require.ErrorIs(t, err, controlplane.ErrNotFound)
		})
	})

	open.run(t, "deployments are listed by name", func(t *testing.T, s store) {
		s.write(t, func(w controlplane.Writer) {
			for _, name := range []string{"c", "a", "e", "b", "d"} {
				putDeployment(t, w, deployment(name))
			}
			require.NoError(t, w.EndDeployment(t.Context(), "uid-of-c", at(5)))
		})
		s.read(t, func(r controlplane.Reader) {
			forward, backward := pages(t, func(span controlplane.Span[string]) ([]controlplane.PipelineDeployment, error) {
				return r.Deployments(t.Context(), span)
			}, func(d controlplane.PipelineDeployment) string { return d.Metadata.Name })
			require.Equal(t, []string{"a", "b", "d", "e"}, forward)
			require.Equal(t, []string{"e", "d", "b", "a"}, backward)
		})
	})

	open.run(t, "a name that ended can be taken again", func(t *testing.T, s store) { nameAgain(t, s) })
	open.run(t, "two deployments that live do not share a name", func(t *testing.T, s store) {
		first, second := deployment("web"), deployment("web")
		second.Metadata.UID = "another"
		s.write(t, func(w controlplane.Writer) { putDeployment(t, w, first) })
		require.Error(t, s.Update(t.Context(), func(w controlplane.Writer) error { return w.PutDeployment(t.Context(), second) }))
	})
	open.run(t, "only what lives can end", func(t *testing.T, s store) {
		err := s.Update(t.Context(), func(w controlplane.Writer) error { return w.EndDeployment(t.Context(), "none", at(0)) })
		require.ErrorIs(t, err, controlplane.ErrNotFound)
	})
	open.run(t, "versions stay as they are", func(t *testing.T, s store) { versions(t, s) })
	open.run(t, "a text is kept once", func(t *testing.T, s store) { configurations(t, s) })
}

func nameAgain(t *testing.T, s store) {
	first, second := deployment("web"), deployment("web")
	second.Metadata.UID = "another"
	s.write(t, func(w controlplane.Writer) {
		putDeployment(t, w, first)
		require.NoError(t, w.AddVersion(t.Context(), version(first, 1)))
	})
	s.write(t, func(w controlplane.Writer) {
		require.NoError(t, w.EndDeployment(t.Context(), first.Metadata.UID, at(5)))
		putDeployment(t, w, second)
	})
	s.read(t, func(r controlplane.Reader) {
		got, err := r.Deployment(t.Context(), "web")
		require.NoError(t, err)
		require.Equal(t, "another", got.Metadata.UID)
		_, err = r.Version(t.Context(), first.Metadata.UID, 1)
		require.NoError(t, err, "versions outlive their deployment")
	})
}

func versions(t *testing.T, s store) {
	d := deployment("web")
	s.write(t, func(w controlplane.Writer) {
		putDeployment(t, w, d)
		for n := range 3 {
			require.NoError(t, w.AddVersion(t.Context(), version(d, n+1)))
		}
	})
	changed := version(d, 2)
	changed.Reason = "history written anew"
	require.Error(t, s.Update(t.Context(), func(w controlplane.Writer) error { return w.AddVersion(t.Context(), changed) }))
	s.read(t, func(r controlplane.Reader) {
		got, err := r.Version(t.Context(), d.Metadata.UID, 2)
		require.NoError(t, err)
		require.Equal(t, version(d, 2), got)
		_, err = r.Version(t.Context(), d.Metadata.UID, 4)
		require.ErrorIs(t, err, controlplane.ErrNotFound)
		forward, backward := pages(t, func(span controlplane.Span[int64]) ([]controlplane.Version, error) {
			return r.Versions(t.Context(), d.Metadata.UID, span)
		}, func(v controlplane.Version) int64 { return int64(v.Number) })
		require.Equal(t, []int64{1, 2, 3}, forward)
		require.Equal(t, []int64{3, 2, 1}, backward)
	})
}

func configurations(t *testing.T, s store) {
	c := configuration("a: 1\n# \x00\xff bytes stay\n")
	again := c
	again.CreatedAt, again.Template = at(9), ""
	s.write(t, func(w controlplane.Writer) { require.NoError(t, w.AddConfiguration(t.Context(), c)) })
	s.write(t, func(w controlplane.Writer) { require.NoError(t, w.AddConfiguration(t.Context(), again)) })
	s.read(t, func(r controlplane.Reader) {
		got, err := r.Configuration(t.Context(), c.Hash)
		require.NoError(t, err)
		require.Equal(t, c, got)
		_, err = r.Configuration(t.Context(), "none")
		require.ErrorIs(t, err, controlplane.ErrNotFound)
	})
}
